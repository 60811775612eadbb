//! Text among coded samples: a run of printable bytes longer than samples ever make.

/// Printable bytes in a row that are text, and how many of them must differ. Coded samples are as good as random: 28 in a
/// row come once in 10^12; the repeats of plain areas have few different bytes.
const RUN: usize = 28;
const DIFFERENT: usize = 8;

/// Whether a long run of text stands among these bytes: as single bytes, or as every second one, which is UTF-16.
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
        if run >= RUN && seen.count_ones() as usize >= DIFFERENT {
            return true;
        }
    }
    false
}
