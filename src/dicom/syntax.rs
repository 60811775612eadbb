//! How a data set is encoded: byte order, implicit or explicit, and the transfer syntaxes that say so.
//!
//! DICOM PS3.5 7.1, 10 and Annex A. What the file declares is checked against its first element.

use super::dictionary;
use super::vr::Vr;

/// The encoding of a data set's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Implicit VR, little endian.
    Implicit,
    /// Explicit VR, little endian.
    Explicit,
    /// Explicit VR, big endian.
    BigEndian,
}

pub(super) const IMPLICIT: &str = "1.2.840.10008.1.2";
pub(super) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub(super) const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
pub(super) const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
/// A maker's implicit syntax of old archives, whose 16-bit pixels are big endian.
pub(super) const PRIVATE_IMPLICIT: &str = "1.2.840.113619.5.2";

impl Encoding {
    /// A 16-bit number.
    pub(super) fn u16(self, b: [u8; 2]) -> u16 {
        if self == Encoding::BigEndian { u16::from_be_bytes(b) } else { u16::from_le_bytes(b) }
    }

    /// A 32-bit number.
    pub(super) fn u32(self, b: [u8; 4]) -> u32 {
        if self == Encoding::BigEndian { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) }
    }

    /// The bytes of a 16-bit number.
    pub(super) fn put16(self, n: u16) -> [u8; 2] {
        if self == Encoding::BigEndian { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    /// The bytes of a 32-bit number.
    pub(super) fn put32(self, n: u32) -> [u8; 4] {
        if self == Encoding::BigEndian { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    /// A tag, group first.
    pub(super) fn tag(self, b: [u8; 4]) -> u32 {
        u32::from(self.u16([b[0], b[1]])) << 16 | u32::from(self.u16([b[2], b[3]]))
    }

    /// The transfer syntax of plain data sets so encoded.
    pub(super) fn plain(self) -> &'static str {
        match self {
            Encoding::Implicit => IMPLICIT,
            Encoding::Explicit => EXPLICIT,
            Encoding::BigEndian => BIG_ENDIAN,
        }
    }
}

/// What a transfer syntax UID says of the encoding; none for one that is not of the standard.
pub(super) fn declared(uid: &str) -> Option<Encoding> {
    match uid {
        IMPLICIT | PRIVATE_IMPLICIT => Some(Encoding::Implicit),
        BIG_ENDIAN => Some(Encoding::BigEndian),
        _ => {
            let rest = uid.strip_prefix("1.2.840.10008.1.2.")?;
            let sane = rest.len() <= 8 && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            sane.then_some(Encoding::Explicit)
        }
    }
}

/// Whether frames are wrapped in fragments (PS3.5 A.4).
pub(super) fn is_encapsulated(uid: &str) -> bool {
    declared(uid) == Some(Encoding::Explicit) && uid != EXPLICIT && uid != DEFLATED
}

/// The encoding that a data set's first eight bytes show, whatever was declared. None when they are no element at all.
pub(super) fn detect(first: [u8; 8], declared: Option<Encoding>) -> Option<Encoding> {
    let head = [first[0], first[1], first[2], first[3]];
    let vr = Vr([first[4], first[5]]);
    let little = Encoding::Explicit.tag(head);
    let big = Encoding::BigEndian.tag(head);
    if vr.is_known() {
        // Data sets begin with a low group; in the wrong byte order it seems a high one.
        let swapped = big >> 16 < little >> 16;
        if !swapped && (known(little) || !known(big)) {
            return Some(Encoding::Explicit);
        }
        return Some(Encoding::BigEndian);
    }
    if known(little) || declared.is_some_and(|d| d != Encoding::BigEndian) && little >> 16 != 0 {
        return Some(Encoding::Implicit);
    }
    None
}

/// Whether a tag is one a data set may begin with: in the dictionary, a group length, or a private one of a low group.
fn known(tag: u32) -> bool {
    let (group, element) = (tag >> 16, tag & 0xFFFF);
    let low = group > 0 && group < 0x0100 && (element == 0 || group & 1 == 1);
    low || element != 0 && group & 1 == 0 && dictionary::vr(tag).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_element_shows_the_encoding() {
        let cases: [(&[u8; 8], Option<Encoding>, Option<Encoding>); 8] = [
            (b"\x08\0\x05\0CS\x0a\0", Some(Encoding::Implicit), Some(Encoding::Explicit)),
            (b"\x08\0\x05\0\x0a\0\0\0", Some(Encoding::Explicit), Some(Encoding::Implicit)),
            (b"\0\x08\0\x05CS\0\x0a", None, Some(Encoding::BigEndian)),
            (b"\x08\0\0\0\x04\0\0\0", None, Some(Encoding::Implicit)),
            (b"\0\x08\0\x05CS\0\x0a", Some(Encoding::Explicit), Some(Encoding::BigEndian)),
            (b"\0\x08\0\0UL\0\x04", None, Some(Encoding::BigEndian)),
            (b"<html><h", None, None),
            (b"\0\0\0\0\0\0\0\0", None, None),
        ];
        let mut tried = 0;
        for (bytes, declared, expected) in cases {
            assert_eq!(detect(*bytes, declared), expected);
            tried += 1;
        }
        assert_eq!(tried, 8);
    }

    #[test]
    fn only_syntaxes_of_the_standard_are_known() {
        assert_eq!(declared("1.2.840.10008.1.2.4.50"), Some(Encoding::Explicit));
        assert_eq!(declared("1.2.840.10008.1.2.4.canary"), None);
        assert_eq!(declared("1.2.3"), None);
        assert!(is_encapsulated("1.2.840.10008.1.2.5") && !is_encapsulated(DEFLATED));
    }
}
