//! Pictures and texts with pictures that scrubs has no reader for: said to be not looked into, never passed over.
//!
//! Signatures: \[MS-EMF\] 2.3.4.2, \[MS-WMF\] 2.3.2.3, Adobe's EPSF 3.0 and its DOS header (Tech Note 5002), Rich Text Format 1.9.1,
//! MIME (RFC 2045), SQLite's file format 1.3.

use crate::recording::Format;

/// Where the signature stands, what it is, and what is said.
const SIGNATURES: &[(usize, &[u8], &str)] = &[
    (40, b" EMF", "Windows metafiles are not looked into"),
    (0, b"\xD7\xCD\xC6\x9A", "Windows metafiles are not looked into"),
    (0, b"\x01\0\x09\0\0\x03", "Windows metafiles are not looked into"),
    (0, b"%!PS", "PostScript files are not looked into"),
    (0, b"\xC5\xD0\xD3\xC6", "PostScript files are not looked into"),
    (0, b"{\\rtf", "texts in RTF, which may hold pictures, are not looked into"),
    (0, b"MIME-Version:", "saved mails and pages, which may hold pictures, are not looked into"),
    (0, b"SQLite format 3\0", "databases are not looked into"),
    (0, b"gimp xcf ", "pictures of GIMP are not looked into"),
    (0, b"FLV\x01", "Flash videos are not looked into"),
];

/// Further names that recordings and documents have, besides the extension that an output of each format gets.
const NAMES: &[&str] = &[
    "jpeg", "jpe", "tiff", "heif", "hif", "jpf", "jpx", "j2c", "dib", "dic", "dicom", "ima", "m4v", "qt", "webm",
    "wmv", "wma", "mpeg", "oga", "opus", "aif", "ppt", "xls", "odp", "ods", "docm", "pptm", "ppsx", "7z", "rar",
];

/// What is said of a file that no reader knows, by its name and its first bytes; nothing where it is a text or a program.
pub(super) fn told(name: &str, head: &[u8]) -> Option<&'static str> {
    let is = |(offset, bytes, _): &&(usize, &[u8], &str)| head.get(*offset..offset + bytes.len()) == Some(*bytes);
    let signed = SIGNATURES.iter().find(is).map(|(_, _, says)| *says);
    signed.or_else(|| {
        is_named_recording(name).then_some("not what its name says, or damaged from its first byte: not looked into")
    })
}

/// Whether a name ends as names of recordings do, or of documents that may hold some.
fn is_named_recording(name: &str) -> bool {
    let Some((_, end)) = name.rsplit_once('.') else { return false };
    // Programs call anything `.bin`.
    let known = Format::ALL.iter().map(|format| format.extension()).filter(|known| *known != "bin");
    known.chain(NAMES.iter().copied()).any(|known| known.eq_ignore_ascii_case(end))
}
