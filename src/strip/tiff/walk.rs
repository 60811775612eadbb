//! Where coded data end: LZW, PackBits and deflate, decoded a window at a time and no further than the strip has bytes.
//!
//! TIFF 6.0, sections 9 (PackBits) and 13 (LZW); Adobe Photoshop TIFF Technical Notes (2002) for deflate; RFC 1950.

use crate::plan::Refusal;
use crate::strip::operation::broken;
use crate::strip::reader::Reader;
use flate2::{Decompress, FlushDecompress, Status};
use std::fmt;
use std::ops::Range;

/// What a decoder says of a window.
pub(super) enum Step {
    /// It needs more.
    More,
    /// The data end behind so many bytes of all it was given.
    End(u64),
    /// No such data can be.
    Broken,
}

/// A decoder that looks for the end.
pub(super) trait Walker {
    /// Takes in a window of coded bytes.
    fn feed(&mut self, input: &[u8]) -> Step;

    /// Where the data end if nothing follows what was given, so many bytes; none if something is missing.
    fn close(&self, given: u64) -> Option<u64>;
}

/// Bytes whose bits are turned round at once.
const TURNED: usize = 16 * 1024;

/// The end of the coded data in `range`; where FillOrder is 2, the bits of each byte stand in reverse (section 8).
pub(super) fn end(
    reader: &mut Reader<'_>,
    range: Range<u64>,
    reversed: bool,
    walker: &mut dyn Walker,
) -> Result<u64, Refusal> {
    let (mut at, mut turned) = (range.start, Vec::new());
    while at < range.end {
        let window = reader.rest(at, 1)?;
        let length = window.len().min(usize::try_from(range.end - at).unwrap_or(usize::MAX));
        if length == 0 {
            break;
        }
        let mut window = &window[..length];
        if reversed {
            turned.clear();
            turned.extend(window.iter().take(TURNED).map(|byte| byte.reverse_bits()));
            window = &turned;
        }
        match walker.feed(window) {
            Step::More => at += window.len() as u64,
            Step::End(taken) => return Ok(range.start + taken.min(range.end - range.start)),
            Step::Broken => return Err(broken("the coded samples of the picture are damaged")),
        }
    }
    match walker.close(at - range.start) {
        Some(taken) => Ok(range.start + taken),
        None => Err(Refusal::truncated("the coded samples end before the picture does")),
    }
}

/// PackBits.
pub(super) struct PackBits {
    needed: u64,
    made: u64,
    taken: u64,
    skip: u64,
}

impl PackBits {
    pub(super) fn new(needed: u64) -> Self {
        Self { needed, made: 0, taken: 0, skip: 0 }
    }
}

impl Walker for PackBits {
    fn feed(&mut self, input: &[u8]) -> Step {
        let mut at = 0;
        while at < input.len() {
            if self.skip > 0 {
                let step = self.skip.min((input.len() - at) as u64);
                self.skip -= step;
                self.taken += step;
                at += step as usize;
            } else if self.made < self.needed {
                let (made, skip) = match input[at] {
                    head @ 0..=127 => (u64::from(head) + 1, u64::from(head) + 1),
                    128 => (0, 0),
                    head => (257 - u64::from(head), 1),
                };
                // Bytes of a literal run that the strip has no room for are not looked at by any decoder.
                let skip = if skip > 1 { skip.min(self.needed - self.made) } else { skip };
                self.made += made;
                self.skip = skip;
                self.taken += 1;
                at += 1;
            }
            if self.skip == 0 && self.made >= self.needed {
                return Step::End(self.taken);
            }
        }
        Step::More
    }

    fn close(&self, given: u64) -> Option<u64> {
        (self.needed == 0 || (self.made >= self.needed && self.skip == 0)).then_some(given)
    }
}

const CLEAR: usize = 256;
const STOP: usize = 257;

/// LZW: the lengths of strings are followed, not the strings.
pub(super) struct Lzw {
    needed: u64,
    made: u64,
    taken: u64,
    bits: u64,
    held: u32,
    width: u32,
    next: usize,
    last: Option<u32>,
    lengths: Vec<u32>,
    /// Where the strip was full.
    full: Option<u64>,
    /// The variant of old programs: bits from the least on, codes that grow one later (libtiff reads it).
    old: Option<bool>,
}

impl Lzw {
    pub(super) fn new(needed: u64) -> Self {
        Self {
            needed,
            made: 0,
            taken: 0,
            bits: 0,
            held: 0,
            width: 9,
            next: STOP + 1,
            last: None,
            lengths: vec![1; 4096],
            full: None,
            old: None,
        }
    }

    fn code(&mut self, code: usize, old: bool) -> Option<Step> {
        match code {
            STOP if self.full.is_some() => return Some(Step::End(self.taken)),
            STOP => return Some(Step::Broken),
            CLEAR => {
                (self.next, self.width, self.last) = (STOP + 1, 9, None);
                return None;
            }
            _ => {}
        }
        if let Some(full) = self.full {
            return Some(Step::End(full));
        }
        let length = match self.last {
            _ if code < CLEAR => 1,
            Some(_) if code < self.next => self.lengths[code],
            Some(last) if code == self.next => last + 1,
            _ => return Some(Step::Broken),
        };
        if let Some(last) = self.last.filter(|_| self.next < 4096) {
            self.lengths[self.next] = last + 1;
            self.next += 1;
        }
        if self.next + usize::from(!old) >= 1 << self.width && self.width < 12 {
            self.width += 1;
        }
        self.last = Some(length);
        self.made += u64::from(length);
        if self.made >= self.needed {
            self.full = Some(self.taken);
        }
        None
    }
}

impl Walker for Lzw {
    fn feed(&mut self, input: &[u8]) -> Step {
        for (at, byte) in input.iter().enumerate() {
            let old = match self.old {
                Some(old) => old,
                // A strip begins with the code for "clear": 9 bits, 1 and zeros, from either side.
                None if at == 0 => {
                    let old = *byte == 0 && input.get(1).is_some_and(|next| next & 1 == 1);
                    self.old = Some(old);
                    old
                }
                None => false,
            };
            self.taken += 1;
            match old {
                true => self.held |= u32::from(*byte) << self.bits,
                false => self.held = self.held << 8 | u32::from(*byte),
            }
            self.bits += 8;
            if self.bits < u64::from(self.width) {
                continue;
            }
            let left = self.bits - u64::from(self.width);
            let mask = (1_u32 << self.width) - 1;
            let code = match old {
                true => {
                    let code = self.held & mask;
                    self.held >>= self.width;
                    code
                }
                false => {
                    let code = self.held >> left & mask;
                    self.held &= (1 << left) - 1;
                    code
                }
            };
            self.bits = left;
            if let Some(step) = self.code(code as usize, old) {
                return step;
            }
        }
        Step::More
    }

    fn close(&self, given: u64) -> Option<u64> {
        if self.needed == 0 { Some(given) } else { self.full }
    }
}

/// Bytes inflated at once.
const BUFFER: usize = 64 * 1024;
/// Bytes behind the samples that may stay: some programs write one too many, and no word is so short.
const SLACK: u64 = 5;

/// What inflating needs, made once for all strips of a file.
pub(super) struct Inflater {
    state: Decompress,
    buffer: Vec<u8>,
}

impl Default for Inflater {
    fn default() -> Self {
        Self { state: Decompress::new(true), buffer: vec![0; BUFFER] }
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inflater")
    }
}

/// A zlib stream.
pub(super) struct Inflate<'i> {
    inflater: &'i mut Inflater,
    needed: u64,
    /// Whether something stands behind the samples that the strip needs: rows that are not shown, or a text.
    pub(super) hides: bool,
}

impl<'i> Inflate<'i> {
    /// `needed` bytes are shown.
    pub(super) fn new(inflater: &'i mut Inflater, needed: u64) -> Self {
        inflater.state.reset(true);
        Self { inflater, needed, hides: false }
    }
}

impl Walker for Inflate<'_> {
    fn feed(&mut self, mut input: &[u8]) -> Step {
        loop {
            let Inflater { state, buffer } = &mut *self.inflater;
            let (read, made) = (state.total_in(), state.total_out());
            let status = state.decompress(input, buffer, FlushDecompress::None);
            let (taken, all) = (state.total_in(), state.total_out());
            let (consumed, produced) = ((taken - read) as usize, (all - made) as usize);
            self.hides |= all > self.needed.saturating_add(SLACK);
            input = input.get(consumed..).unwrap_or_default();
            match status {
                // What stands behind the samples is not looked at by any decoder: the rest is cut with them.
                _ if self.hides => return Step::End(taken),
                Ok(Status::StreamEnd) if all >= self.needed => return Step::End(taken),
                // Decoders stop when the strip is full, and never see what is wrong behind that.
                Err(_) if all >= self.needed => {
                    self.hides = true;
                    return Step::End(taken);
                }
                Ok(Status::StreamEnd) | Err(_) => return Step::Broken,
                Ok(_) if consumed == 0 && produced == 0 => return Step::More,
                Ok(_) if input.is_empty() && produced < BUFFER => return Step::More,
                Ok(_) => {}
            }
        }
    }

    fn close(&self, given: u64) -> Option<u64> {
        (self.needed == 0 || self.inflater.state.total_out() >= self.needed).then_some(given)
    }
}
