//! A private folder to decode in: only its owner may look into it, its names tell nothing, and it is gone afterwards.

use super::limit::no_room;
use crate::cut::Source;
use crate::pixels::Unseen;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// How many bytes are copied at a time.
const STEP: usize = 1 << 20;
/// How often a place that is taken away meanwhile is made again.
const TRIES: usize = 16;

/// A folder that is removed with all that is in it when it is dropped, also after an error. After a kill the next run
/// clears the place that it lies in.
pub(super) struct Room {
    inner: Option<TempDir>,
    /// The place that it lies in.
    place: PathBuf,
}

impl Room {
    /// A new one inside `place`.
    ///
    /// # Errors
    /// Where none can be made.
    pub(super) fn new(place: &Path) -> Result<Self, Unseen> {
        // Another worker may take the place away between two steps, since that was empty.
        for _ in 0..TRIES {
            let _ = owned().create(place);
            if let Ok(inner) = within(place) {
                return Ok(Self { inner: Some(inner), place: place.to_path_buf() });
            }
        }
        Err(no_room())
    }

    pub(super) fn path(&self) -> &Path {
        self.inner.as_ref().map_or(Path::new(""), TempDir::path)
    }

    /// Puts a recording into it under this name.
    ///
    /// # Errors
    /// Where it is longer than `most` bytes, cannot be read, or finds no room.
    pub(super) fn put(&self, name: &str, source: &dyn Source, most: u64) -> Result<(), Unseen> {
        if source.len() > most {
            return Err(Unseen::too_large("the file is larger than what is handed to an installed decoder"));
        }
        let mut file = self.create(name).map_err(|_| no_room())?;
        let (mut buffer, mut at) = (vec![0; STEP.min(source.len() as usize)], 0);
        while at < source.len() {
            let read = source.read_at(at, &mut buffer).map_err(|_| Unseen::damaged("the file cannot be read"))?;
            if read == 0 {
                break;
            }
            file.write_all(&buffer[..read]).map_err(|_| no_room())?;
            at += read as u64;
        }
        Ok(())
    }

    fn create(&self, name: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.path().join(name))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        drop(self.inner.take());
        // Whoever leaves last takes the place away; it stays while a run keeps its unfinished files there.
        let _ = fs::remove_dir(&self.place);
    }
}

fn owned() -> DirBuilder {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "only Unix has modes"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

fn within(place: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("look-");
    #[cfg(unix)]
    let owner = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700);
    #[cfg(unix)]
    builder.permissions(owner);
    builder.tempdir_in(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_leaves_last_takes_the_place_away() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("partial");
        let (first, second) = (Room::new(&place).unwrap(), Room::new(&place).unwrap());
        drop(first);
        assert!(second.path().exists());
        drop(second);
        assert!(!place.exists());
        fs::create_dir_all(place.join("0")).unwrap();
        drop(Room::new(&place).unwrap());
        assert!(place.join("0").exists(), "what a run keeps there stays");
    }
}
