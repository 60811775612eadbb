//! Decodes JPEG-LS frames, lossless and near-lossless.
//!
//! ISO/IEC 14495-1: Annex A (coding procedures), Annex C (marker segments). Mapping tables, restart intervals and the
//! colour transforms of one maker have no decoder here.

use super::bits::{Bits, Stuffing};
use super::marker::{Header, Segments};
use super::shape::Shape;
use crate::pixels::Unseen;

/// The orders of run lengths (A.2.1).
const J: [u32; 32] =
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// Contexts of the regular mode; two of the run mode follow.
const CONTEXTS: usize = 365;

/// What governs a scan (A.1, C.2.4.1.1).
#[derive(Debug, Clone, Copy)]
struct Parameters {
    most: i32,
    near: i32,
    thresholds: [i32; 3],
    reset: i32,
    range: i32,
    quantized_bits: u32,
    limit: u32,
}

impl Parameters {
    fn new(most: i32, near: i32, thresholds: [i32; 3], reset: i32) -> Option<Self> {
        if !(1..=65_535).contains(&most) || !(0..=255.min(most / 2)).contains(&near) || !(3..=4096).contains(&reset) {
            return None;
        }
        let defaults = defaults(most, near);
        let thresholds = [0, 1, 2].map(|i| if thresholds[i] == 0 { defaults[i] } else { thresholds[i] });
        let bits = |n: i32| 32 - ((n - 1) as u32).leading_zeros();
        let range = (most + 2 * near) / (2 * near + 1) + 1;
        let depth = bits(most + 1).max(2);
        Some(Self {
            most,
            near,
            thresholds,
            reset,
            range,
            quantized_bits: bits(range),
            limit: 2 * (depth + depth.max(8)),
        })
    }

    /// Every gradient that there can be, quantized; the one of 0 stands at `most`.
    fn levels(&self) -> Vec<i8> {
        (-self.most..=self.most).map(|d| self.quantize(d) as i8).collect()
    }

    /// A gradient, quantized (A.3.3).
    fn quantize(&self, d: i32) -> i32 {
        let [t1, t2, t3] = self.thresholds;
        let size = d.abs();
        let level = match () {
            () if size <= self.near => 0,
            () if size < t1 => 1,
            () if size < t2 => 2,
            () if size < t3 => 3,
            () => 4,
        };
        if d < 0 { -level } else { level }
    }

    /// A prediction with its error, brought back into the range (A.4.5, A.5.3).
    fn restore(&self, prediction: i32, error: i32) -> i32 {
        let step = 2 * self.near + 1;
        let mut value = prediction + error * step;
        if value < -self.near {
            value += self.range * step;
        } else if value > self.most + self.near {
            value -= self.range * step;
        }
        value.clamp(0, self.most)
    }
}

/// The thresholds where none are stated (C.2.4.1.1.1).
fn defaults(most: i32, near: i32) -> [i32; 3] {
    let clamp = |i: i32, j: i32| if i > most || i < j { j } else { i };
    let basic = [3, 7, 21];
    let spread = [3 * near, 5 * near, 7 * near];
    let wanted = if most >= 128 {
        let factor = (most.min(4095) + 128) / 256;
        [0, 1, 2].map(|i| factor * (basic[i] - 2 - i as i32) + 2 + i as i32 + spread[i])
    } else {
        let factor = 256 / (most + 1);
        [0, 1, 2].map(|i| (2 + i as i32).max(basic[i] / factor + spread[i]))
    };
    let first = clamp(wanted[0], near + 1);
    let second = clamp(wanted[1], first);
    [first, second, clamp(wanted[2], second)]
}

/// What was learnt of a context.
#[derive(Debug, Clone, Copy)]
struct Context {
    a: i32,
    b: i32,
    c: i32,
    n: i32,
}

/// A decoder of one scan.
struct Scan<'b> {
    bits: Bits<'b>,
    by: Parameters,
    /// Quantized gradients.
    levels: Vec<i8>,
    contexts: Vec<Context>,
    /// Of the run mode: how many errors were negative.
    negative: [i32; 2],
    /// Of each component: the order of its runs.
    order: [usize; 3],
}

impl<'b> Scan<'b> {
    fn new(bits: Bits<'b>, by: Parameters) -> Self {
        let a = ((by.range + 32) / 64).max(2);
        Self {
            bits,
            by,
            levels: by.levels(),
            contexts: vec![Context { a, b: 0, c: 0, n: 1 }; CONTEXTS + 2],
            negative: [0; 2],
            order: [0; 3],
        }
    }

    /// The sum of quantized gradients: 0 calls for the run mode.
    fn context(&self, [a, b, c, d]: [i32; 4]) -> i32 {
        let q = |n: i32| self.levels.get((n + self.by.most) as usize).copied().map_or(0, i32::from);
        81 * q(d - b) + 9 * q(b - c) + q(c - a)
    }

    /// A code of limited length (A.5.3).
    fn golomb(&mut self, k: u32, limit: u32) -> i32 {
        let most = limit.saturating_sub(self.by.quantized_bits + 1);
        let ahead = self.bits.peek(32);
        let zeros = ahead.leading_zeros();
        if zeros < most && zeros + 1 + k <= 32 {
            self.bits.skip(zeros + 1 + k);
            let rest = u64::from(ahead) << (zeros + 1 + k) >> 32;
            return (zeros << k | (rest as u32 & ((1 << k) - 1))) as i32;
        }
        self.long_golomb(k, most)
    }

    /// One of more than 32 bits, or one whose value stands as it is.
    fn long_golomb(&mut self, k: u32, most: u32) -> i32 {
        let mut zeros = 0;
        let coded = loop {
            let more = (self.bits.peek(16).leading_zeros() - 16).min(most - zeros);
            zeros += more;
            self.bits.skip(more);
            if zeros >= most {
                self.bits.take(1);
                break self.bits.take(self.by.quantized_bits) + 1;
            }
            if more < 16 {
                self.bits.skip(1);
                break (zeros << k) | self.bits.take(k);
            }
        };
        // No stream that is sound has more.
        coded.min(1 << 18) as i32
    }

    /// A sample in the regular mode (A.4 to A.6).
    fn regular(&mut self, sum: i32, [a, b, c, _]: [i32; 4]) -> i32 {
        let sign = if sum < 0 { -1 } else { 1 };
        let index = (sum * sign) as usize;
        let prediction = if c >= a.max(b) {
            a.min(b)
        } else if c <= a.min(b) {
            a.max(b)
        } else {
            a + b - c
        };
        let context = self.contexts[index];
        let prediction = (prediction + sign * context.c).clamp(0, self.by.most);
        let k = order(context.n, context.a);
        let coded = self.golomb(k, self.by.limit);
        let mut error = if coded & 1 == 0 { coded / 2 } else { -(coded + 1) / 2 };
        if self.by.near == 0 && k == 0 && 2 * context.b <= -context.n {
            error = -error - 1;
        }
        self.learn(index, error);
        self.by.restore(prediction, sign * error)
    }

    /// Updates a context (A.6).
    fn learn(&mut self, index: usize, error: i32) {
        let context = &mut self.contexts[index];
        context.b += error * (2 * self.by.near + 1);
        context.a += error.abs();
        if context.n == self.by.reset {
            (context.a, context.b, context.n) = (context.a >> 1, context.b >> 1, context.n >> 1);
        }
        context.n += 1;
        if context.b <= -context.n {
            context.b = (context.b + context.n).max(1 - context.n);
            context.c = (context.c - 1).max(-128);
        } else if context.b > 0 {
            context.b = (context.b - context.n).min(0);
            context.c = (context.c + 1).min(127);
        }
    }

    /// The length of a run, and whether a sample interrupts it (A.7.1).
    fn run(&mut self, component: usize, room: usize) -> (usize, bool) {
        let mut length = 0;
        while self.bits.take(1) == 1 {
            let whole = 1usize << J[self.order[component]];
            let n = whole.min(room - length);
            length += n;
            if n == whole {
                self.order[component] = (self.order[component] + 1).min(31);
            }
            if length == room || self.bits.is_exhausted() {
                return (length, false);
            }
        }
        let rest = self.bits.take(J[self.order[component]]) as usize;
        ((length + rest).min(room), length + rest < room)
    }

    /// The sample that interrupts a run (A.7.2).
    fn interruption(&mut self, component: usize, a: i32, b: i32, may_be_near: bool) -> i32 {
        let near = usize::from(may_be_near && (a - b).abs() <= self.by.near);
        let context = self.contexts[CONTEXTS + near];
        let seen = if near == 1 { context.a + (context.n >> 1) } else { context.a };
        let k = order(context.n, seen);
        let coded = self.golomb(k, self.by.limit - J[self.order[component]] - 1);
        let sum = coded + near as i32;
        let odd = sum & 1 == 1;
        let size = (sum + i32::from(odd)) / 2;
        let error = if (k != 0 || 2 * self.negative[near] >= context.n) == odd { -size } else { size };
        let context = &mut self.contexts[CONTEXTS + near];
        self.negative[near] += i32::from(error < 0);
        context.a += (coded + 1 - near as i32) >> 1;
        if context.n == self.by.reset {
            (context.a, context.n) = (context.a >> 1, context.n >> 1);
            self.negative[near] >>= 1;
        }
        context.n += 1;
        if near == 1 { self.by.restore(a, error) } else { self.by.restore(b, if b < a { -error } else { error }) }
    }

    /// One row of `N` components from `first` on, below the row above; rows begin with one sample and end with one that stand
    /// for what lies outside.
    fn row<const N: usize>(&mut self, above: &[Vec<i32>], row: &mut [Vec<i32>], first: usize) -> Option<()> {
        let above: &[Vec<i32>; N] = above.get(first..first + N)?.try_into().ok()?;
        let row: &mut [Vec<i32>; N] = row.get_mut(first..first + N)?.try_into().ok()?;
        let width = row[0].len() - 2;
        let mut x = 1;
        // What stands before, above, and above before; above behind is read as it comes.
        let mut around: [[i32; 4]; N] = std::array::from_fn(|p| [row[p][0], above[p][1], above[p][0], 0]);
        while x <= width {
            let mut sums = [0; N];
            for p in 0..N {
                around[p][3] = above[p][x + 1];
                sums[p] = self.context(around[p]);
            }
            if sums.iter().any(|sum| *sum != 0) {
                for p in 0..N {
                    let [_, b, _, d] = around[p];
                    let value = self.regular(sums[p], around[p]);
                    row[p][x] = value;
                    around[p] = [value, d, b, 0];
                }
                x += 1;
                continue;
            }
            let (length, interrupted) = self.run(first, width + 1 - x);
            for row in row.iter_mut() {
                let value = row[x - 1];
                row[x..x + length].fill(value);
            }
            x += length;
            if interrupted {
                for p in 0..N {
                    row[p][x] = self.interruption(first, row[p][x - 1], above[p][x], N == 1);
                }
                self.order[first] = self.order[first].saturating_sub(1);
                x += 1;
            }
            if self.bits.is_exhausted() {
                return None;
            }
            if x <= width {
                around = std::array::from_fn(|p| [row[p][x - 1], above[p][x], above[p][x - 1], 0]);
            }
        }
        (!self.bits.is_exhausted()).then_some(())
    }
}

/// The order of a Golomb code (A.5.1): the least by which `n` is shifted to reach `a`.
fn order(n: i32, a: i32) -> u32 {
    let k = n.leading_zeros().saturating_sub(a.leading_zeros());
    (k + u32::from(i64::from(n) << k < i64::from(a))).min(24)
}

/// Decodes a frame into samples side by side; gives their bits too.
pub(super) fn decode(stream: &[u8], shape: &Shape) -> Result<(Vec<u16>, u8), Unseen> {
    let damaged = || Unseen::damaged("a JPEG-LS frame is damaged");
    let (mut header, mut names, mut preset) = (None::<Header>, Vec::new(), None);
    let (mut out, mut done) = (Vec::new(), 0);
    let mut segments = Segments::new(stream);
    while let Some(segment) = segments.next() {
        match (segment.marker, segment.content) {
            (0xF7, content) if header.is_none() => {
                let found = Header::of(content, 0xF7, shape)?;
                if found.subsampled {
                    return Err(Unseen::no_decoder("a JPEG-LS with colours of another size than its brightness"));
                }
                names = content[6..].chunks_exact(3).map(|c| c[0]).collect();
                header = Some(found);
                out = vec![0; shape.cells()];
            }
            (0xF8, [1, rest @ ..]) if rest.len() == 10 => {
                preset = Some([0, 2, 4, 6, 8].map(|i| i32::from(u16::from_be_bytes([rest[i], rest[i + 1]]))));
            }
            (0xF8 | 0xDD, _) => return Err(Unseen::no_decoder("a JPEG-LS frame with tables or restarts")),
            (0xE8, [b'm', b'r', b'f', b'x', kind, ..]) if *kind > 0 => {
                return Err(Unseen::no_decoder("a JPEG-LS frame with its maker's own transform of colours"));
            }
            (0xDA, content) => {
                let header = header.ok_or_else(damaged)?;
                let parts = parts(content, &names).ok_or_else(damaged)?;
                let [near, mode, transform] = content[content.len() - 3..] else { return Err(damaged()) };
                let [most, t1, t2, t3, reset] = preset.unwrap_or_default();
                let most = if most == 0 { (1 << header.precision) - 1 } else { most };
                let reset = if reset == 0 { 64 } else { reset };
                let by = Parameters::new(most, i32::from(near), [t1, t2, t3], reset).ok_or_else(damaged)?;
                let mut scan = Scan::new(Bits::new(stream, segment.end, Stuffing::Bit), by);
                let plan = Plan { parts: &parts, mode, transform: transform & 15 };
                plan.decode(&mut scan, shape, &mut out).ok_or_else(damaged)?;
                done += parts.len();
                segments.skip_to(scan.bits.end());
            }
            _ => {}
        }
    }
    match header {
        Some(header) if done == usize::from(shape.samples) => Ok((out, header.precision)),
        _ => Err(damaged()),
    }
}

/// The components of a scan.
fn parts(content: &[u8], names: &[u8]) -> Option<Vec<usize>> {
    let count = usize::from(*content.first()?);
    if content.len() != 1 + 2 * count + 3 || !(1..=3).contains(&count) {
        return None;
    }
    let mut parts = content[1..1 + 2 * count].chunks_exact(2);
    let parts: Option<Vec<usize>> = parts.by_ref().map(|c| names.iter().position(|n| *n == c[0])).collect();
    parts.filter(|parts| content[1..].chunks_exact(2).take(parts.len()).all(|c| c[1] == 0))
}

/// How a scan lies.
struct Plan<'p> {
    parts: &'p [usize],
    mode: u8,
    transform: u8,
}

impl Plan<'_> {
    fn decode(&self, scan: &mut Scan<'_>, shape: &Shape, out: &mut [u16]) -> Option<()> {
        let (width, step, count) = (shape.columns as usize, usize::from(shape.samples), self.parts.len());
        let sound = matches!((self.mode, count), (0, 1) | (1 | 2, 1..=3));
        if !sound {
            return None;
        }
        let mut above = vec![vec![0i32; width + 2]; count];
        let mut row = above.clone();
        for y in 0..shape.rows as usize {
            for p in 0..count {
                row[p][0] = above[p][1];
                above[p][width + 1] = above[p][width];
            }
            match (self.mode, count) {
                (2, 2) => scan.row::<2>(&above, &mut row, 0)?,
                (2, 3) => scan.row::<3>(&above, &mut row, 0)?,
                _ => (0..count).try_for_each(|p| scan.row::<1>(&above, &mut row, p))?,
            }
            for (p, part) in self.parts.iter().enumerate() {
                for (x, value) in row[p][1..=width].iter().enumerate() {
                    out[(y * width + x) * step + part] = (*value as u16) << self.transform;
                }
            }
            std::mem::swap(&mut above, &mut row);
        }
        Some(())
    }
}
