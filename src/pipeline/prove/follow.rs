//! Reads a long output back while it is still being written, a few steps behind: what lies in the file is compared with
//! what the witness saw, and digested on a thread of its own, while the disk begins with it.

use super::{WriteFault, changed};
use crate::cut::{CutSource, FileSource, Source};
use crate::pipeline::disk;
use crate::pipeline::relay::{Feed, STEP, relay};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{Builder, ScopedJoinHandle, scope};

/// After so many bytes the disk is told to begin with them. Smaller outputs wait for their batch.
const PUSH: u64 = 64 << 20;

/// Lets `put` write `expected` into `file`, and reads it back from the same file, opened anew as `back`. The SHA-256 is
/// that of what lies there.
///
/// # Errors
/// What `put` says; that the file cannot be read or made durable; or that another thing lies there than `expected`, which
/// means that the source has changed since the witness read it.
pub(super) fn follow(
    file: &mut File,
    back: &File,
    expected: &CutSource<'_>,
    put: impl FnOnce(&mut File, &mut dyn FnMut(u64) -> Result<(), WriteFault>) -> Result<(), WriteFault>,
) -> Result<[u8; 32], WriteFault> {
    let reader = back.try_clone().and_then(FileSource::new).map_err(WriteFault::Target)?;
    let mut digest = Sha256::new();
    relay(
        |bytes: &[u8]| digest.update(bytes),
        |feed| {
            let mut behind = Behind { back: &reader, expected, feed, here: vec![0; STEP], at: 0 };
            pushing(back, expected.len(), |push| {
                put(file, &mut |written| {
                    push.tell(written);
                    behind.read_to(written - written % STEP as u64)
                })
            })?;
            let length = back.metadata().map_err(WriteFault::Target)?.len();
            if length != expected.len() {
                return Err(changed());
            }
            behind.read_to(length)
        },
    )?;
    Ok(digest.finalize().into())
}

/// How far it was read back.
struct Behind<'a, 'f> {
    back: &'a FileSource,
    expected: &'a CutSource<'a>,
    feed: &'a mut Feed<'f>,
    here: Vec<u8>,
    at: u64,
}

impl Behind<'_, '_> {
    fn read_to(&mut self, end: u64) -> Result<(), WriteFault> {
        while self.at < end {
            let n = (end - self.at).min(STEP as u64) as usize;
            let (mut there, here) = (self.feed.buffer(), &mut self.here[..n]);
            self.back.read_exact_at(self.at, &mut there[..n]).map_err(WriteFault::Target)?;
            self.expected.read_exact_at(self.at, here).map_err(WriteFault::Source)?;
            if there[..n] != *here {
                return Err(changed());
            }
            self.feed.give(there, n);
            self.at += n as u64;
        }
        Ok(())
    }
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
    use std::io::Write;

    /// Follows `written` being written where `expected` should be.
    fn followed(expected: &[u8], written: &[u8], pause: usize) -> Result<[u8; 32], WriteFault> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("output");
        let mut cut = Cut::new();
        cut.keep(0..expected.len() as u64, "all");
        let source = expected.to_vec();
        let mut file = disk::create_new(&path).expect("new");
        let back = disk::open_source(&path).expect("opened");
        follow(&mut file, &back, &CutSource::new(&cut, &source), |file, tell| {
            let mut at = 0;
            for part in written.chunks(pause) {
                file.write_all(part).map_err(WriteFault::Target)?;
                at += part.len() as u64;
                tell(at)?;
            }
            Ok(())
        })
    }

    fn noise(length: usize) -> Vec<u8> {
        (0..length as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    #[test]
    fn the_digest_is_of_what_lies_in_the_file_however_it_was_written() {
        let bytes = noise(5 * STEP + 17);
        let whole: [u8; 32] = Sha256::digest(&bytes).into();
        let mut tried = 0;
        for pause in [1000, STEP - 1, STEP, STEP + 1, 3 * STEP, bytes.len()] {
            assert_eq!(followed(&bytes, &bytes, pause).map_err(|_| ()), Ok(whole), "{pause}");
            tried += 1;
        }
        assert_eq!(tried, 6);
    }

    #[test]
    fn a_byte_that_is_another_and_one_too_few_or_too_many_are_seen() {
        let bytes = noise(3 * STEP + 17);
        let mut written: Vec<Vec<u8>> = Vec::new();
        for at in [0, STEP, bytes.len() - 1] {
            let mut other = bytes.clone();
            other[at] ^= 1;
            written.push(other);
        }
        written.push(bytes[..bytes.len() - 1].to_vec());
        written.push([&bytes[..], b"x"].concat());
        written.push(Vec::new());
        let mut tried = 0;
        for other in &written {
            assert!(
                matches!(followed(&bytes, other, STEP), Err(WriteFault::Source(_) | WriteFault::Target(_))),
                "{tried}"
            );
            tried += 1;
        }
        assert_eq!(tried, 6);
    }

    #[test]
    fn an_output_that_the_disk_begins_with_early_is_the_same() {
        let bytes = noise(PUSH as usize + 3 * STEP + 5);
        let whole: [u8; 32] = Sha256::digest(&bytes).into();
        assert_eq!(followed(&bytes, &bytes, 8 * STEP).map_err(|_| ()), Ok(whole));
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
