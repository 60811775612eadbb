//! Releases whose key is forgotten: what their codes come from lives as long as the run, and then nobody has it.
//!
//! GMC para 7: anonymised, not merely coded. Nothing is sealed for such a release; when it is complete, a mark says so,
//! the ledger loses what ties its recordings to their sources, and the secret is erased, in that order, so that a killed
//! end is ended by the next run on this custody.

use super::order::Order;
use crate::code::Coder;
use crate::code::audit::{self, Act, AuditError, Deed};
use crate::code::custody::{Custody, Lock};
use crate::code::forget::{self, State};
use crate::ledger::store::{Ledger, LedgerError};
use crate::recording::terms::Coding;
use std::io;
use std::path::Path;

/// Why a release cannot be made, or not be completed, with its key forgotten.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgetError {
    /// It is complete, and its codes can never be computed again.
    #[error("this release is complete and its key is forgotten, so that nothing can be added to it or changed in it")]
    Complete,
    /// It was begun with a key that is kept.
    #[error("this release was begun with a key that is kept, so that its key cannot be forgotten")]
    KeyKept,
    /// It was begun to be forgotten, and this run would keep a key.
    #[error("this release was begun with --forget-key and is not complete")]
    Begun,
    /// Its secret is damaged.
    #[error("what the codes of this release come from is damaged")]
    Damaged,
    /// The line in the audit could not be written, so the key is not forgotten yet.
    #[error("the release is complete but for forgetting its key, which could not be noted in the audit")]
    Audit(#[source] AuditError),
    /// The ledger could not be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Custody could not be read or written.
    #[error("custody could not be read or written ({})", .0.kind())]
    Io(#[from] io::Error),
}

impl ForgetError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            ForgetError::Complete | ForgetError::KeyKept | ForgetError::Damaged => {
                "Clean the sources into a new release: name a new folder with --to."
            }
            ForgetError::Begun => "Add --forget-key to continue it, or name a new folder with --to.",
            ForgetError::Audit(error) => error.advice(),
            ForgetError::Ledger(error) => error.advice(),
            ForgetError::Io(_) => {
                "Check that custody is on a disk that you may write to, then start the command again."
            }
        }
    }
}

impl Order<'_> {
    /// Whether a key leads from the codes of this order back to patients.
    pub fn coding(&self) -> Coding {
        if self.forget_key { Coding::None } else { Coding::Coded }
    }
}

/// What computes the codes of an order. With `begin`, a release that is to be forgotten gets its secret now, durably;
/// without, a release that has none gets codes that nobody sees twice, which is what a dry run needs.
///
/// Releases in the public domain must not be linked to each other, so each has sub-keys of its own.
///
/// # Errors
/// When the release was begun in another way, or is complete: nothing was done.
pub(super) fn coder(
    order: &Order<'_>,
    custody: &Custody,
    release: &[u8; 32],
    ledger: &Ledger,
    begin: bool,
) -> Result<Coder, ForgetError> {
    let state = forget::state(custody, release).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => ForgetError::Damaged,
        _ => error.into(),
    })?;
    let own = match (state, order.forget_key) {
        (State::Complete, _) => return Err(ForgetError::Complete),
        (State::Begun(_), false) => return Err(ForgetError::Begun),
        (State::None, false) if order.purpose.is_public_domain() => {
            return Ok(Coder::for_release(custody.secret(), release));
        }
        (State::None, false) => return Ok(custody.coder()),
        (State::Begun(own), true) => own,
        (State::None, true) if ledger.knows_release(release)? => return Err(ForgetError::KeyKept),
        (State::None, true) if begin => forget::begin(custody, release)?,
        (State::None, true) => forget::random()?,
    };
    Ok(Coder::forgetting(custody.secret(), &own, release))
}

/// Completes a release whose key is to be forgotten, once its recordings and its reports are in their places. A release
/// whose key is kept is left as it is. `release` is its folder; `_lock` says that nobody else uses the custody.
///
/// # Errors
/// When the disk or the ledger refuses; the next run on this custody goes on.
pub fn complete(order: &Order<'_>, custody: &Custody, lock: &Lock, release: &Path) -> Result<(), ForgetError> {
    if !order.forget_key || order.dry_run {
        return Ok(());
    }
    let release = super::release_digest(custody, &release.canonicalize()?);
    if !matches!(forget::state(custody, &release)?, State::Begun(_)) {
        return Ok(());
    }
    audit::append(custody, &Act::new(Deed::ForgotKey, [])).map_err(ForgetError::Audit)?;
    forget::complete(custody, &release)?;
    let mut ledger = Ledger::open(&custody.dir().join("ledger.sqlite"))?;
    end_pending(custody, lock, &mut ledger)
}

/// Ends what a killed completion left.
///
/// # Errors
/// When the disk or the ledger refuses.
pub(super) fn end_pending(custody: &Custody, _lock: &Lock, ledger: &mut Ledger) -> Result<(), ForgetError> {
    for release in forget::pending(custody)? {
        ledger.forget_sources_of(&release)?;
        // Last: while it is there, the rest is known to be undone.
        forget::erase(custody, &release)?;
    }
    Ok(())
}
