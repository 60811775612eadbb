//! The header of a frame and its table of contents, without name, time code and extensions.
//!
//! ISO/IEC 18181-1, annex F (frame header, table of contents) and J.1 (restoration filters).

use super::bits::{Bits, Form, Stop};
use super::entropy::Numbers;
use super::image::{Image, extensions, name};
use crate::finding::Code;

/// Forms of a side or a place of a frame.
const SPAN: [Form; 4] = [(0, 8), (256, 11), (2304, 14), (18688, 30)];
/// Forms of a factor.
const FACTOR: [Form; 4] = [(1, 0), (2, 0), (4, 0), (8, 0)];
/// Sections of one frame; a picture of 100,000 × 100,000 in the smallest groups has 611,000.
const SECTIONS: u64 = 1 << 21;
/// The flag of a frame that takes its low frequencies from another.
const TAKES_LF: u64 = 0x20;

const REGULAR: u32 = 0;
const LOW: u32 = 1;
const REFERENCE: u32 = 2;

/// A frame.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// Whether no frame follows.
    pub(super) last: bool,
    /// Bytes of its sections, which follow its header.
    pub(super) sections: u64,
    /// Bytes of its header, table of contents included.
    pub(super) header: u64,
    /// The header written anew.
    pub(super) written: Vec<u8>,
    /// What was found and left out.
    pub(super) found: Vec<Code>,
}

/// What the header says about the grid of groups.
struct Grid {
    width: u32,
    height: u32,
    upsampling: u32,
    level: u32,
    shift: u32,
    passes: u32,
}

/// Reads the header of a frame that would fill `canvas` if it said no sides of its own.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read(bytes: &[u8], image: &Image, canvas: (u32, u32)) -> Result<Frame, Stop> {
    let mut bits = Bits::new(bytes);
    let mut frame = Frame { last: true, ..Frame::default() };
    let mut grid = Grid { width: canvas.0, height: canvas.1, upsampling: 1, level: 0, shift: 1, passes: 1 };
    if !bits.flag()? {
        header(&mut bits, image, canvas, &mut frame, &mut grid)?;
    }
    frame.sections = contents(&mut bits, grid.sections()?)?;
    frame.header = bits.bytes_read();
    frame.written = bits.into_written();
    Ok(frame)
}

fn header(
    bits: &mut Bits<'_>,
    image: &Image,
    canvas: (u32, u32),
    frame: &mut Frame,
    grid: &mut Grid,
) -> Result<(), Stop> {
    let kind = bits.read(2)?;
    let shown = kind != LOW && kind != REFERENCE;
    let modular = bits.flag()?;
    let takes = bits.u64()? & TAKES_LF != 0;
    let ycbcr = !image.xyb && bits.flag()?;
    if !takes {
        if ycbcr {
            bits.read(6)?;
        }
        grid.upsampling = bits.u32(FACTOR)?;
        for _ in 0..image.extra {
            bits.u32(FACTOR)?;
        }
    }
    if modular {
        grid.shift = bits.read(2)?;
    } else if image.xyb {
        bits.read(6)?;
    }
    if kind != REFERENCE {
        grid.passes = passes(bits)?;
    }
    let mut whole = true;
    if kind == LOW {
        grid.level = bits.read(2)? + 1;
    } else if bits.flag()? {
        whole = crop(bits, kind, canvas, grid)?;
    }
    frame.last = kind == REGULAR;
    let (mut resets, mut still) = (whole, true);
    if shown {
        resets = blending(bits, image, whole)?;
        if image.animated {
            still = bits.u32([(0, 0), (1, 0), (0, 8), (0, 32)])? == 0;
            if image.timecodes {
                bits.pass(|bits| bits.read(32))?;
            }
        }
        frame.last = bits.flag()?;
    }
    let mut kept = 0;
    if kind != LOW && !frame.last {
        kept = bits.read(2)?;
    }
    if kind == REFERENCE || (shown && resets && !frame.last && (still || kept != 0)) {
        bits.flag()?;
    }
    name(bits, &mut frame.found)?;
    filters(bits, modular, &mut frame.found)?;
    extensions(bits, &mut frame.found)
}

/// Passes, from coarse to fine; says how many.
fn passes(bits: &mut Bits<'_>) -> Result<u32, Stop> {
    let count = bits.u32([(1, 0), (2, 0), (3, 0), (4, 3)])?;
    if count == 1 {
        return Ok(1);
    }
    let coarse = bits.u32([(0, 0), (1, 0), (2, 0), (3, 1)])?;
    bits.read((count - 1) * 2)?;
    for _ in 0..coarse {
        bits.u32(FACTOR)?;
    }
    for _ in 0..coarse {
        bits.u32([(0, 0), (1, 0), (2, 0), (0, 3)])?;
    }
    Ok(count)
}

/// Place and sides of a frame that does not say it fills the picture; says whether it does all the same.
fn crop(bits: &mut Bits<'_>, kind: u32, canvas: (u32, u32), grid: &mut Grid) -> Result<bool, Stop> {
    let (mut x, mut y) = (0, 0);
    if kind != REFERENCE {
        x = signed(bits.u32(SPAN)?);
        y = signed(bits.u32(SPAN)?);
    }
    grid.width = bits.u32(SPAN)?;
    grid.height = bits.u32(SPAN)?;
    let covers = |from: i64, length: u32, all: u32| from <= 0 && from + i64::from(length) >= i64::from(all);
    Ok(covers(x, grid.width, canvas.0) && covers(y, grid.height, canvas.1))
}

fn signed(value: u32) -> i64 {
    let half = i64::from(value >> 1);
    if value & 1 == 1 { -half - 1 } else { half }
}

/// How a frame is laid over what was there; says whether it replaces all of it.
fn blending(bits: &mut Bits<'_>, image: &Image, whole: bool) -> Result<bool, Stop> {
    let mut resets = whole;
    for channel in 0..=image.extra {
        let mode = bits.u32([(0, 0), (1, 0), (2, 0), (3, 2)])?;
        if mode > 4 {
            return Err(Stop::Broken);
        }
        let alpha = image.extra > 0 && matches!(mode, 2 | 3);
        if alpha {
            bits.u32([(0, 0), (1, 0), (2, 0), (3, 3)])?;
        }
        if alpha || mode == 4 {
            bits.flag()?;
        }
        if channel == 0 {
            resets = mode == 0 && whole;
        }
        if mode != 0 || !whole {
            bits.read(2)?;
        }
    }
    Ok(resets)
}

/// Filters that smooth what was decoded.
fn filters(bits: &mut Bits<'_>, modular: bool, found: &mut Vec<Code>) -> Result<(), Stop> {
    if bits.flag()? {
        return Ok(());
    }
    if bits.flag()? && bits.flag()? {
        bits.halves(6)?;
    }
    if bits.read(2)? > 0 {
        if !modular && bits.flag()? {
            bits.halves(8)?;
        }
        if bits.flag()? {
            bits.halves(3)?;
            // Two numbers that no reader heeds.
            bits.pass(|bits| bits.read(32))?;
            bits.emit(0, 32);
        }
        if bits.flag()? {
            bits.halves(if modular { 3 } else { 4 })?;
        }
        if modular {
            bits.halves(1)?;
        }
    }
    extensions(bits, found)
}

impl Grid {
    /// Sections of the frame (F.3.1).
    fn sections(&self) -> Result<u64, Stop> {
        let side = |length: u32| u64::from(length).div_ceil(u64::from(self.upsampling)).div_ceil(1 << (3 * self.level));
        let (width, height) = (side(self.width), side(self.height));
        let groups = |size: u64| width.div_ceil(size).checked_mul(height.div_ceil(size)).ok_or(Stop::Large);
        let fine = groups(128 << self.shift)?;
        if fine == 0 {
            return Err(Stop::Broken);
        }
        if fine == 1 && self.passes == 1 {
            return Ok(1);
        }
        let coarse = groups(1024 << self.shift)?;
        let all = fine.checked_mul(u64::from(self.passes)).and_then(|fine| fine.checked_add(coarse + 2));
        all.filter(|all| *all <= SECTIONS).ok_or(Stop::Large)
    }
}

/// Reads the table of contents; says how many bytes the sections have together (F.3).
fn contents(bits: &mut Bits<'_>, count: u64) -> Result<u64, Stop> {
    if bits.flag()? {
        let context = |value: u32| (u32::BITS - value.leading_zeros()).min(7) as usize;
        let mut numbers = Numbers::parse(bits, 8)?;
        let moved = numbers.next(bits, context(count as u32))?;
        if u64::from(moved) > count {
            return Err(Stop::Broken);
        }
        let mut before = 0;
        for index in 0..moved {
            before = numbers.next(bits, context(before))?;
            if u64::from(before) + u64::from(index) >= count {
                return Err(Stop::Broken);
            }
        }
        numbers.end()?;
    }
    bits.align();
    let mut total = 0_u64;
    for _ in 0..count {
        total += u64::from(bits.u32([(0, 10), (1024, 14), (17_408, 22), (4_211_712, 30)])?);
    }
    bits.align();
    Ok(total)
}
