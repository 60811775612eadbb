//! What a file's own name may tell: numbers of patients, dates, names of persons.

use crate::check::{Remark, Severity};
use crate::finding::{Action, Code, Finding};
use crate::place::Place;

/// Words that stand in names of files and are nobody's.
const NOBODYS: &[&str] = &[
    "after",
    "before",
    "chest",
    "copy",
    "data",
    "document",
    "draft",
    "edit",
    "edited",
    "excel",
    "fig",
    "figure",
    "final",
    "foot",
    "hand",
    "head",
    "image",
    "img",
    "knee",
    "lateral",
    "left",
    "legend",
    "manuscript",
    "microsoft",
    "new",
    "old",
    "page",
    "panel",
    "patient",
    "photo",
    "picture",
    "plate",
    "post",
    "powerpoint",
    "pre",
    "presentation",
    "right",
    "scan",
    "screen",
    "screenshot",
    "sheet",
    "shot",
    "slide",
    "supplement",
    "supplementary",
    "table",
    "untitled",
    "version",
    "video",
    "whatsapp",
    "word",
    "worksheet",
    "wound",
    "xray",
];

/// What a name tells, by kind; nothing where it tells nothing.
pub(super) fn remarks(name: &str) -> Vec<Remark> {
    told(name.rsplit_once('.').map_or(name, |(stem, _)| stem), "file")
}

/// What a folder's name tells.
pub(super) fn of_folder(name: &str) -> Vec<Remark> {
    told(name, "folder")
}

fn told(stem: &str, of: &str) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut remark = |severity, label: &str| {
        let finding = Finding::new(Code::FileName, Place::Whole {}, Action::Replace)
            .labelled(format!("{label}, in the name of the {of}"));
        remarks.push(Remark { finding, severity });
    };
    // Our own codes hold no name and no number.
    if stem.starts_with("P-")
        && stem.len() >= 14
        && stem.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
    {
        return remarks;
    }
    // Names that programs make of a digest.
    if stem.len() >= 24 && stem.bytes().all(|b| b.is_ascii_hexdigit()) {
        return remarks;
    }
    let digits: Vec<&str> = stem.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).collect();
    if digits.iter().any(|run| is_nhs_number(run)) || is_nhs_number(&digits.concat()) {
        remark(Severity::High, "what is, by its check digit, an NHS number");
    } else if is_dated(&digits) {
        remark(Severity::Medium, "what looks like a date");
    } else if digits.iter().any(|run| run.len() >= 6) {
        remark(Severity::Medium, "a long number");
    }
    if looks_like_a_person(stem) {
        remark(Severity::High, "what looks like the name of a person");
    }
    remarks
}

/// Ten digits of which the last is the check digit (modulus 11), and not all the same.
fn is_nhs_number(run: &str) -> bool {
    let digits: Vec<u32> = run.bytes().map(|b| u32::from(b.wrapping_sub(b'0'))).collect();
    let [first, .., last] = digits[..] else { return false };
    if digits.len() != 10 || digits.iter().all(|digit| *digit == first) {
        return false;
    }
    let sum: u32 = digits[..9].iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    match 11 - sum % 11 {
        11 => last == 0,
        10 => false,
        check => last == check,
    }
}

/// Whether runs of digits are a date: `20190514`, `14052019`, `2019-05-14`, `14.5.2019`.
fn is_dated(runs: &[&str]) -> bool {
    let number = |run: &str| run.parse::<u32>().unwrap_or(u32::MAX);
    let day = |y: u32, m: u32, d: u32| (1900..2100).contains(&y) && (1..=12).contains(&m) && (1..=31).contains(&d);
    let whole = runs.iter().any(|run| {
        run.len() >= 8 && {
            let run = &run[..8];
            day(number(&run[..4]), number(&run[4..6]), number(&run[6..8]))
                || day(number(&run[4..]), number(&run[2..4]), number(&run[..2]))
        }
    });
    whole
        || runs.windows(3).any(|w| {
            let (a, b, c) = (number(w[0]), number(w[1]), number(w[2]));
            w[0].len() == 4 && day(a, b, c) || w[2].len() == 4 && day(c, b, a)
        })
}

/// Two words side by side that begin with a capital and are nobody's otherwise: `Smith_John`, `Jane Doe`, `DOE^JANE`.
fn looks_like_a_person(stem: &str) -> bool {
    let words: Vec<&str> =
        stem.split(|c: char| !c.is_alphabetic() && c != '\'').filter(|word| !word.is_empty()).collect();
    let named = |word: &&str| {
        let mut chars = word.chars();
        let capital = chars.next().is_some_and(char::is_uppercase);
        let rest: String = chars.collect();
        let shape = rest.chars().all(char::is_lowercase) || rest.chars().all(char::is_uppercase) && rest.len() > 2;
        capital && rest.chars().count() >= 2 && shape && !NOBODYS.contains(&word.to_lowercase().as_str())
    };
    stem.contains('^') || words.windows(2).any(|pair| pair.iter().all(&named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_tell_are_told_by_kind_and_ordinary_ones_pass() {
        let cases: [(&str, &[Severity]); 15] = [
            ("IMG_1234.jpg", &[]),
            ("figure 2b.png", &[]),
            ("Left Knee Lateral.dcm", &[]),
            ("DSC00017.JPG", &[]),
            ("P-7K3M9Q2FXH4T-4DQ8ZN1K.jpg", &[]),
            ("Final_Figure.tif", &[]),
            ("slide12.xml", &[]),
            ("943 476 5919 chest.jpg", &[Severity::High]),
            ("9434765919.jpg", &[Severity::High]),
            ("9434765918.jpg", &[Severity::Medium]),
            ("scan 2019-05-14.jpg", &[Severity::Medium]),
            ("IMG_20190514_101500.jpg", &[Severity::Medium]),
            ("14.5.2019 hand.jpg", &[Severity::Medium]),
            ("Testname_Canary.jpg", &[Severity::High]),
            ("CANARY^TEST.dcm", &[Severity::High]),
        ];
        for (name, expected) in cases {
            let got: Vec<Severity> = remarks(name).iter().map(|remark| remark.severity).collect();
            assert_eq!(got, expected, "{name}");
            assert!(remarks(name).iter().all(|remark| !remark.finding.label.contains("Canary")));
        }
        assert_eq!(cases.len(), 15);
    }
}
