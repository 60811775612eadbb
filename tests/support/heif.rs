//! HEIF and AVIF files made for tests: a box for every hiding place of ISO/IEC 14496-12 and 23008-12, one named canary in
//! each, around coded samples that real decoders show.
//!
//! The samples are a drawing of ours (two ramps and a disc), 64 × 64 pixels coded with x265, 32 × 32 with libaom.
#![allow(dead_code, missing_docs, missing_debug_implementations, unreachable_pub)]

use super::picture::{Cage, Fixture, exif, icc, utf16};

/// Decoder configuration and samples of the drawing in HEVC.
const HVCC: &str = "0103700000009000000000001ef000fcfdf8f800000f03600001001840010c01ffff03700000030090000003000003001eba\
    0240610001002b42010103700000030090000003000003001ea020810596ea4929ae6e021a0c0800000300c8000003000840\
    62000100074401c172b02240";
const HEVC: &str = "000001d42801af09e0eb0af0a7df56ac6d9489a117583b79adcf53c5b229e48ea228d9f0c472b6628db8e9b4426875666275\
    09b9b7ea3728aae070a12117ced3959ea2d7011d325a318820166bb90d355e882b7e34c8b8cae824969a17bc2952c1283423\
    17aa7c5fd45c9af0dadaf4e254be84cd9fa3ef6d13cff3f2139d84d6819e77b351ff61f2922b0557b4724b3ca48114fce9ec\
    30e903ca710a6c298a03c49b30d53abc3fc3f77565e64fa656f340f5ed971b7ec0ffc5c87f6405859c8e55ab7a7aad0fae2f\
    c17f2497a4e9117e0cdfeef911f26c124a40dbb9f46e9ed2580111c0d492fe5c8fa7f05820fb7c0a2c1c40e73bd6a88c7c88\
    626f5e81f2656c7d190fe5367bdca8bbf653ef99c46d4e0779ee5df9bc9412cab430fef4e32372a4498b8de35e866d2687c3\
    9e18240e424d6ad1a87abf14e1b156d209fb18d02911879b6b4498550e65de47d1116fc5864045cd0539d5390f748972c5de\
    04388d6ad7b0d3bb782282dc45a675509eb3188b333e1601a4af254e91a21508689731aaadaa5af5649cfaa5dccba62baa5e\
    4473b175001d4c764e370b67ea0397e2b90cfa5cbfd7b1ddb813b69e76091ee6dd258405bf67f741e452b9bf1b65d79c45d0\
    6e922acb48eb84741ce64ef60ac096ede3f925a287f0";
/// The same in AV1.
const AV1: &str = "12000a0918113ff68808683420327c1947878621879e79e6824000d058d6a22802b2ce46ef1d4840c8bcc3a7fb635d960d\
    1f1d61b0fe710cd7c375723172f8127e1d5e4154dc31d72c1e54df6591767dd341d4ec393fa587394f474045f5141204d50e028f1e6a89216334\
    084f6c3c5415964712b8e02f06cb53e2461965d4e66b5434e8508d34dce09940";
/// Two samples of an AV1 sequence, the drawing and its mirror image: 69 and 56 bytes.
const SEQUENCE: &str = "12000a0d0000000227fe6d7c880868342032321000cb8000028b2c003a39934976e93e82f010747fcaca5bac2c9f7\
    49690f9e42bd02d7478879fc3fb42c3aa96fbdfed8ab0120032343003c080000006cc0000028b2c2000b88b341f47182272b9ae5fe1cfd956e8c\
    dc2c67bea857d62bdeaa4ac4e7bfb2fb32c1fab80";

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks_exact(2).map(|two| (two[0] << 4 | two[1]) as u8).collect()
}

/// A box.
pub fn boxed(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32 + 8).to_be_bytes()[..], kind, payload].concat()
}

/// A box of version 0 with no flags.
pub fn full(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[0; 4], payload].concat())
}

fn uuid(start: u8, words: &[u8]) -> Vec<u8> {
    boxed(b"uuid", &[&[start; 16][..], words].concat())
}

/// Which of the two codings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Hevc,
    Av1,
}

impl Coding {
    fn item(self) -> &'static [u8; 4] {
        if self == Coding::Hevc { b"hvc1" } else { b"av01" }
    }

    /// Width and height of the drawing.
    pub fn side(self) -> u8 {
        if self == Coding::Hevc { 64 } else { 32 }
    }

    /// The drawing, as its decoder wants it.
    pub fn samples(self) -> Vec<u8> {
        hex(if self == Coding::Hevc { HEVC } else { AV1 })
    }

    /// The drawing with a note of the encoder before it.
    fn noted(self, note: &[u8]) -> Vec<u8> {
        let unit = match self {
            Coding::Hevc => {
                let unit = [&[78, 1, 5, 16 + note.len() as u8][..], &[7; 16], note, &[0x80]].concat();
                [&(unit.len() as u32).to_be_bytes()[..], &unit].concat()
            }
            Coding::Av1 => [&[0x2A, note.len() as u8 + 3, 4, 0xB5][..], note, &[0x80]].concat(),
        };
        let samples = self.samples();
        match self {
            Coding::Hevc => [unit, samples].concat(),
            // Behind the temporal delimiter and the sequence header.
            Coding::Av1 => [&samples[..13], &unit, &samples[13..]].concat(),
        }
    }

    fn configuration(self, note: &[u8]) -> Vec<u8> {
        if self == Coding::Av1 {
            return [&[0x81, 0, 0x0C, 0, 0x2A, note.len() as u8 + 3, 4, 0xB5][..], note, &[0x80]].concat();
        }
        let mut plain = hex(HVCC);
        plain[22] += 1;
        let unit = [&[78, 1, 5, 16 + note.len() as u8][..], &[7; 16], note, &[0x80]].concat();
        [&plain[..], &[39, 0, 1], &(unit.len() as u16).to_be_bytes(), &unit].concat()
    }
}

/// Items of a `meta` box in the making.
#[derive(Default)]
struct Items {
    entries: Vec<Vec<u8>>,
    /// Number, whether in `idat`, data.
    data: Vec<(u16, bool, Vec<u8>)>,
    associations: Vec<(u16, Vec<u8>)>,
}

impl Items {
    fn add(&mut self, id: u16, kind: &[u8; 4], hidden: bool, words: &[u8], data: Vec<u8>, properties: &[u8]) {
        let head = [2, 0, 0, u8::from(hidden)];
        self.entries.push(boxed(b"infe", &[&head[..], &id.to_be_bytes(), &[0, 0], kind, words].concat()));
        self.data.push((id, false, data));
        if !properties.is_empty() {
            self.associations.push((id, properties.to_vec()));
        }
    }

    fn iinf(&self) -> Vec<u8> {
        full(b"iinf", &[(self.entries.len() as u16).to_be_bytes().to_vec(), self.entries.concat()].concat())
    }

    fn ipma(&self) -> Vec<u8> {
        let mut out = (self.associations.len() as u32).to_be_bytes().to_vec();
        for (id, list) in &self.associations {
            out.extend([&id.to_be_bytes()[..], &[list.len() as u8], list].concat());
        }
        full(b"ipma", &out)
    }

    /// Offsets in the order of the items; `idat` and the file each have their own.
    fn iloc(&self, offsets: &[u32]) -> Vec<u8> {
        let mut out = vec![1, 0, 0, 0, 0x44, 0];
        out.extend((self.data.len() as u16).to_be_bytes());
        for ((id, inside, data), offset) in self.data.iter().zip(offsets) {
            out.extend([&id.to_be_bytes()[..], &[0, u8::from(*inside), 0, 0, 0, 1], &offset.to_be_bytes()].concat());
            out.extend((data.len() as u32).to_be_bytes());
        }
        boxed(b"iloc", &out)
    }
}

/// The properties, in order; their numbers from 1 are used below.
fn properties(c: &mut Cage, coding: Coding) -> Vec<u8> {
    let note = c.canary("configuration-note");
    let configuration = if coding == Coding::Hevc { b"hvcC" } else { b"av1C" };
    let alpha: &[u8] = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0";
    let matte: &[u8] = b"urn:com:apple:photo:2018:aux:portraiteffectsmatte\0";
    let texts = ["udes-lang", "udes-name", "udes-text", "udes-tags"].map(|place| [c.canary(place), vec![0]].concat());
    [
        full(b"ispe", &[0, 0, 0, coding.side(), 0, 0, 0, coding.side()]),
        boxed(configuration, &coding.configuration(&note)),
        boxed(b"colr", &[b"prof".to_vec(), icc(c)].concat()),
        full(b"pixi", &[3, 8, 8, 8]),
        boxed(b"irot", &[&[1][..], &c.canary("irot-tail")].concat()),
        full(b"auxC", &[alpha, &c.canary("alpha-subtype")].concat()),
        full(b"auxC", &[matte, &c.canary("matte-subtype")].concat()),
        full(b"udes", &texts.concat()),
        boxed(b"prop", &c.canary("unknown-property")),
        uuid(9, &c.canary("uuid-property")),
        boxed(b"free", &c.canary("free-property")),
        boxed(b"cmex", &c.canary("camera-matrix")),
        boxed(b"colr", &[&b"nclx\0\x01\0\x0D\0\x06\x80"[..], &c.canary("nclx-tail")].concat()),
        boxed(b"clli", &c.canary("clli")),
        full(b"altt", &c.canary("alternative-text")),
        full(b"crtt", &c.canary("creation-time")),
    ]
    .concat()
}

/// The items: what is shown, and everything a phone or a program puts beside it.
fn items(c: &mut Cage, coding: Coding) -> Items {
    let mut items = Items::default();
    let kind = coding.item();
    let named = |c: &mut Cage, place: &str| [c.canary(place), vec![0]].concat();
    let words = named(c, "primary-name");
    let note = c.canary("note-in-samples");
    items.add(1, kind, false, &words, coding.noted(&note), &[1, 0x82, 3, 13, 4, 8, 9, 10, 11, 12, 14, 15, 16, 0x85]);
    for (id, place) in [(2, "exif"), (3, "exif-second"), (4, "exif-of-thumbnail")] {
        let block = [&[0, 0, 0, 6][..], b"Exif\0\0", &exif(c, place, 6)].concat();
        items.add(id, b"Exif", true, &named(c, &format!("{place}-name")), block, &[]);
    }
    let content = |c: &mut Cage, place: &str, kind: &[u8]| {
        [named(c, &format!("{place}-name")), kind.to_vec(), vec![0], named(c, &format!("{place}-encoding"))].concat()
    };
    let words = content(c, "xmp", b"application/rdf+xml");
    items.add(5, b"mime", true, &words, c.canary("xmp"), &[]);
    let words = content(c, "mime", b"text/plain");
    items.add(6, b"mime", false, &words, utf16(&c.canary("mime")), &[]);
    let words = [named(c, "uri-name"), named(c, "uri-kind")].concat();
    items.add(7, b"uri ", true, &words, c.canary("uri"), &[]);
    let words = named(c, "thumbnail-name");
    items.add(8, kind, false, &words, c.canary("thumbnail"), &[1, 0x82]);
    let words = named(c, "unshown-name");
    items.add(9, kind, true, &words, c.canary("unshown-picture"), &[1, 0x82]);
    let words = named(c, "alpha-name");
    items.add(10, kind, true, &words, coding.samples(), &[1, 0x82, 6]);
    let words = content(c, "xmp-of-alpha", b"application/rdf+xml");
    items.add(11, b"mime", true, &words, c.canary("xmp-of-alpha"), &[]);
    let words = named(c, "matte-name");
    items.add(12, kind, true, &words, c.canary("matte"), &[1, 0x82, 7]);
    let words = named(c, "unknown-name");
    items.add(13, b"zzzz", false, &words, c.canary("unknown-item"), &[9]);
    let words = named(c, "grid-name");
    let grid = [&[0, 0, 0, 0, 0, coding.side(), 0, coding.side()][..], &c.canary("grid-tail")].concat();
    items.add(14, b"grid", false, &words, grid, &[1]);
    let block = [&[0; 4][..], &exif(c, "exif-in-idat", 3)].concat();
    items.add(15, b"Exif", true, &[0], block, &[]);
    for (_, inside, _) in items.data.iter_mut().skip(13) {
        *inside = true;
    }
    items
}

fn reference(kind: &[u8; 4], from: u16, to: &[u16]) -> Vec<u8> {
    let to: Vec<u8> = to.iter().flat_map(|id| id.to_be_bytes()).collect();
    boxed(kind, &[&from.to_be_bytes()[..], &(to.len() as u16 / 2).to_be_bytes(), &to].concat())
}

/// The boxes of `meta` but for `iloc`, before and behind it, and the payload of `idat`.
fn description(c: &mut Cage, coding: Coding, items: &Items) -> (Vec<u8>, Vec<u8>) {
    let handler = [&[0; 4][..], b"pict", &[0; 12], &c.canary("handler-name"), &[0]].concat();
    let url = full(b"url ", &[c.canary("data-reference"), vec![0]].concat());
    let url = [&url[..11], &[1], &url[12..]].concat();
    let before = [
        full(b"hdlr", &handler),
        boxed(b"dinf", &full(b"dref", &[&[0, 0, 0, 1], &url[..]].concat())),
        full(b"pitm", &[0, 1]),
        items.iinf(),
        boxed(b"xml ", &c.canary("meta-xml")),
        uuid(8, &c.canary("meta-uuid")),
    ]
    .concat();
    let references = [
        reference(b"cdsc", 2, &[1]),
        reference(b"cdsc", 3, &[1]),
        reference(b"cdsc", 4, &[8]),
        reference(b"cdsc", 5, &[1]),
        reference(b"thmb", 8, &[1]),
        reference(b"auxl", 10, &[1]),
        reference(b"cdsc", 11, &[10]),
        reference(b"auxl", 12, &[1]),
        reference(b"dimg", 14, &[1]),
        reference(b"zref", 14, &[1]),
    ];
    let container = boxed(b"ipco", &properties(c, coding));
    let group = [&7_u32.to_be_bytes()[..], &[0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 14]].concat();
    let groups = [full(b"altr", &group), full(b"albc", &[&group[..], &c.canary("group-tail")].concat())].concat();
    let behind = [
        full(b"iref", &references.concat()),
        boxed(b"iprp", &[container, items.ipma()].concat()),
        boxed(b"grpl", &groups),
        boxed(b"udta", &c.canary("meta-udta")),
        boxed(b"free", &c.canary("meta-free")),
    ]
    .concat();
    (before, behind)
}

/// A picture with a canary in every place that a HEIF file has; turned by `irot`, with an alpha plane and a grid.
pub fn still(name: &'static str, coding: Coding) -> Fixture {
    let mut cage = Cage::new(if coding == Coding::Hevc { "HEIC" } else { "AVIF" });
    let c = &mut cage;
    let items = items(c, coding);
    let (before, behind) = description(c, coding, &items);
    let mut idat = Vec::new();
    let mut offsets = vec![0; items.data.len()];
    for (index, (_, _, data)) in items.data.iter().enumerate().filter(|(_, (_, inside, _))| *inside) {
        offsets[index] = idat.len() as u32;
        idat.extend_from_slice(data);
    }
    idat.extend(c.canary("idat-leftover"));
    let major = if coding == Coding::Hevc { b"heic" } else { b"avif" };
    let mut brands = [major, &b"CANA"[..], b"mif1", b"miaf"].concat();
    brands.extend(c.canary("brands"));
    brands.resize(brands.len().next_multiple_of(4), b' ');
    let head = [boxed(b"ftyp", &brands), boxed(b"free", &c.canary("free"))].concat();
    let between = [
        boxed(b"skip", &c.canary("skip")),
        uuid(7, &c.canary("uuid")),
        boxed(b"uuid", &[&hex("d8fec3d61b0e483c92975828877ec481")[..], &c.canary("c2pa")].concat()),
        boxed(b"jumb", &c.canary("jumb")),
        boxed(b"udta", &c.canary("udta")),
        boxed(b"xyzq", &c.canary("unknown-box")),
        boxed(b"wide", &c.canary("wide")),
    ]
    .concat();
    let meta =
        |offsets: &[u32]| full(b"meta", &[&before[..], &items.iloc(offsets), &boxed(b"idat", &idat), &behind].concat());
    let start = head.len() + meta(&offsets).len() + between.len() + 8;
    let mut media = c.canary("media-before");
    for (index, (id, _, data)) in items.data.iter().enumerate().filter(|(_, (_, inside, _))| !*inside) {
        offsets[index] = (start + media.len()) as u32;
        media.extend_from_slice(data);
        media.extend(c.canary(&format!("media-behind-item-{id}")));
    }
    let tail = [
        boxed(b"mpvd", &boxed(b"ftyp", &c.canary("motion-photo"))),
        boxed(b"sefd", &c.canary("sefd")),
        boxed(b"free", &c.canary("free-at-the-end")),
        c.canary("trailer"),
    ];
    let bytes = [head, meta(&offsets), between, boxed(b"mdat", &media), tail.concat()].concat();
    Fixture { name, bytes, canaries: cage.canaries }
}

/// A picture with nothing hidden in it.
pub fn plain(coding: Coding) -> Vec<u8> {
    let mut items = Items::default();
    items.add(1, coding.item(), false, &[0], coding.samples(), &[1, 0x82]);
    let configuration = match coding {
        Coding::Hevc => boxed(b"hvcC", &hex(HVCC)),
        Coding::Av1 => boxed(b"av1C", &[0x81, 0, 0x0C, 0]),
    };
    let container =
        boxed(b"ipco", &[full(b"ispe", &[0, 0, 0, coding.side(), 0, 0, 0, coding.side()]), configuration].concat());
    let major = if coding == Coding::Hevc { b"heic" } else { b"avif" };
    let head = boxed(b"ftyp", &[major, &[0; 4][..], b"mif1", major].concat());
    let meta = |offset: u32| {
        let boxes = [
            full(b"hdlr", &[&[0; 4][..], b"pict", &[0; 13]].concat()),
            full(b"pitm", &[0, 1]),
            items.iloc(&[offset]),
            items.iinf(),
            boxed(b"iprp", &[&container[..], &items.ipma()].concat()),
        ];
        full(b"meta", &boxes.concat())
    };
    let start = head.len() + meta(0).len() + 8;
    [head, meta(start as u32), boxed(b"mdat", &coding.samples())].concat()
}

/// A picture, and `count` items of a type that all lie in the same `length` bytes and refer to the picture.
pub fn crowd(kind: &[u8; 4], count: u16, length: u32) -> Vec<u8> {
    let mut items = Items::default();
    items.add(1, b"hvc1", false, &[0], Coding::Hevc.samples(), &[1, 0x82]);
    let mut references = Vec::new();
    for id in 2..count + 2 {
        items.add(id, kind, false, &[0], Vec::new(), &[]);
        references.extend(reference(b"dimg", id, &[1]));
    }
    let properties = [full(b"ispe", &[0, 0, 0, 64, 0, 0, 0, 64]), boxed(b"hvcC", &hex(HVCC))].concat();
    let head = boxed(b"ftyp", b"heic\0\0\0\0mif1heic");
    let samples = items.data[0].2.len() as u32;
    let meta = |start: u32| {
        let mut iloc = items.iloc(&vec![start + samples; items.data.len()]);
        // The length of each item but the first, 16 bytes an entry.
        for entry in iloc[16..].chunks_exact_mut(16).skip(1) {
            entry[12..].copy_from_slice(&length.to_be_bytes());
        }
        iloc[24..28].copy_from_slice(&start.to_be_bytes());
        let boxes = [
            full(b"hdlr", &[&[0; 4][..], b"pict", &[0; 13]].concat()),
            full(b"pitm", &[0, 1]),
            iloc,
            items.iinf(),
            full(b"iref", &references),
            boxed(b"iprp", &[boxed(b"ipco", &properties), items.ipma()].concat()),
        ];
        full(b"meta", &boxes.concat())
    };
    let start = (head.len() + meta(0).len() + 8) as u32;
    let media = [items.data[0].2.clone(), vec![0x41; length as usize]].concat();
    [head, meta(start), boxed(b"mdat", &media)].concat()
}

// ------------------------------------------------------------------------------------------------ sequences

/// The samples of the sequence.
pub fn sequence_samples() -> Vec<u8> {
    hex(SEQUENCE)
}

/// A track: its handler, its sample entry, where its samples lie.
fn track(c: &mut Cage, name: &str, id: u8, handler: &[u8; 4], entry: &[u8], at: u32, sizes: &[u32]) -> Vec<u8> {
    let mut place = |part: &str| c.canary(&format!("{name}-{part}"));
    let matrix = [1_u32 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30].map(u32::to_be_bytes).concat();
    let header = [&[0x65; 8][..], &[0, 0, 0, id], &[0; 4], &[0, 0, 0, 200], &[0; 16], &matrix].concat();
    let header = [&header[..], &[0, 32, 0, 0, 0, 32, 0, 0]].concat();
    let sizes_ = sizes.iter().flat_map(|size| size.to_be_bytes()).collect::<Vec<_>>();
    let count = (sizes.len() as u32).to_be_bytes();
    let table = [
        full(b"stsd", &[&[0, 0, 0, 1], entry].concat()),
        full(b"stts", &[&[0, 0, 0, 1][..], &count, &[0, 0, 0, 100], &place("stts-tail")].concat()),
        full(b"stsc", &[&[0, 0, 0, 1, 0, 0, 0, 1][..], &count, &[0, 0, 0, 1]].concat()),
        full(b"stsz", &[&[0; 4][..], &count, &sizes_, &place("stsz-tail")].concat()),
        full(b"stco", &[&[0, 0, 0, 1][..], &at.to_be_bytes()].concat()),
        full(b"sgpd", &place("sample-groups")),
        boxed(b"uuid", &place("table-uuid")),
    ];
    let url = full(b"url ", &place("data-reference"));
    let url = [&url[..11], &[1], &url[12..]].concat();
    let information = [
        full(b"vmhd", &[0; 8]),
        boxed(b"dinf", &full(b"dref", &[&[0, 0, 0, 1], &url[..]].concat())),
        boxed(b"stbl", &table.concat()),
    ];
    let media = [
        full(b"mdhd", &[&[0x65; 8][..], &[0, 0, 3, 0xE8, 0, 0, 0, 200, 0x55, 0xC4, 0, 0]].concat()),
        full(b"hdlr", &[&[0; 4][..], handler, &[0; 12], &place("handler-name"), &[0]].concat()),
        boxed(b"minf", &information.concat()),
    ];
    let edits =
        full(b"elst", &[&[0, 0, 0, 1, 0, 0, 0, 200, 0, 0, 0, 0, 0, 1, 0, 0][..], &place("edits-tail")].concat());
    let boxes = [
        full(b"tkhd", &header),
        boxed(b"edts", &edits),
        boxed(b"mdia", &media.concat()),
        boxed(b"udta", &place("udta")),
        full(b"meta", &place("meta")),
        boxed(b"tref", &place("references")),
    ];
    boxed(b"trak", &boxes.concat())
}

/// A sequence of two pictures with canaries in its tracks; a second track holds metadata, a third sound.
pub fn sequence() -> Fixture {
    let mut cage = Cage::new("AVIS");
    let c = &mut cage;
    let mut name = c.canary("compressor");
    name.truncate(31);
    c.canaries.pop();
    c.canaries.push(String::from_utf8(name.clone()).expect("ASCII"));
    name.resize(31, 0);
    let fields = [&[0, 0, 0, 0, 0, 0, 0, 1][..], &[0; 16], &[0, 32, 0, 32, 0, 0x48, 0, 0, 0, 0x48, 0, 0], &[0; 4]];
    let entry = [&fields.concat()[..], &[0, 1, 31], &name, &[0, 0x18, 0xFF, 0xFF]].concat();
    let children = [
        boxed(b"av1C", &[0x81, 0, 0x0C, 0]),
        boxed(b"colr", b"nclx\0\x01\0\x0D\0\x06\x80"),
        full(b"ccst", &[0x7C, 0, 0, 0]),
        boxed(b"free", &c.canary("entry-free")),
        boxed(b"uuid", &c.canary("entry-uuid")),
    ];
    let entry = boxed(b"av01", &[entry, children.concat()].concat());
    let other = boxed(b"mett", &[&[0; 8][..], &c.canary("metadata-entry")].concat());
    let (gps, sound, gap, tail) = (c.canary("gps"), c.canary("sound"), c.canary("gap"), c.canary("tail"));
    let head = boxed(b"ftyp", b"avis\0\0\0\0avismsf1miafiso8");
    let samples = sequence_samples();
    let media = [&gap[..], &samples, &gps, &sound, &tail].concat();
    let mut moov = Vec::new();
    let mut start = 0;
    // Twice: the first time tells how long the box is.
    for _ in 0..2 {
        let mut again = Cage::new("AVIS");
        let at = (start + gap.len()) as u32;
        let behind = at + samples.len() as u32;
        let mut movie = [&[0x65; 8][..], &[0, 0, 3, 0xE8, 0, 0, 0, 200, 0, 1, 0, 0, 1, 0], &[0; 10]].concat();
        movie.extend([1_u32 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30].map(u32::to_be_bytes).concat());
        movie.extend([&[0; 24][..], &[0, 0, 0, 4]].concat());
        let boxes = [
            full(b"mvhd", &movie),
            track(&mut again, "pictures", 1, b"pict", &entry, at, &[69, 56]),
            track(&mut again, "metadata", 2, b"meta", &other, behind, &[gps.len() as u32]),
            track(&mut again, "sound", 3, b"soun", &other, behind + gps.len() as u32, &[sound.len() as u32]),
            boxed(b"udta", &again.canary("udta")),
            full(b"meta", &again.canary("meta")),
            boxed(b"uuid", &again.canary("uuid")),
        ];
        moov = boxed(b"moov", &boxes.concat());
        start = head.len() + moov.len() + 8;
        c.canaries.extend(again.canaries.into_iter().filter(|_| at as usize > gap.len()));
    }
    let bytes = [head, moov, boxed(b"mdat", &media), c.canary("trailer")].concat();
    Fixture { name: "avis, everything", bytes, canaries: cage.canaries }
}

// ------------------------------------------------------------------------------------------------ the low-overhead form

/// A picture in a `mini` box with a profile, Exif and XMP, and canaries in them and behind them.
pub fn lean() -> Fixture {
    let mut cage = Cage::new("MINI");
    let c = &mut cage;
    let (profile, block) = (icc(c), exif(c, "exif", 6));
    let note = c.canary("note-in-samples");
    let samples = Coding::Hevc.noted(&note);
    let configuration = hex(HVCC);
    let mut bits = String::new();
    let mut put = |value: usize, count: usize| bits.push_str(&format!("{value:0count$b}"));
    // Version, types, float, full range, alpha, colours, dynamic range, profile, Exif, XMP; 4:2:0; not turned.
    [(0, 2), (0, 1), (0, 1), (1, 1), (0, 1), (0, 1), (0, 1), (1, 1), (1, 1), (1, 1), (1, 2), (0, 3)]
        .into_iter()
        .for_each(|(value, count)| put(value, count));
    // Small dimensions, 64 × 64, two positions of chroma, 8 bits.
    [(0, 1), (63, 7), (63, 7), (0, 2), (0, 1)].into_iter().for_each(|(value, count)| put(value, count));
    // Large metadata, configuration and samples; then their sizes.
    let xmp = c.canary("xmp");
    [(1, 1), (1, 1), (1, 1), (profile.len() - 1, 20), (configuration.len(), 12), (samples.len() - 1, 28)]
        .into_iter()
        .for_each(|(value, count)| put(value, count));
    [(0, 1), (block.len() - 1, 20), (xmp.len() - 1, 20)].into_iter().for_each(|(value, count)| put(value, count));
    let bits: Vec<u8> = bits
        .as_bytes()
        .chunks(8)
        .map(|byte| byte.iter().enumerate().fold(0, |sum, (at, bit)| sum | (bit - b'0') << (7 - at)))
        .collect();
    let mini = [bits, configuration, profile, samples, block, xmp, c.canary("behind-the-chunks")].concat();
    let bytes = [
        boxed(b"ftyp", b"mif3heic"),
        boxed(b"free", &c.canary("free")),
        boxed(b"mini", &mini),
        boxed(b"uuid", &c.canary("uuid")),
        c.canary("trailer"),
    ];
    Fixture { name: "mini, everything", bytes: bytes.concat(), canaries: cage.canaries }
}
