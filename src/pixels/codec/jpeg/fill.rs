//! Which MCUs are covered, and what they are filled with: the median of the untouched blocks around.
//!
//! A block whose AC coefficients are all zero is flat (ITU-T T.81, A.3.3), so one DC value for each component makes one colour.

use super::Broken;
use super::decode::Planes;
use super::frame::Frame;
use crate::place::Area;

/// Neighbours across and down.
const AROUND: [(isize, isize); 8] = [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];

/// The MCUs that areas touch.
pub(super) struct Touched<'f> {
    frame: &'f Frame,
    mask: Vec<bool>,
    /// What is filled: each area grown to whole MCUs and cut to the picture.
    pub(super) covered: Vec<Area>,
}

impl<'f> Touched<'f> {
    /// Grows areas to whole MCUs.
    pub(super) fn new(frame: &'f Frame, areas: &[Area]) -> Self {
        let mut touched = Self { frame, mask: vec![false; frame.mcus_across * frame.mcus_down], covered: Vec::new() };
        let (width, height) = (frame.width as u32, frame.height as u32);
        let (across, down) = (frame.mcu_width as u32, frame.mcu_height as u32);
        let mut seen = std::collections::BTreeSet::new();
        for area in areas.iter().filter_map(|area| area.within(width, height)) {
            let (left, top) = (area.x / across, area.y / down);
            let (right, bottom) = (area.right().div_ceil(across), area.bottom().div_ceil(down));
            let grown = Area::new(left * across, top * down, (right - left) * across, (bottom - top) * down);
            let Some(grown) = grown.within(width, height).filter(|grown| seen.insert(*grown)) else { continue };
            touched.covered.push(grown);
            for row in top as usize..bottom as usize {
                let from = row * frame.mcus_across;
                touched.mask[from + left as usize..from + right as usize].fill(true);
            }
        }
        touched
    }

    /// Makes every touched MCU flat. Those that hang together have one colour. Blocks that lie outside the picture are
    /// filled where the component is `padded` with them: where it has no scan of its own, and they are therefore coded.
    pub(super) fn flatten(&self, planes: &mut Planes, padded: &[bool]) -> Result<(), Broken> {
        let mut open = self.mask.clone();
        let mut around = vec![0_usize; self.mask.len()];
        for first in 0..open.len() {
            if !open[first] {
                continue;
            }
            let (mut group, mut ring) = (vec![first], Vec::new());
            open[first] = false;
            let mut next = 0;
            while let Some(mcu) = group.get(next).copied() {
                next += 1;
                for neighbour in self.neighbours(mcu) {
                    if std::mem::take(&mut open[neighbour]) {
                        group.push(neighbour);
                    } else if !self.mask[neighbour] && around[neighbour] != first + 1 {
                        around[neighbour] = first + 1;
                        ring.push(neighbour);
                    }
                }
            }
            self.fill(planes, padded, &group, &ring)?;
        }
        Ok(())
    }

    fn neighbours(&self, mcu: usize) -> impl Iterator<Item = usize> + use<> {
        let (across, down) = (self.frame.mcus_across, self.frame.mcus_down);
        let (x, y) = (mcu % across, mcu / across);
        AROUND.iter().filter_map(move |(dx, dy)| {
            let (x, y) = (x.checked_add_signed(*dx)?, y.checked_add_signed(*dy)?);
            (x < across && y < down).then_some(y * across + x)
        })
    }

    /// Fills a group with the median of its ring; with middle grey where there is nothing around it.
    fn fill(&self, planes: &mut Planes, padded: &[bool], group: &[usize], ring: &[usize]) -> Result<(), Broken> {
        for (component, padded) in padded.iter().enumerate() {
            let mut values = Vec::new();
            for block in ring.iter().flat_map(|mcu| self.blocks(component, *mcu)).filter(|(_, inside)| *inside) {
                values.push(planes.block(component, block.0)?[0]);
            }
            let middle = values.len() / 2;
            let value = if values.is_empty() { 0 } else { *values.select_nth_unstable(middle).1 };
            let filled = group.iter().flat_map(|mcu| self.blocks(component, *mcu));
            for (block, _) in filled.filter(|(_, inside)| *inside || *padded) {
                let block = planes.block(component, block)?;
                block.fill(0);
                block[0] = value;
            }
        }
        Ok(())
    }

    /// The blocks of a component in an MCU, and whether each lies in the picture.
    fn blocks(&self, component: usize, mcu: usize) -> impl Iterator<Item = (usize, bool)> + use<> {
        let component = self.frame.components[component].clone();
        let (column, row) = (mcu % self.frame.mcus_across, mcu / self.frame.mcus_across);
        (0..component.across * component.down).map(move |index| {
            let x = column * component.across + index % component.across;
            let y = row * component.down + index / component.across;
            (y * component.wide + x, x < component.columns && y < component.rows)
        })
    }
}
