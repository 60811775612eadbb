//! Letters to those who received recordings of which the consent was withdrawn since.
//!
//! GMC paras 8, 25, 35, 47. One letter to each recipient of each release: who received two releases must not learn from
//! a letter which codes of them belong together. A letter names codes, a month, and when the release was handed on; no
//! patient, no source, nobody else.

use super::part::{self, Part};
use crate::code::RecordingCode;
use crate::consent::Month;
use crate::ledger::HandedOn;
use crate::recording::terms::Scope;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The folder in custody where letters lie.
const FOLDER: &str = "notices";

/// A letter to one recipient of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The number of the withdrawal in this custody.
    pub withdrawal: i64,
    /// Who received the release.
    pub recipient: String,
    /// The month in which consent was withdrawn.
    pub month: Month,
    /// What was withdrawn; empty where all was.
    pub scopes: BTreeSet<Scope>,
    /// When they received the release, and in which state; never empty.
    pub handed: Vec<HandedOn>,
    /// What they have of the patient.
    pub codes: BTreeSet<RecordingCode>,
}

/// Writes the letters of a withdrawal, numbered in the order given, and returns where each lies. Letters of the same
/// number that lie there already are replaced.
///
/// # Errors
/// When a letter cannot be written. None is left half-written under its name.
pub fn write(custody: &Path, letters: &[Letter]) -> io::Result<Vec<PathBuf>> {
    let dir = custody.join(FOLDER);
    let mut paths = Vec::new();
    if !letters.is_empty() {
        part::create_dir(&dir)?;
    }
    for (number, letter) in letters.iter().enumerate() {
        let name = format!("withdrawal-{}-letter-{}.md", letter.withdrawal, number.saturating_add(1));
        let mut file = Part::create(&dir, &name)?;
        file.write_all(letter.text().as_bytes())?;
        file.finish()?;
        paths.push(dir.join(name));
    }
    Ok(paths)
}

impl Letter {
    /// The letter, in Markdown.
    pub fn text(&self) -> String {
        let handed: String = self.handed.iter().map(received).collect();
        let codes: String = self.codes.iter().map(|code| format!("- `{code}`\n")).collect();
        let (uses, which) = self.uses();
        let Letter { recipient, month, .. } = self;
        format!(
            "# Consent withdrawn: please stop using these recordings

To: {recipient}

A patient has withdrawn consent to {uses} of recordings that you received from us. The consent was withdrawn in {month}.
You received them in this release:

{handed}
## What we ask you to do

1. Stop using the recordings listed below{which}, in whatever form: files, slides, handouts, courses, drafts.
2. Delete the files, their `.consent.json`, and every copy that you control. The list `SHA256SUMS` of the release will then
   name files that are gone: ask us for the release as it is now.
3. Pass this on to everyone to whom you gave the recordings, and tell us whom.
4. Confirm to us that it is done, and tell us what could not be.

## The recordings

The names of the files begin with these codes.

{codes}
## Why

Patients may withdraw consent at any time, and what they say is to be followed; a patient who was a child when the
recording was made may do so once they decide for themselves. See General Medical Council, *Making and using visual and
audio recordings of patients*, paras 8, 25, 35 and 47.

## What cannot be undone

What was printed or published before the withdrawal cannot be called back. Tell us where it appeared, do not publish or
show it again, and take it down where it lies in your hands, such as on a website or a learning platform.
"
        )
    }

    fn uses(&self) -> (String, String) {
        if self.scopes.is_empty() {
            return ("any use".to_owned(), String::new());
        }
        let words: Vec<&str> = self.scopes.iter().map(|scope| scope.word()).collect();
        let list = words.join(", ");
        (format!("the use for {list}"), format!(" for {list}"))
    }
}

fn received(handed: &HandedOn) -> String {
    let s = if handed.recordings == 1 { "" } else { "s" };
    let sums = handed.sums.as_ref().map(|sums| format!("; SHA-256 of its `SHA256SUMS`: `{sums}`")).unwrap_or_default();
    format!("- handed on {} with {} recording{s}{sums}\n", handed.on.exact(), handed.recordings)
}
