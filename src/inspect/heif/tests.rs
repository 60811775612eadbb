//! Planted leaks and near misses for HEIF and AVIF, and rough treatment.

use crate::inspect::fixture::{icc, orientation};
use crate::inspect::{Evidence, Trouble, inspect, witness};
use crate::recording::Format;

/// A box.
pub(super) fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
}

#[derive(Clone)]
struct Item {
    id: u16,
    kind: &'static [u8; 4],
    hidden: bool,
    /// The name with its end, and what follows it.
    name: Vec<u8>,
    content: Vec<u8>,
    in_idat: bool,
    properties: Vec<u8>,
}

/// A small HEIF file in parts, from which the tests make variants.
#[derive(Clone)]
struct File {
    items: Vec<Item>,
    properties: Vec<(&'static [u8; 4], Vec<u8>)>,
    references: Vec<(&'static [u8; 4], u16, Vec<u16>)>,
    handler: Vec<u8>,
    primary: u16,
    more_meta: Vec<u8>,
    more_top: Vec<u8>,
    more_media: Vec<u8>,
    brand: [u8; 4],
}

fn item(id: u16, kind: &'static [u8; 4], hidden: bool, content: &[u8], properties: &[u8]) -> Item {
    let properties = properties.to_vec();
    Item { id, kind, hidden, name: vec![0], content: content.to_vec(), in_idat: kind == b"grid", properties }
}

/// Coded data: units of HEVC behind their lengths.
fn units(all: &[&[u8]]) -> Vec<u8> {
    all.iter().flat_map(|u| [&(u.len() as u32).to_be_bytes()[..], u].concat()).collect()
}

fn hevc(arrays: &[(u8, &[u8])]) -> Vec<u8> {
    let mut out = vec![0u8; 22];
    out[0] = 1;
    out[21] = 3;
    out.push(arrays.len() as u8);
    for (kind, unit) in arrays {
        out.extend([*kind, 0, 1, 0, unit.len() as u8]);
        out.extend(*unit);
    }
    out
}

const TEXT: &[u8] = b"\x4e\x01\x05\x08CanaryQQ\x80";
const BLANK: &[u8] = b"\x4e\x01\x05\x08\xff\xff\xff\xff\xff\xff\xff\xff\x80";
const SLICE: &[u8] = &[0x28, 1, 9, 8, 7];

impl File {
    /// A grid of two tiles with transparency, turned, with a colour profile; nothing that tells of anyone.
    fn clean() -> Self {
        let aux = [&[0; 4][..], b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"].concat();
        File {
            items: vec![
                item(1, b"grid", false, &[0, 0, 0, 1, 0, 128, 0, 64], &[1, 4, 7]),
                item(2, b"hvc1", true, &units(&[BLANK, SLICE]), &[2, 3, 6]),
                item(3, b"hvc1", true, &units(&[SLICE, &[0x28, 1, 5]]), &[2, 3, 6]),
                item(4, b"hvc1", true, &units(&[&[0x28, 1, 77, 78]]), &[1, 3, 5]),
            ],
            properties: vec![
                (b"ispe", [0, 128, 64].iter().flat_map(|n: &u32| n.to_be_bytes()).collect()),
                (b"ispe", [0, 64, 64].iter().flat_map(|n: &u32| n.to_be_bytes()).collect()),
                (b"hvcC", hevc(&[(32, &[0x40, 1, 2]), (33, &[0x42, 1, 3])])),
                (b"colr", [&b"prof"[..], &icc("sRGB", "")].concat()),
                (b"auxC", aux),
                (b"pixi", vec![0, 0, 0, 0, 3, 8, 8, 8]),
                (b"irot", vec![1]),
            ],
            references: vec![(b"dimg", 1, vec![2, 3]), (b"auxl", 4, vec![1])],
            handler: vec![0],
            primary: 1,
            more_meta: Vec::new(),
            more_top: Vec::new(),
            more_media: vec![0; 9],
            brand: *b"heic",
        }
    }

    /// The original of it, with everything that goes.
    fn original() -> Self {
        let mut file = Self::clean();
        let tiff = [&b"\0\0\0\x06Exif\0\0"[..], &exif_block()].concat();
        file.items[1].content = units(&[TEXT, SLICE]);
        file.items.push(item(5, b"Exif", false, &tiff, &[]));
        let mut xmp = item(6, b"mime", false, b"<x:xmpmeta>Canary</x:xmpmeta>", &[]);
        xmp.name = b"\0application/rdf+xml\0".to_vec();
        file.items.push(xmp);
        file.items.push(item(7, b"hvc1", true, &units(&[SLICE]), &[2, 3]));
        file.items[0].name = b"Canary item\0".to_vec();
        file.references.extend([(b"cdsc", 5, vec![1]), (b"cdsc", 6, vec![1]), (b"thmb", 7, vec![1])]
            as [(&'static [u8; 4], u16, Vec<u16>); 3]);
        file.handler = b"Canary handler\0".to_vec();
        file.properties[3].1 = [&b"prof"[..], &icc("Canary's screen", "Canary")].concat();
        file.properties.push((b"udes", b"\0\0\0\0en\0Canary\0\0\0".to_vec()));
        file.more_media = b"Canary in the media data".to_vec();
        file.more_top = [boxed(b"mpvd", &[7; 20_000]), boxed(b"sefd", b"Canary")].concat();
        file
    }

    fn bytes(&self) -> Vec<u8> {
        let ftyp = boxed(b"ftyp", &[&self.brand[..], &[0; 4], b"mif1", &self.brand].concat());
        let length = self.meta(0).len();
        let meta = self.meta((ftyp.len() + length + 8) as u32);
        let media: Vec<u8> = self.items.iter().filter(|i| !i.in_idat).flat_map(|i| i.content.clone()).collect();
        [ftyp, meta, boxed(b"mdat", &[media, self.more_media.clone()].concat()), self.more_top.clone()].concat()
    }

    fn meta(&self, media: u32) -> Vec<u8> {
        let full = |kind, version: u8, content: &[u8]| boxed(kind, &[&[version, 0, 0, 0], content].concat());
        let be = |n: u16| n.to_be_bytes();
        let count = |n: usize| (n as u16).to_be_bytes();
        let infes: Vec<u8> = self
            .items
            .iter()
            .flat_map(|i| {
                let head = [&[2, 0, 0, u8::from(i.hidden)][..], &be(i.id), &[0, 0], i.kind, &i.name].concat();
                boxed(b"infe", &head)
            })
            .collect();
        let (mut at, mut inner) = (media, 0u32);
        let mut iloc = [&[0x44, 0][..], &count(self.items.len())].concat();
        for i in &self.items {
            let place = if i.in_idat { &mut inner } else { &mut at };
            iloc.extend([&be(i.id)[..], &[0, u8::from(i.in_idat), 0, 0, 0, 1]].concat());
            iloc.extend([place.to_be_bytes(), (i.content.len() as u32).to_be_bytes()].concat());
            *place += i.content.len() as u32;
        }
        let irefs: Vec<u8> = self
            .references
            .iter()
            .flat_map(|(kind, from, to)| {
                let ids: Vec<u8> = to.iter().flat_map(|id| be(*id)).collect();
                boxed(kind, &[&be(*from)[..], &count(to.len()), &ids].concat())
            })
            .collect();
        let ipco: Vec<u8> = self.properties.iter().flat_map(|(kind, content)| boxed(kind, content)).collect();
        let mut ipma = (self.items.len() as u32).to_be_bytes().to_vec();
        for i in &self.items {
            ipma.extend([&be(i.id)[..], &[i.properties.len() as u8], &i.properties].concat());
        }
        let idat: Vec<u8> = self.items.iter().filter(|i| i.in_idat).flat_map(|i| i.content.clone()).collect();
        let handler = [&[0; 4][..], b"pict", &[0; 12], &self.handler].concat();
        let parts = [
            full(b"hdlr", 0, &handler),
            full(b"pitm", 0, &be(self.primary)),
            full(b"iinf", 0, &[&count(self.items.len())[..], &infes].concat()),
            full(b"iloc", 1, &iloc),
            full(b"iref", 0, &irefs),
            boxed(b"iprp", &[boxed(b"ipco", &ipco), full(b"ipma", 0, &ipma)].concat()),
            boxed(b"idat", &idat),
            self.more_meta.clone(),
        ];
        full(b"meta", 0, &parts.concat())
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Vec<u8> {
        change(&mut self);
        self.bytes()
    }
}

/// A block with a date, a serial number and a position.
fn exif_block() -> Vec<u8> {
    let entry = |tag: u16, kind: u16, n: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &n.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let first = [entry(0x8769, 4, 1, 38), entry(0x8825, 4, 1, 68)].concat();
    let inner = [entry(0x9003, 2, 20, 86), entry(0xa431, 2, 7, 106)].concat();
    let gps = entry(1, 2, 2, u32::from(b'N'));
    [
        &b"II*\0\x08\0\0\0\x02\0"[..],
        &first,
        &[0; 4],
        &[2, 0],
        &inner,
        &[0; 4],
        &[1, 0],
        &gps,
        &[0; 4],
        b"2019:05:12 11:22:33\0Canary\0",
    ]
    .concat()
}

fn proof(original: &[u8], output: &[u8]) -> Result<u64, Trouble> {
    let (original, output) = (original.to_vec(), output.to_vec());
    witness(&Evidence { format: Format::Heif, original: &original, output: &output, dropped: &[] }).map(|c| c.samples())
}

fn word(original: &[u8], output: &[u8]) -> &'static str {
    proof(original, output).map_or_else(|t| t.code(), |_| "cleared")
}

#[test]
fn an_honest_output_clears() {
    let original = File::original().bytes();
    assert_eq!(proof(&original, &File::clean().bytes()), Ok(8 + 26 + 16 + 8));
    assert_eq!(word(&File::clean().bytes(), &File::clean().bytes()), "cleared");
    assert_eq!(word(&original, &original), "residue");
}

#[test]
fn what_is_planted_is_held_and_near_misses_are_not() {
    let original = File::original().bytes();
    let clean = File::clean;
    let free = |content: &[u8]| boxed(b"free", content);
    let kind = |kind: &'static [u8; 4]| move |f: &mut File| f.items.push(item(5, kind, false, b"Canary words", &[]));
    let property = |kind: &'static [u8; 4], content: &'static [u8]| {
        move |f: &mut File| f.properties.push((kind, content.to_vec()))
    };
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("Exif item", clean().with(kind(b"Exif")), "residue"),
        ("XMP item", clean().with(kind(b"mime")), "residue"),
        ("uri item", clean().with(kind(b"uri ")), "residue"),
        ("unknown item", clean().with(kind(b"caNy")), "residue"),
        ("thumbnail", clean().with(|f| f.items.push(File::original().items[6].clone())), "residue"),
        ("name of an item", clean().with(|f| f.items[0].name = b"Canary\0".to_vec()), "residue"),
        ("blanked name of an item", clean().with(|f| f.items[0].name = vec![0; 7]), "cleared"),
        ("name of the handler", clean().with(|f| f.handler = b"Canary\0".to_vec()), "residue"),
        ("blanked name of the handler", clean().with(|f| f.handler = vec![0; 15]), "cleared"),
        ("uuid box", clean().with(|f| f.more_top = boxed(b"uuid", &[7; 24])), "residue"),
        ("mpvd box", clean().with(|f| f.more_top = boxed(b"mpvd", b"")), "residue"),
        ("sefd box", clean().with(|f| f.more_top = boxed(b"sefd", b"")), "residue"),
        ("udta box", clean().with(|f| f.more_top = boxed(b"udta", b"")), "residue"),
        ("second meta", clean().with(|f| f.more_top = f.meta(0)), "residue"),
        ("second ftyp", clean().with(|f| f.more_top = boxed(b"ftyp", b"heic\0\0\0\0")), "residue"),
        ("jumb box", clean().with(|f| f.more_top = boxed(b"jumb", b"")), "residue"),
        ("free space with words", clean().with(|f| f.more_top = free(b"Canary")), "residue"),
        ("free space with zeros", clean().with(|f| f.more_top = free(&[0; 99])), "cleared"),
        ("words in free space of meta", clean().with(|f| f.more_meta = free(b"Canary")), "residue"),
        ("zeros in free space of meta", clean().with(|f| f.more_meta = free(&[0; 99])), "cleared"),
        ("xml in meta", clean().with(|f| f.more_meta = boxed(b"xml ", b"")), "residue"),
        ("bytes behind", clean().with(|f| f.more_top = b"Canary".to_vec()), "unaccounted"),
        ("words in media data", clean().with(|f| f.more_media = b"\0\0Canary".to_vec()), "residue"),
        (
            "words in idat",
            clean().with(|f| {
                let mut hidden = item(9, b"grid", false, b"Canary", &[]);
                hidden.in_idat = true;
                f.items.push(hidden);
            }),
            "residue",
        ),
        ("unknown property", clean().with(property(b"udes", b"\0\0\0\0\0")), "residue"),
        ("property of time", clean().with(property(b"crtt", b"\0\0\0\0\0\0\0\0\0\0\0\0")), "residue"),
        ("free property with words", clean().with(property(b"free", b"Canary")), "residue"),
        ("free property with zeros", clean().with(property(b"free", b"\0\0\0\0")), "cleared"),
        ("long irot", clean().with(property(b"irot", b"\0Canary")), "residue"),
        ("long pixi", clean().with(property(b"pixi", b"\0\0\0\0\x01\x08Canary")), "residue"),
        ("auxiliary of an unknown kind", clean().with(property(b"auxC", b"\0\0\0\0urn:canary\0")), "residue"),
        (
            "telling profile",
            clean().with(|f| f.properties[3].1 = [&b"prof"[..], &icc("Canary", "")].concat()),
            "residue",
        ),
        (
            "message in the settings",
            clean().with(|f| f.properties[2].1 = hevc(&[(32, &[0x40, 1, 2]), (33, &[0x42, 1, 3]), (39, TEXT)])),
            "residue",
        ),
        ("message in a picture", clean().with(|f| f.items[1].content = units(&[TEXT, SLICE])), "residue"),
        ("reference to what is not there", clean().with(|f| f.references.push((b"dimg", 1, vec![99]))), "residue"),
        ("reference of another kind", clean().with(|f| f.references.push((b"cdsc", 1, vec![2]))), "residue"),
        ("unknown brand", clean().with(|f| f.brand = *b"caNy"), "residue"),
        ("grid of the wrong size", clean().with(|f| f.items[0].content.extend(b"Canary")), "residue"),
        ("changed tile", clean().with(|f| f.items[2].content[6] ^= 1), "samples-changed"),
        ("changed grid", clean().with(|f| f.items[0].content[5] ^= 1), "samples-changed"),
        (
            "message blanked otherwise",
            clean().with(|f| {
                f.items[1].content = units(&[b"\x4c\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x80", SLICE])
            }),
            "cleared",
        ),
        ("lost turn", clean().with(|f| f.items[0].properties = vec![1, 4]), "samples-changed"),
        ("another turn", clean().with(|f| f.properties[6].1 = vec![2]), "samples-changed"),
        ("lost profile", clean().with(|f| f.items[0].properties = vec![1, 7]), "samples-changed"),
        (
            "lost transparency",
            clean().with(|f| {
                f.items.pop();
                f.references.pop();
            }),
            "samples-changed",
        ),
        ("tiles in another order", clean().with(|f| f.references[0].2 = vec![3, 2]), "samples-changed"),
        ("another primary picture", clean().with(|f| f.primary = 2), "samples-changed"),
        ("tile that is shown", clean().with(|f| f.items[1].hidden = false), "samples-changed"),
        ("another size", clean().with(|f| f.properties[0].1[7] = 64), "samples-changed"),
        ("no picture", boxed(b"ftyp", b"heic\0\0\0\0"), "damaged"),
        ("video", boxed(b"ftyp", b"isom\0\0\0\0"), "damaged"),
    ];
    let mut tried = 0;
    for (name, output, expected) in &cases {
        assert_eq!(word(&original, output), *expected, "{name}: {:?}", proof(&original, output));
        tried += 1;
    }
    assert_eq!(tried, 51);
}

/// A source that does not lie in memory, and gives a few bytes at a time.
struct Far(Vec<u8>);

impl crate::cut::Source for Far {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = buf.len().min(1000);
        crate::cut::Source::read_at(self.0.as_slice(), offset, &mut buf[..n])
    }
}

#[test]
fn files_on_disk_are_proved_as_files_in_memory_are() {
    let long: Vec<u8> = (0..700_000u32).map(|n| (n >> 3) as u8 | 1).collect();
    let slice = [&[0x28, 1][..], &long].concat();
    let output = File::clean().with(|f| f.items[2].content = units(&[BLANK, &slice]));
    let original = File::original().with(|f| f.items[2].content = units(&[TEXT, &slice]));
    let near = proof(&original, &output);
    let (original, output) = (Far(original), Far(output));
    let far = witness(&Evidence { format: Format::Heif, original: &original, output: &output, dropped: &[] });
    assert_eq!(near, far.map(|c| c.samples()));
    assert!(near.is_ok(), "{near:?}");
}

#[test]
fn a_removed_string_in_numbers_is_held() {
    let output = File::clean().with(|f| f.properties.push((b"clap", [b"Can\xe4ry12".to_vec(), vec![0; 24]].concat())));
    let original = File::original().with(|f| f.more_top = boxed(b"sefd", b"seen by Can\xe4ry1"));
    assert_eq!(word(&original, &output), "cleared");
    let start = original.len() as u64 - 15;
    let dropped = Vec::from_iter(Some(start..original.len() as u64));
    let held = witness(&Evidence { format: Format::Heif, original: &original, output: &output, dropped: &dropped });
    assert_eq!(held.map_err(|t| t.code()).err(), Some("residue"));
}

#[test]
fn words_among_numbers_are_held_whether_they_were_removed_or_not() {
    let cases: [(&[u8; 4], Vec<u8>); 5] = [
        (b"clap", [b"Canary12".to_vec(), vec![0; 24]].concat()),
        (b"mdcv", [b"1957050412345678".to_vec(), vec![0; 8]].concat()),
        (b"pixi", [&[0, 0, 0, 0, 16][..], b"1957050412345678"].concat()),
        (b"clli", b"1957".to_vec()),
        (b"a1lx", b"\x01Canary-Hoefl".to_vec()),
    ];
    let mut tried = 0;
    for (kind, content) in cases {
        let output = File::clean().with(|f| f.properties.push((kind, content.clone())));
        assert_eq!(word(&File::clean().with(|f| f.properties.push((kind, content.clone()))), &output), "residue");
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn what_a_person_would_name_is_named() {
    let original = File::original().bytes();
    let found = inspect(&original, Format::Heif).unwrap();
    let labels: Vec<&str> = found.findings.iter().map(|f| f.label.as_str()).collect();
    for label in [
        "date and time taken",
        "camera serial number",
        "GPS position",
        "XMP block",
        "embedded thumbnail 64×64",
        "name of an item",
        "name of a handler",
        "colour profile text",
        "description of an item",
        "video of 20 KB behind the picture",
        "camera maker's data",
        "bytes that belong to nothing",
        "message in the coded picture",
    ] {
        assert!(labels.contains(&label), "{label}: {labels:?}");
    }
    assert_eq!((found.width, found.height, found.year()), (Some(128), Some(64), Some(2019)));
    assert_eq!(crate::inspect::year(&original, Format::Heif), Some(2019));
    assert!(!format!("{found:?}").contains("Canary"));
    let left = inspect(&File::clean().bytes(), Format::Heif).unwrap();
    let labels: Vec<&str> = left.findings.iter().map(|f| f.label.as_str()).collect();
    assert_eq!(labels, ["pixels not checked"]);
    assert!(!orientation(1).is_empty());
}

#[test]
fn rough_treatment_never_panics_and_never_clears_what_is_cut_off() {
    let (original, clean) = (File::original().bytes(), File::clean().bytes());
    let mut tried = 0;
    for n in 0..clean.len() {
        let cut = clean[..n].to_vec();
        assert_ne!(word(&original, &cut), "cleared", "{n}");
        let _ = inspect(&cut, Format::Heif);
        let _ = inspect(&original[..original.len() * n / clean.len()].to_vec(), Format::Heif);
        tried += 1;
    }
    for bit in (0..clean.len() * 8).step_by(3) {
        let mut bad = clean.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let _ = word(&original, &bad);
        let _ = word(&bad, &clean);
        let _ = inspect(&bad, Format::Heif);
        tried += 1;
    }
    assert_eq!(tried, clean.len() + (clean.len() * 8).div_ceil(3));
}
