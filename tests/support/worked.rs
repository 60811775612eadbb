//! The worked collection: forty small recordings of a made-up department, each with identifiers planted in it.
//!
//! What is known of each of them, and what the guidance makes of it, stands in `fixtures/worked/expected.md`.

use super::collection::{Exif, jpeg, png};
use super::drawing::{film, skin};
use super::object::{Element, object};
use super::{tiff, web};

/// One recording.
pub struct Recording {
    /// Its path below `fixtures/worked/recordings`.
    pub path: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Strings planted in it that must stand nowhere else afterwards.
    pub planted: Vec<String>,
}

const PHOTOGRAPHS: &[&str] = &[
    "care-home/CANARYW-140 resident.jpg",
    "care-home/CANARYW-141 gait.jpg",
    "children/CANARYW-150 rash.jpg",
    "children/CANARYW-151 cleft lip.jpg",
    "children/CANARYW-152 squint.jpg",
    "faces/CANARYW-111 after operation.jpg",
    "faces/CANARYW-112 before operation.jpg",
    "faces/CANARYW-113 portrait.jpg",
    "faces/CANARYW-114 profile.jpg",
    "faces/CANARYW-115 ward round.jpg",
    "hands/CANARYW-106 ring finger.jpg",
    "hands/CANARYW-107 thumb.jpg",
    "hands/CANARYW-108 bitten palm.jpg",
    "hands/CANARYW-109 nails.jpg",
    "hands/CANARYW-110 wrist.jpg",
    "old-collection-1988/CanaryWorked portrait with a note.jpg",
    "old-collection-1988/CanaryWorked portrait.jpg",
    "post-mortem/hospital/CanaryWorked heart.jpg",
    "post-mortem/hospital/CanaryWorked lung.jpg",
    "television/CANARYW-132 corridor.jpg",
    "textbook/CANARYW-130 mole.jpg",
    "textbook/CANARYW-131 freckles.jpg",
    "wounds/CANARYW-101 heel ulcer.jpg",
    "wounds/CANARYW-102 shin ulcer.jpg",
    "wounds/CANARYW-103 burn.jpg",
    "wounds/CANARYW-104 grafted burn.jpg",
];

const FILMS: &[&str] = &[
    "faces/CANARYW-116 hidden camera.png",
    "slides/CANARYW-125 skin biopsy.png",
    "television/CANARYW-133 interview.png",
    "wounds/CANARYW-105 forearm scars.png",
    "x-rays/CANARYW-102 knee.png",
    "x-rays/unseen/CANARYW-203 chest.png",
];

const PAGES: &[&str] = &["old-collection-1988/CanaryWorked psoriasis.tif", "slides/CanaryWorked lymph node.tif"];

/// Path, SOP class (PS3.4 B.5), modality, the last digit of the patient's number.
const OBJECTS: &[(&str, &str, &str, u8)] = &[
    ("post-mortem/coroner/CR000002", "1.2.840.10008.5.1.4.1.1.1", "CR", 5),
    ("scans/CT000001", "1.2.840.10008.5.1.4.1.1.2", "CT", 3),
    ("scans/US000001", "1.2.840.10008.5.1.4.1.1.6.1", "US", 4),
    ("x-rays/CR000001", "1.2.840.10008.5.1.4.1.1.1", "CR", 1),
    ("x-rays/DX000001", "1.2.840.10008.5.1.4.1.1.1.1", "DX", 2),
];

/// Every recording, in the order of their paths.
pub fn recordings() -> Vec<Recording> {
    let mut all: Vec<Recording> = (100..).zip(PHOTOGRAPHS).map(|(n, path)| photograph(path, n)).collect();
    all.extend((200..).zip(FILMS).map(|(n, path)| grey(path, n)));
    all.extend((300..).zip(PAGES).map(|(n, path)| page(path, n)));
    all.extend(OBJECTS.iter().map(|&(path, class, modality, n)| scanned(path, class, modality, n)));
    all.push(animation("theatre/CANARYW-120 gallbladder.gif"));
    all.sort_by_key(|recording| recording.path);
    all
}

fn photograph(path: &'static str, n: u64) -> Recording {
    let (artist, text) = (format!("CanaryWorkedArtist{n}"), format!("CanaryWorkedCaption{n}"));
    let exif = Exif { artist: &artist, text: &text, orientation: 1 };
    Recording { path, bytes: jpeg(&skin(24, 24, n), 24, 24, &exif), planted: vec![artist, text] }
}

fn grey(path: &'static str, n: u64) -> Recording {
    let text = format!("CanaryWorkedText{n}");
    Recording { path, bytes: png(&film(24, 24, n), 24, 24, "Patient Name", &text), planted: vec![text] }
}

fn page(path: &'static str, n: usize) -> Recording {
    let artist = format!("CanaryWorkedArtist{n}");
    let form = tiff::FORMS[n % 2];
    let mut fields = tiff::plain(form, (16, 16), 3, 1, 16);
    fields.push(tiff::ascii(315, artist.clone().into_bytes()));
    let page = tiff::Page { fields, units: vec![tiff::drawing(n, 768)], ..tiff::Page::default() };
    Recording { path, bytes: tiff::file(form, &[page], b"", b""), planted: vec![artist] }
}

fn animation(path: &'static str) -> Recording {
    let comment = "CanaryWorkedComment400";
    let frame = |seed| [web::CONTROL, &web::gif_frame(&web::lzw(seed))].concat();
    let said = web::extension(0xFE, &[comment.as_bytes()]);
    let bytes = [web::SCREEN, web::COLOURS, web::LOOPS, &said, &frame(2), &frame(3), b";"].concat();
    Recording { path, bytes, planted: vec![comment.to_owned()] }
}

fn scanned(path: &'static str, class: &str, modality: &str, n: u8) -> Recording {
    let (name, id) = (format!("CanaryWorked{modality}^Person{n}"), format!("CANARYWRK-000{n}"));
    let elements = Element::head(class, modality, &name, &id, 1);
    Recording { path, bytes: object(&elements, &film(32, 32, u64::from(n)), 32), planted: vec![name, id] }
}
