//! What a later run does with what an earlier one has done: passed over, judged again, cleaned again; and what it finds
//! and puts right after a power loss.

mod support;

use scrubs::code::custody::Custody;
use scrubs::consent::register::Reading;
use scrubs::consent::{Date, Register};
use scrubs::ledger::Entry;
use scrubs::pipeline::{self, Order, Recheck, Watch};
use scrubs::plan::Profile;
use scrubs::plan::profile::PixelRules;
use scrubs::recording::Deidentification;
use scrubs::recording::terms::Purpose;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use support::object::{Element, object};
use support::running::{Home, tree};

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

[[patient-from]]
recordings = "pictures/**"
folder = 2

[[assessment]]
recordings = "pictures/ann/**"
identifiable = "no"
pixels = "no-marks"
by = "A. Consultant"
on = "2026-11-20"
"#;

/// A mixed set: photographs of two patients and of nobody, objects of two patients, a copy, two objects of one UID, the
/// same picture under two patients, something that is not a recording, something cut short, something empty.
fn mixed() -> Home {
    let home = Home::new();
    let put = |name: &str, bytes: &[u8]| {
        let path = home.at("source").join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, bytes).expect("written");
    };
    for number in 0..6 {
        let folder = if number % 2 == 0 { "ann" } else { "bob" };
        put(&format!("pictures/{folder}/{number}.jpg"), &picture(number));
    }
    put("pictures/ann/copy of 0.jpg", &picture(0));
    put("pictures/ann/both.jpg", &picture(50));
    put("pictures/bob/both.jpg", &picture(50));
    put("loose/7.jpg", &picture(7));
    put("loose/notes.txt", b"not a recording");
    put("loose/cut.jpg", &picture(8)[..60]);
    put("loose/empty.jpg", b"");
    put("objects/1", &object(&Element::ct(1), &[10; 64 * 64], 64));
    put("objects/2", &object(&Element::ct(2), &[10; 64 * 64], 64));
    put("objects/1 again", &object(&Element::ct(1), &[20; 64 * 64], 64));
    fs::write(home.at("profile.toml"), PROFILE).expect("written");
    fs::write(home.at("register.csv"), "recording,patient_id,status,level\n").expect("written");
    fs::create_dir(home.at("nothing")).expect("made");
    home.clean(&["nothing", "--to", "void", "--custody", "custody"], 0);
    home
}

const RUN: &[&str] =
    &["source", "--to", "release", "--custody", "custody", "--profile", "profile.toml", "--register", "register.csv"];

/// A custody that has the secret and remembers nothing.
fn remembering_nothing(home: &Home) -> PathBuf {
    let custody = home.at("fresh");
    fs::create_dir_all(&custody).expect("made");
    for name in ["coding-secret", "guardians.txt"] {
        fs::copy(home.at("custody").join(name), custody.join(name)).expect("copied");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&custody, fs::Permissions::from_mode(0o700)).expect("set");
    }
    custody
}

/// Runs the same with such a custody: what lies in the release then, and what is held.
fn fresh(home: &Home, run: &[&str]) -> (BTreeMap<PathBuf, Vec<u8>>, BTreeMap<PathBuf, Vec<u8>>) {
    let (custody, aside) = (remembering_nothing(home), home.at("aside"));
    fs::rename(home.at("release"), &aside).expect("moved");
    let run: Vec<&str> = run.iter().map(|word| if *word == "custody" { "fresh" } else { word }).collect();
    home.clean(&run, 1);
    let trees = (tree(&home.at("release")), tree(&custody.join("held")));
    fs::remove_dir_all(home.at("release")).expect("removed");
    fs::remove_dir_all(&custody).expect("removed");
    fs::rename(aside, home.at("release")).expect("moved");
    trees
}

/// Asserts that release and held recordings are, byte for byte, those of a run that remembers nothing.
fn is_as_fresh(home: &Home, run: &[&str], what: &str) {
    let (release, held) = fresh(home, run);
    let names = |tree: &BTreeMap<PathBuf, Vec<u8>>| tree.keys().cloned().collect::<Vec<_>>();
    for (there, expected) in [(tree(&home.at("release")), release), (tree(&home.at("custody/held")), held)] {
        assert_eq!(names(&there), names(&expected), "{what}");
        for (path, bytes) in &expected {
            assert!(there.get(path) == Some(bytes), "{what}: {} differs", path.display());
        }
    }
}

fn write(home: &Home, name: &str, text: &str) {
    fs::write(home.at(name), text).expect("written");
}

/// The number that the file system has for each output: another one is another file, written anew.
#[cfg(unix)]
fn numbers(home: &Home) -> BTreeMap<String, u64> {
    use std::os::unix::fs::MetadataExt;
    let mut all = BTreeMap::new();
    for root in ["release/recordings", "custody/held"] {
        for entry in walkdir::WalkDir::new(home.at(root)).into_iter().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().is_file() && !name.ends_with(".json") {
                all.insert(name, entry.metadata().expect("there").ino());
            }
        }
    }
    all
}

#[cfg(unix)]
#[test]
fn what_is_judged_again_is_byte_for_byte_what_a_fresh_run_makes_and_is_not_cleaned_again() {
    let home = mixed();
    home.clean(RUN, 1);
    is_as_fresh(&home, RUN, "the first run");
    let bob = "bob/1.jpg";
    let row = |row: &str| format!("recording,patient_id,status,level,made_when\n{row}");
    let of = |name: &str, rest: &str| row(&format!("pictures/{name},{rest}\n"));
    let more = format!(
        "{PROFILE}\n[[assessment]]\nrecordings = \"**\"\nidentifiable = \"no\"\npixels = \"no-marks\"\nby = \"B\"\non = \"2026-11-20\"\n"
    );
    let kinds = format!("{PROFILE}\n[[kind]]\nrecordings = \"**/bob/**\"\nkind = \"x-ray\"\n");
    let modality = format!("{PROFILE}\n[[kind]]\nmodality = \"CT\"\nkind = \"x-ray\"\n");
    let patients = PROFILE.replace("folder = 2", "folder = 1");
    let changes: [(&str, &str, String, bool); 12] = [
        ("a row is added", "register.csv", of("ann/0.jpg", ",refused,,"), true),
        ("a row is changed", "register.csv", of("ann/2.jpg", ",given,2,1997-or-later"), true),
        ("a row names the patient", "register.csv", row(",ann,refused,,\n"), true),
        ("all rows are taken away", "register.csv", row(""), true),
        ("an assessment is added", "profile.toml", more.clone(), true),
        // A picture of another kind is looked at with other eyes: what is covered in it depends on that.
        ("a rule of kinds is added", "profile.toml", kinds, false),
        ("a rule by modality takes its place", "profile.toml", modality, false),
        ("patients are found elsewhere", "profile.toml", patients, false),
        ("patients are found as before", "profile.toml", PROFILE.to_owned(), false),
        ("a row gives a picture to another patient", "register.csv", of(bob, "carol,given,2,"), false),
        ("an option is added", "profile.toml", format!("dicom-options = [\"retain-uids\"]\n{PROFILE}"), false),
        ("everything is assessed", "profile.toml", more, false),
    ];
    let mut tried = 0;
    for (what, name, text, kept) in changes {
        let before = numbers(&home);
        write(&home, name, &text);
        home.clean(RUN, 1);
        if kept {
            let after = numbers(&home);
            // What depends on other recordings is cleaned again: the copy, the two of one UID's second, the one of two patients.
            let same = after.iter().filter(|(name, number)| before.get(*name) == Some(number)).count();
            assert!(same >= after.len() - 4, "{what}: {same} of {} were left as they were", after.len());
            assert!(same >= 7, "{what}: {same}");
        }
        is_as_fresh(&home, RUN, what);
        assert_eq!(home.clean(RUN, 1)["worked"], 1, "{what}: only the empty file is tried again");
        tried += 1;
    }
    assert_eq!(tried, 12);
}

#[cfg(unix)]
#[test]
fn another_purpose_judges_again_and_one_in_the_public_domain_codes_anew() {
    let home = mixed();
    home.clean(RUN, 1);
    let mut tried = 0;
    for purpose in ["research", "assessment", "publication", "teaching"] {
        let before = numbers(&home);
        let mut run = RUN.to_vec();
        run.extend(["--purpose", purpose]);
        home.clean(&run, 1);
        let after = numbers(&home);
        let same = after.iter().filter(|(name, number)| before.get(*name) == Some(number)).count();
        assert_eq!(same >= 7, matches!(purpose, "research" | "assessment"), "{purpose}: {same}");
        is_as_fresh(&home, &run, purpose);
        tried += 1;
    }
    assert_eq!(tried, 4);
}

/// Nobody looks on; it counts only what was looked at.
#[derive(Default)]
struct Unseen(AtomicU64);

impl Watch for Unseen {
    fn done(&self, _source: &Path, _entry: &Entry) {}
    fn unchanged(&self, _sources: u64) {}
    fn looked(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs as on another day, and tells how many sources were worked on. Each is counted once, whatever becomes of it.
fn run_on(home: &Home, day: &str, register: &str, custody: &str) -> u64 {
    static STOP: AtomicBool = AtomicBool::new(false);
    let as_of = Date::iso(day).expect("a date");
    let profile = Profile::read(PROFILE).expect("a profile");
    let register = Register::read(register.as_bytes(), &Reading::on(as_of)).expect("a register");
    let order = Order {
        sources: vec![home.at("source")],
        release: home.at("release"),
        purpose: Purpose::Teaching,
        register: &register,
        profile: &profile,
        deidentification: Deidentification::default(),
        pixels: PixelRules::default(),
        decoders: scrubs::decode::Decoders::none(),
        kind: None,
        made_for: None,
        assessments: Vec::new(),
        register_digest: [1; 32],
        as_of,
        jobs: 2,
        forget_key: false,
        shard: None,
        recheck: Recheck::Changed,
        dry_run: false,
        stop: &STOP,
    };
    let custody = Custody::open(&home.at(custody)).expect("a custody");
    let lock = custody.lock().expect("free");
    let unseen = Unseen::default();
    let run = pipeline::run(&order, &custody, &lock, &unseen).expect("a run");
    assert_eq!(unseen.0.into_inner(), tree(&home.at("source")).len() as u64, "looked at, each once");
    run.worked
}

#[test]
fn another_day_judges_again_what_depends_on_it_and_nothing_else() {
    let home = mixed();
    let register = "recording,status,level,expires_on,subject,adult_from\n\
        pictures/ann/0.jpg,given,2,2027-01,adult,\n\
        pictures/ann/2.jpg,given,2,,child-without-capacity,2027-02\n\
        pictures/ann/4.jpg,given,2,,adult,\n";
    let all = run_on(&home, "2026-11-20", register, "custody");
    assert_eq!(all, 16);
    let mut tried = 0;
    for (day, worked) in [("2026-11-30", 3), ("2026-12-01", 3), ("2027-02-01", 3), ("2027-03-05", 3), ("2027-03-06", 3)]
    {
        let before = tree(&home.at("release"));
        assert_eq!(run_on(&home, day, register, "custody"), worked, "{day}: the empty file, and what a date decides");
        let rejudged = (tree(&home.at("release")), tree(&home.at("custody/held")));
        assert_eq!(before == rejudged.0, !matches!(day, "2027-02-01"), "{day}");
        fs::rename(home.at("release"), home.at("aside")).expect("moved");
        Custody::open(&remembering_nothing(&home)).expect("a custody");
        run_on(&home, day, register, "fresh");
        assert!(rejudged == (tree(&home.at("release")), tree(&home.at("fresh/held"))), "{day}");
        fs::remove_dir_all(home.at("release")).expect("removed");
        fs::remove_dir_all(home.at("fresh")).expect("removed");
        fs::rename(home.at("aside"), home.at("release")).expect("moved");
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn a_consent_that_ran_out_yesterday_holds_what_was_released_the_day_before() {
    let home = mixed();
    let register = "recording,status,level,expires_on,subject\npictures/bob/1.jpg,given,2,2026-11-22,adult\n";
    let days = ["2026-11-21", "2026-11-22", "2026-11-23"];
    let [first, last, after] = days.map(|day| {
        run_on(&home, day, register, "custody");
        tree(&home.at("release")).len()
    });
    // The recording and its sidecar.
    assert_eq!((first, last), (after + 2, after + 2));
}
