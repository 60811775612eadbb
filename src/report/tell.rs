//! The end of a run in words, for a terminal.

use super::flag;
use super::phrase::recordings;
use super::tally::{Group, Summary};
use crate::recording::Outcome;
use crate::recording::terms::PixelState;
use std::fmt::Write;

/// Columns of text.
const WIDTH: usize = 80;
/// How many wordings of one reason are told; the report has more.
const WORDINGS: usize = 3;

/// What a doctor reads at the end of a run: what is released, what is not and why, largest group first, each with the
/// next step. Ends with a line break; where release and custody lie is for the caller to add.
pub fn tell(summary: &Summary) -> String {
    let mut text = String::new();
    let all = summary.recordings;
    let _ = writeln!(text, "{} looked at: {} released{}.", recordings(all.all), all.released, of_patients(summary));
    tell_flagged(&mut text, summary);
    if all.released > 0 {
        tell_released(&mut text, summary);
    }
    if let Some(says) = flag::for_teaching(summary) {
        text.push('\n');
        paragraph(&mut text, "", &says);
    }
    for outcome in [Outcome::Held, Outcome::Unsupported, Outcome::Failed, Outcome::Listed] {
        tell_outcome(&mut text, summary, outcome);
    }
    if !summary.disagreements.is_empty() {
        text.push_str("\nSources disagree, which the report tells of each recording:\n");
        for differing in &summary.disagreements {
            let (count, says) = (recordings(differing.count), differing.disagreement.says());
            hanging(&mut text, "  ", "    ", &format!("{count}: {says}"));
        }
    }
    if summary.duplicates > 0 {
        let verb = if summary.duplicates == 1 { "is" } else { "are" };
        let had = had(summary.duplicates);
        let says = format!("{had} the same content as a recording counted above and {verb} not counted again.");
        text.push('\n');
        paragraph(&mut text, "", &says);
    }
    text
}

fn tell_released(text: &mut String, summary: &Summary) {
    let stated = summary.pixels.get(&PixelState::NoMarks).copied().unwrap_or_default();
    if stated > 0 {
        let says = format!(
            "Of the released, {stated} rest{} on a named person's statement that the picture bears no marks. scrubs \
             could not look at the pixels, or was not sure.",
            if stated == 1 { "s" } else { "" }
        );
        paragraph(text, "  ", &says);
    }
    for (condition, count) in &summary.conditions {
        paragraph(
            text,
            "  ",
            &format!("{count} to be used only with this condition: {}.", condition.replace('-', " ")),
        );
    }
    if summary.own_patient > 0 {
        let says = format!(
            "{} tied to no patient by the register, by DICOM or by the profile, so each counts as a patient of its own.",
            were(summary.own_patient)
        );
        paragraph(text, "  ", &says);
    }
}

/// What must not be used as it is comes first, by what is missing.
fn tell_flagged(text: &mut String, summary: &Summary) {
    let groups: Vec<&Group> = summary.not_released.iter().filter(|group| group.flagged).collect();
    if groups.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", flag::heading(summary.flagged));
    paragraph(text, "  ", flag::SAYS);
    tell_groups(text, &groups);
}

fn tell_outcome(text: &mut String, summary: &Summary, outcome: Outcome) {
    let (count, heading) = match outcome {
        Outcome::Released => return,
        Outcome::Held => (summary.recordings.held, "held back in custody"),
        Outcome::Unsupported => {
            (summary.recordings.unsupported, "not cleaned, since scrubs does not know the format yet")
        }
        Outcome::Failed => (summary.recordings.failed, "could not be read or cleaned"),
        Outcome::Listed => (summary.recordings.listed, "listed beside the recordings, not copied"),
    };
    if count == 0 {
        return;
    }
    let groups: Vec<&Group> = summary.not_released.iter().filter(|g| g.outcome == outcome && !g.flagged).collect();
    let (count, heading) = match outcome {
        Outcome::Held if summary.flagged > 0 => (count.saturating_sub(summary.flagged), "further held back in custody"),
        _ => (count, heading),
    };
    if count == 0 {
        return;
    }
    let several = groups.iter().map(|g| g.count).sum::<u64>() > count;
    let _ = writeln!(text, "\n{count} {heading}{}", if several { " (some for more than one reason):" } else { ":" });
    tell_groups(text, &groups);
}

fn tell_groups(text: &mut String, groups: &[&Group]) {
    let told = groups.iter().flat_map(|g| g.sentences.iter().take(WORDINGS));
    let width = told.map(|s| s.count.to_string().len()).max().unwrap_or(1);
    for group in groups {
        tell_group(text, group, width);
    }
}

/// Each wording with its count; the next step once, where several wordings share it.
fn tell_group(text: &mut String, group: &Group, width: usize) {
    let indent = " ".repeat(width + 4);
    let told = &group.sentences[..group.sentences.len().min(WORDINGS)];
    for (at, sentence) in told.iter().enumerate() {
        hanging(text, &format!("  {:>width$}  ", sentence.count), &indent, &sentence.says);
        if told.get(at + 1).is_none_or(|following| following.next != sentence.next) {
            hanging(text, &format!("{indent}→ "), &format!("{indent}  "), &sentence.next);
        }
    }
    let untold: u64 = group.sentences.iter().skip(WORDINGS).map(|s| s.count).sum();
    if untold > 0 {
        let _ = writeln!(text, "  {untold:>width$}  more for reasons of the same kind: see the report.");
    }
}

fn were(count: u64) -> String {
    format!("{} {}", recordings(count), if count == 1 { "was" } else { "were" })
}

fn had(count: u64) -> String {
    format!("{count} further source{} had", if count == 1 { "" } else { "s" })
}

fn of_patients(summary: &Summary) -> String {
    match summary.patients_released {
        Some(count) if summary.recordings.released > 0 => {
            format!(", of {count} patient{}", if count == 1 { "" } else { "s" })
        }
        _ => String::new(),
    }
}

fn paragraph(text: &mut String, indent: &str, says: &str) {
    hanging(text, indent, indent, says);
}

/// Breaks lines between words; `first` leads the first line and `rest` the others.
fn hanging(text: &mut String, first: &str, rest: &str, says: &str) {
    let mut line = first.to_owned();
    let mut empty = true;
    for word in says.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            rest.clone_into(&mut line);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    text.push_str(line.trim_end());
    text.push('\n');
}
