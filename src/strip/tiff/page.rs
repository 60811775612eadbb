//! One page as it stays: the entries on the keep-list, its JPEG tables and colour profile cleaned, and its samples.
//!
//! TIFF 6.0, section 7 (what readers must do with missing entries); TIFF Technical Note 2 (JPEGTables); ICC.1, annex B.4.

use super::entry::{Directory, Entry, Form, LONG, SHORT, UNDEFINED, VALUE};
use super::geometry::{Geometry, UNITS};
use super::gone;
use super::jpeg;
use super::part::Parts;
use super::rule::{self, Told, Value};
use super::samples::{self, Coded, Spent, Stated};
use crate::finding::{Action, Code};
use crate::icc;
use crate::plan::Refusal;
use crate::strip::operation::{Operation, broken};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

/// Strips and tiles that are more than one range of the source.
const PIECED: usize = 400_000;
/// Bytes of values that are read in one file.
const READ: u64 = 128 << 20;

/// What the pages of one file share.
#[derive(Default)]
pub(super) struct Shared {
    /// Ranges of the source that something belongs to, kept or not.
    pub(super) claimed: Vec<Range<u64>>,
    /// Ranges that hold what goes, and that no sample may lie in.
    pub(super) barred: Vec<Range<u64>>,
    /// The strips and tiles that are more than one range of the source, by where they begin.
    pub(super) pieces: BTreeMap<u64, Parts>,
    /// Where directories begin.
    pub(super) starts: Vec<u64>,
    /// Strips and tiles so far.
    pub(super) units: u64,
    /// What was decoded so far.
    pub(super) spent: Spent,
    /// Bytes of values read so far.
    pub(super) read: u64,
}

/// A page as it is written.
pub(super) struct Page {
    /// Width in pixels.
    pub(super) width: u64,
    /// Height in pixels.
    pub(super) height: u64,
    /// Whether in tiles.
    pub(super) tiled: bool,
    /// Whether its one strip is a JPEG stream of the old kind (TIFF 6.0, section 22).
    pub(super) old_jpeg: bool,
    /// Its entries but those for offsets and byte counts, by tag.
    pub(super) fields: BTreeMap<u16, Value>,
    /// The ranges of the source that its strips or tiles are; empty where there is none.
    pub(super) units: Vec<Range<u64>>,
    /// Where those of them begin that are more than one range.
    pub(super) pieced: HashSet<u64>,
}

impl Page {
    /// Reads a page.
    ///
    /// # Errors
    /// Where it has no picture, or one that cannot be cleaned.
    pub(super) fn read(
        operation: &mut Operation<'_>,
        form: Form,
        index: usize,
        directory: &Directory,
        shared: &mut Shared,
    ) -> Result<Self, Refusal> {
        let geometry = Geometry::read(&mut operation.reader, form, directory)?;
        let geometry = geometry.ok_or_else(|| broken("the first directory of the TIFF file describes no picture"))?;
        if matches!(geometry.photometric, Some(32803 | 34892)) {
            return Err(super::raw());
        }
        let mut page = Self {
            width: geometry.width,
            height: geometry.height,
            tiled: geometry.tiled,
            old_jpeg: geometry.compression == 6,
            fields: BTreeMap::new(),
            units: Vec::new(),
            pieced: HashSet::new(),
        };
        for entry in &directory.entries {
            page.take(operation, form, index, entry, &geometry, shared)?;
        }
        for entry in &directory.repeated {
            gone::entry(operation, form, index, entry, &mut shared.claimed)?;
        }
        if geometry.photometric == Some(3) && !page.fields.contains_key(&320) {
            return Err(broken("the palette of the picture is damaged"));
        }
        if directory.find(258).is_some() && !page.fields.contains_key(&258) {
            return Err(broken("the description of the picture is damaged"));
        }
        let stated = match page.old_jpeg {
            true => old_jpeg(operation, form, directory, &geometry)?,
            false => strips(operation, form, index, directory, &geometry, shared)?,
        };
        page.cut(operation, &geometry, &stated, shared)?;
        if !page.tiled {
            // Readers differ on a page in strips that has the size of tiles as well.
            page.fields.remove(&322);
            page.fields.remove(&323);
        }
        if page.old_jpeg {
            page.settle_old_jpeg(form);
        }
        if geometry.compression == 7 && !page.tiled {
            // Readers of camera files take strips of JPEG for a preview unless the directory says that it is none.
            let mut bytes = Vec::new();
            form.put(&mut bytes, 0, 4);
            page.fields.insert(254, Value { kind: LONG, bytes });
        }
        Ok(page)
    }

    /// Takes in one entry.
    fn take(
        &mut self,
        operation: &mut Operation<'_>,
        form: Form,
        index: usize,
        entry: &Entry,
        geometry: &Geometry,
        shared: &mut Shared,
    ) -> Result<(), Refusal> {
        let name = |name: &str| gone::part(index, name);
        let length = entry.value.as_ref().map_or(0, |value| value.end - value.start);
        if rule::is_listed(entry.tag) || matches!(entry.tag, 347 | 34675) {
            shared.read = shared.read.saturating_add(length);
        }
        if shared.read > READ {
            return Err(Refusal::too_large("the TIFF file has larger entries than any real one"));
        }
        match entry.tag {
            273 | 279 | 324 | 325 => {}
            513..=521 if geometry.compression == 6 => {}
            347 if geometry.compression == 7 => {
                let old = entry.read(&mut operation.reader, 1 << 20)?;
                let new = old.as_deref().and_then(jpeg::clean_tables);
                let (Some(old), Some(new)) = (old, new) else {
                    return Err(broken("the JPEG tables of the TIFF file are damaged"));
                };
                if new != old {
                    operation.found(Code::HiddenBytes, name("JPEGTables"), entry.bytes(), Action::Remove);
                }
                self.fields.insert(347, Value { kind: UNDEFINED, bytes: new });
            }
            34675 => self.profile(operation, index, entry)?,
            _ => match rule::tell(&mut operation.reader, form, entry, geometry.samples)? {
                Told::Stays(value) => {
                    if value.count() < entry.count {
                        operation.found(Code::HiddenBytes, name("surplus values"), entry.bytes(), Action::Remove);
                    }
                    self.fields.insert(entry.tag, value);
                }
                Told::Unfit => {
                    let label = "values that the entry cannot have";
                    let part = name(&format!("tag {}", entry.tag));
                    operation.found_as(Code::HiddenBytes, label, &part, entry.bytes(), Action::Remove);
                }
                Told::Unlisted => {
                    bar(entry, shared);
                    gone::entry(operation, form, index, entry, &mut shared.claimed)?;
                    return Ok(());
                }
            },
        }
        if entry.spare {
            operation.found(Code::HiddenBytes, name("unused bytes of an entry"), entry.range.clone(), Action::Remove);
        }
        Ok(())
    }

    /// The colour profile, cleaned; a broken one goes.
    fn profile(&mut self, operation: &mut Operation<'_>, index: usize, entry: &Entry) -> Result<(), Refusal> {
        let part = gone::part(index, "ICC profile");
        let old = match entry.kind {
            1 | 7 => entry.read(&mut operation.reader, icc::LARGEST)?,
            _ => None,
        };
        let Some(cleaned) = old.as_deref().and_then(icc::clean) else {
            operation.found(Code::IccDropped, part, entry.bytes(), Action::Remove);
            return Ok(());
        };
        if old.as_deref() != Some(&cleaned.profile) {
            operation.found(Code::IccDescription, part, entry.bytes(), Action::Replace);
        }
        self.fields.insert(34675, Value { kind: UNDEFINED, bytes: cleaned.profile });
        Ok(())
    }

    /// Cuts every strip or tile to what decoding needs.
    fn cut(
        &mut self,
        operation: &mut Operation<'_>,
        geometry: &Geometry,
        stated: &[Stated],
        shared: &mut Shared,
    ) -> Result<(), Refusal> {
        let file = operation.reader.length();
        // The same strip more than once is walked once.
        let mut known: HashMap<(u64, u64), u64> = HashMap::new();
        for (unit, stated) in (0..).zip(stated) {
            // A tile of no bytes is one that holds nothing (GDAL's sparse files, and slides).
            if stated.range.is_empty() {
                self.units.push(0..0);
                continue;
            }
            let (start, key) = (stated.range.start, (stated.range.start, geometry.rows(unit)));
            if let Some(end) = known.get(&key) {
                self.units.push(start..*end);
                continue;
            }
            let coded = samples::cut(operation, geometry, unit, stated, &mut shared.spent)?;
            let (parts, end) = match coded {
                Coded::Range(range) => (None, range.end),
                Coded::Parts(parts, end) => (Some(parts), end),
            };
            if let Some(parts) = parts {
                self.pieced.insert(start);
                if shared.pieces.len() >= PIECED
                    || shared.pieces.insert(start, parts.clone()).is_some_and(|p| p != parts)
                {
                    return Err(Refusal::too_large("the TIFF file has more strips or tiles than any real one"));
                }
            }
            shared.spent.walked(end - start, file)?;
            if stated.told && end < stated.range.end {
                operation.found(Code::HiddenBytes, "end of a strip", end..stated.range.end, Action::Remove);
                shared.claimed.push(end..stated.range.end);
            }
            known.insert(key, end);
            self.units.push(start..end);
        }
        Ok(())
    }

    /// The entries of an old JPEG stream that is the one strip: JPEGInterchangeFormat (513) would say the same again, and
    /// readers of camera files take it for another picture.
    fn settle_old_jpeg(&mut self, form: Form) {
        let number = |kind: u16, value: u64, size: usize| {
            let mut bytes = Vec::new();
            form.put(&mut bytes, value, size);
            Value { kind, bytes }
        };
        self.fields.entry(512).or_insert_with(|| number(SHORT, 1, 2));
        self.fields.insert(278, number(LONG, self.height, 4));
    }
}

/// Bars the range of a text or block that goes: samples that lie in it would carry it on.
fn bar(entry: &Entry, shared: &mut Shared) {
    if matches!(entry.kind, 1 | 2 | 7)
        && !entry.is_inline()
        && let Some(value) = &entry.value
    {
        shared.barred.push(value.clone());
    }
}

/// Where the strips or tiles lie, as the file says, one for each that the page must have.
fn strips(
    operation: &mut Operation<'_>,
    form: Form,
    index: usize,
    directory: &Directory,
    geometry: &Geometry,
    shared: &mut Shared,
) -> Result<Vec<Stated>, Refusal> {
    let (offsets, counts) = if geometry.tiled { (324, 325) } else { (273, 279) };
    let at = directory.find(offsets).or_else(|| directory.find(273));
    let at = at.ok_or_else(|| broken("the first directory of the TIFF file describes no picture"))?;
    let starts = at.numbers(&mut operation.reader, form, VALUE)?;
    let starts = starts.ok_or_else(|| Refusal::truncated("the list of strips lies outside the file"))?;
    let lengths = match directory.find(counts).or_else(|| directory.find(279)) {
        Some(entry) => entry.numbers(&mut operation.reader, form, VALUE)?.unwrap_or_default(),
        None => Vec::new(),
    };
    let units = geometry.units();
    shared.units = shared.units.saturating_add(units);
    if shared.units > UNITS {
        return Err(Refusal::too_large("the TIFF file has more strips or tiles than any real one"));
    }
    if (starts.len() as u64) < units {
        return Err(Refusal::truncated("the list of strips is shorter than the picture"));
    }
    if starts.len() as u64 > units || lengths.len() as u64 > units {
        let part = gone::part(index, "strips that the picture does not have");
        operation.found(Code::HiddenBytes, part, at.bytes(), Action::Remove);
    }
    let file = operation.reader.length();
    let mut sorted: Option<Vec<u64>> = None;
    let mut stated = Vec::with_capacity(units as usize);
    for (unit, start) in starts.iter().copied().take(units as usize).enumerate() {
        let length = lengths.get(unit).copied();
        if length == Some(0) && (start == 0 || geometry.tiled) {
            stated.push(Stated { range: 0..0, told: true });
            continue;
        }
        if start < form.header_size() || start >= file {
            return Err(Refusal::truncated("the picture lies outside the file"));
        }
        let told = length.filter(|length| *length > 0);
        let end = match told {
            Some(length) => start.saturating_add(length).min(file),
            None => {
                let sorted = sorted.get_or_insert_with(|| {
                    let mut all: Vec<u64> = starts.iter().chain(&shared.starts).copied().collect();
                    all.sort_unstable();
                    all
                });
                sorted.get(sorted.partition_point(|other| *other <= start)).copied().unwrap_or(file).min(file)
            }
        };
        stated.push(Stated { range: start..end, told: told.is_some() });
    }
    Ok(stated)
}

/// The one stream that a page of the old kind has: a whole JPEG picture at JPEGInterchangeFormat (513), or its only strip.
fn old_jpeg(
    operation: &mut Operation<'_>,
    form: Form,
    directory: &Directory,
    geometry: &Geometry,
) -> Result<Vec<Stated>, Refusal> {
    let reader = &mut operation.reader;
    let refused = || broken("the picture is a JPEG stream of an old kind in pieces, which is not understood");
    let start = match directory.number(reader, form, 513)?.filter(|start| *start > 0) {
        Some(start) => Some(start),
        None => directory.number(reader, form, 273)?,
    };
    let start = start.filter(|start| *start > 0 && !geometry.tiled).ok_or_else(refused)?;
    let file = reader.length();
    // The stated length often covers the tables alone; the stream has an end of its own.
    if start >= file || !reader.holds(start, &[0xFF, 0xD8])? || geometry.units() != 1 {
        return Err(refused());
    }
    Ok(vec![Stated { range: start..file, told: false }])
}
