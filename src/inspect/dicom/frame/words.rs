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
/// Bytes further ahead, at the last end alone, and as many letters there.
const AHEAD: u64 = 4096;
const LINE: usize = 24;
/// So many of them are different.
const DIFFERENT: usize = 8;

/// Something written before an end of samples, which may be one of many.
pub(super) fn before(bytes: &mut Bytes<'_>, samples: Range<u64>, many: bool) -> Result<Option<Extra>, Trouble> {
    let reaches: &[(u64, usize)] = if many { &[(NEAR, MANY)] } else { &[(NEAR, FEW), (AHEAD, LINE)] };
    for (reach, least) in reaches {
        let range = samples.end.saturating_sub(*reach).max(samples.start)..samples.end;
        let content = bytes.copy(range.clone(), AHEAD as usize)?;
        if is_written(&content, *least) {
            let label = "writing among the samples of a compressed frame";
            return Ok(Some(Extra::new(Code::HiddenBytes, label, range, false)));
        }
    }
    Ok(None)
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
    }
}
