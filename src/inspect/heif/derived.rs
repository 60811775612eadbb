//! Pictures made of others: how many bytes their content has.
//!
//! ISO/IEC 23008-12 section 6.6.2 (iden, iovl, grid); ISO 21496-1 Annex C (tmap).

use super::property::wordy;
use crate::inspect::boxes::Numbers;

/// How many bytes the content of a derived picture has by its grammar, with so many parts; none where it is not of it.
pub(super) fn derivation(kind: &[u8; 4], content: &[u8], parts: usize) -> Option<usize> {
    let flags = content.get(1).copied().unwrap_or(0);
    let length = match kind {
        // Version, flags, rows and columns less one, width and height of two or four bytes.
        b"grid" => {
            let cells = (usize::from(*content.get(2)?) + 1) * (usize::from(*content.get(3)?) + 1);
            (content[0] == 0 && flags < 2 && cells == parts).then_some(8 + 4 * usize::from(flags))?
        }
        // Version, flags, four samples of fill, width, height, and two offsets for each part.
        b"iovl" => {
            let field = if flags == 1 { 4 } else { 2 };
            (content.first() == Some(&0) && flags < 2).then_some(10 + 2 * field * (1 + parts))?
        }
        b"iden" => 0,
        b"tmap" => tone_map(content)?,
        _ => return None,
    };
    content.get(..length).is_some_and(|numbers| !wordy(numbers, 8)).then_some(length)
}

/// Version, the versions of reader and writer, flags, two headrooms, and five fractions for one or three channels; where
/// a flag says so, all fractions have one denominator, which comes first.
fn tone_map(content: &[u8]) -> Option<usize> {
    let mut numbers = Numbers::new(content);
    let (version, least, _) = (numbers.number(1), numbers.number(2), numbers.number(2));
    let flags = numbers.number(1);
    let channels = if flags & 0x80 != 0 { 3 } else { 1 };
    let length = if flags & 8 != 0 { 6 + 4 + 8 + 20 * channels } else { 6 + 16 + 40 * channels };
    (version == 0 && least == 0 && flags & 0x33 == 0).then_some(length)
}
