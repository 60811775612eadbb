//! The options of PS3.15 E.3 and a user's deviations as a user meets them: what stays, what moves, what is claimed.
// A `Vec` is a `Source` as it is; a bare slice, being unsized, cannot be passed as one.
#![allow(clippy::unwrap_used, clippy::ptr_arg)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

use DicomOption::*;
use scrubs::code::coder::{Coder, CodingSecret, PatientCode};
use scrubs::dicom::{Coding, read};
use scrubs::inspect::{Evidence, witness_object};
use scrubs::plan::Plan;
use scrubs::recording::{Deidentification, DicomOption, Format, Treatment};
use support::{Element, FORMS, Form, elements, file, image, items, laid_open, number, text, with};

fn coder() -> (Coder, PatientCode) {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"ID 17");
    (coder, patient)
}

fn chosen(options: &[DicomOption], deviations: &[(u32, Treatment)]) -> Deidentification {
    Deidentification::new(options.iter().copied().collect(), deviations.iter().cloned().collect())
}

fn plan(source: &Vec<u8>, how: &Deidentification) -> Plan {
    let (coder, patient) = coder();
    read(source).unwrap().plan(&Coding { coder: &coder, patient: &patient, deidentification: how }).unwrap()
}

fn clean(form: Form, new: Vec<Element>, how: &Deidentification) -> Vec<u8> {
    let source = file(form, &[], &[], &with(image(), new), &[]);
    let plan = plan(&source, how).comprehensive(source.len() as u64).unwrap();
    let mut out = Vec::new();
    plan.plan().cut.write_to(&source, &mut out).unwrap();
    out
}

/// An attribute's value after cleaning an image with these elements.
fn value(tag: u32, new: Vec<Element>, how: &Deidentification) -> Option<String> {
    let out = clean(Form::Explicit, new, how);
    let found = elements(&out).into_iter().find(|e| e.0 == tag)?.2;
    Some(String::from_utf8_lossy(&found).trim_end_matches([' ', '\0']).to_owned())
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

fn back(year: i16, month: i8, day: i8) -> String {
    let (coder, patient) = coder();
    let span = jiff::Span::new().weeks(i64::from(coder.weeks(&patient)));
    jiff::civil::date(year, month, day).checked_sub(span).unwrap().strftime("%Y%m%d").to_string()
}

#[test]
fn what_is_kept_bears_nothing_of_the_patient() {
    let all = chosen(
        &[RetainDeviceIdentity, RetainInstitutionIdentity, RetainPatientCharacteristics, RetainLongitudinalFullDates],
        &[],
    );
    let cases: [(u32, &str, &str, Option<&str>); 19] = [
        (0x0008_1010, "SH", "CT 3", Some("CT 3")),
        (0x0008_1010, "SH", "CT Doe", None),
        (0x0018_1000, "LO", "SN-77", Some("SN-77")),
        (0x0018_1000, "LO", "jane_2", None),
        (0x0018_1000, "LO", "SN\0Secret", None),
        (0x0008_0080, "LO", "General Hospital", Some("General Hospital")),
        (0x0008_0081, "ST", "Dr Jane Street", None),
        (0x0010_0040, "CS", "O", Some("O")),
        (0x0010_0040, "CS", "CANARY", Some("")),
        (0x0010_1010, "AS", "067Y", Some("067Y")),
        (0x0010_1010, "AS", "101Y", Some("090Y")),
        (0x0010_1010, "AS", "Jane", None),
        (0x0010_1030, "DS", "71.5", Some("71.5")),
        (0x0010_1030, "DS", "Jane", None),
        (0x0010_2160, "SH", "Doe", None),
        (0x0008_0020, "DA", "20240302", Some("20240302")),
        (0x0008_0020, "DA", "Jane", Some("")),
        (0x0008_0012, "DA", "20240230", None),
        (0x0010_0030, "DA", "19500507", Some("")),
    ];
    let mut tried = 0;
    for (tag, vr, given, expected) in cases {
        assert_eq!(value(tag, vec![text(tag, vr, given)], &all).as_deref(), expected, "{tag:08X} {given}");
        tried += 1;
    }
    assert_eq!(tried, 19);
}

#[test]
fn a_value_under_a_false_representation_is_not_kept() {
    let all = chosen(&[RetainDeviceIdentity, RetainLongitudinalModifiedDates, RetainUids], &[]);
    for (tag, vr) in [(0x0018_1000, "OB"), (0x0008_0012, "LO"), (0x0020_0052, "LO"), (0x0018_1204, "UN")] {
        let out = clean(Form::Explicit, vec![text(tag, vr, "20240302Cnry")], &all);
        assert!(!find(&out, b"Cnry") && !find(&out, b"20240302"), "{tag:08X}");
    }
}

#[test]
fn all_dates_move_alike_at_every_depth_and_in_every_encoding() {
    let moved = chosen(&[RetainLongitudinalModifiedDates], &[]);
    let dates = || {
        let step = vec![text(0x0008_0022, "DA", "20240229"), text(0x0008_0032, "TM", "235959.5")];
        vec![
            text(0x0008_0020, "DA", "20240302"),
            text(0x0008_0021, "DA", "2024.03.01"),
            text(0x0008_0030, "TM", "101112"),
            text(0x0008_002A, "DT", "20240302101112.25-0330"),
            text(0x0010_0030, "DA", "19500507"),
            items(0x0018_9346, vec![step.clone()]),
            items(0x0028_3010, vec![vec![items(0x0018_9346, vec![step])]]),
        ]
    };
    let mut tried = 0;
    for form in FORMS {
        let out = laid_open(form, &clean(form, dates(), &moved));
        for gone in ["20240302", "20240229", "2024.03.01", "19500507"] {
            assert!(!find(&out, gone.as_bytes()), "{gone} {form:?}");
        }
        let day = back(2024, 3, 1);
        let old = format!("{}.{}.{}", &day[..4], &day[4..6], &day[6..]);
        let whole = format!("{}101112.25-0330", back(2024, 3, 2));
        for there in [back(2024, 3, 2), old, whole, "235959.5".to_owned(), "101112".to_owned()] {
            assert!(find(&out, there.as_bytes()), "{there} {form:?}");
        }
        let nested = back(2024, 2, 29);
        assert_eq!(out.windows(8).filter(|w| *w == nested.as_bytes()).count(), 2, "{form:?}");
        assert!(find(&out, b"MODIFIED") && find(&out, b"113107") && !find(&out, b"113106"));
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn dates_that_would_tell_the_offset_do_not_move() {
    let moved = chosen(&[RetainLongitudinalModifiedDates, RetainDeviceIdentity], &[]);
    let mut tried = 0;
    for (tag, vr, given, expected) in [
        (0x0018_1200, "DA", "20240301", None),
        (0x0018_1204, "DA", "20110301", None),
        (0x0008_0022, "DA", "19000101", Some("")),
        (0x0008_0020, "DA", "19700101", Some("")),
        (0x0008_0020, "DA", "20240230", Some("")),
        (0x0008_0020, "DA", "20240302\\Jane", Some("")),
        (0x0008_002A, "DT", "2024", None),
        (0x0008_0201, "SH", "+0100", Some("+0100")),
        (0x0008_0201, "SH", "Jane", None),
    ] {
        assert_eq!(value(tag, vec![text(tag, vr, given)], &moved).as_deref(), expected, "{tag:08X} {given}");
        tried += 1;
    }
    let code = vec![
        text(0x0008_0100, "SH", "T-D4000"),
        text(0x0008_0102, "SH", "SRT"),
        text(0x0008_0104, "LO", "Abdomen"),
        text(0x0008_0103, "SH", "20030108"),
        text(0x0008_0106, "DT", "20020904"),
    ];
    let out = clean(Form::Explicit, vec![items(0x0008_2218, vec![code])], &moved);
    assert!(!find(&out, back(2003, 1, 8).as_bytes()) && !find(&out, back(2002, 9, 4).as_bytes()));
    assert!(find(&out, b"Abdomen"));
    assert_eq!(tried, 9);
}

#[test]
fn a_day_of_birth_in_a_report_stays_under_no_option() {
    let item = |code: &str, date: &str| {
        let concept = [(0x0008_0100, "SH", code), (0x0008_0102, "SH", "DCM"), (0x0008_0104, "LO", "Date")];
        vec![
            text(0x0040_A040, "CS", "DATE"),
            items(0x0040_A043, vec![concept.iter().map(|(tag, vr, v)| text(*tag, vr, v)).collect()]),
            text(0x0040_A121, "DA", date),
        ]
    };
    let report = vec![
        text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.88.22"),
        items(0x0040_A730, vec![item("121031", "19500507"), item("111060", "20240302"), item("999999", "20110203")]),
    ];
    for (option, day) in
        [(RetainLongitudinalFullDates, "20240302".to_owned()), (RetainLongitudinalModifiedDates, back(2024, 3, 2))]
    {
        let out = clean(Form::Explicit, report.clone(), &chosen(&[option], &[]));
        let source = file(Form::Explicit, &[], &[], &with(image(), report.clone()), &[]);
        assert!(witnessed(&source, &out, &chosen(&[option], &[])), "{option:?}");
        assert!(find(&out, day.as_bytes()), "{option:?}");
        for gone in ["19500507".to_owned(), back(1950, 5, 7), "20110203".to_owned(), back(2011, 2, 3)] {
            assert!(!find(&out, gone.as_bytes()), "{option:?} {gone}");
        }
    }
}

#[test]
fn uids_that_stay_are_the_same_in_header_and_data_set() {
    let uids = chosen(&[RetainUids], &[]);
    let new = vec![
        text(0x0008_0018, "UI", "1.2.999.1.1\0\0\0"),
        text(0x0008_0016, "UI", "1.2.999.77.5"),
        text(0x0008_0014, "UI", "1.2.999.Jane"),
        items(0x0008_1140, vec![vec![text(0x0008_1150, "UI", "1.2.999.77.6"), text(0x0008_1155, "UI", "1.2.999.8")]]),
    ];
    let out = clean(Form::Explicit, new, &uids);
    let all = elements(&out);
    let get = |tag| all.iter().find(|e| e.0 == tag).unwrap().2.clone();
    assert_eq!(get(0x0002_0003), get(0x0008_0018));
    assert_eq!(get(0x0008_0018), b"1.2.999.1.1\0");
    assert_eq!(get(0x0002_0002), get(0x0008_0016));
    assert!(find(&out, b"1.2.999.77.6") && find(&out, b"1.2.999.8") && !find(&out, b"Jane"));
    assert!(find(&out, b"113110") && find(&out, b"113100"));
}

#[test]
fn a_uid_with_a_day_in_it_does_not_stay_beside_moved_dates() {
    let both = chosen(&[RetainUids, RetainLongitudinalModifiedDates], &[]);
    let new = vec![
        text(0x0008_0018, "UI", "1.2.999.1.20240302101112.7"),
        text(0x0008_0020, "DA", "20240302"),
        text(0x0008_0058, "UI", "1.2.999.5\\1.2.999.20240302.6\\1.2.999.20241302.6"),
        text(0x0018_1002, "UI", "1.2.999.20110203"),
    ];
    let source = file(Form::Explicit, &[], &[], &with(image(), new.clone()), &[]);
    let out = cleaned(&source, &both);
    assert!(!find(&out, b"20240302") && !find(&out, b"20110203"));
    assert!(find(&out, b"1.2.999.5\\2.25.") && find(&out, b"\\1.2.999.20241302.6") && find(&out, b"1.2.999.1.2\0"));
    let all = elements(&out);
    let get = |tag| all.iter().find(|e| e.0 == tag).unwrap().2.clone();
    assert_eq!(get(0x0002_0003), get(0x0008_0018));
    assert!(witnessed(&source, &out, &both));
    let uids = chosen(&[RetainUids], &[]);
    assert!(
        find(&cleaned(&source, &uids), b"1.2.999.20240302.6") && !witnessed(&source, &cleaned(&source, &uids), &both)
    );
}

#[test]
fn a_uid_with_an_instant_in_it_does_not_stay_beside_moved_dates() {
    let both = chosen(&[RetainUids, RetainLongitudinalModifiedDates], &[]);
    let uids = chosen(&[RetainUids], &[]);
    let mut tried = 0;
    for (uid, stays) in [
        ("1.2.999.1552521600.7", false),
        ("1.2.999.978957063.7", false),
        ("1.2.999.1552521600123.7", false),
        ("1.2.999.14032019.7", false),
        ("1.2.999.2019.3.14.7", false),
        ("1.2.999.190314.7", false),
        ("1.2.999.30000019031410111200000001", false),
        ("2.25.329800735698586629295641978511506172918", false),
        ("2.25.211991687685959724722258590257657948741", true),
        ("1.2.999.5354.7", true),
    ] {
        let new = vec![text(0x0008_0018, "UI", uid), text(0x0020_0052, "UI", uid), text(0x0008_0020, "DA", "20190314")];
        let source = file(Form::Explicit, &[], &[], &with(image(), new), &[]);
        let out = cleaned(&source, &both);
        assert_eq!(find(&out, uid.as_bytes()), stays, "{uid}");
        assert!(witnessed(&source, &out, &both), "{uid}");
        // Without moved dates it stays, in the file header too.
        let kept = cleaned(&source, &uids);
        assert_eq!(kept.windows(uid.len()).filter(|w| *w == uid.as_bytes()).count(), 3, "{uid}");
        assert!(witnessed(&source, &kept, &uids), "{uid}");
        tried += 1;
    }
    assert_eq!(tried, 10);
}

#[test]
fn places_of_local_schemes_stay_where_places_do() {
    let code = vec![
        text(0x0008_0100, "SH", "W7"),
        text(0x0008_0102, "SH", "99LOCAL"),
        text(0x0008_0104, "LO", "General Hospital"),
    ];
    let new = || vec![items(0x0008_0082, vec![code.clone()])];
    let out = clean(Form::Explicit, new(), &chosen(&[RetainInstitutionIdentity], &[]));
    assert!(find(&out, b"99LOCAL") && find(&out, b"General Hospital"));
    let out = clean(Form::Explicit, new(), &chosen(&[RetainDeviceIdentity], &[]));
    assert!(!find(&out, b"99LOCAL") && !find(&out, b"Hospital"));
}

#[test]
fn no_option_that_is_not_carried_out_is_claimed() {
    let all = chosen(DicomOption::ALL, &[]);
    let source = file(Form::Explicit, &[], &[], &image(), &[]);
    let expected = ["113100", "113111", "113110", "113109", "113112", "113108", "113107", "113105", "113104", "113103"];
    assert_eq!(plan(&source, &all).method, expected);
    let out = clean(Form::Explicit, vec![], &all);
    for code in expected {
        assert!(find(&out, code.as_bytes()), "{code}");
    }
    for code in ["113101", "113102", "113106"] {
        assert!(!find(&out, code.as_bytes()), "{code}");
    }
    let full = chosen(&[RetainLongitudinalFullDates], &[]);
    assert_eq!(value(0x0028_0303, vec![], &full).as_deref(), Some("UNMODIFIED"));
    assert_eq!(value(0x0028_0303, vec![], &chosen(&[RetainUids], &[])).as_deref(), Some("REMOVED"));
    let method = value(0x0012_0063, vec![], &full).unwrap();
    assert!(method.ends_with("\\Retain Longitudinal Temporal Information Full Dates Option"), "{method}");
    assert!(method.split('\\').all(|v| v.len() <= 64));
}

#[test]
fn deviations_hold_at_any_depth_and_are_named() {
    let how = chosen(
        &[],
        &[
            (0x0008_1030, Treatment::Replace("Teaching case".to_owned())),
            (0x0018_0050, Treatment::Remove),
            (0x0018_9074, Treatment::Replace("20000101".to_owned())),
            (0x0028_1101, Treatment::Replace("1\\2\\3".to_owned())),
            (0x0018_1400, Treatment::Remove),
        ],
    );
    let new = || {
        vec![
            text(0x0008_1030, "LO", "Cnry study"),
            number(0x0028_1101, 9),
            items(0x0018_9346, vec![vec![text(0x0008_1030, "LO", "Cnry below")]]),
        ]
    };
    for form in FORMS {
        let out = laid_open(form, &clean(form, new(), &how));
        assert!(!find(&out, b"Cnry"), "{form:?}");
        assert_eq!(out.windows(13).filter(|w| *w == b"Teaching case").count(), 2, "{form:?}");
    }
    let all = elements(&clean(Form::Explicit, new(), &how));
    let get = |tag| all.iter().find(|e| e.0 == tag).map(|e| e.2.clone());
    assert_eq!(get(0x0018_0050), None);
    assert_eq!(get(0x0028_1101), Some(vec![1, 0, 2, 0, 3, 0]));
    assert_eq!(get(0x0012_0062).as_deref(), Some(&b"YES "[..]));
    let method = String::from_utf8(get(0x0012_0063).unwrap()).unwrap();
    assert!(method.contains("\\deviation (0008,1030) replace\\deviation (0018,0050) remove\\"), "{method}");
    assert!(!method.contains("0018,9074") && !method.contains("0018,1400"), "what the object lacks is not named");
    let source = file(Form::Explicit, &[], &[], &with(image(), new()), &[]);
    let expected =
        ["113100", "deviation-0008.1030-replace", "deviation-0018.0050-remove", "deviation-0028.1101-replace"];
    assert_eq!(plan(&source, &how).method, expected);
}

#[test]
fn whoever_keeps_what_the_profile_removes_gets_no_claim() {
    let keep = |tag| chosen(&[], &[(tag, Treatment::Keep)]);
    let name = keep(0x0010_0010);
    assert_eq!(value(0x0010_0010, vec![], &name).as_deref(), Some("Doe^Jane"));
    assert_eq!(value(0x0012_0062, vec![], &name).as_deref(), Some("NO"));
    let out = clean(Form::Explicit, vec![], &name);
    assert!(!find(&out, b"113100") && !find(&out, b"Basic Application") && find(&out, b"deviation (0010,0010) keep"));
    let source = file(Form::Explicit, &[], &[], &image(), &[]);
    assert_eq!(plan(&source, &name).method, ["deviation-0010.0010-keep"]);
    // What the table does not list, what an option keeps anyway, and what the object lacks, takes nothing away.
    let plain = vec![text(0x0018_1030, "LO", "head")];
    assert_eq!(value(0x0012_0062, plain.clone(), &keep(0x0018_0050)).as_deref(), Some("YES"));
    assert_eq!(value(0x0012_0062, plain.clone(), &keep(0x0008_1030)).as_deref(), Some("YES"));
    assert_eq!(value(0x0012_0062, plain, &keep(0x0018_1030)).as_deref(), Some("NO"));
    let dated = chosen(&[RetainLongitudinalFullDates], &[(0x0008_0020, Treatment::Keep)]);
    assert_eq!(value(0x0012_0062, vec![text(0x0008_0020, "DA", "20240302")], &dated).as_deref(), Some("YES"));
}

#[test]
fn a_deviation_changes_no_claim_no_header_and_no_picture() {
    let tags = [
        0x0002_0016,
        0x0008_0005,
        0x0008_0018,
        0x0009_0010,
        0x0009_1001,
        0x0012_0062,
        0x0012_0063,
        0x0028_0010,
        0x0028_0301,
        0x0028_0303,
        0x6000_3000,
        0x7FE0_0010,
    ];
    let new = || {
        vec![
            text(0x0009_0010, "LO", "Cnry maker"),
            text(0x0009_1001, "LO", "Cnry"),
            text(0x0012_0062, "CS", "NO"),
            text(0x0012_0063, "LO", "Cnry method"),
            text(0x0028_0301, "CS", "NO"),
            text(0x0028_0303, "CS", "UNMODIFIED"),
        ]
    };
    let basic = clean(Form::Explicit, new(), &Deidentification::default());
    let mut tried = 0;
    for tag in tags {
        for treatment in [Treatment::Keep, Treatment::Remove, Treatment::Replace("1".to_owned())] {
            assert_eq!(clean(Form::Explicit, new(), &chosen(&[], &[(tag, treatment)])), basic, "{tag:08X}");
            assert!(!scrubs::dicom::may_deviate(tag));
            tried += 1;
        }
    }
    assert_eq!(tried, 36);
}

#[test]
fn the_offset_is_the_same_in_every_run_and_never_missing() {
    let moved = chosen(&[RetainLongitudinalModifiedDates], &[]);
    let new = || vec![text(0x0008_0020, "DA", "20240302")];
    assert_eq!(clean(Form::Explicit, new(), &moved), clean(Form::Explicit, new(), &moved));
    // Without a Patient ID the offset is that of the code which the recording has in its stead.
    let without: Vec<Element> = with(image(), new()).into_iter().filter(|e| e.tag != 0x0010_0020).collect();
    let source = file(Form::Explicit, &[], &[], &without, &[]);
    let mut out = Vec::new();
    plan(&source, &moved).cut.write_to(&source, &mut out).unwrap();
    assert!(!find(&out, b"20240302") && find(&out, back(2024, 3, 2).as_bytes()));
}

/// What the witness says of an output of this choice, seen with that one.
fn witnessed(source: &Vec<u8>, output: &Vec<u8>, how: &Deidentification) -> bool {
    let evidence = Evidence { format: Format::Dicom, original: source, output, dropped: &[] };
    witness_object(&evidence, how).is_ok()
}

fn rich() -> Vec<u8> {
    let reference = vec![text(0x0008_1150, "UI", "1.2.840.10008.5.1.4.1.1.4"), text(0x0008_1155, "UI", "1.2.999.8")];
    let new = vec![
        text(0x0008_0012, "DA", "20240303"),
        text(0x0008_0020, "DA", "20240302"),
        text(0x0008_0030, "TM", "101112"),
        text(0x0008_0080, "LO", "General Hospital"),
        text(0x0008_1030, "LO", "Knee of Jane Doe"),
        text(0x0010_0030, "DA", "19500507"),
        text(0x0010_0040, "CS", "F"),
        text(0x0010_1010, "AS", "093Y"),
        text(0x0010_1030, "DS", "71.5"),
        text(0x0018_1000, "LO", "SN-77"),
        text(0x0018_1204, "DA", "20110203"),
        items(0x0008_1140, vec![reference]),
        items(0x0018_9346, vec![vec![text(0x0008_0022, "DA", "20240229")]]),
    ];
    file(Form::Explicit, &[], &[], &with(image(), new), &[])
}

fn cleaned(source: &Vec<u8>, how: &Deidentification) -> Vec<u8> {
    let mut out = Vec::new();
    plan(source, how).cut.write_to(source, &mut out).unwrap();
    out
}

#[test]
fn the_witness_clears_what_was_asked_for_and_nothing_else() {
    let source = rich();
    let basic = Deidentification::default();
    let carried_out = [
        RetainUids,
        RetainDeviceIdentity,
        RetainInstitutionIdentity,
        RetainPatientCharacteristics,
        RetainLongitudinalFullDates,
        RetainLongitudinalModifiedDates,
    ];
    assert!(witnessed(&source, &cleaned(&source, &basic), &basic));
    let mut tried = 0;
    for option in carried_out {
        let how = chosen(&[option], &[]);
        let output = cleaned(&source, &how);
        assert!(witnessed(&source, &output, &how), "{option:?}");
        for other in carried_out.into_iter().filter(|other| *other != option) {
            assert!(!witnessed(&source, &output, &chosen(&[other], &[])), "{option:?} seen as {other:?}");
            tried += 1;
        }
        assert!(!witnessed(&source, &output, &basic), "{option:?} seen as the Basic Profile");
    }
    assert_eq!(tried, 30);
    let all = chosen(DicomOption::ALL, &[]);
    assert!(witnessed(&source, &cleaned(&source, &all), &all));
    let keep = chosen(&[], &[(0x0008_1030, Treatment::Keep), (0x0018_0050, Treatment::Remove)]);
    assert!(
        witnessed(&source, &cleaned(&source, &keep), &keep) && !witnessed(&source, &cleaned(&source, &keep), &basic)
    );
    let replace = chosen(&[], &[(0x0008_1030, Treatment::Replace("Knee".to_owned()))]);
    assert!(witnessed(&source, &cleaned(&source, &replace), &replace));
    assert!(!witnessed(&source, &cleaned(&source, &keep), &replace));
}

#[test]
fn the_witness_sees_a_date_that_moved_otherwise() {
    let (source, how) = (rich(), chosen(&[RetainLongitudinalModifiedDates], &[]));
    let output = cleaned(&source, &how);
    let day = back(2024, 3, 2);
    let at = output.windows(8).position(|w| w == day.as_bytes()).unwrap();
    let mut tried = 0;
    for other in ["20240302".to_owned(), back(2024, 2, 24), back(2024, 3, 3), "20240309".to_owned()] {
        let mut changed = output.clone();
        changed[at..at + 8].copy_from_slice(other.as_bytes());
        assert!(!witnessed(&source, &changed, &how), "{other}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}
