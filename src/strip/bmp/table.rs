//! The colour table: entries that a pixel uses, the fourth byte of each and all others blanked.
//!
//! Microsoft, RGBQUAD (the fourth byte is reserved and must be 0) and RGBTRIPLE.

use super::header::Header;

/// Which colours the samples use.
#[derive(Debug)]
pub(super) struct Used([bool; 256]);

impl Used {
    /// None yet but the first, which viewers show where samples are missing.
    pub(super) fn new() -> Self {
        let mut used = [false; 256];
        used[0] = true;
        Self(used)
    }

    /// Notes one.
    pub(super) fn note(&mut self, colour: u8) {
        self.0[usize::from(colour)] = true;
    }
}

/// Blanks what no viewer shows; whether there was anything.
pub(super) fn blank(table: &mut [u8], header: &Header, used: &Used) -> bool {
    let mut telling = false;
    for (colour, used) in table.chunks_mut(header.entry.max(1) as usize).zip(&used.0) {
        let from = if *used { 3.min(colour.len()) } else { 0 };
        let reserved = &mut colour[from..];
        telling |= reserved.iter().any(|byte| *byte != 0);
        reserved.fill(0);
    }
    telling
}
