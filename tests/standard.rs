//! The tables of PS3.15 that are part of the program are, to the byte, what its edition's data make of them.
//!
//! Written anew, when an edition follows, by `SCRUBS_STANDARD=FILE SCRUBS_WRITE_TABLES=1 cargo test --test standard`, where
//! FILE holds the tables as JSON. Without such data nothing is compared, and that is said.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// What stands above each table.
const HEADS: [(&str, &str); 3] = [
    ("ps315", "Table E.1-1: one row per attribute; all columns of the table, in its order."),
    ("private", "Table E.3.10-1: safe private attributes, by private creator."),
    (
        "sr_concepts",
        "Table E.3.4-1: content items of structured reports by concept name; all columns of the table, in its order.",
    ),
];

fn cells(row: &Value) -> Vec<String> {
    row.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap().to_owned()).collect()
}

/// Lines of cells between tabs; of a table of options none at the end of a line, where most cells are empty.
fn lines(head: String, sparse: bool, columns: &[String], rows: Vec<Vec<String>>) -> String {
    let mut out = format!("# {head}\n{}\n", columns.join("\t"));
    for row in rows {
        assert!(row.iter().all(|cell| !cell.contains(['\t', '\n'])), "{row:?}");
        let line = row.join("\t");
        out += if sparse { line.trim_end_matches('\t') } else { &line };
        out.push('\n');
    }
    out
}

/// The tables of the standard's data, by the name of their files without the edition.
fn tables(json: &Value, edition: &str) -> Vec<(&'static str, usize, String)> {
    let rows = |part: &Value| -> Vec<Vec<String>> { part["rows"].as_array().unwrap().iter().map(cells).collect() };
    let columns = cells(&json["columns"]);
    let named = |row: &Value| {
        columns.iter().map(|c| row.get(c).and_then(Value::as_str).unwrap_or_default().to_owned()).collect()
    };
    let attributes: Vec<Vec<String>> = json["rows_E_1_1"].as_array().unwrap().iter().map(named).collect();
    let safe = &json["safe_private_E_3_10_1"];
    let concepts = &json["sr_codes_E_3_4_1"];
    let private = ["element", "creator", "vr", "vm", "meaning"].map(str::to_owned).to_vec();
    let all = [(columns.clone(), attributes), (private, rows(safe)), (cells(&concepts["columns"]), rows(concepts))];
    let made = HEADS.iter().zip(all).map(|((name, says), (columns, rows))| {
        let head = format!("DICOM PS3.15 {edition}, {says}");
        (*name, rows.len(), lines(head, *name != "private", &columns, rows))
    });
    made.collect()
}

#[test]
fn the_tables_in_the_program_are_made_of_the_standards_data() {
    let edition = scrubs::dicom::EDITION;
    let given = std::env::var_os("SCRUBS_STANDARD").map(PathBuf::from);
    let path = given.unwrap_or_else(|| PathBuf::from(format!("../shared/standards/ps315_{edition}.json")));
    let Ok(bytes) = fs::read(&path) else {
        eprintln!("the standard's data are not here: the tables were not compared");
        return;
    };
    let json: Value = serde_json::from_slice(&bytes).unwrap();
    assert!(json["edition"].as_str().unwrap().contains(edition), "data of another edition");
    let (mut tried, mut counts) = (0, Vec::new());
    for (name, rows, table) in tables(&json, edition) {
        let path = format!("src/dicom/{name}_{edition}.tsv");
        if std::env::var_os("SCRUBS_WRITE_TABLES").is_some() {
            fs::write(&path, &table).unwrap();
        }
        assert!(fs::read_to_string(&path).unwrap() == table, "{path} is not what the standard's data make");
        counts.push(rows);
        tried += 1;
    }
    assert_eq!((tried, counts), (3, vec![656, 479, 214]));
}
