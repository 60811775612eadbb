//! The keep-lists: brands, item types, references, groups, auxiliary pictures and properties, and what may stand in them.
//!
//! ISO/IEC 23008-12, 6.5 (properties), 6.6 (derived pictures), 6.8 (groups); 14496-12, 12.1.4 to 12.1.6; ISO/IEC
//! 23000-22 (MIAF); AV1 Image File Format 1.2, sections 2 and 4; ISO/IEC 23001-17 (uncompressed).

use super::part::{number, short};
use crate::finding::Code;

/// Brands that say how a file is to be read. What stands among the compatible ones and is not here becomes `mif1`.
const BRANDS: &[&[u8; 4]] = &[
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"mif3", b"msf1",
    b"miaf", b"MiHB", b"MiHA", b"MiHE", b"MiPr", b"MiAn", b"MiBu", b"MiAC", b"MiCm", b"MA1A", b"MA1B", b"avif",
    b"avis", b"avio", b"avci", b"avcs", b"unif", b"tmap", b"jpeg", b"jpgs", b"j2ki", b"j2is", b"vvic", b"vvis",
    b"1pic", b"geo1", b"pred", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"isoa",
    b"isob", b"isoc", b"isom", b"mp41", b"mp42", b"heif", b"heoi", b"nclx", b"hvc1", b"av01", b"jpgm",
];

/// Whether a brand is known.
pub(super) fn is_brand(brand: &[u8]) -> bool {
    BRANDS.iter().any(|known| known.as_slice() == brand)
}

/// How an item of a picture is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// NAL units of HEVC.
    Hevc,
    /// NAL units of AVC.
    Avc,
    /// OBUs of AV1.
    Av1,
    /// A JPEG picture.
    Jpeg,
    /// A JPEG 2000 codestream.
    Jpeg2000,
    /// Uncompressed samples.
    Plain,
    /// A grid of pictures.
    Grid,
    /// Pictures laid over each other.
    Overlay,
    /// A picture turned or cut.
    Identity,
    /// A gain map applied to a picture.
    ToneMap,
}

/// Items that are pictures.
const ITEMS: &[([u8; 4], Coding)] = &[
    (*b"hvc1", Coding::Hevc),
    (*b"hev1", Coding::Hevc),
    (*b"avc1", Coding::Avc),
    (*b"av01", Coding::Av1),
    (*b"jpeg", Coding::Jpeg),
    (*b"j2k1", Coding::Jpeg2000),
    (*b"unci", Coding::Plain),
    (*b"grid", Coding::Grid),
    (*b"iovl", Coding::Overlay),
    (*b"iden", Coding::Identity),
    (*b"tmap", Coding::ToneMap),
];

/// How an item is coded, if it is a picture.
pub(super) fn coding(kind: &[u8; 4]) -> Option<Coding> {
    ITEMS.iter().find(|(known, _)| known == kind).map(|(_, coding)| *coding)
}

/// Codings that exist and are not understood here: their samples could hold anything.
pub(super) const FOREIGN: &[[u8; 4]] =
    &[*b"vvc1", *b"vvs1", *b"evc1", *b"evs1", *b"lhv1", *b"hvt1", *b"tili", *b"mski", *b"vp09", *b"lhe1", *b"j2ki"];

/// References that stay between items that stay.
pub(super) const REFERENCES: &[[u8; 4]] = &[*b"dimg", *b"auxl", *b"prem", *b"base", *b"pred", *b"tbas", *b"exbl"];

/// Groups that stay: pictures of which one is shown, and the two of a stereo pair.
pub(super) const GROUPS: &[[u8; 4]] = &[*b"altr", *b"ster"];

/// What an auxiliary picture is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Auxiliary {
    /// Transparency.
    Alpha,
    /// A gain map.
    GainMap,
}

/// Auxiliary pictures that stay.
const AUXILIARIES: &[(&[u8], Auxiliary)] = &[
    (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", Auxiliary::Alpha),
    (b"urn:mpeg:hevc:2015:auxid:1", Auxiliary::Alpha),
    (b"urn:mpeg:avc:2015:auxid:1", Auxiliary::Alpha),
    (b"urn:com:apple:photo:2020:aux:hdrgainmap", Auxiliary::GainMap),
    (b"urn:com:photo:aux:hdrgainmap", Auxiliary::GainMap),
];

/// The kind of an auxiliary picture, and its `auxC` payload with nothing behind the name.
pub(super) fn auxiliary(payload: &[u8]) -> Option<(Auxiliary, Vec<u8>)> {
    let text = payload.get(4..)?.split(|b| *b == 0).next()?;
    let (name, kind) = AUXILIARIES.iter().find(|(name, _)| *name == text)?;
    Some((*kind, [&[0; 4], *name, &[0]].concat()))
}

/// A property that may stay.
pub(in crate::strip) struct Rule {
    kind: [u8; 4],
    /// Whether the picture cannot be shown rightly without it.
    pub(super) needed: bool,
    check: fn(&[u8]) -> Option<Vec<u8>>,
}

macro_rules! rules {
    ($($kind:literal $needed:ident $check:expr;)+) => {
        &[$(Rule { kind: *$kind, needed: rules!($needed), check: $check }),+]
    };
    (needed) => { true };
    (spare) => { false };
}

/// Properties that stay, with what may stand in them. Configurations, `colr` and `auxC` have rules of their own.
const RULES: &[Rule] = rules! {
    b"ispe" needed |d| exact(d, 12, |d| head(d) && number(d, 4) <= Some(1 << 24) && number(d, 8) <= Some(1 << 24));
    b"irot" needed |d| d.first().map(|turn| vec![turn & 3]);
    b"imir" needed |d| d.first().map(|axis| vec![axis & 1]);
    b"clap" needed aperture;
    b"pixi" spare |d| exact(d, 5 + usize::from(*d.get(4)?), |d| head(d) && d[4] <= 5 && d[5..].iter().all(|b| *b <= 32));
    b"pasp" spare |d| exact(d, 8, |d| number(d, 0) <= Some(0xFFFF) && number(d, 4) <= Some(0xFFFF));
    b"a1op" needed |d| exact(d, 1, |d| d[0] < 32);
    b"a1lx" needed |d| exact(d, if d.first()? & 1 == 1 { 13 } else { 7 }, |d| d[0] <= 1 && plain(&d[1..]));
    b"lsel" needed |d| exact(d, 2, |_| true);
    b"rloc" spare |d| exact(d, 12, |d| head(d) && number(d, 4) <= Some(1 << 20) && number(d, 8) <= Some(1 << 20));
    b"clli" spare |d| exact(d, 4, light);
    b"mdcv" spare |d| exact(d, 24, mastering);
    b"amve" spare |d| exact(d, 8, plain);
    b"ndwt" spare |d| exact(d, 8, |d| head(d) && number(d, 4) <= Some(100_000_000));
    b"iscl" needed |d| exact(d, 12, |d| head(d) && plain(&d[4..]));
    b"cmpd" needed components;
    b"uncC" needed uncompressed;
    b"cmpC" needed |d| exact(d, 9, |d| head(d) && matches!(&d[4..8], b"zlib" | b"defl" | b"brot") && d[8] <= 2);
    b"icef" needed |d| (d.len() >= 9 && head(d)).then(|| d.to_vec());
    b"j2kH" needed channels;
};

/// The rule of a property.
pub(in crate::strip) fn rule(kind: &[u8; 4]) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.kind == *kind)
}

impl Rule {
    /// The property's payload as it may stay; none where it holds something else.
    pub(in crate::strip) fn allow(&self, payload: &[u8]) -> Option<Vec<u8>> {
        (self.check)(payload)
    }
}

/// Properties that only describe and may go even where a file calls them essential: names, texts, camera settings.
pub(super) const DESCRIPTIVE: &[[u8; 4]] =
    &[*b"udes", *b"altt", *b"crtt", *b"mdft", *b"aebr", *b"afbr", *b"wbbr", *b"fobr", *b"dobr", *b"cmin", *b"cmex"];

fn exact(data: &[u8], length: usize, check: fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    (data.len() == length && check(data)).then(|| data.to_vec())
}

/// Version 0, no flags.
fn head(data: &[u8]) -> bool {
    number(data, 0) == Some(0)
}

/// Whether the numbers do not read as three different letters in a row, or six signs of any sort.
pub(in crate::strip) fn plain(data: &[u8]) -> bool {
    let differ = |w: &[u8]| w[0] != w[1] && w[1] != w[2] && w[0] != w[2];
    !data.windows(3).any(|three| three.iter().all(u8::is_ascii_alphabetic) && differ(three)) && !reads(data, 6)
}

/// Whether eight signs of a text stand in a row among numbers or in what a decoder reads as bits: one in ten thousand
/// parameter sets of chance does.
pub(in crate::strip) fn spells(data: &[u8]) -> bool {
    reads(data, 8)
}

/// Whether text stands among the settings of films and sound: eight signs as [`spells`] sees them, four characters of two
/// bytes each (UTF-16, in either order), or a word of six letters, such as one in 10,000 settings of chance has.
///
/// Where numbers of two bytes may follow one another, as identifiers of pictures do, this would see text that is none.
pub(in crate::strip) fn tells(data: &[u8]) -> bool {
    let differ = |letters: &[u8]| {
        letters.iter().any(|b| letters.iter().any(|c| c != b && letters.iter().any(|d| d != b && d != c)))
    };
    let wide = |eight: &[u8]| {
        let row = |first: usize| -> Vec<u8> { eight[first..].iter().step_by(2).copied().collect() };
        let is_text = |signs: &[u8], rest: &[u8]| {
            rest.iter().all(|b| *b == 0) && signs.iter().all(|b| matches!(b, 0x20..=0x7E)) && differ(signs)
        };
        is_text(&row(0), &row(1)) || is_text(&row(1), &row(0))
    };
    let word = |six: &[u8]| {
        let small = |letters: &[u8]| letters.iter().all(u8::is_ascii_lowercase);
        (six.iter().all(u8::is_ascii_uppercase) || six[0].is_ascii_alphabetic() && small(&six[1..])) && differ(six)
    };
    spells(data) || data.windows(8).any(wide) || data.windows(6).any(word)
}

/// Whether so many letters, figures and what stands between them follow one another, three of them different.
fn reads(data: &[u8], row: usize) -> bool {
    let sign = |b: &u8| b.is_ascii_alphanumeric() || b" .:-_/@^".contains(b);
    let differ = |w: &[u8]| w.iter().any(|b| *b != w[0] && w.iter().any(|c| c != b && *c != w[0]));
    data.windows(row).any(|signs| signs.iter().all(sign) && differ(signs))
}

/// Two light levels in cd/m², of which no display reaches 10,000.
pub(in crate::strip) fn light(data: &[u8]) -> bool {
    data.len() == 4 && short(data, 0) <= Some(10_000) && short(data, 2) <= Some(10_000)
}

/// Chromaticities in steps of 0.00002 and two luminances in steps of 0.0001 cd/m².
pub(in crate::strip) fn mastering(data: &[u8]) -> bool {
    (0..8).all(|at| short(data, at * 2) <= Some(50_000))
        && (16..24).step_by(4).all(|at| number(data, at) <= Some(100_000_000))
        && plain(data)
}

/// Four fractions, 12.1.4.2, in lowest terms, so that a text cannot pass for them.
fn aperture(data: &[u8]) -> Option<Vec<u8>> {
    if data.len() < 32 {
        return None;
    }
    let mut out = Vec::new();
    for at in (0..32).step_by(8) {
        let (top, bottom) = (number(data, at)? as i32, number(data, at + 4)? as i32);
        if bottom == 0 {
            return None;
        }
        let mut divisor = (top.unsigned_abs(), bottom.unsigned_abs());
        while divisor.1 != 0 {
            divisor = (divisor.1, divisor.0 % divisor.1);
        }
        let (top, bottom) = (i64::from(top) / i64::from(divisor.0), i64::from(bottom) / i64::from(divisor.0));
        if top.abs() > 1 << 24 || !(1..=0xFFFF).contains(&bottom) {
            return None;
        }
        out.extend_from_slice(&(top as i32).to_be_bytes());
        out.extend_from_slice(&(bottom as i32).to_be_bytes());
    }
    Some(out)
}

/// `j2kH` with a channel definition alone, each of its numbers small (ISO/IEC 15444-1, I.5.3.6).
fn channels(data: &[u8]) -> Option<Vec<u8>> {
    if data.is_empty() {
        return Some(Vec::new());
    }
    let count = usize::from(short(data, 8)?);
    let fits = number(data, 0)? as usize == data.len() && data.get(4..8)? == b"cdef" && data.len() == 10 + count * 6;
    let small = data.get(10..)?.chunks_exact(2).all(|n| n[0] == 0 || n == [0xFF, 0xFF]);
    (fits && small && plain(&data[10..])).then(|| data.to_vec())
}

/// Component types, none of which has a name of its own (ISO/IEC 23001-17, 5.1).
fn components(data: &[u8]) -> Option<Vec<u8>> {
    let count = number(data, 0).filter(|count| *count <= 256)? as usize;
    let known = (0..count).all(|index| short(data, 4 + index * 2).is_some_and(|kind| kind < 0x100));
    (known && data.len() == 4 + count * 2).then(|| data.to_vec())
}

/// `uncC` (ISO/IEC 23001-17, 5.2): version 0 with its components, or version 1 with a profile alone.
fn uncompressed(data: &[u8]) -> Option<Vec<u8>> {
    let fits = match (number(data, 0)?, data.len()) {
        (0x0100_0000, 8) => true,
        (0, length) => {
            let count = number(data, 8).filter(|count| *count <= 256)? as usize;
            length == 12 + count * 5 + 4 + 4 * 5
        }
        _ => false,
    };
    (fits && !spells(data.get(12..).unwrap_or_default())).then(|| data.to_vec())
}

/// What a box that goes is found as.
pub(super) fn gone(kind: &[u8; 4]) -> (Code, &'static str) {
    match kind {
        b"free" | b"skip" | b"wide" => (Code::Junk, "bytes that belong to nothing"),
        b"mpvd" => (Code::EmbeddedVideo, "video behind the picture"),
        b"jumb" | b"c2pa" => (Code::Provenance, "content credentials"),
        b"xml " | b"bxml" => (Code::Xmp, "XML block"),
        b"udta" | b"ilst" => (Code::Text, "texts of the file"),
        b"udes" | b"altt" => (Code::Text, "description of the picture"),
        b"cmin" | b"cmex" => (Code::ExifOther, "settings of the camera"),
        b"crtt" | b"mdft" => (Code::Time, "time of creation or change"),
        b"thmb" => (Code::Thumbnail, "embedded thumbnail"),
        _ => (Code::ApplicationData, "application data"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_does_not_pass_for_a_number() {
        let text = b"CANARY-CANARY-CANARY-CANARY-CANARY";
        let mut tried = 0;
        for rule in RULES.iter().filter(|rule| !matches!(&rule.kind, b"irot" | b"imir")) {
            for length in 4..text.len() {
                assert!(rule.allow(&text[..length]).is_none(), "{length}");
                tried += 1;
            }
        }
        assert_eq!(tried, (RULES.len() - 2) * 30);
    }

    #[test]
    fn a_record_number_does_not_pass_for_numbers() {
        let mut tried = 0;
        let digits = b"195705041234567890123456789012345678";
        let cases: [(&[u8; 4], Vec<u8>); 7] = [
            (b"pixi", [&[0, 0, 0, 0, 16][..], &digits[..16]].concat()),
            (b"pixi", [&[0, 0, 0, 0, 4][..], &digits[..4]].concat()),
            (b"a1lx", [&[1][..], &digits[..12]].concat()),
            (b"mdcv", [&digits[..16], &[0; 8]].concat()),
            (b"amve", digits[..8].to_vec()),
            (b"clli", digits[..4].to_vec()),
            (b"ndwt", [&[0; 4][..], &digits[..4]].concat()),
        ];
        for (kind, payload) in cases {
            assert!(rule(kind).is_some_and(|rule| rule.allow(&payload).is_none()), "{tried}");
            tried += 1;
        }
        assert_eq!(tried, 7);
        let p3 = [0x84, 0xD0, 0x3E, 0x80, 0x33, 0xC2, 0x86, 0xC4, 0x1D, 0x4C, 0x0B, 0xB8, 0x3D, 0x13, 0x40, 0x42];
        assert!(
            rule(b"mdcv")
                .is_some_and(|rule| rule.allow(&[&p3[..], &[0, 0x98, 0x96, 0x80, 0, 0, 0, 50]].concat()).is_some())
        );
        let cases: [(&[u8], bool); 9] = [
            (b"\x01Patzyx\x02", true),
            (b"\x01PATZYX\x02", true),
            (b"\x01PAtzYX\x02", false),
            (b"\x01Patzy\x02", false),
            (b"\x01AAAAAA\x02", false),
            (b"P\0a\0t\0z\0", true),
            (b"\x03\0P\0a\0t\0z", true),
            (b"P\0a\0t\0\x03\0", false),
            (b"1971-05-12", true),
        ];
        assert_eq!(cases.iter().filter(|(data, text)| tells(data) == *text).count(), 9);
        assert!(!spells(b"\x01\x60\0\0\0Display\0P3") && spells(b"\0Display P3\0"));
    }

    #[test]
    fn a_clean_aperture_is_written_in_lowest_terms() {
        let fractions = [640_i32, 2, 480, 1, 0, 6, -8, 4];
        let bytes: Vec<u8> = fractions.iter().flat_map(|n| n.to_be_bytes()).collect();
        let expected = [320_i32, 1, 480, 1, 0, 1, -2, 1];
        assert_eq!(aperture(&bytes), Some(expected.iter().flat_map(|n| n.to_be_bytes()).collect()));
        assert_eq!(aperture(&[0; 32]), None);
    }
}
