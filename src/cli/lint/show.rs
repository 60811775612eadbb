//! What a look over a register comes to, as text, JSON and CSV.
//!
//! Numbers of patients, folders and file names stand in it only where they may be shown; lines of the register do always.

use super::super::{key, say};
use super::Told;
use anyhow::Result;
use scrubs::consent::lint::{Check, Remark};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

/// Text is broken at this column.
const WIDTH: usize = 80;

/// What a person reads: what was looked at, then each kind of remark with its lines and the next step.
pub(super) fn text(told: &Told<'_>) -> String {
    let mut text = opening(told);
    let patients = patients(told);
    for &check in Check::ALL {
        let of_this: Vec<&Remark> = told.remarks.iter().filter(|remark| remark.check == check).collect();
        if of_this.is_empty() {
            continue;
        }
        text.push('\n');
        text.push_str(&wrapped("", &format!("{}{}.", check.says().trim_end_matches('.'), paragraphs(check))));
        for remark in of_this.iter().take(told.most).filter(|remark| !remark.lines.is_empty()) {
            text.push_str(&format!("  {}\n", line(remark, told, &patients)));
            remark.places.iter().for_each(|place| text.push_str(&format!("      {}\n", path(place))));
        }
        match check {
            Check::NoRow => text.push_str(&unspoken(told)),
            Check::Unreadable => of_this.iter().for_each(|remark| {
                text.push_str(&format!("  {}\n", recordings(remark.recordings)));
                remark.places.iter().for_each(|place| text.push_str(&format!("      {}\n", path(place))));
            }),
            _ if of_this.len() > told.most => {
                text.push_str(&format!("  and {} more (--all lists them)\n", of_this.len() - told.most));
            }
            _ => {}
        }
        text.push_str(&wrapped("  → ", check.advice()));
    }
    if !told.shown && !told.remarks.is_empty() {
        text.push_str("\nPatient numbers, folders and file names: --show-sources.\n");
    }
    text
}

fn opening(told: &Told<'_>) -> String {
    let rows = match told.register.len() {
        1 => "1 row".to_owned(),
        n => format!("{} rows", grouped(n as u64)),
    };
    let order = if told.remarks.is_empty() { "The register is in order" } else { "The register can be read" };
    let Some(looked) = told.looked else {
        return format!("{order}: {rows}.\nNo source was named, so it was not compared with any recordings.\n");
    };
    let without = told.unspoken.recordings;
    let rest = if without == 0 { String::new() } else { format!(", {} of them without a row", grouped(without)) };
    format!("{order}: {rows}. {} looked at{rest}.\n", recordings(looked))
}

fn line(remark: &Remark, told: &Told<'_>, patients: &HashMap<u64, String>) -> String {
    let s = if remark.lines.len() == 1 { "" } else { "s" };
    let lines: Vec<String> = remark.lines.iter().take(20).map(u64::to_string).collect();
    let mut text = format!("line{s} {}", lines.join(", "));
    if remark.lines.len() > lines.len() {
        text.push_str(&format!(" and {} more", remark.lines.len() - lines.len()));
    }
    if let Some(patient) = remark.lines.first().and_then(|line| patients.get(line)) {
        text.push_str(&format!(" ({})", path(patient)));
    }
    let mut facts = Vec::new();
    facts.extend(remark.month.map(|month| month.to_string()));
    if told.looked.is_some() && is_counted(remark.check) {
        facts.push(recordings(remark.recordings));
    }
    if !facts.is_empty() {
        text.push_str(&format!(": {}", facts.join(", ")));
    }
    text
}

/// Whether it is told how many recordings a remark touches: not where it is about the register alone.
fn is_counted(check: Check) -> bool {
    !matches!(check, Check::NoRecording | Check::PathInTwoSources | Check::PatientsAlike | Check::CheckDigit)
}

/// The recordings that no row speaks of: by folder, then the first of them; where no name may be shown, how many.
fn unspoken(told: &Told<'_>) -> String {
    let all = &told.unspoken;
    let folders = all.folders.len();
    if !told.shown {
        let more = if all.in_more_folders > 0 { " and more" } else { "" };
        let s = if folders == 1 { "" } else { "s" };
        return format!("  {} in {}{more} folder{s}\n", recordings(all.recordings), grouped(folders as u64));
    }
    let mut text = String::new();
    for (folder, count) in all.folders.iter().take(told.most) {
        let name = if folder.is_empty() { "." } else { folder };
        text.push_str(&format!("  {}/  {}\n", path(name), recordings(*count)));
    }
    let rest: u64 = all.folders.values().skip(told.most).sum::<u64>() + all.in_more_folders;
    if rest > 0 {
        text.push_str(&format!("  and {} in further folders\n", recordings(rest)));
    }
    for place in &all.listed {
        text.push_str(&format!("      {}\n", path(place)));
    }
    let unlisted = all.recordings.saturating_sub(all.listed.len() as u64);
    if unlisted > 0 {
        text.push_str(&format!("      and {} more (--all lists them)\n", grouped(unlisted)));
    }
    text
}

/// The patient of each row that a remark is about, where numbers may be shown.
fn patients(told: &Told<'_>) -> HashMap<u64, String> {
    let mut patients: HashMap<u64, String> = HashMap::new();
    if !told.shown {
        return patients;
    }
    patients.extend(told.remarks.iter().flat_map(|remark| &remark.lines).map(|line| (*line, String::new())));
    for entry in told.register.entries() {
        if let (Some(shown), Some(patient)) = (patients.get_mut(&entry.line), &entry.statement.patient) {
            *shown = patient.id().reveal_text();
        }
    }
    patients.retain(|_, patient| !patient.is_empty());
    patients
}

/// The same as JSON.
pub(super) fn json(told: &Told<'_>) -> Value {
    let patients = patients(told);
    let finding = |remark: &Remark| {
        let mut value = json!({
            "code": remark.check.word(), "says": remark.check.says(), "cites": remark.check.cites(),
            "advice": remark.check.advice(), "lines": remark.lines, "month": remark.month,
            "recordings": told.looked.filter(|_| is_counted(remark.check)).map(|_| remark.recordings),
        });
        if told.shown {
            value["patient"] = json!(remark.lines.first().and_then(|line| patients.get(line)));
            value["places"] = json!(remark.places);
        }
        value
    };
    let mut value = json!({
        "rows": told.register.len(), "notices": told.register.notices(), "as_of": told.terms.as_of.month(),
        "within_months": told.terms.months, "purpose": told.terms.purpose, "recordings": told.looked,
        "findings": told.remarks.iter().map(finding).collect::<Vec<_>>(),
    });
    if told.looked.is_some() {
        value["without_row"] = json!({
            "recordings": told.unspoken.recordings,
            "in_folders": told.unspoken.folders.len(), "in_more_folders": told.unspoken.in_more_folders,
        });
        if told.shown {
            let folder = |(folder, count): (&String, &u64)| json!({ "folder": folder, "recordings": count });
            value["without_row"]["folders"] = told.unspoken.folders.iter().map(folder).collect();
            value["without_row"]["listed"] = json!(told.unspoken.listed);
        }
    }
    value
}

/// The same as a table: a row for each remark, and one for each recording without a row that is listed.
pub(super) fn csv(told: &Told<'_>) -> Result<String> {
    let patients = patients(told);
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["code", "line", "other_lines", "month", "recordings", "patient", "place", "says", "cites"])?;
    for remark in &told.remarks {
        let lines: Vec<String> = remark.lines.iter().map(u64::to_string).collect();
        let (first, others) = lines.split_first().map_or(("", String::new()), |(l, more)| (l.as_str(), more.join(" ")));
        let month = remark.month.map(|month| month.to_string()).unwrap_or_default();
        let counted = told.looked.is_some() && is_counted(remark.check);
        let count = if counted { remark.recordings.to_string() } else { String::new() };
        let patient = remark.lines.first().and_then(|line| patients.get(line)).map_or("", String::as_str);
        let place = remark.places.first().map_or("", String::as_str);
        let (patient, place) = (key::table::cell(patient), key::table::cell(place));
        let (word, cites) = (remark.check.word(), remark.check.cites().join("; "));
        csv.write_record([word, first, &others, &month, &count, &patient, &place, remark.check.says(), &cites])?;
    }
    for place in &told.unspoken.listed {
        let check = Check::NoRow;
        let place = key::table::cell(place);
        let cites = check.cites().join("; ");
        csv.write_record([check.word(), "", "", "", "", "", &place, "A recording without a row.", &cites])?;
    }
    Ok(String::from_utf8(csv.into_inner()?)?)
}

/// The paragraphs behind a sentence: ` (GMC paras 8, 9)`.
fn paragraphs(check: Check) -> String {
    let numbers: Vec<&str> = check.cites().iter().filter_map(|cite| cite.strip_prefix("GMC para ")).collect();
    match numbers.len() {
        0 => String::new(),
        1 => format!(" (GMC para {})", numbers.concat()),
        _ => format!(" (GMC paras {})", numbers.join(", ")),
    }
}

fn path(text: &str) -> String {
    say::path(Path::new(text))
}

fn recordings(n: u64) -> String {
    if n == 1 { "1 recording".to_owned() } else { format!("{} recordings", grouped(n)) }
}

/// A number with its thousands apart: 12,345.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A paragraph broken into lines, the first led by `lead` and the others as far in.
fn wrapped(lead: &str, text: &str) -> String {
    let indent = " ".repeat(lead.chars().count());
    let (mut whole, mut line) = (String::new(), lead.to_owned());
    for word in text.split(' ') {
        let bare = line.trim().is_empty() || line == lead;
        if !bare && line.chars().count() + 1 + word.chars().count() > WIDTH {
            whole.push_str(&line);
            whole.push('\n');
            line = indent.clone();
        } else if !bare {
            line.push(' ');
        }
        line.push_str(word);
    }
    whole + &line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_paragraphs_are_broken() {
        assert_eq!(["0", "999", "1,000", "1,234,567"], [0, 999, 1000, 1_234_567].map(grouped).as_slice());
        let text = wrapped("  → ", "word ".repeat(40).trim_end());
        assert!(text.lines().count() > 2 && text.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(text.lines().skip(1).all(|line| line.starts_with("    word")));
    }
}
