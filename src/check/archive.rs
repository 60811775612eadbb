//! Recordings inside archives and documents that are archives: unpacked one at a time, within limits.
//!
//! APPNOTE.TXT 6.3 (ZIP); ECMA-376 part 2 and OASIS OpenDocument part 2 (packages). Nothing is written but spooled files without
//! a name; an archive inside an archive is followed a few steps down.

use super::content::{Asking, content};
use super::package::{Placed, Stream, Zip};
use super::{Item, Remark, epub, name, office, opendocument, other, pdf};
use crate::cut::{FileSource, Source};
use crate::finding::Code;
use crate::recording::Format;
use crate::scan;
use crate::scan::stray::stray;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use zip::ZipArchive;

/// How many archives may lie in one another.
const DEEPEST: u32 = 3;
/// The most members of an archive; its list alone takes memory.
const MOST_MEMBERS: usize = 100_000;
/// Where a list of members lies: so many bytes from the end at most.
const LIST: u64 = 32 << 20;
/// Up to so many bytes a member is unpacked in memory; larger ones go into a file without a name.
const SMALL: u64 = 16 << 20;
/// An archive may unpack to so many times its length, and this much more.
const GROWTH: u64 = 200;
const AT_LEAST: u64 = 64 << 20;
/// Looks at an archive: what it says of itself goes to `item`, what lies in it to `inner`.
pub(super) fn look(source: &dyn Source, format: Format, asking: &Asking<'_>, item: &mut Item, inner: &mut Vec<Item>) {
    let left = source.len().saturating_mul(GROWTH).saturating_add(AT_LEAST);
    let mut walk = Walk { asking, left, inner };
    walk.archive(source, format, item, "", 0);
}

struct Walk<'a, 'b> {
    asking: &'a Asking<'b>,
    /// How many bytes may still be unpacked.
    left: u64,
    inner: &'a mut Vec<Item>,
}

impl Walk<'_, '_> {
    fn archive(&mut self, source: &dyn Source, format: Format, item: &mut Item, above: &str, depth: u32) {
        if too_many(source) {
            item.remarks
                .push(Remark::whole(Code::NotLooked, "more files than any real archive holds: not looked into"));
            return;
        }
        let Ok(mut zip) = ZipArchive::new(Stream { source, at: 0 }) else {
            item.remarks.push(Remark::whole(Code::NotLooked, "damaged, or protected by a password: not looked into"));
            return;
        };
        let placed = match format {
            Format::Docx | Format::Pptx | Format::Xlsx => office::look(&mut zip, format, &mut item.remarks),
            Format::OpenDocument => opendocument::look(&mut zip, &mut item.remarks),
            Format::Epub => epub::look(&mut zip, &mut item.remarks),
            // Drawings of Visio and others are packages of the same kind.
            _ if zip.by_name("[Content_Types].xml").is_ok() => office::look(&mut zip, format, &mut item.remarks),
            _ => Placed::default(),
        };
        if placed.broken {
            let label = "a part of the document is damaged: not all that it says of itself was looked at";
            item.remarks.push(Remark::whole(Code::NotLooked, label));
        }
        if !zip.comment().is_empty() {
            item.remarks.push(Remark::whole(Code::Comment, "comment of the archive"));
        }
        if listed(source).is_some_and(|listed| listed > zip.len()) {
            let label = "several files of the same name: only the last of them was looked at";
            item.remarks.push(Remark::whole(Code::HiddenBytes, label));
        }
        for index in 0..zip.len() {
            self.member(&mut zip, index, &placed, item, above, depth);
        }
    }

    fn member(&mut self, zip: &mut Zip<'_>, index: usize, placed: &Placed, item: &mut Item, above: &str, depth: u32) {
        let Some(Ok(path)) = zip.name_for_index(index).map(|name| name.map(|name| name.into_owned())) else { return };
        let member = match zip.by_index(index) {
            Ok(member) if member.is_dir() => return,
            Ok(member) => member,
            Err(_) => {
                let mut one = Item::new(item.file.clone(), Format::Unknown);
                one.member = Some(within(above, &path));
                names(&mut one, &path, placed);
                let label = "locked by a password, or packed in a way that is not read: not looked into";
                one.remarks.push(Remark::whole(Code::NotLooked, label));
                self.inner.push(one);
                return;
            }
        };
        let length = member.size();
        let mut one = Item::new(item.file.clone(), Format::Unknown);
        one.member = Some(within(above, &path));
        let kind = stray(OsStr::new(path.rsplit('/').next().unwrap_or(&path)));
        let settings = path.to_lowercase().ends_with(".json");
        let code = match kind {
            Some(scan::Stray::System) => Some(Code::SystemFile),
            Some(scan::Stray::Sidecar) if !settings => Some(Code::SidecarFile),
            _ => None,
        };
        if let Some(code) = code {
            one.remarks.push(Remark::whole(code, code.label()));
            self.inner.push(one);
            return;
        }
        let unpacked = match unpack(member, &path, length, &mut self.left) {
            Unpacked::Nothing => return,
            Unpacked::Other(what) => {
                place(&mut one, &path, placed);
                one.remarks.push(Remark::whole(Code::NotLooked, what));
                self.inner.push(one);
                return;
            }
            Unpacked::TooMuch => {
                let remark =
                    Remark::whole(Code::NotLooked, "unpacks to far more than it should: not looked into further");
                if item.remarks.last() != Some(&remark) {
                    item.remarks.push(remark);
                }
                return;
            }
            Unpacked::Damaged => {
                one.remarks.push(Remark::whole(Code::NotLooked, "damaged inside the archive: not looked into"));
                self.inner.push(one);
                return;
            }
            Unpacked::Whole(unpacked, format) => {
                one.format = format;
                unpacked
            }
        };
        self.content(&*unpacked, one, &path, placed, depth);
    }

    fn content(&mut self, source: &dyn Source, mut one: Item, path: &str, placed: &Placed, depth: u32) {
        place(&mut one, path, placed);
        let below = one.member.clone().unwrap_or_default();
        match one.format {
            Format::Zip | Format::Docx | Format::Pptx | Format::Xlsx | Format::OpenDocument | Format::Epub => {
                let at = self.inner.len();
                if depth < DEEPEST {
                    self.archive(source, one.format, &mut one, &below, depth + 1);
                } else {
                    one.remarks.push(Remark::whole(Code::NotLooked, "archives in archives: not looked into further"));
                }
                self.inner.insert(at.min(self.inner.len()), one);
            }
            Format::Pdf => {
                let mut pages = Vec::new();
                pdf::look(source, self.asking, &mut one, &mut pages);
                self.inner.push(one);
                self.inner.extend(pages);
            }
            format => {
                content(source, format, self.asking, &mut one.remarks);
                self.inner.push(one);
            }
        }
    }
}

/// Says where the document shows a member, and what that means.
fn place(one: &mut Item, path: &str, placed: &Placed) {
    let shown = placed.shown.get(path).map(Vec::as_slice).unwrap_or_default();
    names(one, path, placed);
    if let Some(first) = shown.first() {
        let more = shown.len() - 1;
        one.inside = Some(if more == 0 { first.at.clone() } else { format!("{} and {more} more", first.at) });
    }
    for cropped in shown.iter().filter(|shown| shown.cropped) {
        let label = format!("{}, {}", cropped.at, Code::CroppedPicture.label());
        one.remarks.push(Remark::whole(Code::CroppedPicture, label));
    }
    let thumbnail = placed.document && path.to_lowercase().contains("thumbnail");
    if thumbnail {
        one.inside = Some("preview of the document".to_owned());
        one.remarks
            .push(Remark::whole(Code::Thumbnail, "small picture of the first page, made when it was last saved"));
    } else if shown.is_empty() && placed.lists_all {
        one.remarks.push(Remark::whole(Code::UnusedPicture, Code::UnusedPicture.label()));
    }
}

/// What the names of a member and of its folders tell; in a document its program gave them.
fn names(one: &mut Item, path: &str, placed: &Placed) {
    let mut parts = path.rsplit(['/', '\\']);
    one.remarks.extend(parts.next().map(name::remarks).unwrap_or_default());
    if !placed.document {
        one.remarks.extend(parts.flat_map(name::of_folder));
    }
}

fn within(above: &str, path: &str) -> String {
    if above.is_empty() { path.to_owned() } else { format!("{above}/{path}") }
}

/// How many members the archive says it lists (APPNOTE 4.3.16); none where that is too many for the field.
fn listed(source: &dyn Source) -> Option<usize> {
    const END: u64 = 22 + 65_535;
    let tail = source.read_range(source.len().saturating_sub(END)..source.len(), END).ok()?;
    let at = memchr::memmem::rfind(&tail, b"PK\x05\x06")?;
    let count = u16::from_le_bytes(tail.get(at + 10..at + 12)?.try_into().ok()?);
    (count != u16::MAX).then_some(usize::from(count))
}

/// Whether an archive lists more members than any real one: counted before anything is made of them.
fn too_many(source: &dyn Source) -> bool {
    let start = source.len().saturating_sub(LIST);
    let Ok(tail) = source.read_range(start..source.len(), LIST) else { return true };
    memchr::memmem::find_iter(&tail, b"PK\x01\x02").take(MOST_MEMBERS + 1).count() > MOST_MEMBERS
}

enum Unpacked {
    /// Neither a recording nor a document.
    Nothing,
    /// A picture or text that is not looked into, and what is said of it.
    Other(&'static str),
    TooMuch,
    Damaged,
    Whole(Box<dyn Source>, Format),
}

/// The first bytes of a member, with the length that it says it has.
struct Head(Vec<u8>, u64);

impl Source for Head {
    fn len(&self) -> u64 {
        self.1.max(self.0.len() as u64)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        Source::read_at(&self.0, offset, buf)
    }
}

/// Unpacks a member if it is a recording or a document.
fn unpack(mut member: impl Read, path: &str, length: u64, left: &mut u64) -> Unpacked {
    let mut head = Vec::new();
    if (&mut member).take(4096).read_to_end(&mut head).is_err() {
        return Unpacked::Damaged;
    }
    let head = Head(head, length);
    let format = scan::sniff(&head).unwrap_or(Format::Unknown);
    if format == Format::Unknown {
        return other::told(path, &head.0).map_or(Unpacked::Nothing, Unpacked::Other);
    }
    if length > *left {
        return Unpacked::TooMuch;
    }
    let most = *left;
    let rest = member.take(most);
    let unpacked = if length <= SMALL { in_memory(head.0, rest) } else { in_file(&head.0, rest) };
    match unpacked {
        Ok((_, n)) if n >= most => Unpacked::TooMuch,
        Ok((source, n)) => {
            *left -= n;
            Unpacked::Whole(source, format)
        }
        Err(_) => Unpacked::Damaged,
    }
}

/// A member that says it is small; one that is not goes on in a file.
fn in_memory(mut bytes: Vec<u8>, mut rest: impl Read) -> io::Result<(Box<dyn Source>, u64)> {
    (&mut rest).take(SMALL).read_to_end(&mut bytes)?;
    if bytes.len() as u64 >= SMALL {
        return in_file(&bytes, rest);
    }
    let length = bytes.len() as u64;
    Ok((Box::new(bytes), length))
}

fn in_file(head: &[u8], mut rest: impl Read) -> io::Result<(Box<dyn Source>, u64)> {
    let mut file = tempfile::tempfile()?;
    file.write_all(head)?;
    io::copy(&mut rest, &mut file)?;
    let source = FileSource::new(file)?;
    let length = source.len();
    Ok((Box::new(source), length))
}
