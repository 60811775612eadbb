//! Puts the cleaned data set together: kept ranges, new bytes, and lengths that are only known when a sequence closes.
//!
//! DICOM PS3.5 7.1 (headers), 7.5 (sequences and items).

use super::syntax::Encoding;
use super::vr::Vr;
use super::walk::{ITEM, ITEM_END, SEQUENCE_END};
use crate::cut::Cut;
use crate::plan::Refusal;
use std::ops::Range;

/// Why header bytes of the source stand in the output.
pub(super) const KEPT: &str = "attributes that stay";
/// Why new header bytes stand in the output.
pub(super) const NEW: &str = "attributes written anew";
/// Why pixel bytes stand in the output.
pub(super) const PIXELS: &str = "pixel data";

/// Why zeros stand among pixel bytes.
const BLANKED: &str = "no sample: zeros in its place";

enum Segment {
    Kept(Range<u64>, &'static str),
    Written(Range<usize>),
    Blank(u64),
    /// The header of a sequence or item: on its own, since it may change when that closes.
    Head(Range<usize>),
}

/// A sequence or item that is open: its header's segment, and what the output measured behind it.
pub(super) struct Open {
    segment: usize,
    measured: u64,
    source: Option<(u64, u8, u64)>,
    tag: u32,
    undefined: bool,
}

/// The output in the making.
pub(super) struct Emit {
    encoding: Encoding,
    segments: Vec<Segment>,
    written: Vec<u8>,
    length: u64,
    kept_to: u64,
}

impl Emit {
    /// An empty output whose elements are encoded so.
    pub(super) fn new(encoding: Encoding) -> Self {
        Self { encoding, segments: Vec::new(), written: Vec::new(), length: 0, kept_to: 0 }
    }

    /// How the output is encoded.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether a range may be kept: ranges must come in order.
    pub(super) fn may_keep(&self, range: &Range<u64>) -> bool {
        range.start >= self.kept_to
    }

    /// Keeps a range of the source.
    pub(super) fn keep(&mut self, range: Range<u64>, why: &'static str) {
        if range.start >= range.end {
            return;
        }
        self.length += range.end - range.start;
        self.kept_to = range.end;
        if let Some(Segment::Kept(last, because)) = self.segments.last_mut()
            && last.end == range.start
            && *because == why
        {
            last.end = range.end;
            return;
        }
        self.segments.push(Segment::Kept(range, why));
    }

    /// Puts zeros in the place of a range of the source.
    pub(super) fn blank(&mut self, range: Range<u64>) {
        self.length += range.end - range.start;
        self.kept_to = range.end;
        self.segments.push(Segment::Blank(range.end - range.start));
    }

    /// Writes bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let start = self.written.len();
        self.written.extend_from_slice(bytes);
        self.length += bytes.len() as u64;
        if let Some(Segment::Written(last)) = self.segments.last_mut()
            && last.end == start
        {
            last.end = self.written.len();
            return;
        }
        self.segments.push(Segment::Written(start..self.written.len()));
    }

    /// Writes an element's header.
    ///
    /// # Errors
    /// When a value is too long for its representation's header.
    pub(super) fn header(&mut self, tag: u32, vr: Vr, length: u64) -> Result<(), Refusal> {
        let mut bytes = [0u8; 12];
        let size = put_header(&mut bytes, self.encoding, tag, vr, length)?;
        self.write(&bytes[..size]);
        Ok(())
    }

    /// Writes an element, padded to even length.
    ///
    /// # Errors
    /// As [`Emit::header`].
    pub(super) fn element(&mut self, tag: u32, vr: Vr, value: &[u8]) -> Result<(), Refusal> {
        self.header(tag, vr, value.len() as u64 + (value.len() as u64 & 1))?;
        self.write(value);
        if value.len() & 1 == 1 {
            self.write(&[vr.pad()]);
        }
        Ok(())
    }

    /// Opens a sequence or an item. `source` is its header in the source, where that is encoded alike: start, size, and
    /// the length it holds.
    ///
    /// # Errors
    /// As [`Emit::header`].
    pub(super) fn open(&mut self, tag: u32, undefined: bool, source: Option<(u64, u8, u64)>) -> Result<Open, Refusal> {
        let mut bytes = [0u8; 12];
        let length = if undefined { u64::from(u32::MAX) } else { 0 };
        let size = if tag == ITEM {
            put_mark(&mut bytes, self.encoding, tag, length as u32)
        } else {
            put_header(&mut bytes, self.encoding, tag, Vr::SQ, length)?
        };
        let start = self.written.len();
        self.written.extend_from_slice(&bytes[..size]);
        self.length += size as u64;
        self.segments.push(Segment::Head(start..self.written.len()));
        // The source's header may come to stand here, so nothing before it may be kept from now on.
        if let Some((start, size, _)) = source {
            self.kept_to = start + u64::from(size);
        }
        Ok(Open { segment: self.segments.len() - 1, measured: self.length, source, tag, undefined })
    }

    /// Closes a sequence or an item.
    ///
    /// # Errors
    /// When it has become longer than a length can say.
    pub(super) fn close(&mut self, open: Open) -> Result<(), Refusal> {
        let length = self.length - open.measured;
        if open.undefined {
            let mut bytes = [0u8; 12];
            let size = put_mark(&mut bytes, self.encoding, if open.tag == ITEM { ITEM_END } else { SEQUENCE_END }, 0);
            self.write(&bytes[..size]);
        }
        let Some(Segment::Head(range)) = self.segments.get(open.segment) else { return Ok(()) };
        if let Some((start, size, held)) = open.source
            && (open.undefined || held == length)
        {
            self.segments[open.segment] = Segment::Kept(start..start + u64::from(size), KEPT);
        } else if !open.undefined {
            let length = u32::try_from(length).map_err(|_| too_long())?;
            // The length is the last field of a sequence's and an item's header in every encoding.
            let at =
                if open.tag == ITEM || self.encoding == Encoding::Implicit { range.start + 4 } else { range.start + 8 };
            self.written[at..at + 4].copy_from_slice(&self.encoding.put32(length));
        }
        Ok(())
    }

    /// The output's length so far.
    #[cfg(test)]
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// Appends the output to a cut.
    pub(super) fn finish(self, cut: &mut Cut) {
        for segment in self.segments {
            match segment {
                Segment::Kept(range, why) => cut.keep(range, why),
                Segment::Blank(length) => cut.blank(length, BLANKED),
                Segment::Written(range) | Segment::Head(range) => cut.write(&self.written[range], NEW),
            }
        }
    }
}

/// An item's or a delimiter's eight bytes.
fn put_mark(bytes: &mut [u8; 12], encoding: Encoding, tag: u32, length: u32) -> usize {
    bytes[..2].copy_from_slice(&encoding.put16((tag >> 16) as u16));
    bytes[2..4].copy_from_slice(&encoding.put16(tag as u16));
    bytes[4..8].copy_from_slice(&encoding.put32(length));
    8
}

fn put_header(bytes: &mut [u8; 12], encoding: Encoding, tag: u32, vr: Vr, length: u64) -> Result<usize, Refusal> {
    let long = u32::try_from(length).map_err(|_| too_long())?;
    put_mark(bytes, encoding, tag, long);
    if encoding == Encoding::Implicit {
        return Ok(8);
    }
    bytes[4..6].copy_from_slice(&vr.0);
    if vr.is_long() {
        bytes[6..8].fill(0);
        bytes[8..].copy_from_slice(&encoding.put32(long));
        return Ok(12);
    }
    let short = u16::try_from(length).map_err(|_| too_long())?;
    bytes[6..8].copy_from_slice(&encoding.put16(short));
    Ok(8)
}

fn too_long() -> Refusal {
    Refusal::too_large("a value is too long for the form it is written in")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_put_in_when_a_sequence_closes() {
        let mut tried = 0;
        for (encoding, expected) in [
            (
                Encoding::Explicit,
                &b"\x08\0\x15\x11SQ\0\0\x12\0\0\0\xfe\xff\0\xe0\x0a\0\0\0\x08\0\x50\x11UI\x02\x001\0"[..],
            ),
            (Encoding::Implicit, &b"\x08\0\x15\x11\x12\0\0\0\xfe\xff\0\xe0\x0a\0\0\0\x08\0\x50\x11\x02\0\0\x001\0"[..]),
            (
                Encoding::BigEndian,
                &b"\0\x08\x11\x15SQ\0\0\0\0\0\x12\xff\xfe\xe0\0\0\0\0\x0a\0\x08\x11\x50UI\0\x021\0"[..],
            ),
        ] {
            let mut emit = Emit::new(encoding);
            let sequence = emit.open(0x0008_1115, false, None).unwrap();
            let item = emit.open(ITEM, false, None).unwrap();
            emit.element(0x0008_1150, Vr::UI, b"1").unwrap();
            emit.close(item).unwrap();
            emit.close(sequence).unwrap();
            assert_eq!(emit.len(), expected.len() as u64);
            let mut cut = Cut::new();
            emit.finish(&mut cut);
            let mut out = Vec::new();
            cut.write_to(&Vec::new(), &mut out).unwrap();
            assert_eq!(out, expected);
            tried += 1;
        }
        assert_eq!(tried, 3);
    }

    #[test]
    fn a_value_too_long_for_its_header_is_refused() {
        assert!(Emit::new(Encoding::Explicit).header(0x0010_0010, Vr(*b"PN"), 70_000).is_err());
        assert!(Emit::new(Encoding::Implicit).header(0x0010_0010, Vr(*b"PN"), 70_000).is_ok());
    }
}
