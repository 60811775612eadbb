//! The preamble and file meta information that every output gets anew, and the marks of what was done.
//!
//! DICOM PS3.10 7.1 (file meta information), PS3.15 E.1.1 (both are replaced), PS3.3 C.7.1.1 and C.12.1 (the marks).

use super::choice::Choice;
use super::clean::Addition;
use super::option::{self, CARRIED_OUT};
use super::table::{self, EDITION};
use super::vr::Vr;
use super::walk::Node;
use crate::recording::{Deidentification, DicomOption, Treatment};
use std::collections::BTreeSet;

/// Our implementation class UID, made once from a random UUID (PS3.5 B.2).
pub(super) const IMPLEMENTATION: &str = "2.25.309783098261381439021741783399656648137";
/// Our implementation version name.
const VERSION: &str = "SCRUBS";

/// The code of what was done, of CID 7050.
pub(super) const BASIC_PROFILE: &str = "113100";
const BASIC_PROFILE_MEANING: &str = "Basic Application Confidentiality Profile";

/// Preamble, prefix and file meta information.
pub(super) fn header(class: &[u8], instance: &str, syntax: &str) -> Vec<u8> {
    let mut group = Vec::new();
    put(&mut group, 0x01, b"OB", &[0, 1]);
    if !class.is_empty() {
        put(&mut group, 0x02, b"UI", class);
    }
    put(&mut group, 0x03, b"UI", instance.as_bytes());
    put(&mut group, 0x10, b"UI", syntax.as_bytes());
    put(&mut group, 0x12, b"UI", IMPLEMENTATION.as_bytes());
    put(&mut group, 0x13, b"SH", VERSION.as_bytes());
    let mut out = vec![0; 128];
    out.extend_from_slice(b"DICM");
    put(&mut out, 0x00, b"UL", &(group.len() as u32).to_le_bytes());
    out.extend_from_slice(&group);
    out
}

/// One element of group 0002: explicit, little endian. All values are UIDs or words of ours, far below any limit.
fn put(out: &mut Vec<u8>, element: u16, vr: &[u8; 2], value: &[u8]) {
    let padded = value.len() + value.len() % 2;
    out.extend_from_slice(&[2, 0]);
    out.extend_from_slice(&element.to_le_bytes());
    out.extend_from_slice(vr);
    if Vr(*vr).is_long() {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&(padded as u32).to_le_bytes());
    } else {
        out.extend_from_slice(&(padded as u16).to_le_bytes());
    }
    out.extend_from_slice(value);
    if padded > value.len() {
        out.push(Vr(*vr).pad());
    }
}

/// De-identification Method is written up to this many bytes: an element with a short length has at most 65,534 (PS3.5
/// 7.1.2). The sidecar names every deviation.
const METHOD: usize = 65_000;

/// What was done to an object: what the marks and the sidecar say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    /// Whether the whole Basic Profile was applied but for what options say: then identity is removed.
    whole: bool,
    options: Vec<DicomOption>,
    deviations: Vec<(u32, &'static str)>,
}

impl Claim {
    /// What is done to an object with these elements.
    ///
    /// A deviation that keeps an attribute of Table E.1-1 which no option keeps is not what the Profile is: then neither
    /// the Profile nor removed identity is claimed (PS3.15 E.1.1), whatever the attribute. One that removes or replaces is
    /// named and takes nothing from the claim.
    pub(super) fn of(deidentification: &Deidentification, nodes: &[Node]) -> Self {
        let choice = Choice::of(deidentification);
        let options = CARRIED_OUT.iter().copied().filter(|option| choice.has(*option)).collect();
        let mut claim = Claim { whole: true, options, deviations: Vec::new() };
        if deidentification.deviations().next().is_none() {
            return claim;
        }
        let present: BTreeSet<u32> = nodes.iter().map(|n| n.tag).collect();
        let carried_out = |tag: &u32| option::may_deviate(*tag) && present.contains(tag);
        for (tag, treatment) in deidentification.deviations().filter(|(tag, _)| carried_out(tag)) {
            let kept_anyway = |row: &table::Row| option::answer(row, tag, choice) == Some(option::Answer::Keep);
            claim.whole &= *treatment != Treatment::Keep || table::row(tag).is_none_or(kept_anyway);
            claim.deviations.push((tag, option::word(treatment)));
        }
        claim
    }

    /// The codes of CID 7050 with their meanings.
    fn codes(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        let profile = self.whole.then_some((BASIC_PROFILE, BASIC_PROFILE_MEANING));
        profile.into_iter().chain(self.options.iter().map(|option| (option.code(), option.meaning())))
    }

    /// The codes, and a word for each deviation, for the sidecar.
    pub(super) fn words(&self) -> Vec<String> {
        let deviations = self.deviations.iter();
        let deviations =
            deviations.map(|(tag, word)| format!("deviation-{:04X}.{:04X}-{word}", tag >> 16, tag & 0xFFFF));
        self.codes().map(|(code, _)| code.to_owned()).chain(deviations).collect()
    }

    /// The marks: identity removed, by which method, what of the dates. Nothing is claimed of the pixels.
    pub(super) fn marks(&self) -> Vec<Addition> {
        let mut method = format!("scrubs {}\\PS3.15 {EDITION}", env!("CARGO_PKG_VERSION"));
        for (i, (_, meaning)) in self.codes().enumerate() {
            method.push_str(if i == 0 && self.whole { " " } else { "\\" });
            method.push_str(meaning);
        }
        for (tag, word) in &self.deviations {
            if method.len() > METHOD {
                method.push_str("\\and further deviations");
                break;
            }
            method.push_str(&format!("\\deviation ({:04X},{:04X}) {word}", tag >> 16, tag & 0xFFFF));
        }
        let code = |(code, meaning): (&str, &str)| {
            vec![
                (0x0008_0100, Vr(*b"SH"), code.into()),
                (0x0008_0102, Vr(*b"SH"), b"DCM".to_vec()),
                (0x0008_0104, Vr::LO, meaning.into()),
            ]
        };
        let dates = |option| self.options.contains(&option);
        let dates = match () {
            () if dates(DicomOption::RetainLongitudinalModifiedDates) => "MODIFIED",
            () if dates(DicomOption::RetainLongitudinalFullDates) => "UNMODIFIED",
            () => "REMOVED",
        };
        let codes: Vec<_> = self.codes().map(code).collect();
        let mut marks = vec![
            Addition::Value(0x0012_0062, Vr::CS, if self.whole { b"YES".to_vec() } else { b"NO".to_vec() }),
            Addition::Value(0x0012_0063, Vr::LO, method.into_bytes()),
        ];
        if !codes.is_empty() {
            marks.push(Addition::Items(0x0012_0064, codes));
        }
        marks.push(Addition::Value(0x0028_0303, Vr::CS, dates.into()));
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_well_formed_and_says_nothing_of_its_source() {
        let header = header(b"1.2.840.10008.5.1.4.1.1.4", "2.25.1", "1.2.840.10008.1.2.1");
        assert_eq!(&header[..128], &[0; 128]);
        assert_eq!(&header[128..140], b"DICM\x02\0\0\0UL\x04\0");
        let length = u32::from_le_bytes(header[140..144].try_into().unwrap());
        assert_eq!(header.len(), 144 + length as usize);
        assert!(IMPLEMENTATION.len() <= 64 && VERSION.len() <= 16);
        let mut tried = 0;
        for mark in Claim::of(&Deidentification::default(), &[]).marks() {
            if let Addition::Value(_, _, value) = mark {
                assert!(value.split(|b| *b == b'\\').all(|v| v.len() <= 64));
                tried += 1;
            }
        }
        assert_eq!(tried, 3);
    }
}
