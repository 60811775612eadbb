//! Elements of EBML: identifier, length, and the blank one that can stand in the place of any.
//!
//! RFC 8794 sections 4 to 6 and 11.3.

use crate::plan::Refusal;
use crate::strip::operation::Operation;

/// An element by its header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    pub(super) id: u32,
    pub(super) start: u64,
    /// Where its body begins.
    pub(super) body: u64,
    /// Where it says that it ends; none where it does not say.
    pub(super) end: Option<u64>,
}

/// The element at `at`; none where there is no room for one before `end`, or no element begins.
pub(super) fn read(operation: &mut Operation<'_>, at: u64, end: u64) -> Result<Option<Element>, Refusal> {
    let window = operation.reader.rest(at, 12)?;
    let room = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX).min(window.len());
    let bytes = &window[..room];
    let Some(first) = bytes.first() else { return Ok(None) };
    let width = first.leading_zeros() as usize + 1;
    if width > 4 || bytes.len() <= width {
        return Ok(None);
    }
    let id = bytes[..width].iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    let Some((length, size)) = number(&bytes[width..]) else { return Ok(None) };
    let body = at + (width + size) as u64;
    let end = length.map(|length| body.saturating_add(length));
    Ok(Some(Element { id, start: at, body, end }))
}

/// A number and how many bytes it takes; the one of ones alone is unknown.
pub(super) fn number(bytes: &[u8]) -> Option<(Option<u64>, usize)> {
    let size = bytes.first()?.leading_zeros() as usize + 1;
    let all = bytes.get(..size.min(9)).filter(|_| size <= 8)?;
    let value = all.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)) & ((1 << (7 * size)) - 1);
    Some(((value != (1 << (7 * size)) - 1).then_some(value), size))
}

/// The header of a blank element of `length` bytes in all.
pub(super) fn void(length: u64) -> Vec<u8> {
    match length {
        0..=1 => vec![0; length as usize],
        2..=128 => vec![0xEC, 0x80 | (length - 2) as u8],
        _ => [&[0xEC, 1], &(length - 9).to_be_bytes()[1..]].concat(),
    }
}
