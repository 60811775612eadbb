//! What a directory says of itself, and what becomes of it.
//!
//! TIFF 6.0, section 8 (NewSubfileType); Exif 3.0, 4.5.8 (thumbnails).

use super::entry::{Directory, Form};
use crate::finding::Code;
use crate::plan::Refusal;
use crate::strip::operation::Operation;

/// The longest side of what a camera writes as a thumbnail without saying so.
const SMALL: u64 = 512;

/// What becomes of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is a page.
    Stays,
    /// It goes, as what, and in which words.
    Goes(Code, String),
}

/// What a directory says of itself.
pub(super) struct Face {
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) tiled: bool,
    pub(super) reduced: bool,
    pub(super) mask: bool,
    pub(super) pictured: bool,
    /// Whether its picture is where Exif keeps thumbnails, and in no strip.
    pub(super) thumbnail: bool,
}

impl Face {
    /// Reads what a directory says; sizes may be anything.
    pub(super) fn read(operation: &mut Operation<'_>, form: Form, directory: &Directory) -> Result<Self, Refusal> {
        let reader = &mut operation.reader;
        let mut number = |tag| directory.number(reader, form, tag);
        let (width, height) = (number(256)?.unwrap_or(0), number(257)?.unwrap_or(0));
        let kind = number(254)?;
        let old_kind = number(255)?;
        let old_jpeg = number(259)? == Some(6) && directory.find(513).is_some();
        let stored = directory.find(273).is_some() || directory.find(324).is_some() || old_jpeg;
        Ok(Self {
            width,
            height,
            tiled: directory.find(324).is_some() || directory.find(322).is_some(),
            reduced: kind.is_some_and(|kind| kind & 1 == 1) || (kind.is_none() && old_kind == Some(2)),
            mask: kind.is_some_and(|kind| kind & 4 == 4),
            pictured: stored && width > 0 && height > 0,
            thumbnail: old_jpeg && directory.find(273).is_none(),
        })
    }
}

impl Face {
    /// Whether it is as thumbnails are: of the same shape, small, and no more than a quarter as wide and high.
    pub(super) fn is_small_copy_of(&self, other: &Face) -> bool {
        let small =
            self.width.max(self.height) <= SMALL && self.width <= other.width / 4 && self.height <= other.height / 4;
        let (one, two) = (self.width.saturating_mul(other.height), self.height.saturating_mul(other.width));
        small && one.abs_diff(two) <= one.max(two) / 20
    }
}
