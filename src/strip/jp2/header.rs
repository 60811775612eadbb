//! The JP2 header: samples, palette, channels, resolution and colour, each written anew after its own grammar.
//!
//! ISO/IEC 15444-1, I.5.3; 15444-2, M.11.5 to M.11.7 for the headers of single codestreams and layers.

use super::super::operation::{Operation, broken};
use super::boxed::{Box, children, written};
use crate::finding::{Action, Code};
use crate::icc;
use crate::plan::Refusal;

/// Colour boxes of one header; real ones have one or two.
const COLOURS: usize = 16;
/// The largest palette: 1,024 entries of 255 columns of 5 bytes (table I.13).
const PALETTE: u64 = 4 + 255 + 1024 * 255 * 5;

/// What a header allows inside it, and what later boxes of it are checked against.
#[derive(Default)]
pub(super) struct Header {
    components: Option<u16>,
    columns: Option<u8>,
    coloured: bool,
    colours: usize,
    dropped: bool,
}

impl Header {
    /// Writes the contents of a super box anew: `jp2h` (I.5.3), `jpch`, `jplh` or `cgrp`.
    pub(super) fn rewrite(&mut self, operation: &mut Operation<'_>, parent: &Box) -> Result<Vec<u8>, Refusal> {
        let mut out = Vec::new();
        for child in children(operation, parent)? {
            let new = match (&parent.kind, &child.kind) {
                (b"jp2h" | b"jpch", b"ihdr") if self.components.is_none() => Some(self.image(operation, &child)?),
                (b"jp2h" | b"jpch", b"bpcc") => self.depths(operation, &child)?,
                (b"jp2h" | b"cgrp", b"colr") => self.colour(operation, &child)?,
                (b"jp2h" | b"jpch", b"pclr") => self.palette(operation, &child)?,
                (b"jp2h" | b"jpch", b"cmap") => self.mapping(operation, &child)?,
                (b"jp2h" | b"jplh", b"cdef") => channels(operation, &child)?,
                (b"jp2h" | b"jplh", b"res ") => resolution(operation, &child)?,
                (b"jplh", b"cgrp") => Some(self.rewrite(operation, &child)?),
                (b"jplh", b"creg") => registration(operation, &child)?,
                (b"jplh", b"opct") => opacity(operation, &child)?,
                _ => None,
            };
            match new {
                // A broken profile, which was noted when it was read.
                Some(data) if data.is_empty() && child.kind == *b"colr" => {}
                Some(data) => out.extend(written(&child.kind, &data)),
                None => child.gone(operation)?,
            }
        }
        if parent.kind == *b"jp2h" {
            out.extend(self.missing_colour());
        }
        Ok(out)
    }

    /// The picture's sides and samples (I.5.3.1). Rights (IPR) go with the box that would state them.
    fn image(&mut self, operation: &mut Operation<'_>, found: &Box) -> Result<Vec<u8>, Refusal> {
        let mut data = found.read(operation, 1024)?;
        let sound = data.len() >= 14 && depth(data[10]) && (1..=16_384).contains(&pair(&data, 8));
        if !sound {
            return Err(broken("the description of the picture is damaged"));
        }
        found.surplus(operation, 14);
        data.truncate(14);
        if data[13] != 0 {
            operation.found(Code::ApplicationData, "ihdr", found.range(), Action::Replace);
        }
        (data[11], data[12], data[13]) = (7, data[12].min(1), 0);
        self.components = Some(pair(&data, 8));
        Ok(data)
    }

    /// Bits of each component's samples (I.5.3.2).
    fn depths(&mut self, operation: &mut Operation<'_>, found: &Box) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(components) = self.components.map(usize::from) else { return Ok(None) };
        let mut data = found.read(operation, u64::from(u16::MAX))?;
        if data.len() < components || !data.iter().take(components).all(|bits| depth(*bits) && *bits != 255) {
            return Ok(None);
        }
        found.surplus(operation, components as u64);
        data.truncate(components);
        Ok(Some(data))
    }

    /// A colour specification (I.5.3.3): enumerated, a profile, or code points.
    fn colour(&mut self, operation: &mut Operation<'_>, found: &Box) -> Result<Option<Vec<u8>>, Refusal> {
        self.colours += 1;
        if self.colours > COLOURS || found.length() > icc::LARGEST + 3 {
            self.dropped = true;
            return Ok(None);
        }
        let mut data = found.read(operation, icc::LARGEST + 3)?;
        let Some([method, precedence, nearness]) = data.get(..3).and_then(|b| <[u8; 3]>::try_from(b).ok()) else {
            return Ok(None);
        };
        let start = [method, precedence, if nearness <= 4 { nearness } else { 0 }];
        let length = match method {
            // Lab and Jab may be followed by seven and six ranges (15444-2, M.11.7.3).
            1 => match data.get(3..7) {
                Some([0, 0, 0, 14]) if data.len() >= 35 => 35,
                Some([0, 0, 0, 19]) if data.len() >= 31 => 31,
                Some([0, 0, 0, _]) => 7,
                _ => return Ok(None),
            },
            5 if data.len() >= 10 => 10,
            2 | 3 => return Ok(Some(self.profile(operation, found, start, &data[3..]))),
            _ => return Ok(None),
        };
        found.surplus(operation, length as u64);
        data.truncate(length);
        self.coloured = true;
        data[..3].copy_from_slice(&start);
        Ok(Some(data))
    }

    fn profile(&mut self, operation: &mut Operation<'_>, found: &Box, start: [u8; 3], old: &[u8]) -> Vec<u8> {
        let Some(cleaned) = icc::clean(old) else {
            self.dropped = true;
            operation.found(Code::IccDropped, "colr", found.range(), Action::Remove);
            return Vec::new();
        };
        if cleaned.profile != old {
            operation.found(Code::IccDescription, "colr", found.range(), Action::Replace);
        }
        self.coloured = true;
        [&start[..], &cleaned.profile].concat()
    }

    /// Where a broken profile was the only word on colour: grey or sRGB, which readers assume then (table I.10).
    fn missing_colour(&self) -> Vec<u8> {
        if self.coloured || !self.dropped {
            return Vec::new();
        }
        let space = if self.components.unwrap_or(3) < 3 { 17 } else { 16 };
        written(b"colr", &[1, 0, 0, 0, 0, 0, space])
    }

    /// A palette (I.5.3.4): entries, columns, bits of each column, values.
    fn palette(&mut self, operation: &mut Operation<'_>, found: &Box) -> Result<Option<Vec<u8>>, Refusal> {
        let mut data = found.read(operation, PALETTE.max(found.length().min(PALETTE * 2)))?;
        let damaged = || broken("the palette of the picture is damaged");
        let columns = *data.get(2).ok_or_else(damaged)?;
        let bits = data.get(3..3 + usize::from(columns)).ok_or_else(damaged)?;
        let entries = usize::from(pair(&data, 0));
        let sound = columns > 0 && (1..=1024).contains(&entries) && bits.iter().all(|b| depth(*b) && *b != 255);
        let row: usize = bits.iter().map(|bits| usize::from((bits & 0x7F) / 8 + 1)).sum();
        let length = 3 + usize::from(columns) + row * entries;
        if !sound || data.len() < length {
            return Err(damaged());
        }
        found.surplus(operation, length as u64);
        data.truncate(length);
        self.columns = Some(columns);
        Ok(Some(data))
    }

    /// Which component or column each channel is made from (I.5.3.5).
    fn mapping(&mut self, operation: &mut Operation<'_>, found: &Box) -> Result<Option<Vec<u8>>, Refusal> {
        let data = found.read(operation, 4 * 65_536)?;
        let (components, columns) = (self.components.unwrap_or(0), self.columns.unwrap_or(u8::MAX));
        let sound = |map: &[u8]| pair(map, 0) < components && map[2] <= 1 && (map[2] == 0 || map[3] < columns);
        if data.is_empty() || data.len() % 4 != 0 || !data.chunks(4).all(sound) {
            return Err(broken("the palette of the picture is damaged"));
        }
        Ok(Some(data))
    }
}

fn pair(data: &[u8], at: usize) -> u16 {
    data.get(at..at + 2).map_or(0, |b| u16::from_be_bytes([b[0], b[1]]))
}

/// Whether this says how many bits a sample has: up to 38, signed or not, or 255 for "it varies" (table I.6).
fn depth(bits: u8) -> bool {
    bits == 255 || bits & 0x7F < 38
}

/// What each channel is for (I.5.3.6).
fn channels(operation: &mut Operation<'_>, found: &Box) -> Result<Option<Vec<u8>>, Refusal> {
    let mut data = found.read(operation, 2 + 6 * 65_536)?;
    let length = 2 + 6 * usize::from(pair(&data, 0));
    let sound =
        |def: &[u8]| matches!(pair(def, 2), 0..=2 | u16::MAX) && (pair(def, 4) <= 16_384 || pair(def, 4) == u16::MAX);
    if length == 2 || data.len() < length || !data[2..length].chunks(6).all(sound) {
        return Ok(None);
    }
    found.surplus(operation, length as u64);
    data.truncate(length);
    Ok(Some(data))
}

/// Resolution of capture and of display (I.5.3.7).
fn resolution(operation: &mut Operation<'_>, found: &Box) -> Result<Option<Vec<u8>>, Refusal> {
    let mut out = Vec::new();
    for child in children(operation, found)? {
        if !matches!(&child.kind, b"resc" | b"resd") || child.length() < 10 || out.len() >= 36 {
            child.gone(operation)?;
            continue;
        }
        let data = child.read(operation, u64::from(u16::MAX))?;
        child.surplus(operation, 10);
        out.extend(written(&child.kind, &data[..10]));
    }
    Ok(Some(out).filter(|out| !out.is_empty()))
}

/// Where codestreams lie against each other (15444-2, M.11.7.7).
fn registration(operation: &mut Operation<'_>, found: &Box) -> Result<Option<Vec<u8>>, Refusal> {
    let data = found.read(operation, 4 + 6 * 65_536)?;
    Ok(Some(data).filter(|data| data.len() >= 10 && data.len() % 6 == 4))
}

/// Opacity in simple form (15444-2, M.11.7.6): the last channel, or the last one premultiplied.
fn opacity(operation: &mut Operation<'_>, found: &Box) -> Result<Option<Vec<u8>>, Refusal> {
    let data = found.read(operation, 1024)?;
    match data.as_slice() {
        [0 | 1] => Ok(Some(data)),
        _ => Err(broken("the transparency of the picture is told in a way that is on no list")),
    }
}
