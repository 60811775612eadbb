//! What is done about each piece of writing: covered, kept, or put before a person.

use super::beside::widened;
use super::candidate::{Candidate, outermost};
use super::glyph::ramp;
use super::rule;
use crate::finding::Action;
use crate::pixels::{Class, Ground, Mark, Picture};
use crate::place::Area;

/// The marks of a picture.
pub(super) fn marks(candidates: Vec<Candidate>, picture: &Picture, ground: Ground, keep_markers: bool) -> Vec<Mark> {
    let size = [picture.width() as f32, picture.height() as f32];
    let candidates = widened(candidates, |one| one.score >= thresholds(one, size).0);
    let mut judged: Vec<Judged> = outermost(candidates).into_iter().filter_map(|one| judge(one, size)).collect();
    let _ = (ground, keep_markers);
    judged.sort_by(|a, b| a.action.cmp(&b.action));
    judged.iter().filter_map(|one| one.mark(picture)).collect()
}

struct Judged {
    one: Candidate,
    class: Class,
    action: Action,
}

fn judge(mut one: Candidate, size: [f32; 2]) -> Option<Judged> {
    let class = if one.scale {
        return Some(Judged { one, class: Class::Scale, action: Action::Keep });
    } else if one.glyph.is_some() && one.letters < 2.0 {
        Class::Marker
    } else if one.cut {
        Class::CutByBorder
    } else if one.letters < 3.5 {
        Class::Pair
    } else {
        Class::Line
    };
    let (_, edge) = distance(&one, size);
    let (cover, look) = thresholds(&one, size);
    one.score += rule::EDGE_BONUS * ramp(edge, rule::EDGE, 0.0) * one.like;
    if class == Class::Marker {
        return (one.score > rule::MARKER && one.height > rule::LEAST_MARKER * size[1] && !is_bar(&one)).then_some(Judged { one, class, action: Action::Keep });
    }
    let action = if one.score >= cover { Action::Cover } else if one.score >= look { Action::Look } else { return None };
    Some(Judged { one, class, action })
}

fn is_bar(one: &Candidate) -> bool {
    one.w() < 0.15 * one.h() || one.w() > 1.6 * one.h()
}

/// The scores from which it is covered, and from which it is put before a person.
fn thresholds(one: &Candidate, size: [f32; 2]) -> (f32, f32) {
    if distance(one, size).0 <= rule::MARGIN {
        (rule::COVER, rule::LOOK)
    } else {
        (rule::COVER_IN_MIDDLE, rule::LOOK_IN_MIDDLE)
    }
}

/// Distance of the middle from the nearest edge, and of the box from it, both in parts of width or height.
fn distance(one: &Candidate, size: [f32; 2]) -> (f32, f32) {
    let [x0, y0, x1, y1] = one.bounds;
    let middle = [(x0 + x1) / 2.0 / size[0], (y0 + y1) / 2.0 / size[1]];
    let inner = middle.map(|m| m.min(1.0 - m));
    let outer = [x0 / size[0], y0 / size[1], 1.0 - x1 / size[0], 1.0 - y1 / size[1]];
    (inner[0].min(inner[1]), outer.iter().copied().fold(1.0, f32::min).max(0.0))
}

impl Judged {
    fn mark(&self, picture: &Picture) -> Option<Mark> {
        let pad = if self.action == Action::Keep { 0.0 } else { (rule::PAD * self.one.height).max(rule::LEAST_PAD) };
        let [x0, y0, x1, y1] = self.one.bounds;
        let low = |v: f32| (v - pad).floor().max(0.0) as u32;
        let high = |v: f32| (v + pad).ceil().max(0.0) as u32;
        let (x, y) = (low(x0), low(y0));
        let area = Area::new(x, y, high(x1).saturating_sub(x), high(y1).saturating_sub(y));
        let area = area.within(picture.width(), picture.height())?;
        Some(Mark { frame: 0, area, class: self.class, score: self.one.score, action: self.action })
    }
}
