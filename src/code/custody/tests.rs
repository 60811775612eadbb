//! What custody promises.

use super::*;
use age::x25519::Identity;

fn recipient() -> Recipient {
    Identity::generate().to_public()
}

/// A custody in a folder of its own, which goes when the first value does.
fn custody() -> (tempfile::TempDir, Custody) {
    let home = tempfile::tempdir().unwrap();
    let custody = Custody::create(&home.path().join("custody"), &[recipient()]).unwrap();
    (home, custody)
}

#[test]
fn a_custody_opens_with_the_secret_and_guardians_it_was_made_with() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("deep/down/custody");
    let guardians = [recipient(), recipient()];
    let made = Custody::create(&dir, &guardians).unwrap();
    assert_eq!(fs::read(dir.join(SECRET)).unwrap(), made.secret().expose());
    let opened = Custody::open(&dir).unwrap();
    assert_eq!(opened.secret().expose(), made.secret().expose());
    assert!(opened.recipients() == guardians && opened.dir() == dir);
    assert_eq!(opened.coder().patient(b"", b"1"), made.coder().patient(b"", b"1"));
    // Nothing else is left beside it.
    assert_eq!(fs::read_dir(dir.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn no_two_custodies_share_a_secret() {
    let (one, two) = (custody(), custody());
    assert_ne!(one.1.secret().expose(), two.1.secret().expose());
}

#[test]
fn nothing_is_ever_overwritten() {
    let (home, custody) = custody();
    let secret = *custody.secret().expose();
    assert!(matches!(Custody::create(custody.dir(), &[recipient()]), Err(CustodyError::Exists)));
    assert!(matches!(Custody::create_with_identity(custody.dir()), Err(CustodyError::Exists)));
    assert_eq!(Custody::open(custody.dir()).unwrap().secret().expose(), &secret);
    let file = home.path().join("file");
    fs::write(&file, "kept").unwrap();
    assert!(matches!(Custody::create(&file, &[recipient()]), Err(CustodyError::Exists)));
    assert_eq!(fs::read(&file).unwrap(), b"kept");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2, "no identity and no leavings");
}

#[test]
fn an_empty_folder_may_become_a_custody() {
    let home = tempfile::tempdir().unwrap();
    let (custody, _) = Custody::create_with_identity(home.path().join("x").as_path()).unwrap();
    let empty = home.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert!(Custody::create(&empty, custody.recipients()).is_ok());
}

#[test]
fn a_first_run_makes_an_identity_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("custody");
    fs::write(home.path().join("custody-identity.txt"), "someone's").unwrap();
    let (custody, identity) = Custody::create_with_identity(&dir).unwrap();
    assert_eq!(identity, home.path().join("custody-identity-2.txt"));
    assert_eq!(fs::read(home.path().join("custody-identity.txt")).unwrap(), b"someone's");
    assert!(permission::is_private(&identity.metadata().unwrap()));
    assert_eq!(identity::read(&identity).unwrap()[0].to_public(), custody.recipients()[0]);
}

#[test]
fn without_a_guardian_nothing_is_made() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("custody");
    assert!(matches!(Custody::create(&dir, &[]), Err(CustodyError::NoGuardian)));
    let many: Vec<_> = (0..=MOST_GUARDIANS).map(|_| recipient()).collect();
    assert!(matches!(Custody::create(&dir, &many), Err(CustodyError::TooManyGuardians)));
    assert!(!dir.exists());
}

#[test]
fn what_is_not_whole_is_refused() {
    type Case = (&'static str, fn(&Path), fn(&CustodyError) -> bool);
    let cases: [Case; 9] = [
        ("no folder", |d| fs::remove_dir_all(d).unwrap(), |e| matches!(e, CustodyError::Missing)),
        ("no secret", |d| fs::remove_file(d.join(SECRET)).unwrap(), |e| matches!(e, CustodyError::NotACustody)),
        ("short secret", |d| fs::write(d.join(SECRET), [1; 31]).unwrap(), |e| matches!(e, CustodyError::Secret)),
        ("long secret", |d| fs::write(d.join(SECRET), [1; 33]).unwrap(), |e| matches!(e, CustodyError::Secret)),
        ("zeroed secret", |d| fs::write(d.join(SECRET), [0; 32]).unwrap(), |e| matches!(e, CustodyError::Secret)),
        ("no list", |d| fs::remove_file(d.join(GUARDIANS)).unwrap(), |e| matches!(e, CustodyError::NoGuardian)),
        ("empty list", |d| fs::write(d.join(GUARDIANS), "#\n").unwrap(), |e| matches!(e, CustodyError::NoGuardian)),
        (
            "bad list",
            |d| fs::write(d.join(GUARDIANS), "#\nGwen Canary\n").unwrap(),
            |e| matches!(e, CustodyError::Guardian { line: 2 }),
        ),
        (
            "file for folder",
            |d| {
                fs::remove_dir(d.join("key")).unwrap();
                fs::write(d.join("key"), "").unwrap();
            },
            |e| matches!(e, CustodyError::NotACustody),
        ),
    ];
    let mut tried = 0;
    for (name, damage, expected) in cases {
        let (_home, custody) = custody();
        damage(custody.dir());
        let error = Custody::open(custody.dir()).unwrap_err();
        assert!(expected(&error), "{name}: {error}");
        assert!(!format!("{error} {error:?}").contains("Canary") && !error.advice().is_empty());
        tried += 1;
    }
    assert_eq!(tried, 9);
}

#[test]
fn folders_that_a_backup_left_out_come_back() {
    let (_home, custody) = custody();
    fs::remove_dir(custody.dir().join("held")).unwrap();
    assert!(Custody::open(custody.dir()).is_ok() && custody.dir().join("held").is_dir());
}

#[cfg(unix)]
#[test]
fn everything_is_the_owners_alone_and_stays_so() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let (_home, mut custody) = custody();
    custody.set_guardians(&[recipient()]).unwrap();
    let _lock = custody.lock().unwrap();
    let dir = custody.dir().to_owned();
    let mut checked = 0;
    for (part, expected) in [
        ("", 0o700),
        ("key", 0o700),
        ("held", 0o700),
        ("report", 0o700),
        (SECRET, 0o600),
        (GUARDIANS, 0o600),
        (LOCK, 0o600),
    ] {
        assert_eq!(mode(&dir.join(part)), expected, "{part}");
        checked += 1;
    }
    assert_eq!(checked, 7);
    for open in [0o640, 0o604, 0o660] {
        set(&dir.join(SECRET), open);
        assert!(matches!(Custody::open(&dir), Err(CustodyError::Exposed { what: "the coding secret" })));
    }
    set(&dir.join(SECRET), 0o600);
    set(&dir, 0o750);
    assert!(matches!(Custody::open(&dir), Err(CustodyError::Exposed { what: "the custody folder" })));
    set(&dir, 0o700);
    assert!(Custody::open(&dir).is_ok());
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_part_is_refused() {
    let (home, custody) = custody();
    let key = custody.dir().join("key");
    fs::rename(&key, home.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(home.path().join("elsewhere"), &key).unwrap();
    assert!(matches!(Custody::open(custody.dir()), Err(CustodyError::NotACustody)));
    let dangling = home.path().join("dangling");
    std::os::unix::fs::symlink(home.path().join("nowhere"), &dangling).unwrap();
    assert!(matches!(Custody::create(&dangling, custody.recipients()), Err(CustodyError::Exists)));
}

#[test]
fn a_second_run_is_told_that_the_first_has_the_custody() {
    let (_home, custody) = custody();
    let lock = custody.lock().unwrap();
    let error = Custody::open(custody.dir()).unwrap().lock().unwrap_err();
    assert_eq!(error.to_string(), "another run is using this custody");
    drop(lock);
    assert!(custody.lock().is_ok());
}

#[test]
fn a_lock_that_is_given_back_is_free_whatever_else_shares_its_file() {
    let (_home, custody) = custody();
    let lock = custody.lock().unwrap();
    // As a child has it between its birth and its first instruction.
    let _shared = lock.file.try_clone().unwrap();
    drop(lock);
    assert!(custody.lock().is_ok());
}

#[test]
fn guardians_can_be_changed_and_named_twice() {
    let (_home, mut custody) = custody();
    let (one, two) = (recipient(), recipient());
    custody.set_guardians(&[one.clone(), two.clone(), one.clone()]).unwrap();
    assert_eq!(Custody::open(custody.dir()).unwrap().recipients(), [one, two]);
    assert!(matches!(custody.set_guardians(&[]), Err(CustodyError::NoGuardian)));
    assert_eq!(Custody::open(custody.dir()).unwrap().recipients().len(), 2);
}

#[test]
fn debug_shows_nothing() {
    let (_home, custody) = custody();
    let lock = custody.lock().unwrap();
    assert_eq!(format!("{custody:?} {lock:?}"), "Custody(‹secret›) Lock");
}

#[test]
fn relative_data_folders_are_not_believed() {
    let with = |pairs: &'static [(&str, &str)]| {
        data_dir(move |name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v)))
    };
    assert_eq!(with(&[]), None);
    if cfg!(target_os = "linux") {
        assert_eq!(with(&[("XDG_DATA_HOME", "/x"), ("HOME", "/h")]), Some(PathBuf::from("/x")));
        assert_eq!(with(&[("XDG_DATA_HOME", "x"), ("HOME", "/h")]), Some(PathBuf::from("/h/.local/share")));
        assert_eq!(with(&[("XDG_DATA_HOME", ""), ("HOME", "h")]), None);
    }
}
