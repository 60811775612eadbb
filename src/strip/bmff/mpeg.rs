//! MPEG video between start codes: pictures, slices and the headers that decoding needs stay, each as long as it is by its
//! own numbers; user data and every other code become user data of fill bytes.
//!
//! ISO/IEC 13818-2, 6.2 and table 6-1 (MPEG-2; MPEG-1 has fewer of the same codes), 6.2.2.6 (clocks of groups);
//! ISO/IEC 14496-2, 6.2 and table 6-3, 6.2.5.2 (short headers).

use super::note::Blank;
use super::{refused, sheet};
use crate::cut::Source;
use crate::plan::Refusal;
use crate::strip::heif::rule::tells;
use std::ops::Range;

/// Bytes read at a time.
const WINDOW: u64 = 256 * 1024;
/// The longest user data of one picture.
const NOTE: u64 = 64 * 1024;
/// The longest header: an extension with four tables.
const HEADER: u64 = 257;
/// The longest header but for its tables.
const FIELDS: usize = 14;
/// The code of user data.
const USER: u8 = 0xB2;
/// What goes from one sample takes no more bytes of memory than this.
const MOST: usize = 32 << 20;

/// Whose start codes they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::strip) enum Mpeg {
    /// MPEG-1 and MPEG-2.
    Two,
    /// MPEG-4 Part 2.
    Four,
}

/// What becomes of what stands behind a start code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// A coded picture or a part of one.
    Picture,
    /// So many bytes of a header; behind them stand zeros.
    Header(usize),
    /// The clock of a group of pictures.
    Clock,
    /// Words of the encoder.
    User,
    /// On no list.
    Gone,
}

fn words() -> Refusal {
    refused("words stand among the settings of the coded film")
}

/// What becomes of a code, by the beginning of what stands behind it.
fn fate(mpeg: Mpeg, code: u8, body: &[u8]) -> Result<Fate, Refusal> {
    let bit = |at: usize| body.get(at / 8).is_some_and(|byte| byte & 0x80 >> (at % 8) != 0);
    let tables = |from: usize, count: usize| (0..count).fold(0, |sum, n| sum + usize::from(bit(from + sum * 512 + n)));
    Ok(match (mpeg, code) {
        (_, USER) => Fate::User,
        // Kind, number and vectors of a picture: at most 37 bits.
        (Mpeg::Two, 0) => Fate::Header(5),
        (Mpeg::Two, 0x01..=0xAF) => Fate::Picture,
        // Sizes and rates, 62 bits, then two tables that may be there.
        (Mpeg::Two, 0xB3) => Fate::Header(8 + 64 * tables(62, 2)),
        (Mpeg::Two, 0xB5) => match body.first().map_or(0, |first| first >> 4) {
            // Of the sequence, its display, tables, coding of the picture.
            1 => Fate::Header(6),
            2 => Fate::Header(if bit(7) { 8 } else { 5 }),
            3 => Fate::Header(1 + 64 * tables(4, 4)),
            // What part of the picture to show: up to three places.
            7 if !tells(body.get(..14).unwrap_or(body)) => Fate::Header(14),
            8 => Fate::Header(if bit(33) { 7 } else { 5 }),
            _ => Fate::Gone,
        },
        (Mpeg::Two, 0xB7) => Fate::Header(0),
        (Mpeg::Two, 0xB8) => Fate::Clock,
        (Mpeg::Four, 0x00..=0x1F | 0xB1) => Fate::Header(0),
        // The description of what is coded, with two tables.
        (Mpeg::Four, 0x20..=0x2F) if tells(body) => {
            return Err(words());
        }
        (Mpeg::Four, 0x20..=0x2F) => Fate::Header(160),
        (Mpeg::Four, 0xB0) => Fate::Header(1),
        (Mpeg::Four, 0xB3) => Fate::Header(3),
        (Mpeg::Four, 0xB5) => Fate::Header(6),
        (Mpeg::Four, 0xB6) => Fate::Picture,
        _ => Fate::Gone,
    })
}

/// What goes of a sample, each with what takes its place, of the same length.
///
/// # Errors
/// Where the sample begins in the middle of something, or words stand in a header.
pub(super) fn notes(source: &dyn Source, range: Range<u64>, mpeg: Mpeg) -> Result<Vec<(Range<u64>, Blank)>, Refusal> {
    let mut look = Look { source, mpeg, shown: true, out: Vec::new(), held: 0 };
    let first = look.walk(range.clone())?;
    // One byte stands for a picture that was shown with another; a short header begins as H.263 does.
    let mut head = [0; 3];
    let before = first - range.start;
    if before > 1 && !sheet::is_blank(source, range.start..first)? {
        source.read_exact_at(range.start, &mut head[..before.min(3) as usize])?;
        let short = mpeg == Mpeg::Four && first == range.end && head[..2] == [0, 0] && head[2] & 0xFC == 0x80;
        if !short {
            return Err(Refusal::truncated("the coded film is damaged or incomplete"));
        }
    }
    Ok(look.out)
}

/// Blanks what goes of bytes at hand, such as stand before the first picture.
///
/// # Errors
/// Where words stand in a header.
pub(in crate::strip) fn blank(bytes: &mut [u8], mpeg: Mpeg) -> Result<(), Refusal> {
    let source = bytes.to_vec();
    let mut look = Look { source: &source, mpeg, shown: false, out: Vec::new(), held: 0 };
    let first = look.walk(0..source.len() as u64)?;
    // Decoders look for the first code.
    bytes[..first as usize].fill(0);
    for (range, new) in look.out {
        bytes[range.start as usize..range.end as usize].copy_from_slice(&new);
    }
    Ok(())
}

/// Codes that are gone through.
struct Look<'s> {
    source: &'s dyn Source,
    mpeg: Mpeg,
    /// Whether pictures stand here, and not headers alone.
    shown: bool,
    out: Vec<(Range<u64>, Blank)>,
    /// How many bytes that takes.
    held: usize,
}

impl Look<'_> {
    /// Goes through the codes of a range; says where the first stands, or where the range ends.
    fn walk(&mut self, range: Range<u64>) -> Result<u64, Refusal> {
        let (mut first, mut open, mut at, mut window) = (None, None, range.start, Vec::new());
        while at + 3 < range.end {
            window.resize((range.end - at).min(WINDOW) as usize, 0);
            self.source.read_exact_at(at, &mut window)?;
            for found in memchr::memmem::find_iter(&window, &[0, 0, 1]) {
                let (code, place) = (window.get(found + 3), at + found as u64);
                // The last code of a window is seen again in the next, whole.
                let Some(code) = code else { break };
                // A code's own byte begins no other one.
                if open.is_some_and(|(_, start)| place < start) {
                    continue;
                }
                first.get_or_insert(place);
                if let Some((code, start)) = open.replace((*code, place + 4)) {
                    self.close(code, start..place)?;
                }
            }
            at += window.len().saturating_sub(3).max(1) as u64;
        }
        if let Some((code, start)) = open {
            self.close(code, start..range.end)?;
        }
        Ok(first.unwrap_or(range.end))
    }

    /// A code whose bytes have been found.
    fn close(&mut self, code: u8, range: Range<u64>) -> Result<(), Refusal> {
        // Slices, of which there are many, are not even looked at.
        if self.shown && fate(self.mpeg, code, &[])? == Fate::Picture {
            return Ok(());
        }
        let size = range.end - range.start;
        let body = self.source.read_range(range.start..range.end.min(range.start + HEADER), HEADER)?;
        match fate(self.mpeg, code, &body)? {
            Fate::User => {
                let note = self.read(range.clone())?;
                if note.iter().any(|b| *b != 0xFF) && !is_version(&note) {
                    self.put(range, vec![0xFF; note.len()])?;
                }
            }
            Fate::Picture | Fate::Gone => {
                self.read(range.clone())?;
                let mut new = vec![0xFF; size as usize + 1];
                new[0] = USER;
                self.put(range.start - 1..range.end, new)?;
            }
            Fate::Header(length) if tells(&body[..length.min(body.len()).min(FIELDS)]) => return Err(words()),
            Fate::Header(length) => self.behind(range.start + (length as u64).min(size)..range.end)?,
            Fate::Clock => {
                // 25 bits, one of which is always set, and two flags: cameras write the time of day there.
                let mut new = vec![0, 8, 0, body.get(3).map_or(0, |flags| flags & 0x60)];
                new.truncate(body.len());
                let length = new.len();
                if !body.starts_with(&new) {
                    self.put(range.start..range.start + length as u64, new)?;
                }
                self.behind(range.start + length as u64..range.end)?;
            }
        }
        Ok(())
    }

    fn put(&mut self, range: Range<u64>, blank: Blank) -> Result<(), Refusal> {
        self.held += blank.len() + 96;
        if self.held > MOST {
            return Err(Refusal::too_large("the film holds more notes of its encoder than can be blanked here"));
        }
        self.out.push((range, blank));
        Ok(())
    }

    /// Behind a header zeros may stand, and nothing else.
    fn behind(&mut self, range: Range<u64>) -> Result<(), Refusal> {
        if !sheet::is_blank(self.source, range.clone())? {
            let length = self.read(range.clone())?.len();
            self.put(range, vec![0; length])?;
        }
        Ok(())
    }

    fn read(&self, range: Range<u64>) -> Result<Vec<u8>, Refusal> {
        if range.end - range.start > NOTE {
            return Err(Refusal::too_large("a note inside the coded film is longer than any real one"));
        }
        Ok(self.source.read_range(range, NOTE)?)
    }
}

/// Whether user data are the version of XviD or DivX and nothing more, such as `XviD0069` or `DivX503b1393p`: players tell
/// by it how exactly to decode, and without it the pictures come out otherwise.
fn is_version(note: &[u8]) -> bool {
    let note = note.strip_suffix(&[0]).unwrap_or(note);
    let figures = |bytes: &[u8], most: usize| (1..=most).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit);
    if let Some(version) = note.strip_prefix(b"XviD") {
        return version.len() == 4 && figures(version, 4);
    }
    let Some(version) = note.strip_prefix(b"DivX") else { return false };
    let version = version.strip_suffix(b"p").unwrap_or(version);
    let Some(at) = version.iter().position(|b| *b == b'b') else { return false };
    figures(&version[..at], 3) && figures(&version[at + 1..], 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(bytes: &[u8], mpeg: Mpeg) -> Result<Vec<u8>, Refusal> {
        let mut out = bytes.to_vec();
        for (range, new) in notes(&bytes.to_vec(), 0..bytes.len() as u64, mpeg)? {
            assert_eq!(range.end - range.start, new.len() as u64);
            out[range.start as usize..range.end as usize].copy_from_slice(&new);
        }
        Ok(out)
    }

    fn code(code: u8, body: &[u8]) -> Vec<u8> {
        [&[0, 0, 1, code], body].concat()
    }

    #[test]
    fn a_code_whose_byte_looks_like_the_beginning_of_another_is_one_code() {
        let mut tried = 0;
        for mpeg in [Mpeg::Two, Mpeg::Four] {
            for bytes in [&[0, 0, 1, 0, 0, 1, 0x20][..], &[0, 0, 1, 0xB6, 0, 0, 1, 0, 0, 1, 0x20], &[0, 0, 1, 0, 0, 1]]
            {
                let _ = cleaned(bytes, mpeg);
                tried += 1;
            }
        }
        assert_eq!(tried, 6);
    }

    #[test]
    fn codes_without_end_are_refused_before_they_fill_the_memory() {
        let refusal = cleaned(&[0, 0, 1, 0xB4].repeat(400_000), Mpeg::Two).err();
        assert_eq!(refusal.map(|refusal| refusal.code), Some("too-large"));
    }

    #[test]
    fn a_header_is_as_long_as_its_own_numbers_say() {
        let table = [16; 64];
        let sized =
            |last: u8, behind: &[&[u8]]| [&[4, 0, 0x30, 0x14, 0xFF, 0xFF, 0xE0, last][..], &behind.concat()].concat();
        let cases: [(Mpeg, u8, Vec<u8>); 13] = [
            (Mpeg::Two, 0x00, vec![0, 0x0F, 0xFF, 0xF8, 0]),
            (Mpeg::Two, 0xB3, sized(0, &[])),
            (Mpeg::Two, 0xB3, sized(1, &[&table])),
            (Mpeg::Two, 0xB3, sized(2, &[&table])),
            (Mpeg::Two, 0xB3, sized(2, &[&table[1..], &[17], &table])),
            (Mpeg::Two, 0xB5, vec![0x14, 0x82, 0, 1, 0, 0]),
            (Mpeg::Two, 0xB5, vec![0x23, 5, 5, 5, 4, 0, 0x0C, 0]),
            (Mpeg::Two, 0xB5, [&[0x38][..], &table].concat()),
            (Mpeg::Two, 0xB5, vec![0x8F, 0xFF, 0xF3, 0x41, 0x80]),
            (Mpeg::Two, 0xB7, vec![]),
            (Mpeg::Four, 0xB0, vec![0xF5]),
            (Mpeg::Four, 0xB5, vec![9, 0, 0, 0, 0, 0]),
            (Mpeg::Four, 0x00, vec![]),
        ];
        let mut tried = 0;
        for (mpeg, kind, body) in cases {
            let whole = [code(kind, &body), code(if mpeg == Mpeg::Two { 1 } else { 0xB6 }, b"\x90picture")].concat();
            assert_eq!(cleaned(&whole, mpeg).expect("codes"), whole, "{kind:X} {body:?}");
            let more = [code(kind, &[&body[..], b"CANARY"].concat()), whole.clone()].concat();
            let new = cleaned(&more, mpeg).expect("codes");
            assert_eq!(new, [code(kind, &[&body[..], &[0; 6]].concat()), whole].concat(), "{kind:X} {body:?}");
            assert_eq!(cleaned(&new, mpeg).expect("codes"), new);
            tried += 1;
        }
        assert_eq!(tried, 13);
    }

    #[test]
    fn codes_on_no_list_become_fill_bytes() {
        let picture = |mpeg| code(if mpeg == Mpeg::Two { 1 } else { 0xB6 }, b"\x90picture");
        let gone = [
            (Mpeg::Two, &[0xB0, 0xB1, 0xB4, 0xB6, 0xB9, 0xBE, 0xFF][..]),
            (Mpeg::Four, &[0x30, 0xB4, 0xB7, 0xC4, 0xFF]),
        ];
        let mut tried = 0;
        for (mpeg, kinds) in gone {
            for kind in kinds {
                let bytes = [picture(mpeg), code(*kind, b"CANARY"), picture(mpeg)].concat();
                let expected = [picture(mpeg), code(USER, &[0xFF; 6]), picture(mpeg)].concat();
                assert_eq!(cleaned(&bytes, mpeg).expect("codes"), expected, "{kind:X}");
                assert_eq!(cleaned(&expected, mpeg).expect("codes"), expected);
                tried += 1;
            }
        }
        assert_eq!(tried, 12);
        for id in [0x40, 0x50, 0xB0] {
            let bytes = [code(0xB5, &[&[id][..], b"CANARY"].concat()), picture(Mpeg::Two)].concat();
            let expected = [code(USER, &[0xFF; 7]), picture(Mpeg::Two)].concat();
            assert_eq!(cleaned(&bytes, Mpeg::Two).expect("codes"), expected);
        }
        assert!(cleaned(&[b"CANARY".to_vec(), picture(Mpeg::Two)].concat(), Mpeg::Two).is_err());
        assert!(cleaned(&code(0x20, b"CANARYHOEFLICH"), Mpeg::Four).is_err());
        assert!(cleaned(&code(0xB5, b"\x80CANARY"), Mpeg::Two).is_err());
        for whole in [&[0x7F][..], &[0, 0, 0x80, 2, 8, 0x7F, 0x11]] {
            assert_eq!(cleaned(whole, Mpeg::Four).expect("codes"), whole);
        }
    }

    #[test]
    fn headers_at_hand_hold_no_picture() {
        let mut bytes = [b"CANARY".to_vec(), code(0xB0, &[1]), code(0xB6, b"CANARY"), code(USER, b"XviD0069")].concat();
        blank(&mut bytes, Mpeg::Four).expect("headers");
        let expected = [vec![0; 6], code(0xB0, &[1]), code(USER, &[0xFF; 6]), code(USER, b"XviD0069")].concat();
        assert_eq!(bytes, expected);
    }
}
