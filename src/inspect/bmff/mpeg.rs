//! MPEG video between start codes: pictures are the original's, headers are no longer than their own numbers say, and nobody
//! says anything between them.
//!
//! ISO/IEC 13818-2, 6.2 and table 6-1; ISO/IEC 14496-2, 6.2 and table 6-3.

use super::sample::{Samples, place};
use super::unit::wordy;
use crate::inspect::boxes::is_zero;
use crate::inspect::{Left, Trouble};
use std::ops::Range;

/// What may stand behind a start code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// A picture, of any length.
    Coded,
    /// A header of at most so many bytes.
    Header(u64),
    /// User data.
    Spoken,
    /// Nothing: it is on no list.
    Nowhere,
}

/// What may stand behind a code of MPEG-4 Part 2 (`four`) or of MPEG-1 and MPEG-2, which begins so.
fn stands(four: bool, code: u8, body: &[u8]) -> Stands {
    let first = |at: usize| body.get(at).copied().unwrap_or(0);
    match (four, code) {
        (_, 0xB2) => Stands::Spoken,
        (true, 0xB6) | (false, 0x01..=0xAF) => Stands::Coded,
        (true, 0x00..=0x1F | 0xB1) | (false, 0xB7) => Stands::Header(0),
        (true, 0x20..=0x2F) if !wordy(body) => Stands::Header(160),
        (true, 0xB0) => Stands::Header(1),
        (true, 0xB3) => Stands::Header(3),
        (true, 0xB5) => Stands::Header(6),
        (false, 0x00) => Stands::Header(5),
        (false, 0xB3) => {
            let inner = first(7) & 2 != 0;
            let outer = if inner { first(71) & 1 } else { first(7) & 1 };
            Stands::Header(8 + u64::from(inner) * 64 + u64::from(outer) * 64)
        }
        (false, 0xB8) => Stands::Header(4),
        (false, 0xB5) => match first(0) >> 4 {
            1 => Stands::Header(6),
            2 => Stands::Header(if first(0) & 1 == 1 { 8 } else { 5 }),
            3 => {
                // Each of four flags may have a table behind it, so that the next stands 64 bytes further on.
                let count = (0..4_u32).fold(0, |count, n| count + u64::from(first(count as usize * 64) >> (3 - n) & 1));
                Stands::Header(1 + count * 64)
            }
            7 if !wordy(body.get(..14).unwrap_or(body)) => Stands::Header(14),
            8 => Stands::Header(if first(4) & 0x40 != 0 { 7 } else { 5 }),
            _ => Stands::Nowhere,
        },
        _ => Stands::Nowhere,
    }
}

impl Samples<'_> {
    /// A sample of MPEG: user data must be fill bytes, or the version of XviD or DivX that decoding depends on; the clocks of
    /// groups of pictures must stand at nought; all else is listed and the original's.
    pub(super) fn start_codes(&mut self, range: Range<u64>, four: bool, left: &mut Left) -> Result<(), Trouble> {
        let (mut from, mut at, mut open) = (range.start, range.start, None);
        loop {
            let next = self.code(at, &range)?;
            let end = next.map_or(range.end, |code| code - 3);
            match open {
                Some(code) => from = self.coded(four, code, code + 1..end, from, left)?,
                None => self.before(range.start..end, four && next.is_none(), left)?,
            }
            let Some(code) = next else { break };
            (at, open) = (code + 1, next);
        }
        self.same(from..range.end)
    }

    /// Where the next code stands: the byte behind nought, nought, one.
    fn code(&mut self, from: u64, range: &Range<u64>) -> Result<Option<u64>, Trouble> {
        let mut at = from;
        while let Some(one) = self.output.find(1, at, range.end)? {
            at = one + 1;
            if one >= from.max(range.start) + 2 && at < range.end && self.output.get(one - 2, 2)? == Some(&[0, 0]) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Before the first code stands nothing, but where one byte is a whole sample, or a short header begins one.
    fn before(&mut self, range: Range<u64>, whole: bool, left: &mut Left) -> Result<(), Trouble> {
        if range.end - range.start < 2 || is_zero(&mut self.output, range.clone())? {
            return Ok(());
        }
        let head = self.output.copy(range.clone(), 3)?;
        if !whole || head.len() < 3 || head[..2] != [0, 0] || head[2] >> 2 != 0x20 {
            left.note("bytes before a coded picture", place("sample", &range));
        }
        Ok(())
    }

    /// A code and what stands behind it; says from where on bytes are yet to be compared.
    fn coded(&mut self, four: bool, code: u64, body: Range<u64>, from: u64, left: &mut Left) -> Result<u64, Trouble> {
        let kind = self.output.get(code, 1)?.map_or(0, |code| code[0]);
        if stands(four, kind, &[]) == Stands::Coded {
            return Ok(from);
        }
        let head = self.output.copy(body.clone(), 257)?;
        match stands(four, kind, &head) {
            Stands::Coded => Ok(from),
            Stands::Header(length) => {
                let end = body.end.min(body.start + length);
                let clock = !four && kind == 0xB8;
                if clock && (head.get(..3) != Some(&[0, 8, 0]) || head.get(3).is_none_or(|flags| flags & 0x9F != 0)) {
                    left.note("time in a coded picture", place("sample", &body));
                }
                if !is_zero(&mut self.output, end..body.end)? {
                    left.note("bytes behind a header in a coded picture", place("sample", &(end..body.end)));
                }
                self.same(from..if clock { body.start } else { end })?;
                Ok(body.end)
            }
            Stands::Spoken if body.end - body.start < 24 && super::sample::is_version(&head) => Ok(from),
            Stands::Spoken => {
                let was = self.original.copy(code..code + 1, 1)?;
                let lost = was
                    .first()
                    .is_some_and(|was| stands(four, *was, &[]) == Stands::Coded || *was == 0 || *was == 0xB3);
                if lost {
                    return Err(Trouble::SamplesChanged);
                }
                let mut filled = true;
                self.output.each(body.clone(), |part| {
                    filled &= part.iter().all(|b| *b == 0xFF);
                    Ok(())
                })?;
                if !filled {
                    left.note("user data in a coded picture", place("sample", &body));
                }
                self.same(from..code)?;
                Ok(body.end)
            }
            Stands::Nowhere => {
                left.note("part of a coded picture on no list", place("sample", &body));
                Ok(from)
            }
        }
    }
}

/// Whether headers say no more than decoding needs: no pictures, no words but a version that decoding depends on.
pub(in crate::inspect) fn is_quiet(four: bool, headers: &[u8]) -> bool {
    let codes: Vec<usize> = memchr::memmem::find_iter(headers, &[0, 0, 1]).collect();
    let zero = |bytes: &[u8]| bytes.iter().all(|b| *b == 0);
    let first = codes.first().copied().unwrap_or(headers.len());
    zero(&headers[..first])
        && codes.iter().enumerate().all(|(n, at)| {
            let end = codes.get(n + 1).copied().unwrap_or(headers.len());
            let (Some(code), Some(body)) = (headers.get(at + 3), headers.get(at + 4..end)) else { return false };
            match stands(four, *code, body) {
                Stands::Coded | Stands::Nowhere => false,
                Stands::Header(length) => body.get(length as usize..).is_none_or(zero),
                Stands::Spoken => body.iter().all(|b| *b == 0xFF) || super::sample::is_version(body),
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_quiet_where_nothing_stands_behind_their_numbers() {
        let sized = |last: u8, behind: usize| {
            [&[0, 0, 1, 0xB3, 4, 0, 0x30, 0x14, 0xFF, 0xFF, 0xE0, last][..], &vec![0x51; behind]].concat()
        };
        let cases: [(bool, Vec<u8>, bool); 14] = [
            (false, sized(0, 0), true),
            (false, sized(0, 1), false),
            (false, sized(1, 64), true),
            (false, sized(1, 65), false),
            (false, sized(2, 128), true),
            (false, sized(2, 129), false),
            (false, b"\0\0\x01\xB5@AB".to_vec(), false),
            (false, b"\0\0\x01\xB0A".to_vec(), false),
            (false, b"\0\0\x01\xB7A".to_vec(), false),
            (true, b"\0\0\x01\xB0\x01\0\0\x01\xB2XviD0069".to_vec(), true),
            (true, b"\0\0\x01\xB0\x01A".to_vec(), false),
            (true, b"\0\0\x01\xB6A".to_vec(), false),
            (true, b"A\0\0\x01\xB0\x01".to_vec(), false),
            (true, b"\0\0\x01\xB2\xFF\xFF".to_vec(), true),
        ];
        let mut tried = 0;
        for (four, headers, quiet) in cases {
            assert_eq!(is_quiet(four, &headers), quiet, "case {tried}");
            tried += 1;
        }
        assert_eq!(tried, 14);
    }

    #[test]
    fn a_sample_with_more_in_it_than_its_picture_is_seen() {
        let picture = b"\0\0\x01\x01\x90picture".to_vec();
        let cases: [(bool, &[u8], bool); 10] = [
            (false, b"", true),
            (false, b"\0\0\x01\xB0A", false),
            (false, b"\0\0\x01\xB7\0\0", true),
            (false, b"\0\0\x01\xB7A", false),
            (false, b"\0\0\x01\xB5@A", false),
            (false, b"\0\0\x01\xB2\xFF\xFF", true),
            (false, b"\0\0\x01\xB2A", false),
            (true, b"\0\0\x01\xC4A", false),
            (true, b"\0\0\x01\xB1A", false),
            (true, b"\0\0\x01\xB3\0\x10\x07", true),
        ];
        let mut tried = 0;
        for (four, more, quiet) in cases {
            let picture = if four { b"\0\0\x01\xB6\x90picture".to_vec() } else { picture.clone() };
            let bytes = [&picture[..], more].concat();
            let mut left = Left::default();
            let mut samples = Samples::new(&bytes, &bytes);
            samples.start_codes(0..bytes.len() as u64, four, &mut left).expect("a sample");
            assert_eq!(left.none().is_ok(), quiet, "case {tried}");
            tried += 1;
        }
        assert_eq!(tried, 10);
    }
}
