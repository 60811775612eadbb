//! Letters in a ring: side markers as they are stamped and cast.

use super::glyph::Glyph;
use super::rule;

/// Takes rings away: a ring around a single letter becomes one glyph with it, other rings are left out.
pub(super) fn closed(glyphs: Vec<Glyph>) -> Vec<Glyph> {
    let rings: Vec<Glyph> = glyphs.iter().filter(|g| is_ring(g)).copied().collect();
    if rings.is_empty() || rings.len() > rule::MOST_RINGS {
        return glyphs;
    }
    let mut out = Vec::with_capacity(glyphs.len());
    let mut gone = vec![false; glyphs.len()];
    for ring in &rings {
        let within: Vec<usize> = (0..glyphs.len()).filter(|at| is_letter_of(&glyphs[*at], ring)).collect();
        let [letter] = within[..] else { continue };
        for (glyph, gone) in glyphs.iter().zip(&mut gone) {
            *gone |= lies_in(glyph, ring);
        }
        let letter = &glyphs[letter];
        out.push(Glyph { ringed: true, like: letter.like.max(ring.like), clear: letter.clear.max(ring.clear), ..*ring });
    }
    out.extend(glyphs.iter().zip(&gone).filter(|(_, gone)| !**gone).map(|(glyph, _)| *glyph));
    out
}

fn is_ring(glyph: &Glyph) -> bool {
    let round = glyph.w() / glyph.h();
    (0.75..=1.35).contains(&round) && glyph.fill < 0.5 && glyph.h() >= rule::LEAST_RING && glyph.crossings >= 1.3
}

fn lies_in(glyph: &Glyph, ring: &Glyph) -> bool {
    glyph.x0 >= ring.x0 && glyph.y0 >= ring.y0 && glyph.x1 <= ring.x1 && glyph.y1 <= ring.y1
}

fn is_letter_of(glyph: &Glyph, ring: &Glyph) -> bool {
    let middle = |g: &Glyph| ((g.x0 + g.x1) / 2.0, (g.y0 + g.y1) / 2.0);
    let ((ax, ay), (bx, by)) = (middle(glyph), middle(ring));
    let tall = glyph.h() / ring.h();
    lies_in(glyph, ring)
        && (0.28..0.85).contains(&tall)
        && (ax - bx).abs() <= 0.2 * ring.w()
        && (ay - by).abs() <= 0.2 * ring.h()
}
