//! Tables that programs put among JPEGTables whether they are used or not: those of the standard's examples, which tell
//! nothing of anyone.
//!
//! ISO/IEC 10918-1 Annex K: K.1 and K.2 (quantisation, scaled by a quality from 1 to 100 as the Independent JPEG Group's
//! library does), K.3 to K.6 (Huffman codes, kept here as their SHA-256).

use sha2::{Digest, Sha256};

/// Table K.1, luminance, in zigzag order.
const LUMINANCE: [u32; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
    60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113,
    121, 112, 100, 120, 92, 101, 103, 99,
];

/// Table K.2, chrominance, in zigzag order; 99 from the sixteenth number on.
const CHROMINANCE: [u32; 15] = [17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99];

/// Tables K.3 to K.6: counts and symbols.
const CODES: [&str; 4] = [
    "2f66814c875b53173f057d784a16a34d0d1f9aa91cdfa7143c41be02c9c7b005",
    "602f734c8c12c1d9d049a18fd91d9ef3d3d8c402665f90db3d97721fc49e4804",
    "a6283a08f5d97906b66adcc812e32396ea83059e55dd4cc91934cf447559aeb6",
    "13f90e3c9dc476c66f24347f6ad29cea93262e99faed279970c2f74e0557f445",
];

/// Whether a table, from its class and place on, is one of the standard's.
pub(super) fn is_common(table: &[u8]) -> bool {
    let Some((_, content)) = table.split_first() else { return false };
    if content.len() == 64 {
        let chrominance = std::array::from_fn(|i| CHROMINANCE.get(i).copied().unwrap_or(99));
        return [LUMINANCE, chrominance].iter().any(|base| (1..=100).any(|q| is_scaled(content, base, q)));
    }
    let digest: String = Sha256::digest(content).iter().map(|b| format!("{b:02x}")).collect();
    CODES.contains(&digest.as_str())
}

fn is_scaled(table: &[u8], base: &[u32; 64], quality: u32) -> bool {
    let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    table.iter().zip(base).all(|(is, from)| u32::from(*is) == ((from * scale + 50) / 100).clamp(1, 255))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaled_tables_of_the_standard_are_common_and_others_are_not() {
        let mut table = vec![1u8];
        table.extend(LUMINANCE.iter().map(|n| ((n * 50 + 50) / 100) as u8));
        assert!(is_common(&table));
        table[64] ^= 1;
        assert!(!is_common(&table) && !is_common(b"Canary") && !is_common(&[]));
    }
}
