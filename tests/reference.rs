//! `docs/reference.md` says what the program reads and writes: every column, key, code and exit as the code has them.
#![allow(clippy::unwrap_used)]

use scrubs::consent::condition::CONDITIONS;
use scrubs::consent::register::Column;
use scrubs::finding::Code;
use scrubs::guidance::reading::{AUTHORITY_KEYS, CONSENT_KEYS, KEYS};
use scrubs::plan::profile;
use scrubs::recording::terms::*;
use std::fs;
use std::path::Path;
use std::process::Command;
use walkdir::WalkDir;

const REFERENCE: &str = include_str!("../docs/reference.md");
const README: &str = include_str!("../README.md");

fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_scrubs")).args(arguments).arg("--help").output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a word stands in a text by itself.
fn names(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

#[test]
fn every_row_of_the_tables_stands_in_the_reference_as_in_the_code() {
    let mut rows: Vec<String> = Column::ALL.iter().map(|c| format!("| `{}` | {} |", c.name(), c.says())).collect();
    rows.extend(CONDITIONS.iter().map(|c| format!("| `{}` | {} |", c.word, c.says)));
    rows.extend(profile::KEYS.iter().map(|key| match key.table {
        "" => format!("| | `{}` | {} |", key.name, key.says),
        _ => format!("| `{}` | `{}` | {} |", key.heading(), key.name, key.says),
    }));
    rows.extend(Code::ALL.iter().map(|code| format!("| `{}` | {} |", code.word(), code.sentence())));
    let missing: Vec<&String> = rows.iter().filter(|row| !REFERENCE.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "put these into docs/reference.md:\n{missing:#?}");
    assert!(rows.len() > 100, "only {} rows", rows.len());
    let written = REFERENCE.lines().filter(|line| line.starts_with("| `") || line.starts_with("| | `")).count();
    assert_eq!(written, rows.len() + KEYS.len() + CONSENT_KEYS.len() + AUTHORITY_KEYS.len(), "rows that nothing has");
}

#[test]
fn every_key_and_word_of_a_facts_object_stands_in_the_reference_and_in_the_help() {
    let help = help(&["judge"]);
    let mut words: Vec<&str> = Kind::ALL.iter().map(|w| w.word()).collect();
    words.extend(MadeFor::ALL.iter().map(|w| w.word()));
    words.extend(MadeWhen::ALL.iter().map(|w| w.word()));
    words.extend(Identifiable::ALL.iter().map(|w| w.word()));
    words.extend(Coding::ALL.iter().map(|w| w.word()));
    words.extend(ConsentStatus::ALL.iter().map(|w| w.word()));
    words.extend(Scope::ALL.iter().map(|w| w.word()));
    words.extend(ConsentForm::ALL.iter().map(|w| w.word()));
    words.extend(GivenBy::ALL.iter().map(|w| w.word()));
    words.extend(Subject::ALL.iter().map(|w| w.word()));
    words.extend(Circumstance::ALL.iter().map(|w| w.word()));
    words.extend(AuthorityBasis::ALL.iter().map(|w| w.word()));
    words.extend(Purpose::ALL.iter().map(|w| w.word()));
    words.extend(Ownership::ALL.iter().map(|w| w.word()));
    words.extend(KEYS.iter().chain(CONSENT_KEYS).chain(AUTHORITY_KEYS));
    for word in &words {
        assert!(names(&help, word), "{word} is missing in `scrubs judge --help`");
        assert!(names(REFERENCE, word), "{word} is missing in docs/reference.md");
    }
    assert_eq!(words.len(), 70 + 16 + 7 + 3);
}

#[test]
fn every_column_stands_in_the_help_of_the_register() {
    let help = help(&["consent", "template"]);
    assert!(Column::ALL.iter().all(|column| names(&help, column.name())));
}

fn commands() -> Vec<String> {
    let all = help(&[]);
    let listed = all.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    listed.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn no_text_names_a_command_that_is_not_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (commands, mut tried) = (commands(), 0);
    for file in
        ["src", "docs", "README.md"].map(|name| WalkDir::new(root.join(name))).into_iter().flatten().map(Result::unwrap)
    {
        if !file.file_type().is_file() {
            continue;
        }
        let text = String::from_utf8_lossy(&fs::read(file.path()).unwrap()).into_owned();
        for quote in ["`scrubs ", "code { \"scrubs "] {
            for (at, _) in text.match_indices(quote) {
                let end = |c: char| !c.is_ascii_lowercase() && c != '-';
                let word = text[at + quote.len()..].split(end).next().unwrap();
                assert!(
                    word.is_empty() || word.starts_with('-') || commands.iter().any(|c| c == word),
                    "`scrubs {word}` in {:?}",
                    file.path()
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 20, "only {tried} names");
}

#[test]
fn every_command_has_a_manual_page_of_its_own() {
    let mut tried = 0;
    for command in commands() {
        let words: Vec<&str> = command.split(' ').filter(|word| *word != "scrubs").collect();
        let all: Vec<&str> = ["man"].iter().chain(&words).copied().collect();
        let output = Command::new(env!("CARGO_BIN_EXE_scrubs")).args(&all).output().unwrap();
        assert!(output.status.success(), "{command}");
        let page = String::from_utf8(output.stdout).unwrap();
        assert!(
            page.contains(&format!(".TH scrubs-{}", words.join("-"))),
            "{command}: {}",
            &page[..200.min(page.len())]
        );
        tried += 1;
    }
    assert!(tried >= 16, "{tried}");
    assert_eq!(
        Command::new(env!("CARGO_BIN_EXE_scrubs")).args(["man", "nothing"]).output().unwrap().status.code(),
        Some(2)
    );
}

#[test]
fn readme_names_every_command_and_exit_code() {
    let mut tried = 0;
    for command in commands() {
        assert!(README.contains(&format!("scrubs {command}")), "README does not name `scrubs {command}`");
        tried += 1;
    }
    assert!(tried >= 10, "only {tried} commands");
    for code in ["0", "1", "2", "3", "130"] {
        assert!(README.contains(&format!("| {code} | ")), "README does not name exit code {code}");
    }
}
