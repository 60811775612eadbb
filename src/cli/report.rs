//! `scrubs report`: writes the reports of a release again, from the ledger alone.

use super::args::{self, Format};
use super::clean::{open_custody, processors};
use super::{Advised, Exit, handed, say, telling};
use anyhow::Result;
use scrubs::report;

pub(crate) fn report(args: &args::Report) -> Result<Exit> {
    let custody = open_custody(args.custody.as_deref())?;
    let _lock = custody.lock().map_err(|e| Advised::nothing(&e, e.advice()))?;
    let ledger = telling::open_ledger(&custody)?;
    let digest = handed::known(&custody, &ledger, &args.release)?;
    drop(ledger);
    let release = args.release.canonicalize().map_err(|_| {
        Advised::nothing(
            "the release is not at hand",
            "Name the folder where it lies now; its report is written into it.",
        )
    })?;
    let heading = telling::heading_of(&custody, &release);
    let jobs = args.jobs.map_or_else(processors, usize::from);
    let summary = telling::write_known(&heading, &custody, &release, &digest, jobs).map_err(|error| {
        Advised::stopped(
            format!("the report cannot be written ({error})"),
            "The recordings are in their places. Make room, then run the same command again.",
        )
    })?;
    match args.format {
        Format::Json => say::json(&summary)?,
        Format::Text => {
            let mut text = report::tell(&summary);
            for root in [&*release, custody.dir()] {
                text.push_str(&format!("\nReport  {}", say::path(&root.join("report/index.html"))));
            }
            text.push('\n');
            say::out(&text)?
        }
    };
    Ok(telling::exit(&summary, args.fail_on))
}
