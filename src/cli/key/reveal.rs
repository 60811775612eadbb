//! `scrubs key reveal`: which patient and source a code stands for.

use super::table::Table;
use super::{Advised, Exit, fault, opened, say, tell_troubles};
use crate::cli::args::{self, TableFormat};
use anyhow::Result;
use scrubs::code::key::{self, Revealed, Wanted};
use scrubs::recording::fault::why;
use std::io::{self, Write};
use std::path::Path;
use zeroize::Zeroizing;

pub(super) fn reveal(args: &args::Reveal) -> Result<Exit> {
    let wanted = wanted(args)?;
    let (custody, identities) = opened(&args.opening)?;
    let reveal =
        key::reveal_with(&custody, &identities, &wanted, args.opening.why.as_deref()).map_err(|e| fault(&e))?;
    for code in &reveal.missing {
        say::note(&format!("{code}: not in the key"));
    }
    tell_troubles(&reveal.troubles);
    match print(&reveal.revealed, args.format) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    Ok(if reveal.missing.is_empty() && reveal.troubles.is_empty() { Exit::Good } else { Exit::Held })
}

fn wanted(args: &args::Reveal) -> Result<Wanted> {
    let Some(release) = &args.release else {
        return Ok(if args.all { Wanted::All } else { Wanted::Codes(args.codes.clone()) });
    };
    let codes = key::released(release).map_err(|e| {
        let what = format!("no recordings can be read in this release ({})", why(e.kind()));
        Advised::nothing(what, "Name the folder that holds `recordings` and `SHA256SUMS`.")
    })?;
    Ok(Wanted::Codes(codes))
}

/// Prints one after another, so that no text of all of them stays in memory.
fn print(all: &[Revealed], format: TableFormat) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match format {
        TableFormat::Json => {
            for (number, one) in all.iter().enumerate() {
                stdout.write_all(if number == 0 { b"[\n" } else { b",\n" })?;
                stdout.write_all(&object(one)?)?;
            }
            stdout.write_all(if all.is_empty() { b"[]\n" } else { b"\n]\n" })?;
        }
        TableFormat::Csv => {
            let table = Table;
            stdout.write_all(&table.head()?)?;
            all.iter().try_for_each(|one| stdout.write_all(&table.row(one)?))?;
        }
        TableFormat::Text => all.iter().try_for_each(|one| stdout.write_all(line(one).as_bytes()))?,
    }
    stdout.flush()
}

/// One object, in a buffer that is wiped and does not grow: JSON makes at most six bytes of one, hexadecimal two more.
fn object(revealed: &Revealed) -> io::Result<Zeroizing<Vec<u8>>> {
    let entry = &revealed.entry;
    let values = [entry.patient_id.as_ref(), entry.issuer.as_ref(), entry.patient_name.as_ref(), Some(&entry.source)];
    let bytes = values.into_iter().flatten().fold(128usize, |sum, value| sum.saturating_add(value.reveal().len()));
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.saturating_mul(8)));
    serde_json::to_writer_pretty(&mut *text, revealed)?;
    let text = Zeroizing::new(say::escaped(std::str::from_utf8(&text).map_err(io::Error::other)?).into_bytes());
    Ok(text)
}

fn line(revealed: &Revealed) -> Zeroizing<String> {
    let entry = &revealed.entry;
    let id = entry.patient_id.as_ref().map_or_else(|| "(no patient)".to_owned(), |id| id.reveal_text());
    let (id, source) = (Zeroizing::new(id), Zeroizing::new(entry.source.reveal_text()));
    let [id, source] = [&id, &source].map(|text| Zeroizing::new(say::path(Path::new(text.as_str()))));
    Zeroizing::new(format!("{}  {}  {}\n", entry.code, *id, *source))
}
