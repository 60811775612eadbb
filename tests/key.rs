//! `scrubs key`, as a guardian types it: what each command does, and what each refusal says and advises.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use support::running::{Home, copy, text, tree};

const WORDS: &str = "tair hen iar fach";

/// A home with a cleaned collection, its custody and first identity, and two further identities, one of them locked.
fn home() -> Home {
    let home = Home::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    copy(&fixtures.join("collection"), &home.at("pictures"));
    let at = |name: &str| fixtures.join(name).to_str().unwrap().to_owned();
    let (register, profile) = (at("register.csv"), at("scrubs.toml"));
    let told = home.run(&[
        "clean",
        "pictures",
        "--to",
        "release",
        "--custody",
        "custody",
        "--register",
        &register,
        "--profile",
        &profile,
    ]);
    assert!(matches!(told.status.code(), Some(0 | 1)), "{}", text(&told.stderr));
    fs::write(home.at("words"), format!("{WORDS}\n")).unwrap();
    ok(&home, &["key", "new", "other.txt"]);
    ok(&home, &["key", "new", "locked.txt", "--passphrase-file", "words"]);
    home
}

fn ok(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// The public key of an identity file that is not locked.
fn public(home: &Home, file: &str) -> String {
    let content = fs::read_to_string(home.at(file)).unwrap();
    content.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap().to_owned()
}

const OPEN: [&str; 4] = ["--custody", "custody", "--identity", "custody-identity.txt"];

fn with<'a>(arguments: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [arguments, more].concat()
}

fn audit(home: &Home) -> Vec<serde_json::Value> {
    let lines = fs::read_to_string(home.at("custody/audit.jsonl")).unwrap_or_default();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a command must not change: everything but SQLite's shared memory and the lock.
fn state(home: &Home) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = tree(&home.at("."));
    files.retain(|path, _| !path.to_string_lossy().contains("ledger.sqlite") && !path.ends_with(".lock"));
    files
}

#[test]
#[cfg(unix)]
fn every_refusal_says_what_happened_and_what_to_do_and_changes_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let home = home();
    ok(&home, &["key", "new", "readable.txt"]);
    fs::set_permissions(home.at("readable.txt"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::copy(home.at("other.txt"), home.at("custody/held/inside.txt")).unwrap();
    fs::write(home.at("wrong"), "dwy hen iar\n").unwrap();
    fs::write(home.at("empty"), "\n").unwrap();
    fs::write(home.at("letter.txt"), "Annwyl Dr Canary\n").unwrap();
    let locked = fs::read(home.at("locked.txt")).unwrap();
    fs::write(home.at("torn.txt"), &locked[..locked.len() - 20]).unwrap();
    fs::set_permissions(home.at("letter.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(home.at("folder")).unwrap();
    let (own, other) = (public(&home, "custody-identity.txt"), public(&home, "other.txt"));
    let reveal =
        |identity: &'static str| vec!["key", "reveal", "--all", "--custody", "custody", "--identity", identity];
    let export = |to: &'static str| with(&["key", "export", "--recipient", &other, "--to", to], &OPEN);
    let cases: Vec<(Vec<&str>, &str, &str)> = vec![
        (reveal("other.txt"), "opens none of the key files", "guardians.txt lists"),
        (reveal("none.txt"), "could not be read", "where you said"),
        (reveal("custody/guardians.txt"), "inside a custody", "Move the file"),
        (reveal("custody/held/inside.txt"), "inside a custody", "Move the file"),
        (reveal("readable.txt"), "other users", "chmod go="),
        (reveal("letter.txt"), "line 1 of the identity file is not an age identity", "AGE-SECRET-KEY-1"),
        (reveal("locked.txt"), "could not be asked for", "--passphrase-file"),
        (with(&reveal("locked.txt"), &["--passphrase-file", "wrong"]), "not the passphrase", "Type it again"),
        (with(&reveal("locked.txt"), &["--passphrase-file", "empty"]), "passphrase is empty", "several words"),
        (with(&reveal("locked.txt"), &["--passphrase-file", "none"]), "could not be read", "where you said"),
        (with(&reveal("torn.txt"), &["--passphrase-file", "words"]), "damaged", "backup"),
        (with(&["key", "reveal", "Gwenllian"], &OPEN), "number 1 of what was asked for is not a code", "looks like P-"),
        (with(&["key", "reveal", "--release", "pictures"], &OPEN), "no recordings can be read", "SHA256SUMS"),
        (
            vec!["key", "reveal", "--all", "--custody", "none", "--identity", "other.txt"],
            "no such custody folder",
            "Check the path",
        ),
        (vec!["key", "reveal", "--all", "--custody", "pictures", "--identity", "other.txt"], "", ""),
        (vec!["key", "new", "other.txt"], "never overwritten", "another name"),
        (vec!["key", "new", "other.txt", "--passphrase-file", "words"], "never overwritten", "another name"),
        (vec!["key", "new", "custody/held/new.txt"], "inside a custody", "Keep it apart"),
        (vec!["key", "new", "new.txt", "--passphrase"], "could not be asked for", "--passphrase-file"),
        (vec!["key", "new", "new.txt", "--passphrase-file", "empty"], "passphrase is empty", "several words"),
        (with(&["key", "guardian", "add", "age1x"], &OPEN), "number 1 of the recipients", "begins with age1"),
        (with(&["key", "guardian", "add", &own], &OPEN), "guardians already", "guardian list"),
        (
            vec!["key", "guardian", "add", &other, "--custody", "custody", "--identity", "other.txt"],
            "opens none of the key files",
            "guardians.txt lists",
        ),
        (with(&["key", "guardian", "remove", &other], &OPEN), "not a guardian", "guardian list"),
        (with(&["key", "guardian", "remove", &own], &OPEN), "last guardian", "Add another one first"),
        (export("words"), "never overwrites", "another name"),
        (export("release/key.age"), "inside a release", "another folder"),
        (export("release/recordings/key.age"), "inside a release", "another folder"),
        (export("custody/report/key.age"), "inside custody", "another folder"),
        (export("none/key.age"), "could not be read or written", "Check that"),
        (with(&["key", "export", "--to", "key.age"], &OPEN), "--recipient", ""),
        (with(&["key", "export", "--plain", "--recipient", &other, "--to", "key.age"], &OPEN), "cannot be used", ""),
        (vec!["key", "destroy", "--custody", "custody"], "nobody to ask", "--yes-destroy"),
        (vec!["key", "destroy", "--custody", "pictures", "--yes-destroy"], "not a custody", "coding-secret"),
        (vec!["key", "destroy", "--yes-destroy"], "--custody", ""),
        (vec!["key", "list", "--custody", "folder"], "", ""),
    ];
    let before = state(&home);
    let count = cases.len();
    for (arguments, says, advises) in cases {
        let output = home.run(&arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(said.contains(says) && said.contains(advises), "{arguments:?}: {said}");
        assert!(said.lines().count() >= 2, "an error and an advice: {said}");
        assert!(!said.contains("Canary") && !said.contains(WORDS), "{said}");
        let changed: Vec<_> =
            state(&home).into_iter().filter(|(path, bytes)| before.get(path) != Some(bytes)).collect();
        assert!(changed.is_empty(), "{arguments:?} changed {:?}", changed.iter().map(|c| &c.0).collect::<Vec<_>>());
    }
    assert_eq!(count, 36);
}

#[test]
fn a_damaged_key_file_is_named_and_the_rest_is_shown() {
    let home = home();
    let folder = home.at("custody/key");
    let name = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().file_name();
    let whole = fs::read(folder.join(&name)).unwrap();
    let mut tried = 0;
    for (bytes, says) in [(&whole[..whole.len() - 3], "cut short or damaged"), (&whole[..100], ""), (b"hello", "")] {
        fs::write(folder.join("r0-000000.age"), bytes).unwrap();
        let output = home.run(&with(&["key", "reveal", "--all", "--format", "json"], &OPEN));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("key/r0-000000.age: ") && said.contains(says), "{said}");
        assert!(serde_json::from_slice::<Vec<serde_json::Value>>(&output.stdout).unwrap().len() >= 5);
        tried += 1;
    }
    assert_eq!(tried, 3);
    // The change of guardians would lose it, so it is not begun.
    let other = public(&home, "other.txt");
    let output = home.run(&with(&["key", "guardian", "add", &other], &OPEN));
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("key/r0-000000.age: ") && said.contains("nothing was changed"), "{said}");
}

#[test]
fn guardians_come_and_go_and_each_opens_what_they_should() {
    let home = home();
    let all = |identity: &[&str]| {
        let output = home.run(&with(&["key", "reveal", "--all", "--format", "json", "--custody", "custody"], identity));
        serde_json::from_slice::<Vec<serde_json::Value>>(&output.stdout).map_or(0, |rows| rows.len())
    };
    let (own, other) = (public(&home, "custody-identity.txt"), public(&home, "other.txt"));
    let sealed = all(&["--identity", "custody-identity.txt"]);
    assert!(sealed >= 5 && all(&["--identity", "other.txt"]) == 0);
    ok(&home, &with(&["key", "guardian", "add", &other, "--why", "holiday"], &OPEN));
    assert_eq!(all(&["--identity", "other.txt"]), sealed);
    assert_eq!(ok(&home, &["key", "guardian", "list", "--custody", "custody"]), format!("{own}\n{other}\n"));
    let output = home.run(&["key", "guardian", "remove", &own, "--custody", "custody", "--identity", "other.txt"]);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(said.contains("kept a copy of the old key files") && said.contains("still open"), "{said}");
    assert_eq!((all(&["--identity", "custody-identity.txt"]), all(&["--identity", "other.txt"])), (0, sealed));
    assert_eq!(
        ok(&home, &["key", "guardian", "list", "--custody", "custody", "--format", "json"]).trim(),
        format!("[\n  \"{other}\"\n]")
    );
    let changes: Vec<_> = audit(&home).into_iter().filter(|act| act["what"] == "changed-guardians").collect();
    assert_eq!(changes.len(), 2);
    assert_eq!((&changes[0]["why"], &changes[0]["to"]), (&"holiday".into(), &format!("added: {other}").into()));
    assert!(!home.at("custody/.guardians").exists());
}

#[test]
fn every_reveal_stands_in_the_audit_before_anything_is_shown() {
    let home = home();
    let codes = home.reveal("custody");
    let code = codes.values().next().unwrap();
    let one = ok(&home, &with(&["key", "reveal", code, "--why", "clinic asks"], &OPEN));
    assert!(one.starts_with(code.as_str()) && one.lines().count() == 1, "{one}");
    let acts = audit(&home);
    let act = acts.last().unwrap();
    assert_eq!((&act["what"], &act["why"], &act["count"]), (&"revealed".into(), &"clinic asks".into(), &1.into()));
    assert_eq!(act["codes"][0], code.as_str());
    assert!(
        act["who"].as_str().is_some_and(|who| !who.is_empty()) && act["when"].as_str().is_some_and(|w| w.len() == 20)
    );
    // Where it cannot be written, nothing is shown.
    fs::rename(home.at("custody/audit.jsonl"), home.at("audit")).unwrap();
    fs::create_dir(home.at("custody/audit.jsonl")).unwrap();
    for command in [vec!["key", "reveal", "--all"], vec!["key", "export", "--plain", "--to", "plain.csv"]] {
        let output = home.run(&with(&command, &OPEN));
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
        assert!(text(&output.stderr).contains("audit"), "{}", text(&output.stderr));
    }
    assert!(!home.at("plain.csv").exists());
}

#[test]
fn a_whole_release_is_revealed_as_text_table_and_json() {
    let home = home();
    let released: Vec<String> = tree(&home.at("release/recordings"))
        .keys()
        .filter(|path| path.to_string_lossy().ends_with(".consent.json"))
        .map(|path| path.file_name().unwrap().to_string_lossy().split('.').next().unwrap().to_owned())
        .collect();
    let ask = |format| ok(&home, &with(&["key", "reveal", "--release", "release", "--format", format], &OPEN));
    let json: Vec<serde_json::Value> = serde_json::from_str(&ask("json")).unwrap();
    assert!(json.iter().all(|row| released.iter().any(|code| row["code"] == code.as_str())));
    let shown: std::collections::BTreeSet<_> = json.iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(shown.len(), released.len());
    assert!(!released.is_empty());
    assert_eq!(ask("text").lines().count(), json.len());
    let table = ask("csv");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let head = "code,patient,patient_id,source,run,issuer,patient_name,escaped,bytes";
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>().join(","), head);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), json.len());
    for (row, json) in rows.iter().zip(&json) {
        assert_eq!((row.get(0), row.get(3)), (json["code"].as_str(), json["source"].as_str()));
    }
}

#[test]
fn a_list_counts_without_any_identity() {
    let home = home();
    fs::remove_file(home.at("custody-identity.txt")).unwrap();
    let json: serde_json::Value =
        serde_json::from_str(&ok(&home, &["key", "list", "--custody", "custody", "--format", "json"])).unwrap();
    let counts = &json["counts"];
    assert_eq!((&counts["key_files"], &counts["runs"], &counts["guardians"]), (&1.into(), &1.into(), &1.into()));
    let recordings: u64 = counts["recordings"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(json["codes"].as_array().unwrap().len() as u64, recordings);
    assert!(recordings >= 5 && counts["patients"].as_u64().unwrap() >= 3);
    let told = ok(&home, &["key", "list", "--custody", "custody", "--counts"]);
    assert!(
        told.contains(" 1 guardian\n")
            && told.contains(" 1 release\n")
            && told.contains("recordings released")
            && !told.contains("P-"),
        "{told}"
    );
}

fn tool(name: &str) -> bool {
    let there = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        let _ = writeln!(std::io::stderr(), "`{name}` is not installed: what it would check was not checked");
    }
    there
}

fn age(home: &Home, arguments: &[&str]) -> Output {
    Command::new("age").args(arguments).current_dir(home.at(".")).output().unwrap()
}

#[test]
fn the_stock_age_command_opens_key_files_and_exports() {
    let home = home();
    let other = public(&home, "other.txt");
    ok(&home, &with(&["key", "export", "--recipient", &other, "--to", "key.age", "--why", "moving"], &OPEN));
    let acts = audit(&home);
    let act = acts.last().unwrap();
    assert_eq!((&act["what"], &act["to"], &act["why"]), (&"exported".into(), &other.clone().into(), &"moving".into()));
    if !tool("age") {
        return;
    }
    let codes = home.reveal("custody");
    let name = fs::read_dir(home.at("custody/key")).unwrap().next().unwrap().unwrap().path();
    let mut opened = 0;
    for (file, identity) in [(name.to_str().unwrap(), "custody-identity.txt"), ("key.age", "other.txt")] {
        let output = age(&home, &["--decrypt", "--identity", identity, file]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let lines: Vec<serde_json::Value> =
            text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), codes.len());
        for line in lines {
            assert_eq!(codes[line["source"].as_str().unwrap()], line["code"].as_str().unwrap());
        }
        opened += 1;
    }
    assert_eq!(opened, 2);
    // What was sealed for the other one alone is closed to the first.
    assert!(!age(&home, &["--decrypt", "--identity", "custody-identity.txt", "key.age"]).status.success());
}

#[test]
fn a_plain_export_warns_and_is_for_its_owner_alone() {
    let home = home();
    let output = home.run(&with(&["key", "export", "--plain", "--to", "plain.csv"], &OPEN));
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("WARNING: this file names patients in plain text"));
    let table = fs::read_to_string(home.at("plain.csv")).unwrap();
    assert_eq!(table.lines().count(), home.reveal("custody").len() + 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(home.at("plain.csv")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn an_identity_with_a_passphrase_opens_the_key_for_who_knows_it() {
    let home = home();
    let locked = ok(&home, &["key", "new", "locked2.txt", "--passphrase-file", "words"]);
    let content = fs::read(home.at("locked2.txt")).unwrap();
    assert!(content.starts_with(b"age-encryption.org/v1\n-> scrypt ") && locked.starts_with("age1"));
    ok(&home, &with(&["key", "guardian", "add", locked.trim()], &OPEN));
    let open = ["key", "reveal", "--all", "--custody", "custody", "--identity", "locked2.txt", "--passphrase-file"];
    assert!(ok(&home, &with(&open, &["words"])).lines().count() >= 5);
    // A descriptor or standard input serves as well.
    let mut child = home.command(&with(&open, &["-"])).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{WORDS}\r\n").as_bytes()).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
}

/// Types lines at a terminal that `script` makes, one at each prompt.
#[cfg(target_os = "linux")]
fn typed(home: &Home, command: &str, lines: &[(&str, &str)]) -> (bool, String) {
    use std::io::Read;
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", command, "/dev/null"]).current_dir(home.at("."));
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (mut seen, mut at, mut byte) = (String::new(), 0, [0u8; 1]);
    let mut lines = lines.iter();
    let mut next = lines.next();
    while screen.read(&mut byte).is_ok_and(|n| n == 1) {
        seen.push(char::from(byte[0]));
        if let Some((prompt, line)) = next
            && seen[at..].contains(prompt)
        {
            at = seen.len();
            // The program turns the echo off after it has prompted.
            std::thread::sleep(std::time::Duration::from_millis(300));
            keys.write_all(format!("{line}\n").as_bytes()).unwrap();
            next = lines.next();
        }
    }
    drop(keys);
    (child.wait().unwrap().success(), seen)
}

#[cfg(target_os = "linux")]
#[test]
fn at_a_terminal_a_passphrase_is_asked_for_twice_and_never_shown() {
    let home = home();
    if !tool("script") {
        return;
    }
    let scrubs = env!("CARGO_BIN_EXE_scrubs");
    let new = format!("{scrubs} key new typed.txt --passphrase");
    let (good, seen) = typed(&home, &new, &[("Passphrase: ", WORDS), ("again: ", "something else")]);
    assert!(!good && seen.contains("not the same") && !home.at("typed.txt").exists(), "{seen}");
    let (good, seen) = typed(&home, &new, &[("Passphrase: ", WORDS), ("again: ", WORDS)]);
    assert!(good && seen.contains("age1") && !seen.contains(WORDS), "{seen}");
    let recipient = seen.split_whitespace().find(|word| word.starts_with("age1")).unwrap().to_owned();
    ok(&home, &with(&["key", "guardian", "add", &recipient], &OPEN));
    let reveal = format!("{scrubs} key reveal --all --custody custody --identity typed.txt");
    let (good, seen) = typed(&home, &reveal, &[("identity file: ", WORDS)]);
    assert!(good && seen.contains("P-") && !seen.contains(WORDS), "{seen}");
    if tool("age") {
        // The stock command takes it as well.
        let key = fs::read_dir(home.at("custody/key")).unwrap().next().unwrap().unwrap().path();
        let open = format!("age --decrypt --identity typed.txt {}", key.display());
        let (good, seen) = typed(&home, &open, &[("passphrase", WORDS)]);
        assert!(good && seen.contains("\"code\":\"P-"), "{seen}");
        // And what the stock commands lock, scrubs takes.
        let lock = "age --passphrase --output stock.age other.txt";
        let (good, seen) = typed(&home, lock, &[("passphrase", WORDS), ("onfirm", WORDS)]);
        assert!(good, "{seen}");
        let other = public(&home, "other.txt");
        ok(&home, &with(&["key", "guardian", "add", &other], &OPEN));
        let open =
            ["key", "reveal", "--all", "--custody", "custody", "--identity", "stock.age", "--passphrase-file", "words"];
        assert!(ok(&home, &open).lines().count() >= 5);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_key_is_destroyed_only_for_the_typed_word() {
    let home = home();
    if !tool("script") {
        return;
    }
    let destroy = format!("{} key destroy --custody custody", env!("CARGO_BIN_EXE_scrubs"));
    let (good, seen) = typed(&home, &destroy, &[("Type the word destroy", "yes")]);
    assert!(!good && seen.contains("nothing was destroyed") && home.at("custody/coding-secret").exists(), "{seen}");
    let (good, seen) = typed(&home, &destroy, &[("Type the word destroy", "destroy")]);
    assert!(
        good && seen.contains("still") | seen.contains("can match") && !home.at("custody/coding-secret").exists(),
        "{seen}"
    );
}

/// Every digest that the ledger keeps, and the coding secret.
fn digests(home: &Home) -> Vec<Vec<u8>> {
    use scrubs::code::custody::Custody;
    use scrubs::ledger::store::{Ledger, LedgerError};
    let custody = Custody::open(&home.at("custody")).unwrap();
    let release = scrubs::pipeline::release_digest(&custody, &home.at("release").canonicalize().unwrap());
    let ledger = Ledger::open(&home.at("custody/ledger.sqlite")).unwrap();
    let mut all = vec![custody.secret().expose().to_vec(), release.to_vec()];
    let read: Result<(), LedgerError> = ledger.sources_of(&release, |source, row| {
        all.extend([source, row.content, row.settings].map(|digest| digest.to_vec()));
        Ok(())
    });
    read.unwrap();
    all
}

fn holders(home: &Home, digests: &[Vec<u8>]) -> usize {
    let files = tree(&home.at("custody"));
    digests.iter().filter(|digest| files.values().any(|bytes| memchr::memmem::find(bytes, digest).is_some())).count()
}

#[test]
fn a_destroyed_key_leaves_no_digest_and_what_was_held_and_told_stays() {
    let home = home();
    let digests = digests(&home);
    assert!(digests.len() > 20 && holders(&home, &digests) == digests.len());
    let stays = |home: &Home| {
        let mut files = tree(&home.at("custody"));
        files.retain(|path, _| path.starts_with("held") || path.starts_with("report"));
        files
    };
    let before = stays(&home);
    let destroy = ["key", "destroy", "--custody", "custody", "--yes-destroy", "--why", "retention is over"];
    let output = home.run(&destroy);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("can match it to the") && said.contains("backups"), "{said}");
    assert_eq!(holders(&home, &digests), 0);
    for gone in ["coding-secret", "key", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
        assert!(!home.at("custody").join(gone).exists(), "{gone}");
    }
    // The report stays, but for the lines of the register, which would lead back.
    let lined = |files: &BTreeMap<PathBuf, Vec<u8>>| {
        files.values().filter(|bytes| memchr::memmem::find(bytes, b"register, line").is_some()).count()
    };
    let after = stays(&home);
    assert!(before.len() > 3 && before.keys().eq(after.keys()));
    assert!(lined(&before) > 0 && lined(&tree(&home.at("custody"))) == 0);
    let mut same = 0;
    for (path, bytes) in after.iter().filter(|(path, _)| path.starts_with("held")) {
        assert!(before[path] == *bytes, "{}", path.display());
        same += 1;
    }
    assert!(same > 3);
    let acts = audit(&home);
    assert_eq!(
        (&acts.last().unwrap()["what"], &acts.last().unwrap()["why"]),
        (&"destroyed".into(), &"retention is over".into())
    );
    let mut refused = 0;
    for command in [
        vec!["clean", "pictures", "--to", "release", "--custody", "custody"],
        with(&["key", "reveal", "--all"], &OPEN),
        vec!["key", "list", "--custody", "custody"],
        vec!["where", "P-7K3M9Q2FXH4T", "--source", "pictures", "--custody", "custody"],
    ] {
        let output = home.run(&command);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        assert!(said.contains("was destroyed") && said.contains("new custody"), "{said}");
        refused += 1;
    }
    assert_eq!(refused, 4);
    assert_eq!(home.run(&destroy).status.code(), Some(0), "once more is no fault");
}

#[test]
fn a_destruction_killed_at_any_step_is_ended_by_the_same_command() {
    let mut tried = 0;
    for step in 0..4 {
        let home = home();
        let digests = digests(&home);
        let custody = home.at("custody");
        fs::write(custody.join("destroyed.txt"), "").unwrap();
        if step > 0 {
            fs::remove_file(custody.join("coding-secret")).unwrap();
        }
        if step > 1 {
            let first = fs::read_dir(custody.join("key")).unwrap().next().unwrap().unwrap().path();
            fs::write(&first, vec![0; 10]).unwrap();
        }
        if step > 2 {
            fs::remove_dir_all(custody.join("key")).unwrap();
        }
        let refused = home.run(&["clean", "pictures", "--to", "other", "--custody", "custody"]);
        assert_eq!(refused.status.code(), Some(2));
        ok(&home, &["key", "destroy", "--custody", "custody", "--yes-destroy"]);
        assert!(!custody.join("coding-secret").exists() && !custody.join("key").exists());
        assert_eq!(holders(&home, &digests), 0, "step {step}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}
