//! `scrubs judge`: the guidance's verdict for stated facts.

use super::args::{self, Format};
use super::{Advised, Exit, say};
use anyhow::Result;
use scrubs::consent::Date;
use scrubs::guidance::{self, Facts, Verdict};
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
    let verdicts: Vec<Verdict> = facts.iter().map(guidance::judge).collect();
    if args.format == Format::Text {
        return say::out(&verdicts.iter().map(words).collect::<Vec<_>>().join("\n"));
    }
    let values: Vec<Value> = verdicts.iter().map(value).collect();
    match values.as_slice() {
        many if text.trim_start().starts_with('[') => say::json(&many),
        [one] => say::json(one),
        many => {
            let lines: Vec<String> = many.iter().map(Value::to_string).collect();
            say::out(&format!("{}\n", lines.join("\n")))
        }
    }
}

fn read(path: Option<&Path>) -> Result<String> {
    let mut text = String::new();
    match path {
        None => {}
        Some(path) if path == Path::new("-") => {
            std::io::stdin().read_to_string(&mut text)?;
        }
        Some(path) => {
            text = fs::read_to_string(path).map_err(|e| {
                Advised::nothing(
                    format!("the facts cannot be read ({})", e.kind()),
                    "Check the path, or use - for standard input.",
                )
            })?;
        }
    }
    Ok(text)
}

/// A verdict as the contract has it.
fn value(verdict: &Verdict) -> Value {
    json!({
        "outcome": verdict.outcome, "rules": verdict.rules,
        "conditions": verdict.conditions, "would_help": verdict.would_help,
    })
}

fn words(verdict: &Verdict) -> String {
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
    text
}

fn rules(format: Format) -> Result<Exit> {
    let cited: Vec<_> = guidance::rules().iter().map(|rule| rule.cited()).collect();
    if format == Format::Json {
        return say::json(&cited);
    }
    let line = |r: &scrubs::ledger::RuleCited| format!("{:3} {}\n    {}\n", r.id, r.says, r.paragraphs());
    say::out(&cited.iter().map(line).collect::<String>())
}
