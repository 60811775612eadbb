//! Opens a source: small ones are read into memory once, large ones are read where they lie.

mod tree;

use super::buffer::Buffer;
use super::disk;
pub(crate) use super::relay::STEP;
use super::relay::relay;
use crate::cut::{FileSource, Source};
use blake3::Hasher;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

/// Up to this many bytes a source is read into memory, so that surgeon and witness need not go to the disk again.
pub(crate) const SMALL: u64 = 8 * 1024 * 1024;

/// An open source.
pub(crate) struct Loaded {
    held: Held,
    digest: [u8; 32],
}

enum Held {
    Small(Buffer),
    Large { file: File, source: FileSource, stamp: Stamp },
}

/// What changes when somebody writes into a file.
#[derive(PartialEq, Eq)]
struct Stamp {
    length: u64,
    changed: Option<SystemTime>,
}

impl Stamp {
    fn of(file: &File) -> io::Result<Self> {
        let meta = file.metadata()?;
        Ok(Self { length: meta.len(), changed: meta.modified().ok() })
    }
}

impl Loaded {
    /// Opens the file at `path`, digests it, and keeps a small one in memory.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = disk::open_source(path)?;
        let length = file.metadata()?.len();
        if length > SMALL {
            return Self::large(file);
        }
        let mut bytes = Buffer::with_room(length as usize);
        let mut digest = Hasher::new();
        while bytes.len() < length as usize {
            let at = bytes.len();
            // What is zeroed here lies in the processor's cache when it is read into.
            bytes.resize((at + STEP).min(length as usize), 0);
            file.read_exact(&mut bytes[at..])?;
            digest.update(&bytes[at..]);
        }
        // A file that has grown since is read where it lies.
        if file.read(&mut [0])? > 0 {
            return Self::large(file);
        }
        Ok(Self { held: Held::Small(bytes), digest: digest.finalize().into() })
    }

    fn large(file: File) -> io::Result<Self> {
        let stamp = Stamp::of(&file)?;
        let source = FileSource::new(file.try_clone()?)?;
        let digest = digest(&source)?;
        Ok(Self { held: Held::Large { file, source, stamp }, digest })
    }

    /// The positioned reader that surgeons and witness see.
    pub(crate) fn source(&self) -> &dyn Source {
        match &self.held {
            Held::Small(bytes) => &**bytes,
            Held::Large { source, .. } => source,
        }
    }

    /// The digest of the whole source (see [`digest`]).
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Whether a source that is read where it lies has the length and the time of change that it had when it was opened.
    pub(crate) fn is_as_it_was(&self) -> bool {
        match &self.held {
            Held::Small(_) => true,
            Held::Large { file, stamp, .. } => Stamp::of(file).is_ok_and(|now| now == *stamp),
        }
    }
}

/// The BLAKE3 digest of all bytes of a source: what makes two sources the same recording. It never leaves the machine
/// unkeyed; outputs are digested with SHA-256, which recipients can check.
pub(crate) fn digest(source: &dyn Source) -> io::Result<[u8; 32]> {
    if let Some(bytes) = source.as_slice() {
        return Ok(blake3::hash(bytes).into());
    }
    tree::digest(source)
}

/// Reads a source from its beginning to its end, a step at a time; of a long one the next step is read meanwhile.
pub(crate) fn each_step(source: &dyn Source, mut each: impl FnMut(&[u8]) + Send) -> io::Result<()> {
    if source.len() > SMALL {
        return relay(each, |feed| {
            let mut at = 0;
            while at < source.len() {
                let mut buffer = feed.buffer();
                let n = source.read_at(at, &mut buffer)?;
                if n == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                feed.give(buffer, n);
                at += n as u64;
            }
            Ok(())
        });
    }
    let mut buffer = Buffer::with_room(STEP);
    buffer.resize(STEP, 0);
    let mut at = 0;
    while at < source.len() {
        let n = source.read_at(at, &mut buffer)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        each(&buffer[..n]);
        at += n as u64;
    }
    Ok(())
}

/// A digest as 64 hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_and_a_small_one_have_the_digest_of_their_bytes() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut tried = 0;
        for length in [0, 1, SMALL as usize, SMALL as usize + 1, SMALL as usize + 19 * STEP + 3] {
            let path = dir.path().join("f");
            let bytes: Vec<u8> = (0..length as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            std::fs::write(&path, &bytes).expect("written");
            let loaded = Loaded::open(&path).expect("opened");
            assert_eq!(loaded.source().as_slice().is_some(), length as u64 <= SMALL);
            assert_eq!(loaded.digest(), *blake3::hash(&bytes).as_bytes());
            assert_eq!(digest(loaded.source()).expect("read"), loaded.digest());
            tried += 1;
        }
        assert_eq!(tried, 5);
        assert_eq!(hex(&[0, 255, 16]), "00ff10");
    }
}
