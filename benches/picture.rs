//! Made-up recordings for measuring: photographs as a phone writes them (JFIF/Exif 2.32) and CT slices as a scanner does
//! (DICOM PS3.10, PS3.3 A.3). Every identifier in them is invented.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use std::io;

/// Random numbers that are the same in every run (xorshift64*).
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).take(length).collect()
    }
}

/// A picture compressed once, to be written many times with metadata that differ.
pub(crate) struct Photograph {
    jpeg: Vec<u8>,
    thumbnail: Vec<u8>,
    maker_note: Vec<u8>,
}

impl Photograph {
    /// A soft gradient with noise on it, which compresses as skin under a ward's light does.
    pub(crate) fn new(width: u32, height: u32, quality: u8, seed: u64) -> io::Result<Self> {
        Ok(Self {
            jpeg: compress(width, height, quality, seed)?,
            thumbnail: compress(160, 120, 70, seed)?,
            maker_note: Noise::new(seed).bytes(4096),
        })
    }

    /// The whole file with the metadata of the `number`th recording.
    pub(crate) fn file(&self, number: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.jpeg.len() + (1 << 16));
        out.extend_from_slice(&[0xFF, 0xD8]);
        segment(&mut out, 0xE1, &[b"Exif\0\0", &self.exif(number)[..]].concat());
        let xmp = format!(
            "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF \
             xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description \
             xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:creator>Madeup Photographer {number:06}</dc:creator>\
             </rdf:Description></rdf:RDF></x:xmpmeta>"
        );
        segment(&mut out, 0xE1, xmp.as_bytes());
        segment(&mut out, 0xFE, format!("Madeup^Patient{number:06} left knee").as_bytes());
        out.extend_from_slice(&self.jpeg[2..]);
        out
    }

    /// Exif 2.32: IFD0, Exif and GPS directories, and a thumbnail in IFD1.
    fn exif(&self, number: u64) -> Vec<u8> {
        let day = number % 28 + 1;
        let date = format!("2019:05:{day:02} 10:{:02}:{:02}\0", number / 60 % 60, number % 60);
        let mut tiff = Tiff::new();
        let gps = tiff.directory(
            &[
                (1, Field::Text("N\0".into())),
                (2, Field::Rationals(vec![(51, 1), (30, 1), ((number % 60_000) as u32, 1000)])),
                (3, Field::Text("W\0".into())),
                (4, Field::Rationals(vec![(0, 1), (7, 1), ((number * 7 % 60_000) as u32, 1000)])),
            ],
            0,
        );
        let exif = tiff.directory(
            &[
                (0x9003, Field::Text(date.clone())),
                (0x927C, Field::Bytes(self.maker_note.clone())),
                (0x9286, Field::Bytes(format!("ASCII\0\0\0ward 7, patient {number:06}").into_bytes())),
                (0xA431, Field::Text(format!("SN{number:010}\0"))),
            ],
            0,
        );
        let thumbnail = tiff.append(&self.thumbnail);
        let second = tiff.directory(
            &[
                (0x0103, Field::Short(6)),
                (0x0201, Field::Long(thumbnail)),
                (0x0202, Field::Long(self.thumbnail.len() as u32)),
            ],
            0,
        );
        let first = tiff.directory(
            &[
                (0x010F, Field::Text("Madeup Optics\0".into())),
                (0x0110, Field::Text("Pocket 12\0".into())),
                (0x0112, Field::Short([1, 6, 1, 3][number as usize % 4])),
                (0x0131, Field::Text("14.4.1\0".into())),
                (0x0132, Field::Text(date)),
                (0x013B, Field::Text(format!("Dr Madeup {number:06}\0"))),
                (0x8769, Field::Long(exif)),
                (0x8825, Field::Long(gps)),
            ],
            second,
        );
        tiff.finish(first)
    }
}

fn compress(width: u32, height: u32, quality: u8, seed: u64) -> io::Result<Vec<u8>> {
    let mut noise = Noise::new(seed);
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        for x in 0..width {
            let grain = (noise.next() >> 59) as u32;
            let warm = 120 + x * 90 / width + grain;
            pixels.extend([warm.min(255) as u8, (90 + y * 60 / height + grain) as u8, (70 + grain * 2) as u8]);
        }
    }
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, quality);
    encoder.encode(&pixels, width, height, ExtendedColorType::Rgb8).map_err(io::Error::other)?;
    Ok(out)
}

fn segment(out: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    out.extend_from_slice(&[0xFF, marker]);
    out.extend_from_slice(&((payload.len() + 2) as u16).to_be_bytes());
    out.extend_from_slice(payload);
}

/// A value in a TIFF directory.
enum Field {
    Text(String),
    Bytes(Vec<u8>),
    Short(u16),
    Long(u32),
    Rationals(Vec<(u32, u32)>),
}

/// TIFF 6.0, little-endian, written back to front: what is pointed at comes before what points.
struct Tiff(Vec<u8>);

impl Tiff {
    fn new() -> Self {
        Self(b"II*\0\0\0\0\0".to_vec())
    }

    fn append(&mut self, bytes: &[u8]) -> u32 {
        if self.0.len() % 2 == 1 {
            self.0.push(0);
        }
        let at = self.0.len() as u32;
        self.0.extend_from_slice(bytes);
        at
    }

    fn directory(&mut self, fields: &[(u16, Field)], next: u32) -> u32 {
        let mut entries = (fields.len() as u16).to_le_bytes().to_vec();
        for (tag, field) in fields {
            let (kind, count, bytes) = match field {
                Field::Text(text) => (2u16, text.len(), text.clone().into_bytes()),
                Field::Bytes(bytes) => (7, bytes.len(), bytes.clone()),
                Field::Short(value) => (3, 1, value.to_le_bytes().to_vec()),
                Field::Long(value) => (4, 1, value.to_le_bytes().to_vec()),
                Field::Rationals(values) => (
                    5,
                    values.len(),
                    values.iter().flat_map(|(a, b)| [a.to_le_bytes(), b.to_le_bytes()].concat()).collect(),
                ),
            };
            let mut value = bytes.clone();
            value.resize(4, 0);
            if bytes.len() > 4 {
                value = self.append(&bytes).to_le_bytes().to_vec();
            }
            entries
                .extend([&tag.to_le_bytes()[..], &kind.to_le_bytes(), &(count as u32).to_le_bytes(), &value].concat());
        }
        entries.extend(next.to_le_bytes());
        self.append(&entries)
    }

    fn finish(mut self, first: u32) -> Vec<u8> {
        self.0[4..8].copy_from_slice(&first.to_le_bytes());
        self.0
    }
}

/// Slices of a CT: pixels of 16 bits, explicit little-endian.
pub(crate) struct Scanner {
    /// Pixels in a row, and rows.
    side: u16,
    pixels: Vec<u8>,
    private: Vec<u8>,
}

/// Slices of one series.
const SERIES: u64 = 50;

impl Scanner {
    /// A scanner of slices with so many pixels in a row, and as many rows.
    pub(crate) fn new(seed: u64, side: u16) -> Self {
        let mut noise = Noise::new(seed);
        let mut pixels = noise.bytes(Self::slice(side) + 65_536);
        // 12 bits are stored, so the four high bits of each are zero.
        pixels.iter_mut().skip(1).step_by(2).for_each(|high| *high &= 0x0F);
        Self { side, pixels, private: noise.bytes(4096) }
    }

    /// Pixels of one slice in bytes.
    fn slice(side: u16) -> usize {
        usize::from(side) * usize::from(side) * 2
    }

    /// The whole file of the `number`th slice; fifty make a series of one patient.
    pub(crate) fn file(&self, number: u64) -> Vec<u8> {
        let (patient, slice) = (number / SERIES, number % SERIES + 1);
        let root = "1.2.826.0.1.3680043.10.1234";
        let (study, instance) = (format!("{root}.1.{patient}"), format!("{root}.3.{patient}.{slice}"));
        let mut out = vec![0; 128];
        out.extend_from_slice(b"DICM");
        let mut meta = Vec::new();
        put(&mut meta, 0x0002_0001, "OB", &[0, 1]);
        text(&mut meta, 0x0002_0002, "UI", "1.2.840.10008.5.1.4.1.1.2");
        text(&mut meta, 0x0002_0003, "UI", &instance);
        text(&mut meta, 0x0002_0010, "UI", "1.2.840.10008.1.2.1");
        text(&mut meta, 0x0002_0012, "UI", &format!("{root}.9"));
        text(&mut meta, 0x0002_0016, "AE", "MADEUP_CT1");
        put(&mut out, 0x0002_0000, "UL", &(meta.len() as u32).to_le_bytes());
        out.extend_from_slice(&meta);
        self.who_and_where(&mut out, patient, &study, &instance);
        self.how(&mut out, patient, slice, &study);
        let shift = (number as usize * 2) % 65_536;
        put(&mut out, 0x7FE0_0010, "OW", &self.pixels[shift..shift + Self::slice(self.side)]);
        out
    }

    fn who_and_where(&self, out: &mut Vec<u8>, patient: u64, study: &str, instance: &str) {
        let date = format!("201905{:02}", patient % 28 + 1);
        text(out, 0x0008_0005, "CS", "ISO_IR 100");
        text(out, 0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\AXIAL");
        text(out, 0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.2");
        text(out, 0x0008_0018, "UI", instance);
        for tag in [0x0008_0020, 0x0008_0021, 0x0008_0022, 0x0008_0023] {
            text(out, tag, "DA", &date);
        }
        for tag in [0x0008_0030, 0x0008_0031, 0x0008_0032, 0x0008_0033] {
            text(out, tag, "TM", "101500");
        }
        text(out, 0x0008_0050, "SH", &format!("ACC{patient:08}"));
        text(out, 0x0008_0060, "CS", "CT");
        text(out, 0x0008_0070, "LO", "Madeup Imaging");
        text(out, 0x0008_0080, "LO", "Madeup General Hospital");
        text(out, 0x0008_0090, "PN", "Madeup^Referrer");
        text(out, 0x0008_1010, "SH", "CTROOM2");
        text(out, 0x0008_1030, "LO", &format!("Knee of Madeup {patient:06}"));
        text(out, 0x0008_103E, "LO", "bone 1.0");
        text(out, 0x0008_1070, "PN", "Madeup^Radiographer");
        text(out, 0x0008_1090, "LO", "Slicer 64");
        let mut item = Vec::new();
        text(&mut item, 0x0008_1150, "UI", "1.2.840.10008.3.1.2.3.1");
        text(&mut item, 0x0008_1155, "UI", study);
        sequence(out, 0x0008_1110, &item);
        text(out, 0x0009_0010, "LO", "MADEUP PRIVATE");
        text(out, 0x0009_1001, "LO", &format!("Madeup {patient:06}"));
        put(out, 0x0009_1002, "OB", &self.private);
        text(out, 0x0010_0010, "PN", &format!("Madeup{patient:06}^Patient"));
        text(out, 0x0010_0020, "LO", &format!("{:010}", 4_000_000_000 + patient));
        text(out, 0x0010_0030, "DA", &format!("19{:02}0704", 40 + patient % 50));
        text(out, 0x0010_0040, "CS", ["F", "M"][patient as usize % 2]);
        text(out, 0x0010_1010, "AS", "062Y");
        text(out, 0x0010_1040, "LO", "12 Madeup Lane");
    }

    fn how(&self, out: &mut Vec<u8>, patient: u64, slice: u64, study: &str) {
        text(out, 0x0018_0015, "CS", "KNEE");
        text(out, 0x0018_0050, "DS", "1.0");
        text(out, 0x0018_0060, "DS", "120");
        text(out, 0x0018_1000, "LO", "SN-0042");
        text(out, 0x0018_1030, "LO", "Knee bone");
        text(out, 0x0018_5100, "CS", "FFS");
        text(out, 0x0020_000D, "UI", study);
        text(out, 0x0020_000E, "UI", &format!("{study}.2"));
        text(out, 0x0020_0010, "SH", &format!("ST{patient}"));
        text(out, 0x0020_0011, "IS", "2");
        text(out, 0x0020_0012, "IS", "1");
        text(out, 0x0020_0013, "IS", &slice.to_string());
        text(out, 0x0020_0032, "DS", &format!("-125.0\\-125.0\\{slice}.0"));
        text(out, 0x0020_0037, "DS", "1\\0\\0\\0\\1\\0");
        text(out, 0x0020_0052, "UI", &format!("{study}.4"));
        text(out, 0x0020_0060, "CS", "L");
        text(out, 0x0020_1040, "LO", "");
        put(out, 0x0028_0002, "US", &1u16.to_le_bytes());
        text(out, 0x0028_0004, "CS", "MONOCHROME2");
        put(out, 0x0028_0010, "US", &self.side.to_le_bytes());
        put(out, 0x0028_0011, "US", &self.side.to_le_bytes());
        text(out, 0x0028_0030, "DS", "0.488\\0.488");
        for (tag, value) in [(0x0028_0100, 16u16), (0x0028_0101, 12), (0x0028_0102, 11), (0x0028_0103, 0)] {
            put(out, tag, "US", &value.to_le_bytes());
        }
        text(out, 0x0028_1050, "DS", "300");
        text(out, 0x0028_1051, "DS", "1500");
        text(out, 0x0028_1052, "DS", "-1024");
        text(out, 0x0028_1053, "DS", "1");
        text(out, 0x0032_1032, "PN", "Madeup^Requester");
        let mut item = Vec::new();
        text(&mut item, 0x0040_0007, "LO", &format!("CT knee, Madeup {patient:06}"));
        text(&mut item, 0x0040_0009, "SH", &format!("SPS{patient:06}"));
        sequence(out, 0x0040_0275, &item);
    }
}

/// A text, padded to an even length (PS3.5 6.2: UIDs with NUL, others with a space).
fn text(out: &mut Vec<u8>, tag: u32, vr: &str, value: &str) {
    let mut bytes = value.as_bytes().to_vec();
    if bytes.len() % 2 == 1 {
        bytes.push(if vr == "UI" { 0 } else { b' ' });
    }
    put(out, tag, vr, &bytes);
}

/// One item of defined length in a sequence of defined length.
fn sequence(out: &mut Vec<u8>, tag: u32, item: &[u8]) {
    let mut bytes = [0xFE, 0xFF, 0x00, 0xE0].to_vec();
    bytes.extend((item.len() as u32).to_le_bytes());
    bytes.extend_from_slice(item);
    put(out, tag, "SQ", &bytes);
}

/// An element in explicit little-endian (PS3.5 7.1.2).
fn put(out: &mut Vec<u8>, tag: u32, vr: &str, value: &[u8]) {
    out.extend_from_slice(&((tag >> 16) as u16).to_le_bytes());
    out.extend_from_slice(&(tag as u16).to_le_bytes());
    out.extend_from_slice(vr.as_bytes());
    if matches!(vr, "OB" | "OW" | "SQ" | "UN" | "UT") {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&(value.len() as u32).to_le_bytes());
    } else {
        out.extend_from_slice(&(value.len() as u16).to_le_bytes());
    }
    out.extend_from_slice(value);
}
