//! One worked example for each rule, and its near miss: the smallest change of facts under which it no longer holds.
//!
//! GMC, *Making and using visual and audio recordings of patients*. `docs/guidance.md` is made from these, and
//! `scrubs judge --rules` prints them; a test judges each as the page says it is judged.

use super::facts::Facts;
use super::reading::FactErrors;
use crate::consent::Date;
use serde::Serialize;
use serde_json::{Map, Value};

/// A worked example of one rule.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Example {
    /// The rule's id.
    pub rule: &'static str,
    /// What it is about, in one or two sentences.
    pub story: &'static str,
    /// The facts, as a facts file has them.
    pub facts: &'static str,
    /// What differs in the near miss, in one sentence.
    pub near: &'static str,
    /// The facts that differ; they take the place of those of the example.
    pub change: &'static str,
}

impl Example {
    /// The facts of the example.
    ///
    /// # Errors
    /// When they are no facts.
    pub fn facts(&self, as_of: Date) -> Result<Facts, FactErrors> {
        read(self.facts, as_of)
    }

    /// The facts of its near miss.
    ///
    /// # Errors
    /// When they are no facts.
    pub fn near_miss(&self, as_of: Date) -> Result<Facts, FactErrors> {
        let mut facts = object(self.facts);
        facts.extend(object(self.change));
        read(&Value::Object(facts).to_string(), as_of)
    }
}

fn read(text: &str, as_of: Date) -> Result<Facts, FactErrors> {
    let mut facts = Facts::read(text, as_of)?;
    match (facts.pop(), facts.is_empty()) {
        (Some(facts), true) => Ok(facts),
        _ => Err(FactErrors(Vec::new())),
    }
}

fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}

/// All examples, in the order of the rules.
pub fn examples() -> &'static [Example] {
    EXAMPLES
}

const EXAMPLES: &[Example] = &[
    Example {
        rule: "P1",
        story: "A chest X-ray without a mark on it. The patient was distressed when she was told that it is shown to \
                students.",
        facts: r#"{"kind": "x-ray", "cleaned": "yes", "identifiable": "no", "circumstances": ["objection-or-distress"]}"#,
        near: "Nobody objects.",
        change: r#"{"circumstances": []}"#,
    },
    Example {
        rule: "P2",
        story: "A telephone call to a clinic. The callers were not told that calls are recorded.",
        facts: r#"{"kind": "telephone-call", "cleaned": "yes", "identifiable": "no", "made-for": "care", "circumstances": ["callers-not-informed"]}"#,
        near: "The callers were told.",
        change: r#"{"circumstances": []}"#,
    },
    Example {
        rule: "P3",
        story: "A photograph of a rash. The patient was asked for teaching and said no.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "no", "made-for": "care", "consent": {"status": "refused"}}"#,
        near: "She was never asked; the photograph was made for her care and shows nothing to know her by.",
        change: r#"{"consent": {"status": "no-record"}}"#,
    },
    Example {
        rule: "P4",
        story: "A photograph of a face. The patient agreed to teaching in 2019 and withdrew it in 2025.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "yes", "consent": {"status": "withdrawn", "scopes": ["care", "teaching"], "given-on": "2019-05"}}"#,
        near: "The consent of 2019 still stands.",
        change: r#"{"consent": {"status": "given", "scopes": ["care", "teaching"], "given-on": "2019-05"}}"#,
    },
    Example {
        rule: "P5",
        story: "A video of a consultation. There is no record, but on the tape the patient asks for the camera to be \
                turned off.",
        facts: r#"{"kind": "video", "cleaned": "yes", "identifiable": "no", "made-for": "care", "circumstances": ["context-shows-no-consent"]}"#,
        near: "Afterwards the patient saw the video and agreed in writing to its use in teaching.",
        change: r#"{"consent": {"status": "given", "scopes": ["teaching"], "form": "written"}}"#,
    },
    Example {
        rule: "P6",
        story: "Film made for a television series on a ward, with nobody to be recognised in it. No consent is on \
                record, and the broadcaster wants it.",
        facts: r#"{"kind": "video", "cleaned": "yes", "identifiable": "no", "made-for": "public-media", "purpose": "public-media"}"#,
        near: "The patient agreed in writing to the broadcast.",
        change: r#"{"consent": {"status": "given", "scopes": ["public-media"], "form": "written"}}"#,
    },
    Example {
        rule: "G1",
        story: "A photograph of a face after an operation, with the patient's written consent to teaching. Names and \
                marks are gone; the face stays.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "yes", "consent": {"status": "given", "scopes": ["care", "teaching"], "form": "written"}}"#,
        near: "The consent is for care alone.",
        change: r#"{"consent": {"status": "given", "scopes": ["care"], "form": "written"}}"#,
    },
    Example {
        rule: "G2",
        story: "An X-ray of a wrist without a record of consent. The writing in its margin is gone.",
        facts: r#"{"kind": "x-ray", "cleaned": "yes", "identifiable": "no"}"#,
        near: "A name still stands in the margin.",
        change: r#"{"cleaned": "no"}"#,
    },
    Example {
        rule: "G3",
        story: "A photograph of a wound, made for the patient's care. A consultant states that nobody could know her by \
                it.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "no", "made-for": "care"}"#,
        near: "Nobody knows why the photograph was made.",
        change: r#"{"made-for": "unknown"}"#,
    },
    Example {
        rule: "G4",
        story: "A slide of a skin lesion from 1988, of a department's teaching collection, with no record of consent \
                and nothing to know the patient by.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "no", "made-when": "before-1997", "existing-collection": "yes"}"#,
        near: "It was made in 1999.",
        change: r#"{"made-when": "1997-or-later"}"#,
    },
    Example {
        rule: "G5",
        story: "A portrait from 1992 of the same collection. The notes say that the patient agreed to being \
                photographed.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "yes", "made-when": "before-1997", "existing-collection": "yes", "consent": {"status": "given", "scopes": ["care"], "form": "oral"}}"#,
        near: "It is to be used in research, not in teaching.",
        change: r#"{"purpose": "research"}"#,
    },
    Example {
        rule: "G6",
        story: "An image of a pathology slide for a textbook, made for research. Its label was cut off, and no key is kept.",
        facts: r#"{"kind": "pathology-slide-image", "cleaned": "yes", "identifiable": "no", "coding": "none", "purpose": "publication"}"#,
        near: "A key is kept that leads back to the patient.",
        change: r#"{"coding": "coded"}"#,
    },
    Example {
        rule: "G7",
        story: "A photograph of a hand. The patient has died, nothing shows who it was, and no consent is on record.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "no", "subject": "deceased"}"#,
        near: "The patient is alive.",
        change: r#"{"subject": "adult"}"#,
    },
    Example {
        rule: "G8",
        story: "A photograph of a lung, made at a hospital's post-mortem, with nothing to know the patient by.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "no", "circumstances": ["post-mortem"]}"#,
        near: "It was a coroner's post-mortem.",
        change: r#"{"circumstances": ["post-mortem-coroner"]}"#,
    },
    Example {
        rule: "G9",
        story: "A photograph from which the patient may be known, for a study that a research ethics body has exempted \
                from consent.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "may-be", "purpose": "research", "authority": {"basis": "research-exemption"}}"#,
        near: "It is to be used for teaching, which the exemption does not reach.",
        change: r#"{"purpose": "teaching"}"#,
    },
    Example {
        rule: "N1",
        story: "A photograph of a face without a record of consent.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "yes"}"#,
        near: "The patient agreed to its use in teaching.",
        change: r#"{"consent": {"status": "given", "scopes": ["teaching"], "form": "oral"}}"#,
    },
    Example {
        rule: "N2",
        story: "A photograph of a hand with a ring. Nobody has yet looked at whether the patient could be known by it.",
        facts: r#"{"kind": "photograph", "cleaned": "yes"}"#,
        near: "A colleague looked and states that nobody could be known by it.",
        change: r#"{"identifiable": "no"}"#,
    },
    Example {
        rule: "N3",
        story: "A portrait from 1985 of an old teaching collection, without any consent.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "yes", "made-when": "before-1997", "existing-collection": "yes"}"#,
        near: "A consent to the making is found in the notes.",
        change: r#"{"consent": {"status": "given", "scopes": ["care"], "form": "written"}}"#,
    },
    Example {
        rule: "N4",
        story: "A photograph of a resident with advanced dementia, whom people could recognise. Nobody who may decide \
                for him was asked.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "yes", "subject": "adult-without-capacity"}"#,
        near: "His welfare attorney has agreed.",
        change: r#"{"consent": {"status": "given", "scopes": ["teaching"], "given-by": "person-with-authority"}}"#,
    },
    Example {
        rule: "N5",
        story: "A photograph of a face with consent to teaching, which an author wants to publish.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "yes", "purpose": "publication", "consent": {"status": "given", "scopes": ["care", "teaching"]}}"#,
        near: "The patient has since agreed to publication as well.",
        change: r#"{"consent": {"status": "given", "scopes": ["care", "teaching", "publication"]}}"#,
    },
    Example {
        rule: "N6",
        story: "An ultrasound image that carries consent to teaching; nothing has yet looked for writing in the picture.",
        facts: r#"{"kind": "ultrasound", "cleaned": "no", "consent": {"status": "given", "scopes": ["teaching"]}}"#,
        near: "A person states that the picture bears no marks.",
        change: r#"{"cleaned": "yes"}"#,
    },
    Example {
        rule: "N7",
        story: "A close photograph of a mole, made for a textbook and not for the patient's care. Nobody could be known \
                by it, but making it needed consent and none is on record.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "no", "made-for": "secondary"}"#,
        near: "The patient's consent to teaching is found.",
        change: r#"{"consent": {"status": "given", "scopes": ["teaching"]}}"#,
    },
    Example {
        rule: "C1",
        story: "A photograph of a patient who has died. In life she agreed to teaching; her family carries the same \
                inherited condition.",
        facts: r#"{"kind": "photograph", "cleaned": "yes", "identifiable": "no", "subject": "deceased", "circumstances": ["genetic-or-family-information"], "consent": {"status": "given", "scopes": ["teaching"]}}"#,
        near: "The picture tells nothing about her family.",
        change: r#"{"circumstances": []}"#,
    },
    Example {
        rule: "C2",
        story: "An X-ray made at a coroner's post-mortem.",
        facts: r#"{"kind": "x-ray", "cleaned": "yes", "identifiable": "no", "circumstances": ["post-mortem-coroner"]}"#,
        near: "It was the hospital's own post-mortem.",
        change: r#"{"circumstances": ["post-mortem"]}"#,
    },
    Example {
        rule: "C3",
        story: "An X-ray that the records policy lets the department keep until June 2024.",
        facts: r#"{"kind": "x-ray", "cleaned": "yes", "identifiable": "no", "retention-date": "2024-06"}"#,
        near: "It may be kept until June 2034.",
        change: r#"{"retention-date": "2034-06"}"#,
    },
    Example {
        rule: "C4",
        story: "An X-ray that belongs to another hospital.",
        facts: r#"{"kind": "x-ray", "cleaned": "yes", "identifiable": "no", "ownership": "someone-else"}"#,
        near: "It is the department's own.",
        change: r#"{"ownership": "ours"}"#,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guidance::{judge, rules};

    #[test]
    fn each_rule_has_an_example_that_it_decides_and_a_near_miss_that_it_does_not() {
        let as_of = Date::iso("2026-11-20").expect("a date");
        for (rule, example) in rules().iter().zip(EXAMPLES) {
            assert_eq!(rule.id, example.rule);
            let (facts, near) = (example.facts(as_of).expect("facts"), example.near_miss(as_of).expect("facts"));
            assert!(judge(&facts).rests_on(rule.id), "{}: {:?}", rule.id, judge(&facts));
            assert!(!judge(&near).rests_on(rule.id), "{}: {:?}", rule.id, judge(&near));
            assert!(rule.holds(&facts) && facts != near);
        }
        assert_eq!((EXAMPLES.len(), rules().len()), (26, 26));
    }

    #[test]
    fn a_change_is_of_facts_alone() {
        for example in EXAMPLES {
            assert!(!object(example.change).is_empty() && !object(example.facts).is_empty(), "{}", example.rule);
            assert!(example.story.ends_with('.') && example.near.ends_with('.'), "{}", example.rule);
        }
    }
}
