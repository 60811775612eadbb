//! Which texts may stand where an option lets texts stand: each word on the witness's own lists, numbers small, nothing
//! shaped like a date, a time, an address or a number of a person, and no part of a name of the original.
//!
//! PS3.15 E.3.3 to E.3.5. `words.txt` has the words of the standard's own names and terms, `spoken.txt` those of reports.

use super::lists;
use std::collections::HashSet;
use std::sync::OnceLock;

/// Titles and other words that stand in names and name nobody.
const TITLES: [&str; 11] =
    ["removed", "anonymous", "anonymized", "med", "mrs", "phd", "dipl", "prof", "none", "unknown", "dra"];

fn is_spoken(word: &str) -> bool {
    static LIST: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let read = || {
        let lines = include_str!("spoken.txt").lines().filter(|l| !l.starts_with('#'));
        lines.flat_map(str::split_whitespace).collect()
    };
    LIST.get_or_init(read).contains(word) || lists::is_word(&word.to_ascii_uppercase())
}

/// A text as characters: UTF-8, or else a byte each, as Latin-1 has them.
fn characters(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().map(|b| char::from(*b)).collect(),
    }
}

/// Small letters without their marks; umlauts either way.
fn bare(word: &str, long: bool) -> String {
    word.chars().flat_map(char::to_lowercase).fold(String::new(), |mut out, c| {
        match c {
            'ä' | 'ö' | 'ü' if long => out.extend([
                if c == 'ä' {
                    'a'
                } else if c == 'ö' {
                    'o'
                } else {
                    'u'
                },
                'e',
            ]),
            'à'..='å' | 'ª' => out.push('a'),
            'æ' => out.push_str("ae"),
            'ç' => out.push('c'),
            'è'..='ë' => out.push('e'),
            'ì'..='ï' => out.push('i'),
            'ñ' => out.push('n'),
            'ò'..='ö' | 'ø' | 'º' => out.push('o'),
            'œ' => out.push_str("oe"),
            'ù'..='ü' => out.push('u'),
            'ý' | 'ÿ' => out.push('y'),
            'ß' => out.push_str("ss"),
            '\u{300}'..='\u{36f}' => {}
            c => out.push(c),
        }
        out
    })
}

/// The words of three letters and more that a name is made of.
pub(super) fn parts(name: &[u8]) -> HashSet<String> {
    let text = characters(name);
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|w| w.chars().count() >= 3);
    let both = words.flat_map(|word| [bare(word, false), bare(word, true)]);
    both.filter(|word| !TITLES.contains(&word.as_str())).collect()
}

/// Whether a text may stand beside these parts of names.
pub(super) fn may_stand(value: &[u8], names: &HashSet<String>) -> bool {
    let text = characters(value);
    let control = |c: char| c.is_control() && !"\r\n\t\u{c}".contains(c);
    let text = text.trim_matches([' ', '\0']);
    !text.contains(control) && !text.contains('@') && !text.contains("://") && words(text, names) && figures(text)
}

/// Whether a code's meaning is made of words on the lists.
pub(super) fn is_meaning(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() > 1);
    words.all(|w| is_spoken(&bare(w, false)) || lists::METHOD_WORDS.contains(&w))
}

/// Whether a text that people type beside a picture is of such words, or of abbreviations of at most two letters.
pub(super) fn is_remark(text: &str) -> bool {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() > 2).all(is_meaning)
}

/// Whether a private text is of such words, but for short ones, and of small numbers.
pub(super) fn is_private_text(text: &str) -> bool {
    figures(text) && text.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() > 3).all(is_meaning)
}

fn words(text: &str, names: &HashSet<String>) -> bool {
    let letter = |w: &str| w.len() == 1 && w.is_ascii();
    let listed = |w: &str| letter(w) || is_spoken(&bare(w, false)) || is_spoken(&bare(w, true));
    let named = |w: &str| names.contains(&bare(w, false)) || names.contains(&bare(w, true));
    let mut runs =
        text.split(|c: char| !c.is_alphabetic() && !matches!(c, '\u{300}'..='\u{36f}')).filter(|w| !w.is_empty());
    runs.all(|run| {
        let humps = humps(run);
        let known = listed(run) || humps.iter().all(|hump| hump.len() > 1 && listed(hump));
        known && !named(run) && !humps.iter().any(|hump| named(hump))
    })
}

/// A word at the capitals in it.
fn humps(run: &str) -> Vec<String> {
    let letters: Vec<char> = run.chars().collect();
    let mut humps: Vec<String> = Vec::new();
    for (i, c) in letters.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| letters[i]);
        let rises = c.is_uppercase() && before.is_some_and(char::is_lowercase);
        let last = c.is_uppercase()
            && before.is_some_and(char::is_uppercase)
            && letters.get(i + 1).is_some_and(|n| n.is_lowercase());
        match humps.last_mut() {
            Some(hump) if !rises && !last => hump.push(*c),
            _ => humps.push(c.to_string()),
        }
    }
    humps
}

/// Whether no number is long, a year, or with its neighbours a date, a time of day or a number of a person.
fn figures(text: &str) -> bool {
    let mut group: Vec<(&str, &str)> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(char::is_alphanumeric) {
        let end = rest[start..].find(|c: char| !c.is_alphanumeric()).map_or(rest.len(), |n| start + n);
        let (gap, chunk) = (&rest[..start], &rest[start..end]);
        rest = &rest[end..];
        if chunk.split(|c: char| !c.is_numeric()).any(|digits| digits.len() > 4) {
            return false;
        }
        if !chunk.bytes().all(|b| b.is_ascii_digit()) {
            if !harmless(&group) {
                return false;
            }
            group.clear();
            continue;
        }
        group.push((gap, chunk));
    }
    harmless(&group)
}

/// Whether numbers that follow one another are harmless, each with what stands before it.
fn harmless(group: &[(&str, &str)]) -> bool {
    let number = |i: usize| group.get(i).map_or(0, |(_, n)| n.parse::<u32>().unwrap_or(0));
    let between = |i: usize| group.get(i).map_or("", |(gap, _)| gap.trim());
    let mut digits = 0;
    for (i, (gap, n)) in group.iter().enumerate() {
        let follows = gap.len() <= 3 && gap.chars().all(|c| " ./-()+".contains(c));
        digits = if i > 0 && follows { digits + n.len() } else { n.len() };
        let year = n.len() == 4 && (1880..=2099).contains(&number(i));
        let clock = i > 0 && between(i) == ":" && n.len() == 2 && number(i) < 60 && number(i - 1) < 24;
        let strokes = i > 1 && between(i) == between(i - 1) && ["/", "-", "."].contains(&between(i));
        let day = |i: usize| (1..=31).contains(&number(i));
        let date = strokes && n.len() % 2 == 0 && day(i - 1) && day(i - 2);
        if year || clock || date || digits >= 7 {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_descriptions_stand_and_others_do_not() {
        let names = parts("Canary^Jos\u{e9}^^Prof=\u{5c71}".as_bytes());
        assert_eq!(names.len(), 2);
        let mut tried = 0;
        for text in [
            "CT CHEST W/O CONTRAST",
            "t1_tse_sag 1.5mm",
            "[removed] knee left 2",
            "Sch\u{e4}del",
            "TotalDLP 512x512",
            "L4-L5 [-]",
        ] {
            assert!(may_stand(text.as_bytes(), &names), "{text}");
            tried += 1;
        }
        assert!(may_stand(b"Sch\xe4del ", &names));
        for text in [
            "Smith",
            "CT Canary",
            "knee jose",
            "head 12345",
            "head 14.05.19",
            "head 2019",
            "head 943 476 5919",
            "head 10:15",
            "head@chest",
            "http://head",
            "head\u{1b}",
            "head 5/14/2019",
            "headSmith",
            "\u{5c71}",
        ] {
            assert!(!may_stand(text.as_bytes(), &names), "{text}");
            tried += 1;
        }
        assert!(!may_stand(b"Gr\xfcn", &names));
        assert_eq!(tried, 20);
        assert!(is_meaning("Left ventricular ejection fraction") && !is_meaning("Canary") && !is_meaning("Dr Smith"));
    }

    #[test]
    fn the_list_has_no_names() {
        let names = "smith jones mueller muller meier schmidt garcia bernard dubois lopez wang zhang nguyen kowalski ivanov rossi \
            silva santos john mary james anna maria peter thomas michael julia jane canary taylor williams johnson brown davis \
            wilson moore clark lewis allen scott kaufman harms borjan mercy charite mayo";
        for name in names.split_whitespace() {
            assert!(!is_spoken(name), "{name}");
        }
        assert_eq!(names.split_whitespace().count(), 46);
    }
}
