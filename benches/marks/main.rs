//! Scores the detector of writing on real radiographs and on made ones:
//! `cargo run --release --example score-marks -- [--pictures N] [--seed S]
//! [--only KIND] [--save FOLDER] [--lines FILE] [--jobs N] [--list] [--by-kind] [--json]`.
//!
//! `docs/pixels.md` says what each row means and how it is measured.

mod bound;
mod canvas;
mod case;
mod font;
mod lines;
mod made;
mod pen;
mod real;
mod rng;
mod scene;
mod score;
mod table;
mod tally;
mod texture;
mod wear;
mod words;

use case::Case;
use rayon::prelude::*;
use score::Score;
use scrubs::pixels::{Ground, writing};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;
use tally::Tally;

const USAGE: &str = "usage: score-marks [--pictures N] [--seed S] [--only KIND] [--save FOLDER] [--lines FILE] [--jobs N] [--list] [--by-kind] [--json]";

/// What was asked for.
#[derive(Debug, Default)]
struct Options {
    jobs: usize,
    pictures: u64,
    seed: u64,
    only: Option<String>,
    save: Option<PathBuf>,
    lines: Option<PathBuf>,
    list: bool,
    by_kind: bool,
    json: bool,
}

/// A scored picture: its name, its kind, its score.
type Scored = (String, String, Score);

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    rayon::ThreadPoolBuilder::new().num_threads(options.jobs).build_global()?;
    if let Some(file) = &options.lines {
        return lines::write(file, options.pictures, options.seed, options.only.as_deref());
    }
    let mut sets: Vec<(&str, Vec<Scored>)> = Vec::new();
    match real::folder() {
        Some(folder) => {
            let score = |entry| Ok(scored(real::case(&folder, entry).map_err(|error| error.to_string())?));
            let found: Result<Vec<_>, String> = real::entries(&folder)?.par_iter().map(score).collect();
            sets.push(("real", found?));
        }
        None => writeln!(io::stderr(), "no corpus of real pictures here; set SCRUBS_CORPUS")?,
    }
    let started = Instant::now();
    let score = |number: &u64| {
        let case = made::case(options.seed, *number)?;
        if let Some(folder) = &options.save {
            made::save(folder, &case).map_err(|error| error.to_string())?;
        }
        Ok(scored(case))
    };
    let found: Result<Vec<_>, String> =
        made::numbers(options.pictures, options.only.as_deref()).par_iter().map(score).collect();
    sets.push(("made", found?));
    writeln!(io::stderr(), "made pictures: {:.0} s", started.elapsed().as_secs_f64())?;
    print(&options, &sets)
}

fn scored(case: Case) -> Scored {
    let (started, worked) = (Instant::now(), work());
    let marks = writing::find(&case.picture, Ground::Radiograph, true);
    let waited = started.elapsed().as_secs_f64();
    let seconds = worked.zip(work()).map_or(waited, |(before, after)| after - before);
    let score = Score::of(&marks, &case.truth, case.picture.width(), case.picture.height(), seconds);
    (case.name, case.group, score)
}

/// Seconds that the processor spent on this thread, so that other work on the machine does not count (Linux; elsewhere the
/// clock has to do).
fn work() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

fn print(options: &Options, sets: &[(&str, Vec<Scored>)]) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let sums: Vec<_> = sets.iter().map(|(name, scores)| (*name, Tally::of(scores.iter().map(|s| &s.2)))).collect();
    if options.json {
        let sets: serde_json::Map<_, _> = sums.iter().map(|(name, tally)| ((*name).to_owned(), tally.json())).collect();
        serde_json::to_writer_pretty(&mut out, &sets)?;
        return Ok(writeln!(out)?);
    }
    for (_, scores) in sets.iter().filter(|_| options.list) {
        for (name, group, score) in scores {
            table::misses(&mut out, name, group, score)?;
        }
    }
    table::whole(&mut out, &sums)?;
    if options.by_kind {
        table::by_group(&mut out, &by_kind(sets))?;
    }
    Ok(())
}

/// Tallies of the kinds, in alphabetical order.
fn by_kind<'a>(sets: &'a [(&str, Vec<Scored>)]) -> Vec<(&'a str, Tally)> {
    let mut kinds: BTreeMap<&str, Vec<&Score>> = BTreeMap::new();
    for (_, group, score) in sets.iter().flat_map(|(_, scores)| scores) {
        kinds.entry(group).or_default().push(score);
    }
    kinds.into_iter().map(|(kind, scores)| (kind, Tally::of(scores))).collect()
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options { pictures: 1000, seed: 1, ..Options::default() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--jobs" => options.jobs = value()?.parse()?,
            "--pictures" => options.pictures = value()?.parse()?,
            "--seed" => options.seed = value()?.parse()?,
            "--save" => options.save = Some(value()?.into()),
            "--lines" => options.lines = Some(value()?.into()),
            "--only" => options.only = Some(value()?),
            "--list" => options.list = true,
            "--by-kind" => options.by_kind = true,
            "--json" => options.json = true,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(options)
}
