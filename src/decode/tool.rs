//! Finds a program on a search path, and its version once that is asked for.

use super::limit::{Limits, Work};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

/// A program of this machine. What it is called in reports has its version, which it is asked for when that is first
/// needed: starting it takes longer than cleaning a hundred photographs.
pub(super) struct Tool {
    pub(super) path: PathBuf,
    pub(super) name: &'static str,
    search: OsString,
    limits: Limits,
    version: OnceLock<String>,
}

/// The longest version that is told.
const LONGEST: usize = 24;
/// How much of what a program says of itself is read.
const SAID: u64 = 16 * 1024;

impl Tool {
    /// Name and version as one word: `ffmpeg-7.1`.
    pub(super) fn word(&self) -> String {
        // A machine may be too busy to answer in time: that must not make it one without the program.
        let version = self.version.get_or_init(|| self.ask().unwrap_or_else(|| "unknown".to_owned()));
        format!("{}-{version}", self.name)
    }

    /// Name, length and time of change of the program's file: what tells, without starting it, that it may be another
    /// than the last time. Never shown.
    pub(super) fn stamp(&self) -> String {
        let meta = fs::metadata(&self.path).ok();
        let length = meta.as_ref().map_or(0, fs::Metadata::len);
        let changed = meta.and_then(|meta| meta.modified().ok()?.duration_since(UNIX_EPOCH).ok());
        format!("{} {length} {}", self.name, changed.unwrap_or_default().as_nanos())
    }

    /// What it says of its version: libheif's programs among their help, in either stream.
    fn ask(&self) -> Option<String> {
        let folder = tempfile::tempdir().ok()?;
        let limits = self.limits.for_asking();
        let work = Work { search: self.search.clone(), limits, by: self.name.to_owned() };
        let option = if self.name.starts_with("ff") { "-version" } else { "--version" };
        // How it ends says nothing: an option that it does not know makes it tell its version too.
        work.ask(&self.path, &[option], folder.path()).ok()?;
        let said = ["said", "said-too"].map(|file| read(&folder.path().join(file)));
        said.iter().find_map(|text| told(text))
    }
}

/// The first of these programs that is there.
pub(super) fn find(names: &[&'static str], search: &OsStr, limits: &Limits) -> Option<Tool> {
    let (name, path) = names.iter().find_map(|name| Some((*name, on_path(name, search)?)))?;
    Some(Tool { path, name, search: search.to_owned(), limits: *limits, version: OnceLock::new() })
}

/// Where a program lies. A place that is not absolute depends on where scrubs was started, so it is passed over.
fn on_path(name: &str, search: &OsStr) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let places = std::env::split_paths(search).filter(|place| place.is_absolute());
    places.map(|place| place.join(&file)).find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

fn read(path: &Path) -> String {
    use std::io::Read;
    let mut bytes = Vec::new();
    let _ = fs::File::open(path).and_then(|file| file.take(SAID).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The word behind `version`, or a line that is a number alone.
fn told(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let behind = words.windows(2).find(|pair| pair[0].trim_end_matches(':') == "version").map(|pair| pair[1]);
    let alone = words.first().filter(|word| words.len() == 1 && word.starts_with(|c: char| c.is_ascii_digit()));
    let version = behind.or(alone.copied())?;
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+') { c } else { '-' };
    Some(version.chars().map(plain).take(LONGEST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_programs_say() {
        let cases = [
            ("ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026", Some("5.1.9-0+deb12u1")),
            ("\n heif-convert  libheif version: 1.15.1\n-----", Some("1.15.1")),
            ("1.19.5\n", Some("1.19.5")),
            ("ffmpeg version N-110~/x Copyright", Some("N-110--x")),
            ("usage: something", None),
            ("", None),
        ];
        let tried = cases.iter().filter(|(text, version)| told(text).as_deref() == *version).count();
        assert_eq!(tried, 6);
    }
}
