//! What was found before and shall be told no more: digests of findings, so that the file itself tells nothing.

use super::Advised;
use anyhow::Result;
use scrubs::check::Item;
use scrubs::recording::fault::why;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

/// What a baseline's digests are of: 2 adds the file's content, without which another picture of the same name was known.
const VERSION: u32 = 2;

/// The largest baseline that is read, in bytes.
const LARGEST: u64 = 256 << 20;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    known: BTreeSet<String>,
}

/// Findings that are known.
#[derive(Debug, Default)]
pub(super) struct Baseline {
    path: Option<PathBuf>,
    known: BTreeSet<String>,
    today: Option<BTreeSet<String>>,
}

impl Baseline {
    pub(super) fn open(path: Option<&Path>, writing: bool) -> Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        let today = writing.then(BTreeSet::new);
        let known = match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && writing => BTreeSet::new(),
            Ok(_) if writing => BTreeSet::new(),
            Ok(found) if found.len() <= LARGEST => read(path)?,
            _ => return Err(broken()),
        };
        Ok(Self { path: Some(path.to_owned()), known, today })
    }

    /// Whether there is one to ask or to write.
    pub(super) fn is_asked(&self) -> bool {
        self.path.is_some()
    }

    /// Takes what is known out of an item of a file whose content has this digest; how much that was. Of a file whose
    /// digest is not known nothing is.
    pub(super) fn sift(&mut self, item: &mut Item, content: Option<&Content>) -> u64 {
        let Some(content) = content.filter(|_| self.is_asked()) else { return 0 };
        let mut times: BTreeMap<String, u32> = BTreeMap::new();
        let before = item.remarks.len();
        let place =
            [named(&item.file), item.member.clone().unwrap_or_default(), item.inside.clone().unwrap_or_default()];
        item.remarks.retain(|remark| {
            let label = format!("{}\0{}", remark.finding.code.word(), remark.finding.label);
            let n = times.entry(label.clone()).or_default();
            *n += 1;
            let digest =
                Sha256::new().chain_update(content).chain_update(format!("{}\0{label}\0{n}", place.join("\0")));
            let print: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            match &mut self.today {
                Some(today) => {
                    today.insert(print);
                    false
                }
                None => !self.known.contains(&print),
            }
        });
        (before - item.remarks.len()) as u64
    }

    /// Writes today's findings in the place of what was known, and says so.
    pub(super) fn write(self) -> Result<String> {
        let (Some(path), Some(known)) = (self.path, self.today) else { return Ok(String::new()) };
        let name = super::super::say::path(&path);
        let told = match known.len() {
            0 => format!("No findings written to {name}: there are none."),
            1 => format!("1 finding written to {name}; it is told no more while this file stays as it is."),
            n => format!("{n} findings written to {name}; they are told no more while these files stay as they are."),
        };
        let mut text = serde_json::to_string_pretty(&Written { version: VERSION, known })?;
        text.push('\n');
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let unwritten = |error: std::io::Error| {
            Advised::nothing(
                format!("the baseline cannot be written ({})", why(error.kind())),
                "Check the path after --baseline.",
            )
        };
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritten)?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(unwritten)?;
        file.persist(&path).map_err(|error| unwritten(error.error))?;
        Ok(told)
    }
}

/// The SHA-256 of a file's content.
pub(super) type Content = [u8; 32];

/// The digest of what a file holds; none where it cannot be read.
pub(super) fn content(path: &Path) -> Option<Content> {
    let (mut file, mut digest, mut buffer) = (std::fs::File::open(path).ok()?, Sha256::new(), vec![0; 256 * 1024]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Some(digest.finalize().into()),
            Ok(n) => digest.update(&buffer[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

/// A path as it is told, whether the user named the file or the folder that it is in: `./a.jpg` is `a.jpg`.
fn named(path: &Path) -> String {
    let parts = path.components().filter(|part| *part != std::path::Component::CurDir);
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

fn read(path: &Path) -> Result<BTreeSet<String>> {
    let bytes = std::fs::read(path).map_err(|_| broken())?;
    let written: Written = serde_json::from_slice(&bytes).map_err(|_| broken())?;
    match written.version {
        VERSION => Ok(written.known),
        1 => Err(Advised::nothing(
            "the baseline is of an earlier version of scrubs, which did not look whether a file is still the same",
            "Make it again with --write-baseline.",
        )),
        _ => Err(broken()),
    }
}

fn broken() -> anyhow::Error {
    Advised::nothing("the baseline is not there, or is no baseline", "Make it with --write-baseline.")
}
