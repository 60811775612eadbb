//! Why a decision was not carried out; nothing was changed then, unless the disk stopped it.

use crate::code::audit::AuditError;
use crate::inspect::Trouble;
use crate::ledger::Reason;
use crate::ledger::store::LedgerError;
use crate::pipeline::commit::CommitError;
use crate::pipeline::reason;
use std::io;

/// Why a decision was not carried out. No text names a value, a path or a person.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// The release or custody cannot be opened.
    #[error("the release or custody cannot be opened ({})", .0.kind())]
    Closed(#[source] io::Error),
    /// Custody does not know the release.
    #[error("this custody did not make the release at that path")]
    NoRelease,
    /// The release has no such recording.
    #[error("the release has no recording of this code")]
    NoRecording,
    /// There is no cleaned recording to decide about.
    #[error("the recording could not be cleaned, so that there is nothing to decide about")]
    NothingHeld,
    /// It is released already.
    #[error("the recording is released already")]
    Released,
    /// Nothing was decided about it.
    #[error("nothing was decided about this recording")]
    NothingDecided,
    /// What lies there is not what was looked at.
    #[error("the recording is not the one that was looked at: it has changed since")]
    OtherBytes,
    /// It waits for a run over the sources.
    #[error("the recording must be cleaned again before anything more is decided about it")]
    CleanFirst,
    /// A rule forbids it, and no reviewer can overrule it.
    #[error("{}", .0.says.trim_end_matches('.'))]
    Prohibited(Reason),
    /// A person states that the patient can be recognised.
    #[error("a person has stated that the patient can be recognised, which a review does not overrule (GMC para 23)")]
    Stated,
    /// Places that may bear writing were shown, and so many are neither covered nor said to be none.
    #[error("{} in the picture may bear writing and {} not answered", places(*.0), if *.0 == 1 { "is" } else { "are" })]
    Unanswered(usize),
    /// What was named cannot be covered.
    #[error("{}", .0.says.trim_end_matches('.'))]
    CannotCover(Reason),
    /// What covering made of it did not pass the second reading.
    #[error("what covering made of the recording did not pass the second reading: {0}")]
    Unproved(Trouble),
    /// More areas or decisions than are kept of one recording.
    #[error("there are more areas, or more decisions one upon another, than are kept of one recording")]
    TooMany,
    /// A condition of the consent that is no word of the vocabulary, or another statement that no sidecar may hold.
    #[error("the decision says what no consent sidecar may say")]
    NoWord,
    /// The audit could not be written.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The ledger could not be read or written.
    #[error("the ledger in custody cannot be used: {0}")]
    Ledger(#[from] LedgerError),
    /// The disk stopped it.
    #[error(transparent)]
    Stopped(#[from] CommitError),
}

impl DecideError {
    /// What to do about it.
    pub fn advice(&self) -> String {
        let fixed = match self {
            DecideError::Prohibited(reason) | DecideError::CannotCover(reason) => return reason.next.clone(),
            DecideError::Unproved(trouble) => return reason::unproved(trouble).next,
            DecideError::Audit(error) => error.advice(),
            DecideError::Ledger(error) => error.advice(),
            DecideError::Closed(_) => "Check that release and custody are connected, and that you may write to them.",
            DecideError::Unanswered(_) => {
                "Say of each that it is to be covered, or that it is not writing (“Cover” or “Not writing” on the page of the review). That nothing else identifies anyone speaks of the rest of it."
            }
            DecideError::NoRelease => "Name the release with the custody that it was made with.",
            DecideError::NoRecording => "Check the code. A later run may have filed the recording under another.",
            DecideError::NothingHeld => "The report says why it could not be cleaned, and what to do.",
            DecideError::Released => "Hold it, or take the decision back, if it should not be released.",
            DecideError::NothingDecided => "There is nothing to take back.",
            DecideError::OtherBytes => "Load the page again, look at the recording once more, and decide anew.",
            DecideError::CleanFirst => "Run `scrubs clean` over the sources again, then decide.",
            DecideError::Stated => {
                "Attach the patient's consent, or correct the statement in the register or the profile and run `scrubs clean`."
            }
            DecideError::TooMany => "Draw fewer, larger areas.",
            DecideError::NoWord => "Choose the conditions of the consent from the list, and dates that exist.",
            DecideError::Stopped(_) => {
                "Make room or connect the disk again, then decide again: nothing is left half done."
            }
        };
        fixed.to_owned()
    }
}

fn places(count: usize) -> String {
    if count == 1 { "1 marked place".into() } else { format!("{count} marked places") }
}
