//! Every command of `docs/scheduled.md` parses as the command line stands.

use super::{Cli, Command};
use clap::Parser;

const PAGE: &str = include_str!("../../../docs/scheduled.md");

/// The words of each `scrubs …` in a code block, as a shell without quotes splits them.
fn commands() -> Vec<Vec<&'static str>> {
    let blocks = PAGE.split("```").skip(1).step_by(2);
    let lines = blocks.flat_map(str::lines).filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_program = |word: &&str| *word == "scrubs" || word.ends_with("bin/scrubs");
            let start = words.iter().position(is_program)?;
            Some(words[start..].iter().copied().take_while(|word| !word.starts_with('>')).collect())
        })
        .collect()
}

#[test]
fn every_command_of_the_page_on_scheduled_runs_parses() {
    let (mut cleaned, mut merged) = (0, 0);
    for words in commands() {
        let cli = Cli::try_parse_from(&words).unwrap_or_else(|error| panic!("{words:?}: {error}"));
        match cli.command {
            Some(Command::Clean(_)) => cleaned += 1,
            Some(Command::Merge(merge)) => {
                assert_eq!(merge.releases.len(), merge.custody.len());
                merged += 1;
            }
            _ => panic!("another command: {words:?}"),
        }
    }
    assert_eq!((cleaned, merged), (4, 1));
}
