//! Reads of a cleaned object what its records in a directory say.
//!
//! DICOM PS3.3 F.3.2.2 and F.5 (keys), PS3.10 8.2 (File IDs). Nothing is taken from anywhere but the object.

use super::rule::{self, Key, Need};
use crate::code::PatientCode;
use crate::cut::{Cut, Source};
use crate::dicom::emit::{self, Emit};
use crate::dicom::surgeon::representation;
use crate::dicom::syntax::Encoding;
use crate::dicom::value::trim;
use crate::dicom::vr::{Class, Vr};
use crate::dicom::walk::{ITEM, Shape};
use crate::dicom::{Object, read};
use crate::plan::Refusal;

/// A value of a key is read up to this length, far more than any of these attributes may have.
const LONGEST: u64 = 1024;
/// Sequences among keys: codes, and series with their objects; each of few levels.
const DEEPEST: usize = 4;
/// What is taken of the items of such sequences (PS3.3 8.8, 10.4).
const INNER: [u32; 8] =
    [0x0008_0100, 0x0008_0102, 0x0008_0103, 0x0008_0104, 0x0008_1140, 0x0008_1150, 0x0008_1155, 0x0020_000E];

/// What a directory says of one object.
#[derive(Debug)]
pub struct Listed {
    pub(super) kind: &'static str,
    pub(super) patient: Vec<u8>,
    /// UID and keys.
    pub(super) study: (Vec<u8>, Vec<u8>),
    /// Number, UID and keys.
    pub(super) series: (i64, Vec<u8>, Vec<u8>),
    pub(super) number: i64,
    pub(super) instance: Vec<u8>,
    /// File ID, class, instance and transfer syntax.
    pub(super) reference: Vec<u8>,
    pub(super) keys: Vec<u8>,
}

/// Reads what a directory says of an object that lies at `file` (the components of its File ID). None for an object that
/// names no study, series or instance, or for whose class no record is laid down: a file-set has no place for it.
///
/// # Errors
/// When it cannot be read.
pub fn listed(source: &dyn Source, patient: &PatientCode, file: &[&str]) -> Result<Option<Listed>, Refusal> {
    let object = read(source)?;
    let text = |tag| object.text(tag).map(|v| trim(&v).to_vec()).filter(|v| !v.is_empty());
    let class = String::from_utf8(object.class.clone()).unwrap_or_default();
    let is_image = object.number(0x0028_0010).is_some_and(|rows| rows > 0) && object.has_pixels();
    let Some((kind, keys)) = rule::record(&class, is_image) else { return Ok(None) };
    let uids = (text(rule::STUDY_UID), text(rule::SERIES_UID), text(0x0008_0018));
    let (Some(study), Some(series), Some(instance)) = uids else { return Ok(None) };
    let number = |tag| text(tag).and_then(|v| String::from_utf8(v).ok()?.parse().ok()).unwrap_or(0);
    let mut reference = Emit::new(Encoding::Explicit);
    reference.element(0x0004_1500, Vr::CS, file.join("\\").as_bytes())?;
    reference.element(0x0004_1510, Vr::UI, class.as_bytes())?;
    reference.element(0x0004_1511, Vr::UI, &instance)?;
    reference.element(0x0004_1512, Vr::UI, object.syntax.as_bytes())?;
    Ok(Some(Listed {
        kind,
        patient: encoded(&object, rule::PATIENT, patient)?,
        study: (study, encoded(&object, rule::STUDY, patient)?),
        series: (number(rule::SERIES_NUMBER), series, encoded(&object, rule::SERIES, patient)?),
        number: number(rule::INSTANCE_NUMBER),
        instance,
        reference: bytes(reference)?,
        keys: encoded(&object, keys, patient)?,
    }))
}

/// The keys of a record, with the character set where one is needed to read them.
fn encoded(object: &Object<'_>, keys: &[Key], patient: &PatientCode) -> Result<Vec<u8>, Refusal> {
    let mut emit = Emit::new(Encoding::Explicit);
    for key in keys {
        put(object, key, patient, &mut emit)?;
    }
    let plain = bytes(emit)?;
    let charset = object.text(0x0008_0005).map(|v| trim(&v).to_vec()).unwrap_or_default();
    if charset.is_empty() || plain.iter().all(|b| *b < 0x80 && *b != 0x1B) {
        return Ok(plain);
    }
    let mut emit = Emit::new(Encoding::Explicit);
    emit.element(0x0008_0005, Vr::CS, &charset)?;
    Ok([bytes(emit)?, plain].concat())
}

fn put(object: &Object<'_>, key: &Key, patient: &PatientCode, emit: &mut Emit) -> Result<(), Refusal> {
    let vr = Vr(*key.vr);
    if vr == Vr::SQ {
        let items = sequence(object, key.tag, emit)?;
        return if items || key.need == Need::Where { Ok(()) } else { emit.element(key.tag, vr, b"") };
    }
    let value = object.node(key.tag).filter(|n| n.shape == Shape::Value && n.len() <= LONGEST);
    let alike =
        |found: Vr| matches!(found.class(), Class::Text | Class::Code | Class::Date | Class::Number | Class::Uid);
    let value = value.filter(|n| alike(representation(n))).and_then(|_| object.text(key.tag));
    let value = value.map(|v| trim(&v).to_vec()).filter(|v| !v.is_empty());
    match (value, key.need) {
        (Some(value), _) => emit.element(key.tag, vr, &value),
        (None, _) if key.tag == rule::PATIENT_ID => emit.element(key.tag, vr, patient.as_str().as_bytes()),
        (None, Need::One(otherwise)) => emit.element(key.tag, vr, otherwise.as_bytes()),
        (None, Need::Two) => emit.element(key.tag, vr, b""),
        (None, Need::Where) => Ok(()),
    }
}

/// Copies a sequence with what a directory takes of its items; says whether there was one.
fn sequence(object: &Object<'_>, tag: u32, emit: &mut Emit) -> Result<bool, Refusal> {
    let nodes = &object.list.nodes;
    let mut at = 0;
    while let Some(node) = nodes.get(at).filter(|n| n.tag < tag) {
        at = node.next as usize;
    }
    let there = nodes.get(at).filter(|n| n.tag == tag && n.shape == Shape::Sequence && n.next as usize > at + 1);
    if there.is_some() {
        copy(object, at, emit, 0)?;
    }
    Ok(there.is_some())
}

fn copy(object: &Object<'_>, index: usize, emit: &mut Emit, depth: usize) -> Result<(), Refusal> {
    let nodes = &object.list.nodes;
    let node = &nodes[index];
    if depth > DEEPEST {
        return Err(Refusal::too_large("a sequence that a directory repeats is nested too deep"));
    }
    let sequence = emit.open(node.tag, false, None)?;
    let mut at = index + 1;
    while let Some(item) = nodes.get(at).filter(|_| at < node.next as usize) {
        let opened = emit.open(ITEM, false, None)?;
        let mut inner = at + 1;
        while let Some(child) = nodes.get(inner).filter(|_| inner < item.next as usize) {
            match child.shape {
                Shape::Sequence if INNER.contains(&child.tag) => copy(object, inner, emit, depth + 1)?,
                Shape::Value if INNER.contains(&child.tag) && child.len() <= LONGEST => {
                    let value = object.window().bytes(child.value())?.to_vec();
                    emit.element(child.tag, representation(child), trim(&value))?;
                }
                _ => {}
            }
            inner = child.next as usize;
        }
        emit.close(opened)?;
        at = item.next as usize;
    }
    emit.close(sequence)
}

fn bytes(emit: emit::Emit) -> Result<Vec<u8>, Refusal> {
    let mut cut = Cut::new();
    emit.finish(&mut cut);
    let mut out = Vec::new();
    cut.write_to(&Vec::new(), &mut out)?;
    Ok(out)
}
