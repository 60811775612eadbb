//! `scrubs merge`: joins shards, writes the reports of the whole, and says where things lie.

use super::args::{self, Format};
use super::clean::open_custody;
use super::{Advised, Exit, say, telling};
use anyhow::Result;
use scrubs::code::custody::{Custody, CustodyError, Lock};
use scrubs::dicom;
use scrubs::pipeline::{self, Note, Part, file_set};
use scrubs::recording::terms::Coding;
use scrubs::report::{self, Heading};
use std::path::PathBuf;

pub(crate) fn merge(args: &args::Merge) -> Result<Exit> {
    let (releases, custodies) = (args.releases.len(), args.custody.len());
    if releases != custodies {
        let error = pipeline::MergeError::Pairs { releases, custodies };
        return Err(Advised::nothing(&error, error.advice()));
    }
    let parts: Vec<Part> = args
        .releases
        .iter()
        .zip(&args.custody)
        .map(|(release, custody)| Ok(Part { release: release.clone(), custody: open_custody(Some(custody))? }))
        .collect::<Result<_>>()?;
    let into = open_custody(args.into.as_deref().or(args.custody.first().map(PathBuf::as_path)))?;
    let lock = lock(&into)?;
    let _locks = lock_others(&parts, &into)?;
    for (number, part) in (1..).zip(&parts) {
        let texts = |custody: &Custody| custody.recipients().iter().map(ToString::to_string).collect::<Vec<_>>();
        let (theirs, ours) = (texts(&part.custody), texts(&into));
        if theirs.len() != ours.len() || theirs.iter().any(|one| !ours.contains(one)) {
            say::note(&format!(
                "scrubs: custody number {number} has other guardians; its key files stay sealed for those."
            ));
        }
    }
    let merged = pipeline::merge(&parts, &args.to, &into, &lock).map_err(|error| match error.had_begun() {
        true => Advised::stopped(&error, error.advice()),
        false => Advised::nothing(&error, error.advice()),
    })?;
    // One run would have made one of all objects.
    if parts.iter().any(|part| file_set::is_there(&part.release)) {
        file_set::write(&into, &args.to).map_err(|error| Advised::stopped(&error, error.advice()))?;
    }
    let summary =
        telling::write_under(&heading(&merged.note, thumbnails(&parts)), &into, &args.to).map_err(|error| {
            Advised::stopped(
                format!("the report cannot be written ({error})"),
                "The recordings are in their places. Make room, then run the same command again.",
            )
        })?;
    if args.format == Format::Json {
        say::json(&serde_json::json!({
            "shards": parts.len(), "release": args.to.to_string_lossy(),
            "custody": into.dir().to_string_lossy(), "summary": summary,
        }))?;
    } else {
        let mut text = format!("{} shards joined.\n\n{}", parts.len(), report::tell(&summary));
        text.push_str(&format!("\nRelease  {}\nCustody  {}\n", say::path(&args.to), say::path(into.dir())));
        text.push_str("The shards' own folders are as they were; keep their audit.jsonl when you take them away.\n");
        say::out(&text)?;
    }
    Ok(telling::exit(&summary, args.fail_on))
}

/// Takes the custodies that are only read, so that no shard runs meanwhile.
fn lock_others(parts: &[Part], into: &Custody) -> Result<Vec<Lock>> {
    let mut taken = vec![into.dir().canonicalize()?];
    let mut locks = Vec::new();
    for part in parts {
        let dir = part.custody.dir().canonicalize()?;
        // One that is named twice is told of by what it is: the same shard twice.
        if !taken.contains(&dir) {
            locks.push(lock(&part.custody)?);
            taken.push(dir);
        }
    }
    Ok(locks)
}

fn lock(custody: &Custody) -> Result<Lock> {
    custody.lock().map_err(|e: CustodyError| Advised::nothing(&e, e.advice()))
}

/// What stands above the reports: what stood above those of the shards.
fn heading(note: &Note, thumbnails: bool) -> Heading {
    Heading {
        purpose: note.purpose(),
        coding: Coding::Coded,
        profile: note.profile().to_owned(),
        profile_digest: note.profile_digest().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        dicom_edition: dicom::EDITION.to_owned(),
        thumbnails,
    }
}

/// Small pictures, unless a shard's profile leaves them out.
fn thumbnails(parts: &[Part]) -> bool {
    parts.iter().all(|part| telling::heading_of(&part.custody, &part.release).thumbnails)
}
