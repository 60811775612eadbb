//! What a draft knows of a reviewer's decision about it.

use super::super::bench::Bench;
use super::super::beside;
use super::super::look::Redacted;
use super::super::prove::Proved;
use super::super::ruled::{self, Ruled};
use super::Draft;
use crate::code::RecordingCode;
use crate::code::coder::Instance;
use crate::consent::decision::Marked;
use crate::consent::{Match, Patient};
use crate::ledger::Entry;
use crate::recording::PixelClaims;

/// The decision about a recording, what was withdrawn since laid upon the consent that it attaches.
pub(super) fn find(
    bench: &Bench<'_>,
    code: &RecordingCode,
    whose: Option<&Patient>,
    by: Option<(Instance<'_>, &[u8; 32])>,
) -> Option<Ruled> {
    // One that shares its SOP Instance UID with another has a code of its own, once it has been met.
    let own = match by {
        Some((Instance::SopInstanceUid(uid), digest)) => {
            Some(bench.coder.recording(&code.patient(), Instance::Both(uid, digest)))
        }
        _ => None,
    };
    let mut ruled = bench.decisions.about(code, own.as_ref())?;
    if let (Some(consent), Some((instance, digest))) = (&mut ruled.consent, by) {
        // A withdrawal counts whatever day the attached consent bears.
        let given_on = consent.given_on.take();
        let mut said = Match::default();
        said.statement.consent = Some(consent.clone());
        bench.withdrawn.lay_upon(&mut said, whose, instance, digest, bench.order.purpose);
        *consent = said.statement.consent.unwrap_or_default();
        consent.given_on = given_on;
    }
    Some(ruled)
}

impl Draft<'_> {
    /// Whether the output that `entry` tells of is the one that was decided about, where anything was.
    pub(crate) fn is_as_decided(&self, entry: &Entry) -> bool {
        self.ruled.as_ref().is_none_or(|ruled| entry.sha256.as_ref() == Some(&ruled.ruling.result))
    }

    /// Compares the cleaned recording with what was looked at: a decision speaks of no other bytes.
    pub(crate) fn hold_against(&mut self, proved: &Proved<'_>) {
        if let Some(ruled) = &mut self.ruled {
            let digest = proved.shown(beside::sha256);
            ruled.hold_against(digest.ok().as_deref());
        }
    }

    /// What is to be covered, one decision's areas after another's.
    pub(crate) fn steps(&self) -> Vec<Vec<Marked>> {
        self.ruled.as_ref().filter(|ruled| ruled.stands()).map(|ruled| ruled.ruling.steps.clone()).unwrap_or_default()
    }

    /// What an object may say of its pixels once a step's areas are covered: no more than it said when that was decided.
    pub(crate) fn claims_after(&self, cover: &[Marked], step: usize) -> PixelClaims {
        let Some(ruling) = self.ruled.as_ref().map(|ruled| &ruled.ruling) else { return PixelClaims::default() };
        match ruling.clear.get(step) {
            Some(true) => ruled::claims_after(&self.sight, cover, ruling),
            _ => PixelClaims::default(),
        }
    }

    /// Takes what a reviewer had covered.
    pub(crate) fn take_cover(&mut self, cover: &[Marked], redacted: &Redacted) {
        ruled::cover(&mut self.sight, cover, &redacted.covered);
        ruled::add_methods(&mut self.method, &redacted.method);
    }

    /// Takes what a reviewer says is no writing.
    pub(crate) fn answer_kept(&mut self) {
        if let Some(ruled) = self.ruled.as_ref().filter(|ruled| ruled.stands()) {
            ruled::keep(&mut self.sight, &ruled.ruling.keep);
        }
    }

    /// The decision in one line: what the output's bytes depend on.
    pub(super) fn ruling_line(&self) -> Option<String> {
        self.ruled.as_ref().map(|ruled| serde_json::to_string(&ruled.ruling).unwrap_or_default())
    }
}
