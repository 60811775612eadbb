//! Who an object is of, what it is of and from when: read before cleaning, for codes, consent and the judge.
//!
//! DICOM PS3.3 C.7.1.1 (patient), C.7.3.1.1.1 (modality), C.12.1 (SOP common). Kinds after GMC paragraph 10.

use super::Object;
use super::consent::Effective;
use super::value::trim;
use super::{charset, consent, document, head, keep};
use crate::consent::{Consent, Date};
use crate::recording::terms::{ConsentStatus, Kind, MadeFor};
use crate::recording::{Head, Identifier};

/// What an object says of its patient and itself.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// (0010,0020) Patient ID.
    pub patient_id: Option<Identifier>,
    /// (0010,0021) Issuer of Patient ID.
    pub issuer: Option<Identifier>,
    /// (0010,0010) Patient's Name, all its groups.
    pub patient_name: Option<Identifier>,
    /// (0010,0030) Patient's Birth Date as `YYYY-MM-DD`, where it is a day and not one that stands for none.
    pub birth_date: Option<Identifier>,
    /// (0008,0018) SOP Instance UID.
    pub sop_instance_uid: Option<Identifier>,
    /// What the modality says it is of; none where that leaves it open.
    pub kind: Option<Kind>,
    /// Care, for the modalities of clinical examinations.
    pub made_for: Option<MadeFor>,
    /// The year of the study, acquisition or content. It may only prove 1997 or later: clocks of devices are wrong.
    pub year: Option<u16>,
    /// (0008,0060) Modality, if it is a defined term.
    pub modality: Option<String>,
    /// (0012,0083) Consent for Clinical Trial Use Sequence, as far as it amounts to a consent record.
    pub consent: Option<Consent>,
    /// For how long an ethics committee has approved of it.
    pub approval: Effective,
    /// (0008,1010) Station Name, for rules by device.
    pub station: Option<Identifier>,
    /// (0008,1090) Manufacturer's Model Name, for rules by device.
    pub model: Option<Identifier>,
    /// Whether a face may be rebuilt from it: a slice or volume of a head, or perhaps of one.
    pub head: Option<Head>,
    /// Whether it is a slice that a scanner has computed, by its class.
    pub slice: bool,
    /// Whether it was ever compressed with losses: what is written in it has lost its one value.
    pub lossy: bool,
    /// Whether by its class it is a clip of ultrasound, whose frames follow each other in time.
    pub cine: bool,
    /// Whether it may be the picture of a screen, whatever is on it: every object but photographs of a patient from outside.
    pub capture: bool,
    /// Whether by its class (0008,0016) it may hold any picture, whatever its modality says: a secondary capture, a photograph
    /// in visible light, or of a class that is not stated.
    pub any_picture: bool,
}

impl Identity {
    /// The consent that the object states, as it stands on a day: with the committee's approval a permission ends, and
    /// before it starts there is none. A refusal needs no approval.
    pub fn consent_on(&self, as_of: Date) -> Option<Consent> {
        let consent = self.consent.clone()?;
        if consent.status != ConsentStatus::Given {
            return Some(consent);
        }
        let started = self.approval.from.is_none_or(|from| !from.is_future(as_of));
        started.then(|| Consent { expires_on: self.approval.to.or(consent.expires_on), ..consent })
    }
}

/// How the classes of secondary captures (…1.1.7) and of visible light (…1.1.77) begin, and no others (PS3.4 B.5).
const ANY_PICTURE: &[u8] = b"1.2.840.10008.5.1.4.1.1.7";

/// The class of visible light photographs and, with it, that of their films (PS3.4 B.5).
const PHOTOGRAPH: &[u8] = b"1.2.840.10008.5.1.4.1.1.77.1.4";

/// Classes of ultrasound in many frames, of today and of before 1993, which are a sequence in time (PS3.3 A.7, PS3.4 B.5).
const CINE: [&[u8]; 2] = [b"1.2.840.10008.5.1.4.1.1.3.1", b"1.2.840.10008.5.1.4.1.1.3"];

/// Classes of slices that a scanner computes: CT, MR, PET and nuclear medicine, plain, enhanced and converted (PS3.4 B.5).
const SLICES: [&[u8]; 11] = [
    b"1.2.840.10008.5.1.4.1.1.2",
    b"1.2.840.10008.5.1.4.1.1.2.1",
    b"1.2.840.10008.5.1.4.1.1.2.2",
    b"1.2.840.10008.5.1.4.1.1.4",
    b"1.2.840.10008.5.1.4.1.1.4.1",
    b"1.2.840.10008.5.1.4.1.1.4.3",
    b"1.2.840.10008.5.1.4.1.1.4.4",
    b"1.2.840.10008.5.1.4.1.1.20",
    b"1.2.840.10008.5.1.4.1.1.128",
    b"1.2.840.10008.5.1.4.1.1.128.1",
    b"1.2.840.10008.5.1.4.1.1.130",
];

/// The kind that a modality tells (GMC para 10), where it tells one.
const KINDS: [(&str, Kind); 40] = [
    ("AU", Kind::Audio),
    ("BMD", Kind::XRay),
    ("BDUS", Kind::Ultrasound),
    ("CFM", Kind::InternalStructure),
    ("CR", Kind::XRay),
    ("CT", Kind::InternalStructure),
    ("DG", Kind::InternalStructure),
    ("DOC", Kind::Document),
    ("DX", Kind::XRay),
    ("ECG", Kind::OrganFunction),
    ("EEG", Kind::OrganFunction),
    ("EMG", Kind::OrganFunction),
    ("EOG", Kind::OrganFunction),
    ("EPS", Kind::OrganFunction),
    ("ES", Kind::Endoscopic),
    ("GM", Kind::PathologySlideImage),
    ("HD", Kind::OrganFunction),
    ("IO", Kind::XRay),
    ("IVOCT", Kind::InternalStructure),
    ("IVUS", Kind::Ultrasound),
    ("KO", Kind::Document),
    ("MG", Kind::XRay),
    ("MR", Kind::InternalStructure),
    ("NM", Kind::InternalStructure),
    ("OCT", Kind::InternalStructure),
    ("OP", Kind::Photograph),
    ("OPT", Kind::InternalStructure),
    ("PT", Kind::InternalStructure),
    ("PX", Kind::XRay),
    ("RESP", Kind::OrganFunction),
    ("RF", Kind::XRay),
    ("RG", Kind::XRay),
    ("SEG", Kind::InternalStructure),
    ("SM", Kind::PathologySlideImage),
    ("SR", Kind::Document),
    ("RTDOSE", Kind::InternalStructure),
    ("RTIMAGE", Kind::XRay),
    ("US", Kind::Ultrasound),
    ("XA", Kind::XRay),
    ("XC", Kind::Photograph),
];

/// Reads what an object says of its patient and itself.
pub(super) fn read(object: &Object<'_>) -> Identity {
    let charset = object.text(0x0008_0005).unwrap_or_default();
    let value = |tag| {
        let bytes = object.text(tag)?;
        let text = charset::decode(trim(&bytes), &charset).trim_matches(['\0', ' ']).to_owned();
        (!text.is_empty()).then(|| Identifier::from(text))
    };
    let modality = object.text(0x0008_0060).map(|m| trim(&m).to_vec()).filter(|m| keep::is_term(m));
    let modality = modality.and_then(|m| String::from_utf8(m).ok());
    let kind = modality.as_deref().and_then(|m| KINDS.iter().find(|(name, _)| *name == m)).map(|(_, kind)| *kind);
    // Whatever modality a document was filed under, a document it is.
    let kind = if document::is_replaced(&object.class) { Some(Kind::Document) } else { kind };
    let clinical = kind.is_some_and(Kind::is_para_10);
    Identity {
        patient_id: value(0x0010_0020),
        issuer: value(0x0010_0021),
        patient_name: value(0x0010_0010),
        birth_date: object.text(0x0010_0030).and_then(|date| birth_date(&date)),
        sop_instance_uid: value(0x0008_0018),
        kind,
        made_for: clinical.then_some(MadeFor::Care),
        year: [0x0008_0020, 0x0008_0022, 0x0008_002A, 0x0008_0023].into_iter().find_map(|tag| year(&object.text(tag)?)),
        modality,
        consent: consent::read(object),
        approval: consent::effective(object),
        station: value(0x0008_1010),
        model: value(0x0008_1090),
        head: head::find(object),
        slice: SLICES.contains(&object.class.as_slice()),
        lossy: is_lossy(object),
        cine: CINE.contains(&object.class.as_slice()),
        capture: !object.class.starts_with(PHOTOGRAPH) && object.text(0x0008_0060).is_none_or(|m| trim(&m) != b"XC"),
        any_picture: object.class.is_empty() || object.class.starts_with(ANY_PICTURE),
    }
}

/// (0028,2110) Lossy Image Compression, PS3.3 C.7.6.1.1.5: anything but 00, where it is stated.
fn is_lossy(object: &Object<'_>) -> bool {
    object.text(0x0028_2110).is_some_and(|value| trim(&value) != b"00")
}

/// What is written where nobody knew the day: whoever shares it shares nothing else.
const NO_BIRTH_DATE: &[&str] = &["1900-01-01", "1800-01-01", "1858-11-17", "9999-12-31"];

/// A day in the form of today or of ACR-NEMA; none where it is no day of the calendar, or stands for none.
fn birth_date(date: &[u8]) -> Option<Identifier> {
    let digits: String = String::from_utf8(trim(date).to_vec()).ok()?.replace('.', "");
    let all = digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit());
    let iso = all.then(|| format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]))?;
    (Date::iso(&iso).is_ok() && !NO_BIRTH_DATE.contains(&iso.as_str())).then(|| Identifier::from(iso))
}

/// The year of a date, in the form of today or of ACR-NEMA (`1997.07.01`); none where it cannot be one.
fn year(date: &[u8]) -> Option<u16> {
    let year = trim(date).get(..4)?;
    let year: u16 = std::str::from_utf8(year).ok().filter(|y| y.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    (1895..=2100).contains(&year).then_some(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_from_a_defined_modality() {
        let mut tried = 0;
        for (modality, _) in KINDS {
            assert!(keep::is_term(modality.as_bytes()), "{modality}");
            tried += 1;
        }
        assert_eq!(tried, 40);
    }

    #[test]
    fn a_birth_date_is_a_day_and_not_one_that_stands_for_none() {
        let read = |date: &[u8]| birth_date(date).map(|date| date.reveal_text());
        let mut tried = 0;
        for (date, expected) in [
            (&b"19500102"[..], Some("1950-01-02")),
            (b"1950.01.02", Some("1950-01-02")),
            (b"19500102 ", Some("1950-01-02")),
            (b"19000101", None),
            (b"19501301", None),
            (b"00000000", None),
            (b"1950", None),
            (b"", None),
            (b"UNKNOWN ", None),
        ] {
            assert_eq!(read(date).as_deref(), expected);
            tried += 1;
        }
        assert_eq!(tried, 9);
    }

    #[test]
    fn years_are_years() {
        assert_eq!(year(b"20040826"), Some(2004));
        assert_eq!(year(b" 1997.07.01"), Some(1997));
        assert_eq!(year(b"00010101"), None);
        assert_eq!(year(b"Jane"), None);
    }
}
