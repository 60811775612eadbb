//! Finds a program and its version on a search path.

use super::limit::{Limits, Work};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// A program of this machine.
pub(super) struct Tool {
    pub(super) path: PathBuf,
    name: &'static str,
    version: String,
}

/// The longest version that is told.
const LONGEST: usize = 24;
/// How much of what a program says of itself is read.
const SAID: u64 = 16 * 1024;

impl Tool {
    /// Name and version as one word: `ffmpeg-7.1`.
    pub(super) fn word(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

/// The first of these programs that is there, with the version that it tells.
pub(super) fn find(names: &[&'static str], search: &OsStr, limits: &Limits) -> Option<Tool> {
    let (name, path) = names.iter().find_map(|name| Some((*name, on_path(name, search)?)))?;
    // A machine may be too busy to answer in time: that must not make it one without the program.
    let version = version(&path, name, search, limits).unwrap_or_else(|| "unknown".to_owned());
    Some(Tool { path, name, version })
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

/// What it says of its version: libheif's programs among their help, in either stream.
fn version(path: &Path, name: &str, search: &OsStr, limits: &Limits) -> Option<String> {
    let folder = tempfile::tempdir().ok()?;
    let work = Work { search: search.to_owned(), limits: limits.for_asking(), by: name.to_owned() };
    let option = if name.starts_with("ff") { "-version" } else { "--version" };
    // How it ends says nothing: an option that it does not know makes it tell its version too.
    work.ask(path, &[option], folder.path()).ok()?;
    let said = ["said", "said-too"].map(|file| read(&folder.path().join(file)));
    said.iter().find_map(|text| told(text))
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
