//! Letters that stand beside a letter: a side marker stands alone, or is DX, SN or SX; with others beside it, it is a word.
//!
//! What was found is looked at once more as ink, without asking how much each piece is like a glyph: so a `P` that reads as a
//! mirrored R is seen with its `A`, and a tilted DX is read though it was taken for initials. GMC para 12.

use super::candidate::{Candidate, common};
use super::ink::{Piece, Window, area, around, grown};
use super::judge::Judged;
use super::plane::Plane;
use super::rule;
use super::shape::{Letter, Shape};
use crate::finding::Action;
use crate::pixels::Class;

/// Corrects what is kept beside other letters, and what is covered though it names a side.
pub(super) fn read(judged: &mut [Judged], planes: &[Plane], size: [f32; 2], keep_markers: bool) {
    let sure: Vec<[f32; 4]> = judged.iter().filter(|one| is_sure_line(one)).map(|one| one.one.bounds).collect();
    let is_marker = |one: &&Judged| one.action == Action::Keep && one.class == Class::Marker;
    let markers: Vec<[f32; 4]> = judged.iter().filter(is_marker).map(|one| one.one.bounds).collect();
    for one in judged.iter_mut() {
        let is_cover = one.action != Action::Keep && one.one.score < rule::BEYOND_DOUBT && one.one.letters < 6.0;
        let is_kept = one.action == Action::Keep && one.class == Class::Marker;
        if !(is_cover && keep_markers || is_kept) {
            continue;
        }
        let Some(plane) = planes.get(one.one.shown / 2) else { continue };
        let dark = one.one.shown % 2 == 1;
        // A gap between letters may have been taken for one: what they are is then seen the other way round.
        let words = [dark, !dark].map(|inverted| word(&one.one, plane, size, inverted));
        let names_side =
            |word: &Vec<Piece>| matches!(word[..], [first, last] if is_latin_side(first.shape, last.shape));
        let of_side = words.iter().find(|word| names_side(word));
        let (word, names_side) = (of_side.unwrap_or(&words[usize::from(one.one.ringed)]), of_side.is_some());
        if is_cover
            && one.one.score < rule::COVER
            && one.class == Class::Pair
            && words.iter().all(|word| word.len() < 2)
        {
            // What was covered as initials for the marker beside it, and shows no two letters.
            let near = grown(one.one.bounds, 2.0 * one.one.height);
            if sure.iter().all(|line| common(line, &near) <= 0.0) {
                one.action = Action::Look;
                continue;
            }
        }
        let Some(bounds) = word.iter().map(|piece| piece.bounds).reduce(around) else { continue };
        // What runs around letters from the border on is no ring.
        let is_single = one.one.letters < 2.0 && (!one.one.ringed || one.one.cut);
        let near = grown(bounds, rule::BESIDE_SIDE * one.one.height);
        let is_alone = markers.iter().all(|marker| common(marker, &near) <= 0.0);
        let fills = area(&bounds) >= rule::PAIR_FILLS * one.one.area();
        if is_cover && names_side && fills && is_alone {
            (one.one.bounds, one.class, one.action) = (bounds, Class::Marker, Action::Keep);
        } else if is_kept && word.len() > 1 && !names_side && (is_single || word.len() > 2) {
            let like = word.iter().map(|piece| piece.like).fold(1.0, f32::min);
            if like < rule::LIKE {
                continue;
            }
            one.one.bounds = around(bounds, one.one.bounds);
            let action = if like >= rule::PAIR_LIKE { Action::Cover } else { Action::Look };
            (one.class, one.action) = (Class::Pair, action);
        }
    }
}

fn is_sure_line(one: &Judged) -> bool {
    one.action == Action::Cover && one.one.letters >= 3.0 && one.one.score >= rule::COVER
}

/// The letters of the row that a mark holds or is one of, from the left.
fn word(one: &Candidate, plane: &Plane, size: [f32; 2], inverted: bool) -> Vec<Piece> {
    let height = one.h();
    let [x0, y0, x1, y1] = one.bounds;
    let room = 2.0 * height;
    let wanted = [x0 - room, y0 - 0.3 * height, x1 + room, y1 + 0.3 * height];
    let ink = Window::of(plane, wanted, size, height, inverted).pieces();
    let of_mark = |piece: &&Piece| common(&piece.bounds, &one.bounds) >= 0.6 * area(&piece.bounds);
    let tall = |piece: &Piece| piece.bounds[3] - piece.bounds[1];
    let Some(first) = ink
        .iter()
        .filter(of_mark)
        .filter(|piece| !is_ring(piece, &ink))
        .filter(|piece| is_of_letter(piece))
        .max_by(|a, b| tall(a).total_cmp(&tall(b)))
    else {
        return Vec::new();
    };
    let (model, contrast) = (first.bounds, first.contrast);
    let high = tall(first);
    let is_letter = |piece: &&Piece| {
        let [_, py0, _, py1] = piece.bounds;
        let shared = py1.min(model[3]) - py0.max(model[1]);
        is_of_letter(piece)
            && !is_ring(piece, &ink)
            && (rule::PAIR_HEIGHT * high..=high / rule::PAIR_HEIGHT).contains(&(py1 - py0))
            && shared >= rule::PAIR_HEIGHT * high
            && (rule::ALIKE_INK * contrast..=contrast / rule::ALIKE_INK).contains(&piece.contrast)
            && piece.like >= rule::LIKE_INK
    };
    let mut letters: Vec<Piece> = ink.iter().filter(is_letter).copied().collect();
    letters.sort_by(|a, b| a.bounds[0].total_cmp(&b.bounds[0]));
    let Some(at) = letters.iter().position(|piece| piece.bounds == model) else { return Vec::new() };
    let near = |a: &Piece, b: &Piece| b.bounds[0] - a.bounds[2] <= rule::PAIR_GAP * high;
    let mut from = at;
    while from > 0 && near(&letters[from - 1], &letters[from]) {
        from -= 1;
    }
    let mut to = at + 1;
    while to < letters.len() && near(&letters[to - 1], &letters[to]) {
        to += 1;
    }
    letters.drain(from..to).collect()
}

/// Whether a piece runs around others that may be letters.
fn is_ring(piece: &Piece, ink: &[Piece]) -> bool {
    let tall = |piece: &Piece| piece.bounds[3] - piece.bounds[1];
    let within = |other: &Piece| {
        other.bounds != piece.bounds && common(&other.bounds, &piece.bounds) >= 0.99 * area(&other.bounds)
    };
    ink.iter().filter(|other| tall(other) >= 0.3 * tall(piece)).any(within)
}

/// Whether a piece may be one letter, by its proportions.
fn is_of_letter(piece: &Piece) -> bool {
    let [x0, y0, x1, y1] = piece.bounds;
    (0.08..=1.4).contains(&((x1 - x0) / (y1 - y0).max(1.0))) && piece.pixels <= 0.75 * area(&piece.bounds)
}

/// Whether two letters are DX, SX or SN, however they lean: X and N are like no figure.
fn is_latin_side(first: Shape, last: Shape) -> bool {
    let read = |shape: Shape, letter| (0..5).map(|step| shape.leaning(step - 2).likeness(letter)).fold(0.0, f32::max);
    let (side, end) = (read(first, Letter::LatinSide), read(last, Letter::LatinEnd));
    side >= rule::PAIR_READ
        && end >= rule::PAIR_READ
        && side >= read(first, Letter::Lies)
        && side >= read(first, Letter::Figure) + rule::LEAD
        && end >= read(last, Letter::Lies)
        && end >= read(last, Letter::Figure) + rule::END_LEAD
}
