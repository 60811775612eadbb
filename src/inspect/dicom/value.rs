//! What an element's value may say, by its representation, when nothing in it may identify.
//!
//! PS3.5 section 6.2 (value representations), PS3.15 Annex E.

use super::original::Original;
use super::{lists, spoken};
use crate::code::PatientCode;

/// Code Meaning.
const CODE_MEANING: u32 = 0x0008_0104;

/// Why a value may not stand, for people; none where it may.
pub(super) fn objection(tag: u32, vr: [u8; 2], value: &[u8], original: &Original) -> Option<&'static str> {
    let text = match &vr {
        b"OB" | b"OW" | b"OF" | b"OD" | b"OL" | b"OV" | b"UN" => {
            let dummy = value.len() <= 8 && value.iter().all(|b| *b == 0);
            return (!dummy).then_some("binary data");
        }
        b"US" | b"SS" | b"UL" | b"SL" | b"FL" | b"FD" | b"SV" | b"UV" | b"AT" => {
            let size = match &vr {
                b"US" | b"SS" => 2,
                b"FD" | b"SV" | b"UV" => 8,
                _ => 4,
            };
            let named = original.named_in(value).then_some("name or number in binary data");
            return if value.len().is_multiple_of(size) { named } else { Some("number of a wrong length") };
        }
        _ => String::from_utf8_lossy(value),
    };
    let mut values = text.split('\\').map(|v| v.trim_matches([' ', '\0']));
    let bad = |ok: bool, what| (!ok).then_some(what);
    match &vr {
        b"PN" => bad(values.all(|v| is_silent(v) || is_new_code(v, original)), "name of a person"),
        b"DA" | b"DT" | b"TM" => bad(values.all(is_no_time), "date or time"),
        b"AS" => bad(values.all(is_age), "age over 89"),
        b"DS" | b"IS" => bad(
            values.all(|v| is_number(v) && (longest_number(v) < 6 || !original.named_in(v.as_bytes()))),
            "text or a number of a person where a measurement belongs",
        ),
        b"UI" => bad(values.all(|v| is_free_uid(v, original)), "unique identifier of the source"),
        b"CS" => bad(values.all(|v| is_term(v, original)), "text where a term belongs"),
        b"AE" | b"LO" | b"LT" | b"SH" | b"ST" | b"UC" | b"UR" | b"UT" => {
            bad(values.all(|v| is_text_free(tag, v, original)), "text")
        }
        _ => Some("value of an unknown representation"),
    }
}

fn is_silent(value: &str) -> bool {
    value.is_empty() || lists::NEUTRAL.contains(&value)
}

/// A patient code of ours, and not one that the original bore already.
fn is_new_code(value: &str, original: &Original) -> bool {
    PatientCode::parse(value).is_some_and(|code| code.as_str() == value) && !original.bears(value)
}

/// What kind of thing a representation holds; an attribute may not hold another kind than the dictionary gives it.
pub(super) fn kind(vr: [u8; 2]) -> u8 {
    match &vr {
        b"SQ" => 0,
        b"US" | b"SS" | b"UL" | b"SL" | b"FL" | b"FD" | b"SV" | b"UV" | b"DS" | b"IS" => 1,
        b"OB" | b"OW" | b"OF" | b"OD" | b"OL" | b"OV" | b"UN" => 2,
        b"UI" => 3,
        b"CS" => 4,
        b"PN" => 5,
        b"DA" | b"DT" | b"TM" => 6,
        b"AT" => 7,
        b"AS" => 8,
        _ => 9,
    }
}

/// The first day of 1900 or of another neutral year, midnight, or nothing.
fn is_no_time(value: &str) -> bool {
    let digits = value.trim_end_matches(['0', '.']);
    matches!(digits, "" | "19000101" | "190001010" | "1900" | "19" | "20000101" | "19700101")
}

/// An age of at most 89 years, or the one that stands for all above.
fn is_age(value: &str) -> bool {
    let Some((number, unit)) = value.split_at_checked(3) else { return value.is_empty() };
    let Ok(number) = number.parse::<u16>() else { return false };
    match unit {
        "D" | "W" => true,
        "M" => number <= 12 * 90,
        "Y" => number <= 90,
        _ => false,
    }
}

fn is_number(value: &str) -> bool {
    value.len() <= 32 && (value.is_empty() || value.parse::<f64>().is_ok_and(f64::is_finite))
}

/// A UID that the standard assigns, or a new one of ours that the original did not have.
pub(super) fn is_free_uid(value: &str, original: &Original) -> bool {
    if value.is_empty() || lists::is_well_known(value) {
        return true;
    }
    let number = value.strip_prefix("2.25.").unwrap_or_default();
    let plain = (1..=39).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    plain && !original.has_uid(value)
}

/// Letters and digits as in defined terms; words of four letters and more are words of the standard.
fn is_term(value: &str, original: &Original) -> bool {
    let plain = value.len() <= 32
        && value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b"_ -+/.".contains(&b));
    let words = value.split(|c: char| !c.is_ascii_uppercase()).all(|w| w.len() < 4 || lists::is_word(w));
    lists::NEUTRAL.contains(&value)
        || plain && words && longest_number(value) < 6 && !original.named_in(value.as_bytes())
}

fn is_text_free(tag: u32, value: &str, original: &Original) -> bool {
    if is_silent(value) {
        return true;
    }
    let nobody = !original.named_in(value.as_bytes());
    let plain = value.len() <= 64 && value.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'^' && b != b'@');
    match tag {
        lists::PATIENT_ID => is_new_code(value, original),
        lists::METHOD => {
            if let Some(deviation) = value.strip_prefix("deviation (") {
                return is_deviation(deviation);
            }
            let mut words = value.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| !w.is_empty());
            plain && longest_number(value) < 6 && words.all(|w| lists::METHOD_WORDS.contains(&w))
        }
        CODE_MEANING => plain && nobody && (spoken::is_meaning(value) || is_code(value)),
        0x0008_0119 => plain && nobody && letters(value, 4) && !value.contains(' '),
        0x0008_0103 => plain && nobody && letters(value, 2),
        0x0008_0120 => value.strip_prefix("urn:oid:").is_some_and(lists::is_well_known),
        _ if lists::CODED.contains(&tag) => plain && nobody,
        _ if lists::TYPED.contains(&tag) => plain && nobody && spoken::is_remark(value) && longest_number(value) < 6,
        _ if lists::TECHNICAL.contains(&tag) => plain && nobody && longest_number(value) < 6,
        _ => false,
    }
}

/// `GGGG,EEEE) keep`, or another treatment.
fn is_deviation(text: &str) -> bool {
    let Some((tag, treatment)) = text.split_once(") ") else { return false };
    let hex = |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_hexdigit());
    tag.split_once(',').is_some_and(|(group, element)| hex(group) && hex(element))
        && ["keep", "remove", "replace"].contains(&treatment)
}

/// Whether a text is short, of visible characters, and neither a name's form nor an address.
pub(super) fn is_plain(value: &[u8]) -> bool {
    value.len() <= 64 && value.iter().all(|b| (0x20..0x7f).contains(b) && *b != b'^' && *b != b'@')
}

/// Whether a text is of the form of a code: one word with a figure or a bracket in it, or of four letters at most.
fn is_code(value: &str) -> bool {
    let short = value.len() <= 4 && value.bytes().all(|b| b.is_ascii_alphabetic());
    let marked = value.bytes().any(|b| b.is_ascii_digit() || b"{}[]%/*'".contains(&b));
    value.len() <= 18 && !value.contains(' ') && (short || marked)
}

/// Whether no more letters than so many follow one another.
fn letters(value: &str, most: usize) -> bool {
    value.split(|c: char| !c.is_ascii_alphabetic()).all(|run| run.len() <= most)
}

fn longest_number(value: &str) -> usize {
    value.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "P-7K3M9Q2FXH4T";

    #[test]
    fn what_may_stand_stands_and_its_neighbour_does_not() {
        let original = Original::naming(
            &[b"Canary^Jane", b"ID-77123", b"9434765919", CODE.replace('7', "8").as_bytes()],
            &["2.25.77"],
        );
        let cases: &[(u32, &[u8; 2], &str, &str)] = &[
            (0x0010_0010, b"PN", CODE, "Canary^Jane"),
            (0x0010_0010, b"PN", "", "P-8K3M9Q2FXH4T"),
            (0x0010_0020, b"LO", CODE, "ID-77123"),
            (0x0008_0020, b"DA", "19000101", "20190512"),
            (0x0008_0030, b"TM", "000000", "101500"),
            (0x0008_002a, b"DT", "19000101000000.000", "19000101000001"),
            (0x0010_1010, b"AS", "089Y", "093Y"),
            (0x0018_0050, b"DS", "1.5\\-2e3 ", "Canary"),
            (0x0020_0013, b"IS", "12", "12a"),
            (0x0020_0012, b"IS", "9434765918", "9434765919"),
            (0x0020_000d, b"UI", "2.25.78", "2.25.77"),
            (0x0008_0016, b"UI", "1.2.840.10008.5.1.4.1.1.2\0", "1.2.840.113619.2.1"),
            (0x0008_0018, b"UI", "2.25.0", "1.2.840.10008.19990503.1"),
            (0x0018_0015, b"CS", "ABDOMEN", "CANARY"),
            (0x0008_0008, b"CS", "ORIGINAL\\PRIMARY\\AXIAL", "ORIGINAL\\JANE DOE"),
            (0x0008_0070, b"LO", "SIEMENS", "Siemens for Dr Canary"),
            (0x0008_0104, b"LO", "Abdomen and pelvis", "Abdomen of JANE"),
            (0x0008_0103, b"SH", "2.19 b", "Greymarsh"),
            (0x0008_0119, b"UC", "123456789012345678", "Greymarsh"),
            (0x0008_0120, b"UR", "urn:oid:1.2.840.10008.6.1.1", "urn:oid:1.2.999.5"),
            (0x0008_1090, b"LO", "LightSpeed VCT", "Scanner 1234567"),
            (0x0008_1030, b"LO", "REMOVED", "Abdomen"),
            (0x0018_0031, b"LO", "FDG -- fluorodeoxyglucose", "FDG of Greymarsh"),
            (0x0020_1040, b"LO", "OM", "Greymarsh"),
            (0x0028_0010, b"US", "\x02\0", "CANARY"),
            (0x7fe1_0010, b"OB", "\0\0", "data"),
        ];
        let mut tried = 0;
        for (tag, vr, good, bad) in cases {
            assert_eq!(objection(*tag, **vr, good.as_bytes(), &original), None, "{good}");
            assert!(objection(*tag, **vr, bad.as_bytes(), &original).is_some(), "{bad}");
            tried += 1;
        }
        assert_eq!(tried, 26);
    }
}
