//! Made pictures: so many of every kind in turn, the same for the same seed.

use crate::case::Case;
use crate::scene::{self, KINDS};
use image::ExtendedColorType;
use scrubs::pixels::Samples;
use std::error::Error;
use std::path::Path;

/// Sides of a made picture in pixels, least and greatest; one in twenty is up to twice as large.
const SIDES: (i32, i32) = (560, 1300);

/// The numbers of the pictures to be made; with `only`, those of the kinds whose name begins so.
pub(crate) fn numbers(pictures: u64, only: Option<&str>) -> Vec<u64> {
    let wanted = |number: &u64| only.is_none_or(|only| kind(*number).name.starts_with(only));
    let kinds = KINDS.len() as u64;
    match only {
        None => (0..pictures).collect(),
        Some(_) => (0..pictures.saturating_mul(kinds)).filter(wanted).take(pictures as usize).collect(),
    }
}

fn kind(number: u64) -> &'static scene::Kind {
    &KINDS[(number % KINDS.len() as u64) as usize]
}

/// The picture of this number.
pub(crate) fn case(seed: u64, number: u64) -> Result<Case, String> {
    scene::case(kind(number), seed, number, SIDES, false).ok_or_else(|| format!("made picture {number} is none"))
}

/// Writes a made picture as it is shown, for looking at: `made-00012-jpeg.png`.
pub(crate) fn save(folder: &Path, case: &Case) -> Result<(), Box<dyn Error>> {
    let picture = &case.picture;
    let most = (1_u32 << picture.bits()) - 1;
    let shown = |value: u32| ((if picture.is_inverted() { most - value } else { value }) * 255 / most) as u8;
    let bytes: Vec<u8> = match picture.samples() {
        Samples::U8(samples) => samples.iter().map(|value| shown(u32::from(*value))).collect(),
        Samples::U16(samples) => samples.iter().map(|value| shown(u32::from(*value))).collect(),
    };
    let colour = if picture.channels() == 3 { ExtendedColorType::Rgb8 } else { ExtendedColorType::L8 };
    let path = folder.join(format!("{}-{}.png", case.name, case.group));
    Ok(image::save_buffer(path, &bytes, picture.width(), picture.height(), colour)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Kind, Truth};
    use scrubs::pixels::Picture;
    use scrubs::place::Area;

    /// Small, since debug builds are slow.
    const SMALL: (i32, i32) = (220, 280);

    fn small(number: u64, bare: bool) -> Case {
        scene::case(kind(number), 7, number, SMALL, bare).expect("a picture")
    }

    #[test]
    fn the_same_seed_makes_the_same_picture_and_another_seed_another() {
        let mut tried = 0;
        for number in (0..KINDS.len() as u64).step_by(6) {
            assert_eq!(small(number, false), small(number, false));
            let other = scene::case(kind(number), 8, number, SMALL, false).expect("a picture");
            assert_ne!(small(number, false).picture, other.picture);
            tried += 1;
        }
        assert_eq!(tried, 7);
    }

    #[test]
    fn each_kind_is_made_and_holds_writing_where_it_says_so() {
        let (mut written, mut empty, mut markers) = (0, 0, 0);
        for number in 0..KINDS.len() as u64 {
            let case = small(number, false);
            assert_eq!(case.group, kind(number).name);
            let holds = |wanted: fn(Kind) -> bool| case.truth.iter().any(|truth| wanted(truth.kind));
            assert_eq!(holds(Kind::is_writing), kind(number).written, "{}", case.group);
            assert_eq!(holds(|kind| kind == Kind::Identifying), kind(number).written, "{}", case.group);
            markers += usize::from(holds(|kind| kind == Kind::Marker));
            *(if kind(number).written { &mut written } else { &mut empty }) += 1;
        }
        assert_eq!((written, empty), (28, 10));
        assert!(markers >= 10, "{markers}");
    }

    #[test]
    fn only_the_kinds_that_were_asked_for_are_made() {
        assert_eq!(numbers(5, None), [0, 1, 2, 3, 4]);
        assert_eq!(numbers(3, Some("serif")).iter().map(|n| kind(*n).name).collect::<Vec<_>>(), ["serif"; 3]);
        assert!(numbers(3, Some("no-such-kind")).is_empty());
    }

    /// Whether ink changed a pixel by more than a hundredth of the scale.
    fn changed(with: &Picture, without: &Picture, x: u32, y: u32) -> bool {
        let channels = usize::from(with.channels());
        let at = (y as usize * with.width() as usize + x as usize) * channels;
        let most = f64::from((1_u32 << with.bits()) - 1);
        (at..at + channels).any(|at| {
            let value = |picture: &Picture| match picture.samples() {
                Samples::U8(samples) => f64::from(samples[at]),
                Samples::U16(samples) => f64::from(samples[at]),
            };
            (value(with) - value(without)).abs() > most / 100.0
        })
    }

    #[test]
    fn boxes_are_tight_with_ink_on_each_side() {
        let (mut boxes, mut sides) = (0, 0);
        for number in (0..KINDS.len() as u64).filter(|number| !["moire", "jpeg"].contains(&kind(*number).name)) {
            let (with, without) = (small(number, false), small(number, true));
            assert_eq!(with.truth, without.truth, "{}", with.group);
            for Truth { kind, area } in &with.truth {
                boxes += 1;
                let last = (area.right() - 1, area.bottom() - 1);
                let rim = [
                    Area::new(area.x, area.y, area.width, 1),
                    Area::new(area.x, last.1, area.width, 1),
                    Area::new(area.x, area.y, 1, area.height),
                    Area::new(last.0, area.y, 1, area.height),
                ];
                for side in rim {
                    let pixels = (side.y..side.bottom()).flat_map(|y| (side.x..side.right()).map(move |x| (x, y)));
                    let inked = pixels.into_iter().any(|(x, y)| changed(&with.picture, &without.picture, x, y));
                    sides += usize::from(inked);
                    // Lead may lie where the ground is as bright already, and a step of a wedge be as grey as it.
                    let clear = kind.is_writing() && !with.group.starts_with("lead");
                    assert!(inked || !clear, "{} {area:?} {side:?}", with.group);
                }
            }
        }
        assert!(boxes > 80 && sides as f64 > 3.95 * boxes as f64, "{sides} sides of {boxes} boxes");
    }
}
