//! Compressed frames: what stands in them beside samples goes in place, and the picture stays what it was.
#![allow(clippy::unwrap_used, clippy::ptr_arg)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

#[path = "support/frames.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod frames;

use frames::{
    BASELINE, CANARY, JPEG_2000, JPEG_LS, RLE, clean, codestream, decoded, find, is_cleared, items, jpeg, object,
    object_of, segment,
};
use support::{Element, FORMS, Form, Value, file, image, number, with};

/// JPEGs with something of a person in one place each.
fn planted() -> Vec<(&'static str, Vec<u8>)> {
    let plain = jpeg();
    let (soi, rest) = plain.split_at(2);
    let before = |part: &[u8]| [soi, part, rest].concat();
    let thumbnail = [&b"JFIF\0\x01\x02\x01\0\x48\0\x48\x02\x04"[..], CANARY, &[7; 4]].concat();
    let sos = plain.windows(2).position(|w| w == [0xFF, 0xDA]).unwrap();
    vec![
        ("comment", before(&segment(0xFE, CANARY))),
        ("a codec's comment with more in it", before(&segment(0xFE, &[b"LEAD Technologies Inc. ", CANARY].concat()))),
        ("Exif", before(&segment(0xE1, &[b"Exif\0\0MM\0*", CANARY].concat()))),
        ("JFIF thumbnail", before(&segment(0xE0, &thumbnail))),
        ("JFIF extension", before(&segment(0xE0, &[b"JFXX\0\x10", CANARY].concat()))),
        ("colour profile", before(&segment(0xE2, &[b"ICC_PROFILE\0\x01\x01", CANARY].concat()))),
        ("Photoshop", before(&segment(0xED, &[b"Photoshop 3.0\08BIM", CANARY].concat()))),
        ("APP15", before(&segment(0xEF, CANARY))),
        ("behind Adobe's transform", before(&segment(0xEE, &[b"Adobe\0\x64\0\0\0\0\0", CANARY].concat()))),
        ("between segments", before(CANARY)),
        ("before the scan", [&plain[..sos], &segment(0xFE, CANARY), &plain[sos..]].concat()),
        ("behind the end", [&plain[..], CANARY].concat()),
        ("a JPEG behind the end", [&plain[..], &[0xFF, 0xD8], &segment(0xFE, CANARY)].concat()),
        ("a long tail", [&plain[..], &[0; 9000], CANARY].concat()),
    ]
}

#[test]
fn nothing_hides_in_a_jpeg_frame() {
    let picture = decoded(&jpeg());
    let mut tried = 0;
    for (place, frame) in planted() {
        let frame = [&frame[..], &[0][..frame.len() % 2]].concat();
        let (a, b) = frame.split_at(frame.len() / 4 * 2);
        let offset = |n: &[u8]| n.len() as u32 + 8;
        for (frames, table, fragments) in [
            (1, vec![], vec![frame.clone()]),
            (1, vec![0], vec![a.to_vec(), b.to_vec()]),
            (
                3,
                vec![0, offset(&frame), 2 * offset(&frame) + 8],
                vec![frame.clone(), a.to_vec(), b.to_vec(), frame.clone()],
            ),
            (2, vec![], frame.chunks(2).chain(frame.chunks(14)).map(<[u8]>::to_vec).collect()),
        ] {
            let source = object(BASELINE, frames, &table, &fragments);
            let output = clean(&source).unwrap();
            assert!(!find(&output, b"Canary") && !find(&output, b"1977"), "{place} in {}", fragments.len());
            assert!(is_cleared(&source, &output), "{place} in {}", fragments.len());
            assert!(!is_cleared(&source, &source));
            let (old, new) = (items(&source), items(&output));
            assert_eq!(old[0], new[0], "the offset table is as true as it was");
            assert!(old.iter().map(Vec::len).eq(new.iter().map(Vec::len)), "no fragment changes its length");
            assert_eq!(decoded(&new[1..].concat()), picture, "{place}");
            assert_eq!(items(&clean(&output).unwrap()), new);
            tried += 1;
        }
    }
    assert_eq!(tried, 56);
}

#[test]
fn a_plain_jpeg_frame_is_not_touched() {
    let adobe = [&jpeg()[..2], &segment(0xEE, b"Adobe\0\x64\0\0\0\0\0"), &jpeg()[2..]].concat();
    let transform = [&jpeg()[..2], &segment(0xE8, b"mrfx\x01"), &jpeg()[2..]].concat();
    let lossless = [&jpeg()[..2], &segment(0xE0, b"LJIF\0\x01\0\0\0\0\0\0\0"), &jpeg()[2..]].concat();
    for (syntax, frame) in [(BASELINE, jpeg()), (BASELINE, adobe), (JPEG_LS, transform), (BASELINE, lossless)] {
        let source = object(syntax, 1, &[], &[frame]);
        let output = clean(&source).unwrap();
        assert_eq!(items(&source), items(&output));
        assert!(is_cleared(&source, &output));
    }
}

#[test]
fn the_witness_sees_a_sample_that_changed_beside_a_comment_that_went() {
    let (_, frame) = planted().swap_remove(0);
    let source = object(BASELINE, 1, &[], &[frame]);
    let output = clean(&source).unwrap();
    assert!(is_cleared(&source, &output));
    let scan = output.windows(2).rposition(|w| w == [0xFF, 0xDA]).unwrap();
    let mut changed = output.clone();
    changed[scan + 14] ^= 0x10;
    assert!(!is_cleared(&source, &changed));
    let comment = output.windows(4).position(|w| w == [0xFF, 0xFE, 0, CANARY.len() as u8 + 2]).unwrap();
    let mut marked = output.clone();
    marked[comment + 6] = b'x';
    assert!(!is_cleared(&source, &marked));
}

#[test]
fn nothing_hides_in_a_jpeg_2000_frame() {
    let comment = segment(0x64, &[&[0, 1], CANARY].concat());
    let mut tried = 0;
    for open in [false, true] {
        for (main, tile, tail) in
            [(&comment[..], &b""[..], &b""[..]), (b"", &comment, b""), (b"", b"", CANARY), (&comment, &comment, CANARY)]
        {
            let frame = codestream(main, tile, tail, open);
            let (a, b) = frame.split_at(20);
            for fragments in [vec![frame.clone()], vec![a.to_vec(), b.to_vec()], vec![frame.clone(), frame.clone()]] {
                for syntax in [JPEG_2000, "1.2.840.10008.1.2.4.201"] {
                    let frames = if fragments.last() == Some(&frame) { fragments.len() } else { 1 };
                    let source = object(syntax, frames, &[], &fragments);
                    let output = clean(&source).unwrap();
                    assert!(!find(&output, b"Canary"));
                    assert!(is_cleared(&source, &output));
                    let samples = |file| items(file).concat().windows(4).filter(|w| *w == b"data").count();
                    assert_eq!(samples(&source), samples(&output));
                    assert!(items(&source).iter().map(Vec::len).eq(items(&output).iter().map(Vec::len)));
                    tried += 1;
                }
            }
        }
    }
    assert_eq!(tried, 48);
}

#[test]
fn nothing_hides_in_run_lengths() {
    let runs: Vec<u8> = (0..16).flat_map(|i| [(257 - 16) as u8, i]).collect();
    let frame = |offsets: &[u32], unused: &[u8], data: &[u8]| {
        let mut header: Vec<u8> = (offsets.len() as u32).to_le_bytes().into();
        header.extend(offsets.iter().flat_map(|n| n.to_le_bytes()));
        header.extend_from_slice(unused);
        header.resize(64, 0);
        [&header[..], data].concat()
    };
    let two = 64 + runs.len() as u32;
    let far = two + CANARY.len() as u32;
    let mut tried = 0;
    for fragment in [
        frame(&[64], CANARY, &runs),
        frame(&[64], b"", &[&runs[..], CANARY].concat()),
        frame(&[64, far], b"", &[&runs[..], CANARY, &runs].concat()),
        frame(&[64, two], CANARY, &[&runs[..], &runs, CANARY].concat()),
        // The last run goes on beyond the last pixel.
        frame(&[64], b"", &[&runs[..30], &[15 + CANARY.len() as u8], &[15; 16], CANARY].concat()),
    ] {
        let source = object(RLE, 2, &[], &[fragment.clone(), fragment]);
        let output = clean(&source).unwrap();
        assert!(!find(&output, b"Canary") && is_cleared(&source, &output) && !is_cleared(&source, &source));
        assert!(find(&output, &runs[..30]));
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn nothing_hides_in_frames_and_planes_that_the_header_does_not_count() {
    let runs: Vec<u8> = (0..16).flat_map(|i| [(257 - 16) as u8, i]).collect();
    let rle = |segments: &[&[u8]]| {
        let mut header: Vec<u8> = (segments.len() as u32).to_le_bytes().into();
        let mut at = 64u32;
        for segment in segments {
            header.extend_from_slice(&at.to_le_bytes());
            at += segment.len() as u32;
        }
        header.resize(64, 0);
        [&header[..], &segments.concat()].concat()
    };
    let literal = [&[CANARY.len() as u8 - 1][..], CANARY].concat();
    let plain = jpeg();
    let stored = |bytes: &[u8]| {
        let length = bytes.len() as u16;
        [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes].concat()
    };
    let deflated = "1.2.840.10008.1.2.8.1";
    let mut words = [7; 256];
    words[..CANARY.len()].copy_from_slice(CANARY);
    let mut tried = 0;
    for (syntax, frames, fragments) in [
        (RLE, 1, vec![rle(&[&runs]), rle(&[&literal])]),
        (RLE, 2, vec![rle(&[&runs]), rle(&[&runs]), rle(&[&literal]), CANARY.to_vec()]),
        (RLE, 1, vec![rle(&[&runs, &literal])]),
        (BASELINE, 1, vec![plain.clone(), [&plain[..2], &segment(0xFE, CANARY), &plain[2..]].concat()]),
        (BASELINE, 1, vec![plain.clone(), CANARY.to_vec()]),
        (deflated, 1, vec![stored(&[7; 256]), stored(&words)]),
        (deflated, 2, vec![stored(&[7; 256]), stored(&[8; 256]), stored(&words)]),
    ] {
        let source = object(syntax, frames, &[], &fragments);
        let output = clean(&source).unwrap();
        assert!(!find(&output, b"Canary"), "{syntax} {tried}");
        assert!(is_cleared(&source, &output) && !is_cleared(&source, &source), "{syntax} {tried}");
        assert_eq!(items(&output).len(), fragments.len() + 1);
        let first = &items(&output)[1];
        assert!(first.starts_with(&fragments[0]) || tried == 2, "the pictures stay");
        tried += 1;
    }
    assert_eq!(tried, 7);
}

#[test]
fn strange_frames_neither_crash_nor_pass() {
    let plain = jpeg();
    let mut tried = 0;
    for syntax in [BASELINE, JPEG_LS, JPEG_2000, RLE, "1.2.840.10008.1.2.4.110"] {
        for frame in [
            vec![],
            CANARY.to_vec(),
            vec![0xFF, 0xD8, 0xFF, 0xFE, 0xFF, 0xFF, b'x', b'y'],
            vec![0xFF, 0xD8, 0xFF, 0xFE, 0, 0, b'x', b'y'],
            [&b"\0\0\0\x0CJXL \r\n\x87\n"[..], CANARY].concat(),
            [&[0xFF, 0x4F, 0xFF, 0x51, 0xFF, 0xFF][..], CANARY].concat(),
            [&[0xFF, 0x4F, 0xFF, 0x51, 0, 4, 0, 0, 0xFF, 0x90, 0, 10, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF][..], CANARY]
                .concat(),
            [&2u32.to_le_bytes()[..], &[0xFF; 60], CANARY].concat(),
            plain[..plain.len() / 2].to_vec(),
        ] {
            let source = object(syntax, 1, &[], &[frame]);
            if let Ok(output) = clean(&source) {
                assert!(!(is_cleared(&source, &output) && find(&output, CANARY)), "{syntax}");
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 45);
}

/// What becomes of an image whose first sample is `cell`, of so many bits stored.
fn native(form: Form, cell: u16, stored: u16, signed: u16, padding: Option<u16>) -> Result<Vec<u8>, &'static str> {
    let mut cells: Vec<u16> = (100..116).collect();
    cells[0] = cell;
    let pixels = Element { tag: 0x7FE0_0010, vr: "OW", value: Value::Numbers(cells) };
    let mut new =
        vec![pixels, number(0x0028_0101, stored), number(0x0028_0102, stored - 1), number(0x0028_0103, signed)];
    new.extend(padding.map(|p| number(0x0028_0120, p)));
    clean(&file(form, &[], &[], &with(image(), new), &[]))
}

#[test]
fn bits_that_no_sample_uses_hold_an_object_back() {
    let mut tried = 0;
    for form in FORMS {
        for (cell, stored, signed, padding, passes) in [
            (0x0FFF, 12, 0, None, true),
            (0x1001, 12, 0, None, false),
            (0x8001, 12, 0, None, false),
            (0x8001, 16, 0, None, true),
            (0xF800, 12, 1, None, true),
            (0xF000, 12, 1, None, false),
            (0x7800, 12, 1, None, false),
            (0x0800, 12, 1, None, true),
            (0xF830, 12, 0, Some(0xF830), true),
            (0xF831, 12, 0, Some(0xF830), false),
            // A padding value that no sample is draws.
            (0x8000, 12, 0, Some(0x8000), false),
        ] {
            let result = native(form, cell, stored, signed, padding);
            assert_eq!(result.is_ok(), passes, "{cell:04X} of {stored} bits in {form:?}");
            assert!(passes || result == Err("unused-bits"));
            tried += 1;
        }
    }
    assert_eq!(tried, 44);
}

#[test]
fn copies_of_the_sign_in_some_samples_and_not_in_others_hold_an_object_back() {
    let mut tried = 0;
    for form in FORMS {
        for (cells, passes) in [
            ([0xF800, 0xF801], true),
            ([0x0800, 0x0801], true),
            ([0x0001, 0xF801], true),
            ([0xF800, 0x0801], false),
            ([0x0800, 0xF801], false),
        ] {
            let mut all: Vec<u16> = (100..116).collect();
            all[..2].copy_from_slice(&cells);
            let bits = [(0x0028_0101, 12), (0x0028_0102, 11), (0x0028_0103, 1)].map(|(tag, n)| number(tag, n));
            let pixels = Element { tag: 0x7FE0_0010, vr: "OW", value: Value::Numbers(all) };
            let new = [vec![pixels], bits.to_vec()].concat();
            let result = clean(&file(form, &[], &[], &with(image(), new), &[]));
            assert_eq!(result.is_ok(), passes, "{cells:04X?} in {form:?}");
            assert!(passes || result == Err("unused-bits"));
            tried += 1;
        }
    }
    assert_eq!(tried, 20);
}

#[test]
fn a_second_picture_beside_the_first_holds_an_object_back() {
    let mut tried = 0;
    for (tag, vr) in [(0x7FE0_0008, "OF"), (0x7FE0_0009, "OD")] {
        let second = Element { tag, vr, value: Value::Bytes(vec![0; 128]) };
        let result = clean(&file(Form::Explicit, &[], &[], &with(image(), vec![second]), &[]));
        assert_eq!(result.unwrap_err(), "two-pictures");
        tried += 1;
    }
    assert_eq!(tried, 2);
}

#[test]
fn a_drawing_in_bits_above_the_samples_of_compressed_frames_is_no_picture_that_was_looked_at() {
    // Sixteen bits in two segments, high bytes first, of which twelve are stored.
    let rle = |high: &[u8; 16]| {
        let literal = |bytes: &[u8]| [&[15u8][..], bytes].concat();
        let (first, second) = (literal(high), literal(&[7; 16]));
        let mut frame = vec![0; 64];
        frame[..12].copy_from_slice(&[[2, 0, 0, 0], [64, 0, 0, 0], [64 + 18, 0, 0, 0]].concat());
        frame.extend(first);
        frame.push(128);
        frame.extend(second);
        frame.push(128);
        frame
    };
    let seen = |high: &[u8; 16]| {
        let source = object_of(&[], RLE, 1, &[], &[rle(high)]);
        let result = scrubs::dicom::frames(&source).and_then(|mut frames| frames.frame(0)).map(|_| ());
        result.map_err(|unseen| unseen.code)
    };
    let mut drawn = [3; 16];
    assert_eq!(seen(&drawn), Ok(()));
    drawn[5] = 0x83;
    assert_eq!(seen(&drawn), Err("unused-bits"));
}
