//! Gain maps of JPEG pictures go unless the profile keeps them, and then nothing stays of them but picture and numbers.

#[path = "support/picture.rs"]
mod picture;

use picture::{Cage, found, jpeg_plain, segment};
use scrubs::finding::{Action, Code};
use scrubs::inspect::{Evidence, Trouble, witness};
use scrubs::plan::Plan;
use scrubs::recording::Format;
use scrubs::strip::{Options, plan};

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const ISO: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";

fn with(segments: &[Vec<u8>]) -> Vec<u8> {
    let plain = jpeg_plain();
    [&plain[..20], &segments.concat(), &plain[20..]].concat()
}

fn packet(words: &[u8]) -> Vec<u8> {
    segment(0xE1, &[XMP, words].concat())
}

/// Numbers as attributes, and one for each channel as element.
fn numbers(canary: &[u8]) -> Vec<u8> {
    let words = b"<rdf:Description hdrgm:Version=\"1.0\" hdrgm:GainMapMin=\"-0.5\" hdrgm:HDRCapacityMax=\"3.25\" ";
    let rest = b"><hdrgm:GainMapMax><rdf:Seq><rdf:li>1</rdf:li><rdf:li>2</rdf:li><rdf:li>3</rdf:li></rdf:Seq>\
        </hdrgm:GainMapMax></rdf:Description>";
    packet(&[&words[..], canary, rest].concat())
}

/// The same kind of numbers in the binary block of one channel.
fn block() -> Vec<u8> {
    let ratios: [i32; 14] = [0, 1, 13, 4, -1, 2, 3, 1, 1, 1, 1, 64, 1, 64];
    let ratios: Vec<u8> = ratios.iter().flat_map(|n| n.to_be_bytes()).collect();
    segment(0xE2, &[ISO, &[0, 0, 0, 0, 0], &ratios].concat())
}

fn cleaned(bytes: &[u8], keep: bool) -> (Vec<u8>, Plan) {
    let mut options = Options::default();
    options.keep_gain_map = keep;
    let source = bytes.to_vec();
    let plan = plan(Format::Jpeg, &source, &options).expect("a picture");
    let mut output = Vec::new();
    let proven = plan.clone().comprehensive(source.len() as u64).expect("comprehensive");
    proven.plan().cut.write_to(&source, &mut output).expect("memory");
    (output, plan)
}

fn proved(original: &[u8], output: &[u8], plan: &Plan) -> Result<(), Trouble> {
    let (original, output) = (original.to_vec(), output.to_vec());
    let dropped = plan.cut.dropped(original.len() as u64);
    witness(&Evidence { format: Format::Jpeg, original: &original, output: &output, dropped: &dropped }).map(|_| ())
}

/// A phone's picture: a first picture, a second one that is none of interest, and a gain map between words.
fn phone(map: &[Vec<u8>]) -> (Vec<u8>, Vec<String>) {
    let mut cage = Cage::new("GAIN");
    let c = &mut cage;
    let first = with(&[packet(&c.canary("first-xmp")), segment(0xE2, &[b"MPF\0".to_vec(), c.canary("mpf")].concat())]);
    let second = with(&[segment(0xFE, &c.canary("second-comment"))]);
    let exif = segment(0xE1, &[b"Exif\0\0II*\0\x08\0\0\0".to_vec(), c.canary("map-exif")].concat());
    let map = with(&[&[exif, segment(0xFE, &c.canary("map-comment"))], map].concat());
    let bytes = [first, c.canary("between"), second, map, c.canary("trailer")].concat();
    (bytes, cage.canaries())
}

#[test]
fn a_gain_map_goes_by_default_and_is_told() {
    let (bytes, canaries) = phone(&[numbers(b"")]);
    let (output, plan) = cleaned(&bytes, false);
    assert_eq!(output, jpeg_plain());
    assert!(plan.findings.iter().any(|f| f.code == Code::GainMap && f.action == Action::Remove));
    assert!(canaries.iter().all(|canary| found(&output, canary).is_none()));
}

#[test]
fn a_gain_map_that_is_kept_is_picture_and_numbers_alone() {
    let mut tried = 0;
    for map in [vec![numbers(b"CANARY-in-the-numbers")], vec![block()]] {
        let (bytes, mut canaries) = phone(&map);
        canaries.push("CANARY-in-the-numbers".to_owned());
        let (output, plan) = cleaned(&bytes, true);
        assert!(plan.findings.iter().any(|f| f.code == Code::GainMap && f.action == Action::Keep));
        assert!(canaries.iter().all(|canary| found(&output, canary).is_none()));
        assert_eq!(proved(&bytes, &output, &plan), Ok(()), "{tried}");
        for number in ["-0.500000", "3.250000", "<rdf:li>3.000000</rdf:li>", "0.015625"] {
            assert!(memchr::memmem::find(&output, number.as_bytes()).is_some(), "{number}");
        }
        // The index leads to the second picture, which is the one that was there.
        let index = memchr::memmem::find(&output, b"MPF\0").expect("an index");
        let number =
            |at: usize| u32::from_be_bytes([output[at], output[at + 1], output[at + 2], output[at + 3]]) as usize;
        let start = index + 4 + number(index + 4 + 50 + 24);
        assert_eq!(output[start..start + 3], [0xFF, 0xD8, 0xFF]);
        assert_eq!((number(index + 58), number(index + 74)), (start, output.len() - start));
        assert_eq!(cleaned(&output[start..], false).0, jpeg_plain());
        let (again, plan) = cleaned(&output, true);
        assert!(again == output && plan.cut.is_whole(output.len() as u64));
        assert!(plan.findings.iter().all(|finding| finding.action == Action::Keep));
        tried += 1;
    }
    assert_eq!(tried, 2);
}

#[test]
fn what_is_no_gain_map_goes_even_where_gain_maps_are_kept() {
    let hdr = packet(b"hdrgm:BaseRenditionIsHDR=\"True\" hdrgm:GainMapMax=\"1\"");
    let words = packet(b"hdrgm:GainMapMax=\"Hoeflich\"");
    let mut tried = 0;
    for map in [vec![], vec![hdr], vec![words], vec![packet(b"hdrgm:Version=\"1.0\"")]] {
        let (bytes, _) = phone(&map);
        assert_eq!(cleaned(&bytes, true).0, jpeg_plain(), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn the_witness_sees_words_in_a_gain_map_and_a_map_that_was_changed() {
    let (bytes, _) = phone(&[numbers(b"")]);
    let (output, plan) = cleaned(&bytes, true);
    let changed = |from: &[u8], to: &[u8]| {
        let mut output = output.clone();
        let at = memchr::memmem::rfind(&output, from).expect("a place");
        output[at..at + to.len()].copy_from_slice(to);
        proved(&bytes, &output, &plan)
    };
    assert_eq!(changed(b"3.250000", b"3.250001"), Ok(()));
    let mut tried = 0;
    for (from, to) in [
        (&b"3.250000"[..], &b"Hoeflich"[..]),
        (b"\"False\"", b"\"Hoefl\""),
        (b"GainMap\" Item", b"GainMap\" Name"),
        (b"Item:Length=\"1", b"Item:Length=\"9"),
        (b"0100\xB0\x01", b"NAME\xB0\x01"),
        (&jpeg_plain()[20..40], &[1; 20]),
        (b"\x7F\xFF\xD9", b"\x3F\xFF\xD9"),
    ] {
        assert!(changed(from, to).is_err(), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 7);
    let shorter = &output[..output.len() - 2];
    assert!(proved(&bytes, shorter, &plan).is_err());
    assert!(proved(&bytes, &[&output[..], b"Hoeflich"].concat(), &plan).is_err());
}
