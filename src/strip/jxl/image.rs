//! The header of the picture: its size, samples, channels and colours, without names, previews, times and extensions.
//!
//! ISO/IEC 18181-1, annex D (image header) and E (colour encoding).

use super::bits::{Bits, Form, Stop};
use super::profile;
use crate::finding::Code;
use crate::icc;

/// Forms of a length of a side (D.2).
const SIDE: [Form; 4] = [(1, 9), (1, 13), (1, 18), (1, 30)];
/// Forms of the length of a name.
const NAME: [Form; 4] = [(0, 0), (0, 4), (16, 5), (48, 10)];

/// What the header says and frames depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Whether colours are stored as XYB.
    pub(super) xyb: bool,
    /// Channels beyond the colours.
    pub(super) extra: usize,
    pub(super) animated: bool,
    /// Whether each shown frame bears a time code.
    pub(super) timecodes: bool,
    /// Sides of a small picture that stands before the others.
    pub(super) preview: Option<(u32, u32)>,
    /// What was found and left out.
    pub(super) found: Vec<Code>,
}

/// What becomes of a colour profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colour {
    /// It is cleaned.
    Profile,
    /// It is broken, and the colour space that readers then assume is named instead.
    Standard,
}

/// The image header, and its bytes written anew.
///
/// # Errors
/// When it cannot be read, or cannot be written without something that is on no list.
pub(super) fn read(bytes: &[u8]) -> Result<(Image, u64, Vec<u8>), Stop> {
    for colour in [Colour::Profile, Colour::Standard] {
        let mut bits = Bits::new(bytes);
        if let Some(image) = header(&mut bits, colour)? {
            bits.align();
            return Ok((image, bits.bytes_read(), bits.into_written()));
        }
    }
    Err(Stop::Broken)
}

/// The header up to the first frame; none where the colour profile in it is broken.
fn header(bits: &mut Bits<'_>, colour: Colour) -> Result<Option<Image>, Stop> {
    if bits.read(16)? != 0x0AFF {
        return Err(Stop::Broken);
    }
    let (width, height) = size(bits)?;
    let mut image = Image { width, height, xyb: true, ..Image::default() };
    let mut profiled = false;
    if !bits.flag()? {
        profiled = metadata(bits, &mut image, colour)?;
    }
    if !bits.flag()? {
        transform(bits, image.xyb)?;
    }
    if !profiled {
        return Ok(Some(image));
    }
    let Some(old) = bits.pass(profile::read)? else {
        image.found.push(Code::IccDropped);
        return Ok(Some(image).filter(|_| colour == Colour::Standard));
    };
    match (icc::clean(&old), colour) {
        (Some(cleaned), Colour::Profile) => {
            if cleaned.profile != old {
                image.found.push(Code::IccDescription);
            }
            profile::write(bits, &cleaned.profile);
        }
        (_, Colour::Profile) => return Ok(None),
        (_, Colour::Standard) => image.found.push(Code::IccDropped),
    }
    Ok(Some(image))
}

/// Sides of the picture (D.2).
fn size(bits: &mut Bits<'_>) -> Result<(u32, u32), Stop> {
    let small = bits.flag()?;
    let side = |bits: &mut Bits<'_>| if small { Ok((bits.read(5)? + 1) * 8) } else { bits.u32(SIDE) };
    let height = side(bits)?;
    let ratio = bits.read(3)?;
    let width = if ratio == 0 { side(bits)? } else { wide(height, ratio)? };
    Ok((width, height))
}

/// Sides of the preview (D.3.5).
fn preview(bits: &mut Bits<'_>) -> Result<(u32, u32), Stop> {
    let coarse = bits.flag()?;
    let side = |bits: &mut Bits<'_>| -> Result<u32, Stop> {
        if coarse {
            Ok(bits.u32([(16, 0), (32, 0), (1, 5), (33, 9)])? * 8)
        } else {
            bits.u32([(1, 6), (65, 8), (321, 10), (1345, 12)])
        }
    };
    let height = side(bits)?;
    let ratio = bits.read(3)?;
    let width = if ratio == 0 { side(bits)? } else { wide(height, ratio)? };
    Ok((width, height))
}

/// A width by its fixed ratio to the height (table D.2).
fn wide(height: u32, ratio: u32) -> Result<u32, Stop> {
    let (over, under) = [(1, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1)][ratio as usize & 7];
    u32::try_from(u64::from(height) * over / under).map_err(|_| Stop::Broken)
}

/// The metadata of the picture (D.3); says whether a colour profile follows.
fn metadata(bits: &mut Bits<'_>, image: &mut Image, colour: Colour) -> Result<bool, Stop> {
    let more = bits.flag()?;
    if more {
        bits.read(3)?;
        if bits.flag()? {
            size(bits)?;
        }
        if bits.pass(Bits::flag)? {
            image.preview = Some(bits.pass(preview)?);
        }
        bits.emit(0, 1);
        if bits.flag()? {
            image.animated = true;
            bits.u32([(100, 0), (1000, 0), (1, 10), (1, 30)])?;
            bits.u32([(1, 0), (1001, 0), (1, 8), (1, 10)])?;
            bits.u32([(0, 0), (0, 3), (0, 16), (0, 32)])?;
            image.timecodes = bits.pass(Bits::flag)?;
            bits.emit(0, 1);
        }
    }
    if image.timecodes {
        image.found.push(Code::Time);
    }
    depth(bits)?;
    bits.flag()?;
    image.extra = bits.u32([(0, 0), (1, 0), (2, 4), (1, 12)])? as usize;
    let mut black = false;
    for _ in 0..image.extra {
        black |= channel(bits, &mut image.found)?;
    }
    image.xyb = bits.flag()?;
    let profiled = encoding(bits, colour, black)?;
    if more && !bits.flag()? {
        bits.halves(2)?;
        bits.flag()?;
        bits.halves(1)?;
    }
    extensions(bits, &mut image.found)?;
    Ok(profiled)
}

/// Bits of a sample (D.3.6).
fn depth(bits: &mut Bits<'_>) -> Result<(), Stop> {
    if bits.flag()? {
        bits.u32([(32, 0), (16, 0), (24, 0), (1, 6)])?;
        bits.read(4)?;
    } else {
        bits.u32([(8, 0), (10, 0), (12, 0), (1, 6)])?;
    }
    Ok(())
}

/// A channel beyond the colours, without its name (D.3.7); says whether it is black ink.
fn channel(bits: &mut Bits<'_>, found: &mut Vec<Code>) -> Result<bool, Stop> {
    if bits.flag()? {
        return Ok(false);
    }
    let kind = bits.choice()?;
    depth(bits)?;
    bits.u32([(0, 0), (3, 0), (4, 0), (1, 3)])?;
    name(bits, found)?;
    match kind {
        0 => bits.flag().map(|_| ())?,
        2 => bits.halves(4)?,
        5 => bits.u32([(1, 0), (0, 2), (3, 4), (19, 8)]).map(|_| ())?,
        _ => {}
    }
    Ok(kind == 4)
}

/// A name, in the place of which an empty one is written.
pub(super) fn name(bits: &mut Bits<'_>, found: &mut Vec<Code>) -> Result<(), Stop> {
    let length = bits.pass(|bits| bits.u32(NAME))?;
    bits.skip(u64::from(length) * 8)?;
    bits.emit(0, 2);
    if length > 0 {
        found.push(Code::ItemName);
    }
    Ok(())
}

/// Extensions, in the place of which none are written: the standard defines none, and readers pass them over (D.3.2).
pub(super) fn extensions(bits: &mut Bits<'_>, found: &mut Vec<Code>) -> Result<(), Stop> {
    let used = bits.pass(Bits::u64)?;
    let mut total = 0_u64;
    for _ in 0..used.count_ones() {
        total = total.checked_add(bits.pass(Bits::u64)?).ok_or(Stop::Broken)?;
    }
    bits.skip(total)?;
    bits.emit(0, 2);
    if used != 0 {
        found.push(Code::ApplicationData);
    }
    Ok(())
}

/// What the colours mean (E.2); says whether a profile follows.
fn encoding(bits: &mut Bits<'_>, colour: Colour, black: bool) -> Result<bool, Stop> {
    let (usual, profiled) = bits.pass(|bits| {
        let usual = bits.flag()?;
        Ok((usual, !usual && bits.flag()?))
    })?;
    bits.emit(u32::from(usual), 1);
    if usual {
        return Ok(false);
    }
    if profiled {
        if colour == Colour::Profile {
            bits.emit(1, 1);
            bits.choice()?;
            return Ok(true);
        }
        return standard(bits, black).map(|()| true);
    }
    bits.emit(0, 1);
    const CUSTOM: u32 = 2;
    let space = bits.choice()?;
    if space != 2 {
        if bits.choice()? == CUSTOM {
            point(bits)?;
        }
        if space != 1 && bits.choice()? == CUSTOM {
            for _ in 0..3 {
                point(bits)?;
            }
        }
        if bits.flag()? {
            bits.read(24)?;
        } else {
            bits.choice()?;
        }
    }
    bits.choice()?;
    Ok(false)
}

/// Names grey or sRGB in the place of a broken profile.
fn standard(bits: &mut Bits<'_>, black: bool) -> Result<(), Stop> {
    let space = bits.pass(Bits::choice)?;
    if space > 1 || black {
        return Err(Stop::Broken);
    }
    bits.emit(0, 1);
    bits.emit(space, 2);
    // White D65, for colours the primaries of sRGB, no gamma, the curve of sRGB (2 + 11), relative intent.
    bits.emit(1, 2);
    if space == 0 {
        bits.emit(1, 2);
    }
    bits.emit(0, 1);
    bits.emit(11 << 2 | 2, 6);
    bits.emit(1, 2);
    Ok(())
}

/// A chromaticity (E.2).
fn point(bits: &mut Bits<'_>) -> Result<(), Stop> {
    for _ in 0..2 {
        bits.u32([(0, 19), (524_288, 19), (1_048_576, 20), (2_097_152, 21)])?;
    }
    Ok(())
}

/// Matrices of XYB, and weights for enlarging (D.3.3, D.3.9).
fn transform(bits: &mut Bits<'_>, xyb: bool) -> Result<(), Stop> {
    if xyb && !bits.flag()? {
        bits.halves(16)?;
    }
    let custom = bits.read(3)?;
    for (index, count) in [15, 55, 210].into_iter().enumerate() {
        if custom >> index & 1 == 1 {
            bits.halves(count)?;
        }
    }
    Ok(())
}
