//! What a user should know of a register though nothing is wrong: each kind told a few times, then counted.
//!
//! The check digit of an NHS number is that of the NHS Data Dictionary: modulus 11 with weights 10 to 2.

use super::Unit;

/// How many lines of one kind are named.
const MOST_NAMED: usize = 5;
/// Numbers of fewer digits are counters, whose lengths differ by nature.
const COUNTER: usize = 6;

/// A kind of notice about one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    CoversNothing,
    Repeats,
    CheckDigit,
    LeadingZeros,
    PatientDecides,
}

const HINTS: [Hint; 5] =
    [Hint::CoversNothing, Hint::Repeats, Hint::CheckDigit, Hint::LeadingZeros, Hint::PatientDecides];

impl Hint {
    fn says(self, unit: Unit) -> String {
        match self {
            Hint::CoversNothing => "says given, but neither level nor scopes: it covers nothing".to_owned(),
            Hint::Repeats => format!("says what an earlier {} says", unit.word()),
            Hint::CheckDigit => {
                "has a number of ten digits that is no NHS number, since its check digit is wrong: is a digit mistyped?"
                    .to_owned()
            }
            Hint::LeadingZeros => {
                "has a number shorter than most others: a spreadsheet may have dropped zeros in front of it".to_owned()
            }
            Hint::PatientDecides => {
                "has a consent by somebody else of a time when the patient decided for themselves (adult_from)"
                    .to_owned()
            }
        }
    }
}

/// Notices in the making.
#[derive(Debug, Default)]
pub(super) struct Notices {
    texts: Vec<String>,
    named: Vec<(Hint, u64)>,
    counts: [usize; HINTS.len()],
}

impl Notices {
    pub(super) fn text(&mut self, text: String) {
        self.texts.push(text);
    }

    pub(super) fn hint(&mut self, hint: Hint, line: u64) {
        let Some(count) = HINTS.iter().position(|h| *h == hint).and_then(|at| self.counts.get_mut(at)) else { return };
        *count += 1;
        if *count <= MOST_NAMED {
            self.named.push((hint, line));
        }
    }

    /// All of them, as they are told.
    pub(super) fn told(mut self, unit: Unit) -> Vec<String> {
        let word = unit.word();
        for (hint, count) in HINTS.into_iter().zip(self.counts) {
            let named = self.named.iter().filter(|(h, _)| *h == hint);
            self.texts.extend(named.map(|(_, line)| format!("{word} {line} {}", hint.says(unit))));
            if let Some(more) = count.checked_sub(MOST_NAMED).filter(|more| *more > 0)
                && let Some(last) = self.texts.last_mut()
            {
                let plural = if more == 1 { "" } else { "s" };
                last.push_str(&format!("; and so for {more} more {word}{plural}"));
            }
        }
        self.texts
    }
}

/// How long the numbers of a register are.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    counts: [usize; 21],
    named: Vec<(usize, u64)>,
}

impl Lengths {
    /// Notes a patient's number, where it is digits only.
    pub(super) fn note(&mut self, id: &[u8], line: u64) {
        let Some(count) = self.counts.get_mut(id.len()).filter(|_| id.iter().all(u8::is_ascii_digit)) else { return };
        *count += 1;
        if *count <= MOST_NAMED {
            self.named.push((id.len(), line));
        }
    }

    /// Names the numbers that are shorter than most.
    pub(super) fn hints(&self, notices: &mut Notices) {
        let total: usize = self.counts.iter().sum();
        let Some((usual, count)) = self.counts.iter().enumerate().max_by_key(|(_, count)| **count) else { return };
        if usual <= COUNTER || count * 2 <= total {
            return;
        }
        for &(_, line) in self.named.iter().filter(|(length, _)| *length < usual) {
            notices.hint(Hint::LeadingZeros, line);
        }
    }
}

/// Whether ten digits are an NHS number; none where they are not ten digits.
pub(super) fn is_nhs_number(id: &[u8]) -> Option<bool> {
    if id.len() != 10 || !id.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut digits = id.iter().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits.clone().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    let check = match 11 - sum % 11 {
        11 => 0,
        check => check,
    };
    Some(digits.next_back() == Some(check))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_of_an_nhs_number_is_modulus_eleven() {
        // Numbers that the NHS Data Dictionary and its test range (999 …) use.
        for (id, expected) in [
            ("9434765919", Some(true)),
            ("9434765918", Some(false)),
            ("4010232137", Some(true)),
            ("9990000026", Some(true)),
            ("943476591", None),
            ("94347659190", None),
            ("943476591X", None),
        ] {
            assert_eq!(is_nhs_number(id.as_bytes()), expected, "{id}");
        }
        let right = (0..10).filter(|last| is_nhs_number(format!("943476591{last}").as_bytes()) == Some(true));
        assert_eq!(right.count(), 1);
    }

    #[test]
    fn many_notices_of_a_kind_are_counted() {
        let mut notices = Notices::default();
        (2..102).for_each(|line| notices.hint(Hint::Repeats, line));
        let told = notices.told(Unit::Row);
        assert_eq!(told.len(), MOST_NAMED);
        assert_eq!(told[4], "row 6 says what an earlier row says; and so for 95 more rows");
    }

    #[test]
    fn a_number_shorter_than_most_may_have_lost_zeros() {
        let told = |ids: &[&str]| {
            let (mut lengths, mut notices) = (Lengths::default(), Notices::default());
            (2..).zip(ids).for_each(|(line, id)| lengths.note(id.as_bytes(), line));
            lengths.hints(&mut notices);
            notices.told(Unit::Line).len()
        };
        assert_eq!(told(&["0012345", "1234567", "12345"]), 1);
        assert_eq!(told(&["1", "22", "333", "444"]), 0, "counters");
        assert_eq!(told(&["AB12345", "12345"]), 0);
    }
}
