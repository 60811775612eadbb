//! A second opinion on an output's header: dicom-rs reads it too, once every length in it has been held to account.

use crate::inspect::bytes::Bytes;
use crate::inspect::{Left, Trouble, exif};
use crate::place::Place;
use dicom_object::OpenFileOptions;

/// The longest header that is handed on.
const LONGEST: u64 = 4 << 20;

/// Attributes that dicom-rs sees and the own account did not are left over. Where dicom-rs refuses a file that the own
/// account has read to its last byte, that is no trouble.
pub(super) fn second(
    bytes: &mut Bytes<'_>,
    pixels_at: Option<u64>,
    own: &[u32],
    left: &mut Left,
) -> Result<(), Trouble> {
    let end = pixels_at.unwrap_or(bytes.len());
    if end > LONGEST {
        return Ok(());
    }
    let header = bytes.copy(0..end, LONGEST as usize)?;
    let seen = exif::quietly(|| {
        let object = OpenFileOptions::new().from_reader(header.as_slice()).ok()?;
        let tags = object.iter().map(|e| u32::from(e.header().tag.group()) << 16 | u32::from(e.header().tag.element()));
        Some(tags.collect::<Vec<u32>>())
    });
    for tag in seen.unwrap_or_default() {
        if !own.contains(&tag) {
            left.note("attribute that another reader sees", Place::attribute(super::name(tag), 0, 0));
        }
    }
    Ok(())
}
