//! Whole slides: by whom a slide was scanned, which of its directories are levels of the picture, and which are the label
//! and the overview, on which the patient's name stands.
//!
//! The layouts that OpenSlide documents (openslide.org/formats), each by the words or entries it is known by.

mod leica;

use super::entry::{Directory, Form};
use super::fate::{Face, Fate};
use crate::finding::Code;
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::collections::HashSet;

/// Bytes of the first directory's description that are looked at, and of each further one.
const TEXT: u64 = 256 * 1024;
const FURTHER: u64 = 4 * 1024;

/// Who scanned a slide, and so how its levels are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Maker {
    /// Aperio SVS: levels are tiled, label, macro and thumbnail are not, or say so.
    Aperio,
    /// Hamamatsu NDPI: the lens is positive for levels, -1 for the macro, -2 for a map.
    Hamamatsu,
    /// Ventana BIF: levels say `level=`.
    Ventana,
    /// Philips: levels are tiled and not named Label or Macro.
    Philips,
    /// Trestle: levels are tiled.
    Trestle,
    /// Leica SCN: an XML text says which directory is which.
    Leica,
    /// Looks like a slide, and nobody it is known by.
    Unknown,
}

/// The words by which the first directory tells who scanned a slide: entry, where the words stand, the words.
const WORDS: &[(u16, Place, &str, Maker)] = &[
    (270, Place::Start, "aperio", Maker::Aperio),
    (270, Place::Anywhere, "www.leica-microsystems.com/scn", Maker::Leica),
    (700, Place::Anywhere, "<iscan", Maker::Ventana),
    (305, Place::Start, "philips", Maker::Philips),
    (270, Place::Anywhere, "dpufsimport", Maker::Philips),
    (305, Place::Start, "medscan", Maker::Trestle),
    (305, Place::Start, "trestle", Maker::Trestle),
];

/// Words that name pictures beside the slide's own.
const ASIDE: &[&str] = &["label", "macro", "overview", "thumbnail", "barcode"];

/// Levels of a pyramid, and pixels along the longer side of the largest, that make a slide of it.
const LEVELS: usize = 3;
const LARGE: u64 = 8_192;

/// Directories in which Ventana's text is looked for.
const FIRST: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Anywhere,
}

/// A text of a directory, in small letters; empty where there is none.
pub(super) fn text(
    operation: &mut Operation<'_>,
    directory: &Directory,
    tag: u16,
    limit: u64,
) -> Result<String, Refusal> {
    let entry = directory.find(tag).filter(|entry| matches!(entry.kind, 1 | 2 | 7));
    let Some(value) = entry.and_then(|entry| entry.value.clone()) else { return Ok(String::new()) };
    let bytes = operation.reader.read(value.start..value.end.min(value.start + limit), limit)?;
    Ok(String::from_utf8_lossy(&bytes).to_lowercase())
}

/// The fates of a slide's directories; none where this is no slide.
///
/// # Errors
/// A slide by a maker whose layout is not known.
pub(super) fn fates(
    operation: &mut Operation<'_>,
    form: Form,
    directories: &[Directory],
    faces: &[Face],
) -> Result<Option<Vec<Fate>>, Refusal> {
    let mut texts = Vec::with_capacity(directories.len());
    for (index, directory) in directories.iter().enumerate() {
        texts.push(text(operation, directory, 270, if index == 0 { TEXT } else { FURTHER })?);
    }
    let Some(maker) = maker(operation, directories, faces, &texts)? else { return Ok(None) };
    match maker {
        Maker::Unknown => return Err(unknown("a microscope slide by a maker that is not known here")),
        Maker::Hamamatsu if !form.big && operation.reader.length() > u64::from(u32::MAX) => {
            return Err(unknown("a slide by Hamamatsu of more than 4 GB, which is no TIFF file any more"));
        }
        _ => {}
    }
    let levels = match maker {
        Maker::Leica => texts.first().and_then(|text| leica::levels(text)),
        _ => Some(HashSet::new()),
    };
    let levels = levels.ok_or_else(|| unknown("a slide by Leica whose label cannot be told from the slide"))?;
    let mut fates = Vec::with_capacity(directories.len());
    for (index, ((directory, face), text)) in directories.iter().zip(faces).zip(&texts).enumerate() {
        let named = ASIDE.iter().any(|word| text.contains(word));
        let level = match maker {
            Maker::Hamamatsu => lens(operation, form, directory)?.is_some_and(|lens| lens > 0.0),
            Maker::Leica => face.tiled && levels.contains(&index),
            Maker::Ventana => face.tiled && text.contains("level="),
            Maker::Aperio => face.tiled && !last_line(text, &["label", "macro"]) && !face.mask,
            _ => face.tiled && !named,
        };
        fates.push(match level && face.pictured {
            true => Fate::Stays,
            false => Fate::Goes(Code::SlideLabel, aside(face)),
        });
    }
    if !fates.contains(&Fate::Stays) {
        return Err(unknown("a microscope slide in which no picture of the slide is found"));
    }
    Ok(Some(fates))
}

/// Whether the line that names an Aperio picture begins with one of these words.
fn last_line(text: &str, words: &[&str]) -> bool {
    text.lines().skip(1).any(|line| words.iter().any(|word| line.trim_start().starts_with(word)))
}

fn aside(face: &Face) -> String {
    format!("label or overview of a slide, {}×{}", face.width, face.height)
}

/// Who scanned the slide; none where it is none.
fn maker(
    operation: &mut Operation<'_>,
    directories: &[Directory],
    faces: &[Face],
    texts: &[String],
) -> Result<Option<Maker>, Refusal> {
    let Some(first) = directories.first() else { return Ok(None) };
    if first.find(65420).is_some() {
        return Ok(Some(Maker::Hamamatsu));
    }
    for (tag, place, words, maker) in WORDS {
        let text = text(operation, first, *tag, TEXT)?;
        let found = match place {
            Place::Start => text.starts_with(words),
            Place::Anywhere => text.contains(words),
        };
        // The scanners' own pictures are tiled; a photograph that a program of the same name saved is not.
        if found && faces.iter().any(|face| face.tiled) {
            return Ok(Some(*maker));
        }
    }
    // Ventana's text may stand beside the slide's own picture, behind the label.
    for directory in directories.iter().take(FIRST).skip(1) {
        if text(operation, directory, 700, TEXT)?.contains("<iscan") && faces.iter().any(|face| face.tiled) {
            return Ok(Some(Maker::Ventana));
        }
    }
    let levels = faces.iter().filter(|face| face.pictured && face.tiled).count();
    // Something that stands beside a large pyramid and does not say what it is may be the label as well.
    let large = levels >= LEVELS && faces.iter().any(|face| face.tiled && face.width.max(face.height) >= LARGE);
    let stranger = faces.iter().any(|face| face.pictured && !face.tiled && !face.reduced && !face.mask);
    let named = |text: &String| ASIDE.iter().any(|word| text.contains(word));
    let begins = |text: &String| ASIDE.iter().any(|word| text.trim_start().starts_with(word));
    let aside = |face: &Face, text| if face.tiled { begins(text) } else { named(text) };
    let beside = faces.iter().zip(texts).any(|(face, text)| face.pictured && aside(face, text));
    // An OME-TIFF made from a slide names its label in the one text that describes all its pictures.
    let ome = texts.first().is_some_and(|text| {
        text.contains("openmicroscopy.org/schemas/ome")
            && ["label", "macro"].iter().any(|w| text.contains(&format!("name=\"{w}")))
    });
    Ok(((levels >= 2 && beside) || (large && stranger) || ome).then_some(Maker::Unknown))
}

/// The lens of an NDPI directory (65421): its magnification, or which of the other pictures it is.
fn lens(operation: &mut Operation<'_>, form: Form, directory: &Directory) -> Result<Option<f32>, Refusal> {
    let Some(entry) = directory.find(65421).filter(|entry| entry.kind == 11) else { return Ok(None) };
    let bits = entry.read(&mut operation.reader, 4)?.filter(|bytes| bytes.len() == 4);
    Ok(bits.map(|bytes| f32::from_bits(form.number(&bytes) as u32)))
}

fn unknown(what: &str) -> Refusal {
    Refusal {
        code: "not-understood",
        what: format!("this is {what}"),
        advice: "Slides often carry a picture of their label with the patient's name. Export the slide without label and overview, or the region you need as an ordinary picture, then run scrubs again.",
    }
}
