//! The witness's own account of films and sound in ISO base media: every box on a list of its own, every byte of media
//! data a sample of a track that stays or zero, and everything in its old place.
//!
//! ISO/IEC 14496-12, 14496-14, 14496-15; QuickTime File Format (Apple, 2012); 3GPP TS 26.244.

pub(super) mod audio;
mod cleared;
mod clock;
mod entry;
mod findings;
pub(super) mod kind;
pub(super) mod mpeg;
pub(super) mod sample;
pub(super) mod setting;
mod shown;
mod track;
pub(super) mod unit;

pub(super) use cleared::witness;
pub(super) use findings::{discover, year};

/// Handlers of tracks of pictures and of sound: none of them may get lost.
const NEEDED: &[&[u8; 4]] = &[b"vide", b"soun"];

/// Handlers of tracks of words, of which two kinds may stay.
const WORDS: &[&[u8; 4]] = &[b"sbtl", b"subt", b"text"];
