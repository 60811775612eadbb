//! Fills areas of a frame of stored samples with the value of what surrounds them.
//!
//! A solid fill says nothing of what it covers; blur and inpainting do. Areas that meet get one value, so that each of
//! them is of one colour whatever lies over it.

use crate::place::Area;

/// Rows and columns around an area that its fill is taken from.
const RING: u32 = 4;
/// Pixels that are asked for one fill; more say no more.
const ASKED: u64 = 2_048;
/// Areas of one frame that get values of their own; more than these get one together.
const APART: usize = 1_024;

/// Stored samples by place.
pub(in crate::strip) trait Grid {
    /// Width and height in pixels.
    fn size(&self) -> (u32, u32);
    /// Samples of a pixel.
    fn channels(&self) -> usize;
    /// A sample; 0 where there is none.
    fn get(&self, x: u32, y: u32, channel: usize) -> u64;
    /// Changes a sample.
    fn set(&mut self, x: u32, y: u32, channel: usize, value: u64);
}

/// How a value is chosen.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::strip) struct Manner {
    /// Whether samples are names rather than amounts (palette indices), so that the most frequent is taken and not the
    /// middle one.
    pub(in crate::strip) named: bool,
    /// The channel of transparency and the value that is opaque: writing may stand in transparency alone.
    pub(in crate::strip) opaque: Option<(usize, u64)>,
}

/// The areas of a covering that lie in a frame of this size, cut to it. `x` and `y` are where the frame stands on the
/// canvas that areas are measured on.
pub(in crate::strip) fn areas_in(
    areas: impl Iterator<Item = Area>,
    (x, y): (u32, u32),
    (width, height): (u32, u32),
) -> Vec<Area> {
    let place = Area::new(x, y, width, height);
    let inside = areas.filter_map(|area| area.common(&place));
    let mut inside: Vec<Area> = inside.map(|area| Area::new(area.x - x, area.y - y, area.width, area.height)).collect();
    inside.sort_unstable();
    inside.dedup();
    inside
}

/// Fills areas, which lie in the frame.
pub(in crate::strip) fn fill(grid: &mut dyn Grid, areas: &[Area], manner: Manner) {
    for group in groups(areas) {
        let places = around(grid, &group, areas);
        let mut values = Vec::with_capacity(grid.channels());
        for channel in 0..grid.channels() {
            let seen: Vec<u64> = places.iter().map(|(x, y)| grid.get(*x, *y, channel)).collect();
            values.push(match manner.opaque {
                Some((of, opaque)) if of == channel => opaque,
                _ if manner.named => most_frequent(seen),
                _ => middle(seen),
            });
        }
        for area in &group {
            for y in area.y..area.bottom() {
                for x in area.x..area.right() {
                    values.iter().enumerate().for_each(|(channel, value)| grid.set(x, y, channel, *value));
                }
            }
        }
    }
}

/// The rectangle that is read when an area is filled: itself and its ring.
pub(in crate::strip) fn reach(area: &Area, (width, height): (u32, u32)) -> Area {
    area.padded(RING, width, height)
}

/// Areas that have pixels in common, together.
fn groups(areas: &[Area]) -> Vec<Vec<Area>> {
    if areas.len() > APART {
        return vec![areas.to_vec()];
    }
    let mut groups: Vec<Vec<Area>> = Vec::new();
    for area in areas {
        let meets = |group: &Vec<Area>| group.iter().any(|other| other.common(area).is_some());
        let (mut met, rest): (Vec<_>, Vec<_>) = groups.into_iter().partition(meets);
        groups = rest;
        let mut joined: Vec<Area> = met.drain(..).flatten().collect();
        joined.push(*area);
        groups.push(joined);
    }
    groups
}

/// Pixels around a group that nothing covers; pixels of the group itself where there are none.
fn around(grid: &dyn Grid, group: &[Area], all: &[Area]) -> Vec<(u32, u32)> {
    let size = grid.size();
    let most = (ASKED / group.len() as u64).max(8);
    let bare = |x: u32, y: u32| !all.iter().any(|area| area.contains(x, y));
    let mut places = Vec::new();
    for area in group {
        let outer = reach(area, size);
        let bands = [
            Area::new(outer.x, outer.y, outer.width, area.y - outer.y),
            Area::new(outer.x, area.bottom(), outer.width, outer.bottom() - area.bottom()),
            Area::new(outer.x, area.y, area.x - outer.x, area.height),
            Area::new(area.right(), area.y, outer.right() - area.right(), area.height),
        ];
        let step = bands.iter().map(Area::pixels).sum::<u64>().div_ceil(most).max(1);
        places.extend(bands.iter().flat_map(|band| some(band, step)).filter(|(x, y)| bare(*x, *y)));
    }
    if places.is_empty() {
        places.extend(group.iter().flat_map(|area| some(area, area.pixels().div_ceil(most).max(1))));
    }
    places
}

/// Every so manieth pixel of an area.
fn some(area: &Area, step: u64) -> impl Iterator<Item = (u32, u32)> + use<> {
    let area = *area;
    let width = u64::from(area.width.max(1));
    (0..area.pixels()).step_by(usize::try_from(step).unwrap_or(usize::MAX)).map(move |n| {
        let (row, column) = (n / width, n % width);
        (area.x + column as u32, area.y + row as u32)
    })
}

fn middle(mut seen: Vec<u64>) -> u64 {
    if seen.is_empty() {
        return 0;
    }
    let half = seen.len() / 2;
    *seen.select_nth_unstable(half).1
}

fn most_frequent(mut seen: Vec<u64>) -> u64 {
    seen.sort_unstable();
    let runs = seen.chunk_by(|a, b| a == b);
    runs.max_by_key(|run| run.len()).and_then(|run| run.first()).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(Vec<u8>, u32);

    impl Grid for Bytes {
        fn size(&self) -> (u32, u32) {
            (self.1, self.0.len() as u32 / self.1)
        }
        fn channels(&self) -> usize {
            1
        }
        fn get(&self, x: u32, y: u32, _: usize) -> u64 {
            u64::from(self.0[(y * self.1 + x) as usize])
        }
        fn set(&mut self, x: u32, y: u32, _: usize, value: u64) {
            self.0[(y * self.1 + x) as usize] = value as u8;
        }
    }

    #[test]
    fn areas_that_meet_get_one_value_and_others_their_own() {
        let mut grid = Bytes((0..400).map(|n| if n % 20 < 10 { 10 } else { 200 }).collect(), 20);
        let before = grid.0.clone();
        let areas = [Area::new(1, 1, 4, 4), Area::new(3, 3, 4, 4), Area::new(14, 10, 3, 3)];
        fill(&mut grid, &areas, Manner::default());
        for (area, value) in areas.iter().zip([10, 10, 200]) {
            assert!((area.y..area.bottom()).all(|y| (area.x..area.right()).all(|x| grid.get(x, y, 0) == value)));
        }
        let outside = (0..400).filter(|n| !areas.iter().any(|area| area.contains(n % 20, n / 20)));
        assert_eq!(outside.filter(|n| grid.0[*n as usize] != before[*n as usize]).count(), 0);
        assert_eq!(groups(&areas).len(), 2);
    }

    #[test]
    fn a_frame_that_is_covered_whole_is_filled_too() {
        let mut grid = Bytes((0..=99).collect(), 10);
        fill(&mut grid, &[Area::new(0, 0, 10, 10)], Manner { named: true, opaque: None });
        assert!(grid.0.iter().all(|value| *value == grid.0[0]));
    }
}
