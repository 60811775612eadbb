//! Tells a file's format from its first bytes; extensions lie (a ".heic" that is JPEG).
//!
//! Signatures: the formats' own standards; DICOM PS3.10 section 7.1 (preamble) and PS3.5 section 7.1 (elements without one).

use crate::cut::Source;
use crate::recording::Format;
use std::io;

/// How many bytes are looked at.
const WINDOW: usize = 4096;

/// Tells the format of `source` by its content.
///
/// # Errors
/// Whatever the medium says.
pub fn sniff(source: &dyn Source) -> io::Result<Format> {
    let mut head = [0; WINDOW];
    let mut filled = 0;
    while filled < WINDOW {
        match source.read_at(filled as u64, &mut head[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    let told = tell(&head[..filled], source.len());
    Ok(if told == Format::Mp3 && at(&head, 0, b"ID3") { behind_tag(source, &head)? } else { told })
}

/// What stands behind an ID3v2 tag (its section 3.1): MPEG sound, unless it says that it is FLAC.
fn behind_tag(source: &dyn Source, head: &[u8]) -> io::Result<Format> {
    let length = head[6..10].iter().fold(0, |length, byte| length << 7 | u64::from(byte & 0x7F));
    let mut next = [0; 4];
    let read = source.read_at(10 + length, &mut next)?;
    Ok(if read == 4 && next == *b"fLaC" { Format::Flac } else { Format::Mp3 })
}

/// Fixed signatures at fixed offsets: offset, bytes, format. The first that matches wins.
const SIGNATURES: &[(usize, &[u8], Format)] = &[
    (128, b"DICM", Format::Dicom),
    (0, b"\xFF\xD8\xFF", Format::Jpeg),
    (0, b"\x89PNG\r\n\x1A\n", Format::Png),
    (0, b"GIF87a", Format::Gif),
    (0, b"GIF89a", Format::Gif),
    (0, b"\0\0\0\x0CJXL \r\n\x87\n", Format::JpegXl),
    (0, b"\xFF\x0A", Format::JpegXlCodestream),
    (0, b"\0\0\0\x0CjP  \r\n\x87\n", Format::Jp2),
    (0, b"\xFF\x4F\xFF\x51", Format::J2k),
    (0, b"8BPS", Format::Psd),
    (0, b"fLaC", Format::Flac),
    (0, b"OggS", Format::Ogg),
    (0, b"\x1A\x45\xDF\xA3", Format::Matroska),
    (0, b"ID3", Format::Mp3),
    (0, b"%PDF-", Format::Pdf),
    (0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Format::Ole),
    (0, b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", Format::Asf),
    (0, b"FUJIFILMCCD-RAW", Format::CameraRaw),
    (6, b"HEAPCCDR", Format::CameraRaw),
    (0, b"IIRO", Format::CameraRaw),
    (0, b"IIRS", Format::CameraRaw),
    (0, b"MMOR", Format::CameraRaw),
    (0, b"IIU\0", Format::CameraRaw),
    (0, b"\0MRM", Format::CameraRaw),
    (0, b"FOVb", Format::CameraRaw),
    (0, b"\0\0\x01\xBA", Format::Mpeg),
    (0, b"\0\0\x01\xB3", Format::Mpeg),
    (0, b"\x1F\x8B", Format::Archive),
    (0, b"BZh", Format::Archive),
    (0, b"\xFD7zXZ\0", Format::Archive),
    (0, b"7z\xBC\xAF\x27\x1C", Format::Archive),
    (0, b"Rar!\x1A\x07", Format::Archive),
    (0, b"\x28\xB5\x2F\xFD", Format::Archive),
    (257, b"ustar", Format::Archive),
];

fn tell(head: &[u8], length: u64) -> Format {
    for (offset, bytes, format) in SIGNATURES {
        if at(head, *offset, bytes) {
            return if *format == Format::Dicom { dicom_with_meta(head) } else { *format };
        }
    }
    riff(head)
        .or_else(|| iso_media(head))
        .or_else(|| tiff(head, length))
        .or_else(|| zip(head))
        .or_else(|| aiff(head))
        .or_else(|| bitmap(head, length))
        .or_else(|| dicom_without_preamble(head, length))
        .or_else(|| mpeg_sound_or_stream(head))
        .or_else(|| markup(head))
        .unwrap_or(Format::Unknown)
}

fn at(head: &[u8], offset: usize, bytes: &[u8]) -> bool {
    head.get(offset..offset + bytes.len()) == Some(bytes)
}

fn u16_at(head: &[u8], offset: usize, big: bool) -> Option<u16> {
    let bytes: [u8; 2] = head.get(offset..offset + 2)?.try_into().ok()?;
    Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
}

fn u32_at(head: &[u8], offset: usize, big: bool) -> Option<u32> {
    let bytes: [u8; 4] = head.get(offset..offset + 4)?.try_into().ok()?;
    Some(if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
}

fn riff(head: &[u8]) -> Option<Format> {
    if at(head, 0, b"RF64") || at(head, 0, b"BW64") {
        return Some(Format::Wav);
    }
    if !at(head, 0, b"RIFF") && !at(head, 0, b"RIFX") {
        return None;
    }
    match head.get(8..12)? {
        b"WEBP" => Some(Format::WebP),
        b"WAVE" => Some(Format::Wav),
        b"AVI " => Some(Format::Avi),
        _ => None,
    }
}

/// ISO/IEC 14496-12 section 4.3: the file type box, its major brand first.
fn iso_media(head: &[u8]) -> Option<Format> {
    match head.get(4..8)? {
        b"ftyp" => {}
        b"moov" | b"mdat" | b"wide" | b"pnot" => return Some(Format::Mov),
        b"free" | b"skip" if u32_at(head, 0, true)? >= 8 => return Some(Format::Mov),
        _ => return None,
    }
    let end = (u32_at(head, 0, true)? as usize).clamp(8, head.len());
    let brands: Vec<&[u8]> = head.get(8..end)?.chunks_exact(4).collect();
    let major = *brands.first()?;
    let compatible = |wanted: &[&[u8]]| brands.iter().enumerate().any(|(i, b)| i != 1 && wanted.contains(b));
    if major == b"crx " {
        return Some(Format::CameraRaw);
    }
    if compatible(&[b"avif", b"avis"]) {
        return Some(Format::Avif);
    }
    const HEIF: &[&[u8]] =
        &[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"mif3", b"msf1"];
    const HEIF_MORE: &[&[u8]] = &[b"jpeg", b"jpgs", b"j2ki", b"j2is", b"avci", b"avcs", b"vvic", b"unif", b"miaf"];
    if HEIF.contains(&major) || HEIF_MORE.contains(&major) {
        return Some(Format::Heif);
    }
    Some(match major {
        b"qt  " => Format::Mov,
        b"M4A " | b"M4B " | b"M4P " => Format::M4a,
        [b'3', b'g', ..] => Format::ThreeGp,
        b"jp2 " | b"jpx " | b"jph " => Format::Jp2,
        b"jxl " => Format::JpegXl,
        _ if compatible(HEIF) && !compatible(&[b"isom", b"mp41", b"mp42"]) => Format::Heif,
        _ => Format::Mp4,
    })
}

/// TIFF 6.0 section 2, BigTIFF, and the camera raw files that are TIFF inside.
fn tiff(head: &[u8], length: u64) -> Option<Format> {
    let big = match head.get(..2)? {
        b"II" => false,
        b"MM" => true,
        _ => return None,
    };
    match u16_at(head, 2, big)? {
        43 => return Some(Format::BigTiff),
        42 => {}
        _ => return None,
    }
    if at(head, 8, b"CR\x02") || at(head, 8, b"IIII") || at(head, 8, b"MMMM") || at(head, 8, b"\0\0\0\0CR") {
        return Some(Format::CameraRaw);
    }
    let first = u32_at(head, 4, big)? as usize;
    if first as u64 >= length {
        return Some(Format::Tiff);
    }
    let count = u16_at(head, first, big).unwrap_or(0).min(200);
    let tags: Vec<u16> = (0..usize::from(count)).filter_map(|i| u16_at(head, first + 2 + 12 * i, big)).collect();
    // DNGVersion (50706); Exif and SubIFDs beside a CFA or a reduced first picture: what cameras' raw files have.
    if tags.contains(&50706) {
        return Some(Format::Dng);
    }
    let has = |tag| tags.contains(&tag);
    let reduced =
        tags.iter().position(|t| *t == 254).and_then(|i| u32_at(head, first + 2 + 12 * i + 8, big)) == Some(1);
    if has(33422) || has(37398) || (has(330) && has(34665) && has(271) && reduced) {
        return Some(Format::CameraRaw);
    }
    Some(Format::Tiff)
}

fn zip(head: &[u8]) -> Option<Format> {
    if !at(head, 0, b"PK\x03\x04") && !at(head, 0, b"PK\x05\x06") {
        return None;
    }
    let has = |part: &[u8]| head.windows(part.len()).any(|w| w == part);
    Some(if has(b"mimetypeapplication/epub+zip") {
        Format::Epub
    } else if has(b"mimetypeapplication/vnd.oasis.opendocument") {
        Format::OpenDocument
    } else if has(b"word/") {
        Format::Docx
    } else if has(b"ppt/") {
        Format::Pptx
    } else if has(b"xl/") {
        Format::Xlsx
    } else {
        Format::Zip
    })
}

fn aiff(head: &[u8]) -> Option<Format> {
    (at(head, 0, b"FORM") && (at(head, 8, b"AIFF") || at(head, 8, b"AIFC"))).then_some(Format::Aiff)
}

fn bitmap(head: &[u8], length: u64) -> Option<Format> {
    const HEADERS: &[u32] = &[12, 16, 40, 52, 56, 64, 108, 124];
    let header = u32_at(head, 14, false)?;
    let pixels = u64::from(u32_at(head, 10, false)?);
    (at(head, 0, b"BM") && HEADERS.contains(&header) && pixels <= length).then_some(Format::Bmp)
}

/// The Media Storage SOP Class UID of a DICOMDIR (PS3.10 section 8).
const DIRECTORY: &[u8] = b"1.2.840.10008.1.3.10";

fn dicom_with_meta(head: &[u8]) -> Format {
    let meta = &head[132..head.len().min(400)];
    let directory = meta
        .windows(DIRECTORY.len() + 1)
        .any(|w| w.starts_with(DIRECTORY) && !w[DIRECTORY.len()].is_ascii_digit() && w[DIRECTORY.len()] != b'.');
    if directory { Format::DicomDir } else { Format::Dicom }
}

/// Old exports begin with the data set, or with group 0002, and no preamble.
fn dicom_without_preamble(head: &[u8], length: u64) -> Option<Format> {
    const VRS: &[&[u8]] = &[
        b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"OB", b"OW", b"PN", b"SH",
        b"SL", b"SQ", b"SS", b"ST", b"TM", b"UI", b"UL", b"UN", b"US", b"UT",
    ];
    if head.len() < 24 {
        return None;
    }
    let start = if at(head, 0, b"DICM") { 4 } else { 0 };
    for big in [false, true] {
        let (group, element) = (u16_at(head, start, big)?, u16_at(head, start + 2, big)?);
        if !matches!(group, 0x0002 | 0x0004 | 0x0008) || element > 0x0100 && group == 0x0008 {
            continue;
        }
        if VRS.contains(&head.get(start + 4..start + 6)?) {
            return Some(Format::Dicom);
        }
        let value = u64::from(u32_at(head, start + 4, big)?);
        let next = usize::try_from(value).ok().and_then(|v| v.checked_add(start + 8));
        let follows = next.and_then(|n| u16_at(head, n, big));
        if !big && value <= 256 && value <= length && follows.is_some_and(|g| g == group || g == 0x0008) {
            return Some(Format::Dicom);
        }
    }
    None
}

/// MPEG audio frames (ISO/IEC 11172-3) and transport streams (ISO/IEC 13818-1).
fn mpeg_sound_or_stream(head: &[u8]) -> Option<Format> {
    for (offset, step) in [(0, 188), (4, 192)] {
        if (0..4).all(|i| head.get(offset + i * step) == Some(&0x47)) {
            return Some(Format::Mpeg);
        }
    }
    let word = u32_at(head, 0, true)?;
    let (layer, rate, frequency) = (word >> 17 & 3, word >> 12 & 15, word >> 10 & 3);
    let version = word >> 19 & 3;
    (word >> 21 == 0x7FF && version != 1 && layer == 1 && rate != 15 && frequency != 3).then_some(Format::Mp3)
}

fn markup(head: &[u8]) -> Option<Format> {
    if head.windows(5).take(1024).any(|w| w == b"%PDF-") {
        return Some(Format::Pdf);
    }
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    (text.starts_with('<') && text.contains("<svg")).then_some(Format::Svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(prefix: &[u8]) -> Vec<u8> {
        let mut bytes = prefix.to_vec();
        bytes.resize(prefix.len().max(400), 0);
        bytes
    }

    fn preamble(meta: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 128];
        bytes.extend_from_slice(b"DICM");
        bytes.extend_from_slice(meta);
        with(&bytes)
    }

    #[test]
    fn every_format_that_has_a_signature_is_told_by_it() {
        let cases: Vec<(Vec<u8>, Format)> = vec![
            (with(b"\xFF\xD8\xFF\xE0"), Format::Jpeg),
            (with(b"\x89PNG\r\n\x1A\n"), Format::Png),
            (with(b"RIFF\x10\0\0\0WEBPVP8 "), Format::WebP),
            (with(b"GIF89a"), Format::Gif),
            (with(b"II*\0\x08\0\0\0\0\0"), Format::Tiff),
            (with(b"MM\0+\0\x08\0\0"), Format::BigTiff),
            (with(b"II*\0\x08\0\0\0\x01\0\x12\xC6\x01\0\x04\0\0\0"), Format::Dng),
            (with(b"II*\0\x10\0\0\0CR\x02\0"), Format::CameraRaw),
            (with(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Format::Heif),
            (with(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif"), Format::Avif),
            (with(b"\0\0\0\x0CJXL \r\n\x87\n"), Format::JpegXl),
            (with(b"\xFF\x0A"), Format::JpegXlCodestream),
            (with(b"\0\0\0\x0CjP  \r\n\x87\n"), Format::Jp2),
            (with(b"\xFF\x4F\xFF\x51"), Format::J2k),
            (with(b"BM\x90\x01\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"), Format::Bmp),
            (preamble(b"\x02\0\x02\0UI\x1A\x001.2.840.10008.5.1.4.1.1.2\0"), Format::Dicom),
            (preamble(b"\x02\0\x02\0UI\x14\x001.2.840.10008.1.3.10\0"), Format::DicomDir),
            (with(b"\x08\0\x05\0CS\x0A\0ISO_IR 100"), Format::Dicom),
            (with(b"\0\x08\0\x05CS\0\x0AISO_IR 100"), Format::Dicom),
            (with(b"\x08\0\x05\0\x0A\0\0\0ISO_IR 100\x08\0\x08\0"), Format::Dicom),
            (with(b"\0\0\0\x18ftypisom\0\0\0\0mp42isom"), Format::Mp4),
            (with(b"\0\0\0\x14ftypqt  \0\0\0\0qt  "), Format::Mov),
            (with(b"\0\0\x10\0moov"), Format::Mov),
            (with(b"\0\0\0\x14ftyp3gp4\0\0\0\x003gp4"), Format::ThreeGp),
            (with(b"\0\0\0\x14ftypM4A \0\0\0\0M4A "), Format::M4a),
            (with(b"\x1A\x45\xDF\xA3"), Format::Matroska),
            (with(b"RIFF\x10\0\0\0AVI LIST"), Format::Avi),
            (with(b"\x30\x26\xB2\x75\x8E\x66\xCF\x11"), Format::Asf),
            (with(b"ID3\x03"), Format::Mp3),
            (with(b"\xFF\xFB\x90\x64"), Format::Mp3),
            (with(b"fLaC"), Format::Flac),
            (with(b"OggS"), Format::Ogg),
            (with(b"RF64\xFF\xFF\xFF\xFFWAVE"), Format::Wav),
            (with(b"FORM\0\0\0\x10AIFC"), Format::Aiff),
            (with(b"%PDF-1.7"), Format::Pdf),
            (with(b"PK\x03\x04\x14\0\0\0\0\0ppt/slides"), Format::Pptx),
            (with(b"PK\x03\x04"), Format::Zip),
            (with(b"<?xml version=\"1.0\"?><svg>"), Format::Svg),
            (with(b"8BPS"), Format::Psd),
            (with(b"Dear Dr Canary"), Format::Unknown),
            (Vec::new(), Format::Unknown),
        ];
        for (bytes, expected) in &cases {
            assert_eq!(sniff(bytes).expect("memory"), *expected, "{:?}", &bytes[..bytes.len().min(16)]);
        }
        assert_eq!(cases.len(), 41);
    }

    #[test]
    fn a_tiff_in_front_of_a_dicom_object_is_dicom() {
        let mut bytes = preamble(b"\x02\0\x00\0UL\x04\0\0\0\0\0");
        bytes[..4].copy_from_slice(b"II*\0");
        assert_eq!(sniff(&bytes).expect("memory"), Format::Dicom);
    }

    #[test]
    fn no_head_of_any_length_panics() {
        let mut tried = 0;
        for seed in 0..64u8 {
            for length in 0..64usize {
                let bytes: Vec<u8> = (0..length).map(|i| seed.wrapping_mul(31).wrapping_add((i * 7) as u8)).collect();
                let _ = tell(&bytes, length as u64);
                tried += 1;
            }
        }
        assert_eq!(tried, 64 * 64);
    }
}
