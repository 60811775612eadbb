//! Facts gathered from several sources, each with where it came from: the register goes before the command line, that
//! before the profile, that before the sidecar of an earlier run, that before the recording's own attributes and date, and
//! the cautious reading comes last. Of consent and of whether the patient can be recognised the most cautious word counts,
//! whoever says it.
//!
//! GMC paras 8, 10, 17, 22, 23: an embedded date never proves *before 1997*, a statement never silences a detector, and a
//! refusal is never lost.

use super::facts::Facts;
use super::origin::{Claims, Origin, disagreement};
use super::recall::Recalled;
use crate::consent::sidecar::IdentifiableNoted;
use crate::consent::{Assessment, Consent, Date, Match, Offered, assessment, distribution};
use crate::recording::known::{Disagreement, Fact, Word};
use crate::recording::terms::{
    Assessor, Circumstance, Coding, ConsentStatus, Identifiable, MadeWhen, PixelState, Purpose,
};
use std::collections::BTreeMap;

/// What the run did and saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Whether the second reading proved the metadata gone.
    pub metadata_proved: bool,
    /// How far the pixels were looked at.
    pub pixels: PixelState,
    /// What a detector concludes; none where none has looked or nothing was found.
    pub found: Option<Identifiable>,
    /// Whether a detector found writing that was covered.
    pub covered: bool,
    /// Whether a statement, not one of this very recording, says that there was none: drawn by [`Gathered::see`].
    pub against_statement: bool,
    /// Whether it is a source as it lies, which nothing has tried to clean.
    pub uncleaned: bool,
}

impl Seen {
    /// Nothing proved, and nothing looked at.
    pub const NOTHING: Self = Self {
        metadata_proved: false,
        pixels: PixelState::Unchecked,
        found: None,
        covered: false,
        against_statement: false,
        uncleaned: false,
    };
}

/// A person's statement, with its weight.
#[derive(Debug, Clone, Copy)]
struct Stated {
    identifiable: Identifiable,
    origin: Origin,
    on: Option<Date>,
    by_recording: bool,
}

/// Facts under construction.
#[derive(Debug, Clone)]
pub struct Gathered {
    facts: Facts,
    origins: BTreeMap<&'static str, Origin>,
    claims: Claims,
    /// What each source says of consent.
    consents: BTreeMap<Origin, Consent>,
    /// The lines of the register that speak of it.
    lines: Vec<u64>,
    statements: Vec<Stated>,
    no_marks: Option<bool>,
    /// Whether a face may be rebuilt from the recording.
    head: bool,
    seen: Seen,
    assessor: Option<Assessor>,
}

impl Gathered {
    /// The cautious reading, for a purpose and a day.
    pub fn new(purpose: Purpose, as_of: Date) -> Self {
        Self {
            facts: Facts { purpose, ..Facts::cautious(as_of) },
            origins: BTreeMap::new(),
            claims: Claims::default(),
            consents: BTreeMap::new(),
            lines: Vec::new(),
            statements: Vec::new(),
            no_marks: None,
            head: false,
            seen: Seen::NOTHING,
            assessor: None,
        }
    }

    /// Takes what a source offers, unless a weightier one has already spoken; the order of calls does not matter.
    /// Attributes may say *1997 or later*, never *before 1997*.
    pub fn offer(&mut self, origin: Origin, offered: Offered) -> &mut Self {
        let made_when = offered.made_when.filter(|&era| origin > Origin::Attributes || era != MadeWhen::Before1997);
        let words = [
            ("kind", offered.kind.map(|v| v.word())),
            ("made-for", offered.made_for.map(|v| v.word())),
            ("made-when", made_when.map(|v| v.word())),
            ("existing-collection", offered.existing_collection.map(yes_no)),
        ];
        for (fact, word) in words {
            word.into_iter().for_each(|word| self.claims.note(fact, origin, word));
        }
        self.put("kind", origin, offered.kind, |f, v| f.kind = v);
        self.put("made-for", origin, offered.made_for, |f, v| f.made_for = v);
        self.put("made-when", origin, made_when, |f, v| f.made_when = v);
        self.put("existing-collection", origin, offered.existing_collection, |f, v| f.existing_collection = v);
        self
    }

    fn put<T>(&mut self, key: &'static str, origin: Origin, value: Option<T>, set: impl FnOnce(&mut Facts, T)) {
        let Some(value) = value else { return };
        if self.origin(key) < origin {
            set(&mut self.facts, value);
            self.origins.insert(key, origin);
        }
    }

    /// Takes what the register says of this recording.
    pub fn register(&mut self, found: &Match) -> &mut Self {
        let said = &found.statement;
        let offered = Offered {
            kind: said.kind,
            made_for: said.made_for,
            made_when: said.made_when,
            existing_collection: said.existing_collection,
        };
        self.offer(Origin::Register, offered);
        self.lines.clone_from(&found.lines);
        self.consent(Origin::Register, said.consent.as_ref());
        self.put("subject", Origin::Register, said.subject, |f, v| f.subject = v);
        self.put("adult-from", Origin::Register, said.adult_from, |f, v| f.adult_from = Some(v));
        self.put("authority", Origin::Register, said.authority.clone(), |f, v| f.authority = Some(v));
        self.put("retention-date", Origin::Register, said.retention_date, |f, v| f.retention_date = Some(v));
        self.put("ownership", Origin::Register, said.ownership, |f, v| f.ownership = v);
        self.circumstances(Origin::Register, &said.circumstances);
        self.assess(Origin::Register, said.identifiable, said.no_marks, said.assessed_on, found.answers_findings);
        self
    }

    /// Circumstances add up, whoever knows of them: most of them are reasons for caution.
    fn circumstances(&mut self, origin: Origin, circumstances: &std::collections::BTreeSet<Circumstance>) {
        if circumstances.is_empty() {
            return;
        }
        self.facts.circumstances.extend(circumstances);
        let known = self.origin("circumstances").max(origin);
        self.origins.insert("circumstances", known);
    }

    /// Takes what the sidecar of an earlier run says, which custody knows and which belongs to this very recording.
    pub fn sidecar(&mut self, recalled: &Recalled) -> &mut Self {
        let (facts, from) = (&recalled.facts, Origin::Sidecar);
        self.offer(from, recalled.offered());
        self.consent(from, recalled.says_of_consent());
        self.put("subject", from, recalled.subject(), |f, v| f.subject = v);
        self.put("adult-from", from, facts.adult_from, |f, v| f.adult_from = Some(v));
        self.put("authority", from, facts.authority.clone(), |f, v| f.authority = Some(v));
        self.put("retention-date", from, facts.retention_date, |f, v| f.retention_date = Some(v));
        self.put("ownership", from, recalled.ownership(), |f, v| f.ownership = v);
        self.circumstances(from, &facts.circumstances);
        self.assess(from, recalled.identifiable(), recalled.no_marks, recalled.assessed_on, false);
        self
    }

    /// Takes what a reviewer decided about this very recording: it answers what a detector found, as a row of the register by
    /// recording does. `consent` counts like such a row's, never over a refusal or a withdrawal.
    pub fn reviewer(
        &mut self,
        (identifiable, no_marks): (Option<Identifiable>, bool),
        on: Option<Date>,
        consent: Option<&Consent>,
    ) -> &mut Self {
        self.consent(Origin::Reviewer, consent);
        self.assess(Origin::Reviewer, identifiable, no_marks, on, true);
        self
    }

    /// Takes what the run that wrote this very recording knew, from its sidecar and what custody kept. `said` is what the
    /// register says of it by recording, and `no_marks` whether any statement says that it bears no marks.
    pub fn remembered(&mut self, recalled: &Recalled, said: bool, no_marks: bool) -> &mut Self {
        let mut recalled = recalled.clone().without_software();
        recalled.no_marks = false;
        self.sidecar(&recalled);
        let statement = recalled.identifiable().filter(|_| said);
        self.assess(Origin::Sidecar, statement, no_marks, recalled.assessed_on, said);
        self.coding(recalled.facts.coding)
    }

    /// Notes that what the register says of consent was changed by a withdrawal that custody has on record. Call it after
    /// [`Gathered::register`].
    pub fn withdrawn(&mut self) -> &mut Self {
        if let Some(consent) = self.consents.remove(&Origin::Register) {
            self.consent(Origin::Withdrawal, Some(&consent));
        }
        self
    }

    /// Takes the consent that the recording states of itself.
    pub fn own_consent(&mut self, own: Option<&Consent>) -> &mut Self {
        self.consent(Origin::Attributes, own);
        self
    }

    /// The weightiest source's consent counts, unless another knows of a refusal or a withdrawal, or of a graver one.
    fn consent(&mut self, origin: Origin, consent: Option<&Consent>) {
        let Some(consent) = consent else { return };
        self.consents.insert(origin, consent.clone());
        let mut said = self.consents.iter().rev();
        let Some((&origin, consent)) = said.next() else { return };
        let mut taken = (origin, consent.clone());
        for (&origin, other) in said {
            let both = distribution::together(&taken.1, other);
            if both.status != taken.1.status {
                taken = (origin, both);
            }
        }
        self.origins.insert("consent", taken.0);
        self.facts.consent = taken.1;
    }

    /// Takes the statements of a profile or a command line that are about this recording.
    pub fn assessments(&mut self, origin: Origin, about: &[&Assessment]) -> &mut Self {
        let (identifiable, no_marks) = assessment::together(about.iter().copied());
        let on = about.iter().filter(|a| a.identifiable == identifiable).filter_map(|a| a.on).next();
        self.assess(origin, identifiable, no_marks, on, false);
        self
    }

    fn assess(
        &mut self,
        origin: Origin,
        identifiable: Option<Identifiable>,
        no_marks: bool,
        on: Option<Date>,
        by_recording: bool,
    ) {
        if let Some(identifiable) = identifiable {
            self.claims.note("identifiable", origin, identifiable.word());
            self.statements.push(Stated { identifiable, origin, on, by_recording });
        }
        if no_marks {
            self.no_marks = Some(by_recording || self.no_marks == Some(true));
        }
    }

    /// Whether the register states of this very recording that the picture bears no writing or marks.
    pub fn is_without_marks_by_recording(&self) -> bool {
        self.no_marks == Some(true)
    }

    /// Whether the register states of this very recording that the patient cannot be recognised.
    pub fn is_unrecognisable_by_recording(&self) -> bool {
        let mut own = self.statements.iter().filter(|stated| stated.by_recording).peekable();
        own.peek().is_some() && own.all(|stated| stated.identifiable == Identifiable::No)
    }

    /// Notes that a face may be rebuilt from the recording (a volume of a head): until a person states otherwise the patient
    /// may be recognised, whatever the kind.
    pub fn head(&mut self, head: bool) -> &mut Self {
        self.head = head;
        self
    }

    /// States whether a key is kept.
    pub fn coding(&mut self, coding: Coding) -> &mut Self {
        self.put("coding", Origin::Run, Some(coding), |f, v| f.coding = v);
        self
    }

    /// Takes what the run did and saw, and draws together what follows for *cleaned* and *identifiable*. Call it last.
    ///
    /// A statement answers for pixels that nothing has looked at; what a detector found stands beside it, unless the
    /// register answers for this very recording. Writing that was covered though a statement says that there is none means
    /// that one of the two is wrong, so a person must look.
    pub fn see(&mut self, seen: Seen) -> &mut Self {
        let pixels = match (seen.pixels, self.no_marks) {
            (PixelState::Unchecked, Some(_)) | (PixelState::NeedsEyes, Some(true)) => PixelState::NoMarks,
            (PixelState::Checked, Some(false)) if seen.covered => PixelState::NeedsEyes,
            (pixels, _) => pixels,
        };
        let against_statement = seen.covered && self.no_marks == Some(false);
        self.seen = Seen { pixels, against_statement, ..seen };
        self.facts.cleaned = seen.metadata_proved && matches!(pixels, PixelState::Checked | PixelState::NoMarks);
        self.origins.insert("cleaned", Origin::Run);
        seen.found.into_iter().for_each(|found| self.claims.note("identifiable", Origin::Detector, found.word()));
        let (identifiable, origin, assessor) = self.recognise(seen.found);
        self.facts.identifiable = identifiable;
        self.origins.insert("identifiable", origin);
        self.assessor = assessor;
        self
    }

    fn recognise(&self, found: Option<Identifiable>) -> (Identifiable, Origin, Option<Assessor>) {
        let software = Some(Assessor::Software);
        match (self.stated(), found) {
            (Some(stated), found) => match found {
                Some(found) if found > stated.identifiable && !stated.by_recording => {
                    (found, Origin::Detector, software)
                }
                _ => (stated.identifiable, stated.origin, Some(Assessor::Reviewer)),
            },
            (None, Some(found)) if found > Identifiable::No => (found, Origin::Detector, software),
            // Para 10 kinds: nobody can be recognised once metadata and marks are gone.
            (None, _) if self.facts.kind.is_para_10() && self.facts.cleaned && !self.head => {
                (Identifiable::No, Origin::Run, software)
            }
            (None, _) => (Identifiable::MayBe, Origin::Default, None),
        }
    }

    /// The statement that counts: one that the register makes of this very recording, else the most cautious, and of
    /// equal ones the weightiest.
    fn stated(&self) -> Option<Stated> {
        let answers = |said: &Stated| said.origin != Origin::Reviewer || self.may_answer(said.identifiable);
        let said = self.statements.iter().copied().filter(answers);
        said.max_by_key(|said| (said.by_recording, said.identifiable, said.origin))
    }

    /// Whether what a reviewer says counts: that somebody cannot be recognised of whom a person states the contrary only as
    /// long as the consent that the reviewer attached reaches this use (para 23).
    fn may_answer(&self, identifiable: Identifiable) -> bool {
        let Facts { subject, adult_from, as_of, purpose, .. } = self.facts;
        let recognised = |said: &Stated| said.origin != Origin::Reviewer && said.identifiable == Identifiable::Yes;
        let reaches = |consent: &Consent| consent.is_valid(subject, adult_from, as_of) && consent.covers(purpose);
        identifiable == Identifiable::Yes
            || !self.statements.iter().any(recognised)
            || self.consents.get(&Origin::Reviewer).is_some_and(reaches)
    }

    /// Where sources disagree in a way that matters, in the order of the facts.
    pub fn disagreements(&self) -> Vec<Disagreement> {
        let facts = ["kind", "made-for", "made-when", "existing-collection", "identifiable"];
        let mut all: Vec<_> = facts.iter().flat_map(|fact| self.claims.against(fact, self.origin(fact))).collect();
        let taken = self.origin("consent");
        let Some(counts) = self.consents.get(&taken) else { return all };
        for (&other, consent) in self.consents.iter().rev() {
            if consent.status != counts.status && consent.status != ConsentStatus::NoRecord {
                all.push(disagreement("consent", taken, other));
            }
        }
        all
    }

    /// The facts with their sources, for custody: words and months. What only a register or a sidecar could say stands
    /// there where one says it.
    pub fn noted(&self) -> Vec<Fact> {
        let facts = &self.facts;
        let scopes: Vec<&str> = facts.consent.scopes.iter().map(|scope| scope.word()).collect();
        let consent = match scopes[..] {
            [] => Word::from(facts.consent.status.word()),
            _ => format!("{}: {}", facts.consent.status.word(), scopes.join(", ")).into(),
        };
        let circumstances: Vec<&str> = facts.circumstances.iter().map(|circumstance| circumstance.word()).collect();
        let month = |date: Option<Date>| date.map(|date| Word::from(date.month().to_string()));
        let always = [
            ("kind", facts.kind.word().into()),
            ("made-for", facts.made_for.word().into()),
            ("made-when", facts.made_when.word().into()),
            ("existing-collection", yes_no(facts.existing_collection).into()),
            ("identifiable", facts.identifiable.word().into()),
            ("cleaned", yes_no(facts.cleaned).into()),
            ("coding", facts.coding.word().into()),
            ("consent", consent),
            ("subject", facts.subject.word().into()),
        ];
        let where_stated = [
            ("given-by", facts.consent.given_by.map(|by| by.word().into())),
            ("adult-from", month(facts.adult_from)),
            ("circumstances", (!circumstances.is_empty()).then(|| circumstances.join(", ").into())),
            ("authority", facts.authority.as_ref().map(|authority| authority.basis.word().into())),
            ("retention-date", month(facts.retention_date)),
            ("ownership", (self.origin("ownership") > Origin::Default).then(|| facts.ownership.word().into())),
        ];
        let stated = where_stated.into_iter().filter_map(|(fact, value)| Some((fact, value?)));
        let noted = |(fact, value)| Fact {
            fact: Word::from(fact),
            value,
            from: self.from(if fact == "given-by" { "consent" } else { fact }),
        };
        always.into_iter().chain(stated).map(noted).collect()
    }

    /// Where a fact came from, in words, with the register's lines.
    fn from(&self, fact: &str) -> Word {
        let origin = self.origin(fact);
        // Where no key is kept, a line of the register would be one.
        let told = self.lines.iter().filter(|_| self.facts.coding != Coding::None);
        let lines: Vec<String> = told.map(u64::to_string).collect();
        match (origin, &lines[..]) {
            (Origin::Register, [line]) => format!("{}, line {line}", origin.words()).into(),
            (Origin::Register, [_, ..]) => format!("{}, lines {}", origin.words(), lines.join(", ")).into(),
            (Origin::Profile, _) => {
                let table = if fact == "identifiable" { "assessment" } else { fact };
                format!("{}, [[{table}]]", origin.words()).into()
            }
            _ => origin.words().into(),
        }
    }

    /// The facts, for the judge.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Where a fact came from, by its key in a facts file.
    pub fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).copied().unwrap_or(Origin::Default)
    }

    /// What the run saw, statements included.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Who answered whether the patient can be recognised, as a word for the sidecar.
    pub fn assessor(&self) -> Option<Assessor> {
        self.assessor
    }

    /// What the sidecar says of it; `evidence` is codes of findings that speak for the patient being recognised.
    pub fn identifiable_noted(&self, evidence: Vec<String>) -> IdentifiableNoted {
        IdentifiableNoted {
            value: self.facts.identifiable,
            evidence,
            counts: BTreeMap::new(),
            assessed_by: self.assessor,
            assessed_on: self.assessed_on().map(Date::month),
        }
    }

    /// When the person's statement was made, where a statement decided.
    pub fn assessed_on(&self) -> Option<Date> {
        self.stated().filter(|_| self.assessor == Some(Assessor::Reviewer)).and_then(|stated| stated.on)
    }
}

fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

#[cfg(test)]
#[path = "gathered/tests.rs"]
mod tests;
