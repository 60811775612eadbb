//! Writing where coded samples end: behind the last sample decoders read nothing until the next marker.

use super::Extra;
use crate::finding::Code;
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use std::ops::Range;

/// Bytes right before an end, and how many letters in a row are writing there, at an end of few and at one of many: chance
/// brings as many together once in 500,000 and once in 10^9 ends.
const NEAR: u64 = 64;
const FEW: usize = 13;
const MANY: usize = 20;
/// Bytes further ahead, at the last end alone.
const AHEAD: u64 = 4096;
/// So many of them are different.
const DIFFERENT: usize = 8;

/// Something written before an end of samples, which may be one of many.
pub(super) fn before(bytes: &mut Bytes<'_>, samples: Range<u64>, many: bool) -> Result<Option<Extra>, Trouble> {
    let reach = if many { NEAR } else { AHEAD };
    let range = samples.end.saturating_sub(reach).max(samples.start)..samples.end;
    let content = bytes.copy(range.clone(), AHEAD as usize)?;
    // Zeros and ones may follow what is written.
    let end = content.iter().rposition(|b| !matches!(b, 0 | 0xff)).map_or(0, |last| last + 1);
    let near = &content[end.saturating_sub(NEAR as usize)..end];
    let written = is_written(near, if many { MANY } else { FEW }) || is_written(&content, MANY) || is_dated(near);
    let label = "writing among the samples of a compressed frame";
    Ok(written.then(|| Extra::new(Code::HiddenBytes, label, range, false)))
}

/// Whether so many bytes of letters and digits of any script follow one another.
fn is_written(content: &[u8], least: usize) -> bool {
    let joins = |c: char| c.is_alphanumeric() || " ^-_,./:'".contains(c);
    content.utf8_chunks().flat_map(|chunk| chunk.valid().split(|c| !joins(c))).any(|word| {
        let mut different: Vec<u8> = word.bytes().collect();
        different.sort_unstable();
        different.dedup();
        word.len() >= least && different.len() >= DIFFERENT
    })
}

/// Whether as many digits follow one another as a date has, and not the same ones all along.
fn is_dated(content: &[u8]) -> bool {
    content.split(|b| !b.is_ascii_digit()).any(|number| {
        let different = (b'0'..=b'9').filter(|digit| number.contains(digit)).count();
        number.len() >= 8 && different >= 4
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_is_told_from_samples() {
        let mut tried = 0;
        for (text, least, expected) in [
            ("CANARY-Hoeflich", FEW, true),
            ("CANARY-Hoeflich-195", MANY, false),
            ("Иванов Пётр", FEW, true),
            ("DDDDDDDDDDDDDDDDDDDDDDDDDD", FEW, false),
            ("\u{1}Hoeflich\u{2}1957", FEW, false),
        ] {
            let content = [&[0x9c, 0xff, 0, 0x81][..], text.as_bytes(), &[0xe3]].concat();
            assert_eq!(is_written(&content, least), expected, "{text}");
            tried += 1;
        }
        assert_eq!(tried, 5);
        assert!(is_dated(b"\x9c19490312\xe3") && !is_dated(b"\x9c1949031\x002") && !is_dated(&[b'4'; 64]));
    }
}
