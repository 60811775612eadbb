//! Carries out a comprehensive plan: the witness reads the output before it is written, and what lies on the disk
//! afterwards is read back, compared and digested.

mod through;

use super::buffer::Buffer;
use super::load::{Loaded, SMALL};
use super::relay::STEP;
use super::shelf::Shelf;
use super::{disk, look};
use crate::cut::{Cut, CutSource, FileSource, Source};
use crate::inspect::{self, Evidence, Redacted, Trouble};
use crate::plan::Comprehensive;
use crate::recording::Deidentification;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use through::write_through;

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
                put(&mut file, bytes).map_err(WriteFault::Target)?;
                let back = FileSource::new(file).map_err(WriteFault::Target)?;
                (compare(&back, bytes)?, back.len())
            }
            None => {
                let output = CutSource::new(&self.plan.plan().cut, self.loaded.source());
                let back = disk::open_source(&temporary).map_err(WriteFault::Target)?;
                let sha256 = write_through(&mut file, &back, &output)?;
                // What the witness read was read before: a long source must not have changed since.
                if !self.loaded.is_as_it_was() {
                    return Err(changed());
                }
                (sha256, output.len())
            }
        };
        Ok(Written { temporary, sha256, length })
    }
}

/// Bytes of one call. Linux holds what one call writes in pieces of memory as long as the call where it can, and up to
/// this length it uses those again that were freed last; on a virtual machine longer ones are often such as its host has
/// still to find, which takes three times as long as all the rest.
const PORTION: usize = 32 * 1024;

fn put(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    bytes.chunks(PORTION).try_for_each(|portion| file.write_all(portion))
}

/// Compares what lies on the disk with what the witness saw, and digests it; for a long output [`write_through`] does.
fn compare(back: &dyn Source, expected: &[u8]) -> Result<[u8; 32], WriteFault> {
    if back.len() != expected.len() as u64 {
        return Err(altered());
    }
    let mut digest = Sha256::new();
    let mut there = Buffer::with_room(STEP);
    there.resize(expected.len().min(STEP), 0);
    for (here, at) in expected.chunks(STEP).zip((0..).step_by(STEP)) {
        let there = &mut there[..here.len()];
        back.read_exact_at(at, there).map_err(WriteFault::Target)?;
        if here != there {
            return Err(altered());
        }
        digest.update(there);
    }
    Ok(digest.finalize().into())
}

/// The source is not what it was.
fn changed() -> WriteFault {
    WriteFault::Source(io::Error::other("the file changed while it was read"))
}

/// The disk does not hold what was written.
fn altered() -> WriteFault {
    WriteFault::Target(io::Error::other("other bytes lie there than were written"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::recording::Format;

    fn noise(length: u64) -> Vec<u8> {
        (0..length as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    fn planned(cut: Cut, length: u64) -> Comprehensive {
        let (findings, method) = (Vec::new(), Vec::new());
        let plan = Plan { format: Format::Jpeg, width: None, height: None, cut, findings, method };
        plan.comprehensive(length).expect("comprehensive")
    }

    #[test]
    fn a_long_source_that_shrinks_or_changes_while_it_is_read_is_its_own_fault_and_not_the_releases() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("source");
        let shelf = Shelf::open(&dir.path().join("release")).expect("opened");
        let (length, bytes) = (SMALL + 100_000, noise(SMALL + 100_000));
        let mut tried = 0;
        for left in [0, length / 2, length - 1, length] {
            std::fs::write(&path, &bytes).expect("written");
            let loaded = Loaded::open(&path).expect("opened");
            let mut cut = Cut::new();
            cut.keep(0..length, "all");
            let plan = planned(cut, length);
            let proved = Proved { plan: &plan, loaded: &loaded, bytes: None };
            let source = std::fs::File::options().write(true).open(&path).expect("opened");
            if left < length {
                source.set_len(left).expect("shrunk");
            } else {
                std::os::unix::fs::FileExt::write_at(&source, b"other", 5).expect("changed");
                source
                    .set_modified(std::time::SystemTime::UNIX_EPOCH)
                    .expect("a time that differs whatever the clock's steps");
            }
            assert!(matches!(proved.write(&shelf, left), Err(WriteFault::Source(_))), "{left}");
            tried += 1;
        }
        assert_eq!(tried, 4);
    }

    #[test]
    fn an_output_is_written_alike_with_short_and_long_stretches_small_and_large() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("source");
        let shelf = Shelf::open(&dir.path().join("release")).expect("opened");
        let mut tried = 0;
        for (number, large) in [(0, false), (1, true)] {
            let length = if large { SMALL + 100_000 } else { 100_000 };
            let bytes = noise(length);
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
            let plan = planned(cut, length);
            let proved = Proved { plan: &plan, loaded: &loaded, bytes };
            let written = proved.write(&shelf, number).map_err(|_| ()).expect("written");
            assert!(std::fs::read(&written.temporary).expect("there") == expected);
            assert_eq!(written.sha256, <[u8; 32]>::from(Sha256::digest(&expected)));
            tried += 1;
        }
        assert_eq!(tried, 2);
    }
}
