//! Facts gathered from several sources, each with where it came from: the register goes before the command line, that
//! before the profile, that before the recording's own attributes, and the cautious reading comes last.
//!
//! GMC paras 10, 17, 22, 23: an embedded date never proves *before 1997*, and a statement never silences a detector.

use super::facts::Facts;
use crate::consent::sidecar::IdentifiableNoted;
use crate::consent::{Assessment, Consent, Date, Match, Offered, assessment, distribution};
use crate::recording::terms::{Assessor, Coding, Identifiable, MadeWhen, PixelState, Purpose};
use std::collections::BTreeMap;

/// Where a fact came from; the later, the weightier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Nothing said anything: the cautious reading.
    Default,
    /// The recording's own attributes or media type, before they were stripped.
    Attributes,
    /// A rule or assessment of the profile.
    Profile,
    /// The command line.
    CommandLine,
    /// The register.
    Register,
    /// What this run did and saw.
    Run,
}

impl Origin {
    /// The words for reports.
    pub fn words(self) -> &'static str {
        match self {
            Origin::Default => "cautious reading",
            Origin::Attributes => "the recording itself",
            Origin::Profile => "profile",
            Origin::CommandLine => "command line",
            Origin::Register => "register",
            Origin::Run => "this run",
        }
    }
}

/// What the run did and saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Whether the second reading proved the metadata gone.
    pub metadata_proved: bool,
    /// How far the pixels were looked at.
    pub pixels: PixelState,
    /// What a detector concludes; none where none has looked or nothing was found.
    pub found: Option<Identifiable>,
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
    stated: Option<Stated>,
    no_marks: Option<bool>,
    seen: Seen,
    assessor: Option<Assessor>,
}

impl Gathered {
    /// The cautious reading, for a purpose and a day.
    pub fn new(purpose: Purpose, as_of: Date) -> Self {
        Self {
            facts: Facts { purpose, ..Facts::cautious(as_of) },
            origins: BTreeMap::new(),
            stated: None,
            no_marks: None,
            seen: Seen { metadata_proved: false, pixels: PixelState::Unchecked, found: None },
            assessor: None,
        }
    }

    /// Takes what a source offers, unless a weightier one has already spoken; the order of calls does not matter.
    /// Attributes may say *1997 or later*, never *before 1997*.
    pub fn offer(&mut self, origin: Origin, offered: Offered) -> &mut Self {
        let made_when = offered.made_when.filter(|&era| origin > Origin::Attributes || era != MadeWhen::Before1997);
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
        let circumstances = (!said.circumstances.is_empty()).then(|| said.circumstances.clone());
        self.put("consent", Origin::Register, said.consent.clone(), |f, v| f.consent = v);
        self.put("subject", Origin::Register, said.subject, |f, v| f.subject = v);
        self.put("adult-from", Origin::Register, said.adult_from, |f, v| f.adult_from = Some(v));
        self.put("circumstances", Origin::Register, circumstances, |f, v| f.circumstances = v);
        self.put("authority", Origin::Register, said.authority.clone(), |f, v| f.authority = Some(v));
        self.put("retention-date", Origin::Register, said.retention_date, |f, v| f.retention_date = Some(v));
        self.put("ownership", Origin::Register, said.ownership, |f, v| f.ownership = v);
        self.assess(Origin::Register, said.identifiable, said.no_marks, said.assessed_on, found.answers_findings);
        self
    }

    /// Takes the consent that the recording states of itself: below the register's, but of two refusals the graver counts.
    /// Call it after [`Gathered::register`].
    pub fn own_consent(&mut self, own: Option<&Consent>) -> &mut Self {
        let Some(own) = own else { return self };
        if self.origin("consent") < Origin::Register {
            self.put("consent", Origin::Attributes, Some(own.clone()), |f, v| f.consent = v);
            return self;
        }
        let both = distribution::together(&self.facts.consent, own);
        if both != self.facts.consent {
            self.facts.consent = both;
            self.origins.insert("consent", Origin::Attributes);
        }
        self
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
        if let Some(identifiable) = identifiable
            && self.stated.is_none_or(|stated| stated.origin < origin)
        {
            self.stated = Some(Stated { identifiable, origin, on, by_recording });
        }
        if no_marks {
            self.no_marks = Some(by_recording || self.no_marks == Some(true));
        }
    }

    /// States whether a key is kept.
    pub fn coding(&mut self, coding: Coding) -> &mut Self {
        self.put("coding", Origin::Run, Some(coding), |f, v| f.coding = v);
        self
    }

    /// Takes what the run did and saw, and draws together what follows for *cleaned* and *identifiable*. Call it last.
    ///
    /// A statement answers for pixels that nothing has looked at; what a detector found stands beside it, unless the
    /// register answers for this very recording.
    pub fn see(&mut self, seen: Seen) -> &mut Self {
        let pixels = match (seen.pixels, self.no_marks) {
            (PixelState::Unchecked, Some(_)) | (PixelState::NeedsEyes, Some(true)) => PixelState::NoMarks,
            (pixels, _) => pixels,
        };
        self.seen = Seen { pixels, ..seen };
        self.facts.cleaned = seen.metadata_proved && matches!(pixels, PixelState::Checked | PixelState::NoMarks);
        self.origins.insert("cleaned", Origin::Run);
        let (identifiable, origin, assessor) = self.recognise(seen.found);
        self.facts.identifiable = identifiable;
        self.origins.insert("identifiable", origin);
        self.assessor = assessor;
        self
    }

    fn recognise(&self, found: Option<Identifiable>) -> (Identifiable, Origin, Option<Assessor>) {
        let software = Some(Assessor::Software);
        match (self.stated, found) {
            (Some(stated), found) => match found {
                Some(found) if found > stated.identifiable && !stated.by_recording => (found, Origin::Run, software),
                _ => (stated.identifiable, stated.origin, Some(Assessor::Reviewer)),
            },
            (None, Some(found)) if found > Identifiable::No => (found, Origin::Run, software),
            // Para 10 kinds: nobody can be recognised once metadata and marks are gone.
            (None, _) if self.facts.kind.is_para_10() && self.facts.cleaned => {
                (Identifiable::No, Origin::Run, software)
            }
            (None, _) => (Identifiable::MayBe, Origin::Default, None),
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
            assessed_by: self.assessor,
            assessed_on: self.assessed_on().map(Date::month),
        }
    }

    /// When the person's statement was made, where a statement decided.
    pub fn assessed_on(&self) -> Option<Date> {
        self.stated.filter(|_| self.assessor == Some(Assessor::Reviewer)).and_then(|stated| stated.on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::Pattern;
    use crate::recording::terms::Kind;

    fn today() -> Date {
        Date::iso("2026-11-20").expect("a date")
    }

    fn gathered() -> Gathered {
        Gathered::new(Purpose::Teaching, today())
    }

    fn kind(kind: Kind) -> Offered {
        Offered { kind: Some(kind), ..Offered::default() }
    }

    fn statement(no_marks: bool) -> Assessment {
        let mut statement =
            Assessment::not_identifiable(Pattern::new("**").expect("a glob"), "A. Canary".into(), today());
        statement.no_marks = no_marks;
        statement
    }

    const CHECKED: Seen = Seen { metadata_proved: true, pixels: PixelState::Checked, found: None };
    const UNCHECKED: Seen = Seen { metadata_proved: true, pixels: PixelState::Unchecked, found: None };

    #[test]
    fn the_weightier_source_wins_in_any_order() {
        let offers =
            [(Origin::Attributes, Kind::XRay), (Origin::Profile, Kind::Endoscopic), (Origin::CommandLine, Kind::Video)];
        let mut forwards = gathered();
        offers.iter().for_each(|&(origin, k)| _ = forwards.offer(origin, kind(k)));
        let mut backwards = gathered();
        offers.iter().rev().for_each(|&(origin, k)| _ = backwards.offer(origin, kind(k)));
        for gathered in [forwards, backwards] {
            assert_eq!((gathered.facts().kind, gathered.origin("kind")), (Kind::Video, Origin::CommandLine));
        }
        assert_eq!(gathered().origin("kind"), Origin::Default);
    }

    #[test]
    fn an_embedded_date_never_proves_before_1997() {
        let era = |era| Offered { made_when: Some(era), ..Offered::default() };
        let mut g = gathered();
        assert_eq!(g.offer(Origin::Attributes, era(MadeWhen::Before1997)).facts().made_when, MadeWhen::Unknown);
        assert_eq!(g.offer(Origin::Attributes, era(MadeWhen::From1997)).facts().made_when, MadeWhen::From1997);
        assert_eq!(g.offer(Origin::Profile, era(MadeWhen::Before1997)).facts().made_when, MadeWhen::Before1997);
    }

    #[test]
    fn a_photograph_may_be_recognised_until_someone_states_otherwise() {
        let mut g = gathered();
        assert_eq!(g.see(CHECKED).facts().identifiable, Identifiable::MayBe);
        assert_eq!(g.assessor(), None);
        let said = statement(false);
        g.assessments(Origin::Profile, &[&said]).see(CHECKED);
        assert!(g.facts().is_anonymised());
        assert_eq!((g.assessor(), g.assessed_on()), (Some(Assessor::Reviewer), Some(today())));
    }

    #[test]
    fn an_x_ray_is_anonymised_only_once_pixels_and_metadata_are_proved() {
        let mut g = gathered();
        g.offer(Origin::Attributes, kind(Kind::XRay));
        assert_eq!(g.see(UNCHECKED).facts().identifiable, Identifiable::MayBe);
        assert!(!g.facts().cleaned);
        assert!(g.see(CHECKED).facts().is_anonymised());
        assert!(!g.see(Seen { metadata_proved: false, ..CHECKED }).facts().is_anonymised());
    }

    #[test]
    fn a_statement_of_no_marks_answers_for_unchecked_pixels_but_not_for_found_writing() {
        let said = statement(true);
        let mut g = gathered();
        g.assessments(Origin::Profile, &[&said]);
        assert!(g.see(UNCHECKED).facts().cleaned);
        assert_eq!(g.seen().pixels, PixelState::NoMarks);
        assert!(!g.see(Seen { pixels: PixelState::NeedsEyes, ..CHECKED }).facts().cleaned);
    }

    #[test]
    fn the_registers_own_row_answers_a_detector_and_a_patients_row_does_not() {
        let mut answer = Match::default();
        answer.statement.identifiable = Some(Identifiable::No);
        for (answers, expected) in [(true, Identifiable::No), (false, Identifiable::Yes)] {
            answer.answers_findings = answers;
            let mut g = gathered();
            g.register(&answer).see(Seen { found: Some(Identifiable::Yes), ..CHECKED });
            assert_eq!(g.facts().identifiable, expected);
        }
    }

    #[test]
    fn a_statement_does_not_silence_a_detector() {
        let said = statement(true);
        let mut g = gathered();
        g.assessments(Origin::Profile, &[&said]).see(Seen { found: Some(Identifiable::Yes), ..CHECKED });
        assert_eq!((g.facts().identifiable, g.origin("identifiable")), (Identifiable::Yes, Origin::Run));
    }

    #[test]
    fn consent_of_the_recording_itself_counts_below_the_register_and_says_where_it_is_from() {
        use crate::consent::Statement;
        use crate::recording::terms::ConsentStatus;
        let consent = |status| Consent { status, ..Consent::default() };
        let cases = [
            (None, ConsentStatus::Given, ConsentStatus::Given, Origin::Attributes),
            (None, ConsentStatus::Refused, ConsentStatus::Refused, Origin::Attributes),
            (Some(ConsentStatus::Given), ConsentStatus::Refused, ConsentStatus::Given, Origin::Register),
            (Some(ConsentStatus::Withdrawn), ConsentStatus::Given, ConsentStatus::Withdrawn, Origin::Register),
            (Some(ConsentStatus::Withdrawn), ConsentStatus::Refused, ConsentStatus::Refused, Origin::Attributes),
        ];
        for (register, own, status, origin) in cases {
            let statement = Statement { consent: register.map(consent), ..Statement::default() };
            let mut gathered = Gathered::new(Purpose::Teaching, today());
            gathered.register(&Match { statement, ..Match::default() }).own_consent(Some(&consent(own)));
            assert_eq!((gathered.facts().consent.status, gathered.origin("consent")), (status, origin), "{register:?}");
        }
        assert_eq!(Gathered::new(Purpose::Teaching, today()).own_consent(None).origin("consent"), Origin::Default);
    }
}
