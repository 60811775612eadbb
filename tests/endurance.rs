//! What a run leaves behind when it is killed, interrupted, repeated, or told something new.
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use support::drawing::Grain;
use support::object::{Element, object};
use support::running::{Home, copy, string, text, tree};

/// A small JPEG whose comment makes it differ from every other.
fn picture(number: usize) -> Vec<u8> {
    use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};
    let mut coded = Vec::new();
    let samples = vec![(number % 251) as u8; 24 * 24];
    JpegEncoder::new_with_quality(&mut coded, 80)
        .write_image(&samples, 24, 24, ExtendedColorType::L8)
        .expect("encoding into memory");
    let comment = format!("CanaryComment{number:06}");
    let mut out = coded[..2].to_vec();
    out.extend_from_slice(&[0xFF, 0xFE]);
    out.extend_from_slice(&(comment.len() as u16 + 2).to_be_bytes());
    out.extend_from_slice(comment.as_bytes());
    out.extend_from_slice(&coded[2..]);
    out
}

const PROFILE: &str = r#"
[[made-for]]
recordings = "**"
made-for = "care"

[[assessment]]
recordings = "seen/**"
identifiable = "no"
pixels = "no-marks"
by = "A. Consultant"
on = "2026-11-20"
"#;

/// A home with `count` pictures, every third of them unassessed, a profile, and a custody.
fn pictures(count: usize) -> Home {
    let home = Home::new();
    for number in 0..count {
        let folder = home.at(&format!("pictures/{}/{}", if number % 3 == 0 { "unseen" } else { "seen" }, number / 100));
        fs::create_dir_all(&folder).expect("made");
        fs::write(folder.join(format!("IMG_{number:05}.jpg")), picture(number)).expect("written");
    }
    fs::write(home.at("profile.toml"), PROFILE).expect("written");
    fs::create_dir(home.at("nothing")).expect("made");
    home.clean(&["nothing", "--to", "void", "--custody", "custody"], 0);
    home
}

const RUN: &[&str] = &["pictures", "--to", "release", "--custody", "custody", "--profile", "profile.toml"];

/// Keeps the secret and the guardians of a custody and forgets what it has done.
fn fresh(home: &Home, custody: &str) {
    for name in ["coding-secret", "guardians.txt"] {
        fs::create_dir_all(home.at(custody)).expect("made");
        fs::copy(home.at("custody").join(name), home.at(custody).join(name)).expect("copied");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(home.at(custody), fs::Permissions::from_mode(0o700)).expect("set");
    }
}

#[test]
fn a_run_that_is_killed_goes_on_to_the_same_bytes_and_every_released_code_is_in_the_key() {
    let home = pictures(900);
    fresh(&home, "whole");
    home.clean(&["pictures", "--to", "expected", "--custody", "whole", "--profile", "profile.toml"], 1);
    let expected = tree(&home.at("expected"));
    let mut grain = Grain::new(20261120);
    let mut killed = 0;
    for _ in 0..12 {
        let mut arguments = vec!["clean"];
        arguments.extend(RUN);
        let mut child =
            home.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
        std::thread::sleep(Duration::from_millis(30 + (200.0 * grain.next().abs()) as u64));
        // SIGKILL on Unix: no handler runs.
        child.kill().expect("killed");
        killed += usize::from(!child.wait().expect("ended").success());
        // One that was killed at once has not made the folder yet.
        let seen = if home.at("release").exists() { tree(&home.at("release")) } else { Default::default() };
        for (path, bytes) in seen.iter().filter(|(path, _)| path.starts_with("recordings")) {
            assert!(expected.get(path) == Some(bytes), "half-written: {}", path.display());
        }
    }
    assert!(killed > 0, "no run was killed");
    home.clean(RUN, 1);
    let release = tree(&home.at("release"));
    assert_eq!(release.len(), expected.len());
    assert!(release == expected);
    let codes: Vec<String> = home.reveal("custody").into_values().collect();
    let mut released = 0;
    for path in release.keys().filter(|path| path.extension().is_some_and(|e| e == "jpg")) {
        let code = path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(codes.contains(&code), "{code}");
        released += 1;
    }
    assert_eq!(released, 600);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_cleanly_and_the_same_command_continues() {
    let home = pictures(1500);
    let mut arguments = vec!["clean"];
    arguments.extend(RUN);
    let child = home.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    std::thread::sleep(Duration::from_millis(60));
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
    let output = child.wait_with_output().expect("ended");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("same command continues"), "{}", text(&output.stderr));
    assert!(!home.at("release/.partial").exists());
    let told = home.clean(RUN, 1);
    let (worked, unchanged) = (told["worked"].as_u64().unwrap(), told["unchanged"].as_u64().unwrap());
    assert_eq!(worked + unchanged, 1500);
    assert_eq!(told["summary"]["recordings"]["released"], 1000);
}

#[test]
fn what_loses_its_permission_leaves_the_release_and_what_gains_it_enters() {
    let home = pictures(9);
    let register = |rows: &str| fs::write(home.at("register.csv"), format!("recording,status,level\n{rows}")).unwrap();
    let mut run = RUN.to_vec();
    run.extend(["--register", "register.csv"]);
    register("");
    home.clean(&run, 1);
    let before = tree(&home.at("release/recordings"));
    assert_eq!(before.len(), 12);
    register("seen/0/IMG_00001.jpg,refused,\n");
    let told = home.clean(&run, 1);
    assert_eq!(told["summary"]["recordings"]["released"], 5);
    assert_eq!(tree(&home.at("release/recordings")).len(), 10);
    let sums = fs::read_to_string(home.at("release/SHA256SUMS")).unwrap();
    let code = &home.reveal("custody")[path(&home, "pictures/seen/0/IMG_00001.jpg").as_str()];
    assert!(!sums.contains(code.as_str()));
    let held = tree(&home.at("custody/held"));
    assert!(held.keys().any(|p| p.to_string_lossy().contains(code.as_str())), "held in custody now");
    register("seen/0/IMG_00001.jpg,given,2\n");
    home.clean(&run, 1);
    let after = tree(&home.at("release/recordings"));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    assert!(!tree(&home.at("custody/held")).keys().any(|p| p.to_string_lossy().contains(code.as_str())));
}

fn path(home: &Home, name: &str) -> String {
    home.at("").canonicalize().expect("there").join(name).to_str().expect("UTF-8").to_owned()
}

#[test]
fn a_source_that_changes_leaves_nothing_behind_under_its_old_name() {
    let home = pictures(3);
    home.clean(RUN, 1);
    let before = tree(&home.at("release/recordings"));
    fs::write(home.at("pictures/seen/0/IMG_00001.jpg"), picture(4711)).unwrap();
    home.clean(RUN, 1);
    let after = tree(&home.at("release/recordings"));
    assert_eq!(after.len(), before.len());
    assert_eq!(after.keys().filter(|p| before.contains_key(*p)).count(), 2, "one of two recordings is another now");
}

#[test]
fn two_different_objects_of_one_sop_instance_uid_are_two_recordings() {
    let home = pictures(0);
    fs::create_dir_all(home.at("pictures/seen")).unwrap();
    fs::write(home.at("pictures/seen/a"), object(&Element::ct(1), &[10; 64 * 64], 64)).unwrap();
    fs::write(home.at("pictures/seen/b"), object(&Element::ct(1), &[20; 64 * 64], 64)).unwrap();
    fs::write(home.at("pictures/seen/c"), object(&Element::ct(1), &[10; 64 * 64], 64)).unwrap();
    let told = home.clean(RUN, 0);
    assert_eq!(told["summary"]["recordings"]["released"], 2);
    assert_eq!(told["summary"]["duplicates"], 1);
    assert_eq!(told["summary"]["findings"]["same-instance"], 1);
    let codes = home.reveal("custody");
    let code = |name: &str| codes[path(&home, &format!("pictures/seen/{name}")).as_str()].clone();
    assert_eq!(code("a"), code("c"));
    assert_ne!(code("a"), code("b"));
    let again = home.clean(RUN, 0);
    assert_eq!(again["worked"], 0);
}

#[test]
fn the_same_content_under_two_patients_is_held() {
    let home = pictures(0);
    fs::create_dir_all(home.at("pictures/seen/ann")).unwrap();
    fs::create_dir_all(home.at("pictures/seen/bob")).unwrap();
    fs::write(home.at("pictures/seen/ann/1.jpg"), picture(1)).unwrap();
    fs::write(home.at("pictures/seen/bob/1.jpg"), picture(1)).unwrap();
    let profile = format!("{PROFILE}\n[[patient-from]]\nrecordings = \"**\"\nfolder = 2\n");
    fs::write(home.at("profile.toml"), profile).unwrap();
    let told = home.clean(RUN, 1);
    let groups = told["summary"]["not_released"].as_array().unwrap().clone();
    assert_eq!(string(&groups[0]["code"]), "two-patients");
    assert_eq!(told["summary"]["recordings"]["held"], 2, "one of them is wrong, and nobody knows which");
}

#[test]
fn the_same_content_under_two_patients_takes_back_what_an_earlier_batch_or_run_released() {
    let home = pictures(0);
    let at = |name: &str| home.at(&format!("pictures/seen/{name}"));
    for folder in ["ann", "bob", "middle"] {
        fs::create_dir_all(at(folder)).unwrap();
    }
    let profile = format!("{PROFILE}\n[[patient-from]]\nrecordings = \"**\"\nfolder = 2\n");
    fs::write(home.at("profile.toml"), profile).unwrap();
    fs::write(at("ann/1.jpg"), picture(1)).unwrap();
    assert_eq!(home.clean(RUN, 0)["summary"]["recordings"]["released"], 1);
    fs::write(at("bob/1.jpg"), picture(1)).unwrap();
    let told = home.clean(RUN, 1);
    assert_eq!((told["worked"].as_u64(), told["summary"]["recordings"]["held"].as_u64()), (Some(2), Some(2)));
    assert!(tree(&home.at("release/recordings")).is_empty());
    assert_eq!(home.clean(RUN, 1)["worked"], 0);
}

/// Two copies of one picture, only the first of them assessed, with 600 others between them: two batches.
fn far_copies() -> Home {
    let home = pictures(0);
    for folder in ["seen", "t", "unseen"] {
        fs::create_dir_all(home.at("pictures").join(folder)).expect("done");
    }
    for name in ["seen/a.jpg", "unseen/z.jpg"] {
        fs::write(home.at("pictures").join(name), picture(1)).expect("done");
    }
    for number in 0..600 {
        fs::write(home.at(&format!("pictures/t/{number:03}")), format!("not a picture: {number}")).expect("done");
    }
    home
}

/// Writes a file again as it is, with another time of change.
fn touch(path: &Path) {
    let file = fs::File::options().write(true).open(path).expect("done");
    file.set_modified(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)).expect("done");
}

#[test]
fn of_two_copies_the_more_cautious_verdict_wins_in_any_batch_and_any_run() {
    let home = far_copies();
    let held = |told: &serde_json::Value| {
        assert_eq!(told["summary"]["recordings"]["released"], 0);
        assert_eq!((&told["summary"]["recordings"]["held"], &told["summary"]["duplicates"]), (&1.into(), &1.into()));
        assert!(tree(&home.at("release/recordings")).is_empty());
    };
    held(&home.clean(RUN, 1));
    let mut tried = 0;
    for touched in [&["seen/a.jpg"][..], &["unseen/z.jpg"], &["seen/a.jpg", "unseen/z.jpg"]] {
        touched.iter().for_each(|name| touch(&home.at("pictures").join(name)));
        held(&home.clean(RUN, 1));
        tried += 1;
    }
    assert_eq!(tried, 3);
    // Where the person states it of both, both are released as one; where the cautious copy has gone, the other stands.
    let both = PROFILE.replace("seen/**", "**");
    fs::write(home.at("both.toml"), &both).unwrap();
    let run = ["pictures", "--to", "release", "--custody", "custody", "--profile", "both.toml"];
    assert_eq!(home.clean(&run, 1)["summary"]["recordings"]["released"], 1);
    held(&home.clean(RUN, 1));
    fs::write(home.at("pictures/unseen/z.jpg"), "something else").unwrap();
    home.clean(RUN, 1);
    assert_eq!(home.clean(RUN, 1)["summary"]["recordings"]["released"], 1);
}

#[test]
fn what_a_killed_run_left_of_the_list_of_digests_does_not_stop_the_next_one() {
    let home = pictures(2);
    home.clean(RUN, 1);
    let before = tree(&home.at("release"));
    fs::write(home.at("release/.SHA256SUMS.part"), b"half a li").unwrap();
    fs::write(home.at("release/report/.index.html.part"), b"<htm").unwrap();
    home.clean(RUN, 1);
    assert!(tree(&home.at("release")) == before);
}

#[test]
fn what_may_no_longer_be_released_goes_also_when_its_place_in_custody_is_taken() {
    let home = pictures(2);
    home.clean(RUN, 1);
    let released = tree(&home.at("release/recordings")).into_keys().find(|p| p.extension().is_some_and(|e| e == "jpg"));
    let released = released.unwrap();
    let place = home.at("custody/held").join(&released);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    for taken in [place.clone(), place.with_extension("consent.json")] {
        fs::write(&taken, b"somebody else's").unwrap();
        fs::write(home.at("none.toml"), "name = \"none\"\n").unwrap();
        home.clean(&["pictures", "--to", "release", "--custody", "custody", "--profile", "none.toml"], 1);
        assert!(tree(&home.at("release/recordings")).is_empty());
        assert_eq!(fs::read(&taken).unwrap(), b"somebody else's");
        assert_eq!(fs::read_dir(place.parent().unwrap()).unwrap().count(), 1, "no recording without its sidecar");
        fs::remove_file(&taken).unwrap();
        home.clean(RUN, 1);
    }
}

#[cfg(unix)]
#[test]
fn no_output_tells_when_it_was_made() {
    use std::os::unix::fs::MetadataExt;
    let home = pictures(4);
    home.clean(RUN, 1);
    let mut looked = 0;
    for root in ["release", "custody/held", "custody/report"] {
        for entry in walkdir::WalkDir::new(home.at(root)) {
            let entry = entry.unwrap();
            if entry.file_type().is_file() || root == "release" {
                assert_eq!(entry.metadata().unwrap().mtime(), 946_684_800, "{}", entry.path().display());
                looked += 1;
            }
        }
    }
    assert_eq!(looked, 9 + 5 + 4 + 4, "files and folders of the release, held files, the guardian's report");
}

#[test]
fn a_file_that_lies_in_the_way_is_never_overwritten() {
    let home = pictures(2);
    home.clean(RUN, 1);
    let name = tree(&home.at("release")).into_keys().find(|p| p.extension().is_some_and(|e| e == "jpg")).unwrap();
    fresh(&home, "other");
    copy(&home.at("release"), &home.at("second"));
    fs::write(home.at("second").join(&name), b"somebody else's").unwrap();
    let told = home.clean(&["pictures", "--to", "second", "--custody", "other", "--profile", "profile.toml"], 1);
    assert_eq!(fs::read(home.at("second").join(&name)).unwrap(), b"somebody else's");
    assert_eq!(told["summary"]["recordings"]["failed"], 1);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_long_strange_or_not_text_are_treated_like_any_other() {
    use std::os::unix::ffi::OsStringExt;
    let home = pictures(0);
    let folder = home.at("pictures/seen");
    fs::create_dir_all(&folder).unwrap();
    let names: [Vec<u8>; 5] = [
        b"new\nline \x1b[31mred.jpg".to_vec(),
        b"not text \xff\xfe.jpg".to_vec(),
        vec![b'n'; 251].into_iter().chain(*b".jpg").collect(),
        "Llanfairpwllgwyngyll ŵ 患者.jpg".into(),
        b"-rf --to x.jpg".to_vec(),
    ];
    for (number, name) in names.iter().enumerate() {
        fs::write(folder.join(PathBuf::from(std::ffi::OsString::from_vec(name.clone()))), picture(number)).unwrap();
    }
    let told = home.clean(RUN, 0);
    assert_eq!(told["summary"]["recordings"]["released"], names.len());
    let output = home.run(&["key", "reveal", "--all", "--custody", "custody", "--identity", "custody-identity.txt"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(!output.stdout.contains(&0x1b), "control characters never reach a terminal raw");
    assert_eq!(text(&output.stdout).lines().count(), names.len());
}

#[test]
fn a_full_disk_stops_the_run_and_the_same_command_continues() {
    let home = pictures(300);
    let small = home.at("small");
    fs::create_dir(&small).unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=200k", "tmpfs"])
        .arg(&small)
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success());
    if !mounted {
        eprintln!("skipped: no small file system can be mounted here");
        return;
    }
    let mut arguments = vec!["clean"];
    let run = ["pictures", "--to", "small/release", "--custody", "custody", "--profile", "profile.toml"];
    arguments.extend(run);
    let output = home.run(&arguments);
    let grown = std::process::Command::new("mount").args(["-o", "remount,size=64m"]).arg(&small).status();
    let finished = home.run(&arguments);
    let release = tree(&small.join("release/recordings"));
    let unmounted = std::process::Command::new("umount").arg(&small).status();
    assert!(grown.is_ok_and(|s| s.success()) && unmounted.is_ok_and(|s| s.success()));
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("Make room"), "{}", text(&output.stderr));
    assert_eq!(finished.status.code(), Some(1), "{}", text(&finished.stderr));
    assert_eq!(release.len(), 400);
}

#[test]
fn what_cannot_be_right_is_refused_before_anything_is_done() {
    let home = pictures(1);
    fs::write(home.at("bad.csv"), "recording,level,status\nseen/*,7,given\nseen/*,2,gvien\n").unwrap();
    fs::write(home.at("bad.toml"), "purpse = \"teaching\"\n").unwrap();
    fs::write(home.at("file"), "x").unwrap();
    let cases: [(&[&str], &[&str]); 8] = [
        (&["pictures", "--to", "pictures/release"], &["inside a source"]),
        (&["pictures", "--to", "r", "--custody", "r/custody"], &["inside the release"]),
        (&["pictures", "--to", "r", "--custody", "pictures/c"], &["inside a source"]),
        (&["nowhere", "--to", "r"], &["cannot be found"]),
        (&["pictures", "--to", "r", "--register", "bad.csv"], &["line 2", "line 3"]),
        (&["pictures", "--to", "r", "--profile", "bad.toml"], &["line 1"]),
        (&["pictures", "--to", "file"], &["release"]),
        (&["pictures", "--to", "r", "--not-identifiable", "**"], &["--assessed-by"]),
    ];
    for (arguments, expected) in cases {
        let mut all = vec!["clean"];
        all.extend(arguments);
        let output = home.run(&all);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        for word in expected {
            assert!(text(&output.stderr).contains(word), "{arguments:?}: {}", text(&output.stderr));
        }
        assert!(!home.at("r").exists() && !home.at("pictures/release").exists(), "{arguments:?}");
    }
    assert_eq!(cases.len(), 8);
    assert!(!Path::new(&home.at(".local")).exists(), "no custody was made for a run that did not start");
}

/// The program run as somebody whom permissions bind: `nobody`, where the tests run as root.
#[cfg(target_os = "linux")]
fn bound(home: &Home, arguments: &[&str]) -> Option<std::process::Output> {
    let is_root = fs::read_dir("/root").is_ok();
    let mut command = home.command(arguments);
    if is_root {
        let program = command.get_program().to_owned();
        let owned = std::process::Command::new("chown").args(["-R", "65534:65534"]).arg(home.at("")).status();
        command = std::process::Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(program).args(arguments);
        command.current_dir(home.at("")).env("HOME", home.at(""));
        owned.ok().filter(|s| s.success())?;
    }
    command.output().ok().filter(|output| output.status.code().is_some_and(|code| code < 126))
}

#[cfg(target_os = "linux")]
#[test]
fn a_source_that_cannot_be_read_today_leaves_what_was_released_from_it() {
    use std::os::unix::fs::PermissionsExt;
    let home = pictures(2);
    let mut all = vec!["clean"];
    all.extend(RUN);
    let Some(first) = bound(&home, &all) else {
        eprintln!("skipped: no other user can be had here");
        return;
    };
    assert_eq!(first.status.code(), Some(1), "{}", text(&first.stderr));
    let (released, held) = (tree(&home.at("release/recordings")), tree(&home.at("custody/held")));
    assert_eq!((released.len(), held.len()), (2, 2));
    let close = |mode| {
        for name in ["seen/0/IMG_00001.jpg", "unseen/0/IMG_00000.jpg"] {
            let path = home.at("pictures").join(name);
            touch(&path);
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    let failed = || {
        let summary = fs::read(home.at("custody/report/summary.json")).unwrap();
        serde_json::from_slice::<serde_json::Value>(&summary).unwrap()["recordings"]["failed"].as_u64()
    };
    close(0);
    assert_eq!(bound(&home, &all).and_then(|o| o.status.code()), Some(1));
    assert_eq!(failed(), Some(2));
    assert!(tree(&home.at("release/recordings")) == released && tree(&home.at("custody/held")) == held);
    // Where what was decided has changed meanwhile, nothing stays on yesterday's word.
    fs::write(home.at("none.toml"), "name = \"none\"\n").unwrap();
    let changed = ["clean", "pictures", "--to", "release", "--custody", "custody", "--profile", "none.toml"];
    assert_eq!(bound(&home, &changed).and_then(|o| o.status.code()), Some(1));
    assert!(tree(&home.at("release/recordings")).is_empty());
    close(0o600);
    assert_eq!(bound(&home, &all).and_then(|o| o.status.code()), Some(1));
    assert_eq!(failed(), Some(0));
    assert!(tree(&home.at("release/recordings")) == released && tree(&home.at("custody/held")) == held);
}
