//! Asks for a passphrase at the terminal, without showing it, or reads it from a file; never from the command line.

use super::say;
use scrubs::code::identity::{IdentityError, SecretString};
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// No passphrase is longer than this, in bytes.
const LONGEST: usize = 1024;

/// A new passphrase: asked for twice, or from a file.
pub(super) fn chosen(file: Option<&Path>) -> Result<SecretString, IdentityError> {
    if let Some(file) = file {
        return read(file);
    }
    say::note("Choose a passphrase of several words. Without it nobody can use this identity.");
    let first = ask("Passphrase: ")?;
    if first.is_empty() {
        return Err(IdentityError::NoPassphrase);
    }
    let again = ask("The same again: ")?;
    if *first == *again { Ok(secret(&first)) } else { Err(IdentityError::Differ) }
}

/// The passphrase of an identity file that is there: asked for once, or from a file.
pub(super) fn known(file: Option<&Path>) -> Result<SecretString, IdentityError> {
    match file {
        Some(file) => read(file),
        None => Ok(secret(&ask("Passphrase of the identity file: ")?)),
    }
}

fn ask(prompt: &str) -> Result<Zeroizing<String>, IdentityError> {
    // A job without a person would wait for ever.
    if !io::stdin().is_terminal() {
        return Err(IdentityError::NobodyToAsk);
    }
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|_| IdentityError::NobodyToAsk)
}

fn secret(words: &Zeroizing<String>) -> SecretString {
    words.as_str().to_owned().into()
}

/// The first line of a file, without its end; one byte after another, so that nothing behind it is taken from a pipe.
fn read(file: &Path) -> Result<SecretString, IdentityError> {
    let mut input: Box<dyn Read> =
        if file == Path::new("-") { Box::new(io::stdin().lock()) } else { Box::new(File::open(file)?) };
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut byte = Zeroizing::new([0u8; 1]);
    while line.len() < LONGEST && input.read(&mut *byte)? == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    let words = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(&line));
    match words.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))? {
        "" => Err(IdentityError::NoPassphrase),
        words => Ok(words.to_owned().into()),
    }
}
