//! Made pictures of every kind of stored samples: each sample is a number of its own, so that a wrong one is seen.
#![allow(dead_code, unreachable_pub, reason = "each test takes what it needs")]

use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;

/// A sample that differs from its neighbours in most places, in so many bits.
pub fn sample(x: u32, y: u32, channel: u32, bits: u32) -> u64 {
    let mixed = u64::from(x * 7 + y * 13 + channel * 29 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    if bits == 64 { mixed } else { mixed >> 20 & ((1 << bits) - 1) }
}

pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// Rows of packed samples.
pub fn rows(places: &[Vec<(u32, u32)>], channels: u32, bits: u32, little: bool, filter: Option<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    for row in places {
        out.extend(filter);
        let (mut held, mut have) = (0_u64, 0);
        for (x, y) in row {
            for channel in 0..channels {
                let value = sample(*x, *y, channel, bits);
                if bits.is_multiple_of(8) {
                    let bytes = value.to_be_bytes();
                    let mut bytes = bytes[8 - bits as usize / 8..].to_vec();
                    if little {
                        bytes.reverse();
                    }
                    out.extend(bytes);
                    continue;
                }
                held = held << bits | value;
                have += bits;
                while have >= 8 {
                    out.push((held >> (have - 8)) as u8);
                    have -= 8;
                }
                held &= (1 << have) - 1;
            }
        }
        if have > 0 {
            out.push((held << (8 - have)) as u8);
        }
    }
    out
}

fn grid(left: u32, top: u32, width: u32, height: u32) -> Vec<Vec<(u32, u32)>> {
    (top..top + height).map(|y| (left..left + width).map(|x| (x, y)).collect()).collect()
}

pub fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind[..], data].concat();
    [&(data.len() as u32).to_be_bytes()[..], &body, &crc32fast::hash(&body).to_be_bytes()].concat()
}

/// The data of a PNG picture of this kind.
pub fn png_data(width: u32, height: u32, depth: u8, colour: u8, interlaced: bool) -> Vec<u8> {
    let channels = [1, 0, 3, 1, 2, 0, 4][usize::from(colour)];
    const PASSES: [(u32, u32, usize, usize); 7] =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    let all = grid(0, 0, width, height);
    let bits = u32::from(depth);
    let plain = match interlaced {
        false => rows(&all, channels, bits, false, Some(0)),
        true => PASSES
            .iter()
            .flat_map(|(left, top, across, down)| {
                let picked = all.iter().skip(*top as usize).step_by(*down);
                let picked = picked.map(|row| row.iter().skip(*left as usize).step_by(*across).copied().collect());
                let picked: Vec<Vec<_>> = picked.filter(|row: &Vec<_>| !row.is_empty()).collect();
                rows(&picked, channels, bits, false, Some(0))
            })
            .collect(),
    };
    zlib(&plain)
}

pub fn png_head(width: u32, height: u32, depth: u8, colour: u8, interlaced: bool) -> Vec<u8> {
    let sizes = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let head = chunk(b"IHDR", &[&sizes[..], &[depth, colour, 0, 0, u8::from(interlaced)]].concat());
    let mut file = [b"\x89PNG\r\n\x1a\n", &head[..]].concat();
    if colour == 3 {
        let palette: Vec<u8> = (0..3 << depth).map(|n: u32| (n * 37 % 251) as u8).collect();
        file.extend(chunk(b"PLTE", &palette));
    }
    file
}

pub fn png(width: u32, height: u32, depth: u8, colour: u8, interlaced: bool) -> Vec<u8> {
    let data = png_data(width, height, depth, colour, interlaced);
    [&png_head(width, height, depth, colour, interlaced)[..], &chunk(b"IDAT", &data), &chunk(b"IEND", &[])].concat()
}

/// A row of a picture with every filter there is, as the png crate chooses them.
pub fn png_filtered(width: u32, height: u32, filter: png::Filter) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_filter(filter);
    let mut writer = encoder.write_header().expect("memory");
    let bytes: Vec<u8> = (0..width * height * 3).map(|n| (n * n / 7 % 256) as u8).collect();
    writer.write_image_data(&bytes).expect("memory");
    writer.finish().expect("memory");
    file
}

/// An animation of three frames of 8 bits of this colour type; the second is a part, the picture itself the first or none.
pub fn apng(colour: u8, leads: bool) -> Vec<u8> {
    let mut file = png_head(24, 18, 8, colour, false);
    let control = |number: u32, (width, height, x, y): (u32, u32, u32, u32), disposal: u8| {
        let numbers: Vec<u8> = [number, width, height, x, y].iter().flat_map(|n| n.to_be_bytes()).collect();
        chunk(b"fcTL", &[&numbers[..], &[0, 1, 0, 10, disposal, 1]].concat())
    };
    file.extend(chunk(b"acTL", &[0, 0, 0, 3, 0, 0, 0, 0]));
    let mut number = 0_u32;
    if leads {
        file.extend(control(number, (24, 18, 0, 0), 0));
        number += 1;
    }
    file.extend(chunk(b"IDAT", &png_data(24, 18, 8, colour, false)));
    let parts = [(12, 9, 3, 4), (24, 18, 0, 0), (7, 5, 10, 8)];
    for (part, disposal) in parts.into_iter().zip([1, 2, 0]).skip(usize::from(leads)) {
        file.extend(control(number, part, disposal));
        let data = png_data(part.0, part.1, 8, colour, false);
        let (one, two) = data.split_at(data.len() / 2);
        for (n, half) in [one, two].into_iter().enumerate() {
            file.extend(chunk(b"fdAT", &[&(number + 1 + n as u32).to_be_bytes()[..], half].concat()));
        }
        number += 3;
    }
    file.extend(chunk(b"IEND", &[]));
    file
}

/// A GIF of three frames, the second a part of the canvas with colours of its own.
pub fn gif(interlaced: bool, transparent: bool, disposal: gif::DisposalMethod) -> Vec<u8> {
    let palette: Vec<u8> = (0..48).map(|n: u32| (n * 61 % 253) as u8).collect();
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, 30, 20, &palette).expect("memory");
    for (n, (left, top, width, height)) in [(0, 0, 30, 20), (5, 4, 12, 13), (0, 0, 30, 20)].into_iter().enumerate() {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| sample(x, y, n as u32, 4) as u8)).collect();
        encoder
            .write_frame(&gif::Frame {
                left: left as u16,
                top: top as u16,
                width: width as u16,
                height: height as u16,
                delay: 10,
                dispose: disposal,
                transparent: (transparent && n > 0).then_some(3),
                interlaced,
                palette: (n == 1).then(|| palette.iter().rev().copied().collect()),
                buffer: std::borrow::Cow::Owned(pixels),
                ..gif::Frame::default()
            })
            .expect("memory");
    }
    drop(encoder);
    file
}

/// A BMP; `masks` where pixels of 16 or 32 bits are of odd widths.
pub fn bmp(width: u32, height: i32, depth: u16, masks: Option<[u32; 3]>) -> Vec<u8> {
    let stride = (width * u32::from(depth)).div_ceil(32) * 4;
    let high = height.unsigned_abs();
    let mut samples = Vec::new();
    for row in grid(0, 0, width, high) {
        let channels = u32::from(depth).div_ceil(8).max(1);
        let mut bytes = rows(&[row], if depth < 8 { 1 } else { channels }, u32::from(depth.min(8)), true, None);
        bytes.resize(stride as usize, 0);
        samples.extend(bytes);
    }
    let palette: Vec<u8> = if depth <= 8 {
        (0..1_u32 << depth).flat_map(|n| [n as u8, (n * 3) as u8, 255 - n as u8, 0]).collect()
    } else {
        vec![]
    };
    let masks: Vec<u8> = masks.into_iter().flatten().flat_map(u32::to_le_bytes).collect();
    bmp_of(width, height, depth, if masks.is_empty() { 0 } else { 3 }, &[masks, palette].concat(), &samples)
}

fn bmp_of(width: u32, height: i32, depth: u16, coding: u32, tables: &[u8], samples: &[u8]) -> Vec<u8> {
    let offset = 54 + tables.len() as u32;
    let mut file = b"BM".to_vec();
    file.extend((offset + samples.len() as u32).to_le_bytes());
    file.extend([0; 4]);
    file.extend(offset.to_le_bytes());
    file.extend(40_u32.to_le_bytes());
    file.extend(width.to_le_bytes());
    file.extend(height.to_le_bytes());
    file.extend([1, 0]);
    file.extend(depth.to_le_bytes());
    file.extend(coding.to_le_bytes());
    file.extend((samples.len() as u32).to_le_bytes());
    file.extend([0; 16]);
    file.extend(tables);
    file.extend(samples);
    file
}

/// A BMP of run lengths: runs, literals and ends of rows.
pub fn bmp_runs(depth: u16) -> Vec<u8> {
    let mut runs = Vec::new();
    for y in 0..12_u8 {
        runs.extend([10, y * 17]);
        runs.extend([0, 4]);
        runs.extend(if depth == 8 { vec![1, y, 3, y] } else { vec![0x12, y] });
        runs.extend([6, 0x21, 0, 0]);
    }
    runs.extend([0, 1]);
    let palette: Vec<u8> = (0..1_u32 << depth).flat_map(|n| [n as u8, 9, (n * 5) as u8, 0]).collect();
    bmp_of(20, 12, depth, if depth == 8 { 1 } else { 2 }, &palette, &runs)
}

/// What a TIFF page is like.
#[derive(Debug, Clone, Copy)]
pub struct Tiff {
    pub little: bool,
    pub big: bool,
    pub bits: u32,
    pub channels: u32,
    pub photometric: u64,
    pub compression: u64,
    pub predictor: u64,
    pub planar: bool,
    /// Width and height of tiles; none for strips of seven rows.
    pub tile: Option<(u32, u32)>,
    pub extra: Option<u64>,
    pub format: u64,
    pub reversed: bool,
    pub pages: usize,
}

impl Default for Tiff {
    fn default() -> Self {
        Self {
            little: true,
            big: false,
            bits: 8,
            channels: 1,
            photometric: 1,
            compression: 1,
            predictor: 1,
            planar: false,
            tile: None,
            extra: None,
            format: 1,
            reversed: false,
            pages: 1,
        }
    }
}

impl Tiff {
    pub const WIDTH: u32 = 37;
    pub const HEIGHT: u32 = 30;

    fn number(&self, value: u64, size: usize) -> Vec<u8> {
        match self.little {
            true => value.to_le_bytes()[..size].to_vec(),
            false => value.to_be_bytes()[8 - size..].to_vec(),
        }
    }

    fn unit(&self, mut bytes: Vec<u8>, width: u32) -> Vec<u8> {
        let channels = if self.planar { 1 } else { self.channels };
        let (size, row) = (self.bits as usize / 8, (width * channels * self.bits).div_ceil(8) as usize);
        if self.predictor == 2 {
            for row in bytes.chunks_exact_mut(row) {
                let read = |bytes: &[u8]| -> u64 {
                    let fold = |n: u64, b: &u8| n << 8 | u64::from(*b);
                    if self.little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) }
                };
                let values: Vec<u64> = row.chunks_exact(size).map(read).collect();
                for n in (channels as usize..values.len()).rev() {
                    let difference = values[n].wrapping_sub(values[n - channels as usize]);
                    row[n * size..(n + 1) * size].copy_from_slice(&self.number(difference, size));
                }
            }
        }
        let mut coded = match self.compression {
            5 => weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8).encode(&bytes).expect("bytes"),
            8 | 32_946 => zlib(&bytes),
            32_773 => bytes
                .chunks(row)
                .flat_map(|row| row.chunks(100).flat_map(|part| [&[part.len() as u8 - 1], part].concat()))
                .collect(),
            _ => bytes,
        };
        if self.reversed {
            coded.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        }
        coded
    }

    fn units(&self, page: u32) -> Vec<Vec<u8>> {
        let planes = if self.planar { self.channels } else { 1 };
        let (width, height) = self.tile.unwrap_or((Self::WIDTH, 7));
        let mut units = Vec::new();
        for plane in 0..planes {
            for top in (0..Self::HEIGHT).step_by(height as usize) {
                for left in (0..Self::WIDTH).step_by(width as usize) {
                    let high = if self.tile.is_some() { height } else { height.min(Self::HEIGHT - top) };
                    let places = grid(left + plane * 1_000 + page * 50, top, width, high);
                    let channels = if self.planar { 1 } else { self.channels };
                    units.push(self.unit(rows(&places, channels, self.bits, self.little, None), width));
                }
            }
        }
        units
    }

    pub fn file(&self) -> Vec<u8> {
        let wide = if self.big { 8 } else { 4 };
        let mut file = if self.little { b"II".to_vec() } else { b"MM".to_vec() };
        file.extend(self.number(if self.big { 43 } else { 42 }, 2));
        if self.big {
            file.extend([self.number(8, 2), vec![0, 0]].concat());
        }
        let mut link = file.len();
        file.extend(vec![0; wide]);
        for page in 0..self.pages {
            let units = self.units(page as u32);
            let (mut starts, mut lengths) = (Vec::new(), Vec::new());
            for unit in &units {
                starts.push(file.len() as u64);
                lengths.push(unit.len() as u64);
                file.extend(unit);
                file.resize(file.len().next_multiple_of(2), 0);
            }
            let of = |tag: u64| match (self.tile, tag) {
                (Some(_), 273) => 324,
                (Some(_), _) => 325,
                _ => tag,
            };
            let mut entries: Vec<(u64, u64, Vec<u64>)> = vec![
                (256, 4, vec![u64::from(Self::WIDTH)]),
                (257, 4, vec![u64::from(Self::HEIGHT)]),
                (258, 3, vec![u64::from(self.bits); self.channels as usize]),
                (259, 3, vec![self.compression]),
                (262, 3, vec![self.photometric]),
                (277, 3, vec![u64::from(self.channels)]),
                (284, 3, vec![if self.planar { 2 } else { 1 }]),
                (339, 3, vec![self.format; self.channels as usize]),
                (of(273), 4, starts),
                (of(279), 4, lengths),
            ];
            match self.tile {
                Some((w, h)) => entries.extend([(322, 4, vec![u64::from(w)]), (323, 4, vec![u64::from(h)])]),
                None => entries.push((278, 4, vec![7])),
            }
            if self.predictor != 1 {
                entries.push((317, 3, vec![self.predictor]));
            }
            if self.reversed {
                entries.push((266, 3, vec![2]));
            }
            let beyond = self.channels as usize - if self.photometric == 2 { 3 } else { 1 };
            entries.extend(self.extra.map(|extra| (338, 3, vec![extra; beyond])));
            if self.photometric == 3 {
                entries.push((320, 3, (0..3_u64 << self.bits).map(|n| n * 7_919 % 65_536).collect()));
            }
            entries.sort();
            let mut fields = Vec::new();
            for (tag, kind, values) in &entries {
                let size = if *kind == 3 { 2 } else { 4 };
                let mut value: Vec<u8> = values.iter().flat_map(|v| self.number(*v, size)).collect();
                if value.len() > wide {
                    let at = file.len() as u64;
                    file.extend(value);
                    file.resize(file.len().next_multiple_of(2), 0);
                    value = self.number(at, wide);
                }
                value.resize(wide, 0);
                fields.extend(
                    [self.number(*tag, 2), self.number(*kind, 2), self.number(values.len() as u64, wide)].concat(),
                );
                fields.extend(value);
            }
            let at = self.number(file.len() as u64, wide);
            file[link..link + wide].copy_from_slice(&at);
            file.extend(self.number(entries.len() as u64, if self.big { 8 } else { 2 }));
            file.extend(fields);
            link = file.len();
            file.extend(vec![0; wide]);
        }
        file
    }
}
