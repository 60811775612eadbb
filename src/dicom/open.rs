//! Opens an object: finds where its data set begins and how it is encoded, inflates it where it is deflated.
//!
//! DICOM PS3.10 7.1 (preamble, prefix, file meta information), PS3.5 10 and A.5 (transfer syntaxes, deflation). Files
//! without any of these, or with false ones, are read as their first element shows.

use super::Object;
use super::syntax::{self, Encoding};
use super::value::trim;
use super::walk::{self, List, Node};
use super::window::{self, Window};
use crate::cut::Source;
use crate::plan::Refusal;
use flate2::read::DeflateDecoder;
use std::io::Read;

/// A deflated data set is inflated up to this length.
const INFLATED: u64 = 64 << 20;
/// A value of the header is read up to this length.
const VALUE: u64 = 4096;

/// Reads and lists an object.
pub(super) fn open(source: &dyn Source) -> Result<Object<'_>, Refusal> {
    let head = window::head(source)?;
    let mut window = Window::new(source, &head);
    let (meta, start) = read_meta(&mut window)?;
    let mut meta_text = |tag| text(&mut window, &meta.nodes, tag).map(|v| trim(&v).to_vec());
    let declared_uid = meta_text(0x0002_0010).and_then(|v| String::from_utf8(v).ok()).filter(|v| !v.is_empty());
    let meta_class = meta_text(0x0002_0002).unwrap_or_default();
    let declared = declared_uid.as_deref().map(|uid| syntax::declared(uid).ok_or_else(unknown_syntax)).transpose()?;
    if let Some(bytes) = deflated(source, start, declared_uid.as_deref())? {
        let mut inner = Window::new(&bytes, &[]);
        if let Ok(list) = list(&mut inner, 0, Some(Encoding::Explicit)).map(|(list, _)| list) {
            let syntax = syntax::DEFLATED.to_owned();
            let object = Object {
                source,
                head,
                inflated: Some(bytes),
                syntax,
                encoding: Encoding::Explicit,
                start,
                class: meta_class,
                list,
            };
            return Ok(object.with_class());
        }
    }
    let (list, encoding) = list(&mut window, start, declared)?;
    let syntax = transfer_syntax(declared_uid, declared, encoding, &list)?;
    Ok(Object { source, head, inflated: None, syntax, encoding, start, class: meta_class, list }.with_class())
}

/// The file meta information, and where the data set begins.
fn read_meta(window: &mut Window<'_>) -> Result<(List, u64), Refusal> {
    let length = window.len();
    if length < 8 {
        return Err(Refusal::truncated("the file is too short to be a DICOM object"));
    }
    let is = |window: &mut Window<'_>, at: u64, bytes: &[u8]| {
        window.bytes(at..at + bytes.len() as u64).is_ok_and(|found| found == bytes)
    };
    // The prefix counts where a file header follows it, or where the file cannot begin with a data set: `DICM` may
    // stand in a value.
    let begins = window.bytes(0..8)?.try_into().is_ok_and(|first| syntax::detect(first, None).is_some());
    let at = if is(window, 128, b"DICM") && (!begins || is(window, 132, &[2, 0])) {
        132
    } else if is(window, 0, b"DICM") {
        4
    } else {
        0
    };
    let meta = walk::walk_meta(window, at)?;
    let start = meta.end;
    Ok((meta, start))
}

/// Lists the data set at `start`, as its first element shows it is encoded.
fn list(window: &mut Window<'_>, start: u64, declared: Option<Encoding>) -> Result<(List, Encoding), Refusal> {
    let not_dicom = || Refusal::not_understood("there is no DICOM data set in the file");
    let first = window.bytes(start..start.saturating_add(8)).map_err(|_| not_dicom())?;
    let first = first.try_into().map_err(|_| not_dicom())?;
    let encoding = syntax::detect(first, declared).ok_or_else(not_dicom)?;
    let list = walk::walk(window, start, encoding)?;
    if list.nodes.is_empty() { Err(not_dicom()) } else { Ok((list, encoding)) }
}

/// The data set inflated, where the file declares it deflated and it is.
fn deflated(source: &dyn Source, start: u64, uid: Option<&str>) -> Result<Option<Vec<u8>>, Refusal> {
    if uid != Some(syntax::DEFLATED) {
        return Ok(None);
    }
    let packed = source.read_range(start..source.len(), INFLATED);
    let packed = packed.map_err(|_| Refusal::too_large("the deflated data set is too large"))?;
    let mut bytes = Vec::new();
    let inflated = DeflateDecoder::new(&packed[..]).take(INFLATED + 1).read_to_end(&mut bytes);
    if bytes.len() as u64 > INFLATED {
        return Err(Refusal::too_large("the data set inflates to more than any real one"));
    }
    Ok((inflated.is_ok() || bytes.len() > 1024).then_some(bytes))
}

/// The transfer syntax of the output: the declared one, unless the data set is encoded in another way.
fn transfer_syntax(
    uid: Option<String>,
    declared: Option<Encoding>,
    found: Encoding,
    list: &List,
) -> Result<String, Refusal> {
    match uid {
        Some(uid) if declared == Some(found) && uid != syntax::DEFLATED => Ok(uid),
        Some(uid) if list.fragments.is_some() && syntax::is_encapsulated(&uid) => Ok(uid),
        _ if list.fragments.is_some() => {
            Err(Refusal::not_understood("the file does not say how its picture is compressed"))
        }
        _ => Ok(found.plain().to_owned()),
    }
}

fn unknown_syntax() -> Refusal {
    Refusal::not_understood("the file is encoded in a way that the DICOM standard does not know (transfer syntax)")
}

/// The value of an outermost element, if it is short enough to be of use.
pub(super) fn text(window: &mut Window<'_>, nodes: &[Node], tag: u32) -> Option<Vec<u8>> {
    value(window, outermost(nodes, tag)?)
}

pub(super) fn value(window: &mut Window<'_>, node: &Node) -> Option<Vec<u8>> {
    let value = node.value();
    window.bytes(value.start..value.end.min(value.start + VALUE)).ok().map(<[u8]>::to_vec)
}

pub(super) fn outermost(nodes: &[Node], tag: u32) -> Option<&Node> {
    let mut at = 0;
    while let Some(node) = nodes.get(at) {
        if node.tag == tag {
            return Some(node);
        }
        at = node.next as usize;
    }
    None
}
