//! What was put in the place of UIDs and patient numbers, as two tables for the guardians: `uid_mapping.csv` and
//! `patid_mapping.csv`, columns `id_old,id_new`, as challenges of de-identification ask for them.
//!
//! RFC 4180 (lines end in LF), UTF-8 where the source's text could be decoded. Each batch has a file of its own for each
//! table, `key/<run>-<batch>.uid_mapping.csv.age`: plain age (C2SP age v1), so that the stock `age` command opens it, and
//! never added to, so that a crash leaves whole files or none. Like the key of the batch it is durable before the batch's
//! recordings appear.

use super::open::{Trouble, TroubleKind};
use super::table::{Table, is_table, table_of};
use super::{FOLDER, KeyError, TEMPORARY, is_run, open, plain};
use crate::code::audit::{self, Act, Deed};
use crate::code::custody::Custody;
use crate::code::{identity, permission};
use crate::recording::Identifier;
use age::Encryptor;
use age::x25519::Identity;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// The columns of both tables.
const COLUMNS: [&str; 2] = ["id_old", "id_new"];
/// One object has at most so many different UIDs: more than any real recording refers to.
pub const MOST_UIDS: usize = 100_000;
/// So many pairs are told apart at a time while tables are put together: 32 MB of digests.
const AT_A_TIME: u64 = 1 << 20;

/// Pairs of what stood in sources and what stands in its place, each once. Shows nothing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Mapping {
    uids: BTreeSet<(Identifier, String)>,
    patients: BTreeSet<(Identifier, String)>,
}

impl Mapping {
    /// Notes that a UID was replaced; false where there are too many for one object.
    pub fn uid(&mut self, old: &[u8], new: &str) -> bool {
        let pair = (Identifier::new(old), new.to_owned());
        if self.uids.len() >= MOST_UIDS {
            return self.uids.contains(&pair);
        }
        self.uids.insert(pair);
        true
    }

    /// Notes that a patient's number was replaced.
    pub fn patient(&mut self, old: Identifier, new: &str) {
        self.patients.insert((old, new.to_owned()));
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.uids.len().saturating_add(self.patients.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes in the pairs of another.
    pub fn append(&mut self, mut other: Mapping) {
        self.uids.append(&mut other.uids);
        self.patients.append(&mut other.patients);
    }

    fn table(&self, table: Table) -> &BTreeSet<(Identifier, String)> {
        match table {
            Table::Uids => &self.uids,
            Table::Patients => &self.patients,
        }
    }
}

/// Seals the tables of one batch (`part` is its number), or of one recording with very many UIDs, for every guardian.
/// **Durable on return**. A table without pairs makes no file.
///
/// # Errors
/// When names are no file names, when this part is sealed already, or when the disk refuses.
pub fn seal_mapping(custody: &Custody, run: &str, part: &str, mapping: &Mapping) -> Result<(), KeyError> {
    if !is_run(run) || !is_run(part) {
        return Err(KeyError::Run);
    }
    let folder = custody.dir().join(FOLDER);
    let tables = || Table::ALL.into_iter().filter(|table| !mapping.table(*table).is_empty());
    for table in tables() {
        let file = tempfile::Builder::new().prefix(TEMPORARY).suffix(".part").tempfile_in(&folder).map_err(plain)?;
        let file = encrypt(custody, mapping.table(table), file)?;
        file.as_file().sync_all()?;
        let name = folder.join(format!("{run}-{part}.{}.age", table.file()));
        file.persist_noclobber(&name).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => KeyError::Exists,
            _ => plain(error.error).into(),
        })?;
    }
    if tables().next().is_some() {
        permission::sync_dir(&folder)?;
    }
    Ok(())
}

/// Writes a table through age into `file`; of plain text only one line is in memory, and is wiped.
fn encrypt(
    custody: &Custody,
    pairs: &BTreeSet<(Identifier, String)>,
    file: NamedTempFile,
) -> Result<NamedTempFile, KeyError> {
    let recipients = custody.recipients().iter().map(|one| one as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients).map_err(|_| KeyError::Seal)?;
    let mut output = encryptor.wrap_output(BufWriter::new(file)).map_err(plain)?;
    output.write_all(&head()).map_err(plain)?;
    for (old, new) in pairs {
        output.write_all(&line(old.reveal(), new.as_bytes())).map_err(plain)?;
    }
    let buffered = output.finish().map_err(plain)?;
    buffered.into_inner().map_err(|error| plain(error.into_error()).into())
}

fn head() -> Zeroizing<Vec<u8>> {
    line(COLUMNS[0].as_bytes(), COLUMNS[1].as_bytes())
}

/// One line of a table.
fn line(old: &[u8], new: &[u8]) -> Zeroizing<Vec<u8>> {
    // Room for every byte doubled: a buffer that grew would leave an unwiped copy behind.
    let room = old.len().saturating_add(new.len()).saturating_mul(2).saturating_add(8);
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    field(&mut text, old);
    text.push(b',');
    field(&mut text, new);
    text.push(b'\n');
    text
}

/// One field, in quotation marks where RFC 4180 asks for them.
fn field(text: &mut Vec<u8>, value: &[u8]) {
    if !value.iter().any(|b| matches!(b, b'"' | b',' | b'\r' | b'\n')) {
        text.extend_from_slice(value);
        return;
    }
    text.push(b'"');
    for byte in value {
        text.extend_from_slice(if *byte == b'"' { b"\"\"" } else { std::slice::from_ref(byte) });
    }
    text.push(b'"');
}

/// What putting the tables together gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gathered {
    /// How many UIDs are in `uid_mapping.csv`.
    pub uids: u64,
    /// How many patient numbers are in `patid_mapping.csv`.
    pub patients: u64,
    /// Files that could not be read, or not to their end.
    pub troubles: Vec<Trouble>,
}

/// Puts the sealed tables of all runs together into two files in `to`, each pair once, for their owner alone. The audit
/// gets its line before anything is opened.
///
/// # Errors
/// When the identity cannot be used or opens none of the files, when one of the two files is there already, when the audit
/// cannot be written, or when the disk refuses; no file is ever overwritten.
pub fn gather_mapping(custody: &Custody, identity: &Path, to: &Path) -> Result<Gathered, KeyError> {
    let identities = identity::read(identity)?;
    audit::append(custody, &Act::new(Deed::Exported, [])).map_err(KeyError::Audit)?;
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(custody.dir().join(FOLDER))? {
        names.extend(entry?.file_name().into_string().ok().filter(|name| is_table(name)));
    }
    names.sort();
    if to.symlink_metadata().is_err() {
        permission::make_dirs(to)?;
    }
    if Table::ALL.iter().any(|table| to.join(table.file()).symlink_metadata().is_ok()) {
        return Err(KeyError::TableExists);
    }
    let (mut gathered, mut files) = (Gathered::default(), Vec::new());
    for table in Table::ALL {
        let sealed = || names.iter().filter(move |name| table_of(name) == Some(table));
        let mut gathering =
            Gathering { custody, identities: &identities, at_a_time: AT_A_TIME, troubles: Vec::new(), opened: 0 };
        let file = tempfile::Builder::new().prefix(TEMPORARY).suffix(".part").tempfile_in(to).map_err(plain)?;
        let mut output = BufWriter::new(file);
        output.write_all(&head()).map_err(plain)?;
        let count = gathering.write(sealed, &mut output)?;
        if gathering.opened == 0 && gathering.troubles.iter().any(|t| t.kind == TroubleKind::OtherGuardian) {
            return Err(KeyError::WrongIdentity);
        }
        let file = output.into_inner().map_err(|error| plain(error.into_error()))?;
        file.as_file().sync_all()?;
        files.push((file, to.join(table.file())));
        gathered.troubles.append(&mut gathering.troubles);
        match table {
            Table::Uids => gathered.uids = count,
            Table::Patients => gathered.patients = count,
        }
    }
    for (file, name) in files {
        file.persist_noclobber(name).map_err(|error| plain(error.error))?;
    }
    Ok(gathered)
}

/// What is done with each pair, old and new.
type Each<'a> = dyn FnMut(&[u8], &[u8]) -> io::Result<()> + 'a;

/// Reads sealed tables.
struct Gathering<'a> {
    custody: &'a Custody,
    identities: &'a [Identity],
    at_a_time: u64,
    troubles: Vec<Trouble>,
    opened: u64,
}

impl Gathering<'_> {
    /// Writes each pair of these files once. Files are read as often as their pairs are too many to be told apart at a
    /// time, so memory does not grow with the collection.
    fn write<'n, N: Iterator<Item = &'n String>>(
        &mut self,
        names: impl Fn() -> N,
        output: &mut impl Write,
    ) -> Result<u64, KeyError> {
        let mut all = 0u64;
        for name in names() {
            let mut count = |_: &[u8], _: &[u8]| {
                all = all.saturating_add(1);
                Ok(())
            };
            match self.read(name, &mut count)? {
                Some(kind) => self.troubles.push(Trouble { file: name.clone(), kind }),
                None => self.opened = self.opened.saturating_add(1),
            }
        }
        let (passes, mut written) = (all / self.at_a_time.max(1) + 1, 0u64);
        for pass in 0..passes {
            let mut seen: HashSet<[u8; 32]> = HashSet::new();
            let mut put = |old: &[u8], new: &[u8]| {
                let text = line(old, new);
                let digest: [u8; 32] = Sha256::digest(&*text).into();
                let mut number = [0u8; 8];
                number.copy_from_slice(&digest[..8]);
                if u64::from_be_bytes(number) % passes == pass && seen.insert(digest) {
                    written = written.saturating_add(1);
                    output.write_all(&text)?;
                }
                Ok(())
            };
            for name in names() {
                // What is wrong with a file was noted when its pairs were counted.
                self.read(name, &mut put)?;
            }
        }
        Ok(written)
    }

    /// Hands on each pair of a file, as far as it can be read; gives what is wrong with it.
    fn read(&self, name: &str, each: &mut Each<'_>) -> Result<Option<TroubleKind>, KeyError> {
        let path = self.custody.dir().join(FOLDER).join(name);
        if !path.symlink_metadata().is_ok_and(|data| data.is_file()) {
            return Ok(Some(TroubleKind::Foreign));
        }
        let stream = match open::decrypt(&path, self.identities) {
            Ok(stream) => stream,
            Err(kind) => return Ok(Some(kind)),
        };
        let mut lines = csv::ReaderBuilder::new().from_reader(stream);
        if !lines.byte_headers().is_ok_and(|head| head.iter().eq(COLUMNS.iter().map(|name| name.as_bytes()))) {
            return Ok(Some(TroubleKind::Damaged));
        }
        let mut record = csv::ByteRecord::new();
        loop {
            match lines.read_byte_record(&mut record) {
                Ok(true) => each(record.get(0).unwrap_or_default(), record.get(1).unwrap_or_default())?,
                Ok(false) => return Ok(None),
                Err(_) => return Ok(Some(TroubleKind::Damaged)),
            }
        }
    }
}

#[cfg(test)]
#[path = "mapping/tests.rs"]
mod tests;
