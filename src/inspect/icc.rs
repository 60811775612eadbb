//! The witness's account of a colour profile: numbers that make colours, and nothing that tells of anyone.
//!
//! ICC.1:2022 (v4) and ICC.1:2001-04 (v2): header 7.2, tag table 7.3, tags 9, types 10. Every byte is either in the
//! header, the tag table, a listed tag whose type is measured by its own grammar, or zero padding.

mod measure;
mod word;

use super::bytes::be32;
use std::ops::Range;

/// The longest profile that is read.
pub(super) const LONGEST: usize = 16 << 20;

/// What a profile's texts may say: names of colour spaces, and that it is nobody's. Compared without regard to outer spaces.
const NEUTRAL: &[&str] = &[
    "",
    "-",
    "None",
    "Colour profile",
    "Color profile",
    "ICC profile",
    "sRGB",
    "Display P3",
    "Adobe RGB (1998) compatible",
    "ProPhoto RGB",
    "ROMM RGB",
    "Rec. 709",
    "Rec. 2020",
    "Gray gamma 2.2",
    "Gray sRGB",
];

/// Tags that make colours, by signature (9.2).
const TAGS: &[&[u8; 4]] = &[
    b"A2B0", b"A2B1", b"A2B2", b"A2B3", b"B2A0", b"B2A1", b"B2A2", b"B2A3", b"D2B0", b"D2B1", b"D2B2", b"D2B3",
    b"B2D0", b"B2D1", b"B2D2", b"B2D3", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"wtpt",
    b"bkpt", b"chad", b"chrm", b"cicp", b"lumi", b"meas", b"view", b"vued", b"tech", b"ciis", b"rig0", b"rig2",
    b"gamt", b"pre0", b"pre1", b"pre2", b"clrt", b"clot", b"clro", b"desc", b"cprt", b"dmnd", b"dmdd",
];

/// Those of them without whose numbers there are no colours.
const NEEDED: &[&[u8; 4]] = &[
    b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC",
    b"kTRC", b"wtpt", b"chad",
];

/// Device classes (7.2.5).
const CLASSES: &[&[u8; 4]] = &[b"scnr", b"mntr", b"prtr", b"spac", b"link", b"abst"];

/// Colour spaces (7.2.6, 7.2.7).
const SPACES: &[&[u8; 4]] = &[
    b"XYZ ", b"Lab ", b"Luv ", b"YCbr", b"Yxy ", b"RGB ", b"GRAY", b"HSV ", b"HLS ", b"CMYK", b"CMY ", b"2CLR",
    b"3CLR", b"4CLR", b"5CLR", b"6CLR", b"7CLR", b"8CLR",
];

/// Platforms (7.2.10); they tell no more than a kind of system.
const PLATFORMS: &[&[u8; 4]] = &[&[0; 4], b"APPL", b"MSFT", b"SGI ", b"SUNW"];

/// What there is in a profile beside colours.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// What could identify: words for people, and where.
    pub(super) telling: Vec<(&'static str, Range<usize>)>,
    /// What is not understood, so that nothing can be promised about it.
    pub(super) fault: Option<(&'static str, Range<usize>)>,
    /// Bytes that are neither neutral words nor numbers of a measured type: the search for removed strings covers them.
    pub(super) open: Vec<Range<usize>>,
    /// Whether numbers that make colours cannot be read, so that the profile makes none.
    unreadable: bool,
}

impl Account {
    /// Whether a profile has nothing in it but colours.
    pub(super) fn is_neutral(&self) -> bool {
        self.telling.is_empty() && self.fault.is_none()
    }

    /// Whether no colours can be made by it, so that it is no loss.
    pub(super) fn is_broken(&self) -> bool {
        self.fault.is_some() || self.unreadable
    }
}

/// Reads a whole profile.
pub(super) fn account(profile: &[u8]) -> Account {
    let mut account = Account::default();
    header(profile, &mut account);
    if account.fault.is_none() {
        tags(profile, &mut account);
    }
    account
}

fn header(profile: &[u8], account: &mut Account) {
    let field = |at: usize| profile.get(at..at + 4).unwrap_or_default();
    if profile.len() < 132 || profile.len() > LONGEST || be32(profile, 0) != u32::try_from(profile.len()).ok() {
        account.fault = Some(("a colour profile of a wrong length", 0..profile.len()));
        return;
    }
    if field(36) != b"acsp" || !CLASSES.iter().any(|c| field(12) == *c) {
        account.fault = Some(("a colour profile with a wrong header", 0..128));
        return;
    }
    let zero = |r: Range<usize>| profile[r].iter().all(|b| *b == 0);
    for (range, label) in [
        (4..8, "maker of the colour profile"),
        (48..56, "device in the colour profile"),
        (80..84, "maker of the colour profile"),
        (84..100, "number of the colour profile"),
        (100..128, "bytes in the colour profile's header"),
    ] {
        if !zero(range.clone()) {
            account.telling.push((label, range));
        }
    }
    if !neutral_date(&profile[24..36]) {
        account.telling.push(("date in the colour profile", 24..36));
    }
    if !PLATFORMS.iter().any(|p| field(40) == *p) {
        account.telling.push(("platform in the colour profile", 40..44));
    }
    if !SPACES.iter().any(|s| field(16) == *s) || !SPACES.iter().any(|s| field(20) == *s) {
        account.telling.push(("colour space of the colour profile", 16..24));
    }
    account.open.push(44..48);
    account.open.push(56..80);
}

/// No date, or the first moment of a year that is the same for everyone.
fn neutral_date(date: &[u8]) -> bool {
    let numbers: Vec<u16> = date.chunks_exact(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect();
    matches!(numbers[..], [0, 0, 0, 0, 0, 0] | [1900 | 1970 | 1980 | 2000, 1, 1, 0, 0, 0])
}

fn tags(profile: &[u8], account: &mut Account) {
    let count = be32(profile, 128).unwrap_or(0) as usize;
    let table = 132 + count.saturating_mul(12);
    if count > 100 || table > profile.len() {
        account.fault = Some(("a colour profile with a wrong tag table", 128..profile.len()));
        return;
    }
    let mut covered = Vec::from_iter(Some(0..table));
    let mut seen: Vec<Range<usize>> = Vec::new();
    for at in (0..count).map(|i| 132 + 12 * i) {
        let (start, length) =
            (be32(profile, at + 4).unwrap_or(0) as usize, be32(profile, at + 8).unwrap_or(0) as usize);
        let range = start..start.saturating_add(length);
        let Some(data) = profile.get(range.clone()).filter(|d| d.len() >= 8 && start >= table) else {
            account.fault = Some(("a colour profile whose tags lie outside of it", at..at + 12));
            return;
        };
        let signature = &profile[at..at + 4];
        if !TAGS.iter().any(|t| signature == *t) {
            account.telling.push(("private part of the colour profile", range.clone()));
        }
        account.unreadable |= NEEDED.iter().any(|t| signature == *t) && measure::read(data).is_none();
        // Tags may share their data; it is read once.
        if !seen.contains(&range) {
            seen.push(range.clone());
            tag(data, start, account);
        }
        covered.push(range);
    }
    gaps(profile, covered, account);
}

fn tag(data: &[u8], start: usize, account: &mut Account) {
    let whole = start..start + data.len();
    let Some(reading) = measure::read(data) else {
        account.telling.push(("part of the colour profile that is on no list", whole));
        return;
    };
    for text in reading.texts {
        if !is_neutral(&text) {
            account.telling.push(("text in the colour profile", whole.clone()));
            break;
        }
    }
    if matches!(data.get(..4), Some(b"mft1" | b"mft2" | b"mAB " | b"mBA ")) && word::sentence(data) {
        account.telling.push(("words in a table of the colour profile", whole.clone()));
    }
    if data.get(reading.length..).is_some_and(|rest| rest.iter().any(|b| *b != 0)) {
        account.telling.push(("bytes behind a tag of the colour profile", start + reading.length..whole.end));
    }
}

fn gaps(profile: &[u8], mut covered: Vec<Range<usize>>, account: &mut Account) {
    covered.sort_by_key(|r| r.start);
    covered.push(profile.len()..profile.len());
    let mut at = 0;
    for range in covered {
        if range.start > at && profile[at..range.start].iter().any(|b| *b != 0) {
            account.telling.push(("bytes between the tags of the colour profile", at..range.start));
        }
        at = at.max(range.end);
    }
}

/// Whether a neutral profile holds the numbers of Adobe RGB (1998) and no others: white, three colourants adapted to D50
/// (Adobe RGB (1998) Color Image Encoding, 4.3.1 and annex A), and the power 563/256 for each channel.
pub(super) fn is_adobe_rgb(profile: &[u8]) -> bool {
    const PLACES: [(&[u8; 4], [f64; 3]); 4] = [
        (b"wtpt", [0.9642, 1.0, 0.8249]),
        (b"rXYZ", [0.60974, 0.31111, 0.01947]),
        (b"gXYZ", [0.20528, 0.62567, 0.06087]),
        (b"bXYZ", [0.14919, 0.06322, 0.74457]),
    ];
    let tag = |name: &[u8; 4]| {
        let entry = profile.get(132..)?.chunks_exact(12).take(9).find(|entry| entry.starts_with(name))?;
        let (start, length) = (be32(entry, 4)? as usize, be32(entry, 8)? as usize);
        profile.get(start..start.checked_add(length)?)
    };
    let placed = |(name, values): (&[u8; 4], [f64; 3])| {
        tag(name).is_some_and(|data| {
            let near = |(n, value): (usize, f64)| {
                be32(data, 8 + 4 * n).is_some_and(|own| (f64::from(own as i32) / 65_536.0 - value).abs() < 0.000_2)
            };
            data.len() == 20 && data.starts_with(b"XYZ ") && values.into_iter().enumerate().all(near)
        })
    };
    let curve = b"curv\0\0\0\0\0\0\0\x01\x02\x33";
    be32(profile, 128) == Some(9)
        && profile.get(12..24) == Some(b"mntrRGB XYZ ")
        && PLACES.into_iter().all(placed)
        && [b"rTRC", b"gTRC", b"bTRC"].into_iter().all(|name| tag(name) == Some(&curve[..]))
}

/// Whether a text says nothing but what kind of colours these are.
pub(super) fn is_neutral(text: &str) -> bool {
    let text = text.trim_matches(['\0', ' ']);
    NEUTRAL.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_neutral_profile_is_neutral_and_every_planted_word_is_seen() {
        assert!(account(&fixture::icc("sRGB", "")).is_neutral(), "{:?}", account(&fixture::icc("sRGB", "")));
        assert!(!account(&fixture::icc("Canary's screen", "")).is_neutral());
        assert!(!account(&fixture::icc("sRGB", "Canary Hospital")).is_neutral());
        let good = fixture::icc("sRGB", "");
        let mut tried = 0;
        for at in [4, 25, 48, 52, 80, 84, 99, 100, 127] {
            let mut bad = good.clone();
            bad[at] = b'C';
            assert!(!account(&bad).is_neutral(), "{at}");
            tried += 1;
        }
        assert_eq!(tried, 9);
        let mut private = good.clone();
        private[132..136].copy_from_slice(b"CNRY");
        assert!(!account(&private).is_neutral());
        for n in 0..good.len() {
            assert!(!account(&good[..n]).is_neutral());
        }
    }

    #[test]
    fn bytes_between_tags_are_seen_and_zeros_are_not() {
        let mut padded = fixture::icc("sRGB", "");
        padded.extend([0; 8]);
        let length = (padded.len() as u32).to_be_bytes();
        padded[..4].copy_from_slice(&length);
        assert!(account(&padded).is_neutral());
        let end = padded.len();
        padded[end - 6..].copy_from_slice(b"Canary");
        assert!(!account(&padded).is_neutral());
    }
}
