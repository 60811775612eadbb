//! The parts of a JPEG or JPEG-LS frame: comments, application segments, tables that no scan uses, and what no picture has.
//!
//! ISO/IEC 10918-1 Annex B (segments), G.1.1.1 (scans that refine); ISO/IEC 14495-1 Annex C (JPEG-LS).

use super::{Extra, MOST_PARTS, behind, comment, is_blank, words};
use crate::finding::Code;
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use crate::inspect::jpeg::{COM, Part, SOS, Walk, coded_length};
use std::collections::HashMap;
use std::ops::Range;

const TABLES_OF_CODES: u8 = 0xc4;
const CONDITIONING: u8 = 0xcc;
const QUANTISATION: u8 = 0xdb;
const LINES: u8 = 0xdc;
const INTERVAL: u8 = 0xdd;
/// The frame header of JPEG-LS, and its presets.
const LS_FRAME: u8 = 0xf7;
const LS_PRESETS: u8 = 0xf8;

/// Lists what a frame holds beside its samples.
pub(super) fn extras(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<Vec<Extra>, Trouble> {
    let mut account = Account::default();
    let mut walk = Walk::new(range);
    let mut parts = 0;
    while let Some(part) = walk.next(bytes)? {
        parts += usize::from(!matches!(part, Part::Scan(_) | Part::ScanFill(_)));
        if parts > MOST_PARTS {
            return Err(Trouble::TooLarge("a compressed frame of more than ten thousand segments"));
        }
        let r = part.range().clone();
        let found = match &part {
            Part::Segment { marker, payload, .. } => account.segment(bytes, *marker, r, payload.clone())?,
            Part::Junk(_) => {
                let label = "bytes between the parts of a compressed frame";
                let blank = is_blank(bytes, r.clone())?;
                (!blank).then_some(Extra::new(Code::ApplicationData, label, r, false))
            }
            Part::Bare(..) => Some(strange(r)),
            Part::Behind(_) => behind(bytes, "bytes behind a compressed frame", r)?,
            Part::Scan(_) => {
                account.written(bytes, r)?;
                None
            }
            _ => None,
        };
        account.out.extend(found);
    }
    account.idle(bytes)?;
    account.out.sort_by_key(|extra| extra.range.start);
    Ok(account.out)
}

fn strange(range: Range<u64>) -> Extra {
    Extra::new(Code::ApplicationData, "a part of a compressed frame that is no part of a picture", range, false)
}

/// A table: the segment that it is in, its values, and whether a scan reads it.
#[derive(Debug)]
struct Table {
    segment: usize,
    values: Range<u64>,
    is_codes: bool,
    read: bool,
    repeats: bool,
}

/// What is known of a frame while it is read.
#[derive(Debug, Default)]
struct Account {
    out: Vec<Extra>,
    /// How the samples are coded, once the header was there.
    process: Option<u8>,
    open: bool,
    /// Of each component: its table of quantisation, and the bits still to come of each coefficient.
    components: HashMap<u8, (u8, Vec<u8>)>,
    tables: Vec<Table>,
    /// The segments that hold tables.
    segments: Vec<Range<u64>>,
    /// Which table stands where: class and number.
    standing: HashMap<(u8, u8), usize>,
    /// Segments since the last scan of which it reads one at most.
    since: Vec<u8>,
    scans: usize,
    restarts: bool,
}

impl Account {
    fn segment(
        &mut self,
        bytes: &mut Bytes<'_>,
        marker: u8,
        range: Range<u64>,
        payload: Range<u64>,
    ) -> Result<Option<Extra>, Trouble> {
        if marker == COM {
            return comment(bytes, range, payload);
        }
        if matches!(marker, 0xe0..=0xef | 0xf0..=0xf6 | 0xf9..=0xfd) {
            return application(bytes, marker, range, payload);
        }
        let content = bytes.copy(payload.clone(), 1 << 16)?;
        let whole = coded_length(marker, &content) == Some(content.len());
        let lossless = self.process == Some(LS_FRAME);
        let first = !self.since.contains(&marker);
        let sound = match marker {
            TABLES_OF_CODES | QUANTISATION if content.is_empty() => true,
            TABLES_OF_CODES | QUANTISATION => whole && self.tables_of(marker, &range, payload.start, &content),
            0xc0..=0xc3 | 0xc9..=0xcb if whole => self.frame(marker, &content),
            LS_FRAME if content.len() == 6 + 3 * usize::from(content.get(5).copied().unwrap_or(0)) => {
                self.frame(marker, &content)
            }
            SOS => whole && self.scan(&content),
            INTERVAL => {
                self.restarts = content.iter().any(|b| *b != 0);
                first && (content.len() == 2 || lossless && matches!(content.len(), 3 | 4))
            }
            CONDITIONING => first && content.len().is_multiple_of(2) && content.len() <= 16,
            LS_PRESETS => first && content.len() == 11 && content[0] == 1,
            LINES => content.len() == 2 && self.scans == 1 && self.open,
            _ => false,
        };
        if marker == SOS {
            self.since.clear();
        } else if matches!(marker, INTERVAL | CONDITIONING | LS_PRESETS) {
            self.since.push(marker);
        }
        Ok((!sound).then(|| strange(range)))
    }

    fn frame(&mut self, marker: u8, content: &[u8]) -> bool {
        let again = self.process.replace(marker).is_some();
        self.open = content.get(1..3) == Some(&[0, 0]);
        for part in content.get(6..).unwrap_or_default().chunks_exact(3) {
            self.components.insert(part[0], (part[2], vec![u8::MAX; 64]));
        }
        let count = self.components.len();
        !again && (1..=4).contains(&count) && content.get(5).is_some_and(|n| usize::from(*n) == count)
    }

    /// Takes in a segment of tables, which are tables to its end.
    fn tables_of(&mut self, marker: u8, range: &Range<u64>, start: u64, content: &[u8]) -> bool {
        let is_codes = marker == TABLES_OF_CODES;
        let mut at = 0;
        while let Some(head) = content.get(at) {
            let (skip, length) = match content.get(at + 1..at + 17) {
                Some(counts) if is_codes => (17, counts.iter().map(|n| usize::from(*n)).sum()),
                _ => (1, if head >> 4 == 0 { 64 } else { 128 }),
            };
            let values = content.get(at + skip..at + skip + length).unwrap_or_default();
            let class = if is_codes { head >> 4 } else { 2 };
            self.standing.insert((class, head & 15), self.tables.len());
            let values_at = start + (at + skip) as u64;
            self.tables.push(Table {
                segment: self.segments.len(),
                values: values_at..values_at + values.len() as u64,
                is_codes,
                read: false,
                repeats: is_codes && repeats(class, values),
            });
            at += skip + length;
        }
        self.segments.push(range.clone());
        true
    }

    /// Takes in the header of a scan: it must code what no scan before it did.
    fn scan(&mut self, content: &[u8]) -> bool {
        let count = usize::from(content[0]);
        let [first, last, bits] = [1, 2, 3].map(|n| content.get(2 * count + n).copied().unwrap_or(0));
        let progressive = matches!(self.process, Some(0xc2 | 0xca));
        let (before, after) = if progressive { (bits >> 4, bits & 15) } else { (0, 0) };
        let band = if progressive { usize::from(first)..usize::from(last) + 1 } else { 0..64 };
        let mut sound = (1..=4).contains(&count) && self.process.is_some();
        for pair in content[1..1 + 2 * count].chunks_exact(2) {
            let Some((quantisation, missing)) = self.components.get_mut(&pair[0]) else { return false };
            let begins = missing.iter().all(|m| *m == u8::MAX);
            let Some(part) = missing.get_mut(band.clone()).filter(|part| !part.is_empty()) else { return false };
            sound &= part.iter().all(|m| *m > after);
            part.fill(after);
            let (dc, ac) = match self.process {
                Some(0xc0 | 0xc1) => (true, true),
                Some(0xc2) => (first == 0 && before == 0, last > 0),
                Some(0xc3) => (true, false),
                _ => (false, false),
            };
            let step = begins && matches!(self.process, Some(0xc0..=0xc2 | 0xc9 | 0xca));
            for (reads, place) in [(dc, (0, pair[1] >> 4)), (ac, (1, pair[1] & 15)), (step, (2, *quantisation))] {
                let table = self.standing.get(&place).and_then(|number| self.tables.get_mut(*number));
                if let Some(table) = table.filter(|_| reads) {
                    table.read = true;
                    sound &= !table.repeats;
                }
            }
        }
        self.scans += 1;
        sound
    }

    /// Tables that no scan reads: of a segment that has no others, all of it; else their values.
    fn idle(&mut self, bytes: &mut Bytes<'_>) -> Result<(), Trouble> {
        let label = "a table of a compressed frame that no scan uses";
        for (number, segment) in self.segments.iter().enumerate() {
            let within = || self.tables.iter().filter(|table| table.segment == number);
            if within().all(|table| !table.read) {
                self.out.push(Extra::new(Code::HiddenBytes, label, segment.clone(), false));
                continue;
            }
            for table in within().filter(|table| !table.read) {
                let values = bytes.copy(table.values.clone(), 1 << 16)?;
                let empty = if table.is_codes { 0 } else { 1 };
                if values.iter().any(|b| *b != empty) {
                    self.out.push(Extra::new(Code::HiddenBytes, label, table.values.clone(), false));
                }
            }
        }
        Ok(())
    }

    /// Whether something is written at the end of a scan or before one of its restarts.
    fn written(&mut self, bytes: &mut Bytes<'_>, scan: Range<u64>) -> Result<(), Trouble> {
        let mut at = scan.start;
        while let Some(ff) = bytes.find(0xff, at, scan.end)?.filter(|_| self.restarts) {
            if bytes.get(ff, 2)?.is_some_and(|b| matches!(b[1], 0xd0..=0xd7)) {
                self.out.extend(words::before(bytes, scan.start..ff, true)?);
            }
            at = ff + 1;
        }
        self.out.extend(words::before(bytes, scan, false)?);
        Ok(())
    }
}

/// Whether symbols come again, or, for DC, are more than any difference has: one may be damage, more are writing.
fn repeats(class: u8, symbols: &[u8]) -> bool {
    let mut sorted = symbols.to_vec();
    sorted.sort_unstable();
    let again = sorted.windows(2).filter(|w| w[0] == w[1]).count();
    let beyond = sorted.iter().filter(|s| class == 0 && **s > 16).count();
    again + beyond > 1
}

fn application(
    bytes: &mut Bytes<'_>,
    marker: u8,
    range: Range<u64>,
    payload: Range<u64>,
) -> Result<Option<Extra>, Trouble> {
    let content = bytes.copy(payload.clone(), 256)?;
    let plain = match marker {
        0xe0 if content.len() >= 14 && content.starts_with(b"JFIF\0\x01") => 14,
        0xe0 if content.starts_with(b"LJIF\0\x01") => 6,
        0xe8 if content.len() >= 30 && content.starts_with(b"SPIFF\0") => 30,
        0xe8 if content.starts_with(b"\0\0\0\x01\xff\xd8") => 6,
        0xe8 if content.len() >= 5 && content.starts_with(b"mrfx") && content[4] <= 5 => 5,
        0xee if content.len() >= 12 && content.starts_with(b"Adobe") => 12,
        _ => 0,
    };
    let rest = payload.start + plain as u64..payload.end;
    let blank = rest.is_empty() || is_blank(bytes, rest)?;
    let label = "application data inside a compressed frame";
    Ok((!blank).then_some(Extra::new(Code::ApplicationData, label, range, false)))
}
