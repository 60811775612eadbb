//! The output: header, directories and values in one block, and behind it strips and tiles in the order of the source.
//!
//! TIFF 6.0, section 2: entries in ascending order, values on word boundaries; BigTIFF: on 8 bytes.

use super::entry::{Form, LONG, LONG8};
use super::page::Page;
use super::part::Parts;
use super::rule::Value;
use super::samples;
use crate::plan::Refusal;
use crate::strip::operation::{Operation, broken};
use std::collections::BTreeMap;
use std::ops::Range;

/// A strip or tile in its place.
struct Placed {
    source: Range<u64>,
    /// Bytes behind the block of directories.
    at: u64,
    length: u64,
}

/// All strips and tiles of the output, in the order of the source, each once.
pub(super) struct Layout {
    placed: Vec<Placed>,
    length: u64,
}

impl Layout {
    /// Puts the strips and tiles of all pages in order. Those of the same range are one.
    ///
    /// # Errors
    /// Where two of them share some of their bytes.
    pub(super) fn of(pages: &[Page], pieces: &BTreeMap<u64, Parts>) -> Result<Self, Refusal> {
        let mut ranges: Vec<Range<u64>> =
            pages.iter().flat_map(|page| &page.units).filter(|range| !range.is_empty()).cloned().collect();
        // Two pages that read the same bytes in different ways cannot share them.
        let alike = |page: &Page| {
            let mut starts = page.units.iter().filter(|range| !range.is_empty()).map(|range| range.start);
            pieces.is_empty() || starts.all(|start| pieces.contains_key(&start) == page.pieced.contains(&start))
        };
        if !pages.iter().all(alike) {
            return Err(broken("parts of the picture lie over one another in the file"));
        }
        ranges.sort_unstable_by_key(|range| (range.start, range.end));
        ranges.dedup();
        let mut placed: Vec<Placed> = Vec::with_capacity(ranges.len());
        let mut at = 0_u64;
        for source in ranges {
            if placed.last().is_some_and(|last| last.source.end > source.start) {
                return Err(broken("parts of the picture lie over one another in the file"));
            }
            let length = pieces.get(&source.start).map_or(source.end - source.start, Parts::len);
            placed.push(Placed { source, at, length });
            at = at.saturating_add(length);
        }
        Ok(Self { placed, length: at })
    }

    /// The ranges of the source that are kept.
    pub(super) fn ranges(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.placed.iter().map(|placed| placed.source.clone())
    }

    /// Checks that no strip or tile lies over bytes that go.
    ///
    /// # Errors
    /// Where one does: what should go would stay as samples.
    pub(super) fn bar(&self, barred: &mut [Range<u64>]) -> Result<(), Refusal> {
        barred.sort_unstable_by_key(|range| range.start);
        for range in barred.iter().filter(|range| !range.is_empty()) {
            let behind = self.placed.partition_point(|placed| placed.source.end <= range.start);
            if self.placed.get(behind).is_some_and(|placed| placed.source.start < range.end) {
                return Err(broken("parts of the picture lie over one another in the file"));
            }
        }
        Ok(())
    }

    /// Lays the block and the samples into the cut.
    pub(super) fn lay(
        &self,
        operation: &mut Operation<'_>,
        form: Form,
        pages: &[Page],
        pieces: &BTreeMap<u64, Parts>,
    ) -> Result<(), Refusal> {
        let length = self.block(form, pages, 0).len() as u64;
        let whole = length.saturating_add(self.length);
        if !form.big && whole > u64::from(u32::MAX) {
            return Err(Refusal::too_large("the TIFF file is larger than such a file can be"));
        }
        let block = self.block(form, pages, length);
        operation.put(0..length, block, "header and directories, written anew")?;
        for placed in &self.placed {
            match pieces.get(&placed.source.start) {
                Some(parts) => samples::lay(operation, parts, "coded samples"),
                None => operation.keep(placed.source.clone(), "coded samples"),
            }
        }
        Ok(())
    }

    /// Where a strip or tile stands behind the block, and its length.
    fn find(&self, range: &Range<u64>) -> (u64, u64) {
        let found = self.placed.binary_search_by_key(&range.start, |placed| placed.source.start);
        found.ok().and_then(|index| self.placed.get(index)).map_or((0, 0), |placed| (placed.at, placed.length))
    }

    /// Header, directories and values, where the samples begin at `base`.
    fn block(&self, form: Form, pages: &[Page], base: u64) -> Vec<u8> {
        let mut block = Vec::new();
        block.extend_from_slice(if form.little { b"II" } else { b"MM" });
        form.put(&mut block, if form.big { 43 } else { 42 }, 2);
        if form.big {
            form.put(&mut block, 8, 2);
            form.put(&mut block, 0, 2);
        }
        form.put(&mut block, form.header_size(), form.offset_size());
        for (index, page) in pages.iter().enumerate() {
            self.directory(form, page, base, index + 1 == pages.len(), &mut block);
        }
        block
    }

    /// One directory and its values.
    fn directory(&self, form: Form, page: &Page, base: u64, last: bool, block: &mut Vec<u8>) {
        let mut fields: BTreeMap<u16, Value> = page.fields.clone();
        self.samples(form, page, base, &mut fields);
        let width = form.offset_size();
        form.put(block, fields.len() as u64, form.count_size() as usize);
        let mut values = Vec::new();
        let begin = block.len() as u64 + fields.len() as u64 * form.entry_size() + width as u64;
        for (tag, value) in &fields {
            form.put(block, u64::from(*tag), 2);
            form.put(block, u64::from(value.kind), 2);
            form.put(block, value.count(), width);
            if value.bytes.len() <= width {
                let end = block.len() + width;
                block.extend_from_slice(&value.bytes);
                block.resize(end, 0);
                continue;
            }
            let at = begin + align(&mut values, begin, form);
            form.put(block, at, width);
            values.extend_from_slice(&value.bytes);
        }
        let end = begin + align(&mut values, begin, form);
        form.put(block, if last { 0 } else { end }, width);
        block.extend(values);
    }

    /// The entries for offsets and byte counts.
    fn samples(&self, form: Form, page: &Page, base: u64, fields: &mut BTreeMap<u16, Value>) {
        let (kind, size) = if form.big { (LONG8, 8) } else { (LONG, 4) };
        let (mut offsets, mut counts) = (Vec::new(), Vec::new());
        for unit in &page.units {
            let (at, length) = if unit.is_empty() { (0, 0) } else { self.find(unit) };
            form.put(&mut offsets, if unit.is_empty() { 0 } else { base.saturating_add(at) }, size);
            form.put(&mut counts, length, size);
        }
        let (offset_tag, count_tag) = if page.tiled { (324, 325) } else { (273, 279) };
        fields.insert(offset_tag, Value { kind, bytes: offsets });
        fields.insert(count_tag, Value { kind, bytes: counts });
    }
}

/// Fills up to the next boundary; gives how many bytes there are then.
fn align(values: &mut Vec<u8>, begin: u64, form: Form) -> u64 {
    let step = if form.big { 8 } else { 2 };
    while !(begin + values.len() as u64).is_multiple_of(step) {
        values.push(0);
    }
    values.len() as u64
}
