//! What the register says of one recording: statements of its rows, how they add up, and when they contradict.
//!
//! GMC paras 18–25; where rows contradict each other the reading is the cautious one.

use crate::consent::{Authority, Consent, Date, Patient};
use crate::recording::terms::{Circumstance, ConsentStatus, Identifiable, Kind, MadeFor, MadeWhen, Ownership, Subject};
use crate::recording::{Identifier, Reason};
use std::collections::BTreeSet;

/// What the register says of a patient or a recording; none where a row is silent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statement {
    /// The patient it belongs to.
    pub patient: Option<Patient>,
    /// When the patient was born: for telling patients apart, never kept.
    pub born: Option<Date>,
    /// The consent record.
    pub consent: Option<Consent>,
    /// Who the patient is, as far as consent goes.
    pub subject: Option<Subject>,
    /// From when a child decides for themselves.
    pub adult_from: Option<Date>,
    /// Whether the patient can be recognised, as a person assessed it.
    pub identifiable: Option<Identifiable>,
    /// Whether that person states that the picture bears no marks.
    pub no_marks: bool,
    /// Who assessed it.
    pub assessed_by: Option<Identifier>,
    /// When.
    pub assessed_on: Option<Date>,
    /// What the recording is of.
    pub kind: Option<Kind>,
    /// Why it was made.
    pub made_for: Option<MadeFor>,
    /// In which era.
    pub made_when: Option<MadeWhen>,
    /// Whether it belongs to an existing collection.
    pub existing_collection: Option<bool>,
    /// What else is known of the making.
    pub circumstances: BTreeSet<Circumstance>,
    /// An authority to use it without consent.
    pub authority: Option<Authority>,
    /// Where the signed form lies.
    pub document: Option<Identifier>,
    /// Until when it may be kept.
    pub retention_date: Option<Date>,
    /// Who owns it.
    pub ownership: Option<Ownership>,
}

impl Statement {
    /// Whether two rows say the same; where the form lies does not matter.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let bare = |s: &Self| Self { document: None, ..s.clone() };
        bare(self) == bare(other)
    }

    /// Takes from a broader row what this one is silent about. Circumstances add up; consent and authority stand with
    /// the most specific row alone.
    pub(super) fn fill_from(&mut self, broader: &Self) {
        self.patient = self.patient.take().or_else(|| broader.patient.clone());
        self.born = self.born.or(broader.born);
        self.subject = self.subject.or(broader.subject);
        self.adult_from = self.adult_from.or(broader.adult_from);
        if self.identifiable.is_none() && !self.no_marks {
            self.identifiable = broader.identifiable;
            self.no_marks = broader.no_marks;
            self.assessed_by.clone_from(&broader.assessed_by);
            self.assessed_on = broader.assessed_on;
        }
        // That it bears no marks does not take back that somebody can be recognised; what permits stands with its own row.
        if self.identifiable.is_none() && broader.identifiable.is_some_and(|said| said != Identifiable::No) {
            self.identifiable = broader.identifiable;
        }
        self.kind = self.kind.or(broader.kind);
        self.made_for = self.made_for.or(broader.made_for);
        self.made_when = self.made_when.or(broader.made_when);
        self.existing_collection = self.existing_collection.or(broader.existing_collection);
        self.circumstances.extend(&broader.circumstances);
        self.retention_date = self.retention_date.or(broader.retention_date);
        self.ownership = self.ownership.or(broader.ownership);
    }

    /// The cautious reading of rows that disagree: the gravest status, every circumstance, nothing that permits.
    pub(super) fn cautious(rows: &[&Statement]) -> Self {
        let gravity = |s: &Statement| match s.consent.as_ref().map(|c| c.status) {
            Some(ConsentStatus::Refused) => 3,
            Some(ConsentStatus::Withdrawn) => 2,
            Some(ConsentStatus::ClearlyNotGiven) => 1,
            _ => 0,
        };
        let gravest = rows.iter().max_by_key(|s| gravity(s)).filter(|s| gravity(s) > 0);
        let consent = gravest.and_then(|s| s.consent.clone()).unwrap_or_default();
        let patient = rows.first().and_then(|s| s.patient.clone());
        Self {
            patient: patient.filter(|p| rows.iter().all(|s| s.patient.as_ref() == Some(p))),
            consent: Some(consent),
            circumstances: rows.iter().flat_map(|s| s.circumstances.iter().copied()).collect(),
            ..Self::default()
        }
    }
}

/// How closely a row speaks of a recording; the later, the closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Specificity {
    /// By patient number.
    Patient,
    /// By patient number and issuer.
    PatientAndIssuer,
    /// By a glob.
    Glob,
    /// By its own path.
    Recording,
}

/// Why the register cannot say which of its rows counts. The recording is to be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// Globs on these lines match it and disagree.
    Globs(Vec<u64>),
    /// These lines have the patient's number under an issuer, and the recording does not say which issuer it is.
    IssuerUnknown(Vec<u64>),
}

impl Conflict {
    /// The reason for holding the recording.
    pub fn reason(&self) -> Reason {
        match self {
            Conflict::Globs(lines) => Reason::new(
                "register-conflict",
                format!("Lines {} of the register both speak of this recording and disagree.", join(lines)),
                "Add a row to the register that names this recording by its path, or correct the globs.",
            ),
            Conflict::IssuerUnknown(lines) => Reason::new(
                "register-issuer-unknown",
                format!(
                    "The register has the patient's number under an issuer (line {}), and the recording does not say who issued it.",
                    join(lines)
                ),
                "Add a row to the register that names this recording by its path, or leave the issuer out of the register.",
            ),
        }
    }
}

pub(super) fn join(lines: &[u64]) -> String {
    lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// What the register says of one recording.
#[derive(Debug, Clone, Default)]
pub struct Match {
    /// What its rows say together; the more specific goes first.
    pub statement: Statement,
    /// The lines of these rows, most specific first; empty where the register does not know the recording.
    pub lines: Vec<u64>,
    /// How closely the first of them speaks of it.
    pub specificity: Option<Specificity>,
    /// Whether rows contradict each other, so that the recording is to be held; `statement` is then the cautious reading.
    pub conflict: Option<Conflict>,
    /// Whether a row that names this very recording assesses it: only such a row answers what a detector found in it.
    pub answers_findings: bool,
    /// Whether the register gives it to another patient than the recording itself names.
    pub patient_differs: bool,
    /// Whether a row that names this very recording says whose it is.
    pub gives_patient: bool,
}

impl Match {
    /// Whether any row speaks of the recording.
    pub fn is_known(&self) -> bool {
        !self.lines.is_empty()
    }

    /// Where it was found, for custody's copy: `register, line 12`.
    pub fn provenance(&self) -> Option<String> {
        match self.lines[..] {
            [] => None,
            [line] => Some(format!("register, line {line}")),
            _ => Some(format!("register, lines {}", join(&self.lines))),
        }
    }
}
