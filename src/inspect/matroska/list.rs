//! What the witness allows inside what.
//!
//! RFC 9559 section 5.1 and its table of elements.

/// What an element may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    Inside,
    Number,
    Word,
    Empty,
    Uid,
    Codec,
    Private,
    Block,
    Additions,
    Void,
    Nothing,
}

/// Parts of a segment.
pub(super) const TOP: &[u64] =
    &[0x114d_9b74, 0x1549_a966, 0x1654_ae6b, 0x1f43_b675, 0x1c53_bb6b, 0x1941_a469, 0x1043_a770, 0x1254_c367];

/// What may stand inside what: a master, and what is allowed in it.
pub(super) fn allowed(parent: u64, id: u64) -> Allowed {
    use Allowed::{Additions, Block, Codec, Empty, Inside, Number, Private, Uid, Void, Word};
    match (parent, id) {
        (0, 0x1a45_dfa3 | 0x1853_8067) => Inside,
        (_, 0xec) if parent != 0 => Void,
        (0x1a45_dfa3, 0x4285..=0x4287 | 0x42f2 | 0x42f3 | 0x42f7) => Number,
        (0x1a45_dfa3, 0x4282) => Word,
        (0x1853_8067, 0x114d_9b74 | 0x1549_a966 | 0x1654_ae6b | 0x1f43_b675 | 0x1c53_bb6b) => Inside,
        (0x114d_9b74, 0x4dbb) | (0x1654_ae6b, 0xae) | (0xae, 0xe0 | 0xe1) => Inside,
        (0x4dbb, 0x53ab | 0x53ac) | (0x1549_a966, 0x2a_d7b1 | 0x4489) => Number,
        (0x1549_a966, 0x4d80 | 0x5741) => Empty,
        (0xae, 0x73c5) => Uid,
        (0xae, 0x86) => Codec,
        (0xae, 0x63a2) => Private,
        (0xae, 0x22_b59c | 0x22_b59d) => Word,
        (0xae, 0xd7 | 0x83 | 0xb9 | 0x88 | 0x9c | 0xaa | 0x55aa..=0x55af | 0x6de7 | 0x6df8 | 0x55ee) => Number,
        (0xae, 0x23_e383 | 0x23_4e7a | 0x23_314f | 0x537f | 0x56aa | 0x56bb) => Number,
        (0xe0, 0x55b0 | 0x7670) | (0x55b0, 0x55d0) => Inside,
        (0xe0, 0x9a | 0x9d | 0xb0 | 0xba | 0x53b8 | 0x53b9 | 0x53c0 | 0x54aa | 0x54bb | 0x54cc | 0x54dd) => Number,
        (0xe0, 0x54b0 | 0x54ba | 0x54b2 | 0x54b3 | 0x2f_b523 | 0x23_83e3 | 0x2e_b524) => Number,
        (0x55b0, 0x55b1..=0x55bd) | (0x55d0, 0x55d1..=0x55da) | (0x7670, 0x7671 | 0x7673..=0x7675) => Number,
        (0xe1, 0xb5 | 0x78b5 | 0x9f | 0x6264 | 0x52f1) => Number,
        (0x1f43_b675, 0xe7 | 0xa7 | 0xab) | (0xa0, 0x9b | 0xfa | 0xfb | 0x75a2) => Number,
        (0x1f43_b675, 0xa3) | (0xa0, 0xa1) => Block,
        (0x1f43_b675, 0xa0) | (0x1c53_bb6b, 0xbb) | (0xbb, 0xb7) => Inside,
        (0xa0, 0x75a1) => Additions,
        (0xbb, 0xb3) | (0xb7, 0xf7 | 0xf1 | 0xf0 | 0xb2 | 0x5378) => Number,
        _ => Allowed::Nothing,
    }
}

/// Whether a number is of a size that recordings have: more than five bytes of it could be a word.
pub(super) fn is_plausible(id: u64, bytes: &[u8]) -> bool {
    let float =
        matches!(id, 0x4489 | 0xb5 | 0x78b5 | 0x23_314f | 0x23_83e3 | 0x2f_b523 | 0x55d1..=0x55da | 0x7673..=0x7675);
    let whole = match bytes {
        [_, _, _, _, _] | [_, _, _, _] | [_, _, _] | [_, _] | [_] | [] => return true,
        [first, ..] => bytes.iter().fold(if first >> 7 == 1 { -1_i64 } else { 0 }, |n, b| n << 8 | i64::from(*b)),
    };
    if float {
        let value = f64::from_bits(whole as u64);
        return bytes.len() == 8 && (value == 0.0 || value.abs() >= 1e-9 && value.abs() < 1e18);
    }
    let most = if matches!(id, 0xe7 | 0xb3 | 0xb2 | 0x9b | 0xfb) { 1_u64 << 57 } else { 1 << 48 };
    whole.unsigned_abs() < most
}
