//! Days as spreadsheets count them, and which number formats show a number as a day, with noughts in front, or otherwise.
//!
//! ECMA-376 part 1, 18.17.4.1 (the two date bases), 18.8.30 (number formats and their built-in ids).

use crate::consent::Date;
use jiff::{ToSpan, civil};

/// How a number format shows a number, where that is not as its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    /// With its day.
    Day,
    /// Month and year only.
    Month,
    /// With noughts in front, up to so many digits: `0000`.
    Digits(usize),
    /// With letters beside it, or its digits in groups: `"H"0000`, `00-00`.
    Otherwise,
}

/// The first serial number that is read as a day where its format does not say so: 18 May 1927, and with the 1904
/// base 1931. Smaller numbers are rather years or counts.
const FIRST_BARE: f64 = 10_000.0;
/// 31 December 9999 and, with some room, the last number that is a day.
const LAST: f64 = 2_958_465.0;

/// A serial number as `YYYY-MM-DD`; the time of day is left out.
pub(super) fn date(serial: f64, from_1904: bool, shows: Shows) -> Option<String> {
    // Before March 1900 the count is off by the leap day that 1900 did not have.
    if !(serial >= if from_1904 { 0.0 } else { 61.0 } && serial <= LAST) {
        return None;
    }
    let base = if from_1904 { civil::date(1904, 1, 1) } else { civil::date(1899, 12, 30) };
    #[expect(clippy::cast_possible_truncation, reason = "checked to lie between 0 and three million")]
    let days = serial.floor() as i64;
    let day = base.checked_add(days.days()).ok()?;
    let part = |n: i8| u8::try_from(n).ok();
    let day = Date::day(u16::try_from(day.year()).ok()?, part(day.month())?, part(day.day())?)?;
    Some(match shows {
        Shows::Month => day.month().to_string(),
        _ => day.exact(),
    })
}

/// Whether a number that no format shows as a day may be one where a day belongs.
pub(super) fn is_likely(serial: f64) -> bool {
    (FIRST_BARE..80_000.0).contains(&serial)
}

/// How a built-in format shows a number.
pub(super) fn built_in(id: usize) -> Option<Shows> {
    match id {
        17 => Some(Shows::Month),
        14..=16 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58 => Some(Shows::Day),
        _ => None,
    }
}

/// How a format of the file's own shows a number.
pub(super) fn custom(code: &str) -> Option<Shows> {
    let mut letters = String::new();
    let mut worded = false;
    let mut rest = code.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                let quoted: String = rest.by_ref().take_while(|c| *c != '"').collect();
                worded |= quoted.chars().any(char::is_alphanumeric);
                letters.extend(quoted.chars().filter(|c| [' ', '-'].contains(c)));
            }
            // A colour or a language; or hours, minutes or seconds that run on.
            '[' => {
                let inside: String = rest.by_ref().take_while(|c| *c != ']').collect();
                letters.push_str(if matches!(inside.to_lowercase().trim_matches(['h', 'm', 's']), "") {
                    "h"
                } else {
                    ""
                });
            }
            '\\' => {
                let shown = rest.next();
                worded |= shown.is_some_and(char::is_alphanumeric);
                letters.extend(shown.filter(|c| [' ', '-'].contains(c)));
            }
            '_' | '*' => {
                rest.next();
            }
            ';' => break,
            _ => letters.extend(c.to_lowercase()),
        }
    }
    if letters.contains("general") {
        return None;
    }
    let has = |c: char| letters.contains(c);
    match () {
        () if has('d') => Some(Shows::Day),
        () if has('y') && has('m') => Some(Shows::Month),
        () if has('y') => Some(Shows::Day),
        () if has('m') && !has('h') && !has('s') => Some(Shows::Day),
        () if has('h') || has('s') => None,
        () if worded && (has('0') || has('#')) => Some(Shows::Otherwise),
        () => digits(letters.trim()),
    }
}

/// How a format of noughts alone shows a number. In groups of three, three and four they are an NHS number's, whose gaps mean
/// nothing.
fn digits(noughts: &str) -> Option<Shows> {
    let groups: Vec<usize> = noughts.split([' ', '-']).map(str::len).collect();
    if noughts.len() < 2 || !noughts.chars().all(|c| ['0', ' ', '-'].contains(&c)) {
        return None;
    }
    match groups[..] {
        [width] => Some(Shows::Digits(width)),
        [3, 3, 4] => Some(Shows::Digits(10)),
        _ => Some(Shows::Otherwise),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bases_give_the_days_that_spreadsheets_show() {
        let cases = [
            (61.0, false, Some("1900-03-01")),
            (43_602.0, false, Some("2019-05-17")),
            (43_602.99, false, Some("2019-05-17")),
            (42_140.0, true, Some("2019-05-17")),
            (0.0, true, Some("1904-01-01")),
            (60.0, false, None),
            (-1.0, true, None),
            (f64::NAN, false, None),
            (f64::INFINITY, false, None),
            (2_958_465.0, false, Some("9999-12-31")),
            (2_958_465.0, true, None),
        ];
        for (serial, from_1904, expected) in cases {
            assert_eq!(date(serial, from_1904, Shows::Day).as_deref(), expected, "{serial}");
        }
        assert_eq!(date(43_602.0, false, Shows::Month).as_deref(), Some("2019-05"));
    }

    #[test]
    fn formats_that_show_days_noughts_in_front_or_letters_are_known() {
        let cases = [
            ("dd/mm/yyyy", Some(Shows::Day)),
            ("[$-809]d mmmm yyyy;@", Some(Shows::Day)),
            ("mmm yyyy", Some(Shows::Month)),
            ("mm/yy", Some(Shows::Month)),
            ("General", None),
            ("0", None),
            ("00", Some(Shows::Digits(2))),
            ("0000000000", Some(Shows::Digits(10))),
            ("0000;-0000", Some(Shows::Digits(4))),
            ("000\\ 000\\ 0000", Some(Shows::Digits(10))),
            ("000-00-0000", Some(Shows::Otherwise)),
            ("\"H\"0000", Some(Shows::Otherwise)),
            ("\"dated\" 0", Some(Shows::Otherwise)),
            ("0.00", None),
            ("#,##0", None),
            ("[Red]0.00;\"d\"", None),
            ("hh:mm:ss", None),
            ("[h]:mm", None),
            ("#,##0\\ \\d", Some(Shows::Otherwise)),
        ];
        let tried = cases.map(|(code, shows)| assert_eq!(custom(code), shows, "{code}")).len();
        assert_eq!(tried, 19);
    }
}
