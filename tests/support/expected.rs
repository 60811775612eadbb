//! Reads `fixtures/worked/expected.md`: what is known of each recording, and what is expected of it for each purpose.

use super::second::Facts;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the page expects of one recording for one purpose.
#[derive(Debug, PartialEq, Eq)]
pub struct Expected {
    /// As `docs/guidance.md` words it: *usable* and so on.
    pub verdict: String,
    /// Whether it goes into the release.
    pub released: bool,
    pub rules: BTreeSet<String>,
    /// `GMC para 23` and so on.
    pub paragraphs: BTreeSet<String>,
    pub conditions: BTreeSet<String>,
    /// What would make it usable: the codes of `scrubs judge`.
    pub help: BTreeSet<String>,
}

/// The page.
pub struct Page {
    /// What is known of each recording, by its path.
    pub known: BTreeMap<String, Facts>,
    /// For each section, what is expected of each recording.
    pub sections: BTreeMap<String, BTreeMap<String, Expected>>,
}

/// What the page says for each code of what would help.
const HELP: &[(&str, &str)] = &[
    ("consent", "a consent for this purpose"),
    ("further-consent", "the consent extended to this purpose"),
    ("assessment", "an assessment that nobody can recognise the patient"),
    ("cleaning", "the picture looked at for marks"),
    ("made-for-care", "a record that it was made for care"),
    ("teaching-only", "use for teaching instead"),
];

/// Its words for facts, the keys of a facts file for them, and whether there may be several.
const WORDS: &[(&str, &str, bool)] = &[
    ("kind", "kind", false),
    ("made for", "made-for", false),
    ("made when", "made-when", false),
    ("existing collection", "existing-collection", false),
    ("recognisable", "identifiable", false),
    ("cleaned", "cleaned", false),
    ("consent", "consent.status", false),
    ("covers", "consent.scopes", true),
    ("form", "consent.form", false),
    ("given by", "consent.given-by", false),
    ("given on", "consent.given-on", false),
    ("expires", "consent.expires-on", false),
    ("conditions", "consent.conditions", true),
    ("subject", "subject", false),
    ("decides from", "adult-from", false),
    ("circumstances", "circumstances", true),
    ("authority", "authority.basis", false),
    ("keep until", "retention-date", false),
    ("belongs to", "ownership", false),
];

/// Reads the page; a row that is not of its table's shape is a failure.
pub fn read(text: &str) -> Page {
    let mut page = Page { known: BTreeMap::new(), sections: BTreeMap::new() };
    let mut section = "";
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title;
        }
        let Some(row) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) else { continue };
        let cells: Vec<&str> = row.split(" | ").collect();
        if cells[0] == "recording" {
            continue;
        }
        let path = cells[0].to_owned();
        let twice = if section == "What is known" {
            assert_eq!(cells.len(), 3, "{row}");
            assert!(cells[1].ends_with('.') && cells[1].len() > 20, "{row}");
            page.known.insert(path, facts(cells[2])).is_some()
        } else {
            assert_eq!(cells.len(), 7, "{row}");
            page.sections.entry(section.to_owned()).or_default().insert(path, expected(&cells)).is_some()
        };
        assert!(!twice, "stands twice: {row}");
    }
    page
}

fn facts(text: &str) -> Facts {
    let mut facts = Facts::new();
    for fact in text.split(" · ") {
        let (word, values) = fact.split_once(": ").unwrap_or_else(|| panic!("no fact: {fact}"));
        assert!(WORDS.iter().any(|(known, _, _)| *known == word), "{word}");
        let values = values.split(", ").map(str::to_owned).collect();
        assert!(facts.insert(word.to_owned(), values).is_none(), "{text}");
    }
    facts
}

fn expected(cells: &[&str]) -> Expected {
    let list = |text: &str| -> BTreeSet<String> {
        let values = text.split(", ").filter(|value| *value != "–");
        values.map(str::to_owned).collect()
    };
    let code = |phrase: &str| {
        let known = HELP.iter().find(|(_, words)| *words == phrase);
        known.unwrap_or_else(|| panic!("not a phrase of the page: {phrase}")).0.to_owned()
    };
    let help = if cells[6].starts_with('–') { BTreeSet::new() } else { cells[6].split("; ").map(code).collect() };
    let released = match cells[2] {
        "release" => true,
        "held" => false,
        other => panic!("{other}"),
    };
    Expected {
        verdict: cells[1].to_owned(),
        released,
        rules: list(cells[3]),
        paragraphs: list(cells[4]).into_iter().map(|number| format!("GMC para {number}")).collect(),
        conditions: list(cells[5]),
        help,
    }
}

/// The facts as a facts file has them.
pub fn as_json(facts: &Facts) -> Map<String, Value> {
    let mut all = Map::new();
    for (word, values) in facts {
        let (_, key, several) = WORDS.iter().find(|(known, _, _)| known == word).expect("a word of the page");
        let value = if *several { json!(values) } else { json!(values[0]) };
        match key.split_once('.') {
            None => _ = all.insert((*key).to_owned(), value),
            Some((outer, inner)) => {
                let object = all.entry(outer).or_insert_with(|| json!({}));
                object.as_object_mut().expect("an object").insert(inner.to_owned(), value);
            }
        }
    }
    all
}
