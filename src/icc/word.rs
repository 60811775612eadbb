//! Words where colours belong: the tables of a profile are numbers, and numbers that read as a sentence are a hiding place.
//!
//! Tables are measured or smooth; a table of chance holds six or eight letters in a row now and then. So a string counts
//! when it is one that stood in a part of the same profile that goes, or when it is long and built as words are.

use memchr::memmem;

/// The shortest string of a removed part that is looked for in a kept one, in characters.
const OWN: usize = 8;
/// The most strings of removed parts that are looked for, and the most bytes of those parts that are read.
const MOST: usize = 64;
const READ: usize = 64 * 1024;
/// The shortest run of readable characters that is taken for words without knowing them.
const LONG: usize = 24;

/// Whether words stand in what is kept of a profile: long ones, or those of a part that goes.
pub(super) fn stand_in(kept: &[([u8; 4], Vec<u8>)], removed: &[&[u8]]) -> bool {
    let own = own(removed);
    kept.iter().any(|(_, data)| {
        let body = data.get(8..).unwrap_or_default();
        own.iter().any(|word| memmem::find(body, word).is_some()) || (is_table(data) && readable(body))
    })
}

fn is_table(data: &[u8]) -> bool {
    matches!(data.get(..4), Some(b"mft1" | b"mft2" | b"mAB " | b"mBA "))
}

/// The strings of removed parts, in the three forms in which they may be repeated.
fn own(removed: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut words: Vec<Vec<u8>> = Vec::new();
    for data in removed {
        let data = &data[..data.len().min(READ)];
        let spelt = [data.to_vec(), narrow(data, 0, 1), narrow(data, 1, 1), narrow(data, 0, 0), narrow(data, 1, 0)];
        for text in spelt {
            let runs = text.split(|b| !is_readable(*b)).map(<[u8]>::trim_ascii);
            for run in runs.filter(|run| run.len() >= OWN && is_wordy(run)) {
                // A long string betrays itself by its first letters too.
                let run = &run[..run.len().min(2 * OWN)];
                if words.len() < 3 * MOST && !words.iter().any(|known| known == run) {
                    words.push(run.to_vec());
                    words.push(run.iter().flat_map(|b| [0, *b]).collect());
                    words.push(run.iter().flat_map(|b| [*b, 0]).collect());
                }
            }
        }
    }
    words
}

/// Every second byte from `parity`, zero where its neighbour is not: what UTF-16 of one order spells.
fn narrow(data: &[u8], parity: usize, low: usize) -> Vec<u8> {
    let pairs = data.get(parity..).unwrap_or_default().chunks_exact(2);
    pairs.map(|pair| if pair[1 - low] == 0 { pair[low] } else { 0 }).collect()
}

/// Whether a long run of `data` reads as words, as bytes or as UTF-16.
fn readable(data: &[u8]) -> bool {
    let long = |text: &[u8]| {
        text.split(|b| !is_readable(*b)).filter(|run| run.len() >= LONG).any(|run| run.windows(LONG).any(is_sentence))
    };
    long(data) || [(0, 1), (1, 1), (0, 0), (1, 0)].iter().any(|(parity, low)| long(&narrow(data, *parity, *low)))
}

/// Letters, figures, spaces and what stands between them in names, dates and sentences.
fn is_readable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" .,:;-_/'()&@+".contains(&byte)
}

fn vowels(run: &[u8]) -> usize {
    run.iter().filter(|b| b"aeiouyAEIOUY".contains(b)).count()
}

/// Different letters, regardless of case.
fn letters(run: &[u8]) -> u32 {
    let seen = run.iter().filter(|b| b.is_ascii_alphabetic()).fold(0_u32, |all, b| all | 1 << (b & 31));
    seen.count_ones()
}

/// Whether a run is no mere row of alike numbers: letters of several kinds, vowels among them.
fn is_wordy(run: &[u8]) -> bool {
    letters(run) >= 4 && vowels(run) >= 1 && leaps(run) >= run.len() / 4
}

/// How often neighbours lie further apart than the points of a smooth table do.
fn leaps(run: &[u8]) -> usize {
    run.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) > 4).count()
}

/// Whether a window of [`LONG`] characters is built as words are: mostly letters of one case in a row, a quarter to a
/// half of them vowels, seven different ones or more, and no smooth row.
fn is_sentence(window: &[u8]) -> bool {
    let alphabetic = window.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let same_case = window.windows(2).filter(|p| p[0].is_ascii_lowercase() && p[1].is_ascii_lowercase()).count();
    let upper_case = window.windows(2).filter(|p| p[0].is_ascii_uppercase() && p[1].is_ascii_uppercase()).count();
    let vowels = vowels(window);
    alphabetic * 3 >= window.len() * 2
        && same_case.max(upper_case) * 5 >= window.len() * 2
        && vowels * 5 >= alphabetic
        && vowels * 2 <= alphabetic + 2
        && letters(window) >= 7
        && leaps(window) >= window.len() / 2
        && !repeats(window)
}

/// Whether points of three or four channels lie side by side, alike from one point to the next.
fn repeats(window: &[u8]) -> bool {
    (2..=4).any(|step| {
        let alike = window.iter().zip(&window[step..]).filter(|(a, b)| a.abs_diff(**b) <= 4).count();
        alike * 2 >= window.len() - step
    })
}
