//! Prints: to standard output what was asked for, to standard error what a person should know besides.
//!
//! A reader that has gone away (`scrubs … | head`) is no fault.

use super::Exit;
use anyhow::Result;
use std::io::{self, IsTerminal, Write};

/// Prints text that was asked for.
pub(crate) fn out(text: &str) -> Result<Exit> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(Exit::Good),
    }
}

/// Prints a value as JSON, indented.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<Exit> {
    out(&format!("{}\n", escaped(&serde_json::to_string_pretty(value)?)))
}

/// JSON that a terminal shows as it is: what would steer it or turn its letters about stands as `\uXXXX`, which RFC 8259
/// reads as the same. JSON escapes the first 32 characters itself, and its own line breaks stay.
pub(crate) fn escaped(json: &str) -> String {
    let length = |c: char| if steers(c) { 6 * c.len_utf16() } else { c.len_utf8() };
    // It does not grow: growing would leave a copy behind, which its owner could not wipe.
    let mut text = String::with_capacity(json.chars().map(length).sum());
    for c in json.chars() {
        match c {
            '\n' => text.push(c),
            c if steers(c) => {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}")))
            }
            c => text.push(c),
        }
    }
    text
}

/// Whether a character is not seen but changes what is: control characters (ANSI escapes begin with one), line and
/// paragraph separators, marks of direction (Unicode UAX #9), and what has no width.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Prints a line to standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether standard error goes to a person.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// A path as a terminal may show it: what would steer it replaced.
pub(crate) fn path(path: &std::path::Path) -> String {
    path.display().to_string().chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// What a newcomer reads.
pub(crate) fn greet() -> Result<Exit> {
    out("\
scrubs makes teaching collections of patient photographs and X-rays safe to use.

  scrubs check FOLDER                  what in these files would give a patient away; nothing is changed
  scrubs clean FOLDER --to RELEASE     clean, code and judge a collection; sources are never changed
  scrubs key reveal CODE --identity F  which patient and file a code stands for; for the guardian of the key

What may not be used under the GMC's guidance is held back, with the reason and the next step.
`scrubs help` lists all commands, `scrubs help clean` explains one.
")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_shown_raw() {
        let mut tried = 0;
        for c in
            ['\x1b', '\n', '\r', '\x07', '\x7f', '\u{9b}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{2028}', '\u{e0041}']
        {
            let name = format!("a{c}b");
            assert_eq!(path(std::path::Path::new(&name)), "a\u{fffd}b");
            let json = escaped(&serde_json::to_string(&name).expect("a string"));
            assert!(!json.contains(c), "{json}");
            assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), name);
            tried += 1;
        }
        assert_eq!(tried, 11);
        assert_eq!(path(std::path::Path::new("llaw chwith ŵ 左手.jpg")), "llaw chwith ŵ 左手.jpg");
    }
}
