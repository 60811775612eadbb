//! Runs another program with limits: of time, of what it may write, and, on Linux, of memory and processor time.
//!
//! It is started without a shell, in a process group of its own, with nothing but `PATH` in its environment and nothing to
//! read; whatever it says goes nowhere.

use crate::pixels::Unseen;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// What a program may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Until one run of it is ended. On a busy machine a program waits more than it works, so this is generous.
    pub(super) time: Duration,
    /// Seconds of processor time of one run (Linux).
    pub(super) work: u64,
    /// Until all runs of it for one recording are.
    pub(super) whole: Duration,
    /// Bytes in its folder, besides what it was given.
    pub(super) written: u64,
}

impl Default for Limits {
    /// A picture of 50 megapixels takes some five seconds, a frame of a film less than one.
    fn default() -> Self {
        Self { time: Duration::from_secs(300), work: 60, whole: Duration::from_secs(600), written: 2 << 30 }
    }
}

impl Limits {
    /// For asking it what it is: on a busy machine even that takes seconds, and a program must not be missed for it.
    pub(super) fn for_asking(self) -> Self {
        Self { time: self.time.min(Duration::from_secs(30)), written: 1 << 20, ..self }
    }
}

/// Bytes of address space (Linux): decoders reserve far more than they use.
#[cfg(target_os = "linux")]
const MEMORY: u64 = 4 << 30;
/// How much less urgent than scrubs itself it is.
#[cfg(unix)]
const NICE: i32 = 5;
/// How long at most until it is looked at again.
const STEP: Duration = Duration::from_millis(20);

/// How a program is run.
pub(super) struct Work {
    pub(super) search: OsString,
    pub(super) limits: Limits,
    pub(super) by: String,
}

impl Work {
    /// Runs it in `folder`; `given` is the file that it was given.
    ///
    /// # Errors
    /// Where it cannot be started, is ended by a limit, or says that it failed.
    pub(super) fn run(&self, path: &Path, args: &[&str], folder: &Path, given: &str) -> Result<(), Unseen> {
        self.start(path, args, folder, given, [Stdio::null(), Stdio::null()]).and_then(|status| {
            if status.success() { Ok(()) } else { Err(Unseen::damaged("the decoder gave up on it")) }
        })
    }

    /// Runs it with what it says in the files `said` and `said-too`, however it ends.
    ///
    /// # Errors
    /// Where it cannot be started or is ended by a limit.
    pub(super) fn ask(&self, path: &Path, args: &[&str], folder: &Path) -> Result<ExitStatus, Unseen> {
        let file = |name: &str| File::create(folder.join(name)).map(Stdio::from).map_err(|_| no_room());
        self.start(path, args, folder, "film", [file("said")?, file("said-too")?])
    }

    fn start(
        &self,
        path: &Path,
        args: &[&str],
        folder: &Path,
        given: &str,
        [out, err]: [Stdio; 2],
    ) -> Result<ExitStatus, Unseen> {
        let mut command = Command::new(path);
        command.args(args).current_dir(folder).env_clear().env("PATH", &self.search);
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|_| Unseen::no_decoder("the installed decoder cannot be started"))?;
        confine(&child, &self.limits);
        let (begun, mut step) = (Instant::now(), Duration::from_millis(1));
        let fault = loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) => {}
                Err(_) => break Unseen::damaged("the decoder gave up on it"),
            }
            if begun.elapsed() > self.limits.time {
                break Unseen::too_large("the installed decoder took too long with it");
            }
            if written(folder, given) > self.limits.written {
                break Unseen::too_large("the installed decoder made more of it than may be kept");
            }
            std::thread::sleep(step);
            step = (step * 2).min(STEP);
        };
        end(&mut child);
        Err(fault)
    }
}

/// There is no place to decode in.
pub(super) fn no_room() -> Unseen {
    Unseen::too_large("there was no room to decode it in")
}

/// Bytes that it has written.
fn written(folder: &Path, given: &str) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let own = entries.filter(|entry| entry.file_name() != given);
    own.filter_map(|entry| entry.metadata().ok()).fold(0, |all, meta| all.saturating_add(meta.len()))
}

/// Makes it less urgent and bounds what it may take. Where that fails it is watched all the same.
#[cfg(unix)]
fn confine(child: &Child, limits: &Limits) {
    let pid = rustix::process::Pid::from_child(child);
    let _ = rustix::process::setpriority_process(Some(pid), NICE);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, prlimit};
        let set = |resource, most: u64| {
            let _ = prlimit(Some(pid), resource, Rlimit { current: Some(most), maximum: Some(most) });
        };
        set(Resource::As, MEMORY);
        set(Resource::Fsize, limits.written);
        // Also ends it where scrubs itself was killed.
        set(Resource::Cpu, limits.work);
        set(Resource::Core, 0);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = limits;
}

#[cfg(not(unix))]
fn confine(_: &Child, _: &Limits) {}

/// Ends it with all that it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    let _ = rustix::process::kill_process_group(rustix::process::Pid::from_child(child), rustix::process::Signal::KILL);
    let _ = child.kill();
    let _ = child.wait();
}
