//! Letters in a ring: side markers as they are stamped and cast.

use super::glyph::Glyph;
use super::rule;
use super::shape::Letter;

/// Takes rings and frames away: one around a single letter, or around two that name a side, becomes one glyph with them;
/// others are left out.
pub(super) fn closed(glyphs: Vec<Glyph>) -> Vec<Glyph> {
    let rings: Vec<Glyph> = glyphs.iter().filter(|g| is_ring(g)).copied().collect();
    if rings.is_empty() || rings.len() > rule::MOST_RINGS {
        return glyphs;
    }
    let mut out = Vec::with_capacity(glyphs.len());
    let mut gone = vec![false; glyphs.len()];
    for ring in &rings {
        let mut within: Vec<&Glyph> = glyphs.iter().filter(|glyph| is_letter_of(glyph, ring)).collect();
        within.sort_by(|a, b| a.x0.total_cmp(&b.x0));
        if !names_a_side(&within, ring) {
            continue;
        }
        for (glyph, gone) in glyphs.iter().zip(&mut gone) {
            *gone |= lies_in(glyph, ring);
        }
        let like = within.iter().map(|g| g.like).fold(ring.like, f32::max);
        let clear = within.iter().map(|g| g.clear).fold(ring.clear, f32::max);
        let shape = within.first().map_or(ring.shape, |letter| letter.shape);
        out.push(Glyph { ringed: true, like, clear, shape, ..*ring });
    }
    out.extend(glyphs.iter().zip(&gone).filter(|(_, gone)| !**gone).map(|(glyph, _)| *glyph));
    out
}

fn names_a_side(within: &[&Glyph], ring: &Glyph) -> bool {
    let off = |x: f32, y: f32| {
        let (across, down) = (x - (ring.x0 + ring.x1) / 2.0, y - (ring.y0 + ring.y1) / 2.0);
        across.abs() <= 0.15 * ring.w() && down.abs() <= 0.15 * ring.h()
    };
    match within {
        [one] => off((one.x0 + one.x1) / 2.0, (one.y0 + one.y1) / 2.0),
        [first, last] => {
            off((first.x0 + last.x1) / 2.0, (first.y0 + last.y0 + first.y1 + last.y1) / 4.0)
                && first.shape.likeness(Letter::LatinSide) >= rule::READ_IN_RING
                && last.shape.likeness(Letter::LatinEnd) >= rule::READ_IN_RING
        }
        _ => false,
    }
}

fn is_ring(glyph: &Glyph) -> bool {
    let round = glyph.w() / glyph.h();
    (0.6..=1.7).contains(&round) && glyph.fill < 0.5 && glyph.h() >= rule::LEAST_RING && glyph.crossings >= 1.3
}

fn lies_in(glyph: &Glyph, ring: &Glyph) -> bool {
    glyph.x0 >= ring.x0 && glyph.y0 >= ring.y0 && glyph.x1 <= ring.x1 && glyph.y1 <= ring.y1
}

fn is_letter_of(glyph: &Glyph, ring: &Glyph) -> bool {
    lies_in(glyph, ring)
        && (0.28..rule::FILLS_RING).contains(&(glyph.h() / ring.h()))
        && glyph.w() < rule::FILLS_RING * ring.w()
}
