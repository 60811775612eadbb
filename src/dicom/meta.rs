//! The preamble and file meta information that every output gets anew, and the marks of what was done.
//!
//! DICOM PS3.10 7.1 (file meta information), PS3.15 E.1.1 (both are replaced), PS3.3 C.7.1.1 and C.12.1 (the marks).

use super::clean::Addition;
use super::table::EDITION;
use super::vr::Vr;

/// Our implementation class UID, made once from a random UUID (PS3.5 B.2).
pub(super) const IMPLEMENTATION: &str = "2.25.309783098261381439021741783399656648137";
/// Our implementation version name.
const VERSION: &str = "SCRUBS";

/// The code of what was done, of CID 7050.
pub(super) const BASIC_PROFILE: &str = "113100";
const BASIC_PROFILE_MEANING: &str = "Basic Application Confidentiality Profile";

/// Preamble, prefix and file meta information.
pub(super) fn header(class: &[u8], instance: &str, syntax: &str) -> Vec<u8> {
    let mut group = Vec::new();
    put(&mut group, 0x01, b"OB", &[0, 1]);
    if !class.is_empty() {
        put(&mut group, 0x02, b"UI", class);
    }
    put(&mut group, 0x03, b"UI", instance.as_bytes());
    put(&mut group, 0x10, b"UI", syntax.as_bytes());
    put(&mut group, 0x12, b"UI", IMPLEMENTATION.as_bytes());
    put(&mut group, 0x13, b"SH", VERSION.as_bytes());
    let mut out = vec![0; 128];
    out.extend_from_slice(b"DICM");
    put(&mut out, 0x00, b"UL", &(group.len() as u32).to_le_bytes());
    out.extend_from_slice(&group);
    out
}

/// One element of group 0002: explicit, little endian. All values are UIDs or words of ours, far below any limit.
fn put(out: &mut Vec<u8>, element: u16, vr: &[u8; 2], value: &[u8]) {
    let padded = value.len() + value.len() % 2;
    out.extend_from_slice(&[2, 0]);
    out.extend_from_slice(&element.to_le_bytes());
    out.extend_from_slice(vr);
    if Vr(*vr).is_long() {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&(padded as u32).to_le_bytes());
    } else {
        out.extend_from_slice(&(padded as u16).to_le_bytes());
    }
    out.extend_from_slice(value);
    if padded > value.len() {
        out.push(Vr(*vr).pad());
    }
}

/// The marks: identity removed, by which method, dates removed. Nothing is claimed of the pixels.
pub(super) fn marks() -> Vec<Addition> {
    let method = format!("scrubs {}\\PS3.15 {EDITION} {BASIC_PROFILE_MEANING}", env!("CARGO_PKG_VERSION"));
    vec![
        Addition::Value(0x0012_0062, Vr::CS, b"YES".to_vec()),
        Addition::Value(0x0012_0063, Vr::LO, method.into_bytes()),
        Addition::Item(
            0x0012_0064,
            vec![
                (0x0008_0100, Vr(*b"SH"), BASIC_PROFILE.into()),
                (0x0008_0102, Vr(*b"SH"), b"DCM".to_vec()),
                (0x0008_0104, Vr::LO, BASIC_PROFILE_MEANING.into()),
            ],
        ),
        Addition::Value(0x0028_0303, Vr::CS, b"REMOVED".to_vec()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_well_formed_and_says_nothing_of_its_source() {
        let header = header(b"1.2.840.10008.5.1.4.1.1.4", "2.25.1", "1.2.840.10008.1.2.1");
        assert_eq!(&header[..128], &[0; 128]);
        assert_eq!(&header[128..140], b"DICM\x02\0\0\0UL\x04\0");
        let length = u32::from_le_bytes(header[140..144].try_into().unwrap());
        assert_eq!(header.len(), 144 + length as usize);
        assert!(IMPLEMENTATION.len() <= 64 && VERSION.len() <= 16);
        let mut tried = 0;
        for mark in marks() {
            if let Addition::Value(_, _, value) = mark {
                assert!(value.split(|b| *b == b'\\').all(|v| v.len() <= 64));
                tried += 1;
            }
        }
        assert_eq!(tried, 3);
    }
}
