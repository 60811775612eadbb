//! Looks sources over against a register, reading only: nothing is cleaned, coded or written, and no custody is needed.
//!
//! A recording's patient is found as a run finds it: a DICOM object's own number, then the profile's rules. Files are looked
//! at in parallel, a stretch of the walk at a time, and told of in the order of the walk.

use super::{disk, draft, whose};
use crate::consent::{Match, Patient, Register};
use crate::cut::FileSource;
use crate::dicom;
use crate::plan::Profile;
use crate::recording::{Family, Format};
use crate::scan::{self, Found, Met};
use rayon::prelude::*;
use std::io;
use std::path::{Path, PathBuf};

/// How many places each worker gets at a time.
const STRETCH: usize = 64;

/// One recording, as far as a register is concerned. `Debug` shows no path.
pub struct Surveyed {
    /// Its path below SOURCE, `/` between names.
    pub relative: String,
    /// The patient that it names itself, or the profile.
    pub patient: Option<Patient>,
    /// What the register says of it.
    pub found: Match,
    /// Whether its content could be read.
    pub readable: bool,
    /// Whether a row is to be expected: it is a picture, a video, a sound or a DICOM object.
    pub needs_row: bool,
}

impl std::fmt::Debug for Surveyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surveyed").field("found", &self.found.lines).finish_non_exhaustive()
    }
}

/// Why sources cannot be looked over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SurveyError {
    /// A source is not there.
    #[error("source number {0} cannot be found")]
    SourceMissing(usize),
    /// No workers could be had.
    #[error("no workers can be started")]
    Workers(#[source] rayon::ThreadPoolBuildError),
}

impl SurveyError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            SurveyError::SourceMissing(_) => "Check the spelling, and that the disk is connected.",
            SurveyError::Workers(_) => "Close other programs, or ask for fewer workers with --jobs 1.",
        }
    }
}

/// Looks every file of the sources up in the register and hands each to `each`, in the order of the walk. System files,
/// links and folders are passed over, as a run passes them over.
///
/// # Errors
/// When a source is not there, or no workers can be had. A file that cannot be read is told of, and no error.
pub fn survey(
    sources: &[PathBuf],
    register: &Register,
    profile: &Profile,
    jobs: usize,
    mut each: impl FnMut(Surveyed),
) -> Result<(), SurveyError> {
    let sources = outermost(sources)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().map_err(SurveyError::Workers)?;
    let mut walk = scan::walk(&sources);
    loop {
        let stretch: Vec<Found> = walk.by_ref().take(STRETCH.saturating_mul(jobs.max(1))).collect();
        if stretch.is_empty() {
            return Ok(());
        }
        let looked: Vec<Option<Surveyed>> =
            pool.install(|| stretch.par_iter().map(|found| look(found, register, profile)).collect());
        looked.into_iter().flatten().for_each(&mut each);
    }
}

/// The sources that lie in no other one: what lies in two would be met twice.
fn outermost(sources: &[PathBuf]) -> Result<Vec<PathBuf>, SurveyError> {
    let mut all: Vec<PathBuf> = Vec::new();
    for (i, source) in sources.iter().enumerate() {
        let source = source.canonicalize().map_err(|_| SurveyError::SourceMissing(i + 1))?;
        if all.iter().any(|other| source.starts_with(other)) {
            continue;
        }
        all.retain(|other| !other.starts_with(&source));
        all.push(source);
    }
    Ok(all)
}

fn look(found: &Found, register: &Register, profile: &Profile) -> Option<Surveyed> {
    let read = match found.met {
        Met::Stray(_) | Met::Link | Met::Special => return None,
        Met::File { length: 0, .. } | Met::Unreadable(_) => None,
        // Reading files of strangers: should it ever panic, the file counts as one that cannot be read.
        Met::File { .. } => {
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(&found.path))).ok().and_then(Result::ok)
        }
    };
    let relative = draft::relative(&found.relative);
    let (format, own) = match read {
        Some((Format::DicomDir, _)) => return None,
        Some((format, own)) => (Some(format), own),
        None => (None, Own::Nothing),
    };
    let readable = format.is_some() && !matches!(own, Own::Unreadable);
    let needs_row = readable && !matches!(format.map(Format::family), Some(Family::Document | Family::Unknown));
    let own = if let Own::Patient(patient) = own { Some(patient) } else { None };
    let patient = own.or_else(|| profile.patient_of(&relative));
    let found = register.find(patient.as_ref(), &relative);
    Some(Surveyed { relative, patient, found, readable, needs_row })
}

/// What a file says of its patient.
enum Own {
    Patient(Patient),
    Nothing,
    Unreadable,
}

fn read(path: &Path) -> io::Result<(Format, Own)> {
    let source = FileSource::new(disk::open_source(path)?)?;
    let format = scan::sniff(&source)?;
    if format != Format::Dicom {
        return Ok((format, Own::Nothing));
    }
    let own = match dicom::read(&source) {
        Ok(object) => whose::own_patient_of(&object.identity()).map_or(Own::Nothing, Own::Patient),
        Err(_) => Own::Unreadable,
    };
    Ok((format, own))
}
