//! Films come out of the surgeon with every canary gone, every sample in its old place, and clear by the second reader.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/film.rs"]
mod film;
#[path = "support/picture.rs"]
mod picture;

use cleaning::{clean, held};
use film::{boxed, everything, fragments, plain, quicktime, slice};
use picture::found;
use scrubs::finding::{Action, Code};
use scrubs::recording::Format;
use std::process::Command;

fn check(format: Format, fixture: &picture::Fixture) -> usize {
    assert_eq!(scrubs::scan::sniff(&fixture.bytes).unwrap(), format);
    let present = fixture.canaries.iter().filter(|canary| found(&fixture.bytes, canary).is_some()).count();
    assert_eq!(present, fixture.canaries.len(), "{}", fixture.name);
    let (output, plan) = clean(format, &fixture.bytes).unwrap();
    let left: Vec<_> = fixture.canaries.iter().filter(|canary| found(&output, canary).is_some()).collect();
    assert!(left.is_empty(), "{}: {left:?}", fixture.name);
    assert_eq!(plan.method, ["blank-in-place"]);
    assert_eq!(held(format, &fixture.bytes), None, "{}", fixture.name);
    let (again, plan) = clean(format, &output).unwrap();
    assert!(again == output && plan.cut.is_whole(output.len() as u64), "{:?}", plan.cut);
    assert!(plan.findings.iter().all(|finding| finding.action == Action::Keep), "{:?}", plan.findings);
    fixture.canaries.len()
}

#[test]
fn no_canary_survives_in_an_mp4() {
    let mut tried = 0;
    for (front, wide) in [(true, false), (false, false), (true, true), (false, true)] {
        let fixture = everything(front, wide);
        tried += check(Format::Mp4, &fixture);
        assert_eq!(fixture.canaries.len(), 59);
    }
    assert_eq!(tried, 4 * 59);
}

#[test]
fn no_canary_survives_in_a_quicktime_film() {
    assert_eq!(check(Format::Mov, &quicktime()), 15);
}

#[test]
fn no_canary_survives_in_a_film_of_fragments() {
    assert_eq!(check(Format::Mp4, &fragments()), 2 + 3 * 7);
}

#[test]
fn pictures_and_sound_stay_where_they_are() {
    let fixture = everything(false, false);
    let (output, plan) = clean(Format::Mp4, &fixture.bytes).unwrap();
    let mut tried = 0;
    for number in 0..7 {
        let picture = slice(number);
        let before = memchr::memmem::find(&fixture.bytes, &picture);
        assert!(before.is_some());
        assert_eq!(before, memchr::memmem::find(&output, &picture));
        tried += 1;
    }
    assert_eq!(tried, 7);
    assert_eq!((plan.width, plan.height), (Some(64), Some(48)));
    assert!(memchr::memmem::find(&output, b"Hello").is_some(), "subtitles stay");
}

#[test]
fn a_clean_film_is_kept_as_it_is_but_for_the_version_of_its_writer() {
    let mut tried = 0;
    for (front, wide) in [(true, false), (false, true)] {
        let bytes = plain(front, wide);
        let (output, plan) = clean(Format::Mp4, &bytes).unwrap();
        assert_eq!(plan.findings.len(), 1, "{:?}", plan.findings);
        let changed: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != output[*at]).collect();
        assert_eq!((bytes.len(), changed), (output.len(), vec![14]));
        assert_eq!(held(Format::Mp4, &bytes), None);
        let context = mp4parse::read_mp4(&mut std::io::Cursor::new(&output)).unwrap();
        assert_eq!(context.tracks.len(), 2);
        tried += 1;
    }
    assert_eq!(tried, 2);
}

#[test]
fn a_track_of_positions_is_told_with_the_number_of_its_records() {
    let fixture = everything(true, false).bytes;
    let told = scrubs::inspect::inspect(&fixture, Format::Mp4).unwrap();
    let has = |code: Code, label: &str| told.findings.iter().any(|f| f.code == code && f.label.contains(label));
    for (code, label) in [
        (Code::Position, "GPS track of 5 records"),
        (Code::MetadataTrack, "track of metadata, 3 records"),
        (Code::Position, "GPS position"),
        (Code::Device, "device"),
        (Code::CoverArt, "cover"),
        (Code::Text, "chapters"),
        (Code::EncoderNote, "compressor"),
        (Code::EncoderNote, "coded samples"),
        (Code::Subtitles, "subtitles"),
        (Code::Xmp, "XMP"),
        (Code::Time, "time"),
    ] {
        assert!(has(code, label), "{label}: {:?}", told.findings);
    }
    assert!(!format!("{:?}", told.findings).contains("CANARY"));
    let year = scrubs::inspect::inspect(&quicktime().bytes, Format::Mov).unwrap().year();
    assert_eq!(year, Some(2021));
}

#[test]
fn what_cannot_be_cleaned_is_refused_with_its_reason() {
    let bytes = plain(true, false);
    let find = |part: &[u8]| memchr::memmem::find(&bytes, part).unwrap();
    let with = |part: &[u8], new: &[u8]| {
        let mut bytes = bytes.clone();
        let at = find(part);
        bytes[at..at + new.len()].copy_from_slice(new);
        bytes
    };
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (with(b"avc1\0\0\0\0", b"encv"), "not-understood"),
        (with(b"avc1\0\0\0\0", b"CANA"), "not-understood"),
        (with(b"mvhd", b"cmov"), "not-understood"),
        (with(b"url \0\0\0\x01", b"url \0\0\0\0"), "not-understood"),
        (with(b"avcC", b"abcD"), "not-understood"),
        (with(b"moov", b"moox"), "not-understood"),
        (bytes[..bytes.len() - 200].to_vec(), "truncated"),
        (bytes[..find(b"stsd")].to_vec(), "truncated"),
        ([&bytes[..], &bytes[find(b"moov") - 4..find(b"mdat") - 4]].concat(), "not-understood"),
        ([&bytes[..find(b"moov") - 4], &boxed(b"moov", b"")].concat(), "not-understood"),
    ];
    let mut tried = 0;
    for (bytes, code) in cases {
        assert_eq!(clean(Format::Mp4, &bytes).err().map(|refusal| refusal.code), Some(code), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 10);
}

/// The film with another edit list in one of its tracks: how long it shows what from when on.
fn edited(film: &[u8], track: usize, length: u32, from: i32) -> Vec<u8> {
    let at = memchr::memmem::find_iter(film, b"elst").nth(track).unwrap() + 12;
    let mut film = film.to_vec();
    film[at..at + 4].copy_from_slice(&length.to_be_bytes());
    film[at + 4..at + 8].copy_from_slice(&from.to_be_bytes());
    film
}

#[test]
fn what_was_cut_from_a_film_and_is_in_it_still_goes_nowhere() {
    // Four pictures and four pieces of sound of 40 ms each; six pictures in fragments, from 40 ms on, and 40 ms in each again.
    let (whole, pieces) = (plain(true, false), fragments().bytes);
    let cases: Vec<(&[u8], usize, u32, i32, bool)> = vec![
        (&whole, 0, 160, 0, false),
        (&whole, 0, 100, 0, true),
        (&whole, 0, 121, 0, false),
        (&whole, 0, 160, 39, false),
        (&whole, 0, 160, 40, true),
        (&whole, 0, 160, -1, true),
        // What coders put before sound is less than a quarter of a second.
        (&whole, 1, 40, 80, false),
        (&pieces, 0, 0, 0, false),
        (&pieces, 0, 0, 79, false),
        (&pieces, 0, 0, 80, true),
        (&pieces, 0, 81, 0, false),
        (&pieces, 0, 80, 0, true),
    ];
    let mut tried = 0;
    for (film, track, length, from, hides) in cases {
        let film = edited(film, track, length, from);
        let refusal = clean(Format::Mp4, &film).err();
        assert_eq!(refusal.as_ref().map(|refusal| refusal.code), hides.then_some("not-understood"), "case {tried}");
        assert!(
            refusal.is_none_or(|refusal| refusal.what.contains("was cut") && refusal.advice.contains("undo the cut"))
        );
        tried += 1;
    }
    assert_eq!(tried, 12);
}

#[test]
fn the_second_reader_sees_by_itself_what_was_cut_away() {
    let mut tried = 0;
    for (film, length, from, hides) in [
        (plain(true, false), 160, 0, false),
        (plain(true, false), 121, 0, false),
        (plain(true, false), 120, 0, true),
        (plain(true, false), 160, 40, true),
        (fragments().bytes, 0, 79, false),
        (fragments().bytes, 0, 80, true),
    ] {
        let cleaned = edited(&clean(Format::Mp4, &film).unwrap().0, 0, length, from);
        let evidence =
            scrubs::inspect::Evidence { format: Format::Mp4, original: &cleaned, output: &cleaned, dropped: &[] };
        let told = scrubs::inspect::witness(&evidence).err().map(|trouble| format!("{trouble:?}"));
        assert_eq!(told.is_some(), hides, "case {tried}: {told:?}");
        assert!(told.is_none_or(|told| told.contains("players leave out")), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 6);
}

#[test]
fn media_data_without_an_end_and_chunks_of_no_order_are_followed() {
    let mut bytes = plain(true, false);
    let at = memchr::memmem::find(&bytes, b"mdat").unwrap();
    bytes[at - 4..at].fill(0);
    bytes.extend_from_slice(b"CANARY-behind");
    let (output, _) = clean(Format::Mp4, &bytes).unwrap();
    assert_eq!(output.len(), bytes.len());
    assert!(found(&output, "CANARY").is_none());
    assert_eq!(held(Format::Mp4, &bytes), None);
}

/// Where in an output a canary stands outside of coded samples.
fn leaks(output: &[u8], plan: &scrubs::plan::Plan, canary: &str) -> bool {
    let mut at = 0;
    plan.cut.pieces().iter().any(|piece| {
        let part = &output[at..at + piece.len() as usize];
        at += part.len();
        piece.why() != "coded samples" && found(part, canary).is_some()
    })
}

#[test]
fn damaged_films_never_leak_and_never_panic() {
    let mut tried = 0;
    for (format, fixture) in
        [(Format::Mp4, everything(true, false)), (Format::Mov, quicktime()), (Format::Mp4, fragments())]
    {
        let length = fixture.bytes.len();
        for step in 0..320 {
            let mut bytes = fixture.bytes.clone();
            if step < 64 {
                bytes.truncate(length * step / 64);
            } else {
                bytes[(length * (step - 64) / 256 + step * 7) % length] ^= 1 << (step % 8);
            }
            tried += 1;
            // A flip may make media data that belong to nothing a sample of sound; tracks of metadata it may not.
            let Ok((output, plan)) = clean(format, &bytes) else { continue };
            for canary in &fixture.canaries {
                let telemetry = ["gpmf", "mebx", "chapter", "timecode"].iter().any(|word| canary.contains(word));
                let left = if telemetry { found(&output, canary).is_some() } else { leaks(&output, &plan, canary) };
                assert!(!left, "{}: {canary} at {step}", fixture.name);
            }
        }
    }
    assert_eq!(tried, 3 * 320);
    for fixture in [everything(true, false), fragments()] {
        for step in 0..400 {
            let mut bytes = fixture.bytes.clone();
            let at = (bytes.len() * step / 400 + step) % bytes.len();
            bytes[at] ^= 1 << (step % 8);
            let _ = scrubs::inspect::inspect(&bytes, Format::Mp4);
            if let Ok((output, plan)) = clean(Format::Mp4, &bytes) {
                let dropped = plan.cut.dropped(bytes.len() as u64);
                let evidence = scrubs::inspect::Evidence {
                    format: Format::Mp4,
                    original: &bytes,
                    output: &output,
                    dropped: &dropped,
                };
                let _ = scrubs::inspect::witness(&evidence);
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 960 + 800);
}

#[test]
fn hostile_films_end_soon() {
    let bytes = plain(true, false);
    let at = |part: &[u8]| memchr::memmem::find(&bytes, part).unwrap();
    let with = |place: usize, new: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[place..place + new.len()].copy_from_slice(new);
        bytes
    };
    let mut nested = Vec::new();
    for _ in 0..2_000 {
        nested = boxed(b"moov", &nested);
    }
    let cases = [
        with(at(b"stsz") + 12, &[0xFF; 4]),
        with(at(b"stsz") + 8, &[0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF]),
        with(at(b"stts") + 8, &[0xFF; 4]),
        with(at(b"stsc") + 8, &[0xFF; 4]),
        with(at(b"stsc") + 16, &[0xFF; 4]),
        with(at(b"stco") + 8, &[0xFF; 4]),
        with(at(b"stco") + 12, &[0xFF; 4]),
        with(at(b"moov") - 4, &[0, 0, 0, 0]),
        with(at(b"moov") - 4, &[0, 0, 0, 1]),
        with(at(b"trak") - 4, &[0, 0, 0, 1]),
        with(at(b"trak") - 4, &[0, 0, 0, 0]),
        with(at(b"stsd") + 8, &[0xFF; 4]),
        [&bytes[..24], &nested].concat(),
        [&bytes[..24], &[0, 0, 0, 8, b'f', b'r', b'e', b'e'].repeat(100_000)].concat(),
    ];
    let begun = std::time::Instant::now();
    let mut tried = 0;
    for bytes in cases {
        let _ = clean(Format::Mp4, &bytes);
        let _ = scrubs::inspect::inspect(&bytes, Format::Mp4);
        tried += 1;
    }
    assert_eq!(tried, 14);
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

/// What a player decodes of each stream of pictures and sound.
fn decoded(path: &std::path::Path) -> String {
    let arguments = ["-map", "0:v?", "-map", "0:a?", "-f", "streamhash", "-hash", "md5", "-"];
    let run =
        Command::new("ffmpeg").args(["-nostdin", "-v", "error", "-i"]).arg(path).args(arguments).output().unwrap();
    assert!(run.status.success() && run.stderr.is_empty(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn a_player_decodes_the_same_before_and_after() {
    if !Command::new("ffmpeg").arg("-version").output().is_ok_and(|run| run.status.success()) {
        eprintln!("ffmpeg is not installed: nothing was played");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let codings: [(&str, Format, &[&str]); 10] = [
        ("a.mp4", Format::Mp4, &["-c:v", "libx264", "-c:a", "aac", "-metadata", "title=CANARY-title"]),
        ("b.mov", Format::Mov, &["-c:v", "libx264", "-c:a", "pcm_s16le", "-timecode", "10:11:12:13"]),
        ("c.mp4", Format::Mp4, &["-c:v", "libx265", "-tag:v", "hvc1", "-c:a", "aac", "-movflags", "+faststart"]),
        ("d.mp4", Format::Mp4, &["-c:v", "libx264", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"]),
        ("e.mp4", Format::Mp4, &["-c:v", "mpeg4", "-c:a", "aac"]),
        ("f.mp4", Format::Mp4, &["-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-g", "4", "-an"]),
        ("g.mov", Format::Mov, &["-c:v", "mpeg2video", "-intra_vlc", "1", "-seq_disp_ext", "always", "-an"]),
        ("i.m4a", Format::M4a, &["-vn", "-c:a", "aac", "-af", "aformat=channel_layouts=3.1"]),
        ("j.mov", Format::Mov, &["-vn", "-c:a", "pcm_s24le", "-ar", "96000"]),
        ("h.mp4", Format::Mp4, &["-c:v", "mpeg1video", "-an"]),
    ];
    let mut tried = 0;
    for (name, format, coding) in codings {
        let path = folder.path().join(name);
        let sources = ["-f", "lavfi", "-i", "testsrc2=s=96x64:d=1:r=10", "-f", "lavfi", "-i", "sine=d=1"];
        let made =
            Command::new("ffmpeg").args(["-nostdin", "-v", "error"]).args(sources).args(coding).arg(&path).output();
        if !made.unwrap().status.success() {
            eprintln!("this ffmpeg has no encoder for {name}");
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(held(format, &bytes), None, "{name}");
        let (output, _) = clean(format, &bytes).unwrap();
        for word in ["CANARY", "x264", "x265", "Lavf", "VideoHandler"] {
            assert!(found(&output, word).is_none(), "{name}: {word}");
        }
        let cleaned = folder.path().join(format!("clean-{name}"));
        std::fs::write(&cleaned, output).unwrap();
        assert_eq!(decoded(&path), decoded(&cleaned), "{name}");
        tried += 1;
    }
    eprintln!("{tried} films played the same");
}

#[test]
fn films_of_a_corpus_are_cleared_or_refused() {
    let root = std::env::var_os("SCRUBS_CORPUS").map_or_else(|| "../shared/corpus".into(), std::path::PathBuf::from);
    let Ok(entries) = std::fs::read_dir(root.join("av")) else {
        eprintln!("no corpus here: nothing was tried (SCRUBS_CORPUS names its folder)");
        return;
    };
    let (mut cleaned, mut refused) = (0, 0);
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let bytes = std::fs::read(&path).unwrap();
        let format = scrubs::scan::sniff(&bytes).unwrap();
        if !matches!(format, Format::Mp4 | Format::Mov | Format::ThreeGp | Format::M4a) {
            continue;
        }
        if clean(format, &bytes).is_err() {
            refused += 1;
            continue;
        }
        assert_eq!(held(format, &bytes), None, "{}", path.display());
        cleaned += 1;
    }
    eprintln!("{cleaned} films cleaned, {refused} refused");
    assert!(cleaned > refused);
}
