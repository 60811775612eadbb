//! Spreadsheets: the same rows as a CSV file, every fault with its cell, and hostile files refused within limits.

use super::*;
use crate::consent::{Date, Patient};
use crate::recording::terms::ConsentStatus;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
