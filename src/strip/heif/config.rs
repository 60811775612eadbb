//! Decoder configurations: parameter sets stay, notes among them are blanked at equal length, bytes behind them too.
//!
//! ISO/IEC 14496-15, 8.3.2 (`hvcC`) and 5.3.3 (`avcC`); AV1 in ISO base media, 2.3 (`av1C`).

use super::nal::{self, Family};
use super::obu;
use super::part::short;
use super::rule;

/// What a configuration says of the samples it configures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::strip) enum Codec {
    /// NAL units with length fields of so many bytes.
    Units(Family, usize),
    /// Open bitstream units.
    Obus,
}

/// Cleans a configuration in place; none where it is damaged or of a kind not known here.
pub(in crate::strip) fn clean(kind: &[u8; 4], body: &mut [u8]) -> Option<Codec> {
    let codec = match kind {
        b"hvcC" => hevc(body)?,
        b"avcC" => avc(body)?,
        b"av1C" => av1(body)?,
        _ => return None,
    };
    (!rule::tells(body)).then_some(codec)
}

/// A cleaned configuration without its blanked notes and without what stands behind it, where its box may get shorter.
pub(super) fn shortened(kind: &[u8; 4], body: Vec<u8>) -> Vec<u8> {
    if kind != b"hvcC" {
        return body;
    }
    arrays(&body).unwrap_or(body)
}

/// The arrays of parameter sets alone.
fn arrays(body: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut at, mut kept) = (body.get(..23)?.to_vec(), 23, 0);
    for _ in 0..body[22] {
        let start = at;
        let kind = *body.get(at)? & 63;
        let units = short(body, at + 1)?;
        at += 3;
        for _ in 0..units {
            at += 2 + usize::from(short(body, at)?);
        }
        let array = body.get(start..at)?;
        if matches!(kind, 32..=34) {
            out.extend_from_slice(array);
            kept += 1;
        }
    }
    out[22] = kept;
    Some(out)
}

/// The coding that a configuration belongs to, by its box.
pub(super) fn is_configuration(kind: &[u8; 4]) -> bool {
    matches!(kind, b"hvcC" | b"avcC" | b"av1C")
}

fn hevc(body: &mut [u8]) -> Option<Codec> {
    if *body.first()? > 1 {
        return None;
    }
    let field = usize::from(*body.get(21)? & 3) + 1;
    let arrays = *body.get(22)?;
    let mut at = 23;
    for _ in 0..arrays {
        let kind = *body.get(at)? & 63;
        let units = short(body, at + 1)?;
        if !matches!(kind, 32..=34) {
            body[at] = 39;
        }
        at += 3;
        for _ in 0..units {
            let length = usize::from(short(body, at)?);
            let unit = body.get_mut(at + 2..at + 2 + length)?;
            // A parameter set must be one by its own header, too; anything else is blanked as a note is.
            if unit.first().is_some_and(|first| first >> 1 & 63 != kind) || !matches!(kind, 32..=34) {
                if let Some(first) = unit.first_mut() {
                    *first = 39 << 1;
                }
                nal::blank(unit, Family::Hevc);
            }
            at += 2 + length;
        }
    }
    body.get_mut(at..)?.fill(0);
    Some(Codec::Units(Family::Hevc, field))
}

fn avc(body: &mut [u8]) -> Option<Codec> {
    if *body.first()? != 1 {
        return None;
    }
    let profile = *body.get(1)?;
    let field = usize::from(*body.get(4)? & 3) + 1;
    let mut at = 5;
    let high = matches!(profile, 100 | 110 | 122 | 144 | 244 | 44);
    for list in 0..3 {
        if list == 2 {
            // Chroma format and depths, then extensions of the sequence parameter sets: in high profiles, if at all.
            if !high || body.len() < at + 4 {
                break;
            }
            at += 3;
        }
        let count = *body.get(at)? & if list == 0 { 31 } else { 255 };
        at += 1;
        for _ in 0..count {
            let length = usize::from(short(body, at)?);
            let unit = body.get_mut(at + 2..at + 2 + length)?;
            // A unit of another type than its list is for is blanked as a note is.
            if let Some(first) = unit.first_mut().filter(|first| **first & 31 != [7, 8, 13][list]) {
                *first = 6;
            }
            nal::blank(unit, Family::Avc);
            at += 2 + length;
        }
    }
    body.get_mut(at..)?.fill(0);
    Some(Codec::Units(Family::Avc, field))
}

fn av1(body: &mut [u8]) -> Option<Codec> {
    if *body.first()? != 0x81 || body.len() < 4 {
        return None;
    }
    if !obu::blank(&mut body[4..]) {
        obu::fill(&mut body[4..]);
    }
    Some(Codec::Obus)
}
