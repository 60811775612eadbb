//! Shards in parallel and merged come to what one run does, byte for byte; and what does not fit together is refused.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use support::object::{Element, object};
use support::running::{Home, copy, string, text, tree};

/// A small JPEG whose comment makes it differ from every other.
fn picture(number: usize) -> Vec<u8> {
    use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};
    let mut coded = Vec::new();
    let samples = vec![(number % 251) as u8; 16 * 16];
    JpegEncoder::new_with_quality(&mut coded, 80)
        .write_image(&samples, 16, 16, ExtendedColorType::L8)
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

[[patient-from]]
recordings = "seen/of/**"
folder = 3

[[patient-from]]
recordings = "seen/Early/**"
folder = 3

[[patient-from]]
recordings = "early/**"
folder = 2
"#;

fn put(home: &Home, name: &str, bytes: &[u8]) {
    let path = home.at("pictures").join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("made");
    fs::write(path, bytes).expect("written");
}

/// A custody that another shard can use: the same secret and guardians, and nothing else.
fn custody(home: &Home, name: &str) {
    fs::create_dir(home.at(name)).expect("made");
    for file in ["coding-secret", "guardians.txt"] {
        fs::copy(home.at("first").join(file), home.at(name).join(file)).expect("copied");
    }
    private(&home.at(name));
    fs::copy(home.at("first-identity.txt"), home.at(&format!("{name}-identity.txt"))).expect("copied");
}

fn private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).expect("set");
    }
}

/// A home with sources of every kind that bear on each other, over more than one batch.
fn mixed(pictures: usize) -> Home {
    let home = Home::new();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/collection"), &home.at("pictures/seen/collection"));
    for number in 0..pictures {
        put(&home, &format!("seen/many/{number:04}.jpg"), &picture(number));
    }
    // Copies: near, far, and one that nobody assessed, which takes all of them back.
    for number in 0..20 {
        put(&home, &format!("seen/many/{number:04} copy.jpg"), &picture(number));
        put(&home, &format!("seen/zz/{number:04}.jpg"), &picture(number));
    }
    put(&home, "unseen/0003.jpg", &picture(3));
    put(&home, "unseen/alone.jpg", &picture(9001));
    // The same content under two patients, in one batch and in two.
    for number in 0..6 {
        put(&home, &format!("seen/of/ann/{number}.jpg"), &picture(7000 + number));
        put(&home, &format!("seen/of/bob/{number}.jpg"), &picture(7000 + number));
        put(&home, &format!("seen/of/ann/copy {number}.jpg"), &picture(7000 + number));
    }
    // A third patient with the same content, in the first batch: released and to be taken back, and held.
    for number in 0..3 {
        put(&home, &format!("seen/Early/eve/{number}.jpg"), &picture(7000 + number));
        put(&home, &format!("early/eve/{number}.jpg"), &picture(7003 + number));
    }
    // One SOP Instance UID with two and three contents, and copies of each.
    for number in 0..6u8 {
        let of = |grey: u8| object(&Element::ct(u32::from(number)), &[grey; 64 * 64], 64);
        put(&home, &format!("seen/a{number}"), &of(10));
        put(&home, &format!("seen/b{number}"), &of(20));
        put(&home, &format!("seen/zz/c{number}"), &of(10));
        put(&home, &format!("seen/zz/d{number}"), &of(20));
        put(&home, &format!("seen/zz/e{number}"), &of(30 + number));
    }
    // What cannot be read as a recording, and what is none.
    put(&home, "seen/empty.jpg", b"");
    put(&home, "seen/zz/empty.jpg", b"");
    put(&home, "seen/notes.txt", b"not a picture");
    put(&home, "seen/Thumbs.db", b"x");
    put(&home, "seen/cut.jpg", &picture(1)[..60]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("a0", home.at("pictures/seen/link.jpg")).expect("linked");
    fs::write(home.at("profile.toml"), PROFILE).expect("written");
    fs::create_dir(home.at("nothing")).expect("made");
    home.clean(&["nothing", "--to", "void", "--custody", "first"], 0);
    home
}

fn arguments<'a>(release: &'a str, custody: &'a str, shard: &'a str) -> Vec<&'a str> {
    let mut all = vec!["pictures", "--to", release, "--custody", custody, "--profile", "profile.toml"];
    if !shard.is_empty() {
        all.extend(["--shard", shard]);
    }
    all
}

/// Runs all shards of `count` at once; their releases and custodies are `r1`, `c1` and so on.
fn shards(home: &Home, count: usize) {
    let names: Vec<[String; 3]> =
        (1..=count).map(|i| [format!("r{count}-{i}"), format!("c{count}-{i}"), format!("{i}/{count}")]).collect();
    let running: Vec<_> = names
        .iter()
        .map(|[release, custody_name, shard]| {
            custody(home, custody_name);
            let mut all = vec!["clean"];
            all.extend(arguments(release, custody_name, shard));
            home.command(&all).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts")
        })
        .collect();
    for child in running {
        let output = child.wait_with_output().expect("ended");
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", text(&output.stderr));
    }
}

fn merge(home: &Home, count: usize, more: &[&str]) -> std::process::Output {
    let of = |letter: &str| (1..=count).map(|i| format!("{letter}{count}-{i}")).collect::<Vec<_>>();
    let mut all = vec!["merge".to_owned()];
    all.extend(of("r"));
    all.push("--custody".to_owned());
    all.extend(of("c"));
    all.extend(more.iter().map(|s| (*s).to_owned()));
    home.run(&all)
}

/// What is compared of a run: its release whole, what it holds, and its report.
fn whole(home: &Home, release: &str, custody: &str) -> [BTreeMap<PathBuf, Vec<u8>>; 3] {
    [tree(&home.at(release)), tree(&home.at(custody).join("held")), tree(&home.at(custody).join("report"))]
}

fn assert_same(one: &[BTreeMap<PathBuf, Vec<u8>>; 3], other: &[BTreeMap<PathBuf, Vec<u8>>; 3]) {
    for (one, other) in one.iter().zip(other) {
        let names = |tree: &BTreeMap<PathBuf, Vec<u8>>| tree.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(one), names(other));
        for (name, bytes) in one {
            assert!(other[name] == *bytes, "{} differs", name.display());
        }
    }
}

#[test]
fn shards_at_once_and_merged_come_to_one_run_byte_for_byte_whatever_their_number() {
    let home = mixed(540);
    custody(&home, "one");
    let told = home.clean(&arguments("expected", "one", ""), 1);
    let expected = whole(&home, "expected", "one");
    assert!(expected[0].len() > 900 && expected[1].len() > 20, "{} {}", expected[0].len(), expected[1].len());
    assert!(told["summary"]["findings"]["same-instance"].as_u64() >= Some(12), "{}", told["summary"]["findings"]);
    assert!(told["summary"]["findings"]["same-content"].as_u64() >= Some(15), "{}", told["summary"]["findings"]);
    let codes = home.reveal("one");
    let mut tried = 0;
    for count in [2, 5] {
        shards(&home, count);
        let (release, into) = (format!("whole-{count}"), format!("into-{count}"));
        custody(&home, &into);
        let own: Vec<usize> = (1..=count).map(|i| tree(&home.at(&format!("r{count}-{i}/recordings"))).len()).collect();
        assert!(own.iter().all(|n| n * count * 2 > own.iter().sum::<usize>()), "unevenly parted: {own:?}");
        let output = merge(&home, count, &["--to", &release, "--into", &into]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert_same(&whole(&home, &release, &into), &expected);
        assert_eq!(home.reveal(&into), codes, "every code is in the key, and of the same source");
        // The whole goes on as if one run had made it.
        let again = home.clean(&arguments(&release, &into, ""), 1);
        assert_eq!(again["worked"], told["summary"]["recordings"]["failed"], "what failed is tried again");
        assert_same(&whole(&home, &release, &into), &expected);
        tried += 1;
    }
    assert_eq!(tried, 2);
}

#[test]
fn shards_are_merged_into_the_first_custody_where_none_is_named_and_again_without_a_change() {
    let home = mixed(30);
    custody(&home, "one");
    home.clean(&arguments("expected", "one", ""), 1);
    let expected = whole(&home, "expected", "one");
    shards(&home, 2);
    let before = [tree(&home.at("r2-1")), tree(&home.at("r2-2")), tree(&home.at("c2-2"))];
    for _ in 0..2 {
        let output = merge(&home, 2, &["--to", "joined"]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert_same(&whole(&home, "joined", "c2-1"), &expected);
    }
    // What is only read stays as it was, but for the lock and what the ledger's own library leaves beside it.
    assert!(before[0] == tree(&home.at("r2-1")) && before[1] == tree(&home.at("r2-2")));
    let kept = |tree: BTreeMap<PathBuf, Vec<u8>>| {
        tree.into_iter().filter(|(name, _)| name.starts_with("held") || name.starts_with("key")).collect::<Vec<_>>()
    };
    let [_, _, custody] = before;
    assert_eq!(kept(custody), kept(tree(&home.at("c2-2"))));
}

#[test]
fn a_merge_that_is_killed_goes_on_to_the_same_bytes() {
    let home = mixed(300);
    custody(&home, "one");
    home.clean(&arguments("expected", "one", ""), 1);
    let expected = whole(&home, "expected", "one");
    shards(&home, 2);
    custody(&home, "into");
    let command =
        ["merge", "r2-1", "r2-2", "--custody", "c2-1", "c2-2", "--to", "joined", "--into", "into", "--format", "json"];
    let mut killed = 0;
    for step in 0..12u64 {
        let mut child = home.command(&command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        std::thread::sleep(std::time::Duration::from_millis(10 + step * 12));
        child.kill().expect("killed");
        killed += usize::from(!child.wait().expect("ended").success());
        if !home.at("joined").exists() {
            continue;
        }
        for (path, bytes) in tree(&home.at("joined")).iter().filter(|(path, _)| path.starts_with("recordings")) {
            assert!(expected[0].get(path) == Some(bytes), "half-written: {}", path.display());
        }
    }
    assert!(killed > 3, "only {killed} were killed");
    let output = home.run(&command);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_same(&whole(&home, "joined", "into"), &expected);
    assert_eq!(home.reveal("into"), home.reveal("one"));
}

/// The exit code and what was said.
fn said(output: &std::process::Output) -> (Option<i32>, String) {
    (output.status.code(), text(&output.stderr))
}

#[test]
fn what_does_not_fit_together_is_refused_with_advice_and_nothing_is_done() {
    let home = mixed(20);
    shards(&home, 3);
    shards(&home, 2);
    custody(&home, "into");
    let mut tried = 0;
    let mut refused = |arguments: &str, says: &str| {
        let all: Vec<&str> = arguments.split_whitespace().collect();
        let (code, told) = said(&home.run(&all));
        assert_eq!(code, Some(2), "{arguments}: {told}");
        assert!(told.contains(says), "{arguments}: {told}");
        assert!(told.lines().count() >= 2, "no advice: {told}");
        assert!(!home.at("joined").exists(), "{arguments}");
        tried += 1;
    };
    let into = "--to joined --into into";
    refused(&format!("merge r3-1 r3-2 --custody c3-1 c3-2 {into}"), "shard 3 is missing");
    refused(&format!("merge r3-1 r3-3 --custody c3-1 c3-3 {into}"), "shard 2 is missing");
    refused(&format!("merge r3-1 r3-2 r3-1 --custody c3-1 c3-2 c3-1 {into}"), "shard 1 is there twice");
    refused(&format!("merge r2-1 r3-2 --custody c2-1 c3-2 {into}"), "shard 2 is one of 3");
    refused(&format!("merge r2-1 r2-2 --custody c2-1 {into}"), "2 releases and 1 custody folders");
    refused(&format!("merge r2-1 r2-2 --custody c2-1 into {into}"), "custody number 2 is not that of a shard");
    refused("merge r2-1 r2-2 --custody c2-1 c2-2 --to r2-1/joined --into into", "must lie apart");
    refused("merge r2-1 r2-2 --custody c2-1 c2-2 --to c2-2/joined --into into", "must lie apart");
    refused("merge r2-1 r2-2 --custody c2-1 c2-2 --to into/joined --into into", "must lie apart");
    refused("merge r2-1 r2-2 --custody c2-1 nowhere --to joined --into into", "no such custody");
    // Another secret.
    home.clean(&["nothing", "--to", "void1", "--custody", "stranger"], 0);
    home.clean(&["nothing", "--to", "void2", "--custody", "stranger", "--shard", "2/2"], 0);
    refused(&format!("merge r2-1 void2 --custody c2-1 stranger {into}"), "another coding secret");
    // Other settings; a source that was added; a run that was not ended.
    custody(&home, "c-other");
    let run = |name: &str, custody: &str, more: &[&str]| {
        let mut all = vec!["clean"];
        all.extend(arguments(name, custody, "2/2"));
        all.extend(more);
        assert!(matches!(home.run(&all).status.code(), Some(0 | 1)));
    };
    run("r-other", "c-other", &["--kind", "x-ray"]);
    refused(&format!("merge r2-1 r-other --custody c2-1 c-other {into}"), "other settings");
    put(&home, "seen/new.jpg", &picture(5555));
    custody(&home, "c-late");
    run("r-late", "c-late", &[]);
    refused(&format!("merge r2-1 r-late --custody c2-1 c-late {into}"), "did not meet the same sources");
    let note = home.at("c-late/shard.json");
    let unfinished = fs::read_to_string(&note).expect("there").replace("\"finished\": true", "\"finished\": false");
    fs::write(&note, unfinished).expect("written");
    refused(&format!("merge r2-1 r-late --custody c2-1 c-late {into}"), "the run of shard 2 is not complete");
    fs::write(&note, "{}").expect("written");
    refused(&format!("merge r2-1 r-late --custody c2-1 c-late {into}"), "cannot be read");
    // Releases in another order than their custodies, and a recording that somebody changed.
    fs::remove_dir_all(home.at("joined")).ok();
    let (code, told) =
        said(&home.run(&"merge r2-2 r2-1 --custody c2-1 c2-2 --to joined --into into".split(' ').collect::<Vec<_>>()));
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("is not what its ledger says"), "{told}");
    assert!(!home.at("joined/recordings").exists());
    let name = tree(&home.at("r2-2")).into_keys().find(|path| path.extension().is_some_and(|e| e == "jpg"));
    fs::write(home.at("r2-2").join(name.expect("one")), b"another picture").expect("written");
    let (code, told) = said(&merge(&home, 2, &["--to", "joined", "--into", "into"]));
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("a file of shard 2"), "{told}");
    assert_eq!(tried, 15);
}

#[test]
fn a_merge_overwrites_nothing_that_it_did_not_make() {
    let home = mixed(20);
    shards(&home, 2);
    custody(&home, "into");
    let name =
        tree(&home.at("r2-2")).into_keys().find(|path| path.extension().is_some_and(|e| e == "jpg")).expect("one");
    let target = home.at("joined").join(&name);
    fs::create_dir_all(target.parent().expect("a parent")).expect("made");
    fs::write(&target, b"somebody else's").expect("written");
    let (code, told) = said(&merge(&home, 2, &["--to", "joined", "--into", "into"]));
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("nothing is ever overwritten"), "{told}");
    assert_eq!(fs::read(&target).expect("there"), b"somebody else's");
    fs::remove_file(&target).expect("removed");
    let output = merge(&home, 2, &["--to", "joined", "--into", "into"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    // A release that holds other recordings is not added to.
    custody(&home, "one");
    home.clean(&arguments("expected", "into", ""), 1);
    let other = merge(&home, 2, &["--to", "expected", "--into", "into"]);
    assert_eq!(other.status.code(), Some(1), "the same recordings: {}", text(&other.stderr));
    put(&home, "seen/new.jpg", &picture(5555));
    home.clean(&arguments("expected", "into", ""), 1);
    let (code, told) = said(&merge(&home, 2, &["--to", "expected", "--into", "into"]));
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("holds other recordings"), "{told}");
}

#[test]
fn a_shard_keeps_to_its_custody_and_release() {
    let home = mixed(5);
    shards(&home, 2);
    let run = |release: &str, custody: &str, shard: &str, more: &[&str]| {
        let mut all = vec!["clean"];
        all.extend(arguments(release, custody, shard));
        all.extend(more);
        said(&home.run(&all))
    };
    let mut tried = 0;
    for (release, custody, shard, more, says) in [
        ("r2-1", "c2-1", "2/2", &[][..], "custody is that of another shard"),
        ("r2-1", "c2-1", "1/3", &[], "custody is that of another shard"),
        ("other", "c2-1", "1/2", &[], "custody is that of another shard"),
        ("r2-1", "c2-1", "", &[], "this release is that of a shard"),
        ("new", "first", "1/2", &["--purpose", "publication"], "cannot be made in shards"),
        ("new", "first", "0/2", &[], "a shard is written I/N"),
        ("new", "first", "2", &[], "a shard is written I/N"),
        ("new", "nowhere", "1/2", &[], "there is no such custody folder"),
    ] {
        let (code, told) = run(release, custody, shard, more);
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains(says), "{told}");
        tried += 1;
    }
    assert_eq!(tried, 8);
    assert!(!home.at("nowhere").exists() && !home.at("new").exists());
    assert_eq!(run("r2-1", "c2-1", "1/2", &[]).0, Some(1), "the same command continues");
}

#[test]
fn every_source_is_taken_by_exactly_one_shard() {
    let home = mixed(40);
    shards(&home, 4);
    let mut sources: BTreeMap<String, usize> = BTreeMap::new();
    for shard in 1..=4 {
        for source in home.reveal(&format!("c4-{shard}")).into_keys() {
            *sources.entry(source).or_default() += 1;
        }
        let note: serde_json::Value =
            serde_json::from_slice(&fs::read(home.at(&format!("c4-{shard}/shard.json"))).expect("there"))
                .expect("JSON");
        assert_eq!(string(&note["purpose"]), "teaching");
    }
    assert!(sources.values().all(|taken| *taken == 1));
    let met = walkdir::WalkDir::new(home.at("pictures"))
        .into_iter()
        .filter(|e| !e.as_ref().expect("there").file_type().is_dir());
    assert_eq!(sources.len(), met.count());
}

#[test]
fn two_runs_on_one_custody_keep_out_of_each_others_way() {
    let home = mixed(600);
    let start = |release: &str| {
        let mut all = vec!["clean"];
        all.extend(arguments(release, "first", ""));
        home.command(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts")
    };
    let first = start("a");
    while !home.at("a").exists() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let second = start("b").wait_with_output().expect("ended");
    assert_eq!(second.status.code(), Some(2), "{}", text(&second.stderr));
    assert!(text(&second.stderr).contains("another run is using this custody"), "{}", text(&second.stderr));
    assert!(!home.at("b").exists());
    let (code, told) = said(&home.run(&["clean", "pictures", "--to", "c", "--custody", "first", "--shard", "1/2"]));
    assert_eq!(code, Some(2));
    assert!(told.contains("Each shard needs a custody"), "{told}");
    let first = first.wait_with_output().expect("ended");
    assert_eq!(first.status.code(), Some(1), "{}", text(&first.stderr));
}
