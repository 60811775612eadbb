//! A register in a spreadsheet: the first sheet of an .xlsx or .ods, row by row to the same checks as a CSV file.
//!
//! ECMA-376 part 1 (SpreadsheetML) and ODF 1.3 part 3. Sheets are streamed: nothing is built to a size that the file
//! states, unpacked bytes are counted, and a definition of entities is refused.

mod archive;
mod cell;
mod ods;
mod serial;
mod xlsx;

use super::gather::{self, Gathering, letters};
use super::{Problem, Problems, Reading, Register, Unit};
use archive::Archive;
use cell::Cell;
use std::borrow::Cow;

/// The most columns that are looked at; a register has 28.
const MOST_COLUMNS: usize = 512;

/// The most rows that are looked at: all that a sheet of Excel's can have.
const MOST_ROWS: u64 = 1 << 20;

const TOO_WIDE: &str = "has a sheet with more columns than any register has";

/// Why reading stops before the end.
enum Stop {
    /// The file as a whole is refused.
    Refused(&'static str),
    /// The header row is such that no row could be right.
    Told(Problems),
}

impl From<&'static str> for Stop {
    fn from(what: &'static str) -> Self {
        Stop::Refused(what)
    }
}

/// Whether these are the bytes of an archive, as workbooks are.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads the first sheet.
pub(super) fn read(bytes: &[u8], reading: &Reading) -> Result<Register, Problems> {
    let mut sheet = Sheet { gathering: Gathering::new(reading, Unit::Row), headed: false, taken: 0, from_1904: false };
    match rows(bytes, &mut sheet) {
        Ok(()) if sheet.headed => sheet.gathering.finish(),
        Ok(()) => Err(Problems::whole(gather::EMPTY)),
        Err(Stop::Refused(what)) => Err(Problems::whole(format!("the file {what}"))),
        Err(Stop::Told(problems)) => Err(problems),
    }
}

fn rows(bytes: &[u8], sheet: &mut Sheet<'_>) -> Result<(), Stop> {
    let mut archive = Archive::open(bytes)?;
    if archive.has("content.xml") {
        return ods::read(&mut archive, sheet);
    }
    if archive.has("xl/workbook.bin") {
        return Err(Stop::Refused("is a binary workbook (.xlsb): save it as .xlsx"));
    }
    xlsx::read(&mut archive, sheet)
}

/// The sheet on its way into a register.
struct Sheet<'r> {
    gathering: Gathering<'r>,
    headed: bool,
    /// How many rows there were, blank ones and faulty ones too.
    taken: u64,
    /// Whether its days are counted from 1904, as old Macintosh programs did.
    from_1904: bool,
}

impl Sheet<'_> {
    /// Takes a row; blank ones may be left out. Cells come in the order of their columns.
    fn row(&mut self, line: u64, cells: &[Cell]) -> Result<(), Stop> {
        self.taken += 1;
        let Some(width) = cells.iter().filter(|cell| !cell.value.is_blank()).map(|cell| cell.column + 1).max() else {
            return Ok(());
        };
        if width > MOST_COLUMNS {
            return Err(Stop::Refused(TOO_WIDE));
        }
        if self.gathering.is_full() || self.taken > MOST_ROWS {
            return Err(Stop::Refused(gather::TOO_MANY));
        }
        if !self.headed {
            self.headed = true;
            let mut fields = vec![Cow::Borrowed(""); width];
            for cell in cells {
                if let Some(field) = fields.get_mut(cell.column) {
                    *field = cell.value.field(None, self.from_1904).unwrap_or_default();
                }
            }
            return self.gathering.header(line, &fields).map_err(Stop::Told);
        }
        let layout = self.gathering.layout().clone();
        let mut fields = vec![Cow::Borrowed(""); layout.len()];
        let mut right = true;
        for cell in cells.iter().filter(|cell| !cell.value.is_blank()) {
            let (Some(field), Some(column)) = (fields.get_mut(cell.column), layout.get(cell.column)) else {
                right = false;
                self.fault(line, cell.column, "has something in it, but no header: a cell is shifted or one too many");
                continue;
            };
            match cell.value.field(*column, self.from_1904) {
                Ok(value) => *field = value,
                Err(what) => {
                    right = false;
                    self.gathering.problem(line, *column, what);
                }
            }
        }
        if right {
            self.gathering.record(line, &fields, None);
        }
        Ok(())
    }

    /// Takes note of cells that are merged: which row the value belongs to can then not be told.
    fn merged(&mut self, line: u64, column: usize) {
        self.fault(
            line,
            column,
            "is merged with other cells: undo the merging and write into every cell what it means",
        );
    }

    fn fault(&mut self, line: u64, column: usize, what: &str) {
        let at = Some(format!("column {}", letters(column)));
        self.gathering.fault(Problem { at, ..Problem::new(line, None, what) });
    }

    /// Takes note of sheets that are not read.
    fn others(&mut self, count: usize) {
        if count > 0 {
            let s = if count == 1 { "" } else { "s" };
            self.gathering.notice(format!("the workbook has {count} more sheet{s}; only the first is read"));
        }
    }
}

#[cfg(test)]
mod tests;
