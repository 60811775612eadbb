//! Rows of a column speak for each other: faint rows of one height that begin or end at one place are type.

use super::candidate::Candidate;
use super::rule;

/// Makes rows surer that stand closely over or under rows which begin or end where they do.
pub(super) fn support(all: &mut [Candidate]) {
    let mut rows: Vec<Row> = all.iter().enumerate().filter_map(|(at, one)| Row::of(at, one)).collect();
    rows.sort_by(|a, b| b.score.total_cmp(&a.score));
    rows.truncate(rule::MOST_ROWS);
    for row in &rows {
        let over = rows.iter().any(|other| other.stands_over(row));
        let under = rows.iter().any(|other| row.stands_over(other));
        if let Some(one) = all.get_mut(row.at) {
            one.score += rule::ALIGNED_BONUS * f32::from(u8::from(over) + u8::from(under));
        }
    }
}

/// A row that was weighed.
struct Row {
    at: usize,
    bounds: [f32; 4],
    height: f32,
    score: f32,
}

impl Row {
    fn of(at: usize, one: &Candidate) -> Option<Self> {
        let is_row = one.weighed
            && !one.upright
            && !one.scale
            && !one.repeated
            && one.letters >= rule::ALIGNED_LETTERS
            && one.h() <= rule::ALIGNED_THICK * one.height
            && one.score >= rule::ALIGNED_SCORE;
        is_row.then_some(Self { at, bounds: one.bounds, height: one.height, score: one.score })
    }

    fn stands_over(&self, other: &Self) -> bool {
        let ([ax0, _, ax1, ay1], [bx0, by0, bx1, _]) = (self.bounds, other.bounds);
        let (tall, low) = (self.height.max(other.height), self.height.min(other.height));
        let slack = rule::ALIGNED * low;
        (-0.3 * low..=rule::ALIGNED_GAP * low).contains(&(by0 - ay1))
            && tall <= rule::ALIGNED_HEIGHTS * low
            && ((ax0 - bx0).abs() <= slack || (ax1 - bx1).abs() <= slack)
    }
}
