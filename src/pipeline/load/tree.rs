//! The BLAKE3 digest of a long source, found by two threads at once.
//!
//! BLAKE3 is a tree: the digest of pieces whose length is a power of two of its chunks can be found in any order and joined
//! afterwards (BLAKE3 paper, section 2.1). Each thread reads and digests pieces of its own, through a buffer that stays in
//! its processor's cache; a single thread that reads for another waits for memory.

use super::STEP;
use crate::cut::Source;
use blake3::Hasher;
use blake3::hazmat::{ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{Builder, ScopedJoinHandle, scope};

/// The shortest piece.
const SHORTEST: u64 = 4 << 20;
/// No more pieces than this: a longer source has longer ones.
const MOST: u64 = 1 << 12;

/// A piece's place in the source and what it comes to.
type Found = (u64, ChainingValue);

/// # Errors
/// What the source says, and `UnexpectedEof` where it ends before its length.
pub(super) fn digest(source: &dyn Source) -> io::Result<[u8; 32]> {
    by_pieces(source, source.len().div_ceil(MOST).next_power_of_two().max(SHORTEST))
}

fn by_pieces(source: &dyn Source, piece: u64) -> io::Result<[u8; 32]> {
    let count = source.len().div_ceil(piece);
    let next = AtomicU64::new(0);
    let work = || some(source, piece, count, &next);
    let mut found = scope(|scope| -> io::Result<Vec<Found>> {
        // Where there can be no further thread, all pieces are found here.
        let aside = Builder::new().spawn_scoped(scope, work).ok();
        let mut found = work()?;
        let others = aside.map_or(Ok(Ok(Vec::new())), ScopedJoinHandle::join);
        found.extend(others.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))?);
        Ok(found)
    })?;
    found.sort_unstable_by_key(|(index, _)| *index);
    let values: Vec<ChainingValue> = found.into_iter().map(|(_, value)| value).collect();
    match values.as_slice() {
        [] | [_] => {
            let mut digest = Hasher::new();
            read(source, 0..source.len(), &mut digest)?;
            Ok(digest.finalize().into())
        }
        several => {
            let (left, right) = several.split_at(left_of(several.len()));
            Ok(merge_subtrees_root(&joined(left), &joined(right), Mode::Hash).into())
        }
    }
}

/// Takes pieces until there are none left.
fn some(source: &dyn Source, piece: u64, count: u64, next: &AtomicU64) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= count || count < 2 {
            return Ok(found);
        }
        let start = index * piece;
        let mut digest = Hasher::new();
        digest.set_input_offset(start);
        if let Err(error) = read(source, start..source.len().min(start + piece), &mut digest) {
            // The other thread need not go on either.
            next.store(count, Ordering::Relaxed);
            return Err(error);
        }
        found.push((index, digest.finalize_non_root()));
    }
}

fn read(source: &dyn Source, range: Range<u64>, digest: &mut Hasher) -> io::Result<()> {
    let (mut buffer, mut at) = (vec![0; STEP], range.start);
    while at < range.end {
        let part = &mut buffer[..(range.end - at).min(STEP as u64) as usize];
        source.read_exact_at(at, part)?;
        digest.update(part);
        at += part.len() as u64;
    }
    Ok(())
}

/// How many of several pieces are in the left half of their tree: the largest power of two below their number.
fn left_of(count: usize) -> usize {
    count.next_power_of_two() / 2
}

fn joined(values: &[ChainingValue]) -> ChainingValue {
    match values {
        [one] => *one,
        several => {
            let (left, right) = several.split_at(left_of(several.len()));
            merge_subtrees_non_root(&joined(left), &joined(right), Mode::Hash)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ends earlier than it says.
    struct Short(Vec<u8>, u64);

    impl Source for Short {
        fn len(&self) -> u64 {
            self.1
        }

        fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
            Source::read_at(&self.0, offset, buf)
        }
    }

    fn noise(length: u64) -> Vec<u8> {
        (0..length as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    #[test]
    fn pieces_of_any_number_come_to_the_digest_of_the_whole() {
        let mut tried = 0;
        for piece in [1024, 4096, 1 << 16] {
            for length in [0, 1, 1023, 1024, 1025, 4096, 5000, 65_536, 65_537, 100_000, 131_072, 200_001] {
                let bytes = noise(length);
                let found = by_pieces(&bytes, piece).expect("read");
                assert_eq!(found, *blake3::hash(&bytes).as_bytes(), "{length} in pieces of {piece}");
                tried += 1;
            }
        }
        assert_eq!(tried, 36);
    }

    #[test]
    fn a_source_that_ends_early_is_an_error_and_not_another_digest() {
        let mut tried = 0;
        for length in [0, 1000, 50_000, 99_999] {
            let source = Short(noise(length), 100_000);
            assert_eq!(by_pieces(&source, 4096).expect_err("short").kind(), io::ErrorKind::UnexpectedEof, "{length}");
            tried += 1;
        }
        assert_eq!(tried, 4);
    }
}
