//! Spreadsheets: the same rows as a CSV file, every fault with its cell, and hostile files refused within limits.

use super::*;
use crate::consent::{Date, Patient};
use crate::recording::terms::ConsentStatus;
use calamine::{Reader as _, Xlsx};
use proptest::prelude::*;
use rust_xlsxwriter::{Format, Formula, Workbook};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::time::{Duration, Instant};
use zip::write::SimpleFileOptions;

fn reading() -> Reading {
    Reading::on(Date::iso("2026-11-20").expect("a date"))
}

fn open(bytes: &[u8]) -> Register {
    match Register::read(bytes, &reading()) {
        Ok(register) => register,
        Err(problems) => panic!("{problems}"),
    }
}

fn problems(bytes: &[u8]) -> Vec<String> {
    let found = Register::read(bytes, &reading()).expect_err("problems");
    assert!(!found.to_string().to_lowercase().contains("canary"), "a value is repeated: {found}");
    found.problems.iter().map(Problem::to_string).collect()
}

fn consent(register: &Register, id: &str) -> crate::consent::Consent {
    let patient = Patient::new("", id).expect("a patient");
    register.find(Some(&patient), "a.jpg").statement.consent.expect("a consent")
}

fn archive(members: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a member");
        zip.write_all(text.as_bytes()).expect("written");
    }
    zip.finish().expect("an archive").into_inner()
}

const RELS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK_RELS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="/xl/sharedStrings.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
const STYLES: &str = r#"<styleSheet><numFmts count="1"><numFmt numFmtId="164" formatCode="mmm\ yyyy"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>"#;

/// A workbook by hand: what stands in `workbookPr`, the state of the first sheet, its strings, and its XML.
fn workbook(pr: &str, state: &str, strings: &str, sheet: &str) -> Vec<u8> {
    let book = format!(
        r#"<workbook xmlns:r="r"><workbookPr {pr}/><sheets><sheet name="Register" sheetId="1" {state} r:id="rId1"/><sheet name="Other" sheetId="2" r:id="rId9"/></sheets></workbook>"#
    );
    archive(&[
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", BOOK_RELS),
        ("xl/styles.xml", STYLES),
        ("xl/sharedStrings.xml", &format!("<sst uniqueCount=\"18446744073709551615\">{strings}</sst>")),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

fn sheet(rows: &str) -> Vec<u8> {
    workbook("", "", "", &format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"))
}

fn inline(row: usize, cells: &[&str]) -> String {
    let cell =
        |(n, text): (usize, &&str)| format!(r#"<c r="{}{row}" t="inlineStr"><is><t>{text}</t></is></c>"#, letters(n));
    format!(r#"<row r="{row}">{}</row>"#, cells.iter().enumerate().map(cell).collect::<String>())
}

fn ods(content: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:automatic-styles><style:style style:name=\"ta2\" style:family=\"table\">\
         <style:table-properties table:display=\"false\"/></style:style></office:automatic-styles><office:body>\
         <office:spreadsheet>{content}</office:spreadsheet></office:body></office:document-content>"
    );
    archive(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &content)])
}

fn ods_cell(text: &str) -> String {
    format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
}

fn ods_rows(rows: &[&[&str]]) -> String {
    let row = |row: &&[&str]| {
        format!("<table:table-row>{}</table:table-row>", row.iter().map(|t| ods_cell(t)).collect::<String>())
    };
    format!("<table:table>{}</table:table>", rows.iter().map(row).collect::<String>())
}

#[test]
fn what_a_spreadsheet_program_stores_reads_as_it_was_meant() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let (date, month) = (Format::new().set_num_format("dd/mm/yyyy"), Format::new().set_num_format("mmm-yy"));
    for (column, name) in
        (0u16..).zip(["Patient ID", "level", "given_on", "expires_on", "existing_collection", "notes"])
    {
        sheet.write(0, column, name).expect("written");
    }
    sheet.write(1, 0, 9_434_765_919.0).expect("written");
    sheet.write(1, 1, 2).expect("written");
    sheet.write_number_with_format(1, 2, 43_602.5, &date).expect("written");
    sheet.write_number_with_format(1, 3, 47_604.0, &month).expect("written");
    sheet.write(1, 4, true).expect("written");
    sheet.write_number_with_format(1, 5, 43_602.0, &date).expect("written");
    // A blank row, a hidden one, a formula with its result, and a day in a cell that is formatted as a number.
    sheet.set_row_hidden(3).expect("hidden");
    sheet.write(3, 0, "0012").expect("written");
    sheet.write_formula(3, 1, Formula::new("1+2").set_result("3")).expect("written");
    sheet.write(3, 2, 43_602).expect("written");
    sheet.write(3, 3, "17/05/2030").expect("written");
    book.add_worksheet().write(0, 0, "another").expect("written");
    let bytes = book.save_to_buffer().expect("a workbook");
    let register = open(&bytes);
    let first = consent(&register, "943 476 5919");
    assert_eq!((first.status, first.scopes.len()), (ConsentStatus::Given, 4));
    assert_eq!(first.given_on.map(Date::exact).as_deref(), Some("2019-05-17"));
    assert_eq!(first.expires_on.map(Date::exact).as_deref(), Some("2030-05"));
    let hidden = consent(&register, "0012");
    assert_eq!((hidden.scopes.len(), hidden.given_on.map(Date::exact).as_deref()), (5, Some("2019-05-17")));
    let found = register.find(Patient::new("", "0012").as_ref(), "a");
    assert_eq!(found.lines, [4]);
    assert_eq!(register.notices(), ["the workbook has 1 more sheet; only the first is read"]);
}

#[test]
fn a_patients_number_keeps_the_noughts_that_its_cell_shows() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "patient_id").expect("written");
    sheet.write(0, 1, "status").expect("written");
    for (row, number, format) in [(1, 42.0, "0000"), (2, 1_234_567_890.0, "000\\ 000\\ 0000"), (3, 12_345.0, "0000")] {
        sheet.write_number_with_format(row, 0, number, &Format::new().set_num_format(format)).expect("written");
        sheet.write(row, 1, "refused").expect("written");
    }
    let register = open(&book.save_to_buffer().expect("a workbook"));
    for id in ["0042", "1234567890", "12345"] {
        assert_eq!(consent(&register, id).status, ConsentStatus::Refused, "{id}");
    }
    assert!(!register.find(Patient::new("", "42").as_ref(), "a").is_known(), "another patient's");
    let row = |shown: &str| {
        let head = ods_rows(&[&["patient_id", "status"]]);
        let head = head.strip_suffix("</table:table>").expect("a table").to_owned();
        ods(&format!(
            "{head}<table:table-row><table:table-cell office:value-type=\"float\" office:value=\"42\"><text:p>{shown}</text:p>\
             </table:table-cell><table:table-cell office:value-type=\"string\"><text:p>refused</text:p></table:table-cell>\
             </table:table-row></table:table>"
        ))
    };
    assert_eq!(consent(&open(&row("0042")), "0042").status, ConsentStatus::Refused);
    assert_eq!(consent(&open(&row("42")), "42").status, ConsentStatus::Refused);
    let dressed = Format::new().set_num_format("\"H\"0000");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "patient_id").expect("written");
    sheet.write(0, 1, "status").expect("written");
    sheet.write_number_with_format(1, 0, 42.0, &dressed).expect("written");
    sheet.write(1, 1, "refused").expect("written");
    let told = problems(&book.save_to_buffer().expect("a workbook"));
    assert!(
        told.len() == 1 && told[0].contains("row 2, patient_id (column A): is a number that its cell shows"),
        "{told:?}"
    );
}

#[test]
fn days_are_counted_from_the_year_that_the_workbook_says() {
    let rows = inline(1, &["patient_id", "level", "given_on", "expires_on"])
        + r#"<row r="2"><c r="A2"><v>7.0</v></c><c r="B2"><v>2</v></c><c r="C2" s="1"><v>42140</v></c><c r="D2" s="2"><v>46142</v></c></row>"#
        + r#"<row><c><v>9.434765919E9</v></c><c t="str"><f>A1</f><v>3</v></c><c t="d"><v>2019-05-17T00:00:00</v></c><c/></row>"#;
    let xml = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let register = open(&workbook("date1904=\"1\"", "", "", &xml));
    let seven = consent(&register, "7");
    assert_eq!(seven.given_on.map(Date::exact).as_deref(), Some("2019-05-17"));
    assert_eq!(seven.expires_on.map(Date::exact).as_deref(), Some("2030-05"));
    let other = consent(&register, "9434765919");
    assert_eq!((other.scopes.len(), other.given_on.map(Date::exact).as_deref()), (5, Some("2019-05-17")));
}

#[test]
fn an_ods_workbook_reads_with_its_days_repeats_remarks_and_formulas() {
    let head = ods_rows(&[&["patient_id", "level", "given_on", "expires_on", "status"]]);
    let head = head
        .strip_suffix("</table:table>")
        .expect("a table")
        .replace("<table:table>", "<table:table table:name=\"Register\">");
    let content = format!(
        "{head}<table:table-row-group><table:table-row table:visibility=\"collapse\">\
         <table:table-cell office:value-type=\"float\" office:value=\"9434765919\"><text:p>9.43E9</text:p></table:table-cell>\
         <table:table-cell office:value-type=\"float\" office:value=\"2\" table:formula=\"of:=1+1\"><text:p>2</text:p></table:table-cell>\
         <table:table-cell office:value-type=\"date\" office:date-value=\"2019-05-17T12:00:00\"><text:p>17/05/19</text:p>\
         <office:annotation><text:p>Canary</text:p></office:annotation></table:table-cell>\
         <table:table-cell office:value-type=\"date\" office:date-value=\"2030-05-01\"><text:p>05/2030</text:p></table:table-cell>\
         </table:table-row></table:table-row-group><table:table-row table:number-rows-repeated=\"3\"><table:table-cell \
         table:number-columns-repeated=\"1024\"/></table:table-row><table:table-row>\
         <table:table-cell office:value-type=\"string\"><text:p>A<text:s text:c=\"2\"/><text:span>7</text:span></text:p></table:table-cell>\
         <table:table-cell table:number-columns-repeated=\"3\"/><table:table-cell office:value-type=\"string\" \
         office:string-value=\"refused\"><text:p>x</text:p></table:table-cell></table:table-row></table:table>\
         <table:table table:name=\"Other\"/>"
    );
    let register = open(&ods(&content));
    let first = consent(&register, "9434765919");
    assert_eq!((first.scopes.len(), first.given_on.map(Date::exact).as_deref()), (4, Some("2019-05-17")));
    assert_eq!(first.expires_on.map(Date::exact).as_deref(), Some("2030-05"));
    assert_eq!(consent(&register, "a 7").status, ConsentStatus::Refused);
    assert_eq!(register.find(Patient::new("", "a 7").as_ref(), "a").lines, [6]);
    assert_eq!(register.notices().len(), 1);
}

#[test]
fn every_fault_of_a_sheet_is_told_with_row_and_column() {
    let header = inline(1, &["patient_id", "level", "given_on", "status", "kind", "Canary", "notes"]);
    let rows = [
        (r#"<c r="A2"><v>1</v></c><c r="B2"><v>9</v></c>"#, "row 2, level (column B): is not 1, 2 or 3"),
        (r#"<c r="A3" s="1"><v>43602</v></c><c r="B3"><v>2</v></c>"#, "row 3, patient_id (column A): holds a date"),
        (
            r#"<c r="A4"><v>12345678901234567</v></c><c r="B4"><v>2</v></c>"#,
            "row 4, patient_id (column A): is a number longer",
        ),
        (r#"<c r="A5"><v>4</v></c><c r="B5"><f>1+1</f></c>"#, "row 5, level (column B): is a formula without"),
        (
            r#"<c r="A6"><v>5</v></c><c r="D6" t="e"><v>#N/A</v></c>"#,
            "row 6, status (column D): is a formula with an error",
        ),
        (
            r#"<c r="A7"><v>6</v></c><c r="B7"><v>2</v></c><c r="C7"><v>2019</v></c>"#,
            "row 7, given_on (column C): is not a date",
        ),
        (
            r#"<c r="A8"><v>7</v></c><c r="B8"><v>2</v></c><c r="AA8"><v>2</v></c>"#,
            "row 8, column AA: has something in it, but no header",
        ),
        (
            r#"<c r="A9" t="inlineStr"><is><t>Canary</t><rPh><t>x</t></rPh></is></c>"#,
            "row 9: states neither level nor scopes",
        ),
        (
            r#"<c r="B10"><v>2</v></c><c r="F10" t="e"><v>#N/A</v></c>"#,
            "row 10: names neither a patient nor a recording",
        ),
        (
            r#"<c r="A11"><v>9</v></c><c r="B11"><v>2</v></c><c r="C11"><v>60000</v></c>"#,
            "row 11, given_on (column C): lies in the future",
        ),
    ];
    let mut text = header;
    for (n, (cells, _)) in (2..).zip(&rows) {
        write!(text, "<row r=\"{n}\">{cells}</row>").expect("written");
    }
    let xml = format!(
        "<worksheet><sheetData>{text}</sheetData><mergeCells><mergeCell ref=\"B12:B14\"/></mergeCells></worksheet>"
    );
    let told = problems(&workbook("", "", "", &xml));
    assert_eq!(told.len(), rows.len() + 1, "{told:#?}");
    for (told, (_, expected)) in told.iter().zip(&rows) {
        assert!(told.starts_with(expected), "{told} is not {expected}");
    }
    assert!(told[10].starts_with("row 12, column B: is merged with other cells"));
}

#[test]
fn merged_cells_of_an_ods_are_told_too() {
    let spanned = "<table:table-row><table:table-cell table:number-rows-spanned=\"2\" office:value-type=\"string\"><text:p>1\
                   </text:p></table:table-cell><table:table-cell office:value-type=\"float\" office:value=\"2\"/></table:table-row>\
                   <table:table-row><table:covered-table-cell/><table:table-cell office:value-type=\"float\" office:value=\"2\"/>\
                   </table:table-row></table:table>";
    let told = problems(&ods(&ods_rows(&[&["patient_id", "level"]]).replace("</table:table>", spanned)));
    assert_eq!(told.len(), 2);
    assert!(told[0].starts_with("row 2, column A: is merged"), "{told:?}");
    assert!(told[1].starts_with("row 3: names neither"), "{told:?}");
}

#[test]
fn workbooks_that_cannot_be_read_rightly_are_refused_as_a_whole() {
    let rows = inline(1, &["patient_id", "level"]) + &inline(2, &["1", "2"]);
    let xml = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let cases = [
        (workbook("", "state=\"hidden\"", "", &xml), "first sheet is hidden"),
        (ods("<table:table table:style-name=\"ta2\"/>"), "first sheet is hidden"),
        (ods(""), "without a sheet"),
        (ods("<table:table><table:table-row><table:table-cell/></table:table-row></table:table>"), "empty"),
        (sheet(""), "empty"),
        (archive(&[("a.txt", "a")]), "cannot be read"),
        (archive(&[("xl/workbook.bin", "a")]), "xlsb"),
        (b"PK\x03\x04".to_vec(), "cannot be read"),
        (sheet(&(inline(2, &["patient_id", "level"]) + &inline(1, &["1", "2"]))), "out of order"),
        (sheet(&inline(1, &["patient_id", "level"]).replace("B1", "A1")), "out of order"),
        (sheet("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>"), "cannot be read"),
        (sheet("<row r=\"1\"><c r=\"A1\"><v>&unknown;</v></c></row>"), "cannot be read"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), "old kind"),
    ];
    let mut tried = 0;
    for (bytes, expected) in cases {
        let told = problems(&bytes);
        assert!(told.len() == 1 && told[0].contains(expected), "{told:?} is not {expected}");
        tried += 1;
    }
    assert_eq!(tried, 13);
    let cut = open(&workbook("", "", "", &xml));
    assert_eq!(cut.len(), 1);
}

#[test]
fn hostile_workbooks_are_refused_in_seconds() {
    let laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><worksheet><sheetData/></worksheet>";
    let header = inline(1, &["patient_id", "level"]);
    let deep = "<x>".repeat(100_000);
    let many: String = (2..400_000).map(|n| format!("<row r=\"{n}\"/>")).collect();
    let wide = |column: &str| sheet(&format!("{header}<row r=\"2\"><c r=\"{column}2\"><v>1</v></c></row>"));
    let repeated = |rows: &str, columns: &str| {
        let cell = format!(
            "<table:table-row table:number-rows-repeated=\"{rows}\"><table:table-cell table:number-columns-repeated=\"{columns}\" \
             office:value-type=\"float\" office:value=\"1\"/></table:table-row></table:table>"
        );
        ods(&ods_rows(&[&["patient_id", "level"]]).replace("</table:table>", &cell))
    };
    let cases = [
        ("entities", workbook("", "", "", laughs), "document type definition"),
        ("tags", workbook("", "", &"<x/>".repeat(17 << 20), "<worksheet/>"), "unpacks to more"),
        ("a text", sheet(&inline(1, &[&"x".repeat(8 << 20)])), "unpacks to more"),
        ("an attribute", sheet(&format!("<row r=\"{}\"/>", "1".repeat(8 << 20))), "unpacks to more"),
        ("nesting", sheet(&deep), "unpacks to more"),
        ("strings", workbook("", "", &"<si/>".repeat(5 << 20), "<worksheet/>"), "more texts"),
        ("columns", wide("XFD"), "more columns"),
        ("no such column", wide("ZZZZ"), "cannot be read"),
        ("no such row", sheet("<row r=\"99999999\"/>"), "out of order"),
        ("repeated rows", repeated("10000000", "2"), "more than 250,000 rows"),
        ("repeated faulty rows", repeated("10000000", "1"), "more than 250,000 rows"),
        ("repeated columns", repeated("1", "1048576"), "more columns"),
        ("repeats beyond counting", repeated("99999999999999999999", "1"), "cannot be read"),
        ("blank rows", sheet(&many), "empty"),
    ];
    let mut tried = 0;
    for (name, bytes, expected) in cases {
        let started = Instant::now();
        let told = problems(&bytes);
        assert!(told.len() == 1 && told[0].contains(expected), "{name}: {told:?}");
        // Unoptimised and on a busy machine; optimised it is below two seconds each.
        assert!(started.elapsed() < Duration::from_secs(40), "{name} took {:?}", started.elapsed());
        tried += 1;
    }
    assert_eq!(tried, 14);
    let members: Vec<(String, &str)> = (0..5_000).map(|n| (format!("m{n}"), "")).collect();
    let members: Vec<(&str, &str)> = members.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    assert!(problems(&archive(&members))[0].contains("unpacks to more"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_same_rows_give_the_same_register_whatever_holds_them(
        table in proptest::collection::vec(
            ("[1-9][0-9]{3,9}", 1..4u8, 0..3usize, "(|2019-05-17|17/05/2019|05/2019)", "(|adult|deceased)", "[a-z &<>ü]{0,6}"), 1..12),
    ) {
        let names = ["patient_id", "level", "form", "given_on", "subject", "notes"];
        let rows: Vec<Vec<String>> = table.into_iter().enumerate().map(|(n, (id, level, form, day, subject, note))| {
            let form = ["", "written", "oral"][form].to_owned();
            vec![format!("{id}{n:03}"), level.to_string(), form, day, subject, note]
        }).collect();
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let mut csv = names.join(",") + "\n";
        let mut table = format!("<table:table><table:table-row>{}</table:table-row>", names.map(ods_cell).concat());
        for (column, name) in (0u16..).zip(names) {
            sheet.write(0, column, name).expect("written");
        }
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        for (n, row) in (1u32..).zip(&rows) {
            csv.push_str(&format!("{}\n", row.join(",")));
            let cells: String = row.iter().map(|text| ods_cell(&escape(text))).collect();
            table.push_str(&format!("<table:table-row>{cells}</table:table-row>"));
            for (column, text) in (0u16..).zip(row) {
                match text.parse::<f64>() {
                    Ok(number) if column < 2 => sheet.write(n, column, number).map(drop).expect("written"),
                    _ => sheet.write(n, column, text.as_str()).map(drop).expect("written"),
                }
            }
        }
        let xlsx = book.save_to_buffer().expect("a workbook");
        let registers = [open(csv.as_bytes()), open(&xlsx), open(&ods(&(table + "</table:table>")))];
        for row in &rows {
            let patient = Patient::new("", &row[0]);
            let found = registers.each_ref().map(|register| register.find(patient.as_ref(), "a.jpg"));
            prop_assert!(found[0].is_known());
            for other in &found[1..] {
                prop_assert_eq!(&found[0].statement, &other.statement);
                prop_assert_eq!(&found[0].lines, &other.lines);
            }
        }
        prop_assert!(registers.iter().all(|register| register.len() == rows.len()));
        // A second opinion on what the workbook holds.
        let mut second: Xlsx<_> = Xlsx::new(Cursor::new(&xlsx)).expect("a workbook");
        let range = second.worksheet_range_at(0).expect("a sheet").expect("cells");
        for (n, row) in (1u32..).zip(&rows) {
            for (column, text) in (0u32..).zip(row).filter(|(_, text)| !text.is_empty()) {
                prop_assert_eq!(range.get_value((n, column)).map(ToString::to_string), Some(text.clone()));
            }
        }
    }

    #[test]
    fn no_bytes_in_a_workbook_make_the_register_panic(
        cells in "(<row( r=\"[0-9]{1,3}\")?>|</row>|<c( r=\"[A-C][0-9]{1,2}\")?( t=\"(s|b|d|n|e|str|inlineStr)\")?( s=\"[0-9]\")?/?>|</c>|<v>[0-9e.-]{0,6}</v>|<is>|<t>|</t>|</is>|<f/>|&[a-z#0-9]{1,4};){0,14}",
        tables in "(<table:table>|</table:table>|<table:table-row>|</table:table-row>|<table:table-cell( office:value-type=\"(float|date|string)\")?( office:value=\"[0-9]{1,3}\")?/?>|</table:table-cell>|<text:p>|x|</text:p>){0,14}",
        cut in 0..400usize,
    ) {
        let _ = Register::read(&sheet(&cells), &reading());
        let _ = Register::read(&ods(&tables), &reading());
        let bytes = sheet(&cells);
        let _ = Register::read(bytes.get(..bytes.len().saturating_sub(cut)).unwrap_or_default(), &reading());
    }
}
