//! What areas are filled with: the value that is most usual around them.
//!
//! Areas that touch share one value, so that each is flat whatever lies over it.

use super::super::frames::cells::{Colour, Frame, value};
use super::super::frames::shape::{Photometric, Shape};
use crate::place::Area;

/// So many pixels around an area are looked at.
const RING: u32 = 3;
/// Areas of one frame, at most: more are covered as one.
const MOST: usize = 1024;

/// An area, and the samples that fill it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fill {
    pub(super) area: Area,
    pub(super) colour: [u16; 3],
}

/// What is to be covered in a frame of this shape: what lies in it, grown to whole pairs of columns where two share their
/// chrominance.
pub(super) fn areas(asked: impl Iterator<Item = Area>, shape: &Shape, pairs: bool) -> Vec<Area> {
    let grown = |area: Area| {
        let (from, to) = if pairs { (area.x & !1, area.right().next_multiple_of(2)) } else { (area.x, area.right()) };
        Area::new(from, area.y, to - from, area.height)
    };
    let mut areas: Vec<Area> = asked.filter_map(|a| a.within(shape.columns, shape.rows)).map(grown).collect();
    areas.sort_unstable();
    areas.dedup();
    if areas.len() > MOST {
        areas = areas.into_iter().reduce(|a, b| a.around(&b)).into_iter().collect();
    }
    areas
}

/// The fills of a frame.
pub(super) fn fills(frame: &Frame, shape: &Shape, areas: &[Area]) -> Vec<Fill> {
    let mut covered = vec![false; shape.pixels()];
    for area in areas {
        for y in area.y..area.bottom() {
            let row = y as usize * shape.columns as usize;
            covered[row + area.x as usize..row + area.right() as usize].fill(true);
        }
    }
    let mut out = Vec::with_capacity(areas.len());
    for group in groups(areas) {
        let colour = around(frame, shape, &covered, group.iter().map(|i| areas[*i]));
        out.extend(group.iter().map(|i| Fill { area: areas[*i], colour }));
    }
    out
}

/// Areas that overlap, together.
fn groups(areas: &[Area]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (i, area) in areas.iter().enumerate() {
        let meets = |group: &Vec<usize>| group.iter().any(|j| areas[*j].common(area).is_some());
        let (mut together, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(meets);
        let mut joined: Vec<usize> = together.drain(..).flatten().collect();
        joined.push(i);
        groups = apart;
        groups.push(joined);
    }
    groups
}

/// The usual samples around areas.
fn around(frame: &Frame, shape: &Shape, covered: &[bool], areas: impl Iterator<Item = Area>) -> [u16; 3] {
    let samples = usize::from(shape.samples);
    let mut ring: [Vec<u16>; 3] = Default::default();
    for area in areas {
        let wide = area.padded(RING, shape.columns, shape.rows);
        for y in wide.y..wide.bottom() {
            let inside = y >= area.y && y < area.bottom();
            let columns = (wide.x..if inside { area.x } else { wide.right() }).chain(if inside {
                area.right()..wide.right()
            } else {
                0..0
            });
            for x in columns {
                let pixel = y as usize * shape.columns as usize + x as usize;
                if !covered[pixel] {
                    ring[..samples]
                        .iter_mut()
                        .enumerate()
                        .for_each(|(c, r)| r.push(frame.cells.get(pixel * samples + c)));
                }
            }
        }
    }
    if ring[0].is_empty() {
        return dark(frame.colour, shape);
    }
    let mut colour = [0; 3];
    for (usual, values) in colour.iter_mut().zip(ring).take(samples) {
        *usual = if shape.photometric == Photometric::Palette { mode(values) } else { median(values, shape) };
    }
    colour
}

/// What a frame is filled with of which nothing is left.
fn dark(colour: Colour, shape: &Shape) -> [u16; 3] {
    let middle = 1u16 << (shape.stored - 1);
    match colour {
        Colour::Ybr => [0, middle, middle],
        Colour::Rgb => [0; 3],
        Colour::Single => {
            let dark = if shape.photometric == Photometric::Monochrome1 { u16::MAX } else { 0 };
            let mask = ((1u32 << shape.stored) - 1) as u16;
            [stored((dark & mask) ^ if shape.signed { middle } else { 0 }, 0, shape); 3]
        }
    }
}

/// The middle one of values, with nothing in bits that are not used.
fn median(mut cells: Vec<u16>, shape: &Shape) -> u16 {
    let middle = cells.len() / 2;
    let (_, cell, _) = cells.select_nth_unstable_by_key(middle, |cell| (value(*cell, shape), *cell));
    let sign = if shape.signed { 1u16 << (shape.stored - 1) } else { 0 };
    stored(value(*cell, shape) ^ sign, *cell, shape)
}

/// The cell of a value; bits above it repeat its sign where they do in a cell that has the value.
fn stored(value: u16, like: u16, shape: &Shape) -> u16 {
    let plain = value << shape.shift;
    let above = (u32::from(u16::MAX) << (shape.stored + shape.shift)) as u16;
    let extended = if shape.signed && value >> (shape.stored - 1) & 1 == 1 { plain | above } else { plain };
    if like == extended { extended } else { plain }
}

fn mode(mut cells: Vec<u16>) -> u16 {
    cells.sort_unstable();
    let runs = cells.chunk_by(|a, b| a == b);
    runs.max_by_key(|run| run.len()).and_then(|run| run.first()).copied().unwrap_or(0)
}

/// The stretches of row `y` that are filled: from and behind which column, with what.
pub(super) fn spans(fills: &[Fill], y: u32) -> Vec<(u32, u32, [u16; 3])> {
    let here = fills.iter().filter(|f| y >= f.area.y && y < f.area.bottom());
    let mut spans: Vec<_> = here.map(|f| (f.area.x, f.area.right(), f.colour)).collect();
    spans.sort_unstable();
    spans.dedup_by(|next, last| {
        let joins = next.0 <= last.1 && (next.2 == last.2 || next.0 < last.1);
        last.1 = if joins { last.1.max(next.1) } else { last.1 };
        joins
    });
    spans
}

/// Fills areas in samples that lie side by side.
pub(super) fn paint(frame: &mut Frame, shape: &Shape, fills: &[Fill]) {
    let samples = usize::from(shape.samples);
    for y in 0..shape.rows {
        for (from, to, colour) in spans(fills, y) {
            let row = y as usize * shape.columns as usize;
            for pixel in row + from as usize..row + to as usize {
                colour[..samples].iter().enumerate().for_each(|(c, v)| frame.cells.set(pixel * samples + c, *v));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_that_overlap_share_one_value() {
        let areas = [Area::new(0, 0, 4, 4), Area::new(10, 10, 2, 2), Area::new(3, 3, 8, 8), Area::new(20, 0, 1, 1)];
        let mut sizes: Vec<_> = groups(&areas).iter().map(Vec::len).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 3]);
    }
}
