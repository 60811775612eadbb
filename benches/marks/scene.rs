//! A picture while it is drawn: its ground, what was written where, and how it is stored in the end.

mod clutter;
mod kind;
mod plain;
mod rare;

pub(crate) use kind::{KINDS, Kind, case};

use crate::canvas::{Canvas, Colour, Depth, Mask};
use crate::case::{self, Case, Truth};
use crate::font::{self, Face};
use crate::pen::{self, Pen};
use crate::rng::Rng;
use crate::texture::{self, Part};

/// What ink does to the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Ink {
    /// It hides it.
    Over(Colour),
    /// It makes it brighter or darker by so much, whatever it is.
    Add(f32),
    /// A light and a dark edge, nothing between.
    Embossed(f32),
}

/// What lies under the ink.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Under {
    Nothing,
    /// A rim around each letter.
    Halo(Colour),
    /// A box of a brightness and an opacity.
    Filled(Colour, f32),
}

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) face: Face,
    pub(crate) pen: Pen,
    pub(crate) ink: Ink,
    pub(crate) under: Under,
}

/// White, at the top of the stored range.
pub(crate) const WHITE: Colour = [1.0; 3];
/// Black.
pub(crate) const BLACK: Colour = [0.0; 3];

/// Left, top, first column and row behind, in pixels.
type Room = (i32, i32, i32, i32);

/// Where a block of lines goes: which part of the free width and height lies to its left and above it.
pub(crate) type Spot = (f32, f32);

/// A picture in the making.
pub(crate) struct Scene {
    pub(crate) rng: Rng,
    pub(crate) canvas: Canvas,
    pub(crate) depth: Depth,
    /// Turn of everything that is written, in degrees.
    pub(crate) tilt: f32,
    /// The part of the stored range that the ground takes; writing of the console stands at its very end.
    span: f32,
    written: Vec<(case::Kind, Mask)>,
    taken: Vec<Room>,
    /// Whether ink is left out, to see what ink changed.
    bare: bool,
}

impl Scene {
    /// A ground to write on, its sides between `least` and `most` pixels.
    pub(crate) fn new(mut rng: Rng, (least, most): (i32, i32), bare: bool) -> Self {
        let most = if rng.chance(0.05) { most * 2 } else { most };
        let (width, height) = (rng.whole(least, most) as usize, rng.whole(least, most) as usize);
        let part = rng.pick(Part::ALL);
        let mut canvas = texture::ground(&mut rng, width, height, part);
        let bits = rng.pick(&[8, 8, 8, 8, 8, 12, 12, 12, 16, 16]);
        let depth = Depth { bits, inverted: rng.chance(0.2) };
        let span = if bits > 8 { rng.range(0.35, 1.0) } else { 1.0 };
        canvas.map(|_, _, value| value * span);
        Self { rng, canvas, depth, tilt: 0.0, span, written: Vec::new(), taken: Vec::new(), bare }
    }

    /// The shorter side in pixels.
    pub(crate) fn side(&self) -> f32 {
        self.canvas.width.min(self.canvas.height) as f32
    }

    /// A height of capitals as they come on radiographs, in pixels.
    pub(crate) fn height(&mut self) -> f32 {
        let part = self.rng.range(0.012, 0.032);
        (self.canvas.height as f32 * part).clamp(8.0, 48.0)
    }

    /// White sans letters of a common height.
    pub(crate) fn sans(&mut self) -> Style {
        let height = self.height();
        let width = (height * self.rng.range(0.09, 0.17)).max(1.0);
        Style { face: Face::Sans, pen: Pen::new(height, width), ink: Ink::Over(WHITE), under: Under::Nothing }
    }

    /// A spot in a corner or along an edge.
    pub(crate) fn spot(&mut self) -> Spot {
        let corner = (self.rng.pick(&[0.0, 1.0]), self.rng.pick(&[0.0, 1.0]));
        match self.rng.whole(0, 5) {
            0 => (self.rng.unit(), corner.1),
            1 => (corner.0, self.rng.unit()),
            _ => corner,
        }
    }

    /// Writes lines below one another near a spot, where nothing is yet; whether there was room.
    pub(crate) fn block(&mut self, lines: &[(case::Kind, String)], style: Style, spot: Spot) -> bool {
        let inset = (
            self.side() * self.rng.pick(&[0.004, 0.01, 0.02, 0.04]),
            self.side() * self.rng.pick(&[0.004, 0.01, 0.02, 0.04]),
        );
        self.block_at(lines, style, spot, inset)
    }

    /// The same so many pixels from the edge.
    pub(crate) fn block_at(
        &mut self,
        lines: &[(case::Kind, String)],
        mut style: Style,
        spot: Spot,
        inset: (f32, f32),
    ) -> bool {
        for _ in 0..6 {
            let masks = self.lines(lines, style, spot.0 > 0.5);
            let Some(room) = around(masks.iter().map(|(_, mask)| mask)) else { return false };
            let (width, height) = (room.2 - room.0, room.3 - room.1);
            let free = |side: usize, used: i32, inset: f32| side as f32 - used as f32 - 2.0 * inset;
            let (x, y) = (free(self.canvas.width, width, inset.0), free(self.canvas.height, height, inset.1));
            if x < 0.0 || y < 0.0 {
                style.pen.height *= 0.75;
                style.pen.width *= 0.8;
                continue;
            }
            let (x, y) = ((inset.0 + x * spot.0) as i32, (inset.1 + y * spot.1) as i32);
            let by = (x - room.0, y - room.1);
            return self.put((x, y, x + width, y + height), masks, by, style);
        }
        false
    }

    fn lines(&mut self, lines: &[(case::Kind, String)], style: Style, right: bool) -> Vec<(case::Kind, Mask)> {
        let mut pen = style.pen;
        pen.angle += self.tilt;
        let leading = if style.face == Face::Hand { 2.0 } else { self.rng.range(1.5, 1.9) };
        let mut masks = Vec::new();
        for (at, (kind, text)) in lines.iter().enumerate() {
            let mut strokes = font::line(style.face, text, &mut self.rng);
            let width = strokes.iter().flat_map(|stroke| &stroke.points).fold(0.0, |w, point| f32::max(w, point.0));
            let shift = (if right { -width } else { 0.0 }, at as f32 * leading);
            let points = strokes.iter_mut().flat_map(|stroke| &mut stroke.points);
            points.for_each(|point| *point = (point.0 + shift.0, point.1 + shift.1));
            masks.push((*kind, pen.draw(&strokes)));
        }
        masks
    }

    /// The same style where it would be lost: white ink on bright ground turns black, ink that adds takes away.
    fn seen(&self, room: Room, mut style: Style) -> Style {
        let bright = self.canvas.brightness(room) / self.span;
        style.ink = match style.ink {
            Ink::Over(colour) if colour == WHITE && style.under == Under::Nothing && bright > 0.68 => Ink::Over(BLACK),
            Ink::Add(amount) if bright + amount > 0.98 => Ink::Add(-amount.min(bright * 0.9)),
            other => other,
        };
        style
    }

    /// Draws masks where there is room; whether there was.
    pub(crate) fn put(&mut self, room: Room, masks: Vec<(case::Kind, Mask)>, by: (i32, i32), style: Style) -> bool {
        let gap = 6 + style.pen.height as i32;
        let meets = |other: &Room| {
            room.0 < other.2 + gap && other.0 < room.2 + gap && room.1 < other.3 + gap && other.1 < room.3 + gap
        };
        if self.taken.iter().any(meets) {
            return false;
        }
        self.taken.push(room);
        let style = self.seen(room, style);
        if let Under::Filled(colour, opacity) = style.under {
            let pad = (style.pen.height * 0.35).max(2.0) as i32;
            let side = |low: i32, high: i32| (high - low + 2 * pad) as usize;
            let backing = Mask::filled(room.0 - pad, room.1 - pad, side(room.0, room.2), side(room.1, room.3));
            self.draw(&backing, Ink::Over(colour), opacity);
        }
        for (kind, mask) in masks {
            self.ink(kind, mask.moved(by), style);
        }
        true
    }

    /// Draws one mask of ink where it is and takes it down as written.
    pub(crate) fn ink(&mut self, kind: case::Kind, mask: Mask, style: Style) {
        if let Under::Halo(colour) = style.under {
            let rim = (style.pen.height * 0.08).max(1.0).round() as i32;
            self.draw(&mask.grown(rim), Ink::Over(colour), 0.85);
        }
        self.draw(&mask, style.ink, 1.0);
        self.written.push((kind, mask));
    }

    /// Draws a mask that is no writing, or a scale.
    pub(crate) fn draw(&mut self, mask: &Mask, ink: Ink, opacity: f32) {
        if self.bare {
            return;
        }
        match ink {
            Ink::Over(colour) => self.canvas.paint(mask, colour, opacity),
            Ink::Add(amount) => self.canvas.add(mask, amount * opacity * self.span),
            Ink::Embossed(amount) => {
                let amount = amount * self.span;
                self.canvas.add(&mask.clone().moved((-1, -1)), amount);
                self.canvas.add(&mask.clone().moved((1, 1)), -amount);
            }
        }
    }

    /// Takes down what was drawn without ink of a style: a ruler.
    pub(crate) fn note(&mut self, kind: case::Kind, mask: Mask) {
        if let Some(room) = mask.bounds(None) {
            self.taken.push(room);
        }
        self.written.push((kind, mask));
    }

    /// A side marker: a letter of lead or of the console, plain, in a ring or in a box; whether there was room.
    pub(crate) fn marker(&mut self) -> bool {
        let height = (self.side() * self.rng.range(0.025, 0.06)).clamp(12.0, 90.0);
        let text = self.rng.pick(&["L", "R", "L", "R", "L", "R", "D", "I", "S", "DX", "SN"]);
        let mut pen = Pen::new(height, (height * self.rng.range(0.12, 0.2)).max(1.2));
        pen.angle = self.tilt;
        let lead = self.rng.chance(0.5);
        if lead {
            (pen.soft, pen.angle) = (self.rng.range(1.2, 3.0), self.rng.range(-18.0, 18.0));
        }
        // An I without bars is no letter that anybody would recognise.
        let face = if text == "I" { Face::Serif } else { Face::Sans };
        let mut strokes = font::line(face, text, &mut self.rng);
        let width = strokes.iter().flat_map(|stroke| &stroke.points).fold(0.0, |w, point| f32::max(w, point.0));
        match self.rng.whole(0, 5) {
            0 => strokes
                .push(font::Stroke { weight: 0.7, ..pen::ring((width / 2.0, 0.5), width.hypot(1.0) / 2.0 + 0.4) }),
            1 => {
                let (l, t, r, b) = (-0.4, -0.4, width + 0.4, 1.4);
                let points = vec![(l, t), (r, t), (r, b), (l, b), (l, t)];
                strokes.push(font::Stroke { points, weight: 0.7 });
            }
            _ => {}
        }
        let mask = pen.draw(&strokes);
        let ink = if lead { Ink::Add(self.rng.range(0.4, 0.7)) } else { Ink::Over(WHITE) };
        let style = Style { face: Face::Sans, pen, ink, under: Under::Nothing };
        (0..8).any(|_| {
            let Some(room) = mask.bounds(None) else { return false };
            let spot = (self.rng.pick(&[0.0, 1.0]), self.rng.unit());
            let inset = self.side() * self.rng.range(0.02, 0.12);
            let free = |side: usize, used: i32| (side as f32 - used as f32 - 2.0 * inset).max(0.0);
            let (x, y) =
                (free(self.canvas.width, room.2 - room.0) * spot.0, free(self.canvas.height, room.3 - room.1) * spot.1);
            let (x, y) = ((inset + x) as i32, (inset + y) as i32);
            let to = (x, y, x + room.2 - room.0, y + room.3 - room.1);
            self.put(to, vec![(case::Kind::Marker, mask.clone())], (x - room.0, y - room.1), style)
        })
    }

    /// Makes the whole picture and all that is written in it smaller.
    pub(crate) fn shrink(&mut self, factor: f32) {
        self.canvas = self.canvas.shrunk(factor);
        self.written.iter_mut().for_each(|(_, mask)| *mask = mask.shrunk(factor));
    }

    /// The finished picture and its truth; pieces of which less than two rows or columns are to be seen are no writing.
    pub(crate) fn finish(self, name: String, group: &str) -> Option<Case> {
        let depth = if self.canvas.planes.len() == 3 { Depth { bits: 8, inverted: false } } else { self.depth };
        let size = self.canvas.size();
        let truth = self.written.iter().filter_map(|(kind, mask)| Some(Truth { kind: *kind, area: mask.area(size)? }));
        let truth = truth.filter(|truth| truth.area.width.min(truth.area.height) >= 2).collect();
        Some(Case { name, group: group.to_owned(), picture: self.canvas.picture(depth)?, truth })
    }
}

fn around<'a>(masks: impl Iterator<Item = &'a Mask>) -> Option<Room> {
    masks.filter_map(|mask| mask.bounds(None)).reduce(|a, b| (a.0.min(b.0), a.1.min(b.1), a.2.max(b.2), a.3.max(b.3)))
}
