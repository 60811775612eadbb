//! Carries out a comprehensive plan: the witness reads the output before it is written, and what lies on the disk
//! afterwards is read back, compared and digested.

mod follow;

use super::buffer::Buffer;
use super::load::{Loaded, SMALL};
use super::relay::STEP;
use super::shelf::Shelf;
use super::{disk, look};
use crate::cut::{Cut, CutSource, FileSource, Piece, Source};
use crate::inspect::{self, Evidence, Redacted, Trouble};
use crate::plan::Comprehensive;
use crate::recording::Deidentification;
use follow::follow;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::PathBuf;

/// Kept stretches shorter than this many bytes are not worth a call of the kernel's of their own.
const SHORT: u64 = 4096;
/// How much of a longer one the kernel copies at a time: it still lies in the processor's cache when it is read back.
const PORTION: u64 = 2 << 20;

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
    let bytes = in_memory(cut, source)?;
    let streamed = CutSource::new(cut, source);
    let output: &dyn Source = bytes.as_ref().map_or(&streamed, |bytes| &**bytes);
    let evidence = Evidence { format: plan.plan().format, original: source, output, dropped: &dropped };
    inspect::witness_object(&evidence, deidentification)?;
    Ok(Proved { plan, loaded, bytes })
}

/// Shows the witness what covering made of an output that it has cleared: that the fill is whole, that nothing else has
/// changed, and that every byte is still picture or a listed part.
pub(crate) fn prove_redacted<'a>(
    redacted: &'a look::Redacted,
    cleaned: &Proved<'a>,
    deidentification: &Deidentification,
) -> Result<Proved<'a>, Trouble> {
    let plan = &redacted.plan;
    let (cut, loaded) = (&plan.plan().cut, cleaned.loaded);
    let bytes = in_memory(cut, loaded.source())?;
    let streamed = CutSource::new(cut, loaded.source());
    let output: &dyn Source = bytes.as_ref().map_or(&streamed, |bytes| &**bytes);
    cleaned.shown(|cleaned| as_asked(redacted, cleaned, output))?;
    inspect::reread(output, plan.plan().format, deidentification)?;
    Ok(Proved { plan, loaded, bytes })
}

/// An output that lies in its place, as it was proved and written: `plan` keeps all of it, and its digest was compared.
pub(crate) fn written<'a>(plan: &'a Comprehensive, loaded: &'a Loaded) -> io::Result<Proved<'a>> {
    Ok(Proved { plan, loaded, bytes: in_memory(&plan.plan().cut, loaded.source())? })
}

/// Shows the witness what covering made of an output of which nobody knows here how the run was told to clean it: where the
/// output as it was passes the strictest reading, what was made of it must too.
pub(crate) fn prove_covered<'a>(redacted: &'a look::Redacted, written: &Proved<'a>) -> Result<Proved<'a>, Trouble> {
    let plan = &redacted.plan;
    let format = plan.plan().format;
    let strictest = Deidentification::default();
    if written.shown(|before| inspect::reread(before, format, &strictest)).is_ok() {
        return prove_redacted(redacted, written, &strictest);
    }
    let bytes = in_memory(&plan.plan().cut, written.loaded.source())?;
    let proved = Proved { plan, loaded: written.loaded, bytes };
    written.shown(|cleaned| proved.shown(|output| as_asked(redacted, cleaned, output)))?;
    Ok(proved)
}

/// Shows the witness a redaction together with what was to be covered, which the surgeon has no say in.
fn as_asked(redacted: &look::Redacted, cleaned: &dyn Source, output: &dyn Source) -> Result<u64, Trouble> {
    let look::Redacted { plan, asked, covered, claims, .. } = redacted;
    inspect::redacted_as_asked(&Redacted { format: plan.plan().format, cleaned, output, covered }, asked, *claims)
}

/// The whole output of a cut, where it is small.
fn in_memory(cut: &Cut, source: &dyn Source) -> io::Result<Option<Buffer>> {
    if cut.len() > SMALL {
        return Ok(None);
    }
    let mut bytes = Buffer::with_room(cut.len() as usize);
    cut.write_to(source, &mut *bytes)?;
    Ok(Some(bytes))
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
    /// Shows the output to somebody.
    pub(crate) fn shown<T>(&self, show: impl FnOnce(&dyn Source) -> T) -> T {
        match &self.bytes {
            Some(bytes) => show(&**bytes),
            None => show(&CutSource::new(&self.plan.plan().cut, self.loaded.source())),
        }
    }

    /// Writes the output under a temporary name and reads it back.
    pub(crate) fn write(&self, shelf: &Shelf, number: u64) -> Result<Written, WriteFault> {
        let (temporary, mut file) = shelf.begin(number, "recording").map_err(WriteFault::Target)?;
        let (sha256, length) = match &self.bytes {
            Some(bytes) => {
                self.put(&mut file, |_| Ok(()))?;
                let back = FileSource::new(file).map_err(WriteFault::Target)?;
                (compare(&back, bytes)?, back.len())
            }
            None => {
                let output = CutSource::new(&self.plan.plan().cut, self.loaded.source());
                let back = disk::open_source(&temporary).map_err(WriteFault::Target)?;
                (follow(&mut file, &back, &output, |file, written| self.put(file, written))?, output.len())
            }
        };
        Ok(Written { temporary, sha256, length })
    }

    /// Writes the output: long kept stretches are copied by the kernel, all between them goes through memory at once.
    /// `written` hears again and again how many bytes have been written, and of the last one too.
    fn put(&self, file: &mut File, mut written: impl FnMut(u64) -> Result<(), WriteFault>) -> Result<(), WriteFault> {
        let (mut done, mut waiting, mut copies) = (0, 0, true);
        for stretch in stretches(self.plan.plan().cut.pieces()) {
            let end = done + stretch.length;
            let from = stretch.from.filter(|_| copies && stretch.length >= SHORT);
            if let Some(from) = from {
                self.put_range(waiting..done, file, &mut written)?;
                waiting = done;
                while copies && waiting < end {
                    let portion = PORTION.min(end - waiting);
                    copies = self.copy(from + (waiting - done), portion, file)?;
                    if copies {
                        waiting += portion;
                        written(waiting)?;
                    }
                }
            }
            done = end;
        }
        self.put_range(waiting..done, file, &mut written)
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

    /// Writes a range of the output from memory.
    fn put_range(
        &self,
        range: Range<u64>,
        file: &mut File,
        written: &mut impl FnMut(u64) -> Result<(), WriteFault>,
    ) -> Result<(), WriteFault> {
        if let Some(bytes) = &self.bytes {
            let bytes = bytes.get(range.start as usize..range.end as usize).unwrap_or_default();
            return file.write_all(bytes).map_err(WriteFault::Target);
        }
        if range.is_empty() {
            return Ok(());
        }
        let output = CutSource::new(&self.plan.plan().cut, self.loaded.source());
        let mut buffer = Buffer::with_room(STEP);
        buffer.resize(STEP, 0);
        let mut at = range.start;
        while at < range.end {
            let n = (range.end - at).min(STEP as u64) as usize;
            output.read_exact_at(at, &mut buffer[..n]).map_err(WriteFault::Source)?;
            file.write_all(&buffer[..n]).map_err(WriteFault::Target)?;
            at += n as u64;
            written(at)?;
        }
        Ok(())
    }
}

/// Pieces that follow one another in the output and, where they are kept, in the source too.
struct Stretch {
    from: Option<u64>,
    length: u64,
}

/// A cut as the kernel sees it: reasons do not matter to it, and a call for every segment of a picture costs more than
/// the bytes do.
fn stretches(pieces: &[Piece]) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for piece in pieces {
        let from = match piece {
            Piece::Keep { range, .. } => Some(range.start),
            _ => None,
        };
        match stretches.last_mut() {
            Some(last) if last.from.map(|at| at + last.length) == from => last.length += piece.len(),
            _ => stretches.push(Stretch { from, length: piece.len() }),
        }
    }
    stretches
}

/// Compares what lies on the disk with what the witness saw, and digests it; a long output is read back by [`follow`].
///
/// A difference means that the source has changed since the witness read it: the kernel copied other bytes.
fn compare(back: &dyn Source, expected: &[u8]) -> Result<[u8; 32], WriteFault> {
    if back.len() != expected.len() as u64 {
        return Err(changed());
    }
    let mut digest = Sha256::new();
    let mut there = Buffer::with_room(STEP);
    there.resize(expected.len().min(STEP), 0);
    for (here, at) in expected.chunks(STEP).zip((0..).step_by(STEP)) {
        let there = &mut there[..here.len()];
        back.read_exact_at(at, there).map_err(WriteFault::Target)?;
        if here != there {
            return Err(changed());
        }
        digest.update(there);
    }
    Ok(digest.finalize().into())
}

/// The source is not what it was.
fn changed() -> WriteFault {
    WriteFault::Source(io::Error::other("the file changed while it was read"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::recording::Format;
    use crate::strip;
    use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};

    #[test]
    fn a_source_that_shrinks_while_it_is_read_is_its_own_fault_and_not_the_releases() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("source");
        let mut bytes = Vec::new();
        let picture = JpegEncoder::new_with_quality(&mut bytes, 100);
        let noise: Vec<u8> = (0..128 * 128_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        picture.write_image(&noise, 128, 128, ExtendedColorType::L8).expect("encoded");
        assert!(bytes.len() as u64 > 2 * SHORT, "long enough for the kernel to copy");
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

    #[test]
    fn pieces_that_follow_one_another_are_one_stretch_whatever_they_are_kept_for() {
        let mut cut = Cut::new();
        cut.keep(0..2, "start");
        cut.write(b"new".to_vec(), "block");
        cut.blank(4, "blanked");
        cut.keep(9..20, "tables");
        cut.keep(20..30, "samples");
        cut.keep(40..50, "samples");
        let seen: Vec<_> = stretches(cut.pieces()).iter().map(|s| (s.from, s.length)).collect();
        assert_eq!(seen, [(Some(0), 2), (None, 7), (Some(9), 21), (Some(40), 10)]);
    }

    #[test]
    fn an_output_is_written_alike_with_short_and_long_stretches_small_and_large() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("source");
        let shelf = Shelf::open(&dir.path().join("release")).expect("opened");
        let mut tried = 0;
        for (number, large) in [(0, false), (1, true)] {
            let length = if large { SMALL + 100_000 } else { 100_000 };
            let bytes: Vec<u8> = (0..length as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            std::fs::write(&path, &bytes).expect("written");
            let loaded = Loaded::open(&path).expect("opened");
            let mut cut = Cut::new();
            for at in [0, 20_000, 40_000, 60_000] {
                cut.keep(at..at + 7, "short");
                cut.keep(at + 7..at + 20, "short too");
                cut.write(vec![1; 300], "new");
                cut.keep(at + 2_000..at + 15_000, "long");
                cut.blank(9, "blank");
            }
            cut.keep(75_000..length, "the rest");
            let mut expected = Vec::new();
            cut.write_to(loaded.source(), &mut expected).expect("in memory");
            let bytes = (!large).then(|| {
                let mut bytes = Buffer::with_room(expected.len());
                bytes.extend_from_slice(&expected);
                bytes
            });
            let (findings, method) = (Vec::new(), Vec::new());
            let plan = Plan { format: Format::Jpeg, width: None, height: None, cut, findings, method };
            let plan = plan.comprehensive(length).expect("comprehensive");
            let proved = Proved { plan: &plan, loaded: &loaded, bytes };
            let written = proved.write(&shelf, number).map_err(|_| ()).expect("written");
            assert!(std::fs::read(&written.temporary).expect("there") == expected);
            assert_eq!(written.sha256, <[u8; 32]>::from(Sha256::digest(&expected)));
            tried += 1;
        }
        assert_eq!(tried, 2);
    }
}
