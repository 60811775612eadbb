//! A data set in which identity hides in one named place per object, and the search for it in whatever comes out.
//!
//! Each place covers one of sixteen traps (`TRAPS`) and holds a canary, a word, day or UID that stands in no other place.
//! A place in the data set comes in every encoding; places around it or in frames come once.

#[path = "canary/attribute.rs"]
mod attribute;
#[path = "canary/frame.rs"]
mod frame;
#[path = "canary/kind.rs"]
mod kind;
#[path = "canary/maker.rs"]
mod maker;
#[path = "canary/wrapping.rs"]
mod wrapping;

use crate::dicom::{Element, FORMS, Form, file, image, laid_open, text, with};
use std::collections::{BTreeSet, HashMap};

/// The traps, by number: where identity stays behind in objects that were cleaned with care.
pub(crate) const TRAPS: [&str; 16] = [
    "preamble and file meta information",
    "pixel data beyond their samples, and what surrounds the data set",
    "inside compressed frames",
    "colour profiles, icons, overlays, curves, annotations, shutters",
    "sequences",
    "attributes new since edition 2024b",
    "attributes that Table E.1-1 does not name",
    "values that are not what their representation says, several values, character sets",
    "private attributes",
    "signatures, padding, encrypted attributes, contributing equipment",
    "lying lengths, duplicates, nesting",
    "dates and times",
    "UIDs",
    "slide labels, reports, documents, radiotherapy, waveforms, directories",
    "values that break their grammar",
    "claims of an earlier de-identification",
];

/// A hiding place, and the objects that have it.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    /// The trap it covers, from 1.
    pub(crate) trap: usize,
    /// What must come through nowhere: ASCII is searched for in other spellings too.
    canaries: Vec<Vec<u8>>,
    /// The objects, each with its encoding.
    pub(crate) files: Vec<(Form, Vec<u8>)>,
}

/// Makes places.
#[derive(Default)]
pub(crate) struct Nest {
    places: Vec<Place>,
}

/// All places.
pub(crate) fn places() -> Vec<Place> {
    let mut nest = Nest::default();
    wrapping::fill(&mut nest);
    frame::fill(&mut nest);
    attribute::fill(&mut nest);
    maker::fill(&mut nest);
    kind::fill(&mut nest);
    nest.places
}

impl Nest {
    /// The next place's canary, as a word.
    fn word(&self) -> String {
        format!("Cnry{:03}Q", self.places.len())
    }

    /// The next place's canary, as a day of 2031.
    fn day(&self) -> String {
        let n = self.places.len();
        format!("2031{:02}{:02}", 1 + n / 28 % 12, 1 + n % 28)
    }

    /// The next place's canary, as a UID.
    fn uid(&self) -> String {
        format!("1.2.999.77.{}.5", 1000 + self.places.len())
    }

    /// The data set that a place is put into: an MR image, an instance of its own.
    fn base(&self, form: Form) -> Vec<Element> {
        let number = FORMS.iter().position(|f| *f == form).unwrap();
        with(image(), vec![text(0x0008_0018, "UI", format!("1.2.999.1.{}.{number}", 1000 + self.places.len()))])
    }

    fn keep(&mut self, trap: usize, name: &'static str, canaries: Vec<Vec<u8>>, files: Vec<(Form, Vec<u8>)>) {
        assert!(!self.places.iter().any(|p| p.name == name), "{name} twice");
        self.places.push(Place { name, trap, canaries, files });
    }

    /// Elements with this canary in the data set, in every encoding.
    fn hold(&mut self, trap: usize, name: &'static str, canary: impl AsRef<[u8]>, new: Vec<Element>) {
        let whole = |form| (form, file(form, &[], &[], &with(self.base(form), new.clone()), &[]));
        let files = FORMS.map(whole).to_vec();
        self.keep(trap, name, vec![canary.as_ref().to_vec()], files);
    }

    /// An element made of a word.
    fn put(&mut self, trap: usize, name: &'static str, make: impl Fn(&str) -> Element) {
        self.put_all(trap, name, |word| vec![make(word)]);
    }

    /// Several elements made of a word.
    fn put_all(&mut self, trap: usize, name: &'static str, make: impl Fn(&str) -> Vec<Element>) {
        let word = self.word();
        self.hold(trap, name, &word, make(&word));
    }

    /// Attributes with a word for a value.
    fn texts(&mut self, trap: usize, list: &[(&'static str, u32, &'static str)]) {
        for (name, tag, vr) in list {
            self.put(trap, name, |word| text(*tag, vr, word));
        }
    }

    /// Attributes with a UID for a value.
    fn uids(&mut self, trap: usize, list: &[(&'static str, u32)]) {
        for (name, tag) in list {
            let uid = self.uid();
            self.hold(trap, name, &uid, vec![text(*tag, "UI", &uid)]);
        }
    }

    /// An object of explicit little endian that is made by hand.
    fn whole(&mut self, trap: usize, name: &'static str, make: impl Fn(&Self, &str) -> Vec<u8>) {
        let word = self.word();
        let files = vec![(Form::Explicit, make(self, &word))];
        self.keep(trap, name, vec![word.into_bytes()], files);
    }
}

/// A canary in one spelling.
struct Needle {
    place: usize,
    bytes: Vec<u8>,
    /// Whether it is a day or time, which another patient's moved date may chance to be.
    digits: bool,
}

/// Searches bytes for every canary in every spelling, in one walk.
pub(crate) struct Search {
    needles: Vec<Needle>,
    by_start: HashMap<[u8; 4], Vec<usize>>,
    starts: Vec<bool>,
}

impl Search {
    pub(crate) fn of(places: &[Place]) -> Self {
        let mut needles = Vec::new();
        for (place, canary) in places.iter().enumerate().flat_map(|(i, p)| p.canaries.iter().map(move |c| (i, c))) {
            let digits = canary.iter().all(|b| b.is_ascii_digit() || b".-+".contains(b)) && !canary.contains(&b'.');
            needles.extend(spellings(canary).into_iter().map(|bytes| Needle { place, bytes, digits }));
        }
        let mut by_start: HashMap<[u8; 4], Vec<usize>> = HashMap::new();
        let mut starts = vec![false; 1 << 16];
        for (i, needle) in needles.iter().enumerate() {
            let start: [u8; 4] = needle.bytes[..4].try_into().unwrap();
            by_start.entry(start).or_default().push(i);
            starts[usize::from(start[0]) << 8 | usize::from(start[1])] = true;
        }
        Self { needles, by_start, starts }
    }

    /// The places whose canaries stand in these bytes; days only of the place that the bytes are of, or of all.
    pub(crate) fn hits(&self, bytes: &[u8], own: Option<usize>) -> BTreeSet<usize> {
        let mut hits = BTreeSet::new();
        for at in 0..bytes.len().saturating_sub(3) {
            if !self.starts[usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1])] {
                continue;
            }
            let Some(list) = self.by_start.get(&bytes[at..at + 4]) else { continue };
            let here = list.iter().map(|i| &self.needles[*i]).filter(|n| bytes[at..].starts_with(&n.bytes));
            hits.extend(here.filter(|n| !n.digits || own.is_none_or(|own| own == n.place)).map(|n| n.place));
        }
        hits
    }
}

/// A canary as it stands, in other letters, in UTF-16, in hexadecimal digits, and with the bytes of 16-bit words turned.
fn spellings(canary: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![canary.to_vec()];
    if let Some(text) = std::str::from_utf8(canary).ok().filter(|t| t.is_ascii()) {
        let hex: String = canary.iter().map(|b| format!("{b:02x}")).collect();
        all.extend([text.to_uppercase().into_bytes(), text.to_lowercase().into_bytes()]);
        all.extend([hex.to_uppercase().into_bytes(), hex.into_bytes()]);
        all.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        all.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
    }
    let turned = |part: &[u8]| part.chunks_exact(2).flat_map(|pair| [pair[1], pair[0]]).collect::<Vec<u8>>();
    all.push(turned(canary));
    all.push(turned(&canary[1..]));
    all.retain(|form| form.len() >= 6);
    all.sort();
    all.dedup();
    all
}

/// An object as it lies, with its data set inflated behind it where it is deflated.
pub(crate) fn opened(bytes: &[u8]) -> Vec<u8> {
    let declares = |uid: &[u8]| memchr::memmem::find(&bytes[..bytes.len().min(1024)], uid).is_some();
    let mut all = bytes.to_vec();
    if declares(b"DICM\x02\0\0\0UL\x04\0") && declares(Form::Deflated.uid().as_bytes()) {
        all.extend(laid_open(Form::Deflated, bytes));
    }
    all
}

/// Bytes with the UIDs blanked that scrubs makes: some of their 39 random digits are somebody's day now and then.
pub(crate) fn without_new_uids(mut bytes: Vec<u8>) -> Vec<u8> {
    let found: Vec<usize> = memchr::memmem::find_iter(&bytes, b"2.25.").collect();
    for at in found {
        let digits = bytes[at + 5..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits >= 30 {
            bytes[at + 5..at + 5 + digits].fill(b'#');
        }
    }
    bytes
}
