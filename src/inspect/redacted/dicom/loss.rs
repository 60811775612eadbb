//! What an object says of losses after covering: what it said before, or what its coded frames show.
//!
//! PS3.3 C.7.6.1.1.5; ISO/IEC 10918-1 B.2.2 and B.2.3, ISO/IEC 14495-1 C.2.3, ISO/IEC 15444-1 A.6.1 and A.6.2.

use super::object::Object;
use crate::inspect::Trouble;
use crate::inspect::dicom::name;
use crate::place::Place;

/// Lossy Image Compression, and its method.
pub(super) const LOSS: [u32; 2] = [0x0028_2110, 0x0028_2114];

/// Proves what is said of losses; `coded` where frames in which parts are covered were compressed before.
pub(super) fn prove(old: &Object<'_>, new: &Object<'_>, coded: bool) -> Result<(), Trouble> {
    let said = |object: &Object<'_>, tag| {
        let value = object.value(tag, 1 << 10)?.unwrap_or_default();
        Ok::<_, Trouble>(String::from_utf8_lossy(&value).trim_end_matches([' ', '\0']).to_owned())
    };
    let [mut lossy, mut method] = [said(old, LOSS[0])?, said(old, LOSS[1])?];
    if coded
        && (lossy != "01" || method.is_empty())
        && let Some(lost) = lost(old)?
    {
        lossy = "01".to_owned();
        method = if method.is_empty() { lost.to_owned() } else { method };
    }
    for (tag, expected) in LOSS.into_iter().zip([lossy, method]) {
        let of = |object: &Object<'_>| {
            object.elements.iter().filter(|(path, e)| path.is_empty() && e.tag == tag).map(|(_, e)| e.vr).collect()
        };
        let (before, after): (Vec<[u8; 2]>, Vec<[u8; 2]>) = (of(old), of(new));
        let sound = after == before || (before.is_empty() && after == [*b"CS"]) || (coded && after == [*b"CS"]);
        if !sound || said(new, tag)? != expected {
            return Err(Trouble::Unaccounted("a loss that is not what it was", Place::attribute(name(tag), 0, 0)));
        }
    }
    Ok(())
}

/// The first loss that a frame shows.
fn lost(object: &Object<'_>) -> Result<Option<&'static str>, Trouble> {
    let shape = object.shape()?;
    let number = object.syntax_number();
    for index in 0..shape.frames {
        let found = match number {
            Some(50..=81) => cosine_or_near(&object.stream(&shape, index)?),
            Some(90..=93 | 201..=203) => irreversible(&object.stream(&shape, index)?),
            _ => None,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// A frame header of a cosine transform, or a scan header that leaves something out.
fn cosine_or_near(stream: &[u8]) -> Option<&'static str> {
    let (mut at, mut frame) = (2, 0);
    loop {
        // What is no marker is coded data: a marker there has its highest bit set and is no restart.
        let code = *stream.get(at + 1)?;
        if stream[at] != 0xff || code < 0x80 || code == 0xff || matches!(code, 0xd0..=0xd7) {
            at += 1;
            continue;
        }
        let length = usize::from(u16::from_be_bytes([*stream.get(at + 2)?, *stream.get(at + 3)?]));
        let payload = stream.get(at + 4..at + 2 + length)?;
        match code {
            0xc4 | 0xc8 | 0xcc => {}
            0xc3 | 0xc7 | 0xcb | 0xcf | 0xf7 => frame = code,
            0xc0..=0xce => return Some("ISO_10918_1"),
            0xd9 => return None,
            0xda => {
                let components = usize::from(*payload.first()?);
                let [near, _, shift] = *payload.get(1 + 2 * components..)?.first_chunk::<3>()?;
                match frame {
                    0xf7 if near != 0 => return Some("ISO_14495_1"),
                    0xc3 | 0xc7 | 0xcb | 0xcf if shift & 15 != 0 => return Some("ISO_10918_1"),
                    _ => {}
                }
            }
            _ => {}
        }
        at += 2 + length;
    }
}

/// A codestream whose header names the irreversible wavelet, for all components or for one.
fn irreversible(stream: &[u8]) -> Option<&'static str> {
    let mut rest = stream.get(stream.windows(4).position(|four| four == [0xff, 0x4f, 0xff, 0x51])? + 2..)?;
    let name = if rest.get(4)? & 0x40 == 0 { "ISO_15444_1" } else { "ISO_15444_15" };
    while let [0xff, code @ 0x50..=0x8f, high, low, ..] = rest {
        let length = 2 + usize::from(u16::from_be_bytes([*high, *low]));
        // The last of the parameters of a coding style, behind a style of five bytes or of a component's number and one.
        let kind = match code {
            0x52 => rest.get(4..length)?.get(9),
            0x53 => rest.get(4..length)?.get(6),
            _ => None,
        };
        if kind == Some(&0) {
            return Some(name);
        }
        rest = rest.get(length..)?;
    }
    None
}
