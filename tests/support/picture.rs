//! Pictures made for tests: one named canary per hiding place, and a search for canaries in whatever comes out.
//!
//! JPEG after ITU-T T.81, PNG after the W3C's third edition; the coded samples are made by hand, so that every byte of a
//! fixture is known.
#![allow(dead_code, missing_docs, missing_debug_implementations, unreachable_pub)]

use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::{Read, Write};

/// A picture and the canaries in it.
pub struct Fixture {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub canaries: Vec<String>,
}

/// Makes canaries and remembers them.
pub struct Cage {
    pub format: &'static str,
    pub canaries: Vec<String>,
}

impl Cage {
    pub fn new(format: &'static str) -> Self {
        Self { format, canaries: Vec::new() }
    }

    /// All canaries made so far.
    pub fn canaries(self) -> Vec<String> {
        self.canaries
    }

    /// A new canary for a place that has none yet.
    pub fn canary(&mut self, place: &str) -> Vec<u8> {
        let number = place.bytes().fold(0x811C_9DC5_u32, |hash, b| (hash ^ u32::from(b)).wrapping_mul(0x0100_0193));
        let canary = format!("CANARY-{}-{place}-{:04x}", self.format, number & 0xFFFF);
        assert!(!self.canaries.contains(&canary), "{place} twice");
        self.canaries.push(canary.clone());
        canary.into_bytes()
    }
}

/// Where a canary still stands: as ASCII, UTF-16 of either order, hexadecimal, or in a zlib stream.
pub fn found(output: &[u8], canary: &str) -> Option<&'static str> {
    let hex: String = canary.bytes().map(|b| format!("{b:02x}")).collect();
    let forms: [(&str, Vec<u8>); 5] = [
        ("as it is", canary.as_bytes().to_vec()),
        ("as UTF-16 LE", canary.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("as UTF-16 BE", canary.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("as hexadecimal", hex.to_uppercase().into_bytes()),
        ("as hexadecimal", hex.into_bytes()),
    ];
    forms.iter().find(|(_, form)| memchr::memmem::find(output, form).is_some()).map(|(form, _)| *form)
}

/// An output and everything that inflates in it, joined PNG data included.
pub fn expanded(output: &[u8]) -> Vec<u8> {
    let mut all = output.to_vec();
    let mut joined = Vec::new();
    let mut at = 8;
    while let Some(head) = output.get(at..at + 8).filter(|_| output.starts_with(b"\x89PNG")) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some(data) = output.get(at + 8..at + 8 + length) else { break };
        match &head[4..] {
            b"IDAT" => joined.extend_from_slice(data),
            b"fdAT" => joined.extend_from_slice(&data[4..]),
            _ => {}
        }
        at += 12 + length;
    }
    for bytes in [output, &joined] {
        for start in memchr::memchr_iter(0x78, bytes) {
            let _ = flate2::read::ZlibDecoder::new(&bytes[start..]).take(1 << 20).read_to_end(&mut all);
        }
    }
    all
}

pub fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

pub fn utf16(text: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|b| [*b, 0]).collect()
}

pub fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<String>().into_bytes()
}

/// A TIFF structure with a canary in each kind of entry, the orientation given, big-endian.
pub fn exif(cage: &mut Cage, place: &str, orientation: u16) -> Vec<u8> {
    let mut name = |entry: &str| cage.canary(&format!("{place}-{entry}"));
    let image: Vec<(u16, u16, Vec<u8>)> = vec![
        (0x010E, 2, name("description")),
        (0x010F, 2, name("make")),
        (0x0110, 2, name("model")),
        (0x0112, 3, orientation.to_be_bytes().to_vec()),
        (0x0131, 2, name("software")),
        (0x0132, 2, name("date")),
        (0x013B, 2, name("artist")),
        (0x8298, 2, name("copyright")),
        (0x9C9C, 1, utf16(&name("xp-comment"))),
    ];
    let inner: Vec<(u16, u16, Vec<u8>)> = vec![
        (0x927C, 7, name("maker-note")),
        (0x9286, 7, [b"ASCII\0\0\0".to_vec(), name("user-comment")].concat()),
        (0xA430, 2, name("owner")),
        (0xA431, 2, name("body-serial")),
        (0xA435, 2, name("lens-serial")),
    ];
    let gps: Vec<(u16, u16, Vec<u8>)> = vec![(0x001C, 7, name("gps"))];
    let thumbnail = name("thumbnail");
    let gap = name("gap");
    let size = |entries: usize| 2 + entries * 12 + 4;
    let starts = [8, 8 + size(image.len() + 2), 8 + size(image.len() + 2) + size(inner.len())];
    let last = starts[2] + size(gps.len());
    let mut data_at = last + size(2);
    let mut data = Vec::new();
    let mut directories = Vec::new();
    let pointers = [(0x8769_u16, starts[1]), (0x8825, starts[2])];
    for (index, entries) in [image, inner, gps].iter().enumerate() {
        let more: &[(u16, usize)] = if index == 0 { &pointers } else { &[] };
        directories.extend(((entries.len() + more.len()) as u16).to_be_bytes());
        for (tag, kind, value) in entries {
            directories.extend([tag.to_be_bytes(), kind.to_be_bytes()].concat());
            let count = if *kind == 3 { value.len() / 2 } else { value.len() };
            directories.extend((count as u32).to_be_bytes());
            if value.len() <= 4 {
                directories.extend([value.clone(), vec![0; 4 - value.len()]].concat());
            } else {
                directories.extend((data_at as u32).to_be_bytes());
                data_at += value.len();
                data.extend_from_slice(value);
            }
        }
        for (tag, offset) in more {
            directories.extend([&tag.to_be_bytes()[..], &[0, 4, 0, 0, 0, 1], &(*offset as u32).to_be_bytes()].concat());
        }
        let next = if index == 0 { last as u32 } else { 0 };
        directories.extend(next.to_be_bytes());
    }
    directories.extend([0, 2, 0x02, 0x01, 0, 4, 0, 0, 0, 1]);
    directories.extend((data_at as u32).to_be_bytes());
    directories.extend([0x02, 0x02, 0, 4, 0, 0, 0, 1]);
    directories.extend((thumbnail.len() as u32).to_be_bytes());
    directories.extend([0; 4]);
    [&b"MM\0*\0\0\0\x08"[..], &directories, &data, &thumbnail, &gap].concat()
}

/// A matrix profile in which every place that can tell does tell.
pub fn icc(cage: &mut Cage) -> Vec<u8> {
    let mut name = |place: &str| cage.canary(&format!("icc-{place}"));
    let xyz = |x: u32, y: u32, z: u32, tail: &[u8]| {
        [b"XYZ \0\0\0\0", &x.to_be_bytes()[..], &y.to_be_bytes(), &z.to_be_bytes(), tail].concat()
    };
    let text = |kind: &[u8; 4], words: Vec<u8>| [&kind[..], &[0; 4], &words, &[0]].concat();
    let curve = [&b"curv\0\0\0\0\0\0\0\x01\x02\x33"[..], &name("curve-tail")].concat();
    let tags: Vec<([u8; 4], Vec<u8>)> = vec![
        (*b"desc", [&b"desc\0\0\0\0\0\0\0\x30"[..], &name("desc"), &[0; 90]].concat()),
        (*b"cprt", text(b"text", name("cprt"))),
        (*b"dmnd", text(b"text", name("dmnd"))),
        (*b"dmdd", text(b"text", name("dmdd"))),
        (*b"vued", text(b"text", name("vued"))),
        (*b"targ", text(b"text", name("targ"))),
        (*b"mmod", text(b"mmod", name("mmod"))),
        (*b"priv", name("private")),
        (*b"wtpt", xyz(0xF6D6, 0x1_0000, 0xD32D, &name("xyz-tail"))),
        (*b"rXYZ", xyz(0x6FA2, 0x38F5, 0x390, &[])),
        (*b"gXYZ", xyz(0x6299, 0xB785, 0x18DA, &[])),
        (*b"bXYZ", xyz(0x24A0, 0xF84, 0xB6CF, &[])),
        (*b"rTRC", curve.clone()),
        (*b"gTRC", curve.clone()),
        (*b"bTRC", curve),
    ];
    let gap = name("gap");
    let mut header = vec![0; 128];
    header[8] = 2;
    header[12..24].copy_from_slice(b"mntrRGB XYZ ");
    header[24..36].copy_from_slice(&[7, 0xE1, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9]);
    header[36..40].copy_from_slice(b"acsp");
    let mut at = 132 + tags.len() * 12 + gap.len();
    let (mut table, mut data) = ((tags.len() as u32).to_be_bytes().to_vec(), gap);
    for (signature, bytes) in tags {
        table.extend([&signature[..], &(at as u32).to_be_bytes(), &(bytes.len() as u32).to_be_bytes()].concat());
        at += bytes.len();
        data.extend(bytes);
    }
    let mut profile = [header, table, data].concat();
    let size = (profile.len() as u32).to_be_bytes();
    profile[..4].copy_from_slice(&size);
    profile.extend(name("behind"));
    profile
}

// ---------------------------------------------------------------------------------------------------- JPEG

/// A JPEG segment.
pub fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    [&[0xFF, marker], &((data.len() + 2) as u16).to_be_bytes()[..], data].concat()
}

const JFIF: &[u8] = b"JFIF\0\x01\x02\x01\0\x48\0\x48\0\0";
const DQT: [u8; 64] = [4; 64];
/// Two codes of two bits: no difference, and six bits of it.
const DC: &[u8] = &[0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6];
/// One code of one bit: end of block.
const AC: &[u8] = &[0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const SOF: &[u8] = &[8, 0, 8, 0, 8, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
/// Component 1 begins with a difference of 48, the others with none.
const DC_SCAN: (&[u8], &[u8]) = (&[3, 1, 0, 2, 0, 3, 0, 0, 0, 0], &[0x70, 0x0F]);

fn quantisation(number: u8, values: &[u8]) -> Vec<u8> {
    let mut data = vec![number];
    data.extend(values.iter().copied().chain(std::iter::repeat(1)).take(64));
    data
}

/// A Huffman table of class 1 and number 3 whose symbols are these bytes.
fn symbols(bytes: &[u8]) -> Vec<u8> {
    let mut data = vec![0x13, 0, 0, 0, 0, 0, 0, 0, bytes.len() as u8, 0, 0, 0, 0, 0, 0, 0, 0];
    data.extend_from_slice(bytes);
    data
}

fn ac_scan(component: u8) -> Vec<u8> {
    [segment(0xDA, &[1, component, 0, 1, 63, 0]), vec![0x7F]].concat()
}

/// The same progressive picture of 8 × 8 pixels with nothing hidden in it.
pub fn jpeg_plain() -> Vec<u8> {
    [
        vec![0xFF, 0xD8],
        segment(0xE0, JFIF),
        segment(0xDB, &quantisation(0, &DQT)),
        segment(0xC2, SOF),
        segment(0xC4, DC),
        segment(0xC4, AC),
        segment(0xDD, &[0, 0]),
        segment(0xDA, DC_SCAN.0),
        DC_SCAN.1.to_vec(),
        ac_scan(1),
        ac_scan(2),
        ac_scan(3),
        vec![0xFF, 0xD9],
    ]
    .concat()
}

/// A progressive picture with a canary in every place that a JPEG file has, orientation 6.
pub fn jpeg() -> Fixture {
    let mut cage = Cage::new("JPEG");
    let mut out = vec![0xFF, 0xD8];
    jpeg_header(&mut cage, &mut out);
    let c = &mut cage;
    out.extend(segment(0xDB, &quantisation(0, &c.canary("dqt-replaced"))));
    out.extend(segment(
        0xDB,
        &[quantisation(0, &DQT), quantisation(3, &c.canary("dqt-unused")), c.canary("dqt-tail")].concat(),
    ));
    out.extend(c.canary("junk-between-segments"));
    out.extend([&b"\xFF\x00"[..], &c.canary("junk-stuffed"), &[0xFF, 0xFF, 0xFF]].concat());
    out.extend(segment(0xC2, &[SOF.to_vec(), c.canary("sof-tail")].concat()));
    out.extend(segment(0xC4, &[DC.to_vec(), symbols(&c.canary("dht-unused"))].concat()));
    out.extend(segment(0xC4, &[AC.to_vec(), vec![0x77], c.canary("dht-tail")].concat()));
    out.extend(segment(0xDD, &[vec![0, 0], c.canary("dri-tail")].concat()));
    out.extend(segment(0xDA, &[DC_SCAN.0.to_vec(), c.canary("sos-tail")].concat()));
    out.extend(DC_SCAN.1);
    out.extend(segment(0xFE, &c.canary("com-between-scans")));
    out.extend(segment(0xE1, &[b"Exif\0\0".to_vec(), c.canary("exif-between-scans")].concat()));
    out.extend(segment(0xE2, &[b"ICC_PROFILE\0\x01\x01".to_vec(), c.canary("icc-between-scans")].concat()));
    out.extend(ac_scan(1));
    out.extend(segment(0xF4, &c.canary("jpgn-between-scans")));
    out.extend(segment(0x4F, &c.canary("reserved-between-scans")));
    out.extend(segment(0xDB, &quantisation(2, &c.canary("dqt-between-scans"))));
    out.extend(ac_scan(2));
    out.extend(segment(0xDC, &[vec![0, 8], c.canary("dnl-tail")].concat()));
    out.extend([&b"\xFF\x01"[..], &c.canary("junk-between-scans")].concat());
    out.extend(ac_scan(3));
    out.extend(segment(0xFE, &c.canary("com-after-scans")));
    out.extend(segment(0xEF, &c.canary("app-after-scans")));
    out.extend(segment(0xDA, DC_SCAN.0));
    out.extend([&c.canary("hidden-scan")[..], b"\xFF\xD0", &c.canary("hidden-scan-restart")].concat());
    out.extend([0xFF, 0xFF, 0xD9]);
    out.extend(c.canary("trailer-text"));
    out.extend([&b"\xFF\xD8\xFF\xE1"[..], &c.canary("trailer-second-picture"), b"\xFF\xD9"].concat());
    out.extend([&b"\0\0\0\x40ftypmp42"[..], &c.canary("trailer-video")].concat());
    out.extend([&c.canary("trailer-seft")[..], b"SEFT"].concat());
    out.extend(zlib(&c.canary("trailer-deflated")));
    out.extend(utf16(&c.canary("trailer-utf16")));
    Fixture { name: "jpeg, progressive, everything", bytes: out, canaries: cage.canaries }
}

/// The application segments of [`jpeg`].
fn jpeg_header(c: &mut Cage, out: &mut Vec<u8>) {
    let thumbnail = c.canary("jfif-thumbnail");
    let pixels = thumbnail.len().div_ceil(3);
    let mut jfif = JFIF.to_vec();
    jfif[12..14].copy_from_slice(&[pixels as u8, 1]);
    jfif.extend(thumbnail.iter().copied().chain([0, 0]).take(pixels * 3));
    out.extend(segment(0xE0, &jfif));
    for (kind, place) in [(0x10, "jfxx-jpeg"), (0x11, "jfxx-palette"), (0x13, "jfxx-rgb")] {
        out.extend(segment(0xE0, &[b"JFXX\0".to_vec(), vec![kind], c.canary(place)].concat()));
    }
    let first = exif(c, "exif", 6);
    out.extend(segment(0xE1, &[b"Exif\0\0".to_vec(), first].concat()));
    out.extend(segment(0xE1, &[b"Exif\0\0II*\0\x08\0\0\0".to_vec(), c.canary("exif-second")].concat()));
    let named: [(u8, &[u8], &str); 16] = [
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation=\"3\">", "xmp"),
        (0xE1, b"http://ns.adobe.com/xmp/extension/\0", "xmp-extended"),
        (0xE1, b"FLIR\0\x01\0\0", "flir"),
        (0xE2, b"MPF\0MM\0*\0\0\0\x08", "mpf"),
        (0xE2, b"FPXR\0", "fpxr"),
        (0xEB, b"JP\0\x01\0\0\0\x01", "jumbf"),
        (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x30", "photoshop-iptc"),
        (0xED, b"Photoshop 3.0\x008BIM\x04\x0C\0\0\0\0\0\x30", "photoshop-thumbnail"),
        (0xED, b"Photoshop 3.0\x008BIM\x04\x22\0\0\0\0\0\x30", "photoshop-exif"),
        (0xED, b"Photoshop 3.0\x008BIM\x04\x24\0\0\0\0\0\x30", "photoshop-xmp"),
        (0xFE, b"", "com"),
        (0xF0, b"", "jpg0"),
        (0xF7, b"", "jpg7"),
        (0xFD, b"", "jpg13"),
        (0xC8, b"", "jpg"),
        (0x02, b"", "reserved"),
    ];
    for (marker, start, place) in named {
        out.extend(segment(marker, &[start.to_vec(), c.canary(place)].concat()));
    }
    for number in 0..16 {
        out.extend(segment(0xE0 + number, &c.canary(&format!("app{number}"))));
    }
    out.extend(segment(0xE6, &zlib(&c.canary("app6-deflated"))));
    let profile = icc(c);
    let (one, two) = profile.split_at(300);
    out.extend(segment(0xE2, &[b"ICC_PROFILE\0\x01\x02", one].concat()));
    out.extend(segment(0xE2, &[b"ICC_PROFILE\0\x02\x02", two].concat()));
    out.extend(segment(0xEE, &[b"Adobe\0\x64\0\0\0\0\x01".to_vec(), c.canary("adobe-tail")].concat()));
}

/// A picture such as a camera writes: application segments in front, then ordinary baseline data, then a trailer.
pub fn jpeg_camera() -> Fixture {
    let mut cage = Cage::new("JPEG");
    let pixels = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([(x * 4) as u8, (y * 5) as u8, (x * y) as u8]));
    let mut plain = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut plain, 90).encode_image(&pixels).expect("memory");
    let jfif = plain.windows(2).position(|w| w == [0xFF, 0xE0]).expect("JFIF");
    let behind = jfif + 18;
    let block = exif(&mut cage, "exif", 6);
    let mut bytes = plain[..behind].to_vec();
    bytes.extend(segment(0xE1, &[b"Exif\0\0".to_vec(), block].concat()));
    bytes.extend(segment(0xFE, &cage.canary("com")));
    bytes.extend_from_slice(&plain[behind..]);
    bytes.extend(cage.canary("trailer-text"));
    Fixture { name: "jpeg, baseline, camera", bytes, canaries: cage.canaries }
}

// ---------------------------------------------------------------------------------------------------- PNG

/// A PNG chunk.
pub fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let checksum = crc32fast::hash(&[kind, data].concat());
    [&(data.len() as u32).to_be_bytes()[..], kind, data, &checksum.to_be_bytes()].concat()
}

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

fn ihdr(colour: u8) -> Vec<u8> {
    chunk(b"IHDR", &[0, 0, 0, 8, 0, 0, 0, 8, 8, colour, 0, 0, 0])
}

/// Samples of an 8 × 8 picture in colour, filter bytes included.
fn samples(seed: u8) -> Vec<u8> {
    (0..8_u8)
        .flat_map(|y| std::iter::once(0).chain((0..24).map(move |x| seed.wrapping_add(x * 7).wrapping_add(y * 3))))
        .collect()
}

/// The same picture with nothing hidden in it.
pub fn png_plain() -> Vec<u8> {
    [SIGNATURE.to_vec(), ihdr(2), chunk(b"IDAT", &zlib(&samples(0))), chunk(b"IEND", &[])].concat()
}

/// A picture with a canary in every place that a PNG file has, orientation 8.
pub fn png() -> Fixture {
    let mut cage = Cage::new("PNG");
    let mut out = [SIGNATURE, &ihdr(2)].concat();
    png_texts(&mut cage, &mut out);
    let c = &mut cage;
    let block = exif(c, "exif", 8);
    out.extend(chunk(b"eXIf", &block));
    for kind in [
        b"caBX", b"iDOT", b"dSIG", b"gIFx", b"gIFg", b"gIFt", b"oFFs", b"pCAL", b"sCAL", b"sPLT", b"hIST", b"sTER",
        b"vpAg", b"prVt", b"mkBF", b"mkTS", b"cmOD", b"zxIf", b"tIME", b"fcTL", b"fdAT",
    ] {
        let place = String::from_utf8_lossy(kind).into_owned();
        out.extend(chunk(kind, &c.canary(&place)));
    }
    // Chunks on the keep-list that hold what they must not hold.
    let overlong: [(&[u8; 4], &[u8]); 9] = [
        (b"gAMA", &[0, 0, 0xB1, 0x8F]),
        (b"cHRM", &[0; 32]),
        (b"sRGB", &[0]),
        (b"sBIT", &[8, 8, 8]),
        (b"cICP", &[1, 13, 0, 1]),
        (b"mDCV", &[0; 24]),
        (b"cLLI", &[0; 8]),
        (b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]),
        (b"PLTE", &[]),
    ];
    for (kind, start) in overlong {
        let place = format!("{}-tail", String::from_utf8_lossy(kind));
        out.extend(chunk(kind, &[start.to_vec(), c.canary(&place)].concat()));
    }
    let profile = icc(c);
    let name = c.canary("iccp-name");
    out.extend(chunk(b"iCCP", &[name, vec![0, 0], zlib(&profile), c.canary("iccp-behind-zlib")].concat()));
    let mut damaged = chunk(b"prVu", &c.canary("bad-checksum"));
    if let Some(last) = damaged.last_mut() {
        *last ^= 1;
    }
    out.extend(damaged);
    for (kind, start) in [(b"bKGD", &[0_u8; 6][..]), (b"tRNS", &[0; 6]), (b"pHYs", &[0; 9])] {
        let place = format!("{}-tail", String::from_utf8_lossy(kind));
        out.extend(chunk(kind, &[start.to_vec(), c.canary(&place)].concat()));
    }
    let data = [zlib(&samples(0)), c.canary("idat-behind-zlib")].concat();
    let (one, two) = data.split_at(20);
    out.extend(chunk(b"IDAT", one));
    out.extend(chunk(b"tEXt", &[b"Comment\0".to_vec(), c.canary("text-between-data")].concat()));
    out.extend(chunk(b"IDAT", two));
    out.extend(chunk(b"IDAT", &c.canary("idat-further")));
    out.extend(chunk(b"tEXt", &[b"Comment\0".to_vec(), c.canary("text-behind-data")].concat()));
    out.extend(chunk(b"eXIf", &[b"MM\0*\0\0\0\x08".to_vec(), c.canary("exif-behind-data")].concat()));
    out.extend(chunk(b"gAMA", &c.canary("gama-behind-data")));
    out.extend(chunk(b"IEND", &c.canary("iend")));
    out.extend(c.canary("trailer-text"));
    out.extend([SIGNATURE, &chunk(b"tEXt", &c.canary("trailer-picture"))].concat());
    out.extend(zlib(&c.canary("trailer-deflated")));
    out.extend(utf16(&c.canary("trailer-utf16")));
    Fixture { name: "png, everything", bytes: out, canaries: cage.canaries }
}

/// The text chunks of [`png`].
fn png_texts(c: &mut Cage, out: &mut Vec<u8>) {
    out.extend(chunk(b"tEXt", &[b"Author\0".to_vec(), c.canary("text")].concat()));
    out.extend(chunk(b"tEXt", &[c.canary("text-keyword"), b"\0value".to_vec()].concat()));
    out.extend(chunk(b"zTXt", &[b"Comment\0\0".to_vec(), zlib(&c.canary("ztxt"))].concat()));
    out.extend(chunk(b"iTXt", &[b"Title\0\0\0en\0\0".to_vec(), c.canary("itxt")].concat()));
    out.extend(chunk(b"iTXt", &[b"Title\0\x01\0en\0\0".to_vec(), zlib(&c.canary("itxt-deflated"))].concat()));
    out.extend(chunk(
        b"iTXt",
        &[b"XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation=\"3\"/>".to_vec(), c.canary("xmp")].concat(),
    ));
    for name in ["exif", "APP1", "iptc", "xmp", "icc"] {
        let text = [format!("\n{name}\n      40\n").into_bytes(), hex(&c.canary(&format!("raw-{name}")))].concat();
        out.extend(chunk(b"zTXt", &[format!("Raw profile type {name}\0\0").into_bytes(), zlib(&text)].concat()));
    }
}

/// A picture with more samples than it needs, an animation of which one frame has them too, and one that none shows.
pub fn apng() -> Fixture {
    let mut cage = Cage::new("PNG");
    let c = &mut cage;
    let control = |sequence: u8, size: u8| {
        let mut data = vec![0; 26];
        (data[3], data[7], data[11], data[21], data[23]) = (sequence, size, size, 1, 10);
        chunk(b"fcTL", &data)
    };
    let extra = |cage: &mut Cage, place: &str, seed: u8| zlib(&[samples(seed), cage.canary(place)].concat());
    let numbered = |sequence: u8, data: &[u8]| chunk(b"fdAT", &[&[0, 0, 0, sequence], data].concat());
    let bytes = [
        SIGNATURE.to_vec(),
        ihdr(2),
        chunk(b"acTL", &[0, 0, 0, 3, 0x43, 0x41, 0x4E, 0x41]),
        control(0, 8),
        chunk(b"IDAT", &extra(c, "idat-samples", 0)),
        control(1, 8),
        numbered(2, &extra(c, "fdat-samples", 50)),
        chunk(b"tEXt", &[b"Comment\0".to_vec(), c.canary("text-between-frames")].concat()),
        control(3, 8),
        numbered(4, &[zlib(&samples(90)), c.canary("fdat-behind-zlib")].concat()),
        numbered(5, &c.canary("fdat-further")),
        control(6, 8),
        numbered(7, &zlib(&[samples(9), c.canary("frame-unshown")].concat())),
        chunk(b"IEND", &[]),
    ]
    .concat();
    Fixture { name: "apng, everything", bytes, canaries: cage.canaries }
}
