//! Samples that are streams of their own: AV1, JPEG pictures, and MPEG video between start codes.
//!
//! AV1, 5.3 to 5.8; ITU-T T.81; for MPEG see there.

use super::coding::Coding;
use super::note::Blank;
use super::{mpeg, refused};
use crate::cut::Source;
use crate::plan::Refusal;
use crate::strip::heif::extent::{Patches, Stream};
use crate::strip::heif::nal::Count;
use crate::strip::heif::{embedded, obu};
use std::ops::Range;

/// The notes of a sample, each with what takes its place.
pub(super) fn notes(
    source: &dyn Source,
    range: Range<u64>,
    coding: Coding,
) -> Result<Vec<(Range<u64>, Blank)>, Refusal> {
    let stream = Stream::new([range.clone()]);
    let mut patches = Patches::default();
    match coding {
        Coding::Obus => drop(obu::walk(source, &stream, &mut patches, &mut Count::default())?),
        Coding::Jpeg if range.start < range.end => {
            drop(embedded::jpeg(source, &stream, &mut patches).map_err(|_| {
                refused("a picture of the film is a JPEG that is damaged or holds what cannot be left out")
            })?);
        }
        Coding::StartCodes(family) => return mpeg::notes(source, range, family),
        _ => {}
    }
    Ok(patches.within(range).map(|(at, bytes)| (at..at + bytes.len() as u64, bytes.to_vec())).collect())
}
