//! Builds DICOM objects in every plain encoding, with values of the test's choosing, and reads them back.

use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use std::io::Read;

/// How an object is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Explicit,
    Implicit,
    Big,
    Deflated,
}

pub(crate) const FORMS: [Form; 4] = [Form::Explicit, Form::Implicit, Form::Big, Form::Deflated];

impl Form {
    pub(crate) fn uid(self) -> &'static str {
        match self {
            Form::Explicit => "1.2.840.10008.1.2.1",
            Form::Implicit => "1.2.840.10008.1.2",
            Form::Big => "1.2.840.10008.1.2.2",
            Form::Deflated => "1.2.840.10008.1.2.1.99",
        }
    }

    fn n16(self, n: u16) -> [u8; 2] {
        if self == Form::Big { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    fn n32(self, n: u32) -> [u8; 4] {
        if self == Form::Big { n.to_be_bytes() } else { n.to_le_bytes() }
    }
}

/// An element's value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Bytes(Vec<u8>),
    Numbers(Vec<u16>),
    /// Items with defined lengths.
    Items(Vec<Vec<Element>>),
    /// Items with undefined lengths.
    Open(Vec<Vec<Element>>),
}

/// An element.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) tag: u32,
    pub(crate) vr: &'static str,
    pub(crate) value: Value,
}

/// An element with a text value.
pub(crate) fn text(tag: u32, vr: &'static str, value: impl AsRef<[u8]>) -> Element {
    Element { tag, vr, value: Value::Bytes(value.as_ref().to_vec()) }
}

/// An element with 16-bit numbers.
pub(crate) fn number(tag: u32, value: u16) -> Element {
    Element { tag, vr: "US", value: Value::Numbers(vec![value]) }
}

/// A sequence with defined lengths.
pub(crate) fn items(tag: u32, items: Vec<Vec<Element>>) -> Element {
    Element { tag, vr: "SQ", value: Value::Items(items) }
}

/// A sequence with undefined lengths.
pub(crate) fn open(tag: u32, items: Vec<Vec<Element>>) -> Element {
    Element { tag, vr: "SQ", value: Value::Open(items) }
}

fn tag(form: Form, tag: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&form.n16((tag >> 16) as u16));
    out.extend_from_slice(&form.n16(tag as u16));
}

pub(crate) fn is_long(vr: &str) -> bool {
    ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"].contains(&vr)
}

fn header(form: Form, element: &Element, length: u32, out: &mut Vec<u8>) {
    tag(form, element.tag, out);
    if form == Form::Implicit {
        out.extend_from_slice(&form.n32(length));
        return;
    }
    out.extend_from_slice(element.vr.as_bytes());
    if is_long(element.vr) {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&form.n32(length));
    } else {
        out.extend_from_slice(&form.n16(length as u16));
    }
}

/// Encodes a data set; elements are put in the order of their tags.
pub(crate) fn encode(form: Form, elements: &[Element]) -> Vec<u8> {
    let mut elements: Vec<&Element> = elements.iter().collect();
    elements.sort_by_key(|e| e.tag);
    let mut out = Vec::new();
    for element in elements {
        match &element.value {
            Value::Bytes(bytes) => {
                let mut bytes = bytes.clone();
                if bytes.len() % 2 == 1 {
                    bytes.push(if ["UI", "OB", "UN"].contains(&element.vr) { 0 } else { b' ' });
                }
                header(form, element, bytes.len() as u32, &mut out);
                out.extend_from_slice(&bytes);
            }
            Value::Numbers(numbers) => {
                header(form, element, numbers.len() as u32 * 2, &mut out);
                numbers.iter().for_each(|n| out.extend_from_slice(&form.n16(*n)));
            }
            Value::Items(items) => {
                let mut body = Vec::new();
                // A sequence under UN is implicit, little endian (CP-246).
                let inner = if element.vr == "UN" { Form::Implicit } else { form };
                for item in items {
                    let item = encode(inner, item);
                    tag(inner, 0xFFFE_E000, &mut body);
                    body.extend_from_slice(&inner.n32(item.len() as u32));
                    body.extend_from_slice(&item);
                }
                header(form, element, body.len() as u32, &mut out);
                out.extend_from_slice(&body);
            }
            Value::Open(items) => {
                let inner = if element.vr == "UN" { Form::Implicit } else { form };
                header(form, element, u32::MAX, &mut out);
                for item in items {
                    tag(inner, 0xFFFE_E000, &mut out);
                    out.extend_from_slice(&inner.n32(u32::MAX));
                    out.extend_from_slice(&encode(inner, item));
                    tag(inner, 0xFFFE_E00D, &mut out);
                    out.extend_from_slice(&[0; 4]);
                }
                tag(inner, 0xFFFE_E0DD, &mut out);
                out.extend_from_slice(&[0; 4]);
            }
        }
    }
    out
}

/// A whole file: preamble, prefix, these elements of group 0002 (transfer syntax added), data set, tail.
pub(crate) fn file(form: Form, preamble: &[u8], meta: &[Element], data: &[Element], tail: &[u8]) -> Vec<u8> {
    let mut out = preamble.to_vec();
    out.resize(128, 0);
    out.extend_from_slice(b"DICM");
    let mut meta = meta.to_vec();
    meta.push(text(0x0002_0010, "UI", form.uid()));
    let meta = encode(Form::Explicit, &meta);
    let length = Element { tag: 0x0002_0000, vr: "UL", value: Value::Bytes((meta.len() as u32).to_le_bytes().into()) };
    out.extend_from_slice(&encode(Form::Explicit, &[length]));
    out.extend_from_slice(&meta);
    let mut body = encode(form, data);
    body.extend_from_slice(tail);
    if form == Form::Deflated {
        DeflateEncoder::new(&body[..], Compression::default()).read_to_end(&mut out).unwrap();
    } else {
        out.extend_from_slice(&body);
    }
    out
}

/// Where the data set of one of our outputs begins.
pub(crate) fn data_start(file: &[u8]) -> usize {
    144 + u32::from_le_bytes(file[140..144].try_into().unwrap()) as usize
}

/// An output as bytes to search: its data set inflated where it is deflated.
pub(crate) fn laid_open(form: Form, file: &[u8]) -> Vec<u8> {
    let start = data_start(file);
    let mut out = file[..start].to_vec();
    if form == Form::Deflated {
        DeflateDecoder::new(&file[start..]).read_to_end(&mut out).unwrap();
    } else {
        out.extend_from_slice(&file[start..]);
    }
    out
}

/// The outermost elements of an output in explicit little endian: tag, representation, value.
pub(crate) fn elements(file: &[u8]) -> Vec<(u32, String, Vec<u8>)> {
    let mut list = Vec::new();
    let mut at = 132;
    while at + 8 <= file.len() {
        let n16 = |i: usize| u16::from_le_bytes([file[i], file[i + 1]]);
        let tag = u32::from(n16(at)) << 16 | u32::from(n16(at + 2));
        let vr = String::from_utf8(file[at + 4..at + 6].to_vec()).unwrap();
        let (start, length) = if is_long(&vr) {
            (at + 12, u32::from_le_bytes(file[at + 8..at + 12].try_into().unwrap()))
        } else {
            (at + 8, u32::from(n16(at + 6)))
        };
        assert_ne!(length, u32::MAX, "the tests' reader knows defined lengths only");
        let end = start + length as usize;
        list.push((tag, vr, file[start..end].to_vec()));
        at = end;
    }
    assert_eq!(at, file.len(), "elements tile the file");
    list
}

/// A small valid image: 4 × 4 samples of 16 bits in one frame, with what an MR image must have.
pub(crate) fn image() -> Vec<Element> {
    vec![
        text(0x0008_0005, "CS", "ISO_IR 100"),
        text(0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\OTHER"),
        text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.4"),
        text(0x0008_0018, "UI", "1.2.999.1.1"),
        text(0x0008_0060, "CS", "MR"),
        text(0x0010_0010, "PN", "Doe^Jane"),
        text(0x0010_0020, "LO", "ID 17"),
        text(0x0018_0050, "DS", "1.5"),
        text(0x0020_000D, "UI", "1.2.999.1.2"),
        text(0x0020_000E, "UI", "1.2.999.1.3"),
        text(0x0020_0013, "IS", "7"),
        number(0x0028_0002, 1),
        text(0x0028_0004, "CS", "MONOCHROME2"),
        number(0x0028_0010, 4),
        number(0x0028_0011, 4),
        number(0x0028_0100, 16),
        number(0x0028_0101, 12),
        number(0x0028_0102, 11),
        number(0x0028_0103, 0),
        Element { tag: 0x7FE0_0010, vr: "OW", value: Value::Numbers((100..116).collect()) },
    ]
}

/// The elements of `base` with those of `new` put in or in their place.
pub(crate) fn with(base: Vec<Element>, new: Vec<Element>) -> Vec<Element> {
    let mut all: Vec<Element> = base.into_iter().filter(|e| !new.iter().any(|n| n.tag == e.tag)).collect();
    all.extend(new);
    all
}
