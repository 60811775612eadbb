//! `scrubs check`: everything planted in documents, archives and files is listed with its place, and nothing is changed.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that unwraps fails loudly, which is what a test is for"
)]

#[path = "support/package.rs"]
#[allow(unreachable_pub, missing_docs, reason = "the makers may be shared")]
mod package;
#[path = "support/running.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "the runners are shared, and this file uses a part of them")]
mod running;

use package::{archive, docx, odp, pdf, picture, pptx};
use running::Home;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

/// What `--format json` tells of one thing: where it lies, and the labels of what was found.
fn told(value: &Value) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let items = value["items"].as_array().unwrap().iter();
    items
        .map(|item| {
            let place = [text(&item["inside"]), text(&item["member"])].join(" | ");
            let labels = item["findings"].as_array().unwrap().iter().map(|finding| text(&finding["label"]));
            (place, labels.collect())
        })
        .collect()
}

fn look(home: &Home, args: &[&str]) -> (i32, Value) {
    let all: Vec<&str> = ["check", "--format", "json"].iter().chain(args).copied().collect();
    let output = home.run(&all);
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    (output.status.code().unwrap(), value)
}

/// Whether something was told of this place with this label.
fn tells(told: &[(String, Vec<String>)], place: &str, label: &str) -> bool {
    told.iter().any(|(at, labels)| at.contains(place) && labels.iter().any(|one| one.contains(label)))
}

#[test]
fn every_item_planted_in_a_presentation_is_listed_with_its_slide() {
    let home = Home::new();
    fs::write(home.at("talk.pptx"), pptx()).unwrap();
    let (exit, value) = look(&home, &["talk.pptx"]);
    let told = told(&value);
    let expected = [
        ("slide 1, picture 1", "GPS position"),
        ("slide 2, picture 1", "GPS position"),
        ("slide 2, picture 2", "slide 2, picture 2, cropped in the document but whole in the file"),
        ("background of the slides", "GPS position"),
        ("ppt/media/left-over.jpg", "picture that the document does not show"),
        ("preview of the document", "small picture of the first page"),
        (" | ", "property of the document: author"),
        (" | ", "property of the document: who changed it last"),
        (" | ", "property of the document: when it was made"),
        (" | ", "property of the document: company or institution"),
        (" | ", "properties that somebody or a program added"),
        (" | ", "speaker notes on 1 slide"),
        (" | ", "comments, with who wrote them"),
    ];
    for (place, label) in expected {
        assert!(tells(&told, place, label), "{place}: {label} in {told:#?}");
    }
    assert_eq!(expected.len(), 13);
    assert_eq!(exit, 1);
    assert!(!value.to_string().contains("Canary"), "a value is told");
}

#[test]
fn every_item_planted_in_a_text_is_listed_with_its_place() {
    let home = Home::new();
    fs::write(home.at("case.docx"), docx()).unwrap();
    fs::write(home.at("talk.odp"), odp()).unwrap();
    fs::write(home.at("case.pdf"), pdf()).unwrap();
    let (_, word) = look(&home, &["case.docx"]);
    let (_, open) = look(&home, &["talk.odp"]);
    let (_, pages) = look(&home, &["case.pdf"]);
    let expected = [
        (&word, "picture 1", "GPS position"),
        (&word, "picture 2", "picture 2, cropped in the document but whole in the file"),
        (&word, "header or footer", "GPS position"),
        (&word, " | ", "2 tracked changes, with who made them"),
        (&word, " | ", "comments, with who wrote them"),
        (&word, " | ", "property of the document: author"),
        (&open, "slide 2, picture 1", "GPS position"),
        (&open, "slide 2, picture 1", "cropped in the document but whole in the file"),
        (&open, " | ", "1 comments, with who wrote them"),
        (&open, " | ", "property of the document: author"),
        (&pages, "page 1, picture 1", "GPS position"),
        (&pages, "on no page", "picture that the document does not show"),
        (&pages, " | ", "property of the document: author"),
        (&pages, " | ", "1 XMP blocks"),
        (&pages, " | ", "1 comments, with who wrote them"),
        (&pages, " | ", "page 1, cropped: what lies outside is still there"),
    ];
    for (value, place, label) in expected {
        let told = told(value);
        assert!(tells(&told, place, label), "{place}: {label} in {told:#?}");
        assert!(!value.to_string().contains("Canary"), "a value is told");
    }
    assert_eq!(expected.len(), 16);
}

#[test]
fn an_archive_in_an_archive_is_looked_into_and_an_endless_one_is_not() {
    let home = Home::new();
    let inner = archive(&[("deep/hand.jpg", &picture()), ("Thumbs.db", b"x")]);
    let mut nested = archive(&[("inner.zip", &inner), ("notes.txt", b"nothing"), ("talk.pptx", &pptx())]);
    fs::write(home.at("all.zip"), &nested).unwrap();
    let (exit, value) = look(&home, &["all.zip"]);
    let seen = told(&value);
    assert!(tells(&seen, "inner.zip/deep/hand.jpg", "GPS position"), "{seen:#?}");
    assert!(tells(&seen, "inner.zip/Thumbs.db", "file of the operating system"));
    assert!(tells(&seen, "talk.pptx/ppt/media", "GPS position"));
    assert_eq!(exit, 1);
    for _ in 0..6 {
        nested = archive(&[("again.zip", &nested)]);
    }
    fs::write(home.at("endless.zip"), &nested).unwrap();
    let (_, value) = look(&home, &["endless.zip"]);
    assert!(told(&value).iter().any(|(_, labels)| labels.iter().any(|l| l.starts_with("archives in archives"))));
}

#[test]
fn what_bombs_lies_or_breaks_off_is_told_and_the_check_goes_on() {
    let home = Home::new();
    fs::create_dir(home.at("odd")).unwrap();
    let bomb = archive(&[("a.bmp", &[b"BM".to_vec(), vec![0; 80 << 20]].concat())]);
    fs::write(home.at("odd/bomb.zip"), bomb).unwrap();
    let whole = [pptx(), docx(), pdf()];
    let mut tried = 0;
    for (n, bytes) in whole.iter().enumerate() {
        for part in 1..12 {
            fs::write(home.at(&format!("odd/cut-{n}-{part}")), &bytes[..bytes.len() * part / 12]).unwrap();
            let mut flipped = bytes.clone();
            let at = bytes.len() * part / 12;
            flipped[at] ^= 0x55;
            fs::write(home.at(&format!("odd/flipped-{n}-{part}")), flipped).unwrap();
            tried += 2;
        }
    }
    fs::write(home.at("odd/z.jpg"), picture()).unwrap();
    let (exit, value) = look(&home, &["odd"]);
    assert_eq!((exit, tried), (1, 66));
    let last = value["items"].as_array().unwrap().last().unwrap().clone();
    assert!(last["file"].as_str().unwrap().ends_with("z.jpg"), "the last one is reached: {last}");
}

#[test]
fn what_is_clean_is_said_to_be_and_what_is_not_a_recording_is_passed_over() {
    let home = Home::new();
    fs::create_dir(home.at("clean")).unwrap();
    fs::write(home.at("clean/readme.txt"), "words").unwrap();
    let mut plain = Vec::new();
    let grey = image::GrayImage::from_pixel(16, 16, image::Luma([90]));
    grey.write_to(&mut std::io::Cursor::new(&mut plain), image::ImageFormat::Png).unwrap();
    fs::write(home.at("clean/figure 1.png"), plain).unwrap();
    let output = home.run(&["check", "clean"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("Looked at 1 file. Nothing was found in metadata and names."), "{text}");
    assert_eq!(home.run(&["check", "missing"]).status.code(), Some(2));
}

#[test]
fn what_was_not_looked_at_is_said_at_the_end() {
    let home = Home::new();
    fs::create_dir_all(home.at("clean/texts")).unwrap();
    fs::write(home.at("clean/figure 1.png"), plain()).unwrap();
    fs::write(home.at("clean/texts/case.txt"), "words").unwrap();
    fs::write(home.at("hand.jpg"), picture()).unwrap();
    let words = "what films show and sound says, and the words of documents and text files.\n";
    let both = format!("Not looked at: the pictures themselves (add --pixels), {words}");
    let alone = format!("Not looked at: {words}");
    let cases = [
        (vec!["check", "clean"], 0, "Looked at 1 file. Nothing was found in metadata and names.\n", &both),
        (
            vec!["check", "clean", "--pixels"],
            0,
            "Looked at 1 file. Nothing was found in metadata, names and pictures.\n",
            &alone,
        ),
        (vec!["check", "clean/texts"], 0, "No recording was looked at.\n", &both),
        (vec!["check", "hand.jpg"], 1, "Looked at 1 file.\n", &both),
    ];
    let tried = cases.len();
    for (arguments, exit, counted, unseen) in cases {
        let output = home.run(&arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {text}");
        assert!(text.contains(counted) && text.ends_with(unseen), "{arguments:?}: {text}");
    }
    assert_eq!(tried, 4);
}

#[test]
fn a_register_decides_whether_a_picture_may_be_published() {
    let home = Home::new();
    fs::create_dir(home.at("p")).unwrap();
    fs::write(home.at("p/face.png"), plain()).unwrap();
    fs::write(home.at("p/arm.png"), plain()).unwrap();
    let rows = "recording,status,scopes,given_by,given_on,identifiable,pixels,assessed_by\n\
                face.png,given,publication,patient,2024-05-01,yes,no-marks,A. Reviewer\n\
                arm.png,refused,,patient,2024-05-01,yes,no-marks,A. Reviewer\n";
    fs::write(home.at("register.csv"), rows).unwrap();
    let (exit, value) = look(&home, &["p", "--register", "register.csv"]);
    let outcome = |n: usize| value["items"][n]["verdict"]["outcome"].as_str().unwrap_or_default().to_owned();
    assert_eq!((outcome(0).as_str(), outcome(1).as_str(), exit), ("must-not-use", "usable", 1), "{value}");
    assert_eq!(value["summary"]["not_to_be_used"], 1);
}

#[test]
fn an_original_that_nothing_has_cleaned_is_sent_to_clean() {
    let home = Home::new();
    fs::create_dir(home.at("p")).unwrap();
    fs::write(home.at("p/hand.jpg"), picture()).unwrap();
    let rows = "recording,status,scopes,given_by,given_on,identifiable,pixels,assessed_by\n\
                hand.jpg,given,teaching;publication,patient,2024-05-01,no,no-marks,A. Reviewer\n";
    fs::write(home.at("register.csv"), rows).unwrap();
    let cases = [
        ("publication", "Run `scrubs clean` and publish what that releases."),
        ("teaching", "Run `scrubs clean` and use what that releases."),
    ];
    let tried = cases.len();
    for (purpose, next) in cases {
        let output = home.run(&["check", "p", "--register", "register.csv", "--purpose", purpose]);
        let said = running::text(&output.stdout);
        assert!(said.contains("It is not cleaned yet") && said.contains(next), "{said}");
        assert!(!said.contains("learns to clean it"), "{said}");
    }
    assert_eq!(tried, 2);
}

fn plain() -> Vec<u8> {
    let mut bytes = Vec::new();
    let grey = image::GrayImage::from_pixel(16, 16, image::Luma([90]));
    grey.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

#[test]
fn a_baseline_silences_what_it_knows_and_nothing_else() {
    let home = Home::new();
    fs::create_dir(home.at("p")).unwrap();
    fs::write(home.at("p/a.jpg"), picture()).unwrap();
    assert_eq!(home.run(&["check", "p"]).status.code(), Some(1));
    let made = home.run(&["check", "p", "--baseline", "known.json", "--write-baseline"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let known = fs::read_to_string(home.at("known.json")).unwrap();
    assert!(!known.contains("a.jpg") && !known.contains("GPS"), "a baseline holds digests alone");
    let count = serde_json::from_str::<Value>(&known).unwrap()["known"].as_array().unwrap().len();
    let said = running::text(&made.stdout);
    assert!(!said.contains("Nothing was found"), "{said}");
    let written =
        format!("{count} findings written to known.json; they are told no more while these files stay as they are.\n");
    assert!(count > 1 && said.ends_with(&written), "{said}");
    let again = home.run(&["check", "p", "--baseline", "known.json"]);
    let said = running::text(&again.stdout);
    assert!(said.starts_with("Looked at 1 file. Nothing new.\n") && !said.contains("Nothing was found"), "{said}");
    assert_eq!(again.status.code(), Some(0));
    fs::write(home.at("p/b.jpg"), picture()).unwrap();
    let (exit, value) = look(&home, &["p", "--baseline", "known.json"]);
    assert_eq!(exit, 1);
    let with: BTreeSet<&str> = value["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| !item["findings"].as_array().unwrap().is_empty())
        .map(|item| item["file"].as_str().unwrap())
        .collect();
    assert_eq!(with, BTreeSet::from(["p/b.jpg"]));
    assert_eq!(home.run(&["check", "p", "--baseline", "p/a.jpg"]).status.code(), Some(2));
}

#[test]
fn another_picture_under_a_name_that_the_baseline_knows_is_told() {
    let home = Home::new();
    fs::create_dir(home.at("p")).unwrap();
    fs::write(home.at("p/a.jpg"), picture()).unwrap();
    fs::write(home.at("p/talk.pptx"), pptx()).unwrap();
    let write = ["check", "p", "--baseline", "known.json", "--write-baseline"];
    assert_eq!(home.run(&write).status.code(), Some(0));
    assert_eq!(look(&home, &["p", "--baseline", "known.json"]).0, 0);
    // The same findings in the same places, and a comment.
    let mut other = picture();
    let end = other.len() - 2;
    other.splice(end..end, [0xFF, 0xFE, 0, 4, b'o', b'k']);
    fs::write(home.at("p/a.jpg"), &other).unwrap();
    let (exit, value) = look(&home, &["p", "--baseline", "known.json"]);
    let seen = told(&value);
    assert_eq!(exit, 1);
    assert!(tells(&seen, " | ", "GPS position"), "{seen:#?}");
    assert!(seen.iter().all(|(place, labels)| place == " | " || labels.is_empty()), "the talk is as it was: {seen:#?}");
    // What an earlier version wrote does not tell one content from another.
    let old = fs::read_to_string(home.at("known.json")).unwrap().replace("\"version\": 2", "\"version\": 1");
    fs::write(home.at("old.json"), old).unwrap();
    let refused = home.run(&["check", "p", "--baseline", "old.json"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(running::text(&refused.stderr).contains("Make it again with --write-baseline."));
    let json = home.run(&["check", "p", "--format", "json", "--baseline", "b.json", "--write-baseline"]);
    assert!(running::text(&json.stderr).contains(" findings written to b.json; "), "{json:?}");
    serde_json::from_slice::<Value>(&json.stdout).unwrap();
}

#[test]
fn each_form_of_output_is_what_its_readers_expect_and_the_same_for_any_number_of_workers() {
    let home = Home::new();
    fs::create_dir(home.at("p")).unwrap();
    for n in 0..40 {
        fs::write(home.at(&format!("p/a {n}.jpg")), picture()).unwrap();
    }
    fs::write(home.at("p/talk.pptx"), pptx()).unwrap();
    let mut tried = 0;
    for format in ["text", "json", "csv", "sarif", "junit"] {
        let one = home.run(&["check", "p", "--format", format, "--jobs", "1"]);
        let many = home.run(&["check", "p", "--format", format, "--jobs", "4"]);
        assert_eq!(one.stdout, many.stdout, "{format}");
        assert_eq!((one.status.code(), many.status.code()), (Some(1), Some(1)));
        let text = String::from_utf8(one.stdout).unwrap();
        assert!(!text.contains("Canary"), "{format} tells a value");
        match format {
            "sarif" => sarif(&text),
            "junit" => junit(&text),
            "csv" => {
                let mut rows = csv::Reader::from_reader(text.as_bytes());
                assert_eq!(rows.headers().unwrap().len(), 8);
                assert!(rows.records().all(|row| row.unwrap().len() == 8));
            }
            _ => {}
        }
        tried += 1;
    }
    assert_eq!(tried, 5);
}

/// The parts of SARIF 2.1.0 that a code host reads; the whole schema where it is at hand.
fn sarif(text: &str) {
    let value: Value = serde_json::from_str(text).unwrap();
    assert_eq!(value["version"], "2.1.0");
    let run = &value["runs"][0];
    let rules: BTreeSet<&str> =
        run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let results = run["results"].as_array().unwrap();
    assert!(results.len() > 40);
    for result in results {
        assert!(rules.contains(result["ruleId"].as_str().unwrap()), "{result}");
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with("p/") && !uri.contains(' '), "{uri}");
    }
    match std::env::var_os("SCRUBS_SARIF_SCHEMA") {
        Some(path) => {
            let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            let validator = jsonschema::validator_for(&schema).unwrap();
            let faults: Vec<String> = validator.iter_errors(&value).map(|fault| fault.to_string()).collect();
            assert_eq!(faults, Vec::<String>::new());
        }
        None => eprintln!("SCRUBS_SARIF_SCHEMA names no schema: only the parts that code hosts read were checked"),
    }
}

fn junit(text: &str) {
    let mut reader = quick_xml::reader::Reader::from_str(text);
    let (mut cases, mut failures) = (0, 0);
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                cases += u32::from(tag.local_name().as_ref() == "testcase");
                failures += u32::from(tag.local_name().as_ref() == "failure");
            }
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert!(text.contains(&format!("tests=\"{cases}\" failures=\"{failures}\"")), "{text}");
    assert!(failures > 40);
}

#[test]
fn names_of_files_are_looked_at_too() {
    let home = Home::new();
    fs::create_dir(home.at("p")).unwrap();
    for name in ["943 476 5919.png", "Testname_Canary.png", "2019-05-14.png", "figure 3.png"] {
        fs::write(home.at(&format!("p/{name}")), plain()).unwrap();
    }
    let (_, value) = look(&home, &["p"]);
    let counts: Vec<usize> =
        value["items"].as_array().unwrap().iter().map(|item| item["findings"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [1, 1, 1, 0]);
}

#[test]
fn writing_in_the_picture_is_told_when_it_is_asked_for_and_not_before() {
    let home = Home::new();
    fs::create_dir(home.at("p")).unwrap();
    // A line of eleven letters on black, in a corner.
    let mut grey = image::GrayImage::from_pixel(320, 240, image::Luma([8]));
    for (n, letter) in LETTERS.iter().cycle().take(11).enumerate() {
        for (row, bits) in letter.iter().enumerate() {
            for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                for (x, y) in (0..3).flat_map(|x| (0..3).map(move |y| (x, y))) {
                    grey.put_pixel(8 + n as u32 * 20 + column * 3 + x, 8 + row as u32 * 3 + y, image::Luma([235]));
                }
            }
        }
    }
    let mut bytes = Vec::new();
    grey.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    fs::write(home.at("p/figure.png"), bytes).unwrap();
    let (exit, before) = look(&home, &["p"]);
    assert_eq!((exit, before["summary"]["high"].as_u64()), (0, Some(0)), "{before}");
    let (exit, value) = look(&home, &["p", "--pixels"]);
    let findings = value["items"][0]["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["code"] == "burned-in-text"), "{value}");
    assert_eq!(exit, 1);
}

/// H, E, N, T, A in a grid of five by seven.
const LETTERS: [[u8; 7]; 5] = [
    [0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001],
    [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111],
    [0b10001, 0b11001, 0b10101, 0b10011, 0b10001, 0b10001, 0b10001],
    [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100],
    [0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001],
];
