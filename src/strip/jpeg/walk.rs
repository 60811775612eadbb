//! The walk through a JPEG file from marker to marker, and the parts of it that are kept.
//!
//! ITU-T T.81, B.1.1 (markers and segments), B.2 (their order). Where the standard is silent on what lies between
//! markers, this walk skips what libjpeg skips, since that is what viewers show.

use super::application::{self, Header};
use super::frame::{Adds, Frame, ScanHeader};
use super::scan::Look;
use super::table::{Slots, Tables};
use super::{PARTS, scan};
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::{Operation, broken};
use std::ops::{ControlFlow, Range};

/// The largest segment: two bytes of marker and a length of 65,535.
const SEGMENT: u64 = 65_537;

/// A part of the picture that is kept.
#[derive(Debug)]
pub(super) enum Part {
    /// Tables, by their place in the list of tables.
    Tables(usize),
    /// A segment as it is.
    Segment(Range<u64>, &'static str),
    /// A segment under a new, shorter length: its marker and the data that stay.
    Shortened(u8, Range<u64>, &'static str),
    /// Entropy-coded data.
    Scan(Range<u64>),
}

/// The state of the walk.
pub(super) struct Walk<'w, 'a> {
    operation: &'w mut Operation<'a>,
    at: u64,
    /// What is kept, in order.
    pub(super) parts: Vec<Part>,
    /// The segments of tables.
    pub(super) tables: Vec<Tables>,
    slots: Slots,
    /// The frame, once it was read.
    pub(super) frame: Option<Frame>,
    /// What is carried over from application segments.
    pub(super) header: Header,
    scans: usize,
    restarts: bool,
    /// The restart interval that no scan has used yet, by its place among the parts.
    pending: Option<usize>,
    /// Where scans stand whose every byte is samples, once that was asked.
    exact: Option<Vec<Range<u64>>>,
    /// Whether the file has an end-of-image marker.
    pub(super) ended: bool,
    /// Where that marker stands, or where the walk ended.
    pub(super) end: u64,
}

type Step = Result<ControlFlow<()>, Refusal>;
const ON: Step = Ok(ControlFlow::Continue(()));
const OFF: Step = Ok(ControlFlow::Break(()));

impl Part {
    /// Where it begins in the source.
    pub(super) fn start(&self, tables: &[Tables]) -> u64 {
        match self {
            Part::Tables(index) => tables.get(*index).map_or(0, |tables| tables.range.start),
            Part::Segment(range, _) | Part::Shortened(_, range, _) | Part::Scan(range) => range.start,
        }
    }

    /// Puts it into the cut.
    pub(super) fn lay(&self, operation: &mut Operation<'_>, tables: &[Tables]) {
        match self {
            Part::Tables(index) => tables.get(*index).into_iter().for_each(|tables| tables.lay(operation)),
            Part::Segment(range, why) => operation.keep(range.clone(), why),
            Part::Scan(range) => operation.keep(range.clone(), "coded samples"),
            Part::Shortened(marker, data, why) => {
                let length = (data.end - data.start + 2) as u16;
                operation.write([&[0xFF, *marker], &length.to_be_bytes()[..]].concat(), why);
                operation.keep(data.clone(), why);
            }
        }
    }
}

impl<'w, 'a> Walk<'w, 'a> {
    pub(super) fn new(operation: &'w mut Operation<'a>) -> Self {
        Self {
            operation,
            at: 2,
            parts: Vec::new(),
            tables: Vec::new(),
            slots: Slots::default(),
            frame: None,
            header: Header::default(),
            scans: 0,
            restarts: false,
            pending: None,
            exact: None,
            ended: false,
            end: 2,
        }
    }

    /// Walks to the end of the picture.
    ///
    /// # Errors
    /// Where the file ends before its first scan, or where a part of the picture breaks its grammar.
    pub(super) fn run(&mut self) -> Result<(), Refusal> {
        while self.step()?.is_continue() {
            if self.parts.len() > PARTS {
                return Err(Refusal::too_large("the JPEG file has more parts than any real one"));
            }
        }
        self.header.finish(self.operation)?;
        self.settle_tables();
        if self.tables.iter().any(Tables::is_doubled) {
            return Err(broken("a code table of the picture lists symbols twice"));
        }
        Ok(())
    }

    fn step(&mut self) -> Step {
        let from = self.at;
        let Some((at, marker)) = self.next_marker()? else {
            let length = self.operation.reader.length();
            return self.break_off(from..length, "the file ends before its picture does");
        };
        if at > from {
            let junk = if at - from > 1 { "between segments" } else { "fill byte" };
            self.operation.found(Code::Junk, junk, from..at, Action::Remove);
        }
        match marker {
            0xD9 => {
                (self.ended, self.end) = (true, at);
                OFF
            }
            0xD8 => self.break_off(at..self.operation.reader.length(), "a second picture begins inside the first"),
            0xD0..=0xD7 if self.restarts && matches!(self.parts.last(), Some(Part::Scan(_))) => self.samples(at),
            0xD0..=0xD7 | 0x01 => self.skip(at),
            // In a scan a decoder takes such a marker for damage and looks on behind it.
            0x02..=0xBF if self.scans > 0 => self.skip(at),
            _ => self.segment(at, marker),
        }
    }

    /// The next marker and where its FF stands: what is neither FF nor follows one is passed over.
    fn next_marker(&mut self) -> Result<Option<(u64, u8)>, Refusal> {
        loop {
            let window = self.operation.reader.rest(self.at, 2)?;
            if window.len() < 2 {
                return Ok(None);
            }
            let Some(found) = memchr::memchr(0xFF, window) else {
                self.at += window.len() as u64;
                continue;
            };
            match window.get(found + 1) {
                Some(0x00) => self.at += found as u64 + 2,
                Some(0xFF) => self.at += found as u64 + 1,
                Some(marker) => return Ok(Some((self.at + found as u64, *marker))),
                None if found == 0 => return Ok(None),
                None => self.at += found as u64,
            }
        }
    }

    /// The picture breaks off: an error before the first scan, and a finding after it.
    fn break_off(&mut self, rest: Range<u64>, what: &str) -> Step {
        if self.scans == 0 {
            return Err(match rest.end == self.operation.reader.length() && rest.is_empty() {
                true => Refusal::truncated(what),
                false => broken(what),
            });
        }
        let length = self.operation.reader.length();
        self.operation.found(Code::Truncated, "EOI", length..length, Action::Replace);
        if rest.start < rest.end {
            self.operation.found(Code::Trailer, "trailer", rest.clone(), Action::Remove);
        }
        self.end = rest.start;
        OFF
    }

    /// A marker that stands alone where it means nothing.
    fn skip(&mut self, at: u64) -> Step {
        self.operation.found(Code::Junk, "stray marker", at..at + 2, Action::Remove);
        self.at = at + 2;
        ON
    }

    fn segment(&mut self, at: u64, marker: u8) -> Step {
        let length = self.operation.reader.peek::<2>(at + 2)?.map(u16::from_be_bytes);
        let end = at + 2 + u64::from(length.unwrap_or(0));
        let file = self.operation.reader.length();
        if end > file && self.scans == 0 {
            return Err(Refusal::truncated("the file ends before its picture does"));
        }
        if length.is_none_or(|length| length < 2) || end > file {
            return self.break_off(at..file, "a part of the file claims more bytes than there are");
        }
        self.at = end;
        let range = at..end;
        let complete = self.frame.as_ref().is_some_and(Frame::is_complete);
        match marker {
            0xDC => self.lines(range),
            0xDA if complete => self.hidden_scan(range),
            _ if complete => self.drop(marker, range),
            0xDB | 0xC4 => self.take_tables(marker, range),
            0xDA => self.take_scan(range),
            0xDD => self.take_restarts(range),
            0xCC => self.take_conditioning(range),
            0xC8 | 0xFE | 0xF0..=0xFD | 0x02..=0xBF => self.drop(marker, range),
            0xC0..=0xCF => self.take_frame(marker, range),
            0xE0..=0xEF if self.scans == 0 => {
                self.header.take(self.operation, marker, range)?;
                ON
            }
            0xE0..=0xEF => self.drop(marker, range),
            _ => Err(broken("a hierarchical JPEG picture is not understood")),
        }
    }

    fn drop(&mut self, marker: u8, range: Range<u64>) -> Step {
        application::drop(self.operation, marker, range)?;
        ON
    }

    fn data(&mut self, range: &Range<u64>) -> Result<Vec<u8>, Refusal> {
        self.operation.reader.read(range.start + 4..range.end, SEGMENT)
    }

    /// Keeps the first `length` bytes of a segment's data.
    fn keep_data(&mut self, marker: u8, range: Range<u64>, length: usize, why: &'static str) -> Step {
        let data = range.start + 4..range.start + 4 + length as u64;
        if data.end > range.end {
            return Err(broken("a part of the picture is shorter than it must be"));
        }
        if data.end == range.end {
            self.parts.push(Part::Segment(range, why));
            return ON;
        }
        self.operation.found(Code::HiddenBytes, why, data.end..range.end, Action::Remove);
        self.parts.push(Part::Shortened(marker, data, why));
        ON
    }

    fn take_tables(&mut self, marker: u8, range: Range<u64>) -> Step {
        let data = self.data(&range)?;
        let why = if marker == 0xDB { "DQT" } else { "DHT" };
        let Some(tables) = Tables::read(marker, range.clone(), &data) else {
            if data.is_empty() {
                return self.drop(marker, range);
            }
            return Err(broken("a table of the picture is damaged"));
        };
        if !tables.trailing.is_empty() {
            self.operation.found(Code::HiddenBytes, why, tables.trailing.clone(), Action::Remove);
        }
        self.slots.define(self.tables.len(), &tables);
        self.parts.push(Part::Tables(self.tables.len()));
        self.tables.push(tables);
        ON
    }

    fn take_frame(&mut self, marker: u8, range: Range<u64>) -> Step {
        if self.frame.is_some() {
            return Err(broken("the file has more than one picture in one"));
        }
        let data = self.data(&range)?;
        let Some((frame, length)) = Frame::read(marker, &data) else {
            return Err(broken("the description of the picture is damaged"));
        };
        self.frame = Some(frame);
        self.keep_data(marker, range, length, "SOF")
    }

    fn take_restarts(&mut self, range: Range<u64>) -> Step {
        self.restarts = self.operation.reader.peek::<2>(range.start + 4)? != Some([0, 0]);
        if let Some(part) = self.pending.and_then(|index| self.parts.get_mut(index)) {
            let old = part.start(&self.tables);
            *part = Part::Segment(old..old, "DRI");
            let label = "restart interval that nothing uses";
            self.operation.found_as(Code::HiddenBytes, label, "DRI", old..old, Action::Remove);
        }
        self.pending = Some(self.parts.len());
        self.keep_data(0xDD, range, 2, "DRI")
    }

    /// Arithmetic conditioning: pairs of a table's class and number, and a value (B.2.4.3).
    fn take_conditioning(&mut self, range: Range<u64>) -> Step {
        let data = self.data(&range)?;
        let pairs = data.chunks_exact(2).take_while(|pair| pair[0] >> 4 <= 1 && pair[0] & 15 <= 3).count();
        self.keep_data(0xCC, range, pairs.min(8) * 2, "DAC")
    }

    fn take_scan(&mut self, range: Range<u64>) -> Step {
        let data = self.data(&range)?;
        let (Some(frame), Some(scan)) = (&mut self.frame, ScanHeader::read(&data)) else {
            return Err(broken("a scan of the picture is damaged"));
        };
        if frame.adds(&scan) != Adds::Samples {
            return Err(broken("a scan of the picture does not fit the others"));
        }
        if frame.tells_tables() {
            self.slots.mark(&mut self.tables, frame, &scan);
        }
        frame.take(&scan);
        self.scans += 1;
        self.pending = None;
        let end = range.end;
        let _ = self.keep_data(0xDA, range, scan.length, "SOS")?;
        self.samples(end)
    }

    /// Keeps entropy-coded data from `at` to the next marker.
    fn samples(&mut self, at: u64) -> Step {
        let end = scan::end(&mut self.operation.reader, at, self.restarts)?;
        let is_text = match scan::look(&mut self.operation.reader, at, &end)? {
            Look::Samples => false,
            Look::Doubtful => !self.is_exact(at..end.data)?,
            Look::Text => true,
        };
        if is_text {
            return Err(broken("text stands among the coded samples of the picture"));
        }
        match self.parts.last_mut() {
            Some(Part::Scan(range)) if range.end == at => range.end = end.data,
            _ => self.parts.push(Part::Scan(at..end.data)),
        }
        self.at = end.data;
        let file = self.operation.reader.length();
        if end.marker.is_none() {
            return self.break_off(end.data..file, "the file ends before its picture does");
        }
        ON
    }

    /// Whether these data end with their last sample: then what looks like text are samples, as smooth areas of coarse
    /// scans make them.
    fn is_exact(&mut self, data: Range<u64>) -> Result<bool, Refusal> {
        let exact = match self.exact.take() {
            Some(exact) => exact,
            None => scan::exact(&mut self.operation.reader)?,
        };
        let exact = self.exact.insert(exact);
        Ok(exact.iter().any(|scan| scan.start <= data.start && data.end <= scan.end))
    }

    /// A scan behind the last one that a complete picture has: no decoder shows it.
    fn hidden_scan(&mut self, range: Range<u64>) -> Step {
        let end = scan::end(&mut self.operation.reader, range.end, self.restarts)?;
        let whole = range.start..end.data;
        self.operation.found_as(Code::HiddenBytes, "scan that no viewer shows", "SOS", whole, Action::Remove);
        self.at = end.data;
        ON
    }

    /// The number of lines, where the frame left it open (B.2.5); elsewhere it says nothing.
    fn lines(&mut self, range: Range<u64>) -> Step {
        let open = self.scans == 1 && self.frame.as_ref().is_some_and(|frame| frame.height == 0);
        if !open || !matches!(self.parts.last(), Some(Part::Scan(_))) {
            self.operation.found(Code::Junk, "DNL", range, Action::Remove);
            return ON;
        }
        let height = self.operation.reader.peek::<2>(range.start + 4)?.map_or(0, u16::from_be_bytes);
        if let Some(frame) = &mut self.frame {
            frame.height = u32::from(height);
        }
        self.keep_data(0xDC, range, 2, "DNL")
    }

    /// Tells which tables go because nothing uses them; where use cannot be told, all stay.
    fn settle_tables(&mut self) {
        let told = self.frame.as_ref().is_some_and(Frame::tells_tables);
        for tables in &mut self.tables {
            if !told {
                tables.use_all();
            } else if tables.has_unused() {
                let (range, part) = (tables.range.clone(), "DQT or DHT");
                self.operation.found_as(Code::HiddenBytes, "table that nothing uses", part, range, Action::Remove);
            }
        }
    }
}
