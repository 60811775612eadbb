//! Parts of compressed frames: what no scan reads goes in place, and what is on no list holds the object.
#![allow(clippy::unwrap_used, clippy::ptr_arg)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

#[path = "support/frames.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod frames;

use frames::{
    BASELINE, CANARY, JPEG_2000, JPEG_LS, SIZE, clean, codestream, decoded, find, is_cleared, items, jpeg, object,
    segment,
};

/// A table of codes with these symbols, of which there are as many as codes of eight bits.
fn codes(place: u8, symbols: &[u8]) -> Vec<u8> {
    let mut counts = [0; 16];
    counts[7] = symbols.len() as u8;
    [&[place], &counts[..], symbols].concat()
}

/// Where a segment of this kind begins in a JPEG, and where it ends.
fn place(jpeg: &[u8], marker: u8) -> (usize, usize) {
    let start = jpeg.windows(2).position(|w| w == [0xFF, marker]).unwrap();
    (start, start + 2 + usize::from(u16::from_be_bytes([jpeg[start + 2], jpeg[start + 3]])))
}

#[test]
fn no_table_hides_what_no_scan_reads() {
    let plain = jpeg();
    let before = |part: &[u8]| [&plain[..2], part, &plain[2..]].concat();
    // A table of its own behind those of a segment that scans read.
    let beside = |marker: u8, table: &[u8]| {
        let (start, end) = place(&plain, marker);
        let joined = [&plain[start + 4..end], table].concat();
        [&plain[..start], &segment(marker, &joined), &plain[end..]].concat()
    };
    let values: Vec<u8> = CANARY.iter().copied().cycle().take(64).collect();
    let steps = [&[3][..], &values].concat();
    let picture = decoded(&plain);
    let mut tried = 0;
    for frame in [
        before(&segment(0xDB, &steps)),
        before(&segment(0xC4, &codes(3, CANARY))),
        before(&segment(0xC4, &codes(0x13, CANARY))),
        // Defined again before anything reads it.
        before(&segment(0xC4, &codes(0, CANARY))),
        before(&segment(0xDB, &[&[0][..], &values].concat())),
        beside(0xDB, &steps),
        beside(0xDB, &[&[0x13][..], &values, &values].concat()),
        beside(0xC4, &codes(0x13, CANARY)),
    ] {
        let source = object(BASELINE, 1, &[], &[frame]);
        let output = clean(&source).unwrap();
        assert!(!find(&output, b"Canary") && !find(&output, b"1977"), "{tried}");
        assert!(is_cleared(&source, &output) && !is_cleared(&source, &source), "{tried}");
        assert!(items(&source).iter().map(Vec::len).eq(items(&output).iter().map(Vec::len)));
        assert_eq!(decoded(&items(&output)[1]), picture, "{tried}");
        assert_eq!(items(&clean(&output).unwrap()), items(&output));
        tried += 1;
    }
    assert_eq!(tried, 8);
}

#[test]
fn a_jpeg_frame_with_a_part_that_is_on_no_list_is_held() {
    let plain = jpeg();
    let before = |part: &[u8]| [&plain[..2], part, &plain[2..]].concat();
    let longer = |marker: u8| {
        let (start, end) = place(&plain, marker);
        let data = [&plain[start + 4..end], CANARY].concat();
        [&plain[..start], &segment(marker, &data), &plain[end..]].concat()
    };
    let (body, end) = plain.split_at(plain.len() - 2);
    let (sos, samples) = place(&plain, 0xDA);
    let lossless = |part: &[u8], tail: &[u8]| {
        let header = segment(0xF7, &[8, 0, 16, 0, 16, 1, 1, 0x11, 0]);
        let scan = segment(0xDA, &[1, 1, 0, 0, 0, 0]);
        [&[0xFF, 0xD8][..], part, &header, &scan, &[0x80; 8], tail, &[0xFF, 0xD9]].concat()
    };
    let mut frames: Vec<(&str, Vec<u8>)> = Vec::new();
    for marker in [0x02, 0x4F, 0xBF, 0xC8, 0xCC, 0xDC, 0xDD, 0xDE, 0xDF, 0xF7, 0xF8] {
        frames.push((BASELINE, before(&segment(marker, CANARY))));
    }
    frames.extend([0xC0, 0xDA, 0xDB, 0xC4].map(|marker| (BASELINE, longer(marker))));
    frames.push((BASELINE, before(b"\xFF\x01")));
    frames.push((BASELINE, before(b"\xFF\xD3")));
    frames.push((BASELINE, before(&[segment(0xDD, b"Ca"), segment(0xDD, &[0, 0])].concat())));
    frames.push((BASELINE, [body, &segment(0xDC, b"Ca"), end].concat()));
    // Symbols of a table in use that come again.
    let (start, stop) = place(&plain, 0xC4);
    let table = segment(0xC4, &codes(plain[start + 4], CANARY));
    frames.push((BASELINE, [&plain[..stop], &table, &plain[stop..]].concat()));
    frames.push((BASELINE, [body, &plain[sos..samples], &[0x2A; 9], end].concat()));
    frames.push((BASELINE, before(&plain[place(&plain, 0xC0).0..place(&plain, 0xC0).1])));
    frames.push((BASELINE, [body, CANARY, end].concat()));
    frames.push((BASELINE, [body, b"19770102", end].concat()));
    frames.push((BASELINE, [body, CANARY, &[0; 3000], end].concat()));
    let restarts = [&plain[..sos], &segment(0xDD, &[0, 9]), &plain[sos..plain.len() - 2]].concat();
    frames.push((BASELINE, [&restarts[..], CANARY, b"..\xFF\xD0\x2A", end].concat()));
    frames.push((BASELINE, [body, b"\xFF\xD0\x2A", end].concat()));
    frames.push((JPEG_LS, lossless(b"", CANARY)));
    for kind in [1, 2, 3, 4, 9] {
        frames.push((JPEG_LS, lossless(&segment(0xF8, &[&[kind][..], CANARY].concat()), b"")));
    }
    let mut tried = 0;
    for (syntax, frame) in frames {
        let source = object(syntax, 1, &[], &[frame]);
        assert_eq!(clean(&source).err(), Some("not-understood"), "{tried}");
        let uncut =
            clean(&object(syntax, 1, &[], &[if syntax == JPEG_LS { lossless(b"", b"") } else { plain.clone() }]));
        assert!(!is_cleared(&source, &within(&uncut.unwrap(), &source)), "the witness sees it too: {tried}");
        tried += 1;
    }
    assert_eq!(tried, 33);
    let sound = lossless(&segment(0xF8, &[1, 0, 255, 0, 3, 0, 7, 0, 21, 0, 64]), b"");
    let source = object(JPEG_LS, 1, &[], &[sound]);
    assert!(is_cleared(&source, &clean(&source).unwrap()));
}

/// A clean object with the fragments of another in the place of its own.
fn within(clean: &[u8], other: &[u8]) -> Vec<u8> {
    let start = b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF";
    let at = |file: &[u8]| file.windows(12).position(|w| w == start).unwrap();
    [&clean[..at(clean)], &other[at(other)..]].concat()
}

#[test]
fn no_header_of_a_jpeg_2000_frame_hides_anything() {
    let style = segment(0x52, &[0, 0, 0, 1, 0, 1, 4, 4, 0, 1]);
    let steps = segment(0x5C, &[&[0x20, 8, 16, 16, 24][..], CANARY].concat());
    let length = |of: u32| segment(0x55, &[&[0, 0x40][..], &of.to_be_bytes()].concat());
    let said = segment(0x55, &[&[0, 0x40][..], CANARY].concat());
    let mut tried = 0;
    for (main, tile) in [
        (segment(0x63, CANARY), vec![]),
        (segment(0x57, CANARY), vec![]),
        (vec![], segment(0x58, CANARY)),
        (said, vec![]),
        (segment(0x64, b"Canary"), vec![]),
        ([&style[..], &steps].concat(), vec![]),
    ] {
        let source = object(JPEG_2000, 1, &[], &[codestream(&main, &tile, b"", false)]);
        let output = clean(&source).unwrap();
        assert!(!find(&output, b"nary") && find(&output, b"data"), "{tried}");
        assert!(is_cleared(&source, &output) && !is_cleared(&source, &within(&output, &source)), "{tried}");
        assert!(items(&source).iter().map(Vec::len).eq(items(&output).iter().map(Vec::len)));
        tried += 1;
    }
    assert_eq!(tried, 6);
    for (of, stays) in [(18, true), (17, false)] {
        let source = object(JPEG_2000, 1, &[], &[codestream(&length(of), b"", b"", false)]);
        let output = clean(&source).unwrap();
        assert_eq!(items(&source) == items(&output), stays, "a list of lengths stays where it is true");
        assert!(is_cleared(&source, &output));
        assert_eq!(is_cleared(&source, &within(&output, &source)), stays);
    }
}

#[test]
fn a_jpeg_2000_frame_with_a_part_that_is_on_no_list_is_held() {
    let part = |tile: u8, number: u8, of: u8, data: &[u8]| {
        let length = (14 + data.len() as u32).to_be_bytes();
        [&[0xFF, 0x90, 0, 10, 0, tile][..], &length, &[number, of], b"\xFF\x93", data].concat()
    };
    let whole = |parts: &[Vec<u8>]| [SIZE, &parts.concat(), b"\xFF\xD9"].concat();
    let mut frames: Vec<Vec<u8>> = Vec::new();
    for marker in
        [0x30, 0x50, 0x51, 0x52, 0x53, 0x57, 0x59, 0x5D, 0x5E, 0x5F, 0x60, 0x61, 0x6F, 0x70, 0x74, 0x75, 0x77, 0x78]
    {
        let (main, tile) =
            if marker == 0x57 { (vec![], segment(0x57, CANARY)) } else { (segment(marker, CANARY), vec![]) };
        frames.push(codestream(&main, &tile, b"", false));
    }
    frames.push(whole(&[part(0, 0, 1, b"data"), part(0, 1, 0, b"more")]));
    frames.push(whole(&[part(0, 0, 1, b"data"), part(9, 0, 1, b"more")]));
    frames.push(whole(&[part(0, 0, 2, b"data"), part(0, 0, 2, b"more")]));
    frames.push(whole(&[part(0, 0, 1, &[b"data", CANARY].concat())]));
    frames.push(whole(&[part(0, 0, 2, b"data"), part(0, 1, 2, CANARY)]));
    frames.push(whole(&[part(0, 0, 1, b"data"), CANARY.to_vec()]));
    let plain = clean(&object(JPEG_2000, 1, &[], &[whole(&[part(0, 0, 1, b"data")])])).unwrap();
    let mut tried = 0;
    for frame in frames {
        let source = object(JPEG_2000, 1, &[], &[frame]);
        assert_eq!(clean(&source).err(), Some("not-understood"), "{tried}");
        assert!(!is_cleared(&source, &within(&plain, &source)), "the witness sees it too: {tried}");
        tried += 1;
    }
    assert_eq!(tried, 24);
    let source = object(JPEG_2000, 1, &[], &[whole(&[part(0, 0, 2, b"data"), part(0, 1, 0, b"more")])]);
    assert!(is_cleared(&source, &clean(&source).unwrap()));
}
