//! The headers of every version, read as they stand and written with what a viewer needs.
//!
//! Microsoft, BITMAPFILEHEADER, BITMAPCOREHEADER, BITMAPINFOHEADER, BITMAPV4HEADER and BITMAPV5HEADER; IBM, OS/2 2.0
//! Presentation Manager, BITMAPINFOHEADER2.

use crate::plan::Refusal;
use crate::strip::operation::broken;
use std::ops::Range;

/// Bytes of the file header.
pub(super) const FILE: usize = 14;
/// The finest resolution that stays, in pixels per metre: some 25,000 an inch.
const FINEST: u32 = 1_000_000;
/// `sRGB` as the number that names a colour space.
const SRGB: u32 = u32::from_be_bytes(*b"sRGB");
const WINDOWS: u32 = u32::from_be_bytes(*b"Win ");
const EMBEDDED: u32 = u32::from_be_bytes(*b"MBED");
const LINKED: u32 = u32::from_be_bytes(*b"LINK");

/// How the samples are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Rows of samples.
    Rows,
    /// Run lengths of samples of 4, 8 or 24 bits.
    Runs(u16),
}

/// A colour profile at the end of the header's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Profile {
    /// None.
    None,
    /// In the file.
    Embedded(Range<u64>),
    /// The path of a file.
    Linked(Range<u64>),
}

/// A header.
#[derive(Debug)]
pub(super) struct Header {
    /// The header's bytes as they will be written, from its own size on.
    pub(super) bytes: Vec<u8>,
    /// Width in pixels.
    pub(super) width: u32,
    /// Height in pixels.
    pub(super) height: u32,
    /// Bits of a pixel.
    pub(super) depth: u16,
    /// How the samples are coded.
    pub(super) coding: Coding,
    /// Bytes of the masks behind the header.
    pub(super) masks: usize,
    /// Entries of the colour table.
    pub(super) colours: u64,
    /// Bytes of each.
    pub(super) entry: u64,
    /// The colour profile.
    pub(super) profile: Profile,
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

impl Header {
    /// Reads a header, its own size first; a place that it states counts from there, and it stands at `FILE`.
    ///
    /// # Errors
    /// Where it is of no known version, or says what no viewer understands.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        match bytes.len() {
            12 => Self::core(bytes),
            16..=64 | 108 | 124 => Self::info(bytes),
            _ => Err(broken("the BMP file has a header of no known version")),
        }
    }

    fn core(bytes: &[u8]) -> Result<Self, Refusal> {
        let (width, height, depth) = (u16_at(bytes, 4), u16_at(bytes, 6), u16_at(bytes, 10));
        if width == 0 || height == 0 || !matches!(depth, 1 | 2 | 4 | 8 | 16 | 24 | 32) {
            return Err(damaged());
        }
        let mut new = bytes.to_vec();
        new[8..10].copy_from_slice(&[1, 0]);
        Ok(Self {
            bytes: new,
            width: u32::from(width),
            height: u32::from(height),
            depth,
            coding: Coding::Rows,
            masks: 0,
            colours: if depth <= 8 { 1 << depth } else { 0 },
            entry: 3,
            profile: Profile::None,
        })
    }

    fn info(bytes: &[u8]) -> Result<Self, Refusal> {
        let (width, height, depth) = (u32_at(bytes, 4) as i32, u32_at(bytes, 8) as i32, u16_at(bytes, 14));
        if width <= 0 || height == 0 || height == i32::MIN {
            return Err(damaged());
        }
        let system2 = !matches!(bytes.len(), 40 | 52 | 56 | 108 | 124);
        let compression = u32_at(bytes, 16);
        let coding = coding(compression, depth, system2)?;
        let masks = match (compression, bytes.len()) {
            (3, 40) => 12,
            (6, 40) => 16,
            _ => 0,
        };
        let stated = u64::from(u32_at(bytes, 32));
        let most = if depth <= 8 { 1 << depth } else { 0 };
        let colours = if stated == 0 { most } else { stated.min(most) };
        let mut header = Self {
            bytes: bytes.to_vec(),
            width: width as u32,
            height: height.unsigned_abs(),
            depth,
            coding,
            masks,
            colours,
            entry: 4,
            profile: Profile::None,
        };
        header.settle(compression, stated)?;
        if system2 {
            header.bytes.get_mut(40..).unwrap_or_default().fill(0);
        } else {
            header.colour_fields(compression)?;
        }
        Ok(header)
    }

    /// Puts the fields right that every version has.
    fn settle(&mut self, compression: u32, stated: u64) -> Result<(), Refusal> {
        let most = self.colours as u32;
        self.put(12, &[1, 0]);
        for at in [24, 28] {
            if u32_at(&self.bytes, at) > FINEST {
                self.put(at, &[0; 4]);
            }
        }
        let used = if stated == 0 { 0 } else { most };
        self.put(32, &used.to_le_bytes());
        if u32_at(&self.bytes, 36) > most {
            self.put(36, &[0; 4]);
        }
        let rows = self.stride().and_then(|stride| stride.checked_mul(u64::from(self.height)));
        let rows = rows.ok_or_else(|| Refusal::too_large("the picture is larger than any real one"))?;
        // Nought is allowed where the samples are not packed, and the length of packed ones is known later.
        if self.coding == Coding::Rows && (compression != 0 || u32_at(&self.bytes, 20) != 0) {
            self.put(20, &u32::try_from(rows).unwrap_or(0).to_le_bytes());
        }
        Ok(())
    }

    /// Masks, colour space, rendering intent and profile.
    fn colour_fields(&mut self, compression: u32) -> Result<(), Refusal> {
        let masked = matches!(compression, 3 | 6);
        let range = 40..self.bytes.len().min(56);
        let masks: Vec<u32> = range.clone().step_by(4).map(|at| u32_at(&self.bytes, at)).collect();
        let sound = are_masks(&masks, self.depth);
        if masked && !sound {
            return Err(damaged());
        }
        // Where the coding does not call for them, viewers read none, whatever stands there.
        if !masked {
            self.bytes.get_mut(range).unwrap_or_default().fill(0);
        }
        if self.bytes.len() < 108 {
            return Ok(());
        }
        let space = u32_at(&self.bytes, 56);
        let (offset, size) = (u64::from(u32_at(&self.bytes, 112)), u64::from(u32_at(&self.bytes, 116)));
        let range = FILE as u64 + offset..FILE as u64 + offset + size;
        match space {
            EMBEDDED if self.bytes.len() == 124 => self.profile = Profile::Embedded(range),
            LINKED if self.bytes.len() == 124 => self.profile = Profile::Linked(range),
            _ => {}
        }
        let calibrated = space == 0 && are_calibrated(self.bytes.get(60..108).unwrap_or_default());
        if !calibrated {
            self.bytes.get_mut(60..108).unwrap_or_default().fill(0);
            let known = matches!(space, SRGB | WINDOWS);
            self.put(56, &(if known { space } else { SRGB }).to_le_bytes());
        }
        if self.bytes.len() == 124 {
            if !matches!(u32_at(&self.bytes, 108), 0 | 1 | 2 | 4 | 8) {
                self.put(108, &[0; 4]);
            }
            self.put(112, &[0; 12]);
        }
        Ok(())
    }

    /// States a profile of so many bytes, so many bytes behind the file header.
    pub(super) fn embed(&mut self, offset: u64, size: u64) {
        let number = |value: u64| u32::try_from(value).unwrap_or(0).to_le_bytes();
        self.put(56, &EMBEDDED.to_le_bytes());
        self.put(112, &number(offset));
        self.put(116, &number(size));
    }

    /// States the length of packed samples.
    pub(super) fn pack(&mut self, length: u64) {
        self.put(20, &u32::try_from(length).unwrap_or(0).to_le_bytes());
    }

    /// Overwrites bytes where the version has them.
    fn put(&mut self, at: usize, bytes: &[u8]) {
        let room = self.bytes.len().saturating_sub(at).min(bytes.len());
        if room == bytes.len() {
            self.bytes[at..at + room].copy_from_slice(bytes);
        }
    }

    /// Bytes of samples in a row, without those that fill it up.
    pub(super) fn row_bits(&self) -> u64 {
        u64::from(self.width) * u64::from(self.depth)
    }

    /// The bits of a pixel of 16 or 32 bits that are colours', by the masks in the header or `behind` it; without any the
    /// lowest 15 or 24. None for other pixels.
    pub(super) fn used_bits(&self, behind: &[u8]) -> Option<u32> {
        if self.coding != Coding::Rows || !matches!(self.depth, 16 | 32) {
            return None;
        }
        let own = self.bytes.get(40..self.bytes.len().min(56)).unwrap_or_default();
        let masks = if matches!(u32_at(&self.bytes, 16), 3 | 6) { [own, behind].concat() } else { Vec::new() };
        let stated = (0..masks.len()).step_by(4).fold(0, |all, at| all | u32_at(&masks, at));
        Some(match (stated, self.depth) {
            (0, 16) => 0x7FFF,
            (0, _) => 0xFF_FFFF,
            _ => stated,
        })
    }

    /// Bytes of a row: a multiple of four.
    pub(super) fn stride(&self) -> Option<u64> {
        Some(self.row_bits().checked_add(31)? / 32 * 4)
    }
}

/// How samples are coded, by number: OS/2 gives 3 and 4 to codings of its own.
fn coding(compression: u32, depth: u16, system2: bool) -> Result<Coding, Refusal> {
    match (compression, depth, system2) {
        (0, 1 | 2 | 4 | 8 | 16 | 24 | 32 | 64, _) | (3 | 6, 16 | 32, _) => Ok(Coding::Rows),
        (1, 8, _) | (2, 4, _) | (4, 24, true) => Ok(Coding::Runs(depth)),
        (4 | 5, _, false) => Err(Refusal {
            code: "not-understood",
            what: "this BMP file is a wrapper around a picture of another format".to_owned(),
            advice: "Open it in a viewer and save it as JPEG or PNG, then run scrubs again.",
        }),
        _ => Err(damaged()),
    }
}

fn damaged() -> Refusal {
    broken("the description of the picture is damaged")
}

/// Whether these are masks: each one run of bits, none over another, all within the pixel.
pub(super) fn are_masks(masks: &[u32], depth: u16) -> bool {
    let mut taken = 0_u32;
    masks.iter().all(|mask| {
        let run = if *mask == 0 { 0 } else { mask >> mask.trailing_zeros() };
        let sound = run & run.wrapping_add(1) == 0 && taken & mask == 0 && (depth >= 32 || mask >> depth == 0);
        taken |= mask;
        sound
    })
}

/// Whether these are nine coordinates and three gammas as displays have them: coordinates up to 1 (2.30), gammas up to
/// 16 (16.16), no six of their bytes in a row letters or digits.
fn are_calibrated(bytes: &[u8]) -> bool {
    let number = |at: usize| u32_at(bytes, at);
    let spells = bytes.windows(6).any(|six| six.iter().all(u8::is_ascii_alphanumeric));
    bytes.len() == 48
        && (0..36).step_by(4).all(|at| number(at) <= 1 << 30)
        && (36..48).step_by(4).all(|at| number(at) <= 16 << 16)
        && !spells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_runs_of_bits_and_words_are_not() {
        assert!(are_masks(&[0xF800, 0x07E0, 0x001F], 16) && are_masks(&[0xFF, 0xFF00, 0xFF_0000, 0], 32));
        assert!(!are_masks(&[0xF800, 0x07E0, 0x003F], 16) && !are_masks(&[0x1_0000], 16));
        assert!(!are_masks(&[u32::from_le_bytes(*b"CANA")], 32));
    }
}
