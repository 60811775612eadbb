//! The first sheet of an .xlsx workbook: its cells as stored, hidden rows and all, formulas by their results.
//!
//! ECMA-376 part 1, 18.2 (workbook), 18.3 (sheet), 18.4 (shared strings), 18.8 (styles); part 2 (relationships).

use super::archive::{Archive, BROKEN, Mark, Xml, attribute, local, number};
use super::cell::{Cell, ERROR, NO_RESULT, Value};
use super::serial::{self, Shows};
use super::{MOST_COLUMNS, MOST_ROWS, Sheet, Stop};
use std::collections::HashMap;

/// Bytes of unpacked XML: of a small part, of the shared strings, of the sheet.
const SMALL: u64 = 8 << 20;
const STRINGS: u64 = 64 << 20;
const CELLS: u64 = 256 << 20;
/// The most columns of a sheet (Excel).
const WIDEST: usize = 1 << 14;

pub(super) fn read(archive: &mut Archive<'_>, sheet: &mut Sheet<'_>) -> Result<(), Stop> {
    let workbook = relationships(archive, "")?.into_values().find(|r| r.is("officeDocument")).ok_or(BROKEN)?.target;
    let book = workbook_of(archive, &workbook)?;
    let related = relationships(archive, &workbook)?;
    let first = book.sheets.iter().find(|(id, _)| related.get(id).is_some_and(|r| r.is("worksheet")));
    let (id, hidden) = first.ok_or("is a workbook without a sheet")?;
    if *hidden {
        return Err(Stop::Refused(
            "is a workbook whose first sheet is hidden: show it, or put the register's sheet first",
        ));
    }
    let path = related.get(id).map(|r| r.target.clone()).ok_or(BROKEN)?;
    sheet.from_1904 = book.from_1904;
    sheet.others(book.sheets.len().saturating_sub(1));
    let part = |kind: &str| related.values().find(|r| r.is(kind)).map(|r| r.target.clone());
    let formats = part("styles").map(|path| formats(archive, &path)).transpose()?.unwrap_or_default();
    let strings = part("sharedStrings").map(|path| Strings::read(archive, &path)).transpose()?.unwrap_or_default();
    cells(archive.xml(&path, CELLS)?, &formats, &strings, sheet)
}

struct Relationship {
    kind: String,
    target: String,
}

impl Relationship {
    fn is(&self, kind: &str) -> bool {
        self.kind.rsplit('/').next() == Some(kind)
    }
}

/// The parts that a part refers to, by id; of the whole package for an empty path.
fn relationships(archive: &mut Archive<'_>, part: &str) -> Result<HashMap<String, Relationship>, &'static str> {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let lead = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut xml = archive.xml(&format!("{lead}_rels/{name}.rels"), SMALL)?;
    let mut found = HashMap::new();
    loop {
        match xml.next()? {
            Mark::Open(tag, _) if local(&tag) == "Relationship" => {
                let get = |name| attribute(&tag, name);
                let (Some(id), Some(kind), Some(target)) = (get("Id")?, get("Type")?, get("Target")?) else {
                    return Err(BROKEN);
                };
                let target = target.strip_prefix('/').map_or_else(|| format!("{lead}{target}"), str::to_owned);
                found.insert(id, Relationship { kind, target });
            }
            Mark::End => return Ok(found),
            _ => {}
        }
    }
}

#[derive(Default)]
struct Book {
    from_1904: bool,
    /// Each sheet's relationship, and whether it is hidden.
    sheets: Vec<(String, bool)>,
}

fn workbook_of(archive: &mut Archive<'_>, path: &str) -> Result<Book, &'static str> {
    let mut xml = archive.xml(path, SMALL)?;
    let mut book = Book::default();
    loop {
        match xml.next()? {
            Mark::Open(tag, _) if local(&tag) == "workbookPr" => {
                book.from_1904 = matches!(attribute(&tag, "date1904")?.as_deref(), Some("1" | "true"));
            }
            Mark::Open(tag, _) if local(&tag) == "sheet" => {
                let hidden = attribute(&tag, "state")?.is_some_and(|state| state != "visible");
                book.sheets.push((attribute(&tag, "id")?.ok_or(BROKEN)?, hidden));
            }
            Mark::End => return Ok(book),
            _ => {}
        }
    }
}

/// How each cell format shows a number.
fn formats(archive: &mut Archive<'_>, path: &str) -> Result<Vec<Option<Shows>>, &'static str> {
    let mut xml = archive.xml(path, SMALL)?;
    let mut own: HashMap<usize, Option<Shows>> = HashMap::new();
    let mut formats = Vec::new();
    let mut in_cells = false;
    loop {
        match xml.next()? {
            Mark::Open(tag, empty) => match local(&tag) {
                "numFmt" => {
                    let (id, code) = (number(&tag, "numFmtId")?, attribute(&tag, "formatCode")?);
                    own.insert(id.ok_or(BROKEN)?, serial::custom(&code.ok_or(BROKEN)?));
                }
                "cellXfs" => in_cells = !empty,
                "cellStyleXfs" | "cellStyles" | "dxfs" => in_cells = false,
                "xf" if in_cells => {
                    let id = number(&tag, "numFmtId")?.unwrap_or(0);
                    formats.push(own.get(&id).copied().unwrap_or_else(|| serial::built_in(id)));
                }
                _ => {}
            },
            Mark::End => return Ok(formats),
            _ => {}
        }
    }
}

/// The texts that cells refer to, end to end in one piece of memory.
#[derive(Default)]
struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    /// The most texts: a third of what their least XML comes to within the limit.
    const MOST: usize = 4 << 20;

    fn read(archive: &mut Archive<'_>, path: &str) -> Result<Self, &'static str> {
        let mut xml = archive.xml(path, STRINGS)?;
        let mut strings = Self::default();
        loop {
            match xml.next()? {
                Mark::Open(tag, empty) if local(&tag) == "si" => {
                    if !empty {
                        rich_text(&mut xml, &mut strings.text)?;
                    }
                    let end = u32::try_from(strings.text.len()).map_err(|_| BROKEN)?;
                    strings.ends.push(end);
                    if strings.ends.len() > Self::MOST {
                        return Err("is a workbook with more texts than any register has");
                    }
                }
                Mark::End => return Ok(strings),
                _ => {}
            }
        }
    }

    fn get(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)? as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        self.text.get(start..end)
    }
}

/// The text of an open `si` or `is`: its `t` elements, without what is said of the pronunciation.
fn rich_text(xml: &mut Xml<'_, '_>, into: &mut String) -> Result<(), &'static str> {
    let (mut depth, mut text_at) = (1usize, None);
    while depth > 0 {
        match xml.next()? {
            Mark::Open(tag, empty) => {
                if local(&tag) == "rPh" {
                    if !empty {
                        xml.skip()?;
                    }
                    continue;
                }
                if !empty {
                    depth += 1;
                    if local(&tag) == "t" {
                        text_at = Some(depth);
                    }
                }
            }
            Mark::Close => {
                if text_at == Some(depth) {
                    text_at = None;
                }
                depth -= 1;
            }
            Mark::Text(text) if text_at.is_some() => into.push_str(&text),
            Mark::Text(_) => {}
            Mark::End => return Err(BROKEN),
        }
    }
    Ok(())
}

/// Where reading stands in the sheet.
#[derive(Default)]
struct At {
    /// The row, from 1; 0 before the first.
    row: u64,
    /// The column that comes next, from 0.
    column: usize,
}

fn cells(
    mut xml: Xml<'_, '_>,
    formats: &[Option<Shows>],
    strings: &Strings,
    sheet: &mut Sheet<'_>,
) -> Result<(), Stop> {
    loop {
        match xml.next()? {
            Mark::Open(tag, false) if local(&tag) == "sheetData" => data(&mut xml, formats, strings, sheet)?,
            Mark::Open(tag, _) if local(&tag) == "mergeCell" => {
                let range = attribute(&tag, "ref")?.ok_or(BROKEN)?;
                let (column, line) = position(range.split(':').next().unwrap_or_default()).ok_or(BROKEN)?;
                sheet.merged(line, column);
            }
            Mark::End => return Ok(()),
            _ => {}
        }
    }
}

/// Reads to the end of the open `sheetData`.
fn data(
    xml: &mut Xml<'_, '_>,
    formats: &[Option<Shows>],
    strings: &Strings,
    sheet: &mut Sheet<'_>,
) -> Result<(), Stop> {
    let mut at = At::default();
    let mut row = Vec::new();
    let mut depth = 1usize;
    while depth > 0 {
        match xml.next()? {
            Mark::Open(tag, empty) => match local(&tag) {
                "row" => {
                    at.next_row(attribute(&tag, "r")?.as_deref())?;
                    depth += usize::from(!empty);
                }
                "c" => {
                    let column = at.next_cell(attribute(&tag, "r")?.as_deref())?;
                    let kind = attribute(&tag, "t")?;
                    let shows = number(&tag, "s")?.and_then(|style| formats.get(style).copied().flatten());
                    if empty {
                        continue;
                    }
                    let value = Stored::read(xml)?.value(kind.as_deref(), shows, strings, sheet.from_1904)?;
                    if value.is_blank() {
                        continue;
                    }
                    if column >= MOST_COLUMNS {
                        return Err(Stop::Refused(super::TOO_WIDE));
                    }
                    row.push(Cell { column, value });
                }
                _ if !empty => xml.skip()?,
                _ => {}
            },
            Mark::Close => {
                depth -= 1;
                sheet.row(at.row, &row)?;
                row.clear();
            }
            Mark::Text(_) => {}
            Mark::End => return Err(Stop::Refused(BROKEN)),
        }
    }
    Ok(())
}

const OUT_OF_ORDER: &str = "is a workbook whose rows or cells are out of order";

impl At {
    fn next_row(&mut self, stated: Option<&str>) -> Result<(), &'static str> {
        let row = match stated {
            Some(row) => row.trim().parse().map_err(|_| BROKEN)?,
            None => self.row.saturating_add(1),
        };
        if row <= self.row || row > MOST_ROWS {
            return Err(OUT_OF_ORDER);
        }
        *self = Self { row, column: 0 };
        Ok(())
    }

    /// The column of a cell that opens.
    fn next_cell(&mut self, stated: Option<&str>) -> Result<usize, &'static str> {
        let column = match stated {
            Some(name) => {
                let (column, row) = position(name).ok_or(BROKEN)?;
                if row != self.row || column < self.column {
                    return Err(OUT_OF_ORDER);
                }
                column
            }
            None => self.column,
        };
        self.column = column.saturating_add(1);
        Ok(column)
    }
}

/// Column (from 0) and row (from 1) of a cell's name, `B12`.
fn position(name: &str) -> Option<(usize, u64)> {
    let split = name.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = name.split_at_checked(split)?;
    if letters.is_empty() || letters.len() > 3 || !letters.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let column = letters.bytes().fold(0usize, |column, b| column * 26 + usize::from(b - b'A') + 1) - 1;
    let row: u64 = digits.parse().ok()?;
    (column < WIDEST && (1..=MOST_ROWS).contains(&row)).then_some((column, row))
}

/// What is stored in a cell.
#[derive(Default)]
struct Stored {
    value: Option<String>,
    inline: Option<String>,
    formula: bool,
}

impl Stored {
    /// Reads to the end of an open `c`.
    fn read(xml: &mut Xml<'_, '_>) -> Result<Self, &'static str> {
        let mut stored = Self::default();
        let mut in_value = false;
        let mut depth = 1usize;
        while depth > 0 {
            match xml.next()? {
                Mark::Open(tag, empty) => match local(&tag) {
                    "v" => {
                        stored.value.get_or_insert_default();
                        in_value = !empty;
                        depth += usize::from(!empty);
                    }
                    "is" if !empty => rich_text(xml, stored.inline.get_or_insert_default())?,
                    "f" => {
                        stored.formula = true;
                        if !empty {
                            xml.skip()?;
                        }
                    }
                    _ if !empty => xml.skip()?,
                    _ => {}
                },
                Mark::Close => {
                    in_value = false;
                    depth -= 1;
                }
                Mark::Text(text) if in_value => stored.value.get_or_insert_default().push_str(&text),
                Mark::Text(_) => {}
                Mark::End => return Err(BROKEN),
            }
        }
        Ok(stored)
    }

    fn value(
        self,
        kind: Option<&str>,
        shows: Option<Shows>,
        strings: &Strings,
        from_1904: bool,
    ) -> Result<Value, &'static str> {
        if self.formula && self.value.is_none() && self.inline.is_none() {
            return Ok(Value::Fault(NO_RESULT));
        }
        if kind == Some("inlineStr") {
            return Ok(Value::Text(self.inline.unwrap_or_default()));
        }
        let Some(value) = self.value else { return Ok(Value::Nothing) };
        Ok(match kind {
            Some("s") => {
                let at = value.trim().parse().map_err(|_| BROKEN)?;
                Value::Text(strings.get(at).ok_or(BROKEN)?.to_owned())
            }
            Some("str") => Value::Text(value),
            Some("b") => Value::Truth(value.trim() == "1"),
            Some("e") => Value::Fault(ERROR),
            // An ISO 8601 day, with a time behind it.
            Some("d") => Value::Day(value.trim().get(..10).unwrap_or(value.trim()).to_owned()),
            None | Some("n") => match value.trim() {
                "" if self.formula => Value::Fault(NO_RESULT),
                "" => Value::Nothing,
                text => Value::number(text.parse().map_err(|_| BROKEN)?, shows, from_1904),
            },
            Some(_) => return Err(BROKEN),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cells_name_is_its_place() {
        let cases = [
            ("A1", Some((0, 1))),
            ("Z9", Some((25, 9))),
            ("AA10", Some((26, 10))),
            ("XFD1048576", Some((16_383, 1_048_576))),
            ("XFE1", None),
            ("A0", None),
            ("A1048577", None),
            ("AAAA1", None),
            ("1", None),
            ("A", None),
            ("a1", None),
            ("A1B", None),
            ("Ä1", None),
        ];
        assert_eq!(cases.map(|(name, place)| assert_eq!(position(name), place, "{name}")).len(), 13);
    }
}
