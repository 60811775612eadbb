//! The page's tables: by format, kind, condition and paragraph, what was covered, what was found, what nothing looked at.

use super::super::Audience;
use super::super::phrase::{grouped, recordings, spoken};
use super::super::tally::{Summary, Totals};
use super::{section, size};
use crate::finding::Code;
use crate::recording::terms::Kind;
use maud::{Markup, html};

/// By format.
pub(super) fn formats(summary: &Summary) -> Markup {
    let custody = summary.audience == Audience::Custody;
    html! {
        @if !summary.formats.is_empty() {
            table.short[!custody] {
                caption { (if custody { "Recordings by format" } else { "Released recordings by format" }) }
                (head("Format", custody, Some("Size of the released")))
                tbody {
                    @for row in &summary.formats {
                        tr {
                            th scope="row" { (row.format.name()) }
                            (outcomes(row.totals, custody))
                            td.n { (size(row.bytes_released)) }
                        }
                    }
                }
            }
        }
    }
}

/// By kind.
pub(super) fn kinds(summary: &Summary) -> Markup {
    let custody = summary.audience == Audience::Custody;
    let mut rows: Vec<(&Kind, &Totals)> = summary.counts.kinds.iter().collect();
    rows.sort_by_key(|(_, totals)| std::cmp::Reverse((totals.released, totals.all)));
    html! {
        @if !rows.is_empty() {
            table.short[!custody] {
                caption { (if custody { "Recordings by kind" } else { "Released recordings by kind" }) }
                (head("Kind", custody, None))
                tbody {
                    @for (kind, totals) in rows {
                        tr { th scope="row" { (begin(&spoken(kind.word()))) } (outcomes(*totals, custody)) }
                    }
                }
            }
        }
    }
}

fn head(what: &str, custody: bool, more: Option<&str>) -> Markup {
    html! {
        thead {
            tr {
                th scope="col" { (what) }
                th.n scope="col" { "Released" }
                @if custody {
                    th.n scope="col" { "Held" }
                    th.n scope="col" { "Unsupported" }
                    th.n scope="col" { "Failed" }
                }
                @if let Some(more) = more { th.n scope="col" { (more) } }
            }
        }
    }
}

fn outcomes(totals: Totals, custody: bool) -> Markup {
    html! {
        td.n { (grouped(totals.released)) }
        @if custody {
            td.n { (grouped(totals.held)) }
            td.n { (grouped(totals.unsupported)) }
            td.n { (grouped(totals.failed)) }
        }
    }
}

/// A word at the beginning of a cell.
pub(super) fn begin(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A table of words and how many.
fn words<'a>(caption: &str, what: &str, n: &str, rows: impl Iterator<Item = (String, &'a u64)>) -> Markup {
    html! {
        table.short {
            caption { (caption) }
            thead { tr { th scope="col" { (what) } th.n scope="col" { (n) } } }
            tbody { @for (word, count) in rows { tr { th scope="row" { (word) } td.n { (grouped(*count)) } } } }
        }
    }
}

/// Conditions of use.
pub(super) fn conditions(summary: &Summary) -> Markup {
    let rows = summary.conditions.iter().map(|(condition, count)| (begin(&spoken(condition)), count));
    html! {
        @if !summary.conditions.is_empty() {
            (words("Released recordings to be used only so", "Condition", "Recordings", rows))
        }
    }
}

/// Which paragraphs of the guidance the verdicts rest on.
pub(super) fn paragraphs(summary: &Summary) -> Markup {
    let rows = &summary.counts.paragraphs;
    if rows.is_empty() {
        return html! {};
    }
    let body = html! {
        p {
            "The paragraphs of the guidance that verdicts rest on. A recording counts once under each of its paragraphs; \
             paragraph 23, on recordings from which the patient may be recognised, comes first."
        }
        table.short {
            caption { "Recordings by paragraph" }
            thead {
                tr {
                    th scope="col" { "Paragraph" }
                    th scope="col" { "Rules" }
                    th.n scope="col" { "Released" }
                    th.n scope="col" { "Not released" }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        th scope="row" { (row.cite) }
                        td { (row.rules.iter().map(String::as_str).collect::<Vec<_>>().join(", ")) }
                        td.n { (grouped(row.released)) }
                        td.n { (grouped(row.not_released)) }
                    }
                }
            }
        }
    };
    section("paragraphs", "What the verdicts rest on", &body)
}

/// What was covered in the pictures.
pub(super) fn covered(summary: &Summary) -> Markup {
    let covered = &summary.counts.covered;
    if covered.regions == 0 {
        return html! {};
    }
    let regions = if covered.regions == 1 { "region was" } else { "regions were" };
    let rows = covered.classes.iter().map(|(class, count)| (begin(&class_words(class)), count));
    let body = html! {
        p {
            (grouped(covered.regions)) " " (regions) " covered with a solid fill, in " (recordings(covered.recordings)) ". \
             What stood there is kept nowhere in this report."
        }
        @if !covered.classes.is_empty() { (words("Covered regions by what was there", "What", "Regions", rows)) }
    };
    section("covered", "What was covered in the pictures", &body)
}

/// What a region is, in words.
pub(super) fn class_words(class: &str) -> String {
    match class {
        "line" => "line of writing".to_owned(),
        "pair" => "letters or digits".to_owned(),
        "marker" => "side marker".to_owned(),
        "block" => "block of writing".to_owned(),
        "cut-by-border" => "writing cut by the border".to_owned(),
        "band" => "part that a rule covers".to_owned(),
        other => spoken(other),
    }
}

/// What nothing looked at, and why.
pub(super) fn not_looked_at(summary: &Summary) -> Markup {
    let rows = summary.counts.not_looked_at.iter().map(|(why, count)| (begin(why), count));
    html! {
        @if !summary.counts.not_looked_at.is_empty() {
            (words("Recordings whose pixels the program did not look at", "Why", "Recordings", rows))
        }
    }
}

/// What was found and dealt with.
pub(super) fn found(summary: &Summary) -> Markup {
    if summary.findings.is_empty() {
        return html! {};
    }
    let mut rows: Vec<_> = summary.findings.iter().collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let body = html! {
        table {
            caption { "Kinds of finding and how many; the values themselves are kept nowhere in this report" }
            thead { tr { th scope="col" { "Finding" } th scope="col" { "What it is" } th.n scope="col" { "Times" } } }
            tbody {
                @for (word, count) in rows {
                    @let code = Code::ALL.iter().find(|code| code.word() == word);
                    tr {
                        th scope="row" { (begin(code.map_or(word.as_str(), |code| code.label()))) }
                        td { (code.map_or("", |code| code.sentence())) }
                        td.n { (grouped(*count)) }
                    }
                }
            }
        }
    };
    section("found", "What was found and dealt with", &body)
}
