//! DICOM de-identification as a user meets it: nothing planted comes through, the picture does, relations survive.
// A `Vec` is a `Source` as it is; a bare slice, being unsized, cannot be passed as one.
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::ptr_arg)]

#[path = "support/dicom.rs"]
mod support;

use scrubs::code::coder::{Coder, CodingSecret, PatientCode};
use scrubs::cut::{Piece, Source};
use scrubs::dicom::{Coding, read};
use scrubs::plan::{Plan, Refusal};
use scrubs::recording::Deidentification;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::{Element, FORMS, Form, Value, elements, file, image, items, laid_open, number, open, text, with};

fn coder() -> (Coder, PatientCode) {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"ID 17");
    (coder, patient)
}

fn plan(bytes: &Vec<u8>) -> Result<Plan, Refusal> {
    let (coder, patient) = coder();
    read(bytes)?.plan(&Coding { coder: &coder, patient: &patient, deidentification: &Deidentification::default() })
}

fn clean(bytes: &Vec<u8>) -> Result<Vec<u8>, Refusal> {
    let plan = plan(bytes)?.comprehensive(bytes.len() as u64).unwrap();
    let mut out = Vec::new();
    plan.plan().cut.write_to(bytes, &mut out).unwrap();
    Ok(out)
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

/// Elements with a canary each: the place's name, the element, the bytes that must be gone.
fn canaries() -> Vec<(&'static str, Element, Vec<u8>)> {
    let mut list: Vec<(&'static str, Element, Vec<u8>)> = Vec::new();
    let word = |n: usize| format!("Cnry{n:03}Q");
    let mut put = |name, make: &dyn Fn(&str) -> Element| {
        let canary = word(list.len());
        list.push((name, make(&canary), canary.into_bytes()));
    };
    let texts: [(&'static str, u32, &'static str); 46] = [
        ("issuer of patient id", 0x0010_0021, "LO"),
        ("other patient ids", 0x0010_1000, "LO"),
        ("alternative birth date", 0x0010_0033, "LO"),
        ("alternative death date", 0x0010_0034, "LO"),
        ("calendar", 0x0010_0035, "CS"),
        ("name to use", 0x0010_0012, "LT"),
        ("pronoun comment", 0x0010_0016, "LT"),
        ("sex parameters comment", 0x0010_0042, "LT"),
        ("ethnic group", 0x0010_2160, "SH"),
        ("patient comments", 0x0010_4000, "LT"),
        ("address", 0x0010_1040, "LO"),
        ("medical alerts", 0x0010_2000, "LO"),
        ("accession number", 0x0008_0050, "SH"),
        ("institution", 0x0008_0080, "LO"),
        ("institution address", 0x0008_0081, "ST"),
        ("referring physician", 0x0008_0090, "PN"),
        ("performing physician", 0x0008_1050, "PN"),
        ("station", 0x0008_1010, "SH"),
        ("study description", 0x0008_1030, "LO"),
        ("series description", 0x0008_103E, "LO"),
        ("protocol", 0x0018_1030, "LO"),
        ("image comments", 0x0020_4000, "LT"),
        ("device serial number", 0x0018_1000, "LO"),
        ("secondary capture device id", 0x0018_1010, "LO"),
        ("acquisition protocol element", 0x0018_991E, "LO"),
        ("retrieve url", 0x0008_1190, "UR"),
        ("document title", 0x0042_0010, "ST"),
        ("window explanation", 0x0028_1055, "LO"),
        ("lut explanation", 0x0028_3003, "LO"),
        ("code string misused", 0x0018_0015, "CS"),
        ("decimal string misused", 0x0018_0080, "DS"),
        ("integer string misused", 0x0020_0012, "IS"),
        ("date misused", 0x0008_0022, "DA"),
        ("age misused", 0x0010_1010, "AS"),
        ("number's tag under a text representation", 0x0028_0030, "LO"),
        ("private creator", 0x0009_0010, "LO"),
        ("private text", 0x0009_1001, "LO"),
        ("private without creator", 0x0013_1001, "LO"),
        ("private bytes", 0x0029_1010, "OB"),
        ("unknown even group", 0x4444_0010, "LO"),
        ("unknown representation", 0x0018_9999, "UN"),
        ("overlay description", 0x6000_0022, "LO"),
        ("overlay label", 0x6004_1500, "LO"),
        ("overlay data", 0x601E_3000, "OW"),
        ("curve data", 0x5000_3000, "OW"),
        ("directory record", 0x0004_1500, "CS"),
    ];
    for (name, tag, vr) in texts {
        put(name, &|c| text(tag, vr, c));
    }
    put("second of several names", &|c| text(0x0008_1070, "PN", format!("A^B\\{c}^C")));
    put("ideographic name group", &|c| text(0x0010_0010, "PN", format!("Doe^Jane={c}^X=Y")));
    put("patient id", &|c| text(0x0010_0020, "LO", c));
    put("image type beyond its places", &|c| text(0x0008_0008, "CS", format!("ORIGINAL\\PRIMARY\\OTHER\\{c}")));
    put("earlier method", &|c| text(0x0012_0063, "LO", c));
    put("numbers of text", &|c| text(0x0028_0009, "AT", format!("{c}{c}{c}{c}")));
    put("trailing padding element", &|c| text(0xFFFC_FFFC, "OB", c));
    put("group length misused", &|c| text(0x0018_0000, "LO", c));
    put("manufacturer that holds a name", &|c| text(0x0008_0070, "LO", format!("{c}^Jane")));
    put("kernel that holds the patient's name", &|c| text(0x0018_1210, "SH", format!("Doe {c}")));
    put("charset misused", &|c| text(0x0008_0005, "CS", c));
    put("original attributes", &|c| items(0x0400_0561, vec![vec![text(0x0400_0564, "LO", c)]]));
    put("digital signature", &|c| items(0xFFFA_FFFA, vec![vec![text(0x0400_0120, "OB", c)]]));
    put("encrypted attributes", &|c| items(0x0400_0500, vec![vec![text(0x0400_0520, "OB", c)]]));
    put("contributing equipment", &|c| items(0x0018_A001, vec![vec![text(0x0008_0080, "LO", c)]]));
    put("icon image", &|c| items(0x0088_0200, vec![vec![text(0x7FE0_0010, "OB", c)]]));
    put("request attributes", &|c| items(0x0040_0275, vec![vec![text(0x0040_0007, "LO", c)]]));
    put("text in a sequence on no list", &|c| items(0x0018_9346, vec![vec![text(0x0008_2132, "LO", c)]]));
    put("name two levels down", &|c| {
        open(0x0008_1115, vec![vec![items(0x0008_114A, vec![vec![text(0x0010_0010, "PN", c)]])]])
    });
    put("open items in a closed sequence", &|c| items(0x0028_3010, vec![vec![text(0x0028_3003, "LO", c)]]));
    put("sequence under UN", &|c| Element {
        tag: 0x0040_0260,
        vr: "UN",
        value: Value::Open(vec![vec![text(0x0008_0104, "LO", format!("{c}^x"))]]),
    });
    put("private sequence", &|c| open(0x0029_1140, vec![vec![text(0x0010_0010, "PN", c)]]));
    put("code of a private scheme", &|c| {
        items(0x0008_2218, vec![vec![text(0x0008_0100, "SH", c), text(0x0008_0102, "SH", "99X")]])
    });
    put("private coding scheme", &|c| {
        items(0x0054_0220, vec![vec![text(0x0008_0100, "SH", "1"), text(0x0008_0102, "SH", c)]])
    });
    put("meaning that is a name", &|c| {
        let code = vec![text(0x0008_0100, "SH", "T-1"), text(0x0008_0102, "SH", "SRT")];
        items(0x0054_0410, vec![with(code, vec![text(0x0008_0104, "LO", format!("{c} Doe"))])])
    });
    put("graphic annotation", &|c| {
        items(0x0070_0001, vec![vec![items(0x0070_0008, vec![vec![text(0x0070_0006, "ST", c)]])]])
    });
    put("content item", &|c| {
        let name = vec![text(0x0040_A040, "CS", "PNAME"), text(0x0040_A123, "PN", c)];
        open(0x0040_A730, vec![name])
    });
    put("content item's text and number", &|c| {
        let value = items(0x0040_A300, vec![vec![text(0x0040_A30A, "DS", c)]]);
        items(0x0040_A525, vec![vec![text(0x0040_A160, "UT", c), value]])
    });
    put("pixel data nested where none belongs", &|c| items(0x0040_0555, vec![vec![text(0x7FE0_0010, "OB", c)]]));
    // Dates, times and UIDs: values of their own kind that stand nowhere else.
    let valued: [(&'static str, u32, &'static str, &'static str); 14] = [
        ("birth date", 0x0010_0030, "DA", "19310517"),
        ("birth time", 0x0010_0032, "TM", "113355"),
        ("study date", 0x0008_0020, "DA", "20310518"),
        ("series date", 0x0008_0021, "DA", "20310519"),
        ("content date", 0x0008_0023, "DA", "20310520"),
        ("acquisition date and time", 0x0008_002A, "DT", "20310521113357"),
        ("study time", 0x0008_0030, "TM", "113358"),
        ("date on no list", 0x0014_0020, "DA", "20310522"),
        ("sop instance", 0x0008_0018, "UI", "1.2.999.77.1"),
        ("study", 0x0020_000D, "UI", "1.2.999.77.2"),
        ("series", 0x0020_000E, "UI", "1.2.999.77.3"),
        ("frame of reference", 0x0020_0052, "UI", "1.2.999.77.4"),
        ("uid on no list", 0x0008_9123, "UI", "1.2.999.77.5"),
        ("uid that feigns to be the standard's", 0x0040_DB0D, "UI", "1.2.840.10008.20310523.7"),
    ];
    for (name, tag, vr, value) in valued {
        list.push((name, text(tag, vr, value), value.into()));
    }
    let nested = text(0x0008_1155, "UI", "1.2.999.77.6");
    list.push(("instance referred to", items(0x0008_2112, vec![vec![nested]]), b"1.2.999.77.6".into()));
    list
}

#[test]
fn no_canary_comes_through_in_any_encoding() {
    let canaries = canaries();
    assert!(canaries.len() >= 88, "{}", canaries.len());
    let mut tags: Vec<u32> = canaries.iter().map(|c| c.1.tag).collect();
    tags.sort_unstable();
    tags.dedup();
    assert!(tags.len() >= canaries.len() - 2, "places hardly share a tag");
    let mut tried = 0;
    for form in FORMS {
        for (name, element, canary) in &canaries {
            let data = with(image(), vec![element.clone()]);
            let source = file(form, &[], &[], &data, &[]);
            assert!(form == Form::Deflated || find(&source, canary), "{name} is planted");
            let out = laid_open(form, &clean(&source).unwrap_or_else(|r| panic!("{name} in {form:?}: {r}")));
            assert!(!find(&out, canary), "{name} comes through in {form:?}");
            tried += 1;
        }
    }
    assert_eq!(tried, canaries.len() * 4);
    eprintln!("{} places in 4 encodings: nothing comes through", canaries.len());
}

#[test]
fn all_canaries_at_once_leave_the_picture_and_nothing_else() {
    let elements: Vec<Element> = canaries().into_iter().map(|c| c.1).collect();
    let samples: Vec<u8> = (100u16..116).flat_map(u16::to_le_bytes).collect();
    for form in FORMS {
        let source = file(
            form,
            b"TIFF CnryPreamble",
            &[text(0x0002_0013, "SH", "CnryVersion")],
            &with(image(), elements.clone()),
            &[],
        );
        let out = laid_open(form, &clean(&source).unwrap());
        assert!(!find(&out, b"Cnry") && !find(&out, b"1.2.999.") && !find(&out, b"2031"), "{form:?}");
        let swapped: Vec<u8> = samples.chunks(2).flat_map(|b| [b[1], b[0]]).collect();
        assert!(out.ends_with(if form == Form::Big { &swapped } else { &samples }), "{form:?}");
    }
}

#[test]
fn what_surrounds_the_data_set_goes() {
    let meta = [
        text(0x0002_0003, "UI", "1.2.999.88.1"),
        text(0x0002_0012, "UI", "1.2.999.88.2"),
        text(0x0002_0013, "SH", "CnryVersion"),
        text(0x0002_0016, "AE", "CnrySource"),
        text(0x0002_0017, "AE", "CnrySending"),
        text(0x0002_0018, "AE", "CnryReceiving"),
        text(0x0002_0100, "UI", "1.2.999.88.3"),
        text(0x0002_0102, "OB", "CnryPrivate"),
    ];
    for form in FORMS {
        let source = file(form, b"CnryPreamble", &meta, &image(), b"CnryTail behind the data set");
        let out = clean(&source).unwrap();
        let open = laid_open(form, &out);
        assert!(!find(&open, b"Cnry") && !find(&open, b"1.2.999."), "{form:?}");
        assert_eq!(&out[..132], [&[0; 128][..], b"DICM"].concat());
        assert!(find(&out, form.uid().as_bytes()), "the transfer syntax stays");
    }
}

#[test]
fn bytes_behind_the_last_frame_go() {
    for (frames, extra) in [(1, &b"CnryBeyond"[..]), (2, b"Cnry"), (3, b"CnryX")] {
        let mut samples = vec![9; 32 * frames];
        samples.extend_from_slice(extra);
        let pixels = Element { tag: 0x7FE0_0010, vr: "OW", value: Value::Bytes(samples) };
        let data = with(image(), vec![pixels, text(0x0028_0008, "IS", frames.to_string())]);
        let out = clean(&file(Form::Explicit, &[], &[], &data, &[])).unwrap();
        assert!(!find(&out, b"Cnry") && out.ends_with(&vec![9; 32 * frames]));
    }
}

#[test]
fn an_odd_picture_keeps_its_samples_and_gets_a_clean_byte_of_padding() {
    let pixels = Element { tag: 0x7FE0_0010, vr: "OB", value: Value::Bytes(b"123456789C".to_vec()) };
    let numbers = vec![number(0x0028_0010, 3), number(0x0028_0011, 3), number(0x0028_0100, 8), pixels];
    let out = clean(&file(Form::Explicit, &[], &[], &with(image(), numbers), &[])).unwrap();
    assert!(out.ends_with(b"123456789\0"));
}

#[test]
fn fragments_pass_as_they_lie_and_a_false_offset_table_goes() {
    let mark = |tag: u32, length: u32| [[0xFE, 0xFF, tag as u8, (tag >> 8) as u8], length.to_le_bytes()].concat();
    let mut tried = 0;
    for (table, stays) in [(&b"\0\0\0\0"[..], true), (b"", true), (b"CnryHere", false), (b"Cnr", false)] {
        let mut source = file(Form::Explicit, &[], &[], &image()[..19], &[]);
        let at = source.windows(19).position(|w| w == b"1.2.840.10008.1.2.1").unwrap();
        // RLE in place of explicit little endian: as long.
        source[at..at + 20].copy_from_slice(b"1.2.840.10008.1.2.5\0");
        source.extend_from_slice(b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff");
        source.extend_from_slice(&mark(0xE000, table.len() as u32));
        source.extend_from_slice(table);
        let frames = [mark(0xE000, 6), b"frame1".to_vec(), mark(0xE000, 4), b"more".to_vec()].concat();
        source.extend_from_slice(&frames);
        source.extend_from_slice(&mark(0xE0DD, 0));
        source.extend_from_slice(b"CnryTail");
        let out = clean(&source).unwrap();
        let kept = if stays { table } else { b"" };
        let expected = [mark(0xE000, kept.len() as u32), kept.to_vec(), frames, mark(0xE0DD, 0)].concat();
        assert!(out.ends_with(&expected) && !find(&out, b"Cnr"));
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn two_files_of_one_study_stay_together_and_apart_from_others() {
    let mut outs = Vec::new();
    for (instance, form) in [("1.2.999.5.1", Form::Explicit), ("1.2.999.5.2", Form::Explicit)] {
        let reference = text(0x0008_1155, "UI", "1.2.999.5.1\0");
        let data = vec![
            text(0x0008_0018, "UI", instance),
            text(0x0020_0052, "UI", "1.2.999.1.9"),
            items(0x0008_2112, vec![vec![reference]]),
        ];
        outs.push(elements(&clean(&file(form, &[], &[], &with(image(), data), &[])).unwrap()));
    }
    let value = |i: usize, tag: u32| outs[i].iter().find(|e| e.0 == tag).unwrap().2.clone();
    for tag in [0x0020_000D, 0x0020_000E, 0x0020_0052, 0x0010_0010, 0x0010_0020] {
        assert_eq!(value(0, tag), value(1, tag), "{tag:08X}");
    }
    assert_ne!(value(0, 0x0020_000D), value(0, 0x0020_000E));
    assert_ne!(value(0, 0x0008_0018), value(1, 0x0008_0018));
    assert_eq!(value(0, 0x0008_0018), value(0, 0x0002_0003), "file meta information and data set agree");
    let first = String::from_utf8(value(0, 0x0008_0018)).unwrap();
    assert!(
        find(&value(1, 0x0008_2112), first.trim_matches('\0').as_bytes()),
        "the reference still leads to the first"
    );
    assert_eq!(String::from_utf8(value(0, 0x0010_0020)).unwrap().trim(), coder().1.as_str());
}

#[test]
fn harmless_technical_attributes_stay() {
    let kept = [
        text(0x0018_0015, "CS", "BRAIN"),
        text(0x0018_0024, "SH", "*tfl3d1_16"),
        text(0x0018_0081, "DS", "2.98"),
        text(0x0018_5100, "CS", "HFS"),
        text(0x0020_0037, "DS", "1\\0\\0\\0\\1\\0"),
        text(0x0008_0070, "LO", "SIEMENS"),
        text(0x0028_1050, "DS", "40\\300"),
        text(0x0018_1020, "LO", "syngo MR B17"),
    ];
    let out = elements(&clean(&file(Form::Explicit, &[], &[], &with(image(), kept.to_vec()), &[])).unwrap());
    for element in &kept {
        let Value::Bytes(value) = &element.value else { continue };
        let found = out.iter().find(|e| e.0 == element.tag).map(|e| e.2.strip_suffix(b" ").unwrap_or(&e.2).to_vec());
        assert_eq!(found.as_ref(), Some(value), "{:08X}", element.tag);
    }
}

#[test]
fn the_marks_say_what_was_done_and_claim_nothing_of_the_pixels() {
    let data = with(image(), vec![text(0x0028_0301, "CS", "NO"), text(0x0012_0063, "LO", "another tool")]);
    let source = file(Form::Explicit, &[], &[], &data, &[]);
    let out = clean(&source).unwrap();
    let all = elements(&out);
    let value = |tag: u32| all.iter().find(|e| e.0 == tag).map(|e| String::from_utf8_lossy(&e.2).trim().to_owned());
    assert_eq!(value(0x0012_0062).as_deref(), Some("YES"));
    assert!(value(0x0012_0063).is_some_and(|v| v.contains("2026c") && v.split('\\').all(|v| v.len() <= 64)));
    assert!(find(&out, b"113100") && !find(&out, b"113101"));
    assert_eq!(value(0x0028_0303).as_deref(), Some("REMOVED"));
    assert_eq!(value(0x0028_0301), None);
    assert_eq!(plan(&source).unwrap().method, ["113100"]);
    assert!(all.windows(2).all(|w| w[0].0 < w[1].0), "in the order of the tags");
}

#[test]
fn cleaning_twice_changes_nothing_but_the_codes() {
    let elements: Vec<Element> = canaries().into_iter().map(|c| c.1).collect();
    for form in FORMS {
        let once = clean(&file(form, &[], &[], &with(image(), elements.clone()), &[])).unwrap();
        let twice = clean(&once).unwrap();
        assert_eq!(laid_open(form, &once).len().abs_diff(laid_open(form, &twice).len()) % 2, 0);
        assert_eq!(
            plan(&twice).unwrap().cut.dropped(twice.len() as u64).len(),
            plan(&once).unwrap().cut.dropped(once.len() as u64).len()
        );
    }
}

#[test]
fn old_and_crooked_files_are_read() {
    let whole = file(Form::Explicit, &[], &[], &image(), &[]);
    let start = support::data_start(&whole);
    let data = |form| support::encode(form, &image());
    let relabelled = |form: Form, found: Form| {
        let header = file(form, &[], &[], &[], &[]);
        [header, data(found)].concat()
    };
    let mut doubled = whole[..start].to_vec();
    doubled.extend_from_slice(&whole[132..]);
    let mut short = whole.clone();
    short.extend_from_slice(b"\xe1\x7f\x10\0LO\xff\x7fCnry cut short");
    let cases = [
        ("no preamble, no meta, explicit", data(Form::Explicit)),
        ("no preamble, no meta, implicit", data(Form::Implicit)),
        ("no preamble, no meta, big endian", data(Form::Big)),
        ("no preamble", whole[132..].to_vec()),
        ("no preamble, prefix first", whole[128..].to_vec()),
        ("no group length", [&whole[..132], &whole[144..]].concat()),
        ("no meta behind the prefix", [&whole[..132], &whole[start..]].concat()),
        ("two meta groups", doubled),
        ("explicit declared, implicit found", relabelled(Form::Explicit, Form::Implicit)),
        ("implicit declared, explicit found", relabelled(Form::Implicit, Form::Explicit)),
        ("explicit declared, big endian found", relabelled(Form::Explicit, Form::Big)),
        ("deflated declared, plain found", relabelled(Form::Deflated, Form::Explicit).clone()),
        ("last element cut short", short),
    ];
    let mut tried = 0;
    for (name, source) in cases {
        // A header for the deflated form holds a deflated nothing, which ours does not begin with.
        if name.starts_with("deflated") {
            continue;
        }
        let out = clean(&source).unwrap_or_else(|r| panic!("{name}: {r}"));
        assert!(!find(&out, b"Jane") && !find(&out, b"1.2.999.") && !find(&out, b"Cnry"), "{name}");
        assert!(read(&out).unwrap().identity().patient_id.is_some(), "{name}");
        tried += 1;
    }
    assert_eq!(tried, 12);
}

#[test]
fn elements_in_any_order_are_cleaned_and_put_in_order() {
    let mut planted = with(image(), canaries().into_iter().map(|c| c.1).collect());
    planted.retain(|e| e.tag != 0x7FE0_0010);
    planted.push(text(0x0008_0070, "LO", "MAKER"));
    let pixels = image().pop().unwrap();
    let mut seed = 7u64;
    for _ in 0..50 {
        for i in (1..planted.len()).rev() {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            planted.swap(i, (seed >> 33) as usize % (i + 1));
        }
        let mut source = file(Form::Explicit, &[], &[], &[text(0x0008_0001, "UL", [0; 4])], &[]);
        planted
            .iter()
            .chain([&pixels])
            .for_each(|e| source.extend(support::encode(Form::Explicit, std::slice::from_ref(e))));
        let out = clean(&source).unwrap();
        assert!(!find(&out, b"Cnry") && !find(&out, b"1.2.999.") && find(&out, b"1.2.840.10008.5.1.4.1.1.4"));
    }
}

#[test]
fn of_an_element_that_comes_twice_one_is_left() {
    let mut source = file(Form::Explicit, &[], &[], &image()[..13], &[]);
    for value in ["HFS", "FFS"] {
        source.extend(support::encode(Form::Explicit, &[text(0x0018_5100, "CS", value)]));
    }
    source.extend(support::encode(Form::Explicit, &image()[13..]));
    let out = elements(&clean(&source).unwrap());
    assert_eq!(out.iter().filter(|e| e.0 == 0x0018_5100).map(|e| &e.2[..]).collect::<Vec<_>>(), [b"HFS "]);
}

#[test]
fn kinds_that_are_not_cleaned_are_refused_kindly() {
    let class = |uid: &str| with(image(), vec![text(0x0008_0016, "UI", uid)]);
    let slide = vec![text(0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\LABEL\\NONE"), text(0x0008_0060, "CS", "SM")];
    let cases = [
        ("dicom-directory", class("1.2.840.10008.1.3.10")),
        ("encapsulated-document", class("1.2.840.10008.5.1.4.1.1.104.4")),
        ("encapsulated-document", with(image(), vec![text(0x0042_0011, "OB", "%PDF")])),
        ("slide-label", with(image(), slide)),
        (
            "slide-label",
            with(class("1.2.840.10008.5.1.4.1.1.77.1.6"), vec![text(0x0008_0008, "CS", "DERIVED\\PRIMARY\\Overview")]),
        ),
    ];
    let mut tried = 0;
    for (code, data) in cases {
        let refusal = plan(&file(Form::Explicit, &[], &[], &data, &[])).unwrap_err();
        assert_eq!(refusal.code, code);
        assert!(refusal.advice.ends_with('.'));
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn damage_never_panics_and_never_makes_a_plan_with_gaps() {
    let planted: Vec<Element> = canaries().into_iter().map(|c| c.1).collect();
    let mut tried = 0;
    for form in FORMS {
        let whole = file(form, b"", &[], &with(image(), planted.clone()), b"");
        for place in 0..64 {
            let _ = clean(&whole[..whole.len() * place / 64].to_vec());
            tried += 1;
        }
        // Bits spread evenly over the file.
        for flip in 0..256 {
            let mut bent = whole.clone();
            let at = whole.len() * flip / 256;
            bent[at] ^= 1 << (flip % 8);
            let _ = clean(&bent);
            tried += 1;
        }
    }
    assert_eq!(tried, 4 * (64 + 256));
}

#[test]
fn hostile_nesting_and_lying_lengths_cost_nothing() {
    let start = Instant::now();
    let mut nested = vec![text(0x0008_0104, "LO", "deep")];
    for _ in 0..70 {
        nested = vec![items(0x0008_1115, vec![nested])];
    }
    let defined = file(Form::Explicit, &[], &[], &with(image(), nested), &[]);
    let mut undefined = file(Form::Explicit, &[], &[], &[], &[]);
    for _ in 0..2000 {
        undefined.extend_from_slice(b"\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff");
    }
    let mut un = file(Form::Implicit, &[], &[], &[], &[]);
    for _ in 0..2000 {
        un.extend_from_slice(b"\x08\0\x15\x11\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff");
    }
    assert!(plan(&undefined).is_err() && plan(&un).is_err());
    assert!(!find(&clean(&defined).unwrap_or_default(), b"deep"));
    let mut lies = 0;
    for length in [u32::MAX - 1, 0x7FFF_FFFF, 0x1000_0000, 1000] {
        for vr in ["UT", "OB", "SQ", "UN"] {
            let mut lying = file(Form::Explicit, &[], &[], &image()[..5], &[]);
            lying.extend_from_slice(&[8, 0, 0x15, 0x11]);
            lying.extend_from_slice(vr.as_bytes());
            lying.extend_from_slice(&[0, 0]);
            lying.extend_from_slice(&length.to_le_bytes());
            lying.extend_from_slice(b"Cnry");
            assert!(!find(&clean(&lying).unwrap_or_default(), b"Cnry"));
            lies += 1;
        }
    }
    assert_eq!(lies, 16);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_item_that_overruns_its_sequence_takes_the_sequence_with_it() {
    let mut sequence =
        support::encode(Form::Explicit, &[items(0x0008_1115, vec![vec![text(0x0008_1155, "UI", "1.2.3")]])]);
    sequence[16] = 200;
    let mut source = file(Form::Explicit, &[], &[], &image()[..5], &[]);
    source.extend_from_slice(&sequence);
    source.extend_from_slice(&support::encode(Form::Explicit, &image()[5..]));
    let out = elements(&clean(&source).unwrap());
    assert!(!out.iter().any(|e| e.0 == 0x0008_1115) && out.iter().any(|e| e.0 == 0x7FE0_0010));
}

#[test]
fn who_what_and_when_are_read_before_cleaning() {
    let data = vec![
        text(0x0008_0005, "CS", "\\ISO 2022 IR 87"),
        text(0x0010_0010, "PN", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"),
        text(0x0010_0021, "LO", "Hospital"),
        text(0x0008_0020, "DA", "20040826"),
    ];
    let source = file(Form::Explicit, &[], &[], &with(image(), data), &[]);
    let identity = read(&source).unwrap().identity();
    assert_eq!(identity.patient_name.unwrap().reveal_text(), "Yamada^Tarou=山田^太郎");
    assert_eq!(identity.patient_id.unwrap().reveal_text(), "ID 17");
    assert_eq!(identity.issuer.unwrap().reveal_text(), "Hospital");
    assert_eq!((identity.year, identity.modality.as_deref()), (Some(2004), Some("MR")));
    assert_eq!(identity.kind.map(|k| k.word()), Some("internal-structure"));
    assert!(identity.made_for.is_some());
}

fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("SCRUBS_CORPUS").map_or_else(|| PathBuf::from("../shared/corpus"), PathBuf::from);
    Some(root.join("dicom")).filter(|p| p.is_dir())
}

/// The bytes of the pieces that are pixel data.
fn pixels(plan: &Plan, source: &Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in plan.cut.pieces().iter().filter(|p| p.why() == "pixel data") {
        if let Piece::Keep { range, .. } = piece {
            bytes.extend_from_slice(&source.as_slice()[range.start as usize..range.end as usize]);
        }
    }
    bytes
}

#[test]
fn real_objects_are_cleaned_and_keep_their_pixels() {
    let Some(folder) = corpus() else {
        eprintln!("no corpus here: real objects were not tried");
        return;
    };
    let (mut cleaned, mut refused, mut pictures) = (0, 0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read(entry.unwrap().path()).unwrap();
        let Ok(plan) = plan(&source) else {
            refused += 1;
            continue;
        };
        let out = clean(&source).unwrap();
        assert_eq!(Source::len(&out), plan.cut.len());
        let again = self::plan(&out).unwrap();
        let samples = pixels(&plan, &source);
        // Where something beside the samples was zeroed inside a frame, the zeros are kept the second time.
        let zeroed = plan.cut.pieces().iter().any(|piece| matches!(piece, scrubs::cut::Piece::Blank { .. }));
        let kept = pixels(&again, &out);
        assert!(kept == samples || zeroed && kept.len() >= samples.len(), "the samples are not those of the source");
        pictures += usize::from(!samples.is_empty());
        cleaned += 1;
    }
    eprintln!("{cleaned} real objects cleaned, {pictures} of them with pictures by range, {refused} refused");
    assert!(cleaned > 10 * refused && pictures > cleaned / 2);
}
