//! `docs/dicom-conformance.md` says what the code and its tables do: it is made from them, and compared.
//!
//! PS3.15 E.1.3 demands a conformance statement. Written anew by `SCRUBS_WRITE_DOCS=1 cargo test --test conformance`.
#![allow(clippy::unwrap_used, clippy::ptr_arg)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

use scrubs::code::coder::{Coder, CodingSecret};
use scrubs::dicom::{Coding, EDITION, read};
use scrubs::recording::{Deidentification, DicomOption};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use support::{Element, Form, Value, file, image, number, text, with};

const TABLE: &str = include_str!("../src/dicom/ps315_2026c.tsv");
const RESOLVE: &str = include_str!("../src/dicom/resolve.tsv");
const KEEP: &str = include_str!("../src/dicom/keep.tsv");
const TERMS: &str = include_str!("../src/dicom/terms.txt");
const PRIVATE: &str = include_str!("../src/dicom/private_2026c.tsv");
const CONCEPTS: &str = include_str!("../src/dicom/sr_dates_2026c.tsv");

fn rows(text: &'static str, headers: usize) -> Vec<Vec<&'static str>> {
    let lines = text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).skip(headers);
    lines.map(|l| l.split('\t').collect()).collect()
}

fn plan(source: &Vec<u8>, options: &[DicomOption]) -> Result<Vec<String>, (&'static str, String)> {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"ID 17");
    let how = Deidentification::new(options.iter().copied().collect(), Default::default());
    let object = read(source).map_err(|r| (r.code, r.what))?;
    let plan = object.plan(&Coding { coder: &coder, patient: &patient, deidentification: &how });
    plan.map(|p| p.method).map_err(|r| (r.code, r.what))
}

/// The options, and whether an object is marked with their code when they are asked for.
fn options() -> String {
    let source = file(Form::Explicit, &[], &[], &image(), &[]);
    let basic = plan(&source, &[]).unwrap();
    assert_eq!(basic, ["113100"]);
    let mut out = String::from("| option | code | meaning | carried out |\n|---|---|---|---|\n");
    let _ = writeln!(out, "| (always) | 113100 | Basic Application Confidentiality Profile | yes |");
    for option in DicomOption::ALL {
        let done = plan(&source, &[*option]).unwrap().contains(&option.code().to_owned());
        // What is claimed of pixels follows from a look at them, after the header is cleaned.
        let pixels = option.column().is_empty();
        assert!(!(done && pixels));
        let done = match (done, pixels) {
            (true, _) => "yes",
            (false, true) => "where it was proved: see [Pixel data](#pixel-data)",
            (false, false) => "no: the Basic Profile stands, and the code is not written",
        };
        let _ = writeln!(out, "| `{}` | {} | {} | {done} |", option.word(), option.code(), option.meaning());
    }
    out
}

/// How often each action of the Basic Profile stands in the table.
fn actions() -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let rows = rows(TABLE, 1);
    rows.iter().for_each(|row| *counts.entry(row[4]).or_default() += 1);
    assert_eq!(counts.values().sum::<usize>(), 656);
    let mut out = String::from("| action | rows | done |\n|---|---|---|\n");
    for (action, count) in counts {
        let done = match action {
            "X" => "removed",
            "Z" => "emptied; Patient's Name and ID are the patient's code",
            "D" => "a value that says nothing (`REMOVED`, 19000101, 0); of a sequence, all values in its items",
            "U" => "replaced by a keyed UID",
            "X/Z" => "emptied, or as the next table says",
            "X/D" | "Z/D" => "a value that says nothing, or as the next table says",
            "X/Z/D" => "emptied, or as the next table says",
            "X/Z/U*" => "the UIDs in its items replaced",
            other => panic!("no words for {other}"),
        };
        let _ = writeln!(out, "| {action} | {count} | {done} |");
    }
    out
}

fn resolved() -> String {
    let mut out = String::from(
        "| attribute | classic images | radiographs | PET | general images | radiotherapy | reports | others | why |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    let rows = rows(RESOLVE, 0);
    assert!(rows.len() >= 25);
    rows.iter().for_each(|row| writeln!(out, "| {} |", row.join(" | ")).unwrap());
    out
}

fn kept() -> String {
    let mut out = String::from("| attribute | what may stay | otherwise | why |\n|---|---|---|---|\n");
    let rows = rows(KEEP, 0);
    assert!(rows.len() > 80);
    for row in rows {
        let cell = |i: usize| row.get(i).copied().unwrap_or_default();
        let rule = match cell(1) {
            "term" => "defined terms",
            "terms" => "those of several terms that are defined",
            "text" => "short technical text that names nobody",
            "words" => "short text of known words that names nobody",
            "class" => "UIDs that the standard assigns; others replaced",
            "scheme" => "UIDs that the standard assigns; others replaced",
            "code" => "codes of schemes that mean the same everywhere",
            "number" => "a short number",
            "samples" => "samples, as many as what describes them says",
            "icc" => "a colour profile, its texts cleaned",
            "dummy" | "empty" => "nothing",
            "gone" => "nothing",
            other => panic!("no words for {other}"),
        };
        let otherwise = match (cell(1), cell(2)) {
            ("empty", _) | (_, "empty") => "emptied".to_owned(),
            (_, value) if value.starts_with('=') => format!("`{}`", &value[1..]),
            _ => "removed".to_owned(),
        };
        let _ = writeln!(out, "| {} | {rule} | {otherwise} | {} |", cell(0), cell(3));
    }
    out
}

fn creators() -> String {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for row in rows(PRIVATE, 1) {
        let count = counts.entry(row[1]).or_default();
        count.0 += 1;
        count.1 += usize::from(matches!(row[2], "OB" | "OW" | "OW/OB"));
    }
    assert_eq!(counts.values().map(|c| c.0).sum::<usize>(), 479);
    let mut out = String::from("| private creator | attributes listed | of them bulk, removed |\n|---|---|---|\n");
    counts.iter().for_each(|(creator, (all, bulk))| writeln!(out, "| `{creator}` | {all} | {bulk} |").unwrap());
    out
}

/// Objects that are held, and what is said of them, by the code itself.
fn held() -> String {
    let of = |new: Vec<Element>| file(Form::Explicit, &[], &[], &with(image(), new), &[]);
    let class = |uid: &str| of(vec![text(0x0008_0016, "UI", uid)]);
    let slide = vec![text(0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\LABEL"), text(0x0008_0060, "CS", "SM")];
    let cells = |cell: u16| Element { tag: 0x7FE0_0010, vr: "OW", value: Value::Numbers(vec![cell; 16]) };
    let overlay = vec![number(0x6000_0100, 16), number(0x6000_0102, 15), cells(0x8001)];
    let descriptor = |entries| Element { tag: 0x0028_1101, vr: "US", value: Value::Numbers(vec![entries, 0, 16]) };
    let (palette, short) = (descriptor(32), descriptor(1));
    let cases = [
        ("dicom-directory", class("1.2.840.10008.1.3.10")),
        ("encapsulated-document", class("1.2.840.10008.5.1.4.1.1.104.3")),
        ("slide-label", of(slide)),
        ("overlay-in-pixels", of(overlay)),
        ("unused-bits", of(vec![cells(0x1001)])),
        ("words-in-table", of(vec![palette, text(0x0028_1201, "OW", format!("{:64}", "Seen with Mrs Hoeflich"))])),
        (
            "lookup-table",
            of(vec![short, Element { tag: 0x0028_1221, vr: "OW", value: Value::Numbers(vec![0, 2, 7, 8]) }]),
        ),
    ];
    let mut out = String::from("| reason | what is said |\n|---|---|\n");
    for (code, source) in &cases {
        let (found, what) = plan(source, &[]).unwrap_err();
        assert_eq!(found, *code);
        let _ = writeln!(out, "| `{code}` | {what} |");
    }
    assert_eq!(cases.len(), 7);
    out
}

fn statement() -> String {
    let fill = [
        ("{edition}", EDITION.to_owned()),
        ("{version}", env!("CARGO_PKG_VERSION").to_owned()),
        ("{options}", options()),
        ("{actions}", actions()),
        ("{resolved}", resolved()),
        ("{kept}", kept()),
        ("{kept count}", rows(KEEP, 0).len().to_string()),
        ("{terms count}", TERMS.lines().filter(|l| !l.starts_with('#')).flat_map(|l| l.split('|')).count().to_string()),
        ("{concepts count}", rows(CONCEPTS, 0).len().to_string()),
        ("{creators}", creators()),
        ("{held}", held()),
    ];
    let text = include_str!("support/conformance.md").to_owned();
    let text = fill.iter().fold(text, |text, (key, value)| text.replace(key, value.trim_end()));
    assert!(!text.contains('{'), "a place is not filled");
    text
}

#[test]
fn the_conformance_statement_is_what_the_code_does() {
    let (path, statement) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/dicom-conformance.md"), statement());
    if std::env::var_os("SCRUBS_WRITE_DOCS").is_some() {
        std::fs::write(&path, &statement).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == statement, "write it anew: SCRUBS_WRITE_DOCS=1 cargo test --test conformance");
    for link in ["README.md", "docs/architecture.md"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(link)).unwrap();
        assert!(text.contains("dicom-conformance.md"), "{link} leads to it");
    }
}
