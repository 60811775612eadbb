//! The folder of a file-set's objects: puts second names of recordings into it, and takes away those of no use.
//!
//! Patients come in the order of their codes, and so do the folders, so that both are gone through once. Only names of
//! the form that scrubs gives are ever removed.

use crate::pipeline::{disk, load};
use crate::recording::instant;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Where a copy lies until it is whole, in a patient's folder.
const PART: &str = ".part";

/// The folder, and which of the patients' folders in it are still to be gone through.
pub(super) struct Folder {
    root: PathBuf,
    there: bool,
    /// The first parts of codes that have a folder, in order.
    rest: std::iter::Peekable<std::vec::IntoIter<String>>,
    /// Of the one gone through now: its name, and the second parts that are left.
    open: Option<(String, BTreeSet<String>)>,
}

impl Folder {
    /// Opens the folder, which need not be there.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let names = names(root)?;
        let there = names.is_some();
        let rest: Vec<String> = names.unwrap_or_default().into_iter().filter(|n| is_part(n, 8)).collect();
        Ok(Self { root: root.to_path_buf(), there, rest: rest.into_iter().peekable(), open: None })
    }

    /// Whether it was there.
    pub(super) fn there(&self) -> bool {
        self.there
    }

    /// Gives a recording its second name. `digest` is its SHA-256, in hexadecimal digits.
    pub(super) fn put(&mut self, recording: &Path, name: [&str; 3], digest: &str) -> io::Result<()> {
        let [first, second, own] = name;
        let folder = self.root.join(first).join(second);
        let target = folder.join(own);
        match target.symlink_metadata() {
            Ok(found) if found.is_file() && is_same(recording, &target, digest)? => return Ok(()),
            Ok(_) => fs::remove_file(&target)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => disk::make_dir(&folder)?,
            Err(error) => return Err(error),
        }
        // Whatever stands in the way of a link, a copy says whether the disk is at fault.
        if fs::hard_link(recording, &target).is_ok() {
            return Ok(());
        }
        copy(recording, &folder.join(PART), digest)?;
        disk::rename_new(&folder.join(PART), &target)
    }

    /// Ends a patient's folder: what is in it besides `names` goes, as do the folders of codes before this one.
    pub(super) fn end(&mut self, first: &str, second: &str, names: &BTreeSet<String>) -> io::Result<()> {
        self.pass(Some(first))?;
        if let Some((_, seconds)) = &mut self.open {
            let before: Vec<String> = seconds.iter().take_while(|s| s.as_str() < second).cloned().collect();
            seconds.retain(|s| s.as_str() > second);
            for gone in before {
                empty(&self.root.join(first).join(gone), &BTreeSet::new())?;
            }
        }
        empty(&self.root.join(first).join(second), names)
    }

    /// Takes away what is left of codes behind the last, and the folder itself where it is empty then.
    pub(super) fn close(mut self) -> io::Result<()> {
        self.pass(None)?;
        // Fails while something lies in it, which is as it should be.
        let _ = fs::remove_dir(&self.root);
        Ok(())
    }

    /// Goes on to the folder of this first part, or past the last one.
    fn pass(&mut self, first: Option<&str>) -> io::Result<()> {
        if let Some((open, _)) = &self.open
            && Some(open.as_str()) == first
        {
            return Ok(());
        }
        if let Some((open, seconds)) = self.open.take() {
            self.take_away(&open, seconds)?;
        }
        while let Some(name) = self.rest.next_if(|name| first.is_none_or(|first| name.as_str() <= first)) {
            let seconds = names(&self.root.join(&name))?.unwrap_or_default();
            let seconds: BTreeSet<String> = seconds.into_iter().filter(|n| is_part(n, 4)).collect();
            if Some(name.as_str()) == first {
                self.open = Some((name, seconds));
                return Ok(());
            }
            self.take_away(&name, seconds)?;
        }
        Ok(())
    }

    fn take_away(&self, first: &str, seconds: BTreeSet<String>) -> io::Result<()> {
        for second in seconds {
            empty(&self.root.join(first).join(second), &BTreeSet::new())?;
        }
        let _ = fs::remove_dir(self.root.join(first));
        Ok(())
    }
}

/// Removes the files of our names from a patient's folder, but for these; then the folder, where it is empty.
fn empty(folder: &Path, but: &BTreeSet<String>) -> io::Result<()> {
    for name in names(folder)?.unwrap_or_default() {
        if (is_part(&name, 8) || name == PART) && !but.contains(&name) {
            fs::remove_file(folder.join(name))?;
        }
    }
    let _ = fs::remove_dir(folder);
    Ok(())
}

/// Whether a name is a part of a code: so many capitals and digits.
fn is_part(name: &str, length: usize) -> bool {
    name.len() == length && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// The names in a folder, in order; none where it is not there.
fn names(folder: &Path) -> io::Result<Option<Vec<String>>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(Some(names))
}

/// Whether two names are of one file, or the second is a whole copy of the first.
fn is_same(recording: &Path, target: &Path, digest: &str) -> io::Result<bool> {
    let (one, other) = (fs::metadata(recording)?, fs::metadata(target)?);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if (one.dev(), one.ino()) == (other.dev(), other.ino()) {
            return Ok(true);
        }
    }
    Ok(one.len() == other.len() && through(&mut File::open(target)?, &mut io::sink())? == digest)
}

/// Copies a recording, durably; a copy that is not what was released is none.
fn copy(recording: &Path, part: &Path, digest: &str) -> io::Result<()> {
    match fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut out = disk::create_new(part)?;
    if through(&mut disk::open_source(recording)?, &mut out)? != digest {
        drop(out);
        fs::remove_file(part)?;
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a recording is not what was released"));
    }
    instant::set(&out)?;
    out.sync_data()
}

/// Hands all bytes on and gives their SHA-256 in hexadecimal digits.
fn through(from: &mut File, to: &mut dyn Write) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; load::STEP];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(load::hex(&digest.finalize())),
            Ok(n) => {
                digest.update(&buffer[..n]);
                to.write_all(&buffer[..n])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
