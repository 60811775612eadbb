//! Covers areas of compressed frames that are compressed again: only touched frames are new, and offset tables fit them.
//!
//! DICOM PS3.5 A.4 (fragments, Basic Offset Table), PS3.3 C.7.6.3.1.8 (Extended Offset Table).

use super::super::Object;
use super::super::emit::NEW;
use super::super::frames::Stored;
use super::super::vr::Vr;
use super::super::walk::PIXEL_DATA;
use super::edit::{Edits, FILLED};
use super::element::{element, item_header, remove};
use crate::plan::Refusal;

const OFFSETS: u32 = 0x7FE0_0001;
const LENGTHS: u32 = 0x7FE0_0002;
/// Extended tables of so many bytes, at most.
const LONGEST: u64 = 64 << 20;

/// New streams for some of the frames.
#[derive(Debug, Default)]
pub(super) struct Renewed(Vec<(u32, u64)>);

impl Renewed {
    /// Whether there is none yet.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a stream in the place of a frame. Frames come in rising order.
    pub(super) fn put(
        &mut self,
        stored: &Stored<'_>,
        index: u32,
        stream: Vec<u8>,
        edits: &mut Edits,
    ) -> Result<(), Refusal> {
        let encoding = stored.object.encoding;
        let parts = stored.lie.parts(index);
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
            return Err(Refusal::not_understood("a compressed frame has no fragments"));
        };
        let padded = stream.len() as u64 + stream.len() as u64 % 2;
        let length = u32::try_from(padded).map_err(|_| Refusal::too_large("a covered frame is too long"))?;
        let mut bytes = item_header(encoding, length).to_vec();
        self.0.push((index, stream.len() as u64));
        bytes.extend(stream);
        bytes.resize(8 + padded as usize, 0);
        edits.replace(first.start - 8..last.end, bytes, FILLED)
    }

    /// Makes the offset tables fit.
    pub(super) fn tables(&self, stored: &Stored<'_>, edits: &mut Edits) -> Result<(), Refusal> {
        let object = &stored.object;
        let mut renewed = self.0.iter().peekable();
        let (mut offsets, mut at) = (Vec::new(), 0u64);
        let mut lengths = old_lengths(object, stored.shape.frames);
        for index in 0..stored.shape.frames {
            offsets.push(at);
            let old: u64 = stored.lie.parts(index).iter().map(|p| 8 + p.end - p.start).sum();
            at += match renewed.next_if(|(n, _)| *n == index) {
                Some((_, length)) => {
                    if let Some(place) = lengths.as_mut().and_then(|all| all.get_mut(index as usize)) {
                        *place = *length;
                    }
                    8 + length + length % 2
                }
                None => old,
            };
        }
        match (lengths, object.node(OFFSETS)) {
            (Some(lengths), Some(node)) => {
                let bytes = |all: Vec<u64>| all.into_iter().flat_map(u64::to_le_bytes).collect::<Vec<u8>>();
                let new = element(object.encoding, OFFSETS, Vr(*b"OV"), &bytes(offsets.clone()));
                edits.replace(node.start..node.end(), new, NEW)?;
                if let Some(node) = object.node(LENGTHS) {
                    let new = element(object.encoding, LENGTHS, Vr(*b"OV"), &bytes(lengths));
                    edits.replace(node.start..node.end(), new, NEW)?;
                }
            }
            _ => drop_extended(object, edits)?,
        }
        basic(object, &offsets, edits)
    }
}

/// The Basic Offset Table: as it was empty or not, unless offsets are too great for it.
fn basic(object: &Object<'_>, offsets: &[u64], edits: &mut Edits) -> Result<(), Refusal> {
    let (Some((table, _)), Some(node)) = (&object.list.fragments, object.node(PIXEL_DATA)) else { return Ok(()) };
    if table.is_empty() {
        return Ok(());
    }
    let small: Option<Vec<u32>> = offsets.iter().map(|n| u32::try_from(*n).ok()).collect();
    let bytes: Vec<u8> = small.unwrap_or_default().into_iter().flat_map(u32::to_le_bytes).collect();
    let head = item_header(node.encoding, bytes.len() as u32);
    edits.replace(table.start - 8..table.end, [&head[..], &bytes].concat(), NEW)
}

/// The lengths of the extended table, if it has one for every frame.
fn old_lengths(object: &Object<'_>, frames: u32) -> Option<Vec<u64>> {
    let node = object.node(LENGTHS)?;
    let bytes = object.body().read_range(node.value(), LONGEST).ok()?;
    let lengths = bytes.chunks_exact(8).map(|b| b.iter().rev().fold(0u64, |n, b| n << 8 | u64::from(*b))).collect();
    (bytes.len() as u64 == 8 * u64::from(frames)).then_some(lengths)
}

/// Takes the extended tables out.
pub(super) fn drop_extended(object: &Object<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    remove(object, edits, OFFSETS)?;
    remove(object, edits, LENGTHS)
}
