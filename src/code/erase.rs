//! Takes a secret off the disk as far as a program can: overwritten, made durable, unlinked.
//!
//! Solid-state disks, snapshots and backups may keep what was overwritten (NIST SP 800-88r1, 2.4): callers say so.

use super::permission;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

/// Overwrites a file with zeros, makes that durable, and removes it. The caller syncs the folder. What is gone already is
/// no error; what is no ordinary file is only unlinked.
///
/// # Errors
/// Whatever the disk says; the file may be overwritten and still there then, and the same call goes on.
pub(crate) fn erase(path: &Path) -> io::Result<()> {
    let found = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    if found.is_file() {
        let mut file = File::options().write(true).open(path)?;
        io::copy(&mut io::repeat(0).take(found.len()), &mut file)?;
        file.flush()?;
        file.sync_all()?;
    }
    fs::remove_file(path)
}

/// Erases every file of a folder and then the folder. What is gone already is no error. Returns how many there were.
///
/// # Errors
/// As [`erase`].
pub(crate) fn erase_dir(path: &Path) -> io::Result<u64> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
        // A link leads to what is not ours.
        Ok(found) if !found.is_dir() => return Err(io::ErrorKind::NotADirectory.into()),
        Ok(_) => {}
    }
    let mut erased = 0u64;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            erased = erased.saturating_add(erase_dir(&entry.path())?);
        } else {
            erase(&entry.path())?;
            erased = erased.saturating_add(1);
        }
    }
    permission::sync_dir(path)?;
    fs::remove_dir(path)?;
    Ok(erased)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_linked_twice_is_zeros_under_its_other_name() {
        let home = tempfile::tempdir().unwrap();
        let (one, other) = (home.path().join("one"), home.path().join("other"));
        fs::write(&one, b"Canary").unwrap();
        fs::hard_link(&one, &other).unwrap();
        erase(&one).unwrap();
        assert!(!one.exists());
        assert_eq!(fs::read(&other).unwrap(), [0; 6]);
        erase(&one).unwrap();
        assert_eq!(erase_dir(&home.path().join("none")).unwrap(), 0);
    }

    #[test]
    fn a_folder_goes_with_all_that_is_in_it() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("a");
        fs::create_dir_all(dir.join("b")).unwrap();
        fs::write(dir.join("b/c"), b"x").unwrap();
        fs::write(dir.join("d"), b"x").unwrap();
        assert_eq!(erase_dir(&dir).unwrap(), 2);
        assert!(!dir.exists());
    }
}
