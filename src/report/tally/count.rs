//! Counts that need more than an outcome: by kind, by paragraph of the guidance, of what was covered and of what nobody saw.

use crate::ledger::Entry;
use crate::recording::terms::{Kind, PixelState};
use crate::recording::{Outcome, Sight};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use super::Totals;

/// How many reasons for not having looked are told apart; the rest are counted as the first.
const WHYS: usize = 24;
/// Why nothing looked, where nothing says why.
const NOT_ASKED: &str = "it was not asked for, or an earlier version of scrubs cleaned the recording";
/// The paragraph of flagged recordings, which comes first.
pub(super) const FLAG: &str = super::super::flag::PARAGRAPH;

/// What is counted beside outcomes and reasons. Part of `summary.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// By kind. In a release, only of what is released.
    pub kinds: BTreeMap<Kind, Totals>,
    /// By paragraph of the guidance that a verdict rests on: GMC para 23 first, the others in the guidance's order.
    pub paragraphs: Vec<Paragraph>,
    /// What was covered in the pixels of the recordings that the reader sees.
    pub covered: Covered,
    /// How many of the recordings that the reader sees the program did not look at, by why.
    pub not_looked_at: BTreeMap<String, u64>,
    #[serde(skip)]
    cited: BTreeMap<String, Paragraph>,
}

/// A paragraph of the guidance, and how many verdicts rest on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Paragraph {
    /// As citations spell it: `GMC para 10`.
    pub cite: String,
    /// The rules that cite it.
    pub rules: BTreeSet<String>,
    /// How many released recordings.
    pub released: u64,
    /// How many that are not released.
    pub not_released: u64,
}

/// What was covered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// In how many recordings.
    pub recordings: u64,
    /// How many regions.
    pub regions: u64,
    /// How many of the regions that are listed, by what was there: `line`, `band` …
    pub classes: BTreeMap<String, u64>,
}

impl Counts {
    /// Takes a recording; `seen` says whether the reader sees it, or only counts it.
    pub(super) fn add(&mut self, entry: &Entry, sight: &Sight, seen: bool) {
        self.add_paragraphs(entry);
        if !seen || entry.outcome == Outcome::Listed {
            return;
        }
        self.kinds.entry(entry.kind).or_default().add(entry.outcome);
        if entry.path.is_some() && sight.pixels == PixelState::Unchecked {
            let why = sight.why.as_deref().unwrap_or(NOT_ASKED);
            if self.not_looked_at.len() < WHYS || self.not_looked_at.contains_key(why) {
                *self.not_looked_at.entry(why.to_owned()).or_default() += 1;
            } else if let Some(mut first) = self.not_looked_at.first_entry() {
                *first.get_mut() += 1;
            }
        }
        if sight.redacted > 0 {
            self.covered.recordings += 1;
            self.covered.regions += u64::from(sight.redacted);
        }
        for region in sight.regions.iter().filter(|region| region.action == "cover") {
            *self.covered.classes.entry(region.class.clone().into_owned()).or_default() += 1;
        }
    }

    /// Each paragraph once for each recording, however many rules cite it.
    fn add_paragraphs(&mut self, entry: &Entry) {
        let mut counted = BTreeSet::new();
        for rule in &entry.rules {
            for cite in &rule.cites {
                let paragraph = self.cited.entry(cite.clone()).or_default();
                paragraph.rules.insert(rule.id.clone());
                if !counted.insert(cite.as_str()) {
                    continue;
                }
                match entry.outcome {
                    Outcome::Released => paragraph.released += 1,
                    _ => paragraph.not_released += 1,
                }
            }
        }
    }

    /// Puts the paragraphs in order.
    pub(super) fn finish(&mut self) {
        let cited = std::mem::take(&mut self.cited).into_iter();
        self.paragraphs = cited.map(|(cite, paragraph)| Paragraph { cite, ..paragraph }).collect();
        self.paragraphs.sort_by_key(|paragraph| (paragraph.cite != FLAG, number(&paragraph.cite)));
    }
}

/// The number that a citation ends in; citations without one come last.
fn number(cite: &str) -> (u32, String) {
    let digits = cite.rsplit(' ').next().unwrap_or_default();
    (digits.parse().unwrap_or(u32::MAX), cite.to_owned())
}
