//! What custody notes of the shard it belongs to, so that shards can be joined and none is lost or taken twice.
//!
//! `shard.json` holds numbers, words and keyed digests, nothing that names a source or a person.

use super::load::hex;
use super::order::Order;
use super::settings::Settings;
use crate::code::custody::Custody;
use crate::code::permission;
use crate::recording::terms::Purpose;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

/// Its name in custody.
const FILE: &str = crate::code::custody::SHARD;

/// No note is longer than this.
const LONGEST: u64 = 1 << 16;

/// Why the note could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// It is not what scrubs writes.
    #[error("what custody says of its shard cannot be read")]
    Damaged,
    /// The disk refused.
    #[error("what custody says of its shard could not be read or written ({})", .0.kind())]
    Io(#[from] io::Error),
}

impl NoteError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            NoteError::Damaged => "Put custody's shard.json back from a backup, or run the shard again in new folders.",
            NoteError::Io(_) => "Check that custody is on a disk that is connected and that you may write to.",
        }
    }
}

/// Why a run cannot be a shard, or a shard's place cannot be used by another run. Nothing was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShardError {
    /// Each release in the public domain has sub-keys of its own, drawn from where it lies; one whose key is to be
    /// forgotten, from a secret that only one custody has.
    #[error("a release for publication or public media, or with --forget-key, cannot be made in shards")]
    Public,
    /// The custody belongs to another shard, or to a shard of another release.
    #[error("this custody is that of another shard")]
    Taken,
    /// A run over everything into the release of a shard.
    #[error("this release is that of a shard")]
    Whole,
    /// The note of the shard cannot be read or written.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl ShardError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            ShardError::Public => "Its codes are its own and cannot be drawn elsewhere: make it in one run.",
            ShardError::Taken => {
                "Each shard needs a custody and a release of its own: make a folder with mode 0700, and copy \
                 `coding-secret` and `guardians.txt` of the custody into it."
            }
            ShardError::Whole => "Run it with the same --shard as before, or name another release and custody.",
            ShardError::Note(error) => error.advice(),
        }
    }
}

/// What a shard's run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    pub(crate) schema_version: u32,
    /// Which shard, from 1, and of how many.
    pub(crate) index: u32,
    pub(crate) count: u32,
    /// Under which keyed digest the ledger knows the release, in hexadecimal digits.
    pub(crate) release: String,
    /// Keyed digest of all that was decided about the run.
    pub(crate) settings: String,
    /// Whether the run was complete.
    pub(crate) finished: bool,
    /// How many sources it met, how many of them were its own, and a keyed digest of all their places and lengths.
    pub(crate) met: u64,
    pub(crate) own: u64,
    pub(crate) sources: String,
    /// What the reports of the whole say above them.
    pub(crate) purpose: Purpose,
    pub(crate) profile: String,
    pub(crate) profile_digest: String,
}

impl Note {
    /// What the recordings were judged for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The profile's name.
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// The first digits of the profile's SHA-256, as reports give it.
    pub fn profile_digest(&self) -> &str {
        &self.profile_digest
    }

    /// The release's digest in the ledger.
    pub(crate) fn release_digest(&self) -> Result<[u8; 32], NoteError> {
        let digits = self.release.as_bytes();
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let (pairs, rest) = digits.as_chunks::<2>();
        let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
        let bytes = bytes.filter(|_| rest.is_empty()).ok_or(NoteError::Damaged)?;
        bytes.try_into().map_err(|_| NoteError::Damaged)
    }

    /// Stores it, durably.
    pub(crate) fn store(&self, custody: &Custody) -> io::Result<()> {
        // Temporary files put their path into their errors; only the kind goes on.
        let plain = |error: io::Error| io::Error::from(error.kind());
        let mut file = tempfile::NamedTempFile::new_in(custody.dir()).map_err(plain)?;
        serde_json::to_writer_pretty(&mut file, self).map_err(|e| plain(e.into()))?;
        file.write_all(b"\n").map_err(plain)?;
        file.as_file().sync_all()?;
        file.persist(custody.dir().join(FILE)).map_err(|e| plain(e.error))?;
        permission::sync_dir(custody.dir())?;
        Ok(())
    }
}

/// The note of a custody; none where it belongs to no shard.
///
/// # Errors
/// When it cannot be read, or is not what scrubs writes.
pub(crate) fn note_of(custody: &Custody) -> Result<Option<Note>, NoteError> {
    read(&custody.dir().join(FILE))
}

fn read(path: &Path) -> Result<Option<Note>, NoteError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
        Ok(found) if !found.is_file() => return Err(NoteError::Damaged),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
    let note: Note = serde_json::from_slice(&bytes).map_err(|_| NoteError::Damaged)?;
    if note.schema_version == 1 { Ok(Some(note)) } else { Err(NoteError::Damaged) }
}

/// Whether a run may begin here: a shard in its own custody, or a run over everything elsewhere.
///
/// # Errors
/// When a shard cannot be had, or the custody or the release belongs to another.
pub(crate) fn check(order: &Order<'_>, custody: &Custody, release: &[u8; 32]) -> Result<(), ShardError> {
    if order.shard.is_some() && (order.purpose.is_public_domain() || order.forget_key) {
        return Err(ShardError::Public);
    }
    let Some(note) = note_of(custody)? else { return Ok(()) };
    let same = note.release == hex(release);
    match order.shard {
        Some(shard) if same && (note.index, note.count) == (shard.index(), shard.count()) => Ok(()),
        Some(_) => Err(ShardError::Taken),
        None if same => Err(ShardError::Whole),
        None => Ok(()),
    }
}

/// Notes that a shard's run begins; none where the run is no shard.
///
/// # Errors
/// When the note cannot be written.
pub(crate) fn begin(order: &Order<'_>, custody: &Custody, release: &[u8; 32]) -> Result<Option<Note>, ShardError> {
    let Some(shard) = order.shard else { return Ok(None) };
    let settings = custody.coder().ledger_digest("shard-settings", &[&Settings::of(order).marks().concat()]);
    let note = Note {
        schema_version: 1,
        index: shard.index(),
        count: shard.count(),
        release: hex(release),
        settings: hex(&settings),
        finished: false,
        met: 0,
        own: 0,
        sources: String::new(),
        purpose: order.purpose,
        profile: order.profile.name().to_owned(),
        profile_digest: hex(&order.profile.digest()[..6]),
    };
    note.store(custody).map_err(NoteError::Io)?;
    Ok(Some(note))
}
