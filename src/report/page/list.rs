//! The recordings one by one, with their small pictures, and what the rules say that they rest on.

use super::super::phrase::{grouped, spoken};
use super::super::tally::{Listed, Summary};
use super::super::thumbnail::Thumbnail;
use super::super::{Audience, Told};
use super::table::{begin, class_words};
use super::{Pictures, section};
use crate::ledger::Entry;
use crate::recording::terms::Usability;
use crate::recording::{Outcome, Region, Sight};
use maud::{Markup, html};

/// How many regions of a recording are named on the page; its line of `recordings.jsonl` has more.
const REGIONS: usize = 3;

/// Both lists: what is not released first.
pub(super) fn lists(summary: &Summary, listed: &Listed, pictures: &Pictures) -> Markup {
    let totals = summary.recordings;
    let custody = summary.audience == Audience::Custody;
    let body = html! {
        @if listed.others.is_empty() && listed.released.is_empty() { p { "None to list." } }
        @if !listed.others.is_empty() {
            h3 { "Not released" }
            (list(&listed.others, &pictures.others, totals.not_released(), custody))
        }
        @if !listed.released.is_empty() {
            h3 { "Released" }
            (list(&listed.released, &pictures.released, totals.released, custody))
        } @else if custody && totals.released > 0 {
            h3 { "Released" }
            p { (grouped(totals.released)) " recordings, which recordings.csv lists." }
        }
    };
    section("recordings", "The recordings", &body)
}

fn list(entries: &[Told], pictures: &[Option<Thumbnail>], of: u64, custody: bool) -> Markup {
    let held = entries.first().is_some_and(|told| told.entry.outcome != Outcome::Released);
    let shows = pictures.iter().any(Option::is_some);
    html! {
        table.list {
            caption {
                @if of > entries.len() as u64 {
                    "The first " (entries.len()) " of " (grouped(of)) "; recordings.csv lists all"
                } @else {
                    "All " (grouped(of)) ", also in recordings.csv and recordings.jsonl"
                }
            }
            thead {
                tr {
                    @if shows { th scope="col" { "Picture" } }
                    th scope="col" { "Recording" }
                    th scope="col" { "Format" }
                    th scope="col" { "Kind" }
                    th scope="col" { (if held { "Outcome and reason" } else { "Verdict" }) }
                    th scope="col" { "Rests on" }
                }
            }
            tbody {
                @for (told, picture) in entries.iter().zip(pictures) {
                    tr {
                        @if shows { td.shot { (shot(&told.entry, picture.as_ref())) } }
                        (row(told, held, custody))
                    }
                }
            }
        }
    }
}

/// The small picture, or a sheet with the format's name where there is none.
fn shot(entry: &Entry, picture: Option<&Thumbnail>) -> Markup {
    html! {
        @match picture {
            Some(picture) => img src=(picture.address) width=(picture.width) height=(picture.height) alt=(alt(entry));
            None => span.sheet { (entry.format.name()) }
        }
    }
}

fn alt(entry: &Entry) -> String {
    format!("{}, {}, as cleaned: {}", begin(&spoken(entry.kind.word())), entry.format.name(), entry.code)
}

fn row(told: &Told, held: bool, custody: bool) -> Markup {
    let Told { entry, sight } = told;
    let says = if held {
        let reasons: Vec<_> = entry.reasons.iter().map(|r| spoken(&r.code)).collect();
        format!("{}: {}", begin(entry.outcome.word()), reasons.join("; "))
    } else {
        begin(&spoken(entry.usability.map(Usability::word).unwrap_or("released")))
    };
    html! {
        th.code scope="row" { (entry.code) }
        td { (entry.format.name()) }
        td { (begin(&spoken(entry.kind.word()))) }
        td { (says) (seen(sight, custody)) }
        td {
            @for (at, rule) in entry.rules.iter().enumerate() {
                @if at > 0 { "; " }
                (rule.id)
                @if !rule.cites.is_empty() { " (" (rule.paragraphs()) ")" }
            }
        }
    }
}

/// What was covered, and what is still to be looked at; the guardian is told where.
fn seen(sight: &Sight, custody: bool) -> Markup {
    let of = |action: &'static str| sight.regions.iter().filter(move |region| region.action == action);
    let regions = if sight.redacted == 1 { "region" } else { "regions" };
    html! {
        @if sight.redacted > 0 {
            p.note {
                (grouped(sight.redacted.into())) " " (regions) " covered"
                @if custody { ": " (named(of("cover"), u64::from(sight.redacted))) }
            }
        }
        @for (action, words) in [("look", "To look at"), ("flag", "Flagged")] {
            @let count = of(action).count() as u64;
            @if custody && count > 0 { p.note { (words) ": " (named(of(action), count)) } }
        }
    }
}

/// The first regions by name and place, and how many more.
fn named<'a>(regions: impl Iterator<Item = &'a Region>, of: u64) -> String {
    let place = |region: &Region| {
        let frame = region.frame.filter(|frame| *frame > 0).map(|frame| format!(", frame {frame}")).unwrap_or_default();
        let Region { x, y, width, height, .. } = region;
        format!("{} {width}\u{202f}×\u{202f}{height} at {x},\u{202f}{y}{frame}", class_words(&region.class))
    };
    let named: Vec<String> = regions.take(REGIONS).map(place).collect();
    let more = of.saturating_sub(named.len() as u64);
    let more = if more > 0 { format!("; and {} more", grouped(more)) } else { String::new() };
    named.join("; ") + &more
}

/// What the rules say that the listed recordings rest on.
pub(super) fn rules(listed: &Listed) -> Markup {
    if listed.rules.is_empty() {
        return html! {};
    }
    let body = html! {
        dl.rules {
            @for rule in listed.rules.values() {
                dt { (rule.id) }
                dd { (rule.says) @if !rule.cites.is_empty() { " " span.note { (rule.paragraphs()) } } }
            }
        }
    };
    section("rules", "What the rules say", &body)
}
