//! The two reports, end to end: who is told what, what the small pictures show, and that the pages need nothing else.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{ExtendedColorType, GrayImage, ImageEncoder, codecs::jpeg::JpegEncoder, codecs::png::PngEncoder};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use support::object::{Element, object};
use support::running::{Home, holders, text, tree};

const SIDE: u32 = 96;
/// A box of whole blocks, which every run here covers.
const BOX: &str = "16,8,32,16";
/// Stands in the name of every source.
const CANARY: &str = "Canaria";
/// Elements without content (HTML, 13.1.2).
const VOID: [&str; 3] = ["meta", "img", "br"];

/// A smooth picture in which nothing is written.
fn samples(seed: u32) -> Vec<u8> {
    (0..SIDE * SIDE).map(|n| (60 + (n % SIDE) / 2 + (n / SIDE) / 2 + seed % 7) as u8).collect()
}

fn jpeg(seed: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let coder = JpegEncoder::new_with_quality(&mut out, 90);
    coder.write_image(&samples(seed), SIDE, SIDE, ExtendedColorType::L8).unwrap();
    out
}

fn png(seed: u32) -> Vec<u8> {
    let mut out = Vec::new();
    PngEncoder::new(&mut out).write_image(&samples(seed), SIDE, SIDE, ExtendedColorType::L8).unwrap();
    out
}

/// Films are released, photographs are held since nobody says whether the patient can be recognised.
fn home(more: &str) -> Home {
    let home = Home::new();
    let put = |name: &str, bytes: &[u8]| {
        let path = home.at("source").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    put("films/Canaria one.jpg", &jpeg(1));
    put("films/Canaria two.png", &png(2));
    put("films/Canaria three.dcm", &object(&Element::cr(), &samples(3), SIDE as u16));
    put("photographs/Canaria four.jpg", &jpeg(4));
    put("photographs/Canaria five.png", &png(5));
    put("photographs/Canaria notes.txt", b"Canaria");
    let profile = "[[kind]]\nrecordings = \"films/**\"\nkind = \"x-ray\"\n\n[[made-for]]\nrecordings = \"**\"\n\
                   made-for = \"care\"\n\n";
    fs::write(home.at("profile.toml"), format!("{profile}{more}")).unwrap();
    home
}

fn clean(home: &Home, more: &[&str]) {
    let with = ["source", "--to", "release", "--custody", "custody", "--profile", "profile.toml", "--box", BOX];
    let told = home.clean(&[&with[..], more].concat(), 1);
    assert_eq!(
        (&told["summary"]["recordings"]["released"], &told["summary"]["recordings"]["held"]),
        (&3.into(), &2.into())
    );
}

fn page(home: &Home, root: &str) -> String {
    fs::read_to_string(home.at(root).join("report/index.html")).unwrap()
}

/// The reports of both places, without what else lies there.
fn reports(home: &Home) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for root in ["release", "custody"] {
        let below = tree(&home.at(root).join("report")).into_iter();
        all.extend(below.map(|(path, bytes)| (PathBuf::from(root).join(path), bytes)));
    }
    all.insert("SHA256SUMS".into(), fs::read(home.at("release/SHA256SUMS")).unwrap());
    all
}

/// The small pictures of a page, decoded.
fn pictures(page: &str) -> Vec<GrayImage> {
    let addresses = page.split("src=\"data:image/jpeg;base64,").skip(1);
    let bytes = addresses.map(|rest| STANDARD.decode(rest.split('"').next().unwrap()).unwrap());
    bytes.map(|bytes| image::load_from_memory(&bytes).unwrap().to_luma8()).collect()
}

#[test]
fn each_reader_sees_small_pictures_of_what_lies_in_their_place_after_covering() {
    let home = home("");
    clean(&home, &[]);
    let mut looked = 0;
    for (root, count) in [("release", 3), ("custody", 2)] {
        let pictures = pictures(&page(&home, root));
        assert_eq!(pictures.len(), count, "{root}");
        for picture in pictures {
            assert_eq!(picture.dimensions(), (SIDE, SIDE));
            // Inside the box the picture is flat; its slope goes on elsewhere.
            let span = |xs: std::ops::Range<u32>, y: u32| {
                let row: Vec<u8> = xs.map(|x| picture.get_pixel(x, y)[0]).collect();
                row.iter().max().unwrap() - row.iter().min().unwrap()
            };
            assert!(span(18..46, 16) <= 6, "{root}: the covered box is not flat");
            assert!(span(18..46, 70) >= 10, "{root}: the picture is not there");
            looked += 1;
        }
    }
    assert_eq!(looked, 5);
    let (released, held) = (page(&home, "release"), page(&home, "custody"));
    assert!(held.contains("1 region covered: part that a rule covers 32\u{202f}×\u{202f}16 at 16,\u{202f}8"), "{held}");
    assert!(released.contains("1 region covered") && !released.contains("covers 32"));
}

#[test]
fn the_report_of_a_release_names_nothing_that_is_not_in_it_and_neither_names_a_source() {
    let home = home("");
    clean(&home, &[]);
    let codes = home.reveal("custody");
    let released: BTreeSet<&String> =
        codes.iter().filter(|(source, _)| source.contains("films")).map(|(_, code)| code).collect();
    let held: BTreeSet<&String> =
        codes.iter().filter(|(source, _)| source.contains("photographs")).map(|(_, code)| code).collect();
    assert_eq!((released.len(), held.len() >= 2), (3, true));
    let (mut here, mut away) = (0, 0);
    for code in released {
        here += usize::from(page(&home, "release").contains(code.as_str()));
    }
    for code in held {
        let patient = code.rsplit_once('-').unwrap().0;
        assert_eq!(holders(&home.at("release"), patient), Vec::<PathBuf>::new());
        away += usize::from(page(&home, "custody").contains(code.as_str()));
    }
    assert!((here, away >= 2) == (3, true), "{here} {away}");
    for root in ["release", "custody"] {
        let leaks = holders(&home.at(root).join("report"), CANARY);
        assert_eq!(leaks, Vec::<PathBuf>::new(), "{root}");
    }
    // Of the others it tells how many.
    assert!(page(&home, "release").contains("What is not released, and what to do next"));
}

#[test]
fn reports_are_the_same_bytes_whatever_wrote_them() {
    let home = home("");
    clean(&home, &["--jobs", "1"]);
    let first = reports(&home);
    assert_eq!(first.len(), 9);
    clean(&home, &["--jobs", "4", "--recheck", "always"]);
    assert!(reports(&home) == first, "with four at once the reports differ");
    for name in ["release/report/index.html", "custody/report/recordings.csv", "custody/report/index.html"] {
        fs::remove_file(home.at(name)).unwrap();
    }
    for jobs in ["1", "4"] {
        let told = home.run(&["report", "release", "--custody", "custody", "--jobs", jobs]);
        assert_eq!(told.status.code(), Some(1), "{}", text(&told.stderr));
        assert!(reports(&home) == first, "written again the reports differ");
    }
    let verified = home.run(&["verify", "release"]);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stdout));
}

#[test]
fn the_command_says_by_its_exit_what_was_done() {
    let home = home("");
    clean(&home, &[]);
    let exit = |arguments: &[&str]| home.run(&[&["report"], arguments].concat()).status.code();
    assert_eq!(exit(&["release", "--custody", "custody", "--fail-on", "never"]), Some(0));
    assert_eq!(exit(&["release", "--custody", "custody"]), Some(1));
    assert_eq!(exit(&["source", "--custody", "custody"]), Some(2), "no release");
    assert_eq!(exit(&["nowhere", "--custody", "custody"]), Some(2), "not there");
    fs::rename(home.at("release"), home.at("moved")).unwrap();
    assert_eq!(exit(&["moved", "--custody", "custody"]), Some(1), "known by its recordings");
    let json = home.run(&["report", "moved", "--custody", "custody", "--format", "json"]);
    let summary: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&summary["recordings"]["released"], &summary["covered"]["regions"]), (&3.into(), &5.into()));
}

#[test]
fn a_profile_leaves_small_pictures_out_and_so_do_reports_written_again() {
    let home = home("[report]\nthumbnails = false\n");
    clean(&home, &[]);
    for _ in 0..2 {
        for root in ["release", "custody"] {
            let page = page(&home, root);
            assert!(!page.contains("<img") && page.contains("left out, as the profile says"), "{root}");
        }
        home.run(&["report", "release", "--custody", "custody"]);
    }
}

#[test]
fn an_output_that_cannot_be_decoded_or_is_not_what_it_was_has_no_picture_and_stops_nothing() {
    let home = home("");
    clean(&home, &[]);
    let below = |root: &'static str| tree(&home.at(root)).into_keys().map(move |path| PathBuf::from(root).join(path));
    let is = |path: &PathBuf, end: &str| path.extension().is_some_and(|e| e == end);
    let jpeg = below("release/recordings").find(|path| is(path, "jpg")).unwrap();
    let length = fs::metadata(home.at("").join(&jpeg)).unwrap().len();
    fs::write(home.at("").join(jpeg), vec![0xff; length as usize]).unwrap();
    let png = below("custody/held").find(|path| is(path, "png")).unwrap();
    fs::write(home.at("").join(png), support::picture::png_plain()).unwrap();
    let told = home.run(&["report", "release", "--custody", "custody"]);
    assert_eq!(told.status.code(), Some(1), "{}", text(&told.stderr));
    assert_eq!(pictures(&page(&home, "release")).len(), 2);
    assert_eq!(pictures(&page(&home, "custody")).len(), 1);
    assert!(page(&home, "release").contains("<span class=\"sheet\">JPEG</span>"));
}

/// An element as it opens: its name and its attributes.
struct Open {
    name: String,
    attributes: BTreeMap<String, String>,
}

/// Reads a page tag by tag, asserting that every element is closed in its order, and returns what was opened.
fn read(page: &str) -> Vec<Open> {
    let (mut all, mut stack): (Vec<Open>, Vec<String>) = (Vec::new(), Vec::new());
    let mut rest = page.strip_prefix("<!DOCTYPE html>").unwrap();
    while let Some(at) = rest.find('<') {
        assert!(!rest[..at].contains('>'), "a stray sign: {}", &rest[..at]);
        let end = at + rest[at..].find('>').unwrap();
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(stack.pop().as_deref(), Some(name));
            continue;
        }
        let (name, mut more) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes = BTreeMap::new();
        while let Some((key, value)) = more.trim_start().split_once("=\"") {
            let (value, after) = value.split_once('"').unwrap();
            assert!(attributes.insert(key.to_owned(), value.to_owned()).is_none(), "{key} twice");
            more = after;
        }
        assert_eq!(more.trim(), "", "{name}");
        all.push(Open { name: name.to_owned(), attributes });
        if name == "style" {
            rest = &rest[rest.find("</style>").unwrap()..];
        }
        if !VOID.contains(&name) {
            stack.push(name.to_owned());
        }
    }
    assert_eq!(stack, Vec::<String>::new());
    all
}

#[test]
fn the_pages_are_well_formed_accessible_and_need_nothing_from_elsewhere() {
    let home = home("");
    clean(&home, &[]);
    let mut pages = 0;
    for root in ["release", "custody"] {
        let text = page(&home, root);
        let all = read(&text);
        let named = |name: &str| all.iter().filter(|open| open.name == name).collect::<Vec<_>>();
        let has = |open: &Open, key: &str| open.attributes.get(key).cloned().unwrap_or_default();
        let ids: Vec<String> = all.iter().filter_map(|open| open.attributes.get("id").cloned()).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{root}: an id stands twice");
        for open in &all {
            assert!(!["script", "link", "iframe", "object", "embed", "base", "form"].contains(&open.name.as_str()));
            for (key, value) in &open.attributes {
                match key.as_str() {
                    "src" => assert!(value.starts_with("data:image/jpeg;base64,"), "{root}"),
                    "href" => assert!(ids.iter().any(|id| value.strip_prefix('#') == Some(id)), "{root}: {value}"),
                    "aria-labelledby" => {
                        assert!(value.split(' ').all(|id| ids.iter().any(|own| own == id)), "{root}: {value}");
                    }
                    _ => assert!(!key.starts_with("on") && !value.contains("//") && key != "style", "{root}: {key}"),
                }
            }
        }
        assert!(!text.contains("://") && !text.contains("@import") && !text.contains("url("));
        assert_eq!(has(named("html")[0], "lang"), "en-GB");
        for (name, count) in [("h1", 1), ("main", 1), ("header", 1), ("footer", 1), ("nav", 1), ("title", 4)] {
            assert_eq!(named(name).len(), count, "{root}: {name}");
        }
        let first = all.iter().position(|open| open.name == "body").unwrap() + 1;
        assert_eq!((all[first].name.as_str(), has(&all[first], "class").as_str()), ("a", "skip"));
        let levels: Vec<u32> = all.iter().filter_map(|open| open.name.strip_prefix('h')?.parse().ok()).collect();
        assert_eq!(levels[0], 1);
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{root}: {levels:?}");
        assert!(named("th").iter().all(|th| ["col", "row"].contains(&has(th, "scope").as_str())));
        assert!(named("section").iter().all(|section| !has(section, "aria-labelledby").is_empty()));
        let images = named("img");
        assert!(images.iter().all(|img| has(img, "alt").len() > 20 && !has(img, "width").is_empty()));
        let charts = named("svg");
        assert!(charts.iter().all(|svg| has(svg, "role") == "img"));
        assert_eq!((charts.len(), named("desc").len()), (3, 3));
        assert_eq!(named("table").len(), named("caption").len());
        pages += 1;
    }
    assert_eq!(pages, 2);
}
