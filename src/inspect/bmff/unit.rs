//! NAL units: which of them are pictures, and that none of the others says anything.
//!
//! ITU-T H.264, table 7-1 and annex D; ITU-T H.265, table 7-1 and annex D.

/// What a unit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::inspect) enum Use {
    /// A picture, or what decodes it: must be the original's.
    Coded,
    /// Messages or filler, to be looked into.
    Spoken,
    /// On no list.
    Foreign,
}

/// What a unit is for, by its first two bytes and its length.
pub(in crate::inspect) fn of(hevc: bool, head: [u8; 2], length: u64) -> Use {
    if head[0] & 0x80 != 0 {
        return Use::Foreign;
    }
    if hevc {
        return match (head[0] >> 1, length) {
            (_, 0 | 1) => Use::Foreign,
            // Of the layers the first alone is shown.
            _ if head[0] & 1 == 1 || head[1] > 7 => Use::Foreign,
            (0..=9 | 16..=21 | 32..=34, _) | (35, 2 | 3) | (36 | 37, 2) => Use::Coded,
            (38..=40, _) => Use::Spoken,
            _ => Use::Foreign,
        };
    }
    match (head[0] & 31, length) {
        (1 | 5 | 7 | 8, _) | (14, 1..=5) | (9, 1 | 2) | (10 | 11, 1) => Use::Coded,
        (6 | 12, _) => Use::Spoken,
        _ => Use::Foreign,
    }
}

/// Whether messages or filler say nothing about anybody.
pub(in crate::inspect) fn is_quiet(hevc: bool, unit: &[u8]) -> bool {
    let head = if hevc { 2 } else { 1 };
    let Some(body) = unit.get(head..) else { return true };
    let filler = if hevc { unit[0] >> 1 == 38 } else { unit[0] & 31 == 12 };
    let end = body.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
    let body = &body[..end];
    if filler {
        return body.iter().rev().skip(1).all(|b| *b == 0xFF) && body.last().is_none_or(|b| matches!(*b, 0x80 | 0xFF));
    }
    let (mut plain, mut zeros) = (Vec::with_capacity(body.len()), 0);
    for byte in body {
        if zeros > 1 && *byte == 3 {
            zeros = 0;
        } else {
            zeros = if *byte == 0 { zeros + 1 } else { 0 };
            plain.push(*byte);
        }
    }
    let mut at = 0;
    let number = |at: &mut usize| {
        let mut sum = 0_usize;
        loop {
            let byte = *plain.get(*at)?;
            *at += 1;
            sum += usize::from(byte);
            if byte < 255 {
                return Some(sum);
            }
        }
    };
    while at + 1 < plain.len() {
        let (Some(kind), Some(length)) = (number(&mut at), number(&mut at)) else { return false };
        let Some(message) = plain.get(at..at + length) else { return false };
        at += length;
        let most = match (kind, hevc) {
            (0, _) | (1, true) => 64,
            (1 | 6, _) => 5,
            (3, _) if message.iter().all(|b| *b == 0xFF) => usize::MAX,
            (45 | 47, _) | (129 | 130, true) => 16,
            (137, _) => 24,
            (144, _) => 4,
            (147, _) => 1,
            (148, _) => 8,
            (165, true) => 5,
            _ => return false,
        };
        if length > most || wordy(message) {
            return false;
        }
    }
    plain.get(at..).is_none_or(|rest| rest.is_empty() || rest == [0x80])
}

/// Whether eight letters and figures follow one another.
pub(in crate::inspect) fn wordy(bytes: &[u8]) -> bool {
    bytes.windows(8).any(|row| row.iter().all(u8::is_ascii_alphanumeric) && row.iter().any(|b| *b != row[0]))
}

/// Whether four characters of two bytes each follow one another.
pub(in crate::inspect) fn is_wide(bytes: &[u8]) -> bool {
    bytes.windows(8).any(|row| {
        let text = |n: usize| row[n] == 0 && row[n ^ 1].is_ascii_graphic();
        let differ = [0, 2, 4].iter().any(|n| row[*n..n + 2] != row[n + 2..n + 4]);
        differ && ((0..8).step_by(2).all(text) || (1..8).step_by(2).all(text))
    })
}

/// Whether a decoder configuration holds parameter sets and quiet messages alone.
pub(in crate::inspect) fn config(kind: &[u8; 4], content: &[u8]) -> bool {
    let hevc = kind == b"hvcC";
    units(hevc, content).is_some_and(|(units, end)| {
        let quiet = |unit: &&[u8]| {
            let head = [unit.first().copied().unwrap_or(0), unit.get(1).copied().unwrap_or(0)];
            match of(hevc, head, unit.len() as u64) {
                Use::Coded => !is_wide(unit),
                Use::Spoken => is_quiet(hevc, unit),
                Use::Foreign => unit.is_empty(),
            }
        };
        // What decodes pictures stands in the list of its own kind; pictures stand in none.
        let filed = |(list, unit): &Filed<'_>| {
            let kind = unit.first().map_or(0, |head| if hevc { head >> 1 } else { head & 31 });
            unit.is_empty()
                || kind == *list && (hevc || *list < 9)
                || matches!((hevc, kind), (true, 39 | 40) | (false, 6))
        };
        units.iter().all(filed)
            && units.iter().map(|(_, unit)| unit).all(quiet)
            && content[end..].iter().all(|b| *b == 0)
    })
}

/// Whether two configurations of one length have the same parameter sets in the same places.
pub(in crate::inspect) fn alike(hevc: bool, old: &[u8], new: &[u8]) -> bool {
    let (Some((before, _)), Some((after, _))) = (units(hevc, old), units(hevc, new)) else { return false };
    let coded = |unit: &[u8]| {
        let head = [unit.first().copied().unwrap_or(0), unit.get(1).copied().unwrap_or(0)];
        of(hevc, head, unit.len() as u64) == Use::Coded && (hevc || matches!(head[0] & 31, 7 | 8))
    };
    let pair = |((_, old), (_, new)): (&Filed<'_>, &Filed<'_>)| {
        old == new || old.len() == new.len() && !coded(old) && !coded(new)
    };
    let head = if hevc { 23 } else { 6 };
    old.len() == new.len()
        && old.get(..head) == new.get(..head)
        && before.len() == after.len()
        && before.iter().zip(&after).all(pair)
}

/// A unit, and the type that its list is for.
type Filed<'c> = (u8, &'c [u8]);

/// The units of a configuration, and where they end.
fn units(hevc: bool, content: &[u8]) -> Option<(Vec<Filed<'_>>, usize)> {
    let mut out = Vec::new();
    let mut take = |at: &mut usize, count: usize, list: u8| {
        for _ in 0..count {
            let length = usize::from(content.get(*at).copied()?) << 8 | usize::from(content.get(*at + 1).copied()?);
            out.push((list, content.get(*at + 2..*at + 2 + length)?));
            *at += 2 + length;
        }
        Some(())
    };
    let mut at;
    if hevc {
        at = 23;
        for _ in 0..*content.get(22)? {
            let list = content.get(at)? & 63;
            let count = usize::from(*content.get(at + 1)?) << 8 | usize::from(*content.get(at + 2)?);
            at += 3;
            take(&mut at, count, list)?;
        }
    } else {
        at = 6;
        take(&mut at, usize::from(content.get(5)? & 31), 7)?;
        let count = usize::from(*content.get(at)?);
        at += 1;
        take(&mut at, count, 8)?;
        if matches!(content.get(1)?, 100 | 110 | 122 | 144 | 244 | 44) && content.len() >= at + 4 {
            let count = usize::from(content[at + 3]);
            at += 4;
            take(&mut at, count, 13)?;
        }
    }
    Some((out, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_that_a_player_of_one_view_passes_over_are_on_no_list() {
        let cases: [(bool, [u8; 2], u64, Use); 14] = [
            (false, [0x65, 0], 90, Use::Coded),
            (false, [0x41, 0], 90, Use::Coded),
            (false, [0x42, 0], 90, Use::Foreign),
            (false, [0x6D, 0], 9, Use::Foreign),
            (false, [0x6E, 0], 5, Use::Coded),
            (false, [0x6E, 0], 6, Use::Foreign),
            (false, [0x6F, 0], 9, Use::Foreign),
            (false, [0x13, 0], 90, Use::Foreign),
            (false, [0x74, 0], 90, Use::Foreign),
            (false, [0x75, 0], 90, Use::Foreign),
            (true, [2, 1], 90, Use::Coded),
            (true, [2, 0x29], 90, Use::Foreign),
            (true, [3, 1], 90, Use::Foreign),
            (true, [78, 9], 90, Use::Foreign),
        ];
        let mut tried = 0;
        for (hevc, head, length, expected) in cases {
            assert_eq!(of(hevc, head, length), expected, "{hevc} {head:?}");
            tried += 1;
        }
        assert_eq!(tried, 14);
    }

    #[test]
    fn words_in_messages_are_not_quiet() {
        let cases: [(&[u8], bool); 6] = [
            (&[6, 3, 0, 0x80, 0, 0], true),
            (&[6, 5, 4, b'x', b'2', b'6', b'4', 0x80], false),
            (&[6, 6, 1, 0x84, 0x80], true),
            (&[12, 0xFF, 0xFF, 0x80], true),
            (&[12, b'A', 0x80], false),
            (&[6, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x80], false),
        ];
        let mut tried = 0;
        for (unit, quiet) in cases {
            assert_eq!(is_quiet(false, unit), quiet, "{unit:?}");
            tried += 1;
        }
        assert_eq!(tried, 6);
    }
}
