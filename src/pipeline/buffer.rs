//! Memory for whole recordings, used again by the worker that has it: megabytes that are asked for and given back with
//! every recording cost as much as digesting them, since the kernel maps and zeroes each page anew.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// How many buffers a worker puts aside: a source, its output, and what is read back of it. Together with the largest
/// that is taken (see [`super::load::SMALL`]) this is what bounds memory.
const SPARE: usize = 3;

thread_local! {
    static ASIDE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty vector with room; its memory is put aside when it goes. Nothing of what it held can be read again.
#[derive(Debug, Default)]
pub(crate) struct Buffer(Vec<u8>);

impl Buffer {
    /// A buffer with room for `length` bytes: the smallest of those aside that has it, else the largest, else a new one.
    pub(crate) fn with_room(length: usize) -> Self {
        let aside = ASIDE.try_with(|aside| {
            let mut aside = aside.try_borrow_mut().ok()?;
            // From the smallest to the largest.
            let place = aside.iter().position(|spare| spare.capacity() >= length);
            place.or(aside.len().checked_sub(1)).map(|place| aside.remove(place))
        });
        let mut bytes = aside.ok().flatten().unwrap_or_default();
        bytes.reserve_exact(length);
        Self(bytes)
    }
}

impl Deref for Buffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0);
        bytes.clear();
        // While a thread ends there is nowhere to put it.
        let _ = ASIDE.try_with(|aside| {
            let Ok(mut aside) = aside.try_borrow_mut() else { return };
            let place = aside.partition_point(|spare| spare.capacity() < bytes.capacity());
            aside.insert(place, bytes);
            if aside.len() > SPARE {
                aside.remove(0);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_and_what_was_in_it_is_not_there_any_more() {
        let mut first = Buffer::with_room(1000);
        first.extend_from_slice(b"Hoeflich");
        let place = first.as_ptr();
        drop(first);
        let mut again = Buffer::with_room(10);
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
        again.resize(8, 0);
        assert_eq!(again[..], [0; 8]);
        let other = Buffer::with_room(10);
        assert_ne!(other.as_ptr(), place);
    }

    #[test]
    fn no_more_buffers_are_put_aside_than_a_recording_needs() {
        let many: Vec<Buffer> = (1..=10).map(|n| Buffer::with_room(n * 100)).collect();
        drop(many);
        let kept: Vec<usize> = ASIDE.with(|aside| aside.borrow().iter().map(Vec::capacity).collect());
        assert_eq!(kept, [800, 900, 1000]);
        assert_eq!(Buffer::with_room(850).capacity(), 900);
        let grown = Buffer::with_room(5000);
        assert!(grown.capacity() >= 5000);
    }
}
