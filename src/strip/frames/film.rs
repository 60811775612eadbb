//! Films whose frames are JPEG pictures (Motion JPEG): some of their frames, decoded here.
//!
//! One row for each container whose frames can be found; others are for programs that decode films.

use super::{jpeg, unseen};
use crate::cut::Source;
use crate::pixels::{MOST_SAMPLED, OnDemand, Sampled, Unseen};
use crate::plan::Refusal;
use crate::recording::Format;
use crate::strip::{avi, bmff, matroska};
use std::ops::Range;

/// The longest frame that is decoded, in bytes.
const LONGEST: u64 = 64 << 20;

/// Numbers and places of some frames of a film; none where its frames are coded in another way.
type Places = Option<Vec<(u64, Range<u64>)>>;

/// Finds them.
type Finder = fn(&dyn Source, u32) -> Result<Places, Refusal>;

/// The containers in which frames can be found.
const FINDERS: &[(Format, Finder)] = &[
    (Format::Mp4, bmff::motion::pictures),
    (Format::Mov, bmff::motion::pictures),
    (Format::ThreeGp, bmff::motion::pictures),
    (Format::Matroska, matroska::motion::pictures),
    (Format::Avi, avi::motion::pictures),
];

/// Some frames of a film, chosen by [`sample`](crate::pixels::sample()); none where its frames are coded in a way that
/// nothing here decodes.
///
/// # Errors
/// An [`Unseen`] where its description is damaged.
pub fn film(format: Format, source: &dyn Source) -> Option<Result<Sampled<'_>, Unseen>> {
    let (_, find) = FINDERS.iter().find(|(known, _)| *known == format)?;
    let places = match find(source, MOST_SAMPLED) {
        Ok(places) => places?,
        Err(refusal) => return Some(Err(unseen(refusal))),
    };
    let numbers = places.iter().map(|(number, _)| u32::try_from(*number).unwrap_or(u32::MAX)).collect();
    let count = u32::try_from(places.len()).unwrap_or(u32::MAX);
    let frame = move |index: u32| {
        let damaged = || Unseen::damaged("a frame of the film cannot be read");
        let (_, range) = places.get(index as usize).ok_or_else(damaged)?;
        let bytes = source.read_range(range.clone(), LONGEST).map_err(|_| damaged())?;
        jpeg::open(&bytes)?.frame(0)
    };
    Some(Ok(Sampled { frames: Box::new(OnDemand(count, frame)), numbers, by: None }))
}
