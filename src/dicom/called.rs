//! What an object calls its patient and those about them by: for those who look for it in the picture itself.
//!
//! DICOM PS3.3 C.7.1.1 (patient), C.7.2.1 (study), C.7.3.1 (series), C.7.5.1 (equipment).

use super::charset;
use super::value::trim;
use crate::cut::Source;
use crate::recording::Identifier;

/// Attributes of the outermost data set that a film is labelled with.
const LABELS: [(u32, &str); 20] = [
    (0x0010_0010, "Patient's Name"),
    (0x0010_0020, "Patient ID"),
    (0x0010_0030, "Patient's Birth Date"),
    (0x0010_1000, "Other Patient IDs"),
    (0x0010_1001, "Other Patient Names"),
    (0x0010_1005, "Patient's Birth Name"),
    (0x0010_1060, "Patient's Mother's Birth Name"),
    (0x0010_1040, "Patient's Address"),
    (0x0010_2154, "Patient's Telephone Numbers"),
    (0x0008_0050, "Accession Number"),
    (0x0020_0010, "Study ID"),
    (0x0008_0020, "Study Date"),
    (0x0008_0021, "Series Date"),
    (0x0008_0022, "Acquisition Date"),
    (0x0008_0023, "Content Date"),
    (0x0008_0080, "Institution Name"),
    (0x0008_0090, "Referring Physician's Name"),
    (0x0008_1050, "Performing Physician's Name"),
    (0x0008_1070, "Operators' Name"),
    (0x0038_0010, "Admission ID"),
];

/// Names, numbers and dates that an object states; none of what cannot be read as one.
pub fn called(source: &dyn Source) -> Vec<Identifier> {
    let Ok(object) = super::read(source) else { return Vec::new() };
    let charset = object.text(0x0008_0005).unwrap_or_default();
    let stated = LABELS.iter().filter_map(|(tag, _)| object.text(*tag));
    let texts: Vec<String> = stated.map(|bytes| charset::decode(trim(&bytes), &charset)).collect();
    let values = texts.iter().flat_map(|text| text.split(['\\', '=']));
    values
        .map(|value| value.trim_matches(['\0', ' ']))
        .filter(|value| !value.is_empty())
        .map(Identifier::from)
        .collect()
}
