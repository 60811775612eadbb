//! Pieces of unlike size in one row: joined strokes with their dots, and lines whose letters broke into parts.

use super::candidate::{Candidate, common, outermost};
use super::rule;
use super::shape::Letter;

/// A candidate for each row of three pieces or more of which none is sure by itself.
pub(super) fn chained(pieces: &[Candidate], sure: &[Candidate]) -> Vec<Candidate> {
    let taken = |one: &Candidate| sure.iter().any(|line| common(&one.bounds, &line.bounds) >= rule::INSIDE * one.area());
    let links = pieces.iter().filter(|one| may_link(one) && !taken(one)).cloned().collect();
    let mut links = outermost(links);
    links.sort_by(|a, b| a.bounds[0].total_cmp(&b.bounds[0]).then(a.bounds[1].total_cmp(&b.bounds[1])));
    links.truncate(rule::MOST_LINKS);
    let mut group: Vec<usize> = (0..links.len()).collect();
    for i in 0..links.len() {
        for j in i + 1..links.len() {
            if group[i] != group[j] && follow(&links[i], &links[j]) {
                let (from, to) = (group[i].max(group[j]), group[i].min(group[j]));
                group.iter_mut().filter(|root| **root == from).for_each(|root| *root = to);
            }
        }
    }
    let rows = (0..links.len()).map(|root| members(&links, &group, root));
    rows.filter_map(|row| chain(&row)).collect()
}

fn members<'a>(links: &'a [Candidate], group: &[usize], root: usize) -> Vec<&'a Candidate> {
    links.iter().zip(group).filter(|(_, of)| **of == root).map(|(one, _)| one).collect()
}

/// Pieces that look like writing and not like a marker.
fn may_link(one: &Candidate) -> bool {
    let reads_as_side = matches!(one.shapes[..], [shape] if shape.likeness(Letter::Side) >= rule::READ_WELL);
    one.like >= rule::LIKE_IN_CHAIN && !one.ringed && !one.scale && !one.cut && !reads_as_side
}

fn follow(a: &Candidate, b: &Candidate) -> bool {
    let (tall, low) = (a.h().max(b.h()), a.h().min(b.h()));
    let gap = a.bounds[0].max(b.bounds[0]) - a.bounds[2].min(b.bounds[2]);
    let apart = a.bounds[1].max(b.bounds[1]) - a.bounds[3].min(b.bounds[3]);
    gap <= rule::CHAIN_GAP * tall && apart <= rule::CHAIN_DROP * tall && tall <= rule::CHAIN_HEIGHTS * low
}

/// The row as one candidate; none where it is too short for a word.
fn chain(row: &[&Candidate]) -> Option<Candidate> {
    let surest = row.iter().max_by(|a, b| a.score.total_cmp(&b.score))?;
    let mut all = (*surest).clone();
    row.iter().for_each(|one| all.take_in(one));
    let tallest = row.iter().map(|one| one.h()).fold(0.0, f32::max);
    if row.len() < rule::CHAIN_LINKS || all.w() < rule::CHAIN_LENGTH * all.h() || all.h() > 2.2 * tallest {
        return None;
    }
    let others: f32 = row.iter().map(|one| one.score).sum::<f32>() - surest.score;
    let n = row.len() as f32;
    all.score = surest.score + (rule::LINK_COUNTS * others).min(rule::MOST_OF_LINKS);
    all.like = row.iter().map(|one| one.like).sum::<f32>() / n;
    all.letters = row.iter().map(|one| one.letters).sum();
    all.height = tallest;
    all.upright = false;
    all.shapes.clear();
    Some(all)
}
