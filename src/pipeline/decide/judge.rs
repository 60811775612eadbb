//! Judges a recording again with what a reviewer states, on what custody knows of it: entry, sidecar, and what was seen.
//!
//! GMC paras 8, 12, 17, 23 and 47. A refusal or a withdrawal on record counts whatever consent is attached, and what a run knew
//! outside the guidance (a conflict in the register, two patients) no reviewer answers.

use super::error::DecideError;
use super::moving;
use crate::consent::ruling::Ruling;
use crate::consent::sidecar::{LONGEST, Sidecar};
use crate::consent::{Authority, Consent, Date};
use crate::guidance::{self, Gathered, Origin, Recalled};
use crate::ledger::store::{Ledger, Standing};
use crate::ledger::{Basis, Entry, Reason};
use crate::pipeline::commit::sidecar_path;
use crate::pipeline::disk;
use crate::pipeline::reason::{self, LASTING};
use crate::pipeline::ruled::Ruled;
use crate::pipeline::weigh::{self, Weighed};
use crate::recording::terms::{Identifiable, PixelState, Usability};
use crate::recording::{Head, Known, Outcome};
use std::io::Read;
use std::path::Path;

/// What is judged.
pub(super) struct Case<'a> {
    pub(super) entry: &'a Entry,
    pub(super) sidecar: &'a Option<Sidecar>,
    pub(super) ruling: &'a Ruling,
    pub(super) basis: &'a Basis,
}

/// The verdict, and what it was reached for.
pub(super) struct Judged {
    weighed: Weighed,
    profile: String,
}

impl Case<'_> {
    pub(super) fn judge(&self, ledger: &Ledger) -> Result<Judged, DecideError> {
        let (entry, ruling) = (self.entry, self.ruling);
        let Some(sidecar) = self.sidecar else { return Err(DecideError::CleanFirst) };
        let today = Date::today();
        let mut ruled = Ruled::of(ruling.clone());
        if let Some(consent) = &mut ruled.consent {
            let given_on = consent.given_on.take();
            for recorded in ledger.withdrawals()?.iter().filter(|recorded| recorded.withdrawal.is_of(&entry.code)) {
                recorded.withdrawal.lay_upon(consent, entry.purpose);
            }
            consent.given_on = given_on;
        }
        let mut recalled = guidance::recall(sidecar, &entry.known, entry.purpose, today);
        self.permissions(&mut recalled, today);
        // A consent that does not reach this use today answers nothing.
        let reaches = |consent: &Consent| {
            consent.is_valid(recalled.facts.subject, recalled.facts.adult_from, today) && consent.covers(entry.purpose)
        };
        let consented = ruled.consent.as_ref().is_some_and(reaches);
        let said = self.is_from("identifiable", Origin::Register);
        let by_person = [Origin::Register, Origin::Profile, Origin::CommandLine, Origin::Sidecar];
        if recalled.facts.identifiable == Identifiable::Yes
            && by_person.iter().any(|origin| self.is_from("identifiable", *origin))
            && ruling.identifiable != Some(Identifiable::Yes)
            && !consented
            && !ruling.held
        {
            return Err(DecideError::Stated);
        }
        let head = Head::noted(&sidecar.identifiable.evidence);
        // A statement that the picture bears no marks shows in what became of the pixels.
        let seen = self.basis.sight.pixels;
        let no_marks =
            entry.pixels == PixelState::NoMarks || seen == PixelState::Checked && entry.pixels == PixelState::NeedsEyes;
        let mut gathered = Gathered::new(entry.purpose, today);
        gathered.remembered(&recalled, said, no_marks).head(head.is_some());
        ruled.tell(&mut gathered);
        let first = self.lasting(&ruled, consented, recalled.facts.identifiable);
        let weighed = weigh::weigh_reviewed(gathered, &self.basis.sight, head, first);
        Ok(Judged { weighed, profile: sidecar.made_by.profile.clone() })
    }

    /// Takes consent and authority as the run over the sources knew them; a sidecar tells of them only what its verdict needed.
    /// A consent that runs out this month is read as not standing: its day is not known here.
    fn permissions(&self, recalled: &mut Recalled, today: Date) {
        let known = |fact| self.entry.known.value(fact).unwrap_or_default();
        let facts = &mut recalled.facts;
        if facts.consent.expires_on.is_none_or(|date| date.month() != today.month()) {
            facts.consent.given_by = known("given-by").parse().ok();
        }
        facts.authority = known("authority").parse().ok().map(Authority::new);
    }

    /// Whether a fact came from there, as the run noted it.
    fn is_from(&self, fact: &str, origin: Origin) -> bool {
        let noted = self.entry.known.facts.iter().find(|noted| noted.fact == fact);
        noted.is_some_and(|noted| noted.from.starts_with(origin.words()))
    }

    /// Reasons that stay whatever a reviewer states, and those that the decision brings.
    fn lasting(&self, ruled: &Ruled, consented: bool, before: Identifiable) -> Vec<Reason> {
        let own_consent = reason::own_consent().code;
        let unsure = ruled.ruling.identifiable.unwrap_or(before) != Identifiable::No;
        let stays = |reason: &&Reason| {
            LASTING.contains(&reason.code.as_str()) || reason.code == own_consent && unsure && !consented
        };
        let decided = ruled.holds().into_iter();
        let again = ruled.ruling.uncovers.then(reason::to_be_cleaned_again);
        decided.chain(again).chain(self.entry.reasons.iter().filter(stays).cloned()).collect()
    }
}

impl Judged {
    /// What forbids it, with the next step.
    pub(super) fn prohibition(&self) -> Option<Reason> {
        let verdict = &self.weighed.verdict;
        if !verdict.is_prohibited() {
            return None;
        }
        let ids: Vec<&str> =
            verdict.rules.iter().map(|rule| rule.id.as_str()).filter(|id| id.starts_with('P')).collect();
        let lasting = |reason: &&Reason| !LASTING.contains(&reason.code.as_str());
        named(&ids, self.weighed.reasons.iter().find(lasting))
    }

    /// The entry as it is with this verdict; digest and length of the output are for the caller to change.
    pub(super) fn entry(&self, before: &Entry) -> Entry {
        let weighed = &self.weighed;
        let outcome = if weighed.reasons.is_empty() { Outcome::Released } else { Outcome::Held };
        let mut entry = Entry {
            pixels: weighed.pixels(),
            usability: Some(weighed.verdict.outcome),
            rules: weighed.verdict.rules.clone(),
            conditions: weighed.verdict.conditions.clone(),
            reasons: weighed.reasons.clone(),
            known: known(weighed.known(), &before.known),
            outcome,
            ..before.clone()
        };
        entry.path = Some(place(&entry));
        entry
    }

    /// The sidecar's text; none where it would say what no sidecar may.
    pub(super) fn sidecar(&self, entry: &Entry, method: &[String]) -> Option<String> {
        let bytes = self.weighed.sidecar(entry, method, &self.profile).write().ok()?;
        String::from_utf8(bytes).ok()
    }
}

/// The facts as they are now. What has not changed keeps the source that the run over the sources noted.
fn known(mut now: Known, before: &Known) -> Known {
    for fact in &mut now.facts {
        let same = before.facts.iter().find(|old| old.fact == fact.fact && old.value == fact.value);
        if let Some(same) = same {
            fact.from = same.from.clone();
        }
    }
    now
}

/// A prohibition in words, with its rules.
fn named(ids: &[&str], reason: Option<&Reason>) -> Option<Reason> {
    let reason = reason?;
    let says = format!("{} No reviewer can overrule that (rule {}).", reason.says, ids.join(", "));
    Some(Reason { says, ..reason.clone() })
}

/// What forbids the recording as it stands, unless an attached consent may answer it (P6).
pub(super) fn standing_prohibition(entry: &Entry, consent: bool) -> Option<Reason> {
    let answered = |id: &str| consent && id == "P6";
    let ids: Vec<&str> = entry.rules.iter().map(|rule| rule.id.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().filter(|id| id.starts_with('P') && !answered(id)).collect();
    if ids.is_empty() { None } else { named(&ids, entry.reasons.iter().find(|r| !LASTING.contains(&r.code.as_str()))) }
}

/// Whether a recording stands as a decision left it.
pub(super) fn is_same(now: &Entry, then: &Entry) -> bool {
    let told = |entry: &Entry| {
        (
            entry.outcome,
            entry.sha256.clone(),
            entry.path.clone(),
            entry.usability,
            entry.rules.clone(),
            entry.reasons.clone(),
        )
    };
    told(now) == told(then)
}

/// A recording that waits in custody for the next run over the sources.
pub(super) fn awaiting(now: &Standing) -> Option<Standing> {
    let mut entry = now.entry.clone();
    let reason = reason::to_be_cleaned_again();
    entry.outcome = Outcome::Held;
    entry.usability = entry.usability.max(Some(Usability::HoldForReview));
    entry.reasons.retain(|other| other.code != reason.code && other.code != reason::held_by_reviewer().code);
    entry.reasons.insert(0, reason);
    entry.path = Some(place(&entry));
    let mut basis = now.basis.clone();
    let text = match &now.sidecar {
        Some(text) => {
            let mut paper = Sidecar::read(text.as_bytes()).ok()?;
            paper.verdict.outcome = paper.verdict.outcome.max(Usability::HoldForReview);
            Some(String::from_utf8(paper.write().ok()?).ok()?)
        }
        None => None,
    };
    basis.sidecar_bytes = text.as_ref().map_or(0, |text| text.len() as u64);
    entry.known.sidecar = text.as_deref().map(moving::digest_of);
    Some(Standing { entry, sidecar: text, basis })
}

/// Where a recording lies, by its outcome and codes.
fn place(entry: &Entry) -> String {
    let shelf = if entry.outcome == Outcome::Released { "recordings" } else { "held" };
    format!("{shelf}/{}/{}.{}", entry.patient, entry.code, entry.format.extension())
}

/// The text of the sidecar beside a recording; none where none can be read.
pub(super) fn read_text(recording: &Path) -> Option<String> {
    let path = sidecar_path(recording.to_str()?);
    let mut bytes = Vec::new();
    disk::open_source(Path::new(&path)).ok()?.take(LONGEST as u64 + 1).read_to_end(&mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}

/// The same, read.
pub(super) fn read_sidecar(recording: &Path) -> Option<Sidecar> {
    Sidecar::read(read_text(recording)?.as_bytes()).ok()
}
