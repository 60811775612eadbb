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
    for (offset, place) in
        [(0, "bext-description"), (256, "bext-originator"), (288, "bext-reference"), (348, "bext-umid")]
    {
        let text = at(place);
        let text = &text[..];
        bext[offset..offset + text.len()].copy_from_slice(text);
    }
    bext[320..330].copy_from_slice(b"1957-03-04");
    bext.extend(at("bext-history"));
    let info = |id: &[u8; 4], text: Vec<u8>| riff_chunk(id, &text);
    let list =
        [b"INFO".to_vec(), info(b"IART", at("artist")), info(b"INAM", at("title")), info(b"ICMT", at("comment"))];
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

/// A frame of layer III: 128 kilobits, 44,100 Hz, two channels, with sound to its last byte but for `spare`.
pub fn mp3_frame(seed: usize, spare: &[u8]) -> Vec<u8> {
    let mut side = vec![0_u8; 32];
    let sound = 381 - spare.len();
    for (part, from) in [20, 79, 138, 197].into_iter().enumerate() {
        let length = if part == 0 { sound * 8 - 3 * (sound * 2) } else { sound * 2 };
        for bit in 0..12 {
            side[(from + bit) / 8] |= ((length >> (11 - bit) & 1) as u8) << (7 - (from + bit) % 8);
        }
    }
    let body: Vec<u8> = noise(800)[seed..seed + sound].iter().map(|byte| byte & 0x7F).collect();
    [&[0xFF, 0xFB, 0x90, 0x04][..], &side, &body, spare].concat()
}

/// A describing frame; what stands at the places to jump to, in the encoder's part and behind it.
pub fn mp3_info(places: &[u8; 100], encoder: &[u8; 36], behind: &[u8]) -> Vec<u8> {
    let mut frame = [&[0xFF, 0xFB, 0x90, 0x04][..], &[0; 32], b"Info", &[0, 0, 0, 15], &[0, 0, 0, 8], &[0; 4]].concat();
    frame.extend(places);
    frame.extend([0, 0, 0, 78]);
    frame.extend(encoder);
    frame.extend(behind);
    frame.resize(417, 0);
    frame
}

pub fn id3(version: u8, flags: u8, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let size = [21, 14, 7, 0].map(|shift| (length >> shift & 0x7F) as u8);
    [&b"ID3"[..], &[version, 0, flags], &size, body].concat()
}

fn id3_frame(id: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), &(body.len() as u32).to_be_bytes(), &[0, 0], body].concat()
}

fn ape_item(key: &str, value: &[u8]) -> Vec<u8> {
    [&(value.len() as u32).to_le_bytes()[..], &[0; 4], key.as_bytes(), &[0], value].concat()
}

fn ape_mark(version: u32, length: usize, flags: u32) -> Vec<u8> {
    let numbers = [version, length as u32 + 32, 2, flags];
    [&b"APETAGEX"[..], &numbers.map(u32::to_le_bytes).concat(), &[0; 8]].concat()
}

pub fn mp3_plain() -> Vec<u8> {
    (0..8).flat_map(|n| mp3_frame(n * 10, &[])).collect()
}

/// An MP3 file with a canary in every place there is.
pub fn mp3() -> Fixture {
    let mut cage = Cage::new("MP3");
    let mut at = |place: &str| cage.canary(place);
    let mut frames = Vec::new();
    for id in ["TIT2", "TPE1", "COMM", "TXXX", "APIC", "GEOB", "PRIV", "UFID", "WXXX", "TENC", "TSSE", "CHAP", "USLT"] {
        frames.extend(id3_frame(id, &[&[0][..], &at(id)].concat()));
    }
    frames.extend([0; 20]);
    frames.extend(at("padding"));
    let mut bytes = id3(3, 0, &frames);
    bytes.extend(id3(2, 0x80, &[&b"TT2\0\0\x40\0"[..], &at("second-tag")].concat()));
    bytes.extend(at("before"));
    let mut places = [0; 100];
    let text = at("places");
    places[..text.len()].copy_from_slice(&text);
    let mut encoder = [0; 36];
    let text = at("encoder");
    encoder[..text.len()].copy_from_slice(&text);
    let mut info = mp3_info(&places, &encoder, &at("behind-encoder"));
    let text = at("side");
    info[4..4 + text.len()].copy_from_slice(&text);
    bytes.extend(info);
    for n in 0..8 {
        let spare = if n == 5 { at("spare") } else { Vec::new() };
        bytes.extend(mp3_frame(n * 10, &spare));
        if n == 3 {
            bytes.extend(at("between"));
            let mut tag = id3(4, 0x10, &at("inner-tag"));
            tag.extend([b"3DI", &tag[3..10]].concat());
            bytes.extend(tag);
        }
    }
    let items = [ape_item("Artist", &at("ape-artist")), ape_item("Cover Art (Front)", &at("ape-cover"))].concat();
    bytes.extend(ape_mark(2000, items.len(), 0xA000_0000));
    bytes.extend(&items);
    bytes.extend(ape_mark(2000, items.len(), 0x8000_0000));
    let old = ape_item("Title", &at("ape-1"));
    bytes.extend([old.clone(), ape_mark(1000, old.len(), 0)].concat());
    bytes.extend([&b"LYRICSBEGIN"[..], &at("lyrics-1"), b"LYRICSEND"].concat());
    let text = at("lyrics-2");
    let lyrics = [&b"LYRICSBEGININF"[..], format!("{:05}", text.len()).as_bytes(), &text].concat();
    bytes.extend([&lyrics[..], format!("{:06}", lyrics.len()).as_bytes(), b"LYRICS200"].concat());
    let tail = id3_frame("TPE2", &at("appended"));
    bytes.extend([tail.clone(), [&b"3DI"[..], &[4, 0, 0x10, 0, 0, 0, tail.len() as u8]].concat()].concat());
    let mut long = [&b"TAG+"[..], &at("longer")].concat();
    long.resize(227, 0);
    bytes.extend(long);
    let mut last = b"TAG".to_vec();
    for (place, length) in [("v1-title", 30), ("v1-artist", 30), ("v1-album", 30)] {
        let mut text = at(place);
        text.resize(length, 0);
        last.extend(text);
    }
    last.extend(b"1957");
    last.extend(at("v1-comment"));
    last.resize(128, 0);
    bytes.extend(last);
    Fixture { name: "MP3", bytes, canaries: cage.canaries() }
}

fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ byte, |sum: u8, _| if sum & 0x80 != 0 { sum << 1 ^ 7 } else { sum << 1 })
    })
}

/// A frame of FLAC: 192 samples of one channel of 16 bits, as they are.
pub fn flac_frame(number: u8) -> Vec<u8> {
    let mut frame = vec![0xFF, 0xF8, 0x19, 0x08, number];
    frame.push(crc8(&frame));
    frame.push(2);
    frame.extend(&noise(800)[usize::from(number) * 9..][..384]);
    let sum = frame.iter().fold(0_u16, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte) << 8, |sum, _| if sum & 0x8000 != 0 { sum << 1 ^ 0x8005 } else { sum << 1 })
    });
    frame.extend(sum.to_be_bytes());
    frame
}

pub fn flac_info() -> Vec<u8> {
    let mut info = vec![0, 192, 0, 192, 0, 0, 0, 0, 0, 0, 0x0A, 0xC4, 0x40, 0xF0, 0, 0, 6, 0];
    info.extend([7; 16]);
    info
}

fn flac_block(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], &(body.len() as u32).to_be_bytes()[1..], body].concat()
}

pub fn flac_frames() -> Vec<u8> {
    (0..8).flat_map(flac_frame).collect()
}

pub fn flac_plain() -> Vec<u8> {
    let point = [&[0; 16][..], &[0, 192]].concat();
    [b"fLaC".to_vec(), flac_block(0, &flac_info()), flac_block(0x83, &point), flac_frames()].concat()
}

/// Vorbis's comments, a vendor first.
pub fn comments(vendor: &[u8], all: &[Vec<u8>]) -> Vec<u8> {
    let text = |text: &[u8]| [&(text.len() as u32).to_le_bytes()[..], text].concat();
    let list = all.iter().flat_map(|comment| text(comment));
    [text(vendor), (all.len() as u32).to_le_bytes().to_vec(), list.collect()].concat()
}

/// A FLAC file with a canary in every place there is.
pub fn flac() -> Fixture {
    let mut cage = Cage::new("FLAC");
    let mut at = |place: &str| cage.canary(place);
    let texts = vec![[&b"ARTIST="[..], &at("artist")].concat(), b"DATE=1957-03-04".to_vec()];
    let hidden = at("placeholder");
    let point = [&[0xFF; 8][..], &hidden[hidden.len() - 10..]].concat();
    let mut bytes = id3(3, 0, &id3_frame("TPE1", &at("id3")));
    for part in [
        b"fLaC".to_vec(),
        flac_block(0, &flac_info()),
        flac_block(1, &at("padding")),
        flac_block(2, &[b"appl".to_vec(), at("application")].concat()),
        flac_block(3, &[vec![0; 16], vec![0, 192], point].concat()),
        flac_block(4, &comments(&at("vendor"), &texts)),
        flac_block(5, &at("cue-sheet")),
        flac_block(6, &[&[0, 0, 0, 3, 0, 0, 0, 10][..], b"image/jpeg", &at("picture")].concat()),
        flac_block(77, &at("unknown-block")),
        flac_block(0x81, &at("last-padding")),
        (0..4).flat_map(flac_frame).collect(),
        at("between"),
        (4..8).flat_map(flac_frame).collect(),
        at("trailer"),
    ] {
        bytes.extend(part);
    }
    let mut last = [&b"TAG"[..], &at("id3v1")].concat();
    last.resize(128, 0);
    bytes.extend(last);
    let mut canaries = cage.canaries();
    // A placeholder has room for ten bytes: they are looked for as they are.
    canaries
        .iter_mut()
        .filter(|text| text.contains("placeholder"))
        .for_each(|text| *text = text.split_off(text.len() - 10));
    Fixture { name: "FLAC", bytes, canaries }
}

/// A page of Ogg with the packets given, of which the last may go on in the next page.
pub fn ogg_page(serial: u32, number: u32, flags: u8, packets: &[&[u8]], goes_on: bool) -> Vec<u8> {
    let mut laces = Vec::new();
    for (n, packet) in packets.iter().enumerate() {
        laces.extend(vec![255; packet.len() / 255]);
        if !(goes_on && n + 1 == packets.len()) {
            laces.push((packet.len() % 255) as u8);
        }
    }
    let mut page = [&b"OggS\0"[..], &[flags], &[0; 8], &serial.to_le_bytes(), &number.to_le_bytes(), &[0; 4]].concat();
    page.push(laces.len() as u8);
    page.extend(laces);
    page.extend(packets.concat());
    ogg_summed(page)
}

/// A page with the check sum that it should have.
pub fn ogg_summed(mut page: Vec<u8>) -> Vec<u8> {
    page[22..26].fill(0);
    let sum = page.iter().fold(0_u32, |sum, byte| {
        (0..8)
            .fold(sum ^ u32::from(*byte) << 24, |sum, _| if sum >> 31 == 1 { sum << 1 ^ 0x04C1_1DB7 } else { sum << 1 })
    });
    page[22..26].copy_from_slice(&sum.to_le_bytes());
    page
}

pub fn vorbis_head() -> Vec<u8> {
    [&b"\x01vorbis\0\0\0\0\x01\x44\xAC\0\0"[..], &[0; 12], &[0xB8, 1]].concat()
}

pub fn opus_head() -> Vec<u8> {
    b"OpusHead\x01\x01\x38\x01\x80\xBB\0\0\0\0\0".to_vec()
}

fn speex_head(version: &[u8]) -> Vec<u8> {
    let mut head = [b"Speex   ", version].concat();
    head.resize(80, 0);
    head
}

/// Noise behind the bytes that packets of sound and pictures begin with in Vorbis and Theora.
pub fn packet(length: usize) -> Vec<u8> {
    [&[0][..], &noise(length)].concat()
}

pub fn ogg_plain() -> Vec<u8> {
    let comments = b"\x03vorbis\0\0\0\0\0\0\0\0\x01";
    [
        ogg_page(5, 0, 2, &[&vorbis_head()], false),
        ogg_page(5, 1, 0, &[comments, &noise(300)], false),
        ogg_page(5, 2, 4, &[&packet(500)], false),
    ]
    .concat()
}

/// An Ogg file of all kinds of tracks with a canary in every place there is.
pub fn ogg() -> Fixture {
    let mut cage = Cage::new("OGG");
    let mut at = |place: &str| cage.canary(place);
    let mut vorbis =
        [b"\x03vorbis".to_vec(), comments(&at("vendor"), &[[&b"TITLE="[..], &at("title")].concat()])].concat();
    vorbis.push(1);
    let picture = [&b"METADATA_BLOCK_PICTURE="[..], &[b'A'; 900], &at("cover"), b"=DATE"].concat();
    let opus = [b"OpusTags".to_vec(), comments(&at("opus-vendor"), &[picture, b"DATE=1957".to_vec()])].concat();
    let (first, second) = opus.split_at(510);
    let speex = comments(&at("speex-vendor"), &[at("speex-text")]);
    let version = at("sp");
    let mut flac_head = b"\x7FFLAC\x01\0\0\x02fLaC\0\0\0\x22".to_vec();
    flac_head.extend(flac_info());
    let mut theora = b"\x80theora\x03\x02\x01".to_vec();
    theora.resize(42, 1);
    let theora_texts = [b"\x81theora".to_vec(), comments(&at("theora-vendor"), &[at("theora-text")])].concat();
    let pages = [
        ogg_page(1, 0, 2, &[&vorbis_head()], false),
        ogg_page(2, 0, 2, &[&opus_head()], false),
        ogg_page(3, 0, 2, &[&speex_head(&version)], false),
        ogg_page(4, 0, 2, &[&flac_head], false),
        ogg_page(5, 0, 2, &[&theora], false),
        ogg_page(6, 0, 2, &[&[&b"fishead\0"[..], &at("skeleton")].concat()], false),
        ogg_page(7, 0, 2, &[&[&b"\x80kate\0\0\0"[..], &at("kate")].concat()], false),
        ogg_page(1, 1, 0, &[&vorbis, &noise(300)], false),
        ogg_page(2, 1, 0, &[first], true),
        at("between"),
        ogg_page(2, 2, 1, &[second], false),
        ogg_page(3, 1, 0, &[&speex], false),
        ogg_page(4, 1, 0, &[&flac_block(4, &comments(&at("flac-vendor"), &[at("flac-text")]))], false),
        ogg_page(4, 2, 0, &[&flac_block(6, &at("flac-picture")), &flac_block(0x82, &at("flac-application"))], false),
        ogg_page(5, 1, 0, &[&theora_texts, &noise(200)], false),
        ogg_page(7, 1, 0, &[&at("kate-text")], false),
        ogg_page(8, 1, 0, &[&at("no-track")], false),
        ogg_page(1, 2, 4, &[&packet(500)], false),
        ogg_page(2, 3, 4, &[&packet(501)], false),
        ogg_page(3, 2, 4, &[&packet(502)], false),
        ogg_page(4, 3, 4, &[&[&[0xFF, 0xF8][..], &noise(503)].concat()], false),
        ogg_page(5, 2, 4, &[&packet(504)], false),
        at("trailer"),
    ];
    Fixture { name: "OGG", bytes: pages.concat(), canaries: cage.canaries() }
}
