//! Where in a recording something was found: bytes of a container's part, a region of a frame, or a DICOM attribute.
//!
//! A place never holds a value. Its JSON form is the `place` of `scrubs inspect --format json`.

mod area;
mod covering;

pub use area::Area;
pub use covering::Covering;

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a finding lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Place {
    /// Bytes of the file: the part of the container, its offset and its length in bytes.
    Bytes {
        /// The part's name as the format's standard spells it: `APP1 Exif`, `tEXt`, `trailer`.
        part: String,
        /// Bytes from the start of the file.
        offset: u64,
        /// Length in bytes.
        length: u64,
    },
    /// A rectangle of stored samples, in pixels of the frame.
    Region {
        /// Frame number, from 0.
        frame: u32,
        /// Pixels from the left edge.
        x: u32,
        /// Pixels from the top edge.
        y: u32,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A DICOM attribute: tags from the outermost sequence inwards, such as `(0040,A730)[2](0040,A123)`.
    Attribute {
        /// The path of tags; item numbers in square brackets, from 0.
        attribute: String,
        /// Bytes from the start of the file.
        offset: u64,
        /// Length of the value in bytes.
        length: u64,
    },
    /// The recording as a whole.
    Whole {},
}

impl Place {
    /// Bytes of a named part.
    pub fn bytes(part: impl Into<String>, offset: u64, length: u64) -> Self {
        Place::Bytes { part: part.into(), offset, length }
    }

    /// A DICOM attribute by its path.
    pub fn attribute(path: impl Into<String>, offset: u64, length: u64) -> Self {
        Place::Attribute { attribute: path.into(), offset, length }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Bytes { part, offset, length } => write!(f, "{part}, {length} bytes at {offset}"),
            Place::Region { frame, x, y, width, height } => {
                write!(f, "frame {frame}, {width}×{height} at {x},{y}")
            }
            Place::Attribute { attribute, .. } => write!(f, "{attribute}"),
            Place::Whole {} => write!(f, "the whole recording"),
        }
    }
}
