//! Places in and beside pictures: compressed frames, colour profiles, icons, overlays, curves, annotations (traps 3 and 4).

use super::Nest;
use crate::dicom::{Element, Form, Value, encode, file, items, number, text, with};

const BASELINE: &str = "1.2.840.10008.1.2.4.50";
const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
const JPEG_2000: &str = "1.2.840.10008.1.2.4.90";
const RLE: &str = "1.2.840.10008.1.2.5";

pub(super) fn fill(nest: &mut Nest) {
    jpegs(nest);
    others(nest);
    tables(nest);
    profile(nest);
    drawings(nest);
}

/// The head of an item.
fn item(tag: u16, length: u32) -> Vec<u8> {
    [&[0xFE, 0xFF][..], &tag.to_le_bytes(), &length.to_le_bytes()].concat()
}

/// An object of 16 × 16 in compressed frames: offset table, fragments, what stands behind them, further elements.
fn compressed(nest: &Nest, syntax: &str, parts: &[Vec<u8>], behind: &[u8], new: Vec<Element>) -> Vec<u8> {
    let cells = [(0x0028_0100, 8), (0x0028_0101, 8), (0x0028_0102, 7), (0x0028_0010, 16), (0x0028_0011, 16)];
    let cells = cells.map(|(tag, n)| number(tag, n)).to_vec();
    let mut data = with(nest.base(Form::Explicit), [cells, new].concat());
    data.retain(|e| e.tag != 0x7FE0_0010);
    let meta = encode(Form::Explicit, &[text(0x0002_0010, "UI", syntax)]);
    let length = Element { tag: 0x0002_0000, vr: "UL", value: Value::Bytes((meta.len() as u32).to_le_bytes().into()) };
    let mut out = [vec![0; 128], b"DICM".to_vec(), encode(Form::Explicit, &[length]), meta].concat();
    out.extend(encode(Form::Explicit, &data));
    out.extend_from_slice(b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF");
    for part in parts {
        let padded = [&part[..], &[0][..part.len() % 2]].concat();
        out.extend(item(0xE000, padded.len() as u32));
        out.extend(padded);
    }
    out.extend(item(0xE0DD, 0));
    out.extend_from_slice(behind);
    out
}

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    [&[0xFF, marker], &(payload.len() as u16 + 2).to_be_bytes()[..], payload].concat()
}

/// A grey slope as a JPEG.
fn jpeg() -> Vec<u8> {
    let samples: Vec<u8> = (0..=255).collect();
    let mut out = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 90);
    image::ImageEncoder::write_image(encoder, &samples, 16, 16, image::ExtendedColorType::L8).unwrap();
    out
}

type Make = fn(&[u8]) -> Vec<u8>;

fn jpegs(nest: &mut Nest) {
    let before: [(&'static str, u8, Make); 9] = [
        ("JPEG: comment", 0xFE, |w| w.to_vec()),
        ("JPEG: a codec's comment with more in it", 0xFE, |w| [b"LEAD Technologies Inc. ", w].concat()),
        ("JPEG: Exif", 0xE1, |w| [b"Exif\0\0MM\0*", w].concat()),
        ("JPEG: XMP", 0xE1, |w| [b"http://ns.adobe.com/xap/1.0/\0", w].concat()),
        ("JPEG: thumbnail", 0xE0, |w| [b"JFIF\0\x01\x02\x01\0\x48\0\x48\x02\x04", w, &[7; 16]].concat()),
        ("JPEG: colour profile", 0xE2, |w| [b"ICC_PROFILE\0\x01\x01", w].concat()),
        ("JPEG: Photoshop", 0xED, |w| [b"Photoshop 3.0\08BIM", w].concat()),
        ("JPEG: behind Adobe's transform", 0xEE, |w| [b"Adobe\0\x64\0\0\0\0\0", w].concat()),
        ("JPEG: a maker's segment", 0xEF, |w| w.to_vec()),
    ];
    for (name, marker, make) in before {
        nest.whole(3, name, |nest, word| {
            let plain = jpeg();
            let frame = [&plain[..2], &segment(marker, &make(word.as_bytes())), &plain[2..]].concat();
            compressed(nest, BASELINE, &[vec![], frame], &[], vec![])
        });
    }
    nest.whole(3, "JPEG: between segments", |nest, word| {
        let plain = jpeg();
        let frame = [&plain[..2], word.as_bytes(), &plain[2..]].concat();
        compressed(nest, BASELINE, &[vec![], frame], &[], vec![])
    });
    nest.whole(3, "JPEG: behind the end", |nest, word| {
        compressed(nest, BASELINE, &[vec![], [&jpeg()[..], word.as_bytes()].concat()], &[], vec![])
    });
    nest.whole(3, "JPEG: a second picture behind the end", |nest, word| {
        let frame = [&jpeg()[..], &[0xFF, 0xD8], &segment(0xFE, word.as_bytes())].concat();
        compressed(nest, BASELINE, &[vec![], frame], &[], vec![])
    });
    nest.whole(3, "JPEG: in a fragment of its own", |nest, word| {
        compressed(nest, BASELINE, &[vec![], jpeg(), word.as_bytes().to_vec()], &[], vec![])
    });
    nest.whole(3, "JPEG: over two fragments", |nest, word| {
        let plain = jpeg();
        let frame = [&plain[..2], &segment(0xFE, word.as_bytes()), &plain[2..]].concat();
        let (a, b) = frame.split_at(6 + word.len());
        compressed(nest, BASELINE, &[vec![], a.to_vec(), b.to_vec()], &[], vec![])
    });
}

/// A JPEG-LS frame of 16 × 16 equal samples: one run in each line.
fn jpeg_ls(inserted: &[u8]) -> Vec<u8> {
    let frame = segment(0xF7, &[8, 0, 16, 0, 16, 1, 1, 0x11, 0]);
    let scan = segment(0xDA, &[1, 1, 0, 0, 0, 0]);
    [&[0xFF, 0xD8], inserted, &frame, &scan, &[0; 8], &[0xFF, 0xD9]].concat()
}

/// Run lengths of 16 × 16 zeros.
fn runs(word: &[u8]) -> Vec<u8> {
    let mut header = vec![1u32, 64];
    header.resize(16, 0);
    let data = [0x81, 0].repeat(2);
    [&header.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>()[..], &data, word].concat()
}

fn others(nest: &mut Nest) {
    nest.whole(3, "JPEG-LS: comment", |nest, word| {
        compressed(nest, JPEG_LS, &[vec![], jpeg_ls(&segment(0xFE, word.as_bytes()))], &[], vec![])
    });
    nest.whole(3, "JPEG-LS: a maker's segment", |nest, word| {
        compressed(nest, JPEG_LS, &[vec![], jpeg_ls(&segment(0xE8, word.as_bytes()))], &[], vec![])
    });
    nest.whole(3, "JPEG-LS: behind the end", |nest, word| {
        compressed(nest, JPEG_LS, &[vec![], [&jpeg_ls(&[])[..], word.as_bytes()].concat()], &[], vec![])
    });
    let comment = |word: &str| segment(0x64, &[&[0, 1], word.as_bytes()].concat());
    let photo = || vec![number(0x0028_0002, 3), text(0x0028_0004, "CS", "RGB"), number(0x0028_0006, 0)];
    nest.whole(3, "JPEG 2000: comment", |nest, word| {
        compressed(nest, JPEG_2000, &[vec![], crate::jp2::stream_with(&comment(word), &[])], &[], photo())
    });
    nest.whole(3, "JPEG 2000: comment in a tile", |nest, word| {
        compressed(nest, JPEG_2000, &[vec![], crate::jp2::stream_with(&[], &comment(word))], &[], photo())
    });
    nest.whole(3, "JPEG 2000: behind the end", |nest, word| {
        let frame = [crate::jp2::stream(), word.as_bytes().to_vec()].concat();
        compressed(nest, JPEG_2000, &[vec![], frame], &[], photo())
    });
    nest.whole(3, "run lengths: behind the last run", |nest, word| {
        compressed(nest, RLE, &[vec![], runs(word.as_bytes())], &[], vec![])
    });
    nest.whole(3, "run lengths: in the header", |nest, word| {
        let mut frame = runs(&[]);
        frame[40..40 + word.len()].copy_from_slice(word.as_bytes());
        compressed(nest, RLE, &[vec![], frame], &[], vec![])
    });
}

fn tables(nest: &mut Nest) {
    let numbers = |list: &[u64]| list.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let table = |tag, value: &[u8]| Element { tag, vr: "OV", value: Value::Bytes(value.to_vec()) };
    nest.whole(3, "offset table that is none", |nest, word| {
        compressed(nest, RLE, &[word.as_bytes().to_vec(), runs(&[])], &[], vec![])
    });
    nest.whole(3, "extended offset table that is none", |nest, word| {
        let new = vec![table(0x7FE0_0001, word.as_bytes()), table(0x7FE0_0002, &numbers(&[68]))];
        compressed(nest, RLE, &[vec![], runs(&[])], &[], new)
    });
    nest.whole(3, "lengths of an extended offset table that are none", |nest, word| {
        let new = vec![table(0x7FE0_0001, &numbers(&[0])), table(0x7FE0_0002, word.as_bytes())];
        compressed(nest, RLE, &[vec![], runs(&[])], &[], new)
    });
    nest.whole(2, "behind the fragments", |nest, word| {
        compressed(nest, RLE, &[vec![], runs(&[])], word.as_bytes(), vec![])
    });
    nest.whole(2, "element behind the fragments", |nest, word| {
        let behind = encode(Form::Explicit, &[text(0xFFFC_FFFC, "OB", word)]);
        compressed(nest, RLE, &[vec![], runs(&[])], &behind, vec![])
    });
}

/// A colour profile with a canary in every place that can tell: one hiding place each.
fn profile(nest: &mut Nest) {
    let mut cage = crate::picture::Cage::new("DICOM");
    let profile = crate::picture::icc(&mut cage);
    let canaries: Vec<Vec<u8>> = cage.canaries().into_iter().map(String::into_bytes).collect();
    assert!(canaries.len() >= 10, "{}", canaries.len());
    let colours = vec![
        number(0x0028_0002, 3),
        text(0x0028_0004, "CS", "RGB"),
        number(0x0028_0006, 0),
        number(0x0028_0100, 8),
        number(0x0028_0101, 8),
        number(0x0028_0102, 7),
        Element { tag: 0x7FE0_0010, vr: "OB", value: Value::Bytes((0..48).collect()) },
        text(0x0028_2000, "OB", &profile),
    ];
    let data = with(nest.base(Form::Explicit), colours);
    let whole = (Form::Explicit, file(Form::Explicit, &[], &[], &data, &[]));
    nest.keep(4, "colour profile: descriptions, private entries, gaps, tail", canaries, vec![whole]);
    nest.put(4, "colour profile that is none", |word| text(0x0028_2000, "OB", word));
    nest.put(4, "colour profile of an optical path", |word| {
        items(0x0048_0105, vec![vec![text(0x0028_2000, "OB", format!("{word} in place of a profile"))]])
    });
    nest.put(4, "name of a colour space", |word| text(0x0028_2002, "CS", word));
}

fn drawings(nest: &mut Nest) {
    nest.texts(
        4,
        &[
            ("overlay: samples", 0x6000_3000, "OW"),
            ("overlay: samples in group 601E", 0x601E_3000, "OW"),
            ("overlay: samples in a group that is none", 0x60FE_3000, "OW"),
            ("overlay: description", 0x6000_0022, "LO"),
            ("overlay: label", 0x6004_1500, "LO"),
            ("overlay: subtype", 0x6006_0045, "LO"),
            ("overlay: comments", 0x6008_4000, "LT"),
            ("overlay: type misused", 0x600A_0040, "CS"),
            ("overlay: code label", 0x600C_0040, "LO"),
            ("curve: data", 0x5000_3000, "OW"),
            ("curve: description", 0x5002_0022, "LO"),
            ("curve: label", 0x5004_2500, "LO"),
            ("curve: axis units", 0x5006_0030, "SH"),
            ("curve: data in the last group", 0x501E_3000, "OW"),
            ("shutter: shape misused", 0x0018_1600, "CS"),
            ("shutter: vertices misused", 0x0018_1620, "IS"),
            ("label of a presentation", 0x0070_0080, "CS"),
            ("description of a presentation", 0x0070_0081, "LO"),
            ("creator of a presentation", 0x0070_0084, "PN"),
        ],
    );
    nest.put(4, "icon: samples", |word| items(0x0088_0200, vec![vec![text(0x7FE0_0010, "OB", word)]]));
    nest.put(4, "icon: name beside its samples", |word| {
        items(0x0088_0200, vec![vec![text(0x0010_0010, "PN", word), number(0x0028_0010, 4)]])
    });
    nest.put(4, "icon: a maker's", |word| items(0x0009_1110, vec![vec![text(0x7FE0_0010, "OB", word)]]));
    nest.put(4, "annotation: text", |word| {
        items(0x0070_0001, vec![vec![items(0x0070_0008, vec![vec![text(0x0070_0006, "ST", word)]])]])
    });
    nest.put(4, "annotation: unformatted text amid words", |word| {
        let said = format!("left knee of {word}");
        items(0x0070_0001, vec![vec![items(0x0070_0008, vec![vec![text(0x0070_0006, "ST", said)]])]])
    });
    nest.put(4, "annotation: font", |word| {
        let style = items(0x0070_0231, vec![vec![text(0x0070_0227, "LO", word), text(0x0070_0229, "LO", word)]]);
        items(0x0070_0001, vec![vec![items(0x0070_0008, vec![vec![style]])]])
    });
    nest.put(4, "annotation: kind of a compound drawing", |word| {
        items(0x0070_0001, vec![vec![items(0x0070_0209, vec![vec![text(0x0070_0294, "CS", word)]])]])
    });
    nest.put(4, "annotation: layer's name", |word| items(0x0070_0060, vec![vec![text(0x0070_0002, "CS", word)]]));
    nest.put(4, "annotation: layer's description", |word| {
        items(0x0070_0060, vec![vec![text(0x0070_0068, "LO", word)]])
    });
    nest.put(4, "annotation: points that spell", |word| {
        let points = Element { tag: 0x0070_0022, vr: "FL", value: Value::Bytes(word.as_bytes().repeat(2)) };
        items(0x0070_0001, vec![vec![items(0x0070_0009, vec![vec![points]])]])
    });
}
