//! Sound files made for tests: one named canary per hiding place.
#![allow(dead_code, missing_docs, unreachable_pub)]

use super::picture::{Cage, Fixture};

/// Noise that is the same every time.
pub fn noise(length: usize) -> Vec<u8> {
    let mut seed = 7_u32;
    (0..length)
        .map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        })
        .collect()
}

pub fn riff_chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut all = [&id[..], &(body.len() as u32).to_le_bytes(), body].concat();
    all.extend(vec![0; body.len() & 1]);
    all
}

pub fn riff(form: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    [b"RIFF", &(body.len() as u32 + 4).to_le_bytes()[..], form, &body].concat()
}

pub const FORMAT: [u8; 16] = [1, 0, 2, 0, 0x44, 0xAC, 0, 0, 0x10, 0xB1, 2, 0, 4, 0, 16, 0];

pub fn wav_plain() -> Vec<u8> {
    riff(b"WAVE", &[riff_chunk(b"fmt ", &FORMAT), riff_chunk(b"data", &noise(4000))])
}

/// A WAV file with a canary in every place there is.
pub fn wav() -> Fixture {
    let mut cage = Cage::new("WAV");
    let mut at = |place: &str| cage.canary(place);
    let mut bext = vec![0; 602];
    for (offset, place) in [(0, "bext-description"), (256, "bext-originator"), (288, "bext-reference"), (348, "bext-umid")] {
        let text = at(place);
        let text = &text[..];
        bext[offset..offset + text.len()].copy_from_slice(text);
    }
    bext[320..330].copy_from_slice(b"1957-03-04");
    bext.extend(at("bext-history"));
    let info = |id: &[u8; 4], text: Vec<u8>| riff_chunk(id, &text);
    let list = [b"INFO".to_vec(), info(b"IART", at("artist")), info(b"INAM", at("title")), info(b"ICMT", at("comment"))];
    let labels = [b"adtl".to_vec(), riff_chunk(b"labl", &[b"\x01\0\0\0".to_vec(), at("label")].concat())];
    let picture = [b"ID3\x03\0\0\0\0\x02\0APIC".to_vec(), at("id3-picture")].concat();
    let mut odd = riff_chunk(b"note", &at("odd-chunk"));
    odd[8] = b'C';
    let chunks = [
        riff_chunk(b"JUNK", &at("junk")),
        riff_chunk(b"bext", &bext),
        riff_chunk(b"fmt ", &[&FORMAT[..], &[0, 0], &at("behind-format")].concat()),
        riff_chunk(b"fact", &[&[0xE8, 3, 0, 0][..], &at("behind-fact")].concat()),
        riff_chunk(b"LIST", &list.concat()),
        riff_chunk(b"iXML", &[b"<BWFXML>".to_vec(), at("ixml")].concat()),
        riff_chunk(b"data", &noise(4001)),
        riff_chunk(b"cue ", &at("cue")),
        riff_chunk(b"LIST", &labels.concat()),
        riff_chunk(b"smpl", &at("sampler")),
        riff_chunk(b"axml", &at("axml")),
        riff_chunk(b"_PMX", &at("xmp")),
        riff_chunk(b"cart", &at("cart")),
        riff_chunk(b"id3 ", &picture),
        odd,
        riff_chunk(b"data", &at("second-sound")),
    ];
    let mut bytes = riff(b"WAVE", &chunks);
    bytes.extend(at("trailer"));
    Fixture { name: "WAV", bytes, canaries: cage.canaries() }
}

pub fn form_chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut all = [&id[..], &(body.len() as u32).to_be_bytes(), body].concat();
    all.extend(vec![0; body.len() & 1]);
    all
}

pub fn form(kind: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    [b"FORM", &(body.len() as u32 + 4).to_be_bytes()[..], kind, &body].concat()
}

/// Two channels, 1,000 samples, 16 bits, 44,100 Hz.
pub const DESCRIPTION: [u8; 18] = [0, 2, 0, 0, 3, 0xE8, 0, 16, 0x40, 0x0E, 0xAC, 0x44, 0, 0, 0, 0, 0, 0];

pub fn aiff_plain() -> Vec<u8> {
    let sound = [&[0; 8][..], &noise(4000)].concat();
    form(b"AIFF", &[form_chunk(b"COMM", &DESCRIPTION), form_chunk(b"SSND", &sound)])
}

/// An AIFF-C file with a canary in every place there is.
pub fn aiff() -> Fixture {
    let mut cage = Cage::new("AIFF");
    let mut at = |place: &str| cage.canary(place);
    let name = at("coding-name");
    let described = [&DESCRIPTION[..], b"sowt", &[name.len() as u8], &name, &[0][..(name.len() + 1) & 1]].concat();
    let hidden = at("before-sound");
    let sound = [&(hidden.len() as u32).to_be_bytes()[..], &[0; 4], &hidden, &noise(4000)].concat();
    let comment = at("comment");
    let comments = [&[0, 1, 0xC0, 0, 0, 0, 0, 0][..], &(comment.len() as u16).to_be_bytes(), &comment].concat();
    let chunks = [
        form_chunk(b"FVER", &[0xA2, 0x80, 0x51, 0x40]),
        form_chunk(b"NAME", &at("name")),
        form_chunk(b"COMM", &described),
        form_chunk(b"AUTH", &at("author")),
        form_chunk(b"SSND", &sound),
        form_chunk(b"(c) ", &at("copyright")),
        form_chunk(b"ANNO", &at("annotation")),
        form_chunk(b"COMT", &comments),
        form_chunk(b"APPL", &at("application")),
        form_chunk(b"MARK", &at("mark")),
        form_chunk(b"MIDI", &at("midi")),
        form_chunk(b"CHAN", &[&[0, 0x65, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1][..], &at("channels")].concat()),
        form_chunk(b"ID3 ", &at("id3")),
    ];
    let mut bytes = form(b"AIFC", &chunks);
    bytes.extend(at("trailer"));
    Fixture { name: "AIFF", bytes, canaries: cage.canaries() }
}
