//! Samples of any number of bits in packed rows.

/// The sample of `bits` bits that begins at bit `at`, the first bit of a byte being its highest; 0 past the end. Samples of
/// whole bytes have their least byte first where `little`.
pub(in crate::strip) fn get(bytes: &[u8], at: u64, bits: u32, little: bool) -> u64 {
    let first = usize::try_from(at / 8).unwrap_or(usize::MAX);
    if at.is_multiple_of(8) && bits.is_multiple_of(8) {
        let Some(part) = first.checked_add(bits as usize / 8).and_then(|end| bytes.get(first..end)) else { return 0 };
        let join = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        return if little { part.iter().rev().fold(0, join) } else { part.iter().fold(0, join) };
    }
    (at..at + u64::from(bits)).fold(0, |number, bit| {
        let byte = usize::try_from(bit / 8).ok().and_then(|at| bytes.get(at)).copied().unwrap_or(0);
        number << 1 | u64::from(byte >> (7 - bit % 8) & 1)
    })
}

/// Writes such a sample; nothing past the end.
pub(in crate::strip) fn set(bytes: &mut [u8], at: u64, bits: u32, little: bool, value: u64) {
    let first = usize::try_from(at / 8).unwrap_or(usize::MAX);
    if at.is_multiple_of(8) && bits.is_multiple_of(8) {
        let size = bits as usize / 8;
        let Some(part) = first.checked_add(size).and_then(|end| bytes.get_mut(first..end)) else { return };
        for (n, byte) in part.iter_mut().enumerate() {
            let place = if little { n } else { size - 1 - n };
            *byte = (value >> (8 * place)) as u8;
        }
        return;
    }
    for n in 0..u64::from(bits) {
        let bit = at + n;
        let Some(byte) = usize::try_from(bit / 8).ok().and_then(|at| bytes.get_mut(at)) else { return };
        let mask = 0x80_u8 >> (bit % 8);
        let one = value >> (u64::from(bits) - 1 - n) & 1 == 1;
        *byte = if one { *byte | mask } else { *byte & !mask };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_is_read_and_nothing_beside_it_changes() {
        let mut tried = 0;
        for bits in [1, 2, 3, 4, 5, 8, 10, 12, 14, 16, 24, 32, 64] {
            for (index, little) in [(0, false), (1, true), (2, false), (3, true)] {
                let mut bytes = vec![0xA5; 40];
                let before = bytes.clone();
                let at = index * u64::from(bits);
                let value = 0x0123_4567_89AB_CDEF & (u64::MAX >> (64 - bits));
                set(&mut bytes, at, bits, little, value);
                assert_eq!(get(&bytes, at, bits, little), value);
                let old = get(&before, at, bits, little);
                set(&mut bytes, at, bits, little, old);
                assert_eq!(bytes, before);
                tried += 1;
            }
        }
        assert_eq!(tried, 52);
        assert_eq!(get(&[1], u64::MAX / 2, 8, false), 0);
    }
}
