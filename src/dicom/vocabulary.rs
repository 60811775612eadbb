//! The words that a description, and the meaning of a code, may be made of.
//!
//! Both lists are ours (`vocabulary.txt`, `meanings.txt`). A pattern finds what somebody thought of; a list of words keeps
//! what somebody looked at. So a name that stands in no other attribute, misspelt, glued to another word or written in
//! another script goes, because it is not on the list: what is unknown goes.

use super::charset::{Folding, fold};
use super::table::lines;
use std::collections::HashSet;
use std::sync::OnceLock;

const VOCABULARY: &str = include_str!("vocabulary.txt");
const MEANINGS: &str = include_str!("meanings.txt");

#[derive(Default)]
struct Lists {
    words: HashSet<String>,
    /// Those that are surnames too.
    doubtful: HashSet<String>,
    meanings: HashSet<String>,
}

fn lists() -> &'static Lists {
    static LISTS: OnceLock<Lists> = OnceLock::new();
    LISTS.get_or_init(|| {
        let mut lists = Lists::default();
        for entry in lines(VOCABULARY).flat_map(str::split_whitespace) {
            let (set, word) = match entry.strip_prefix('!') {
                Some(word) => (&mut lists.doubtful, word),
                None => (&mut lists.words, entry),
            };
            for folding in [Folding::Base, Folding::Digraph] {
                set.insert(fold(word, folding));
            }
        }
        lists.meanings = lines(MEANINGS).flat_map(str::split_whitespace).map(str::to_owned).collect();
        lists
    })
}

/// Whether a word, folded, is one that descriptions are made of.
pub(super) fn is_word(folded: &str) -> bool {
    lists().words.contains(folded)
}

/// Whether a word of the vocabulary is a surname too, or a single letter, which may be an initial.
pub(super) fn is_doubtful(folded: &str) -> bool {
    folded.len() == 1 && !folded.starts_with(|c: char| c.is_ascii_digit()) || lists().doubtful.contains(folded)
}

/// Whether the meaning of a code is made of known words: runs of letters of which each is on one of the lists, or so short
/// that it can be no name.
pub(super) fn is_meaning(meaning: &[u8]) -> bool {
    let Ok(meaning) = std::str::from_utf8(meaning) else { return false };
    let known = |word: &str| {
        let folded = fold(word, Folding::Base);
        folded.len() == 1 || is_word(&folded) || lists().meanings.contains(&folded)
    };
    meaning.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).all(known)
}

/// Whether a short text that people type is made of words that a meaning may be made of, and of abbreviations of two
/// letters.
pub(super) fn is_remark(text: &[u8]) -> bool {
    let parts = text.split(|b| !b.is_ascii_alphabetic() && *b < 0x80);
    parts.filter(|part| part.len() > 2).all(is_meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_of_known_words() {
        assert!(is_remark(b"FDG -- fluorodeoxyglucose") && is_remark(b"IV") && is_remark(b"SLIDE_CORNER"));
        assert!(is_remark(b"Orbital Meatal Line"));
        assert!(!is_remark(b"FDG for Greymarsh") && !is_remark(b"Dr Jones"));
    }

    #[test]
    fn the_lists_hold_words_and_no_names() {
        let listed = lines(VOCABULARY).flat_map(str::split_whitespace).filter(|w| !w.starts_with('!')).count();
        assert!((3000..4000).contains(&listed), "{listed}");
        assert!(lists().meanings.len() > 2500);
        let mut tried = 0;
        for word in ["abdomen", "mprage", "schadel", "schaedel", "crane", "rodilla", "flair", "with", "ohne", "kv"] {
            assert!(is_word(word), "{word}");
            tried += 1;
        }
        for name in [
            "smith", "jones", "muller", "mueller", "meier", "schmidt", "garcia", "martin", "bernard", "dubois",
            "lopez", "wang", "zhang", "nguyen", "kowalski", "ivanov", "rossi", "silva", "santos", "john", "mary",
            "james", "anna", "maria", "peter", "thomas", "michael", "julia", "jane", "doe", "canary", "taylor",
            "williams", "johnson", "brown", "davis", "wilson", "moore", "clark", "lewis", "walker", "allen", "king",
            "scott", "kaufman", "harms", "borjan", "berlin", "london", "mercy", "charite", "mayo", "january", "mai",
            "octobre", "female", "male", "mother", "mr", "dr",
        ] {
            let allowed = ["mr", "dr"].contains(&name);
            assert_eq!(is_word(name), allowed, "{name}");
            assert!(allowed || !lists().meanings.contains(name), "{name}");
            tried += 1;
        }
        assert_eq!(tried, 70);
        assert!(lists().doubtful.iter().all(|w| is_word(w)));
    }

    #[test]
    fn meanings_of_codes_are_told_from_names() {
        let mut tried = 0;
        for meaning in
            ["Abdomen", "Mediolateral oblique", "Technetium Tc^99m^", "Left ventricular ejection fraction", "mm", ""]
        {
            assert!(is_meaning(meaning.as_bytes()), "{meaning}");
            tried += 1;
        }
        for name in ["Canary", "Abdomen of Smith", "Dr Jones", "Smith^Jane", "Gr\u{fc}n"] {
            assert!(!is_meaning(name.as_bytes()), "{name}");
            tried += 1;
        }
        assert_eq!(tried, 11);
    }
}
