//! Tracks as the witness reads them, and whether their private data and the notes between pictures are plain.
//!
//! Matroska codec specifications; ISO/IEC 14496-15; ITU-T H.264 and H.265 section 7.3.2.3.

use super::element;
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use std::ops::Range;

/// Codecs whose samples hold nothing but sound, pictures and subtitles.
const CODECS: &[&str] = &[
    "V_MPEG4/ISO/AVC",
    "V_MPEGH/ISO/HEVC",
    "V_AV1",
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
    /// Bytes of a unit's length, and whether it is H.265.
    pub(super) units: Option<(usize, bool)>,
}

impl Track {
    pub(super) fn read(bytes: &mut Bytes<'_>, entry: Range<u64>) -> Result<Self, Trouble> {
        let mut track = Self { number: 0, codec: String::new(), blocks: 0, alpha: false, units: None };
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
        track.units = match track.codec.as_str() {
            "V_MPEG4/ISO/AVC" => width(4).map(|w| (w, false)),
            "V_MPEGH/ISO/HEVC" => width(21).map(|w| (w, true)),
            _ => None,
        };
        Ok(track)
    }

    /// Whether private data is three packets that begin with fixed words.
    pub(super) fn is_of_xiph(&self) -> bool {
        matches!(self.codec.as_str(), "A_VORBIS" | "V_THEORA")
    }

    /// Whether private data holds no comments and no notes.
    pub(super) fn is_plain(&self, private: &[u8]) -> bool {
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
            "V_MPEGH/ISO/HEVC" => arrays(private),
            "V_MPEG4/ISO/AVC" | "V_AV1" | "V_FFV1" => true,
            "V_VP9" => private.len() <= 24,
            "A_OPUS" | "A_ALAC" => private.len() <= 64,
            codec if codec.starts_with("A_AAC") => private.len() <= 64,
            _ => private.iter().all(|b| *b == 0),
        }
    }
}

/// Whether every unit of H.265's arrays that holds notes is blank.
fn arrays(private: &[u8]) -> bool {
    let mut at = 23;
    let number = |at: usize| private.get(at..at + 2).map(|b| usize::from(b[0]) << 8 | usize::from(b[1]));
    for _ in 0..private.get(22).copied().unwrap_or(0) {
        let Some(count) = number(at + 1) else { return false };
        at += 3;
        for _ in 0..count {
            let Some(unit) = number(at).and_then(|length| private.get(at + 2..at + 2 + length)) else { return false };
            if unit.first().is_some_and(|b| matches!(b >> 1 & 63, 39 | 40)) && !is_blank(unit, true) {
                return false;
            }
            at += 2 + unit.len();
        }
    }
    private.get(at..).is_some_and(|rest| rest.iter().all(|b| *b == 0))
}

/// Whether no message of a unit of supplemental information is a text: unregistered messages hold zeros, ones and the
/// guards between zeros, nothing else.
pub(super) fn is_blank(unit: &[u8], newer: bool) -> bool {
    // Without the bytes that guard against start codes.
    let (mut plain, mut zeros) = (Vec::with_capacity(unit.len()), 0);
    for byte in unit.get(if newer { 2 } else { 1 }..).unwrap_or_default() {
        let guard = *byte == 3 && zeros >= 2;
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        if !guard {
            plain.push(*byte);
        }
    }
    let mut at = 0;
    while at + 2 < plain.len() {
        let mut numbers = [0usize; 2];
        for number in &mut numbers {
            while let Some(255) = plain.get(at) {
                *number += 255;
                at += 1;
            }
            *number += plain.get(at).copied().map_or(0, usize::from);
            at += 1;
        }
        let [kind, length] = numbers;
        let body = plain.get(at..plain.len().min(at + length)).unwrap_or_default();
        if (kind == 5 || body.len() < length) && body.iter().any(|b| !matches!(b, 0 | 0xff)) {
            return false;
        }
        at += length;
    }
    true
}
