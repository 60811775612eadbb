//! Modalities whose grey pictures show no face as a photograph does: slices through the body, and projections through it.
//!
//! DICOM PS3.3 C.7.3.1.1.1 (defined terms of Modality). A single slice or a projection shows a skull or a contour in it, by which
//! nobody is recognised at sight; that a face can be rebuilt from slices of a head together is a fact of its own, which the
//! object's header tells (`dicom::Identity::head`). The detector of faces was trained on photographs, flagged none of 422 X-rays,
//! and takes most of the time that a slice takes. Of colour pictures a modality says nothing here: a photograph that was stored
//! under a wrong one must be looked at.

/// Computed and digital radiography, mammography, panoramic and intra-oral X-rays, fluoroscopy and angiography, densitometry;
/// and computed tomography, magnetic resonance, nuclear medicine, positron emission, ultrasound (also within vessels), optical
/// coherence tomography of the eye and within vessels, and what was planned on or segmented in slices.
const FACELESS: [&str; 22] = [
    "BDUS", "BMD", "CR", "CT", "DX", "IO", "IVOCT", "IVUS", "MG", "MR", "NM", "OCT", "OPT", "PT", "PX", "RF", "RG",
    "RTDOSE", "RTIMAGE", "SEG", "US", "XA",
];

/// Whether grey pictures of a modality have no faces. Of an unknown one that is not known.
pub(super) fn is_faceless(modality: Option<&str>) -> bool {
    modality.is_some_and(|modality| FACELESS.contains(&modality))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_and_projections_have_no_faces_and_photographs_and_captures_may() {
        let faceless = ["CT", "MR", "CR", "DX", "PT", "NM", "US", "MG"].map(|modality| is_faceless(Some(modality)));
        assert_eq!(faceless, [true; 8]);
        let others =
            [Some("XC"), Some("OT"), Some("SC"), Some("ES"), Some("GM"), Some("OP"), Some("DG"), Some(""), None];
        assert_eq!(others.map(is_faceless), [false; 9]);
        assert!(FACELESS.is_sorted());
    }
}
