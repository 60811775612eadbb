//! Text among numbers: printable bytes that numbers rarely come in.

/// Whether these bytes are nothing but printable ones, so that they could be letters, the zeros of wider numbers aside.
pub(super) fn is_all(bytes: &[u8]) -> bool {
    let printable = bytes.iter().filter(|byte| matches!(byte, 0x20..=0x7E)).count();
    printable >= 4 && bytes.iter().all(|byte| matches!(byte, 0 | 0x20..=0x7E)) && printable * 2 >= bytes.len()
}
