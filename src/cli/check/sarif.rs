//! Findings as SARIF 2.1.0 (OASIS), for code hosts and editors.

use super::text::cited;
use super::{Counted, Sink};
use scrubs::check::{Item, Severity};
use scrubs::finding::Code;
use scrubs::recording::fault::why;
use scrubs::recording::terms::Purpose;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::{Component, Path};

/// The rule under which a verdict stands that bars the use.
const VERDICT: &str = "verdict";
/// The rule for files that cannot be read.
const UNREADABLE: &str = "unreadable";

pub(super) struct Sarif<'w, W: Write> {
    out: &'w mut W,
    some: bool,
}

impl<'w, W: Write> Sarif<'w, W> {
    pub(super) fn new(out: &'w mut W) -> Self {
        Self { out, some: false }
    }

    fn put(&mut self, rule: &str, level: &str, text: String, path: &Path, item: Option<&Item>) -> io::Result<()> {
        let mut location = json!({ "physicalLocation": { "artifactLocation": { "uri": uri(path) } } });
        if let Some(item) = item.filter(|item| item.inside.is_some() || item.member.is_some()) {
            let name = item.member.clone().or_else(|| item.inside.clone());
            location["logicalLocations"] = json!([{ "fullyQualifiedName": name, "kind": "member" }]);
        }
        let result = json!({ "ruleId": rule, "level": level, "message": { "text": text }, "locations": [location] });
        let before = if self.some { ",\n" } else { "\n" };
        self.some = true;
        write!(self.out, "{before}{result}")
    }
}

/// A relative path as a relative reference, an absolute one as a `file` URI (RFC 3986).
fn uri(path: &Path) -> String {
    let mut text = String::new();
    for part in path.components() {
        match part {
            Component::RootDir => text = "file://".to_owned(),
            Component::CurDir => {}
            Component::ParentDir => text.push_str(if text.is_empty() { ".." } else { "/.." }),
            Component::Prefix(prefix) => text = format!("file:///{}", prefix.as_os_str().to_string_lossy()),
            Component::Normal(name) => {
                if !text.is_empty() {
                    text.push('/');
                }
                for byte in name.as_encoded_bytes() {
                    match byte {
                        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                            text.push(char::from(*byte))
                        }
                        byte => text.push_str(&format!("%{byte:02X}")),
                    }
                }
            }
        }
    }
    if text.is_empty() { ".".to_owned() } else { text }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

impl<W: Write> Sink for Sarif<'_, W> {
    fn begin(&mut self, _: Purpose) -> io::Result<()> {
        let rule = |id: &str, says: &str, level: &str| json!({ "id": id, "shortDescription": { "text": says }, "defaultConfiguration": { "level": level } });
        let rules = Code::ALL.iter().map(|code| rule(code.word(), code.sentence(), level(Severity::of(*code))));
        let rules: Vec<Value> = rules
            .chain([
                rule(VERDICT, "The guidance does not let it be used for this purpose as it is.", "error"),
                rule(UNREADABLE, "The file cannot be read, so nothing can be said of it.", "warning"),
            ])
            .collect();
        let driver = json!({ "name": "scrubs", "version": env!("CARGO_PKG_VERSION"), "rules": rules });
        write!(
            self.out,
            "{{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{{\"driver\":{driver}}},\"results\":["
        )
    }

    fn item(&mut self, item: &Item) -> io::Result<()> {
        let inside = item.inside.as_ref().map(|inside| format!("{inside}: ")).unwrap_or_default();
        for remark in &item.remarks {
            let text = format!("{inside}{} ({})", remark.finding.label, remark.finding.place);
            self.put(remark.finding.code.word(), level(remark.severity), text, &item.file, Some(item))?;
        }
        if let Some((verdict, reasons)) = item.verdict.as_ref().filter(|(verdict, _)| !verdict.is_usable()) {
            let says: Vec<&str> = reasons.iter().map(|reason| reason.says.as_str()).collect();
            let text = format!("{inside}{} ({}). {}", verdict.outcome.word(), cited(verdict), says.join(" "));
            self.put(VERDICT, "error", text, &item.file, Some(item))?;
        }
        Ok(())
    }

    fn unreadable(&mut self, path: &Path, kind: io::ErrorKind) -> io::Result<()> {
        self.put(UNREADABLE, "warning", format!("The file cannot be read ({}).", why(kind)), path, None)
    }

    fn end(&mut self, _: &Counted, _: Purpose) -> io::Result<()> {
        writeln!(self.out, "\n]}}]}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references_that_survive_spaces_and_other_alphabets() {
        assert_eq!(uri(Path::new("./a b/ŵ#1.jpg")), "a%20b/%C5%B5%231.jpg");
        assert_eq!(uri(Path::new("/x/y z.png")), "file:///x/y%20z.png");
        assert_eq!(uri(Path::new("../x.png")), "../x.png");
        assert_eq!(uri(Path::new(".")), ".");
    }
}
