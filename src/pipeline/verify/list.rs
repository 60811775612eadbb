//! The files of a release and the lines of its list of digests, read alongside each other in the order of their paths.
//!
//! `SHA256SUMS` in the form of GNU coreutils' `sha256sum`; a name that scrubs gives needs no escapes.

use super::{Broken, broken};
use crate::code::{PatientCode, RecordingCode};
use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use walkdir::WalkDir;

/// The name of the list, at the root of a release.
pub(super) const NAME: &str = "SHA256SUMS";
/// The longest line that a list can have: a digest, two spaces, and a name that scrubs gives.
const LINE: u64 = 4096;

/// What a sidecar's name ends with.
pub(super) const SIDECAR: &str = ".consent.json";
/// The reports of a release.
const REPORTS: [&str; 5] = [
    "report/consent.fhir.ndjson",
    "report/index.html",
    "report/recordings.csv",
    "report/recordings.jsonl",
    "report/summary.json",
];

/// A file of the release, a line of the list, or both.
#[derive(Debug)]
pub(super) struct Item {
    /// Its path below the release, `/` between names.
    pub(super) path: String,
    /// What the list says that its digest is; none where the list does not have it.
    pub(super) listed: Option<String>,
    /// Whether it is there, as a file.
    pub(super) there: Result<(), Broken>,
}

impl Item {
    /// Whether two files, one after the other, are of the same recording.
    pub(super) fn belongs_with(&self, other: &Item) -> bool {
        self.code().is_some_and(|code| other.code().as_ref() == Some(&code))
    }

    /// The recording that the path says it is of.
    pub(super) fn code(&self) -> Option<RecordingCode> {
        let (folder, name) = self.path.strip_prefix("recordings/")?.split_once('/')?;
        let (stem, _) = name.split_once('.')?;
        let code = RecordingCode::parse(stem).filter(|code| code.as_str() == stem)?;
        (code.patient().as_str() == folder).then_some(code)
    }
}

/// Whether a path is one of a DICOM file-set (PS3.10 8.5): DICOMDIR, or the second name of an object.
fn is_of_file_set(path: &str) -> bool {
    let part = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let Some(rest) = path.strip_prefix("DICOM/") else { return path == "DICOMDIR" };
    let parts: Vec<&str> = rest.split('/').collect();
    parts.iter().map(|name| name.len()).eq([8, 4, 8]) && parts.iter().all(|name| part(name))
}

/// Whether a path is one that scrubs gives, so that it can be told to anybody.
pub(super) fn is_ours(path: &str) -> bool {
    if path == NAME || REPORTS.contains(&path) || is_of_file_set(path) {
        return true;
    }
    let Some((folder, name)) = path.strip_prefix("recordings/").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let Some((stem, ending)) = name.split_once('.') else { return false };
    let plain = ending.len() <= 24 && ending.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.');
    PatientCode::parse(folder).is_some() && RecordingCode::parse(stem).is_some() && plain
}

/// Walk and list, merged.
pub(super) struct Items {
    walk: Box<dyn Iterator<Item = (String, Result<(), Broken>)>>,
    lines: BufReader<File>,
    found: Option<(String, Result<(), Broken>)>,
    line: Option<(String, String)>,
    last: String,
    /// What is wrong with the list itself.
    disorder: Option<Broken>,
}

impl Items {
    pub(super) fn new(release: &Path, list: File) -> Self {
        let walk = WalkDir::new(release).follow_links(false).sort_by_file_name().min_depth(1).into_iter();
        let root = release.to_path_buf();
        let walk = walk.filter_map(move |entry| match entry {
            Ok(entry) if entry.file_type().is_dir() => None,
            Ok(entry) => {
                let path = below(&root, entry.path());
                let fault = broken("not-a-file", "Something that is neither a file nor a folder.", &path);
                let there = if entry.file_type().is_file() { Ok(()) } else { Err(fault) };
                (path != NAME).then_some((path, there))
            }
            Err(error) => {
                let path = error.path().map(|path| below(&root, path)).unwrap_or_default();
                let fault = broken("unreadable", "It cannot be read.", &path);
                Some((path, Err(fault)))
            }
        });
        let mut items = Self {
            walk: Box::new(walk),
            lines: BufReader::new(list),
            found: None,
            line: None,
            last: String::new(),
            disorder: None,
        };
        items.found = items.walk.next();
        items.advance();
        items
    }

    /// The next line of the list; one that is none, or that stands out of order, ends it.
    fn advance(&mut self) {
        self.line = None;
        let mut line = Vec::new();
        let read = (&mut self.lines).take(LINE).read_until(b'\n', &mut line);
        if matches!(read, Ok(0)) {
            return;
        }
        match parse(&line).filter(|(_, path)| order(path, &self.last) == Ordering::Greater) {
            Some((digest, path)) => {
                self.last.clone_from(&path);
                self.line = Some((digest, path));
            }
            None => {
                let says = "The list of digests has a line that scrubs did not write, or is not in order.";
                self.disorder = Some(broken("list-broken", says, NAME));
            }
        }
    }
}

impl Iterator for Items {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if let Some(fault) = self.disorder.take() {
            return Some(Item { path: NAME.to_owned(), listed: Some(String::new()), there: Err(fault) });
        }
        let ordering = match (&self.found, &self.line) {
            (None, None) => return None,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((found, _)), Some((_, listed))) => order(found, listed),
        };
        if ordering == Ordering::Greater {
            let (digest, path) = self.line.take()?;
            self.advance();
            let fault = broken("missing", "The list of digests names a file that is not there.", &path);
            return Some(Item { path, listed: Some(digest), there: Err(fault) });
        }
        let (path, there) = self.found.take()?;
        self.found = self.walk.next();
        let listed = (ordering == Ordering::Equal).then(|| self.line.take()).flatten().map(|(digest, _)| digest);
        if ordering == Ordering::Equal {
            self.advance();
        }
        Some(Item { path, listed, there })
    }
}

/// The order of the walk: by the names between the slashes.
fn order(one: &str, other: &str) -> Ordering {
    one.split('/').map(str::as_bytes).cmp(other.split('/').map(str::as_bytes))
}

fn parse(line: &[u8]) -> Option<(String, String)> {
    let text = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (digest, path) = text.split_at_checked(64)?;
    let hex = digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let path = path.strip_prefix("  ").filter(|path| hex && !path.is_empty())?;
    Some((digest.to_owned(), path.to_owned()))
}

fn below(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
