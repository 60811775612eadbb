//! What takes the place of an encapsulated document: one of the same kind that says it was removed.
//!
//! DICOM PS3.15 E.1.1 (encapsulated documents are replaced, not kept), PS3.3 C.24.2 (Encapsulated Document Module);
//! ISO 32000-1 7.5 (PDF); HL7 CDA R2, whose header says that its contents are masked.

use super::clean::Addition;
use super::vr::Vr;

/// Classes whose documents have an honest replacement, behind the root: MIME type and document. A surface, a shape or its
/// material has none: any that we made would be a false one.
const KNOWN: [(&[u8], &str, &[u8]); 2] = [
    (b"1.2.840.10008.5.1.4.1.1.104.1", "application/pdf", include_bytes!("document.pdf")),
    (b"1.2.840.10008.5.1.4.1.1.104.2", "text/XML", include_bytes!("document.xml")),
];

/// Whether documents of objects of this class can be replaced.
pub(super) fn is_replaced(class: &[u8]) -> bool {
    KNOWN.iter().any(|(known, ..)| *known == class)
}

/// The attributes of the replacement: no title, the document, its MIME type and length. None for other classes.
pub(super) fn replacement(class: &[u8]) -> Vec<Addition> {
    let Some((_, mime, document)) = KNOWN.iter().find(|(known, ..)| *known == class) else { return Vec::new() };
    let length = u32::try_from(document.len()).unwrap_or_default();
    vec![
        Addition::Value(0x0042_0010, Vr(*b"ST"), Vec::new()),
        Addition::Value(0x0042_0011, Vr::OB, document.to_vec()),
        Addition::Value(0x0042_0012, Vr::LO, mime.as_bytes().to_vec()),
        Addition::Length(0x0042_0015, length),
    ]
}
