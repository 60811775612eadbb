//! What a run is told to do, and the paths it refuses: custody inside the release, a release inside a source.

use super::file_set;
use super::recheck::Recheck;
use super::shard::Shard;
use crate::consent::{Assessment, Date, Register};
use crate::decode::Decoders;
use crate::plan::Profile;
use crate::plan::profile::PixelRules;
use crate::recording::Deidentification;
use crate::recording::fault::why;
use crate::recording::letters::{apart, composed};
use crate::recording::terms::{Kind, MadeFor, Purpose};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// What a run is told to do.
#[derive(Debug)]
pub struct Order<'a> {
    /// Files and folders to read. They are never changed.
    pub sources: Vec<PathBuf>,
    /// Where released recordings go.
    pub release: PathBuf,
    /// What the recordings are for.
    pub purpose: Purpose,
    /// Consent on record.
    pub register: &'a Register,
    /// What repeats from run to run.
    pub profile: &'a Profile,
    /// How DICOM objects are de-identified beyond the Basic Profile.
    pub deidentification: Deidentification,
    /// What the command line says about pixels; its boxes come to those of the profile, all else goes before it.
    pub pixels: PixelRules,
    /// The programs of this machine that decode, where rules let them.
    pub decoders: Decoders,
    /// What every recording is of, when the command line says so.
    pub kind: Option<Kind>,
    /// What every recording was made for, when the command line says so.
    pub made_for: Option<MadeFor>,
    /// Assessments stated on the command line.
    pub assessments: Vec<Assessment>,
    /// The digest of the register's file, so that a changed one is noticed.
    pub register_digest: [u8; 32],
    /// The day as of which consents are judged.
    pub as_of: Date,
    /// How many recordings are worked on at once.
    pub jobs: usize,
    /// Whether nothing may lead from codes back to patients once the release is complete (GMC para 7).
    pub forget_key: bool,
    /// Which part of the sources this run is for; none for all of them.
    pub shard: Option<Shard>,
    /// How closely to look at sources that are known.
    pub recheck: Recheck,
    /// Whether to look only, and write nothing.
    pub dry_run: bool,
    /// Set from outside to end the run cleanly after the batch at hand.
    pub stop: &'a AtomicBool,
}

/// Paths that must not be used together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnsafePaths {
    /// Custody lies inside the release.
    #[error("the custody folder lies inside the release")]
    CustodyInRelease,
    /// The release lies inside custody.
    #[error("the release lies inside the custody folder")]
    ReleaseInCustody,
    /// The release lies inside a source, or is one.
    #[error("the release lies inside a source")]
    ReleaseInSource,
    /// Custody lies inside a source, or is one.
    #[error("the custody folder lies inside a source")]
    CustodyInSource,
    /// A source lies inside the release.
    #[error("a source lies inside the release")]
    SourceInRelease,
    /// A source lies inside custody.
    #[error("a source lies inside the custody folder")]
    SourceInCustody,
    /// Rows of the register name a path that lies below more than one source.
    #[error("the register names recordings that lie below more than one source (line {})", lines(.0))]
    Ambiguous(Vec<u64>),
    /// A source is not there.
    #[error("source number {0} cannot be found")]
    SourceMissing(usize),
    /// The release folder holds something that is not a release.
    #[error("the release folder holds files that scrubs did not put there")]
    NotARelease,
    /// The release is a file.
    #[error("the release is a file, not a folder")]
    NotAFolder,
    /// A path could not be looked at.
    #[error("a path cannot be looked at ({})", why(.0.kind()))]
    Unreadable(#[source] io::Error),
}

impl UnsafePaths {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            UnsafePaths::CustodyInRelease | UnsafePaths::ReleaseInCustody => {
                "Keep custody apart from what is handed on: name another folder with --custody or --to."
            }
            UnsafePaths::ReleaseInSource | UnsafePaths::CustodyInSource => {
                "Outputs must not lie among the sources, or the next run would read them: name another folder."
            }
            UnsafePaths::SourceInRelease | UnsafePaths::SourceInCustody => {
                "Sources must not lie among the outputs: name another folder with --to or --custody."
            }
            UnsafePaths::Ambiguous(_) => {
                "A row speaks of one recording: clean the sources one at a time, or name folders that differ in it."
            }
            UnsafePaths::SourceMissing(_) => "Check the spelling, and that the disk is connected.",
            UnsafePaths::NotARelease | UnsafePaths::NotAFolder => "Name a new or empty folder with --to.",
            UnsafePaths::Unreadable(_) => "Check that you may read the folder.",
        }
    }
}

fn lines(all: &[u64]) -> String {
    all.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// Checks that no row of the register that names one recording could mean two: consent to one must not cover another.
///
/// # Errors
/// The lines of all rows that could.
pub fn check_register(sources: &[PathBuf], register: &Register) -> Result<(), UnsafePaths> {
    if sources.len() < 2 {
        return Ok(());
    }
    let holds = |source: &PathBuf, path: &str| match source.is_dir() {
        true => lies(source, path),
        false => source.file_name().is_some_and(|name| composed(&name.to_string_lossy()) == path),
    };
    let ambiguous = |path: &str| sources.iter().filter(|source| holds(source, path)).count() > 1;
    let rows: Vec<u64> = register.by_path().into_iter().filter(|(_, p)| ambiguous(p)).map(|(line, _)| line).collect();
    if rows.is_empty() { Ok(()) } else { Err(UnsafePaths::Ambiguous(rows)) }
}

/// Whether something lies at a path below a folder, in whichever form the letters of its names are written there.
fn lies(folder: &Path, path: &str) -> bool {
    let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let forms = [composed(name), apart(name)];
    let distinct = if forms[0] == forms[1] { &forms[..1] } else { &forms[..] };
    distinct.iter().any(|form| {
        let at = folder.join(&**form);
        rest.map_or_else(|| at.symlink_metadata().is_ok(), |rest| at.is_dir() && lies(&at, rest))
    })
}

/// The canonical paths of a run.
#[derive(Debug)]
pub(crate) struct Paths {
    pub(crate) sources: Vec<PathBuf>,
    pub(crate) release: PathBuf,
}

/// Checks that sources, release and custody lie apart.
///
/// # Errors
/// The first pair that does not.
pub fn check_paths(sources: &[PathBuf], release: &Path, custody: &Path) -> Result<(), UnsafePaths> {
    paths(sources, release, custody).map(|_| ())
}

pub(crate) fn paths(sources: &[PathBuf], release: &Path, custody: &Path) -> Result<Paths, UnsafePaths> {
    let release = settle(release).map_err(UnsafePaths::Unreadable)?;
    let custody = settle(custody).map_err(UnsafePaths::Unreadable)?;
    if custody.starts_with(&release) {
        return Err(UnsafePaths::CustodyInRelease);
    }
    if release.starts_with(&custody) {
        return Err(UnsafePaths::ReleaseInCustody);
    }
    let mut all = Vec::new();
    for (i, source) in sources.iter().enumerate() {
        let source = source.canonicalize().map_err(|_| UnsafePaths::SourceMissing(i + 1))?;
        for (inner, outer, fault) in [
            (&release, &source, UnsafePaths::ReleaseInSource),
            (&custody, &source, UnsafePaths::CustodyInSource),
            (&source, &release, UnsafePaths::SourceInRelease),
            (&source, &custody, UnsafePaths::SourceInCustody),
        ] {
            if inner.starts_with(outer) {
                return Err(fault);
            }
        }
        all.push(source);
    }
    // A source inside another would be met twice.
    let outermost: Vec<PathBuf> = all
        .iter()
        .enumerate()
        .filter(|(i, s)| !all.iter().enumerate().any(|(j, o)| j != *i && s.starts_with(o) && (*s != o || j < *i)))
        .map(|(_, s)| s.clone())
        .collect();
    let all = outermost;
    foreign(&release)?;
    Ok(Paths { sources: all, release })
}

/// What a release may hold at its top; the last is what a run killed while it listed the digests leaves behind.
const OURS: &[&str] = &["recordings", "report", "SHA256SUMS", ".partial", ".SHA256SUMS.part"];
/// What a release may hold besides, where it is used as a DICOM file-set. A disc of somebody else's has these too.
const FILE_SET: &[&str] = &["DICOMDIR", "DICOM", ".DICOMDIR.part"];

fn foreign(release: &Path) -> Result<(), UnsafePaths> {
    let entries = match std::fs::read_dir(release) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(UnsafePaths::NotAFolder),
        Err(error) => return Err(UnsafePaths::Unreadable(error)),
    };
    let (mut ours, mut disc) = (false, false);
    for entry in entries {
        let entry = entry.map_err(UnsafePaths::Unreadable)?;
        let (name, kind) = (entry.file_name(), entry.file_type().map_err(UnsafePaths::Unreadable)?);
        let known = OURS.iter().any(|ours| name == *ours);
        ours |= known;
        disc |= !known;
        // A link in our place would have outputs written wherever it leads.
        if kind.is_symlink() || !known && !FILE_SET.iter().any(|part| name == *part) {
            return Err(UnsafePaths::NotARelease);
        }
    }
    if disc && !(ours && file_set::is_ours(release)) {
        return Err(UnsafePaths::NotARelease);
    }
    Ok(())
}

/// The canonical form of a path of which the last parts may not exist yet.
pub(crate) fn settle(path: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let mut missing = Vec::new();
    let mut there = absolute.as_path();
    loop {
        match there.canonicalize() {
            Ok(mut canonical) => {
                canonical.extend(missing.iter().rev());
                return Ok(canonical);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        match (there.components().next_back(), there.parent()) {
            (Some(Component::Normal(name)), Some(parent)) => {
                missing.push(name.to_owned());
                there = parent;
            }
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_and_sources_must_lie_apart() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| dir.path().join(name);
        for name in ["source/deep", "other"] {
            std::fs::create_dir_all(at(name)).expect("made");
        }
        let source = [at("source")];
        let check = |release: &str, custody: &str| check_paths(&source, &at(release), &at(custody));
        assert!(check("release", "custody").is_ok());
        assert!(matches!(check("release", "release/c"), Err(UnsafePaths::CustodyInRelease)));
        assert!(matches!(check("custody/r", "custody"), Err(UnsafePaths::ReleaseInCustody)));
        assert!(matches!(check("same", "same"), Err(UnsafePaths::CustodyInRelease)));
        assert!(matches!(check("source/deep/r", "custody"), Err(UnsafePaths::ReleaseInSource)));
        assert!(matches!(check("release", "source/c"), Err(UnsafePaths::CustodyInSource)));
        assert!(matches!(check("source/../source/r", "custody"), Err(UnsafePaths::ReleaseInSource)));
        let inner = [at("source/deep")];
        assert!(matches!(check_paths(&inner, &at("source"), &at("c")), Err(UnsafePaths::SourceInRelease)));
        assert!(matches!(check_paths(&[at("none")], &at("r"), &at("c")), Err(UnsafePaths::SourceMissing(1))));
        std::fs::write(at("other/thesis.doc"), b"x").expect("written");
        assert!(matches!(check("other", "custody"), Err(UnsafePaths::NotARelease)));
    }

    #[test]
    fn a_row_that_could_mean_two_recordings_is_refused() {
        use crate::consent::register::Reading;
        let dir = tempfile::tempdir().expect("a temporary folder");
        for name in ["one/a.jpg", "one/b.jpg", "two/a.jpg"] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(path, "x").expect("written");
        }
        let csv = b"recording,status,level\nb.jpg,given,2\na.jpg,given,2\n*.jpg,given,2\n";
        let today = Date::iso("2026-11-20").expect("a date");
        let register = Register::read(csv, &Reading::on(today)).expect("a register");
        let both = [dir.path().join("one"), dir.path().join("two")];
        let error = check_register(&both, &register).expect_err("ambiguous");
        assert!(error.to_string().ends_with("(line 3)"), "{error}");
        assert!(check_register(&both[..1], &register).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_does_not_hide_that_the_release_lies_in_a_source() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let source = dir.path().join("source");
        std::fs::create_dir(&source).expect("made");
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&source, &link).expect("linked");
        let error = check_paths(&[source], &link.join("r"), &dir.path().join("c"));
        assert!(matches!(error, Err(UnsafePaths::ReleaseInSource)));
    }
}
