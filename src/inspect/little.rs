//! Little-endian numbers in bytes that a file gives.

/// The number in two bytes at `at`.
pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?).map(|b| u16::from_le_bytes([b[0], b[1]]))
}

/// The number in three bytes at `at`.
pub(super) fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(3)?).map(|b| u32::from_le_bytes([b[0], b[1], b[2], 0]))
}

/// The number in four bytes at `at`.
pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}
