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
