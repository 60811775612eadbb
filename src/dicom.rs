//! De-identification of DICOM objects after PS3.15 Annex E, edition 2026c.
//!
//! A data set is walked without copying a value (`walk`); Table E.1-1 (`table`), the keep-list (`keep`) and the
//! representation decide about each element (`rule`); the decisions are carried out to any depth (`clean`); pixel
//! data are carried over by range (`pixel`); preamble and file meta information are written anew (`meta`). What no
//! list allows goes. What the options of E.3 and a user's deviations change of the Basic Profile is in `option`, carried
//! out in `retain` and `dates`, and, where they clean texts, in `descriptor`.

mod called;
mod charset;
mod check;
mod choice;
mod clean;
mod consent;
mod content;
mod counted;
mod dates;
mod describe;
mod descriptor;
mod dictionary;
pub mod directory;
mod document;
mod emit;
mod frame;
mod frames;
mod gather;
mod head;
mod identity;
mod iod;
mod keep;
mod known;
mod meta;
mod open;
mod option;
mod overlay;
mod pattern;
mod pixel;
mod private;
mod reach;
mod redact;
mod retain;
mod rule;
mod safe;
mod samples;
mod segment;
mod spelled;
mod spelling;
mod stamp;
mod surgeon;
mod syntax;
mod table;
mod value;
mod vocabulary;
mod vr;
mod walk;
mod window;

pub use called::called;
pub use consent::Effective;
pub use frames::{Kept, frames, frames_kept, scan_regions};
pub use identity::Identity;
pub use option::may_deviate;
pub use redact::{redact, redact_claiming, redact_kept};
pub use table::EDITION;

use crate::code::key::Mapping;
use crate::code::{Coder, PatientCode};
use crate::cut::{Cut, Source};
use crate::finding::{Action, Code, Finding};
use crate::place::Place;
use crate::plan::{Plan, Refusal};
use crate::recording::{Deidentification, DicomOption, Format, Identifier};
use choice::Choice;
use clean::Addition;
use emit::Emit;
use flate2::Compression;
use flate2::read::DeflateEncoder;
use iod::Iod;
use known::Wording;
use meta::Claim;
use std::fmt;
use std::io::Read;
use surgeon::Surgeon;
use syntax::Encoding;
use value::trim;
use vr::Vr;
use walk::{List, Node};
use window::Window;

/// An object without a SOP Instance UID is known by this much of its beginning.
const BEGINNING: u64 = 64 << 10;

/// Of a refusal: the file is the directory of a DICOM disc, which is no recording.
pub const DIRECTORY: &str = "dicom-directory";
/// Media Storage Directory Storage.
const DIRECTORY_CLASS: &[u8] = b"1.2.840.10008.1.3.10";
/// VL Whole Slide Microscopy Image Storage.
const SLIDE: &[u8] = b"1.2.840.10008.5.1.4.1.1.77.1.6";
/// The SOP classes of encapsulated documents begin so.
const ENCAPSULATED_DOCUMENT: &[u8] = b"1.2.840.10008.5.1.4.1.1.104.";

/// A DICOM object, its elements listed.
pub struct Object<'a> {
    source: &'a dyn Source,
    head: Vec<u8>,
    inflated: Option<Vec<u8>>,
    syntax: String,
    encoding: Encoding,
    /// Where the data set begins in the source (deflated or not).
    start: u64,
    class: Vec<u8>,
    list: List,
}

impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object of {} elements, {:?}", self.list.nodes.len(), self.encoding)
    }
}

/// What values are replaced with.
#[derive(Debug, Clone, Copy)]
pub struct Coding<'a> {
    /// Computes UIDs.
    pub coder: &'a Coder,
    /// The patient's code: stands for name and ID.
    pub patient: &'a PatientCode,
    /// What is done beyond the Basic Profile.
    pub deidentification: &'a Deidentification,
}

impl Coding<'_> {
    fn choice(&self) -> Choice {
        Choice::of(self.deidentification)
    }
}

/// Reads an object: finds the data set, with or without preamble and file meta information, and lists its elements.
///
/// # Errors
/// When the file is no DICOM object, breaks off, lies about lengths, or asks for more than any real one.
pub fn read(source: &dyn Source) -> Result<Object<'_>, Refusal> {
    open::open(source)
}

impl Object<'_> {
    /// Who the object is of, what of, and from when.
    pub fn identity(&self) -> Identity {
        identity::read(self)
    }

    /// Plans the cleaning: the Basic Profile with the options and deviations asked for, every decision a finding.
    ///
    /// # Errors
    /// When the object is of a kind that is not cleaned (directories, encapsulated documents, pictures of slide labels)
    /// or cannot be cleaned and stay valid.
    pub fn plan(&self, coding: &Coding<'_>) -> Result<Plan, Refusal> {
        self.plan_knowing(coding, &[])
    }

    /// The same, with identifiers of the patient that are known beside the object, from a register or key: descriptions
    /// that an option lets stand are cleaned of them too.
    ///
    /// # Errors
    /// As [`Object::plan`].
    pub fn plan_knowing(&self, coding: &Coding<'_>, identifiers: &[Identifier]) -> Result<Plan, Refusal> {
        self.plan_mapping(coding, identifiers, None)
    }

    /// The same, noting in `mapping` every UID that is replaced and what stands in the patient number's place.
    ///
    /// # Errors
    /// As [`Object::plan`]; also when more UIDs would have to be noted than one object has.
    pub fn plan_mapping(
        &self,
        coding: &Coding<'_>,
        identifiers: &[Identifier],
        mapping: Option<&mut Mapping>,
    ) -> Result<Plan, Refusal> {
        self.refuse_kind()?;
        overlay::refuse(self)?;
        let mut findings = Vec::new();
        let place = Place::bytes("preamble and file meta information", 0, self.start);
        findings.push(Finding::new(Code::DicomHeader, place, Action::Replace));
        let choice = coding.choice();
        let moved = choice.has(DicomOption::RetainLongitudinalModifiedDates);
        let claim = Claim::of(coding.deidentification, &self.list.nodes);
        let encoding = if syntax::is_encapsulated(&self.syntax) { Encoding::Explicit } else { self.encoding };
        let mut surgeon = Surgeon {
            nodes: &self.list.nodes,
            window: self.window(),
            coder: coding.coder,
            patient: coding.patient.as_str(),
            deidentification: coding.deidentification,
            choice,
            deviates: coding.deidentification.deviations().next().is_some(),
            weeks: if moved { coding.coder.weeks(coding.patient) } else { 0 },
            iod: Iod::of(&self.class),
            pixels: self.layout(),
            emit: Emit::new(encoding),
            findings,
            path: Vec::new(),
            words: None,
            counted: None,
            wording: Wording::knowing(identifiers),
            blocks: Vec::new(),
            mapping,
        };
        surgeon.top(&self.additions(coding, &claim))?;
        surgeon.note_header(self.text(0x0008_0018), &self.instance(coding))?;
        surgeon.note_header(Some(self.class.clone()), &String::from_utf8_lossy(&self.class(coding)))?;
        let Surgeon { emit, mut findings, .. } = surgeon;
        self.tail(&mut findings);
        let mut cut = Cut::new();
        let header = meta::header(&self.class(coding), &self.instance(coding), &self.syntax);
        cut.write(header, "file meta information");
        self.finish(emit, &mut cut)?;
        let [rows, columns] =
            [0x0028_0010, 0x0028_0011].map(|tag| self.number(tag).and_then(|n| u32::try_from(n).ok()));
        Ok(Plan { format: Format::Dicom, width: columns, height: rows, cut, findings, method: claim.words() })
    }

    /// Puts the data set behind the header, deflated again where it was.
    fn finish(&self, emit: Emit, cut: &mut Cut) -> Result<(), Refusal> {
        let Some(inflated) = &self.inflated else {
            emit.finish(cut);
            return Ok(());
        };
        let mut inner = Cut::new();
        emit.finish(&mut inner);
        let mut bytes = Vec::new();
        inner.write_to(inflated, &mut bytes)?;
        cut.write(deflated(&bytes)?, "the cleaned data set, deflated again");
        Ok(())
    }

    /// Kinds of objects that are held, not cleaned.
    fn refuse_kind(&self) -> Result<(), Refusal> {
        let refuse = |code, what: &str, advice| Err(Refusal { code, what: what.to_owned(), advice });
        if self.class == DIRECTORY_CLASS || self.node(0x0004_1220).is_some() {
            return refuse(
                DIRECTORY,
                "this is the directory of a DICOM disc (DICOMDIR), which names patients and is no recording itself",
                "Nothing need be done: the recordings it lists are cleaned one by one. For a new directory, of the release, run the same command with --file-set.",
            );
        }
        let wraps = self.class.starts_with(ENCAPSULATED_DOCUMENT) || self.node(0x0042_0011).is_some();
        if wraps && !document::is_replaced(&self.class) {
            return refuse(
                "encapsulated-document",
                "this DICOM object wraps a file that is neither PDF nor CDA (a 3D model, its material or something else): it cannot be cleaned, and nothing honest could stand in its place",
                "Leave it out of the collection. A model of a face or a body is to be treated like a photograph of it.",
            );
        }
        if [0x7FE0_0008, 0x7FE0_0009, walk::PIXEL_DATA].iter().filter(|tag| self.node(**tag).is_some()).count() > 1 {
            return refuse(
                "two-pictures",
                "the object holds two pictures, in whole numbers and in floating point, where the standard allows one: only one of them would be looked at",
                "Open it in the viewer that made it and export the picture anew.",
            );
        }
        let image_type = self.text(0x0008_0008).unwrap_or_default();
        let slide = image_type
            .split(|b| *b == b'\\')
            .map(trim)
            .any(|v| v.eq_ignore_ascii_case(b"LABEL") || v.eq_ignore_ascii_case(b"OVERVIEW"));
        let microscopy = self.class == SLIDE || self.text(0x0008_0060).is_some_and(|m| trim(&m) == b"SM");
        let slide = slide && microscopy;
        if slide || self.text(0x0048_0010).is_some_and(|v| trim(&v) == b"YES") {
            return refuse(
                "slide-label",
                "this is a picture of a slide's label or of the whole slide with its label, on which names and numbers stand",
                "Leave it out of the collection; the slide's other pictures do not need it.",
            );
        }
        if self.number(0x0028_0010).is_some_and(|n| n > 0) && !self.has_pixels() && self.list.cut_short {
            return Err(Refusal::truncated("the file breaks off before its picture"));
        }
        Ok(())
    }

    fn has_pixels(&self) -> bool {
        [walk::PIXEL_DATA, 0x7FE0_0008, 0x7FE0_0009].iter().any(|tag| self.node(*tag).is_some())
    }

    /// What we put into the data set: the marks, and name and ID where a study has none.
    fn additions(&self, coding: &Coding<'_>, claim: &Claim) -> Vec<Addition> {
        let mut additions = Vec::new();
        if self.node(0x0020_000D).is_some() {
            for (tag, vr) in [(0x0010_0010, Vr(*b"PN")), (0x0010_0020, Vr::LO)] {
                if self.node(tag).is_none() {
                    additions.push(Addition::Value(tag, vr, coding.patient.as_str().into()));
                }
            }
        }
        additions.extend(claim.marks());
        additions.extend(document::replacement(&self.class));
        // The file meta information names class and instance, so a picture must (PS3.10 7.1).
        let whole = self.has_pixels() || self.node(0x0008_0016).is_some();
        for (tag, uid) in [(0x0008_0018, self.instance(coding).into_bytes()), (0x0008_0016, self.class(coding))] {
            if whole && !uid.is_empty() && self.text(tag).is_none_or(|v| trim(&v).is_empty()) {
                additions.insert(0, Addition::Value(tag, Vr::UI, uid));
            }
        }
        additions.extend(consent::additions(self, coding.deidentification));
        additions.sort_by_key(Addition::tag);
        additions
    }

    /// Bytes behind the data set, and an element that was cut short, as findings.
    fn tail(&self, findings: &mut Vec<Finding>) {
        let length = self.body().len();
        if self.list.end < length {
            let place = Place::bytes("bytes behind the data set", self.list.end, length - self.list.end);
            findings.push(Finding::new(Code::DicomPadding, place, Action::Remove));
        }
    }

    /// The UID that stands for this instance.
    fn instance(&self, coding: &Coding<'_>) -> String {
        let coder = coding.coder;
        match self.text(0x0008_0018).map(|uid| trim(&uid).to_vec()).filter(|uid| !uid.is_empty()) {
            Some(uid) if keep::is_well_known_instance(&uid) || retain::keeps_uid(&uid, coding.choice()) => {
                String::from_utf8_lossy(&uid).into_owned()
            }
            Some(uid) => coder.uid(&uid),
            None => {
                let mut window = self.window();
                let length = window.len().min(BEGINNING);
                let content = window.bytes(0..length).map(<[u8]>::to_vec).unwrap_or_default();
                coder.uid(&content)
            }
        }
    }

    /// The class of the object: as it is, if it is one of the standard's.
    fn class(&self, coding: &Coding<'_>) -> Vec<u8> {
        match &self.class[..] {
            [] => Vec::new(),
            class if keep::is_well_known(class) || retain::keeps_uid(class, coding.choice()) => class.to_vec(),
            class => coding.coder.uid(class).into_bytes(),
        }
    }

    /// How the pixel data are laid out.
    fn layout(&self) -> surgeon::Layout {
        let or = |tag, otherwise| self.number(tag).unwrap_or(otherwise);
        let photometric = self.text(0x0028_0004).unwrap_or_default();
        let frames = pixel::Frames {
            rows: or(0x0028_0010, 0),
            columns: or(0x0028_0011, 0),
            samples: or(0x0028_0002, 1),
            bits: or(0x0028_0100, 0),
            frames: or(0x0028_0008, 1).max(1),
            halved: trim(&photometric).ends_with(b"_422"),
        };
        surgeon::Layout {
            native: frames.length(),
            frame: pixel::Frames { frames: 1, ..frames }.length(),
            fragments: self.list.fragments.clone(),
            syntax: self.syntax.clone(),
            pixels: frames.rows.checked_mul(frames.columns).filter(|n| *n > 0),
            frames: frames.frames,
        }
    }

    fn with_class(mut self) -> Self {
        if let Some(class) = self.text(0x0008_0016).map(|c| trim(&c).to_vec()).filter(|c| !c.is_empty()) {
            self.class = class;
        }
        self
    }

    fn body(&self) -> &dyn Source {
        match &self.inflated {
            Some(bytes) => bytes,
            None => self.source,
        }
    }

    fn window(&self) -> Window<'_> {
        Window::new(self.body(), if self.inflated.is_some() { &[] } else { &self.head })
    }

    fn node(&self, tag: u32) -> Option<&Node> {
        open::outermost(&self.list.nodes, tag)
    }

    /// The value of an outermost element, as it lies.
    fn text(&self, tag: u32) -> Option<Vec<u8>> {
        open::text(&mut self.window(), &self.list.nodes, tag)
    }

    /// The value of an outermost element as a number: US, UL or IS.
    fn number(&self, tag: u32) -> Option<u64> {
        let node = self.node(tag)?;
        let bytes = self.text(tag)?;
        match &surgeon::representation(node).0 {
            b"US" => Some(u64::from(node.encoding.u16(bytes.get(..2)?.try_into().ok()?))),
            b"UL" => Some(u64::from(node.encoding.u32(bytes.get(..4)?.try_into().ok()?))),
            _ => std::str::from_utf8(trim(&bytes)).ok()?.parse().ok(),
        }
    }
}

/// A data set, deflated to an even length (PS3.5 A.5).
fn deflated(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut packed = Vec::new();
    DeflateEncoder::new(bytes, Compression::default()).read_to_end(&mut packed)?;
    if packed.len() % 2 == 1 {
        packed.push(0);
    }
    Ok(packed)
}
