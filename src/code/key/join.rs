//! Takes the key files of one custody into another of the same coding secret, as they are: nobody opens them.

use super::{FOLDER, KeyError, TEMPORARY, plain};
use crate::code::custody::{Custody, Lock};
use crate::code::permission;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Copies every key file that `into` lacks. **Durable on return.** A file of the same name and bytes is there already;
/// one of the same name and other bytes is never overwritten.
///
/// # Errors
/// [`KeyError::Exists`] for such a file; whatever the disk says. What was copied until then stays.
pub fn join(from: &Custody, into: &Custody, _lock: &Lock) -> Result<u64, KeyError> {
    let folder = into.dir().join(FOLDER);
    let mut copied = 0u64;
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(from.dir().join(FOLDER))? {
        let entry = entry?;
        let whole = Path::new(&entry.file_name()).extension().is_some_and(|extension| extension == "age");
        if whole && entry.file_type()?.is_file() {
            names.push(entry.file_name().into());
        }
    }
    names.sort();
    for name in names {
        let (source, target) = (from.dir().join(FOLDER).join(&name), folder.join(&name));
        if fs::symlink_metadata(&target).is_ok() {
            if is_same(&source, &target)? {
                continue;
            }
            return Err(KeyError::Exists);
        }
        let part = tempfile::Builder::new().prefix(TEMPORARY).suffix(".part").tempfile_in(&folder).map_err(plain)?;
        io::copy(&mut File::open(&source)?, &mut part.as_file()).map_err(plain)?;
        part.as_file().flush()?;
        part.as_file().sync_all()?;
        part.persist_noclobber(&target).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => KeyError::Exists,
            _ => plain(error.error).into(),
        })?;
        copied = copied.saturating_add(1);
    }
    permission::sync_dir(&folder)?;
    Ok(copied)
}

/// Whether two files hold the same bytes.
fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut here, mut there) = ([0; 8192], [0; 8192]);
    loop {
        let n = one.read(&mut here)?;
        if n == 0 {
            return Ok(true);
        }
        other.read_exact(&mut there[..n])?;
        if here[..n] != there[..n] {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::identity;

    #[test]
    fn key_files_are_taken_over_once_and_never_overwritten() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let recipient = identity::create(&home.path().join("identity.txt")).expect("made");
        let make =
            |name: &str| Custody::create(&home.path().join(name), std::slice::from_ref(&recipient)).expect("made");
        let (from, into) = (make("from"), make("into"));
        let lock = into.lock().expect("free");
        fs::write(from.dir().join("key/run-000000.age"), b"sealed").expect("written");
        fs::write(from.dir().join("key/.sealing-x.part"), b"half").expect("written");
        assert_eq!(join(&from, &into, &lock).expect("joined"), 1);
        assert_eq!(join(&from, &into, &lock).expect("joined"), 0);
        assert_eq!(fs::read(into.dir().join("key/run-000000.age")).expect("there"), b"sealed");
        assert_eq!(fs::read_dir(into.dir().join("key")).expect("there").count(), 1);
        fs::write(into.dir().join("key/run-000000.age"), b"others").expect("written");
        assert!(matches!(join(&from, &into, &lock), Err(KeyError::Exists)));
        assert_eq!(fs::read(into.dir().join("key/run-000000.age")).expect("there"), b"others");
    }
}
