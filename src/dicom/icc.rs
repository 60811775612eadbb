//! Cleans a colour profile: the colours stay, texts, dates, makers and everything unknown go.
//!
//! ICC.1:2022 7.2 (header), 7.3 (tag table), 9.2 (tags). The profile is written anew from the tags that decide colours.

/// Tags whose data decide colours and hold no text.
const COLOURS: [&[u8; 4]; 22] = [
    b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"B2D0", b"D2B0", b"bTRC", b"bXYZ", b"bkpt", b"chad",
    b"cicp", b"gTRC", b"gXYZ", b"gamt", b"kTRC", b"lumi", b"rTRC", b"rXYZ", b"wtpt", b"pre0",
];
/// Types those data may have.
const TYPES: [&[u8; 4]; 9] = [b"XYZ ", b"curv", b"para", b"mft1", b"mft2", b"mAB ", b"mBA ", b"sf32", b"cicp"];
/// A profile is at most this long.
const LONGEST: usize = 16 << 20;

/// The cleaned profile; none where the profile cannot be understood.
pub(super) fn clean(profile: &[u8]) -> Option<Vec<u8>> {
    if profile.len() > LONGEST || profile.get(36..40)? != b"acsp" {
        return None;
    }
    let version = *profile.get(8)?;
    let count = number(profile, 128)?;
    let mut tags: Vec<(&[u8], &[u8])> = Vec::new();
    for i in 0..count.min(100) {
        let entry = profile.get(132 + i * 12..144 + i * 12)?;
        let (start, length) = (number(entry, 4)?, number(entry, 8)?);
        let data = profile.get(start..start.checked_add(length)?)?;
        let signature = &entry[..4];
        let known = COLOURS.iter().any(|c| *c == signature) && TYPES.iter().any(|t| data.starts_with(*t));
        if known && !tags.iter().any(|t| t.0 == signature) {
            tags.push((signature, data));
        }
    }
    if tags.is_empty() {
        return None;
    }
    let (description, copyright) = texts(version);
    tags.push((b"desc", &description));
    tags.push((b"cprt", &copyright));
    write(profile, &tags)
}

/// Header, tag table and data. Data that several tags share stand once.
fn write(profile: &[u8], tags: &[(&[u8], &[u8])]) -> Option<Vec<u8>> {
    let mut header = [0u8; 128];
    // Version, class, colour space, connection space; then the signature; then intent and illuminant.
    for range in [8..24, 36..40, 64..80] {
        header[range.clone()].copy_from_slice(profile.get(range)?);
    }
    // A date is required; the first one a profile may bear (7.2.8).
    header[24..36].copy_from_slice(&[0x07, 0x6C, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    let mut table = (tags.len() as u32).to_be_bytes().to_vec();
    let mut body = Vec::new();
    let base = 132 + tags.len() * 12;
    let mut placed: Vec<(&[u8], usize)> = Vec::new();
    for (signature, data) in tags {
        let start = match placed.iter().find(|(d, _)| d == data) {
            Some((_, start)) => *start,
            None => {
                let start = base + body.len();
                body.extend_from_slice(data);
                body.resize(body.len().next_multiple_of(4), 0);
                placed.push((data, start));
                start
            }
        };
        table.extend_from_slice(signature);
        table.extend_from_slice(&u32::try_from(start).ok()?.to_be_bytes());
        table.extend_from_slice(&u32::try_from(data.len()).ok()?.to_be_bytes());
    }
    let mut out = header.to_vec();
    out.extend_from_slice(&table);
    out.extend_from_slice(&body);
    let length = u32::try_from(out.len()).ok()?.to_be_bytes();
    out[..4].copy_from_slice(&length);
    Some(out)
}

/// The two texts a profile must have, saying nothing, in the form of its version (10.24 and 10.15; version 2: 6.5.17).
fn texts(version: u8) -> (Vec<u8>, Vec<u8>) {
    if version >= 4 {
        let mut text = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS".to_vec();
        text.extend_from_slice(&[0, 0, 0, 2, 0, 0, 0, 28, 0, b'-']);
        return (text.clone(), text);
    }
    let mut description = b"desc\0\0\0\0\0\0\0\x02-\0".to_vec();
    description.resize(description.len() + 78, 0);
    (description, b"text\0\0\0\0-\0".to_vec())
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let b: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(b)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_stay_and_texts_go() {
        let mut profile = vec![0u8; 128];
        profile[8] = 2;
        profile[36..40].copy_from_slice(b"acsp");
        profile[80..84].copy_from_slice(b"JANE");
        let white = b"XYZ \0\0\0\0\0\0\xf6\xd6\0\x01\0\0\0\0\xd3\x2d";
        let text = b"text\0\0\0\0CANARY";
        profile.extend_from_slice(&2u32.to_be_bytes());
        for (signature, start, length) in [(b"wtpt", 156u32, 20u32), (b"cprt", 176, 14)] {
            profile.extend_from_slice(signature);
            profile.extend_from_slice(&start.to_be_bytes());
            profile.extend_from_slice(&length.to_be_bytes());
        }
        profile.extend_from_slice(white);
        profile.extend_from_slice(text);
        let cleaned = clean(&profile).unwrap();
        assert!(cleaned.windows(20).any(|w| w == white));
        assert!(!cleaned.windows(6).any(|w| w == b"CANARY") && !cleaned.windows(4).any(|w| w == b"JANE"));
        assert_eq!(number(&cleaned, 0), Some(cleaned.len()));
        assert_eq!(clean(&cleaned).as_deref(), Some(&cleaned[..]));
        for n in 0..profile.len() {
            let _ = clean(&profile[..n]);
        }
        assert_eq!(clean(b"CANARY"), None);
    }
}
