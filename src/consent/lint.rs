//! A register looked over: what a guardian should mend or know before a run, by line and without a value.
//!
//! GMC paras 8, 9, 18, 21–25, 32–35, 47; NHS Data Dictionary, NHS NUMBER (check digit). [`rows`] needs the register alone;
//! a [`Tally`] takes what the register says of each recording and adds what only the sources tell.

mod number;
mod row;
mod tally;

pub use row::rows;
pub use tally::{Look, Tally, Unspoken};

use super::{Date, Month};
use crate::recording::terms::Purpose;

/// What looking a register over depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The day as of which consents are looked at.
    pub as_of: Date,
    /// How many months ahead counts as *soon*.
    pub months: u16,
    /// What the recordings are for, where that was said.
    pub purpose: Option<Purpose>,
}

impl Terms {
    /// Whether a date that has not gone by yet does so within these months.
    fn is_soon(&self, date: Date) -> bool {
        !date.is_past(self.as_of) && date.month() <= self.as_of.month().later(self.months)
    }
}

/// Something to say about rows of a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What it is.
    pub check: Check,
    /// The lines it is about; the first is the one to mend. Empty where a remark is about recordings alone.
    pub lines: Vec<u64>,
    /// The month of the date that decided, where one did.
    pub month: Option<Month>,
    /// How many recordings it touches.
    pub recordings: u64,
    /// Some of these, by their paths below SOURCE: for the user's own eyes. Empty unless asked for.
    pub places: Vec<String>,
}

impl Remark {
    fn of(check: Check, lines: Vec<u64>) -> Self {
        Self { check, lines, month: None, recordings: 0, places: Vec::new() }
    }
}

/// Declares the checks in the order they are told in: word, sentence, paragraphs, next step.
macro_rules! checks {
    ($($variant:ident: $word:literal, $says:literal, $cites:expr, $advice:literal;)+) => {
        /// What can be said of rows of a register; the gravest first.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Check { $(#[doc = $says] $variant),+ }

        impl Check {
            /// Every check, in the order it is told in.
            pub const ALL: &'static [Check] = &[$(Check::$variant),+];

            /// Its stable word.
            pub fn word(self) -> &'static str { match self { $(Check::$variant => $word),+ } }

            /// What it says.
            pub fn says(self) -> &'static str { match self { $(Check::$variant => $says),+ } }

            /// The paragraphs of the guidance it rests on; none where it is about how the register is written.
            pub fn cites(self) -> &'static [&'static str] { match self { $(Check::$variant => $cites),+ } }

            /// The next step.
            pub fn advice(self) -> &'static str { match self { $(Check::$variant => $advice),+ } }
        }
    };
}

checks! {
    Refused: "refused", "The patient refused, and recordings are there.", &["GMC para 8", "GMC para 9"],
        "Leave these recordings out, and do not ask again for this collection. A run holds them.";
    Withdrawn: "withdrawn", "The consent was withdrawn, and recordings are there.",
        &["GMC para 8", "GMC para 25", "GMC para 47"],
        "Leave these recordings out. Whoever has an earlier copy must be told: `scrubs consent withdraw` writes the letters.";
    ClearlyNotGiven: "clearly-not-given", "It is clear that there was no consent, and recordings are there.",
        &["GMC para 23"], "Leave these recordings out.";
    GlobsDisagree: "globs-disagree", "Globs match the same recording and say different things.", &["GMC para 24"],
        "Name the recording by its path in a row of its own, or correct the globs. Until then a run holds it.";
    PathInTwoSources: "path-in-two-sources", "The path lies below more than one source, so the row could mean two recordings.",
        &["GMC para 24"], "Check the sources one at a time, or name folders that differ in it. A run would not start.";
    IssuerUnknown: "issuer-unknown",
        "The row has the number under an issuer, and recordings bear the number without one.", &["GMC para 24"],
        "Leave the issuer out of the register, or name these recordings by their paths. Until then a run holds them.";
    PatientDiffers: "patient-differs", "The register gives a recording to another patient than the recording itself or the profile names.",
        &["GMC para 24"], "Find out whose recording it is, and correct the row, or the folder it is filed in.";
    RowsContradict: "rows-contradict", "A closer row says given, and a broader row of the same patient or folder says otherwise.",
        &["GMC para 8", "GMC para 25"],
        "The closer row counts. Make sure that the consent is later than the refusal or withdrawal; if not, correct it.";
    NotEntitled: "not-entitled", "The consent was given by somebody who is not entitled to give it for this patient.",
        &["GMC para 18", "GMC para 21", "GMC para 32", "GMC para 34"],
        "It counts as no consent. Correct subject or given_by, or ask whoever may decide.";
    GivenInFuture: "given-in-future", "The consent bears a date that is still to come.", &["GMC para 24"],
        "Correct given_on. Until then nothing may rest on it.";
    Expired: "expired", "The consent has expired.", &["GMC para 8", "GMC para 9"],
        "Ask the patient anew, or leave the recordings out: nothing rests on this row any more.";
    CoversNothing: "covers-nothing", "The row says given, but for nothing: it has neither level nor scopes.", &["GMC para 9"],
        "State a level or scopes.";
    PurposeNotCovered: "purpose-not-covered", "The consent does not reach this purpose.", &["GMC para 9"],
        "Ask for consent to this purpose, or leave the recordings out of this release.";
    ChoiceDue: "choice-due", "A child's consent, and by now the patient decides for themselves.", &["GMC para 35", "GMC para 47"],
        "Offer the patient the choice to vary or withdraw the consent; then enter their own.";
    NoRow: "no-row", "Recordings that no row speaks of: nothing is on record for them.", &["GMC para 23", "GMC para 24"],
        "Add rows for them. Without one, a recording is used only where nobody can recognise the patient.";
    NumberAlike: "number-alike",
        "The recordings bear a number that differs from the row's only by spaces, hyphens, stops or leading zeros.",
        &["GMC para 24"], "If it is the same patient, write the number as the recordings bear it: now the row does not count for them.";
    NoRecording: "no-recording", "The row speaks of no recording here.", &["GMC para 24"],
        "Look whether number, path or glob is mistyped, or whether a disk or folder is missing.";
    PatientsAlike: "patients-alike",
        "Rows whose patient numbers differ only by spaces, hyphens, stops or leading zeros: they count as different patients.",
        &["GMC para 24"], "If they are one patient, write the number in one way, or a refusal may not be found.";
    CheckDigit: "nhs-check-digit", "A number of ten digits whose check digit is not that of an NHS number.",
        &[], "Compare it with the notes: a digit may be wrong or two may have changed places. A local number may stay.";
    AdultToCome: "adult-to-come", "The subject is an adult, and adult_from is still to come.", &["GMC para 34", "GMC para 35"],
        "Correct subject or adult_from.";
    ChildWithoutDate: "child-without-date", "A child's consent without adult_from: nobody will be told when the choice is due.",
        &["GMC para 35"], "Enter from when the patient decides for themselves.";
    ExpiresSoon: "expires-soon", "The consent expires soon.", &["GMC para 9"], "Ask the patient in time whether it shall go on.";
    ChoiceSoon: "choice-soon", "A child's consent, and the patient will soon decide for themselves.", &["GMC para 35"],
        "Plan to offer the patient the choice to vary or withdraw it.";
    GlobsOverlap: "globs-overlap", "Globs match the same recording and say the same.", &[],
        "Nothing is wrong yet: if one is changed, change the other, or leave one out.";
    Unreadable: "unreadable", "Recordings that cannot be read, so it is not known whose they are.", &[],
        "Try to open them, or fetch them anew; rows that name them by path were found all the same.";
}

#[cfg(test)]
mod tests;
