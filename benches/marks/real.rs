//! Real radiographs with boxes drawn by hand, where the corpus is there: `SCRUBS_CORPUS` or `../shared/corpus`.

use crate::case::{Case, Kind, Truth};
use scrubs::pixels::{Picture, Samples};
use scrubs::place::Area;
use serde::Deserialize;
use std::error::Error;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Boxes {
    images: Vec<Entry>,
}

/// One picture of `boxes.json`.
#[derive(Deserialize)]
pub(crate) struct Entry {
    file: String,
    boxes: Vec<Drawn>,
}

/// `x1` and `y1` are the first column and row behind the box.
#[derive(Deserialize)]
struct Drawn {
    cls: Kind,
    x0: u32,
    y0: u32,
    x1: u32,
    y1: u32,
}

/// Where the pictures are; none where there is no corpus.
pub(crate) fn folder() -> Option<PathBuf> {
    let corpus = std::env::var_os("SCRUBS_CORPUS").map_or_else(|| PathBuf::from("../shared/corpus"), PathBuf::from);
    Some(corpus.join("xray-open")).filter(|folder| folder.join("boxes.json").is_file())
}

/// What is in the folder.
pub(crate) fn entries(folder: &Path) -> Result<Vec<Entry>, Box<dyn Error>> {
    let boxes: Boxes = serde_json::from_slice(&std::fs::read(folder.join("boxes.json"))?)?;
    Ok(boxes.images)
}

/// One of them, decoded.
pub(crate) fn case(folder: &Path, entry: &Entry) -> Result<Case, Box<dyn Error>> {
    let picture = decoded(&folder.join(&entry.file))?;
    let truth = entry.boxes.iter().filter_map(|drawn| {
        let (width, height) = (drawn.x1.checked_sub(drawn.x0)?, drawn.y1.checked_sub(drawn.y0)?);
        let area = Area::new(drawn.x0, drawn.y0, width, height).within(picture.width(), picture.height())?;
        Some(Truth { kind: drawn.cls, area })
    });
    let truth = truth.collect();
    Ok(Case { name: entry.file.clone(), group: "real".to_owned(), picture, truth })
}

fn decoded(path: &Path) -> Result<Picture, Box<dyn Error>> {
    use image::DynamicImage as Decoded;
    let image = image::ImageReader::open(path)?.with_guessed_format()?.decode()?;
    let (width, height) = (image.width(), image.height());
    let (channels, bits, samples) = match image {
        Decoded::ImageLuma8(grey) => (1, 8, Samples::U8(grey.into_raw())),
        Decoded::ImageLumaA8(_) => (1, 8, Samples::U8(image.to_luma8().into_raw())),
        Decoded::ImageLuma16(grey) => (1, 16, Samples::U16(grey.into_raw())),
        Decoded::ImageRgb16(colour) => (3, 16, Samples::U16(colour.into_raw())),
        other => (3, 8, Samples::U8(other.to_rgb8().into_raw())),
    };
    Picture::new(width, height, channels, bits, samples).ok_or_else(|| "a picture that is none".into())
}
