//! Covers areas of a cleaned JPEG picture by whole blocks of coefficients, and of the gain map behind it in proportion.
//!
//! ITU-T T.81; CIPA DC-007 and Ultra HDR 1.1 for the index of the gain map, which states lengths and is laid anew.

use crate::cut::{Cut, Piece, Source};
use crate::finding::{Action, Code};
use crate::pixels::codec::jpeg::{Broken, Recoded, recode};
use crate::pixels::{How, Redaction};
use crate::place::{Area, Covering};
use crate::plan::Refusal;
use crate::strip::{Options, jpeg};
use std::borrow::Cow;

/// Bytes of a JPEG file that are held in memory at most.
const MOST: u64 = 128 << 20;

/// Covers what is to be covered in frame 0.
pub(super) fn redact(cleaned: &dyn Source, covering: &Covering) -> Result<Redaction, Refusal> {
    let bytes = held(cleaned)?;
    let areas: Vec<Area> = covering.of(0).collect();
    let first = recode(&bytes, &areas)?;
    let mut covered = Covering::default();
    first.covered.iter().for_each(|area| covered.in_frame(0, *area));
    let cut = match first.end {
        _ if covered.is_empty() => {
            let mut whole = Cut::new();
            whole.keep(0..cleaned.len(), "nothing to cover");
            whole
        }
        end if end == cleaned.len() => first.cut,
        _ => with_gain(cleaned, &bytes, &first)?,
    };
    Ok(Redaction { cut, covered, how: How::Blocks })
}

/// Of use to every surgeon that meets such a stream; it stands here since the codec lies below refusals.
impl From<Broken> for Refusal {
    fn from(broken: Broken) -> Self {
        Self { code: broken.code(), what: broken.to_string(), advice: broken.advice() }
    }
}

/// All bytes of a file that may be held in memory.
///
/// # Errors
/// Where it is larger, or cannot be read.
pub(in crate::strip) fn held(source: &dyn Source) -> Result<Cow<'_, [u8]>, Refusal> {
    if source.len() > MOST {
        return Err(Refusal::too_large("the JPEG file is larger than any real one"));
    }
    Ok(match source.as_slice() {
        Some(bytes) => Cow::Borrowed(bytes),
        None => Cow::Owned(source.read_range(0..source.len(), MOST)?),
    })
}

/// Covers the same parts of the gain map, and lays index and directory anew with the new lengths.
fn with_gain(cleaned: &dyn Source, bytes: &[u8], first: &Recoded) -> Result<Cut, Refusal> {
    let rest = bytes.get(usize::try_from(first.end).unwrap_or(usize::MAX)..).unwrap_or_default();
    let map = recode(rest, &[])?;
    let areas: Vec<Area> = first.covered.iter().map(|area| share(area, first.size, map.size)).collect();
    let map = recode(rest, &areas)?;
    if map.end != rest.len() as u64 {
        return Err(unknown());
    }
    let mut both = first.cut.clone();
    for piece in map.cut.pieces() {
        match piece {
            Piece::Keep { range, why } => both.keep(first.end + range.start..first.end + range.end, why),
            Piece::Write { bytes, why } => both.write(bytes.clone(), why),
            Piece::Blank { length, why } => both.blank(*length, why),
        }
    }
    let mut joined = Vec::new();
    both.write_to(cleaned, &mut joined)?;
    let plan = jpeg::plan(&joined, &Options { keep_gain_map: true })?;
    if !plan.findings.iter().any(|finding| finding.code == Code::GainMap && finding.action == Action::Keep) {
        return Err(unknown());
    }
    Ok(plan.cut.over(&both))
}

/// Where an area of a picture of one size lies in a picture of another.
fn share(area: &Area, of: (u32, u32), to: (u32, u32)) -> Area {
    let down = |at: u32, of: u32, to: u32| (u64::from(at) * u64::from(to) / u64::from(of.max(1))) as u32;
    let up = |at: u32, of: u32, to: u32| (u64::from(at) * u64::from(to)).div_ceil(u64::from(of.max(1))) as u32;
    let (x, y) = (down(area.x, of.0, to.0), down(area.y, of.1, to.1));
    let (right, bottom) = (up(area.right(), of.0, to.0), up(area.bottom(), of.1, to.1));
    Area::new(x, y, right.saturating_sub(x), bottom.saturating_sub(y))
}

fn unknown() -> Refusal {
    Refusal {
        code: "cannot-cover",
        what: "a second picture stands behind the JPEG picture, and it cannot be covered".to_owned(),
        advice: "Let scrubs remove the gain map, or save the picture as an ordinary JPEG, then run scrubs again.",
    }
}
