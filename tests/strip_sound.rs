//! Sound files come out of the surgeon with every canary gone, every sample kept, and cleared by the witness.
#![allow(clippy::print_stderr, reason = "a test that had nothing to try on says so")]

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/picture.rs"]
mod picture;
#[path = "support/sound.rs"]
mod sound;

use cleaning::{clean, held};
use picture::{Fixture, expanded, found};
use scrubs::recording::Format;
use scrubs::{inspect, scan};
use sound::*;

/// No canary is left, the witness clears the output, and a second cleaning finds nothing to do.
fn proves(format: Format, fixture: &Fixture) -> Vec<u8> {
    assert_eq!(scan::sniff(&fixture.bytes).expect("memory"), format, "{}", fixture.name);
    let before = expanded(&fixture.bytes);
    for canary in &fixture.canaries {
        assert!(found(&before, canary).is_some(), "{canary} was never there");
    }
    let (output, plan) = clean(format, &fixture.bytes).expect("a recording");
    let all = expanded(&output);
    let left: Vec<_> = fixture.canaries.iter().filter(|canary| found(&all, canary).is_some()).collect();
    assert_eq!(left, Vec::<&String>::new(), "{}", fixture.name);
    assert!(!plan.findings.is_empty());
    assert_eq!(held(format, &fixture.bytes), None, "{}", fixture.name);
    whole(format, &output);
    let listed = inspect::inspect(&fixture.bytes, format).expect("a recording");
    assert!(listed.findings.len() > 3, "{:?}", listed.findings);
    output
}

/// A clean recording is kept byte for byte, and nothing is found in it.
fn whole(format: Format, bytes: &[u8]) {
    let (again, plan) = clean(format, bytes).expect("a recording");
    assert!(again == bytes && plan.cut.is_whole(bytes.len() as u64), "{format:?} {:?}", plan.cut);
    assert_eq!(plan.findings, vec![], "{format:?}");
    assert_eq!(held(format, bytes), None, "{format:?}");
}

/// Cut short at 96 places and with 512 bits flipped, one at a time: nothing panics, nothing grows, and what comes out
/// can be cleaned again.
fn rough(format: Format, bytes: &[u8]) -> usize {
    let mut tried = 0;
    let mut check = |bytes: Vec<u8>| {
        tried += 1;
        let _ = inspect::inspect(&bytes, format);
        let _ = inspect::year(&bytes, format);
        let Ok((output, _)) = clean(format, &bytes) else { return };
        assert!(output.len() <= bytes.len() + 4096);
        let _ = held(format, &bytes);
        let (again, _) = clean(format, &output).expect("what was cleaned can be cleaned");
        assert!(again == output);
    };
    for step in 0..96 {
        check(bytes[..bytes.len() * step / 96].to_vec());
    }
    for step in 0..512 {
        let mut bad = bytes.to_vec();
        let length = bad.len();
        bad[(length * step / 512 + step * 7) % length] ^= 1 << (step % 8);
        check(bad);
    }
    tried
}

fn holds(output: &[u8], samples: &[u8]) -> bool {
    memchr::memmem::find(output, samples).is_some()
}

#[test]
fn no_canary_survives_in_any_of_22_places_of_a_wav() {
    let fixture = wav();
    let output = proves(Format::Wav, &fixture);
    assert!(holds(&output, &noise(4001)));
    assert_eq!(fixture.canaries.len(), 22);
    assert_eq!(inspect::year(&fixture.bytes, Format::Wav), Some(1957));
}

#[test]
fn no_canary_survives_in_any_of_13_places_of_an_aiff() {
    let fixture = aiff();
    let output = proves(Format::Aiff, &fixture);
    assert!(holds(&output, &noise(4000)));
    assert_eq!(fixture.canaries.len(), 13);
}

#[test]
fn no_canary_survives_in_any_of_34_places_of_an_mp3() {
    let fixture = mp3();
    let output = proves(Format::Mp3, &fixture);
    let text = b"CANARY-MP3-spare-0000".len();
    let frames: Vec<u8> = (0..8).flat_map(|n| mp3_frame(n * 10, &vec![0; if n == 5 { text } else { 0 }])).collect();
    assert!(output.ends_with(&frames) && output.len() == frames.len() + 417);
    assert_eq!(fixture.canaries.len(), 34);
    assert_eq!(inspect::year(&fixture.bytes, Format::Mp3), Some(1957));
}

#[test]
fn no_canary_survives_in_any_of_13_places_of_a_flac() {
    let fixture = flac();
    let output = proves(Format::Flac, &fixture);
    assert!(output.ends_with(&flac_frames()));
    assert_eq!(fixture.canaries.len(), 13);
    assert_eq!(inspect::year(&fixture.bytes, Format::Flac), Some(1957));
}

#[test]
fn no_canary_survives_in_any_of_19_places_of_an_ogg() {
    let fixture = ogg();
    let output = proves(Format::Ogg, &fixture);
    let kept = (500..505).filter(|length| holds(&output, &noise(*length))).count();
    assert_eq!((kept, fixture.canaries.len()), (5, 19));
    assert_eq!(inspect::year(&fixture.bytes, Format::Ogg), Some(1957));
}

#[test]
fn the_delays_of_an_encoder_stay_and_its_name_goes() {
    let mut encoder = *b"LAME3.100\x24\xA0\0\0\0\0\x0C\x53\0\0\x7F\x80\x24\x05\x31secret noise";
    encoder[34..].fill(7);
    let places = std::array::from_fn(|n| (n * 2) as u8);
    let bytes = [mp3_info(&places, &encoder, b""), mp3_plain()].concat();
    let (output, _) = clean(Format::Mp3, &bytes).expect("sound");
    assert_eq!(held(Format::Mp3, &bytes), None);
    assert!(holds(&output, b"LAME\0\0\0\0\0\x24") && holds(&output, b"\x24\x05\x31") && holds(&output, &places));
    assert!(!holds(&output, b"3.100") && !holds(&output, b"secret"));
    whole(Format::Mp3, &output);
}

#[test]
fn clean_sound_is_kept_whole() {
    let cases = [
        (Format::Ogg, ogg_plain()),
        (Format::Mp3, mp3_plain()),
        (Format::Flac, flac_plain()),
        (Format::Wav, wav_plain()),
        (Format::Aiff, aiff_plain()),
    ];
    let mut tried = 0;
    for (format, bytes) in &cases {
        whole(*format, bytes);
        tried += 1;
    }
    assert_eq!(tried, cases.len());
}

#[test]
fn times_of_an_ogg_that_count_from_a_date_are_refused_and_seen_by_the_second_reader() {
    let mut theora = [&b"\x80theora\x03\x02\x01"[..], &[0; 32]].concat();
    theora[25] = 15;
    theora[29] = 1;
    // Times stand 16 times as high.
    theora[41] = 4 << 5;
    let mut speex = b"Speex   ".to_vec();
    speex.resize(80, 0);
    speex[36..40].copy_from_slice(&16_000_u32.to_le_bytes());
    let vorbis = [&vorbis_head()[..], b"\x03vorbis\0\0\0\0\0\0\0\0\x01", &noise(300)];
    let opus = [&opus_head()[..], b"OpusTags\0\0\0\0\0\0\0\0"];
    let theora = [&theora[..], b"\x81theora\0\0\0\0\0\0\0\0", &[&b"\x82theora"[..], &noise(300)].concat()];
    let speex = [&speex[..], &[0; 8]];
    // Seconds from 1970 to 2029, and two years.
    let (then, years) = (1_889_654_400_u64, 2 * 365 * 86_400_u64);
    let tracks: [(&[&[u8]], u64); 4] = [(&vorbis, 44_100), (&opus, 48_000), (&theora, 15 << 4), (&speex, 16_000)];
    let mut tried = 0;
    for (headers, rate) in tracks {
        let none = [(u64::MAX, false), (-312_i64 as u64, false), (u64::from_le_bytes(*b"Hoeflic\xE9"), true)];
        for (time, dated) in none.into_iter().chain([(then * rate, true), (years * rate, false)]) {
            let mut last = ogg_page(5, 2, 4, &[&packet(500)], false);
            last[6..14].copy_from_slice(&time.to_le_bytes());
            let bytes =
                [ogg_page(5, 0, 2, &headers[..1], false), ogg_page(5, 1, 0, &headers[1..], false), ogg_summed(last)]
                    .concat();
            let cleaned = clean(Format::Ogg, &bytes);
            assert_eq!(cleaned.is_err_and(|refusal| refusal.what.contains("count from a date")), dated, "{tried}");
            let evidence = inspect::Evidence { format: Format::Ogg, original: &bytes, output: &bytes, dropped: &[] };
            let told = inspect::witness(&evidence).err().map(|trouble| format!("{trouble:?}"));
            assert_eq!(told.is_some(), dated, "{tried}: {told:?}");
            tried += 1;
        }
    }
    assert_eq!(tried, 20);
}

#[test]
fn sound_without_a_stated_length_ends_before_the_texts_behind_it() {
    let mut tried = 0;
    for size in [0, u32::MAX, 9000] {
        for behind in [&b""[..], &riff_chunk(b"LIST", b"INFOIART\x0C\0\0\0HoeflichCana")] {
            let sound = noise(4000);
            let start = [b"data", &size.to_le_bytes()[..], &sound].concat();
            let mut bytes = riff(b"WAVE", &[riff_chunk(b"fmt ", &FORMAT), start]);
            bytes.extend(behind);
            let (output, _) = clean(Format::Wav, &bytes).expect("sound");
            assert_eq!(output, wav_plain());
            assert_eq!(held(Format::Wav, &bytes), None);
            tried += 1;
        }
    }
    assert_eq!(tried, 6);
}

#[test]
fn a_long_file_states_its_lengths_in_the_64_bit_chunk() {
    let lengths = [&0_u64.to_le_bytes()[..], &4000_u64.to_le_bytes(), &0_u64.to_le_bytes(), &[0; 4]].concat();
    let start = [b"data", &u32::MAX.to_le_bytes()[..], &noise(4000)].concat();
    let chunks = [riff_chunk(b"ds64", &lengths), riff_chunk(b"fmt ", &FORMAT), start, riff_chunk(b"axml", b"Hoeflich")];
    let mut bytes = riff(b"WAVE", &chunks);
    bytes[..8].copy_from_slice(b"RF64\xFF\xFF\xFF\xFF");
    let (output, _) = clean(Format::Wav, &bytes).expect("sound");
    assert_eq!(held(Format::Wav, &bytes), None);
    assert!(!holds(&output, b"Hoeflich") && holds(&output, &noise(4000)));
    whole(Format::Wav, &output);
}

#[test]
fn damage_never_panics() {
    let cases = [
        (Format::Ogg, ogg().bytes),
        (Format::Mp3, mp3().bytes),
        (Format::Flac, flac().bytes),
        (Format::Wav, wav().bytes),
        (Format::Aiff, aiff().bytes),
    ];
    let mut tried = 0;
    for (format, bytes) in &cases {
        assert_eq!(rough(*format, bytes), 96 + 512);
        tried += 1;
    }
    assert_eq!(tried, cases.len());
}

/// Files that ffmpeg makes: its arguments, and the ending.
const MADE: &[(&[&str], &str, Format)] = &[
    (&["-c:a", "pcm_s16le"], "wav", Format::Wav),
    (&["-c:a", "pcm_s24le", "-rf64", "always"], "wav", Format::Wav),
    (&["-c:a", "adpcm_ms"], "wav", Format::Wav),
    (&["-c:a", "pcm_f32le", "-write_bext", "1", "-metadata", "description=Hoeflich"], "wav", Format::Wav),
    (&["-c:a", "pcm_s16be", "-write_id3v2", "1"], "aiff", Format::Aiff),
    (&["-c:a", "libmp3lame", "-b:a", "320k", "-write_id3v1", "1"], "mp3", Format::Mp3),
    (&["-c:a", "libmp3lame", "-q:a", "4", "-ac", "1"], "mp3", Format::Mp3),
    (&["-c:a", "libmp3lame", "-ar", "22050"], "mp3", Format::Mp3),
    (&["-c:a", "flac"], "flac", Format::Flac),
    (&["-c:a", "flac", "-sample_fmt", "s32", "-compression_level", "12"], "flac", Format::Flac),
    (&["-c:a", "flac", "-compression_level", "0", "-frame_size", "300", "-ac", "1"], "flac", Format::Flac),
    (&["-c:a", "flac", "-af", "volume=0,aformat=channel_layouts=5.1"], "flac", Format::Flac),
    (&["-c:a", "libvorbis"], "ogg", Format::Ogg),
    (&["-c:a", "libopus"], "ogg", Format::Ogg),
    (&["-c:a", "flac"], "oga", Format::Ogg),
    (&["-c:a", "libspeex", "-ar", "16000", "-ac", "1"], "ogg", Format::Ogg),
    (&["-f", "lavfi", "-i", "testsrc=d=2:s=160x120", "-c:v", "libx264", "-c:a", "aac"], "mkv", Format::Matroska),
    (&["-f", "lavfi", "-i", "testsrc=d=2:s=160x120", "-c:v", "libx265", "-c:a", "flac"], "mkv", Format::Matroska),
    (&["-f", "lavfi", "-i", "testsrc=d=2:s=160x120", "-c:v", "libvpx", "-c:a", "libvorbis"], "webm", Format::Matroska),
    (
        &["-f", "lavfi", "-i", "testsrc=d=2:s=160x120", "-c:v", "libvpx-vp9", "-c:a", "libopus", "-live", "1"],
        "webm",
        Format::Matroska,
    ),
];

fn ffmpeg(arguments: &[&str]) -> Option<std::process::Output> {
    let output = std::process::Command::new("ffmpeg").args(["-v", "error", "-nostdin", "-y"]).args(arguments).output();
    output.ok().filter(|output| output.status.success())
}

#[test]
fn what_ffmpeg_writes_plays_the_same_after_cleaning() {
    let Some(_) = ffmpeg(&["-version"]) else {
        eprintln!("no ffmpeg here: nothing was tried");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut tried = 0;
    for (n, (arguments, ending, format)) in MADE.iter().enumerate() {
        let path = |name: &str| folder.path().join(format!("{name}{n}.{ending}")).to_str().expect("a path").to_owned();
        let (made, cleaned) = (path("made"), path("cleaned"));
        let sine = ["-f", "lavfi", "-i", "sine=d=2:r=44100,aformat=channel_layouts=stereo"];
        let tags = [
            "-metadata",
            "title=Hoeflich Canary",
            "-metadata",
            "artist=Hoeflich",
            "-metadata",
            "comment=Hoeflich",
            &made,
        ];
        if ffmpeg(&[&sine[..], arguments, &tags].concat()).is_none() {
            eprintln!("this ffmpeg cannot make {arguments:?}");
            continue;
        }
        let bytes = std::fs::read(&made).expect("made");
        assert_eq!(scan::sniff(&bytes).expect("memory"), *format, "{arguments:?}");
        let (output, _) = clean(*format, &bytes).unwrap_or_else(|refusal| panic!("{arguments:?}: {refusal}"));
        assert_eq!(held(*format, &bytes), None, "{arguments:?}");
        whole(*format, &output);
        assert!(
            !holds(&output, b"Hoeflich") && !holds(&output, b"Lavf") && !holds(&output, b"x264 - core"),
            "{arguments:?}"
        );
        std::fs::write(&cleaned, &output).expect("written");
        let played = |path: &str| {
            let out = ffmpeg(&["-i", path, "-map", "0", "-f", "streamhash", "-hash", "md5", "-"]);
            out.map(|out| (out.stdout, out.stderr))
        };
        assert!(played(&made).is_some() && played(&made) == played(&cleaned), "{arguments:?}");
        tried += 1;
    }
    assert!(tried > 8, "{tried}");
}

#[test]
fn sound_and_film_of_the_corpus_come_out_clean_or_are_refused() {
    let root = std::env::var_os("SCRUBS_CORPUS").map_or_else(|| "../shared/corpus".into(), std::path::PathBuf::from);
    let (mut cleaned, mut refused) = (0, 0);
    for path in std::fs::read_dir(root.join("av")).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())) {
        let bytes = std::fs::read(&path).expect("a file");
        let format = scan::sniff(&bytes).expect("memory");
        let ours = [Format::Wav, Format::Aiff, Format::Mp3, Format::Flac, Format::Ogg, Format::Matroska];
        if !ours.contains(&format) {
            continue;
        }
        match clean(format, &bytes) {
            Ok((output, _)) => {
                assert_eq!(held(format, &bytes), None, "{}", path.display());
                let (again, _) = clean(format, &output).expect("what was cleaned can be cleaned");
                assert!(again == output);
                cleaned += 1;
            }
            Err(refusal) => {
                eprintln!("{}: {refusal}", path.display());
                refused += 1;
            }
        }
    }
    if cleaned == 0 {
        eprintln!("no corpus here: nothing was tried (SCRUBS_CORPUS names its folder)");
    }
    assert!(cleaned >= refused);
}

/// A WAV file of 20 GB that lies nowhere: its header, and silence.
struct Long(Vec<u8>);

impl scrubs::cut::Source for Long {
    fn len(&self) -> u64 {
        20 << 30
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        let left = (self.len().saturating_sub(offset)).min(buf.len() as u64) as usize;
        for (n, byte) in buf[..left].iter_mut().enumerate() {
            *byte = self.0.get(offset as usize + n).copied().unwrap_or(0);
        }
        Ok(left)
    }
}

#[test]
fn twenty_gigabytes_are_a_handful_of_pieces() {
    let head = |sound: u64| {
        let lengths = [0, sound, 0].map(u64::to_le_bytes).concat();
        let chunks = [
            riff_chunk(b"ds64", &[&lengths[..], &[0; 4]].concat()),
            riff_chunk(b"LIST", b"INFOHoeflich"),
            riff_chunk(b"fmt ", &FORMAT),
            b"data".to_vec(),
        ];
        let head = [riff(b"WAVE", &chunks), vec![0xFF; 4]].concat();
        [b"RF64\xFF\xFF\xFF\xFF", &head[8..]].concat()
    };
    let long = Long(head((20 << 30) - head(0).len() as u64));
    let plan = scrubs::strip::plan(Format::Wav, &long, &scrubs::strip::Options::default()).expect("sound");
    assert!(plan.cut.pieces().len() < 8, "{:?}", plan.cut);
    assert!(plan.cut.len() > 20_000_000_000 && plan.comprehensive(20 << 30).is_ok());
}
