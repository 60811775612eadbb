//! What a scheduled run leaves behind for machines: a line of JSON on standard output, and metrics for Prometheus.
//!
//! Neither holds a name, a path, a code or an identifier: counts, seconds and the exit code. The metrics are in the text
//! format 0.0.4 of Prometheus, for the textfile collector of its node exporter.

use super::{Advised, Exit, args, say};
use anyhow::Result;
use scrubs::pipeline::Run;
use scrubs::recording::fault::why;
use scrubs::report::{Summary, Totals};
use serde::Serialize;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// No file of metrics that is read back is longer than this.
const LONGEST: u64 = 1 << 16;
const LAST_SUCCESS: &str = "scrubs_last_success_timestamp_seconds";

/// A run being recorded.
pub(crate) struct Record<'a> {
    args: &'a args::Clean,
    metrics: Option<PathBuf>,
    began: Instant,
    told: Option<Told>,
}

/// What is known of a run that was begun.
struct Told {
    worked: u64,
    unchanged: u64,
    /// None where it did not come to its end.
    summary: Option<(Totals, u64)>,
}

/// The line.
#[derive(Serialize)]
struct Line<'a> {
    schema_version: u32,
    command: &'a str,
    tool: String,
    exit: u8,
    meaning: &'a str,
    seconds: f64,
    shard: Option<String>,
    dry_run: bool,
    worked: Option<u64>,
    unchanged: Option<u64>,
    recordings: Option<Totals>,
    duplicates: Option<u64>,
}

impl<'a> Record<'a> {
    /// Begins the record of a run.
    ///
    /// # Errors
    /// When the metrics would lie among sources or outputs, or in a folder that is not there.
    pub(crate) fn begin(args: &'a args::Clean, custody: Option<&Path>) -> Result<Self> {
        let metrics = args.scheduled.metrics.as_deref().map(|file| place(args, custody, file)).transpose()?;
        Ok(Self { args, metrics, began: Instant::now(), told: None })
    }

    /// Whether the line of JSON takes the summary's place.
    pub(crate) fn is_line(&self) -> bool {
        self.args.scheduled.run_record
    }

    /// What a run has done, and what its release now comes to, where it ended.
    pub(crate) fn tell(&mut self, run: &Run, summary: Option<&Summary>) {
        let summary = summary.map(|summary| (summary.recordings, summary.duplicates));
        self.told = Some(Told { worked: run.worked, unchanged: run.unchanged, summary });
    }

    /// Prints the line and writes the metrics, whatever the end was.
    ///
    /// # Errors
    /// The run's own error; else whatever kept the record from being written.
    pub(crate) fn end(self, ended: Result<Exit>) -> Result<Exit> {
        let exit = match &ended {
            Ok(exit) => *exit,
            Err(error) => error.downcast_ref::<Advised>().map_or(Exit::Nothing, |advised| advised.exit),
        };
        let seconds = (self.began.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        let printed = if self.is_line() { self.print(exit, seconds) } else { Ok(()) };
        let written = match &self.metrics {
            Some(file) => self.write(file, exit, seconds),
            None => Ok(()),
        };
        let exit = ended?;
        printed.and(written).map(|()| exit)
    }

    fn print(&self, exit: Exit, seconds: f64) -> Result<()> {
        let told = self.told.as_ref();
        let summary = told.and_then(|told| told.summary);
        let line = Line {
            schema_version: 1,
            command: "clean",
            tool: format!("scrubs {}", env!("CARGO_PKG_VERSION")),
            exit: exit as u8,
            meaning: meaning(exit),
            seconds,
            shard: self.args.scheduled.shard.map(|shard| shard.to_string()),
            dry_run: self.args.dry_run,
            worked: told.map(|told| told.worked),
            unchanged: told.map(|told| told.unchanged),
            recordings: summary.map(|(totals, _)| totals),
            duplicates: summary.map(|(_, duplicates)| duplicates),
        };
        say::out(&format!("{}\n", serde_json::to_string(&line)?)).map(drop)
    }

    fn write(&self, file: &Path, exit: Exit, seconds: f64) -> Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let success = if matches!(exit, Exit::Good | Exit::Held) { Some(now) } else { last_success(file) };
        let text = self.metrics(exit, seconds, now, success);
        put(file, text.as_bytes()).map_err(|error| {
            Advised::stopped(
                format!("the metrics cannot be written ({})", why(error.kind())),
                "The run itself is complete. Check that you may write in the folder of the file after --metrics.",
            )
        })
    }

    fn metrics(&self, exit: Exit, seconds: f64, now: u64, success: Option<u64>) -> String {
        let mut text = String::new();
        let mut metric = |name: &str, help: &str, values: &[(&str, f64)]| {
            if values.is_empty() {
                return;
            }
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            for (labels, value) in values {
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        };
        let version = format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
        metric("scrubs_info", "The version of scrubs.", &[(&version, 1.0)]);
        metric("scrubs_last_run_timestamp_seconds", "When the last run ended.", &[("", now as f64)]);
        let success: Vec<_> = success.map(|time| ("", time as f64)).into_iter().collect();
        metric(LAST_SUCCESS, "When the last run that was complete (exit code 0 or 1) ended.", &success);
        metric("scrubs_run_duration_seconds", "How long the last run took.", &[("", seconds)]);
        metric("scrubs_run_exit_code", "The exit code of the last run.", &[("", f64::from(exit as u8))]);
        let Some(told) = &self.told else { return text };
        let sources = [("{state=\"worked\"}", told.worked as f64), ("{state=\"unchanged\"}", told.unchanged as f64)];
        metric("scrubs_sources", "Sources of the last run, by whether they were worked on.", &sources);
        let Some((totals, duplicates)) = told.summary else { return text };
        let outcomes = [
            ("{outcome=\"released\"}", totals.released as f64),
            ("{outcome=\"held\"}", totals.held as f64),
            ("{outcome=\"unsupported\"}", totals.unsupported as f64),
            ("{outcome=\"failed\"}", totals.failed as f64),
            ("{outcome=\"listed\"}", totals.listed as f64),
        ];
        metric("scrubs_recordings", "Recordings of the release as it stands, by what became of them.", &outcomes);
        let help = "Further sources with the content of a recording that is counted.";
        metric("scrubs_duplicates", help, &[("", duplicates as f64)]);
        text
    }
}

fn meaning(exit: Exit) -> &'static str {
    match exit {
        Exit::Good => "complete",
        Exit::Held => "complete; something was held, unsupported or failed",
        Exit::Nothing => "nothing was done",
        Exit::Stopped => "stopped before the end; the same command continues",
        Exit::Interrupted => "interrupted; the same command continues",
    }
}

/// Where the metrics go: neither among sources, which are read, nor among outputs, which are proved.
fn place(args: &args::Clean, custody: Option<&Path>, file: &Path) -> Result<PathBuf> {
    let refuse = |what: &str| Advised::nothing(what, "Name a file in a folder of its own after --metrics.");
    let file = std::path::absolute(file)?;
    let (Some(name), Some(parent)) = (file.file_name(), file.parent()) else {
        return Err(refuse("the metrics need the name of a file"));
    };
    let parent = parent.canonicalize().map_err(|_| refuse("the folder for the metrics is not there"))?;
    let apart = args.sources.iter().map(PathBuf::as_path).chain([args.to.as_path()]).chain(custody);
    for place in apart.filter_map(|place| place.canonicalize().ok()) {
        if parent.join(name).starts_with(place) {
            return Err(refuse("the metrics would lie in a source, the release or custody"));
        }
    }
    Ok(parent.join(name))
}

/// When a run was last complete, as an earlier file of metrics says.
fn last_success(file: &Path) -> Option<u64> {
    let mut text = String::new();
    File::open(file).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(LAST_SUCCESS)?.strip_prefix(' '))?;
    value.parse().ok()
}

/// Puts a file in its place whole or not at all. Everybody may read it, since the exporter runs as another user.
fn put(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let parent = file.parent().unwrap_or(Path::new("."));
    let mut part = tempfile::Builder::new().prefix(".scrubs-metrics-").tempfile_in(parent)?;
    part.write_all(bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(part.path(), fs::Permissions::from_mode(0o644))?;
    }
    part.as_file().sync_all()?;
    part.persist(file)?;
    Ok(())
}
