//! From what was judged to areas: padded, joined to blocks, and kept off the markers that stay.

use super::judge::Judged;
use super::rule;
use crate::finding::Action;
use crate::pixels::{Class, Mark, Picture};
use crate::place::Area;

/// The marks of a picture, from the top.
pub(super) fn marks(judged: Vec<Judged>, picture: &Picture) -> Vec<Mark> {
    let found = judged.iter().filter_map(|one| Some((mark(one, picture)?, one.one.height)));
    let (mut marks, heights): (Vec<Mark>, Vec<f32>) = found.unzip();
    keep_off(&mut marks, &heights);
    join_rows(&mut marks, picture.height());
    let mut marks = with_blocks(marks, &heights);
    marks.sort_by_key(|mark| (mark.area.y, mark.area.x, mark.area.width, mark.area.height));
    marks.dedup_by_key(|mark| (mark.area, mark.action == Action::Cover));
    marks
}

fn mark(judged: &Judged, picture: &Picture) -> Option<Mark> {
    let pad = if judged.action == Action::Keep { 0.0 } else { rule::PAD * judged.one.height + 1.0 };
    let least = if judged.class == Class::CutByBorder { rule::LEAST_PAD_CUT } else { rule::LEAST_PAD };
    let pad = if judged.action == Action::Keep { pad } else { pad.max(least) };
    let [x0, y0, x1, y1] = judged.one.bounds;
    let low = |v: f32| (v - pad).floor().max(0.0) as u32;
    let high = |v: f32| (v + pad).ceil().max(0.0) as u32;
    let (x, y) = (low(x0), low(y0));
    let area = Area::new(x, y, high(x1).saturating_sub(x), high(y1).saturating_sub(y));
    let area = area.within(picture.width(), picture.height())?;
    Some(Mark { frame: 0, area, class: judged.class, score: judged.one.score, action: judged.action })
}

/// Covers that touch side by side in one row each take in what lies between them, where that is little: the strokes above
/// and below of joined words. Every one is widened and none goes, so that their order stays.
fn join_rows(marks: &mut [Mark], rows: u32) {
    let kept: Vec<Mark> = marks.iter().filter(|mark| mark.action == Action::Keep).copied().collect();
    // Dots of a clock that repeat one shape lie within their row; a ruler does not.
    let is_in_way = |mark: &Mark, around: &Area| match mark.class {
        Class::Scale if mark.area.common(around) == Some(mark.area) => false,
        _ => with_room(&mark.area).common(around).is_some(),
    };
    for _ in 0..rule::ROUNDS {
        let mut any = false;
        for a in 0..marks.len().min(rule::MOST_JOINED) {
            for b in a + 1..marks.len().min(rule::MOST_JOINED) {
                let both = marks[a].action == Action::Cover && marks[b].action == Action::Cover;
                let (one, other) = (marks[a].area, marks[b].area);
                let around = one.around(&other);
                if one == other
                    || !both
                    || !are_in_a_row(&one, &other, rows)
                    || kept.iter().any(|mark| is_in_way(mark, &around))
                {
                    continue;
                }
                (marks[a].area, marks[b].area) = (around, around);
                any = true;
            }
        }
        if !any {
            return;
        }
    }
}

/// Whether two covers touch side by side, and their box holds little else.
fn are_in_a_row(a: &Area, b: &Area, rows: u32) -> bool {
    let of_border = a.y == 0 && b.y == 0 || a.bottom() == rows && b.bottom() == rows;
    let cut = of_border && a.height.max(b.height) <= rows / rule::STRIP;
    let space = if cut { rule::ALONG_BORDER } else { rule::ACROSS_WORDS };
    let (low, high) = (a.height.min(b.height), a.height.max(b.height));
    let shared = a.bottom().min(b.bottom()).saturating_sub(a.y.max(b.y));
    let gap = a.x.max(b.x).saturating_sub(a.right().min(b.right()));
    let around = a.around(b);
    let filled = a.pixels() + b.pixels() - a.common(b).map_or(0, |area| area.pixels());
    let is_row = |area: &Area| area.width >= area.height;
    (is_row(a) && is_row(b) || high <= low + low / 2)
        && 10 * shared >= 6 * low
        && 10 * around.height <= 14 * high
        && (10 * gap <= 3 * low && 10 * around.pixels() <= u64::from(rule::MOST_BETWEEN) * filled
            || is_row(a) && is_row(b) && 10 * low >= 6 * high && gap as f32 <= space * low as f32)
}

/// Lines that stand closely one above the other, of one height and with one side in common, become a block, unless a
/// marker stands among them.
fn with_blocks(marks: Vec<Mark>, heights: &[f32]) -> Vec<Mark> {
    let lines: Vec<usize> = (0..marks.len()).filter(|at| is_line(&marks[*at])).collect();
    let mut group: Vec<usize> = (0..marks.len()).collect();
    for (n, a) in lines.iter().enumerate() {
        for b in lines.iter().skip(n + 1) {
            if are_stacked(&marks[*a].area, &marks[*b].area, heights[*a], heights[*b]) {
                let (from, to) = (group[*a].max(group[*b]), group[*a].min(group[*b]));
                group.iter_mut().filter(|root| **root == from).for_each(|root| *root = to);
            }
        }
    }
    let mut out: Vec<Mark> = Vec::new();
    for root in 0..marks.len() {
        let members: Vec<&Mark> = (0..marks.len()).filter(|at| group[*at] == root).map(|at| &marks[at]).collect();
        let Some(first) = members.first() else { continue };
        let area = members.iter().fold(first.area, |area, mark| area.around(&mark.area));
        let parts = filled(&members);
        let is_full = parts * 100 >= area.pixels() * u64::from(rule::FULL);
        let free =
            marks.iter().all(|mark| mark.action != Action::Keep || with_room(&mark.area).common(&area).is_none());
        if members.len() >= rule::BLOCK_LINES && is_full && free {
            let score = members.iter().map(|mark| mark.score).fold(0.0, f32::max);
            out.push(Mark { area, class: Class::Block, score, ..**first });
        } else {
            out.extend(members.into_iter().copied());
        }
    }
    out
}

/// Pixels that lines fill, those that two of them share counted once; lines of a block stand one above the other.
fn filled(lines: &[&Mark]) -> u64 {
    let mut areas: Vec<Area> = lines.iter().map(|line| line.area).collect();
    areas.sort_by_key(|area| (area.y, area.x));
    let mut above = 0;
    let rows = areas.iter().map(|area| {
        let rows = area.bottom().saturating_sub(area.y.max(above));
        above = above.max(area.bottom());
        u64::from(rows) * u64::from(area.width)
    });
    rows.sum()
}

fn is_line(mark: &Mark) -> bool {
    mark.action == Action::Cover && mark.area.width > mark.area.height
}

fn are_stacked(a: &Area, b: &Area, tall: f32, other: f32) -> bool {
    let slack = (tall.max(other) * 1.5) as u32;
    let gap = if a.y < b.y { b.y.saturating_sub(a.bottom()) } else { a.y.saturating_sub(b.bottom()) };
    let flush = a.x.abs_diff(b.x) <= slack || a.right().abs_diff(b.right()) <= slack;
    flush && gap <= slack && tall.max(other) <= 1.5 * tall.min(other)
}

/// Draws covers back from the markers that stay, as far as their padding reaches into them or too near to them.
fn keep_off(marks: &mut [Mark], heights: &[f32]) {
    let kept: Vec<Area> =
        marks.iter().filter(|m| m.action == Action::Keep && m.class == Class::Marker).map(|m| m.area).collect();
    for (mark, height) in marks.iter_mut().zip(heights).filter(|(mark, _)| mark.action == Action::Cover) {
        for marker in &kept {
            let wide = with_room(marker);
            drawn_back(&mut mark.area, &wide, ((rule::PAD - rule::LEAST_PADDING) * height) as u32);
            drawn_back(&mut mark.area, marker, (rule::PAD * height) as u32);
        }
    }
}

/// A marker and the room around it.
fn with_room(marker: &Area) -> Area {
    let room = (rule::ROOM * marker.height as f32) as u32;
    let (x, y) = (marker.x.saturating_sub(room), marker.y.saturating_sub(room));
    Area::new(x, y, (marker.right() - x).saturating_add(room), (marker.bottom() - y).saturating_add(room))
}

/// Takes at most `most` pixels from the side of an area where that frees it of another.
fn drawn_back(area: &mut Area, other: &Area, most: u32) {
    if area.common(other).is_none() {
        return;
    }
    let (left, right) = (other.right().saturating_sub(area.x), area.right().saturating_sub(other.x));
    let (top, bottom) = (other.bottom().saturating_sub(area.y), area.bottom().saturating_sub(other.y));
    let least = left.min(right).min(top).min(bottom);
    let n = least.min(most);
    if least > area.width.min(area.height) / 2 || n == 0 {
        return;
    }
    *area = match least {
        side if side == left => Area::new(area.x + n, area.y, area.width - n, area.height),
        side if side == right => Area::new(area.x, area.y, area.width - n, area.height),
        side if side == top => Area::new(area.x, area.y + n, area.width, area.height - n),
        _ => Area::new(area.x, area.y, area.width, area.height - n),
    };
}
