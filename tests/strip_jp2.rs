//! JPEG 2000 pictures come out of the surgeon with every canary gone and every pixel kept.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/jp2.rs"]
mod jp2;
#[path = "support/picture.rs"]
mod picture;

use cleaning::{clean, clean_corpus, damage, held};
use jp2::{
    bare, boxed, boxes, extended, file, image, lengths, open_stream, palette, plain, resolution, segment, srgb, stream,
    stream_with, style, tile,
};
use picture::{Fixture, found};
use scrubs::cut::FileSource;
use scrubs::finding::{Action, Code};
use scrubs::recording::Format;
use scrubs::strip::Options;

fn format(bytes: &[u8]) -> Format {
    if bytes.starts_with(b"\xFF\x4F") { Format::J2k } else { Format::Jp2 }
}

fn cleaned(bytes: &[u8]) -> Vec<u8> {
    clean(format(bytes), bytes).expect("a picture").0
}

/// The samples, as a decoder that is not ours reads them.
fn decoded(bytes: &[u8]) -> Vec<u8> {
    use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};
    let image = Image::new(bytes, &DecodeSettings::default()).expect("a JPEG 2000 picture");
    image.decode(&mut DecoderContext::default()).expect("samples").data_u8()
}

fn fixtures() -> [Fixture; 4] {
    [bare(), boxes(), palette(), extended()]
}

#[test]
fn no_canary_survives_in_any_of_95_places() {
    let mut places = 0;
    for fixture in fixtures() {
        let hidden: Vec<_> = fixture.canaries.iter().filter(|canary| found(&fixture.bytes, canary).is_none()).collect();
        assert_eq!(hidden, Vec::<&String>::new());
        let all = picture::expanded(&cleaned(&fixture.bytes));
        let left: Vec<_> = fixture.canaries.iter().filter_map(|c| found(&all, c).map(|form| (c, form))).collect();
        assert_eq!(left, vec![], "{}", fixture.name);
        places += fixture.canaries.len();
    }
    assert_eq!(places, 95);
}

#[test]
fn the_picture_is_the_one_it_was() {
    let expected = decoded(&plain());
    assert_eq!(expected.len(), 16 * 16 * 3);
    assert_eq!(decoded(&cleaned(&bare().bytes)), expected);
    assert_eq!(decoded(&cleaned(&extended().bytes)), expected);
    let coloured = palette().bytes;
    assert_eq!(decoded(&cleaned(&coloured)), decoded(&coloured));
}

#[test]
fn the_tiles_of_a_codestream_keep_their_length_up_to_its_end() {
    let fixture = bare();
    let output = cleaned(&fixture.bytes);
    let tiles =
        |bytes: &[u8]| memchr::memmem::find(bytes, b"\xFF\x90\0\x0A").map(|at| bytes.len() - at).expect("a tile");
    assert_eq!(tiles(&output) + canary_length(&fixture, "behind-codestream"), tiles(&fixture.bytes));
    assert!(output.ends_with(b"\xFF\xD9"));
}

fn canary_length(fixture: &Fixture, place: &str) -> usize {
    let name = format!("J2K-{place}-");
    fixture.canaries.iter().find(|canary| canary.contains(&name)).expect("a canary").len()
}

#[test]
fn colour_resolution_and_palette_are_kept() {
    let output = cleaned(&boxes().bytes);
    for kept in [
        &b"resc\0\x48\0\x01\0\x48\0\x01\0\0"[..],
        b"colr\x01\0\0\0\0\0\x10",
        b"cdef\0\x01\0\0\0\0\0\x01",
        b"bpcc\x07\x07\x07",
    ] {
        assert!(memchr::memmem::find(&output, kept).is_some());
    }
    let profile = memchr::memmem::find(&output, b"colr\x02\0\0").expect("a profile");
    assert_eq!(&output[profile + 7 + 36..profile + 7 + 40], b"acsp");
    let output = cleaned(&palette().bytes);
    assert!(memchr::memmem::find(&output, b"pclr\0\x08\x03\x07\x07\x07\0\xFF\x07").is_some());
}

#[test]
fn a_broken_profile_goes_and_the_picture_is_srgb() {
    let header = [image(3), boxed(b"colr", &[&[2, 0, 0][..], &[b'?'; 200]].concat()), resolution()].concat();
    let bytes = file(b"jp2 ", &[boxed(b"jp2h", &header), boxed(b"jp2c", &stream())]);
    let (output, plan) = clean(Format::Jp2, &bytes).expect("a picture");
    let header = [image(3), resolution(), srgb()].concat();
    assert_eq!(output, file(b"jp2 ", &[boxed(b"jp2h", &header), boxed(b"jp2c", &stream())]));
    assert_eq!(plan.findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::IccDropped]);
}

#[test]
fn pages_of_a_jpx_file_stay_and_second_pictures_of_a_jp2_file_go() {
    let streams = |bytes: &[u8]| memchr::memmem::find_iter(bytes, b"jp2c\xFF\x4F").count();
    assert_eq!(streams(&cleaned(&extended().bytes)), 2);
    let two = [&plain()[..], &boxed(b"jp2c", &stream())].concat();
    assert_eq!(cleaned(&two), plain());
}

#[test]
fn behind_a_box_whose_name_no_box_can_have_nothing_is_a_box() {
    let damaged = boxed(b"re\x19c", b"CANARY of a damaged box");
    assert_eq!(cleaned(&[&plain()[..], &damaged].concat()), plain());
    // What surgeon and witness do not both understand is refused for what it is.
    let header = boxed(b"jp2h", &[image(3), srgb()].concat());
    let bytes = file(b"jp2 ", &[header, damaged, boxed(b"jp2c", &stream())]);
    assert_eq!(clean(Format::Jp2, &bytes).expect_err("no picture").code, "truncated");
}

#[test]
fn what_is_cleaned_is_cleared() {
    let whole = stream();
    let mut cases: Vec<Vec<u8>> = fixtures().map(|fixture| fixture.bytes).into();
    let broken = [image(3), boxed(b"colr", &[&[2, 0, 0][..], &[b'?'; 200]].concat()), resolution()].concat();
    cases.push(file(b"jp2 ", &[boxed(b"jp2h", &broken), boxed(b"jp2c", &whole)]));
    cases.push(stream_with(
        &[segment(0x63, b"CANARY in CR"), segment(0x57, b"\0CANARY")].concat(),
        &segment(0x58, b"\0CANARY"),
    ));
    assert!(memchr::memmem::find(&cleaned(&cases[5]), b"CANARY").is_none());
    cases.push(whole[..whole.len() - 2].to_vec());
    cases.push(whole[..whole.len() - 20].to_vec());
    // Cut short inside the header of a second tile part.
    cases.push([&whole[..whole.len() - 2], &tile(&segment(0x64, b"\0\x01CANARY"), &[])[..19]].concat());
    let mut tried = 0;
    for bytes in &cases {
        assert_eq!(held(format(bytes), bytes), None, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 9);
}

#[test]
fn a_number_of_a_packet_is_no_end() {
    let mut tried = 0;
    for start in [b"\xFF\x91\0\x04\xFF\xD9\x80", b"\xFF\x91\0\x04\0\xFF\xD9"] {
        for open in [false, true] {
            let mut part = tile(&[], start);
            if open {
                part[6..10].fill(0);
            }
            let base = stream_with(&[], &[]);
            let at = memchr::memmem::find(&base, &[0xFF, 0x90]).expect("a tile");
            let bytes = [&base[..at], &part, b"\xFF\xD9"].concat();
            assert_eq!(cleaned(&[&bytes[..], b"behind it"].concat()), bytes);
            assert_eq!(held(Format::J2k, &bytes), None);
            tried += 1;
        }
    }
    assert_eq!(tried, 4);
}

#[test]
fn lists_of_lengths_stay_where_they_hold() {
    let length = (tile(&[], &[]).len() + stream().len() - stream_with(&[], &[]).len()) as u32;
    let whole = stream();
    let start = memchr::memmem::find(&whole, &[0xFF, 0x90]).expect("a tile");
    let real = (whole.len() - 2 - start) as u32;
    assert!(real > length);
    let right = stream_with(&lengths(real), &[]);
    assert_eq!(cleaned(&right), right);
    assert_eq!(cleaned(&stream_with(&lengths(real + 1), &[])), stream());
    let twice = stream_with(&lengths(real).repeat(2), &[]);
    assert_eq!(cleaned(&twice), stream());
}

#[test]
fn a_clean_picture_is_kept_whole() {
    let mut tried = 0;
    let jph = file(b"jph ", &[boxed(b"jp2h", &[image(3), srgb()].concat()), boxed(b"jp2c", &stream())]);
    let mut cases = vec![plain(), stream(), open_stream(), jph];
    cases.extend(fixtures().map(|fixture| cleaned(&fixture.bytes)));
    for bytes in cases {
        let (output, plan) = clean(format(&bytes), &bytes).expect("a picture");
        assert_eq!(output, bytes);
        assert!(plan.cut.is_whole(bytes.len() as u64), "{:?}", plan.cut);
        assert!(plan.findings.iter().all(|finding| finding.action == Action::Keep), "{:?}", plan.findings);
        tried += 1;
    }
    assert_eq!(tried, 8);
}

#[test]
fn what_stands_behind_an_open_tile_goes() {
    let bytes = [open_stream(), b"CANARY behind an open tile".to_vec()].concat();
    assert_eq!(cleaned(&bytes), open_stream());
}

#[test]
fn a_picture_cut_short_is_kept_as_far_as_it_goes() {
    let whole = stream();
    let (output, plan) = clean(Format::J2k, &whole[..whole.len() - 20]).expect("a picture");
    assert_eq!(output, whole[..whole.len() - 20]);
    assert!(plan.findings.iter().any(|finding| finding.code == Code::Truncated));
}

#[test]
fn what_cannot_be_cleaned_is_refused_with_its_reason() {
    let header = boxed(b"jp2h", &[image(3), srgb()].concat());
    let picture = boxed(b"jp2c", &stream());
    let with = |boxes: &[Vec<u8>]| file(b"jp2 ", boxes);
    let plain_stream = stream();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (with(std::slice::from_ref(&header)), "truncated"),
        (with(std::slice::from_ref(&picture)), "not-understood"),
        (with(&[header.clone(), boxed(b"ftbl", &[0; 12]), picture.clone()]), "not-understood"),
        (file(b"mjp2", &[header.clone(), picture.clone()]), "not-understood"),
        (file(b"jpm ", &[header.clone(), picture.clone()]), "not-understood"),
        (with(&[boxed(b"jp2h", &[image(0), srgb()].concat()), picture.clone()]), "not-understood"),
        (stream_with(&segment(0x74, b"a transform"), &[]), "not-understood"),
        (stream_with(&segment(0x50, b"\x80\0\0\0text"), &[]), "not-understood"),
        (stream_with(&style(2, b"text"), &[]), "not-understood"),
        (stream_with(&[], &segment(0x5F, b"another order")), "not-understood"),
        (stream_with(&[], &segment(0x51, b"size again")), "not-understood"),
        (plain_stream[..60].to_vec(), "truncated"),
        (b"\xFF\x4F\xFF\x51".to_vec(), "truncated"),
        (b"\xFF\x4F\xFF\xD9".to_vec(), "truncated"),
    ];
    let count = cases.len();
    let mut tried = 0;
    for (bytes, code) in cases {
        assert_eq!(clean(format(&bytes), &bytes).err().map(|refusal| refusal.code), Some(code), "case {tried}");
        tried += 1;
    }
    assert_eq!((tried, count), (14, 14));
}

#[test]
fn lengths_that_lie_end_at_once() {
    let mut tried = 0;
    for length in [0_u32, 1, 7, 8, 0x7FFF_FFFF, u32::MAX] {
        for kind in [b"jp2c", b"jp2h", b"xml ", b"uuid", b"res "] {
            let head = [&length.to_be_bytes()[..], kind, &[0xFF; 8]].concat();
            let inside = boxed(b"jp2h", &[image(3), srgb(), head.clone()].concat());
            let cases = [
                [&plain()[..], &head].concat(),
                file(b"jp2 ", &[head.clone(), boxed(b"jp2h", &[image(3), srgb()].concat()), boxed(b"jp2c", &stream())]),
                file(b"jp2 ", &[inside, boxed(b"jp2c", &stream())]),
            ];
            for bytes in cases {
                if let Ok((output, _)) = clean(Format::Jp2, &bytes) {
                    assert!(memchr::memmem::find(&output, &[0xFF; 8]).is_none());
                }
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 90);
}

#[test]
fn tens_of_thousands_of_parts_cost_little() {
    let start = std::time::Instant::now();
    let many = [&plain()[..], &boxed(b"free", b"").repeat(60_000)].concat();
    assert_eq!(cleaned(&many), plain());
    let comments = stream_with(&segment(0x64, b"\0\x01!").repeat(60_000), &[]);
    assert_eq!(cleaned(&comments), stream_with(&[], &[]));
    let lists = stream_with(&[segment(0x64, b"\0\x01!"), lengths(5)].concat().repeat(30_000), &[]);
    assert!(cleaned(&lists).len() < lists.len());
    let more = b"\xFF\x93".to_vec();
    let tiles = [&stream()[..stream().len() - 2], &tile(&[], &more).repeat(60_000), b"\xFF\xD9"].concat();
    assert_eq!(cleaned(&tiles), tiles);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn a_file_is_cleaned_as_memory_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tried = 0;
    for fixture in fixtures() {
        // Behind the picture there is more than a reader holds at once.
        let bytes = [&fixture.bytes[..], &[b'!'; 700_000]].concat();
        let path = folder.path().join("picture");
        std::fs::write(&path, &bytes).expect("written");
        let source = FileSource::new(std::fs::File::open(&path).expect("a file")).expect("a source");
        let plan = scrubs::strip::plan(format(&bytes), &source, &Options::default()).expect("a picture");
        let mut output = Vec::new();
        plan.cut.write_to(&source, &mut output).expect("memory");
        assert_eq!(output, cleaned(&bytes), "{}", fixture.name);
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn damage_never_panics_and_never_frees_a_canary() {
    let tried: usize = fixtures().iter().map(|fixture| damage(format(&fixture.bytes), fixture)).sum();
    assert_eq!(tried, 4 * (64 + 256));
}

#[test]
fn pictures_of_the_corpus_come_out_clean_and_stay_so() {
    clean_corpus(Format::Jp2);
    clean_corpus(Format::J2k);
}
