//! Looks at one file of a walk: its name, its content, what lies in it, and what a register or sidecar says of it.

use super::content::{Asking, content};
use super::{Item, Remark, archive, name, other, pdf, verdict};
use crate::consent::sidecar::LONGEST;
use crate::cut::{FileSource, Source};
use crate::finding::Code;
use crate::recording::Format;
use crate::scan::{self, Found, Met, Stray};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What became of a file.
#[derive(Debug)]
pub enum Looked {
    /// It is, or holds, something to be looked at.
    Items(Vec<Item>),
    /// It is no recording and no document that holds any: a text, a program.
    Passed,
    /// It could not be read, and why.
    Unreadable(std::io::ErrorKind),
}

/// Looks at one file.
pub fn look(found: &Found, asking: &Asking<'_>) -> Looked {
    match found.met {
        Met::File { length: 0, .. } | Met::Link | Met::Special => return Looked::Passed,
        Met::File { .. } => {}
        Met::Unreadable(kind) => return Looked::Unreadable(kind),
        Met::Stray(stray) => return strayed(found, stray),
    }
    let opened = File::open(&found.path).and_then(FileSource::new).and_then(|source| {
        let format = scan::sniff(&source)?;
        Ok((source, format))
    });
    match opened {
        Ok((source, Format::Unknown)) => unknown(found, &source),
        Ok((source, format)) => Looked::Items(items(found, &source, format, asking)),
        Err(error) => Looked::Unreadable(error.kind()),
    }
}

/// A file that no reader knows: a text or a program is passed over; a picture, or what is named as one, is said to be not
/// looked into.
fn unknown(found: &Found, source: &dyn Source) -> Looked {
    let mut head = [0; 64];
    let n = source.read_at(0, &mut head).unwrap_or_default();
    let own = found.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let Some(what) = head.get(..n).and_then(|head| other::told(&own, head)) else { return Looked::Passed };
    let mut item = Item::new(found.path.clone(), Format::Unknown);
    named(found, &mut item);
    item.remarks.push(Remark::whole(Code::NotLooked, what));
    Looked::Items(vec![item])
}

/// What the names of the file and of its folders tell.
fn named(found: &Found, item: &mut Item) {
    let mut parts = found.relative.components().rev().map(|part| part.as_os_str().to_string_lossy());
    let own = found.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    parts.next();
    item.remarks.extend(name::remarks(&own));
    item.remarks.extend(parts.flat_map(|part| name::of_folder(&part)));
}

/// A file that tells of recordings without being one. Our own sidecars are looked at with the recording they lie beside.
fn strayed(found: &Found, stray: Stray) -> Looked {
    let code = match stray {
        Stray::Own => return Looked::Passed,
        Stray::System => Code::SystemFile,
        // Settings of programs are in JSON too: only beside a recording is it a sidecar.
        Stray::Sidecar if !beside_a_recording(&found.path) => return Looked::Passed,
        Stray::Sidecar => Code::SidecarFile,
    };
    let mut item = Item::new(found.path.clone(), Format::Unknown);
    item.remarks.push(Remark::whole(code, code.label()));
    Looked::Items(vec![item])
}

/// Whether a recording of the same name lies beside: `IMG_1.AAE` and `IMG_1.HEIC`, `a.jpg.xmp` and `a.jpg`.
fn beside_a_recording(path: &Path) -> bool {
    const ENDS: [&str; 12] = ["jpg", "jpeg", "JPG", "png", "PNG", "heic", "HEIC", "tif", "tiff", "dcm", "mov", "MOV"];
    path.extension().is_none_or(|end| end != "json")
        || ENDS.iter().any(|end| path.with_extension(end).is_file())
        || path.with_extension("").is_file()
}

fn items(found: &Found, source: &dyn Source, format: Format, asking: &Asking<'_>) -> Vec<Item> {
    let mut item = Item::new(found.path.clone(), format);
    named(found, &mut item);
    let mut inner = Vec::new();
    match format {
        Format::Zip | Format::Docx | Format::Pptx | Format::Xlsx | Format::OpenDocument | Format::Epub => {
            archive::look(source, format, asking, &mut item, &mut inner);
        }
        Format::Pdf => pdf::look(source, asking, &mut item, &mut inner),
        _ => {
            let seen = content(source, format, asking, &mut item.remarks);
            let relative: Vec<_> = found.relative.components().map(|c| c.as_os_str().to_string_lossy()).collect();
            verdict::take(&mut item, source, &relative.join("/"), sidecar(&found.path).as_deref(), &seen, asking);
        }
    }
    order(&mut item.remarks);
    inner.iter_mut().for_each(|one| order(&mut one.remarks));
    std::iter::once(item).chain(inner).collect()
}

fn order(remarks: &mut [Remark]) {
    remarks.sort_by_key(|remark| std::cmp::Reverse(remark.severity));
}

/// The bytes of the consent sidecar beside a recording.
fn sidecar(path: &Path) -> Option<Vec<u8>> {
    let file = File::open(path.with_extension("consent.json")).ok()?;
    let mut bytes = Vec::new();
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
