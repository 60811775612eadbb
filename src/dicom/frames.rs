//! Decodes the frames of an object for those who look at them (PS3.5 section 8 and Annex A).

use crate::cut::Source;
use crate::pixels::{Frames, Unseen};
use crate::place::Area;

/// The frames of an object, original or cleaned; none (`count` 0) where it has no pixel data.
///
/// # Errors
/// An [`Unseen`] when the object cannot be read or its transfer syntax has no decoder here.
pub fn frames(_source: &dyn Source) -> Result<Box<dyn Frames + '_>, Unseen> {
    Err(Unseen::no_decoder("no decoder for the pictures of this object is built in"))
}

/// The scan regions of an ultrasound object (Sequence of Ultrasound Regions (0018,6011), PS3.3 C.8.5.5), in stored samples;
/// empty where it states none. Read them from the original: cleaning may take them.
pub fn scan_regions(_source: &dyn Source) -> Vec<Area> {
    Vec::new()
}
