//! JPEG pictures come out of the surgeon with every canary gone and every pixel kept.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/picture.rs"]
mod picture;

use cleaning::{clean, clean_corpus, damage};
use picture::{found, jpeg, jpeg_camera, jpeg_plain, segment};
use scrubs::finding::{Action, Code};
use scrubs::recording::Format;

fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    image::load_from_memory_with_format(bytes, image::ImageFormat::Jpeg).ok().map(|image| image.into_bytes())
}

#[test]
fn no_canary_survives_in_any_of_95_places() {
    let fixture = jpeg();
    assert!(fixture.canaries.iter().all(|canary| found(&picture::expanded(&fixture.bytes), canary).is_some()));
    let (output, _) = clean(Format::Jpeg, &fixture.bytes).expect("a picture");
    let all = picture::expanded(&output);
    let left: Vec<_> = fixture.canaries.iter().filter_map(|c| found(&all, c).map(|form| (c, form))).collect();
    assert_eq!(left, vec![]);
    assert_eq!(fixture.canaries.len(), 95);
}

#[test]
fn the_picture_is_the_one_it_was() {
    let mut tried = 0;
    for (before, fixture) in [(jpeg_plain(), jpeg()), (jpeg_camera().bytes, jpeg_camera())] {
        let (output, _) = clean(Format::Jpeg, &fixture.bytes).expect("a picture");
        let pixels = decoded(&before).expect("decodes");
        assert_eq!(decoded(&output), Some(pixels), "{}", fixture.name);
        tried += 1;
    }
    assert_eq!(tried, 2);
}

#[test]
fn orientation_stays_and_is_all_that_stays_of_exif() {
    let (output, plan) = clean(Format::Jpeg, &jpeg_camera().bytes).expect("a picture");
    let block = exif::Reader::new().read_from_container(&mut std::io::Cursor::new(&output)).expect("Exif");
    assert_eq!(block.fields().count(), 1);
    let field = block.get_field(exif::Tag::Orientation, exif::In::PRIMARY).expect("orientation");
    assert_eq!(field.value.get_uint(0), Some(6));
    for code in [
        Code::ExifGps,
        Code::ExifDate,
        Code::ExifSerial,
        Code::ExifDevice,
        Code::ExifPerson,
        Code::ExifText,
        Code::ExifMakerNote,
        Code::Thumbnail,
        Code::ExifOrientation,
        Code::Comment,
        Code::Trailer,
    ] {
        assert!(plan.findings.iter().any(|finding| finding.code == code), "{code}");
    }
}

/// A plain picture with segments put in behind its JFIF header.
fn with(segments: &[Vec<u8>]) -> Vec<u8> {
    let plain = jpeg_plain();
    [&plain[..20], &segments.concat(), &plain[20..]].concat()
}

fn turn(orientation: u8) -> Vec<u8> {
    segment(
        0xE1,
        &[&b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation, 0, 0, 0, 0, 0, 0]].concat(),
    )
}

#[test]
fn orientation_is_the_one_that_viewers_go_by() {
    let xmp = |n: u8| segment(0xE1, format!("http://ns.adobe.com/xap/1.0/\0<a tiff:Orientation=\"{n}\"/>").as_bytes());
    let cases = [
        (vec![turn(6)], Some(6)),
        (vec![turn(6), turn(3)], Some(6)),
        (vec![turn(9), turn(3)], Some(3)),
        (vec![turn(1), turn(3)], None),
        (vec![turn(1), xmp(6)], None),
        (vec![xmp(6), turn(3)], Some(3)),
        (vec![xmp(6)], Some(6)),
        (vec![segment(0xE1, b"Exif\0\0rubbish"), turn(8)], Some(8)),
        (vec![], None),
    ];
    let mut tried = 0;
    for (segments, expected) in cases {
        let (output, _) = clean(Format::Jpeg, &with(&segments)).expect("a picture");
        let wanted = expected.map(|turn_| with(&[turn(turn_)])).unwrap_or_else(jpeg_plain);
        assert_eq!(output, wanted);
        tried += 1;
    }
    assert_eq!(tried, 9);
}

/// An Exif segment that states a resolution over a denominator, with an orientation before it where there is one.
fn dense(turn: Option<u8>, above: u32, below: u32, unit: u8) -> Vec<u8> {
    let count = if turn.is_some() { 4 } else { 3 };
    let values = 8 + 2 + 12 * count + 4;
    let mut block = vec![b'M', b'M', 0, 42, 0, 0, 0, 8, 0, count];
    block.extend(turn.into_iter().flat_map(|turn| [1, 0x12, 0, 3, 0, 0, 0, 1, 0, turn, 0, 0]));
    block.extend([1, 0x1A, 0, 5, 0, 0, 0, 1, 0, 0, 0, values, 1, 0x1B, 0, 5, 0, 0, 0, 1, 0, 0, 0, values + 8]);
    block.extend([1, 0x28, 0, 3, 0, 0, 0, 1, 0, unit, 0, 0, 0, 0, 0, 0]);
    block.extend([above, below, above, below].into_iter().flat_map(u32::to_be_bytes));
    segment(0xE1, &[&b"Exif\0\0"[..], &block].concat())
}

#[test]
fn a_resolution_that_only_exif_states_is_carried_on_where_it_fits() {
    let without = |segments: &[Vec<u8>]| [&jpeg_plain()[..2], &segments.concat(), &jpeg_plain()[20..]].concat();
    let jfif = |density: [u8; 5]| segment(0xE0, &[&b"JFIF\0\x01\x02"[..], &density, &[0, 0]].concat());
    let (none, stated, inches) = (jfif([0, 0, 1, 0, 1]), jfif([1, 0, 72, 0, 72]), jfif([1, 1, 44, 1, 44]));
    let uneven = jfif([0, 0, 1, 0, 2]);
    let without_unit =
        segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x1A\0\x05\0\0\0\x01\0\0\0\x1A\0\0\0\0\0\0\x01\x2C\0\0\0\x01");
    let in_whole_numbers = segment(
        0xE1,
        b"Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x1B\0\x03\0\0\0\x01\x01\x2C\0\0\x01\x28\0\x03\0\0\0\x01\0\x02\0\0\0\0\0\0",
    );
    let cases = [
        (vec![none.clone(), dense(None, 300, 1, 2)], vec![inches.clone()]),
        (vec![none.clone(), dense(Some(6), 3_000_000, 10_000, 2)], vec![inches.clone(), turn(6)]),
        (vec![none.clone(), dense(None, 11_811, 100, 3)], vec![inches.clone()]),
        (vec![none.clone(), dense(None, 7_201, 100, 2)], vec![none.clone(), dense(None, 7_201, 100, 2)]),
        (vec![stated.clone(), dense(None, 300, 1, 2)], vec![stated.clone(), dense(None, 300, 1, 2)]),
        (vec![stated.clone(), dense(None, 72, 1, 2)], vec![stated.clone()]),
        (vec![stated.clone(), dense(None, 72, 1, 1)], vec![stated]),
        (vec![none.clone(), dense(None, 72, 1, 2)], vec![jfif([1, 0, 72, 0, 72])]),
        (vec![dense(None, 72, 1, 2)], vec![dense(None, 72, 1, 2)]),
        (vec![dense(None, 2_032_000, 20, 3)], vec![dense(None, 101_600, 1, 3)]),
        (vec![without_unit], vec![dense(None, 300, 1, 2)]),
        (vec![in_whole_numbers], vec![dense(None, 300, 1, 2)]),
        (vec![uneven.clone(), dense(None, 300, 1, 2)], vec![uneven, dense(None, 300, 1, 2)]),
        (vec![dense(Some(3), 600, 2, 2)], vec![dense(Some(3), 300, 1, 2)]),
        (vec![dense(None, 72_009, 1_000, 2)], vec![dense(None, 7_201, 100, 2)]),
        (vec![dense(Some(1), 300, 1, 2)], vec![dense(None, 300, 1, 2)]),
        (vec![dense(None, 0x4341_4E41, 1, 2)], vec![]),
        (vec![dense(None, 300, 1, 9)], vec![]),
    ];
    let mut tried = 0;
    for (before, after) in cases {
        let original = without(&before);
        let (output, plan) = clean(Format::Jpeg, &original).expect("a picture");
        assert_eq!(output, without(&after), "case {tried}");
        let length = original.len() as u64;
        let dropped = plan.comprehensive(length).expect("comprehensive").dropped(length);
        let (format, original, output) = (Format::Jpeg, &original, &output);
        let evidence = scrubs::inspect::Evidence { format, original, output, dropped: &dropped };
        assert!(scrubs::inspect::witness(&evidence).is_ok(), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 18);
}

/// An Exif segment that states a colour space and an index of interoperability.
fn coloured(space: u16, index: &[u8; 4]) -> Vec<u8> {
    let mut block = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x1A\0\0\0\0".to_vec();
    block.extend(b"\0\x02\xA0\x01\0\x03\0\0\0\x01");
    block.extend([&space.to_be_bytes()[..], b"\0\0\xA0\x05\0\x04\0\0\0\x01\0\0\0\x38\0\0\0\0"].concat());
    block.extend(b"\0\x01\0\x01\0\x02\0\0\0\x04");
    block.extend([&index[..], &[0; 4]].concat());
    segment(0xE1, &block)
}

#[test]
fn colours_that_exif_alone_calls_adobe_rgb_get_the_profile_and_no_others_do() {
    let whole = colourful();
    let with = |segments: &[Vec<u8>]| [&whole[..20], &segments.concat(), &whole[20..]].concat();
    let broken = segment(0xE2, b"ICC_PROFILE\0\x01\x01 no profile at all");
    let cases = [
        (vec![coloured(65_535, b"R03\0")], true),
        (vec![turn(6), coloured(65_535, b"R03\0")], true),
        (vec![coloured(65_535, b"R98\0")], false),
        (vec![coloured(1, b"R03\0")], false),
        (vec![coloured(65_535, b"R03\0"), broken], false),
        (vec![], false),
    ];
    let mut tried = 0;
    for (segments, expected) in cases {
        let original = with(&segments);
        let (output, plan) = clean(Format::Jpeg, &original).expect("a picture");
        let told = plan.findings.iter().any(|finding| finding.label.starts_with("Adobe RGB"));
        let name = b"Adobe RGB (1998) compatible";
        let named = output.windows(name.len()).any(|window| window == name);
        assert_eq!((told, named), (expected, expected), "case {tried}");
        assert_eq!(clean(Format::Jpeg, &output).expect("a picture").0, output, "case {tried}");
        let evidence =
            |original, output| scrubs::inspect::Evidence { format: Format::Jpeg, original, output, dropped: &[] };
        assert!(scrubs::inspect::witness(&evidence(&original, &output)).is_ok(), "case {tried}");
        // An original that does not say so must not get it, and one that does gets no other.
        if expected {
            assert!(scrubs::inspect::witness(&evidence(&whole, &output)).is_err());
            let at = output.windows(4).position(|window| window == b"\x02\x33\0\0").expect("a curve");
            let mut other = output.clone();
            other[at] = 1;
            assert!(scrubs::inspect::witness(&evidence(&original, &other)).is_err());
        }
        tried += 1;
    }
    assert_eq!(tried, 6);
}

/// A picture of three components, drawn by the `image` library, with a JFIF header of 20 bytes in front.
fn colourful() -> Vec<u8> {
    let picture = image::RgbImage::from_fn(16, 16, |x, y| image::Rgb([x as u8 * 16, y as u8 * 16, 90]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg).expect("memory");
    let bytes = bytes.into_inner();
    assert_eq!(bytes[..4], [0xFF, 0xD8, 0xFF, 0xE0]);
    bytes
}

#[test]
fn a_colour_profile_whose_parts_contradict_each_other_goes() {
    let part = |number: u8, of: u8| segment(0xE2, &[&b"ICC_PROFILE\0"[..], &[number, of], b"CANARY-part"].concat());
    let cases = [vec![part(1, 2)], vec![part(1, 1), part(1, 1)], vec![part(2, 2), part(3, 2)], vec![part(0, 0)]];
    let mut tried = 0;
    for parts in cases {
        let (output, plan) = clean(Format::Jpeg, &with(&parts)).expect("a picture");
        assert_eq!(output, jpeg_plain(), "case {tried}");
        assert!(plan.findings.iter().any(|finding| finding.code == Code::IccDropped));
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn a_clean_picture_is_kept_whole() {
    let mut tried = 0;
    for bytes in [jpeg_plain(), with(&[turn(6)])] {
        let (output, plan) = clean(Format::Jpeg, &bytes).expect("a picture");
        assert_eq!(output, bytes);
        assert!(plan.cut.is_whole(bytes.len() as u64), "{:?}", plan.cut);
        assert!(plan.findings.iter().all(|finding| finding.action == Action::Keep));
        tried += 1;
    }
    assert_eq!(tried, 2);
}

#[test]
fn a_picture_without_its_end_marker_gets_one_and_says_so() {
    let plain = jpeg_plain();
    let (output, plan) = clean(Format::Jpeg, &plain[..plain.len() - 2]).expect("a picture");
    assert_eq!(output, plain);
    assert!(plan.findings.iter().any(|finding| finding.code == Code::Truncated));
}

#[test]
fn what_holds_no_picture_is_refused() {
    let plain = jpeg_plain();
    let mut two_frames = plain.clone();
    two_frames.splice(20..20, segment(0xC0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]));
    let mut hierarchical = plain.clone();
    hierarchical.splice(20..20, segment(0xDE, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]));
    let cases: [&[u8]; 6] = [b"\xFF\xD8\xFF\xD9", b"\xFF\xD8", &plain[..60], &two_frames, &hierarchical, b"GIF89a"];
    let mut tried = 0;
    for bytes in cases {
        assert!(clean(Format::Jpeg, bytes).is_err(), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 6);
}

#[test]
fn a_restart_interval_that_is_replaced_before_a_scan_goes() {
    let hidden: Vec<Vec<u8>> = b"CANARY".chunks(2).map(|pair| segment(0xDD, pair)).collect();
    assert_eq!(clean(Format::Jpeg, &with(&hidden)).expect("a picture").0, jpeg_plain());
}

#[test]
fn text_behind_the_last_sample_is_not_passed_off_as_samples() {
    let plain = jpeg_plain();
    let (picture, end) = plain.split_at(plain.len() - 2);
    let text = b"CANARY-JPEG-behind-the-last-sample-1234";
    let mut tried = 0;
    for behind in [end, b""] {
        let bytes = [picture, text, behind].concat();
        assert_eq!(clean(Format::Jpeg, &bytes).err().map(|refusal| refusal.code), Some("not-understood"));
        tried += 1;
    }
    assert_eq!(tried, 2);
}

#[test]
fn words_behind_the_samples_of_an_interval_are_not_passed_off_as_samples() {
    let plain = jpeg_plain();
    let (picture, end) = plain.split_at(plain.len() - 2);
    let word = b"CANARY-Hoeflich";
    let cases: [Vec<u8>; 3] = [
        [picture, word, end].concat(),
        [picture, word, b"\xFF\xD0", end].concat(),
        [picture, word, b"\0\0", end].concat(),
    ];
    let mut tried = 0;
    for bytes in cases {
        assert_eq!(clean(Format::Jpeg, &bytes).err().map(|refusal| refusal.code), Some("not-understood"), "{tried}");
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn a_code_table_in_use_that_lists_symbols_twice_is_refused_and_an_idle_one_goes() {
    let plain = jpeg_plain();
    let at = plain.windows(2).position(|w| w == [0xFF, 0xC4]).expect("a code table");
    let symbols: usize = plain[at + 5..at + 21].iter().map(|count| usize::from(*count)).sum();
    let mut table = plain[at + 4..at + 21 + symbols].to_vec();
    table[16] += 12;
    table.extend(b"CANARY-CANAR");
    let rest = &plain[at + 21 + symbols..];
    let first = usize::from(u16::from_be_bytes([plain[at + 2], plain[at + 3]])) + 2;
    let others = &plain[at + 21 + symbols..at + first];
    let mut bytes = [&plain[..at], &segment(0xC4, &[&table, others].concat())].concat();
    bytes.extend(&rest[others.len()..]);
    assert!(clean(Format::Jpeg, &bytes).is_err());
    table[0] |= 3;
    assert_eq!(clean(Format::Jpeg, &with(&[segment(0xC4, &table)])).expect("a picture").0, plain);
}

#[test]
fn numbers_that_no_picture_has_are_put_right() {
    let mut dense = jpeg_plain();
    dense[14..18].copy_from_slice(b"CANA");
    let (output, _) = clean(Format::Jpeg, &dense).expect("a picture");
    assert_eq!(output[13..18], [0, 0, 1, 0, 1]);
    assert_eq!(output[20..], jpeg_plain()[20..]);
    let transform = |n: u8| segment(0xEE, &[&b"Adobe\0\x64\0\0\0\0"[..], &[n]].concat());
    let unknown = with(&[transform(b'C')]);
    let (output, plan) = clean(Format::Jpeg, &unknown).expect("a picture");
    assert_eq!(output, with(&[transform(1)]));
    let evidence = scrubs::inspect::Evidence {
        format: Format::Jpeg,
        original: &unknown,
        output: &output,
        dropped: &plan.comprehensive(unknown.len() as u64).expect("comprehensive").dropped(unknown.len() as u64),
    };
    assert!(scrubs::inspect::witness(&evidence).is_ok());
}

#[test]
fn an_orientation_that_viewers_do_not_heed_is_none() {
    let entry = |kind: u8, count: u8| {
        let data = [&b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0"[..], &[kind, 0, 0, 0, count, 0, 6, 0, 0, 0, 0, 0, 0]];
        clean(Format::Jpeg, &with(&[segment(0xE1, &data.concat())])).expect("a picture").0
    };
    assert_eq!(entry(3, 1), with(&[turn(6)]));
    let mut tried = 0;
    for (kind, count) in [(1, 1), (7, 1), (3, 9), (4, 2)] {
        assert_eq!(entry(kind, count), jpeg_plain(), "{kind} {count}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn damage_never_panics_and_never_frees_a_canary() {
    let tried: usize = [jpeg(), jpeg_camera()].iter().map(|fixture| damage(Format::Jpeg, fixture)).sum();
    assert_eq!(tried, 2 * (64 + 256));
}

#[test]
fn pictures_of_the_corpus_come_out_clean_and_stay_so() {
    clean_corpus(Format::Jpeg);
}
