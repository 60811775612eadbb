//! The report as one page of HTML that needs nothing else: no script, no font, no network; its pictures are a part of it.
//!
//! Order of telling: what there is, what is not released and what to do next, what is, what nobody has looked at. Made so
//! that it can be read aloud, without colours, and on paper: WCAG 2.2, level AA.

mod chart;
mod list;
mod table;

use super::phrase::{grouped, reason, recordings, spoken};
use super::tally::{Group, Listed, Summary};
use super::thumbnail::{self, Thumbnail, Thumbnails};
use super::{Audience, flag};
use crate::decode::Decoders;
use crate::recording::Outcome;
use crate::recording::terms::{Coding, PixelState};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::path::Path;

/// How the page looks, on a screen and on paper.
const STYLE: &str = include_str!("page.css");
/// Stands for the page's own size until that is known.
const SIZE: &str = "\u{fdd0}";

/// The small pictures of what the page lists.
struct Pictures {
    released: Vec<Option<Thumbnail>>,
    others: Vec<Option<Thumbnail>>,
}

impl Pictures {
    fn all(&self) -> impl Iterator<Item = &Thumbnail> {
        self.others.iter().chain(&self.released).flatten()
    }
}

/// The whole page, with small pictures of what lies under `root`.
pub(super) fn page(root: &Path, summary: &Summary, listed: &Listed, with: (Thumbnails, &Decoders)) -> String {
    let at_hand = summary.audience.at_hand();
    let pictures = Pictures {
        released: thumbnail::make(root, at_hand, &listed.released, with),
        others: thumbnail::make(root, at_hand, &listed.others, with),
    };
    let mut text = whole(summary, listed, &pictures).into_string();
    // Told near the end, and nothing after it can hold the sign.
    if let Some(at) = text.rfind(SIZE) {
        let own = size(text.len() as u64);
        text.replace_range(at..at + SIZE.len(), &own);
    }
    text
}

fn whole(summary: &Summary, listed: &Listed, pictures: &Pictures) -> Markup {
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
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                title { (title) " · scrubs" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#content" { "Skip to the report" }
                header {
                    p.mark { "scrubs" }
                    h1 { (title) }
                    p.lead { (lead(summary)) }
                    @if summary.audience == Audience::Custody {
                        p.warn {
                            "This page tells of recordings that are not released. It stays with the guardian of custody."
                        }
                    }
                }
                (contents(summary))
                main id="content" {
                    (flag::section(summary))
                    (numbers(summary))
                    (not_released(summary))
                    (flag::disagreements(summary))
                    (released(summary))
                    (table::paragraphs(summary))
                    (unchecked(summary))
                    (table::covered(summary))
                    (table::found(summary))
                    (list::lists(summary, listed, pictures))
                    (list::rules(listed))
                }
                (made_by(summary, pictures))
            }
        }
    }
}

/// A section with its heading, by which it is known to those who have the page read aloud.
pub(super) fn section(id: &str, heading: &str, body: &Markup) -> Markup {
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (heading) }
            (body)
        }
    }
}

fn lead(summary: &Summary) -> String {
    let purposes: Vec<String> =
        summary.purposes.iter().map(|(word, count)| format!("{} ({})", spoken(word), grouped(*count))).collect();
    // A run may leave what others released before, for another purpose.
    let judged = match summary.purposes.keys().next() {
        Some(word) if summary.purposes.len() == 1 => format!("for {}", spoken(word)),
        Some(_) => format!("some for one purpose and some for another: {}", purposes.join(", ")),
        None => format!("for {}", spoken(summary.made_by.purpose.word())),
    };
    let coding = match summary.made_by.coding {
        Coding::Coded => "Recordings carry codes; the key to them is retained apart.",
        Coding::None => "No key to the codes was kept.",
    };
    format!("Patient recordings, cleaned and judged {judged}. {coding}")
}

/// Where to find what.
fn contents(summary: &Summary) -> Markup {
    let flagged = summary.not_released.iter().any(|group| flag::stands_out(summary, group));
    let places = [
        ("flagged", "Flagged", flagged),
        ("numbers", "In numbers", true),
        ("not-released", "Not released", true),
        ("released", "Released", true),
        ("unchecked", "Not checked", true),
        ("recordings", "Recordings", true),
        ("made-by", "How this was made", true),
    ];
    html! {
        nav aria-label="On this page" {
            ul {
                @for (id, word, _) in places.into_iter().filter(|place| place.2) {
                    li { a href={ "#" (id) } { (word) } }
                }
            }
        }
    }
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
    let body = html! {
        p { "Of " (recordings(totals.all)) " looked at:" }
        ul.numbers {
            @for (class, count, word, note) in tiles {
                li class=(if count == 0 { "none" } else { class }) {
                    strong { (grouped(count)) }
                    " "
                    span.word { (word) }
                    " "
                    span.note { (note) }
                }
            }
        }
        (chart::charts(summary))
    };
    section("numbers", "In numbers", &body)
}

fn not_released(summary: &Summary) -> Markup {
    let count = summary.recordings.not_released();
    if count == 0 {
        return section("not-released", "Nothing was held back", &html! { p { "Every recording is in the release." } });
    }
    // What is only listed is no recording, so it is not among those that are counted.
    let groups = summary.not_released.iter().filter(|group| group.outcome != Outcome::Listed);
    let several = groups.map(|group| group.count).sum::<u64>() > count;
    let outcomes = [
        (Outcome::Held, "Held"),
        (Outcome::Unsupported, "Unsupported format"),
        (Outcome::Failed, "Failed"),
        (Outcome::Listed, "Not recordings: listed, not copied"),
    ];
    let body = html! {
        p {
            (recordings(count)) " of " (grouped(summary.recordings.all))
            (if count == 1 { " is" } else { " are" }) " not in the release"
            @if several { ". Some are so for more than one reason and are counted under each" }
            @if count > 1 { ". The largest group comes first" }
            "."
        }
        @for (outcome, heading) in outcomes {
            @let groups: Vec<&Group> =
                summary.not_released.iter().filter(|g| g.outcome == outcome && !flag::stands_out(summary, g)).collect();
            @if !groups.is_empty() {
                h3 { (heading) }
                @for group in groups { (reason(group)) }
            }
        }
    };
    section("not-released", "What is not released, and what to do next", &body)
}

fn released(summary: &Summary) -> Markup {
    let body = html! {
        @if summary.recordings.released == 0 {
            p { "Nothing yet. The section above says what would change that." }
        }
        (table::formats(summary))
        (table::kinds(summary))
        @if !summary.conditions.is_empty() { h3 { "Conditions of use" } }
        (table::conditions(summary))
        @if summary.own_patient > 0 {
            p {
                (recordings(summary.own_patient))
                " could not be tied to a patient by the register, by DICOM or by the profile. Each carries a patient code \
                 of its own, so two of them may be of the same patient."
            }
        }
    };
    section("released", "What is released", &body)
}

fn unchecked(summary: &Summary) -> Markup {
    let count = |state| summary.pixels.get(&state).copied().unwrap_or_default();
    let (stated, checked) = (count(PixelState::NoMarks), count(PixelState::Checked));
    let unseen = count(PixelState::Unchecked) + count(PixelState::NeedsEyes);
    let body = html! {
        ul {
            @if stated > 0 {
                li {
                    (recordings(stated))
                    " released on the statement of a named person that the picture bears no name, number or other mark. \
                     The program could not look, or was not sure."
                }
            }
            @if unseen > 0 {
                li { (recordings(unseen)) " released without a check of the pixels." }
            }
            @if checked > 0 {
                li { "In " (recordings(checked)) " released the pixels were checked for writing; what the check misses stays in." }
            }
            li {
                "Whether a patient can be recognised from the picture, by a face, a tattoo or something rare, is a \
                 person’s judgement. The verdicts rest on the assessments that were stated."
            }
            li { "scrubs advises; it does not decide. Each verdict names the paragraphs of the guidance it rests on." }
        }
        (table::not_looked_at(summary))
    };
    section("unchecked", "What was not checked", &body)
}

fn made_by(summary: &Summary, pictures: &Pictures) -> Markup {
    let by = &summary.made_by;
    let (count, bytes) = pictures.all().fold((0, 0), |(n, sum), one| (n + 1, sum + one.address.len() as u64));
    html! {
        footer {
            h2 id="made-by" { "How this was made" }
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
                dt { "Pictures" }
                dd {
                    @match (count, by.thumbnails) {
                        (_, false) => { "left out, as the profile says" }
                        (0, true) => { "none" }
                        (_, true) => {
                            (grouped(count)) ", at most " (thumbnail::SIDE) " pixels wide and high, made from the cleaned \
                             recordings; " (size(bytes)) " of this page"
                        }
                    }
                }
                dt { "This page" } dd { (SIZE) ", complete in itself" }
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
