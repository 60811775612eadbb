//! Sample entries: how the samples of a track are coded. Names of compressors and makers go; settings stay, each after
//! its rule, and boxes on no list become free space.
//!
//! ISO/IEC 14496-12, 8.5.2 and 12; QuickTime File Format, "Sample Description
//! Atoms"; 3GPP TS 26.244, 6 and TS 26.245, 5.16.

use super::coding::{Coding, Frame};
use super::part::{Part, number, short};
use super::rule::{self, Manner, Sort};
use super::{Film, descriptor, refused, setting, table, undescribed};
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::heif::config::{self, Codec};
use crate::strip::heif::property::cleaned_colour;
use crate::strip::heif::rule as shared;
use std::ops::Range;

/// The longest list of sample entries; colour profiles stand in it.
const LONGEST: u64 = 4 << 20;
/// Bytes of a visual and of a sound entry before their boxes.
const VISUAL: usize = 78;
const SOUND: usize = 28;

/// What was changed in an entry: what a person calls it.
type Told = Vec<(Code, &'static str)>;

/// An entry while it is cleaned.
struct Entry<'e> {
    bytes: &'e mut [u8],
    kind: [u8; 4],
    sort: Sort,
    manner: Manner,
    coding: Option<Coding>,
    told: Told,
}

impl Film<'_> {
    /// Cleans the sample entries of a track; says how its samples are coded, and which data references they use.
    pub(super) fn entries(&mut self, part: &Part, sort: Sort) -> Result<(Option<Coding>, Vec<u16>), Refusal> {
        let old = self.read(part, LONGEST)?;
        let mut new = old.clone();
        let (mut coding, mut used, mut told) = (None, Vec::new(), Told::new());
        let mut at = 8;
        while at + 8 <= new.len() && used.len() < 64 {
            let size = number(&new, at).unwrap_or(0) as usize;
            let end = at.checked_add(size).filter(|end| size >= 16 && *end <= new.len()).ok_or_else(undescribed)?;
            let kind = [new[at + 4], new[at + 5], new[at + 6], new[at + 7]];
            let manner = match (rule::manner(sort, &kind), &kind) {
                (Some(manner), _) => manner,
                (None, b"encv" | b"enca" | b"enct" | b"drmi" | b"drms") => {
                    return Err(refused("the film is locked (encrypted)"));
                }
                _ => return Err(refused("the film is coded in a way that is not cleaned here")),
            };
            let mut entry = Entry { bytes: &mut new[at + 8..end], kind, sort, manner, coding: None, told: Told::new() };
            entry.clean()?;
            let found = entry.coding.ok_or_else(undescribed)?;
            told.append(&mut entry.told);
            used.push(table::reference(&new[at + 8..end]));
            if coding.is_some_and(|coding| coding != found) {
                return Err(refused("the film changes its coding in the middle of a track"));
            }
            coding = Some(found);
            at = end;
        }
        new[at.min(old.len())..].fill(0);
        told.dedup();
        for (code, label) in told {
            self.operation.found_as(code, label, "stsd", part.range(), Action::Remove);
        }
        self.keep_head(part)?;
        self.sheet.write(part.body, new);
        Ok((coding, used))
    }
}

impl Entry<'_> {
    fn tell(&mut self, code: Code, label: &'static str) {
        self.told.push((code, label));
    }

    /// Zeros a range; tells where something stood there.
    fn clear(&mut self, range: Range<usize>, code: Code, label: &'static str) {
        let end = range.end.min(self.bytes.len());
        let hole = &mut self.bytes[range.start.min(end)..end];
        if hole.iter().any(|b| *b != 0) {
            hole.fill(0);
            self.tell(code, label);
        }
    }

    fn clean(&mut self) -> Result<(), Refusal> {
        self.clear(0..6, Code::HiddenBytes, "bytes hidden in a header");
        match self.manner {
            Manner::Units(_) | Manner::Described | Manner::Text | Manner::Cues => {}
            Manner::Obus => self.coding = Some(Coding::Obus),
            Manner::StartCodes(mpeg) => self.coding = Some(Coding::StartCodes(mpeg)),
            Manner::Jpeg => self.coding = Some(Coding::Jpeg),
            Manner::Plain | Manner::Sound => self.coding = Some(Coding::Plain(None)),
        }
        let from = match self.sort {
            Sort::Video => self.visual()?,
            Sort::Sound => self.sound()?,
            Sort::Subtitle => self.subtitle()?,
        };
        let length = self.bytes.len();
        self.boxes(from..length, 0)
    }

    fn visual(&mut self) -> Result<usize, Refusal> {
        if self.bytes.len() < VISUAL {
            return Err(undescribed());
        }
        // Version, revision, maker, quality; data size; then the name of the compressor.
        self.clear(8..24, Code::EncoderNote, "maker of the encoder");
        self.clear(36..40, Code::HiddenBytes, "bytes hidden in a header");
        self.clear(42..74, Code::EncoderNote, "name of the compressor");
        if shared::spells(&self.bytes[24..42]) {
            return Err(undescribed());
        }
        // A palette of its own stands where boxes are looked for (QuickTime, "Color Table ID").
        let (depth, palette) = (short(self.bytes, 74).unwrap_or(0) & 31, short(self.bytes, 76));
        if palette == Some(0) && matches!(depth, 1 | 2 | 4 | 8) {
            return Err(refused("the film is coded in a way that is not cleaned here"));
        }
        Ok(VISUAL)
    }

    fn sound(&mut self) -> Result<usize, Refusal> {
        if self.bytes.len() < SOUND {
            return Err(undescribed());
        }
        let version = short(self.bytes, 8).unwrap_or(0);
        self.clear(10..16, Code::EncoderNote, "maker of the encoder");
        let number = |at| u64::from(number(self.bytes, at).unwrap_or(0));
        let (channels, bits) = (short(self.bytes, 16).unwrap_or(0), short(self.bytes, 18).unwrap_or(0));
        let uncompressed = self.manner == Manner::Sound;
        let plain = |frame| Some(Coding::Plain(frame));
        let kind = &self.kind;
        let wide = match kind {
            b"ulaw" | b"alaw" => 8,
            b"in24" => 24,
            b"in32" | b"fl32" => 32,
            b"fl64" => 64,
            _ => u64::from(bits),
        };
        let own = Frame { bytes: u64::from(channels) * wide.div_ceil(8), samples: 1 };
        let from = match version {
            0 => {
                if uncompressed {
                    self.coding = plain(Some(own));
                } else if kind == b"ima4" {
                    // Writers from before version 1 leave the size of a packet to the coding.
                    self.coding = plain(Some(Frame { bytes: 34 * u64::from(channels), samples: 64 }));
                }
                SOUND
            }
            1 => {
                let (samples, bytes) = (number(SOUND), number(SOUND + 8));
                if self.manner == Manner::Described || samples == 0 {
                    // What an ES descriptor describes has a table of sizes.
                } else if uncompressed {
                    // What it says of bytes is not what players read.
                    let bytes = if own.bytes > 0 { own.bytes } else { bytes };
                    self.coding = plain(Some(Frame { bytes, samples: 1 }));
                } else {
                    self.coding = plain(Some(Frame { bytes, samples }));
                }
                SOUND + 16
            }
            2 => {
                // Channels and bits; then flags; then bytes and samples of a packet, where values may be wider than their bits.
                let (wide, bytes, samples) = (number(SOUND + 20).div_ceil(8), number(SOUND + 28), number(SOUND + 32));
                let most = number(SOUND + 12).saturating_mul(wide.min(1 << 16).next_power_of_two());
                if uncompressed && bytes > 0 {
                    let own = number(SOUND + 12).saturating_mul(wide);
                    let bytes = if samples > 1 || bytes <= most || own == 0 { bytes } else { own };
                    self.coding = plain(Some(Frame { bytes, samples: samples.max(1) }));
                }
                SOUND + 36
            }
            _ => return Err(undescribed()),
        };
        if from > self.bytes.len() { Err(undescribed()) } else { Ok(from) }
    }

    /// `tx3g`: flags, places, colours, a style, then fonts; `wvtt`: boxes alone.
    fn subtitle(&mut self) -> Result<usize, Refusal> {
        let (coding, from) = if self.manner == Manner::Text { (Coding::Text, 38) } else { (Coding::Cues, 8) };
        self.coding = Some(coding);
        if self.bytes.len() < from || shared::spells(&self.bytes[8..from]) { Err(undescribed()) } else { Ok(from) }
    }

    /// The boxes of an entry, or of `wave` inside it.
    fn boxes(&mut self, range: Range<usize>, depth: u8) -> Result<(), Refusal> {
        let mut at = range.start;
        while at + 8 <= range.end {
            let size = number(self.bytes, at).unwrap_or(0) as usize;
            let end = at.checked_add(size).filter(|end| *end <= range.end);
            let Some(end) = end.filter(|_| size >= 8) else {
                // Old writers end a list of boxes with zeros.
                if self.bytes[at..range.end].iter().all(|b| *b == 0) {
                    break;
                }
                return Err(undescribed());
            };
            let kind = [self.bytes[at + 4], self.bytes[at + 5], self.bytes[at + 6], self.bytes[at + 7]];
            let body = at + 8..end;
            match &kind {
                b"wave" | b"sv3d" | b"proj" if depth < 2 => self.boxes(body, depth + 1)?,
                _ => self.one(&kind, body)?,
            }
            at = end;
        }
        self.clear(at..range.end, Code::HiddenBytes, "bytes that no viewer reads");
        Ok(())
    }

    /// One box: as its rule has it, or free.
    fn one(&mut self, kind: &[u8; 4], range: Range<usize>) -> Result<(), Refusal> {
        let old = self.bytes[range.clone()].to_vec();
        let new = self.allowed(kind, &old)?;
        let (code, label) = match (kind, &new) {
            (b"colr", _) => (Code::IccDescription, Code::IccDescription.label()),
            (_, Some(_)) => (Code::HiddenBytes, "bytes hidden in a setting"),
            (_, None) => (Code::ApplicationData, "setting on no list"),
        };
        let stays = new.is_some();
        let mut new = new.unwrap_or_default();
        new.resize(old.len(), 0);
        if !stays {
            self.bytes[range.start - 4..range.start].copy_from_slice(b"free");
        }
        if new != old || !stays && !matches!(kind, b"free" | b"skip") {
            self.tell(code, label);
            self.bytes[range].copy_from_slice(&new);
        }
        Ok(())
    }

    /// The payload that a box may have, at most as long as it was.
    fn allowed(&mut self, kind: &[u8; 4], old: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
        let exact = |length: usize| (old.len() == length).then(|| old.to_vec());
        let quiet = |most: usize| (old.len() <= most && !shared::tells(old)).then(|| old.to_vec());
        let unsigned = |length: usize| {
            let mut new = old.get(..length)?.to_vec();
            new[..4].fill(0);
            Some(new)
        };
        Ok(match kind {
            b"avcC" | b"hvcC" | b"av1C" => self.configuration(kind, old)?,
            b"esds" => {
                let (new, manner) = descriptor::clean(old, self.sort)?;
                if self.manner == Manner::Described {
                    self.coding = Some(match manner {
                        Manner::StartCodes(mpeg) => Coding::StartCodes(mpeg),
                        Manner::Jpeg => Coding::Jpeg,
                        _ => Coding::Plain(None),
                    });
                }
                Some(new)
            }
            b"sinf" | b"schi" => return Err(refused("the film is locked (encrypted)")),
            b"colr" => cleaned_colour(old).filter(|new| new.len() <= old.len()).map(|new| padded(new, old.len())),
            b"pasp" | b"clap" | b"clli" | b"mdcv" | b"amve" => shared::rule(kind).and_then(|rule| rule.allow(old)),
            b"fiel" | b"enda" => exact(2),
            b"gama" => exact(4),
            // The type again.
            b"frma" => exact(4).map(|_| self.kind.to_vec()),
            b"btrt" => exact(12).filter(|_| shared::plain(old)),
            b"st3d" => exact(5),
            b"prhd" => exact(16),
            b"equi" => exact(20),
            // The name of the program that made it stands here.
            b"svhd" => Some(vec![0; old.len()]),
            b"SMI " => quiet(8),
            // Depths and colours; behind them stands how much more there is, which is nothing.
            b"vpcC" => quiet(16).map(|new| new[..new.len().min(10)].to_vec()),
            kind if setting::is_sound(kind) => {
                let channels = usize::from(short(self.bytes, 16).unwrap_or(0));
                setting::sound(&self.kind, kind, old, channels)?
            }
            b"chan" => setting::places(old),
            // Inside `wave`: that it is AAC or ADPCM, which says nothing more; a description; the end of the list.
            b"mp4a" | b"ima4" | [0, 0, 0, 0] => Some(Vec::new()),
            b"ms\0\x02" | b"ms\0\x11" | b".mp3" => setting::wave(kind, old),
            b"damr" => unsigned(9),
            b"d263" => unsigned(7),
            b"dfLa" => stream_info(old),
            b"ftab" => fonts(old),
            b"vttC" => old.starts_with(b"WEBVTT").then(|| {
                let mut new = b"WEBVTT".to_vec();
                new.resize(old.len(), b'\n');
                new
            }),
            _ => None,
        })
        .map(|new| new.filter(|new| new.len() <= old.len()))
    }

    fn configuration(&mut self, kind: &[u8; 4], old: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
        let wanted = match self.manner {
            Manner::Units(wanted) => wanted,
            Manner::Obus => b"av1C",
            _ => return Ok(None),
        };
        if wanted != kind {
            return Ok(None);
        }
        let mut new = old.to_vec();
        match config::clean(kind, &mut new).ok_or_else(undescribed)? {
            Codec::Units(family, field) => self.coding = Some(Coding::Units(family, field)),
            Codec::Obus => self.coding = Some(Coding::Obus),
        }
        Ok(Some(new))
    }
}

/// A `colr` payload made longer to the length it had: a profile says its length itself.
fn padded(mut payload: Vec<u8>, length: usize) -> Vec<u8> {
    if payload.len() < length && matches!(payload.get(..4), Some(b"prof" | b"rICC")) {
        payload.resize(length, 0);
        if let Some(size) = payload.get_mut(4..8) {
            size.copy_from_slice(&((length - 4) as u32).to_be_bytes());
        }
    }
    payload
}

/// The first block of FLAC's metadata alone, as the last one.
fn stream_info(old: &[u8]) -> Option<Vec<u8>> {
    let mut new = old.get(..42)?.to_vec();
    if new[..4] != [0; 4] || new[4] & 127 != 0 || new[5..8] != [0, 0, 34] {
        return None;
    }
    new[4] = 0x80;
    Some(new)
}

/// Font names become neutral ones of the same length (3GPP TS 26.245, 5.16).
fn fonts(old: &[u8]) -> Option<Vec<u8>> {
    let mut new = vec![0; old.len()];
    new[..2].copy_from_slice(old.get(..2)?);
    let mut at = 2;
    for _ in 0..short(old, 0)? {
        new[at..at + 3].copy_from_slice(old.get(at..at + 3)?);
        let end = at + 3 + usize::from(old[at + 2]);
        let name = new.get_mut(at + 3..end)?;
        for (letter, neutral) in name.iter_mut().zip(b"Serif".iter().cycle()) {
            *letter = *neutral;
        }
        at = end;
    }
    Some(new)
}
