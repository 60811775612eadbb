//! Weighs a cleaned and proved recording: gathers its facts, asks the judge, and words what follows.
//!
//! GMC, *Making and using visual and audio recordings of patients*; the precedence of sources is `guidance::gathered`'s.

use super::order::Order;
use super::reason;
use super::ruled::Ruled;
use super::whose::agrees;
use crate::code::PatientCode;
use crate::consent::sidecar::{
    Anonymisation, ConsentNoted, IdentifiableNoted, MadeBy, SCHEMA_ID, Sidecar, VerdictNoted,
};
use crate::consent::{Assessment, Date, Match};
use crate::dicom;
use crate::finding::Code;
use crate::guidance::{self, Facts, Gathered, Offered, Origin, Recalled, Seen, Verdict};
use crate::ledger::{Entry, Reason};
use crate::recording::known::Disagreement;
use crate::recording::terms::{Assessor, Identifiable, Kind, MadeWhen, Ownership, PixelState, Purpose, Usability};
use crate::recording::{DicomOption, Family, Format, Head, Known, Sight};
use std::collections::BTreeMap;

/// Where consent was found that a DICOM object states of itself.
const OWN_CONSENT: &str = "the recording itself, (0012,0083)";

/// A recording's facts, the verdict on them, and why it is not released.
pub(crate) struct Weighed {
    gathered: Gathered,
    pub(crate) verdict: Verdict,
    /// Empty when it may be released.
    pub(crate) reasons: Vec<Reason>,
    disagreements: Vec<Disagreement>,
    sight: Sight,
    /// Whether a face may be rebuilt from it.
    head: Option<Head>,
}

/// What is known of a recording before it is judged.
pub(crate) struct Case<'a> {
    /// Its path below SOURCE, as profiles name it.
    pub(crate) relative: &'a str,
    /// What the register says of it.
    pub(crate) said: &'a Match,
    /// Whether a withdrawal on record has changed that.
    pub(crate) withdrawn: bool,
    /// What the sidecar of an earlier run says of it.
    pub(crate) recollection: Option<&'a Recollection>,
    /// What a reviewer decided about it.
    pub(crate) ruled: Option<&'a Ruled>,
    /// What a DICOM object says of itself.
    pub(crate) identity: &'a dicom::Identity,
    /// The year it says it was made in.
    pub(crate) year: Option<u16>,
    /// What it is by content.
    pub(crate) format: Format,
    /// What was seen in its pixels.
    pub(crate) sight: &'a Sight,
}

/// A sidecar of an earlier run that is believed.
pub(crate) struct Recollection {
    pub(crate) recalled: Recalled,
    /// The patient's code in that release.
    pub(crate) patient: PatientCode,
    /// Whether that run held the recording for a reason outside the guidance, which the sidecar does not tell.
    held: bool,
}

impl Recollection {
    pub(crate) fn of(sidecar: &Sidecar, known: &Known, purpose: Purpose, as_of: Date) -> Self {
        let verdict = &sidecar.verdict;
        let explained = guidance::judge(&guidance::recall(sidecar, known, verdict.purpose, as_of).facts).outcome;
        Self {
            recalled: guidance::recall(sidecar, known, purpose, as_of),
            patient: sidecar.patient.clone(),
            held: verdict.outcome >= Usability::HoldForReview && explained < verdict.outcome,
        }
    }
}

/// What a recording is of, by whoever says so: needed before its pixels are looked at.
pub(crate) fn kind(order: &Order<'_>, case: &Case<'_>) -> Kind {
    gather(order, case).facts().kind
}

/// Whether by its kind a recording shows no face: projections through the body, curves and slides (PS3.15 E.3.2 names
/// photographs and what a surface can be rebuilt from). Of an ultrasound that is not known: there are pictures of faces.
pub(crate) fn is_faceless(kind: Kind) -> bool {
    matches!(kind, Kind::XRay | Kind::OrganFunction | Kind::PathologySlideImage)
}

/// Gathers the facts of a recording, but for what was seen in its pixels.
fn gather(order: &Order<'_>, case: &Case<'_>) -> Gathered {
    let mut gathered = Gathered::new(order.purpose, order.as_of);
    let modality = case.identity.modality.as_deref();
    let file = Offered { kind: Some(kind_of(case.format)), ..Offered::default() };
    // An embedded date may only prove 1997 or later: a camera's dead clock says 1980.
    let made_when = case.year.filter(|year| *year >= 1997).map(|_| MadeWhen::From1997);
    let dated = Offered { made_when, ..Offered::default() };
    let (kind, made_for) = (case.identity.kind, case.identity.made_for);
    let attributes = Offered { kind, made_for, ..Offered::default() };
    let told = Offered { kind: order.kind, made_for: order.made_for, made_when: None, existing_collection: None };
    let stated: Vec<&Assessment> = order.assessments.iter().filter(|a| a.is_about(case.relative)).collect();
    gathered
        .offer(Origin::Format, file)
        .offer(Origin::OwnDate, dated)
        .offer(Origin::Attributes, attributes)
        .offer(Origin::Profile, order.profile.offered(case.relative, modality))
        .offer(Origin::CommandLine, told)
        .register(case.said)
        .own_consent(case.identity.consent_on(order.as_of).as_ref());
    if case.withdrawn {
        gathered.withdrawn();
    }
    if let Some(recollection) = case.recollection {
        gathered.sidecar(&recollection.recalled);
    }
    if let Some(ruled) = case.ruled {
        ruled.tell(&mut gathered);
    }
    gathered
        .assessments(Origin::Profile, &order.profile.assessments_of(case.relative))
        .assessments(Origin::CommandLine, &stated)
        .head(case.identity.head.is_some())
        .coding(order.coding());
    gathered
}

/// Weighs a recording whose metadata the witness has proved gone.
pub(crate) fn weigh(order: &Order<'_>, case: &Case<'_>) -> Weighed {
    let mut gathered = gather(order, case);
    let Sight { pixels, found, writing, .. } = *case.sight;
    gathered.see(Seen { metadata_proved: true, pixels, found, covered: writing > 0, ..Seen::NOTHING });
    let mut verdict = guidance::judge(gathered.facts());
    let mut reasons = guidance::next_step(&verdict, gathered.facts(), gathered.seen());
    let head = case.identity.head;
    reason::of_pixels(&mut reasons, case.sight, head.filter(|_| !verdict.is_prohibited()));
    reason::of_conditions(&mut reasons, gathered.facts(), case.sight);
    let unsure = gathered.facts().identifiable != Identifiable::No;
    if reasons.is_empty() && unsure && gathered.origin("consent") == Origin::Attributes {
        reasons.push(reason::own_consent());
    }
    if reasons.is_empty() && case.recollection.is_some_and(|recollection| recollection.held) {
        reasons.push(reason::held_before());
    }
    let asked = |option| order.deidentification.has(option) && case.format == Format::Dicom;
    if asked(DicomOption::CleanPixelData) {
        reason::of_clean_pixels(&mut reasons, pixels, gathered.is_without_marks_by_recording());
    }
    if asked(DicomOption::CleanRecognizableVisualFeatures) && !gathered.is_unrecognisable_by_recording() {
        let faceless = is_faceless(gathered.facts().kind);
        reason::of_features(&mut reasons, case.sight, head, faceless);
    }
    if let Some(conflict) = &case.said.conflict {
        reasons.insert(0, conflict.reason());
    }
    if agrees(case.said, case.identity) == Some(false) {
        reasons.insert(0, reason::other_birth_date());
    }
    if case.said.patient_differs {
        reasons.insert(0, reason::other_patient());
    }
    if let Some(held) = case.ruled.and_then(Ruled::holds) {
        reasons.insert(0, held);
    }
    if !reasons.is_empty() {
        verdict.outcome = verdict.outcome.max(Usability::HoldForReview);
    }
    let disagreements = gathered.disagreements();
    if !reasons.is_empty() {
        reasons.extend(reason::disagreement(&disagreements));
    }
    Weighed { gathered, verdict, reasons, disagreements, sight: case.sight.clone(), head }
}

/// Weighs a recording that a reviewer decided about, on what is known of it without its source. `first` are reasons that no
/// reviewer answers.
pub(crate) fn weigh_reviewed(mut gathered: Gathered, sight: &Sight, head: Option<Head>, first: Vec<Reason>) -> Weighed {
    let Sight { pixels, found, writing, .. } = *sight;
    gathered.see(Seen { metadata_proved: true, pixels, found, covered: writing > 0, ..Seen::NOTHING });
    let mut verdict = guidance::judge(gathered.facts());
    let mut reasons = guidance::next_step(&verdict, gathered.facts(), gathered.seen());
    reason::of_pixels(&mut reasons, sight, head.filter(|_| !verdict.is_prohibited()));
    reason::of_conditions(&mut reasons, gathered.facts(), sight);
    reasons.splice(0..0, first);
    if !reasons.is_empty() {
        verdict.outcome = verdict.outcome.max(Usability::HoldForReview);
    }
    let disagreements = gathered.disagreements();
    Weighed { gathered, verdict, reasons, disagreements, sight: sight.clone(), head }
}

/// What a recording is of when nothing but its format says so.
fn kind_of(format: Format) -> Kind {
    match format.family() {
        Family::Video => Kind::Video,
        Family::Sound => Kind::Audio,
        Family::Document => Kind::Document,
        Family::Picture | Family::Dicom | Family::Unknown => Kind::Photograph,
    }
}

impl Weighed {
    pub(crate) fn facts(&self) -> &Facts {
        self.gathered.facts()
    }

    /// What custody keeps of it.
    pub(crate) fn known(&self) -> Known {
        let facts = self.facts();
        let own_consent = reason::own_consent().code;
        let lasts = |reason: &Reason| reason.code == own_consent || reason::LASTING.contains(&reason.code.as_str());
        let outside = self.reasons.iter().any(lasts);
        let for_teaching = facts.purpose.is_public_domain().then(|| {
            let verdict = guidance::judge(&Facts { purpose: Purpose::Teaching, ..facts.clone() });
            if outside { verdict.outcome.max(Usability::HoldForReview) } else { verdict.outcome }
        });
        Known { facts: self.gathered.noted(), disagreements: self.disagreements.clone(), sidecar: None, for_teaching }
    }

    /// How far the pixels were looked at, a person's statement included.
    pub(crate) fn pixels(&self) -> PixelState {
        self.gathered.seen().pixels
    }

    /// Whether the verdict may change as time goes by.
    pub(crate) fn depends_on_date(&self) -> bool {
        let facts = self.facts();
        facts.consent.expires_on.is_some() || facts.adult_from.is_some() || facts.retention_date.is_some()
    }

    /// The facts with names and exact dates, for the key alone.
    pub(crate) fn details(&self, said: &Match) -> Option<String> {
        let own = (self.gathered.origin("consent") == Origin::Attributes).then(|| OWN_CONSENT.to_owned());
        let provenance = match (said.provenance(), own) {
            (Some(register), Some(own)) => format!("{register}; consent: {own}"),
            (register, own) => register.or(own)?,
        };
        let assessed_by = said.statement.assessed_by.as_ref().map(|by| by.reveal_text());
        let document = said.statement.document.as_ref().map(|document| document.reveal_text());
        let details = serde_json::json!({
            "from": provenance, "facts": self.facts().to_json(), "assessed_by": assessed_by, "document": document,
        });
        Some(details.to_string())
    }

    /// The sidecar of the recording that `entry` tells of.
    pub(crate) fn sidecar(&self, entry: &Entry, method: &[String], profile: &str) -> Sidecar {
        let facts = self.facts();
        let seen = self.gathered.seen();
        let sight = &self.sight;
        let mut evidence: BTreeMap<String, u32> =
            sight.evidence.iter().map(|(word, n)| (word.to_string(), *n)).collect();
        evidence.extend(self.head.map(|head| (head.word().to_owned(), 1)));
        let edition = matches!(entry.format, Format::Dicom).then_some(dicom::EDITION);
        Sidecar {
            schema: SCHEMA_ID.to_owned(),
            schema_version: 1,
            recording: entry.code.clone(),
            patient: entry.patient.clone(),
            sha256: entry.sha256.clone().unwrap_or_default(),
            media_type: entry.format.media_type().to_owned(),
            kind: facts.kind,
            made_for: facts.made_for,
            made_when: facts.made_when,
            consent: ConsentNoted::from(&facts.consent),
            identifiable: IdentifiableNoted {
                value: facts.identifiable,
                evidence: evidence.keys().cloned().collect(),
                counts: evidence,
                assessed_by: self.gathered.assessor(),
                assessed_on: self.assessed_on(),
            },
            anonymisation: Anonymisation {
                metadata_removed: entry.metadata_findings(),
                regions_redacted: sight.redacted,
                remaining: self.remaining(entry.format),
                pixels: seen.pixels,
                coding: facts.coding,
                method: method.to_vec(),
                regions: sight.regions.clone(),
            },
            verdict: VerdictNoted {
                outcome: self.verdict.outcome,
                purpose: facts.purpose,
                rules: self.verdict.rules.clone(),
                conditions: self.verdict.conditions.clone(),
            },
            made_by: MadeBy::scrubs(profile, edition),
            retention_date: facts.retention_date.map(|date| date.month()),
            ownership: (facts.ownership != Ownership::NotStated).then_some(facts.ownership),
        }
    }

    /// Codes of what is left in the picture, or in the sound, to which nothing listens.
    fn remaining(&self, format: Format) -> Vec<String> {
        let family = format.family();
        let pixels = match self.gathered.seen().pixels {
            PixelState::Unchecked if family == Family::Sound => None,
            PixelState::Unchecked => Some(Code::PixelsUnchecked),
            PixelState::NeedsEyes => Some(Code::BurnedInText),
            PixelState::Checked | PixelState::NoMarks => None,
        };
        let unheard = matches!(family, Family::Sound | Family::Video)
            && !matches!(self.gathered.seen().pixels, PixelState::NoMarks);
        let voice = unheard.then_some(Code::VoiceUnchecked);
        let face = self.sight.found.map(|_| Code::Face);
        pixels.into_iter().chain(voice).chain(face).map(|code| code.word().to_owned()).collect()
    }

    fn assessed_on(&self) -> Option<crate::consent::Month> {
        let by_person = self.gathered.assessor() == Some(Assessor::Reviewer);
        self.gathered.assessed_on().filter(|_| by_person).map(|date| date.month())
    }
}
