//! What parts of an AVI file are known as that go.
//!
//! Microsoft, "AVI RIFF File Reference"; OpenDML 1.02; the tags that cameras and programs write beside them.

use crate::finding::Code;

/// Chunks that go, by name.
const CHUNKS: &[(&[u8; 4], Code, &str)] = &[
    (b"IDIT", Code::Time, "time of recording"),
    (b"ISMP", Code::Time, "timecode of recording"),
    (b"strd", Code::Device, "maker's data of the device"),
    (b"strn", Code::ItemName, "name of a track"),
    (b"_PMX", Code::Xmp, "XMP block"),
    (b"DISP", Code::TagText, "title or small picture"),
    (b"cset", Code::ApplicationData, "language of the texts"),
    (b"SGLT", Code::ApplicationData, "maker's data of the device"),
    (b"SLLT", Code::ApplicationData, "maker's data of the device"),
    (b"CNM ", Code::Device, "maker's data of the device"),
    (b"tdat", Code::Time, "timecode of recording"),
    (b"tcdl", Code::Time, "timecode of recording"),
    (b"segm", Code::ApplicationData, "program's notes"),
    (b"idx1", Code::HiddenBytes, "index that leads nowhere"),
    (b"indx", Code::HiddenBytes, "index that leads nowhere"),
    (b"JUNK", Code::HiddenBytes, "bytes in filling"),
    (b"JUNQ", Code::HiddenBytes, "bytes in filling"),
    (b"junk", Code::HiddenBytes, "bytes in filling"),
    (b"vprp", Code::ApplicationData, "description of the picture that is not as it should be"),
];

/// Lists that go, by kind.
const LISTS: &[(&[u8; 4], Code, &str)] = &[
    (b"INFO", Code::TagText, "title, author, program and other texts"),
    (b"hydt", Code::Device, "maker's data of the device"),
    (b"pntx", Code::Device, "maker's data of the device"),
    (b"ncdt", Code::Device, "maker's data of the device"),
    (b"exif", Code::ExifOther, "Exif block"),
    (b"Tdat", Code::Time, "timecode of recording"),
    (b"AVTX", Code::TagText, "texts"),
    (b"adtl", Code::Marker, "names of marks"),
];

/// What a part that goes is found as.
pub(super) fn gone(id: &[u8; 4], kind: Option<[u8; 4]>) -> (Code, &'static str) {
    let (list, name, other) = match kind {
        Some(kind) => (LISTS, kind, "list on no list"),
        None => (CHUNKS, *id, "chunk on no list"),
    };
    let known = list.iter().find(|(known, ..)| **known == name);
    known.map_or((Code::ApplicationData, other), |(_, code, label)| (*code, *label))
}
