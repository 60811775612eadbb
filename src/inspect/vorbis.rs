//! Comments as Vorbis, Opus, FLAC and Speex write them, in the words of people.
//!
//! Xiph.Org, "Vorbis I specification", section 5 (comment field and header specification).

use super::Discovery;
use super::little::le32;
use crate::finding::{Action, Code, Finding};
use crate::place::Place;
use crate::recording::Identifier;

/// The most comments that are listed one by one.
const MOST: usize = 1_000;

/// What comments are, by the beginnings of their names in capitals.
const NAMES: &[(&str, Code, &str)] = &[
    ("METADATA_BLOCK_PICTURE", Code::TagPicture, "cover picture"),
    ("COVERART", Code::TagPicture, "cover picture"),
    ("ENCODER", Code::TagDevice, "encoder"),
    ("ENCODED", Code::TagDevice, "encoder"),
    ("DATE", Code::Time, "time of recording"),
    ("CREATION", Code::Time, "time of recording"),
    ("COMMENT", Code::Comment, "comment"),
    ("DESCRIPTION", Code::Comment, "comment"),
    ("CHAPTER", Code::Marker, "chapter"),
];

/// Lists the comments in a body that begins with the vendor's length; `at` is where it stands.
pub(super) fn discover(body: &[u8], part: &str, at: u64, out: &mut Discovery) {
    let Some(vendor) = text(body, 0) else { return };
    if !vendor.is_empty() {
        let finding = Finding::new(Code::TagDevice, Place::bytes(part, at + 4, vendor.len() as u64), Action::Remove);
        out.push_with(finding.labelled("encoder"), Identifier::new(vendor));
    }
    let mut from = 4 + vendor.len();
    let count = le32(body, from).unwrap_or(0);
    from += 4;
    for _ in 0..count.min(MOST as u32) {
        let Some(comment) = text(body, from) else { break };
        let place = Place::bytes(part, at + from as u64 + 4, comment.len() as u64);
        from += 4 + comment.len();
        let head = String::from_utf8_lossy(&comment[..comment.len().min(64)]).to_uppercase();
        let known = NAMES.iter().find(|(name, ..)| head.starts_with(name));
        let (code, label) = known.map_or((Code::TagText, "title, artist or other text"), |k| (k.1, k.2));
        if let Some(date) = head.strip_prefix("DATE=") {
            date.get(..4).and_then(|year| year.parse().ok()).into_iter().for_each(|year| out.made_in(year));
        }
        let shown = &comment[..comment.len().min(4096)];
        out.push_with(Finding::new(code, place, Action::Remove).labelled(label), Identifier::new(shown));
    }
}

/// A text behind its length.
fn text(body: &[u8], at: usize) -> Option<&[u8]> {
    let length = le32(body, at)? as usize;
    body.get(at + 4..)?.get(..length)
}
