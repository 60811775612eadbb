//! Looks at values: trims them, checks that numbers are numbers, and knows which words identify in this object.
//!
//! Grammars after DICOM PS3.5 6.2.

/// A value without the spaces and NULs around it.
pub(super) fn trim(value: &[u8]) -> &[u8] {
    let blank = |b: &u8| b.is_ascii_whitespace() || *b == 0;
    let start = value.iter().position(|b| !blank(b)).unwrap_or(value.len());
    let end = value.iter().rposition(|b| !blank(b)).map_or(start, |e| e + 1);
    &value[start..end]
}

/// Whether every value of a DS or IS is a number and no run of digits is as long as a number of a person may be.
pub(super) fn is_number(value: &[u8]) -> bool {
    value.split(|b| *b == b'\\').map(trim).all(|v| {
        let digits = v.iter().filter(|b| b.is_ascii_digit()).count();
        v.is_empty()
            || digits > 0
                && v.len() <= 32
                && std::str::from_utf8(v).is_ok_and(|v| v.parse::<f64>().is_ok_and(f64::is_finite))
    })
}

/// Whether a number could be one of a person: a day written as eight digits, or, of an IS, more than an IS can be (PS3.5
/// 6.2: 32 bits), as health service numbers are.
pub(super) fn is_personal(value: &[u8], is_integer: bool) -> bool {
    value.split(|b| *b == b'\\').map(trim).any(|v| {
        let Ok(number) = std::str::from_utf8(v).unwrap_or_default().parse::<f64>() else { return false };
        let digits = v.len() == 8 && v.iter().all(u8::is_ascii_digit);
        let (year, month, day) = (number as u32 / 10_000, number as u32 / 100 % 100, number as u32 % 100);
        let is_day = digits && (1890..=2099).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        is_day || is_integer && number.abs() > f64::from(1u32 << 31)
    })
}

/// An age as it may stand: unchanged up to 089Y, above that 090Y; none where it is no age.
pub(super) fn age(value: &[u8]) -> Option<[u8; 4]> {
    let age: [u8; 4] = trim(value).try_into().ok()?;
    let number = std::str::from_utf8(&age[..3]).ok().filter(|n| n.bytes().all(|b| b.is_ascii_digit()))?;
    let number: u16 = number.parse().ok()?;
    match age[3] {
        b'Y' => Some(if number > 89 { *b"090Y" } else { age }),
        b'D' | b'W' => Some(age),
        b'M' => Some(if number > 89 * 12 + 11 { *b"090Y" } else { age }),
        _ => None,
    }
}

/// An age as it may stand beside dates: in days or weeks it would tell the day of birth, or, beside dates that moved, by how
/// much they did; so it is one in whole months.
pub(super) fn age_beside_dates(age: [u8; 4]) -> [u8; 4] {
    let number = age[..3].iter().fold(0u32, |n, b| n * 10 + u32::from(b.wrapping_sub(b'0')));
    let days = match age[3] {
        b'D' => number,
        b'W' => 7 * number,
        _ => return age,
    };
    // 48 months have 1,461 days.
    let months = days * 48 / 1461;
    [b'0' + (months / 100) as u8, b'0' + (months / 10 % 10) as u8, b'0' + (months % 10) as u8, b'M']
}

/// Whether binary numbers look like writing: sixteen letters or digits in a row, which real measurements do not have; of
/// a few numbers, eight.
pub(super) fn looks_written(value: &[u8], length: u64) -> bool {
    let most = if length <= 64 { 8 } else { 16 };
    let mut run = 0;
    value.iter().any(|b| {
        run = if b.is_ascii_alphanumeric() || b" ^=-_./".contains(b) { run + 1 } else { 0 };
        run >= most
    })
}

/// Words of institutions' and departments' names that identify none.
const COMMON: [&[u8]; 26] = [
    b"BRAIN",
    b"CARE",
    b"CENTER",
    b"CENTRE",
    b"CHEST",
    b"CLINIC",
    b"DEPARTMENT",
    b"DEVICES",
    b"GENERAL",
    b"HEAD",
    b"HEALTH",
    b"HOSPITAL",
    b"IMAGING",
    b"INSTITUTE",
    b"KLINIK",
    b"MEDICAL",
    b"MEDICINE",
    b"NONE",
    b"RADIOLOGY",
    b"RESEARCH",
    b"SCANNER",
    b"SYSTEM",
    b"SYSTEMS",
    b"TEST",
    b"UNIVERSITY",
    b"UNKNOWN",
];

/// So many further words are joined to one in search of a number, a name or a day.
const PIECES: usize = 5;
/// The shortest that is looked for in pieces.
const SHORTEST_OF_PIECES: usize = 4;

/// Words that identify in one object: parts of names, numbers, places, days.
#[derive(Default)]
pub(super) struct Words(Vec<Vec<u8>>);

impl Words {
    /// Takes in a value's words of at least `shortest` characters.
    pub(super) fn add(&mut self, value: &[u8], shortest: usize) {
        let telling = |w: &Vec<u8>| w.len() >= shortest && COMMON.binary_search(&&w[..]).is_err();
        self.0.extend(words(value).filter(telling));
    }

    /// Takes in a number as it would stand without the spaces and strokes in it.
    pub(super) fn add_joined(&mut self, value: &[u8]) {
        let joined: Vec<u8> = words(value).flatten().collect();
        self.add(&joined, 5);
    }

    /// Takes in spellings, which are words of capitals and figures.
    pub(super) fn add_spellings(&mut self, spellings: Vec<String>) {
        spellings.iter().for_each(|spelling| self.add(spelling.as_bytes(), 4));
    }

    /// All of them, in capitals.
    pub(super) fn all(&self) -> &[Vec<u8>] {
        &self.0
    }

    /// Whether a word in capitals is one of them.
    pub(super) fn has(&self, word: &[u8]) -> bool {
        self.0.binary_search_by(|one| one[..].cmp(word)).is_ok()
    }

    /// Makes the list ready for [`Words::touch`].
    pub(super) fn sort(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
    }

    /// Whether a text has one of the words in it, also in pieces that stand beside each other (`12-03-1949`), or with one more
    /// letter or figure before or behind it.
    pub(super) fn tell(&self, text: &[u8]) -> bool {
        let all: Vec<Vec<u8>> = words(text).collect();
        let is_known = |joined: &[u8]| {
            joined.len() >= SHORTEST_OF_PIECES && self.0.binary_search_by(|one| one[..].cmp(joined)).is_ok()
        };
        let is_digit = |b: &u8| b.is_ascii_digit();
        // A word may be glued to the first and to the last figures of a day or a number.
        let pieces = |from: usize| {
            let mut joined = all[from].clone();
            let figures = joined.iter().rposition(|b| !is_digit(b)).map_or(0, |last| last + 1);
            all[from + 1..].iter().take(PIECES).any(|piece| {
                let digits = piece.iter().position(|b| !is_digit(b)).unwrap_or(piece.len());
                let shorter = [&joined[figures..], &piece[..digits]].concat();
                let is_glued = figures < all[from].len() && digits > 0;
                joined.extend_from_slice(piece);
                is_known(&joined) || is_glued && (is_known(&shorter) || is_known(&joined[figures..]))
            })
        };
        let glued = |word: &[u8]| {
            let letters =
                |known: &[u8]| known.len() >= 5 && known.iter().all(u8::is_ascii_alphabetic) && is_known(known);
            letters(&word[1..]) || letters(&word[..word.len() - 1])
        };
        self.touch(text) || (0..all.len()).any(pieces) || all.iter().any(|word| glued(word))
    }

    /// Whether a value has one of the words in it; a long one of letters also where others or figures are glued to it.
    pub(super) fn touch(&self, value: &[u8]) -> bool {
        let glued = |word: &[u8]| {
            let long = self.0.iter().filter(|known| (6..word.len()).contains(&known.len()));
            long.filter(|known| known.iter().all(u8::is_ascii_alphabetic))
                .any(|known| word.starts_with(known) || word.ends_with(known))
        };
        words(value).any(|w| self.0.binary_search(&w).is_ok() || w.len() > 6 && glued(&w))
    }
}

fn words(value: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80;
    value.split(move |b| !is_part(b)).filter(|w| !w.is_empty()).map(<[u8]>::to_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers() {
        for good in [&b"1.5\\-2 "[..], b" 3", b"", b"1e-3\\", b"+7"] {
            assert!(is_number(good), "{good:?}");
        }
        for bad in [&b"Canary"[..], b"1.2.3", b"12-34", b"nan", b"inf", b"1 2", b"1\\x"] {
            assert!(!is_number(bad), "{bad:?}");
        }
    }

    #[test]
    fn ages_over_89_are_capped() {
        assert_eq!(age(b"045Y"), Some(*b"045Y"));
        assert_eq!(age(b"089Y"), Some(*b"089Y"));
        assert_eq!(age(b"090Y"), Some(*b"090Y"));
        assert_eq!(age(b"101Y"), Some(*b"090Y"));
        assert_eq!(age(b"12 Y"), None);
        assert_eq!(age(b"Jane"), None);
    }

    #[test]
    fn ages_beside_dates_are_in_months_or_years() {
        let mut tried = 0;
        for (age, beside) in [
            (b"000D", b"000M"),
            (b"023D", b"000M"),
            (b"031D", b"001M"),
            (b"365D", b"011M"),
            (b"366D", b"012M"),
            (b"999D", b"032M"),
            (b"004W", b"000M"),
            (b"005W", b"001M"),
            (b"999W", b"229M"),
            (b"007M", b"007M"),
            (b"045Y", b"045Y"),
        ] {
            assert_eq!(age_beside_dates(*age), *beside);
            tried += 1;
        }
        assert_eq!(tried, 11);
    }

    #[test]
    fn words_are_found_in_any_case() {
        let mut words = Words::default();
        words.add(b"Canary^Jane", 3);
        words.add(b"AB-1", 4);
        words.add(b"Jane General Hospital", 4);
        assert!(COMMON.windows(2).all(|w| w[0] < w[1]));
        words.sort();
        assert!(words.touch(b"scan of JANE") && words.touch(b"x_canary"));
        assert!(words.touch(b"1.2 Canaryv2") && words.touch(b"ofcanary") && !words.touch(b"2canary2"));
        assert!(!words.touch(b"Janet general") && !words.touch(b"AB"));
        assert!(
            !words.touch(b"CAN-ARY") && words.tell(b"v2 CAN-ARY") && words.tell(b"canaryx") && !words.tell(b"Janet")
        );
    }

    #[test]
    fn writing_in_binary_is_seen() {
        let long = |v: &[u8]| looks_written(v, 4096);
        assert!(long(b"\0\0CANARY^JANE^19770102\0") && !long(b"\0CANARY^J\0"));
        let short = |v: &[u8]| looks_written(v, v.len() as u64);
        assert!(short(b"CanaryJa") && !short(&1.5f64.to_le_bytes()) && !short(b"\x18\0\x89\x90\x18\0\x89\x90"));
    }

    #[test]
    fn numbers_of_persons_are_told_from_measurements() {
        for (personal, integer) in [(&b"19450609"[..], true), (b"1\\20010203 ", false), (b"9434765919", true)] {
            assert!(is_personal(personal, integer), "{personal:?}");
        }
        for (plain, integer) in [(&b"370000000"[..], false), (b"9434765919", false), (b"19451399", true), (b"12", true)]
        {
            assert!(!is_personal(plain, integer), "{plain:?}");
        }
    }
}
