//! The whole key in one file: sealed for other people, or in plain for whoever insists.
//!
//! C2SP age v1 with JSON Lines inside, as the key files have them; or a table that the caller words.

use super::open::{Course, each};
use super::{FOLDER, Identity, KeyEntry, KeyError, Recipient, Revealed, Trouble, TroubleKind, line, open, plain};
use crate::code::audit::{self, Act, Deed};
use crate::code::custody::Custody;
use crate::code::{RecordingCode, identity, permission};
use age::Encryptor;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// What makes the text of one entry, or with none the head of it all.
pub type PlainText<'a> = dyn Fn(Option<&Revealed>) -> io::Result<Zeroizing<Vec<u8>>> + 'a;

/// In which form the key is exported.
pub enum Form<'a> {
    /// An age file that these can open.
    Sealed(&'a [Recipient]),
    /// Plain text, as this makes it: once for its head, with none, and once for each entry.
    Plain(&'a PlainText<'a>),
}

impl std::fmt::Debug for Form<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Form::Sealed(_)) { "Sealed" } else { "Plain" })
    }
}

/// What was exported.
#[derive(Debug)]
pub struct Exported {
    /// How many entries.
    pub entries: u64,
    /// Key files that could not be read, or not to their end: what they hold is not in the export.
    pub troubles: Vec<Trouble>,
}

/// Writes the whole key to a new file, for its owner alone. The audit gets its line first, and the file appears whole or
/// not at all. `is_release` says whether a folder is one that may be handed on.
///
/// # Errors
/// When a file is there already, when it would lie in a release or in custody, when the identities open none of the key
/// files, when the audit or the disk refuses. Nothing was written then.
pub fn export(
    custody: &Custody,
    identities: &[Identity],
    to: &Path,
    form: &Form<'_>,
    why: Option<&str>,
    is_release: &dyn Fn(&Path) -> bool,
) -> Result<Exported, KeyError> {
    check_place(custody, to, is_release)?;
    if matches!(form, Form::Sealed([])) {
        return Err(KeyError::Nobody);
    }
    check_identity(custody, identities)?;
    let said = match form {
        Form::Sealed(recipients) => recipients.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        Form::Plain(_) => "plain text".to_owned(),
    };
    let act = Act { why: why.map(str::to_owned), ..Act::new(Deed::Exported, []) };
    audit::append(custody, &act.to(said)).map_err(KeyError::Audit)?;
    let folder = identity::parent(to);
    let file = tempfile::Builder::new().prefix(".exporting-").tempfile_in(folder).map_err(plain)?;
    let (file, exported) = write(custody, identities, form, file)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(to).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Taken,
        _ => plain(error.error).into(),
    })?;
    permission::sync_dir(folder)?;
    Ok(exported)
}

fn check_place(custody: &Custody, to: &Path, is_release: &dyn Fn(&Path) -> bool) -> Result<(), KeyError> {
    if to.symlink_metadata().is_ok() {
        return Err(KeyError::Taken);
    }
    let folder = identity::parent(to).canonicalize()?;
    if folder.starts_with(custody.dir().canonicalize()?) {
        return Err(KeyError::Place("custody"));
    }
    if folder.ancestors().any(|above| looks_like_release(above) || is_release(above)) {
        return Err(KeyError::Place("a release"));
    }
    Ok(())
}

/// A release anywhere, also of another custody, by what lies in it.
fn looks_like_release(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).symlink_metadata().is_ok();
    has("recordings") && (has("SHA256SUMS") || has("report") || has(".partial"))
}

/// Whether one of the identities opens one of the key files; where there is none, there is nothing wrong.
fn check_identity(custody: &Custody, identities: &[Identity]) -> Result<(), KeyError> {
    let folder = custody.dir().join(FOLDER);
    let mut other = false;
    for (name, _) in open::names(&folder)? {
        match open::decrypt(&folder.join(name), identities) {
            Ok(_) => return Ok(()),
            Err(kind) => other |= kind == TroubleKind::OtherGuardian,
        }
    }
    if other { Err(KeyError::WrongIdentity) } else { Ok(()) }
}

fn write(
    custody: &Custody,
    identities: &[Identity],
    form: &Form<'_>,
    file: NamedTempFile,
) -> Result<(NamedTempFile, Exported), KeyError> {
    let output = BufWriter::new(file);
    let (output, entries, read) = match form {
        Form::Sealed(recipients) => {
            let encryptor = Encryptor::with_recipients(recipients.iter().map(|one| one as &dyn age::Recipient));
            let mut output = encryptor.map_err(|_| KeyError::Seal)?.wrap_output(output).map_err(plain)?;
            let (entries, read) = copy(custody, identities, &mut output, &sealed)?;
            (output.finish().map_err(plain)?, entries, read)
        }
        Form::Plain(words) => {
            let mut output = output;
            output.write_all(&words(None)?).map_err(plain)?;
            let text = |entry, run| Ok(words(Some(&Revealed { entry, run }))?);
            let (entries, read) = copy(custody, identities, &mut output, &text)?;
            (output, entries, read)
        }
    };
    let file = output.into_inner().map_err(|error| plain(error.into_error()))?;
    Ok((file, Exported { entries, troubles: read.troubles }))
}

/// What makes the text of one entry.
type Words<'a> = dyn Fn(KeyEntry, String) -> Result<Zeroizing<Vec<u8>>, KeyError> + 'a;

fn copy(
    custody: &Custody,
    identities: &[Identity],
    output: &mut dyn Write,
    words: &Words<'_>,
) -> Result<(u64, Course), KeyError> {
    let mut entries = 0u64;
    let read = each(custody, identities, &mut |entry, run| {
        output.write_all(&words(entry, run)?).map_err(plain)?;
        entries = entries.saturating_add(1);
        Ok(())
    })?;
    Ok((entries, read))
}

/// The line of a key file.
fn sealed(entry: KeyEntry, run: String) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut text = Zeroizing::new(Vec::with_capacity(line::longest(&entry, &run)));
    serde_json::to_writer(&mut *text, &line::Sealed { entry: &entry, run: &run }).map_err(|_| KeyError::Seal)?;
    text.push(b'\n');
    Ok(text)
}

/// The codes of the recordings that lie in a release, by the names of their files; in order, each once.
///
/// # Errors
/// When the folder cannot be read or holds no recordings.
pub fn released(release: &Path) -> io::Result<Vec<String>> {
    let mut codes = Vec::new();
    for patient in fs::read_dir(release.join("recordings"))? {
        let patient = patient?;
        if !patient.file_type()?.is_dir() {
            continue;
        }
        for recording in fs::read_dir(patient.path())? {
            let name = recording?.file_name();
            let name = name.to_string_lossy();
            let stem = name.split('.').next().unwrap_or_default();
            codes.extend(RecordingCode::parse(stem).map(|code| code.as_str().to_owned()));
        }
    }
    codes.sort();
    codes.dedup();
    if codes.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(codes) }
}
