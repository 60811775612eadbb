//! The headers of an object before and after its writing was covered: what may differ, and how.
//!
//! PS3.15 E.3.1, E.3.2 and PS3.16 CID 7050 (113101, 113102), PS3.3 C.7.6.1 (Burned In Annotation, Recognizable Visual
//! Features), C.7.6.3, PS3.10 7.1.

use super::loss::LOSS;
use super::object::Object;
use crate::inspect::Trouble;
use crate::inspect::bytes::{Bytes, compare};
use crate::inspect::dicom::{Element, name};
use crate::place::Place;
use crate::recording::PixelClaims;
use std::slice::from_ref;

const METHOD: u32 = 0x0012_0063;
const METHOD_CODES: u32 = 0x0012_0064;
const BURNED_IN: u32 = 0x0028_0301;
/// Photometric Interpretation and Planar Configuration: may differ where the object is stored uncompressed now.
const COLOURS: [u32; 2] = [0x0028_0004, 0x0028_0006];
/// The pixel data and the extended offset tables.
const PIXELS: [u32; 3] = [0x7fe0_0001, 0x7fe0_0002, 0x7fe0_0010];
const RECOGNIZABLE: u32 = 0x0028_0302;
/// Codes of CID 7050 and their meanings.
const CLEAN: (&[u8], &[u8]) = (b"113101", b"Clean Pixel Data Option");
const FEATURES: (&[u8], &[u8]) = (b"113102", b"Clean Recognizable Visual Features Option");
const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// Proves that nothing is new but the marks, and what follows from storing frames uncompressed.
pub(super) fn prove(
    old: &Object<'_>,
    new: &Object<'_>,
    decompressed: bool,
    claims: PixelClaims,
) -> Result<(), Trouble> {
    file_header(old, new, decompressed)?;
    // What is said of losses is proved by what frames show.
    let free = |tag: u32| PIXELS.contains(&tag) || LOSS.contains(&tag) || decompressed && COLOURS.contains(&tag);
    let codes = name(METHOD_CODES);
    let marked = |path: &str, e: &Element| {
        claims.clean && e.tag == BURNED_IN && path.is_empty()
            || claims.featureless && e.tag == RECOGNIZABLE && path.is_empty()
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
    if pixels { marks(old, new, claims) } else { Ok(()) }
}

/// What the object says of its pixels now.
fn marks(old: &Object<'_>, new: &Object<'_>, claims: PixelClaims) -> Result<(), Trouble> {
    let wrong = |tag| Trouble::Unaccounted("a mark that is not what was done", Place::attribute(name(tag), 0, 0));
    for (claimed, tag) in [(claims.clean, BURNED_IN), (claims.featureless, RECOGNIZABLE)] {
        if claimed && new.value(tag, 16)?.is_none_or(|v| trim(&v) != b"NO") {
            return Err(wrong(tag));
        }
    }
    let mut expected = codes(old)?;
    let mut method = old.value(METHOD, 1 << 17)?.unwrap_or_default();
    let (before, mut longer) = (trim(&method).to_vec(), trim(&method).to_vec());
    for (claimed, code, meaning) in [(claims.clean, CLEAN.0, CLEAN.1), (claims.featureless, FEATURES.0, FEATURES.1)] {
        if claimed && !expected.iter().any(|known| known == code) {
            expected.extend([code.to_vec(), b"DCM".to_vec(), meaning.to_vec()]);
            longer.push(b'\\');
            longer.extend_from_slice(meaning);
        }
    }
    if codes(new)? != expected {
        return Err(wrong(METHOD_CODES));
    }
    method = new.value(METHOD, 1 << 17)?.unwrap_or_default();
    let after = trim(&method);
    if after == before || after == longer { Ok(()) } else { Err(wrong(METHOD)) }
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
