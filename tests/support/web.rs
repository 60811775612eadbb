//! WebP, GIF and BMP pictures made for tests: one named canary per hiding place, and the same pictures without.
//!
//! RFC 9649; GIF89a; Microsoft's BMP headers. Coded samples are made by hand where that is short, else drawn by us and
//! coded once with libwebp.
#![allow(dead_code, missing_docs, missing_debug_implementations, unreachable_pub)]

use super::picture::{Cage, Fixture, exif, icc, utf16, zlib};

// ---------------------------------------------------------------------------------------------------- WebP

/// A gradient of 16 × 16 pixels with transparency, coded by libwebp through Pillow: its ALPH and VP8 chunks.
const ALPH: &str = "017f202448fe3fa619bd101199835900681462892596586289259619ec8fe87f8072bafb0b";
const VP8: &str = "3002009d012a1000100002c04c25b00274ba0003092f0c30aa0000fef9527c683ae4ee5f454c3e22f0ee50ecdda1cd7d87fd\
                   9bd83c0cf00f39000000";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter_map(|d| char::from(d).to_digit(16).map(|d| d as u8)).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

pub fn samples() -> Vec<u8> {
    bytes(VP8)
}

/// A RIFF chunk.
pub fn riff(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let padding: &[u8] = if data.len() % 2 == 1 { &[0] } else { &[] };
    [&kind[..], &(data.len() as u32).to_le_bytes(), data, padding].concat()
}

/// A WebP file of these chunks.
pub fn webp_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    let chunks = chunks.concat();
    [&b"RIFF"[..], &(chunks.len() as u32 + 4).to_le_bytes(), b"WEBP", &chunks].concat()
}

/// An extended header for 16 × 16 pixels.
pub fn vp8x(flags: u8) -> Vec<u8> {
    riff(b"VP8X", &[flags, 0, 0, 0, 15, 0, 0, 15, 0, 0])
}

pub fn webp_plain() -> Vec<u8> {
    webp_of(&[vp8x(0x10), riff(b"ALPH", &bytes(ALPH)), riff(b"VP8 ", &samples())])
}

/// A still as it comes from the web: a profile, Exif and XMP beside the picture.
pub fn webp_shared() -> Fixture {
    let mut cage = Cage::new("SHARED");
    let c = &mut cage;
    let chunks = [
        riff(b"VP8X", &[0x3C, 0, 0, 0, 15, 0, 0, 15, 0, 0]),
        riff(b"ICCP", &icc(c)),
        riff(b"ALPH", &bytes(ALPH)),
        riff(b"VP8 ", &samples()),
        riff(b"EXIF", &exif(c, "exif", 6)),
        riff(b"XMP ", &c.canary("xmp")),
    ];
    Fixture { name: "webp, still, shared", bytes: webp_of(&chunks), canaries: cage.canaries }
}

/// A still with a canary in every place, orientation 6.
pub fn webp() -> Fixture {
    let mut cage = Cage::new("WEBP");
    let c = &mut cage;
    let profile = icc(c);
    let block = exif(c, "exif", 6);
    let chunks = [
        riff(b"VP8X", &[vec![0x3C, 0, 0, 0, 15, 0, 0, 15, 0, 0], c.canary("vp8x-surplus")].concat()),
        riff(b"ICCP", &profile),
        riff(b"ICCP", &c.canary("iccp-second")),
        riff(b"ANIM", &c.canary("anim-of-no-animation")),
        riff(b"JUNK", &c.canary("junk")),
        riff(b"ALPH", &bytes(ALPH)),
        riff(b"prVt", &c.canary("chunk-between")),
        riff(b"VP8 ", &samples()),
        riff(b"ALPH", &c.canary("alph-second")),
        riff(b"VP8 ", &[samples(), c.canary("vp8-second")].concat()),
        riff(b"VP8L", &c.canary("vp8l-second")),
        riff(b"VP8X", &c.canary("vp8x-second")),
        riff(b"ANMF", &[vec![0; 16], c.canary("anmf-of-no-animation")].concat()),
        riff(b"EXIF", &[b"Exif\0\0".to_vec(), block].concat()),
        riff(b"EXIF", &[b"II*\0\x08\0\0\0".to_vec(), c.canary("exif-second")].concat()),
        riff(b"XMP ", &[b"<x tiff:Orientation=\"3\">".to_vec(), c.canary("xmp")].concat()),
        riff(b"XMP\0", &c.canary("xmp-misspelt")),
        riff(b"LIST", &[b"INFOIART".to_vec(), c.canary("list-artist")].concat()),
        riff(b"C2PA", &c.canary("c2pa")),
        riff(b"META", &zlib(&c.canary("meta-deflated"))),
        riff(b"TEXT", &utf16(&c.canary("text-utf16"))),
    ];
    let mut out = webp_of(&chunks);
    out.extend(riff(b"ANIM", &c.canary("behind-the-riff")));
    out.extend(c.canary("trailer-text"));
    out.extend(zlib(&c.canary("trailer-deflated")));
    Fixture { name: "webp, still, everything", bytes: out, canaries: cage.canaries() }
}

/// A frame of an animation: 16 × 16 pixels for a tenth of a second.
pub fn anmf(parts: &[Vec<u8>]) -> Vec<u8> {
    let numbers = [0, 0, 0, 0, 0, 0, 15, 0, 0, 15, 0, 0, 100, 0, 0, 0];
    riff(b"ANMF", &[&numbers[..], &parts.concat()].concat())
}

pub fn webp_animated_plain() -> Vec<u8> {
    let still = || riff(b"VP8 ", &samples());
    let anim = riff(b"ANIM", &[0, 0, 0, 0, 3, 0]);
    webp_of(&[vp8x(0x12), anim, anmf(&[riff(b"ALPH", &bytes(ALPH)), still()]), anmf(&[still()])])
}

/// An animation with a canary in every place that only animations have.
pub fn webp_animated() -> Fixture {
    let mut cage = Cage::new("WEBP");
    let c = &mut cage;
    let still = || riff(b"VP8 ", &samples());
    let chunks = [
        vp8x(0x12),
        riff(b"ANIM", &[vec![0, 0, 0, 0, 3, 0], c.canary("anim-surplus")].concat()),
        riff(b"ANIM", &c.canary("anim-second")),
        anmf(&[
            riff(b"ALPH", &bytes(ALPH)),
            riff(b"unkn", &c.canary("frame-part-between")),
            still(),
            riff(b"XMP ", &c.canary("frame-part-behind")),
        ]),
        riff(b"EXIF", &c.canary("exif-between-frames")),
        riff(b"VP8 ", &[samples(), c.canary("still-in-animation")].concat()),
        anmf(&[
            still(),
            riff(b"ALPH", &c.canary("frame-alpha-behind")),
            b"JUNK\xFF\xFF\xFF\x7F".to_vec(),
            c.canary("frame-tail"),
        ]),
    ];
    let bytes = webp_of(&chunks);
    Fixture { name: "webp, animated, everything", bytes, canaries: cage.canaries() }
}

// ---------------------------------------------------------------------------------------------------- GIF

/// Packs codes of three bits.
fn packed(codes: &[u8]) -> Vec<u8> {
    let (mut buffer, mut held, mut out) = (0_u32, 0, Vec::new());
    for code in codes {
        buffer |= u32::from(*code) << held;
        held += 3;
        while held >= 8 {
            out.push(buffer as u8);
            buffer >>= 8;
            held -= 8;
        }
    }
    if held > 0 {
        out.push(buffer as u8);
    }
    out
}

/// Samples of 4 × 4 pixels in four colours: a clear code before every second pixel keeps codes at three bits.
pub fn lzw(seed: u8) -> Vec<u8> {
    let pixels = (0..16_u8).map(|n| (n + seed) & 3).collect::<Vec<_>>();
    let mut codes: Vec<u8> = pixels.chunks(2).flat_map(|pair| [4, pair[0], pair[1]]).collect();
    codes.push(5);
    packed(&codes)
}

fn sub(data: &[u8]) -> Vec<u8> {
    data.chunks(255).flat_map(|part| [&[part.len() as u8][..], part].concat()).collect()
}

/// An extension of these sub-blocks.
pub fn extension(label: u8, parts: &[&[u8]]) -> Vec<u8> {
    let parts: Vec<u8> = parts.iter().flat_map(|part| sub(part)).collect();
    [&[0x21, label][..], &parts, &[0]].concat()
}

pub const SCREEN: &[u8] = b"GIF89a\x04\0\x04\0\x91\0\0";
pub const COLOURS: &[u8] = &[9, 8, 7, 200, 0, 0, 0, 200, 0, 0, 0, 200];
pub const LOOPS: &[u8] = b"\x21\xFF\x0BNETSCAPE2.0\x03\x01\x05\0\0";
pub const CONTROL: &[u8] = b"\x21\xF9\x04\x05\x0A\0\x02\0";
pub const DESCRIPTOR: &[u8] = b"\x2C\0\0\0\0\x04\0\x04\0\0";

/// A frame with the samples given, behind a descriptor.
pub fn gif_frame(samples: &[u8]) -> Vec<u8> {
    [DESCRIPTOR, &[2], &sub(samples), &[0]].concat()
}

pub fn gif_plain() -> Vec<u8> {
    [SCREEN, COLOURS, LOOPS, CONTROL, &gif_frame(&lzw(0)), CONTROL, &gif_frame(&lzw(1)), b";"].concat()
}

/// An animation of two frames with a canary in every place.
pub fn gif() -> Fixture {
    let mut cage = Cage::new("GIF");
    let c = &mut cage;
    let mut screen = SCREEN.to_vec();
    screen[10] = 0x97;
    let mut colours = [COLOURS, &c.canary("colours-unused")].concat();
    colours.resize(768, 0);
    let mut local = [COLOURS, &c.canary("local-colours-unused")].concat();
    local.resize(96, 0);
    let mut own = DESCRIPTOR.to_vec();
    own[9] = 0x84;
    let out = [
        screen,
        colours,
        extension(0xFE, &[&c.canary("comment")]),
        extension(0xFF, &[b"NETSCAPE2.0", &[1, 5, 0], &c.canary("loops-surplus")]),
        extension(0xFF, &[b"XMP DataXMP", &c.canary("xmp")]),
        extension(0xFF, &[b"ICCRGBG1012", &c.canary("icc")]),
        extension(0xFF, &[b"CANARYAPP01", &c.canary("application")]),
        extension(0xFF, &[&c.canary("application-name")]),
        extension(0x77, &[&c.canary("unknown-extension")]),
        c.canary("between-blocks"),
        extension(0xF9, &[&[5, 10, 0, 2], &c.canary("control-surplus")]),
        extension(0x01, &[&[0; 12], &c.canary("plain-text")]),
        CONTROL.to_vec(),
        gif_frame(&[lzw(0), c.canary("behind-the-end-code")].concat()),
        extension(0xFE, &[&c.canary("comment-behind-the-first-frame")]),
        CONTROL.to_vec(),
        own,
        local,
        [&[2][..], &sub(&lzw(1)), &sub(&c.canary("sub-block-behind")), &[0]].concat(),
        extension(0x01, &[&c.canary("plain-text-at-the-end")]),
        extension(0xFE, &[&utf16(&c.canary("comment-utf16"))]),
        b";".to_vec(),
        c.canary("trailer-text"),
        zlib(&c.canary("trailer-deflated")),
    ]
    .concat();
    Fixture { name: "gif, everything", bytes: out, canaries: cage.canaries() }
}

// ---------------------------------------------------------------------------------------------------- BMP

/// A header of 40 bytes or more, for a picture of these dimensions.
pub fn info(size: usize, width: i32, height: i32, depth: u16, compression: u32) -> Vec<u8> {
    let mut header = vec![0; size];
    header[..4].copy_from_slice(&(size as u32).to_le_bytes());
    header[4..8].copy_from_slice(&width.to_le_bytes());
    header[8..12].copy_from_slice(&height.to_le_bytes());
    header[12] = 1;
    header[14..16].copy_from_slice(&depth.to_le_bytes());
    header[16..20].copy_from_slice(&compression.to_le_bytes());
    header[24..28].copy_from_slice(&2_835_u32.to_le_bytes());
    header[28..32].copy_from_slice(&2_835_u32.to_le_bytes());
    if size >= 108 {
        header[56..60].copy_from_slice(b"BGRs");
    }
    header
}

/// A file with its samples at an offset behind `front`, and something behind them.
pub fn bmp_of(front: &[Vec<u8>], gap: &[u8], samples: &[u8], behind: &[u8]) -> Vec<u8> {
    let front = front.concat();
    let offset = 14 + front.len() + gap.len();
    let size = offset + samples.len() + behind.len();
    let file = [&b"BM"[..], &(size as u32).to_le_bytes(), &[0; 4], &(offset as u32).to_le_bytes()].concat();
    [&file[..], &front, gap, samples, behind].concat()
}

/// Rows of three pixels in 24 bits, filled up with `fill`.
pub fn rows(count: usize, fill: u8) -> Vec<u8> {
    (0..count).flat_map(|row| (0..12).map(move |n| if n < 9 { (row * 9 + n) as u8 } else { fill })).collect()
}

/// Four colours, the fourth byte of each given.
pub fn palette(reserved: u8) -> Vec<u8> {
    (0..4_u8).flat_map(|n| [n * 60, 255 - n * 60, n * 20, reserved]).collect()
}

/// Pictures with a canary in every place that a BMP file has.
pub fn bmps() -> Vec<Fixture> {
    let mut linked = Cage::new("BMPL");
    let c = &mut linked;
    let mut header = info(124, 3, 4, 24, 0);
    header[56..60].copy_from_slice(b"KNIL");
    let points = c.canary("endpoints");
    header[60..60 + points.len()].copy_from_slice(&points);
    let (path, gap) = ([&b"C:\\"[..], &c.canary("linked-path"), b".icm\0"].concat(), c.canary("gap"));
    let offset = 124 + gap.len() + 48;
    header[112..116].copy_from_slice(&(offset as u32).to_le_bytes());
    header[116..120].copy_from_slice(&(path.len() as u32).to_le_bytes());
    let behind = [path, c.canary("trailer-text"), zlib(&c.canary("trailer-deflated"))].concat();
    let bytes = bmp_of(&[header], &gap, &rows(4, b'X'), &behind);
    let first = Fixture { name: "bmp, linked profile", bytes, canaries: linked.canaries() };

    let mut embedded = Cage::new("BMPE");
    let c = &mut embedded;
    let mut header = info(124, 3, -4, 24, 0);
    header[56..60].copy_from_slice(b"DEBM");
    let (between, profile) = (c.canary("between"), icc(c));
    header[112..116].copy_from_slice(&(124 + 48 + between.len() as u32).to_le_bytes());
    header[116..120].copy_from_slice(&(profile.len() as u32).to_le_bytes());
    let behind = [between, profile, c.canary("behind-the-profile")].concat();
    let bytes = bmp_of(&[header], &[], &rows(4, 0), &behind);
    let second = Fixture { name: "bmp, embedded profile", bytes, canaries: embedded.canaries() };

    let mut indexed = Cage::new("BMPI");
    let c = &mut indexed;
    let mut header = info(64, 4, 2, 8, 0);
    let tail = c.canary("os2");
    header[40..40 + tail.len()].copy_from_slice(&tail);
    let mut table = [palette(0), c.canary("colours-unused")].concat();
    table.resize(1_024, 0);
    let bytes = bmp_of(&[header, table], &c.canary("gap"), &[0, 1, 2, 3, 3, 2, 1, 0], &c.canary("trailer"));
    let third = Fixture { name: "bmp, indexed, OS/2", bytes, canaries: indexed.canaries() };

    let mut packed = Cage::new("BMPR");
    let c = &mut packed;
    let mut header = info(40, 4, 2, 8, 1);
    header[32] = 4;
    let samples = [4, 1, 0, 0, 0, 3, 1, 2, 3, b'C', 1, 0, 0, 1];
    let behind = [c.canary("behind-the-end"), utf16(&c.canary("behind-utf16"))].concat();
    let bytes = bmp_of(&[header, palette(b'C')], &[], &samples, &behind);
    let fourth = Fixture { name: "bmp, run lengths", bytes, canaries: packed.canaries() };
    vec![first, second, third, fourth]
}
