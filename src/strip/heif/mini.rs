//! The low-overhead form: one `mini` box with a header of bits, configurations, a profile, samples, Exif and XMP.
//!
//! ISO/IEC 23008-12:2025, annex O (`MinimizedImageBox`). No offset points into the box, so it is written shorter.

use super::config::{self, Codec};
use super::extent::{self, Patches, Stream};
use super::nal::{self, Count};
use super::obu;
use super::part::Part;
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::icc;
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::ops::Range;

/// Bytes of the header of bits at most, without high dynamic range: 2 + 5 + 1 + 3 + 8 + 20 and some.
const HEADER: u64 = 64;

fn damaged() -> Refusal {
    Refusal::not_understood("the low-overhead description of the picture is damaged")
}

/// Bits that are read, and written again unless they are left out.
struct Bits<'a> {
    old: &'a [u8],
    at: usize,
    new: Vec<bool>,
}

impl Bits<'_> {
    /// Reads a number of so many bits without writing it.
    fn skip(&mut self, count: usize) -> Result<u64, Refusal> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.old.get(self.at / 8).ok_or_else(damaged)?;
            value = value << 1 | u64::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Ok(value)
    }

    fn write(&mut self, value: u64, count: usize) {
        self.new.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
    }

    /// Reads a number of so many bits and writes it again.
    fn copy(&mut self, count: usize) -> Result<u64, Refusal> {
        let value = self.skip(count)?;
        self.write(value, count);
        Ok(value)
    }

    fn flag(&mut self) -> Result<bool, Refusal> {
        Ok(self.copy(1)? == 1)
    }

    fn bytes(self) -> Vec<u8> {
        let byte = |bits: &[bool]| bits.iter().enumerate().fold(0, |sum, (at, bit)| sum | u8::from(*bit) << (7 - at));
        self.new.chunks(8).map(byte).collect()
    }
}

/// What the header says; sizes in bytes.
#[derive(Debug, Default)]
struct Header {
    exif: bool,
    xmp: bool,
    icc: bool,
    large: bool,
    /// The codec that the header itself names.
    codec: Option<[u8; 4]>,
    size: (u32, u32),
    alpha_configuration: u64,
    configuration: u64,
    profile: u64,
    alpha: u64,
    samples: u64,
    exif_size: u64,
    xmp_size: u64,
    /// Length of the old header.
    length: u64,
}

/// Reads the header, and writes it anew for a profile of `profile` bytes where one is given.
fn header(old: &[u8], profile: Option<u64>) -> Result<(Header, Vec<u8>), Refusal> {
    let mut bits = Bits { old, at: 0, new: Vec::new() };
    let mut header = Header::default();
    if bits.copy(2)? != 0 {
        return Err(damaged());
    }
    let (types, float, _) = (bits.flag()?, bits.flag()?, bits.flag()?);
    let (alpha, colours) = (bits.flag()?, bits.flag()?);
    if bits.flag()? {
        return Err(Refusal::not_understood("the picture has high dynamic range in the low-overhead form"));
    }
    header.icc = bits.skip(1)? == 1;
    bits.write(u64::from(header.icc && profile.is_some()), 1);
    (header.exif, header.xmp) = (bits.skip(1)? == 1, bits.skip(1)? == 1);
    bits.write(0, 2);
    let chroma = bits.copy(2)?;
    bits.copy(3)?;
    let side = if bits.flag()? { 15 } else { 7 };
    header.size = (bits.copy(side)? as u32 + 1, bits.copy(side)? as u32 + 1);
    bits.copy(match chroma {
        1 => 2,
        2 => 1,
        _ => 0,
    })?;
    if float {
        bits.copy(2)?;
    } else if bits.flag()? {
        bits.copy(3)?;
    }
    bits.copy(usize::from(alpha))?;
    if colours {
        bits.copy(if chroma == 0 { 16 } else { 24 })?;
    }
    if types {
        let (item, configuration) = (bits.copy(32)? as u32, bits.copy(32)? as u32);
        header.codec = match (&item.to_be_bytes(), &configuration.to_be_bytes()) {
            (b"hvc1", b"hvcC") => Some(*b"hvcC"),
            (b"av01", b"av1C") => Some(*b"av1C"),
            _ => return Err(Refusal::not_understood("the picture is coded in a way that is not cleaned here")),
        };
    }
    sizes(&mut bits, &mut header, alpha, profile)?;
    header.length = bits.at.div_ceil(8) as u64;
    Ok((header, bits.bytes()))
}

/// The second half of the header: how long its chunks are.
fn sizes(bits: &mut Bits<'_>, header: &mut Header, alpha: bool, profile: Option<u64>) -> Result<(), Refusal> {
    let kept = profile.filter(|_| header.icc);
    if header.icc || header.exif || header.xmp {
        header.large = bits.skip(1)? == 1;
    }
    if let Some(size) = kept {
        bits.write(u64::from(size > 1 << 10), 1);
    }
    let metadata = if header.large { 20 } else { 10 };
    let configuration = if bits.flag()? { 12 } else { 3 };
    let samples = if bits.flag()? { 28 } else { 15 };
    if header.icc {
        header.profile = bits.skip(metadata)? + 1;
    }
    if let Some(size) = kept {
        let width = if size > 1 << 10 { 20 } else { 10 };
        if size > 1 << 20 || size == 0 {
            return Err(damaged());
        }
        bits.write(size - 1, width);
    }
    header.configuration = bits.copy(configuration)?;
    header.samples = bits.copy(samples)? + 1;
    if alpha {
        header.alpha = bits.copy(samples)?;
        if header.alpha > 0 {
            header.alpha_configuration = bits.copy(configuration)?;
        }
    }
    if header.exif || header.xmp {
        // Whether Exif and XMP are compressed.
        bits.skip(1)?;
    }
    if header.exif {
        header.exif_size = bits.skip(metadata)? + 1;
    }
    if header.xmp {
        header.xmp_size = bits.skip(metadata)? + 1;
    }
    Ok(())
}

/// Lays a `mini` box anew; `codec` is what the brands say of it. Returns width and height.
pub(super) fn lay(
    operation: &mut Operation<'_>,
    source: &dyn Source,
    part: &Part,
    codec: Option<[u8; 4]>,
) -> Result<(u32, u32), Refusal> {
    let head = source.read_range(part.body..part.end.min(part.body + HEADER), HEADER)?;
    let (old, _) = header(&head, None)?;
    let mut at = part.body + old.length;
    let mut chunk = |size: u64| {
        let range = at..at + size;
        at = range.end;
        if at > part.end || part.cut {
            Err(Refusal::truncated("the file ends before its picture does"))
        } else {
            Ok(range)
        }
    };
    let (alpha_configuration, configuration) = (chunk(old.alpha_configuration)?, chunk(old.configuration)?);
    let (profile, alpha, samples) = (chunk(old.profile)?, chunk(old.alpha)?, chunk(old.samples)?);
    let (exif, xmp) = (chunk(old.exif_size)?, chunk(old.xmp_size)?);
    let kind = old.codec.or(codec).ok_or_else(damaged)?;
    let configure = |range: &Range<u64>| -> Result<(Vec<u8>, Codec), Refusal> {
        let mut bytes = source.read_range(range.clone(), 1 << 12)?;
        let codec = config::clean(&kind, &mut bytes).ok_or_else(damaged)?;
        Ok((bytes, codec))
    };
    let (main, codec) = configure(&configuration)?;
    let (other, alpha_codec) = match alpha_configuration.is_empty() {
        true => (Vec::new(), codec),
        false => configure(&alpha_configuration)?,
    };
    let colours = icc::clean(&source.read_range(profile.clone(), 1 << 20)?).map(|cleaned| cleaned.profile);
    let (_, bits) = header(&head, colours.as_ref().map(|colours| colours.len() as u64))?;
    let colours = colours.unwrap_or_default();
    tell(operation, source, &[(&profile, &colours)], [exif, xmp, at..part.end])?;
    let (mut patches, mut count) = (Patches::default(), Count::default());
    for (range, codec) in [(&alpha, alpha_codec), (&samples, codec)] {
        let stream = Stream::new([range.clone()]);
        let notes = match codec {
            Codec::Units(family, field) => nal::walk(source, &stream, family, field, &mut patches, &mut count)?,
            Codec::Obus => obu::walk(source, &stream, &mut patches, &mut count)?,
        };
        for note in notes {
            let label = "note of the encoder in the coded picture";
            operation.found_as(Code::ApplicationData, label, "coded samples", note, Action::Remove);
        }
    }
    let front = [bits, other, main, colours].concat();
    let size = 8 + front.len() as u64 + (samples.end - alpha.start);
    let size = u32::try_from(size).map_err(|_| damaged())?;
    let front = [&size.to_be_bytes()[..], b"mini", &front].concat();
    operation.put(part.start..alpha.start, front, "low-overhead description of the picture")?;
    let used = alpha.start..samples.end;
    extent::lay(operation, source, used.clone(), std::slice::from_ref(&used), &patches)?;
    Ok(old.size)
}

/// Tells what goes: a profile that is changed, Exif, XMP, and what stands behind them.
fn tell(
    operation: &mut Operation<'_>,
    source: &dyn Source,
    profiles: &[(&Range<u64>, &Vec<u8>)],
    gone: [Range<u64>; 3],
) -> Result<(), Refusal> {
    for (range, new) in profiles {
        if source.read_range((*range).clone(), 1 << 20)? != **new {
            let code = if new.is_empty() { Code::IccDropped } else { Code::IccDescription };
            operation.found(code, "mini", (*range).clone(), Action::Replace);
        }
    }
    for (range, code) in gone.into_iter().zip([Code::ExifOther, Code::Xmp, Code::Junk]) {
        if !range.is_empty() {
            operation.found(code, "mini", range, Action::Remove);
        }
    }
    Ok(())
}
