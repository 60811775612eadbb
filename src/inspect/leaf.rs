//! Small TIFF, WebP, GIF and BMP files for the witness's tests, made here byte by byte.

use super::fixture;
use super::tiff::size_of;

/// Byte order and width of offsets of a TIFF.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) little: bool,
    pub(super) big: bool,
}

pub(super) const CLASSIC: Manner = Manner { little: true, big: false };

impl Manner {
    /// A number of `n` bytes.
    pub(super) fn number(self, value: u64, n: usize) -> Vec<u8> {
        if self.little { value.to_le_bytes()[..n].to_vec() } else { value.to_be_bytes()[8 - n..].to_vec() }
    }

    pub(super) fn short(self, tag: u16, value: u64) -> Row {
        (tag, 3, self.number(value, 2))
    }

    pub(super) fn rational(self, tag: u16, above: u64, below: u64) -> Row {
        (tag, 5, [self.number(above, 4), self.number(below, 4)].concat())
    }
}

/// Tag, type and value of an entry.
pub(super) type Row = (u16, u16, Vec<u8>);

/// A page: its entries, without the places and lengths of its strips, and its strips.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub(super) rows: Vec<Row>,
    pub(super) strips: Vec<Vec<u8>>,
}

impl Leaf {
    /// The page with an entry more, or another in its place.
    pub(super) fn with(mut self, row: Row) -> Self {
        self.rows.retain(|r| r.0 != row.0);
        self.rows.push(row);
        self
    }

    pub(super) fn without(mut self, tag: u16) -> Self {
        self.rows.retain(|r| r.0 != tag);
        self
    }

    pub(super) fn strip(mut self, i: usize, bytes: impl Into<Vec<u8>>) -> Self {
        self.strips[i] = bytes.into();
        self
    }
}

/// A page of 8 by 6 grey samples in two strips.
pub(super) fn leaf(manner: Manner) -> Leaf {
    let rows = vec![
        manner.short(256, 8),
        manner.short(257, 6),
        manner.short(258, 8),
        manner.short(259, 1),
        manner.short(262, 1),
        manner.short(274, 6),
        manner.short(277, 1),
        manner.short(278, 3),
        manner.rational(282, 300, 1),
        manner.rational(283, 300, 1),
        manner.short(284, 1),
        manner.short(296, 2),
        (34_675, 7, fixture::icc("sRGB", "")),
    ];
    Leaf { rows, strips: vec![(0..24).map(|n| n * 3).collect(), (0..24).map(|n| 200 - n * 5).collect()] }
}

/// A file of these pages: header, directories with their values, strips.
pub(super) fn tiff(manner: Manner, leaves: &[Leaf]) -> Vec<u8> {
    let (counter, size, offset) = if manner.big { (8, 20, 8) } else { (2, 12, 4) };
    let mut out = if manner.little { b"II".to_vec() } else { b"MM".to_vec() };
    out.extend(manner.number(if manner.big { 43 } else { 42 }, 2));
    if manner.big {
        out.extend([manner.number(8, 2), manner.number(0, 2)].concat());
    }
    out.extend(manner.number(if manner.big { 16 } else { 8 }, offset));
    let mut strips = Vec::new();
    let mut fixes = Vec::new();
    for (i, leaf) in leaves.iter().enumerate() {
        let kind = if manner.big { 16 } else { 4 };
        let lengths: Vec<u8> = leaf.strips.iter().flat_map(|s| manner.number(s.len() as u64, offset)).collect();
        let mut rows = leaf.rows.clone();
        rows.push((273, kind, vec![0; lengths.len()]));
        rows.push((279, kind, lengths));
        rows.sort_by_key(|r| r.0);
        let (mut table, mut values) = (manner.number(rows.len() as u64, counter), Vec::new());
        let behind = out.len() + counter + size * rows.len() + offset;
        for (tag, kind, value) in &rows {
            table.extend([manner.number(u64::from(*tag), 2), manner.number(u64::from(*kind), 2)].concat());
            table.extend(manner.number(value.len() as u64 / size_of(*kind), offset));
            let inline = value.len() <= offset;
            if *tag == 273 {
                fixes.push(if inline { out.len() + table.len() } else { behind + values.len() });
            }
            if inline {
                table.extend(value);
                table.resize(table.len() + offset - value.len(), 0);
            } else {
                table.extend(manner.number((behind + values.len()) as u64, offset));
                values.extend(value);
                values.resize(values.len().next_multiple_of(2), 0);
            }
        }
        let next = if i + 1 < leaves.len() { behind + values.len() } else { 0 };
        table.extend(manner.number(next as u64, offset));
        out.extend([table, values].concat());
        strips.push(&leaf.strips);
    }
    for (fix, strips) in fixes.into_iter().zip(strips) {
        for (i, strip) in strips.iter().enumerate() {
            let place = manner.number(out.len() as u64, offset);
            out[fix + i * offset..fix + (i + 1) * offset].copy_from_slice(&place);
            out.extend(strip);
        }
    }
    out
}

/// Codes of nine bits.
pub(super) fn codes(codes: &[u64], most_first: bool) -> Vec<u8> {
    let mut out = vec![0u8; (codes.len() * 9).div_ceil(8)];
    for (i, code) in codes.iter().enumerate() {
        for bit in 0..9 {
            let (at, set) = (i * 9 + bit, if most_first { code >> (8 - bit) & 1 } else { code >> bit & 1 });
            out[at / 8] |= (set as u8) << if most_first { 7 - at % 8 } else { at % 8 };
        }
    }
    out
}

/// A chunk of a WebP with its pad byte.
pub(super) fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = [&name[..], &(data.len() as u32).to_le_bytes(), data].concat();
    out.resize(out.len().next_multiple_of(2), 0);
    out
}

/// A WebP of these chunks.
pub(super) fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
    let inner = chunks.concat();
    [&b"RIFF"[..], &(inner.len() as u32 + 4).to_le_bytes(), b"WEBP", &inner].concat()
}

/// VP8X of 16 by 16 pixels.
pub(super) fn canvas(flags: u8) -> Vec<u8> {
    chunk(b"VP8X", &[flags, 0, 0, 0, 15, 0, 0, 15, 0, 0])
}

/// A key frame of 16 by 16 pixels, as far as its header goes.
pub(super) fn vp8() -> Vec<u8> {
    chunk(b"VP8 ", &[0x10, 2, 0, 0x9d, 1, 0x2a, 16, 0, 16, 0, 1, 2, 3, 4, 5])
}

/// The chunks of a small clean WebP.
pub(super) fn webp_chunks() -> Vec<Vec<u8>> {
    let alpha = chunk(b"ALPH", &[0, 7, 8, 9]);
    vec![
        canvas(0x38),
        chunk(b"ICCP", &fixture::icc("sRGB", "")),
        alpha,
        vp8(),
        chunk(b"EXIF", &fixture::orientation(6)),
    ]
}

/// A frame of an animation.
pub(super) fn anmf(duration: u8, inner: &[Vec<u8>]) -> Vec<u8> {
    let head = [0, 0, 0, 0, 0, 0, 15, 0, 0, 15, 0, 0, duration, 0, 0, 2];
    chunk(b"ANMF", &[&head[..], &inner.concat()].concat())
}

/// The chunks of a small clean animation.
pub(super) fn animation() -> Vec<Vec<u8>> {
    vec![canvas(2), chunk(b"ANIM", &[1, 2, 3, 4, 5, 0]), anmf(40, &[vp8()]), anmf(60, &[vp8()])]
}

/// An image of a GIF: 2 by 2 samples with a graphic control before.
pub(super) fn frame(delay: u8, stream: &[u8]) -> Vec<u8> {
    let blocks = if stream.is_empty() { Vec::new() } else { [&[stream.len() as u8][..], stream].concat() };
    [&[0x21, 0xf9, 4, 5, delay, 0, 1, 0][..], &[0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0, 8], &blocks, &[0]].concat()
}

/// The stream of four samples.
pub(super) fn samples(four: [u64; 4]) -> Vec<u8> {
    codes(&[256, four[0], four[1], four[2], four[3], 257], false)
}

/// The parts of a small clean GIF.
pub(super) fn gif_parts() -> Vec<Vec<u8>> {
    vec![
        [&b"GIF89a"[..], &[2, 0, 2, 0, 0x80, 0, 0], &[0, 0, 0, 255, 255, 255]].concat(),
        [&b"\x21\xff\x0bNETSCAPE2.0"[..], &[3, 1, 0, 0, 0]].concat(),
        frame(10, &samples([0, 1, 1, 0])),
        frame(20, &samples([1, 0, 0, 1])),
        vec![0x3b],
    ]
}

/// A bitmap of 3 by 2 samples of four bits, with a palette of three colours.
pub(super) fn bmp() -> Vec<u8> {
    let palette = [0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0];
    let pixels = [0x01, 0x20, 0, 0, 0x21, 0x00, 0, 0];
    dib(3, 2, 4, 0, &[2835, 2835, 3, 0], &palette, &pixels)
}

/// A bitmap with a header of 40 bytes.
pub(super) fn dib(w: i32, h: i32, bits: u16, coding: u32, rest: &[u32; 4], palette: &[u8], pixels: &[u8]) -> Vec<u8> {
    let start = 54 + palette.len() as u32;
    let mut out = [&b"BM"[..], &(start + pixels.len() as u32).to_le_bytes(), &[0; 4], &start.to_le_bytes()].concat();
    out.extend([40u32.to_le_bytes(), w.to_le_bytes(), h.to_le_bytes()].concat());
    out.extend([1u16.to_le_bytes(), bits.to_le_bytes()].concat());
    out.extend([coding.to_le_bytes(), (pixels.len() as u32).to_le_bytes()].concat());
    out.extend(rest.iter().flat_map(|n| n.to_le_bytes()));
    [&out[..], palette, pixels].concat()
}
