//! One line of a key file: a JSON object that says to whom and to which source a code belongs.
//!
//! RFC 8259. Bytes that are not UTF-8 (Linux file names may hold any) stand beside their readable text as hexadecimal
//! digits in `<field>_bytes`, so that nothing is lost.

use super::KeyEntry;
use crate::code::{PatientCode, RecordingCode};
use crate::recording::Identifier;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A line to be sealed. Reading forgives unknown fields, so that later versions may add some.
pub(super) struct Sealed<'a> {
    pub(super) entry: &'a KeyEntry,
    pub(super) run: &'a str,
}

impl Serialize for Sealed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        contract_fields(&mut map, self.entry, self.run)?;
        optional_fields(&mut map, self.entry)?;
        field(&mut map, "consent", "consent_bytes", self.entry.consent.as_ref())?;
        map.end()
    }
}

/// `code`, `patient`, `patient_id`, `source`, `run`: always there.
pub(super) fn contract_fields<M: SerializeMap>(map: &mut M, entry: &KeyEntry, run: &str) -> Result<(), M::Error> {
    map.serialize_entry("code", &entry.code)?;
    map.serialize_entry("patient", &entry.patient)?;
    if entry.patient_id.is_none() {
        map.serialize_entry("patient_id", &None::<&str>)?;
    }
    field(map, "patient_id", "patient_id_bytes", entry.patient_id.as_ref())?;
    field(map, "source", "source_bytes", Some(&entry.source))?;
    map.serialize_entry("run", run)
}

/// `issuer` and `patient_name`: only where they are known.
pub(super) fn optional_fields<M: SerializeMap>(map: &mut M, entry: &KeyEntry) -> Result<(), M::Error> {
    field(map, "issuer", "issuer_bytes", entry.issuer.as_ref())?;
    field(map, "patient_name", "patient_name_bytes", entry.patient_name.as_ref())
}

fn field<M: SerializeMap>(
    map: &mut M,
    name: &'static str,
    bytes_name: &'static str,
    value: Option<&Identifier>,
) -> Result<(), M::Error> {
    let Some(bytes) = value.map(Identifier::reveal) else { return Ok(()) };
    if let Ok(text) = std::str::from_utf8(bytes) {
        return map.serialize_entry(name, text);
    }
    map.serialize_entry(name, &*Zeroizing::new(String::from_utf8_lossy(bytes).into_owned()))?;
    map.serialize_entry(bytes_name, &*to_hex(bytes))
}

/// A length that no line of this entry exceeds: JSON makes at most six bytes of one, hexadecimal two.
pub(super) fn longest(entry: &KeyEntry, run: &str) -> usize {
    let values = [&entry.patient_id, &entry.issuer, &entry.patient_name, &entry.consent];
    let bytes = values.into_iter().flatten().chain([&entry.source]).map(|v| v.reveal().len());
    bytes.fold(512usize.saturating_add(run.len()), |sum, length| sum.saturating_add(length.saturating_mul(8)))
}

/// What a line says, as it is read; every value goes into an [`Identifier`] at once.
#[derive(Deserialize)]
struct Line {
    code: String,
    patient: String,
    patient_id: Option<Text>,
    patient_id_bytes: Option<Text>,
    issuer: Option<Text>,
    issuer_bytes: Option<Text>,
    patient_name: Option<Text>,
    patient_name_bytes: Option<Text>,
    source: Text,
    source_bytes: Option<Text>,
    consent: Option<Text>,
    consent_bytes: Option<Text>,
    run: String,
}

#[derive(Deserialize)]
#[serde(from = "String")]
struct Text(Identifier);

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text(text.into())
    }
}

/// The entry and the run of a line; none when scrubs did not write it.
pub(super) fn read(line: &[u8]) -> Option<(KeyEntry, String)> {
    let line: Line = serde_json::from_slice(line).ok()?;
    let entry = KeyEntry {
        code: RecordingCode::parse(&line.code)?,
        patient: PatientCode::parse(&line.patient)?,
        patient_id: value(line.patient_id, line.patient_id_bytes)?,
        issuer: value(line.issuer, line.issuer_bytes)?,
        patient_name: value(line.patient_name, line.patient_name_bytes)?,
        source: value(Some(line.source), line.source_bytes)??,
        consent: value(line.consent, line.consent_bytes)?,
    };
    Some((entry, line.run))
}

/// The bytes where there are some, else the text; the outer none when the digits are wrong.
fn value(text: Option<Text>, digits: Option<Text>) -> Option<Option<Identifier>> {
    match digits {
        Some(digits) => from_hex(digits.0.reveal()).map(Some),
        None => Some(text.map(|t| t.0)),
    }
}

fn to_hex(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().saturating_mul(2)));
    for digit in bytes.iter().flat_map(|b| [b >> 4, b & 15]) {
        text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
    }
    text
}

fn from_hex(digits: &[u8]) -> Option<Identifier> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes.map(Identifier::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::coder::{Coder, CodingSecret, Instance};
    use proptest::prelude::*;

    fn entry(values: [Option<Vec<u8>>; 4], source: Vec<u8>) -> KeyEntry {
        let coder = Coder::new(&CodingSecret::new([7; 32]));
        let patient = coder.patient(b"", b"1");
        let [patient_id, issuer, patient_name, consent] = values.map(|v| v.map(Identifier::new));
        KeyEntry {
            code: coder.recording(&patient, Instance::Content(&[1; 32])),
            patient,
            patient_id,
            issuer,
            patient_name,
            source: Identifier::new(source),
            consent,
        }
    }

    proptest! {
        #[test]
        fn every_entry_reads_back_byte_for_byte(
            id: Option<Vec<u8>>, issuer: Option<String>, name: Option<Vec<u8>>, consent: Option<String>, source: Vec<u8>
        ) {
            let entry = entry([id, issuer.map(String::into_bytes), name, consent.map(String::into_bytes)], source);
            let line = serde_json::to_vec(&Sealed { entry: &entry, run: "r1" }).unwrap();
            prop_assert!(line.len() <= longest(&entry, "r1") && !line.contains(&b'\n'));
            prop_assert_eq!(read(&line), Some((entry, "r1".to_owned())));
        }

        #[test]
        fn no_bytes_make_it_panic(line: Vec<u8>, digits: Vec<u8>) {
            let _ = (read(&line), from_hex(&digits));
        }
    }

    #[test]
    fn a_readable_value_has_no_digits_beside_it() {
        let text = |source: &[u8]| {
            let entry = entry([None, None, None, None], source.to_vec());
            String::from_utf8(serde_json::to_vec(&Sealed { entry: &entry, run: "r" }).unwrap()).unwrap()
        };
        assert!(!text("/照片/山田.jpg".as_bytes()).contains("_bytes"));
        assert!(
            text(b"/x/\xff").contains(r#""source":"/x/"#) && text(b"/x/\xff").contains(r#""source_bytes":"2f782fff""#)
        );
        assert!(text(b"/x").contains(r#""patient_id":null"#));
    }

    #[test]
    fn lines_of_others_are_not_understood() {
        let mut tried = 0;
        for line in ["", "{}", "[]", r#"{"code":"P-1","patient":"P-1","source":"x","run":"r"}"#, "null", "{\"code\":1}"]
        {
            assert!(read(line.as_bytes()).is_none());
            tried += 1;
        }
        assert_eq!(tried, 6);
    }
}
