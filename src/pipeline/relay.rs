//! Hands the bytes of a long file from the thread that reads them to one that digests them: neither waits for the other,
//! and what lies between the two is bounded.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, scope};

/// Bytes read, hashed, written or compared at a time: they stay in the processor's cache between one and the next.
pub(crate) const STEP: usize = 256 * 1024;
/// How many steps may lie between the two: together no more than a source that is read into memory whole.
const AHEAD: usize = 32;

/// Runs `give` here and hands what it gives, in the order it gives it, to `take` on a thread of its own: all of it was
/// taken when this returns. Where there can be no further thread, `take` runs here.
pub(crate) fn relay<T>(take: impl FnMut(&[u8]) + Send, give: impl FnOnce(&mut Feed<'_>) -> T) -> T {
    let take = Mutex::new(take);
    let (full, filled) = mpsc::channel();
    let (empty, emptied) = mpsc::channel();
    scope(|scope| {
        let taking = || drain(&mut *take.lock().unwrap_or_else(PoisonError::into_inner), filled, empty);
        // A panic over there goes on here when the scope ends.
        let aside = Builder::new().spawn_scoped(scope, taking).is_ok();
        let mut own = |bytes: &[u8]| (take.lock().unwrap_or_else(PoisonError::into_inner))(bytes);
        give(&mut Feed { full, emptied, made: 0, own: if aside { None } else { Some(&mut own) } })
    })
}

fn drain(take: &mut dyn FnMut(&[u8]), filled: Receiver<Filled>, empty: Sender<Vec<u8>>) {
    for Filled { buffer, length } in filled {
        take(&buffer[..length]);
        // After the last one nobody asks for more.
        let _ = empty.send(buffer);
    }
}

/// The beginning of a buffer is what was read.
struct Filled {
    buffer: Vec<u8>,
    length: usize,
}

type Own<'a> = &'a mut dyn FnMut(&[u8]);

/// Where the reading thread puts what it reads.
pub(crate) struct Feed<'a> {
    full: Sender<Filled>,
    emptied: Receiver<Vec<u8>>,
    made: usize,
    /// What takes the bytes here, where there is no other thread.
    own: Option<Own<'a>>,
}

impl Feed<'_> {
    /// A buffer of [`STEP`] bytes to read into, once there is one: what is in it is of no meaning.
    pub(crate) fn buffer(&mut self) -> Vec<u8> {
        if let Ok(buffer) = self.emptied.try_recv() {
            return buffer;
        }
        // Where the other thread has ended, this one learns of it when the scope does.
        let waited = if self.made < AHEAD { None } else { self.emptied.recv().ok() };
        waited.unwrap_or_else(|| {
            self.made += 1;
            vec![0; STEP]
        })
    }

    /// Hands on the first `length` bytes of a buffer.
    pub(crate) fn give(&mut self, buffer: Vec<u8>, length: usize) {
        match &mut self.own {
            Some(own) => {
                own(&buffer[..length]);
                self.made -= 1;
            }
            // Fails only where the other thread has panicked, and then so does this one.
            None => drop(self.full.send(Filled { buffer, length })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_arrive_in_order_and_no_more_than_a_few_lie_between() {
        let (mut seen, mut made) = (Vec::new(), 0);
        let given: Vec<u8> = (0..100).collect();
        relay(
            |bytes: &[u8]| seen.push(bytes[0]),
            |feed| {
                for byte in &given {
                    let mut buffer = feed.buffer();
                    assert_eq!(buffer.len(), STEP);
                    buffer[0] = *byte;
                    feed.give(buffer, 1);
                }
                made = feed.made;
            },
        );
        assert_eq!(seen, given);
        assert!((1..=AHEAD).contains(&made), "{made}");
    }

    #[test]
    fn what_ends_early_has_given_what_it_gave() {
        let mut seen = 0;
        let ended: Result<(), u8> = relay(
            |bytes: &[u8]| seen += bytes.len(),
            |feed| {
                let buffer = feed.buffer();
                feed.give(buffer, 7);
                Err(1)
            },
        );
        assert_eq!((ended, seen), (Err(1), 7));
    }

    #[test]
    fn a_panic_over_there_is_one_here() {
        let fell = std::panic::catch_unwind(|| {
            relay(
                |bytes: &[u8]| assert!(bytes.is_empty(), "made up"),
                |feed| {
                    for _ in 0..3 * AHEAD {
                        let buffer = feed.buffer();
                        feed.give(buffer, 1);
                    }
                },
            );
        });
        assert!(fell.is_err());
    }
}
