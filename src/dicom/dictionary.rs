//! What the data dictionary (DICOM PS3.6) says of a tag.

use super::vr::Vr;
use dicom_core::Tag;
use dicom_core::VR;
use dicom_core::dictionary::{DataDictionary, VirtualVr};
use dicom_dictionary_std::StandardDataDictionary;

/// The value representation that the dictionary gives a tag; none for one it does not know.
pub(super) fn vr(tag: u32) -> Option<Vr> {
    let entry = StandardDataDictionary.by_tag(Tag((tag >> 16) as u16, tag as u16))?;
    Some(match entry.vr {
        VirtualVr::Exact(VR::UN) => return None,
        VirtualVr::Exact(vr) => {
            let letters = vr.to_string().as_bytes();
            Vr([letters[0], letters[1]])
        }
        VirtualVr::Xs => Vr(*b"US"),
        _ => Vr(*b"OW"),
    })
}

/// Whether a value representation found in a file is one that the dictionary's allows for the tag.
pub(super) fn agrees(found: Vr, listed: Vr) -> bool {
    const SMALL: [&[u8; 2]; 3] = [b"US", b"SS", b"OW"];
    const BULK: [&[u8; 2]; 2] = [b"OB", b"OW"];
    found == listed
        || SMALL.contains(&&found.0) && SMALL.contains(&&listed.0)
        || BULK.contains(&&found.0) && BULK.contains(&&listed.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_knows_its_tags() {
        assert_eq!(vr(0x0010_0010), Some(Vr(*b"PN")));
        assert_eq!(vr(0x0028_0106), Some(Vr(*b"US")));
        assert_eq!(vr(0x0008_1111), Some(Vr::SQ));
        assert_eq!(vr(0x4444_0010), None);
        assert!(agrees(Vr(*b"SS"), Vr(*b"US")) && !agrees(Vr::LO, Vr(*b"US")));
    }
}
