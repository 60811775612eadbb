//! Cleans what may be a film of this format, and asks the witness.
#![no_main]

#[path = "../number.rs"]
mod number;
#[path = "../round.rs"]
mod round;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| round::check("bmff", bytes));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    number::mutate(data, size, most, seed)
});
