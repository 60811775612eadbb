//! Decoded samples of a frame, in a byte each where they fit.

use std::ops::Range;

/// The samples of a frame, those of a pixel side by side.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cells {
    /// None is above 255.
    Narrow(Vec<u8>),
    Wide(Vec<u16>),
}

impl Cells {
    /// `count` samples, all nought, for values of this many bytes.
    pub(super) fn blank(count: usize, bytes: usize) -> Self {
        if bytes > 1 { Self::Wide(vec![0; count]) } else { Self::Narrow(vec![0; count]) }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Narrow(cells) => cells.len(),
            Self::Wide(cells) => cells.len(),
        }
    }

    pub(super) fn get(&self, at: usize) -> Option<u16> {
        match self {
            Self::Narrow(cells) => cells.get(at).copied().map(u16::from),
            Self::Wide(cells) => cells.get(at).copied(),
        }
    }

    /// Sets bits of one sample.
    pub(super) fn set(&mut self, at: usize, value: u8, shift: usize) {
        match self {
            Self::Narrow(cells) => cells.iter_mut().skip(at).take(1).for_each(|cell| *cell |= value),
            Self::Wide(cells) => cells.iter_mut().skip(at).take(1).for_each(|cell| *cell |= u16::from(value) << shift),
        }
    }

    /// A stretch of samples, as far as there are any, in the place of what `into` held.
    pub(super) fn read(&self, range: Range<usize>, into: &mut Vec<u16>) {
        into.clear();
        match self {
            Self::Narrow(cells) => into.extend(cells.get(range).unwrap_or_default().iter().copied().map(u16::from)),
            Self::Wide(cells) => into.extend_from_slice(cells.get(range).unwrap_or_default()),
        }
    }
}

impl From<Vec<u16>> for Cells {
    fn from(cells: Vec<u16>) -> Self {
        if cells.iter().all(|cell| *cell <= 255) {
            return Self::Narrow(cells.into_iter().map(|cell| cell as u8).collect());
        }
        Self::Wide(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_and_wide_samples_read_alike() {
        let values: Vec<u16> = (0..=255).collect();
        let (narrow, wide) = (Cells::from(values.clone()), Cells::Wide(values.clone()));
        assert!(matches!(narrow, Cells::Narrow(_)));
        assert!(matches!(Cells::from(vec![0, 256]), Cells::Wide(_)));
        let (mut one, mut other) = (Vec::new(), Vec::new());
        let mut tried = 0;
        for start in 0..260 {
            narrow.read(start..start + 5, &mut one);
            wide.read(start..start + 5, &mut other);
            assert_eq!(one, other);
            assert_eq!(narrow.get(start), wide.get(start));
            assert_eq!(narrow.get(start), values.get(start).copied());
            tried += 1;
        }
        assert_eq!((tried, narrow.len(), wide.len()), (260, 256, 256));
    }

    #[test]
    fn a_sample_is_put_together_of_its_bytes() {
        let (mut narrow, mut wide) = (Cells::blank(2, 1), Cells::blank(2, 2));
        narrow.set(1, 0x34, 0);
        wide.set(1, 0x12, 8);
        wide.set(1, 0x34, 0);
        wide.set(2, 1, 0);
        assert_eq!((narrow, wide), (Cells::Narrow(vec![0, 0x34]), Cells::Wide(vec![0, 0x1234])));
    }
}
