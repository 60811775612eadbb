//! The command where it is installed, and stand-ins that hang, flood, crash and babble.

use super::*;
use crate::pixels::{Picture, Samples};
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

/// A stand-in that does what a shell script says.
fn stand_in(folder: &tempfile::TempDir, script: &str, patience: u64) -> Tesseract {
    let program = folder.path().join("tesseract");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).expect("a program");
    let (version, patience) = ("tesseract 0".to_owned(), Duration::from_millis(patience));
    Tesseract { program, version, patience, failures: AtomicU32::new(0) }
}

fn crop() -> Crop {
    let px = (0..400 * 100).map(|at| if at % 7 == 0 { 230 } else { 20 }).collect();
    let picture = Picture::new(400, 100, 1, 8, Samples::U8(px)).expect("a picture");
    Crop::of(&picture, Area::new(0, 0, 400, 100)).expect("a crop")
}

const HEAD: &str =
    "level\\tpage_num\\tblock_num\\tpar_num\\tline_num\\tword_num\\tleft\\ttop\\twidth\\theight\\tconf\\ttext\\n";

#[test]
fn a_table_is_read_and_nothing_else_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let word = "5\\t1\\t1\\t1\\t1\\t1\\t12\\t13\\t90\\t40\\t96.5\\tERECT\\n";
    let cases = [
        (format!("cat >/dev/null; printf '{HEAD}{word}'"), Some(1)),
        (format!("printf '{HEAD}4\\t1\\t1\\t1\\t1\\t0\\t1\\t1\\t9\\t9\\t-1\\t\\n{word}{word}'"), Some(2)),
        (format!("printf '{HEAD}'"), Some(0)),
        ("true".to_owned(), None),
        ("echo ERECT".to_owned(), None),
        (format!("printf '{HEAD}'; exit 3"), None),
        (format!("printf '{HEAD}5\\t1\\t1\\t1\\t1\\t1\\tx\\t13\\t90\\t40\\t96\\tERECT\\n'"), None),
        (format!("printf '{HEAD}5\\t1\\n'"), None),
        (format!("printf '{HEAD}\\377\\n'"), None),
        ("kill -SEGV $$".to_owned(), None),
    ];
    let mut tried = 0;
    for (script, expected) in cases {
        let read = stand_in(&folder, &script, 10_000).read(&crop());
        assert_eq!(read.as_ref().ok().map(Vec::len), expected, "{script}");
        assert!(!format!("{read:?}").contains("ERECT"), "what was read is not shown");
        tried += 1;
    }
    assert_eq!(tried, 10);
}

#[test]
fn one_that_hangs_floods_or_leaves_children_is_ended_in_time_and_not_asked_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let scripts =
        ["sleep 60", "cat >/dev/null; sleep 60 & wait", "yes", "sleep 60 >&- & exit 0", "trap '' TERM; sleep 60"];
    for script in scripts {
        let began = Instant::now();
        assert!(stand_in(&folder, script, 300).read(&crop()).is_err(), "{script}");
        assert!(began.elapsed() < Duration::from_secs(20), "{script}: {:?}", began.elapsed());
    }
    assert_eq!(scripts.len(), 5);
    let broken = stand_in(&folder, "echo x >> \"$0.count\"; exit 1", 10_000);
    for _ in 0..MOST_FAILURES + 5 {
        assert!(broken.read(&crop()).is_err());
    }
    let asked = std::fs::read_to_string(folder.path().join("tesseract.count")).expect("counted");
    assert_eq!(asked.lines().count(), MOST_FAILURES as usize);
}

#[test]
fn it_sees_an_empty_environment_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let spy = stand_in(&folder, "env | cut -d= -f1 | sort > \"$0.env\"; cat > /dev/null; exit 1", 10_000);
    assert!(spy.read(&crop()).is_err());
    let seen = std::fs::read_to_string(folder.path().join("tesseract.env")).expect("an environment");
    // A shell sets some names of its own.
    let own = ["OMP_THREAD_LIMIT", "PATH", "PWD", "SHLVL", "TESSDATA_PREFIX", "_", "OLDPWD"];
    assert!(seen.contains("OMP_THREAD_LIMIT") && seen.lines().all(|name| own.contains(&name)), "{seen}");
}

#[test]
fn who_has_none_is_told_what_to_install() {
    for error in [NoTesseract::Missing, NoTesseract::Silent, NoTesseract::Speechless] {
        assert!(error.to_string().contains("tesseract") && error.advice().contains("--ocr"), "{error}");
    }
}
