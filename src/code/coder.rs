//! Codes computed from the coding secret: no counter, no order, no shared state.
//!
//! One HKDF-SHA-256 (RFC 5869) sub-key per use; HMAC-SHA-256 (RFC 2104) over length-prefixed fields; Crockford base32.
//! DICOM UIDs are `2.25.` and a 128-bit number (PS3.5 B.2).

use crate::recording::letters::composed;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The alphabet of Crockford's base32: no I, L, O, U.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A patient's code: `P-` and 12 characters (60 bits).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PatientCode(String);

impl PatientCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PatientCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A recording's code: the patient's code, a hyphen and 8 characters (40 bits).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordingCode(String);

impl RecordingCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The patient's part of it.
    pub fn patient(&self) -> PatientCode {
        PatientCode(self.0.get(..14).unwrap_or_default().to_owned())
    }

    /// Reads a code that a user typed: case and the look-alikes of Crockford's alphabet are forgiven.
    pub fn parse(text: &str) -> Option<Self> {
        let code = normalise(text)?;
        let (patient, own) = code.get(2..)?.split_once('-')?;
        (patient.len() == 12 && own.len() == 8).then_some(RecordingCode(code))
    }
}

impl PatientCode {
    /// Reads a code that a user typed: case and the look-alikes of Crockford's alphabet are forgiven.
    pub fn parse(text: &str) -> Option<Self> {
        let code = normalise(text)?;
        (code.len() == 14).then_some(PatientCode(code))
    }
}

fn normalise(text: &str) -> Option<String> {
    let rest = text.trim().strip_prefix(['P', 'p'])?.strip_prefix('-')?;
    let mut code = String::from("P-");
    for c in rest.chars() {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        if c != '-' && !CROCKFORD.contains(&u8::try_from(c).ok()?) {
            return None;
        }
        code.push(c);
    }
    Some(code)
}

impl fmt::Display for RecordingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 32 random bytes from which every sub-key is drawn. Wiped on drop, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct CodingSecret([u8; 32]);

impl CodingSecret {
    /// Wraps 32 bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the one place that stores them.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for CodingSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodingSecret(‹secret›)")
    }
}

/// A sub-key for one use.
#[derive(Clone)]
struct SubKey(Hmac<Sha256>);

impl SubKey {
    fn derive(secret: &CodingSecret, use_: &str, release: Option<&[u8]>) -> Self {
        let mut info = Vec::from(&b"scrubs v1 "[..]);
        info.extend_from_slice(use_.as_bytes());
        if let Some(release) = release {
            info.push(0);
            info.extend_from_slice(release);
        }
        let mut key = Zeroizing::new([0u8; 32]);
        let expanded = Hkdf::<Sha256>::new(None, &secret.0).expand(&info, &mut *key);
        debug_assert!(expanded.is_ok(), "32 bytes is a length HKDF-SHA-256 gives");
        SubKey(keyed(&*key))
    }

    /// HMAC over fields, each led by its length as eight bytes, so that no two lists of fields give the same input.
    fn mac(&self, fields: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for field in fields {
            mac.update(&(field.len() as u64).to_be_bytes());
            mac.update(field);
        }
        mac.finalize().into_bytes().into()
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of every length (RFC 2104)"),
    }
}

/// Computes codes. Cheap to clone and safe to share between workers; `Debug` shows nothing of the keys.
#[derive(Clone)]
pub struct Coder {
    patient: SubKey,
    recording: SubKey,
    uid: SubKey,
    date: SubKey,
    ledger: SubKey,
    shard: SubKey,
}

impl fmt::Debug for Coder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Coder(‹secret›)")
    }
}

impl Coder {
    /// Sub-keys of the coding secret, the same for every release.
    pub fn new(secret: &CodingSecret) -> Self {
        Self::derive(secret, None)
    }

    /// Sub-keys of one release, so that two releases cannot be linked to each other (publication, public media).
    /// The ledger's and the shards' sub-keys stay the custody's own.
    pub fn for_release(secret: &CodingSecret, release: &[u8]) -> Self {
        Self::derive(secret, Some(release))
    }

    /// Sub-keys of a secret that one release has of its own and that is erased when it is complete, so that nobody can
    /// ever compute its codes again. The ledger's and the shards' sub-keys stay the custody's own.
    pub fn forgetting(secret: &CodingSecret, own: &CodingSecret, release: &[u8]) -> Self {
        let custody = Self::new(secret);
        Self { ledger: custody.ledger.clone(), shard: custody.shard.clone(), ..Self::derive(own, Some(release)) }
    }

    fn derive(secret: &CodingSecret, release: Option<&[u8]>) -> Self {
        Self {
            patient: SubKey::derive(secret, "patient", release),
            recording: SubKey::derive(secret, "recording", release),
            uid: SubKey::derive(secret, "uid", release),
            date: SubKey::derive(secret, "date", release),
            ledger: SubKey::derive(secret, "ledger", None),
            shard: SubKey::derive(secret, "shard", None),
        }
    }

    /// The code of the patient with this issuer and normalised id (see [`normalise_patient_id`]).
    pub fn patient(&self, issuer: &[u8], id: &[u8]) -> PatientCode {
        PatientCode(format!("P-{}", crockford(&self.patient.mac(&[b"id", issuer, id]), 12)))
    }

    /// What stands for every patient who has this normalised id, whoever issued it: of the form of a patient's code, and nobody's.
    pub fn number(&self, id: &[u8]) -> PatientCode {
        PatientCode(format!("P-{}", crockford(&self.patient.mac(&[b"number", id]), 12)))
    }

    /// The code of a recording that nothing ties to a patient: it is its own patient.
    pub fn own_patient(&self, content_digest: &[u8; 32]) -> PatientCode {
        PatientCode(format!("P-{}", crockford(&self.patient.mac(&[b"content", content_digest]), 12)))
    }

    /// The code of a recording, from what makes it the one it is (a SOP Instance UID, or the digest of its content).
    pub fn recording(&self, patient: &PatientCode, instance: Instance<'_>) -> RecordingCode {
        let mac = match instance {
            Instance::SopInstanceUid(uid) => self.recording.mac(&[b"uid", patient.0.as_bytes(), uid]),
            Instance::Content(digest) => self.recording.mac(&[b"content", patient.0.as_bytes(), digest]),
            Instance::Both(uid, digest) => self.recording.mac(&[b"both", patient.0.as_bytes(), uid, digest]),
        };
        RecordingCode(format!("{patient}-{}", crockford(&mac, 8)))
    }

    /// The UID that stands for `original` everywhere: `2.25.` and a 128-bit number, at most 44 characters.
    ///
    /// Drawn until no time of day and no date can be read among its digits: else one UID in three would hold by chance
    /// some six digits that are a time, and whoever searches an output for the times of its source would find them.
    pub fn uid(&self, original: &[u8]) -> String {
        let mut uid = String::new();
        for draw in 0..MOST_DRAWS {
            let mac = self.uid.mac(&[original, &draw.to_be_bytes()]);
            for half in mac.chunks_exact(16) {
                let number = half.iter().fold(0u128, |number, byte| number << 8 | u128::from(*byte));
                uid = format!("2.25.{number}");
                if !reads_as_time(&uid.as_bytes()[5..]) {
                    return uid;
                }
            }
        }
        uid
    }

    /// How many whole weeks a patient's dates move back: 1 to 1,560 (thirty years), the same for all their recordings.
    pub fn weeks(&self, patient: &PatientCode) -> u32 {
        let mac = self.date.mac(&[patient.0.as_bytes()]);
        let mut number = [0u8; 8];
        number.copy_from_slice(&mac[..8]);
        (u64::from_be_bytes(number) % 1560) as u32 + 1
    }

    /// A keyed digest for the ledger: the same for the same fields, and useless to whoever lacks the secret.
    pub fn ledger_digest(&self, use_: &str, fields: &[&[u8]]) -> [u8; 32] {
        let mut all: Vec<&[u8]> = vec![use_.as_bytes()];
        all.extend_from_slice(fields);
        self.ledger.mac(&all)
    }

    /// Which of `count` shards a recording belongs to, from 0.
    pub fn shard(&self, field: &[u8], count: u32) -> u32 {
        let mac = self.shard.mac(&[field]);
        let mut number = [0u8; 8];
        number.copy_from_slice(&mac[..8]);
        (u64::from_be_bytes(number) % u64::from(count.max(1))) as u32
    }
}

/// How often a UID is drawn at the most. One half-draw in twenty is free of times, so the last is as good as never come to.
const MOST_DRAWS: u32 = 1024;

/// Whether some digits in a row are a time of day (HHMMSS) or a date from 1900 to 2099 (YYYYMMDD).
fn reads_as_time(digits: &[u8]) -> bool {
    let pair = |at: usize| u32::from(digits[at] - b'0') * 10 + u32::from(digits[at + 1] - b'0');
    let time = |at: usize| pair(at) < 24 && pair(at + 2) < 60 && pair(at + 4) < 60;
    let date =
        |at: usize| matches!(pair(at), 19 | 20) && (1..=12).contains(&pair(at + 4)) && (1..=31).contains(&pair(at + 6));
    (0..digits.len().saturating_sub(5)).any(time) || (0..digits.len().saturating_sub(7)).any(date)
}

/// What makes a recording the one it is.
#[derive(Debug, Clone, Copy)]
pub enum Instance<'a> {
    /// Its SOP Instance UID (DICOM).
    SopInstanceUid(&'a [u8]),
    /// The digest of its content.
    Content(&'a [u8; 32]),
    /// Both, for an object whose SOP Instance UID another, different object bears too.
    Both(&'a [u8], &'a [u8; 32]),
}

/// A patient id as codes see it: outer spaces and NULs cut, inner runs of spaces made one, what cannot be seen left out,
/// letters upper case and in one form (NFC), an NHS number without the gaps that people and forms write in it.
pub fn normalise_patient_id(id: &str) -> String {
    let seen: String = id.chars().filter(|c| !is_invisible(*c)).collect();
    let id = seen
        .split(|c: char| c.is_whitespace() || c == '\0')
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .to_uppercase();
    ungrouped_nhs_number(&id).unwrap_or_else(|| composed(&id).into_owned())
}

/// The digits of a number written 3-3-4 with spaces or hyphens, as the NHS Data Dictionary displays an NHS number. No
/// other gap goes, since `WARD 1 2` and `WARD 12` may be two patients.
fn ungrouped_nhs_number(id: &str) -> Option<String> {
    let groups: Vec<&str> = id.split([' ', '-']).collect();
    let digits = |group: &&str| group.bytes().all(|b| b.is_ascii_digit());
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    (lengths == [3, 3, 4] && groups.iter().all(digits)).then(|| groups.concat())
}

/// Characters that copying from a web page or a document leaves in a text and that nobody sees (Unicode category Cf).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn crockford(bytes: &[u8], characters: usize) -> String {
    (0..characters)
        .map(|i| {
            let value = (0..5).fold(0u8, |value, bit| {
                let at = i * 5 + bit;
                value << 1 | bytes[at / 8] >> (7 - at % 8) & 1
            });
            char::from(CROCKFORD[usize::from(value)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coder() -> Coder {
        Coder::new(&CodingSecret::new([7; 32]))
    }

    #[test]
    fn codes_have_the_shape_of_the_contract() {
        let patient = coder().patient(b"", b"943 476 5919");
        assert_eq!(patient.as_str().len(), 14);
        let recording = coder().recording(&patient, Instance::Content(&[1; 32]));
        assert_eq!(recording.as_str().len(), 23);
        assert_eq!(recording.patient(), patient);
        assert_eq!(RecordingCode::parse(&recording.as_str().to_lowercase()), Some(recording.clone()));
        assert_eq!(PatientCode::parse(patient.as_str()), Some(patient));
        assert_eq!(RecordingCode::parse("../../etc/passwd"), None);
    }

    #[test]
    fn length_prefixes_keep_fields_apart() {
        assert_ne!(coder().patient(b"A", b"BC"), coder().patient(b"AB", b"C"));
    }

    #[test]
    fn sub_keys_differ_by_use_by_secret_and_by_release() {
        let secret = CodingSecret::new([7; 32]);
        let plain = Coder::new(&secret).patient(b"", b"1");
        assert_ne!(plain, Coder::new(&CodingSecret::new([8; 32])).patient(b"", b"1"));
        let first = Coder::for_release(&secret, b"first");
        assert_ne!(plain, first.patient(b"", b"1"));
        assert_ne!(first.patient(b"", b"1"), Coder::for_release(&secret, b"second").patient(b"", b"1"));
        assert_eq!(first.ledger_digest("a", &[b"x"]), Coder::new(&secret).ledger_digest("a", &[b"x"]));
    }

    #[test]
    fn a_secret_to_be_forgotten_gives_codes_of_its_own_and_the_ledgers_digests_stay() {
        let (secret, own) = (CodingSecret::new([7; 32]), CodingSecret::new([9; 32]));
        let coder = Coder::forgetting(&secret, &own, b"first");
        for other in [Coder::new(&secret), Coder::for_release(&secret, b"first"), Coder::new(&own)] {
            assert_ne!(coder.patient(b"", b"1"), other.patient(b"", b"1"));
            assert_ne!(coder.uid(b"1.2"), other.uid(b"1.2"));
        }
        assert_eq!(coder.ledger_digest("a", &[b"x"]), Coder::new(&secret).ledger_digest("a", &[b"x"]));
        assert_eq!(coder.shard(b"x", 1000), Coder::new(&secret).shard(b"x", 1000));
    }

    #[test]
    fn every_type_that_holds_a_secret_wipes_it() {
        fn wiped<T: ZeroizeOnDrop>() {}
        wiped::<CodingSecret>();
        // The states that HMAC and HKDF keep are those of SHA-256.
        wiped::<Sha256>();
        wiped::<crate::recording::Identifier>();
    }

    #[test]
    fn uids_are_valid_and_weeks_in_range() {
        let mut tried = 0;
        for i in 0..1000u32 {
            let uid = coder().uid(&i.to_be_bytes());
            assert!(uid.len() <= 64 && uid.starts_with("2.25.") && !uid[5..].starts_with('0'), "{uid}");
            assert!(!reads_as_time(&uid.as_bytes()[5..]), "{uid}");
            assert_eq!(uid, coder().uid(&i.to_be_bytes()));
            let weeks = coder().weeks(&coder().patient(b"", &i.to_be_bytes()));
            assert!((1..=1560).contains(&weeks));
            tried += 1;
        }
        assert_eq!(tried, 1000);
    }

    #[test]
    fn times_and_dates_are_seen_among_digits() {
        let cases =
            [("9235959", true), ("245959", false), ("9720190514", true), ("6199071997", false), ("12345", false)];
        for (digits, expected) in cases {
            assert_eq!(reads_as_time(digits.as_bytes()), expected, "{digits}");
        }
        assert_eq!(cases.len(), 5);
    }

    #[test]
    fn patient_ids_are_the_same_in_any_spacing_and_case() {
        assert_eq!(normalise_patient_id(" ab  12\0"), "AB 12");
        assert_eq!(normalise_patient_id("Ab 12"), normalise_patient_id("AB\t12"));
        assert_eq!(normalise_patient_id("\u{200b}AB\u{ad}12\u{feff}"), "AB12");
    }

    #[test]
    fn an_nhs_number_is_the_same_with_its_gaps_and_without_and_nothing_else_is() {
        for written in ["999 000 0001", "999-000-0001", " 999  000 0001\0", "9990000001"] {
            assert_eq!(normalise_patient_id(written), "9990000001");
        }
        for other in ["999 0000 001", "WARD 1 2", "99 9000 0001", "999 000 000A", "999 000 0001 2"] {
            assert_eq!(normalise_patient_id(other), other);
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let text = format!("{:?} {:?}", CodingSecret::new([65; 32]), coder());
        assert_eq!(text, "CodingSecret(‹secret›) Coder(‹secret›)");
    }
}
