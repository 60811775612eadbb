//! The key: which code is which patient and which source, sealed for the guardians and opened with an identity.
//!
//! One age file (C2SP age v1, X25519 recipients) per batch, `key/<run>-<batch>.age`, with JSON Lines inside. The machine
//! that codes can seal and cannot open. Where a profile asks for them, tables of what was replaced by what lie beside it
//! (`mapping`).

mod export;
mod join;
mod line;
mod mapping;
mod open;
mod reseal;
mod table;

pub use age::x25519::{Identity, Recipient};
pub use export::{Exported, Form, PlainText, export, released};
pub use join::join;
pub use mapping::{Gathered, MOST_UIDS, Mapping, gather_mapping, seal_mapping};
pub use open::{Reveal, Revealed, Trouble, TroubleKind, Wanted, reveal, reveal_with};
pub use reseal::{Change, change_guardians};
pub use table::Table;

use super::audit::AuditError;
use super::custody::{Custody, CustodyError, Lock};
use super::identity::IdentityError;
use super::{PatientCode, RecordingCode, permission};
use crate::recording::Identifier;
use age::Encryptor;
use std::fs;
use std::io::{self, BufWriter, Read, Write};
use tempfile::NamedTempFile;
use zeroize::{Zeroize, Zeroizing};

/// The folder in custody.
const FOLDER: &str = "key";
/// What a batch is called before it is whole.
const TEMPORARY: &str = ".sealing-";
/// No line is longer than this. A source path has at most a few thousand bytes.
const LONGEST_LINE: usize = 1 << 20;
/// No run's name is longer than this.
const LONGEST_RUN: usize = 64;

/// What the key keeps of one recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// The recording's code.
    pub code: RecordingCode,
    /// The patient's code.
    pub patient: PatientCode,
    /// The patient's id as the source had it, where something tied the recording to a patient.
    pub patient_id: Option<Identifier>,
    /// Who issued the id, where known.
    pub issuer: Option<Identifier>,
    /// The patient's name, where known.
    pub patient_name: Option<Identifier>,
    /// The source's path as the run saw it, byte for byte.
    pub source: Identifier,
    /// The details of consent with their names, as JSON.
    pub consent: Option<Identifier>,
}

/// Why the key could not be sealed or opened. No text repeats a value, a path or a code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A run's name that is no file name.
    #[error("the name of the run is not made of up to {LONGEST_RUN} letters, digits, `-` and `_`")]
    Run,
    /// This batch of this run is sealed already.
    #[error("this batch is sealed already, and a key file is never overwritten")]
    Exists,
    /// One of the tables lies there already.
    #[error("one of the two tables is there already, and is never overwritten")]
    TableExists,
    /// An entry is longer than any path, name and consent are.
    #[error("an entry of the key is longer than {LONGEST_LINE} bytes")]
    TooLong,
    /// Sealing failed for another reason than the disk.
    #[error("the key could not be sealed")]
    Seal,
    /// None of the key files can be opened with this identity.
    #[error("this identity opens none of the key files")]
    WrongIdentity,
    /// Some key files cannot be sealed anew.
    #[error("{} of the key files cannot be sealed anew with this identity, so nothing was changed", .0.len())]
    Reseal(Vec<Trouble>),
    /// An export would lie where it may be handed on, or inside custody.
    #[error("the export would lie inside {0}")]
    Place(&'static str),
    /// Something lies there already.
    #[error("a file of that name is there already, and an export never overwrites one")]
    Taken,
    /// An export for nobody.
    #[error("there is nobody to export the key to")]
    Nobody,
    /// What was asked for is no code.
    #[error("number {number} of what was asked for is not a code")]
    NotACode {
        /// Its place among what was asked for, from 1.
        number: usize,
    },
    /// The identity file could not be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The line in the audit could not be written, so nothing was revealed.
    #[error("nothing was revealed, since it could not be noted in the audit")]
    Audit(#[source] AuditError),
    /// The custody could not be used.
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// The disk refused.
    #[error("the key could not be read or written ({})", .0.kind())]
    Io(#[from] io::Error),
}

impl KeyError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            KeyError::Run | KeyError::Exists => "Start the command again: each run gets a name of its own.",
            KeyError::TableExists => "Name a folder that has no tables in it yet.",
            KeyError::TooLong => "Look at the consent details of this recording; they are far longer than usual.",
            KeyError::Seal => "Check the guardians' public keys in guardians.txt.",
            KeyError::WrongIdentity => {
                "Use the identity of one of those who were guardians when the recordings were coded; guardians.txt lists \
                 their public keys, and the comment in an identity file shows its own. If it is the right one, the key \
                 files are damaged: put them back from a backup."
            }
            KeyError::Reseal(_) => {
                "Every key file must be opened to be sealed anew. Use the identity of one who was a guardian from the \
                 beginning, and put damaged files back from a backup."
            }
            KeyError::Place(_) => {
                "What turns codes back into patients must never be handed on with them: name a file in another folder."
            }
            KeyError::Taken => "Choose another name, or move the file that is there.",
            KeyError::Nobody => "Name whoever shall open it by their public key: --recipient age1…",
            KeyError::NotACode { .. } => {
                "A code looks like P-7K3M9Q2FXH4T (a patient) or P-7K3M9Q2FXH4T-4DQ8ZN1K (a recording)."
            }
            KeyError::Identity(error) => error.advice(),
            KeyError::Audit(error) => error.advice(),
            KeyError::Custody(error) => error.advice(),
            KeyError::Io(_) => {
                "Check that custody is on a disk that is connected, has space, and that you may write to."
            }
        }
    }
}

/// Seals one batch of entries for every guardian. **Durable on return**: only then may the batch's recordings appear.
/// An empty batch makes no file.
///
/// # Errors
/// When the run's name is no file name, when this batch is sealed already, or when the disk refuses; nothing is there
/// then.
pub fn seal(custody: &Custody, run: &str, batch: u32, entries: &[KeyEntry]) -> Result<(), KeyError> {
    if !is_run(run) {
        return Err(KeyError::Run);
    }
    if entries.is_empty() {
        return Ok(());
    }
    let folder = custody.dir().join(FOLDER);
    let name = folder.join(format!("{run}-{batch:06}.age"));
    let file = tempfile::Builder::new().prefix(TEMPORARY).suffix(".part").tempfile_in(&folder).map_err(plain)?;
    let file = encrypt(custody, run, entries, file)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(&name).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists,
        _ => plain(error.error).into(),
    })?;
    permission::sync_dir(&folder)?;
    Ok(())
}

/// Writes the lines one after another through age into `file`; of plain text only one line is in memory, and is wiped.
fn encrypt(custody: &Custody, run: &str, entries: &[KeyEntry], file: NamedTempFile) -> Result<NamedTempFile, KeyError> {
    let recipients = custody.recipients().iter().map(|one| one as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients).map_err(|_| KeyError::Seal)?;
    let mut output = encryptor.wrap_output(BufWriter::new(file)).map_err(plain)?;
    let mut text = Zeroizing::new(Vec::new());
    for entry in entries {
        text.zeroize();
        let room = line::longest(entry, run);
        if text.capacity() < room {
            // A new buffer, not a grown one: growing would leave a copy of the old one unwiped.
            text = Zeroizing::new(Vec::with_capacity(room));
        }
        serde_json::to_writer(&mut *text, &line::Sealed { entry, run }).map_err(|_| KeyError::Seal)?;
        text.push(b'\n');
        if text.len() > LONGEST_LINE {
            return Err(KeyError::TooLong);
        }
        output.write_all(&text).map_err(plain)?;
    }
    let buffered = output.finish().map_err(plain)?;
    buffered.into_inner().map_err(|error| plain(error.into_error()).into())
}

/// How many bytes are sealed in a batch's key file, without the head that names the guardians; none where the file is
/// gone or its head is not whole.
///
/// C2SP age v1: the head ends with a line that begins with `---`.
///
/// # Errors
/// Whatever else the disk says.
pub fn sealed_length(custody: &Custody, run: &str, batch: u32) -> Result<Option<u64>, KeyError> {
    if !is_run(run) {
        return Err(KeyError::Run);
    }
    let file = match fs::File::open(custody.dir().join(FOLDER).join(format!("{run}-{batch:06}.age"))) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let whole = file.metadata()?.len();
    let mut head = Vec::new();
    file.take(open::LONGEST_HEAD).read_to_end(&mut head)?;
    let last = head.windows(5).position(|w| w == b"\n--- ").map(|at| at + 1);
    let end = last.and_then(|at| head.iter().skip(at).position(|b| *b == b'\n').map(|length| at + length + 1));
    Ok(end.and_then(|end| whole.checked_sub(end as u64)))
}

/// Removes what runs that were killed while sealing left behind: half a batch, of which no recording ever appeared.
/// The lock says that nobody is sealing now.
///
/// # Errors
/// Whatever the disk says.
pub fn sweep(custody: &Custody, _lock: &Lock) -> Result<u64, KeyError> {
    let mut swept = 0u64;
    for entry in fs::read_dir(custody.dir().join(FOLDER))? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let half = name.starts_with(TEMPORARY) && name.ends_with(".part");
        // A length of nothing is what a power loss can leave of a file; there is nothing in it to keep.
        let empty = name.ends_with(".age") && entry.metadata()?.len() == 0;
        if (half || empty) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
            swept = swept.saturating_add(1);
        }
    }
    Ok(swept)
}

fn is_run(run: &str) -> bool {
    (1..=LONGEST_RUN).contains(&run.len()) && run.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Temporary files put their path into their errors; only the kind goes on.
fn plain(error: io::Error) -> io::Error {
    error.kind().into()
}

#[cfg(test)]
#[path = "key/tests.rs"]
mod tests;
