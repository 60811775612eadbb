//! How the rules combine: every prohibition that holds, else the best ground, raised by cautions.
//!
//! GMC, *Making and using visual and audio recordings of patients*; the order is prohibitions, grounds, cautions.

use super::facts::Facts;
use super::rule::{Rule, Stage};
use crate::consent::sidecar::VerdictNoted;
use crate::recording::RuleCited;
use crate::recording::terms::{Purpose, Usability};
use serde::Serialize;

/// What the guidance says of one recording for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The outcome.
    pub outcome: Usability,
    /// The rules it rests on; never empty.
    pub rules: Vec<RuleCited>,
    /// What must be kept to when it is used: words of a closed vocabulary, none twice.
    pub conditions: Vec<String>,
    /// What would make it usable, where something would.
    pub would_help: Vec<Help>,
    /// Whether it must not be used only because nobody has yet assessed whether the patient can be recognised.
    pub until_assessed: bool,
}

/// A change of facts that would make a recording usable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Help {
    /// A stable kebab-case word: `consent`, `assessment`, `cleaning` …
    pub code: String,
    /// What to do, in one sentence.
    pub says: String,
    /// What the verdict would be then.
    pub outcome: Usability,
}

impl Verdict {
    /// Usable, with or without conditions.
    pub fn is_usable(&self) -> bool {
        self.outcome <= Usability::UsableWithConditions
    }

    /// Whether a rule is among those it rests on.
    pub fn rests_on(&self, id: &str) -> bool {
        self.rules.iter().any(|rule| rule.id == id)
    }

    /// Whether a prohibition is among the rules it rests on.
    pub fn is_prohibited(&self) -> bool {
        self.rules.iter().any(|rule| rule.id.starts_with('P'))
    }

    /// What the sidecar says of it.
    pub fn noted(&self, purpose: Purpose) -> VerdictNoted {
        VerdictNoted { outcome: self.outcome, purpose, rules: self.rules.clone(), conditions: self.conditions.clone() }
    }

    /// Whether a person who reviews it may release it: held for review, or must-not-use only until assessed, and no
    /// prohibition.
    pub fn may_be_released_by_review(&self) -> bool {
        (self.outcome == Usability::HoldForReview || self.until_assessed) && !self.is_prohibited()
    }
}

/// The outcome, and the rules it rests on, by a table of rules in any order.
pub(super) fn weigh<'t>(facts: &Facts, table: &'t [Rule]) -> (Usability, Vec<&'t Rule>) {
    let holding = |stage: Stage| {
        let mut rules: Vec<&Rule> = table.iter().filter(|r| r.stage == stage && r.holds(facts)).collect();
        rules.sort_by_key(|rule| rule.id);
        rules
    };
    let mut cited = holding(Stage::Prohibition);
    let prohibited = worst(&cited, facts);
    if prohibited < Usability::MustNotUse {
        // The best ground decides; of equal ones the first of the page, whatever the order of the table.
        let best = holding(Stage::Ground).into_iter().min_by_key(|rule| (rule.outcome(facts), rule.id));
        match best {
            Some(ground) => cited.push(ground),
            None => cited.extend(holding(Stage::NoGround)),
        }
        if worst(&cited, facts) < Usability::MustNotUse {
            cited.extend(holding(Stage::Caution));
        }
    }
    (worst(&cited, facts), cited)
}

/// The verdict by a table of rules, without what would help.
pub(super) fn decide(facts: &Facts, table: &[Rule]) -> Verdict {
    let (outcome, cited) = weigh(facts, table);
    let mut conditions: Vec<String> = Vec::new();
    if outcome < Usability::MustNotUse {
        for condition in cited.iter().flat_map(|rule| rule.conditions(facts)) {
            if !conditions.contains(&condition) {
                conditions.push(condition);
            }
        }
    }
    let until_assessed = outcome == Usability::MustNotUse
        && cited.iter().any(|rule| rule.id == "N2")
        && cited.iter().all(|rule| rule.stage == Stage::NoGround);
    let rules = cited.into_iter().map(Rule::cited).collect();
    Verdict { outcome, rules, conditions, would_help: Vec::new(), until_assessed }
}

/// The worst that any of the rules gives.
fn worst(rules: &[&Rule], facts: &Facts) -> Usability {
    rules.iter().map(|rule| rule.outcome(facts)).max().unwrap_or(Usability::Usable)
}
