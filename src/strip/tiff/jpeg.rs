//! JPEG streams in strips, tiles and JPEGTables: tables, frame, scans and Adobe's transform stay, all else goes.
//!
//! TIFF Technical Note 2 (1995), "Compressed image data" and "JPEGTables"; ITU-T T.81, annex B; T.872, 6.5.3 (Adobe).

use super::part::Parts;
use crate::plan::Refusal;
use crate::strip::operation::broken;
use crate::strip::reader::Reader;
use crate::strip::text;
use std::ops::Range;

/// The largest segment: two bytes of marker and a length of 65,535.
const SEGMENT: u64 = 65_537;
/// Bytes before a scan's end that are looked at for text.
const TAIL: u64 = 1024;
/// Segments of one stream. Real ones have a dozen, progressive ones some fifty.
const SEGMENTS: usize = 1_000;

/// A stream as it stays.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Its pieces.
    pub(super) parts: Parts,
    /// Where it ends in the source.
    pub(super) end: u64,
    /// What of it goes, by range, and whether that was a comment.
    pub(super) gone: Vec<(Range<u64>, bool)>,
    /// Scans.
    pub(super) scans: usize,
}

/// Walks the stream that begins with `range`.
///
/// # Errors
/// Where it breaks the grammar of T.81 so that what belongs to the picture cannot be told.
pub(super) fn clean(reader: &mut Reader<'_>, range: Range<u64>) -> Result<Stream, Refusal> {
    let damaged = || broken("a JPEG stream inside the TIFF file is damaged");
    if range.end - range.start < 4 || !reader.holds(range.start, &[0xFF, 0xD8])? {
        return Err(damaged());
    }
    let mut stream = Stream::default();
    stream.parts.keep(range.start..range.start + 2);
    let mut at = range.start + 2;
    for _ in 0..SEGMENTS {
        let Some((start, marker)) = marker(reader, at..range.end)? else {
            return break_off(stream, at..range.end);
        };
        if start > at {
            stream.gone.push((at..start, false));
        }
        at = match marker {
            0xD9 => {
                stream.parts.keep(start..start + 2);
                stream.end = start + 2;
                return Ok(stream);
            }
            0x01 | 0xD0..=0xD7 => {
                stream.gone.push((start..start + 2, false));
                start + 2
            }
            0xD8 => return Err(damaged()),
            _ => {
                let length = reader.peek::<2>(start + 2)?.map_or(0, u16::from_be_bytes);
                let end = start + 2 + u64::from(length);
                if length < 2 || end > range.end {
                    return break_off(stream, at..range.end);
                }
                segment(reader, &mut stream, marker, start..end, range.end)?
            }
        };
    }
    Err(Refusal::too_large("a JPEG stream inside the TIFF file has more parts than any real one"))
}

/// The stream ends without its marker: decoders show what there is.
fn break_off(mut stream: Stream, rest: Range<u64>) -> Result<Stream, Refusal> {
    if stream.scans == 0 {
        return Err(Refusal::truncated("a JPEG stream inside the TIFF file ends before its picture does"));
    }
    stream.end = rest.start;
    stream.parts.write([0xFF, 0xD9]);
    Ok(stream)
}

/// The next marker and where its FF stands; what is none is passed over.
fn marker(reader: &mut Reader<'_>, range: Range<u64>) -> Result<Option<(u64, u8)>, Refusal> {
    let mut at = range.start;
    while at + 1 < range.end {
        let window = reader.rest(at, 2)?;
        let window = &window[..window.len().min((range.end - at) as usize)];
        match memchr::memchr(0xFF, window) {
            None => at += window.len() as u64,
            Some(found) => match window.get(found + 1) {
                Some(0x00) => return Err(broken("a JPEG stream inside the TIFF file is damaged")),
                Some(0xFF) => at += found as u64 + 1,
                Some(marker) => return Ok(Some((at + found as u64, *marker))),
                None if found == 0 => return Ok(None),
                None => at += found as u64,
            },
        }
    }
    Ok(None)
}

/// Takes in a segment, and the scan behind it; gives where to go on.
fn segment(
    reader: &mut Reader<'_>,
    stream: &mut Stream,
    marker: u8,
    range: Range<u64>,
    limit: u64,
) -> Result<u64, Refusal> {
    let data = reader.read(range.start + 4..range.end, SEGMENT)?;
    let wanted = match marker {
        0xDB => quantisation(&data),
        0xC4 => huffman(&data),
        0xCC => Some(data.chunks_exact(2).take_while(|pair| pair[0] >> 4 <= 1 && pair[0] & 15 <= 3).count().min(8) * 2),
        0xDD | 0xDC => Some(2),
        0xC8 => Some(0),
        0xC0..=0xCF => data.get(5).map(|count| 6 + 3 * usize::from(*count)),
        0xDA => data.first().filter(|count| (1..=4).contains(*count)).map(|count| 4 + 2 * usize::from(*count)),
        0xEE if data.starts_with(b"Adobe") && data.len() >= 12 => {
            adobe(stream, &data, range.clone());
            return Ok(range.end);
        }
        0xE0..=0xEF | 0xFE | 0xF0..=0xFD | 0x02..=0xBF => Some(0),
        _ => None,
    };
    let Some(wanted) = wanted.filter(|wanted| *wanted <= data.len()) else {
        return Err(broken("a table of a JPEG stream inside the TIFF file is damaged"));
    };
    let kept = range.start + 4 + wanted as u64;
    match wanted {
        0 => stream.gone.push((range.clone(), marker == 0xFE)),
        _ if kept == range.end => stream.parts.keep(range.clone()),
        _ => {
            stream.gone.push((kept..range.end, false));
            stream.parts.write([&[0xFF, marker], &(wanted as u16 + 2).to_be_bytes()[..]].concat());
            stream.parts.keep(range.start + 4..kept);
        }
    }
    if marker != 0xDA {
        return Ok(range.end);
    }
    stream.scans += 1;
    let end = samples(reader, range.end..limit)?;
    stream.parts.keep(range.end..end);
    Ok(end)
}

/// Adobe's transform, with neutral values in the fields that no decoder of TIFF reads.
fn adobe(stream: &mut Stream, data: &[u8], range: Range<u64>) {
    let transform = data[11].min(2);
    let new = [b'A', b'd', b'o', b'b', b'e', 0, 100, 0, 0, 0, 0, transform];
    if data == new {
        return stream.parts.keep(range);
    }
    stream.gone.push((range, false));
    stream.parts.write([&[0xFF, 0xEE, 0, 14], &new[..]].concat());
}

/// Bytes that the tables of a DQT segment take (B.2.4.1); none where one is broken.
fn quantisation(data: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(head) = data.get(at).filter(|head| **head >> 4 <= 1 && **head & 15 <= 3) {
        let end = at + 1 + 64 * (1 + usize::from(head >> 4));
        if end > data.len() {
            break;
        }
        at = end;
    }
    (at > 0 || data.is_empty()).then_some(at)
}

/// Bytes that the tables of a DHT segment take (B.2.4.2); none where one is broken or lists symbols twice, as no encoder
/// does and a text does.
fn huffman(data: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(head) = data.get(at).filter(|head| **head >> 4 <= 1 && **head & 15 <= 3) {
        let Some(counts) = data.get(at + 1..at + 17) else { break };
        let end = at + 17 + counts.iter().map(|count| usize::from(*count)).sum::<usize>();
        let Some(symbols) = data.get(at + 17..end) else { break };
        let (mut seen, mut odd) = ([false; 256], 0);
        for symbol in symbols {
            let again = std::mem::replace(&mut seen[usize::from(*symbol)], true);
            odd += usize::from(again || (head >> 4 == 0 && *symbol > 16));
        }
        if odd > 1 {
            return None;
        }
        at = end;
    }
    (at > 0 || data.is_empty()).then_some(at)
}

/// Where the entropy-coded data that begin with `range` end (B.1.1.5).
fn samples(reader: &mut Reader<'_>, range: Range<u64>) -> Result<u64, Refusal> {
    let mut at = range.start;
    let end = loop {
        if at >= range.end {
            break range.end;
        }
        let window = reader.rest(at, 2)?;
        let window = &window[..window.len().min(usize::try_from(range.end - at).unwrap_or(usize::MAX))];
        let ends = |found: &usize| !matches!(window.get(found + 1), Some(0x00 | 0xD0..=0xD7));
        match memchr::memchr_iter(0xFF, window).find(ends) {
            None => at += window.len() as u64,
            Some(found) if found + 1 < window.len() => break at + found as u64,
            // The last byte of the window: looked at again with what follows it, or the end.
            Some(found) if at + found as u64 + 1 >= range.end => break range.end - 1,
            Some(found) => at += found as u64,
        }
    };
    let tail = range.start.max(end.saturating_sub(TAIL))..end;
    if text::has_long_run(&reader.read(tail, TAIL)?) {
        return Err(broken("text stands among the coded samples of the picture"));
    }
    Ok(end)
}

/// Cleans a JPEGTables value: a stream without frame and scans.
pub(super) fn clean_tables(value: &[u8]) -> Option<Vec<u8>> {
    let source = value.to_vec();
    let mut reader = Reader::new(&source);
    let stream = clean(&mut reader, 0..source.len() as u64).ok()?;
    let mut new = Vec::new();
    for part in stream.parts.pieces() {
        match part {
            super::part::Part::Keep(range) => {
                new.extend_from_slice(source.get(range.start as usize..range.end as usize)?)
            }
            super::part::Part::Write(bytes) => new.extend_from_slice(bytes),
        }
    }
    (stream.scans == 0).then_some(new)
}
