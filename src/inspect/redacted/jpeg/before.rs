//! What is kept of a decoded picture until its successor is decoded: the rows near covered areas, and of all others a
//! digest, so that two decoded pictures never lie in memory at once.

use super::Decoded;
use crate::place::Area;
use std::collections::BTreeMap;

/// A decoded picture without most of its rows.
pub(super) struct Before {
    /// Its shape; there are no samples in it any more.
    pub(super) picture: Decoded,
    near: BTreeMap<u32, Vec<u8>>,
    others: Vec<blake3::Hash>,
}

impl Before {
    pub(super) fn new(mut picture: Decoded, covered: &[Area]) -> Self {
        let samples = std::mem::take(&mut picture.samples);
        let length = (picture.width as usize * picture.channels).max(1);
        let (mut near, mut others) = (BTreeMap::new(), Vec::new());
        for (y, row) in (0..).zip(samples.chunks(length)) {
            if covered.iter().any(|area| is_near(area, y)) {
                near.insert(y, row.to_vec());
            }
            others.push(blake3::hash(row));
        }
        Self { picture, near, others }
    }

    /// The samples of a row near a covered area.
    pub(super) fn row(&self, y: u32) -> Option<&[u8]> {
        self.near.get(&y).map(Vec::as_slice)
    }

    /// Whether a row holds what it held.
    pub(super) fn is_same(&self, y: u32, row: &[u8]) -> bool {
        self.others.get(y as usize).is_some_and(|digest| *digest == blake3::hash(row))
    }
}

/// Whether a row runs through an area or beside it.
pub(super) fn is_near(area: &Area, y: u32) -> bool {
    y + 1 >= area.y && y <= area.bottom()
}
