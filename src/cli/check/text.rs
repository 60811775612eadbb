//! Findings for a person: what is clear is not told, the gravest comes first, and colours only where a terminal shows them.

use super::super::say;
use super::{Counted, Sink};
use scrubs::check::{Item, Severity};
use scrubs::place::Place;
use scrubs::recording::fault::why;
use scrubs::recording::terms::Purpose;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// The most findings of one thing that are told one by one.
const MOST_LINES: usize = 40;

pub(super) struct Text<'w, W: Write> {
    out: &'w mut W,
    coloured: bool,
    last: Option<std::path::PathBuf>,
}

impl<'w, W: Write> Text<'w, W> {
    pub(super) fn new(out: &'w mut W) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
        Self { out, coloured: io::stdout().is_terminal() && !plain, last: None }
    }

    fn tag(&self, severity: Severity) -> String {
        let word = format!("{:<6}", severity.word());
        let colour = match severity {
            Severity::High => "1;31",
            Severity::Medium => "33",
            Severity::Low => "2",
        };
        if self.coloured { format!("\x1b[{colour}m{word}\x1b[0m") } else { word }
    }

    fn heading(&mut self, path: &Path) -> io::Result<()> {
        if self.last.as_deref() != Some(path) {
            let name = say::path(path);
            writeln!(self.out, "{}", if self.coloured { format!("\x1b[1m{name}\x1b[0m") } else { name })?;
            self.last = Some(path.to_owned());
        }
        Ok(())
    }
}

impl<W: Write> Sink for Text<'_, W> {
    fn item(&mut self, item: &Item) -> io::Result<()> {
        if item.is_clear() {
            return Ok(());
        }
        self.heading(&item.file)?;
        let within = match (&item.inside, &item.member) {
            (Some(inside), Some(member)) => Some(format!("{inside} ({})", say::path(Path::new(member)))),
            (Some(inside), None) => Some(inside.clone()),
            (None, Some(member)) => Some(say::path(Path::new(member))),
            (None, None) => None,
        };
        if let Some(within) = &within {
            writeln!(self.out, "  {within}")?;
        }
        let indent = if within.is_some() { "    " } else { "  " };
        for remark in item.remarks.iter().take(MOST_LINES) {
            let place = match &remark.finding.place {
                Place::Whole {} => String::new(),
                place => format!(" · {place}"),
            };
            writeln!(self.out, "{indent}{} {}{place}", self.tag(remark.severity), remark.finding.label)?;
        }
        let untold = item.remarks.len().saturating_sub(MOST_LINES);
        if untold > 0 {
            writeln!(self.out, "{indent}and {untold} more")?;
        }
        if let Some((verdict, reasons)) = item.verdict.as_ref().filter(|(verdict, _)| !verdict.is_usable()) {
            writeln!(self.out, "{indent}{}: {}", verdict.outcome.word(), cited(verdict))?;
            for reason in reasons {
                writeln!(self.out, "{indent}  {} {}", reason.says, reason.next)?;
            }
        }
        Ok(())
    }

    fn unreadable(&mut self, path: &Path, kind: io::ErrorKind) -> io::Result<()> {
        self.heading(path)?;
        writeln!(self.out, "  cannot be read ({})", why(kind))
    }

    fn end(&mut self, counted: &Counted, purpose: Purpose) -> io::Result<()> {
        let count = |n: u64, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
        let [low, medium, high] = counted.found;
        let inside = match counted.inside {
            0 => String::new(),
            n => format!(" and {} in them", count(n, "recording or file", "recordings and files")),
        };
        let files = count(counted.files, "file", "files");
        let nothing = match (counted.is_something(), counted.pixels) {
            (true, _) => "",
            _ if counted.writing && counted.known > 0 => "",
            _ if counted.known > 0 => " Nothing new.",
            (false, false) => " Nothing was found in metadata and names.",
            (false, true) => " Nothing was found in metadata, names and pictures.",
        };
        match counted.files + counted.inside {
            0 => writeln!(self.out, "No recording was looked at.")?,
            _ => writeln!(self.out, "Looked at {files}{inside}.{nothing}")?,
        }
        if high + medium + low > 0 {
            writeln!(self.out, "{high} of high, {medium} of medium, {low} of low severity.")?;
        }
        if counted.known > 0 && !counted.writing {
            writeln!(
                self.out,
                "{} known from the baseline and not told again.",
                count(counted.known, "finding is", "findings are")
            )?;
        }
        if counted.unreadable > 0 {
            writeln!(self.out, "{} could not be read.", count(counted.unreadable, "file", "files"))?;
        }
        if counted.passed > 0 {
            let files = count(counted.passed, "file was", "files were");
            writeln!(self.out, "{files} passed over: texts, programs, links, empty files.")?;
        }
        match counted.judged {
            0 if counted.asked => {
                writeln!(
                    self.out,
                    "Of consent nothing can be said: recordings inside documents and archives are not judged."
                )
            }
            0 => writeln!(
                self.out,
                "Of consent nothing was asked: no register was given and no sidecar lies beside a recording."
            ),
            judged => {
                let barred = counted.barred;
                writeln!(
                    self.out,
                    "For {}: {} of {judged} may be used as they are, {barred} may not.",
                    purpose.word(),
                    judged - barred
                )
            }
        }?;
        let pictures = if counted.pixels { "" } else { "the pictures themselves (add --pixels), " };
        writeln!(
            self.out,
            "Not looked at: {pictures}what films show and sound says, and the words of documents and text files."
        )
    }
}

/// The paragraphs that a verdict rests on.
pub(super) fn cited(verdict: &scrubs::guidance::Verdict) -> String {
    let mut cites: Vec<&str> =
        verdict.rules.iter().flat_map(|rule| rule.cites.iter().map(|cite| cite.as_ref())).collect();
    cites.dedup();
    cites.join(", ")
}
