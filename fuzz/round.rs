//! One round over bytes of any kind: nothing panics, and what was cleaned is clean when it is cleaned again.
//!
//! The fuzz targets and `tests/regressions.rs` share it. A target is the name of a format, or `icc` and `exif` for bytes
//! that are put into a small JPEG, or `discover` for listing alone.

use scrubs::cut::Source;
use scrubs::finding::{Action, Code};
use scrubs::inspect::{self, Evidence};
use scrubs::recording::Format;
use scrubs::{scan, strip};
use std::ops::Range;

/// A JPEG of 16 by 16 pixels, drawn for this.
const JPEG: &[u8] = include_bytes!("base.jpg");

/// Runs one input through a target.
///
/// # Panics
/// When anything in scrubs panics, or when an output is not clean by its own surgeon.
pub(crate) fn check(target: &str, bytes: &[u8]) {
    match target {
        "icc" => clean(Format::Jpeg, &with_profile(bytes)),
        "exif" => clean(Format::Jpeg, &with_segments(0xE1, &[&[b"Exif\0\0", bytes].concat()])),
        "discover" => {
            let bytes = bytes.to_vec();
            if let Ok(format) = scan::sniff(&bytes) {
                list(format, &bytes);
            }
        }
        _ => clean(format(target, bytes), &bytes.to_vec()),
    }
}

/// The format that a target stands for; where two share a surgeon, the first bytes say which.
fn format(target: &str, bytes: &[u8]) -> Format {
    match target {
        "jpeg" => Format::Jpeg,
        "png" => Format::Png,
        "webp" => Format::WebP,
        "gif" => Format::Gif,
        "tiff" if matches!(bytes, [b'I', b'I', 43, ..] | [b'M', b'M', _, 43, ..]) => Format::BigTiff,
        "tiff" => Format::Tiff,
        "heif" if bytes.get(8..12).is_some_and(|brand| brand.starts_with(b"avi")) => Format::Avif,
        "heif" => Format::Heif,
        "jxl" if bytes.starts_with(&[0xFF, 0x0A]) => Format::JpegXlCodestream,
        "jxl" => Format::JpegXl,
        "jp2" if bytes.starts_with(&[0xFF, 0x4F]) => Format::J2k,
        "jp2" => Format::Jp2,
        "bmp" => Format::Bmp,
        "avi" => Format::Avi,
        "wav" => Format::Wav,
        "aiff" => Format::Aiff,
        "mp3" => Format::Mp3,
        "flac" => Format::Flac,
        "ogg" => Format::Ogg,
        "matroska" => Format::Matroska,
        "bmff" if bytes.get(8..12) == Some(b"qt  ") => Format::Mov,
        "bmff" => Format::Mp4,
        other => panic!("there is no target {other}"),
    }
}

/// Lists what is in a file; it may well be refused.
fn list(format: Format, bytes: &dyn Source) {
    if inspect::supports(format) {
        let _ = inspect::inspect(bytes, format);
        let _ = inspect::year(bytes, format);
    }
}

/// Lists, plans, cleans, asks the witness, and cleans again; a witness who clears an output clears it ever after.
fn clean(format: Format, original: &dyn Source) {
    list(format, original);
    let Some(first) = cleaned(format, original) else { return };
    let output = &first.output;
    list(format, output);
    let cleared = inspect::witness(&Evidence { format, original, output, dropped: &first.dropped }).is_ok();
    let Some(second) = cleaned(format, output) else { panic!("what was cleaned is refused") };
    assert!(second.output == *output, "what was cleaned is not clean");
    assert!(second.removed.is_empty(), "something is said to go from what was cleaned: {:?}", second.removed);
    if cleared {
        let again = Evidence { format, original: output, output, dropped: &second.dropped };
        assert!(inspect::witness(&again).is_ok(), "what was cleared is not cleared again");
    }
}

/// What a plan makes of its source.
struct Cleaned {
    output: Vec<u8>,
    dropped: Vec<Range<u64>>,
    /// The kinds of what goes or is replaced.
    removed: Vec<Code>,
}

/// The output of a plan; none where the surgeon refuses. A plan that is not comprehensive is a fault.
fn cleaned(format: Format, source: &dyn Source) -> Option<Cleaned> {
    let plan = strip::plan(format, source, &strip::Options::default()).ok()?;
    let length = source.len();
    let plan = plan.comprehensive(length).expect("a plan accounts for its source");
    let mut output = Vec::new();
    plan.plan().cut.write_to(source, &mut output).expect("bytes in memory can be read and written");
    let goes = plan.plan().findings.iter().filter(|finding| matches!(finding.action, Action::Remove | Action::Replace));
    Some(Cleaned { output, removed: goes.map(|finding| finding.code).collect(), dropped: plan.dropped(length) })
}

/// The JPEG with bytes as its profile, cut as ICC.1 annex B.4 asks.
fn with_profile(profile: &[u8]) -> Vec<u8> {
    let pieces: Vec<&[u8]> = profile.chunks(65_519).take(255).collect();
    let count = pieces.len() as u8;
    let segments: Vec<Vec<u8>> = pieces
        .iter()
        .zip(1_u8..)
        .map(|(piece, number)| [&b"ICC_PROFILE\0"[..], &[number, count], piece].concat())
        .collect();
    with_segments(0xE2, &segments.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// The JPEG with segments behind its first marker, each cut to what one holds.
fn with_segments(marker: u8, segments: &[&[u8]]) -> Vec<u8> {
    let mut jpeg = JPEG[..2].to_vec();
    for segment in segments {
        let segment = &segment[..segment.len().min(65_533)];
        jpeg.extend_from_slice(&[0xFF, marker]);
        jpeg.extend_from_slice(&(segment.len() as u16 + 2).to_be_bytes());
        jpeg.extend_from_slice(segment);
    }
    jpeg.extend_from_slice(&JPEG[2..]);
    jpeg
}
