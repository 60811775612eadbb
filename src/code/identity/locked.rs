//! An identity file that is itself locked with a passphrase, so that a stolen copy of it opens nothing.
//!
//! C2SP age v1, scrypt recipient: what `age-keygen | age -p` makes and `age -d -i` takes.

use super::{IdentityError, contents, generate, is_in_custody, parse, write_new};
use age::secrecy::{ExposeSecret, SecretString};
use age::x25519::{Identity, Recipient};
use age::{DecryptError, Decryptor, Encryptor, scrypt};
use std::io::{Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// Binary logarithm of the work that trying one passphrase costs: what the `age` command uses.
const WORK: u8 = 18;
/// More work than this is refused: it would take minutes and gigabytes. What the `age` command takes at the most.
const MOST_WORK: u8 = 22;

const BINARY: &[u8] = b"age-encryption.org/";
const ARMOURED: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE";

/// Makes an identity in a file that only this passphrase opens. Durable on return.
///
/// # Errors
/// As [`super::create`]; when the passphrase is empty.
pub fn create_locked(path: &Path, passphrase: &SecretString) -> Result<Recipient, IdentityError> {
    if passphrase.expose_secret().is_empty() {
        return Err(IdentityError::NoPassphrase);
    }
    let (recipient, text) = generate()?;
    let mut lock = scrypt::Recipient::new(passphrase.clone());
    lock.set_work_factor(WORK);
    let encryptor = Encryptor::with_recipients(std::iter::once(&lock as &dyn age::Recipient));
    let mut locked = Vec::with_capacity(1024);
    let mut output = encryptor.map_err(|_| IdentityError::Damaged)?.wrap_output(&mut locked)?;
    output.write_all(&text)?;
    output.finish()?;
    write_new(path, &locked)?;
    Ok(recipient)
}

/// Reads every identity in a file, and calls `ask` for the passphrase where the file is locked.
///
/// # Errors
/// As [`super::read`]; when others may read a file that is not locked, when the file lies in a custody, when the
/// passphrase is wrong, or whatever `ask` returns.
pub fn open(
    path: &Path,
    ask: &mut dyn FnMut() -> Result<SecretString, IdentityError>,
) -> Result<Vec<Identity>, IdentityError> {
    let (text, exposed) = contents(path)?;
    if is_in_custody(path) {
        return Err(IdentityError::InCustody);
    }
    if text.starts_with(BINARY) || text.trim_ascii_start().starts_with(ARMOURED) {
        return parse(&unlock(&text, ask)?);
    }
    let identities = parse(&text)?;
    if exposed { Err(IdentityError::Exposed) } else { Ok(identities) }
}

fn unlock(
    text: &[u8],
    ask: &mut dyn FnMut() -> Result<SecretString, IdentityError>,
) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
    let decryptor =
        Decryptor::new_buffered(age::armor::ArmoredReader::new(text)).map_err(|_| IdentityError::Damaged)?;
    if !decryptor.is_scrypt() {
        return Err(IdentityError::Damaged);
    }
    let mut key = scrypt::Identity::new(ask()?);
    key.set_max_work_factor(MOST_WORK);
    let stream = decryptor.decrypt(std::iter::once(&key as &dyn age::Identity));
    let mut stream = stream.map_err(|error| match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
            IdentityError::WrongPassphrase
        }
        _ => IdentityError::Damaged,
    })?;
    // No longer than what it was locked into, so that the buffer never grows.
    let mut opened = Zeroizing::new(Vec::with_capacity(text.len().saturating_add(1)));
    stream.read_to_end(&mut opened).map_err(|_| IdentityError::Damaged)?;
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{identity, permission};

    fn ask(words: &'static str) -> impl FnMut() -> Result<SecretString, IdentityError> {
        move || Ok(words.to_owned().into())
    }

    #[test]
    fn a_locked_identity_opens_with_its_passphrase_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("locked.age");
        let recipient = create_locked(&path, &"cyw mewn cae".to_owned().into()).unwrap();
        assert!(permission::is_private(&path.metadata().unwrap()));
        assert_eq!(open(&path, &mut ask("cyw mewn cae")).unwrap()[0].to_public(), recipient);
        assert!(matches!(open(&path, &mut ask("cyw mewn cau")), Err(IdentityError::WrongPassphrase)));
        assert!(matches!(identity::read(&path), Err(IdentityError::Passphrase)));
        let whole = std::fs::read(&path).unwrap();
        assert!(!whole.windows(14).any(|w| w == b"AGE-SECRET-KEY"));
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(matches!(open(&path, &mut ask("cyw mewn cae")), Err(IdentityError::Damaged)));
        assert!(matches!(create_locked(&path, &"".to_owned().into()), Err(IdentityError::NoPassphrase)));
        assert!(matches!(create_locked(&path, &"x".to_owned().into()), Err(IdentityError::Exists)));
    }

    #[test]
    fn what_is_not_locked_is_never_asked_about_and_must_be_the_owners_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("identity.txt");
        identity::create(&path).unwrap();
        let mut never = || -> Result<SecretString, IdentityError> { panic!("asked") };
        assert_eq!(open(&path, &mut never).unwrap().len(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(open(&path, &mut never), Err(IdentityError::Exposed)));
        }
    }
}
