//! NAL units of HEVC and AVC: notes of the encoder are blanked at equal length, pictures stay as they are.
//!
//! ITU-T H.265, 7.3.1.2 (header), 7.4.2.2 (types), D.2 (SEI); ITU-T H.264, 7.3.1 and D.1; ISO/IEC 14496-15 (length
//! fields).

use super::extent::{Patches, Stream};
use super::rule;
use crate::cut::Source;
use crate::plan::Refusal;
use std::ops::Range;

/// Units read from one file; a picture of 65,536 tiles has a few each.
const UNITS: u64 = 1 << 20;
/// The longest note; real ones have some hundred bytes.
const NOTE: u64 = 1 << 20;

/// Which of the two standards units are written after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::strip) enum Family {
    Hevc,
    Avc,
}

/// What to do about a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Coded samples.
    Picture,
    /// What decoding needs.
    Need,
    /// SEI: messages, each on a keep-list.
    Message,
    /// Filler data.
    Filler,
    /// Anything else.
    Other,
}

impl Family {
    /// Length of a unit's header.
    fn head(self) -> usize {
        match self {
            Family::Hevc => 2,
            Family::Avc => 1,
        }
    }

    /// What a unit of this length is by its header. A delimiter has one byte behind it and an end of sequence none;
    /// layers beside the first are no part of what these pictures show.
    fn kind(self, head: [u8; 2], size: u64) -> Kind {
        match self {
            Family::Hevc => match head[0] >> 1 & 63 {
                38 => Kind::Filler,
                39 | 40 => Kind::Message,
                _ if head[0] & 0x81 != 0 || head[1] >> 3 != 0 => Kind::Other,
                0..=9 | 16..=21 => Kind::Picture,
                32..=34 => Kind::Need,
                35 if size <= 3 => Kind::Need,
                36 | 37 if size <= 2 => Kind::Need,
                _ => Kind::Other,
            },
            Family::Avc => match head[0] & 31 {
                1..=5 => Kind::Picture,
                7 | 8 => Kind::Need,
                // Auxiliary pictures, second eyes and their settings are shown by nobody who reads one item.
                13..=15 | 19..=21 => Kind::Other,
                9 if size <= 2 => Kind::Need,
                10 | 11 if size <= 1 => Kind::Need,
                12 => Kind::Filler,
                6 => Kind::Message,
                _ => Kind::Other,
            },
        }
    }

    /// The header of a unit that says nothing: SEI before the picture, filler data behind it.
    fn empty_head(self, behind: bool) -> &'static [u8] {
        match (self, behind) {
            (Family::Hevc, false) => &[39 << 1, 1],
            (Family::Hevc, true) => &[38 << 1, 1],
            (Family::Avc, false) => &[6],
            (Family::Avc, true) => &[12],
        }
    }

    /// A unit of this length that says nothing.
    fn empty(self, length: usize, behind: bool) -> Vec<u8> {
        let mut unit = self.empty_head(behind).to_vec();
        unit.truncate(length);
        let body = length - unit.len();
        if behind && body > 0 {
            unit.resize(length - 1, 0xFF);
        } else {
            // SEI messages of filler payload (type 3), each of at most 254 bytes, so that one byte says its size.
            let mut left = body.saturating_sub(1);
            while left >= 2 {
                let mut size = (left - 2).min(254);
                if left - 2 - size == 1 {
                    size -= 1;
                }
                unit.extend([3, size as u8]);
                unit.resize(unit.len() + size, 0xFF);
                left -= 2 + size;
            }
            unit.resize(unit.len() + left, 0xFF);
        }
        if body > 0 {
            unit.push(0x80);
        }
        unit
    }

    /// A unit without its note, or none where it may stay as it is.
    fn blanked(self, unit: &[u8], behind: bool) -> Option<Vec<u8>> {
        let kind = self.kind([*unit.first()?, unit.get(1).copied().unwrap_or(0)], unit.len() as u64);
        let stays = match kind {
            Kind::Picture | Kind::Need => true,
            Kind::Message => unit.get(self.head()..).is_some_and(messages_stay),
            Kind::Filler | Kind::Other => false,
        };
        if stays {
            return None;
        }
        let empty = self.empty(unit.len(), behind);
        (empty != unit).then_some(empty)
    }
}

/// Whether each SEI message here is on the keep-list: filler, mastering display (137), content light level (144),
/// alternative transfer characteristics (147), alpha channel information (165).
fn messages_stay(body: &[u8]) -> bool {
    let mut raw = Vec::with_capacity(body.len());
    for byte in body {
        let escape = *byte == 3 && raw.ends_with(&[0, 0]);
        if !escape {
            raw.push(*byte);
        }
    }
    let mut rest = raw.as_slice();
    while rest.len() > 1 {
        let (Some(kind), Some(size)) = (varying(&mut rest), varying(&mut rest)) else { return false };
        let Some((message, behind)) = rest.split_at_checked(size) else { return false };
        let stays = match (kind, message.len()) {
            (3, _) => message.iter().all(|b| *b == 0xFF),
            (137, 24) => rule::mastering(message),
            (144, 4) => rule::light(message),
            (147, 1) => true,
            (165, 3..=5) => rule::plain(message),
            _ => false,
        };
        if !stays {
            return false;
        }
        rest = behind;
    }
    rest == [0x80]
}

/// A number of SEI: 255 for each whole 255, and the rest.
fn varying(bytes: &mut &[u8]) -> Option<usize> {
    let mut sum = 0_usize;
    loop {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        sum = sum.checked_add(usize::from(*first))?;
        if *first != 255 {
            return Some(sum);
        }
    }
}

/// Units read so far.
#[derive(Debug, Default)]
pub(in crate::strip) struct Count(u64);

impl Count {
    /// One more unit.
    pub(super) fn more(&mut self) -> Result<(), Refusal> {
        self.0 += 1;
        if self.0 > UNITS {
            return Err(Refusal::too_large("the picture is coded in more pieces than any real one"));
        }
        Ok(())
    }
}

/// Walks the units of a stream and lays patches over its notes. Says where notes were.
///
/// # Errors
/// Where the units do not fill the stream.
pub(super) fn walk(
    source: &dyn Source,
    stream: &Stream,
    family: Family,
    field: usize,
    patches: &mut Patches,
    count: &mut Count,
) -> Result<Vec<Range<u64>>, Refusal> {
    let (mut at, mut behind, mut notes) = (0, false, Vec::new());
    while at < stream.length() {
        count.more()?;
        let mut head = [0; 6];
        let read = stream.read(source, at, &mut head[..field + 2])?;
        let size = head[..field].iter().fold(0, |sum, b| sum << 8 | u64::from(*b));
        let start = at + field as u64;
        if read < field || size > stream.length() - start {
            return Err(Refusal::truncated("the coded picture is damaged or incomplete"));
        }
        at = start + size;
        if size == 0 {
            continue;
        }
        let kind = family.kind([head[field], head[field + 1]], size);
        if kind == Kind::Picture {
            behind = true;
            continue;
        }
        if size > NOTE {
            return Err(Refusal::too_large("a note inside the coded picture is longer than any real one"));
        }
        let mut unit = vec![0; size as usize];
        stream.read(source, start, &mut unit)?;
        if kind == Kind::Need && rule::tells(&unit) {
            return Err(Refusal::not_understood("words stand among the settings of the coded picture"));
        }
        if let Some(new) = family.blanked(&unit, behind) {
            patches.lay(stream, start, &new)?;
            notes.extend(stream.place(start..at).into_iter().take(1));
        }
    }
    Ok(notes)
}

/// Blanks a unit inside a decoder configuration.
pub(super) fn blank(unit: &mut [u8], family: Family) {
    if let Some(new) = family.blanked(unit, false) {
        unit.copy_from_slice(&new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_blanked_at_every_length_and_stays_blank() {
        let mut tried = 0;
        for family in [Family::Hevc, Family::Avc] {
            for length in 1..1_200 {
                for behind in [false, true] {
                    let mut unit = vec![b'A'; length];
                    unit[0] = if family == Family::Hevc { 39 << 1 } else { 6 };
                    let new = family.blanked(&unit, behind).unwrap_or(unit.clone());
                    assert_eq!(new.len(), length);
                    // One of the sizes may be the same number as the letter.
                    let left = new.iter().skip(3).filter(|b| **b == b'A').count();
                    assert!(left <= 1, "{length}");
                    assert_eq!(family.blanked(&new, behind), None, "{length} {behind}");
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, 2 * 1_199 * 2);
    }

    #[test]
    fn units_that_nobody_shows_are_blanked() {
        let text = b"CANARY-Hoeflich";
        let cases: [(u8, u8, bool); 8] = [
            (35, 1, true),
            (36, 1, true),
            (37, 1, true),
            (41, 1, true),
            (1, 0x81, true),
            (19, 0x09, true),
            (19, 1, false),
            (32, 1, false),
        ];
        let mut tried = 0;
        for (kind, layer, goes) in cases {
            let unit = [&[kind << 1, layer][..], text].concat();
            assert_eq!(Family::Hevc.blanked(&unit, false).is_some(), goes, "{kind} {layer}");
            tried += 1;
        }
        assert_eq!(tried, 8);
        assert_eq!(Family::Hevc.blanked(&[35 << 1, 1, 0x50], false), None);
        assert_eq!(Family::Hevc.blanked(&[36 << 1, 1], false), None);
    }

    #[test]
    fn light_levels_stay_and_text_goes() {
        let light = [39 << 1, 1, 144, 4, 3, 0xE8, 1, 0x90, 0x80];
        assert_eq!(Family::Hevc.blanked(&light, false), None);
        let text = [39 << 1, 1, 5, 4, b'x', b'2', b'6', b'5', 0x80];
        assert_eq!(Family::Hevc.blanked(&text, false), Some(vec![78, 1, 3, 4, 255, 255, 255, 255, 128]));
        assert_eq!(Family::Hevc.blanked(&[2, 1, b'x'], false), None);
    }
}
