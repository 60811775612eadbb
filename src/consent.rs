//! Consent records, the register they come from, assessments, and the sidecar beside each recording (paras 18–25).
//!
//! A pipeline reads a [`Register`] once, asks [`Register::find`] for each recording, hands what it finds to the judge,
//! and writes a [`Sidecar`] beside what it keeps.

pub mod assessment;
pub mod condition;
pub mod date;
pub mod decision;
pub mod distribution;
pub mod lint;
pub mod offered;
pub mod patient;
pub mod pattern;
pub mod record;
pub mod register;
pub mod ruling;
pub mod sidecar;
pub mod template;
pub mod withdrawal;

pub use assessment::Assessment;
pub use date::{Date, Month};
pub use offered::Offered;
pub use patient::Patient;
pub use pattern::Pattern;
pub use record::{Authority, Consent};
pub use register::{Match, Problems, Register, Statement};
pub use sidecar::Sidecar;
pub use withdrawal::Withdrawal;
