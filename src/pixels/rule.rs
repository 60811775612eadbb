//! What is covered, kept and flagged: decided by the profile, the command line and the kind of recording.
//!
//! GMC paras 12 and 17: writing in the margins of an X-ray goes; a side marker is no identifier and stays.

use crate::place::Area;

/// What the writing stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ground {
    /// An X-ray, a scan, a clip of ultrasound: writing in the margins is covered.
    #[default]
    Radiograph,
    /// A photograph: a poster on the wall is not a margin, so writing is put before a person rather than covered, unless
    /// it is beyond doubt a caption burned into the picture (a date of the camera). What has no colour or stands on black is no
    /// such photograph.
    Photograph,
    /// What may be the picture of a screen or of anything: writing is covered as in a radiograph, and faces are looked for as
    /// in a photograph.
    Capture,
}

/// Rules for one recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// What the writing stands on.
    pub ground: Ground,
    /// Whether side markers stay.
    pub keep_markers: bool,
    /// Part of width and height, in percent (0 to 49), that is covered along each edge whatever is there.
    pub margins: u8,
    /// Areas that are covered whatever is there.
    pub boxes: Vec<Area>,
    /// The scan regions outside of which everything is covered; empty where none are known.
    pub regions: Vec<Area>,
    /// What is filled already: in a small picture of one frame it does not count as writing.
    pub filled: Vec<Area>,
    /// Whether a face was seen in it: then it is a photograph, though it may have no colour.
    pub portrait: bool,
    /// Whether it is a slice that a scanner computed: of more than 8 bits only what stands in one value is writing there.
    pub slice: bool,
    /// Whether it was compressed with losses: then writing has no one value.
    pub lossy: bool,
    /// Whether its frames follow each other in time: then what moves throughout is not writing.
    pub cine: bool,
    /// Whether faces are covered rather than flagged.
    pub cover_faces: bool,
    /// Whether faces are looked for.
    pub look_for_faces: bool,
    /// Whether faces are looked for in grey frames too: of slices and projections they are grey and have none.
    pub look_for_grey_faces: bool,
    /// Whether writing is looked for.
    pub look_for_writing: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            ground: Ground::Radiograph,
            keep_markers: true,
            margins: 0,
            boxes: Vec::new(),
            regions: Vec::new(),
            filled: Vec::new(),
            portrait: false,
            slice: false,
            lossy: false,
            cine: false,
            cover_faces: false,
            look_for_faces: true,
            look_for_grey_faces: true,
            look_for_writing: true,
        }
    }
}
