//! What is known of a recording and where each fact came from, in words: for custody, never for a release.
//!
//! GMC paras 10–24: a verdict can be audited only where one can see what was known, and from whom. No name, no path and no
//! date finer than a month stands here; those are sealed with the key.

use super::terms::Usability;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A word that is fixed in the program, or was read back from the ledger.
pub type Word = Cow<'static, str>;

/// A fact with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its key, as in a facts file: `kind`.
    pub fact: Word,
    /// What counts: `x-ray`.
    pub value: Word,
    /// Where it came from: `register, line 12`.
    pub from: Word,
}

/// Two sources that say different things in a way that matters. What they say is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Disagreement {
    /// The key of the fact.
    pub fact: Word,
    /// The source that counts.
    pub taken: Word,
    /// The source that says otherwise.
    pub against: Word,
}

impl Disagreement {
    /// Under which word reports count it: `sources-disagree-kind`.
    pub fn code(&self) -> String {
        format!("sources-disagree-{}", self.fact)
    }

    /// The disagreement in one sentence.
    pub fn says(&self) -> String {
        let Self { fact, taken, against } = self;
        format!("Of “{fact}” the {taken} counts, and the {against} says otherwise.")
    }
}

/// What custody keeps of the facts that a verdict rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The facts, in the order of the guidance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// Where sources disagree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disagreements: Vec<Disagreement>,
    /// SHA-256 of the sidecar, in lower-case hex: the one by which it is believed when it comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidecar: Option<String>,
    /// What the verdict would be for teaching, where the recording was judged for the public domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_teaching: Option<Usability>,
}

impl Known {
    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is noted of a fact; none where nothing is.
    pub fn value(&self, fact: &str) -> Option<&str> {
        self.facts.iter().find(|noted| noted.fact == fact).map(|noted| &*noted.value)
    }

    /// Puts another value and source in the place of what was noted of a fact.
    pub fn tell(&mut self, fact: &str, value: &'static str, from: &'static str) {
        for noted in self.facts.iter_mut().filter(|noted| noted.fact == fact) {
            (noted.value, noted.from) = (value.into(), from.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_reads_back_and_an_empty_one_takes_no_room() {
        let fact = Fact { fact: "kind".into(), value: "x-ray".into(), from: "register, line 12".into() };
        let disagreement = Disagreement { fact: "kind".into(), taken: "register".into(), against: "profile".into() };
        let known = Known { facts: vec![fact], disagreements: vec![disagreement], ..Known::default() };
        let text = serde_json::to_string(&known).expect("JSON");
        assert_eq!(serde_json::from_str::<Known>(&text).expect("read back"), known);
        assert_eq!(serde_json::to_string(&Known::default()).expect("JSON"), "{}");
        assert!(Known::default().is_empty() && !known.is_empty());
        assert_eq!(known.disagreements[0].code(), "sources-disagree-kind");
    }
}
