//! Matroska and WebM come out of the surgeon with every canary gone, nothing moved, and cleared by the witness.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/ebml.rs"]
mod ebml;
#[path = "support/picture.rs"]
mod picture;
#[path = "support/sound.rs"]
mod sound;

use cleaning::{clean, held};
use ebml::{el, matroska};
use picture::{expanded, found};
use scrubs::finding::Code;
use scrubs::inspect;
use scrubs::recording::Format;

#[test]
fn no_canary_survives_and_nothing_moves() {
    let mut tried = 0;
    for live in [false, true] {
        let fixture = matroska(live);
        let before = expanded(&fixture.bytes);
        assert!(fixture.canaries.iter().all(|canary| found(&before, canary).is_some()));
        let (output, plan) = clean(Format::Matroska, &fixture.bytes).expect("a film");
        let all = expanded(&output);
        let left: Vec<_> = fixture.canaries.iter().filter(|canary| found(&all, canary).is_some()).collect();
        assert_eq!(left, Vec::<&String>::new());
        assert_eq!(held(Format::Matroska, &fixture.bytes), None);
        assert_eq!(plan.method, ["blank-in-place"]);
        for length in [150, 160, 170, 400] {
            let samples = sound::noise(length);
            let place = |bytes: &[u8]| memchr::memmem::find(bytes, &samples);
            assert!(place(&output).is_some() && place(&output) == place(&fixture.bytes), "{length}");
        }
        let (again, plan) = clean(Format::Matroska, &output).expect("a film");
        assert!(again == output && plan.findings.is_empty(), "{:?}", plan.findings);
        assert_eq!(held(Format::Matroska, &output), None);
        assert_eq!(fixture.canaries.len(), if live { 24 } else { 25 });
        assert_eq!(inspect::year(&fixture.bytes, Format::Matroska), Some(1957));
        tried += 1;
    }
    assert_eq!(tried, 2);
}

/// A film of one track of this codec, with its private data and one sample.
fn one(kind: u8, codec: &[u8], private: &[u8], sample: &[u8]) -> Vec<u8> {
    let track = [el(0xD7, &[1]), el(0x73C5, &[1]), el(0x83, &[kind]), el(0x86, codec), el(0x63A2, private)].concat();
    let block = el(0xA3, &[&[0x81, 0, 0, 0x80], sample].concat());
    let cluster = el(0x1F43_B675, &[el(0xE7, &[0]), block].concat());
    let parts = [el(0x1549_A966, &el(0x2AD7B1, &[0x0F, 0x42, 0x40])), el(0x1654_AE6B, &el(0xAE, &track)), cluster];
    [el(0x1A45_DFA3, &el(0x4282, b"matroska")), el(0x1853_8067, &parts.concat())].concat()
}

#[test]
fn numbers_that_spell_words_go_and_all_others_stay() {
    // Delay, rate, and the end of a block's sound.
    let cases: [(u32, &[u8], bool); 8] = [
        (0x56AA, &6_500_000_u64.to_be_bytes(), true),
        (0x56AA, b"HOEFLICH", false),
        (0xB5, &f64::to_be_bytes(48_000.0), true),
        (0xB5, &f32::to_be_bytes(48_000.0), true),
        (0xB5, b"hoeflich", false),
        (0x75A2, &(-13_500_000_i64).to_be_bytes(), true),
        (0x75A2, b"14031957", false),
        (0xE7, b"Hoeflich", false),
    ];
    let mut tried = 0;
    for (id, number, stays) in cases {
        let found = el(id, number);
        let (track, sound, group, time) = match id {
            0x56AA => (found, Vec::new(), Vec::new(), Vec::new()),
            0xB5 => (Vec::new(), el(0xE1, &found), Vec::new(), Vec::new()),
            0x75A2 => (Vec::new(), Vec::new(), found, Vec::new()),
            _ => (Vec::new(), Vec::new(), Vec::new(), found),
        };
        let track =
            [el(0xD7, &[1]), el(0x73C5, &[1]), el(0x83, &[2]), el(0x86, b"A_PCM/INT/LIT"), track, sound].concat();
        let block = el(0xA0, &[el(0xA1, &[&[0x81, 0, 0, 0][..], &sound::noise(90)].concat()), group].concat());
        let cluster = el(0x1F43_B675, &[el(0xE7, &[0]), time, block].concat());
        let parts = [el(0x1549_A966, &el(0x2AD7B1, &[0x0F, 0x42, 0x40])), el(0x1654_AE6B, &el(0xAE, &track)), cluster];
        let bytes = [el(0x1A45_DFA3, &el(0x4282, b"matroska")), el(0x1853_8067, &parts.concat())].concat();
        let (output, _) = clean(Format::Matroska, &bytes).expect("sound");
        assert_eq!(memchr::memmem::find(&output, number).is_some(), stays, "case {tried}");
        assert_eq!(held(Format::Matroska, &bytes), None);
        let evidence =
            scrubs::inspect::Evidence { format: Format::Matroska, original: &bytes, output: &bytes, dropped: &[] };
        assert_eq!(scrubs::inspect::witness(&evidence).is_err(), !stays, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 8);
}

#[test]
fn codes_of_mpeg_on_no_list_go() {
    let (two, four) = (b"\0\0\x01\x01\x90\x20\x30\x40", b"\0\0\x01\xB6\x10\x20\x30\x40");
    let sized = b"\0\0\x01\xB3\x04\0\x30\x14\xFF\xFF\xE0\0";
    type Case<'c> = (&'c [u8], &'c [u8], &'c [u8], &'c [u8]);
    let cases: [Case<'_>; 4] = [
        (b"V_MPEG2", sized, two, b"\0\0\x01\xB0"),
        (b"V_MPEG2", sized, two, b"\0\0\x01\xB7"),
        (b"V_MPEG4/ISO/ASP", b"\0\0\x01\xB0\x01", four, b"\0\0\x01\xC4"),
        (b"V_MPEG4/ISO/ASP", b"\0\0\x01\xB0\x01", four, b"\0\0\x01\xB1"),
    ];
    let mut tried = 0;
    for (codec, headers, picture, head) in cases {
        let note = [head, b"CANARY-among-the-codes"].concat();
        let bytes = one(1, codec, &[headers, &note].concat(), &[picture, &note].concat());
        let (output, _) = clean(Format::Matroska, &bytes).expect("a film");
        assert!(found(&output, "CANARY").is_none(), "{head:?}");
        assert!(memchr::memmem::find(&output, picture).is_some());
        assert_eq!(held(Format::Matroska, &bytes), None, "{head:?}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn a_comment_in_the_settings_of_sound_goes() {
    let layout = |comment: &[u8]| [&[0x12, 0, 5, 4, 4, 0, 0x21, 0x10, comment.len() as u8][..], comment].concat();
    let cases = [layout(b"CANARYX"), layout(b"CANARY-settings"), b"\x12\x10CANARY".to_vec()];
    let mut tried = 0;
    for told in cases {
        let bytes = one(2, b"A_AAC", &told, &sound::noise(90));
        let (output, _) = clean(Format::Matroska, &bytes).expect("sound");
        assert!(found(&output, "CANARY").is_none() && memchr::memmem::find(&output, &sound::noise(90)).is_some());
        assert_eq!(held(Format::Matroska, &bytes), None);
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn settings_of_sound_end_where_their_numbers_do() {
    let opus = b"OpusHead\x01\x02\x38\x01\x80\xBB\0\0\0\0\0";
    let alac = [&[0, 0, 0x10, 0, 0, 16, 40, 10, 14, 2, 0, 255][..], &[0; 8], &[0, 0, 0xAC, 0x44]].concat();
    let cases: [(&[u8], &[u8]); 2] = [(b"A_OPUS", opus), (b"A_ALAC", &alac)];
    let wide: Vec<u8> = b"CANARY".iter().flat_map(|b| [*b, 0]).collect();
    let mut tried = 0;
    for (codec, own) in cases {
        for behind in [&b"CANARY"[..], &wide, b""] {
            let bytes = one(2, codec, &[own, behind].concat(), &sound::noise(90));
            let (output, _) = clean(Format::Matroska, &bytes).expect("sound");
            let zeros = [own, &vec![0; behind.len()]].concat();
            assert!(memchr::memmem::find(&output, &zeros).is_some() && found(&output, "CANARY").is_none());
            assert_eq!(held(Format::Matroska, &bytes), None);
            tried += 1;
        }
    }
    assert_eq!(tried, 6);
    assert!(clean(Format::Matroska, &one(2, b"A_AAC/MPEG4/CANARY", &[0x12, 0x10], &[])).is_err());
}

#[test]
fn times_that_count_from_a_date_count_from_the_first_cluster_afterwards() {
    // Milliseconds and microseconds from 1970 to an instant in 2029, and a film of a month.
    let (then, month) = (1_889_654_400_123_u64, 31 * 86_400_000_u64);
    let mut tried = 0;
    for (scale, times, moved) in [
        (1_000_000, [then, then + 5_000, then + 9_990], true),
        (1_000, [then * 1_000, then * 1_000 + 7, then * 1_000 + 900_000], true),
        (1_000_000, [0, 5_000, month], false),
        (1_000_000, [month, month + 5_000, month + 5_001], false),
    ] {
        let bytes = ebml::timed(scale, &times);
        let wanted = if moved { ebml::timed(scale, &times.map(|time| time - times[0])) } else { bytes.clone() };
        let (output, plan) = clean(Format::Matroska, &bytes).expect("sound");
        assert!(output == wanted, "case {tried}");
        assert_eq!(plan.findings.iter().filter(|found| found.code == Code::Time).count(), if moved { 6 } else { 0 });
        assert_eq!(held(Format::Matroska, &bytes), None);
        // What did not come out of the surgeon so is told by the second reader.
        let evidence =
            scrubs::inspect::Evidence { format: Format::Matroska, original: &bytes, output: &bytes, dropped: &[] };
        assert_eq!(scrubs::inspect::witness(&evidence).is_err(), moved);
        tried += 1;
    }
    assert_eq!(tried, 4);
    assert!(clean(Format::Matroska, &ebml::timed(1_000_000, &[then, 5_000])).is_err(), "times that lead back");
}

#[test]
fn what_is_on_no_list_is_refused() {
    let whole = matroska(false).bytes;
    let swap = |from: &[u8], to: &[u8]| {
        let at = memchr::memmem::find(&whole, from).expect("there");
        [&whole[..at], to, &whole[at + from.len()..]].concat()
    };
    let cleaned = clean(Format::Matroska, &whole).expect("a film").0;
    let cases = [
        swap(b"V_MPEG4/ISO/AVC", b"V_MS/VFW/FOURCC"),
        swap(b"A_VORBIS", b"A_QUICKT"),
        el(0x1A45_DFA3, &el(0x4282, b"matroska")),
        b"\x1A\x45\xDF\xA3".to_vec(),
        [&cleaned[..], &cleaned].concat(),
    ];
    let refused = cases.iter().filter(|bytes| clean(Format::Matroska, bytes).is_err()).count();
    assert_eq!((refused, cases.len()), (5, 5));
}

#[test]
fn damage_never_panics() {
    let mut tried = 0;
    for live in [false, true] {
        let whole = matroska(live).bytes;
        let length = whole.len();
        let flipped = (0..768).map(|step| {
            let mut bytes = whole.clone();
            bytes[(length * step / 768 + step * 7) % length] ^= 1 << (step % 8);
            bytes
        });
        for bytes in (0..128).map(|step| whole[..length * step / 128].to_vec()).chain(flipped) {
            let _ = inspect::inspect(&bytes, Format::Matroska);
            tried += 1;
            let Ok((output, _)) = clean(Format::Matroska, &bytes) else { continue };
            assert!(output.len() <= bytes.len());
            let _ = held(Format::Matroska, &bytes);
            let (again, _) = clean(Format::Matroska, &output).expect("what was cleaned can be cleaned");
            assert!(again == output);
        }
    }
    assert_eq!(tried, 2 * (768 + 128));
}

#[test]
fn nesting_and_counts_without_end_are_refused_in_time() {
    let mut nested = vec![0; 8];
    for _ in 0..200 {
        nested = el(0xA0, &nested);
    }
    let many = [0xEC, 0x81, 7].repeat(400_000);
    let mut tried = 0;
    for body in [nested, many] {
        let bytes = [el(0x1A45_DFA3, &[]), el(0x1853_8067, &el(0x1F43_B675, &body))].concat();
        let begun = std::time::Instant::now();
        assert!(clean(Format::Matroska, &bytes).is_err());
        assert!(begun.elapsed().as_secs() < 20);
        tried += 1;
    }
    assert_eq!(tried, 2);
}
