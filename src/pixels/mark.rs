//! What was seen in a frame: where, of what class, how sure, and what is done about it.

use crate::finding::Action;
use crate::place::Area;
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
