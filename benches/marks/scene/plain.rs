//! Writing as consoles, film printers and viewers burn it in, and what becomes of it.

use super::{BLACK, Ink, Scene, Spot, Style, Under, WHITE};
use crate::case::Kind;
use crate::font::Face;
use crate::wear;
use crate::words;

/// One to three blocks at different corners in a style.
pub(super) fn blocks(scene: &mut Scene, style: Style, longest: i32) {
    let mut corners: Vec<Spot> = vec![(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)];
    for at in 0..scene.rng.whole(1, 3) {
        let lines = words::lines(&mut scene.rng, 1, longest);
        let chosen = scene.rng.whole(0, corners.len() as i32 - 1) as usize;
        let corner = corners.swap_remove(chosen);
        let spot = if scene.rng.chance(0.25) && at > 0 { scene.spot() } else { corner };
        scene.block(&lines, style, spot);
    }
}

/// Letters of whole pixels that begin in the very corner.
pub(super) fn corner(scene: &mut Scene) {
    let mut style = scene.sans();
    style.pen.soft = 0.0;
    style.pen.width = style.pen.width.round().max(1.0);
    let lines = words::lines(&mut scene.rng, 2, 5);
    scene.block_at(&lines, style, (0.0, 0.0), (0.0, 0.0));
    if scene.rng.chance(0.5) {
        let lines = words::lines(&mut scene.rng, 1, 3);
        scene.block(&lines, style, (1.0, 1.0));
    }
}

pub(super) fn smooth(scene: &mut Scene) {
    let style = scene.sans();
    blocks(scene, style, 5);
}

/// Thick letters with a dark rim.
pub(super) fn halo(scene: &mut Scene) {
    let mut style = scene.sans();
    style.pen.width = style.pen.height * scene.rng.range(0.18, 0.26);
    style.under = Under::Halo(BLACK);
    blocks(scene, style, 4);
}

/// Black in a white box, or white in a black one.
pub(super) fn opposite_box(scene: &mut Scene) {
    let mut style = scene.sans();
    let (ink, ground) = scene.rng.pick(&[(BLACK, WHITE), (WHITE, BLACK)]);
    (style.ink, style.under) = (Ink::Over(ink), Under::Filled(ground, 1.0));
    blocks(scene, style, 3);
}

/// On a grey box through which the ground is seen.
pub(super) fn grey_box(scene: &mut Scene) {
    let mut style = scene.sans();
    let grey = scene.rng.range(0.25, 0.5);
    style.under = Under::Filled([grey; 3], scene.rng.range(0.4, 0.75));
    style.ink = Ink::Over(scene.rng.pick(&[WHITE, BLACK]));
    blocks(scene, style, 3);
}

/// Only a light and a dark edge.
pub(super) fn embossed(scene: &mut Scene) {
    let mut style = scene.sans();
    style.pen.height = style.pen.height.max(12.0);
    style.pen.width = style.pen.height * 0.14;
    style.ink = Ink::Embossed(scene.rng.range(0.15, 0.35));
    blocks(scene, style, 3);
}

/// 25 to 60 of 255 levels above the ground.
pub(super) fn low_contrast(scene: &mut Scene) {
    let mut style = scene.sans();
    style.ink = Ink::Add(scene.rng.range(25.0, 60.0) / 255.0);
    blocks(scene, style, 4);
}

/// Capitals of 7 to 10 pixels.
pub(super) fn tiny(scene: &mut Scene) {
    let mut style = scene.sans();
    style.pen.height = scene.rng.range(7.0, 10.0);
    style.pen.width = 1.2;
    blocks(scene, style, 6);
}

pub(super) fn serif(scene: &mut Scene) {
    let mut style = scene.sans();
    style.face = Face::Serif;
    style.pen.height = style.pen.height.max(11.0);
    blocks(scene, style, 4);
}

/// Along the side, read from below or from above.
pub(super) fn vertical(scene: &mut Scene) {
    let mut style = scene.sans();
    style.pen.angle = scene.rng.pick(&[90.0, -90.0]);
    let lines = words::lines(&mut scene.rng, 1, 3);
    let side = scene.rng.pick(&[0.0, 1.0]);
    let along = scene.rng.unit();
    scene.block(&lines, style, (side, along));
}

/// All of it turned by up to 3 degrees.
pub(super) fn tilted(scene: &mut Scene) {
    scene.tilt = scene.rng.range(-3.0, 3.0);
    smooth(scene);
}

/// A few digits on their own.
pub(super) fn lone_number(scene: &mut Scene) {
    let style = scene.sans();
    for _ in 0..scene.rng.whole(1, 2) {
        let number = words::number(&mut scene.rng, 2, 5);
        let spot = scene.spot();
        scene.block(&[(Kind::Identifying, number)], style, spot);
    }
}

/// As shown on a screen that is set wrongly.
pub(super) fn gamma(scene: &mut Scene) {
    wear::gamma(&mut scene.canvas, scene.rng.range(0.5, 2.0));
}

/// Saved at a quality of 30 to 90.
pub(super) fn jpeg(scene: &mut Scene) {
    scene.depth.bits = 8;
    wear::jpeg(&mut scene.canvas, scene.rng.whole(30, 90) as u8);
}

/// Letters large enough to be read when the picture is shrunk.
pub(super) fn large(scene: &mut Scene) {
    let mut style = scene.sans();
    style.pen.height = scene.rng.range(24.0, 44.0);
    style.pen.width = style.pen.height * 0.15;
    blocks(scene, style, 3);
}

/// Shrunk to 0.3 to 0.5 of its size.
pub(super) fn shrunk(scene: &mut Scene) {
    let factor = scene.rng.range(0.3, 0.5);
    scene.shrink(factor);
}

/// Letters that a photograph of the screen leaves readable.
pub(super) fn on_a_screen(scene: &mut Scene) {
    scene.tilt = scene.rng.range(-2.0, 2.0);
    let mut style = scene.sans();
    style.pen.height = style.pen.height.max(13.0);
    style.pen.width = style.pen.width.max(1.8);
    blocks(scene, style, 3);
}

/// A telephone's picture of a screen.
pub(super) fn photographed(scene: &mut Scene) {
    (scene.depth.bits, scene.depth.inverted) = (8, false);
    wear::photographed(&mut scene.canvas, &mut scene.rng);
    wear::jpeg(&mut scene.canvas, scene.rng.whole(60, 90) as u8);
}
