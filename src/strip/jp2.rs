//! The surgeon for JPEG 2000: JP2, JPX and JPH files, and bare codestreams. Headers are written anew, codestreams are
//! kept with their comments blanked, and every other box goes.
//!
//! ISO/IEC 15444-1, annexes A and I; 15444-2, annex M (JPX); 15444-15 (JPH).

mod boxed;
mod codestream;
mod composition;
mod header;
mod marker;
mod requirement;

use super::Options;
use super::operation::{Operation, broken};
use crate::cut::{Piece, Source};
use crate::finding::{Action, Code};
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use boxed::{Box, written};
use codestream::Codestream;
use header::Header;

/// The signature box (I.5.1).
const SIGNATURE: &[u8] = b"\0\0\0\x0CjP  \r\n\x87\n";
/// Brands of pictures (I.5.2; 15444-2, M.8; 15444-15, D.2).
const BRANDS: [&[u8; 4]; 4] = [b"jp2 ", b"jpx ", b"jpxb", b"jph "];
/// Codestreams of one file; a document of many pages has some hundred.
const CODESTREAMS: usize = 10_000;

/// Plans the cleaning of a JPEG 2000 picture.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    if operation.reader.holds(0, SIGNATURE)? {
        return contained(operation);
    }
    let end = operation.reader.length();
    let picture = codestream::walk(&mut operation.reader, 0..end)?;
    let (width, height) = (picture.width, picture.height);
    lay(&mut operation, picture, end);
    Ok(operation.close(Format::J2k, width, height))
}

/// A file of boxes.
fn contained(mut operation: Operation<'_>) -> Result<Plan, Refusal> {
    let boxes = boxed::all(&mut operation)?;
    let brand = boxes.get(1).filter(|b| b.kind == *b"ftyp");
    let brand = brand.ok_or_else(|| broken("the file does not say that it is a JPEG 2000 picture"))?;
    operation.keep(0..SIGNATURE.len() as u64, "signature");
    let extended = file_type(&mut operation, brand)?;
    let mut file = File { extended, header: false, required: false, pictures: 0, sides: None };
    for found in &boxes[2..] {
        file.take(&mut operation, found)?;
    }
    let (width, height) = file.sides.ok_or_else(|| Refusal::truncated("the file ends before its picture does"))?;
    Ok(operation.close(Format::Jp2, width, height))
}

/// Writes the file type anew with the brands that are known; says whether JPX is among them.
fn file_type(operation: &mut Operation<'_>, found: &Box) -> Result<bool, Refusal> {
    let data = found.read(operation, 4 + 4 * 10_000)?;
    let mut brands = data.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]]);
    let major = brands.next().filter(|_| data.len() >= 8);
    let major = major.ok_or_else(|| broken("the file does not say that it is a JPEG 2000 picture"))?;
    let compatible: Vec<_> = brands.skip(1).filter(|brand| BRANDS.contains(&brand)).collect();
    let known = |brand: &[u8; 4]| BRANDS.contains(&brand);
    let Some(first) = Some(major).filter(known).or(compatible.first().copied()) else {
        return Err(Refusal {
            code: "not-understood",
            what: "this is a document or a film in the JPEG 2000 family, not a picture".to_owned(),
            advice: "Save its pages as pictures (JP2, PNG or TIFF) in the program that opens it, then run scrubs again.",
        });
    };
    let mut listed: Vec<[u8; 4]> = Vec::new();
    for brand in compatible.iter().chain([&first]) {
        if !listed.contains(brand) {
            listed.push(*brand);
        }
    }
    let new = written(b"ftyp", &[&first[..], &[0; 4], &listed.concat()].concat());
    if new[8..] != data {
        operation.found(Code::ApplicationData, "ftyp", found.range(), Action::Replace);
    }
    operation.put(found.range(), new, "ftyp")?;
    Ok(listed.iter().any(|brand| brand.starts_with(b"jpx")))
}

struct File {
    extended: bool,
    header: bool,
    required: bool,
    pictures: usize,
    sides: Option<(u32, u32)>,
}

impl File {
    fn take(&mut self, operation: &mut Operation<'_>, found: &Box) -> Result<(), Refusal> {
        match &found.kind {
            b"jp2h" if !self.header => {
                self.header = true;
                let data = Header::default().rewrite(operation, found)?;
                operation.put(found.range(), written(b"jp2h", &data), "jp2h")?;
            }
            // Headers of single codestreams and layers count by their order, so that an emptied one must stay too.
            b"jpch" | b"jplh" if self.extended => {
                let data = Header::default().rewrite(operation, found)?;
                let why = if found.kind == *b"jpch" { "jpch" } else { "jplh" };
                operation.put(found.range(), written(&found.kind, &data), why)?;
            }
            b"rreq" if self.extended && !self.required => match requirement::rewrite(operation, found)? {
                Some(data) => {
                    self.required = true;
                    operation.put(found.range(), written(b"rreq", &data), "rreq")?;
                }
                None => found.gone(operation)?,
            },
            b"comp" if self.extended => {
                let data = composition::rewrite(operation, found)?;
                operation.put(found.range(), written(b"comp", &data), "comp")?;
            }
            // A file without JPX has one picture; readers show the first.
            b"jp2c" if self.extended || self.pictures == 0 => self.picture(operation, found)?,
            b"ftbl" => {
                return Err(Refusal {
                    code: "not-understood",
                    what: "the picture lies in fragments".to_owned(),
                    advice: "Save it as an ordinary JP2 file in the program that made it, then run scrubs again.",
                });
            }
            b"mhdr" | b"moov" | b"page" => return Err(broken("this is a document or a film, not a picture")),
            _ => found.gone(operation)?,
        }
        Ok(())
    }

    fn picture(&mut self, operation: &mut Operation<'_>, found: &Box) -> Result<(), Refusal> {
        if self.pictures >= CODESTREAMS {
            return Err(Refusal::too_large("the file has more pictures than any real one"));
        }
        if self.pictures == 0 && !self.header {
            return Err(broken("the file does not describe its picture"));
        }
        let picture = codestream::walk(&mut operation.reader, found.data.clone())?;
        self.pictures += 1;
        self.sides = self.sides.or(Some((picture.width, picture.height)));
        let length = picture.cut.len();
        let head = match u32::try_from(length + 8) {
            Ok(short) => [&short.to_be_bytes()[..], b"jp2c"].concat(),
            Err(_) => [b"\0\0\0\x01jp2c", &(length + 16).to_be_bytes()[..]].concat(),
        };
        operation.put(found.start..found.data.start, head, "jp2c")?;
        lay(operation, picture, found.data.end);
        Ok(())
    }
}

/// Puts a walked codestream into the cut, and notes what was found in it and behind it.
fn lay(operation: &mut Operation<'_>, picture: Codestream, end: u64) {
    for piece in picture.cut.pieces() {
        match piece {
            Piece::Keep { range, why } => operation.keep(range.clone(), why),
            Piece::Write { bytes, why } => operation.write(bytes.clone(), why),
            Piece::Blank { length, why } => operation.blank(*length, why),
        }
    }
    for (code, part, range) in picture.found {
        let action = if code == Code::Comment { Action::Replace } else { Action::Remove };
        operation.found(code, part, range, action);
    }
    if picture.truncated {
        operation.found(Code::Truncated, "codestream", picture.end..picture.end, Action::Keep);
    }
    if picture.end < end {
        operation.found(Code::Trailer, "codestream", picture.end..end, Action::Remove);
    }
}
