//! The first sheet of an .ods workbook: its cells as stored, hidden rows and all, formulas by their results.
//!
//! ODF 1.3 part 3: 9.1 (tables), 19.385 (values of cells), 17.15 (whether a table is shown), 6.1 (text).

use super::archive::{Archive, BROKEN, Mark, Xml, attribute, number};
use super::cell::{Cell, ERROR, NO_RESULT, Value};
use super::{MOST_COLUMNS, Sheet, Stop};
use crate::consent::Date;
use std::collections::BTreeSet;

/// Bytes of unpacked XML.
const CONTENT: u64 = 256 << 20;
/// The most spaces that one element may stand for.
const MOST_SPACES: usize = 1_024;

pub(super) fn read(archive: &mut Archive<'_>, sheet: &mut Sheet<'_>) -> Result<(), Stop> {
    let mut xml = archive.xml("content.xml", CONTENT)?;
    let mut hidden = BTreeSet::new();
    let mut style = None;
    let mut tables = 0usize;
    loop {
        match xml.next()? {
            Mark::Open(tag, empty) => match tag.name().into_inner() {
                "style:style" => style = attribute(&tag, "style:name")?,
                "style:table-properties" if attribute(&tag, "table:display")?.as_deref() == Some("false") => {
                    hidden.extend(style.take());
                }
                // Earlier states of cells lie here; they are not the sheet.
                "table:tracked-changes" if !empty => xml.skip()?,
                "table:table" if tables == 0 => {
                    tables = 1;
                    if attribute(&tag, "table:style-name")?.is_some_and(|style| hidden.contains(&style)) {
                        let what =
                            "is a workbook whose first sheet is hidden: show it, or put the register's sheet first";
                        return Err(Stop::Refused(what));
                    }
                    if !empty {
                        table(&mut xml, sheet)?;
                    }
                }
                "table:table" => {
                    tables += 1;
                    if !empty {
                        xml.skip()?;
                    }
                }
                _ => {}
            },
            Mark::End if tables == 0 => return Err(Stop::Refused("is a workbook without a sheet")),
            Mark::End => {
                sheet.others(tables - 1);
                return Ok(());
            }
            _ => {}
        }
    }
}

/// Reads to the end of an open table.
fn table(xml: &mut Xml<'_, '_>, sheet: &mut Sheet<'_>) -> Result<(), Stop> {
    let mut line: u64 = 1;
    let mut depth = 1usize;
    while depth > 0 {
        match xml.next()? {
            Mark::Open(tag, empty) => match tag.name().into_inner() {
                "table:table-row" => {
                    let repeated = number(&tag, "table:number-rows-repeated")?.unwrap_or(1);
                    let row = if empty { Vec::new() } else { cells(xml, line, sheet)? };
                    // A row that is repeated is that many rows; blank ones go to the end of the sheet.
                    let told = if row.is_empty() { 0 } else { repeated };
                    for n in 0..told {
                        sheet.row(line.saturating_add(n as u64), &row)?;
                    }
                    line = line.saturating_add(repeated as u64);
                }
                "table:table" => return Err(Stop::Refused("is a workbook with a table inside a cell")),
                "table:table-header-rows" | "table:table-row-group" | "table:table-rows" => {
                    depth += usize::from(!empty)
                }
                _ if !empty => xml.skip()?,
                _ => {}
            },
            Mark::Close => depth -= 1,
            Mark::Text(_) => {}
            Mark::End => return Err(Stop::Refused(BROKEN)),
        }
    }
    Ok(())
}

/// The cells of an open row that are not blank.
fn cells(xml: &mut Xml<'_, '_>, line: u64, sheet: &mut Sheet<'_>) -> Result<Vec<Cell>, Stop> {
    let mut row: Vec<Cell> = Vec::new();
    let mut column = 0usize;
    loop {
        match xml.next()? {
            Mark::Open(tag, empty) => {
                let covered = match tag.name().into_inner() {
                    "table:table-cell" => false,
                    "table:covered-table-cell" => true,
                    _ => {
                        if !empty {
                            xml.skip()?;
                        }
                        continue;
                    }
                };
                let spans = |name| Ok::<_, &'static str>(number(&tag, name)?.is_some_and(|spanned| spanned > 1));
                if spans("table:number-columns-spanned")? || spans("table:number-rows-spanned")? {
                    sheet.merged(line, column);
                }
                let repeated = number(&tag, "table:number-columns-repeated")?.unwrap_or(1);
                let stated = Stated::read(&tag)?;
                let text = if empty { String::new() } else { text(xml)? };
                let value = stated.value(text)?;
                if !covered && !value.is_blank() {
                    if column.saturating_add(repeated) > MOST_COLUMNS {
                        return Err(Stop::Refused(super::TOO_WIDE));
                    }
                    row.extend((column..column + repeated).map(|column| Cell { column, value: value.clone() }));
                }
                column = column.saturating_add(repeated);
            }
            Mark::Close => return Ok(row),
            Mark::Text(_) => {}
            Mark::End => return Err(Stop::Refused(BROKEN)),
        }
    }
}

/// The text that an open cell shows: its paragraphs, without remarks and drawings.
fn text(xml: &mut Xml<'_, '_>) -> Result<String, &'static str> {
    let mut text = String::new();
    let mut depth = 1usize;
    let mut paragraphs = 0usize;
    while depth > 0 {
        match xml.next()? {
            Mark::Open(tag, empty) => match tag.name().into_inner() {
                "text:p" => {
                    paragraphs += 1;
                    if paragraphs > 1 {
                        text.push('\n');
                    }
                    depth += usize::from(!empty);
                }
                "text:span" | "text:a" => depth += usize::from(!empty),
                "text:s" => {
                    let spaces = number(&tag, "text:c")?.unwrap_or(1).min(MOST_SPACES);
                    text.extend(std::iter::repeat_n(' ', spaces));
                    depth += usize::from(!empty);
                }
                "text:tab" => {
                    text.push('\t');
                    depth += usize::from(!empty);
                }
                "text:line-break" => {
                    text.push('\n');
                    depth += usize::from(!empty);
                }
                _ if !empty => xml.skip()?,
                _ => {}
            },
            Mark::Close => depth -= 1,
            Mark::Text(part) if depth > 1 => text.push_str(&part),
            Mark::Text(_) => {}
            Mark::End => return Err(BROKEN),
        }
    }
    Ok(text)
}

/// What a cell's tag states of its value.
struct Stated {
    kind: Option<String>,
    value: Option<String>,
    formula: bool,
    error: bool,
}

impl Stated {
    fn read(tag: &quick_xml::events::BytesStart<'_>) -> Result<Self, &'static str> {
        let get = |name| attribute(tag, name);
        let kind = get("office:value-type")?;
        let value = match kind.as_deref() {
            Some("float" | "percentage" | "currency") => get("office:value")?,
            Some("date") => get("office:date-value")?,
            Some("boolean") => get("office:boolean-value")?,
            Some("string") => get("office:string-value")?,
            _ => None,
        };
        let error = get("calcext:value-type")?.as_deref() == Some("error");
        Ok(Self { kind, value, formula: get("table:formula")?.is_some(), error })
    }

    fn value(self, text: String) -> Result<Value, &'static str> {
        if self.error {
            return Ok(Value::Fault(ERROR));
        }
        let value = self.value;
        Ok(match self.kind.as_deref() {
            None if self.formula && text.is_empty() => Value::Fault(NO_RESULT),
            None | Some("string") => Value::Text(value.unwrap_or(text)),
            Some("float" | "percentage" | "currency") => {
                let number: f64 = value.ok_or(BROKEN)?.trim().parse().map_err(|_| BROKEN)?;
                // What is shown as the same digits with noughts in front.
                let shown = text.trim();
                let padded = shown.starts_with('0') && shown.bytes().all(|b| b.is_ascii_digit());
                match padded && shown.trim_start_matches('0') == number.to_string().trim_start_matches('0') {
                    true => Value::Padded(number, shown.len()),
                    false => Value::Number(number),
                }
            }
            Some("date") => Value::Day(day(value.ok_or(BROKEN)?.trim(), &text)),
            Some("boolean") => Value::Truth(value.as_deref() == Some("true")),
            // A time of day: no column has one, so its text is told where it stands.
            Some("time") => Value::Text(text),
            Some(_) => return Err(BROKEN),
        })
    }
}

/// The day of a stored date, or its month where the cell shows no more.
fn day(stored: &str, shown: &str) -> String {
    let day = stored.get(..10).unwrap_or(stored);
    let month = shown.trim().parse::<Date>().ok().map(Date::exact).filter(|shown| shown.len() == 7);
    month.filter(|month| day.starts_with(month.as_str())).unwrap_or_else(|| day.to_owned())
}
