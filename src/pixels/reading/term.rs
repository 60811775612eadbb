//! Words of radiography that name nobody: how the patient stood, how the beam went, what the tube was set to.
//!
//! A keep-list: what is not on it is not released. Views and positions after DICOM PS3.3 C.8.11.5 and PS3.16 CID 4010 and
//! CID 19, as radiographers abbreviate them on films; units after the International System (BIPM, 9th edition).

use crate::recording::Identifier;

/// A word that may stay, and why it names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The word, in capitals.
    pub word: &'static str,
    /// Why it may stay.
    pub why: &'static str,
    /// Whether it stands only behind a number, which stays with it.
    pub unit: bool,
}

macro_rules! terms {
    ($unit:literal, $why:literal: $($word:literal)+) => { &[$(Term { word: $word, why: $why, unit: $unit }),+] };
}

/// Every word that may stay, in groups of one reason.
pub const TERMS: &[&[Term]] = &[
    terms!(false, "how the patient stood or lay": "ERECT" "SUPINE" "PRONE" "SITTING" "STANDING" "UPRIGHT" "SEMI" "SEMIERECT" "SEMI-ERECT" "RECUMBENT" "DECUBITUS" "WEIGHTBEARING" "WEIGHT" "BEARING" "LYING"),
    terms!(false, "how the beam went": "AP" "PA" "LAT" "LATERAL" "OBLIQUE" "OBL" "AXIAL" "CC" "MLO" "SKYLINE" "TANGENTIAL" "HORIZONTAL" "BEAM" "HBL" "DORSOPLANTAR" "FROG"),
    terms!(false, "where the picture was taken with a moving machine": "PORTABLE" "MOBILE" "BEDSIDE"),
    terms!(false, "what the patient was asked to do": "INSPIRATION" "EXPIRATION" "INSP" "EXP" "FLEXION" "EXTENSION" "STRESS"),
    terms!(false, "the side, which clinicians need": "LEFT" "RIGHT"),
    terms!(true, "a setting of the tube, or a distance; its number says nothing without it": "KV" "KVP" "MAS" "MA" "MS" "CM" "MM" "MGY"),
];

/// Digits of a setting at most: longer numbers are somebody's.
const DIGITS: usize = 4;
/// The longest word of a profile that counts.
const LONGEST: usize = 32;

/// The words that may stay in a run.
#[derive(Debug, Default)]
pub(super) struct Terms {
    more: Vec<String>,
}

impl Terms {
    /// The table's, and a profile's.
    pub(super) fn with(more: &[String]) -> Self {
        let more = more.iter().filter(|word| word.len() <= LONGEST);
        Self { more: more.map(|word| word.trim().to_uppercase()).filter(|word| !word.is_empty()).collect() }
    }

    /// Whether every word may stay; a number only with its unit behind it. No words may not.
    pub(super) fn allow<'w>(&self, words: impl Iterator<Item = &'w Identifier>) -> bool {
        let mut waiting = false;
        let mut any = false;
        for word in words {
            let text = word.reveal_text();
            let word =
                text.trim_matches(|c: char| matches!(c, '.' | ',' | ':' | ';' | '(' | ')' | '[' | ']')).to_uppercase();
            any = true;
            let (number, rest) =
                word.split_at(word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len()));
            let is_number = !number.is_empty() && number.chars().filter(char::is_ascii_digit).count() <= DIGITS;
            waiting = match (waiting, number.is_empty(), rest) {
                (false, false, "") if is_number => true,
                (false, false, rest) if is_number && is_unit(rest) => false,
                (true, true, rest) if is_unit(rest) => false,
                (false, true, rest) if self.is_word(rest) => false,
                _ => return false,
            };
        }
        any && !waiting
    }

    fn is_word(&self, word: &str) -> bool {
        self.more.iter().any(|more| more == word)
            || TERMS.iter().copied().flatten().any(|term| !term.unit && term.word == word)
    }
}

fn is_unit(word: &str) -> bool {
    TERMS.iter().copied().flatten().any(|term| term.unit && term.word == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_stay_numbers_stay_with_their_unit_and_all_else_goes() {
        let terms = Terms::with(&["Bucky".to_owned()]);
        let cases: [(&str, bool); 20] = [
            ("ERECT", true),
            ("erect AP", true),
            ("(SUPINE)", true),
            ("80 kV", true),
            ("80kV 3.2 mAs", true),
            ("bucky", true),
            ("AP ERECT 180 cm", true),
            ("", false),
            ("80", false),
            ("kV", false),
            ("AP 80", false),
            ("80 AP", false),
            ("80 81 kV", false),
            ("12345 mm", false),
            ("SMITH", false),
            ("ERECT SMITH", false),
            ("ERECTA", false),
            ("07.03.1958", false),
            ("80 kV 7", false),
            ("L", false),
        ];
        let mut tried = 0;
        for (text, expected) in cases {
            let words: Vec<Identifier> = text.split_whitespace().map(Identifier::from).collect();
            assert_eq!(terms.allow(words.iter()), expected, "{text}");
            tried += 1;
        }
        assert_eq!(tried, 20);
        assert!(!Terms::default().allow([Identifier::from("BUCKY")].iter()));
    }

    #[test]
    fn every_term_is_one_word_in_capitals_with_a_reason_and_stands_once() {
        let all: Vec<&Term> = TERMS.iter().copied().flatten().collect();
        for term in &all {
            assert!(term.word.chars().all(|c| c.is_ascii_uppercase() || c == '-') && term.why.len() > 10, "{term:?}");
            assert!(term.word.len() >= 2, "a letter alone is a side marker or an initial: {term:?}");
            assert_eq!(all.iter().filter(|other| other.word == term.word).count(), 1, "{term:?}");
        }
        assert!(all.len() >= 50, "{}", all.len());
    }
}
