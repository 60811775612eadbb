//! Text among coded samples: a run of printable bytes longer than samples ever make.

/// Printable bytes in a row that are text, and how many of them must differ. Coded samples are as good as random: 28 in a
/// row come once in 10^12; the repeats of plain areas have few different bytes.
const RUN: usize = 28;
const DIFFERENT: usize = 8;

/// Different bytes that `RUN` in a row have in coded text and in names with dates, and not in samples of smooth areas, whose
/// codes are few: in 3,000 made pictures fourteen at most.
const VARIED: usize = 18;

/// Whether a long run of text stands among these bytes: as single bytes, or as every second one, which is UTF-16.
pub(super) fn has_long_run(bytes: &[u8]) -> bool {
    has_run(bytes, |run| different(run) >= DIFFERENT)
}

/// Whether a run of text stands among these bytes that has too many different letters for samples.
pub(super) fn has_varied_run(bytes: &[u8]) -> bool {
    has_run(bytes, |run| run.windows(RUN).any(|part| different(part) >= VARIED))
}

fn different(run: &[u8]) -> usize {
    run.iter().fold(0_u128, |seen, byte| seen | 1 << byte).count_ones() as usize
}

fn has_run(bytes: &[u8], is_text: impl Fn(&[u8]) -> bool) -> bool {
    [(1, 0), (2, 0), (2, 1)]
        .into_iter()
        .any(|(step, first)| run(bytes.get(first..).unwrap_or_default(), step, &is_text))
}

/// Whether every `step`th byte from the first makes a long run that is text.
fn run(bytes: &[u8], step: usize, is_text: &dyn Fn(&[u8]) -> bool) -> bool {
    let (count, at) = (bytes.len().div_ceil(step), |n: usize| bytes[n * step]);
    let mut from = 0;
    while from + RUN <= count {
        // Looked at from its end, a window of samples is given up after a byte or two, and the next begins behind it.
        if let Some(other) = (from..from + RUN).rev().find(|n| !is_printable(at(*n))) {
            from = other + 1;
            continue;
        }
        let end = (from + RUN..count).find(|n| !is_printable(at(*n))).unwrap_or(count);
        if is_text(&(from..end).map(at).collect::<Vec<u8>>()) {
            return true;
        }
        from = end + 1;
    }
    false
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_seen_wherever_it_begins_and_one_character_less_is_none() {
        let text = b"Hoeflich, Canary, 1957-03-04";
        assert_eq!(text.len(), RUN);
        let mut tried = 0;
        for step in [1, 2] {
            for before in 0..70 {
                for behind in [0, 1, 2, 40] {
                    let spelt = |text: &[u8]| -> Vec<u8> {
                        let wide = text.iter().flat_map(|b| [&[*b][..], &[0][..step - 1]].concat());
                        [&vec![200; before][..], &wide.collect::<Vec<u8>>(), &vec![7; behind]].concat()
                    };
                    assert!(has_long_run(&spelt(text)), "{before} {behind}");
                    assert!(!has_long_run(&spelt(&text[1..])), "{before} {behind}");
                    // A row of few different characters, and text that begins in it.
                    assert!(!has_long_run(&spelt(&[b'.'; 90])));
                    assert!(has_long_run(&spelt(&[&[b'.'; 50][..], b"Hoeflich"].concat())));
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, 2 * 70 * 4);
    }

    #[test]
    fn words_have_more_letters_than_samples_of_smooth_areas() {
        let cases: [(&[u8], bool); 8] = [
            (b"Hoeflich, Canary, 1957-03-04", true),
            (b"Canary Hoeflich, born 1957-03-04, Room 12", true),
            (b"SG9lZmxpY2gsIENhbmFyeSwgMTk1Nw==", true),
            (b"PEPEPEPEPEPEPEPEPEPE Canary-Hoeflich, born 1957", true),
            (b"3i3i3j3n1n1j2l2l1j0l0l0l0h2h", false),
            (b"4#FfgR\"#6ft\"\"5#Ffgb#VgB\"#R#6fgR\"5fu\"#R4fg", false),
            (b"92rrpffddBbD$\"\"\" @\"\"\"\"@BB$DFFFg", false),
            (b"ZZZZZZZZZQKKKKKKKKKJ)iiiiiiiiE----------------(", false),
        ];
        let mut tried = 0;
        for (bytes, expected) in cases {
            assert_eq!((has_long_run(bytes), has_varied_run(bytes)), (true, expected), "{tried}");
            tried += 1;
        }
        assert_eq!(tried, 8);
    }
}
