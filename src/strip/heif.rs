//! Surgeon in the making. ISO/IEC 23008-12 and 14496-12, AV1 Image File Format 1.1.

use super::Options;
use crate::cut::Source;
use crate::plan::{Plan, Refusal};

pub(super) fn plan(_source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    Err(Refusal::not_understood("this format is not cleaned yet"))
}
