//! Work on one recording of which the run's idle workers take a part: frames of a clip, while no other recording waits.
//!
//! A worker holds a few small frames at once for that, some megabytes, whether others are idle or not. It works on no more than
//! one part at a time, and takes one of another's recording only while it has none of its own or waits for a part of that. A run of
//! one worker does one thing after another. Nothing is shared but where a worker says that it may be ([`sharing`]):
//! where recordings themselves are what workers take from each other, one that waits for a part would begin with another
//! recording, and in that with a third.

use rayon::prelude::*;
use std::cell::Cell;
use std::ops::Range;

thread_local! {
    /// Whether what this thread works on may be shared.
    static SHARING: Cell<bool> = const { Cell::new(false) };
}

/// Bytes of frames, decoded, that one worker has at once, at most: five of 1024 × 768 in colour.
const BYTES: u64 = 12 << 20;
/// Frames for each worker, so that none waits long for another that has the harder ones; and frames in all, at most.
const FOR_EACH: usize = 4;
const MOST: usize = 8;

/// Does the work of one worker of a pool, parts of which others of the pool may take that have nothing else to do: they must
/// not have taken recordings from each other.
pub(crate) fn sharing<T>(work: impl FnOnce() -> T) -> T {
    /// Ends it, however the work ends.
    struct Until(bool);
    impl Drop for Until {
        fn drop(&mut self) {
            SHARING.set(self.0);
        }
    }
    let _until = Until(SHARING.replace(rayon::current_thread_index().is_some()));
    work()
}

/// How many frames of so many bytes are worked on at once; 1 where they are large, or where nothing is shared.
pub(crate) fn at_once(bytes: u64) -> u32 {
    let workers = if SHARING.get() { rayon::current_num_threads() } else { 1 };
    let most = if workers < 2 { 1 } else { (FOR_EACH * workers).min(MOST) as u64 };
    (BYTES / bytes.max(1)).clamp(1, most) as u32
}

/// Parts of a range of frames, in order, each of as many as are worked on at once.
pub(crate) fn parts(frames: Range<u32>, at_once: u32) -> impl Iterator<Item = Range<u32>> {
    let step = at_once.max(1);
    frames.clone().step_by(step as usize).map(move |from| from..from.saturating_add(step).min(frames.end))
}

/// Does the same for each of a few things, and gives what comes of it in their order. What panics, panics here.
pub(crate) fn each<T: Send, R: Send>(things: Vec<T>, work: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
    if things.len() < 2 || !SHARING.get() {
        return things.into_iter().map(work).collect();
    }
    things.into_par_iter().with_max_len(1).map(work).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::thread;

    fn pool(workers: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(workers).build().expect("a pool")
    }

    #[test]
    fn idle_workers_take_a_part_and_results_stand_in_order() {
        // Each of the two waits for the other, so one worker alone would never end.
        let met = Barrier::new(2);
        let done = pool(2).broadcast(|worker| {
            if worker.index() > 0 {
                return Vec::new();
            }
            sharing(|| {
                assert_eq!([1000, BYTES / 3, BYTES / 2, BYTES / 2 + 1, 0].map(at_once), [8, 3, 2, 1, 8]);
                each(vec![7, 8], |n| {
                    met.wait();
                    (n, thread::current().id())
                })
            })
        });
        assert_eq!(done[0].iter().map(|(n, _)| *n).collect::<Vec<_>>(), [7, 8]);
        assert_ne!(done[0][0].1, done[0][1].1);
    }

    #[test]
    fn with_one_worker_and_where_nobody_says_that_it_may_be_shared_everything_is_done_here() {
        let here = |n: u32| (n, thread::current().id());
        let all: Vec<u32> = (0..50).collect();
        let own = thread::current().id();
        assert_eq!(at_once(1000), 1);
        assert!(each(all.clone(), here).into_iter().eq(all.iter().map(|n| (*n, own))));
        sharing(|| assert_eq!(at_once(1000), 1, "no pool"));
        let own = || {
            let own = thread::current().id();
            assert_eq!(at_once(1000), 1);
            assert!(each(all.clone(), here).into_iter().eq(all.iter().map(|n| (*n, own))));
        };
        pool(1).install(|| sharing(own));
        pool(3).install(own);
        pool(3).install(|| {
            let fell = std::panic::catch_unwind(|| sharing(|| panic!("made up")));
            assert!(fell.is_err());
            own();
        });
    }

    #[test]
    fn a_panic_of_one_part_is_one_here() {
        let fell = std::panic::catch_unwind(|| {
            pool(2).install(|| sharing(|| each(vec![1, 2, 3], |n| assert!(n != 2, "made up"))));
        });
        assert!(fell.is_err());
    }

    #[test]
    fn parts_hold_every_frame_once_in_order() {
        let mut tried = 0;
        for frames in [0..0, 0..1, 1..9, 3..4, 0..200_000, u32::MAX - 3..u32::MAX] {
            for at_once in [0, 1, 2, 3, 8] {
                let (mut next, most) = (frames.start, at_once.max(1) as usize);
                for part in parts(frames.clone(), at_once) {
                    assert!(part.start == next && !part.is_empty() && part.len() <= most);
                    next = part.end;
                }
                assert_eq!(next, frames.end);
                tried += 1;
            }
        }
        assert_eq!(tried, 30);
    }
}
