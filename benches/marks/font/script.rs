//! Other scripts as look-alikes, and handwriting: shapes drawn by rule with the density, joining and proportions of the
//! script. They say nothing in any language; the detector reads none either.

use super::{Point, Stroke, rounded};
use crate::rng::Rng;

fn bow(points: &[Point]) -> Stroke {
    Stroke::new(rounded(&rounded(&rounded(points))))
}

fn straight(a: Point, b: Point) -> Stroke {
    Stroke::new(vec![a, b])
}

/// Squares as tall as a capital, each parted into two halves with bars, posts, boxes and sweeps.
pub(super) fn cjk(text: &str, rng: &mut Rng) -> Vec<Stroke> {
    let mut strokes = Vec::new();
    for at in 0..text.chars().count().div_ceil(2) {
        let x = at as f32 * 1.22;
        match rng.whole(0, 2) {
            0 => part(&mut strokes, rng, (x, 0.0), (1.0, 1.0)),
            1 => {
                part(&mut strokes, rng, (x, 0.0), (0.38, 1.0));
                part(&mut strokes, rng, (x + 0.5, 0.0), (0.5, 1.0));
            }
            _ => {
                part(&mut strokes, rng, (x, 0.0), (1.0, 0.4));
                part(&mut strokes, rng, (x, 0.52), (1.0, 0.48));
            }
        }
    }
    strokes.iter_mut().for_each(|stroke| stroke.weight = 0.75);
    strokes
}

/// One component in a corner `at` of a size.
fn part(strokes: &mut Vec<Stroke>, rng: &mut Rng, at: Point, size: Point) {
    let place = |x: f32, y: f32| (at.0 + x * size.0, at.1 + y * size.1);
    let bars = rng.whole(1, if size.1 > 0.6 { 3 } else { 2 });
    match rng.whole(0, 3) {
        0 => strokes.push(Stroke::new(
            [(0.1, 0.1), (0.9, 0.1), (0.9, 0.95), (0.1, 0.95), (0.1, 0.1)].map(|(x, y)| place(x, y)).to_vec(),
        )),
        1 => strokes.extend([
            bow(&[place(0.5, 0.1), place(0.4, 0.6), place(0.0, 1.0)]),
            bow(&[place(0.5, 0.3), place(0.65, 0.7), place(1.0, 1.0)]),
        ]),
        2 => strokes.extend([straight(place(0.5, 0.0), place(0.5, 1.0)), straight(place(0.15, 0.5), place(0.3, 0.75))]),
        _ => strokes.extend([straight(place(0.3, 0.0), place(0.2, 0.9)), straight(place(0.8, 0.15), place(0.75, 1.0))]),
    }
    for bar in 0..bars {
        let y = (bar as f32 + 0.5) / bars as f32;
        let inset = rng.range(0.0, 0.2);
        strokes.push(straight(place(inset, y), place(1.0 - inset, y)));
    }
}

/// Words of two to five letters, joined along the foot: teeth, bows, tall posts and tails, with dots above and below.
pub(super) fn arabic(text: &str, rng: &mut Rng) -> Vec<Stroke> {
    let (mut strokes, mut x, mut left) = (Vec::new(), 0.0, 0);
    for _ in text.chars() {
        if left == 0 {
            (left, x) = (rng.whole(2, 5), x + 0.3);
        }
        left -= 1;
        let width = rng.range(0.35, 0.65);
        let foot = 0.8;
        strokes.push(straight((x, foot), (x + width, foot)));
        match rng.whole(0, 5) {
            0 => strokes.push(straight((x + width, foot), (x + width, 0.0))),
            1 => strokes.extend((1..=3).map(|tooth| {
                let at = x + width * tooth as f32 / 3.0;
                straight((at, foot), (at, 0.6))
            })),
            2 => strokes.push(bow(&[(x, foot), (x + 0.05, 0.5), (x + width, 0.5), (x + width, foot)])),
            3 => strokes.push(bow(&[(x + width, foot), (x + width, 1.25), (x, 1.25), (x - 0.15, 1.0)])),
            4 => strokes.push(bow(&[(x, 0.35), (x + width, 0.45), (x + 0.1, foot)])),
            _ => strokes.push(straight((x + width, foot), (x + width, 0.55))),
        }
        let y = if rng.chance(0.6) { 0.28 } else { 1.08 };
        let dot = |at: i32| straight((x + 0.1 + at as f32 * 0.17, y), (x + 0.1 + at as f32 * 0.17, y));
        strokes.extend((0..rng.whole(0, 2)).map(dot));
        x += width;
    }
    strokes
}

/// Words of two to four letters that hang from a bar: posts, bows, loops; signs above and below.
pub(super) fn devanagari(text: &str, rng: &mut Rng) -> Vec<Stroke> {
    let (mut strokes, mut x, mut begun, mut left) = (Vec::new(), 0.0, 0.0, rng.whole(2, 4));
    for _ in text.chars() {
        let width = rng.range(0.55, 0.8);
        strokes.push(straight((x + width - 0.1, 0.0), (x + width - 0.1, 1.0)));
        strokes.push(match rng.whole(0, 3) {
            0 => bow(&[(x + 0.1, 0.0), (x + 0.05, 0.5), (x + 0.4, 0.6), (x + width - 0.1, 0.5)]),
            1 => {
                bow(&[(x + 0.1, 0.2), (x + 0.4, 0.25), (x + 0.3, 0.6), (x + 0.05, 0.5), (x + 0.1, 0.8), (x + 0.4, 1.0)])
            }
            2 => bow(&[(x + width - 0.1, 0.45), (x + 0.2, 0.35), (x + 0.05, 0.65), (x + 0.3, 0.8)]),
            _ => bow(&[(x + 0.15, 0.0), (x + 0.15, 0.4), (x + 0.4, 0.45), (x + 0.4, 0.8), (x + 0.1, 0.9)]),
        });
        match rng.whole(0, 4) {
            0 => strokes.push(bow(&[(x + width - 0.1, 0.0), (x + width - 0.2, -0.25), (x + 0.1, -0.3)])),
            1 => strokes.push(bow(&[(x + 0.2, 1.05), (x + 0.5, 1.3), (x + 0.1, 1.3)])),
            _ => {}
        }
        (x, left) = (x + width, left - 1);
        if left == 0 {
            strokes.push(straight((begun, 0.0), (x, 0.0)));
            (x, left) = (x + 0.3, rng.whole(2, 4));
            begun = x;
        }
    }
    if x > begun {
        strokes.push(straight((begun, 0.0), (x, 0.0)));
    }
    strokes
}

/// The same letters leaning and unsteady, each joined to the next along the foot now and then.
pub(super) fn hand(letters: Vec<Stroke>, rng: &mut Rng) -> Vec<Stroke> {
    let (lean, sway) = (rng.range(0.1, 0.35), rng.range(0.02, 0.06));
    let (mut strokes, mut before): (Vec<Stroke>, Option<Point>) = (Vec::new(), None);
    for stroke in letters {
        let shaken = |point: &Point, rng: &mut Rng| {
            let drift = (point.0 * 0.9).sin() * 0.07;
            let (x, y) = (point.0 + rng.normal() * sway, point.1 + drift + rng.normal() * sway);
            (x + (1.0 - y) * lean, y)
        };
        let points: Vec<Point> = stroke.points.iter().map(|point| shaken(point, rng)).collect();
        let (first, last) = (points[0], points[points.len() - 1]);
        if let Some(before) = before.filter(|before| (first.0 - before.0).abs() < 0.5 && rng.chance(0.5)) {
            strokes.push(bow(&[before, ((before.0 + first.0) / 2.0, before.1.max(first.1) + 0.05), first]));
        }
        before = Some(last);
        strokes.push(Stroke { points: rounded(&points), weight: rng.range(0.8, 1.2) });
    }
    strokes
}
