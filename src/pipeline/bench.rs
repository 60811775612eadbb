//! What workers and the committer hand each other: the bench they share, a job, a finished recording.

use super::beside::Beside;
use super::order::Order;
use super::ruled::Decisions;
use super::settings::Settings;
use super::shelf::{Shelf, Side};
use super::tesseract::Tesseract;
use super::whose::Bearing;
use super::withdrawn::{CONTENT, Withdrawn};
use crate::code::coder::Instance;
use crate::code::custody::Custody;
use crate::code::key::{self, KeyEntry, Mapping};
use crate::code::{Coder, RecordingCode};
use crate::consent::Sidecar;
use crate::ledger::store::SourceRow;
use crate::ledger::{Entry, Made};
use crate::recording::terms::Usability;
use crate::recording::{Identifier, Outcome};
use crate::scan::{Found, Met};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What every worker shares.
pub(crate) struct Bench<'a> {
    pub(crate) order: &'a Order<'a>,
    pub(crate) coder: Coder,
    pub(crate) settings: Settings,
    /// What patients have withdrawn.
    pub(crate) withdrawn: Withdrawn,
    /// What reviewers have decided.
    pub(crate) decisions: Decisions,
    /// What knows the sidecars that lie beside sources.
    pub(crate) beside: Beside,
    /// What reads letters, where it is asked to.
    pub(crate) reader: Option<Tesseract>,
    /// Where outputs go; none in a dry run.
    pub(crate) shelves: Option<Shelves>,
    /// What seals long tables of what was replaced; none in a dry run.
    pub(crate) sealer: Option<Sealer<'a>>,
}

/// Seals the tables of one recording that are too long to be carried to the end of its batch.
pub(crate) struct Sealer<'a> {
    pub(crate) custody: &'a Custody,
    pub(crate) run: String,
    /// How many it has sealed: what tells their files apart.
    pub(crate) sealed: AtomicU64,
}

impl Sealer<'_> {
    /// Up to so many pairs are carried with a recording: a batch of them stays small.
    const CARRIED: usize = 1000;

    /// Seals long tables at once, durably; hands short ones back, to be sealed with the batch.
    pub(crate) fn seal_long(&self, mapping: Option<Mapping>) -> Result<Option<Mapping>, Stop> {
        match mapping {
            Some(mapping) if mapping.len() > Self::CARRIED => {
                let part = format!("long-{:06}", self.sealed.fetch_add(1, Ordering::Relaxed));
                let sealed = key::seal_mapping(self.custody, &self.run, &part, &mapping);
                sealed.map_err(|error| Stop { side: Side::Custody, error: io::Error::other(error) })?;
                Ok(None)
            }
            mapping => Ok(mapping),
        }
    }
}

impl Bench<'_> {
    /// The keyed digest under which the ledger knows a source, by its canonical path.
    pub(crate) fn source_digest(&self, path: &Path) -> [u8; 32] {
        self.coder.ledger_digest("source", &[path.as_os_str().as_encoded_bytes()])
    }

    /// The number under which the ledger knows a source folder or file that a run is told to walk: half a keyed digest.
    pub(crate) fn root_number(&self, root: &Path) -> i64 {
        let digest = self.coder.ledger_digest("root", &[root.as_os_str().as_encoded_bytes()]);
        digest.iter().take(8).fold(0, |number, byte| number << 8 | i64::from(*byte))
    }

    /// The keyed digest under which the ledger knows a content.
    pub(crate) fn content_digest(&self, digest: &[u8; 32]) -> [u8; 32] {
        self.coder.ledger_digest(CONTENT, &[digest])
    }

    /// What stands for the content of a source, known by the digest of its path, while it cannot be read.
    pub(crate) fn unread_digest(&self, path: &[u8; 32]) -> [u8; 32] {
        self.coder.ledger_digest("unread", &[path])
    }

    /// The code under which such a source is listed.
    pub(crate) fn unread_code(&self, path: &[u8; 32]) -> RecordingCode {
        let digest = self.unread_digest(path);
        self.coder.recording(&self.coder.own_patient(&digest), Instance::Content(&digest))
    }
}

/// The two places outputs go to.
pub(crate) struct Shelves {
    pub(crate) release: Shelf,
    pub(crate) custody: Shelf,
    /// Whether one sync serves both.
    pub(crate) one_file_system: bool,
}

impl Shelves {
    pub(crate) fn of(&self, side: Side) -> &Shelf {
        match side {
            Side::Release => &self.release,
            Side::Custody => &self.custody,
        }
    }

    pub(crate) fn of_outcome(&self, outcome: Outcome) -> &Shelf {
        self.of(if outcome == Outcome::Released { Side::Release } else { Side::Custody })
    }
}

/// One recording to work on.
pub(crate) struct Job {
    /// Its number in this run: the name of its temporary files.
    pub(crate) number: u64,
    pub(crate) found: Found,
    /// The keyed digest of its canonical path.
    pub(crate) path: [u8; 32],
    /// The number that stands in the ledger for the source folder or file it was found below.
    pub(crate) root: i64,
    /// What the ledger knows of it, where that may spare reading it.
    pub(crate) before: Option<Box<Before>>,
}

/// What the ledger knows of a source that a run meets again.
pub(crate) struct Before {
    pub(crate) row: SourceRow,
    pub(crate) entry: Entry,
    pub(crate) made: Option<Made>,
    /// Whether it was judged by what holds today, and its output lies in its place.
    pub(crate) holds: bool,
    /// Whether length and time say that it is the same; else its digest must.
    pub(crate) same: bool,
    /// Whether its output may be judged again: it is the only source of its recording, and nobody else's output lies
    /// in the same place.
    pub(crate) alone: bool,
}

/// A finished recording that waits to be put in its place.
pub(crate) struct Done {
    pub(crate) number: u64,
    pub(crate) path: [u8; 32],
    /// The number of the source folder or file it was found below.
    pub(crate) root: i64,
    pub(crate) length: u64,
    pub(crate) changed: i64,
    /// Keyed digest of the content: what makes two sources the same recording.
    pub(crate) content: [u8; 32],
    pub(crate) settings: [u8; 32],
    pub(crate) entry: Entry,
    pub(crate) key: KeyEntry,
    pub(crate) files: Option<Files>,
    /// What was replaced by what, where that was asked for and is not sealed yet.
    pub(crate) mapping: Option<Mapping>,
    /// Whose it says it is; none where that could not be read.
    pub(crate) bearing: Option<Bearing>,
    /// Whether the source could not be read at all, so that nothing is known of what it is now.
    pub(crate) unread: bool,
    /// How its output came to be; run and batch are the committer's to say.
    pub(crate) made: Made,
    /// Whether it was judged again on what the ledger said when the walk came by.
    pub(crate) judged_again: bool,
    /// What is needed to give it another code, should its SOP Instance UID be another's too.
    pub(crate) again: Option<Again>,
    /// Where it is, for messages on the user's own terminal only.
    pub(crate) shown: PathBuf,
}

impl Done {
    /// How much caution the verdict calls for. Of two verdicts on the same content the more cautious one wins, whichever
    /// comes first; what failed was not judged.
    pub(crate) fn caution(&self) -> u8 {
        let usability = match self.entry.usability {
            Some(Usability::Usable) => 1,
            Some(Usability::UsableWithConditions) => 2,
            None | Some(Usability::HoldForReview) => 3,
            Some(Usability::MustNotUse) => 4,
        };
        match self.entry.outcome {
            Outcome::Failed | Outcome::Listed => 0,
            Outcome::Released => usability,
            Outcome::Held | Outcome::Unsupported => usability + 4,
        }
    }
}

/// A recording's finished files, under temporary names.
pub(crate) struct Files {
    pub(crate) side: Side,
    pub(crate) recording: PathBuf,
    pub(crate) sidecar: PathBuf,
    pub(crate) paper: Sidecar,
}

/// SOP Instance UID and content digest.
pub(crate) struct Again {
    pub(crate) uid: Identifier,
    pub(crate) content: [u8; 32],
}

/// The run cannot go on: a place that outputs go to has failed.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) side: Side,
    pub(crate) error: io::Error,
}

/// Length in bytes and time of change of what the walk met, as the ledger keeps them.
pub(crate) fn measure(met: &Met) -> (u64, i64) {
    match *met {
        Met::File { length, changed } => (length, changed.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64),
        _ => (0, 0),
    }
}
