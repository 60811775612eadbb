//! Whether text stands among coded samples, which a decoder steps over on its way to the next marker.

/// How many bytes of a run must differ, so that flat samples are none.
const DIFFERENT: usize = 8;

/// Whether a few bytes have a run of letters and digits among them, of Latin script or another, no few of which are the
/// same.
pub(crate) fn has_words(bytes: &[u8], least: usize) -> bool {
    let (mut at, mut run, mut seen) = (0, 0, 0_u128);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let length = letter(rest);
        (run, seen) = match length {
            0 => (0, 0),
            _ => (run + length, seen | 1 << (rest[length - 1] & 0x7F)),
        };
        if run >= least && seen.count_ones() as usize >= DIFFERENT {
            return true;
        }
        at += length.max(1);
    }
    false
}

/// How many bytes the letter, digit or mark at the beginning takes, in UTF-8; 0 where there is none.
fn letter(bytes: &[u8]) -> usize {
    let goes_on = |at: usize| matches!(bytes.get(at), Some(0x80..=0xBF));
    match bytes.first() {
        Some(b' ' | b'-' | b'^' | b'_' | b',' | b'.' | b'/' | b':') => 1,
        Some(byte) if byte.is_ascii_alphanumeric() => 1,
        // Latin letters with marks, Greek, Cyrillic, Hebrew, Arabic; then Chinese, Japanese and Korean.
        Some(0xC3..=0xDB) if goes_on(1) => 2,
        Some(0xE3..=0xED) if goes_on(1) && goes_on(2) => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_seen_in_any_script_as_far_as_they_are_long_enough() {
        let cases = [
            ("CANARY-Hoeflich-1957", 13, true),
            ("CANARY-Hoeflich-1957", 20, true),
            ("CANARY-Hoeflich-195", 20, false),
            ("Hoeflich1957", 13, false),
            ("Иванов Пётр", 13, true),
            ("Müller, Jürgen", 13, true),
            ("山田 太郎 昭和三十二年", 13, true),
            ("DDDDDDDDDDDDDDDDDDDDDDDD", 13, false),
            ("\u{1}Иванов\u{1}", 13, false),
        ];
        let mut tried = 0;
        for (words, least, expected) in cases {
            let bytes = [&[0x9C, 0xFF, 0, 0x81][..], words.as_bytes(), &[0xE3]].concat();
            assert_eq!(has_words(&bytes, least), expected, "{words}");
            tried += 1;
        }
        assert_eq!(tried, 9);
    }
}
