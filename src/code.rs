//! Codes for patients, recordings and UIDs, and the key that is retained apart (GMC endnote 3).
//!
//! Whoever hands recordings on can tell patients apart and link them over time, and nobody without the key can go back.

pub mod coder;

pub use coder::{Coder, PatientCode, RecordingCode};
