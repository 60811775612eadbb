//! `scrubs check`: what would give a patient away, before something is published.

mod baseline;
mod junit;
mod sarif;
mod table;
mod text;

use super::args::{AtLeast, CheckFiles, CheckFormat};
use super::{Advised, Exit, clean, say};
use anyhow::Result;
use baseline::{Baseline, Content};
use rayon::prelude::*;
use scrubs::check::{Asking, Item, Looked, Severity, look};
use scrubs::consent::Date;
use scrubs::plan::Profile;
use scrubs::recording::fault::why;
use scrubs::recording::terms::Purpose;
use scrubs::scan;
use std::io::{self, Write};
use std::path::PathBuf;

/// Files looked at between one and the next time that findings are printed, for each worker.
const AT_ONCE: usize = 32;

/// What has been counted so far.
#[derive(Debug, Default)]
struct Counted {
    files: u64,
    inside: u64,
    passed: u64,
    unreadable: u64,
    /// Findings by severity: low, medium, high.
    found: [u64; 3],
    known: u64,
    judged: u64,
    barred: u64,
    /// Whether a register was there to ask.
    asked: bool,
    /// Whether the pictures themselves were looked at.
    pixels: bool,
    /// Whether what is found is written down rather than told.
    writing: bool,
}

impl Counted {
    /// Whether something was found.
    fn is_something(&self) -> bool {
        self.found.iter().any(|n| *n > 0) || self.barred > 0 || self.unreadable > 0
    }
}

/// One way of printing findings, as they come.
trait Sink {
    fn begin(&mut self, _: Purpose) -> io::Result<()> {
        Ok(())
    }
    /// A thing of which there is something to tell, or which is clear.
    fn item(&mut self, item: &Item) -> io::Result<()>;
    fn unreadable(&mut self, path: &std::path::Path, kind: io::ErrorKind) -> io::Result<()>;
    fn end(&mut self, counted: &Counted, purpose: Purpose) -> io::Result<()>;
}

pub(crate) fn check(args: &CheckFiles) -> Result<Exit> {
    for path in &args.paths {
        std::fs::symlink_metadata(path).map_err(|error| {
            Advised::nothing(format!("{}: {}", say::path(path), why(error.kind())), "Check the path.")
        })?;
    }
    let purpose: Purpose = args.purpose.parse()?;
    let register = match &args.register {
        Some(path) => Some(clean::register(Some(path), &Profile::default())?.0),
        None => None,
    };
    let mut baseline = Baseline::open(args.baseline.as_deref(), args.write_baseline)?;
    let asking = Asking { purpose, as_of: Date::today(), register: register.as_ref(), pixels: args.pixels };
    let jobs = args.jobs.map_or_else(clean::processors, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let told = {
        let mut sink: Box<dyn Sink + '_> = match args.format {
            CheckFormat::Text => Box::new(text::Text::new(&mut out)),
            CheckFormat::Json => Box::new(table::Json::new(&mut out)),
            CheckFormat::Csv => Box::new(table::Csv::new(&mut out)),
            CheckFormat::Sarif => Box::new(sarif::Sarif::new(&mut out)),
            CheckFormat::Junit => Box::new(junit::Junit::new(&mut out)?),
        };
        run(args, &asking, &pool, jobs, &mut baseline, &mut *sink)
            .and_then(|counted| out_or(counted, &mut *sink, purpose))
    };
    let counted = match told.and_then(|counted| out.flush().map(|()| counted)) {
        Ok(counted) => counted,
        // Whoever reads the other end has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Exit::Held),
        Err(error) => return Err(Advised::stopped(format!("the findings cannot be printed ({})", error.kind()), "")),
    };
    if args.write_baseline {
        let told = baseline.write()?;
        match args.format {
            CheckFormat::Text => say::out(&format!("{told}\n"))?,
            _ => {
                say::note(&told);
                Exit::Good
            }
        };
        return Ok(Exit::Good);
    }
    Ok(if counted.is_something() { Exit::Held } else { Exit::Good })
}

fn out_or(counted: Counted, sink: &mut dyn Sink, purpose: Purpose) -> io::Result<Counted> {
    sink.end(&counted, purpose)?;
    Ok(counted)
}

/// Walks in the order of names and prints in that order, whatever the number of workers.
fn run(
    args: &CheckFiles,
    asking: &Asking<'_>,
    pool: &rayon::ThreadPool,
    jobs: usize,
    baseline: &mut Baseline,
    sink: &mut dyn Sink,
) -> io::Result<Counted> {
    let least = match args.at_least {
        AtLeast::Low => Severity::Low,
        AtLeast::Medium => Severity::Medium,
        AtLeast::High => Severity::High,
    };
    let (asked, pixels, writing) = (asking.register.is_some(), asking.pixels, args.write_baseline);
    let mut counted = Counted { asked, pixels, writing, ..Counted::default() };
    sink.begin(asking.purpose)?;
    let own = |path: &PathBuf| args.baseline.as_ref() == Some(path);
    let in_git = |found: &scan::Found| found.relative.components().any(|part| part.as_os_str() == ".git");
    let mut walk = scan::walk(&args.paths).filter(|found| !in_git(found) && !own(&found.path));
    let asked = baseline.is_asked();
    loop {
        let some: Vec<_> = walk.by_ref().take(AT_ONCE * jobs).collect();
        if some.is_empty() {
            return Ok(counted);
        }
        // Only of what there is something to tell.
        let digest = |found: &scan::Found, looked: &Looked| match looked {
            Looked::Items(items) if asked && items.iter().any(|item| !item.remarks.is_empty()) => {
                baseline::content(&found.path)
            }
            _ => None,
        };
        let both = |found: &scan::Found| {
            let looked = look(found, asking);
            let content = digest(found, &looked);
            (looked, content)
        };
        let looked: Vec<(Looked, Option<Content>)> = pool.install(|| some.par_iter().map(both).collect());
        for (found, (looked, content)) in some.iter().zip(looked) {
            match looked {
                Looked::Passed => counted.passed += 1,
                Looked::Unreadable(kind) => {
                    counted.unreadable += 1;
                    sink.unreadable(&found.path, kind)?;
                }
                Looked::Items(items) => {
                    for mut item in items {
                        take(&mut item, least, baseline, content.as_ref(), &mut counted);
                        sink.item(&item)?;
                    }
                }
            }
        }
    }
}

/// Leaves out what is known or does not weigh enough, and counts the rest.
fn take(item: &mut Item, least: Severity, baseline: &mut Baseline, content: Option<&Content>, counted: &mut Counted) {
    match item.member.is_some() || item.inside.is_some() {
        true => counted.inside += 1,
        false => counted.files += 1,
    }
    item.remarks.retain(|remark| remark.severity >= least);
    counted.known += baseline.sift(item, content);
    for remark in &item.remarks {
        counted.found[remark.severity as usize] += 1;
    }
    if let Some((verdict, _)) = &item.verdict {
        counted.judged += 1;
        counted.barred += u64::from(!verdict.is_usable());
    }
}
