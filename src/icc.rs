//! Cleaning of ICC colour profiles: the colours stay, everything that tells of a device, a person or a day goes.
//!
//! ICC.1:2022 (v4) and ICC.1:2001-04 (v2): header 7.2, tag table 7.3, tags 9, tag types 10. The profile is built anew
//! from its colour tags, each of them read after its type's grammar, so that no byte is copied unread. A profile whose
//! numbers are those of a standard becomes that standard's own, the same bytes whoever wrote it; one that spells words
//! where colours belong is dropped.

mod memory;
#[cfg(test)]
mod render_tests;
mod standard;
mod tag;
mod word;

use std::ops::Range;

/// The largest profile that is read: what 255 JPEG segments can hold.
pub(crate) const LARGEST: u64 = 255 * 65_519;
/// Bytes of a header.
const HEADER: usize = 128;
/// Tags read from one table; real profiles have up to some thirty.
const TAGS: u32 = 200;

/// The text that stands where the profile's own description was.
const DESCRIPTION: &str = "Colour profile";
/// The text that stands where the copyright notice was.
const COPYRIGHT: &str = "None";
/// Both texts where there is no room for these.
const SHORTEST: &str = "-";

/// A profile that was built anew.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Cleaned {
    /// Its bytes.
    pub(crate) profile: Vec<u8>,
}

/// Builds a profile anew that renders the same colours, or none where it is broken or of a kind that pictures do not
/// embed. Cleaning what was cleaned gives the same bytes.
pub(crate) fn clean(profile: &[u8]) -> Option<Cleaned> {
    let profile = memory::recall(profile, None, || {
        let colours = Colours::read(profile)?;
        colours.standard(false).or_else(|| colours.own(Some([DESCRIPTION, COPYRIGHT])))
    })?;
    Some(Cleaned { profile })
}

/// As [`clean`], in at most `limit` bytes: the standard's own profile, its short form where the profile is of version 4,
/// the profile's own numbers, and these with the shortest texts there are; none where there is no room even for those.
/// Cleaning what was cleaned, in as many bytes as it has, gives the same bytes.
pub(crate) fn clean_within(profile: &[u8], limit: usize) -> Option<Cleaned> {
    let profile = memory::recall(profile, Some(limit), || within(profile, limit))?;
    Some(Cleaned { profile })
}

/// The first of the forms that has room.
fn within(profile: &[u8], limit: usize) -> Option<Vec<u8>> {
    let colours = Colours::read(profile)?;
    let forms: [&dyn Fn() -> Option<Vec<u8>>; 5] = [
        &|| colours.standard(false),
        &|| colours.standard(true),
        &|| colours.own(Some([DESCRIPTION, COPYRIGHT])),
        &|| colours.own(Some([SHORTEST; 2])),
        &|| colours.own(None).filter(|_| colours.silent),
    ];
    forms.iter().find_map(|form| form().filter(|profile| profile.len() <= limit))
}

/// A header and the tags of the keep-list, cleaned.
struct Colours {
    header: Header,
    tags: Vec<([u8; 4], Vec<u8>)>,
    /// Whether the profile has neither a description nor a copyright notice.
    silent: bool,
}

impl Colours {
    fn read(profile: &[u8]) -> Option<Self> {
        let declared = number(profile, 0)? as usize;
        let profile = &profile[..profile.len().min(declared)];
        let header = header(profile)?;
        let tags = colour_tags(profile, header.channels)?;
        if !renders(&tags, &header.space) || word::stand_in(&tags, &removed(profile)) {
            return None;
        }
        let silent = entries(profile).all(|entry| !matches!(&entry[..4], b"desc" | b"cprt"));
        Some(Self { header, tags, silent })
    }

    /// The profile of the standard that these colours are; its short form only in the profile's own version.
    fn standard(&self, short: bool) -> Option<Vec<u8>> {
        let readable = !short || self.header.major == 4;
        readable.then(|| standard::canonical(&self.header.bytes, &self.tags, short))?
    }

    /// The profile's own numbers under these texts.
    fn own(&self, texts: Option<[&str; 2]>) -> Option<Vec<u8>> {
        let mut tags = self.tags.clone();
        if let Some([description, copyright]) = texts {
            tags.push((*b"cprt", text(self.header.major, copyright, *b"text")));
            tags.push((*b"desc", text(self.header.major, description, *b"desc")));
        }
        tags.sort();
        assemble(self.header.bytes, &tags)
    }
}

/// The profile of Adobe RGB (1998), as [`clean`] would leave it: for pictures whose Exif alone says that they are in it.
pub(crate) fn adobe_rgb() -> Option<Vec<u8>> {
    let mut bare = [0; HEADER];
    bare[8] = 2;
    bare[12..24].copy_from_slice(b"mntrRGB XYZ ");
    bare[36..40].copy_from_slice(b"acsp");
    standard::adobe_rgb(&header(&bare)?.bytes)
}

struct Header {
    bytes: [u8; HEADER],
    major: u8,
    space: [u8; 4],
    channels: u8,
}

/// How many channels a colour space of ICC.1 table 19 has, for those that pictures come in.
fn channels(space: &[u8; 4]) -> Option<u8> {
    Some(match space {
        b"GRAY" => 1,
        b"RGB " | b"Lab " | b"XYZ " | b"YCbr" | b"Luv " | b"Yxy " | b"HSV " | b"HLS " | b"CMY " | b"3CLR" => 3,
        b"CMYK" | b"4CLR" => 4,
        b"2CLR" => 2,
        b"5CLR" => 5,
        b"6CLR" => 6,
        b"7CLR" => 7,
        b"8CLR" => 8,
        _ => return None,
    })
}

/// The header with its colour fields and neutral values everywhere else (7.2.2 to 7.2.19).
fn header(profile: &[u8]) -> Option<Header> {
    let old: [u8; HEADER] = profile.get(..HEADER)?.try_into().ok()?;
    let major = old[8];
    let class = part(&old, 12)?;
    let space = part(&old, 16)?;
    let connection = part(&old, 20)?;
    let sound = part(&old, 36)? == *b"acsp"
        && matches!(major, 2 | 4)
        && matches!(&class, b"mntr" | b"scnr" | b"prtr" | b"spac")
        && matches!(&connection, b"XYZ " | b"Lab ");
    if !sound {
        return None;
    }
    let mut new = [0; HEADER];
    new[8] = major;
    new[9] = old[9];
    new[12..16].copy_from_slice(&class);
    new[16..20].copy_from_slice(&space);
    new[20..24].copy_from_slice(&connection);
    // 1 January 2000, midnight: a date must stand here, and it must be one that readers accept.
    new[24..30].copy_from_slice(&[0x07, 0xD0, 0, 1, 0, 1]);
    new[36..40].copy_from_slice(b"acsp");
    new[67] = old[67] & 3;
    // The illuminant of the connection space is D50 in every profile (7.2.16).
    new[68..80].copy_from_slice(&[0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D]);
    Some(Header { bytes: new, major, space, channels: channels(&space)? })
}

/// The tags on the keep-list, each built anew; none where one of them is broken.
fn colour_tags(profile: &[u8], channels: u8) -> Option<Vec<([u8; 4], Vec<u8>)>> {
    let count = number(profile, HEADER)?;
    if count > TAGS {
        return None;
    }
    let mut tags: Vec<([u8; 4], Vec<u8>)> = Vec::new();
    for index in 0..count as usize {
        let entry = HEADER + 4 + index * 12;
        let signature = part(profile, entry)?;
        let (offset, size) = (number(profile, entry + 4)? as usize, number(profile, entry + 8)? as usize);
        let Some(rule) = tag::rule(&signature) else { continue };
        if tags.iter().any(|(known, _)| *known == signature) {
            continue;
        }
        let data = profile.get(offset..offset.checked_add(size)?)?;
        tags.push((signature, rule.rebuild(data, channels)?));
    }
    Some(tags)
}

/// The entries of the tag table.
fn entries(profile: &[u8]) -> impl Iterator<Item = &[u8]> {
    let count = number(profile, HEADER).unwrap_or(0).min(TAGS) as usize;
    profile.get(HEADER + 4..).unwrap_or_default().chunks_exact(12).take(count)
}

/// The data of the tags that go.
fn removed(profile: &[u8]) -> Vec<&[u8]> {
    let gone = entries(profile).filter(|entry| part(entry, 0).is_some_and(|name| tag::rule(&name).is_none()));
    let data = gone.filter_map(|entry| {
        let (start, size) = (number(entry, 4)? as usize, number(entry, 8)? as usize);
        profile.get(start..start.checked_add(size)?)
    });
    data.collect()
}

/// Whether a profile with these tags says how its colours look (8.3 to 8.5).
fn renders(tags: &[([u8; 4], Vec<u8>)], space: &[u8; 4]) -> bool {
    let has = |signature: &[u8; 4]| tags.iter().any(|(known, _)| known == signature);
    if has(b"A2B0") {
        return true;
    }
    match space {
        b"GRAY" => has(b"kTRC"),
        b"RGB " => [b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"].iter().all(|s| has(s)),
        _ => false,
    }
}

/// A text in the type its tag and version ask for: `desc` or `text` in version 2, `mluc` in version 4.
fn text(major: u8, words: &str, old: [u8; 4]) -> Vec<u8> {
    let mut data = Vec::new();
    if major >= 4 {
        data.extend_from_slice(b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS");
        data.extend_from_slice(&(words.len() as u32 * 2).to_be_bytes());
        data.extend_from_slice(&28_u32.to_be_bytes());
        data.extend(words.encode_utf16().flat_map(u16::to_be_bytes));
        return data;
    }
    data.extend_from_slice(&old);
    data.extend_from_slice(&[0; 4]);
    if old == *b"desc" {
        data.extend_from_slice(&(words.len() as u32 + 1).to_be_bytes());
    }
    data.extend_from_slice(words.as_bytes());
    data.push(0);
    if old == *b"desc" {
        // No Unicode and no Macintosh name: two numbers, a script code, a length and 67 bytes.
        data.extend_from_slice(&[0; 4 + 4 + 2 + 1 + 67]);
    }
    data
}

/// Header, tag table and data, the same data standing once.
fn assemble(mut header: [u8; HEADER], tags: &[([u8; 4], Vec<u8>)]) -> Option<Vec<u8>> {
    let table = HEADER + 4 + tags.len() * 12;
    let mut data: Vec<u8> = Vec::new();
    let mut places: Vec<Range<usize>> = Vec::new();
    for (index, (_, bytes)) in tags.iter().enumerate() {
        let twin = tags[..index].iter().position(|(_, earlier)| earlier == bytes).and_then(|twin| places.get(twin));
        if let Some(range) = twin.cloned() {
            places.push(range);
            continue;
        }
        let start = table + data.len();
        data.extend_from_slice(bytes);
        places.push(start..table + data.len());
        data.resize(data.len().next_multiple_of(4), 0);
    }
    let size = u32::try_from(table + data.len()).ok()?;
    header[..4].copy_from_slice(&size.to_be_bytes());
    let mut profile = header.to_vec();
    profile.extend_from_slice(&(tags.len() as u32).to_be_bytes());
    for ((signature, _), range) in tags.iter().zip(&places) {
        profile.extend_from_slice(signature);
        profile.extend_from_slice(&(range.start as u32).to_be_bytes());
        profile.extend_from_slice(&(range.len() as u32).to_be_bytes());
    }
    profile.extend_from_slice(&data);
    Some(profile)
}

fn part(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok()
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    part(bytes, at).map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A matrix profile with texts, a private tag and a gap, all of them telling.
    pub(crate) fn telling(major: u8) -> Vec<u8> {
        let xyz =
            |x: u32| [b"XYZ \0\0\0\0".to_vec(), x.to_be_bytes().to_vec(), vec![0; 8], b"CANARY-tail".to_vec()].concat();
        // Nothing stands behind the curve: a longer curve, as a flipped bit makes it, would rightly take it in.
        let curve = b"curv\0\0\0\0\0\0\0\x01\x02\x33".to_vec();
        let tags: Vec<(&[u8; 4], Vec<u8>)> = vec![
            (b"desc", b"desc\0\0\0\0\0\0\0\x0cCANARY-desc\0".to_vec()),
            (b"cprt", b"text\0\0\0\0CANARY-cprt\0".to_vec()),
            (b"dmnd", b"text\0\0\0\0CANARY-dmnd\0".to_vec()),
            (b"CANA", b"CANARY-private".to_vec()),
            (b"wtpt", xyz(0xF6D6)),
            (b"rXYZ", xyz(0x6FA2)),
            (b"gXYZ", xyz(0x6299)),
            (b"bXYZ", xyz(0x24A0)),
            (b"rTRC", curve.clone()),
            (b"gTRC", curve.clone()),
            (b"bTRC", curve),
        ];
        let mut header = vec![0; HEADER];
        header[8] = major;
        header[4..8].copy_from_slice(b"CMMX");
        header[12..24].copy_from_slice(b"mntrRGB XYZ ");
        header[24..36].copy_from_slice(&[7, 0xE1, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9]);
        header[36..40].copy_from_slice(b"acsp");
        header[48..52].copy_from_slice(b"CANA");
        header[100..106].copy_from_slice(b"CANARY");
        let mut at = HEADER + 4 + tags.len() * 12 + 8;
        let (mut table, mut data) = ((tags.len() as u32).to_be_bytes().to_vec(), b"CANARYGP".to_vec());
        for (signature, bytes) in tags {
            table.extend_from_slice(signature);
            table.extend_from_slice(&(at as u32).to_be_bytes());
            table.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
            at += bytes.len();
            data.extend_from_slice(&bytes);
        }
        let mut profile = [header, table, data].concat();
        let size = (profile.len() as u32).to_be_bytes();
        profile[..4].copy_from_slice(&size);
        profile.extend_from_slice(b"CANARY-behind");
        profile
    }

    #[test]
    fn a_telling_profile_becomes_silent_and_stays_what_it_is() {
        let mut tried = 0;
        for major in [2, 4] {
            let cleaned = clean(&telling(major)).expect("a sound profile").profile;
            assert!(memchr::memmem::find(&cleaned, b"CANA").is_none());
            assert_eq!(number(&cleaned, 0), Some(cleaned.len() as u32));
            assert_eq!(clean(&cleaned).expect("still sound").profile, cleaned);
            tried += 1;
        }
        assert_eq!(tried, 2);
    }

    #[test]
    fn the_profile_of_adobe_rgb_is_clean_already() {
        let profile = adobe_rgb().expect("one of the standards");
        assert!(memchr::memmem::find(&profile, b"Adobe RGB (1998) compatible").is_some());
        assert_eq!(clean(&profile).expect("sound").profile, profile);
    }

    #[test]
    fn a_curve_that_spells_words_is_no_curve_and_a_smooth_one_is() {
        let text = b"CANARY-Hoeflich-1957";
        let smooth: Vec<u8> = (0..256_u32).flat_map(|n| ((n * n * 65_535 / 65_025) as u16).to_be_bytes()).collect();
        let flat: Vec<u8> = (0..256_u16).flat_map(|n| (0x4041 + n % 3).to_be_bytes()).collect();
        let ramp: Vec<u8> = (0..=255_u8).flat_map(|n| [n, n]).collect();
        let planted = [&smooth[..200], text, &smooth[220..]].concat();
        let short = [&smooth[..201], &b"aerOfPass = Q"[..], &smooth[214..]].concat();
        let falling: Vec<u8> = smooth.chunks(2).rev().flatten().copied().collect();
        let cases =
            [(&smooth, true), (&flat, true), (&ramp, true), (&falling, true), (&planted, false), (&short, false)];
        let mut tried = 0;
        for (values, expected) in cases {
            let data = [&b"curv\0\0\0\0\0\0\x01\0"[..], values].concat();
            assert_eq!(tag::Rule::Curve.rebuild(&data, 3).is_some(), expected, "{tried}");
            tried += 1;
        }
        assert_eq!(tried, 6);
    }

    #[test]
    fn a_broken_profile_is_none_and_never_a_panic() {
        let whole = telling(4);
        for cut in 0..whole.len() {
            let _ = clean(&whole[..cut]);
        }
        assert!(clean(&whole[..200]).is_none());
        let mut link = whole.clone();
        link[12..16].copy_from_slice(b"link");
        assert!(clean(&link).is_none());
        for at in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            if let Some(cleaned) = clean(&flipped) {
                assert!(memchr::memmem::find(&cleaned.profile, b"CANARY").is_none(), "bit {at}");
            }
        }
    }
}
