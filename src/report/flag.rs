//! What stands out in every report: recordings flagged under GMC para 23, what a purpose closes, where sources disagree.
//!
//! GMC para 23: a recording from which the patient is or may be recognised is not used without consent; paras 36–38: the
//! public domain asks for more than teaching does.

use super::Audience;
use super::phrase::{grouped, reason, recordings, spoken};
use super::tally::{Group, Summary};
use maud::{Markup, html};

/// The paragraph that flags stand for.
pub(super) const PARAGRAPH: &str = "GMC para 23";

/// What a flag means.
pub(super) const SAYS: &str = "The patient is, or may be, recognised and no consent on record stands. Do not use them \
                               until what is missing is there.";

/// How many are flagged.
pub(super) fn heading(count: u64) -> String {
    format!("FLAGGED: {} must not be used (GMC para 23)", recordings(count))
}

/// What a stricter purpose closes, in words; none for purposes that are not, and where nothing is held that teaching would
/// open.
pub(super) fn for_teaching(summary: &Summary) -> Option<String> {
    let teaching = summary.for_teaching.filter(|teaching| teaching.more > 0)?;
    let purpose = spoken(summary.made_by.purpose.word());
    let more = match teaching.more {
        1 => "1 of them is held here".to_owned(),
        more => format!("{more} of them are held here"),
    };
    let would = recordings(teaching.usable);
    Some(format!(
        "Judged for {purpose}, which is stricter than teaching (GMC paras 36–38): {would} would be usable for teaching, and \
         {more}. To use those, run again with --purpose teaching into another release; the same custody serves both."
    ))
}

/// Whether a group stands in the first section: whoever receives a release has none of these recordings, and reads of
/// them among what is held.
pub(super) fn stands_out(summary: &Summary, group: &Group) -> bool {
    group.flagged && summary.audience == Audience::Custody
}

/// The first section of the page.
pub(super) fn section(summary: &Summary) -> Markup {
    let groups: Vec<&Group> = summary.not_released.iter().filter(|group| stands_out(summary, group)).collect();
    html! {
        @if !groups.is_empty() {
            section.flagged aria-labelledby="flagged" {
                h2 id="flagged" { (heading(summary.flagged)) }
                p { (SAYS) " By what is missing:" }
                @for group in groups { (reason(group)) }
            }
        }
        @if let Some(says) = for_teaching(summary) {
            p.aside { (says) }
        }
    }
}

/// Where sources of facts disagree; only custody is told.
pub(super) fn disagreements(summary: &Summary) -> Markup {
    html! {
        @if !summary.disagreements.is_empty() {
            section aria-labelledby="disagreements" {
                h2 id="disagreements" { "Where sources disagree" }
                p {
                    "Of consent and of whether the patient can be recognised the more cautious source counts, of everything \
                     else the weightier one. Find out which is right and correct the other; recordings.jsonl has the facts \
                     of each recording, with where they came from."
                }
                table {
                    caption { "Facts on which sources disagree" }
                    thead { tr { th scope="col" { "What" } th.n scope="col" { "Recordings" } } }
                    tbody {
                        @for differing in &summary.disagreements {
                            tr {
                                th scope="row" { (differing.disagreement.says()) }
                                td.n { (grouped(differing.count)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
