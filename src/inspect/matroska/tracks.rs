//! Tracks as the witness reads them, and whether their private data and the notes between pictures are plain.
//!
//! Matroska codec specifications; ISO/IEC 14496-15; ITU-T H.264 and H.265 section 7.3.2.3.

use super::element;
use crate::inspect::Trouble;
use crate::inspect::bmff::kind::Kind;
use crate::inspect::bmff::{audio, mpeg, setting, unit};
use crate::inspect::bytes::Bytes;
use std::ops::Range;

/// Codecs whose samples hold nothing but sound, pictures and subtitles.
const CODECS: &[&str] = &[
    "V_MPEG4/ISO/AVC",
    "V_MPEGH/ISO/HEVC",
    "V_AV1",
    "V_MPEG1",
    "V_MPEG2",
    "V_MPEG4/ISO/SP",
    "V_MPEG4/ISO/ASP",
    "V_MPEG4/ISO/AP",
    "V_MJPEG",
    "V_PRORES",
    "V_VP8",
    "V_VP9",
    "V_FFV1",
    "V_THEORA",
    "A_VORBIS",
    "A_OPUS",
    "A_FLAC",
    "A_AAC",
    "A_ALAC",
    "A_MPEG/L3",
    "A_MPEG/L2",
    "A_AC3",
    "A_EAC3",
    "A_DTS",
    "A_TRUEHD",
    "A_PCM/INT/LIT",
    "A_PCM/INT/BIG",
    "A_PCM/FLOAT/IEEE",
    "S_TEXT/UTF8",
    "S_HDMV/PGS",
];

/// A track.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) number: u64,
    codec: String,
    pub(super) blocks: u64,
    pub(super) alpha: bool,
    /// How its samples are to be read.
    pub(super) kind: Kind,
}

impl Track {
    pub(super) fn read(bytes: &mut Bytes<'_>, entry: Range<u64>) -> Result<Self, Trouble> {
        let mut track = Self { number: 0, codec: String::new(), blocks: 0, alpha: false, kind: Kind::Plain };
        let (mut at, mut private) = (entry.start, Vec::new());
        while let Some(child) = element(bytes, at, entry.end)? {
            let body = bytes.copy(child.body.clone(), if child.id == 0x63a2 { 64 } else { 4096 })?;
            match child.id {
                0xd7 => track.number = body.iter().fold(0, |n, b| n << 8 | u64::from(*b)),
                0x86 => track.codec = String::from_utf8_lossy(&body).trim_end_matches('\0').to_owned(),
                0x63a2 => private = body,
                0xe0 => track.alpha = memchr::memmem::find(&body, b"\x53\xc0\x81\x01").is_some(),
                _ => {}
            }
            at = child.body.end;
        }
        let known =
            CODECS.contains(&track.codec.as_str()) || track.codec.starts_with("A_AAC/MPEG") && track.codec.len() < 24;
        if !known {
            return Err(Trouble::Unaccounted(
                "a track on no list",
                crate::place::Place::bytes("tracks", entry.start, 0),
            ));
        }
        let width = |at: usize| private.get(at).map(|b| usize::from(b & 3) + 1);
        track.kind = match track.codec.as_str() {
            "V_MPEG4/ISO/AVC" => width(4).map_or(Kind::Plain, Kind::Avc),
            "V_MPEGH/ISO/HEVC" => width(21).map_or(Kind::Plain, Kind::Hevc),
            "V_AV1" => Kind::Av1,
            "V_MJPEG" => Kind::Jpeg,
            codec if codec.starts_with("V_MPEG") => Kind::StartCodes(codec.starts_with("V_MPEG4")),
            _ => Kind::Plain,
        };
        Ok(track)
    }

    /// Whether private data is three packets that begin with fixed words.
    pub(super) fn is_of_xiph(&self) -> bool {
        matches!(self.codec.as_str(), "A_VORBIS" | "V_THEORA")
    }

    /// Whether private data holds no comments and no notes.
    pub(super) fn is_plain(&self, private: &[u8]) -> bool {
        let measured = |bytes: &[u8], length: Option<usize>| {
            let parts = length.and_then(|length| bytes.split_at_checked(length));
            parts.is_some_and(|(own, rest)| rest.iter().all(|b| *b == 0) && !unit::wordy(own) && !unit::is_wide(own))
        };
        let empty = |start: &[u8]| {
            let from = memchr::memmem::find(private, start).map(|at| at + start.len());
            from.and_then(|at| private.get(at..at + 8)).is_some_and(|lengths| lengths == [0; 8])
        };
        match self.codec.as_str() {
            "A_VORBIS" => empty(b"\x03vorbis"),
            "V_THEORA" => empty(b"\x81theora"),
            "A_FLAC" => {
                let mut at = 42;
                while let Some(head) = private.get(at..at + 4) {
                    let length = (usize::from(head[1]) << 16 | usize::from(head[2]) << 8 | usize::from(head[3])) + 4;
                    let body = private.get(at + 4..(at + length).min(private.len())).unwrap_or_default();
                    if head[0] & 0x7f > 1 || body.iter().any(|b| *b != 0) {
                        return false;
                    }
                    at += length;
                }
                true
            }
            "V_MPEGH/ISO/HEVC" => unit::config(b"hvcC", private),
            "V_MPEG4/ISO/AVC" => unit::config(b"avcC", private),
            "V_AV1" | "V_FFV1" => private.len() <= 256 && !unit::wordy(private) && !unit::is_wide(private),
            "V_VP9" => private.len() <= 24 && !unit::wordy(private) && !unit::is_wide(private),
            "V_PRORES" => private.len() <= 4,
            "A_OPUS" => private.get(8..).is_some_and(|numbers| measured(numbers, setting::opus(numbers))),
            "A_ALAC" => measured(private, Some(setting::lossless(private))),
            codec if codec.starts_with("V_MPEG") => mpeg::is_quiet(codec.starts_with("V_MPEG4"), private),
            codec if codec.starts_with("A_AAC") => audio::is_quiet(private),
            _ => private.iter().all(|b| *b == 0),
        }
    }
}
