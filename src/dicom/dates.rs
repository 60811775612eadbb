//! Moves dates by whole weeks, in whatever form they are written, and says which dates never move.
//!
//! DICOM PS3.15 E.3.6 (modified dates), PS3.5 6.2 (DA, DT, TM) with the ACR-NEMA forms `YYYY.MM.DD` and `HH:MM:SS`, and
//! C.2.2.2.5 of PS3.4 (ranges). Days are counted in the proleptic Gregorian calendar: whole weeks keep every interval,
//! every age and the day of the week; times of day stay.

use super::value::trim;
use super::vr::Vr;
use jiff::Span;
use jiff::civil::Date;

/// Attributes of the date columns of Table E.1-1 whose value is not the patient's: many patients' recordings share it, or
/// everyone can look it up. Moved, it would tell by how much; so moved dates treat them as the Basic Profile does. Sorted.
const SHARED: [u32; 27] = [
    0x0008_0106, // versions of a vocabulary
    0x0008_0107,
    0x0012_0086, // a committee's approval
    0x0012_0087,
    0x0014_407C, // the device's history
    0x0014_407E,
    0x0018_1200,
    0x0018_1201,
    0x0018_1202,
    0x0018_1203,
    0x0018_1204,
    0x0018_1205,
    0x0018_700C,
    0x0018_700E,
    0x0018_9623, // a number, not a date
    0x0034_0007, // binary
    0x0040_DB06, // versions of a template
    0x0040_DB07,
    0x0044_0004, // a protocol's approval
    0x0044_000B, // a product's lot
    0x0068_6226, // an implant's template
    0x0068_6270,
    0x0072_000A, // a hanging protocol and what it selects by
    0x0072_0061,
    0x0072_0063,
    0x0072_006B,
    0x0100_0420, // a system's authorisation
];
/// The reference of a radioactive source's strength: a date of the source, which treats many patients.
const SOURCE_STRENGTH: [u32; 2] = [0x300A_022C, 0x300A_022E];

/// Days that clocks and programs put where no day is known. Moved, they would tell by how much.
const NO_DAYS: [(i16, i8, i8); 8] =
    [(1899, 12, 30), (1900, 1, 1), (1901, 1, 1), (1904, 1, 1), (1970, 1, 1), (1980, 1, 1), (1980, 1, 6), (2000, 1, 1)];
/// Years in which a recording can have been made or planned: X-rays were found in November 1895.
const YEARS: std::ops::RangeInclusive<i16> = 1896..=2098;

/// Whether an attribute's date is one that may move with the patient's.
pub(super) fn may_move(tag: u32) -> bool {
    SHARED.binary_search(&tag).is_err() && !SOURCE_STRENGTH.contains(&tag)
}

/// Every value of a DA, DT or TM moved back by `weeks`, in the form it was written in; none where one of them is no date
/// of a calendar, is less exact than a day, or stands for no day. Times stay. Of 0 weeks: what it is, if it is valid.
pub(super) fn moved(vr: Vr, value: &[u8], weeks: u32) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(value.len());
    for (i, one) in value.split(|b| *b == b'\\').enumerate() {
        if i > 0 {
            out.push(b'\\');
        }
        range(vr, trim(one), weeks, &mut out)?;
    }
    Some(out)
}

/// Whether eight bytes are a day on which a digital recording can have been made.
pub(super) fn is_recent_day(text: &[u8]) -> bool {
    (text.starts_with(b"19") || text.starts_with(b"20")) && text.len() == 8 && {
        day(text, 0).is_some_and(|day| (1975..=2099).contains(&day.year()))
    }
}

/// An offset from UTC: `±HHMM` of an hour that there is (PS3.5 6.2, DT).
pub(super) fn is_zone(text: &[u8]) -> bool {
    let [b'+' | b'-', digits @ ..] = text else { return false };
    let Some(number) = digits_of(digits).filter(|_| digits.len() == 4) else { return false };
    let signed = if text[0] == b'-' { -i32::from(number) } else { i32::from(number) };
    (-1200..=1400).contains(&signed) && number % 100 < 60
}

/// One value: a date or time, or two with a hyphen between them, of which one may be missing.
fn range(vr: Vr, text: &[u8], weeks: u32, out: &mut Vec<u8>) -> Option<()> {
    let is_offset =
        |rest: &[u8]| rest.len() >= 4 && digits_of(&rest[..4]).is_some() && matches!(rest.get(4), None | Some(b'-'));
    let hyphens = text.iter().enumerate().filter(|(_, b)| **b == b'-').map(|(i, _)| i);
    let hyphen = hyphens.into_iter().find(|i| vr.0 != *b"DT" || *i == 0 || !is_offset(&text[i + 1..]));
    let Some(hyphen) = hyphen else { return point(vr, text, weeks, out) };
    let (first, second) = (&text[..hyphen], &text[hyphen + 1..]);
    if first.is_empty() && second.is_empty() {
        return None;
    }
    point(vr, first, weeks, out)?;
    out.push(b'-');
    point(vr, second, weeks, out)
}

fn point(vr: Vr, text: &[u8], weeks: u32, out: &mut Vec<u8>) -> Option<()> {
    let rest = match (&vr.0, text) {
        (_, []) => return Some(()),
        (b"TM", _) => text,
        (b"DA", [y @ .., b'.', m1, m2, b'.', d1, d2]) if y.len() == 4 => {
            let day = day(&[y, &[*m1, *m2, *d1, *d2]].concat(), weeks)?;
            out.extend_from_slice(format!("{:04}.{:02}.{:02}", day.year(), day.month(), day.day()).as_bytes());
            return Some(());
        }
        (b"DA", _) if text.len() != 8 => return None,
        (b"DA" | b"DT", _) => {
            let day = day(text.get(..8)?, weeks)?;
            out.extend_from_slice(format!("{:04}{:02}{:02}", day.year(), day.month(), day.day()).as_bytes());
            &text[8..]
        }
        _ => return None,
    };
    let sign = rest.iter().position(|b| matches!(b, b'+' | b'-')).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(sign);
    let timed = is_time(time) || vr.0 == *b"TM" && is_old_time(time) || vr.0 != *b"TM" && time.is_empty();
    let zoned = zone.is_empty() || vr.0 == *b"DT" && is_zone(zone);
    out.extend_from_slice(rest);
    (timed && zoned).then_some(())
}

fn day(digits: &[u8], weeks: u32) -> Option<Date> {
    let number = |range| digits_of(&digits[range]);
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let day = Date::new(year as i16, month as i8, day as i8).ok().filter(|d| d.year() > 0)?;
    if weeks == 0 {
        return Some(day);
    }
    let stands_for_none = NO_DAYS.contains(&(day.year(), day.month(), day.day())) || !YEARS.contains(&day.year());
    if stands_for_none {
        return None;
    }
    day.checked_sub(Span::new().try_weeks(weeks).ok()?).ok()
}

/// `HH`, `HHMM`, `HHMMSS` or `HHMMSS.F` with up to six digits of a fraction.
fn is_time(text: &[u8]) -> bool {
    let (whole, fraction) = match text.iter().position(|b| *b == b'.') {
        Some(dot) => (&text[..dot], Some(&text[dot + 1..])),
        None => (text, None),
    };
    let parts = whole.chunks(2).zip([23, 59, 60]).all(|(two, most)| digits_of(two).is_some_and(|n| n <= most));
    let exact = fraction.is_none_or(|f| whole.len() == 6 && (1..=6).contains(&f.len()) && digits_of(f).is_some());
    matches!(whole.len(), 2 | 4 | 6) && parts && exact
}

/// `HH:MM` or `HH:MM:SS` with or without a fraction.
fn is_old_time(text: &[u8]) -> bool {
    let digits: Vec<u8> = text.iter().copied().filter(|b| *b != b':').collect();
    let stand = matches!(text, [_, _, b':', _, _] | [_, _, b':', _, _, b':', _, _, ..]);
    stand && text.iter().filter(|b| **b == b':').count() == (text.len().min(8) - 2) / 3 && is_time(&digits)
}

/// A number of up to six digits and nothing else; of more than four the first ones do not matter here.
fn digits_of(text: &[u8]) -> Option<u16> {
    let plain = (1..=6).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    plain.then(|| text.iter().rev().take(4).rev().fold(0, |n, b| n * 10 + u16::from(b - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DA: Vr = Vr(*b"DA");
    const DT: Vr = Vr(*b"DT");
    const TM: Vr = Vr(*b"TM");

    #[test]
    fn every_form_moves_and_stays_the_form_it_is() {
        let cases: [(Vr, &str, &str); 21] = [
            (DA, "20240229", "20240222"),
            (DA, "20240302 ", "20240224"),
            (DA, "2024.03.02", "2024.02.24"),
            (DA, "20240302\\20240309", "20240224\\20240302"),
            (DA, "\\20240309", "\\20240302"),
            (DA, "20240302-20240309", "20240224-20240302"),
            (DA, "-20240309", "-20240302"),
            (DA, "20240309-", "20240302-"),
            (DA, "", ""),
            (DT, "20240302", "20240224"),
            (DT, "2024030223", "2024022423"),
            (DT, "20240302235960.123456", "20240224235960.123456"),
            (DT, "20240302235959.1+0530", "20240224235959.1+0530"),
            (DT, "20240302-0330", "20240224-0330"),
            (DT, "20240302-0330-20240309-0330", "20240224-0330-20240302-0330"),
            (DT, "20240302-20240309", "20240224-20240302"),
            (DT, "20240107000000", "20231231000000"),
            (TM, "235959.999999", "235959.999999"),
            (TM, "10:15:07.5", "10:15:07.5"),
            (TM, "10-12", "10-12"),
            (TM, "07\\0815 ", "07\\0815"),
        ];
        let mut tried = 0;
        for (vr, from, to) in cases {
            let moved = moved(vr, from.as_bytes(), 1);
            assert_eq!(moved.as_deref().map(String::from_utf8_lossy).as_deref(), Some(to), "{from}");
            tried += 1;
        }
        assert_eq!(tried, 21);
    }

    #[test]
    fn what_is_no_date_does_not_move() {
        let cases: [(Vr, &str); 31] = [
            (DA, "20230229"),
            (DA, "Canary"),
            (DA, "2024"),
            (DA, "202403"),
            (DA, "20240302Jane"),
            (DA, "20240302\\Jane"),
            (DA, "2024-03-02"),
            (DA, "20240302101500"),
            (DA, "19000101"),
            (DA, "19700101"),
            (DA, "00010101"),
            (DA, "17530101"),
            (DA, "29991231"),
            (DA, "-"),
            (DA, "20241301"),
            (DA, "2024.3.2"),
            (DT, "2024"),
            (DT, "202403"),
            (DT, "20240302Z"),
            (DT, "20240302+9900"),
            (DT, "20240302+1260"),
            (DT, "2024030225"),
            (DT, "20240302101500.1234567"),
            (DT, "20240302101500."),
            (DT, "2001-2002"),
            (TM, "Canary"),
            (TM, "2460"),
            (TM, "250000"),
            (TM, "10:1500"),
            (TM, "101500+0100"),
            (TM, "10150"),
        ];
        let mut tried = 0;
        for (vr, text) in cases {
            assert_eq!(moved(vr, text.as_bytes(), 7), None, "{text}");
            tried += 1;
        }
        assert_eq!(tried, 31);
        assert!(moved(DA, b"19000101", 0).is_some() && moved(DA, b"20230229", 0).is_none());
    }

    #[test]
    fn shared_dates_are_in_order_and_stay_where_they_are() {
        assert!(SHARED.windows(2).all(|w| w[0] < w[1]));
        assert!(!may_move(0x0008_0106) && !may_move(0x0018_1204) && !may_move(0x300A_022C));
        assert!(is_recent_day(b"20240229") && !is_recent_day(b"20230229") && !is_recent_day(b"1.2024.3"));
        assert!(may_move(0x0008_0020) && may_move(0x0040_A121));
    }

    fn days(text: &[u8]) -> i64 {
        let number = |r: std::ops::Range<usize>| std::str::from_utf8(&text[r]).unwrap().parse::<i16>().unwrap();
        let date = Date::new(number(0..4), number(4..6) as i8, number(6..8) as i8).unwrap();
        i64::from(Date::new(1800, 1, 1).unwrap().until(date).unwrap().get_days())
    }

    proptest! {
        #[test]
        fn intervals_and_weekdays_survive_and_no_date_does(a in 0i64..70_000, b in 0i64..70_000, weeks in 1u32..=1560) {
            let text = |days: i64| {
                let day = Date::new(1897, 1, 1).unwrap().checked_add(Span::new().days(days)).unwrap();
                format!("{:04}{:02}{:02}", day.year(), day.month(), day.day())
            };
            let (a, b) = (text(a), text(b));
            let both = (moved(DA, a.as_bytes(), weeks), moved(DA, b.as_bytes(), weeks));
            let (Some(c), Some(d)) = both else { return Ok(()) };
            prop_assert_eq!(days(a.as_bytes()) - days(b.as_bytes()), days(&c) - days(&d));
            prop_assert_eq!(days(a.as_bytes()) - days(&c), i64::from(weeks) * 7);
            prop_assert_ne!(a.as_bytes(), &c[..]);
            let time = format!("{a}101112.5-0100");
            let moved_time = moved(DT, time.as_bytes(), weeks).unwrap();
            prop_assert_eq!(&moved_time[..8], &c[..]);
            prop_assert_eq!(&moved_time[8..], &time.as_bytes()[8..]);
            let old = format!("{}.{}.{}", &a[..4], &a[4..6], &a[6..]);
            let moved_old = moved(DA, old.as_bytes(), weeks).unwrap();
            prop_assert_eq!(moved_old.into_iter().filter(|b| *b != b'.').collect::<Vec<_>>(), c);
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..40), weeks in 0u32..=1560) {
            for vr in [DA, DT, TM] {
                let _ = moved(vr, &bytes, weeks);
            }
        }

        #[test]
        fn nor_are_digits_and_signs(text in "[0-9.:+\\\\-]{0,30}", weeks in 0u32..=1560) {
            for vr in [DA, DT, TM] {
                if let Some(out) = moved(vr, text.as_bytes(), weeks) {
                    prop_assert_eq!(out.len(), text.len());
                    prop_assert_eq!(moved(vr, &out, 0).is_some(), true);
                }
            }
        }
    }
}
