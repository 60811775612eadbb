//! From the walk to the workers, and from them to the committer: no worker waits for another's recording, though one that waits
//! for a part of its own may do a part of another's.
//!
//! Workers take the next job whenever they are free. What they have done is gathered by batches, which are cut by the
//! order of the walk and handed on in that order, so that results do not depend on how many work. A worker waits only
//! where it would be more than [`AHEAD`] batches before the one that is being put in its place: that bounds memory.

use super::bench::{Done, Job};
use super::commit::CommitError;
use super::walk::Walk;
use super::{share, work};
use crate::crew;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Condvar, Mutex, MutexGuard, PoisonError, mpsc};

/// How many recordings are put in their places at once.
const BATCH: u64 = 512;
/// And how many bytes of them. A batch is made durable while the next ones are worked on, and only the last one is waited
/// for: hence no more than a disk writes in a moment.
const BATCH_BYTES: u64 = 128 * 1024 * 1024;

/// How many batches may be begun before the first of them is in its place.
const AHEAD: u64 = 3;

/// What was fed.
#[derive(Debug, Default)]
pub(crate) struct Fed {
    pub(crate) worked: u64,
    pub(crate) unchanged: u64,
    /// How many were another shard's.
    pub(crate) foreign: u64,
    /// How many the walk met, and a keyed digest of their places and lengths.
    pub(crate) met: u64,
    pub(crate) sources: [u8; 32],
    /// Sources that the ledger knew and the walk did not meet; none where not all was walked.
    pub(crate) not_seen: Option<u64>,
    /// How many of these were judged under other terms.
    pub(crate) stale: u64,
}

/// What the workers tell the gatherer: nothing of a single recording, for which it need not wake.
enum News {
    /// A batch is whole.
    Whole,
    /// A place that outputs go to has failed, or the ledger cannot be read.
    Fault(CommitError),
}

/// Works on all jobs of a walk and hands their batches on in order, until the walk ends, the user stops it, or
/// something fails. Every batch that is whole before a fault is handed on.
pub(super) fn drive(
    walk: Walk<'_>,
    pool: &rayon::ThreadPool,
    hand_on: impl FnMut(Vec<Done>, u64) -> Result<(), CommitError> + Send,
) -> Result<Fed, CommitError> {
    let (bench, watch) = (walk.bench, walk.watch);
    let supply = Supply { desk: Mutex::new(Desk::new(walk)), moved: Condvar::new(), halt: AtomicBool::new(false) };
    let (send, receive) = mpsc::channel();
    let open = Mutex::new(BTreeMap::new());
    let tray = Tray { open: &open, tell: send };
    let fed = std::thread::scope(|scope| {
        let gathering = scope.spawn(|| {
            // However it ends: who waits for room waits no longer.
            let _guard = Halting(&supply);
            gather(receive, &open, &supply, hand_on)
        });
        let take_all = || {
            while let Some((batch, job)) = supply.next(&tray) {
                if !share::is_ours(bench, &job) {
                    tray.put(batch, |gathered| gathered.foreign += 1);
                    watch.looked();
                    continue;
                }
                let worked = work::work(bench, job);
                watch.looked();
                let told = match worked {
                    Ok(Some(done)) => tray.put(batch, |gathered| gathered.done.push(done)),
                    Ok(None) => tray.put(batch, |gathered| gathered.same += 1),
                    Err(stop) => tray.tell(News::Fault(stop.into())),
                };
                if !told {
                    supply.halt();
                }
            }
        };
        // Who finds no recording any more is there for parts of the last ones. None begins before all are there: one that took a part
        // first would begin with its recordings inside that part.
        let all_here = Barrier::new(pool.current_num_threads());
        pool.broadcast(|_| {
            all_here.wait();
            crew::sharing(take_all);
        });
        drop(tray);
        gathering.join().unwrap_or(Err(CommitError::Fault))
    })?;
    let (met, sources) = supply.lock().walk.met();
    Ok(Fed { met, sources, ..fed })
}

/// Puts batches together and hands on those that are whole, in order.
fn gather(
    receive: mpsc::Receiver<News>,
    open: &Open,
    supply: &Supply<'_>,
    mut hand_on: impl FnMut(Vec<Done>, u64) -> Result<(), CommitError>,
) -> Result<Fed, CommitError> {
    let (mut fed, mut next, mut fault) = (Fed::default(), 0, None);
    for news in receive {
        if let News::Fault(error) = news {
            supply.halt();
            fault.get_or_insert(error);
        }
        while let Some(Gathered { mut done, same, foreign, cut }) = take_whole(open, next) {
            next += 1;
            let unchanged = cut.map_or(0, |(_, unchanged)| unchanged) + same;
            done.sort_by_key(|done| done.number);
            fed.worked += done.len() as u64;
            fed.unchanged += unchanged;
            fed.foreign += foreign;
            hand_on(done, unchanged)?;
            supply.placed(next);
        }
    }
    fault.map_or(Ok(fed), Err)
}

/// Batches as they come in.
type Open = Mutex<BTreeMap<u64, Gathered>>;

/// A batch as it comes in.
#[derive(Default)]
struct Gathered {
    done: Vec<Done>,
    /// How many turned out to be unchanged.
    same: u64,
    /// How many of its recordings are another shard's.
    foreign: u64,
    /// Once it is cut: how many recordings it has, and how many were passed over on the way to them.
    cut: Option<(u64, u64)>,
}

impl Gathered {
    fn is_whole(&self) -> bool {
        self.cut.is_some_and(|(jobs, _)| self.done.len() as u64 + self.same + self.foreign == jobs)
    }
}

/// A batch, once all of it is there.
fn take_whole(open: &Open, batch: u64) -> Option<Gathered> {
    let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
    open.get(&batch).filter(|gathered| gathered.is_whole())?;
    open.remove(&batch)
}

/// Where workers put what they have done.
struct Tray<'a> {
    open: &'a Open,
    tell: mpsc::Sender<News>,
}

impl Tray<'_> {
    /// Adds to a batch, and tells when it is whole; false where nobody listens any more.
    fn put(&self, batch: u64, add: impl FnOnce(&mut Gathered)) -> bool {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let gathered = open.entry(batch).or_default();
        add(gathered);
        let whole = gathered.is_whole();
        drop(open);
        !whole || self.tell(News::Whole)
    }

    fn tell(&self, news: News) -> bool {
        self.tell.send(news).is_ok()
    }
}

/// Where the workers take their jobs from, one at a time.
struct Supply<'a> {
    desk: Mutex<Desk<'a>>,
    /// A batch came to its place, or the supply was halted.
    moved: Condvar,
    halt: AtomicBool,
}

impl<'a> Supply<'a> {
    /// The next job and its batch; none when there are no more.
    fn next(&self, tray: &Tray<'_>) -> Option<(u64, Job)> {
        let mut desk = self.lock();
        while desk.batch >= desk.placed + AHEAD && !self.is_halted(&desk) {
            desk = self.moved.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
        let halted = self.is_halted(&desk);
        desk.next(tray, halted)
    }

    /// Notes that the batches before `batch` are in their places.
    fn placed(&self, batch: u64) {
        self.lock().placed = batch;
        self.moved.notify_all();
    }

    /// No more jobs.
    fn halt(&self) {
        let desk = self.lock();
        self.halt.store(true, Ordering::Relaxed);
        drop(desk);
        self.moved.notify_all();
    }

    fn is_halted(&self, desk: &Desk<'_>) -> bool {
        self.halt.load(Ordering::Relaxed) || desk.walk.bench.order.stop.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Desk<'a>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Halts the supply when it goes.
struct Halting<'a, 'b>(&'a Supply<'b>);

impl Drop for Halting<'_, '_> {
    fn drop(&mut self) {
        self.0.halt();
    }
}

/// The walk, and the batch that is being cut.
struct Desk<'a> {
    walk: Walk<'a>,
    batch: u64,
    jobs: u64,
    bytes: u64,
    unchanged: u64,
    placed: u64,
    ended: bool,
}

impl<'a> Desk<'a> {
    fn new(walk: Walk<'a>) -> Self {
        Self { walk, batch: 0, jobs: 0, bytes: 0, unchanged: 0, placed: 0, ended: false }
    }

    fn next(&mut self, tray: &Tray<'_>, halted: bool) -> Option<(u64, Job)> {
        if self.ended {
            return None;
        }
        let job = if halted { Ok((None, 0)) } else { self.walk.next() };
        let (job, unchanged) = job.unwrap_or_else(|error| {
            // Where nobody listens any more, a fault that came before is told instead.
            tray.tell(News::Fault(error.into()));
            (None, 0)
        });
        self.unchanged += unchanged;
        let Some(job) = job else {
            self.ended = true;
            self.cut(tray);
            return None;
        };
        let batch = self.batch;
        self.jobs += 1;
        self.bytes += super::bench::measure(&job.found.met).0;
        if self.jobs >= BATCH || self.bytes >= BATCH_BYTES {
            self.cut(tray);
        }
        Some((batch, job))
    }

    fn cut(&mut self, tray: &Tray<'_>) {
        // Where nobody listens any more there is nobody to tell.
        tray.put(self.batch, |gathered| gathered.cut = Some((self.jobs, self.unchanged)));
        self.batch += 1;
        (self.jobs, self.bytes, self.unchanged) = (0, 0, 0);
    }
}
