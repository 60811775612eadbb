//! Places in kinds of objects other than pictures, in values that break their grammar, and in claims (traps 14 to 16).

use super::Nest;
use crate::dicom::{Element, Form, Value, file, items, number, open, text, with};

pub(super) fn fill(nest: &mut Nest) {
    slides(nest);
    reports(nest);
    plans(nest);
    waveforms(nest);
    documents(nest);
    grammar(nest);
    claims(nest);
}

const REPORT: &str = "1.2.840.10008.5.1.4.1.1.88.33";
const KEY_OBJECTS: &str = "1.2.840.10008.5.1.4.1.1.88.59";
const STRUCTURES: &str = "1.2.840.10008.5.1.4.1.1.481.3";
const PLAN: &str = "1.2.840.10008.5.1.4.1.1.481.5";
const SEGMENTS: &str = "1.2.840.10008.5.1.4.1.1.66.4";
const ECG: &str = "1.2.840.10008.5.1.4.1.1.9.1.1";
const SLIDE: &str = "1.2.840.10008.5.1.4.1.1.77.1.6";

/// An object of another class: without picture where it has none.
fn object(nest: &Nest, class: &str, modality: &str, picture: bool, new: Vec<Element>) -> Vec<u8> {
    let mut data = nest.base(Form::Explicit);
    data.retain(|e| picture || e.tag >> 16 != 0x0028 && e.tag >> 16 != 0x7FE0 && e.tag != 0x0008_0008);
    let head = vec![text(0x0008_0016, "UI", class), text(0x0008_0060, "CS", modality)];
    file(Form::Explicit, &[], &[], &with(data, [head, new].concat()), &[])
}

fn code(tag: u32, value: &str, meaning: &str) -> Element {
    let parts = [(0x0008_0100, "SH", value), (0x0008_0102, "SH", "DCM"), (0x0008_0104, "LO", meaning)];
    items(tag, vec![parts.map(|(tag, vr, v)| text(tag, vr, v)).to_vec()])
}

fn slides(nest: &mut Nest) {
    let image_type = |w: &str| text(0x0008_0008, "CS", format!("ORIGINAL\\PRIMARY\\{w}\\NONE"));
    nest.whole(14, "slide: picture of the label", |nest, w| {
        let new = vec![image_type("LABEL"), text(0x0040_0560, "LO", w), text(0x0008_1030, "LO", w)];
        object(nest, SLIDE, "SM", true, new)
    });
    nest.whole(14, "slide: overview with the label", |nest, w| {
        object(nest, SLIDE, "SM", true, vec![image_type("OVERVIEW"), text(0x0008_1030, "LO", w)])
    });
    nest.whole(14, "slide: label said to be in the picture", |nest, w| {
        let new = vec![image_type("VOLUME"), text(0x0048_0010, "CS", "YES"), text(0x0008_1030, "LO", w)];
        object(nest, SLIDE, "SM", true, new)
    });
    for (name, tag, vr) in [
        ("slide: container", 0x0040_0512, "LO"),
        ("slide: bar code", 0x2200_0005, "LT"),
        ("slide: label's text", 0x2200_0002, "UT"),
    ] {
        nest.whole(14, name, |nest, w| object(nest, SLIDE, "SM", true, vec![image_type("VOLUME"), text(tag, vr, w)]));
    }
    for (name, tag, vr) in [
        ("slide: specimen", 0x0040_0551, "LO"),
        ("slide: short description of a specimen", 0x0040_0600, "LO"),
        ("slide: detailed description of a specimen", 0x0040_0602, "UT"),
    ] {
        nest.whole(14, name, |nest, w| {
            let specimen = items(0x0040_0560, vec![vec![text(tag, vr, w)]]);
            object(nest, SLIDE, "SM", true, vec![image_type("VOLUME"), specimen])
        });
    }
}

/// A content item with this value.
fn content(kind: &str, concept: (&str, &str), value: Element) -> Vec<Element> {
    let head = vec![text(0x0040_A010, "CS", "CONTAINS"), text(0x0040_A040, "CS", kind)];
    [head, vec![code(0x0040_A043, concept.0, concept.1), value]].concat()
}

fn reports(nest: &mut Nest) {
    let finding = ("121071", "Finding");
    let mut report =
        |name, kind: &'static str, concept: (&'static str, &'static str), make: &dyn Fn(&str) -> Element| {
            nest.whole(14, name, |nest, w| {
                let tree = vec![
                    text(0x0040_A040, "CS", "CONTAINER"),
                    text(0x0040_A050, "CS", "SEPARATE"),
                    code(0x0040_A043, "126000", "Imaging Measurement Report"),
                    open(0x0040_A730, vec![content(kind, concept, make(w))]),
                ];
                object(nest, REPORT, "SR", false, tree)
            });
        };
    report("report: text", "TEXT", finding, &|w| text(0x0040_A160, "UT", w));
    report("report: name amid words", "TEXT", finding, &|w| text(0x0040_A160, "UT", format!("left knee of Mrs {w}")));
    report("report: person", "PNAME", ("121008", "Person Observer Name"), &|w| text(0x0040_A123, "PN", w));
    report("report: number misused", "NUM", finding, &|w| items(0x0040_A300, vec![vec![text(0x0040_A30A, "DS", w)]]));
    report("report: meaning of a code", "CODE", finding, &|w| code(0x0040_A168, "T-D4000", w));
    report("report: meaning of a concept", "TEXT", finding, &|w| code(0x0040_A043, "121071", w));
    report("report: table", "TABLE", finding, &|w| items(0x0040_A801, vec![vec![text(0x0040_A160, "UT", w)]]));
    report("report: a level further", "CONTAINER", finding, &|w| {
        open(0x0040_A730, vec![content("TEXT", ("121106", "Comment"), text(0x0040_A160, "UT", w))])
    });
    report("report: institution", "TEXT", ("121009", "Person Observer's Organization Name"), &|w| {
        text(0x0040_A160, "UT", w)
    });
    for (name, tag, vr) in [
        ("report: verifying observer", 0x0040_A075, "PN"),
        ("report: verifying organisation", 0x0040_A027, "LO"),
        ("report: author", 0x0040_A123, "PN"),
    ] {
        nest.whole(14, name, |nest, w| {
            object(nest, REPORT, "SR", false, vec![items(0x0040_A073, vec![vec![text(tag, vr, w)]])])
        });
    }
    nest.whole(14, "key object selection: description", |nest, w| {
        let item = content("TEXT", ("113012", "Key Object Description"), text(0x0040_A160, "UT", w));
        object(nest, KEY_OBJECTS, "KO", false, vec![open(0x0040_A730, vec![item])])
    });
}

fn plans(nest: &mut Nest) {
    for (name, class, modality, outer, tag, vr) in [
        ("radiotherapy: name of a structure", STRUCTURES, "RTSTRUCT", 0x3006_0020, 0x3006_0026, "LO"),
        ("radiotherapy: description of a structure", STRUCTURES, "RTSTRUCT", 0x3006_0020, 0x3006_0028, "ST"),
        ("radiotherapy: label of an observation", STRUCTURES, "RTSTRUCT", 0x3006_0080, 0x3006_0085, "SH"),
        ("radiotherapy: interpreter", STRUCTURES, "RTSTRUCT", 0x3006_0080, 0x3006_00A6, "PN"),
        ("radiotherapy: name of a beam", PLAN, "RTPLAN", 0x300A_00B0, 0x300A_00C2, "LO"),
        ("radiotherapy: machine", PLAN, "RTPLAN", 0x300A_00B0, 0x300A_00B2, "SH"),
        ("radiotherapy: description of a dose", PLAN, "RTPLAN", 0x300A_0010, 0x300A_0016, "LO"),
        ("radiotherapy: set-up technique", PLAN, "RTPLAN", 0x300A_0180, 0x300A_01B2, "ST"),
        ("segment: label", SEGMENTS, "SEG", 0x0062_0002, 0x0062_0005, "LO"),
        ("segment: description", SEGMENTS, "SEG", 0x0062_0002, 0x0062_0006, "ST"),
        ("segment: tracking", SEGMENTS, "SEG", 0x0062_0002, 0x0062_0020, "UT"),
        ("segment: algorithm", SEGMENTS, "SEG", 0x0062_0002, 0x0062_0009, "LO"),
    ] {
        nest.whole(14, name, |nest, w| {
            object(nest, class, modality, class == SEGMENTS, vec![items(outer, vec![vec![text(tag, vr, w)]])])
        });
    }
    for (name, tag, vr) in [
        ("radiotherapy: label of a plan", 0x300A_0002, "SH"),
        ("radiotherapy: name of a plan", 0x300A_0003, "LO"),
        ("radiotherapy: description of a plan", 0x300A_0004, "ST"),
        ("radiotherapy: reviewer", 0x300E_0008, "PN"),
    ] {
        nest.whole(14, name, |nest, w| object(nest, PLAN, "RTPLAN", false, vec![text(tag, vr, w)]));
    }
}

/// A group of one channel with four samples, and what is put in or behind it.
fn waveform(new: Vec<Element>, behind: &str) -> Element {
    let samples = [&[1, 0, 2, 0, 3, 0, 4, 0][..], behind.as_bytes()].concat();
    let group = vec![
        number(0x003A_0005, 1),
        Element { tag: 0x003A_0010, vr: "UL", value: Value::Bytes(vec![4, 0, 0, 0]) },
        text(0x003A_001A, "DS", "500"),
        number(0x5400_1004, 16),
        text(0x5400_1006, "CS", "SS"),
        Element { tag: 0x5400_1010, vr: "OW", value: Value::Bytes(samples) },
    ];
    items(0x5400_0100, vec![with(group, new)])
}

fn waveforms(nest: &mut Nest) {
    let ecg = |nest: &Nest, new: Vec<Element>| object(nest, ECG, "ECG", false, new);
    nest.whole(14, "waveform: behind its samples", |nest, w| ecg(nest, vec![waveform(vec![], w)]));
    nest.whole(14, "waveform: label of a group", |nest, w| {
        ecg(nest, vec![waveform(vec![text(0x003A_0020, "SH", w)], "")])
    });
    nest.whole(14, "waveform: label of a channel", |nest, w| {
        let channel = items(0x003A_0200, vec![vec![text(0x003A_0203, "SH", w)]]);
        ecg(nest, vec![waveform(vec![channel], "")])
    });
    nest.whole(14, "waveform: padding that spells", |nest, w| {
        ecg(nest, vec![waveform(vec![text(0x5400_100A, "OW", w)], "")])
    });
    nest.whole(14, "waveform: annotation", |nest, w| {
        let note = items(0x0040_B020, vec![vec![text(0x0070_0006, "ST", format!("ECG of {w}, normal"))]]);
        ecg(nest, vec![waveform(vec![], ""), note])
    });
}

fn documents(nest: &mut Nest) {
    for (name, class) in [
        ("document: PDF", "1.2.840.10008.5.1.4.1.1.104.1"),
        ("document: CDA", "1.2.840.10008.5.1.4.1.1.104.2"),
        ("document: 3D model", "1.2.840.10008.5.1.4.1.1.104.3"),
    ] {
        nest.whole(14, name, |nest, w| {
            let page = text(0x0042_0011, "OB", format!("%PDF-1.4 {w}"));
            object(nest, class, "DOC", false, vec![text(0x0042_0012, "LO", "application/pdf"), page])
        });
    }
    nest.whole(14, "document: in an image", |nest, w| {
        object(nest, "1.2.840.10008.5.1.4.1.1.4", "MR", true, vec![text(0x0042_0011, "OB", w)])
    });
    nest.whole(14, "directory: record of a patient", |nest, w| {
        let record = vec![text(0x0004_1430, "CS", "PATIENT"), text(0x0010_0010, "PN", w)];
        object(nest, "1.2.840.10008.1.3.10", "OT", false, vec![items(0x0004_1220, vec![record])])
    });
    nest.put(14, "directory: name of a file-set", |w| text(0x0004_1130, "CS", w));
    nest.put(14, "directory: path of a file", |w| text(0x0004_1500, "CS", w));
}

fn grammar(nest: &mut Nest) {
    nest.put(15, "text longer than its representation allows", |w| {
        text(0x0018_1020, "LO", format!("{} {w}", "version ".repeat(12)))
    });
    nest.put(15, "name of seven components", |w| text(0x0010_0010, "PN", format!("a^b^c^d^e^f^{w}")));
    nest.put(15, "behind a NUL in a text", |w| text(0x0018_1020, "LO", format!("syngo\0{w}")));
    nest.put(15, "behind a NUL in a term", |w| text(0x0018_5100, "CS", format!("HFS\0{w}")));
    nest.put(15, "behind a NUL in a class", |w| text(0x0008_0016, "UI", format!("1.2.840.10008.5.1.4.1.1.4\0{w}")));
    nest.put(15, "behind a NUL in a number", |w| text(0x0018_0050, "DS", format!("1.5\0{w}")));
    nest.put(15, "behind many spaces in a term", |w| text(0x0018_5100, "CS", format!("HFS{}{w}", " ".repeat(80))));
    nest.put(15, "before a term, and spaces", |w| text(0x0018_5100, "CS", format!("{w}   HFS")));
    nest.put(15, "UID with letters", |w| text(0x0020_0052, "UI", format!("1.2.{w}.3")));
    nest.put(15, "UID of a hundred characters", |w| text(0x0020_0052, "UI", format!("{}.{w}", "1.2".repeat(30))));
    nest.put(15, "age with a name behind it", |w| text(0x0010_1010, "AS", format!("045Y{w}")));
    nest.put(15, "number with a name behind it", |w| text(0x0018_0050, "DS", format!("1.5 {w}")));
    nest.put(15, "date with a name behind it", |w| text(0x0008_0022, "DA", format!("20200101{w}")));
    nest.put(15, "time with a name behind it", |w| text(0x0008_0032, "TM", format!("101112{w}")));
    nest.put(15, "term in small letters", |w| text(0x0018_0015, "CS", w.to_lowercase()));
    nest.put(15, "text with line ends", |w| text(0x0018_1020, "LO", format!("syngo\r\n{w}")));
    nest.put(15, "text with an escape", |w| text(0x0018_1020, "LO", format!("syngo \x1b(B{w}\x1b")));
}

fn claims(nest: &mut Nest) {
    nest.texts(
        16,
        &[
            ("claim: identity removed", 0x0012_0062, "CS"),
            ("claim: method", 0x0012_0063, "LO"),
            ("claim: dates", 0x0028_0303, "CS"),
            ("claim: burned in", 0x0028_0301, "CS"),
            ("claim: recognisable", 0x0028_0302, "CS"),
        ],
    );
    nest.put(16, "claim: method's code", |w| {
        let parts = [(0x0008_0100, "SH", "113101"), (0x0008_0102, "SH", "DCM"), (0x0008_0104, "LO", w)];
        items(0x0012_0064, vec![parts.map(|(tag, vr, v)| text(tag, vr, v)).to_vec()])
    });
    nest.put_all(16, "claim: removed, with the name still there", |w| {
        vec![text(0x0012_0062, "CS", "YES"), text(0x0010_0010, "PN", w), text(0x0028_0301, "CS", "NO")]
    });
    nest.put(16, "consent: ethics committee", |w| text(0x0012_0081, "LO", w));
    nest.put(16, "consent: protocol", |w| items(0x0012_0083, vec![vec![text(0x0012_0020, "LO", w)]]));
    nest.put(16, "consent: subject of a trial", |w| text(0x0012_0040, "LO", w));
}
