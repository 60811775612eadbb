//! TIFF and BigTIFF pictures come out of the surgeon with every canary gone and every page's pixels kept.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/picture.rs"]
mod picture;
#[path = "support/tiff.rs"]
mod tiff_file;

use cleaning::{clean, clean_corpus};
use picture::{expanded, found};
use scrubs::finding::{Action, Code};
use scrubs::recording::Format;
use std::io::Cursor;
use tiff::decoder::{Decoder, DecodingResult};
use tiff_file::{FORMS, Field, Form, Page, ascii, bytes, drawing, fax_page, file, plain, tiff, tiff_plain};

const LITTLE: Form = FORMS[0];

fn format(form: Form) -> Format {
    if form.big { Format::BigTiff } else { Format::Tiff }
}

/// The samples of every page, as bytes, with the page's size.
fn pages(bytes: &[u8]) -> Vec<((u32, u32), Vec<u8>)> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).expect("a TIFF file");
    let mut pages = Vec::new();
    loop {
        let size = decoder.dimensions().expect("a size");
        let DecodingResult::U8(samples) = decoder.read_image().expect("a page") else { panic!("8 bits") };
        pages.push((size, samples));
        if !decoder.more_images() {
            return pages;
        }
        decoder.next_image().expect("a page");
    }
}

/// A page of 16 × 16 grey pixels in one strip.
fn grey(form: Form, more: Vec<Field>) -> Page {
    let fields = [plain(form, (16, 16), 1, 1, 16), more].concat();
    Page { fields, units: vec![drawing(1, 256)], ..Page::default() }
}

fn cleaned(bytes: &[u8]) -> Vec<u8> {
    clean(Format::Tiff, bytes).expect("a picture").0
}

fn refused(bytes: &[u8]) -> Option<&'static str> {
    clean(Format::Tiff, bytes).err().map(|refusal| refusal.code)
}

#[test]
fn no_canary_survives_in_any_of_89_places_of_either_kind_and_order() {
    let mut places = 0;
    for form in FORMS {
        let fixture = tiff(form);
        let before = expanded(&fixture.bytes);
        let missing: Vec<_> = fixture.canaries.iter().filter(|canary| found(&before, canary).is_none()).collect();
        assert_eq!(missing, Vec::<&String>::new());
        let (output, _) = clean(format(form), &fixture.bytes).expect("a picture");
        let all = expanded(&output);
        let left: Vec<_> = fixture.canaries.iter().filter_map(|c| found(&all, c).map(|form| (c, form))).collect();
        assert_eq!(left, vec![]);
        places += fixture.canaries.len();
    }
    assert_eq!(places, 4 * 89);
}

#[test]
fn every_page_is_the_one_it_was() {
    let mut tried = 0;
    for form in FORMS {
        let (output, _) = clean(format(form), &tiff(form).bytes).expect("a picture");
        let (ours, theirs) = (pages(&output), pages(&tiff_plain(form)));
        assert_eq!(ours.len(), 6);
        assert!(ours == theirs);
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn cleaning_twice_changes_nothing_and_finds_nothing() {
    let mut tried = 0;
    for form in FORMS {
        let (output, _) = clean(format(form), &tiff(form).bytes).expect("a picture");
        let (again, plan) = clean(format(form), &output).expect("a picture");
        assert!(again == output && plan.cut.is_whole(output.len() as u64));
        assert_eq!(plan.findings, vec![]);
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn what_is_found_is_named_as_a_person_would() {
    let (_, plan) = clean(Format::Tiff, &tiff(LITTLE).bytes).expect("a picture");
    let wanted = [
        (Code::ExifPerson, "name of a person"),
        (Code::ExifGps, "GPS position"),
        (Code::ExifMakerNote, "maker note"),
        (Code::ExifSerial, "camera or lens serial number"),
        (Code::Xmp, "XMP block"),
        (Code::Iptc, "IPTC or Photoshop block"),
        (Code::Preview, "embedded preview 8×8"),
        (Code::Thumbnail, "embedded thumbnail"),
        (Code::IccDescription, "colour profile text"),
        (Code::Comment, "comment"),
        (Code::Junk, "bytes that belong to nothing"),
        (Code::Trailer, "data behind the picture"),
        (Code::HiddenBytes, "bytes that no viewer reads"),
    ];
    for (code, label) in wanted {
        assert!(plan.findings.iter().any(|f| f.code == code && f.label == label), "{label}");
    }
    assert_eq!(wanted.len(), 13);
}

#[test]
fn resolution_orientation_and_colour_stay() {
    let output = cleaned(&tiff(LITTLE).bytes);
    let mut decoder = Decoder::new(Cursor::new(&output)).expect("a TIFF file");
    use tiff::tags::Tag;
    assert_eq!(decoder.get_tag_u32(Tag::Orientation).ok(), Some(6));
    assert_eq!(decoder.get_tag_u32(Tag::ResolutionUnit).ok(), Some(2));
    assert!(decoder.get_tag(Tag::XResolution).is_ok() && decoder.get_tag(Tag::YResolution).is_ok());
    assert!(decoder.get_tag_u8_vec(Tag::Unknown(34675)).expect("a profile").len() > 128);
    assert!(decoder.get_tag(Tag::Unknown(34665)).is_err());
}

#[test]
fn the_unused_bytes_of_short_values_are_zeros() {
    let mut tried = 0;
    for form in FORMS {
        let page = Page { spare: b'X', ..grey(form, vec![form.shorts(274, &[3])]) };
        let dirty = file(form, &[page], b"", b"");
        let clean_ = file(form, &[grey(form, vec![form.shorts(274, &[3])])], b"", b"");
        assert_ne!(dirty, clean_);
        let (one, plan) = clean(format(form), &dirty).expect("a picture");
        assert_eq!(one, clean(format(form), &clean_).expect("a picture").0);
        assert!(plan.findings.iter().any(|finding| finding.code == Code::HiddenBytes));
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn odd_directories_are_read_as_readers_do_and_written_right() {
    let plain_ = cleaned(&file(LITTLE, &[grey(LITTLE, vec![])], b"", b""));
    let with = |change: &dyn Fn(&mut Page)| {
        let mut page = grey(LITTLE, vec![]);
        change(&mut page);
        file(LITTLE, &[page], b"", b"")
    };
    let drop_ = |page: &mut Page, tag: u16| page.fields.retain(|field| field.0 != tag);
    let cases: Vec<Vec<u8>> = vec![
        // SHORT where LONG is usual, LONG where SHORT is, a byte.
        with(&|page| {
            drop_(page, 256);
            page.fields.push(LITTLE.shorts(256, &[16]));
        }),
        with(&|page| {
            drop_(page, 262);
            page.fields.push(LITTLE.longs(262, &[1]));
        }),
        with(&|page| {
            drop_(page, 277);
            page.fields.push(bytes(277, 1, vec![1]));
        }),
        // Byte counts that are 0 or too small, or more than there are.
        with(&|page| page.fields.push(LITTLE.longs(279, &[0]))),
        with(&|page| page.fields.push(LITTLE.longs(279, &[100]))),
        with(&|page| page.fields.push(LITTLE.longs(279, &[u32::MAX]))),
        // A colour profile that is none, an orientation that does not exist, a second width.
        with(&|page| page.fields.push(bytes(34675, 7, b"CANARY-of-a-profile".to_vec()))),
        with(&|page| page.fields.push(LITTLE.shorts(274, &[9]))),
        with(&|page| page.fields.push(LITTLE.longs(256, &[17]))),
    ];
    let mut tried = 0;
    for bytes in &cases {
        assert!(cleaned(bytes) == plain_, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 9);
}

#[test]
fn entries_out_of_order_are_put_in_order() {
    let bytes = file(LITTLE, &[grey(LITTLE, vec![])], b"", b"");
    let mut swapped = bytes.clone();
    let at = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize + 2;
    swapped[at..at + 12].copy_from_slice(&bytes[at + 12..at + 24]);
    swapped[at + 12..at + 24].copy_from_slice(&bytes[at..at + 12]);
    assert_ne!(swapped, bytes);
    assert_eq!(cleaned(&swapped), cleaned(&bytes));
}

#[test]
fn a_strip_of_two_pages_is_kept_once_and_one_that_overlaps_another_is_refused() {
    let mut shared = grey(LITTLE, vec![]);
    shared.fields.extend([LITTLE.longs(273, &[8]), LITTLE.longs(279, &[256])]);
    let once = file(LITTLE, &[grey(LITTLE, vec![]), Page { units: vec![], ..shared.clone() }], b"", b"");
    let output = cleaned(&once);
    assert_eq!(pages(&output).len(), 2);
    assert!(output.len() < 256 + 400);
    let mut partly = shared;
    partly.fields.retain(|field| field.0 != 273);
    partly.fields.push(LITTLE.longs(273, &[40]));
    let overlap = file(LITTLE, &[grey(LITTLE, vec![]), Page { units: vec![], ..partly }], &[0x80; 64], b"");
    assert_eq!(refused(&overlap), Some("not-understood"));
}

#[test]
fn a_strip_that_lies_over_a_text_is_refused() {
    let mut page = grey(LITTLE, vec![ascii(270, vec![b'C'; 400])]);
    let bytes = file(LITTLE, &[page.clone()], b"", b"");
    let at = bytes.windows(9).position(|window| window == b"CCCCCCCCC").expect("the text") as u32;
    page.fields.extend([LITTLE.longs(273, &[at]), LITTLE.longs(279, &[256])]);
    assert_eq!(refused(&file(LITTLE, &[page], b"", b"")), Some("not-understood"));
}

#[test]
fn thumbnails_and_previews_go_and_pages_stay() {
    let page = |width: u32, height: u32, more: Vec<Field>| Page {
        fields: [plain(LITTLE, (width, height), 1, 1, height), more].concat(),
        units: vec![drawing(1, (width * height) as usize)],
        ..Page::default()
    };
    let camera = || vec![ascii(271, b"Canary Optics".to_vec())];
    let reduced = || vec![LITTLE.longs(254, &[1])];
    let cases = [
        (vec![page(64, 48, vec![]), page(32, 24, vec![])], 2),
        (vec![page(64, 48, vec![]), page(32, 24, reduced())], 1),
        (vec![page(64, 48, camera()), page(16, 12, vec![])], 1),
        (vec![page(64, 48, camera()), page(16, 16, vec![])], 2),
        (vec![page(64, 48, camera()), page(64, 48, vec![])], 2),
        (vec![page(32, 24, reduced()), page(64, 48, vec![])], 2),
        (vec![page(32, 24, reduced())], 1),
        (vec![page(64, 48, vec![]), page(64, 48, vec![LITTLE.longs(254, &[2])])], 2),
        (vec![page(64, 48, vec![]), page(64, 48, vec![LITTLE.longs(254, &[4])])], 1),
    ];
    let mut tried = 0;
    for (all, stay) in cases {
        assert_eq!(pages(&cleaned(&file(LITTLE, &all, b"", b""))).len(), stay, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 9);
}

/// A page in tiles of 16 × 16.
fn level(form: Form, side: u32, more: Vec<Field>) -> Page {
    let mut fields = [plain(form, (side, side), 1, 1, 16), more].concat();
    fields.retain(|field| field.0 != 278);
    fields.extend([form.longs(322, &[16]), form.longs(323, &[16])]);
    let tiles = (side.div_ceil(16) * side.div_ceil(16)) as usize;
    Page { fields, units: (0..tiles).map(|n| drawing(n, 256)).collect(), tiled: true, ..Page::default() }
}

#[test]
fn the_label_of_a_slide_goes_and_its_levels_stay() {
    let words = |tag: u16, text: &str| ascii(tag, text.as_bytes().to_vec());
    let lens = |power: f32| Field(65421, 11, 1, power.to_le_bytes().to_vec());
    let label = |text: &str| grey(LITTLE, vec![words(270, text)]);
    let slide = |first: Vec<Field>, other: Vec<Field>, aside: Vec<Page>| {
        [vec![level(LITTLE, 64, first), level(LITTLE, 32, other)], aside].concat()
    };
    let ndpi = || LITTLE.longs(65420, &[1]);
    let svs = "Aperio Image Library v11\r\n64x64 |AppMag = 20";
    let scn = "<scn xmlns=\"http://www.leica-microsystems.com/scn/2010/10/01\"><collection sizeX=\"9\" sizeY=\"9\">\
        <image name=\"m\"><dimension ifd=\"0\"/><dimension ifd=\"1\"/><view sizeX=\"9\" sizeY=\"9\"/></image>\
        <image name=\"i\"><dimension ifd=\"2\"/><dimension ifd=\"3\"/><view sizeX=\"5\" sizeY=\"5\"/></image></collection></scn>";
    let cases = [
        ("Aperio", slide(vec![words(270, svs)], vec![], vec![label("Aperio\nlabel 10x10"), label("Aperio\nmacro")]), 2),
        (
            "Hamamatsu",
            slide(vec![ndpi(), lens(20.0)], vec![ndpi(), lens(5.0)], vec![grey(LITTLE, vec![lens(-1.0)])]),
            2,
        ),
        (
            "Ventana",
            slide(
                vec![bytes(700, 1, b"<iScan Barcode1D=\"1\"/>".to_vec()), words(270, "level=0 mag=20")],
                vec![words(270, "level=1 mag=10")],
                vec![label("Label Image"), label("Probability_Image")],
            ),
            2,
        ),
        (
            "Philips",
            slide(vec![words(305, "Philips DP v1.0")], vec![], vec![label("Macro -offset=(0,0)"), label("Label")]),
            2,
        ),
        ("Trestle", slide(vec![words(305, "MedScan")], vec![], vec![label("overview")]), 2),
        (
            "Leica",
            vec![
                grey(LITTLE, vec![words(270, scn)]),
                level(LITTLE, 32, vec![]),
                level(LITTLE, 64, vec![]),
                level(LITTLE, 32, vec![]),
            ],
            2,
        ),
        ("no slide, levels alone", slide(vec![], vec![], vec![]), 2),
    ];
    let mut tried = 0;
    for (maker, all, stay) in cases {
        let (output, plan) = clean(Format::Tiff, &file(LITTLE, &all, b"", b"")).expect(maker);
        assert_eq!(pages(&output).len(), stay, "{maker}");
        let labels = plan.findings.iter().filter(|finding| finding.code == Code::SlideLabel).count();
        assert_eq!(labels, all.len() - stay, "{maker}");
        tried += 1;
    }
    assert_eq!(tried, 7);
}

#[test]
fn a_slide_whose_label_cannot_be_told_is_refused() {
    let words = |text: &str| ascii(270, text.as_bytes().to_vec());
    let leica = "<scn xmlns=\"http://www.leica-microsystems.com/scn/2010/10/01\">";
    let ome = "<OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\"><Image Name=\"label image\"/>";
    let two = |text: &str| vec![level(LITTLE, 64, vec![words(text)]), level(LITTLE, 32, vec![])];
    let unknown = [two("a scanner"), vec![grey(LITTLE, vec![words("Label")])]].concat();
    let mut tried = 0;
    for all in [two(leica), two(ome), unknown] {
        assert_eq!(refused(&file(LITTLE, &all, b"", b"")), Some("not-understood"));
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn camera_raw_and_stacks_and_what_has_no_end_are_refused() {
    let with = |tag: u16, value: u16| {
        let mut page = grey(LITTLE, vec![]);
        page.fields.retain(|field| field.0 != tag);
        page.fields.push(LITTLE.shorts(tag, &[value]));
        file(LITTLE, &[page], b"", b"")
    };
    let stack = grey(LITTLE, vec![ascii(270, b"ImageJ=1.53\nimages=40\nslices=40".to_vec())]);
    let mut odd = Page { units: vec![drawing(1, 768)], ..grey(LITTLE, vec![]) };
    odd.fields = plain(LITTLE, (16, 16), 3, 1, 16);
    odd.fields.retain(|field| field.0 != 262);
    odd.fields.extend([LITTLE.shorts(262, &[6]), LITTLE.shorts(530, &[3, 200])]);
    let cases = [
        (with(262, 32803), "unsupported"),
        (with(262, 34892), "unsupported"),
        (with(259, 65535), "unsupported"),
        (with(259, 34661), "not-understood"),
        (with(259, 34887), "not-understood"),
        (with(259, 12345), "not-understood"),
        (with(32997, 2), "not-understood"),
        (file(LITTLE, &[stack], b"", b""), "not-understood"),
        (file(LITTLE, &[odd], b"", b""), "not-understood"),
    ];
    let mut tried = 0;
    for (bytes, code) in cases {
        assert_eq!(refused(&bytes), Some(code), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 9);
}

#[test]
fn further_codings_end_where_they_say() {
    let coded = |compression: u16, unit: Vec<u8>| {
        let mut page = grey(LITTLE, vec![]);
        page.fields.retain(|field| field.0 != 259);
        page.fields.push(LITTLE.shorts(259, &[compression]));
        page.units = vec![unit];
        file(LITTLE, &[page], b"", b"")
    };
    let zstd =
        |tail: &[u8]| [&[0x28, 0xB5, 0x2F, 0xFD, 0x60, 0, 0, 0x01, 0x08, 0][..], &drawing(1, 256), tail].concat();
    let lossless = || {
        let mut bytes = Vec::new();
        let pixels = drawing(1, 16 * 16 * 3);
        image::codecs::webp::WebPEncoder::new_lossless(&mut bytes)
            .encode(&pixels, 16, 16, image::ExtendedColorType::Rgb8)
            .expect("memory");
        bytes
    };
    let mut noted = lossless();
    noted.extend([&b"EXIF\x0A\0\0\0"[..], b"CANARY-web"].concat());
    let length = (noted.len() as u32 - 8).to_le_bytes();
    noted[4..8].copy_from_slice(&length);
    noted.extend_from_slice(b"CANARY-behind");
    let j2k = |comment: &[u8], tail: &[u8]| {
        let part = [&[0xFF, 0x64, 0, 10, 0, 1][..], comment, &[0xFF, 0x93, 1, 2, 3, 4]].concat();
        let size = (part.len() as u32 + 12).to_be_bytes();
        let head = [&[0xFF, 0x90, 0, 10, 0, 0][..], &size, &[0, 1]].concat();
        [&[0xFF, 0x4F, 0xFF, 0x51, 0, 4, 0, 0][..], &head, &part, &[0xFF, 0xD9], tail].concat()
    };
    let cases = [
        (coded(50000, zstd(b"CANARY-behind")), coded(50000, zstd(b""))),
        (coded(50001, noted), coded(50001, lossless())),
        (coded(33005, j2k(b"CANARY", b"CANARY-tail")), coded(33005, j2k(&[0; 6], b""))),
    ];
    let mut tried = 0;
    for (dirty, tidy) in &cases {
        let output = cleaned(dirty);
        assert!(memchr::memmem::find(&output, b"CANARY").is_none(), "case {tried}");
        assert_eq!(output, cleaned(tidy), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn fax_lines_are_followed_to_their_end_in_every_scheme() {
    // Sixteen lines of sixteen white pixels: one-dimensional code 101010.
    let bits = |lines: &[&str]| {
        let all: String = lines.concat();
        let padded = format!("{all}{}", "0".repeat((8 - all.len() % 8) % 8));
        padded.as_bytes().chunks(8).map(|b| b.iter().fold(0, |v, bit| v << 1 | (bit - b'0'))).collect::<Vec<u8>>()
    };
    let (eol, white) = ("000000000001", "101010");
    let three = bits(&[&format!("{eol}{white}").repeat(16), &eol.repeat(6)]);
    let mixed = bits(&[&format!("{eol}1{white}"), &format!("{eol}01").repeat(15), &format!("{eol}1").repeat(6)]);
    let bare = bits(&[&"1".repeat(16)]);
    let reversed: Vec<u8> = three.iter().map(|byte| byte.reverse_bits()).collect();
    let cases: [(u16, Vec<Field>, Vec<u8>); 5] = [
        (2, vec![], bits(&[&format!("{white}00").repeat(16)])),
        (3, vec![], three),
        (3, vec![LITTLE.longs(292, &[1])], mixed),
        (3, vec![LITTLE.shorts(266, &[2])], reversed),
        (4, vec![], bare),
    ];
    let mut tried = 0;
    for (compression, more, coded) in cases {
        let page = |tail: &[u8]| {
            let mut page = fax_page(LITTLE, b"");
            page.fields.retain(|field| field.0 != 259);
            page.fields.push(LITTLE.shorts(259, &[compression]));
            page.fields.extend(more.clone());
            page.units = vec![[&coded, tail].concat()];
            file(LITTLE, &[page], b"", b"")
        };
        assert_eq!(cleaned(&page(b"CANARY")), cleaned(&page(b"")), "scheme {compression}, case {tried}");
        assert!(memchr::memmem::find(&cleaned(&page(b"")), &coded).is_some());
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn hostile_files_end_in_time() {
    let put = |bytes: &mut Vec<u8>, at: usize, value: u32| bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    let plain_ = file(LITTLE, &[grey(LITTLE, vec![])], b"", b"");
    let directory = u32::from_le_bytes([plain_[4], plain_[5], plain_[6], plain_[7]]);
    let next = plain_.len() - 4;
    let mut ring = plain_.clone();
    put(&mut ring, next, directory);
    let mut far = plain_.clone();
    put(&mut far, next, u32::MAX - 3);
    let mut lost = plain_.clone();
    put(&mut lost, 4, u32::MAX - 3);
    // Every count of the directory is 2^32 - 1.
    let mut counts = plain_.clone();
    for entry in 0..9 {
        put(&mut counts, directory as usize + 2 + entry * 12 + 4, u32::MAX);
    }
    // Directories that lie over one another, two bytes apart, each of thousands of entries.
    let mut layers = b"II*\0\x08\0\0\0".to_vec();
    layers.extend([0, 0x0F].repeat(32_000));
    // 16,000 strips that are the same deflated zeros, and as many that begin a byte apart.
    let zeros = picture::zlib(&vec![0; 1 << 20]);
    let strips = |step: u32| {
        let mut page = grey(LITTLE, vec![]);
        page.fields = plain(LITTLE, (1 << 16, 256_000), 1, 8, 16);
        page.fields.extend([
            LITTLE.longs(273, &(0..16_000).map(|n| 8 + n * step).collect::<Vec<_>>()),
            LITTLE.longs(279, &[zeros.len() as u32; 16_000]),
        ]);
        page.units = vec![];
        file(LITTLE, &[page], &zeros, b"")
    };
    let huge = file(
        LITTLE,
        &[Page {
            fields: plain(LITTLE, (1 << 30, 1 << 30), 1, 8, 1 << 30),
            units: vec![zeros.clone()],
            ..Page::default()
        }],
        b"",
        b"",
    );
    let lines = {
        let mut page = Page { units: vec![vec![0xFF; 65_000]], ..fax_page(LITTLE, b"") };
        page.fields.retain(|field| !matches!(field.0, 256 | 257 | 278));
        page.fields.extend([
            LITTLE.longs(256, &[1 << 30]),
            LITTLE.longs(257, &[1 << 30]),
            LITTLE.longs(278, &[1 << 30]),
        ]);
        file(LITTLE, &[page], b"", b"")
    };
    let cases = [
        (ring, true),
        (far, true),
        (lost, false),
        (counts, false),
        (layers, false),
        (strips(0), true),
        (strips(1), false),
        (huge, false),
        (lines, false),
    ];
    let mut tried = 0;
    for (bytes, opens) in &cases {
        let begun = std::time::Instant::now();
        assert_eq!(clean(Format::Tiff, bytes).is_ok(), *opens, "case {tried}");
        assert!(begun.elapsed().as_secs() < 20, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 9);
}

#[test]
fn sizes_of_64_bits_are_numbers_like_others() {
    let big = FORMS[2];
    let mut tried = 0;
    for tag in [256, 257, 277, 278, 322, 323, 513] {
        let mut page = grey(big, vec![ascii(271, b"Canary Optics".to_vec())]);
        page.fields.retain(|field| field.0 != tag);
        page.fields.push(Field(tag, 16, 1, vec![0xFF; 8]));
        for all in [vec![page.clone(), grey(big, vec![])], vec![grey(big, vec![]), page]] {
            let _ = clean(Format::BigTiff, &file(big, &all, b"", b""));
            tried += 1;
        }
    }
    assert_eq!(tried, 14);
}

#[test]
fn a_directory_that_leads_nowhere_is_told_of() {
    let mut bytes = file(LITTLE, &[grey(LITTLE, vec![])], b"", b"");
    let next = bytes.len() - 4;
    bytes[next..].copy_from_slice(&u32::MAX.to_le_bytes());
    let (_, plan) = clean(Format::Tiff, &bytes).expect("a picture");
    assert!(plan.findings.iter().any(|f| f.code == Code::Junk && f.action == Action::Remove));
}

/// Cleans a damaged file. A flipped bit may move a strip over other bytes of the file, which viewers then show as pixels,
/// so a canary may come back among the decoded samples, and nowhere else.
fn damaged(form: Form, canaries: &[String], bytes: &[u8]) {
    let Ok((output, _)) = clean(format(form), bytes) else { return };
    let all = expanded(&output);
    let left: Vec<_> = canaries.iter().filter(|canary| found(&all, canary).is_some()).collect();
    if left.is_empty() {
        return;
    }
    let mut shown = Vec::new();
    let mut decoder = Decoder::new(Cursor::new(&output)).expect("a TIFF file");
    loop {
        if let Ok(DecodingResult::U8(samples)) = decoder.read_image() {
            shown.extend(samples);
        }
        if !decoder.more_images() || decoder.next_image().is_err() {
            break;
        }
    }
    let hidden: Vec<_> = left.into_iter().filter(|canary| found(&shown, canary).is_none()).collect();
    assert_eq!(hidden, Vec::<&String>::new());
}

#[test]
fn damage_never_panics_and_never_frees_a_canary() {
    let mut tried = 0;
    for form in FORMS {
        let fixture = tiff(form);
        let length = fixture.bytes.len();
        for step in 0..64 {
            damaged(form, &fixture.canaries, &fixture.bytes[..length * step / 64]);
            tried += 1;
        }
        for step in 0..512 {
            let mut bytes = fixture.bytes.clone();
            bytes[(length * step / 512 + step * 7) % length] ^= 1 << (step % 8);
            damaged(form, &fixture.canaries, &bytes);
            tried += 1;
        }
    }
    assert_eq!(tried, 4 * (64 + 512));
}

#[test]
fn pictures_of_the_corpus_come_out_clean_and_stay_so() {
    clean_corpus(Format::Tiff);
    clean_corpus(Format::BigTiff);
}
