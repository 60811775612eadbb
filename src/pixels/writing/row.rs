//! Covers reach on along their own row: what one row of ink began goes on to its end.
//!
//! Joined scripts, clocks of dots and lines that the border cuts break into pieces of which some are sure and some are not.
//! Around each cover the ink is looked at once more as the surest sighting showed it, without asking what each piece is
//! like: type stands in rows, so pieces of one contrast that follow each other closely are of one line. GMC para 12.

use super::candidate::{Candidate, common};
use super::glyph::{self, Glyph};
use super::judge::Judged;
use super::noise::Noise;
use super::plane::Plane;
use super::rule;
use crate::finding::Action;
use crate::pixels::Class;

/// Adds a cover for each row of ink that covers begin and do not end, and a look for each of which they hold little.
pub(super) fn completed(judged: &mut Vec<Judged>, planes: &[Plane], size: [f32; 2]) {
    let bounds_of = |action| move |one: &&Judged| one.action == action;
    let padded = |one: &Judged| grown(one.one.bounds, rule::LEAST_PADDING * one.one.height);
    let kept: Vec<[f32; 4]> = judged.iter().filter(bounds_of(Action::Keep)).map(|one| one.one.bounds).collect();
    let begins = |one: &&Judged| one.action == Action::Cover && one.one.score >= rule::BEGINS;
    for _ in 0..rule::ROUNDS_ALONG {
        let covers: Vec<[f32; 4]> = judged.iter().filter(bounds_of(Action::Cover)).map(padded).collect();
        let lines: Vec<Judged> = judged.iter().filter(begins).take(rule::MOST_ALONG).cloned().collect();
        let before = judged.len();
        for line in &lines {
            let Some(plane) = planes.get(line.one.shown / 2) else { continue };
            let directions: &[bool] = if line.one.upright { &[false, true] } else { &[false] };
            for upright in directions {
                let seen = Seen::around(&line.one, plane, size, *upright);
                for row in seen.rows(&covers, &kept) {
                    add(judged, line, row, *upright);
                }
            }
        }
        if judged.len() == before {
            return;
        }
    }
}

fn add(judged: &mut Vec<Judged>, line: &Judged, row: Row, upright: bool) {
    let action = if row.covered >= rule::BEGUN { Action::Cover } else { Action::Look };
    let is_known = |known: &Judged| {
        (known.action == action || known.action == Action::Cover)
            && common(&known.one.bounds, &row.bounds) >= 0.9 * area(&row.bounds)
    };
    if judged.iter().any(is_known) {
        return;
    }
    let one = Candidate { bounds: row.bounds, upright, ..line.one.clone() };
    let class = if line.class == Class::Pair { Class::Line } else { line.class };
    judged.push(Judged { one, class, action });
}

fn area(bounds: &[f32; 4]) -> f32 {
    ((bounds[2] - bounds[0]) * (bounds[3] - bounds[1])).max(1.0)
}

fn grown([x0, y0, x1, y1]: [f32; 4], by: f32) -> [f32; 4] {
    [x0 - by, y0 - by, x1 + by, y1 + by]
}

fn around(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

fn turned([x0, y0, x1, y1]: [f32; 4]) -> [f32; 4] {
    [y0, x0, y1, x1]
}

/// A row of ink in pixels of the picture, and how much of it is covered, 0 to 1.
struct Row {
    bounds: [f32; 4],
    covered: f32,
}

/// The ink around a line, in pixels of the picture; rows for columns where it is looked at down the picture.
struct Seen {
    pieces: Vec<Piece>,
    line: [f32; 4],
    height: f32,
    cut: bool,
    upright: bool,
    /// Whether the line runs the other way.
    across: bool,
}

#[derive(Clone, Copy)]
struct Piece {
    bounds: [f32; 4],
    contrast: f32,
    like: f32,
}

impl Seen {
    fn around(line: &Candidate, plane: &Plane, size: [f32; 2], upright: bool) -> Self {
        let turn = |bounds| if upright { turned(bounds) } else { bounds };
        let height = line.height.max(3.0);
        let [x0, y0, x1, y1] = turn(line.bounds);
        let (along, across) = (rule::REACH * height, 2.0 * height);
        let wanted = turn([x0 - along, y0 - across, x1 + along, y1 + across]);
        let window = Window::of(plane, wanted, size, height, line.shown % 2 == 1);
        let mut pieces = window.pieces();
        pieces.iter_mut().for_each(|piece| piece.bounds = turn(piece.bounds));
        Self { pieces, line: turn(line.bounds), height, cut: line.cut, upright, across: upright != line.upright }
    }

    /// The rows that are covered in part.
    fn rows(&self, covers: &[[f32; 4]], kept: &[[f32; 4]]) -> Vec<Row> {
        let turn = |bounds| if self.upright { turned(bounds) } else { bounds };
        let is_of_line = |piece: &&Piece| common(&piece.bounds, &self.line) >= 0.6 * area(&piece.bounds);
        let mut of_line: Vec<f32> = self.pieces.iter().filter(is_of_line).map(|piece| piece.contrast).collect();
        of_line.sort_by(f32::total_cmp);
        let Some(usual) = of_line.get(of_line.len() * 2 / 3) else { return Vec::new() };
        let alike = |piece: &&Piece| {
            let [x0, y0, x1, y1] = piece.bounds;
            let held = |bounds: &[f32; 4]| common(&turn(piece.bounds), bounds) >= 0.5 * area(&piece.bounds);
            (rule::ALIKE_INK * usual..=usual / rule::ALIKE_INK).contains(&piece.contrast)
                && y1 - y0 <= rule::HIGHEST_PIECE * self.height
                && x1 - x0 <= rule::LONGEST * self.height
                && x1 - x0 + y1 - y0 >= rule::LEAST_PIECE * self.height
                && piece.like >= rule::LIKE_INK
                && self.is_in_band(y0, y1)
                && !kept.iter().any(held)
        };
        let mut pieces: Vec<Piece> = self.pieces.iter().filter(alike).copied().collect();
        pieces.sort_by(|a, b| area(&b.bounds).total_cmp(&area(&a.bounds)));
        pieces.truncate(rule::MOST_LINKS);
        pieces.sort_by(|a, b| a.bounds[0].total_cmp(&b.bounds[0]));
        let mut group: Vec<usize> = (0..pieces.len()).collect();
        for i in 0..pieces.len() {
            for j in i + 1..pieces.len() {
                if group[i] != group[j] && self.follow(&pieces[i].bounds, &pieces[j].bounds) {
                    let (from, to) = (group[i].max(group[j]), group[i].min(group[j]));
                    group.iter_mut().filter(|root| **root == from).for_each(|root| *root = to);
                }
            }
        }
        let row = |root: usize| {
            let row: Vec<[f32; 4]> =
                pieces.iter().zip(&group).filter(|(_, of)| **of == root).map(|(piece, _)| piece.bounds).collect();
            self.row(&row, covers)
        };
        (0..pieces.len()).filter_map(row).collect()
    }

    /// Whether a piece stands at the height of the line; of what runs the other way any height will do.
    fn is_in_band(&self, y0: f32, y1: f32) -> bool {
        let middle = (y0 + y1) / 2.0;
        let slack = rule::BAND * self.height;
        self.across || middle >= self.line[1] - slack && middle <= self.line[3] + slack
    }

    fn follow(&self, a: &[f32; 4], b: &[f32; 4]) -> bool {
        let most = if self.cut { rule::FURTHER_ON } else { rule::NEXT_INK };
        let gap = a[0].max(b[0]) - a[2].min(b[2]);
        let shared = a[3].min(b[3]) - a[1].max(b[1]);
        let low = (a[3] - a[1]).min(b[3] - b[1]);
        gap <= most * self.height && shared >= rule::OVERLAP * low
    }

    /// One row, where covers begin it and do not end it.
    fn row(&self, pieces: &[[f32; 4]], covers: &[[f32; 4]]) -> Option<Row> {
        let turn = |bounds| if self.upright { turned(bounds) } else { bounds };
        let bounds = pieces.iter().copied().reduce(around)?;
        let high = bounds[3] - bounds[1];
        if high > rule::HIGHEST_ROW * self.height || bounds[2] - bounds[0] < high {
            return None;
        }
        let held = |piece: &[f32; 4]| {
            covers.iter().map(|cover| common(&turn(*piece), cover)).fold(0.0, f32::max) / area(piece)
        };
        let length = |piece: &[f32; 4]| (piece[2] - piece[0]).max(piece[3] - piece[1]);
        let all: f32 = pieces.iter().map(length).sum();
        let covered = pieces.iter().map(|piece| length(piece) * held(piece).min(1.0)).sum::<f32>() / all.max(1.0);
        let ends = pieces.iter().all(|piece| held(piece) >= 0.95);
        (covered > 0.0 && !ends).then_some(Row { bounds: turn(bounds), covered })
    }
}

/// A part of a plane, light on dark, brought to a size at which strokes are as narrow as the top-hat asks for.
struct Window {
    plane: Plane,
    /// Left and top in pixels of the plane it is of.
    from: [usize; 2],
    /// Pixels of the picture in one of its own.
    times: [f32; 2],
    /// Pixels of the plane in one of its own.
    shrunk: usize,
}

impl Window {
    fn of(plane: &Plane, wanted: [f32; 4], size: [f32; 2], height: f32, inverted: bool) -> Self {
        let scale = [plane.w as f32 / size[0], plane.h as f32 / size[1]];
        let low = |v: f32, scale: f32, most: usize| ((v * scale).max(0.0) as usize).min(most - 1);
        let high = |v: f32, scale: f32, least: usize, most: usize| {
            ((v * scale).ceil().max(0.0) as usize).clamp(least + 1, most)
        };
        let from = [low(wanted[0], scale[0], plane.w), low(wanted[1], scale[1], plane.h)];
        let to = [high(wanted[2], scale[0], from[0], plane.w), high(wanted[3], scale[1], from[1], plane.h)];
        let (w, h) = (to[0] - from[0], to[1] - from[1]);
        let px = (from[1]..to[1]).flat_map(|y| plane.row(y)[from[0]..to[0]].iter().copied());
        let mut part = Plane { w, h, px: px.collect() };
        let (mut shrunk, mut height) = (1, height * scale[1]);
        while height > rule::HIGHEST_SEEN {
            (part, shrunk, height) = (part.halved(), 2 * shrunk, height / 2.0);
        }
        let part = if inverted { part.inverted() } else { part };
        Self { plane: part, from, times: [shrunk as f32 / scale[0], shrunk as f32 / scale[1]], shrunk }
    }

    /// Its ink, in pixels of the picture.
    fn pieces(&self) -> Vec<Piece> {
        let place = |v: f32, axis: usize| (v + self.from[axis] as f32 / self.shrunk as f32) * self.times[axis];
        let piece = |glyph: &Glyph| {
            let bounds = [place(glyph.x0, 0), place(glyph.y0, 1), place(glyph.x1, 0), place(glyph.y1, 1)];
            Piece { bounds, contrast: glyph.contrast, like: glyph.like }
        };
        glyph::pieces(&self.plane, &Noise::of(&self.plane)).iter().map(piece).collect()
    }
}
