//! Witness in the making. ISO/IEC 18181-2.

use super::{Discovery, Evidence, Trouble};
use crate::cut::Source;

pub(super) fn discover(_source: &dyn Source, _out: &mut Discovery) -> Result<(), Trouble> {
    Err(Trouble::Damaged("this format is not read yet"))
}

pub(super) fn year(_source: &dyn Source) -> Result<Option<u16>, Trouble> {
    Ok(None)
}

pub(super) fn witness(_evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    Err(Trouble::Damaged("this format is not read yet"))
}
