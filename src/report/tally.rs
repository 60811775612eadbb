//! Counts entries into a summary whose size does not depend on how many there are.

mod count;

pub use count::{Counts, Covered, Paragraph};

use super::{Audience, Heading, ROWS_ON_PAGE, Told};
use crate::code::{PatientCode, RecordingCode};
use crate::ledger::{Entry, Reason};
use crate::recording::known::Disagreement;
use crate::recording::terms::{PixelState, Usability};
use crate::recording::{Format, Outcome, RuleCited, Sight};
use serde::Serialize;
use std::cmp::Reverse;
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
    /// How many are flagged under GMC para 23: the patient is or may be recognised, and no consent stands.
    pub flagged: u64,
    /// How many are held in custody of which a person may decide, since nothing prohibits their use. It is no part of the
    /// file.
    #[serde(skip)]
    pub for_decision: u64,
    /// What is not released, by outcome and reason: flagged ones first, then the largest.
    pub not_released: Vec<Group>,
    /// Where sources of facts disagree. For custody alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disagreements: Vec<Differing>,
    /// How many would be usable for teaching, where they were judged for the public domain. For custody alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_teaching: Option<ForTeaching>,
    /// By format, in the order of their names. In a release, only of what is released.
    pub formats: Vec<FormatCount>,
    /// How many released recordings were judged for each purpose: what an earlier run released and a later one did not meet
    /// may be judged for another.
    pub purposes: BTreeMap<String, u64>,
    /// How many released recordings must be used only so, by condition.
    pub conditions: BTreeMap<String, u64>,
    /// How many findings of each code were dealt with in the recordings that the reader sees.
    pub findings: BTreeMap<String, u64>,
    /// How far the pixels of the released recordings were looked at.
    pub pixels: BTreeMap<PixelState, u64>,
    /// By kind and by paragraph, what was covered, and what nothing looked at.
    #[serde(flatten)]
    pub counts: Counts,
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

/// Two sources that disagree on a fact, and of how many recordings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Differing {
    /// The fact and the two sources.
    #[serde(flatten)]
    pub disagreement: Disagreement,
    /// How many recordings.
    pub count: u64,
}

/// What another purpose would allow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ForTeaching {
    /// How many recordings would be usable for teaching.
    pub usable: u64,
    /// How many of them are not released for the purpose at hand.
    pub more: u64,
}

/// Recordings that are not released for the same reason. One recording may stand in several groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What became of them.
    pub outcome: Outcome,
    /// Whether they are flagged under GMC para 23.
    pub flagged: bool,
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

/// The first recordings, for the page: released and not released apart, of the latter the flagged first.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) released: Vec<Told>,
    pub(super) others: Vec<Told>,
    flagged: Vec<Told>,
    /// What the rules say that they rest on, by the rules' names.
    pub(super) rules: BTreeMap<String, RuleCited>,
}

impl Listed {
    /// Takes one of those that the reader sees.
    fn add(&mut self, entry: &Entry, sight: &Sight) {
        let list = match entry.outcome {
            Outcome::Released => &mut self.released,
            _ if is_flagged(entry) => &mut self.flagged,
            _ => &mut self.others,
        };
        if list.len() >= ROWS_ON_PAGE {
            return;
        }
        list.push(Told { entry: entry.clone(), sight: sight.clone() });
        for rule in &entry.rules {
            self.rules.entry(rule.id.clone()).or_insert_with(|| rule.clone());
        }
    }

    /// Puts them in order: together no more than [`ROWS_ON_PAGE`], those that call for something to be done first.
    fn finish(&mut self) {
        self.flagged.append(&mut self.others);
        self.others = std::mem::take(&mut self.flagged);
        self.others.truncate(ROWS_ON_PAGE);
        self.released.truncate(ROWS_ON_PAGE.saturating_sub(self.others.len()));
    }
}

/// Whether it is flagged: held, and its verdict rests on GMC para 23.
fn is_flagged(entry: &Entry) -> bool {
    let cites = |rule: &RuleCited| rule.cites.iter().any(|cite| cite == count::FLAG);
    entry.outcome == Outcome::Held && entry.rules.iter().any(cites)
}

/// Whether a person may decide: it lies cleaned in custody, and no prohibition bars it.
fn is_for_decision(entry: &Entry) -> bool {
    let prohibited = entry.rules.iter().any(|rule| rule.id.starts_with('P'));
    entry.outcome == Outcome::Held && entry.path.is_some() && entry.usability.is_some() && !prohibited
}

/// What is the matter and the next step, with how many recordings.
type Wordings = BTreeMap<(String, String), u64>;

/// Counts as entries come.
pub(super) struct Tally {
    summary: Summary,
    /// By outcome, whether flagged (false sorts first, so it is turned round), and code.
    groups: BTreeMap<(Outcome, Reverse<bool>, String), Wordings>,
    differing: BTreeMap<Disagreement, u64>,
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
            flagged: 0,
            for_decision: 0,
            not_released: Vec::new(),
            disagreements: Vec::new(),
            for_teaching: (audience == Audience::Custody && heading.purpose.is_public_domain())
                .then(ForTeaching::default),
            formats: Vec::new(),
            purposes: BTreeMap::new(),
            conditions: BTreeMap::new(),
            findings: BTreeMap::new(),
            pixels: BTreeMap::new(),
            counts: Counts::default(),
        };
        Self {
            summary,
            groups: BTreeMap::new(),
            differing: BTreeMap::new(),
            formats: BTreeMap::new(),
            listed: Listed::default(),
            last: None,
            last_released_patient: None,
        }
    }

    pub(super) fn add(&mut self, entry: &Entry, sight: &Sight) {
        let released = entry.outcome == Outcome::Released;
        let seen = self.summary.audience.sees(entry);
        self.summary.recordings.add(entry.outcome);
        self.summary.counts.add(entry, sight, seen);
        self.count_patient(entry, released);
        if released {
            self.add_released(entry);
        } else {
            self.add_reasons(entry);
        }
        if !seen {
            return;
        }
        self.add_known(entry, released);
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
        self.listed.add(entry, sight);
    }

    /// What only custody is told of.
    fn add_known(&mut self, entry: &Entry, released: bool) {
        if self.summary.audience != Audience::Custody {
            return;
        }
        for disagreement in &entry.known.disagreements {
            *self.differing.entry(disagreement.clone()).or_default() += 1;
        }
        let usable = entry.known.for_teaching.is_some_and(|outcome| outcome <= Usability::UsableWithConditions);
        if let (Some(teaching), true) = (&mut self.summary.for_teaching, usable) {
            teaching.usable += 1;
            teaching.more += u64::from(!released);
        }
    }

    fn add_released(&mut self, entry: &Entry) {
        self.summary.bytes_released += entry.bytes_out;
        *self.summary.purposes.entry(entry.purpose.word().to_owned()).or_default() += 1;
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
        let flagged = is_flagged(entry);
        self.summary.flagged += u64::from(flagged);
        self.summary.for_decision += u64::from(is_for_decision(entry));
        for (at, reason) in reasons.iter().enumerate() {
            if reasons[..at].iter().any(|earlier| earlier.code == reason.code) {
                continue;
            }
            let wordings = self.groups.entry((entry.outcome, Reverse(flagged), reason.code.clone())).or_default();
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
            .map(|((outcome, Reverse(flagged), code), wordings)| {
                let mut sentences: Vec<Sentence> =
                    wordings.into_iter().map(|((says, next), count)| Sentence { says, next, count }).collect();
                sentences.sort_by_key(|s| Reverse(s.count));
                Group { outcome, flagged, code, count: sentences.iter().map(|s| s.count).sum(), sentences }
            })
            .collect();
        groups.sort_by_key(|g| (g.outcome, Reverse(g.flagged), Reverse(g.count)));
        let differing = std::mem::take(&mut self.differing).into_iter();
        self.summary.disagreements = differing.map(|(disagreement, count)| Differing { disagreement, count }).collect();
        self.summary.disagreements.sort_by_key(|differing| Reverse(differing.count));
        self.summary.not_released = groups;
        self.summary.formats = self
            .formats
            .into_iter()
            .map(|(format, (totals, bytes_released))| FormatCount { format, totals, bytes_released })
            .collect();
        self.summary.formats.sort_by_key(|f| f.format.name());
        self.summary.counts.finish();
        self.listed.finish();
        (self.summary, self.listed)
    }
}
