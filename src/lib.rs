//! scrubs makes teaching collections of patient photographs and X-rays safe to use.
//!
//! **The way through.** A path becomes a recording ([`scan`]); its bytes become findings ([`inspect`]); findings and
//! profile become a [`plan`] ([`strip`], [`dicom`], with codes from [`code`]); a comprehensive plan is carried out and
//! the result inspected again by a witness that shares no code with the surgeon; what remains, the [`consent`] and the
//! purpose become a verdict with citations ([`guidance`]); and only then are recording, sidecar and [`ledger`] entry
//! written ([`pipeline`]) and told of ([`report`]).
//!
//! The guidance is the General Medical Council's *Making and using visual and audio recordings of patients*; DICOM is
//! de-identified after PS3.15 Annex E. scrubs advises, it does not decide.

pub mod check;
pub mod code;
pub mod consent;
mod crew;
pub mod cut;
pub mod decode;
pub mod dicom;
pub mod finding;
pub mod guidance;
mod icc;
pub mod inspect;
pub mod ledger;
pub mod pipeline;
pub mod pixels;
pub mod place;
pub mod plan;
pub mod recording;
pub mod report;
pub mod review;
pub mod scan;
pub mod strip;
