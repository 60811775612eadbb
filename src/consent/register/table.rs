//! Bytes of a CSV file to lines of fields: encoding, delimiter, quotes, each record with the line it starts on.
//!
//! RFC 4180, read strictly: a quote that is not closed, or text behind a closing quote, is a fault and not a guess, since
//! a forgiven quote swallows the rows behind it and they would read as *no record*.

use super::column::Column;
use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// One record of the file.
#[derive(Debug)]
pub(super) struct Record<'a> {
    /// The line it starts on, from 1.
    pub(super) line: u64,
    /// Its fields, quotes taken off.
    pub(super) fields: Vec<Cow<'a, str>>,
}

/// A fault of the file's shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) line: u64,
    pub(super) what: &'static str,
}

/// The text of the file: UTF-8 or UTF-16 by its byte order mark, UTF-8, else Windows-1252.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, &'static str> {
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err("is a workbook of the old kind (.xls) or one with a password: save it as .xlsx without one");
    }
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => UTF_16LE.decode_without_bom_handling(rest).0,
        [0xFE, 0xFF, rest @ ..] => UTF_16BE.decode_without_bom_handling(rest).0,
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            Cow::Borrowed(std::str::from_utf8(rest).map_err(|_| "is marked as UTF-8 but is not")?)
        }
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
        },
    };
    if text.contains('\0') { Err("is not a text file") } else { Ok(text) }
}

/// The delimiter, and how many lines stand before the header: Excel's `sep=;` line, or none.
pub(super) fn delimiter(text: &str) -> (u8, usize) {
    let first = text.lines().next().unwrap_or_default();
    if let Some(&[mark]) = first.strip_prefix("sep=").map(|mark| mark.trim_end().as_bytes()) {
        return (mark, 1);
    }
    let known = |mark: u8| {
        let name = |part: &&str| Column::from_header(part.trim_matches('"')).is_some();
        first.split(char::from(mark)).filter(name).count()
    };
    // Of equals the last wins, so the comma stands last.
    let best = [b'\t', b';', b','].into_iter().max_by_key(|&mark| known(mark));
    (best.unwrap_or(b','), 0)
}

/// The records of a text one after the other, so that a large file is never held twice; blank lines are left out.
pub(super) struct Records<'a> {
    cursor: Cursor<'a>,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str, delimiter: u8) -> Self {
        Self { cursor: Cursor { text, at: 0, line: 1, delimiter } }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.cursor.at < self.cursor.text.len() {
            let line = self.cursor.line;
            match self.cursor.record() {
                Ok(fields) if fields.iter().all(|field| field.trim().is_empty()) => {}
                Ok(fields) => return Some(Ok(Record { line, fields })),
                Err(what) => {
                    self.cursor.skip_line();
                    return Some(Err(Broken { line, what }));
                }
            }
        }
        None
    }
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    delimiter: u8,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn slice(&self, from: usize) -> &'a str {
        // Both ends lie beside an ASCII byte or an end of the text, so they are character boundaries.
        self.text.get(from..self.at).unwrap_or_default()
    }

    fn record(&mut self) -> Result<Vec<Cow<'a, str>>, &'static str> {
        let mut fields = Vec::new();
        loop {
            fields.push(if self.peek() == Some(b'"') { self.quoted()? } else { Cow::Borrowed(self.plain()) });
            match self.peek() {
                Some(byte) if byte == self.delimiter => self.at += 1,
                _ => {
                    self.end_line();
                    return Ok(fields);
                }
            }
        }
    }

    fn plain(&mut self) -> &'a str {
        let from = self.at;
        while self.peek().is_some_and(|b| b != self.delimiter && b != b'\n' && b != b'\r') {
            self.at += 1;
        }
        self.slice(from)
    }

    /// A quoted field; the cursor stands on its opening quote.
    fn quoted(&mut self) -> Result<Cow<'a, str>, &'static str> {
        let (start, start_line) = (self.at, self.line);
        self.at += 1;
        let from = self.at;
        let mut doubled = false;
        loop {
            match self.peek() {
                None => {
                    (self.at, self.line) = (start, start_line);
                    return Err("has a quotation mark that is not closed");
                }
                Some(b'"') if self.text.as_bytes().get(self.at + 1) == Some(&b'"') => {
                    doubled = true;
                    self.at += 2;
                }
                Some(b'"') => break,
                Some(byte) => {
                    self.line += u64::from(byte == b'\n');
                    self.at += 1;
                }
            }
        }
        let inner = self.slice(from);
        self.at += 1;
        if self.peek().is_some_and(|b| b != self.delimiter && b != b'\n' && b != b'\r') {
            (self.at, self.line) = (start, start_line);
            return Err("has text behind a closing quotation mark");
        }
        Ok(if doubled { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) })
    }

    fn end_line(&mut self) {
        if self.peek() == Some(b'\r') {
            self.at += 1;
            if self.peek() != Some(b'\n') {
                self.line += 1;
                return;
            }
        }
        if self.peek() == Some(b'\n') {
            self.at += 1;
            self.line += 1;
        }
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|b| b != b'\n') {
            self.at += 1;
        }
        self.end_line();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(text: &str, delimiter: u8) -> (Vec<Record<'_>>, Vec<Broken>) {
        let (records, broken): (Vec<_>, Vec<_>) = Records::new(text, delimiter).partition(Result::is_ok);
        (records.into_iter().flatten().collect(), broken.into_iter().filter_map(Result::err).collect())
    }

    fn fields(text: &str, delimiter: u8) -> Vec<(u64, Vec<String>)> {
        let (records, broken) = split(text, delimiter);
        assert_eq!(broken, []);
        records.into_iter().map(|r| (r.line, r.fields.into_iter().map(Cow::into_owned).collect())).collect()
    }

    #[test]
    fn quotes_line_ends_and_blank_lines_are_read_with_their_lines() {
        let text = "a,b\r\n\r\n\"x, \"\"y\"\"\",5\" scar\n\"two\nlines\",c\n,,\nlast,";
        let expected = [
            (1, vec!["a", "b"]),
            (3, vec!["x, \"y\"", "5\" scar"]),
            (4, vec!["two\nlines", "c"]),
            (7, vec!["last", ""]),
        ];
        let expected = expected.map(|(line, fields)| (line, fields.into_iter().map(str::to_owned).collect::<Vec<_>>()));
        assert_eq!(fields(text, b','), expected);
    }

    #[test]
    fn a_quote_that_is_not_closed_is_a_fault_and_the_rows_behind_it_are_still_read() {
        let (records, broken) = split("a,b\n\"open,1\nc,2\nd,\"x\"y\ne,3", b',');
        assert_eq!(broken.iter().map(|b| b.line).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(records.iter().map(|r| r.line).collect::<Vec<_>>(), [1, 3, 5]);
    }

    #[test]
    fn every_usual_encoding_and_delimiter_is_known() {
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain("ü".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for bytes in ["ü".as_bytes(), b"\xEF\xBB\xBF\xC3\xBC", b"\xFC", &utf16] {
            assert_eq!(decode(bytes).as_deref(), Ok("ü"));
        }
        assert!(
            decode(&[0xD0, 0xCF, 0x11, 0xE0]).is_err()
                && decode(b"a\0b").is_err()
                && decode(b"\xEF\xBB\xBF\xFC").is_err()
        );
        assert_eq!(delimiter("patient_id;level\n1;2"), (b';', 0));
        assert_eq!(delimiter("patient_id\tlevel"), (b'\t', 0));
        assert_eq!(delimiter("sep=;\r\npatient_id;level"), (b';', 1));
        assert_eq!(delimiter("patient_id"), (b',', 0));
    }

    proptest! {
        #[test]
        fn splitting_ends_on_any_text(text in "[a,;\"\r\nü]{0,60}") {
            let (records, broken) = split(&text, b',');
            let lines = text.matches('\n').count() + text.matches('\r').count() + 1;
            prop_assert!(records.len() + broken.len() <= lines);
        }

        #[test]
        fn what_is_quoted_reads_back(table in proptest::collection::vec(proptest::collection::vec("[a,\"\n ü]{1,8}x", 1..4), 1..5)) {
            let quote = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let line = |row: &Vec<String>| row.iter().map(quote).collect::<Vec<_>>().join(",");
            let text = table.iter().map(line).collect::<Vec<_>>().join("\r\n");
            let read: Vec<Vec<String>> = fields(&text, b',').into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(read, table);
        }
    }
}
