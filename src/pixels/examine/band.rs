//! What is covered by rule, whatever is there: margins, boxes, and what lies outside the scan regions.
//!
//! The regions are those of DICOM PS3.3 C.8.5.5 (US Region Calibration): outside of them an ultrasound picture has no echo, but
//! names and dates.

use super::Examination;
use crate::finding::Action;
use crate::pixels::{Class, Mark, Rules};
use crate::place::Area;

/// Lays the rules' bands over the frames, whose sizes are given; in every frame at once where all are of one size. A box that
/// lies beyond a frame covers nothing of it, and nothing is said of it.
pub(super) fn lay(rules: &Rules, sizes: &[(u32, u32)], same_size: bool, out: &mut Examination) {
    if rules.margins == 0 && rules.regions.is_empty() && rules.boxes.is_empty() {
        return;
    }
    match (same_size, sizes.first()) {
        (true, Some(size)) => out.everywhere.extend(of(rules, *size).into_iter().map(|area| band(0, area))),
        _ => {
            for (frame, size) in (0..).zip(sizes) {
                out.marks.extend(of(rules, *size).into_iter().map(|area| band(frame, area)));
            }
        }
    }
}

fn band(frame: u32, area: Area) -> Mark {
    Mark { frame, area, class: Class::Band, score: 10.0, action: Action::Cover }
}

/// The bands of a frame of this size.
fn of(rules: &Rules, (width, height): (u32, u32)) -> Vec<Area> {
    let mut bands: Vec<Area> = rules.boxes.iter().filter_map(|area| area.within(width, height)).collect();
    bands.extend(margins(rules.margins, width, height));
    bands.extend(outside(&rules.regions, width, height));
    bands
}

/// The outer so many percent along each edge, at least one pixel.
fn margins(percent: u8, width: u32, height: u32) -> Vec<Area> {
    if percent == 0 {
        return Vec::new();
    }
    let part = |length: u32| {
        let part = (u64::from(length) * u64::from(percent.min(49))).div_ceil(100);
        u32::try_from(part).unwrap_or(length).min(length)
    };
    let (across, down) = (part(width), part(height));
    let between = height.saturating_sub(2 * down);
    let all = [
        Area::new(0, 0, width, down),
        Area::new(0, height - down, width, down),
        Area::new(0, down, across, between),
        Area::new(width - across, down, across, between),
    ];
    all.into_iter().filter(|area| !area.is_empty()).collect()
}

/// Rectangles that tile what lies in no region; none where no region is known or none lies in the frame.
fn outside(regions: &[Area], width: u32, height: u32) -> Vec<Area> {
    let regions: Vec<Area> = regions.iter().filter_map(|region| region.within(width, height)).collect();
    if regions.is_empty() {
        return Vec::new();
    }
    let mut rows: Vec<u32> = regions.iter().flat_map(|region| [region.y, region.bottom()]).chain([0, height]).collect();
    rows.sort_unstable();
    rows.dedup();
    let mut bands: Vec<Area> = Vec::new();
    for strip in rows.windows(2) {
        let (top, bottom) = (strip[0], strip[1]);
        let mut spans: Vec<(u32, u32)> =
            regions.iter().filter(|r| r.y <= top && r.bottom() >= bottom).map(|r| (r.x, r.right())).collect();
        spans.sort_unstable();
        let mut at = 0;
        for (left, right) in spans.into_iter().chain([(width, width)]) {
            if left > at {
                add(&mut bands, Area::new(at, top, left - at, bottom - top));
            }
            at = at.max(right);
        }
    }
    bands
}

/// Adds a rectangle, joined to one that ends where it begins and is as wide.
fn add(bands: &mut Vec<Area>, area: Area) {
    let above = bands.iter_mut().find(|b| b.bottom() == area.y && b.x == area.x && b.width == area.width);
    match above {
        Some(above) => above.height += area.height,
        None => bands.push(area),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often each pixel lies in one of the areas.
    fn counts(areas: &[Area], width: u32, height: u32) -> Vec<usize> {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        pixels.map(|(x, y)| areas.iter().filter(|area| area.contains(x, y)).count()).collect()
    }

    #[test]
    fn what_lies_outside_all_regions_is_tiled_once_and_nothing_inside_is() {
        let sets: [&[Area]; 5] = [
            &[Area::new(3, 2, 5, 4)],
            &[Area::new(0, 0, 4, 9), Area::new(6, 3, 9, 3)],
            &[Area::new(2, 2, 6, 4), Area::new(5, 1, 3, 8)],
            &[Area::new(0, 0, 20, 20)],
            &[Area::new(2, 0, 3, 3), Area::new(2, 6, 3, 3), Area::new(8, 8, 90, 90)],
        ];
        let mut tried = 0;
        for regions in sets {
            let got = counts(&outside(regions, 12, 10), 12, 10);
            let inside = counts(regions, 12, 10);
            assert!(got.iter().zip(&inside).all(|(got, inside)| *got == usize::from(*inside == 0)), "{regions:?}");
            tried += 1;
        }
        assert_eq!(tried, 5);
        assert_eq!(outside(&[], 12, 10), []);
        assert_eq!(outside(&[Area::new(50, 50, 3, 3)], 12, 10), [], "a region beyond the frame says nothing of it");
    }

    #[test]
    fn margins_lie_along_every_edge_and_meet_without_overlap() {
        let mut tried = 0;
        for (percent, width, height, inner) in
            [(10, 100, 50, 80 * 40), (1, 10, 10, 64), (49, 100, 100, 4), (49, 1, 1, 0)]
        {
            let got = counts(&margins(percent, width, height), width, height);
            assert_eq!(got.iter().filter(|n| **n == 0).count(), inner, "{percent} % of {width}×{height}");
            assert!(got.iter().all(|n| *n <= 1) || width.min(height) < 3);
            tried += 1;
        }
        assert_eq!(tried, 4);
        assert_eq!(margins(0, 10, 10), []);
    }
}
