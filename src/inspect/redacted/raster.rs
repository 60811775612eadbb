//! The proof for one rectangle of decoded samples: covered areas are of one colour, and all else is what it was.

use super::Task;
use crate::inspect::Left;
use crate::inspect::Trouble;
use crate::place::{Area, Place};

/// Rows of samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'b> {
    /// Where they stand in the frame, in pixels.
    pub(super) place: Area,
    /// Bytes of a pixel.
    pub(super) pixel: usize,
    /// The samples.
    pub(super) bytes: &'b [u8],
}

/// The covered areas of one frame, and the colour that each turned out to have.
#[derive(Debug)]
pub(super) struct Covered {
    frame: u32,
    areas: Vec<(Area, Option<Vec<u8>>)>,
    /// What was asked for.
    asked: Vec<Area>,
}

impl Covered {
    /// What is covered in a frame, and what was asked for.
    pub(super) fn of(task: &Task<'_>, frame: usize) -> Self {
        let frame = u32::try_from(frame).unwrap_or(u32::MAX);
        let areas = task.covered.of(frame).map(|area| (area, None)).collect();
        Self { frame, areas, asked: task.asked.of(frame).collect() }
    }

    /// The same areas for another plane of samples.
    pub(super) fn again(&self) -> Self {
        let areas = self.areas.iter().map(|(area, _)| (*area, None)).collect();
        Self { areas, asked: self.asked.clone(), ..*self }
    }

    /// Whether nothing is, and nothing was to be.
    pub(super) fn is_empty(&self) -> bool {
        self.areas.is_empty() && self.asked.is_empty()
    }

    /// Holds a rectangle against what it was; the number is how many pixels outside were compared.
    pub(super) fn prove(&mut self, before: Rows<'_>, after: Rows<'_>) -> Result<u64, Trouble> {
        let (place, pixel) = (before.place, before.pixel);
        let length = (place.pixels() as usize).checked_mul(pixel);
        let alike = place == after.place && pixel == after.pixel && pixel > 0;
        if !alike || Some(before.bytes.len()) != length || before.bytes.len() != after.bytes.len() {
            return Err(Trouble::SamplesChanged);
        }
        if place.is_empty() {
            return Ok(0);
        }
        let mut here: Vec<&mut (Area, Option<Vec<u8>>)> =
            self.areas.iter_mut().filter(|(area, _)| area.common(&place).is_some()).collect();
        let width = place.width as usize;
        let (mut compared, mut covered) = (0, vec![false; width]);
        let rows = before.bytes.chunks_exact(width * pixel).zip(after.bytes.chunks_exact(width * pixel));
        for (y, (old, new)) in (place.y..).zip(rows) {
            covered.fill(false);
            for (area, colour) in here.iter_mut().filter(|(area, _)| area.y <= y && y < area.bottom()) {
                let first = (area.x.max(place.x) - place.x) as usize;
                let last = (area.right().min(place.right()) - place.x) as usize;
                covered[first..last].fill(true);
                for sample in new[first * pixel..last * pixel].chunks_exact(pixel) {
                    if colour.get_or_insert_with(|| sample.to_vec()) != sample {
                        return Err(shows(area));
                    }
                }
            }
            holds(self.frame, &self.asked, &place, y, &covered)?;
            let pixels = old.chunks_exact(pixel).zip(new.chunks_exact(pixel)).zip(&covered);
            for ((old, new), _) in pixels.filter(|(_, covered)| !**covered) {
                if old != new {
                    return Err(Trouble::SamplesChanged);
                }
                compared += 1;
            }
        }
        Ok(compared)
    }
}

/// Whether all that was asked for in row `y` of a rectangle of a frame was covered; `covered` has the row's pixels.
pub(super) fn holds(frame: u32, asked: &[Area], place: &Area, y: u32, covered: &[bool]) -> Result<(), Trouble> {
    for area in asked.iter().filter(|area| area.y <= y && y < area.bottom()) {
        let Some(here) = area.common(place) else { continue };
        let (first, last) = ((here.x - place.x) as usize, (here.right() - place.x) as usize);
        if !covered.get(first..last).is_some_and(|row| row.iter().all(|covered| *covered)) {
            let Area { x, y, width, height } = here;
            return Err(Trouble::NotCovered(Place::Region { frame, x, y, width, height }));
        }
    }
    Ok(())
}

/// Something stands in an area that should be of one colour.
fn shows(area: &Area) -> Trouble {
    let mut left = Left::default();
    left.note("a part of the picture that should be covered", Place::bytes("picture", 0, area.pixels()));
    left.none().err().unwrap_or(Trouble::SamplesChanged)
}

/// Samples of `bits` bits in rows of whole bytes, each in bytes of its own where they are not of whole bytes already (of up
/// to 16 bits, then); and how many bytes a pixel then has.
pub(super) fn spread(bytes: Vec<u8>, width: u32, channels: usize, bits: u32) -> (Vec<u8>, usize) {
    if bits.is_multiple_of(8) {
        return (bytes, channels * bits as usize / 8);
    }
    let row = (width as usize * channels * bits as usize).div_ceil(8);
    let mut out = Vec::new();
    for row in bytes.chunks_exact(row.max(1)) {
        for sample in 0..width as usize * channels {
            let mut value = 0_u16;
            for bit in sample * bits as usize..(sample + 1) * bits as usize {
                value = value << 1 | u16::from(row[bit / 8] >> (7 - bit % 8) & 1);
            }
            match bits {
                0..=8 => out.push(value as u8),
                _ => out.extend(value.to_be_bytes()),
            }
        }
    }
    (out, if bits <= 8 { channels } else { 2 * channels })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Covering;

    #[test]
    fn what_shows_through_and_what_changed_outside_is_told_apart() {
        let place = Area::new(0, 0, 4, 4);
        let before: Vec<u8> = (0..16).collect();
        let mut covering = Covering::default();
        covering.in_frame(0, Area::new(1, 1, 2, 2));
        let asking = |asked: &Covering, after: &[u8]| {
            let nothing: Vec<u8> = Vec::new();
            let task = Task { cleaned: &nothing, output: &nothing, covered: &covering, asked };
            let rows = |bytes| Rows { place, pixel: 1, bytes };
            Covered::of(&task, 0).prove(rows(&before), rows(after)).map_err(|trouble| trouble.code())
        };
        let prove = |after: &[u8]| asking(&covering, after);
        let mut filled = before.clone();
        [5, 6, 9, 10].into_iter().for_each(|n: usize| filled[n] = 77);
        assert_eq!(prove(&filled), Ok(12));
        assert_eq!(prove(&before), Err("residue"));
        // What was asked for is held against what was covered, pixel by pixel and not area by area.
        let mut less = Covering::default();
        [Area::new(1, 1, 1, 2), Area::new(2, 2, 1, 1)].into_iter().for_each(|area| less.everywhere(area));
        assert_eq!(asking(&less, &filled), Ok(12));
        less.in_frame(0, Area::new(2, 2, 2, 1));
        assert_eq!(asking(&less, &filled), Err("not-covered"));
        filled[0] = 99;
        assert_eq!(prove(&filled), Err("samples-changed"));
        assert_eq!(prove(&filled[1..]), Err("samples-changed"));
    }

    #[test]
    fn packed_samples_are_spread_one_by_one() {
        assert_eq!(spread(vec![0b1010_0000], 3, 1, 1), (vec![1, 0, 1], 1));
        assert_eq!(spread(vec![0x12, 0x30, 0x45, 0x60], 1, 1, 12), (vec![1, 0x23, 4, 0x56], 2));
        assert_eq!(spread(vec![1, 2, 3], 1, 3, 8), (vec![1, 2, 3], 3));
    }
}
