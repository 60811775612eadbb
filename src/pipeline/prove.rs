//! Carries out a comprehensive plan: the witness reads the output before it is written, and what lies on the disk
//! afterwards is read back, compared and digested.

use super::buffer::Buffer;
use super::disk;
use super::load::{Loaded, SMALL, STEP};
use super::shelf::Shelf;
use crate::cut::{CutSource, FileSource, Piece, Source};
use crate::inspect::{self, Evidence, Trouble};
use crate::plan::Comprehensive;
use crate::recording::Deidentification;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

/// An output that the witness has cleared: the only thing that is ever written.
pub(crate) struct Proved<'a> {
    plan: &'a Comprehensive,
    loaded: &'a Loaded,
    /// The whole output, where it is small.
    bytes: Option<Buffer>,
}

/// Shows the output of `plan` to the witness.
pub(crate) fn prove<'a>(
    plan: &'a Comprehensive,
    loaded: &'a Loaded,
    deidentification: &Deidentification,
) -> Result<Proved<'a>, Trouble> {
    let (cut, source) = (&plan.plan().cut, loaded.source());
    let dropped = plan.dropped(source.len());
    let bytes = match cut.len() {
        0..=SMALL => {
            let mut bytes = Buffer::with_room(cut.len() as usize);
            cut.write_to(source, &mut *bytes)?;
            Some(bytes)
        }
        _ => None,
    };
    let streamed = CutSource::new(cut, source);
    let output: &dyn Source = bytes.as_ref().map_or(&streamed, |bytes| &**bytes);
    let evidence = Evidence { format: plan.plan().format, original: source, output, dropped: &dropped };
    inspect::witness_object(&evidence, deidentification)?;
    Ok(Proved { plan, loaded, bytes })
}

/// A finished file under its temporary name.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) temporary: PathBuf,
    pub(crate) sha256: [u8; 32],
    pub(crate) length: u64,
}

/// Why an output could not be written: the source is at fault, or the place it was to go to.
pub(crate) enum WriteFault {
    Source(io::Error),
    Target(io::Error),
}

impl Proved<'_> {
    /// Writes the output under a temporary name and reads it back.
    pub(crate) fn write(&self, shelf: &Shelf, number: u64) -> Result<Written, WriteFault> {
        let (temporary, mut file) = shelf.begin(number, "recording").map_err(WriteFault::Target)?;
        self.put(&mut file)?;
        let back = FileSource::new(file).map_err(WriteFault::Target)?;
        let sha256 = match &self.bytes {
            Some(bytes) => compare(&back, &**bytes)?,
            None => compare(&back, &CutSource::new(&self.plan.plan().cut, self.loaded.source()))?,
        };
        Ok(Written { temporary, sha256, length: back.len() })
    }

    fn put(&self, file: &mut File) -> Result<(), WriteFault> {
        let mut done = 0;
        for piece in self.plan.plan().cut.pieces() {
            let kept = match piece {
                Piece::Keep { range, .. } => self.copy(range.start, range.end - range.start, file)?,
                _ => false,
            };
            if !kept {
                self.put_piece(piece, done, file)?;
            }
            done += piece.len();
        }
        Ok(())
    }

    /// Lets the kernel copy a kept range; false where it cannot.
    fn copy(&self, at: u64, length: u64, file: &File) -> Result<bool, WriteFault> {
        let from = self.loaded.file();
        disk::copy_range(from, at, file, length).map_err(|error| {
            // The kernel does not say which of the two files is at fault: a source that has shrunk or gone shows it again.
            let shrunk = from.metadata().map_or(true, |now| now.len() < at + length);
            if shrunk || error.kind() == io::ErrorKind::UnexpectedEof {
                WriteFault::Source(error)
            } else {
                WriteFault::Target(error)
            }
        })
    }

    /// Writes a piece that begins at `at` of the output from memory.
    fn put_piece(&self, piece: &Piece, at: u64, file: &mut File) -> Result<(), WriteFault> {
        if let Some(bytes) = &self.bytes {
            let (start, end) = (at as usize, (at + piece.len()) as usize);
            return file.write_all(bytes.get(start..end).unwrap_or_default()).map_err(WriteFault::Target);
        }
        let output = CutSource::new(&self.plan.plan().cut, self.loaded.source());
        let mut buffer = Buffer::with_room(STEP);
        buffer.resize(STEP, 0);
        let (mut at, end) = (at, at + piece.len());
        while at < end {
            let n = (end - at).min(STEP as u64) as usize;
            output.read_exact_at(at, &mut buffer[..n]).map_err(WriteFault::Source)?;
            file.write_all(&buffer[..n]).map_err(WriteFault::Target)?;
            at += n as u64;
        }
        Ok(())
    }
}

/// Compares what lies on the disk with what the witness saw, and digests it.
///
/// A difference means that the source has changed since the witness read it: the kernel copied other bytes.
fn compare(back: &dyn Source, expected: &dyn Source) -> Result<[u8; 32], WriteFault> {
    let changed = || WriteFault::Source(io::Error::other("the file changed while it was read"));
    if back.len() != expected.len() {
        return Err(changed());
    }
    let mut digest = Sha256::new();
    let (mut there, mut here) = (Buffer::with_room(STEP), Vec::new());
    there.resize(back.len().min(STEP as u64) as usize, 0);
    let mut at = 0;
    while at < back.len() {
        let n = (back.len() - at).min(STEP as u64) as usize;
        back.read_exact_at(at, &mut there[..n]).map_err(WriteFault::Target)?;
        let same = match expected.as_slice() {
            Some(bytes) => bytes.get(at as usize..at as usize + n) == Some(&there[..n]),
            None => {
                here.resize(STEP, 0);
                expected.read_exact_at(at, &mut here[..n]).map_err(WriteFault::Source)?;
                here[..n] == there[..n]
            }
        };
        if !same {
            return Err(changed());
        }
        digest.update(&there[..n]);
        at += n as u64;
    }
    Ok(digest.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Format;
    use crate::strip;
    use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};

    #[test]
    fn a_source_that_shrinks_while_it_is_read_is_its_own_fault_and_not_the_releases() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("source");
        let mut bytes = Vec::new();
        let picture = JpegEncoder::new_with_quality(&mut bytes, 80);
        picture.write_image(&[90; 32 * 32], 32, 32, ExtendedColorType::L8).expect("encoded");
        let shelf = Shelf::open(&dir.path().join("release")).expect("opened");
        let mut tried = 0;
        for left in [0, bytes.len() as u64 / 2, bytes.len() as u64 - 1] {
            std::fs::write(&path, &bytes).expect("written");
            let loaded = Loaded::open(&path).expect("opened");
            let plan = strip::plan(Format::Jpeg, loaded.source(), &strip::Options::default()).expect("a plan");
            let plan = plan.comprehensive(bytes.len() as u64).expect("comprehensive");
            let proved = prove(&plan, &loaded, &Deidentification::default()).map_err(|_| ()).expect("proved");
            File::options().write(true).open(&path).and_then(|f| f.set_len(left)).expect("shrunk");
            assert!(matches!(proved.write(&shelf, left), Err(WriteFault::Source(_))), "{left}");
            tried += 1;
        }
        assert_eq!(tried, 3);
    }
}
