//! The formats that a recording may be written in, one row each: word, name, media type, extension, family.
//!
//! Sniffing (`scan::sniff`) tells which one a file is; extensions are never believed.

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

/// What family of surgeon a format needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// A still or animated picture in a container of its own.
    Picture,
    /// A DICOM object.
    Dicom,
    /// Video, with or without sound.
    Video,
    /// Sound alone.
    Sound,
    /// A document or an archive, which may hold recordings.
    Document,
    /// Not recognised.
    Unknown,
}

macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident: $word:literal, $name:literal, $media:literal, $ext:literal, $family:ident;)+) => {
        /// A file format, by content.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Format { $($(#[$doc])* $variant),+ }

        impl Format {
            /// Every format.
            pub const ALL: &'static [Format] = &[$(Format::$variant),+];

            /// The word in reports.
            pub fn word(self) -> &'static str { match self { $(Format::$variant => $word),+ } }

            /// The name people use.
            pub fn name(self) -> &'static str { match self { $(Format::$variant => $name),+ } }

            /// The media type.
            pub fn media_type(self) -> &'static str { match self { $(Format::$variant => $media),+ } }

            /// The extension an output of this format gets, without the dot.
            pub fn extension(self) -> &'static str { match self { $(Format::$variant => $ext),+ } }

            /// The family of surgeon it needs.
            pub fn family(self) -> Family { match self { $(Format::$variant => Family::$family),+ } }
        }
    };
}

formats! {
    /// ISO/IEC 10918-1.
    Jpeg: "jpeg", "JPEG", "image/jpeg", "jpg", Picture;
    /// W3C PNG, APNG included.
    Png: "png", "PNG", "image/png", "png", Picture;
    /// RFC 9649.
    WebP: "webp", "WebP", "image/webp", "webp", Picture;
    /// GIF87a, GIF89a.
    Gif: "gif", "GIF", "image/gif", "gif", Picture;
    /// TIFF 6.0.
    Tiff: "tiff", "TIFF", "image/tiff", "tif", Picture;
    /// BigTIFF.
    BigTiff: "bigtiff", "BigTIFF", "image/tiff", "tif", Picture;
    /// ISO/IEC 23008-12.
    Heif: "heif", "HEIF", "image/heic", "heic", Picture;
    /// AV1 image file format.
    Avif: "avif", "AVIF", "image/avif", "avif", Picture;
    /// ISO/IEC 18181-2 container.
    JpegXl: "jpeg-xl", "JPEG XL", "image/jxl", "jxl", Picture;
    /// ISO/IEC 18181-1 bare codestream.
    JpegXlCodestream: "jpeg-xl-codestream", "JPEG XL codestream", "image/jxl", "jxl", Picture;
    /// ISO/IEC 15444-1 file (JP2, JPX, HTJ2K).
    Jp2: "jpeg-2000", "JPEG 2000", "image/jp2", "jp2", Picture;
    /// ISO/IEC 15444-1 bare codestream.
    J2k: "jpeg-2000-codestream", "JPEG 2000 codestream", "image/j2c", "j2k", Picture;
    /// Windows bitmap.
    Bmp: "bmp", "BMP", "image/bmp", "bmp", Picture;
    /// DICOM PS3.10, with or without a preamble.
    Dicom: "dicom", "DICOM", "application/dicom", "dcm", Dicom;
    /// DICOM directory of a file-set.
    DicomDir: "dicomdir", "DICOMDIR", "application/dicom", "dcm", Dicom;
    /// ISO base media: MP4, M4V.
    Mp4: "mp4", "MP4", "video/mp4", "mp4", Video;
    /// QuickTime.
    Mov: "quicktime", "QuickTime", "video/quicktime", "mov", Video;
    /// 3GPP.
    ThreeGp: "3gp", "3GP", "video/3gpp", "3gp", Video;
    /// Matroska, WebM.
    Matroska: "matroska", "Matroska", "video/x-matroska", "mkv", Video;
    /// RIFF AVI.
    Avi: "avi", "AVI", "video/x-msvideo", "avi", Video;
    /// MPEG transport or program stream.
    Mpeg: "mpeg-stream", "MPEG stream", "video/mpeg", "mpg", Video;
    /// Advanced Systems Format (WMV, WMA).
    Asf: "asf", "ASF", "video/x-ms-asf", "asf", Video;
    /// MPEG-4 audio.
    M4a: "m4a", "M4A", "audio/mp4", "m4a", Sound;
    /// MPEG audio layer III.
    Mp3: "mp3", "MP3", "audio/mpeg", "mp3", Sound;
    /// FLAC.
    Flac: "flac", "FLAC", "audio/flac", "flac", Sound;
    /// Ogg (Vorbis, Opus).
    Ogg: "ogg", "Ogg", "audio/ogg", "ogg", Sound;
    /// RIFF WAVE, RF64.
    Wav: "wav", "WAV", "audio/wav", "wav", Sound;
    /// AIFF, AIFC.
    Aiff: "aiff", "AIFF", "audio/aiff", "aiff", Sound;
    /// Adobe DNG.
    Dng: "dng-camera-raw", "DNG camera raw", "image/x-adobe-dng", "dng", Document;
    /// Camera raw of any maker.
    CameraRaw: "camera-raw", "camera raw", "image/x-raw", "raw", Document;
    /// Adobe Photoshop.
    Psd: "photoshop", "Photoshop", "image/vnd.adobe.photoshop", "psd", Document;
    /// Scalable vector graphics.
    Svg: "svg", "SVG", "image/svg+xml", "svg", Document;
    /// PDF.
    Pdf: "pdf", "PDF", "application/pdf", "pdf", Document;
    /// Word.
    Docx: "word-document", "Word document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", Document;
    /// PowerPoint.
    Pptx: "powerpoint-presentation", "PowerPoint presentation", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx", Document;
    /// Excel.
    Xlsx: "excel-workbook", "Excel workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", Document;
    /// OpenDocument.
    OpenDocument: "opendocument", "OpenDocument", "application/vnd.oasis.opendocument.text", "odt", Document;
    /// EPUB.
    Epub: "epub", "EPUB", "application/epub+zip", "epub", Document;
    /// OLE compound file (old Office, Thumbs.db).
    Ole: "office-97-2003-document", "Office 97–2003 document", "application/x-ole-storage", "doc", Document;
    /// ZIP archive.
    Zip: "zip-archive", "ZIP archive", "application/zip", "zip", Document;
    /// Any other archive or compressed file.
    Archive: "archive", "archive", "application/octet-stream", "bin", Document;
    /// Not recognised.
    Unknown: "unrecognised-file", "unrecognised file", "application/octet-stream", "bin", Unknown;
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let format = Format::ALL.iter().copied().find(|format| format.word() == word);
        format.ok_or_else(|| D::Error::custom("not the word of a format"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_row_of_its_own() {
        let mut names: Vec<_> = Format::ALL.iter().map(|f| f.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Format::ALL.len());
        for format in Format::ALL {
            let word = serde_json::to_string(format).expect("a word");
            assert_eq!(serde_json::from_str::<Format>(&word).expect("a format"), *format);
        }
        assert_eq!(Format::WebP.word(), "webp");
        assert!(Format::ALL.iter().all(|f| f.media_type().contains('/') && !f.extension().is_empty()));
    }
}
