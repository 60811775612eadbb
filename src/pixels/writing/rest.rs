//! What goes on where a cover ends: ink that is plainly of the line is covered (`tail.rs`), other ink in the row of a cover, or
//! sticking out of it, is put before a person.
//!
//! A cover that holds eight tenths of a name is no less of a miss than none, and nobody looks at a picture in which all seems
//! done. So here less is asked of ink than where a row is covered to its end. GMC para 12.

use super::candidate::{Candidate, common};
use super::ink::{Piece, Window, area, around, grown, turned};
use super::judge::Judged;
use super::plane::Plane;
use super::rule;
use super::tail::Row;
use crate::finding::Action;
use crate::pixels::Class;

/// Adds a cover for what sticks out of each cover and is plainly of its line, and a look for what else it leaves of its row.
pub(super) fn shown(judged: &mut Vec<Judged>, planes: &[Plane], size: [f32; 2]) {
    let held: Vec<[f32; 4]> = judged.iter().filter(|one| one.action != Action::Look).map(padded).collect();
    let is_line = |one: &&Judged| one.action == Action::Cover && one.one.letters >= 2.0;
    let lines: Vec<Judged> = judged.iter().filter(is_line).take(rule::MOST_ALONG).cloned().collect();
    let (mut found, mut tails): (Vec<Judged>, Vec<Judged>) = (Vec::new(), Vec::new());
    for line in &lines {
        let Some(plane) = planes.get(line.one.shown / 2) else { continue };
        let left = left(line, plane, size, &held);
        let height = rule::TAIL_PAD / rule::PAD * line.one.height;
        let tail = |bounds| Judged { one: Candidate { bounds, height, ..line.one.clone() }, ..line.clone() };
        tails.extend(left.tails.into_iter().map(tail));
        for bounds in left.rest {
            let is_known = |known: &Judged| {
                known.action == Action::Look && common(&known.one.bounds, &bounds) >= 0.9 * area(&bounds)
            };
            if !judged.iter().chain(&found).any(is_known) {
                let one = Candidate { bounds, ..line.one.clone() };
                found.push(Judged { one, class: line.class, action: Action::Look });
            }
        }
    }
    let covers: Vec<[f32; 4]> = tails.iter().map(padded).collect();
    found.retain(|look| !covers.iter().any(|cover| common(&look.one.bounds, cover) >= 0.9 * look.one.area()));
    judged.append(&mut found);
    judged.append(&mut tails);
}

/// Puts letters that read as side markers before a person where they stand in the row of writing that is covered: strokes of
/// joined words do.
pub(super) fn markers_in_rows(judged: &mut [Judged]) {
    let is_line = |one: &&Judged| {
        one.action == Action::Cover && one.one.letters >= 3.0 && one.one.score >= rule::COVER && !one.one.upright
    };
    let lines: Vec<Candidate> = judged.iter().filter(is_line).map(|one| one.one.clone()).collect();
    let is_in_row = |one: &Candidate, line: &Candidate| {
        let ([ax0, ay0, ax1, ay1], [bx0, by0, bx1, by1]) = (one.bounds, line.bounds);
        let shared = ay1.min(by1) - ay0.max(by0);
        let low = line.height.max(1.0);
        let high = line.h().clamp(low, rule::HIGHEST_PIECE * low);
        (0.6 * low..=rule::AS_HIGH * high).contains(&one.h())
            && shared >= 0.6 * one.h().min(line.h())
            && (ax0 - bx1).max(bx0 - ax1) <= rule::BESIDE_ROW * low
    };
    let is_marker = |one: &&mut Judged| one.action == Action::Keep && one.class == Class::Marker && !one.one.ringed;
    for one in judged.iter_mut().filter(is_marker) {
        if lines.iter().any(|line| is_in_row(&one.one, line)) {
            one.action = Action::Look;
        }
    }
}

/// Covers rows that were taken for a scale, or for one shape over and over, where they stand beside a sure line of their size
/// that runs as they do: `8:88` under a date. Rulers and staples have no type beside them.
pub(super) fn repeated_in_columns(judged: &mut [Judged]) {
    let is_line = |one: &&Judged| {
        one.action == Action::Cover && one.one.letters >= rule::ALIGNED_LETTERS && one.one.score >= rule::BEGINS
    };
    let lines: Vec<Candidate> = judged.iter().filter(is_line).map(|one| one.one.clone()).collect();
    let is_beside = |one: &Candidate, line: &Candidate| {
        let (a, b) = (one.along(line.upright), line.along(line.upright));
        let (apart, shared) = ((a[1] - b[3]).max(b[1] - a[3]), a[2].min(b[2]) - a[0].max(b[0]));
        one.upright == line.upright
            && one.height.max(line.height) <= rule::ALIGNED_HEIGHTS * one.height.min(line.height)
            && (-0.3 * line.height..=rule::ALIGNED_GAP * line.height).contains(&apart)
            && shared >= 0.4 * (a[2] - a[0]).min(b[2] - b[0])
    };
    for one in judged.iter_mut().filter(|one| one.action == Action::Keep && one.class == Class::Scale) {
        if lines.iter().any(|line| is_beside(&one.one, line)) {
            (one.class, one.action) = (Class::Line, Action::Cover);
        }
    }
}

/// What a mark will hold with its padding; a marker as it is.
fn padded(one: &Judged) -> [f32; 4] {
    let pad = if one.action == Action::Keep { 0.0 } else { (rule::PAD * one.one.height).max(rule::LEAST_PAD) };
    grown(one.one.bounds, pad)
}

/// Boxes of what a line leaves, in pixels of the picture.
#[derive(Default)]
struct Left {
    /// Ink that sticks out of its cover and is plainly of it.
    tails: Vec<[f32; 4]>,
    /// Ink that follows it or sticks out and is held by no mark; a tail may be in it.
    rest: Vec<[f32; 4]>,
}

/// What a line leaves of its row.
fn left(line: &Judged, plane: &Plane, size: [f32; 2], held: &[[f32; 4]]) -> Left {
    let upright = line.one.upright;
    let turn = |bounds| if upright { turned(bounds) } else { bounds };
    let height = line.one.height.max(3.0);
    let row = turn(line.one.bounds);
    let [x0, y0, x1, y1] = row;
    let at_border = !upright && line.one.cut && (y0 <= 0.0 || y1 >= size[1]);
    let (reach, step) = match at_border {
        true => (rule::REST_ALONG_BORDER, rule::REST_GAP_BORDER),
        false => (rule::REST_REACH, rule::REST_GAP),
    };
    let (along, across) = (reach * height, 2.0 * height);
    let window = turn([x0 - along, y0 - across, x1 + along, y1 + across]);
    let mut pieces = Window::of(plane, window, size, height, line.one.shown % 2 == 1).pieces();
    pieces.iter_mut().for_each(|piece| piece.bounds = turn(piece.bounds));
    let mut of_line: Vec<f32> = pieces
        .iter()
        .filter(|piece| common(&piece.bounds, &row) >= 0.6 * area(&piece.bounds))
        .map(|p| p.contrast)
        .collect();
    of_line.sort_by(f32::total_cmp);
    let Some(usual) = of_line.get(of_line.len() * 2 / 3).copied() else { return Left::default() };
    // A joined word is one piece with all its tails, and more of it is held than not.
    let is_begun = |piece: &[f32; 4]| common(piece, &row) >= rule::REST_BEGUN * area(piece);
    let highest = |piece: &[f32; 4]| if is_begun(piece) { rule::REST_HIGHEST } else { rule::HIGHEST_PIECE };
    let may_be = |piece: &&Piece| {
        let [px0, py0, px1, py1] = piece.bounds;
        (rule::REST_ALIKE * usual..=usual / rule::REST_ALIKE).contains(&piece.contrast)
            && (piece.like >= rule::REST_LIKE || common(&piece.bounds, &row) >= 0.5 * area(&piece.bounds))
            && py1 - py0 <= highest(&piece.bounds) * height
            && px1 - px0 <= rule::LONGEST * height
            && px1 - px0 + py1 - py0 >= rule::LEAST_PIECE * height
    };
    let held: Vec<[f32; 4]> = held.iter().map(|bounds| turn(*bounds)).collect();
    let of_line = Row { bounds: row, height, contrast: usual };
    let is_out = |piece: &[f32; 4]| sticks_out(piece, &held) > rule::REST_OUT * height;
    let tails = pieces.iter().filter(|piece| is_out(&piece.bounds));
    let is_tail = |piece: &&Piece| of_line.ends_with(piece) || may_be(piece) && of_line.has_tail(piece);
    let tails = tails.filter(is_tail).map(|piece| turn(piece.bounds)).collect();
    let pieces: Vec<[f32; 4]> = pieces.iter().filter(may_be).map(|piece| piece.bounds).collect();
    let is_of_row = |piece: &[f32; 4]| common(piece, &row) >= 0.3 * area(piece);
    let mut reached: Vec<bool> = pieces.iter().map(is_of_row).collect();
    for _ in 0..2 * rule::ROUNDS {
        let mut any = false;
        for at in 0..pieces.len() {
            let next = |(other, reached): (&[f32; 4], &bool)| *reached && follow(&pieces[at], other, step * height);
            if !reached[at] && pieces.iter().zip(&reached).any(next) {
                (reached[at], any) = (true, true);
            }
        }
        if !any {
            break;
        }
    }
    // Speckle is ink all around, of which some always lies in the row.
    let beside = pieces.iter().zip(&reached).filter(|(piece, reached)| !**reached && sticks_out(piece, &held) > 0.0);
    if beside.count() >= rule::SPECKLE {
        return Left::default();
    }
    let out = pieces.iter().zip(&reached).filter(|(_, reached)| **reached).map(|(piece, _)| *piece);
    let out = out.filter(is_out);
    // One box to each side of what is covered.
    let mut sides: [Option<[f32; 4]>; 3] = [None; 3];
    let mut small = [0.0_f32; 3];
    for piece in out {
        let side = match () {
            () if piece[2] <= x0 => 0,
            () if piece[0] >= x1 => 2,
            () => 1,
        };
        // Dots count for little by themselves: those of a clock are many.
        small[side] += (piece[2] - piece[0] + piece[3] - piece[1]) / (rule::REST_LEAST * height);
        sides[side] = Some(sides[side].map_or(piece, |known| around(known, piece)));
    }
    let counts = sides.into_iter().zip(small).filter(|(_, small)| *small >= 1.0);
    // Of a line of which the border leaves little all between is shown: the rest of its letters is cut off.
    let whole = |side| if at_border { around(side, row) } else { side };
    Left { tails, rest: counts.filter_map(|(side, _)| side).map(whole).map(turn).collect() }
}

/// Adds a cover for each row of dashes right under or over a sure line: a console writes them for a value that is not known.
pub(super) fn dashes(judged: &mut Vec<Judged>, planes: &[Plane], size: [f32; 2]) {
    let is_line = |one: &&Judged| one.action == Action::Cover && one.one.letters >= 2.0 && !one.one.upright;
    let lines: Vec<Judged> = judged.iter().filter(is_line).take(rule::MOST_ALONG).cloned().collect();
    for line in &lines {
        let Some(plane) = planes.get(line.one.shown / 2) else { continue };
        let height = line.one.height.max(3.0);
        let [x0, y0, x1, y1] = line.one.bounds;
        let room = (rule::DASH_UNDER + 0.5) * height;
        let ink =
            Window::of(plane, [x0 - height, y0 - room, x1 + height, y1 + room], size, height, line.one.shown % 2 == 1);
        let is_dash = |piece: &Piece| {
            let [px0, py0, px1, py1] = piece.bounds;
            let apart = (py0 - y1).max(y0 - py1);
            (0.0..=rule::DASH_UNDER * height).contains(&apart)
                && px1 - px0 <= rule::DASH_WIDE * height
                && px1 - px0 >= 1.5 * (py1 - py0)
                && py1 - py0 <= (rule::DASH_HIGH * height).max(2.0)
                && piece.like >= rule::LIKE_INK
        };
        let mut dashes: Vec<[f32; 4]> = ink.pieces().iter().filter(|piece| is_dash(piece)).map(|p| p.bounds).collect();
        dashes.sort_by(|a, b| a[1].total_cmp(&b[1]).then(a[0].total_cmp(&b[0])));
        let alike = |a: &[f32; 4], b: &[f32; 4]| {
            let ([wa, ha], [wb, hb]) = ([a[2] - a[0], a[3] - a[1]], [b[2] - b[0], b[3] - b[1]]);
            (a[1] - b[1]).abs() <= rule::PIXEL_OFF
                && (ha - hb).abs() <= rule::PIXEL_OFF
                && (wa - wb).abs() <= rule::STAPLES_OFF
                && b[0] - a[2] <= 0.5 * height
        };
        for row in dashes.chunk_by(alike).filter(|row| row.len() >= rule::DASHES) {
            let Some(bounds) = row.iter().copied().reduce(around) else { continue };
            let flush = (bounds[0] - x0).abs() <= height || (bounds[2] - x1).abs() <= height;
            let held = |known: &Judged| {
                known.action == Action::Cover && common(&known.one.bounds, &bounds) >= 0.9 * area(&bounds)
            };
            if flush && !judged.iter().any(held) {
                let one = Candidate { bounds, letters: row.len() as f32, ..line.one.clone() };
                judged.push(Judged { one, class: line.class, action: Action::Cover });
            }
        }
    }
}

/// Whether two pieces stand side by side, or nearly, no further apart than `most`.
fn follow(a: &[f32; 4], b: &[f32; 4], most: f32) -> bool {
    let shared = a[3].min(b[3]) - a[1].max(b[1]);
    a[0].max(b[0]) - a[2].min(b[2]) <= most && shared >= 0.4 * (a[3] - a[1]).min(b[3] - b[1])
}

/// By how many pixels a piece sticks out of the mark that holds most of it.
fn sticks_out(piece: &[f32; 4], held: &[[f32; 4]]) -> f32 {
    let out = |mark: &[f32; 4]| {
        if common(piece, mark) <= 0.0 {
            return f32::MAX;
        }
        [mark[0] - piece[0], mark[1] - piece[1], piece[2] - mark[2], piece[3] - mark[3]].into_iter().fold(0.0, f32::max)
    };
    let whole = (piece[2] - piece[0]).max(piece[3] - piece[1]);
    held.iter().map(out).fold(whole, f32::min)
}
