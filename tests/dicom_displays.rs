//! The ways in which an object says that its grey values are to be shown: each is looked through for writing.
#![allow(clippy::unwrap_used)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

use support::{Element, FORMS, Form, Value, file, image, items, number, text, with};

/// How values 0 to 4,095 of each of two frames are shown, for each way that an object of 12 bits says.
fn shown(form: Form, new: Vec<Element>) -> [Vec<Vec<u8>>; 2] {
    let pixels = Element { tag: 0x7FE0_0010, vr: "OW", value: Value::Numbers((100..132).collect()) };
    let all = with(with(image(), vec![pixels, text(0x0028_0008, "IS", "2")]), new);
    let source = file(form, &[], &[], &all, &[]);
    let mut frames = scrubs::dicom::frames(&source).unwrap();
    [0, 1].map(|index| frames.frame(index).unwrap().displays().iter().map(|display| display.to_vec()).collect())
}

fn window(center: &str, width: &str) -> Vec<Element> {
    vec![text(0x0028_1050, "DS", center), text(0x0028_1051, "DS", width)]
}

fn rescaled(slope: &str, intercept: &str) -> Vec<Element> {
    vec![text(0x0028_1052, "DS", intercept), text(0x0028_1053, "DS", slope)]
}

fn table(descriptor: [u16; 3], entries: &[u16]) -> Vec<Element> {
    vec![
        Element { tag: 0x0028_3002, vr: "US", value: Value::Numbers(descriptor.to_vec()) },
        Element { tag: 0x0028_3006, vr: "OW", value: Value::Numbers(entries.to_vec()) },
    ]
}

/// The values at which what is shown leaves black, passes the middle, and comes to white.
fn steps(display: &[u8]) -> (usize, usize, usize) {
    let first = |least: u8| display.iter().position(|v| *v >= least).unwrap_or(display.len());
    (first(1), first(128), first(255))
}

#[test]
fn windows_are_read_with_what_turns_stored_values_into_those_they_speak_of() {
    let mut tried = 0;
    for form in FORMS {
        // PS3.3 C.11.2.1.2.1: black up to center - 0.5 - (width - 1) / 2, white from center - 0.5 + (width - 1) / 2 on.
        let [one, other] = shown(form, window("1000.5", "1001"));
        assert_eq!((one.len(), one.clone()), (1, other));
        assert_eq!((one[0].len(), steps(&one[0])), (4096, (504, 1002, 1500)));
        let [two, _] = shown(form, window("1000.5\\2000\\1010", "1001\\ 101 \\1000"));
        assert_eq!(two.iter().map(|one| steps(one)).collect::<Vec<_>>(), [(504, 1002, 1500), (1950, 2000, 2050)]);
        let moved = [window("0.5", "1001"), rescaled("2", "-1024")].concat();
        assert_eq!(steps(&shown(form, moved)[0][0]), (264, 513, 762));
        let signed = [window("0.5", "1001"), vec![number(0x0028_0103, 1)]].concat();
        assert_eq!(steps(&shown(form, signed)[0][0]), (1552, 2050, 2548));
        assert_eq!(shown(form, Vec::new()), [Vec::<Vec<u8>>::new(), Vec::new()]);
        assert_eq!(shown(form, window("0", "0")), [Vec::<Vec<u8>>::new(), Vec::new()]);
        assert_eq!(shown(form, window("no number", "7")), [Vec::<Vec<u8>>::new(), Vec::new()]);
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn tables_are_read_too() {
    let step: Vec<u16> = (0..64).map(|n| if n < 40 { 0 } else { 1000 }).collect();
    let mut tried = 0;
    for form in FORMS {
        let voi = items(0x0028_3010, vec![table([64, 500, 10], &step)]);
        let display = &shown(form, vec![voi.clone()])[0][0];
        assert_eq!(steps(display), (540, 540, 540));
        let modality = items(0x0028_3000, vec![table([64, 200, 10], &step)]);
        assert_eq!(steps(&shown(form, vec![modality.clone()])[0][0]), (240, 240, 240));
        // 0 and 1,000 by the first table; the window lies between.
        let both = [window("500", "100"), vec![modality]].concat();
        assert_eq!(steps(&shown(form, both)[0][0]), (240, 240, 240));
        let red: Vec<u16> = (0..256).map(|n| if n == 9 { 0xFFFF } else { 0 }).collect();
        let palette = (0..3_u32).flat_map(|n| {
            let words = |tag, value| Element { tag, vr: "US", value: Value::Numbers(value) };
            [words(0x0028_1101 + n, vec![256, 3000, 16]), Element { vr: "OW", ..words(0x0028_1201 + n, red.clone()) }]
        });
        let coloured = &shown(form, palette.collect())[0];
        assert_eq!((coloured.len(), steps(&coloured[0])), (2, (3009, 3009, 3009)));
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn each_frame_has_the_ways_that_are_said_of_it_and_of_all() {
    let of = |center: &str| vec![items(0x0028_9132, vec![window(center, "101")])];
    let mut tried = 0;
    for form in FORMS {
        let each = items(0x5200_9230, vec![of("1000"), of("2000")]);
        let turned = vec![items(0x0028_9145, vec![rescaled("1", "100")])];
        let shared = items(0x5200_9229, vec![[of("3000"), turned].concat()]);
        let all = shown(form, vec![each, shared]);
        let middles = all.map(|frame| frame.iter().map(|one| steps(one).1).collect::<Vec<_>>());
        assert_eq!(middles, [[900, 2900], [1900, 2900]]);
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn more_ways_than_are_looked_through_leave_the_picture_unlooked_at() {
    let many = |count: u32| {
        let centers: Vec<String> = (0..count).map(|n| (n * 200 + 100).to_string()).collect();
        let all = with(image(), window(&centers.join("\\"), &vec!["100"; count as usize].join("\\")));
        let source = file(Form::Explicit, &[], &[], &all, &[]);
        scrubs::dicom::frames(&source).map(|frames| frames.count()).map_err(|unseen| unseen.code)
    };
    assert_eq!((many(16), many(17)), (Ok(1), Err("too-large")));
}
