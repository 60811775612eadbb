//! The surgeon for JPEG: walks segments and scans, keeps tables, frames and coded samples, writes JFIF, Adobe, colour
//! profile and orientation anew, and lets all else go.
//!
//! ITU-T T.81 (ISO/IEC 10918-1) annex B; JFIF 1.02; ITU-T T.872 (Adobe APP14, 6.5.3); ICC.1 annex B.4 (APP2).

mod application;
mod frame;
mod gain;
mod scan;
mod table;
mod walk;

use super::operation::Operation;
use super::{Options, exif};
use crate::cut::{Piece, Source};
use crate::finding::{Action, Code};
use crate::place::Place;
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use application::Header;
use gain::Gain;
use std::ops::Range;
use walk::{Part, Walk};

/// Parts of a picture that are kept one by one. Real ones have some twenty; a progressive one may have fifty scans.
const PARTS: usize = 20_000;

/// Plans the cleaning of a JPEG picture.
pub(super) fn plan(source: &dyn Source, options: &Options) -> Result<Plan, Refusal> {
    let laid = picture(source, &[], None)?;
    let map = if laid.ended { gain::locate(source, laid.end) } else { None };
    let Some(range) = map else { return Ok(laid.operation.close(Format::Jpeg, laid.width, laid.height)) };
    match options.keep_gain_map.then(|| gain::clean(source, range.clone())).flatten() {
        Some(gain) => with_gain(source, &laid, gain),
        None => {
            let Laid { mut operation, width, height, .. } = laid;
            operation.found(Code::GainMap, "gain map", range, Action::Remove);
            Ok(operation.close(Format::Jpeg, width, height))
        }
    }
}

/// A picture and its gain map, with an index that says where the second begins.
fn with_gain(source: &dyn Source, alone: &Laid<'_>, gain: Gain) -> Result<Plan, Refusal> {
    let second = gain.cut.len();
    let trial = picture(source, &gain::announce(0, second, 0)?, Some(gain.range.clone()))?;
    let trial = trial.operation.close(Format::Jpeg, alone.width, alone.height).cut;
    let before = trial.pieces().iter().take_while(|piece| piece.why() != gain::INDEX).map(Piece::len).sum::<u64>();
    let expected = gain::announce(trial.len(), second, before + gain::HEAD)?;
    let Laid { mut operation, width, height, .. } = picture(source, &expected, Some(gain.range.clone()))?;
    operation.found(Code::GainMap, "gain map", gain.range.clone(), Action::Keep);
    for finding in &gain.findings {
        if let Place::Bytes { part, offset, length } = &finding.place {
            let start = gain.range.start + offset;
            operation.found_as(finding.code, &finding.label, part, start..start + length, finding.action);
        }
    }
    for piece in gain.cut.pieces() {
        match piece {
            Piece::Keep { range, why } => operation.keep(range.clone(), why),
            Piece::Write { bytes, why } => operation.write(bytes.clone(), why),
            Piece::Blank { length, why } => operation.blank(*length, why),
        }
    }
    Ok(operation.close(Format::Jpeg, width, height))
}

/// A picture that is laid out, its plan still open.
struct Laid<'a> {
    operation: Operation<'a>,
    width: u32,
    height: u32,
    ended: bool,
    /// Where the picture ends, its end marker included.
    end: u64,
}

/// Lays one picture. Segments that are `expected` are written behind the orientation; what stands at `follows` behind the
/// picture is told by whoever keeps it.
fn picture<'a>(
    source: &'a dyn Source,
    expected: &[(Vec<u8>, &'static str)],
    follows: Option<Range<u64>>,
) -> Result<Laid<'a>, Refusal> {
    let mut operation = Operation::new(source);
    if !operation.reader.holds(0, &[0xFF, 0xD8])? {
        return Err(Refusal::not_understood("the file does not begin as a JPEG picture does"));
    }
    let mut walk = Walk::new(&mut operation);
    walk.header.expect(expected);
    walk.run()?;
    let Walk { parts, tables, frame, mut header, ended, end, .. } = walk;
    let Some(frame) = frame.filter(|_| parts.iter().any(|part| matches!(part, Part::Scan(_)))) else {
        return Err(Refusal::not_understood("there is no picture in this JPEG file"));
    };
    header.settle_transform(frame.components());
    header.settle_resolution();
    header.settle_colours(&mut operation, frame.components());
    operation.keep(0..2, "SOI");
    open(&mut operation, header, parts.first().map_or(end, |part| part.start(&tables)))?;
    for part in &parts {
        part.lay(&mut operation, &tables);
    }
    match ended {
        true => operation.keep(end..end + 2, "EOI"),
        false => operation.write([0xFF, 0xD9], "EOI"),
    }
    let (end, length) = (if ended { end + 2 } else { end }, operation.reader.length());
    if ended {
        let follows = follows.unwrap_or(length..length);
        for range in [end..follows.start.max(end), follows.end.max(end)..length] {
            if !range.is_empty() {
                operation.found(Code::Trailer, "trailer", range, Action::Remove);
            }
        }
    }
    Ok(Laid { operation, width: frame.width, height: frame.height, ended, end })
}

/// Lays what stands before the tables: JFIF, orientation and resolution, colour profile, Adobe's colour transform. What stands behind
/// `limit` in the source comes too late to be kept by range.
fn open(operation: &mut Operation<'_>, header: Header, limit: u64) -> Result<(), Refusal> {
    let Header { jfif, adobe, profile, turn, turn_at, resolution, expected, .. } = header;
    let turn = exif::carrying(turn, resolution).map(|block| {
        let block = [&b"Exif\0\0"[..], &block].concat();
        (turn_at, application::segment(0xE1, &block), "Exif with orientation and resolution alone")
    });
    let front = jfif.map(|(range, bytes)| (range, bytes, "JFIF header, 14 bytes"));
    let profile = profile.into_iter().map(|(range, bytes)| (range, bytes, "ICC colour profile, cleaned"));
    let adobe = adobe.map(|(range, bytes)| (range, bytes, "Adobe colour transform, 12 bytes"));
    for (range, bytes, why) in front.into_iter().chain(turn).chain(expected).chain(profile).chain(adobe) {
        match range.end <= limit {
            true => operation.put(range, bytes, why)?,
            false => operation.write(bytes, why),
        }
    }
    Ok(())
}
