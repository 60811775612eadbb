//! What a sidecar of an earlier run says, as facts: for a release that is cleaned again or handed back.
//!
//! GMC para 24: the record of consent is kept with the recording. A sidecar names neither who gave consent nor what else was
//! known (who the patient is, circumstances, an authority); the rules that its verdict cites tell as much of those as the
//! same verdict needs. Whether a sidecar may be believed at all is for the caller to know.

use super::facts::Facts;
use super::rule::{Stage, rules};
use super::verdict::weigh;
use crate::consent::condition::OFFER_CHOICE;
use crate::consent::sidecar::Sidecar;
use crate::consent::{Authority, Consent, Date, Offered};
use crate::recording::Known;
use crate::recording::terms::{
    Assessor, AuthorityBasis, Circumstance, ConsentStatus, GivenBy, Identifiable, Kind, MadeFor, MadeWhen, Ownership,
    PixelState, Purpose, Subject, Usability,
};

/// The facts that a sidecar tells.
#[derive(Debug, Clone)]
pub struct Recalled {
    /// All of them; what the sidecar does not tell has the cautious reading.
    pub facts: Facts,
    /// Whether a named person stated that the picture bears no marks.
    pub no_marks: bool,
    /// When a person assessed whether the patient can be recognised.
    pub assessed_on: Option<Date>,
    assessor: Option<Assessor>,
}

impl Recalled {
    /// What it says of the making.
    pub(super) fn offered(&self) -> Offered {
        let facts = &self.facts;
        Offered {
            kind: Some(facts.kind),
            made_for: (facts.made_for != MadeFor::Unknown).then_some(facts.made_for),
            made_when: (facts.made_when != MadeWhen::Unknown).then_some(facts.made_when),
            existing_collection: facts.existing_collection.then_some(true),
        }
    }

    /// What it says of consent; none where it says that nothing was on record.
    pub(super) fn says_of_consent(&self) -> Option<&Consent> {
        (self.facts.consent.status != ConsentStatus::NoRecord).then_some(&self.facts.consent)
    }

    /// Who the patient is, where the rules tell.
    pub(super) fn subject(&self) -> Option<Subject> {
        (self.facts.subject != Subject::Unknown).then_some(self.facts.subject)
    }

    /// What a person said of whether the patient can be recognised, and that somebody was found who can. That nobody can
    /// be, as software found, it has to find again.
    pub(super) fn identifiable(&self) -> Option<Identifiable> {
        let said = self.facts.identifiable;
        (self.assessor == Some(Assessor::Reviewer) || said == Identifiable::Yes).then_some(said)
    }

    /// The same without what software concluded: it concludes it again from what was seen.
    pub(super) fn without_software(mut self) -> Self {
        if self.assessor != Some(Assessor::Reviewer) {
            self.facts.identifiable = Identifiable::MayBe;
        }
        self
    }

    /// Who owns it, where that is stated.
    pub(super) fn ownership(&self) -> Option<Ownership> {
        (self.facts.ownership != Ownership::NotStated).then_some(self.facts.ownership)
    }
}

/// Reads a sidecar as facts, for a purpose and a day, with what custody knows besides of the run that wrote it.
pub fn recall(sidecar: &Sidecar, known: &Known, purpose: Purpose, as_of: Date) -> Recalled {
    let pixels = sidecar.anonymisation.pixels;
    let facts = Facts {
        kind: sidecar.kind,
        made_for: sidecar.made_for,
        made_when: sidecar.made_when,
        identifiable: sidecar.identifiable.value,
        cleaned: matches!(pixels, PixelState::Checked | PixelState::NoMarks),
        coding: sidecar.anonymisation.coding,
        consent: consent(sidecar),
        purpose,
        retention_date: sidecar.retention_date.map(Date::from),
        ownership: sidecar.ownership.unwrap_or(Ownership::NotStated),
        ..Facts::cautious(as_of)
    };
    let assessor = sidecar.identifiable.assessed_by;
    Recalled {
        facts: Cited { sidecar, known, facts }.complete(),
        no_marks: pixels == PixelState::NoMarks,
        assessed_on: sidecar.identifiable.assessed_on.map(Date::from),
        assessor,
    }
}

/// Whether the facts that a sidecar states may have led to the verdict that it states, on some day until `as_of` and with what no
/// sidecar says (who consented, an authority, circumstances) as its rules tell it. Anybody can ask that, without custody. What the
/// patient refused needs an authority that the verdict cites: one that nobody can see explains nothing.
pub fn explains(sidecar: &Sidecar, as_of: Date) -> bool {
    let known = Known::default();
    let noted = &sidecar.verdict;
    let grave = matches!(sidecar.consent.status, ConsentStatus::Refused | ConsentStatus::ClearlyNotGiven);
    if grave && noted.outcome <= Usability::UsableWithConditions && !noted.rules.iter().any(|rule| rule.id == "G9") {
        return false;
    }
    // A consent that has run out since stood in its last month.
    let days = [Some(as_of), sidecar.consent.expires_on.map(|month| month.first())];
    days.into_iter().flatten().any(|day| {
        let Recalled { facts, .. } = recall(sidecar, &known, sidecar.verdict.purpose, day);
        Cited { sidecar, known: &known, facts: facts.clone() }.is_explained_by(&facts)
    })
}

fn consent(sidecar: &Sidecar) -> Consent {
    let noted = &sidecar.consent;
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

/// Facts, with the verdict that tells what is missing among them.
struct Cited<'a> {
    sidecar: &'a Sidecar,
    known: &'a Known,
    facts: Facts,
}

impl Cited<'_> {
    fn cites(&self, id: &str) -> bool {
        self.sidecar.verdict.rules.iter().any(|rule| rule.id == id)
    }

    fn complete(mut self) -> Facts {
        self.subject();
        self.circumstances();
        self.facts.existing_collection = ["G4", "G5", "N3"].iter().any(|id| self.cites(id))
            || self.known.value("existing-collection") == Some("yes");
        self.custody();
        if self.cites("C3") {
            // A month that has not ended, of which a day has passed.
            self.facts.retention_date = self.facts.retention_date.map(|date| date.month().first());
        }
        self.permissions();
        self.facts
    }

    /// What no sidecar says and custody has on record: who the patient is, circumstances, who gave consent.
    fn custody(&mut self) {
        let facts = &mut self.facts;
        let known = |fact| self.known.value(fact).unwrap_or_default();
        facts.subject = known("subject").parse().ok().filter(|s| *s != Subject::Unknown).unwrap_or(facts.subject);
        facts.adult_from = Date::iso(known("adult-from")).ok().or(facts.adult_from);
        facts
            .circumstances
            .extend(known("circumstances").split(", ").filter_map(|word| word.parse::<Circumstance>().ok()));
        facts.consent.given_by = known("given-by").parse().ok();
    }

    /// Whether the consent stood and whether an authority reached the use: the most cautious answers under which the verdict
    /// is the one that the sidecar states. Where none are, the consent had run out by now, was given by somebody who could
    /// not, or is of a month that tells too little: it is read as not standing.
    fn permissions(&mut self) {
        let verdict = &self.sidecar.verdict;
        let another = verdict.purpose != self.facts.purpose;
        let grown =
            Facts { subject: Subject::ChildWithCapacity, adult_from: Some(self.facts.as_of), ..self.with(true, false) };
        let answers = [self.with(false, false), self.with(false, true), self.with(true, false), grown];
        // What was prohibited was looked at no further: cautions that another use would have met are not told.
        let untold = another && verdict.outcome == Usability::MustNotUse;
        let fits = |facts: &&Facts| self.is_verdict_of(facts);
        let [cautious, ..] = &answers;
        let found = answers.iter().find(fits).filter(|_| !untold).unwrap_or(cautious);
        // An authority was given for a use, so it does not reach another.
        let authority = found.authority.clone().filter(|_| !another);
        self.facts = Facts { authority, purpose: self.facts.purpose, ..found.clone() };
    }

    fn with(&self, stood: bool, authority: bool) -> Facts {
        let mut facts = Facts { purpose: self.sidecar.verdict.purpose, ..self.facts.clone() };
        if facts.consent.status == ConsentStatus::Given && !stood {
            facts.consent.given_by = Some(GivenBy::Other);
        }
        facts.authority = authority.then(|| Authority::new(AuthorityBasis::PublicInterest));
        facts
    }

    /// Whether these facts give the sidecar's verdict, but for cautions, which may only raise it.
    fn is_explained_by(&self, facts: &Facts) -> bool {
        let (_, cited) = weigh(facts, rules());
        let lasting = || cited.iter().filter(|rule| rule.stage != Stage::Caution);
        let noted = &self.sidecar.verdict;
        let conditions = lasting().flat_map(|rule| rule.conditions(facts));
        self.is_verdict_of(facts)
            && lasting().all(|rule| rule.outcome(facts) <= noted.outcome)
            && (noted.outcome > Usability::UsableWithConditions
                || conditions.into_iter().all(|c| noted.conditions.contains(&c)))
    }

    /// Whether these facts give the sidecar's rules; cautions come and go with the day.
    fn is_verdict_of(&self, facts: &Facts) -> bool {
        let (_, cited) = weigh(facts, rules());
        let now = cited.iter().filter(|rule| rule.stage != Stage::Caution).map(|rule| rule.id);
        let then = self.sidecar.verdict.rules.iter().map(|rule| rule.id.as_str()).filter(|id| !id.starts_with('C'));
        now.eq(then)
    }

    fn subject(&mut self) {
        if self.cites("C1") || self.cites("G7") {
            self.facts.subject = Subject::Deceased;
        } else if self.cites("N4") {
            self.facts.subject = Subject::AdultWithoutCapacity;
        } else if self.sidecar.verdict.conditions.iter().any(|word| word == OFFER_CHOICE) {
            self.facts.subject = Subject::ChildWithCapacity;
            self.facts.adult_from = Some(self.facts.as_of);
        }
    }

    fn circumstances(&mut self) {
        let unspoken = matches!(self.facts.consent.status, ConsentStatus::NoRecord | ConsentStatus::Given);
        let purpose = self.sidecar.verdict.purpose;
        let of_the_family = !purpose.is_public_domain() && self.facts.identifiable == Identifiable::No;
        let telling = [
            (self.cites("P1"), Circumstance::ObjectionOrDistress),
            (self.cites("P2"), Circumstance::Covert),
            (self.cites("P2") && self.facts.kind == Kind::TelephoneCall, Circumstance::CallersNotInformed),
            (self.cites("P5") && unspoken, Circumstance::ContextShowsNoConsent),
            (self.cites("G8"), Circumstance::PostMortem),
            (self.cites("C1") && of_the_family, Circumstance::GeneticOrFamilyInformation),
            (self.cites("C2"), Circumstance::PostMortemCoroner),
        ];
        self.facts.circumstances.extend(telling.into_iter().filter(|(told, _)| *told).map(|(_, what)| what));
    }
}

#[cfg(test)]
#[path = "recall/tests.rs"]
mod tests;
