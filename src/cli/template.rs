//! `scrubs consent template`: an empty register, printed or written to a new file.

use super::{Advised, Exit, args, say};
use anyhow::Result;
use scrubs::consent::template;
use scrubs::recording::fault::why;
use std::io::{self, Write};
use std::path::Path;

pub(crate) fn template(args: &args::Template) -> Result<Exit> {
    let Some(path) = &args.to else { return say::out(&template::csv()) };
    let kind = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let bytes = match kind.as_deref() {
        Some("xlsx") => template::workbook()?,
        Some("csv") => template::csv().into_bytes(),
        _ => {
            let advice = "Give the file a name that ends in .xlsx, for a sheet with drop-downs, or in .csv.";
            return Err(Advised::nothing("the template is written as .xlsx or as .csv", advice));
        }
    };
    write_new(path, &bytes).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Advised::nothing("there is a file of that name already", "Nothing was overwritten: name another file.")
        }
        kind => {
            Advised::nothing(format!("the template cannot be written ({})", why(kind)), "Check the folder after --to.")
        }
    })?;
    say::note(&format!("Written: {}", say::path(path)));
    if kind.as_deref() == Some("csv") {
        say::note(
            "Its second row says what goes into each column: delete that row when you have filled in the others.",
        );
    }
    Ok(Exit::Good)
}

/// Writes a file that was not there, whole or not at all.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|refused| refused.error)?;
    Ok(())
}
