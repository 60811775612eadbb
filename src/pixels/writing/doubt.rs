//! What the ink around a cover says against it: rulers have a spine, staples are all alike, and what lies between a letter and
//! the ring around it is no writing. Only covers that are not beyond doubt are asked about.

use super::candidate::{Candidate, common};
use super::ink::{Piece, Window, area, turned};
use super::judge::Judged;
use super::plane::Plane;
use super::rule;
use super::shape::{Letter, Shape};
use crate::finding::Action;
use crate::pixels::Class;

/// Takes back covers that the ink around them speaks against.
pub(super) fn heard(judged: &mut [Judged], planes: &[Plane], size: [f32; 2], keep_markers: bool) {
    for one in judged.iter_mut().filter(|one| one.action == Action::Cover && one.one.score < rule::BEYOND_DOUBT) {
        let Some(plane) = planes.get(one.one.shown / 2) else { continue };
        let ink = |inverted: bool| {
            let room = rule::AROUND * one.one.height.max(3.0);
            let [x0, y0, x1, y1] = one.one.bounds;
            let wanted = [x0 - room, y0 - room, x1 + room, y1 + room];
            Window::of(plane, wanted, size, one.one.height, inverted).pieces()
        };
        let dark = one.one.shown % 2 == 1;
        let same = ink(dark);
        if one.one.upright && (has_spine(&one.one, &same) || are_staples(&one.one, &same)) {
            (one.class, one.action) = (Class::Scale, Action::Keep);
        } else if keep_markers && (is_in_ring(&one.one, &ink(!dark)) || is_in_ring(&one.one, &same)) {
            (one.class, one.action) = (Class::Marker, Action::Keep);
        }
    }
}

/// Whether one piece of ink runs beside it from end to end, as in a ruler: letters that stand one under the other are not
/// joined by one stroke.
fn has_spine(one: &Candidate, ink: &[Piece]) -> bool {
    let [x0, y0, x1, y1] = one.bounds;
    let (long, wide) = (y1 - y0, x1 - x0);
    let within = |piece: &Piece| piece.pixels * common(&piece.bounds, &one.bounds) / area(&piece.bounds);
    let all: f32 = ink.iter().map(within).sum();
    long >= rule::SPINE * wide
        && ink.iter().any(|piece| {
            let [px0, py0, px1, py1] = piece.bounds;
            py1.min(y1) - py0.max(y0) >= 0.9 * long && px1 - px0 <= 2.5 * wide && within(piece) >= rule::OF_SPINE * all
        })
}

/// Whether its pieces are of one size and stand at equal distances, one under the other, as staples do: of figures three alike
/// are rare, and those on their side are rarer.
fn are_staples(one: &Candidate, ink: &[Piece]) -> bool {
    let mut pieces: Vec<[f32; 4]> = ink
        .iter()
        .filter(|piece| common(&piece.bounds, &one.bounds) >= 0.6 * area(&piece.bounds))
        .filter(|piece| area(&piece.bounds) >= 0.1 * one.height * one.height)
        .map(|piece| turned(piece.bounds))
        .collect();
    pieces.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let n = pieces.len();
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return false };
    // The border may cut the first or the last.
    let whole = if one.cut && n > 3 { &pieces[1..n - 1] } else { &pieces[..] };
    let near = |a: f32, b: f32| (a - b).abs() <= (rule::STAPLES_WITHIN * a.max(b)).max(rule::STAPLES_OFF);
    let Some(model) = whole.first() else { return false };
    let step = (last[0] - first[0]) / (n.max(2) - 1) as f32;
    let shapes: Vec<Shape> = one.parts.iter().map(|part| part.shape).collect();
    let same = shapes.windows(2).filter(|pair| pair[0].likeness_to(pair[1]) >= rule::STAPLES_ALIKE).count();
    n >= rule::REPEATED_DOWN
        && shapes.len() >= rule::REPEATED_DOWN
        && same + shapes.len() / 4 + 1 >= shapes.len()
        && whole.iter().all(|piece| {
            near(piece[2] - piece[0], model[2] - model[0]) && near(piece[3] - piece[1], model[3] - model[1])
        })
        && pieces.windows(2).skip(usize::from(one.cut)).all(|pair| near(pair[1][0] - pair[0][0], step))
        && step >= 1.3 * (model[2] - model[0])
}

/// Whether a ring of the other polarity closely surrounds all of it, with a letter in it that names a side: what is between
/// the two was taken for letters.
fn is_in_ring(one: &Candidate, ink: &[Piece]) -> bool {
    let room = one.w().max(one.h());
    let is_ring = |piece: &&Piece| {
        let [x0, y0, x1, y1] = piece.bounds;
        let (w, h) = (x1 - x0, y1 - y0);
        (0.6..=1.7).contains(&(w / h.max(1.0)))
            && w.max(h) <= 1.35 * room
            && piece.pixels < 0.5 * area(&piece.bounds)
            && common(&piece.bounds, &one.bounds) >= 0.97 * one.area()
    };
    one.letters <= rule::MOST_IN_RING
        && (0.6..=1.7).contains(&(one.w() / one.h().max(1.0)))
        && ink.iter().filter(is_ring).any(|ring| ink.iter().any(|letter| names_a_side_in(letter, &ring.bounds)))
}

/// Whether a letter stands in the middle of a ring and names a side.
fn names_a_side_in(letter: &Piece, [x0, y0, x1, y1]: &[f32; 4]) -> bool {
    let [lx0, ly0, lx1, ly1] = letter.bounds;
    let near = |a: f32, b: f32, side: f32| (a - b).abs() <= 0.3 * side;
    (0.28..rule::FILLS_RING).contains(&((ly1 - ly0) / (y1 - y0).max(1.0)))
        && near(lx0 + lx1, x0 + x1, x1 - x0)
        && near(ly0 + ly1, y0 + y1, y1 - y0)
        && letter.shape.likeness(Letter::Side).max(letter.shape.likeness(Letter::LatinSide)) >= rule::READ_IN_RING
}
