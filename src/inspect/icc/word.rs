//! Whether a table of numbers reads as a sentence: four words in a row, each with vowels and consonants of its own.
//!
//! Tables of chance spell a word now and then, never four with nothing but a few figures and marks between them.

/// Words in a row that are no chance.
const ROW: usize = 4;
/// The fewest different letters in such a row: the points of a slope repeat a few.
const LETTERS: u32 = 8;
/// The fewest characters of such a row.
const SHORTEST: usize = 20;
/// Figures and marks in a row that words may have between them.
const GAP: usize = 12;

/// Whether `table` holds a sentence, in bytes or in every second byte beside zeros (UTF-16).
pub(super) fn sentence(table: &[u8]) -> bool {
    reads(table.iter().copied())
        || (0..2).any(|skip| {
            let units = || table.get(skip..).unwrap_or_default().chunks_exact(2);
            reads(units().map(|u| if u[0] == 0 { u[1] } else { 0 }))
                || reads(units().map(|u| if u[1] == 0 { u[0] } else { 0 }))
        })
}

fn reads(bytes: impl Iterator<Item = u8>) -> bool {
    let (mut word, mut row, mut characters, mut letters) = (Word::default(), 0, 0, 0_u32);
    let mut gap = 0;
    for byte in bytes.chain(Some(0)) {
        characters += 1;
        if byte.is_ascii_alphabetic() && word.add(byte) {
            letters |= 1 << (byte & 31);
            gap = 0;
            continue;
        }
        gap += 1;
        if row > 0 && (2..=GAP).contains(&gap) && (byte.is_ascii_digit() || is_mark(byte)) {
            continue;
        }
        let ended = std::mem::take(&mut word);
        let goes_on = !byte.is_ascii_alphabetic() && ended.is_one();
        row = if goes_on { row + 1 } else { 0 };
        if row >= ROW && characters > SHORTEST && letters.count_ones() >= LETTERS {
            return true;
        }
        if !goes_on || !is_mark(byte) {
            (row, characters, letters) = (0, 0, 0);
        }
    }
    false
}

/// What stands between the words of a sentence.
fn is_mark(byte: u8) -> bool {
    b" _-.,^/'=:".contains(&byte)
}

/// Letters in a row.
#[derive(Default)]
struct Word {
    length: usize,
    vowels: usize,
    capitals: usize,
    small: usize,
    last: u8,
}

impl Word {
    /// Takes a letter; not where no word goes on so: with one letter three times, or with a capital after small letters.
    fn add(&mut self, letter: u8) -> bool {
        let capital = letter.is_ascii_uppercase();
        if capital && self.small > 0 || letter == self.last && self.length > 3 && self.vowels == 0 {
            return false;
        }
        self.length += 1;
        self.vowels += usize::from(b"aeiouy".contains(&letter.to_ascii_lowercase()));
        self.capitals += usize::from(capital);
        self.small += usize::from(!capital);
        self.last = letter;
        true
    }

    fn is_one(&self) -> bool {
        (2..=16).contains(&self.length)
            && (1..self.length).contains(&self.vowels)
            && (self.small == 0 || self.capitals <= 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_among_numbers_is_seen_and_noise_and_slopes_are_not() {
        let text = b"Patient Hanna Hoeflich born in Canary";
        let wide: Vec<u8> = text.iter().flat_map(|b| [0, *b]).collect();
        let little: Vec<u8> = text.iter().flat_map(|b| [*b, 0]).collect();
        let mut tried = 0;
        let dated = b"Anna Hoeflich born 1957 in Graz, ward B, phone 0316 4711";
        for hidden in [&text[..], &wide, &little, &wide[1..], dated] {
            assert!(sentence(&[&[7, 200, 31][..], hidden, &[9, 250]].concat()), "{tried}");
            tried += 1;
        }
        let mut seed = 1_u32;
        let noise: Vec<u8> = (0..1 << 20)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            })
            .collect();
        let letters: Vec<u8> = noise.iter().map(|b| b % 64 + 0x40).collect();
        let slope: Vec<u8> =
            (0..60_000_u32).flat_map(|n| [(n / 300) as u8, (n / 250) as u8, (n / 200) as u8]).collect();
        for plain in [&noise, &letters, &slope] {
            assert!(!sentence(plain), "{tried}");
            tried += 1;
        }
        assert_eq!(tried, 8);
    }
}
