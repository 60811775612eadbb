//! Pictures and texts with pictures that scrubs has no reader for: said to be not looked into, never passed over.
//!
//! Signatures: \[MS-EMF\] 2.3.4.2, \[MS-WMF\] 2.3.2.3, Adobe's EPSF 3.0 and its DOS header (Tech Note 5002), Rich Text Format 1.9.1,
//! MIME (RFC 2045), SQLite's file format 1.3.

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

/// What is said of a file that no reader knows, by its first bytes; nothing where it is a text or a program.
pub(super) fn told(head: &[u8]) -> Option<&'static str> {
    let is = |(offset, bytes, _): &&(usize, &[u8], &str)| head.get(*offset..offset + bytes.len()) == Some(*bytes);
    SIGNATURES.iter().find(is).map(|(_, _, says)| *says)
}
