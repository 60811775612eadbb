//! BMP pictures come out of the surgeon with every canary gone and every pixel kept.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/picture.rs"]
mod picture;
#[path = "support/web.rs"]
mod web;

use cleaning::{clean, clean_corpus};
use picture::found;
use scrubs::finding::{Action, Code};
use scrubs::recording::Format;
use web::{bmp_of, bmps, info, palette, rows};

fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    image::load_from_memory_with_format(bytes, image::ImageFormat::Bmp).ok().map(|image| image.into_rgba8().into_raw())
}

#[test]
fn no_canary_survives_in_any_of_25_places() {
    let mut places = 0;
    for fixture in bmps() {
        let before = picture::expanded(&fixture.bytes);
        let lost: Vec<_> = fixture.canaries.iter().filter(|canary| found(&before, canary).is_none()).collect();
        assert_eq!(lost, Vec::<&String>::new());
        let (output, _) = clean(Format::Bmp, &fixture.bytes).expect("a picture");
        let all = picture::expanded(&output);
        let left: Vec<_> = fixture.canaries.iter().filter_map(|c| found(&all, c).map(|form| (c, form))).collect();
        assert_eq!(left, vec![], "{}", fixture.name);
        places += fixture.canaries.len();
    }
    assert_eq!(places, 25);
}

#[test]
fn the_picture_is_the_one_it_was() {
    let mut tried = 0;
    for fixture in bmps() {
        let (output, _) = clean(Format::Bmp, &fixture.bytes).expect("a picture");
        // The decoder at hand does not read OS/2's own header; there the samples are compared as they stand.
        let pixels = decoded(&fixture.bytes);
        assert!(pixels.is_some() || fixture.bytes[14] == 64, "{}", fixture.name);
        assert_eq!(decoded(&output), pixels, "{}", fixture.name);
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn a_clean_picture_is_kept_whole() {
    let cases = [
        bmp_of(&[info(40, 3, 4, 24, 0)], &[], &rows(4, 0), &[]),
        bmp_of(&[info(124, 3, -4, 24, 0)], &[], &rows(4, 0), &[]),
        bmp_of(&[info(40, 3, 4, 2, 0), palette(0)], &[], &[0x18; 16].map(|b| b & 0xFC).map(|_| 0), &[]),
        bmp_of(
            &[info(40, 2, 2, 32, 3), [0xFF_0000_u32, 0xFF00, 0xFF].map(u32::to_le_bytes).concat()],
            &[],
            &[9; 16],
            &[],
        ),
        bmp_of(&[b"\x0C\0\0\0\x03\0\x04\0\x01\0\x18\0".to_vec()], &[], &rows(4, 0), &[]),
    ];
    let mut tried = 0;
    for mut bytes in cases {
        if bytes[14] == 40 && bytes[28] == 2 {
            // Colours that no pixel has are blank.
            bytes[58..70].fill(0);
        }
        if bytes[30] == 3 {
            bytes[34..38].copy_from_slice(&16_u32.to_le_bytes());
        }
        let (output, plan) = clean(Format::Bmp, &bytes).expect("a picture");
        assert_eq!(output, bytes, "case {tried}");
        assert!(plan.cut.is_whole(bytes.len() as u64), "{:?}", plan.cut);
        assert!(plan.findings.iter().all(|finding| finding.action == Action::Keep));
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn what_fills_rows_and_runs_up_is_blanked() {
    let of = |fill: u8| bmp_of(&[info(40, 3, 4, 24, 0)], &[], &rows(4, fill), &[]);
    assert_eq!(clean(Format::Bmp, &of(b'C')).expect("a picture").0, of(0));
    // Two colours, three pixels a row: five bits and three bytes are left over.
    let bits = |rest: u8| {
        let row = [0b1010_0000 | rest, rest, rest, rest];
        bmp_of(&[info(40, 3, 2, 1, 0), palette(0)[..8].to_vec()], &[], &[row, row].concat(), &[])
    };
    assert_eq!(clean(Format::Bmp, &bits(0x1F)).expect("a picture").0, bits(0));
    let runs = |pad: u8| {
        let mut header = info(40, 3, 1, 8, 1);
        (header[20], header[32]) = (8, 4);
        bmp_of(&[header, palette(0)], &[], &[0, 3, 1, 2, 3, pad, 0, 1], &[])
    };
    assert_eq!(clean(Format::Bmp, &runs(b'C')).expect("a picture").0, runs(0));
}

#[test]
fn resolution_stays_and_words_in_its_place_go() {
    let of = |number: [u8; 4]| {
        let mut header = info(40, 3, 4, 24, 0);
        header[24..28].copy_from_slice(&number);
        clean(Format::Bmp, &bmp_of(&[header], &[], &rows(4, 0), &[])).expect("a picture").0
    };
    assert_eq!(of(11_811_u32.to_le_bytes())[38..42], 11_811_u32.to_le_bytes());
    assert_eq!(of(*b"CANA")[38..42], [0; 4]);
}

#[test]
fn reserved_fields_are_blanked_and_told() {
    let plain = bmp_of(&[info(40, 3, 4, 24, 0)], &[], &rows(4, 0), &[]);
    let mut bytes = plain.clone();
    bytes[2..10].copy_from_slice(b"\xFF\xFF\xFF\xFFCANA");
    let (output, plan) = clean(Format::Bmp, &bytes).expect("a picture");
    assert_eq!(output, plain);
    assert!(plan.findings.iter().any(|finding| finding.code == Code::HiddenBytes));
}

#[test]
fn a_linked_profile_is_told_as_a_path() {
    let fixture = &bmps()[0];
    let (_, plan) = clean(Format::Bmp, &fixture.bytes).expect("a picture");
    assert!(plan.findings.iter().any(|finding| finding.code == Code::FilePath));
}

#[test]
fn what_cannot_be_cleaned_is_refused_with_its_reason() {
    let of = |header: Vec<u8>| bmp_of(&[header], &[], &rows(4, 0), &[]);
    let mut masks = info(56, 3, 4, 32, 3);
    masks[40..44].copy_from_slice(b"CANA");
    let cases: [(Vec<u8>, &str); 8] = [
        (of(info(40, 0, 4, 24, 0)), "not-understood"),
        (of(info(40, 3, i32::MIN, 24, 0)), "not-understood"),
        (of(info(40, 3, 4, 24, 4)), "not-understood"),
        (of(info(40, 3, 4, 24, 5)), "not-understood"),
        (of(info(40, 3, 4, 23, 0)), "not-understood"),
        (of(masks), "not-understood"),
        (of(vec![200; 40]), "not-understood"),
        (of(info(40, 3, 4, 24, 0))[..30].to_vec(), "truncated"),
    ];
    let mut tried = 0;
    for (bytes, code) in cases {
        assert_eq!(clean(Format::Bmp, &bytes).err().map(|refusal| refusal.code), Some(code), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 8);
}

#[test]
fn damage_never_panics_and_never_frees_a_canary() {
    // Samples are not coded, so a bit of the size or the place makes any bytes samples: these are looked at apart.
    let mut tried = 0;
    for fixture in bmps() {
        for bit in (0..fixture.bytes.len() * 8).step_by(5) {
            let mut bytes = fixture.bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes.truncate(if bit % 5 == 0 { bit / 8 } else { bytes.len() });
            tried += 1;
            let Ok((output, _)) = clean(Format::Bmp, &bytes) else { continue };
            let front = &output[..u32::from_le_bytes([output[10], output[11], output[12], output[13]]) as usize];
            assert!(fixture.canaries.iter().all(|canary| found(front, canary).is_none()), "{} {bit}", fixture.name);
            let moved = matches!(bit / 8, 10..84);
            let left = |canary: &&String| found(&output, canary).is_some();
            assert!(moved || !fixture.canaries.iter().any(|c| left(&c)), "{} {bit}", fixture.name);
        }
    }
    assert_eq!(tried, bmps().iter().map(|fixture| (fixture.bytes.len() * 8).div_ceil(5)).sum::<usize>());
}

#[test]
fn pictures_of_the_corpus_come_out_clean_and_stay_so() {
    clean_corpus(Format::Bmp);
}

#[test]
fn masks_that_the_coding_does_not_call_for_go_and_colours_of_displays_stay() {
    let mut header = info(108, 3, 4, 24, 0);
    header[40..52].copy_from_slice(&[0xFF_0000_u32, 0xFF00, 0xFF].map(u32::to_le_bytes).concat());
    header[56..60].fill(0);
    // The coordinates of sRGB (2.30) and a gamma of 2.2 (16.16).
    let points = [0.64, 0.33, 0.03, 0.3, 0.6, 0.1, 0.15, 0.06, 0.79].map(|n| (n * f64::from(1 << 30)) as u32);
    let display = [points.map(u32::to_le_bytes).concat(), [144_179_u32; 3].map(u32::to_le_bytes).concat()].concat();
    header[60..108].copy_from_slice(&display);
    let (output, _) = clean(Format::Bmp, &bmp_of(&[header], &[], &rows(4, 0), &[])).expect("a picture");
    assert_eq!(output[14 + 40..14 + 56], [0; 16]);
    assert_eq!(output[14 + 60..14 + 108], display);
}
