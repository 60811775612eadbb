//! Numbers that a recording may have: eight bytes have room for a word, too.
//!
//! RFC 9559 section 5.1 and its table of elements; RFC 8794 section 7 (types).

/// Duration, rates of sound and pictures, luminance, chromaticity, projection.
const FLOATS: &[u32] = &[
    0x4489, 0xB5, 0x78B5, 0x23_314F, 0x23_83E3, 0x2F_B523, 0x55D1, 0x55D2, 0x55D3, 0x55D4, 0x55D5, 0x55D6, 0x55D7,
    0x55D8, 0x55D9, 0x55DA, 0x7673, 0x7674, 0x7675,
];
/// Times and durations, which may be in nanoseconds.
const TIMES: &[u32] = &[0xE7, 0xB3, 0xB2, 0x9B, 0xFB];

/// Whether an element of this kind may have these bytes: up to five are any, more are a number of a likely size.
pub(super) fn is_real(id: u32, bytes: &[u8]) -> bool {
    if !matches!(bytes.len(), 6..=8) {
        return bytes.len() < 6;
    }
    let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    if FLOATS.contains(&id) {
        let size = f64::from_bits(number).abs();
        return bytes.len() == 8 && (size == 0.0 || (1e-9..1e18).contains(&size));
    }
    // All ones stand for what is not known; what is below 0 begins so.
    let spare = 64 - 8 * bytes.len() as u32;
    let size = ((number << spare) as i64 >> spare).unsigned_abs();
    let bits = if TIMES.contains(&id) { 57 } else { 48 };
    size >> bits == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_no_numbers_and_numbers_of_recordings_are() {
        let mut tried = 0;
        for id in [0x56AA, 0x4489, 0xB5, 0xE7, 0x75A2] {
            for word in [&b"HOEFLICH"[..], b"hoeflich", b"14031957", b"Mirabel\0"] {
                assert!(!is_real(id, word), "{id:x}");
                tried += 1;
            }
        }
        assert_eq!(tried, 20);
        // Half a minute in nanoseconds, a second less than none, not known, a terabyte.
        for number in [30_000_000_000_i64, -1_000_000_000, -1, 1 << 40] {
            assert!(is_real(0x56AA, &number.to_be_bytes()));
        }
        for float in [0.0, 48_000.0, 5.4e15, 0.0001, -90.0] {
            assert!(is_real(0x4489, &f64::to_be_bytes(float)));
        }
        assert!(is_real(0xE7, &(1_u64 << 56).to_be_bytes()) && is_real(0xD7, b"ABCDE") && !is_real(0xD7, &[1; 9]));
    }
}
