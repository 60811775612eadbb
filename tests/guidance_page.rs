//! `docs/guidance.md` is what the table of rules says, with a worked example of each: it is made from them, and compared.
//!
//! Written anew by `SCRUBS_WRITE_DOCS=1 cargo test --test guidance_page`.
#![allow(clippy::unwrap_used)]

use scrubs::consent::Date;
use scrubs::consent::condition::{CONDITIONS, says};
use scrubs::guidance::rule::Stage;
use scrubs::guidance::{Example, Facts, Rule, examples, judge, rules};
use scrubs::recording::terms::Usability;
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const HEAD: &str = "\
<!-- Made from the table of rules: SCRUBS_WRITE_DOCS=1 cargo test --test guidance_page -->
# The guidance, as scrubs applies it

After the General Medical Council's *Making and using visual and audio recordings of patients* (2011). Each rule says in
our own words what its paragraphs come to; read the paragraphs themselves where a decision is difficult. scrubs advises,
it does not decide.

A recording is judged in this order: every **prohibition** that holds is listed, and the worst of them is the outcome.
Where none forbids the use, the best **ground** that holds permits it; where no ground holds, the rules **without a
ground** say what is the matter. A **caution** raises an outcome and never lowers one. What nobody has stated is read
cautiously.

The outcomes, from the best: *usable*, *usable with conditions*, *hold for review*, *must not be used*.

`scrubs judge` answers for facts of your own: `scrubs judge facts.json --format text`. The facts of the examples can be
put into such a file as they stand (see `docs/reference.md` for all keys); they are judged for teaching in November 2026
where nothing else is said. `fixtures/worked/expected.md` shows the rules at work on forty recordings of one department.
";

fn as_of() -> Date {
    Date::iso("2026-11-20").unwrap()
}

fn outcome_words(outcome: Usability) -> &'static str {
    match outcome {
        Usability::Usable => "usable",
        Usability::UsableWithConditions => "usable with conditions",
        Usability::HoldForReview => "hold for review",
        Usability::MustNotUse => "must not be used",
    }
}

/// The verdict on some facts in a line: the outcome, its rules, its conditions.
fn verdict_line(facts: &Facts) -> String {
    let verdict = judge(facts);
    let ids: Vec<&str> = verdict.rules.iter().map(|rule| rule.id.as_str()).collect();
    let mut line = format!("**{}** ({})", outcome_words(verdict.outcome), ids.join(", "));
    for condition in &verdict.conditions {
        let _ = write!(line, "; condition: {}", condition.replace('-', " "));
    }
    line
}

fn rule_text(rule: &Rule, example: &Example) -> String {
    let (facts, near) = (example.facts(as_of()).unwrap(), example.near_miss(as_of()).unwrap());
    let cited = rule.cited();
    let mut out = format!("\n### {}: {}\n\n", rule.id, cited.says);
    let _ = writeln!(out, "{}. Gives: {}.", cited.paragraphs(), outcome_words(rule.gives));
    for bring in rule.brings {
        let _ = writeln!(out, "May bring the condition `{}`: {}", bring.condition, says(bring.condition).unwrap());
    }
    if rule.brings_consents_conditions {
        let _ = writeln!(out, "Brings the conditions that the consent states.");
    }
    let _ = writeln!(out, "\n*Example.* {}\n\n```json\n{}\n```\n", example.story, example.facts);
    let _ = writeln!(out, "Verdict: {}.", verdict_line(&facts));
    let help = judge(&facts).would_help;
    if !help.is_empty() {
        let _ = writeln!(out, "\nWhat would make it usable:\n");
        help.iter().for_each(|help| _ = writeln!(out, "- {} (then: {})", help.says, outcome_words(help.outcome)));
    }
    let _ = writeln!(out, "\n*Near miss.* {} `{}` → {}.", example.near, example.change, verdict_line(&near));
    out
}

fn page() -> String {
    let mut out = HEAD.to_owned();
    let stages = [
        (Stage::Prohibition, "Prohibitions"),
        (Stage::Ground, "Grounds"),
        (Stage::NoGround, "Without a ground"),
        (Stage::Caution, "Cautions"),
    ];
    let mut written = 0;
    for (stage, title) in stages {
        let _ = write!(out, "\n## {title}\n\n| rule | says | paragraphs |\n|---|---|---|\n");
        let of = || rules().iter().zip(examples()).filter(|(rule, _)| rule.stage == stage);
        of().for_each(|(rule, _)| _ = writeln!(out, "| {} | {} | {} |", rule.id, rule.says, rule.cited().paragraphs()));
        for (rule, example) in of() {
            assert_eq!(rule.id, example.rule);
            out.push_str(&rule_text(rule, example));
            written += 1;
        }
    }
    assert_eq!(written, rules().len());
    let _ = write!(out, "\n## Conditions\n\n| condition | says |\n|---|---|\n");
    CONDITIONS.iter().for_each(|c| _ = writeln!(out, "| `{}` | {} |", c.word, c.says));
    out
}

#[test]
fn the_page_of_the_guidance_is_what_the_rules_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guidance.md");
    let page = page();
    if std::env::var_os("SCRUBS_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == page, "write docs/guidance.md anew: SCRUBS_WRITE_DOCS=1 cargo test --test guidance_page");
}

fn scrubs(arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scrubs"));
    let command = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn the_table_prints_each_rule_with_its_example() {
    let rows: Vec<Value> = serde_json::from_str(&scrubs(&["judge", "--rules", "--format", "json"], "")).unwrap();
    let mut facts = String::new();
    for (row, rule) in rows.iter().zip(rules()) {
        assert_eq!((row["id"].as_str(), row["says"].as_str()), (Some(rule.id), Some(rule.says)));
        facts.push_str(&format!("{}\n", row["example"]["facts"]));
    }
    assert_eq!(rows.len(), 26);
    // The program judges its own examples as the table says.
    let verdicts = scrubs(&["judge", "-"], &facts);
    let mut judged = 0;
    for (line, rule) in verdicts.lines().zip(rules()) {
        let verdict: Value = serde_json::from_str(line).unwrap();
        assert!(verdict["rules"].as_array().unwrap().iter().any(|r| r["id"] == rule.id), "{}", rule.id);
        let considered = verdict["considered"].as_array().unwrap();
        assert_eq!(considered.len(), 26);
        assert!(considered.iter().any(|c| c["id"] == rule.id && c["holds"] == true), "{}", rule.id);
        judged += 1;
    }
    assert_eq!(judged, 26);
}

#[test]
fn a_verdict_in_words_names_what_did_not_hold() {
    let text =
        scrubs(&["judge", "-", "--format", "text"], r#"{"kind": "x-ray", "cleaned": "yes", "identifiable": "no"}"#);
    assert!(text.starts_with("May be used.\n  G2  An X-ray"), "{text}");
    assert!(text.contains("prohibitions  none of P1 P2 P3 P4 P5 P6 holds\n"), "{text}");
    assert!(text.contains("grounds       G2 holds; not G1 G3 G4 G5 G6 G7 G8 G9\n"), "{text}");
}

#[test]
fn facts_without_end_are_refused_before_they_fill_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut tried = 0;
    for (bytes, says) in [
        ("{}\n".repeat(10_001).into_bytes(), "more facts than are judged at once"),
        (vec![b' '; (2 << 20) + 1], "more facts than are judged at once"),
        (b"\xff\xfe{}".to_vec(), "no text"),
    ] {
        let path = folder.path().join("facts.json");
        std::fs::write(&path, bytes).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_scrubs")).arg("judge").arg(&path).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && output.stdout.is_empty() && said.contains(says), "{said}");
        tried += 1;
    }
    assert_eq!(tried, 3);
}
