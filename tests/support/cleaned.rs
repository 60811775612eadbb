//! Cleans one DICOM object with chosen options, and shows it to the witness.
use scrubs::code::coder::{Coder, CodingSecret};
use scrubs::dicom::{Coding, read};
use scrubs::inspect::{Evidence, witness_object};
use scrubs::recording::{Deidentification, DicomOption, Format};

pub(crate) fn chosen(options: &[DicomOption]) -> Deidentification {
    Deidentification::new(options.iter().copied().collect(), Default::default())
}

/// The object as it is written for a patient.
pub(crate) fn clean(source: &Vec<u8>, how: &Deidentification) -> Vec<u8> {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"ID 17");
    let plan = read(source).unwrap().plan(&Coding { coder: &coder, patient: &patient, deidentification: how }).unwrap();
    let mut out = Vec::new();
    plan.comprehensive(source.len() as u64).unwrap().plan().cut.write_to(source, &mut out).unwrap();
    out
}

/// Whether the witness finds nothing in it.
pub(crate) fn is_cleared(source: &Vec<u8>, output: &Vec<u8>, how: &Deidentification) -> bool {
    witness_object(&Evidence { format: Format::Dicom, original: source, output, dropped: &[] }, how).is_ok()
}
