//! Which key was meant by a word that is none.

/// Letters that a word may have otherwise than the key that is meant.
const SLIPS: usize = 2;

/// The key that is nearest to a word; none where none is near. A word that is near one is no name of anybody, and may be
/// shown.
pub(super) fn meant<'k>(word: &str, keys: &[&'k str]) -> Option<&'k str> {
    if word.len() > 40 || !word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return None;
    }
    let plain = word.to_ascii_lowercase().replace('_', "-");
    let near = keys.iter().map(|key| (slips(&plain, key), *key));
    near.filter(|(slips, key)| *slips <= SLIPS.min(key.len() / 3)).min().map(|(_, key)| key)
}

/// How many letters are to be put in, taken out or changed to come from one word to the other (Levenshtein).
fn slips(one: &str, other: &str) -> usize {
    let mut before: Vec<usize> = (0..=other.len()).collect();
    for (at, a) in one.bytes().enumerate() {
        let mut now = vec![at + 1];
        for (to, b) in other.bytes().enumerate() {
            let changed = before[to] + usize::from(a != b);
            now.push(changed.min(before[to + 1] + 1).min(now[to] + 1));
        }
        before = now;
    }
    before[other.len()]
}
