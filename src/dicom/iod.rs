//! Families of IODs, as far as the Types of their attributes go: whose columns of `resolve.tsv` hold for an object.
//!
//! DICOM PS3.3 A (IODs by module), PS3.4 B.5 (SOP classes); PS3.15 Table E.1-1a (compound actions follow the Type).

/// A family of IODs; in the order of the columns of `resolve.tsv`, where the last two share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Iod {
    /// Single-frame images with lenient Types: CR, CT, MR, US, NM, SC, XA, RF, VL photographs (A.2–A.8, A.14, A.16,
    /// A.32.4); and objects that do not say what they are.
    Classic,
    /// Digital radiographs, mammograms and intra-oral pictures (A.26–A.28).
    Radiograph,
    /// PET images (A.21).
    Pet,
    /// Other images of the General Image Module: secondary captures of many frames, endoscopy, microscopy, video (A.8,
    /// A.32).
    General,
    /// Radiotherapy objects of the first generation (A.17–A.20, A.29–A.31, A.49, A.50).
    Radiotherapy,
    /// Structured reports and key object selections (A.35).
    Report,
    /// Enhanced images that PS3.3 declares free of burned-in annotation: the attribute must be there and can say nothing
    /// else.
    Unmarked,
    /// All others: enhanced and segmented, waveforms, presentation states, second-generation radiotherapy.
    Strict,
}

/// How many columns `resolve.tsv` has.
pub(super) const COLUMNS: usize = 7;

impl Iod {
    /// The column whose actions hold.
    pub(super) fn column(self) -> usize {
        (self as usize).min(COLUMNS - 1)
    }

    /// Whether Burned In Annotation must be stated (PS3.3 C.8.11.3, C.8.6.3 and others), or may be.
    pub(super) fn states_burned_in(self) -> bool {
        !matches!(self, Iod::Classic | Iod::Unmarked)
    }

    /// The family of a SOP class.
    pub(super) fn of(class: &[u8]) -> Self {
        const ROOT: &[u8] = b"1.2.840.10008.5.1.4.1.1.";
        if class.is_empty() {
            return Iod::Classic;
        }
        let Some(rest) = class.strip_prefix(ROOT).and_then(|rest| std::str::from_utf8(rest).ok()) else {
            return Iod::Strict;
        };
        match rest {
            "1" | "2" | "3.1" | "4" | "6.1" | "7" | "12.1" | "12.2" | "20" | "77.1.4" => Iod::Classic,
            "2.1" | "2.2" | "4.1" | "4.2" | "4.3" | "4.4" | "128.1" | "130" => Iod::Unmarked,
            "128" => Iod::Pet,
            "77.1.1" | "77.1.1.1" | "77.1.2" | "77.1.2.1" | "77.1.3" | "77.1.4.1" => Iod::General,
            _ if rest.starts_with("1.") => Iod::Radiograph,
            _ if rest.starts_with("7.") => Iod::General,
            _ if rest.starts_with("88.") => Iod::Report,
            _ if rest.len() == 5 && rest.starts_with("481.") => Iod::Radiotherapy,
            _ => Iod::Strict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_of_the_family_of_their_types() {
        let cases = [
            ("", Iod::Classic),
            ("1.2.840.10008.5.1.4.1.1.4", Iod::Classic),
            ("1.2.840.10008.5.1.4.1.1.1.2.1", Iod::Radiograph),
            ("1.2.840.10008.5.1.4.1.1.13.1.3", Iod::Strict),
            ("1.2.840.10008.5.1.4.1.1.128", Iod::Pet),
            ("1.2.840.10008.5.1.4.1.1.128.1", Iod::Unmarked),
            ("1.2.840.10008.5.1.4.1.1.7.4", Iod::General),
            ("1.2.840.10008.5.1.4.1.1.77.1.6", Iod::Strict),
            ("1.2.840.10008.5.1.4.1.1.481.5", Iod::Radiotherapy),
            ("1.2.840.10008.5.1.4.1.1.481.10", Iod::Strict),
            ("1.2.840.10008.5.1.4.1.1.88.59", Iod::Report),
            ("1.2.999.1", Iod::Strict),
        ];
        let mut tried = 0;
        for (class, family) in cases {
            assert_eq!(Iod::of(class.as_bytes()), family, "{class}");
            tried += 1;
        }
        assert_eq!(tried, 12);
        assert_eq!((Iod::Classic.column(), Iod::Report.column()), (0, 5));
        assert_eq!((Iod::Unmarked.column(), Iod::Strict.column()), (6, 6));
    }
}
