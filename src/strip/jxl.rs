//! The surgeon for JPEG XL, in a container or bare: keeps the coded frames, writes headers without names, times and
//! extensions, cleans the colour profile, and lets every other box go.
//!
//! ISO/IEC 18181-1 (codestream) and 18181-2 (file format). What stands inside a frame's coded sections is picture.

mod bits;
mod container;
mod entropy;
mod frame;
mod image;
mod profile;
mod stream;

use super::Options;
use super::operation::Operation;
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use stream::Stream;

/// The signature box (18181-2, 9.1).
const SIGNATURE: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n";
/// The file type box: brand `jxl `, minor version 0, compatible with itself (18181-2, 9.1).
const BRAND: &[u8] = b"\0\0\0\x14ftypjxl \0\0\0\0jxl ";

/// Plans the cleaning of a JPEG XL picture. A gain map goes whatever the options say: it is a codestream, a colour
/// profile and a block of metadata in one, and the picture is whole without it.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    if operation.reader.holds(0, SIGNATURE)? {
        return contained(operation);
    }
    let stream = Stream::new(std::iter::once(0..operation.reader.length()));
    let walked = stream.walk(&mut operation)?;
    let (width, height) = (walked.width, walked.height);
    stream.lay(&mut operation, walked);
    Ok(operation.close(Format::JpegXlCodestream, width, height))
}

/// A codestream in boxes: the output has its signature, type, level and one box with the whole codestream.
fn contained(mut operation: Operation<'_>) -> Result<Plan, Refusal> {
    let boxes = container::boxes(&mut operation)?;
    let sorted = container::sort(&mut operation, &boxes)?;
    let walked = sorted.stream.walk(&mut operation)?;
    let (width, height) = (walked.width, walked.height);
    operation.keep(0..SIGNATURE.len() as u64, "signature");
    if !operation.reader.holds(sorted.brand.start, BRAND)? || sorted.brand.end - sorted.brand.start != 20 {
        operation.found(Code::ApplicationData, "ftyp", sorted.brand.clone(), Action::Replace);
    }
    operation.put(sorted.brand, BRAND.to_vec(), "ftyp")?;
    if let Some((range, level)) = sorted.level {
        let bytes = [b"\0\0\0\x09jxll", &[level][..]].concat();
        if range.start < sorted.stream.start() {
            operation.put(range, bytes, "jxll")?;
        } else {
            operation.write(bytes, "jxll");
        }
    }
    let head = match u32::try_from(walked.length + 8) {
        Ok(short) => [&short.to_be_bytes()[..], b"jxlc"].concat(),
        Err(_) => [b"\0\0\0\x01jxlc", &(walked.length + 16).to_be_bytes()[..]].concat(),
    };
    operation.put(sorted.head, head, "jxlc")?;
    sorted.stream.lay(&mut operation, walked);
    Ok(operation.close(Format::JpegXl, width, height))
}
