//! Single elements of a cleaned object, written anew in its encoding.
//!
//! DICOM PS3.5 7.1 (headers); PS3.15 E.3.1, E.3.2 and PS3.16 CID 7050 (the marks); PS3.3 C.7.6.1 (Burned In Annotation,
//! Recognizable Visual Features).

use super::super::Object;
use super::super::emit::NEW;
use super::super::syntax::Encoding;
use super::super::value::trim;
use super::super::vr::Vr;
use super::super::walk::{ITEM, Shape};
use super::edit::Edits;
use crate::plan::Refusal;
use crate::recording::{DicomOption, PixelClaims};

const BURNED_IN: u32 = 0x0028_0301;
const RECOGNIZABLE: u32 = 0x0028_0302;
const METHOD: u32 = 0x0012_0063;
const METHOD_CODES: u32 = 0x0012_0064;
const CODE_VALUE: u32 = 0x0008_0100;
/// The longest De-identification Method that is added to.
const LONGEST: usize = 65_000;

/// An element.
pub(super) fn element(encoding: Encoding, tag: u32, vr: Vr, value: &[u8]) -> Vec<u8> {
    let padded = value.len() + value.len() % 2;
    let mut out = header(encoding, tag, vr, padded as u32);
    out.extend_from_slice(value);
    if padded > value.len() {
        out.push(vr.pad());
    }
    out
}

/// The header of an element.
pub(super) fn header(encoding: Encoding, tag: u32, vr: Vr, length: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(12);
    out.extend(encoding.put16((tag >> 16) as u16));
    out.extend(encoding.put16(tag as u16));
    match encoding {
        Encoding::Implicit => out.extend(encoding.put32(length)),
        _ if vr.is_long() => {
            out.extend(vr.0);
            out.extend([0, 0]);
            out.extend(encoding.put32(length));
        }
        _ => {
            out.extend(vr.0);
            out.extend(encoding.put16(length as u16));
        }
    }
    out
}

/// Puts an element into the data set, in the place of the one with its tag or where it belongs.
pub(super) fn put(object: &Object<'_>, edits: &mut Edits, tag: u32, vr: Vr, value: &[u8]) -> Result<(), Refusal> {
    let range = match object.node(tag) {
        Some(node) => node.start..node.end(),
        None => {
            let at = place(object, tag);
            at..at
        }
    };
    edits.replace(range, element(object.encoding, tag, vr, value), NEW)
}

/// Takes an element out of the data set.
pub(super) fn remove(object: &Object<'_>, edits: &mut Edits, tag: u32) -> Result<(), Refusal> {
    match object.node(tag) {
        Some(node) => edits.replace(node.start..node.end(), Vec::new(), NEW),
        None => Ok(()),
    }
}

/// Where an element that is not there belongs.
fn place(object: &Object<'_>, tag: u32) -> u64 {
    let nodes = &object.list.nodes;
    let mut at = 0;
    while let Some(node) = nodes.get(at) {
        if node.tag > tag {
            return node.start;
        }
        at = node.next as usize;
    }
    object.list.end
}

/// Says in the object what was shown of its pixels, and by which options.
pub(super) fn mark(object: &Object<'_>, claims: PixelClaims, edits: &mut Edits) -> Result<(), Refusal> {
    let named = named(object);
    let new: Vec<DicomOption> =
        claims.options().filter(|o| !named.iter().any(|code| code == o.code().as_bytes())).collect();
    if !new.is_empty() {
        name(object, &new, edits)?;
    }
    if claims.clean {
        put(object, edits, BURNED_IN, Vr::CS, b"NO")?;
    }
    if claims.featureless {
        put(object, edits, RECOGNIZABLE, Vr::CS, b"NO")?;
    }
    Ok(())
}

/// Names the options, in words and by their codes.
fn name(object: &Object<'_>, options: &[DicomOption], edits: &mut Edits) -> Result<(), Refusal> {
    if let Some(node) = object.node(METHOD) {
        let mut window = object.window();
        let method = if node.len() <= LONGEST as u64 { window.bytes(node.value())? } else { &[] };
        let mut method = trim(method).to_vec();
        if !method.is_empty() {
            for option in options {
                method.push(b'\\');
                method.extend_from_slice(option.meaning().as_bytes());
            }
            put(object, edits, METHOD, Vr::LO, &method)?;
        }
    }
    let items = |encoding: Encoding| -> Vec<u8> { options.iter().flat_map(|option| item(encoding, *option)).collect() };
    let Some(node) = object.node(METHOD_CODES) else {
        return put(object, edits, METHOD_CODES, Vr::SQ, &items(object.encoding));
    };
    if node.shape != Shape::Sequence {
        return Err(Refusal::not_understood("the codes of what was done to the object are no sequence"));
    }
    let items = items(node.encoding);
    if !node.undefined {
        let length = u32::try_from(node.len() + items.len() as u64);
        let length = length.map_err(|_| Refusal::too_large("the codes of what was done are too many"))?;
        edits.replace(node.start..node.value().start, header(node.encoding, METHOD_CODES, Vr::SQ, length), NEW)?;
    }
    edits.replace(node.value_end..node.value_end, items, NEW)
}

/// An item that names an option.
fn item(encoding: Encoding, option: DicomOption) -> Vec<u8> {
    let code = |tag, vr, value: &str| element(encoding, tag, vr, value.as_bytes());
    let content = [
        code(CODE_VALUE, Vr(*b"SH"), option.code()),
        code(0x0008_0102, Vr(*b"SH"), "DCM"),
        code(0x0008_0104, Vr::LO, option.meaning()),
    ]
    .concat();
    [&item_header(encoding, content.len() as u32)[..], &content].concat()
}

/// The codes of options that the object names already.
fn named(object: &Object<'_>) -> Vec<Vec<u8>> {
    let Some(node) = object.node(METHOD_CODES) else { return Vec::new() };
    let inside = object.list.nodes.iter().filter(|n| n.start >= node.start && n.start < node.end());
    let mut window = object.window();
    let codes = inside.filter(|n| n.tag == CODE_VALUE && n.len() <= 16);
    codes.filter_map(|n| window.bytes(n.value()).ok().map(|v| trim(v).to_vec())).collect()
}

/// The header of an item.
pub(super) fn item_header(encoding: Encoding, length: u32) -> [u8; 8] {
    mark_header(encoding, ITEM, length)
}

/// An item's or delimiter's tag, and a length.
pub(super) fn mark_header(encoding: Encoding, tag: u32, length: u32) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[..2].copy_from_slice(&encoding.put16((tag >> 16) as u16));
    bytes[2..4].copy_from_slice(&encoding.put16(tag as u16));
    bytes[4..].copy_from_slice(&encoding.put32(length));
    bytes
}
