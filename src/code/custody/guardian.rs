//! A change of guardians as it lies on the disk: prepared beside the key, then put in place so that no moment loses it.
//!
//! Every key file is sealed anew into `.guardians/`. Only when all are there and durable does the new list appear beside
//! them: from that moment the change is decided, and moving the files to their places needs no identity. Before it,
//! nothing was changed, and what was prepared is thrown away.

use super::{GUARDIANS, permission, plain};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where a change is prepared, in custody.
const STAGE: &str = ".guardians";

/// The folder in which a change is prepared.
pub(crate) fn stage(dir: &Path) -> PathBuf {
    dir.join(STAGE)
}

/// Whether a change was begun and not ended.
pub(super) fn is_begun(dir: &Path) -> bool {
    stage(dir).symlink_metadata().is_ok()
}

/// Makes the folder in which a change is prepared; what a killed one left is gone since the lock was taken.
pub(crate) fn begin(dir: &Path) -> io::Result<PathBuf> {
    let stage = stage(dir);
    permission::make_dir(&stage)?;
    Ok(stage)
}

/// Decides a change whose key files are all prepared and durable: the new list appears beside them.
pub(crate) fn decide(dir: &Path, list: &str) -> io::Result<()> {
    let stage = stage(dir);
    permission::sync_dir(&stage)?;
    let mut file = tempfile::NamedTempFile::new_in(&stage).map_err(plain)?;
    file.write_all(list.as_bytes()).map_err(plain)?;
    file.as_file().sync_all()?;
    file.persist(stage.join(GUARDIANS)).map_err(|e| plain(e.error))?;
    permission::sync_dir(&stage)?;
    permission::sync_dir(dir)
}

/// Ends a change that a killed command left: a decided one is carried out, any other is thrown away. The lock is held.
pub(crate) fn settle(dir: &Path) -> io::Result<()> {
    if !is_begun(dir) {
        return Ok(());
    }
    let stage = stage(dir);
    let list = stage.join(GUARDIANS);
    if list.symlink_metadata().is_ok_and(|found| found.is_file()) {
        for entry in fs::read_dir(&stage)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == "age") {
                fs::rename(entry.path(), dir.join("key").join(entry.file_name()))?;
            }
        }
        permission::sync_dir(&dir.join("key"))?;
        // The list last: with this one rename the change is over.
        fs::rename(&list, dir.join(GUARDIANS))?;
        permission::sync_dir(dir)?;
    }
    fs::remove_dir_all(&stage)?;
    permission::sync_dir(dir)
}
