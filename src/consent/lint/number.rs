//! Patient numbers looked at as numbers: the check digit of an NHS number, and numbers that are written alike.
//!
//! NHS Data Dictionary, NHS NUMBER: modulus 11 over nine digits with weights 10 to 2; CHI and H&C numbers have it too.

use crate::consent::Patient;

/// Whether a number that reads as an NHS number (ten digits, of no other issuer) has a wrong check digit.
pub(super) fn is_wrong(patient: &Patient) -> bool {
    let issuer = patient.issuer().reveal_text();
    let foreign = patient.has_issuer() && !["NHS", "CHI", "H&C", "HCN"].iter().any(|name| issuer.contains(name));
    let id = patient.id().reveal();
    if foreign || id.len() != 10 || !id.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digits: Vec<u32> = id.iter().map(|digit| u32::from(digit - b'0')).collect();
    let sum: u32 = digits.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    let check = match 11 - sum % 11 {
        11 => 0,
        check => check,
    };
    // Ten equal digits pass the sum and are what people type where they know no number.
    let filler = digits.windows(2).all(|pair| pair.first() == pair.last());
    filler || digits.last() != Some(&check)
}

/// A number without what people write in one way or another: spaces, hyphens, stops, slashes, leading zeros. None
/// where nothing is left.
pub(super) fn bare(patient: &Patient) -> Option<Vec<u8>> {
    let text = patient.id().reveal_text();
    let loose = |c: &char| c.is_whitespace() || matches!(c, '-' | '‐' | '‑' | '–' | '.' | '/' | '_');
    let tight: String = text.chars().filter(|c| !loose(c)).collect();
    let bare = tight.trim_start_matches('0');
    (!bare.is_empty()).then(|| bare.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patient(issuer: &str, id: &str) -> Patient {
        Patient::new(issuer, id).expect("a patient")
    }

    #[test]
    fn a_check_digit_is_that_of_an_nhs_number_or_wrong() {
        let cases = [
            ("", "943 476 5919", false),
            ("", "943 476 5918", true),
            ("", "943 476 9519", true),
            ("NHS", "9434765918", true),
            ("", "9990000018", false),
            ("", "9990000026", false),
            ("NHS", "4444444444", true),
            ("", "5555555555", true),
            // Of another issuer, of another length, with letters: no NHS number at all.
            ("ROYAL INFIRMARY", "9434765918", false),
            ("", "943476591", false),
            ("", "94347659180", false),
            ("", "943476591X", false),
        ];
        for (issuer, id, wrong) in cases {
            assert_eq!(is_wrong(&patient(issuer, id)), wrong, "{id}");
        }
        assert_eq!(cases.len(), 12);
    }

    #[test]
    fn every_single_slip_of_a_digit_is_noticed() {
        let (right, mut tried) = ("9434765919", 0);
        for at in 0..10 {
            for digit in '0'..='9' {
                let mut id: Vec<char> = right.chars().collect();
                id[at] = digit;
                let id: String = id.into_iter().collect();
                assert_eq!(is_wrong(&patient("", &id)), id != right);
                tried += 1;
            }
        }
        assert_eq!(tried, 100);
    }

    #[test]
    fn alike_is_what_only_gaps_and_leading_zeros_tell_apart() {
        let same = |a: &str, b: &str| bare(&patient("", a)) == bare(&patient("", b));
        for (a, b) in [("AB 12", "ab12"), ("WARD-1", "WARD 1"), ("000123", "123"), ("1/2.3", "123")] {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [("AB12", "AB13"), ("120", "12"), ("A1", "B1"), ("1a", "1")] {
            assert!(!same(a, b), "{a} {b}");
        }
    }
}
