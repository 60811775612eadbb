//! Pieces of unlike size in one row: joined strokes with their dots, and lines whose letters broke into parts.

use super::candidate::{Candidate, common, outermost};
use super::rule;
use super::shape::Letter;

/// A candidate for each row of three pieces or more of which none is sure by itself.
pub(super) fn chained(pieces: &[Candidate], sure: &[Candidate], upright: bool) -> Vec<Candidate> {
    let rows = || pieces.iter().filter(|one| one.scale || one.repeated).chain(sure);
    let taken = |one: &Candidate| rows().any(|line| common(&one.bounds, &line.bounds) >= rule::INSIDE * one.area());
    let links =
        pieces.iter().filter(|one| may_link(one) && !(upright && is_tick(one)) && !taken(one)).cloned().collect();
    let mut links = outermost(links);
    links.sort_by(|a, b| a.bounds[0].total_cmp(&b.bounds[0]).then(a.bounds[1].total_cmp(&b.bounds[1])));
    links.truncate(rule::MOST_LINKS);
    let mut group: Vec<usize> = (0..links.len()).collect();
    for i in 0..links.len() {
        for j in i + 1..links.len() {
            if group[i] != group[j] && follow(links[i].along(upright), links[j].along(upright)) {
                let (from, to) = (group[i].max(group[j]), group[i].min(group[j]));
                group.iter_mut().filter(|root| **root == from).for_each(|root| *root = to);
            }
        }
    }
    let rows = (0..links.len()).map(|root| members(&links, &group, root));
    rows.filter_map(|row| chain(&row, upright)).collect()
}

fn members<'a>(links: &'a [Candidate], group: &[usize], root: usize) -> Vec<&'a Candidate> {
    links.iter().zip(group).filter(|(_, of)| **of == root).map(|(one, _)| one).collect()
}

/// Pieces that look like writing and not like a marker.
fn may_link(one: &Candidate) -> bool {
    let reads_as_side = matches!(one.shapes[..], [shape] if shape.likeness(Letter::Side) >= rule::READ_WELL);
    one.like >= rule::LIKE_IN_CHAIN && !one.ringed && !one.scale && !one.repeated && !one.cut && !reads_as_side
}

/// Whether it may be the tick of a ruler that runs down.
fn is_tick(one: &Candidate) -> bool {
    one.letters < 2.0 && one.w() > rule::DASH * one.h()
}

fn follow(a: [f32; 4], b: [f32; 4]) -> bool {
    let heights = [a, b].map(|[_, y0, _, y1]| y1 - y0);
    let (tall, low) = (heights[0].max(heights[1]), heights[0].min(heights[1]));
    let gap = a[0].max(b[0]) - a[2].min(b[2]);
    let apart = a[1].max(b[1]) - a[3].min(b[3]);
    gap <= rule::CHAIN_GAP * tall && apart <= rule::CHAIN_DROP * tall && tall <= rule::CHAIN_HEIGHTS * low
}

/// Whether most pieces are of one size, and as many as a ruler has parts: what stands between its ticks. Strokes of joined
/// words differ.
fn is_ruler(row: &[&Candidate], upright: bool) -> bool {
    let turned = |[x0, y0, x1, y1]: [f32; 4]| if upright { [y1 - y0, x1 - x0] } else { [x1 - x0, y1 - y0] };
    let boxes = row.iter().flat_map(|one| match one.parts[..] {
        [] => vec![one.bounds],
        _ => one.parts.iter().map(|part| part.bounds).collect(),
    });
    let sizes: Vec<[f32; 2]> = boxes.map(turned).collect();
    let mut sorted = sizes.clone();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let Some([w, h]) = sorted.get(sorted.len() / 2).copied() else { return false };
    let alike = |of: f32, middle: f32| (of - middle).abs() <= rule::RULER_UNLIKE * middle.max(1.0);
    let same = || sizes.iter().filter(|[wide, high]| alike(*wide, w) && alike(*high, h));
    let length = same().map(|[wide, _]| wide).sum::<f32>();
    same().count() >= rule::RULER_PARTS - usize::from(upright)
        && (length >= rule::RULER_SHARE * sizes.iter().map(|[wide, _]| wide).sum::<f32>()
            || same().count() as f32 >= rule::RULER_SHARE * sizes.len() as f32)
}

/// The row as one candidate; none where it is too short for a word.
fn chain(row: &[&Candidate], upright: bool) -> Option<Candidate> {
    let surest = row.iter().max_by(|a, b| a.evidence.total_cmp(&b.evidence))?;
    let mut all = (*surest).clone();
    row.iter().for_each(|one| all.take_in(one));
    let height = |one: &Candidate| one.along(upright)[3] - one.along(upright)[1];
    let tallest = row.iter().map(|one| height(one)).fold(0.0, f32::max);
    let (high, [x0, _, x1, _]) = (height(&all), all.along(upright));
    let least = rule::CHAIN_LINKS + usize::from(upright);
    if is_ruler(row, upright) || row.len() < least || x1 - x0 < rule::CHAIN_LENGTH * high || high > 2.2 * tallest {
        return None;
    }
    let others: f32 = row.iter().map(|one| one.evidence).sum::<f32>() - surest.evidence;
    let n = row.len() as f32;
    let counts = if upright { rule::UPRIGHT * rule::UPRIGHT } else { 1.0 };
    all.score = surest.evidence + counts * (rule::LINK_COUNTS * others).min(rule::MOST_OF_LINKS);
    all.like = row.iter().map(|one| one.like).sum::<f32>() / n;
    all.letters = row.iter().map(|one| one.letters).sum();
    all.height = tallest;
    all.weighed = false;
    all.upright = upright;
    all.shapes.clear();
    all.pairs.clear();
    Some(all)
}
