//! What a track of an AVI film is, and whether its description says no more than decoding needs.
//!
//! Microsoft, BITMAPINFOHEADER and WAVEFORMATEX; ISO/IEC 14496-10, 14496-15, 14496-2.

use super::unit;
use crate::inspect::bmff::kind::Kind;
use crate::inspect::bmff::{audio, mpeg, unit as units};
use crate::inspect::little::{le16, le32};

/// How the samples of a track are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// As films have them.
    As(Kind),
    /// H.264 (or H.265) between start codes.
    Between(bool),
    /// JPEG pictures, shown so many rows high.
    Jpeg(u32),
    /// So many bytes of pixels.
    Rows(u64),
}

/// A track that stays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Track {
    pub(super) sound: bool,
    pub(super) reading: Reading,
}

const JPEG: &str = "MJPG JPEG";
const MPEG: &str = "XVID DIVX DX50 FMP4 MP4V M4S2 MP4S 3IV2 RMP4 SEDG WV1F XVIX UMP4";
const OLD: &str = "MPG1 MPG2 MPEG PIM1";
const AVC: &str = "H264 X264 AVC1 DAVC VSSH";
const HEVC: &str = "HEVC H265 X265 HVC1 HEV1";
const BARE: &str = "YUY2 YUYV UYVY YVYU I420 IYUV YV12 NV12 Y800 GREY Y8__ YVU9 V210 DIV3 DIV4 DIV5 DIV6 MP43 MP42 MPG4 \
    MPG3 WMV1 CVID IV31 IV32 IV41 IV50 MSVC CRAM WHAM MRLE RLE_ TSCC TSC2 ZMBV LAGS VP60 VP61 VP62 VP80 VP90 H263 I263 \
    S263 U263 FLV1 FPS1 8BPS";
const TABLED: &str = "HFYU FFVH FFV1 ULRG ULRA ULY0 ULY2 ULY4 ULH0 ULH2 ULH4 WMV2 WMV3 MSZH ZLIB";

/// Whether four letters stand on a list.
fn on(list: &str, letters: &[u8]) -> bool {
    let word: String =
        letters.iter().map(|b| if *b == b' ' { '_' } else { char::from(b.to_ascii_uppercase()) }).collect();
    list.split_ascii_whitespace().any(|known| known == word)
}

/// Whether four letters name a coding of pictures.
pub(super) fn is_codec(letters: &[u8]) -> bool {
    [JPEG, MPEG, OLD, AVC, HEVC, BARE, TABLED].iter().any(|list| on(list, letters))
}

/// The track that a description of pictures belongs to; none where it is on no list or says more than it should.
pub(super) fn pictures(format: &[u8]) -> Option<Track> {
    let (head, extra) = format.split_at_checked(40)?;
    let (width, height) = (u64::from(le32(head, 4)?), (le32(head, 8)? as i32).unsigned_abs());
    let (bits, letters) = (u64::from(le16(head, 14)?), &head[16..20]);
    let track = |reading| Some(Track { sound: false, reading });
    let zero = |bytes: &[u8]| bytes.iter().all(|b| *b == 0);
    let colours = || {
        let most = if bits <= 8 { 4 << bits } else { 0 };
        let end = extra.len().min(most);
        extra[..end].chunks_exact(4).all(|colour| colour[3] == 0) && zero(&extra[end..])
    };
    match le32(head, 16)? {
        0 => {
            let row = width.saturating_mul(bits).div_ceil(32).saturating_mul(4);
            return track(Reading::Rows(row.saturating_mul(u64::from(height)))).filter(|_| colours());
        }
        1 | 2 => return track(Reading::As(Kind::Plain)).filter(|_| colours()),
        3 => return track(Reading::As(Kind::Plain)).filter(|_| zero(&extra[extra.len().min(12)..])),
        _ => {}
    }
    let short = |most: usize| zero(&extra[extra.len().min(most)..]) && !units::wordy(extra);
    if on(JPEG, letters) {
        return track(Reading::Jpeg(height)).filter(|_| short(64));
    }
    if on(MPEG, letters) || on(OLD, letters) {
        let four = on(MPEG, letters);
        return track(Reading::As(Kind::StartCodes(four))).filter(|_| mpeg::is_quiet(four, extra));
    }
    if on(AVC, letters) || on(HEVC, letters) {
        let hevc = on(HEVC, letters);
        if extra.first() != Some(&1) {
            return track(Reading::Between(hevc)).filter(|_| unit::are_quiet(extra, hevc));
        }
        let (kind, at) = if hevc { (b"hvcC", 21) } else { (b"avcC", 4) };
        let field = usize::from(extra.get(at)? & 3) + 1;
        let kind_of = if hevc { Kind::Hevc(field) } else { Kind::Avc(field) };
        return track(Reading::As(kind_of)).filter(|_| units::config(kind, extra));
    }
    if on(TABLED, letters) {
        return track(Reading::As(Kind::Plain)).filter(|_| short(4_096));
    }
    track(Reading::As(Kind::Plain)).filter(|_| on(BARE, letters) && colours())
}

/// The track that a description of sound belongs to.
pub(super) fn sound(format: &[u8]) -> Option<Track> {
    let own = le16(format, 16).map_or(0, usize::from);
    let tail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
    // How many bytes follow the 18 that all have.
    let fields = match le16(format, 0)? {
        1 | 3 | 6 | 7 | 0x2000 | 0x2001 => (own == 0).then_some(0),
        0x11 | 0x31 => (own == 2).then_some(2),
        2 => {
            let pairs = [256i16, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232];
            let wanted: Vec<u8> = pairs.iter().flat_map(|n| n.to_le_bytes()).collect();
            (own == 32 && le16(format, 18) == Some(7)).then_some(32).filter(|_| format.get(20..48) == Some(&wanted[..]))
        }
        0xfffe => {
            let known = matches!(le16(format, 24), Some(1 | 3 | 6 | 7)) && format.get(26..40) == Some(&tail[..]);
            (own == 22 && known).then_some(22)
        }
        0x50 => Some(own).filter(|own| *own <= 22),
        0x55 => Some(own).filter(|own| *own <= 12),
        0xff => Some(own).filter(|own| *own <= 64),
        0x160 => Some(own).filter(|own| *own <= 4),
        0x161 => Some(own).filter(|own| *own <= 10),
        0x162 => Some(own).filter(|own| *own <= 18),
        _ => None,
    }?;
    let end = (18 + fields).min(format.len());
    let quiet = format.len() >= 16 && format[end..].iter().all(|b| *b == 0);
    let own = format.get(18..end).unwrap_or_default();
    let plain = if le16(format, 0) == Some(0xff) { audio::is_quiet(own) } else { !units::wordy(own) };
    (quiet && plain).then_some(Track { sound: true, reading: Reading::As(Kind::Plain) })
}
