//! Prints tallies as tables of Markdown. Nothing of what is written in a picture is ever printed.

use crate::bound;
use crate::score::{Met, Score};
use crate::tally::{Part, Tally};
use std::io::{self, Write};

/// The rows of the scoring table: name, target, value.
type Row = (&'static str, &'static str, fn(&Tally) -> String);

const ROWS: &[Row] = &[
    ("pictures", "", |t| t.pictures.to_string()),
    ("identifying boxes covered at ≥ 0.9", "≥ 99.5 % · real ≥ 96 %", |t| bounded(t.identifying)),
    ("missed identifying boxes on the look list", "all", |t| of(t.identifying_looked)),
    ("all writing, boxes covered at ≥ 0.9", "≥ 0.99 · real ≥ 0.92", |t| bounded(t.writing)),
    ("missed boxes of writing on the look list", "", |t| of(t.writing_looked)),
    ("all writing, pixels", "≥ 0.99 · real ≥ 0.96", |t| percent(t.written_pixels, 2)),
    ("pictures with every identifying box covered", "≥ 99 %", |t| bounded(t.cleared)),
    ("side markers kept (< 10 % covered)", "≥ 98 % · real ≥ 93 %", |t| bounded(t.markers)),
    ("scales and figure marks kept", "", |t| of(t.scales)),
    ("false boxes per picture", "≤ 0.5 · real ≤ 0.8", |t| format!("{:.2}", t.per_picture(t.false_boxes))),
    ("boxes covered per picture", "", |t| format!("{:.2}", t.per_picture(t.covers))),
    ("boxes to look at per picture", "", |t| format!("{:.2}", t.per_picture(t.looks))),
    ("wrong area (beyond boxes and padding)", "≤ 0.2 % · real ≤ 0.3 %", |t| percent(t.wrong, 3)),
    ("area covered outside tight boxes", "", |t| percent(t.outside, 3)),
    ("anatomy covered (wrong area in the middle 60 × 60 %)", "", |t| percent(t.anatomy, 3)),
    ("pictures without writing touched", "≤ 2 % · real ≤ 5 %", |t| bounded(t.touched)),
    ("pictures without writing to look at", "", |t| of(t.troubled)),
    ("seconds per megapixel", "≤ 0.08", |t| format!("{:.3}", t.seconds_per_megapixel())),
];

/// The scoring table: a column for each set.
pub(crate) fn whole(out: &mut impl Write, sets: &[(&str, Tally)]) -> io::Result<()> {
    let names: String = sets.iter().map(|(name, _)| format!(" {name} |")).collect();
    writeln!(out, "| measure | target |{names}\n|---|---|{}", "---|".repeat(sets.len()))?;
    for (row, target, value) in ROWS {
        let values: String = sets.iter().map(|(_, tally)| format!(" {} |", value(tally))).collect();
        writeln!(out, "| {row} | {target} |{values}")?;
    }
    writeln!(out)
}

/// A line for each kind of picture, so that weak kinds are seen.
pub(crate) fn by_group(out: &mut impl Write, groups: &[(&str, Tally)]) -> io::Result<()> {
    writeln!(
        out,
        "| kind | pictures | identifying | on look list | writing | pixels | markers kept | false | wrong | touched | looks | s/MP |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|---|")?;
    for (name, t) in groups {
        let (identifying, looked, writing) = (of(t.identifying), of(t.writing_looked), of(t.writing));
        let (pixels, markers, wrong) = (percent(t.written_pixels, 1), of(t.markers), percent(t.wrong, 3));
        let (falsely, looks) = (t.per_picture(t.false_boxes), t.per_picture(t.looks));
        writeln!(
            out,
            "| {name} | {} | {identifying} | {looked} | {writing} | {pixels} | {markers} | {falsely:.2} | {wrong} | {} | {looks:.2} | {:.3} |",
            t.pictures,
            of(t.touched),
            t.seconds_per_megapixel()
        )?;
    }
    writeln!(out)
}

/// What went wrong in one picture: boxes by number, class, place and how much of them is covered.
pub(crate) fn misses(out: &mut impl Write, name: &str, group: &str, score: &Score) -> io::Result<()> {
    let bad: Vec<&Met> = score.boxes.iter().filter(|met| !met.is_right()).collect();
    if bad.is_empty() && score.false_boxes.is_empty() {
        return Ok(());
    }
    writeln!(out, "{name} ({group}): {} covers, {} looks", score.covers, score.looks)?;
    for met in bad {
        let (letter, area, look) = (met.kind.letter(), met.area, if met.is_on_the_look_list() { ", look" } else { "" });
        let place = format!("{}×{} at {},{}", area.width, area.height, area.x, area.y);
        writeln!(out, "  box {} {letter} {place}: covered {:.2}{look}", met.index, met.covered)?;
    }
    for area in &score.false_boxes {
        writeln!(out, "  false {}×{} at {},{}", area.width, area.height, area.x, area.y)?;
    }
    Ok(())
}

fn percent(part: Part, places: usize) -> String {
    part.value().map_or("–".to_owned(), |value| format!("{:.places$} %", value * 100.0))
}

fn of(part: Part) -> String {
    part.value().map_or("–".to_owned(), |value| format!("{}/{} ({:.1} %)", part.hits, part.all, value * 100.0))
}

fn bounded(part: Part) -> String {
    let (lower, upper) = bound::bounds(part.hits, part.all);
    part.value().map_or("–".to_owned(), |_| format!("{} [{:.1}–{:.1}]", of(part), lower * 100.0, upper * 100.0))
}
