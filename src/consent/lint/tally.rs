//! What the register says of each recording of a source tree, added up by check and line.
//!
//! Memory is bounded by the register and by a fixed number of folders, not by the recordings, but where every recording
//! without a row is asked for by name.

use super::row::of_statement;
use super::{Check, Remark, Terms, number, rows};
use crate::consent::register::{Conflict, Match, Specificity};
use crate::consent::{Month, Patient, Register};
use crate::recording::Identifier;
use crate::recording::terms::ConsentStatus;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many groups of several lines are told apart; a register of overlapping globs can have as many as recordings.
const MOST_GROUPS: usize = 10_000;
/// How many folders are counted by name.
const MOST_FOLDERS: usize = 10_000;
/// How many paths stand under one remark.
const MOST_PLACES: usize = 3;

/// How many spellings of one number are compared.
const MOST_ALIKE: usize = 20;

/// What is known of one recording.
#[derive(Debug)]
pub struct Look<'a> {
    /// Its path below SOURCE, `/` between names.
    pub path: &'a str,
    /// The patient that it names itself, or the profile.
    pub patient: Option<&'a Patient>,
    /// What the register says of it.
    pub found: &'a Match,
    /// Whether its content could be read.
    pub readable: bool,
    /// Whether it is a picture, a video, a sound or a DICOM object, so that a row is to be expected.
    pub needs_row: bool,
}

/// Recordings that no row speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unspoken {
    /// How many.
    pub recordings: u64,
    /// How many in each folder below SOURCE; the empty name is SOURCE itself. Names are for the user's own eyes.
    pub folders: BTreeMap<String, u64>,
    /// How many lie in folders beyond those that are counted by name.
    pub in_more_folders: u64,
    /// The first of them, by their paths.
    pub listed: Vec<String>,
}

/// Of what a row speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Patient,
    Glob,
    Recording,
}

/// A row, as far as others are compared with it.
#[derive(Debug, Clone, Copy)]
struct Row {
    reach: Reach,
    status: Option<ConsentStatus>,
}

impl Row {
    fn speaks_against(self) -> bool {
        self.status.and_then(against).is_some()
    }
}

/// What a status other than *given* is told as, where recordings are there.
fn against(status: ConsentStatus) -> Option<Check> {
    match status {
        ConsentStatus::Refused => Some(Check::Refused),
        ConsentStatus::Withdrawn => Some(Check::Withdrawn),
        ConsentStatus::ClearlyNotGiven => Some(Check::ClearlyNotGiven),
        ConsentStatus::Given | ConsentStatus::NoRecord => None,
    }
}

/// Counts under construction.
#[derive(Debug)]
pub struct Tally<'a> {
    register: &'a Register,
    terms: Terms,
    most_listed: usize,
    remarks: BTreeMap<(Check, Vec<u64>), Remark>,
    /// Remarks of one line each that stood before any recording was looked at: the register's own.
    alone: HashSet<(Check, u64)>,
    rows: HashMap<u64, Row>,
    /// Numbers of patients' own rows, by what is left without gaps: some spellings of each, with their lines.
    numbers: HashMap<Vec<u8>, Vec<(Identifier, u64)>>,
    unspoken: Unspoken,
    recordings: u64,
}

impl<'a> Tally<'a> {
    /// A tally that has looked at no recording. Up to `most_listed` recordings without a row are listed by their paths.
    pub fn new(register: &'a Register, terms: Terms, most_listed: usize) -> Self {
        let own = rows(register, &terms, true);
        let alone = own.iter().filter_map(|r| Some((r.check, *r.lines.first()?))).collect();
        let mut tally = Self {
            register,
            terms,
            most_listed,
            remarks: own.into_iter().map(|remark| ((remark.check, remark.lines.clone()), remark)).collect(),
            alone,
            rows: HashMap::new(),
            numbers: HashMap::new(),
            unspoken: Unspoken::default(),
            recordings: 0,
        };
        for entry in register.entries() {
            let reach = match entry.recording {
                None => Reach::Patient,
                Some(_) if entry.is_glob() => Reach::Glob,
                Some(_) => Reach::Recording,
            };
            let status = entry.statement.consent.as_ref().map(|consent| consent.status);
            tally.rows.insert(entry.line, Row { reach, status });
            let Some(patient) = entry.statement.patient.as_ref().filter(|_| reach == Reach::Patient) else { continue };
            if let Some(bare) = number::bare(patient) {
                let spellings = tally.numbers.entry(bare).or_default();
                // A number that has been met under many issuers is no slip of the pen.
                if spellings.len() < MOST_ALIKE {
                    spellings.push((patient.id().clone(), entry.line));
                }
            }
        }
        tally
    }

    /// How many recordings were looked at, those that cannot be read included.
    pub fn recordings(&self) -> u64 {
        self.recordings
    }

    /// Notes what somebody else found of a row.
    pub fn note(&mut self, check: Check, line: u64) {
        self.remarks.entry((check, vec![line])).or_insert_with(|| Remark::of(check, vec![line]));
    }

    /// Takes one recording; call it in an order that is the same each time.
    pub fn take(&mut self, look: &Look<'_>) {
        // A document or an unknown file may have a row, but is no recording.
        self.recordings += u64::from(look.needs_row || !look.readable);
        if !look.readable {
            self.count(Check::Unreadable, &[], None, look);
        }
        self.alike(look);
        if look.found.is_known() {
            self.speak(look);
        } else if look.needs_row {
            self.miss(look.path);
        }
    }

    /// The register says something of it.
    fn speak(&mut self, look: &Look<'_>) {
        let found = look.found;
        let lines = found.lines.as_slice();
        match &found.conflict {
            Some(Conflict::Globs(lines)) => self.count(Check::GlobsDisagree, lines, None, look),
            Some(Conflict::IssuerUnknown(lines)) => self.count(Check::IssuerUnknown, lines, None, look),
            None => {}
        }
        if found.patient_differs {
            self.count(Check::PatientDiffers, lines.get(..1).unwrap_or_default(), None, look);
        }
        let status = found.statement.consent.as_ref().map(|consent| consent.status);
        if found.conflict.is_some() {
            // Which of the rows counts is not known, so nothing more can be said.
            return;
        }
        if let Some(check) = status.and_then(against) {
            self.count(check, lines.get(..1).unwrap_or_default(), None, look);
        }
        let globs: Vec<u64> = lines.iter().copied().filter(|line| self.reach(*line) == Some(Reach::Glob)).collect();
        if globs.len() > 1 {
            self.count(Check::GlobsOverlap, &globs, None, look);
        }
        if status == Some(ConsentStatus::Given) && found.specificity > Some(Specificity::Patient) {
            let broader = lines.iter().skip(1);
            let other = broader.copied().find(|line| self.rows.get(line).is_some_and(|row| row.speaks_against()));
            if let (Some(&first), Some(other)) = (lines.first(), other) {
                self.count(Check::RowsContradict, &[first, other], None, look);
            }
        }
        for (check, month) in of_statement(&found.statement, &self.terms) {
            let own = lines.iter().copied().find(|line| self.alone.contains(&(check, *line)));
            match own {
                Some(line) => self.count(check, &[line], month, look),
                None => self.count(check, lines, month, look),
            }
        }
    }

    fn count(&mut self, check: Check, lines: &[u64], month: Option<Month>, look: &Look<'_>) {
        let mut key = (check, lines.to_vec());
        if lines.len() > 1 && !self.remarks.contains_key(&key) && self.remarks.len() >= self.most_remarks() {
            // Beyond all reason: counted together, under the first of the lines.
            key.1.truncate(1);
        }
        let remark = self.remarks.entry(key).or_insert_with_key(|(check, lines)| Remark::of(*check, lines.clone()));
        remark.recordings += 1;
        remark.month = remark.month.or(month);
        if self.most_listed > 0 && remark.places.len() < MOST_PLACES {
            remark.places.push(look.path.to_owned());
        }
    }

    fn reach(&self, line: u64) -> Option<Reach> {
        self.rows.get(&line).map(|row| row.reach)
    }

    fn most_remarks(&self) -> usize {
        self.register.len().saturating_mul(4).saturating_add(MOST_GROUPS)
    }

    /// No row of its patient was met: perhaps since the number is written in another way.
    fn alike(&mut self, look: &Look<'_>) {
        let met = |line: &u64| self.reach(*line) == Some(Reach::Patient);
        let Some(patient) = look.patient.filter(|_| !look.found.lines.iter().any(met)) else { return };
        let Some(rows) = number::bare(patient).and_then(|bare| self.numbers.get(&bare)) else { return };
        // Rows of the very number that were not met are of another issuer: another patient.
        let Some(&(_, line)) = rows.first().filter(|_| !rows.iter().any(|(id, _)| id == patient.id())) else { return };
        self.count(Check::NumberAlike, &[line], None, look);
    }

    fn miss(&mut self, path: &str) {
        let unspoken = &mut self.unspoken;
        unspoken.recordings += 1;
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if let Some(count) = unspoken.folders.get_mut(folder) {
            *count += 1;
        } else if unspoken.folders.len() < MOST_FOLDERS {
            unspoken.folders.insert(folder.to_owned(), 1);
        } else {
            unspoken.in_more_folders += 1;
        }
        if unspoken.listed.len() < self.most_listed {
            unspoken.listed.push(path.to_owned());
        }
    }

    /// All that there is to say, the gravest first, and the recordings that no row speaks of.
    pub fn end(mut self) -> (Vec<Remark>, Unspoken) {
        for line in self.register.unmatched() {
            // A row whose number is merely written otherwise is told of already.
            if !self.remarks.contains_key(&(Check::NumberAlike, vec![line])) {
                self.note(Check::NoRecording, line);
            }
        }
        if self.unspoken.recordings > 0 {
            let all = Remark { recordings: self.unspoken.recordings, ..Remark::of(Check::NoRow, Vec::new()) };
            self.remarks.insert((Check::NoRow, Vec::new()), all);
        }
        (self.remarks.into_values().collect(), self.unspoken)
    }
}
