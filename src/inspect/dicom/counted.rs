//! The numbers of a person as numbers: whether a measurement of an output is one, whatever its representation.
//!
//! PS3.5 6.2. Six digits and more that are not a round ten thousand; the day of birth in three orders, in seconds or
//! milliseconds since 1970, and as a Julian day.

use std::collections::HashSet;

/// The most numbers that are remembered.
const MOST: usize = 20_000;

/// Numbers that stand for a person.
#[derive(Debug, Default, Clone)]
pub(super) struct Numbers(HashSet<i128>);

impl Numbers {
    /// Takes in a number of a person or an examination, the zeros before it left out: each run of figures, and all together.
    pub(super) fn take(&mut self, text: &[u8]) {
        for value in text.split(|b| *b == b'\\') {
            let runs = value.split(|b| !b.is_ascii_digit()).map(<[u8]>::to_vec);
            let all = value.iter().copied().filter(u8::is_ascii_digit).collect();
            for run in runs.chain([all]).filter(|run: &Vec<u8>| (6..=18).contains(&run.len())) {
                let number = run.iter().fold(0, |n, b| n * 10 + i128::from(b - b'0'));
                if number % 10_000 != 0 {
                    self.put(number);
                }
            }
        }
    }

    /// Takes in a day of birth, `YYYYMMDD`.
    pub(super) fn take_day(&mut self, text: &[u8]) {
        let Some(digits) = text.get(..8).filter(|digits| digits.iter().all(u8::is_ascii_digit)) else { return };
        let number = |part: &[u8]| part.iter().fold(0, |n, b| n * 10 + i128::from(b - b'0'));
        let (year, month, day) = (number(&digits[..4]), number(&digits[4..6]), number(&digits[6..]));
        if !(1..=12).contains(&month) {
            return;
        }
        // Days since 1 March of the year 0, the months counted from March on.
        let (years, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = 365 * years + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 1;
        let since = days - 719_468;
        self.put(number(digits));
        let written = [month * 1_000_000 + day * 10_000 + year, day * 1_000_000 + month * 10_000 + year];
        let counted = [since * 86_400, since * 86_400_000, since + 2_440_588];
        written.into_iter().chain(counted).for_each(|number| self.put(number));
    }

    fn put(&mut self, number: i128) {
        if number.abs() >= 100_000 && self.0.len() < MOST {
            self.0.insert(number);
        }
    }

    /// Whether one of an element's numbers is one of these.
    pub(super) fn stand_in(&self, vr: [u8; 2], big: bool, value: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let is_text = matches!(&vr, b"DS" | b"IS" | b"UN");
        let size = match &vr {
            b"UL" | b"SL" | b"FL" | b"AT" => 4,
            b"FD" | b"SV" | b"UV" => 8,
            b"UN" if matches!(value.len(), 4 | 8) => value.len(),
            _ => 0,
        };
        is_text && self.in_text(value) || size > 0 && value.chunks_exact(size).any(|part| self.in_part(vr, big, part))
    }

    fn in_text(&self, value: &[u8]) -> bool {
        let text = String::from_utf8_lossy(value);
        let numbers = text.split('\\').filter_map(|one| one.trim_matches([' ', '\0']).parse::<f64>().ok());
        numbers.into_iter().any(|number| self.is(number))
    }

    fn in_part(&self, vr: [u8; 2], big: bool, part: &[u8]) -> bool {
        let mut bytes = part.to_vec();
        if !big {
            bytes.reverse();
        }
        let raw = bytes.iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
        let whole = |number: i128| self.0.contains(&number) || self.0.contains(&-number);
        match (&vr, part.len()) {
            (b"FL", _) => {
                let number = f32::from_bits(raw as u32);
                let same = |known: &i128| (*known as f32).abs() == number.abs();
                self.is(f64::from(number)) || number.abs() > 1.6e7 && self.0.iter().any(same)
            }
            (b"FD", _) => self.is(f64::from_bits(raw)),
            (b"AT", _) => whole(i128::from(if big { raw } else { raw >> 16 | (raw & 0xffff) << 16 })),
            (b"UN", 4) => {
                whole(i128::from(raw))
                    || whole(i128::from(raw as u32 as i32))
                    || self.is(f64::from(f32::from_bits(raw as u32)))
            }
            (b"UN", _) => whole(i128::from(raw as i64)) || self.is(f64::from_bits(raw)),
            (_, 4) => whole(i128::from(raw)) || whole(i128::from(raw as u32 as i32)),
            _ => whole(i128::from(raw)) || whole(i128::from(raw as i64)),
        }
    }

    fn is(&self, number: f64) -> bool {
        let whole = number.is_finite() && number.fract() == 0.0 && number.abs() < 9e15;
        whole && (self.0.contains(&(number as i128)) || self.0.contains(&-(number as i128)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_seen_in_every_representation_and_others_are_not() {
        let mut numbers = Numbers::default();
        numbers.take(b"AB-00485777\\485 777 3456\\12345\\4700000");
        numbers.take_day(b"19570314");
        let mut tried = 0;
        for (vr, value, seen) in [
            (b"IS", b"485777".to_vec(), true),
            (b"DS", b"1.5\\4.85777e5 ".to_vec(), true),
            (b"DS", b"14031957".to_vec(), true),
            (b"DS", b"-404006400".to_vec(), true),
            (b"DS", b"485778\\12345\\4700000".to_vec(), false),
            (b"UL", 485_777u32.to_le_bytes().to_vec(), true),
            (b"UL", 485_777u32.to_be_bytes().to_vec(), false),
            (b"SL", (-404_006_400i32).to_le_bytes().to_vec(), true),
            (b"AT", vec![7, 0, 0x91, 0x69], true),
            (b"FL", 19_570_314f32.to_le_bytes().to_vec(), true),
            (b"FD", 2_435_912f64.to_le_bytes().to_vec(), true),
            (b"FD", 2_435_912.5f64.to_le_bytes().to_vec(), false),
            (b"UV", 4_857_773_456u64.to_le_bytes().to_vec(), true),
            (b"UN", 485_777u32.to_le_bytes().to_vec(), true),
            (b"US", vec![7, 0, 0x91, 0x69], false),
        ] {
            assert_eq!(numbers.stand_in(*vr, false, &value), seen, "{} {value:?}", String::from_utf8_lossy(vr));
            tried += 1;
        }
        assert_eq!(tried, 15);
    }
}
