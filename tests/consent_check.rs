//! `scrubs consent check` and `template`, as a user meets them: what is told, what is not shown, what is never changed.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use support::collection::collection;
use support::running::{Home, text, tree};

/// The patient of the CT slices.
const CT: &str = "CANARYMRN-0001";

const PROFILE: &str =
    "name = \"ward\"\npurpose = \"teaching\"\n[[patient-from]]\nrecordings = \"*/*.jpg\"\nfolder = 1\n";

/// Photographs in folders that bear the patients' numbers, CT slices that bear their own, and what is no recording.
fn home() -> Home {
    let home = Home::new();
    let all: BTreeMap<&str, Vec<u8>> = collection().into_iter().map(|f| (f.path, f.bytes)).collect();
    let put = |name: &str, bytes: &[u8]| {
        let path = home.at("pictures").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    put("CANARYNHS-7001/1.jpg", &all["wounds/leg-ulcer-1.jpg"]);
    put("CANARYNHS-7001/2.jpg", &all["wounds/leg-ulcer-2.jpg"]);
    put("CANARYNHS-7002/1.jpg", &all["faces/portrait.jpg"]);
    for n in 1..4 {
        put(&format!("ct/IM00000{n}"), &all[format!("dicom/ct/IM00000{n}").as_str()]);
    }
    put("Thumbs.db", b"canary");
    put("letter.txt", b"Dear Dr Canary");
    fs::write(home.at("scrubs.toml"), PROFILE).unwrap();
    home
}

fn write(home: &Home, rows: &str) {
    fs::write(home.at("register.csv"), format!("patient_id,level,status,expires_on\n{rows}")).unwrap();
}

/// The codes of findings with their lines and recordings.
type Told = Vec<(String, Vec<u64>, Option<u64>)>;

/// Runs the check as JSON, and asserts the exit code.
fn findings(home: &Home, more: &[&str], exit: i32) -> (Told, Value) {
    let mut all = vec!["consent", "check", "register.csv", "--format", "json"];
    all.extend(more);
    let output = home.run(&all);
    assert_eq!(output.status.code(), Some(exit), "{}", text(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let one = |f: &Value| {
        let lines = f["lines"].as_array().unwrap().iter().map(|l| l.as_u64().unwrap()).collect();
        (f["code"].as_str().unwrap().to_owned(), lines, f["recordings"].as_u64())
    };
    (told["findings"].as_array().unwrap().iter().map(one).collect(), told)
}

#[test]
fn patients_are_found_in_dicom_headers_and_by_the_profile() {
    let home = home();
    write(&home, &format!("CANARYNHS-7001,2,,\nCANARYNHS-7002,2,,\n{CT},2,,\n"));
    let sources = ["pictures", "--profile", "scrubs.toml"];
    let (found, told) = findings(&home, &sources, 0);
    assert_eq!(found, []);
    assert_eq!((told["recordings"].as_u64(), told["rows"].as_u64()), (Some(6), Some(3)));
    // Without the profile nothing says whose the photographs are.
    let (found, _) = findings(&home, &["pictures"], 1);
    let expected = [("no-row", vec![], Some(3)), ("no-recording", vec![2], None), ("no-recording", vec![3], None)];
    assert_eq!(found, expected.map(|(code, lines, n)| (code.to_owned(), lines, n)));
    let (found, _) = findings(&home, &["pictures", "pictures/ct", "--profile", "scrubs.toml"], 0);
    assert_eq!(found, [], "a source inside another is not met twice");
}

#[test]
fn a_register_that_is_wrong_for_its_sources_is_told_with_lines_and_the_next_step() {
    let home = home();
    write(&home, &format!("CANARYNHS-7001,,refused,\nCANARYNHS 7002,2,,\n{CT},1,,2020-01\n"));
    let before = tree(&home.at("pictures"));
    let all = ["consent", "check", "register.csv", "pictures", "--profile", "scrubs.toml"];
    let output = home.run(&all);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stdout);
    for part in [
        "The patient refused, and recordings are there (GMC paras 8, 9).\n  line 2: 2 recordings\n",
        "line 3: 1 recording\n  → If it is the same patient, write the number",
        "The consent has expired (GMC paras 8, 9).\n  line 4: 2020-01, 3 recordings\n  → Ask",
        "The consent does not reach this purpose (GMC para 9).\n  line 4: 3 recordings",
        "  1 recording in 1 folder\n",
        "--show-sources",
    ] {
        assert!(told.contains(part), "{part}\nis not in\n{told}");
    }
    assert!(!told.to_lowercase().contains("canary") && !told.contains("pictures"), "{told}");
    assert_eq!(tree(&home.at("pictures")), before, "nothing is changed");
    let left: Vec<_> = fs::read_dir(home.at("")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "no custody was made: {left:?}");
}

#[test]
fn numbers_and_names_are_shown_only_when_asked_for() {
    let home = home();
    write(&home, "CANARYNHS-7001,,refused,\n");
    let sources = ["pictures", "--profile", "scrubs.toml"];
    let mut tried = 0;
    for format in ["text", "json", "csv"] {
        let mut all = vec!["consent", "check", "register.csv", "--format", format];
        all.extend(sources);
        let hidden = text(&home.run(&all).stdout);
        assert!(!hidden.to_lowercase().contains("canary") && !hidden.contains("IM00000"), "{hidden}");
        all.push("--show-sources");
        let shown = text(&home.run(&all).stdout);
        assert!(shown.contains("CANARYNHS-7001") && shown.contains("CANARYNHS-7002/1.jpg"), "{shown}");
        assert!(shown.contains("ct/IM000003"), "{shown}");
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn any_number_of_workers_tells_the_same_and_all_lists_all() {
    let home = home();
    for n in 0..150 {
        fs::write(home.at("pictures").join(format!("ct/{n:03}.gif")), b"GIF89a").unwrap();
    }
    write(&home, "1,2,,\n");
    let run = |more: &[&str]| {
        let mut all = vec!["consent", "check", "register.csv", "pictures", "--show-sources"];
        all.extend(more);
        text(&home.run(&all).stdout)
    };
    assert_eq!(run(&["--jobs", "1"]), run(&["--jobs", "7"]));
    assert_eq!(run(&[]).matches(".gif").count(), 17, "three photographs come first: {}", run(&[]));
    assert_eq!(run(&["--all"]).matches(".gif").count(), 150);
    assert_eq!(run(&["--all", "--format", "csv"]).matches(".gif").count(), 150);
}

#[test]
fn a_register_that_cannot_be_used_a_missing_source_and_a_wrong_date_end_with_2() {
    let home = home();
    write(&home, "1,9,,\n2,2,,\n");
    let run = |all: &[&str]| {
        let output = home.run(all);
        (output.status.code(), text(&output.stderr))
    };
    let (exit, told) = run(&["consent", "check", "register.csv", "pictures"]);
    assert!(exit == Some(2) && told.contains("line 2, level: is not 1, 2 or 3"), "{told}");
    write(&home, "2,2,,\n");
    let (exit, told) = run(&["consent", "check", "register.csv", "nowhere"]);
    assert!(exit == Some(2) && told.contains("source number 1 cannot be found") && !told.contains("nowhere"), "{told}");
    assert_eq!(run(&["consent", "check", "register.csv", "--as-of", "tomorrow"]).0, Some(2));
    assert_eq!(run(&["consent", "check", "register.csv"]).0, Some(0));
    assert_eq!(run(&["consent", "check", "nowhere.csv"]).0, Some(2));
}

#[test]
fn a_path_below_two_sources_is_told() {
    let home = home();
    fs::create_dir_all(home.at("more/ct")).unwrap();
    fs::copy(home.at("pictures/ct/IM000001"), home.at("more/ct/IM000001")).unwrap();
    fs::write(home.at("register.csv"), format!("patient_id,recording,level\n,ct/IM000001,2\n{CT},,2\n")).unwrap();
    let (found, _) = findings(&home, &["pictures/ct", "more"], 0);
    assert_eq!(found, []);
    let (found, _) = findings(&home, &["pictures", "more", "--profile", "scrubs.toml"], 1);
    assert_eq!(found[0], ("path-in-two-sources".to_owned(), vec![2], None));
}

#[test]
fn nothing_that_a_register_or_a_name_holds_is_computed_by_a_spreadsheet() {
    let home = home();
    fs::write(home.at("pictures/=1+1.gif"), b"GIF89a").unwrap();
    fs::write(home.at("register.csv"), "patient_id,status\n=CANARY(),refused\n").unwrap();
    let all = ["consent", "check", "register.csv", "pictures", "--all", "--show-sources", "--format", "csv"];
    let table = home.run(&all).stdout;
    let mut cells = 0;
    for record in csv::Reader::from_reader(&table[..]).records() {
        for cell in record.unwrap().iter() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
            cells += 1;
        }
    }
    assert!(cells > 50 && text(&table).contains("\\u003d1"), "{}", text(&table));
}

#[test]
fn the_printed_template_explains_itself_and_is_refused_until_the_explanations_go() {
    let home = Home::new();
    let printed = text(&home.run(&["consent", "template"]).stdout);
    assert_eq!(printed.lines().count(), 2);
    fs::write(home.at("register.csv"), &printed).unwrap();
    let output = home.run(&["consent", "check", "register.csv"]);
    let told = text(&output.stderr);
    assert!(output.status.code() == Some(2) && told.contains("delete it"), "{told}");
    fs::write(home.at("register.csv"), printed.lines().next().unwrap()).unwrap();
    assert_eq!(home.run(&["consent", "check", "register.csv"]).status.code(), Some(0));
}

#[test]
fn a_template_with_drop_downs_is_written_once_and_overwrites_nothing() {
    let home = Home::new();
    let run = |to: &str| home.run(&["consent", "template", "--to", to]).status.code();
    assert_eq!((run("a.xlsx"), run("b.XLSX"), run("c.csv")), (Some(0), Some(0), Some(0)));
    let a = fs::read(home.at("a.xlsx")).unwrap();
    assert_eq!(a, fs::read(home.at("b.XLSX")).unwrap(), "two templates are equal");
    let parts = unzipped(&a);
    let sheet = &parts["xl/worksheets/sheet1.xml"];
    assert_eq!(sheet.matches("type=\"list\"").count(), 16);
    assert!(sheet.contains("&quot;given,refused,") || sheet.contains("\"given,refused,"), "{sheet}");
    assert!(parts["xl/workbook.xml"].contains("name=\"Explanations\""));
    assert!(parts["docProps/core.xml"].contains("2000-01-01T00:00:00Z"));
    fs::write(home.at("mine.csv"), "mine").unwrap();
    for (to, exit) in [("a.xlsx", 2), ("mine.csv", 2), ("x.pdf", 2), ("nowhere/x.csv", 2), ("noextension", 2)] {
        assert_eq!(run(to), Some(exit), "{to}");
    }
    assert_eq!((fs::read(home.at("mine.csv")).unwrap(), fs::read(home.at("a.xlsx")).unwrap()), (b"mine".to_vec(), a));
    let names = fs::read_dir(home.at("")).unwrap().count();
    assert_eq!(names, 4, "nothing half-written is left");
}

/// The parts of a zip file, by its central directory (PKWARE APPNOTE 4.3.12 and 4.3.16; no comment, no zip64).
fn unzipped(zip: &[u8]) -> BTreeMap<String, String> {
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([zip[at], zip[at + 1]]));
    let u32_at = |at: usize| u16_at(at) + (u16_at(at + 2) << 16);
    let (mut at, mut parts) = (u32_at(zip.len() - 22 + 16), BTreeMap::new());
    while zip[at..].starts_with(b"PK\x01\x02") {
        let (packed, name, local) = (u32_at(at + 20), u16_at(at + 28), u32_at(at + 42));
        let start = local + 30 + u16_at(local + 26) + u16_at(local + 28);
        let mut part = String::new();
        flate2::read::DeflateDecoder::new(&zip[start..start + packed]).read_to_string(&mut part).unwrap();
        parts.insert(text(&zip[at + 46..at + 46 + name]), part);
        at += 46 + name + u16_at(at + 30) + u16_at(at + 32);
    }
    assert!(parts.len() > 8, "{:?}", parts.keys());
    parts
}

#[test]
fn every_code_stands_in_the_reference_with_its_sentence_and_paragraphs() {
    use scrubs::consent::lint::Check;
    let reference = include_str!("../docs/reference.md");
    let mut tried = 0;
    for check in Check::ALL {
        let numbers: Vec<&str> = check.cites().iter().map(|cite| cite.trim_start_matches("GMC para ")).collect();
        let cites = if numbers.is_empty() { String::new() } else { format!(" ({})", numbers.join(", ")) };
        let line = format!("- `{}`: {}{cites}\n", check.word(), check.says());
        assert!(reference.contains(&line), "put this into docs/reference.md:\n{line}");
        tried += 1;
    }
    assert_eq!(tried, 25);
}
