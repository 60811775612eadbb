//! That no number in a small picture passes unseen, and that pictures without detail are left alone.

use super::*;
use crate::pixels::examine::Examination;
use crate::pixels::examine::tests::examine_with;
use crate::pixels::{Frames, Ground, Samples, Unseen, writing};
use crate::recording::terms::PixelState;

/// Figures of five by seven, drawn for these tests.
const FIGURES: [[u8; 7]; 10] = [
    [14, 17, 19, 21, 25, 17, 14],
    [4, 12, 4, 4, 4, 4, 14],
    [14, 17, 1, 6, 8, 16, 31],
    [31, 2, 4, 2, 1, 17, 14],
    [2, 6, 10, 18, 31, 2, 2],
    [31, 16, 30, 1, 1, 17, 14],
    [6, 8, 16, 30, 17, 17, 14],
    [31, 1, 2, 4, 8, 8, 8],
    [14, 17, 17, 14, 17, 17, 14],
    [14, 17, 17, 15, 1, 2, 12],
];

/// How much of a pixel a figure of this size covers, 0 to 1.
fn inked(figure: usize, (x, y): (u32, u32), (w, h): (u32, u32)) -> f32 {
    const PARTS: u32 = 4;
    let part = |at: u32| {
        let (i, j) = (at % PARTS, at / PARTS);
        let column = ((x * PARTS + i) * 5 / (w * PARTS)).min(4);
        let row = ((y * PARTS + j) * 7 / (h * PARTS)).min(6);
        u32::from(FIGURES[figure][row as usize] >> (4 - column) & 1)
    };
    (0..PARTS * PARTS).map(part).sum::<u32>() as f32 / (PARTS * PARTS) as f32
}

#[derive(Debug, Clone, Copy)]
struct Case {
    size: (u32, u32),
    figure: (u32, u32),
    count: u32,
    light: bool,
    colour: bool,
    soft: bool,
    grain: bool,
    contrast: f32,
}

impl Case {
    fn fits(&self) -> bool {
        let step = self.figure.0 + (self.figure.0 / 5).max(1);
        step * self.count - 1 <= self.size.0 && self.figure.1 <= self.size.1
    }

    /// The picture, and where its number stands; none where it does not fit.
    fn drawn(&self) -> Option<(Picture, Area)> {
        let ((w, h), (gw, gh)) = (self.size, self.figure);
        let step = gw + (gw / 5).max(1);
        let width = step * self.count - (gw / 5).max(1);
        let (right, below) = (w.checked_sub(width)?, h.checked_sub(gh)?);
        let (x0, y0) = (right / 2, below.min(2));
        let base = if self.light { 60.0 } else { 190.0 };
        let mut grain = 17u64;
        let mut px = Vec::new();
        for (x, y) in (0..h).flat_map(|y| (0..w).map(move |x| (x, y))) {
            grain = grain * 48271 % 0x7FFF_FFFF;
            let speck = if self.grain { (grain % 9) as f32 - 4.0 } else { 0.0 };
            let ground = base + 30.0 * y as f32 / h as f32 + speck;
            let inside = (x0..x0 + width).contains(&x) && (y0..y0 + gh).contains(&y);
            let (number, column) = if inside { ((x - x0) / step, (x - x0) % step) } else { (0, gw) };
            let ink = if column < gw { inked(number as usize * 7 % 10, (column, y - y0), self.figure) } else { 0.0 };
            let ink = if self.soft { ink } else { ink.round() };
            let to = if self.light { base + self.contrast } else { base - self.contrast };
            let grey = ground + (to - ground) * ink;
            match self.colour {
                // As light as its ground in red and green: only blue tells it.
                true => px.extend([base as u8, base as u8, grey.round() as u8]),
                false => px.push(grey.round() as u8),
            }
        }
        let picture = Picture::new(w, h, if self.colour { 3 } else { 1 }, 8, Samples::U8(px))?;
        Some((picture, Area::new(x0, y0, width, gh)))
    }
}

struct Still(Picture, u32);

impl Frames for Still {
    fn count(&self) -> u32 {
        self.1
    }

    /// The picture is the last but one; the others are flat.
    fn frame(&mut self, index: u32) -> Result<Picture, Unseen> {
        if index == self.1.saturating_sub(2) {
            return Ok(self.0.clone());
        }
        let flat = Samples::U8(vec![60; self.0.samples().len()]);
        Picture::new(self.0.width(), self.0.height(), self.0.channels(), 8, flat).ok_or_else(|| Unseen::damaged("no"))
    }
}

/// Sees nothing: what it misses must be seen all the same.
const BLIND: Detectors = Detectors { writing: |_, _, _| Vec::new(), faces: |_| Vec::new(), besides: true };
const SIGHTED: Detectors = Detectors { writing: writing::find, faces: |_| Vec::new(), besides: true };

fn seen(picture: Picture, frames: u32, detectors: &Detectors) -> Examination {
    let rules = Rules { ground: Ground::Photograph, ..Rules::default() };
    examine_with(&mut Still(picture, frames), &rules, detectors).expect("looked at")
}

/// The part of an area that is covered or put before a person.
fn part(seen: &Examination, area: Area) -> f64 {
    let marks: Vec<&Mark> = seen.all().filter(|mark| matches!(mark.action, Action::Cover | Action::Look)).collect();
    let places = (area.y..area.bottom()).flat_map(|y| (area.x..area.right()).map(move |x| (x, y)));
    let held = places.filter(|(x, y)| marks.iter().any(|mark| mark.area.contains(*x, *y))).count();
    held as f64 / area.pixels() as f64
}

#[test]
fn no_number_in_a_small_picture_passes_unseen_whatever_the_detector_misses() {
    let sizes = [(8, 8), (12, 12), (24, 12), (32, 16), (31, 200), (32, 32), (40, 30), (64, 64), (96, 40), (96, 96)];
    let wide = [(100, 40), (128, 96), (160, 120), (200, 60), (320, 240)];
    // Every eleventh of all that fits, so that each size meets each kind in time that a build without optimisation has.
    const EACH: usize = 11;
    let (mut drawn, mut tried, mut least) = (0, 0, 1.0f64);
    let flags = (0..16u8).map(|n| (n & 1 > 0, n & 2 > 0, n & 4 > 0, n & 8 > 0));
    for (light, colour, soft, grain) in flags {
        for (size, figure) in
            sizes.into_iter().chain(wide).flat_map(|size| [(5, 7), (7, 9), (7, 10)].map(|f| (size, f)))
        {
            for (count, contrast) in [1, 2, 3, 5, 8, 12].into_iter().flat_map(|n| [180.0, 50.0].map(|c| (n, c))) {
                // Of larger pictures a figure alone is not promised: it names nobody.
                if size.0 > 96 && count == 1 {
                    continue;
                }
                let case = Case { size, figure, count, light, colour, soft, grain, contrast };
                if !case.fits() {
                    continue;
                }
                drawn += 1;
                if drawn % EACH > 0 {
                    continue;
                }
                let Some((picture, area)) = case.drawn() else { continue };
                let seen = seen(picture, 1, &BLIND);
                assert_eq!(seen.state(), PixelState::NeedsEyes, "{case:?}");
                least = least.min(part(&seen, area));
                tried += 1;
            }
        }
    }
    assert!(least >= 0.5, "only {least} of a number is shown to a person");
    assert!(tried > 500, "{tried}");
}

#[test]
fn what_the_detector_sees_in_a_small_picture_is_covered_or_looked_at_too() {
    let mut tried = 0;
    for (size, count) in [((24, 12), 3), ((32, 16), 5), ((64, 32), 8), ((96, 40), 12)] {
        for light in [true, false] {
            let case =
                Case { size, figure: (5, 7), count, light, colour: false, soft: false, grain: true, contrast: 150.0 };
            let Some((picture, area)) = case.drawn() else { continue };
            assert!(part(&seen(picture, 1, &SIGHTED), area) >= 0.9, "{case:?}");
            tried += 1;
        }
    }
    assert_eq!(tried, 8);
}

#[test]
fn a_number_in_one_frame_of_many_is_seen() {
    let case = Case {
        size: (24, 12),
        figure: (5, 7),
        count: 3,
        light: true,
        colour: false,
        soft: false,
        grain: false,
        contrast: 150.0,
    };
    let mut tried = 0;
    for frames in [1, 2, 48, 49, 700] {
        let (picture, _) = case.drawn().expect("it fits");
        assert_eq!(seen(picture, frames, &BLIND).state(), PixelState::NeedsEyes, "{frames}");
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn flat_pictures_slopes_grain_and_broad_edges_are_left_alone() {
    let kinds: [fn(u32, u32, u32) -> u32; 7] = [
        |_, _, _| 128,
        |x, y, _| (x + y) * 2 % 250,
        |x, _, _| 40 + x % 120,
        |x, y, n| 100 + (x * 7919 + y * 104_729 + x * y * 31 + n) % 9,
        |x, y, _| 230u32.saturating_sub((x.abs_diff(12).pow(2) + y.abs_diff(12).pow(2)) / 9),
        |x, y, _| (x * 15).min(255) / 2 + (y * 15).min(255) / 2,
        |x, _, _| if x < 12 { 40 } else { 200 },
    ];
    let mut tried = 0;
    for (w, h) in [(8, 8), (16, 16), (24, 12), (31, 31), (40, 30), (64, 64), (96, 60)] {
        for (n, kind) in kinds.iter().enumerate() {
            // A slope that leaps back to dark is no slope any more.
            if n == 1 && w + h > 124 || n == 6 && w.max(h) > 17 {
                continue;
            }
            for channels in [1u8, 3] {
                let px: Vec<u8> = (0..w * h)
                    .flat_map(|at| vec![kind(at % w, at / w, n as u32) as u8; usize::from(channels)])
                    .collect();
                let picture = Picture::new(w, h, channels, 8, Samples::U8(px)).expect("a picture");
                assert_eq!(seen(picture, 1, &BLIND).all().count(), 0, "{w}×{h}, kind {n}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 84);
}

#[test]
fn an_enlarged_copy_is_the_same_picture_and_marks_come_back_from_it_rounded_outwards() {
    let mut tried = 0;
    for (channels, times) in [(1u8, 2), (3, 2), (1, 4), (3, 4)] {
        let px: Vec<u8> = (0..9 * 7 * u32::from(channels)).map(|at| (at * 37 % 251) as u8).collect();
        let picture = Picture::new(9, 7, channels, 8, Samples::U8(px.clone())).expect("a picture").inverted(true);
        let copy = enlarged::times(&picture, times).expect("a copy");
        assert_eq!((copy.width(), copy.height(), copy.is_inverted()), (9 * times, 7 * times, true));
        let Samples::U8(large) = copy.samples() else { panic!("of other depth") };
        let c = usize::from(channels);
        for corner in 0..c {
            assert_eq!(large[corner], px[corner]);
            assert_eq!(large[large.len() - c + corner], px[px.len() - c + corner]);
        }
        let mark = Mark {
            frame: 0,
            area: Area::new(times + 1, 1, times, 1),
            class: Class::Line,
            score: 5.0,
            action: Action::Cover,
        };
        assert_eq!(scaled(mark, times, &picture).map(|mark| mark.area), Some(Area::new(1, 0, 2, 1)));
        tried += 1;
    }
    assert_eq!(tried, 4);
    let deep = Picture::new(2, 1, 1, 16, Samples::U16(vec![0, 65535])).expect("a picture");
    let Some(Samples::U16(deep)) = enlarged::times(&deep, 2).map(|copy| copy.samples().clone()) else {
        panic!("no copy")
    };
    assert_eq!(deep, [0, 16384, 49151, 65535, 0, 16384, 49151, 65535]);
}
