//! `scrubs key`: identities, and codes turned back into patients and sources.

use super::args::{self, TableFormat};
use super::clean::open_custody;
use super::{Advised, Exit, say};
use anyhow::Result;
use scrubs::code::identity;
use scrubs::code::key::{self, Reveal, Revealed, Wanted};

pub(crate) fn key(args: &args::Key) -> Result<Exit> {
    match args {
        args::Key::New { to } => {
            let recipient = identity::create(to).map_err(|e| Advised::nothing(&e, e.advice()))?;
            say::note("Keep this file apart from custody: whoever holds it can open the key. Its public key is:");
            say::out(&format!("{recipient}\n"))
        }
        args::Key::Reveal(args) => reveal(args),
        args::Key::Mapping(args) => super::mapping::mapping(args),
    }
}

fn reveal(args: &args::Reveal) -> Result<Exit> {
    let custody = open_custody(args.custody.as_deref())?;
    let wanted = if args.all { Wanted::All } else { Wanted::Codes(args.codes.clone()) };
    let reveal = key::reveal(&custody, &args.identity, &wanted).map_err(|e| Advised::nothing(&e, e.advice()))?;
    for code in &reveal.missing {
        say::note(&format!("{code}: not in the key"));
    }
    for trouble in &reveal.troubles {
        say::note(&format!("key/{}: {} {}", trouble.file, trouble.kind.says(), trouble.kind.advice()));
    }
    match args.format {
        TableFormat::Json => say::json(&reveal.revealed)?,
        TableFormat::Csv => say::out(&table(&reveal)?)?,
        TableFormat::Text => say::out(&reveal.revealed.iter().map(line).collect::<String>())?,
    };
    Ok(if reveal.missing.is_empty() && reveal.troubles.is_empty() { Exit::Good } else { Exit::Held })
}

fn line(revealed: &Revealed) -> String {
    let entry = &revealed.entry;
    let id = entry.patient_id.as_ref().map_or_else(|| "(no patient)".to_owned(), |id| id.reveal_text());
    let source = say::path(std::path::Path::new(&entry.source.reveal_text()));
    format!("{}  {}  {source}\n", entry.code, say::path(std::path::Path::new(&id)))
}

fn table(reveal: &Reveal) -> Result<String> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["code", "patient", "patient_id", "source", "run"])?;
    for revealed in &reveal.revealed {
        let entry = &revealed.entry;
        let id = entry.patient_id.as_ref().map(|id| id.reveal_text()).unwrap_or_default();
        let source = entry.source.reveal_text();
        csv.write_record([entry.code.as_str(), entry.patient.as_str(), &id, &source, &revealed.run])?;
    }
    Ok(String::from_utf8(csv.into_inner()?)?)
}
