//! `scrubs clean`: reads what the run is told, finds or makes custody, runs, and tells what was done.

use super::args::{self, Format};
use super::progress::Progress;
use super::record::Record;
use super::{Advised, Exit, file_set, say, telling};
use anyhow::Result;
use scrubs::code::custody::{self, Custody, CustodyError, Lock};
use scrubs::consent::register::Reading;
use scrubs::consent::template;
use scrubs::consent::{Assessment, Date, Pattern, Register};
use scrubs::decode::Decoders;
use scrubs::dicom;
use scrubs::pipeline::{self, Order, Run, ShardError};
use scrubs::plan::Profile;
use scrubs::recording::Deidentification;
use scrubs::recording::fault::why;
use scrubs::recording::terms::Purpose;
use scrubs::report::{self, Audience, Summary};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Set by Ctrl-C; the run ends after the batch at hand.
static STOP: AtomicBool = AtomicBool::new(false);

/// What Ctrl-C does: the first lets the recordings at hand be finished, which takes a while of films; the second ends at once,
/// as a power cut would, after which the same command continues.
fn stop() {
    if STOP.swap(true, Ordering::Relaxed) {
        std::process::exit(Exit::Interrupted as i32);
    }
    let _ = writeln!(
        io::stderr(),
        "Stopping once the recordings at hand are finished. Press Ctrl-C again to stop at once."
    );
}

pub(crate) fn clean(args: &args::Clean) -> Result<Exit> {
    let custody = custody_dir(args.custody.as_deref()).ok();
    let mut record = Record::begin(args, custody.as_deref())?;
    let ended = carry_out(args, &mut record);
    record.end(ended)
}

fn carry_out(args: &args::Clean, record: &mut Record<'_>) -> Result<Exit> {
    // First of all: asking programs of the machine for their versions takes a moment.
    let _ = ctrlc::set_handler(stop);
    let profile = profile(args.profile.as_deref())?;
    let (register, register_digest) = register(args.register.as_deref(), &profile)?;
    let order = order(args, &profile, &register, register_digest)?;
    let custody_dir = custody_dir(args.custody.as_deref())?;
    pipeline::check_paths(&order.sources, &order.release, &custody_dir)
        .map_err(|e| Advised::nothing(&e, e.advice()))?;
    pipeline::check_register(&order.sources, &register).map_err(|e| Advised::nothing(&e, e.advice()))?;
    pipeline::reader(&order).map_err(|e| Advised::nothing(e, e.advice()))?;
    if args.dry_run {
        return dry_run(args, &order, &custody_dir, record);
    }
    // A custody made for one shard would have a secret that no other shard has.
    let custody = match order.shard {
        Some(_) if !custody_dir.exists() => {
            return Err(Advised::nothing(CustodyError::Missing, ShardError::Taken.advice()));
        }
        _ => open_or_create(&custody_dir)?,
    };
    let lock = lock(&custody, &order)?;
    let progress = Progress::new(args.show_sources, false, &order.sources);
    let ran = pipeline::run(&order, &custody, &lock, &progress);
    progress.end();
    let run = match ran {
        Ok(run) => run,
        Err(error) if error.had_begun() => return Err(Advised::stopped(&error, error.advice())),
        Err(error) => return Err(Advised::nothing(&error, error.advice())),
    };
    record.tell(&run, None);
    if run.interrupted {
        say::note("Interrupted. What was finished is in its place; the same command continues.");
        return Ok(Exit::Interrupted);
    }
    tell_unmet(&order, &run);
    tell_letters(&custody)?;
    file_set::renew(args, &order, &custody)?;
    let summary = telling::write(&order, &custody, &args.to, args.consent_fhir).map_err(|error| {
        Advised::stopped(
            format!("the report cannot be written ({error})"),
            "The recordings are in their places. Make room, then run the same command again.",
        )
    })?;
    pipeline::complete(&order, &custody, &lock, &args.to).map_err(|e| Advised::stopped(&e, e.advice()))?;
    tell_forgotten(&order);
    record.tell(&run, Some(&summary));
    if !record.is_line() {
        tell(args, &run, &summary, Some(&custody_dir))?;
    }
    Ok(telling::exit(&summary, args.fail_on))
}

/// Writes the letters that a withdrawal has still to write, since it was interrupted.
fn tell_letters(custody: &Custody) -> Result<()> {
    let written = telling::open_ledger(custody).and_then(|mut ledger| super::letter::write(custody, &mut ledger));
    let letters = written.map_err(|error| {
        Advised::stopped(
            format!("the letters about a withdrawn consent cannot be written ({error})"),
            "The recordings are in their places. Make room, then run the same command again.",
        )
    })?;
    for letter in letters {
        say::note(&format!("A letter about a withdrawn consent waits to be sent: {}", say::path(&letter)));
    }
    Ok(())
}

/// Shards never share a custody: each has a lock, a ledger and a key of its own.
fn lock(custody: &Custody, order: &Order<'_>) -> Result<Lock> {
    custody.lock().map_err(|error| match (&error, order.shard) {
        (CustodyError::Busy, Some(_)) => Advised::nothing(&error, ShardError::Taken.advice()),
        _ => Advised::nothing(&error, error.advice()),
    })
}

fn dry_run(args: &args::Clean, order: &Order<'_>, custody_dir: &Path, record: &mut Record<'_>) -> Result<Exit> {
    // A custody that is not there yet is made in a place that goes away again: a dry run leaves nothing behind.
    let away = tempfile::tempdir()?;
    let custody = if custody_dir.exists() {
        open_custody(Some(custody_dir))?
    } else {
        Custody::create_with_identity(&away.path().join("custody"))?.0
    };
    let progress = Progress::new(args.show_sources, true, &order.sources);
    let lock = custody.lock().map_err(|e| Advised::nothing(&e, e.advice()))?;
    let ran = pipeline::run(order, &custody, &lock, &progress);
    progress.end();
    let run = ran.map_err(|e| Advised::nothing(&e, e.advice()))?;
    let entries = progress.entries();
    let summary =
        report::count(Audience::Custody, &telling::heading(order), &mut |each| entries.iter().try_for_each(each))?;
    tell_unmet(order, &run);
    say::note("A dry run: nothing was written.");
    record.tell(&run, Some(&summary));
    if !record.is_line() {
        tell(args, &run, &summary, None)?;
    }
    Ok(telling::exit(&summary, args.fail_on))
}

/// Rows of the register that spoke of nothing: a refusal with a slip in its number or path would else be lost silently.
/// After a run that took up an earlier one this is known of paths alone, since of what has not changed the numbers are not read
/// again; and not at all after a shard, which looks up its own part.
fn tell_unmet(order: &Order<'_>, run: &Run) {
    const TOLD: usize = 10;
    let lines = match run.unchanged {
        0 => order.register.unmatched(),
        _ => order.register.unmatched_paths(),
    };
    if lines.is_empty() || run.interrupted || order.shard.is_some() {
        return;
    }
    let first: Vec<String> = lines.iter().take(TOLD).map(u64::to_string).collect();
    let more = if lines.len() > TOLD { format!(" and {} more", lines.len() - TOLD) } else { String::new() };
    let (rows, s) = if lines.len() == 1 { ("1 row".to_owned(), "") } else { (format!("{} rows", lines.len()), "s") };
    say::note(&format!(
        "scrubs: {rows} of the register spoke of no recording here: line{s} {}{more}.",
        first.join(", ")
    ));
    say::note(
        "If they should, check how the patient's number or the path is written; what they say was not applied.\n",
    );
}

/// What a forgotten key means for whoever comes back.
fn tell_forgotten(order: &Order<'_>) {
    if order.forget_key {
        say::note(
            "The key of this release is forgotten: no code in it can be turned back, and nothing can be added to it.",
        );
        say::note(
            "What it held back or could not read needs a new release. A kept source can still be matched to its picture.\n",
        );
    }
}

/// What a later run found otherwise than an earlier one left it.
fn tell_again(run: &Run) {
    let s = |n: u64| if n == 1 { "" } else { "s" };
    if run.sealed_again > 0 {
        let n = run.sealed_again;
        say::note(&format!(
            "scrubs: a part of the key was damaged or gone; the entries of {n} source{} were sealed again.",
            s(n)
        ));
    }
    let missed = run.not_seen.unwrap_or_default();
    if missed > 0 {
        say::note(&format!(
            "scrubs: {missed} source{} of earlier runs {} not seen this time; what was made of them stays.",
            s(missed),
            if missed == 1 { "was" } else { "were" }
        ));
    }
    if run.stale > 0 {
        let n = run.stale;
        say::note(&format!(
            "Of what lies in this release, the recordings of {n} source{} that this run did not meet were judged for another purpose, by \
             another register or profile, or on another day where a day decides, or whose they are has come into doubt since: \
             they stand on what was said then. Run over their folders, too.",
            s(n)
        ));
    }
    if missed > 0 {
        say::note(
            "Connect the disk and run again. What has gone for good and may no longer be used, withdraw by its code.\n",
        );
    }
}

fn tell(args: &args::Clean, run: &Run, summary: &Summary, custody: Option<&Path>) -> Result<()> {
    if args.format == Format::Json {
        let told = serde_json::json!({
            "worked": run.worked, "unchanged": run.unchanged, "not_seen": run.not_seen, "stale": run.stale,
            "sealed_again": run.sealed_again, "release": args.to.to_string_lossy(),
            "custody": custody.map(Path::to_string_lossy), "summary": summary,
        });
        say::json(&told)?;
        return Ok(());
    }
    tell_again(run);
    let mut text = String::new();
    if run.worked == 0 && run.unchanged > 0 {
        text.push_str("Nothing to do: no source has changed since the last run. The release stands as it was.\n\n");
    }
    text.push_str(&report::tell(summary));
    if let Some(custody) = custody {
        let released = summary.recordings.released > 0;
        let hint = if released { "may be handed on" } else { "empty but for its report" };
        text.push_str(&format!("\nRelease  {}  ({hint})\n", say::path(&args.to)));
        text.push_str(&format!("Custody  {}  (keep it apart: key, ledger, held recordings)\n", say::path(custody)));
        text.push_str(&format!("Report   {}\n", say::path(&custody.join("report/index.html"))));
        if summary.for_decision > 0 {
            let named = match &args.custody {
                Some(custody) => format!(" --custody {}", say::path(custody)),
                None => String::new(),
            };
            let command = format!("scrubs review {}{named}", say::path(&args.to));
            text.push_str(&format!("Next     {command}  (look at what is held and decide)\n"));
        }
    }
    say::out(&text)?;
    Ok(())
}

fn order<'a>(
    args: &args::Clean,
    profile: &'a Profile,
    register: &'a Register,
    register_digest: [u8; 32],
) -> Result<Order<'a>> {
    let today = Date::today();
    let by = args.assessed_by.as_deref().unwrap_or_default();
    let assessments = args.not_identifiable.iter().map(|glob| {
        let pattern = Pattern::new(glob)
            .map_err(|e| Advised::nothing(format!("--not-identifiable: {e}"), "Give a path or a glob below SOURCE."))?;
        Ok(Assessment::not_identifiable(pattern, by.into(), today))
    });
    let deidentification = deidentification(args, profile)?;
    Ok(Order {
        sources: args.sources.clone(),
        release: args.to.clone(),
        purpose: word(&args.purpose)?.or(profile.purpose()).unwrap_or(Purpose::Teaching),
        register,
        register_digest,
        profile,
        deidentification,
        pixels: args.pixels.rules(),
        decoders: decoders(args),
        kind: word(&args.kind)?,
        made_for: word(&args.made_for)?,
        assessments: assessments.collect::<Result<_>>()?,
        as_of: today,
        shard: args.scheduled.shard,
        jobs: args.jobs.map_or_else(processors, usize::from),
        forget_key: args.forget_key,
        recheck: args.recheck.into(),
        dry_run: args.dry_run,
        stop: &STOP,
    })
}

/// The programs that decode, at work where custody's unfinished files lie; a dry run leaves nothing there.
fn decoders(args: &args::Clean) -> Decoders {
    if args.pixels.rules().installed_decoders == Some(false) {
        return Decoders::none();
    }
    match custody_dir(args.custody.as_deref()) {
        Ok(custody) if !args.dry_run => Decoders::installed().working_in(pipeline::working_area(&custody)),
        _ => Decoders::installed(),
    }
}

/// The profile's options and those of the command line.
fn deidentification(args: &args::Clean, profile: &Profile) -> Result<Deidentification> {
    let mut all = profile.deidentification().clone();
    for option in &args.dicom_option {
        all.ask(option.parse().map_err(|e| anyhow::anyhow!("--dicom-option: {e}"))?);
    }
    if let Some((one, other)) = all.contradiction() {
        let what = format!("{} and {} cannot both be had", one.word(), other.word());
        return Err(Advised::nothing(what, "Dates stay as they are or are moved: choose one of the two."));
    }
    if let Some((tag, _)) = all.deviations().find(|(tag, _)| !dicom::may_deviate(*tag)) {
        let what =
            format!("[[dicom-attribute]] ({:04X},{:04X}) is not for a profile to decide", tag >> 16, tag & 0xFFFF);
        let advice = "Take it out: it says what was done, what the object is, or how its pixels are read.";
        return Err(Advised::nothing(what, advice));
    }
    Ok(all)
}

pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn word<T: std::str::FromStr>(text: &Option<String>) -> Result<Option<T>>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    Ok(text.as_deref().map(str::parse).transpose()?)
}

/// No register or profile is longer than this: a name that leads to a device would never end.
const LONGEST: u64 = 256 << 20;

/// Reads a register or a profile whole. Of a pipe nobody knows whether it will ever end, nor would a second look find the same.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let met = fs::metadata(path)?;
    if !met.is_file() && !met.is_dir() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

fn advice(error: &io::Error, otherwise: &'static str) -> &'static str {
    match error.kind() {
        io::ErrorKind::InvalidInput => "Save what it gives as a file first, and name that file.",
        _ => otherwise,
    }
}

pub(crate) fn profile(path: Option<&Path>) -> Result<Profile> {
    let Some(path) = path else { return Ok(Profile::default()) };
    let text = read(path)
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into()))
        .map_err(|e| {
            Advised::nothing(
                format!("the profile cannot be read ({})", why(e.kind())),
                advice(&e, "Check the path after --profile."),
            )
        })?;
    Profile::read(&text).map_err(|e| {
        Advised::nothing(format!("the profile is not right: {e}"), "`scrubs profile new` prints one with every key.")
    })
}

pub(crate) fn register(path: Option<&Path>, profile: &Profile) -> Result<(Register, [u8; 32])> {
    let Some(path) = path else { return Ok((Register::default(), [0; 32])) };
    let bytes = read(path).map_err(|e| {
        Advised::nothing(
            format!("the register cannot be read ({})", why(e.kind())),
            advice(&e, "Check the path after --register."),
        )
    })?;
    let reading = Reading { conditions: profile.condition_words(), ..Reading::on(Date::today()) };
    let register = Register::read(&bytes, &reading).map_err(|problems| {
        let explained = if template::is_explained(&bytes) { template::ADVICE } else { problems.advice() };
        Advised::nothing(format!("the register is not right:\n{problems}"), explained)
    })?;
    for notice in register.notices() {
        say::note(&format!("scrubs: {notice}"));
    }
    Ok((register, Sha256::digest(&bytes).into()))
}

/// The custody folder that a command means.
fn custody_dir(named: Option<&Path>) -> Result<PathBuf> {
    let dir = named.map(Path::to_path_buf).or_else(custody::default_dir).ok_or_else(|| {
        Advised::nothing("there is no folder for your data on this system", "Name a folder with --custody.")
    })?;
    Ok(std::path::absolute(dir)?)
}

/// Opens a custody that must be there.
pub(crate) fn open_custody(named: Option<&Path>) -> Result<Custody> {
    Custody::open(&custody_dir(named)?).map_err(|e| Advised::nothing(&e, e.advice()))
}

fn open_or_create(dir: &Path) -> Result<Custody> {
    match Custody::open(dir) {
        Ok(custody) => return Ok(custody),
        Err(CustodyError::Missing) => {}
        Err(error) => return Err(Advised::nothing(&error, error.advice())),
    }
    if let Some(parent) = dir.parent() {
        fs::create_dir_all(parent).map_err(|e| {
            Advised::nothing(
                format!("custody cannot be made ({})", why(e.kind())),
                "Name another folder with --custody.",
            )
        })?;
    }
    let (custody, identity) = Custody::create_with_identity(dir).map_err(|e| Advised::nothing(&e, e.advice()))?;
    say::note("First run: a custody was made, with an identity that opens the key beside it.");
    say::note(&format!("  custody   {}", say::path(custody.dir())));
    say::note(&format!("  identity  {}", say::path(&identity)));
    say::note("Move the identity to a place that only the guardian can reach, and keep a copy: without it nobody can");
    say::note("turn codes back into patients; with it, whoever has custody can.\n");
    Ok(custody)
}
