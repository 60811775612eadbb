//! HEIC, AVIF and image sequences come out of the surgeon with every canary gone and no sample moved.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/heif.rs"]
mod heif;
#[path = "support/picture.rs"]
mod picture;

use cleaning::{clean, clean_corpus, damage};
use heif::{Coding, boxed, full, lean, plain, sequence, sequence_samples, still};
use picture::found;
use scrubs::finding::{Action, Code};
use scrubs::recording::Format;

const BOTH: [(Coding, Format); 2] = [(Coding::Hevc, Format::Heif), (Coding::Av1, Format::Avif)];

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, part)
}

fn check(format: Format, fixture: &picture::Fixture) -> usize {
    assert_eq!(scrubs::scan::sniff(&fixture.bytes).expect("memory"), format);
    let present = fixture.canaries.iter().filter(|canary| found(&fixture.bytes, canary).is_some()).count();
    assert_eq!(present, fixture.canaries.len(), "{}", fixture.name);
    let (output, plan) = clean(format, &fixture.bytes).expect("a picture");
    let left: Vec<_> = fixture.canaries.iter().filter(|canary| found(&output, canary).is_some()).collect();
    assert!(left.is_empty(), "{}: {left:?}", fixture.name);
    assert_eq!(plan.method, ["blank-in-place"]);
    let (again, plan) = clean(format, &output).expect("a picture");
    assert!(again == output && plan.cut.is_whole(output.len() as u64), "{:?}", plan.cut);
    assert!(plan.findings.iter().all(|finding| finding.action == Action::Keep), "{:?}", plan.findings);
    fixture.canaries.len()
}

#[test]
fn no_canary_survives_in_any_of_386_places() {
    let stills = [still("heic, everything", Coding::Hevc), still("avif, everything", Coding::Av1)];
    let mut places = check(Format::Heif, &stills[0]) + check(Format::Avif, &stills[1]);
    places += check(Format::Avif, &sequence()) + check(Format::Heif, &lean());
    assert_eq!(places, 386);
}

#[test]
fn samples_stay_where_they_are() {
    let mut tried = 0;
    for (coding, format) in BOTH {
        let fixture = still("samples", coding);
        let (output, plan) = clean(format, &fixture.bytes).expect("a picture");
        let samples = coding.samples();
        // The alpha plane is the drawing as it is; the primary picture has a note in its units.
        let slice = &samples[13.min(samples.len())..];
        let before: Vec<_> = memchr::memmem::find_iter(&fixture.bytes, slice).collect();
        let after: Vec<_> = memchr::memmem::find_iter(&output, slice).collect();
        assert_eq!(before, after);
        assert!(!after.is_empty());
        assert_eq!((plan.width, plan.height), (Some(coding.side().into()), Some(coding.side().into())));
        tried += 1;
    }
    assert_eq!(tried, 2);
    let fixture = sequence();
    let (output, _) = clean(Format::Avif, &fixture.bytes).expect("a sequence");
    assert_eq!(find(&fixture.bytes, &sequence_samples()), find(&output, &sequence_samples()));
    assert!(find(&output, &sequence_samples()).is_some());
}

#[test]
fn tables_end_where_their_entries_do() {
    let fixture = sequence();
    let (output, _) = clean(Format::Avif, &fixture.bytes).expect("a sequence");
    let mut tried = 0;
    // Some readers count the entries of a table by the size of its box.
    for (kind, size) in [(b"elst", 28), (b"stts", 24), (b"stsz", 28)] {
        let at = find(&output, kind).expect("a box");
        assert_eq!(output[at - 4..at], [0, 0, 0, size]);
        tried += 1;
    }
    assert_eq!(tried, 3);
    let mut cursor = std::io::Cursor::new(&output);
    let context = mp4parse::read_mp4(&mut cursor).expect("another parser");
    assert_eq!(context.tracks.len(), 1);
}

#[test]
fn another_parser_finds_what_there_was() {
    let output = clean(Format::Avif, &still("parsed", Coding::Av1).bytes).expect("a picture").0;
    let mut cursor = std::io::Cursor::new(&output);
    let context = mp4parse::read_avif(&mut cursor, mp4parse::ParseStrictness::Permissive).expect("another parser");
    assert!(context.alpha_item_coded_data().is_some_and(|data| data == Coding::Av1.samples()));
    assert!(context.primary_item_coded_data().is_some_and(|data| data.len() > Coding::Av1.samples().len()));
    assert!(context.icc_colour_information().is_some_and(|profile| profile.is_ok()));
}

#[test]
fn a_clean_picture_is_kept_whole() {
    let mut tried = 0;
    for (coding, format) in BOTH {
        let bytes = plain(coding);
        let (output, plan) = clean(format, &bytes).expect("a picture");
        assert_eq!(output, bytes);
        assert!(plan.cut.is_whole(bytes.len() as u64) && plan.findings.is_empty(), "{:?}", plan.findings);
        tried += 1;
    }
    assert_eq!(tried, 2);
}

/// A plain picture with each place that is found replaced, as often as it stands there.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut bytes = bytes.to_vec();
    let at = find(&bytes, old).expect("it stands there");
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

#[test]
fn what_cannot_be_cleaned_is_refused_with_its_reason() {
    let bytes = plain(Coding::Hevc);
    let meta = find(&bytes, b"meta").expect("a box") - 4;
    let (head, rest) = bytes.split_at(meta);
    let with = |kind: &[u8; 4], payload: &[u8]| [head, &boxed(kind, payload), rest].concat();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (replaced(&bytes, b"ftypheic", b"ftypCANA"), "not-understood"),
        (replaced(&bytes, b"pict", b"mdir"), "not-understood"),
        (replaced(&bytes, b"\0\0hvc1\0", b"\0\0vvc1\0"), "not-understood"),
        (replaced(&bytes, b"\0\x01\0\0hvc1\0", b"\0\x01\0\x01hvc1\0"), "not-understood"),
        (replaced(&bytes, b"pitm\0\0\0\0\0\x01", b"pitm\0\0\0\0\0\x02"), "not-understood"),
        (replaced(&bytes, b"hvcC\x01", b"hvcC\x09"), "not-understood"),
        (replaced(&bytes, b"hvcC", b"abcD"), "not-understood"),
        (replaced(&bytes, b"iloc\x01", b"iloc\x03"), "not-understood"),
        (bytes[..bytes.len() - 1].to_vec(), "truncated"),
        (bytes[..meta + 40].to_vec(), "truncated"),
        (bytes[..meta].to_vec(), "not-understood"),
        (with(b"moof", &[0; 8]), "not-understood"),
        ([head, rest, &bytes[meta..]].concat(), "not-understood"),
        ([head, &boxed(b"mini", &[0; 40])].concat(), "not-understood"),
        (b"GIF89a".to_vec(), "not-understood"),
    ];
    let mut tried = 0;
    for (bytes, code) in cases {
        assert_eq!(clean(Format::Heif, &bytes).err().map(|refusal| refusal.code), Some(code), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 15);
}

#[test]
fn a_second_description_goes() {
    let handler = full(b"hdlr", &[&[0; 4][..], b"mdir", &[0; 12], b"CANARY-NAME\0"].concat());
    let second = full(b"meta", &[handler, boxed(b"ilst", b"CANARY-TEXT")].concat());
    let mut tried = 0;
    for (coding, format) in BOTH {
        let bytes = plain(coding);
        let output = clean(format, &[bytes.clone(), second.clone()].concat()).expect("a picture").0;
        assert_eq!(output, bytes);
        let media = find(&bytes, b"mdat").expect("a box") - 4;
        let inside = [&bytes[..media], &boxed(b"mdat", &[0; 4]), &second, &bytes[media..]].concat();
        let at = find(&inside, b"iloc").expect("a box") + 20;
        let start = u32::from_be_bytes([inside[at], inside[at + 1], inside[at + 2], inside[at + 3]]);
        let mut inside = inside.clone();
        inside[at..at + 4].copy_from_slice(&(start + 12 + second.len() as u32).to_be_bytes());
        let output = clean(format, &inside).expect("a picture").0;
        assert_eq!(output.len(), inside.len());
        assert!(find(&output, b"CANARY").is_none());
        tried += 1;
    }
    assert_eq!(tried, 2);
}

#[test]
fn metadata_inside_the_picture_is_refused() {
    let fixture = still("shared", Coding::Hevc);
    let iloc = find(&fixture.bytes, b"iloc").expect("a box") + 12;
    // The second item, Exif, gets the place of the first, the picture: 16 bytes each.
    let mut bytes = fixture.bytes.clone();
    bytes.copy_within(iloc + 8..iloc + 16, iloc + 16 + 8);
    assert_eq!(clean(Format::Heif, &bytes).err().map(|refusal| refusal.code), Some("not-understood"));
    // Further items may share their bytes: another picture that goes shares with one that stays.
    let mut bytes = fixture.bytes;
    bytes.copy_within(iloc + 8..iloc + 16, iloc + 7 * 16 + 8);
    assert!(clean(Format::Heif, &bytes).is_ok());
}

/// A description by other forms of `iloc`: version, sizes of offset, length, base and index, construction method.
fn located(version: u8, sizes: [u8; 4], method: u8) -> Vec<u8> {
    let samples = Coding::Hevc.samples();
    let [offset, length, base, index] = sizes;
    let number = |value: u64, size: u8| value.to_be_bytes()[8 - usize::from(size)..].to_vec();
    let build = |at: u64| {
        let mut iloc = vec![version, 0, 0, 0, offset << 4 | length, base << 4 | index];
        let id: &[u8] = if version == 2 { &[0, 0, 0, 1] } else { &[0, 1] };
        iloc.extend([id, id].concat());
        if version > 0 {
            iloc.extend([0, method]);
        }
        let (from_base, from) = if offset == 0 { (at, 0) } else { (0, at) };
        iloc.extend([0, 0]);
        iloc.extend([number(from_base, base), vec![0, 1]].concat());
        iloc.extend(if version > 0 { number(1, index) } else { Vec::new() });
        iloc.extend([number(from, offset), number(samples.len() as u64, length)].concat());
        iloc
    };
    let bytes = plain(Coding::Hevc);
    let old = find(&bytes, b"iloc").expect("a box") - 4;
    let size = u32::from_be_bytes([bytes[old], bytes[old + 1], bytes[old + 2], bytes[old + 3]]) as usize;
    let meta = find(&bytes, b"meta").expect("a box") - 4;
    let media = find(&bytes, b"mdat").expect("a box") - 4;
    let data = if method == 1 { boxed(b"idat", &samples) } else { Vec::new() };
    let around = |at: u64| {
        let boxes = [&bytes[meta + 12..old], &boxed(b"iloc", &build(at)), &bytes[old + size..media], &data].concat();
        [&bytes[..meta], &full(b"meta", &boxes)].concat()
    };
    let at = if method == 1 { 0 } else { around(0).len() as u64 + 8 };
    [around(at), boxed(b"mdat", &samples)].concat()
}

#[test]
fn every_form_of_location_is_read_or_refused() {
    let (mut cleaned, mut refused) = (0, 0);
    for version in 0..4 {
        for sizes in [[4, 4, 0, 0], [8, 8, 0, 0], [0, 4, 4, 0], [4, 8, 8, 4], [0, 8, 8, 8], [4, 4, 4, 3], [3, 4, 0, 0]]
        {
            for method in 0..4 {
                let bytes = located(version, sizes, method);
                match clean(Format::Heif, &bytes) {
                    Ok((output, _)) => {
                        let samples = Coding::Hevc.samples();
                        assert!(find(&output, &samples).is_some());
                        assert_eq!(clean(Format::Heif, &output).expect("a picture").0, output);
                        // Where idat holds the samples, nothing refers to mdat.
                        let count = memchr::memmem::find_iter(&output, &samples).count();
                        assert_eq!(count, 1, "version {version} sizes {sizes:?} method {method}");
                        cleaned += 1;
                    }
                    Err(refusal) => {
                        assert_eq!(refusal.code, "not-understood");
                        refused += 1;
                    }
                }
            }
        }
    }
    // Version 0 has neither method nor index: six forms of sizes, and the one whose offset counts from idat lies outside
    // the samples. Versions 1 and 2: five forms, methods 0 and 1. Version 3 is none.
    assert_eq!((cleaned, refused), (6 * 3 + 2 * 5 * 2, 74));
}

#[test]
fn sizes_of_every_form_are_read() {
    let bytes = plain(Coding::Av1);
    let media = find(&bytes, b"mdat").expect("a box") - 4;
    let samples = Coding::Av1.samples();
    let to_end = [&bytes[..media], &[0; 4], &bytes[media + 4..]].concat();
    let meta = find(&bytes, b"meta").expect("a box") - 4;
    let size = (samples.len() as u64 + 16).to_be_bytes();
    let wide = [&bytes[..media], &[0, 0, 0, 1], b"mdat", &size, &samples].concat();
    // The offset in iloc is eight too small for the second: behind its count, number, method and reference.
    let mut wide = wide;
    let at = find(&wide, b"iloc").expect("a box") + 4 + 6 + 2 + 2 + 2 + 2 + 2;
    let start = (media as u32 + 16).to_be_bytes();
    wide[at..at + 4].copy_from_slice(&start);
    let mut tried = 0;
    for bytes in [to_end, wide] {
        let (output, plan) = clean(Format::Avif, &bytes).expect("a picture");
        assert_eq!(output, bytes);
        assert!(plan.findings.is_empty(), "{:?}", plan.findings);
        tried += 1;
    }
    assert_eq!(tried, 2);
    for size in [2_u8, 3, 4, 5, 6, 7] {
        let mut bytes = bytes.clone();
        bytes[meta + 3] = size;
        bytes[meta + 2] = 0;
        assert!(clean(Format::Avif, &bytes).is_err());
    }
}

#[test]
fn hostile_tables_are_refused_at_once() {
    let bytes = plain(Coding::Hevc);
    let grown = |kind: &[u8; 4], at: usize| {
        let mut bytes = bytes.clone();
        let place = find(&bytes, kind).expect("a box") + 4 + at;
        bytes[place..place + 2].copy_from_slice(&[0xFF, 0xFF]);
        bytes
    };
    let nested = (0..1_000).fold(Vec::new(), |inner, _| full(b"meta", &inner));
    let nested_properties = (0..1_000).fold(Vec::new(), |inner, _| boxed(b"ipco", &inner));
    let head = &bytes[..find(&bytes, b"meta").expect("a box") - 4];
    let many: Vec<u8> = (0..200_000).flat_map(|_| boxed(b"free", &[])).collect();
    let cases = [
        grown(b"iloc", 6),
        grown(b"ipma", 4),
        grown(b"iloc", 16),
        [head, &nested].concat(),
        [head, &full(b"meta", &boxed(b"iprp", &nested_properties))].concat(),
        [head, &many].concat(),
        [head, &full(b"meta", &many)].concat(),
        [head, &[0, 0, 0, 1], b"meta", &[0xFF; 8]].concat(),
        [head, &[0, 0, 0, 0], b"meta", &[0; 4]].concat(),
    ];
    let start = std::time::Instant::now();
    let mut tried = 0;
    for bytes in cases {
        assert!(clean(Format::Heif, &bytes).is_err(), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 9);
    assert!(start.elapsed().as_secs() < 5);
}

#[test]
fn items_that_share_their_bytes_thousands_of_times_cost_no_time() {
    let mut tried = 0;
    for kind in [b"Exif", b"jpeg", b"hvc1", b"tmap", b"iden"] {
        let bytes = heif::crowd(kind, 20_000, 300_000);
        let start = std::time::Instant::now();
        let refused = clean(Format::Heif, &bytes).is_err();
        assert!(start.elapsed().as_secs() < 5, "{}", String::from_utf8_lossy(kind));
        assert!(refused || !matches!(kind, b"jpeg" | b"hvc1"));
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn findings_say_what_a_person_would_call_it() {
    let (_, plan) = clean(Format::Heif, &still("told", Coding::Hevc).bytes).expect("a picture");
    let mut tried = 0;
    for code in [
        Code::ExifGps,
        Code::ExifSerial,
        Code::ExifPerson,
        Code::Xmp,
        Code::Thumbnail,
        Code::EmbeddedVideo,
        Code::Trailer,
        Code::Provenance,
        Code::ItemName,
        Code::IccDescription,
        Code::Text,
        Code::Junk,
        Code::ApplicationData,
        Code::MultiPicture,
        Code::Time,
    ] {
        assert!(plan.findings.iter().any(|finding| finding.code == code), "{code}");
        tried += 1;
    }
    assert_eq!(tried, 15);
}

#[test]
fn units_that_no_decoder_shows_are_blanked_among_the_samples() {
    let text = b"CANARY-Hoeflich-1957";
    let mut tried = 0;
    for (coding, format) in BOTH {
        let heads: Vec<Vec<u8>> = match coding {
            // Delimiter, end of sequence, reserved types, a slice of another layer.
            Coding::Hevc => {
                [[70, 1], [72, 1], [74, 1], [82, 1], [96, 1], [38, 9], [3, 1]].iter().map(|h| h.to_vec()).collect()
            }
            // Delimiter, a repeated header, a list of tiles, reserved types.
            Coding::Av1 => [2_u8, 7, 8, 9, 14].iter().map(|kind| vec![kind << 3 | 2, 20]).collect(),
        };
        for head in heads {
            let unit = [&head[..], text].concat();
            let unit =
                if coding == Coding::Hevc { [&(unit.len() as u32).to_be_bytes()[..], &unit].concat() } else { unit };
            let bytes = grown(&plain(coding), &coding.samples(), &unit);
            let (output, _) = clean(format, &bytes).expect("a picture");
            assert_eq!(output.len(), bytes.len());
            assert!(find(&bytes, b"CANARY").is_some() && find(&output, b"CANARY").is_none(), "{head:?}");
            assert!(find(&output, &coding.samples()).is_some());
            tried += 1;
        }
    }
    assert_eq!(tried, 12);
}

/// A plain picture with `more` behind its samples.
fn grown(bytes: &[u8], samples: &[u8], more: &[u8]) -> Vec<u8> {
    let mut bytes = [bytes, more].concat();
    let media = find(&bytes, b"mdat").expect("a box") - 4;
    let size = (bytes.len() - media) as u32;
    bytes[media..media + 4].copy_from_slice(&size.to_be_bytes());
    let length = find(&bytes, &(samples.len() as u32).to_be_bytes()).expect("in iloc");
    bytes[length..length + 4].copy_from_slice(&((samples.len() + more.len()) as u32).to_be_bytes());
    bytes
}

#[test]
fn words_among_the_settings_are_refused() {
    let bytes = plain(Coding::Hevc);
    let at = find(&bytes, b"hvcC").expect("a box") + 4;
    let mut head = bytes.clone();
    head[at + 2..at + 12].copy_from_slice(b"Hoeflich57");
    assert_eq!(clean(Format::Heif, &head).err().map(|refusal| refusal.code), Some("not-understood"));
    let set = [&b"\x42\x01"[..], b"CANARY-Hoeflich-1957"].concat();
    let unit = [&(set.len() as u32).to_be_bytes()[..], &set].concat();
    let planted = grown(&bytes, &Coding::Hevc.samples(), &unit);
    assert_eq!(clean(Format::Heif, &planted).err().map(|refusal| refusal.code), Some("not-understood"));
}

#[test]
fn damage_never_panics_and_never_frees_a_canary() {
    let stills = [still("heic", Coding::Hevc), still("avif", Coding::Av1)];
    let mut tried = damage(Format::Heif, &stills[0]) + damage(Format::Avif, &stills[1]);
    tried += damage(Format::Avif, &sequence()) + damage(Format::Heif, &lean());
    assert_eq!(tried, 4 * (64 + 256));
}

#[test]
fn pictures_of_the_corpus_come_out_clean_and_stay_so() {
    clean_corpus(Format::Heif);
    clean_corpus(Format::Avif);
}
