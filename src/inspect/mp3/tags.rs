//! Tags as the witness reads them: where they end, and what stands in them, in the words of people.
//!
//! ID3 version 2 informal standards 2.2, 2.3 and 2.4; APE tags version 2.

use crate::finding::Code;
use crate::inspect::Trouble;
use crate::inspect::bytes::{Bytes, be32};
use crate::inspect::little::le32;
use std::ops::Range;

/// The most frames or items of a tag that are read.
const MOST: usize = 2_000;

/// A field of a tag: what it is, and where.
#[derive(Debug)]
pub(in crate::inspect) struct Field {
    pub(in crate::inspect) code: Code,
    pub(in crate::inspect) label: &'static str,
    pub(in crate::inspect) range: Range<u64>,
    /// Whether it says when the recording was made.
    pub(in crate::inspect) dated: bool,
}

/// A number of four times seven bits.
fn seven(bytes: &[u8]) -> Option<u64> {
    let four = bytes.get(..4).filter(|b| b.iter().all(|b| *b < 0x80))?;
    Some(four.iter().fold(0, |n, b| n << 7 | u64::from(*b)))
}

/// The length of an ID3v2 tag that begins at `at`.
pub(in crate::inspect) fn length(bytes: &mut Bytes<'_>, at: u64) -> Result<Option<u64>, Trouble> {
    let Some(head) = bytes.get(at, 10)?.filter(|h| h.starts_with(b"ID3")) else { return Ok(None) };
    let footer = if head[5] & 0x10 != 0 { 10 } else { 0 };
    Ok(seven(&head[6..]).map(|n| n + 10 + footer))
}

/// Behind the tags that `range` begins with.
pub(super) fn behind(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<u64, Trouble> {
    let mut at = range.start;
    while let Some(length) = length(bytes, at)?.filter(|n| at + n <= range.end) {
        at += length;
    }
    Ok(at)
}

/// What the frames of ID3v2 are, by the beginnings of their names in 2.2 and later.
const FRAMES: &[(&str, Code, &str)] = &[
    ("APIC", Code::TagPicture, "cover picture"),
    ("PIC", Code::TagPicture, "cover picture"),
    ("COM", Code::Comment, "comment"),
    ("TEN", Code::TagDevice, "encoder"),
    ("TSS", Code::TagDevice, "encoder"),
    ("TDR", Code::Time, "time of recording"),
    ("TYE", Code::Time, "year of recording"),
    ("TDA", Code::Time, "date of recording"),
    ("TDE", Code::Time, "time of encoding"),
    ("TDT", Code::Time, "time of tagging"),
    ("TIM", Code::Time, "time of recording"),
    ("CHAP", Code::Marker, "chapter"),
    ("CTOC", Code::Marker, "chapters"),
    ("GEO", Code::Attachment, "attached file"),
    ("PRI", Code::ApplicationData, "program's private data"),
    ("UFI", Code::TagText, "unique identifier"),
    ("T", Code::TagText, "title, artist or other text"),
    ("W", Code::TagText, "web address"),
];

/// The fields of an ID3v2 tag.
pub(in crate::inspect) fn fields(bytes: &mut Bytes<'_>, tag: Range<u64>) -> Result<Vec<Field>, Trouble> {
    let Some(head) = bytes.get(tag.start, 10)?.map(<[u8]>::to_vec) else { return Ok(Vec::new()) };
    let (version, mut at, mut out) = (head[3], tag.start + 10, Vec::new());
    if head[5] & 0x40 != 0 && version > 2 {
        let more = bytes.get(at, 4)?.map(<[u8]>::to_vec).unwrap_or_default();
        at += if version == 4 { seven(&more).unwrap_or(0) } else { be32(&more, 0).map_or(0, u64::from) + 4 };
    }
    let width = if version == 2 { 3 } else { 4 };
    while out.len() < MOST && at < tag.end {
        let Some(head) = bytes.get(at, 10)? else { break };
        let id = head[..width].to_vec();
        if !id.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            break;
        }
        let (length, header) = match version {
            2 => (Some(u64::from(head[3]) << 16 | u64::from(head[4]) << 8 | u64::from(head[5])), 6),
            4 => (seven(&head[4..]), 10),
            _ => (be32(head, 4).map(u64::from), 10),
        };
        let Some(end) = length.map(|n| at + header + n).filter(|end| *end <= tag.end) else { break };
        let text = String::from_utf8_lossy(&id).into_owned();
        let known = FRAMES.iter().find(|(name, ..)| text.starts_with(name));
        let (code, label) = known.map_or((Code::ApplicationData, "other data of a tag"), |k| (k.1, k.2));
        let dated = ["TDRC", "TYER", "TYE", "TDRL"].contains(&text.as_str());
        out.push(Field { code, label, range: at + header..end, dated });
        at = end;
    }
    Ok(out)
}

/// The items of an APE tag whose items begin at `range`.
pub(super) fn items(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<Vec<Field>, Trouble> {
    let (mut at, mut out) = (range.start, Vec::new());
    while out.len() < MOST && at + 9 < range.end {
        let Some(length) = bytes.get(at, 8)?.and_then(|b| le32(b, 0)) else { break };
        let Some(end) = bytes.find(0, at + 8, (at + 8 + 256).min(range.end))? else { break };
        let key = String::from_utf8_lossy(&bytes.copy(at + 8..end, 256)?).to_lowercase();
        let value = end + 1..(end + 1 + u64::from(length)).min(range.end);
        let (code, label) = match key.as_str() {
            key if key.starts_with("cover art") => (Code::TagPicture, "cover picture"),
            "comment" => (Code::Comment, "comment"),
            "year" | "record date" => (Code::Time, "time of recording"),
            _ => (Code::TagText, "title, artist or other text"),
        };
        out.push(Field { code, label, range: value.clone(), dated: key == "year" });
        at = value.end;
    }
    Ok(out)
}
