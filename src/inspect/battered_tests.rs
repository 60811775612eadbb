//! Rough treatment of TIFF, WebP, GIF and BMP: cut-off and flipped files, bombs, and every file of the corpus at hand.

use super::leaf::{CLASSIC, Manner, animation, bmp, gif_parts, leaf, tiff, webp, webp_chunks};
use super::planted::{Far, proof};
use super::{Evidence, inspect, witness};
use crate::recording::Format;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Five seconds as it is released; without optimisation, on a busy machine, more.
const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 30 } else { 5 });

fn samples() -> Vec<(Format, Vec<u8>)> {
    let big = Manner { little: false, big: true };
    vec![
        (Format::Tiff, tiff(CLASSIC, &[leaf(CLASSIC), leaf(CLASSIC)])),
        (Format::BigTiff, tiff(big, &[leaf(big), leaf(big)])),
        (Format::WebP, webp(&webp_chunks())),
        (Format::WebP, webp(&animation())),
        (Format::Gif, gif_parts().concat()),
        (Format::Bmp, bmp()),
    ]
}

fn both(format: Format, original: &Vec<u8>, output: &Vec<u8>) -> bool {
    let _ = inspect(output, format);
    let dropped = Vec::from_iter(Some(0..original.len() as u64));
    witness(&Evidence { format, original, output, dropped: &dropped }).is_ok()
}

#[test]
fn cut_off_files_never_panic_and_are_never_cleared() {
    let mut tried = 0;
    for (format, whole) in samples() {
        for i in 0..64 {
            let cut = whole[..whole.len() * i / 64].to_vec();
            assert!(!both(format, &whole, &cut), "{format:?} {i}");
            both(format, &cut, &whole);
            both(format, &cut, &cut);
            tried += 1;
        }
    }
    assert_eq!(tried, 6 * 64);
}

#[test]
fn flipped_bits_never_panic() {
    let mut tried = 0;
    for (format, whole) in samples() {
        for i in 0..512usize {
            let mut bad = whole.clone();
            let bit = i * 7919 % (bad.len() * 8);
            bad[bit / 8] ^= 1 << (bit % 8);
            both(format, &whole, &bad);
            both(format, &bad, &whole);
            both(format, &bad, &bad);
            tried += 1;
        }
    }
    assert_eq!(tried, 6 * 512);
}

#[test]
fn files_on_disk_are_proved_as_files_in_memory_are() {
    let mut tried = 0;
    for (format, whole) in samples() {
        let near = proof(format, &whole, &whole, &[]);
        let (original, output) = (Far(whole.clone()), Far(whole));
        let far = witness(&Evidence { format, original: &original, output: &output, dropped: &[] });
        assert_eq!(near, far.map(|c| c.samples()), "{format:?}");
        assert!(near.is_ok(), "{format:?} {near:?}");
        tried += 1;
    }
    assert_eq!(tried, 6);
}

#[test]
fn loops_and_monstrous_counts_end() {
    let put = |at: usize, bytes: &[u8]| {
        let mut out = tiff(CLASSIC, &[leaf(CLASSIC)]);
        out[at..at + bytes.len()].copy_from_slice(bytes);
        out
    };
    let last = 8 + 2 + 15 * 12;
    let row = |n: usize| 8 + 2 + n * 12;
    let mut files = vec![
        (Format::Tiff, put(last, &[8, 0, 0, 0])),
        (Format::Tiff, put(8, &[0xff, 0xff])),
        (Format::Tiff, put(4, &[0xff; 4])),
        (Format::Tiff, put(row(0) + 8, &[0xff; 4])),
        (Format::WebP, [&b"RIFF\xff\xff\xff\xffWEBP"[..], &[0; 80_000]].concat()),
        (Format::Gif, [&b"GIF89a"[..], &[2, 0, 2, 0, 0, 0, 0], &[0x21, 0xfe, 0].repeat(30_000)].concat()),
        (Format::Gif, [&b"GIF89a"[..], &[0xff; 6], &[0], &[0x2c; 90_000]].concat()),
    ];
    // Each entry in turn has four thousand million numbers, of each size.
    for n in 0..15 {
        for kind in [1u8, 4, 12] {
            let mut out = put(row(n) + 4, &[0xff; 4]);
            out[row(n) + 2] = kind;
            files.push((Format::Tiff, out));
        }
    }
    // A picture of more rows and columns than any, with strips of one row.
    let mut huge = leaf(CLASSIC).with((256, 4, vec![0xff; 4])).with((257, 4, vec![0xff; 4]));
    huge = huge.with(CLASSIC.short(278, 1));
    files.push((Format::Tiff, tiff(CLASSIC, &[huge])));
    // Ten thousand directories that lead to one another, each with previews that lead back.
    let back = leaf(CLASSIC).with((330, 4, [8u32, 9, 10, 11].iter().flat_map(|n| n.to_le_bytes()).collect()));
    files.push((Format::Tiff, tiff(CLASSIC, &vec![back; 1_000])));
    let mut wide = bmp();
    wide[18..26].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f]);
    files.push((Format::Bmp, wide));
    let mut tried = 0;
    for (format, file) in &files {
        let start = Instant::now();
        both(*format, file, file);
        assert!(start.elapsed() < LIMIT, "{format:?} {tried}");
        tried += 1;
    }
    assert_eq!(tried, 7 + 45 + 3);
}

#[test]
fn the_corpus_is_read_in_time() {
    let root = std::env::var_os("SCRUBS_CORPUS").map_or_else(|| PathBuf::from("../shared/corpus"), PathBuf::from);
    let (mut tried, mut slowest) = (0, Duration::ZERO);
    for folder in ["photos", "hostile"] {
        for path in files(&root.join(folder)) {
            let data = std::fs::read(&path).unwrap();
            let Some(format) = format(&data) else { continue };
            let start = Instant::now();
            let found = inspect(&data, format);
            let own = witness(&Evidence { format, original: &data, output: &data, dropped: &[] });
            slowest = slowest.max(start.elapsed());
            tried += 1;
            tell(&path, &found, &own);
        }
    }
    if tried == 0 {
        say("no corpus at hand: nothing was read");
        return;
    }
    say(&format!("{tried} files, the slowest {slowest:?}"));
    assert!(tried > 300 && slowest < LIMIT, "{tried} {slowest:?}");
}

fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// With `SCRUBS_CORPUS_TELL` set, what was found in each file: labels, never values.
fn tell(path: &Path, found: &Result<super::Inspection, super::Trouble>, own: &Result<super::Cleared, super::Trouble>) {
    if std::env::var_os("SCRUBS_CORPUS_TELL").is_none() {
        return;
    }
    let labels = match found {
        Ok(found) => found.findings.iter().map(|f| f.label.clone()).collect::<Vec<_>>().join("; "),
        Err(trouble) => format!("TROUBLE {trouble}"),
    };
    let own = own.as_ref().map_or_else(|t| format!("{}: {t}", t.code()), |_| "cleared".to_owned());
    say(&format!("{}\t{labels}\t{own}", path.display()));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|e| Some(e.ok()?.path())).collect()
}

fn format(data: &[u8]) -> Option<Format> {
    match data.get(..4)? {
        b"II*\0" | b"MM\0*" => Some(Format::Tiff),
        b"II+\0" | b"MM\0+" => Some(Format::BigTiff),
        b"RIFF" if data.get(8..12) == Some(b"WEBP") => Some(Format::WebP),
        b"GIF8" => Some(Format::Gif),
        [b'B', b'M', ..] => Some(Format::Bmp),
        _ => None,
    }
}
