//! Runs the program as a user would, in a temporary folder with a home of its own.

use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A temporary folder that stands for a user's home.
pub struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary folder") }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The program with these arguments, not yet started.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scrubs"));
        command.args(arguments).current_dir(self.dir.path()).env("HOME", self.dir.path());
        command.env_remove("XDG_DATA_HOME").env_remove("RUST_BACKTRACE");
        command
    }

    /// Runs the program to its end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Runs `scrubs clean … --format json`, asserts the exit code, and returns what it printed.
    pub fn clean(&self, arguments: &[&str], exit: i32) -> Value {
        let mut all = vec!["clean", "--format", "json"];
        all.extend(arguments);
        let output = self.run(&all);
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// The names that the key has for every code: source path to code.
    pub fn reveal(&self, custody: &str) -> BTreeMap<String, String> {
        let identity = format!("{custody}-identity.txt");
        let output =
            self.run(&["key", "reveal", "--all", "--custody", custody, "--identity", &identity, "--format", "json"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let rows: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let rows = rows.as_array().expect("an array");
        rows.iter().map(|r| (string(&r["source"]), string(&r["code"]))).collect()
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Every file below a folder, by its path from there.
pub fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root) {
        let entry = entry.expect("readable");
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(root).expect("below").to_path_buf();
            files.insert(path, fs::read(entry.path()).expect("readable"));
        }
    }
    files
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    for (path, bytes) in tree(from) {
        let target = to.join(path);
        fs::create_dir_all(target.parent().expect("a parent")).expect("made");
        fs::write(target, bytes).expect("written");
    }
}

/// Where a planted string stands in some bytes: as it is, in UTF-16, or in hexadecimal digits.
pub fn holds(bytes: &[u8], planted: &str) -> bool {
    let hex: String = planted.bytes().map(|b| format!("{b:02x}")).collect();
    let little: Vec<u8> = planted.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = planted.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let forms = [planted.as_bytes().to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes(), little, big];
    forms.iter().any(|form| memchr::memmem::find(bytes, form).is_some())
}

/// Files below a folder that hold a planted string, in their bytes or in their names.
pub fn holders(root: &Path, planted: &str) -> Vec<PathBuf> {
    let named = |path: &Path| path.to_string_lossy().contains(planted);
    tree(root).into_iter().filter(|(path, bytes)| named(path) || holds(bytes, planted)).map(|(path, _)| path).collect()
}
