//! Which directories of a file are no true page: smaller copies, and the label and overview of a slide.
//!
//! TIFF 6.0 section 8 (NewSubfileType, SubfileType); the layouts of Aperio SVS, Hamamatsu NDPI, Leica SCN, Philips and
//! Ventana as OpenSlide documents them.

use super::page::Page;
use super::{Directory, Order};
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;

/// Whose slide scanner wrote a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Maker {
    Aperio,
    Hamamatsu,
    Leica,
    /// Philips, Ventana and others who say in words what a directory is.
    Worded,
}

/// What is asked of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// An output may lack it: a smaller copy, or a slide's label or overview.
    pub(super) may_go: bool,
    /// An output may not have it.
    pub(super) must_go: bool,
}

/// NDPI's own tags: that a file is one, and the magnification, which is below zero for an overview.
const NDPI: u16 = 65_420;
const MAGNIFICATION: u16 = 65_421;

/// Words in a directory's description that name a label or an overview.
const LABELS: &[&str] = &["label", "macro", "overview"];

/// Directories in which Ventana's text is looked for.
const FIRST: usize = 8;

/// The maker: the first directory tells, or with Ventana one of the next.
pub(super) fn maker_of(bytes: &mut Bytes<'_>, order: &Order, places: &[u64]) -> Result<Option<Maker>, Trouble> {
    for (i, at) in places.iter().take(FIRST).enumerate() {
        let Some(directory) = order.directory(bytes, *at)? else { continue };
        match maker(bytes, &directory)? {
            Some(maker) if i == 0 => return Ok(Some(maker)),
            Some(Maker::Worded) if words(bytes, &directory, 700)?.contains("<iscan") => return Ok(Some(Maker::Worded)),
            _ => {}
        }
    }
    Ok(None)
}

/// The maker, from one directory.
pub(super) fn maker(bytes: &mut Bytes<'_>, first: &Directory) -> Result<Option<Maker>, Trouble> {
    let description = words(bytes, first, 270)?;
    let software = words(bytes, first, 305)?;
    let more = words(bytes, first, 700)?;
    Ok(if first.get(NDPI).is_some() {
        Some(Maker::Hamamatsu)
    } else if description.starts_with("aperio") {
        Some(Maker::Aperio)
    } else if description.contains("<scn") {
        Some(Maker::Leica)
    } else if software.contains("philips")
        || description.contains("dpufsimport")
        || ["medscan", "trestle"].iter().any(|name| software.starts_with(name))
        || description.contains("iscan")
        || more.contains("iscan")
    {
        Some(Maker::Worded)
    } else {
        None
    })
}

/// The beginning of a text, in small letters.
fn words(bytes: &mut Bytes<'_>, directory: &Directory, tag: u16) -> Result<String, Trouble> {
    let Some(entry) = directory.get(tag) else { return Ok(String::new()) };
    let text = bytes.copy(entry.value.clone(), 4096)?;
    Ok(text.iter().map(|b| char::from(b.to_ascii_lowercase())).collect())
}

/// Whether a directory says that it is a smaller copy of another.
pub(super) fn is_reduced(bytes: &mut Bytes<'_>, order: &Order, directory: &Directory) -> Result<bool, Trouble> {
    let new = order.first_of(bytes, directory, 254)?.unwrap_or(0);
    Ok(new & 1 == 1 || order.first_of(bytes, directory, 255)? == Some(2))
}

/// How a directory stands, other than the first of a file that is no slide.
pub(super) fn standing(
    bytes: &mut Bytes<'_>,
    order: &Order,
    maker: Option<Maker>,
    directory: &Directory,
    page: &Page,
) -> Result<Standing, Trouble> {
    let reduced = is_reduced(bytes, order, directory)?;
    let description = words(bytes, directory, 270)?;
    // Aperio writes the kind on the line below the program's, Philips and Ventana at the beginning.
    let named = LABELS.iter().any(|word| match maker {
        Some(Maker::Aperio) => description.lines().any(|l| l.starts_with(word)),
        _ => description.trim_start().starts_with(word),
    });
    let must_go = match maker {
        None | Some(Maker::Leica) => false,
        Some(Maker::Hamamatsu) => magnification(bytes, order, directory)?.is_some_and(|m| m < 0.0),
        Some(Maker::Aperio) => named || (!page.tiled && reduced),
        Some(Maker::Worded) => named,
    };
    let may_go = reduced
        || must_go
        || match maker {
            Some(Maker::Aperio) => !page.tiled,
            Some(Maker::Leica) => true,
            Some(Maker::Worded) => !page.tiled || ["thumbnail", "probability"].iter().any(|w| description.contains(w)),
            Some(Maker::Hamamatsu) | None => false,
        };
    Ok(Standing { may_go, must_go })
}

fn magnification(bytes: &mut Bytes<'_>, order: &Order, directory: &Directory) -> Result<Option<f32>, Trouble> {
    let Some(entry) = directory.get(MAGNIFICATION).filter(|e| e.kind == 11) else { return Ok(None) };
    let value = bytes.copy(entry.value.clone(), 4)?;
    Ok((value.len() == 4).then(|| f32::from_bits(order.number(&value) as u32)))
}
