//! Which part of the sources is a shard's own: `I/N` by a keyed digest of what makes two sources bear on each other.
//!
//! All that can change what becomes of a recording lies in one shard: copies of one content (also under another patient)
//! and objects of one SOP Instance UID (PS3.3 C.12.1), whose content may differ. Every shard walks all sources and cuts
//! its batches as one run over everything would, and works on its own part of each, so that it comes to the same.

mod note;

pub use note::{Note, NoteError};
pub(crate) use note::{begin, check, note_of};

use super::bench::{Bench, Job};
use super::disk;
use crate::cut::{FileSource, Source};
use crate::dicom;
use crate::recording::Format;
use crate::scan::{self, Met};
use std::fmt;
use std::io;
use std::path::Path;
use std::str::FromStr;

/// More shards than this are a mistake in writing.
pub const MOST: u32 = 4096;

/// How many bytes are looked at in each of three places. They need only tell most files apart: what they leave together
/// goes to one shard, which is never wrong.
const SAMPLE: u64 = 4096;

/// One of so many shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// Which one, from 1.
    pub fn index(self) -> u32 {
        self.index
    }

    /// Of how many.
    pub fn count(self) -> u32 {
        self.count
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// What was written is no shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a shard is written I/N, such as 2/4: I from 1 to N, N at most {MOST}")]
pub struct NotAShard;

impl FromStr for Shard {
    type Err = NotAShard;

    fn from_str(text: &str) -> Result<Self, NotAShard> {
        let number = |digits: &str| match digits.bytes().all(|b| b.is_ascii_digit()) {
            true => digits.parse::<u32>().map_err(|_| NotAShard),
            false => Err(NotAShard),
        };
        let (index, count) = text.split_once('/').ok_or(NotAShard)?;
        let (index, count) = (number(index)?, number(count)?);
        if (1..=MOST).contains(&count) && (1..=count).contains(&index) {
            Ok(Shard { index, count })
        } else {
            Err(NotAShard)
        }
    }
}

/// Why a run cannot be a shard, or a shard's place cannot be used by another run. Nothing was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShardError {
    /// Each release in the public domain has sub-keys of its own, drawn from where it lies.
    #[error("a release for publication or public media cannot be made in shards")]
    Public,
    /// The custody belongs to another shard, or to a shard of another release.
    #[error("this custody is that of another shard")]
    Taken,
    /// A run over everything into the release of a shard.
    #[error("this release is that of a shard")]
    Whole,
    /// The note of the shard cannot be read or written.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl ShardError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            ShardError::Public => "Its codes are its own and cannot be drawn elsewhere: make it in one run.",
            ShardError::Taken => {
                "Each shard needs a custody and a release of its own: make a folder with mode 0700, and copy \
                 `coding-secret` and `guardians.txt` of the custody into it."
            }
            ShardError::Whole => "Run it with the same --shard as before, or name another release and custody.",
            ShardError::Note(error) => error.advice(),
        }
    }
}

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
    bench.coder.shard(&field, shard.count) + 1 == shard.index
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
    fn a_shard_is_read_as_it_is_written_and_nothing_else_is() {
        let mut tried = 0;
        for text in ["1/1", "1/2", "2/2", "4096/4096"] {
            assert_eq!(text.parse::<Shard>().expect("a shard").to_string(), text);
            tried += 1;
        }
        for text in ["", "1", "0/2", "3/2", "1/0", "-1/2", "+1/2", "1/2/3", "1 / 2", "a/b", "1/4097", "1/99999999999"] {
            assert_eq!(text.parse::<Shard>(), Err(NotAShard), "{text}");
            tried += 1;
        }
        assert_eq!(tried, 16);
    }

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
