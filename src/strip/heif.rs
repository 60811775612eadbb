//! The surgeon for HEIC, HEIF and AVIF: blanks in place, so that no offset in the file ever moves; the description of
//! the pictures is built anew inside its old extent.
//!
//! ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 (HEIF), AV1 Image File Format 1.2, ISO/IEC 23000-22 (MIAF).

mod build;
mod choice;
pub(super) mod config;
mod derived;
pub(super) mod embedded;
pub(super) mod extent;
mod meta;
mod mini;
mod movie;
pub(super) mod nal;
pub(super) mod obu;
mod part;
pub(super) mod property;
pub(super) mod rule;
mod still;

use super::Options;
use super::operation::{Operation, broken};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use extent::Patches;
use movie::Movie;
use nal::Count;
use part::Part;
use std::ops::Range;
use still::Still;

/// The largest description of pictures or of a sequence; the largest real ones have some megabytes.
const DESCRIPTION: u64 = 16 << 20;
/// The longest list of brands.
const BRANDS: u64 = 64 * 1024;

/// Plans the cleaning of a HEIF or AVIF picture or sequence.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    let (parts, end) = part::top(source)?;
    let first = parts.first().filter(|part| part.kind == *b"ftyp" && !part.cut);
    let first = first.ok_or_else(|| broken("the file does not begin as a HEIF picture does"))?;
    let brands = Brands::read(&mut operation, first)?;
    let lean = parts.iter().find(|part| part.kind == *b"mini");
    let full = parts.iter().any(|part| matches!(&part.kind, b"meta" | b"moov"));
    if let Some(part) = lean.filter(|_| !full) {
        brands.lay(&mut operation, first)?;
        let (width, height) = mini::lay(&mut operation, source, part, brands.lean)?;
        for other in parts.iter().skip(1).filter(|other| other.start != part.start) {
            tell_gone(&mut operation, source, other)?;
        }
        tell_trailer(&mut operation, source, end)?;
        return Ok(operation.close_by("blank-in-place", brands.format, width, height));
    }
    let file = File::read(source, &parts)?;
    file.check(&parts)?;
    let mut patches = Patches::default();
    file.examine(&mut operation, source, &mut patches)?;
    brands.lay(&mut operation, first)?;
    file.lay(&mut operation, source, &parts, end, &patches)?;
    let (width, height) = file.size();
    Ok(operation.close_by("blank-in-place", brands.format, width, height))
}

/// The brands of a file.
struct Brands {
    format: Format,
    clean: Vec<u8>,
    changed: bool,
    /// How a picture in the low-overhead form is coded, which the minor version says.
    lean: Option<[u8; 4]>,
}

impl Brands {
    fn read(operation: &mut Operation<'_>, part: &Part) -> Result<Self, Refusal> {
        let old = operation.reader.read(part.range(), BRANDS)?;
        let mut clean = old.clone();
        let body = (part.body - part.start) as usize;
        let brands = clean.get_mut(body..).filter(|brands| brands.len() >= 8);
        let brands = brands.ok_or_else(|| broken("the file does not begin as a HEIF picture does"))?;
        let whole = brands.len() / 4 * 4;
        brands[whole..].fill(0);
        let lean = match (&brands[..4], &brands[4..8]) {
            (b"mif3", b"heic") => Some(*b"hvcC"),
            (b"mif3", b"avif") => Some(*b"av1C"),
            _ => None,
        };
        if lean.is_none() {
            brands[4..8].fill(0);
        }
        let mut avif = false;
        for (index, brand) in brands.chunks_exact_mut(4).enumerate().filter(|(index, _)| *index != 1) {
            avif |= matches!(&*brand, b"avif" | b"avis");
            if rule::is_brand(brand) {
                continue;
            }
            if index == 0 {
                return Err(broken("the file says that it is of a kind that is not known here"));
            }
            brand.copy_from_slice(b"mif1");
        }
        let format = if avif { Format::Avif } else { Format::Heif };
        Ok(Self { format, changed: clean != old, clean, lean })
    }

    /// Puts the brands in their place.
    fn lay(&self, operation: &mut Operation<'_>, part: &Part) -> Result<(), Refusal> {
        operation.put(part.range(), self.clean.clone(), "brands")?;
        if self.changed {
            operation.found_as(Code::ApplicationData, "brand on no list", "ftyp", part.range(), Action::Replace);
        }
        Ok(())
    }
}

/// The pictures and the sequence of a file.
struct File {
    still: Option<(usize, Still)>,
    movie: Option<(usize, Movie)>,
    used: Vec<Range<u64>>,
    gone: Vec<Range<u64>>,
}

impl File {
    fn read(source: &dyn Source, parts: &[Part]) -> Result<Self, Refusal> {
        let (mut still, mut movie) = (None, None);
        for (index, part) in parts.iter().enumerate() {
            let described = matches!(&part.kind, b"meta" | b"moov");
            if described && part.cut {
                return Err(Refusal::truncated("the file ends inside the description of its pictures"));
            }
            match &part.kind {
                b"meta" => {
                    let bytes = read(source, part)?;
                    if meta::handler(&bytes, (part.body - part.start) as usize) != Some(*b"pict") {
                        continue;
                    }
                    if still.is_some() {
                        return Err(broken("the file describes its pictures twice"));
                    }
                    still = Some((index, Still::read(source, part.clone(), bytes)?));
                }
                b"moov" if movie.is_some() => return Err(broken("the file describes its sequence twice")),
                b"moov" => movie = Some((index, Movie::read(source, part.clone(), read(source, part)?)?)),
                b"moof" => return Err(broken("the sequence is in fragments, which are not cleaned here")),
                b"mini" => {
                    return Err(broken("the picture is described in the low-overhead form and in another one"));
                }
                _ => {}
            }
        }
        if still.is_none() && movie.is_none() {
            return Err(broken("the file describes no picture"));
        }
        let ranges = |still: Option<&Vec<Range<u64>>>, movie: Option<&Vec<Range<u64>>>| {
            extent::joined(still.into_iter().chain(movie).flatten().cloned().collect())
        };
        let used = ranges(still.as_ref().map(|(_, still)| &still.used), movie.as_ref().map(|(_, movie)| &movie.used));
        let gone = ranges(still.as_ref().map(|(_, still)| &still.gone), movie.as_ref().map(|(_, movie)| &movie.gone));
        Ok(Self { still, movie, used, gone })
    }

    fn size(&self) -> (u32, u32) {
        let still = self.still.as_ref().map(|(_, still)| still.size());
        still.or(self.movie.as_ref().map(|(_, movie)| movie.size)).unwrap_or_default()
    }

    /// Samples may lie only where samples are kept.
    fn check(&self, parts: &[Part]) -> Result<(), Refusal> {
        let media = parts.iter().filter(|part| part.kind == *b"mdat").map(Part::payload);
        let data = self.still.as_ref().and_then(|(_, still)| still.data());
        let areas = extent::joined(media.chain(data).collect());
        let outside = self.used.iter().any(|used| !extent::gaps(used.clone(), &areas).is_empty());
        if outside {
            return Err(broken("the samples of the picture lie where none may lie"));
        }
        Ok(())
    }

    fn examine(
        &self,
        operation: &mut Operation<'_>,
        source: &dyn Source,
        patches: &mut Patches,
    ) -> Result<(), Refusal> {
        let mut count = Count::default();
        if let Some((_, still)) = &self.still {
            still.examine(operation, source, patches, &mut count)?;
            still.tell(operation, source)?;
        }
        if let Some((_, movie)) = &self.movie {
            movie.examine(operation, source, patches, &mut count)?;
            movie.tell(operation);
        }
        let still = self.still.iter().flat_map(|(_, still)| still.samples());
        patches.check_agreed(still.chain(self.movie.iter().flat_map(|(_, movie)| movie.samples())))
    }

    /// Lays the boxes behind the first one.
    fn lay(
        &self,
        operation: &mut Operation<'_>,
        source: &dyn Source,
        parts: &[Part],
        end: u64,
        patches: &Patches,
    ) -> Result<(), Refusal> {
        let still = self.still.as_ref().map(|(index, _)| *index);
        let movie = self.movie.as_ref().map(|(index, _)| *index);
        let stays = |index: usize| Some(index) == still || Some(index) == movie || parts[index].kind == *b"mdat";
        let last = (0..parts.len()).rev().find(|index| stays(*index)).unwrap_or(0);
        let mut laid = parts[0].end;
        for (index, part) in parts.iter().enumerate().skip(1) {
            if part.end <= laid {
                continue;
            }
            if index > last {
                tell_gone(operation, source, part)?;
                continue;
            }
            laid = part.end;
            match (&self.still, &self.movie) {
                (Some((at, still)), _) if *at == index => {
                    // The box behind, where that goes, makes room.
                    let next = parts.get(index + 1).filter(|next| !stays(index + 1) && index < last && !next.cut);
                    if let Some(next) = next.filter(|_| !still.fits(part.end).unwrap_or(true)) {
                        tell_gone(operation, source, next)?;
                        laid = next.end;
                    }
                    still.lay(operation, patches, laid)?;
                }
                (_, Some((at, movie))) if *at == index => movie.lay(operation)?,
                _ if part.kind == *b"mdat" => self.samples(operation, source, part, patches)?,
                _ => {
                    tell_gone(operation, source, part)?;
                    operation.put(part.start..part.body, part.header(b"free"), "free box")?;
                    extent::blank(operation, source, part.payload())?;
                }
            }
        }
        tell_trailer(operation, source, end)
    }

    fn samples(
        &self,
        operation: &mut Operation<'_>,
        source: &dyn Source,
        part: &Part,
        patches: &Patches,
    ) -> Result<(), Refusal> {
        if part.cut {
            operation.found(Code::Truncated, "mdat", part.range(), Action::Replace);
            operation.put(part.start..part.body, part.header(b"mdat"), "mdat")?;
        } else {
            operation.keep(part.start..part.body, "mdat");
        }
        for blanked in extent::lay(operation, source, part.payload(), &self.used, patches)? {
            for junk in extent::gaps(blanked, &self.gone) {
                if !extent::is_blank(source, junk.clone())? {
                    operation.found(Code::Junk, "mdat", junk, Action::Remove);
                }
            }
        }
        Ok(())
    }
}

fn read(source: &dyn Source, part: &Part) -> Result<Vec<u8>, Refusal> {
    if part.end - part.start > DESCRIPTION {
        return Err(Refusal::too_large("the description of the pictures is larger than any real one"));
    }
    Ok(source.read_range(part.range(), DESCRIPTION)?)
}

/// Tells of bytes behind the last box.
fn tell_trailer(operation: &mut Operation<'_>, source: &dyn Source, end: u64) -> Result<(), Refusal> {
    let behind = end..source.len();
    if !behind.is_empty() && !extent::is_blank(source, behind.clone())? {
        operation.found(Code::Trailer, "trailer", behind, Action::Remove);
    }
    Ok(())
}

/// Tells of a box that goes, unless there is nothing in it.
fn tell_gone(operation: &mut Operation<'_>, source: &dyn Source, part: &Part) -> Result<(), Refusal> {
    if part.kind == *b"free" && extent::is_blank(source, part.payload())? {
        return Ok(());
    }
    let provenance = part.kind == *b"uuid" && {
        let mut id = [0; 16];
        source.read_at(part.body, &mut id)? == 16 && id.starts_with(&[0xD8, 0xFE, 0xC3, 0xD6])
    };
    let (code, label) = match (provenance, part.cut) {
        (true, _) => (Code::Provenance, Code::Provenance.label()),
        // What reaches past the end of the file is no box: other bytes that read like one.
        (_, true) => (Code::Trailer, Code::Trailer.label()),
        _ => rule::gone(&part.kind),
    };
    operation.found_as(code, label, &part.name(), part.range(), Action::Remove);
    Ok(())
}
