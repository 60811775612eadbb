//! Files and folders that only their owner may open, made and checked by each platform's own means.
//!
//! Unix: modes 0700 and 0600 (POSIX.1-2017, `chmod`). Elsewhere the user's own data folder is private to the user
//! already, so nothing is set and nothing is refused.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Makes one folder for its owner alone; an existing one is an error.
pub(crate) fn make_dir(path: &Path) -> io::Result<()> {
    private_dirs(false).create(path)
}

/// Makes a folder and those above it that are missing, each for its owner alone; existing ones stay as they are.
pub(crate) fn make_dirs(path: &Path) -> io::Result<()> {
    private_dirs(true).create(path)
}

/// Opens a new file for its owner alone; an existing one is an error.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    private_file().write(true).create_new(true).open(path)
}

/// Opens a file for reading and writing, made for its owner alone where it is missing.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    private_file().read(true).write(true).create(true).truncate(false).open(path)
}

/// Makes what a folder lists durable. Systems and network disks that cannot sync a folder do it by themselves.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(path)?.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}

#[cfg(unix)]
fn private_dirs(recursive: bool) -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.recursive(recursive).mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_dirs(recursive: bool) -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(recursive);
    builder
}

#[cfg(unix)]
fn private_file() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = File::options();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private_file() -> OpenOptions {
    File::options()
}

/// Whether nobody but the owner may read, write or enter.
#[cfg(unix)]
pub(crate) fn is_private(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.mode() & 0o077 == 0
}

/// Whether nobody but the owner may read, write or enter: not asked on this platform.
#[cfg(not(unix))]
pub(crate) fn is_private(_: &Metadata) -> bool {
    true
}

/// Whether some folder above may be written by every user without being sticky (POSIX.1-2017, `S_ISVTX`), so that any of
/// them could put another folder in this one's place. A group's right to write is common where each user has a group of
/// their own, and is let be.
#[cfg(unix)]
pub(crate) fn is_replaceable(dir: &Path) -> io::Result<bool> {
    for above in dir.canonicalize()?.ancestors().skip(1) {
        if is_open_to_all(above)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether every user may write in a folder that is not sticky.
#[cfg(unix)]
pub(crate) fn is_open_to_all(dir: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(fs::metadata(dir)?.mode() & 0o1002 == 0o0002)
}

/// Whether every user may write in a folder: not asked on this platform.
#[cfg(not(unix))]
pub(crate) fn is_open_to_all(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Whether other users could put another folder in this one's place: not asked on this platform.
#[cfg(not(unix))]
pub(crate) fn is_replaceable(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Takes an existing file away from everybody but its owner.
#[cfg(unix)]
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

/// Takes an existing file away from everybody but its owner: nothing to do on this platform.
#[cfg(not(unix))]
pub(crate) fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The number of the user this process writes as, read off a file it makes in `dir` and forgets at once.
#[cfg(unix)]
pub(crate) fn user_number(dir: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    Some(tempfile::tempfile_in(dir).ok()?.metadata().ok()?.uid())
}

/// The number of the user this process writes as: this platform has none.
#[cfg(not(unix))]
pub(crate) fn user_number(_: &Path) -> Option<u32> {
    None
}

/// The name that belongs to a user number in the system's own list (`passwd(5)`).
pub(crate) fn user_name(number: u32) -> Option<String> {
    let list = fs::read_to_string("/etc/passwd").ok()?;
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number.to_string()).then(|| name.to_owned())
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_is_made_is_the_owners_alone() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("a/b");
        make_dirs(&dir).unwrap();
        make_dir(&dir.join("c")).unwrap();
        drop(create_file(&dir.join("d")).unwrap());
        drop(open_file(&dir.join("e")).unwrap());
        let mut checked = 0;
        for path in ["a", "a/b", "a/b/c", "a/b/d", "a/b/e"] {
            assert!(is_private(&fs::metadata(home.path().join(path)).unwrap()), "{path}");
            checked += 1;
        }
        assert_eq!(checked, 5);
        assert!(create_file(&dir.join("d")).is_err() && make_dir(&dir).is_err());
    }

    #[test]
    fn what_others_may_read_is_not_private() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o640)).unwrap();
        assert!(!is_private(&file.path().metadata().unwrap()));
        make_private(file.path()).unwrap();
        assert!(is_private(&file.path().metadata().unwrap()));
    }
}
