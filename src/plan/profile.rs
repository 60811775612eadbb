//! The profile file: everything about a collection that repeats from run to run.
//!
//! TOML; its JSON Schema is [`SCHEMA`]. Of several rules that speak of a recording the first counts; of assessments all.

mod pixels;
mod reading;

pub use pixels::{Device, PixelRules, area, decoders, percent};
pub use reading::{Fault, ProfileError};

use crate::consent::{Assessment, Offered, Patient, Pattern};
use crate::recording::Deidentification;
use crate::recording::letters::composed;
use crate::recording::terms::{Kind, MadeFor, MadeWhen, Purpose};
use regex::Regex;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The JSON Schema of the profile, for editors.
pub const SCHEMA: &str = include_str!("profile.schema.json");

/// One key of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The table it stands in, empty for the top.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// A value that it may have, as it is written in TOML.
    pub example: &'static str,
    /// What it means, with its default where it has one.
    pub says: &'static str,
}

impl Key {
    /// Its table as a profile writes it: `[[kind]]`; empty at the top.
    pub fn heading(&self) -> String {
        match self.table {
            "" => String::new(),
            "pixels" => "[pixels]".to_owned(),
            "report" => "[report]".to_owned(),
            table => format!("[[{table}]]"),
        }
    }
}

const fn key(table: &'static str, name: &'static str, example: &'static str, says: &'static str) -> Key {
    Key { table, name, example, says }
}

/// Every key. Tables may be stated many times (`[[kind]]`).
pub const KEYS: &[Key] = &[
    key("", "name", r#""ward-4""#, "A word for this profile, which sidecars bear. Default: default."),
    key("", "purpose", r#""teaching""#, "What runs are for where the command line does not say. Default: teaching."),
    key(
        "",
        "keep-gain-map",
        "true",
        "true where gain maps (high dynamic range) of JPEG pictures stay, cleaned. Default: false.",
    ),
    key(
        "",
        "dicom-options",
        r#"["retain-uids"]"#,
        "Options of PS3.15 E.3 by their standard names, as a list. Default: none, the Basic Profile.",
    ),
    key(
        "",
        "dicom-mapping",
        "true",
        "true where custody keeps sealed tables of every UID and patient number replaced in DICOM. Default: false.",
    ),
    key(
        "",
        "dicom-write-consent",
        "true",
        "true where the register's consent is written into DICOM objects, as (0012,0083). Default: false.",
    ),
    key(
        "",
        "dicom-file-set",
        "true",
        "true where the release becomes a DICOM file-set: DICOMDIR, and the objects under DICOM. Default: false.",
    ),
    key("patient-from", "recordings", r#""clinics/**""#, "Which recordings the rule is for, as a glob. Default: all."),
    key("patient-from", "folder", "2", "The folder level that names the patient; 1 is the first below SOURCE."),
    key(
        "patient-from",
        "pattern",
        "'^[^/]*_(?<patient>[0-9]+)_'",
        "A regular expression over the relative path, with a group named patient.",
    ),
    key("patient-from", "issuer", r#""Ward 4""#, "Who issued the numbers so found. Default: not known."),
    key("kind", "recordings", r#""x-rays/**""#, "Which recordings, as a glob."),
    key("kind", "modality", r#""CR""#, "Which recordings, by their DICOM modality."),
    key("kind", "kind", r#""x-ray""#, "What they are of: x-ray, ultrasound, photograph …"),
    key("made-for", "recordings", r#""wounds/**""#, "Which recordings, as a glob."),
    key("made-for", "modality", r#""XC""#, "Which recordings, by their DICOM modality."),
    key("made-for", "made-for", r#""care""#, "Why they were made: care, secondary, public-media."),
    key("made-when", "recordings", r#""old/**""#, "Which recordings, as a glob."),
    key("made-when", "modality", r#""XC""#, "Which recordings, by their DICOM modality."),
    key("made-when", "made-when", r#""before-1997""#, "In which era: before-1997, 1997-or-later."),
    key("existing-collection", "recordings", r#""old/**""#, "Which recordings, as a glob."),
    key("existing-collection", "modality", r#""CR""#, "Which recordings, by their DICOM modality."),
    key(
        "existing-collection",
        "existing-collection",
        r#""yes""#,
        "yes where they are held solely for teaching in a medical setting.",
    ),
    key("assessment", "recordings", r#""wounds/**""#, "Which recordings, as a glob."),
    key("assessment", "identifiable", r#""no""#, "Whether their patients can be recognised: no, may-be, yes."),
    key("assessment", "pixels", r#""no-marks""#, "no-marks where the pictures bear no writing or marks."),
    key("assessment", "by", r#""A. Consultant""#, "Who states it, by name or role; stays in custody."),
    key("assessment", "on", r#""2025-11-20""#, "When, YYYY-MM-DD."),
    key(
        "dicom-attribute",
        "attribute",
        r#""(0008,0070)""#,
        "A DICOM attribute that is not to be treated as the standard says, as (gggg,eeee).",
    ),
    key("dicom-attribute", "action", r#""replace""#, "keep, remove or replace."),
    key("dicom-attribute", "value", r#""a maker""#, "What stands in its place, where it is replaced."),
    key(
        "condition",
        "code",
        r#""dermatology-course-only""#,
        "A word for a condition of use that the vocabulary lacks.",
    ),
    key("condition", "says", r#""Use it in the dermatology course only.""#, "What the user must do."),
    key(
        "pixels",
        "check",
        r#""yes""#,
        "no where nothing looks for writing and faces in the picture itself. Default: yes.",
    ),
    key("pixels", "margins", "5", "Percent of width and height that are covered along each edge, 0 to 49. Default: 0."),
    key(
        "pixels",
        "boxes",
        r#"["0,0,300,40"]"#,
        "Areas that are covered, as a list of \"X,Y,W,H\" in pixels. Default: none.",
    ),
    key(
        "pixels",
        "keep-markers",
        r#""no""#,
        "no where side markers (L, R) are covered like other writing. Default: yes.",
    ),
    key("pixels", "cover-faces", r#""yes""#, "yes where faces are covered rather than reported. Default: no."),
    key(
        "pixels",
        "cover-outside-scan",
        r#""no""#,
        "no where what lies outside an ultrasound's scan regions stays. Default: yes.",
    ),
    key(
        "pixels",
        "decoders",
        r#""built-in""#,
        "built-in where no program of this machine decodes HEIC, AVIF and films; else installed. Default: installed.",
    ),
    key(
        "pixels",
        "ocr",
        r#""tesseract""#,
        "\"tesseract\" where that program reads what is marked: radiography's terms stay, known identifiers go. Default: \"no\".",
    ),
    key(
        "pixels",
        "ocr-words",
        r#"["BUCKY"]"#,
        "Words that may stay where they are read, besides scrubs' own list, as [\"BUCKY\"]. Default: none.",
    ),
    key("pixels.rule", "recordings", r#""scans/**""#, "Which recordings, as a glob."),
    key("pixels.rule", "modality", r#""US""#, "Which recordings, by their DICOM modality."),
    key("pixels.rule", "station", r#""ROOM 2""#, "Which recordings, by their DICOM Station Name."),
    key("pixels.rule", "model", r#""SCANNER 9""#, "Which recordings, by their DICOM Manufacturer's Model Name."),
    key("pixels.rule", "check", r#""yes""#, "As in [pixels], for these recordings."),
    key("pixels.rule", "margins", "5", "As in [pixels], for these recordings."),
    key("pixels.rule", "boxes", r#"["0,0,300,40"]"#, "As in [pixels], for these recordings."),
    key("pixels.rule", "keep-markers", r#""no""#, "As in [pixels], for these recordings."),
    key("pixels.rule", "cover-faces", r#""yes""#, "As in [pixels], for these recordings."),
    key("pixels.rule", "cover-outside-scan", r#""no""#, "As in [pixels], for these recordings."),
    key("pixels.rule", "decoders", r#""built-in""#, "As in [pixels], for these recordings."),
    key("pixels.rule", "ocr", r#""tesseract""#, "As in [pixels], for these recordings."),
    key("pixels.rule", "ocr-words", r#"["BUCKY"]"#, "As in [pixels], for these recordings."),
    key("report", "thumbnails", r#""no""#, "no where the pages of reports show no small pictures. Default: yes."),
];

/// A profile as read from its TOML file; the default keeps nothing and assumes nothing.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    name: Option<String>,
    purpose: Option<Purpose>,
    keep_gain_map: bool,
    dicom_mapping: bool,
    dicom_write_consent: bool,
    dicom_file_set: bool,
    patient_from: Vec<PatientFrom>,
    kind: Vec<Rule<Kind>>,
    made_for: Vec<Rule<MadeFor>>,
    made_when: Vec<Rule<MadeWhen>>,
    existing_collection: Vec<Rule<bool>>,
    assessments: Vec<Assessment>,
    conditions: Vec<Condition>,
    deidentification: Deidentification,
    pixels: pixels::Pixels,
    no_thumbnails: bool,
}

/// A condition of use that the profile defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The word.
    pub code: String,
    /// What the user must do.
    pub says: String,
}

/// Which recordings a rule is for.
#[derive(Debug, Clone, Default)]
struct Scope {
    recordings: Option<Pattern>,
    modality: Option<String>,
}

impl Scope {
    fn holds(&self, path: &str, modality: Option<&str>) -> bool {
        self.recordings.as_ref().is_none_or(|pattern| pattern.matches(path))
            && self.modality.as_deref().is_none_or(|wanted| modality.map(str::trim) == Some(wanted))
    }
}

#[derive(Debug, Clone)]
struct Rule<T> {
    scope: Scope,
    value: T,
}

fn first<T: Copy>(rules: &[Rule<T>], path: &str, modality: Option<&str>) -> Option<T> {
    rules.iter().find(|rule| rule.scope.holds(path, modality)).map(|rule| rule.value)
}

#[derive(Debug, Clone)]
struct PatientFrom {
    recordings: Option<Pattern>,
    source: PatientSource,
    issuer: String,
}

#[derive(Debug, Clone)]
enum PatientSource {
    /// A folder level, from 1.
    Folder(usize),
    /// A regular expression with a group named `patient`.
    Path(Regex),
}

impl PatientFrom {
    fn patient(&self, path: &str) -> Option<Patient> {
        let path = &*composed(path);
        if !self.recordings.as_ref().is_none_or(|pattern| pattern.matches(path)) {
            return None;
        }
        let id = match &self.source {
            PatientSource::Folder(level) => {
                let (folders, _) = path.rsplit_once('/')?;
                folders.split('/').nth(level.checked_sub(1)?)?
            }
            PatientSource::Path(regex) => regex.captures(path)?.name("patient")?.as_str(),
        };
        Patient::new(&self.issuer, id)
    }
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// Every unknown key and every value that a key may not have, with its line.
    pub fn read(text: &str) -> Result<Self, ProfileError> {
        reading::read(text)
    }

    /// Its name, for sidecars: a word.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("default")
    }

    /// The purpose it states.
    pub fn purpose(&self) -> Option<Purpose> {
        self.purpose
    }

    /// Whether gain maps stay, cleaned like the pictures they belong to.
    pub fn keeps_gain_map(&self) -> bool {
        self.keep_gain_map
    }

    /// Whether tables of what was replaced in DICOM objects are kept, sealed.
    pub fn maps_dicom(&self) -> bool {
        self.dicom_mapping
    }

    /// Whether the register's consent is written into DICOM objects.
    pub fn writes_consent(&self) -> bool {
        self.dicom_write_consent
    }

    /// Whether the release becomes a DICOM file-set.
    pub fn makes_file_set(&self) -> bool {
        self.dicom_file_set
    }

    /// Whether the pages of reports show small pictures of recordings.
    pub fn shows_thumbnails(&self) -> bool {
        !self.no_thumbnails
    }

    /// The patient whom the path names, by the first `patient-from` rule that finds one. `path` is relative to SOURCE.
    pub fn patient_of(&self, path: &str) -> Option<Patient> {
        self.patient_from.iter().find_map(|rule| rule.patient(path))
    }

    /// What the recording is of.
    pub fn kind_of(&self, path: &str, modality: Option<&str>) -> Option<Kind> {
        first(&self.kind, path, modality)
    }

    /// Why it was made.
    pub fn made_for_of(&self, path: &str, modality: Option<&str>) -> Option<MadeFor> {
        first(&self.made_for, path, modality)
    }

    /// In which era.
    pub fn made_when_of(&self, path: &str, modality: Option<&str>) -> Option<MadeWhen> {
        first(&self.made_when, path, modality)
    }

    /// Whether it belongs to an existing collection.
    pub fn existing_collection_of(&self, path: &str, modality: Option<&str>) -> Option<bool> {
        first(&self.existing_collection, path, modality)
    }

    /// All that the rules say of its making.
    pub fn offered(&self, path: &str, modality: Option<&str>) -> Offered {
        Offered {
            kind: self.kind_of(path, modality),
            made_for: self.made_for_of(path, modality),
            made_when: self.made_when_of(path, modality),
            existing_collection: self.existing_collection_of(path, modality),
        }
    }

    /// The assessments that are about it.
    pub fn assessments_of(&self, path: &str) -> Vec<&Assessment> {
        self.assessments.iter().filter(|assessment| assessment.is_about(path)).collect()
    }

    /// How DICOM objects are de-identified.
    pub fn deidentification(&self) -> &Deidentification {
        &self.deidentification
    }

    /// What is decided about the pixels of a recording.
    pub fn pixels_of(&self, path: &str, device: Device<'_>) -> PixelRules {
        self.pixels.of(path, device)
    }

    /// Whether what is marked is read in any recording.
    pub fn reads_pixels(&self) -> bool {
        self.pixels.reads()
    }

    /// The conditions it defines.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// The words of these conditions, for reading a register.
    pub fn condition_words(&self) -> BTreeSet<String> {
        self.conditions.iter().map(|condition| condition.code.clone()).collect()
    }

    /// SHA-256 of what it says, whatever its layout and comments: another digest is another profile.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Hash(Sha256::new());
        hash.field(b"scrubs profile 1");
        hash.field(self.name().as_bytes());
        hash.field(self.purpose.map_or("", Purpose::word).as_bytes());
        hash.list(&self.patient_from, |hash, rule| {
            hash.pattern(rule.recordings.as_ref());
            match &rule.source {
                PatientSource::Folder(level) => hash.field(level.to_string().as_bytes()),
                PatientSource::Path(regex) => hash.field(format!("/{}", regex.as_str()).as_bytes()),
            }
            hash.field(rule.issuer.as_bytes());
        });
        hash.rules(&self.kind, |kind| kind.word());
        hash.rules(&self.made_for, |made_for| made_for.word());
        hash.rules(&self.made_when, |made_when| made_when.word());
        hash.rules(&self.existing_collection, |yes| if yes { "yes" } else { "no" });
        hash.list(&self.assessments, |hash, assessment| {
            hash.pattern(Some(&assessment.recordings));
            hash.field(assessment.identifiable.map_or("", |identifiable| identifiable.word()).as_bytes());
            hash.field(if assessment.no_marks { b"no-marks" } else { b"" });
            hash.field(assessment.by.reveal());
            hash.field(assessment.on.map(|date| date.exact()).unwrap_or_default().as_bytes());
        });
        hash.list(&self.conditions, |hash, condition| {
            hash.field(condition.code.as_bytes());
            hash.field(condition.says.as_bytes());
        });
        // A profile that says nothing of it keeps the digest it had before there was this key.
        if self.keep_gain_map {
            hash.field(b"keep-gain-map");
        }
        if self.dicom_mapping {
            hash.field(b"dicom-mapping");
        }
        if self.dicom_write_consent {
            hash.field(b"dicom-write-consent");
        }
        if self.dicom_file_set {
            hash.field(b"dicom-file-set");
        }
        hash.field(self.deidentification.line().as_bytes());
        self.pixels.digest(&mut hash);
        if self.no_thumbnails {
            hash.field(b"no-thumbnails");
        }
        hash.0.finalize().into()
    }

    /// A profile in which nothing is set and every key is explained, with an example. Whoever takes the # away from all
    /// lines has a profile.
    pub fn template() -> String {
        let mut text = String::from(
            "## A profile for scrubs. Take away the # before what you need, and before the heading above it.\n\
             ## The values are examples: put your own in their place.\n",
        );
        let mut table = "";
        for key in KEYS {
            if key.table != table {
                table = key.table;
                text.push_str(&format!("\n# {}\n", key.heading()));
            }
            // A rule has one of the two.
            if (key.table, key.name) == ("patient-from", "pattern") {
                text.push_str(&format!("## or, instead of folder:\n# {}\n", key.heading()));
            }
            text.push_str(&format!("# {} = {}    # {}\n", key.name, key.example, key.says));
        }
        text
    }
}

/// A digest over fields, each led by its length, so that no two profiles give the same input.
struct Hash(Sha256);

impl Hash {
    fn field(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn pattern(&mut self, pattern: Option<&Pattern>) {
        self.field(pattern.map(Pattern::reveal).unwrap_or_default().as_bytes());
    }

    fn list<T>(&mut self, items: &[T], each: impl Fn(&mut Self, &T)) {
        self.field(&(items.len() as u64).to_be_bytes());
        items.iter().for_each(|item| each(self, item));
    }

    fn rules<T: Copy>(&mut self, rules: &[Rule<T>], word: impl Fn(T) -> &'static str) {
        self.list(rules, |hash, rule| {
            hash.pattern(rule.scope.recordings.as_ref());
            hash.field(rule.scope.modality.as_deref().unwrap_or_default().as_bytes());
            hash.field(word(rule.value).as_bytes());
        });
    }
}

#[cfg(test)]
mod tests;
