//! Which parts of which frames are to be filled, or were.

use super::Area;
use std::collections::BTreeMap;

/// What is to be covered: in every frame, and in single ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Covering {
    all: Vec<Area>,
    single: BTreeMap<u32, Vec<Area>>,
}

impl Covering {
    /// Covers an area in every frame.
    pub fn everywhere(&mut self, area: Area) {
        if !area.is_empty() && !self.all.contains(&area) {
            self.all.push(area);
        }
    }

    /// Covers an area in one frame, from 0.
    pub fn in_frame(&mut self, frame: u32, area: Area) {
        let areas = self.single.entry(frame).or_default();
        if !area.is_empty() && !areas.contains(&area) {
            areas.push(area);
        }
    }

    /// Whether nothing is to be covered.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.single.values().all(Vec::is_empty)
    }

    /// What is to be covered in a frame, from 0; areas may overlap and may reach past the frame.
    pub fn of(&self, frame: u32) -> impl Iterator<Item = Area> + '_ {
        self.all.iter().chain(self.single.get(&frame).into_iter().flatten()).copied()
    }

    /// What is to be covered in any frame at all, for pictures whose frames show one another's samples.
    pub fn in_any(&self) -> impl Iterator<Item = Area> + '_ {
        self.all.iter().chain(self.single.values().flatten()).copied()
    }

    /// The area among these that has most in common with a given one, in a frame or in every frame, and where it is covered;
    /// none where none has anything in common with it.
    pub fn around(&self, frame: Option<u32>, area: &Area) -> Option<(Option<u32>, Area)> {
        let all = self.all.iter().map(|known| (None, known));
        let own = self.single.get(&frame.unwrap_or(0)).into_iter().flatten().map(|known| (frame, known));
        let mut best: Option<(u64, (Option<u32>, Area))> = None;
        for (frame, known) in all.chain(own) {
            let common = known.common(area).map_or(0, |common| common.pixels());
            if common > best.map_or(0, |(most, _)| most) {
                best = Some((common, (frame, *known)));
            }
        }
        best.map(|(_, found)| found)
    }

    /// The last frame that has an area of its own; none where every area is in all frames.
    pub fn last_frame(&self) -> Option<u32> {
        self.single.iter().rev().find(|(_, areas)| !areas.is_empty()).map(|(frame, _)| *frame)
    }

    /// How many regions there are, for the sidecar.
    pub fn regions(&self) -> u32 {
        let single: usize = self.single.values().map(Vec::len).sum();
        u32::try_from(self.all.len() + single).unwrap_or(u32::MAX)
    }
}
