//! Places in attributes of the data set: sequences, new and unlisted attributes, representations, character sets (traps 5
//! to 8).

use super::Nest;
use crate::dicom::{Element, Value, file, items, open, text, with};

pub(super) fn fill(nest: &mut Nest) {
    sequences(nest);
    recent(nest);
    unlisted(nest);
    unlisted_in_full(nest);
    misused(nest);
    several(nest);
    charsets(nest);
}

fn name(word: &str) -> Element {
    text(0x0010_0010, "PN", format!("{word}^Q"))
}

fn sequences(nest: &mut Nest) {
    let un = |tag, value| Element { tag, vr: "UN", value };
    nest.put(5, "name in a sequence", |w| items(0x0008_1115, vec![vec![name(w)]]));
    nest.put(5, "name two sequences down, open", |w| {
        open(0x0008_1115, vec![vec![open(0x0008_114A, vec![vec![name(w)]])]])
    });
    nest.put(5, "name in the second item", |w| items(0x0008_1140, vec![vec![], vec![name(w)]]));
    nest.put(5, "sequence under UN of undefined length", |w| un(0x0040_0260, Value::Open(vec![vec![name(w)]])));
    nest.put(5, "sequence under UN of defined length", |w| un(0x0040_0260, Value::Items(vec![vec![name(w)]])));
    nest.put(5, "sequence under UN in a sequence under UN", |w| {
        let inner = un(0x0040_0008, Value::Open(vec![vec![name(w)]]));
        un(0x0040_0275, Value::Open(vec![vec![inner]]))
    });
    nest.put(5, "sequence under a tag of no standard", |w| items(0x0018_FFFE, vec![vec![name(w)]]));
    nest.put(5, "private sequence", |w| open(0x0029_1140, vec![vec![name(w)]]));
    nest.put(5, "private sequence under UN", |w| un(0x0029_1140, Value::Open(vec![vec![name(w)]])));
    nest.put(5, "private block in an item", |w| {
        let block = vec![text(0x0029_0010, "LO", "SIEMENS CSA HEADER"), text(0x0029_1010, "OB", w)];
        items(0x0008_1140, vec![block])
    });
    nest.put(5, "original attributes", |w| {
        let old = items(0x0400_0550, vec![vec![text(0x0010_0020, "LO", w)]]);
        items(0x0400_0561, vec![vec![old]])
    });
    nest.put(5, "source of previous values", |w| items(0x0400_0561, vec![vec![text(0x0400_0564, "LO", w)]]));
    nest.put(5, "value that did not conform", |w| {
        items(0x0400_0561, vec![vec![items(0x0400_0551, vec![vec![text(0x0400_0552, "UN", w)]])]])
    });
    nest.put(5, "request", |w| items(0x0040_0275, vec![vec![text(0x0040_1001, "SH", w)]]));
    nest.put(5, "procedure code's meaning", |w| {
        let code = [(0x0008_0100, "SH", "71020"), (0x0008_0102, "SH", "C4"), (0x0008_0104, "LO", w)];
        items(0x0008_1032, vec![code.map(|(tag, vr, v)| text(tag, vr, v)).to_vec()])
    });
    nest.put(5, "acquisition context's text", |w| items(0x0040_0555, vec![vec![text(0x0040_A160, "UT", w)]]));
    nest.put(5, "pixel data in an item where none belong", |w| {
        items(0x0040_0555, vec![vec![text(0x7FE0_0010, "OB", w)]])
    });
    nest.put(5, "character set of an item", |w| items(0x0008_1140, vec![vec![text(0x0008_0005, "CS", w)]]));
    for (name, tag, inner) in [
        ("series referred to", 0x0008_1115, 0x0020_000E),
        ("instance referred to", 0x0008_1140, 0x0008_1155),
        ("source image", 0x0008_2112, 0x0008_1155),
        ("study referred to", 0x0008_1110, 0x0008_1155),
        ("frame of reference in a group", 0x5200_9229, 0x0020_0052),
    ] {
        let uid = nest.uid();
        nest.hold(5, name, &uid, vec![items(tag, vec![vec![text(inner, "UI", &uid)]])]);
    }
}

fn recent(nest: &mut Nest) {
    nest.texts(
        6,
        &[
            ("comment on pronouns", 0x0010_0016, "LT"),
            ("comment on gender identity", 0x0010_0045, "LT"),
            ("comment on sex parameters", 0x0010_0042, "LT"),
            ("reference of sex parameters", 0x0010_0047, "UR"),
            ("ethnic group", 0x0010_2160, "SH"),
            ("ethnic groups", 0x0010_2162, "UC"),
            ("display address", 0x0040_E012, "UR"),
            ("device of a secondary capture", 0x0018_1010, "LO"),
            ("device of a hard copy", 0x0018_1011, "LO"),
            ("unformatted text where none belongs", 0x0070_0006, "ST"),
        ],
    );
    nest.put(6, "name to use", |w| items(0x0010_0011, vec![vec![text(0x0010_0012, "LT", w)]]));
    nest.put(6, "comment on a name to use", |w| items(0x0010_0011, vec![vec![text(0x0010_0013, "LT", w)]]));
    nest.put(6, "pronouns", |w| {
        items(0x0010_0014, vec![vec![items(0x0010_0015, vec![vec![text(0x0008_0104, "LO", w)]])]])
    });
    nest.put(6, "gender identity", |w| {
        items(0x0010_0041, vec![vec![items(0x0010_0044, vec![vec![text(0x0008_0104, "LO", w)]])]])
    });
    nest.put(6, "ethnic group's code", |w| items(0x0010_2161, vec![vec![text(0x0008_0104, "LO", w)]]));
    nest.put(6, "annotation of a waveform", |w| items(0x0040_B020, vec![vec![text(0x0070_0006, "ST", w)]]));
}

fn unlisted(nest: &mut Nest) {
    nest.texts(
        7,
        &[
            ("birth in another calendar", 0x0010_0033, "LO"),
            ("death in another calendar", 0x0010_0034, "LO"),
            ("the calendar", 0x0010_0035, "CS"),
            ("name of an acquisition protocol's element", 0x0018_991E, "LO"),
            ("retrieve address", 0x0008_1190, "UR"),
            ("title of a document", 0x0042_0010, "ST"),
            ("explanation of a window", 0x0028_1055, "LO"),
            ("explanation of a lookup table", 0x0028_3003, "LO"),
            ("attribute of a group of no standard", 0x4444_0010, "LO"),
            ("attribute of no standard in group 0008", 0x0008_FFF1, "LO"),
            ("attribute of no standard in group 0010", 0x0010_FFF1, "UN"),
            ("retired comments", 0x4000_4000, "LT"),
            ("retired results", 0x4008_010B, "ST"),
        ],
    );
    nest.put(7, "explanation in a lookup table's sequence", |w| {
        items(0x0028_3000, vec![vec![text(0x0028_3003, "LO", w)]])
    });
    nest.put(7, "code's meaning", |w| {
        let code = [(0x0008_0100, "SH", "T-D4000"), (0x0008_0102, "SH", "SRT"), (0x0008_0104, "LO", w)];
        items(0x0008_2218, vec![code.map(|(tag, vr, v)| text(tag, vr, v)).to_vec()])
    });
    nest.put(7, "code of a hospital's own scheme", |w| {
        items(0x0008_2218, vec![vec![text(0x0008_0100, "SH", w), text(0x0008_0102, "SH", "99LOCAL")]])
    });
    nest.put(7, "a hospital's own scheme", |w| {
        items(0x0054_0220, vec![vec![text(0x0008_0100, "SH", "1"), text(0x0008_0102, "SH", w)]])
    });
    nest.put(7, "long code's value", |w| items(0x0008_2218, vec![vec![text(0x0008_0119, "UC", w)]]));
    nest.put(7, "code as an address", |w| items(0x0008_2218, vec![vec![text(0x0008_0120, "UR", w)]]));
    nest.put(7, "organisation of a coding scheme", |w| {
        items(0x0008_0110, vec![vec![text(0x0008_0116, "ST", w), text(0x0008_0102, "SH", "99X")]])
    });
}

/// Every attribute of text, name, date, UID or bytes that the dictionary has and Table E.1-1 has not: each a place, and all
/// those of a kind in one object.
fn unlisted_in_full(nest: &mut Nest) {
    use dicom_core::Tag;
    use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
    let table = include_str!("../../../src/dicom/ps315_2026c.tsv");
    let listed = |tag: u32| table.contains(&format!("({:04X},{:04X})", tag >> 16, tag & 0xFFFF));
    // Versions, makers and models stay, but for what identifies in the object: tried with the patient's name (`several`).
    let kept = include_str!("../../../src/dicom/keep.tsv").lines().filter(|l| l.contains("\ttext\t"));
    let kept: Vec<&str> = kept.filter_map(|l| l.get(..11)).collect();
    let stays = |tag: u32| kept.contains(&&format!("({:04X},{:04X})", tag >> 16, tag & 0xFFFF)[..]);
    let dictionary = dicom_dictionary_std::StandardDataDictionary;
    let groups =
        [0x08, 0x10, 0x12, 0x14, 0x18, 0x20, 0x22, 0x24, 0x28, 0x32, 0x34, 0x38, 0x3A, 0x40, 0x42, 0x46, 0x48, 0x50];
    let more = [
        0x52, 0x54, 0x60, 0x62, 0x64, 0x66, 0x68, 0x70, 0x72, 0x74, 0x76, 0x78, 0x80, 0x82, 0x88, 0x400, 0x3002,
        0x3006, 0x3008,
    ];
    let tags = groups
        .into_iter()
        .chain(more)
        .chain([0x300A, 0x300C, 0x3010])
        .flat_map(|g: u32| (1..=0xFFFF).map(move |e| g << 16 | e));
    let mut by_kind: std::collections::BTreeMap<&'static str, Vec<u32>> = Default::default();
    for tag in tags {
        let Some(entry) = dictionary.by_tag(Tag((tag >> 16) as u16, tag as u16)) else { continue };
        let vr = entry.vr().relaxed().to_string();
        // These make the object another kind, or say how to read the others.
        let telling = [0x0008_0005, 0x0008_0016, 0x0008_0018, 0x0042_0011, 0x0048_0010].contains(&tag);
        if !listed(tag) && !stays(tag) && !telling {
            by_kind.entry(vr).or_default().push(tag);
        }
    }
    for (vr, label) in [
        ("LO", "every unlisted LO"),
        ("SH", "every unlisted SH"),
        ("LT", "every unlisted LT"),
        ("ST", "every unlisted ST"),
        ("UT", "every unlisted UT"),
        ("UC", "every unlisted UC"),
        ("UR", "every unlisted UR"),
        ("PN", "every unlisted PN"),
        ("CS", "every unlisted CS"),
        ("DS", "every unlisted DS"),
        ("IS", "every unlisted IS"),
        ("OB", "every unlisted OB"),
    ] {
        let tags = by_kind.remove(vr).unwrap_or_default();
        nest.put_all(7, label, |w| tags.iter().map(|tag| text(*tag, vr, w)).collect());
    }
    let uid = nest.uid();
    let uids = by_kind.remove("UI").unwrap_or_default();
    nest.hold(7, "every unlisted UI", &uid, uids.into_iter().map(|tag| text(tag, "UI", &uid)).collect());
    for (vr, label) in [("DA", "every unlisted DA"), ("DT", "every unlisted DT")] {
        let day = nest.day();
        let value = if vr == "DA" { day.clone() } else { format!("{day}113357") };
        let tags = by_kind.remove(vr).unwrap_or_default();
        nest.hold(7, label, &day, tags.into_iter().map(|tag| text(tag, vr, &value)).collect());
    }
}

fn misused(nest: &mut Nest) {
    nest.texts(
        8,
        &[
            ("code string: body part", 0x0018_0015, "CS"),
            ("code string: view", 0x0018_5101, "CS"),
            ("code string: modality of a series", 0x0008_0060, "CS"),
            ("code string: colours", 0x0028_0004, "CS"),
            ("code string: quality control", 0x0028_0300, "CS"),
            ("code string: character set", 0x0008_0005, "CS"),
            ("decimal string", 0x0018_0080, "DS"),
            ("integer string", 0x0020_0012, "IS"),
            ("date", 0x0008_0022, "DA"),
            ("time", 0x0008_0032, "TM"),
            ("date and time", 0x0008_002A, "DT"),
            ("age", 0x0010_1010, "AS"),
            ("UID that is a word", 0x0020_0052, "UI"),
            ("application's name", 0x0008_0054, "AE"),
            ("number that spells", 0x0018_1155, "US"),
            ("double that spells", 0x0018_9073, "FD"),
        ],
    );
    nest.put(8, "tags that spell", |w| text(0x0028_0009, "AT", w.repeat(4)));
    nest.put(8, "image type beyond its places", |w| text(0x0008_0008, "CS", format!("ORIGINAL\\PRIMARY\\OTHER\\{w}")));
    nest.put(8, "decimal string behind a number", |w| text(0x0018_0050, "DS", format!("1.5\\{w}")));
    nest.put(8, "frames' numbers that spell", |w| text(0x0028_0008, "IS", w));
}

fn several(nest: &mut Nest) {
    nest.put(8, "third of several physicians", |w| text(0x0008_1050, "PN", format!("A^B\\C^D\\{w}^E")));
    nest.put(8, "second of several numbers", |w| text(0x0010_1000, "LO", format!("1\\{w}")));
    nest.put(8, "ideographic name", |w| text(0x0010_0010, "PN", format!("Doe^Jane={w}^X=Y")));
    nest.put(8, "phonetic name", |w| text(0x0010_0010, "PN", format!("Doe^Jane=X={w}")));
    nest.put(8, "fourth group of a name", |w| text(0x0010_0010, "PN", format!("Doe=X=Y={w}")));
    // Texts that stay, but for the patient's name, whatever case it is written in.
    for (label, tag, vr) in [
        ("patient's name as the maker", 0x0008_0070, "LO"),
        ("patient's name as the model", 0x0008_1090, "LO"),
        ("patient's name as the version", 0x0018_1020, "LO"),
        ("patient's name as the kernel", 0x0018_1210, "SH"),
        ("patient's name as the pulse sequence", 0x0018_0024, "SH"),
        ("patient's name as the coil", 0x0018_1250, "SH"),
    ] {
        nest.put_all(8, label, |w| vec![name(w), text(tag, vr, format!("V1 {}", w.to_uppercase()))]);
    }
    nest.put_all(8, "patient's number as a kernel", |w| {
        vec![text(0x0010_0020, "LO", w), text(0x0018_1210, "SH", format!("B30f {w}"))]
    });
}

/// Names in a character set: as the object has them, and as other programs would write them.
fn charsets(nest: &mut Nest) {
    let mut name = |label, declared: &str, written: &[u8], utf8: &str| {
        let mut canaries = vec![written.to_vec()];
        canaries.extend(Some(utf8.as_bytes().to_vec()).filter(|u| u != written));
        canaries.push(utf8.encode_utf16().flat_map(u16::to_le_bytes).collect());
        let new = vec![
            text(0x0008_0005, "CS", declared),
            text(0x0010_0010, "PN", written),
            text(0x0008_1030, "LO", [b"knee ", written].concat()),
            text(0x0010_4000, "LT", written),
            text(0x0018_0024, "SH", written),
        ];
        let whole = |form| (form, file(form, &[], &[], &with(nest.base(form), new.clone()), &[]));
        let files = crate::dicom::FORMS.map(whole).to_vec();
        nest.keep(8, label, canaries, files);
    };
    let latin: Vec<u8> = "Ränöküß".chars().map(|c| c as u8).collect();
    name("name in Latin 1", "ISO_IR 100", &latin, "Ränöküß");
    let other: Vec<u8> = "Bjørkåsæ".chars().map(|c| c as u8).collect();
    name("name in Latin 1 declared as UTF-8", "ISO_IR 192", &other, "Bjørkåsæ");
    name("name in UTF-8", "ISO_IR 192", "Žlůťákův".as_bytes(), "Žlůťákův");
    name("name in UTF-8 declared as Latin 1", "ISO_IR 100", "Příšerňák".as_bytes(), "Příšerňák");
    name("name in UTF-8 declared as nothing", "", "Çığlıkoğ".as_bytes(), "Çığlıkoğ");
    let cyrillic: Vec<u8> = "Кукушкин".chars().map(|c| (c as u32 - 0x410 + 0xB0) as u8).collect();
    name("name in Cyrillic", "ISO_IR 144", &cyrillic, "Кукушкин");
    let greek: Vec<u8> = "Καναρινη".chars().map(|c| (c as u32 - 0x391 + 0xC1) as u8).collect();
    name("name in Greek", "ISO_IR 126", &greek, "Καναρινη");
    name("name in GB18030", "GB18030", b"\xCD\xF5\xD0\xA1\xB6\xAB\xC4\xF1", "王小东鸟");
    name("name in kanji", "\\ISO 2022 IR 87", b"\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "山田");
    name("name in Korean", "\\ISO 2022 IR 149", b"\x1b$)C\xb1\xe8\xc8\xf1\xc1\xdf", "김희중");
}
