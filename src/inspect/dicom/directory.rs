//! The proof of a release's directory (DICOMDIR): all it says is said by the cleaned objects it leads to.
//!
//! PS3.3 F.3 (records and their links), PS3.10 8.2 (File IDs) and 8.6 (the file). Records must lie depth first, as those
//! of scrubs do, so that one pass with the keys of four records in memory checks every link.

use super::{Element, Event, Walk, guess, lists, name, open, vr};
use crate::cut::Source;
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use crate::place::Place;
use std::collections::HashMap;
use std::io;

const RECORDS: u32 = 0x0004_1220;
/// The longest value of a key.
const LONGEST: usize = 1024;
/// Keys of one record, at most.
const MOST_KEYS: usize = 10_000;
/// Values that stand where an object has none (PS3.3 F.5, Type 1).
const SILENT: &[&[u8]] = &[b"", b"19000101", b"000000", b"OT", b"REMOVED", b"PLAN", b"PARTIAL", b"UNVERIFIED"];
/// The kinds of records that lead to an object below a series (PS3.3 Table F.4-1).
const OBJECTS: &[&str] = &[
    "IMAGE",
    "RT DOSE",
    "RT STRUCTURE SET",
    "RT PLAN",
    "RT TREAT RECORD",
    "PRESENTATION",
    "WAVEFORM",
    "SR DOCUMENT",
    "KEY OBJECT DOC",
    "SPECTROSCOPY",
    "RAW DATA",
    "REGISTRATION",
    "FIDUCIAL",
    "ENCAP DOC",
    "VALUE MAP",
    "STEREOMETRIC",
    "PLAN",
    "MEASUREMENT",
    "SURFACE",
    "SURFACE SCAN",
    "TRACT",
    "ASSESSMENT",
    "RADIOTHERAPY",
    "ANNOTATION",
];
/// The keys that records may have (PS3.3 F.5), beside what their sequences hold.
const KEYS: &[u32] = &[
    0x0008_0005,
    0x0008_0012,
    0x0008_0013,
    0x0008_0020,
    0x0008_0023,
    0x0008_0030,
    0x0008_0033,
    0x0008_0050,
    0x0008_0060,
    0x0008_1030,
    0x0008_1115,
    0x0010_0010,
    0x0010_0020,
    0x0020_000d,
    0x0020_000e,
    0x0020_0010,
    0x0020_0011,
    0x0020_0013,
    0x0040_a043,
    0x0040_a491,
    0x0040_a493,
    0x0040_e001,
    0x0042_0010,
    0x0042_0012,
    0x0070_0080,
    0x0070_0081,
    0x0070_0082,
    0x0070_0083,
    0x0070_0084,
    0x3004_000a,
    0x3006_0002,
    0x3006_0008,
    0x3006_0009,
    0x3008_0250,
    0x3008_0251,
    0x300a_0002,
    0x300a_0006,
    0x300a_0007,
];
/// The keys that must be those of every object below: patient, study, series.
const TIES: [&str; 3] = ["(0010,0020)", "(0020,000D)", "(0020,000E)"];

/// Opens what a File ID names, its components in order.
pub(in crate::inspect) type Opener<'o> = dyn FnMut(&[String]) -> io::Result<Box<dyn Source>> + 'o;

/// A record as far as it has been read.
#[derive(Debug, Default)]
struct Record {
    at: u64,
    next: u64,
    lower: u64,
    kind: String,
    file: Vec<String>,
    /// Values by place, with whether an object below has said the same.
    keys: HashMap<String, (Vec<u8>, bool)>,
}

/// The records that are open: patient, study, series, object; and where the next of each level must be.
#[derive(Debug, Default)]
struct Tree {
    open: Vec<Record>,
    due: [u64; 4],
    /// Whether the last one was opened and nothing below it has been seen.
    fresh: bool,
    last_root: u64,
    objects: u64,
}

/// Proves a directory against the objects it leads to; the number is how many they are.
pub(in crate::inspect) fn witness(directory: &dyn Source, opener: &mut Opener<'_>) -> Result<u64, Trouble> {
    let mut bytes = Bytes::new(directory);
    let opening = open(&mut bytes)?;
    let mut told = HashMap::new();
    for element in &opening.meta {
        let content = bytes.copy(element.value.clone(), LONGEST)?;
        told.insert(element.tag, text(&content));
    }
    let is = |tag, value: &str| told.get(&tag).is_some_and(|told| told == value);
    let version = told.get(&0x0002_0013).is_some_and(|v| v.starts_with("SCRUBS"));
    let own = told.get(&0x0002_0003).is_some_and(|uid| uid.starts_with("2.25."));
    let plain = told.keys().all(|tag| matches!(tag & 0xffff, 0 | 1 | 2 | 3 | 0x10 | 0x12 | 0x13));
    let meta = is(0x0002_0002, "1.2.840.10008.1.3.10") && is(0x0002_0010, "1.2.840.10008.1.2.1");
    if opening.preamble != Some(false) || opening.odd || !(meta && version && own && plain) {
        return Err(wrong("a file header that is none of a directory"));
    }
    records(&mut bytes, opening.data, opener)
}

fn records(bytes: &mut Bytes<'_>, at: u64, opener: &mut Opener<'_>) -> Result<u64, Trouble> {
    let mut walk = Walk::new(at..bytes.len(), guess(bytes, at)?);
    let (mut tree, mut record) = (Tree::default(), None::<Record>);
    let (mut first, mut last) = (0, 0);
    while let Some(event) = walk.next(bytes)? {
        match event {
            Event::Element(element) if walk.depth() == 0 => {
                let value = bytes.copy(element.value.clone(), LONGEST)?;
                match element.tag {
                    0x0004_1130 if value.is_empty() => {}
                    0x0004_1200 => first = number(&value),
                    0x0004_1202 => last = number(&value),
                    0x0004_1212 if value == [0, 0] => {}
                    _ => return Err(wrong("an attribute that a directory does not need")),
                }
            }
            Event::Element(element) => {
                let value = bytes.copy(element.value.clone(), LONGEST + 1)?;
                // Each record begins with the offset of the next; its item's header is of eight bytes.
                if element.tag == 0x0004_1400 && walk.depth() == 1 {
                    let at = element.head.saturating_sub(8);
                    if let Some(whole) = record.replace(Record { at, next: number(&value), ..Record::default() }) {
                        tree.take(whole, opener)?;
                    } else if at != first {
                        return Err(wrong("a first record elsewhere than the directory says"));
                    }
                    continue;
                }
                let Some(record) = &mut record else { return Err(wrong("a record without its links")) };
                record.element(&walk, &element, value)?;
            }
            Event::Sequence { tag: RECORDS, head } if walk.depth() == 1 => {
                if bytes.get(head, 12)? != Some(b"\x04\0\x20\x12SQ\0\0\xff\xff\xff\xff") {
                    return Err(wrong("records that are no sequence"));
                }
            }
            Event::Sequence { .. } if walk.depth() > 1 => {}
            Event::Close(_) => {}
            _ => return Err(wrong("bytes that are no record")),
        }
    }
    if let Some(whole) = record {
        tree.take(whole, opener)?;
    }
    tree.close(0)?;
    if walk.oddities > 0 || tree.fresh || tree.due != [0; 4] || tree.last_root != last {
        return Err(wrong("records that do not lead to each other"));
    }
    Ok(tree.objects)
}

impl Record {
    fn element(&mut self, walk: &Walk, element: &Element, value: Vec<u8>) -> Result<(), Trouble> {
        let own = walk.depth() == 1;
        match element.tag {
            0x0004_1410 if own && value == [0xff, 0xff] => {}
            0x0004_1420 if own => self.lower = number(&value),
            0x0004_1430 if own => self.kind = text(&value),
            0x0004_1500 if own => self.file = text(&value).split('\\').map(str::to_owned).collect(),
            0x0004_1510 if own && &element.vr == b"UI" => self.key("(0008,0016)".to_owned(), value)?,
            0x0004_1511 if own => self.key("(0008,0018)".to_owned(), value)?,
            0x0004_1512 if own => self.key("(0002,0010)".to_owned(), value)?,
            tag if (!own || KEYS.contains(&tag)) && vr(tag) == element.vr => {
                // The place without the record that it is in.
                let path = walk.path();
                let inner = path.split_once(']').map_or("", |(_, inner)| inner);
                self.key(format!("{inner}{}", name(tag)), value)?;
            }
            _ => return Err(wrong("an attribute that a record does not need")),
        }
        Ok(())
    }

    fn key(&mut self, place: String, value: Vec<u8>) -> Result<(), Trouble> {
        if value.len() > LONGEST || self.keys.len() >= MOST_KEYS {
            return Err(Trouble::TooLarge("a record of a directory"));
        }
        match self.keys.insert(place, (trim(&value).to_vec(), false)) {
            None => Ok(()),
            // The second would hide the first, which nobody has confirmed.
            Some(_) => Err(wrong("an attribute of a record that is there twice")),
        }
    }

    /// Confirms the keys of which this object says the same.
    fn confirm(&mut self, object: &HashMap<String, Vec<u8>>) {
        for (place, (value, confirmed)) in &mut self.keys {
            let said = object.get(place).map_or(&[][..], Vec::as_slice);
            *confirmed |= value == said || said.is_empty() && is_silent(place, value);
        }
    }
}

impl Tree {
    /// Takes a record in the order of the file: its links must be what its place in the tree says.
    fn take(&mut self, mut record: Record, opener: &mut Opener<'_>) -> Result<(), Trouble> {
        let level = match record.kind.as_str() {
            "PATIENT" => 0,
            "STUDY" => 1,
            "SERIES" => 2,
            kind if OBJECTS.contains(&kind) => 3,
            _ => return Err(wrong("a record of a kind that leads to no object")),
        };
        if level > self.open.len() {
            return Err(wrong("a record without the one above it"));
        }
        let begins = level == 0 && self.objects == 0 && self.open.is_empty();
        if self.fresh {
            // Below a record that was just opened, its first one is due.
            if level != self.open.len() || self.open.last().is_none_or(|above| above.lower != record.at) {
                return Err(wrong("records that do not lead to each other"));
            }
        } else {
            let deeper = self.due.iter().skip(level + 1);
            if !begins && self.due[level] != record.at || deeper.copied().any(|due| due != 0) {
                return Err(wrong("records that do not lead to each other"));
            }
            self.close(level)?;
        }
        self.due[level] = record.next;
        self.fresh = level < 3;
        if level == 0 {
            self.last_root = record.at;
        }
        if level < 3 {
            if !record.file.is_empty() || record.lower == 0 {
                return Err(wrong("a record that leads to no other"));
            }
            self.open.push(record);
            return Ok(());
        }
        if record.lower != 0 || !is_file_id(&record.file) {
            return Err(wrong("a record that leads to no file"));
        }
        let object = said(&*opener(&record.file)?)?;
        record.confirm(&object);
        for (above, tie) in self.open.iter_mut().zip(TIES) {
            let tied = above.keys.get(tie).is_some_and(|(value, _)| Some(value) == object.get(tie));
            // An object without an ID is its patient's by its code alone.
            if !(tied || tie == TIES[0] && !object.contains_key(tie)) {
                return Err(wrong("an object under a record that is not its own"));
            }
            above.confirm(&object);
        }
        self.objects += 1;
        all_confirmed(&record)
    }

    /// Closes the records from a level on: each of their keys must be what an object below says.
    fn close(&mut self, level: usize) -> Result<(), Trouble> {
        for closed in self.open.drain(level.min(self.open.len())..) {
            all_confirmed(&closed)?;
        }
        Ok(())
    }
}

/// Whether a value says nothing where it stands: a study's ID is then 1, a number 0.
fn is_silent(place: &str, value: &[u8]) -> bool {
    match value {
        b"1" => place == "(0020,0010)",
        b"0" => place == "(0020,0011)" || place == "(0020,0013)",
        _ => SILENT.contains(&value),
    }
}

fn all_confirmed(record: &Record) -> Result<(), Trouble> {
    let is_code = |place: &str, value: &[u8]| place == TIES[0] && value.starts_with(b"P-") && value.len() == 14;
    let alien = record.keys.iter().find(|(place, (value, confirmed))| !confirmed && !is_code(place, value));
    alien.map_or(Ok(()), |_| Err(wrong("a value that no object says")))
}

/// What an object says, by place: texts and numbers up to its picture.
fn said(source: &dyn Source) -> Result<HashMap<String, Vec<u8>>, Trouble> {
    let mut bytes = Bytes::new(source);
    let opening = open(&mut bytes)?;
    let mut out = HashMap::new();
    for element in opening.meta.iter().filter(|e| e.tag == 0x0002_0010) {
        let value = bytes.copy(element.value.clone(), LONGEST)?;
        out.insert(name(element.tag), trim(&value).to_vec());
    }
    let (mut inflated, at) = match &opening.inflated {
        Some(data) => (Bytes::over(data), 0),
        None => (bytes, opening.data),
    };
    let mut walk = Walk::new(at..inflated.len(), guess(&mut inflated, at)?);
    while let Some(event) = walk.next(&mut inflated)? {
        let Event::Element(element) = event else { continue };
        if walk.depth() == 0 && lists::is_samples(element.tag) && element.tag >> 16 == 0x7fe0 {
            break;
        }
        if walk.depth() > 3 || out.len() >= MOST_KEYS || element.value.end - element.value.start > LONGEST as u64 {
            continue;
        }
        let value = inflated.copy(element.value.clone(), LONGEST)?;
        out.insert(format!("{}{}", walk.path(), name(element.tag)), trim(&value).to_vec());
    }
    Ok(out)
}

/// At most eight components of at most eight capitals, digits and underscores (PS3.10 8.2).
fn is_file_id(file: &[String]) -> bool {
    let legal = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    (1..=8).contains(&file.len()) && file.iter().all(|part| (1..=8).contains(&part.len()) && part.bytes().all(legal))
}

fn number(value: &[u8]) -> u64 {
    value.try_into().map_or(u64::MAX, |b| u64::from(u32::from_le_bytes(b)))
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(trim(value)).into_owned()
}

fn trim(value: &[u8]) -> &[u8] {
    let start = value.iter().position(|b| !matches!(b, 0 | b' ')).unwrap_or(value.len());
    let end = value.iter().rposition(|b| !matches!(b, 0 | b' ')).map_or(start, |e| e + 1);
    &value[start..end]
}

fn wrong(what: &'static str) -> Trouble {
    Trouble::Unaccounted(what, Place::Whole {})
}
