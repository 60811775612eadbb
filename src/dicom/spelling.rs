//! How the same name and the same day are written elsewhere in an object: glued together, with initials, without the strokes of
//! a name, with a vowel for its digraph; a day in any order, with or without its century, its month in letters.
//!
//! PS3.15 E.3.5 asks for what identifies "in whatever form". All spellings are of ASCII letters and figures, in capitals.

/// Parts of a name beyond these are not glued.
const PARTS: usize = 6;
/// The shortest spelling that a name is known by where it is made of several parts.
const SHORTEST: usize = 4;
/// The shortest with an initial: less is too often part of a word.
const WITH_INITIAL: usize = 5;
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// Further spellings of a person's name (PS3.5 6.2.1.1): `MARYKATE` for `Mary-Kate`, `ANNJONES`, `JONESA`, `MULLER`.
pub(super) fn of_name(value: &str) -> Vec<String> {
    let mut all = Vec::new();
    for group in value.split(['\\', '=']) {
        let mut parts: Vec<String> = Vec::new();
        for component in group.split('^') {
            let words: Vec<String> = words(component).collect();
            if words.len() > 1 {
                parts.push(words.concat());
            }
            parts.extend(words);
        }
        parts.truncate(PARTS);
        for (at, part) in parts.iter().enumerate() {
            all.push((SHORTEST, part.clone()));
            for (_, other) in parts.iter().enumerate().filter(|(other, _)| *other != at) {
                all.push((SHORTEST, format!("{part}{other}")));
                all.push((WITH_INITIAL, format!("{part}{}", &other[..1])));
                all.push((WITH_INITIAL, format!("{}{part}", &other[..1])));
            }
        }
    }
    let vowels = |name: &String| name.replace("AE", "A").replace("OE", "O").replace("UE", "U");
    let plain: Vec<_> = all.iter().map(|(least, name)| (*least, vowels(name))).collect();
    all.extend(plain);
    let mut all: Vec<String> = all.into_iter().filter(|(least, name)| name.len() >= *least).map(|(_, n)| n).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Further spellings of the day with which a DA or DT begins (PS3.5 6.2): `12031949`, `120349`, `12MAR1949`, …
pub(super) fn of_day(value: &str) -> Vec<String> {
    let mut all = Vec::new();
    for day in value.split('\\').map(str::trim) {
        let Some(day) = day.get(..8).filter(|day| day.bytes().all(|b| b.is_ascii_digit())) else { continue };
        let (century, year, month, date) = (&day[..2], &day[2..4], &day[4..6], &day[6..8]);
        let Some(name) = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1))) else {
            continue;
        };
        let short = |number: &'static str, text: &str| text.strip_prefix(number).unwrap_or(text).to_owned();
        let (d, m) = (short("0", date), short("0", month));
        for full in [format!("{century}{year}"), year.to_owned()] {
            for (date, month) in [(date, month), (&d, &m)] {
                for order in [[date, month, &full], [month, date, &full], [&full, month, date]] {
                    all.push(order.concat());
                }
            }
            all.extend([format!("{date}{name}{full}"), format!("{d}{name}{full}"), format!("{name}{date}{full}")]);
        }
    }
    // Of fewer than five figures too many numbers are one.
    all.retain(|day| day.len() >= 5);
    all.sort_unstable();
    all.dedup();
    all
}

/// Words of ASCII letters and figures, in capitals; anything else parts them.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_as_people_glue_it() {
        let mut tried = 0;
        for (name, spellings) in [
            ("Canary^Jane", &["CANARYJANE", "JANECANARY", "CANARYJ", "JCANARY", "JANEC"][..]),
            ("O'Canary^Mary-Kate", &["OCANARY", "MARYKATE", "MARYKATEOCANARY"]),
            ("Van der Canar^", &["VANDERCANAR"]),
            ("Ng^Li", &["NGLI", "LING"]),
            ("Canuel^Juergen", &["JURGEN", "CANUL"]),
        ] {
            let found = of_name(name);
            for spelling in spellings {
                assert!(found.iter().any(|f| f == spelling), "{name}: {spelling} in {found:?}");
                tried += 1;
            }
        }
        assert_eq!(tried, 13);
        assert!(of_name("A^B").is_empty() && of_name("\u{5c71}\u{7530}^\u{592a}\u{90ce}").is_empty());
    }

    #[test]
    fn a_day_is_known_in_every_order() {
        let found = of_day("19490312");
        let mut tried = 0;
        for day in ["12031949", "19490312", "03121949", "120349", "490312", "1231949", "12349", "12MAR1949", "12MAR49"]
        {
            assert!(found.iter().any(|f| f == day), "{day} in {found:?}");
            tried += 1;
        }
        assert_eq!(tried, 9);
        assert!(of_day("1949").is_empty() && of_day("19491312").is_empty() && of_day("").is_empty());
        assert_eq!(of_day("20010203112233"), of_day("20010203"));
    }
}
