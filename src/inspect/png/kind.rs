//! Chunk types that some standard defines, and what they are called.
//!
//! W3C PNG (third edition) section 11 and the registered extensions.

use crate::finding::Code;

/// A chunk type, and what it is.
pub(super) type Known = (&'static [u8; 4], Option<(Code, &'static str)>);

/// Every chunk type that some standard or common program defines, and what it is when it goes; `None` when it is kept.
pub(super) const KNOWN: &[Known] = &[
    (b"IHDR", None),
    (b"PLTE", None),
    (b"IDAT", None),
    (b"IEND", None),
    (b"tRNS", None),
    (b"gAMA", None),
    (b"cHRM", None),
    (b"sRGB", None),
    (b"sBIT", None),
    (b"bKGD", None),
    (b"pHYs", None),
    (b"acTL", None),
    (b"fcTL", None),
    (b"fdAT", None),
    (b"cICP", None),
    (b"mDCV", None),
    (b"cLLI", None),
    (b"iCCP", None),
    (b"eXIf", None),
    (b"tEXt", Some((Code::Text, "text"))),
    (b"zTXt", Some((Code::Text, "compressed text"))),
    (b"iTXt", Some((Code::Text, "international text"))),
    (b"tIME", Some((Code::Time, "time of change"))),
    (b"caBX", Some((Code::Provenance, "content credentials"))),
    (b"hIST", Some((Code::ApplicationData, "histogram"))),
    (b"sPLT", Some((Code::ApplicationData, "suggested palette"))),
    (b"iDOT", Some((Code::ApplicationData, "application data (iDOT)"))),
    (b"dSIG", Some((Code::Provenance, "digital signature"))),
    (b"gIFg", Some((Code::ApplicationData, "application data (gIFg)"))),
    (b"gIFx", Some((Code::ApplicationData, "application data (gIFx)"))),
    (b"gIFt", Some((Code::Text, "text"))),
    (b"oFFs", Some((Code::ApplicationData, "application data (oFFs)"))),
    (b"pCAL", Some((Code::ApplicationData, "calibration"))),
    (b"sCAL", Some((Code::ApplicationData, "scale"))),
    (b"vpAg", Some((Code::ApplicationData, "application data (vpAg)"))),
    (b"orNT", Some((Code::ApplicationData, "application data (orNT)"))),
    (b"CgBI", Some((Code::ApplicationData, "application data (CgBI)"))),
    (b"eXIF", Some((Code::ExifOther, "Exif block"))),
    (b"zXIf", Some((Code::ExifOther, "compressed Exif block"))),
];

/// Whether some standard defines a chunk type; others may be named for anyone.
fn is_known(kind: [u8; 4]) -> bool {
    KNOWN.iter().any(|(k, _)| **k == kind)
}

/// A chunk's type where it is one of letters.
pub(super) fn name(kind: [u8; 4]) -> String {
    let known = is_known(kind);
    if known { kind.iter().map(|b| char::from(*b)).collect() } else { "private".to_owned() }
}
