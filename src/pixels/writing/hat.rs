//! What is lighter than its surroundings and narrow: the white top-hat with a square, over a picture whose border is
//! replicated (J. Serra, *Image Analysis and Mathematical Morphology*, 1982).

use super::plane::Plane;

/// Steps by which a maximum over one sample grows to one over fifteen, 2, 4, 8, 15: strokes of up to 14
/// pixels stand out, wider ones at a coarser level.
const STEPS: &[usize] = &[1, 2, 4, 7];

/// Steps to a maximum over three.
const SMALL: &[usize] = &[1, 1];

/// The plane less its opening.
pub(super) fn white(plane: &Plane) -> Plane {
    let mut opened = grown(&grown(plane, STEPS, 255, |a: u8, b: u8| a.min(b)), STEPS, 0, |a: u8, b: u8| a.max(b));
    for (ground, value) in opened.px.iter_mut().zip(&plane.px) {
        *ground = value.saturating_sub(*ground);
    }
    opened
}

/// The largest value of a square around each place.
pub(super) fn largest(plane: &Plane) -> Plane {
    grown(plane, STEPS, 0, |a: u8, b: u8| a.max(b))
}

/// The plane with dark gaps of up to two pixels closed.
pub(super) fn closed(plane: &Plane) -> Plane {
    grown(&grown(plane, SMALL, 0, |a: u8, b: u8| a.max(b)), SMALL, 255, |a: u8, b: u8| a.min(b))
}

/// The most (or least) of a square around each place. Places outside count as `none`, which for most and least is what a
/// replicated border comes to.
fn grown(plane: &Plane, steps: &[usize], none: u8, most: impl Fn(u8, u8) -> u8 + Copy) -> Plane {
    let (w, h) = (plane.w, plane.h);
    let reach = steps.iter().sum::<usize>() / 2;
    let mut px = vec![none; w * (h + 2 * reach)];
    let mut line = vec![none; w + 2 * reach];
    for (y, row) in px.chunks_exact_mut(w).skip(reach).take(h).enumerate() {
        line.fill(none);
        line[reach..reach + w].copy_from_slice(plane.row(y));
        for step in steps {
            let (near, far) = (line.len() - step, *step);
            for i in 0..near {
                line[i] = most(line[i], line[i + far]);
            }
        }
        row.copy_from_slice(&line[..w]);
    }
    down(&mut px, w, steps, most);
    px.truncate(w * h);
    Plane { w, h, px }
}

/// The same down the columns, in place: each step follows the one before it at the distance it needs, so that the rows
/// are still in the cache.
fn down(px: &mut [u8], w: usize, steps: &[usize], most: impl Fn(u8, u8) -> u8 + Copy) {
    let rows = px.len() / w;
    let reach: usize = steps.iter().sum();
    for lead in 0..rows + reach {
        let mut behind = 0;
        for step in steps {
            behind += step;
            let Some(at) = lead.checked_sub(behind) else { break };
            if at + step >= rows {
                continue;
            }
            let (near, far) = px.split_at_mut((at + step) * w);
            for (a, b) in near[at * w..at * w + w].iter_mut().zip(&far[..w]) {
                *a = most(*a, *b);
            }
        }
    }
}
