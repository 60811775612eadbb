//! WebP pictures come out of the surgeon with every canary gone and every pixel kept.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/picture.rs"]
mod picture;
#[path = "support/web.rs"]
mod web;

use cleaning::{clean, clean_corpus, damage};
use picture::found;
use scrubs::finding::{Action, Code};
use scrubs::recording::Format;
use web::{anmf, riff, samples, vp8x, webp, webp_animated, webp_animated_plain, webp_of, webp_plain};

fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    image::load_from_memory_with_format(bytes, image::ImageFormat::WebP).ok().map(|image| image.into_rgba8().into_raw())
}

fn turn(orientation: u8) -> Vec<u8> {
    [&b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation, 0, 0, 0, 0, 0, 0]].concat()
}

#[test]
fn no_canary_survives_in_any_of_56_places() {
    let mut places = 0;
    for fixture in [webp(), webp_animated()] {
        let before = picture::expanded(&fixture.bytes);
        let lost: Vec<_> = fixture.canaries.iter().filter(|canary| found(&before, canary).is_none()).collect();
        assert_eq!(lost, Vec::<&String>::new());
        let (output, _) = clean(Format::WebP, &fixture.bytes).expect("a picture");
        let all = picture::expanded(&output);
        let left: Vec<_> = fixture.canaries.iter().filter_map(|c| found(&all, c).map(|form| (c, form))).collect();
        assert_eq!(left, vec![], "{}", fixture.name);
        places += fixture.canaries.len();
    }
    assert_eq!(places, 56);
}

#[test]
fn the_picture_is_the_one_it_was() {
    let (output, _) = clean(Format::WebP, &webp().bytes).expect("a picture");
    assert_eq!(decoded(&output), decoded(&webp_plain()));
    assert!(decoded(&output).is_some());
    let (output, _) = clean(Format::WebP, &webp_animated().bytes).expect("a picture");
    assert_eq!(output, webp_animated_plain());
    let decoder = image::codecs::webp::WebPDecoder::new(std::io::Cursor::new(&output)).expect("a WebP");
    let frames = image::AnimationDecoder::into_frames(decoder).collect_frames().expect("frames");
    assert_eq!(frames.len(), 2);
}

#[test]
fn a_clean_picture_is_kept_whole() {
    let simple = webp_of(&[riff(b"VP8 ", &samples())]);
    let turned = webp_of(&[vp8x(0x08), riff(b"VP8 ", &samples()), riff(b"EXIF", &turn(6))]);
    let mut tried = 0;
    for bytes in [simple, turned, webp_plain(), webp_animated_plain()] {
        let (output, plan) = clean(Format::WebP, &bytes).expect("a picture");
        assert_eq!(output, bytes);
        assert!(plan.cut.is_whole(bytes.len() as u64), "{:?}", plan.cut);
        assert!(plan.findings.iter().all(|finding| finding.action == Action::Keep));
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn orientation_is_the_one_that_viewers_go_by() {
    let still = || riff(b"VP8 ", &samples());
    let xmp = || riff(b"XMP ", b"<a tiff:Orientation=\"3\"/>");
    let exif = |n: u8| riff(b"EXIF", &turn(n));
    let prefixed = riff(b"EXIF", &[&b"Exif\0\0"[..], &turn(8)].concat());
    let cases = [
        (vec![vp8x(0x08), still(), exif(6)], Some(6)),
        (vec![vp8x(0x08), exif(6), still()], Some(6)),
        (vec![vp8x(0x08), still(), prefixed], Some(8)),
        (vec![vp8x(0x08), still(), exif(6), exif(3)], Some(6)),
        (vec![vp8x(0x0C), still(), exif(1), xmp()], None),
        (vec![vp8x(0x04), still(), xmp()], Some(3)),
        // Nothing announces these, so nothing heeds them.
        (vec![vp8x(0), still(), exif(6), xmp()], None),
        (vec![still(), exif(6)], None),
    ];
    let mut tried = 0;
    for (chunks, expected) in cases {
        let extended = chunks[0].starts_with(b"VP8X");
        let (output, _) = clean(Format::WebP, &webp_of(&chunks)).expect("a picture");
        let wanted = match (expected, extended) {
            (Some(n), _) => webp_of(&[vp8x(0x08), still(), exif(n)]),
            (None, true) => webp_of(&[vp8x(0), still()]),
            (None, false) => webp_of(&[still()]),
        };
        assert_eq!(output, wanted, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 8);
}

#[test]
fn wrong_lengths_flags_and_padding_are_put_right() {
    let plain = webp_of(&[vp8x(0), riff(b"VP8 ", &samples())]);
    let mut odd = riff(b"prVt", b"123");
    *odd.last_mut().expect("padding") = b'X';
    let with = |flags: u8, chunks: &[Vec<u8>]| webp_of(&[&[vp8x(flags)], chunks].concat());
    let still = riff(b"VP8 ", &samples());
    let (mut long, mut short, mut none) = (plain.clone(), plain.clone(), plain.clone());
    long[4..8].copy_from_slice(&60_000_u32.to_le_bytes());
    short[4..8].copy_from_slice(&(plain.len() as u32 - 10).to_le_bytes());
    none[4..8].copy_from_slice(&[0; 4]);
    let mut reserved = plain.clone();
    reserved[20..24].copy_from_slice(b"\xC1CAN");
    let broken = riff(b"ICCP", b"no profile at all");
    let cases = [
        long,
        short,
        none,
        reserved,
        with(0x2D, &[broken, still.clone()]),
        with(0x0C, &[still.clone(), odd]),
        [&plain[..], b"x"].concat(),
    ];
    let mut tried = 0;
    for bytes in cases {
        assert_eq!(clean(Format::WebP, &bytes).expect("a picture").0, plain, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 7);
}

#[test]
fn surplus_behind_raw_transparency_goes() {
    let raw = |more: &[u8]| riff(b"ALPH", &[&[0][..], &[200; 256], more].concat());
    let of = |more: &[u8]| webp_of(&[vp8x(0x10), raw(more), riff(b"VP8 ", &samples())]);
    let (output, plan) = clean(Format::WebP, &of(b"CANARY-behind-alpha")).expect("a picture");
    assert_eq!(output, of(b""));
    assert!(plan.findings.iter().any(|finding| finding.code == Code::HiddenBytes));
}

#[test]
fn what_cannot_be_cleaned_is_refused_with_its_reason() {
    let still = || riff(b"VP8 ", &samples());
    let anim = || riff(b"ANIM", &[0; 6]);
    let plain = webp_of(&[still()]);
    let worded = riff(b"VP8 ", &[samples(), b"Patient Hoeflich, born 1957, ward 3".to_vec()].concat());
    let mut outside = anmf(&[still()]);
    outside[8] = 1;
    let mut resized = anmf(&[still()]);
    resized[14] = 7;
    let cases: [(Vec<u8>, &str); 8] = [
        (webp_of(&[worded]), "not-understood"),
        (plain[..plain.len() - 9].to_vec(), "truncated"),
        (webp_of(&[vp8x(0)]), "not-understood"),
        (webp_of(&[vp8x(0x02), anim(), outside]), "not-understood"),
        (webp_of(&[vp8x(0x02), anim(), resized]), "not-understood"),
        (webp_of(&[vp8x(0x02), anim(), anmf(&[])]), "not-understood"),
        (webp_of(&[riff(b"VP8X", &[0, 0, 0, 0, 255, 255, 255, 255, 255, 255]), still()]), "too-large"),
        (b"RIFF\0\0\0\0WAVE".to_vec(), "not-understood"),
    ];
    let mut tried = 0;
    for (bytes, code) in cases {
        assert_eq!(clean(Format::WebP, &bytes).err().map(|refusal| refusal.code), Some(code), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 8);
}

#[test]
fn damage_never_panics_and_never_frees_a_canary() {
    let tried: usize = [webp(), webp_animated()].iter().map(|fixture| damage(Format::WebP, fixture)).sum();
    assert_eq!(tried, 2 * (64 + 256));
}

#[test]
fn pictures_of_the_corpus_come_out_clean_and_stay_so() {
    clean_corpus(Format::WebP);
}

#[test]
fn transparency_that_the_header_does_not_announce_stays_unannounced() {
    let mut silent = webp_plain();
    silent[20] = 0;
    let (output, _) = clean(Format::WebP, &silent).expect("a picture");
    // Announcing it would change what libwebp shows.
    assert_eq!(output, silent);
}

#[test]
fn words_behind_coded_data_are_refused_in_every_disguise() {
    let words = b"Hanna Hoeflich, 12 March 1957, ward 7";
    let mut tried = 0;
    for tail in [words.to_vec(), picture::utf16(words), [&words[..], &[0; 40]].concat()] {
        let file = web::webp_of(&[web::riff(b"VP8 ", &[web::samples(), tail].concat())]);
        assert_eq!(clean(Format::WebP, &file).err().map(|refusal| refusal.code), Some("not-understood"), "{tried}");
        tried += 1;
    }
    let zeros = web::webp_of(&[web::riff(b"VP8 ", &[web::samples(), vec![0; 40]].concat())]);
    assert!(clean(Format::WebP, &zeros).is_ok());
    assert_eq!(tried, 3);
}
