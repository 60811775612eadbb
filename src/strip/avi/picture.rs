//! Pictures of Motion JPEG: each is cleaned by the surgeon of JPEG, and what that would leave out becomes fill bytes, so
//! that the picture keeps its length.
//!
//! ITU-T T.81, B.1.1.2 (fill bytes), B.2.4 (tables); OpenDML 1.02, section 5 (two fields in one chunk, APP0 AVI1).

use super::refused;
use super::unit::Patch;
use crate::cut::{Piece, Source};
use crate::plan::Refusal;
use crate::strip::{Options, jpeg};
use std::io;
use std::ops::Range;

/// A picture in memory.
struct Picture<'a>(&'a [u8]);

impl Source for Picture<'_> {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        Source::read_at(self.0, offset, buffer)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self.0)
    }
}

/// What goes of a sample that is shown `rows` high: of its one picture, or of the two that show every second row.
///
/// # Errors
/// Where a picture is damaged, or where it would read as another once that is gone.
pub(super) fn notes(sample: &[u8], rows: u32) -> Result<Vec<Patch>, Refusal> {
    let patches = once(sample, rows)?;
    if patches.is_empty() {
        return Ok(patches);
    }
    let mut after = sample.to_vec();
    for (range, new) in &patches {
        if let Some(old) = after.get_mut(range.clone()).filter(|old| old.len() == new.len()) {
            old.copy_from_slice(new);
        }
    }
    // Fill bytes in a damaged picture may join with what stands beside them to something else.
    if !once(&after, rows).is_ok_and(|again| again.is_empty()) {
        return Err(refused("a picture of the film is a JPEG that would read as another without its notes"));
    }
    Ok(patches)
}

fn once(sample: &[u8], rows: u32) -> Result<Vec<Patch>, Refusal> {
    let mut out = Vec::new();
    if sample.is_empty() {
        return Ok(out);
    }
    let (height, mut end) = field(sample, 0, &mut out)?;
    if u64::from(height) * 4 < u64::from(rows) * 3
        && let Some(second) = second(sample, end)
    {
        uniform(sample, end..second, &mut out);
        end = field(sample, second, &mut out)?.1;
    }
    uniform(sample, end..sample.len(), &mut out);
    Ok(out)
}

/// Where a second picture begins behind the first, with nothing but filling between them.
fn second(sample: &[u8], from: usize) -> Option<usize> {
    let at = from + memchr::memmem::find(sample.get(from..)?, &[0xFF, 0xD8])?;
    sample[from..at].iter().all(|b| matches!(b, 0 | 0xFF)).then_some(at)
}

/// Filling behind a picture is all of one kind, zeros or ones; anything else becomes zeros.
fn uniform(sample: &[u8], range: Range<usize>, out: &mut Vec<Patch>) {
    let bytes = &sample[range.clone()];
    if !bytes.iter().all(|b| *b == 0) && !bytes.iter().all(|b| *b == 0xFF) {
        out.push((range, vec![0; bytes.len()]));
    }
}

/// One picture: its height, and where it ends.
fn field(sample: &[u8], start: usize, out: &mut Vec<Patch>) -> Result<(u32, usize), Refusal> {
    let bytes = &sample[start..];
    let plan = jpeg::plan(&Picture(bytes), &Options::default())
        .map_err(|_| refused("a picture of the film is a JPEG that is damaged or holds what cannot be left out"))?;
    let adobe = |piece: &Piece| matches!(piece, Piece::Write { bytes, .. } if bytes.starts_with(&[0xFF, 0xEE]));
    if plan.cut.pieces().iter().any(adobe) {
        return Err(refused("a picture of the film has a note among its colours"));
    }
    let kept: Vec<Range<usize>> = plan.cut.pieces().iter().filter_map(kept).collect();
    let ended = plan.cut.pieces().last().and_then(kept_end);
    let end = ended.unwrap_or(bytes.len());
    let segments = segments(bytes, &kept);
    for gap in plan.cut.dropped(bytes.len() as u64) {
        let gap = gap.start as usize..(gap.end as usize).min(end);
        if gap.is_empty() {
            continue;
        }
        let mut new = vec![0xFF; gap.len()];
        for segment in segments.iter().filter(|s| s.range.start < gap.end && gap.start < s.range.end) {
            let image = segment.image(bytes, &gap, &kept, sample.len())?;
            let both = segment.range.start.max(gap.start)..segment.range.end.min(gap.end);
            if let Some(image) = image {
                let from = both.start - segment.range.start;
                new[both.start - gap.start..both.end - gap.start].copy_from_slice(&image[from..from + both.len()]);
            }
        }
        if new != bytes[gap.clone()] {
            out.push((start + gap.start..start + gap.end, new));
        }
    }
    Ok((plan.height.unwrap_or(0), start + end))
}

fn kept(piece: &Piece) -> Option<Range<usize>> {
    match piece {
        Piece::Keep { range, .. } => Some(range.start as usize..range.end as usize),
        _ => None,
    }
}

/// Where the picture ends, if it has an end marker.
fn kept_end(piece: &Piece) -> Option<usize> {
    kept(piece).filter(|_| piece.why() == "EOI").map(|range| range.end)
}

/// A segment of the picture.
struct Segment {
    marker: u8,
    range: Range<usize>,
}

/// The segments of a picture, those between scans too.
fn segments(bytes: &[u8], kept: &[Range<usize>]) -> Vec<Segment> {
    let (mut at, mut out) = (2, Vec::new());
    while let Some([first, marker]) = bytes.get(at..at + 2) {
        match (first, marker) {
            (0xFF, 0xD9) => break,
            (0xFF, 0x02..=0xCF | 0xDA..=0xFE) => {
                let length = bytes.get(at + 2..at + 4).map_or(0, |b| usize::from(u16::from_be_bytes([b[0], b[1]])));
                let end = at + 2 + length;
                if length < 2 || end > bytes.len() {
                    break;
                }
                out.push(Segment { marker: *marker, range: at..end });
                at = end;
                // Behind the header of a scan its samples are passed over.
                let samples = kept.iter().find(|range| *marker == 0xDA && range.start <= end && end < range.end);
                at = samples.map_or(at, |range| range.end);
            }
            (0xFF, 0xFF) => at += 1,
            (0xFF, _) => at += 2,
            _ => at += 1,
        }
    }
    out
}

impl Segment {
    /// What a segment becomes that stays in part, or that says which field of two a picture is.
    fn image(
        &self,
        bytes: &[u8],
        gap: &Range<usize>,
        kept: &[Range<usize>],
        sample: usize,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        let old = &bytes[self.range.clone()];
        if self.marker == 0xE0 && self.range.start == 2 && old.get(4..8) == Some(b"AVI1") {
            return Ok(avi1(old, sample));
        }
        let stays = kept.iter().any(|range| range.start < self.range.end && self.range.start < range.end);
        if !stays {
            return Ok(None);
        }
        let mut new = old.to_vec();
        let gone = |at: usize| gap.contains(&(self.range.start + at));
        let mut at = 4;
        while let Some(first) = old.get(at) {
            let (head, length) = match self.marker {
                0xDB => (1, 64 * (1 + usize::from(first >> 4))),
                0xC4 => (17, old.get(at + 1..at + 17).map_or(0, |n| n.iter().map(|n| usize::from(*n)).sum())),
                _ => break,
            };
            let end = at + head + length;
            if end > old.len() || first >> 4 > 1 || first & 15 > 3 {
                break;
            }
            if gone(at) {
                // A table that nothing uses: ones for quantities; symbols of nought, all with the longest codes.
                new[at + head..end].fill(u8::from(self.marker == 0xDB));
                if self.marker == 0xC4 {
                    new[at + 1..at + 17].fill(0);
                    new[at + 16] = length.min(255) as u8;
                    new[at + 15] = length.saturating_sub(255).min(255) as u8;
                }
            }
            at = end;
        }
        // Behind tables any filling would read as another table.
        if matches!(self.marker, 0xDB | 0xC4) && at < old.len() {
            return Err(refused("a picture of the film has bytes behind its tables"));
        }
        (at..old.len()).filter(|at| gone(*at)).for_each(|at| new[at] = 0);
        Ok(Some(new))
    }
}

/// AVI1 with nothing but its numbers: which field this is, and the field's length with filling and without.
fn avi1(old: &[u8], sample: usize) -> Option<Vec<u8>> {
    let mut new = old.to_vec();
    let body = new.get_mut(8..)?;
    let polarity = body.first().copied().filter(|polarity| *polarity <= 2);
    let sizes: Vec<u32> = match body.get(2..10) {
        Some(sizes) if body.len() == 10 => {
            sizes.chunks_exact(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]])).collect()
        }
        _ => Vec::new(),
    };
    body.fill(0);
    if let (Some(first), Some(polarity)) = (body.first_mut(), polarity) {
        *first = polarity;
    }
    for (to, size) in body.get_mut(2..).unwrap_or_default().chunks_exact_mut(4).zip(sizes) {
        if size as usize <= sample {
            to.copy_from_slice(&size.to_be_bytes());
        }
    }
    Some(new)
}
