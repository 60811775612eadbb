//! A guardian's identity file: the private half, which opens the key and which a run that codes never needs.
//!
//! The form is that of age (C2SP age v1, X25519): comment lines and `AGE-SECRET-KEY-1…`, so stock `age -d -i` takes it.

mod locked;

pub use age::secrecy::SecretString;
pub use locked::{create_locked, open};

use super::permission;
use age::secrecy::ExposeSecret;
use age::x25519::{Identity, Recipient};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// No identity file is longer than this; each identity takes 75 bytes.
const LONGEST: usize = 1 << 18;

/// Why an identity file could not be read or made. No text repeats anything from the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// It could not be read or written.
    #[error("the identity file could not be read or written ({})", .0.kind())]
    Io(#[from] io::Error),
    /// A file of that name is there already.
    #[error("a file of that name is there already, and an identity is never overwritten")]
    Exists,
    /// Other users may read it.
    #[error("other users of this machine may read the identity file")]
    Exposed,
    /// It lies in the custody whose key it opens, or is about to.
    #[error("the identity file lies inside a custody folder")]
    InCustody,
    /// It is locked with a passphrase.
    #[error("the identity file is locked with a passphrase")]
    Passphrase,
    /// It is locked with another passphrase.
    #[error("this is not the passphrase of the identity file")]
    WrongPassphrase,
    /// The passphrase is empty.
    #[error("the passphrase is empty")]
    NoPassphrase,
    /// There is nobody to ask for the passphrase.
    #[error("the passphrase could not be asked for, since this is not a terminal")]
    NobodyToAsk,
    /// The two passphrases typed differ.
    #[error("the two passphrases are not the same")]
    Differ,
    /// It is an age file, and damaged or of a kind that no passphrase opens.
    #[error("the locked identity file is damaged, or is not locked with a passphrase")]
    Damaged,
    /// It holds a public key, with which nothing can be opened.
    #[error("the file holds a public key, not an identity")]
    PublicKey,
    /// It holds an identity of another kind.
    #[error("line {line} holds an identity of a kind that scrubs cannot use")]
    Kind {
        /// The line, from 1.
        line: usize,
    },
    /// It is something else.
    #[error("line {line} of the identity file is not an age identity")]
    NotAnIdentity {
        /// The line, from 1.
        line: usize,
    },
    /// There is no identity in it.
    #[error("there is no identity in the file")]
    Empty,
}

impl IdentityError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            IdentityError::Io(_) => "Check that the identity file is where you said and that you may read it.",
            IdentityError::Exists => "Choose another name: whoever overwrites an identity loses what it opens.",
            IdentityError::Exposed => {
                "Take it away from the others with `chmod go= FILE`, and ask yourself who may have copied it. If somebody \
                 may have, name another guardian and remove this one."
            }
            IdentityError::InCustody => {
                "Keep it apart from custody, on a stick or a machine of the guardian's own: whoever has both can open the \
                 key. Move the file (`mv FILE OTHER-FOLDER/`) and name the new place."
            }
            IdentityError::Passphrase | IdentityError::NobodyToAsk => {
                "Type the passphrase at a terminal, or let --passphrase-file name a file that holds it (/dev/fd/3 for a \
                 file descriptor)."
            }
            IdentityError::WrongPassphrase => "Type it again. Without it nobody can use this identity file.",
            IdentityError::NoPassphrase => "Choose one of several words; an empty one protects nothing.",
            IdentityError::Differ => "Start the command again and type the same passphrase twice.",
            IdentityError::Damaged => {
                "Put the identity file back from a backup; a locked one is made by `scrubs key new --passphrase` or \
                 `age-keygen | age -p`."
            }
            IdentityError::PublicKey => "Name the file whose line begins with AGE-SECRET-KEY-1.",
            IdentityError::Kind { .. } => {
                "Use an identity made by `scrubs key new` or `age-keygen`; plugins, hardware and SSH keys are not supported."
            }
            IdentityError::NotAnIdentity { .. } | IdentityError::Empty => {
                "Name the file that `scrubs key new` or `age-keygen` made; its line begins with AGE-SECRET-KEY-1."
            }
        }
    }
}

/// Makes an identity and its file, `created` and public key in comments as `age-keygen` writes them. Durable on return.
///
/// # Errors
/// When a file of that name exists already (it is never overwritten), or the disk refuses.
pub fn create(path: &Path) -> Result<Recipient, IdentityError> {
    let (recipient, text) = generate()?;
    write_new(path, &text)?;
    Ok(recipient)
}

/// A new identity as the text of its file.
fn generate() -> Result<(Recipient, Zeroizing<Vec<u8>>), IdentityError> {
    let identity = Identity::generate();
    let recipient = identity.to_public();
    let mut text = Zeroizing::new(Vec::with_capacity(512));
    let created = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
    write!(&mut *text, "# created: {created}\n# public key: {recipient}\n")?;
    writeln!(&mut *text, "{}", identity.to_string().expose_secret())?;
    Ok((recipient, text))
}

fn write_new(path: &Path, text: &[u8]) -> Result<(), IdentityError> {
    if is_in_custody(path) {
        return Err(IdentityError::InCustody);
    }
    let mut file = permission::create_file(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => IdentityError::Exists,
        _ => error.into(),
    })?;
    file.write_all(text)?;
    file.sync_all()?;
    Ok(permission::sync_dir(parent(path))?)
}

/// Whether a file of this name lies, or would lie, somewhere inside a custody folder, whatever link leads to it.
fn is_in_custody(path: &Path) -> bool {
    let place = path.canonicalize().or_else(|_| parent(path).canonicalize());
    place.is_ok_and(|folder| folder.ancestors().any(|above| above.join("coding-secret").symlink_metadata().is_ok()))
}

/// Reads every identity in a file.
///
/// # Errors
/// When there is none, when a line is no X25519 identity, or when the file is locked with a passphrase (see [`open`]).
pub fn read(path: &Path) -> Result<Vec<Identity>, IdentityError> {
    parse(&contents(path)?.0)
}

/// All that is in the file, and whether others may read it; read into one buffer that is wiped and never grows.
fn contents(path: &Path) -> Result<(Zeroizing<Vec<u8>>, bool), IdentityError> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    let mut text = Zeroizing::new(vec![0; LONGEST]);
    let mut filled = 0;
    while let Some(room) = text.get_mut(filled..).filter(|room| !room.is_empty()) {
        match file.read(room)? {
            0 => break,
            n => filled = filled.saturating_add(n),
        }
    }
    text.truncate(filled);
    Ok((text, metadata.is_file() && !permission::is_private(&metadata)))
}

fn parse(text: &[u8]) -> Result<Vec<Identity>, IdentityError> {
    let bytes = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let mut identities = Vec::new();
    for (index, line) in bytes.split(|b| *b == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        match std::str::from_utf8(line).ok().and_then(|text| text.parse::<Identity>().ok()) {
            Some(identity) => identities.push(identity),
            None => return Err(unusable(line, index.saturating_add(1))),
        }
    }
    if identities.is_empty() { Err(IdentityError::Empty) } else { Ok(identities) }
}

/// What a line that is no identity is instead.
fn unusable(line: &[u8], number: usize) -> IdentityError {
    if line.starts_with(b"age-encryption.org/") || line.starts_with(b"-----BEGIN AGE ENCRYPTED FILE") {
        IdentityError::Passphrase
    } else if line.starts_with(b"age1") {
        IdentityError::PublicKey
    } else if line.starts_with(b"AGE-PLUGIN-") || line.starts_with(b"AGE-SECRET-KEY-PQ-") || line.starts_with(b"-----")
    {
        IdentityError::Kind { line: number }
    } else {
        IdentityError::NotAnIdentity { line: number }
    }
}

/// The folder that a file or folder lies in.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The first free name for an identity beside `dir`: `<dir>-identity.txt`, then `<dir>-identity-2.txt` and so on.
pub(crate) fn free_name(dir: &Path) -> Option<PathBuf> {
    let name = dir.file_name()?;
    (1..1000u32)
        .map(|n| {
            let mut file = name.to_owned();
            file.push(if n == 1 { "-identity.txt".to_owned() } else { format!("-identity-{n}.txt") });
            dir.with_file_name(file)
        })
        .find(|path| path.symlink_metadata().is_err_and(|e| e.kind() == io::ErrorKind::NotFound))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn an_identity_file_reads_back_and_is_never_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("c-identity.txt");
        let recipient = create(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# created: 2") && text.contains(&format!("# public key: {recipient}\n")));
        assert!(permission::is_private(&path.metadata().unwrap()));
        assert_eq!(read(&path).unwrap()[0].to_public(), recipient);
        assert!(matches!(create(&path), Err(IdentityError::Exists)));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(free_name(&home.path().join("c")), Some(home.path().join("c-identity-2.txt")));
    }

    #[test]
    fn several_identities_a_byte_order_mark_and_windows_lines_are_read() {
        let home = tempfile::tempdir().unwrap();
        let (one, two) = (home.path().join("1"), home.path().join("2"));
        create(&one).unwrap();
        create(&two).unwrap();
        let both = fs::read_to_string(&one).unwrap() + &fs::read_to_string(&two).unwrap();
        fs::write(&one, format!("\u{feff}{}", both.replace('\n', "\r\n"))).unwrap();
        assert_eq!(read(&one).unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_identity_is_named_and_never_repeated() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        let public = Identity::generate().to_public().to_string();
        type Case<'a> = (&'a [u8], fn(&IdentityError) -> bool);
        let cases: [Case<'_>; 7] = [
            (b"", |e| matches!(e, IdentityError::Empty)),
            (b"# only\n\n", |e| matches!(e, IdentityError::Empty)),
            (b"age-encryption.org/v1\n-> scrypt x 18\n", |e| matches!(e, IdentityError::Passphrase)),
            (b"-----BEGIN AGE ENCRYPTED FILE-----\n", |e| matches!(e, IdentityError::Passphrase)),
            (b"-----BEGIN OPENSSH PRIVATE KEY-----\n", |e| matches!(e, IdentityError::Kind { line: 1 })),
            (public.as_bytes(), |e| matches!(e, IdentityError::PublicKey)),
            (b"#\nGwenllian Canary\xff\n", |e| matches!(e, IdentityError::NotAnIdentity { line: 2 })),
        ];
        let mut tried = 0;
        for (bytes, expected) in cases {
            fs::write(&path, bytes).unwrap();
            let error = read(&path).err().unwrap();
            assert!(expected(&error), "{error}");
            assert!(!format!("{error} {error:?} {}", error.advice()).contains("Canary"));
            tried += 1;
        }
        assert_eq!(tried, 7);
    }
}
