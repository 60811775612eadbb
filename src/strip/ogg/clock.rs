//! What the times of a track's pages count: samples or pictures.
//!
//! RFC 3533 section 6 (granule position); RFC 7845 section 4; Theora section A.2.3.

/// No recording goes on for three years, in seconds: a time beyond counts from a date.
const LONGEST: u128 = 3 * 366 * 86_400;

/// Samples a second at the most.
const FASTEST: u32 = 768_000;

/// How many ticks there are in how many seconds, and the bits of a time below its ticks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    ticks: u32,
    seconds: u32,
    below: u32,
}

impl Clock {
    /// So many samples a second.
    pub(super) fn sound(ticks: u32) -> Self {
        Self { ticks: ticks.min(FASTEST), seconds: 1, below: 0 }
    }

    /// So many pictures in so many seconds; so many bits say how many stand behind the last that needs no other.
    pub(super) fn pictures(ticks: u32, seconds: u32, below: u32) -> Self {
        Self { ticks: ticks.min(seconds.max(1).saturating_mul(1_000)), seconds, below }
    }

    /// Whether a page ends at a time that no recording reaches. All ones is no time.
    pub(super) fn is_date(self, time: u64) -> bool {
        // A few samples below 0 stand before the beginning.
        let size = (time as i64).unsigned_abs();
        let low = size & ((1 << self.below) - 1);
        let limit = LONGEST * u128::from(self.ticks.max(1));
        [size >> self.below, low].iter().any(|ticks| u128::from(*ticks) * u128::from(self.seconds.max(1)) >= limit)
    }
}
