//! Every sampling, coding and interval: what is not touched keeps its coefficients, and nothing that is broken is taken.

use super::decode::{Planes, decode};
use super::frame::{Frame, Member, Scan};
use super::header::{Layout, layout};
use super::*;

/// A kind of coding: its frame marker, bits of a sample, whether components stand together, and its scans: band and bits.
type Kind = (u8, u8, bool, &'static [(usize, usize, u32, u32)]);

const KINDS: &[Kind] = &[
    (0xC0, 8, true, &[(0, 63, 0, 0)]),
    (0xC0, 8, false, &[(0, 63, 0, 0)]),
    (0xC1, 12, true, &[(0, 63, 0, 0)]),
    (0xC2, 8, true, &[(0, 0, 0, 0), (1, 63, 0, 0)]),
    (0xC2, 8, true, &[(0, 0, 0, 1), (1, 5, 0, 2), (6, 63, 0, 2), (1, 63, 2, 1), (0, 0, 1, 0), (1, 63, 1, 0)]),
    (
        0xC2,
        12,
        false,
        &[(0, 0, 0, 2), (1, 63, 0, 3), (0, 0, 2, 1), (1, 63, 3, 2), (1, 63, 2, 1), (0, 0, 1, 0), (1, 63, 1, 0)],
    ),
    // Bits that are never told.
    (0xC2, 8, true, &[(0, 0, 0, 2), (1, 20, 0, 1)]),
];

/// Sampling factors: 4:4:4, 4:2:2, 4:2:0, 4:4:0, 4:1:1, odd ones, grey, grey of factor 2, CMYK, YCCK with small colours.
const SAMPLINGS: &[&[(u8, u8)]] = &[
    &[(1, 1), (1, 1), (1, 1)],
    &[(2, 1), (1, 1), (1, 1)],
    &[(2, 2), (1, 1), (1, 1)],
    &[(1, 2), (1, 1), (1, 1)],
    &[(4, 1), (1, 1), (1, 1)],
    &[(3, 1), (1, 2), (2, 1)],
    &[(1, 1)],
    &[(2, 2)],
    &[(1, 1), (1, 1), (1, 1), (1, 1)],
    &[(2, 2), (1, 1), (1, 1), (2, 2)],
];

const SIZE: (u16, u16) = (117, 75);

struct Random(u64);

impl Random {
    fn below(&mut self, n: i32) -> i32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as i32
    }
}

fn frame_segment(kind: &Kind, factors: &[(u8, u8)], size: (u16, u16)) -> Vec<u8> {
    let mut data = vec![kind.1];
    data.extend([size.1.to_be_bytes(), size.0.to_be_bytes()].concat());
    data.push(factors.len() as u8);
    data.extend((1..).zip(factors).flat_map(|(id, (h, v))| [id, h << 4 | v, 0]));
    segment(kind.0, &data)
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    [&[0xFF, marker], &(data.len() as u16 + 2).to_be_bytes()[..], data].concat()
}

/// A picture of random coefficients in which the bits that its scans never tell are zero.
fn planes(frame: &Frame, random: &mut Random, told: &dyn Fn(usize) -> Option<u32>) -> Planes {
    let size = |c: &super::frame::Component| vec![0; c.wide * c.high * 64];
    let mut planes = Planes(frame.components.iter().map(size).collect());
    for (index, component) in frame.components.iter().enumerate() {
        for block in (0..component.rows).flat_map(|y| (0..component.columns).map(move |x| y * component.wide + x)) {
            let block = planes.block(index, block).expect("inside");
            for (k, value) in block.iter_mut().enumerate() {
                let Some(low) = told(k) else { continue };
                let reach = if k == 0 { 700 } else { 3 + 60 / k as i32 };
                let at_random = if k > 0 && random.below(4) > 0 { 0 } else { random.below(2 * reach) - reach };
                *value = (at_random / (1 << low) * (1 << low)) as i16;
            }
        }
    }
    planes
}

fn stream(kind: &Kind, factors: &[(u8, u8)], restart: u16) -> (Vec<u8>, Planes) {
    let head = frame_segment(kind, factors, SIZE);
    let frame = Frame::read(&head[4..], kind.0 == 0xC2).expect("a frame");
    let told = |k: usize| kind.3.iter().filter(|scan| (scan.0..=scan.1).contains(&k)).map(|scan| scan.3).min();
    let mut planes = planes(&frame, &mut Random(u64::from(restart) + 7), &told);
    let mut bytes = [&[0xFF, 0xD8][..], &segment(0xDB, &[&[0][..], &[3; 64]].concat()), &head].concat();
    if restart > 0 {
        bytes.extend(segment(0xDD, &restart.to_be_bytes()));
    }
    let members = (0..factors.len()).map(|index| Member { index, dc: index.min(1), ac: index.min(1) });
    let members: Vec<Member> = members.collect();
    for (first, last, high, low) in kind.3 {
        let together = if kind.2 && (*first == 0) { members.len() } else { 1 };
        for members in members.chunks(together) {
            let (members, band, bits) = (members.to_vec(), (*first, *last), (*high, *low));
            let scan =
                Scan { members, band, bits, restart: restart.into(), tables: [None; 8], header: 0..0, data: 0..0 };
            let (tables, data) = encode::scan(&frame, &scan, &mut planes).expect("in bounds");
            bytes.extend([tables, scan.said(&frame), data].concat());
        }
    }
    bytes.extend([0xFF, 0xD9]);
    (bytes, planes)
}

fn read(bytes: &[u8]) -> (Layout, Planes) {
    let layout = layout(bytes).expect("a picture");
    let planes = decode(bytes, &layout, MOST_SAMPLES).expect("coefficients");
    (layout, planes)
}

/// How many blocks are kept and flat; fails where a block is neither as it should be.
fn compared(layout: &Layout, before: &mut Planes, after: &mut Planes, covered: &[Area]) -> (usize, usize) {
    let frame = &layout.frame;
    let (mut kept, mut flat) = (0, 0);
    for (index, component) in frame.components.iter().enumerate() {
        let mut fills = vec![None; covered.len()];
        for (y, x) in (0..component.high).flat_map(|y| (0..component.wide).map(move |x| (y, x))) {
            // The pixel at the top left of the MCU in which it stands.
            let corner = (x / component.across * frame.mcu_width, y / component.down * frame.mcu_height);
            let within = covered.iter().position(|area| area.contains(corner.0 as u32, corner.1 as u32));
            let block = y * component.wide + x;
            let (old, new) = (before.block(index, block).expect("one"), after.block(index, block).expect("one"));
            match within {
                None => {
                    assert_eq!(old, new);
                    kept += 1;
                }
                Some(area) => {
                    assert!(new[1..].iter().all(|value| *value == 0));
                    if x >= component.columns || y >= component.rows {
                        continue;
                    }
                    assert_eq!(*fills[area].get_or_insert(new[0]), new[0]);
                    flat += 1;
                }
            }
        }
    }
    (kept, flat)
}

#[test]
fn blocks_that_are_not_touched_keep_their_coefficients_in_every_coding() {
    let areas = [Area::new(50, 20, 9, 20), Area::new(0, 60, 3, 900), Area::new(110, 0, 7, 1), Area::new(400, 0, 7, 1)];
    let mut tried = 0;
    for (kind, factors) in KINDS.iter().flat_map(|kind| SAMPLINGS.iter().map(move |factors| (kind, factors))) {
        for restart in [0, 1, 5] {
            let (bytes, mut before) = stream(kind, factors, restart);
            let (layout, read_back) = read(&bytes);
            assert!(read_back.0 == before.0, "{kind:?} {factors:?}");
            let redacted = redact(&bytes, &areas).expect("a redaction");
            let (_, mut after) = read(&redacted.bytes);
            assert_eq!(redacted.covered.len(), 3);
            let (kept, flat) = compared(&layout, &mut before, &mut after, &redacted.covered);
            assert!(kept > flat && flat > 0, "{kept} {flat}");
            let same = redact(&bytes, &[]).expect("nothing to cover");
            assert!(read(&same.bytes).1.0 == before.0 && same.covered.is_empty());
            assert_eq!(redact(&same.bytes, &[]).expect("again").bytes, same.bytes, "equal pictures give equal bytes");
            tried += 1;
        }
    }
    assert_eq!(tried, KINDS.len() * SAMPLINGS.len() * 3);
}

#[test]
fn data_that_end_with_their_last_sample_are_told_from_those_that_go_on() {
    let (mut tried, mut restarted) = (0, 0);
    for (kind, factors) in KINDS.iter().flat_map(|kind| SAMPLINGS.iter().map(move |factors| (kind, factors))) {
        for restart in [0, 5] {
            let (bytes, _) = stream(kind, factors, restart);
            let scans: Vec<_> = layout(&bytes).expect("a picture").scans.iter().map(|scan| scan.data.clone()).collect();
            assert_eq!(exact(&bytes), Ok(scans.clone()), "{kind:?} {factors:?} {restart}");
            for scan in &scans {
                let marker = |at: &usize| bytes[*at] == 0xFF && matches!(bytes[at + 1], 0xD0..=0xD7);
                let inner = scan.clone().find(marker);
                restarted += usize::from(inner.is_some());
                for at in inner.into_iter().chain([scan.end]) {
                    let longer = [&bytes[..at], b"Canary 1957", &bytes[at..]].concat();
                    let still = exact(&longer).expect("decodes as before");
                    assert_eq!(still.len(), scans.len() - 1);
                    assert!(still.iter().all(|other| other.start != scan.start));
                }
                let filled = [&bytes[..scan.end], &[0xFF; 5], &bytes[scan.end..]].concat();
                assert_eq!(exact(&filled).map(|exact| exact.len()), Ok(scans.len()));
            }
            tried += 1;
        }
    }
    assert_eq!(tried, KINDS.len() * SAMPLINGS.len() * 2);
    assert!(restarted > 100, "{restarted}");
}

#[test]
fn headers_stay_byte_for_byte_and_in_order() {
    let (bytes, _) = stream(&KINDS[4], SAMPLINGS[2], 5);
    let comment = segment(0xFE, b"kept as it is");
    let bytes = [&bytes[..2], &comment, &bytes[2..], b"behind"].concat();
    let recoded = recode(&bytes, &[Area::new(1, 1, 1, 1)]).expect("a redaction");
    assert_eq!(recoded.end, bytes.len() as u64 - 6);
    assert_eq!(recoded.size, (117, 75));
    let kept: Vec<u8> = recoded.cut.pieces().iter().filter_map(kept_range).flat_map(|r| bytes[r].to_vec()).collect();
    let scans = layout(&bytes).expect("a picture").scans;
    let mut expected = bytes[..bytes.len() - 6].to_vec();
    for scan in scans.iter().rev() {
        expected.drain(scan.data.clone());
    }
    let tables = memchr::memmem::find_iter(&expected, b"\xFF\xC4").count();
    assert!(tables > 1);
    while let Some(at) = memchr::memmem::find(&expected, b"\xFF\xC4") {
        let length = usize::from(u16::from_be_bytes([expected[at + 2], expected[at + 3]]));
        expected.drain(at..at + 2 + length);
    }
    assert_eq!(kept, expected);
}

fn kept_range(piece: &Piece) -> Option<std::ops::Range<usize>> {
    match piece {
        Piece::Keep { range, .. } => Some(range.start as usize..range.end as usize),
        _ => None,
    }
}

#[test]
fn the_fill_is_the_median_of_the_blocks_around() {
    let (bytes, mut before) = stream(&KINDS[0], SAMPLINGS[6], 0);
    let redacted = redact(&bytes, &[Area::new(42, 33, 20, 3)]).expect("a redaction");
    assert_eq!(redacted.covered, [Area::new(40, 32, 24, 8)]);
    let around = (4..9).flat_map(|x| [(x, 3), (x, 5)]).chain([(4, 4), (8, 4)]);
    let mut around: Vec<i16> = around.map(|(x, y)| before.block(0, y * 15 + x).expect("one")[0]).collect();
    around.sort_unstable();
    let fill = read(&redacted.bytes).1.block(0, 4 * 15 + 6).expect("one")[0];
    assert_eq!(fill, around[6]);
    let all = redact(&bytes, &[Area::new(0, 0, 500, 500)]).expect("a redaction");
    assert!(read(&all.bytes).1.0[0].iter().all(|value| *value == 0), "middle grey");
    let touching = [Area::new(0, 0, 8, 8), Area::new(8, 8, 8, 8), Area::new(80, 0, 1, 1)];
    let mut after = read(&redact(&bytes, &touching).expect("a redaction").bytes).1;
    let fills = [0, 16, 10].map(|block| after.block(0, block).expect("one")[0]);
    assert!(fills[0] == fills[1] && fills[1] != fills[2], "what hangs together has one colour: {fills:?}");
}

#[test]
fn a_height_that_follows_the_first_scan_is_read() {
    let (bytes, mut before) = stream(&KINDS[0], SAMPLINGS[0], 0);
    let frame = memchr::memmem::find(&bytes, b"\xFF\xC0").expect("a frame");
    let mut open = bytes.clone();
    let height = [open[frame + 5], open[frame + 6]];
    open[frame + 5..frame + 7].fill(0);
    assert_eq!(code(&open), "not-understood");
    open.truncate(bytes.len() - 2);
    open.extend([segment(0xDC, &height), vec![0xFF, 0xD9]].concat());
    let redacted = redact(&open, &[Area::new(50, 20, 9, 20)]).expect("a redaction");
    let (layout, mut after) = read(&redacted.bytes);
    assert!(compared(&layout, &mut before, &mut after, &redacted.covered).1 > 0);
}

#[test]
fn simple_scans_hold_what_odd_ones_cannot() {
    let mut tried = 0;
    for (kind, factors) in KINDS.iter().flat_map(|kind| SAMPLINGS.iter().map(move |factors| (kind, factors))) {
        let (bytes, mut before) = stream(kind, factors, 5);
        let layout = layout(&bytes).expect("a picture");
        let Some(script) = own_script(&bytes, &layout) else { continue };
        let areas = [Area::new(50, 20, 9, 20)];
        let recoded = attempt(&bytes, &layout, &areas, Some(&script)).expect("a redaction").expect("the same");
        let (_, mut after) = read(&carried_out(&recoded.cut, &bytes));
        assert!(compared(&layout, &mut before, &mut after, &recoded.covered).1 > 0);
        tried += 1;
    }
    assert_eq!(tried, 4 * SAMPLINGS.len());
}

#[test]
fn only_a_complete_sequential_picture_may_lack_its_end_marker() {
    let cases = [(0, 2, "none"), (1, 2, "none"), (3, 2, "truncated"), (4, 2, "truncated")];
    let mut tried = 0;
    for (kind, sampling, expected) in cases {
        let (mut bytes, _) = stream(&KINDS[kind], SAMPLINGS[sampling], 0);
        bytes.truncate(bytes.len() - 2);
        assert_eq!(code(&bytes), expected);
        // What pads a fragment to an even length.
        bytes.push(0);
        assert_eq!(code(&bytes), expected);
        tried += 1;
    }
    assert_eq!(tried, 4);
    let (bytes, _) = stream(&KINDS[1], SAMPLINGS[2], 0);
    let last = layout(&bytes).expect("a picture").scans.pop().expect("a scan").header.start;
    assert_eq!(code(&[&bytes[..last], &[0xFF, 0xD9]].concat()), "truncated", "a component is missing");
}

fn code(bytes: &[u8]) -> &'static str {
    redact(bytes, &[Area::new(0, 0, 20, 20)]).err().map_or("none", Broken::code)
}

#[test]
fn truncated_streams_are_refused_and_flipped_bits_never_panic() {
    let mut tried = 0;
    for (kind, factors) in KINDS.iter().zip([SAMPLINGS[2], SAMPLINGS[5], SAMPLINGS[8], SAMPLINGS[6]].iter().cycle()) {
        let (bytes, _) = stream(kind, factors, 5);
        let data = layout(&bytes).expect("a picture").scans[0].data.clone();
        for length in (0..data.end).step_by(64) {
            assert_ne!(code(&bytes[..length]), "none", "{length} of {}", bytes.len());
            tried += 1;
        }
        for flip in (0..bytes.len() * 8).step_by(331) {
            let mut bytes = bytes.clone();
            bytes[flip / 8] ^= 1 << (flip % 8);
            if let Ok(redacted) = redact(&bytes, &[Area::new(9, 9, 9, 9)]) {
                assert!(layout(&redacted.bytes).is_ok());
            }
            tried += 1;
        }
    }
    assert!(tried > 500, "{tried}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let kind = &KINDS[0];
    let (good, _) = stream(kind, SAMPLINGS[6], 0);
    let frame = frame_segment(kind, SAMPLINGS[6], SIZE);
    let replaced = |by: &[u8]| {
        let at = memchr::memmem::find(&good, &frame).expect("a frame");
        [&good[..at], by, &good[at + frame.len()..]].concat()
    };
    let sized = |size| replaced(&frame_segment(kind, SAMPLINGS[6], size));
    let marked = |marker| replaced(&frame_segment(&(marker, 8, true, kind.3), SAMPLINGS[6], SIZE));
    let scan = memchr::memmem::find(&good, b"\xFF\xDA").expect("a scan");
    let tables = |data: &[u8]| [&good[..scan], &segment(0xC4, data), &good[scan..]].concat();
    let crowded = [&[0x10, 3][..], &[0; 15], &[1, 2, 3]].concat();
    let progressive = frame_segment(&(0xC2, 8, true, kind.3), SAMPLINGS[6], SIZE);
    let cases = [
        (good.clone(), "none"),
        (Vec::new(), "not-understood"),
        (b"\x89PNG".to_vec(), "not-understood"),
        (sized((0, 0)), "not-understood"),
        (sized((117, 0)), "not-understood"),
        (sized((65_535, 65_535)), "too-large"),
        (sized((10_000, 10_000)), "truncated"),
        (marked(0xC3), "cannot-cover"),
        (marked(0xC6), "cannot-cover"),
        (marked(0xC9), "cannot-cover"),
        (marked(0xCA), "cannot-cover"),
        (replaced(&frame_segment(&(0xC0, 12, true, kind.3), SAMPLINGS[6], SIZE)), "cannot-cover"),
        (replaced(&[frame.clone(), frame.clone()].concat()), "not-understood"),
        (replaced(&[]), "not-understood"),
        (replaced(&progressive), "not-understood"),
        (good[..scan].to_vec(), "truncated"),
        ([&good[..scan], &[0xFF, 0xD9]].concat(), "truncated"),
        (tables(&crowded), "not-understood"),
        (tables(&[0x10; 9]), "not-understood"),
        (tables(&[&[0x20][..], &[0; 16]].concat()), "not-understood"),
        (tables(&[&[0x00][..], &[0; 16]].concat()), "not-understood"),
    ];
    let mut tried = 0;
    for (bytes, expected) in &cases {
        assert_eq!(code(bytes), *expected, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 21);
}

#[test]
fn a_scan_after_scan_that_says_nothing_is_too_large() {
    let (mut bytes, _) = stream(&KINDS[3], SAMPLINGS[6], 0);
    let last = layout(&bytes).expect("a picture").scans.pop().expect("a scan");
    let (header, data) = (bytes[last.header].to_vec(), bytes[last.data].to_vec());
    bytes.truncate(bytes.len() - 2);
    for _ in 0..100 {
        bytes.extend([&header[..], &data].concat());
    }
    bytes.extend([0xFF, 0xD9]);
    assert_eq!(code(&bytes), "too-large");
}
