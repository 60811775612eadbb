//! `scrubs judge`: the guidance's verdict for stated facts.

use super::args::{self, Format};
use super::{Advised, Exit, say};
use anyhow::Result;
use scrubs::consent::Date;
use scrubs::guidance::rule::Stage;
use scrubs::guidance::{self, Example, Facts, Rule};
use scrubs::recording::fault::why;
use scrubs::recording::terms::Usability;
use serde_json::{Value, json};
use std::fs;
use std::io::Read;
use std::path::Path;

pub(crate) fn judge(args: &args::Judge) -> Result<Exit> {
    if args.rules {
        return rules(args.format);
    }
    let text = read(args.facts.as_deref())?;
    let facts = Facts::read(&text, Date::today()).map_err(|e| Advised::nothing(&e, e.advice()))?;
    if facts.is_empty() && !text.trim_start().starts_with('[') {
        return Err(Advised::nothing("there are no facts", "Give one JSON object, an array, or one object a line."));
    }
    if facts.len() > MOST {
        return Err(too_many());
    }
    if args.format == Format::Text {
        return say::out(&facts.iter().map(words).collect::<Vec<_>>().join("\n"));
    }
    let values: Vec<Value> = facts.iter().map(value).collect();
    match values.as_slice() {
        many if text.trim_start().starts_with('[') => say::json(&many),
        [one] => say::json(one),
        many => {
            let lines: Vec<String> = many.iter().map(Value::to_string).collect();
            say::out(&format!("{}\n", lines.join("\n")))
        }
    }
}

/// Bytes of facts that are read, and how many of them are judged at once: each verdict is some kilobytes.
const LONGEST: u64 = 2 << 20;
const MOST: usize = 10_000;

fn read(path: Option<&Path>) -> Result<String> {
    let mut bytes = Vec::new();
    let read = match path {
        None => return Ok(String::new()),
        Some(path) if path == Path::new("-") => std::io::stdin().take(LONGEST + 1).read_to_end(&mut bytes),
        Some(path) => fs::File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|e| {
        let what = format!("the facts cannot be read ({})", why(e.kind()));
        Advised::nothing(what, "Check the path, or use - for standard input.")
    })?;
    if bytes.len() as u64 > LONGEST {
        return Err(too_many());
    }
    String::from_utf8(bytes).map_err(|_| Advised::nothing("the facts are no text", "Save them as JSON in UTF-8."))
}

fn too_many() -> anyhow::Error {
    Advised::nothing(
        "these are more facts than are judged at once",
        "Give at most 10,000, and at most 2 MB, at a time.",
    )
}

/// The verdict on some facts as the contract has it, with every rule that was considered.
fn value(facts: &Facts) -> Value {
    let verdict = guidance::judge(facts);
    json!({
        "outcome": verdict.outcome, "rules": verdict.rules,
        "conditions": verdict.conditions, "would_help": verdict.would_help,
        "considered": guidance::considered(facts),
    })
}

fn words(facts: &Facts) -> String {
    let verdict = guidance::judge(facts);
    let mut text = match verdict.outcome {
        Usability::Usable => "May be used.\n",
        Usability::UsableWithConditions => "May be used, with conditions.\n",
        Usability::HoldForReview => "Hold until a person has looked.\n",
        Usability::MustNotUse => "Must not be used.\n",
    }
    .to_owned();
    for rule in &verdict.rules {
        text.push_str(&format!("  {:3} {} ({})\n", rule.id, rule.says, rule.paragraphs()));
    }
    for condition in &verdict.conditions {
        text.push_str(&format!("  condition: {}\n", condition.replace('-', " ")));
    }
    for help in &verdict.would_help {
        text.push_str(&format!("  would help: {}\n", help.says));
    }
    text.push_str("  considered:\n");
    let considered = guidance::considered(facts);
    for (stage, name) in STAGES {
        let of = |holds: bool| {
            let ids = considered.iter().filter(|c| c.stage == stage && c.holds == holds).map(|c| c.id);
            ids.collect::<Vec<_>>().join(" ")
        };
        let line = match (of(true), of(false)) {
            (held, not) if held.is_empty() => format!("none of {not} holds"),
            (held, not) if not.is_empty() => format!("{held} hold"),
            (held, not) => format!("{held} hold{}; not {not}", if held.contains(' ') { "" } else { "s" }),
        };
        text.push_str(&format!("    {name:13} {line}\n"));
    }
    text
}

/// The stages in the order of evaluation; rules for want of a ground count only where no ground holds.
const STAGES: [(Stage, &str); 4] = [
    (Stage::Prohibition, "prohibitions"),
    (Stage::Ground, "grounds"),
    (Stage::NoGround, "without one"),
    (Stage::Caution, "cautions"),
];

/// The whole table: each rule with what it gives, and a worked example.
fn rules(format: Format) -> Result<Exit> {
    let rows = guidance::rules().iter().zip(guidance::examples());
    if format == Format::Json {
        let row = |(rule, example): (&Rule, &Example)| {
            let cited = rule.cited();
            let facts: Value = serde_json::from_str(example.facts).unwrap_or_default();
            json!({
                "id": cited.id, "cites": cited.cites, "says": cited.says, "stage": rule.stage, "gives": rule.gives,
                "example": { "story": example.story, "facts": facts },
            })
        };
        return say::json(&rows.map(row).collect::<Vec<_>>());
    }
    let line = |(rule, example): (&Rule, &Example)| {
        let r = rule.cited();
        format!("{:3} {}\n    {}\n    Example: {}\n", r.id, r.says, r.paragraphs(), example.story)
    };
    say::out(&rows.map(line).collect::<String>())
}
