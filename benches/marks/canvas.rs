//! What is drawn on: brightness from 0 (black as shown) to 1, grey or red, green and blue; and masks of ink.

use scrubs::pixels::{Picture, Samples};
use scrubs::place::Area;

/// A colour; grey canvases take the first.
pub(crate) type Colour = [f32; 3];

/// How brightness is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Depth {
    /// 8 to 16.
    pub(crate) bits: u8,
    /// High values are shown dark (MONOCHROME1).
    pub(crate) inverted: bool,
}

/// How much ink lies on each pixel of a rectangle, 0 to 1; it may hang over the border of the canvas.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mask {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) alpha: Vec<f32>,
}

impl Mask {
    /// A mask without ink.
    pub(crate) fn new(x: i32, y: i32, width: usize, height: usize) -> Self {
        Self { x, y, width, height, alpha: vec![0.0; width * height] }
    }

    /// A full rectangle.
    pub(crate) fn filled(x: i32, y: i32, width: usize, height: usize) -> Self {
        Self { alpha: vec![1.0; width * height], ..Self::new(x, y, width, height) }
    }

    /// The same elsewhere.
    pub(crate) fn moved(mut self, by: (i32, i32)) -> Self {
        (self.x, self.y) = (self.x + by.0, self.y + by.1);
        self
    }

    fn at(&self, x: i32, y: i32) -> f32 {
        let (x, y) = (x - self.x, y - self.y);
        let inside = x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height;
        if inside { self.alpha[y as usize * self.width + x as usize] } else { 0.0 }
    }

    /// The tight rectangle around the ink (left, top, first column and row behind it), where a canvas of this size shows
    /// it: pixels with at least a third of the most ink there is.
    pub(crate) fn bounds(&self, canvas: Option<(usize, usize)>) -> Option<(i32, i32, i32, i32)> {
        let (right, bottom) = canvas.map_or((i32::MAX, i32::MAX), |(width, height)| (width as i32, height as i32));
        let (left, top) = if canvas.is_some() { (0, 0) } else { (i32::MIN, i32::MIN) };
        let enough = self.alpha.iter().copied().fold(0.0, f32::max).max(0.01) / 3.0;
        let mut found: Option<(i32, i32, i32, i32)> = None;
        for (at, _) in self.alpha.iter().enumerate().filter(|(_, alpha)| **alpha >= enough) {
            let (x, y) = (self.x + (at % self.width) as i32, self.y + (at / self.width) as i32);
            if x < left || y < top || x >= right || y >= bottom {
                continue;
            }
            let (x0, y0, x1, y1) = found.unwrap_or((x, y, x + 1, y + 1));
            found = Some((x0.min(x), y0.min(y), x1.max(x + 1), y1.max(y + 1)));
        }
        found
    }

    /// The tight rectangle on a canvas.
    pub(crate) fn area(&self, canvas: (usize, usize)) -> Option<Area> {
        let (x0, y0, x1, y1) = self.bounds(Some(canvas))?;
        Some(Area::new(x0 as u32, y0 as u32, (x1 - x0) as u32, (y1 - y0) as u32))
    }

    /// Spread by so many pixels on every side.
    pub(crate) fn grown(&self, by: i32) -> Self {
        let mut out = Self::new(self.x - by, self.y - by, self.width + 2 * by as usize, self.height + 2 * by as usize);
        for y in 0..self.height {
            for x in (0..self.width).filter(|x| self.alpha[y * self.width + x] > 0.3) {
                for row in y..=y + 2 * by as usize {
                    out.alpha[row * out.width + x..=row * out.width + x + 2 * by as usize].fill(1.0);
                }
            }
        }
        out
    }

    /// Made smaller by a factor, each pixel the mean of those it stands for.
    pub(crate) fn shrunk(&self, factor: f32) -> Self {
        let edge = |at: i32| (at as f32 * factor).floor() as i32;
        let (x, y) = (edge(self.x), edge(self.y));
        let (right, bottom) = (edge(self.x + self.width as i32) + 1, edge(self.y + self.height as i32) + 1);
        let mut out = Self::new(x, y, (right - x) as usize, (bottom - y) as usize);
        for (at, alpha) in out.alpha.iter_mut().enumerate() {
            let (column, row) = (x + (at % out.width) as i32, y + (at / out.width) as i32);
            *alpha = mean((span(column, factor), span(row, factor)), |x, y| self.at(x, y));
        }
        out
    }
}

/// The pixels that one pixel of a smaller picture stands for.
fn span(at: i32, factor: f32) -> (i32, i32) {
    let first = (at as f32 / factor).round() as i32;
    (first, (((at + 1) as f32 / factor).round() as i32).max(first + 1))
}

fn mean(((x0, x1), (y0, y1)): ((i32, i32), (i32, i32)), value: impl Fn(i32, i32) -> f32) -> f32 {
    let sum: f32 = (y0..y1).flat_map(|y| (x0..x1).map(move |x| (x, y))).map(|(x, y)| value(x, y)).sum();
    sum / ((x1 - x0) * (y1 - y0)) as f32
}

/// A picture in the making.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Canvas {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// One plane of brightness, or three.
    pub(crate) planes: Vec<Vec<f32>>,
}

impl Canvas {
    /// A grey canvas of one brightness.
    pub(crate) fn new(width: usize, height: usize, value: f32) -> Self {
        Self { width, height, planes: vec![vec![value; width * height]] }
    }

    /// The same with three planes.
    pub(crate) fn coloured(mut self) -> Self {
        self.planes.resize(3, self.planes[0].clone());
        self
    }

    /// Width and height.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Changes each pixel of a plane that the mask has ink on; `change` gets the ink and the value.
    fn each(&mut self, mask: &Mask, change: impl Fn(usize, f32, f32) -> f32) {
        let (width, height) = (self.width as i32, self.height as i32);
        for row in 0.max(-mask.y)..(mask.height as i32).min(height - mask.y) {
            for column in 0.max(-mask.x)..(mask.width as i32).min(width - mask.x) {
                let alpha = mask.alpha[row as usize * mask.width + column as usize];
                if alpha > 0.0 {
                    let at = ((row + mask.y) * width + column + mask.x) as usize;
                    for (plane, values) in self.planes.iter_mut().enumerate() {
                        values[at] = change(plane, alpha, values[at]);
                    }
                }
            }
        }
    }

    /// Paints over what is there; an opacity of 1 hides it.
    pub(crate) fn paint(&mut self, mask: &Mask, colour: Colour, opacity: f32) {
        self.each(mask, |plane, alpha, value| value + (colour[plane] - value) * alpha * opacity);
    }

    /// Makes brighter (or darker) what is there, as what absorbs X-rays does.
    pub(crate) fn add(&mut self, mask: &Mask, amount: f32) {
        self.each(mask, |_, alpha, value| (value + alpha * amount).clamp(0.0, 1.0));
    }

    /// Mean brightness of a rectangle.
    pub(crate) fn brightness(&self, (x0, y0, x1, y1): (i32, i32, i32, i32)) -> f32 {
        let (x0, y0) = (x0.clamp(0, self.width as i32 - 1), y0.clamp(0, self.height as i32 - 1));
        let (x1, y1) = (x1.clamp(x0 + 1, self.width as i32), y1.clamp(y0 + 1, self.height as i32));
        mean(((x0, x1), (y0, y1)), |x, y| self.planes[0][y as usize * self.width + x as usize])
    }

    /// Each value changed by where it is and what it is.
    pub(crate) fn map(&mut self, mut change: impl FnMut(usize, usize, f32) -> f32) {
        let width = self.width;
        for plane in &mut self.planes {
            for (at, value) in plane.iter_mut().enumerate() {
                *value = change(at % width, at / width, *value).clamp(0.0, 1.0);
            }
        }
    }

    /// Blurred by a mean of 3 × 3.
    pub(crate) fn blurred(&mut self) {
        let (width, height) = (self.width, self.height);
        for plane in &mut self.planes {
            let across: Vec<f32> = (0..plane.len())
                .map(|at| {
                    let x = at % width;
                    (plane[at - usize::from(x > 0)] + plane[at] + plane[at + usize::from(x + 1 < width)]) / 3.0
                })
                .collect();
            for (at, value) in plane.iter_mut().enumerate() {
                let (above, below) =
                    (at - if at >= width { width } else { 0 }, at + if at / width + 1 < height { width } else { 0 });
                *value = (across[above] + across[at] + across[below]) / 3.0;
            }
        }
    }

    /// Made smaller by a factor.
    pub(crate) fn shrunk(&self, factor: f32) -> Self {
        let side = |side: usize| ((side as f32 * factor) as usize).max(1);
        let (width, height) = (side(self.width), side(self.height));
        let limit = |(from, to): (i32, i32), side: usize| (from.min(side as i32 - 1), to.min(side as i32));
        let planes = self.planes.iter().map(|plane| {
            let value = |at: usize| {
                let columns = limit(span((at % width) as i32, factor), self.width);
                let rows = limit(span((at / width) as i32, factor), self.height);
                mean((columns, rows), |x, y| plane[y as usize * self.width + x as usize])
            };
            (0..width * height).map(value).collect()
        });
        Self { width, height, planes: planes.collect() }
    }

    /// Samples of 8 bits, channels side by side.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.samples(255.0).map(|value| value as u8).collect()
    }

    /// Values of 0 to `most`, channels side by side.
    fn samples(&self, most: f32) -> impl Iterator<Item = f32> + '_ {
        let value = move |at: usize| self.planes.iter().map(move |plane| (plane[at].clamp(0.0, 1.0) * most).round());
        (0..self.width * self.height).flat_map(value)
    }

    /// What a decoder would hand out of it.
    pub(crate) fn picture(&self, depth: Depth) -> Option<Picture> {
        let most = ((1_u32 << depth.bits) - 1) as f32;
        let stored = self.samples(most).map(|value| if depth.inverted { most - value } else { value });
        let samples = match depth.bits {
            ..=8 => Samples::U8(stored.map(|value| value as u8).collect()),
            _ => Samples::U16(stored.map(|value| value as u16).collect()),
        };
        let picture =
            Picture::new(self.width as u32, self.height as u32, self.planes.len() as u8, depth.bits, samples)?;
        Some(picture.inverted(depth.inverted))
    }
}
