//! What a clean WAV file says before its sound: sizes, and the format cut to the fields that its coding has.
//!
//! Microsoft, WAVEFORMATEX and WAVEFORMATEXTENSIBLE; EBU Tech 3306 section 3 (ds64).

use crate::plan::Refusal;

/// Codings whose description ends with 16 bytes, and those with two bytes of their own (samples in a block).
const PLAIN: &[u16] = &[1, 3, 6, 7];
const BLOCKED: &[u16] = &[0x11, 0x31];
/// Microsoft ADPCM's description: seven pairs of coefficients, the same in every file.
const COEFFICIENTS: [i16; 14] = [256, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232];
/// The tail of the identifiers that stand for a coding of two bytes (KSDATAFORMAT_SUBTYPE).
const SUBTYPE: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

/// The format with nothing but what its coding has.
pub(in crate::strip) fn format(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let unknown = || Refusal {
        code: "not-understood",
        what: "the sound is coded in a way that is on no list".to_owned(),
        advice: "Open the file in a sound program and save it as an ordinary WAV or FLAC file, then run scrubs again.",
    };
    let plain = bytes.get(..16).ok_or_else(unknown)?;
    let tag = u16::from_le_bytes([plain[0], plain[1]]);
    let more = |length: u16| -> Result<Vec<u8>, Refusal> {
        let fields = bytes.get(18..18 + usize::from(length)).ok_or_else(unknown)?;
        Ok([plain, &length.to_le_bytes(), fields].concat())
    };
    if PLAIN.contains(&tag) {
        return Ok(if tag == 1 { plain.to_vec() } else { more(0).unwrap_or_else(|_| plain.to_vec()) });
    }
    if BLOCKED.contains(&tag) {
        return more(2);
    }
    if tag == 2 {
        let all = more(32)?;
        let coefficients: Vec<u8> = COEFFICIENTS.iter().flat_map(|n| n.to_le_bytes()).collect();
        return if all[20..22] == [7, 0] && all[22..] == coefficients { Ok(all) } else { Err(unknown()) };
    }
    if tag == 0xFFFE {
        let all = more(22)?;
        let inner = u16::from_le_bytes([all[24], all[25]]);
        return if PLAIN.contains(&inner) && all[26..] == SUBTYPE { Ok(all) } else { Err(unknown()) };
    }
    Err(unknown())
}

/// A chunk with its length.
pub(super) fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [id, &(body.len() as u32).to_le_bytes(), body].concat()
}

/// What stands in the file beside its sizes.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) magic: [u8; 4],
    pub(super) format: &'a [u8],
    pub(super) fact: Option<&'a [u8]>,
    /// Bytes of sound.
    pub(super) length: u64,
}

impl Parts<'_> {
    /// The first twelve bytes, and whether the file is of the long kind.
    pub(super) fn head(&self) -> (Vec<u8>, bool) {
        let long = self.magic != *b"RIFF" || self.riff(false) > super::RIFF_LIMIT;
        let magic = if long && self.magic == *b"RIFF" { *b"RF64" } else { self.magic };
        let size = if long { u32::MAX } else { self.riff(false) as u32 };
        ([&magic[..], &size.to_le_bytes(), b"WAVE"].concat(), long)
    }

    /// Length of the file behind its first eight bytes.
    fn riff(&self, long: bool) -> u64 {
        let chunks = 4 + 8 + self.format.len() as u64 + 8;
        let fact = if self.fact.is_some() { 12 } else { 0 };
        chunks + fact + if long { 36 } else { 0 } + self.length.saturating_add(self.length & 1)
    }

    /// The chunk that states 64-bit lengths: of the file, of the sound, and of the sound in samples of all channels.
    pub(super) fn ds64(&self) -> Vec<u8> {
        let block = self.format.get(12..14).map_or(0, |b| u64::from(u16::from_le_bytes([b[0], b[1]])));
        let samples = self.length.checked_div(block).unwrap_or(0);
        let numbers = [self.riff(true), self.length, samples];
        let body: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).chain([0; 4]).collect();
        chunk(b"ds64", &body)
    }
}
