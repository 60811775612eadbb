//! The hiding places of JPEG and PNG one by one: each goes, says what it was, leaves the picture as it is without it, and
//! the witness clears what is left.
//!
//! The big fixtures hold a canary in every place at once; here a place that is missed cannot lean on its neighbours.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/picture.rs"]
mod picture;

use cleaning::clean;
use picture::{Cage, chunk, exif, found, hex, jpeg_plain, png_plain, segment, utf16, zlib};
use scrubs::finding::Code;
use scrubs::inspect::{Evidence, witness};
use scrubs::recording::Format;

const CANARY: &[u8] = b"CANARY-Hoeflich-1957";

/// A hiding place: what it is called, a file that has it, and what it is found as.
type Trap = (&'static str, Vec<u8>, Code);

/// Cleans every file: no canary stays, the plain picture comes out, the kind is told, the witness agrees.
fn sprung(format: Format, plain: &[u8], traps: Vec<Trap>) -> usize {
    let mut tried = 0;
    for (name, bytes, code) in traps {
        let canary = "CANARY-Hoeflich-1957";
        assert!(found(&picture::expanded(&bytes), canary).is_some(), "{name}: nothing is hidden");
        let (output, plan) = clean(format, &bytes).unwrap_or_else(|refusal| panic!("{name}: {}", refusal.what));
        assert_eq!(found(&picture::expanded(&output), "CANARY"), None, "{name}");
        assert_eq!(output, plain, "{name}");
        let codes: Vec<Code> = plan.findings.iter().map(|finding| finding.code).collect();
        assert!(codes.contains(&code), "{name}: {codes:?}");
        let length = bytes.len() as u64;
        let dropped = plan.comprehensive(length).expect("comprehensive").dropped(length);
        let cleared = witness(&Evidence { format, original: &bytes, output: &output, dropped: &dropped });
        assert!(cleared.is_ok(), "{name}: {cleared:?}");
        tried += 1;
    }
    tried
}

fn resource(number: u16, data: &[u8]) -> Vec<u8> {
    let mut block = [&b"8BIM"[..], &number.to_be_bytes(), &[0, 0], &(data.len() as u32).to_be_bytes(), data].concat();
    block.resize(block.len().next_multiple_of(2), 0);
    block
}

fn irb(blocks: &[u8]) -> Vec<u8> {
    segment(0xED, &[b"Photoshop 3.0\0", blocks].concat())
}

/// A JPEG with segments before its tables.
fn fronted(segments: &[Vec<u8>]) -> Vec<u8> {
    let plain = jpeg_plain();
    [&plain[..20], &segments.concat(), &plain[20..]].concat()
}

/// A JPEG with bytes behind its end.
fn followed(behind: &[&[u8]]) -> Vec<u8> {
    [jpeg_plain(), behind.concat()].concat()
}

/// A box of ISO/IEC 14496-12.
fn boxed(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&(data.len() as u32 + 8).to_be_bytes()[..], kind, data].concat()
}

/// A small picture with an Exif block, GPS among it, as cameras put it behind the first.
fn second() -> Vec<u8> {
    let mut cage = Cage::new("SECOND");
    let block = [&b"Exif\0\0"[..], &exif(&mut cage, "second", 3)].concat();
    fronted(&[segment(0xE1, &block), segment(0xFE, CANARY)])
}

fn jpeg_traps() -> Vec<Trap> {
    let mut traps = jpeg_segments();
    traps.extend(jpeg_resources());
    traps.extend(jpeg_places());
    traps.extend(jpeg_trailers());
    traps
}

fn jpeg_segments() -> Vec<Trap> {
    let one = |name, marker, start: &[u8], code| (name, fronted(&[segment(marker, &[start, CANARY].concat())]), code);
    let mut jfif = jpeg_plain();
    let pixels = [CANARY, &[0]].concat();
    jfif.splice(2..20, segment(0xE0, &[&jpeg_plain()[6..18], &[7, 1], &pixels].concat()));
    let extended = |from: &[u8], offset: u32| {
        let head = b"http://ns.adobe.com/xmp/extension/\x000123456789ABCDEF0123456789ABCDEF";
        segment(0xE1, &[&head[..], &[0, 0, 0, 40], &offset.to_be_bytes(), from].concat())
    };
    let index = [&b"MPF\0II*\0\x08\0\0\0\x01\0\x00\xB0\x07\0\x04\0\0\x000100\0\0\0\0"[..], CANARY].concat();
    let mut traps = vec![
        ("thumbnail in JFIF", jfif, Code::Thumbnail),
        one("thumbnail in JFXX, JPEG", 0xE0, b"JFXX\0\x10", Code::Thumbnail),
        one("thumbnail in JFXX, palette", 0xE0, b"JFXX\0\x11", Code::Thumbnail),
        one("thumbnail in JFXX, RGB", 0xE0, b"JFXX\0\x13", Code::Thumbnail),
        one("XMP", 0xE1, b"http://ns.adobe.com/xap/1.0/\0", Code::Xmp),
        ("extended XMP in two parts", fronted(&[extended(CANARY, 0), extended(CANARY, 20)]), Code::Xmp),
        ("index of further pictures", fronted(&[segment(0xE2, &index)]), Code::MultiPicture),
        one("JUMBF", 0xEB, b"JP\0\x01\0\0\0\x01\0\0\0\x20jumb", Code::Provenance),
        one("Ducky", 0xEC, b"Ducky\0", Code::ApplicationData),
        one("comment", 0xFE, b"", Code::Comment),
        one("Exif of another name", 0xE1, b"EXIF\0\0", Code::ApplicationData),
        one("Exif that is broken", 0xE1, b"Exif\0\0II*\0\xFF\xFF\xFF\xFF", Code::ExifOther),
        one("Exif in another segment", 0xE3, b"Exif\0\0II*\0\x08\0\0\0", Code::ApplicationData),
        one("Samsung's own segment", 0xE4, b"SAMSUNG\0", Code::ApplicationData),
        one("Samsung's and HDR's APP5", 0xE5, b"RMETA\0", Code::ApplicationData),
        one("GoPro's segment", 0xE6, b"GoPro\0DEVC", Code::ApplicationData),
        one("heat picture", 0xE1, b"FLIR\0\x01\0\0", Code::ApplicationData),
        one("SPIFF", 0xE8, b"SPIFF\0\x01\x02", Code::ApplicationData),
        one("profile of no number", 0xE2, b"ICC_PROFILE\0", Code::IccDropped),
        one("gain map block", 0xE2, b"urn:iso:std:iso:ts:21496:-1\0", Code::ApplicationData),
    ];
    for (number, name) in (0..14).zip([
        "JPG0", "JPG1", "JPG2", "JPG3", "JPG4", "JPG5", "JPG6", "JPG7", "JPG8", "JPG9", "JPG10", "JPG11", "JPG12",
        "JPG13",
    ]) {
        traps.push(one(name, 0xF0 + number, b"", Code::ApplicationData));
    }
    traps
}

fn jpeg_resources() -> Vec<Trap> {
    let mut cage = Cage::new("IRB");
    let block = exif(&mut cage, "1058", 6);
    let (one, two) = CANARY.split_at(9);
    let split = resource(1028, &[one, two].concat());
    let (head, tail) = split.split_at(15);
    vec![
        ("Photoshop thumbnail", fronted(&[irb(&resource(1036, &[&[0; 28], CANARY].concat()))]), Code::Iptc),
        ("Photoshop Exif", fronted(&[irb(&resource(1058, &[&block, CANARY].concat()))]), Code::Iptc),
        ("Photoshop XMP", fronted(&[irb(&resource(1060, CANARY))]), Code::Iptc),
        (
            "Photoshop in three segments",
            fronted(&[irb(&resource(1036, CANARY)), irb(&resource(1058, &block)), irb(&resource(1060, CANARY))]),
            Code::Iptc,
        ),
        // The record goes on in the next segment, and the search for removed strings must not depend on it.
        ("Photoshop cut in two", fronted(&[irb(head), irb(tail), irb(&resource(1008, CANARY))]), Code::Iptc),
    ]
}

fn jpeg_places() -> Vec<Trap> {
    let plain = jpeg_plain();
    let scans: Vec<usize> = (0..plain.len() - 1).filter(|at| plain[*at..*at + 2] == [0xFF, 0xDA]).collect();
    let last = scans[scans.len() - 1];
    let at = |place: usize, bytes: &[u8]| [&plain[..place], bytes, &plain[place..]].concat();
    let end = plain.len() - 2;
    let fill = [&segment(0xFE, CANARY)[..], &[0xFF; 40]].concat();
    vec![
        ("fill bytes", at(20, &fill), Code::Junk),
        ("junk between segments", at(20, CANARY), Code::Junk),
        ("junk with stuffing", at(20, &[CANARY, &[0xFF, 0], CANARY].concat()), Code::Junk),
        ("junk behind the first marker", at(2, CANARY), Code::Junk),
        (
            "behind a restart that has no interval",
            at(end, &[&[0xFF, 0xD0][..], &[9, 1, 7], CANARY].concat()),
            Code::Junk,
        ),
        ("stray marker", at(20, &[&[0xFF, 0x01], CANARY].concat()), Code::Junk),
        ("comment before a scan", at(last, &segment(0xFE, CANARY)), Code::Comment),
        ("Exif before a scan", at(last, &segment(0xE1, &[b"Exif\0\0", CANARY].concat())), Code::ExifOther),
        ("comment before the end", at(end, &segment(0xFE, CANARY)), Code::Comment),
        ("Exif before the end", at(end, &segment(0xE1, &[b"Exif\0\0", CANARY].concat())), Code::ExifOther),
        ("table before the end", at(end, &segment(0xC4, &[&[0x13][..], &[0; 15], &[20], CANARY].concat())), Code::Junk),
    ]
}

fn jpeg_trailers() -> Vec<Trap> {
    let film = [boxed(b"ftyp", b"isom\0\0\0\0isommp42"), boxed(b"moov", CANARY), boxed(b"mdat", CANARY)].concat();
    let phone = [&b"\0\0\x30\x0A\x10\0\0\0MotionPhoto_Data"[..], &film].concat();
    let directory = [&b"SEFH\x6B\0\0\0\x01\0\0\0\0\0\x30\x0A"[..], CANARY, b"\0\0\0\0SEFT"].concat();
    let packet = b"http://ns.adobe.com/xap/1.0/\0<x GCamera:MotionPhoto=\"1\" GCamera:MicroVideoOffset=\"9\"/>";
    vec![
        ("text behind the end", followed(&[CANARY]), Code::Trailer),
        ("wide text behind the end", followed(&[&utf16(CANARY)]), Code::Trailer),
        ("hexadecimal behind the end", followed(&[&hex(CANARY)]), Code::Trailer),
        ("deflated behind the end", followed(&[&zlib(CANARY)]), Code::Trailer),
        ("Samsung's table", followed(&[b"\0\0\x01\x0A\x0E\0\0\0Image_UTC_Data", &directory]), Code::Trailer),
        ("Samsung's film", followed(&[&phone, &directory]), Code::Trailer),
        ("film of a motion photo", [fronted(&[segment(0xE1, packet)]), film.clone()].concat(), Code::Trailer),
        ("second picture with its own GPS", followed(&[&second()]), Code::Trailer),
        ("three more pictures and zeros", followed(&[&second(), &[0; 3_000], &second(), &second()]), Code::Trailer),
        ("another end", followed(&[CANARY, &[0xFF, 0xD9]]), Code::Trailer),
        ("zeros, then text", followed(&[&[0; 70_000], CANARY]), Code::Trailer),
        (
            "PNG behind the end",
            followed(&[&png_with(&[chunk(b"tEXt", &[b"Comment\0", CANARY].concat())])]),
            Code::Trailer,
        ),
    ]
}

#[test]
fn each_hiding_place_of_jpeg_goes_by_itself() {
    assert_eq!(sprung(Format::Jpeg, &jpeg_plain(), jpeg_traps()), 62);
}

/// A PNG with chunks before its picture.
fn png_with(chunks: &[Vec<u8>]) -> Vec<u8> {
    let plain = png_plain();
    [&plain[..33], &chunks.concat(), &plain[33..]].concat()
}

fn png_traps() -> Vec<Trap> {
    let mut traps = png_chunks();
    traps.extend(png_texts());
    traps.extend(png_places());
    traps
}

fn png_chunks() -> Vec<Trap> {
    let of = |kind: &'static [u8; 4]| {
        let name = std::str::from_utf8(kind).expect("letters");
        let code = match kind {
            b"tIME" => Code::Time,
            b"caBX" => Code::Provenance,
            b"zxIf" | b"eXIf" => Code::ExifOther,
            b"iCCP" => Code::IccDropped,
            _ => Code::ApplicationData,
        };
        (name, png_with(&[chunk(kind, CANARY)]), code)
    };
    let kinds: [&'static [u8; 4]; 28] = [
        b"vpAg", b"caBX", b"iDOT", b"dSIG", b"gIFx", b"gIFg", b"gIFt", b"oFFs", b"pCAL", b"sCAL", b"sPLT", b"sTER",
        b"hIST", b"tIME", b"eXIf", b"zxIf", b"iCCP", b"acTL", b"fcTL", b"fdAT", b"mkBT", b"prVW", b"cmOD", b"skRf",
        b"npTc", b"seAl", b"meTa", b"abcd",
    ];
    kinds.into_iter().map(of).collect()
}

fn png_texts() -> Vec<Trap> {
    let raw = |name: &str| {
        let text = [format!("\n{name}\n      20\n").into_bytes(), hex(CANARY), b"\n".to_vec()].concat();
        let keyword = format!("Raw profile type {name}\0");
        let plain = chunk(b"tEXt", &[keyword.as_bytes(), &text].concat());
        let packed = chunk(b"zTXt", &[keyword.as_bytes(), &[0], &zlib(&text)].concat());
        png_with(&[plain, packed])
    };
    let international =
        |packed: u8, text: &[u8]| chunk(b"iTXt", &[&b"Comment\0"[..], &[packed, 0], b"de\0Kommentar\0", text].concat());
    vec![
        ("text", png_with(&[chunk(b"tEXt", &[b"Comment\0", CANARY].concat())]), Code::Text),
        ("packed text", png_with(&[chunk(b"zTXt", &[b"Comment\0\0", &zlib(CANARY)[..]].concat())]), Code::Text),
        ("international text", png_with(&[international(0, CANARY)]), Code::Text),
        ("packed international text", png_with(&[international(1, &zlib(CANARY))]), Code::Text),
        ("keyword of a text", png_with(&[chunk(b"tEXt", CANARY)]), Code::Text),
        ("raw profile: exif", raw("exif"), Code::ExifOther),
        ("raw profile: APP1", raw("APP1"), Code::ExifOther),
        ("raw profile: iptc", raw("iptc"), Code::Iptc),
        ("raw profile: 8bim", raw("8bim"), Code::Iptc),
        ("raw profile: xmp", raw("xmp"), Code::Xmp),
        ("raw profile: icc", raw("icc"), Code::Text),
        ("raw profile: icm", raw("icm"), Code::Text),
    ]
}

fn png_places() -> Vec<Trap> {
    let plain = png_plain();
    let (data, end) = (plain.len() - 12, plain.len());
    let length = u32::from_be_bytes([plain[33], plain[34], plain[35], plain[36]]) as usize;
    let stream = plain[41..41 + length].to_vec();
    let spoilt = |mut chunk: Vec<u8>| {
        *chunk.last_mut().expect("a checksum") ^= 1;
        chunk
    };
    let tail = chunk(b"IDAT", &[&stream, CANARY].concat());
    let comment = chunk(b"tEXt", &[b"Comment\0", CANARY].concat());
    let last = chunk(b"IEND", CANARY);
    vec![
        ("behind the stream, in its chunk", [&plain[..33], &tail, &plain[data..]].concat(), Code::HiddenBytes),
        (
            "behind the stream, in a chunk",
            [&plain[..data], &chunk(b"IDAT", CANARY), &plain[data..]].concat(),
            Code::HiddenBytes,
        ),
        ("text with a wrong checksum", png_with(&[spoilt(comment.clone())]), Code::Text),
        ("private chunk with a wrong checksum", png_with(&[spoilt(chunk(b"prVt", CANARY))]), Code::ApplicationData),
        ("text behind the picture", [&plain[..data], &comment, &plain[data..]].concat(), Code::Text),
        (
            "Exif behind the picture",
            [&plain[..data], &chunk(b"eXIf", &[b"MM\0*\0\0\0\x08", CANARY].concat()), &plain[data..]].concat(),
            Code::ExifOther,
        ),
        ("in the end chunk", [&plain[..data], &last].concat(), Code::HiddenBytes),
        ("behind the end", [&plain[..end], CANARY].concat(), Code::Trailer),
        ("PNG behind the end", [&plain[..], &png_with(&[comment])].concat(), Code::Trailer),
        ("wide text behind the end", [&plain[..], &utf16(CANARY)].concat(), Code::Trailer),
        ("film behind the end", [&plain[..], &boxed(b"ftyp", CANARY)].concat(), Code::Trailer),
    ]
}

#[test]
fn each_hiding_place_of_png_goes_by_itself() {
    assert_eq!(sprung(Format::Png, &png_plain(), png_traps()), 51);
}
