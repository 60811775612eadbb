//! What a power loss can leave behind, made by hand, and what the next run makes of it; and what becomes of sources that
//! have moved, gone, or lie on a disk that is not connected.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};
use support::running::{Home, string, tree};

fn picture(number: u8) -> Vec<u8> {
    use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};
    let mut coded = Vec::new();
    JpegEncoder::new_with_quality(&mut coded, 80)
        .write_image(&[number; 24 * 24], 24, 24, ExtendedColorType::L8)
        .expect("encoding into memory");
    coded
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

const RUN: &[&str] = &["pictures", "--to", "release", "--custody", "custody", "--profile", "profile.toml"];

/// Six pictures that are released and three that are held.
fn cleaned() -> Home {
    let home = Home::new();
    for number in 0..9 {
        let folder = home.at("pictures").join(if number % 3 == 0 { "unseen" } else { "seen" });
        fs::create_dir_all(&folder).expect("made");
        fs::write(folder.join(format!("{number}.jpg")), picture(number * 20)).expect("written");
    }
    fs::write(home.at("profile.toml"), PROFILE).expect("written");
    home.clean(RUN, 1);
    home
}

/// Every file below a folder whose name ends so, in order.
fn ending(root: &Path, end: &str) -> Vec<PathBuf> {
    tree(root).into_keys().filter(|path| path.to_string_lossy().ends_with(end)).map(|path| root.join(path)).collect()
}

fn cut(path: &Path, length: u64) {
    fs::File::options().write(true).open(path).and_then(|file| file.set_len(length)).expect("cut");
}

fn touch(path: &Path, seconds: u64) {
    let file = fs::File::options().write(true).open(path).expect("opened");
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).expect("set");
}

#[test]
fn outputs_that_a_power_loss_took_or_emptied_are_made_again_and_nothing_else_is() {
    let home = cleaned();
    let (release, held) = (tree(&home.at("release")), tree(&home.at("custody/held")));
    let mut tried = 0;
    for (root, end) in [
        ("release/recordings", ".jpg"),
        ("release/recordings", ".consent.json"),
        ("custody/held", ".jpg"),
        ("custody/held", ".consent.json"),
    ] {
        for harm in ["gone", "empty", "short", "both"] {
            let path = ending(&home.at(root), end).remove(0);
            match harm {
                "gone" => fs::remove_file(&path).expect("removed"),
                "empty" => cut(&path, 0),
                "short" => cut(&path, path.metadata().expect("there").len() - 1),
                _ => fs::remove_dir_all(path.parent().expect("a folder")).expect("removed"),
            }
            let told = home.clean(RUN, 1);
            assert_eq!(told["worked"], 1, "{root} {end} {harm}");
            assert!(tree(&home.at("release")) == release, "{root} {end} {harm}");
            assert!(tree(&home.at("custody/held")) == held, "{root} {end} {harm}");
            tried += 1;
        }
    }
    assert_eq!(tried, 16);
}

#[test]
fn half_written_files_under_temporary_names_are_cleared_away() {
    let home = cleaned();
    let release = tree(&home.at("release"));
    for root in ["release", "custody"] {
        let partial = home.at(root).join(".partial/3");
        fs::create_dir_all(&partial).expect("made");
        fs::write(partial.join("7.recording"), b"half a pic").expect("written");
        fs::write(partial.join("7.sidecar"), b"{ \"$sch").expect("written");
    }
    fs::write(home.at("custody/key/.sealing-x.part"), b"age-encr").expect("written");
    assert_eq!(home.clean(RUN, 1)["worked"], 0);
    assert!(!home.at("release/.partial").exists() && !home.at("custody/.partial").exists());
    assert!(!home.at("custody/key/.sealing-x.part").exists());
    assert!(tree(&home.at("release")) == release);
}

#[test]
fn a_key_file_that_was_cut_short_or_lost_is_sealed_again_from_the_sources() {
    let home = cleaned();
    let (release, codes) = (tree(&home.at("release")), home.reveal("custody"));
    assert_eq!(codes.len(), 9);
    let mut tried = 0;
    for harm in ["gone", "empty", "half", "head", "last byte"] {
        for path in ending(&home.at("custody/key"), ".age") {
            let length = path.metadata().expect("there").len();
            match harm {
                "gone" => fs::remove_file(&path).expect("removed"),
                "empty" => cut(&path, 0),
                "half" => cut(&path, length / 2),
                "head" => cut(&path, 30),
                _ => cut(&path, length - 1),
            }
        }
        let told = home.clean(RUN, 1);
        assert_eq!((&told["sealed_again"], &told["worked"]), (&9.into(), &9.into()), "{harm}");
        assert!(tree(&home.at("release")) == release, "{harm}");
        // What was cut short stays, since what stands before the cut can still be opened; every code has an entry again.
        let identity = home.at("custody-identity.txt");
        let words = ["key", "reveal", "--all", "--custody", "custody", "--format", "json", "--identity"];
        let output = home.run(&[&words[..], &[identity.to_str().expect("UTF-8")]].concat());
        let rows: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let found: Vec<_> = rows.as_array().expect("rows").iter().map(|row| string(&row["code"])).collect();
        assert!(codes.values().all(|code| found.contains(code)), "{harm}");
        assert_eq!(home.clean(RUN, 1)["sealed_again"], 0, "{harm}: once is enough");
        ending(&home.at("custody/key"), ".age")
            .iter()
            .rev()
            .skip(1)
            .for_each(|old| fs::remove_file(old).expect("removed"));
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn a_ledger_that_lost_its_last_commits_is_caught_up_with_what_lies_in_the_release() {
    let home = cleaned();
    let ledger = fs::read(home.at("custody/ledger.sqlite")).expect("read");
    fs::write(home.at("pictures/seen/new.jpg"), picture(255)).expect("written");
    home.clean(RUN, 1);
    let release = tree(&home.at("release"));
    fs::write(home.at("custody/ledger.sqlite"), ledger).expect("written");
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(home.at(&format!("custody/ledger.sqlite{end}")));
    }
    assert_eq!(home.clean(RUN, 1)["worked"], 1);
    assert!(tree(&home.at("release")) == release);
}

#[test]
fn how_closely_sources_are_looked_at_is_the_users_to_say() {
    let home = cleaned();
    let release = tree(&home.at("release"));
    let run = |recheck: &str| {
        let mut run = RUN.to_vec();
        run.extend(["--recheck", recheck]);
        let told = home.clean(&run, 1);
        (told["worked"].as_u64().expect("a number"), told["unchanged"].as_u64().expect("a number"))
    };
    let source = home.at("pictures/seen/1.jpg");
    assert_eq!((run("never"), run("changed"), run("always")), ((0, 9), (0, 9), (0, 9)));
    // Another time of change and the same content: judged again, with the same result.
    touch(&source, 1_700_000_000);
    assert_eq!((run("never"), run("changed"), run("changed")), ((0, 9), (1, 8), (0, 9)));
    assert!(tree(&home.at("release")) == release);
    // Another content of the same length and time: only a reading tells.
    let mut other = fs::read(&source).expect("read");
    let last = other.len() - 3;
    other[last] ^= 1;
    fs::write(&source, &other).expect("written");
    touch(&source, 1_700_000_000);
    assert_eq!((run("never"), run("changed"), run("always")), ((0, 9), (0, 9), (1, 8)));
    assert!(tree(&home.at("release")) != release);
    // An output that a disk has spoilt.
    let release = tree(&home.at("release"));
    let output = ending(&home.at("release/recordings"), ".jpg").remove(2);
    let mut spoilt = fs::read(&output).expect("read");
    spoilt[40] ^= 0xFF;
    fs::write(&output, spoilt).expect("written");
    assert_eq!((run("changed"), run("always"), run("always")), ((0, 9), (1, 8), (0, 9)));
    assert!(tree(&home.at("release")) == release);
}

#[test]
fn a_run_under_other_terms_that_is_killed_leaves_nothing_of_them_behind() {
    let home = cleaned();
    for number in 0..120u32 {
        let mut bytes = picture(7);
        // Samples that nothing decodes differ from picture to picture.
        bytes.splice(2..2, [&[0xFF, 0xFE, 0, 6][..], &number.to_be_bytes()].concat());
        fs::write(home.at(&format!("pictures/seen/more {number}.jpg")), bytes).expect("written");
    }
    home.clean(RUN, 1);
    let (release, held) = (tree(&home.at("release")), tree(&home.at("custody/held")));
    // As long as the other, so that no length tells its sidecars apart.
    fs::write(home.at("other.toml"), PROFILE.replace("2026-11-20", "2026-10-20")).expect("written");
    let (mut killed, mut tried) = (0, 0);
    for round in 0..8 {
        let words = ["clean", "pictures", "--to", "release", "--custody", "custody", "--profile", "other.toml"];
        let mut child = home.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        std::thread::sleep(Duration::from_millis(20 + 35 * round));
        child.kill().expect("killed");
        killed += usize::from(!child.wait().expect("ended").success());
        home.clean(RUN, 1);
        assert!(tree(&home.at("release")) == release && tree(&home.at("custody/held")) == held, "round {round}");
        tried += 1;
    }
    assert!(tried == 8 && killed > 0, "{killed} of {tried} were killed");
}

#[test]
fn a_source_that_has_moved_is_the_same_recording_and_the_key_knows_its_new_place() {
    let home = cleaned();
    let release = tree(&home.at("release"));
    let path = |name: &str| home.at("").canonicalize().expect("there").join(name).to_str().expect("UTF-8").to_owned();
    let code = home.reveal("custody")[&path("pictures/seen/1.jpg")].clone();
    fs::rename(home.at("pictures/seen/1.jpg"), home.at("pictures/seen/renamed.jpg")).expect("moved");
    let told = home.clean(RUN, 1);
    assert_eq!((&told["not_seen"], &told["summary"]["duplicates"]), (&0.into(), &0.into()));
    assert!(tree(&home.at("release")) == release);
    assert_eq!(home.reveal("custody")[&path("pictures/seen/renamed.jpg")], code);
    assert_eq!(home.clean(RUN, 1)["worked"], 0);
    // Moved to where other words apply: those apply.
    fs::rename(home.at("pictures/seen/renamed.jpg"), home.at("pictures/unseen/1.jpg")).expect("moved");
    fs::rename(home.at("pictures/unseen/0.jpg"), home.at("pictures/seen/0.jpg")).expect("moved");
    let told = home.clean(RUN, 1);
    let recordings = &told["summary"]["recordings"];
    assert_eq!((&recordings["released"], &recordings["held"], &told["not_seen"]), (&6.into(), &3.into(), &0.into()));
    assert!(!tree(&home.at("release")).keys().any(|path| path.to_string_lossy().contains(&code)));
    assert!(tree(&home.at("custody/held")).keys().any(|path| path.to_string_lossy().contains(&code)));
    assert_eq!(home.clean(RUN, 1)["worked"], 0);
}

#[test]
fn a_run_over_other_folders_forgets_nothing_of_those_that_it_does_not_walk() {
    let home = cleaned();
    // The same picture once more, where a person states that nobody can be recognised; its first copy is held.
    fs::create_dir_all(home.at("more/seen")).expect("made");
    fs::copy(home.at("pictures/unseen/0.jpg"), home.at("more/seen/0.jpg")).expect("copied");
    let held = tree(&home.at("custody/held"));
    let told = home.clean(&["more", "--to", "release", "--custody", "custody", "--profile", "profile.toml"], 1);
    assert_eq!((&told["not_seen"], &told["worked"]), (&0.into(), &1.into()));
    assert_eq!(told["summary"]["recordings"]["released"], 6);
    assert!(tree(&home.at("custody/held")) == held, "the more cautious of the two words counts");
}

#[test]
fn sources_that_are_not_seen_take_nothing_away_and_are_counted() {
    let home = cleaned();
    let (release, held) = (tree(&home.at("release/recordings")), tree(&home.at("custody/held")));
    // A file that was deleted, then a folder that is not mounted.
    fs::remove_file(home.at("pictures/seen/1.jpg")).expect("removed");
    assert_eq!(home.clean(RUN, 1)["not_seen"], 1);
    fs::rename(home.at("pictures"), home.at("elsewhere")).expect("moved");
    fs::create_dir(home.at("pictures")).expect("made");
    let told = home.clean(RUN, 1);
    assert_eq!((&told["not_seen"], &told["stale"], &told["worked"]), (&9.into(), &0.into(), &0.into()));
    assert!(tree(&home.at("release/recordings")) == release && tree(&home.at("custody/held")) == held);
    let output = home.run(&[&["clean"], RUN].concat());
    assert!(String::from_utf8_lossy(&output.stderr).contains("9 sources of earlier runs were not seen"));
    // What was decided since cannot be applied to what is not there, and that is told.
    fs::write(home.at("profile.toml"), format!("name = \"other\"\n{PROFILE}")).expect("written");
    let told = home.clean(RUN, 1);
    assert_eq!((&told["not_seen"], &told["stale"]), (&9.into(), &9.into()));
    fs::remove_dir(home.at("pictures")).expect("removed");
    fs::rename(home.at("elsewhere"), home.at("pictures")).expect("moved");
    let told = home.clean(RUN, 1);
    assert_eq!((&told["not_seen"], &told["worked"]), (&1.into(), &8.into()));
}
