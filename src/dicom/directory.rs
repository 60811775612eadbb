//! Writes the directory (DICOMDIR) of a release that is used as a file-set: patients, studies, series, objects.
//!
//! DICOM PS3.3 Annex F (Basic Directory IOD), PS3.10 8 (file-sets, File IDs, the DICOMDIR file), PS3.5 A.2. Everything in
//! it is read from cleaned objects (`record`); which keys a record has is a table (`rule`). Records lie depth first, so
//! that no more than two patients' records are held in memory: some 400 bytes for each object of theirs.

mod record;
mod rule;

pub use record::{Listed, listed};

use super::meta;
use super::syntax::EXPLICIT;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, Seek, SeekFrom, Write};

/// Where a record says at what offset the next one of its level is, and the first one below it.
const NEXT: usize = 16;
const LOWER: usize = 38;
/// Where, from the data set on, the offsets of the first and the last patient stand.
const FIRST: usize = 16;
const LAST: usize = 28;
/// Where the first record stands.
const RECORDS: usize = 54;

/// The records of one patient.
#[derive(Debug, Default)]
pub struct Patient {
    keys: Vec<u8>,
    studies: BTreeMap<Vec<u8>, Study>,
}

#[derive(Debug, Default)]
struct Study {
    keys: Vec<u8>,
    /// By number, then UID.
    series: BTreeMap<(i64, Vec<u8>), Series>,
}

#[derive(Debug, Default)]
struct Series {
    keys: Vec<u8>,
    /// By number, then UID: whole records.
    objects: BTreeMap<(i64, Vec<u8>), Vec<u8>>,
}

impl Patient {
    /// Puts an object under its study and series, unless another of the same instance UID is there already: a file-set
    /// holds an instance once (PS3.10 8.5). False then. Of keys that objects of one study or series state differently, those of
    /// the object that comes first stand.
    ///
    /// # Errors
    /// When a record becomes longer than its length can say (`InvalidData`).
    pub fn add(&mut self, listed: Listed) -> io::Result<bool> {
        let whole = record(listed.kind, &listed.reference, &listed.keys)?;
        let fill = |keys: &mut Vec<u8>, new| {
            if keys.is_empty() {
                *keys = new;
            }
        };
        fill(&mut self.keys, listed.patient);
        let study = self.studies.entry(listed.study.0).or_default();
        fill(&mut study.keys, listed.study.1);
        let series = study.series.entry((listed.series.0, listed.series.1)).or_default();
        fill(&mut series.keys, listed.series.2);
        let entry = series.objects.entry((listed.number, listed.instance));
        let new = matches!(entry, Entry::Vacant(_));
        entry.or_insert(whole);
        Ok(new)
    }

    /// Whether there is nothing to be listed.
    pub fn is_empty(&self) -> bool {
        self.studies.is_empty()
    }

    /// All records, depth first; the first one's will lie at `base`.
    fn records(&self, base: u64) -> io::Result<Vec<u8>> {
        let mut tree = Tree { base, bytes: record("PATIENT", &[], &self.keys)? };
        let mut last_study = None;
        for study in self.studies.values() {
            let at = tree.put(0, &mut last_study, &record("STUDY", &[], &study.keys)?)?;
            let mut last_series = None;
            for series in study.series.values() {
                let at = tree.put(at, &mut last_series, &record("SERIES", &[], &series.keys)?)?;
                let mut last_object = None;
                for object in series.objects.values() {
                    tree.put(at, &mut last_object, object)?;
                }
            }
        }
        Ok(tree.bytes)
    }
}

/// Records in the making, and where the first will lie.
struct Tree {
    base: u64,
    bytes: Vec<u8>,
}

impl Tree {
    /// Puts a record below `parent`, behind `last`; says where.
    fn put(&mut self, parent: usize, last: &mut Option<usize>, record: &[u8]) -> io::Result<usize> {
        let at = self.bytes.len();
        let field = last.map_or(parent + LOWER, |last| last + NEXT);
        patch(&mut self.bytes, field, offset(self.base, at)?);
        self.bytes.extend_from_slice(record);
        *last = Some(at);
        Ok(at)
    }
}

/// A directory in the making.
#[derive(Debug)]
pub struct Directory<W> {
    out: W,
    /// Where the data set begins.
    data: usize,
    /// Where the records go on.
    at: u64,
    /// The last patient's records: whether another follows decides what they say.
    held: Option<Vec<u8>>,
    last: [u8; 4],
}

impl<W: Write + Seek> Directory<W> {
    /// Begins a directory, which `instance` (a UID) will stand for.
    ///
    /// # Errors
    /// Whatever writing says.
    pub fn begin(mut out: W, instance: &str) -> io::Result<Self> {
        let header = meta::header(super::DIRECTORY_CLASS, instance, EXPLICIT);
        out.write_all(&header)?;
        let mut set = Vec::new();
        // An ID of the file-set could only tell where it is from: empty (Type 2).
        set.extend(b"\x04\0\x30\x11CS\0\0");
        set.extend(b"\x04\0\x00\x12UL\x04\0\0\0\0\0");
        set.extend(b"\x04\0\x02\x12UL\x04\0\0\0\0\0");
        set.extend(b"\x04\0\x12\x12US\x02\0\0\0");
        set.extend(b"\x04\0\x20\x12SQ\0\0\xFF\xFF\xFF\xFF");
        out.write_all(&set)?;
        let at = (header.len() + set.len()) as u64;
        Ok(Self { out, data: header.len(), at, held: None, last: [0; 4] })
    }

    /// Writes the records of one patient.
    ///
    /// # Errors
    /// Whatever writing says; `InvalidData` when the directory grows beyond what offsets of 32 bits can say.
    pub fn patient(&mut self, patient: &Patient) -> io::Result<()> {
        let start = self.at + self.held.as_ref().map_or(0, |held| held.len() as u64);
        let records = patient.records(start)?;
        let place = offset(start, 0)?;
        if let Some(mut held) = self.held.take() {
            patch(&mut held, NEXT, place);
            self.out.write_all(&held)?;
        }
        self.at = start;
        self.last = place;
        self.held = Some(records);
        Ok(())
    }

    /// Writes what is left, and where the first and the last patient are.
    ///
    /// # Errors
    /// Whatever writing says.
    pub fn finish(mut self) -> io::Result<W> {
        let first = (self.data + RECORDS) as u64;
        let any = self.held.is_some();
        self.out.write_all(&self.held.take().unwrap_or_default())?;
        self.out.write_all(b"\xFE\xFF\xDD\xE0\0\0\0\0")?;
        if any {
            self.out.seek(SeekFrom::Start((self.data + FIRST) as u64))?;
            self.out.write_all(&offset(first, 0)?)?;
            self.out.seek(SeekFrom::Start((self.data + LAST) as u64))?;
            self.out.write_all(&self.last)?;
            self.out.seek(SeekFrom::End(0))?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Whether a file's first kilobyte is that of a directory of ours.
pub fn is_ours(head: &[u8]) -> bool {
    let has = |what: &[u8]| memchr::memmem::find(head, what).is_some();
    head.get(128..132) == Some(b"DICM") && has(super::DIRECTORY_CLASS) && has(meta::IMPLEMENTATION.as_bytes())
}

/// An item of the record sequence: links of zero, then what it refers to, then its keys.
fn record(kind: &str, reference: &[u8], keys: &[u8]) -> io::Result<Vec<u8>> {
    let mut body = Vec::with_capacity(64 + reference.len() + keys.len());
    body.extend(b"\x04\0\x00\x14UL\x04\0\0\0\0\0");
    body.extend(b"\x04\0\x10\x14US\x02\0\xFF\xFF");
    body.extend(b"\x04\0\x20\x14UL\x04\0\0\0\0\0");
    let padded = kind.len() + kind.len() % 2;
    body.extend(b"\x04\0\x30\x14CS");
    body.extend((padded as u16).to_le_bytes());
    body.extend(kind.as_bytes());
    body.resize(body.len() + padded - kind.len(), b' ');
    body.extend(reference);
    body.extend(keys);
    let length = u32::try_from(body.len()).map_err(|_| too_large())?;
    let mut item = b"\xFE\xFF\0\xE0".to_vec();
    item.extend(length.to_le_bytes());
    item.append(&mut body);
    Ok(item)
}

fn patch(bytes: &mut [u8], at: usize, value: [u8; 4]) {
    if let Some(field) = bytes.get_mut(at..at + 4) {
        field.copy_from_slice(&value);
    }
}

fn offset(base: u64, at: usize) -> io::Result<[u8; 4]> {
    let place = base.saturating_add(at as u64);
    u32::try_from(place).map(u32::to_le_bytes).map_err(|_| too_large())
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the directory is larger than its offsets can say")
}
