//! Whether words that were read hold something that the patient is known by.
//!
//! Readers take O for 0 and l for 1, and a name in DICOM is written otherwise than on a film (PS3.5 6.2): so letters that look
//! alike count as one, and of names and dates the parts are compared.

use crate::recording::Identifier;

/// Parts shorter than this are no names: initials stand in every word.
const NAME: usize = 3;
/// Numbers shorter than this stand in every exposure.
const NUMBER: usize = 4;
/// The most parts that are looked for.
const MOST: usize = 2_000;
/// Parts of names that are no names.
const TITLES: [&str; 12] =
    ["DR", "PROF", "MRS", "MISS", "PHD", "MED", "DIPL", "HERR", "FRAU", "NONE", "UNKNOWN", "ANONYMOUS"];

/// What is looked for, with letters that look alike as one.
#[derive(Debug, Default)]
pub(super) struct Known(Vec<Identifier>);

impl Known {
    pub(super) fn of(identifiers: &[Identifier]) -> Self {
        let mut all: Vec<String> = Vec::new();
        for identifier in identifiers {
            let text = identifier.reveal_text();
            let whole = alike(&text);
            let digits = text.chars().filter(char::is_ascii_digit).count();
            if digits >= NUMBER && whole.len() >= NUMBER {
                all.extend(dates(&text));
                all.push(whole);
            }
            let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| {
                let title = TITLES.contains(&part.to_uppercase().as_str());
                let letters = part.chars().filter(|c| c.is_alphabetic()).count();
                !title && (letters >= NAME || part.chars().filter(char::is_ascii_digit).count() >= NUMBER)
            });
            all.extend(parts.map(alike));
            if all.len() > MOST {
                break;
            }
        }
        all.retain(|part| part.chars().count() >= NAME);
        all.sort_unstable();
        all.dedup();
        Self(all.into_iter().map(Identifier::from).collect())
    }

    /// Whether any of it stands in the words, alone or joined.
    pub(super) fn is_in<'w>(&self, words: impl Iterator<Item = &'w Identifier>) -> bool {
        let joined: String = words.map(|word| alike(&word.reveal_text())).collect();
        self.0.iter().any(|part| {
            let part = part.reveal_text();
            joined.contains(&part) || part.chars().count() >= 6 && nearly(&joined, &part)
        })
    }
}

/// Whether a part stands in a text with at most one letter read wrong.
fn nearly(text: &str, part: &str) -> bool {
    let (text, part): (Vec<char>, Vec<char>) = (text.chars().collect(), part.chars().collect());
    text.windows(part.len()).any(|here| here.iter().zip(&part).filter(|(a, b)| a != b).count() <= 1)
}

/// Letters and digits alone, capital, those that readers take for each other as one.
fn alike(text: &str) -> String {
    let one = |c: char| match c {
        'O' | 'Q' | 'D' => '0',
        'I' | 'L' | '|' => '1',
        'Z' => '2',
        'S' => '5',
        'G' => '6',
        'B' => '8',
        other => other,
    };
    text.chars().filter(|c| c.is_alphanumeric() || *c == '|').flat_map(char::to_uppercase).map(one).collect()
}

/// The ways in which a date of DICOM (`YYYYMMDD`, PS3.5 6.2) or of a register (`YYYY-MM-DD`) is written on a film.
fn dates(text: &str) -> Vec<String> {
    const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != 8 {
        return Vec::new();
    }
    let (year, month, day) = (&digits[..4], &digits[4..6], &digits[6..]);
    let Some(name) = month.parse::<usize>().ok().and_then(|m| MONTHS.get(m.checked_sub(1)?)) else {
        return Vec::new();
    };
    let short = &year[2..];
    let forms = [
        format!("{day}{month}{year}"),
        format!("{month}{day}{year}"),
        format!("{day}{month}{short}"),
        format!("{month}{day}{short}"),
        format!("{day}{name}{year}"),
        format!("{day}{name}{short}"),
        format!("{name}{day}{year}"),
    ];
    forms.iter().map(|form| alike(form)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_patient_is_known_by_is_recognised_however_it_is_written_and_nothing_else_is() {
        let identifiers = ["KANARIO^ZELDA^^DR", "77-0815-4", "19580307", "Ax"].map(Identifier::from);
        let known = Known::of(&identifiers);
        let cases: [(&[&str], bool); 14] = [
            (&["KANARIO"], true),
            (&["Kanario,", "Z."], true),
            (&["KANAR1O"], true),
            (&["KANARTO"], true),
            (&["xZELDAx"], true),
            (&["77O8154"], true),
            (&["77-0815-4"], true),
            (&["07.03.1958"], true),
            (&["7", "O3.58", "0703", "58"], true),
            (&["07-Mar-58"], true),
            (&["ERECT", "AP"], false),
            (&["80", "kV"], false),
            (&["DR", "Ax"], false),
            (&[], false),
        ];
        let mut tried = 0;
        for (words, expected) in cases {
            let words: Vec<Identifier> = words.iter().map(|word| Identifier::from(*word)).collect();
            assert_eq!(known.is_in(words.iter()), expected, "case {tried}");
            tried += 1;
        }
        assert_eq!(tried, 14);
        assert!(!format!("{known:?}").contains("KANAR"));
        assert!(!Known::default().is_in([Identifier::from("KANARIO")].iter()));
    }
}
