//! Findings as JSON and as a table.

use super::{Counted, Sink};
use scrubs::check::Item;
use scrubs::recording::terms::Purpose;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;

/// One JSON object with all items, written as they come.
pub(super) struct Json<'w, W: Write> {
    out: &'w mut W,
    some: bool,
}

impl<'w, W: Write> Json<'w, W> {
    pub(super) fn new(out: &'w mut W) -> Self {
        Self { out, some: false }
    }

    fn put(&mut self, value: &Value) -> io::Result<()> {
        let before = if self.some { ",\n" } else { "\n" };
        self.some = true;
        write!(self.out, "{before}    {}", super::super::say::escaped(&value.to_string()))
    }
}

fn findings(item: &Item) -> Vec<Value> {
    let told = item.remarks.iter().map(|remark| {
        let mut value = serde_json::to_value(&remark.finding).unwrap_or_default();
        value["severity"] = remark.severity.word().into();
        value
    });
    told.collect()
}

impl<W: Write> Sink for Json<'_, W> {
    fn begin(&mut self, purpose: Purpose) -> io::Result<()> {
        write!(self.out, "{{\n  \"purpose\": {},\n  \"items\": [", json!(purpose.word()))
    }

    fn item(&mut self, item: &Item) -> io::Result<()> {
        let verdict = item.verdict.as_ref().map(|(verdict, reasons)| {
            json!({ "outcome": verdict.outcome, "rules": verdict.rules, "conditions": verdict.conditions, "reasons": reasons })
        });
        self.put(&json!({
            "file": item.file.to_string_lossy(), "inside": item.inside, "member": item.member,
            "format": item.format.word(), "findings": findings(item), "verdict": verdict,
        }))
    }

    fn unreadable(&mut self, path: &Path, kind: io::ErrorKind) -> io::Result<()> {
        self.put(&json!({ "file": path.to_string_lossy(), "unreadable": kind.to_string() }))
    }

    fn end(&mut self, counted: &Counted, _: Purpose) -> io::Result<()> {
        let [low, medium, high] = counted.found;
        let summary = json!({
            "files": counted.files, "inside": counted.inside, "passed_over": counted.passed,
            "unreadable": counted.unreadable, "high": high, "medium": medium, "low": low, "known": counted.known,
            "judged": counted.judged, "not_to_be_used": counted.barred,
        });
        write!(self.out, "\n  ],\n  \"summary\": {summary}\n}}\n")
    }
}

/// A row for each finding, and one for each thing that may not be used.
pub(super) struct Csv<'w, W: Write> {
    out: csv::Writer<&'w mut W>,
}

impl<'w, W: Write> Csv<'w, W> {
    pub(super) fn new(out: &'w mut W) -> Self {
        Self { out: csv::Writer::from_writer(out) }
    }

    fn row(&mut self, fields: [&str; 8]) -> io::Result<()> {
        // What a spreadsheet would take for a formula becomes text.
        let plain = fields.map(|field| match field.chars().next() {
            Some('=' | '+' | '-' | '@' | '\t') => format!("'{field}"),
            _ => field.to_owned(),
        });
        self.out.write_record(&plain).map_err(io::Error::other)
    }
}

impl<W: Write> Sink for Csv<'_, W> {
    fn begin(&mut self, _: Purpose) -> io::Result<()> {
        self.row(["file", "inside", "member", "format", "severity", "code", "finding", "place"])
    }

    fn item(&mut self, item: &Item) -> io::Result<()> {
        let file = item.file.to_string_lossy().into_owned();
        let (inside, member) = (item.inside.clone().unwrap_or_default(), item.member.clone().unwrap_or_default());
        let format = item.format.word();
        for remark in &item.remarks {
            let finding = &remark.finding;
            let (severity, code, place) = (remark.severity.word(), finding.code.word(), finding.place.to_string());
            self.row([&file, &inside, &member, format, severity, code, &finding.label, &place])?;
        }
        if let Some((verdict, reasons)) = item.verdict.as_ref().filter(|(verdict, _)| !verdict.is_usable()) {
            for reason in reasons {
                let says = format!("{} {}", reason.says, reason.next);
                self.row([&file, &inside, &member, format, verdict.outcome.word(), &reason.code, &says, ""])?;
            }
        }
        Ok(())
    }

    fn unreadable(&mut self, path: &Path, kind: io::ErrorKind) -> io::Result<()> {
        self.row([&path.to_string_lossy(), "", "", "", "", "unreadable", &kind.to_string(), ""])
    }

    fn end(&mut self, _: &Counted, _: Purpose) -> io::Result<()> {
        self.out.flush()
    }
}
