//! What two features mean for each other: withdrawal and file-set, shards and withdrawal, a forgotten key and whatever comes
//! while it is not forgotten yet.
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use support::object::{Element, object};
use support::picture::jpeg_plain;
use support::running::{Home, holders, text, tree};

/// Folders name the patients of photographs; an object's patient is the object's.
const ANN: &str = "CANARYNHS-7001";
const BEN: &str = "CANARYNHS-7002";

const PROFILE: &str = r#"
[[patient-from]]
recordings = "CANARY*/*"
folder = 1
[[made-for]]
recordings = "**"
made-for = "care"
[[assessment]]
recordings = "**"
identifiable = "no"
pixels = "no-marks"
by = "A. Canary"
on = "2026-11-01"
"#;

fn put(home: &Home, name: &str, bytes: &[u8]) {
    let path = home.at("pictures").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A photograph unlike any other.
fn picture(number: u8) -> Vec<u8> {
    let plain = jpeg_plain();
    [&plain[..2], &[0xFF, 0xFE, 0, 3, number], &plain[2..]].concat()
}

/// A slice of a patient.
fn slice(patient: &str, number: u32) -> Vec<u8> {
    let mut elements = Element::ct(number);
    for element in elements.iter_mut().filter(|e| (e.0, e.1) == (0x0010, 0x0020)) {
        element.3 = patient.as_bytes().to_vec();
    }
    object(&elements, &[number as u8; 256], 16)
}

/// Photographs and slices of two patients, so many of each, and a profile with these lines before it.
fn home(count: u8, lines: &str) -> Home {
    let home = Home::new();
    for number in 0..count {
        put(&home, &format!("{ANN}/{number:03}.jpg"), &picture(number));
        put(&home, &format!("{BEN}/{number:03}.jpg"), &picture(100 + number));
        put(&home, &format!("{ANN}/IM{number:03}"), &slice(ANN, u32::from(number)));
        put(&home, &format!("{BEN}/IM{number:03}"), &slice(BEN, 100 + u32::from(number)));
    }
    fs::write(home.at("profile.toml"), format!("{lines}\n{PROFILE}")).unwrap();
    let row = |patient: &str| format!("{patient},3,given,written,patient,2019-05-14\n");
    let rows = format!("patient_id,level,status,form,given_by,given_on\n{}{}", row(ANN), row(BEN));
    fs::write(home.at("register.csv"), rows).unwrap();
    home
}

fn arguments<'a>(release: &'a str, custody: &'a str) -> Vec<&'a str> {
    let how = ["--profile", "profile.toml", "--register", "register.csv"];
    [&["pictures", "--to", release, "--custody", custody], &how[..]].concat()
}

fn clean(home: &Home, release: &str, custody: &str, more: &[&str], exit: i32) -> Value {
    home.clean(&[&arguments(release, custody), more].concat(), exit)
}

/// The code of the patient whose sources lie in this folder.
fn patient(home: &Home, custody: &str, folder: &str) -> String {
    let codes = home.reveal(custody);
    codes.iter().find(|(source, _)| source.contains(&format!("/{folder}/"))).unwrap().1[..14].to_owned()
}

fn withdraw(home: &Home, code: &str, release: &str, custody: &str) -> Output {
    let on = ["--on", "2026-11-10", "--yes", "--format", "json"];
    home.run(&[&["consent", "withdraw", code, "--release", release, "--custody", custody], &on[..]].concat())
}

fn good(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// Lines of SHA256SUMS that do not fit the files, and files that it does not list.
fn unlike(release: &Path) -> Vec<String> {
    use sha2::{Digest, Sha256};
    let files = tree(release);
    let digest = |bytes: &Vec<u8>| Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<String>();
    let list = text(&files[Path::new("SHA256SUMS")]);
    let mut listed: BTreeMap<&str, &str> =
        list.lines().filter_map(|l| l.split_once("  ")).map(|(d, n)| (n, d)).collect();
    let mut wrong = Vec::new();
    for (path, bytes) in files.iter().filter(|(path, _)| *path != Path::new("SHA256SUMS")) {
        let name = path.to_str().unwrap();
        wrong.extend((listed.remove(name) != Some(digest(bytes).as_str())).then(|| name.to_owned()));
    }
    wrong.extend(listed.keys().map(|name| (*name).to_owned()));
    wrong
}

/// Names of the objects that lie in a file-set.
fn objects(release: &Path) -> Vec<PathBuf> {
    if release.join("DICOM").exists() { tree(&release.join("DICOM")).into_keys().collect() } else { Vec::new() }
}

#[test]
fn what_is_withdrawn_leaves_the_file_set_too() {
    let home = home(2, "dicom-file-set = true");
    clean(&home, "release", "custody", &[], 0);
    let (release, ann) = (home.at("release"), patient(&home, "custody", ANN));
    assert_eq!(objects(&release).len(), 4);
    let theirs = |path: &Path| path.to_string_lossy().replace('/', "").starts_with(&ann[2..]);
    let dicom = |path: &PathBuf| path.starts_with(&ann) && path.extension().is_some_and(|e| e == "dcm");
    let all = tree(&release.join("recordings")).into_iter();
    let bytes: Vec<Vec<u8>> = all.filter(|(path, _)| dicom(path)).map(|(_, bytes)| bytes).collect();
    good(&withdraw(&home, &ann, "release", "custody"));
    let left = tree(&release);
    assert!(bytes.len() == 2 && left.values().all(|there| !bytes.contains(there)), "{:?}", left.keys());
    assert_eq!(objects(&release).len(), 2);
    assert!(!objects(&release).iter().any(|path| theirs(path)));
    assert!(
        holders(&release, &ann).is_empty() && holders(&release, &ann[2..10]).is_empty(),
        "nor does DICOMDIR name it"
    );
    assert_eq!(unlike(&release), Vec::<String>::new());
    // The next run has nothing to add to that.
    clean(&home, "release", "custody", &[], 1);
    assert!(tree(&release) == left);
    // The last of its objects takes the file-set with it.
    good(&withdraw(&home, &patient(&home, "custody", BEN), "release", "custody"));
    assert!(objects(&release).is_empty() && !release.join("DICOMDIR").exists());
    assert_eq!(unlike(&release), Vec::<String>::new());
}

#[test]
fn tables_of_what_was_replaced_are_no_batches_of_the_key() {
    let home = home(2, "dicom-mapping = true");
    clean(&home, "release", "custody", &[], 0);
    let names: Vec<String> =
        fs::read_dir(home.at("custody/key")).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    let table = names.iter().find(|name| name.contains("uid_mapping")).unwrap();
    let (run, _) = table.split_once(".uid_mapping").and_then(|(stem, _)| stem.rsplit_once('-')).unwrap();
    let long = home.at("custody/key").join(format!("{run}-long-000000.uid_mapping.csv.age"));
    fs::copy(home.at("custody/key").join(table), long).unwrap();
    let counts = &good(&home.run(&["key", "list", "--custody", "custody", "--format", "json"]))["counts"];
    let number = |name: &str| counts[name].as_u64();
    assert_eq!((number("key_files"), number("runs"), number("table_files")), (Some(1), Some(1), Some(3)));
}

/// Custodies of one secret for shards; runs both shards into `r1` and `r2`.
fn shards(home: &Home) {
    fs::create_dir_all(home.at("nothing")).unwrap();
    home.clean(&["nothing", "--to", "void", "--custody", "first"], 0);
    for (number, custody) in ["c1", "c2", "into"].into_iter().enumerate() {
        fresh(home, custody);
        let (release, shard) = (format!("r{}", number + 1), format!("{}/2", number + 1));
        if custody != "into" {
            clean(home, &release, custody, &["--shard", &shard], 0);
        }
    }
}

/// A custody with the secret and the guardians of `first`.
fn fresh(home: &Home, custody: &str) {
    fs::create_dir(home.at(custody)).unwrap();
    for name in ["coding-secret", "guardians.txt"] {
        fs::copy(home.at("first").join(name), home.at(custody).join(name)).unwrap();
    }
    fs::copy(home.at("first-identity.txt"), home.at(&format!("{custody}-identity.txt"))).unwrap();
    #[cfg(unix)]
    fs::set_permissions(home.at(custody), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
}

fn merge(home: &Home, to: &str, into: &str) -> Output {
    home.run(&["merge", "r1", "r2", "--custody", "c1", "c2", "--to", to, "--into", into])
}

#[test]
fn shards_with_a_file_set_are_merged_to_the_file_set_of_one_run() {
    let home = home(6, "dicom-file-set = true");
    shards(&home);
    let both = objects(&home.at("r1")).len() + objects(&home.at("r2")).len();
    assert_eq!((both, objects(&home.at("r1")).is_empty() || objects(&home.at("r2")).is_empty()), (12, false));
    good(&merge(&home, "joined", "into"));
    fresh(&home, "one");
    clean(&home, "expected", "one", &[], 0);
    assert!(tree(&home.at("joined")) == tree(&home.at("expected")));
    assert_eq!(objects(&home.at("joined")).len(), 12);
}

#[test]
fn shards_are_not_merged_while_one_of_them_holds_to_a_consent_that_was_withdrawn_in_another() {
    let home = home(6, "");
    shards(&home);
    let ann = patient(&home, "c1", ANN);
    assert!(["r1", "r2"].iter().all(|release| !holders(&home.at(release), &ann).is_empty()), "in both");
    let handed = ["handed-on", "r2", "--to", "Ysgol Feddygol", "--custody", "c2", "--on", "2026-11-02"];
    good(&home.run(&handed));
    good(&withdraw(&home, &ann, "r2", "c2"));
    let refused = merge(&home, "joined", "into");
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    assert!(
        text(&refused.stderr).contains("recordings of shard 1 was not carried out there"),
        "{}",
        text(&refused.stderr)
    );
    assert!(text(&refused.stderr).contains("scrubs consent withdraw") && !home.at("joined/recordings").exists());
    good(&withdraw(&home, &ann, "r1", "c1"));
    for _ in 0..2 {
        assert_eq!(merge(&home, "joined", "into").status.code(), Some(1));
        assert!(holders(&home.at("joined"), &ann).is_empty());
    }
    // The register says given still: the whole knows what its parts knew.
    let joined = tree(&home.at("joined/recordings"));
    clean(&home, "joined", "into", &[], 1);
    assert!(tree(&home.at("joined/recordings")) == joined && holders(&home.at("joined"), &ann).is_empty());
    // It knows also who received the part, and that they were written to about Ann already.
    let notices = home.at("into/notices");
    assert!(!notices.exists());
    let ben = patient(&home, "into", BEN);
    let told = good(&withdraw(&home, &ben, "joined", "into"));
    assert_eq!(told["letters"].as_array().map(Vec::len), Some(1), "{told:#}");
    assert_eq!(holders(&notices, "Ysgol Feddygol").len(), 1);
}

#[test]
fn a_source_that_moved_after_shards_were_merged_is_the_same_recording() {
    let home = home(3, "");
    shards(&home);
    good(&merge(&home, "joined", "into"));
    let before = tree(&home.at("joined"));
    fs::rename(home.at("pictures").join(ANN).join("000.jpg"), home.at("pictures").join(ANN).join("moved.jpg")).unwrap();
    fs::remove_file(home.at("pictures").join(ANN).join("001.jpg")).unwrap();
    let told = clean(&home, "joined", "into", &[], 0);
    assert_eq!((told["not_seen"].as_u64(), told["summary"]["duplicates"].as_u64()), (Some(1), Some(0)), "{told:#}");
    assert!(tree(&home.at("joined")) == before);
}

#[test]
fn what_is_withdrawn_while_a_key_is_not_forgotten_yet_is_not_released_by_the_run_that_forgets_it() {
    let home = home(1, "");
    clean(&home, "kept", "custody", &[], 0);
    // Recordings that no other release has, in one that is stopped before it is complete.
    put(&home, &format!("{ANN}/later.jpg"), &picture(77));
    fs::create_dir_all(home.at("release")).unwrap();
    fs::write(home.at("release/report"), "in the way").unwrap();
    let all = [&["clean"], &arguments("release", "custody")[..], &["--forget-key"]].concat();
    assert_eq!(home.run(&all).status.code(), Some(3));
    fs::remove_file(home.at("release/report")).unwrap();
    assert_eq!(tree(&home.at("release/recordings")).len(), 10);
    let number = ["consent", "withdraw", "--patient-from-stdin", "--on", "2026-11-10", "--custody", "custody", "--yes"];
    let mut command = home.command(&[&number[..], &["--release", "kept"]].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), ANN.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", text(&output.stderr));
    assert_eq!(home.run(&all).status.code(), Some(1));
    assert_eq!(tree(&home.at("release/recordings")).len(), 4, "Ben's two, each with its sidecar");
}

#[test]
fn a_destroyed_shard_keeps_no_keyed_digest() {
    let home = home(1, "");
    shards(&home);
    let note: Value = serde_json::from_slice(&fs::read(home.at("c1/shard.json")).unwrap()).unwrap();
    let digests: Vec<&str> = ["release", "settings", "sources"].iter().map(|key| note[key].as_str().unwrap()).collect();
    assert!(digests.iter().all(|digest| digest.len() == 64));
    good(&home.run(&["key", "destroy", "--custody", "c1", "--yes-destroy"]));
    for digest in digests {
        let bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&digest[2 * at..2 * at + 2], 16).unwrap()).collect();
        for (path, there) in tree(&home.at("c1")) {
            let found = memchr::memmem::find(&there, &bytes).or(memchr::memmem::find(&there, digest.as_bytes()));
            assert_eq!(found, None, "{}", path.display());
        }
    }
}

/// The run as somebody whom permissions bind: `nobody`, where the tests run as root. None where that cannot be had.
#[cfg(target_os = "linux")]
fn bound(home: &Home, arguments: &[&str]) -> Option<Output> {
    if fs::read_dir("/root").is_err() {
        return Some(home.run(arguments));
    }
    let own = |who: &str| std::process::Command::new("chown").args(["-R", who]).arg(home.at("")).status();
    own("65534:65534").ok().filter(|status| status.success())?;
    let mut command = std::process::Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--", env!("CARGO_BIN_EXE_scrubs")]);
    command.args(arguments).current_dir(home.at("")).env("HOME", home.at(""));
    let output = command.output().ok().filter(|output| output.status.code().is_some_and(|code| code < 126));
    own("0:0").ok().filter(|status| status.success())?;
    output
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_could_not_be_opened_once_is_no_failure_where_it_can_be() {
    use std::os::unix::fs::PermissionsExt;
    let home = home(2, "");
    clean(&home, "expected", "first", &[], 0);
    fresh(&home, "custody");
    put(&home, &format!("{ANN}/empty.jpg"), b"");
    clean(&home, "release", "custody", &[], 1);
    let (closed, unread) = (home.at("pictures").join(BEN), home.at("pictures").join(ANN).join("000.jpg"));
    let failed = || {
        let summary = fs::read(home.at("custody/report/summary.json")).unwrap();
        serde_json::from_slice::<Value>(&summary).unwrap()["recordings"]["failed"].as_u64()
    };
    let all = [&["clean"], &arguments("release", "custody")[..]].concat();
    for _ in 0..2 {
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o0)).unwrap();
        // A rule says whose it is also while it cannot be read.
        fs::set_permissions(&unread, fs::Permissions::from_mode(0o0)).unwrap();
        fs::File::options().write(true).open(&unread).unwrap().set_modified(std::time::SystemTime::now()).unwrap();
        let Some(output) = bound(&home, &all) else {
            eprintln!("skipped: no other user can be had here");
            return;
        };
        assert_eq!((output.status.code(), failed()), (Some(1), Some(3)), "{}", text(&output.stderr));
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
        fs::set_permissions(&unread, fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::remove_file(home.at("pictures").join(ANN).join("empty.jpg")).unwrap();
    let told = clean(&home, "release", "custody", &[], 0);
    assert_eq!((failed(), told["not_seen"].as_u64()), (Some(0), Some(0)));
    assert!(tree(&home.at("release")) == tree(&home.at("expected")));
}
