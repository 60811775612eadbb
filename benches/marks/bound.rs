//! The exact confidence bounds of a proportion (Clopper and Pearson, *Biometrika* 26, 1934): for 54 boxes of which 54 were
//! covered, the truth may still lie at 93 %.

/// Bounds within which the true proportion lies with a confidence of 95 % (2.5 % on either side), for `hits` of `all`.
pub(crate) fn bounds(hits: u64, all: u64) -> (f64, f64) {
    const TAIL: f64 = 0.025;
    let lower = if hits == 0 { 0.0 } else { solve(|p| 1.0 - at_most(hits - 1, all, p) < TAIL) };
    let upper = if hits >= all { 1.0 } else { solve(|p| at_most(hits, all, p) > TAIL) };
    (lower, upper)
}

/// The proportion up to which `holds`, which is true below it and false above.
fn solve(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}

/// The chance of at most `hits` hits in `all` trials of chance `p`.
fn at_most(hits: u64, all: u64, p: f64) -> f64 {
    if p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return if hits >= all { 1.0 } else { 0.0 };
    }
    let (mut chance, mut sum) = (all as f64 * (1.0 - p).ln(), 0.0);
    for hit in 0..=hits.min(all) {
        sum += chance.exp();
        chance += ((all - hit) as f64 / (hit + 1) as f64).ln() + (p / (1.0 - p)).ln();
    }
    f64::min(sum, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_printed_tables() {
        // Against scipy.stats.beta.ppf, to three places.
        let known =
            [((52, 54), (0.873, 0.995)), ((0, 10), (0.0, 0.308)), ((10, 10), (0.692, 1.0)), ((5, 10), (0.187, 0.813))];
        for ((hits, all), (lower, upper)) in known {
            let found = bounds(hits, all);
            assert!((found.0 - lower).abs() < 0.001 && (found.1 - upper).abs() < 0.001, "{hits} of {all}: {found:?}");
        }
        let (lower, upper) = bounds(2985, 3000);
        assert!(lower > 0.991 && upper < 0.998, "{lower} {upper}");
        assert_eq!(bounds(0, 0), (0.0, 1.0), "of nothing, nothing is known");
    }
}
