//! Finds a name, a number or words spelled among the numbers of a table, a curve or a colour profile.
//!
//! Entries that no sample reaches show in no picture, and whoever reads the bytes reads them. Letters may lie in every byte,
//! or in one of two (entries of 16 bits, UTF-16). Tables rise and fall slowly, and pass the letters on their way: `ABCDEF`
//! and `AABBCC` are slopes, and no number of a patient. PS3.3 C.7.6.3.1.6, C.11.1.1.

use super::surgeon::Surgeon;
use super::value::Words;
use crate::plan::Refusal;
use memchr::memmem;
use std::ops::Range;

/// Bytes looked at together, and so many of those before them.
const STRETCH: u64 = 64 << 10;
const BEFORE: u64 = 256;
/// A known word of so many characters is one wherever it stands among letters; a shorter one stands by itself.
const ANYWHERE: usize = 6;
/// The shortest known word that counts, with others beside it.
const PART: usize = 3;
/// The shortest in another script, in bytes.
const FOREIGN: usize = 5;
/// Tables up to this length hold so little that a few letters are no chance.
const SMALL: u64 = 4096;
/// As many figures as there are.
const FIGURES: usize = 10;
/// So many characters of a run must differ.
const DIFFERENT: u32 = 8;
/// So far is one from the next in writing, on the whole; tables that are measured tremble by less.
const FAR: usize = 5;

/// How much is no chance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Least {
    /// Characters of what is known to identify.
    name: usize,
    /// Characters that read as writing, whatever they say.
    words: Option<usize>,
}

impl Least {
    /// Of a table of so many bytes.
    pub(super) fn of_table(length: u64) -> Self {
        if length <= SMALL { Self { name: 4, words: Some(12) } } else { Self { name: 5, words: Some(16) } }
    }

    /// Of a colour profile, which has words of its own.
    pub(super) const PROFILE: Self = Self { name: ANYWHERE, words: None };
    /// Of measurements, which may stay among the numbers of letters for long.
    pub(super) const MEASURED: Self = Self { name: 8, words: None };
}

impl Surgeon<'_> {
    /// Whether something that identifies, or writing, is spelled here.
    pub(super) fn spells(&mut self, range: Range<u64>, least: Least) -> Result<bool, Refusal> {
        let mut at = range.start;
        while at < range.end {
            let end = (at + STRETCH).min(range.end);
            // An even number of bytes before, so that words of 16 bits stay whole.
            let from = if at - range.start >= BEFORE { at - BEFORE } else { at };
            let bytes = self.window.bytes(from..end)?.to_vec();
            if spells(&bytes, self.words()?, least) {
                return Ok(true);
            }
            at = end;
        }
        Ok(false)
    }
}

/// Whether something that identifies, or writing, is spelled in these bytes.
pub(super) fn spells(bytes: &[u8], words: &Words, least: Least) -> bool {
    views(bytes).iter().any(|view| names(view, words, least.name) || least.words.is_some_and(|most| reads(view, most)))
}

/// The bytes as they lie, turned in pairs, and every second one.
fn views(bytes: &[u8]) -> [Vec<u8>; 5] {
    let turned =
        |from: usize| bytes[from.min(bytes.len())..].chunks(2).flat_map(|pair| pair.iter().rev().copied()).collect();
    let every = |from: usize| bytes.iter().skip(from).step_by(2).copied().collect();
    [bytes.to_vec(), turned(0), turned(1), every(0), every(1)]
}

/// Whether known words stand here, one or with a mark between them, of so many characters together.
fn names(view: &[u8], words: &Words, least: usize) -> bool {
    let upper = view.to_ascii_uppercase();
    let foreign = words.all().iter().filter(|word| word.len() >= FOREIGN && !word.is_ascii());
    if foreign.into_iter().any(|word| memmem::find(&upper, word).is_some()) {
        return true;
    }
    let (mut at, mut end, mut together) = (0, 0, 0);
    for word in upper.split(|b| !b.is_ascii_alphanumeric()) {
        let (start, beside) = (at, at == end + 1 && end > 0 && is_mark(upper[end]));
        at += word.len() + 1;
        if word.len() < PART {
            continue;
        }
        let found = known(word, words);
        together = if beside { together + found } else { found };
        if found > 0 && together >= least {
            return true;
        }
        if found > 0 {
            end = start + word.len();
        }
    }
    false
}

/// How many characters of a run of letters and figures are a known word.
fn known(run: &[u8], words: &Words) -> usize {
    let (low, high) = steps(run);
    // A table that rises or falls by one at a time spells all ten figures, and more letters.
    let passed = high - low <= 1 && (low == high && low == 0 || low.abs().max(high.abs()) > 1 || run.len() >= FIGURES);
    if words.has(run) && !passed {
        return run.len();
    }
    let inside = |word: &&Vec<u8>| {
        (ANYWHERE..run.len()).contains(&word.len()) && !is_slope(word) && memmem::find(run, word).is_some()
    };
    if run.len() <= ANYWHERE { 0 } else { words.all().iter().filter(inside).map(Vec::len).max().unwrap_or(0) }
}

/// Whether a word is one that numbers spell which rise or fall evenly, or stay what they are.
fn is_slope(word: &[u8]) -> bool {
    let (low, high) = steps(word);
    high - low <= 1
}

/// The least and the greatest step from one character to the next.
fn steps(word: &[u8]) -> (i16, i16) {
    let steps = || word.windows(2).map(|pair| i16::from(pair[1]) - i16::from(pair[0]));
    (steps().min().unwrap_or(0), steps().max().unwrap_or(0))
}

/// Whether so many letters, figures and marks follow one another as writing has them.
fn reads(view: &[u8], least: usize) -> bool {
    let runs = view.split(|b| !b.is_ascii_alphanumeric() && !is_mark(*b)).filter(|run| run.len() >= least);
    runs.into_iter().any(|run| run.windows(least).any(is_writing))
}

/// Whether a run goes up and down as writing does and no table: far, as a whole and in every second place, since entries of 16
/// bits have two slopes; and whether letters and figures, small letters and capitals keep together as they do in words.
fn is_writing(run: &[u8]) -> bool {
    let different = run.iter().fold(0u128, |seen, b| seen | 1 << (b & 0x7F)).count_ones();
    let letters = run.iter().filter(|b| b.is_ascii_alphanumeric()).count();
    let breaks = run.windows(2).filter(|pair| is_break(pair[0], pair[1])).count();
    let half = |from: usize| run.iter().skip(from).step_by(2).copied().collect::<Vec<u8>>();
    let is_bent = |half: &[u8]| turns(half) > 0 && is_rough(half);
    different >= DIFFERENT
        && 4 * letters >= 3 * run.len()
        && 4 * breaks <= run.len()
        && 4 * turns(run) >= run.len()
        && is_rough(run)
        && is_bent(&half(0))
        && is_bent(&half(1))
}

/// How often numbers that rose fall, or the other way round.
fn turns(numbers: &[u8]) -> usize {
    let steps = numbers.windows(2).map(|pair| pair[1].cmp(&pair[0])).filter(|step| step.is_ne());
    let steps: Vec<_> = steps.collect();
    steps.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// Whether the way from one character to the next is far on the whole.
fn is_rough(numbers: &[u8]) -> bool {
    let way: usize = numbers.windows(2).map(|pair| usize::from(pair[0].abs_diff(pair[1]))).sum();
    way >= FAR * (numbers.len() - 1)
}

/// Whether two characters stand beside each other as they seldom do in words: a letter and a figure, a small one and a capital.
fn is_break(one: u8, next: u8) -> bool {
    let apart = |a: u8, b: u8| a.is_ascii_digit() && b.is_ascii_alphabetic();
    apart(one, next) || apart(next, one) || one.is_ascii_lowercase() && next.is_ascii_uppercase()
}

fn is_mark(byte: u8) -> bool {
    b" ^-_,./:=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        let mut words = Words::default();
        words.add(b"Cnry^Jane", 3);
        words.add(b"00123456", 4);
        words.add(b"987612 123456 0123456789 1111 0369", 4);
        words.add("M\u{fc}ller".as_bytes(), 3);
        words.sort();
        words
    }

    #[test]
    fn names_and_numbers_are_seen_however_they_lie() {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let turned = |text: &str| text.as_bytes().chunks(2).flat_map(|p| p.iter().rev().copied()).collect::<Vec<u8>>();
        let mut tried = 0;
        for hidden in [
            b"CNRY^JANE".to_vec(),
            b"cnry".to_vec(),
            wide("Cnry Jane"),
            turned("Cnry^Jane "),
            b"id987612x".to_vec(),
            b"123456".to_vec(),
            wide("00123456"),
            "m\u{fc}ller".as_bytes().to_vec(),
            b"Dr Hoeflich saw her".to_vec(),
            wide("Dr Hoeflich saw her"),
        ] {
            for phase in [2, 3] {
                let bytes = [&vec![0xF1; phase][..], &hidden, &[0xF9, 0xF2]].concat();
                assert!(spells(&bytes, &words(), Least::of_table(64)), "{hidden:?} {phase}");
                tried += 1;
            }
        }
        assert_eq!(tried, 20);
        assert!(spells(b"\x01Cnry^Jane\x01", &words(), Least::MEASURED));
        assert!(!spells(b"\x01Cnry\x01 Jane\x01", &words(), Least::MEASURED));
        assert!(!spells(b"\x01\x02Jan\x01", &words(), Least::of_table(64)));
    }

    #[test]
    fn tables_that_rise_and_fall_and_chance_are_none() {
        let words = words();
        let slope = |entries: u32, step: f64| (0..entries).map(move |n| (f64::from(n) * step) as u32);
        let mut tried = 0;
        for step in [0.25, 0.5, 1.0, 1.5, 3.0, 16.0, 37.0, 100.25] {
            let bytes: Vec<u8> = slope(256, step).map(|n| n as u8).collect();
            let falling: Vec<u8> = bytes.iter().rev().copied().collect();
            let wide: Vec<u8> = slope(65_536, step).flat_map(|n| (n as u16).to_le_bytes()).collect();
            let curve: Vec<u8> =
                slope(4096, step).flat_map(|n| ((u64::from(n).pow(2) / 64) as u16).to_be_bytes()).collect();
            for table in [bytes, falling, wide, curve] {
                assert!(!spells(&table, &words, Least::of_table(table.len() as u64)), "{step} {tried}");
                tried += 1;
            }
        }
        assert_eq!(tried, 32);
        let mut seed = 1_u32;
        let mut noise = |length: usize| -> Vec<u8> {
            let mut next = || {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            };
            (0..length).map(|_| next()).collect()
        };
        // A curve with a bend, its bytes in turned pairs, and one that trembles.
        let bend: Vec<u8> = (0..256i32).map(|n| (100 - (n - 128).pow(2) / 200) as u8).collect();
        let trembling: Vec<u8> = (0..=255u8).zip(noise(256)).map(|(n, noise)| n.saturating_add(noise % 5)).collect();
        for table in [bend, trembling] {
            assert!(!spells(&table, &words, Least::of_table(256)));
        }
        for length in [768, 4096, 131_072] {
            assert!(!spells(&noise(length), &words, Least::of_table(length as u64)), "{length}");
        }
    }
}
