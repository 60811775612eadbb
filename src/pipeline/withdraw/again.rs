//! Judges a recording again after a withdrawal, from its entry and its sidecar: neither source nor register is needed.
//!
//! GMC paras 8, 25, 47. What a sidecar does not say (an authority, an existing collection) gets the cautious reading
//! here; the next run over the sources knows it again. A withdrawal never lets anything into a release.

use crate::consent::sidecar::{Anonymisation, ConsentNoted, IdentifiableNoted, MadeBy, SCHEMA_ID, Sidecar};
use crate::consent::{Consent, Date, Withdrawal};
use crate::dicom;
use crate::guidance::{self, Facts, Origin, Seen};
use crate::ledger::{Entry, Reason};
use crate::pipeline::reason::LASTING;
use crate::recording::terms::{Coding, Identifiable, MadeFor, MadeWhen, Ownership, PixelState, Usability};
use crate::recording::{Format, Outcome};
use std::collections::BTreeMap;

/// A recording after the withdrawals that speak of it.
pub(super) struct Judged {
    pub(super) entry: Entry,
    pub(super) paper: Sidecar,
}

/// Judges it again; none where nothing is left to change.
///
/// That a later consent stands against the withdrawal is for a register to say, not for a sidecar that has been in other
/// hands: here the withdrawal counts, and the next run over the sources gives back what the register gives.
pub(super) fn judge(entry: &Entry, paper: Option<Sidecar>, withdrawals: &[&Withdrawal], as_of: Date) -> Option<Judged> {
    entry.usability?;
    let mut paper = paper.unwrap_or_else(|| blank(entry));
    let mut consent = consent_of(&paper);
    let given_on = consent.given_on.take();
    let mut changed = false;
    for withdrawal in withdrawals {
        changed |= withdrawal.lay_upon(&mut consent, entry.purpose);
    }
    consent.given_on = given_on;
    let reaches = withdrawals.iter().any(|withdrawal| withdrawal.reaches(entry.purpose));
    // An interrupted call may have written the sidecar and not the entry.
    let open = reaches && (entry.outcome == Outcome::Released || !is_prohibited(entry));
    // Where there is no recording there is no sidecar to change.
    if !open && (!changed || entry.path.is_none()) {
        return None;
    }
    paper.consent = ConsentNoted::from(&consent);
    let mut entry = entry.clone();
    if reaches {
        rejudge(&mut entry, &mut paper, consent, as_of);
    }
    Some(Judged { entry, paper })
}

/// Whether it rests on what a patient refused, withdrew or clearly did not give.
fn is_prohibited(entry: &Entry) -> bool {
    entry.rules.iter().any(|rule| matches!(rule.id.as_str(), "P3" | "P4" | "P5"))
}

fn rejudge(entry: &mut Entry, paper: &mut Sidecar, consent: Consent, as_of: Date) {
    let facts = facts(entry, paper, consent, as_of);
    let seen = Seen { metadata_proved: true, pixels: entry.pixels, ..Seen::NOTHING };
    let mut verdict = guidance::judge(&facts);
    let mut reasons: Vec<Reason> =
        entry.reasons.iter().filter(|reason| LASTING.contains(&reason.code.as_str())).cloned().collect();
    reasons.extend(guidance::next_step(&verdict, &facts, &seen));
    // P4 holds whatever the other facts are; should the table ever say otherwise, nothing stays released for it.
    verdict.outcome = verdict.outcome.max(Usability::HoldForReview);
    entry.outcome = Outcome::Held;
    entry.usability = Some(verdict.outcome);
    entry.rules.clone_from(&verdict.rules);
    entry.conditions.clone_from(&verdict.conditions);
    entry.reasons = reasons;
    entry.known.for_teaching = None;
    entry.known.tell("consent", facts.consent.status.word(), Origin::Withdrawal.words());
    paper.verdict = verdict.noted(entry.purpose);
}

fn facts(entry: &Entry, paper: &Sidecar, consent: Consent, as_of: Date) -> Facts {
    Facts {
        kind: entry.kind,
        made_for: paper.made_for,
        made_when: paper.made_when,
        identifiable: paper.identifiable.value,
        cleaned: matches!(entry.pixels, PixelState::Checked | PixelState::NoMarks),
        coding: paper.anonymisation.coding,
        consent,
        purpose: entry.purpose,
        retention_date: paper.retention_date.map(Date::from),
        ownership: paper.ownership.unwrap_or(Ownership::NotStated),
        ..Facts::cautious(as_of)
    }
}

fn consent_of(paper: &Sidecar) -> Consent {
    let noted = &paper.consent;
    Consent {
        status: noted.status,
        scopes: noted.scopes.clone(),
        form: noted.form,
        given_by: None,
        given_on: noted.given_on.map(Date::from),
        expires_on: noted.expires_on.map(Date::from),
        conditions: noted.conditions.clone(),
    }
}

/// What can be said of a recording whose sidecar is gone or damaged.
fn blank(entry: &Entry) -> Sidecar {
    let edition = matches!(entry.format, Format::Dicom).then_some(dicom::EDITION);
    Sidecar {
        schema: SCHEMA_ID.to_owned(),
        schema_version: 1,
        recording: entry.code.clone(),
        patient: entry.patient.clone(),
        sha256: entry.sha256.clone().unwrap_or_default(),
        media_type: entry.format.media_type().to_owned(),
        kind: entry.kind,
        made_for: MadeFor::Unknown,
        made_when: MadeWhen::Unknown,
        consent: ConsentNoted::from(&Consent::default()),
        identifiable: IdentifiableNoted {
            value: Identifiable::MayBe,
            evidence: Vec::new(),
            counts: BTreeMap::new(),
            assessed_by: None,
            assessed_on: None,
        },
        anonymisation: Anonymisation {
            metadata_removed: entry.metadata_findings(),
            regions_redacted: 0,
            remaining: Vec::new(),
            pixels: entry.pixels,
            coding: Coding::Coded,
            method: Vec::new(),
            regions: Vec::new(),
        },
        verdict: guidance::judge(&Facts::cautious(Date::today())).noted(entry.purpose),
        made_by: MadeBy::scrubs("unknown", edition),
        retention_date: None,
        ownership: None,
    }
}
