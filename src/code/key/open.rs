//! Opening the key: with an identity, one key file after another, each line as far as it can be trusted.
//!
//! age (C2SP age v1) seals in chunks of 64 KiB, each with its own proof: what stands before a damage is whole, and what
//! comes after it is not shown.

use super::{FOLDER, KeyEntry, KeyError, LONGEST_LINE, TEMPORARY, line, table};
use crate::code::audit::{self, Act, Deed};
use crate::code::custody::Custody;
use crate::code::{PatientCode, RecordingCode, identity};
use age::stream::StreamReader;
use age::x25519::Identity;
use age::{DecryptError, Decryptor};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::ops::Range;
use std::path::Path;
use zeroize::Zeroizing;

/// The head of a key file names its guardians; a longer one is not ours (see [`super::super::custody::MOST_GUARDIANS`]).
pub(super) const LONGEST_HEAD: u64 = 1 << 14;

const FIRST_LINE: &[u8] = b"age-encryption.org/v1\n";

/// Which codes are to be turned back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All of them.
    All,
    /// These recordings, and all recordings of these patients; codes as a user types them.
    Codes(Vec<String>),
}

/// One code turned back. As JSON: `code`, `patient` (the patient's code), `patient_id` (null where nothing tied the
/// recording to a patient), `source`, `run`; `issuer` and `patient_name` where known; `source_bytes` in hexadecimal digits
/// where the path is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revealed {
    /// What the key kept.
    pub entry: KeyEntry,
    /// The run that sealed it first.
    pub run: String,
}

impl Serialize for Revealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        line::contract_fields(&mut map, &self.entry, &self.run)?;
        line::optional_fields(&mut map, &self.entry)?;
        map.end()
    }
}

/// What opening the key gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reveal {
    /// The codes turned back, in the order they were sealed in; each code and source once.
    pub revealed: Vec<Revealed>,
    /// Codes asked for of which the opened files say nothing.
    pub missing: Vec<String>,
    /// Key files that could not be read, or not to their end.
    pub troubles: Vec<Trouble>,
    /// How many key files were opened.
    pub opened: u64,
}

/// A key file with something wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// Its name in `key/`.
    pub file: String,
    /// What is wrong.
    pub kind: TroubleKind,
}

/// What is wrong with a key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TroubleKind {
    /// It ends too early or was changed; what stood before the damage was read.
    Damaged,
    /// It is no key file.
    Foreign,
    /// It was sealed for other guardians, or its head was changed.
    OtherGuardian,
    /// The disk would not give it.
    Unreadable,
}

impl TroubleKind {
    /// What is wrong, in one sentence.
    pub fn says(self) -> &'static str {
        match self {
            TroubleKind::Damaged => {
                "The key file is cut short or damaged; only what stood before the damage could be read."
            }
            TroubleKind::Foreign => "The file was not written by scrubs.",
            TroubleKind::OtherGuardian => "The key file was sealed for another guardian.",
            TroubleKind::Unreadable => "The key file could not be read.",
        }
    }

    /// What to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            TroubleKind::Damaged => "Put the file back from a backup of custody.",
            TroubleKind::Foreign => "Take it out of the key folder.",
            TroubleKind::OtherGuardian => {
                "Ask the other guardians to open it, or put it back from a backup if it is damaged."
            }
            TroubleKind::Unreadable => "Check the disk and that you may read the file.",
        }
    }
}

/// Turns codes back into patients and sources. The audit gets its line before anything is returned.
///
/// # Errors
/// When the identity file cannot be used or opens none of the files there are, when something asked for is no code, or
/// when the audit cannot be written. Single files that cannot be read are in [`Reveal::troubles`].
pub fn reveal(custody: &Custody, identity: &Path, wanted: &Wanted) -> Result<Reveal, KeyError> {
    let codes = Codes::parse(wanted)?;
    reveal_codes(custody, &identity::read(identity)?, codes, None)
}

/// The same with identities that were read already, and the reason that a person gave.
///
/// # Errors
/// As [`reveal`].
pub fn reveal_with(
    custody: &Custody,
    identities: &[Identity],
    wanted: &Wanted,
    why: Option<&str>,
) -> Result<Reveal, KeyError> {
    reveal_codes(custody, identities, Codes::parse(wanted)?, why)
}

fn reveal_codes(
    custody: &Custody,
    identities: &[Identity],
    mut codes: Codes,
    why: Option<&str>,
) -> Result<Reveal, KeyError> {
    let mut revealed = Vec::new();
    let read = each(custody, identities, &mut |entry, run| {
        if codes.wants(&entry) {
            revealed.push(Revealed { entry, run });
        }
        Ok(())
    })?;
    let missing = codes.missing();
    let act = Act::new(Deed::Revealed, revealed.iter().map(|one| one.entry.code.as_str().to_owned()));
    let act = Act { why: why.map(str::to_owned), ..act };
    audit::append(custody, &act).map_err(KeyError::Audit)?;
    Ok(Reveal { revealed, missing, troubles: read.troubles, opened: read.opened })
}

/// How the reading of the whole key went.
pub(super) struct Course {
    pub(super) troubles: Vec<Trouble>,
    pub(super) opened: u64,
}

/// Hands on every entry of the key with the run that sealed it, each code and source once.
///
/// # Errors
/// When the identities open none of the files there are, or what `take` returns, which ends it.
pub(super) fn each(
    custody: &Custody,
    identities: &[Identity],
    take: &mut dyn FnMut(KeyEntry, String) -> Result<(), KeyError>,
) -> Result<Course, KeyError> {
    let mut search = Search { seen: HashSet::new(), opened: 0, take };
    let mut troubles = Vec::new();
    for (name, is_file) in names(&custody.dir().join(FOLDER))? {
        if table::is_table(&name.to_string_lossy()) {
            continue;
        }
        let path = custody.dir().join(FOLDER).join(&name);
        let read = if is_file { search.file(&path, identities) } else { Err(Fault::Trouble(TroubleKind::Foreign)) };
        match read {
            Ok(()) => {}
            Err(Fault::Stop(error)) => return Err(error),
            Err(Fault::Trouble(kind)) => troubles.push(Trouble { file: name.to_string_lossy().into_owned(), kind }),
        }
    }
    if search.opened == 0 && troubles.iter().any(|t| t.kind == TroubleKind::OtherGuardian) {
        return Err(KeyError::WrongIdentity);
    }
    Ok(Course { troubles, opened: search.opened })
}

/// What lies in the key folder, in order of its name, which is the order of sealing within a run.
pub(super) fn names(folder: &Path) -> Result<Vec<(std::ffi::OsString, bool)>, KeyError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            names.push((entry.file_name(), entry.file_type()?.is_file()));
        }
    }
    names.sort();
    Ok(names)
}

/// The codes asked for, and which of them were met.
struct Codes {
    /// None: all codes.
    asked: Option<BTreeSet<String>>,
    met: BTreeSet<String>,
}

impl Codes {
    fn parse(wanted: &Wanted) -> Result<Codes, KeyError> {
        let Wanted::Codes(codes) = wanted else { return Ok(Codes { asked: None, met: BTreeSet::new() }) };
        let mut asked = BTreeSet::new();
        for (index, code) in codes.iter().enumerate() {
            let code = RecordingCode::parse(code)
                .map(|c| c.as_str().to_owned())
                .or_else(|| PatientCode::parse(code).map(|c| c.as_str().to_owned()))
                .ok_or(KeyError::NotACode { number: index.saturating_add(1) })?;
            asked.insert(code);
        }
        Ok(Codes { asked: Some(asked), met: BTreeSet::new() })
    }

    fn wants(&mut self, entry: &KeyEntry) -> bool {
        let Some(asked) = &self.asked else { return true };
        let mut wants = false;
        for code in [entry.code.as_str(), entry.patient.as_str()] {
            if asked.contains(code) {
                self.met.insert(code.to_owned());
                wants = true;
            }
        }
        wants
    }

    fn missing(&self) -> Vec<String> {
        self.asked.iter().flatten().filter(|code| !self.met.contains(*code)).cloned().collect()
    }
}

/// What ends the reading of a file, or of all.
enum Fault {
    Trouble(TroubleKind),
    Stop(KeyError),
}

impl From<TroubleKind> for Fault {
    fn from(kind: TroubleKind) -> Self {
        Fault::Trouble(kind)
    }
}

struct Search<'a> {
    /// Digests of code and source, so that what several runs sealed is shown once.
    seen: HashSet<[u8; 32]>,
    opened: u64,
    take: &'a mut dyn FnMut(KeyEntry, String) -> Result<(), KeyError>,
}

impl Search<'_> {
    fn file(&mut self, path: &Path, identities: &[Identity]) -> Result<(), Fault> {
        let stream = decrypt(path, identities)?;
        self.opened = self.opened.saturating_add(1);
        let mut lines = Lines::new(stream);
        while let Some(range) = lines.next().map_err(|error| trouble(DecryptError::Io(error)))? {
            let (entry, run) = line::read(lines.get(range)).ok_or(TroubleKind::Foreign)?;
            // A code has no NUL in it, so the two cannot run together.
            let parts =
                Sha256::new().chain_update(entry.code.as_str()).chain_update([0]).chain_update(entry.source.reveal());
            if self.seen.insert(parts.finalize().into()) {
                (self.take)(entry, run).map_err(Fault::Stop)?;
            }
        }
        Ok(())
    }
}

/// Opens one key file; its plain text can be read from what is returned.
pub(super) fn decrypt(path: &Path, identities: &[Identity]) -> Result<StreamReader<BufReader<File>>, TroubleKind> {
    let mut file = File::open(path).map_err(|_| TroubleKind::Unreadable)?;
    check_head(&mut file)?;
    let decryptor = Decryptor::new_buffered(BufReader::new(file)).map_err(trouble)?;
    decryptor.decrypt(identities.iter().map(|one| one as &dyn age::Identity)).map_err(trouble)
}

/// Refuses what is no key file before age reads it: age looks for the end of the head however far away it is.
fn check_head(file: &mut File) -> Result<(), TroubleKind> {
    let mut head = Vec::new();
    file.by_ref().take(LONGEST_HEAD).read_to_end(&mut head).map_err(|_| TroubleKind::Unreadable)?;
    file.rewind().map_err(|_| TroubleKind::Unreadable)?;
    let ends = head.windows(5).any(|w| w == b"\n--- ");
    if head.starts_with(FIRST_LINE) && ends {
        return Ok(());
    }
    let cut_short = !head.is_empty() && (FIRST_LINE.starts_with(&head) || head.starts_with(FIRST_LINE));
    let whole = u64::try_from(head.len()).is_ok_and(|length| length < LONGEST_HEAD);
    Err(if cut_short && whole || head.is_empty() { TroubleKind::Damaged } else { TroubleKind::Foreign })
}

pub(super) fn trouble(error: DecryptError) -> TroubleKind {
    match error {
        DecryptError::NoMatchingKeys | DecryptError::KeyDecryptionFailed => TroubleKind::OtherGuardian,
        DecryptError::UnknownFormat | DecryptError::ExcessiveWork { .. } => TroubleKind::Foreign,
        DecryptError::Io(error) if error.raw_os_error().is_some() => TroubleKind::Unreadable,
        _ => TroubleKind::Damaged,
    }
}

/// Lines of plain text, read into one buffer that is wiped: the standard reader keeps unwiped copies.
struct Lines<R> {
    input: R,
    buffer: Zeroizing<Vec<u8>>,
    start: usize,
    filled: usize,
}

impl<R: Read> Lines<R> {
    fn new(input: R) -> Self {
        Lines { input, buffer: Zeroizing::new(vec![0; LONGEST_LINE]), start: 0, filled: 0 }
    }

    /// Where the next line is, without its end. A last line without an end is damage, as is one longer than the buffer.
    fn next(&mut self) -> io::Result<Option<Range<usize>>> {
        let mut searched = self.start;
        loop {
            if let Some(at) = self.buffer[searched..self.filled].iter().position(|b| *b == b'\n') {
                let range = self.start..searched + at;
                self.start = range.end + 1;
                return Ok(Some(range));
            }
            self.buffer.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.start = 0;
            searched = self.filled;
            match self.input.read(&mut self.buffer[self.filled..])? {
                0 if self.filled == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => self.filled += n,
            }
        }
    }

    fn get(&self, range: Range<usize>) -> &[u8] {
        &self.buffer[range]
    }
}
