//! Surgeon in the making. ISO/IEC 15444-1 and 15444-2.

use super::Options;
use crate::cut::Source;
use crate::plan::{Plan, Refusal};

pub(super) fn plan(_source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    Err(Refusal::not_understood("this format is not cleaned yet"))
}
