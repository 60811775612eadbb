//! The proof of an encapsulated document: it is one of ours, whole and alone, and all that is said of it is true.
//!
//! PS3.15 E.1.1 (replaced, not kept), PS3.3 C.24.2 (Encapsulated Document Module).

use super::Element;
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use sha2::{Digest, Sha256};

/// Classes, with the MIME type, length and SHA-256 of the document that must stand there.
const OURS: [(&[u8], &[u8], u32, &str); 2] = [
    (
        b"1.2.840.10008.5.1.4.1.1.104.1",
        b"application/pdf",
        633,
        "19808d9161e0f9007ebc73acae9cb2228bf6b0bd347f888c31d8420ccf335f10",
    ),
    (
        b"1.2.840.10008.5.1.4.1.1.104.2",
        b"text/XML",
        770,
        "09fb333159fdf7da11bcd542576da054aa6981693e0ecec78b83f79cbf19c404",
    ),
];
/// The classes of encapsulated documents begin so.
const ROOT: &[u8] = b"1.2.840.10008.5.1.4.1.1.104.";
/// The longest replacement.
const LONGEST: usize = 64 << 10;

/// What an output says of a document.
#[derive(Debug, Default)]
pub(super) struct Document {
    class: Vec<u8>,
    titled: bool,
    strange: bool,
    content: Option<Vec<u8>>,
    mime: Option<Vec<u8>>,
    length: Option<Vec<u8>>,
}

impl Document {
    /// Notes the class of the object.
    pub(super) fn of(&mut self, class: &[u8]) {
        self.class = trim(class).to_vec();
    }

    /// Whether the object is of a class that wraps documents.
    pub(super) fn is_wrapped(&self) -> bool {
        self.class.starts_with(ROOT)
    }

    /// Takes an outermost attribute of group 0042.
    pub(super) fn take(&mut self, bytes: &mut Bytes<'_>, element: &Element) -> Result<(), Trouble> {
        let value = bytes.copy(element.value.clone(), LONGEST)?;
        let short = element.value.end - element.value.start <= LONGEST as u64;
        match (element.tag, &element.vr) {
            (0x0042_0010, b"ST") => self.titled |= !value.is_empty(),
            (0x0042_0011, b"OB") if short => self.content = Some(value),
            (0x0042_0012, b"LO") => self.mime = Some(trim(&value).to_vec()),
            (0x0042_0015, b"UL") if element.big => self.length = Some(value.iter().rev().copied().collect()),
            (0x0042_0015, b"UL") => self.length = Some(value),
            _ => self.strange = true,
        }
        Ok(())
    }

    /// Whether no document belongs here (elsewhere one is binary data), or it is one of ours of which all is true.
    pub(super) fn is_ours(&self) -> bool {
        if !self.is_wrapped() {
            return true;
        }
        let Some((_, mime, length, digest)) = OURS.iter().find(|(class, ..)| *class == self.class) else {
            return false;
        };
        let Some(content) = &self.content else { return false };
        let (document, pad) = content.split_at((*length as usize).min(content.len()));
        let hex: String = Sha256::digest(document).iter().map(|b| format!("{b:02x}")).collect();
        let whole = hex == *digest && (pad.is_empty() || pad == [0]);
        let told = self.mime.as_deref() == Some(*mime) && self.length.as_deref() == Some(&length.to_le_bytes()[..]);
        whole && told && !self.titled && !self.strange
    }
}

fn trim(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|b| !matches!(b, 0 | b' ')).map_or(0, |e| e + 1);
    &value[..end]
}
