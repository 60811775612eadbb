//! One form for letters that can be written in two: as one character, or as a letter with its mark behind it.
//!
//! Unicode Standard Annex 15. Files that come from a Mac often have names in the second form (NFD), registers and profiles what
//! was typed (NFC). They look the same to everyone, so they must mean the same.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use std::borrow::Cow;

/// The text with letters and marks put together (NFC).
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    const { ComposingNormalizerBorrowed::new_nfc() }.normalize(text)
}

/// The text with letters and marks apart (NFD).
pub fn apart(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    const { DecomposingNormalizerBorrowed::new_nfd() }.normalize(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_with_their_marks_are_one_in_either_form() {
        let mut tried = 0;
        for (one, two) in
            [("J\u{f3}s", "Jo\u{301}s"), ("\u{c5}", "A\u{30a}"), ("\u{1e69}", "s\u{307}\u{323}"), ("a", "a")]
        {
            assert_eq!((composed(two), apart(one)), (one.into(), apart(two)));
            tried += 1;
        }
        assert_eq!(tried, 4);
    }
}
