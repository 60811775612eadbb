//! The search for removed strings: does anything that was cut out of the original stand anywhere in the output?
//!
//! What an output holds beside its coded samples is a few kilobytes, and most of that is exempt by the list entry that
//! allows it (fixed words of a part, terms, numbers). The rest is indexed once by its windows of six bytes, as it is and
//! as what UTF-16, hexadecimal digits and zlib streams in it spell. Then the removed bytes are slid over the index in the
//! same four ways. The work grows with the removed bytes and not with the number of strings; where nothing in the output
//! could be a string, as in most pictures, there is none.
//!
//! RFC 1950, RFC 4648 section 8.

mod form;

pub(super) use form::inflate;

use super::Trouble;
use super::bytes::Bytes;
use form::{begins_stream, digit, hexadecimal, utf16};
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

/// The most zlib streams of an output, and of what was removed, that are inflated for more than their first bytes.
const MOST_STREAMS: usize = 64;

/// The most places in what was removed where a stream may seem to begin: one in two thousand bytes of noise does.
const MOST_BEGINNINGS: usize = 4096;

/// What a beginning is judged by, in bytes.
const BEGINNING: usize = 512;

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
        self.spell(span);
        for text in hexadecimal(span) {
            self.spell(&text);
        }
        let beginnings = span.windows(2).enumerate().filter(|(_, head)| begins_stream(head));
        for (start, _) in beginnings {
            if self.streams >= MOST_STREAMS {
                break;
            }
            let inflated = inflate(&span[start..], MOST_INFLATED).0;
            if inflated.len() >= SHORTEST {
                self.streams += 1;
                self.spell(&inflated);
                for text in hexadecimal(&inflated) {
                    self.spell(&text);
                }
            }
        }
        Ok(())
    }

    /// Indexes bytes as they are and as UTF-16.
    fn spell(&mut self, bytes: &[u8]) {
        self.index(bytes);
        for text in utf16(bytes) {
            self.index(&text);
        }
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
        let mut bytes = Bytes::over(removed);
        let streams = self.in_streams(&mut bytes, 0..removed.len() as u64, &mut 0).ok().flatten();
        self.slide(removed).or(streams.map(|at| at as usize))
    }

    /// Where in bytes in memory a string begins that stands in the output, streams among them left alone.
    fn slide(&self, removed: &[u8]) -> Option<usize> {
        let mut search = Search::default();
        removed.iter().position(|byte| search.push(*byte, self)).map(|i| (i + 1).saturating_sub(SHORTEST))
    }

    /// The first zlib stream in `range` that holds a string of the output.
    fn in_streams(
        &self,
        bytes: &mut Bytes<'_>,
        range: Range<u64>,
        streams: &mut usize,
    ) -> Result<Option<u64>, Trouble> {
        let (mut beginnings, mut at, mut last) = (Vec::new(), range.start, 0);
        bytes.each(range.clone(), |part| {
            for byte in part {
                if begins_stream(&[last, *byte]) && at > range.start && beginnings.len() < MOST_BEGINNINGS {
                    beginnings.push(at - 1);
                }
                (last, at) = (*byte, at + 1);
            }
            Ok(())
        })?;
        for start in beginnings {
            if *streams >= MOST_STREAMS {
                break;
            }
            let head = bytes.slice_at(start, BEGINNING)?;
            let (first, _) = inflate(&head[..head.len().min(BEGINNING)], BEGINNING as u64);
            if first.len() < SHORTEST {
                continue;
            }
            *streams += 1;
            let whole = bytes.copy(start..range.end, MOST_INFLATED as usize)?;
            if self.slide(&inflate(&whole, MOST_INFLATED).0).is_some() {
                return Ok(Some(start));
            }
        }
        Ok(None)
    }

    /// The first place among the removed ranges of the original whose string stands in the output.
    pub(super) fn survivor(&self, original: &mut Bytes<'_>, removed: &[Range<u64>]) -> Result<Option<u64>, Trouble> {
        if self.is_empty() {
            return Ok(None);
        }
        let (mut left, mut streams) = (MOST_REMOVED, 0);
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
            if let Some(start) = self.in_streams(original, range.start..end, &mut streams)? {
                return Ok(Some(start));
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

/// Removed bytes as they go by: as they are, as UTF-16 in both orders at both parities, and as what pairs of hexadecimal
/// digits spell, with line ends between them left out.
#[derive(Debug, Default)]
struct Search {
    plain: Roll,
    little: [Roll; 2],
    big: [Roll; 2],
    last: u8,
    parity: usize,
    hex: [Roll; 2],
    digit: u8,
    digits: usize,
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
        hit | self.push_digit(byte, hay)
    }

    #[inline]
    fn push_digit(&mut self, byte: u8, hay: &Haystack) -> bool {
        let Some(digit) = digit(byte) else {
            if !matches!(byte, b'\n' | b'\r') && self.digits > 0 {
                (self.hex, self.digits) = ([Roll::default(); 2], 0);
            }
            return false;
        };
        let spelt = self.digit << 4 | digit;
        (self.digit, self.digits) = (digit, self.digits + 1);
        self.digits > 1 && self.hex[self.digits % 2].push(spelt).is_some_and(|w| hay.has(w))
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
    fn every_form_of_a_removed_string_is_found_in_every_form_it_may_have_been_kept_in() {
        let name = "Hanna Hoeflich";
        let hex = |upper: bool| -> Vec<u8> {
            let digit = |b: u8| if upper { format!("{b:02X}") } else { format!("{b:02x}") };
            let digits: String = name.bytes().map(digit).collect();
            // Broken into lines, as ImageMagick writes its raw profiles.
            digits.as_bytes().chunks(10).collect::<Vec<_>>().join(&b'\n')
        };
        let small_window = {
            let mut out = flate2::Compress::new(flate2::Compression::best(), false);
            let mut bytes = Vec::with_capacity(256);
            out.compress_vec(name.as_bytes(), &mut bytes, flate2::FlushCompress::Finish).unwrap();
            let sum = name
                .bytes()
                .fold((1_u32, 0), |(a, b), c| ((a + u32::from(c)) % 65_521, (b + a + u32::from(c)) % 65_521));
            [&[0x58, 0x85][..], &bytes, &(sum.1 << 16 | sum.0).to_be_bytes()].concat()
        };
        let forms = [
            ("as it is", name.as_bytes().to_vec()),
            ("UTF-16, little end first", wide(name, true)),
            ("UTF-16, big end first", wide(name, false)),
            ("hexadecimal, small", hex(false)),
            ("hexadecimal, capital", hex(true)),
            ("zlib", zlib(name.as_bytes())),
            ("zlib with a small window", small_window),
            ("zlib of UTF-16", zlib(&wide(name, false))),
            ("zlib of hexadecimal", zlib(&hex(true))),
        ];
        let around = |bytes: &[u8]| [b"\0\x01-\0", bytes, b"\0\xff"].concat();
        let mut tried = 0;
        for (removed_form, removed) in &forms {
            for (kept_form, kept) in &forms {
                assert!(found(&around(kept), &around(removed)), "{removed_form} kept {kept_form}");
                assert!(!found(&around(kept), &around(b"Johan Soeblich")), "{kept_form}");
                tried += 1;
            }
        }
        assert_eq!(tried, 81);
    }

    #[test]
    fn noise_is_searched_in_time_and_gives_no_alarm() {
        let mut seed = 9_u32;
        let mut noise = |n: usize| -> Vec<u8> {
            (0..n)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 24) as u8
                })
                .collect()
        };
        let (kept, removed) = (noise(100_000), noise(4 << 20));
        let begun = std::time::Instant::now();
        assert!(!found(&kept, &removed));
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
        // Nothing to search in, nothing to do.
        assert!(!found(b"\0\0", &removed));
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
