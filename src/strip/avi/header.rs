//! The description of a film (`hdrl`): its numbers stay, and everything else in it becomes filling of the same length.
//!
//! Microsoft, "AVIMAINHEADER", "AVISTREAMHEADER"; OpenDML 1.02, sections 3 (indx), 5.2 (dmlh) and 5.4 (vprp).

use super::stream::{self, Stream};
use super::walk::Chunk;
use super::{refused, rule};
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::heif::rule::spells;
use std::ops::Range;

/// Parts of a description; real ones have twenty.
const PARTS: usize = 4_096;
/// Streams: their numbers have two digits.
const STREAMS: usize = 100;

/// The description of a film as it is and as it shall be, but for its indices.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) chunk: Chunk,
    pub(super) old: Vec<u8>,
    pub(super) new: Vec<u8>,
    pub(super) streams: Vec<Stream>,
    pub(super) indices: Vec<Index>,
    pub(super) notes: Vec<Note>,
}

/// Where in the description the index of a stream stands.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) range: Range<usize>,
    pub(super) stream: usize,
}

/// What was found in the description.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) range: Range<usize>,
    pub(super) code: Code,
    pub(super) label: &'static str,
    pub(super) part: &'static str,
    pub(super) action: Action,
}

/// A part of the description.
struct Part {
    id: [u8; 4],
    kind: Option<[u8; 4]>,
    start: usize,
    body: usize,
    end: usize,
}

/// Reads the description, which begins behind the word `hdrl`.
pub(super) fn read(chunk: Chunk, old: Vec<u8>) -> Result<Header, Refusal> {
    let new = old.clone();
    let mut header = Header { chunk, old, new, streams: Vec::new(), indices: Vec::new(), notes: Vec::new() };
    let parts = header.parts(0..header.old.len())?;
    let mut main = None;
    for part in &parts {
        match (&part.id, part.kind.as_ref()) {
            (b"avih", _) if main.is_none() => main = Some(part.body..part.end),
            (_, Some(b"strl")) => header.stream(part)?,
            (_, Some(b"odml")) => header.extension(part)?,
            _ => header.junk(part),
        }
    }
    header.main(main.ok_or_else(|| refused("the film is not described"))?)?;
    if !header.streams.iter().any(|stream| stream.kept) {
        return Err(refused("the film has no pictures and no sound of a kind that is known here"));
    }
    Ok(header)
}

impl Header {
    /// The parts of a range, each with what is padded zeroed; what is no part any more is zeroed, too.
    fn parts(&mut self, range: Range<usize>) -> Result<Vec<Part>, Refusal> {
        let (mut at, mut out) = (range.start, Vec::new());
        while let Some(head) = self.old.get(at..at + 8).filter(|_| at + 8 <= range.end) {
            let id = [head[0], head[1], head[2], head[3]];
            let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
            let end = (at + 8).checked_add(size).filter(|end| *end <= range.end);
            let Some(end) = end else { return Err(refused("the description of the film is damaged")) };
            if head == [0; 8] {
                break;
            }
            let kind = if &id == b"LIST" { self.old.get(at + 8..at + 12).filter(|_| size >= 4) } else { None };
            let kind = kind.and_then(|kind| <[u8; 4]>::try_from(kind).ok());
            let next = (end + (size & 1)).min(range.end);
            let body = at + if kind.is_some() { 12 } else { 8 };
            out.push(Part { id, kind, start: at, body, end });
            self.zero(end..next, "filling byte behind a part");
            if out.len() > PARTS {
                return Err(Refusal::too_large("the description of the film has more parts than any real one"));
            }
            at = next;
        }
        self.zero(at..range.end, "bytes behind the last part");
        Ok(out)
    }

    fn note(&mut self, range: Range<usize>, code: Code, label: &'static str, action: Action) {
        self.notes.push(Note { range, code, label, part: "hdrl", action });
    }

    /// Zeros in the place of bytes that say nothing to a player.
    fn zero(&mut self, range: Range<usize>, label: &'static str) {
        if self.new[range.clone()].iter().any(|b| *b != 0) {
            self.new[range.clone()].fill(0);
            self.note(range, Code::HiddenBytes, label, Action::Replace);
        }
    }

    /// Turns a part into filling of the same length.
    fn junk(&mut self, part: &Part) {
        let (code, label) = rule::gone(&part.id, part.kind);
        self.junk_as(part, code, label);
    }

    fn junk_as(&mut self, part: &Part, code: Code, label: &'static str) {
        let range = part.start + 8..part.end;
        if &part.id != b"JUNK" || self.new[range.clone()].iter().any(|b| *b != 0) {
            self.note(part.start..part.end, code, label, Action::Remove);
        }
        self.new[part.start..part.start + 4].copy_from_slice(b"JUNK");
        self.new[range].fill(0);
    }

    /// Flags that are known: index, order, interleaving, trust in key frames, and two on where the film comes from.
    fn main(&mut self, range: Range<usize>) -> Result<(), Refusal> {
        let kept = self.streams.iter().filter(|stream| stream.kept).count() as u32;
        let body = &mut self.new[range.clone()];
        if body.len() < 40 {
            return Err(refused("the description of the film is damaged"));
        }
        let flags = u32::from_le_bytes([body[12], body[13], body[14], body[15]]) & 0x0003_0930;
        body[12..16].copy_from_slice(&flags.to_le_bytes());
        body[24..28].copy_from_slice(&kept.to_le_bytes());
        body[40..].fill(0);
        self.replaced(range, "reserved fields of the description");
        Ok(())
    }

    /// Tells where a part is other than it was.
    fn replaced(&mut self, range: Range<usize>, label: &'static str) {
        if self.new[range.clone()] != self.old[range.clone()] {
            self.note(range, Code::HiddenBytes, label, Action::Replace);
        }
    }

    /// One stream: kept where it is of pictures or of sound, filling otherwise.
    fn stream(&mut self, list: &Part) -> Result<(), Refusal> {
        let number = self.streams.len();
        if number >= STREAMS {
            return Err(Refusal::too_large("the film has more tracks than any real one"));
        }
        let before = self.notes.len();
        let parts = self.parts(list.body..list.end)?;
        let find = |id: &[u8; 4]| parts.iter().find(|part| &part.id == id).map(|part| part.body..part.end);
        let (head, format) = (find(b"strh"), find(b"strf"));
        let head =
            head.filter(|head| head.len() >= 48).ok_or_else(|| refused("a track of the film is not described"))?;
        let kind = [self.old[head.start], self.old[head.start + 1], self.old[head.start + 2], self.old[head.start + 3]];
        match &kind {
            b"vids" | b"auds" if self.streams.iter().all(|stream| stream.kept) => {}
            b"vids" | b"auds" => {
                return Err(refused("a track of text or data stands before the pictures or the sound"));
            }
            b"iavs" => {
                return Err(refused("the film is a DV recording, which holds the camera's data in its pictures"));
            }
            _ => {
                self.notes.truncate(before);
                self.junk_as(list, Code::TextTrack, "track of text or data");
                self.streams.push(Stream::gone());
                return Ok(());
            }
        }
        let format = format.ok_or_else(|| refused("a track of the film is not described"))?;
        let stream = if &kind == b"vids" {
            stream::video(&mut self.new[format.clone()])?
        } else {
            stream::sound(&mut self.new[format.clone()])?
        };
        self.replaced(format.clone(), "bytes in the description of a track that decoding does not need");
        stream::head(&mut self.new[head.clone()], &self.old[format.clone()]);
        self.replaced(head.clone(), "bytes in the description of a track that players do not need");
        self.streams.push(stream);
        let mut indexed = false;
        for part in &parts {
            let stays = part.body == head.start || part.body == format.start;
            match &part.id {
                _ if stays => {}
                b"indx" if !indexed && part.end - part.body >= 24 => {
                    indexed = true;
                    self.indices.push(Index { range: part.body..part.end, stream: number });
                }
                b"vprp" if is_shape(&self.old[part.body..part.end]) => {}
                _ => self.junk(part),
            }
        }
        Ok(())
    }

    /// OpenDML's extension: the number of pictures in all segments.
    fn extension(&mut self, list: &Part) -> Result<(), Refusal> {
        for part in self.parts(list.body..list.end)? {
            if &part.id == b"dmlh" && part.end - part.body >= 4 {
                self.zero(part.body + 4..part.end, "reserved fields of the description");
            } else {
                self.junk(&part);
            }
        }
        Ok(())
    }
}

/// Whether these are the numbers of a picture's shape: nine, and eight for each of its fields.
fn is_shape(bytes: &[u8]) -> bool {
    matches!(bytes.get(32..36), Some([fields @ 0..=2, 0, 0, 0]) if bytes.len() == 36 + 32 * usize::from(*fields))
        && !spells(bytes)
}
