//! Smooth areas of progressive JPEG pictures are coded in few letters over and over: they are samples, and words are not.
#![allow(unreachable_pub)]

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/jpeg.rs"]
mod jpeg;
#[path = "support/picture.rs"]
mod picture;

use cleaning::clean;
use jpeg::Sketch;
use scrubs::pixels::codec;
use scrubs::recording::Format;

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    [&[0xFF, marker], &(data.len() as u16 + 2).to_be_bytes()[..], data].concat()
}

/// Whether the data of a scan end in printable bytes as the search for text takes them.
fn looks_like_text(bytes: &[u8]) -> bool {
    let scans = memchr::memmem::find_iter(bytes, b"\xFF\xDA").map(|at| &bytes[at + 2..]);
    let mut runs = scans.flat_map(|scan| {
        let end = scan.windows(2).position(|pair| pair[0] == 0xFF && pair[1] != 0).unwrap_or(scan.len());
        scan[..end][end.saturating_sub(4_096)..].split(|byte| !matches!(byte, 0x20..=0x7E))
    });
    runs.any(|run| run.len() >= 28 && run.iter().collect::<std::collections::BTreeSet<_>>().len() >= 8)
}

const WIDTH: usize = 320;
const HEIGHT: usize = 240;

/// Coefficients of a picture, coarser with frequency and `step`, in zigzag order.
fn coefficients(brightness: &dyn Fn(f32, f32) -> f32, step: f32) -> Vec<[i32; 64]> {
    let wave = |x: usize, u: usize| ((2 * x + 1) as f32 * u as f32 * std::f32::consts::PI / 16.0).cos() / 2.0;
    let waves: [[f32; 8]; 8] = std::array::from_fn(|x| {
        std::array::from_fn(|u| if u == 0 { std::f32::consts::FRAC_1_SQRT_2 / 2.0 } else { wave(x, u) })
    });
    let mut order: Vec<(usize, usize)> = (0..64).map(|n| (n % 8, n / 8)).collect();
    order.sort_by_key(|(u, v)| (u + v, if (u + v) % 2 == 0 { *u } else { *v }));
    let blocks = (0..HEIGHT / 8).flat_map(|y| (0..WIDTH / 8).map(move |x| (x * 8, y * 8)));
    let block = |(left, top): (usize, usize)| {
        let pixel =
            |x: usize, y: usize| brightness((left + x) as f32, (top + y) as f32).round().clamp(0.0, 255.0) - 128.0;
        let rows: [[f32; 8]; 8] = std::array::from_fn(|y| {
            let pixels: [f32; 8] = std::array::from_fn(|x| pixel(x, y));
            std::array::from_fn(|u| (0..8).map(|x| pixels[x] * waves[x][u]).sum())
        });
        std::array::from_fn(|k| {
            let (u, v) = order[k];
            let value: f32 = (0..8).map(|y| rows[y][u] * waves[y][v]).sum();
            (value / (step * (1.0 + (u + v) as f32 / 4.0))).round() as i32
        })
    };
    blocks.map(block).collect()
}

#[test]
fn progressive_pictures_of_smooth_areas_are_cleaned() {
    let (mut tried, factors) = (0, [(1, 1)]);
    for (n, step) in [1, 4, 9, 15].into_iter().flat_map(|n| [3.0, 12.0, 24.0].map(|step| (n as f32, step))) {
        let ring = move |x: f32, y: f32| 128.0 + 100.0 * ((x - 20.0 * n).hypot(y - 90.0) / (20.0 + 12.0 * n)).cos();
        let slope = move |x: f32, y: f32| (x * n + y * (15.0 - n)) / 18.0;
        let saddle = move |x: f32, y: f32| x * y / (WIDTH * HEIGHT) as f32 * (80.0 + 11.0 * n);
        let flat = move |x: f32, y: f32| if x > 10.0 * n && y > 9.0 * n { 90.0 + n } else { 40.0 };
        let pictures: [&dyn Fn(f32, f32) -> f32; 4] = [&ring, &slope, &saddle, &flat];
        for brightness in pictures {
            let values = Some(coefficients(brightness, step));
            let sketch = Sketch { progressive: true, values, ..Sketch::new(WIDTH as u16, HEIGHT as u16, &factors) };
            // Written anew with the shortest codes for each scan, as programs write progressive pictures.
            let bytes = codec::jpeg::redact(&sketch.write(), &[]).expect("a picture").bytes;
            let (output, _) = clean(Format::Jpeg, &bytes).expect("an ordinary picture");
            assert!(output.ends_with(&bytes[bytes.len() - 100..]));
            tried += 1;
        }
    }
    assert_eq!(tried, 4 * 3 * 4);
}

#[test]
fn pictures_whose_samples_look_like_text_are_cleaned_and_refused_with_words_behind_a_scan() {
    let unhex = |text: &str| -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
    };
    let (mut tried, mut refused) = (0, 0);
    for line in include_str!("support/smooth.txt").lines().filter(|line| !line.starts_with('#')) {
        let bytes = unhex(line.split(' ').next_back().expect("a file"));
        assert!(looks_like_text(&bytes), "case {tried}");
        let (output, _) = clean(Format::Jpeg, &bytes).expect("an ordinary picture");
        assert!(output == bytes, "case {tried}");
        let scans: Vec<usize> = memchr::memmem::find_iter(&bytes, b"\xFF\xDA").collect();
        for scan in scans {
            let data = scan + 10;
            let end = data + bytes[data..].windows(2).position(|p| p[0] == 0xFF && p[1] != 0).expect("a marker");
            for words in WORDS {
                let hidden = [&bytes[..end], words, &bytes[end..]].concat();
                assert_eq!(clean(Format::Jpeg, &hidden).err().map(|refusal| refusal.code), Some("not-understood"));
                refused += 1;
            }
        }
        tried += 1;
    }
    assert_eq!((tried, refused), (8, 8 * 6 * WORDS.len()));
}

/// Bytes of samples as programs write them of smooth areas.
const SMOOTH: [&[u8]; 7] = [
    b"3i3i3j3n1n1j2l2l1j0l0l0l0h2h",
    b"4#FfgR\"#6ft\"\"5#Ffgb#VgB\"#R#6fgR\"5fu\"#R4fg",
    b"R5Fg#f\"6g\"ft6fR5u#5g#g#4f\"fRbfb6g#5g",
    b"ue]]]Y[W[[W[[[[[S[[SS[SSSSSF",
    b"ZZZZZZZZZQKKKKKKKKKJ)iiiiiiiiE----------------(",
    b"92rrpffddBbD$\"\"\" @\"\"\"\"@BB$DFFFg",
    b"DuGWFVezufeUfeeUWFeefeVVGVGUdgVdeWFuFUuVeeeVVZ",
];

/// Words as they may be put behind samples.
const WORDS: [&[u8]; 9] = [
    b"The patient Canary Hoeflich was seen on the ward.",
    b"Canary Hoeflich, born 1957-03-04, Room 12",
    b"HOEFLICH^CANARY^^^19570304",
    b"Canary-Hoeflich",
    b"PEPEPEPEPEPE Canary Hoeflich",
    b"SG9lZmxpY2gsIENhbmFyeSwgMTk1Ny0wMy0wNA==",
    b"486f65666c6963682c2043616e6172792c2031393537",
    b"H\x00o\x00e\x00f\x00l\x00i\x00c\x00h\x00,\x00 \x00C\x00a\x00n\x00a\x00r\x00y\x00,\x00 \x001\x009\x005\x007\x00-\x000\x003\x00-\x000\x004\x00",
    "Хёфлих, Канари".as_bytes(),
];

/// A grey picture of one row of blocks of which the lowest bits of DC values are these, and `behind` them.
fn refined(bits: &[u8], behind: &[u8]) -> Vec<u8> {
    let blocks = bits.len() * 8;
    let frame = [&[8, 0, 8][..], &(blocks as u16 * 8).to_be_bytes(), &[1, 1, 0x11, 0]].concat();
    // One code each, of a bit: a difference of nothing, and a power of two and so many blocks that have nothing but DC.
    let code = |class: u8, symbol: u8| segment(0xC4, &[&[class, 1][..], &[0; 15], &[symbol]].concat());
    let power = blocks.ilog2();
    assert!((8..16).contains(&power));
    let spare = 15 - power;
    let ended = (((blocks - (1 << power)) << spare) | ((1 << spare) - 1)) as u16;
    [
        &[0xFF, 0xD8][..],
        &segment(0xDB, &[&[0][..], &[9; 64]].concat()),
        &segment(0xC2, &frame),
        &code(0, 0),
        &code(0x10, (power << 4) as u8),
        &segment(0xDA, &[1, 1, 0, 0, 0, 0x01]),
        &vec![0; bits.len()],
        &segment(0xDA, &[1, 1, 0, 1, 63, 0]),
        &ended.to_be_bytes(),
        &segment(0xDA, &[1, 1, 0, 0, 0, 0x10]),
        bits,
        behind,
        &[0xFF, 0xD9],
    ]
    .concat()
}

#[test]
fn what_looks_like_words_stays_where_it_is_samples_and_words_behind_them_are_refused() {
    let refusal = |bytes: &[u8]| clean(Format::Jpeg, bytes).err().map(|refusal| refusal.code);
    let (mut kept, mut refused) = (0, 0);
    for smooth in SMOOTH {
        let samples = [&[0x9C; 33][..], smooth].concat();
        let (output, _) = clean(Format::Jpeg, &refined(&samples, b"")).expect("an ordinary picture");
        assert!(memchr::memmem::find(&output, smooth).is_some());
        kept += 1;
        for words in WORDS {
            assert_eq!(refusal(&refined(&samples, words)), Some("not-understood"), "{}", words.escape_ascii());
            refused += 1;
        }
        assert_eq!(refusal(&refined(&samples[..33], smooth)), Some("not-understood"), "nothing decodes it");
    }
    // Sentences for samples are none that a smooth area makes.
    for words in [WORDS[0], WORDS[1], WORDS[5]] {
        assert_eq!(refusal(&refined(&[&[0x9C; 33][..], words].concat(), b"")), Some("not-understood"));
    }
    assert_eq!((kept, refused), (7, 7 * 9));
}
