//! Whether an object is a slice or volume of a head, from which a face can be rebuilt.
//!
//! DICOM PS3.3 C.7.3.1.1.1 (Modality), PS3.16 Annex L (Body Part Examined); GMC paras 17 and 23. PS3.15 E.3.2 (Clean
//! Recognizable Visual Features Option) names such volumes.

use super::Object;
use super::value::trim;

/// Modalities of which many slices make a surface.
const MODALITIES: [&[u8]; 2] = [b"CT", b"MR"];

/// Body Part Examined, Study Description, Series Description, Protocol Name.
const SPOKEN: [u32; 4] = [0x0018_0015, 0x0008_1030, 0x0008_103E, 0x0018_1030];

/// Words of which any says that the head is in the picture: defined terms of PS3.16 Annex L, and what protocols are called.
const WORDS: [&str; 22] = [
    "BRAIN",
    "CEREBRUM",
    "CRANIAL",
    "CRANIUM",
    "EYE",
    "EYES",
    "FACE",
    "FACIAL",
    "HEAD",
    "HEADNECK",
    "IAC",
    "JAW",
    "MANDIBLE",
    "MAXILLA",
    "NEURO",
    "NOSE",
    "ORBIT",
    "ORBITS",
    "PITUITARY",
    "SINUS",
    "SINUSES",
    "SKULL",
];

/// Whether a face may be rebuilt from objects like this one.
pub(super) fn is_reconstructible(object: &Object<'_>) -> bool {
    let modality = object.text(0x0008_0060).unwrap_or_default();
    MODALITIES.contains(&trim(&modality)) && SPOKEN.iter().any(|tag| object.text(*tag).is_some_and(|text| names(&text)))
}

/// Whether one of the words stands in a text by itself.
fn names(text: &[u8]) -> bool {
    let words = text.split(|byte| !byte.is_ascii_alphabetic());
    words.into_iter().any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_named_by_a_word_of_its_own() {
        let heads = ["HEAD", "ct_brain_axial", "MRI Head w/o", "Skull  ", "T1 BRAIN"];
        let others = ["CHEST", "HEADER", "Surface", "HIP", "", "ahead", "Interface 3"];
        assert!(heads.iter().all(|text| names(text.as_bytes())));
        assert!(others.iter().all(|text| !names(text.as_bytes())));
        assert_eq!((heads.len(), others.len()), (5, 7));
    }
}
