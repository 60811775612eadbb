//! Walks sources and tells what each file is by its content.
//!
//! Links are not followed; special files, unreadable entries and loops are outcomes, not errors; system files and other
//! programs' sidecars are listed, since `Thumbs.db` keeps pictures of deleted files.

pub mod sniff;
pub mod stray;

pub use sniff::sniff;
pub use stray::Stray;

use std::io;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// What the walk met at one place.
#[derive(Debug)]
pub enum Met {
    /// An ordinary file: its length in bytes, and when it was last changed, in nanoseconds since 1970.
    File {
        /// Length in bytes.
        length: u64,
        /// Nanoseconds since 1970; negative before.
        changed: i128,
    },
    /// A system file, or a sidecar that another program wrote.
    Stray(Stray),
    /// A symbolic link: not followed, or a photograph could enter twice or from outside the source.
    Link,
    /// A device, a pipe or a socket.
    Special,
    /// Something that could not be read.
    Unreadable(io::ErrorKind),
}

/// One place of the walk. `Debug` shows no path.
pub struct Found {
    /// Where it is on this machine.
    pub path: PathBuf,
    /// Its path below the source it was found in (the file name, when the source is a file).
    pub relative: PathBuf,
    /// What it is.
    pub met: Met,
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found").field("met", &self.met).finish_non_exhaustive()
    }
}

/// Walks the sources one after another, each folder in the order of its names' bytes, so that every run sees the same
/// order. Memory is bounded by the largest single folder.
pub fn walk(sources: &[PathBuf]) -> impl Iterator<Item = Found> + '_ {
    sources.iter().flat_map(|source| walk_one(source))
}

fn walk_one(source: &Path) -> impl Iterator<Item = Found> + '_ {
    WalkDir::new(source)
        .follow_links(false)
        .sort_by(|a, b| a.file_name().as_encoded_bytes().cmp(b.file_name().as_encoded_bytes()))
        .into_iter()
        .filter_map(move |entry| match entry {
            Ok(entry) if entry.file_type().is_dir() => None,
            Ok(entry) => Some(found(source, &entry)),
            Err(error) => {
                let path = error.path().unwrap_or(source).to_path_buf();
                let kind = error.io_error().map_or(io::ErrorKind::Other, io::Error::kind);
                Some(Found { relative: below(source, &path), path, met: Met::Unreadable(kind) })
            }
        })
}

fn found(source: &Path, entry: &DirEntry) -> Found {
    let path = entry.path().to_path_buf();
    // A source that is itself a link to a file was named by the user, so its target is meant.
    let metadata = if entry.depth() == 0 { std::fs::metadata(&path) } else { std::fs::symlink_metadata(&path) };
    let met = match metadata {
        Err(error) => Met::Unreadable(error.kind()),
        Ok(m) if m.file_type().is_symlink() => Met::Link,
        Ok(m) if !m.is_file() => Met::Special,
        Ok(m) => match stray::stray(entry.file_name()) {
            Some(stray) => Met::Stray(stray),
            None => Met::File { length: m.len(), changed: changed(&m) },
        },
    };
    Found { relative: below(source, &path), path, met }
}

fn below(source: &Path, path: &Path) -> PathBuf {
    match path.strip_prefix(source) {
        Ok(rest) if !rest.as_os_str().is_empty() => rest.to_path_buf(),
        _ => path.file_name().map_or_else(PathBuf::new, PathBuf::from),
    }
}

fn changed(metadata: &std::fs::Metadata) -> i128 {
    let Ok(time) = metadata.modified() else { return 0 };
    match time.duration_since(std::time::UNIX_EPOCH) {
        Ok(after) => after.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_walk_is_in_the_order_of_names_and_meets_everything_once() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for name in ["b.jpg", "a/z.png", "a/Thumbs.db", "a/._z.png", "c.xmp", "ち.jpg"] {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, b"x").expect("written");
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(dir.path(), dir.path().join("a/loop")).expect("linked");
        let sources = [dir.path().to_path_buf()];
        let met: Vec<String> = walk(&sources)
            .map(|f| {
                let kind = match f.met {
                    Met::File { length, .. } => format!("file {length}"),
                    Met::Stray(s) => s.word().to_owned(),
                    Met::Link => "link".to_owned(),
                    Met::Special => "special".to_owned(),
                    Met::Unreadable(_) => "unreadable".to_owned(),
                };
                format!("{} {kind}", f.relative.display())
            })
            .collect();
        let expected = [
            "a/._z.png system-file",
            "a/Thumbs.db system-file",
            #[cfg(unix)]
            "a/loop link",
            "a/z.png file 1",
            "b.jpg file 1",
            "c.xmp sidecar-file",
            "ち.jpg file 1",
        ];
        assert_eq!(met, expected);
    }

    #[test]
    fn a_source_that_is_a_file_is_found_under_its_name_and_a_missing_one_is_an_outcome() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("one.jpg");
        fs::write(&file, b"xy").expect("written");
        let sources = [file, dir.path().join("nowhere")];
        let all: Vec<Found> = walk(&sources).collect();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].relative, Path::new("one.jpg"));
        assert!(matches!(all[0].met, Met::File { length: 2, .. }));
        assert!(matches!(all[1].met, Met::Unreadable(io::ErrorKind::NotFound)));
        assert!(!format!("{:?}", all[0]).contains("one.jpg"));
    }
}
