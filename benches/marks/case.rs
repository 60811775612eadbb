//! A picture with what is truly written in it.

use scrubs::pixels::Picture;
use scrubs::place::Area;
use serde::Deserialize;

/// What a truth box holds; the letters are those of `boxes.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Kind {
    /// Identifying: a name, a number, a date, an institution.
    #[serde(rename = "I")]
    Identifying,
    /// Other writing: projection, exposure, position; staff initials.
    #[serde(rename = "T")]
    Text,
    /// A side marker, which clinicians need.
    #[serde(rename = "M")]
    Marker,
    /// A ruler, a scale, an arrow of a figure.
    #[serde(rename = "S")]
    Scale,
}

impl Kind {
    /// Its letter.
    pub(crate) fn letter(self) -> char {
        match self {
            Kind::Identifying => 'I',
            Kind::Text => 'T',
            Kind::Marker => 'M',
            Kind::Scale => 'S',
        }
    }

    /// Whether it is to be covered.
    pub(crate) fn is_writing(self) -> bool {
        matches!(self, Kind::Identifying | Kind::Text)
    }
}

/// A tight box around one piece of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Truth {
    pub(crate) kind: Kind,
    pub(crate) area: Area,
}

/// A picture and its truth.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Case {
    /// What to call it in `--list`: a file of the corpus, a number of the generator.
    pub(crate) name: String,
    /// The row of `--by-kind`.
    pub(crate) group: String,
    pub(crate) picture: Picture,
    pub(crate) truth: Vec<Truth>,
}
