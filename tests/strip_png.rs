//! PNG pictures come out of the surgeon with every canary gone and every pixel kept.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/picture.rs"]
mod picture;

use cleaning::{clean, clean_corpus, damage};
use picture::{apng, chunk, found, png, png_plain, zlib};
use scrubs::finding::{Action, Code};
use scrubs::recording::Format;

fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    image::load_from_memory_with_format(bytes, image::ImageFormat::Png).ok().map(|image| image.into_bytes())
}

/// The frames of an animation, one after the other.
fn frames(bytes: &[u8]) -> Vec<Vec<u8>> {
    use image::AnimationDecoder;
    let decoder = image::codecs::png::PngDecoder::new(std::io::Cursor::new(bytes)).expect("a PNG");
    let frames = decoder.apng().expect("an animation").into_frames().collect_frames().expect("frames");
    frames.into_iter().map(|frame| frame.into_buffer().into_raw()).collect()
}

#[test]
fn no_canary_survives_in_any_of_92_places() {
    let mut places = 0;
    for fixture in [png(), apng()] {
        let before = picture::expanded(&fixture.bytes);
        let present = fixture.canaries.iter().filter(|canary| found(&before, canary).is_some()).count();
        assert_eq!(present, fixture.canaries.len());
        let (output, _) = clean(Format::Png, &fixture.bytes).expect("a picture");
        let all = picture::expanded(&output);
        let left: Vec<_> = fixture.canaries.iter().filter_map(|c| found(&all, c).map(|form| (c, form))).collect();
        assert_eq!(left, vec![], "{}", fixture.name);
        places += fixture.canaries.len();
    }
    assert_eq!(places, 92);
}

#[test]
fn the_picture_is_the_one_it_was() {
    let (output, _) = clean(Format::Png, &png().bytes).expect("a picture");
    assert_eq!(decoded(&output), decoded(&png_plain()));
    assert!(decoded(&output).is_some());
}

#[test]
fn an_animation_keeps_its_frames_and_loses_the_one_nobody_sees() {
    let (output, _) = clean(Format::Png, &apng().bytes).expect("a picture");
    let frames = frames(&output);
    assert_eq!(frames.len(), 3);
    assert_eq!(frames.iter().map(|frame| frame[0]).collect::<Vec<_>>(), [0, 50, 90]);
}

/// A plain picture with chunks put in behind its header.
fn with(chunks: &[Vec<u8>]) -> Vec<u8> {
    let plain = png_plain();
    [&plain[..33], &chunks.concat(), &plain[33..]].concat()
}

fn turn(orientation: u8) -> Vec<u8> {
    let data = [&b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation, 0, 0, 0, 0, 0, 0]].concat();
    chunk(b"eXIf", &data)
}

#[test]
fn orientation_is_the_one_that_viewers_go_by() {
    let xmp = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<a tiff:Orientation=\"3\"/>");
    let block = "4d4d002a00000008000101120003000000010008000000000000";
    let raw = |text: &str| chunk(b"tEXt", [&b"Raw profile type exif\0"[..], text.as_bytes()].concat().as_slice());
    let raw = raw(&format!("\nexif\n      32\n457869660000{block}\n"));
    let cases = [
        (vec![turn(6)], Some(6)),
        (vec![turn(6), raw.clone(), xmp.clone()], Some(6)),
        (vec![raw.clone(), xmp.clone()], Some(8)),
        (vec![xmp.clone()], Some(3)),
        (vec![turn(1), raw, xmp], None),
        (vec![], None),
    ];
    let mut tried = 0;
    for (chunks, expected) in cases {
        let (output, _) = clean(Format::Png, &with(&chunks)).expect("a picture");
        let wanted = expected.map(|turn_| with(&[turn(turn_)])).unwrap_or_else(png_plain);
        assert_eq!(output, wanted);
        tried += 1;
    }
    assert_eq!(tried, 6);
}

#[test]
fn a_resolution_that_only_exif_states_becomes_a_density() {
    let block = |above: u32, unit: u8| {
        let mut block = b"MM\0*\0\0\0\x08\0\x03\x01\x1A\0\x05\0\0\0\x01\0\0\0\x32".to_vec();
        block.extend(b"\x01\x1B\0\x05\0\0\0\x01\0\0\0\x3A\x01\x28\0\x03\0\0\0\x01\0");
        block.extend([unit, 0, 0, 0, 0, 0, 0]);
        block.extend([above, 1, above, 1].into_iter().flat_map(u32::to_be_bytes));
        chunk(b"eXIf", &block)
    };
    let density = |n: u32| chunk(b"pHYs", &[&n.to_be_bytes()[..], &n.to_be_bytes(), &[1]].concat());
    let cases = [
        (vec![block(300, 2)], vec![density(11_811)]),
        (vec![block(100, 3)], vec![density(10_000)]),
        (vec![density(2_835), block(300, 2)], vec![density(2_835)]),
        (vec![block(72, 2)], vec![density(2_835)]),
        (vec![block(300, 1)], vec![]),
    ];
    let mut tried = 0;
    for (before, after) in cases {
        let (output, _) = clean(Format::Png, &with(&before)).expect("a picture");
        assert_eq!(output, with(&after), "case {tried}");
        assert_eq!(clean(Format::Png, &output).expect("a picture").0, output, "case {tried}");
        assert!(cleared(&with(&before)).is_ok(), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn a_clean_picture_is_kept_whole() {
    let colours = [
        chunk(b"gAMA", &45_455_u32.to_be_bytes()),
        chunk(b"sRGB", &[0]),
        chunk(b"pHYs", &[0, 0, 0x0B, 0x13, 0, 0, 0x0B, 0x13, 1]),
    ];
    let mut tried = 0;
    for bytes in [png_plain(), with(&[turn(6)]), with(&colours)] {
        let (output, plan) = clean(Format::Png, &bytes).expect("a picture");
        assert_eq!(output, bytes);
        assert!(plan.cut.is_whole(bytes.len() as u64), "{:?}", plan.cut);
        assert!(plan.findings.iter().all(|finding| finding.action == Action::Keep));
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn text_does_not_pass_for_a_number() {
    let kinds = [
        chunk(b"gAMA", b"CANA"),
        chunk(b"cHRM", b"CANARY-CANARY-CANARY-CANARY-CANA"),
        chunk(b"pHYs", b"CANARY-P\x01"),
        chunk(b"mDCV", b"CANARY-CANARY-CANARY-CAN"),
        chunk(b"cLLI", b"CANARY-L"),
        chunk(b"cICP", b"CANA"),
        chunk(b"sBIT", b"CAN"),
        chunk(b"gAMA", b"\0CAN"),
        chunk(b"pHYs", b"\0CAN\0ARY\x01"),
        chunk(b"mDCV", b"CANARY-CANARY-CA\0\0\0\0\0\0\0\0"),
        chunk(b"cLLI", b"\0CAN\0\0\0\0"),
    ];
    let mut tried = 0;
    for kind in kinds {
        let (output, _) = clean(Format::Png, &with(&[kind])).expect("a picture");
        assert_eq!(output, png_plain());
        tried += 1;
    }
    assert_eq!(tried, 11);
}

/// Cleans, and asks the witness.
fn cleared(bytes: &[u8]) -> Result<scrubs::inspect::Cleared, scrubs::inspect::Trouble> {
    let (output, plan) = clean(Format::Png, bytes).expect("a picture");
    let original = bytes.to_vec();
    let length = original.len() as u64;
    let dropped = plan.comprehensive(length).expect("comprehensive").dropped(length);
    let evidence =
        scrubs::inspect::Evidence { format: Format::Png, original: &original, output: &output, dropped: &dropped };
    scrubs::inspect::witness(&evidence)
}

#[test]
fn the_witness_reads_odd_animations_and_palettes_as_viewers_do() {
    let plain = png_plain();
    let (head, tail) = (&plain[33..plain.len() - 12], &plain[plain.len() - 12..]);
    let control = |sequence: u8| {
        let mut data = vec![0; 26];
        (data[3], data[7], data[11], data[21], data[23]) = (sequence, 8, 8, 1, 10);
        chunk(b"fcTL", &data)
    };
    let count = |frames: u8| chunk(b"acTL", &[0, 0, 0, frames, 0, 0, 0, 0]);
    let frame = [control(1), chunk(b"fdAT", &[&[0, 0, 0, 2], &head[8..head.len() - 4]].concat())].concat();
    let stray = chunk(b"fdAT", b"\0\0\0\x01CANARY");
    let animated =
        |before: &[Vec<u8>], behind: &[&[u8]]| [&plain[..33], &before.concat(), head, &behind.concat(), tail].concat();
    let mut palette = plain.clone();
    palette.truncate(8);
    palette.extend(chunk(b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 1, 4, 3, 0, 0, 0]));
    palette.extend(chunk(b"PLTE", &[&[7; 48][..], b"CANARY-Hoefl"].concat()));
    palette.extend([chunk(b"IDAT", &zlib(&[0, 0x21])), chunk(b"IEND", &[])].concat());
    let cases = [
        animated(&[count(2), control(0)], &[&frame]),
        animated(&[count(1)], &[&frame]),
        animated(&[control(0)], &[&frame]),
        animated(&[count(0), control(0)], &[&frame]),
        animated(&[control(0)], &[&count(2), &frame]),
        animated(&[count(1), control(0)], &[&frame]),
        animated(&[count(2), control(0)], &[&stray, &frame]),
        palette,
    ];
    let mut tried = 0;
    for bytes in cases {
        assert!(cleared(&bytes).is_ok(), "case {tried}: {:?}", cleared(&bytes));
        tried += 1;
    }
    assert_eq!(tried, 8);
}

#[test]
fn a_picture_without_its_end_chunk_gets_one_and_says_so() {
    let plain = png_plain();
    let (output, plan) = clean(Format::Png, &plain[..plain.len() - 12]).expect("a picture");
    assert_eq!(output, plain);
    assert!(plan.findings.iter().any(|finding| finding.code == Code::Truncated));
}

#[test]
fn a_wrong_checksum_over_right_data_is_put_right() {
    let mut bytes = png_plain();
    let last = bytes.len() - 13;
    bytes[last] ^= 0xFF;
    assert_eq!(clean(Format::Png, &bytes).expect("a picture").0, png_plain());
}

#[test]
fn what_cannot_be_cleaned_is_refused_with_its_reason() {
    let plain = png_plain();
    let apple = [&plain[..8], &chunk(b"CgBI", &[0x50, 0, 0x20, 2]), &plain[8..]].concat();
    let mut header = plain.clone();
    header[20] ^= 1;
    let short = [&plain[..33], &chunk(b"IDAT", &zlib(&[0; 100])), &chunk(b"IEND", &[])].concat();
    let cases: [(&[u8], &str); 6] = [
        (&apple, "not-understood"),
        (&header, "not-understood"),
        (&with(&[chunk(b"CRIT", b"?")]), "not-understood"),
        (&short, "truncated"),
        (&plain[..40], "truncated"),
        (b"GIF89a", "not-understood"),
    ];
    let mut tried = 0;
    for (bytes, code) in cases {
        assert_eq!(clean(Format::Png, bytes).err().map(|refusal| refusal.code), Some(code), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 6);
}

#[test]
fn damage_never_panics_and_never_frees_a_canary() {
    let tried: usize = [png(), apng()].iter().map(|fixture| damage(Format::Png, fixture)).sum();
    assert_eq!(tried, 2 * (64 + 256));
}

#[test]
fn pictures_of_the_corpus_come_out_clean_and_stay_so() {
    clean_corpus(Format::Png);
}
