//! Puts bytes into a JPEG as its Exif block, lists what is in it, cleans it and asks the witness.
#![no_main]

#[path = "../round.rs"]
mod round;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| round::check("exif", bytes));
