//! JPEG XL pictures made for tests: headers written bit by bit with a canary in each place, around coded sections.
//!
//! ISO/IEC 18181-1 and 18181-2. The sections are pictures we drew, coded by cjxl 0.7.
#![allow(dead_code, missing_docs, missing_debug_implementations, unreachable_pub)]

use super::picture::{Cage, Fixture, exif, icc};

/// The section of one frame: 32 × 32, RGB and alpha, lossless; a gradient with a disc, drawn by us, coded by cjxl 0.7.
const SECTION: &str = "\
    4b28a3e255e69c8b410e5e57505018fc5e41c1118d128944148c108600f270bac818e3c48c314e8713d6f2fe4e00408010800041f801c220\
    0000f706463a00d89f78188c40400200000000812c0040df0e0080dda2dddd77f69d5dbe76529bcf671e34bdc577e7722aa5ea00452335eb\
    e1484418e016c04bebc3f1098268177e9491feb419427b28482e7011f025f0d0072f4b085324376d3de828be65fc422ad108111864\
";
/// The same of 8 × 8.
const SMALL_SECTION: &str = "\
    4b189bed4e41c11405054e6d638cb18db1c502c5188cc6183c2a06430b311000207be0b61c008808682ce3dfcbfb4c14a1beef209e7808ad\
    fd6c9ed175d4b5756af442bbf8dd42023b01\
";
/// A lossy picture of 520 × 8 whose sections stand in another order (cjxl --group_order=1).
const PERMUTED: &str = "\
    ff0a38800e0448282e040a010000a4020038005800580a8012b0ec461eb40b0068d1d01a828223d321080f4f02f247ca33f8ca2650769795\
    643ac06cfc152de4a30ad41fb6c6eac08259728d373844229c638c748c610c23aa188b4320801883a19310fc00002c044d2623629c79dc33\
    924ff6c97056fcffbf687bf037c5cbfbefcfcbcb88fecbcb2b6ac82118118881435585414d575757279552575757bfd01420083a6f832008\
    3a3fdff3f97eded979d982bb816e34603ce00305a201258c490f02bc8008340007700001c14e1700800a9551c60d5ecef57cf9a1c362dac6\
    7586b6dab6000000001e40c19244280552e0e8f66264bc18637401afb14ddf00e01d91fd838caf124cbd9f3349229880c69e1b6656b77e0f\
    18a005aa073902481832845a125220c24078ab6e651e3332caaba2ff6e0b5d6721371577d0a14a957f5f2ffba0d730aa7500e364caaba2ff\
    6e0b5d6721371577d0a14a957f5f2ffba0d750ec4c13\
";
/// An animation of three frames (cjxl).
const ANIMATION: &str = "\
    ff0a41040158505c120808a0020000d8004b18938e8383290a0a6c688c416d8c6d8cc184db01080eb017021100b0d4cf2ceffa35474218d3\
    60c2f7ce23a4039846599fe203a2000808a0020000e8004b18938e83830950a0468c45bc8bb703101c60cf062800e0a97ef3fc6fdbb6ff37\
    325780243f998817fa0300c81f8047a0fb519ac761db1fea020808a0420000e8004b18938e83830950a0468c458c77b703101c60cf062800\
    e011ffe6f9dfb6edfe6f64a60049fe40125ee80f00207f00fe8ae539f41f2f7b7fc80a\
";
/// A lossless picture of 32 × 32 with a colour profile of ours, entropy-coded (cjxl); texts in it begin with CANARY.
const PROFILED: &str = "\
    ff0a474008b70f03260000002040b0741e683968e6280fcb38a9db1224eedf6c2710c8838c2c8a0a6bdbd5a475bb49c51f1cb70a2d7c3a98\
    124bbf68529473bd5658f6b58c6163c2af8ce0d6c3d6e154c20084cd983673fd01000000e0dc31278e9cb9c11d8004004086047112f0434a\
    69a79336f85b98de4c6d50945e29293365745141884002d135bf238d5f4b0ff0cff039f7fb61fb249442a39997da6b65003ab541de8a40dc\
    3a5c0b8188cd406f2dc062b5202908ee9700b5f5090c00c357bead0d00f383b50005e4285b9b8bbbbbcbdbdbfbeb827d83406150281c0e87\
    e44123d158341a8fc6f32012794c269148653299542f2e95cba592c95c080201009c014b2833dd3c235a1ee4424141e1e07b050547344204\
    1123231586bee0ff0d02c0b93106c33106a325ac04000408010810841f00b67705390010e42200000000000000000044ebe5b2aa384bac0e\
    6368d2defd4718b2065b157089d5ff2fd7ce302c30d4b2033600\
";

pub const SIGNATURE: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n";
pub const BRAND: &[u8] = b"\0\0\0\x14ftypjxl \0\0\0\0jxl ";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

/// A lossy picture with a permuted table of contents, an animation, and a picture with a coded colour profile.
pub fn coded() -> [(&'static str, Vec<u8>); 3] {
    [("permuted", bytes(PERMUTED)), ("animation", bytes(ANIMATION)), ("profiled", bytes(PROFILED))]
}

/// Bits written least significant first.
#[derive(Default)]
pub struct Bits(Vec<bool>);

impl Bits {
    pub fn put(&mut self, value: u64, count: u32) -> &mut Self {
        self.0.extend((0..count).map(|bit| value >> bit & 1 == 1));
        self
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        bytes.iter().for_each(|byte| {
            self.put(u64::from(*byte), 8);
        });
        self
    }

    fn align(&mut self) -> &mut Self {
        self.0.resize(self.0.len().next_multiple_of(8), false);
        self
    }

    /// A name of 48 bytes or more, or none.
    fn name(&mut self, name: &[u8]) -> &mut Self {
        match name.len() {
            0 => self.put(0, 2),
            length => self.put(3, 2).put(length as u64 - 48, 10).bytes(name),
        }
    }

    /// One extension that holds these bytes, or none.
    fn extension(&mut self, data: &[u8]) -> &mut Self {
        match data.len() {
            0 => self.put(0, 2),
            length => self.put(1, 2).put(2, 4).put(3, 2).put(length as u64 * 8, 12).put(0, 1).number(0).bytes(data),
        }
    }

    /// The length of the second of two extensions.
    fn number(&mut self, value: u64) -> &mut Self {
        match value {
            0 => self.put(0, 2),
            value => self.put(1, 2).put(value - 1, 4),
        }
    }

    pub fn done(&self) -> Vec<u8> {
        self.0.chunks(8).map(|bits| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect()
    }
}

/// What stands in the headers of a codestream beside the picture.
#[derive(Default, Clone)]
pub struct Extras {
    pub channel: Vec<u8>,
    pub extension: Vec<u8>,
    pub frame: Vec<u8>,
    pub frame_extension: Vec<u8>,
    pub filter_extension: Vec<u8>,
    pub profile: Vec<u8>,
    pub preview: Option<Vec<u8>>,
    pub timecode: Option<u32>,
}

/// A picture of 32 × 32 in two frames.
pub fn codestream(extras: &Extras) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0x0AFF, 16).put(1, 1).put(3, 5).put(1, 3);
    bits.put(0, 1).put(1, 1).put(0, 3).put(0, 1).put(u64::from(extras.preview.is_some()), 1);
    if extras.preview.is_some() {
        bits.put(1, 1).put(2, 2).put(0, 5).put(1, 3);
    }
    bits.put(1, 1).put(0, 2).put(0, 2).put(0, 2).put(u64::from(extras.timecode.is_some()), 1);
    bits.put(0, 1).put(0, 2).put(1, 1).put(1, 2);
    bits.put(0, 1).put(0, 2).put(0, 1).put(0, 2).put(0, 2).name(&extras.channel).put(0, 1);
    bits.put(0, 1);
    match extras.profile.is_empty() {
        true => bits.put(1, 1),
        false => bits.put(0, 1).put(1, 1).put(0, 2),
    };
    bits.put(1, 1).extension(&extras.extension).put(1, 1);
    if !extras.profile.is_empty() {
        profile(&mut bits, &extras.profile);
    }
    let mut out = bits.align().done();
    if let Some(behind) = &extras.preview {
        out.extend(frame(extras, true, &[bytes(SMALL_SECTION), behind.clone()].concat()));
    }
    out.extend(frame(extras, false, &bytes(SECTION)));
    out.extend(frame(extras, true, &bytes(SECTION)));
    out
}

fn frame(extras: &Extras, last: bool, section: &[u8]) -> Vec<u8> {
    let mut bits = Bits::default();
    // Regular, modular, no flags, no YCbCr, no upsampling, groups of 256, one pass, no crop, replacing.
    bits.put(0, 1).put(0, 2).put(1, 1).put(0, 2).put(0, 1).put(0, 2).put(0, 2).put(1, 2).put(0, 2).put(0, 1);
    bits.put(0, 2).put(0, 2).put(2, 2).put(50, 8);
    if let Some(timecode) = extras.timecode {
        bits.put(u64::from(timecode), 32);
    }
    bits.put(u64::from(last), 1);
    if !last {
        bits.put(0, 2);
    }
    bits.name(&extras.frame);
    bits.put(0, 1).put(0, 1).put(0, 2).extension(&extras.filter_extension);
    bits.extension(&extras.frame_extension).put(0, 1).align();
    bits.put(0, 2).put(section.len() as u64, 10).align().bytes(section).done()
}

/// A colour profile as 8-bit symbols of one prefix code, copied by one command.
fn profile(bits: &mut Bits, profile: &[u8]) {
    let number = |value: usize| vec![value as u8 & 0x7F | 0x80, (value >> 7) as u8];
    let commands = [vec![0, 1], number(profile.len() - 128)].concat();
    let mut stream = [number(profile.len()), number(commands.len()), commands].concat();
    let length = (profile.len() as u32).to_be_bytes();
    for (at, byte) in profile.iter().enumerate() {
        let expected = match at {
            0..=3 => length[at],
            8 => 4,
            12..=23 => b"mntrRGB XYZ "[at - 12],
            36..=39 => b"acsp"[at - 36],
            70 | 71 | 73 | 78 | 79 => [246, 214, 0, 1, 0, 0, 0, 0, 211, 45][at - 70],
            80..=83 => profile[at - 76],
            _ => 0,
        };
        stream.push(byte.wrapping_sub(expected));
    }
    bits.put(3, 2).put(stream.len() as u64 & 0xFFF, 12).put(0, 1);
    bits.put(0, 1).put(1, 1).put(0, 2).put(1, 1).put(8, 4).put(0, 4).put(0, 4);
    bits.put(1, 1).put(7, 4).put(127, 7).put(0, 2);
    (0..18).for_each(|place| {
        bits.put(u64::from(place == 10), 2);
    });
    stream.iter().for_each(|byte| {
        bits.put(u64::from(byte.reverse_bits()), 8);
    });
}

/// Bytes and all that stands in them at any offset of bits, in either order of bits.
pub fn shifted(bytes: &[u8]) -> Vec<u8> {
    let mut all = bytes.to_vec();
    for shift in 0..8 {
        let moved: Vec<u8> =
            bytes.windows(2).map(|two| (u16::from_le_bytes([two[0], two[1]]) >> shift) as u8).collect();
        all.extend(moved.iter().map(|byte| byte.reverse_bits()));
        all.extend(moved);
    }
    all
}

pub fn boxed(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&(data.len() as u32 + 8).to_be_bytes()[..], kind, data].concat()
}

fn long(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [b"\0\0\0\x01", &kind[..], &(data.len() as u64 + 16).to_be_bytes(), data].concat()
}

fn wrapped(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    boxed(b"brob", &[kind, data].concat())
}

fn part(number: u32, data: &[u8]) -> Vec<u8> {
    boxed(b"jxlp", &[&number.to_be_bytes()[..], data].concat())
}

/// A name must have 48 bytes here.
fn named(mut name: Vec<u8>) -> Vec<u8> {
    name.resize(name.len().max(48), b'.');
    name
}

/// The same picture with nothing beside it.
pub fn plain() -> Vec<u8> {
    codestream(&Extras::default())
}

/// A bare codestream with a canary in each place that its headers have.
pub fn bare() -> Fixture {
    let mut cage = Cage::new("JXL");
    let c = &mut cage;
    let extras = Extras {
        channel: named(c.canary("channel-name")),
        extension: c.canary("extension"),
        frame: named(c.canary("frame-name")),
        frame_extension: c.canary("frame-extension"),
        filter_extension: c.canary("filter-extension"),
        profile: icc(c),
        preview: Some(c.canary("preview")),
        timecode: Some(0x4341_4E41),
    };
    let bytes = [codestream(&extras), c.canary("behind-codestream")].concat();
    Fixture { name: "jpeg xl, bare", bytes, canaries: cage.canaries }
}

/// A container with a canary in each box, whose codestream lies in three parts.
pub fn container() -> Fixture {
    let mut cage = Cage::new("JXLB");
    let c = &mut cage;
    let name = named(c.canary("frame-name"));
    let stream = codestream(&Extras { frame: name, ..Extras::default() });
    let (first, rest) = stream.split_at(20);
    let (second, third) = rest.split_at(100);
    let block = exif(c, "exif", 6);
    let mut out = [SIGNATURE.to_vec(), boxed(b"ftyp", &[&b"jxl \0\0CAjxl "[..], &c.canary("brand")].concat())].concat();
    out.extend(boxed(b"jxll", &[vec![10], c.canary("level")].concat()));
    let gap = c.canary("exif-offset");
    out.extend(boxed(b"Exif", &[vec![0, 0, 0, gap.len() as u8], gap, block].concat()));
    out.extend(boxed(b"xml ", &c.canary("xml-first")));
    out.extend(boxed(b"jbrd", &c.canary("jbrd-comment")));
    out.extend(boxed(b"jxli", &c.canary("index")));
    out.extend(part(0, first));
    out.extend(boxed(b"Exif", &[vec![0; 4], b"MM\0*".to_vec(), c.canary("exif-between")].concat()));
    out.extend(boxed(b"CANA", &c.canary("unknown-between")));
    out.extend(part(1, second));
    out.extend(boxed(b"xml ", &c.canary("xml-between")));
    out.extend(boxed(b"uuid", &[vec![7; 16], c.canary("uuid-between")].concat()));
    out.extend(part(0x8000_0002, third));
    out.extend(part(3, &c.canary("part-further")));
    out.extend(boxed(b"jxlc", &[plain(), c.canary("second-codestream")].concat()));
    for kind in [b"Exif", b"xml ", b"jumb", b"jhgm", b"jbrd", b"brob", b"CANA"] {
        let place = format!("brob-{}", String::from_utf8_lossy(kind).trim());
        out.extend(wrapped(kind, &c.canary(&place)));
    }
    let described = boxed(b"jumd", &[vec![1; 17], c.canary("jumb-label")].concat());
    out.extend(boxed(b"jumb", &[described, boxed(b"json", &c.canary("jumb-json"))].concat()));
    out.extend(boxed(b"jhgm", &[c.canary("gain-map"), plain()].concat()));
    out.extend(long(b"xml ", &c.canary("xml-long")));
    out.extend(long(b"VOID", &c.canary("unknown-long")));
    for kind in [b"free", b"skip", b"mdat", b"meta", b"uuid", b"udta", b"jP  ", b"ftyp", b"JXL "] {
        out.extend(boxed(kind, &c.canary(&format!("{}-behind", String::from_utf8_lossy(kind).trim()))));
    }
    out.extend([&b"\0\0\0\0xml "[..], &c.canary("xml-open")].concat());
    Fixture { name: "jpeg xl, container", bytes: out, canaries: cage.canaries }
}

/// A container whose codestream lies in one box of 64-bit length, with canaries around it and behind it.
pub fn single() -> Fixture {
    let mut cage = Cage::new("JXLS");
    let c = &mut cage;
    let bytes = [
        SIGNATURE.to_vec(),
        BRAND.to_vec(),
        boxed(b"free", &c.canary("free-first")),
        wrapped(b"Exif", &c.canary("brob-first")),
        long(b"jxlc", &[plain(), c.canary("behind-codestream")].concat()),
        boxed(b"jxlp", &[&[0, 0, 0, 9][..], &c.canary("part-unnumbered")].concat()),
        boxed(b"jxlc", &c.canary("second-codestream")),
        boxed(b"jxll", &c.canary("level-behind")),
        c.canary("trailer"),
    ];
    Fixture { name: "jpeg xl, one box", bytes: bytes.concat(), canaries: cage.canaries }
}
