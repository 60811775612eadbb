//! Covers reach on along their own row: what one row of ink began goes on to its end.
//!
//! Joined scripts, clocks of dots and lines that the border cuts break into pieces of which some are sure and some are not.
//! Around each cover the ink is looked at once more as the surest sighting showed it, without asking what each piece is
//! like: type stands in rows, so pieces of one contrast that follow each other closely are of one line. GMC para 12.

use super::candidate::{Candidate, common};
use super::ink::{Piece, Window, area, around, grown, turned};
use super::judge::Judged;
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
