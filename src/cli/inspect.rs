//! `scrubs inspect`: the witness's findings joined with the surgeon's plan.

mod seen;

use super::args::{self, Format};
use super::{Advised, Exit, say};
use anyhow::Result;
use scrubs::code::Coder;
use scrubs::code::coder::CodingSecret;
use scrubs::cut::{Cut, CutSource, FileSource, Source};
use scrubs::dicom::{self, Coding};
use scrubs::finding::{Action, Code, Finding};
use scrubs::inspect::{self, Inspection};
use scrubs::pixels::Unseen;
use scrubs::place::Place;
use scrubs::plan::{Plan, Refusal};
use scrubs::recording::fault::why;
use scrubs::recording::{self, Deidentification, Identifier};
use scrubs::{scan, strip};
use seen::Noted;
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
    findings: Vec<Noted>,
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
        let met = f.metadata()?;
        if met.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !met.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
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
            let seen = seen::look(&source, &plan);
            join(&mut told, plan);
            see(&mut told, seen);
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
    let refusal = match error.kind() {
        io::ErrorKind::IsADirectory => Refusal {
            what: "it is a folder".to_owned(),
            advice: "Name files, or use `scrubs check`.",
            ..Refusal::unreadable(error)
        },
        io::ErrorKind::NotFound => {
            Refusal { what: why(error.kind()), advice: "Check the path.", ..Refusal::unreadable(error) }
        }
        _ => Refusal::unreadable(error),
    };
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
        told.findings.push(finding.into());
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
    let named = told.findings.len();
    for finding in plan.findings {
        if !told.findings[..named].iter().any(|known| says_the_same(known, &finding)) {
            told.findings.push(finding.into());
            told.values.push(None);
        }
    }
}

/// Puts what was seen in the picture in the place of the notice that nothing has looked, or says there why not.
fn see(told: &mut Told, seen: Result<Vec<Noted>, Unseen>) {
    let at = told.findings.iter().position(|finding| finding.code == Code::PixelsUnchecked);
    match seen {
        Ok(seen) => {
            if let Some(at) = at {
                told.findings.remove(at);
                told.values.remove(at);
            }
            if seen.iter().any(|finding| finding.action == Action::Cover) && told.state == State::AlreadyClean {
                told.state = State::Cleaned;
            }
            told.values.extend(seen.iter().map(|_| None));
            told.findings.extend(seen);
        }
        Err(why) => {
            if let Some(finding) = at.and_then(|at| told.findings.get_mut(at)) {
                let notice = Finding::clone(finding).labelled(format!("{}: {why}", Code::PixelsUnchecked.label()));
                *finding = notice.into();
            }
        }
    }
}

/// Whether what the witness found says what the surgeon found: the same kind in the same place, or the same bytes under a
/// name that tells as much or more.
fn says_the_same(known: &Finding, other: &Finding) -> bool {
    const ANYTHING: &[Code] = &[Code::ExifOther, Code::ApplicationData, Code::Junk, Code::Trailer, Code::DicomUnlisted];
    let vague = |code| ANYTHING.contains(&code);
    let meets = match (&known.place, &other.place) {
        (Place::Bytes { offset: a, length: m, .. }, Place::Bytes { offset: b, length: n, .. }) => {
            *a < b.saturating_add((*n).max(1)) && *b < a.saturating_add((*m).max(1))
        }
        // A group told as a whole, `(0009,…)`, and a sequence that goes with all that is in it.
        (Place::Attribute { attribute: a, .. }, Place::Attribute { attribute: b, .. }) => {
            let group = a.split_once('…').map(|(group, _)| group);
            a == b
                || group.is_some_and(|group| b.starts_with(group))
                || (known.action == Action::Remove && b.starts_with(a.as_str()))
        }
        (a, b) => a == b && known.code == other.code,
    };
    meets && (known.code == other.code || !vague(known.code) || vague(other.code))
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

/// Headings under which findings stand, in the order in which a person wants them.
const HEADINGS: &[(Action, &str)] = &[
    (Action::Remove, "goes"),
    (Action::Replace, "is replaced by something neutral"),
    (Action::Cover, "is covered"),
    (Action::Flag, "is reported to the judge"),
    (Action::Look, "a person must look at"),
    (Action::Keep, "stays"),
];

/// The most of one kind that are told one by one; the rest are counted.
const MOST_LINES: usize = 40;

fn text(told: &Told, values: bool) -> String {
    let size = match (told.width, told.height) {
        (Some(w), Some(h)) => format!(", {w}×{h}"),
        _ => String::new(),
    };
    let name = say::path(Path::new(&told.file));
    // Of what could not be opened nobody knows the format.
    let what = match told.state {
        State::Failed => String::new(),
        _ => format!(" {}{size}:", told.format),
    };
    let mut text = format!("{name}:{what} {}\n", told.state.says());
    if let Some(reason) = &told.reason {
        text.push_str(&format!("  why: {reason}\n"));
    }
    if let Some(advice) = told.advice {
        text.push_str(&format!("  what to do: {advice}\n"));
    }
    let found: Vec<(&Finding, Option<&Identifier>)> =
        told.findings.iter().zip(&told.values).map(|(f, v)| (&**f, v.as_ref().filter(|_| values))).collect();
    for (action, heading) in HEADINGS {
        let mut lines = lines(found.iter().filter(|(f, _)| f.action == *action));
        if lines.is_empty() {
            continue;
        }
        text.push_str(&format!("  {heading}:\n"));
        let more = lines.len().saturating_sub(MOST_LINES);
        if !values && more > 1 {
            lines.truncate(MOST_LINES);
            lines.push(format!("    and {more} more (--format json lists all)\n"));
        }
        text.extend(lines);
    }
    text
}

/// A line for each label and part, alike ones counted, each with its value where that is shown.
fn lines<'a>(found: impl Iterator<Item = &'a (&'a Finding, Option<&'a Identifier>)>) -> Vec<String> {
    let mut lines: Vec<(&str, String, u32, Option<&Identifier>)> = Vec::new();
    for (finding, value) in found {
        let place = match &finding.place {
            Place::Bytes { part, .. } => part.clone(),
            place => place.to_string(),
        };
        let twin = lines.iter_mut().rev().take(MOST_LINES);
        match twin.into_iter().find(|(label, at, _, v)| *label == finding.label && *at == place && v.is_none()) {
            Some(twin) if value.is_none() => twin.2 += 1,
            _ => lines.push((&finding.label, place, 1, *value)),
        }
    }
    let told = lines.into_iter().map(|(label, place, count, value)| {
        let times = if count > 1 { format!(", {count} times") } else { String::new() };
        let value = value.map(|v| format!("  = {}", say::path(Path::new(&v.reveal_text())))).unwrap_or_default();
        format!("    {label}{times}  ({place}){value}\n")
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(code: Code, offset: u64, length: u64) -> Finding {
        Finding::new(code, Place::bytes("part", offset, length), Action::Remove)
    }

    #[test]
    fn what_both_found_is_told_once_and_what_one_found_is_told() {
        let video = bytes(Code::EmbeddedVideo, 100, 50);
        let name = Finding::new(Code::DicomName, Place::attribute("(0010,0010)", 9, 4), Action::Replace);
        let group = Finding::new(Code::DicomPrivate, Place::attribute("(0009,…)", 0, 0), Action::Remove);
        let cases = [
            (&video, bytes(Code::Trailer, 90, 80), true),
            (&video, bytes(Code::EmbeddedVideo, 120, 5), true),
            (&video, bytes(Code::EmbeddedVideo, 150, 5), false),
            (&bytes(Code::ExifOther, 0, 80), bytes(Code::ExifMakerNote, 10, 20), false),
            (&bytes(Code::ExifSerial, 10, 20), bytes(Code::ExifOther, 0, 80), true),
            (&bytes(Code::Comment, 7, 0), bytes(Code::Comment, 7, 0), true),
            (&name, Finding::new(Code::DicomText, Place::attribute("(0010,0010)", 0, 0), Action::Remove), true),
            (&name, Finding::new(Code::DicomName, Place::attribute("(0008,0090)", 0, 0), Action::Remove), false),
            (&group, Finding::new(Code::DicomPrivate, Place::attribute("(0009,1101)", 0, 0), Action::Remove), true),
            (&group, Finding::new(Code::DicomPrivate, Place::attribute("(0011,1101)", 0, 0), Action::Remove), false),
        ];
        let mut tried = 0;
        for (known, other, same) in cases {
            assert_eq!(says_the_same(known, &other), same, "{tried}");
            tried += 1;
        }
        assert_eq!(tried, 10);
    }

    #[test]
    fn text_stands_under_headings_counts_what_is_alike_and_says_what_to_do() {
        let mut told = failed("a.jpg".to_owned(), &io::ErrorKind::UnexpectedEof.into());
        told.findings = vec![
            bytes(Code::Comment, 0, 5).into(),
            Finding::new(Code::PixelsUnchecked, Place::Whole {}, Action::Look).into(),
            bytes(Code::Comment, 9, 5).into(),
        ];
        told.values = vec![None, None, None];
        let text = text(&told, false);
        let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} in {text}"));
        assert!(at("why: ") < at("what to do: ") && at("what to do: ") < at("goes:"));
        assert!(at("goes:") < at("comment, 2 times  (part)"));
        assert!(at("comment, 2 times") < at("a person must look at:"));
        assert!(at("a person must look at:") < at("pixels not checked"));
    }
}
