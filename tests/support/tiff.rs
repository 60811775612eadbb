//! TIFF and BigTIFF files made for tests: of either byte order, of several pages, in strips or tiles, coded in several
//! ways, with one named canary per hiding place.
//!
//! TIFF 6.0; BigTIFF; TIFF Technical Notes 1 and 2. All coded samples are made by hand or by the encoders of the image
//! crate.
#![allow(dead_code, missing_docs, missing_debug_implementations, unreachable_pub)]

use super::picture::{Cage, Fixture, icc, segment, utf16, zlib};

/// Byte order and kind of a file.
#[derive(Clone, Copy)]
pub struct Form {
    pub little: bool,
    pub big: bool,
}

pub const FORMS: [Form; 4] = [
    Form { little: true, big: false },
    Form { little: false, big: false },
    Form { little: true, big: true },
    Form { little: false, big: true },
];

/// An entry: tag, type, count and the bytes of its values.
#[derive(Clone)]
pub struct Field(pub u16, pub u16, pub u64, pub Vec<u8>);

/// A page: its entries but those of strips or tiles, the coded strips or tiles, and what stands behind each of them.
#[derive(Clone, Default)]
pub struct Page {
    pub fields: Vec<Field>,
    pub units: Vec<Vec<u8>>,
    pub gaps: Vec<Vec<u8>>,
    pub tiled: bool,
    /// Directories below this one, under these tags.
    pub below: Vec<(u16, Page)>,
    /// What stands in the unused bytes of each short value.
    pub spare: u8,
}

impl Form {
    pub fn put(self, number: u64, size: usize) -> Vec<u8> {
        match self.little {
            true => number.to_le_bytes()[..size].to_vec(),
            false => number.to_be_bytes()[8 - size..].to_vec(),
        }
    }

    fn width(self) -> usize {
        if self.big { 8 } else { 4 }
    }

    pub fn shorts(self, tag: u16, values: &[u16]) -> Field {
        let bytes = values.iter().flat_map(|value| self.put(u64::from(*value), 2)).collect();
        Field(tag, 3, values.len() as u64, bytes)
    }

    pub fn longs(self, tag: u16, values: &[u32]) -> Field {
        let bytes = values.iter().flat_map(|value| self.put(u64::from(*value), 4)).collect();
        Field(tag, 4, values.len() as u64, bytes)
    }

    pub fn ratio(self, tag: u16, over: u32, under: u32) -> Field {
        Field(tag, 5, 1, [self.put(u64::from(over), 4), self.put(u64::from(under), 4)].concat())
    }
}

pub fn bytes(tag: u16, kind: u16, bytes: Vec<u8>) -> Field {
    Field(tag, kind, bytes.len() as u64, bytes)
}

pub fn ascii(tag: u16, text: Vec<u8>) -> Field {
    bytes(tag, 2, [text, vec![0]].concat())
}

/// The entries of a picture of so many pixels, samples and rows a strip.
pub fn plain(form: Form, size: (u32, u32), samples: u16, compression: u16, rows: u32) -> Vec<Field> {
    vec![
        form.longs(256, &[size.0]),
        form.longs(257, &[size.1]),
        form.shorts(258, &vec![8; usize::from(samples)]),
        form.shorts(259, &[compression]),
        form.shorts(262, &[if samples == 3 { 2 } else { 1 }]),
        form.shorts(277, &[samples]),
        form.longs(278, &[rows]),
    ]
}

/// Samples of a drawing.
pub fn drawing(seed: usize, length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 7 + seed * 31 + n * n / 50) as u8 | 0x80).collect()
}

/// Lays a file: header, `before`, then for each page its strips, its values and its directory, and `behind` at the end.
pub fn file(form: Form, pages: &[Page], before: &[u8], behind: &[u8]) -> Vec<u8> {
    let mut out = if form.little { b"II".to_vec() } else { b"MM".to_vec() };
    out.extend(form.put(if form.big { 43 } else { 42 }, 2));
    if form.big {
        out.extend([form.put(8, 2), form.put(0, 2)].concat());
    }
    let mut link = out.len();
    out.extend(form.put(0, form.width()));
    out.extend_from_slice(before);
    for page in pages {
        let (at, next) = lay(form, page, &mut out);
        out.splice(link..link + form.width(), form.put(at, form.width()));
        link = next;
    }
    out.extend_from_slice(behind);
    out
}

/// Lays a page; gives where its directory begins and where its pointer to the next one stands.
fn lay(form: Form, page: &Page, out: &mut Vec<u8>) -> (u64, usize) {
    let mut fields = page.fields.clone();
    let width = form.width();
    let kind = if form.big { 16 } else { 4 };
    let (mut offsets, mut counts) = (Vec::new(), Vec::new());
    for (index, unit) in page.units.iter().enumerate() {
        offsets.extend(form.put(out.len() as u64, width));
        counts.extend(form.put(unit.len() as u64, width));
        out.extend_from_slice(unit);
        out.extend_from_slice(page.gaps.get(index).map_or(&[][..], Vec::as_slice));
    }
    let (offset_tag, count_tag) = if page.tiled { (324, 325) } else { (273, 279) };
    let has = |tag: u16| page.fields.iter().any(|field| field.0 == tag);
    if !page.units.is_empty() && !has(offset_tag) {
        fields.push(Field(offset_tag, kind, page.units.len() as u64, offsets));
    }
    if !page.units.is_empty() && !has(count_tag) {
        fields.push(Field(count_tag, kind, page.units.len() as u64, counts));
    }
    for (tag, below) in &page.below {
        let (at, _) = lay(form, below, out);
        fields.push(Field(*tag, kind, 1, form.put(at, width)));
    }
    fields.sort_by_key(|field| field.0);
    let mut entries = form.put(fields.len() as u64, if form.big { 8 } else { 2 });
    for Field(tag, kind, count, value) in &fields {
        entries.extend([form.put(u64::from(*tag), 2), form.put(u64::from(*kind), 2), form.put(*count, width)].concat());
        if value.len() <= width {
            entries.extend([value.clone(), vec![page.spare; width - value.len()]].concat());
            continue;
        }
        if out.len() % 2 == 1 {
            out.push(0);
        }
        entries.extend(form.put(out.len() as u64, width));
        out.extend_from_slice(value);
    }
    if out.len() % 2 == 1 {
        out.push(0);
    }
    let at = out.len() as u64;
    out.extend(entries);
    let next = out.len();
    out.extend(form.put(0, width));
    (at, next)
}

/// LZW of nine-bit codes only: the table is cleared before it grows.
pub fn lzw(samples: &[u8]) -> Vec<u8> {
    let mut codes = Vec::new();
    for part in samples.chunks(200) {
        codes.push(256_u32);
        codes.extend(part.iter().map(|byte| u32::from(*byte)));
    }
    codes.push(257);
    let (mut out, mut held, mut count) = (Vec::new(), 0_u32, 0);
    for code in codes {
        (held, count) = (held << 9 | code, count + 9);
        while count >= 8 {
            out.push((held >> (count - 8)) as u8);
            count -= 8;
            held &= (1 << count) - 1;
        }
    }
    if count > 0 {
        out.push((held << (8 - count)) as u8);
    }
    out
}

/// PackBits in literal runs.
pub fn packbits(samples: &[u8]) -> Vec<u8> {
    samples.chunks(64).flat_map(|run| [&[run.len() as u8 - 1], run].concat()).collect()
}

/// A JPEG stream of 32 × 16 pixels as TIFF holds it, and its tables: both without JFIF.
pub fn jpeg_split() -> (Vec<u8>, Vec<u8>) {
    let pixels = image::RgbImage::from_fn(32, 16, |x, y| image::Rgb([(x * 8) as u8, (y * 16) as u8, (x * y) as u8]));
    let mut whole = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut whole, 90).encode_image(&pixels).expect("memory");
    let (mut tables, mut stream) = (vec![0xFF, 0xD8], vec![0xFF, 0xD8]);
    let mut at = 2;
    loop {
        let (marker, length) = (whole[at + 1], usize::from(u16::from_be_bytes([whole[at + 2], whole[at + 3]])));
        let part = &whole[at..at + 2 + length];
        match marker {
            0xDB | 0xC4 => tables.extend_from_slice(part),
            0xDA => {
                stream.extend_from_slice(&whole[at..]);
                break;
            }
            0xE0 => {}
            _ => stream.extend_from_slice(part),
        }
        at += 2 + length;
    }
    tables.extend([0xFF, 0xD9]);
    (tables, stream)
}

/// A page in JPEG (TIFF Technical Note 2), with canaries in its tables and in its strip, if there is a cage for them.
pub fn jpeg_page(form: Form, cage: Option<&mut Cage>) -> Page {
    let (mut tables, mut stream) = jpeg_split();
    if let Some(cage) = cage {
        let end = tables.len() - 2;
        let com = [segment(0xFE, &cage.canary("tables-com")), segment(0xE5, &cage.canary("tables-app5"))].concat();
        tables.splice(end..end, com);
        tables.extend(cage.canary("tables-tail"));
        let adobe = [&b"Adobe\0\x64\0\0\0\0\x01"[..], &cage.canary("strip-adobe")].concat();
        let header = [
            segment(0xE0, &[&b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"[..], &cage.canary("strip-jfif")].concat()),
            segment(0xE1, &[&b"Exif\0\0"[..], &cage.canary("strip-exif")].concat()),
            segment(0xEE, &adobe),
            segment(0xFE, &cage.canary("strip-com")),
            cage.canary("strip-junk"),
        ];
        stream.splice(2..2, header.concat());
        stream.extend(cage.canary("strip-tail"));
    }
    let mut fields = plain(form, (32, 16), 3, 7, 16);
    fields.retain(|field| field.0 != 262);
    fields.extend([form.shorts(262, &[6]), form.shorts(530, &[1, 1]), bytes(347, 7, tables)]);
    Page { fields, units: vec![stream], ..Page::default() }
}

/// A page in T.6: sixteen white lines, and the end code.
pub fn fax_page(form: Form, tail: &[u8]) -> Page {
    let mut fields = plain(form, (16, 16), 1, 4, 16);
    fields.retain(|field| !matches!(field.0, 258 | 262));
    fields.extend([form.shorts(258, &[1]), form.shorts(262, &[0])]);
    Page { fields, units: vec![[&[0xFF, 0xFF, 0x00, 0x10, 0x01], tail].concat()], ..Page::default() }
}

/// A file with a canary in each hiding place of TIFF, five pages that stay, and two directories that go.
pub fn tiff(form: Form) -> Fixture {
    scan(form, true)
}

/// The same; where `tail` is false, as scanners write it: no text that claims to be numbers, and no tail behind a fax page.
pub fn scan(form: Form, tail: bool) -> Fixture {
    let mut cage = Cage::new("TIFF");
    let c = &mut cage;
    let before = c.canary("before-the-first-directory");
    let pages = vec![
        first_page(form, c, tail),
        deflate_page(form, c),
        lzw_page(form, c),
        packbits_page(form, c),
        jpeg_page(form, Some(c)),
        fax_page(form, &if tail { c.canary("fax-tail") } else { Vec::new() }),
        reduced_page(form, c),
        exif_thumbnail(form, c),
    ];
    let behind = c.canary("trailer");
    let bytes = file(form, &pages, &before, &behind);
    Fixture { name: "tiff", bytes, canaries: cage.canaries }
}

/// The pages of [`tiff`] that stay, without anything hidden in them.
pub fn tiff_plain(form: Form) -> Vec<u8> {
    let grey = |samples: Vec<Vec<u8>>, compression| Page {
        fields: plain(form, (16, 16), 1, compression, 8),
        units: samples,
        ..Page::default()
    };
    let halves = |seed| [drawing(seed, 128), drawing(seed + 1, 128)];
    let pages = [
        Page {
            fields: [plain(form, (16, 16), 3, 1, 8), resolution(form)].concat(),
            units: vec![drawing(1, 384), drawing(2, 384)],
            ..Page::default()
        },
        grey(halves(3).iter().map(|half| zlib(half)).collect(), 8),
        grey(halves(5).iter().map(|half| lzw(half)).collect(), 5),
        grey(halves(7).iter().map(|half| packbits(half)).collect(), 32773),
        jpeg_page(form, None),
        fax_page(form, b""),
    ];
    file(form, &pages, b"", b"")
}

fn resolution(form: Form) -> Vec<Field> {
    vec![form.ratio(282, 2400, 10), form.ratio(283, 2400, 10), form.shorts(296, &[2]), form.shorts(274, &[6])]
}

/// Texts under every tag that is known to hold one, and blocks under private tags.
fn texts(c: &mut Cage) -> Vec<Field> {
    const ASCII: &[(u16, &str)] = &[
        (269, "document-name"),
        (270, "description"),
        (271, "make"),
        (272, "model"),
        (285, "page-name"),
        (305, "software"),
        (306, "date"),
        (315, "artist"),
        (316, "host"),
        (333, "ink-names"),
        (337, "printer"),
        (32781, "image-id"),
        (33432, "copyright"),
        (34737, "geo-ascii"),
        (42016, "unique-id"),
        (42112, "gdal"),
        (42113, "gdal-nodata"),
        (50735, "serial"),
        (65000, "private-text"),
    ];
    const BLOCKS: &[(u16, &str)] = &[
        (700, "xmp"),
        (32932, "annotation"),
        (33723, "iptc"),
        (34377, "photoshop"),
        (37500, "maker-note"),
        (37724, "image-source"),
        (50740, "dng-private"),
        (50839, "imagej"),
        (65535, "private-block"),
    ];
    const WIDE: &[(u16, &str)] =
        &[(40091, "xp-title"), (40092, "xp-comment"), (40093, "xp-author"), (40094, "xp-words"), (40095, "xp-subject")];
    let mut fields: Vec<Field> = ASCII.iter().map(|(tag, place)| ascii(*tag, c.canary(place))).collect();
    fields.extend(BLOCKS.iter().map(|(tag, place)| bytes(*tag, 7, c.canary(place))));
    fields.extend(WIDE.iter().map(|(tag, place)| bytes(*tag, 1, utf16(&c.canary(place)))));
    fields
}

/// Texts where numbers belong.
fn disguised(c: &mut Cage) -> Vec<Field> {
    let fill = |mut text: Vec<u8>, length: usize| {
        text.resize(length, b'=');
        text
    };
    vec![
        ascii(281, c.canary("ascii-under-a-number")),
        Field(291, 3, 256, fill(c.canary("grey-curve"), 512)),
        Field(301, 3, 256, fill(c.canary("transfer-curve"), 512)),
        Field(319, 5, 6, fill(c.canary("chromaticities"), 48)),
        Field(336, 3, 20, fill(c.canary("dot-range"), 40)),
        Field(341, 12, 5, fill(c.canary("largest-sample"), 40)),
        Field(532, 5, 6, fill(c.canary("reference-black"), 48)),
        Field(339, 3, 23, [vec![1, 0, 1, 0, 1, 0], fill(c.canary("sample-format"), 40)].concat()),
    ]
}

fn first_page(form: Form, c: &mut Cage, disguise: bool) -> Page {
    let mut fields = [plain(form, (16, 16), 3, 1, 8), resolution(form), texts(c)].concat();
    if disguise {
        fields.extend(disguised(c));
    }
    fields.push(bytes(34675, 7, icc(c)));
    let inner = vec![
        ascii(36867, c.canary("exif-date")),
        bytes(37500, 7, c.canary("exif-maker-note")),
        bytes(37510, 7, c.canary("exif-comment")),
        ascii(42032, c.canary("exif-owner")),
        ascii(42033, c.canary("exif-body-serial")),
        ascii(42037, c.canary("exif-lens-serial")),
    ];
    let gps = vec![bytes(28, 7, c.canary("gps-area")), ascii(29, c.canary("gps-date"))];
    let mut small = plain(form, (8, 8), 1, 1, 8);
    small.extend([form.longs(254, &[1]), ascii(270, c.canary("subifd-description"))]);
    let preview = [c.canary("subifd-samples"), drawing(9, 64)].concat()[..64].to_vec();
    let below = vec![
        (34665, Page { fields: inner, ..Page::default() }),
        (34853, Page { fields: gps, ..Page::default() }),
        (330, Page { fields: small, units: vec![preview], ..Page::default() }),
    ];
    let gaps = vec![c.canary("between-strips"), c.canary("behind-strips")];
    let surplus = [drawing(2, 384), c.canary("strip-surplus")].concat();
    Page { fields, units: vec![drawing(1, 384), surplus], gaps, below, ..Page::default() }
}

fn grey(form: Form, compression: u16, units: Vec<Vec<u8>>) -> Page {
    Page { fields: plain(form, (16, 16), 1, compression, 8), units, ..Page::default() }
}

fn deflate_page(form: Form, c: &mut Cage) -> Page {
    let behind = [zlib(&drawing(3, 128)), c.canary("behind-deflate")].concat();
    let inside = zlib(&[drawing(4, 128), c.canary("inside-deflate")].concat());
    let mut page = grey(form, 8, vec![behind, inside]);
    page.fields.extend([ascii(270, c.canary("second-page-description")), bytes(700, 1, c.canary("second-page-xmp"))]);
    page
}

fn lzw_page(form: Form, c: &mut Cage) -> Page {
    let tail = [lzw(&drawing(5, 128)), c.canary("lzw-tail")].concat();
    let mut page = grey(form, 5, vec![tail, lzw(&drawing(6, 128))]);
    page.fields.push(ascii(306, c.canary("third-page-date")));
    page.fields.push(ascii(306, c.canary("doubled-entry")));
    page
}

fn packbits_page(form: Form, c: &mut Cage) -> Page {
    let tail = [packbits(&drawing(8, 128)), c.canary("packbits-tail")].concat();
    grey(form, 32773, vec![packbits(&drawing(7, 128)), tail])
}

fn reduced_page(form: Form, c: &mut Cage) -> Page {
    let mut fields = plain(form, (8, 8), 1, 1, 8);
    fields.extend([form.longs(254, &[1]), ascii(270, c.canary("preview-description"))]);
    let samples = [c.canary("preview-samples"), drawing(9, 64)].concat()[..64].to_vec();
    Page { fields, units: vec![samples], ..Page::default() }
}

/// A directory as Exif has them for thumbnails: no strips, a JPEG stream.
fn exif_thumbnail(form: Form, c: &mut Cage) -> Page {
    let fields = vec![
        form.shorts(259, &[6]),
        form.longs(513, &[8]),
        form.longs(514, &[16]),
        ascii(305, c.canary("thumbnail-software")),
    ];
    Page { fields, ..Page::default() }
}
