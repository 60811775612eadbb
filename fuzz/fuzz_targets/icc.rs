//! Puts bytes into a JPEG as its colour profile, cleans it and asks the witness.
#![no_main]

#[path = "../round.rs"]
mod round;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| round::check("icc", bytes));
