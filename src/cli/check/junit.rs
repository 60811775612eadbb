//! Findings as JUnit XML, one test case for each thing looked at, for systems that run tests.

use super::{Counted, Sink};
use quick_xml::escape::escape;
use scrubs::check::Item;
use scrubs::recording::fault::why;
use scrubs::recording::terms::Purpose;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The number of cases stands before the cases, so these wait in a file without a name.
pub(super) struct Junit<'w, W: Write> {
    out: &'w mut W,
    cases: BufWriter<File>,
    tests: u64,
    failures: u64,
    errors: u64,
}

impl<'w, W: Write> Junit<'w, W> {
    pub(super) fn new(out: &'w mut W) -> io::Result<Self> {
        Ok(Self { out, cases: BufWriter::new(tempfile::tempfile()?), tests: 0, failures: 0, errors: 0 })
    }
}

/// Text as XML 1.0 may hold it.
fn plain(text: &str) -> String {
    let allowed: String = text
        .chars()
        .map(|c| {
            if c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{fffe}' | '\u{ffff}') {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect();
    escape(allowed).into_owned()
}

impl<W: Write> Sink for Junit<'_, W> {
    fn item(&mut self, item: &Item) -> io::Result<()> {
        self.tests += 1;
        let name = item.member.clone().or_else(|| item.inside.clone()).unwrap_or_else(|| item.format.name().to_owned());
        let file = plain(&item.file.to_string_lossy());
        write!(self.cases, "    <testcase classname=\"{file}\" name=\"{}\"", plain(&name))?;
        if item.is_clear() {
            return writeln!(self.cases, "/>");
        }
        self.failures += 1;
        let mut lines: Vec<String> = item
            .remarks
            .iter()
            .map(|remark| format!("{}: {} ({})", remark.severity.word(), remark.finding.label, remark.finding.place))
            .collect();
        if let Some((verdict, reasons)) = item.verdict.as_ref().filter(|(verdict, _)| !verdict.is_usable()) {
            lines.extend(reasons.iter().map(|reason| format!("{}: {}", verdict.outcome.word(), reason.says)));
        }
        let kind = item.gravest().map_or("verdict", |severity| severity.word());
        let first = lines.first().cloned().unwrap_or_default();
        writeln!(
            self.cases,
            "><failure type=\"{kind}\" message=\"{}\">{}</failure></testcase>",
            plain(&first),
            plain(&lines.join("\n"))
        )
    }

    fn unreadable(&mut self, path: &Path, kind: io::ErrorKind) -> io::Result<()> {
        self.tests += 1;
        self.errors += 1;
        let file = plain(&path.to_string_lossy());
        writeln!(
            self.cases,
            "    <testcase classname=\"{file}\" name=\"file\"><error type=\"unreadable\" message=\"{}\"/></testcase>",
            plain(&why(kind))
        )
    }

    fn end(&mut self, _: &Counted, purpose: Purpose) -> io::Result<()> {
        let counts = format!("tests=\"{}\" failures=\"{}\" errors=\"{}\"", self.tests, self.failures, self.errors);
        writeln!(self.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>")?;
        writeln!(self.out, "  <testsuite name=\"scrubs check for {}\" {counts}>", purpose.word())?;
        self.cases.flush()?;
        let file = self.cases.get_mut();
        file.seek(SeekFrom::Start(0))?;
        io::copy(&mut Read::by_ref(file), self.out)?;
        writeln!(self.out, "  </testsuite>\n</testsuites>")
    }
}
