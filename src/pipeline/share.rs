//! Which part of the sources is a shard's own: `I/N` by a keyed digest of what makes two sources bear on each other.
//!
//! All that can change what becomes of a recording lies in one shard: copies of one content (also under another patient)
//! and objects of one SOP Instance UID (PS3.3 C.12.1), whose content may differ. Every shard walks all sources and cuts
//! its batches as one run over everything would, and works on its own part of each, so that it comes to the same.

use super::bench::{Bench, Job};
use super::disk;
use crate::cut::{FileSource, Source};
use crate::dicom;
use crate::recording::Format;
use crate::scan::{self, Met};
use std::io;
use std::path::Path;

/// How many bytes are looked at in each of three places. They need only tell most files apart: what they leave together
/// goes to one shard, which is never wrong.
const SAMPLE: u64 = 4096;

/// Whether a source is for this run: always, where it is no shard.
pub(super) fn is_ours(bench: &Bench<'_>, job: &Job) -> bool {
    let Some(shard) = bench.order.shard else { return true };
    let of_content = || match job.found.met {
        Met::File { length, .. } if length > 0 => of_file(&job.found.path).ok(),
        _ => None,
    };
    // A parser that fails on a file fails on it in every shard.
    let field = std::panic::catch_unwind(std::panic::AssertUnwindSafe(of_content)).unwrap_or_default();
    let field = field.unwrap_or_else(|| of_place(&job.found.relative));
    bench.coder.shard(&field, shard.count()) + 1 == shard.index()
}

/// What cannot be read goes by its place below the source.
fn of_place(relative: &Path) -> Vec<u8> {
    [b"place\0", relative.as_os_str().as_encoded_bytes()].concat()
}

/// An object goes by its SOP Instance UID; everything else by its length and three samples of its bytes.
fn of_file(path: &Path) -> io::Result<Vec<u8>> {
    let source = FileSource::new(disk::open_source(path)?)?;
    let format = scan::sniff(&source)?;
    if matches!(format, Format::Dicom | Format::DicomDir)
        && let Ok(object) = dicom::read(&source)
        && let Some(uid) = object.identity().sop_instance_uid
    {
        return Ok([b"uid\0", uid.reveal()].concat());
    }
    sampled(&source)
}

fn sampled(source: &dyn Source) -> io::Result<Vec<u8>> {
    let length = source.len();
    let mut digest = blake3::Hasher::new();
    for start in [0, length / 2, length.saturating_sub(SAMPLE)] {
        let end = start.saturating_add(SAMPLE).min(length);
        digest.update(&source.read_range(start..end, SAMPLE)?);
    }
    Ok([b"content\0", &length.to_be_bytes()[..], digest.finalize().as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bytes_go_to_one_shard_wherever_they_lie_and_other_bytes_need_not() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let field = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            of_file(&path).expect("read")
        };
        let long = vec![7u8; 100_000];
        let mut middle = long.clone();
        middle[50_001] = 8;
        assert_eq!(field("a", &long), field("b", &long));
        assert_ne!(field("a", &long), field("c", &middle));
        assert_ne!(field("a", &long), field("d", &long[..99_999]));
        assert_eq!(field("e", b"x"), field("f", b"x"));
        assert!(of_file(&dir.path().join("none")).is_err());
    }
}
