//! The judge: the verdict on the table of rules, and what would help.
//!
//! GMC, *Making and using visual and audio recordings of patients*.

use super::facts::Facts;
use super::help;
use super::rule::{Stage, rules};
use super::verdict::{Verdict, decide};
use serde::Serialize;

/// What the guidance says of these facts.
pub fn judge(facts: &Facts) -> Verdict {
    let mut verdict = decide(facts, rules());
    verdict.would_help = help::would_help(facts, verdict.outcome);
    verdict
}

/// A rule, and whether these facts meet it.
///
/// Of several grounds that hold the best one decides, what has no ground counts only where none holds, and cautions only
/// where nothing forbids: so a rule may hold and yet not be among those that a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Considered {
    /// Its id.
    pub id: &'static str,
    /// Where in the order of evaluation it stands.
    pub stage: Stage,
    /// Whether the facts meet it.
    pub holds: bool,
}

/// Every rule in the order of the page, with whether it holds: what a verdict could have rested on and did not.
pub fn considered(facts: &Facts) -> Vec<Considered> {
    rules().iter().map(|rule| Considered { id: rule.id, stage: rule.stage, holds: rule.holds(facts) }).collect()
}
