//! Names, numbers and words among the entries of lookup tables and curves, where no sample shows them: an object with any
//! of them is held, plain tables stay as they are, and the witness sees by itself what the surgeon refuses.
#![allow(clippy::unwrap_used, clippy::ptr_arg)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

use scrubs::code::coder::{Coder, CodingSecret};
use scrubs::dicom::{Coding, read};
use scrubs::inspect::{Evidence, witness_object};
use scrubs::recording::{Deidentification, Format};
use support::{Element, FORMS, Form, Value, file, image, items, laid_open, number, text, with};

/// What becomes of an object: its bytes, or why it is held.
fn clean(source: &Vec<u8>) -> Result<Vec<u8>, &'static str> {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"ID 17");
    let how = Deidentification::default();
    let plan = read(source)
        .and_then(|object| object.plan(&Coding { coder: &coder, patient: &patient, deidentification: &how }))
        .map_err(|refusal| refusal.code)?;
    let mut out = Vec::new();
    plan.comprehensive(source.len() as u64).unwrap().plan().cut.write_to(source, &mut out).unwrap();
    Ok(out)
}

fn is_cleared(source: &Vec<u8>, output: &Vec<u8>) -> bool {
    let evidence = Evidence { format: Format::Dicom, original: source, output, dropped: &[] };
    witness_object(&evidence, &Deidentification::default()).is_ok()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

/// The patient whose name and number are planted.
fn patient() -> Vec<Element> {
    vec![
        text(0x0010_0010, "PN", "Cnryfeld^Jane"),
        text(0x0010_0020, "LO", "48577734"),
        text(0x0010_0030, "DA", "19570314"),
    ]
}

/// What is planted. The last is nobody that the object names.
const PLANTED: [&str; 5] = ["CNRYFELD^JANE", "no. 48577734", "cnryfeld", "14031957", "Seen with Mrs Hoeflich"];

/// How letters lie among entries.
type Layout = (&'static str, fn(&str) -> Vec<u8>);

const LAYOUTS: [Layout; 4] = [
    ("in every byte", |text| text.as_bytes().to_vec()),
    ("in the low half of every entry", |text| text.bytes().flat_map(|b| [b, 0]).collect()),
    ("in the high half of every entry", |text| text.bytes().flat_map(|b| [7, b]).collect()),
    ("in turned pairs", |text| text.as_bytes().chunks(2).flat_map(|pair| pair.iter().rev().copied()).collect()),
];

fn numbers(tag: u32, values: &[u16]) -> Element {
    Element { tag, vr: "US", value: Value::Numbers(values.to_vec()) }
}

fn long(tag: u32, value: u16) -> Element {
    Element { tag, vr: "UL", value: Value::Bytes(u32::from(value).to_le_bytes().into()) }
}

/// A place: what it is called, the sequence it is in, its tag, its VR, how long it is, and what describes it.
struct Table {
    name: &'static str,
    sequence: Option<u32>,
    tag: u32,
    vr: &'static str,
    /// What stands before the entries: the head of a segment.
    head: Vec<u16>,
    bytes: usize,
    describing: Vec<Element>,
}

fn tables() -> Vec<Table> {
    let palette = |tag: u32| vec![numbers(tag, &[256, 0, 16])];
    let table =
        |name, tag, describing| Table { name, sequence: None, tag, vr: "OW", head: Vec::new(), bytes: 512, describing };
    let mut all: Vec<Table> = [
        ("red", 0x0028_1201, 0x0028_1101),
        ("green", 0x0028_1202, 0x0028_1102),
        ("blue", 0x0028_1203, 0x0028_1103),
        ("opacity", 0x0028_1204, 0x0028_1104),
    ]
    .map(|(name, tag, descriptor)| table(name, tag, palette(descriptor)))
    .into();
    all.push(Table { bytes: 256, ..table("red of bytes", 0x0028_1201, vec![numbers(0x0028_1101, &[256, 0, 8])]) });
    all.push(Table { head: vec![0, 256], ..table("red in segments", 0x0028_1221, palette(0x0028_1101)) });
    all.push(Table { head: vec![0, 256], ..table("green in segments", 0x0028_1222, palette(0x0028_1102)) });
    all.push(Table { head: vec![0, 256], ..table("blue in segments", 0x0028_1223, palette(0x0028_1103)) });
    for (name, sequence) in
        [("modality", 0x0028_3000), ("values of interest", 0x0028_3010), ("presentation", 0x2050_0010)]
    {
        all.push(Table { sequence: Some(sequence), ..table(name, 0x0028_3006, palette(0x0028_3002)) });
    }
    let large = vec![numbers(0x0028_3002, &[0, 0, 16])];
    all.push(Table { bytes: 131_072, sequence: Some(0x0028_3010), ..table("large", 0x0028_3006, large) });
    all
}

/// Entries that rise evenly, with something in the middle.
fn entries(table: &Table, planted: &[u8]) -> Vec<u8> {
    let step = 131_072 / table.bytes;
    let wide = |n: usize| ((n / 2 * step) as u16).to_le_bytes()[n % 2];
    let mut bytes: Vec<u8> = (0..table.bytes).map(|n| if table.bytes == 256 { n as u8 } else { wide(n) }).collect();
    let at = table.bytes / 2;
    bytes[at..at + planted.len()].copy_from_slice(planted);
    table.head.iter().flat_map(|n| n.to_le_bytes()).chain(bytes).collect()
}

fn object(form: Form, table: &Table, planted: &[u8]) -> Vec<u8> {
    let mut new = vec![Element { tag: table.tag, vr: table.vr, value: Value::Bytes(entries(table, planted)) }];
    new.extend(table.describing.iter().cloned());
    let new = table.sequence.map_or(new.clone(), |sequence| vec![items(sequence, vec![new])]);
    file(form, &[], &[], &with(with(image(), patient()), new), &[])
}

#[test]
fn whatever_is_spelled_in_a_table_holds_the_object_and_a_plain_table_stays() {
    let (mut plain, mut held) = (0, 0);
    for table in tables() {
        for form in FORMS.into_iter().filter(|form| *form != Form::Big) {
            let source = object(form, &table, &[]);
            let out = clean(&source).unwrap_or_else(|code| panic!("{} {form:?}: {code}", table.name));
            assert!(find(&laid_open(form, &out), &entries(&table, &[])).is_some(), "{} {form:?}", table.name);
            assert!(is_cleared(&source, &out), "{} {form:?}", table.name);
            plain += 1;
            for (text, (lie, layout)) in PLANTED.into_iter().flat_map(|t| LAYOUTS.map(|layout| (t, layout))) {
                let result = clean(&object(form, &table, &layout(text))).map(|_| ());
                assert_eq!(result, Err("words-in-table"), "{} {form:?}: {text} {lie}", table.name);
                held += 1;
            }
        }
    }
    assert_eq!((plain, held), (12 * 3, 12 * 3 * 20));
}

#[test]
fn the_witness_sees_what_is_spelled_by_itself() {
    let mut tried = 0;
    for table in tables() {
        let source = object(Form::Explicit, &table, &[]);
        let out = clean(&source).unwrap();
        let at = find(&out, &entries(&table, &[])).unwrap() + 2 * table.head.len() + table.bytes / 2;
        for (text, (lie, layout)) in PLANTED.into_iter().flat_map(|t| LAYOUTS.map(|layout| (t, layout))) {
            let planted = layout(text);
            let mut forged = out.clone();
            forged[at..at + planted.len()].copy_from_slice(&planted);
            assert!(!is_cleared(&object(Form::Explicit, &table, &planted), &forged), "{}: {text} {lie}", table.name);
            tried += 1;
        }
    }
    assert_eq!(tried, 12 * 20);
}

#[test]
fn curves_hold_no_name_and_may_pass_among_letters() {
    let wave = |samples: Vec<u8>| {
        let count = samples.len() as u16 / 2;
        let new = vec![
            number(0x003A_0005, 1),
            long(0x003A_0010, count),
            number(0x5400_1004, 16),
            text(0x5400_1006, "CS", "SS"),
            Element { tag: 0x5400_1010, vr: "OW", value: Value::Bytes(samples) },
        ];
        file(Form::Explicit, &[], &[], &with(with(image(), patient()), vec![items(0x5400_0100, vec![new])]), &[])
    };
    let curve = |planted: &[u8]| -> Vec<u8> {
        let beats = (0..2000i32).map(|n| (70 + (n * 7919 % 13) + (n * n / 50 % 31)) as u16);
        let mut bytes: Vec<u8> = beats.flat_map(u16::to_le_bytes).collect();
        bytes[1000..1000 + planted.len()].copy_from_slice(planted);
        bytes
    };
    let source = wave(curve(&[]));
    let out = clean(&source).unwrap();
    assert!(find(&out, &curve(&[])).is_some() && is_cleared(&source, &out));
    let mut tried = 0;
    for (text, (lie, layout)) in ["Cnryfeld^Jane", "48577734"].into_iter().flat_map(|t| LAYOUTS.map(|l| (t, l))) {
        let planted = curve(&layout(text));
        assert_eq!(clean(&wave(planted.clone())).map(|_| ()), Err("words-in-table"), "{text} {lie}");
        let at = find(&out, &curve(&[])).unwrap();
        let mut forged = out.clone();
        forged[at..at + planted.len()].copy_from_slice(&planted);
        assert!(!is_cleared(&wave(planted), &forged), "{text} {lie}");
        tried += 1;
    }
    assert_eq!(tried, 8);
}

#[test]
fn numbers_in_binary_spell_no_name_in_every_second_byte() {
    let mut tried = 0;
    for (tag, vr) in [(0x0018_6060, "FL"), (0x0028_9503, "SS"), (0x0018_6020, "SL"), (0x0054_0010, "US")] {
        let planted: Vec<u8> = b"Cnryfeld^Jane ".repeat(2).iter().flat_map(|b| [*b, 0]).collect();
        let plain: Vec<u8> = (0..planted.len()).map(|n| if n % 2 == 0 { n as u8 } else { 0 }).collect();
        let of = |value: &[u8]| {
            let new = vec![text(tag, vr, value)];
            file(Form::Explicit, &[], &[], &with(with(image(), patient()), new), &[])
        };
        let (source, own) = (of(&plain), of(&planted));
        let (honest, out) = (clean(&source).unwrap(), clean(&own).unwrap());
        let at = find(&honest, &plain);
        assert!(at.is_some() && is_cleared(&source, &honest), "{tag:08X}");
        assert!(find(&out, &planted).is_none() && is_cleared(&own, &out), "{tag:08X}");
        let mut forged = honest.clone();
        forged[at.unwrap()..at.unwrap() + planted.len()].copy_from_slice(&planted);
        assert!(!is_cleared(&own, &forged), "{tag:08X}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn tables_in_segments_make_as_many_entries_as_they_say() {
    let segments = |entries: u16, bits: u16, numbers_of: &[u16]| {
        let new = vec![
            numbers(0x0028_1101, &[entries, 0, bits]),
            Element { tag: 0x0028_1221, vr: "OW", value: Value::Numbers(numbers_of.to_vec()) },
        ];
        file(Form::Explicit, &[], &[], &with(image(), new), &[])
    };
    let cases: [(&str, u16, u16, &[u16], bool); 7] = [
        ("three values, a line, both again", 12, 16, &[0, 3, 7, 8, 9, 1, 3, 20, 2, 2, 0, 0], true),
        ("in bytes", 4, 8, &[0x0200, 0x0807, 0x0102, 0, 0], true),
        ("more values than entries", 2, 16, &[0, 3, 7, 8, 9], false),
        ("fewer", 9, 16, &[0, 3, 7, 8, 9], false),
        ("values behind a repetition that made all", 6, 16, &[0, 3, 7, 8, 9, 2, 1, 0, 0, 0, 2, 5, 5], true),
        ("a repetition of what is no segment", 6, 16, &[0, 3, 7, 8, 9, 2, 1, 2, 0], false),
        ("a line without a beginning", 3, 16, &[1, 3, 20], false),
    ];
    let mut tried = 0;
    for (name, entries, bits, of, stays) in cases {
        let source = segments(entries, bits, of);
        match clean(&source) {
            Ok(out) => {
                assert!(stays && is_cleared(&source, &out), "{name}");
                let surplus: Vec<u8> = [0u16, 2, 5, 5].iter().flat_map(|n| n.to_le_bytes()).collect();
                assert!(find(&out, &surplus).is_none(), "{name}");
            }
            Err(code) => assert!(!stays && code == "lookup-table", "{name}: {code}"),
        }
        tried += 1;
    }
    assert_eq!(tried, 7);
    // A witness that is shown such a table as an output objects.
    let honest = segments(3, 16, &[0, 3, 7, 8, 9]);
    let mut forged = clean(&honest).unwrap();
    let at = find(&forged, &[1, 0x11, b'U', b'S', 6, 0, 3, 0])
        .map_or_else(|| find(&forged, b"US\x06\0\x03\0").unwrap() + 4, |at| at + 6);
    forged[at] = 2;
    assert!(!is_cleared(&honest, &forged));
}

#[test]
fn entries_of_a_palette_that_no_sample_can_be_are_blanked() {
    // Samples have 12 bits of 16: entries for 0 to 4,095 are reached, and what lies below the first stays the first's.
    let palette = |first: u16, bits: u16, entries: u16, planted: &[u8], at: usize, more: Vec<Element>| {
        let length = usize::from(entries) * usize::from(bits) / 8;
        let mut bytes: Vec<u8> = (0..length).map(|n| (n as u32 * 200 / length as u32) as u8 | 128).collect();
        bytes[at..at + planted.len()].copy_from_slice(planted);
        let new = vec![
            numbers(0x0028_1101, &[entries, first, bits]),
            Element { tag: 0x0028_1201, vr: "OW", value: Value::Bytes(bytes) },
        ];
        file(Form::Explicit, &[], &[], &with(with(with(image(), patient()), new), more), &[])
    };
    let table = |file: &[u8]| support::elements(file).into_iter().find(|e| e.0 == 0x0028_1201).unwrap().2;
    let planted = b"\xFBa secret code 4711";
    let mut tried = 0;
    for (first, bits, entries, reached) in
        [(0, 16, 5000, 8192), (0, 8, 5000, 4096), (90, 16, 5000, 2 * 4006), (5000, 16, 300, 2), (5000, 8, 300, 1)]
    {
        let length = usize::from(entries) * usize::from(bits) / 8;
        let source = palette(first, bits, entries, planted, reached + 5, Vec::new());
        let before = table(&source);
        let out = clean(&source).unwrap();
        let after = table(&out);
        assert_eq!((after.len(), &after[..reached]), (length, &before[..reached]), "{first} {bits}");
        assert!(after[reached..].iter().all(|b| *b == 0), "{first} {bits}");
        assert!(is_cleared(&source, &out), "{first} {bits}");
        assert!(clean(&out).unwrap().len() == out.len());
        let at = find(&out, &after[..reached.max(2)]).unwrap() + reached;
        let mut forged = out.clone();
        let end = forged.len();
        forged[(at + length - reached - 9).min(end)] = 200;
        assert!(!is_cleared(&source, &forged), "{first} {bits}");
        tried += 1;
    }
    assert_eq!(tried, 5);
    // Where samples may have a sign or be padding, or none are there, nobody knows what they are.
    for more in [
        vec![number(0x0028_0103, 1)],
        vec![Element { tag: 0x0028_0120, vr: "US", value: Value::Numbers(vec![0]) }],
        vec![number(0x0028_0101, 16), number(0x0028_0102, 15)],
    ] {
        let source = palette(0, 16, 5000, b"\xFB\xFA", 9000, more);
        let out = clean(&source).unwrap();
        assert!(table(&out) == table(&source) && is_cleared(&source, &out));
        tried += 1;
    }
    assert_eq!(tried, 8);
}

/// A profile of grey with a curve of so many points, `planted` among them.
fn profile(planted: &[u8]) -> Vec<u8> {
    let mut points: Vec<u8> = (0..256u16).flat_map(|n| (n * 257).to_be_bytes()).collect();
    points[100..100 + planted.len()].copy_from_slice(planted);
    let curve = [&b"curv\0\0\0\0\0\0\x01\0"[..], &points].concat();
    let white = b"XYZ \0\0\0\0\0\0\xF6\xD6\0\x01\0\0\0\0\xD3\x2D";
    let mut profile = vec![0; 128];
    profile[8] = 2;
    profile[12..24].copy_from_slice(b"mntrGRAYXYZ ");
    profile[24..30].copy_from_slice(&[7, 0xD0, 0, 1, 0, 1]);
    profile[36..40].copy_from_slice(b"acsp");
    profile[68..80].copy_from_slice(&white[8..]);
    profile.extend(2u32.to_be_bytes());
    for (name, start, length) in [(b"kTRC", 156, curve.len()), (b"wtpt", 156 + curve.len(), white.len())] {
        profile.extend(name);
        profile.extend((start as u32).to_be_bytes());
        profile.extend((length as u32).to_be_bytes());
    }
    profile.extend(curve);
    profile.extend(white);
    let length = (profile.len() as u32).to_be_bytes();
    profile[..4].copy_from_slice(&length);
    profile
}

#[test]
fn a_colour_profile_that_spells_the_patient_goes() {
    let with_profile = |planted: &[u8]| {
        let new = text(0x0028_2000, "OB", profile(planted));
        file(Form::Explicit, &[], &[], &with(with(image(), patient()), vec![new]), &[])
    };
    let has_profile = |out: &[u8]| find(out, b"acsp").is_some();
    let source = with_profile(&[]);
    let honest = clean(&source).unwrap();
    assert!(has_profile(&honest) && is_cleared(&source, &honest));
    let mut tried = 0;
    for text in ["Cnryfeld^Jane", "48577734"] {
        for (lie, layout) in LAYOUTS {
            let source = with_profile(&layout(text));
            let out = clean(&source).unwrap();
            assert!(!has_profile(&out) && is_cleared(&source, &out), "{text} {lie}");
            // The same place in an output that kept the profile.
            let at = find(&honest, &profile(&[])[156 + 12 + 100..156 + 12 + 140]).unwrap();
            let mut forged = honest.clone();
            forged[at..at + layout(text).len()].copy_from_slice(&layout(text));
            assert!(!is_cleared(&source, &forged), "{text} {lie}");
            tried += 1;
        }
    }
    assert_eq!(tried, 8);
}
