//! A file that appears under its name only when it is whole.

use crate::recording::instant;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file being written beside its final name. Dropped before [`Part::finish`], it goes.
#[derive(Debug)]
pub(super) struct Part {
    file: File,
    part: PathBuf,
    whole: PathBuf,
    finished: bool,
}

impl Part {
    /// Opens `.name.part` in `dir`. The name is fixed, so that what a killed run left behind is taken up again and
    /// does not lie about; it is removed first, so that nothing is ever written through a link.
    pub(super) fn create(dir: &Path, name: &str) -> io::Result<Self> {
        let part = dir.join(format!(".{name}.part"));
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = owner_only().write(true).create_new(true).open(&part)?;
        Ok(Self { file, part, whole: dir.join(name), finished: false })
    }

    /// Makes the bytes durable and gives the file its name.
    pub(super) fn finish(mut self) -> io::Result<()> {
        instant::set(&self.file)?;
        self.file.sync_data()?;
        fs::rename(&self.part, &self.whole)?;
        self.finished = true;
        Ok(())
    }
}

impl Write for Part {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.file.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.finished {
            // What cannot be removed now is removed by the next report.
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// Makes a folder that only its owner can enter, unless it is there.
pub(super) fn create_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Gives a folder the time of change of an output, where the system opens folders; elsewhere it keeps its own.
pub(super) fn neutral_time(dir: &Path) {
    if cfg!(unix)
        && let Ok(dir) = File::open(dir)
    {
        // A folder's time tells only when something was last put into it; a release is as good with it.
        let _ = instant::set(&dir);
    }
}

fn owner_only() -> OpenOptions {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
