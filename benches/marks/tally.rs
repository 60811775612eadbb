//! Adds up the scores of many pictures.

use crate::bound;
use crate::case::Kind;
use crate::score::{Met, Score};
use serde_json::{Value, json};

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) hits: u64,
    pub(crate) all: u64,
}

impl Part {
    fn count(&mut self, hit: bool) {
        self.hits += u64::from(hit);
        self.all += 1;
    }

    /// The part, 0 to 1; none of nothing.
    pub(crate) fn value(self) -> Option<f64> {
        (self.all > 0).then(|| self.hits as f64 / self.all as f64)
    }

    fn json(self) -> Value {
        let (lower, upper) = bound::bounds(self.hits, self.all);
        json!({ "hits": self.hits, "all": self.all, "part": self.value(), "lower": lower, "upper": upper })
    }
}

/// The sums of a set of pictures.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) pictures: u64,
    /// Identifying boxes covered.
    pub(crate) identifying: Part,
    /// Boxes of any writing covered.
    pub(crate) writing: Part,
    pub(crate) written_pixels: Part,
    /// Pictures with identifying boxes that are all covered.
    pub(crate) cleared: Part,
    pub(crate) markers: Part,
    pub(crate) scales: Part,
    pub(crate) false_boxes: u64,
    pub(crate) covers: u64,
    pub(crate) looks: u64,
    pub(crate) wrong: Part,
    pub(crate) outside: Part,
    pub(crate) anatomy: Part,
    /// Pictures without writing in which something is covered, and in which something is to be looked at.
    pub(crate) touched: Part,
    pub(crate) troubled: Part,
    /// Identifying boxes that were missed and are on the look list; and boxes of any writing.
    pub(crate) identifying_looked: Part,
    pub(crate) writing_looked: Part,
    pub(crate) seconds: f64,
    pub(crate) pixels: u64,
}

impl Tally {
    /// The sums of these scores.
    pub(crate) fn of<'a>(scores: impl IntoIterator<Item = &'a Score>) -> Self {
        let mut tally = Self::default();
        scores.into_iter().for_each(|score| tally.add(score));
        tally
    }

    fn add(&mut self, score: &Score) {
        self.pictures += 1;
        score.boxes.iter().for_each(|met| self.add_box(met));
        let all_covered = score.of_kind(Kind::Identifying).all(Met::is_right);
        if score.of_kind(Kind::Identifying).next().is_some() {
            self.cleared.count(all_covered);
        }
        if !score.has_writing() {
            self.touched.count(score.covers > 0);
            self.troubled.count(score.looks > 0);
        }
        self.false_boxes += score.false_boxes.len() as u64;
        self.covers += score.covers as u64;
        self.looks += score.looks as u64;
        for (part, hits, all) in [
            (&mut self.written_pixels, score.written_covered, score.written),
            (&mut self.wrong, score.wrong, score.pixels),
            (&mut self.outside, score.outside, score.pixels),
            (&mut self.anatomy, score.wrong_in_middle, score.middle),
        ] {
            part.hits += hits;
            part.all += all;
        }
        self.seconds += score.seconds;
        self.pixels += score.pixels;
    }

    fn add_box(&mut self, met: &Met) {
        match met.kind {
            Kind::Marker => return self.markers.count(met.is_right()),
            Kind::Scale => return self.scales.count(met.is_right()),
            Kind::Identifying => self.identifying.count(met.is_right()),
            Kind::Text => {}
        }
        self.writing.count(met.is_right());
        if !met.is_right() {
            self.writing_looked.count(met.is_on_the_look_list());
            if met.kind == Kind::Identifying {
                self.identifying_looked.count(met.is_on_the_look_list());
            }
        }
    }

    /// A number per picture.
    pub(crate) fn per_picture(&self, number: u64) -> f64 {
        number as f64 / self.pictures.max(1) as f64
    }

    /// Seconds that the detector took for a million pixels.
    pub(crate) fn seconds_per_megapixel(&self) -> f64 {
        self.seconds / (self.pixels.max(1) as f64 / 1e6)
    }

    /// All of it, for a program.
    pub(crate) fn json(&self) -> Value {
        json!({
            "pictures": self.pictures,
            "identifying_boxes": self.identifying.json(),
            "writing_boxes": self.writing.json(),
            "writing_pixels": self.written_pixels.value(),
            "pictures_cleared": self.cleared.json(),
            "markers_kept": self.markers.json(),
            "scales_kept": self.scales.json(),
            "false_boxes_per_picture": self.per_picture(self.false_boxes),
            "covers_per_picture": self.per_picture(self.covers),
            "looks_per_picture": self.per_picture(self.looks),
            "wrong_area": self.wrong.value(),
            "area_outside_boxes": self.outside.value(),
            "anatomy_covered": self.anatomy.value(),
            "pictures_without_writing_touched": self.touched.json(),
            "pictures_without_writing_to_look_at": self.troubled.json(),
            "identifying_misses_on_look_list": self.identifying_looked.json(),
            "writing_misses_on_look_list": self.writing_looked.json(),
            "seconds_per_megapixel": self.seconds_per_megapixel(),
            "megapixels": self.pixels as f64 / 1e6,
        })
    }
}
