//! What the witness of a redaction needs to know of an object: its elements, the shape of its frames, where they lie.
//!
//! PS3.5 A.4 (fragments and the Basic Offset Table), PS3.3 C.7.6.3.

use crate::cut::Source;
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use crate::inspect::dicom::{Element, Event, Opening, PIXEL_DATA, Walk, guess, open};
use std::ops::Range;

/// Samples of a frame, and bytes of a compressed one, at most.
const MOST: u64 = 128 << 20;
/// Elements of an object, at most.
const ELEMENTS: usize = 2_000_000;
/// An offset table is read up to this length.
const LONGEST_TABLE: usize = 16 << 20;

/// An object, read.
pub(super) struct Object<'a> {
    source: &'a dyn Source,
    pub(super) opening: Opening,
    /// Every element but the outermost pixel data, with the path of the item that holds it.
    pub(super) elements: Vec<(String, Element)>,
    /// The value of native pixel data, or the fragments of others.
    pub(super) samples: Vec<Range<u64>>,
    table: Option<Range<u64>>,
    encapsulated: bool,
}

/// The shape of its frames.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) columns: u32,
    pub(super) rows: u32,
    pub(super) samples: u8,
    pub(super) frames: u32,
    pub(super) allocated: u8,
    pub(super) stored: u8,
    pub(super) high: u8,
    pub(super) planar: bool,
    pub(super) halved: bool,
    pub(super) big: bool,
    pub(super) words: bool,
}

impl Shape {
    pub(super) fn cells(&self) -> usize {
        self.rows as usize * self.columns as usize * usize::from(self.samples)
    }

    /// Bits of a native frame.
    pub(super) fn bits(&self) -> u64 {
        let samples = if self.halved { 2 } else { u64::from(self.samples) };
        u64::from(self.rows) * u64::from(self.columns) * samples * u64::from(self.allocated)
    }

    /// The bits of a sample that are used.
    pub(super) fn mask(&self) -> u16 {
        let ones = (1u32 << self.stored) - 1;
        (ones << (self.high + 1).saturating_sub(self.stored)) as u16
    }
}

impl<'a> Object<'a> {
    pub(super) fn read(source: &'a dyn Source) -> Result<Self, Trouble> {
        let mut file = Bytes::new(source);
        let opening = open(&mut file)?;
        let start = if opening.inflated.is_some() { 0 } else { opening.data };
        let mut object =
            Self { source, opening, elements: Vec::new(), samples: Vec::new(), table: None, encapsulated: false };
        let (mut elements, mut samples, mut table, mut encapsulated) = (Vec::new(), Vec::new(), None, false);
        let mut bytes = Bytes::new(object.data());
        let mut walk = Walk::new(start..bytes.len(), guess(&mut bytes, start)?);
        let mut in_pixels = false;
        while let Some(event) = walk.next(&mut bytes)? {
            match event {
                Event::Element(e) if walk.depth() == 0 && matches!(e.tag, 0x7fe0_0008..=PIXEL_DATA) => {
                    samples.push(e.value.clone());
                    elements.push((String::new(), Element { value: e.value.start..e.value.start, ..e }));
                }
                Event::Element(e) => elements.push((walk.path(), e)),
                Event::Sequence { tag, head } => {
                    let stand_in = Element { tag, vr: *b"SQ", head, value: head..head, big: false };
                    elements.push((walk.path(), stand_in));
                }
                Event::Fragments { tag, .. } => {
                    in_pixels = tag == PIXEL_DATA && walk.depth() == 0;
                    encapsulated |= in_pixels;
                }
                Event::Fragment(range) if in_pixels && table.is_none() => table = Some(range),
                Event::Fragment(range) => samples.push(range),
                Event::Close(_) => in_pixels = false,
                Event::Broken(_) => return Err(Trouble::Damaged("a part of it is no element")),
            }
            if elements.len() + samples.len() > ELEMENTS {
                return Err(Trouble::TooLarge("so many elements"));
            }
        }
        (object.elements, object.samples, object.table, object.encapsulated) = (elements, samples, table, encapsulated);
        Ok(object)
    }

    /// The data set: the file, or what it was inflated to.
    pub(super) fn data(&self) -> &dyn Source {
        match &self.opening.inflated {
            Some(bytes) => bytes,
            None => self.source,
        }
    }

    /// The file, with its header.
    pub(super) fn file(&self) -> &dyn Source {
        self.source
    }

    pub(super) fn has_pixels(&self) -> bool {
        !self.samples.is_empty()
    }

    pub(super) fn is_encapsulated(&self) -> bool {
        self.encapsulated
    }

    /// Whether frames are JPEG pictures that are decoded with a cosine transform.
    pub(super) fn is_jpeg(&self) -> bool {
        self.encapsulated && self.syntax_number().is_some_and(|n| (50..=56).contains(&n))
    }

    /// The last number of a transfer syntax of JPEG or JPEG 2000.
    pub(super) fn syntax_number(&self) -> Option<u16> {
        self.opening.syntax.strip_prefix("1.2.840.10008.1.2.4.")?.parse().ok()
    }

    /// The value of an outermost element.
    pub(super) fn value(&self, tag: u32, most: usize) -> Result<Option<Vec<u8>>, Trouble> {
        let found = self.elements.iter().find(|(path, e)| e.tag == tag && path.is_empty());
        let Some((_, element)) = found else { return Ok(None) };
        Bytes::new(self.data()).copy(element.value.clone(), most).map(Some)
    }

    fn number(&self, tag: u32) -> Result<Option<u32>, Trouble> {
        let Some((_, element)) = self.elements.iter().find(|(path, e)| e.tag == tag && path.is_empty()) else {
            return Ok(None);
        };
        let value = Bytes::new(self.data()).copy(element.value.clone(), 16)?;
        Ok(match value[..] {
            [a, b] if &element.vr == b"US" && element.big => Some(u32::from(u16::from_be_bytes([a, b]))),
            [a, b] if &element.vr == b"US" => Some(u32::from(u16::from_le_bytes([a, b]))),
            _ => String::from_utf8_lossy(&value).trim_matches([' ', '\0']).parse().ok(),
        })
    }

    pub(super) fn shape(&self) -> Result<Shape, Trouble> {
        let unknown = Trouble::Damaged("it does not say how its picture is stored");
        let number = |tag, otherwise: u32| Ok::<u32, Trouble>(self.number(tag)?.unwrap_or(otherwise));
        let photometric = self.value(0x0028_0004, 16)?.unwrap_or_default();
        let [rows, columns, samples] = [number(0x0028_0010, 0)?, number(0x0028_0011, 0)?, number(0x0028_0002, 1)?];
        let allocated = number(0x0028_0100, 0)?;
        let stored = number(0x0028_0101, allocated)?;
        let high = number(0x0028_0102, stored.saturating_sub(1))?;
        let sound = matches!(samples, 1 | 3) && matches!(allocated, 1 | 8 | 16) && (1..=allocated).contains(&stored);
        let cells = u64::from(rows) * u64::from(columns) * u64::from(samples);
        if !sound || high >= allocated || cells == 0 || rows > 65_535 || columns > 65_535 {
            return Err(unknown);
        }
        if cells > MOST {
            return Err(Trouble::TooLarge("a frame of this size"));
        }
        let pixels = self.elements.iter().find(|(path, e)| e.tag == PIXEL_DATA && path.is_empty());
        Ok(Shape {
            columns,
            rows,
            samples: samples as u8,
            frames: number(0x0028_0008, 1)?.max(1),
            allocated: allocated as u8,
            stored: stored as u8,
            high: high as u8,
            planar: samples == 3 && number(0x0028_0006, 0)? == 1,
            halved: photometric.starts_with(b"YBR_FULL_422") && !self.encapsulated,
            big: pixels.is_some_and(|(_, e)| e.big),
            words: pixels.is_some_and(|(_, e)| &e.vr != b"OB"),
        })
    }

    /// Where frame `index` lies.
    pub(super) fn frame(&self, shape: &Shape, index: u32) -> Result<Vec<Range<u64>>, Trouble> {
        if !self.encapsulated {
            let Some(whole) = self.samples.first() else { return Err(Trouble::SamplesChanged) };
            let from = shape.bits() * u64::from(index);
            let range = whole.start + from / 8..whole.start + (from + shape.bits()).div_ceil(8);
            return if range.end <= whole.end { Ok(vec![range]) } else { Err(Trouble::SamplesChanged) };
        }
        let count = shape.frames as usize;
        if count == 1 {
            return Ok(self.samples.clone());
        }
        if self.samples.len() == count {
            return Ok(vec![self.samples[index as usize].clone()]);
        }
        let starts = self.starts()?;
        if starts.len() != count {
            return Err(Trouble::Damaged("it cannot be told where its frames begin"));
        }
        let end = starts.get(index as usize + 1).copied().unwrap_or(self.samples.len());
        Ok(self.samples[starts[index as usize]..end].to_vec())
    }

    /// The fragments that begin a frame: what its offset table says, else a JPEG or JPEG 2000 codestream.
    fn starts(&self) -> Result<Vec<usize>, Trouble> {
        let mut bytes = Bytes::new(self.data());
        let mut starts = Vec::new();
        for (index, fragment) in self.samples.iter().enumerate() {
            let head = bytes.copy(fragment.start..fragment.end.min(fragment.start + 3), 3)?;
            if matches!(head[..], [0xff, 0xd8, 0xff] | [0xff, 0x4f, 0xff]) {
                starts.push(index);
            }
        }
        Ok(starts)
    }

    /// The offset table, where it is not empty, must say where fragments begin.
    pub(super) fn check_table(&self) -> Result<(), Trouble> {
        let (Some(table), Some(first)) = (&self.table, self.samples.first()) else { return Ok(()) };
        let table = Bytes::new(self.data()).copy(table.clone(), LONGEST_TABLE)?;
        let places = table.chunks_exact(4).map(|b| u64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]])));
        let begins = |at: u64| self.samples.binary_search_by_key(&(first.start + at), |s| s.start).is_ok();
        let sound = places.into_iter().all(begins);
        if sound { Ok(()) } else { Err(Trouble::Damaged("its offset table does not fit its frames")) }
    }

    /// The bytes of a frame, in one.
    pub(super) fn stream(&self, shape: &Shape, index: u32) -> Result<Vec<u8>, Trouble> {
        let mut bytes = Bytes::new(self.data());
        let mut stream = Vec::new();
        for range in self.frame(shape, index)? {
            if stream.len() as u64 + (range.end - range.start) > 2 * MOST {
                return Err(Trouble::TooLarge("a frame of this length"));
            }
            stream.extend(bytes.copy(range, 2 * MOST as usize)?);
        }
        if self.is_jpeg() {
            // What makes a length even is no part of the picture.
            stream.truncate(stream.iter().rposition(|b| *b != 0).map_or(0, |n| n + 1));
        }
        Ok(stream)
    }
}
