//! Places around the data set and in how it is put together: traps 1, 2 and 11.

use super::Nest;
use crate::dicom::{Element, FORMS, Form, Value, data_start, encode, file, items, number, text, with};

pub(super) fn fill(nest: &mut Nest) {
    header(nest);
    surroundings(nest);
    lies(nest);
    nesting(nest);
}

fn header(nest: &mut Nest) {
    let entries: [(&'static str, u32, &'static str); 11] = [
        ("header: application that wrote the file", 0x0002_0016, "AE"),
        ("header: sending application", 0x0002_0017, "AE"),
        ("header: receiving application", 0x0002_0018, "AE"),
        ("header: name of the program's version", 0x0002_0013, "SH"),
        ("header: private information", 0x0002_0102, "OB"),
        ("header: version misused", 0x0002_0001, "OB"),
        ("header: entry that the standard does not have", 0x0002_0099, "LO"),
        ("header: source's address", 0x0002_0026, "UR"),
        ("header: sender's address", 0x0002_0027, "UR"),
        ("header: receiver's address", 0x0002_0028, "UR"),
        ("header: name under another representation", 0x0002_0015, "PN"),
    ];
    for (name, tag, vr) in entries {
        let word = nest.word();
        headed(nest, name, word, tag, vr);
    }
    for (name, tag) in [
        ("header: instance", 0x0002_0003),
        ("header: class of a maker", 0x0002_0002),
        ("header: program's class", 0x0002_0012),
        ("header: creator of private information", 0x0002_0100),
    ] {
        let uid = nest.uid();
        headed(nest, name, uid, tag, "UI");
    }
    let word = nest.word();
    let preamble = format!("II*\0 {word}");
    let files = FORMS.map(|form| (form, file(form, preamble.as_bytes(), &[], &nest.base(form), &[])));
    nest.keep(1, "preamble", vec![word.into_bytes()], files.to_vec());
}

fn headed(nest: &mut Nest, name: &'static str, canary: String, tag: u32, vr: &'static str) {
    let whole = |form| (form, file(form, &[], &[text(tag, vr, &canary)], &nest.base(form), &[]));
    let files = FORMS.map(whole).to_vec();
    nest.keep(1, name, vec![canary.into_bytes()], files);
}

fn plain(nest: &Nest, new: Vec<Element>) -> Vec<u8> {
    file(Form::Explicit, &[], &[], &with(nest.base(Form::Explicit), new), &[])
}

/// Native samples, with these bytes behind them.
fn samples(nest: &mut Nest, name: &'static str, behind: impl Fn(&str) -> Vec<u8>) {
    let word = nest.word();
    let whole = |form| {
        let order = if form == Form::Big { u16::to_be_bytes } else { u16::to_le_bytes };
        let samples = (100u16..116).flat_map(order).collect::<Vec<u8>>();
        let pixels = Value::Bytes([samples, behind(&word)].concat());
        let data = with(nest.base(form), vec![Element { tag: 0x7FE0_0010, vr: "OW", value: pixels }]);
        (form, file(form, &[], &[], &data, &[]))
    };
    let files = FORMS.map(whole).to_vec();
    nest.keep(2, name, vec![word.into_bytes()], files);
}

/// 8-bit samples in 16-bit cells, a letter in the upper half of each.
fn letters(word: &str) -> Vec<Element> {
    let mut cells: Vec<u16> = word.bytes().map(|b| u16::from(b) << 8).collect();
    cells.resize(16, 0);
    vec![
        number(0x0028_0101, 8),
        number(0x0028_0102, 7),
        Element { tag: 0x7FE0_0010, vr: "OW", value: Value::Numbers(cells) },
    ]
}

fn surroundings(nest: &mut Nest) {
    samples(nest, "behind the last frame", |word| word.as_bytes().to_vec());
    samples(nest, "far behind the last frame", |word| [&[0; 4096], word.as_bytes()].concat());
    samples(nest, "a name behind the last frame", |word| format!("{word}^Jane^19770102").into_bytes());
    nest.put_all(2, "unused bits of the samples", letters);
    nest.put_all(2, "overlay in unused bits of the samples", |word| {
        let plane = [(0x6000_0010, 4), (0x6000_0011, 4), (0x6000_0100, 16), (0x6000_0102, 14)];
        [letters(word), plane.map(|(tag, n)| number(tag, n)).to_vec()].concat()
    });
    tail(nest, "behind the data set", |word, _| word.as_bytes().to_vec());
    tail(nest, "a second object behind the data set", |word, form| {
        file(
            if form == Form::Deflated { Form::Explicit } else { form },
            &[],
            &[],
            &[text(0x0010_0010, "PN", word)],
            &[],
        )
    });
    tail(nest, "elements of a person behind the pixel data", |word, form| {
        encode(if form == Form::Deflated { Form::Explicit } else { form }, &[text(0x0010_0010, "PN", word)])
    });
    tail(nest, "padding behind the data set", |word, _| [&[0; 512], word.as_bytes()].concat());
    nest.put(2, "element behind the pixel data", |word| text(0x7FE0_0020, "OB", word));
    nest.put(2, "private element behind the pixel data", |word| text(0x7FE1_1010, "OB", word));
    nest.whole(2, "object without preamble and header", |nest, word| {
        let data = with(nest.base(Form::Explicit), vec![text(0x0010_0010, "PN", word)]);
        encode(Form::Explicit, &data)
    });
    nest.whole(2, "implicit object without preamble and header", |nest, word| {
        let data = with(nest.base(Form::Explicit), vec![text(0x0010_0010, "PN", word)]);
        encode(Form::Implicit, &data)
    });
    nest.whole(2, "object without preamble", |nest, word| {
        plain(nest, vec![text(0x0010_0010, "PN", word)])[128..].to_vec()
    });
    nest.whole(2, "header without prefix", |nest, word| {
        plain(nest, vec![text(0x0010_0010, "PN", word)])[132..].to_vec()
    });
}

fn tail(nest: &mut Nest, name: &'static str, make: impl Fn(&str, Form) -> Vec<u8>) {
    let word = nest.word();
    let files = FORMS.map(|form| (form, file(form, &[], &[], &nest.base(form), &make(&word, form))));
    nest.keep(2, name, vec![word.into_bytes()], files.to_vec());
}

/// An object with raw bytes in place of an element: behind those of lower tags.
fn spliced(nest: &Nest, before: u32, raw: &[u8]) -> Vec<u8> {
    let data = nest.base(Form::Explicit);
    let (low, high): (Vec<Element>, Vec<Element>) = data.into_iter().partition(|e| e.tag < before);
    let mut out = file(Form::Explicit, &[], &[], &low, &[]);
    out.extend_from_slice(raw);
    out.extend(encode(Form::Explicit, &high));
    out
}

/// An element that claims to be longer than it is: the next one lies in its value.
fn swallowing(tag: u32, vr: &str, value: &[u8], word: &str) -> Vec<u8> {
    let next = encode(Form::Explicit, &[text(tag + 1, "PN", format!("{word}^Q"))]);
    let mut out = [(tag >> 16) as u16, tag as u16].iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    out.extend_from_slice(vr.as_bytes());
    let length = value.len() + next.len();
    if crate::dicom::is_long(vr) {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&(length as u32).to_le_bytes());
    } else {
        out.extend_from_slice(&(length as u16).to_le_bytes());
    }
    [&out, value, &next].concat()
}

fn lies(nest: &mut Nest) {
    let swallowers: [(&'static str, u32, &str, &[u8]); 10] = [
        ("a technical text that swallows the next element", 0x0018_0024, "SH", b"fl3d"),
        ("a decimal string that swallows the next element", 0x0018_0050, "DS", b"1.50"),
        ("a term that swallows the next element", 0x0018_5100, "CS", b"HFS "),
        ("a number that swallows the next element", 0x0018_1155, "US", &[1, 0]),
        ("a double that swallows the next element", 0x0018_9073, "FD", &[0; 8]),
        ("tags that swallow the next element", 0x0028_0009, "AT", b"\x18\0\x63\x10"),
        ("a palette that swallows the next element", 0x0028_1201, "OW", &[0; 8]),
        ("a palette in segments that swallows the next element", 0x0028_1222, "OW", &[1, 0, 16, 0, 7, 0]),
        ("a lookup table that swallows the next element", 0x0028_3006, "OW", &[0; 8]),
        ("a UID that swallows the next element", 0x0020_0052, "UI", b"1.2.840.10008.1.4.1.1\0"),
    ];
    for (name, tag, vr, value) in swallowers {
        nest.whole(11, name, |nest, word| spliced(nest, tag, &swallowing(tag, vr, value, word)));
    }
    nest.whole(11, "item that overruns its sequence", |nest, word| {
        let mut raw = encode(Form::Explicit, &[items(0x0008_1115, vec![vec![text(0x0008_1155, "UI", word)]])]);
        raw[16] = 200;
        spliced(nest, 0x0008_1115, &raw)
    });
    nest.whole(11, "item that ends before its element does", |nest, word| {
        let mut raw = encode(Form::Explicit, &[items(0x0008_1115, vec![vec![text(0x0008_1155, "UI", word)]])]);
        raw[16] = 10;
        spliced(nest, 0x0008_1115, &raw)
    });
    nest.whole(11, "bytes between the items of a sequence", |nest, word| {
        let mut raw = encode(Form::Explicit, &[items(0x0008_1115, vec![vec![text(0x0008_1155, "UI", "1.2.999.9")]])]);
        raw.extend_from_slice(word.as_bytes());
        raw[8] += word.len() as u8;
        spliced(nest, 0x0008_1115, &raw)
    });
    nest.whole(11, "second of two elements with one tag", |nest, word| {
        let twice = ["HFS", word].map(|v| encode(Form::Explicit, &[text(0x0018_5100, "CS", v)])).concat();
        spliced(nest, 0x0018_5100, &twice)
    });
    nest.whole(11, "second of two names of the patient", |nest, word| {
        let twice = ["Doe^Jane", word].map(|v| encode(Form::Explicit, &[text(0x0010_0010, "PN", v)])).concat();
        spliced(nest, 0x0010_0010, &twice)
    });
    nest.whole(11, "an element out of order", |nest, word| {
        spliced(nest, 0x0028_0002, &encode(Form::Explicit, &[text(0x0010_1040, "LO", word)]))
    });
    nest.whole(11, "second header", |nest, word| {
        let whole = plain(nest, vec![]);
        let second = encode(Form::Explicit, &[text(0x0002_0016, "AE", word)]);
        let start = data_start(&whole);
        [&whole[..start], &second, &whole[start..]].concat()
    });
    nest.whole(11, "second header with a prefix of its own", |nest, word| {
        let whole = plain(nest, vec![]);
        let second = encode(Form::Explicit, &[text(0x0002_0016, "AE", word)]);
        let start = data_start(&whole);
        [&whole[..start], b"DICM", &second, &whole[start..]].concat()
    });
    nest.whole(11, "last element cut short", |nest, word| {
        [&plain(nest, vec![])[..], b"\xe1\x7f\x10\0LO\xff\x7f", word.as_bytes()].concat()
    });
    nest.whole(11, "implicit data set declared explicit", |nest, word| {
        let data = with(nest.base(Form::Explicit), vec![text(0x0008_1030, "LO", word)]);
        [file(Form::Explicit, &[], &[], &[], &[]), encode(Form::Implicit, &data)].concat()
    });
    nest.whole(11, "big endian data set declared little", |nest, word| {
        let data = with(nest.base(Form::Explicit), vec![text(0x0008_1030, "LO", word)]);
        [file(Form::Explicit, &[], &[], &[], &[]), encode(Form::Big, &data)].concat()
    });
    nest.put(11, "group length misused", |word| text(0x0018_0000, "LO", word));
    nest.put(11, "sequence's tag under a text representation", |word| text(0x0008_1115, "LO", word));
    nest.put(11, "number's tag under a text representation", |word| text(0x0028_0030, "LO", word));
    nest.put(11, "name's tag under bytes", |word| text(0x0010_0010, "OB", word));
    nest.whole(11, "representation that there is not", |nest, word| {
        let raw = [&b"\x18\0\x50\0QQ\x08\0"[..], word.as_bytes()].concat();
        spliced(nest, 0x0018_0050, &raw)
    });
    nest.whole(11, "deflated data set that never ends", |nest, word| {
        let bomb = text(0x7FE1_1010, "OB", [&vec![0; 80 << 20], word.as_bytes()].concat());
        let packed = file(Form::Deflated, &[], &[], &with(nest.base(Form::Deflated), vec![bomb]), &[]);
        // What is deflated cannot be searched for, so the word stands in the header too.
        [&packed[..64], word.as_bytes(), &packed[64 + word.len()..]].concat()
    });
}

fn nesting(nest: &mut Nest) {
    for (name, depth) in [("20 sequences deep", 20), ("70 sequences deep", 70), ("200 sequences deep", 200)] {
        nest.put(11, name, |word| {
            let mut inner = text(0x0010_0010, "PN", word);
            for _ in 0..depth {
                inner = items(0x0008_1115, vec![vec![inner]]);
            }
            inner
        });
    }
}
