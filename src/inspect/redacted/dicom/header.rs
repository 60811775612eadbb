//! The headers of an object before and after its writing was covered: what may differ, and how.
//!
//! PS3.15 E.3.1 and PS3.16 CID 7050 (113101), PS3.3 C.7.6.1 (Burned In Annotation), C.7.6.3, PS3.10 7.1.

use super::object::Object;
use crate::inspect::Trouble;
use crate::inspect::bytes::{Bytes, compare};
use crate::inspect::dicom::{Element, name};
use crate::place::Place;
use std::slice::from_ref;

const METHOD: u32 = 0x0012_0063;
const METHOD_CODES: u32 = 0x0012_0064;
const BURNED_IN: u32 = 0x0028_0301;
/// Photometric Interpretation and Planar Configuration: may differ where the object is stored uncompressed now.
const COLOURS: [u32; 2] = [0x0028_0004, 0x0028_0006];
/// The pixel data and the extended offset tables.
const PIXELS: [u32; 3] = [0x7fe0_0001, 0x7fe0_0002, 0x7fe0_0010];
const MEANING: &[u8] = b"Clean Pixel Data Option";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// Proves that nothing is new but the marks, and what follows from storing frames uncompressed.
pub(super) fn prove(old: &Object<'_>, new: &Object<'_>, decompressed: bool) -> Result<(), Trouble> {
    file_header(old, new, decompressed)?;
    let free = |tag: u32| PIXELS.contains(&tag) || decompressed && COLOURS.contains(&tag);
    let codes = name(METHOD_CODES);
    let marked = |path: &str, e: &Element| {
        e.tag == BURNED_IN && path.is_empty()
            || e.tag == METHOD && path.is_empty()
            || e.tag == METHOD_CODES
            || path.starts_with(&codes)
    };
    let pixels = new.has_pixels();
    let rest = |object: &Object<'_>| {
        let kept =
            object.elements.iter().filter(|(path, e)| !(path.is_empty() && free(e.tag) || pixels && marked(path, e)));
        kept.cloned().collect::<Vec<(String, Element)>>()
    };
    let (before, after) = (rest(old), rest(new));
    let differs = |e: &Element| {
        Trouble::Unaccounted("an attribute that is not what it was", Place::attribute(name(e.tag), e.head, 0))
    };
    if before.len() != after.len() {
        return Err(Trouble::Unaccounted("attributes that are not what they were", Place::Whole {}));
    }
    let (mut first, mut second) = (Bytes::new(old.data()), Bytes::new(new.data()));
    for ((path, e), (path_after, after)) in before.iter().zip(&after) {
        let same = path == path_after && e.tag == after.tag && e.vr == after.vr;
        if !same || !compare((&mut first, from_ref(&e.value)), (&mut second, from_ref(&after.value)))? {
            return Err(differs(after));
        }
    }
    if pixels { marks(old, new) } else { Ok(()) }
}

/// What the object says of its pixels now.
fn marks(old: &Object<'_>, new: &Object<'_>) -> Result<(), Trouble> {
    let wrong = |tag| Trouble::Unaccounted("a mark that is not what was done", Place::attribute(name(tag), 0, 0));
    if new.value(BURNED_IN, 16)?.is_none_or(|v| trim(&v) != b"NO") {
        return Err(wrong(BURNED_IN));
    }
    let was_marked = codes(old)?.iter().any(|code| code == b"113101");
    let mut expected = codes(old)?;
    if !was_marked {
        expected.extend([b"113101".to_vec(), b"DCM".to_vec(), MEANING.to_vec()]);
    }
    if codes(new)? != expected {
        return Err(wrong(METHOD_CODES));
    }
    let (before, after) = (old.value(METHOD, 1 << 17)?, new.value(METHOD, 1 << 17)?);
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let longer = [trim(&before), b"\\", MEANING].concat();
    let fits = trim(&before) == trim(&after) || !was_marked && trim(&after) == longer;
    if fits { Ok(()) } else { Err(wrong(METHOD)) }
}

/// The values in the items of De-identification Method Code Sequence, in order.
fn codes(object: &Object<'_>) -> Result<Vec<Vec<u8>>, Trouble> {
    let inside = name(METHOD_CODES);
    let mut bytes = Bytes::new(object.data());
    let elements = object.elements.iter().filter(|(path, _)| path.starts_with(&inside));
    elements.map(|(_, e)| bytes.copy(e.value.clone(), 1 << 10).map(|v| trim(&v).to_vec())).collect()
}

/// The file meta information: only the transfer syntax may differ, and the length that follows from it.
fn file_header(old: &Object<'_>, new: &Object<'_>, decompressed: bool) -> Result<(), Trouble> {
    let changed = || Trouble::Unaccounted("a file header that is not what it was", Place::Whole {});
    let may = if decompressed { new.opening.syntax == EXPLICIT } else { new.opening.syntax == old.opening.syntax };
    if !may || old.opening.meta.len() != new.opening.meta.len() || new.opening.odd {
        return Err(changed());
    }
    let (mut first, mut second) = (Bytes::new(old.file()), Bytes::new(new.file()));
    for (before, after) in old.opening.meta.iter().zip(&new.opening.meta) {
        let free = decompressed && matches!(after.tag, 0x0002_0000 | 0x0002_0010);
        let ranges = ([before.value.clone()], [after.value.clone()]);
        if before.tag != after.tag || !free && !compare((&mut first, &ranges.0), (&mut second, &ranges.1))? {
            return Err(changed());
        }
    }
    let end =
        |object: &Object<'_>| if object.opening.inflated.is_some() { 0..132 } else { 0..132.min(object.opening.data) };
    let same = compare((&mut first, &[end(old)]), (&mut second, &[end(new)]))?;
    if same { Ok(()) } else { Err(changed()) }
}

fn trim(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|b| !matches!(b, b' ' | 0)).map_or(0, |n| n + 1);
    &value[..end]
}
