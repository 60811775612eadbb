//! Small files for the witness's tests, made here byte by byte.

use std::io::Write;

/// A one-entry Exif block.
pub(super) fn orientation(turn: u8) -> Vec<u8> {
    [&b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"[..], &[turn, 0, 0, 0, 0, 0, 0, 0]].concat()
}

/// A segment with its marker and length.
pub(super) fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 2).to_be_bytes();
    [&[0xff, marker], &length[..], payload].concat()
}

/// The parts of a small clean JPEG; a restart marker and a stuffed byte in its one scan.
pub(super) fn jpeg_parts() -> Vec<Vec<u8>> {
    let mut table = vec![0u8];
    table.extend((1..=64).map(|n| n * 2));
    let mut huffman = vec![0u8; 17];
    huffman[2] = 2;
    huffman.extend([4, 5]);
    vec![
        vec![0xff, 0xd8],
        segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        segment(0xe1, &[&b"Exif\0\0"[..], &orientation(6)].concat()),
        segment(0xe2, &[&b"ICC_PROFILE\0\x01\x01"[..], &icc("sRGB", "")].concat()),
        segment(0xee, b"Adobe\0\x64\0\0\0\0\x01"),
        segment(0xdb, &table),
        [segment(0xc0, &[8, 0, 16, 0, 24, 1, 1, 0x11, 0]), segment(0xdd, &[0, 1])].concat(),
        segment(0xc4, &huffman),
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        vec![1, 2, 3, 0xff, 0, 4, 0xff, 0xd0, 5, 6, 7, 8],
        vec![0xff, 0xd9],
    ]
}

/// A small clean JPEG.
pub(super) fn jpeg() -> Vec<u8> {
    jpeg_parts().concat()
}

/// A chunk with its length and check sum.
pub(super) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = crc32fast::Hasher::new();
    sum.update(kind);
    sum.update(data);
    [&(data.len() as u32).to_be_bytes()[..], kind, data, &sum.finalize().to_be_bytes()].concat()
}

/// A zlib stream.
pub(super) fn zlib(data: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(data).unwrap();
    out.finish().unwrap()
}

/// The compressed picture of [`png`]: 5 by 3 pixels of one byte, and `more` rows behind.
pub(super) fn png_picture(more: &[u8]) -> Vec<u8> {
    let mut rows: Vec<u8> = (0..18).map(|n| if n % 6 == 0 { 0 } else { n * 7 }).collect();
    rows.extend(more);
    zlib(&rows)
}

/// The parts of a small clean PNG.
pub(super) fn png_parts() -> Vec<Vec<u8>> {
    let picture = png_picture(b"");
    let profile = [&b"sRGB\0\0"[..], &zlib(&icc("sRGB", ""))].concat();
    vec![
        super::png::SIGNATURE.to_vec(),
        chunk(b"IHDR", &[0, 0, 0, 5, 0, 0, 0, 3, 8, 0, 0, 0, 0]),
        chunk(b"iCCP", &profile),
        chunk(b"gAMA", &45455u32.to_be_bytes()),
        chunk(b"eXIf", &orientation(3)),
        chunk(b"IDAT", &picture[..5]),
        chunk(b"IDAT", &picture[5..]),
        chunk(b"IEND", b""),
    ]
}

/// A small clean PNG.
pub(super) fn png() -> Vec<u8> {
    png_parts().concat()
}

/// A matrix profile of version 2 with a description and a copyright.
pub(super) fn icc(description: &str, copyright: &str) -> Vec<u8> {
    let mut desc =
        [b"desc\0\0\0\0", &(description.len() as u32 + 1).to_be_bytes()[..], description.as_bytes()].concat();
    desc.extend([0; 1 + 8 + 3 + 67]);
    let text = [b"text\0\0\0\0", copyright.as_bytes(), &[0]].concat();
    let xyz = [&b"XYZ \0\0\0\0"[..], &[0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d]].concat();
    let curve = [&b"curv\0\0\0\0\0\0\0\x01\x02\x33"[..]].concat();
    let tags: [(&[u8; 4], Vec<u8>); 5] =
        [(b"desc", desc), (b"cprt", text), (b"wtpt", xyz.clone()), (b"rXYZ", xyz), (b"rTRC", curve)];
    let mut table = (tags.len() as u32).to_be_bytes().to_vec();
    let mut data = Vec::new();
    let start = 132 + 12 * tags.len();
    for (signature, bytes) in &tags {
        table.extend(*signature);
        table.extend(((start + data.len()) as u32).to_be_bytes());
        table.extend((bytes.len() as u32).to_be_bytes());
        data.extend(bytes);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    let mut out = vec![0u8; 128];
    out[8] = 2;
    out[12..24].copy_from_slice(b"mntrRGB XYZ ");
    out[36..40].copy_from_slice(b"acsp");
    out[68..80].copy_from_slice(&[0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d]);
    out.extend(table);
    out.extend(data);
    let length = (out.len() as u32).to_be_bytes();
    out[..4].copy_from_slice(&length);
    out
}

/// A patient code of ours.
pub(super) const CODE: &str = "P-7K3M9Q2FXH4T";

/// An element in explicit little-endian encoding, padded to even length.
pub(super) fn element(tag: u32, vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(if matches!(vr, b"UI" | b"OB" | b"UN") { 0 } else { b' ' });
    }
    let mut out = Vec::new();
    out.extend(((tag >> 16) as u16).to_le_bytes());
    out.extend((tag as u16).to_le_bytes());
    out.extend(vr);
    if matches!(vr, b"OB" | b"OW" | b"UN" | b"SQ" | b"UT") {
        out.extend([0, 0]);
        out.extend((value.len() as u32).to_le_bytes());
    } else {
        out.extend((value.len() as u16).to_le_bytes());
    }
    out.extend(value);
    out
}

/// A sequence with one item.
pub(super) fn sequence(tag: u32, elements: &[Vec<u8>]) -> Vec<u8> {
    let inner = elements.concat();
    let item = [&[0xfe, 0xff, 0, 0xe0], &(inner.len() as u32).to_le_bytes()[..], &inner].concat();
    element(tag, b"SQ", &item)
}

/// The 2 by 4 pixels of the test objects.
pub(super) const PIXELS: &[u8] = b"\x01\x80\x02\x07\x11\x0f\x33\x70";

/// Preamble and file meta information, with more elements between.
pub(super) fn dicom_head(more: &[Vec<u8>]) -> Vec<u8> {
    let mut group = [
        element(0x0002_0001, b"OB", &[0, 1]),
        element(0x0002_0002, b"UI", b"1.2.840.10008.5.1.4.1.1.7"),
        element(0x0002_0003, b"UI", b"2.25.1001"),
        element(0x0002_0010, b"UI", b"1.2.840.10008.1.2.1"),
        element(0x0002_0012, b"UI", b"2.25.1002"),
        element(0x0002_0013, b"SH", b"SCRUBS"),
    ]
    .concat();
    group.extend(more.concat());
    let length = element(0x0002_0000, b"UL", &(group.len() as u32).to_le_bytes());
    [&[0; 128], &b"DICM"[..], &length, &group].concat()
}

/// The elements of a small clean data set, in order.
pub(super) fn dicom_elements() -> Vec<Vec<u8>> {
    vec![
        element(0x0008_0008, b"CS", b"ORIGINAL\\PRIMARY"),
        element(0x0008_0016, b"UI", b"1.2.840.10008.5.1.4.1.1.7"),
        element(0x0008_0018, b"UI", b"2.25.1001"),
        element(0x0008_0020, b"DA", b""),
        element(0x0008_0070, b"LO", b"ACME Imaging"),
        sequence(
            0x0008_2218,
            &[
                element(0x0008_0100, b"SH", b"T-D4000"),
                element(0x0008_0102, b"SH", b"SRT"),
                element(0x0008_0104, b"LO", b"Abdomen"),
            ],
        ),
        element(0x0010_0010, b"PN", CODE.as_bytes()),
        element(0x0010_0020, b"LO", CODE.as_bytes()),
        element(0x0012_0063, b"LO", b"scrubs 0.1.0"),
        element(0x0018_0050, b"DS", b"1.25"),
        element(0x0020_000d, b"UI", b"2.25.1003"),
        element(0x0028_0002, b"US", &[1, 0]),
        element(0x0028_0010, b"US", &[2, 0]),
        element(0x0028_0011, b"US", &[4, 0]),
        element(0x0028_0100, b"US", &[8, 0]),
        element(0x7fe0_0010, b"OB", PIXELS),
    ]
}

/// A small clean object.
pub(super) fn dicom() -> Vec<u8> {
    [dicom_head(&[]), dicom_elements().concat()].concat()
}

/// The original of [`dicom`], with a name, numbers and UIDs of its own.
pub(super) fn dicom_original() -> Vec<u8> {
    let elements = [
        element(0x0008_0008, b"CS", b"ORIGINAL\\PRIMARY"),
        element(0x0008_0016, b"UI", b"1.2.840.10008.5.1.4.1.1.7"),
        element(0x0008_0018, b"UI", b"2.25.77777"),
        element(0x0008_0020, b"DA", b"20190512"),
        element(0x0008_0050, b"SH", b"ACC-00417"),
        element(0x0010_0010, b"PN", b"Hoeflich^Canary"),
        element(0x0010_0020, b"LO", b"9434765919"),
        element(0x0020_000d, b"UI", b"1.2.826.0.1.77.1"),
        element(0x0028_0002, b"US", &[1, 0]),
        element(0x0028_0010, b"US", &[2, 0]),
        element(0x0028_0011, b"US", &[4, 0]),
        element(0x0028_0100, b"US", &[8, 0]),
        element(0x7fe0_0010, b"OB", &[PIXELS, &b"Canary bytes behind"[..]].concat()),
    ];
    [dicom_head(&[]), elements.concat()].concat()
}
