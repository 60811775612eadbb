//! Counts entries into a summary whose size does not depend on how many there are.

use super::{Audience, Heading, ROWS_ON_PAGE};
use crate::code::{PatientCode, RecordingCode};
use crate::ledger::{Entry, Reason};
use crate::recording::terms::PixelState;
use crate::recording::{Format, Outcome};
use serde::Serialize;
use std::collections::BTreeMap;

/// How many wordings of one reason are told apart; the rest are counted as the first.
const WORDINGS: usize = 12;

/// What a run came to. Serialises as `summary.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// 1.
    pub schema_version: u32,
    /// Whom it is for.
    pub audience: Audience,
    /// How the recordings were treated, and by what.
    pub made_by: Heading,
    /// How many recordings.
    pub recordings: Totals,
    /// How many patients the released recordings are of; none when the entries did not come in the order of their
    /// codes, without which patients cannot be counted in bounded memory.
    pub patients_released: Option<u64>,
    /// How many released recordings nothing tied to a patient, so that each is its own.
    pub own_patient: u64,
    /// How many further sources had the same content and patient as a recording that is counted.
    pub duplicates: u64,
    /// Length of all released recordings in bytes.
    pub bytes_released: u64,
    /// What is not released, by outcome and reason, largest first.
    pub not_released: Vec<Group>,
    /// By format, in the order of their names. In a release, only of what is released.
    pub formats: Vec<FormatCount>,
    /// How many released recordings must be used only so, by condition.
    pub conditions: BTreeMap<String, u64>,
    /// How many findings of each code were dealt with in the recordings that the reader sees.
    pub findings: BTreeMap<String, u64>,
    /// How far the pixels of the released recordings were looked at.
    pub pixels: BTreeMap<PixelState, u64>,
}

/// How many recordings, by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// All.
    pub all: u64,
    /// In the release.
    pub released: u64,
    /// Kept back in custody.
    pub held: u64,
    /// Of a format that scrubs does not clean.
    pub unsupported: u64,
    /// Could not be read or written.
    pub failed: u64,
    /// System files and other programs' sidecars: not recordings, so not among `all`.
    pub listed: u64,
}

impl Totals {
    fn add(&mut self, outcome: Outcome) {
        self.all += u64::from(outcome != Outcome::Listed);
        *match outcome {
            Outcome::Released => &mut self.released,
            Outcome::Held => &mut self.held,
            Outcome::Unsupported => &mut self.unsupported,
            Outcome::Failed => &mut self.failed,
            Outcome::Listed => &mut self.listed,
        } += 1;
    }

    /// Everything that is not in the release.
    pub fn not_released(&self) -> u64 {
        self.all - self.released
    }
}

/// Recordings that are not released for the same reason. One recording may stand in several groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What became of them.
    pub outcome: Outcome,
    /// The reason's stable word.
    pub code: String,
    /// How many recordings.
    pub count: u64,
    /// The reason and the next step in words, commonest first.
    pub sentences: Vec<Sentence>,
}

/// One wording of a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// What is the matter.
    pub says: String,
    /// The next step.
    pub next: String,
    /// How many recordings.
    pub count: u64,
}

/// How many recordings of one format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormatCount {
    /// The format.
    pub format: Format,
    /// How many, by outcome.
    #[serde(flatten)]
    pub totals: Totals,
    /// Length of the released ones in bytes.
    pub bytes_released: u64,
}

/// The first recordings, for the page: released and not released apart.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) released: Vec<Entry>,
    pub(super) others: Vec<Entry>,
}

/// Counts as entries come.
pub(super) struct Tally {
    summary: Summary,
    groups: BTreeMap<(Outcome, String), BTreeMap<(String, String), u64>>,
    formats: BTreeMap<Format, (Totals, u64)>,
    listed: Listed,
    last: Option<RecordingCode>,
    last_released_patient: Option<PatientCode>,
}

impl Tally {
    pub(super) fn new(audience: Audience, heading: &Heading) -> Self {
        let summary = Summary {
            schema_version: 1,
            audience,
            made_by: heading.clone(),
            recordings: Totals::default(),
            patients_released: Some(0),
            own_patient: 0,
            duplicates: 0,
            bytes_released: 0,
            not_released: Vec::new(),
            formats: Vec::new(),
            conditions: BTreeMap::new(),
            findings: BTreeMap::new(),
            pixels: BTreeMap::new(),
        };
        Self {
            summary,
            groups: BTreeMap::new(),
            formats: BTreeMap::new(),
            listed: Listed::default(),
            last: None,
            last_released_patient: None,
        }
    }

    pub(super) fn add(&mut self, entry: &Entry) {
        let released = entry.outcome == Outcome::Released;
        let seen = self.summary.audience.sees(entry);
        self.summary.recordings.add(entry.outcome);
        self.count_patient(entry, released);
        if released {
            self.add_released(entry);
        } else {
            self.add_reasons(entry);
        }
        if !seen {
            return;
        }
        if entry.outcome == Outcome::Listed {
            return;
        }
        let (totals, bytes) = self.formats.entry(entry.format).or_default();
        totals.add(entry.outcome);
        *bytes += if released { entry.bytes_out } else { 0 };
        self.summary.duplicates += u64::from(entry.duplicates);
        for (code, count) in &entry.findings {
            *self.summary.findings.entry(code.clone()).or_default() += u64::from(*count);
        }
        let list = if released { &mut self.listed.released } else { &mut self.listed.others };
        if list.len() < ROWS_ON_PAGE {
            list.push(entry.clone());
        }
    }

    fn add_released(&mut self, entry: &Entry) {
        self.summary.bytes_released += entry.bytes_out;
        self.summary.own_patient += u64::from(entry.own_patient);
        *self.summary.pixels.entry(entry.pixels).or_default() += 1;
        for condition in &entry.conditions {
            *self.summary.conditions.entry(condition.clone()).or_default() += 1;
        }
    }

    fn add_reasons(&mut self, entry: &Entry) {
        let unstated = [Reason {
            code: "unstated".into(),
            says: "No reason is on record.".into(),
            next: "Please report this: every recording that is not released should have a reason.".into(),
        }];
        let reasons = if entry.reasons.is_empty() { &unstated } else { &entry.reasons[..] };
        for (at, reason) in reasons.iter().enumerate() {
            if reasons[..at].iter().any(|earlier| earlier.code == reason.code) {
                continue;
            }
            let wordings = self.groups.entry((entry.outcome, reason.code.clone())).or_default();
            let wording = (reason.says.clone(), reason.next.clone());
            if wordings.len() < WORDINGS || wordings.contains_key(&wording) {
                *wordings.entry(wording).or_default() += 1;
            } else if let Some(mut first) = wordings.first_entry() {
                *first.get_mut() += 1;
            }
        }
    }

    /// Counts a patient when the code changes, which is right as long as the codes come in order.
    fn count_patient(&mut self, entry: &Entry, released: bool) {
        if !released {
            return;
        }
        if self.last.as_ref().is_some_and(|last| *last > entry.code) {
            self.summary.patients_released = None;
        }
        self.last = Some(entry.code.clone());
        if self.last_released_patient.as_ref() != Some(&entry.patient) {
            self.last_released_patient = Some(entry.patient.clone());
            self.summary.patients_released = self.summary.patients_released.map(|n| n + 1);
        }
    }

    pub(super) fn finish(mut self) -> (Summary, Listed) {
        let mut groups: Vec<Group> = self
            .groups
            .into_iter()
            .map(|((outcome, code), wordings)| {
                let mut sentences: Vec<Sentence> =
                    wordings.into_iter().map(|((says, next), count)| Sentence { says, next, count }).collect();
                sentences.sort_by_key(|s| std::cmp::Reverse(s.count));
                Group { outcome, code, count: sentences.iter().map(|s| s.count).sum(), sentences }
            })
            .collect();
        groups.sort_by_key(|g| (g.outcome, std::cmp::Reverse(g.count)));
        self.summary.not_released = groups;
        self.summary.formats = self
            .formats
            .into_iter()
            .map(|(format, (totals, bytes_released))| FormatCount { format, totals, bytes_released })
            .collect();
        self.summary.formats.sort_by_key(|f| f.format.name());
        (self.summary, self.listed)
    }
}
