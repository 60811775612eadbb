//! The proof of a TIFF: directories with listed entries, their values, strips that hold samples, and every true page.
//!
//! A true page is a directory of the chain with a size, other than a smaller copy of another (NewSubfileType bit 0,
//! SubfileType 2, never the first of what is no slide) and a slide's label, overview or thumbnail. All of them stand in an output, in order.

use super::coded::{Spent, is_blank};
use super::page::{MOST_SEGMENTS, Page};
use super::slide::{Standing, maker_of, standing};
use super::{Directory, Order, compared, entries, opinion};
use crate::inspect::bytes::Bytes;
use crate::inspect::residue::Haystack;
use crate::inspect::{Evidence, Left, Trouble};
use crate::place::Place;
use crate::recording::Format;
use std::ops::Range;

/// Parts of an output by place: what each byte belongs to.
#[derive(Debug, Default)]
struct Claims {
    parts: Vec<Range<u64>>,
    strips: Vec<Range<u64>>,
}

/// Proves an output; the number is how many bytes of samples were compared.
pub(in crate::inspect) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let (mut left, mut hay) = (Left::default(), Haystack::default());
    let (before, after) = (Order::read(&mut original)?, Order::read(&mut output)?);
    if (before.little, before.big) != (after.little, after.big) || after.big != (evidence.format == Format::BigTiff) {
        return Err(Trouble::SamplesChanged);
    }
    let places = account(evidence, &mut output, &after, &mut left, &mut hay)?;
    if hay.survivor(&mut original, evidence.dropped)?.is_some() {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    pages(&mut original, &before, &mut output, &after, &places)
}

/// Accounts for every byte, and lists the directories.
fn account(
    evidence: &Evidence<'_>,
    bytes: &mut Bytes<'_>,
    order: &Order,
    left: &mut Left,
    hay: &mut Haystack,
) -> Result<Vec<u64>, Trouble> {
    let (places, ends) = order.chain(bytes)?;
    if places.is_empty() || !ends {
        return Err(Trouble::Damaged("its pages do not end"));
    }
    let header = 0..order.header();
    let reserved = bytes.copy(header.clone(), 16)?;
    if order.big && reserved[6..8] != [0, 0] {
        left.note("reserved bytes of the header", Place::bytes("header", 6, 2));
    }
    let mut claims = Claims { parts: vec![header], strips: Vec::new() };
    let (mut shown, mut size, mut samples, mut spent) = (Vec::new(), (0, 0), 0u64, Spent::default());
    for at in &places {
        let Some(directory) = order.directory(bytes, *at)? else { continue };
        let Some(page) = Page::read(bytes, order, &directory)? else {
            return Err(Trouble::Damaged("a directory without a picture"));
        };
        entries::check(bytes, &directory, &page, left, hay)?;
        if shown.is_empty() {
            size = (page.width, page.height);
        }
        claims.parts.push(directory.range.clone());
        claims.parts.extend(directory.entries.iter().filter(|e| !e.is_inline()).map(|e| e.value.clone()));
        // Pages may share strips, but not so that a small file makes a long work.
        samples += page.segments.iter().map(|s| s.end - s.start).sum::<u64>();
        if samples > 4 * bytes.len() {
            return Err(Trouble::TooLarge("a TIFF whose pages share their strips many times"));
        }
        compared::account(bytes, &page, &mut spent)?;
        claims.strips.extend(page.segments.iter().filter(|s| !s.is_empty()).cloned());
        if claims.strips.len() > MOST_SEGMENTS {
            return Err(Trouble::TooLarge("a TIFF of more than two million strips or tiles"));
        }
        if shown.len() < opinion::MOST {
            shown.push(directory);
        }
    }
    claims.tile(bytes, left)?;
    if !opinion::agrees(evidence.output, &shown, size) {
        left.note("directories that another reader sees otherwise", Place::bytes("TIFF", order.first, 0));
    }
    Ok(places)
}

impl Claims {
    /// Headers, directories, values and strips tile the file; between them there are zeros at most. Strips may be shared
    /// by pages; nothing else lies over anything.
    fn tile(mut self, bytes: &mut Bytes<'_>, left: &mut Left) -> Result<(), Trouble> {
        self.parts.sort_by_key(|r| (r.start, r.end));
        self.strips.sort_by_key(|r| (r.start, r.end));
        let (mut parts, mut strips) = (self.parts.iter().peekable(), self.strips.iter().peekable());
        let (mut at, mut in_strip) = (0, 0);
        loop {
            let part_is_next = match (parts.peek(), strips.peek()) {
                (None, None) => break,
                (Some(part), Some(strip)) => part.start <= strip.start,
                (part, _) => part.is_some(),
            };
            let next = if part_is_next { parts.next() } else { strips.next() };
            let Some(range) = next.filter(|r| !r.is_empty()) else { continue };
            let place = |r: Range<u64>| Place::bytes("TIFF", r.start, r.end - r.start);
            // A strip may begin where another strip still is, and nowhere else.
            if range.start < at && (part_is_next || at != in_strip) {
                return Err(Trouble::Unaccounted("parts that lie over one another", place(range.clone())));
            }
            if range.start > at && !is_blank(bytes, at..range.start)? {
                return Err(Trouble::Unaccounted("bytes between the parts", place(at..range.start)));
            }
            at = at.max(range.end);
            if !part_is_next {
                in_strip = in_strip.max(range.end);
            }
        }
        let end = bytes.len();
        let padding = end.saturating_sub(at) == 1 && is_blank(bytes, at..end)?;
        if at < end && !padding {
            left.note("data behind the picture", Place::bytes("trailer", at, end - at));
        }
        Ok(())
    }
}

/// Compares page by page.
fn pages(
    original: &mut Bytes<'_>,
    before: &Order,
    output: &mut Bytes<'_>,
    after: &Order,
    places: &[u64],
) -> Result<u64, Trouble> {
    // A chain that breaks off or bites its tail has the pages up to there.
    let (theirs, _) = before.chain(original)?;
    let mut kept = places.iter();
    let mut next = read(output, after, kept.next())?;
    let sold = maker_of(original, before, &theirs)?;
    let (mut compared, mut segments, mut spent) = (0, 0, Spent::default());
    for (i, at) in theirs.iter().enumerate() {
        let Some(directory) = before.directory(original, *at)? else { continue };
        let Some(page) = Page::read(original, before, &directory)? else { continue };
        segments += page.segments.len();
        if segments > 2 * MOST_SEGMENTS {
            return Err(Trouble::TooLarge("a TIFF of more than four million strips or tiles"));
        }
        let standing = match i {
            0 if sold.is_none() => Standing { may_go: false, must_go: false },
            _ => standing(original, before, sold, &directory, &page)?,
        };
        let same = match &next {
            Some((new, copy)) => same((original, &directory, &page), (output, new, copy), before, &mut spent)?,
            None => None,
        };
        match same {
            Some(_) if standing.must_go => {
                let mut left = Left::default();
                left.note("label or overview of a slide", Place::bytes("TIFF", *at, 0));
                left.none()?;
            }
            Some(n) => {
                compared += n;
                next = read(output, after, kept.next())?;
            }
            None if standing.may_go => {}
            None => return Err(Trouble::SamplesChanged),
        }
    }
    if next.is_some() { Err(Trouble::SamplesChanged) } else { Ok(compared) }
}

fn read(bytes: &mut Bytes<'_>, order: &Order, at: Option<&u64>) -> Result<Option<(Directory, Page)>, Trouble> {
    let Some(at) = at else { return Ok(None) };
    let Some(directory) = order.directory(bytes, *at)? else { return Ok(None) };
    let page = Page::read(bytes, order, &directory)?;
    Ok(page.map(|page| (directory, page)))
}

/// Whether a directory of the output is a copy of one of the original; how many bytes of samples were compared.
fn same(
    (original, old, before): (&mut Bytes<'_>, &Directory, &Page),
    (output, new, after): (&mut Bytes<'_>, &Directory, &Page),
    order: &Order,
    spent: &mut Spent,
) -> Result<Option<u64>, Trouble> {
    if before.shape() != after.shape() || !entries::same((original, old, before), (output, new), order)? {
        return Ok(None);
    }
    compared::same(original, before, output, after, spent)
}
