//! The proof of a PNG or APNG: nothing but the picture and listed chunks of listed lengths.
//!
//! W3C PNG (third edition) section 11; the compressed stream of each picture ends where its chunks do and inflates to
//! exactly what the header says.

use super::kind::name;
use super::{Coded, Frame, Header, Part, Walk, coded, stream};
use crate::inspect::bytes::{Bytes, compare, total};
use crate::inspect::jpeg::cleared::colours;
use crate::inspect::residue::{Haystack, inflate};
use crate::inspect::{Evidence, Left, Trouble, exif, icc};
use crate::place::Place;
use sha2::{Digest, Sha256};
use std::ops::Range;

/// Chunks that may stand in an output, with the lengths their data may have.
const ALLOWED: &[(&[u8; 4], &[u64])] = &[
    (b"IHDR", &[13]),
    (b"tRNS", &[]),
    (b"PLTE", &[]),
    (b"gAMA", &[4]),
    (b"cHRM", &[32]),
    (b"sRGB", &[1]),
    (b"sBIT", &[1, 2, 3, 4]),
    (b"bKGD", &[1, 2, 6]),
    (b"pHYs", &[9]),
    (b"acTL", &[8]),
    (b"cICP", &[4]),
    (b"mDCV", &[24]),
    (b"cLLI", &[8]),
    (b"IEND", &[0]),
];

/// The longest chunk, other than one of samples, that is read.
const LONGEST: u64 = icc::LONGEST as u64;

/// Proves an output; the number is how many bytes of samples were compared.
pub(in crate::inspect) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let (mut left, mut hay) = (Left::default(), Haystack::default());
    let frame = account(&mut output, &mut left, &mut hay)?;
    second_opinion(&frame, &mut left);
    if hay.survivor(&mut original, evidence.dropped)?.is_some() || compressed_survivor(&mut original, &hay)? {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    let after = coded(&mut output)?;
    let before = coded(&mut original)?;
    same(&mut original, &before, &mut output, &after)
}

/// Accounts for every byte. Returns a copy of the file without its samples, for another reader.
fn account(bytes: &mut Bytes<'_>, left: &mut Left, hay: &mut Haystack) -> Result<Vec<u8>, Trouble> {
    let mut walk = Walk::new(bytes)?;
    let mut frame = super::SIGNATURE.to_vec();
    let mut seen: Vec<[u8; 4]> = Vec::new();
    while let Some(part) = walk.next(bytes)? {
        let (kind, range, data) = match part {
            Part::Chunk { kind, range, data, whole: true } => (kind, range, data),
            Part::Chunk { range, .. } => return Err(unaccounted("a chunk that the file ends in", range)),
            Part::Behind(range) => {
                left.note("data behind the picture", Place::bytes("trailer", range.start, range.end - range.start));
                continue;
            }
        };
        if !is_check_sum_right(bytes, &range)? {
            return Err(unaccounted("a chunk with a wrong check sum", range));
        }
        let length = data.end - data.start;
        if matches!(&kind, b"IDAT" | b"fdAT") || (&kind == b"fcTL" && length == 26) {
            continue;
        }
        let place = || Place::bytes(name(kind), range.start, range.end - range.start);
        if length > LONGEST || frame.len() as u64 + length > 2 * LONGEST {
            return Err(Trouble::TooLarge("a PNG of more than 16 MB beside its picture"));
        }
        frame.extend(bytes.copy(range.clone(), usize::MAX)?);
        let again = seen.contains(&kind);
        seen.push(kind);
        let content = bytes.copy(data, usize::MAX)?;
        let allowed = match &kind {
            b"PLTE" => length % 3 == 0 && (3..=768).contains(&length),
            b"tRNS" => (1..=256).contains(&length),
            b"eXIf" => exif::is_orientation_only(&content),
            b"iCCP" => profile(&content, left, hay)?,
            _ => ALLOWED.iter().any(|(k, lengths)| **k == kind && lengths.contains(&length)),
        };
        if again || !allowed {
            left.note(format!("{} chunk", name(kind)), place());
        } else if !matches!(&kind, b"PLTE" | b"tRNS" | b"iCCP" | b"eXIf") {
            hay.add(&content)?;
        }
    }
    if !walk.ended() {
        return Err(Trouble::Damaged("the picture has no end"));
    }
    Ok(frame)
}

/// A profile's chunk: a neutral name, deflate, and a stream that ends with the chunk (11.3.2.3).
fn profile(content: &[u8], left: &mut Left, hay: &mut Haystack) -> Result<bool, Trouble> {
    let Some(end) = memchr::memchr(0, content).filter(|n| (1..=79).contains(n)) else { return Ok(false) };
    let title: String = content[..end].iter().map(|b| char::from(*b)).collect();
    let Some([0, packed @ ..]) = content.get(end + 1..) else { return Ok(false) };
    let (profile, taken) = inflate(packed, icc::LONGEST as u64);
    colours(&profile, "iCCP", left, hay)?;
    Ok(icc::is_neutral(&title) && taken == Some(packed.len()))
}

pub(super) fn is_check_sum_right(bytes: &mut Bytes<'_>, range: &Range<u64>) -> Result<bool, Trouble> {
    let mut sum = crc32fast::Hasher::new();
    bytes.each(range.start + 4..range.end - 4, |part| {
        sum.update(part);
        Ok(())
    })?;
    let stated = bytes.get(range.end - 4, 4)?.map(<[u8]>::to_vec);
    Ok(stated.as_deref() == Some(&sum.finalize().to_be_bytes()[..]))
}

fn unaccounted(what: &'static str, range: Range<u64>) -> Trouble {
    Trouble::Unaccounted(what, Place::bytes("PNG", range.start, range.end - range.start))
}

/// img-parts must read the parts beside the samples as chunks, to the last byte.
fn second_opinion(frame: &[u8], left: &mut Left) {
    let length = frame.len();
    let copy = frame.to_vec();
    let theirs = exif::quietly(|| img_parts::png::Png::from_bytes(copy.into()).ok().map(|png| png.len()));
    if theirs != Some(length) {
        left.note("chunks that another reader sees otherwise", Place::bytes("PNG", 0, length as u64));
    }
}

/// Whether a string inside a compressed text or profile of the original stands in the output.
fn compressed_survivor(original: &mut Bytes<'_>, hay: &Haystack) -> Result<bool, Trouble> {
    if hay.is_empty() {
        return Ok(false);
    }
    let mut walk = Walk::new(original)?;
    let mut tried = 0;
    while let Some(Part::Chunk { kind, data, .. }) = walk.next(original)? {
        if !matches!(&kind, b"zTXt" | b"iTXt") || tried > 64 {
            continue;
        }
        tried += 1;
        let content = original.copy(data, 1 << 20)?;
        for start in memchr::memchr_iter(0x78, &content).take(8) {
            if hay.probe(&inflate(&content[start..], 1 << 20).0).is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Compares what decoding needs, before and after, and proves that each stream fills its picture and no more.
fn same(original: &mut Bytes<'_>, before: &Coded, output: &mut Bytes<'_>, after: &Coded) -> Result<u64, Trouble> {
    let header = after.header.ok_or(Trouble::Damaged("the picture has no header"))?;
    let mut compared = total(&after.fixed);
    if before.header != after.header || before.frames.len() != after.frames.len() {
        return Err(Trouble::SamplesChanged);
    }
    if !compare((&mut *output, &after.fixed), (&mut *original, &before.fixed))? {
        return Err(Trouble::SamplesChanged);
    }
    for (old, new) in before.frames.iter().zip(&after.frames) {
        let needed = header.inflated(new.size.0, new.size.1);
        let read = stream(output, &new.data, needed, |_| {})?;
        let length = total(&new.data);
        if read.inflated != needed {
            return Err(Trouble::Damaged("the compressed picture is not as large as its header says"));
        }
        if read.taken != Some(length) {
            return Err(Trouble::Unaccounted("bytes after the compressed picture", Place::bytes("IDAT", 0, length)));
        }
        if !compare((&mut *output, &new.data), (&mut *original, &first(&old.data, length)))? {
            return repacked(original, before, output, after, header);
        }
        compared += length;
    }
    Ok(compared)
}

/// Compares the inflated pictures, where they were compressed anew.
fn repacked(
    original: &mut Bytes<'_>,
    before: &Coded,
    output: &mut Bytes<'_>,
    after: &Coded,
    header: Header,
) -> Result<u64, Trouble> {
    let digest_of = |bytes: &mut Bytes<'_>, fixed: &[Range<u64>], frames: &[Frame]| {
        let mut digest = Sha256::new();
        for range in fixed {
            bytes.each(range.clone(), |part| {
                digest.update(part);
                Ok(())
            })?;
        }
        for frame in frames {
            let needed = header.inflated(frame.size.0, frame.size.1);
            let mut left = needed;
            stream(bytes, &frame.data, needed, |part| {
                let n = left.min(part.len() as u64) as usize;
                digest.update(&part[..n]);
                left -= n as u64;
            })?;
        }
        Ok::<[u8; 32], Trouble>(digest.finalize().into())
    };
    let old = digest_of(original, &before.fixed, &before.frames)?;
    let new = digest_of(output, &after.fixed, &after.frames)?;
    if old != new {
        return Err(Trouble::SamplesChanged);
    }
    Ok(after.frames.iter().map(|frame| header.inflated(frame.size.0, frame.size.1)).sum())
}

/// The first `length` bytes of a list of ranges.
fn first(ranges: &[Range<u64>], mut length: u64) -> Vec<Range<u64>> {
    let mut out = Vec::new();
    for range in ranges {
        let n = length.min(range.end - range.start);
        out.push(range.start..range.start + n);
        length -= n;
    }
    out
}
