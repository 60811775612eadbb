//! The search for removed strings: does anything that was cut out of the original stand anywhere in the output?
//!
//! What an output holds beside its coded samples is a few kilobytes, and most of that is exempt by the list entry that
//! allows it (fixed words of a part, terms, numbers). The rest is indexed once by its windows of six bytes, as it is and
//! as what UTF-16, hexadecimal digits and zlib streams in it spell. Then the removed bytes are slid over the index, as
//! they are and as UTF-16 in both orders. The work grows with the removed bytes and not with the number of strings.

use super::Trouble;
use super::bytes::Bytes;
use std::collections::HashSet;
use std::ops::Range;

/// The shortest string that is searched for, in bytes.
pub(super) const SHORTEST: usize = 6;

/// The most bytes of an original that are looked through.
const MOST_REMOVED: u64 = 64 << 20;

/// The most bytes of an output that are indexed: far more than any kept part that is not exempt.
const MOST_INDEXED: usize = 4 << 20;

/// The most bytes that one zlib stream is inflated to.
const MOST_INFLATED: u64 = 1 << 20;

/// The most zlib streams that are tried.
const MOST_STREAMS: usize = 16;

const MASK: u64 = 0xffff_ffff_ffff;

/// What an output holds beside its samples and the words that its parts are allowed: to be searched.
#[derive(Debug, Default)]
pub(super) struct Haystack {
    windows: HashSet<u64>,
    bloom: Vec<u64>,
    indexed: usize,
    streams: usize,
}

impl Haystack {
    /// Adds a span of the output. Strings that cross from one span to the next are not strings of one part.
    pub(super) fn add(&mut self, span: &[u8]) -> Result<(), Trouble> {
        self.indexed = self.indexed.saturating_add(span.len());
        if self.indexed > MOST_INDEXED {
            return Err(Trouble::TooLarge("more bytes beside the picture than can be searched"));
        }
        self.index(span);
        for text in utf16(span) {
            self.index(&text);
        }
        for text in hexadecimal(span) {
            self.index(&text);
        }
        for start in memchr::memchr_iter(0x78, span) {
            let is_zlib = matches!(span.get(start + 1), Some(0x01 | 0x5e | 0x9c | 0xda));
            if is_zlib && self.streams < MOST_STREAMS {
                self.streams += 1;
                self.index(&inflate(&span[start..], MOST_INFLATED).0);
            }
        }
        Ok(())
    }

    /// Whether there is nothing to search in.
    pub(super) fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    fn index(&mut self, bytes: &[u8]) {
        if self.bloom.is_empty() {
            self.bloom = vec![0; 4096];
        }
        let mut roll = Roll::default();
        for byte in bytes {
            if let Some(window) = roll.push(*byte) {
                self.windows.insert(window);
                let bit = hash(window);
                self.bloom[bit / 64] |= 1 << (bit % 64);
            }
        }
    }

    fn has(&self, window: u64) -> bool {
        let bit = hash(window);
        self.bloom.get(bit / 64).is_some_and(|w| w >> (bit % 64) & 1 == 1) && self.windows.contains(&window)
    }

    /// Where in `removed` a string begins that stands in the output.
    pub(super) fn probe(&self, removed: &[u8]) -> Option<usize> {
        if self.is_empty() {
            return None;
        }
        let mut search = Search::default();
        removed.iter().position(|byte| search.push(*byte, self)).map(|i| (i + 1).saturating_sub(SHORTEST))
    }

    /// The first place among the removed ranges of the original whose string stands in the output.
    pub(super) fn survivor(&self, original: &mut Bytes<'_>, removed: &[Range<u64>]) -> Result<Option<u64>, Trouble> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut left = MOST_REMOVED;
        for range in removed {
            let end = range.end.min(range.start.saturating_add(left));
            left -= end.saturating_sub(range.start);
            let (mut search, mut at, mut found) = (Search::default(), range.start, None);
            original.each(range.start..end, |part| {
                if found.is_none() {
                    found = part.iter().position(|byte| search.push(*byte, self)).map(|i| at + i as u64);
                    at += part.len() as u64;
                }
                Ok(())
            })?;
            if let Some(end) = found {
                return Ok(Some((end + 1).saturating_sub(SHORTEST as u64)));
            }
        }
        Ok(None)
    }
}

fn hash(window: u64) -> usize {
    (window.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 46) as usize
}

/// The last six bytes of a text.
#[derive(Debug, Default, Clone, Copy)]
struct Roll {
    window: u64,
    length: usize,
}

impl Roll {
    /// The window of six bytes that ends with `byte`, when all of them are text and tell something.
    #[inline]
    fn push(&mut self, byte: u8) -> Option<u64> {
        if !(0x20..0x7f).contains(&byte) && byte < 0x80 {
            self.length = 0;
            return None;
        }
        self.window = (self.window << 8 | u64::from(byte)) & MASK;
        self.length += 1;
        (self.length >= SHORTEST && tells(self.window)).then_some(self.window)
    }
}

/// Whether six bytes have at least three different ones among them: rows of dots or spaces name nobody.
fn tells(window: u64) -> bool {
    let bytes = window.to_be_bytes();
    let first = bytes[2];
    let Some(second) = bytes[3..].iter().find(|b| **b != first) else { return false };
    bytes[3..].iter().any(|b| *b != first && b != second)
}

/// Removed bytes as they go by: as they are, and as UTF-16 in both orders at both parities.
#[derive(Debug, Default)]
struct Search {
    plain: Roll,
    little: [Roll; 2],
    big: [Roll; 2],
    last: u8,
    parity: usize,
}

impl Search {
    #[inline]
    fn push(&mut self, byte: u8, hay: &Haystack) -> bool {
        let mut hit = self.plain.push(byte).is_some_and(|w| hay.has(w));
        let parity = self.parity;
        if byte == 0 {
            hit |= self.little[parity].push(self.last).is_some_and(|w| hay.has(w));
        } else {
            self.little[parity].length = 0;
        }
        if self.last == 0 {
            hit |= self.big[parity].push(byte).is_some_and(|w| hay.has(w));
        } else {
            self.big[parity].length = 0;
        }
        self.last = byte;
        self.parity ^= 1;
        hit
    }
}

/// The texts that `span` spells in UTF-16 of either order at either parity.
fn utf16(span: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for parity in 0..2 {
        for little in [true, false] {
            let mut text = Vec::new();
            for pair in span.get(parity..).unwrap_or_default().chunks_exact(2) {
                let (low, high) = if little { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
                text.push(if high == 0 { low } else { 0 });
            }
            if text.iter().any(|b| *b != 0) {
                out.push(text);
            }
        }
    }
    out
}

/// The bytes that rows of hexadecimal digits in `span` spell, at either parity.
fn hexadecimal(span: &[u8]) -> Vec<Vec<u8>> {
    let digit = |b: &u8| (*b as char).to_digit(16).map(|d| d as u8);
    let mut out = Vec::new();
    for row in span.split(|b| !b.is_ascii_hexdigit()).filter(|row| row.len() >= 2 * SHORTEST) {
        for parity in 0..2 {
            let pairs = row.get(parity..).unwrap_or_default().chunks_exact(2);
            out.push(pairs.filter_map(|p| Some(digit(&p[0])? << 4 | digit(&p[1])?)).collect());
        }
    }
    out
}

/// What a zlib stream at the start of `bytes` inflates to, at most `cap` bytes, and how many bytes it took when it ended.
pub(super) fn inflate(bytes: &[u8], cap: u64) -> (Vec<u8>, Option<usize>) {
    use flate2::{Decompress, FlushDecompress, Status};
    let mut stream = Decompress::new(true);
    let mut out = Vec::new();
    let mut buffer = [0u8; 16 * 1024];
    loop {
        let (read, written) = (stream.total_in() as usize, stream.total_out());
        let result = stream.decompress(bytes.get(read..).unwrap_or_default(), &mut buffer, FlushDecompress::None);
        let made = (stream.total_out() - written) as usize;
        out.extend_from_slice(&buffer[..made]);
        match result {
            Ok(Status::StreamEnd) => return (out, Some(stream.total_in() as usize)),
            Ok(_) if (out.len() as u64) < cap && (made > 0 || stream.total_in() as usize > read) => {}
            _ => return (out, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(text).unwrap();
        out.finish().unwrap()
    }

    fn wide(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
    }

    fn found(output: &[u8], removed: &[u8]) -> bool {
        let mut hay = Haystack::default();
        hay.add(output).unwrap();
        let all = removed.to_vec();
        let ranges = Vec::from_iter(Some(0..removed.len() as u64));
        let streamed = hay.survivor(&mut Bytes::new(&all), &ranges).unwrap();
        assert_eq!(streamed.is_some(), hay.probe(removed).is_some());
        streamed.is_some()
    }

    #[test]
    fn a_removed_string_is_found_in_every_disguise() {
        let removed = b"\0\0Hoeflich^Canary\0";
        let hex: String = b"Canary".iter().map(|b| format!("{b:02x}")).collect();
        let disguises = [
            b"xx Canary".to_vec(),
            wide("Canary", true),
            [&[0][..], &wide("Canary", true)].concat(),
            wide("Canary", false),
            hex.clone().into_bytes(),
            format!("a{}", hex.to_uppercase()).into_bytes(),
            [b"name\0\0".to_vec(), zlib(b"of Canary.")].concat(),
        ];
        let mut tried = 0;
        for disguise in &disguises {
            assert!(found(disguise, removed), "{tried}");
            tried += 1;
        }
        assert_eq!(tried, 7);
        for other in [&b"xx Canbry"[..], b"Canar", b"", &[0; 64]] {
            assert!(!found(other, removed));
        }
    }

    #[test]
    fn a_removed_string_in_utf_16_is_found_in_ascii() {
        for little in [true, false] {
            assert!(found(b"Canary", &wide("Canary", little)));
            assert!(found(b"Canary", &[&[1][..], &wide("Canary", little)].concat()));
            assert!(!found(b"Canbry", &wide("Canary", little)));
        }
    }

    #[test]
    fn rows_of_one_or_two_letters_name_nobody() {
        assert!(!found(b"......------", b"......------"));
        assert!(found(b"....ab", b"....ab"));
    }
}
