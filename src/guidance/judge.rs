//! The judge: the verdict on the table of rules, and what would help.
//!
//! GMC, *Making and using visual and audio recordings of patients*.

use super::facts::Facts;
use super::help;
use super::rule::rules;
use super::verdict::{Verdict, decide};

/// What the guidance says of these facts.
pub fn judge(facts: &Facts) -> Verdict {
    let mut verdict = decide(facts, rules());
    verdict.would_help = help::would_help(facts, verdict.outcome);
    verdict
}
