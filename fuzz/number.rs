//! A mutator for formats whose parts point at one another: numbers of the file are put in the place of other numbers.
//!
//! Parts that lie over one another are where two readings of the same bytes disagree; random bytes hardly ever make them.

/// Changes `data[..size]` as libFuzzer does, and every second time moves a number as well. Gives the new size.
pub(crate) fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let mut random = u64::from(seed) | 1;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below.max(1)
    };
    let size = if next(4) == 0 { size } else { libfuzzer_sys::fuzzer_mutate(data, size, most) };
    if size < 16 || next(2) == 0 {
        return size;
    }
    for _ in 0..=next(3) {
        let width = [1, 2, 4, 4][next(4)];
        // Descriptions mostly stand at the front or at the end.
        let (near, far) = ((size - width).min(2_048), size - width);
        let mut place = || match next(4) {
            0 => next(far + 1),
            1 => far - next(near + 1),
            _ => next(near + 1),
        };
        let (from, to) = (place(), place());
        let big = next(2) == 0;
        let mut number = data[from..from + width].to_vec();
        if !big {
            number.reverse();
        }
        let value = number.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        let value = match next(6) {
            0 => value.wrapping_add(next(9) as u32).wrapping_sub(4),
            1 => from as u32,
            2 => (size - next(9)) as u32,
            _ => value,
        };
        number.copy_from_slice(&value.to_be_bytes()[4 - width..]);
        if !big {
            number.reverse();
        }
        data[to..to + width].copy_from_slice(&number);
    }
    size
}
