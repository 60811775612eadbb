//! The way through for one recording: read, plan, prove, judge, write under a temporary name.

use super::again::{self, Looked};
use super::bench::{Bench, Done, Files, Job, Shelves, Stop};
use super::beside::Paper;
use super::draft::Draft;
use super::load::Loaded;
use super::prove::{self, Proved, WriteFault};
use super::{look, reason, weigh};
use crate::consent::decision::Marked;
use crate::consent::ruling;
use crate::cut::Source;
use crate::dicom;
use crate::inspect;
use crate::plan::{Plan, Refusal};
use crate::recording::{Format, Head, Outcome};
use crate::scan::{self, Met, Stray};
use crate::strip;
use std::io::Write;

/// Works on one recording; none where it turns out that nothing about it has changed. A fault of the recording is an
/// outcome; only a fault of the target is a stop.
pub(crate) fn work(bench: &Bench<'_>, job: Job) -> Result<Option<Done>, Stop> {
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| look_and_attempt(bench, &job)));
    caught.unwrap_or_else(|_| Ok(Some(Draft::unread(bench, &job).end(Outcome::Held, reason::internal_fault()))))
}

fn look_and_attempt(bench: &Bench<'_>, job: &Job) -> Result<Option<Done>, Stop> {
    if let Some(before) = &job.before {
        match again::look(bench, job, before)? {
            Looked::Unchanged => return Ok(None),
            Looked::Judged(done) => return Ok(Some(*done)),
            Looked::Changed => {}
        }
    }
    attempt(bench, job).map(Some)
}

fn attempt(bench: &Bench<'_>, job: &Job) -> Result<Done, Stop> {
    let unread = |outcome, reason| Ok(Draft::unread(bench, job).end(outcome, reason));
    let unreadable = |kind| {
        let done = Draft::unread(bench, job).end(Outcome::Failed, reason::unreadable(kind));
        Ok(Done { unread: true, ..done })
    };
    match job.found.met {
        Met::File { length: 0, .. } => return unread(Outcome::Failed, reason::empty()),
        Met::File { .. } => {}
        Met::Stray(Stray::Own) => {
            let standing = bench.beside.standing(&job.found.path);
            let done = Draft::unread(bench, job).end(Outcome::Listed, reason::own_sidecar(standing));
            return Ok(Done { settings: bench.settings.mark_beside(), ..done });
        }
        Met::Stray(stray) => return unread(Outcome::Listed, reason::stray(stray)),
        Met::Link => return unread(Outcome::Unsupported, reason::link()),
        Met::Special => return unread(Outcome::Unsupported, reason::special()),
        Met::Unreadable(kind) => return unreadable(kind),
    }
    let opened = Loaded::open(&job.found.path).and_then(|loaded| {
        let format = scan::sniff(loaded.source())?;
        Ok((loaded, format))
    });
    match opened {
        Ok((loaded, format)) => treat(bench, job, &loaded, format),
        Err(error) => unreadable(error.kind()),
    }
}

/// Everything after the bytes are at hand.
fn treat(bench: &Bench<'_>, job: &Job, loaded: &Loaded, format: Format) -> Result<Done, Stop> {
    let source = loaded.source();
    let object = matches!(format, Format::Dicom | Format::DicomDir).then(|| dicom::read(source));
    let mut identity = match &object {
        Some(Ok(object)) => object.identity(),
        _ => dicom::Identity::default(),
    };
    let paper = bench.beside.look(&job.found.path, source);
    // What was cleaned before does not say any more what it shows; its own sidecar does.
    if let Some(Paper::Believed(sidecar, _)) = &paper {
        identity.head = Head::noted(&sidecar.identifiable.evidence);
    }
    let mut draft = Draft::known(bench, job, source.len(), format, loaded.digest(), identity, paper);
    let plan = match object {
        Some(Ok(object)) => {
            let (coder, patient) = (&bench.coder, draft.patient());
            let how = draft.deidentification();
            let coding = dicom::Coding { coder, patient, deidentification: &how };
            let mut mapping = draft.new_mapping();
            let plan = object.plan_mapping(&coding, &draft.identifiers(), mapping.as_mut());
            if plan.is_ok() {
                draft.take_mapping(match &bench.sealer {
                    Some(sealer) => sealer.seal_long(mapping)?,
                    None => mapping,
                });
            }
            plan
        }
        Some(Err(refusal)) => Err(refusal),
        None if strip::supports(format) => {
            let keep_gain_map = bench.order.profile.keeps_gain_map();
            strip::plan(format, source, &strip::Options { keep_gain_map })
        }
        None => return Ok(draft.end(Outcome::Unsupported, reason::unsupported(format))),
    };
    match plan {
        Ok(plan) => carry_out(bench, draft, plan, loaded),
        Err(refusal) => {
            // A DICOMDIR is no recording: it lists those of the source, none of which is where it says in the release.
            let outcome = if refusal.code == dicom::DIRECTORY { Outcome::Listed } else { Outcome::Held };
            Ok(draft.end(outcome, reason::refused(&refusal)))
        }
    }
}

/// Proves the plan's output, judges it, and writes it to where the verdict sends it.
fn carry_out(bench: &Bench<'_>, mut draft: Draft<'_>, plan: Plan, loaded: &Loaded) -> Result<Done, Stop> {
    let source = loaded.source();
    draft.take_plan(&plan);
    if draft.needs_year() {
        draft.take_year(inspect::year(source, plan.format));
    }
    let comprehensive = match plan.comprehensive(source.len()) {
        Ok(comprehensive) => comprehensive,
        Err(gap) => return Ok(draft.end(Outcome::Held, reason::incomplete(&gap))),
    };
    let mut proved = match prove::prove(&comprehensive, loaded, &draft.deidentification()) {
        Ok(proved) => proved,
        Err(trouble) => return Ok(draft.end(Outcome::Held, reason::unproved(&trouble))),
    };
    let decided = draft.decided();
    let reading = look::Reading::of(bench, &draft, source, comprehensive.plan().format);
    let looked =
        match proved.shown(|cleaned| look::look(&decided, reading.as_ref(), (comprehensive.plan(), source, cleaned))) {
            Ok(looked) => looked,
            Err(reason) => return Ok(draft.end(Outcome::Held, reason)),
        };
    let redacted = looked.redacted;
    if let Some(redacted) = &redacted {
        let how = draft.deidentification();
        proved = match prove::prove_redacted(redacted, &proved, &how) {
            Ok(proved) => proved,
            Err(trouble) => return Ok(draft.end(Outcome::Held, reason::unproved(&trouble))),
        };
    }
    let mut method = looked.method;
    method.extend(redacted.iter().flat_map(|redacted| redacted.method.iter().cloned()));
    draft.take_sight(looked.sight, method);
    draft.hold_against(&proved);
    let steps = draft.steps();
    let plan = redacted.as_ref().map_or(&comprehensive, |redacted| &redacted.plan).plan();
    cover_also(bench, draft, (plan, source, &proved), (0, &steps))
}

/// Covers what reviewers named, one decision's areas after another's, as it was done when they decided; then judges.
fn cover_also(
    bench: &Bench<'_>,
    mut draft: Draft<'_>,
    (plan, source, proved): (&Plan, &dyn Source, &Proved<'_>),
    (step, steps): (usize, &[Vec<Marked>]),
) -> Result<Done, Stop> {
    let Some((cover, rest)) = steps.split_first() else { return conclude(bench, draft, proved) };
    let claims = draft.claims_after(cover, step);
    let asked = ruling::covering(cover);
    let redacted = proved.shown(|cleaned| look::cover_also((plan, source), cleaned, &asked, claims));
    let redacted = match redacted {
        Ok(redacted) => redacted,
        Err(reason) => return Ok(draft.end(Outcome::Held, reason)),
    };
    let how = draft.deidentification();
    let proved = match prove::prove_redacted(&redacted, proved, &how) {
        Ok(proved) => proved,
        Err(trouble) => return Ok(draft.end(Outcome::Held, reason::unproved(&trouble))),
    };
    draft.take_cover(cover, &redacted);
    cover_also(bench, draft, (redacted.plan.plan(), source, &proved), (step + 1, rest))
}

/// Judges what is proved, and writes it to where the verdict sends it.
fn conclude(bench: &Bench<'_>, mut draft: Draft<'_>, proved: &Proved<'_>) -> Result<Done, Stop> {
    draft.answer_kept();
    let weighed = weigh::weigh(bench.order, &draft.case());
    draft.take_verdict(weighed);
    let Some(shelves) = &bench.shelves else { return Ok(draft.finish(None)) };
    write(draft, proved, shelves)
}

fn write(mut draft: Draft<'_>, proved: &Proved<'_>, shelves: &Shelves) -> Result<Done, Stop> {
    let side = draft.side();
    let shelf = shelves.of(side);
    let written = match proved.write(shelf, draft.number()) {
        Ok(written) => written,
        Err(WriteFault::Source(error)) => {
            return Ok(draft.end(Outcome::Failed, reason::refused(&Refusal::unreadable(&error))));
        }
        Err(WriteFault::Target(error)) => return Err(Stop { side, error }),
    };
    draft.take_written(&written);
    let Some((paper, text)) = draft.sidecar() else {
        return Ok(draft.end(Outcome::Held, reason::internal_fault()));
    };
    let stop = |error| Stop { side, error };
    let (sidecar, mut file) = shelf.begin(draft.number(), "sidecar").map_err(stop)?;
    file.write_all(&text).map_err(stop)?;
    Ok(draft.finish(Some(Files { side, recording: written.temporary, sidecar, paper })))
}
