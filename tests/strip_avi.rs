//! AVI films come out of the surgeon with every canary gone, every sample in its old place, and cleared by the witness.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "support/avi.rs"]
mod avi;
#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/picture.rs"]
mod picture;

use avi::{bitmap, chunk, everything, film, list, plain};
use cleaning::{clean, held};
use picture::{found, jpeg_plain};
use scrubs::finding::{Action, Code};
use scrubs::inspect;
use scrubs::recording::Format;
use std::process::Command;

#[test]
fn no_canary_survives_and_nothing_moves() {
    let fixture = everything();
    assert_eq!(scrubs::scan::sniff(&fixture.bytes).unwrap(), Format::Avi);
    let present = fixture.canaries.iter().filter(|canary| found(&fixture.bytes, canary).is_some()).count();
    assert_eq!(present, fixture.canaries.len());
    assert!(present >= 60, "{present}");
    let (output, plan) = clean(Format::Avi, &fixture.bytes).unwrap();
    let left: Vec<_> = fixture.canaries.iter().filter(|canary| found(&output, canary).is_some()).collect();
    assert_eq!(left, Vec::<&String>::new());
    assert_eq!(plan.method, ["blank-in-place"]);
    assert_eq!((plan.width, plan.height), (Some(8), Some(8)));
    assert_eq!(held(Format::Avi, &fixture.bytes), None);
    // Behind the film stood one canary; all else has its old place.
    let behind = "CANARY-AVI-behind-the-film-0000".len();
    assert_eq!(output.len(), fixture.bytes.len() - behind);
    // Tables, frame and scans; the JFIF header before them may become filling.
    let samples = [&jpeg_plain()[20..], avi::SOUND];
    for sample in samples {
        let place = |bytes: &[u8]| memchr::memmem::find(bytes, sample);
        assert!(place(&output).is_some() && place(&output) == place(&fixture.bytes));
    }
    let (again, plan) = clean(Format::Avi, &output).unwrap();
    assert!(again == output && plan.findings.is_empty(), "{:?}", plan.findings);
    assert_eq!(held(Format::Avi, &output), None);
}

#[test]
fn what_is_in_a_film_is_told_in_words() {
    let fixture = everything();
    let told = inspect::inspect(&fixture.bytes, Format::Avi).unwrap();
    let has = |code: Code, label: &str| told.findings.iter().any(|f| f.code == code && f.label.contains(label));
    for (code, label) in [
        (Code::Device, "maker's data"),
        (Code::Time, "time of recording"),
        (Code::Time, "timecode"),
        (Code::ItemName, "name of a track"),
        (Code::TagText, "text"),
        (Code::TagDevice, "program"),
        (Code::Xmp, "XMP"),
        (Code::TextTrack, "samples of a track"),
        (Code::TextTrack, "track of text"),
        (Code::HiddenBytes, "filling"),
        (Code::Comment, "in a picture of the film"),
        (Code::ExifGps, "in a picture of the film"),
        (Code::Trailer, "behind the film"),
        (Code::PixelsUnchecked, ""),
        (Code::VoiceUnchecked, ""),
    ] {
        assert!(has(code, label), "{code} {label}: {:?}", told.findings);
    }
    assert_eq!((told.width, told.height), (Some(8), Some(8)));
    assert!(!format!("{:?}", told.findings).contains("CANARY"));
    let silent = film(&bitmap(b"MJPG", 24, &[]), false, &[(b"00dc", &jpeg_plain())]);
    let told = inspect::inspect(&silent, Format::Avi).unwrap();
    assert!(told.findings.iter().all(|f| f.code != Code::VoiceUnchecked), "a film without sound has no voice");
}

#[test]
fn a_clean_film_is_kept_byte_for_byte() {
    let unit = |body: &[u8]| [&[0, 0, 0, 1][..], body].concat();
    let avc = [unit(&[0x67, 0x42, 0, 10, 0xF8]), unit(&[0x68, 0xCE]), unit(&[0x65, 0x88, 0x84, 0x7F])].concat();
    let mpeg = b"\0\0\x01\xB6\x10\x20\x30\x40".to_vec();
    let twice = [jpeg_plain(), vec![0; 5], jpeg_plain()].concat();
    let tall = {
        let mut format = bitmap(b"mjpg", 24, &[]);
        format[16] = 16;
        format
    };
    let cases = [
        plain(),
        film(&bitmap(b"H264", 24, &[]), false, &[(b"00dc", &avc)]),
        film(&bitmap(b"XVID", 24, &[]), false, &[(b"00dc", &mpeg), (b"00dc", &[])]),
        film(&bitmap(&[0; 4], 24, &[]), false, &[(b"00db", &[7; 192])]),
        film(&tall, false, &[(b"00dc", &twice)]),
    ];
    let mut tried = 0;
    for bytes in cases {
        let (output, plan) = clean(Format::Avi, &bytes).unwrap();
        assert_eq!(plan.findings, vec![], "case {tried}");
        assert!(output == bytes && plan.cut.is_whole(bytes.len() as u64), "case {tried}");
        assert_eq!(held(Format::Avi, &bytes), None, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn notes_among_the_coded_pictures_go_and_the_pictures_stay() {
    let unit = |body: &[u8]| [&[0, 0, 0, 1][..], body].concat();
    let picture = unit(&[0x65, 0x88, 0x84, 0x7F, 0x11]);
    let avc =
        [unit(b"\x06\x05\x1CCANARY-of-the-encoder-x264\x80"), picture.clone(), unit(b"\x1FCANARY-layer")].concat();
    let slice = b"\0\0\x01\xB6\x10\x20\x30\x40".to_vec();
    let mpeg = [b"\0\0\x01\xB2CANARY-user-data".to_vec(), slice.clone()].concat();
    let rows = [vec![7; 192], b"CANARY-behind-the-rows".to_vec()].concat();
    let field = [&jpeg_plain()[..], b"CANARY-behind-a-picture"].concat();
    type Case = (&'static [u8; 4], &'static [u8; 4], Vec<u8>, Vec<u8>);
    let end = [slice.clone(), b"\0\0\x01\xB1CANARY-behind-the-end".to_vec()].concat();
    let reserved = [b"\0\0\x01\x01\x90\x20\x30\x40".to_vec(), b"\0\0\x01\xB0CANARY-reserved".to_vec()].concat();
    let eye = [picture.clone(), unit(b"\x74\xC0CANARY-second-eye")].concat();
    let cases: [Case; 7] = [
        (b"H264", b"00dc", eye, picture.clone()),
        (b"XVID", b"00dc", end, slice.clone()),
        (b"MPG2", b"00dc", reserved, b"\0\0\x01\x01\x90\x20\x30\x40".to_vec()),
        (b"H264", b"00dc", avc, picture),
        (b"XVID", b"00dc", mpeg, slice),
        (&[0; 4], b"00db", rows, vec![7; 192]),
        (b"MJPG", b"00dc", field, jpeg_plain()),
    ];
    let mut tried = 0;
    for (coding, id, sample, stays) in cases {
        let bytes = film(&bitmap(coding, 24, &[]), true, &[(id, &sample), (b"01wb", avi::SOUND)]);
        let (output, _) = clean(Format::Avi, &bytes).unwrap();
        assert!(found(&output, "CANARY").is_none(), "case {tried}");
        assert_eq!(memchr::memmem::find(&output, &stays), memchr::memmem::find(&bytes, &stays), "case {tried}");
        assert!(memchr::memmem::find(&output, &stays).is_some(), "case {tried}");
        assert_eq!(held(Format::Avi, &bytes), None, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 7);
}

#[test]
fn a_picture_whose_notes_stand_anywhere_is_clean_at_once_or_refused() {
    let (plain, note) = (jpeg_plain(), [&[0xFF, 0xFE, 0, 8][..], b"CANARY"].concat());
    let (mut cleaned, mut refused) = (0, 0);
    for at in 0..=plain.len() {
        for note in [&note[..], &note[..9], b"CANARY\xFF", b"\xFF\xD8CANARY"] {
            let picture = [&plain[..at], note, &plain[at..]].concat();
            let bytes = film(&bitmap(b"MJPG", 24, &[]), true, &[(b"00dc", &picture), (b"01wb", avi::SOUND)]);
            let Ok((output, _)) = clean(Format::Avi, &bytes) else {
                refused += 1;
                continue;
            };
            let (again, plan) = clean(Format::Avi, &output).expect("what was cleaned can be cleaned");
            assert!(again == output && plan.findings.is_empty(), "{at}: {:?}", plan.findings);
            cleaned += 1;
        }
    }
    assert_eq!(cleaned + refused, 4 * (plain.len() + 1));
    assert!(cleaned > 20 && refused > 20, "{cleaned} {refused}");
}

/// A film whose picture describes one table of codes three times: without those that nothing uses it reads as another.
fn twice_described() -> Vec<u8> {
    let table = |id: u8, counts: &[(usize, u8)]| {
        let mut table = [&[id][..], &[0; 16]].concat();
        counts.iter().for_each(|(length, count)| table[*length] = *count);
        let symbols: u8 = counts.iter().map(|(_, count)| count).sum();
        table.extend((0..symbols).map(|symbol| symbol % 2 * 5));
        table
    };
    let body = [table(0, &[(13, 2)]), table(0, &[(2, 4), (3, 1)]), table(2, &[(10, 3), (16, 12)])].concat();
    let (mut picture, length) = (jpeg_plain(), (body.len() as u16 + 2).to_be_bytes());
    let at = memchr::memmem::rfind(&picture, &[0xFF, 0xC4]).unwrap();
    picture.splice(at..at, [&[0xFF, 0xC4][..], &length, &body].concat());
    film(&bitmap(b"MJPG", 24, &[]), true, &[(b"00dc", &picture), (b"01wb", avi::SOUND)])
}

#[test]
fn what_cannot_be_cleaned_is_refused_with_its_reason() {
    let bytes = plain();
    let find = |part: &[u8]| memchr::memmem::find(&bytes, part).unwrap();
    let with = |part: &[u8], new: &[u8]| {
        let (mut bytes, at) = (bytes.clone(), find(part));
        bytes[at..at + new.len()].copy_from_slice(new);
        bytes
    };
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (with(b"MJPG", b"CANA"), "not-understood"),
        (with(b"vids", b"iavs"), "not-understood"),
        (with(b"vids", b"txts"), "not-understood"),
        (with(b"hdrl", b"hdrx"), "not-understood"),
        (with(b"strf", b"strx"), "not-understood"),
        (with(b"00dc", b"00xx"), "not-understood"),
        (with(&jpeg_plain(), b"CANARY"), "not-understood"),
        (with(b"movi", b"movx"), "truncated"),
        (bytes[..find(b"movi") + 4].to_vec(), "truncated"),
        (bytes[..find(b"vids")].to_vec(), "truncated"),
        (
            film(&bitmap(&[0; 4], 24, &[]), false, &[(b"00dc", b"CANARY of a coding that is not told")]),
            "not-understood",
        ),
        (list(b"RIFF", b"AVI ", &[]), "not-understood"),
        (list(b"RIFF", b"AVI ", &[[&b"LIST\0\0\0\0hdrl"[..], &[0; 200]].concat()]), "not-understood"),
        (list(b"RIFF", b"AVI ", &[list(b"LIST", b"hdrl", &[chunk(b"avih", &[0; 56])])]), "not-understood"),
        ([&bytes[..], &bytes].concat(), "not-understood"),
    ];
    let mut tried = 0;
    for (bytes, code) in cases.into_iter().chain([(twice_described(), "not-understood")]) {
        assert_eq!(clean(Format::Avi, &bytes).err().map(|refusal| refusal.code), Some(code), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 16);
}

#[test]
fn a_film_that_broke_off_keeps_what_it_has() {
    let bytes = plain();
    let last = memchr::memmem::rfind(&bytes, b"00dc\xFF").or(memchr::memmem::find(&bytes, b"idx1")).unwrap();
    let movi = memchr::memmem::find(&bytes, b"movi").unwrap();
    let mut tried = 0;
    for (end, size) in [(last, 0_u32), (last - 10, 0), (last - 10, u32::MAX), (last, u32::MAX)] {
        let mut bytes = bytes[..end].to_vec();
        bytes[4..8].copy_from_slice(&size.to_le_bytes());
        bytes[movi - 4..movi].copy_from_slice(&size.to_le_bytes());
        let (output, plan) = clean(Format::Avi, &bytes).unwrap();
        assert!(plan.findings.iter().any(|f| f.code == Code::Truncated && f.action != Action::Keep));
        assert_eq!(output.len(), bytes.len());
        assert_eq!(held(Format::Avi, &bytes), None, "{tried}");
        let (again, plan) = clean(Format::Avi, &output).unwrap();
        assert!(again == output && plan.findings.is_empty(), "{:?}", plan.findings);
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn damaged_films_never_leak_and_never_panic() {
    let fixture = everything();
    let length = fixture.bytes.len();
    let mut tried = 0;
    for step in 0..640 {
        let mut bytes = fixture.bytes.clone();
        if step < 128 {
            bytes.truncate(length * step / 128);
        } else {
            bytes[(length * (step - 128) / 512 + step * 7) % length] ^= 1 << (step % 8);
        }
        tried += 1;
        let _ = inspect::inspect(&bytes, Format::Avi);
        let _ = inspect::year(&bytes, Format::Avi);
        let Ok((output, _)) = clean(Format::Avi, &bytes) else { continue };
        assert!(output.len() <= bytes.len());
        let _ = held(Format::Avi, &bytes);
        let (again, plan) = clean(Format::Avi, &output).expect("what was cleaned can be cleaned");
        assert!(again == output && plan.findings.is_empty(), "{step}: {:?}", plan.findings);
        // A flip may turn the number of one track into that of another, whose samples are then sound.
        let left = fixture.canaries.iter().filter(|canary| found(&output, canary).is_some()).count();
        assert!(left <= 1, "{step}: {left}");
    }
    assert_eq!(tried, 640);
}

#[test]
fn hostile_films_end_soon() {
    let bytes = plain();
    let at = |part: &[u8]| memchr::memmem::find(&bytes, part).unwrap();
    let with = |place: usize, new: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[place..place + new.len()].copy_from_slice(new);
        bytes
    };
    let mut nested = Vec::new();
    for _ in 0..1_000 {
        nested = list(b"LIST", b"rec ", &[nested]);
    }
    let many = [&bytes[..at(b"movi") + 4], &b"JUNK\0\0\0\0".repeat(200_000)].concat();
    let cases = [
        with(4, &[0xFF; 4]),
        with(4, &[0; 4]),
        with(at(b"hdrl") - 4, &[0xFF; 4]),
        with(at(b"movi") - 4, &[0xFF; 4]),
        with(at(b"00dc") + 4, &[0xFF; 4]),
        with(at(b"idx1") + 4, &[0xFF; 4]),
        with(at(b"strh") + 4, &[0; 4]),
        with(at(b"strf") + 12, &[0xFF; 8]),
        [&bytes[..at(b"movi") + 4], &nested].concat(),
        many,
    ];
    let begun = std::time::Instant::now();
    let mut tried = 0;
    for bytes in cases {
        let _ = clean(Format::Avi, &bytes);
        let _ = inspect::inspect(&bytes, Format::Avi);
        tried += 1;
    }
    assert_eq!(tried, 10);
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

/// A film of 20 GB that lies nowhere: a header, and segments of uncompressed pictures of a megabyte each, all of one grey.
struct Long {
    head: Vec<u8>,
    samples: u64,
}

const SAMPLE: u64 = (1 << 20) + 8;
/// Pictures of one segment.
const EACH: u64 = 900;

impl Long {
    fn segment(&self) -> u64 {
        24 + EACH * SAMPLE
    }

    fn byte(&self, at: u64) -> u8 {
        if let Some(byte) = self.head.get(at as usize) {
            return *byte;
        }
        let at = (at - self.head.len() as u64) % self.segment();
        let size = |n: u64| (n as u32).to_le_bytes();
        if at < 24 {
            let (whole, movi) = (size(self.segment() - 8), size(4 + EACH * SAMPLE));
            return [&b"RIFF"[..], &whole, b"AVIXLIST", &movi, b"movi"].concat()[at as usize];
        }
        let at = (at - 24) % SAMPLE;
        if at < 8 { [&b"00db"[..], &size(SAMPLE - 8)].concat()[at as usize] } else { 0x55 }
    }
}

impl scrubs::cut::Source for Long {
    fn len(&self) -> u64 {
        self.head.len() as u64 + self.samples * self.segment()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        let left = self.len().saturating_sub(offset).min(buf.len() as u64) as usize;
        for (n, byte) in buf[..left].iter_mut().enumerate() {
            *byte = self.byte(offset + n as u64);
        }
        Ok(left)
    }
}

#[test]
fn twenty_gigabytes_are_a_handful_of_pieces() {
    let mut format = bitmap(b"YUY2", 16, &[]);
    format[12..20].copy_from_slice(&[0, 4, 0, 0, 0, 2, 0, 0]);
    let mut head = film(&format, false, &[(b"00db", &[7; 16])]);
    let junk = chunk(b"JUNK", b"CANARY");
    head.extend(&junk);
    let size = (head.len() - 8) as u32;
    head[4..8].copy_from_slice(&size.to_le_bytes());
    let long = Long { head, samples: 23 };
    let length = scrubs::cut::Source::len(&long);
    assert!(length > 20 << 30);
    let plan = scrubs::strip::plan(Format::Avi, &long, &scrubs::strip::Options::default()).expect("a film");
    assert!(plan.cut.pieces().len() < 8, "{:?}", plan.cut);
    assert!(plan.cut.len() == length && plan.comprehensive(length).is_ok());
}

/// What a player decodes of each stream of pictures and sound.
fn decoded(path: &std::path::Path) -> String {
    let arguments = ["-map", "0:v?", "-map", "0:a?", "-f", "streamhash", "-hash", "md5", "-"];
    let run =
        Command::new("ffmpeg").args(["-nostdin", "-v", "error", "-i"]).arg(path).args(arguments).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn a_player_decodes_the_same_before_and_after() {
    if !Command::new("ffmpeg").arg("-version").output().is_ok_and(|run| run.status.success()) {
        eprintln!("ffmpeg is not installed: nothing was played");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let codings: [&[&str]; 6] = [
        &["-c:v", "mjpeg", "-c:a", "pcm_s16le"],
        &["-c:v", "mpeg4", "-c:a", "mp3"],
        &["-c:v", "libx264", "-c:a", "ac3"],
        &["-c:v", "rawvideo", "-pix_fmt", "bgr24", "-c:a", "pcm_s16le"],
        &["-c:v", "huffyuv", "-c:a", "mp2"],
        &["-c:v", "mjpeg", "-pix_fmt", "gray", "-an"],
    ];
    let mut tried = 0;
    for (number, coding) in codings.into_iter().enumerate() {
        let path = folder.path().join(format!("{number}.avi"));
        let sources = ["-f", "lavfi", "-i", "testsrc2=s=96x64:d=1:r=10", "-f", "lavfi", "-i", "sine=d=1"];
        let told = ["-metadata", "title=CANARY-title", "-metadata", "date=1957", "-metadata:s:v", "title=CANARY-track"];
        let mut made = Command::new("ffmpeg");
        made.args(["-nostdin", "-v", "error"]).args(sources).args(coding).args(told).arg(&path);
        if !made.output().unwrap().status.success() {
            eprintln!("this ffmpeg has no encoder for {coding:?}");
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(held(Format::Avi, &bytes), None, "{coding:?}");
        let (output, _) = clean(Format::Avi, &bytes).unwrap();
        for word in ["CANARY", "x264", "Lavf", "1957"] {
            assert!(found(&output, word).is_none(), "{coding:?}: {word}");
        }
        let cleaned = folder.path().join(format!("clean-{number}.avi"));
        std::fs::write(&cleaned, output).unwrap();
        assert_eq!(decoded(&path), decoded(&cleaned), "{coding:?}");
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
        if scrubs::scan::sniff(&bytes).unwrap() != Format::Avi {
            continue;
        }
        assert!(inspect::inspect(&bytes, Format::Avi).is_ok(), "{}", path.display());
        if clean(Format::Avi, &bytes).is_err() {
            refused += 1;
            continue;
        }
        assert_eq!(held(Format::Avi, &bytes), None, "{}", path.display());
        cleaned += 1;
    }
    eprintln!("{cleaned} films cleaned, {refused} refused");
}
