//! What goes: the entries that are on no list, by what they tell, and the directories that hang on them.
//!
//! TIFF 6.0, section 8; CIPA DC-008 (Exif 3.0), 4.6; Adobe XMP part 3, 1.1.7; TIFF Technical Note 1 (SubIFDs); the
//! registered private tags that scanners, microscopes and map programs write.

use super::entry::{Directory, Entry, Form};
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::exif;
use crate::strip::operation::Operation;

/// Directories below one page that are read for the report; what is not read goes all the same.
const BELOW: usize = 16;

/// Entries by what they tell, and what they are called.
const TAGS: &[(u16, Code, &str)] = &[
    (263, Code::ExifOther, "Threshholding"),
    (269, Code::ExifText, "DocumentName"),
    (270, Code::ExifText, "ImageDescription"),
    (271, Code::ExifDevice, "Make"),
    (272, Code::ExifDevice, "Model"),
    (285, Code::ExifText, "PageName"),
    (305, Code::ExifDevice, "Software"),
    (306, Code::ExifDate, "DateTime"),
    (315, Code::ExifPerson, "Artist"),
    (316, Code::ExifDevice, "HostComputer"),
    (333, Code::ExifText, "InkNames"),
    (337, Code::ExifText, "TargetPrinter"),
    (513, Code::Thumbnail, "JPEGInterchangeFormat"),
    (700, Code::Xmp, "XMP"),
    (32781, Code::ExifSerial, "ImageID"),
    (32932, Code::ExifText, "Annotation"),
    (33432, Code::ExifPerson, "Copyright"),
    (33723, Code::Iptc, "IPTC"),
    (34377, Code::Iptc, "Photoshop"),
    (34675, Code::IccDropped, "ICC profile"),
    (37500, Code::ExifMakerNote, "MakerNote"),
    (37724, Code::Iptc, "ImageSourceData"),
    (40091, Code::ExifText, "XPTitle"),
    (40092, Code::ExifText, "XPComment"),
    (40093, Code::ExifPerson, "XPAuthor"),
    (40094, Code::ExifText, "XPKeywords"),
    (40095, Code::ExifText, "XPSubject"),
    (42016, Code::ExifSerial, "ImageUniqueID"),
    (50735, Code::ExifSerial, "CameraSerialNumber"),
    (50740, Code::ExifMakerNote, "DNGPrivateData"),
    (50784, Code::Text, "Alias layer metadata"),
    (50838, Code::ApplicationData, "ImageJ byte counts"),
    (50839, Code::ApplicationData, "ImageJ metadata"),
];

/// Notes that an entry goes, and what hangs on it. Gives the ranges of the file that belonged to it.
pub(super) fn entry(
    operation: &mut Operation<'_>,
    form: Form,
    page: usize,
    entry: &Entry,
    claimed: &mut Vec<std::ops::Range<u64>>,
) -> Result<(), Refusal> {
    match entry.tag {
        330 => return previews(operation, form, page, entry, claimed),
        34665 => return exif_directory(operation, form, page, entry, claimed),
        34853 => return gps_directory(operation, form, page, entry, claimed),
        _ => {}
    }
    let known = TAGS.iter().find(|(tag, ..)| *tag == entry.tag);
    let (code, name) = match known {
        Some((_, code, name)) => (*code, (*name).to_owned()),
        None => (unnamed(entry), format!("tag {}", entry.tag)),
    };
    operation.found(code, part(page, &name), entry.bytes(), Action::Remove);
    Ok(())
}

/// What an entry without a name of its own is: text, a program's own data, or one more number.
fn unnamed(entry: &Entry) -> Code {
    match (entry.kind, entry.tag) {
        (2, _) => Code::Text,
        (_, 32768..) => Code::ApplicationData,
        _ => Code::ExifOther,
    }
}

/// The name of a part of a directory, as it stands in findings.
pub(super) fn part(page: usize, name: &str) -> String {
    format!("IFD{page} {name}")
}

/// The directories that an entry points to, as far as they can be read.
fn below(
    operation: &mut Operation<'_>,
    form: Form,
    entry: &Entry,
    claimed: &mut Vec<std::ops::Range<u64>>,
) -> Result<Vec<Directory>, Refusal> {
    let mut directories = Vec::new();
    for at in entry.numbers(&mut operation.reader, form, 1 << 10)?.unwrap_or_default().into_iter().take(BELOW) {
        // What cannot be read goes unread: it stands in no output.
        if let Ok(Some(directory)) = Directory::read(&mut operation.reader, form, at) {
            claimed.push(directory.range.clone());
            let values = directory.entries.iter().filter(|entry| !entry.is_inline());
            claimed.extend(values.filter_map(|entry| entry.value.clone()));
            directories.push(directory);
        }
    }
    Ok(directories)
}

fn previews(
    operation: &mut Operation<'_>,
    form: Form,
    page: usize,
    entry: &Entry,
    claimed: &mut Vec<std::ops::Range<u64>>,
) -> Result<(), Refusal> {
    let directories = below(operation, form, entry, claimed)?;
    for directory in &directories {
        let width = directory.number(&mut operation.reader, form, 256)?.unwrap_or(0);
        let height = directory.number(&mut operation.reader, form, 257)?.unwrap_or(0);
        let label = format!("embedded preview {width}×{height}");
        operation.found_as(Code::Preview, &label, &part(page, "SubIFD"), directory.range.clone(), Action::Remove);
    }
    if directories.is_empty() {
        operation.found(Code::Preview, part(page, "SubIFD"), entry.bytes(), Action::Remove);
    }
    Ok(())
}

fn exif_directory(
    operation: &mut Operation<'_>,
    form: Form,
    page: usize,
    entry: &Entry,
    claimed: &mut Vec<std::ops::Range<u64>>,
) -> Result<(), Refusal> {
    let name = part(page, "Exif");
    let mut other = entry.bytes();
    for directory in below(operation, form, entry, claimed)? {
        other = directory.range.clone();
        for inner in &directory.entries {
            match exif::kind(exif::Directory::Exif, inner.tag) {
                Code::ExifOther => {}
                code => operation.found(code, name.clone(), inner.bytes(), Action::Remove),
            }
        }
    }
    operation.found(Code::ExifOther, name, other, Action::Remove);
    Ok(())
}

fn gps_directory(
    operation: &mut Operation<'_>,
    form: Form,
    page: usize,
    entry: &Entry,
    claimed: &mut Vec<std::ops::Range<u64>>,
) -> Result<(), Refusal> {
    let directories = below(operation, form, entry, claimed)?;
    let range = directories.first().map_or(entry.bytes(), |directory| directory.range.clone());
    operation.found(Code::ExifGps, part(page, "GPS"), range, Action::Remove);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_tag_stands_once() {
        assert!(TAGS.is_sorted_by(|a, b| a.0 < b.0));
    }
}
