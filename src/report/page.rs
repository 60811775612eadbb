//! The report as one page of HTML that needs nothing else: no script, no font, no picture, no network.
//!
//! Order of telling: what there is, what is not released and what to do next, what is, what nobody has looked at.

use super::phrase::{grouped, reason, recordings, spoken};
use super::tally::{FormatCount, Group, Listed, Summary};
use super::{Audience, ROWS_ON_PAGE, flag};
use crate::finding::Code;
use crate::ledger::Entry;
use crate::recording::Outcome;
use crate::recording::terms::{Coding, PixelState, Usability};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// How the page looks, on a screen and on paper.
const STYLE: &str = include_str!("page.css");

/// The whole page.
pub(super) fn page(summary: &Summary, listed: &Listed) -> Markup {
    let title = match summary.audience {
        Audience::Release => "What this release holds",
        Audience::Custody => "What was done, for the guardian",
    };
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) " · scrubs" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p.mark { "scrubs" }
                    h1 { (title) }
                    p.lead { (lead(summary)) }
                    @if summary.audience == Audience::Custody {
                        p.warn { "This page lists recordings that are not released. It stays with the guardian of custody." }
                    }
                }
                main {
                    (flag::section(summary))
                    (numbers(summary))
                    (not_released(summary))
                    (flag::disagreements(summary))
                    (released(summary))
                    (unchecked(summary))
                    (found(summary))
                    (lists(summary, listed))
                    (made_by(summary))
                }
            }
        }
    }
}

fn lead(summary: &Summary) -> String {
    let purpose = spoken(summary.made_by.purpose.word());
    let coding = match summary.made_by.coding {
        Coding::Coded => "Recordings carry codes; the key to them is retained apart.",
        Coding::None => "No key to the codes was kept.",
    };
    format!("Patient recordings, cleaned and judged for {purpose}. {coding}")
}

fn numbers(summary: &Summary) -> Markup {
    let totals = summary.recordings;
    let patients = summary.patients_released.filter(|_| totals.released > 0).map(|count| match count {
        1 => "of 1 patient".to_owned(),
        _ => format!("of {} patients", grouped(count)),
    });
    let tiles = [
        ("good", totals.released, "released", patients.unwrap_or_else(|| "in this release".into())),
        ("wait", totals.held, "held", "kept back in custody".into()),
        ("plain", totals.unsupported, "unsupported", "format not cleaned yet".into()),
        ("plain", totals.failed, "failed", "could not be read".into()),
    ];
    html! {
        ul.numbers aria-label={ "Of " (recordings(totals.all)) } {
            @for (class, count, word, note) in tiles {
                li class=(if count == 0 { "none" } else { class }) {
                    strong { (grouped(count)) }
                    span.word { (word) }
                    span.note { (note) }
                }
            }
        }
    }
}

fn not_released(summary: &Summary) -> Markup {
    let count = summary.recordings.not_released();
    if count == 0 {
        return html! { section { h2 { "Nothing was held back" } p { "Every recording is in the release." } } };
    }
    // What is only listed is no recording, so it is not among those that are counted.
    let groups = summary.not_released.iter().filter(|group| group.outcome != Outcome::Listed);
    let several = groups.map(|group| group.count).sum::<u64>() > count;
    html! {
        section {
            h2 { "What is not released, and what to do next" }
            p {
                (recordings(count)) " of " (grouped(summary.recordings.all))
                (if count == 1 { " is" } else { " are" }) " not in the release"
                @if several { ". Some are so for more than one reason and are counted under each" }
                @if count > 1 { ". The largest group comes first" }
                "."
            }
            @for (outcome, heading) in [
                (Outcome::Held, "Held"),
                (Outcome::Unsupported, "Unsupported format"),
                (Outcome::Failed, "Failed"),
                (Outcome::Listed, "Not recordings: listed, not copied"),
            ] {
                @let groups: Vec<&Group> =
                    summary.not_released.iter().filter(|g| g.outcome == outcome && !flag::stands_out(summary, g)).collect();
                @if !groups.is_empty() {
                    h3 { (heading) }
                    @for group in groups { (reason(group)) }
                }
            }
        }
    }
}

fn released(summary: &Summary) -> Markup {
    let custody = summary.audience == Audience::Custody;
    html! {
        section {
            h2 { "What is released" }
            @if summary.recordings.released == 0 {
                p { "Nothing yet. The section above says what would change that." }
            }
            @if !summary.formats.is_empty() {
                table {
                    caption { (if custody { "Recordings by format" } else { "Released recordings by format" }) }
                    thead {
                        tr {
                            th scope="col" { "Format" }
                            th.n scope="col" { "Released" }
                            @if custody {
                                th.n scope="col" { "Held" }
                                th.n scope="col" { "Unsupported" }
                                th.n scope="col" { "Failed" }
                            }
                            th.n scope="col" { "Size of the released" }
                        }
                    }
                    tbody { @for row in &summary.formats { (format_row(row, custody)) } }
                }
            }
            @if !summary.conditions.is_empty() {
                table {
                    caption { "To be used only with these conditions" }
                    thead { tr { th scope="col" { "Condition" } th.n scope="col" { "Recordings" } } }
                    tbody {
                        @for (condition, count) in &summary.conditions {
                            tr { th scope="row" { (spoken(condition)) } td.n { (grouped(*count)) } }
                        }
                    }
                }
            }
            @if summary.own_patient > 0 {
                p {
                    (recordings(summary.own_patient))
                    " could not be tied to a patient by the register, by DICOM or by the profile. Each carries a \
                     patient code of its own, so two of them may be of the same patient."
                }
            }
        }
    }
}

fn format_row(row: &FormatCount, custody: bool) -> Markup {
    html! {
        tr {
            th scope="row" { (row.format.name()) }
            td.n { (grouped(row.totals.released)) }
            @if custody {
                td.n { (grouped(row.totals.held)) }
                td.n { (grouped(row.totals.unsupported)) }
                td.n { (grouped(row.totals.failed)) }
            }
            td.n { (size(row.bytes_released)) }
        }
    }
}

fn unchecked(summary: &Summary) -> Markup {
    let count = |state| summary.pixels.get(&state).copied().unwrap_or_default();
    let (stated, checked) = (count(PixelState::NoMarks), count(PixelState::Checked));
    let unseen = count(PixelState::Unchecked) + count(PixelState::NeedsEyes);
    html! {
        section {
            h2 { "What was not checked" }
            ul {
                @if stated > 0 {
                    li {
                        (recordings(stated))
                        " released on the statement of a named person that the picture bears no name, number or other \
                         mark. The program could not look, or was not sure."
                    }
                }
                @if unseen > 0 {
                    li { (recordings(unseen)) " released without a check of the pixels." }
                }
                @if checked > 0 {
                    li { "In " (recordings(checked)) " the pixels were checked for writing; what the check misses stays in." }
                }
                li {
                    "Whether a patient can be recognised from the picture, by a face, a tattoo or something rare, is a \
                     person's judgement. The verdicts rest on the assessments that were stated."
                }
                li { "scrubs advises; it does not decide. Each verdict names the paragraphs of the guidance it rests on." }
            }
        }
    }
}

fn found(summary: &Summary) -> Markup {
    if summary.findings.is_empty() {
        return html! {};
    }
    let mut rows: Vec<_> = summary.findings.iter().collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    html! {
        section {
            h2 { "What was found and dealt with" }
            table {
                caption { "Kinds of finding and how many; the values themselves are kept nowhere in this report" }
                thead { tr { th scope="col" { "Finding" } th scope="col" { "What it is" } th.n scope="col" { "Times" } } }
                tbody {
                    @for (word, count) in rows {
                        @let code = Code::ALL.iter().find(|code| code.word() == word);
                        tr {
                            th scope="row" { (code.map_or(word.as_str(), |code| code.label())) }
                            td { (code.map_or("", |code| code.sentence())) }
                            td.n { (grouped(*count)) }
                        }
                    }
                }
            }
        }
    }
}

fn lists(summary: &Summary, listed: &Listed) -> Markup {
    let totals = summary.recordings;
    html! {
        @if !listed.others.is_empty() {
            (list("Recordings not released", &listed.others, totals.not_released()))
        }
        @if !listed.released.is_empty() {
            (list("Recordings released", &listed.released, totals.released))
        }
    }
}

fn list(heading: &str, entries: &[Entry], of: u64) -> Markup {
    let held = entries.first().is_some_and(|entry| entry.outcome != Outcome::Released);
    html! {
        section.list {
            h2 { (heading) }
            table {
                caption {
                    @if of > ROWS_ON_PAGE as u64 {
                        "The first " (ROWS_ON_PAGE) " of " (grouped(of)) "; recordings.csv lists all"
                    } @else {
                        "All " (grouped(of)) ", also in recordings.csv and recordings.jsonl"
                    }
                }
                thead {
                    tr {
                        th scope="col" { "Recording" }
                        th scope="col" { "Format" }
                        th scope="col" { "Kind" }
                        th scope="col" { (if held { "Outcome and reason" } else { "Verdict" }) }
                        th scope="col" { "Rests on" }
                    }
                }
                tbody { @for entry in entries { (entry_row(entry, held)) } }
            }
        }
    }
}

fn entry_row(entry: &Entry, held: bool) -> Markup {
    let says = if held {
        let reasons: Vec<_> = entry.reasons.iter().map(|r| spoken(&r.code)).collect();
        format!("{}: {}", entry.outcome.word(), reasons.join("; "))
    } else {
        spoken(entry.usability.map(Usability::word).unwrap_or("released"))
    };
    html! {
        tr {
            th.code scope="row" { (entry.code) }
            td { (entry.format.name()) }
            td { (spoken(entry.kind.word())) }
            td { (says) }
            td {
                @for (at, rule) in entry.rules.iter().enumerate() {
                    @if at > 0 { "; " }
                    span title=(rule.says) { (rule.id) @if !rule.cites.is_empty() { " (" (rule.paragraphs()) ")" } }
                }
            }
        }
    }
}

fn made_by(summary: &Summary) -> Markup {
    let by = &summary.made_by;
    html! {
        footer {
            h2 { "How this was made" }
            dl {
                dt { "Program" } dd { "scrubs " (by.version) }
                dt { "Profile" }
                dd { (by.profile) @if !by.profile_digest.is_empty() { " (" code { (by.profile_digest) } ")" } }
                dt { "DICOM" } dd { "Basic Application Confidentiality Profile, PS3.15 Annex E, edition " (by.dicom_edition) }
                dt { "Guidance" }
                dd { "General Medical Council, " cite { "Making and using visual and audio recordings of patients" } }
                @if summary.audience == Audience::Release {
                    dt { "To check the files" }
                    dd { code { "sha256sum -c SHA256SUMS" } " in the folder of the release" }
                }
            }
        }
    }
}

/// A length in decimal units (SI), to three figures.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let decimals = if unit == 0 || value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.decimals$}\u{202f}{}", UNITS[unit])
}
