//! Covers of a picture in which nothing is writing beyond doubt are asked about once more: they are put before a person where
//! little speaks for them. A picture of a patient with writing in it mostly has some that is sure; wires, rulers and bones are
//! read as a few letters here and there. Nothing is let go. GMC para 12.

use super::candidate::{Candidate, Part, common};
use super::ink::{Window, area, grown};
use super::judge::{Judged, are_figures};
use super::plane::Plane;
use super::rule;
use crate::finding::Action;

/// Puts covers that are hardly sure before a person where the picture has none that is.
pub(super) fn asked(judged: &mut [Judged], planes: &[Plane], size: [f32; 2]) {
    let is_cover = |one: &Judged| one.action == Action::Cover;
    if judged.iter().any(|one| is_cover(one) && one.one.score >= rule::BEYOND_DOUBT) {
        return;
    }
    let best = judged.iter().filter(|one| is_cover(one)).map(|one| one.one.score).fold(0.0, f32::max);
    let tall = |one: &Candidate| one.height > rule::LARGE * size[0].min(size[1]);
    for one in judged.iter_mut().filter(|one| is_cover(one) && one.one.letters >= 2.0) {
        let is_barely = best < rule::LONE && !are_figures(&one.one) && (are_tangled(&one.one) || tall(&one.one));
        if is_barely || one.one.upright && inkness(&one.one, planes, size) < rule::LONE_INK {
            one.action = Action::Look;
        }
    }
    // What was taken for initials beside a marker is a bone beside another where nothing else is written; figures are narrow.
    if !judged.iter().any(|one| is_cover(one) && one.one.letters >= 2.0) {
        let is_wide = |one: &Candidate| one.w() >= rule::ROUND * one.h();
        let wide = judged.iter_mut().filter(|one| is_cover(one) && is_wide(&one.one));
        wide.for_each(|one| one.action = Action::Look);
    }
}

/// Whether what was taken for letters that follow each other lies in each other: wires that cross do.
fn are_tangled(one: &Candidate) -> bool {
    let along =
        |part: &Part| if one.upright { [part.bounds[1], part.bounds[3]] } else { [part.bounds[0], part.bounds[2]] };
    one.parts.windows(2).any(|pair| {
        let ([a0, a1], [b0, b1]) = (along(&pair[0]), along(&pair[1]));
        a1.min(b1) - a0.max(b0) > rule::TANGLED * (a1 - a0).min(b1 - b0)
    })
}

/// How much what lies in it is like ink where it is looked at once more, 0 to 1: the gaps of a ruler are none.
fn inkness(one: &Candidate, planes: &[Plane], size: [f32; 2]) -> f32 {
    let Some(plane) = planes.get(one.shown / 2) else { return 1.0 };
    let wanted = grown(one.bounds, rule::AROUND * one.height.max(3.0));
    let pieces = Window::of(plane, wanted, size, one.height, one.shown % 2 == 1).pieces();
    let within =
        pieces.iter().map(|piece| (piece, piece.pixels * common(&piece.bounds, &one.bounds) / area(&piece.bounds)));
    let (ink, all) = within.fold((0.0, 0.0), |(ink, all), (piece, n)| (ink + piece.like * n, all + n));
    ink / f32::max(all, 1.0)
}
