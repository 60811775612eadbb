//! Planted leaks in TIFF and BigTIFF: for each check an output that must be held, and near misses that must be cleared.

use crate::inspect::fixture;
use crate::inspect::leaf::{CLASSIC, Leaf, Manner, Row, codes, leaf, tiff};
use crate::inspect::planted::{assert_words, word};
use crate::recording::Format;

fn page() -> Leaf {
    leaf(CLASSIC)
}

fn ascii(tag: u16, text: &[u8]) -> Row {
    (tag, 2, [text, &[0]].concat())
}

fn format(manner: Manner) -> Format {
    if manner.big { Format::BigTiff } else { Format::Tiff }
}

#[test]
fn what_is_planted_in_a_tiff_is_held_and_near_misses_are_not() {
    let mut cases_run = 0;
    for (little, big) in [(true, false), (false, false), (true, true), (false, true)] {
        let manner = Manner { little, big };
        let page = || leaf(manner);
        let two = |first: Leaf, second: Leaf| tiff(manner, &[first, second]);
        let clean = two(page(), page().without(274));
        let one = |first: Leaf| two(first, page().without(274));
        let mut gap = clean.clone();
        gap.extend(b"Canary");
        let mut zero = clean.clone();
        zero.push(0);
        let mut inline = clean.clone();
        // The orientation's two bytes stand in a field of four or eight.
        let at = if big { 16 + 8 + 6 * 20 + 20 - 1 } else { 8 + 2 + 6 * 12 + 12 - 1 };
        inline[at] = b'C';
        let cases = [
            ("as it is", clean.clone(), "cleared"),
            ("make", one(page().with(ascii(271, b"Canary"))), "residue"),
            ("date", one(page().with(ascii(306, b"2019:05:12 10:11:12"))), "residue"),
            ("short text", one(page().with(ascii(305, b"C"))), "residue"),
            ("XMP", one(page().with((700, 1, b"<x:xmpmeta/>".to_vec()))), "residue"),
            ("IPTC", one(page().with((33_723, 7, b"Canary".to_vec()))), "residue"),
            ("private tag", one(page().with((65_000, 7, b"Canary".to_vec()))), "residue"),
            ("Exif directory", one(page().with((0x8769, 4, manner.number(8, 4)))), "residue"),
            ("SubIFD", one(page().with((330, 4, manner.number(8, 4)))), "residue"),
            ("text as numbers", one(page().with((282, 1, b"Canary!!".to_vec()))), "residue"),
            ("transparency that was not there", one(page().with(manner.short(338, 2))), "samples-changed"),
            ("telling profile", one(page().with((34_675, 7, fixture::icc("Canary", "")))), "residue"),
            ("another neutral profile", one(page().with((34_675, 7, fixture::icc("", "None")))), "cleared"),
            ("no profile", one(page().without(34_675)), "samples-changed"),
            ("no orientation", one(page().without(274)), "samples-changed"),
            ("another orientation", one(page().with(manner.short(274, 3))), "samples-changed"),
            ("another resolution", one(page().with(manner.rational(282, 72, 1))), "samples-changed"),
            ("no resolution", one(page().without(283)), "samples-changed"),
            ("centimetres", one(page().with(manner.short(296, 3))), "samples-changed"),
            ("no unit, which is inches", one(page().without(296)), "cleared"),
            ("black is white", one(page().with(manner.short(262, 0))), "samples-changed"),
            ("a default that is stated", one(page().with(manner.short(266, 1))), "cleared"),
            ("a changed sample", one(page().strip(1, [7; 24])), "samples-changed"),
            (
                "bytes behind the samples",
                one(page().strip(1, [&page().strips[1][..], b"Canary"].concat())),
                "unaccounted",
            ),
            ("zeros behind the samples", one(page().strip(1, [&page().strips[1][..], &[0; 4]].concat())), "cleared"),
            ("a strip that breaks off", one(page().strip(1, [0; 12])), "samples-changed"),
            (
                "a strip too many",
                one(Leaf {
                    strips: vec![page().strips[0].clone(), page().strips[1].clone(), b"Canary".to_vec()],
                    ..page()
                }),
                "unaccounted",
            ),
            ("data behind", gap, "residue"),
            ("a zero behind", zero, "cleared"),
            ("bytes behind an entry's value", inline, "residue"),
            ("one page less", tiff(manner, &[page()]), "samples-changed"),
            ("one page more", tiff(manner, &[page(), page().without(274), page()]), "samples-changed"),
            ("pages in another order", two(page().without(274), page()), "samples-changed"),
        ];
        cases_run += assert_words(format(manner), &clean, &cases);
        // The other byte order, and the other width of offsets.
        let other = Manner { little: !little, big };
        let pages = [leaf(other), leaf(other).without(274)];
        assert_eq!(word(format(manner), &clean, &tiff(other, &pages)), "samples-changed");
        let other = Manner { little, big: !big };
        let pages = [leaf(other), leaf(other).without(274)];
        assert_ne!(word(format(manner), &clean, &tiff(other, &pages)), "cleared");
        cases_run += 2;
    }
    assert_eq!(cases_run, 4 * 35);
}

#[test]
fn an_original_with_more_in_it_has_the_pages_of_its_output() {
    let clean = tiff(CLASSIC, &[page(), page()]);
    let strip = [&page().strips[1][..], b"Canary"].concat();
    let preview = page().with((254, 4, vec![1, 0, 0, 0])).strip(0, [9; 24]);
    let rich = page()
        .with(ascii(271, b"Canary Cameras"))
        .with(ascii(306, b"2019:05:12 10:11:12"))
        .with((34_377, 7, vec![7; 40]))
        .with((65_000, 2, b"Canary\0".to_vec()))
        .with((34_675, 7, fixture::icc("Canary's scanner", "Canary")))
        .strip(1, strip);
    let originals = [
        tiff(CLASSIC, &[rich.clone(), page()]),
        tiff(CLASSIC, &[page(), preview.clone(), rich.clone()]),
        [tiff(CLASSIC, &[page(), rich]), b"Canary".to_vec()].concat(),
        tiff(CLASSIC, &[page(), page(), preview.with(ascii(270, b"Canary"))]),
    ];
    for (i, original) in originals.iter().enumerate() {
        assert_eq!(word(Format::Tiff, original, &clean), "cleared", "{i}");
    }
    assert_eq!(originals.len(), 4);
}

#[test]
fn a_slide_loses_its_label_and_nothing_else() {
    let level = || page().with(ascii(270, b"Aperio Image Library v1\n8x6"));
    let label = || page().strip(0, [3; 24]).with(ascii(270, b"Aperio Image Library v1\nlabel 8x6"));
    let plain = |leaf: Leaf| leaf.without(270);
    let original = tiff(CLASSIC, &[level(), level().strip(0, [2; 24]), label()]);
    let both = tiff(CLASSIC, &[plain(level()), plain(level().strip(0, [2; 24]))]);
    assert_eq!(word(Format::Tiff, &original, &both), "cleared");
    let with_label = tiff(CLASSIC, &[plain(level()), plain(level().strip(0, [2; 24])), plain(label())]);
    assert_eq!(word(Format::Tiff, &original, &with_label), "residue");
    // In a file that is no slide, a page that is called a label is a page.
    let named = page().strip(0, [3; 24]).with(ascii(270, b"label of a bottle"));
    let bottles = tiff(CLASSIC, &[page(), named]);
    assert_eq!(word(Format::Tiff, &bottles, &tiff(CLASSIC, &[page()])), "samples-changed");
}

fn compressed(how: u64, strips: [Vec<u8>; 2]) -> Leaf {
    Leaf { strips: strips.to_vec(), ..page().with(CLASSIC.short(259, how)) }
}

#[test]
fn what_stands_behind_compressed_samples_is_held() {
    let raw = page().strips;
    let lzw = |strip: &[u8], end: bool| {
        let mut all = vec![256];
        all.extend(strip.iter().map(|b| u64::from(*b)));
        all.extend(end.then_some(257));
        codes(&all, true)
    };
    let packed = |strip: &[u8]| [&[23u8][..], strip].concat();
    let deflated = |strip: &[u8]| fixture::zlib(strip);
    let mut tried = 0;
    let ways: [(u64, [Vec<u8>; 2]); 4] = [
        (5, [lzw(&raw[0], true), lzw(&raw[1], true)]),
        (8, [deflated(&raw[0]), deflated(&raw[1])]),
        (32_946, [deflated(&raw[0]), deflated(&raw[1])]),
        (32_773, [packed(&raw[0]), packed(&raw[1])]),
    ];
    for (how, strips) in ways {
        let good = compressed(how, strips.clone());
        let bad = compressed(how, [strips[0].clone(), [&strips[1][..], b"Canary"].concat()]);
        let (good, bad) = (tiff(CLASSIC, &[good]), tiff(CLASSIC, &[bad]));
        assert_eq!(word(Format::Tiff, &good, &good), "cleared", "{how}");
        assert_eq!(word(Format::Tiff, &bad, &good), "cleared", "{how}");
        assert_eq!(word(Format::Tiff, &bad, &bad), "unaccounted", "{how}");
        tried += 3;
    }
    // Rows behind the picture, within the stream.
    for (how, strip) in [
        (5, lzw(&[&raw[1][..], b"Canary"].concat(), true)),
        (8, deflated(&[&raw[1][..], b"Canary"].concat())),
        (32_773, [&packed(&raw[1])[..], &[5], b"Canary"].concat()),
    ] {
        let first = if how == 5 {
            lzw(&raw[0], true)
        } else if how == 8 {
            deflated(&raw[0])
        } else {
            packed(&raw[0])
        };
        let bad = tiff(CLASSIC, &[compressed(how, [first, strip])]);
        assert_eq!(word(Format::Tiff, &bad, &bad), "unaccounted", "{how}");
        tried += 1;
    }
    let open = tiff(CLASSIC, &[compressed(5, [lzw(&raw[0], false), lzw(&raw[1], false)])]);
    assert_eq!(word(Format::Tiff, &open, &open), "cleared");
    assert_eq!(tried, 15);
}

#[test]
fn what_stands_behind_fax_is_held_and_a_longer_end_may_go() {
    // Sixteen white lines of one bit each, and the code for the end of the page.
    let page = |strip: Vec<u8>| {
        let short = |tag, n| CLASSIC.short(tag, n);
        let size = page().with(short(256, 16)).with(short(257, 16)).with(short(278, 16)).with(short(277, 1));
        let one = size.with(short(258, 1)).with(short(259, 4)).with(short(262, 0)).without(34_675);
        tiff(CLASSIC, &[Leaf { strips: vec![strip], ..one }])
    };
    let coded = [0xff, 0xff, 0, 0x10, 0x01];
    let good = page(coded.to_vec());
    let ends = page([&coded[..], &[0, 1, 0x10, 0, 1, 0x10]].concat());
    let bad = page([&coded[..], b"Canary-Canary"].concat());
    let cases = [
        ("as it is", good.clone(), "cleared"),
        ("a text behind it", bad.clone(), "unaccounted"),
        ("lines that are missing", page(vec![0xff]), "samples-changed"),
    ];
    let mut tried = assert_words(Format::Tiff, &good, &cases);
    for original in [ends, bad] {
        assert_eq!(word(Format::Tiff, &original, &good), "cleared");
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn samples_that_were_compressed_anew_are_the_same_samples() {
    let raw = page().strips;
    let rows = |more: &[u8], level| {
        let all = [&raw[1][..], more].concat();
        let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
        std::io::Write::write_all(&mut out, &all).expect("memory");
        let strips = [fixture::zlib(&raw[0]), out.finish().expect("memory")];
        tiff(CLASSIC, &[compressed(8, strips)])
    };
    let mut other = raw[1].to_vec();
    other[0] ^= 1;
    let changed = tiff(CLASSIC, &[compressed(8, [fixture::zlib(&raw[0]), fixture::zlib(&other)])]);
    let original = rows(b"Canary row behind the picture", 9);
    let cases = [("without the row", rows(b"", 0), "cleared"), ("a changed sample", changed, "samples-changed")];
    assert_eq!(assert_words(Format::Tiff, &original, &cases), 2);
}

#[test]
fn a_page_of_the_old_kind_is_one_stream() {
    let parts = fixture::jpeg_parts();
    let stream = [0, 5, 6, 7, 8, 9, 10].map(|n: usize| parts[n].clone()).concat();
    let page = |how: u64, strip: Vec<u8>| {
        let short = |tag, n| CLASSIC.short(tag, n);
        let size = page().with(short(256, 24)).with(short(257, 16)).with(short(278, 16));
        Leaf { strips: vec![strip], ..size.with(short(259, how)) }
    };
    let file = |leaf: Leaf| tiff(CLASSIC, &[leaf]);
    let good = file(page(6, stream.clone()));
    let noted = [&stream[..2], &fixture::segment(0xfe, b"Canary"), &stream[2..]].concat();
    let cases = [
        ("as it is", good.clone(), "cleared"),
        ("a comment", file(page(6, noted.clone())), "unaccounted"),
        ("bytes behind it", file(page(6, [&stream[..], b"Canary"].concat())), "unaccounted"),
        (
            "another stream that is stated",
            file(page(6, stream.clone()).with((513, 4, CLASSIC.number(8, 4)))),
            "damaged",
        ),
        ("a page of the new kind", file(page(7, stream.clone())), "samples-changed"),
        ("the lossless process", file(page(6, stream).with(CLASSIC.short(512, 14))), "samples-changed"),
    ];
    assert_eq!(assert_words(Format::Tiff, &good, &cases), 6);
    assert_eq!(word(Format::Tiff, &file(page(6, noted)), &good), "cleared");
}

#[test]
fn comments_in_wavelet_streams_may_go_and_nothing_else() {
    let stream = |comment: &[u8], data: &[u8]| {
        let size = [&[0, 41, 0, 0, 0, 0, 0, 8, 0, 0, 0, 6][..], &[0; 8], &[0, 0, 0, 8, 0, 0, 0, 6], &[0; 8]].concat();
        let main = [&[0xff, 0x4f, 0xff, 0x51][..], &size, &[0, 1, 7, 1, 1]].concat();
        let styles = [0xff, 0x52, 0, 12, 0, 0, 0, 1, 0, 0, 4, 4, 0, 1, 0xff, 0x5c, 0, 4, 0x40, 0x40];
        let part = [&[0xff, 0x93][..], data].concat();
        let start = [&[0xff, 0x90, 0, 10, 0, 0][..], &(part.len() as u32 + 12).to_be_bytes(), &[0, 1]].concat();
        [&main[..], &styles, comment, &start, &part, &[0xff, 0xd9]].concat()
    };
    let page = |stream: Vec<u8>| {
        let one = page().with(CLASSIC.short(278, 6)).with(CLASSIC.short(259, 33_005));
        tiff(CLASSIC, &[Leaf { strips: vec![stream], ..one }])
    };
    let comment = |text: &[u8]| fixture::segment(0x64, &[&[0, 1][..], text].concat());
    let good = page(stream(b"", b"samples"));
    let noted = page(stream(&comment(b"Canary"), b"samples"));
    let cases = [
        ("without it", good.clone(), "cleared"),
        ("blanked", page(stream(&comment(&[0; 6]), b"samples")), "cleared"),
        ("as it is", noted.clone(), "unaccounted"),
        ("other samples", page(stream(b"", b"simples")), "samples-changed"),
        ("bytes behind it", page([stream(b"", b"samples"), b"Canary".to_vec()].concat()), "unaccounted"),
    ];
    assert_eq!(assert_words(Format::Tiff, &noted, &cases), 5);
}

#[test]
fn a_page_may_lose_what_it_says_of_its_kind_and_gain_nothing() {
    let kind = |n: u64| tiff(CLASSIC, &[page().with((254, 4, CLASSIC.number(n, 4)))]);
    let cases =
        [("as it is", kind(2), "cleared"), ("no kind", kind(0), "cleared"), ("a mask", kind(6), "samples-changed")];
    assert_eq!(assert_words(Format::Tiff, &kind(2), &cases), 3);
}

#[test]
fn whole_numbers_are_the_fractions_that_they_mean() {
    let file = |kind: u16, numbers: &[u64]| {
        let bytes = numbers.iter().flat_map(|n| CLASSIC.number(*n, 4)).collect();
        tiff(CLASSIC, &[page().with(CLASSIC.short(262, 2)).with((532, kind, bytes))])
    };
    let original = file(4, &[0, 255, 128, 255, 128, 255]);
    let fractions = |over: u64| file(5, &[0, 1, 255, 1, 128, 1, 255, 1, 128, 1, over, 1]);
    let cases = [("as meant", fractions(255), "cleared"), ("another", fractions(254), "samples-changed")];
    assert_eq!(assert_words(Format::Tiff, &original, &cases), 2);
}

/// A page of 24 by 16 samples as one JPEG, its tables apart.
fn jpeg_page(tables: &[Vec<u8>], strip: &[Vec<u8>]) -> Vec<u8> {
    let rows = page()
        .with(CLASSIC.short(256, 24))
        .with(CLASSIC.short(257, 16))
        .with(CLASSIC.short(278, 16))
        .with(CLASSIC.short(259, 7))
        .with((347, 7, tables.concat()));
    tiff(CLASSIC, &[Leaf { strips: vec![strip.concat()], ..rows }])
}

#[test]
fn what_is_planted_in_a_jpeg_within_a_tiff_is_held() {
    let parts = fixture::jpeg_parts();
    let part = |n: usize| parts[n].clone();
    let tables = || vec![part(0), part(5), part(7), part(10)];
    let strip = || vec![part(0), part(6), part(8), part(9), part(10)];
    let put = |mut all: Vec<Vec<u8>>, at: usize, what: Vec<u8>| {
        all.insert(at, what);
        all
    };
    let comment = fixture::segment(0xfe, b"Canary");
    let clean = jpeg_page(&tables(), &strip());
    let mut unused = part(5);
    unused[4] = 1;
    let mut behind = part(5)[4..].to_vec();
    behind.extend(b"Canary");
    let mut scan = strip();
    scan[3][0] ^= 1;
    let adobe = fixture::segment(0xee, b"Adobe\0\x64\0\0\0\0\x01");
    let cases = [
        ("as it is", clean.clone(), "cleared"),
        ("comment in the tables", jpeg_page(&put(tables(), 1, comment.clone()), &strip()), "unaccounted"),
        ("a table that nothing uses", jpeg_page(&put(tables(), 2, unused), &strip()), "unaccounted"),
        (
            "bytes behind a table",
            jpeg_page(&[part(0), fixture::segment(0xdb, &behind), part(7), part(10)], &strip()),
            "unaccounted",
        ),
        ("bytes behind the tables", jpeg_page(&put(tables(), 4, b"Canary".to_vec()), &strip()), "unaccounted"),
        ("comment in a strip", jpeg_page(&tables(), &put(strip(), 1, comment.clone())), "unaccounted"),
        ("Exif in a strip", jpeg_page(&tables(), &put(strip(), 1, fixture::segment(0xe1, b"Exif\0\0"))), "unaccounted"),
        ("bytes behind a strip", jpeg_page(&tables(), &put(strip(), 5, b"Canary".to_vec())), "unaccounted"),
        ("tables in the strip", jpeg_page(&[part(0), part(10)], &put(put(strip(), 1, part(5)), 2, part(7))), "cleared"),
        ("a changed sample", jpeg_page(&tables(), &scan), "samples-changed"),
        ("a colour transform that was not there", jpeg_page(&tables(), &put(strip(), 1, adobe)), "samples-changed"),
    ];
    assert_eq!(assert_words(Format::Tiff, &clean, &cases), 11);
    let rich = jpeg_page(&put(tables(), 1, comment.clone()), &put(put(strip(), 1, comment), 6, b"Canary".to_vec()));
    assert_eq!(word(Format::Tiff, &rich, &clean), "cleared");
}
