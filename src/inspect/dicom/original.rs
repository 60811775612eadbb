//! What the original object says of a person, and where its samples lie: what the output is held against.

use super::counted::Numbers;
use super::frame::Frames;
use super::{Element, Event, PIXEL_DATA, Walk, guess, lists, name, open, spoken};
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// The most words, numbers and UIDs that are remembered.
const MOST: usize = 20_000;

/// The most values that are held against the output's.
const MOST_VALUES: usize = 200_000;
/// The longest of them.
const LONGEST_VALUE: usize = 1 << 16;

/// Attributes whose values are numbers of a person or an examination, beside names.
const IDS: &[u32] = &[
    0x0008_0050,
    0x0010_0020,
    0x0010_1000,
    0x0010_1001,
    0x0010_1040,
    0x0010_2154,
    0x0010_2160,
    0x0020_0010,
    0x0038_0010,
    0x0040_0253,
    0x0040_1001,
    0x0040_2016,
    0x0040_2017,
];

/// Patient's Birth Date.
const BIRTH: u32 = 0x0010_0030;

/// What is known of the original.
#[derive(Debug, Default)]
pub(super) struct Original {
    words: HashSet<Vec<u8>>,
    numbers: HashSet<Vec<u8>>,
    /// The day of birth as figures, in three orders.
    births: Vec<Vec<u8>>,
    /// The same as numbers, with the day of birth.
    pub(super) counted: Numbers,
    uids: HashSet<Vec<u8>>,
    /// Words of names as people say them, for texts that may stand.
    spoken: HashSet<String>,
    /// Values that options let stand, by place.
    values: HashMap<String, Vec<u8>>,
    pub(super) shape: Shape,
    /// The offset table of encapsulated pixel data.
    pub(super) table: Option<Range<u64>>,
    /// Values of pixel data, or their fragments.
    pub(super) samples: Vec<Range<u64>>,
    pub(super) encapsulated: bool,
}

/// The attributes that say how long native pixel data are (PS3.3 C.7.6.3).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    rows: u64,
    columns: u64,
    samples: u64,
    bits: u64,
    frames: u64,
    subsampled: bool,
}

impl Shape {
    /// Takes in an attribute of the outermost data set.
    pub(super) fn take(&mut self, element: &Element, value: &[u8]) {
        let number = || match *value {
            [a, b] if element.big => u64::from(u16::from_be_bytes([a, b])),
            [a, b] => u64::from(u16::from_le_bytes([a, b])),
            _ => 0,
        };
        match element.tag {
            0x0028_0002 => self.samples = number(),
            0x0028_0004 => {
                self.subsampled = value.starts_with(b"YBR_FULL_422") || value.starts_with(b"YBR_PARTIAL_422")
            }
            0x0028_0008 => {
                let text = String::from_utf8_lossy(value);
                self.frames = text.trim_matches([' ', '\0']).parse().unwrap_or(0);
            }
            0x0028_0010 => self.rows = number(),
            0x0028_0011 => self.columns = number(),
            0x0028_0100 => self.bits = number(),
            _ => {}
        }
    }

    /// Bytes of all frames; none where the attributes do not say.
    pub(super) fn length(&self) -> Option<u64> {
        let samples = if self.subsampled { 2 } else { self.samples.max(1) };
        let frames = self.frames.max(1);
        let pixels = self.rows.checked_mul(self.columns)?.checked_mul(samples)?.checked_mul(frames)?;
        let bits = pixels.checked_mul(self.bits)?;
        (bits > 0).then(|| bits.div_ceil(8))
    }

    /// Bytes of one frame; none where the attributes do not say.
    pub(super) fn frame(&self) -> Option<u64> {
        Shape { frames: 1, ..*self }.length()
    }

    /// How many frames there are, one where nothing says it, with the pixels of each and the bytes of those: as many as can
    /// be where the attributes do not say.
    pub(super) fn frames(&self) -> Frames {
        let pixels = self.rows.checked_mul(self.columns).filter(|n| *n > 0).unwrap_or(u64::MAX);
        let planes = self.frame().map(|bytes| bytes / pixels).filter(|n| *n > 0).unwrap_or(u64::MAX);
        Frames { pixels, planes, count: self.frames.max(1) }
    }

    /// Width and height.
    pub(super) fn size(&self) -> Option<(u32, u32)> {
        let size = (u32::try_from(self.columns).ok()?, u32::try_from(self.rows).ok()?);
        (size.0 > 0 && size.1 > 0).then_some(size)
    }
}

impl Original {
    /// The same without what names anybody, as for an output that is read again without its original; with UIDs where
    /// those of the source stay.
    pub(super) fn nameless(self, with_uids: bool) -> Self {
        let uids = if with_uids { self.uids } else { HashSet::new() };
        let counted = Numbers::default();
        let (words, numbers, spoken, births) = Default::default();
        Self { words, numbers, spoken, births, counted, uids, ..self }
    }

    /// Reads an original as far as it can be read, with the values of the elements that are to be compared.
    pub(super) fn read(bytes: &mut Bytes<'_>, at: u64, compares: impl Fn(&Element) -> bool) -> Result<Self, Trouble> {
        let mut out = Self::default();
        let mut walk = Walk::new(at..bytes.len(), guess(bytes, at)?);
        let mut in_pixels = false;
        while let Some(event) = walk.next(bytes)? {
            match event {
                Event::Element(element) => {
                    let compared = compares(&element);
                    if compared && out.values.len() < MOST_VALUES {
                        let place = format!("{}{}", walk.path(), name(element.tag));
                        let value = bytes.copy(element.value.clone(), LONGEST_VALUE)?;
                        out.values.entry(place).or_insert(value);
                    }
                    out.element(bytes, &element, walk.depth(), compared)?;
                }
                Event::Fragments { tag: PIXEL_DATA, .. } if walk.depth() == 0 => {
                    in_pixels = true;
                    out.encapsulated = true;
                }
                Event::Fragment(range) if in_pixels && out.table.is_none() => {
                    // Some programs leave the offset table out and begin with the first frame.
                    let is_frame = matches!(bytes.get(range.start, 2)?, Some([0xff, 0xd8 | 0x4f]));
                    out.samples.extend(Some(range.clone()).filter(|_| is_frame));
                    out.table = Some(range);
                }
                Event::Fragment(range) if in_pixels => out.samples.push(range),
                Event::Close(_) => in_pixels = false,
                _ => {}
            }
            if out.samples.len() > 1 << 20 {
                return Err(Trouble::TooLarge("more than a million fragments"));
            }
        }
        Ok(out)
    }

    fn element(
        &mut self,
        bytes: &mut Bytes<'_>,
        element: &Element,
        depth: usize,
        compared: bool,
    ) -> Result<(), Trouble> {
        let tag = element.tag;
        if depth == 0 && matches!(tag, 0x7fe0_0008..=PIXEL_DATA) {
            self.samples.push(element.value.clone());
            return Ok(());
        }
        // What may stand is no secret of this object.
        let is_id = lists_ids(tag) && !compared;
        if tag == BIRTH && !compared {
            let day = bytes.copy(element.value.clone(), 8)?;
            self.counted.take_day(&day);
            if let [y @ .., m1, m2, d1, d2] = &day[..]
                && y.len() == 4
                && day.iter().all(u8::is_ascii_digit)
            {
                let (month, date) = ([*m1, *m2], [*d1, *d2]);
                self.births.extend([day.clone(), [&date[..], &month, y].concat(), [&month[..], &date, y].concat()]);
            }
        }
        if !is_id && !matches!(&element.vr, b"PN" | b"UI") && (depth > 0 || tag >> 16 != 0x0028) {
            return Ok(());
        }
        let text = bytes.copy(element.value.clone(), 4096)?;
        if depth == 0 {
            self.shape.take(element, &text);
        }
        match &element.vr {
            b"PN" => self.name(&text),
            b"UI" => self.take_uids(&text),
            _ if is_id => {
                self.counted.take(&text);
                for number in text.split(|b| *b == b'\\').map(trim).filter(|n| n.len() >= 5) {
                    if self.numbers.len() < MOST
                        && !std::str::from_utf8(number).is_ok_and(|n| lists::NEUTRAL.contains(&n))
                    {
                        self.numbers.insert(number.to_ascii_uppercase());
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// UIDs, but for those that the standard assigns.
    pub(super) fn take_uids(&mut self, text: &[u8]) {
        for uid in text.split(|b| *b == b'\\').map(trim) {
            let known = std::str::from_utf8(uid).is_ok_and(lists::is_well_known);
            if !uid.is_empty() && !known && self.uids.len() < MOST {
                self.uids.insert(uid.to_vec());
            }
        }
    }

    /// The words of four letters and more of a name, but for those that are the standard's own, such as `HEAD`.
    fn name(&mut self, text: &[u8]) {
        self.numbers.extend(Some(trim(text).to_ascii_uppercase()).filter(|n| n.starts_with(b"P-") && n.len() == 14));
        if self.spoken.len() < MOST {
            self.spoken.extend(spoken::parts(text));
        }
        for word in words(text).filter(|w| w.len() >= 4) {
            let technical = std::str::from_utf8(&word).is_ok_and(lists::is_word);
            let neutral = std::str::from_utf8(&word).is_ok_and(|w| lists::NEUTRAL.contains(&w));
            if !technical && !neutral && self.words.len() < MOST {
                self.words.insert(word);
            }
        }
    }

    /// Whether one of the original's names or numbers stands in a value.
    pub(super) fn named_in(&self, value: &[u8]) -> bool {
        if self.words.is_empty() && self.numbers.is_empty() {
            return false;
        }
        let upper = trim(value).to_ascii_uppercase();
        words(value).any(|w| self.words.contains(&w))
            || self.numbers.contains(&upper)
            || upper.len() > 5
                && upper.split(|b| matches!(b, b' ' | b',' | b';' | b'\\')).any(|part| self.numbers.contains(part))
    }

    /// Every word of a name and every number, in capitals, and the day of birth.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.words.iter().chain(&self.numbers).chain(&self.births).map(Vec::as_slice)
    }

    /// Whether a text of plain words may stand, in which neither a name nor a number of the original is.
    pub(super) fn lets_speak(&self, value: &[u8]) -> bool {
        let numbers = || value.split(|b| !b.is_ascii_alphanumeric()).map(<[u8]>::to_ascii_uppercase);
        spoken::may_stand(value, &self.spoken)
            && !self.named_in(value)
            && !numbers().any(|number| self.numbers.contains(&number))
    }

    /// Every value remembered of an attribute, by its name in the place.
    pub(super) fn values_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.values.iter().filter(move |(place, _)| place.ends_with(name)).map(|(_, value)| value.as_slice())
    }

    /// Whether a number of the original is this one.
    pub(super) fn bears(&self, value: &str) -> bool {
        self.numbers.contains(value.as_bytes())
    }

    /// The value in a place, if it is one that may stand.
    pub(super) fn value(&self, place: &str) -> Option<&[u8]> {
        self.values.get(place).map(Vec::as_slice)
    }

    /// Whether the original has this UID, other than those that the standard assigns.
    pub(super) fn has_uid(&self, uid: &str) -> bool {
        uid != "2.25.0" && self.uids.contains(uid.as_bytes())
    }

    #[cfg(test)]
    pub(super) fn with_values(names: &[&[u8]], values: &[(&str, &str)]) -> Self {
        let mut out = Self::naming(names, &[]);
        out.values = values.iter().map(|(place, value)| ((*place).to_owned(), value.as_bytes().to_vec())).collect();
        out
    }

    #[cfg(test)]
    pub(super) fn naming(names: &[&[u8]], uids: &[&str]) -> Self {
        let mut out = Self::default();
        for name in names {
            out.name(name);
            out.numbers.insert(name.to_vec());
        }
        out.uids = uids.iter().map(|u| u.as_bytes().to_vec()).collect();
        out
    }
}

fn lists_ids(tag: u32) -> bool {
    IDS.contains(&tag)
}

/// The outermost data set of an original, inflated where it must be.
pub(super) fn with_data_set<T>(
    source: &dyn crate::cut::Source,
    read: impl FnOnce(&super::Opening, &mut Bytes<'_>, u64) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let mut bytes = Bytes::new(source);
    let opening = open(&mut bytes)?;
    match &opening.inflated {
        Some(data) => read(&opening, &mut Bytes::over(data), 0),
        None => {
            let at = opening.data;
            read(&opening, &mut bytes, at)
        }
    }
}

fn trim(value: &[u8]) -> &[u8] {
    let blank = |b: &u8| *b == 0 || b.is_ascii_whitespace();
    let start = value.iter().position(|b| !blank(b)).unwrap_or(value.len());
    let end = value.iter().rposition(|b| !blank(b)).map_or(start, |e| e + 1);
    &value[start..end]
}

fn words(value: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let parts = value.split(|b| !b.is_ascii_alphabetic() && *b < 0x80);
    parts.filter(|w| w.len() >= 4).map(<[u8]>::to_ascii_uppercase)
}
