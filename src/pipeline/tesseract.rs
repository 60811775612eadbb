//! The `tesseract` command as a reader of crops: found on PATH, started for one crop at a time, given it and heard through
//! pipes, so that nothing of a picture is left on the disk.
//!
//! Tesseract 4 or 5 with its English data; `--psm 7` (one line of text) and its table of words with confidences (TSV). The
//! program is not ours: it sees an empty environment but where it and its data lie, has a time and a length that its answer
//! may not pass, and is ended, with all that it started, where it passes them. What it says of errors is not listened to.

use crate::pixels::Unseen;
use crate::pixels::reading::{Crop, Reader, Word};
use crate::place::Area;
use crate::recording::Identifier;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// The name of the command.
const NAME: &str = "tesseract";
/// A crop of one line takes some tenths of a second; a busy machine is given a hundred times as long.
const PATIENCE: Duration = Duration::from_secs(30);
/// The words of one line are some kilobytes.
const MOST_SAID: u64 = 256 << 10;
/// The most words of a line that are listened to.
const MOST_WORDS: usize = 200;
/// After so many crops without an answer it is not asked again: every one cost the whole time.
const MOST_FAILURES: u32 = 8;

/// The command, found and asked for its version.
#[derive(Debug)]
pub struct Tesseract {
    program: PathBuf,
    version: String,
    patience: Duration,
    failures: AtomicU32,
}

/// Why it cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoTesseract {
    /// It is not on PATH.
    #[error("the program tesseract is not installed, or not on PATH")]
    Missing,
    /// It does not say which version it is.
    #[error("the program tesseract does not work: it does not say its version")]
    Silent,
    /// It has no English data.
    #[error("the program tesseract has no data for English")]
    Speechless,
}

impl NoTesseract {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            NoTesseract::Missing => {
                "Install it (Debian, Ubuntu: tesseract-ocr), or leave out --ocr and the profile's key `ocr`."
            }
            NoTesseract::Silent => {
                "Check that `tesseract --version` works, or leave out --ocr and the profile's key `ocr`."
            }
            NoTesseract::Speechless => {
                "Install its English data (Debian, Ubuntu: tesseract-ocr-eng), or leave out --ocr and the profile's key `ocr`."
            }
        }
    }
}

impl Tesseract {
    /// Finds the command on PATH and asks it for its version and its languages.
    ///
    /// # Errors
    /// A [`NoTesseract`] where there is none, or it does not work.
    pub fn find() -> Result<Self, NoTesseract> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut places = std::env::split_paths(&path)
            .map(|folder| folder.join(NAME).with_extension(std::env::consts::EXE_EXTENSION));
        let program = places.find(|place| place.is_absolute() && place.is_file()).ok_or(NoTesseract::Missing)?;
        let mut found = Self { program, version: String::new(), patience: PATIENCE, failures: AtomicU32::new(0) };
        let said = found.ask(&["--version"], Vec::new()).ok_or(NoTesseract::Silent)?;
        let first = String::from_utf8_lossy(&said).lines().next().unwrap_or_default().trim().to_owned();
        let plain =
            first.len() <= 64 && first.starts_with(NAME) && first.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        found.version = plain.then_some(first).ok_or(NoTesseract::Silent)?;
        let said = found.ask(&["--list-langs"], Vec::new()).ok_or(NoTesseract::Silent)?;
        let english = String::from_utf8_lossy(&said).lines().any(|line| line.trim() == "eng");
        if english { Ok(found) } else { Err(NoTesseract::Speechless) }
    }

    /// Its name and version, as it says them: what was read depends on it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Starts it once, hands it `given`, and listens; none where it fails, says too much, or takes too long.
    fn ask(&self, arguments: &[&str], given: Vec<u8>) -> Option<Vec<u8>> {
        let mut child = self.command(arguments).spawn().ok()?;
        let (said, heard) = mpsc::channel();
        let streams = child.stdin.take().zip(child.stdout.take());
        let Some((mut stdin, stdout)) = streams else {
            end(&mut child);
            return None;
        };
        // Neither thread is waited for: a program that closes nothing must not hold the run up.
        std::thread::spawn(move || {
            let _ = stdin.write_all(&given);
        });
        std::thread::spawn(move || {
            let mut all = Vec::new();
            let read = stdout.take(MOST_SAID + 1).read_to_end(&mut all);
            let _ = said.send(read.map(|_| all));
        });
        let answer = heard.recv_timeout(self.patience);
        let answer = match answer {
            Ok(Ok(all)) if all.len() as u64 <= MOST_SAID => all,
            _ => {
                end(&mut child);
                return None;
            }
        };
        // It has closed its output: now it ends, or is ended.
        for _ in 0..200 {
            match child.try_wait() {
                Ok(Some(status)) => return status.success().then_some(answer),
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Err(_) => break,
            }
        }
        end(&mut child);
        None
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        let kept = |name: &str| std::env::var_os(name).map(|value| (OsString::from(name), value));
        command
            .args(arguments)
            .env_clear()
            .envs(["PATH", "TESSDATA_PREFIX"].into_iter().filter_map(kept))
            .env("OMP_THREAD_LIMIT", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }
}

/// Ends it, and what it has started, and lets nothing of it be left.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

impl Reader for Tesseract {
    fn read(&self, crop: &Crop) -> Result<Vec<Word>, Unseen> {
        let silent = || Unseen::damaged("the program that reads letters gave no answer");
        if self.failures.load(Ordering::Relaxed) >= MOST_FAILURES {
            return Err(silent());
        }
        let arguments = ["stdin", "stdout", "--psm", "7", "--dpi", "300", "-l", "eng", "-c", "tessedit_create_tsv=1"];
        let words = self.ask(&arguments, crop.pgm()).and_then(|said| words(&said));
        words.ok_or_else(|| {
            self.failures.fetch_add(1, Ordering::Relaxed);
            silent()
        })
    }
}

/// The words of its table: a line of names, then twelve columns, of which level 5 is a word; none where it is no such table.
fn words(said: &[u8]) -> Option<Vec<Word>> {
    let text = std::str::from_utf8(said).ok()?;
    let mut lines = text.lines();
    if !lines.next()?.starts_with("level\tpage_num\t") {
        return None;
    }
    let mut all = Vec::new();
    for line in lines {
        let columns: Vec<&str> = line.splitn(12, '\t').collect();
        let number = |at: usize| columns.get(at)?.parse::<u32>().ok();
        if columns.first() != Some(&"5") {
            continue;
        }
        let area = Area::new(number(6)?, number(7)?, number(8)?, number(9)?);
        let confidence = columns.get(10)?.parse::<f32>().ok().filter(|c| c.is_finite())?.clamp(0.0, 100.0) as u8;
        let text = columns.get(11)?.trim();
        if !text.is_empty() {
            all.push(Word { text: Identifier::from(text), confidence, area });
        }
        if all.len() > MOST_WORDS {
            return None;
        }
    }
    Some(all)
}

#[cfg(all(test, unix))]
mod tests;
