//! Objects of compressed frames, cleaned and proved.

use crate::support::{Element, Form, Value, encode, image, number, text, with};
use scrubs::code::coder::{Coder, CodingSecret};
use scrubs::dicom::{Coding, read};
use scrubs::inspect::{Evidence, witness_object};
use scrubs::recording::{Deidentification, Format};

pub(crate) const CANARY: &[u8] = b"Canary^Jane^19770102";
pub(crate) const BASELINE: &str = "1.2.840.10008.1.2.4.50";
pub(crate) const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
pub(crate) const JPEG_2000: &str = "1.2.840.10008.1.2.4.90";
pub(crate) const RLE: &str = "1.2.840.10008.1.2.5";

/// An object of this many frames in these fragments; the offset table may be empty.
pub(crate) fn object(syntax: &str, frames: usize, table: &[u32], fragments: &[Vec<u8>]) -> Vec<u8> {
    let cells = [(0x0028_0100, 8), (0x0028_0101, 8), (0x0028_0102, 7), (0x0028_0010, 16), (0x0028_0011, 16)];
    object_of(&cells.map(|(tag, n)| number(tag, n)), syntax, frames, table, fragments)
}

/// The same, of samples of this kind.
pub(crate) fn object_of(
    cells: &[Element],
    syntax: &str,
    frames: usize,
    table: &[u32],
    fragments: &[Vec<u8>],
) -> Vec<u8> {
    let mut out = vec![0; 128];
    out.extend_from_slice(b"DICM");
    let meta = encode(Form::Explicit, &[text(0x0002_0010, "UI", syntax)]);
    let length = Element { tag: 0x0002_0000, vr: "UL", value: Value::Bytes((meta.len() as u32).to_le_bytes().into()) };
    out.extend_from_slice(&encode(Form::Explicit, &[length]));
    out.extend_from_slice(&meta);
    let count = text(0x0028_0008, "IS", frames.to_string());
    let mut data = with(image(), [cells, &[count]].concat());
    data.retain(|e| e.tag != 0x7FE0_0010);
    out.extend_from_slice(&encode(Form::Explicit, &data));
    out.extend_from_slice(b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF");
    let table: Vec<u8> = table.iter().flat_map(|n| n.to_le_bytes()).collect();
    for item in [&[table][..], fragments].concat() {
        let padded = [&item[..], &[0][..item.len() % 2]].concat();
        out.extend_from_slice(b"\xFE\xFF\x00\xE0");
        out.extend_from_slice(&(padded.len() as u32).to_le_bytes());
        out.extend_from_slice(&padded);
    }
    out.extend_from_slice(b"\xFE\xFF\xDD\xE0\0\0\0\0");
    out
}

pub(crate) fn clean(source: &Vec<u8>) -> Result<Vec<u8>, &'static str> {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"ID 17");
    let how = Deidentification::default();
    let plan = read(source).unwrap().plan(&Coding { coder: &coder, patient: &patient, deidentification: &how });
    let plan = plan.map_err(|r| r.code)?.comprehensive(source.len() as u64).unwrap();
    let mut out = Vec::new();
    plan.plan().cut.write_to(source, &mut out).unwrap();
    Ok(out)
}

pub(crate) fn is_cleared(source: &Vec<u8>, output: &Vec<u8>) -> bool {
    let evidence = Evidence { format: Format::Dicom, original: source, output, dropped: &[] };
    witness_object(&evidence, &Deidentification::default()).is_ok()
}

/// The items of the pixel data of an output: the offset table, then the fragments.
pub(crate) fn items(file: &[u8]) -> Vec<Vec<u8>> {
    let start = b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF";
    let mut at = file.windows(12).position(|w| w == start).unwrap() + 12;
    let mut items = Vec::new();
    while file[at..at + 4] == *b"\xFE\xFF\x00\xE0" {
        let length = u32::from_le_bytes(file[at + 4..at + 8].try_into().unwrap()) as usize;
        items.push(file[at + 8..at + 8 + length].to_vec());
        at += 8 + length;
    }
    items
}

pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

pub(crate) fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    [&[0xFF, marker], &(payload.len() as u16 + 2).to_be_bytes()[..], payload].concat()
}

/// A grey square with a slope, as a JPEG.
pub(crate) fn jpeg() -> Vec<u8> {
    let pixels: Vec<u8> = (0..=255).collect();
    let mut out = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 90);
    image::ImageEncoder::write_image(encoder, &pixels, 16, 16, image::ExtendedColorType::L8).unwrap();
    out
}

pub(crate) fn decoded(jpeg: &[u8]) -> Vec<u8> {
    image::load_from_memory_with_format(jpeg, image::ImageFormat::Jpeg).unwrap().into_luma8().into_raw()
}

/// The start of a JPEG 2000 codestream: 16 by 16 samples in one tile.
pub(crate) const SIZE: &[u8] = b"\xFF\x4F\xFF\x51\0\x29\0\0\0\0\0\x10\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\x10\0\0\0\0\0\0\0\0\0\x01\x07\x01\x01";

/// A JPEG 2000 codestream as far as its markers go.
pub(crate) fn codestream(main: &[u8], tile: &[u8], tail: &[u8], open: bool) -> Vec<u8> {
    let length = if open { 0 } else { 12 + tile.len() as u32 + 2 + 4 };
    let start = [&[0xFF, 0x90, 0, 10, 0, 0][..], &length.to_be_bytes(), &[0, 1]].concat();
    [SIZE, main, &start, tile, b"\xFF\x93data\xFF\xD9", tail].concat()
}
