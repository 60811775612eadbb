//! The surgeon for JPEG: walks segments and scans, keeps tables, frames and coded samples, writes JFIF, Adobe, colour
//! profile and orientation anew, and lets all else go.
//!
//! ITU-T T.81 (ISO/IEC 10918-1) annex B; JFIF 1.02; ITU-T T.872 (Adobe APP14, 6.5.3); ICC.1 annex B.4 (APP2).

mod application;
mod frame;
mod scan;
mod table;
mod walk;

use super::operation::Operation;
use super::{Options, exif};
use crate::cut::Source;
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use application::Header;
use walk::{Part, Walk};

/// Parts of a picture that are kept one by one. Real ones have some twenty; a progressive one may have fifty scans.
const PARTS: usize = 20_000;

/// Plans the cleaning of a JPEG picture.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    if !operation.reader.holds(0, &[0xFF, 0xD8])? {
        return Err(Refusal::not_understood("the file does not begin as a JPEG picture does"));
    }
    let mut walk = Walk::new(&mut operation);
    walk.run()?;
    let Walk { parts, tables, frame, mut header, ended, end, .. } = walk;
    let Some(frame) = frame.filter(|_| parts.iter().any(|part| matches!(part, Part::Scan(_)))) else {
        return Err(Refusal::not_understood("there is no picture in this JPEG file"));
    };
    header.settle_transform(frame.components());
    header.settle_resolution();
    operation.keep(0..2, "SOI");
    open(&mut operation, header, parts.first().map_or(end, |part| part.start(&tables)))?;
    for part in &parts {
        part.lay(&mut operation, &tables);
    }
    match ended {
        true => operation.keep(end..end + 2, "EOI"),
        false => operation.write([0xFF, 0xD9], "EOI"),
    }
    Ok(operation.close(Format::Jpeg, frame.width, frame.height))
}

/// Lays what stands before the tables: JFIF, orientation and resolution, colour profile, Adobe's colour transform. What stands behind
/// `limit` in the source comes too late to be kept by range.
fn open(operation: &mut Operation<'_>, header: Header, limit: u64) -> Result<(), Refusal> {
    let Header { jfif, adobe, profile, turn, turn_at, resolution, .. } = header;
    let turn = exif::carrying(turn, resolution).map(|block| {
        let block = [&b"Exif\0\0"[..], &block].concat();
        (turn_at, application::segment(0xE1, &block), "Exif with orientation and resolution alone")
    });
    let front = jfif.map(|(range, bytes)| (range, bytes, "JFIF header, 14 bytes"));
    let profile = profile.into_iter().map(|(range, bytes)| (range, bytes, "ICC colour profile, cleaned"));
    let adobe = adobe.map(|(range, bytes)| (range, bytes, "Adobe colour transform, 12 bytes"));
    for (range, bytes, why) in front.into_iter().chain(turn).chain(profile).chain(adobe) {
        match range.end <= limit {
            true => operation.put(range, bytes, why)?,
            false => operation.write(bytes, why),
        }
    }
    Ok(())
}
