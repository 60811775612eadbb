//! A document that is an archive: its parts, and where it shows its pictures.
//!
//! ECMA-376 part 2 and OASIS OpenDocument part 2 (packages).

use crate::cut::Source;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use zip::ZipArchive;

/// The largest part of a document that is read as XML, in bytes.
const LARGEST_PART: u64 = 32 << 20;

/// Where a document shows a picture, and whether it crops it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// As a person would say it: `slide 7, picture 2`.
    pub(super) at: String,
    /// Whether a part of it is cropped away.
    pub(super) cropped: bool,
}

/// What a document says of its members.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// Where each picture is shown, by the member's path.
    pub(super) shown: BTreeMap<String, Vec<Shown>>,
    /// Whether a picture that is shown nowhere is worth a remark.
    pub(super) lists_all: bool,
    /// Whether it is a document: its programs name its parts, and it has a preview.
    pub(super) document: bool,
    /// Whether a part of it could not be read to its end.
    pub(super) broken: bool,
}

impl Placed {
    /// Notes where a picture is shown, unless that is known already.
    pub(super) fn otherwise(&mut self, target: String, at: &str) {
        let known = self.shown.entry(target).or_default();
        if known.is_empty() {
            known.push(Shown { at: at.to_owned(), cropped: false });
        }
    }
}

/// A positioned reader as a stream.
pub(super) struct Stream<'s> {
    pub(super) source: &'s dyn Source,
    pub(super) at: u64,
}

impl Read for Stream<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read_at(self.at, buf)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Stream<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.source.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

pub(super) type Zip<'s> = ZipArchive<Stream<'s>>;

/// A part of a document as bytes; none where it is missing, damaged or larger than any real one.
pub(super) fn part(zip: &mut Zip<'_>, name: &str) -> Option<Vec<u8>> {
    let member = zip.by_name(name).ok()?;
    let mut bytes = Vec::new();
    member.take(LARGEST_PART + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= LARGEST_PART).then_some(bytes)
}
