//! Bars as inline SVG: by outcome, by format, by reason. Every bar has its word and its number, so that nothing hangs on a
//! colour, and every chart a title and a description that say the same (SVG 1.1, section 5.4).

use super::super::Audience;
use super::super::phrase::{grouped, spoken};
use super::super::tally::{Group, Summary};
use super::table::begin;
use crate::recording::Outcome;
use maud::{Markup, html};

/// Height of a row, and of the bar in it.
const ROW: u32 = 26;
const BAR: u32 = 14;
/// Room for the number behind the longest bar.
const NUMBER: u32 = 64;
/// How many bars a chart has at most.
const BARS: usize = 9;

/// A bar: its word, its full part and its hollow part.
struct Bar {
    word: String,
    full: u64,
    hollow: u64,
}

/// A chart that is known by a word, which its parts' names are made from.
struct Chart {
    id: &'static str,
    title: &'static str,
    /// What the hollow parts are, where there are some.
    hollow: Option<&'static str>,
    /// Width of the drawing, and of the column of words in it.
    width: u32,
    words: u32,
    bars: Vec<Bar>,
}

/// The charts of a report.
pub(super) fn charts(summary: &Summary) -> Markup {
    let totals = summary.recordings;
    if totals.all == 0 {
        return html! {};
    }
    let custody = summary.audience == Audience::Custody;
    let outcomes = [
        ("Released", totals.released),
        ("Held", totals.held),
        ("Unsupported", totals.unsupported),
        ("Failed", totals.failed),
    ];
    let outcomes = outcomes.map(|(word, n)| Bar { word: word.into(), full: n, hollow: 0 }).into();
    let formats = summary.formats.iter().map(|row| Bar {
        word: row.format.name().into(),
        full: row.totals.released,
        hollow: row.totals.not_released(),
    });
    let reasons = summary.not_released.iter().filter(|group| group.outcome != Outcome::Listed);
    let reason = |group: &Group| {
        let mark = if group.flagged && custody { " (flagged)" } else { "" };
        Bar { word: format!("{}{mark}", begin(&spoken(&group.code))), full: group.count, hollow: 0 }
    };
    let half = |id, title, hollow, bars| Chart { id, title, hollow, width: 450, words: 138, bars };
    let formats_title = if custody { "Recordings by format" } else { "Released by format" };
    let hollow = (custody && totals.not_released() > 0).then_some("released full, others hollow");
    html! {
        div.charts {
            (draw(half("outcomes", "Recordings by outcome", None, outcomes)))
            (draw(half("formats", formats_title, hollow, largest(formats.collect()))))
            (draw(Chart {
                id: "reasons", title: "Why recordings are not released", hollow: None, width: 930, words: 300,
                bars: largest(reasons.map(reason).collect()),
            }))
        }
    }
}

/// The largest first, the rest together.
fn largest(mut bars: Vec<Bar>) -> Vec<Bar> {
    bars.sort_by_key(|bar| std::cmp::Reverse(bar.full + bar.hollow));
    if bars.len() > BARS {
        let rest = bars.split_off(BARS - 1);
        let sum = |part: fn(&Bar) -> u64| rest.iter().map(part).sum();
        let word = format!("{} others", rest.len());
        bars.push(Bar { word, full: sum(|bar| bar.full), hollow: sum(|bar| bar.hollow) });
    }
    bars
}

fn draw(chart: Chart) -> Markup {
    if chart.bars.is_empty() {
        return html! {};
    }
    let Chart { id, title, hollow, width, words, ref bars } = chart;
    let most = bars.iter().map(|bar| bar.full + bar.hollow).max().unwrap_or(1).max(1);
    let room = width - words - NUMBER;
    let height = ROW * u32::try_from(bars.len()).unwrap_or(0);
    let (name, says) = (format!("chart-{id}"), format!("chart-{id}-says"));
    html! {
        figure class=(id) {
            figcaption { (title) @if let Some(hollow) = hollow { ": " (hollow) } }
            svg viewBox={ "0 0 " (width) " " (height) } role="img" aria-labelledby={ (name) " " (says) } {
                title id=(name) { (title) }
                desc id=(says) { (description(bars, hollow.is_some())) }
                @for (bar, row) in bars.iter().zip(0u32..) {
                    (draw_bar(bar, row * ROW, words, [scaled(bar.full, room, most), scaled(bar.hollow, room, most)]))
                }
            }
        }
    }
}

fn draw_bar(bar: &Bar, top: u32, words: u32, [full, hollow]: [u32; 2]) -> Markup {
    let zero = if bar.full + bar.hollow == 0 { "zero" } else { "word" };
    html! {
        text class=(zero) x=(words - 10) y=(top + 18) text-anchor="end" { (bar.word) }
        @if full > 0 { rect.full x=(words) y=(top + 6) width=(full) height=(BAR) {} }
        @if hollow > 0 {
            rect.hollow x={ (words + full) ".5" } y={ (top + 6) ".5" } width=(hollow.max(2) - 1) height=(BAR - 1) {}
        }
        text class=(zero) x=(words + full + hollow + 8) y=(top + 18) { (grouped(bar.full + bar.hollow)) }
    }
}

/// A length that is in proportion, and seen however small the number is.
fn scaled(count: u64, room: u32, most: u64) -> u32 {
    let length = u128::from(count) * u128::from(room) / u128::from(most);
    u32::try_from(length).unwrap_or(room).max(if count > 0 { 2 } else { 0 })
}

fn description(bars: &[Bar], split: bool) -> String {
    let part = |bar: &Bar| match split {
        true => format!("{}: {} released, {} not", bar.word, bar.full, bar.hollow),
        false => format!("{}: {}", bar.word, bar.full + bar.hollow),
    };
    bars.iter().map(part).collect::<Vec<_>>().join("; ") + "."
}
