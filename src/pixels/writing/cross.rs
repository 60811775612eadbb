//! Lines that run across surer ones: letters that stand one under the other in a column of rows are of their rows.

use super::candidate::{Candidate, Part, common};
use super::rule;
use super::shape::Letter;

/// Leaves out lines whose glyphs are those of surer lines that run the other way. Of one that has some of its own besides,
/// those are left, each by itself; a letter that names a side is then judged as a marker.
pub(super) fn uncrossed(
    all: Vec<Candidate>,
    is_sure: impl Fn(&Candidate) -> bool,
    score: impl Fn(&Candidate) -> f32,
) -> Vec<Candidate> {
    let strength = |line: &Candidate| score(line) + rule::LETTER_COUNTS * line.letters.min(rule::MOST_LETTERS);
    let is_line = |one: &Candidate| one.letters >= 3.0 && !one.scale && !one.repeated && !one.ringed && is_sure(one);
    let (mut lines, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(is_line);
    lines.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    let sure = lines.len();
    let mut out: Vec<Candidate> = Vec::with_capacity(sure + rest.len());
    let mut left = Vec::new();
    let mut stays = 0;
    for (at, one) in lines.into_iter().chain(rest).enumerate() {
        let crosses = |line: &&Candidate| {
            line.upright != one.upright && common(&line.bounds, &one.bounds) > 0.0 && strength(line) > strength(&one)
        };
        let across: Vec<&Candidate> = out.iter().take(stays).filter(crosses).collect();
        let is_theirs = |part: &&Part| {
            let area = (part.bounds[2] - part.bounds[0]) * (part.bounds[3] - part.bounds[1]);
            across.iter().map(|line| common(&line.bounds, &part.bounds)).fold(0.0, f32::max) >= rule::EXPLAINED * area
        };
        let theirs = one.parts.iter().filter(is_theirs).count();
        if theirs == 0 || (theirs as f32) < rule::MOST_EXPLAINED * one.parts.len() as f32 {
            out.push(one);
            stays += usize::from(at < sure);
            continue;
        }
        if is_sure(&one) {
            left.extend(one.parts.iter().filter(|part| !is_theirs(part)).map(|part| alone(&one, part)));
        }
    }
    for piece in left {
        if piece.letters < 2.0 {
            out.push(piece);
            continue;
        }
        match out.iter_mut().filter(|one| is_row_of(one, &piece)).max_by(|a, b| a.score.total_cmp(&b.score)) {
            Some(row) => row.score = row.score.max(piece.score),
            None => out.push(piece),
        }
    }
    out
}

/// Whether a few letters that run the other way than a column are those of which the column took one.
fn is_row_of(row: &Candidate, piece: &Candidate) -> bool {
    row.upright != piece.upright
        && row.letters >= 2.0
        && !row.scale
        && !row.repeated
        && !row.ringed
        && row.height <= 1.5 * piece.height
        && common(&row.bounds, &piece.bounds) >= rule::EXPLAINED * piece.area()
}

fn names_a_side(part: &Part) -> bool {
    part.shape.likeness(Letter::Side) >= rule::READ
}

/// A glyph of a line by itself, as sure as the line: a letter that names a side may be a marker, all else is writing.
fn alone(line: &Candidate, part: &Part) -> Candidate {
    let along = [part.bounds[2] - part.bounds[0], part.bounds[3] - part.bounds[1]];
    let side = names_a_side(part);
    let (letters, shapes) = if side { (1.0, vec![part.shape]) } else { (2.0, Vec::new()) };
    Candidate {
        bounds: part.bounds,
        letters,
        shapes,
        height: along[usize::from(line.upright)],
        parts: Vec::new(),
        pairs: Vec::new(),
        weighed: line.weighed && !side,
        upright: line.upright && !side,
        ..line.clone()
    }
}
