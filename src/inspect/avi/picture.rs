//! A picture of Motion JPEG: its samples and tables are the original's, and beside them stands filling alone.
//!
//! ISO/IEC 10918-1, annex B; OpenDML 1.02, section 5 (two fields in one chunk, APP0 AVI1).

use crate::finding::{Action, Finding};
use crate::inspect::bytes::Bytes;
use crate::inspect::jpeg::{self, Part, Walk};
use crate::inspect::{Discovery, Trouble};
use crate::place::Place;
use std::ops::Range;

/// A picture, and the filling behind it.
type Field = (Range<usize>, Range<usize>);

/// What is wrong with a sample of the output.
pub(super) enum Fault {
    Changed,
    Left(&'static str),
}

/// The pictures of a sample, one or two, and the filling behind each.
pub(super) fn fields(sample: &[u8], rows: u32) -> Result<Vec<Field>, Trouble> {
    let (mut out, mut start) = (Vec::new(), 0);
    while start < sample.len() && out.len() < 2 {
        let (end, height) = extent(&sample[start..])?;
        let end = start + end;
        let mut next = end;
        while next < sample.len() && matches!(sample[next..], [0, ..] | [0xff, 0 | 0xff, ..] | [0xff]) {
            next += 1;
        }
        let half = out.is_empty() && u64::from(height) * 4 < u64::from(rows) * 3;
        let follows = half && sample.get(next..next + 2) == Some(&[0xff, 0xd8]);
        let stop = if follows { next } else { sample.len() };
        out.push((start..end, end..stop));
        start = stop;
    }
    Ok(out)
}

/// Where a picture ends, and how high it is.
fn extent(bytes: &[u8]) -> Result<(usize, u32), Trouble> {
    let mut reader = Bytes::over(bytes);
    let (mut walk, mut height) = (Walk::new(0..bytes.len() as u64), 0);
    while let Some(part) = walk.next(&mut reader)? {
        match part {
            Part::Segment { marker, payload, .. } if jpeg::is_frame(marker) && height == 0 => {
                let head = bytes.get(payload.start as usize..payload.end as usize).unwrap_or_default();
                height = jpeg::size(head).map_or(0, |size| size.1);
            }
            Part::End(range) => return Ok((range.end as usize, height)),
            _ => {}
        }
    }
    Ok((bytes.len(), height))
}

/// Compares a sample with the original's, and looks for anything in it beside its pictures.
pub(super) fn fault(old: &[u8], new: &[u8], rows: u32) -> Result<Option<Fault>, Trouble> {
    if old.len() != new.len() {
        return Ok(Some(Fault::Changed));
    }
    let (before, after) = (fields(old, rows)?, fields(new, rows)?);
    if before.iter().map(|f| &f.0).ne(after.iter().map(|f| &f.0)) {
        return Ok(Some(Fault::Changed));
    }
    for (picture, filling) in after {
        if coded(old, &picture)? != coded(new, &picture)? {
            return Ok(Some(Fault::Changed));
        }
        let filling = &new[filling];
        if !filling.iter().all(|b| *b == 0) && !filling.iter().all(|b| *b == 0xff) {
            return Ok(Some(Fault::Left("bytes behind a picture")));
        }
        let bytes = new[picture.clone()].to_vec();
        if !is_marked(&bytes, new.len()) {
            return Ok(Some(Fault::Left("bytes in the mark of a field")));
        }
        let mut found = Discovery::default();
        jpeg::discover(&bytes, &mut found)?;
        if found.findings.iter().any(|finding| tells(finding, &bytes)) {
            return Ok(Some(Fault::Left("a JPEG picture with more in it than its picture")));
        }
        if differs(&old[picture.clone()], &bytes)? {
            return Ok(Some(Fault::Changed));
        }
    }
    Ok(None)
}

/// The samples of a picture, one scan after the other.
fn coded(sample: &[u8], picture: &Range<usize>) -> Result<Vec<u8>, Trouble> {
    let bytes = &sample[picture.clone()];
    let mut reader = Bytes::over(bytes);
    let (mut walk, mut out) = (Walk::new(0..bytes.len() as u64), Vec::new());
    while let Some(part) = walk.next(&mut reader)? {
        if let Part::Scan(range) = part {
            out.extend_from_slice(&range.start.to_le_bytes());
            out.extend_from_slice(&bytes[range.start as usize..range.end as usize]);
        }
    }
    Ok(out)
}

/// Whether a finding is more than filling, and more than the mark of a field.
fn tells(finding: &Finding, picture: &[u8]) -> bool {
    let Place::Bytes { offset, length, .. } = finding.place else { return finding.action != Action::Keep };
    let range = offset as usize..offset.saturating_add(length) as usize;
    let filled = picture.get(range).is_some_and(|b| b.iter().all(|b| *b == 0xff) || b.iter().all(|b| *b == 0));
    let mark = offset == 2 && picture.get(6..10) == Some(b"AVI1");
    finding.action != Action::Keep && !filled && !mark
}

/// Whether the mark of a field holds its numbers alone.
fn is_marked(picture: &[u8], sample: usize) -> bool {
    let Some([0xff, 0xe0, high, low, b'A', b'V', b'I', b'1', rest @ ..]) = picture.get(2..) else { return true };
    let length = usize::from(*high) << 8 | usize::from(*low);
    let Some(body) = length.checked_sub(6).and_then(|length| rest.get(..length)) else { return false };
    let number = |at: usize| body.get(at..at + 4).map_or(0, |b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let numbers = body.len() == 10 && number(2) <= sample && number(6) <= sample;
    body.first().is_none_or(|polarity| *polarity <= 2) && body.iter().skip(1).all(|b| *b == 0)
        || numbers && body[0] <= 2 && body[1] == 0
}

/// Whether anything but filling is other than it was: in tables that nothing uses zeros and ones are filling, too, and so
/// are the counts of such a table, which are for codes of 15 and 16 bits alone.
fn differs(old: &[u8], new: &[u8]) -> Result<bool, Trouble> {
    let mut reader = Bytes::over(new);
    let mut walk = Walk::new(0..new.len() as u64);
    while let Some(part) = walk.next(&mut reader)? {
        let range = part.range().start as usize..part.range().end as usize;
        let (was, is) = (&old[range.clone()], &new[range]);
        let same = match part {
            _ if was == is => true,
            Part::Fill(_) | Part::ScanFill(_) => true,
            Part::Segment { marker: 0xe0, .. } if is.get(4..8) == Some(b"AVI1") => true,
            Part::Segment { marker: 0xc4, .. } => tables(was, is),
            Part::Segment { .. } => was.iter().zip(is).all(|(was, is)| was == is || matches!(is, 0 | 1)),
            _ => false,
        };
        if !same {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether each table of codes is as it was, or idle.
fn tables(was: &[u8], is: &[u8]) -> bool {
    let mut at = 4;
    while let Some(counts) = is.get(at + 1..at + 17) {
        let end = at + 17 + counts.iter().map(|n| usize::from(*n)).sum::<usize>();
        let (Some(old), Some(new)) = (was.get(at..end), is.get(at..end)) else { break };
        let idle = new[1..15].iter().all(|b| *b == 0) && new[17..].iter().all(|b| *b == 0);
        if old != new && (old[0] != new[0] || !idle) {
            return false;
        }
        at = end;
    }
    was[..4] == is[..4] && was[at.min(was.len())..].iter().zip(&is[at.min(is.len())..]).all(|(a, b)| a == b || *b == 0)
}
