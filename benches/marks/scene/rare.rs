//! Writing of other makes: coloured columns, lead, dots, other scripts, the pen, and what the border cuts.

use super::plain::blocks;
use super::{Ink, Scene, Style, Under, WHITE};
use crate::canvas::Mask;
use crate::case::Kind;
use crate::font::{self, Face, Stroke};
use crate::pen::Pen;
use crate::words;

/// Small coloured columns of an archive's viewer, `---` where nothing is known, and a ruler of centimetres.
pub(super) fn colour_columns(scene: &mut Scene) {
    scene.canvas = scene.canvas.clone().coloured();
    let mut style = scene.sans();
    style.pen.height = scene.rng.range(8.0, 15.0);
    style.pen.width = (style.pen.height * 0.13).max(1.1);
    let colours =
        [[1.0, 0.85, 0.1], [0.2, 0.9, 1.0], [0.3, 1.0, 0.3], [1.0, 0.55, 0.1], [0.95, 0.95, 0.95], [0.6, 0.7, 1.0]];
    style.ink = Ink::Over(scene.rng.pick(&colours));
    centimetres(scene, style, true);
    for corner in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
        let mut lines = words::lines(&mut scene.rng, 2, 6);
        if scene.rng.chance(0.5) {
            lines.push((Kind::Text, "---".to_owned()));
        }
        scene.block(&lines, style, corner);
    }
}

/// A ruler at the side: ticks, longer at every fifth; with or without its digits.
pub(super) fn centimetres(scene: &mut Scene, style: Style, digits: bool) {
    let (height, step) = (scene.canvas.height as f32, scene.canvas.height as f32 * scene.rng.range(0.025, 0.04));
    let right = scene.rng.chance(0.5);
    let (inset, tick) = (scene.side() * 0.012, (scene.side() * 0.012).max(4.0));
    let x = if right { scene.canvas.width as f32 - inset } else { inset };
    let inwards = if right { -1.0 } else { 1.0 };
    let top = height * 0.3;
    let mut strokes = vec![Stroke::new(vec![(x, top), (x, top + step * 10.0)])];
    for at in 0..=10 {
        let (y, length) = (top + step * at as f32, if at % 5 == 0 { tick * 1.8 } else { tick });
        strokes.push(Stroke::new(vec![(x, y), (x + inwards * length, y)]));
        if digits && at % 5 == 0 {
            let size = style.pen.height * 0.8;
            let number = font::line(Face::Sans, &at.to_string(), &mut scene.rng);
            let left = x + inwards * tick * 2.4 - if right { size * 1.8 } else { 0.0 };
            let placed = |stroke: Stroke| {
                Stroke::new(
                    stroke.points.iter().map(|point| (left + point.0 * size, y + (point.1 - 0.5) * size)).collect(),
                )
            };
            strokes.extend(number.into_iter().map(placed));
        }
    }
    let mask = Pen::pixels(style.pen.width.max(1.0), 1.0).draw(&strokes);
    scene.draw(&mask, style.ink, 1.0);
    scene.note(Kind::Scale, mask);
}

/// A side marker with somebody's initials beside it, and the patient's line elsewhere.
pub(super) fn marker_initials(scene: &mut Scene) {
    let mut style = scene.sans();
    let initials: String = words::surname(&mut scene.rng).chars().take(2).collect();
    let letter = scene.rng.pick(&["L", "R"]);
    style.pen.height = (scene.side() * scene.rng.range(0.025, 0.05)).max(12.0);
    style.pen.width = style.pen.height * 0.14;
    let mut letters = font::line(Face::Sans, letter, &mut scene.rng);
    letters.push(Stroke { weight: 0.7, ..crate::pen::ring((0.3, 0.5), 0.95) });
    let marker = style.pen.draw(&letters);
    let shift = style.pen.height * scene.rng.range(1.7, 2.2);
    let mut small = style;
    small.pen.height *= 0.7;
    let beside = font::line(Face::Sans, &initials, &mut scene.rng);
    let beside = small.pen.draw(&beside).moved((shift as i32, (style.pen.height * 0.2) as i32));
    let (x, y) = (scene.rng.pick(&[0.05, 0.75]), scene.rng.range(0.1, 0.8));
    let at = ((x * scene.canvas.width as f32) as i32, (y * scene.canvas.height as f32) as i32);
    if let (Some(a), Some(b)) = (marker.bounds(None), beside.bounds(None)) {
        let room = (at.0 + a.0.min(b.0), at.1 + a.1.min(b.1), at.0 + a.2.max(b.2), at.1 + a.3.max(b.3));
        scene.put(room, vec![(Kind::Marker, marker), (Kind::Text, beside)], at, style);
    }
    let style = scene.sans();
    let lines = words::lines(&mut scene.rng, 1, 2);
    let spot = (scene.rng.unit(), scene.rng.pick(&[0.0, 1.0]));
    scene.block(&lines, style, spot);
}

/// Letters and numbers of lead laid on the cassette.
fn leaden(scene: &mut Scene) -> Style {
    let mut style = scene.sans();
    style.pen.height = (scene.side() * scene.rng.range(0.022, 0.04)).clamp(11.0, 60.0);
    style.pen.width = style.pen.height * scene.rng.range(0.15, 0.22);
    style.pen.soft = scene.rng.range(1.5, 3.5).min(style.pen.width * 1.2);
    style.pen.angle = scene.rng.range(-20.0, 20.0);
    style.ink = Ink::Add(scene.rng.range(0.35, 0.7));
    style
}

fn lead_lines(scene: &mut Scene) -> Vec<(Kind, String)> {
    let name = words::surname(&mut scene.rng);
    let number = words::number(&mut scene.rng, 4, 7);
    let all =
        [(Kind::Identifying, name), (Kind::Identifying, number), (Kind::Identifying, words::date(&mut scene.rng))];
    let most = scene.rng.whole(1, 3) as usize;
    all.into_iter().take(most).collect()
}

pub(super) fn lead(scene: &mut Scene) {
    let (style, lines) = (leaden(scene), lead_lines(scene));
    let spot = scene.spot();
    scene.block(&lines, style, spot);
}

/// The same from behind.
pub(super) fn lead_mirrored(scene: &mut Scene) {
    let (mut style, lines) = (leaden(scene), lead_lines(scene));
    style.pen.mirrored = true;
    let spot = scene.spot();
    scene.block(&lines, style, spot);
}

/// The same on its side.
pub(super) fn lead_vertical(scene: &mut Scene) {
    let (mut style, lines) = (leaden(scene), lead_lines(scene));
    style.pen.angle = style.pen.angle / 4.0 + scene.rng.pick(&[90.0, -90.0]);
    let spot = (scene.rng.pick(&[0.0, 1.0]), scene.rng.unit());
    scene.block(&lines, style, spot);
}

/// The date and time of an old camera.
pub(super) fn dot_clock(scene: &mut Scene) {
    let mut style = scene.sans();
    style.face = Face::Dots;
    style.pen.height = style.pen.height.max(14.0);
    style.pen.width = style.pen.height * scene.rng.range(0.1, 0.16);
    let lines = [(Kind::Identifying, words::date(&mut scene.rng)), (Kind::Identifying, words::clock(&mut scene.rng))];
    let most = scene.rng.whole(1, 2) as usize;
    let spot = scene.spot();
    scene.block(&lines[..most], style, spot);
}

fn script(scene: &mut Scene, face: Face, least: f32) {
    let mut style = scene.sans();
    style.face = face;
    style.pen.height = (style.pen.height * 1.25).max(least);
    style.pen.width = (style.pen.height * scene.rng.range(0.06, 0.11)).max(1.0);
    blocks(scene, style, 3);
}

pub(super) fn cjk(scene: &mut Scene) {
    script(scene, Face::Cjk, 13.0);
}

pub(super) fn arabic(scene: &mut Scene) {
    script(scene, Face::Arabic, 14.0);
}

pub(super) fn devanagari(scene: &mut Scene) {
    script(scene, Face::Devanagari, 13.0);
}

/// A pen on the film or a stylus on the console.
pub(super) fn handwriting(scene: &mut Scene) {
    let mut style = scene.sans();
    style.face = Face::Hand;
    style.pen.height = (style.pen.height * 1.5).max(16.0);
    style.pen.width = style.pen.height * scene.rng.range(0.07, 0.13);
    style.pen.angle = scene.rng.range(-8.0, 8.0);
    blocks(scene, style, 2);
}

/// A line of which the upper or lower border leaves 20 to 80 % of the height.
pub(super) fn cut_height(scene: &mut Scene) {
    let (mask, style) = one_line(scene);
    let Some(tight) = mask.bounds(None) else { return };
    let seen = ((tight.3 - tight.1) as f32 * scene.rng.range(0.2, 0.8)).max(3.0) as i32;
    let free = (scene.canvas.width as i32 - (tight.2 - tight.0)).max(1);
    let x = (free as f32 * scene.rng.range(0.05, 0.95)) as i32 - tight.0;
    let y = if scene.rng.chance(0.5) { seen - tight.3 } else { scene.canvas.height as i32 - seen - tight.1 };
    let room = (tight.0 + x, tight.1 + y, tight.2 + x, tight.3 + y);
    scene.put(room, vec![(Kind::Identifying, mask)], (x, y), style);
}

/// A line of which the left or right border leaves 20 to 80 % of the width.
pub(super) fn cut_width(scene: &mut Scene) {
    let (mask, style) = one_line(scene);
    let Some(tight) = mask.bounds(None) else { return };
    let seen = ((tight.2 - tight.0) as f32 * scene.rng.range(0.2, 0.8)) as i32;
    let x = if scene.rng.chance(0.5) { seen - tight.2 } else { scene.canvas.width as i32 - seen - tight.0 };
    let y = (scene.canvas.height as f32 * scene.rng.pick(&[0.02, 0.05, 0.5, 0.9])) as i32 - tight.1;
    let room = (tight.0 + x, tight.1 + y, tight.2 + x, tight.3 + y);
    scene.put(room, vec![(Kind::Identifying, mask)], (x, y), style);
}

fn one_line(scene: &mut Scene) -> (Mask, Style) {
    let mut style = scene.sans();
    style.pen.height = style.pen.height.max(12.0);
    (style.ink, style.under) = (Ink::Over(WHITE), Under::Nothing);
    let text = words::identifying(&mut scene.rng);
    let strokes = font::line(Face::Sans, &text, &mut scene.rng);
    (style.pen.draw(&strokes), style)
}
