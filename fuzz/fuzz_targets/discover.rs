//! Lists what is in a file of the format that its first bytes claim; nothing is cleaned.
#![no_main]

#[path = "../round.rs"]
mod round;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| round::check("discover", bytes));
