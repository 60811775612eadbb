//! Tracks of Ogg: what their first packets say, and what becomes of their comments.
//!
//! Vorbis I section 4.2 and 5; RFC 7845 section 5; Theora section 6; Speex manual, "Ogg file format"; RFC 9639
//! section 10.1.

use super::clock::Clock;
use super::page::Page;
use crate::plan::Refusal;
use crate::strip::flac::is_info;

/// What a track holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Vorbis,
    Opus,
    Speex,
    Flac,
    Theora,
    /// Text or data beside the sound: it goes.
    Text(&'static str),
}

/// What becomes of a packet behind the headers.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Sound,
    /// A header in the middle of the sound, which decoders pass over: a header of its kind without texts.
    Empty(&'static [u8]),
    /// Another packet that is no sound: the byte that says so.
    Marked,
    /// The rest of a packet whose beginning is missing.
    Nothing,
}

impl Kind {
    /// What the times of a track count that begins with this packet.
    fn clock(self, first: &[u8]) -> Clock {
        let bytes = |at: usize| first.get(at..at + 4).and_then(|four| four.try_into().ok()).unwrap_or([0; 4]);
        match self {
            Kind::Vorbis => Clock::sound(u32::from_le_bytes(bytes(12))),
            Kind::Opus | Kind::Text(_) => Clock::sound(48_000),
            Kind::Speex => Clock::sound(u32::from_le_bytes(bytes(36))),
            // Twenty bits.
            Kind::Flac => Clock::sound(u32::from_be_bytes(bytes(27)) >> 12),
            Kind::Theora => {
                let below = u32::from_be_bytes(bytes(38)) >> 5 & 31;
                Clock::pictures(u32::from_be_bytes(bytes(22)), u32::from_be_bytes(bytes(26)), below)
            }
        }
    }

    /// What becomes of a packet that begins so.
    fn fate(self, packet: &[u8]) -> Fate {
        match (self, packet) {
            (Kind::Vorbis, [3, b'v', b'o', b'r', b'b', b'i', b's', ..]) => Fate::Empty(VORBIS),
            (Kind::Opus, [b'O', b'p', b'u', b's', b'T', b'a', b'g', b's', ..]) => Fate::Empty(b"OpusTags"),
            (Kind::Opus, [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', ..]) => Fate::Empty(b"OpusHead"),
            (Kind::Theora, [0x81, b't', b'h', b'e', b'o', b'r', b'a', ..]) => Fate::Empty(b"\x81theora"),
            (Kind::Vorbis, [first, ..]) if first & 1 != 0 => Fate::Marked,
            (Kind::Theora, [first, ..]) if first & 0x80 != 0 => Fate::Marked,
            (Kind::Flac, [0xFF, 0xF8 | 0xF9, ..]) => Fate::Sound,
            (Kind::Flac, [_, ..]) => Fate::Marked,
            _ => Fate::Sound,
        }
    }
}

/// A track, read up to the end of its headers, and then by the beginnings of its packets.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) kind: Kind,
    /// What the times of its pages count.
    pub(super) clock: Clock,
    /// Whether its last page went by.
    pub(super) ended: bool,
    /// The packet that is being read, and how far.
    packet: usize,
    inside: usize,
    /// Whether the block that is being read is FLAC's last, and becomes filling.
    last: bool,
    filling: bool,
    told: bool,
    /// What becomes of the packet behind the headers that has begun.
    fate: Option<Fate>,
}

/// Vorbis's comments where there are none.
const VORBIS: &[u8] = b"\x03vorbis\0\0\0\0\0\0\0\0\x01";
/// First packets of tracks that go.
const TEXTS: &[(&[u8], &str)] = &[
    (b"fishead\0", "index of tracks"),
    (b"\x80kate\0\0\0", "track of text"),
    (b"CMML\0\0\0\0", "track of text"),
    (b"\x81kate", "track of text"),
];
/// The name of the program in Speex's header.
const SPEEX_VERSION: std::ops::Range<usize> = 8..28;

impl Track {
    /// Reads the first page of a track, which holds its first packet alone.
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let kind = match body {
            [1, b'v', b'o', b'r', b'b', b'i', b's', ..] if body.len() == 30 => Kind::Vorbis,
            [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', version, channels, ..] if *version < 16 => {
                let more = if body.get(18) == Some(&0) { 19 } else { 21 + usize::from(*channels) };
                if body.len() != more {
                    return Err(unknown());
                }
                Kind::Opus
            }
            [b'S', b'p', b'e', b'e', b'x', b' ', b' ', b' ', ..] if body.len() == 80 && body[68..72] == [0; 4] => {
                Kind::Speex
            }
            [0x7F, b'F', b'L', b'A', b'C', 1, _, _, _, b'f', b'L', b'a', b'C', 0, 0, 0, 34, info @ ..]
                if is_info(info) =>
            {
                Kind::Flac
            }
            [0x80, b't', b'h', b'e', b'o', b'r', b'a', ..] if body.len() == 42 => Kind::Theora,
            _ => match TEXTS.iter().find(|(start, _)| body.starts_with(start)) {
                Some((_, label)) => Kind::Text(label),
                None => return Err(unknown()),
            },
        };
        let told = matches!(kind, Kind::Text(_));
        let clock = kind.clock(body);
        Ok(Self { kind, clock, ended: false, packet: 0, inside: 0, last: false, filling: false, told, fate: None })
    }

    /// Whether all of its headers were read.
    pub(super) fn is_told(&self) -> bool {
        self.told
    }

    /// The body of a page without comments and without packets that are no sound. From `unfinished` on stands a packet
    /// that never ends.
    pub(super) fn page(&mut self, page: &Page, unfinished: Option<usize>) -> Result<Vec<u8>, Refusal> {
        self.ended = page.ends();
        if page.continues() != (self.inside > 0) {
            if !self.told {
                return Err(Refusal::truncated("a part of the description of the sound is missing"));
            }
            self.inside = 0;
        }
        if self.told && self.inside == 0 {
            self.fate = page.continues().then_some(Fate::Nothing);
        }
        let mut body = page.body().to_vec();
        let mut at = 0;
        for segment in page.segments() {
            let end = at + usize::from(*segment);
            if self.told {
                self.sound(&mut body[at..end]);
            } else {
                for byte in &mut body[at..end] {
                    *byte = self.byte(*byte);
                    self.inside += 1;
                }
            }
            at = end;
            if *segment < 255 && !self.told {
                self.packet()?;
            } else if *segment < 255 {
                (self.inside, self.fate) = (0, None);
            }
        }
        if let Some(rest) = unfinished.and_then(|from| body.get_mut(from..)) {
            rest.fill(0);
        }
        Ok(body)
    }

    /// What becomes of the next segment behind the headers.
    fn sound(&mut self, segment: &mut [u8]) {
        let kind = self.kind;
        let fate = *self.fate.get_or_insert_with(|| kind.fate(segment));
        let from = self.inside;
        self.inside += segment.len();
        match fate {
            Fate::Sound => {}
            Fate::Nothing => segment.fill(0),
            Fate::Marked => segment.iter_mut().skip(usize::from(from == 0)).for_each(|byte| *byte = 0),
            Fate::Empty(header) => {
                for (n, byte) in segment.iter_mut().enumerate() {
                    *byte = header.get(from + n).copied().unwrap_or(0);
                }
            }
        }
    }

    /// What becomes of the next byte.
    fn byte(&mut self, byte: u8) -> u8 {
        let at = self.inside;
        let from = |start: &[u8]| start.get(at).copied().unwrap_or(0);
        match (self.kind, self.packet) {
            (Kind::Vorbis, 1) => from(VORBIS),
            (Kind::Opus, 1) => from(b"OpusTags"),
            (Kind::Theora, 1) => from(b"\x81theora"),
            (Kind::Speex, 1) => 0,
            (Kind::Speex, 0) if SPEEX_VERSION.contains(&at) => 0,
            // The number of headers that follow is known by their own mark.
            (Kind::Flac, 0) => byte,
            (Kind::Flac, _) => match at {
                0 => {
                    self.last = byte & 0x80 != 0;
                    self.filling = byte & 0x7F != 4;
                    if self.filling { byte & 0x80 | 1 } else { byte }
                }
                1..=3 => byte,
                _ => 0,
            },
            _ => byte,
        }
    }

    /// The end of a packet.
    fn packet(&mut self) -> Result<(), Refusal> {
        let least = match (self.kind, self.packet) {
            (Kind::Vorbis, 1) | (Kind::Opus, 1) => 16,
            (Kind::Theora, 1) => 15,
            (Kind::Speex, 1) => 8,
            (Kind::Flac, 1) => 12,
            (Kind::Flac, _) => 4,
            _ => 1,
        };
        if self.inside < least {
            return Err(unknown());
        }
        self.told = match self.kind {
            Kind::Vorbis | Kind::Theora => self.packet == 2,
            Kind::Opus | Kind::Speex => self.packet == 1,
            Kind::Flac => self.packet > 0 && self.last,
            Kind::Text(_) => true,
        };
        self.packet += 1;
        self.inside = 0;
        Ok(())
    }
}

fn unknown() -> Refusal {
    Refusal {
        code: "not-understood",
        what: "the file has a track of a kind that is on no list".to_owned(),
        advice: "Open the file in a sound program and save it as an ordinary Ogg, WAV or FLAC file, then run scrubs again.",
    }
}
