//! The one instant that every output bears as its time of change, so that no file tells when it was made.

use std::fs::File;
use std::io;
use std::time::{Duration, SystemTime};

/// 1 January 2000, 00:00 UTC, in seconds from 1970: within what every archive format can write, and plainly not a time
/// at which anything was done.
const SECONDS: u64 = 946_684_800;

/// The instant of every output.
pub fn instant() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(SECONDS)
}

/// Gives an output its time of change, once all of it is written. A file system that keeps no such time is no fault.
///
/// # Errors
/// Whatever the disk says.
pub fn set(file: &File) -> io::Result<()> {
    match file.set_modified(instant()) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        result => result,
    }
}
