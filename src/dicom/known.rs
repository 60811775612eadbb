//! What is known to identify: names, numbers and places that an object states, and those handed in with it.
//!
//! PS3.15 E.3.5: descriptions are cleaned of what identifies, in whatever writing it comes. Of names every part counts,
//! in every component group (PS3.5 6.2.1) and every reading of its bytes; of numbers also what they are without the
//! strokes and spaces in them; of places and names also the words in their order.

use super::charset::{Folding, fold};
use super::spelling;
use crate::recording::Identifier;
use std::collections::HashSet;

/// So many parts are remembered, which no real object comes near to.
const MOST: usize = 20_000;
/// Phrases are remembered up to this number.
const PHRASES: usize = 200;

/// Parts of names that are no names, and modalities, which operators' names are full of.
const TITLES: [&str; 27] = [
    "bg",
    "cr",
    "ct",
    "dipl",
    "dr",
    "dra",
    "dx",
    "herr",
    "frau",
    "mg",
    "md",
    "med",
    "mr",
    "mrs",
    "ms",
    "nm",
    "phd",
    "prof",
    "pt",
    "rf",
    "us",
    "xa",
    "none",
    "removed",
    "anonymous",
    "anonymized",
    "unknown",
];

/// What cleaning texts needs to know of an object.
#[derive(Default)]
pub(super) struct Wording<'o> {
    /// Identifiers handed in with the object.
    pub(super) identifiers: &'o [Identifier],
    /// What the object and they say; gathered when first needed.
    pub(super) known: Option<Known>,
    /// Whether content items point at others by their place; looked up when first needed.
    pub(super) refers: Option<bool>,
}

impl<'o> Wording<'o> {
    /// With identifiers from outside the object.
    pub(super) fn knowing(identifiers: &'o [Identifier]) -> Self {
        Self { identifiers, ..Self::default() }
    }
}

/// Names, numbers and places that identify in one object.
#[derive(Default)]
pub(super) struct Known {
    /// Parts of names, folded, of two characters and more.
    parts: HashSet<String>,
    /// Numbers and other identifiers without what is between their letters and digits, of three characters and more.
    numbers: HashSet<String>,
    /// Names and places of several words.
    phrases: Vec<Vec<String>>,
}

impl Known {
    /// Takes in a person's name, in one reading.
    pub(super) fn name(&mut self, text: &str) {
        for folding in [Folding::Base, Folding::Digraph] {
            for part in words(&fold(text, folding)) {
                if part.chars().count() >= 2 && !TITLES.contains(&part.as_str()) && self.parts.len() < MOST {
                    self.parts.insert(part);
                }
            }
            let room = MOST.saturating_sub(self.parts.len());
            let glued = spelling::of_name(&fold(text, folding)).into_iter().take(room);
            self.parts
                .extend(glued.map(|name| name.to_ascii_lowercase()).filter(|name| !TITLES.contains(&name.as_str())));
        }
    }

    /// Takes in the day with which a DA or DT begins, as numbers, in every order.
    pub(super) fn day(&mut self, text: &str) {
        let room = MOST.saturating_sub(self.numbers.len());
        let days = spelling::of_day(text).into_iter().map(|day| day.to_ascii_lowercase());
        // Day and month of it alone, too: here only what is written as such counts, and goes.
        let short = text.get(4..6).zip(text.get(6..8)).filter(|_| text.is_ascii());
        let short = short.into_iter().flat_map(|(month, day)| [format!("{day}{month}"), format!("{month}{day}")]);
        self.numbers.extend(days.chain(short).take(room));
    }

    /// Takes in a number or another identifier: each value, and each word of it that has digits.
    pub(super) fn number(&mut self, text: &str) {
        let folded = fold(text, Folding::Base);
        for value in folded.split('\\') {
            let joined: String = words(value).concat();
            let telling = words(value).into_iter().filter(|w| w.bytes().any(|b| b.is_ascii_digit()));
            for number in telling.chain([joined]).filter(|n| n.chars().count() >= 3) {
                if self.numbers.len() < MOST {
                    self.numbers.insert(number);
                }
            }
        }
    }

    /// Takes in a place or an organisation: as a whole, where it has several words.
    pub(super) fn place(&mut self, text: &str) {
        for value in text.split('\\') {
            let phrase = words(&fold(value, Folding::Base));
            if phrase.len() >= 2 && self.phrases.len() < PHRASES {
                self.phrases.push(phrase);
            }
        }
    }

    /// Whether a word, folded either way, is part of a name or a number as it stands.
    pub(super) fn has(&self, folded: &str) -> bool {
        self.parts.contains(folded) || self.numbers.contains(folded)
    }

    /// Whether a joined run of words is a number.
    pub(super) fn is_number(&self, joined: &str) -> bool {
        self.numbers.contains(joined)
    }

    /// How many of these words, from the first on, are a place or an organisation; none: 0.
    pub(super) fn phrase(&self, words: &[String]) -> usize {
        let found = self.phrases.iter().filter(|phrase| words.starts_with(phrase.as_slice()));
        found.map(Vec::len).max().unwrap_or(0)
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_name_and_a_number_is_known() {
        let mut known = Known::default();
        known.name(
            "M\u{fc}ller-L\u{fc}denscheid^Jos\u{e9} P^^Dr=\u{5c71}\u{7530}^\u{592a}\u{90ce}=\u{3084}\u{307e}\u{3060}",
        );
        known.number("AB-12/345 7");
        known.place("Sacred Heart Hospital");
        let mut tried = 0;
        for part in [
            "muller",
            "mueller",
            "ludenscheid",
            "luedenscheid",
            "jose",
            "\u{5c71}\u{7530}",
            "\u{592a}\u{90ce}",
            "345",
            "ab123457",
        ] {
            assert!(known.has(part), "{part}");
            tried += 1;
        }
        for other in ["p", "dr", "ab", "12", "heart", "mull"] {
            assert!(!known.has(other), "{other}");
            tried += 1;
        }
        assert_eq!(tried, 15);
        let words = ["sacred", "heart", "hospital", "ct"].map(str::to_owned);
        assert_eq!((known.phrase(&words), known.phrase(&words[1..])), (3, 0));
    }
}
