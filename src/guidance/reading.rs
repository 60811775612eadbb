//! Reads facts from JSON: kebab-case keys, closed vocabularies, and every fault of the file told at once.
//!
//! A missing fact gets its cautious reading; an unknown key, an unknown value or a key named twice is an error, since a
//! fact that was mistyped must never pass for one that is not known. No error repeats a value.

use super::facts::Facts;
use super::node::Node;
use crate::consent::{Authority, Consent, Date, condition};
use crate::recording::Identifier;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The keys of a facts object.
pub const KEYS: &[&str] = &[
    "kind",
    "made-for",
    "made-when",
    "existing-collection",
    "identifiable",
    "cleaned",
    "coding",
    "consent",
    "subject",
    "adult-from",
    "circumstances",
    "authority",
    "purpose",
    "as-of",
    "retention-date",
    "ownership",
];

/// The keys of its `consent`.
pub const CONSENT_KEYS: &[&str] = &["status", "scopes", "form", "given-by", "given-on", "expires-on", "conditions"];

/// The keys of its `authority`.
pub const AUTHORITY_KEYS: &[&str] = &["basis", "by", "reason"];

/// One fault of a facts file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactError {
    /// Which object, from 1.
    pub nth: usize,
    /// The key as it is spelled in the documentation, `consent.given-on`; empty where none is known.
    pub key: String,
    /// What is wrong; never the value.
    pub what: String,
}

/// Everything that is wrong with a facts file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct FactErrors(pub Vec<FactError>);

impl FactErrors {
    fn text(&self) -> String {
        let line = |e: &FactError| match e.key.as_str() {
            "" => format!("object {}: {}", e.nth, e.what),
            key => format!("object {}, {key}: {}", e.nth, e.what),
        };
        self.0.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        "Correct the facts named above; `scrubs judge --help` lists every key with its values."
    }
}

impl Facts {
    /// Reads facts: one JSON object, an array of them, or one object after another. `today` is the day of the verdict
    /// where an object does not state `as-of`.
    ///
    /// # Errors
    /// Every unknown key, unknown value and repeated key of every object.
    pub fn read(text: &str, today: Date) -> Result<Vec<Facts>, FactErrors> {
        let mut objects = Vec::new();
        let mut errors = Vec::new();
        for node in serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}')).into_iter::<Node>() {
            match node {
                Ok(Node::Array(nodes)) => objects.extend(nodes),
                Ok(node) => objects.push(node),
                Err(e) => {
                    let what = format!("is not JSON from line {}, column {} on", e.line(), e.column());
                    errors.push(FactError { nth: objects.len() + 1, key: String::new(), what });
                    break;
                }
            }
        }
        let mut all = Vec::with_capacity(objects.len());
        for (n, node) in objects.into_iter().enumerate() {
            let mut reader = Reader { nth: n + 1, errors: &mut errors };
            all.push(reader.facts(node, today));
        }
        if errors.is_empty() { Ok(all) } else { Err(FactErrors(errors)) }
    }

    /// The facts as JSON, readable by [`Facts::read`]. It holds exact dates and who decided: for custody only.
    pub fn to_json(&self) -> Value {
        let date = |date: Option<Date>| date.map(Date::exact);
        let text = |text: &Option<Identifier>| text.as_ref().map(Identifier::reveal_text);
        json!({
            "kind": self.kind,
            "made-for": self.made_for,
            "made-when": self.made_when,
            "existing-collection": yes_no(self.existing_collection),
            "identifiable": self.identifiable,
            "cleaned": yes_no(self.cleaned),
            "coding": self.coding,
            "consent": {
                "status": self.consent.status,
                "scopes": self.consent.scopes,
                "form": self.consent.form,
                "given-by": self.consent.given_by,
                "given-on": date(self.consent.given_on),
                "expires-on": date(self.consent.expires_on),
                "conditions": self.consent.conditions,
            },
            "subject": self.subject,
            "adult-from": date(self.adult_from),
            "circumstances": self.circumstances,
            "authority": self.authority.as_ref().map(|a| {
                json!({ "basis": a.basis, "by": text(&a.by), "reason": text(&a.reason) })
            }),
            "purpose": self.purpose,
            "as-of": self.as_of.exact(),
            "retention-date": date(self.retention_date),
            "ownership": self.ownership,
        })
    }
}

fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// Collects the faults of one object.
struct Reader<'a> {
    nth: usize,
    errors: &'a mut Vec<FactError>,
}

impl Reader<'_> {
    fn fault(&mut self, key: impl Into<String>, what: impl Into<String>) {
        self.errors.push(FactError { nth: self.nth, key: key.into(), what: what.into() });
    }

    fn facts(&mut self, node: Node, today: Date) -> Facts {
        let mut facts = Facts::cautious(today);
        for (key, node) in self.fields(node, "", KEYS) {
            match key {
                "kind" => self.word(key, node, &mut facts.kind),
                "made-for" => self.word(key, node, &mut facts.made_for),
                "made-when" => self.word(key, node, &mut facts.made_when),
                "existing-collection" => self.yes(key, node, &mut facts.existing_collection),
                "identifiable" => self.word(key, node, &mut facts.identifiable),
                "cleaned" => self.yes(key, node, &mut facts.cleaned),
                "coding" => self.word(key, node, &mut facts.coding),
                "consent" => facts.consent = self.consent(node),
                "subject" => self.word(key, node, &mut facts.subject),
                "adult-from" => facts.adult_from = self.date(key, node),
                "circumstances" => facts.circumstances = self.words(key, node),
                "authority" => facts.authority = self.authority(node),
                "purpose" => self.word(key, node, &mut facts.purpose),
                "as-of" => facts.as_of = self.date(key, node).unwrap_or(today),
                "retention-date" => facts.retention_date = self.date(key, node),
                "ownership" => self.word(key, node, &mut facts.ownership),
                _ => {}
            }
        }
        facts
    }

    fn consent(&mut self, node: Node) -> Consent {
        let mut consent = Consent::default();
        for (key, node) in self.fields(node, "consent.", CONSENT_KEYS) {
            let path = format!("consent.{key}");
            match key {
                "status" => self.word(&path, node, &mut consent.status),
                "scopes" => consent.scopes = self.words(&path, node),
                "form" => consent.form = self.optional(&path, node),
                "given-by" => consent.given_by = self.optional(&path, node),
                "given-on" => consent.given_on = self.date(&path, node),
                "expires-on" => consent.expires_on = self.date(&path, node),
                "conditions" => consent.conditions = self.conditions(&path, node),
                _ => {}
            }
        }
        consent
    }

    fn authority(&mut self, node: Node) -> Option<Authority> {
        if matches!(&node, Node::Text(text) if text == "none") {
            return None;
        }
        let (mut basis, mut by, mut reason) = (None, None, None);
        for (key, node) in self.fields(node, "authority.", AUTHORITY_KEYS) {
            let path = format!("authority.{key}");
            match key {
                "basis" => basis = self.optional(&path, node),
                "by" => by = self.text(&path, node),
                "reason" => reason = self.text(&path, node),
                _ => {}
            }
        }
        if basis.is_none() && !self.errors.iter().any(|e| e.nth == self.nth && e.key == "authority.basis") {
            self.fault("authority.basis", "is missing: an authority rests on something");
        }
        Some(Authority { basis: basis?, by, reason })
    }

    /// The fields that are known and not null; the others become faults.
    fn fields(&mut self, node: Node, above: &str, known: &[&'static str]) -> Vec<(&'static str, Node)> {
        let Node::Object(entries) = node else {
            self.fault(above.trim_end_matches('.'), "must be an object");
            return Vec::new();
        };
        let mut fields: Vec<(&'static str, Node)> = Vec::new();
        let mut seen = BTreeSet::new();
        for (n, (key, node)) in entries.into_iter().enumerate() {
            let Some(&name) = known.iter().find(|&&name| name == key) else {
                self.fault(shown(above, &key, n), format!("is not a key; the keys are {}", known.join(", ")));
                continue;
            };
            if !seen.insert(name) {
                self.fault(format!("{above}{name}"), "is stated twice");
            }
            if !matches!(node, Node::Null) {
                fields.push((name, node));
            }
        }
        fields
    }

    fn word<T: FromStr<Err: fmt::Display>>(&mut self, key: &str, node: Node, into: &mut T) {
        if let Some(word) = self.optional(key, node) {
            *into = word;
        }
    }

    fn optional<T: FromStr<Err: fmt::Display>>(&mut self, key: &str, node: Node) -> Option<T> {
        let Node::Text(text) = node else {
            self.fault(key, "must be a word in quotes");
            return None;
        };
        match text.parse() {
            Ok(word) => Some(word),
            Err(e) => {
                self.fault(key, e.to_string());
                None
            }
        }
    }

    fn words<T: FromStr<Err: fmt::Display> + Ord>(&mut self, key: &str, node: Node) -> BTreeSet<T> {
        let Node::Array(nodes) = node else {
            self.fault(key, "must be a list of words");
            return BTreeSet::new();
        };
        nodes.into_iter().filter_map(|node| self.optional(key, node)).collect()
    }

    /// Conditions may be words of a profile, which is not at hand here: any word will do, free text will not.
    fn conditions(&mut self, key: &str, node: Node) -> BTreeSet<String> {
        let words: BTreeSet<String> = self.words(key, node);
        if !words.iter().all(|word| condition::has_shape(word)) {
            self.fault(key, "conditions are words such as no-online-use, never free text");
        }
        words
    }

    fn yes(&mut self, key: &str, node: Node, into: &mut bool) {
        match node {
            Node::Bool(value) => *into = value,
            Node::Text(text) if text == "yes" || text == "no" => *into = text == "yes",
            _ => self.fault(key, "not one of: yes, no"),
        }
    }

    fn date(&mut self, key: &str, node: Node) -> Option<Date> {
        let read = match &node {
            Node::Text(text) => Date::iso(text).ok(),
            _ => None,
        };
        if read.is_none() {
            self.fault(key, "is not a month: write YYYY-MM in quotes");
        }
        read
    }

    fn text(&mut self, key: &str, node: Node) -> Option<Identifier> {
        match node {
            Node::Text(text) => Some(text.into()),
            _ => {
                self.fault(key, "must be a text in quotes");
                None
            }
        }
    }
}

/// An unknown key as it may be shown: spelled out where it looks like a key, else by its number.
fn shown(above: &str, key: &str, n: usize) -> String {
    let plain = |b: u8| b.is_ascii_lowercase() || b == b'-' || b == b'_';
    if key.len() <= 32 && !key.is_empty() && key.bytes().all(plain) {
        format!("{above}{key}")
    } else {
        format!("{above}(key number {})", n + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::terms::{ConsentStatus, Kind, Purpose, Scope};
    use proptest::prelude::*;

    fn today() -> Date {
        Date::iso("2026-11-20").expect("a date")
    }

    fn read(text: &str) -> Result<Vec<Facts>, FactErrors> {
        Facts::read(text, today())
    }

    fn faults(text: &str) -> Vec<String> {
        read(text).expect_err("faults").0.into_iter().map(|e| format!("{} {}", e.nth, e.key)).collect()
    }

    #[test]
    fn an_empty_object_is_the_cautious_reading() {
        assert_eq!(read("{}"), Ok(vec![Facts::cautious(today())]));
    }

    #[test]
    fn objects_come_alone_in_an_array_or_line_by_line() {
        for text in ["[{},{\"kind\":\"x-ray\"}]", "{}\n{\"kind\":\"x-ray\"}\n", "\u{feff}{}{\"kind\":\"x-ray\"}"] {
            let facts = read(text).expect("facts");
            assert_eq!(facts.iter().map(|f| f.kind).collect::<Vec<_>>(), [Kind::Photograph, Kind::XRay]);
        }
        assert_eq!(read(""), Ok(vec![]));
    }

    #[test]
    fn every_fact_is_read() {
        let facts = read(
            r#"{"kind":"x-ray","made-for":"care","made-when":"before-1997","existing-collection":true,"identifiable":"no",
            "cleaned":"yes","coding":"none","consent":{"status":"given","scopes":["care","teaching"],"form":"oral",
            "given-by":"family","given-on":"2019-05","expires-on":"2030-01-31","conditions":["no-online-use"]},
            "subject":"deceased","adult-from":null,"circumstances":["post-mortem"],
            "authority":{"basis":"court-direction","by":"judge","reason":"r"},"purpose":"publication","as-of":"2020-01",
            "retention-date":"2040-01","ownership":"ours"}"#,
        )
        .expect("facts");
        assert!(facts[0].existing_collection && facts[0].cleaned && facts[0].purpose == Purpose::Publication);
        assert!(facts[0].consent.scopes.contains(&Scope::Teaching));
        assert_eq!(read(&facts[0].to_json().to_string()), Ok(facts));
        let object = Facts::cautious(today()).to_json();
        assert_eq!(object.as_object().map(serde_json::Map::len), Some(KEYS.len()));
    }

    #[test]
    fn every_fault_is_told_and_no_value_is() {
        let text = r#"[{"kind":"Canary","made_for":"care","Canary Smith":1,"cleaned":"maybe","as-of":"20-1","purpose":3},
            {"consent":{"status":"Canary","scope":["teaching"],"scopes":["Canary"],"conditions":["Ask Mrs Canary"]},
             "authority":{"by":"x"},"circumstances":"covert"}, 7]"#;
        let expected = [
            "1 made_for",
            "1 (key number 3)",
            "1 kind",
            "1 cleaned",
            "1 as-of",
            "1 purpose",
            "2 consent.scope",
            "2 consent.status",
            "2 consent.scopes",
            "2 consent.conditions",
            "2 authority.basis",
            "2 circumstances",
            "3 ",
        ];
        assert_eq!(faults(text), expected);
        assert!(!read(text).expect_err("faults").to_string().contains("Canary"));
    }

    #[test]
    fn a_key_stated_twice_is_a_fault() {
        let text = r#"{"consent":{"status":"refused"},"consent":{"status":"given"}}"#;
        assert_eq!(faults(text), ["1 consent"]);
        assert_eq!(faults("{\"kind\":"), ["1 "]);
        assert_eq!(faults(&"[".repeat(100_000)), ["1 "]);
    }

    #[test]
    fn an_authority_may_be_none() {
        assert_eq!(read(r#"{"authority":"none"}"#).expect("facts")[0].authority, None);
        assert_eq!(read("{\"consent\":null}").expect("facts")[0].consent.status, ConsentStatus::NoRecord);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[\\[\\]{}\":,a-z0-9 -]{0,80}") {
            let _ = read(&text);
        }
    }
}
