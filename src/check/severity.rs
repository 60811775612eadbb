//! How grave each finding is before publication, one row for each code.
//!
//! GMC, *Making and using visual and audio recordings of patients*, paras 12, 17 and 36: what names or shows the patient weighs
//! most, then what leads to the patient with other knowledge, then what is merely about the file.

use crate::finding::Code;
use serde::Serialize;

/// How grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// About the file, not the patient.
    Low,
    /// May lead to the patient together with other knowledge: dates, devices, numbers.
    Medium,
    /// May name or show the patient, or say where they live.
    High,
}

impl Severity {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
        }
    }

    /// The severity of a kind of finding.
    pub fn of(code: Code) -> Self {
        match code {
            Code::ExifGps
            | Code::ExifPerson
            | Code::ExifText
            | Code::Thumbnail
            | Code::Preview
            | Code::Xmp
            | Code::Iptc
            | Code::Comment
            | Code::Text
            | Code::MultiPicture
            | Code::Trailer
            | Code::EmbeddedVideo
            | Code::Reconstruction
            | Code::DicomName
            | Code::DicomId
            | Code::DicomText
            | Code::DicomDate
            | Code::DicomPrivate
            | Code::DicomOverlay
            | Code::DicomUnlisted
            | Code::DicomSequence
            | Code::BurnedInText
            | Code::Face
            | Code::SlideLabel
            | Code::CroppedPicture
            | Code::UnusedPicture
            | Code::DocumentNote
            | Code::Residue
            | Code::SameContent => Severity::High,
            Code::ExifOther
            | Code::ExifOrientation
            | Code::IccDescription
            | Code::IccDropped
            | Code::DicomHeader
            | Code::DicomPadding
            | Code::GainMap
            | Code::PixelsUnchecked
            | Code::VoiceUnchecked
            | Code::Truncated => Severity::Low,
            _ => Severity::Medium,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_the_patient_is_graver_than_what_is_about_the_file() {
        assert!(Severity::of(Code::DicomName) > Severity::of(Code::ExifDate));
        assert!(Severity::of(Code::ExifDate) > Severity::of(Code::IccDescription));
        let levels: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| Severity::of(*code)).collect();
        assert_eq!(levels.len(), 3);
    }
}
