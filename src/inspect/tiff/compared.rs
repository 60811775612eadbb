//! The samples of a page, before and after: strip by strip, or tile by tile.
//!
//! TIFF 6.0 section 22 and TIFF Technical Note 2 (1995): each strip or tile is a JPEG of its own, without the tables that
//! JPEGTables has for all of them.

use super::coded::{Spent, end, is_blank};
use super::common::is_common;
use super::page::Page;
use super::wavelet;
use crate::inspect::Trouble;
use crate::inspect::bytes::{Bytes, compare, total};
use crate::inspect::jpeg::samples::Samples;
use crate::inspect::jpeg::{Part, Walk, coded_length};
use crate::inspect::png::stream;
use crate::place::Place;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::ops::Range;

/// Bytes of tables that are read in one page: they count once for each strip or tile.
const TABLES: u64 = 1 << 30;

/// What a JPEG strip has beside samples.
#[derive(Debug, Default, PartialEq, Eq)]
struct Beside {
    /// The colour transform that Adobe's segment states.
    transform: Option<u8>,
    /// What may not stand in an output, and where.
    fault: Option<(&'static str, Range<u64>)>,
}

/// Proves of an output's page that its strips hold samples and nothing else.
pub(super) fn account(bytes: &mut Bytes<'_>, page: &Page, spent: &mut Spent) -> Result<(), Trouble> {
    if page.is_jpeg() {
        return account_jpeg(bytes, page);
    }
    for i in 0..page.segments.len() {
        let range = page.segments[i].clone();
        if page.is_wavelet() && !range.is_empty() {
            match wavelet::account_of(bytes, &range)? {
                Some(what) => return Err(unaccounted(what, range)),
                None => continue,
            }
        }
        let found = end(bytes, page, i, spent)?;
        let behind = range.start + found.taken..range.end;
        if found.over {
            return Err(unaccounted("samples behind the picture", range));
        }
        if !behind.is_empty() && !is_blank(bytes, behind.clone())? {
            return Err(unaccounted("bytes after the samples", behind));
        }
    }
    Ok(())
}

fn account_jpeg(bytes: &mut Bytes<'_>, page: &Page) -> Result<(), Trouble> {
    let mut used: HashSet<u64> = HashSet::new();
    let tables = page.tables.clone();
    let long = tables.as_ref().map_or(0, |range| range.end - range.start);
    if long.saturating_mul(page.segments.len() as u64) > TABLES {
        return Err(Trouble::TooLarge("a TIFF with long tables for many strips or tiles"));
    }
    if let Some(tables) = &tables {
        let mut none = Samples::default();
        let beside = read(bytes, tables.clone(), &mut none)?;
        if let Some((what, range)) = beside.fault {
            return Err(unaccounted(what, range));
        }
        if none.scans() > 0 || !none.data.is_empty() {
            return Err(unaccounted("samples among the tables", tables.clone()));
        }
    }
    for range in &page.segments {
        if range.is_empty() {
            continue;
        }
        let (samples, beside) = jpeg(bytes, tables.clone(), range.clone())?;
        if let Some((what, range)) = beside.fault {
            return Err(unaccounted(what, range));
        }
        for (table, is_used) in samples.tables() {
            if is_used {
                used.insert(table.start);
            } else if range.contains(&table.start) {
                return Err(unaccounted("a table that no scan uses", table.clone()));
            }
        }
    }
    let Some(range) = tables else { return Ok(()) };
    let mut all = Samples::default();
    read(bytes, range, &mut all)?;
    for (table, _) in all.tables().filter(|(table, _)| !used.contains(&table.start)) {
        if !is_common(&bytes.copy(table.clone(), 300)?) {
            return Err(unaccounted("a table that no scan uses", table.clone()));
        }
    }
    Ok(())
}

/// A strip with the tables before it.
fn jpeg(bytes: &mut Bytes<'_>, tables: Option<Range<u64>>, range: Range<u64>) -> Result<(Samples, Beside), Trouble> {
    let mut samples = Samples::default();
    if let Some(tables) = tables {
        read(bytes, tables, &mut samples)?;
    }
    let beside = read(bytes, range, &mut samples)?;
    samples.finish();
    Ok((samples, beside))
}

/// Reads one JPEG stream, up to its end.
fn read(bytes: &mut Bytes<'_>, range: Range<u64>, samples: &mut Samples) -> Result<Beside, Trouble> {
    let mut walk = Walk::new(range);
    let mut beside = Beside::default();
    while let Some(part) = walk.next(bytes)? {
        let fault = match part {
            Part::Start(_) | Part::End(_) | Part::ScanFill(_) => None,
            Part::Scan(range) => {
                samples.scan(range)?;
                None
            }
            Part::Segment { marker, range, payload } => {
                let n = (payload.end - payload.start) as usize;
                let content = bytes.get(payload.start, n)?.unwrap_or_default();
                let jfif = marker == 0xe0 && n == 14 && content.starts_with(b"JFIF\0") && content[12..] == [0, 0];
                let adobe = marker == 0xee && n == 12 && content.starts_with(b"Adobe");
                if marker == 0xee && n >= 12 && content.starts_with(b"Adobe") {
                    beside.transform.get_or_insert(content[11]);
                }
                match coded_length(marker, content) {
                    Some(length) => {
                        samples.segment(marker, range.start, payload.start, content);
                        (length != n).then_some(("bytes behind a table", range))
                    }
                    None if jfif || adobe => None,
                    None => Some(("a segment that is no part of the picture", range)),
                }
            }
            Part::Behind(range) => (!is_blank(bytes, range.clone())?).then_some(("bytes after the samples", range)),
            Part::Bare(_, range) | Part::Fill(range) | Part::Junk(range) => Some(("bytes between segments", range)),
        };
        beside.fault = beside.fault.or(fault);
    }
    Ok(beside)
}

/// Compares the samples of a page; the number is how many bytes were, and none that they differ.
pub(super) fn same(
    original: &mut Bytes<'_>,
    before: &Page,
    output: &mut Bytes<'_>,
    after: &Page,
    spent: &mut Spent,
) -> Result<Option<u64>, Trouble> {
    let mut compared = 0;
    for (i, new) in after.segments.iter().enumerate() {
        let Some(old) = before.segments.get(i) else { return Ok(None) };
        let same = if after.is_jpeg() && !new.is_empty() && !old.is_empty() {
            let (theirs, his) = jpeg(original, before.tables.clone(), old.clone())?;
            let (ours, mine) = jpeg(output, after.tables.clone(), new.clone())?;
            let first = theirs.first(ours.scans());
            let alike = match first {
                Some(first) => compare((&mut *output, &ours.ranges), (&mut *original, first))?,
                None => false,
            };
            compared += total(&ours.ranges);
            alike && his.transform == mine.transform
        } else {
            compared += new.end - new.start;
            same_segment((original, old), (output, after, new), i, spent)?
        };
        if !same {
            return Ok(None);
        }
    }
    Ok((before.segments.len() == after.segments.len()).then_some(compared))
}

/// An output's strip is the original's up to the end of its data; what stood behind that may be gone.
fn same_segment(
    (original, old): (&mut Bytes<'_>, &Range<u64>),
    (output, after, new): (&mut Bytes<'_>, &Page, &Range<u64>),
    i: usize,
    spent: &mut Spent,
) -> Result<bool, Trouble> {
    let n = (old.end - old.start).min(new.end - new.start);
    let (x, y) = (new.start..new.start + n, old.start..old.start + n);
    if !compare((&mut *output, &[x]), (&mut *original, &[y]))? || !is_blank(output, new.start + n..new.end)? {
        return match after.is_wavelet() {
            true => wavelet::same((original, old), (output, new)),
            false => same_inflated((original, old), (output, after, new), i, spent),
        };
    }
    if old.start + n == old.end || is_blank(original, old.start + n..old.end)? {
        return Ok(true);
    }
    if after.is_wavelet() {
        return wavelet::same((original, old), (output, new));
    }
    Ok(after.is_measurable() && end(output, after, i, spent)?.complete)
}

/// A stream that held more than the picture is written anew: then the samples are the same, and not their code.
fn same_inflated(
    (original, old): (&mut Bytes<'_>, &Range<u64>),
    (output, after, new): (&mut Bytes<'_>, &Page, &Range<u64>),
    i: usize,
    spent: &mut Spent,
) -> Result<bool, Trouble> {
    let Some(needed) = after.needed(i).filter(|_| after.is_deflated()) else { return Ok(false) };
    let theirs = digest(original, old, needed, spent)?;
    Ok(theirs.is_some() && theirs == digest(output, new, needed, spent)?)
}

/// The SHA-256 of the first `needed` bytes that a stream inflates to; none where it has fewer.
fn digest(
    bytes: &mut Bytes<'_>,
    range: &Range<u64>,
    needed: u64,
    spent: &mut Spent,
) -> Result<Option<[u8; 32]>, Trouble> {
    spent.inflates(needed, bytes.len())?;
    let (mut hasher, mut left) = (Sha256::new(), needed);
    stream(bytes, std::slice::from_ref(range), needed, |samples| {
        let n = samples.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        hasher.update(&samples[..n]);
        left -= n as u64;
    })?;
    Ok((left == 0).then(|| hasher.finalize().into()))
}

fn unaccounted(what: &'static str, range: Range<u64>) -> Trouble {
    Trouble::Unaccounted(what, Place::bytes("TIFF", range.start, range.end.saturating_sub(range.start)))
}
