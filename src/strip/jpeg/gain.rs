//! Gain maps: the second picture from which a display makes high dynamic range, kept with numbers and nothing else.
//!
//! Ultra HDR image format 1.1 (Google): container directory and `hdrgm` numbers in XMP; ISO 21496-1, annex C (numbers in a
//! binary block); CIPA DC-007 (multi-picture index).

use super::application::segment;
use crate::cut::{Cut, Piece, Source};
use crate::finding::Finding;
use crate::plan::Refusal;
use crate::strip::reader::Reader;
use memchr::memmem;
use std::fmt::Write as _;
use std::io;
use std::ops::Range;

/// How far behind a picture the next is looked for.
const GAP: u64 = 64 << 10;
/// Pictures behind the first that are looked at.
const PICTURES: usize = 8;
/// Segments of a picture that are looked at for numbers.
const SEGMENTS: usize = 200;
/// What stands before an XMP packet.
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const ISO: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";

/// The part of a source from an offset on.
pub(super) struct Window<'a> {
    source: &'a dyn Source,
    start: u64,
}

impl Source for Window<'_> {
    fn len(&self) -> u64 {
        self.source.len().saturating_sub(self.start)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.source.read_at(self.start.saturating_add(offset), buf)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        self.source.as_slice()?.get(usize::try_from(self.start).ok()?..)
    }
}

/// A gain map, cleaned.
pub(super) struct Gain {
    /// Where it stands in the source.
    pub(super) range: Range<u64>,
    /// Its pieces, as ranges of the source.
    pub(super) cut: Cut,
    /// What was found in it, at places within it.
    pub(super) findings: Vec<Finding>,
}

/// The numbers of a gain map, one for each channel, and its headroom.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Numbers {
    channels: [[f64; 3]; 5],
    headroom: [f64; 2],
}

/// What the five numbers of a channel are called, in the order of [`Numbers`], and what they are where nothing is stated.
const CHANNEL: [(&str, f64); 5] =
    [("GainMapMin", 0.0), ("GainMapMax", 1.0), ("Gamma", 1.0), ("OffsetSDR", 0.015_625), ("OffsetHDR", 0.015_625)];
const HEADROOM: [(&str, f64); 2] = [("HDRCapacityMin", 0.0), ("HDRCapacityMax", 1.0)];

/// Where a gain map stands behind the picture that ends at `end`.
pub(super) fn locate(source: &dyn Source, mut end: u64) -> Option<Range<u64>> {
    for _ in 0..PICTURES {
        let start = next_picture(source, end)?;
        let window = Window { source, start };
        let laid = super::picture(&window, &[], None).ok().filter(|laid| laid.ended)?;
        if numbers_of(&window).is_some() {
            return Some(start..start + laid.end);
        }
        end = start + laid.end;
    }
    None
}

fn next_picture(source: &dyn Source, end: u64) -> Option<u64> {
    let near = source.read_range(end..source.len().min(end + GAP), GAP).ok()?;
    memmem::find(&near, b"\xFF\xD8\xFF").map(|at| end + at as u64)
}

/// Cleans the gain map in `range` as any picture is cleaned, and gives it its numbers back.
pub(super) fn clean(source: &dyn Source, range: Range<u64>) -> Option<Gain> {
    let window = Window { source, start: range.start };
    let packet = [XMP, numbers_of(&window)?.packet().as_bytes()].concat();
    let expected = [(segment(0xE1, &packet), "gain map, numbers alone")];
    let behind = range.end - range.start;
    let laid = super::picture(&window, &expected, Some(behind..window.len())).ok()?;
    let plan = laid.operation.close(crate::recording::Format::Jpeg, laid.width, laid.height);
    let mut cut = Cut::new();
    for piece in plan.cut.pieces() {
        match piece {
            Piece::Keep { range: kept, why } => cut.keep(range.start + kept.start..range.start + kept.end, why),
            Piece::Write { bytes, why } => cut.write(bytes.clone(), why),
            Piece::Blank { length, why } => cut.blank(*length, why),
        }
    }
    Some(Gain { range, cut, findings: plan.findings })
}

/// The segments that make viewers find a gain map of this length, behind a picture of that length in which the index's
/// data begin at `index`.
pub(super) fn announce(first: u64, second: u64, index: u64) -> Result<[(Vec<u8>, &'static str); 2], Refusal> {
    let number = |n: u64| u32::try_from(n).map_err(|_| Refusal::too_large("the picture is larger than any real one"));
    let packet = [XMP, container(number(second)?).as_bytes()].concat();
    let mut mpf = b"MPF\0MM\0*\0\0\0\x08\0\x03".to_vec();
    mpf.extend(b"\xB0\0\0\x07\0\0\0\x040100");
    mpf.extend(b"\xB0\x01\0\x04\0\0\0\x01\0\0\0\x02");
    mpf.extend(b"\xB0\x02\0\x07\0\0\0\x20\0\0\0\x32\0\0\0\0");
    // Offsets count from the byte order mark, four bytes behind the name.
    for (kind, size, offset) in
        [(0x0003_0000_u32, first, 0), (0, second, if index == 0 { 0 } else { first.saturating_sub(index + 4) })]
    {
        mpf.extend([kind, number(size)?, number(offset)?, 0].into_iter().flat_map(u32::to_be_bytes));
    }
    Ok([(segment(0xE1, &packet), "directory of the gain map"), (segment(0xE2, &mpf), INDEX)])
}

/// Why the index is written.
pub(super) const INDEX: &str = "index of the gain map";
/// Bytes of a segment before its data.
pub(super) const HEAD: u64 = 4;

fn container(length: u32) -> String {
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:Container=\"http://ns.google.com/photos/1.0/container/\" \
         xmlns:Item=\"http://ns.google.com/photos/1.0/container/item/\" \
         xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" hdrgm:Version=\"1.0\"><Container:Directory><rdf:Seq>\
         <rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Semantic=\"Primary\" Item:Mime=\"image/jpeg\"/></rdf:li>\
         <rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Semantic=\"GainMap\" Item:Mime=\"image/jpeg\" \
         Item:Length=\"{length}\"/></rdf:li></rdf:Seq></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
}

impl Numbers {
    /// The packet that states them: an element for each that has three channels.
    fn packet(&self) -> String {
        let mut packet = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
            <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" \
            xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" hdrgm:Version=\"1.0\" hdrgm:BaseRenditionIsHDR=\"False\""
            .to_owned();
        for ((name, _), value) in HEADROOM.iter().zip(self.headroom) {
            let _ = write!(packet, " hdrgm:{name}=\"{}\"", decimal(value));
        }
        packet.push('>');
        for ((name, _), values) in CHANNEL.iter().zip(self.channels) {
            let [r, g, b] = values.map(decimal);
            let _ = write!(
                packet,
                "<hdrgm:{name}><rdf:Seq><rdf:li>{r}</rdf:li><rdf:li>{g}</rdf:li><rdf:li>{b}</rdf:li></rdf:Seq>\
                 </hdrgm:{name}>"
            );
        }
        packet.push_str("</rdf:Description></rdf:RDF></x:xmpmeta>");
        packet
    }
}

/// Six decimals, always.
fn decimal(value: f64) -> String {
    let text = format!("{value:.6}");
    if text == "-0.000000" { "0.000000".to_owned() } else { text }
}

/// The numbers that a picture's segments state.
fn numbers_of(source: &dyn Source) -> Option<Numbers> {
    let mut reader = Reader::new(source);
    let mut at = 2;
    for _ in 0..SEGMENTS {
        let [0xFF, marker, high, low] = reader.peek::<4>(at).ok()?? else { return None };
        if marker == 0xDA || !(0xC0..=0xFE).contains(&marker) {
            return None;
        }
        let end = at + 2 + u64::from(u16::from_be_bytes([high, low]));
        let data = reader.read(at + 4..end.max(at + 4), 65_533).ok()?;
        let read = match marker {
            0xE1 => data.strip_prefix(XMP).and_then(from_packet),
            0xE2 => data.strip_prefix(ISO).and_then(from_block),
            _ => None,
        };
        if read.is_some() {
            return read;
        }
        at = end;
    }
    None
}

fn from_packet(packet: &[u8]) -> Option<Numbers> {
    let hdr = memmem::find(packet, b"hdrgm:BaseRenditionIsHDR=\"True\"").is_some();
    if hdr || memmem::find(packet, b"hdrgm:GainMapMax").is_none() {
        return None;
    }
    let mut numbers = Numbers { channels: [[0.0; 3]; 5], headroom: [0.0; 2] };
    for (to, (name, default)) in numbers.channels.iter_mut().zip(CHANNEL) {
        *to = stated(packet, name, default)?;
    }
    for (to, (name, default)) in numbers.headroom.iter_mut().zip(HEADROOM) {
        *to = stated(packet, name, default)?[0];
    }
    Some(numbers)
}

/// The value of a property, as attribute or as element with one value or three.
fn stated(packet: &[u8], name: &str, default: f64) -> Option<[f64; 3]> {
    let name = format!("hdrgm:{name}");
    let Some(at) = memmem::find(packet, name.as_bytes()) else { return Some([default; 3]) };
    let rest = std::str::from_utf8(packet.get(at + name.len()..)?).ok()?;
    if let Some(value) = rest.strip_prefix("=\"") {
        return value.split('"').next().and_then(plain).map(|value| [value; 3]);
    }
    let element = rest.strip_prefix('>')?.split(&format!("</{name}>")).next()?;
    let mut values = element.split("<rdf:li>").skip(1).filter_map(|item| plain(item.split('<').next()?));
    match (values.next(), values.next(), values.next()) {
        (Some(r), Some(g), Some(b)) => Some([r, g, b]),
        (Some(one), None, None) => Some([one; 3]),
        _ => plain(element).map(|value| [value; 3]),
    }
}

/// A number of a size that gain maps have.
fn plain(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|value| value.abs() <= 100.0)
}

/// The binary block: two versions, flags, two headrooms, then five ratios for one channel or for three.
fn from_block(block: &[u8]) -> Option<Numbers> {
    let ratio = |at: usize| {
        let part = |at: usize| Some(u32::from_be_bytes(block.get(at..at + 4)?.try_into().ok()?));
        let value = f64::from(part(at)? as i32) / f64::from(part(at + 4)?);
        Some(value).filter(|value| value.abs() <= 100.0)
    };
    let flags = *block.get(4)?;
    let mut numbers = Numbers { channels: [[0.0; 3]; 5], headroom: [ratio(5)?, ratio(13)?] };
    for channel in 0..3 {
        let from = 21 + if flags & 0x80 != 0 { channel * 40 } else { 0 };
        for (place, values) in numbers.channels.iter_mut().enumerate() {
            values[channel] = ratio(from + place * 8)?;
        }
    }
    // A common denominator, or a base picture that is itself of high range, is another layout.
    (block.starts_with(&[0, 0]) && flags & 0x2F == 0).then_some(numbers)
}
