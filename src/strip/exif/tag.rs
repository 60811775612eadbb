//! What an Exif entry tells about people, places, times and devices, by directory and tag.
//!
//! CIPA DC-008 (Exif 3.0), tables 4 to 18; TIFF 6.0; DNG 1.7 for the two serial numbers phones write.

use super::Directory;
use crate::finding::Code;

/// Entries of the 0th and 1st directories.
const IMAGE: &[(u16, Code)] = &[
    (0x000B, Code::ExifDevice),    // ProcessingSoftware
    (0x010D, Code::ExifText),      // DocumentName
    (0x010E, Code::ExifText),      // ImageDescription
    (0x010F, Code::ExifDevice),    // Make
    (0x0110, Code::ExifDevice),    // Model
    (0x011D, Code::ExifText),      // PageName
    (0x0131, Code::ExifDevice),    // Software
    (0x0132, Code::ExifDate),      // DateTime
    (0x013B, Code::ExifPerson),    // Artist
    (0x013C, Code::ExifDevice),    // HostComputer
    (0x0201, Code::Thumbnail),     // JPEGInterchangeFormat
    (0x02BC, Code::Xmp),           // XMP
    (0x4746, Code::ExifText),      // Rating
    (0x8298, Code::ExifPerson),    // Copyright
    (0x83BB, Code::Iptc),          // IPTC
    (0x8649, Code::Iptc),          // Photoshop
    (0x9C9B, Code::ExifText),      // XPTitle
    (0x9C9C, Code::ExifText),      // XPComment
    (0x9C9D, Code::ExifPerson),    // XPAuthor
    (0x9C9E, Code::ExifText),      // XPKeywords
    (0x9C9F, Code::ExifText),      // XPSubject
    (0xC614, Code::ExifDevice),    // UniqueCameraModel
    (0xC62F, Code::ExifSerial),    // CameraSerialNumber
    (0xC634, Code::ExifMakerNote), // DNGPrivateData
];

/// Entries of the Exif directory.
const EXIF: &[(u16, Code)] = &[
    (0x882A, Code::ExifDate),      // TimeZoneOffset
    (0x9003, Code::ExifDate),      // DateTimeOriginal
    (0x9004, Code::ExifDate),      // DateTimeDigitized
    (0x9010, Code::ExifDate),      // OffsetTime
    (0x9011, Code::ExifDate),      // OffsetTimeOriginal
    (0x9012, Code::ExifDate),      // OffsetTimeDigitized
    (0x927C, Code::ExifMakerNote), // MakerNote
    (0x9286, Code::ExifText),      // UserComment
    (0x9290, Code::ExifDate),      // SubSecTime
    (0x9291, Code::ExifDate),      // SubSecTimeOriginal
    (0x9292, Code::ExifDate),      // SubSecTimeDigitized
    (0xA004, Code::ExifText),      // RelatedSoundFile
    (0xA40B, Code::ExifDevice),    // DeviceSettingDescription
    (0xA420, Code::ExifSerial),    // ImageUniqueID
    (0xA430, Code::ExifPerson),    // CameraOwnerName
    (0xA431, Code::ExifSerial),    // BodySerialNumber
    (0xA433, Code::ExifDevice),    // LensMake
    (0xA434, Code::ExifDevice),    // LensModel
    (0xA435, Code::ExifSerial),    // LensSerialNumber
    (0xA436, Code::ExifText),      // ImageTitle
    (0xA437, Code::ExifPerson),    // Photographer
    (0xA438, Code::ExifPerson),    // ImageEditor
    (0xA439, Code::ExifDevice),    // CameraFirmware
    (0xA43A, Code::ExifDevice),    // RAWDevelopingSoftware
    (0xA43B, Code::ExifDevice),    // ImageEditingSoftware
    (0xA43C, Code::ExifDevice),    // MetadataEditingSoftware
    (0xFDE8, Code::ExifPerson),    // OwnerName (Adobe)
    (0xFDE9, Code::ExifSerial),    // SerialNumber (Adobe)
];

/// What kind of thing an entry is. Everything goes; the kind is for the report.
pub(super) fn code(directory: Directory, tag: u16) -> Code {
    let table = match directory {
        Directory::Image(_) => IMAGE,
        Directory::Exif => EXIF,
        Directory::Gps => return Code::ExifGps,
        Directory::Interoperability => return Code::ExifOther,
    };
    table.iter().find(|(known, _)| *known == tag).map_or(Code::ExifOther, |(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_each_tag_stands_once() {
        for table in [IMAGE, EXIF] {
            assert!(table.is_sorted_by(|a, b| a.0 < b.0));
        }
    }
}
