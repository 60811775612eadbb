//! Tracks by what codes them, and what of their private data stays.
//!
//! RFC 9559 section 5.1.4; "Matroska codec specifications"; ISO/IEC 14496-15 (avcC, hvcC), the AV1 and VP9 bindings.

use super::element::{self, Element};
use super::{LARGEST, TRACK};
use crate::plan::Refusal;
use crate::strip::bmff::audio;
use crate::strip::bmff::coding::Coding;
use crate::strip::bmff::mpeg::{self, Mpeg};
use crate::strip::bmff::setting;
use crate::strip::flac::is_info;
use crate::strip::heif::config::{self, Codec};
use crate::strip::heif::rule::tells;
use crate::strip::operation::Operation;
use std::ops::Range;

/// How the private data of a codec is made sure of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Private {
    /// There is none; what stands there goes.
    None,
    /// It holds numbers and tables, up to this many bytes.
    Short(u64),
    /// A decoder configuration as films have it in a box of this type: parameter sets.
    Box(&'static [u8; 4]),
    /// Headers between start codes, where user data may stand.
    Headers(Mpeg),
    /// What a decoder of AAC is told.
    Sound,
    /// `OpusHead` and numbers.
    Opus,
    /// What a decoder of Apple Lossless is told.
    Lossless,
    /// Three packets of Vorbis or Theora, of which the second holds comments.
    Xiph(&'static [u8]),
    Flac,
}

/// Codecs of which nothing but coded sound and pictures stands in the samples.
const CODECS: &[(&str, Private)] = &[
    ("V_MPEG4/ISO/AVC", Private::Box(b"avcC")),
    ("V_MPEGH/ISO/HEVC", Private::Box(b"hvcC")),
    ("V_AV1", Private::Box(b"av1C")),
    ("V_MPEG1", Private::Headers(Mpeg::Two)),
    ("V_MPEG2", Private::Headers(Mpeg::Two)),
    ("V_MPEG4/ISO/SP", Private::Headers(Mpeg::Four)),
    ("V_MPEG4/ISO/ASP", Private::Headers(Mpeg::Four)),
    ("V_MPEG4/ISO/AP", Private::Headers(Mpeg::Four)),
    ("V_MJPEG", Private::None),
    ("V_PRORES", Private::Short(4)),
    ("V_VP8", Private::None),
    ("V_VP9", Private::Short(24)),
    ("V_FFV1", Private::Short(256)),
    ("V_THEORA", Private::Xiph(b"\x81theora\0\0\0\0\0\0\0\0")),
    ("A_VORBIS", Private::Xiph(b"\x03vorbis\0\0\0\0\0\0\0\0\x01")),
    ("A_OPUS", Private::Opus),
    ("A_FLAC", Private::Flac),
    ("A_AAC", Private::Sound),
    ("A_ALAC", Private::Lossless),
    ("A_MPEG/L3", Private::None),
    ("A_MPEG/L2", Private::None),
    ("A_AC3", Private::None),
    ("A_EAC3", Private::None),
    ("A_DTS", Private::None),
    ("A_TRUEHD", Private::None),
    ("A_PCM/INT/LIT", Private::None),
    ("A_PCM/INT/BIG", Private::None),
    ("A_PCM/FLOAT/IEEE", Private::None),
    ("S_TEXT/UTF8", Private::None),
    ("S_HDMV/PGS", Private::None),
];

/// Names of AAC as writers gave them before its settings stood beside them.
const PROFILES: &[&str] = &[
    "A_AAC/MPEG2/MAIN",
    "A_AAC/MPEG2/LC",
    "A_AAC/MPEG2/LC/SBR",
    "A_AAC/MPEG2/SSR",
    "A_AAC/MPEG4/MAIN",
    "A_AAC/MPEG4/LC",
    "A_AAC/MPEG4/LC/SBR",
    "A_AAC/MPEG4/SSR",
    "A_AAC/MPEG4/LTP",
];

/// A track, as its entry describes it.
#[derive(Debug, Default)]
pub(super) struct Track {
    pub(super) number: u64,
    /// Why it goes, if it does.
    pub(super) goes: Option<&'static str>,
    /// How its samples are looked into, where there may be notes in them.
    pub(super) coding: Option<Coding>,
    /// Whether samples have transparency beside them.
    pub(super) alpha: bool,
    /// What is put in the place of parts of its entry.
    pub(super) written: Vec<(Range<u64>, Vec<u8>)>,
}

impl Track {
    pub(super) fn read(operation: &mut Operation<'_>, entry: &Element, end: u64) -> Result<Self, Refusal> {
        let mut track = Self::default();
        let (mut codec, mut kind, mut private, mut uid) = (Vec::new(), 0, None, None);
        let mut at = entry.body;
        while let Some(child) = element::read(operation, at, end)? {
            let stop = child
                .end
                .filter(|stop| *stop <= end)
                .ok_or_else(|| super::broken("the description of a track is damaged"))?;
            let body = child.body..stop;
            match child.id {
                0xD7 => track.number = number(&operation.reader.read(body, 8)?),
                0x83 => kind = number(&operation.reader.read(body, 8)?),
                0x86 => {
                    codec = operation.reader.read(body.clone(), 64)?;
                    let mut clean: Vec<u8> = codec.iter().copied().take_while(|byte| *byte != 0).collect();
                    clean.resize(codec.len(), 0);
                    track.written.push((body, clean));
                }
                // A second one would stay as it is.
                0x63A2 if private.is_none() => private = Some(body),
                0x73C5 if uid.is_none() => uid = Some(body),
                0x63A2 | 0x73C5 => return Err(super::broken("the description of a track is damaged")),
                0xE0 => {
                    let video = operation.reader.read(body, LARGEST)?;
                    track.alpha = memchr::memmem::find(&video, b"\x53\xC0\x81\x01").is_some();
                }
                _ => {}
            }
            at = stop;
        }
        debug_assert!(entry.id == TRACK, "only entries of tracks are read");
        let codec: Vec<u8> = codec.into_iter().take_while(|byte| *byte != 0).collect();
        let named = String::from_utf8_lossy(&codec).into_owned();
        let listed =
            CODECS.iter().find(|(name, _)| *name == named || *name == "A_AAC" && PROFILES.contains(&named.as_str()));
        let Some((_, rule)) = listed else {
            if matches!(kind, 1 | 2) {
                return Err(Refusal {
                    code: "not-understood",
                    what: "the file has sound or pictures coded in a way that is on no list".to_owned(),
                    advice: "Open the file in a video program and save it as H.264 or VP9 with AAC or Opus sound, then run scrubs again.",
                });
            }
            track.goes = Some("track of text or data");
            return Ok(track);
        };
        if let Some(uid) = uid {
            let width = (uid.end - uid.start).min(8) as usize;
            if width < 1 || uid.end - uid.start > 8 {
                return Err(super::broken("the description of a track is damaged"));
            }
            track.written.push((uid, track.number.max(1).to_be_bytes()[8 - width..].to_vec()));
        }
        track.coding = match (named.as_str(), rule) {
            ("V_MJPEG", _) => Some(Coding::Jpeg),
            ("V_AV1", _) => Some(Coding::Obus),
            (_, Private::Headers(mpeg)) => Some(Coding::StartCodes(*mpeg)),
            _ => None,
        };
        if let Some(range) = private {
            let bytes = operation.reader.read(range.clone(), LARGEST)?;
            let clean = track.private(*rule, bytes)?;
            track.written.push((range, clean));
        } else if matches!(rule, Private::Box(b"avcC" | b"hvcC")) {
            return Err(super::broken("the description of the pictures is missing"));
        }
        Ok(track)
    }

    /// Private data of the same length without what decoding does not need.
    fn private(&mut self, rule: Private, mut bytes: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let damaged = || super::broken("the description of a track is damaged");
        match rule {
            Private::None => bytes.fill(0),
            Private::Short(most) if bytes.len() as u64 <= most && !tells(&bytes) => {}
            Private::Sound if audio::blank(&mut bytes) => {}
            // Numbers, as many as they say themselves.
            Private::Opus | Private::Lossless => {
                let head = rule == Private::Opus;
                let length = if head { setting::opus_head(&bytes) } else { Some(setting::lossless(&bytes)) };
                let length =
                    length.filter(|length| *length <= bytes.len() && (!head || bytes.starts_with(b"OpusHead")));
                let (own, behind) = bytes.split_at_mut(length.ok_or_else(damaged)?);
                if tells(own.get(if head { 8 } else { 0 }..).unwrap_or_default()) {
                    return Err(damaged());
                }
                behind.fill(0);
            }
            Private::Short(_) | Private::Sound => return Err(damaged()),
            Private::Box(kind) => {
                self.coding = Some(match config::clean(kind, &mut bytes).ok_or_else(damaged)? {
                    Codec::Units(family, width) => Coding::Units(family, width),
                    Codec::Obus => Coding::Obus,
                });
            }
            Private::Headers(family) => mpeg::blank(&mut bytes, family)?,
            Private::Xiph(start) => {
                let (from, to) = second(&bytes).ok_or_else(damaged)?;
                let comments = bytes.get_mut(from..to).filter(|c| c.len() >= start.len()).ok_or_else(damaged)?;
                comments.fill(0);
                comments[..start.len()].copy_from_slice(start);
            }
            Private::Flac => {
                let known = bytes.starts_with(b"fLaC") && bytes.get(5..8) == Some(&[0, 0, 34]);
                if !known || !bytes.get(8..42).is_some_and(is_info) {
                    return Err(damaged());
                }
                let mut at = 42;
                while let Some(head) = bytes.get(at..at + 4) {
                    let length = usize::from(head[1]) << 16 | usize::from(head[2]) << 8 | usize::from(head[3]);
                    bytes[at] = bytes[at] & 0x80 | 1;
                    let end = (at + 4 + length).min(bytes.len());
                    bytes[at + 4..end].fill(0);
                    at = end;
                }
                bytes[at..].fill(0);
            }
        }
        Ok(bytes)
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The second of three packets behind their lengths.
fn second(bytes: &[u8]) -> Option<(usize, usize)> {
    if *bytes.first()? != 2 {
        return None;
    }
    let mut at = 1;
    let mut lengths = [0; 2];
    for length in &mut lengths {
        loop {
            let byte = *bytes.get(at)?;
            at += 1;
            *length += usize::from(byte);
            if byte < 255 {
                break;
            }
        }
    }
    let from = at.checked_add(lengths[0])?;
    Some((from, from.checked_add(lengths[1]).filter(|to| *to <= bytes.len())?))
}
