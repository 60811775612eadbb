//! What was found before and shall be told no more: digests of findings, so that the file itself tells nothing.

use super::Advised;
use anyhow::Result;
use scrubs::check::Item;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

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

    /// Takes what is known out of an item; how much that was.
    pub(super) fn sift(&mut self, item: &mut Item) -> u64 {
        if self.path.is_none() {
            return 0;
        }
        let mut times: BTreeMap<String, u32> = BTreeMap::new();
        let before = item.remarks.len();
        let place =
            [named(&item.file), item.member.clone().unwrap_or_default(), item.inside.clone().unwrap_or_default()];
        item.remarks.retain(|remark| {
            let label = format!("{}\0{}", remark.finding.code.word(), remark.finding.label);
            let n = times.entry(label.clone()).or_default();
            *n += 1;
            let digest = Sha256::digest(format!("{}\0{label}\0{n}", place.join("\0")));
            let print: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
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

    /// Writes today's findings in the place of what was known.
    pub(super) fn write(self) -> Result<()> {
        let (Some(path), Some(known)) = (self.path, self.today) else { return Ok(()) };
        let mut text = serde_json::to_string_pretty(&Written { version: 1, known })?;
        text.push('\n');
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let unwritten = |error: std::io::Error| {
            Advised::nothing(
                format!("the baseline cannot be written ({})", error.kind()),
                "Check the path after --baseline.",
            )
        };
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritten)?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(unwritten)?;
        file.persist(&path).map_err(|error| unwritten(error.error))?;
        Ok(())
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
    if written.version != 1 {
        return Err(broken());
    }
    Ok(written.known)
}

fn broken() -> anyhow::Error {
    Advised::nothing("the baseline is not there, or is no baseline", "Make it with --write-baseline.")
}
