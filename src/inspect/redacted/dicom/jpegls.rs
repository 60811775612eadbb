//! The witness's own reading of JPEG-LS frames, to hold covered ones against: written from the standard alone.
//!
//! ISO/IEC 14495-1 (ITU-T T.87) Annexes A and C. What is rare is not read: then the object is not cleared.

use super::object::Shape;

/// Bits ahead, the next one highest: a zero bit is stuffed behind a byte of ones.
struct Reader<'s> {
    stream: &'s [u8],
    at: usize,
    ahead: u64,
    left: u32,
    ones: bool,
}

impl<'s> Reader<'s> {
    fn new(stream: &'s [u8], at: usize) -> Self {
        Self { stream, at, ahead: 0, left: 0, ones: false }
    }

    /// Reads on until `bits` (at most 56) are ahead; none where the coded samples end before.
    fn need(&mut self, bits: u32) -> Option<()> {
        while self.left < bits {
            let byte = *self.stream.get(self.at)?;
            let width = 8 - u32::from(self.ones);
            if self.ones && byte >= 0x80 {
                return None;
            }
            self.ones = byte == 0xff;
            self.at += 1;
            self.ahead |= u64::from(byte) << (64 - width - self.left);
            self.left += width;
        }
        Some(())
    }

    fn number(&mut self, bits: u32) -> Option<i64> {
        if bits == 0 {
            return Some(0);
        }
        self.need(bits)?;
        let number = self.ahead >> (64 - bits);
        self.ahead <<= bits;
        self.left -= bits;
        Some(number as i64)
    }

    fn bit(&mut self) -> Option<i64> {
        self.number(1)
    }

    /// How many zeros stand before the next one, which is read too.
    fn zeros(&mut self, most: u32) -> Option<u32> {
        let mut zeros = 0;
        while self.ahead == 0 {
            zeros += self.left;
            self.left = 0;
            if zeros > most {
                return None;
            }
            self.need(1)?;
        }
        let more = self.ahead.leading_zeros();
        self.ahead = self.ahead << more << 1;
        self.left -= more + 1;
        (zeros + more <= most).then_some(zeros + more)
    }
}

/// A frame: its bits, and the names of its components.
struct Header {
    bits: u8,
    names: Vec<u8>,
}

/// Statistics of a context: A, B, C, N of A.2.1; for runs, Nn stands in B.
type Context = [i64; 4];

struct Coder<'s> {
    reader: Reader<'s>,
    most: i64,
    near: i64,
    steps: [i64; 3],
    reset: i64,
    range: i64,
    width: u32,
    limit: u32,
    contexts: [Context; 367],
    runs: [usize; 3],
}

/// log2, rounded up.
fn log(n: i64) -> u32 {
    (0..).find(|bits| 1i64 << bits >= n).unwrap_or(0)
}

/// By how many bits `n` is to be shifted to reach `sum`.
fn shift(mut n: i64, sum: i64) -> Option<u32> {
    let mut k = 0;
    while n < sum {
        (n, k) = (n << 1, k + 1);
    }
    (k < 32).then_some(k)
}

/// The bits that follow a run of each order.
fn run_bits(order: usize) -> u32 {
    (if order < 16 {
        order / 4
    } else if order < 24 {
        order / 2 - 4
    } else {
        order - 16
    }) as u32
}

/// Decodes a frame into samples side by side.
pub(super) fn decode(stream: &[u8], shape: &Shape) -> Option<Vec<u16>> {
    let mut at = 2;
    let (mut header, mut preset, mut out) = (None, [0i64; 5], vec![0u16; shape.cells()]);
    let mut read = 0;
    while read < shape.samples {
        let (marker, length) = (stream.get(at..at + 2)?, stream.get(at + 2..at + 4)?);
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let content = stream.get(at + 4..at + 2 + length)?;
        at += 2 + length;
        match (marker, content) {
            ([0xff, 0xf7], &[bits @ 2..=16, y0, y1, x0, x1, count, ref rest @ ..]) => {
                let size = [u16::from_be_bytes([x0, x1]), u16::from_be_bytes([y0, y1])].map(u32::from);
                let plain = rest.chunks_exact(3).all(|c| c[1] == 0x11);
                if size != [shape.columns, shape.rows] || count != shape.samples || !plain {
                    return None;
                }
                header = Some(Header { bits, names: rest.chunks_exact(3).map(|c| c[0]).collect() });
            }
            ([0xff, 0xf8], [1, rest @ ..]) => {
                for (value, pair) in preset.iter_mut().zip(rest.chunks_exact(2)) {
                    *value = i64::from(u16::from_be_bytes([pair[0], pair[1]]));
                }
            }
            ([0xff, 0xda], [count, rest @ ..]) if rest.len() == 2 * usize::from(*count) + 3 => {
                let header = header.as_ref()?;
                let (parts, tail) = rest.split_at(2 * usize::from(*count));
                let place = |c: &[u8]| header.names.iter().position(|n| *n == c[0]);
                let parts: Vec<usize> = parts.chunks_exact(2).map(place).collect::<Option<_>>()?;
                if parts.is_empty() || parts.len() > 3 || tail[2] != 0 {
                    return None;
                }
                let mut coder = Coder::new(Reader::new(stream, at), header.bits, tail[0], preset)?;
                coder.scan(&parts, tail[1], shape, &mut out)?;
                read += *count;
                at = coder.reader.at;
                // The rest of the last byte of ones is stuffing.
                at += stream.get(at..)?.windows(2).position(|w| w[0] == 0xff && w[1] >= 0x80).unwrap_or(0);
            }
            ([0xff, 0xe0..=0xef | 0xfe], content) if !content.starts_with(b"mrfx") => {}
            _ => return None,
        }
    }
    Some(out)
}

impl<'s> Coder<'s> {
    fn new(reader: Reader<'s>, bits: u8, near: u8, preset: [i64; 5]) -> Option<Self> {
        let or = |value: i64, otherwise: i64| if value == 0 { otherwise } else { value };
        let (most, near) = (or(preset[0], (1 << bits) - 1), i64::from(near));
        if near > most / 2 {
            return None;
        }
        let range = (most + 2 * near) / (2 * near + 1) + 1;
        let depth = log(most + 1).max(2);
        let mut steps = [0; 3];
        let mut least = near + 1;
        for (i, step) in steps.iter_mut().enumerate() {
            let i = i as i64;
            let basic = [3, 7, 21][i as usize];
            let usual = if most >= 128 {
                (most.min(4095) + 128) / 256 * (basic - 2 - i) + 2 + i + (3 + 2 * i) * near
            } else {
                (2 + i).max(basic / (256 / (most + 1)) + (3 + 2 * i) * near)
            };
            least = if usual < least || usual > most { least } else { usual };
            *step = or(preset[1 + i as usize], least);
        }
        let start = [((range + 32) / 64).max(2), 0, 0, 1];
        Some(Self {
            reader,
            most,
            near,
            steps,
            reset: or(preset[4], 64),
            range,
            width: log(range),
            limit: 2 * (depth + depth.max(8)),
            contexts: [start; 367],
            runs: [0; 3],
        })
    }

    fn scan(&mut self, parts: &[usize], mode: u8, shape: &Shape, out: &mut [u16]) -> Option<()> {
        let (width, step) = (shape.columns as usize, usize::from(shape.samples));
        // Each row with a sample on either side.
        let mut last = vec![vec![0i64; width + 2]; parts.len()];
        for y in 0..shape.rows as usize {
            let mut row: Vec<Vec<i64>> = last.iter().map(|above| vec![above[1]; width + 2]).collect();
            last.iter_mut().for_each(|above| above[width + 1] = above[width]);
            match mode {
                2 if parts.len() > 1 => self.row(&last, &mut row, 0..parts.len())?,
                _ => (0..parts.len()).try_for_each(|part| self.row(&last, &mut row, part..part + 1))?,
            }
            for (part, values) in parts.iter().zip(&row) {
                values[1..=width].iter().enumerate().for_each(|(x, v)| out[(y * width + x) * step + part] = *v as u16);
            }
            last = row;
        }
        Some(())
    }

    fn row(&mut self, above: &[Vec<i64>], row: &mut [Vec<i64>], parts: std::ops::Range<usize>) -> Option<()> {
        let (width, own) = (row[0].len() - 2, parts.start);
        let mut x = 1;
        while x <= width {
            let sums: Vec<i64> = parts
                .clone()
                .map(|p| {
                    let (a, b, c, d) = (row[p][x - 1], above[p][x], above[p][x - 1], above[p][x + 1]);
                    [d - b, b - c, c - a].into_iter().fold(0, |sum, g| 9 * sum + self.step(g))
                })
                .collect();
            if sums.iter().any(|sum| *sum != 0) {
                for (p, sum) in parts.clone().zip(sums) {
                    row[p][x] = self.sample(sum, row[p][x - 1], above[p][x], above[p][x - 1])?;
                }
                x += 1;
                continue;
            }
            let start = x;
            let mut broken = false;
            while x <= width && !broken {
                let whole = 1usize << run_bits(self.runs[own]);
                let length = if self.reader.bit()? == 1 {
                    self.runs[own] += usize::from(whole <= width + 1 - x && self.runs[own] < 31);
                    whole
                } else {
                    broken = true;
                    self.reader.number(run_bits(self.runs[own]))? as usize
                };
                x = (x + length).min(width + 1);
            }
            for p in parts.clone() {
                let value = row[p][start - 1];
                row[p][start..x].fill(value);
            }
            if broken && x <= width {
                for p in parts.clone() {
                    let alone = parts.len() == 1;
                    row[p][x] = self.end_of_run(row[p][x - 1], above[p][x], alone, own)?;
                }
                self.runs[own] = self.runs[own].saturating_sub(1);
                x += 1;
            }
        }
        Some(())
    }

    fn step(&self, gradient: i64) -> i64 {
        let size = gradient.abs();
        let [first, second, third] = self.steps.map(|step| i64::from(size >= step));
        let level = if size <= self.near { 0 } else { 1 + first + second + third };
        level * gradient.signum()
    }

    /// A number in a code of limited length.
    fn coded(&mut self, k: u32, limit: u32) -> Option<i64> {
        let most = limit.checked_sub(self.width + 1)?;
        let zeros = self.reader.zeros(most)?;
        if zeros == most {
            Some(self.reader.number(self.width)? + 1)
        } else {
            Some(i64::from(zeros) << k | self.reader.number(k)?)
        }
    }

    fn whole(&self, value: i64) -> i64 {
        let round = self.range * (2 * self.near + 1);
        let value = match value {
            v if v < -self.near => v + round,
            v if v > self.most + self.near => v - round,
            v => v,
        };
        value.clamp(0, self.most)
    }

    fn sample(&mut self, sum: i64, a: i64, b: i64, c: i64) -> Option<i64> {
        let (sign, index) = (sum.signum() | i64::from(sum == 0), sum.unsigned_abs() as usize);
        let [sum_a, bias, correction, n] = self.contexts[index];
        // The middle one of three.
        let guess = (a + b - c).clamp(a.min(b), a.max(b));
        let guess = (guess + sign * correction).clamp(0, self.most);
        let k = shift(n, sum_a)?;
        let code = self.coded(k, self.limit)?;
        let turned = self.near == 0 && k == 0 && 2 * bias <= -n;
        let plain = if code & 1 == 1 { -(code >> 1) - 1 } else { code >> 1 };
        let error = if turned { -plain - 1 } else { plain };
        let scaled = error * (2 * self.near + 1);
        let mut context = [sum_a + error.abs(), bias + scaled, correction, n];
        if n == self.reset {
            context = [context[0] >> 1, context[1] >> 1, correction, n >> 1];
        }
        context[3] += 1;
        if context[1] <= -context[3] {
            context[2] = (correction - 1).max(-128);
            context[1] = (context[1] + context[3]).max(1 - context[3]);
        } else if context[1] > 0 {
            context[2] = (correction + 1).min(127);
            context[1] = (context[1] - context[3]).min(0);
        }
        self.contexts[index] = context;
        Some(self.whole(guess + sign * scaled))
    }

    fn end_of_run(&mut self, a: i64, b: i64, alone: bool, own: usize) -> Option<i64> {
        let like = i64::from(alone && (a - b).abs() <= self.near);
        let [sum, negative, _, n] = self.contexts[365 + like as usize];
        let k = shift(n, sum + like * (n >> 1))?;
        let code = self.coded(k, self.limit - run_bits(self.runs[own]) - 1)?;
        let mapped = code + like;
        let minus = (mapped & 1 == 1) == (k != 0 || 2 * negative >= n);
        let error = if minus { -((mapped + 1) >> 1) } else { (mapped + 1) >> 1 };
        let mut context = [sum + ((code + 1 - like) >> 1), negative + i64::from(error < 0), 0, n];
        if n == self.reset {
            context = [context[0] >> 1, context[1] >> 1, 0, n >> 1];
        }
        context[3] += 1;
        self.contexts[365 + like as usize] = context;
        let scaled = error * (2 * self.near + 1);
        Some(self.whole(if like == 1 { a + scaled } else { b + scaled * if b < a { -1 } else { 1 } }))
    }
}
