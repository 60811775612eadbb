//! Progress for a person who watches; silence in a scheduled job.

use super::say;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use scrubs::ledger::Entry;
use scrubs::pipeline::Watch;
use scrubs::recording::Outcome;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// Counts on the terminal, and names what failed there.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Whether files that could not be cleaned are named one by one, with their paths: never in a log.
    names: bool,
    counts: Mutex<[u64; 3]>,
    each: Option<Mutex<Vec<Entry>>>,
}

impl Progress {
    /// With `sources`, paths may be shown even when no terminal is there; with `keep`, all entries are kept.
    pub(crate) fn new(sources: bool, keep: bool) -> Self {
        let watched = say::is_watched();
        let target = if watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} · {elapsed}") {
            bar.set_style(style);
        }
        if watched {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar, names: sources || watched, counts: Mutex::default(), each: keep.then(Mutex::default) }
    }

    /// The entries kept, in order of outcome and code.
    pub(crate) fn entries(self) -> Vec<Entry> {
        let mut entries = self.each.and_then(|e| e.into_inner().ok()).unwrap_or_default();
        entries.sort_by(|a, b| (a.outcome, &a.code).cmp(&(b.outcome, &b.code)));
        entries
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self, counts: [u64; 3]) {
        let [released, others, unchanged] = counts;
        let mut text = format!("{released} released, {others} not");
        if unchanged > 0 {
            text.push_str(&format!(", {unchanged} unchanged"));
        }
        self.bar.set_message(text);
    }

    fn count(&self, which: usize, by: u64) {
        if let Ok(mut counts) = self.counts.lock() {
            counts[which] += by;
            self.show(*counts);
        }
    }
}

impl Watch for Progress {
    fn done(&self, source: &Path, entry: &Entry) {
        self.count(usize::from(entry.outcome != Outcome::Released), 1);
        if let Some(each) = &self.each
            && let Ok(mut each) = each.lock()
        {
            each.push(entry.clone());
        }
        let told = match entry.outcome {
            Outcome::Failed => true,
            Outcome::Held => entry.path.is_none(),
            _ => false,
        };
        if told
            && self.names
            && let Some(reason) = entry.reasons.first()
        {
            let name = say::path(source);
            self.bar.suspend(|| say::note(&format!("{}: {name}: {}", entry.outcome.word(), reason.says)));
        }
    }

    fn unchanged(&self, sources: u64) {
        self.count(2, sources);
    }
}
