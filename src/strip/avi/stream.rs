//! Streams by what codes them, and what of their descriptions stays.
//!
//! Microsoft, BITMAPINFOHEADER, WAVEFORMATEX, AVISTREAMHEADER; OpenDML 1.02, section 5 (Motion JPEG); ISO/IEC 14496-2,
//! 14496-10 and 14496-15.

use super::{refused, unit};
use crate::plan::Refusal;
use crate::strip::bmff::audio;
use crate::strip::bmff::mpeg::{self, Mpeg};
use crate::strip::heif::config::{self, Codec};
use crate::strip::heif::nal::Family;
use crate::strip::heif::rule::tells;
use crate::strip::wav::layout;

/// How the samples of a stream are looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Nothing in them is looked at.
    Plain,
    /// Rows of pixels, so many bytes of them.
    Rows(u64),
    /// JPEG pictures; so many rows are shown, which two pictures may share.
    Jpeg(u32),
    /// MPEG video between start codes.
    StartCodes(Mpeg),
    /// H.264 and H.265 between start codes.
    Between(Family),
    /// H.264 and H.265 with lengths of so many bytes.
    Units(Family, usize),
}

/// What stands behind the description of pictures, and stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extra {
    None,
    /// Numbers and tables, up to this many bytes.
    Short(usize),
    /// Headers between start codes.
    Headers(Mpeg),
    /// Parameter sets.
    Sets(Family),
}

/// A stream.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    pub(super) kept: bool,
    pub(super) coding: Coding,
    /// Width and height in pixels.
    pub(super) size: Option<(u32, u32)>,
}

/// What codes pictures, by the four letters in their description (large, as most write them).
const CODECS: &[(&[&[u8; 4]], Extra, Coding)] = &[
    (&[b"MJPG", b"JPEG"], Extra::Short(64), Coding::Jpeg(0)),
    (
        &[
            b"XVID", b"DIVX", b"DX50", b"FMP4", b"MP4V", b"M4S2", b"MP4S", b"3IV2", b"RMP4", b"SEDG", b"WV1F", b"XVIX",
            b"UMP4",
        ],
        Extra::Headers(Mpeg::Four),
        Coding::StartCodes(Mpeg::Four),
    ),
    (&[b"MPG1", b"MPG2", b"MPEG", b"PIM1"], Extra::Headers(Mpeg::Two), Coding::StartCodes(Mpeg::Two)),
    (&[b"H264", b"X264", b"AVC1", b"DAVC", b"VSSH"], Extra::Sets(Family::Avc), Coding::Between(Family::Avc)),
    (&[b"HEVC", b"H265", b"X265", b"HVC1", b"HEV1"], Extra::Sets(Family::Hevc), Coding::Between(Family::Hevc)),
    (
        &[
            b"YUY2", b"YUYV", b"UYVY", b"YVYU", b"I420", b"IYUV", b"YV12", b"NV12", b"Y800", b"GREY", b"Y8  ", b"YVU9",
            b"V210", b"DIV3", b"DIV4", b"DIV5", b"DIV6", b"MP43", b"MP42", b"MPG4", b"MPG3", b"WMV1", b"CVID", b"IV31",
            b"IV32", b"IV41", b"IV50", b"MSVC", b"CRAM", b"WHAM", b"MRLE", b"RLE ", b"TSCC", b"TSC2", b"ZMBV", b"LAGS",
            b"VP60", b"VP61", b"VP62", b"VP80", b"VP90", b"H263", b"I263", b"S263", b"U263", b"FLV1", b"FPS1", b"8BPS",
        ],
        Extra::None,
        Coding::Plain,
    ),
    (
        &[
            b"HFYU", b"FFVH", b"FFV1", b"ULRG", b"ULRA", b"ULY0", b"ULY2", b"ULY4", b"ULH0", b"ULH2", b"ULH4", b"WMV2",
            b"WMV3", b"MSZH", b"ZLIB",
        ],
        Extra::Short(4_096),
        Coding::Plain,
    ),
];

/// Codings of sound beside those that a WAV file may have, and how many bytes their descriptions have of their own.
const SOUND: &[(u16, usize)] =
    &[(0x50, 22), (0x55, 12), (0xFF, 64), (0x160, 4), (0x161, 10), (0x162, 18), (0x2000, 0), (0x2001, 0)];

impl Stream {
    /// A stream that goes.
    pub(super) fn gone() -> Self {
        Self { kept: false, coding: Coding::Plain, size: None }
    }

    /// Whether it has samples of this kind: the two letters behind its number.
    ///
    /// # Errors
    /// Where they are on no list.
    pub(super) fn takes(&self, kind: [u8; 2]) -> Result<bool, ()> {
        match (&kind, self.size) {
            (b"wb", None) => Ok(true),
            (b"dc" | b"db" | b"pc" | b"iv" | b"__", Some(_)) => Ok(true),
            _ => Err(()),
        }
    }
}

fn unknown() -> Refusal {
    refused("the film has pictures or sound coded in a way that is on no list")
}

fn le16(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

fn le32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

fn codec(letters: &[u8]) -> Option<(Extra, Coding)> {
    let large = letters.to_ascii_uppercase();
    CODECS
        .iter()
        .find(|(names, ..)| names.iter().any(|name| name[..] == large))
        .map(|(_, extra, coding)| (*extra, *coding))
}

/// Cleans the description of pictures in place.
pub(super) fn video(bytes: &mut [u8]) -> Result<Stream, Refusal> {
    let Some((head, behind)) = bytes.split_at_mut_checked(40) else {
        return Err(refused("a track of the film is not described"));
    };
    let (width, height) = (le32(head, 4), (le32(head, 8) as i32).unsigned_abs());
    let (bits, compression) = (le16(head, 14), le32(head, 16));
    let stream = |coding| Stream { kept: true, coding, size: Some((width, height)) };
    let colours = |behind: &mut [u8]| {
        let most = if bits <= 8 { 1_usize << bits } else { 0 };
        let used = match le32(head, 32) as usize {
            0 => most,
            used => used.min(most),
        };
        let end = (used * 4).min(behind.len()) / 4 * 4;
        behind[..end].chunks_exact_mut(4).for_each(|colour| colour[3] = 0);
        behind[end..].fill(0);
    };
    if compression <= 2 {
        colours(behind);
        let row = u64::from(width).saturating_mul(u64::from(bits)).div_ceil(32).saturating_mul(4);
        let rows = Coding::Rows(row.saturating_mul(u64::from(height)));
        return Ok(stream(if compression == 0 { rows } else { Coding::Plain }));
    }
    if compression == 3 {
        let end = behind.len().min(12);
        behind[end..].fill(0);
        return Ok(stream(Coding::Plain));
    }
    let (extra, coding) = codec(&head[16..20]).ok_or_else(unknown)?;
    let words = || refused("words stand among the settings of the coded film");
    let coding = match extra {
        Extra::None => {
            colours(behind);
            coding
        }
        Extra::Short(most) => {
            let end = behind.len().min(most);
            behind[end..].fill(0);
            if tells(behind) {
                return Err(words());
            }
            coding
        }
        Extra::Headers(family) => {
            mpeg::blank(behind, family)?;
            coding
        }
        Extra::Sets(family) => sets(behind, family, coding)?,
    };
    Ok(stream(if matches!(coding, Coding::Jpeg(_)) { Coding::Jpeg(height) } else { coding }))
}

/// Parameter sets: between start codes, or in a configuration as films have it.
fn sets(behind: &mut [u8], family: Family, coding: Coding) -> Result<Coding, Refusal> {
    if behind.iter().all(|b| *b == 0) {
        return Ok(coding);
    }
    let kind = if family == Family::Avc { b"avcC" } else { b"hvcC" };
    if behind[0] == 1 {
        return match config::clean(kind, behind) {
            Some(Codec::Units(family, field)) => Ok(Coding::Units(family, field)),
            _ => Err(unknown()),
        };
    }
    for (range, new) in unit::notes(behind, family)? {
        behind[range].copy_from_slice(&new);
    }
    Ok(coding)
}

/// Cleans the description of sound in place.
pub(super) fn sound(bytes: &mut [u8]) -> Result<Stream, Refusal> {
    let new = match SOUND.iter().find(|(tag, _)| bytes.len() >= 16 && *tag == le16(bytes, 0)) {
        Some((_, most)) => {
            let own = usize::from(le16(bytes, 16)).min(*most).min(bytes.len().saturating_sub(18));
            let mut new = bytes[..bytes.len().min(18)].to_vec();
            if let Some(size) = new.get_mut(16..18) {
                size.copy_from_slice(&(own as u16).to_le_bytes());
            }
            let mut fields = bytes.get(18..18 + own).unwrap_or_default().to_vec();
            // 255 is AAC.
            let clean = if le16(bytes, 0) == 0xFF { audio::blank(&mut fields) } else { !tells(&fields) };
            if !clean {
                return Err(refused("words stand among the settings of the coded film"));
            }
            new.extend_from_slice(&fields);
            new
        }
        None => layout::format(bytes).map_err(|_| unknown())?,
    };
    let end = new.len().min(bytes.len());
    bytes[..end].copy_from_slice(&new[..end]);
    bytes[end..].fill(0);
    Ok(Stream { kept: true, coding: Coding::Plain, size: None })
}

/// Cleans the header of a stream in place, of at least 48 bytes.
pub(super) fn head(bytes: &mut [u8], format: &[u8]) {
    let letters = &bytes[4..8];
    if bytes.starts_with(b"vids") {
        let known =
            codec(letters).is_some() || matches!(letters, [0 | 1, 0, 0, 0] | b"DIB " | b"dib " | b"RAW " | b"raw ");
        if !known {
            bytes[4..8].copy_from_slice(format.get(16..20).unwrap_or(&[0; 4]));
        }
    } else if !matches!(letters, [0 | 1, 0, 0, 0]) {
        bytes[4..8].fill(0);
    }
    // Disabled, and that the palette changes.
    let flags = le32(bytes, 8) & 0x0001_0001;
    bytes[8..12].copy_from_slice(&flags.to_le_bytes());
    bytes[12..14].fill(0);
    let end = bytes.len().min(64);
    bytes[end..].fill(0);
}
