//! Colours before and after cleaning, rendered by a colour engine that is not ours, on profiles that it or this test
//! wrote; no profile of anybody else's is needed.

use super::tests::telling;
use super::*;
use moxcms::{ColorProfile, Layout, TransformOptions};

/// Every patch of a grid in sRGB.
fn rendered(profile: &[u8], channels: usize) -> Vec<u8> {
    let source = ColorProfile::new_from_slice(profile).unwrap();
    let layout = [Layout::Gray, Layout::Rgb, Layout::Rgb, Layout::Rgba][channels - 1];
    let levels = [256_usize, 16, 16, 8][channels - 1];
    let patches: Vec<u8> = (0..levels.pow(channels as u32))
        .flat_map(|n| (0..channels).map(move |c| (n / levels.pow(c as u32) % levels * 255 / (levels - 1)) as u8))
        .collect();
    let options = TransformOptions { prefer_fixed_point: false, ..TransformOptions::default() };
    let srgb = ColorProfile::new_srgb();
    let transform = source.create_transform_8bit(layout, &srgb, Layout::Rgb, options).unwrap();
    let mut out = vec![0; patches.len() / channels * 3];
    transform.transform(&patches, &mut out).unwrap();
    out
}

/// A profile as the engine writes it, without its code points, which contradict the profile's own numbers.
fn written(mut profile: ColorProfile) -> Vec<u8> {
    profile.cicp = None;
    profile.encode().unwrap()
}

fn apart(a: &[u8], b: &[u8]) -> u8 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

fn description(profile: &[u8]) -> String {
    let at = memchr::memmem::rfind(profile, b"desc\0\0\0\0\0\0\0").expect("a description") + 12;
    profile[at..].iter().take_while(|b| **b != 0).map(|b| char::from(*b)).collect()
}

/// A profile of version 2 or 4 with colourants in millionths as published, and one curve for all channels.
fn matrix(major: u8, colourants: [[i32; 3]; 3], curve: &[u8], words: &str) -> Vec<u8> {
    let xyz = |values: [i32; 3]| {
        let fixed = values.map(|v| ((f64::from(v) * 0.065_536).round() as i32).to_be_bytes());
        [&b"XYZ \0\0\0\0"[..], &fixed.concat()].concat()
    };
    let mut tags = vec![
        (*b"cprt", text(major, words, *b"text")),
        (*b"desc", text(major, words, *b"desc")),
        (*b"CNRY", [&b"data\0\0\0\0"[..], words.as_bytes()].concat()),
        (*b"wtpt", xyz([950_450, 1_000_000, 1_089_050])),
    ];
    for (name, column) in [*b"rXYZ", *b"gXYZ", *b"bXYZ"].into_iter().zip(colourants) {
        tags.push((name, xyz(column)));
    }
    for name in [*b"rTRC", *b"gTRC", *b"bTRC"] {
        tags.push((name, curve.to_vec()));
    }
    let mut header = [0; HEADER];
    header[8] = major;
    header[12..24].copy_from_slice(b"mntrRGB XYZ ");
    header[24..36].copy_from_slice(&[7, 0xE1, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9]);
    header[36..40].copy_from_slice(b"acsp");
    header[48..52].copy_from_slice(b"CANA");
    assemble(header, &tags).unwrap()
}

/// The sRGB curve as a formula and as a table of `points`.
fn formula() -> Vec<u8> {
    let numbers: [f64; 5] = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045];
    let fixed = numbers.map(|n| ((n * 65_536.0).round() as i32).to_be_bytes());
    [&b"para\0\0\0\0\0\x03\0\0"[..], &fixed.concat()].concat()
}

fn sampled(points: u32, shift: f64) -> Vec<u8> {
    let light = |x: f64| if x < 0.04045 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4 + shift) };
    let values =
        (0..points).flat_map(|n| ((light(f64::from(n) / f64::from(points - 1)) * 65_535.0) as u16).to_be_bytes());
    [&b"curv\0\0\0\0"[..], &points.to_be_bytes(), &values.collect::<Vec<_>>()].concat()
}

const SRGB: [[i32; 3]; 3] = [[436_066, 222_488, 13_916], [385_147, 716_873, 97_076], [143_066, 60_608, 714_096]];

#[test]
fn whoever_wrote_srgb_the_same_bytes_come_out() {
    let writers = [
        matrix(2, SRGB, &sampled(1024, 0.0), "Canary's screen"),
        matrix(4, SRGB, &formula(), "Canary Hospital, Hoeflich"),
        matrix(2, SRGB, &sampled(512, 0.0), "sRGB IEC61966-2.1"),
        matrix(2, SRGB, &sampled(4096, 0.0), ""),
    ];
    let first = clean(&writers[0]).unwrap().profile;
    assert_eq!(description(&first), "sRGB");
    let mut tried = 0;
    for writer in &writers {
        let cleaned = clean(writer).unwrap().profile;
        assert_eq!(cleaned, first, "{tried}");
        assert!(apart(&rendered(writer, 3), &rendered(&cleaned, 3)) <= 1, "{tried}");
        tried += 1;
    }
    assert_eq!(tried, 4);
    assert!(clean(&first).unwrap().profile == first);
}

#[test]
fn standards_are_known_by_their_numbers_and_what_is_off_by_a_step_is_not() {
    let known = [
        (ColorProfile::new_display_p3(), "Display P3", 3),
        (ColorProfile::new_adobe_rgb(), "Adobe RGB (1998) compatible", 3),
        (ColorProfile::new_pro_photo_rgb(), "ProPhoto RGB", 3),
        (ColorProfile::new_gray_with_gamma(2.2), "Gray gamma 2.2", 1),
    ];
    let mut tried = 0;
    for (profile, name, channels) in known {
        let source = written(profile);
        let cleaned = clean(&source).unwrap().profile;
        assert_eq!(description(&cleaned), name);
        assert!(apart(&rendered(&source, channels), &rendered(&cleaned, channels)) <= 1, "{name}");
        assert!(clean(&cleaned).unwrap().profile == cleaned, "{name}");
        tried += 1;
    }
    let mut shifted = SRGB;
    shifted[1][0] += 2_500;
    let near = [
        // Adapted from a white of its own: greens differ by more than a step.
        written(ColorProfile::new_srgb()),
        matrix(2, SRGB, &sampled(1024, 0.02), "near"),
        matrix(2, SRGB, b"curv\0\0\0\0\0\0\0\x01\x02\x33", "a power"),
        matrix(4, shifted, &formula(), "redder greens"),
        ColorProfile::new_gray_with_gamma(1.8).encode().unwrap(),
    ];
    for source in near {
        let cleaned = clean(&source).unwrap().profile;
        assert!(memchr::memmem::find(&cleaned, b"sRGB").is_none(), "{tried}");
        let channels = if tried == 8 { 1 } else { 3 };
        assert!(apart(&rendered(&source, channels), &rendered(&cleaned, channels)) == 0, "{tried}");
        tried += 1;
    }
    assert_eq!(tried, 9);
}

#[test]
fn a_class_an_intent_and_code_points_that_mean_more_are_kept() {
    let plain = matrix(2, SRGB, &sampled(1024, 0.0), "scan");
    let mut scanner = plain.clone();
    scanner[12..16].copy_from_slice(b"scnr");
    // DICOM asks for an input profile (PS3.3 C.11.15).
    let cleaned = clean(&scanner).unwrap().profile;
    assert_eq!((&cleaned[12..16], description(&cleaned).as_str()), (&b"scnr"[..], "sRGB"));
    let mut absolute = plain;
    absolute[67] = 3;
    let cleaned = clean(&absolute).unwrap().profile;
    assert_eq!((cleaned[67], description(&cleaned).as_str()), (3, "Colour profile"));
    let hdr = ColorProfile::new_display_p3_pq().encode().unwrap();
    let cleaned = clean(&hdr).unwrap().profile;
    let at = memchr::memmem::find(&cleaned, b"cicp\0\0\0\0").unwrap();
    assert_eq!(cleaned[at + 9], 16, "the perceptual quantiser of H.273 table 3");
}

/// A CMYK profile with a colour table of 16 bits, into which `planted` is written.
fn tabled(planted: &[u8], private: &[u8]) -> Vec<u8> {
    let mut seed = 7_u32;
    let mut noise = |n: usize| -> Vec<u8> {
        (0..n)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            })
            .collect()
    };
    let mut table = b"mft2\0\0\0\0\x04\x03\x05\0".to_vec();
    for n in 0..9 {
        table.extend_from_slice(&[0, u8::from(n % 4 == 0), 0, 0]);
    }
    table.extend_from_slice(&[0, 2, 0, 2]);
    table.extend_from_slice(&[0, 0, 255, 255].repeat(4));
    let mut points = noise(5_usize.pow(4) * 6);
    points[1001..1001 + planted.len()].copy_from_slice(planted);
    table.extend_from_slice(&points);
    table.extend_from_slice(&[0, 0, 255, 255].repeat(3));
    let private = [&b"data\0\0\0\0"[..], private].concat();
    let tags = vec![
        (*b"A2B0", table),
        (*b"CNRY", private),
        (*b"wtpt", b"XYZ \0\0\0\0\0\0\xf6\xd6\0\x01\0\0\0\0\xd3\x2d".to_vec()),
    ];
    let mut header = [0; HEADER];
    header[8] = 2;
    header[12..24].copy_from_slice(b"prtrCMYKLab ");
    header[36..40].copy_from_slice(b"acsp");
    assemble(header, &tags).unwrap()
}

#[test]
fn words_in_a_colour_table_drop_the_profile_and_noise_does_not() {
    let wide = |text: &[u8]| text.iter().flat_map(|b| [0, *b]).collect::<Vec<u8>>();
    let long = b"Patient Hanna Hoeflich born 4 May 1957";
    let cases: [(Vec<u8>, &[u8], bool); 7] = [
        (vec![], b"nothing", true),
        (vec![], long, true),
        (long.to_vec(), b"", false),
        (wide(long), b"", false),
        (b"Canary-47".to_vec(), b"serial Canary-47", true),
        (b"serial Canary-47".to_vec(), b"serial Canary-47", false),
        (wide(b"Canary-4711"), b"\x01Canary-4711\x01", false),
    ];
    let mut tried = 0;
    for (planted, private, kept) in cases {
        assert_eq!(clean(&tabled(&planted, private)).is_some(), kept, "{tried}");
        tried += 1;
    }
    assert_eq!(tried, 7);
}

#[test]
fn a_profile_never_grows_where_there_is_no_room_and_its_colours_stay() {
    let p3 = [[515_121, 241_196, -1_053], [291_977, 692_245, 41_885], [157_104, 66_574, 784_073]];
    let sources = [
        (matrix(4, p3, &formula(), "Display P3 of Canary's telephone"), "formula"),
        (matrix(4, SRGB, &formula(), "sRGB of the left screen of Canary's room number 47"), "formula"),
        (matrix(2, SRGB, &sampled(26, 0.0), ""), "own"),
        (matrix(2, SRGB, &sampled(4096, 0.0), "sRGB IEC61966-2.1"), "table"),
        (matrix(4, SRGB, b"curv\0\0\0\0\0\0\0\x01\x02\x33", "a power"), "own"),
    ];
    let mut tried = 0;
    for (source, form) in &sources {
        let cleaned = clean_within(source, source.len()).unwrap().profile;
        assert!(cleaned.len() <= source.len(), "{tried}");
        assert!(apart(&rendered(source, 3), &rendered(&cleaned, 3)) <= 1, "{tried}");
        assert!(memchr::memmem::find(&cleaned, b"C\0a\0n").is_none());
        let is = match *form {
            "formula" => cleaned[8] == 4 && memchr::memmem::find(&cleaned, b"s\0R\0G\0B").is_some() || tried == 0,
            "table" => description(&cleaned) == "sRGB",
            _ => memchr::memmem::find(&cleaned, b"sRGB").is_none(),
        };
        assert!(is, "{tried} {form}");
        assert!(clean_within(&cleaned, cleaned.len()).unwrap().profile == cleaned, "{tried}");
        assert!(clean_within(source, 131).is_none());
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn what_is_not_a_pictures_profile_goes() {
    let mut tried = 0;
    for class in [b"link", b"abst", b"nmcl"] {
        let mut profile = telling(4);
        profile[12..16].copy_from_slice(class);
        assert!(clean(&profile).is_none());
        tried += 1;
    }
    let mut max = telling(4);
    max[8] = 5;
    assert!(clean(&max).is_none());
    assert_eq!(tried, 3);
}
