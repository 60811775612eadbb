//! `scrubs inspect`: the witness's findings joined with the surgeon's plan.

use super::args::{self, Format};
use super::{Advised, Exit, say};
use anyhow::Result;
use scrubs::code::Coder;
use scrubs::code::coder::CodingSecret;
use scrubs::cut::{Cut, CutSource, FileSource, Source};
use scrubs::dicom::{self, Coding};
use scrubs::finding::{Code, Finding};
use scrubs::inspect::{self, Inspection};
use scrubs::place::Place;
use scrubs::plan::{Plan, Refusal};
use scrubs::recording::{self, Deidentification, Identifier};
use scrubs::{scan, strip};
use serde::Serialize;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::Path;

/// What `--format json` prints of one file.
#[derive(Debug, Serialize)]
struct Told {
    file: String,
    media_type: &'static str,
    format: &'static str,
    width: Option<u32>,
    height: Option<u32>,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'static str>,
    findings: Vec<Finding>,
    #[serde(skip)]
    values: Vec<Option<Identifier>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Cleaned,
    AlreadyClean,
    Refused,
    Unsupported,
    Failed,
}

impl State {
    fn says(self) -> &'static str {
        match self {
            State::Cleaned => "would be cleaned",
            State::AlreadyClean => "clean already",
            State::Refused => "would be held",
            State::Unsupported => "not supported: would be listed, not copied",
            State::Failed => "cannot be read",
        }
    }
}

pub(crate) fn inspect(args: &args::Inspect) -> Result<Exit> {
    if args.codes {
        let list = Code::ALL.iter().map(|c| format!("{:22} {}\n", c.word(), c.sentence())).collect::<String>();
        return say::out(&list);
    }
    if args.show_values && !io::stdout().is_terminal() {
        return Err(Advised::nothing(
            "values are shown on a terminal only",
            "They identify the patient: leave --show-values out when the output goes to a file or another program.",
        ));
    }
    let mut all = Vec::new();
    let mut exit = Exit::Good;
    for path in &args.files {
        let told = look(path);
        if told.state != State::AlreadyClean {
            exit = Exit::Held;
        }
        if args.format == Format::Text {
            say::out(&text(&told, args.show_values))?;
        } else {
            all.push(told);
        }
    }
    match (args.format, all.as_slice()) {
        (Format::Text, _) => {}
        (Format::Json, [one]) => drop(say::json(one)?),
        (Format::Json, many) => {
            for one in many {
                say::out(&format!("{}\n", serde_json::to_string(one)?))?;
            }
        }
    }
    Ok(exit)
}

fn look(path: &Path) -> Told {
    let file = path.to_string_lossy().into_owned();
    let opened = File::open(path).and_then(|f| {
        if !f.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not an ordinary file"));
        }
        let source = FileSource::new(f)?;
        let format = scan::sniff(&source)?;
        Ok((source, format))
    });
    let (source, format) = match opened {
        Ok(opened) => opened,
        Err(error) => return failed(file, &error),
    };
    let mut told = Told {
        file,
        media_type: format.media_type(),
        format: format.name(),
        width: None,
        height: None,
        state: State::Unsupported,
        reason: None,
        advice: None,
        findings: Vec::new(),
        values: Vec::new(),
    };
    if inspect::supports(format) {
        match inspect::inspect(&source, format) {
            Ok(inspection) => take(&mut told, inspection),
            Err(trouble) => {
                told.reason = Some(trouble.to_string());
                told.advice = Some(trouble.advice());
            }
        }
    }
    match plan(&source, format) {
        None => {}
        Some(Ok(plan)) => {
            told.state = if changes_nothing(&plan.cut, &source) { State::AlreadyClean } else { State::Cleaned };
            join(&mut told, plan);
        }
        Some(Err(refusal)) => {
            told.state = State::Refused;
            told.reason = Some(refusal.what);
            told.advice = Some(refusal.advice);
        }
    }
    told
}

fn failed(file: String, error: &io::Error) -> Told {
    let refusal = Refusal::unreadable(error);
    Told {
        file,
        media_type: recording::Format::Unknown.media_type(),
        format: recording::Format::Unknown.name(),
        width: None,
        height: None,
        state: State::Failed,
        reason: Some(refusal.what),
        advice: Some(refusal.advice),
        findings: Vec::new(),
        values: Vec::new(),
    }
}

fn take(told: &mut Told, inspection: Inspection) {
    (told.width, told.height) = (inspection.width, inspection.height);
    let values: Vec<(Finding, Identifier)> = inspection.values().map(|(f, v)| (f.clone(), v.clone())).collect();
    for finding in inspection.findings {
        let value = values.iter().find(|(f, _)| *f == finding).map(|(_, v)| v.clone());
        told.values.push(value);
        told.findings.push(finding);
    }
}

/// What the surgeon would do, with a coding secret that is forgotten at once.
fn plan(source: &dyn Source, format: recording::Format) -> Option<Result<Plan, Refusal>> {
    match format {
        recording::Format::Dicom | recording::Format::DicomDir => {
            let coder = Coder::new(&CodingSecret::new([0; 32]));
            let patient = coder.patient(b"", b"");
            Some(dicom::read(source).and_then(|o| {
                o.plan(&Coding { coder: &coder, patient: &patient, deidentification: &Deidentification::default() })
            }))
        }
        _ if strip::supports(format) => Some(strip::plan(format, source, &strip::Options::default())),
        _ => None,
    }
}

/// Adds what the surgeon found and the witness did not name, and the size of the picture where only it knows.
fn join(told: &mut Told, plan: Plan) {
    (told.width, told.height) = (told.width.or(plan.width), told.height.or(plan.height));
    for finding in plan.findings {
        let same_bytes = |f: &Finding| f.place == finding.place && f.place != Place::Whole {};
        let named = told.findings.iter().any(|f| f.code == finding.code || same_bytes(f));
        if !named {
            told.findings.push(finding);
            told.values.push(None);
        }
    }
}

fn changes_nothing(cut: &Cut, source: &dyn Source) -> bool {
    if cut.is_whole(source.len()) {
        return true;
    }
    if cut.len() != source.len() {
        return false;
    }
    let output = CutSource::new(cut, source);
    let (mut a, mut b) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut at = 0;
    while at < source.len() {
        let n = (source.len() - at).min(64 * 1024) as usize;
        let read = source.read_exact_at(at, &mut a[..n]).and_then(|()| output.read_exact_at(at, &mut b[..n]));
        if read.is_err() || a[..n] != b[..n] {
            return false;
        }
        at += n as u64;
    }
    true
}

fn text(told: &Told, values: bool) -> String {
    let size = match (told.width, told.height) {
        (Some(w), Some(h)) => format!(", {w}×{h}"),
        _ => String::new(),
    };
    let name = say::path(Path::new(&told.file));
    let mut text = format!("{name}: {}{size}: {}\n", told.format, told.state.says());
    if let Some(reason) = &told.reason {
        text.push_str(&format!("  {reason}. {}\n", told.advice.unwrap_or_default()));
    }
    for (finding, value) in told.findings.iter().zip(&told.values) {
        let action = serde_json::to_value(finding.action).ok();
        let action = action.as_ref().and_then(|a| a.as_str()).unwrap_or_default().to_owned();
        text.push_str(&format!("  {action:8} {}  ({})", finding.label, finding.place));
        if let (true, Some(value)) = (values, value) {
            text.push_str(&format!("  = {}", say::path(Path::new(&value.reveal_text()))));
        }
        text.push('\n');
    }
    text
}
