//! Planes of 8 bits that writing is looked for in: windows of the stored grey values, and how coloured a pixel is.

use super::rule;
use crate::pixels::{Picture, Samples};

/// Samples of 8 bits, row by row.
#[derive(Clone)]
pub(super) struct Plane {
    /// Width in pixels, at least 1.
    pub(super) w: usize,
    /// Height in pixels, at least 1.
    pub(super) h: usize,
    /// The samples.
    pub(super) px: Vec<u8>,
}

impl Plane {
    /// One row.
    pub(super) fn row(&self, y: usize) -> &[u8] {
        self.px.get(y * self.w..(y + 1) * self.w).unwrap_or_default()
    }

    /// The sample nearest to a place, which may lie outside.
    pub(super) fn near(&self, x: isize, y: isize) -> u8 {
        let x = x.clamp(0, self.w as isize - 1) as usize;
        let y = y.clamp(0, self.h as isize - 1) as usize;
        self.px.get(y * self.w + x).copied().unwrap_or_default()
    }

    /// Light for dark.
    pub(super) fn inverted(&self) -> Plane {
        Plane { w: self.w, h: self.h, px: self.px.iter().map(|v| 255 - v).collect() }
    }

    /// Each sample the mean of its neighbours, weighted 1, 2, 1 along and across: letters of two pixels' stroke stay, noise
    /// falls to [`rule::SMOOTHED_NOISE`].
    pub(super) fn smoothed(&self) -> Plane {
        let w = self.w;
        let across = |row: &[u8], into: &mut [u16]| {
            for (x, sum) in into.iter_mut().enumerate() {
                let sides = u16::from(row[x.saturating_sub(1)]) + u16::from(row[(x + 1).min(w - 1)]);
                *sum = sides + 2 * u16::from(row[x]);
            }
        };
        let mut sums = [vec![0u16; w], vec![0u16; w], vec![0u16; w]];
        across(self.row(0), &mut sums[0]);
        sums[1] = sums[0].clone();
        let mut px = Vec::with_capacity(w * self.h);
        for y in 0..self.h {
            let [above, here, below] = [y, y + 1, y + 2].map(|row| row % 3);
            let next = self.row((y + 1).min(self.h - 1));
            across(next, &mut sums[below]);
            let columns = sums[above].iter().zip(&sums[here]).zip(&sums[below]);
            px.extend(columns.map(|((a, b), c)| ((a + 2 * b + c + 8) / 16) as u8));
        }
        Plane { w, h: self.h, px }
    }

    /// Half the size, each sample the mean of four; an odd last row or column is left out unless it is the only one.
    pub(super) fn halved(&self) -> Plane {
        let (w, h) = ((self.w / 2).max(1), (self.h / 2).max(1));
        let mut px = Vec::with_capacity(w * h);
        for y in 0..h {
            let (upper, lower) = (self.row((2 * y).min(self.h - 1)), self.row((2 * y + 1).min(self.h - 1)));
            if self.w == 1 {
                px.push(upper[0].midpoint(lower[0]));
                continue;
            }
            let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
            px.extend(
                pairs.map(|(a, b)| {
                    ((u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]) + 2) / 4) as u8
                }),
            );
        }
        Plane { w, h, px }
    }
}

/// The planes of a picture, each at most [`rule::MOST_PIXELS`] large. Whether high values are shown light or dark does not
/// matter: writing is looked for in both polarities.
pub(super) fn planes(picture: &Picture) -> Vec<Plane> {
    let size = Size::of(picture);
    match picture.samples() {
        Samples::U8(samples) => of(samples, &size, picture),
        Samples::U16(samples) => of(samples, &size, picture),
    }
}

/// Size of the planes, and where each of their columns and rows begins in the picture.
struct Size {
    w: usize,
    h: usize,
    columns: Vec<usize>,
    rows: Vec<usize>,
}

impl Size {
    fn of(picture: &Picture) -> Self {
        let (w, h) = (picture.width() as usize, picture.height() as usize);
        let shrink = (rule::MOST_PIXELS / (w as f64 * h as f64)).sqrt().min(1.0);
        let side = |n: usize| ((n as f64 * shrink) as usize).clamp(1, n);
        let starts = |n: usize, of: usize| (0..=n).map(|i| i * of / n).collect();
        Size { w: side(w), h: side(h), columns: starts(side(w), w), rows: starts(side(h), h) }
    }
}

fn luminance<T: Copy + Into<u32>>(pixel: &[T]) -> u32 {
    match pixel {
        [r, g, b] => (2 * (*r).into() + 5 * (*g).into() + (*b).into()) / 8,
        [grey, ..] => (*grey).into(),
        [] => 0,
    }
}

fn chroma<T: Copy + Into<u32>>(pixel: &[T]) -> u32 {
    let (least, most) = pixel.iter().fold((u32::MAX, 0), |(a, b), v| (a.min((*v).into()), b.max((*v).into())));
    most.saturating_sub(least)
}

fn of<T: Copy + Into<u32>>(samples: &[T], size: &Size, picture: &Picture) -> Vec<Plane> {
    let channels = usize::from(picture.channels());
    let counts = counts(samples.chunks_exact(channels).map(luminance));
    let mut tables: Vec<Vec<u8>> = windows(&counts).into_iter().map(|(low, high)| table(low, high)).collect();
    for display in picture.displays() {
        if shows_more(display, &tables, &counts) {
            tables.push(display.to_vec());
        }
    }
    let mut planes: Vec<Plane> =
        tables.iter().map(|table| resampled(samples, picture, size, table, luminance)).collect();
    if channels == 3 && coloured(samples, picture.bits()) {
        let full = (1u32 << picture.bits()) - 1;
        planes.push(resampled(samples, picture, size, &table(0, full), chroma));
        if differs_in_hue(samples, picture) {
            let hues: [fn([u32; 3], u32) -> u32; 2] = [red, blue];
            planes.extend(
                hues.map(|hue| resampled(samples, picture, size, &table(0, full), |pixel| hue(rgb(pixel), full))),
            );
        }
    }
    planes
}

/// How many pixels have each value.
fn counts(values: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut counts = vec![0u32; 1 << 16];
    for value in values {
        if let Some(count) = counts.get_mut(value as usize) {
            *count += 1;
        }
    }
    counts
}

/// The windows that show something of their own: the percentiles of the picture, its whole range where that is far
/// wider (writing at the extremes), its inner range where that is far narrower (a lead letter beside bright writing).
fn windows(counts: &[u32]) -> Vec<(u32, u32)> {
    let total: u64 = counts.iter().map(|n| u64::from(*n)).sum();
    let value_at = |share: f64| {
        let wanted = (total as f64 * share) as u64;
        let mut seen = 0;
        counts
            .iter()
            .position(|n| {
                seen += u64::from(*n);
                seen > wanted
            })
            .unwrap_or_default() as u32
    };
    let last = counts.iter().rposition(|n| *n > 0).unwrap_or_default() as u32;
    let whole = (value_at(0.0), last);
    let outer = (value_at(rule::WINDOW_TAIL), value_at(1.0 - rule::WINDOW_TAIL));
    let inner = (value_at(rule::INNER_LOW), value_at(rule::INNER_HIGH));
    let span = |(low, high): (u32, u32)| f64::from(high - low.min(high));
    let mut windows = vec![outer];
    if span(whole) > rule::WIDER * span(outer) {
        windows.push(whole);
    }
    if span(inner) > 0.0 && span(inner) < rule::NARROWER * span(outer) {
        windows.push(inner);
    }
    windows
}

/// Whether two values that stand in a picture lie so much further apart in a window or table that its file states than in all
/// others that writing might be seen there alone.
fn shows_more(display: &[u8], others: &[Vec<u8>], counts: &[u32]) -> bool {
    let used: Vec<usize> = counts.iter().enumerate().filter(|(_, n)| **n > 0).map(|(value, _)| value).collect();
    let at = |table: &[u8], value: usize| table.get(value).or(table.last()).copied().unwrap_or(0);
    // The lowest value that the others show no further apart from each.
    let mut from = 0;
    used.iter().enumerate().any(|(index, value)| {
        while others.iter().any(|table| at(table, *value).abs_diff(at(table, used[from])) >= rule::APART) {
            from += 1;
        }
        let lower = [used[from], used[index.saturating_sub(1).max(from)]];
        lower.iter().any(|lower| at(display, *value).abs_diff(at(display, *lower)) >= rule::APART * rule::FURTHER)
    })
}

fn table(low: u32, high: u32) -> Vec<u8> {
    let span = high.saturating_sub(low).max(1);
    (0..1u32 << 16).map(|v| (u64::from(v.clamp(low, high.max(low)) - low) * 255 / u64::from(span)) as u8).collect()
}

fn coloured<T: Copy + Into<u32>>(samples: &[T], bits: u8) -> bool {
    let least = (u64::from(rule::COLOURED) << bits >> 8) as u32;
    let coloured = samples.chunks_exact(3).filter(|pixel| chroma(pixel) > least).count();
    coloured as f64 > rule::COLOURED_SHARE * (samples.len() / 3) as f64
}

fn rgb<T: Copy + Into<u32>>(pixel: &[T]) -> [u32; 3] {
    if let [r, g, b] = pixel { [(*r).into(), (*g).into(), (*b).into()] } else { [0; 3] }
}

/// How much redder than green a pixel is, from 0 to `full`.
fn red([r, g, _]: [u32; 3], full: u32) -> u32 {
    (full + r - g) / 2
}

/// How much bluer than yellow a pixel is, from 0 to `full`.
fn blue([r, g, b]: [u32; 3], full: u32) -> u32 {
    (2 * full + 2 * b - r - g) / 4
}

/// Whether even colours stand side by side that are as light and as strong as each other and differ in hue alone, as letters
/// of a console on a coloured ground may.
fn differs_in_hue<T: Copy + Into<u32>>(samples: &[T], picture: &Picture) -> bool {
    let (row, bits) = (picture.width() as usize * 3, picture.bits());
    let (full, near) = ((1u32 << bits) - 1, (u32::from(rule::APART) << bits >> 8).max(1));
    let far = near * rule::HUES_APART;
    let alike = |a: &[T], b: &[T]| rgb(a).iter().zip(rgb(b)).all(|(a, b)| a.abs_diff(b) < near / 2);
    let steps = samples.chunks_exact(row).flat_map(|row| row.windows(12).step_by(3)).filter(|four| {
        let [first, left, right, last] = [0, 3, 6, 9].map(|at| &four[at..at + 3]);
        let [a, b] = [rgb(left), rgb(right)];
        luminance(left).abs_diff(luminance(right)) < near
            && chroma(left).abs_diff(chroma(right)) < near
            && (red(a, full).abs_diff(red(b, full)) >= far || blue(a, full).abs_diff(blue(b, full)) >= far)
            && alike(first, left)
            && alike(right, last)
    });
    steps.take(rule::HUE_STEPS).count() == rule::HUE_STEPS
}

fn resampled<T: Copy>(
    samples: &[T],
    picture: &Picture,
    size: &Size,
    table: &[u8],
    value: impl Fn(&[T]) -> u32,
) -> Plane {
    let channels = usize::from(picture.channels());
    let look = |pixel: &[T]| table.get(value(pixel) as usize).copied().unwrap_or(255);
    let width = picture.width() as usize;
    let (w, h) = (size.w, size.h);
    if samples.len() == w * h * channels {
        return Plane { w, h, px: samples.chunks_exact(channels).map(look).collect() };
    }
    let mut px = Vec::with_capacity(w * h);
    for rows in size.rows.windows(2) {
        for columns in size.columns.windows(2) {
            let (mut sum, mut n) = (0u32, 0u32);
            for y in rows[0]..rows[1] {
                let part = &samples[(y * width + columns[0]) * channels..(y * width + columns[1]) * channels];
                for pixel in part.chunks_exact(channels) {
                    (sum, n) = (sum + u32::from(look(pixel)), n + 1);
                }
            }
            px.push((sum / n.max(1)) as u8);
        }
    }
    Plane { w, h, px }
}
