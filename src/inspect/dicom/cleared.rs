//! The proof of a DICOM object: nothing but its samples, numbers, terms, and texts on a list.
//!
//! PS3.15 E.1.1 (preamble and file meta information), Table E.1-1; what the table does not name is judged by its
//! representation, so that an attribute that nobody thought of is not let through.

use super::aged::Ages;
use super::consent::{self, Stated};
use super::document::Document;
use super::granted::Grants;
use super::original::{Original, Shape, with_data_set};
use super::private::Creators;
use super::samples::Measures;
use super::spelled::{self, Limits};
use super::{Element, Event, Opening, PIXEL_DATA, Walk, frame, guess, lists, name, open, opinion, value, vr};
use crate::cut::Source;
use crate::inspect::bytes::{Bytes, compare, total};
use crate::inspect::residue::Haystack;
use crate::inspect::{Evidence, Left, Trouble, icc};
use crate::place::Place;
use crate::recording::{Deidentification, DicomOption, Format};
use std::ops::Range;

/// The longest text that is read.
const LONGEST: u64 = 1 << 20;

/// What is said of a number that is a person's.
const COUNTED: &str = "number of a person where a measurement belongs";

/// What is known of an output while it is read.
struct Output<'a> {
    original: &'a Original,
    grants: Grants<'a>,
    ages: Ages,
    stated: Stated,
    creators: Creators,
    left: Left,
    hay: Haystack,
    table: Option<Range<u64>>,
    samples: Vec<Range<u64>>,
    encapsulated: bool,
    coding: frame::Coding,
    shape: Shape,
    measures: Measures,
    tags: Vec<u32>,
    document: Document,
    pixels_at: Option<u64>,
}

/// Proves an output of the Basic Profile alone.
pub(in crate::inspect) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    witness_object(evidence, &Deidentification::default())
}

/// Proves an output; the number is how many bytes of samples were compared.
pub(in crate::inspect) fn witness_object(
    evidence: &Evidence<'_>,
    deidentification: &Deidentification,
) -> Result<u64, Trouble> {
    with_data_set(evidence.original, |had, old, at| {
        let grants = Grants::of(deidentification);
        let mut original = Original::read(old, at, |e| grants.compares(e.tag, e.vr))?;
        let mut header = Bytes::new(evidence.original);
        for element in had.meta.iter().filter(|e| &e.vr == b"UI" && grants.compares_header()) {
            original.take_uids(&header.copy(element.value.clone(), 256)?);
        }
        hold(evidence, deidentification, grants, &original, old)
    })
}

/// Reads an output again of which there is no original: whatever needs none is asked of it.
pub(in crate::inspect) fn reread(output: &dyn Source, deidentification: &Deidentification) -> Result<u64, Trouble> {
    let evidence = Evidence { format: Format::Dicom, original: output, output, dropped: &[] };
    with_data_set(output, |_, old, at| {
        let grants = Grants::rereading(deidentification);
        let original = Original::read(old, at, |e| grants.compares(e.tag, e.vr))?;
        let original = original.nameless(deidentification.has(DicomOption::RetainUids));
        hold(&evidence, deidentification, grants, &original, old)
    })
}

/// Holds an output against what is known of its original.
fn hold(
    evidence: &Evidence<'_>,
    deidentification: &Deidentification,
    grants: Grants<'_>,
    original: &Original,
    old: &mut Bytes<'_>,
) -> Result<u64, Trouble> {
    let mut file = Bytes::new(evidence.output);
    let opening = open(&mut file)?;
    let mut output = Output {
        original,
        grants,
        ages: Ages::of(deidentification),
        stated: Stated::of(deidentification),
        creators: Creators::default(),
        left: Left::default(),
        hay: Haystack::default(),
        table: None,
        samples: Vec::new(),
        encapsulated: false,
        coding: frame::Coding::default(),
        shape: Shape::default(),
        measures: Measures::default(),
        tags: Vec::new(),
        document: Document::default(),
        pixels_at: None,
    };
    output.head(&mut file, &opening)?;
    match &opening.inflated {
        Some(data) => {
            let mut new = Bytes::over(data);
            output.account(&mut new, 0)?;
            output.finish(evidence, old, &mut new)
        }
        None => {
            output.account(&mut file, opening.data)?;
            // Only what would be cleared is shown to the library: every length in it has been held to account.
            if output.left.0.is_empty() {
                opinion::second(&mut file, output.pixels_at, &output.tags, &mut output.left)?;
            }
            output.finish(evidence, old, &mut file)
        }
    }
}

impl Output<'_> {
    /// Preamble and file meta information: ours, and nothing of the source's (PS3.10 7.1).
    fn head(&mut self, bytes: &mut Bytes<'_>, opening: &Opening) -> Result<(), Trouble> {
        if opening.odd {
            return Err(Trouble::Unaccounted("a file header that breaks the grammar", Place::Whole {}));
        }
        if opening.preamble != Some(false) {
            self.left.note("preamble", Place::bytes("preamble", 0, 128));
        }
        self.coding = frame::Coding::of(&opening.syntax);
        let end = opening.data;
        for element in &opening.meta {
            let content = bytes.copy(element.value.clone(), 256)?;
            let text = String::from_utf8_lossy(&content);
            let text = text.trim_matches(['\0', ' ']);
            let allowed = match element.tag {
                0x0002_0000 => u32::try_from(end - element.value.end).is_ok_and(|n| content == n.to_le_bytes()),
                0x0002_0001 => content == [0, 1],
                0x0002_0010 => lists::is_well_known(text),
                0x0002_0002 | 0x0002_0003 | 0x0002_0012 => {
                    !text.is_empty()
                        && (value::is_free_uid(text, self.original) || self.grants.keeps_uid(text, self.original))
                }
                0x0002_0013 => text.len() <= 16 && text.to_ascii_uppercase().starts_with("SCRUBS"),
                _ => false,
            };
            if !allowed {
                self.left.note("file header", place("", element));
            }
        }
        Ok(())
    }

    fn account(&mut self, bytes: &mut Bytes<'_>, at: u64) -> Result<(), Trouble> {
        let mut walk = Walk::new(at..bytes.len(), guess(bytes, at)?);
        let mut last = 0;
        let mut in_pixels = false;
        while let Some(event) = walk.next(bytes)? {
            match event {
                Event::Element(element) => {
                    if walk.depth() == 0 {
                        self.order(&mut last, element.tag, element.head)?;
                    }
                    self.element(bytes, &walk, &element)?;
                }
                Event::Sequence { tag, head } => {
                    if walk.depth() == 1 {
                        self.order(&mut last, tag, head)?;
                    }
                    self.sequence(tag, &walk, head);
                }
                Event::Fragments { tag, head } => {
                    in_pixels = tag == PIXEL_DATA && walk.depth() == 0;
                    if !in_pixels {
                        self.left
                            .note("binary data", Place::attribute(format!("{}{}", walk.path(), name(tag)), head, 0));
                    }
                    self.encapsulated |= in_pixels;
                    self.pixels_at = Some(head);
                }
                Event::Fragment(range) => {
                    if in_pixels {
                        self.fragment(bytes, range)?;
                    }
                }
                Event::Close(_) => {
                    if in_pixels {
                        self.frames(bytes)?;
                    }
                    in_pixels = false;
                }
                Event::Broken(range) => {
                    return Err(Trouble::Unaccounted(
                        "bytes that are no element",
                        Place::bytes("data set", range.start, range.end - range.start),
                    ));
                }
            }
        }
        if walk.oddities > 0 {
            return Err(Trouble::Unaccounted("elements or delimiters that break the grammar", Place::Whole {}));
        }
        Ok(())
    }

    /// The frames, with nothing in them but samples.
    fn frames(&mut self, bytes: &mut Bytes<'_>) -> Result<(), Trouble> {
        let found = frame::in_frames(bytes, &self.samples, self.coding.sized(self.shape.frame()), self.shape.frames())?;
        for extra in found.iter().filter(|e| !e.harmless) {
            let (start, length) = (extra.range.start, extra.range.end - extra.range.start);
            self.left.note(extra.label, Place::attribute(name(PIXEL_DATA), start, length));
        }
        Ok(())
    }

    /// The offset table, or a fragment of a frame.
    fn fragment(&mut self, bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<(), Trouble> {
        if self.table.is_none() {
            let mut last = None;
            let mut rising = (range.end - range.start).is_multiple_of(4);
            let table = bytes.copy(range.clone(), LONGEST as usize)?;
            for offset in table.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])) {
                rising &= last.map_or(offset == 0, |l| offset > l) && u64::from(offset) < bytes.len();
                last = Some(offset);
            }
            if !rising || range.end - range.start > LONGEST {
                self.left.note(
                    "offset table that is none",
                    Place::attribute(name(PIXEL_DATA), range.start, range.end - range.start),
                );
            }
            self.table = Some(range);
            return Ok(());
        }
        if self.samples.len() >= 1 << 20 {
            return Err(Trouble::TooLarge("more than a million fragments"));
        }
        self.samples.push(range);
        Ok(())
    }

    /// Elements stand in ascending order, each once: what readers overlook is where things hide.
    fn order(&mut self, last: &mut u32, tag: u32, head: u64) -> Result<(), Trouble> {
        if tag <= *last {
            return Err(Trouble::Unaccounted("an element out of order", Place::attribute(name(tag), head, 0)));
        }
        *last = tag;
        self.tags.push(tag);
        Ok(())
    }

    /// A sequence that begins. The path is of the item that holds it.
    fn sequence(&mut self, tag: u32, walk: &Walk, head: u64) {
        let about = consent::is_about(tag, walk.outermost());
        match about.then(|| self.stated.sequence(tag, &walk.path())).flatten() {
            None => {
                self.attribute(tag, walk, head, b"SQ");
            }
            Some(Err(what)) => self.left.note(what, Place::attribute(format!("{}{}", walk.path(), name(tag)), head, 0)),
            Some(Ok(())) => {}
        }
    }

    /// Whether an attribute may stand in an output at all.
    fn attribute(&mut self, tag: u32, walk: &Walk, head: u64, found: &[u8; 2]) -> bool {
        if self.is_private(tag) {
            return self.private(tag, walk, head, found, &[]);
        }
        let what = if lists::is_outlawed(tag) || tag & 0xffff == 0 {
            "attribute of a group that must go"
        } else if self.grants.must_go(tag) || lists::is_removed(tag) && !self.grants.may_stand(tag, *found) {
            "attribute that must go"
        } else if &vr(tag) == b"UN" && self.grants.may_stand(tag, *found) {
            return true;
        } else if &vr(tag) == b"UN" && !lists::is_replaced(tag) {
            // Of (0072,006D) alone the standard's own representation is UN.
            "attribute that the standard does not know"
        } else if !lists::is_samples(tag) && value::kind(vr(tag)) != value::kind(*found) {
            "attribute of a wrong representation"
        } else {
            return true;
        };
        self.left.note(what, Place::attribute(format!("{}{}", walk.path(), name(tag)), head, 0));
        false
    }

    fn element(&mut self, bytes: &mut Bytes<'_>, walk: &Walk, element: &Element) -> Result<(), Trouble> {
        let tag = element.tag;
        if walk.depth() == 0 && matches!(tag, 0x7fe0_0008..=PIXEL_DATA) {
            self.samples.push(element.value.clone());
            self.pixels_at = Some(element.head);
            return Ok(());
        }
        if consent::is_about(tag, walk.outermost()) {
            let content = bytes.copy(element.value.clone(), 64)?;
            match self.stated.element(tag, element.vr, &walk.path(), &content) {
                None => {}
                Some(objection) => {
                    let _ = objection.map_err(|what| self.left.note(what, place(&walk.path(), element)));
                    return Ok(());
                }
            }
        }
        if walk.depth() == 0 && tag >> 16 == 0x0042 && self.document.is_wrapped() {
            return self.document.take(bytes, element);
        }
        if self.is_private(tag) {
            let content = bytes.copy(element.value.clone(), LONGEST as usize)?;
            let stands = self.private(tag, walk, element.head, &element.vr, &content);
            if stands && self.original.counted.stand_in(element.vr, element.big, &content) {
                self.left.note(COUNTED, place(&walk.path(), element));
            }
            return Ok(());
        }
        if !self.attribute(tag, walk, element.head, &element.vr) {
            return Ok(());
        }
        let length = element.value.end - element.value.start;
        if matches!(tag, 0x7fe0_0001 | 0x7fe0_0002) && !self.is_offsets(bytes, element)? {
            self.left.note("offset table that is none", place("", element));
        }
        self.measures.take(bytes, walk, element)?;
        if lists::is_samples(tag) {
            if let Some(what) = self.measures.objection(bytes, walk, element, self.original)? {
                self.left.note(format!("{what} in {}", name(tag)), place(&walk.path(), element));
            }
            return Ok(());
        }
        let content = bytes.copy(element.value.clone(), LONGEST.max(icc::LONGEST as u64) as usize)?;
        if tag == lists::PROFILE {
            return self.colours(&content, walk, element);
        }
        if walk.depth() == 0 {
            self.shape.take(element, &content);
            if tag == 0x0008_0016 {
                self.document.of(&content);
            }
        }
        self.grants.note(tag, || walk.path(), &content);
        let objection = if length > LONGEST { Some("a value of more than a megabyte") } else { None };
        let objection = objection.or_else(|| value::objection(tag, element.vr, &content, self.original));
        let counts = || self.original.counted.stand_in(element.vr, element.big, &content);
        let objection = objection.or_else(|| counts().then_some(COUNTED));
        let is_binary = matches!(&element.vr, b"US" | b"SS" | b"UL" | b"SL" | b"FL" | b"AT");
        let is_spelled = || is_binary && spelled::in_bytes(&content, Limits::CURVE, self.original);
        let objection = objection.or_else(|| is_spelled().then_some("name or number in binary data"));
        let objection = objection.or_else(|| self.ages.objection(tag, element.vr, || walk.path(), &content));
        let objection = objection.filter(|_| {
            let place = format!("{}{}", walk.path(), name(tag));
            length > LONGEST || !self.grants.excuses(tag, element.vr, &place, &content, self.original)
        });
        let objection = objection.or_else(|| self.grants.contradicts(tag, &content).then_some("false claim"));
        if let Some(what) = objection {
            self.left.note(format!("{what} in {}", name(tag)), place(&walk.path(), element));
        }
        Ok(())
    }

    fn is_private(&self, tag: u32) -> bool {
        tag >> 16 & 1 == 1 && self.grants.has_private()
    }

    /// Whether a private element may stand: under a listed creator, with a value that can be looked at.
    fn private(&mut self, tag: u32, walk: &Walk, head: u64, found: &[u8; 2], content: &[u8]) -> bool {
        let grants = &self.grants;
        let keeps = |uid: &[u8]| grants.keeps_private_uid(uid);
        let objection = self.creators.objection(walk.path(), tag, *found, content, self.original, keeps);
        if let Some(what) = objection {
            self.left.note(what, Place::attribute(format!("{}{}", walk.path(), name(tag)), head, 0));
        }
        objection.is_none()
    }

    /// Whether a value is numbers of 64 bits that could be places in the file (PS3.3 C.7.6.3.1.8).
    fn is_offsets(&self, bytes: &mut Bytes<'_>, element: &Element) -> Result<bool, Trouble> {
        let (length, most) = (element.value.end - element.value.start, bytes.len());
        let table = bytes.copy(element.value.clone(), 16 << 20)?;
        let places = table.chunks_exact(8).all(|b| {
            let b = [b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]];
            u64::from_le_bytes(b) < most
        });
        Ok(places && length == table.len() as u64 && length.is_multiple_of(8))
    }

    fn colours(&mut self, content: &[u8], walk: &Walk, element: &Element) -> Result<(), Trouble> {
        let declared = content.get(..4).map_or(0, |b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
        let padded = content.len() == declared + 1 && content.last() == Some(&0);
        let profile = if padded { &content[..declared] } else { content };
        let account = icc::account(profile);
        if !account.is_neutral() && !content.is_empty() {
            self.left.note("colour profile", place(&walk.path(), element));
        }
        if spelled::in_bytes(profile, Limits::PROFILE, self.original) {
            self.left.note("name or number in a colour profile", place(&walk.path(), element));
        }
        for range in account.open {
            self.hay.add(profile.get(range).unwrap_or_default())?;
        }
        Ok(())
    }

    fn finish(mut self, evidence: &Evidence<'_>, old: &mut Bytes<'_>, new: &mut Bytes<'_>) -> Result<u64, Trouble> {
        let mut original = Bytes::new(evidence.original);
        if self.hay.survivor(&mut original, evidence.dropped)?.is_some() {
            self.left.note("a string that was removed", Place::Whole {});
        }
        if self.stated.is_missing() {
            self.left.note("consent that was to be stated and is not", Place::Whole {});
        }
        if !self.encapsulated && !self.samples.is_empty() && self.measures.has_hidden(new)? {
            self.left.note("entries of a palette that no sample can be", Place::Whole {});
        }
        if !self.document.is_ours() {
            self.left.note(
                "a document that is not the one put in its place",
                Place::attribute("(0042,0011)".to_owned(), 0, 0),
            );
        }
        let left = std::mem::take(&mut self.left);
        left.none()?;
        let [before, after] = self.comparable().ok_or(Trouble::SamplesChanged)?;
        if compare((new, &after), (old, &before))? {
            return Ok(total(&after));
        }
        // What was beside the samples may have been blanked; the samples themselves must be what they were.
        let extras = match self.encapsulated {
            true => frame::in_frames(old, &before, self.coding.sized(self.shape.frame()), self.shape.frames())?,
            false => Vec::new(),
        };
        let Some([before, after]) = frame::without(&extras, &before, &after) else {
            return Err(Trouble::SamplesChanged);
        };
        if extras.is_empty() || !compare((new, &after), (old, &before))? {
            return Err(Trouble::SamplesChanged);
        }
        Ok(total(&after))
    }

    /// The samples of both, without what native pixel data may have had behind the last frame.
    fn comparable(&self) -> Option<[Vec<Range<u64>>; 2]> {
        let (before, after) = (&self.original.samples, &self.samples);
        if self.encapsulated != self.original.encapsulated || before.len() != after.len() {
            return None;
        }
        let ([old], [new], false) = (&before[..], &after[..], self.encapsulated) else {
            return (total(before) == total(after)).then(|| [before.clone(), after.clone()]);
        };
        let (had, has) = (old.end - old.start, new.end - new.start);
        let frames = self.shape.length().unwrap_or(had).min(had);
        let cut = has < had && (has == frames || has == frames + 1 && frames % 2 == 1);
        // A byte that makes the length even is no sample, whatever stood in it.
        let padded = has == had && has == frames + 1 && frames % 2 == 1 || has == had + 1 && had % 2 == 1;
        if has == had && !padded {
            return Some([before.clone(), after.clone()]);
        }
        (cut || padded).then(|| {
            let n = frames.min(has);
            [old, new].map(|r| Vec::from_iter(Some(r.start..r.start + n)))
        })
    }
}

fn place(path: &str, element: &Element) -> Place {
    Place::attribute(format!("{path}{}", name(element.tag)), element.head, element.value.end - element.value.start)
}
