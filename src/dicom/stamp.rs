//! Tells whether a UID has a day or an instant in it, as devices and programs put there.
//!
//! PS3.5 9.1 leaves the last part of a UID to whoever makes it, and B.2 makes it of a UUID, of which some kinds (RFC 9562,
//! versions 1, 2, 6 and 7) are made of the time. Beside moved dates the true time would tell by how much. Too many are taken for
//! one rather than too few: a UID that is replaced loses nothing but its looks.

use super::dates::is_recent_day;

/// Seconds since 1970 of 1 January 1975 and 2100.
const SECONDS: std::ops::Range<u64> = 157_766_400..4_102_444_800;
/// Numbers of 18 digits and more that count hundreds of nanoseconds since 1601 or 1, or nanoseconds since 1970.
const TICKS: std::ops::Range<u64> = 118_000_000_000_000_000..4_102_444_800_000_000_000;
/// How some scanners begin a number that goes on with year, month, day and hour.
const HEADS: [&str; 1] = ["300000"];

/// Whether there is a day or an instant in a UID.
pub(super) fn is_stamped(uid: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(uid) else { return false };
    let parts: Vec<&str> = text.split('.').collect();
    uid.windows(8).any(is_recent_day)
        || parts.iter().any(|part| is_turned_day(part) || is_short_day(part) || is_instant(part))
        || parts.windows(3).any(is_day_in_parts)
        || text.strip_prefix("2.25.").and_then(|number| number.parse().ok()).is_some_and(is_timed_uuid)
}

/// Whether a number begins with day, month and year, or month, day and year.
fn is_turned_day(part: &str) -> bool {
    let Some((first, second, year)) = part.get(..8).map(|d| (&d[..2], &d[2..4], &d[4..])) else { return false };
    let day = |month: &str, day: &str| is_recent_day(format!("{year}{month}{day}").as_bytes());
    day(second, first) || day(first, second)
}

/// Whether a number is year, month and day of two figures each, by themselves, with a time of day, or behind a scanner's head.
fn is_short_day(part: &str) -> bool {
    let two = |text: &str, at: usize| text.get(at..at + 2).and_then(|n| n.parse::<u8>().ok()).unwrap_or(u8::MAX);
    let day = |text: &str| (1..=12).contains(&two(text, 2)) && (1..=31).contains(&two(text, 4));
    let timed = |text: &str| day(text) && two(text, 6) < 24;
    let headed = HEADS.iter().filter_map(|head| part.strip_prefix(head)).any(|rest| rest.len() >= 8 && timed(rest));
    match part.len() {
        6 => day(part),
        12 => timed(part) && two(part, 8) < 60 && two(part, 10) < 60,
        _ => headed,
    }
}

/// Whether a number counts the time: seconds, milliseconds, microseconds since 1970, or finer.
fn is_instant(part: &str) -> bool {
    let Ok(number) = part.parse::<u64>() else { return false };
    [1, 1_000, 1_000_000].iter().any(|unit| SECONDS.contains(&(number / unit))) || TICKS.contains(&number)
}

/// Whether three numbers are year, month and day, or the other way round.
fn is_day_in_parts(parts: &[&str]) -> bool {
    let [first, second, third] = *parts else { return false };
    let joined = |year: &str, month: &str, day: &str| {
        year.len() == 4
            && month.len() <= 2
            && day.len() <= 2
            && is_recent_day(format!("{year}{month:0>2}{day:0>2}").as_bytes())
    };
    joined(first, second, third) || joined(third, second, first) || joined(third, first, second)
}

/// Whether a UUID is of a version that is made of the time.
fn is_timed_uuid(number: u128) -> bool {
    let (version, variant) = (number >> 76 & 0xF, number >> 62 & 3);
    variant == 2 && matches!(version, 1 | 2 | 6 | 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seen_in_every_form_that_devices_write_and_plain_numbers_are_not() {
        let mut tried = 0;
        for stamped in [
            "1.2.999.20190314.1",
            "1.2.999.20190314101112.1",
            "1.2.999.14032019.1",
            "1.2.999.03142019101112.1",
            "1.2.999.190314.1",
            "1.2.999.190314101112.1",
            "1.2.999.30000019031410111200000001",
            "1.2.999.2019.3.14.1",
            "1.2.999.14.3.2019.1",
            "1.2.999.1552521600.1",
            "1.2.999.978957063.1",
            "1.2.999.1552521600123.1",
            "1.2.999.1552521600123456.1",
            "1.2.999.131969952000000000.1",
            "2.25.329800735698586629295641978511506172918",
        ] {
            assert!(is_stamped(stamped.as_bytes()), "{stamped}");
            tried += 1;
        }
        for plain in [
            "1.2.840.113619.2.1",
            "1.2.999.1.2",
            "1.2.826.0.1.3680043.8.498.7",
            "1.2.276.0.7230010.3.1.4.8323329.5354",
            "1.2.999.191314.1",
            "1.2.999.20191314.1",
            "1.2.999.5000000000.1",
            "2.25.211991687685959724722258590257657948741",
            "",
        ] {
            assert!(!is_stamped(plain.as_bytes()), "{plain}");
            tried += 1;
        }
        assert_eq!(tried, 24);
    }
}
