//! What was seen in a frame: where, of what class, how sure, and what is done about it.

use crate::finding::{Action, Code, Finding};
use crate::place::{Area, Place};
use serde::{Deserialize, Serialize};

macro_rules! classes {
    ($($variant:ident = $word:literal, $sentence:literal;)+) => {
        /// What a mark is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Class { $(#[doc = $sentence] $variant),+ }

        impl Class {
            /// Every class.
            pub const ALL: &'static [Class] = &[$(Class::$variant),+];

            /// The stable kebab-case word.
            pub fn word(self) -> &'static str { match self { $(Class::$variant => $word),+ } }
        }
    };
}

classes! {
    Line = "line", "A line of writing.";
    Pair = "pair", "Two or three glyphs: initials, a number.";
    Marker = "marker", "A lone side marker (L R D I S, DX, SN), plain, circled or boxed; clinicians need it.";
    Block = "block", "Several lines of writing.";
    CutByBorder = "cut-by-border", "Writing that the border of the picture cuts.";
    Scale = "scale", "A ruler or scale.";
    FigureMark = "figure-mark", "An arrow or a letter that points at something, as in a figure.";
    Band = "band", "A part of the picture that a rule covers: margins, boxes, what lies outside the scan region.";
    Term = "term", "A word of radiography that was read and stays: ERECT, 80 kV.";
    Face = "face", "A face.";
    PartialFace = "partial-face", "A part of a face.";
    PerhapsFace = "perhaps-face", "Something that may be a face.";
}

impl Class {
    /// Whether it is about faces rather than writing.
    pub fn is_of_face(self) -> bool {
        matches!(self, Class::Face | Class::PartialFace | Class::PerhapsFace)
    }
}

impl Mark {
    /// As a finding: what a person would call it, and where.
    pub fn finding(&self) -> Finding {
        let Area { x, y, width, height } = self.area;
        let place = Place::Region { frame: self.frame, x, y, width, height };
        let (code, label) = match self.class {
            Class::Face => (Code::Face, "face"),
            Class::PartialFace => (Code::Face, "part of a face"),
            Class::PerhapsFace => (Code::Face, "what may be a face"),
            Class::Line => (Code::BurnedInText, "line of writing in the picture"),
            Class::Pair => (Code::BurnedInText, "a few letters or digits in the picture"),
            Class::Marker => (Code::BurnedInText, "side marker"),
            Class::Block => (Code::BurnedInText, "several lines of writing in the picture"),
            Class::CutByBorder => (Code::BurnedInText, "writing cut by the border of the picture"),
            Class::Scale => (Code::BurnedInText, "ruler or scale"),
            Class::FigureMark => (Code::BurnedInText, "arrow or letter that points at something"),
            Class::Term => (Code::BurnedInText, "word of radiography that was read"),
            Class::Band => (Code::BurnedInText, "part of the picture that a rule covers"),
        };
        Finding::new(code, place, self.action).labelled(label)
    }
}

/// A mark in a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// The frame, from 0.
    pub frame: u32,
    /// Where; padded already where it is to be covered.
    pub area: Area,
    /// What it is.
    pub class: Class,
    /// How sure the detector is; the scale is the detector's own (writing: covered in the margin at 3 and above).
    pub score: f32,
    /// What is done about it: cover, keep, look or flag.
    pub action: Action,
}

impl Mark {
    /// How sure the detector is, from 0 to 1 with two decimals, for people and reports.
    pub fn confidence(&self) -> f64 {
        let sure = 1.0 - (-f64::from(self.score.max(0.0))).exp();
        (sure * 100.0).round() / 100.0
    }
}
