//! What there is to work on: every recording that the walk meets and that has changed since the last run.

use super::bench::{Before, Bench, Job, Shelves};
use super::commit::sidecar_path;
use super::recheck::Recheck;
use super::watch::Watch;
use crate::ledger::store::{Glance, Ledger, LedgerError, NEVER, Seen};
use crate::recording::Outcome;
use crate::scan::{self, Found, Met};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// The ledger as it was when the run began, and the release's digest in it.
pub(super) struct Known<'a> {
    pub(super) ledger: &'a mut Ledger,
    pub(super) release: [u8; 32],
    /// The run's name.
    pub(super) run: String,
    /// Which of the sources that it knew were met.
    pub(super) seen: &'a mut Seen,
}

/// The walk over the sources, as the jobs that it comes to.
pub(super) struct Walk<'a> {
    pub(super) bench: &'a Bench<'a>,
    /// Who is told of each source.
    pub(super) watch: &'a dyn Watch,
    /// None in a dry run.
    known: Option<Known<'a>>,
    /// The number of each source in the ledger.
    roots: HashMap<&'a Path, i64>,
    found: Box<dyn Iterator<Item = Found> + Send + 'a>,
    number: u64,
    met: u64,
    /// Of the keyed digest of each place, and of each length.
    sources: blake3::Hasher,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        bench: &'a Bench<'a>,
        sources: &'a [PathBuf],
        mut known: Option<Known<'a>>,
        watch: &'a dyn Watch,
    ) -> Self {
        let roots: HashMap<&Path, i64> = sources.iter().map(|s| (s.as_path(), bench.root_number(s))).collect();
        if let Some(known) = &mut known {
            roots.values().for_each(|root| known.seen.walks(*root));
        }
        Self {
            bench,
            watch,
            known,
            roots,
            found: Box::new(scan::walk(sources)),
            number: 0,
            met: 0,
            sources: blake3::Hasher::new(),
        }
    }

    /// How many sources were met so far, and a digest of their places and lengths.
    pub(super) fn met(&self) -> (u64, [u8; 32]) {
        (self.met, self.sources.finalize().into())
    }

    /// The next recording to work on, and how many were passed over on the way to it, since nothing about them has
    /// changed.
    pub(super) fn next(&mut self) -> Result<(Option<Job>, u64), LedgerError> {
        let mut unchanged = 0;
        for found in self.found.by_ref() {
            let path = self.bench.source_digest(&found.path);
            self.met += 1;
            self.sources.update(&path).update(&super::bench::measure(&found.met).0.to_be_bytes());
            let before = match look_up(self.bench, self.known.as_mut(), &found, &path)? {
                LookedUp::Unchanged => {
                    unchanged += 1;
                    self.watch.looked();
                    self.bench.order.register.meet(&super::draft::relative(&found.relative));
                    if self.bench.order.stop.load(Ordering::Relaxed) {
                        break;
                    }
                    continue;
                }
                LookedUp::Known(before) => Some(before),
                LookedUp::New => None,
            };
            self.number += 1;
            let root = found.path.ancestors().find_map(|above| self.roots.get(above)).copied().unwrap_or_default();
            return Ok((Some(Job { number: self.number, found, path, root, before }), unchanged));
        }
        Ok((None, unchanged))
    }
}

/// What the ledger says of what the walk met.
enum LookedUp {
    /// Nothing about it has changed.
    Unchanged,
    /// It was here before; whoever works on it need perhaps not read it.
    Known(Box<Before>),
    /// Nothing is known of it that would help.
    New,
}

/// Looks a source up: whether its size, time and settings are those of the last run, and its output still lies in its
/// place. What failed is tried again.
fn look_up(
    bench: &Bench<'_>,
    known: Option<&mut Known<'_>>,
    found: &Found,
    path: &[u8; 32],
) -> Result<LookedUp, LedgerError> {
    let (Some(Known { ledger, release, run, seen }), Some(shelves)) = (known, &bench.shelves) else {
        return Ok(LookedUp::New);
    };
    let Some(glance) = ledger.glance(release, path)? else { return Ok(LookedUp::New) };
    seen.mark(glance.id);
    let row = &glance.row;
    let (length, changed) = super::bench::measure(&found.met);
    let untimed = bench.order.recheck == Recheck::Never && row.mtime_ns != NEVER;
    let same = row.size == length && (untimed || row.mtime_ns == changed);
    if row.outcome == Outcome::Failed {
        return Ok(LookedUp::New);
    }
    // The source that stood for it has gone or is another now, so this one does.
    let stands = !row.duplicate || !ledger.is_only_source(release, &row.code)?;
    let apart = !glance.twin || is_apart(bench, ledger, release, &glance, path)?;
    // Other sources have put in doubt whose it is, or taken that doubt away.
    let sure = glance.doubt == row.doubt;
    let holds = bench.settings.still_hold(&row.settings) && stands && apart && sure && in_place(shelves, &glance);
    if same && holds && bench.order.recheck != Recheck::Always {
        return Ok(LookedUp::Unchanged);
    }
    if row.size != length || !matches!(found.met, Met::File { length: 1.., .. }) {
        return Ok(LookedUp::New);
    }
    let Some((entry, _)) = ledger.entry(release, &row.code)? else { return Ok(LookedUp::New) };
    let made = ledger.made(release, &row.code)?;
    let elsewhere = match &entry.path {
        Some(path) if entry.outcome != Outcome::Released => ledger.is_elsewhere(release, &row.code, path)?,
        _ => false,
    };
    // What this run has worked on already it looks at again for what came after, which only a reading can tell.
    let touched = made.as_ref().is_some_and(|made| made.run == *run);
    let alone = apart && !elsewhere && !touched && ledger.is_only_source(release, &row.code)?;
    Ok(LookedUp::Known(Box::new(Before { row: glance.row, entry, made, holds, same, alone })))
}

/// Whether what was released of this content is released for one patient only.
fn is_apart(
    bench: &Bench<'_>,
    ledger: &Ledger,
    release: &[u8; 32],
    glance: &Glance,
    path: &[u8; 32],
) -> Result<bool, LedgerError> {
    if glance.outcome != Outcome::Released || glance.own_patient {
        return Ok(true);
    }
    let others = ledger.others_with_content(release, &glance.row.content, path, &bench.settings.marks())?;
    Ok(!others.iter().any(|other| other.patient != glance.patient && !other.own_patient))
}

/// Whether the output and its sidecar lie in their places, as long as they were: a power loss can leave a name without
/// its bytes.
fn in_place(shelves: &Shelves, glance: &Glance) -> bool {
    let Some(path) = &glance.path else { return true };
    let shelf = shelves.of_outcome(glance.outcome);
    let sidecar = shelf.length(&sidecar_path(path));
    let as_written = |length| glance.sidecar_bytes.map_or(length > 0, |bytes| bytes == length);
    shelf.length(path) == Some(glance.bytes_out) && sidecar.is_some_and(as_written)
}
