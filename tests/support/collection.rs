//! The shipped collection: what `fixtures/collection` holds, why, and what is expected of each file.
//!
//! Everything here is made up. Names begin with “Canary”, which stands in no other file, so that a test can search for
//! what was planted.

use super::drawing::{film, skin};
use super::object::{Element, object};
use super::running::holds;
use super::{heif, jp2, jxl, picture, tiff, web};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

/// One file of the collection.
pub struct Fixture {
    /// Its path below `fixtures/collection`.
    pub path: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What becomes of it under the shipped register and profile.
    pub outcome: &'static str,
    /// The first reason it is not released.
    pub reason: &'static str,
    /// Strings planted in it that must stand nowhere else afterwards.
    pub planted: Vec<String>,
}

/// Every file of the collection, in the order of their paths.
pub fn collection() -> Vec<Fixture> {
    let mut all = photographs();
    all.extend(films());
    all.extend(objects());
    all.extend(formats());
    all.extend(strays());
    all.sort_by_key(|f| f.path);
    all
}

fn fixture(
    path: &'static str,
    bytes: Vec<u8>,
    outcome: &'static str,
    reason: &'static str,
    planted: &[&'static str],
) -> Fixture {
    Fixture { path, bytes, outcome, reason, planted: planted.iter().map(|p| (*p).to_owned()).collect() }
}

fn photographs() -> Vec<Fixture> {
    let gps = "CANARYGPSREF51";
    let wound = jpeg(&skin(320, 240, 11), 320, 240, &Exif { artist: "Canary Photographer", text: gps, orientation: 1 });
    let turned = jpeg(
        &skin(320, 240, 12),
        320,
        240,
        &Exif { artist: "Canary Photographer", text: "CanaryLegNote", orientation: 6 },
    );
    let plain = |seed, text: &'static str| {
        jpeg(&skin(240, 240, seed), 240, 240, &Exif { artist: "Canary Owner", text, orientation: 1 })
    };
    let mut motion = plain(15, "CanaryMotion");
    motion.extend_from_slice(b"\0\0\0\x18ftypmp42\0\0\0\0isommp42\0\0\0\x20udtaCanaryMotionPhotoVideoPlace");
    let mut cut = plain(16, "CanaryTruncated");
    cut.truncate(700);
    vec![
        fixture(
            "wounds/leg-ulcer-1.jpg",
            wound.clone(),
            "released",
            "",
            &["Canary Photographer", "CANARYGPSREF51", "CanaryCaption"],
        ),
        fixture("wounds/copy of leg-ulcer-1.jpg", wound, "released", "", &[]),
        fixture("wounds/leg-ulcer-2.jpg", turned, "released", "", &["CanaryLegNote"]),
        fixture("wounds/heel (motion photo).jpg", motion, "released", "", &["CanaryMotionPhotoVideoPlace"]),
        fixture(
            "hands/llaw chwith ŵ 左手.jpg",
            plain(13, "CanaryHand"),
            "released",
            "",
            &["CanaryHand", "llaw chwith"],
        ),
        fixture("faces/portrait.jpg", plain(21, "CanaryFace1"), "held", "no-consent-record", &["CanaryFace1"]),
        fixture("faces/portrait with consent.jpg", plain(22, "CanaryFace2"), "released", "", &["CanaryFace2"]),
        fixture(
            "faces/portrait withdrawn.jpg",
            plain(23, "CanaryFace3"),
            "held",
            "consent-withdrawn",
            &["CanaryFace3"],
        ),
        fixture("faces/portrait refused.jpg", plain(24, "CanaryFace4"), "held", "consent-refused", &["CanaryFace4"]),
        fixture("old/truncated.jpg", cut, "held", "truncated", &["CanaryTruncated"]),
    ]
}

fn films() -> Vec<Fixture> {
    let knee = png(&film(256, 320, 31), 256, 320, "Patient Name", "CanaryKnee^Gwen");
    let chest = png(&film(300, 300, 32), 300, 300, "Comment", "CanaryChestWard7");
    vec![
        fixture("x-rays/knee.png", knee, "released", "", &["CanaryKnee^Gwen"]),
        fixture("x-rays/unseen/chest.png", chest, "released", "", &["CanaryChestWard7"]),
    ]
}

fn objects() -> Vec<Fixture> {
    let ct = |number: u32| object(&Element::ct(number), &film(128, 128, 40), 128);
    let planted: &[&'static str] =
        &["CanaryCt^Megan", "CANARYMRN-0001", "CanaryWard^Consultant", "Canary General Hospital", "CanaryPrivateNote"];
    vec![
        fixture("dicom/ct/IM000001", ct(1), "released", "", planted),
        fixture("dicom/ct/IM000002", ct(2), "released", "", planted),
        fixture("dicom/ct/IM000003", ct(3), "released", "", planted),
        fixture(
            "dicom/unseen/CR000001",
            object(&Element::cr(), &film(128, 128, 41), 128),
            "released",
            "",
            &["CanaryCr^Tomos", "CANARYMRN-0002"],
        ),
    ]
}

/// What phones, scanners and the web write beside JPEG and PNG: one of each, with something in every place that can hide
/// something.
fn formats() -> Vec<Fixture> {
    let bitmap = web::bmps().pop().expect("there are some");
    let all = [
        ("formats/animation.gif", web::gif()),
        ("formats/animation.webp", web::webp_animated()),
        ("formats/bitmap.bmp", bitmap),
        ("formats/from a phone.avif", heif::still("avif", heif::Coding::Av1)),
        ("formats/from a phone.heic", heif::still("heic", heif::Coding::Hevc)),
        ("formats/from the web.webp", web::webp_shared()),
        ("formats/microscope.jp2", jp2::boxes()),
        ("formats/photograph.jxl", jxl::container()),
        ("formats/scan of six pages.tif", tiff::scan(tiff::FORMS[0], false)),
    ];
    all.into_iter().map(|(path, made)| every_format(path, made)).collect()
}

fn every_format(path: &'static str, made: picture::Fixture) -> Fixture {
    // What stands in a compressed part is looked for by the tests of its format.
    let planted = made.canaries.into_iter().filter(|canary| holds(&made.bytes, canary)).collect();
    Fixture { path, bytes: made.bytes, outcome: "released", reason: "", planted }
}

fn strays() -> Vec<Fixture> {
    let mut slides =
        b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\x12\0\0\0\x12\0\0\0\x14\0\0\0ppt/media/image1.jpgCanaryLectureSlide"
            .to_vec();
    slides.resize(200, 0);
    let tiff = b"II*\0\x08\0\0\0\x01\0\x3b\x01\x02\0\x14\0\0\0\x1a\0\0\0\0\0\0\0CanaryTiffArtistName".to_vec();
    let film = b"\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\0\xAA\0\x62\xCE\x6CCanaryFilmPlace".to_vec();
    vec![
        fixture("old/lecture.pptx", slides, "unsupported", "unsupported-document", &["CanaryLectureSlide"]),
        fixture("old/gait.wmv", film, "unsupported", "unsupported-format", &["CanaryFilmPlace"]),
        fixture("old/scan.tif", tiff, "held", "not-understood", &["CanaryTiffArtistName"]),
        fixture("old/empty.png", Vec::new(), "failed", "empty", &[]),
        fixture(
            "wounds/Thumbs.db",
            b"CanaryDeletedThumbnail".to_vec(),
            "listed",
            "system-file",
            &["CanaryDeletedThumbnail"],
        ),
        fixture(
            "wounds/leg-ulcer-1.xmp",
            b"<x:xmpmeta>CanarySidecarPlace</x:xmpmeta>".to_vec(),
            "listed",
            "sidecar-file",
            &["CanarySidecarPlace"],
        ),
    ]
}

/// What the Exif block of a photograph says.
pub(super) struct Exif<'a> {
    pub(super) artist: &'a str,
    pub(super) text: &'a str,
    pub(super) orientation: u16,
}

impl Exif<'_> {
    /// TIFF 6.0, little-endian: ImageDescription, Make, Orientation, DateTime, Artist.
    fn block(&self) -> Vec<u8> {
        let texts: [(u16, &str); 4] =
            [(0x010E, self.text), (0x010F, "CanaryCam"), (0x0132, "2019:05:14 10:11:12"), (0x013B, self.artist)];
        let mut entries: Vec<(u16, u16, u32, u32)> = vec![(0x0112, 3, 1, u32::from(self.orientation))];
        let mut values = Vec::new();
        let first = 8 + 2 + 12 * (texts.len() as u32 + 1) + 4;
        for (tag, text) in texts {
            entries.push((tag, 2, text.len() as u32 + 1, first + values.len() as u32));
            values.extend_from_slice(text.as_bytes());
            values.push(0);
        }
        entries.sort_unstable();
        let mut block = b"Exif\0\0II*\0\x08\0\0\0".to_vec();
        block.extend_from_slice(&(entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            block.extend_from_slice(&tag.to_le_bytes());
            block.extend_from_slice(&kind.to_le_bytes());
            block.extend_from_slice(&count.to_le_bytes());
            block.extend_from_slice(&value.to_le_bytes());
        }
        block.extend_from_slice(&[0; 4]);
        block.extend_from_slice(&values);
        block
    }
}

fn segment(out: &mut Vec<u8>, marker: u8, data: &[u8]) {
    out.extend_from_slice(&[0xFF, marker]);
    out.extend_from_slice(&(data.len() as u16 + 2).to_be_bytes());
    out.extend_from_slice(data);
}

/// A photograph with an Exif block, a caption in Photoshop's block and a comment.
pub(super) fn jpeg(samples: &[u8], width: u32, height: u32, exif: &Exif<'_>) -> Vec<u8> {
    let mut coded = Vec::new();
    JpegEncoder::new_with_quality(&mut coded, 85)
        .write_image(samples, width, height, ExtendedColorType::Rgb8)
        .expect("encoding into memory");
    let mut out = coded[..2].to_vec();
    segment(&mut out, 0xE1, &exif.block());
    segment(&mut out, 0xED, b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x12\x1c\x02\x78\0\x0dCanaryCaption");
    segment(&mut out, 0xFE, b"Canary ward comment");
    out.extend_from_slice(&coded[2..]);
    out
}

/// A film scan with a text chunk before its picture.
pub(super) fn png(samples: &[u8], width: u32, height: u32, keyword: &str, text: &str) -> Vec<u8> {
    let mut coded = Vec::new();
    PngEncoder::new(&mut coded)
        .write_image(samples, width, height, ExtendedColorType::L8)
        .expect("encoding into memory");
    let mut chunk = b"tEXt".to_vec();
    chunk.extend_from_slice(keyword.as_bytes());
    chunk.push(0);
    chunk.extend_from_slice(text.as_bytes());
    // The signature is 8 bytes, IHDR 25.
    let mut out = coded[..33].to_vec();
    out.extend_from_slice(&(chunk.len() as u32 - 4).to_be_bytes());
    out.extend_from_slice(&chunk);
    out.extend_from_slice(&crc32fast::hash(&chunk).to_be_bytes());
    out.extend_from_slice(&coded[33..]);
    out
}
