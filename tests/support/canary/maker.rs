//! Places in private attributes, signatures, dates and UIDs (traps 9, 10, 12 and 13).

use super::Nest;
use crate::dicom::{Element, FORMS, Form, Value, file, items, open, text, with};

pub(super) fn fill(nest: &mut Nest) {
    private(nest);
    safe_private(nest);
    signatures(nest);
    dates(nest);
    uids(nest);
}

const CSA: &str = "SIEMENS CSA HEADER";
const SAFE: &str = "SIEMENS MR HEADER";

fn block(tag: u32, creator: &str, new: Vec<Element>) -> Vec<Element> {
    with(vec![text(tag, "LO", creator)], new)
}

fn private(nest: &mut Nest) {
    nest.texts(
        9,
        &[
            ("private creator", 0x0009_0010, "LO"),
            ("private creator under UN", 0x000B_0010, "UN"),
            ("private text without a creator", 0x0013_1001, "LO"),
            ("private bytes without a creator", 0x0015_1001, "OB"),
            ("private attribute in a group before all", 0x0003_1001, "LO"),
            ("private attribute in the last group", 0xFFFD_1001, "LO"),
            ("private attribute in the group of blocks", 0x0019_00FF, "LO"),
            ("private attribute behind no block's number", 0x0019_0001, "LO"),
        ],
    );
    nest.put_all(9, "private text", |w| block(0x0019_0010, "ACME 1.1", vec![text(0x0019_1001, "LO", w)]));
    nest.put_all(9, "private name", |w| block(0x0019_0010, "ACME 1.1", vec![text(0x0019_1002, "PN", w)]));
    nest.put_all(9, "second block of a group", |w| {
        let two = vec![text(0x0019_0010, "LO", "ACME 1.1"), text(0x0019_0011, "LO", "ACME 1.2")];
        with(two, vec![text(0x0019_1001, "LO", "a"), text(0x0019_1101, "LO", w)])
    });
    nest.put_all(9, "creator of the second block", |w| {
        vec![text(0x0019_0010, "LO", "ACME 1.1"), text(0x0019_0011, "LO", w), text(0x0019_1101, "US", [1, 0])]
    });
    nest.put_all(9, "a maker's header of bytes", |w| {
        let header = [b"SV10\x04\x03\x02\x01", &[0; 64][..], w.as_bytes(), &[0; 64]].concat();
        block(0x0029_0010, CSA, vec![text(0x0029_1010, "OB", header)])
    });
    nest.put_all(9, "a maker's header under UN", |w| {
        let header = [b"SV10\x04\x03\x02\x01", &[0; 64][..], w.as_bytes(), &[0; 64]].concat();
        block(0x0029_0010, CSA, vec![text(0x0029_1020, "UN", header)])
    });
    nest.put_all(9, "private pixel data", |w| block(0x7FE1_0010, CSA, vec![text(0x7FE1_1010, "OB", w)]));
    nest.put_all(9, "private number that spells", |w| block(0x0019_0010, "ACME 1.1", vec![text(0x0019_1003, "FD", w)]));
}

/// Under creators of Table E.3.10-1, whose listed attributes an option keeps.
fn safe_private(nest: &mut Nest) {
    nest.put_all(9, "unlisted attribute of a safe creator", |w| {
        block(0x0019_0010, SAFE, vec![text(0x0019_100B, "LO", w), text(0x0019_100C, "IS", "1000")])
    });
    nest.put_all(9, "number of a safe creator that is text", |w| {
        block(0x0019_0010, SAFE, vec![text(0x0019_100C, "IS", w)])
    });
    nest.put_all(9, "number of a safe creator under LO", |w| {
        block(0x0019_0010, SAFE, vec![text(0x0019_100C, "LO", w)])
    });
    nest.put_all(9, "double of a safe creator that spells", |w| {
        block(0x0019_0010, SAFE, vec![text(0x0019_100E, "FD", w.repeat(3))])
    });
    nest.put_all(9, "term of a safe creator that is the patient's name", |w| {
        let new = block(0x0019_0010, SAFE, vec![text(0x0019_100D, "CS", w)]);
        with(new, vec![text(0x0010_0010, "PN", w)])
    });
    nest.put_all(9, "safe creator with a name behind it", |w| {
        block(0x0019_0010, &format!("{SAFE} {w}"), vec![text(0x0019_100C, "IS", "1000")])
    });
    nest.put_all(9, "safe creator with a NUL and a name behind it", |w| {
        block(0x0019_0010, &format!("{SAFE}\0{w}"), vec![text(0x0019_100C, "IS", "1000")])
    });
    nest.put_all(9, "safe block numbered as an unsafe one is", |w| {
        let two = vec![text(0x0019_0010, "LO", SAFE), text(0x0019_0011, "LO", "ACME 1.1")];
        with(two, vec![text(0x0019_100C, "IS", "1000"), text(0x0019_110D, "CS", w)])
    });
    nest.put_all(9, "sequence of a safe creator", |w| {
        let inner = vec![text(0x0010_0010, "PN", w), text(0x0018_0050, "DS", "7.25")];
        block(0x2001_0010, "Philips Imaging DD 001", vec![items(0x2001_105F, vec![inner])])
    });
}

fn signatures(nest: &mut Nest) {
    let down = |tag, inner: Element| items(tag, vec![vec![inner]]);
    nest.put(10, "certificate of a signature", |w| down(0xFFFA_FFFA, text(0x0400_0115, "OB", w)));
    nest.put(10, "signature", |w| down(0xFFFA_FFFA, text(0x0400_0120, "OB", w)));
    nest.put(10, "timestamp of a signature", |w| down(0xFFFA_FFFA, text(0x0400_0310, "OB", w)));
    nest.put(10, "signature in an item", |w| {
        items(0x0008_1140, vec![vec![down(0xFFFA_FFFA, text(0x0400_0120, "OB", w))]])
    });
    nest.put(10, "parameters of a MAC", |w| down(0x4FFE_0001, text(0x0400_0015, "CS", w)));
    nest.put(10, "MAC", |w| text(0x0400_0404, "OB", w));
    nest.put(10, "encrypted attributes", |w| down(0x0400_0500, text(0x0400_0520, "OB", w)));
    nest.put(10, "trailing padding", |w| text(0xFFFC_FFFC, "OB", w));
    nest.put(10, "trailing padding in an item", |w| items(0x0008_1140, vec![vec![text(0xFFFC_FFFC, "OB", w)]]));
    nest.put(10, "institution of contributing equipment", |w| down(0x0018_A001, text(0x0008_0080, "LO", w)));
    nest.put(10, "description of a contribution", |w| down(0x0018_A001, text(0x0018_A003, "ST", w)));
    nest.put(10, "operator of contributing equipment", |w| down(0x0018_A001, text(0x0008_1070, "PN", w)));
    nest.put(10, "reason of a modification", |w| down(0x0400_0561, text(0x0400_0565, "CS", w)));
    nest.put(10, "system that modified", |w| down(0x0400_0561, text(0x0400_0563, "LO", w)));
    let uid = nest.uid();
    nest.hold(10, "UID of a signature", &uid, vec![down(0xFFFA_FFFA, text(0x0400_0100, "UI", &uid))]);
}

fn dates(nest: &mut Nest) {
    let days: [(&'static str, u32, &'static str, &str); 17] = [
        ("day of birth", 0x0010_0030, "DA", ""),
        ("day of the study", 0x0008_0020, "DA", ""),
        ("day of the series", 0x0008_0021, "DA", ""),
        ("day of the acquisition", 0x0008_0022, "DA", ""),
        ("day of the content", 0x0008_0023, "DA", ""),
        ("instant of the acquisition", 0x0008_002A, "DT", "113357.25"),
        ("instant with a zone", 0x0018_9074, "DT", "113357+0100"),
        ("day of creation", 0x0008_0012, "DA", ""),
        ("day of the procedure", 0x0040_0244, "DA", ""),
        ("day of admission", 0x0038_0020, "DA", ""),
        ("day of the last period", 0x0010_21D0, "DA", ""),
        ("day of a calibration", 0x0018_1200, "DA", ""),
        ("day of the detector's calibration", 0x0018_700C, "DA", ""),
        ("day of secondary capture", 0x0018_1012, "DA", ""),
        ("day of no table", 0x0014_0020, "DA", ""),
        ("day as a number", 0x0020_0012, "IS", ""),
        ("day as a decimal", 0x0018_1152, "DS", ""),
    ];
    for (name, tag, vr, rest) in days {
        let day = nest.day();
        nest.hold(12, name, &day, vec![text(tag, vr, format!("{day}{rest}"))]);
    }
    let times =
        [("time of the study", 0x0008_0030), ("time of birth", 0x0010_0032), ("time without its day", 0x0008_0033)];
    for (name, tag) in times {
        // A time of day may stay where dates move (PS3.15 E.3.6), so the canary is one that no clock shows.
        let time = format!("1163{:02}.2718{:02}", nest.day()[4..6].parse::<u32>().unwrap(), &nest.day()[6..8]);
        nest.hold(12, name, &time, vec![text(tag, "TM", &time)]);
    }
    let day = nest.day();
    nest.hold(12, "range of days", &day, vec![text(0x0008_0020, "DA", format!("{day}-20321231"))]);
    let day = nest.day();
    let old = format!("{}.{}.{}", &day[..4], &day[4..6], &day[6..]);
    nest.hold(12, "day in the form of old", &old, vec![text(0x0008_0020, "DA", &old)]);
    let day = nest.day();
    nest.hold(12, "day in a description", &day, vec![text(0x0008_1030, "LO", format!("knee {day} left"))]);
    let day = nest.day();
    let written = format!("{}.{}.{}", &day[6..], &day[4..6], &day[..4]);
    nest.hold(12, "day in a comment", &written, vec![text(0x0020_4000, "LT", format!("knee of {written}"))]);
    let day = nest.day();
    nest.hold(12, "day in an item", &day, vec![items(0x0040_0275, vec![vec![text(0x0040_0002, "DA", &day)]])]);
    let day = nest.day();
    nest.hold(12, "day of a private block", &day, block(0x0019_0010, SAFE, vec![text(0x0019_100E, "DA", &day)]));
    let day = nest.day();
    let whole = |form| {
        let mut data = with(nest.base(form), vec![text(0x0008_0020, "DA", &day)]);
        data.retain(|e| e.tag != 0x0010_0020);
        (form, file(form, &[], &[], &data, &[]))
    };
    let files = FORMS.map(whole).to_vec();
    nest.keep(12, "day of the study of nobody", vec![day.into_bytes()], files);
}

fn uids(nest: &mut Nest) {
    nest.uids(
        13,
        &[
            ("study", 0x0020_000D),
            ("series", 0x0020_000E),
            ("frame of reference", 0x0020_0052),
            ("frame of reference in time", 0x0020_0200),
            ("device", 0x0018_1002),
            ("irradiation event", 0x0008_3010),
            ("concatenation", 0x0020_9161),
            ("tracking", 0x0062_0021),
            ("coding scheme of a maker", 0x0008_010C),
            ("class of a maker", 0x0008_0016),
            ("class related to a maker's", 0x0008_001A),
            ("creator's version", 0x0008_9123),
            ("file-set", 0x0088_0140),
            ("target", 0x0018_2042),
            ("instance creator", 0x0008_0014),
            ("dimension organisation", 0x0020_9164),
            ("UID on no list", 0x0040_DB0D),
        ],
    );
    let uid = nest.uid();
    let instance = vec![text(0x0008_0018, "UI", &uid)];
    let whole = file(Form::Explicit, &[], &[], &with(nest.base(Form::Explicit), instance), &[]);
    nest.keep(13, "instance", vec![uid.into_bytes()], vec![(Form::Explicit, whole)]);
    let dated = format!("1.2.999.20310517.{}", nest.word().trim_matches(|c: char| !c.is_ascii_digit()));
    nest.hold(13, "UID with a day in it", &dated, vec![text(0x0020_0052, "UI", &dated)]);
    let feigned = format!("1.2.840.10008.20310518.{}", nest.word().trim_matches(|c: char| !c.is_ascii_digit()));
    nest.hold(13, "UID that feigns to be the standard's", &feigned, vec![text(0x0020_0052, "UI", &feigned)]);
    let uid = nest.uid();
    let list = format!("1.2.840.10008.1.4.1.1\\{uid}");
    nest.hold(13, "second of two UIDs", &uid, vec![text(0x0008_001A, "UI", list)]);
    let uid = nest.uid();
    let reference = vec![vec![text(0x0040_A124, "UI", &uid), text(0x0040_A040, "CS", "UIDREF")]];
    nest.hold(13, "UID of a content item", &uid, vec![open(0x0040_A730, reference)]);
    let uid = nest.uid();
    let un = Element { tag: 0x0020_000E, vr: "UN", value: Value::Bytes(uid.clone().into_bytes()) };
    nest.hold(13, "UID under UN", &uid, vec![un]);
}
