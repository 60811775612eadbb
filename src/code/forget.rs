//! The secret of a release whose codes shall lead back to nobody: 32 random bytes that are erased when it is complete.
//!
//! GMC para 7 asks for anonymised, not merely coded, where a release goes into the public domain. `forgotten/` in custody
//! holds, under the release's keyed digest, `.secret` while the release grows and `.complete` from then on.

use super::coder::CodingSecret;
use super::custody::Custody;
use super::{erase, permission};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The folder in custody.
pub(crate) const FOLDER: &str = "forgotten";

/// How far a release has come that is made to be forgotten.
#[derive(Debug)]
pub enum State {
    /// No such release was begun.
    None,
    /// It was begun and may be continued with this secret.
    Begun(CodingSecret),
    /// It is complete: nothing computes its codes again.
    Complete,
}

/// How far the release of this keyed digest has come.
///
/// # Errors
/// When its secret cannot be read ([`io::ErrorKind::InvalidData`] where it is not 32 random bytes).
pub fn state(custody: &Custody, release: &[u8; 32]) -> io::Result<State> {
    if path(custody, release, "complete").symlink_metadata().is_ok() {
        return Ok(State::Complete);
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    match File::open(path(custody, release, "secret")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::None),
        file => file?.take(33).read_to_end(&mut bytes)?,
    };
    match <[u8; 32]>::try_from(bytes.as_slice()) {
        Ok(secret) if secret != [0; 32] => Ok(State::Begun(CodingSecret::new(secret))),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// A secret for a release, not stored anywhere: what a dry run works with.
///
/// # Errors
/// When the system gives no random bytes.
pub fn random() -> io::Result<CodingSecret> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    getrandom::fill(&mut *bytes).map_err(|_| io::Error::from(io::ErrorKind::Unsupported))?;
    Ok(CodingSecret::new(*bytes))
}

/// Makes and stores the secret of a release. Durable on return, so that whatever was coded with it can be continued.
///
/// # Errors
/// When there is one already, or the disk refuses.
pub fn begin(custody: &Custody, release: &[u8; 32]) -> io::Result<CodingSecret> {
    let folder = custody.dir().join(FOLDER);
    if folder.symlink_metadata().is_err() {
        permission::make_dir(&folder)?;
        permission::sync_dir(custody.dir())?;
    }
    let secret = random()?;
    put(&folder, &path(custody, release, "secret"), secret.expose())?;
    Ok(secret)
}

/// Notes that a release is complete, durably: from now on no run may continue it, and its secret is to be erased.
///
/// # Errors
/// Whatever the disk says.
pub fn complete(custody: &Custody, release: &[u8; 32]) -> io::Result<()> {
    match put(&custody.dir().join(FOLDER), &path(custody, release, "complete"), b"") {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        done => done,
    }
}

/// Overwrites and removes the secret of a release. Durable on return.
///
/// # Errors
/// Whatever the disk says; the same call goes on.
pub fn erase(custody: &Custody, release: &[u8; 32]) -> io::Result<()> {
    erase::erase(&path(custody, release, "secret"))?;
    permission::sync_dir(&custody.dir().join(FOLDER))
}

/// How many releases of a custody are complete with their key forgotten: of these nobody can tell whose recordings they hold.
///
/// # Errors
/// Whatever the disk says.
pub fn count(custody: &Custody) -> io::Result<usize> {
    match fs::read_dir(custody.dir().join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        entries => entries?.try_fold(0, |count: usize, entry| {
            let path = entry?.path();
            Ok(count + usize::from(path.extension().is_some_and(|extension| extension == "complete")))
        }),
    }
}

/// The releases that are complete and whose secret is still there: a killed run's work to end.
///
/// # Errors
/// Whatever the disk says.
pub fn pending(custody: &Custody) -> io::Result<Vec<[u8; 32]>> {
    let entries = match fs::read_dir(custody.dir().join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut pending = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let complete = path.with_extension("complete").symlink_metadata().is_ok();
        if complete && path.extension().is_some_and(|extension| extension == "secret") {
            pending.extend(path.file_stem().and_then(|stem| digest(stem.to_str()?)));
        }
    }
    pending.sort_unstable();
    Ok(pending)
}

fn path(custody: &Custody, release: &[u8; 32], what: &str) -> PathBuf {
    let digits: String = release.iter().map(|byte| format!("{byte:02x}")).collect();
    custody.dir().join(FOLDER).join(format!("{digits}.{what}"))
}

fn digest(digits: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    bytes.filter(|_| rest.is_empty())?.try_into().ok()
}

fn put(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let plain = |error: io::Error| io::Error::from(error.kind());
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder).map_err(plain)?;
    file.write_all(bytes).map_err(plain)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| plain(error.error))?;
    permission::sync_dir(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use age::x25519::Identity;

    #[test]
    fn a_secret_lives_from_the_beginning_of_its_release_to_its_end() {
        let home = tempfile::tempdir().unwrap();
        let custody = Custody::create(&home.path().join("c"), &[Identity::generate().to_public()]).unwrap();
        let (one, other) = ([1; 32], [0xfe; 32]);
        assert!(matches!(state(&custody, &one).unwrap(), State::None));
        let secret = begin(&custody, &one).unwrap();
        assert!(begin(&custody, &one).is_err(), "never made anew");
        assert!(matches!(state(&custody, &one).unwrap(), State::Begun(again) if again.expose() == secret.expose()));
        assert_ne!(begin(&custody, &other).unwrap().expose(), secret.expose());
        assert!(pending(&custody).unwrap().is_empty());
        complete(&custody, &other).unwrap();
        complete(&custody, &other).unwrap();
        assert!(matches!(state(&custody, &other).unwrap(), State::Complete));
        assert_eq!(pending(&custody).unwrap(), [other]);
        erase(&custody, &other).unwrap();
        assert!(pending(&custody).unwrap().is_empty());
        assert!(matches!(state(&custody, &other).unwrap(), State::Complete));
        fs::write(path(&custody, &one, "secret"), [0; 32]).unwrap();
        assert_eq!(state(&custody, &one).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
