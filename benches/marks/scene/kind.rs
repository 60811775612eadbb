//! Every kind of picture that is made: a table of names and of what draws them.

use super::{Scene, clutter, plain, rare};
use crate::case::Case;
use crate::rng::Rng;
use crate::wear;

/// A kind of picture.
pub(crate) struct Kind {
    /// Its row in `--by-kind`.
    pub(crate) name: &'static str,
    /// Whether there is anything in it that is to be covered.
    pub(crate) written: bool,
    draw: fn(&mut Scene),
    /// What becomes of the picture when all is drawn.
    wear: fn(&mut Scene),
}

const fn written(name: &'static str, draw: fn(&mut Scene)) -> Kind {
    worn(name, draw, |_| {})
}

const fn worn(name: &'static str, draw: fn(&mut Scene), wear: fn(&mut Scene)) -> Kind {
    Kind { name, written: true, draw, wear }
}

const fn empty(name: &'static str, draw: fn(&mut Scene)) -> Kind {
    Kind { name, written: false, draw, wear: |_| {} }
}

/// The kinds, drawn in turn.
pub(crate) const KINDS: &[Kind] = &[
    written("plain-corner", plain::corner),
    written("smooth-sans", plain::smooth),
    written("bold-halo", plain::halo),
    written("opposite-box", plain::opposite_box),
    written("grey-box", plain::grey_box),
    written("embossed", plain::embossed),
    written("low-contrast", plain::low_contrast),
    written("tiny", plain::tiny),
    written("serif", plain::serif),
    written("vertical", plain::vertical),
    written("tilted", plain::tilted),
    written("lone-number", plain::lone_number),
    worn("gamma", plain::smooth, plain::gamma),
    worn("jpeg", plain::smooth, plain::jpeg),
    worn("shrunk", plain::large, plain::shrunk),
    worn("moire", plain::on_a_screen, plain::photographed),
    written("colour-columns", rare::colour_columns),
    written("marker-initials", rare::marker_initials),
    written("lead", rare::lead),
    written("lead-mirrored", rare::lead_mirrored),
    written("lead-vertical", rare::lead_vertical),
    written("dot-clock", rare::dot_clock),
    written("cjk", rare::cjk),
    written("arabic", rare::arabic),
    written("devanagari", rare::devanagari),
    written("handwriting", rare::handwriting),
    written("cut-height", rare::cut_height),
    written("cut-width", rare::cut_width),
    empty("none-marker", clutter::marker_only),
    empty("none-wires", clutter::wires),
    empty("none-ecg", clutter::ecg),
    empty("none-clips", clutter::clips),
    empty("none-ruler", clutter::ruler),
    empty("none-wedge", clutter::wedge),
    empty("none-bone", clutter::bone),
    empty("none-collimation", clutter::collimation),
    empty("none-implant", clutter::implant),
    empty("none-trabeculae", clutter::trabeculae),
];

/// The picture of this number: the same for the same seed. `sides` are its least and greatest side in pixels; a `bare` one
/// lacks its ink.
pub(crate) fn case(kind: &Kind, seed: u64, number: u64, sides: (i32, i32), bare: bool) -> Option<Case> {
    let mut scene = Scene::new(Rng::new(seed, number), sides, bare);
    (kind.draw)(&mut scene);
    if kind.written && scene.rng.chance(0.6) {
        scene.marker();
    }
    (kind.wear)(&mut scene);
    if scene.depth.bits == 8 && scene.rng.chance(0.25) {
        wear::jpeg(&mut scene.canvas, scene.rng.whole(80, 95) as u8);
    }
    scene.finish(format!("made-{number:05}"), kind.name)
}
