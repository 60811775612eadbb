//! Makes of a release a file-set that viewers and discs can use: a directory (DICOMDIR), and the objects under File IDs.
//!
//! DICOM PS3.10 8 (File IDs of at most eight components of eight characters; DICOMDIR), PS3.11 Annex D (general purpose
//! media). An object's File ID is its code, cut up: `DICOM/7K3M9Q2F/XH4T/4DQ8ZN1K` is P-7K3M9Q2FXH4T-4DQ8ZN1K. It is a
//! second name (hard link) of the recording, or a copy where the file system knows no links. What the directory says is
//! proved before it gets its name, and depends on nothing but the recordings in the release.

mod folder;

use super::disk;
use super::shelf::release_digest;
use crate::code::custody::Custody;
use crate::code::{PatientCode, RecordingCode};
use crate::cut::{FileSource, Source};
use crate::dicom::directory::{self, Directory, Patient};
use crate::inspect::{self, Trouble};
use crate::ledger::Entry;
use crate::ledger::store::{Ledger, LedgerError};
use crate::plan::Refusal;
use crate::recording::{Format, Outcome, instant};
use folder::Folder;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read};
use std::path::Path;

/// The folder that the objects lie in, and the directory's name.
const OBJECTS: &str = "DICOM";
const DIRECTORY: &str = "DICOMDIR";
/// The directory in the making.
const PART: &str = ".DICOMDIR.part";

/// What a file-set holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileSet {
    /// Objects that the directory lists.
    pub listed: u64,
    /// Released DICOM objects that have no place in one: they name no study or series, are of a class
    /// without record, or bear the instance UID of another.
    pub left_out: u64,
}

/// Why a file-set could not be made. The recordings are in their places all the same.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileSetError {
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The release could not be read or written.
    #[error("the file-set cannot be written ({})", .0.kind())]
    Io(#[from] io::Error),
    /// A released recording could not be read as the object it was.
    #[error("a released recording cannot be read again: {0}")]
    Object(Refusal),
    /// The directory is not what the objects say.
    #[error("the directory of the file-set was not cleared: {0}")]
    Unproved(Trouble),
}

impl FileSetError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            FileSetError::Ledger(error) => error.advice(),
            FileSetError::Io(_) => "The recordings are in their places. Make room, then run the same command again.",
            FileSetError::Object(_) => {
                "Something changed the release since. Check its SHA256SUMS, then clean into a new folder."
            }
            FileSetError::Unproved(_) => {
                "This is a fault of scrubs; please report it. Run the command without --file-set until then."
            }
        }
    }
}

/// Where a recording lies in a file-set, from the root of the release; reversed, it is the code again.
pub(crate) fn place_of(code: &RecordingCode) -> String {
    [OBJECTS].into_iter().chain(components(code)).collect::<Vec<_>>().join("/")
}

/// Eight and four characters of the patient's code, eight of the recording's own.
fn components(code: &RecordingCode) -> [&str; 3] {
    let code = code.as_str();
    let part = |range| code.get(range).unwrap_or_default();
    [part(2..10), part(10..14), part(15..23)]
}

/// Whether the file-set at the top of a folder is one of ours: its directory says so, or there is none yet.
pub(crate) fn is_ours(release: &Path) -> bool {
    match File::open(release.join(DIRECTORY)) {
        Ok(file) => {
            let mut head = Vec::new();
            file.take(1024).read_to_end(&mut head).is_ok_and(|_| directory::is_ours(&head))
        }
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Whether a release is a file-set now, or was one that a killed command has begun to change.
pub fn is_there(release: &Path) -> bool {
    [DIRECTORY, PART, OBJECTS].iter().any(|name| release.join(name).symlink_metadata().is_ok())
}

/// Takes the file-set of a release away; the recordings stay. True where there was one.
///
/// # Errors
/// When something cannot be removed.
pub fn clear(release: &Path) -> Result<bool, FileSetError> {
    let mut there = false;
    for name in [DIRECTORY, PART] {
        match fs::remove_file(release.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            removed => there |= removed.is_ok(),
        }
    }
    let folder = Folder::open(&release.join(OBJECTS))?;
    there |= folder.there();
    folder.close()?;
    if there {
        disk::sync_all(release, &[])?;
    }
    Ok(there)
}

/// Makes the file-set of a release anew from what the ledger says is in it. The same release gives the same bytes; what
/// lies in its place already stays, and what has left the release goes. Memory is bounded by the objects of one patient.
///
/// # Errors
/// When ledger, release or a recording cannot be read, the disk is full, or the directory is not cleared: the one that
/// was there, if any, is as it was then.
pub fn write(custody: &Custody, release: &Path) -> Result<FileSet, FileSetError> {
    let release = release.canonicalize()?;
    let digest = release_digest(custody, &release);
    let ledger = Ledger::open(&custody.dir().join("ledger.sqlite"))?;
    let Some(uid) = uid(custody, &ledger, &digest)? else {
        clear(&release)?;
        return Ok(FileSet::default());
    };
    let part = release.join(PART);
    remove(&part)?;
    let out = BufWriter::new(disk::create_new(&part)?);
    let directory = Directory::begin(out, &uid)?;
    let folder = Folder::open(&release.join(OBJECTS))?;
    let mut maker = Maker {
        release: &release,
        directory,
        folder,
        code: None,
        patient: Patient::default(),
        names: BTreeSet::new(),
        set: FileSet::default(),
    };
    ledger.entries(&digest, |entry| match is_object(&entry) {
        true => maker.take(&entry),
        false => Ok(()),
    })?;
    let set = maker.set_of_all(&part)?;
    // Links and bytes before the name, the name before the run is told to be over.
    disk::sync_all(&release, std::slice::from_ref(&part))?;
    prove(&release, &part, set.listed)?;
    fs::rename(&part, release.join(DIRECTORY))?;
    disk::sync_all(&release, &[])?;
    Ok(set)
}

fn is_object(entry: &Entry) -> bool {
    entry.outcome == Outcome::Released && entry.format == Format::Dicom && entry.path.is_some()
}

/// The UID of the file-set: keyed, and another one for another content. None where there is nothing to be listed.
fn uid(custody: &Custody, ledger: &Ledger, release: &[u8; 32]) -> Result<Option<String>, FileSetError> {
    let mut content = Sha256::new();
    let mut any = false;
    ledger.entries(release, |entry| {
        if is_object(&entry) {
            any = true;
            content.update(entry.code.as_str());
            content.update(entry.sha256.as_deref().unwrap_or_default());
        }
        Ok::<(), LedgerError>(())
    })?;
    let content = [&b"file-set "[..], &content.finalize()[..]].concat();
    Ok(any.then(|| custody.coder().uid(&content)))
}

/// The file-set in the making: the ledger gives a patient's recordings one after another.
struct Maker<'a> {
    release: &'a Path,
    directory: Directory<BufWriter<File>>,
    folder: Folder,
    code: Option<PatientCode>,
    patient: Patient,
    /// Names of the patient's files.
    names: BTreeSet<String>,
    set: FileSet,
}

impl Maker<'_> {
    fn take(&mut self, entry: &Entry) -> Result<(), FileSetError> {
        if self.code.as_ref() != Some(&entry.patient) {
            self.end_patient()?;
            self.code = Some(entry.patient.clone());
        }
        let path = self.release.join(entry.path.as_deref().unwrap_or_default());
        let file = [&[OBJECTS][..], &components(&entry.code)].concat();
        let source = FileSource::new(disk::open_source(&path)?)?;
        let listed = directory::listed(&source, &entry.patient, &file).map_err(FileSetError::Object)?;
        if !listed.map_or(Ok(false), |listed| self.patient.add(listed))? {
            self.set.left_out += 1;
            return Ok(());
        }
        let [first, second, own] = components(&entry.code);
        self.folder.put(&path, [first, second, own], entry.sha256.as_deref().unwrap_or_default())?;
        self.names.insert(own.to_owned());
        self.set.listed += 1;
        Ok(())
    }

    /// Writes a patient's records, and takes away what the folder holds of the patient besides.
    fn end_patient(&mut self) -> Result<(), FileSetError> {
        let (patient, names) = (std::mem::take(&mut self.patient), std::mem::take(&mut self.names));
        let Some(code) = self.code.take().filter(|_| !patient.is_empty()) else { return Ok(()) };
        self.directory.patient(&patient)?;
        let part = |range| code.as_str().get(range).unwrap_or_default();
        Ok(self.folder.end(part(2..10), part(10..14), &names)?)
    }

    fn set_of_all(mut self, part: &Path) -> Result<FileSet, FileSetError> {
        self.end_patient()?;
        self.folder.close()?;
        let out = self.directory.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        instant::set(&out)?;
        out.sync_data()?;
        drop(out);
        debug_assert!(part.exists());
        Ok(self.set)
    }
}

/// Reads the directory back and holds it against the objects that it leads to.
fn prove(release: &Path, part: &Path, listed: u64) -> Result<(), FileSetError> {
    let source = FileSource::new(disk::open_source(part)?)?;
    let mut opener = |file: &[String]| -> io::Result<Box<dyn Source>> {
        let path = file.iter().fold(release.to_path_buf(), |path, name| path.join(name));
        Ok(Box::new(FileSource::new(disk::open_source(&path)?)?))
    };
    match inspect::witness_directory(&source, &mut opener) {
        Ok(found) if found == listed => Ok(()),
        Ok(_) => Err(FileSetError::Unproved(Trouble::SamplesChanged)),
        Err(trouble) => Err(FileSetError::Unproved(trouble)),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
