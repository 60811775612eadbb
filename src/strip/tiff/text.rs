//! Text among numbers and samples: runs of printable bytes that neither numbers nor coded samples come in.

/// Printable bytes in a row that are text even among coded samples, which are as good as random, and how many of them
/// must differ.
const LONG_RUN: usize = 28;
const DIFFERENT: usize = 7;

/// Whether these bytes are nothing but printable ones, so that they could be letters, the zeros of wider numbers aside.
pub(super) fn is_all(bytes: &[u8]) -> bool {
    let printable = bytes.iter().filter(|byte| matches!(byte, 0x20..=0x7E)).count();
    printable >= 4 && bytes.iter().all(|byte| matches!(byte, 0 | 0x20..=0x7E)) && printable * 2 >= bytes.len()
}

/// Whether a long run of text stands among these bytes, which are coded samples: as single bytes or as every second one.
pub(super) fn has_long_run(bytes: &[u8]) -> bool {
    [(1, 0), (2, 0), (2, 1)].into_iter().any(|(step, first)| run(bytes.iter().skip(first).step_by(step)))
}

fn run<'b>(bytes: impl Iterator<Item = &'b u8>) -> bool {
    let (mut run, mut seen) = (0, 0_u128);
    for byte in bytes {
        if !matches!(byte, 0x20..=0x7E) {
            (run, seen) = (0, 0);
            continue;
        }
        run += 1;
        seen |= 1 << byte;
        if run >= LONG_RUN && seen.count_ones() as usize >= DIFFERENT {
            return true;
        }
    }
    false
}
