//! The closed vocabulary of conditions: what must be kept to when a recording is used, one word each.
//!
//! GMC paras 9, 24, 35, 37 (what a patient may ask for) and 11, 12, 15, 38, 57–59 (what a rule brings). A profile may
//! define further words of its own; free text is never a condition.

/// One condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// The stable kebab-case word.
    pub word: &'static str,
    /// What the user must do, in one sentence.
    pub says: &'static str,
    /// Whether a patient may lay it down in a consent record; the others are brought by rules.
    pub by_patient: bool,
}

const fn patient(word: &'static str, says: &'static str) -> Condition {
    Condition { word, says, by_patient: true }
}

const fn rule(word: &'static str, says: &'static str) -> Condition {
    Condition { word, says, by_patient: false }
}

/// The offer to a patient who was a child when consent was given (G1).
pub const OFFER_CHOICE: &str = "offer-patient-the-choice";
/// Written consent for public media where the consent is oral (G1).
pub const GET_WRITTEN: &str = "get-written-consent";
/// Particular care about small details in the public domain (G2).
pub const SMALL_DETAILS: &str = "check-small-details";
/// A named person's assessment is on record (G3).
pub const REVIEW_ON_RECORD: &str = "reviewer-assessment-on-record";
/// Why asking for consent was not practicable is recorded (G3).
pub const WHY_NO_CONSENT: &str = "record-why-no-consent";
/// Only as the authority allows (G9).
pub const AS_AUTHORISED: &str = "only-as-authorised";
/// Dispose of it as the records policy says (C3).
pub const DISPOSE: &str = "dispose-as-policy-says";
/// Ask whoever owns it (C4).
pub const ASK_OWNER: &str = "ask-owner";

/// Every condition, patients' first.
pub const CONDITIONS: &[Condition] = &[
    patient("no-online-use", "Do not put it on the internet or into any online service."),
    patient("this-institution-only", "Use it only within the institution that recorded the consent."),
    patient("named-publication-only", "Use it only in the publication that the consent record names."),
    patient("named-event-only", "Use it only at the course, lecture or meeting that the consent record names."),
    patient("health-professionals-only", "Show it only to health professionals and students of a health profession."),
    patient("hide-face", "Do not show the face."),
    patient("no-copies", "Do not copy it or hand it on."),
    patient("ask-before-each-use", "Ask the patient again before each new use."),
    rule(
        OFFER_CHOICE,
        "Offer the patient, who now decides for themselves, the choice to vary or withdraw the consent.",
    ),
    rule(GET_WRITTEN, "Get the consent in writing before it goes to public media."),
    rule(SMALL_DETAILS, "Take particular care that no small detail can tell anyone who the patient is."),
    rule(REVIEW_ON_RECORD, "Keep a named person's assessment that the patient cannot be recognised on record."),
    rule(WHY_NO_CONSENT, "Record why it was not practicable to ask for consent."),
    rule(AS_AUTHORISED, "Use it only as the authority on record allows."),
    rule(DISPOSE, "Its retention date has passed: dispose of it as the records policy says."),
    rule(ASK_OWNER, "Ask whoever owns it or holds the copyright."),
];

/// The sentence for a word, where it is one of the closed vocabulary.
pub fn says(word: &str) -> Option<&'static str> {
    CONDITIONS.iter().find(|c| c.word == word).map(|c| c.says)
}

/// Whether a consent record may name this condition.
pub fn is_patients(word: &str) -> bool {
    CONDITIONS.iter().any(|c| c.by_patient && c.word == word)
}

/// Whether a text has the shape of a condition's word: lower-case letters, digits and single hyphens, at most 64.
pub fn has_shape(word: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    word.len() <= 64 && word.split('-').all(|part| !part.is_empty() && part.bytes().all(fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_is_a_word_of_its_own_with_a_sentence() {
        let mut words: Vec<_> = CONDITIONS.iter().map(|c| c.word).collect();
        assert!(words.iter().all(|w| has_shape(w)));
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), CONDITIONS.len());
        assert!(CONDITIONS.iter().all(|c| c.says.ends_with('.')));
        assert_eq!(CONDITIONS.iter().filter(|c| c.by_patient).count(), 8);
    }

    #[test]
    fn free_text_has_not_the_shape_of_a_condition() {
        for text in ["", "Ask Mrs Canary", "-", "a--b", "a-", "ask_first", &"a".repeat(65)] {
            assert!(!has_shape(text), "{text}");
        }
    }
}
