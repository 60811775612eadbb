//! The surgeon for a JPEG 2000 codestream, wherever it stands: comments are blanked where they are, so that no length
//! changes, and what stands behind its end is left out.
//!
//! ISO/IEC 15444-1, annex A. A tile part is kept by the length it states: what an encoder may have put between its last
//! packet and its end cannot be told from packets without decoding them.

use super::super::reader::Reader;
use super::marker::{self, COM, CRG, EOC, PLM, PLT, PPM, Ruling, SOD, SOT, Size, State, TLM};
use crate::cut::{Cut, Piece};
use crate::finding::Code;
use crate::plan::Refusal;
use std::ops::Range;

/// The reason under which a codestream's bytes are kept.
const WHY: &str = "JPEG 2000 codestream";
/// The reason under which bytes are blanked.
const BLANK: &str = "JPEG 2000 codestream, blanked";
/// Segments of one header.
const SEGMENTS: usize = 70_000;
/// Bytes of packed packet headers: 256 segments of the largest size.
const PACKED: usize = 256 * 65_532;
/// TLM segments of one codestream (A.7.1: numbered by one byte).
const INDEXES: usize = 256;
/// Tile parts that lists of lengths are compared for; a picture has up to 65,535 tiles.
const COMPARED: usize = 1 << 20;
/// Findings of one kind that are told one by one.
const TOLD: usize = 200;

/// A codestream that was walked.
#[derive(Debug)]
pub(in crate::strip) struct Codestream {
    /// Width in pixels of the reference grid.
    pub(in crate::strip) width: u32,
    /// Height in pixels of the reference grid.
    pub(in crate::strip) height: u32,
    /// What stands in its place; longer than the source's by nothing.
    pub(in crate::strip) cut: Cut,
    /// Where it ends in the source.
    pub(in crate::strip) end: u64,
    /// Whether the source ends before it does.
    pub(in crate::strip) truncated: bool,
    /// What was found: a code, the marker's name and its place.
    pub(in crate::strip) found: Vec<(Code, &'static str, Range<u64>)>,
}

/// Walks the codestream that begins where `range` does and ends at its end or before.
///
/// # Errors
/// When its headers cannot be read, or hold what is on no list.
pub(in crate::strip) fn walk(reader: &mut Reader<'_>, range: Range<u64>) -> Result<Codestream, Refusal> {
    let mut walk = Walk {
        end: range.end.min(reader.length()),
        at: range.start,
        reader,
        cut: Cut::new(),
        found: Vec::new(),
        index: Vec::new(),
        said: 0,
        lengths: Vec::new(),
        cut_at: None,
    };
    if walk.marker()? != Some(0x4F) {
        return Err(broken("a JPEG 2000 picture does not begin as it should"));
    }
    walk.at += 2;
    let state = walk.main_header(range.start)?;
    let main = std::mem::take(&mut walk.cut);
    let truncated = walk.tile_parts(state)?;
    let index_holds = walk.index_holds();
    let mut cut = Cut::new();
    for piece in main.pieces() {
        match piece {
            Piece::Write { bytes, why } => cut.write(bytes.clone(), why),
            Piece::Blank { length, why } => cut.blank(*length, why),
            Piece::Keep { range, why } => walk.without_index(range.clone(), index_holds, why, &mut cut),
        }
    }
    for piece in walk.cut.pieces() {
        match piece {
            Piece::Write { bytes, why } => cut.write(bytes.clone(), why),
            Piece::Blank { length, why } => cut.blank(*length, why),
            Piece::Keep { range, why } => cut.keep(range.clone(), why),
        }
    }
    let Walk { at, found, .. } = walk;
    Ok(Codestream { width: state.size.width, height: state.size.height, cut, end: at, truncated, found })
}

fn broken(what: &str) -> Refusal {
    Refusal::not_understood(what)
}

fn truncated() -> Refusal {
    Refusal::truncated("the file ends before its picture does")
}

/// What a list says of one tile part: its tile, where it is named, and its length.
type Length = (Option<u16>, u64);

struct Walk<'a, 'b> {
    reader: &'a mut Reader<'b>,
    at: u64,
    end: u64,
    cut: Cut,
    found: Vec<(Code, &'static str, Range<u64>)>,
    /// The TLM segments, and what they say: the tile where they name it, and the length.
    index: Vec<(Range<u64>, Vec<Length>)>,
    /// How many lengths they say.
    said: usize,
    /// The tile parts as they are, tile and length, as far as there is something to compare them with.
    lengths: Vec<(u16, u64)>,
    /// The levels for which step sizes were cut in the main header.
    cut_at: Option<u8>,
}

/// A marker segment: its marker, where it stands, and the data behind its length.
struct Segment {
    marker: u8,
    range: Range<u64>,
    data: Vec<u8>,
}

impl Walk<'_, '_> {
    fn peek<const N: usize>(&mut self, at: u64) -> Result<Option<[u8; N]>, Refusal> {
        if at.checked_add(N as u64).is_none_or(|end| end > self.end) {
            return Ok(None);
        }
        Ok(self.reader.peek(at)?)
    }

    /// The marker that stands here; none where there is none.
    fn marker(&mut self) -> Result<Option<u8>, Refusal> {
        Ok(match self.peek::<2>(self.at)? {
            Some([0xFF, marker]) => Some(marker),
            _ => None,
        })
    }

    /// The segment that stands here, up to `end`.
    fn segment(&mut self, end: u64) -> Result<Segment, Refusal> {
        let [prefix, marker, high, low] = self.peek::<4>(self.at)?.ok_or_else(truncated)?;
        let length = u16::from_be_bytes([high, low]);
        if prefix != 0xFF || length < 2 {
            return Err(broken("the description of the picture is damaged"));
        }
        let range = self.at..self.at + 2 + u64::from(length);
        if range.end > end {
            return Err(truncated());
        }
        let data = self.reader.read(range.start + 4..range.end, u64::from(u16::MAX))?;
        self.at = range.end;
        Ok(Segment { marker, range, data })
    }

    fn note(&mut self, code: Code, part: &'static str, range: Range<u64>) {
        if self.found.len() < TOLD {
            self.found.push((code, part, range));
        }
    }

    /// The main header (A.3): SIZ first, then the others in any order.
    fn main_header(&mut self, start: u64) -> Result<State, Refusal> {
        let first = self.segment(self.end)?;
        let size = Some(&first).filter(|first| first.marker == 0x51).and_then(|first| Size::read(&first.data));
        let size = size.ok_or_else(|| broken("the description of the picture is damaged"))?;
        self.cut.keep(start..first.range.end, WHY);
        let mut state = State { size, levels: 0 };
        let mut held = Vec::new();
        while self.marker()? != Some(SOT) {
            held.push(self.segment(self.end)?.range);
            if held.len() > SEGMENTS {
                return Err(Refusal::too_large("the picture has more parts than any real one"));
            }
        }
        let back = self.at;
        let mut packed = Vec::new();
        // Coding styles first, since step sizes are counted by their levels and may stand before them.
        for range in &held {
            self.at = range.start;
            let segment = self.segment(self.end)?;
            if matches!(segment.marker, marker::COD | marker::COC) {
                state.rule(segment.marker, &segment.data, false);
            }
            if segment.marker == PPM {
                packed.extend_from_slice(segment.data.get(1..).unwrap_or_default());
            }
            if packed.len() > PACKED {
                return Err(Refusal::too_large("the picture has more parts than any real one"));
            }
        }
        if !marker::packed(&packed) {
            return Err(broken("the headers of the picture's packets are damaged"));
        }
        for range in held {
            self.at = range.start;
            let segment = self.segment(self.end)?;
            self.take(segment, &mut state, false)?;
        }
        self.at = back;
        Ok(state)
    }

    /// Keeps, cuts or blanks a segment by what its grammar says.
    fn take(&mut self, segment: Segment, state: &mut State, in_tile: bool) -> Result<(), Refusal> {
        match segment.marker {
            // No length counts the main header, so that what says nothing of the picture can leave it.
            COM if !in_tile => self.note(Code::Comment, "COM", segment.range),
            CRG if !in_tile => self.note(Code::ApplicationData, "CRG", segment.range),
            COM => self.blank(&segment, Code::Comment, "COM"),
            TLM if !in_tile => self.index(segment),
            PLM if !in_tile => self.note(Code::ApplicationData, "PLM", segment.range),
            PLT if in_tile => self.blank(&segment, Code::ApplicationData, "PLT"),
            number => match state.rule(number, &segment.data, in_tile) {
                Ruling::Keep => self.cut.keep(segment.range, WHY),
                Ruling::Cut(length) => self.cut_short(&segment, length, state.levels, in_tile),
                Ruling::Refuse => {
                    return Err(broken("the JPEG 2000 picture has a part that is on no list, or one that is damaged"));
                }
            },
        }
        Ok(())
    }

    /// A comment without contents in the place of a segment, as long as that is (A.9.2: registration 0 is binary).
    fn blank(&mut self, segment: &Segment, code: Code, part: &'static str) {
        let silent = segment.marker == COM && segment.data.iter().all(|byte| *byte == 0);
        if silent {
            return self.cut.keep(segment.range.clone(), WHY);
        }
        if segment.marker == COM {
            self.cut.keep(segment.range.start..segment.range.start + 4, WHY);
        } else {
            self.cut.write([0xFF, COM], WHY);
            self.cut.keep(segment.range.start + 2..segment.range.start + 4, WHY);
        }
        self.cut.blank(segment.data.len() as u64, BLANK);
        self.note(code, part, segment.range.clone());
    }

    /// Blanks what stands behind the fields of a segment.
    fn cut_short(&mut self, segment: &Segment, length: usize, levels: u8, in_tile: bool) {
        let (kept, surplus) = segment.data.split_at(length);
        if !in_tile {
            self.cut_at = Some(levels);
        }
        if surplus.iter().all(|byte| *byte == 0) {
            return self.cut.keep(segment.range.clone(), WHY);
        }
        let from = segment.range.start + 4 + kept.len() as u64;
        self.cut.keep(segment.range.start..from, WHY);
        self.cut.blank(surplus.len() as u64, BLANK);
        self.note(Code::HiddenBytes, "marker segment", from..segment.range.end);
    }

    /// A list of lengths of tile parts (A.7.1); it stays where it says what is so.
    fn index(&mut self, segment: Segment) {
        // Lists are numbered from 0 on (A.7.1).
        let numbered = segment.data.first().map(|number| usize::from(*number)) == Some(self.index.len());
        let form = segment.data.get(1).copied().filter(|_| numbered).unwrap_or(0xFF);
        let (tile, length) = (usize::from(form >> 4 & 3), if form >> 6 & 1 == 1 { 4 } else { 2 });
        let entries = segment.data.get(2..).unwrap_or_default();
        let sound = form & 0x8F == 0 && tile < 3 && !entries.is_empty() && entries.len() % (tile + length) == 0;
        let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let said = if sound {
            let entries = entries.chunks(tile + length);
            entries.map(|e| ((tile > 0).then(|| number(&e[..tile]) as u16), number(&e[tile..]))).collect()
        } else {
            vec![(None, 0)]
        };
        if self.index.len() >= INDEXES || self.said + said.len() > COMPARED {
            return self.note(Code::ApplicationData, "TLM", segment.range);
        }
        self.said += said.len();
        self.cut.keep(segment.range.clone(), WHY);
        self.index.push((segment.range, said));
    }

    /// Whether the lists of lengths, all together, say what is so.
    fn index_holds(&self) -> bool {
        let all = self.index.iter().flat_map(|(_, said)| said);
        self.said == self.lengths.len()
            && all
                .zip(&self.lengths)
                .all(|((tile, length), is)| *length == is.1 && tile.is_none_or(|tile| tile == is.0))
    }

    /// Keeps a range of the main header, without the lists of lengths where they do not hold.
    fn without_index(&mut self, range: Range<u64>, holds: bool, why: &'static str, cut: &mut Cut) {
        let mut at = range.start;
        if !holds {
            let first = self.index.partition_point(|(place, _)| place.start < range.start);
            let after = self.index.partition_point(|(place, _)| place.start < range.end);
            for place in first..after {
                let place = self.index[place].0.clone();
                cut.keep(at..place.start, why);
                at = place.end;
                self.note(Code::ApplicationData, "TLM", place);
            }
        }
        cut.keep(at..range.end, why);
    }

    /// The tile parts up to the end of the codestream; says whether the source ends before it.
    fn tile_parts(&mut self, state: State) -> Result<bool, Refusal> {
        let mut parts = 0_u64;
        loop {
            match self.marker()? {
                Some(SOT) => {
                    if !self.tile_part(state, parts)? {
                        return Ok(true);
                    }
                    parts += 1;
                }
                Some(EOC) => {
                    self.cut.keep(self.at..self.at + 2, WHY);
                    self.at += 2;
                    return if parts > 0 { Ok(false) } else { Err(truncated()) };
                }
                _ if parts > 0 => return Ok(true),
                _ => return Err(truncated()),
            }
        }
    }

    /// One tile part (A.4.2), before which there were so many; says whether all of it is there.
    fn tile_part(&mut self, mut state: State, parts: u64) -> Result<bool, Refusal> {
        let start = self.at;
        let segment = self.segment(self.end)?;
        let [t1, t2, p1, p2, p3, p4, _, _] = segment.data.as_slice() else {
            return Err(broken("a tile of the picture is damaged"));
        };
        let (tile, length) = (u16::from_be_bytes([*t1, *t2]), u32::from_be_bytes([*p1, *p2, *p3, *p4]));
        if u64::from(tile) >= state.size.tiles || (1..14).contains(&length) {
            return Err(broken("a tile of the picture is damaged"));
        }
        let stated = start + u64::from(length);
        let open = length == 0;
        let end = if open { self.end } else { stated.min(self.end) };
        let levels = state.levels;
        let held = match self.tile_header(&mut state, end) {
            // Cut short inside its header, a tile part is none, and the picture ends before it.
            Err(refusal) if refusal.code == "truncated" && end == self.end && parts > 0 => {
                self.at = start;
                return Ok(false);
            }
            held => held?,
        };
        if self.cut_at.is_some_and(|cut| state.levels > cut.max(levels)) {
            return Err(broken("the description of the picture contradicts itself"));
        }
        let data = self.at;
        self.cut.keep(segment.range, WHY);
        for range in held {
            self.at = range.start;
            let segment = self.segment(end)?;
            self.take(segment, &mut state, true)?;
        }
        // No coded byte pair looks like the end of the codestream, so that one before the stated end gives a length
        // away that lies.
        let stop = self.end_of_data(data + 2, end)?;
        if stop < end && !open && stated <= self.end {
            return Err(broken("a tile of the picture does not end where it says"));
        }
        self.cut.keep(data..stop, WHY);
        self.at = stop;
        if self.lengths.len() <= self.said {
            self.lengths.push((tile, stop - start));
        }
        Ok(stop < end || open || stated <= self.end)
    }

    /// The segments of a tile part's header; what they say of levels is known before any of them is judged.
    fn tile_header(&mut self, state: &mut State, end: u64) -> Result<Vec<Range<u64>>, Refusal> {
        let mut held = Vec::new();
        while self.marker()? != Some(SOD) {
            let segment = self.segment(end)?;
            if matches!(segment.marker, marker::COD | marker::COC) {
                state.rule(segment.marker, &segment.data, true);
            }
            held.push(segment.range);
            if held.len() > SEGMENTS {
                return Err(Refusal::too_large("the picture has more parts than any real one"));
            }
        }
        if self.at + 2 > end {
            return Err(broken("a tile of the picture is damaged"));
        }
        Ok(held)
    }

    /// Where the data of a tile part end: at the end of the codestream, if that comes before `end`. Coded data hold no
    /// marker over 0xFF8F but those of packets (B.10.1, C.3.4, D.4.1).
    fn end_of_data(&mut self, from: u64, end: u64) -> Result<u64, Refusal> {
        let mut at = from;
        while at < end {
            let left = end - at;
            let bytes = self.reader.rest(at, 64 * 1024)?;
            let bytes = &bytes[..bytes.len().min(left as usize)];
            if let Some(place) = memchr::memmem::find(bytes, &[0xFF, EOC]) {
                let place = at + place as u64;
                if !self.is_number(place, from)? {
                    return Ok(place);
                }
                at = place + 1;
                continue;
            }
            if bytes.len() < 2 {
                break;
            }
            at += bytes.len() as u64 - 1;
        }
        Ok(end)
    }

    /// Whether the byte at `place` belongs to the number of a packet: SOP, its length, two bytes (A.8.1).
    fn is_number(&mut self, place: u64, from: u64) -> Result<bool, Refusal> {
        const START: &[u8] = &[0xFF, 0x91, 0, 4];
        for before in [4, 5] {
            if place - from >= before && self.reader.holds(place - before, START)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
