//! A place that outputs go to: the release, or what is held in custody. Files are written under a temporary name and
//! moved to their own only when they are finished, proved and explained by a durable key entry.

use super::{disk, load};
use crate::code::custody::Custody;
use crate::cut::FileSource;
use crate::ledger::Entry;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where unfinished files lie, below the root of a shelf.
const PARTIAL: &str = ".partial";
/// Folders in it: workers that make files in folders of their own do not wait for each other.
const DRAWERS: u64 = 32;

/// Which shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// The release: may be handed on.
    Release,
    /// Custody: stays with the guardian.
    Custody,
}

/// One of the two places outputs go to.
pub(crate) struct Shelf {
    root: PathBuf,
}

/// Where unfinished files of a custody lie. Whatever a run that was killed left there, the next one clears away.
pub fn working_area(custody: &Path) -> PathBuf {
    custody.join(PARTIAL)
}

impl Shelf {
    /// Makes the shelf's folders and clears what an interrupted run left unfinished.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        disk::make_dir(root)?;
        let partial = root.join(PARTIAL);
        match fs::remove_dir_all(&partial) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for drawer in 0..DRAWERS {
            disk::make_dir(&partial.join(drawer.to_string()))?;
        }
        Ok(Self { root: root.to_path_buf() })
    }

    /// A new file under a temporary name. The name is a number: it tells nothing.
    pub(crate) fn begin(&self, number: u64, part: &str) -> io::Result<(PathBuf, File)> {
        let drawer = (number % DRAWERS).to_string();
        let path = self.root.join(PARTIAL).join(drawer).join(format!("{number}.{part}"));
        Ok((path.clone(), disk::create_new(&path)?))
    }

    /// Moves a finished file to `relative`. With `replace`, a file of ours that lies there is replaced.
    pub(crate) fn settle(&self, temporary: &Path, relative: &str, replace: bool) -> io::Result<()> {
        let target = self.root.join(relative);
        if let Some(parent) = target.parent() {
            disk::make_dir(parent)?;
        }
        if !replace {
            return disk::rename_new(temporary, &target);
        }
        fs::rename(temporary, target)?;
        // POSIX leaves both names where both are of one file: an output that was adopted and stays in its place.
        match fs::remove_file(temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// A temporary name for an output that is in its place already: a second name for the same file, or a copy of it
    /// where the shelves do not share a file system. None where it is not the output that `entry` tells of.
    pub(crate) fn adopt(&self, number: u64, from: &Path, entry: &Entry) -> io::Result<Option<PathBuf>> {
        let path = self.root.join(PARTIAL).join((number % DRAWERS).to_string()).join(format!("{number}.recording"));
        if fs::hard_link(from, &path).is_ok() {
            return Ok(Some(path));
        }
        let Ok(source) = disk::open_source(from).and_then(FileSource::new) else { return Ok(None) };
        let mut file = disk::create_new(&path)?;
        let mut digest = Sha256::new();
        let mut fault = None;
        let read = load::each_step(&source, |bytes| {
            digest.update(bytes);
            fault = fault.take().or_else(|| file.write_all(bytes).err());
        });
        if let Some(error) = fault {
            return Err(error);
        }
        let digest: [u8; 32] = digest.finalize().into();
        if read.is_ok() && entry.sha256.as_deref() == Some(load::hex(&digest).as_str()) {
            return Ok(Some(path));
        }
        fs::remove_file(&path)?;
        Ok(None)
    }

    /// Length of the file at `relative`; none where none lies there.
    pub(crate) fn length(&self, relative: &str) -> Option<u64> {
        self.root.join(relative).symlink_metadata().ok().filter(|m| m.is_file()).map(|m| m.len())
    }

    /// Removes a file of ours, and its folder when that is empty then. A file that is gone already is no error.
    pub(crate) fn remove(&self, relative: &str) -> io::Result<()> {
        let target = self.root.join(relative);
        match fs::remove_file(&target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if let Some(parent) = target.parent() {
            // Fails while other recordings of the patient lie there, which is as it should be.
            let _ = fs::remove_dir(parent);
        }
        Ok(())
    }

    /// Whether a file lies at `relative`.
    pub(crate) fn has(&self, relative: &str) -> bool {
        self.root.join(relative).symlink_metadata().is_ok_and(|m| m.is_file())
    }

    /// Makes all that was written here durable.
    pub(crate) fn sync(&self, files: &[PathBuf]) -> io::Result<()> {
        disk::sync_all(&self.root, files)
    }

    /// The root folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Takes the folder of unfinished files away.
    pub(crate) fn close(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.root.join(PARTIAL)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The keyed digest under which the ledger knows a release, by its canonical path.
pub fn release_digest(custody: &Custody, release: &Path) -> [u8; 32] {
    custody.coder().ledger_digest("release", &[release.as_os_str().as_encoded_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let shelf = Shelf::open(&dir.path().join("release")).expect("opened");
        let (temporary, mut file) = shelf.begin(1, "recording").expect("begun");
        file.write_all(b"x").expect("written");
        assert!(!shelf.has("recordings/P/a.jpg"));
        shelf.settle(&temporary, "recordings/P/a.jpg", false).expect("settled");
        assert!(shelf.has("recordings/P/a.jpg"));
        let (again, _) = shelf.begin(2, "recording").expect("begun");
        assert!(shelf.settle(&again, "recordings/P/a.jpg", false).is_err());
        shelf.remove("recordings/P/a.jpg").expect("removed");
        assert!(!shelf.root().join("recordings/P").exists());
        shelf.close().expect("closed");
        assert!(!shelf.root().join(PARTIAL).exists());
    }
}
