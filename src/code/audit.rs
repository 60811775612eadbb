//! The audit: who revealed, withdrew, released, handed on or destroyed, and when; one JSON object to a line, only added to.
//!
//! JSON Lines; times in UTC after RFC 3339. It lies in custody and names codes and users, never patients or sources.

use super::custody::Custody;
use super::permission;
use serde::{Deserialize, Serialize};
use std::env;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The file's name in custody.
const FILE: &str = "audit.jsonl";

/// More codes than this are told by their number alone.
pub const MOST_CODES: usize = 1000;

/// No line that is read back is longer than this.
const LONGEST_LINE: u64 = 1 << 20;

/// Why the audit could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The disk refused.
    #[error("the audit could not be read or written ({})", .0.kind())]
    Io(#[from] io::Error),
    /// A line could not be put as JSON.
    #[error("an audit line could not be written")]
    Line,
}

impl AuditError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        "Nothing that must be audited is done without its line. Check that custody is on a disk that you may write to \
         and that has space."
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Deed {
    /// Codes were turned back into patients and sources, with an identity.
    Revealed,
    /// Codes were found among sources at hand, with the coding secret.
    Located,
    /// Consent was withdrawn and the recordings taken out of the release.
    Withdrew,
    /// A person released what had been held.
    Released,
    /// A person decided about a held recording, and it is not released, or not yet.
    Decided,
    /// A person took a decision back.
    TookBack,
    /// A release was handed on.
    HandedOn,
    /// The key was exported.
    Exported,
    /// The list of guardians was changed.
    ChangedGuardians,
    /// Key, coding secret and digests were destroyed.
    Destroyed,
    /// What the codes of one release came from was erased, since it was made to be forgotten.
    ForgotKey,
    /// A line that a crash had cut short was closed; `fragment` is what was there of it.
    Repaired,
}

/// One line of the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// When, in UTC to the second; set when the line is written.
    #[serde(default)]
    pub when: String,
    /// Who, by the system's user name and number; set when the line is written.
    #[serde(default)]
    pub who: String,
    /// What was done.
    pub what: Deed,
    /// To which codes; empty when there were more than [`MOST_CODES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// To how many codes.
    #[serde(default)]
    pub count: u64,
    /// To whom, when something was handed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Who decided, as they name themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, as the person said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What was left of a line that a crash cut short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fragment: Option<String>,
}

impl Act {
    /// A deed done to these codes, now and by whoever runs this.
    pub fn new(what: Deed, codes: impl IntoIterator<Item = String>) -> Self {
        let mut act = Act {
            when: String::new(),
            who: String::new(),
            what,
            codes: Vec::new(),
            count: 0,
            to: None,
            by: None,
            why: None,
            fragment: None,
        };
        for code in codes {
            act.count = act.count.saturating_add(1);
            if act.codes.len() <= MOST_CODES {
                act.codes.push(code);
            }
        }
        if act.codes.len() > MOST_CODES {
            act.codes = Vec::new();
        }
        // The order they came in is that of their sources.
        act.codes.sort_unstable();
        act
    }

    /// The same, with the reason a person gave.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// The same, decided by a person who names themselves.
    #[must_use]
    pub fn by(mut self, who: impl Into<String>) -> Self {
        self.by = Some(who.into());
        self
    }

    /// The same, with the recipient it was done for.
    #[must_use]
    pub fn to(mut self, recipient: impl Into<String>) -> Self {
        self.to = Some(recipient.into());
        self
    }
}

/// Adds a line and makes it durable. Call it **before** the deed: a deed without a line is worse than a line too many.
///
/// # Errors
/// When the line could not be written; the deed must then not be done.
pub fn append(custody: &Custody, act: &Act) -> Result<(), AuditError> {
    append_at(custody.dir(), act)
}

/// The same for a custody that can no longer be opened, since its key is being destroyed.
pub(crate) fn append_at(dir: &Path, act: &Act) -> Result<(), AuditError> {
    let path = dir.join(FILE);
    let fresh = path.symlink_metadata().is_err();
    let mut file = permission::open_file(&path)?;
    // Others may write at the same moment; the system gives the lock back when the file is closed.
    file.lock()?;
    let who = who(dir);
    repair(&mut file, &who)?;
    write_line(&mut file, act, &who)?;
    file.sync_all()?;
    if fresh {
        permission::sync_dir(dir)?;
    }
    Ok(())
}

/// Reads the audit from its beginning.
///
/// # Errors
/// Whatever the disk says. Lines that are damaged are counted, not errors.
pub fn read(custody: &Custody, mut each: impl FnMut(Act)) -> Result<u64, AuditError> {
    let file = match File::open(custody.dir().join(FILE)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error.into()),
    };
    let mut input = BufReader::new(file);
    let mut damaged = 0u64;
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(damaged);
        }
        match serde_json::from_slice(&line) {
            Ok(act) => each(act),
            Err(_) => damaged = damaged.saturating_add(1),
        }
    }
}

fn write_line(file: &mut File, act: &Act, who: &str) -> Result<(), AuditError> {
    let when = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let act = Act { when, who: who.to_owned(), ..act.clone() };
    let mut line = serde_json::to_vec(&act).map_err(|_| AuditError::Line)?;
    line.push(b'\n');
    file.seek(SeekFrom::End(0))?;
    file.write_all(&line)?;
    Ok(())
}

/// Closes a last line that a crash cut short. What was there of it is kept in a line of its own, so that every line is
/// whole again and nothing that was written is lost.
fn repair(file: &mut File, who: &str) -> Result<(), AuditError> {
    let length = file.seek(SeekFrom::End(0))?;
    let start = last_line(file, length)?;
    if start == length {
        return Ok(());
    }
    file.seek(SeekFrom::Start(start))?;
    let mut torn = Vec::new();
    Read::take(&mut *file, LONGEST_LINE).read_to_end(&mut torn)?;
    if serde_json::from_slice::<Act>(&torn).is_ok() {
        file.write_all(b"\n")?;
        return Ok(());
    }
    let mut act = Act::new(Deed::Repaired, []);
    act.fragment = Some(String::from_utf8_lossy(&torn).into_owned());
    file.set_len(start)?;
    write_line(file, &act, who)
}

/// Where the line that no line break ends begins; `length` when there is none.
fn last_line(file: &mut File, length: u64) -> io::Result<u64> {
    let mut block = [0u8; 4096];
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(block.len() as u64);
        let part = &mut block[..usize::try_from(end - start).unwrap_or_default()];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(part)?;
        if let Some(at) = part.iter().rposition(|b| *b == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Who runs this: the name that belongs to the number the system writes files as, so that a changed `USER` does not hide
/// anybody.
fn who(dir: &Path) -> String {
    let number = permission::user_number(dir);
    let said = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| env::var(name).ok()).filter(|n| !n.is_empty());
    let name = number.and_then(permission::user_name).or_else(said);
    match (name, number) {
        (Some(name), Some(number)) => format!("{name} (user {number})"),
        (Some(name), None) => name,
        (None, Some(number)) => format!("user {number}"),
        (None, None) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use age::x25519::Identity;
    use std::fs;

    fn custody() -> (tempfile::TempDir, Custody) {
        let home = tempfile::tempdir().unwrap();
        let custody = Custody::create(&home.path().join("custody"), &[Identity::generate().to_public()]).unwrap();
        (home, custody)
    }

    fn acts(custody: &Custody) -> (Vec<Act>, u64) {
        let mut acts = Vec::new();
        let damaged = read(custody, |act| acts.push(act)).unwrap();
        (acts, damaged)
    }

    #[test]
    fn lines_are_added_with_when_and_who_for_the_owner_alone() {
        let (_home, custody) = custody();
        assert_eq!(acts(&custody), (Vec::new(), 0));
        append(&custody, &Act::new(Deed::Revealed, ["P-1".to_owned()]).because("asked")).unwrap();
        append(&custody, &Act::new(Deed::HandedOn, []).to("Ysgol Feddygol")).unwrap();
        let (acts, damaged) = acts(&custody);
        assert_eq!((acts.len(), damaged, acts[0].what, acts[1].what), (2, 0, Deed::Revealed, Deed::HandedOn));
        assert_eq!(
            (acts[0].codes.as_slice(), acts[0].count, acts[0].why.as_deref()),
            (&["P-1".to_owned()][..], 1, Some("asked"))
        );
        assert_eq!(acts[1].to.as_deref(), Some("Ysgol Feddygol"));
        assert!(acts[0].when.ends_with('Z') && acts[0].when.len() == 20 && !acts[0].who.is_empty());
        assert!(permission::is_private(&custody.dir().join(FILE).metadata().unwrap()));
    }

    #[test]
    fn many_codes_are_told_by_their_number() {
        let act = |n: usize| Act::new(Deed::Revealed, (0..n).map(|i| i.to_string()));
        assert_eq!((act(MOST_CODES).codes.len(), act(MOST_CODES).count), (MOST_CODES, 1000));
        assert_eq!((act(MOST_CODES + 1).codes.len(), act(MOST_CODES + 1).count), (0, 1001));
    }

    #[test]
    fn a_line_cut_short_at_any_byte_is_closed_and_kept() {
        let (_home, custody) = custody();
        let path = custody.dir().join(FILE);
        append(&custody, &Act::new(Deed::Withdrew, ["P-1".to_owned()])).unwrap();
        append(&custody, &Act::new(Deed::Released, ["P-2".to_owned()]).because("é")).unwrap();
        let whole = fs::read(&path).unwrap();
        let first = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
        let mut tried = 0;
        for cut in first..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            append(&custody, &Act::new(Deed::Located, [])).unwrap();
            let (acts, damaged) = acts(&custody);
            let deeds: Vec<_> = acts.iter().map(|a| a.what).collect();
            let expected = match cut {
                cut if cut == first => vec![Deed::Withdrew, Deed::Located],
                cut if cut + 1 >= whole.len() => vec![Deed::Withdrew, Deed::Released, Deed::Located],
                _ => vec![Deed::Withdrew, Deed::Repaired, Deed::Located],
            };
            assert_eq!((deeds, damaged), (expected, 0), "cut at {cut}");
            assert!(fs::read(&path).unwrap().starts_with(&whole[..first]));
            tried += 1;
        }
        assert!(tried > 100);
    }

    #[test]
    fn a_torn_line_longer_than_a_block_is_found() {
        let (_home, custody) = custody();
        let path = custody.dir().join(FILE);
        fs::write(&path, "x".repeat(10_000)).unwrap();
        append(&custody, &Act::new(Deed::Located, [])).unwrap();
        let (acts, damaged) = acts(&custody);
        assert_eq!((acts.len(), damaged, acts[0].fragment.as_ref().map(String::len)), (2, 0, Some(10_000)));
    }

    #[test]
    fn lines_written_at_once_do_not_mix() {
        let (_home, custody) = custody();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10).for_each(|_| append(&custody, &Act::new(Deed::Located, [])).unwrap()));
            }
        });
        assert_eq!((acts(&custody).0.len(), acts(&custody).1), (40, 0));
    }
}
