//! Revealed codes as CSV (RFC 4180) that a spreadsheet may open: nothing in it is taken for a formula, and no value is lost.
//!
//! OWASP, *CSV Injection*: a cell that begins with `=`, `+`, `-`, `@`, a tab or a return is computed; some programs split at
//! `;` too. Such a value is written as the inside of a JSON string with those characters as `\uXXXX` (RFC 8259, 7), and
//! the column `escaped` says that it is, so that whoever reads the table can undo it exactly.

use scrubs::code::key::Revealed;
use scrubs::recording::Identifier;
use std::fmt::Write;
use std::io;
use zeroize::Zeroizing;

const HEAD: [&str; 9] =
    ["code", "patient", "patient_id", "source", "run", "issuer", "patient_name", "escaped", "bytes"];

/// The table's words.
pub(super) struct Table;

impl Table {
    pub(super) fn head(&self) -> io::Result<Zeroizing<Vec<u8>>> {
        csv_line(&HEAD)
    }

    pub(super) fn row(&self, revealed: &Revealed) -> io::Result<Zeroizing<Vec<u8>>> {
        let entry = &revealed.entry;
        let (mut escaped, mut bytes) = (Vec::new(), Zeroizing::new(String::new()));
        let mut cell = |name: &'static str, value: Option<&Identifier>| {
            let Some(value) = value else { return Zeroizing::new(String::new()) };
            if std::str::from_utf8(value.reveal()).is_err() {
                let mark = if bytes.is_empty() { "" } else { " " };
                let _ = write!(bytes, "{mark}{name}:");
                value.reveal().iter().for_each(|byte| _ = write!(bytes, "{byte:02x}"));
            }
            let text = Zeroizing::new(value.reveal_text());
            if !would_be_computed(&text) {
                return text;
            }
            escaped.push(name);
            shown(&text)
        };
        let id = cell("patient_id", entry.patient_id.as_ref());
        let source = cell("source", Some(&entry.source));
        let issuer = cell("issuer", entry.issuer.as_ref());
        let name = cell("patient_name", entry.patient_name.as_ref());
        let (code, patient) = (entry.code.as_str(), entry.patient.as_str());
        csv_line(&[code, patient, &id, &source, &revealed.run, &issuer, &name, &escaped.join(" "), &bytes])
    }
}

/// A cell that no program computes: the text itself, or the inside of a JSON string that means it.
pub(in crate::cli) fn cell(text: &str) -> Zeroizing<String> {
    if would_be_computed(text) { shown(text) } else { Zeroizing::new(text.to_owned()) }
}

fn csv_line(cells: &[&str]) -> io::Result<Zeroizing<Vec<u8>>> {
    // Room for all of it, every character quoted, so that the buffer does not grow and leave copies behind.
    let room = cells.iter().fold(64usize, |sum, cell| sum.saturating_add(cell.len().saturating_mul(2)));
    let mut line = Zeroizing::new(Vec::with_capacity(room));
    let mut csv = csv::WriterBuilder::new().buffer_capacity(room).from_writer(&mut *line);
    csv.write_record(cells)?;
    csv.flush()?;
    drop(csv);
    Ok(line)
}

/// What begins a formula in one program or another, in both widths.
fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
}

/// What a program may split a line at, or skip before it looks at a cell.
fn begins_cell(c: char) -> bool {
    matches!(c, ',' | ';' | '|' | '"' | '\'')
}

/// Whether some program would compute a part of this text, were it a cell.
fn would_be_computed(text: &str) -> bool {
    let mut at_start = true;
    for c in text.chars() {
        if c.is_control() || (at_start && begins_formula(c)) {
            return true;
        }
        at_start = begins_cell(c) || (at_start && c.is_whitespace());
    }
    false
}

/// The inside of a JSON string that means this text and in which nothing begins a formula.
fn shown(text: &str) -> Zeroizing<String> {
    let mut shown = Zeroizing::new(String::with_capacity(text.len().saturating_mul(6)));
    for c in text.chars() {
        if c.is_control() || begins_formula(c) {
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            if matches!(c, '"' | '\\') {
                shown.push('\\');
            }
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly")]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_computed_and_every_value_comes_back() {
        let cases = [
            ("9434765919", false),
            ("/scans/a-b/c+d@e=f.jpg", false),
            ("ŵyn, Llŷr", false),
            ("=1+1", true),
            ("-12345", true),
            ("+44 20", true),
            ("@SUM(A1)", true),
            ("  =1", true),
            ("\"=1", true),
            ("\t=1", true),
            ("a\r=1", true),
            ("/x/a;=HYPERLINK(\"http://x\")", true),
            ("C:\\scans\\a,\"=1.jpg", true),
            ("\u{ff1d}1", true),
            ("a\nb", true),
            ("", false),
        ];
        for (text, computed) in cases {
            assert_eq!(would_be_computed(text), computed, "{text:?}");
            if computed {
                let shown = shown(text);
                assert!(!would_be_computed(&shown), "{text:?}");
                let back: String = serde_json::from_str(&format!("\"{}\"", *shown)).unwrap();
                assert_eq!(back, text);
            }
        }
        assert_eq!(cases.len(), 16);
    }
}
