//! Dates of consent: a month, or a day where the register gives one; a day never prints.
//!
//! ISO 8601 (`2019-05`, `2019-05-17`) and the United Kingdom's order (`17/05/2019`, `05/2019`), which leaves no doubt.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A calendar month, `YYYY-MM`. The finest date that may leave custody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    month: u8,
}

/// A month, or a day of it. `Debug` and `Display` show the month alone; [`Date::exact`] shows the day.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    month: Month,
    day: Option<u8>,
}

/// Why a text is not a date. The text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotADate {
    /// It has none of the shapes that are read.
    #[error("is not a date; write YYYY-MM-DD, YYYY-MM, DD/MM/YYYY or MM/YYYY")]
    Shape,
    /// It has the shape, but there is no such day or month.
    #[error("is a day or month that does not exist; where slashes are used the day comes first")]
    Impossible,
}

impl Month {
    /// A month of the years 1000 to 9999; none for a month outside 1 to 12.
    pub fn new(year: u16, month: u8) -> Option<Self> {
        ((1000..=9999).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// The year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// Its first day.
    pub fn first(self) -> Date {
        Date { month: self, day: Some(1) }
    }

    /// The month of the year, 1 to 12.
    pub fn number(self) -> u8 {
        self.month
    }

    /// The month so many months later; the last of the calendar where there is none.
    pub fn later(self, months: u16) -> Self {
        let count = u32::from(self.year) * 12 + u32::from(self.month) - 1 + u32::from(months);
        let (year, month) = (u16::try_from(count / 12), u8::try_from(count % 12 + 1));
        let read = || Self::new(year.ok()?, month.ok()?);
        read().unwrap_or(Self { year: 9999, month: 12 })
    }

    /// The number of days in it.
    fn days(self) -> u8 {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        match self.month {
            2 => 28 + u8::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

impl Date {
    /// A day; none where the calendar has no such day.
    pub fn day(year: u16, month: u8, day: u8) -> Option<Self> {
        let month = Month::new(year, month)?;
        (1..=month.days()).contains(&day).then_some(Self { month, day: Some(day) })
    }

    /// Today, by the clock of this machine in coordinated universal time.
    pub fn today() -> Self {
        let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
        let part = |n: i8| u8::try_from(n).ok();
        let read = || Self::day(u16::try_from(now.year()).ok()?, part(now.month())?, part(now.day())?);
        // A clock outside the years 1000 to 9999 is broken: the last month there is makes every consent expired.
        read().unwrap_or(Self::from(Month { year: 9999, month: 12 }))
    }

    /// Its month.
    pub fn month(self) -> Month {
        self.month
    }

    /// The first day it may mean, in an order that compares.
    pub(super) fn first(self) -> (Month, u8) {
        (self.month, self.day.unwrap_or(1))
    }

    /// The last day it may mean.
    pub(super) fn last(self) -> (Month, u8) {
        (self.month, self.day.unwrap_or(self.month.days()))
    }

    /// Whether all of it lies behind `as_of`: a consent that runs to this date has expired. Where `as_of` is only a
    /// month, its last day counts.
    pub fn is_past(self, as_of: Date) -> bool {
        as_of.last() > self.last()
    }

    /// Whether all of it lies after `as_of`.
    pub fn is_future(self, as_of: Date) -> bool {
        self.first() > as_of.last()
    }

    /// Whether its month has begun by `as_of`.
    pub fn has_begun(self, as_of: Date) -> bool {
        self.month <= as_of.month
    }

    /// The date with its day, for custody's copy only.
    pub fn exact(self) -> String {
        match self.day {
            Some(day) => format!("{}-{day:02}", self.month),
            None => self.month.to_string(),
        }
    }

    /// Reads `YYYY-MM-DD` or `YYYY-MM`, as JSON and TOML have it.
    ///
    /// # Errors
    /// When the text has another shape or the calendar has no such date.
    pub fn iso(text: &str) -> Result<Self, NotADate> {
        let parts: Vec<&str> = text.split('-').collect();
        match parts[..] {
            [y, m] => Self::build(number(y, 4, 4)?, number(m, 2, 2)?, None),
            [y, m, d] => Self::build(number(y, 4, 4)?, number(m, 2, 2)?, Some(number(d, 2, 2)?)),
            _ => Err(NotADate::Shape),
        }
    }

    /// A date with its month as a word.
    fn worded(text: &str) -> Result<Self, NotADate> {
        let parts: Vec<&str> = text.split([' ', '-', ',']).filter(|part| !part.is_empty()).collect();
        let (day, month, year) = match parts[..] {
            [month, year] => (None, month, year),
            [day, month, year] => (Some(day), month, year),
            _ => return Err(NotADate::Shape),
        };
        let word = month.to_ascii_lowercase();
        let fits = |name: &&str| word == **name || word == name[..3] || (word == "sept" && **name == *"september");
        let month = MONTHS.iter().position(fits).ok_or(NotADate::Shape)?;
        let ordinal =
            |day: &str| ["st", "nd", "rd", "th"].iter().find_map(|end| day.strip_suffix(end).map(str::to_owned));
        let day = day.map(|day| number(&ordinal(day).unwrap_or_else(|| day.to_owned()), 1, 2)).transpose()?;
        Self::build(number(year, 4, 4)?, month as u16 + 1, day)
    }

    fn build(year: u16, month: u16, day: Option<u16>) -> Result<Self, NotADate> {
        let small = |n: u16| u8::try_from(n).map_err(|_| NotADate::Impossible);
        let month = Month::new(year, small(month)?).ok_or(NotADate::Impossible)?;
        match day {
            None => Ok(Self::from(month)),
            Some(day) => Self::day(month.year, month.month, small(day)?).ok_or(NotADate::Impossible),
        }
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Between `least` and `most` digits, nothing else.
fn number(text: &str, least: usize, most: usize) -> Result<u16, NotADate> {
    if !(least..=most).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotADate::Shape);
    }
    text.parse().map_err(|_| NotADate::Shape)
}

impl FromStr for Date {
    type Err = NotADate;

    /// Reads every shape a register may use: ISO 8601, day first with slashes or full stops, or the month as an English word
    /// (`17 May 2019`, `17th May 2019`, `17-May-2019`, `May 2019`).
    fn from_str(text: &str) -> Result<Self, NotADate> {
        let text = text.trim();
        if text.bytes().any(|b| b.is_ascii_alphabetic()) {
            return Self::worded(text);
        }
        let parts: Vec<&str> = text.split(['/', '.']).collect();
        match parts[..] {
            [_] => Self::iso(text),
            [m, y] => Self::build(number(y, 4, 4)?, number(m, 1, 2)?, None),
            [d, m, y] => Self::build(number(y, 4, 4)?, number(m, 1, 2)?, Some(number(d, 1, 2)?)),
            _ => Err(NotADate::Shape),
        }
    }
}

impl From<Month> for Date {
    fn from(month: Month) -> Self {
        Self { month, day: None }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.month.fmt(f)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Date({})", self.month)
    }
}

impl FromStr for Month {
    type Err = NotADate;

    /// Reads `YYYY-MM`.
    fn from_str(text: &str) -> Result<Self, NotADate> {
        match Date::iso(text)? {
            Date { month, day: None } => Ok(month),
            Date { day: Some(_), .. } => Err(NotADate::Shape),
        }
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    #[test]
    fn a_date_reads_in_every_shape_of_the_register() {
        let cases = [
            ("2019-05-07", "2019-05-07"),
            ("07/05/2019", "2019-05-07"),
            ("7/5/2019", "2019-05-07"),
            ("07.05.2019", "2019-05-07"),
            ("2019-05", "2019-05"),
            ("05/2019", "2019-05"),
            (" 29/02/2020 ", "2020-02-29"),
            ("29/02/2000", "2000-02-29"),
            ("17 May 2019", "2019-05-17"),
            ("17th may 2019", "2019-05-17"),
            ("1st Sept 2020", "2020-09-01"),
            ("17-May-2019", "2019-05-17"),
            ("3 DECEMBER, 1999", "1999-12-03"),
            ("May 2019", "2019-05"),
            ("Feb-2020", "2020-02"),
        ];
        for (text, exact) in cases {
            assert_eq!(date(text).exact(), exact, "{text}");
        }
        assert_eq!(cases.len(), 15);
    }

    #[test]
    fn an_impossible_date_is_refused() {
        let impossible =
            ["2019-02-29", "31/04/2020", "13/25/2020", "2019-13", "00/2019", "0/1/2019", "1900-02-29", "31 April 2020"];
        for text in impossible {
            assert_eq!(text.parse::<Date>(), Err(NotADate::Impossible), "{text}");
        }
        let shapeless = [
            "",
            "tomorrow",
            "19-05-07",
            "1/2/19",
            "2019",
            "20190507",
            "2019-5-7",
            "1/2/3/2019",
            "+1/02/2019",
            "٠١/2019",
            "17 Mai 2019",
            "May 19",
            "17 May",
            "May 17 2019",
            "th May 2019",
            "Maybe 2019",
        ];
        for text in shapeless {
            assert_eq!(text.parse::<Date>(), Err(NotADate::Shape), "{text}");
        }
        assert_eq!((impossible.len(), shapeless.len()), (8, 16));
    }

    #[test]
    fn a_consent_lasts_through_its_last_day_or_month() {
        assert!(!date("2026-11").is_past(date("2026-11-30")));
        assert!(date("2026-11").is_past(date("2026-12-01")));
        assert!(!date("2026-11-10").is_past(date("2026-11-10")));
        assert!(date("2026-11-10").is_past(date("2026-11-11")));
        assert!(date("2026-11-10").is_past(date("2026-11")), "a month alone counts with its last day");
        assert!(date("2026-11-21").is_future(date("2026-11-20")) && !date("2026-11").is_future(date("2026-11-20")));
    }

    #[test]
    fn months_are_counted_across_the_turn_of_the_year() {
        let later = |month: &str, months| month.parse::<Month>().expect("a month").later(months).to_string();
        assert_eq!(later("2026-11", 0), "2026-11");
        assert_eq!(later("2026-11", 1), "2026-12");
        assert_eq!(later("2026-11", 2), "2027-01");
        assert_eq!(later("2026-12", 24), "2028-12");
        assert_eq!(later("9999-12", 1), "9999-12");
    }

    #[test]
    fn a_day_never_prints() {
        let day = date("17/05/2019");
        assert_eq!(format!("{day} {day:?} {:?}", Some(day)), "2019-05 Date(2019-05) Some(Date(2019-05))");
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_an_error(text in ".{0,20}") {
            if let Ok(date) = text.parse::<Date>() {
                prop_assert_eq!(Date::iso(&date.exact()), Ok(date));
            }
        }

        #[test]
        fn every_real_day_reads_back_in_both_orders(days in 0i32..150_000) {
            let day = jiff::civil::date(1800, 1, 1) + jiff::Span::new().days(days);
            let iso = format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day());
            let uk = format!("{}/{}/{}", day.day(), day.month(), day.year());
            prop_assert_eq!(date(&iso).exact(), iso.clone());
            prop_assert_eq!(date(&uk).exact(), iso);
        }

        #[test]
        fn a_date_is_past_exactly_when_the_calendar_says(a in 0i32..2000, b in 0i32..2000) {
            let day = |n: i32| {
                let d = jiff::civil::date(2020, 1, 1) + jiff::Span::new().days(n);
                date(&format!("{}/{}/{}", d.day(), d.month(), d.year()))
            };
            prop_assert_eq!(day(a).is_past(day(b)), a < b);
            prop_assert_eq!(day(a).is_future(day(b)), a > b);
        }
    }
}
