//! What differs between operating systems about writing files so that they last.
//!
//! Linux: `syncfs(2)` makes a whole batch durable at once (a sync per file costs six times the work), and
//! `renameat2(2)` with `RENAME_NOREPLACE` never overwrites. Elsewhere: a sync per file, and a look before the rename.

use crate::recording::instant;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder and what is missing above it, for the owner alone.
pub(crate) fn make_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a new file for the owner alone; an existing one is an error.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Gives a finished output the time of change that all outputs bear.
pub(crate) fn neutral_time(path: &Path) -> io::Result<()> {
    instant::set(&OpenOptions::new().write(true).open(path)?)
}

/// Opens a source for reading: never through a link that took its place, never waiting for a pipe's other end.
pub(crate) fn open_source(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not an ordinary file"));
    }
    Ok(file)
}

/// Moves a finished file to its place, which must be free.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags};
        match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Some network file systems know no such rename.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {}
            other => return Ok(other?),
        }
    }
    if to.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}

/// Lets the disk begin with what has been written of a file, and waits for that: the less is left when a batch is made
/// durable, which this does not replace. `fdatasync(2)`; elsewhere nothing, since there each file is synced in its batch.
pub(crate) fn push(file: &File) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::io::Errno;
        match rustix::fs::fdatasync(file) {
            // A file system that knows no such call.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::INTR) => {}
            other => return Ok(other?),
        }
    }
    let _ = file;
    Ok(())
}

/// Makes everything written below `root` durable.
#[cfg(target_os = "linux")]
pub(crate) fn sync_all(root: &Path, _files: &[std::path::PathBuf]) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(root)?)?)
}

/// Makes everything written below `root` durable: the files named, one by one.
#[cfg(not(target_os = "linux"))]
pub(crate) fn sync_all(_root: &Path, files: &[std::path::PathBuf]) -> io::Result<()> {
    for file in files {
        match OpenOptions::new().write(true).open(file) {
            Ok(file) => file.sync_all()?,
            // Already moved away by a later step.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether two folders lie on one file system, so that one sync serves both.
pub(crate) fn is_one_file_system(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if let (Ok(a), Ok(b)) = (fs::metadata(a), fs::metadata(b)) {
            return a.dev() == b.dev();
        }
    }
    let _ = (a, b);
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_taken_is_never_overwritten() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        fs::write(&a, b"new").expect("written");
        fs::write(&b, b"old").expect("written");
        assert_eq!(rename_new(&a, &b).expect_err("taken").kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&b).expect("there"), b"old");
        fs::remove_file(&b).expect("removed");
        rename_new(&a, &b).expect("free");
        assert_eq!(fs::read(&b).expect("there"), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn outputs_are_for_the_owner_alone_and_links_and_pipes_are_not_opened() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("f");
        drop(create_new(&file).expect("new"));
        assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
        assert!(create_new(&file).is_err());
        let link = dir.path().join("l");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        assert!(open_source(&link).is_err());
        assert!(open_source(&file).is_ok());
        assert!(open_source(dir.path()).is_err());
        sync_all(dir.path(), &[file]).expect("synced");
    }
}
