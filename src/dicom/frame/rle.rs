//! What a run-length coded frame holds beside its samples: unused numbers of its header, bytes behind its segments.
//!
//! DICOM PS3.5 Annex G (G.3.2 the decoder, G.5 the header).

use super::{Extra, Joined, Said};
use crate::finding::Code;
use crate::plan::Refusal;

const HEADER: u64 = 64;

/// Lists what may go from a frame. One that breaks the grammar is left for the proof to refuse.
pub(super) fn extras(frame: &mut Joined<'_, '_>, said: Said<'_>) -> Result<Vec<Extra>, Refusal> {
    let pixels = said.pixels.unwrap_or(u64::MAX);
    // One segment for each byte of a pixel (G.2).
    let segments = said.bytes.and_then(|bytes| usize::try_from(bytes / pixels.max(1)).ok()).filter(|n| *n > 0);
    let mut out = Vec::new();
    let Some(header) = frame.bytes::<64>(0)? else { return Ok(out) };
    let number = |i: usize| u64::from(u32::from_le_bytes([header[i], header[i + 1], header[i + 2], header[i + 3]]));
    let count = number(0);
    if !(1..=15).contains(&count) {
        return Ok(out);
    }
    let offsets: Vec<u64> = (1..=count as usize).map(|i| number(4 * i)).collect();
    if offsets[0] != HEADER || offsets.windows(2).any(|w| w[0] >= w[1]) || offsets.iter().any(|o| *o > frame.len()) {
        return Ok(out);
    }
    out.push(Extra::zeros(Code::DicomPadding, 4 + 4 * count..HEADER));
    for (i, start) in offsets.iter().enumerate() {
        let end = offsets.get(i + 1).copied().unwrap_or(frame.len());
        let beyond = segments.is_some_and(|segments| i >= segments);
        let stop = if beyond { *start } else { segment(frame, *start, end, pixels)? };
        out.push(Extra::zeros(Code::DicomPadding, stop..end));
    }
    Ok(out)
}

/// Where the runs end that make up so many bytes.
fn segment(frame: &mut Joined<'_, '_>, mut at: u64, end: u64, pixels: u64) -> Result<u64, Refusal> {
    let mut made = 0;
    while made < pixels && at < end {
        let Some([control]) = frame.bytes(at)? else { break };
        let (length, takes) = match control {
            n @ 0..=127 => (u64::from(n) + 1, u64::from(n) + 2),
            128 => (0, 1),
            n => (257 - u64::from(n), 2),
        };
        made += length;
        at += takes;
        // Of a run of different bytes those beyond the last pixel are no sample.
        if control < 128 {
            at -= made.saturating_sub(pixels);
        }
    }
    Ok(at.min(end))
}
