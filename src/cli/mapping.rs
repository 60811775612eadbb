//! `scrubs key mapping`: the sealed tables of what was replaced in DICOM objects, put together.

use super::args::mapping::Mapping;
use super::clean::open_custody;
use super::{Advised, Exit, say};
use anyhow::Result;
use scrubs::code::key::{self, Table};

pub(crate) fn mapping(args: &Mapping) -> Result<Exit> {
    let custody = open_custody(args.custody.as_deref())?;
    let gathered = key::gather_mapping(&custody, &args.identity, &args.out)
        .map_err(|error| Advised::nothing(&error, error.advice()))?;
    for trouble in &gathered.troubles {
        say::note(&format!("key/{}: {} {}", trouble.file, trouble.kind.says(), trouble.kind.advice()));
    }
    for (table, count) in [(Table::Uids, gathered.uids), (Table::Patients, gathered.patients)] {
        let pairs = if count == 1 { "pair" } else { "pairs" };
        say::out(&format!("{}  {count} {pairs}\n", say::path(&args.out.join(table.file()))))?;
    }
    if gathered.uids == 0 && gathered.patients == 0 {
        say::note("Custody holds no such tables: runs keep them where the profile says dicom-mapping = true.");
    }
    say::note("These tables turn every code back. Keep them apart from the release.");
    Ok(if gathered.troubles.is_empty() { Exit::Good } else { Exit::Held })
}
