//! Writes every line that the detector weighs, with what it truly is: of these `benches/marks/weigh.py` finds the weights.
//!
//! A row is: `real` or `made`; `across`, `pair` or `down`; the part of the line's box that lies in boxes of writing; then what
//! was measured, in the order of the weights.

use crate::case::{Case, Truth};
use crate::{made, real};
use rayon::prelude::*;
use scrubs::pixels::writing::{self, Measured};
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Writes the lines of the real pictures and of so many made ones.
pub(crate) fn write(file: &Path, pictures: u64, seed: u64, only: Option<&str>) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(File::create(file)?);
    if let Some(folder) = real::folder() {
        let rows = |entry| Ok(rows("real", &real::case(&folder, entry).map_err(|error| error.to_string())?));
        let found: Result<Vec<String>, String> = real::entries(&folder)?.par_iter().map(rows).collect();
        found?.iter().try_for_each(|rows| out.write_all(rows.as_bytes()))?;
    }
    // A few at a time: the rows of all pictures are many.
    for some in made::numbers(pictures, only).chunks(64) {
        let found: Result<Vec<String>, String> =
            some.par_iter().map(|number| Ok(rows("made", &made::case(seed, *number)?))).collect();
        found?.iter().try_for_each(|rows| out.write_all(rows.as_bytes()))?;
    }
    Ok(out.flush()?)
}

fn rows(set: &str, case: &Case) -> String {
    writing::measured(&case.picture).iter().map(|line| row(set, line, &case.truth)).collect()
}

fn row(set: &str, line: &Measured, truth: &[Truth]) -> String {
    let sort = match line.glyphs {
        _ if line.upright => "down",
        2 => "pair",
        _ => "across",
    };
    let [x0, y0, x1, y1] = line.bounds;
    let shared = |truth: &Truth| {
        let area = truth.area;
        let across = x1.min(area.right() as f32) - x0.max(area.x as f32);
        let down = y1.min(area.bottom() as f32) - y0.max(area.y as f32);
        across.max(0.0) * down.max(0.0)
    };
    let written: f32 = truth.iter().filter(|truth| truth.kind.is_writing()).map(shared).sum();
    let part = written / ((x1 - x0) * (y1 - y0)).max(1.0);
    let measures: Vec<String> = line.measures.iter().map(|measure| measure.to_string()).collect();
    format!("{set},{sort},{part},{}\n", measures.join(","))
}
