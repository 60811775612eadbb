//! JPEG pictures of every sampling and coding, written from coefficients with code tables that any decoder takes.
//!
//! ITU-T T.81. All codes have one of two lengths, so nothing here is like the codec that is tested.

/// A picture to be written.
#[derive(Clone, Debug)]
pub struct Sketch {
    pub width: u16,
    pub height: u16,
    /// Sampling factors of each component.
    pub factors: Vec<(u8, u8)>,
    pub progressive: bool,
    /// MCUs between restart markers; 0 for none.
    pub restart: u16,
    /// Whether each component has a scan of its own.
    pub alone: bool,
    /// Quantisation in 16 bits.
    pub wide_tables: bool,
    /// Coefficients of each block of a grey picture in zigzag order, instead of waves and specks; its scans are those that
    /// most programs write.
    pub values: Option<Vec<[i32; 64]>>,
    /// Segments behind SOI.
    pub segments: Vec<u8>,
}

/// Bits, with zeros stuffed behind bytes of ones.
#[derive(Default)]
struct Bits {
    out: Vec<u8>,
    byte: u8,
    count: u8,
}

impl Bits {
    fn put(&mut self, value: u32, bits: u32) {
        for bit in (0..bits).rev() {
            self.byte = self.byte << 1 | (value >> bit & 1) as u8;
            self.count += 1;
            if self.count == 8 {
                self.out.push(self.byte);
                if self.byte == 0xFF {
                    self.out.push(0);
                }
                (self.byte, self.count) = (0, 0);
            }
        }
    }

    fn pad(&mut self) {
        while self.count > 0 {
            self.put(1, 1);
        }
    }

    /// Symbols below 128 have codes of 8 bits, the others of 9: `1` and eight bits.
    fn symbol(&mut self, symbol: u8) {
        match symbol {
            0..128 => self.put(u32::from(symbol), 8),
            _ => self.put(0x100 + u32::from(symbol - 128), 9),
        }
    }

    fn value(&mut self, zeros: u8, value: i32) {
        let bits = 32 - value.unsigned_abs().leading_zeros();
        self.symbol(zeros << 4 | bits as u8);
        self.put((if value < 0 { value - 1 } else { value }) as u32, bits);
    }
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    [&[0xFF, marker], &(data.len() as u16 + 2).to_be_bytes()[..], data].concat()
}

/// Which coefficients a scan tells: first, last, and the bit position (told before, told now).
type Band = (usize, usize, u32, u32);

impl Sketch {
    pub fn new(width: u16, height: u16, factors: &[(u8, u8)]) -> Self {
        let factors = factors.to_vec();
        let (segments, restart) = (Vec::new(), 0);
        let (progressive, alone, wide_tables, values) = (false, false, false, None);
        Self { width, height, factors, progressive, restart, alone, wide_tables, values, segments }
    }

    fn most(&self) -> (usize, usize) {
        let most = |factor: fn(&(u8, u8)) -> u8| usize::from(self.factors.iter().map(factor).max().unwrap_or(1));
        (most(|f| f.0), most(|f| f.1))
    }

    /// Blocks of a component: across and down as far as the picture goes, and across in whole MCUs.
    fn blocks(&self, component: usize) -> (usize, usize, usize) {
        let (most, (h, v)) = (self.most(), self.factors[component]);
        let (width, height) = (usize::from(self.width), usize::from(self.height));
        let across = (width * usize::from(h)).div_ceil(most.0 * 8);
        let down = (height * usize::from(v)).div_ceil(most.1 * 8);
        (across, down, width.div_ceil(most.0 * 8) * usize::from(h))
    }

    /// A coefficient: one that is given, or waves and specks that are the same each time.
    fn coefficient(&self, component: usize, x: usize, y: usize, k: usize) -> i32 {
        if let Some(values) = &self.values {
            return values[y * self.blocks(component).2 + x][k];
        }
        let seed = (component * 31 + x * 7 + y * 13 + k * 17).wrapping_mul(2_654_435_761) >> 7;
        match k {
            0 => ((x * 9 + y * 5) % 60) as i32 * 2 - 60 + (seed % 9) as i32,
            _ if seed.is_multiple_of(k + 1) => (seed / 64 % 9) as i32 - 4,
            _ => 0,
        }
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = [&[0xFF, 0xD8][..], &self.segments].concat();
        let table: Vec<u8> = if self.wide_tables { [0, 7].repeat(64) } else { vec![7; 64] };
        out.extend(segment(0xDB, &[&[u8::from(self.wide_tables) << 4][..], &table].concat()));
        let mut frame = vec![8];
        frame.extend([self.height.to_be_bytes(), self.width.to_be_bytes()].concat());
        frame.push(self.factors.len() as u8);
        frame.extend((1..).zip(&self.factors).flat_map(|(id, (h, v))| [id, h << 4 | v, 0]));
        let marker = match (self.progressive, self.wide_tables) {
            (true, _) => 0xC2,
            (false, true) => 0xC1,
            (false, false) => 0xC0,
        };
        out.extend(segment(marker, &frame));
        // Differences have no more than sixteen categories.
        for (class, counts, symbols) in [(0, [16, 0], 0..=15), (0x10, [128, 128], 0..=255)] {
            let counts = [&[0; 7][..], &counts, &[0; 7]].concat();
            out.extend(segment(0xC4, &[&[class][..], &counts, &symbols.collect::<Vec<u8>>()].concat()));
        }
        if self.restart > 0 {
            out.extend(segment(0xDD, &self.restart.to_be_bytes()));
        }
        let all: Vec<usize> = (0..self.factors.len()).collect();
        let script: &[Band] = match self.progressive {
            false => &[(0, 63, 0, 0)],
            true if self.values.is_some() => {
                &[(0, 0, 0, 1), (1, 5, 0, 2), (6, 63, 0, 2), (1, 63, 2, 1), (0, 0, 1, 0), (1, 63, 1, 0)]
            }
            true => &[(0, 0, 0, 1), (1, 5, 0, 1), (6, 63, 0, 1), (1, 63, 1, 0), (0, 0, 1, 0)],
        };
        for band in script {
            let single = self.alone || band.0 > 0;
            for members in all.chunks(if single { 1 } else { all.len() }) {
                self.scan(&mut out, members, *band);
            }
        }
        out.extend([0xFF, 0xD9]);
        out
    }

    fn scan(&self, out: &mut Vec<u8>, members: &[usize], band: Band) {
        let mut head = vec![members.len() as u8];
        head.extend(members.iter().flat_map(|member| [*member as u8 + 1, 0]));
        head.extend([band.0 as u8, band.1 as u8, (band.2 << 4 | band.3) as u8]);
        out.extend(segment(0xDA, &head));
        let (most, alone) = (self.most(), members.len() == 1);
        let (across, down) = match alone {
            true => (self.blocks(members[0]).0, self.blocks(members[0]).1),
            false => (usize::from(self.width).div_ceil(most.0 * 8), usize::from(self.height).div_ceil(most.1 * 8)),
        };
        let (mut bits, mut last) = (Bits::default(), [0; 4]);
        for mcu in 0..across * down {
            if self.restart > 0 && mcu > 0 && mcu % usize::from(self.restart) == 0 {
                bits.pad();
                bits.out.extend([0xFF, 0xD0 + ((mcu / usize::from(self.restart) - 1) % 8) as u8]);
                last = [0; 4];
            }
            for member in members {
                let (h, v) = match alone {
                    true => (1, 1),
                    false => (usize::from(self.factors[*member].0), usize::from(self.factors[*member].1)),
                };
                for block in 0..h * v {
                    let (x, y) = (mcu % across * h + block % h, mcu / across * v + block / h);
                    self.block(&mut bits, &mut last[*member], *member, (x, y), band);
                }
            }
        }
        bits.pad();
        out.extend(bits.out);
    }

    fn block(&self, bits: &mut Bits, last: &mut i32, component: usize, at: (usize, usize), band: Band) {
        let (first, end, before, low) = band;
        let value = |k| self.coefficient(component, at.0, at.1, k);
        if first == 0 && before > 0 {
            return bits.put((value(0) >> low) as u32 & 1, 1);
        }
        if first == 0 {
            bits.value(0, (value(0) >> low) - *last);
            *last = value(0) >> low;
        }
        if end == 0 {
            return;
        }
        // Refinement: bits of values already told stand behind the code that skips them.
        let (mut zeros, mut held) = (0, Vec::new());
        let fresh = |k: usize| value(k).abs() >> low == 1 || before == 0 && value(k).abs() >> low > 0;
        let final_fresh = (first.max(1)..=end).rev().find(|k| fresh(*k)).unwrap_or(0);
        for k in first.max(1)..=end {
            let size = value(k).abs() >> low;
            if size > 0 && !fresh(k) {
                held.push(size & 1);
            } else if size == 0 {
                zeros += 1;
                if zeros == 16 && k < final_fresh {
                    bits.symbol(0xF0);
                    held.drain(..).for_each(|bit| bits.put(bit as u32, 1));
                    zeros = 0;
                }
            } else if before == 0 {
                bits.value(zeros, value(k).signum() * size);
                zeros = 0;
            } else {
                bits.symbol(zeros << 4 | 1);
                bits.put(u32::from(value(k) > 0), 1);
                held.drain(..).for_each(|bit| bits.put(bit as u32, 1));
                zeros = 0;
            }
            if k == end && (zeros > 0 || !held.is_empty()) {
                bits.symbol(0);
                held.drain(..).for_each(|bit| bits.put(bit as u32, 1));
            }
        }
    }
}
