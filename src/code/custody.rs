//! Custody: the folder that stays with the guardian, with the coding secret, the key, and all that is not released.
//!
//! Layout: `coding-secret` (32 random bytes), `guardians.txt` (age X25519 recipients, C2SP age v1), `key/`, `held/`,
//! `report/`, and what the ledger and the audit add. The folder is for its owner alone (0700, files 0600).

pub(crate) mod guardian;

use super::coder::{Coder, CodingSecret};
use super::identity::{self, IdentityError, free_name, parent};
use super::permission;
pub use age::x25519::Recipient;
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const SECRET: &str = "coding-secret";
const GUARDIANS: &str = "guardians.txt";
const LOCK: &str = ".lock";
/// Says that the key of this custody was destroyed; what it holds is for people.
pub(crate) const DESTROYED: &str = "destroyed.txt";
/// The note of a custody that is a shard's. It holds keyed digests.
pub(crate) const SHARD: &str = "shard.json";
const FOLDERS: [&str; 3] = ["key", "held", "report"];

/// How many guardians there may be: each adds about 105 bytes to the head of every key file, which is read whole.
pub const MOST_GUARDIANS: usize = 100;

/// No list of guardians is longer than this.
const LONGEST_LIST: u64 = 1 << 18;

const GUARDIANS_HEAD: &str = "\
# The guardians of this custody: age public keys, one to a line.
# Whoever holds the identity of one of them can open the files in key/. Identities do not belong in this folder.
";

/// Why a custody could not be opened, made or locked. No text repeats a path or anything from a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CustodyError {
    /// There is no such folder.
    #[error("there is no such custody folder")]
    Missing,
    /// It is no folder, has no coding secret, or something else stands where a part of it should.
    #[error("the folder is not a custody")]
    NotACustody,
    /// Something is there already.
    #[error("something else lies there already, and nothing is ever overwritten")]
    Exists,
    /// Its key was destroyed, or is about to be.
    #[error("the key of this custody was destroyed")]
    Destroyed,
    /// Somebody changed the guardians since it was opened.
    #[error("the list of guardians was changed at this moment")]
    Changed,
    /// Other users may open it.
    #[error("other users of this machine may open {what}")]
    Exposed {
        /// Which part.
        what: &'static str,
    },
    /// Every user may write in a folder above it.
    #[error("other users of this machine may put another folder in the custody's place")]
    Replaceable,
    /// The coding secret is not 32 random bytes.
    #[error("the coding secret is damaged")]
    Secret,
    /// A line in the list of guardians is no public key.
    #[error("line {line} of {GUARDIANS} is not an age public key")]
    Guardian {
        /// The line, from 1.
        line: usize,
    },
    /// Nobody could open the key.
    #[error("there is no guardian, so nobody could ever open the key")]
    NoGuardian,
    /// More guardians than a key file can name.
    #[error("there are more than {MOST_GUARDIANS} guardians")]
    TooManyGuardians,
    /// Another run holds the lock.
    #[error("another run is using this custody")]
    Busy,
    /// The path ends in no name.
    #[error("the path of the custody does not end in a folder name")]
    NoName,
    /// The identity beside it could not be made.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
    /// The disk refused.
    #[error("the custody could not be read or written ({})", .0.kind())]
    Io(#[from] io::Error),
}

impl CustodyError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            CustodyError::Missing => "Check the path after --custody. The first `scrubs clean` makes a custody.",
            CustodyError::NotACustody => {
                "Name the folder that holds `coding-secret`. If that file was lost, put it back from a backup: \
                 with a new one every code would be different."
            }
            CustodyError::Destroyed => {
                "Nothing can be coded or revealed with it any more. Use a new custody and a new release: name new folders \
                 with --custody and --to. If destroying it was interrupted, `scrubs key destroy` ends it."
            }
            CustodyError::Changed => "Start the same command again.",
            CustodyError::Exists => "Choose a folder that does not exist yet.",
            CustodyError::Exposed { .. } => {
                "Take it away from the others with `chmod -R go= FOLDER`, and ask yourself who may have read it. \
                 A disk that keeps no permissions must be mounted with umask=077."
            }
            CustodyError::Replaceable => {
                "A folder above it may be written by every user: take that away with `chmod o-w FOLDER`, or keep custody \
                 elsewhere, such as in your home."
            }
            CustodyError::Secret => {
                "Put `coding-secret` back from a backup: with a new one every code would be different."
            }
            CustodyError::Guardian { .. } => {
                "Each line must be a public key that begins with age1, as `scrubs key new` or `age-keygen -y` prints it."
            }
            CustodyError::NoGuardian => {
                "A custody keeps one guardian at least: add another with `scrubs key guardian add` first."
            }
            CustodyError::TooManyGuardians => "Share one identity between several guardians.",
            CustodyError::Busy => "Wait until the other run has ended, or stop it.",
            CustodyError::NoName => "Give the folder a name of its own, such as `custody`.",
            CustodyError::Identity(error) => error.advice(),
            CustodyError::Random => "Run scrubs on a machine whose random number source works.",
            CustodyError::Io(_) => "Check that the disk is connected, has space, and that you may write there.",
        }
    }
}

/// An opened custody. `Debug` shows nothing of it, not even where it is.
#[derive(Clone)]
pub struct Custody {
    dir: PathBuf,
    secret: CodingSecret,
    recipients: Vec<Recipient>,
}

impl fmt::Debug for Custody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Custody(‹secret›)")
    }
}

/// The sign that a run has this custody to itself, until it is dropped or the process ends.
pub struct Lock {
    file: File,
}

/// A decoder that is being started at this moment shares what is open until it runs; closing alone would leave it the lock.
impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock")
    }
}

impl Custody {
    /// Opens a custody; folders of it that a backup left out because they were empty are made again.
    ///
    /// # Errors
    /// When it is not there or not whole, when other users may open it or its secret, or when it names no guardian.
    pub fn open(dir: &Path) -> Result<Custody, CustodyError> {
        let metadata = fs::metadata(dir).map_err(missing(CustodyError::Missing))?;
        if is_destroyed(dir) {
            return Err(CustodyError::Destroyed);
        }
        let secret_path = dir.join(SECRET);
        let secret_metadata = fs::symlink_metadata(&secret_path).map_err(missing(CustodyError::NotACustody))?;
        if !metadata.is_dir() || !secret_metadata.is_file() {
            return Err(CustodyError::NotACustody);
        }
        if !permission::is_private(&metadata) {
            return Err(CustodyError::Exposed { what: "the custody folder" });
        }
        if !permission::is_private(&secret_metadata) {
            return Err(CustodyError::Exposed { what: "the coding secret" });
        }
        if permission::is_replaceable(dir)? {
            return Err(CustodyError::Replaceable);
        }
        let secret = read_secret(&secret_path)?;
        if guardian::is_begun(dir)
            && let Ok(_lock) = lock_dir(dir)
        {
            // Where this cannot be written, what is there can still be read; `lock` insists.
            let _ = guardian::settle(dir);
        }
        let recipients = read_guardians(&dir.join(GUARDIANS))?;
        for folder in FOLDERS {
            let path = dir.join(folder);
            match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() => {}
                Ok(_) => return Err(CustodyError::NotACustody),
                Err(error) if error.kind() == io::ErrorKind::NotFound => permission::make_dir(&path)?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Custody { dir: dir.to_owned(), secret, recipients })
    }

    /// Makes a custody with a new coding secret for these guardians. It appears whole or not at all, since it is made
    /// under a temporary name beside its place; it is durable on return.
    ///
    /// # Errors
    /// When anything but an empty folder is there already, when there is no guardian, or when the disk refuses.
    pub fn create(dir: &Path, recipients: &[Recipient]) -> Result<Custody, CustodyError> {
        dir.file_name().ok_or(CustodyError::NoName)?;
        let list = guardians_text(recipients)?;
        vacant(dir)?;
        make_room(dir)?;
        let workshop = tempfile::Builder::new().prefix(".scrubs-custody-").tempdir_in(parent(dir)).map_err(plain)?;
        let made = workshop.path().join("custody");
        permission::make_dir(&made)?;
        for folder in FOLDERS {
            permission::make_dir(&made.join(folder))?;
        }
        let mut secret = Zeroizing::new([0u8; 32]);
        getrandom::fill(&mut *secret).map_err(|_| CustodyError::Random)?;
        write_new(&made.join(GUARDIANS), list.as_bytes())?;
        write_new(&made.join(SECRET), &*secret)?;
        permission::sync_dir(&made)?;
        put_in_place(&made, dir)?;
        permission::sync_dir(parent(dir))?;
        Custody::open(dir)
    }

    /// Makes a custody and, beside it, the identity of its only guardian: `<dir>-identity.txt`, or the first free name
    /// after it. The identity is durable before the custody appears, so no key is ever sealed for nobody.
    ///
    /// # Errors
    /// As [`Custody::create`]; nothing is left behind then.
    pub fn create_with_identity(dir: &Path) -> Result<(Custody, PathBuf), CustodyError> {
        vacant(dir)?;
        make_room(dir)?;
        let path = free_name(dir).ok_or(CustodyError::NoName)?;
        let recipient = identity::create(&path)?;
        match Custody::create(dir, &[recipient]) {
            Ok(custody) => Ok((custody, path)),
            Err(error) => {
                // Only an identity that no custody can name may go again.
                if fs::symlink_metadata(dir.join(SECRET)).is_err_and(|e| e.kind() == io::ErrorKind::NotFound) {
                    fs::remove_file(&path)?;
                }
                Err(error)
            }
        }
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The coding secret.
    pub fn secret(&self) -> &CodingSecret {
        &self.secret
    }

    /// What computes codes from it.
    pub fn coder(&self) -> Coder {
        Coder::new(&self.secret)
    }

    /// The guardians' public keys, to whom the key is sealed. Never empty.
    pub fn recipients(&self) -> &[Recipient] {
        &self.recipients
    }

    /// Changes who can open what is sealed from now on; key files sealed before stay as they are.
    ///
    /// # Errors
    /// When there would be no guardian, or the disk refuses; the list is then as it was.
    pub fn set_guardians(&mut self, recipients: &[Recipient]) -> Result<(), CustodyError> {
        let list = guardians_text(recipients)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.dir).map_err(plain)?;
        file.write_all(list.as_bytes()).map_err(plain)?;
        file.as_file().sync_all()?;
        file.persist(self.dir.join(GUARDIANS)).map_err(|e| plain(e.error))?;
        permission::sync_dir(&self.dir)?;
        self.recipients = recipients.to_vec();
        Ok(())
    }

    /// Takes the custody for one run. The system gives the lock back when the process ends, however it ends.
    ///
    /// # Errors
    /// [`CustodyError::Busy`] when another run has it; [`CustodyError::Changed`] or [`CustodyError::Destroyed`] when
    /// another one changed the guardians or destroyed the key since it was opened.
    pub fn lock(&self) -> Result<Lock, CustodyError> {
        let lock = lock_dir(&self.dir)?;
        if is_destroyed(&self.dir) {
            return Err(CustodyError::Destroyed);
        }
        guardian::settle(&self.dir)?;
        // Nothing may be sealed for somebody who is a guardian no longer.
        let now = read_guardians(&self.dir.join(GUARDIANS))?;
        if now == self.recipients { Ok(lock) } else { Err(CustodyError::Changed) }
    }
}

/// Takes the lock of a custody folder, whatever state the custody is in.
pub(crate) fn lock_dir(dir: &Path) -> Result<Lock, CustodyError> {
    let file = permission::open_file(&dir.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { file }),
        Err(TryLockError::WouldBlock) => Err(CustodyError::Busy),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn is_destroyed(dir: &Path) -> bool {
    dir.join(DESTROYED).symlink_metadata().is_ok()
}

/// Where a first run makes its custody: `scrubs/custody` in the user's data folder (XDG Base Directory 0.8; on macOS
/// `~/Library/Application Support`, on Windows `%LOCALAPPDATA%`). None where the system names no such folder.
pub fn default_dir() -> Option<PathBuf> {
    data_dir(|name| env::var_os(name)).map(|data| data.join("scrubs").join("custody"))
}

fn data_dir(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // A relative path is to be ignored, says the XDG specification; it is no better in the other variables.
    let folder = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return folder("LOCALAPPDATA");
    }
    let at_home = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/share" };
    folder("XDG_DATA_HOME").or_else(|| folder("HOME").map(|home| home.join(at_home)))
}

/// `NotFound` becomes `instead`.
fn missing(instead: CustodyError) -> impl FnOnce(io::Error) -> CustodyError {
    |error| if error.kind() == io::ErrorKind::NotFound { instead } else { error.into() }
}

/// Temporary files put their path into their errors; only the kind goes on.
fn plain(error: io::Error) -> io::Error {
    error.kind().into()
}

/// Whether nothing, or nothing but an empty folder, is there.
fn vacant(dir: &Path) -> Result<(), CustodyError> {
    match fs::symlink_metadata(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
        Ok(found) if found.is_dir() && fs::read_dir(dir)?.next().is_none() => Ok(()),
        Ok(_) => Err(CustodyError::Exists),
    }
}

/// Makes the folders above it, unless other users could put another in its place there.
fn make_room(dir: &Path) -> Result<(), CustodyError> {
    permission::make_dirs(parent(dir))?;
    let place = parent(dir).canonicalize()?;
    let open = permission::is_open_to_all(&place)? || permission::is_replaceable(&place)?;
    if open { Err(CustodyError::Replaceable) } else { Ok(()) }
}

/// A folder never takes the place of anything but an empty folder: `rename` of POSIX.1-2017 sees to that.
fn put_in_place(made: &Path, dir: &Path) -> Result<(), CustodyError> {
    if cfg!(windows) && dir.is_dir() {
        fs::remove_dir(dir)?;
    }
    fs::rename(made, dir).map_err(|error| match error.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            CustodyError::Exists
        }
        _ => error.into(),
    })
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = permission::create_file(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Exactly 32 bytes; all zeros is what a crash leaves of a file, never what a random source gives.
fn read_secret(path: &Path) -> Result<CodingSecret, CustodyError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    File::open(path)?.take(33).read_to_end(&mut bytes)?;
    let secret = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| CustodyError::Secret)?;
    if secret == [0; 32] { Err(CustodyError::Secret) } else { Ok(CodingSecret::new(secret)) }
}

pub(crate) fn guardians_text(recipients: &[Recipient]) -> Result<String, CustodyError> {
    match recipients.len() {
        0 => Err(CustodyError::NoGuardian),
        n if n > MOST_GUARDIANS => Err(CustodyError::TooManyGuardians),
        _ => Ok(recipients.iter().fold(GUARDIANS_HEAD.to_owned(), |text, one| format!("{text}{one}\n"))),
    }
}

fn read_guardians(path: &Path) -> Result<Vec<Recipient>, CustodyError> {
    let mut bytes = Vec::new();
    File::open(path).map_err(missing(CustodyError::NoGuardian))?.take(LONGEST_LIST).read_to_end(&mut bytes)?;
    let mut recipients: Vec<Recipient> = Vec::new();
    for (index, line) in bytes.split(|b| *b == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let one = std::str::from_utf8(line).ok().and_then(|text| text.parse().ok());
        let one: Recipient = one.ok_or(CustodyError::Guardian { line: index.saturating_add(1) })?;
        if !recipients.contains(&one) {
            recipients.push(one);
        }
    }
    guardians_text(&recipients).map(|_| recipients)
}

#[cfg(test)]
#[path = "custody/tests.rs"]
mod tests;
