//! AVI films made for tests: one named canary per hiding place.
//!
//! Microsoft, "AVI RIFF File Reference"; OpenDML 1.02.
#![allow(dead_code, missing_docs, unreachable_pub)]

use super::picture::{Cage, Fixture, exif, jpeg_plain, segment};

pub fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let pad: &[u8] = if body.len() % 2 == 1 { &[0] } else { &[] };
    [&id[..], &(body.len() as u32).to_le_bytes(), body, pad].concat()
}

pub fn list(id: &[u8; 4], kind: &[u8; 4], parts: &[Vec<u8>]) -> Vec<u8> {
    chunk(id, &[&kind[..], &parts.concat()].concat())
}

fn numbers(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|n| n.to_le_bytes()).collect()
}

/// A description of the film: so many streams, and what stands in its reserved fields.
fn main(streams: u32, reserved: &[u8]) -> Vec<u8> {
    let mut body = numbers(&[66_666, 0, 0, 0x10, 4, 0, streams, 0, 8, 8]);
    body.extend([reserved, &[0; 16]].concat());
    chunk(b"avih", &body)
}

fn head(kind: &[u8; 4], handler: &[u8; 4], behind: &[u8]) -> Vec<u8> {
    let mut body = [&kind[..], handler].concat();
    body.extend(numbers(&[0, 0, 0, 1, 15, 0, 4, 0, u32::MAX, 0, 0, 8 << 16 | 8]));
    body.extend(behind);
    chunk(b"strh", &body)
}

/// BITMAPINFOHEADER of a picture of 8 by 8 pixels.
pub fn bitmap(coding: &[u8; 4], bits: u16, extra: &[u8]) -> Vec<u8> {
    let mut body = numbers(&[40, 8, 8, 1 | u32::from(bits) << 16]);
    body.extend(coding);
    body.extend(numbers(&[192, 0, 0, 0, 0]));
    body.extend(extra);
    chunk(b"strf", &body)
}

/// WAVEFORMATEX of 8 kHz, 8 bits, with what stands behind it.
fn wave(extra: &[u8]) -> Vec<u8> {
    let mut body = vec![1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0, 1, 0, 8, 0];
    body.extend((extra.len() as u16).to_le_bytes());
    body.extend(extra);
    chunk(b"strf", &body)
}

pub const SOUND: &[u8] = &[0x80, 0x7F, 0x81, 0x83, 0x7C, 0x80, 0x80, 0x7E];

/// A JPEG picture of a film, with a canary in each segment that it may have.
fn frame(cage: &mut Cage, number: usize) -> Vec<u8> {
    let plain = jpeg_plain();
    let mut name = |place: &str| cage.canary(&format!("frame{number}-{place}"));
    let mark = [&b"AVI1\x01\0\0\0\0\0\0\0\0\0"[..], &name("avi1")].concat();
    let comment = name("comment");
    let app5 = name("app5");
    let unused = name("dht");
    let mut table = vec![0x13, 0, 0, 0, 0, 0, 0, 0, unused.len() as u8, 0, 0, 0, 0, 0, 0, 0, 0];
    table.extend(unused);
    let behind = name("behind-the-picture");
    let tiff = exif(cage, &format!("frame{number}-exif"), 1);
    [
        &plain[..2],
        &segment(0xE0, &mark),
        &segment(0xE1, &[&b"Exif\0\0"[..], &tiff].concat()),
        &segment(0xFE, &comment),
        &segment(0xE5, &app5),
        &segment(0xC4, &table),
        &plain[2..],
        &behind,
    ]
    .concat()
}

/// An entry of the old index.
fn entry(id: &[u8; 4], offset: usize, size: usize) -> Vec<u8> {
    [&id[..], &numbers(&[0x10, offset as u32, size as u32])].concat()
}

/// A film of Motion JPEG, sound and a text track, of two segments, with a canary in every place that there is.
pub fn everything() -> Fixture {
    let mut cage = Cage::new("AVI");
    let frames = [frame(&mut cage, 0), frame(&mut cage, 1)];
    let c = &mut cage;
    let samples = [
        chunk(b"00dc", &frames[0]),
        chunk(b"01wb", SOUND),
        chunk(b"02tx", &c.canary("text-sample")),
        chunk(b"JUNK", &c.canary("movi-junk")),
        chunk(b"gps0", &c.canary("movi-gps")),
        chunk(b"07dc", &c.canary("movi-no-stream")),
        list(b"LIST", b"rec ", &[chunk(b"00dc", &jpeg_plain()), chunk(b"01wb", &SOUND[..7])]),
    ];
    let (mut offset, mut index) = (4, Vec::new());
    for sample in &samples[..3] {
        let id = <[u8; 4]>::try_from(&sample[..4]).expect("four");
        index.extend(entry(&id, offset, u32::from_le_bytes([sample[4], sample[5], sample[6], sample[7]]) as usize));
        offset += sample.len();
    }
    let nowhere = c.canary("idx1-nowhere");
    index.extend([&nowhere[..], &[0; 32]].concat()[..32].iter());
    let indx = |c: &mut Cage, id: &[u8; 4], place: &str| {
        let mut body = vec![4, 0, 0, 0, 1, 0, 0, 0];
        body.extend(id);
        body.extend([0; 12]);
        body.extend([&c.canary(place)[..], &[0; 48]].concat()[..48].iter());
        chunk(b"indx", &body)
    };
    let video = list(
        b"LIST",
        b"strl",
        &[
            head(b"vids", b"mjpg", &c.canary("strh-behind")),
            bitmap(b"MJPG", 24, &[]),
            chunk(b"strd", &c.canary("strd-maker")),
            chunk(b"strn", &c.canary("strn")),
            indx(c, b"00dc", "indx-entry"),
            chunk(b"vprp", &c.canary("vprp")),
            chunk(b"JUNK", &c.canary("strl-junk")),
        ],
    );
    let sound = list(
        b"LIST",
        b"strl",
        &[head(b"auds", b"CANA", &[0; 8]), wave(&c.canary("wave-extra")), chunk(b"strn", &c.canary("sound-strn"))],
    );
    let text = list(
        b"LIST",
        b"strl",
        &[head(b"txts", b"GAB2", &c.canary("text-head")), chunk(b"strf", &c.canary("text-format"))],
    );
    let info = [b"IART", b"INAM", b"ICMT", b"ISFT", b"ICRD"]
        .map(|id| chunk(id, &[c.canary(&String::from_utf8_lossy(id).to_lowercase()), vec![0]].concat()));
    let hdrl = list(
        b"LIST",
        b"hdrl",
        &[
            main(3, &c.canary("avih-reserved")),
            video,
            sound,
            text,
            list(b"LIST", b"odml", &[chunk(b"dmlh", &[&[4, 0, 0, 0][..], &c.canary("dmlh")].concat())]),
            chunk(b"IDIT", &[b"Mon Mar 04 15:04:43 1957 ".to_vec(), c.canary("idit")].concat()),
            chunk(b"ISMP", &c.canary("ismp")),
            chunk(b"JUNK", &c.canary("hdrl-junk")),
            list(b"LIST", b"INFO", &info),
        ],
    );
    let mut ix = vec![2, 0, 0, 1, 1, 0, 0, 0];
    ix.extend(b"00dc");
    ix.extend([0; 12]);
    ix.extend([&c.canary("ix-entry")[..], &[0; 40]].concat()[..40].iter());
    let first = list(
        b"RIFF",
        b"AVI ",
        &[
            hdrl,
            list(b"LIST", b"INFO", &[chunk(b"IGNR", &c.canary("info-genre"))]),
            list(b"LIST", b"hydt", &[chunk(b"hymn", &[b"PENTAX \0".to_vec(), c.canary("hydt")].concat())]),
            list(b"LIST", b"ncdt", &[chunk(b"nctg", &c.canary("ncdt"))]),
            list(b"LIST", b"exif", &[chunk(b"ecor", &c.canary("exif-list"))]),
            chunk(b"JUNK", &c.canary("top-junk")),
            list(b"LIST", b"movi", &samples),
            chunk(b"idx1", &index),
            chunk(b"_PMX", &c.canary("xmp")),
            chunk(b"DISP", &c.canary("disp")),
            chunk(b"CANA", &c.canary("unknown-chunk")),
        ],
    );
    let second = list(
        b"RIFF",
        b"AVIX",
        &[
            chunk(b"JUNK", &c.canary("avix-junk")),
            list(b"LIST", b"movi", &[chunk(b"ix00", &ix), chunk(b"00dc", &frames[1])]),
            chunk(b"IDIT", &c.canary("avix-idit")),
        ],
    );
    let bytes = [first, second, c.canary("behind-the-film")].concat();
    Fixture { name: "avi", bytes, canaries: cage.canaries() }
}

/// A clean film of these samples, of one track of pictures and perhaps one of sound, with an old index.
pub fn film(format: &[u8], sound: bool, samples: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let pictures = list(b"LIST", b"strl", &[head(b"vids", &[0; 4], &[]), format.to_vec()]);
    let heard = list(b"LIST", b"strl", &[head(b"auds", &[0; 4], &[]), wave(&[])]);
    let mut streams = vec![main(1 + u32::from(sound), &[]), pictures];
    if sound {
        streams.push(heard);
    }
    let (mut offset, mut index, mut movi) = (4, Vec::new(), Vec::new());
    for (id, body) in samples {
        let sample = chunk(id, body);
        index.extend(entry(id, offset, body.len()));
        offset += sample.len();
        movi.push(sample);
    }
    let parts = [list(b"LIST", b"hdrl", &streams), list(b"LIST", b"movi", &movi), chunk(b"idx1", &index)];
    list(b"RIFF", b"AVI ", &parts)
}

/// A clean film of Motion JPEG and sound.
pub fn plain() -> Vec<u8> {
    let picture = jpeg_plain();
    film(&bitmap(b"MJPG", 24, &[]), true, &[(b"00dc", &picture), (b"01wb", SOUND), (b"00dc", &picture)])
}
