//! The proof of a JPEG 2000 file: the boxes that a decoder reads, and codestreams whose comments are blank.
//!
//! ISO/IEC 15444-1 Annex I.5 and A.9.2; 15444-2 Annex M.11. No second parser stands behind this account: the one crate
//! that reads these files asks for a newer compiler than the project does.

use super::header::{self, is_requirements, leaves, leaves_at_all};
use super::{SIGNATURE, codestream, is_bare, top};
use crate::inspect::boxes::{Box4, Spans};
use crate::inspect::bytes::Bytes;
use crate::inspect::residue::Haystack;
use crate::inspect::{Evidence, Left, Trouble, icc};
use crate::place::Place;
use std::collections::HashSet;
use std::ops::Range;

/// The longest header box that is read.
const LONGEST: u64 = 16 << 20;

/// Brands that a file type box may name (15444-1 I.5.2; 15444-2 M.11.2; 15444-15 D.3).
const BRANDS: &[&[u8; 4]] = &[b"jp2 ", b"jpx ", b"jpxb", b"jph ", b"jp20", b"J2P0", b"J2P1"];

/// Boxes that describe pictures and how they are laid over each other.
const HEADERS: &[&[u8; 4]] = &[b"jp2h", b"jpch", b"jplh", b"comp"];

/// A box of a header: its type and its content.
type Told = ([u8; 4], Vec<u8>);

/// What decoding needs of a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Header {
    /// Boxes of the header, other than colour profiles, in order.
    told: Vec<Told>,
    /// The colour spaces of the profiles.
    profiles: usize,
}

/// Proves an output; the number is how many bytes of samples were compared.
pub(in crate::inspect) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let (mut left, mut hay) = (Left::default(), Haystack::default());
    let bare = is_bare(&mut output)?;
    if bare != is_bare(&mut original)? {
        return Err(Trouble::SamplesChanged);
    }
    if bare {
        let (old, new) = (Spans::new(Some(0..original.len())), Spans::new(Some(0..output.len())));
        picture(&mut output, &new, &mut left)?;
        left.none()?;
        return compared(&mut original, &[old], &mut output, &[new]);
    }
    let boxes = top(&mut output)?;
    let before = read_by_viewers(top(&mut original)?, is_extended(&mut output, &boxes)?);
    let kept: HashSet<Told> = headers(&mut original, &before)?.into_iter().collect();
    account(&mut output, &boxes, &kept, &mut left, &mut hay)?;
    if hay.survivor(&mut original, evidence.dropped)?.is_some() {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    let (old, mut new) = (needed(&mut original, &before)?, needed(&mut output, &boxes)?);
    let profiles = profiles(&mut original, &before)?;
    let sound = profiles.iter().filter(|p| !icc::account(p).is_broken()).count();
    if profiles.len() > sound && !old.told.iter().any(|(kind, _)| kind == b"colr") {
        // In the place of a broken profile stands the space that readers assume without one: grey or sRGB.
        let stands_in = |(kind, content): &Told| kind == b"colr" && matches!(content[..], [1, 0, 0, 0, 0, 0, 16 | 17]);
        if let Some(at) = new.told.iter().position(stands_in) {
            new.told.remove(at);
        }
    }
    if old.told != new.told || sound > new.profiles {
        return Err(Trouble::SamplesChanged);
    }
    compared(&mut original, &streams(&before), &mut output, &streams(&boxes))
}

/// Whether the file type names JPX, whose files may have many pictures.
fn is_extended(bytes: &mut Bytes<'_>, boxes: &[Box4]) -> Result<bool, Trouble> {
    let Some(found) = boxes.get(1).filter(|b| &b.kind == b"ftyp") else { return Ok(false) };
    Ok(bytes.copy(found.data.clone(), 64)?.chunks(4).any(|brand| brand.starts_with(b"jpx")))
}

/// The boxes that a viewer reads: of headers for the whole file the first, and of pictures too, unless it is a JPX file.
fn read_by_viewers(boxes: Vec<Box4>, extended: bool) -> Vec<Box4> {
    let (mut header, mut picture) = (false, false);
    let mut read = |b: &Box4| match &b.kind {
        b"jp2h" => !std::mem::replace(&mut header, true),
        b"jp2c" => !std::mem::replace(&mut picture, true) || extended,
        b"jpch" | b"jplh" | b"comp" => extended,
        _ => true,
    };
    boxes.into_iter().filter(|b| read(b)).collect()
}

fn compared(
    original: &mut Bytes<'_>,
    before: &[Spans],
    output: &mut Bytes<'_>,
    after: &[Spans],
) -> Result<u64, Trouble> {
    if after.is_empty() || before.len() != after.len() {
        return Err(Trouble::SamplesChanged);
    }
    for (old, new) in before.iter().zip(after) {
        if !codestream::same((&mut *original, old), (&mut *output, new))? {
            return Err(Trouble::SamplesChanged);
        }
    }
    Ok(after.iter().map(Spans::len).sum())
}

fn unaccounted(what: &'static str, range: &Range<u64>) -> Trouble {
    Trouble::Unaccounted(what, Place::bytes("JPEG 2000", range.start, range.end - range.start))
}

fn account(
    bytes: &mut Bytes<'_>,
    boxes: &[Box4],
    kept: &HashSet<Told>,
    left: &mut Left,
    hay: &mut Haystack,
) -> Result<(), Trouble> {
    let last = boxes.len().saturating_sub(1);
    let (mut headers, mut pictures) = (0, 0);
    for (i, found) in boxes.iter().enumerate() {
        if !found.whole {
            return Err(unaccounted("bytes that are no box", &found.range));
        }
        if !(found.stated || i == last && &found.kind == b"jp2c") {
            return Err(unaccounted("a box without a length", &found.range));
        }
        if &found.kind == b"jp2c" {
            pictures += 1;
            picture(bytes, &Spans::new(Some(found.data.clone())), left)?;
            continue;
        }
        if found.length() > LONGEST {
            return Err(Trouble::TooLarge("a header of more than 16 MB"));
        }
        let content = bytes.copy(found.data.clone(), LONGEST as usize)?;
        let allowed = match &found.kind {
            b"jP  " => i == 0 && bytes.get(0, 12)? == Some(SIGNATURE),
            b"ftyp" => i == 1 && is_file_type(&content),
            b"jp2h" => {
                headers += 1;
                headers == 1 && pictures == 0 && header::is_allowed(&content)
            }
            b"jpch" | b"jplh" | b"comp" => header::is_allowed(&content),
            b"rreq" => is_requirements(&content),
            _ => false,
        };
        if !allowed {
            let place = Place::bytes(found.name(), found.range.start, found.range.end - found.range.start);
            left.note(format!("{} box", found.name()), place);
            continue;
        }
        open(found, &content, kept, hay)?;
    }
    if headers != 1 || pictures == 0 || boxes.get(1).is_none_or(|b| &b.kind != b"ftyp") {
        return Err(Trouble::Damaged("it lacks a header or a picture"));
    }
    Ok(())
}

/// Adds to the search what a header holds in numbers, and the open fields of its colour profiles.
fn open(found: &Box4, content: &[u8], kept: &HashSet<Told>, hay: &mut Haystack) -> Result<(), Trouble> {
    if !HEADERS.contains(&&found.kind) {
        return Ok(());
    }
    for (kind, range) in leaves(content).unwrap_or_default() {
        let leaf = &content[range];
        match header::profile(leaf).filter(|_| &kind == b"colr") {
            Some(profile) => {
                for range in icc::account(profile).open {
                    hay.add(profile.get(range).unwrap_or_default())?;
                }
            }
            // A palette is colours, and is compared with the original's.
            None if &kind == b"pclr" => {}
            // What the original says in the same words was kept, not removed.
            None if kept.contains(&(kind, leaf.to_vec())) => {}
            None => hay.add(leaf)?,
        }
    }
    Ok(())
}

fn is_file_type(content: &[u8]) -> bool {
    let known = |b: &[u8]| BRANDS.iter().any(|k| *k == b);
    let brands = content.chunks(4).enumerate();
    (8..=64).contains(&content.len()) && brands.into_iter().all(|(i, b)| if i == 1 { b == [0; 4] } else { known(b) })
}

fn picture(bytes: &mut Bytes<'_>, stream: &Spans, left: &mut Left) -> Result<(), Trouble> {
    if let Some(what) = codestream::fault(bytes, stream)? {
        let start = stream.ranges().first().map_or(0, |r| r.start);
        left.note(what, Place::bytes("codestream", start, stream.len()));
    }
    Ok(())
}

fn streams(boxes: &[Box4]) -> Vec<Spans> {
    boxes.iter().filter(|b| &b.kind == b"jp2c").map(|b| Spans::new(Some(b.data.clone()))).collect()
}

fn headers(bytes: &mut Bytes<'_>, boxes: &[Box4]) -> Result<Vec<Told>, Trouble> {
    let (mut out, mut length) = (Vec::new(), 0u64);
    for found in boxes.iter().filter(|b| HEADERS.contains(&&b.kind)).take(20_000) {
        length = length.saturating_add(found.length());
        if length > LONGEST {
            return Err(Trouble::TooLarge("headers of more than 16 MB"));
        }
        let content = bytes.copy(found.data.clone(), LONGEST as usize)?;
        out.extend(leaves_at_all(&content).into_iter().map(|(kind, range)| (kind, content[range].to_vec())));
    }
    Ok(out)
}

fn profiles(bytes: &mut Bytes<'_>, boxes: &[Box4]) -> Result<Vec<Vec<u8>>, Trouble> {
    let all = headers(bytes, boxes)?.into_iter();
    Ok(all.filter(|(kind, _)| kind == b"colr").filter_map(|(_, c)| Some(header::profile(&c)?.to_vec())).collect())
}

/// What a viewer heeds of the headers.
fn needed(bytes: &mut Bytes<'_>, boxes: &[Box4]) -> Result<Header, Trouble> {
    let mut header = Header::default();
    let mut components = 0;
    for (kind, content) in headers(bytes, boxes)? {
        if &kind == b"colr" && header::profile(&content).is_some() {
            header.profiles += 1;
            continue;
        }
        if let (b"ihdr", Some([high, low])) = (&kind, content.get(8..10)) {
            components = usize::from(*high) << 8 | usize::from(*low);
        }
        header.told.extend(header::heeded(&kind, &content, components).map(|told| (kind, told)));
    }
    Ok(header)
}
