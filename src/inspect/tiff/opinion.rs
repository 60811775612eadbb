//! What the tiff crate sees in an output: the same directories with the same entries, and no text in them.

use super::Directory;
use crate::cut::Source;
use crate::inspect::exif::quietly;
use crate::inspect::stream::Stream;
use std::io::BufReader;
use tiff::TiffError;
use tiff::decoder::Decoder;
use tiff::tags::{IfdPointer, Type};

/// The most bytes that it may read: directories and arrays, no samples.
const BUDGET: u64 = 256 << 20;

/// The most directories that it is shown; those beyond have been read by the own account alone.
pub(super) const MOST: usize = 1024;

/// Whether the crate sees the same. What it does not support, it cannot tell; then it is not heard.
pub(super) fn agrees(output: &dyn Source, own: &[Directory], size: (u64, u64)) -> bool {
    let seen = quietly(|| {
        let reader = BufReader::new(Stream::new(output, BUDGET));
        let mut theirs = match Decoder::new(reader) {
            Ok(decoder) => decoder,
            Err(TiffError::IoError(_)) => return None,
            Err(_) => return Some(()),
        };
        let (width, height) = theirs.dimensions().ok()?;
        if (u64::from(width), u64::from(height)) != size {
            return None;
        }
        for directory in own {
            let other = theirs.read_directory(IfdPointer(directory.range.start)).ok()?;
            let mut mine = directory.entries.iter();
            for (tag, entry) in other.iter() {
                let entry_is_mine = mine.next().is_some_and(|e| e.tag == tag.to_u16() && e.count == entry.count());
                if !entry_is_mine || entry.field_type() == Type::ASCII {
                    return None;
                }
            }
            if mine.next().is_some() || other.next().map_or(0, |p| p.0) != directory.next {
                return None;
            }
        }
        Some(())
    });
    seen.is_some()
}
