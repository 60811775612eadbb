//! Codes for patients, recordings and UIDs, and the key that is retained apart (GMC endnote 3).
//!
//! Whoever hands recordings on can tell patients apart and link them over time, and nobody without the key can go back.

pub mod audit;
pub mod coder;
pub mod custody;
pub mod destroy;
pub(crate) mod erase;
pub mod forget;
pub mod identity;
pub mod key;
pub(crate) mod permission;

pub use coder::{Coder, PatientCode, RecordingCode};
