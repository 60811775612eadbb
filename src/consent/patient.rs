//! A patient as sources name them: issuer and number, normalised as codes see them.

use crate::code::coder::normalise_patient_id;
use crate::recording::Identifier;

/// A patient's number and who issued it. Prints nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Patient {
    issuer: Identifier,
    id: Identifier,
}

impl Patient {
    /// Normalises both (spaces and case); none where the number is blank. An unknown issuer is an empty text.
    pub fn new(issuer: &str, id: &str) -> Option<Self> {
        let (issuer, id) = (normalise_patient_id(issuer), normalise_patient_id(id));
        (!id.is_empty()).then(|| Self { issuer: issuer.into(), id: id.into() })
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
}
