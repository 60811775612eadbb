//! What the bytes behind a picture are, as far as their first and last bytes tell.

use super::bytes::Bytes;
use super::{Discovery, Trouble};
use crate::finding::{Action, Code, Finding};
use crate::place::Place;
use std::ops::Range;

/// How far into a trailer its kind is looked for.
const LOOKED_AT: u64 = 64 * 1024;

/// What a trailer that begins so is, and its code.
const BEGINS: &[(&[u8], Code, &str)] = &[
    (b"\xff\xd8\xff", Code::MultiPicture, "second picture"),
    (b"\x89PNG\r\n\x1a\n", Code::MultiPicture, "second picture"),
    (b"PK\x03\x04", Code::Trailer, "ZIP archive"),
    (b"%PDF", Code::Trailer, "PDF document"),
    (b"RIFF", Code::Trailer, "video or sound"),
    (b"<?xpacket", Code::Xmp, "XMP block"),
    (b"<x:xmpmeta", Code::Xmp, "XMP block"),
    (b"Exif\0\0", Code::Trailer, "Exif block"),
    (b"CANON OPTIONAL DATA\0", Code::Trailer, "camera maker's data"),
];

/// What a trailer is that has these bytes within it.
const CONTAINS: &[(&[u8], Code, &str)] = &[
    (b"ftyp", Code::Trailer, "video"),
    (b"MotionPhoto_Data", Code::Trailer, "video"),
    (b"SEFT", Code::Trailer, "camera maker's data"),
    (b"SEFH", Code::Trailer, "camera maker's data"),
    (b"AXS!", Code::Trailer, "camera maker's data"),
    (b"<x:xmpmeta", Code::Xmp, "XMP block"),
];

/// A finding for all bytes after the end of the picture.
pub(super) fn discover(bytes: &mut Bytes<'_>, range: Range<u64>, out: &mut Discovery) -> Result<(), Trouble> {
    let length = range.end - range.start;
    let head = bytes.copy(range.start..range.end, LOOKED_AT as usize)?;
    let tail = bytes.copy(range.end.saturating_sub(LOOKED_AT).max(range.start)..range.end, LOOKED_AT as usize)?;
    let begins = BEGINS.iter().find(|(start, ..)| head.starts_with(start));
    let within = |needle: &[u8]| [&head, &tail].iter().any(|part| memchr::memmem::find(part, needle).is_some());
    let kind = begins.or_else(|| CONTAINS.iter().find(|(needle, ..)| within(needle)));
    let blank = head.iter().chain(&tail).all(|b| *b == 0);
    let (code, what) = match kind {
        Some((_, code, what)) => (*code, *what),
        None if blank => (Code::Trailer, "padding"),
        None => (Code::Trailer, "data"),
    };
    let label = format!("{what} of {} behind the picture", size(length));
    out.push(Finding::new(code, Place::bytes("trailer", range.start, length), Action::Remove).labelled(label));
    Ok(())
}

/// A number of bytes as people write it.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=999_499 => format!("{} KB", (bytes + 500) / 1000),
        _ => format!("{}.{} MB", (bytes + 50_000) / 1_000_000, (bytes + 50_000) / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailer_is_named_for_what_it_is() {
        let of = |data: &[u8]| {
            let mut out = Discovery::default();
            discover(&mut Bytes::over(data), 0..data.len() as u64, &mut out).unwrap();
            (out.findings[0].code, out.findings[0].label.clone())
        };
        let mut film = vec![0, 0, 0, 24];
        film.extend(b"ftypmp42");
        film.resize(2_100_000, 7);
        assert_eq!(of(&film), (Code::Trailer, "video of 2.1 MB behind the picture".to_owned()));
        assert_eq!(of(b"\xff\xd8\xff\xe1").0, Code::MultiPicture);
        assert_eq!(of(&[0; 12_000]).1, "padding of 12 KB behind the picture");
        assert_eq!(of(b"note").1, "data of 4 bytes behind the picture");
    }
}
