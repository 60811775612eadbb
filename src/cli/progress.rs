//! Progress for a person who watches; silence in a scheduled job.

use super::say;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use scrubs::ledger::Entry;
use scrubs::pipeline::Watch;
use scrubs::recording::Outcome;
use scrubs::scan;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Counts on the terminal, and names what failed there.
#[derive(Debug)]
pub(crate) struct Progress {
    line: Line,
    /// Whether files that could not be cleaned are named one by one, with their paths: never in a log.
    names: bool,
    each: Option<Mutex<Vec<Entry>>>,
}

/// The line that is seen while a run goes on, and what it counts.
#[derive(Debug, Clone)]
struct Line {
    bar: ProgressBar,
    counts: Arc<Mutex<Counts>>,
    ended: Arc<AtomicBool>,
}

/// What is counted.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    looked: u64,
    /// How many there are; none while they are still being counted.
    all: Option<u64>,
    released: u64,
    others: u64,
    unchanged: u64,
}

impl Counts {
    /// What the line says: `looking at pictures and other files: 41 of 139 · 12 released, 3 not`.
    fn told(&self) -> String {
        let Self { looked, all, released, others, unchanged } = *self;
        let mut text = format!("looking at pictures and other files: {looked}");
        // What came in after the counting makes the number wrong.
        if let Some(all) = all.filter(|all| *all >= looked) {
            let _ = write!(text, " of {all}");
        }
        if released + others + unchanged > 0 {
            let _ = write!(text, " · {released} released, {others} not");
        }
        if unchanged > 0 {
            let _ = write!(text, ", {unchanged} unchanged");
        }
        text
    }
}

/// How long it has taken: `0:38`, `1:02:38`.
fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

impl Line {
    fn new(watched: bool) -> Self {
        let target = if watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} · {clock}") {
            let shown = |state: &ProgressState, out: &mut dyn Write| {
                let _ = out.write_str(&clock(state.elapsed()));
            };
            bar.set_style(style.with_key("clock", shown));
        }
        if watched {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar, counts: Arc::default(), ended: Arc::default() }
    }

    fn count(&self, count: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut counts);
        self.bar.set_message(counts.told());
    }

    /// Counts what there is, while the work goes on already.
    fn count_all(&self, sources: Vec<PathBuf>) {
        let line = self.clone();
        std::thread::spawn(move || {
            let met = scan::walk(&sources).take_while(|_| !line.ended.load(Ordering::Relaxed)).count();
            if !line.ended.load(Ordering::Relaxed) {
                line.count(|counts| counts.all = Some(met as u64));
            }
        });
    }
}

impl Progress {
    /// With `sources`, paths may be shown even when no terminal is there; with `keep`, all entries are kept. What lies
    /// below `roots` is counted where somebody watches.
    pub(crate) fn new(sources: bool, keep: bool, roots: &[PathBuf]) -> Self {
        let watched = say::is_watched();
        let line = Line::new(watched);
        line.count(|_| {});
        if watched {
            line.count_all(roots.to_vec());
        }
        Self { line, names: sources || watched, each: keep.then(Mutex::default) }
    }

    /// The entries kept, in order of outcome and code.
    pub(crate) fn entries(self) -> Vec<Entry> {
        let mut entries = self.each.and_then(|e| e.into_inner().ok()).unwrap_or_default();
        entries.sort_by(|a, b| (a.outcome, &a.code).cmp(&(b.outcome, &b.code)));
        entries
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        self.line.ended.store(true, Ordering::Relaxed);
        self.line.bar.finish_and_clear();
    }
}

impl Watch for Progress {
    fn done(&self, source: &Path, entry: &Entry) {
        self.line.count(|counts| match entry.outcome {
            Outcome::Released => counts.released += 1,
            _ => counts.others += 1,
        });
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
            self.line.bar.suspend(|| say::note(&format!("{}: {name}: {}", entry.outcome.word(), reason.says)));
        }
    }

    fn unchanged(&self, sources: u64) {
        self.line.count(|counts| counts.unchanged += sources);
    }

    fn looked(&self) {
        self.line.count(|counts| counts.looked += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_many_of_how_many_and_how_long() {
        let begun = Counts::default();
        let cases = [
            (begun, "looking at pictures and other files: 0"),
            (Counts { looked: 41, all: Some(139), ..begun }, "looking at pictures and other files: 41 of 139"),
            (
                Counts { looked: 41, all: Some(139), released: 12, others: 3, ..begun },
                "looking at pictures and other files: 41 of 139 · 12 released, 3 not",
            ),
            (
                Counts { looked: 140, all: Some(139), unchanged: 100, ..begun },
                "looking at pictures and other files: 140 · 0 released, 0 not, 100 unchanged",
            ),
        ];
        let times = [(0, "0:00"), (38, "0:38"), (754, "12:34"), (3758, "1:02:38")];
        for (seconds, told) in times {
            assert_eq!(clock(Duration::from_secs(seconds)), told);
        }
        for (counts, told) in cases {
            assert_eq!(counts.told(), told);
        }
        assert_eq!(cases.len() + times.len(), 8);
    }
}
