//! Finds some frames of a film whose frames are JPEG pictures (`jpeg`, `mjpa`), where they stand.
//!
//! ISO/IEC 14496-12, 8.5 to 8.7; QuickTime File Format, "Motion-JPEG".

use super::part::{Part, Walk, child, number};
use super::{SMALL, begun, refused};
use crate::cut::Source;
use crate::pixels::sample;
use crate::plan::Refusal;
use std::ops::Range;

/// Entries of frames that are JPEG pictures; of the two fields of `mjpa` the first is shown.
const KINDS: [[u8; 4]; 2] = [*b"jpeg", *b"mjpa"];
/// More frames than this no film has (a day of 100 frames a second).
const MOST: u64 = 9_000_000;
/// The most tracks of pictures.
const TRACKS: usize = 4;

/// Numbers and places of frames.
type Places = Option<Vec<(u64, Range<u64>)>>;

/// Numbers and places of at most `most` frames; none where a picture track is coded in another way, or there is none.
///
/// # Errors
/// Where the film's tables are damaged.
pub(in crate::strip) fn pictures(source: &dyn Source, most: u32) -> Result<Places, Refusal> {
    let Some(movie) = find(source, b"moov")? else { return Ok(None) };
    let (mut tables, mut walk) = (Vec::new(), Walk::inside(movie.body..movie.end));
    while let Some(part) = walk.next(source)? {
        if part.kind != *b"trak" {
            continue;
        }
        let Some(table) = pictures_of(source, &part)? else { continue };
        match kind(source, &table)? {
            Some(kind) if KINDS.contains(&kind) && tables.len() < TRACKS => tables.push(table),
            _ => return Ok(None),
        }
    }
    let film = begun(source);
    let (mut chosen, each) = (Vec::new(), most / u32::try_from(tables.len().max(1)).unwrap_or(1));
    for table in &tables {
        let mut count = 0;
        film.each_chunk(table, None, Some(&mut |index, _, _| counted(&mut count, index)), &mut |_, _, _| Ok(()))?;
        let wanted = sample(count, each.max(1));
        film.each_chunk(
            table,
            None,
            Some(&mut |index, range, _| {
                if wanted.binary_search(&index).is_ok() {
                    chosen.push((index, range));
                }
                Ok(())
            }),
            &mut |_, _, _| Ok(()),
        )?;
    }
    Ok((!chosen.is_empty()).then_some(chosen))
}

fn counted(count: &mut u64, index: u64) -> Result<(), Refusal> {
    *count = index + 1;
    if index >= MOST { Err(Refusal::too_large("the film has more frames than any real one")) } else { Ok(()) }
}

fn find(source: &dyn Source, kind: &[u8; 4]) -> Result<Option<Part>, Refusal> {
    let mut walk = Walk::top(source);
    while let Some(part) = walk.next(source)? {
        if part.kind == *kind && !part.cut {
            return Ok(Some(part));
        }
    }
    Ok(None)
}

/// The sample table of a track, where it is one of pictures.
fn pictures_of(source: &dyn Source, track: &Part) -> Result<Option<Part>, Refusal> {
    let Some(media) = child(source, track.body..track.end, b"mdia")? else { return Ok(None) };
    let Some(handler) = child(source, media.body..media.end, b"hdlr")? else { return Ok(None) };
    if read(source, &handler)?.get(8..12) != Some(b"vide") {
        return Ok(None);
    }
    let Some(information) = child(source, media.body..media.end, b"minf")? else { return Ok(None) };
    child(source, information.body..information.end, b"stbl")
}

/// How all its frames are coded; none where entries differ.
fn kind(source: &dyn Source, table: &Part) -> Result<Option<[u8; 4]>, Refusal> {
    let Some(list) = child(source, table.body..table.end, b"stsd")? else { return Ok(None) };
    let one = number(&read(source, &list)?, 4) == Some(1);
    let first = Walk::inside(list.body.saturating_add(8)..list.end).next(source)?;
    Ok(first.map(|entry| entry.kind).filter(|_| one))
}

fn read(source: &dyn Source, part: &Part) -> Result<Vec<u8>, Refusal> {
    if part.length() > SMALL {
        return Err(refused("a part of the film's description is larger than any real one"));
    }
    Ok(source.read_range(part.body..part.end, SMALL)?)
}
