//! Cleans what may be a recording of this format, and asks the witness.
#![no_main]

#[path = "../round.rs"]
mod round;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| round::check("avi", bytes));
