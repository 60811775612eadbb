//! Writes a set of made-up recordings to measure on: `generate SET COUNT FOLDER [SEEDS]`.
//!
//! Each file differs from every other. Pictures are compressed a few times only and written with metadata of their own,
//! so a set is made about as fast as the disk takes it. The sets heic, avif, jxl and jp2, which nothing here can compress,
//! are copies of the files of that ending in the folder SEEDS, each with a box of its own behind it.

mod picture;
mod variant;

use picture::{Photograph, Scanner};
use std::error::Error;
use std::fs;
use std::path::Path;
use variant::Seed;

const SETS: &str = "jpeg-large, jpeg-small, ct, png, webp, gif, tiff, bmp, heic, avif, jxl and jp2";

/// Files in one folder.
const FOLDER: u64 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [set, count, folder, more @ ..] = &arguments[..] else {
        return Err(format!("usage: generate SET COUNT FOLDER [SEEDS]; the sets are {SETS}").into());
    };
    let (count, folder) = (count.parse()?, Path::new(folder));
    match set.as_str() {
        // 3 to 5 MB each.
        "jpeg-large" => {
            let pictures = photographs(12, |at| (3150 + at * 70, 2400 + at * 50))?;
            write(folder, count, "jpg", |number| pictures[number as usize % pictures.len()].file(number))
        }
        // About 60 kB each.
        "jpeg-small" => {
            let pictures = photographs(16, |at| (400 + at * 2, 290))?;
            write(folder, count, "jpg", |number| pictures[number as usize % pictures.len()].file(number))
        }
        // 512 KiB of pixels and a header each.
        "ct" => {
            let scanner = Scanner::new(1, 512);
            write(folder, count, "dcm", |number| scanner.file(number))
        }
        "png" | "webp" | "gif" | "tiff" | "bmp" => {
            let seeds = Seed::drawn(set)?;
            write(folder, count, set, |number| seeds[number as usize % seeds.len()].file(number))
        }
        "heic" | "avif" | "jxl" | "jp2" => {
            let seeds = Seed::found(set, Path::new(more.first().ok_or("this set needs a folder of seeds")?))?;
            write(folder, count, set, |number| seeds[number as usize % seeds.len()].file(number))
        }
        _ => Err(format!("the sets are {SETS}").into()),
    }
}

fn photographs(count: u32, size: impl Fn(u32) -> (u32, u32)) -> Result<Vec<Photograph>, Box<dyn Error>> {
    let make = |at| {
        let (width, height) = size(at);
        Photograph::new(width, height, 88, u64::from(at) + 1)
    };
    Ok((0..count).map(make).collect::<Result<_, _>>()?)
}

fn write(folder: &Path, count: u64, extension: &str, file: impl Fn(u64) -> Vec<u8>) -> Result<(), Box<dyn Error>> {
    for number in 0..count {
        let dir = folder.join(format!("madeup-{:04}", number / FOLDER));
        if number % FOLDER == 0 {
            fs::create_dir_all(&dir)?;
        }
        fs::write(dir.join(format!("IMG_{number:06}.{extension}")), file(number))?;
    }
    Ok(())
}
