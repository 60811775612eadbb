//! NAL units between start codes: notes of the encoder and of devices become an empty message of the same length.
//!
//! ITU-T H.264 and H.265, annex B; what stays among the units is what films in MP4 keep.

use super::refused;
use crate::plan::Refusal;
use crate::strip::bmff::note::{self, Kind};
use crate::strip::bmff::sample;
use crate::strip::heif::nal::Family;
use crate::strip::heif::rule::tells;
use std::ops::Range;

/// The longest unit other than a picture.
const LONGEST: usize = 1 << 20;

/// A range of a sample, and what takes its place, of the same length.
pub(super) type Patch = (Range<usize>, Vec<u8>);

/// What goes of bytes in which units stand between start codes.
pub(super) fn notes(bytes: &[u8], family: Family) -> Result<Vec<Patch>, Refusal> {
    let mut codes = memchr::memmem::find_iter(bytes, &[0, 0, 1]).peekable();
    let first = codes.peek().copied().unwrap_or(bytes.len());
    if bytes[..first].iter().any(|b| *b != 0) {
        return Err(Refusal::truncated("the coded film is damaged or incomplete"));
    }
    let (mut out, mut behind) = (Vec::new(), false);
    while let Some(code) = codes.next() {
        let stop = codes.peek().copied().unwrap_or(bytes.len());
        out.extend(patch(bytes, code + 3..stop, family, &mut behind)?);
    }
    Ok(out)
}

/// What goes of bytes in which units have lengths of so many bytes.
pub(super) fn sized(bytes: &[u8], family: Family, field: usize) -> Result<Vec<Patch>, Refusal> {
    let (mut out, mut behind, mut at) = (Vec::new(), false, 0);
    let damaged = || Refusal::truncated("the coded film is damaged or incomplete");
    while at < bytes.len() {
        let Some(head) = bytes.get(at..at + field) else {
            return if bytes[at..].iter().all(|b| *b == 0) { Ok(out) } else { Err(damaged()) };
        };
        let size = head.iter().fold(0_usize, |sum, b| sum << 8 | usize::from(*b));
        let end = (at + field).checked_add(size).filter(|end| *end <= bytes.len()).ok_or_else(damaged)?;
        out.extend(patch(bytes, at + field..end, family, &mut behind)?);
        at = end;
    }
    Ok(out)
}

/// What becomes of one unit; zeros behind it are no part of it.
fn patch(bytes: &[u8], range: Range<usize>, family: Family, behind: &mut bool) -> Result<Option<Patch>, Refusal> {
    let Some(last) = bytes[range.clone()].iter().rposition(|b| *b != 0) else { return Ok(None) };
    let range = range.start..range.start + last + 1;
    let unit = &bytes[range.clone()];
    let kind = note::kind(family, [unit[0], unit.get(1).copied().unwrap_or(0)], unit.len() as u64);
    let new = match kind {
        Kind::Picture => {
            *behind = true;
            None
        }
        Kind::Parted => return Err(sample::parted()),
        Kind::Need if unit.len() > LONGEST => {
            return Err(Refusal::too_large("a setting inside the coded film is longer than any real one"));
        }
        Kind::Need if tells(unit) => return Err(refused("words stand among the settings of the coded film")),
        Kind::Need => None,
        Kind::Message | Kind::Filler if unit.len() <= LONGEST => note::blanked(family, kind, unit, *behind),
        _ => Some(note::empty(family, unit.len(), *behind)),
    };
    Ok(new.and_then(|mut new| {
        new.resize(unit.len(), 0);
        (new != unit).then_some((range, new))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_blanked_once_and_pictures_stay() {
        let unit = |body: &[u8]| [&[0, 0, 0, 1][..], body].concat();
        let picture = unit(&[0x65, 0x88, 0x84, 0, 3, 1, 0x7F]);
        let mut tried = 0;
        for note in [&b"\x06\x05\x14CANARY-of-the-encoder\x80"[..], b"\x1FCANARY", b"\x0CCANARY\x80", b"\x09CANARY"] {
            for order in [[&picture, &unit(note)], [&unit(note), &picture]] {
                let bytes = order.map(|part| &part[..]).concat();
                let mut clean = bytes.clone();
                for (range, new) in notes(&bytes, Family::Avc).expect("units") {
                    clean[range].copy_from_slice(&new);
                }
                assert!(memchr::memmem::find(&clean, b"CANARY").is_none());
                assert!(memchr::memmem::find(&clean, &picture).is_some());
                assert_eq!(notes(&clean, Family::Avc).expect("units"), vec![]);
                tried += 1;
            }
        }
        assert_eq!(tried, 8);
        assert!(notes(b"CANARY\0\0\x01\x65\x88", Family::Avc).is_err());
    }
}
