//! Knows the numbers by which an object's patient goes, as numbers: without leading zeros, in whatever representation.
//!
//! PS3.15 E.3.5 asks for what identifies in whatever form; PS3.5 6.2 for the representations. A number counts from six digits
//! on, unless it is a round one: shorter ones and round ones are measurements too often. Days count as they are written
//! without strokes, as seconds and milliseconds since 1970, and as Julian days.

use super::value::trim;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// The least number that counts.
const LEAST: i64 = 100_000;
/// One that this divides is round.
const ROUND: i64 = 10_000;
/// Numbers up to here are whole in 32 and in 64 bits of floating point.
const WHOLE_32: f64 = 16_777_216.0;
const WHOLE_64: f64 = 9_007_199_254_740_992.0;
/// The Julian day of 1 January 1970, at noon.
const JULIAN: i64 = 2_440_588;

/// Numbers that identify in one object.
#[derive(Default)]
pub(super) struct Counted(BTreeSet<i64>);

impl Counted {
    /// Takes in a number of a person or an examination: its runs of digits, and all its digits together.
    pub(super) fn number(&mut self, text: &str) {
        for value in text.split('\\') {
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            let runs = value.split(|c: char| !c.is_ascii_digit()).map(str::to_owned);
            let numbers = runs.chain([digits]).filter_map(|run| run.parse::<i64>().ok());
            self.extend(numbers.filter(|number| number % ROUND != 0));
        }
    }

    /// Takes in the day with which a DA or DT begins.
    pub(super) fn day(&mut self, text: &str) {
        for value in text.split('\\').map(str::trim) {
            let Some(digits) = value.get(..8).filter(|d| d.bytes().all(|b| b.is_ascii_digit())) else { continue };
            let part = |range: std::ops::Range<usize>| digits[range].parse::<i64>().unwrap_or(0);
            let (year, month, day) = (part(0..4), part(4..6), part(6..8));
            let Ok(date) = Date::new(year as i16, month as i8, day as i8) else { continue };
            let since = date.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |at| at.timestamp().as_second());
            let written = [year * 10_000 + month * 100 + day, day * 1_000_000 + month * 10_000 + year];
            let american = month * 1_000_000 + day * 10_000 + year;
            self.extend(written.into_iter().chain([american, since, since * 1000, since / 86_400 + JULIAN]));
        }
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn extend(&mut self, numbers: impl IntoIterator<Item = i64>) {
        self.0.extend(numbers.into_iter().filter(|n| n.abs() >= LEAST));
    }

    /// Whether a whole number is one of them, with whatever sign.
    fn has(&self, number: i64) -> bool {
        number.unsigned_abs() >= LEAST as u64 && (self.0.contains(&number) || self.0.contains(&number.saturating_neg()))
    }

    /// Whether a number in floating point is.
    fn has_float(&self, number: f64) -> bool {
        number.fract() == 0.0 && number.abs() < WHOLE_64 && self.has(number as i64)
    }

    /// Whether a number in 32 bits of floating point is, or what is left of one.
    fn has_short(&self, number: f32) -> bool {
        let exact = f64::from(number);
        self.has_float(exact)
            || exact.abs() >= WHOLE_32 && exact.is_finite() && self.0.iter().any(|n| (*n as f32).abs() == number.abs())
    }

    /// Whether one of the numbers of a DS or IS is.
    pub(super) fn in_text(&self, value: &[u8]) -> bool {
        let numbers = value.split(|b| *b == b'\\').filter_map(|one| std::str::from_utf8(trim(one)).ok());
        numbers.filter_map(|one| one.parse().ok()).any(|number| self.has_float(number))
    }

    /// Whether one of these numbers of four or eight bytes is, read as whole or not, with a sign or without.
    pub(super) fn in_binary(&self, bytes: &[u8], size: u8, big: bool) -> bool {
        let fours = |b: [u8; 4]| if big { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) };
        let eights = |b: [u8; 8]| if big { u64::from_be_bytes(b) } else { u64::from_le_bytes(b) };
        bytes.chunks_exact(usize::from(size.max(1))).any(|part| match *part {
            [a, b, c, d] => {
                let n = fours([a, b, c, d]);
                // A tag is two numbers of 16 bits, the higher one first.
                let whole = [i64::from(n), i64::from(n as i32), i64::from(n.rotate_left(16))];
                whole.into_iter().any(|n| self.has(n)) || self.has_short(f32::from_bits(n))
            }
            [a, b, c, d, e, f, g, h] => {
                let n = eights([a, b, c, d, e, f, g, h]);
                self.has(n as i64) || self.has_float(f64::from_bits(n))
            }
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_known_in_every_representation_and_their_neighbours_are_not() {
        let mut counted = Counted::default();
        counted.number("AB-00485777");
        counted.number("485 777 3456");
        counted.number("12345");
        counted.number("4700000");
        counted.day("19570314");
        counted.day("20190314101500");
        let mut tried = 0;
        for text in [
            "485777",
            "+00485777.0",
            "4.85777e5",
            "-485777",
            "1\\4857773456",
            "14031957",
            "03141957",
            "-404006400",
            "1552521600",
        ] {
            assert!(counted.in_text(text.as_bytes()), "{text}");
            tried += 1;
        }
        for text in ["485778", "485777.5", "48577", "12345", "4700000", "1552521601", "1957", "0", ""] {
            assert!(!counted.in_text(text.as_bytes()), "{text}");
            tried += 1;
        }
        let (four, eight) = (485_777u32, 4_857_773_456u64);
        for (bytes, size, big) in [
            (four.to_le_bytes().to_vec(), 4, false),
            (four.to_be_bytes().to_vec(), 4, true),
            (485_777f32.to_le_bytes().to_vec(), 4, false),
            (19_570_314f32.to_le_bytes().to_vec(), 4, false),
            (vec![7, 0, 0x91, 0x69], 4, false),
            ((-404_006_400i32).to_le_bytes().to_vec(), 4, false),
            (eight.to_le_bytes().to_vec(), 8, false),
            (4_857_773_456f64.to_be_bytes().to_vec(), 8, true),
            (2_435_912f64.to_le_bytes().to_vec(), 8, false),
        ] {
            assert!(counted.in_binary(&bytes, size, big), "{bytes:?}");
            assert!(!counted.in_binary(&bytes, size, !big), "{bytes:?} turned");
            tried += 1;
        }
        assert_eq!(tried, 27);
    }
}
