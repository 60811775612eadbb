//! Writes a long output and reads each step of it back while it still lies in the processor's cache: what lies in the file
//! is compared with what was written, and digested on a thread of its own, while the disk begins with it.
//!
//! The bytes go through memory and not from file to file in the kernel (`copy_file_range(2)`): that copies page by page,
//! takes longer than both calls together, and would have to be compared with the source, read once more.

use super::{WriteFault, altered, put};
use crate::cut::{CutSource, FileSource, Source};
use crate::pipeline::disk;
use crate::pipeline::relay::{STEP, relay};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{Builder, ScopedJoinHandle, scope};

/// After so many bytes the disk is told to begin with them. Smaller outputs wait for their batch.
const PUSH: u64 = 64 << 20;

/// Writes `output` into `file`, and reads it back from the same file, opened anew as `back`. The SHA-256 is that of what
/// lies there.
///
/// # Errors
/// That the source cannot be read to its end; that the file cannot be written, read or made durable; or that another thing
/// lies there than was written.
pub(super) fn write_through(file: &mut File, back: &File, output: &CutSource<'_>) -> Result<[u8; 32], WriteFault> {
    let reader = back.try_clone().and_then(FileSource::new).map_err(WriteFault::Target)?;
    let mut digest = Sha256::new();
    relay(
        |bytes: &[u8]| digest.update(bytes),
        |feed| {
            pushing(back, output.len(), |push| {
                let (mut there, mut at) = (vec![0; STEP], 0);
                while at < output.len() {
                    let n = (output.len() - at).min(STEP as u64) as usize;
                    let mut here = feed.buffer();
                    output.read_exact_at(at, &mut here[..n]).map_err(WriteFault::Source)?;
                    put(file, &here[..n]).map_err(WriteFault::Target)?;
                    reader.read_exact_at(at, &mut there[..n]).map_err(WriteFault::Target)?;
                    if there[..n] != here[..n] {
                        return Err(altered());
                    }
                    feed.give(here, n);
                    at += n as u64;
                    push.tell(at);
                }
                Ok(())
            })
        },
    )?;
    let length = back.metadata().map_err(WriteFault::Target)?.len();
    if length == output.len() { Ok(digest.finalize().into()) } else { Err(altered()) }
}

/// What tells the pushing thread how far the output has been written.
struct Push {
    tell: Option<SyncSender<()>>,
    told: u64,
}

impl Push {
    fn tell(&mut self, written: u64) {
        if let Some(tell) = &self.tell
            && written - self.told >= PUSH
        {
            self.told = written;
            // One that waits already stands for this too.
            let _ = tell.try_send(());
        }
    }
}

/// Does `work` while another thread has the disk begin with what has been written. Where there can be no further thread,
/// all of it waits for the batch.
fn pushing(file: &File, length: u64, work: impl FnOnce(&mut Push) -> Result<(), WriteFault>) -> Result<(), WriteFault> {
    if length < PUSH {
        return work(&mut Push { tell: None, told: 0 });
    }
    scope(|scope| {
        let (tell, told) = mpsc::sync_channel(1);
        let pushed = Builder::new().spawn_scoped(scope, || push_on(file, told)).ok();
        let mut push = Push { tell: pushed.is_some().then_some(tell), told: 0 };
        let worked = work(&mut push);
        drop(push);
        // What the disk says once it does not say again when the batch is made durable: it must be heard here.
        let pushed = pushed.map_or(Ok(Ok(())), ScopedJoinHandle::join);
        worked?;
        pushed.unwrap_or_else(|_| Err(io::ErrorKind::Other.into())).map_err(WriteFault::Target)
    })
}

fn push_on(file: &File, told: Receiver<()>) -> io::Result<()> {
    told.iter().try_for_each(|()| disk::push(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cut::Cut;

    /// The digest of `bytes` written to a new file, and what lies there.
    fn written(bytes: &[u8]) -> ([u8; 32], Vec<u8>) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("output");
        let mut cut = Cut::new();
        cut.keep(0..bytes.len() as u64, "all");
        let mut file = disk::create_new(&path).expect("new");
        let back = disk::open_source(&path).expect("opened");
        let source = bytes.to_vec();
        let digest = write_through(&mut file, &back, &CutSource::new(&cut, &source)).map_err(|_| ()).expect("written");
        (digest, std::fs::read(&path).expect("there"))
    }

    fn noise(length: usize) -> Vec<u8> {
        (0..length as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    #[test]
    fn the_digest_is_of_what_lies_in_the_file_however_long_it_is() {
        let mut tried = 0;
        for length in [0, 1, STEP - 1, STEP, STEP + 1, 5 * STEP + 17, PUSH as usize + 3 * STEP + 5] {
            let bytes = noise(length);
            let (digest, there) = written(&bytes);
            assert!(there == bytes && digest == <[u8; 32]>::from(Sha256::digest(&bytes)), "{length}");
            tried += 1;
        }
        assert_eq!(tried, 7);
    }

    #[test]
    fn a_file_that_holds_something_else_than_was_written_is_seen() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let bytes = noise(3 * STEP + 17);
        let mut cut = Cut::new();
        cut.keep(0..bytes.len() as u64, "all");
        let mut tried = 0;
        // Another file is read back: one byte differs, or one is missing, or one too many is there.
        let mut others = vec![bytes[..bytes.len() - 1].to_vec(), [&bytes[..], b"x"].concat(), Vec::new()];
        for at in [0, STEP, bytes.len() - 1] {
            others.push(bytes.clone());
            others.last_mut().expect("one")[at] ^= 1;
        }
        for (number, other) in others.iter().enumerate() {
            let (path, lying) =
                (dir.path().join(format!("output-{number}")), dir.path().join(format!("other-{number}")));
            std::fs::write(&lying, other).expect("written");
            let mut file = disk::create_new(&path).expect("new");
            let back = disk::open_source(&lying).expect("opened");
            let seen = write_through(&mut file, &back, &CutSource::new(&cut, &bytes));
            assert!(matches!(seen, Err(WriteFault::Target(_))), "{number}");
            tried += 1;
        }
        assert_eq!(tried, 6);
    }

    #[test]
    fn the_disk_is_waited_for_and_what_the_writing_says_comes_first() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = File::create(dir.path().join("f")).expect("new");
        let fell = pushing(&file, PUSH, |push| {
            push.tell(PUSH);
            Err(WriteFault::Target(io::Error::other("made up")))
        });
        assert!(matches!(fell, Err(WriteFault::Target(_))));
        assert!(
            pushing(&file, PUSH, |push| {
                push.tell(PUSH);
                Ok(())
            })
            .is_ok()
        );
    }
}
