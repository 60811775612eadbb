//! What a compressed frame holds beside its samples: comments, application segments, bytes behind its end.
//!
//! PS3.5 A.4; ISO/IEC 10918-1 Annex B (JPEG), ISO/IEC 14495-1 Annex C (JPEG-LS), ISO/IEC 15444-1 Annex A (JPEG 2000).

use crate::finding::Code;
use crate::inspect::Trouble;
use crate::inspect::bytes::{Bytes, be16};
use crate::inspect::jpeg;
use std::ops::Range;

/// How comments begin that codecs write of themselves.
const CODECS: &[&[u8]] = &[
    b"Kakadu-",
    b"Kdu-Layer-Info:",
    b"Created by OpenJPEG",
    b"Created by GDCM/OpenJPEG",
    b"Creator: JasPer",
    b"OpenJPH Ver",
    b"LEAD Technologies Inc.",
    b"MITRA_DICOM_STANDARD",
    b"Intel(R) JPEG Library",
    b"Intel(R) IPP",
    b"Lavc",
    b"Aware",
    b"charls",
    b"DCMTK",
];

/// The most parts of one frame's header that are looked at.
const MOST_PARTS: usize = 10_000;

/// Something beside the samples: its code, what a person calls it, and where it is.
pub(super) type Extra = (Code, &'static str, Range<u64>);

/// Lists what stands in a fragment that begins a frame; nothing of one that does not.
pub(super) fn extras(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<Vec<Extra>, Trouble> {
    match bytes.get(range.start, 4)? {
        Some([0xff, jpeg::SOI, ..]) => in_jpeg(bytes, range),
        Some([0xff, 0x4f, 0xff, 0x51]) => in_jpeg_2000(bytes, range),
        _ => Ok(Vec::new()),
    }
}

fn in_jpeg(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<Vec<Extra>, Trouble> {
    let mut out = Vec::new();
    let mut walk = jpeg::Walk::new(range);
    let mut parts = 0;
    while let Some(part) = walk.next(bytes)? {
        parts += usize::from(!matches!(part, jpeg::Part::Scan(_) | jpeg::Part::ScanFill(_)));
        if parts > MOST_PARTS {
            return Err(Trouble::TooLarge("a compressed frame of more than ten thousand segments"));
        }
        let found = match &part {
            jpeg::Part::Segment { marker: jpeg::COM, payload, .. } => {
                let text = bytes.copy(payload.clone(), 256)?;
                (!is_codec(&text)).then_some((Code::Comment, "comment inside a compressed frame"))
            }
            jpeg::Part::Segment { marker: marker @ (0xe0..=0xef | 0xf0..=0xf6 | 0xf9..=0xfd), payload, .. } => {
                let content = bytes.copy(payload.clone(), 256)?;
                let plain = match marker {
                    0xe0 => {
                        content.len() == 14 && content.starts_with(b"JFIF\0") || content == b"LJIF\0\x01\0\0\0\0\0\0\0"
                    }
                    0xe8 => content.len() == 30 && content.starts_with(b"SPIFF\0") || content == b"\0\0\0\x01\xff\xd8",
                    0xee => content.len() == 12 && content.starts_with(b"Adobe"),
                    _ => false,
                };
                (!plain).then_some((Code::ApplicationData, "application data inside a compressed frame"))
            }
            jpeg::Part::Behind(r) => {
                let blank = bytes.copy(r.clone(), 4096)?.iter().all(|b| *b == 0);
                let short = r.end - r.start <= 2 || blank && r.end - r.start <= 4096;
                (!short).then_some((Code::DicomPadding, "bytes behind a compressed frame"))
            }
            _ => None,
        };
        out.extend(found.map(|(code, label)| (code, label, part.range().clone())));
    }
    Ok(out)
}

/// The comments of a JPEG 2000 codestream's main header (A.9.2).
fn in_jpeg_2000(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<Vec<Extra>, Trouble> {
    let mut out = Vec::new();
    let mut at = range.start + 2;
    for _ in 0..MOST_PARTS {
        let Some(head) = bytes.get(at, 4)?.map(|b| [b[0], b[1], b[2], b[3]]) else { break };
        let end = at + 2 + u64::from(be16(&head, 2).unwrap_or(0));
        if head[0] != 0xff || head[1] == 0x90 || end > range.end || end < at + 4 {
            break;
        }
        if head[1] == 0x64 {
            let text = bytes.copy(at + 6..end, 256)?;
            if !is_codec(&text) {
                out.push((Code::Comment, "comment inside a compressed frame", at..end));
            }
        }
        at = end;
    }
    Ok(out)
}

fn is_codec(text: &[u8]) -> bool {
    let short = text.len() <= 64 || text.starts_with(b"Kdu-Layer-Info:");
    text.is_empty() || short && CODECS.iter().any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::fixture;

    #[test]
    fn what_a_frame_holds_beside_its_samples_is_seen() {
        let parts = fixture::jpeg_parts();
        let plain: Vec<u8> = [&parts[0..2].concat()[..], &parts[4..].concat()].concat();
        let of = |data: &[u8]| extras(&mut Bytes::over(data), 0..data.len() as u64).unwrap();
        assert_eq!(of(&plain), []);
        assert_eq!(of(&[&plain[..], &[0]].concat()), []);
        assert_eq!(of(&[&plain[..], b"Canary"].concat()).len(), 1);
        let commented = |text: &[u8]| [&plain[..2], &fixture::segment(jpeg::COM, text), &plain[2..]].concat();
        assert_eq!(of(&commented(b"LEAD Technologies Inc. V1.01")), []);
        assert_eq!(of(&commented(b"Canary"))[0].0, Code::Comment);
        let j2k = |text: &[u8]| {
            let comment = [&[0xff, 0x64], &(text.len() as u16 + 4).to_be_bytes()[..], &[0, 1], text].concat();
            [&[0xff, 0x4f, 0xff, 0x51, 0, 4, 0, 0][..], &comment, &[0xff, 0x90, 0, 10]].concat()
        };
        assert_eq!(of(&j2k(b"Kakadu-v5.2.1")), []);
        assert_eq!(of(&j2k(b"Canary")).len(), 1);
    }
}
