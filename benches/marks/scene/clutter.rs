//! Pictures without writing, with what looks like it: wires, leads, clips, rulers, metal, edges, bone.

use super::rare::centimetres;
use super::{Ink, Scene, WHITE};
use crate::canvas::Mask;
use crate::case::Kind;
use crate::font::{Point, Stroke, rounded};
use crate::pen::{Pen, ring};
use crate::texture;

fn point(scene: &mut Scene) -> Point {
    let (w, h) = (scene.canvas.width as f32, scene.canvas.height as f32);
    (w * scene.rng.range(0.0, 1.0), h * scene.rng.range(0.0, 1.0))
}

/// Draws strokes given in pixels, as metal: brighter than what lies below.
fn metal(scene: &mut Scene, strokes: &[Stroke], width: f32, amount: f32) {
    let mask = Pen::pixels(width, 1.2).draw(strokes);
    scene.draw(&mask, Ink::Add(amount), 1.0);
}

fn wire(scene: &mut Scene) -> Stroke {
    let mut way = vec![point(scene)];
    for _ in 0..scene.rng.whole(3, 6) {
        let last = way[way.len() - 1];
        let reach = scene.side() * 0.35;
        way.push((last.0 + scene.rng.range(-reach, reach), last.1 + scene.rng.range(-reach, reach)));
    }
    Stroke::new((0..4).fold(way, |way, _| rounded_wide(&way)))
}

/// Corners cut at a quarter, whatever the scale.
fn rounded_wide(points: &[Point]) -> Vec<Point> {
    let between = |a: Point, b: Point, t: f32| (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
    points.windows(2).flat_map(|pair| [between(pair[0], pair[1], 0.25), between(pair[0], pair[1], 0.75)]).collect()
}

pub(super) fn marker_only(scene: &mut Scene) {
    scene.marker();
    if scene.rng.chance(0.2) {
        scene.marker();
    }
}

pub(super) fn wires(scene: &mut Scene) {
    for _ in 0..scene.rng.whole(2, 6) {
        let (way, width) = (wire(scene), scene.rng.range(1.2, 5.0));
        let amount = scene.rng.range(0.15, 0.5);
        metal(scene, &[way], width, amount);
    }
}

/// Leads that end in electrodes: a snap in a faint disc.
pub(super) fn ecg(scene: &mut Scene) {
    for _ in 0..scene.rng.whole(3, 6) {
        let (way, radius) = (wire(scene), scene.side() * scene.rng.range(0.008, 0.016));
        let end = way.points[way.points.len() - 1];
        let width = scene.rng.range(1.5, 4.0);
        metal(scene, &[way], width, 0.35);
        metal(scene, &[Stroke::new(vec![end, end])], radius * 4.0, 0.06);
        metal(scene, &[ring(end, radius)], radius * 0.5, 0.5);
    }
}

/// Surgical clips and staples: short bright bars, alone and in rows, and turns of wire in the breastbone.
pub(super) fn clips(scene: &mut Scene) {
    let length = scene.side() * scene.rng.range(0.006, 0.015);
    for _ in 0..scene.rng.whole(3, 9) {
        let (at, angle) = (point(scene), scene.rng.range(0.0, 3.1_f32));
        let (x, y) = (angle.cos() * length, angle.sin() * length);
        metal(
            scene,
            &[Stroke::new(vec![at, (at.0 + x, at.1 + y), (at.0 + x * 0.2 - y * 0.3, at.1 + y * 0.2 + x * 0.3)])],
            length * 0.22,
            0.55,
        );
    }
    let (row, start) = (scene.rng.whole(0, 12), point(scene));
    for staple in 0..row {
        let y = start.1 + staple as f32 * length * 2.0;
        let staple = vec![
            (start.0, y + length * 0.4),
            (start.0, y),
            (start.0 + length, y),
            (start.0 + length, y + length * 0.4),
        ];
        metal(scene, &[Stroke::new(staple)], length * 0.15, 0.5);
    }
    for turn in 0..scene.rng.whole(0, 5) {
        let middle = (scene.canvas.width as f32 * 0.5, scene.canvas.height as f32 * (0.25 + 0.1 * turn as f32));
        metal(scene, &[ring(middle, length * 1.3)], length * 0.2, 0.5);
    }
}

/// A ruler without digits, at the side.
pub(super) fn ruler(scene: &mut Scene) {
    let style = scene.sans();
    centimetres(scene, style, false);
}

/// A wedge of grey steps along an edge.
pub(super) fn wedge(scene: &mut Scene) {
    let (steps, width) = (scene.rng.whole(8, 16), scene.side() * 0.02);
    let step = scene.canvas.height as f32 * 0.5 / steps as f32;
    let x = (scene.canvas.width as f32 * scene.rng.pick(&[0.01, 0.95])) as i32;
    let top = (scene.canvas.height as f32 * 0.2) as i32;
    for at in 0..steps {
        let y = top + (at as f32 * step) as i32;
        let mask = Mask::filled(x, y, width as usize + 1, step as usize + 1);
        let grey = (at as f32 + 0.5) / steps as f32;
        scene.draw(&mask, Ink::Over([grey; 3]), 1.0);
    }
    let whole = Mask::filled(x, top, width as usize + 1, ((steps - 1) as f32 * step) as usize + step as usize + 1);
    scene.note(Kind::Scale, whole);
}

/// Bones up to the border, with hard edges.
pub(super) fn bone(scene: &mut Scene) {
    for _ in 0..scene.rng.whole(2, 5) {
        let (from, to) = (point(scene), point(scene));
        let thick = scene.side() * scene.rng.range(0.02, 0.09);
        texture::bone(&mut scene.canvas, &mut scene.rng, &[from, to], thick, 0.3);
    }
}

/// Two apertures over one another, and a bright rim at the border.
pub(super) fn collimation(scene: &mut Scene) {
    let outside = scene.rng.range(0.0, 0.06);
    texture::collimate(&mut scene.canvas, &mut scene.rng, outside);
    texture::collimate(&mut scene.canvas, &mut scene.rng, outside);
    if scene.rng.chance(0.5) {
        let (width, height) = scene.canvas.size();
        let rim = scene.rng.whole(2, 8) as usize;
        let mask = Mask::filled(0, (height - rim) as i32, width, rim);
        scene.draw(&mask, Ink::Over(WHITE), 1.0);
    }
}

/// Plates with screws, a prosthesis, a pacemaker: saturated metal.
pub(super) fn implant(scene: &mut Scene) {
    let (w, h) = (scene.canvas.width as f32, scene.canvas.height as f32);
    let (x, top, thick) = (w * scene.rng.range(0.35, 0.65), h * scene.rng.range(0.15, 0.4), scene.side() * 0.03);
    let foot = top + h * scene.rng.range(0.2, 0.4);
    metal(scene, &[Stroke::new(vec![(x, top), (x + thick, foot)])], thick, 0.6);
    let screws = scene.rng.whole(3, 8);
    for screw in 0..screws {
        let y = top + (foot - top) * screw as f32 / screws as f32;
        let long = thick * scene.rng.range(1.5, 3.5);
        metal(scene, &[Stroke::new(vec![(x - long, y), (x + thick, y + 2.0)])], thick * 0.25, 0.55);
        let thread = (1..8).map(|turn| {
            let at = x - long * turn as f32 / 8.0;
            Stroke::new(vec![(at, y - thick * 0.2), (at, y + thick * 0.2)])
        });
        let thread: Vec<Stroke> = thread.collect();
        metal(scene, &thread, 1.5, 0.4);
    }
    if scene.rng.chance(0.5) {
        let (at, size) = ((w * 0.25, h * 0.25), scene.side() * 0.06);
        let shell = rounded(&[
            (at.0, at.1),
            (at.0 + size, at.1),
            (at.0 + size, at.1 + size),
            (at.0, at.1 + size),
            (at.0, at.1),
        ]);
        metal(scene, &[Stroke::new(shell)], size * 0.25, 0.45);
        metal(scene, &[ring((at.0 + size * 0.5, at.1 + size * 0.4), size * 0.2)], size * 0.12, 0.4);
    }
}

/// A fine net all over.
pub(super) fn trabeculae(scene: &mut Scene) {
    let (width, height) = scene.canvas.size();
    let (amount, all) = (scene.rng.range(0.03, 0.11), Mask::filled(0, 0, width, height));
    texture::trabeculae(&mut scene.canvas, &mut scene.rng, &all, amount);
}
