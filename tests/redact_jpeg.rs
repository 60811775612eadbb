//! JPEG pictures lose what is covered and nothing else, in every sampling and coding, and the witness sees to it.

#[allow(missing_docs, unreachable_pub)]
#[path = "support/jpeg.rs"]
mod jpeg;

use jpeg::Sketch;
use scrubs::cut::Source;
use scrubs::inspect::{Redacted, Trouble, redacted, reread};
use scrubs::pixels::{How, Picture, Redaction, Samples, codec};
use scrubs::place::{Area, Covering};
use scrubs::plan::Refusal;
use scrubs::recording::{Deidentification, Format};
use scrubs::strip::{Options, frames, plan, redact};
use std::path::PathBuf;

const JFIF: &[u8] = b"\xFF\xE0\0\x10JFIF\0\x01\x01\x01\0\x48\0\x48\0\0";
const SAMPLINGS: &[&[(u8, u8)]] = &[
    &[(1, 1), (1, 1), (1, 1)],
    &[(2, 1), (1, 1), (1, 1)],
    &[(2, 2), (1, 1), (1, 1)],
    &[(1, 2), (1, 1), (1, 1)],
    &[(4, 1), (1, 1), (1, 1)],
    &[(2, 2), (2, 1), (1, 2)],
    &[(1, 1)],
    &[(2, 2)],
    &[(1, 1), (1, 1), (1, 1), (1, 1)],
    &[(2, 2), (1, 1), (1, 1), (2, 2)],
];

fn adobe(transform: u8) -> Vec<u8> {
    [b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0", &[transform][..]].concat()
}

/// A sketch of each sampling and coding.
fn sketches() -> Vec<Sketch> {
    let mut all = Vec::new();
    for factors in SAMPLINGS {
        for (progressive, restart, alone) in (0..8).map(|n| (n & 1 > 0, if n & 2 > 0 { 3 } else { 0 }, n & 4 > 0)) {
            let segments = if factors.len() < 4 { JFIF.to_vec() } else { adobe(if factors[0].0 > 1 { 2 } else { 0 }) };
            let wide_tables = progressive && restart > 0;
            let sketch = Sketch::new(107, 61, factors);
            all.push(Sketch { progressive, restart, alone, segments, wide_tables, ..sketch });
        }
    }
    all
}

fn cleaned(bytes: &[u8], keep_gain_map: bool) -> Vec<u8> {
    let source = bytes.to_vec();
    let mut options = Options::default();
    options.keep_gain_map = keep_gain_map;
    let plan = plan(Format::Jpeg, &source, &options).expect("a picture").comprehensive(source.len() as u64);
    let mut out = Vec::new();
    plan.expect("comprehensive").plan().cut.write_to(&source, &mut out).expect("memory");
    out
}

fn covering(areas: &[Area]) -> Covering {
    let mut covering = Covering::default();
    areas.iter().for_each(|area| covering.in_frame(0, *area));
    covering
}

fn covered(cleaned: &dyn Source, areas: &[Area]) -> Result<(Vec<u8>, Redaction), Refusal> {
    let redaction = redact(Format::Jpeg, cleaned, &covering(areas))?;
    let mut out = Vec::new();
    redaction.cut.write_to(cleaned, &mut out).expect("memory");
    Ok((out, redaction))
}

fn proved(cleaned: &dyn Source, output: &dyn Source, covered: &Covering) -> Result<u64, Trouble> {
    redacted(&Redacted { format: Format::Jpeg, cleaned, output, covered })
}

fn seen(bytes: &dyn Source) -> Picture {
    frames(Format::Jpeg, bytes).expect("a picture").frame(0).expect("a frame")
}

fn pixel(picture: &Picture, x: u32, y: u32) -> Vec<u8> {
    let Samples::U8(samples) = picture.samples() else { panic!("eight bits") };
    let (at, n) = ((y * picture.width() + x) as usize, usize::from(picture.channels()));
    samples[at * n..(at + 1) * n].to_vec()
}

#[test]
fn every_sampling_and_coding_is_covered_by_block_and_proved() {
    let areas = [Area::new(40, 20, 9, 17), Area::new(100, 55, 30, 30)];
    let mut tried = 0;
    for sketch in sketches() {
        let clean = cleaned(&sketch.write(), false);
        let (output, redaction) = covered(&clean, &areas).expect("a redaction");
        assert_eq!(redaction.how, How::Blocks);
        let compared = proved(&clean, &output, &redaction.covered).unwrap_or_else(|e| panic!("{sketch:?}: {e}"));
        assert!(compared > 61 * 107 / 3, "{sketch:?}");
        reread(&output, Format::Jpeg, &Deidentification::default()).expect("nothing but picture");
        assert_eq!(cleaned(&output, false), output, "{sketch:?}");
        let (before, after) = (seen(&clean), seen(&output));
        assert_eq!((before.width(), before.height()), (107, 61));
        assert_eq!(before.channels(), if sketch.factors.len() == 1 { 1 } else { 3 });
        let filled: Vec<Area> = redaction.covered.of(0).collect();
        assert!(areas.iter().zip(&filled).all(|(area, filled)| area.within(107, 61) == area.common(filled)));
        for (x, y) in (0..61).flat_map(|y| (0..107).map(move |x| (x, y))) {
            match filled.iter().find(|area| area.padded(1, 107, 61).contains(x, y)) {
                None => assert_eq!(pixel(&before, x, y), pixel(&after, x, y), "{x},{y} {sketch:?}"),
                Some(area) if Area::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2).contains(x, y) => {
                    assert_eq!(pixel(&after, x, y), pixel(&after, area.x + 1, area.y + 1), "{x},{y} {sketch:?}");
                }
                Some(_) => {}
            }
        }
        tried += 1;
    }
    assert_eq!(tried, SAMPLINGS.len() * 8);
}

#[test]
fn nothing_to_cover_changes_no_byte() {
    let clean = cleaned(&Sketch::new(50, 50, SAMPLINGS[2]).write(), false);
    for areas in [&[][..], &[Area::new(50, 0, 9, 9)]] {
        let (output, redaction) = covered(&clean, areas).expect("nothing to do");
        assert!(output == clean && redaction.covered.is_empty());
    }
}

#[test]
fn the_witness_sees_what_shows_through_and_what_has_changed() {
    let mut tried = 0;
    for sketch in sketches() {
        let clean = cleaned(&sketch.write(), false);
        let (near, far) = (Area::new(32, 16, 16, 16), Area::new(64, 32, 16, 16));
        let (one, redaction) = covered(&clean, &[near]).expect("a redaction");
        let (both, more) = covered(&clean, &[near, far]).expect("a redaction");
        assert!(proved(&clean, &both, &more.covered).is_ok());
        let shows = |trouble| matches!(trouble, Err(Trouble::ShowsThrough(_)));
        assert!(shows(proved(&clean, &clean, &redaction.covered)), "{sketch:?}");
        assert!(shows(proved(&clean, &one, &more.covered)), "{sketch:?}");
        assert_eq!(proved(&clean, &both, &redaction.covered), Err(Trouble::SamplesChanged), "{sketch:?}");
        let other = cleaned(&Sketch { width: 106, ..sketch.clone() }.write(), false);
        assert!(proved(&clean, &other, &redaction.covered).is_err());
        assert!(proved(&clean, &both[..both.len() - 2].to_vec(), &more.covered).is_err());
        tried += 1;
    }
    assert_eq!(tried, SAMPLINGS.len() * 8);
}

/// A picture with a gain map of half its size, cleaned.
fn with_gain_map() -> Vec<u8> {
    let words = b"\xFF\xE1\0\x78http://ns.adobe.com/xap/1.0/\0<rdf:Description hdrgm:Version=\"1.0\" \
        hdrgm:GainMapMax=\"2.5\" hdrgm:HDRCapacityMax=\"2\"/>";
    let mut packet = words.to_vec();
    packet[3] = (packet.len() - 2) as u8;
    let map = Sketch { segments: packet, ..Sketch::new(54, 31, SAMPLINGS[6]) };
    let first = Sketch { segments: JFIF.to_vec(), ..Sketch::new(107, 61, SAMPLINGS[2]) };
    let clean = cleaned(&[first.write(), map.write()].concat(), true);
    assert_eq!(memchr::memmem::find_iter(&clean, b"\xFF\xD8\xFF").count(), 2);
    clean
}

#[test]
fn the_gain_map_is_covered_at_the_same_place_and_announced_anew() {
    let clean = with_gain_map();
    let (output, redaction) = covered(&clean, &[Area::new(40, 20, 9, 10)]).expect("a redaction");
    assert!(proved(&clean, &output, &redaction.covered).expect("proved") > 0);
    reread(&output, Format::Jpeg, &Deidentification::default()).expect("a gain map that is announced as it is");
    assert_eq!(cleaned(&output, true), output);
    let second = memchr::memmem::rfind(&clean, b"\xFF\xD8\xFF").expect("a gain map");
    let first = codec::jpeg::redact(&clean, &[Area::new(40, 20, 9, 10)]).expect("the first alone").bytes;
    let forgotten = [first, clean[second..].to_vec()].concat();
    assert!(matches!(proved(&clean, &forgotten, &redaction.covered), Err(Trouble::ShowsThrough(_))));
}

#[test]
fn colours_are_those_that_viewers_show() {
    let [plain, rgb] = [JFIF.to_vec(), adobe(0)]
        .map(|segments| seen(&Sketch { segments, ..Sketch::new(32, 32, SAMPLINGS[0]) }.write()));
    assert_ne!(pixel(&plain, 9, 9), pixel(&rgb, 9, 9));
    let (red, grey) = (pixel(&rgb, 9, 9)[0], seen(&Sketch::new(32, 32, SAMPLINGS[6]).write()));
    assert_eq!(red, pixel(&grey, 9, 9)[0], "the first component of an RGB picture is its red");
}

#[test]
fn battered_files_are_refused_and_never_panic() {
    let mut tried = 0;
    let areas = [Area::new(9, 9, 9, 9)];
    for sketch in sketches().into_iter().step_by(7) {
        let good = sketch.write();
        for length in (0..good.len() - 64).step_by(64) {
            let cut = good[..length].to_vec();
            assert!(covered(&cut, &areas).is_err(), "{length}");
            let _ = frames(Format::Jpeg, &cut).map(|mut frames| frames.frame(0).is_ok());
            tried += 1;
        }
        for flip in (0..good.len() * 8).step_by(1_009) {
            let mut bad = good.clone();
            bad[flip / 8] ^= 1 << (flip % 8);
            if let Ok((output, redaction)) = covered(&bad, &areas) {
                let _ = proved(&bad, &output, &redaction.covered);
            }
            tried += 1;
        }
    }
    assert!(tried > 300, "{tried}");
    let huge = Sketch::new(8, 8, SAMPLINGS[0]).write();
    let frame = memchr::memmem::find(&huge, b"\xFF\xC0").expect("a frame") + 5;
    let mut huge = huge;
    huge[frame..frame + 4].fill(0xFF);
    assert_eq!(covered(&huge, &areas).err().map(|refusal| refusal.code), Some("too-large"));
    assert_eq!(frames(Format::Jpeg, &huge).expect("bytes").frame(0).err().map(|unseen| unseen.code), Some("too-large"));
}

/// Pixels of the largest picture of the corpus that is tried here, where nothing is optimised.
const MOST: u64 = 400_000;

#[test]
#[allow(clippy::print_stderr, reason = "says what was tried where there is a corpus")]
fn pictures_of_the_corpus_are_covered_and_proved() {
    let root = std::env::var_os("SCRUBS_CORPUS").map_or_else(|| PathBuf::from("../shared/corpus"), PathBuf::from);
    let most = std::env::var("SCRUBS_MOST_PIXELS").ok().and_then(|most| most.parse().ok()).unwrap_or(MOST);
    let (mut done, mut refused) = (0, 0);
    for folder in ["photos", "xray-open", "hostile"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let Ok(bytes) = std::fs::read(&path) else { continue };
            if scrubs::scan::sniff(&bytes).expect("memory") != Format::Jpeg {
                continue;
            }
            let Ok(plan) = plan(Format::Jpeg, &bytes, &Options::default()) else { continue };
            let (Some(width), Some(height)) = (plan.width, plan.height) else { continue };
            if u64::from(width) * u64::from(height) > most {
                continue;
            }
            let clean = cleaned(&bytes, false);
            let areas =
                [Area::new(width / 3, height / 3, width / 9 + 1, 9), Area::new(width - 1, 0, 1, height / 2 + 1)];
            match covered(&clean, &areas) {
                Ok((output, redaction)) => {
                    match proved(&clean, &output, &redaction.covered) {
                        Ok(_) => done += 1,
                        // What the decoder cannot read is proved of nothing, and so held.
                        Err(Trouble::Unsupported(_) | Trouble::Damaged(_)) if folder == "hostile" => refused += 1,
                        Err(trouble) => panic!("{}: {trouble}", path.display()),
                    }
                    reread(&output, Format::Jpeg, &Deidentification::default()).expect("nothing but picture");
                }
                Err(refusal) => {
                    eprintln!("{}: {refusal}", path.display());
                    assert!(folder == "hostile" || refusal.code == "truncated", "{}: {refusal}", path.display());
                    refused += 1;
                }
            }
        }
    }
    if done == 0 {
        eprintln!("no corpus here: nothing was tried (SCRUBS_CORPUS names its folder)");
        return;
    }
    eprintln!("{done} covered, {refused} refused");
    assert!(done > refused);
}
