//! The letters at the middle of each edge that say how the patient lies: they name no one and stay, like side markers.
//!
//! DICOM PS3.3 C.7.6.1.1.1 (Patient Orientation): A, P, R, L, H and F; S and I are shown too. A letter by itself proves
//! nothing, since a lone figure may be anything: two of one size at two edges are asked for, each alone in its row, each
//! more like such a letter than like any figure. GMC para 12.

use super::candidate::{Candidate, common};
use super::ink::{Piece, Window, area};
use super::judge::Judged;
use super::plane::Plane;
use super::rule;
use super::shape::{Letter, Shape};
use crate::finding::Action;
use crate::pixels::Class;

/// Keeps the letters of orientation, and takes back what would cover them alone.
pub(super) fn kept(judged: &mut Vec<Judged>, planes: &[Plane], size: [f32; 2]) {
    let mut found: Vec<Lone> = Vec::new();
    for (at, edge) in edges(size).into_iter().enumerate() {
        let is_there = |one: &Judged| one.action != Action::Keep && common(&one.one.bounds, &edge) > 0.0;
        let mut shown: Vec<usize> = judged.iter().filter(|one| is_there(one)).map(|one| one.one.shown).collect();
        shown.extend(judged.iter().filter(|one| one.class == Class::Marker).map(|one| one.one.shown));
        shown.sort_unstable();
        shown.dedup();
        found.extend(shown.into_iter().find_map(|shown| lone(planes, shown, edge, at, size)));
    }
    let has_fellow = |one: &Lone| found.iter().any(|other| one.is_fellow_of(other));
    for letter in found.iter().filter(|one| has_fellow(one)) {
        keep(judged, letter);
    }
}

/// A letter at the middle of an edge, alone there.
struct Lone {
    edge: usize,
    bounds: [f32; 4],
    shown: usize,
    shape: Shape,
}

impl Lone {
    fn height(&self) -> f32 {
        self.bounds[3] - self.bounds[1]
    }

    /// Whether the other is of one size with it, at another edge, and another letter.
    fn is_fellow_of(&self, other: &Self) -> bool {
        let (low, high) = (self.height().min(other.height()), self.height().max(other.height()));
        self.edge != other.edge
            && self.shown == other.shown
            && high <= (rule::LIES_ALIKE * low).max(low + 1.0)
            && self.shape.likeness_to(other.shape) < rule::SAME_SHAPE
    }
}

/// The middle of the left, the right, the upper and the lower edge.
fn edges([w, h]: [f32; 2]) -> [[f32; 4]; 4] {
    let deep = [rule::LIES_DEEP * w, rule::LIES_DEEP * h];
    let off = [rule::LIES_OFF * w, rule::LIES_OFF * h];
    let (x, y) = ([w / 2.0 - off[0], w / 2.0 + off[0]], [h / 2.0 - off[1], h / 2.0 + off[1]]);
    [[0.0, y[0], deep[0], y[1]], [w - deep[0], y[0], w, y[1]], [x[0], 0.0, x[1], deep[1]], [x[0], h - deep[1], x[1], h]]
}

/// The one letter there, where it is alone in its row and reads as a letter of orientation.
fn lone(planes: &[Plane], shown: usize, edge: [f32; 4], at: usize, size: [f32; 2]) -> Option<Lone> {
    let highest = rule::LIES_HIGHEST * size[1];
    let room = rule::LIES_ROOM * highest;
    let wanted = [edge[0] - room, edge[1] - highest, edge[2] + room, edge[3] + highest];
    let ink = Window::of(planes.get(shown / 2)?, wanted, size, highest, shown % 2 == 1).pieces();
    let is_letter = |piece: &&Piece| {
        let [x0, y0, x1, y1] = piece.bounds;
        let (w, h) = (x1 - x0, y1 - y0);
        common(&piece.bounds, &edge) >= 0.9 * area(&piece.bounds)
            && (rule::LIES_LEAST..=highest).contains(&h)
            && (rule::LIES_NARROWEST..=rule::LIES_WIDEST).contains(&(w / h))
            && piece.like >= rule::LIES_LIKE
            && names_an_end(piece.shape)
    };
    let mut letters = ink.iter().filter(is_letter);
    let (Some(letter), None) = (letters.next(), letters.next()) else { return None };
    let alone = ink.iter().all(|other| other.bounds == letter.bounds || !stands_beside(other, letter));
    alone.then_some(Lone { edge: at, bounds: letter.bounds, shown, shape: letter.shape })
}

/// Whether it is L, R, A, P, H, F, S or I rather than a figure.
fn names_an_end(shape: Shape) -> bool {
    let [side, latin, lies, figure] =
        [Letter::Side, Letter::LatinSide, Letter::Lies, Letter::Figure].map(|letter| shape.likeness(letter));
    side.max(latin).max(lies) >= rule::READ && side.max(latin).max(lies) >= figure + rule::LEAD
}

/// Whether other ink stands in the row of a letter, or right over or under it, and may be of its word: rulers are longer.
fn stands_beside(other: &Piece, letter: &Piece) -> bool {
    let ([ax0, ay0, ax1, ay1], [bx0, by0, bx1, by1]) = (other.bounds, letter.bounds);
    let h = by1 - by0;
    let (across, down) = ((ax0 - bx1).max(bx0 - ax1), (ay0 - by1).max(by0 - ay1));
    let alike = other.contrast >= rule::ALIKE_INK * letter.contrast && other.like >= rule::LIKE_INK;
    let small = ax1 - ax0 <= rule::LIES_WORD * h && ay1 - ay0 <= rule::HIGHEST_PIECE * h;
    let speck = (ax1 - ax0).max(ay1 - ay0) < rule::LEAST_PIECE * h;
    alike && small && !speck && (across <= rule::LIES_ALONE * h && down < 0.0 || across < 0.0 && down <= 0.5 * h)
}

/// Keeps a letter: what covers little else goes, and longer covers end before it.
fn keep(judged: &mut Vec<Judged>, letter: &Lone) {
    let bounds = letter.bounds;
    let of_letter = |one: &Candidate| common(&one.bounds, &bounds);
    judged.retain(|one| of_letter(&one.one) < rule::LIES_OF * one.one.area());
    for one in judged.iter_mut().filter(|one| one.action == Action::Cover && of_letter(&one.one) > 0.0) {
        let [x0, _, x1, _] = &mut one.one.bounds;
        if bounds[0] - *x0 <= *x1 - bounds[2] { *x0 = bounds[2] + 1.0 } else { *x1 = bounds[0] - 1.0 }
    }
    judged.retain(|one| one.one.bounds[2] > one.one.bounds[0]);
    let Some(model) = judged.first() else { return };
    let one = Candidate {
        bounds,
        height: letter.height(),
        letters: 1.0,
        score: rule::MARKER,
        shown: letter.shown,
        upright: false,
        cut: false,
        parts: Vec::new(),
        ..model.one.clone()
    };
    judged.push(Judged { one, class: Class::Marker, action: Action::Keep });
}
