//! What a JPEG 2000 frame holds beside its samples: comments and lists in its headers, bytes behind its end.
//!
//! ISO/IEC 15444-1 Annex A (A.4 delimiting markers, A.7.1 lists of lengths, A.9 comments and registration), ISO/IEC
//! 15444-15 Annex A (high throughput). A marker is on the list or the frame is refused; a segment is as long as its own
//! numbers say. What informs and changes no sample becomes an empty comment of the same length.

mod marker;

use super::{Extra, Joined, PARTS, strange, tail};
use crate::finding::Code;
use crate::plan::Refusal;
use marker::{Ruling, State};
use std::collections::HashMap;
use std::ops::Range;

const COM: u8 = 0x64;
const SOT: u8 = 0x90;
const SOD: u8 = 0x93;
const EOC: u8 = 0xD9;
/// Lengths of tile-parts.
const TLM: u8 = 0x55;
/// Tile-parts of one frame, at most: 65,535 tiles of up to 255 each, of which no picture has so many.
const TILES: usize = 1 << 20;
/// Tile-parts whose ends are looked at most closely; with more of them, chance makes letters meet.
const FEW: usize = 16;

/// Lists what may go. A frame that breaks off is listed up to there; the proof of the output refuses it.
///
/// # Errors
/// When it has a part that is on no list, or one that is longer than it says.
pub(super) fn extras(frame: &mut Joined<'_, '_>) -> Result<Vec<Extra>, Refusal> {
    let mut walk = Walk { out: Vec::new(), lists: Vec::new(), parts: Vec::new(), tiles: HashMap::new() };
    walk.run(frame)?;
    if !walk.lists.is_empty() && !walk.lists_hold() {
        for (segment, _) in std::mem::take(&mut walk.lists) {
            walk.blank(segment)?;
        }
    }
    walk.out.sort_by_key(|extra| extra.range.start);
    Ok(walk.out)
}

/// What a list says of one tile-part: its tile, where it is named, and its length.
type Length = (Option<u16>, u64);

/// A segment of a header.
#[derive(Debug)]
struct Segment {
    marker: u8,
    range: Range<u64>,
    data: Vec<u8>,
}

struct Walk {
    out: Vec<Extra>,
    /// The lists of lengths of tile-parts.
    lists: Vec<(Segment, Vec<Length>)>,
    /// Tile and length of each tile-part.
    parts: Vec<(u16, u64)>,
    /// Of each tile: how many parts there were, and how many it says there are, if it does.
    tiles: HashMap<u16, (u8, u8)>,
}

impl Walk {
    fn run(&mut self, frame: &mut Joined<'_, '_>) -> Result<(), Refusal> {
        let Some((mut segments, mut at, mut marker)) = headers(frame, 2)? else { return Ok(()) };
        if segments.is_empty() {
            return Err(strange("a header that does not begin with the picture's size"));
        }
        let size = segments.remove(0);
        let state = State::of(size.marker, &size.data);
        let mut state = state.ok_or_else(|| strange("a header that does not begin with the picture's size"))?;
        self.judge(segments, &mut state, false)?;
        for _ in 0..TILES {
            match marker {
                EOC => {
                    self.out.push(Extra::zeros(Code::DicomPadding, at + 2..frame.len()));
                    return Ok(());
                }
                SOT => {}
                _ => return Err(strange("a marker where none belongs")),
            }
            let Some(next) = self.tile_part(frame, at, state.clone())? else { return Ok(()) };
            // Some encoders leave the end marker out.
            if next == frame.len() {
                return Ok(());
            }
            at = next;
            marker = match frame.bytes(at)? {
                Some([0xFF, marker]) => marker,
                _ => return Err(strange("something between its tiles")),
            };
        }
        Err(Refusal::too_large("a compressed frame has more tiles than any real one"))
    }

    /// A tile-part; gives where it ends, if it is all there.
    fn tile_part(&mut self, frame: &mut Joined<'_, '_>, start: u64, mut state: State) -> Result<Option<u64>, Refusal> {
        // SOT, its length, the tile's number, the length of the tile-part from SOT on, its number, of how many (A.4.2).
        let Some(head) = frame.bytes::<12>(start)? else { return Ok(None) };
        let [_, _, 0, 10, t1, t0, p3, p2, p1, p0, number, count] = head else {
            return Err(strange("a tile that is not as its kind is"));
        };
        let (tile, length) = (u16::from_be_bytes([t1, t0]), u64::from(u32::from_be_bytes([p3, p2, p1, p0])));
        let (so_far, total) = self.tiles.get(&tile).copied().unwrap_or((0, 0));
        let total = if total == 0 { count } else { total };
        let counts = number == so_far && (count == 0 || count == total) && (total == 0 || number < total);
        if u64::from(tile) >= state.tiles || !counts || number == u8::MAX {
            return Err(strange("a tile that the picture does not have"));
        }
        self.tiles.insert(tile, (so_far + 1, total));
        let Some((segments, data, marker)) = headers(frame, start + 12)? else { return Ok(None) };
        if marker != SOD {
            return Err(strange("a tile without samples"));
        }
        self.judge(segments, &mut state, true)?;
        let next = match length {
            0 => end(frame, data + 2)?,
            length => start + length,
        };
        if next > frame.len() {
            return Ok(None);
        }
        if next < data + 2 {
            return Err(strange("a tile that does not end where it says"));
        }
        let least = if self.parts.len() < FEW { tail::LAST } else { tail::INTERVAL };
        tail::check(frame, data + 2..next, least)?;
        self.parts.push((tile, next - start));
        Ok(Some(next))
    }

    /// Judges the segments of a header; coding styles first, since step sizes are counted by their levels.
    fn judge(&mut self, segments: Vec<Segment>, state: &mut State, in_tile: bool) -> Result<(), Refusal> {
        for segment in &segments {
            state.style(segment.marker, &segment.data);
        }
        for segment in segments {
            let payload = segment.range.start + 4..segment.range.end;
            match state.rule(segment.marker, &segment.data, in_tile) {
                Ruling::Keep => {}
                Ruling::Surplus(length) => {
                    self.out.push(Extra::zeros(Code::HiddenBytes, payload.start + length as u64..payload.end));
                }
                Ruling::List => self.list(segment)?,
                Ruling::Blank => self.blank(segment)?,
                // What a comment's registration says stays: whether it is text.
                Ruling::Comment => {
                    let stays = if matches!(segment.data[..], [0, 0 | 1, ..]) { 2 } else { 0 };
                    self.out.push(Extra::zeros(Code::Comment, payload.start + stays..payload.end));
                }
                Ruling::Refuse => return Err(strange("a part that no picture has, or one that is not as its kind is")),
            }
        }
        Ok(())
    }

    /// An empty comment takes the place of a segment.
    fn blank(&mut self, segment: Segment) -> Result<(), Refusal> {
        let Range { start, end } = segment.range;
        // The shortest comment (A.9.2).
        if end - start < 7 {
            return Err(strange("a part that is not as its kind is"));
        }
        self.out.push(Extra { code: Code::ApplicationData, range: start + 1..start + 2, fill: COM });
        self.out.push(Extra::zeros(Code::ApplicationData, start + 4..end));
        Ok(())
    }

    /// Holds on to a list of lengths until the tile-parts are known (A.7.1).
    fn list(&mut self, segment: Segment) -> Result<(), Refusal> {
        let numbered = segment.data.first().map(|number| usize::from(*number)) == Some(self.lists.len());
        let form = segment.data.get(1).copied().filter(|_| numbered).unwrap_or(0xFF);
        let (tile, length) = (usize::from(form >> 4 & 3), if form >> 6 & 1 == 1 { 4 } else { 2 });
        let entries = segment.data.get(2..).unwrap_or_default();
        if form & 0x8F != 0 || tile == 3 || entries.is_empty() || !entries.len().is_multiple_of(tile + length) {
            return self.blank(segment);
        }
        let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let said = entries.chunks(tile + length);
        let said = said.map(|e| ((tile > 0).then(|| number(&e[..tile]) as u16), number(&e[tile..]))).collect();
        self.lists.push((segment, said));
        Ok(())
    }

    /// Whether the lists of lengths, all together, say what is so.
    fn lists_hold(&self) -> bool {
        let said: Vec<&Length> = self.lists.iter().flat_map(|(_, said)| said).collect();
        let alike = |(said, is): (&&Length, &(u16, u64))| said.1 == is.1 && said.0.is_none_or(|tile| tile == is.0);
        said.len() == self.parts.len() && said.iter().zip(&self.parts).all(alike)
    }
}

/// The segments of a header up to a marker that ends it, and where that stands; none where the frame breaks off.
fn headers(frame: &mut Joined<'_, '_>, mut at: u64) -> Result<Option<(Vec<Segment>, u64, u8)>, Refusal> {
    let mut out = Vec::new();
    while out.len() < PARTS {
        let Some([ff, marker]) = frame.bytes(at)? else { return Ok(None) };
        if ff != 0xFF {
            return Err(strange("something between its parts"));
        }
        if matches!(marker, SOT | SOD | EOC) {
            return Ok(Some((out, at, marker)));
        }
        let length = frame.bytes(at + 2)?.map_or(0, |b| u64::from(u16::from_be_bytes(b)));
        let next = at + 2 + length;
        if length < 2 || next > frame.len() {
            return Ok(None);
        }
        let data = frame.copy(at + 4..next)?;
        out.push(Segment { marker, range: at..next, data });
        at = next;
    }
    Err(Refusal::too_large("a compressed frame has more parts than any real one"))
}

/// The end marker of a codestream whose last tile-part leaves its length open: no packet holds one (B.10.1).
fn end(frame: &mut Joined<'_, '_>, mut at: u64) -> Result<u64, Refusal> {
    while let Some(ff) = frame.find_ff(at)? {
        if frame.bytes(ff + 1)? == Some([EOC]) {
            return Ok(ff);
        }
        at = ff + 1;
    }
    Ok(frame.len())
}
