//! A run that is killed at any moment, whose disk is full at any point, or whose sources go away under it, ends after the
//! same command in the same release: byte for byte, with every code in the key, and with no identifier outside it.
//!
//! A short form runs with the other tests. The long one, which takes hours:
//! `SCRUBS_KILLS=200 SCRUBS_RECORDINGS=3000 cargo test --release --test kills -- --nocapture --test-threads=1`
//! (`SCRUBS_SEED` draws other moments; `SCRUBS_ROUND` begins with another register; `SCRUBS_PROGRAM` is another program to run than the one built with the test).
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]
#![allow(clippy::print_stderr, reason = "the long form tells how far it is")]

mod support;

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::drawing::Grain;
use support::object::{Element, object};
use support::picture::{chunk, jpeg_plain, png_plain};
use support::running::{Home, copy, string, text, tree};
use support::tiff;

/// How many patients the recordings are of.
const PATIENTS: usize = 40;
/// How many kills a round has: one half of them before the register changes, one half after.
const KILLS_A_ROUND: usize = 10;
/// What every planted identifier begins with. The fixtures' own begin with the same letters.
const STEMS: [&str; 2] = ["Canary", "CANARY"];

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The program, as the test's user runs it.
fn command(home: &Home, arguments: &[&str]) -> Command {
    let built = home.command(arguments);
    let Some(program) = std::env::var_os("SCRUBS_PROGRAM") else { return built };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(home.at("")).env("HOME", home.at("")).env_remove("XDG_DATA_HOME");
    command
}

/// Runs it to its end and asserts that it ends as one of these codes says.
fn ends(home: &Home, arguments: &[&str], codes: &[i32]) {
    let output = command(home, arguments).output().unwrap();
    assert!(output.status.code().is_some_and(|code| codes.contains(&code)), "{}", text(&output.stderr));
}

/// One recording of a format by its number, unlike any other, with an identifier in it.
fn recording(number: usize) -> (&'static str, Vec<u8>) {
    let note = format!("CanaryComment{number:06}").into_bytes();
    let behind = |bytes: Vec<u8>| [bytes, note.clone()].concat();
    match number % 10 {
        0..=2 => {
            let plain = jpeg_plain();
            let comment = [&[0xFF, 0xFE][..], &(note.len() as u16 + 2).to_be_bytes(), &note].concat();
            ("jpg", [&plain[..2], &comment, &plain[2..]].concat())
        }
        3 | 4 => {
            let plain = png_plain();
            let (head, end) = plain.split_at(plain.len() - 12);
            ("png", [head, &chunk(b"tEXt", &[b"Comment\0", &note[..]].concat()), end].concat())
        }
        5..=7 => {
            let mut elements = Element::ct(number as u32);
            for element in &mut elements {
                match (element.0, element.1) {
                    (0x0010, 0x0020) => element.3 = patient(number).into_bytes(),
                    (0x0010, 0x0010) => element.3 = format!("CanaryName^{}", number % PATIENTS).into_bytes(),
                    (0x0008, 0x1030) => element.3.clone_from(&note),
                    // PS3.15 Table E.1-1 does not list it: who made the machine stays.
                    (0x0008, 0x0070) => element.3 = b"Maker".to_vec(),
                    _ => {}
                }
            }
            ("dcm", object(&elements, &[(number % 251) as u8; 256], 16))
        }
        8 => ("tif", behind(tiff::tiff_plain(tiff::FORMS[0]))),
        _ => {
            let mut gif = fs::read(fixtures().join("collection/formats/animation.gif")).unwrap();
            gif.pop();
            let comment = [&[0x21, 0xFE, note.len() as u8][..], &note, &[0, 0x3B]].concat();
            ("gif", [gif, comment].concat())
        }
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn patient(number: usize) -> String {
    format!("CANARYNHS-{:04}", number % PATIENTS)
}

const PROFILE: &str = r#"
dicom-mapping = true
dicom-file-set = true
[[patient-from]]
recordings = "*/CANARYNHS*/**"
folder = 2
[[made-for]]
recordings = "**"
made-for = "care"
[[assessment]]
recordings = "seen/**"
identifiable = "no"
pixels = "no-marks"
by = "A. Canary"
on = "2026-11-01"
"#;

/// The register as it is in a round: some of the patients have refused by then.
fn register(refused: impl Fn(usize) -> bool) -> String {
    let mut rows = "patient_id,level,status,given_by,given_on,document,notes\n".to_owned();
    for number in 0..PATIENTS {
        let said = if refused(number) { ",refused" } else { "3,given" };
        rows.push_str(&format!("{},{said},patient,2019-05-14,CanaryForm,CanaryNote\n", patient(number)));
    }
    rows
}

/// A home with so many recordings of many formats, a tenth of them nobody has assessed, with copies near and far.
fn home(recordings: usize) -> Home {
    let home = Home::new();
    let put = |name: String, bytes: &[u8]| {
        let path = home.at("pictures").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for number in 0..recordings {
        let (extension, bytes) = recording(number);
        let (seen, whose) = (if number % 11 == 10 { "unseen" } else { "seen" }, patient(number));
        put(format!("{seen}/{whose}/CanaryFile{number:06}.{extension}"), &bytes);
        match number % 50 {
            1 | 7 => put(format!("{seen}/{whose}/CanaryCopy{number:06}.{extension}"), &bytes),
            // Nobody has assessed the copy, or it is filed under another patient.
            13 | 17 => put(format!("unseen/{whose}/CanaryCopy{number:06}.{extension}"), &bytes),
            21 | 27 => put(format!("{seen}/{}/CanaryCopy{number:06}.{extension}", patient(number + 1)), &bytes),
            _ => {}
        }
    }
    // Objects of the collection name a maker that begins with the same letters.
    for folder in ["faces", "formats", "old", "wounds", "x-rays"] {
        copy(&fixtures().join("collection").join(folder), &home.at("pictures/seen/collection").join(folder));
    }
    fs::write(home.at("profile.toml"), PROFILE).unwrap();
    fs::write(home.at("before.csv"), register(|number| number % 7 == 3)).unwrap();
    fs::create_dir(home.at("nothing")).unwrap();
    ends(&home, &["clean", "nothing", "--to", "void", "--custody", "custody"], &[0]);
    home
}

/// Keeps the secret and the guardians of a custody and forgets what it has done.
fn fresh(home: &Home, custody: &Path) {
    fs::create_dir_all(custody).unwrap();
    for name in ["coding-secret", "guardians.txt"] {
        fs::copy(home.at("custody").join(name), custody.join(name)).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(custody, fs::Permissions::from_mode(0o700)).unwrap();
    }
}

/// Arguments of a run: its register, release and custody.
fn run<'a>(register: &'a str, release: &'a str, custody: &'a str) -> Vec<&'a str> {
    let how = ["--register", register, "--profile", "profile.toml"];
    [&["clean", "pictures", "--to", release, "--custody", custody], &how[..]].concat()
}

/// What one uninterrupted run comes to, and how long it takes.
fn expected(home: &Home, register: &str) -> (BTreeMap<PathBuf, Vec<u8>>, Duration) {
    for gone in ["expected", "whole"] {
        let _ = fs::remove_dir_all(home.at(gone));
    }
    fresh(home, &home.at("whole"));
    let began = Instant::now();
    ends(home, &run(register, "expected", "whole"), &[0, 1]);
    (tree(&home.at("expected")), began.elapsed())
}

/// Files that two releases do not share.
fn differing<'a>(one: &'a BTreeMap<PathBuf, Vec<u8>>, other: &'a BTreeMap<PathBuf, Vec<u8>>) -> Vec<&'a PathBuf> {
    let names: BTreeSet<&PathBuf> = one.keys().chain(other.keys()).collect();
    names.into_iter().filter(|name| one.get(*name) != other.get(*name)).collect()
}

/// Lines of the summary that two releases do not share.
fn unlike(found: &BTreeMap<PathBuf, Vec<u8>>, expected: &BTreeMap<PathBuf, Vec<u8>>) -> String {
    let lines = |files: &BTreeMap<PathBuf, Vec<u8>>| {
        let summary = files.get(Path::new("report/summary.json")).map(|bytes| text(bytes)).unwrap_or_default();
        summary.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (found, expected) = (lines(found), lines(expected));
    let only = |one: &[String], other: &[String], mark: &str| {
        one.iter().filter(|line| !other.contains(line)).map(|line| format!("{mark} {line}\n")).collect::<String>()
    };
    only(&expected, &found, "-") + &only(&found, &expected, "+")
}

/// That a release is what one run gives, that all of its codes can be turned back, and that nothing outside the key says
/// whose it is.
fn check(home: &Home, release: &Path, custody: &Path, expected: &BTreeMap<PathBuf, Vec<u8>>) -> usize {
    let found = tree(release);
    let other = differing(&found, expected);
    assert!(other.is_empty(), "{other:?}\n{}", unlike(&found, expected));
    let (at, identity) = (custody.to_str().unwrap(), "custody-identity.txt");
    let all = ["key", "reveal", "--all", "--custody", at, "--identity", identity, "--format", "json"];
    let output = command(home, &all).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes: BTreeSet<String> = rows.as_array().unwrap().iter().map(|row| string(&row["code"])).collect();
    let mut released = 0;
    for path in
        found.keys().filter(|path| path.starts_with("recordings") && path.extension().is_none_or(|e| e != "json"))
    {
        let code = path.file_stem().unwrap().to_str().unwrap();
        assert!(codes.contains(code), "{code} is not in the key");
        released += 1;
    }
    assert!(released > 0);
    let planted = planted();
    let mut searched = 0;
    for (root, files) in [(release, &found), (custody, &tree(custody))] {
        for (path, bytes) in files.iter().filter(|(path, _)| !is_key(path)) {
            let name = path.to_str().unwrap().as_bytes();
            let holds = |form: &Vec<u8>| [bytes, name].iter().any(|text| memchr::memmem::find(text, form).is_some());
            let told = planted.iter().find(|(_, form)| holds(form)).map(|(what, _)| what);
            assert_eq!(told, None, "{} of {}", path.display(), root.display());
            searched += 1;
        }
    }
    assert!(searched > 2 * released);
    released
}

fn is_key(path: &Path) -> bool {
    path.starts_with("key") && path.extension().is_some_and(|extension| extension == "age")
}

/// Every form in which what was planted could be written: the beginnings of all names as they are, in UTF-16, in
/// hexadecimal digits, in Base64 and turned about; and digests without a key of every patient's number.
fn planted() -> Vec<(String, Vec<u8>)> {
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let mut all = Vec::new();
    let mut add = |what: String, form: Vec<u8>| all.push((what, form));
    for stem in STEMS {
        add(stem.into(), stem.into());
        add(format!("{stem}, little endian"), stem.encode_utf16().flat_map(u16::to_le_bytes).collect());
        add(format!("{stem}, big endian"), stem.encode_utf16().flat_map(u16::to_be_bytes).collect());
        add(format!("{stem}, hexadecimal"), hex(stem.as_bytes()).into());
        add(format!("{stem}, HEXADECIMAL"), hex(stem.as_bytes()).to_uppercase().into());
        add(format!("{stem}, backwards"), stem.bytes().rev().collect());
        for (before, cut) in [("", 0), ("x", 2), ("xx", 3)] {
            // What the letters before and behind share a digit with is left out.
            let coded = engine.encode(format!("{before}{stem}"));
            let whole = (before.len() + stem.len()) * 8 / 6;
            add(format!("{stem}, Base64 {cut}"), coded.as_bytes()[cut..whole].to_vec());
        }
    }
    for number in 0..PATIENTS {
        let id = patient(number);
        let digests = [Sha256::digest(id.as_bytes()).to_vec(), blake3::hash(id.as_bytes()).as_bytes().to_vec()];
        for digest in digests {
            add(format!("digest of {number}"), hex(&digest).into());
            add(format!("digest of {number}, bytes"), digest[..16].to_vec());
        }
    }
    all
}

/// A moment in a run that takes so long.
fn moment(grain: &mut Grain, whole: Duration) -> Duration {
    whole.mul_f32(grain.next().abs().min(1.0))
}

/// Starts a run and kills it after a while: no handler runs. Whether it was still running.
fn kill(home: &Home, arguments: &[&str], after: Duration) -> bool {
    let mut child = command(home, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

/// A run in the middle of which a folder of sources goes away; it comes back afterwards.
fn lose(home: &Home, arguments: &[&str], after: Duration, folder: &str) {
    let mut child = command(home, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    fs::rename(home.at(folder), home.at("away")).unwrap();
    child.wait().unwrap();
    fs::rename(home.at("away"), home.at(folder)).unwrap();
}

#[test]
fn after_kills_at_any_moment_and_a_change_of_the_register_the_release_is_that_of_one_run() {
    let (kills, recordings) = (number("SCRUBS_KILLS", 6), number("SCRUBS_RECORDINGS", 240));
    let home = home(recordings);
    let mut grain = Grain::new(number("SCRUBS_SEED", 20_261_120) as u64);
    let (_, whole) = expected(&home, "before.csv");
    let (mut killed, mut tried, mut round) = (0, 0, number("SCRUBS_ROUND", 0));
    while tried < kills {
        let refused = round;
        fs::write(home.at("after.csv"), register(|number| number % 5 == refused % 5)).unwrap();
        let (expected, _) = expected(&home, "after.csv");
        for gone in ["release", "used"] {
            let _ = fs::remove_dir_all(home.at(gone));
        }
        fresh(&home, &home.at("used"));
        let half = KILLS_A_ROUND.min(kills - tried).div_ceil(2);
        for (register, times) in [("before.csv", half), ("after.csv", half)] {
            for _ in 0..times {
                killed += usize::from(kill(&home, &run(register, "release", "used"), moment(&mut grain, whole)));
                tried += 1;
            }
            // Between kills one that ends: sources that were there when it began are not when it comes by.
            let folder =
                if round % 2 == 0 { format!("pictures/seen/{}", patient(round)) } else { "pictures/seen".into() };
            lose(&home, &run(register, "release", "used"), moment(&mut grain, whole / 2), &folder);
        }
        ends(&home, &run("after.csv", "release", "used"), &[0, 1]);
        let released = check(&home, &home.at("release"), &home.at("used"), &expected);
        round += 1;
        eprintln!("round {round}: {killed} of {tried} runs were killed; {released} recordings released as by one run");
    }
    assert!(killed > 0, "no run was killed");
}

/// A file system of this size in a folder; none where none can be mounted here.
struct Small(PathBuf);

impl Small {
    fn mount(at: PathBuf, kilobytes: usize) -> Option<Small> {
        fs::create_dir_all(&at).unwrap();
        let size = format!("size={kilobytes}k,mode=700");
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&at).stderr(Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then_some(Small(at))
    }

    fn grow(&self) {
        assert!(Command::new("mount").args(["-o", "remount,size=512m"]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// How many kilobytes a folder takes on such a file system.
fn kilobytes(root: &Path) -> usize {
    let pages = |file: &Vec<u8>| file.len().div_ceil(4096) + 1;
    // Objects of the file-set are second names.
    tree(root).iter().filter(|(path, _)| !path.starts_with("DICOM")).map(|(_, file)| pages(file)).sum::<usize>() * 4
}

#[test]
fn a_disk_that_is_full_at_any_point_stops_a_run_and_the_same_command_continues() {
    let (places, recordings) = (number("SCRUBS_FULL", 3), number("SCRUBS_FULL_RECORDINGS", 120));
    let home = home(recordings);
    let (expected, _) = expected(&home, "before.csv");
    let (whole, kept) = (kilobytes(&home.at("expected")), kilobytes(&home.at("whole")));
    let (mut stopped, mut tried) = (0, 0);
    for place in 0..places {
        // The release is full, custody is, or both are, since they share a disk.
        let (release, custody, needed) = match place % 3 {
            0 => ("small/release", "used", whole),
            1 => ("release", "small/used", kept),
            _ => ("small/release", "small/used", whole + kept),
        };
        for gone in ["release", "used"] {
            let _ = fs::remove_dir_all(home.at(gone));
        }
        let size = 64 + needed * (place + 1) / (places + 1);
        let Some(small) = Small::mount(home.at("small"), size) else {
            eprintln!("skipped: no small file system can be mounted here");
            return;
        };
        fresh(&home, &home.at(custody));
        let output = command(&home, &run("before.csv", release, custody)).output().unwrap();
        let said = text(&output.stderr);
        match output.status.code() {
            // Full before anything was done, or in the middle.
            Some(2 | 3) => {
                stopped += 1;
                assert!(said.lines().count() >= 2, "an error and what to do about it: {said}");
            }
            code => assert!(matches!(code, Some(0 | 1)), "{code:?} at {size} kB: {said}"),
        }
        small.grow();
        ends(&home, &run("before.csv", release, custody), &[0, 1]);
        check(&home, &home.at(release), &home.at(custody), &expected);
        tried += 1;
        eprintln!("{size} kB of {needed}: {:?}, then as by one run", output.status.code());
    }
    assert!(tried == places && stopped > 0, "{stopped} of {tried} runs were stopped");
}
