//! What stands beside sure writing belongs to it: letters that no line took, the ends of words the border cuts, initials
//! beside a marker.

use super::candidate::{Candidate, common};
use super::chain;
use super::rule;
use super::shape::Letter;

/// Widens the candidates that are sure by what stands beside them, which is then no candidate of its own.
pub(super) fn widened(all: Vec<Candidate>, is_sure: impl Fn(&Candidate) -> bool) -> Vec<Candidate> {
    let is_line = |one: &Candidate| one.letters > 1.0 && !one.scale && !one.repeated && is_sure(one);
    let (mut sure, mut rest): (Vec<_>, Vec<_>) = all.into_iter().partition(is_line);
    let chains = [false, true].map(|upright| chain::chained(&rest, &sure, upright));
    let (found, doubtful): (Vec<_>, Vec<_>) = chains.into_iter().flatten().partition(is_line);
    sure.extend(found);
    rest.extend(doubtful);
    for _ in 0..rule::ROUNDS {
        let before = rest.len();
        rest.retain(|one| match sure.iter_mut().find(|line| belongs(one, line) && line.may_take_in(one)) {
            Some(line) => {
                line.take_in(one);
                false
            }
            None => true,
        });
        if rest.len() == before {
            break;
        }
    }
    let between: Vec<bool> = rest.iter().map(|one| stands_between(one, &sure)).collect();
    for (one, between) in rest.iter_mut().zip(between) {
        if between {
            one.letters = one.letters.max(2.0);
            one.score += rule::BETWEEN_BONUS;
        }
        if one.letters >= 2.0 && sure.iter().any(|line| is_under(one, line) || is_further_on(one, line)) {
            one.score += rule::UNDER_BONUS;
        }
    }
    sure.append(&mut rest);
    sure
}

/// Whether a smaller piece continues a line.
fn belongs(one: &Candidate, line: &Candidate) -> bool {
    if one.like < rule::LIKE_IN_ROW || one.upright != line.upright && one.letters > 1.0 || one.ringed || one.scale {
        return false;
    }
    let (a, b) = (one.along(line.upright), line.along(line.upright));
    let (height, tall) = (line.height, a[3] - a[1]);
    let gap = (a[0] - b[2]).max(b[0] - a[2]);
    let cut = one.cut && line.cut && a[1] == b[1] && tall <= 1.2 * height;
    if cut && one.like >= rule::LIKE && gap <= 3.0 * height {
        return true;
    }
    let reads_as_side = matches!(one.shapes[..], [shape] if shape.likeness(Letter::Side) >= rule::READ_WELL);
    if reads_as_side && tall > 1.15 * height {
        return false;
    }
    let shared = a[3].min(b[3]) - a[1].max(b[1]);
    let row = row_height(line);
    if one.like >= rule::LIKE_IN_ROW && lies_in_row(one, line) && gap <= rule::NEXT * row {
        return true;
    }
    let reaches = tall <= rule::HIGHEST_JOINED * row && shared >= 0.45 * tall.min(row);
    if one.like >= rule::LIKE && reaches && gap <= rule::TOUCHES * row && gap > -0.5 * height {
        return true;
    }
    let alike = tall.max(height) / tall.min(height).max(1.0);
    let bar = a[2] - a[0] < 0.4 * tall;
    let (most_gap, most_unlike) = if bar { (2.0, 1.5) } else { (1.2, 1.25) };
    shared >= 0.6 * tall.min(height) && gap <= most_gap * height && gap > -0.5 * height && alike <= most_unlike
}

/// Whether a piece, however low, lies between the head and the foot of a line: a dash, a dot, a part of a broken letter.
fn lies_in_row(one: &Candidate, line: &Candidate) -> bool {
    let (a, b) = (one.along(line.upright), line.along(line.upright));
    let slack = rule::ROW_SLACK * line.height;
    a[1] >= b[1] - slack && a[3] <= b[3] + slack && a[3] - a[1] <= rule::HIGHEST_IN_ROW * row_height(line)
}

/// Height of a line with its accents and parts below; a line that slants has a higher box.
fn row_height(line: &Candidate) -> f32 {
    let [_, y0, _, y1] = line.along(line.upright);
    (y1 - y0).clamp(line.height, rule::HIGHEST_IN_ROW * line.height)
}

/// Whether a piece stands so close to a line, on whatever side, that it is of it or of the next line.
pub(super) fn is_close(one: &Candidate, line: &Candidate) -> bool {
    let ([ax0, ay0, ax1, ay1], [bx0, by0, bx1, by1]) = (one.bounds, line.bounds);
    let (across, down) = ((ax0 - bx1).max(bx0 - ax1), (ay0 - by1).max(by0 - ay1));
    let lower = one.h().min(one.w());
    across.max(down) <= rule::CLOSE * line.height
        && (0.3..=2.0).contains(&(one.height / line.height.max(1.0)))
        && lower <= rule::CLOSE_HEIGHT * line.height
}

/// Whether a piece lies along a side of a line: what only reaches a corner of it runs on into the picture, as ribs do.
pub(super) fn stands_beside(&[ax0, ay0, ax1, ay1]: &[f32; 4], &[bx0, by0, bx1, by1]: &[f32; 4]) -> bool {
    let (across, down) = (ax1.min(bx1) - ax0.max(bx0), ay1.min(by1) - ay0.max(by0));
    let (narrow, low) = ((ax1 - ax0).min(bx1 - bx0), (ay1 - ay0).min(by1 - by0));
    across >= rule::ALONG_SIDE * narrow || down >= rule::ALONG_SIDE * low
}

/// Whether a few letters stand in the row of a sure line with a space between.
fn is_further_on(one: &Candidate, line: &Candidate) -> bool {
    let (a, b) = (one.along(line.upright), line.along(line.upright));
    let gap = (a[0] - b[2]).max(b[0] - a[2]);
    one.upright == line.upright
        && one.like >= 0.3
        && !one.ringed
        && !one.scale
        && gap <= rule::FURTHER_ON * line.height
        && lies_in_row(one, line)
}

/// Whether a piece stands close under or over a sure line, and may be of its size.
fn is_under(one: &Candidate, line: &Candidate) -> bool {
    let (a, b) = (one.along(line.upright), line.along(line.upright));
    let gap = (a[1] - b[3]).max(b[1] - a[3]);
    let overlap = a[2].min(b[2]) - a[0].max(b[0]);
    line.letters >= 3.0
        && one.upright == line.upright
        && one.like >= 0.3
        && !one.ringed
        && !one.scale
        && (-0.3 * line.height..=1.3 * line.height).contains(&gap)
        && overlap >= 0.5 * (a[2] - a[0])
        && (rule::LEAST_UNDER * line.height..=1.6 * line.height).contains(&(a[3] - a[1]))
}

/// Whether a letter stands between two lines of one column of writing.
fn stands_between(one: &Candidate, lines: &[Candidate]) -> bool {
    let beside = |line: &&Candidate| {
        let tall = one.height.max(line.height) / one.height.min(line.height).max(1.0);
        let [x0, _, x1, _] = line.bounds;
        tall <= 1.3 && one.bounds[0] < x1 && one.bounds[2] > x0 && common(&one.bounds, &line.bounds) == 0.0
    };
    let near = |gap: f32| (0.0..=2.0 * one.height).contains(&gap);
    !one.ringed
        && lines.iter().filter(beside).any(|line| near(one.bounds[1] - line.bounds[3]))
        && lines.iter().filter(beside).any(|line| near(line.bounds[1] - one.bounds[3]))
}

/// Cuts lines that took in a letter in a ring down to what stands beside the ring, which is no part of them.
pub(super) fn off_rings(mut all: Vec<Candidate>) -> Vec<Candidate> {
    let rings: Vec<Candidate> = all.iter().filter(|one| one.ringed && one.score >= rule::SURE_RING).cloned().collect();
    for ring in rings.iter().take(rule::MOST_RINGS) {
        all.retain_mut(|one| one.ringed || cut_off(one, ring));
    }
    all
}

/// Cuts one line; false where nothing of it is left. Far larger ones are no lines with a ring in them.
fn cut_off(one: &mut Candidate, ring: &Candidate) -> bool {
    let inside = common(&one.bounds, &ring.bounds);
    if inside < 0.25 * ring.area() && inside < 0.6 * one.area() || one.h() > 2.0 * ring.h() {
        return true;
    }
    let (left, right) = (ring.bounds[0] - one.bounds[0], one.bounds[2] - ring.bounds[2]);
    match left > right {
        true => one.bounds[2] = ring.bounds[0],
        false => one.bounds[0] = ring.bounds[2],
    }
    one.letters = if one.letters >= 3.0 { one.letters - 1.0 } else { 1.0 };
    one.shapes.clear();
    one.pairs.clear();
    left.max(right) >= 0.4 * one.height
}

/// Whether letters stand close beside a marker and are no larger than it.
pub(super) fn are_initials(one: &Candidate, markers: &[Candidate]) -> bool {
    let close = |marker: &Candidate| {
        let ([ax0, ay0, ax1, ay1], [bx0, by0, bx1, by1]) = (one.bounds, marker.bounds);
        let (across, down) = ((ax0 - bx1).max(bx0 - ax1), (ay0 - by1).max(by0 - ay1));
        let tall = one.height / marker.height.max(1.0);
        (0.2..=1.1).contains(&tall)
            && across.max(down) >= -rule::TOUCHES_RING * marker.height
            && across <= rule::INITIALS * marker.height
            && down <= 0.6 * marker.height
    };
    let fused = one.letters < 2.0 && one.w() >= rule::FUSED * one.h();
    (one.letters >= 2.0 || fused)
        && one.letters < 5.0
        && one.like >= rule::LIKE
        && !one.scale
        && markers.iter().any(close)
}
