//! Planted leaks and near misses for JPEG XL, and rough treatment. Headers are written bit by bit; what is said to be
//! samples is none, since nothing here decodes them.

use crate::inspect::{Evidence, Trouble, inspect, witness};
use crate::recording::Format;

/// Bits, lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn put(&mut self, value: u32, n: u32) -> &mut Self {
        for i in 0..n {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> i & 1) as u8) << (self.used % 8);
            }
            self.used += 1;
        }
        self
    }

    /// A name of up to fifteen bytes.
    fn name(&mut self, name: &str) -> &mut Self {
        if name.is_empty() {
            return self.put(0, 2);
        }
        self.put(1, 2).put(name.len() as u32, 4);
        for byte in name.bytes() {
            self.put(u32::from(byte), 8);
        }
        self
    }

    fn pad(&mut self) -> &mut Self {
        self.used = self.used.next_multiple_of(8);
        self
    }
}

/// A picture of 16 by 8 pixels with transparency, in two frames.
#[derive(Clone)]
struct Stream {
    channel: &'static str,
    frame: &'static str,
    extended: bool,
    turn: u32,
    samples: [u8; 5],
    behind: &'static [u8],
}

const CLEAN: Stream =
    Stream { channel: "", frame: "", extended: false, turn: 1, samples: [1, 2, 3, 4, 5], behind: b"" };

impl Stream {
    fn bytes(&self) -> Vec<u8> {
        let mut bits = Bits::default();
        bits.put(0x0aff, 16);
        // Height 8, width 16: eighths, ratio none.
        bits.put(1, 1).put(0, 5).put(0, 3).put(1, 5);
        // Metadata: extra fields for the orientation, 8 bits, one channel of transparency.
        bits.put(0, 1).put(1, 1).put(self.turn - 1, 3).put(0, 3);
        bits.put(0, 1).put(0, 2).put(1, 1).put(1, 2);
        bits.put(0, 1).put(0, 2).put(0, 1).put(0, 2).put(0, 2).name(self.channel).put(0, 1);
        bits.put(1, 1).put(1, 1).put(1, 1);
        if self.extended {
            // Extension 0, of eight bits, behind the list of the lengths.
            bits.put(1, 2).put(0, 4).put(1, 2).put(7, 4).put(0x43, 8);
        } else {
            bits.put(0, 2);
        }
        bits.put(1, 1).pad();
        self.frame(&mut bits, false);
        self.frame(&mut bits, true);
        [&bits.bytes[..], self.behind].concat()
    }

    fn frame(&self, bits: &mut Bits, last: bool) {
        bits.put(0, 1).put(0, 2).put(0, 1).put(0, 2).put(0, 2).put(0, 2).put(2, 3).put(2, 3).put(0, 2).put(0, 1);
        bits.put(0, 2).put(0, 2).put(u32::from(last), 1);
        if !last {
            bits.put(0, 2).put(0, 1);
        }
        bits.name(if last { self.frame } else { "" }).put(1, 1).put(0, 2);
        // Table of contents: no permutation, one entry of five bytes.
        bits.put(0, 1).pad().put(0, 2).put(5, 10).pad();
        for sample in self.samples {
            bits.put(u32::from(sample), 8);
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Vec<u8> {
        change(&mut self);
        self.bytes()
    }
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
}

fn head() -> Vec<u8> {
    [super::SIGNATURE.to_vec(), boxed(b"ftyp", b"jxl \0\0\0\0jxl ")].concat()
}

fn container(parts: &[Vec<u8>]) -> Vec<u8> {
    [head(), parts.concat()].concat()
}

fn part(number: u32, content: &[u8]) -> Vec<u8> {
    boxed(b"jxlp", &[&number.to_be_bytes()[..], content].concat())
}

fn proof(original: &[u8], output: &[u8]) -> Result<u64, Trouble> {
    let (original, output) = (original.to_vec(), output.to_vec());
    let format = if output.starts_with(&[0xff]) { Format::JpegXlCodestream } else { Format::JpegXl };
    witness(&Evidence { format, original: &original, output: &output, dropped: &[] }).map(|c| c.samples())
}

fn word(original: &[u8], output: &[u8]) -> &'static str {
    proof(original, output).map_or_else(|t| t.code(), |_| "cleared")
}

/// The original in a container, with everything that goes.
fn original() -> Vec<u8> {
    let told = CLEAN.with(|s| {
        s.channel = "Canary";
        s.frame = "Canary frame";
    });
    container(&[
        boxed(b"jxll", &[5]),
        boxed(b"Exif", b"\0\0\0\0II*\0\x08\0\0\0\0\0"),
        boxed(b"xml ", b"<x:xmpmeta/>"),
        boxed(b"brob", b"Exif\x0bCanary"),
        boxed(b"jbrd", b"Canary"),
        boxed(b"jumb", b"Canary"),
        boxed(b"free", b"Canary"),
        boxed(b"jxlc", &told),
        boxed(b"uuid", b"Canary"),
    ])
}

#[test]
fn what_is_planted_is_held_and_near_misses_are_not() {
    let stream = CLEAN.bytes();
    let jxlc = || boxed(b"jxlc", &stream);
    let (first, second) = stream.split_at(9);
    let open = [&[0, 0, 0, 0][..], b"jxlc", &stream].concat();
    let with = |part: Vec<u8>| container(&[part, jxlc()]);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("as it is", container(&[jxlc()]), "cleared"),
        ("bare", stream.clone(), "cleared"),
        ("without a length", container(&[open]), "cleared"),
        ("level", with(boxed(b"jxll", &[10])), "cleared"),
        ("level that is a letter", with(boxed(b"jxll", b"C")), "residue"),
        ("two parts", container(&[part(0, first), part(1 << 31 | 1, second)]), "cleared"),
        ("parts in another order", container(&[part(1, first), part(1 << 31, second)]), "damaged"),
        ("parts without an end", container(&[part(0, first), part(1, second)]), "damaged"),
        ("part and whole", container(&[part(1 << 31, b""), jxlc()]), "damaged"),
        ("index of frames", with(boxed(b"jxli", &[1, 0, 0, 0, 1, 0, 0, 0, 100, 9, 1, 1])), "cleared"),
        ("long index of frames", with(boxed(b"jxli", b"\x01\0\0\0\x01\0\0\0\x64\x09\x01\x01Canary")), "residue"),
        ("Exif", with(boxed(b"Exif", b"")), "residue"),
        ("xml", with(boxed(b"xml ", b"")), "residue"),
        ("brob", with(boxed(b"brob", b"")), "residue"),
        ("jbrd", with(boxed(b"jbrd", b"")), "residue"),
        ("jumb", with(boxed(b"jumb", b"")), "residue"),
        ("uuid", with(boxed(b"uuid", b"")), "residue"),
        ("free", with(boxed(b"free", b"\0\0")), "residue"),
        ("unknown box", with(boxed(b"caNy", b"")), "residue"),
        ("box behind", container(&[jxlc(), boxed(b"caNy", b"")]), "residue"),
        ("bytes behind", container(&[jxlc(), b"Canary".to_vec()]), "unaccounted"),
        ("brand", [super::SIGNATURE.to_vec(), boxed(b"ftyp", b"jxl \0\0\0\0caNy"), jxlc()].concat(), "residue"),
        ("name of a channel", CLEAN.with(|s| s.channel = "Canary"), "residue"),
        ("name of a frame", CLEAN.with(|s| s.frame = "Canary"), "residue"),
        ("extension", CLEAN.with(|s| s.extended = true), "residue"),
        ("bytes behind the codestream", CLEAN.with(|s| s.behind = b"Canary"), "residue"),
        ("changed sample", CLEAN.with(|s| s.samples[2] ^= 1), "samples-changed"),
        ("another turn", CLEAN.with(|s| s.turn = 6), "samples-changed"),
        ("one frame less", stream[..stream.len() - 5].to_vec(), "residue"),
    ];
    let mut tried = 0;
    for (name, output, expected) in &cases {
        assert_eq!(word(&original(), output), *expected, "{name}: {:?}", proof(&original(), output));
        tried += 1;
    }
    assert_eq!(tried, 29);
    let tail = CLEAN.with(|s| s.behind = b"Canary");
    assert_eq!(word(&tail, &stream), "cleared");
    assert_eq!(word(&CLEAN.with(|s| s.extended = true), &stream), "cleared");
}

#[test]
fn what_a_person_would_name_is_named() {
    let found = inspect(&original(), Format::JpegXl).unwrap();
    let labels: Vec<&str> = found.findings.iter().map(|f| f.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "XMP block",
            "compressed Exif block",
            "data for rebuilding the old JPEG",
            "content credentials",
            "bytes in free space",
            "application data (uuid)",
            "name of a channel",
            "name of a frame",
            "pixels not checked"
        ]
    );
    assert_eq!((found.width, found.height), (Some(16), Some(8)));
    assert!(!format!("{found:?}").contains("Canary"));
    let tail = CLEAN.with(|s| s.behind = b"Canary");
    let found = inspect(&tail, Format::JpegXlCodestream).unwrap();
    assert_eq!(found.findings[0].label, "data of 6 bytes behind the picture");
}

/// A picture of 8 by 8 pixels with a colour profile that tells of its making; drawn by us, written by cjxl 0.7 (lossless).
const PROFILED: &str = "\
    ff0a4140086f0d0352681e802c1db986c798433ad5650bc967d2e647cdb4d126b6da161bdc640e39ca8e27930e0a82947065ab1bdb954d62b6364a66\
    b3d9d228079075b4754680af3876cd194bcc59a716c080ff0b4b2bbe6630d57562956567250f8502456b5359e9db4c75f9edbebf64fca82e6459c7b7\
    c0d157d85cd9d45354baacc0dad9b24053d9d252d61c7aef95f15625bd8d31558043bff9f327bfe5899e04e237923f7ffa40f9f3c7ef08f676a1c1c7\
    5a10288e0e7b23509207ce5b80de12826216c8960116c3b2bfe617c340e799e0d40cae340a33374751655b5e7680445941ca1d646242986ea046f371\
    91030802010090004b189bed4e6114148c00e306f8233546c5181163f08e030011f500a0cb0b7c6b03007904";

fn profiled() -> Vec<u8> {
    let digit = |b: u8| (b as char).to_digit(16).unwrap() as u8;
    PROFILED.as_bytes().chunks(2).map(|p| digit(p[0]) << 4 | digit(p[1])).collect()
}

#[test]
fn a_colour_profile_inside_the_codestream_is_read() {
    let file = profiled();
    let held = proof(&file, &file).unwrap_err();
    assert!(matches!(&held, Trouble::Residue(all) if all.iter().any(|f| f.label == "text in the colour profile")));
    let found = inspect(&file, Format::JpegXlCodestream).unwrap();
    assert_eq!(found.findings[0].label, "colour profile text");
}

#[test]
fn rough_treatment_never_panics_and_never_clears_what_is_cut_off() {
    let clean = container(&[boxed(b"jxlc", &CLEAN.bytes())]);
    let mut tried = 0;
    for whole in [clean, CLEAN.bytes(), profiled(), original()] {
        for n in 0..whole.len() {
            assert_ne!(word(&whole, &whole[..n]), "cleared", "{n}");
            let _ = inspect(&whole[..n].to_vec(), Format::JpegXl);
            tried += 1;
        }
        for bit in (0..whole.len() * 8).step_by(3) {
            let mut bad = whole.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let _ = word(&whole, &bad);
            let _ = word(&bad, &whole);
            let _ = inspect(&bad, Format::JpegXl);
            tried += 1;
        }
    }
    assert!(tried > 2_000, "{tried}");
}
