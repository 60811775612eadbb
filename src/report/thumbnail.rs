//! Small pictures of cleaned recordings, for the page: of what lies in the reader's own place, and never of a source.
//!
//! What a release's reader sees is decoded from the release, what the guardian sees from what is held in custody: both as
//! they were written, after everything that was to be covered was covered. A picture that cannot be decoded has none.

mod shrink;

use super::Told;
use crate::cut::FileSource;
use crate::decode::Decoders;
use crate::dicom;
use crate::pixels::Picture;
use crate::recording::{Family, Format, Outcome};
use crate::strip;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use rayon::ThreadPoolBuilder;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::fs::{self, File};
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Component, Path, PathBuf};

/// Decoders of JPEG XL and JPEG 2000 take many times the memory of the picture: larger files, in bytes, have no small picture.
const LARGEST_HEAVY: u64 = 64 << 10;

/// Programs of this machine take a second or more for each picture: so many of a page, and files up to so many bytes.
const MOST_BY_OTHERS: usize = 48;
const LARGEST_BY_OTHERS: u64 = 64 << 20;

/// The longest side of a small picture, in pixels.
pub(super) const SIDE: u32 = 160;
/// JPEG quality: enough to tell recordings apart.
const QUALITY: u8 = 72;

/// Whether the page shows small pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thumbnails {
    /// It shows none.
    Without,
    /// It shows one of each recording that it lists and that lies in its reader's place.
    With {
        /// How many recordings are decoded at once: what bounds the memory.
        at_once: usize,
    },
}

/// A small picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thumbnail {
    /// The picture as a `data:` address.
    pub(super) address: String,
    /// Width in pixels.
    pub(super) width: u32,
    /// Height in pixels.
    pub(super) height: u32,
}

/// The small pictures of recordings, in their order: of those with this outcome that lie under `root`.
pub(super) fn make(
    root: &Path,
    outcome: Outcome,
    listed: &[Told],
    (with, decoders): (Thumbnails, &Decoders),
) -> Vec<Option<Thumbnail>> {
    let Thumbnails::With { at_once } = with else { return vec![None; listed.len()] };
    let by_others = by_others(outcome, listed, decoders);
    let one = |(told, other): (&Told, &bool)| {
        let decoders = Some(decoders).filter(|_| *other);
        let entry = &told.entry;
        let path =
            entry.path.as_deref().filter(|_| entry.outcome == outcome && entry.format.family() != Family::Sound)?;
        // Decoders are other people's: one that panics has no picture, and the report is written all the same.
        catch_unwind(AssertUnwindSafe(|| thumbnail(&place(root, path)?, entry.format, entry.bytes_out, decoders)))
            .ok()
            .flatten()
    };
    match ThreadPoolBuilder::new().num_threads(at_once.max(1)).build() {
        Ok(pool) => pool.install(|| listed.par_iter().zip(&by_others).map(one).collect()),
        Err(_) => listed.iter().zip(&by_others).map(one).collect(),
    }
}

/// Where a recording lies: below the root, by ordinary names, and through no link.
fn place(root: &Path, path: &str) -> Option<PathBuf> {
    let mut place = root.to_path_buf();
    for part in Path::new(path).components() {
        let Component::Normal(name) = part else { return None };
        place.push(name);
        if fs::symlink_metadata(&place).ok()?.is_symlink() {
            return None;
        }
    }
    fs::metadata(&place).ok()?.is_file().then_some(place)
}

/// The small picture of a file, which must have the length that the ledger knows: another release of the same custody may
/// hold the recording in the same place.
fn thumbnail(path: &Path, format: Format, length: u64, decoders: Option<&Decoders>) -> Option<Thumbnail> {
    let source = FileSource::new(File::open(path).ok()?).ok()?;
    if crate::cut::Source::len(&source) != length {
        return None;
    }
    let heavy = matches!(format, Format::JpegXl | Format::JpegXlCodestream | Format::Jp2 | Format::J2k);
    if heavy && length > LARGEST_HEAVY {
        return None;
    }
    let picture = decode(format, &source, decoders)?;
    let small = shrink::shrink(&picture, SIDE).turned(orientation(format, path));
    drop(picture);
    let colour = if small.channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    encoder.encode(&small.samples, small.width, small.height, colour).ok()?;
    let address = format!("data:image/jpeg;base64,{}", STANDARD.encode(&jpeg));
    Some(Thumbnail { address, width: small.width, height: small.height })
}

/// Which recordings a program of this machine makes a small picture of: the first of those that are not too large.
fn by_others(outcome: Outcome, listed: &[Told], decoders: &Decoders) -> Vec<bool> {
    let mut left = MOST_BY_OTHERS;
    let each = listed.iter().map(|told| {
        let entry = &told.entry;
        let concerns = entry.outcome == outcome && decoders.can_decode(entry.format);
        let wanted = concerns && left > 0 && entry.bytes_out <= LARGEST_BY_OTHERS;
        left -= usize::from(wanted);
        wanted
    });
    each.collect()
}

/// The first frame.
fn decode(format: Format, source: &FileSource, decoders: Option<&Decoders>) -> Option<Picture> {
    if let Some(film) = strip::film(format, source)
        && let Ok(mut film) = film
        && let Ok(picture) = film.frames.frame(0)
    {
        return Some(picture);
    }
    if let Some(shown) = decoders.and_then(|decoders| decoders.first(format, source)) {
        return shown.ok()?.frames.frame(0).ok();
    }
    let mut frames = match format.family() {
        Family::Dicom => dicom::frames(source).ok()?,
        _ => strip::frames(format, source).ok()?,
    };
    if frames.count() == 0 { None } else { frames.frame(0).ok() }
}

/// How a viewer turns the picture (Exif 2.32, tag Orientation); 1, as it is, where the file does not say.
fn orientation(format: Format, path: &Path) -> u32 {
    if !matches!(format, Format::Jpeg | Format::Png | Format::WebP) {
        return 1;
    }
    let Ok(file) = File::open(path) else { return 1 };
    let stated = exif::Reader::new().read_from_container(&mut BufReader::new(file)).ok();
    let field = stated.as_ref().and_then(|exif| exif.get_field(exif::Tag::Orientation, exif::In::PRIMARY));
    field.and_then(|field| field.value.get_uint(0)).filter(|turn| (1..=8).contains(turn)).unwrap_or(1)
}
