//! Keeps the house true to `docs/architecture.md`: floors, walls and the shape of files, read from the sources.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Every module there may be, and its floor. A file imports only from floors below its own.
const FLOORS: &[(&str, u32)] = &[
    ("cut", 1),
    ("recording", 1),
    ("place", 1),
    ("code", 1),
    ("crew", 1),
    ("finding", 2),
    ("scan", 2),
    ("consent", 2),
    ("plan", 3),
    ("inspect", 3),
    ("guidance", 3),
    ("icc", 3),
    ("pixels", 3),
    ("strip", 4),
    ("dicom", 4),
    ("decode", 4),
    ("ledger", 4),
    ("pipeline", 5),
    ("report", 5),
    ("review", 5),
    ("check", 5),
    ("lib", 6),
    ("cli", 7),
    ("main", 8),
];

/// Steps inside a floor: what the first may stand on though it is of the same floor, and why.
const STEPS: &[(&str, &str, &str)] = &[("code", "recording", "the key keeps identifiers, which are nouns")];

/// Walls inside the floors: what the first may not import, though it lies below, and why.
const WALLS: &[(&str, &str, &str)] = &[
    ("strip", "inspect", "the witness is not the surgeon"),
    ("dicom", "inspect", "the witness is not the surgeon"),
    ("pixels", "inspect", "the witness is not the surgeon"),
];

/// Modules that see a positioned reader and never a path, and what they may therefore not name.
const WORKERS: &[&str] = &["strip", "dicom", "pixels", "inspect", "guidance"];
const DISK: &[&str] = &["std::fs", "std::path", "std::net", "std::process", "walkdir", "tempfile"];

/// More lines than this and a file is two.
const LINES: usize = 500;

/// A source file: its path below `src`, `/` between names, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    /// `report::tally` for `report/tally.rs`; `lib` and `main` for those.
    fn module(&self) -> String {
        self.path.trim_end_matches(".rs").replace('/', "::")
    }

    fn is_of_the_binary(&self) -> bool {
        matches!(top(&self.module()), "main" | "cli")
    }
}

fn top(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

fn floor(module: &str) -> Option<u32> {
    FLOORS.iter().find(|(name, _)| *name == top(module)).map(|(_, floor)| *floor)
}

/// Rust source as words and signs, without comments, strings, characters and `#[cfg(test)]` modules' bodies kept apart.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        let rest = &chars[at..];
        at += match rest {
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => string(rest),
            ['r', '#' | '"', ..] | ['b', 'r', '#' | '"', ..] if raw_string(rest).is_some() => {
                raw_string(rest).unwrap_or(1)
            }
            ['b', '"', ..] => 1 + string(&rest[1..]),
            ['\'', '\\', ..] => 3 + rest.iter().skip(3).position(|c| *c == '\'').unwrap_or(rest.len()),
            ['\'', _, '\'', ..] => 3,
            [':', ':', ..] => {
                out.push("::".to_owned());
                2
            }
            [c, ..] if c.is_alphanumeric() || *c == '_' => {
                let n = rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
                out.push(rest[..n].iter().collect());
                n
            }
            [c, ..] => {
                if !c.is_whitespace() {
                    out.push(c.to_string());
                }
                1
            }
            [] => 1,
        };
    }
    out
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_string(rest: &[char]) -> Option<usize> {
    let r = rest.iter().position(|c| *c == 'r')? + 1;
    let hashes = rest[r..].iter().take_while(|c| **c == '#').count();
    if rest.get(r + hashes) != Some(&'"') {
        return None;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = r + hashes + 1;
    let length = rest[body..].windows(end.len()).position(|w| w == end)?;
    Some(body + length + end.len())
}

/// A path that a file names, made absolute: `crate::report::tally::Summary`, `std::fs::File`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    path: String,
    in_test: bool,
}

/// Every path with a `::` in it, the braces of `use` spelled out, `super` and `self` resolved.
fn named(file: &File) -> Vec<Named> {
    let tokens = tokens(&file.text);
    let (mut out, mut at, mut depth) = (Vec::new(), 0, 0);
    // Inline modules around the place we are at: the depth at which each ends, its name, whether it is a test's.
    let mut inline: Vec<(usize, String, bool)> = Vec::new();
    while at < tokens.len() {
        let word = tokens[at].as_str();
        match word {
            "{" => depth += 1,
            "}" => {
                depth = usize::saturating_sub(depth, 1);
                inline.retain(|(end, ..)| *end <= depth);
            }
            "mod" if tokens.get(at + 2).is_some_and(|t| t == "{") => {
                let test = at >= 4 && tokens[at.saturating_sub(7)..at].windows(3).any(|w| w == ["cfg", "(", "test"]);
                inline.push((depth + 1, tokens[at + 1].clone(), test));
            }
            _ if is_word(word) && tokens.get(at + 1).is_some_and(|t| t == "::") && !follows_path(&tokens, at) => {
                let mut paths = Vec::new();
                spell_out(&tokens, at, "", &mut paths);
                let in_test = inline.iter().any(|(.., test)| *test);
                out.extend(paths.iter().map(|p| Named { path: absolute(file, &inline, p), in_test }));
            }
            _ => {}
        }
        at += 1;
    }
    out
}

fn is_word(token: &str) -> bool {
    token.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Whether the word at `at` continues a path that was read already, or belongs to a macro's `$crate`.
fn follows_path(tokens: &[String], at: usize) -> bool {
    at > 0 && matches!(tokens[at - 1].as_str(), "::" | "$")
}

/// Reads the path at `at`, opening braces; returns where it ends.
fn spell_out(tokens: &[String], mut at: usize, lead: &str, out: &mut Vec<String>) -> usize {
    let mut path = lead.to_owned();
    while let Some(word) = tokens.get(at) {
        if word == "{" {
            at += 1;
            while tokens.get(at).is_some_and(|t| t != "}") {
                at = spell_out(tokens, at, &path, out);
                while tokens.get(at).is_some_and(|t| t != "," && t != "}") {
                    at += 1;
                }
                if tokens.get(at).is_some_and(|t| t == ",") {
                    at += 1;
                }
            }
            return at + 1;
        }
        if !is_word(word) {
            break;
        }
        if word != "self" || lead.is_empty() {
            path = if path.is_empty() { word.clone() } else { format!("{path}::{word}") };
        }
        at += 1;
        if tokens.get(at).is_none_or(|t| t != "::") {
            break;
        }
        at += 1;
    }
    out.push(path);
    at
}

fn absolute(file: &File, inline: &[(usize, String, bool)], path: &str) -> String {
    let module = file.module();
    let mut here: Vec<&str> =
        if matches!(module.as_str(), "lib" | "main") { vec![] } else { module.split("::").collect() };
    here.extend(inline.iter().map(|(_, name, _)| name.as_str()));
    let mut parts: Vec<&str> = path.split("::").collect();
    match parts[0] {
        "crate" => return path.to_owned(),
        "super" | "self" => {}
        _ => return path.to_owned(),
    }
    while let Some(first @ ("super" | "self")) = parts.first().copied() {
        parts.remove(0);
        if first == "super" {
            here.pop();
        }
    }
    ["crate"].into_iter().chain(here).chain(parts).collect::<Vec<_>>().join("::")
}

/// What was examined and what is wrong.
#[derive(Debug, Default)]
struct Inspection {
    imports: usize,
    faults: Vec<String>,
}

fn inspect(files: &[File], architecture: &str) -> Inspection {
    let mut seen = Inspection::default();
    let modules: BTreeSet<String> = files.iter().map(File::module).collect();
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let from = file.module();
        shape(file, &mut seen.faults);
        if !architecture.contains(&format!("`{}`", top(&from))) {
            seen.faults.push(format!("docs/architecture.md does not name `{}`", top(&from)));
        }
        let Some(own) = floor(&from) else {
            seen.faults.push(format!("{}: module is on no floor", file.path));
            continue;
        };
        for named in named(file) {
            if let Some(inner) = named.path.strip_prefix("crate::") {
                seen.imports += 1;
                inside(file, own, inner, &mut seen.faults);
                if let Some(to) = longest(&modules, inner).filter(|to| !named.in_test && !is_part_of(to, &from)) {
                    edges.entry(from.clone()).or_default().insert(to);
                }
            } else if let Some(inner) = named.path.strip_prefix("scrubs::") {
                seen.imports += 1;
                if !file.is_of_the_binary() && !named.in_test {
                    seen.faults.push(format!("{}: imports the library's face (`{inner}`)", file.path));
                }
            } else {
                disk(file, &named, &mut seen.faults);
            }
        }
    }
    circles(&edges, &mut seen.faults);
    seen.faults.sort();
    seen.faults.dedup();
    seen
}

fn shape(file: &File, faults: &mut Vec<String>) {
    if !file.text.starts_with("//! ") {
        faults.push(format!("{}: does not open with //!", file.path));
    }
    if file.text.lines().count() > LINES {
        faults.push(format!("{}: has more than {LINES} lines", file.path));
    }
}

/// One import of a module of this package.
fn inside(file: &File, own: u32, inner: &str, faults: &mut Vec<String>) {
    let (from, to) = (file.module(), top(inner));
    let (from, path) = (top(&from), &file.path);
    let other = match floor(to) {
        _ if to == from => return,
        // Something that lib.rs itself defines or exports; main.rs may declare what it likes.
        None if from == "main" => return,
        None => return faults.push(format!("{path}: imports `{to}`, which is on no floor")),
        Some(other) => other,
    };
    let step = STEPS.iter().any(|(a, b, _)| *a == from && *b == to);
    if other >= own && !step {
        faults.push(format!("{path}: floor {own} imports `{to}` of floor {other}"));
    }
    for (a, b, why) in WALLS {
        if *a == from && *b == to {
            faults.push(format!("{path}: imports `{to}`, though {why}"));
        }
    }
}

fn disk(file: &File, named: &Named, faults: &mut Vec<String>) {
    if named.in_test || file.path.ends_with("tests.rs") || !WORKERS.contains(&top(&file.module())) {
        return;
    }
    if let Some(what) = DISK.iter().find(|what| format!("{}::", named.path).starts_with(&format!("{what}::"))) {
        faults.push(format!("{}: names `{what}`, though a worker sees no paths", file.path));
    }
}

/// The module of the package that a path leads to.
fn longest(modules: &BTreeSet<String>, path: &str) -> Option<String> {
    let mut path = path;
    loop {
        if modules.contains(path) {
            return Some(path.to_owned());
        }
        path = path.rsplit_once("::")?.0;
    }
}

/// A module may open and re-export its own parts: that is a table of contents, not an import.
fn is_part_of(part: &str, whole: &str) -> bool {
    part == whole || part.strip_prefix(whole).is_some_and(|rest| rest.starts_with("::"))
}

fn circles(edges: &BTreeMap<String, BTreeSet<String>>, faults: &mut Vec<String>) {
    for start in edges.keys() {
        let (mut reached, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(at) = open.pop() {
            for to in edges.get(at).into_iter().flatten() {
                if to == start {
                    faults.push(format!("{start}: imports itself by way of {at}"));
                } else if reached.insert(to) {
                    open.push(to);
                }
            }
        }
    }
}

fn sources(dir: &Path, lead: &str, out: &mut Vec<File>) {
    let mut items: Vec<_> = fs::read_dir(dir).unwrap().map(|item| item.unwrap()).collect();
    items.sort_by_key(fs::DirEntry::file_name);
    for item in items {
        let path = format!("{lead}{}", item.file_name().to_str().unwrap());
        if item.file_type().unwrap().is_dir() {
            sources(&item.path(), &format!("{path}/"), out);
        } else if path.ends_with(".rs") {
            out.push(File { path, text: fs::read_to_string(item.path()).unwrap() });
        }
    }
}

#[test]
fn the_house_stands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), "", &mut files);
    let seen = inspect(&files, &fs::read_to_string(root.join("docs/architecture.md")).unwrap());
    assert!(seen.faults.is_empty(), "\n{}\n", seen.faults.join("\n"));
    assert!(files.len() >= 25, "only {} files were found", files.len());
    assert!(seen.imports >= 60, "only {} imports were found", seen.imports);
    assert!(!files.iter().any(|file| file.path.ends_with("mod.rs")), "modules lie in x.rs and x/, not in mod.rs");
}

/// The faults of a made-up house, whose files are whole but for what is tried.
fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let text = |body: &str| format!("//! Made up.\n{body}");
    let files: Vec<_> = files.iter().map(|(path, body)| File { path: (*path).into(), text: text(body) }).collect();
    let every: Vec<_> = FLOORS.iter().map(|(name, _)| format!("`{name}`")).collect();
    inspect(&files, &every.join(" ")).faults
}

#[test]
fn a_house_that_does_not_stand_is_found_out() {
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("cut.rs", "use crate::plan::Plan;")], "cut.rs: floor 1 imports `plan` of floor 3"),
        (&[("cut.rs", "use crate::{place, plan as p};")], "cut.rs: floor 1 imports `place` of floor 1"),
        (&[("scan.rs", "use super::finding::Code;")], "scan.rs: floor 2 imports `finding` of floor 2"),
        (&[("scan/sniff.rs", "use super::super::finding::{self};")], "floor 2 imports `finding` of floor 2"),
        (&[("scan.rs", "mod tests { use super::super::strip; }")], "scan.rs: floor 2 imports `strip` of floor 4"),
        (&[("plan.rs", "fn f() { crate::strip::cut() }")], "plan.rs: floor 3 imports `strip` of floor 4"),
        (&[("inspect.rs", "use crate::dicom;"), ("dicom.rs", "")], "inspect.rs: floor 3 imports `dicom` of floor 4"),
        (&[("strip/png.rs", "use crate::inspect::png;")], "though the witness is not the surgeon"),
        (&[("dicom.rs", "use std::{io, fs::File};")], "dicom.rs: names `std::fs`, though a worker sees no paths"),
        (&[("report.rs", "use crate::pipeline;")], "report.rs: floor 5 imports `pipeline` of floor 5"),
        (&[("report.rs", "use scrubs::plan;")], "report.rs: imports the library's face (`plan`)"),
        (&[("utils.rs", "")], "utils.rs: module is on no floor"),
        (&[("scan.rs", "use crate::utils::x;")], "scan.rs: imports `utils`, which is on no floor"),
        (
            &[("code/a.rs", "use super::b::X;"), ("code/b.rs", "use crate::code::a::Y;"), ("code.rs", "")],
            "code::a: imports itself by way of code::b",
        ),
    ];
    let mut tried = 0;
    for (files, fault) in cases {
        let found = faults(files);
        assert!(found.iter().any(|f| f.contains(fault)), "{fault}\nwas not found, but {found:?}");
        tried += 1;
    }
    assert_eq!(tried, 14);
    let bare = File { path: "cut.rs".into(), text: "use std::io;\n".repeat(501) };
    assert_eq!(inspect(&[bare], "").faults.len(), 3, "no opening line, too long, not in docs/architecture.md");
}

#[test]
fn a_house_that_stands_is_left_alone() {
    let whole: &[(&str, &str)] = &[
        ("lib.rs", "pub mod cut; pub mod strip;"),
        ("main.rs", "mod cli; use scrubs::strip; fn main() { cli::run() }"),
        ("cli.rs", "use scrubs::{report, strip}; mod arguments; use arguments::A;"),
        ("cli/arguments.rs", "use super::Run; use std::path::Path;"),
        ("cut.rs", "// crate::plan\nconst A: &str = \"crate::plan::B\"; /* use crate::strip; */ const C: char = '\"';"),
        ("plan.rs", "pub(crate) use crate::cut::Cut; macro_rules! m { () => { $crate::strip::X } }"),
        ("strip.rs", "mod jpeg; pub use jpeg::J; const R: &str = r#\"use crate::report;\"#;"),
        (
            "strip/jpeg.rs",
            "use super::Shared; use crate::cut::{Cut, Piece}; #[cfg(test)] mod tests { use super::*; use std::fs; }",
        ),
        ("inspect.rs", "use crate::cut::Source; fn f<'a>(x: &'a str) {}"),
    ];
    assert_eq!(faults(whole), Vec::<String>::new());
}
