//! Grounds that look like radiographs: soft tissue, bones with cortex and trabeculae, lungs, the edges of collimation, noise.

use crate::canvas::{Canvas, Mask};
use crate::font::{Point, Stroke};
use crate::pen::Pen;
use crate::rng::Rng;

/// What the ground shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Chest,
    Limb,
    Hand,
    Belly,
    Skull,
}

impl Part {
    /// Every part.
    pub(crate) const ALL: &'static [Part] = &[Part::Chest, Part::Limb, Part::Hand, Part::Belly, Part::Skull];
}

/// A ground without anything written on it.
pub(crate) fn ground(rng: &mut Rng, width: usize, height: usize, part: Part) -> Canvas {
    let air = rng.range(0.02, 0.12);
    let mut canvas = Canvas::new(width, height, air);
    let (w, h) = (width as f32, height as f32);
    match part {
        Part::Chest => chest(&mut canvas, rng, w, h),
        Part::Limb => limb(&mut canvas, rng, w, h),
        Part::Hand => hand(&mut canvas, rng, w, h),
        Part::Belly => belly(&mut canvas, rng, w, h),
        Part::Skull => skull(&mut canvas, rng, w, h),
    }
    for (cell, amount) in [(0.25, 0.05), (0.06, 0.03), (0.015, 0.012)] {
        clouds(&mut canvas, rng, (w.min(h) * cell).max(2.0), amount);
    }
    if rng.chance(0.45) {
        collimate(&mut canvas, rng, 0.02);
    }
    let noise = rng.range(0.003, 0.022);
    canvas.map(|_, _, value| (value + rng.normal() * noise).clamp(0.0, 0.94));
    canvas
}

/// Soft light and dark, each cloud about `cell` pixels wide.
pub(crate) fn clouds(canvas: &mut Canvas, rng: &mut Rng, cell: f32, amount: f32) {
    let (columns, rows) = ((canvas.width as f32 / cell) as usize + 2, (canvas.height as f32 / cell) as usize + 2);
    let knots: Vec<f32> = (0..columns * rows).map(|_| rng.range(-amount, amount)).collect();
    canvas.map(|x, y, value| {
        let (fx, fy) = (x as f32 / cell, y as f32 / cell);
        let (column, row) = (fx as usize, fy as usize);
        let (tx, ty) = (ease(fx - column as f32), ease(fy - row as f32));
        let knot = |dx: usize, dy: usize| knots[(row + dy) * columns + column + dx];
        let above = knot(0, 0) + (knot(1, 0) - knot(0, 0)) * tx;
        let below = knot(0, 1) + (knot(1, 1) - knot(0, 1)) * tx;
        value + above + (below - above) * ty
    });
}

fn ease(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}

fn wide(points: &[Point], width: f32, soft: f32) -> Mask {
    Pen::pixels(width, soft).draw(&[Stroke::new(curved(points))])
}

/// Corners cut at a quarter, three times over.
fn curved(points: &[Point]) -> Vec<Point> {
    let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) else { return Vec::new() };
    let between = |a: Point, b: Point, t: f32| (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
    (0..if points.len() > 2 { 3 } else { 0 }).fold(points.to_vec(), |way, _| {
        let cut = way.windows(2).flat_map(|pair| [between(pair[0], pair[1], 0.25), between(pair[0], pair[1], 0.75)]);
        [first].into_iter().chain(cut).chain([last]).collect()
    })
}

/// Two dark lungs between bright soft tissue, ribs, the spine and the heart.
fn chest(canvas: &mut Canvas, rng: &mut Rng, w: f32, h: f32) {
    canvas.add(
        &wide(&[(w * 0.5, h * 0.1), (w * 0.5, h * 1.1)], w * rng.range(0.75, 1.1), w * 0.25),
        rng.range(0.35, 0.5),
    );
    for side in [-1.0, 1.0] {
        let x = w * (0.5 + side * 0.2);
        canvas.add(&wide(&[(x, h * 0.27), (x + side * w * 0.04, h * 0.65)], w * 0.24, w * 0.08), -rng.range(0.2, 0.35));
        for rib in 0..rng.whole(6, 9) {
            let y = h * (0.15 + 0.08 * rib as f32);
            let way = [(w * 0.5, y), (w * (0.5 + side * 0.18), y - h * 0.02), (w * (0.5 + side * 0.34), y + h * 0.1)];
            canvas.add(&wide(&way, h * 0.022, h * 0.008), rng.range(0.04, 0.1));
        }
    }
    bone(canvas, rng, &[(w * 0.5, -10.0), (w * 0.5, h * 1.05)], w * 0.07, 0.16);
    canvas.add(&wide(&[(w * 0.53, h * 0.5), (w * 0.6, h * 0.66)], w * 0.2, w * 0.06), rng.range(0.15, 0.3));
}

/// A long bone or two in the soft tissue of a limb.
fn limb(canvas: &mut Canvas, rng: &mut Rng, w: f32, h: f32) {
    let (top, foot) = (w * rng.range(0.4, 0.6), w * rng.range(0.4, 0.6));
    canvas.add(&wide(&[(top, -h * 0.2), (foot, h * 1.2)], w * rng.range(0.4, 0.62), w * 0.06), rng.range(0.2, 0.32));
    for at in 0..rng.whole(1, 2) {
        let shift = w * (0.12 * at as f32 - 0.04);
        let joint = h * rng.range(0.4, 0.6);
        let (above, below) = (
            [(top + shift, -h * 0.1), (top + shift, joint)],
            [(foot + shift, joint + h * 0.02), (foot + shift, h * 1.1)],
        );
        let thick = w * rng.range(0.06, 0.11);
        bone(canvas, rng, &above, thick, 0.3);
        bone(canvas, rng, &below, thick, 0.3);
        canvas.add(
            &wide(&[(top + shift - thick * 0.5, joint), (top + shift + thick * 0.5, joint)], thick, thick * 0.2),
            0.14,
        );
    }
}

/// Five rays of small bones.
fn hand(canvas: &mut Canvas, rng: &mut Rng, w: f32, h: f32) {
    canvas.add(&wide(&[(w * 0.5, h * 0.62), (w * 0.5, h * 1.05)], w * 0.5, w * 0.04), 0.2);
    for ray in 0..5 {
        let lean = (ray as f32 - 2.0) * w * rng.range(0.1, 0.13);
        let at = |t: f32| (w * 0.5 + lean * t, h * (0.8 - 0.65 * t));
        canvas.add(&wide(&[at(0.2), at(1.02)], w * 0.085, w * 0.02), 0.16);
        for (from, to) in [(0.05, 0.42), (0.46, 0.66), (0.7, 0.82), (0.86, 0.96)] {
            bone(canvas, rng, &[at(from), at(to)], w * 0.035, 0.25);
        }
    }
}

/// Bright soft tissue with gas and the spine.
fn belly(canvas: &mut Canvas, rng: &mut Rng, w: f32, h: f32) {
    canvas.add(
        &wide(&[(w * 0.5, -h * 0.1), (w * 0.5, h * 1.1)], w * rng.range(0.8, 1.2), w * 0.2),
        rng.range(0.35, 0.55),
    );
    for _ in 0..rng.whole(6, 14) {
        let at = (w * rng.range(0.15, 0.85), h * rng.range(0.15, 0.85));
        let to = (at.0 + w * rng.range(-0.1, 0.1), at.1 + h * rng.range(-0.06, 0.06));
        canvas.add(&wide(&[at, to], w * rng.range(0.03, 0.08), w * 0.02), -rng.range(0.05, 0.2));
    }
    bone(canvas, rng, &[(w * 0.5, -10.0), (w * 0.5, h * 1.05)], w * 0.09, 0.18);
}

/// A bright shell, sutures, teeth.
fn skull(canvas: &mut Canvas, rng: &mut Rng, w: f32, h: f32) {
    let radius = w.min(h) * rng.range(0.32, 0.4);
    let ring = crate::pen::ring((w * 0.5, h * 0.45), radius);
    canvas.add(&wide(&[(w * 0.5, h * 0.45), (w * 0.5, h * 0.46)], radius * 2.0, radius * 0.1), rng.range(0.3, 0.4));
    canvas.add(&wide(&ring.points, radius * 0.09, radius * 0.05), rng.range(0.2, 0.3));
    for tooth in -4..=4 {
        let x = w * 0.5 + tooth as f32 * radius * 0.11;
        canvas.add(&wide(&[(x, h * 0.7), (x, h * 0.75)], radius * 0.09, radius * 0.02), rng.range(0.15, 0.3));
    }
}

/// A bone: bright with brighter edges, and a fine net inside.
pub(crate) fn bone(canvas: &mut Canvas, rng: &mut Rng, way: &[Point], thick: f32, level: f32) {
    let outer = wide(way, thick, thick * 0.12);
    canvas.add(&outer, level);
    canvas.add(&wide(way, thick * 0.66, thick * 0.25), -level * 0.4);
    trabeculae(canvas, rng, &outer, level * 0.25);
}

/// A net of fine bright lines under the ink of a mask: the ridges between clouds, drawn out along one direction.
pub(crate) fn trabeculae(canvas: &mut Canvas, rng: &mut Rng, under: &Mask, amount: f32) {
    const SIDE: usize = 64;
    let (across, along, lean) = (rng.range(4.0, 8.0), rng.range(9.0, 18.0), rng.range(-0.5, 0.5));
    let knots: Vec<f32> = (0..SIDE * SIDE).map(|_| rng.range(-1.0, 1.0)).collect();
    let mut net = under.clone();
    for (at, alpha) in net.alpha.iter_mut().enumerate().filter(|(_, alpha)| **alpha > 0.0) {
        let (x, y) = ((at % under.width) as f32, (at / under.width) as f32);
        let (fx, fy) = ((x + y * lean + under.height as f32).max(0.0) / across, y / along);
        let (column, row) = (fx as usize, fy as usize);
        let knot = |dx: usize, dy: usize| knots[(row + dy) % SIDE * SIDE + (column + dx) % SIDE];
        let (tx, ty) = (ease(fx - column as f32), ease(fy - row as f32));
        let above = knot(0, 0) + (knot(1, 0) - knot(0, 0)) * tx;
        let below = knot(0, 1) + (knot(1, 1) - knot(0, 1)) * tx;
        let ridge = 1.0 - (above + (below - above) * ty).abs();
        *alpha *= ridge.powi(4);
    }
    canvas.add(&net, amount);
}

/// Darkens what lies outside a slightly turned rectangle.
pub(crate) fn collimate(canvas: &mut Canvas, rng: &mut Rng, outside: f32) {
    let (w, h) = (canvas.width as f32, canvas.height as f32);
    let (soft, lean) = (rng.range(1.5, 6.0), rng.range(-0.03, 0.03));
    let inset: Vec<f32> = (0..4).map(|_| if rng.chance(0.6) { rng.range(0.03, 0.16) } else { -1.0 }).collect();
    canvas.map(|x, y, value| {
        let (x, y) = (x as f32, y as f32);
        let left = x + lean * y - inset[0] * w;
        let right = w - x - lean * y - inset[1] * w;
        let top = y - lean * x - inset[2] * h;
        let foot = h - y + lean * x - inset[3] * h;
        let inside = (left.min(right).min(top).min(foot) / soft + 0.5).clamp(0.0, 1.0);
        outside + (value - outside) * inside
    });
}
