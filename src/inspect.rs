//! The independent witness: what could identify in a recording, read by code that shares nothing with the surgeons.
//!
//! [`inspect`] lists what a file holds beside its picture; [`witness`] proves of an output that every byte is either
//! coded samples or a part on a list of its own, that the samples are those of the original, and that no string that was
//! cut out stands in it. It reads with the field's libraries (kamadak-exif, img-parts, jxl-frame, dicom-rs) behind bounded checks,
//! and keeps an account of its own of every byte, since those libraries do not see scans, gaps and tails.

mod aiff;
mod avi;
mod bmff;
mod bmp;
mod boxes;
mod bytes;
mod dicom;
mod exif;
mod flac;
mod gif;
mod heif;
mod icc;
mod jp2;
mod jpeg;
mod jxl;
mod little;
mod lzw;
mod matroska;
mod mp3;
mod ogg;
mod png;
mod redacted;
mod residue;
mod stream;
mod tiff;
mod trailer;
mod trouble;
mod vorbis;
mod wav;
mod webp;

#[cfg(test)]
mod battered_tests;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod leaf;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod rough_tests;

pub use redacted::{Redacted, filled, redacted, redacted_as_asked, redacted_claiming};
pub use trouble::Trouble;

use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::place::Place;
use crate::recording::{Deidentification, Family, Format, Identifier};
use std::ops::Range;

/// The most findings that are listed of one file; those beyond are counted.
const MOST_FINDINGS: usize = 2_000;

/// How the witness reads one format.
struct Reading {
    /// Lists what a file holds.
    discover: fn(&dyn Source, &mut Discovery) -> Result<(), Trouble>,
    /// The year of making, from the header alone.
    year: fn(&dyn Source) -> Result<Option<u16>, Trouble>,
    /// Proves an output; how many bytes of samples were compared.
    witness: fn(&Evidence<'_>) -> Result<u64, Trouble>,
}

/// One row of the table: a module with `discover`, `year` and `witness`.
macro_rules! reading {
    ($module:ident) => {
        Reading { discover: $module::discover, year: $module::year, witness: $module::witness }
    };
}

/// Who reads which format.
fn reading(format: Format) -> Option<Reading> {
    Some(match format {
        Format::Jpeg => reading!(jpeg),
        Format::Png => reading!(png),
        Format::WebP => reading!(webp),
        Format::Gif => reading!(gif),
        Format::Tiff | Format::BigTiff => reading!(tiff),
        Format::Heif | Format::Avif => reading!(heif),
        Format::JpegXl | Format::JpegXlCodestream => reading!(jxl),
        Format::Jp2 | Format::J2k => reading!(jp2),
        Format::Bmp => reading!(bmp),
        Format::Mp4 | Format::Mov | Format::ThreeGp | Format::M4a => reading!(bmff),
        Format::Dicom => reading!(dicom),
        Format::Mp3 => reading!(mp3),
        Format::Flac => reading!(flac),
        Format::Ogg => reading!(ogg),
        Format::Matroska => reading!(matroska),
        Format::Wav => reading!(wav),
        Format::Aiff => reading!(aiff),
        Format::Avi => reading!(avi),
        _ => return None,
    })
}

/// Whether the witness reads files of this format.
pub fn supports(format: Format) -> bool {
    reading(format).is_some()
}

/// Everything in a file that could identify.
#[derive(Debug)]
pub struct Inspection {
    /// What the file is, by its content.
    pub format: Format,
    /// Width in pixels, where the file says.
    pub width: Option<u32>,
    /// Height in pixels, where the file says.
    pub height: Option<u32>,
    /// What was found, in the order of the file; last that the pixels are unchecked.
    pub findings: Vec<Finding>,
    values: Vec<(usize, Identifier)>,
    year: Option<u16>,
}

impl Inspection {
    /// Findings with the values found, for `--show-values` on a terminal and for nothing else.
    pub fn values(&self) -> impl Iterator<Item = (&Finding, &Identifier)> {
        self.values.iter().filter_map(|(index, value)| Some((self.findings.get(*index)?, value)))
    }

    /// The year in which the recording says it was made (Exif DateTimeOriginal, DICOM Study Date), for the era alone.
    pub fn year(&self) -> Option<u16> {
        self.year
    }
}

/// Findings as they are come upon.
#[derive(Debug, Default)]
struct Discovery {
    findings: Vec<Finding>,
    values: Vec<(usize, Identifier)>,
    size: Option<(u32, u32)>,
    year: Option<u16>,
    beyond: u64,
    /// Whether a film has sound, or a sound recording pictures that move.
    both: bool,
}

impl Discovery {
    fn push(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        } else {
            self.beyond += 1;
        }
    }

    fn push_with(&mut self, finding: Finding, value: Identifier) {
        if self.findings.len() < MOST_FINDINGS {
            self.values.push((self.findings.len(), value));
        }
        self.push(finding);
    }

    /// Takes a plausible year of making, the first that is stated.
    fn made_in(&mut self, year: u16) {
        if is_plausible(&year) {
            self.year.get_or_insert(year);
        }
    }

    fn into_inspection(mut self, format: Format) -> Inspection {
        if self.beyond > 0 {
            let rest = Finding::new(Code::Junk, Place::Whole {}, Action::Remove);
            self.findings.push(rest.labelled(format!("{} further findings", self.beyond)));
        }
        // What is in the picture or the sound itself is for a person to say.
        let sound = format.family() == Family::Sound;
        if !sound || self.both {
            self.findings.push(Finding::new(Code::PixelsUnchecked, Place::Whole {}, Action::Look));
        }
        if sound || self.both {
            self.findings.push(Finding::new(Code::VoiceUnchecked, Place::Whole {}, Action::Look));
        }
        Inspection {
            format,
            width: self.size.map(|s| s.0),
            height: self.size.map(|s| s.1),
            findings: self.findings,
            values: self.values,
            year: self.year,
        }
    }
}

/// Photography is not older, and nothing is made in the far future.
fn is_plausible(year: &u16) -> bool {
    (1850..=2200).contains(year)
}

/// Lists everything in a file that could identify, and what cleaning does about it.
///
/// # Errors
/// When the file cannot be read, is not of `format`, or asks for more than any real recording does. A file that merely
/// ends too early is read as far as it goes.
pub fn inspect(source: &dyn Source, format: Format) -> Result<Inspection, Trouble> {
    let reading = reading(format).ok_or(Trouble::Unsupported(format))?;
    let mut out = Discovery::default();
    (reading.discover)(source, &mut out)?;
    Ok(out.into_inspection(format))
}

/// The year in which a picture says it was made, from its header alone; none where it does not say.
///
/// For the era of GMC para 22: an embedded date may only prove *1997 or later*.
pub fn year(source: &dyn Source, format: Format) -> Option<u16> {
    let stated = (reading(format)?.year)(source);
    stated.ok()?.filter(is_plausible)
}

/// What the witness is shown.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// What both files are.
    pub format: Format,
    /// The original.
    pub original: &'a dyn Source,
    /// The output, as it will be written.
    pub output: &'a dyn Source,
    /// Ranges of the original that stand nowhere in the output.
    pub dropped: &'a [Range<u64>],
}

impl std::fmt::Debug for Evidence<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Evidence of {} bytes of {:?}", self.output.len(), self.format)
    }
}

/// The proof that an output has nothing left in it. It can only be made by [`witness`].
#[derive(Debug)]
pub struct Cleared {
    samples: u64,
}

impl Cleared {
    /// How many bytes of coded samples, and of headers that decoding needs, are the same before and after.
    pub fn samples(&self) -> u64 {
        self.samples
    }
}

/// Proves that an output holds nothing but the original's coded samples and listed parts, by a reading of its own.
///
/// # Errors
/// What was left, what could not be accounted for, or that the samples differ; the recording is then held.
pub fn witness(evidence: &Evidence<'_>) -> Result<Cleared, Trouble> {
    witness_object(evidence, &Deidentification::default())
}

/// Proves an output as [`witness`] does; of a DICOM object, one that was de-identified with these options.
///
/// # Errors
/// As [`witness`].
pub fn witness_object(evidence: &Evidence<'_>, deidentification: &Deidentification) -> Result<Cleared, Trouble> {
    if evidence.format == Format::Dicom {
        return Ok(Cleared { samples: dicom::witness_object(evidence, deidentification)? });
    }
    let reading = reading(evidence.format).ok_or(Trouble::Unsupported(evidence.format))?;
    let samples = (reading.witness)(evidence)?;
    Ok(Cleared { samples })
}

/// Opens what a File ID names, its components in order.
pub type Opener<'o> = dyn FnMut(&[String]) -> std::io::Result<Box<dyn Source>> + 'o;

/// Proves the directory (DICOMDIR) of a release: every record leads to the next, and all that it says is said by the
/// objects below it. `opener` opens what a File ID names, by its components. The number is how many objects there are.
///
/// # Errors
/// What is not as it should be, or an object that cannot be opened.
pub fn witness_directory(directory: &dyn Source, opener: &mut Opener<'_>) -> Result<u64, Trouble> {
    dicom::directory::witness(directory, opener)
}

/// Reads an output again of which there is no original at hand: that every byte of it is coded samples or a listed part.
/// Whether its samples are those of a source, and whether a removed string stands in it, cannot be asked.
///
/// # Errors
/// As [`witness`].
pub fn reread(output: &dyn Source, format: Format, deidentification: &Deidentification) -> Result<Cleared, Trouble> {
    if format == Format::Dicom {
        return Ok(Cleared { samples: dicom::reread(output, deidentification)? });
    }
    witness(&Evidence { format, original: output, output, dropped: &[] })
}

/// What is left in an output, as it is come upon.
#[derive(Debug, Default)]
struct Left(Vec<Finding>);

impl Left {
    /// Notes that something is left; `what` is a kind, never a value.
    fn note(&mut self, what: impl Into<String>, place: Place) {
        if self.0.len() < 100 {
            self.0.push(Finding::new(Code::Residue, place, Action::Look).labelled(what));
        }
    }

    fn none(self) -> Result<(), Trouble> {
        if self.0.is_empty() { Ok(()) } else { Err(Trouble::Residue(self.0)) }
    }
}
