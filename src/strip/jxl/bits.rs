//! Bits of a codestream, read least significant first and copied as they are read, so that a header can be written anew
//! without what does not belong in it.
//!
//! ISO/IEC 18181-1, 9.2 (field types) and annex B.

use crate::plan::Refusal;

/// Why a header could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The bytes at hand end first.
    End,
    /// It contradicts itself or the standard.
    Broken,
    /// It asks for more than any real picture does.
    Large,
}

impl From<Stop> for Refusal {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::End => Refusal::truncated("the file ends before its picture does"),
            Stop::Broken => Refusal::not_understood("the description of the picture is damaged"),
            Stop::Large => Refusal::too_large("the picture asks for more than any real one does"),
        }
    }
}

/// One of the four forms of a `U32` field: a number, and how many bits are added to it.
pub(super) type Form = (u32, u32);

/// A reader of bits that writes down what it reads, except where it is told to pass over.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: u64,
    written: Vec<u8>,
    filled: u32,
    passing: bool,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, written: Vec::new(), filled: 8, passing: false }
    }

    /// Whole bytes read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.at.div_ceil(8)
    }

    /// Whole bytes that are left.
    pub(super) fn bytes_left(&self) -> u64 {
        (self.bytes.len() as u64).saturating_sub(self.bytes_read())
    }

    /// What was written so far, its last byte filled up with zeros.
    pub(super) fn into_written(self) -> Vec<u8> {
        self.written
    }

    /// `count` bits, at most 32.
    pub(super) fn read(&mut self, count: u32) -> Result<u32, Stop> {
        let total = self.bytes.len() as u64 * 8;
        if u64::from(count) > total.saturating_sub(self.at) {
            return Err(Stop::End);
        }
        let from = (self.at / 8) as usize;
        let mut word = [0; 8];
        let length = (self.bytes.len() - from).min(8);
        word[..length].copy_from_slice(&self.bytes[from..from + length]);
        let value = (u64::from_le_bytes(word) >> (self.at % 8)) & ((1 << count) - 1);
        self.at += u64::from(count);
        if !self.passing {
            self.emit(value as u32, count);
        }
        Ok(value as u32)
    }

    pub(super) fn flag(&mut self) -> Result<bool, Stop> {
        Ok(self.read(1)? == 1)
    }

    /// A `U32` field: two bits choose one of four forms.
    pub(super) fn u32(&mut self, forms: [Form; 4]) -> Result<u32, Stop> {
        let (base, bits) = forms[self.read(2)? as usize];
        base.checked_add(self.read(bits)?).ok_or(Stop::Broken)
    }

    /// A `U64` field.
    pub(super) fn u64(&mut self) -> Result<u64, Stop> {
        match self.read(2)? {
            0 => Ok(0),
            1 => Ok(1 + u64::from(self.read(4)?)),
            2 => Ok(17 + u64::from(self.read(8)?)),
            _ => {
                let mut value = u64::from(self.read(12)?);
                let mut shift = 12;
                while self.flag()? {
                    let bits = if shift == 60 { 4 } else { 8 };
                    value |= u64::from(self.read(bits)?) << shift;
                    if shift == 60 {
                        break;
                    }
                    shift += 8;
                }
                Ok(value)
            }
        }
    }

    /// An enumerated value.
    pub(super) fn choice(&mut self) -> Result<u32, Stop> {
        self.u32([(0, 0), (1, 0), (2, 4), (18, 6)])
    }

    /// `count` numbers of 16 bits, of which none is infinite or no number (9.2.6).
    pub(super) fn halves(&mut self, count: usize) -> Result<(), Stop> {
        for _ in 0..count {
            if self.read(16)? >> 10 & 0x1F == 0x1F {
                return Err(Stop::Broken);
            }
        }
        Ok(())
    }

    /// Reads something that is not written down.
    pub(super) fn pass<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        let before = std::mem::replace(&mut self.passing, true);
        let value = read(self);
        self.passing = before;
        value
    }

    /// Passes over any number of bits.
    pub(super) fn skip(&mut self, count: u64) -> Result<(), Stop> {
        let end = self.at.checked_add(count).ok_or(Stop::Broken)?;
        if end > self.bytes.len() as u64 * 8 {
            return Err(Stop::End);
        }
        self.at = end;
        Ok(())
    }

    /// Goes to the next whole byte, in what is read and in what is written; the bits between become zeros.
    pub(super) fn align(&mut self) {
        self.at = self.at.next_multiple_of(8);
        if !self.passing {
            self.filled = 8;
        }
    }

    /// Writes bits that were not read.
    pub(super) fn emit(&mut self, value: u32, count: u32) {
        let (mut value, mut left) = (u64::from(value), count);
        while left > 0 {
            if self.filled == 8 {
                self.written.push(0);
                self.filled = 0;
            }
            let now = left.min(8 - self.filled);
            if let Some(last) = self.written.last_mut() {
                *last |= ((value & ((1 << now) - 1)) << self.filled) as u8;
            }
            self.filled += now;
            value >>= now;
            left -= now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_and_what_is_passed_over_is_not() {
        let mut bits = Bits::new(&[0b1010_1101, 0xFF, 0x0F]);
        assert_eq!(bits.read(3), Ok(0b101));
        assert_eq!(bits.pass(|bits| bits.read(5)), Ok(0b10101));
        assert_eq!(bits.read(12), Ok(0xFFF));
        bits.align();
        assert_eq!((bits.bytes_read(), bits.read(1)), (3, Err(Stop::End)));
        assert_eq!(bits.into_written(), [0b1111_1101, 0b0111_1111]);
    }
}
