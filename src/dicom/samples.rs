//! Carries over samples that are no picture, lookup tables, waveforms, histograms, surfaces: as many as what describes them
//! says, none that look like writing where nothing says how many there are, and none in which the patient is spelled.
//!
//! DICOM PS3.3 C.7.6.3.1.5 and C.11.1.1 (lookup tables), C.7.9.2 (tables in segments), C.10.9 (waveforms), C.11.5 (histograms), C.27.1 (surfaces), C.20.3
//! (deformation grids). A length may lie: what it covers beyond the last sample is not carried over.

use super::keep::Fallback;
use super::segment::{self, Units};
use super::spelled::Least;
use super::surgeon::Surgeon;
use super::syntax::Encoding;
use super::value;
use super::vr::Vr;
use super::walk::Shape;
use crate::finding::{Action, Code};
use crate::plan::Refusal;

/// Whole numbers of a waveform's sample, and of what stands for one, are at most so long.
const SAMPLE: u64 = 8;

/// Letters and figures follow one another as names do, and as no measurements do, where there are so many.
const SPELLED: usize = 32;
/// A table in segments is read up to this length, which is twice that of the longest there can be without them.
const SEGMENTED: u64 = 256 << 10;
/// What is said of samples in which something is spelled.
const SPELLED_OUT: &str =
    "a name, a number or words stand among the numbers of a table or a curve, where no picture shows them";
const EXPORT: &str =
    "Open it in the viewer that made it and export it anew, without its own tables where that can be chosen.";
/// Bytes looked at together.
const STRETCH: u64 = 32 << 10;

/// What is known of how many bytes of samples there are.
enum Bound {
    /// So many, whatever the element's length claims.
    Bytes(u64),
    /// One value of so many bytes: a longer one is none.
    One(u64),
    /// What must say it does not.
    Undescribed,
    /// Nothing says it.
    Open,
}

/// Whether samples are a lookup table.
fn is_table(tag: u32) -> bool {
    matches!(tag, 0x0028_1200..=0x0028_1224 | 0x0028_1408 | 0x0028_3006)
}

impl Surgeon<'_> {
    /// Keeps samples, as many as there can be.
    pub(super) fn samples(&mut self, index: u32, vr: Vr) -> Result<(), Refusal> {
        let node = &self.nodes[index as usize];
        if node.len() == 0 {
            return self.keep(index, vr);
        }
        let most = match self.bound(index)? {
            Bound::Bytes(most) => most,
            Bound::One(size) if node.len() <= size + size % 2 && self.is_measured(node, 1)? => {
                return self.keep(index, vr);
            }
            Bound::Open if !self.is_spelled(index)? => return self.keep(index, vr),
            _ => return self.stand_in(index, vr, Fallback::Remove, Code::DicomPadding),
        };
        let start = node.value().start;
        let least = if is_table(node.tag) { Least::of_table(most) } else { Least::MEASURED };
        let length = most.min(node.len());
        let reached = self.used(index, length)?.filter(|_| node.encoding == self.emit.encoding()).unwrap_or(length);
        if self.spells(start..start + reached, least)? {
            return Err(Refusal { code: "words-in-table", what: SPELLED_OUT.to_owned(), advice: EXPORT });
        }
        if !self.is_blank(start + reached..start + length)? {
            return self.blank_behind(index, vr, reached, length);
        }
        if node.len() <= most + most % 2 || node.encoding != self.emit.encoding() {
            return self.keep(index, vr);
        }
        self.found(index, Code::DicomPadding, Action::Remove);
        self.emit.header(node.tag, vr, most + most % 2)?;
        self.carry(start..start + most)?;
        if most % 2 == 1 {
            self.emit.write(&[0]);
        }
        Ok(())
    }

    /// How many bytes of a palette samples reach, where that is known.
    fn used(&mut self, index: u32, length: u64) -> Result<Option<u64>, Refusal> {
        let tag = self.nodes[index as usize].tag;
        if !(0x0028_1201..=0x0028_1204).contains(&tag) {
            return Ok(None);
        }
        let entries = self.sibling(index, tag - 0x100, 0)?.map(|n| if n == 0 { 1 << 16 } else { n });
        let Some((entries, first)) = entries.zip(self.sibling(index, tag - 0x100, 1)?) else { return Ok(None) };
        self.reached(index, length, [entries, first])
    }

    /// Keeps what samples reach of a palette; zeros stand for the rest.
    fn blank_behind(&mut self, index: u32, vr: Vr, reached: u64, length: u64) -> Result<(), Refusal> {
        let node = &self.nodes[index as usize];
        let start = node.value().start;
        self.found(index, Code::DicomPadding, Action::Replace);
        self.emit.header(node.tag, vr, length + length % 2)?;
        self.carry(start..start + reached)?;
        self.emit.write(&vec![0; (length + length % 2 - reached) as usize]);
        Ok(())
    }

    fn bound(&mut self, index: u32) -> Result<Bound, Refusal> {
        let tag = self.nodes[index as usize].tag;
        let bytes = match tag {
            0x0028_1200..=0x0028_1204 => self.table(index, tag - 0x100)?,
            0x0028_1221..=0x0028_1224 => self.segments(index, tag - 0x120)?,
            0x0028_1408 => self.table(index, 0x0028_1407)?,
            0x0028_3006 => self.table(index, 0x0028_3002)?,
            0x0028_1407 => return Ok(Bound::One(6)),
            0x7FE0_0003 | 0x5400_0110 | 0x5400_0112 => return Ok(Bound::One(SAMPLE)),
            0x5400_100A => {
                let bits = self.sibling(index, 0x5400_1004, 0)?.unwrap_or(0);
                return Ok(Bound::One((bits / 8).min(SAMPLE)));
            }
            0x5400_1010 => self.product(index, &[(0x003A_0005, 0), (0x003A_0010, 0), (0x5400_1004, 0)])?.map(|n| n / 8),
            0x0060_3020 => self.product(index, &[(0x0060_3002, 0)])?.and_then(|n| n.checked_mul(4)),
            0x0066_0016 => self.product(index, &[(0x0066_0015, 0)])?.and_then(|n| n.checked_mul(12)),
            0x0066_0021 => self.product(index, &[(0x0066_001E, 0), (0x0066_001F, 0)])?.and_then(|n| n.checked_mul(4)),
            0x0064_0009 => {
                let sides = [(0x0064_0007, 0), (0x0064_0007, 1), (0x0064_0007, 2)];
                self.product(index, &sides)?.and_then(|n| n.checked_mul(12))
            }
            _ => return Ok(Bound::Open),
        };
        Ok(bytes.map_or(Bound::Undescribed, Bound::Bytes))
    }

    /// How long a lookup table is that has this descriptor: entries (0 is 65,536) of one or two bytes.
    fn table(&mut self, index: u32, descriptor: u32) -> Result<Option<u64>, Refusal> {
        let Some(entries) = self.sibling(index, descriptor, 0)? else { return Ok(None) };
        let entries = if entries == 0 { 1 << 16 } else { entries };
        let narrow = self.sibling(index, descriptor, 2)?.is_some_and(|bits| bits <= 8);
        let bytes = narrow && self.is_of_bytes(index, entries)?;
        Ok(Some(if bytes { entries } else { 2 * entries }))
    }

    /// Whether a table of entries of 8 bits has a byte for each: it has no room for words, or what would be their second half
    /// is writing. Words have their number in one half, with nothing or the same in the other.
    fn is_of_bytes(&mut self, index: u32, entries: u64) -> Result<bool, Refusal> {
        let node = &self.nodes[index as usize];
        if node.len() < 2 * entries {
            return Ok(true);
        }
        let start = node.value().start;
        let bytes = self.window.bytes(start..start + 2 * entries)?;
        let word = |pair: &[u8]| pair[0] == pair[1] || pair.contains(&0);
        let (_, behind) = bytes.split_at(entries as usize);
        Ok(!bytes.chunks_exact(2).all(word) && value::looks_written(behind, 0))
    }

    /// How long a lookup table in segments is; of narrow entries the numbers may be of one byte or of two. One that makes more
    /// or fewer entries than there should be has room for what is no colour, and shows no picture.
    fn segments(&mut self, index: u32, descriptor: u32) -> Result<Option<u64>, Refusal> {
        let Some(entries) = self.sibling(index, descriptor, 0)? else { return Ok(None) };
        let entries = if entries == 0 { 1 << 16 } else { entries };
        let narrow = self.sibling(index, descriptor, 2)?.is_some_and(|bits| bits <= 8);
        let node = &self.nodes[index as usize];
        let value = node.value();
        let bytes = self.window.bytes(value.start..value.end.min(value.start + SEGMENTED))?;
        let big = node.encoding == Encoding::BigEndian;
        let sizes: &[usize] = if narrow { &[1, 2] } else { &[2] };
        let length = sizes.iter().filter_map(|size| segment::length(bytes, entries, Units { size: *size, big })).max();
        length.map(Some).ok_or_else(|| Refusal {
            code: "lookup-table",
            what: "a table of colours makes more or fewer of them than it says, and something else may stand in it"
                .to_owned(),
            advice: EXPORT,
        })
    }

    /// Whether samples that nobody counts name somebody, or are writing. Lists of places in 16 bits may look like it.
    fn is_spelled(&mut self, index: u32) -> Result<bool, Refusal> {
        let node = &self.nodes[index as usize];
        let value = node.value();
        if node.len() <= 4096 {
            let bytes = self.window.bytes(value.clone())?.to_vec();
            if self.words()?.touch(&bytes) {
                return Ok(true);
            }
        }
        if self.spells(value.clone(), Least::MEASURED)? {
            return Ok(true);
        }
        let mut at = if super::surgeon::representation(node) == Vr(*b"OW") { value.end } else { value.start };
        let mut run = 0;
        while at < value.end {
            let end = (at + STRETCH).min(value.end);
            for byte in self.window.bytes(at..end)? {
                run = if byte.is_ascii_alphanumeric() || b" ^=-_./".contains(byte) { run + 1 } else { 0 };
                if run >= SPELLED {
                    return Ok(true);
                }
            }
            at = end;
        }
        Ok(false)
    }

    fn product(&mut self, index: u32, factors: &[(u32, u64)]) -> Result<Option<u64>, Refusal> {
        let mut product: u64 = 1;
        for (tag, place) in factors {
            let factor = self.sibling(index, *tag, *place)?.filter(|n| *n > 0);
            let Some(next) = factor.and_then(|n| product.checked_mul(n)) else { return Ok(None) };
            product = next;
        }
        Ok(Some(product))
    }

    /// A whole number, US or UL, of an element in the same data set as this one; of several, the one in this place.
    pub(super) fn sibling(&mut self, index: u32, tag: u32, place: u64) -> Result<Option<u64>, Refusal> {
        let nodes = self.nodes;
        let before = nodes[..index as usize].iter().rposition(|n| n.shape == Shape::Item && n.next > index);
        let (mut at, end) = before.map_or((0, nodes.len()), |item| (item + 1, nodes[item].next as usize));
        while at < end && nodes[at].tag != tag {
            at = nodes[at].next as usize;
        }
        let Some(node) = nodes.get(at).filter(|n| at < end && n.shape == Shape::Value) else { return Ok(None) };
        let is_long = super::surgeon::representation(node) == Vr(*b"UL");
        let size = if is_long { 4 } else { 2 };
        if node.len() < (place + 1) * size {
            return Ok(None);
        }
        let start = node.value().start + place * size;
        let bytes = self.window.bytes(start..start + size)?;
        Ok(match *bytes {
            [a, b] => Some(u64::from(node.encoding.u16([a, b]))),
            [a, b, c, d] => Some(u64::from(node.encoding.u32([a, b, c, d]))),
            _ => None,
        })
    }
}
