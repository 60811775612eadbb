//! Covers parts of a JPEG stream in its blocks of coefficients: what is touched becomes flat, every other block keeps
//! its quantised coefficients exactly.
//!
//! ITU-T T.81 (ISO/IEC 10918-1): baseline, extended sequential (8 and 12 bits) and progressive, coded with Huffman
//! codes. Nothing is dequantised: coefficients are read, those of touched MCUs replaced, and all are coded again under the
//! source's own frame and scan headers, with code tables made anew (K.2).

mod bits;
mod decode;
mod encode;
mod exact;
mod fill;
mod frame;
mod header;
mod huffman;
mod samples;
#[cfg(test)]
mod tests;

use crate::cut::{Cut, Piece};
use crate::pixels::MOST_SAMPLES;
use crate::place::Area;
pub(crate) use exact::exact;
use fill::Touched;
use frame::{Member, Scan};
use header::{Layout, Part};
pub use samples::{Decoded, samples};

/// A redacted stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The stream, from SOI to EOI.
    pub bytes: Vec<u8>,
    /// What was filled: each area grown to whole MCUs and cut to the picture.
    pub covered: Vec<Area>,
}

/// A redacted stream as pieces of its source.
#[derive(Debug, Clone)]
pub struct Recoded {
    /// What is kept of the source, and the scans and code tables that are written.
    pub cut: Cut,
    /// What was filled: each area grown to whole MCUs and cut to the picture.
    pub covered: Vec<Area>,
    /// Where the stream ends in the source; what follows is not in the cut.
    pub end: u64,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

/// Why a stream cannot be coded anew. The texts hold no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// It ends before its picture does.
    #[error("the JPEG picture ends too early")]
    Truncated,
    /// It breaks the standard.
    #[error("the JPEG picture is damaged: {0}")]
    Damaged(&'static str),
    /// It asks for more than may be had.
    #[error("{0}")]
    TooLarge(&'static str),
    /// It is of a kind that is not coded anew here.
    #[error("parts of {0} pictures cannot be covered here")]
    Kind(&'static str),
}

impl Broken {
    /// A stable kebab-case word, as surgeons use them in their refusals.
    pub fn code(self) -> &'static str {
        match self {
            Broken::Truncated => "truncated",
            Broken::Damaged(_) => "not-understood",
            Broken::TooLarge(_) => "too-large",
            Broken::Kind(_) => "cannot-cover",
        }
    }

    /// What a person can do about it, in one sentence.
    pub fn advice(self) -> &'static str {
        match self {
            Broken::Truncated => {
                "Fetch the file again from where it came from, or open it in a viewer and save it anew."
            }
            Broken::Damaged(_) => "Open the file in the program that made it and save it anew, then run scrubs again.",
            Broken::TooLarge(_) => "Check where the file came from before opening it anywhere.",
            Broken::Kind(_) => {
                "Cover the writing in a picture editor, save the picture as JPEG or PNG, then run scrubs again."
            }
        }
    }
}

/// Covers areas of a JPEG stream, in pixels of the stored picture. What follows its end marker is left out.
///
/// # Errors
/// As [`recode`].
pub fn redact(stream: &[u8], areas: &[Area]) -> Result<Redacted, Broken> {
    let Recoded { cut, covered, .. } = recode(stream, areas)?;
    Ok(Redacted { bytes: carried_out(&cut, stream), covered })
}

/// Covers areas of a JPEG stream as [`redact`] does, and says which of its bytes stay.
///
/// What was written is decoded again, and its coefficients compared with those that were to be written.
///
/// # Errors
/// A [`Broken`]: where data are missing or make no sense, for more than [`MOST_SAMPLES`] coefficients, and for lossless,
/// hierarchical and arithmetic-coded streams.
pub fn recode(stream: &[u8], areas: &[Area]) -> Result<Recoded, Broken> {
    let layout = header::layout(stream)?;
    if let Some(recoded) = attempt(stream, &layout, areas, None)? {
        return Ok(recoded);
    }
    // Scans that leave bits out cannot hold the fill: then simple ones take their place.
    match own_script(stream, &layout).map(|script| attempt(stream, &layout, areas, Some(&script))) {
        Some(Ok(Some(recoded))) => Ok(recoded),
        Some(Err(broken)) => Err(broken),
        _ => Err(Broken::Damaged("its scans cannot be written again as they are")),
    }
}

/// Codes the picture anew, in its own scans or in those of a script; none where what was written does not hold what was to
/// be written.
fn attempt(stream: &[u8], layout: &Layout, areas: &[Area], script: Option<&[Scan]>) -> Result<Option<Recoded>, Broken> {
    let frame = &layout.frame;
    let mut planes = decode::decode(stream, layout, MOST_SAMPLES)?;
    let touched = Touched::new(frame, areas);
    touched.flatten(&mut planes, &layout.padded())?;
    let mut cut = Cut::new();
    for part in &layout.parts {
        match (part, script) {
            (Part::Keep(range), _) => cut.keep(whole(range), HEADERS),
            (Part::Scan(0), Some(script)) => {
                for scan in script {
                    let (tables, data) = encode::scan(frame, scan, &mut planes)?;
                    cut.write([tables, scan.said(frame), data].concat(), CODED);
                }
            }
            (Part::Scan(index), None) => {
                let scan = &layout.scans[*index];
                let (tables, data) = encode::scan(frame, scan, &mut planes)?;
                cut.write(tables, CODED);
                cut.keep(whole(&scan.header), HEADERS);
                cut.write(data, CODED);
            }
            (Part::Scan(_), Some(_)) => {}
        }
    }
    if !layout.ended {
        cut.write([0xFF, 0xD9], HEADERS);
    }
    let (expected, covered) = (planes.digest(), touched.covered);
    drop(planes);
    let written = carried_out(&cut, stream);
    let again = header::layout(&written).and_then(|layout| decode::decode(&written, &layout, MOST_SAMPLES));
    let size = (frame.width as u32, frame.height as u32);
    let same = again.is_ok_and(|planes| planes.digest() == expected);
    Ok(same.then_some(Recoded { cut, covered, end: layout.end as u64, size }))
}

/// What headers are kept for.
const HEADERS: &str = "headers of the picture";

/// What is written of scans.
const CODED: &str = "coded samples, covered in parts";

fn whole(range: &std::ops::Range<usize>) -> std::ops::Range<u64> {
    range.start as u64..range.end as u64
}

/// The output of a cut of a stream in memory.
fn carried_out(cut: &Cut, stream: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(usize::try_from(cut.len()).unwrap_or(0));
    for piece in cut.pieces() {
        match piece {
            Piece::Keep { range, .. } => {
                bytes.extend_from_slice(stream.get(range.start as usize..range.end as usize).unwrap_or_default());
            }
            Piece::Write { bytes: new, .. } => bytes.extend_from_slice(new),
            Piece::Blank { length, .. } => bytes.resize(bytes.len() + *length as usize, 0),
        }
    }
    bytes
}

/// The simplest progressive scans that hold everything: all DC values, then the AC values of each component. None for a
/// sequential picture, and where quantisation changes between scans.
fn own_script(stream: &[u8], layout: &Layout) -> Option<Vec<Scan>> {
    let frame = &layout.frame;
    let late = layout.parts.iter().skip_while(|part| matches!(part, Part::Keep(_)));
    let mut late = late.filter_map(|part| if let Part::Keep(range) = part { stream.get(range.clone()) } else { None });
    if !frame.progressive || late.any(|part| part.iter().find(|byte| **byte != 0xFF) == Some(&0xDB)) {
        return None;
    }
    let members: Vec<Member> =
        (0..frame.components.len()).map(|index| Member { index, dc: index, ac: index }).collect();
    let scan = |members: &[Member], band| Scan {
        members: members.to_vec(),
        band,
        bits: (0, 0),
        restart: layout.scans.first().map_or(0, |scan| scan.restart),
        tables: [None; 8],
        header: 0..0,
        data: 0..0,
    };
    let blocks: usize = frame.components.iter().map(|component| component.across * component.down).sum();
    // More than ten blocks may not stand together (B.2.3).
    let together = if blocks <= 10 { members.len() } else { 1 };
    let dc = members.chunks(together).map(|members| scan(members, (0, 0)));
    Some(dc.chain(members.iter().map(|member| scan(std::slice::from_ref(member), (1, 63)))).collect())
}
