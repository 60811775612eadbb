//! What was found in a recording that could identify: a code, a place and what is done about it; never a value.
//!
//! The codes are stable (`scrubs inspect --codes` lists them); each has its sentence here and nowhere else.

use crate::place::Place;
use serde::{Deserialize, Serialize};

/// What cleaning does about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It goes.
    Remove,
    /// It is replaced by a neutral value.
    Replace,
    /// It stays, since the keep-list says so.
    Keep,
    /// The region is filled.
    Cover,
    /// A person must look.
    Look,
    /// It is reported to the judge.
    Flag,
}

macro_rules! codes {
    ($($variant:ident = $code:literal, $label:literal, $sentence:literal;)+) => {
        /// A kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code { $(#[doc = $sentence] #[serde(rename = $code)] $variant),+ }

        impl Code {
            /// Every code, in the order of the list.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];

            /// The stable kebab-case word.
            pub fn word(self) -> &'static str { match self { $(Code::$variant => $code),+ } }

            /// What a person would call it.
            pub fn label(self) -> &'static str { match self { $(Code::$variant => $label),+ } }

            /// One sentence on what it is and why it matters.
            pub fn sentence(self) -> &'static str { match self { $(Code::$variant => $sentence),+ } }
        }
    };
}

codes! {
    ExifGps = "exif-gps", "GPS position", "The place where the picture was taken, in Exif.";
    ExifDate = "exif-date", "date and time", "When the picture was taken or changed, in Exif.";
    ExifSerial = "exif-serial", "camera or lens serial number", "A serial number ties the picture to one device.";
    ExifDevice = "exif-device", "camera make, model or software", "The device or program that made the picture, in Exif.";
    ExifPerson = "exif-person", "name of a person", "Artist, owner or copyright holder, in Exif.";
    ExifText = "exif-text", "description or comment", "Free text in Exif.";
    ExifMakerNote = "exif-maker-note", "maker note", "The camera maker's own block: serial numbers, faces, owner names.";
    ExifOther = "exif-other", "other Exif entries", "Camera settings and other entries in Exif.";
    ExifOrientation = "exif-orientation", "orientation", "How the picture is to be turned; kept in a minimal Exif block.";
    Thumbnail = "thumbnail", "embedded thumbnail", "A small copy of the picture, often from before it was cropped.";
    Preview = "preview", "embedded preview", "A further copy of the picture inside the file.";
    Xmp = "xmp", "XMP block", "Adobe's metadata: names, places, editing history.";
    Iptc = "iptc", "IPTC or Photoshop block", "Captions, names and places that picture desks and archives write.";
    Comment = "comment", "comment", "Free text in a comment field.";
    Text = "text", "text", "Free text in a text field.";
    Time = "time", "time of change", "When the file was last changed.";
    IccDescription = "icc-description", "colour profile text", "Texts, dates and device names inside the colour profile; the colours stay.";
    IccDropped = "icc-dropped", "broken colour profile", "The colour profile could not be understood and was left out.";
    Provenance = "provenance", "content credentials", "A C2PA or JUMBF record of who made and changed the picture.";
    MultiPicture = "multi-picture", "second picture", "A further picture behind the first, with metadata of its own.";
    ApplicationData = "application-data", "application data", "A block that a program or device wrote for itself.";
    Junk = "junk", "bytes that belong to nothing", "Bytes between the parts of the file that no part claims.";
    Trailer = "trailer", "data behind the picture", "Bytes after the end of the picture: videos, previews, notes.";
    HiddenBytes = "hidden-bytes", "bytes that no viewer reads", "Bytes inside a part of the file that no viewer reads, where anything may stand.";
    DicomName = "dicom-name", "name of a person", "A person's name in a DICOM attribute.";
    DicomId = "dicom-id", "identifier", "A number or code that identifies a patient, an examination or a device.";
    DicomDate = "dicom-date", "date or time", "A date or time in a DICOM attribute.";
    DicomText = "dicom-text", "free text", "Text in a DICOM attribute in which anything may stand.";
    DicomUid = "dicom-uid", "unique identifier", "A UID that ties the object to its source; replaced by a keyed one.";
    DicomInstitution = "dicom-institution", "institution or place", "Where the examination was made.";
    DicomDevice = "dicom-device", "device", "The device that made the recording.";
    DicomCharacteristic = "dicom-characteristic", "characteristic of the patient", "Age, sex, size or another characteristic of the patient.";
    DicomSequence = "dicom-sequence", "nested data set", "A sequence that goes as a whole.";
    DicomPrivate = "dicom-private", "private attribute", "An attribute that only its maker can read.";
    DicomUnlisted = "dicom-unlisted", "attribute on no list", "An attribute that no list allows; it goes or is emptied.";
    DicomOverlay = "dicom-overlay", "overlay or graphic", "Drawings and text laid over the picture.";
    DicomHeader = "dicom-header", "file header", "Preamble and file meta information, replaced by our own.";
    DicomPadding = "dicom-padding", "padding or bytes behind the pixels", "Padding, and bytes after the last frame or the data set.";
    BurnedInText = "burned-in-text", "writing in the picture", "Writing in the picture itself.";
    Face = "face", "face", "A face, from which the patient may be recognised.";
    PixelsUnchecked = "pixels-unchecked", "pixels not checked", "Nothing has yet looked for writing or faces in the picture itself.";
    SameInstance = "same-instance", "same instance, other content", "Another recording claims the same SOP Instance UID but differs.";
    SameContent = "same-content", "same content under two patients", "The same picture is filed under more than one patient.";
    Residue = "residue", "something left", "The second reading found something that should have gone.";
    EmbeddedVideo = "embedded-video", "video behind the picture", "A clip that a phone keeps with a photograph, often with sound.";
    Reconstruction = "jpeg-reconstruction", "data for rebuilding the old JPEG", "The old file's comments and tail, kept for turning a JPEG XL back into a JPEG.";
    SlideLabel = "slide-label", "label or overview of a slide", "A picture of the slide's label or of the whole slide, which bears the patient's name.";
    FilePath = "file-path", "path of a file", "Where a file lay on somebody's computer; such paths hold names.";
    ItemName = "item-name", "name of an item", "A name that a program gave to a part of the file.";
    GainMap = "gain-map", "gain map", "A second picture from which high dynamic range is made.";
    FileName = "file-name", "name of the file", "The file's own name holds what looks like a number, a date or a name of a person.";
    SidecarFile = "sidecar-file", "file beside the recording", "A file that another program wrote beside a recording: names, places, dates.";
    SystemFile = "system-file", "file of the operating system", "It may keep small copies of pictures, even of deleted ones.";
    SidecarDiffers = "sidecar-differs", "consent sidecar of another recording", "The consent sidecar beside it does not belong to this recording, or cannot be read.";
    DocumentProperty = "document-property", "property of the document", "Who made and changed a document, when, where and with what.";
    DocumentNote = "document-note", "note or comment in the document", "Speaker notes, comments and tracked changes, with who wrote them.";
    CroppedPicture = "cropped-picture", "cropped in the document but whole in the file", "What was cropped away in the document is still there and can be shown again.";
    UnusedPicture = "unused-picture", "picture that the document does not show", "A picture that is kept in the document and shown nowhere.";
    EmbeddedFile = "embedded-file", "file inside the document", "A file that is kept inside a document.";
    NotLooked = "not-looked-at", "not looked at", "It could not be looked into, so nothing can be said of it.";
    Truncated = "truncated", "incomplete picture", "The file ends before its picture does; what there is of it is kept.";
    TagText = "tag-text", "tag of a sound or video file", "Title, artist, album, remarks, names, dates and places that programs and recorders write into tags.";
    TagPicture = "tag-picture", "cover picture", "A picture inside a sound or video file, often with metadata of its own.";
    TagDevice = "tag-device", "recorder or program", "The device or program that made the sound or video.";
    Marker = "marker", "chapters or marks", "Chapters, cue points, loops and their names.";
    TextTrack = "text-track", "track of text or data", "A track that holds text, positions or another programme's data beside sound and video.";
    Attachment = "attachment", "attached file", "A whole file that is carried along inside the recording.";
    VoiceUnchecked = "voice-unchecked", "voice not checked", "Nobody has yet listened whether a voice or words in the sound tell who the patient is.";
    Position = "position", "GPS position", "The place where a film was taken, in its metadata.";
    Device = "device", "device or program", "The device or program that made the film, in its metadata.";
    MetadataTrack = "metadata-track", "track of metadata", "A track beside picture and sound: positions, movements, timecodes, settings of the device.";
    CoverArt = "cover-art", "cover picture", "A picture kept with a film or sound recording, with metadata of its own.";
    EncoderNote = "encoder-note", "note of the encoder", "Words that an encoder or a device wrote among the coded samples or into their description.";
    Subtitles = "subtitles", "subtitles", "What is said in the film, as text; it stays and may speak of people.";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its kind.
    pub code: Code,
    /// What a person would call it, with a size where that helps: `embedded preview 1616×1080`.
    pub label: String,
    /// Where it is.
    pub place: Place,
    /// What cleaning does about it.
    pub action: Action,
}

impl Finding {
    /// A finding that is labelled with its code's own words.
    pub fn new(code: Code, place: Place, action: Action) -> Self {
        Self { code, label: code.label().to_owned(), place, action }
    }

    /// The same finding with words of its own: sizes and standard terms only, never a value.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_kebab_case_unique_and_explained() {
        let mut words: Vec<_> = Code::ALL.iter().map(|c| c.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.word().chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{code}");
            assert!(code.sentence().ends_with('.'), "{code}");
        }
    }
}
