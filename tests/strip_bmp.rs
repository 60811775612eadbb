//! BMP pictures come out of the surgeon with every canary gone and every pixel kept.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/picture.rs"]
mod picture;
#[path = "support/web.rs"]
mod web;

use cleaning::{clean, clean_corpus, held};
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
            &[9, 9, 9, 0].repeat(4),
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
fn bits_of_pixels_that_no_colour_uses_hold_nothing() {
    let masks = |masks: [u32; 4], count: usize| masks[..count].iter().flat_map(|mask| mask.to_le_bytes()).collect();
    let inside = |size: usize, depth: u16, named: [u32; 4]| {
        let mut header = info(size, 5, 4, depth, 3);
        let named: Vec<u8> = masks(named, (size - 40).min(16) / 4);
        header[40..40 + named.len()].copy_from_slice(&named);
        vec![header]
    };
    let bytes: [u32; 4] = [0xFF_0000, 0xFF00, 0xFF, 0];
    let with_alpha = [0xFF_0000, 0xFF00, 0xFF, 0xFF00_0000];
    let cases: [(Vec<Vec<u8>>, u16, u32); 12] = [
        (vec![info(40, 5, 4, 32, 0)], 32, 0xFF00_0000),
        (vec![info(40, 5, -4, 32, 0)], 32, 0xFF00_0000),
        (vec![info(124, 5, 4, 32, 0)], 32, 0xFF00_0000),
        (vec![b"\x0C\0\0\0\x05\0\x04\0\x01\0\x20\0".to_vec()], 32, 0xFF00_0000),
        (vec![info(40, 5, 4, 32, 3), masks(bytes, 3)], 32, 0xFF00_0000),
        (vec![info(40, 5, 4, 32, 3), masks([0x3FF0_0000, 0xF_FC00, 0x3FF, 0], 3)], 32, 0xC000_0000),
        (inside(56, 32, [0xFF00, 0xFF_0000, 0xFF00_0000, 0]), 32, 0xFF),
        (inside(108, 32, with_alpha), 32, 0),
        (vec![info(40, 5, 4, 16, 0)], 16, 0x8000),
        (vec![info(40, 5, 4, 16, 3), masks([0xF00, 0xF0, 0xF, 0], 3)], 16, 0xF000),
        (vec![info(40, 5, 4, 16, 3), masks([0xF800, 0x7E0, 0x1F, 0], 3)], 16, 0),
        (inside(52, 16, [0xF00, 0xF0, 0, 0]), 16, 0xF00F),
    ];
    let mut tried = 0;
    for (front, depth, spare) in cases {
        let unit = usize::from(depth / 8);
        // Five pixels a row, filled up to four bytes; what pixels have in the spare bits is up to each picture.
        let picture = |fill: &dyn Fn(usize) -> u32| {
            let row = |y: usize| -> Vec<u8> {
                let pixel = |x: usize| ((x * 2_654_435 + y * 40_503) as u32 & !spare) | (fill(y * 5 + x) & spare);
                let row = (0..5).flat_map(|x| pixel(x).to_le_bytes()[..unit].to_vec()).chain([0; 2]);
                row.take((5 * unit).next_multiple_of(4)).collect()
            };
            let samples: Vec<u8> = (0..4).flat_map(row).collect();
            let mut front = front.clone();
            if front[0].len() > 12 {
                front[0][20..24].copy_from_slice(&(samples.len() as u32).to_le_bytes());
            }
            bmp_of(&front, &[], &samples, &[])
        };
        let plain = picture(&|_| 0);
        let full = picture(&|_| u32::MAX);
        let drawn = picture(&|n| if n > 0 { u32::from_le_bytes(*b"CANA").rotate_left(n as u32 * 3) } else { 0 });
        let erased = picture(&|n| if n == 7 { 0 } else { u32::MAX });
        for (before, after) in [(&plain, &plain), (&full, &full), (&drawn, &plain), (&erased, &full)] {
            let (output, plan) = clean(Format::Bmp, before).expect("a picture");
            assert_eq!(&output, after, "case {tried}");
            let told = plan.findings.iter().any(|finding| finding.label == "bits of pixels that no colour uses");
            assert_eq!(told, before != after, "case {tried}");
            assert_eq!(plan.cut.is_whole(before.len() as u64), before == after);
            assert_eq!(held(Format::Bmp, before), None, "case {tried}");
        }
        assert_eq!(drawn == plain, spare == 0, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 12);
}

#[test]
fn a_large_picture_with_another_in_its_spare_bits_is_held_for_want_of_memory() {
    let of = |width: i32, spare: &dyn Fn(usize) -> u8| {
        let samples: Vec<u8> = (0..width as usize * 3_000).flat_map(|n| [7, 8, 9, spare(n)]).collect();
        bmp_of(&[info(40, width, 3_000, 32, 0)], &[], &samples, &[])
    };
    let drawn = |n: usize| if n > 0 { (n % 251) as u8 } else { 0 };
    let refusal = clean(Format::Bmp, &of(2_900, &drawn)).expect_err("more than is written anew");
    assert_eq!(refusal.code, "too-large");
    assert!(clean(Format::Bmp, &of(300, &drawn)).is_ok());
    assert!(clean(Format::Bmp, &of(2_900, &|n| if n % 9_000 == 70 { b'C' } else { 0 })).is_ok());
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
