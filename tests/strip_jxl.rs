//! JPEG XL pictures come out of the surgeon with every canary gone and every pixel kept.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/jxl.rs"]
mod jxl;
#[path = "support/picture.rs"]
mod picture;

use cleaning::{clean, clean_corpus, damage, held};
use jxl::{BRAND, Extras, SIGNATURE, bare, boxed, coded, codestream, container, plain, shifted, single};
use picture::found;
use scrubs::cut::FileSource;
use scrubs::finding::{Action, Code};
use scrubs::recording::Format;
use scrubs::strip::Options;

const BARE: Format = Format::JpegXlCodestream;
const BOXED: Format = Format::JpegXl;

/// Every frame's samples, as a decoder that is not ours reads them.
fn decoded(bytes: &[u8]) -> Vec<Vec<f32>> {
    let image = jxl_oxide::JxlImage::builder().read(std::io::Cursor::new(bytes)).expect("a JPEG XL picture");
    let frames = 0..image.num_loaded_keyframes();
    frames.map(|n| image.render_frame(n).expect("a frame").image_all_channels().buf().to_vec()).collect()
}

/// The colour profile that the codestream embeds.
fn profile(bytes: &[u8]) -> Option<Vec<u8>> {
    let image = jxl_oxide::JxlImage::builder().read(std::io::Cursor::new(bytes)).expect("a JPEG XL picture");
    image.original_icc().map(<[u8]>::to_vec)
}

/// A picture in a container with nothing beside it.
fn contained(stream: &[u8]) -> Vec<u8> {
    [SIGNATURE, BRAND, &boxed(b"jxlc", stream)].concat()
}

#[test]
fn no_canary_survives_in_any_of_77_places() {
    let mut places = 0;
    for (format, fixture) in [(BARE, bare()), (BOXED, container()), (BOXED, single())] {
        let before = shifted(&fixture.bytes);
        let hidden: Vec<_> = fixture.canaries.iter().filter(|canary| found(&before, canary).is_none()).collect();
        assert_eq!(hidden, Vec::<&String>::new());
        let (output, _) = clean(format, &fixture.bytes).expect("a picture");
        let all = shifted(&picture::expanded(&output));
        let left: Vec<_> = fixture.canaries.iter().filter_map(|c| found(&all, c).map(|form| (c, form))).collect();
        assert_eq!(left, vec![], "{}", fixture.name);
        places += fixture.canaries.len();
    }
    assert_eq!(places, 77);
}

#[test]
fn headers_without_their_extras_are_those_of_the_plain_picture() {
    let extras = Extras {
        channel: vec![b'n'; 60],
        extension: vec![1; 9],
        frame: vec![b'f'; 48],
        frame_extension: vec![2; 5],
        filter_extension: vec![3; 300],
        preview: Some(Vec::new()),
        timecode: Some(7),
        ..Extras::default()
    };
    assert_eq!(clean(BARE, &codestream(&extras)).expect("a picture").0, plain());
    assert_eq!(decoded(&plain()).len(), 2);
}

#[test]
fn a_container_is_made_of_signature_type_and_one_codestream() {
    let fixture = container();
    let (output, plan) = clean(BOXED, &fixture.bytes).expect("a picture");
    assert_eq!(output, contained(&plain()));
    for code in [Code::ExifGps, Code::Xmp, Code::Provenance, Code::Reconstruction, Code::GainMap, Code::ItemName] {
        assert!(plan.findings.iter().any(|finding| finding.code == code), "{code}");
    }
}

#[test]
fn what_is_cleaned_is_cleared() {
    let mut tried = 0;
    let none = Extras::default;
    let extras = [
        ("channel", Extras { channel: vec![b'n'; 60], ..none() }),
        ("extension", Extras { extension: vec![1; 9], ..none() }),
        ("frame", Extras { frame: vec![b'f'; 48], ..none() }),
        ("frame extension", Extras { frame_extension: vec![2; 5], ..none() }),
        ("filter extension", Extras { filter_extension: vec![3; 300], ..none() }),
        ("time", Extras { timecode: Some(7), ..none() }),
    ];
    for (name, extras) in extras {
        assert_eq!(held(BARE, &codestream(&extras)), None, "{name}");
        tried += 1;
    }
    for (format, fixture) in [(BOXED, container()), (BOXED, single())] {
        assert_eq!(held(format, &fixture.bytes), None, "{}", fixture.name);
        tried += 1;
    }
    for (name, bytes) in coded() {
        assert_eq!(held(BARE, &bytes), None, "{name}");
        tried += 1;
    }
    assert_eq!(tried, 11);
}

#[test]
fn a_level_is_kept_where_it_is_one() {
    let with = |level: &[u8]| [SIGNATURE, BRAND, &boxed(b"jxll", level), &boxed(b"jxlc", &plain())].concat();
    assert_eq!(clean(BOXED, &with(&[10])).expect("a picture").0, with(&[10]));
    assert_eq!(clean(BOXED, &with(&[65])).expect("a picture").0, contained(&plain()));
    let behind = [contained(&plain()), boxed(b"jxll", &[10])].concat();
    assert_eq!(clean(BOXED, &behind).expect("a picture").0, with(&[10]));
}

#[test]
fn coded_pictures_keep_their_samples_and_lose_what_stands_behind_them() {
    let mut tried = 0;
    for (name, bytes) in coded() {
        let (output, _) = clean(BARE, &[&bytes[..], b"CANARY"].concat()).expect("a picture");
        assert_eq!(decoded(&output), decoded(&bytes), "{name}");
        assert_eq!(output == bytes, name != "profiled", "{name}");
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn a_colour_profile_is_cleaned_and_its_colours_stay() {
    let [.., (_, bytes)] = coded();
    let (output, plan) = clean(BARE, &bytes).expect("a picture");
    let (old, new) = (profile(&bytes).expect("a profile"), profile(&output).expect("a profile"));
    assert!(memchr::memmem::find(&old, b"CANARY").is_some() && memchr::memmem::find(&new, b"CANARY").is_none());
    let matrix = |profile: &[u8]| {
        let at = memchr::memmem::find(profile, b"rXYZ").expect("a tag") + 4;
        let start = u32::from_be_bytes(profile[at..at + 4].try_into().expect("four")) as usize;
        profile[start..start + 20].to_vec()
    };
    assert_eq!(matrix(&old), matrix(&new));
    assert!(plan.findings.iter().any(|finding| finding.code == Code::IccDescription));
}

#[test]
fn a_broken_profile_goes_and_the_picture_is_srgb() {
    let mut profile = vec![b'?'; 200];
    profile[..4].copy_from_slice(&[0, 0, 0, 200]);
    let (output, plan) = clean(BARE, &codestream(&Extras { profile, ..Extras::default() })).expect("a picture");
    assert_eq!(decoded(&output), decoded(&plain()));
    assert!(plan.findings.iter().any(|finding| finding.code == Code::IccDropped));
}

#[test]
fn a_clean_picture_is_kept_whole() {
    let [(_, permuted), (_, animation), (_, profiled)] = coded();
    let profiled = clean(BARE, &profiled).expect("a picture").0;
    let boxed = contained(&plain());
    let cases = [(BARE, plain()), (BARE, permuted), (BARE, animation), (BARE, profiled), (BOXED, boxed)];
    let mut tried = 0;
    for (format, bytes) in cases {
        let (output, plan) = clean(format, &bytes).expect("a picture");
        assert_eq!(output, bytes);
        assert!(plan.cut.is_whole(bytes.len() as u64), "{:?}", plan.cut);
        assert!(plan.findings.iter().all(|finding| finding.action == Action::Keep));
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn what_cannot_be_cleaned_is_refused_with_its_reason() {
    let part = |number: u8, data: &[u8]| boxed(b"jxlp", &[&[0, 0, 0, number], data].concat());
    let boxes = |boxes: &[&[u8]]| [SIGNATURE, BRAND, &boxes.concat()].concat();
    let plain = plain();
    let short = &plain[..plain.len() - 1];
    let mut huge = vec![0xFF, 0x0A];
    // Sides of 2^30, then everything by default: more groups than any picture has.
    huge.extend(jxl::Bits::default().put(0, 1).put(3, 2).put(0x3FFF_FFFE, 30).put(1, 3).put(1, 1).put(1, 1).done());
    huge.extend([1; 64]);
    let cases: [(Format, Vec<u8>, &str); 10] = [
        (BARE, short.to_vec(), "truncated"),
        (BARE, plain[..12].to_vec(), "truncated"),
        (BARE, b"\xFF\x0A".to_vec(), "truncated"),
        (BARE, b"GIF89a".to_vec(), "not-understood"),
        (BARE, huge, "too-large"),
        (BOXED, boxes(&[&boxed(b"jxlc", short)]), "truncated"),
        (BOXED, boxes(&[&part(1, &plain)]), "not-understood"),
        (BOXED, boxes(&[&part(0, &plain), &part(1, b"surplus")]), "not-understood"),
        (BOXED, boxes(&[&boxed(b"xml ", b"")]), "truncated"),
        (BOXED, [SIGNATURE, &boxed(b"jxlc", &plain)].concat(), "not-understood"),
    ];
    let mut tried = 0;
    for (format, bytes, code) in cases {
        assert_eq!(clean(format, &bytes).err().map(|refusal| refusal.code), Some(code), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 10);
}

#[test]
fn lengths_that_lie_end_at_once() {
    let plain = plain();
    let mut tried = 0;
    for length in [0_u32, 1, 7, 8, 0x7FFF_FFFF, u32::MAX] {
        for kind in [b"jxlc", b"jxlp", b"xml ", b"brob"] {
            let head = [&length.to_be_bytes()[..], kind, &[0xFF; 8]].concat();
            for bytes in
                [[SIGNATURE, BRAND, &head, &boxed(b"jxlc", &plain)].concat(), [&contained(&plain)[..], &head].concat()]
            {
                if let Ok((output, _)) = clean(BOXED, &bytes) {
                    assert_eq!(output, contained(&plain));
                }
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 48);
}

#[test]
fn sixty_thousand_boxes_and_a_bomb_of_a_profile_cost_little() {
    let start = std::time::Instant::now();
    let many = [&contained(&plain())[..], &boxed(b"free", b"").repeat(60_000)].concat();
    assert_eq!(clean(BOXED, &many).expect("a picture").0, contained(&plain()));
    let parts: Vec<u8> = (0..60_000_u32).flat_map(|n| boxed(b"jxlp", &n.to_be_bytes())).collect();
    assert!(clean(BOXED, &[SIGNATURE, BRAND, &parts].concat()).is_err());
    // A profile of 16 million bytes, each of them in no bits at all.
    let mut bits = jxl::Bits::default();
    bits.put(0x0AFF, 16).put(1, 1).put(0, 5).put(1, 3).put(0, 1).put(0, 1).put(0, 1).put(0, 2).put(0, 1).put(0, 2);
    bits.put(0, 1).put(0, 1).put(1, 1).put(0, 2).put(0, 2).put(1, 1);
    bits.put(3, 2).put(16_000_000 & 0xFFF, 12).put(1, 1).put(16_000_000 >> 12 & 0xFF, 8).put(1, 1);
    bits.put(16_000_000 >> 20, 8).put(0, 1).put(0, 1).put(1, 1).put(0, 2).put(1, 1).put(8, 4).put(0, 8).put(0, 1);
    bits.put(0, 64);
    assert!(clean(BARE, &bits.done()).is_err());
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn a_file_is_cleaned_as_memory_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tried = 0;
    for (format, bytes) in [(BARE, bare().bytes), (BOXED, single().bytes)] {
        // Behind the picture there is more than a reader holds at once.
        let bytes = [&bytes[..], &[b'!'; 700_000]].concat();
        let path = folder.path().join("picture");
        std::fs::write(&path, &bytes).expect("written");
        let source = FileSource::new(std::fs::File::open(&path).expect("a file")).expect("a source");
        let plan = scrubs::strip::plan(format, &source, &Options::default()).expect("a picture");
        let mut output = Vec::new();
        plan.cut.write_to(&source, &mut output).expect("memory");
        assert_eq!(output, clean(format, &bytes).expect("a picture").0);
        tried += 1;
    }
    assert_eq!(tried, 2);
}

#[test]
fn damage_never_panics_and_never_frees_a_canary() {
    let tried = damage(BARE, &bare()) + damage(BOXED, &container()) + damage(BOXED, &single());
    assert_eq!(tried, 3 * (64 + 256));
    let mut more = 0;
    for (_, bytes) in coded() {
        for at in 0..bytes.len().min(300) * 8 {
            let mut bytes = bytes.clone();
            bytes[at / 8] ^= 1 << (at % 8);
            let _ = clean(BARE, &bytes);
            more += 1;
        }
    }
    assert!(more > 5_000);
}

#[test]
fn pictures_of_the_corpus_come_out_clean_and_stay_so() {
    clean_corpus(BOXED);
    clean_corpus(BARE);
}
