//! `scrubs consent check`: a register looked over against the recordings it is for.

mod show;

use super::args::{self, TableFormat};
use super::{Advised, Exit, clean, say};
use anyhow::Result;
use scrubs::consent::lint::{self, Check, Look, Remark, Tally, Terms, Unspoken};
use scrubs::consent::{Date, Register};
use scrubs::pipeline::{self, UnsafePaths};
use scrubs::plan::Profile;
use std::io::{self, IsTerminal};

/// How many recordings without a row, and lines of one kind, are listed where not all are asked for.
const FEW: usize = 20;

/// What there is to say.
struct Told<'a> {
    register: &'a Register,
    terms: Terms,
    remarks: Vec<Remark>,
    unspoken: Unspoken,
    /// How many recordings were looked at; none where no source was named.
    looked: Option<u64>,
    /// Whether numbers and names may be shown.
    shown: bool,
    /// How much of each kind is listed.
    most: usize,
}

pub(crate) fn check(args: &args::Check) -> Result<Exit> {
    let profile = clean::profile(args.profile.as_deref())?;
    let purpose = args.purpose.as_deref().map(str::parse).transpose()?.or(profile.purpose());
    let terms = Terms { as_of: as_of(args.as_of.as_deref())?, months: args.within, purpose };
    let (register, _) = clean::register(Some(&args.register), &profile)?;
    let told = look(args, &profile, &register, terms)?;
    match args.format {
        TableFormat::Text => say::out(&show::text(&told))?,
        TableFormat::Json => say::json(&show::json(&told))?,
        TableFormat::Csv => say::out(&show::csv(&told)?)?,
    };
    Ok(if told.remarks.is_empty() { Exit::Good } else { Exit::Held })
}

fn as_of(date: Option<&str>) -> Result<Date> {
    let Some(date) = date else { return Ok(Date::today()) };
    date.parse().map_err(|e| Advised::nothing(format!("--as-of {e}"), ""))
}

fn look<'a>(args: &args::Check, profile: &Profile, register: &'a Register, terms: Terms) -> Result<Told<'a>> {
    let shown = args.show_sources || io::stdout().is_terminal();
    let most = if args.all { usize::MAX } else { FEW };
    let told = |remarks, unspoken, looked| Told { register, terms, remarks, unspoken, looked, shown, most };
    if args.sources.is_empty() {
        let mut remarks = lint::rows(register, &terms, false);
        remarks.sort_by(|a, b| (a.check, &a.lines).cmp(&(b.check, &b.lines)));
        return Ok(told(remarks, Unspoken::default(), None));
    }
    let mut tally = Tally::new(register, terms, if shown { most } else { 0 });
    match pipeline::check_register(&args.sources, register) {
        Ok(()) => {}
        Err(UnsafePaths::Ambiguous(lines)) => lines.into_iter().for_each(|l| tally.note(Check::PathInTwoSources, l)),
        Err(error) => return Err(Advised::nothing(&error, error.advice())),
    }
    let jobs = args.jobs.map_or_else(clean::processors, usize::from);
    pipeline::survey(&args.sources, register, profile, jobs, |one| {
        let (path, patient, found) = (one.relative.as_str(), one.patient.as_ref(), &one.found);
        tally.take(&Look { path, patient, found, readable: one.readable, needs_row: one.needs_row });
    })
    .map_err(|e| Advised::nothing(&e, e.advice()))?;
    let looked = tally.recordings();
    let (remarks, unspoken) = tally.end();
    Ok(told(remarks, unspoken, Some(looked)))
}
