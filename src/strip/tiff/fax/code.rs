//! The codes of fax coding: what runs and what modes the next bits stand for.
//!
//! ITU-T T.4, tables 2 and 3 (terminating and make-up codes), table 4 (modes); TIFF 6.0, sections 10 and 11.

use std::sync::LazyLock;

/// Bits of the longest code.
pub(super) const LONGEST: u32 = 13;

/// Codes of white runs of 0 to 63, then of 64, 128 and so on to 1728.
const WHITE: &str = "\
    00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101 \
    101010 101011 0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 \
    0011000 00000010 00000011 00011010 00011011 00010010 00010011 00010100 00010101 00010110 00010111 \
    00101000 00101001 00101010 00101011 00101100 00101101 00000100 00000101 00001010 00001011 01010010 \
    01010011 01010100 01010101 00100100 00100101 01011000 01011001 01011010 01011011 01001010 01001011 \
    00110010 00110011 00110100 11011 10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 \
    01100111 011001100 011001101 011010010 011010011 011010100 011010101 011010110 011010111 011011000 \
    011011001 011011010 011011011 010011000 010011001 010011010 011000 010011011";

/// The same of black runs.
const BLACK: &str = "\
    0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 \
    000011000 0000010111 0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 \
    00000101000 00000010111 00000011000 000011001010 000011001011 000011001100 000011001101 000001101000 \
    000001101001 000001101010 000001101011 000011010010 000011010011 000011010100 000011010101 \
    000011010110 000011010111 000001101100 000001101101 000011011010 000011011011 000001010100 \
    000001010101 000001010110 000001010111 000001100100 000001100101 000001010010 000001010011 \
    000000100100 000000110111 000000111000 000000100111 000000101000 000001011000 000001011001 \
    000000101011 000000101100 000001011010 000001100110 000001100111 0000001111 000011001000 \
    000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100 0000001101101 \
    0000001001010 0000001001011 0000001001100 0000001001101 0000001110010 0000001110011 0000001110100 \
    0000001110101 0000001110110 0000001110111 0000001010010 0000001010011 0000001010100 0000001010101 \
    0000001011010 0000001011011 0000001100100 0000001100101";

/// Codes of runs of either colour of 1792, 1856 and so on to 2560.
const LONG: &str = "\
    00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101 000000010110 \
    000000010111 000000011100 000000011101 000000011110 000000011111";

/// For each value of the next 13 bits, the run and the bits of its code; 0 bits where there is none.
pub(super) type Runs = Vec<(u16, u8)>;

/// White runs.
pub(super) static WHITES: LazyLock<Runs> = LazyLock::new(|| runs(WHITE));
/// Black runs.
pub(super) static BLACKS: LazyLock<Runs> = LazyLock::new(|| runs(BLACK));

fn runs(codes: &str) -> Runs {
    let mut table = vec![(0, 0); 1 << LONGEST];
    let short = (0_u16..64).chain((64..=1728).step_by(64));
    let coded = short.zip(codes.split(' ')).chain((1792..=2560).step_by(64).zip(LONG.split(' ')));
    for (run, code) in coded {
        let bits = code.len() as u32;
        let value = code.bytes().fold(0_usize, |value, bit| value << 1 | usize::from(bit == b'1'));
        let first = value << (LONGEST - bits);
        for entry in table.iter_mut().skip(first).take(1 << (LONGEST - bits)) {
            *entry = (run, bits as u8);
        }
    }
    table
}

/// A mode of two-dimensional coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Passes over a run of the line above.
    Pass,
    /// Two runs follow.
    Horizontal,
    /// So many pixels beside a change of the line above.
    Vertical(i8),
}

/// The mode that seven bits begin with, and the bits of its code.
pub(super) fn mode(bits: u32) -> Option<(Mode, u32)> {
    Some(match bits & 0x7F {
        0x40.. => (Mode::Vertical(0), 1),
        0x30.. => (Mode::Vertical(1), 3),
        0x20.. => (Mode::Vertical(-1), 3),
        0x10.. => (Mode::Horizontal, 3),
        0x08.. => (Mode::Pass, 4),
        0x06.. => (Mode::Vertical(2), 6),
        0x04.. => (Mode::Vertical(-2), 6),
        0x03 => (Mode::Vertical(3), 7),
        0x02 => (Mode::Vertical(-3), 7),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_begins_another() {
        let mut counted = 0;
        for codes in [WHITE, BLACK] {
            let all: Vec<&str> = codes.split(' ').chain(LONG.split(' ')).collect();
            for (index, code) in all.iter().enumerate() {
                assert!(all.iter().skip(index + 1).all(|other| !other.starts_with(code) && !code.starts_with(other)));
                counted += 1;
            }
        }
        assert_eq!(counted, 2 * 104);
    }
}
