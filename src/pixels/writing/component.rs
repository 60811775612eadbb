//! Connected parts of what a top-hat shows: 8-connected runs, gathered by union and find.

use super::hat;
use super::noise::Noise;
use super::plane::Plane;
use super::rule::{self, NOISE_BLOCK};

/// Places of one row that belong together: from `x0` up to and without `x1`.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) y: u32,
    pub(super) x0: u32,
    pub(super) x1: u32,
    part: u32,
}

/// A connected part: its box (`x1`, `y1` outside) and number of pixels.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) x0: u32,
    pub(super) y0: u32,
    pub(super) x1: u32,
    pub(super) y1: u32,
    pub(super) pixels: u32,
    from: u32,
    runs: u32,
}

/// Parts of a plane, with their runs in order.
pub(super) struct Parts {
    pub(super) parts: Vec<Part>,
    runs: Vec<Run>,
}

impl Parts {
    /// The connected parts of what stands out of a plane.
    pub(super) fn of(hat: &Plane, noise: &Noise) -> Self {
        let mut runs = standing_out(hat, noise);
        join(&mut runs, hat.h);
        gather(runs)
    }

    /// The runs of a part, by rows.
    pub(super) fn runs(&self, part: &Part) -> &[Run] {
        self.runs.get(part.from as usize..(part.from + part.runs) as usize).unwrap_or_default()
    }
}

/// Runs of pixels whose hat is large enough: against the noise, and against the largest nearby.
fn standing_out(hat: &Plane, noise: &Noise) -> Vec<Run> {
    let largest = hat::largest(hat);
    let mut runs = Vec::new();
    let mut on = vec![false; hat.w + 1];
    for y in 0..hat.h {
        let (values, most) = (hat.row(y), largest.row(y));
        let mut any = false;
        let blocks = values.chunks(NOISE_BLOCK).zip(most.chunks(NOISE_BLOCK)).zip(on.chunks_mut(NOISE_BLOCK));
        for (((values, most), on), noise) in blocks.zip(noise.row(y)) {
            let least = (rule::LEAST_HAT.max(rule::NOISES * noise)).min(255.0) as u8;
            for ((value, most), on) in values.iter().zip(most).zip(on) {
                *on = (*value >= least) & (*value >= *most - *most / 2);
                any |= *on;
            }
        }
        if any {
            runs_of(&on[..hat.w], y as u32, &mut runs);
        }
    }
    runs
}

fn runs_of(on: &[bool], y: u32, runs: &mut Vec<Run>) {
    let mut start = None;
    for (x, on) in on.iter().chain([&false]).enumerate() {
        match (on, start) {
            (true, None) => start = Some(x as u32),
            (false, Some(x0)) => {
                runs.push(Run { y, x0, x1: x as u32, part: runs.len() as u32 });
                start = None;
            }
            _ => {}
        }
    }
}

fn root(runs: &mut [Run], mut at: u32) -> u32 {
    while runs[at as usize].part != at {
        let above = runs[runs[at as usize].part as usize].part;
        runs[at as usize].part = above;
        at = above;
    }
    at
}

/// Joins runs of neighbouring rows that touch, corners counted.
fn join(runs: &mut [Run], rows: usize) {
    let mut starts = vec![0usize; rows + 1];
    for run in runs.iter() {
        starts[run.y as usize + 1] += 1;
    }
    for y in 0..rows {
        starts[y + 1] += starts[y];
    }
    for y in 1..rows {
        let (mut above, mut here) = (starts[y - 1], starts[y]);
        while above < starts[y] && here < starts[y + 1] {
            let (a, b) = (runs[above], runs[here]);
            if a.x0 <= b.x1 && b.x0 <= a.x1 {
                let (a, b) = (root(runs, above as u32), root(runs, here as u32));
                runs[a.max(b) as usize].part = a.min(b);
            }
            if a.x1 < b.x1 { above += 1 } else { here += 1 }
        }
    }
}

/// Parts in the order of their first run, each with its runs side by side.
fn gather(mut runs: Vec<Run>) -> Parts {
    let mut numbers = vec![u32::MAX; runs.len()];
    let mut parts: Vec<Part> = Vec::new();
    for at in 0..runs.len() {
        let root = root(&mut runs, at as u32) as usize;
        if numbers[root] == u32::MAX {
            numbers[root] = parts.len() as u32;
            parts.push(Part { x0: u32::MAX, y0: u32::MAX, x1: 0, y1: 0, pixels: 0, from: 0, runs: 0 });
        }
        numbers[at] = numbers[root];
        let (run, part) = (runs[at], &mut parts[numbers[at] as usize]);
        (part.x0, part.x1) = (part.x0.min(run.x0), part.x1.max(run.x1));
        (part.y0, part.y1) = (part.y0.min(run.y), part.y1.max(run.y + 1));
        part.pixels += run.x1 - run.x0;
        part.runs += 1;
    }
    let mut from = 0;
    for part in &mut parts {
        part.from = from;
        from += part.runs;
        part.runs = 0;
    }
    let mut ordered = runs.clone();
    for (run, number) in runs.iter().zip(&numbers) {
        let part = &mut parts[*number as usize];
        ordered[(part.from + part.runs) as usize] = *run;
        part.runs += 1;
    }
    Parts { parts, runs: ordered }
}
