//! The keep-lists of films: brands, codings, handlers, references, and what goes under which name.
//!
//! ISO/IEC 14496-12, annex E, 8.4.3, 8.3.3 and 12; the registry at mp4ra.org; QuickTime File Format, "Media Data Atom
//! Types"; 3GPP TS 26.244, 5.

use super::mpeg::Mpeg;
use crate::finding::Code;
use crate::recording::Format;

/// Brands that say how a file is to be read, beside those of 3GPP (`3g…`). Others become `isom`.
const BRANDS: &[&[u8; 4]] = &[
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"isoa", b"isob", b"isoc",
    b"mp41", b"mp42", b"mp71", b"avc1", b"hvc1", b"hev1", b"av01", b"vp09", b"qt  ", b"M4A ", b"M4B ", b"M4P ",
    b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"NDSC", b"XAVC", b"dash", b"msdh", b"msix", b"lmsg", b"cmfc", b"cmf2",
    b"cmff", b"cmfs", b"hlsf", b"f4v ", b"mmp4", b"KDDI", b"dby1", b"iphi", b"mif1", b"heic", b"isml", b"piff",
    b"mqt ", b"CAEP", b"caqv", b"pana", b"nvr1", b"opf2", b"unif", b"tmap",
];

/// Whether a brand is known.
pub(super) fn is_brand(brand: &[u8]) -> bool {
    let mobile =
        matches!(brand, [b'3', b'g', b'p' | b'2' | b'r' | b's' | b'g' | b'e' | b'h' | b'm', b'0'..=b'9' | b'a'..=b'c']);
    mobile || BRANDS.iter().any(|known| known.as_slice() == brand)
}

/// The format that a first brand says.
pub(super) fn format(major: &[u8]) -> Format {
    match major {
        b"qt  " => Format::Mov,
        b"M4A " | b"M4B " | b"M4P " => Format::M4a,
        [b'3', b'g', ..] => Format::ThreeGp,
        _ => Format::Mp4,
    }
}

/// The first brand of a format whose own one is not known.
pub(super) fn major(format: Format) -> &'static [u8; 4] {
    if format == Format::ThreeGp { b"3gp4" } else { b"isom" }
}

/// How the samples of a track are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// NAL units, as a configuration of this type says.
    Units(&'static [u8; 4]),
    /// Open bitstream units of AV1.
    Obus,
    /// Start codes of MPEG-1, MPEG-2 or MPEG-4 video.
    StartCodes(Mpeg),
    /// JPEG pictures.
    Jpeg,
    /// As an ES descriptor says.
    Described,
    /// Coded samples without notes of their own.
    Plain,
    /// Uncompressed sound: a sample is as many bytes as its channels need.
    Sound,
    /// Timed text.
    Text,
    /// WebVTT cues.
    Cues,
}

/// What kind of track it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Pictures.
    Video,
    /// Sound.
    Sound,
    /// Subtitles.
    Subtitle,
}

/// What a handler type says; none for tracks that go.
pub(super) fn sort(handler: &[u8]) -> Option<Sort> {
    match handler {
        b"vide" => Some(Sort::Video),
        b"soun" => Some(Sort::Sound),
        b"sbtl" | b"subt" | b"text" => Some(Sort::Subtitle),
        _ => None,
    }
}

const VIDEO: &[(&[u8; 4], Manner)] = &[
    (b"avc1", Manner::Units(b"avcC")),
    (b"avc3", Manner::Units(b"avcC")),
    (b"hvc1", Manner::Units(b"hvcC")),
    (b"hev1", Manner::Units(b"hvcC")),
    (b"av01", Manner::Obus),
    (b"mp4v", Manner::Described),
    (b"jpeg", Manner::Jpeg),
    (b"mjpa", Manner::Jpeg),
    (b"m1v ", Manner::StartCodes(Mpeg::Two)),
    (b"m2v1", Manner::StartCodes(Mpeg::Two)),
    (b"mp2v", Manner::StartCodes(Mpeg::Two)),
    (b"mpg2", Manner::StartCodes(Mpeg::Two)),
    (b"vp08", Manner::Plain),
    (b"vp09", Manner::Plain),
    (b"s263", Manner::Plain),
    (b"h263", Manner::Plain),
    (b"H263", Manner::Plain),
    (b"SVQ1", Manner::Plain),
    (b"cvid", Manner::Plain),
    (b"apch", Manner::Plain),
    (b"apcn", Manner::Plain),
    (b"apcs", Manner::Plain),
    (b"apco", Manner::Plain),
    (b"ap4h", Manner::Plain),
    (b"ap4x", Manner::Plain),
    (b"raw ", Manner::Plain),
    (b"2vuy", Manner::Plain),
    (b"yuv2", Manner::Plain),
    (b"v210", Manner::Plain),
];

const SOUND: &[(&[u8; 4], Manner)] = &[
    (b"mp4a", Manner::Described),
    (b"samr", Manner::Plain),
    (b"sawb", Manner::Plain),
    (b"sawp", Manner::Plain),
    (b"ac-3", Manner::Plain),
    (b"ec-3", Manner::Plain),
    (b"alac", Manner::Plain),
    (b"Opus", Manner::Plain),
    (b"fLaC", Manner::Plain),
    (b".mp3", Manner::Plain),
    (b"ima4", Manner::Plain),
    (b"dtsc", Manner::Plain),
    (b"dtse", Manner::Plain),
    (b"mlpa", Manner::Plain),
    (b"ms\0\x02", Manner::Plain),
    (b"ms\0\x11", Manner::Plain),
    (b"ulaw", Manner::Sound),
    (b"alaw", Manner::Sound),
    (b"raw ", Manner::Sound),
    (b"NONE", Manner::Sound),
    (b"twos", Manner::Sound),
    (b"sowt", Manner::Sound),
    (b"in24", Manner::Sound),
    (b"in32", Manner::Sound),
    (b"fl32", Manner::Sound),
    (b"fl64", Manner::Sound),
    (b"lpcm", Manner::Sound),
    (b"ipcm", Manner::Sound),
    (b"fpcm", Manner::Sound),
];

const SUBTITLES: &[(&[u8; 4], Manner)] = &[(b"tx3g", Manner::Text), (b"wvtt", Manner::Cues)];

/// How samples of an entry of this type are read, if it is on the list.
pub(super) fn manner(sort: Sort, kind: &[u8; 4]) -> Option<Manner> {
    let list = match sort {
        Sort::Video => VIDEO,
        Sort::Sound => SOUND,
        Sort::Subtitle => SUBTITLES,
    };
    // High-definition tape formats in QuickTime: HDV and XDCAM are MPEG-2 under many names.
    let tape =
        matches!(kind, [b'h', b'd', b'v', _] | [b'x', b'd', b'v' | b'5' | b'h', _] | [b'm', b'x', _, b'n' | b'p']);
    if sort == Sort::Video && tape {
        return Some(Manner::StartCodes(Mpeg::Two));
    }
    list.iter().find(|(known, _)| *known == kind).map(|(_, manner)| *manner)
}

/// How samples of an object type are read (mp4ra.org, "object types"; 14496-1, table 5).
pub(super) fn object(sort: Sort, object: u8) -> Option<Manner> {
    match (sort, object) {
        (Sort::Video, 0x20) => Some(Manner::StartCodes(Mpeg::Four)),
        (Sort::Video, 0x60..=0x65 | 0x6A) => Some(Manner::StartCodes(Mpeg::Two)),
        (Sort::Video, 0x6C) => Some(Manner::Jpeg),
        (Sort::Sound, 0x40 | 0x66..=0x69 | 0x6B | 0xA5 | 0xA6 | 0xA9..=0xAD) => Some(Manner::Plain),
        _ => None,
    }
}

/// References between tracks that stay (8.3.3): alternative sound, forced subtitles, depth and transparency.
pub(super) const REFERENCES: &[&[u8; 4]] = &[b"fall", b"folw", b"forc", b"subt", b"vdep", b"auxl", b"sbas"];

/// Sample groups that stay (10.1 to 10.9): type and length of an entry.
pub(super) const GROUPS: &[(&[u8; 4], u32)] = &[(b"roll", 2), (b"prol", 2), (b"rap ", 1), (b"sync", 1), (b"tele", 1)];

/// What a box that goes is found as.
pub(super) fn gone(kind: &[u8; 4]) -> (Code, &'static str) {
    match kind {
        b"free" | b"skip" | b"wide" => (Code::Junk, "bytes that belong to nothing"),
        b"udta" | b"ilst" => (Code::Text, "texts of the file"),
        b"meta" => (Code::Text, "metadata of the file"),
        b"xml " | b"bxml" | b"XMP_" => (Code::Xmp, "XML block"),
        b"jumb" | b"c2pa" => (Code::Provenance, "content credentials"),
        b"emsg" => (Code::ApplicationData, "messages among the fragments"),
        b"prft" => (Code::Time, "time of recording of a fragment"),
        b"pnot" | b"PICT" | b"thmb" => (Code::Thumbnail, "embedded thumbnail"),
        _ => (Code::ApplicationData, "application data"),
    }
}

/// What a `uuid` box is found as.
pub(super) fn unique(id: &[u8]) -> Option<(Code, &'static str)> {
    match id {
        [0xBE, 0x7A, 0xCF, 0xCB, ..] => Some((Code::Xmp, "XMP block")),
        [0xD8, 0xFE, 0xC3, 0xD6, ..] => Some((Code::Provenance, "content credentials")),
        _ => None,
    }
}
