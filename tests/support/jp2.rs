//! JPEG 2000 pictures made for tests: boxes and markers with a canary in each place, around coded tiles.
//!
//! ISO/IEC 15444-1, annexes A and I, and 15444-2, annex M.
#![allow(dead_code, missing_docs, missing_debug_implementations, unreachable_pub)]

use super::picture::{Cage, Fixture, exif, icc};

/// The coded data of one tile: 16 × 16, three components, two levels, reversible; drawn by us, coded by OpenJPEG 2.5.
const DATA: &str = "\
    df805811622c7d99f70738e8be8fdf80601281175037bce9af0370aadfdf8080120bce68dbd0197975ccaf12f87abbb4c1f38500221a085d\
    7fa0f9c200037fdd51c0f90240f90200221a085f037fdd5fc0f9020036a199cfa07c81003da6345fc07c22407c220036a199bf3da6345f\
";
/// The same of one component, whose values are indices from 0 to 7, one level.
const GREY_DATA: &str = "\
    df8158111df0a09ce2e1577f8d9e422ca544899483ca8e79e620789af3cc40f135e7987b929324a9c606934e2678c0124013c009c003eb67\
    df03ba08b26ae97f194aa17c0a2c5f\
";

pub const SIGNATURE: &[u8] = b"\0\0\0\x0CjP  \r\n\x87\n";
const XMP: &[u8] = b"\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";
const IPTC: &[u8] = b"\x33\xC7\xA4\xD2\xB8\x1D\x47\x23\xA0\xBA\xF1\xA3\xE0\x97\xAD\x38";
const GEO: &[u8] = b"\xB1\x4B\xF8\xBD\x08\x3D\x4B\x43\xA5\xAE\x8C\xD7\xD5\xA6\xCE\x03";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

pub fn boxed(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&(data.len() as u32 + 8).to_be_bytes()[..], kind, data].concat()
}

pub fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    [&[0xFF, marker], &((data.len() + 2) as u16).to_be_bytes()[..], data].concat()
}

fn size(components: u8) -> Vec<u8> {
    let mut data = vec![0; 36];
    (data[5], data[9], data[21], data[25], data[35]) = (16, 16, 16, 16, components);
    data.extend([7, 1, 1].repeat(usize::from(components)));
    segment(0x51, &data)
}

pub fn style(levels: u8, surplus: &[u8]) -> Vec<u8> {
    segment(0x52, &[&[0, 0, 0, 1, 0, levels, 4, 4, 0, 1][..], surplus].concat())
}

const STEPS: &[u8] = &[0x40, 0x40, 0x48, 0x48, 0x50, 0x48, 0x48, 0x50];

/// One tile part of tile 0, with segments of its own.
pub fn tile(header: &[u8], data: &[u8]) -> Vec<u8> {
    let length = (14 + header.len() + data.len()) as u32;
    let start = [&[0, 0][..], &length.to_be_bytes(), &[0, 1]].concat();
    [segment(0x90, &start), header.to_vec(), vec![0xFF, 0x93], data.to_vec()].concat()
}

/// A codestream of 16 × 16 with segments behind its own in the main header and in the tile's.
pub fn stream_with(main: &[u8], inside: &[u8]) -> Vec<u8> {
    let tile = tile(inside, &bytes(DATA));
    [&b"\xFF\x4F"[..], &size(3), &style(2, &[]), &segment(0x5C, STEPS), main, &tile, b"\xFF\xD9"].concat()
}

pub fn stream() -> Vec<u8> {
    stream_with(&[], &[])
}

/// The same with the tile's length left open.
pub fn open_stream() -> Vec<u8> {
    let mut stream = stream();
    let at = memchr::memmem::find(&stream, &[0xFF, 0x90]).expect("a tile");
    stream[at + 6..at + 10].fill(0);
    stream
}

/// A list of one tile part's length.
pub fn lengths(tile: u32) -> Vec<u8> {
    segment(0x55, &[&[0, 0x50, 0][..], &tile.to_be_bytes()].concat())
}

fn grey_stream() -> Vec<u8> {
    let tile = tile(&[], &bytes(GREY_DATA));
    [&b"\xFF\x4F"[..], &size(1), &style(1, &[]), &segment(0x5C, &STEPS[..5]), &tile, b"\xFF\xD9"].concat()
}

pub fn image(components: u8) -> Vec<u8> {
    boxed(b"ihdr", &[0, 0, 0, 16, 0, 0, 0, 16, 0, components, 7, 7, 0, 0])
}

pub fn srgb() -> Vec<u8> {
    boxed(b"colr", &[1, 0, 0, 0, 0, 0, 16])
}

pub fn resolution() -> Vec<u8> {
    boxed(b"res ", &boxed(b"resc", &[0x0B, 0x12, 0, 1, 0x0B, 0x12, 0, 1, 0, 0]))
}

pub fn file_type(brand: &[u8; 4]) -> Vec<u8> {
    boxed(b"ftyp", &[&brand[..], &[0; 4], brand].concat())
}

/// A file of signature, type and these boxes.
pub fn file(brand: &[u8; 4], boxes: &[Vec<u8>]) -> Vec<u8> {
    [SIGNATURE.to_vec(), file_type(brand), boxes.concat()].concat()
}

pub fn plain() -> Vec<u8> {
    let header = [image(3), srgb(), resolution()].concat();
    file(b"jp2 ", &[boxed(b"jp2h", &header), boxed(b"jp2c", &stream())])
}

/// The codestream with a canary in every segment that has room for one.
fn spoken(c: &mut Cage) -> Vec<u8> {
    let comment = |kind: u8, words: Vec<u8>| segment(0x64, &[vec![0, kind], words].concat());
    let tile = tile(
        &[
            comment(1, c.canary("com-tile")),
            segment(0x58, &[vec![0], c.canary("plt")].concat()),
            segment(0x5D, &[vec![0], STEPS.to_vec(), c.canary("qcc-tile")].concat()),
        ]
        .concat(),
        &bytes(DATA),
    );
    [
        &b"\xFF\x4F"[..],
        &size(3),
        &comment(1, c.canary("com-first")),
        &style(2, &[]),
        &segment(0x53, &[1, 0, 2, 4, 4, 0, 1]),
        &segment(0x5C, &[STEPS, &c.canary("qcd")].concat()),
        &comment(0, c.canary("com-binary")),
        &comment(9, c.canary("com-unknown")),
        &segment(0x55, &[&[0, 0x10][..], &c.canary("tlm")].concat()),
        &segment(0x57, &[vec![0], c.canary("plm")].concat()),
        &comment(1, Vec::new()),
        &tile,
        b"\xFF\xD9",
    ]
    .concat()
}

/// A bare codestream, and what stands behind it.
pub fn bare() -> Fixture {
    let mut cage = Cage::new("J2K");
    let mut bytes = spoken(&mut cage);
    bytes.extend(cage.canary("behind-codestream"));
    Fixture { name: "jpeg 2000, bare", bytes, canaries: cage.canaries }
}

/// A JP2 file with a canary in each box.
pub fn boxes() -> Fixture {
    let mut cage = Cage::new("JP2");
    let c = &mut cage;
    let uuid = |id: &[u8], data: Vec<u8>| boxed(b"uuid", &[id, &data].concat());
    let block = exif(c, "exif", 6);
    let header = [
        boxed(b"ihdr", &[&image(3)[8..], &c.canary("ihdr")].concat()),
        boxed(b"bpcc", &[&[7, 7, 7][..], &c.canary("bpcc")].concat()),
        boxed(b"colr", &[vec![4, 0, 0], vec![9; 16], c.canary("colr-vendor")].concat()),
        boxed(b"colr", &[vec![2, 0, 0], icc(c)].concat()),
        boxed(b"colr", &[vec![1, 0, 0, 0, 0, 0, 16], c.canary("colr-enumerated")].concat()),
        boxed(b"colr", &[vec![3, 0, 0], c.canary("colr-broken")].concat()),
        boxed(b"cdef", &[vec![0, 1, 0, 0, 0, 0, 0, 1], c.canary("cdef")].concat()),
        boxed(b"lbl ", &c.canary("label-in-header")),
        boxed(b"CANA", &c.canary("unknown-in-header")),
        boxed(
            b"res ",
            &[
                boxed(b"resc", &[&[0, 72, 0, 1, 0, 72, 0, 1, 0, 0][..], &c.canary("resc")].concat()),
                boxed(b"xml ", &c.canary("xml-in-res")),
            ]
            .concat(),
        ),
        vec![0, 0, 0, 3],
        c.canary("gap-in-header"),
    ];
    let header = header.concat();
    let mut out =
        [SIGNATURE.to_vec(), boxed(b"ftyp", &[&b"jp2 \0\0CAjp2 "[..], &c.canary("brand-!")].concat())].concat();
    out.extend(boxed(b"rreq", &[vec![1, 0xC0, 0x80, 0, 1, 0, 5, 0x80, 0, 1], c.canary("rreq")].concat()));
    out.extend(boxed(b"xml ", &c.canary("xml-first")));
    out.extend(boxed(b"jp2h", &header));
    out.extend(uuid(b"JpgTiffExif->JP2", block));
    out.extend(uuid(XMP, c.canary("xmp")));
    out.extend(uuid(IPTC, c.canary("iptc")));
    out.extend(uuid(GEO, c.canary("geo")));
    out.extend(boxed(
        b"asoc",
        &[boxed(b"lbl ", &c.canary("asoc-label")), boxed(b"xml ", &c.canary("asoc-xml"))].concat(),
    ));
    let list = [boxed(b"ulst", &[vec![0, 1], vec![5; 16]].concat()), boxed(b"url ", &c.canary("url"))];
    out.extend(boxed(b"uinf", &list.concat()));
    out.extend(boxed(b"jp2c", &[spoken(c), c.canary("behind-codestream")].concat()));
    for kind in
        [b"jp2i", b"jumb", b"free", b"mdat", b"uuid", b"lbl ", b"nlst", b"jp2c", b"jp2h", b"CANA", b"cref", b"roid"]
    {
        out.extend(boxed(kind, &c.canary(&format!("{}-behind", String::from_utf8_lossy(kind).trim()))));
    }
    out.extend([&[0, 0, 0, 1][..], b"xml ", &[0, 0, 0, 0, 0, 0, 0, 80]].concat());
    let mut long = c.canary("xml-long");
    long.resize(64, b'!');
    out.extend(long);
    out.extend([&[0; 4][..], b"xml ", &c.canary("xml-open")].concat());
    Fixture { name: "jp2, boxes", bytes: out, canaries: cage.canaries }
}

/// A palette picture whose palette, and what goes with it, is followed by more.
pub fn palette() -> Fixture {
    let mut cage = Cage::new("JP2P");
    let c = &mut cage;
    let colours: Vec<u8> = (0..8_u8).flat_map(|n| [n * 30, 255 - n * 30, 7]).collect();
    let header = [
        image(1),
        srgb(),
        boxed(b"pclr", &[&[0, 8, 3, 7, 7, 7][..], &colours, &c.canary("palette")].concat()),
        boxed(b"cmap", &[0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 2]),
    ];
    let bytes = [boxed(b"jp2h", &header.concat()), boxed(b"jp2c", &grey_stream()), c.canary("trailer")];
    Fixture { name: "jp2, palette", bytes: file(b"jp2 ", &bytes), canaries: cage.canaries }
}

/// A JPX file of two codestreams with headers, labels and a composition.
pub fn extended() -> Fixture {
    let mut cage = Cage::new("JPX");
    let c = &mut cage;
    let page = |c: &mut Cage, n: u8| {
        boxed(b"jpch", &[boxed(b"lbl ", &c.canary(&format!("codestream-label-{n}"))), image(3)].concat())
    };
    let layer = |c: &mut Cage, n: u8| {
        let group = boxed(b"cgrp", &[srgb(), boxed(b"CANA", &c.canary(&format!("group-{n}")))].concat());
        boxed(b"jplh", &[boxed(b"lbl ", &c.canary(&format!("layer-label-{n}"))), group].concat())
    };
    let options = boxed(b"copt", &[0, 0, 0, 16, 0, 0, 0, 16, 0]);
    let instructions = boxed(b"inst", &[0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let comp = [options, instructions, boxed(b"xml ", &c.canary("xml-in-composition"))].concat();
    let parts = [
        boxed(b"rreq", &c.canary("rreq")),
        boxed(b"jp2h", &[image(3), srgb()].concat()),
        page(c, 1),
        page(c, 2),
        layer(c, 1),
        layer(c, 2),
        boxed(b"comp", &comp),
        boxed(b"jp2c", &stream()),
        boxed(b"drep", &c.canary("drep")),
        boxed(b"jp2c", &stream_with(&segment(0x64, &[vec![0, 1], c.canary("com-second")].concat()), &[])),
        boxed(b"gtso", &c.canary("gtso")),
    ];
    Fixture { name: "jpx", bytes: file(b"jpx ", &parts), canaries: cage.canaries }
}
