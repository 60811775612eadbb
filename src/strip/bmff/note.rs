//! NAL units that are no picture: notes of the encoder and of devices become an empty message of the same length; what
//! decoding and display need stays.
//!
//! ITU-T H.264, 7.3.1, 7.4.1 and annex D; ITU-T H.265, 7.3.1.2, 7.4.2.2 and annex D.

use crate::cut::Source;
use crate::strip::heif::nal::Family;
use crate::strip::heif::rule;
use std::io;
use std::ops::Range;

/// What a note begins with once it is blanked; zeros follow.
pub(in crate::strip) type Blank = Vec<u8>;

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::strip) enum Kind {
    /// Coded pictures.
    Picture,
    /// What decoding needs.
    Need,
    /// SEI: messages, each on a keep-list.
    Message,
    /// Filler data.
    Filler,
    /// A picture in parts (data partitions), which hardly any player joins: neither shown nor said to be empty.
    Parted,
    /// Anything else: types that nobody specified, a maker's own layers, and what players of one view do not show: layers
    /// beside the first, auxiliary pictures, second eyes and their settings.
    Other,
}

/// What a unit of this length is by its header.
pub(in crate::strip) fn kind(family: Family, head: [u8; 2], size: u64) -> Kind {
    match family {
        Family::Hevc => match head[0] >> 1 & 63 {
            // One bit that is nought, six of type, six of layer.
            _ if head[0] & 0x81 != 0 || head[1] >> 3 != 0 || size < 2 => Kind::Other,
            0..=9 | 16..=21 => Kind::Picture,
            32..=34 => Kind::Need,
            35 if size <= 3 => Kind::Need,
            36 | 37 if size <= 2 => Kind::Need,
            38 => Kind::Filler,
            39 | 40 => Kind::Message,
            _ => Kind::Other,
        },
        Family::Avc => match head[0] & 31 {
            _ if head[0] & 0x80 != 0 => Kind::Other,
            1 | 5 => Kind::Picture,
            2..=4 => Kind::Parted,
            7 | 8 => Kind::Need,
            // Three bytes of numbers before a picture, and a few bits.
            14 if size <= 5 => Kind::Need,
            9 if size <= 2 => Kind::Need,
            10 | 11 if size <= 1 => Kind::Need,
            12 => Kind::Filler,
            6 => Kind::Message,
            _ => Kind::Other,
        },
    }
}

/// The header of a unit that says nothing: SEI before the picture, filler data behind it.
fn head(family: Family, behind: bool) -> &'static [u8] {
    match (family, behind) {
        (Family::Hevc, false) => &[39 << 1, 1],
        (Family::Hevc, true) => &[38 << 1, 1],
        (Family::Avc, false) => &[6],
        (Family::Avc, true) => &[12],
    }
}

/// How a unit of this length begins that says nothing: a filler message of no length, or filler data of none.
pub(in crate::strip) fn empty(family: Family, length: usize, behind: bool) -> Blank {
    let mut unit = head(family, behind).to_vec();
    match length.saturating_sub(unit.len()) {
        0 => {}
        1 | 2 => unit.push(0x80),
        _ if behind => unit.push(0x80),
        _ => unit.extend([3, 0, 0x80]),
    }
    unit.truncate(length);
    unit
}

/// Whether a unit begins so already, with nothing but zeros behind.
pub(super) fn is_empty(source: &dyn Source, range: Range<u64>, blank: &[u8]) -> io::Result<bool> {
    let mut first = vec![0; blank.len()];
    source.read_exact_at(range.start, &mut first)?;
    Ok(first == blank && super::sheet::is_blank(source, range.start + blank.len() as u64..range.end)?)
}

/// A unit without its notes, or none where it may stay as it is. Zeros follow what is returned.
pub(in crate::strip) fn blanked(family: Family, kind: Kind, unit: &[u8], behind: bool) -> Option<Blank> {
    let before = head(family, false).len().min(unit.len());
    let new = match kind {
        Kind::Filler => {
            let body = &unit[before..];
            let end = body.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
            let full =
                body[..end].split_last().is_none_or(|(last, rest)| *last == 0x80 && rest.iter().all(|b| *b == 0xFF));
            if full {
                return None;
            }
            // A filler stands behind pictures alone.
            empty(family, unit.len(), behind)
        }
        _ => {
            let (kept, all) = messages(family, &unit[before..]);
            if all {
                return None;
            }
            let mut new = unit[..before].to_vec();
            if kept.is_empty() {
                let suffix = family == Family::Hevc && unit.first().is_some_and(|first| first >> 1 & 63 == 40);
                new = empty(family, unit.len(), false);
                if let (true, Some(first)) = (suffix, new.first_mut()) {
                    *first = 40 << 1;
                }
            } else {
                new.extend(escaped(&[&kept[..], &[0x80]].concat()));
            }
            new
        }
    };
    let same = unit.starts_with(&new) && unit[new.len().min(unit.len())..].iter().all(|b| *b == 0);
    (!same && new.len() <= unit.len()).then_some(new)
}

/// The messages that stay, raw, and whether that is all of them.
fn messages(family: Family, body: &[u8]) -> (Vec<u8>, bool) {
    let raw = raw(body);
    let end = raw.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
    let (mut rest, mut kept, mut all) = (&raw[..end], Vec::new(), true);
    while rest.len() > 1 {
        let start = rest;
        let (Some(kind), Some(size)) = (varying(&mut rest), varying(&mut rest)) else { return (kept, false) };
        let Some((message, behind)) = rest.split_at_checked(size) else { return (kept, false) };
        rest = behind;
        if stays(family, kind, message) {
            kept.extend_from_slice(&start[..start.len() - rest.len()]);
        } else {
            all = false;
        }
    }
    (kept, all && rest == [0x80])
}

/// Whether a message may stay: what decoders use to show pictures in time and in their colours. User data, captions,
/// timecodes and everything that a maker registered go.
fn stays(family: Family, kind: usize, message: &[u8]) -> bool {
    let small = |most: usize| message.len() <= most && !rule::tells(message);
    match (family, kind) {
        // Buffering period.
        (_, 0) => small(64),
        // Picture timing: of H.264 only as long as no time of day fits into it.
        (Family::Avc, 1) => message.len() <= 5,
        (Family::Hevc, 1) => small(64),
        (_, 3) => message.iter().all(|b| *b == 0xFF),
        // Recovery point.
        (_, 6) => message.len() <= 5,
        // Frame packing, display orientation.
        (_, 45 | 47) => small(16),
        // Active parameter sets, decoding unit information. A hash of the decoded picture (132) could be any bytes, and goes.
        (Family::Hevc, 129 | 130) => small(16),
        (_, 137) => message.len() == 24 && rule::mastering(message),
        (_, 144) => rule::light(message),
        (_, 147) => message.len() == 1,
        (_, 148) => message.len() == 8 && rule::plain(message),
        (Family::Hevc, 165) => matches!(message.len(), 3..=5) && rule::plain(message),
        _ => false,
    }
}

/// The bytes of a unit without what keeps them from looking like a start code (7.4.1.1).
fn raw(body: &[u8]) -> Vec<u8> {
    let mut raw = Vec::with_capacity(body.len());
    let mut zeros = 0;
    for byte in body {
        if *byte == 3 && zeros >= 2 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        raw.push(*byte);
    }
    raw
}

fn escaped(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + 4);
    let mut zeros = 0;
    for byte in raw {
        if *byte <= 3 && zeros >= 2 {
            out.push(3);
            zeros = 0;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        out.push(*byte);
    }
    out
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

#[cfg(test)]
mod tests {
    use super::*;

    fn laid(family: Family, unit: &[u8], behind: bool) -> Option<Vec<u8>> {
        let kind = kind(family, [unit[0], unit.get(1).copied().unwrap_or(0)], unit.len() as u64);
        let mut new = match kind {
            Kind::Picture | Kind::Need | Kind::Parted => return None,
            Kind::Other => Some(empty(family, unit.len(), behind)).filter(|new| !unit.starts_with(new)),
            kind => blanked(family, kind, unit, behind),
        }?;
        new.resize(unit.len(), 0);
        Some(new)
    }

    #[test]
    fn a_note_of_every_length_is_blanked_once_and_for_all() {
        let mut tried = 0;
        for family in [Family::Hevc, Family::Avc] {
            for length in 1..600 {
                for behind in [false, true] {
                    let mut unit = vec![b'A'; length];
                    unit[0] = if family == Family::Hevc { 39 << 1 } else { 6 };
                    let new = laid(family, &unit, behind).unwrap_or_else(|| unit.clone());
                    assert!(new.iter().all(|b| *b != b'A'), "{length}");
                    assert_eq!(laid(family, &new, behind), None, "{length}");
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, 2 * 599 * 2);
    }

    #[test]
    fn what_players_of_one_view_do_not_show_is_no_picture() {
        let cases: [(Family, [u8; 2], u64, Kind); 17] = [
            (Family::Avc, [0x65, 0], 90, Kind::Picture),
            (Family::Avc, [0x41, 0], 90, Kind::Picture),
            (Family::Avc, [0x42, 0], 90, Kind::Parted),
            (Family::Avc, [0x44, 0], 90, Kind::Parted),
            (Family::Avc, [0x6D, 0], 9, Kind::Other),
            (Family::Avc, [0x6E, 0], 5, Kind::Need),
            (Family::Avc, [0x6E, 0], 6, Kind::Other),
            (Family::Avc, [0x6F, 0], 9, Kind::Other),
            (Family::Avc, [0x13, 0], 90, Kind::Other),
            (Family::Avc, [0x74, 0], 90, Kind::Other),
            (Family::Avc, [0x75, 0], 90, Kind::Other),
            (Family::Hevc, [2, 1], 90, Kind::Picture),
            (Family::Hevc, [2, 0x29], 90, Kind::Other),
            (Family::Hevc, [3, 1], 90, Kind::Other),
            (Family::Hevc, [64, 1], 90, Kind::Need),
            (Family::Hevc, [64, 9], 90, Kind::Other),
            (Family::Hevc, [78, 9], 90, Kind::Other),
        ];
        let mut tried = 0;
        for (family, head, size, expected) in cases {
            assert_eq!(kind(family, head, size), expected, "{family:?} {head:?}");
            tried += 1;
        }
        assert_eq!(tried, 17);
    }

    #[test]
    fn what_display_needs_stays_beside_a_note_that_goes() {
        let recovery = [6, 1, 0x84];
        let words = [&[5, 20][..], &[0xAB; 16], b"x264"].concat();
        let unit = [&[6][..], &recovery, &words, &[0x80]].concat();
        let mut expected = [&[6][..], &recovery, &[0x80]].concat();
        expected.resize(unit.len(), 0);
        assert_eq!(laid(Family::Avc, &unit, false), Some(expected.clone()));
        assert_eq!(laid(Family::Avc, &expected, false), None);
        let hidden = [&[6][..], &recovery, &[0x80, 0, b'C']].concat();
        assert!(laid(Family::Avc, &hidden, false).is_some());
        let long = [&[6, 1, 8][..], &[7; 8], &[0x80]].concat();
        assert!(laid(Family::Avc, &long, false).is_some());
        let layer = [&[62 << 1, 1][..], b"maker"].concat();
        assert!(laid(Family::Hevc, &layer, true).is_some());
        let hash = [&[80, 1, 132, 17, 0][..], b"HoeflichMirabel1", &[0x80]].concat();
        let mut expected = [&[80, 1, 3, 0, 0x80][..]].concat();
        expected.resize(hash.len(), 0);
        assert_eq!(laid(Family::Hevc, &hash, true), Some(expected));
    }
}
