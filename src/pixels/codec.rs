//! Codings of samples that surgeons share: decoded for a look, and written again with parts filled.

pub mod high_throughput;
pub mod jpeg;
pub(crate) mod text;
