//! Cleans what may be a picture of this format, and asks the witness.
#![no_main]

#[path = "../round.rs"]
mod round;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| round::check("png", bytes));

// A changed chunk hardly ever has a right checksum by chance, so most of what is made gets right ones.
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    let size = libfuzzer_sys::fuzzer_mutate(data, size, most);
    if seed % 8 != 0 {
        mend_checksums(&mut data[..size]);
    }
    size
});

/// Writes the right checksum behind every chunk that is whole (PNG 3rd ed., 5.3).
fn mend_checksums(png: &mut [u8]) {
    let mut at = 8;
    while let Some(length) = png.get(at..at + 4) {
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        let Some(chunk) = png.get_mut(at + 4..at + length + 12) else { return };
        let sum = crc32(&chunk[..length + 4]);
        chunk[length + 4..].copy_from_slice(&sum.to_be_bytes());
        at += length + 12;
    }
}

/// What each byte does to the checksum (PNG 3rd ed., annex D).
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let (mut crc, mut bit) = (index as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| TABLE[((crc ^ u32::from(*byte)) & 0xFF) as usize] ^ (crc >> 8))
}
