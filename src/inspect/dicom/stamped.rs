//! UIDs with a day or an instant in them, by which moved dates would be read.
//!
//! PS3.5 9 and B.2; RFC 9562 for UUIDs that are made of the time.

/// The digital age, in seconds since 1970.
const FIRST: u128 = 157_766_400;
const LAST: u128 = 4_102_444_800;

/// Whether a UID has a day or an instant of the digital age in it.
pub(super) fn is_stamped(uid: &[u8]) -> bool {
    let parts: Vec<&[u8]> = uid.split(|b| *b == b'.').collect();
    let uuid = if uid.starts_with(b"2.25.") { parts.get(2).copied().map_or(0, number) } else { 0 };
    // Version and variant of a UUID: those of the time.
    let timed = uuid >> 62 & 3 == 2 && [1, 2, 6, 7].contains(&(uuid >> 76 & 15));
    timed
        || parts.iter().any(|part| has_day(part) || counts(part))
        || parts.windows(3).any(|three| {
            let short = three.iter().filter(|part| part.len() < 3).count() == 2;
            let [a, b, c] = [number(three[0]), number(three[1]), number(three[2])];
            short && (exists(a, b, c) || exists(c, b, a) || exists(c, a, b))
        })
}

/// Whether a number has a day in it: year first anywhere, year last at its beginning, of two figures by itself.
fn has_day(part: &[u8]) -> bool {
    let pair = |text: &[u8], at: usize| text.get(at..at + 2).map_or(99, number);
    let long = |text: &[u8]| exists(number(&text[..4]), pair(text, 4), pair(text, 6));
    let last = part.get(..8).is_some_and(|text| {
        let year = number(&text[4..]);
        exists(year, pair(text, 2), pair(text, 0)) || exists(year, pair(text, 0), pair(text, 2))
    });
    let short = |text: &[u8]| (1..13).contains(&pair(text, 2)) && (1..32).contains(&pair(text, 4));
    let scanner = part.strip_prefix(b"300000").is_some_and(|rest| rest.len() > 7 && short(rest) && pair(rest, 6) < 24);
    let alone = match part.len() {
        6 => short(part),
        12 => short(part) && pair(part, 6) < 24 && pair(part, 8) < 60 && pair(part, 10) < 60,
        _ => false,
    };
    part.windows(8).any(long) || last || scanner || alone
}

/// Whether a number counts the time since 1970 in seconds or smaller parts, or since 1601 or 1 in hundreds of nanoseconds.
fn counts(part: &[u8]) -> bool {
    let number = number(part);
    let mut unit = 1;
    for _ in 0..3 {
        if (FIRST..LAST).contains(&(number / unit)) {
            return true;
        }
        unit *= 1000;
    }
    (118_000_000_000_000_000..LAST * 1_000_000_000).contains(&number)
}

/// Whether there is such a day, in or after 1975.
fn exists(year: u128, month: u128, day: u128) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let most = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1975..2100).contains(&year) && (1..=most).contains(&day)
}

/// A number of figures; 0 where there are others, or too many of them.
fn number(text: &[u8]) -> u128 {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seen_and_plain_numbers_are_not() {
        let mut tried = 0;
        for (uid, stamped) in [
            ("1.2.999.1.20190314101112.7", true),
            ("1.2.999.1.14032019.7", true),
            ("1.2.999.1.03142019.7", true),
            ("1.2.999.190314.1", true),
            ("1.2.999.190314101112.1", true),
            ("1.2.999.30000019031410111200000001", true),
            ("1.2.999.2019.3.14.1", true),
            ("1.2.999.978957063.1", true),
            ("1.2.999.1552521600123.1", true),
            ("1.2.999.131969952000000000.1", true),
            ("2.25.329800735698586629295641978511506172918", true),
            ("2.25.211991687685959724722258590257657948741", false),
            ("1.2.840.113619.2.1", false),
            ("1.2.276.0.7230010.3.1.4.8323329.5354", false),
            ("1.2.999.20191314.1", false),
            ("1.2.999.5000000000.1", false),
        ] {
            assert_eq!(is_stamped(uid.as_bytes()), stamped, "{uid}");
            tried += 1;
        }
        assert_eq!(tried, 16);
    }
}
