//! Derived pictures: their small payloads are read to the last byte, so that nothing else stands in them.
//!
//! ISO/IEC 23008-12, 6.6.2 (`iden`, `iovl`, `grid`); ISO 21496-1, annex C.2, and 23008-12, 6.6.2.4 (`tmap`).

use super::part::{number, short};
use super::rule::{self, Coding};

/// The longest payload of a derived picture that is read: an overlay of 65,535 pictures.
pub(super) const LONGEST: u64 = 1 << 20;

/// The longest tone map: three channels with a denominator for each number, and room for what writers add.
pub(super) const TONE_MAP: u64 = 1_024;

/// How many bytes of a payload belong to it; none where it is not what its type says.
pub(super) fn length(coding: Coding, payload: &[u8], inputs: usize) -> Option<usize> {
    let length = match coding {
        Coding::Identity => 0,
        Coding::Grid => grid(payload, inputs)?,
        Coding::Overlay => overlay(payload, inputs)?,
        Coding::ToneMap => tone_map(payload)?,
        _ => return None,
    };
    // Sizes, places and fractions do not read as words.
    (!rule::spells(&payload[..length])).then_some(length)
}

fn grid(payload: &[u8], inputs: usize) -> Option<usize> {
    let (rows, columns) = (usize::from(*payload.get(2)?) + 1, usize::from(*payload.get(3)?) + 1);
    let length = match payload.get(..2)? {
        [0, flags] if flags & 1 == 1 => 12,
        [0, _] => 8,
        _ => return None,
    };
    (rows * columns == inputs && payload.len() >= length).then_some(length)
}

fn overlay(payload: &[u8], inputs: usize) -> Option<usize> {
    let size = match payload.get(..2)? {
        [0, flags] if flags & 1 == 1 => 4,
        [0, _] => 2,
        _ => return None,
    };
    let length = 2 + 8 + 2 * size + inputs * 2 * size;
    (payload.len() >= length).then_some(length)
}

/// Version, minimum and writer's version, flags, two headrooms, and for one or three channels five fractions each.
fn tone_map(payload: &[u8]) -> Option<usize> {
    if *payload.first()? != 0 || short(payload, 1)? != 0 || short(payload, 3)? > 255 {
        return None;
    }
    let flags = *payload.get(5)?;
    if flags & 8 == 8 {
        // One denominator for all (bit 3): itself, two headrooms, and five numbers for each channel.
        let length = 6 + 4 + 8 + if flags & 0x80 == 0 { 1 } else { 3 } * 20;
        return (payload.len() >= length && number(payload, 6)? != 0).then_some(length);
    }
    let length = 6 + 16 + if flags & 0x80 == 0 { 1 } else { 3 } * 40;
    let bottoms = (10..length).step_by(8).all(|at| number(payload, at).is_some_and(|bottom| bottom != 0));
    (payload.len() >= length && bottoms).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_must_have_as_many_tiles_as_it_says() {
        let payload = [0, 0, 1, 2, 0, 64, 0, 64, b'x'];
        assert_eq!(length(Coding::Grid, &payload, 6), Some(8));
        assert_eq!(length(Coding::Grid, &payload, 5), None);
        assert_eq!(length(Coding::Grid, &[0, 1, 0, 0, 0, 0, 0, 64, 0, 0, 0, 64], 1), Some(12));
    }

    #[test]
    fn an_overlay_has_a_place_for_each_picture() {
        assert_eq!(length(Coding::Overlay, &[0; 30], 2), Some(22));
        assert_eq!(length(Coding::Overlay, &[0; 20], 2), None);
    }
}
