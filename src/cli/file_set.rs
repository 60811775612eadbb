//! The file-set of a release: made where it is asked for, and taken away where it no longer is.

use super::{Advised, args, say};
use anyhow::Result;
use scrubs::code::custody::Custody;
use scrubs::pipeline::Order;
use scrubs::pipeline::file_set::{self, FileSetError};
use std::path::Path;

/// Makes the file-set, or takes away the one of an earlier run.
pub(crate) fn renew(args: &args::Clean, order: &Order<'_>, custody: &Custody) -> Result<()> {
    let advised = |error: FileSetError| Advised::stopped(&error, error.advice());
    if !(args.file_set || order.profile.makes_file_set()) {
        file_set::clear(&order.release).map_err(advised)?;
        return Ok(());
    }
    let set = file_set::write(custody, &order.release).map_err(advised)?;
    if set.left_out > 0 {
        let (n, s) = (set.left_out, if set.left_out == 1 { "" } else { "s" });
        say::note(&format!(
            "scrubs: {n} released DICOM object{s} not listed in DICOMDIR: without study or series, of a kind"
        ));
        say::note(
            "that no directory lists, or with the instance UID of another. They are in the release all the same.\n",
        );
    }
    Ok(())
}

/// Makes the file-set of a release anew where it has one.
pub(crate) fn renew_there(custody: &Custody, release: &Path) -> Result<()> {
    if file_set::is_there(release) {
        file_set::write(custody, release)?;
    }
    Ok(())
}
