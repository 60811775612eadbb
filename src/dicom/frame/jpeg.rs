//! What a JPEG or JPEG-LS frame holds beside its samples.
//!
//! ISO/IEC 10918-1 Annex B (markers and segments), ISO/IEC 14495-1 Annex C and A.1 (JPEG-LS, and how it stuffs bits).
//! A marker is on the list or the frame is refused; a segment is as long as its own numbers say.

mod header;
mod table;

use super::{Extra, Joined, PARTS, strange, tail};
use crate::finding::Code;
use crate::plan::Refusal;
use header::{Picture, Scan};
use std::ops::Range;
use table::Tables;

const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const COM: u8 = 0xFE;
/// The frame header of JPEG-LS.
const SOF55: u8 = 0xF7;
/// Presets of JPEG-LS: its marker, and the length of their data (ISO/IEC 14495-1 C.2.4.1.1).
const LSE: u8 = 0xF8;
const PRESETS: usize = 11;

/// Lists what may go. A frame that breaks off is listed up to there; the proof of the output refuses it.
///
/// # Errors
/// When it has a part that is on no list, or one that is longer than it says.
pub(super) fn extras(frame: &mut Joined<'_, '_>) -> Result<Vec<Extra>, Refusal> {
    let mut walk = Walk::default();
    walk.run(frame)?;
    let Walk { mut out, tables, .. } = walk;
    tables.unused(&mut out);
    // What becomes of a table is known only behind the scans.
    out.sort_by_key(|extra| extra.range.start);
    Ok(out)
}

/// What is known of a frame while it is walked.
#[derive(Debug, Default)]
struct Walk {
    out: Vec<Extra>,
    picture: Option<Picture>,
    tables: Tables,
    /// Whether scans have restart markers.
    restarts: bool,
    scans: usize,
    /// A restart interval, presets or conditioning that no scan has used yet.
    pending: Vec<u8>,
}

impl Walk {
    fn run(&mut self, frame: &mut Joined<'_, '_>) -> Result<(), Refusal> {
        let mut at = 2;
        for _ in 0..PARTS {
            let Some(ff) = frame.find_ff(at)? else {
                self.out.push(Extra::zeros(Code::ApplicationData, at..frame.len()));
                return Ok(());
            };
            if ff > at {
                self.out.push(Extra::zeros(Code::ApplicationData, at..ff));
            }
            at = ff;
            while frame.bytes(at + 1)? == Some([0xFF]) {
                at += 1;
            }
            let Some([marker]) = frame.bytes(at + 1)? else { return Ok(()) };
            match marker {
                0 => {
                    self.out.push(Extra::zeros(Code::ApplicationData, at..at + 2));
                    at += 2;
                    continue;
                }
                EOI => {
                    self.out.push(Extra::zeros(Code::DicomPadding, at + 2..frame.len()));
                    return Ok(());
                }
                0x01..=0xBF | 0xD0..=0xD8 => return Err(strange("a marker where none belongs")),
                _ => {}
            }
            let length = frame.bytes(at + 2)?.map_or(0, |b| u64::from(u16::from_be_bytes(b)));
            let (payload, end) = (at + 4, at + 2 + length);
            if length < 2 || end > frame.len() {
                return Ok(());
            }
            self.segment(frame, marker, payload..end)?;
            at = if marker == SOS { self.samples(frame, end)? } else { end };
        }
        Err(Refusal::too_large("a compressed frame has more parts than any real one"))
    }

    fn is_lossless(&self) -> bool {
        self.picture.as_ref().is_some_and(|picture| picture.process == SOF55)
    }

    fn segment(&mut self, frame: &mut Joined<'_, '_>, marker: u8, payload: Range<u64>) -> Result<(), Refusal> {
        match marker {
            COM => {
                self.out.push(Extra::zeros(Code::Comment, payload));
                return Ok(());
            }
            0xE0..=0xEF | 0xF0..=0xF6 | 0xF9..=0xFD => {
                let stays = header(frame, marker, payload.start, payload.end)?;
                self.out.push(Extra::zeros(Code::ApplicationData, payload.start + stays..payload.end));
                return Ok(());
            }
            _ => {}
        }
        let data = frame.copy(payload.clone())?;
        let sound = match marker {
            0xC4 | 0xDB => self.tables.take(marker, payload.start, &data),
            // Differential frames and those around them are of no transfer syntax that is looked into.
            0xC0..=0xC3 | 0xC9..=0xCB | SOF55 if self.picture.is_none() => {
                self.picture = Picture::read(marker, &data);
                self.picture.is_some()
            }
            0xDD => {
                self.restarts = data.iter().any(|b| *b != 0);
                (data.len() == 2 || self.is_lossless() && matches!(data.len(), 3 | 4)) && self.once(marker)
            }
            0xCC => is_conditioning(&data) && self.once(marker),
            LSE => is_presets(&data) && self.once(marker),
            // The number of lines, where the header of the frame left it open (B.2.5).
            0xDC => data.len() == 2 && self.scans == 1 && self.picture.as_ref().is_some_and(|p| p.height == 0),
            SOS => return self.scan(&data),
            _ => return Err(strange("a part that no picture has")),
        };
        if sound { Ok(()) } else { Err(strange("a part that is not as its kind is")) }
    }

    /// Whether a part of its kind is the only one that the next scan is to use.
    fn once(&mut self, marker: u8) -> bool {
        let first = !self.pending.contains(&marker);
        self.pending.push(marker);
        first
    }

    fn scan(&mut self, data: &[u8]) -> Result<(), Refusal> {
        let scan = Scan::read(data);
        let (Some(picture), Some(scan)) = (&mut self.picture, scan) else {
            return Err(strange("a part that is not as its kind is"));
        };
        // What a decoder makes of a scan that comes again, each decides for itself.
        if !picture.lacks(&scan) {
            return Err(strange("samples behind those of a whole picture"));
        }
        if self.tables.mark(picture, &scan) {
            return Err(strange("a table of codes that lists some of them twice"));
        }
        picture.take(&scan);
        self.scans += 1;
        self.pending.clear();
        Ok(())
    }

    /// Where the entropy-coded data end that begin here: at the next marker.
    fn samples(&mut self, frame: &mut Joined<'_, '_>, start: u64) -> Result<u64, Refusal> {
        let lossless = self.is_lossless();
        let mut at = start;
        let end = loop {
            let Some(ff) = frame.find_ff(at)? else { break frame.len() };
            at = match frame.bytes(ff + 1)? {
                Some([0xD0..=0xD7]) if self.restarts => {
                    tail::check(frame, start..ff, tail::INTERVAL)?;
                    ff + 2
                }
                Some([0]) => ff + 2,
                Some([0..=0x7F]) if lossless => ff + 2,
                Some([0xFF]) => ff + 1,
                _ => break ff,
            };
        };
        tail::check(frame, start..end, tail::LAST)?;
        Ok(end)
    }
}

/// Arithmetic conditioning: pairs of a table's class and number, and a value, of each table one at most (B.2.4.3).
fn is_conditioning(data: &[u8]) -> bool {
    let pairs = || data.chunks_exact(2);
    let sound = |pair: &[u8]| match pair[0] >> 4 {
        0 => pair[1] & 15 <= pair[1] >> 4,
        1 => (1..=63).contains(&pair[1]),
        _ => false,
    };
    let mut named: Vec<u8> = pairs().map(|pair| pair[0]).collect();
    named.sort_unstable();
    named.dedup();
    data.len() == 2 * named.len() && pairs().all(|pair| pair[0] & 15 <= 3 && sound(pair))
}

/// Presets of coding: a greatest value, three thresholds that rise, and when counters are halved; 0 is what is usual
/// (ISO/IEC 14495-1 C.2.4.1.1). Tables of mapping and sizes beyond 65,535 are of no picture that DICOM has.
fn is_presets(data: &[u8]) -> bool {
    let numbers: Vec<u16> =
        data.get(1..).unwrap_or_default().chunks_exact(2).map(|b| u16::from_be_bytes([b[0], b[1]])).collect();
    let [most, thresholds @ .., reset] = &numbers[..] else { return false };
    let most = if *most == 0 { u16::MAX } else { *most };
    let stated: Vec<u16> = thresholds.iter().copied().filter(|t| *t != 0).collect();
    let rising = stated.windows(2).all(|w| w[0] <= w[1]) && stated.last().is_none_or(|t| *t <= most);
    data.len() == PRESETS && data[0] == 1 && rising && (*reset == 0 || *reset >= 3)
}

/// How much of an application segment decoders need: JFIF without thumbnail, SPIFF, colour transforms.
fn header(frame: &mut Joined<'_, '_>, marker: u8, payload: u64, end: u64) -> Result<u64, Refusal> {
    let length = end - payload;
    let start = frame.bytes::<6>(payload)?.filter(|_| length >= 6);
    let five = frame.bytes::<5>(payload)?.filter(|_| length >= 5);
    Ok(match (marker, start.as_ref().map(|s| &s[..]), five.as_ref().map(|s| &s[..])) {
        (0xE0, Some(b"JFIF\0\x01"), _) if length >= 14 => 14,
        // What a maker of lossless coders writes in its place.
        (0xE0, Some(b"LJIF\0\x01"), _) => 6,
        (0xE8, Some(b"SPIFF\0"), _) if length >= 30 => 30,
        (0xE8, Some([0, 0, 0, 1, 0xFF, 0xD8]), _) => 6,
        // The colour transform of JPEG-LS.
        (0xE8, _, Some([b'm', b'r', b'f', b'x', 0..=5])) => 5,
        (0xEE, _, Some(b"Adobe")) if length >= 12 => 12,
        _ => 0,
    })
}
