//! The surgeon for BMP: writes headers and colour table with what a viewer needs, keeps the samples, and lets gaps,
//! paths and whatever stands behind the picture go.
//!
//! Microsoft, "Bitmap storage" and "Bitmap header types"; IBM, OS/2 2.0 Presentation Manager.

mod header;
pub(super) mod picture;
mod row;
mod run;
mod spare;
mod table;

use super::Options;
use super::operation::{Operation, broken};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::icc;
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use header::{Coding, FILE, Header, Profile};
use row::Part;
use std::ops::Range;
use table::Used;

/// The largest header.
const HEADER: u64 = 124;

/// Bytes that are written, and the range of the source they stand for.
type Written = (Range<u64>, Vec<u8>);

/// Plans the cleaning of a BMP picture.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    let short = || Refusal::truncated("the file ends before its picture does");
    let file: [u8; FILE] = operation.reader.peek(0)?.ok_or_else(short)?;
    if !file.starts_with(b"BM") {
        return Err(broken("the file does not begin as a BMP picture does"));
    }
    let size = operation.reader.peek::<4>(FILE as u64)?.map_or(0, u32::from_le_bytes);
    if u64::from(size) > HEADER {
        return Err(broken("the BMP file has a header of no known version"));
    }
    let head = FILE as u64..FILE as u64 + u64::from(size);
    let old = operation.reader.read(head.clone(), HEADER)?;
    let mut header = Header::read(&old)?;
    let masks = masks(&mut operation, &header, head.end)?;
    let table = head.end + header.masks as u64;
    let table = table..table + header.colours * header.entry;
    let offset = u64::from(u32::from_le_bytes([file[10], file[11], file[12], file[13]]));
    let start = samples_start(offset, &header, &head, &table);
    if start < head.end || start >= operation.reader.length() {
        return Err(short());
    }
    let mut used = Used::new();
    let Samples { parts, end } = samples(&mut operation, &mut header, &masks, start, &mut used)?;
    let front = Front { file, head, masks, table, used };
    let (width, height) = (header.width, header.height);
    front.lay(&mut operation, header, start, parts, end)?;
    Ok(operation.close(Format::Bmp, width, height))
}

/// The masks behind a header of 40 bytes.
fn masks(operation: &mut Operation<'_>, header: &Header, at: u64) -> Result<Vec<u8>, Refusal> {
    let bytes = operation.reader.read(at..at + header.masks as u64, 16)?;
    let masks: Vec<u32> = bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    match header::are_masks(&masks, header.depth) {
        true => Ok(bytes),
        false => Err(broken("the description of the picture is damaged")),
    }
}

/// Where the samples begin: where the file header says, unless that cannot be, in which case viewers look behind the
/// colour table.
fn samples_start(offset: u64, header: &Header, head: &Range<u64>, table: &Range<u64>) -> u64 {
    let forgets = offset == head.end && header.depth <= 8;
    if offset < head.end || forgets { table.end } else { offset }
}

/// The samples: what is to be laid of them, and where they end in the source.
struct Samples {
    parts: Vec<Part>,
    end: u64,
}

fn samples(
    operation: &mut Operation<'_>,
    header: &mut Header,
    masks: &[u8],
    start: u64,
    used: &mut Used,
) -> Result<Samples, Refusal> {
    let file = operation.reader.length();
    if let Coding::Runs(depth) = header.coding {
        let runs = run::walk(operation, header, start..file, depth, used)?;
        if runs.end == start {
            return Err(Refusal::truncated("the file ends before its picture does"));
        }
        if runs.short {
            operation.found(Code::Truncated, "samples", file..file, Action::Keep);
        }
        header.pack(runs.end - start);
        return Ok(Samples { parts: runs.parts, end: runs.end });
    }
    let rows = header.stride().and_then(|stride| stride.checked_mul(u64::from(header.height)));
    let rows = rows.ok_or_else(|| Refusal::too_large("the picture is larger than any real one"))?;
    let end = start.saturating_add(rows);
    if end > file {
        operation.found(Code::Truncated, "samples", file..file, Action::Keep);
    }
    let end = end.min(file);
    let parts = match header.used_bits(masks) {
        Some(bits) => spare::walk(operation, header, bits, start..end)?,
        None => row::walk(operation, header, start..end, used)?,
    };
    Ok(Samples { parts, end })
}

/// What stands before the samples.
struct Front {
    file: [u8; FILE],
    head: Range<u64>,
    masks: Vec<u8>,
    table: Range<u64>,
    used: Used,
}

impl Front {
    /// Lays headers, colour table, samples and profile.
    fn lay(
        self,
        operation: &mut Operation<'_>,
        mut header: Header,
        start: u64,
        parts: Vec<Part>,
        end: u64,
    ) -> Result<(), Refusal> {
        let most = self.table.end.min(operation.reader.length());
        let mut table = operation.reader.read(self.table.start.min(most)..most, 1_024)?;
        table.resize((self.table.end - self.table.start) as usize, 0);
        if table::blank(&mut table, &header, &self.used) {
            let label = "colours that no pixel has";
            operation.found_as(Code::HiddenBytes, label, "colour table", self.table.clone(), Action::Remove);
        }
        let front = FILE + header.bytes.len() + self.masks.len() + table.len();
        let profile = profile(operation, &header)?;
        let samples = end - start;
        // A profile begins at a multiple of four.
        let padding = profile.as_ref().map_or(0, |_| (4 - samples % 4) % 4);
        if let Some((_, bytes)) = &profile {
            let offset = (front - FILE) as u64 + samples + padding;
            header.embed(offset, bytes.len() as u64);
        }
        let length = front as u64 + samples + padding + profile.as_ref().map_or(0, |(_, bytes)| bytes.len() as u64);
        let mut file = self.file;
        file[2..6].copy_from_slice(&u32::try_from(length).unwrap_or(0).to_le_bytes());
        file[6..10].fill(0);
        file[10..14].copy_from_slice(&u32::try_from(front).unwrap_or(0).to_le_bytes());
        if self.file[6..10] != [0; 4] {
            operation.found(Code::HiddenBytes, "bfReserved", 6..10, Action::Replace);
        }
        if !operation.reader.holds(self.head.start, &header.bytes)? {
            operation.found(Code::HiddenBytes, "header", self.head.clone(), Action::Replace);
        }
        let gap = self.table.end..start;
        if !gap.is_empty() {
            operation.found(Code::Junk, "gap before the samples", gap, Action::Remove);
        }
        let bytes = [&file[..], &header.bytes, &self.masks, &table].concat();
        operation.put(0..front as u64, bytes, "headers and colour table")?;
        for part in parts {
            match part {
                Part::Keep(range) => operation.keep(range, "samples"),
                Part::Write(_, bytes) if bytes.iter().all(|byte| *byte == 0) => {
                    operation.blank(bytes.len() as u64, "what fills rows up");
                }
                Part::Write(range, bytes) => operation.put(range, bytes, "samples without what fills them up")?,
            }
        }
        self.behind(operation, profile, end, padding)
    }

    fn behind(
        &self,
        operation: &mut Operation<'_>,
        profile: Option<Written>,
        end: u64,
        padding: u64,
    ) -> Result<(), Refusal> {
        let file = operation.reader.length();
        let Some((range, bytes)) = profile else {
            if end < file {
                operation.found(Code::Trailer, "trailer", end..file, Action::Remove);
            }
            return Ok(());
        };
        let stands = range.start == end + padding;
        operation.put(end..end + padding, vec![0; padding as usize], "colour profile, cleaned")?;
        let kept = range.start..range.start + bytes.len() as u64;
        operation.put(kept, bytes, "colour profile, cleaned")?;
        let behind = range.end.max(end)..file;
        if !behind.is_empty() {
            operation.found(Code::Trailer, "trailer", behind, Action::Remove);
        }
        if !stands && end < range.start {
            operation.found(Code::Junk, "between the samples and the profile", end..range.start, Action::Remove);
        }
        Ok(())
    }
}

/// The profile, cleaned, and where it stood.
fn profile(operation: &mut Operation<'_>, header: &Header) -> Result<Option<Written>, Refusal> {
    let range = match &header.profile {
        Profile::None => return Ok(None),
        Profile::Linked(range) => {
            operation.found(Code::FilePath, "linked profile", range.clone(), Action::Remove);
            return Ok(None);
        }
        Profile::Embedded(range) => range.clone(),
    };
    let inside = range.end <= operation.reader.length() && range.end - range.start <= icc::LARGEST;
    let old = if inside { operation.reader.read(range.clone(), icc::LARGEST)? } else { Vec::new() };
    let Some(cleaned) = icc::clean(&old) else {
        operation.found(Code::IccDropped, "profile", range, Action::Remove);
        return Ok(None);
    };
    if cleaned.profile != old {
        operation.found(Code::IccDescription, "profile", range.clone(), Action::Replace);
    }
    Ok(Some((range, cleaned.profile)))
}
