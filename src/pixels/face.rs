//! Finds faces in a frame: the SeetaFace funnel-structured cascade (rustface, BSD-2-Clause) with the model of its crate.
//!
//! GMC, *Making and using visual and audio recordings of patients*, paras 17 and 23: whoever is or may be recognised is
//! flagged. The detector knows upright faces from the front, so a picture is shown to it in all quarter turns, and, where
//! anything reaches its border, once more with its edges mirrored outwards, which makes a face of half of one. It finds no profiles and nobody whose eyes are
//! hidden: that it finds nothing never means that the patient cannot be recognised.

mod grey;

use super::{Class, Mark, Picture};
use crate::crew;
use crate::finding::Action;
use crate::place::Area;
use grey::Grey;
use rustface::{ImageData, Model};
use std::borrow::Cow;
use std::sync::OnceLock;

/// The model, from the crate's own folder (see `build.rs`).
static MODEL: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/face.bin"));

/// The most pixels of the copy that is shown to the detector (a larger picture is made smaller).
const MOST: u32 = 600_000;
/// The same for the copy with mirrored edges, edges not counted.
const MOST_PADDED: u32 = 250_000;
/// The smallest side of a picture that a face is looked for in: the detector's window.
const SMALLEST: u32 = 40;
/// From this score on a whole face is one (measured: 42 of 43 faces, no X-ray of 422).
const FACE: f64 = 2.0;
/// From this score on what is seen only with mirrored edges is a part of a face.
const PART: f64 = 3.0;
/// What is smaller than the window in the copy is as often a bone: from this score on it is a face.
const SMALL_FACE: f64 = 6.0;
/// Below these scores, but from here on, it may be one.
const PERHAPS: f64 = 1.8;

/// Faces, parts of faces and what may be one, in any quarter turn, all with action *flag*; `frame` of each mark is 0.
pub fn find(picture: &Picture) -> Vec<Mark> {
    let (width, height) = (picture.width(), picture.height());
    if width.min(height) < SMALLEST || u64::from(width.max(height)) > 40 * u64::from(width.min(height)) {
        return Vec::new();
    }
    let Some(model) = model() else { return Vec::new() };
    let copy = Grey::of(picture, MOST);
    let padded = copy.reduced(MOST_PADDED);
    let edge = padded.width.min(padded.height) / 4;
    let mut shown = vec![(copy, 0)];
    if !padded.is_plain_around() {
        shown.push((padded.mirrored(edge), edge));
    }
    let searches = shown.iter().flat_map(|(grey, edge)| (0..4).map(move |turn| (grey, turn, *edge))).collect();
    let seen = crew::each(searches, |(grey, turn, edge)| seen(model, grey, turn, (width, height), edge));
    let mut marks: Vec<Mark> = Vec::new();
    for (search, seen) in seen.into_iter().enumerate() {
        let (class, sure) = if search < 4 { (Class::Face, FACE) } else { (Class::PartialFace, PART) };
        for (area, score) in seen {
            take(&mut marks, area, if score >= sure { class } else { Class::PerhapsFace }, score);
        }
    }
    marks.sort_by_key(|mark| (mark.area.y, mark.area.x, mark.class));
    marks
}

/// The model, parsed once; none only if the crate ever brought another kind of file, which a test would notice.
fn model() -> Option<&'static Model> {
    static PARSED: OnceLock<Option<Model>> = OnceLock::new();
    PARSED.get_or_init(|| rustface::read_model(MODEL).ok()).as_ref()
}

/// What the detector sees after so many quarter turns to the right, in pixels of a picture of `size` of which `grey` is a copy
/// that has `edge` pixels more on each side.
fn seen(model: &Model, grey: &Grey, turns: u32, size: (u32, u32), edge: u32) -> Vec<(Area, f64)> {
    let mut detector = rustface::create_detector_with_model(model.clone());
    detector.set_min_face_size(SMALLEST);
    detector.set_score_thresh(PERHAPS);
    detector.set_pyramid_scale_factor(0.8);
    detector.set_slide_window_step(4, 4);
    let turned = (0..turns).fold(Cow::Borrowed(grey), |grey, _| Cow::Owned(grey.turned()));
    let mut all = Vec::new();
    for face in detector.detect(&ImageData::new(&turned.samples, turned.width, turned.height)) {
        let at = face.bbox();
        if at.width().min(at.height()) < SMALLEST && face.score() < SMALL_FACE {
            continue;
        }
        let upright = (i64::from(at.x()), i64::from(at.y()), i64::from(at.width()), i64::from(at.height()));
        let placed = back(upright, turns, (i64::from(grey.width), i64::from(grey.height)));
        if let Some(area) = stored(placed, (grey.width - 2 * edge, grey.height - 2 * edge), edge, size) {
            all.push((area, face.score()));
        }
    }
    all
}

/// Where a rectangle that was seen after so many quarter turns to the right lies in the copy as it was.
fn back((x, y, w, h): (i64, i64, i64, i64), turns: u32, (width, height): (i64, i64)) -> (i64, i64, i64, i64) {
    match turns {
        0 => (x, y, w, h),
        1 => (y, height - x - w, h, w),
        2 => (width - x - w, height - y - h, w, h),
        _ => (width - y - h, x, h, w),
    }
}

/// The same in stored pixels, cut to the picture; none where nothing of it lies there.
fn stored((x, y, w, h): (i64, i64, i64, i64), copy: (u32, u32), edge: u32, size: (u32, u32)) -> Option<Area> {
    let place = |from: i64, length: i64, copy: u32, size: u32| {
        let scale = |at: i64, up: i64| {
            let at = (at - i64::from(edge)).clamp(0, i64::from(copy));
            ((at * i64::from(size) + up) / i64::from(copy.max(1))) as u32
        };
        let start = scale(from, 0);
        let end = scale(from + length, i64::from(copy) - 1).min(size);
        (end > start).then_some((start, end - start))
    };
    let (x, width) = place(x, w, copy.0, size.0)?;
    let (y, height) = place(y, h, copy.1, size.1)?;
    Some(Area::new(x, y, width, height))
}

/// Takes what was seen, once where several turns or copies show the same: the surer class and score count.
fn take(marks: &mut Vec<Mark>, area: Area, class: Class, score: f64) {
    let same = |mark: &&mut Mark| {
        let common = mark.area.common(&area).map_or(0, |common| common.pixels());
        2 * common >= mark.area.pixels().min(area.pixels())
    };
    let score = score as f32;
    match marks.iter_mut().find(same) {
        Some(mark) => {
            mark.area = mark.area.around(&area);
            mark.class = mark.class.min(class);
            mark.score = mark.score.max(score);
        }
        None => marks.push(Mark { frame: 0, area, class, score, action: Action::Flag }),
    }
}

#[cfg(test)]
mod tests;
