//! Seals the whole key anew, for other guardians than before, by one who can open it.
//!
//! C2SP age v1: who can open a file is fixed in its head, so a change of guardians writes every file anew. See
//! `custody::guardian` for how that survives being killed.

use super::open::{decrypt, names, trouble};
use super::{FOLDER, Identity, KeyError, Recipient, Trouble, TroubleKind};
use crate::code::audit::{self, Act, Deed};
use crate::code::custody::{self, Custody, Lock, guardian};
use age::{DecryptError, Encryptor};
use sha2::{Digest, Sha256};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// How much plain text is in memory at once.
const CHUNK: usize = 1 << 16;

/// Who shall be a guardian from now on, and what the audit says of the change.
#[derive(Debug)]
pub struct Change {
    /// All guardians afterwards.
    pub guardians: Vec<Recipient>,
    /// What was changed, in public keys.
    pub says: String,
    /// Why, as the person said.
    pub why: Option<String>,
}

/// Changes who can open the key: seals every key file anew with one of `identities`, then puts them and the list of
/// guardians in place. Killed at any moment, the key is as it was or the next command ends the change; no moment leaves a
/// file that a guardian of both lists cannot open. Returns how many files were sealed anew.
///
/// # Errors
/// When there would be no guardian, when a key file cannot be opened or is damaged, when the audit or the disk refuses.
/// Nothing was changed then.
pub fn change_guardians(
    custody: &Custody,
    _lock: &Lock,
    identities: &[Identity],
    change: &Change,
) -> Result<u64, KeyError> {
    let list = custody::guardians_text(&change.guardians)?;
    let folder = custody.dir().join(FOLDER);
    let names = names(&folder)?;
    let unfit = names.iter().filter_map(|(name, is_file)| {
        let opened =
            if *is_file { decrypt(&folder.join(name), identities).map(drop) } else { Err(TroubleKind::Foreign) };
        opened.err().map(|kind| Trouble { file: name.to_string_lossy().into_owned(), kind })
    });
    let unfit: Vec<Trouble> = unfit.collect();
    if !unfit.is_empty() {
        let all = unfit.len() == names.len() && unfit.iter().all(|t| t.kind == TroubleKind::OtherGuardian);
        return Err(if all { KeyError::WrongIdentity } else { KeyError::Reseal(unfit) });
    }
    let act = Act { why: change.why.clone(), ..Act::new(Deed::ChangedGuardians, []) };
    audit::append(custody, &act.to(change.says.clone())).map_err(KeyError::Audit)?;
    let stage = guardian::begin(custody.dir())?;
    for (name, _) in &names {
        if let Err(fault) = reseal(&folder.join(name), &stage.join(name), identities, &change.guardians) {
            // Nothing was decided, so nothing of it stays.
            guardian::settle(custody.dir())?;
            return Err(match fault {
                Fault::Trouble(kind) => {
                    KeyError::Reseal(vec![Trouble { file: name.to_string_lossy().into_owned(), kind }])
                }
                Fault::Disk(error) => error.into(),
                Fault::Seal => KeyError::Seal,
            });
        }
    }
    guardian::decide(custody.dir(), &list)?;
    guardian::settle(custody.dir())?;
    Ok(u64::try_from(names.len()).unwrap_or(u64::MAX))
}

enum Fault {
    Trouble(TroubleKind),
    Disk(io::Error),
    Seal,
}

impl From<io::Error> for Fault {
    /// Temporary files put their path into their errors; only the kind goes on.
    fn from(error: io::Error) -> Self {
        Fault::Disk(error.kind().into())
    }
}

/// Writes one file anew. Durable on return, and read back where one of the identities is a guardian's still.
fn reseal(from: &Path, to: &Path, identities: &[Identity], guardians: &[Recipient]) -> Result<(), Fault> {
    let mut plain = decrypt(from, identities).map_err(Fault::Trouble)?;
    let encryptor = Encryptor::with_recipients(guardians.iter().map(|one| one as &dyn age::Recipient));
    let folder = to.parent().ok_or(Fault::Seal)?;
    let file = tempfile::Builder::new().prefix(".sealing-").tempfile_in(folder)?;
    let mut output = encryptor.map_err(|_| Fault::Seal)?.wrap_output(BufWriter::new(file))?;
    let before = copy(&mut plain, &mut output)?;
    let file = output.finish()?.into_inner().map_err(|error| error.into_error())?;
    file.as_file().sync_all()?;
    if identities.iter().any(|one| guardians.contains(&one.to_public())) {
        let mut again = decrypt(file.path(), identities).map_err(Fault::Trouble)?;
        if copy(&mut again, &mut io::sink())? != before {
            return Err(Fault::Trouble(TroubleKind::Damaged));
        }
    }
    file.persist(to).map_err(|error| error.error)?;
    Ok(())
}

/// Copies plain text through a buffer that is wiped, to its proved end, and returns its digest.
fn copy(from: &mut dyn Read, to: &mut dyn Write) -> Result<[u8; 32], Fault> {
    let mut buffer = Zeroizing::new(vec![0; CHUNK]);
    let mut digest = Sha256::new();
    loop {
        let read = from.read(&mut buffer).map_err(|error| Fault::Trouble(trouble(DecryptError::Io(error))))?;
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else {
            return Ok(digest.finalize().into());
        };
        digest.update(part);
        to.write_all(part)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::identity;
    use crate::code::key::{self, KeyEntry, Wanted};
    use crate::recording::Identifier;
    use std::fs;
    use std::path::PathBuf;

    struct Bench {
        _home: tempfile::TempDir,
        dir: PathBuf,
        identities: [PathBuf; 3],
        recipients: Vec<Recipient>,
    }

    /// A custody of the first two of three guardians, with three key files of two entries each.
    fn bench() -> Bench {
        let home = tempfile::tempdir().unwrap();
        let identities = ["a", "b", "c"].map(|name| home.path().join(name));
        let recipients: Vec<_> = identities.iter().map(|path| identity::create(path).unwrap()).collect();
        let dir = home.path().join("custody");
        let custody = Custody::create(&dir, &recipients[..2]).unwrap();
        for batch in 0..3 {
            let entries: Vec<_> = (0..2).map(|n| entry(&custody, batch * 2 + n)).collect();
            key::seal(&custody, "r1", batch, &entries).unwrap();
        }
        Bench { _home: home, dir, identities, recipients }
    }

    fn entry(custody: &Custody, number: u32) -> KeyEntry {
        let patient = custody.coder().patient(b"", &number.to_be_bytes());
        let content = [u8::try_from(number).unwrap(); 32];
        KeyEntry {
            code: custody.coder().recording(&patient, crate::code::coder::Instance::Content(&content)),
            patient,
            patient_id: None,
            issuer: None,
            patient_name: None,
            source: Identifier::new(format!("/scans/{number}")),
            consent: Some("{}".into()),
        }
    }

    fn opens(b: &Bench, guardian: usize) -> usize {
        let custody = Custody::open(&b.dir).unwrap();
        key::reveal(&custody, &b.identities[guardian], &Wanted::All).map_or(0, |reveal| reveal.revealed.len())
    }

    fn change(b: &Bench, by: usize, guardians: &[usize]) -> Result<u64, KeyError> {
        let custody = Custody::open(&b.dir)?;
        let lock = custody.lock()?;
        let guardians = guardians.iter().map(|n| b.recipients[*n].clone()).collect();
        let change = Change { guardians, says: "added".into(), why: Some("a new one".into()) };
        change_guardians(&custody, &lock, &identity::read(&b.identities[by])?, &change)
    }

    #[test]
    fn an_added_guardian_opens_what_was_sealed_before_and_a_removed_one_nothing_any_more() {
        let b = bench();
        assert_eq!((opens(&b, 0), opens(&b, 1), opens(&b, 2)), (6, 6, 0));
        assert_eq!(change(&b, 0, &[0, 1, 2]).unwrap(), 3);
        assert_eq!((opens(&b, 0), opens(&b, 1), opens(&b, 2)), (6, 6, 6));
        // Whoever can open may remove, even themselves.
        assert_eq!(change(&b, 0, &[2]).unwrap(), 3);
        assert_eq!((opens(&b, 0), opens(&b, 1), opens(&b, 2)), (0, 0, 6));
        assert_eq!(Custody::open(&b.dir).unwrap().recipients(), [b.recipients[2].clone()]);
        let mut acts = Vec::new();
        audit::read(&Custody::open(&b.dir).unwrap(), |act| acts.push(act)).unwrap();
        let changes: Vec<_> = acts.iter().filter(|act| act.what == Deed::ChangedGuardians).collect();
        assert_eq!((changes.len(), changes[0].why.as_deref()), (2, Some("a new one")));
        assert!(!guardian::stage(&b.dir).exists());
    }

    #[test]
    fn a_stranger_a_damaged_file_and_an_empty_list_change_nothing() {
        let b = bench();
        let before = list(&b.dir);
        assert!(matches!(change(&b, 2, &[2]), Err(KeyError::WrongIdentity)));
        assert!(matches!(change(&b, 0, &[]), Err(KeyError::Custody(custody::CustodyError::NoGuardian))));
        assert_eq!(list(&b.dir), before);
        let path = b.dir.join(FOLDER).join("r1-000001.age");
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let error = change(&b, 0, &[0, 2]).unwrap_err();
        assert!(matches!(&error, KeyError::Reseal(t) if t.len() == 1 && t[0].kind == TroubleKind::Damaged), "{error}");
        assert_eq!(list(&b.dir).len(), before.len());
        fs::write(&path, &whole).unwrap();
        assert_eq!(list(&b.dir), before);
    }

    /// Every key file and the list of guardians, byte for byte.
    fn list(dir: &Path) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> = fs::read_dir(dir.join(FOLDER))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .chain([dir.join("guardians.txt")])
            .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
            .collect();
        files.sort();
        files
    }

    /// Every state that a kill can leave: so many files prepared, decided or not, so many of them in place already.
    #[test]
    fn a_change_killed_at_any_step_loses_nothing_and_the_next_command_ends_it() {
        let mut tried = 0;
        for (adds, guardians) in [(true, vec![0, 1, 2]), (false, vec![1])] {
            for (prepared, decided, moved) in
                [(0, false, 0), (1, false, 0), (3, false, 0), (3, true, 0), (3, true, 1), (3, true, 2), (3, true, 3)]
            {
                let b = bench();
                let recipients: Vec<_> = guardians.iter().map(|n| b.recipients[*n].clone()).collect();
                let stage = guardian::begin(&b.dir).unwrap();
                let names = ["r1-000000.age", "r1-000001.age", "r1-000002.age"];
                let opener = identity::read(&b.identities[0]).unwrap();
                for name in &names[..prepared] {
                    let from = b.dir.join(FOLDER).join(name);
                    assert!(reseal(&from, &stage.join(name), &opener, &recipients).is_ok());
                }
                if decided {
                    guardian::decide(&b.dir, &custody::guardians_text(&recipients).unwrap()).unwrap();
                }
                for name in &names[..moved] {
                    fs::rename(stage.join(name), b.dir.join(FOLDER).join(name)).unwrap();
                }
                // A guardian of both lists can open all of it, whatever was done; so before any command repairs it.
                let folder = b.dir.join(FOLDER);
                let stays = identity::read(&b.identities[1]).unwrap();
                assert!(names.iter().all(|name| decrypt(&folder.join(name), &stays).is_ok()));
                let expected = if !decided {
                    (6, 6, 0)
                } else if adds {
                    (6, 6, 6)
                } else {
                    (0, 6, 0)
                };
                assert_eq!((opens(&b, 0), opens(&b, 1), opens(&b, 2)), expected, "{prepared} {decided} {moved}");
                let wanted = if decided { recipients } else { b.recipients[..2].to_vec() };
                assert_eq!(Custody::open(&b.dir).unwrap().recipients(), wanted);
                drop(Custody::open(&b.dir).unwrap().lock().unwrap());
                assert!(!stage.exists());
                tried += 1;
            }
        }
        assert_eq!(tried, 14);
    }

    #[test]
    fn who_opened_a_custody_before_the_change_seals_nothing_for_who_was_removed() {
        let b = bench();
        let before = Custody::open(&b.dir).unwrap();
        change(&b, 0, &[0]).unwrap();
        assert!(matches!(before.lock(), Err(custody::CustodyError::Changed)));
    }
}
