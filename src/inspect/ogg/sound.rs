//! Packets behind the headers of a track as the witness reads them: the original's, but for headers among them, which are
//! empty, and for bytes that belong to no whole packet, which are zero.
//!
//! RFC 3533 section 6; Vorbis I section 4.2.1; Theora section 6.1; RFC 7845 section 3; RFC 9639 section 10.1.

use super::Kind;
use super::pages::Page;
use crate::inspect::{Left, Trouble};
use crate::place::Place;

/// The packet of a track that is being read.
#[derive(Debug, Default)]
pub(super) struct Sound {
    /// Bytes of it that went by.
    inside: usize,
    /// What a packet that is no sound begins with; the rest of it is zero.
    empty: Option<Vec<u8>>,
    is_same: bool,
    is_empty: bool,
    is_zero: bool,
}

impl Sound {
    /// A page of the track begins.
    pub(super) fn turn(&mut self, page: &Page, left: &mut Left) {
        if !page.goes_on() {
            self.is_over(page.start, left);
            (self.inside, self.empty) = (0, None);
        } else if self.inside == 0 {
            // The beginning of what goes on here is missing.
            self.begin(Some(Vec::new()));
        }
    }

    /// No more of the packet follows.
    pub(super) fn is_over(&self, at: u64, left: &mut Left) {
        if self.inside > 0 && !self.is_zero {
            left.note("bytes of a packet that never ends", Place::bytes("pages", at, 0));
        }
    }

    /// A part of a packet: that of the output, and of the original.
    pub(super) fn part(
        &mut self,
        kind: Kind,
        (new, old): (&[u8], &[u8]),
        whole: bool,
        at: u64,
        left: &mut Left,
    ) -> Result<(), Trouble> {
        let headless = self.inside == 0 && self.empty.as_ref().is_some_and(Vec::is_empty);
        if self.inside == 0 && !headless {
            self.begin(header(kind, old));
        }
        let expected = self.empty.as_deref().unwrap_or_default();
        let zero = |(n, byte): (usize, &u8)| *byte == expected.get(self.inside + n).copied().unwrap_or(0);
        self.is_empty &= new.iter().enumerate().all(zero);
        self.is_same &= new == old;
        self.is_zero &= new.iter().all(|byte| *byte == 0);
        self.inside += new.len();
        if whole {
            if self.empty.is_some() && !self.is_empty {
                left.note("a packet that is no sound", Place::bytes("pages", at, 0));
            } else if self.empty.is_none() && !self.is_same {
                return Err(Trouble::SamplesChanged);
            }
            (self.inside, self.empty) = (0, None);
        }
        Ok(())
    }

    fn begin(&mut self, empty: Option<Vec<u8>>) {
        *self = Self { inside: 0, empty, is_same: true, is_empty: true, is_zero: true };
    }
}

/// How a packet that is no sound begins when it is empty.
fn header(kind: Kind, packet: &[u8]) -> Option<Vec<u8>> {
    let first = *packet.first()?;
    let words: &[&[u8]] = match kind {
        Kind::Vorbis => &[b"\x03vorbis\0\0\0\0\0\0\0\0\x01"],
        Kind::Opus => &[b"OpusTags", b"OpusHead"],
        Kind::Theora => &[b"\x81theora"],
        _ => &[],
    };
    // A name ends before the lengths that follow it in Vorbis.
    let named = |word: &&&[u8]| packet.starts_with(&word[..if kind == Kind::Vorbis { 7 } else { word.len() }]);
    if let Some(word) = words.iter().find(named) {
        return Some(word.to_vec());
    }
    let is_other = match kind {
        Kind::Vorbis => first % 2 == 1,
        Kind::Theora => first >= 0x80,
        Kind::Flac => first != 0xff || packet.get(1).is_none_or(|b| b & 0xfe != 0xf8),
        _ => false,
    };
    is_other.then(|| vec![first])
}
