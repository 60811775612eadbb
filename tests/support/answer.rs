//! Makes the objects of the answer key from its rows, cleans them, and looks up what became of an attribute.

use crate::dicom::{Element, Form, Value, encode, file, is_long, items, laid_open, number, text};
use scrubs::code::coder::{Coder, CodingSecret};
use scrubs::dicom::{Coding, read};
use scrubs::inspect::{Evidence, witness_object};
use scrubs::recording::{Deidentification, DicomOption, Format};
use std::collections::BTreeMap;

/// A question and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) kind: String,
    pub(crate) object: String,
    pub(crate) path: String,
    pub(crate) vr: &'static str,
    pub(crate) given: String,
    pub(crate) answer: String,
}

/// What an object is of.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) class: &'static str,
    pub(crate) modality: &'static str,
    /// Name and number of the patient.
    patient: (&'static str, &'static str),
}

const ONE: (&str, &str) = ("Marchetti^Aurelio", "MRN-4410001");
const TWO: (&str, &str) = ("Okonkwo^Zuberi", "MRN-4410002");
const THREE: (&str, &str) = ("Lindqvist^Saga", "MRN-4410003");

const fn kind(
    name: &'static str,
    class: &'static str,
    modality: &'static str,
    patient: (&'static str, &'static str),
) -> Kind {
    Kind { name, class, modality, patient }
}

pub(crate) const OBJECTS: [Kind; 10] = [
    kind("CT1", "1.2.840.10008.5.1.4.1.1.2", "CT", ONE),
    kind("CT2", "1.2.840.10008.5.1.4.1.1.2", "CT", ONE),
    kind("PT1", "1.2.840.10008.5.1.4.1.1.128", "PT", ONE),
    kind("US1", "1.2.840.10008.5.1.4.1.1.6.1", "US", ONE),
    kind("MR1", "1.2.840.10008.5.1.4.1.1.4", "MR", TWO),
    kind("MR2", "1.2.840.10008.5.1.4.1.1.4", "MR", TWO),
    kind("SR1", "1.2.840.10008.5.1.4.1.1.88.33", "SR", TWO),
    kind("CR1", "1.2.840.10008.5.1.4.1.1.1", "CR", THREE),
    kind("DX1", "1.2.840.10008.5.1.4.1.1.1.1", "DX", THREE),
    kind("MG1", "1.2.840.10008.5.1.4.1.1.1.2", "MG", THREE),
];

/// An object before and after.
pub(crate) struct Cleaned {
    pub(crate) source: Vec<u8>,
    pub(crate) output: Vec<u8>,
    /// By how many weeks the patient's dates move.
    pub(crate) weeks: u32,
}

const VRS: [&str; 16] = ["", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "OB", "OW", "PN", "SH", "ST", "UI", "UT"];

pub(crate) fn rows() -> Vec<Row> {
    let lines = include_str!("answers.tsv").lines().filter(|l| !l.starts_with('#'));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [kind, object, path, vr, given, answer] = cells[..] else { panic!("six cells: {line}") };
        let vr = VRS.iter().find(|known| **known == vr).unwrap_or_else(|| panic!("{line}"));
        let [kind, object, path, given, answer] = [kind, object, path, given, answer].map(str::to_owned);
        Row { kind, object, path, vr, given, answer }
    };
    lines.map(row).collect()
}

fn tags(path: &str) -> Vec<u32> {
    let tag = |part: &str| u32::from_str_radix(&part.trim_matches(['(', ')']).replace(',', ""), 16).unwrap();
    path.split('/').map(tag).collect()
}

/// What every object of this kind has.
fn head(kind: &Kind) -> Vec<Element> {
    vec![
        text(0x0008_0005, "CS", "ISO_IR 100"),
        text(0x0008_0016, "UI", kind.class),
        text(0x0008_0060, "CS", kind.modality),
        text(0x0010_0010, "PN", kind.patient.0),
        text(0x0010_0020, "LO", kind.patient.1),
    ]
}

/// A picture in so many rows × columns × bits × samples × frames, and its samples as they lie.
fn picture(form: Form, size: [usize; 5]) -> (Vec<Element>, Vec<u8>) {
    let [rows, columns, bits, samples, frames] = size;
    let count = rows * columns * samples * frames;
    let bytes: Vec<u8> = match (bits, form) {
        (8, _) => (0..count).map(|n| (n * 7 % 251) as u8).collect(),
        (_, Form::Big) => (0..count).flat_map(|n| ((n * 37 % 4096) as u16).to_be_bytes()).collect(),
        _ => (0..count).flat_map(|n| ((n * 37 % 4096) as u16).to_le_bytes()).collect(),
    };
    let stored = if bits == 8 { 8 } else { 12 };
    let colours = if samples == 3 { "RGB" } else { "MONOCHROME2" };
    let mut all = vec![
        text(0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\OTHER"),
        number(0x0028_0002, samples as u16),
        text(0x0028_0004, "CS", colours),
        text(0x0028_0008, "IS", frames.to_string()),
        number(0x0028_0010, rows as u16),
        number(0x0028_0011, columns as u16),
        number(0x0028_0100, bits as u16),
        number(0x0028_0101, stored),
        number(0x0028_0102, stored - 1),
        number(0x0028_0103, 0),
        Element { tag: 0x7FE0_0010, vr: "OW", value: Value::Bytes(bytes.clone()) },
    ];
    if samples == 3 {
        all.push(number(0x0028_0006, 0));
    }
    (all, bytes)
}

/// Puts a value at a path, in the first item of each sequence on the way.
fn put(elements: &mut Vec<Element>, path: &[u32], vr: &'static str, given: &str) {
    let (tag, rest) = (path[0], &path[1..]);
    let at = elements.iter().position(|e| e.tag == tag);
    if rest.is_empty() {
        if let Some(at) = at {
            elements.remove(at);
        }
        return elements.push(text(tag, vr, given));
    }
    let mut item = match at.map(|at| elements.remove(at).value) {
        Some(Value::Items(items)) => items.into_iter().next().unwrap(),
        _ => Vec::new(),
    };
    put(&mut item, rest, vr, given);
    elements.push(items(tag, vec![item]));
}

/// The objects of the key, each with all that the rows say it holds, cleaned and proved.
pub(crate) fn objects(rows: &[Row]) -> BTreeMap<String, Cleaned> {
    let mut all = BTreeMap::new();
    for kind in &OBJECTS {
        let mut elements = head(kind);
        if kind.modality != "SR" {
            elements.extend(picture(Form::Explicit, [4, 4, 16, 1, 1]).0);
        } else {
            put(&mut elements, &[0x0040_A730, 0x0040_A040], "CS", "TEXT");
            put(&mut elements, &[0x0040_A730, 0x0040_A010], "CS", "CONTAINS");
        }
        let own = |r: &&Row| r.object == kind.name && r.path != "samples" && !r.given.is_empty();
        for row in rows.iter().filter(own).filter(|r| !r.answer.starts_with("refused")) {
            put(&mut elements, &tags(&row.path), row.vr, &row.given);
        }
        let source = file(Form::Explicit, b"", &[], &elements, b"");
        let cleaned = clean(source, kind.name).unwrap_or_else(|code| panic!("{}: {code}", kind.name));
        all.insert(kind.name.to_owned(), cleaned);
    }
    all
}

/// Cleans an object as the key asks: dates moved, descriptions and structured content cleaned, the rest after the Basic
/// Profile. The witness must clear it.
pub(crate) fn clean(source: Vec<u8>, object: &str) -> Result<Cleaned, &'static str> {
    let options = [
        DicomOption::CleanDescriptors,
        DicomOption::CleanStructuredContent,
        DicomOption::RetainLongitudinalModifiedDates,
    ];
    let how = Deidentification::new(options.into(), Default::default());
    let coder = Coder::new(&CodingSecret::new([7; 32]));
    let number = OBJECTS.iter().find(|o| o.name == object).map_or("MRN-0", |o| o.patient.1);
    let patient = coder.patient(b"", number.as_bytes());
    let coding = Coding { coder: &coder, patient: &patient, deidentification: &how };
    let plan = read(&source).and_then(|object| object.plan(&coding)).map_err(|refusal| refusal.code)?;
    let mut output = Vec::new();
    plan.comprehensive(source.len() as u64).unwrap().plan().cut.write_to(&source, &mut output).unwrap();
    let evidence = Evidence { format: Format::Dicom, original: &source, output: &output, dropped: &[] };
    witness_object(&evidence, &how).unwrap_or_else(|trouble| panic!("{object}: {trouble:?}"));
    Ok(Cleaned { source, output, weeks: coder.weeks(&patient) })
}

/// An object for one row alone, and its samples.
pub(crate) fn alone(row: &Row) -> (Vec<u8>, Vec<u8>) {
    let other = Kind { name: "", class: "1.2.840.10008.5.1.4.1.1.7", modality: "OT", patient: THREE };
    let kind = OBJECTS.iter().find(|o| o.name == row.object).unwrap_or(&other);
    let mut elements = head(kind);
    elements.push(text(0x0008_0018, "UI", "1.2.999.44.1"));
    elements.push(text(0x0020_000D, "UI", "1.2.999.44.2"));
    let (form, size) = row.given.split_once(' ').filter(|_| row.answer == "same").unwrap_or(("explicit", "4x4x16x1x1"));
    let size: Vec<usize> = size.split('x').map(|n| n.parse().unwrap()).collect();
    let form_of = [("implicit", Form::Implicit), ("big", Form::Big), ("deflated", Form::Deflated)];
    let form_of = form_of.iter().find(|(word, _)| *word == form).map_or(Form::Explicit, |(_, form)| *form);
    let (mut picture, samples) = picture(form_of, size.try_into().unwrap());
    let pixels = picture.iter_mut().find(|e| e.tag == 0x7FE0_0010).unwrap();
    match (form, &row.given[..], &mut pixels.value) {
        ("behind", _, Value::Bytes(bytes)) => bytes.extend_from_slice(b"WRITTENBEHIND"),
        (_, "unused bits" | "overlay in unused bits", Value::Bytes(bytes)) => bytes[9] |= 0x80,
        _ => {}
    }
    elements.extend(picture);
    if row.given.starts_with("overlay") {
        let plane = [(0x6000_0010, 4), (0x6000_0011, 4), (0x6000_0100, 16), (0x6000_0102, 15)];
        elements.extend(plane.map(|(tag, n)| number(tag, n)));
    }
    if row.path != "samples" {
        put(&mut elements, &[0x0008_0060], "CS", if row.object == "SM1" { "SM" } else { &row.object });
        put(&mut elements, &tags(&row.path), row.vr, &row.given);
    }
    (file(form_of, &[], &[], &elements, &[]), samples)
}

/// The samples of an output as they lie, without the byte that makes their length even.
pub(crate) fn frames(output: &[u8]) -> Vec<u8> {
    let forms = [Form::Implicit, Form::Big, Form::Deflated];
    let is = |form: &Form| holds(&output[..400], &[form.uid().as_bytes(), b"\0\x02\0\x12\0"].concat());
    let even = |form: &Form| holds(&output[..400], &[form.uid().as_bytes(), b"\x02\0\x12\0"].concat());
    let form = forms.into_iter().find(|form| is(form) || even(form)).unwrap_or(Form::Explicit);
    let open = laid_open(form, output);
    let head = encode(form, &[Element { tag: 0x7FE0_0010, vr: "OW", value: Value::Bytes(Vec::new()) }]);
    let start = open.windows(head.len() - 4).rposition(|w| w == &head[..head.len() - 4]).unwrap() + head.len();
    let length: [u8; 4] = open[start - 4..start].try_into().unwrap();
    let length = if form == Form::Big { u32::from_be_bytes(length) } else { u32::from_le_bytes(length) } as usize;
    assert_eq!(start + length, open.len(), "nothing stands behind the samples");
    let declared = declared(&open, form);
    open[start..start + declared.min(length)].to_vec()
}

/// How many bytes of samples the header says there are.
fn declared(open: &[u8], form: Form) -> usize {
    let short = |tag: u32| {
        let head = encode(form, &[number(tag, 0)]);
        let at = open.windows(head.len() - 2).position(|w| w == &head[..head.len() - 2]).unwrap() + head.len() - 2;
        let bytes: [u8; 2] = open[at..at + 2].try_into().unwrap();
        usize::from(if form == Form::Big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let one = encode(form, &[text(0x0028_0008, "IS", "1")]);
    let at = open.windows(one.len() - 2).position(|w| w[..4] == one[..4]).unwrap() + one.len() - 2;
    let count = String::from_utf8_lossy(&open[at..at + 2]).trim().parse::<usize>().unwrap();
    short(0x0028_0010) * short(0x0028_0011) * short(0x0028_0002) * count * short(0x0028_0100) / 8
}

/// The value at a path in an object of explicit little endian, in the first item of each sequence on the way.
pub(crate) fn value(object: &[u8], path: &str) -> Option<Vec<u8>> {
    let mut at = 132;
    let mut bytes = object;
    let path = tags(path);
    for (depth, wanted) in path.iter().enumerate() {
        loop {
            let head = bytes.get(at..at + 8)?;
            let n16 = |i: usize| u16::from_le_bytes([head[i], head[i + 1]]);
            let tag = u32::from(n16(0)) << 16 | u32::from(n16(2));
            let long = is_long(std::str::from_utf8(&head[4..6]).unwrap());
            let (start, length) = if long {
                (at + 12, u32::from_le_bytes(bytes.get(at + 8..at + 12)?.try_into().unwrap()) as usize)
            } else {
                (at + 8, usize::from(n16(6)))
            };
            if tag == *wanted {
                let found = bytes.get(start..start + length)?;
                if depth + 1 == path.len() {
                    return Some(found.to_vec());
                }
                (bytes, at) = (found, 8);
                break;
            }
            at = start + length;
        }
    }
    None
}

pub(crate) fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}
