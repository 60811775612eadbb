//! Matroska files made for tests: one named canary per hiding place.
#![allow(dead_code, missing_docs, unreachable_pub)]

use super::picture::{Cage, Fixture};
use super::sound::{comments, noise};

/// An element with its length in eight bytes where it is long.
pub fn el(id: u32, body: &[u8]) -> Vec<u8> {
    let id: Vec<u8> = id.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
    let length = body.len() as u64;
    let size = if length < 127 { vec![0x80 | length as u8] } else { (1 << 56 | length).to_be_bytes().to_vec() };
    [&id, &size, body].concat()
}

fn open(id: u32, body: &[u8]) -> Vec<u8> {
    [&id.to_be_bytes()[..], &[1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], body].concat()
}

fn block(track: u8, samples: &[u8]) -> Vec<u8> {
    el(0xA3, &[&[0x80 | track, 0, 0, 0x80], samples].concat())
}

fn unit(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

fn avc() -> Vec<u8> {
    vec![1, 66, 0, 30, 0xFF, 0xE1, 0, 4, 0x67, 66, 0, 30, 1, 0, 2, 0x68, 0xCE]
}

fn head() -> Vec<u8> {
    el(0x1A45_DFA3, &[el(0x4286, &[1]), el(0x4282, b"matroska"), el(0x4287, &[4]), el(0x4285, &[2])].concat())
}

/// Plain sound in clusters that begin at these times, with a cue for each; `scale` is nanoseconds of a tick.
pub fn timed(scale: u32, times: &[u64]) -> Vec<u8> {
    let time = |id, at: &u64| el(id, &at.to_be_bytes()[2..]);
    let track = [el(0xD7, &[1]), el(0x73C5, &[1]), el(0x83, &[2]), el(0x86, b"A_PCM/INT/LIT")].concat();
    let cluster = |at: &u64| el(0x1F43_B675, &[time(0xE7, at), block(1, &noise(150))].concat());
    let cue = |at: &u64| el(0xBB, &[time(0xB3, at), el(0xB7, &[el(0xF7, &[1]), el(0xF1, &[99])].concat())].concat());
    let parts = [
        el(0x1549_A966, &el(0x2AD7B1, &scale.to_be_bytes())),
        el(0x1654_AE6B, &el(0xAE, &track)),
        times.iter().flat_map(cluster).collect(),
        el(0x1C53_BB6B, &times.iter().flat_map(cue).collect::<Vec<u8>>()),
    ];
    [head(), el(0x1853_8067, &parts.concat())].concat()
}

/// A Matroska file with H.264 and Vorbis and a canary in every place there is; whether its lengths are unknown.
pub fn matroska(live: bool) -> Fixture {
    let mut cage = Cage::new(if live { "WEBM" } else { "MKV" });
    let mut at = |place: &str| cage.canary(place);
    let info = [
        el(0x2AD7B1, &[0x0F, 0x42, 0x40]),
        el(0xBF, &[1, 2, 3, 4]),
        el(0x7BA9, &at("title")),
        el(0x4461, &(-1_388_534_400_000_000_000_i64).to_be_bytes()),
        el(0x4D80, &at("muxing-program")),
        el(0x5741, &at("writing-program")),
        el(0x73A4, &at("segment-uid")),
        el(0x7384, &at("file-name")),
        el(0x3E83BB, &at("next-file")),
    ];
    let video = [
        el(0xD7, &[1]),
        el(0x73C5, &[9, 8, 7, 6, 5, 4, 3, 2]),
        el(0x83, &[1]),
        el(0x86, b"V_MPEG4/ISO/AVC"),
        el(0x63A2, &[avc(), at("behind-parameters")].concat()),
        el(0x536E, &at("track-name")),
        el(0x258688, &at("codec-name")),
        el(0x22B59C, &at("language")),
        el(0xE0, &[el(0xB0, &[1, 0x40]), el(0xBA, &[0xF0]), el(0x5555, &at("unknown-of-video"))].concat()),
    ];
    let vorbis = comments(&at("vorbis-vendor"), &[at("vorbis-title")]);
    let texts = [b"\x03vorbis".to_vec(), vorbis, vec![1]].concat();
    let private = [&[2, 30, texts.len() as u8][..], &[1; 30], &texts, &noise(90)].concat();
    let audio = [el(0xD7, &[2]), el(0x73C5, &[77]), el(0x83, &[2]), el(0x86, b"A_VORBIS"), el(0x63A2, &private)];
    let data = [el(0xD7, &[3]), el(0x83, &[0x21]), el(0x86, b"D_WEBVTT/METADATA"), el(0x63A2, &at("text-private"))];
    let tracks = [el(0xAE, &video.concat()), el(0xAE, &audio.concat()), el(0xAE, &data.concat())].concat();
    let text = at("notes");
    let notes = [&[6, 5, 16 + text.len() as u8][..], &[0xDC; 16], &text, &[0x80]].concat();
    let picture = [unit(&notes), unit(&[&[0x65][..], &noise(400)].concat())].concat();
    let group = el(0xA0, &[el(0xA1, &[&[0x83, 0, 0, 0], &at("text-group")[..]].concat()), el(0x9B, &[9])].concat());
    let cluster = [
        el(0xE7, &[0]),
        block(1, &picture),
        block(2, &noise(150)),
        block(3, &at("text-block")),
        group,
        el(0x5854, &at("silent-tracks")),
        el(0xA0, &[el(0xA1, &[&[0x82, 0, 0, 0], &noise(160)[..]].concat()), el(0x75A1, &at("additions"))].concat()),
    ];
    let cluster = cluster.concat();
    let seek = |id: &[u8]| el(0x4DBB, &[el(0x53AB, id), el(0x53AC, &[0])].concat());
    let parts = [
        el(0x114D_9B74, &[seek(b"\x15\x49\xA9\x66"), seek(b"\x12\x54\xC3\x67")].concat()),
        el(0xEC, &at("void")),
        el(0x1549_A966, &info.concat()),
        el(0x1654_AE6B, &tracks),
        el(0x1254_C367, &el(0x7373, &el(0x67C8, &[el(0x45A3, b"ARTIST"), el(0x4487, &at("tag"))].concat()))),
        if live { open(0x1F43_B675, &cluster) } else { el(0x1F43_B675, &cluster) },
        if live { open(0x1F43_B675, &block(2, &noise(170))) } else { el(0x1F43_B675, &block(2, &noise(170))) },
        el(0x1C53_BB6B, &el(0xBB, &[el(0xB3, &[0]), el(0xB7, &[el(0xF7, &[1]), el(0xF1, &[99])].concat())].concat())),
        el(0x1941_A469, &el(0x61A7, &[el(0x466E, b"a.jpg"), el(0x465C, &at("attachment"))].concat())),
        el(0x1043_A770, &el(0x45B9, &at("chapter"))),
        el(0x6666, &at("unknown")),
    ];
    let body = parts.concat();
    let mut bytes = [head(), if live { open(0x1853_8067, &body) } else { el(0x1853_8067, &body) }].concat();
    if !live {
        bytes.extend(at("trailer"));
    }
    Fixture { name: "Matroska", bytes, canaries: cage.canaries() }
}
