//! Sample entries: what kind of samples they say there are, and what may stand in them.
//!
//! ISO/IEC 14496-12, 8.5.2 and 12; ISO/IEC 14496-1, 7.2.6; ISO/IEC 14496-15, 5.3.3 and 8.3.3.

use super::kind::{Kind, small};
use super::{audio, mpeg, setting, unit};
use crate::inspect::bytes::be32;
use crate::inspect::icc;
use std::ops::Range;

/// Bytes before the boxes of an entry.
fn fields(handler: &[u8; 4], entry: &[u8]) -> usize {
    match (handler, small(entry, 8)) {
        (b"vide", _) => 78,
        (b"soun", 1) => 44,
        (b"soun", 2) => 64,
        (b"soun", _) => 28,
        _ => 8,
    }
}

/// Boxes one after the other: type and payload.
fn inner(bytes: &[u8], mut at: usize) -> Vec<([u8; 4], Range<usize>)> {
    let mut out = Vec::new();
    while let Some(size) = be32(bytes, at).map(|size| size as usize) {
        let Some(kind) = bytes.get(at + 4..at + 8).and_then(|kind| kind.try_into().ok()) else { break };
        let Some(end) = at.checked_add(size).filter(|end| size >= 8 && *end <= bytes.len()) else { break };
        out.push((kind, at + 8..end));
        at = end;
    }
    out
}

fn entries(content: &[u8]) -> Vec<([u8; 4], Range<usize>)> {
    inner(content, 8.min(content.len()))
}

/// The payload of a descriptor at `at`, and where it ends, if it is of this tag.
fn tagged(content: &[u8], at: usize, tag: u8) -> Option<Range<usize>> {
    if *content.get(at)? != tag {
        return None;
    }
    let more = content.get(at + 1..)?.iter().take(3).take_while(|byte| **byte & 128 != 0).count();
    let digits = content.get(at + 1..=at + 1 + more)?;
    let length = digits.iter().fold(0, |sum, byte| sum << 7 | usize::from(byte & 127));
    let from = at + 2 + more;
    Some(from..from.checked_add(length).filter(|end| *end <= content.len())?)
}

/// The object type of an ES descriptor, and what its decoder is told.
fn object(content: &[u8]) -> Option<(u8, &[u8])> {
    let stream = tagged(content, 4, 3)?;
    let long = content.get(stream.start + 2)? & 128 != 0;
    let decoder = tagged(content, stream.start + if long { 5 } else { 3 }, 4)?;
    let info = tagged(content, decoder.start + 13, 5).and_then(|info| content.get(info));
    Some((*content.get(decoder.start)?, info.unwrap_or_default()))
}

/// Whether an ES descriptor says nothing but how to decode.
fn is_told(content: &[u8]) -> bool {
    match object(content) {
        Some((0x20, info)) => mpeg::is_quiet(true, info),
        Some((0x60..=0x65 | 0x6A, info)) => mpeg::is_quiet(false, info),
        Some((0x40 | 0x66..=0x68, info)) => audio::is_quiet(info),
        Some((_, info)) => !unit::wordy(info) && !unit::is_wide(info),
        None => false,
    }
}

/// How the samples of a track are to be read.
pub(super) fn kind(handler: &[u8; 4], content: &[u8]) -> Kind {
    let Some((name, range)) = entries(content).into_iter().next() else { return Kind::Plain };
    let entry = &content[range];
    let from = if &name == b"tx3g" { 38 } else { fields(handler, entry) };
    let mut kind = match &name {
        b"av01" => Kind::Av1,
        b"jpeg" | b"mjpa" => Kind::Jpeg,
        b"tx3g" => Kind::Words,
        b"wvtt" => Kind::Cues,
        b"m1v " | b"m2v1" | b"mp2v" | b"mpg2" => Kind::StartCodes(false),
        [b'h', b'd', b'v', _] | [b'x', b'd', ..] | [b'm', b'x', ..] => Kind::StartCodes(false),
        _ if handler == b"soun" => sound(&name, entry),
        _ => Kind::Plain,
    };
    for (part, range) in inner(entry, from.min(entry.len())) {
        let part_content = &entry[range];
        match &part {
            b"avcC" => kind = Kind::Avc(part_content.get(4).map_or(4, |b| usize::from(b & 3) + 1)),
            b"hvcC" => kind = Kind::Hevc(part_content.get(21).map_or(4, |b| usize::from(b & 3) + 1)),
            b"esds" if handler == b"vide" => match object(part_content) {
                Some((0x6C, _)) => kind = Kind::Jpeg,
                other => kind = Kind::StartCodes(other.is_some_and(|(object, _)| object == 0x20)),
            },
            _ => {}
        }
    }
    kind
}

fn sound(name: &[u8; 4], entry: &[u8]) -> Kind {
    const OWN: &[&[u8; 4]] = &[
        b"raw ", b"NONE", b"twos", b"sowt", b"in24", b"in32", b"fl32", b"fl64", b"lpcm", b"ipcm", b"fpcm", b"ulaw",
        b"alaw",
    ];
    let bits = match name {
        b"ulaw" | b"alaw" => 8,
        b"in24" => 24,
        b"in32" | b"fl32" => 32,
        b"fl64" => 64,
        _ => small(entry, 18),
    };
    let (plain, own) = (small(entry, 16) * bits.div_ceil(8), OWN.contains(&name));
    let number = |at| be32(entry, at).map_or(0, u64::from);
    match (small(entry, 8), own) {
        (0, true) => Kind::Sound(plain, 1),
        (0, _) if name == b"ima4" => Kind::Sound(34 * small(entry, 16), 64),
        (1, _) if name == b"mp4a" || number(28) == 0 => Kind::Plain,
        (1, true) => Kind::Sound(if plain > 0 { plain } else { number(36) }, 1),
        (1, false) => Kind::Sound(number(36), number(28)),
        (2, true) if number(56) > 0 => {
            let (channels, bytes) = (number(40), number(48).min(1 << 16).div_ceil(8));
            let claimed = number(60) < 2 && bytes * channels > 0 && number(56) > channels * bytes.next_power_of_two();
            Kind::Sound(if claimed { channels * bytes } else { number(56) }, number(60).max(1))
        }
        _ => Kind::Plain,
    }
}

/// Boxes that may stand in an entry.
const SETTINGS: &[&[u8; 4]] = &[
    b"avcC",
    b"hvcC",
    b"av1C",
    b"vpcC",
    b"esds",
    b"colr",
    b"pasp",
    b"clap",
    b"clli",
    b"mdcv",
    b"amve",
    b"fiel",
    b"gama",
    b"btrt",
    b"st3d",
    b"SMI ",
    b"alac",
    b"dOps",
    b"dfLa",
    b"dac3",
    b"dec3",
    b"dmlp",
    b"ddts",
    b"pcmC",
    b"srat",
    b"chnl",
    b"chan",
    b"damr",
    b"d263",
    b"ftab",
    b"vttC",
    b"enda",
    b"frma",
    b"mp4a",
    b"prhd",
    b"equi",
    b"svhd",
    b"ima4",
    b".mp3",
    b"ms\0\x02",
    b"ms\0\x11",
    b"\0\0\0\0",
];

/// What should not stand in the entries of a track; and what of a colour profile is to be searched for removed strings.
pub(super) fn faults(handler: &[u8; 4], content: &[u8]) -> (Vec<String>, Vec<Vec<u8>>) {
    let (mut out, mut open) = (Vec::new(), Vec::new());
    let list = entries(content);
    let end = list.last().map_or(8, |(_, range)| range.end);
    if content.get(end..).unwrap_or_default().iter().any(|b| *b != 0) || list.is_empty() {
        out.push("bytes behind the description of samples".to_owned());
    }
    for (name, range) in list {
        let entry = &content[range];
        let zero = |range: Range<usize>| entry.get(range).is_some_and(|bytes| bytes.iter().all(|b| *b == 0));
        let named = match handler {
            b"vide" => !zero(8..24) || !zero(42..74),
            b"soun" => !zero(10..16),
            _ => false,
        };
        if named || !zero(0..6) {
            out.push("name of the encoder".to_owned());
        }
        if matches!(&name, b"encv" | b"enca") {
            out.push("samples that are locked".to_owned());
        }
        let from = if &name == b"tx3g" { 38 } else { fields(handler, entry) };
        parts(entry, from.min(entry.len()), 0, &mut out, &mut open);
    }
    (out, open)
}

fn parts(bytes: &[u8], from: usize, depth: u8, out: &mut Vec<String>, open: &mut Vec<Vec<u8>>) {
    let list = inner(bytes, from);
    let end = list.last().map_or(from, |(_, range)| range.end);
    if bytes.get(end..).unwrap_or_default().iter().any(|b| *b != 0) {
        out.push("bytes behind the settings of a track".to_owned());
    }
    for (kind, range) in list {
        let content = &bytes[range];
        let listed = match &kind {
            b"free" | b"skip" => content.iter().all(|b| *b == 0),
            b"wave" | b"sv3d" | b"proj" if depth < 2 => {
                parts(content, 0, depth + 1, out, open);
                continue;
            }
            b"svhd" => content.iter().all(|b| *b == 0),
            b"colr" => colour(content, open),
            b"ftab" => fonts(content),
            b"vttC" => content.strip_prefix(b"WEBVTT").is_some_and(|rest| rest.iter().all(|b| *b == b'\n')),
            b"damr" | b"d263" => content.get(..4) == Some(&[0; 4]),
            b"dfLa" => {
                content.get(4) == Some(&0x80) && content.get(42..).is_some_and(|rest| rest.iter().all(|b| *b == 0))
            }
            b"hvcC" | b"avcC" => unit::config(&kind, content),
            b"esds" => is_told(content),
            kind if SETTINGS.contains(&kind) => setting::is_plain(kind, content),
            _ => false,
        };
        if !listed {
            let name = crate::inspect::boxes::name(kind);
            out.push(format!("setting of a track on no list ({name})"));
        }
    }
}

fn colour(content: &[u8], open: &mut Vec<Vec<u8>>) -> bool {
    match content.get(..4) {
        Some(b"nclx" | b"nclc") => content.len() <= 12,
        Some(b"prof" | b"rICC") => {
            let profile = &content[4..];
            let account = icc::account(profile);
            open.extend(
                account.open.iter().filter_map(|range| profile.get(range.start..range.end)).map(<[u8]>::to_vec),
            );
            account.fault.is_none()
        }
        _ => false,
    }
}

/// Fonts under the one neutral name.
fn fonts(content: &[u8]) -> bool {
    let mut at = 2;
    for _ in 0..small(content, 0) {
        let Some(length) = content.get(at + 2).map(|length| usize::from(*length)) else { return false };
        let Some(name) = content.get(at + 3..at + 3 + length) else { return false };
        if !name.iter().zip(b"Serif".iter().cycle()).all(|(a, b)| a == b) {
            return false;
        }
        at += 3 + length;
    }
    content.get(at..).is_some_and(|rest| rest.iter().all(|b| *b == 0))
}
