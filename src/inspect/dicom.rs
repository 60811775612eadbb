//! The witness's own account of a DICOM file: every byte of it belongs to one element, item or delimiter.
//!
//! PS3.10 section 7.1 (preamble, file meta information), PS3.5 sections 7.1 to 7.5 (elements, sequences, items), Annex A
//! (transfer syntaxes, fragments). No length is believed before it is held against what encloses it; nesting ends at 64.

mod aged;
pub(super) mod cleared;
mod consent;
mod counted;
pub(super) mod directory;
mod document;
pub(super) mod findings;
mod frame;
mod granted;
mod lists;
mod opinion;
mod original;
mod private;
mod samples;
mod spelled;
mod spoken;
mod stamped;
mod value;

pub(super) use cleared::{reread, witness, witness_object};
pub(super) use findings::discover;

use super::Trouble;
use super::bytes::Bytes;
use dicom_core::Tag;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::StandardDataDictionary;
use std::ops::Range;

pub(super) const PIXEL_DATA: u32 = 0x7fe0_0010;
const ITEM: u32 = 0xfffe_e000;
const ITEM_END: u32 = 0xfffe_e00d;
const SEQUENCE_END: u32 = 0xfffe_e0dd;
const UNDEFINED: u32 = u32::MAX;

/// The deepest nesting that is followed.
const DEEPEST: usize = 64;
/// The most that a deflated data set is inflated to.
const MOST_INFLATED: u64 = 64 << 20;
/// The most file meta elements.
const MOST_META: usize = 64;

/// How elements are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Syntax {
    implicit: bool,
    big: bool,
}

/// An element that is no sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) tag: u32,
    pub(super) vr: [u8; 2],
    pub(super) head: u64,
    pub(super) value: Range<u64>,
    pub(super) big: bool,
}

/// What a walk comes upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    Element(Element),
    /// A sequence begins; its items follow.
    Sequence {
        tag: u32,
        head: u64,
    },
    /// A sequence of fragments begins, as encapsulated pixel data are.
    Fragments {
        tag: u32,
        head: u64,
    },
    Fragment(Range<u64>),
    /// A sequence, or one of fragments, has ended.
    Close(u32),
    /// From here on nothing can be read.
    Broken(Range<u64>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sequence,
    Item,
    Fragments,
}

#[derive(Debug, Clone)]
struct Level {
    kind: Kind,
    tag: u32,
    /// Where it ends, where it says; else a delimiter ends it.
    end: Option<u64>,
    /// Where it must have ended.
    limit: u64,
    syntax: Syntax,
    item: u32,
}

/// Walks a data set.
#[derive(Debug)]
pub(super) struct Walk {
    at: u64,
    end: u64,
    root: Syntax,
    levels: Vec<Level>,
    /// Elements without a legal representation, read as if they were implicit, and delimiters where none belong.
    pub(super) oddities: usize,
}

impl Walk {
    pub(super) fn new(range: Range<u64>, root: Syntax) -> Self {
        Self { at: range.start, end: range.end, root, levels: Vec::new(), oddities: 0 }
    }

    /// The path of the sequences that are open, for places: `(0040,A730)[2]`.
    pub(super) fn path(&self) -> String {
        let open = self.levels.iter().filter(|l| l.kind == Kind::Item);
        open.fold(String::new(), |path, l| format!("{path}{}[{}]", name(l.tag), l.item))
    }

    /// The outermost of the sequences that are open.
    pub(super) fn outermost(&self) -> Option<u32> {
        self.levels.first().map(|level| level.tag)
    }

    /// How many sequences are open.
    pub(super) fn depth(&self) -> usize {
        self.levels.iter().filter(|l| l.kind == Kind::Sequence).count()
    }

    fn syntax(&self) -> Syntax {
        self.levels.last().map_or(self.root, |l| l.syntax)
    }

    fn limit(&self) -> u64 {
        self.levels.last().map_or(self.end, |l| l.limit)
    }

    /// What cannot be read, up to the end of the outermost sequence that it is in, if that has said where it ends; else up
    /// to the end of all.
    fn broken(&mut self) -> Event {
        let outermost = self.levels.first().and_then(|level| level.end).filter(|end| *end > self.at);
        let end = outermost.unwrap_or(self.end);
        let range = self.at..end;
        self.at = end;
        self.levels.clear();
        Event::Broken(range)
    }

    fn open(&mut self, kind: Kind, tag: u32, length: u32, syntax: Syntax, item: u32) -> Result<bool, Trouble> {
        if self.levels.len() >= 2 * DEEPEST {
            return Err(Trouble::TooLarge("sequences nested deeper than 64"));
        }
        let limit = self.limit();
        let end = (length != UNDEFINED).then(|| self.at + u64::from(length));
        if end.is_some_and(|e| e > limit) {
            return Ok(false);
        }
        self.levels.push(Level { kind, tag, end, limit: end.unwrap_or(limit), syntax, item });
        Ok(true)
    }

    /// The next event; none at the end of the data set.
    pub(super) fn next(&mut self, bytes: &mut Bytes<'_>) -> Result<Option<Event>, Trouble> {
        loop {
            if let Some(level) = self.levels.last()
                && level.end == Some(self.at)
            {
                let (kind, tag) = (level.kind, level.tag);
                self.levels.pop();
                if kind == Kind::Item {
                    continue;
                }
                return Ok(Some(Event::Close(tag)));
            }
            if self.at >= self.end {
                let open = !self.levels.is_empty();
                self.levels.clear();
                return Ok(open.then_some(Event::Broken(self.end..self.end)));
            }
            let limit = self.limit();
            let head = bytes.get(self.at, 8)?.map(|b| [b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
            let Some(head) = head.filter(|_| self.at + 8 <= limit) else { return Ok(Some(self.broken())) };
            let syntax = self.syntax();
            let tag = syntax.tag(&head);
            let length = syntax.u32([head[4], head[5], head[6], head[7]]);
            let event = match self.levels.last().map(|l| l.kind) {
                Some(Kind::Sequence) => self.item(tag, length)?,
                Some(Kind::Fragments) => Some(self.fragment(tag, length)),
                Some(Kind::Item)
                    if tag == ITEM_END && length == 0 && self.levels.last().is_some_and(|l| l.end.is_none()) =>
                {
                    self.at += 8;
                    self.levels.pop();
                    None
                }
                // An item or a delimiter where none belongs: readers step over it.
                _ if tag >> 16 == 0xfffe => {
                    self.oddities += 1;
                    self.at += 8;
                    None
                }
                _ => Some(self.element(bytes, tag, head)?),
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    fn item(&mut self, tag: u32, length: u32) -> Result<Option<Event>, Trouble> {
        let Some(level) = self.levels.last_mut() else { return Ok(None) };
        match tag {
            ITEM => {
                let (of, syntax, item) = (level.tag, level.syntax, level.item);
                level.item += 1;
                self.at += 8;
                let opened = self.open(Kind::Item, of, length, syntax, item)?;
                Ok(if opened { None } else { Some(self.broken()) })
            }
            SEQUENCE_END if level.end.is_none() && length == 0 => {
                let of = level.tag;
                self.at += 8;
                self.levels.pop();
                Ok(Some(Event::Close(of)))
            }
            _ => Ok(Some(self.broken())),
        }
    }

    fn fragment(&mut self, tag: u32, length: u32) -> Event {
        let start = self.at + 8;
        let end = start + u64::from(length);
        match tag {
            ITEM if length != UNDEFINED && end <= self.limit() => {
                self.at = end;
                Event::Fragment(start..end)
            }
            SEQUENCE_END if length == 0 => {
                self.at = start;
                Event::Close(self.levels.pop().map_or(0, |l| l.tag))
            }
            _ => self.broken(),
        }
    }

    fn element(&mut self, bytes: &mut Bytes<'_>, tag: u32, head: [u8; 8]) -> Result<Event, Trouble> {
        let syntax = self.syntax();
        let start = self.at;
        let stated = [head[4], head[5]];
        let lettered = stated.iter().all(u8::is_ascii_uppercase);
        let (vr, length, size) = if syntax.implicit || !lettered {
            self.oddities += usize::from(!syntax.implicit);
            (vr(tag), syntax.u32([head[4], head[5], head[6], head[7]]), 8)
        } else if is_long(stated) {
            // Two bytes are reserved here, and nothing may stand in them.
            self.oddities += usize::from(head[6..] != [0, 0]);
            let Some(long) = bytes.get(start + 8, 4)?.map(|b| [b[0], b[1], b[2], b[3]]) else {
                return Ok(self.broken());
            };
            (stated, syntax.u32(long), 12)
        } else {
            (stated, u32::from(syntax.u16([head[6], head[7]])), 8)
        };
        let value = start + size;
        let is_bulk = matches!(&vr, b"OB" | b"OW" | b"OF" | b"OD" | b"OL" | b"OV");
        if length == UNDEFINED && is_bulk {
            self.at = value;
            self.open(Kind::Fragments, tag, length, syntax, 0)?;
            return Ok(Event::Fragments { tag, head: start });
        }
        if &vr == b"SQ" || length == UNDEFINED {
            // PS3.5 6.2.2, note 2: an unknown representation of undefined length is a sequence in implicit encoding.
            let inner = if &vr == b"UN" { Syntax { implicit: true, big: false } } else { syntax };
            self.at = value;
            if !self.open(Kind::Sequence, tag, length, inner, 0)? {
                self.at = start;
                return Ok(self.broken());
            }
            return Ok(Event::Sequence { tag, head: start });
        }
        let end = value + u64::from(length);
        if end > self.limit() {
            return Ok(self.broken());
        }
        self.at = end;
        Ok(Event::Element(Element { tag, vr, head: start, value: value..end, big: syntax.big }))
    }
}

impl Syntax {
    fn u16(self, b: [u8; 2]) -> u16 {
        if self.big { u16::from_be_bytes(b) } else { u16::from_le_bytes(b) }
    }

    fn u32(self, b: [u8; 4]) -> u32 {
        if self.big { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) }
    }

    fn tag(self, b: &[u8; 8]) -> u32 {
        u32::from(self.u16([b[0], b[1]])) << 16 | u32::from(self.u16([b[2], b[3]]))
    }
}

/// Whether an explicit representation has a length of four bytes, as all have that PS3.5 7.1.2 does not name.
fn is_long(vr: [u8; 2]) -> bool {
    const SHORT: [&[u8; 2]; 21] = [
        b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS",
        b"ST", b"TM", b"UI", b"UL", b"US",
    ];
    !SHORT.contains(&&vr)
}

/// The representation that the standard's dictionary gives an attribute.
pub(super) fn vr(tag: u32) -> [u8; 2] {
    let known = StandardDataDictionary.by_tag(Tag((tag >> 16) as u16, tag as u16));
    let text = known.map_or("UN", |entry| entry.vr().relaxed().to_string());
    let bytes = text.as_bytes();
    [bytes[0], bytes[1]]
}

/// A tag as people write it.
pub(super) fn name(tag: u32) -> String {
    format!("({:04X},{:04X})", tag >> 16, tag & 0xffff)
}

/// What stands before the data set.
#[derive(Debug)]
pub(super) struct Opening {
    /// Whether there is a preamble, and whether there is anything in it.
    pub(super) preamble: Option<bool>,
    pub(super) meta: Vec<Element>,
    /// Whether the file meta information breaks its grammar.
    pub(super) odd: bool,
    /// The transfer syntax it states, empty where it states none.
    pub(super) syntax: String,
    /// Where the data set begins.
    pub(super) data: u64,
    /// The data set, where it had to be inflated; its offsets are its own.
    pub(super) inflated: Option<Vec<u8>>,
}

const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

/// Reads preamble and file meta information, and inflates a deflated data set.
pub(super) fn open(bytes: &mut Bytes<'_>) -> Result<Opening, Trouble> {
    let has_preamble = bytes.get(128, 4)? == Some(b"DICM");
    let preamble = match has_preamble {
        true => Some(bytes.get(0, 128)?.is_some_and(|p| p.iter().any(|b| *b != 0))),
        false => None,
    };
    let bare = !has_preamble && bytes.get(0, 6)? == Some(b"DICM\x02\0");
    let start = if has_preamble {
        132
    } else if bare {
        4
    } else {
        0
    };
    let syntax = Syntax { implicit: false, big: false };
    let mut walk = Walk::new(start..bytes.len(), syntax);
    let (mut meta, mut data, mut stated) = (Vec::new(), start, String::new());
    while meta.len() < MOST_META {
        // A second header may follow with a prefix of its own.
        if !meta.is_empty() && bytes.get(walk.at, 6)? == Some(b"DICM\x02\0") {
            (walk.at, walk.oddities) = (walk.at + 4, walk.oddities + 1);
        }
        if bytes.get(walk.at, 2)? != Some(&[2, 0]) {
            break;
        }
        let Some(Event::Element(element)) = walk.next(bytes)? else { break };
        data = walk.at;
        if element.tag == 0x0002_0010 {
            let uid = bytes.copy(element.value.clone(), 64)?;
            stated = String::from_utf8_lossy(&uid).trim_matches(['\0', ' ']).to_owned();
        }
        meta.push(element);
    }
    if meta.is_empty() && !has_preamble && !looks_like_data(bytes)? {
        return Err(Trouble::Damaged("it does not begin as a DICOM object does"));
    }
    let inflated = if stated == DEFLATED { Some(inflate(bytes, data)?) } else { None };
    Ok(Opening { preamble, meta, odd: walk.oddities > 0, syntax: stated, data, inflated })
}

fn looks_like_data(bytes: &mut Bytes<'_>) -> Result<bool, Trouble> {
    Ok(bytes.get(0, 8)?.is_some_and(|b| matches!(b, [2 | 8, 0, ..] | [0, 2 | 8, ..])))
}

/// How the data set is encoded, by its own first bytes: transfer syntaxes lie.
pub(super) fn guess(bytes: &mut Bytes<'_>, at: u64) -> Result<Syntax, Trouble> {
    let head = bytes.get(at, 8)?.unwrap_or(&[8, 0, 0, 0, 0, 0, 0, 0]);
    let implicit = !(head[4].is_ascii_uppercase() && head[5].is_ascii_uppercase());
    Ok(Syntax { implicit, big: head[0] == 0 && head[1] != 0 && !implicit })
}

fn inflate(bytes: &mut Bytes<'_>, from: u64) -> Result<Vec<u8>, Trouble> {
    use std::io::Write;
    let mut stream = flate2::write::DeflateDecoder::new(Vec::new());
    let end = bytes.len();
    bytes.each(from..end, |part| {
        for chunk in part.chunks(4096) {
            // What cannot be inflated ends the data set; the account then finds it broken.
            if stream.write_all(chunk).is_err() {
                break;
            }
            if stream.get_ref().len() as u64 > MOST_INFLATED {
                return Err(Trouble::TooLarge("a deflated data set of more than 64 MB"));
            }
        }
        Ok(())
    })?;
    Ok(stream.finish().unwrap_or_default())
}

/// The date of the study decides the era of a DICOM object, and the surgeon reads it with the identity.
pub(super) fn year(_source: &dyn crate::cut::Source) -> Result<Option<u16>, Trouble> {
    Ok(None)
}
