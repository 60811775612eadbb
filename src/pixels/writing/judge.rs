//! What is done about each piece of writing: covered, kept, or put before a person.
//!
//! GMC paras 12 and 17: writing in the margins of an X-ray goes; a side marker names no one and stays.

use super::beside::{are_initials, is_close, off_rings, stands_beside, widened};
use super::candidate::{Candidate, common, outermost};
use super::column;
use super::cross::uncrossed;
use super::glyph::ramp;
use super::ink::around;
use super::rule;
use super::shape::{Letter, Shape};
use crate::finding::Action;
use crate::pixels::{Class, Ground};

/// A candidate and what is done about it.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) one: Candidate,
    pub(super) class: Class,
    pub(super) action: Action,
}

/// The judge of one picture.
pub(super) struct Judge {
    /// Width and height of the picture.
    pub(super) size: [f32; 2],
    pub(super) ground: Ground,
    pub(super) keep_markers: bool,
}

impl Judge {
    /// What is done about each of all candidates.
    pub(super) fn judged(&self, mut all: Vec<Candidate>) -> Vec<Judged> {
        column::support(&mut all);
        let is_sure = |one: &Candidate| self.score(one) >= self.thresholds(one).0;
        let all = outermost(widened(off_rings(uncrossed(all, is_sure, |one| self.score(one))), is_sure));
        let mut judged: Vec<Judged> = all.iter().filter_map(|one| self.judge(one)).collect();
        self.doubt_tall(&mut judged);
        let sure: Vec<[f32; 4]> = judged
            .iter()
            .filter(|one| one.action == Action::Cover && one.one.letters >= 3.0)
            .map(|one| one.one.bounds)
            .collect();
        judged.retain(|one| {
            let covered: f32 = sure.iter().map(|bounds| common(bounds, &one.one.bounds)).sum();
            one.action == Action::Cover || covered < rule::IN_LINES * one.one.area()
        });
        if self.ground == Ground::Radiograph {
            self.cover_initials(&all, &mut judged);
            self.cover_beside(&all, &mut judged);
            self.look_at_edge(&all, &mut judged);
            look_at_more(&all, &mut judged);
        }
        judged
    }

    /// What is far too high for letters is put before a person and no more covered: a cover of it is most of the picture.
    fn doubt_tall(&self, judged: &mut [Judged]) {
        let [most, high] = [rule::TALLEST, rule::TALL].map(|part| part * self.size[0].max(self.size[1]));
        let thick = |one: &Candidate| if one.upright { one.w() } else { one.h() };
        let is_too_high = |one: &Candidate| one.height > most || one.height > high && thick(one) > most;
        let is_tall = |one: &&mut Judged| one.class != Class::Marker && is_too_high(&one.one);
        for one in judged.iter_mut().filter(|one| one.action == Action::Cover).filter(is_tall) {
            one.action = Action::Look;
        }
    }

    fn judge(&self, one: &Candidate) -> Option<Judged> {
        let judged =
            |class, action| Some(Judged { one: Candidate { score: self.score(one), ..one.clone() }, class, action });
        if self.ground == Ground::Photograph {
            return judged(class(one), self.in_photograph(one)?);
        }
        if one.repeated && !one.upright && one.score >= rule::NO_REPEAT && self.inner(one) <= rule::MARGIN {
            return judged(class(one), if all_are_figures(one) { Action::Cover } else { Action::Look });
        }
        if one.scale || one.repeated {
            return judged(Class::Scale, Action::Keep);
        }
        if one.letters < 2.0 {
            return self.single(one).and_then(|(class, action)| judged(class, action));
        }
        if self.keep_markers && is_latin_side(one) && self.may_be_marker(one) {
            return judged(Class::Marker, Action::Keep);
        }
        let (cover, look) = self.thresholds(one);
        let score = self.score(one);
        let action = if score >= cover { Action::Cover } else { Action::Look };
        if score >= look { judged(class(one), action) } else { None }
    }

    /// A wall poster is not a margin: writing in a photograph is covered only where it is a caption beyond doubt.
    fn in_photograph(&self, one: &Candidate) -> Option<Action> {
        let caption = one.letters >= 5.0 && self.outer(one) <= 2.0 * rule::EDGE && one.like >= rule::VERY_LIKE;
        match self.score(one) {
            _ if one.scale || one.letters < 2.0 => None,
            score if score >= rule::PHOTO_COVER && caption => Some(Action::Cover),
            score if score >= rule::PHOTO_LOOK => Some(Action::Look),
            _ => None,
        }
    }

    /// A letter of its own.
    fn single(&self, one: &Candidate) -> Option<(Class, Action)> {
        let score = self.score(one);
        let (side, latin) = (reading(one, Letter::Side), reading(one, Letter::LatinSide));
        let figure = reading(one, Letter::Figure);
        let is_side = side >= rule::READ && side >= figure || latin >= rule::READ_WELL && latin >= figure + rule::LEAD;
        let is_round = one.w() >= rule::ROUND * one.h();
        let is_figure = !one.ringed && !is_round && figure >= rule::READ_WELL && figure >= side.max(latin) + rule::LEAD;
        let long = one.w() / one.h();
        if score < rule::MARKER || !one.ringed && !(0.35..=1.6).contains(&long) {
            return None;
        }
        if self.inner(one) > rule::MARKER_DEPTH {
            return (score >= rule::FIGURE_MARK && is_side).then_some((Class::FigureMark, Action::Keep));
        }
        if is_figure && self.inner(one) <= rule::MARGIN {
            return match score {
                score if score >= rule::FIGURE => Some((Class::Pair, Action::Cover)),
                _ => Some((Class::Pair, Action::Look)),
            };
        }
        if !self.may_be_marker(one) || !one.ringed && !is_side {
            return None;
        }
        let action = match self.keep_markers {
            true => Action::Keep,
            false if score >= rule::MARKER_COVER => Action::Cover,
            false => Action::Look,
        };
        Some((Class::Marker, action))
    }

    /// Whether it is large enough for a side marker, and far enough from the middle.
    fn may_be_marker(&self, one: &Candidate) -> bool {
        one.height >= rule::LEAST_MARKER * self.size[1] && self.inner(one) <= rule::MARKER_DEPTH
    }

    /// What little the border leaves of a letter, and a few letters beside it, are put before a person: all of it is sharp and
    /// of one value, but too little for a line.
    fn look_at_edge(&self, all: &[Candidate], judged: &mut Vec<Judged>) {
        let known: Vec<[f32; 4]> = judged.iter().map(|one| one.one.bounds).collect();
        let low = rule::REMNANT * self.size[0].min(self.size[1]);
        let is_remnant = |one: &&Candidate, least: f32| {
            one.cut && one.letters < 2.0 && one.w().max(one.h()) <= low && self.score(one) >= least
        };
        let is_few = |one: &&Candidate| {
            one.weighed
                && self.outer(one) <= rule::EDGE
                && one.evidence >= rule::FEW_EVIDENCE
                && self.score(one) >= rule::LOOK_AT_MORE
        };
        let is_new = |one: &&Candidate| {
            let shared: f32 = known.iter().map(|bounds| common(bounds, &one.bounds)).sum();
            !one.scale && !one.repeated && shared < rule::INSIDE * one.area()
        };
        // Where one letter is cut off so far, more of its line are.
        let next: Vec<[f32; 4]> =
            all.iter().filter(|one| is_remnant(one, rule::REMNANT_NEXT)).map(|one| one.bounds).collect();
        let is_shown = |one: &&Candidate| is_new(one) && (is_remnant(one, rule::REMNANT_LOOK) || is_few(one));
        let shown = all.iter().filter(is_shown).map(|one| {
            let one = Candidate { score: self.score(one), ..one.clone() };
            if one.letters < 2.0 { Candidate { bounds: along_border(one.bounds, &next), ..one } } else { one }
        });
        judged.extend(shown.map(|one| Judged { class: class(&one), one, action: Action::Look }));
    }

    /// Initials beside a marker say who took the picture.
    fn cover_initials(&self, all: &[Candidate], judged: &mut Vec<Judged>) {
        let is_sure = |one: &&Judged| {
            one.class == Class::Marker
                && one.one.like >= rule::LIKE
                && reads_as_a_side(&one.one)
                && one.one.height <= rule::MOST_MARKER * self.size[0].max(self.size[1])
        };
        let markers: Vec<Candidate> = judged.iter().filter(is_sure).map(|one| one.one.clone()).collect();
        let alone: Vec<Candidate> = markers.iter().filter(|one| one.ringed || one.letters < 2.0).cloned().collect();
        let is_fused = |one: &Candidate| one.w() >= rule::FUSED * one.h();
        let is_pair = |one: &Judged| {
            one.class == Class::Marker && !one.one.ringed && (one.one.letters >= 2.0 || is_fused(&one.one))
        };
        for one in judged.iter_mut().filter(|one| is_pair(one) && are_initials(&one.one, &alone)) {
            (one.class, one.action) = (Class::Pair, Action::Cover);
        }
        let is_known = |one: &Candidate, judged: &[Judged]| judged.iter().any(|known| known.one.bounds == one.bounds);
        let may_be =
            |one: &Candidate| one.evidence >= rule::BESIDE_MARKER || one.weighed && one.score >= rule::BESIDE_MARKER;
        let initials = |one: &&Candidate| may_be(one) && are_initials(one, &markers);
        judged.iter_mut().filter(|one| one.action == Action::Look && are_initials(&one.one, &markers)).for_each(
            |one| {
                one.action = Action::Cover;
            },
        );
        for one in all.iter().filter(initials) {
            if !is_known(one, judged) {
                judged.push(Judged { one: one.clone(), class: Class::Pair, action: Action::Cover });
            }
        }
    }

    /// What stands close to writing that is covered and is nearly as sure belongs to it, and what stands close to that; what
    /// touches no more than a corner of it is looked at.
    fn cover_beside(&self, all: &[Candidate], judged: &mut Vec<Judged>) {
        let is_line = |one: &&Judged| one.action == Action::Cover && one.one.letters >= 3.0;
        let mut lines: Vec<Candidate> = judged.iter().filter(is_line).map(|one| one.one.clone()).collect();
        for _ in 0..rule::ROUNDS {
            let kept: Vec<[f32; 4]> =
                judged.iter().filter(|one| one.action != Action::Look).map(|one| one.one.bounds).collect();
            let is_new = |one: &&Candidate| {
                let shared: f32 = kept.iter().map(|bounds| common(bounds, &one.bounds)).sum();
                !one.scale && !one.repeated && one.score >= rule::DOUBT && shared < rule::IN_LINES * one.area()
            };
            let beside = |one: &Candidate| {
                lines.iter().any(|line| is_close(one, line) && stands_beside(&one.bounds, &line.bounds))
            };
            let close = all.iter().filter(is_new).filter(|one| lines.iter().any(|line| is_close(one, line)));
            let (found, corner): (Vec<Candidate>, Vec<Candidate>) = close.cloned().partition(beside);
            for one in corner {
                if !judged.iter().any(|known| known.one.bounds == one.bounds) {
                    judged.push(Judged { class: class(&one), one, action: Action::Look });
                }
            }
            if found.is_empty() {
                return;
            }
            judged.retain(|known| !found.iter().any(|one| one.bounds == known.one.bounds));
            judged.extend(found.iter().map(|one| Judged {
                one: one.clone(),
                class: class(one),
                action: Action::Cover,
            }));
            lines = found;
        }
    }

    /// The score with what the place adds to it; a line that was weighed knows its place already.
    fn score(&self, one: &Candidate) -> f32 {
        if !one.weighed || self.ground == Ground::Photograph {
            return self.of_glyphs(one);
        }
        let tall = one.height / self.size[0].min(self.size[1]);
        let costs = match () {
            () if tall > rule::LARGEST && self.outer(one) > rule::EDGE => rule::LARGEST_COSTS,
            () if tall > rule::LARGE && one.like < rule::VERY_LIKE => rule::LARGE_COSTS,
            () => 0.0,
        };
        one.score - costs + if are_figures(one) { rule::FIGURES_BONUS } else { 0.0 }
    }

    /// The score of its glyphs taken by themselves, with what the place adds: where no margin is expected, as in a photograph,
    /// a line is no surer for its place.
    fn of_glyphs(&self, one: &Candidate) -> f32 {
        let seen = if one.weighed { rule::SEEN_BONUS * (one.seen - 1).min(2) as f32 } else { 0.0 };
        let score = if one.weighed { one.evidence + seen } else { one.score };
        let outer = self.outer(one);
        let tall = one.height / self.size[0].min(self.size[1]);
        let counts = match one.letters {
            letters if letters < 2.0 => 1.0,
            _ if tall > rule::LARGEST && outer > rule::EDGE => rule::LARGEST_COUNTS,
            _ if tall > rule::LARGE && one.like < rule::VERY_LIKE => rule::LARGE_COUNTS,
            letters if letters >= rule::MANY && outer > 0.25 * rule::EDGE && one.like < rule::LIKE_OF_MANY => {
                rule::MANY_COUNT
            }
            _ => 1.0,
        };
        score * counts + rule::EDGE_BONUS * ramp(outer, rule::EDGE, 0.0) * one.like
    }

    /// The scores from which it is covered, and from which it is put before a person.
    fn thresholds(&self, one: &Candidate) -> (f32, f32) {
        if one.weighed {
            return (rule::COVER, rule::LOOK);
        }
        let depth = ramp(self.inner(one), rule::MARGIN, rule::MARGIN + rule::BETWEEN_MARGIN);
        let between = |margin: f32, middle: f32| margin + depth * (middle - margin);
        (between(rule::COVER, rule::COVER_IN_MIDDLE), between(rule::LOOK, rule::LOOK_IN_MIDDLE))
    }

    /// Distance of its middle from the nearest edge, in parts of width or height.
    fn inner(&self, one: &Candidate) -> f32 {
        let [x0, y0, x1, y1] = one.bounds;
        let middle = [(x0 + x1) / 2.0 / self.size[0], (y0 + y1) / 2.0 / self.size[1]];
        let [x, y] = middle.map(|m| m.min(1.0 - m));
        x.min(y)
    }

    /// Distance of its box from the nearest edge, in parts of width or height.
    fn outer(&self, one: &Candidate) -> f32 {
        let ([x0, y0, x1, y1], [w, h]) = (one.bounds, self.size);
        (x0 / w).min(y0 / h).min(1.0 - x1 / w).min(1.0 - y1 / h).max(0.0)
    }
}

/// What the border leaves of a letter, with what it leaves of those beside it.
fn along_border(mut bounds: [f32; 4], next: &[[f32; 4]]) -> [f32; 4] {
    for _ in 0..rule::ROUNDS {
        let near = |other: &&[f32; 4]| {
            let gap = bounds[0].max(other[0]) - bounds[2].min(other[2]);
            let tall = (bounds[3] - bounds[1]).max(other[3] - other[1]);
            gap <= rule::REST_GAP_BORDER * tall && (bounds[1] == other[1] || bounds[3] == other[3])
        };
        let Some(with) = next.iter().filter(near).copied().reduce(around) else { return bounds };
        bounds = around(bounds, with);
    }
    bounds
}

/// Where a person is asked anyway, rows that are a little less sure are shown too: faint lines stand together.
fn look_at_more(all: &[Candidate], judged: &mut Vec<Judged>) {
    if judged.iter().all(|one| one.action != Action::Look) {
        return;
    }
    let known: Vec<[f32; 4]> = judged.iter().map(|one| one.one.bounds).collect();
    let is_more = |one: &&Candidate| {
        let shared: f32 = known.iter().map(|bounds| common(bounds, &one.bounds)).sum();
        one.weighed
            && one.letters >= 3.0
            && one.score >= rule::LOOK_AT_MORE
            && !one.scale
            && !one.repeated
            && shared < rule::INSIDE * one.area()
    };
    judged.extend(all.iter().filter(is_more).map(|one| Judged {
        one: one.clone(),
        class: class(one),
        action: Action::Look,
    }));
}

fn class(one: &Candidate) -> Class {
    match one.letters {
        _ if one.cut => Class::CutByBorder,
        letters if letters < 3.5 => Class::Pair,
        _ => Class::Line,
    }
}

/// How much a single glyph is like a letter of a kind.
fn reading(one: &Candidate, letter: Letter) -> f32 {
    match one.shapes[..] {
        [shape] => shape.likeness(letter),
        _ => 0.0,
    }
}

/// Whether a marker, in a ring or not, reads as one.
fn reads_as_a_side(one: &Candidate) -> bool {
    one.shapes.len() != 1 || reading(one, Letter::Side).max(reading(one, Letter::LatinSide)) >= rule::READ_IN_RING
}

/// Whether it is DX, SN or SX, as half of the levels that show it read it.
fn is_latin_side(one: &Candidate) -> bool {
    let reads = one.pairs.iter().filter(|pair| reads_as_latin_side(pair)).count();
    one.letters < 5.0 && reads > 0 && 2 * reads >= one.pairs.len()
}

fn reads_as_latin_side([first, last]: &[Shape; 2]) -> bool {
    let lead = |shape: &Shape, letter| shape.likeness(letter) - shape.likeness(Letter::Figure);
    first.likeness(Letter::LatinSide) >= rule::READ_WELL
        && last.likeness(Letter::LatinEnd) >= rule::READ_AT_END
        && lead(first, Letter::LatinSide) >= rule::LEAD
        && lead(last, Letter::LatinEnd) >= rule::END_LEAD
}

/// Whether each of its glyphs reads as a figure: staples do not.
fn all_are_figures(one: &Candidate) -> bool {
    one.parts.len() > 2 && one.parts.iter().all(|part| part.shape.likeness(Letter::Figure) >= rule::READ)
}

/// Whether it is two figures, as half of the levels that show it read it, or as two of them read it well: of letters that stand
/// at the border some levels show the ground between the two.
pub(super) fn are_figures(one: &Candidate) -> bool {
    let figures = |least: f32| {
        let reads = move |pair: &&[Shape; 2]| pair.iter().all(|shape| shape.likeness(Letter::Figure) >= least);
        one.pairs.iter().filter(reads).count()
    };
    one.letters < 3.0 && !one.pairs.is_empty() && 2 * figures(rule::READ_FIGURE) >= one.pairs.len()
        || one.letters < 4.0 && figures(rule::READ_FIGURE_WELL) >= rule::FIGURE_READINGS
}
