//! A patient as sources name them: issuer and number, normalised as codes see them.

use crate::code::coder::normalise_patient_id;
use crate::recording::Identifier;

/// A patient's number and who issued it. Prints nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Patient {
    issuer: Identifier,
    id: Identifier,
}

/// What is written where a number is not known, in capitals and without spaces and signs. Whoever shares it shares nothing else.
const PLACEHOLDERS: &[&str] = &[
    "ANON",
    "ANONYM",
    "ANONYME",
    "ANONYMISED",
    "ANONYMIZED",
    "ANONYMOUS",
    "DEFAULT",
    "DOE",
    "EMERGENCY",
    "INCONNU",
    "JANEDOE",
    "JOHNDOE",
    "MISC",
    "MISSING",
    "NA",
    "NAN",
    "NIL",
    "NOID",
    "NONAME",
    "NONE",
    "NOTAVAILABLE",
    "NOTKNOWN",
    "NULL",
    "PATIENT",
    "PATIENTID",
    "TBA",
    "TBC",
    "TBD",
    "TEST",
    "TESTPATIENT",
    "TRAUMA",
    "UNBEKANNT",
    "UNDEFINED",
    "UNIDENTIFIED",
    "UNK",
    "UNKNOWN",
    "UNKNOWNPATIENT",
    "UNNAMED",
];

/// Whether a number stands for none: nothing but signs, noughts, a row of nines or of the letter X, or a word that says so. Two
/// patients of whom nobody knew the number are not one patient.
fn is_placeholder(id: &str) -> bool {
    let bare: String = id.chars().filter(|c| c.is_alphanumeric()).collect();
    let all = |of: char, least: usize| bare.len() >= least && bare.chars().all(|c| c == of);
    bare.is_empty() || all('0', 1) || all('9', 5) || all('X', 2) || PLACEHOLDERS.contains(&bare.as_str())
}

impl Patient {
    /// Normalises both (spaces and case); none where the number is blank, or stands for one that nobody knew (`UNKNOWN`, `0`).
    /// An unknown issuer is an empty text.
    pub fn new(issuer: &str, id: &str) -> Option<Self> {
        let (issuer, id) = (normalise_patient_id(issuer), normalise_patient_id(id));
        (!is_placeholder(&id)).then(|| Self { issuer: issuer.into(), id: id.into() })
    }

    /// The issuer, empty where unknown.
    pub fn issuer(&self) -> &Identifier {
        &self.issuer
    }

    /// The number.
    pub fn id(&self) -> &Identifier {
        &self.id
    }

    /// Whether the issuer is known.
    pub fn has_issuer(&self) -> bool {
        !self.issuer.is_blank()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spacing_and_case_do_not_make_another_patient() {
        assert_eq!(Patient::new("", " ab  12 "), Patient::new(" ", "AB 12"));
        assert_eq!(Patient::new("NHS", " \0"), None);
    }

    #[test]
    fn a_number_that_nobody_knew_makes_no_patient() {
        let none =
            ["Unknown", " n/a", "-", "0", "000 000 0000", "xxxxxx", "99999", "ANONYMOUS", "no id", "Unknown^Patient"];
        for id in none {
            assert_eq!(Patient::new("", id), None, "{id}");
        }
        let some = ["1", "11", "999", "X1", "A0", "P-000", "Anonymous 12", "TEST01", "1000000"];
        for id in some {
            assert!(Patient::new("", id).is_some(), "{id}");
        }
        assert_eq!((none.len(), some.len()), (10, 9));
    }
}
