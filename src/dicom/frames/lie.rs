//! Where the frames of an object lie, and their bytes, one frame at a time.
//!
//! DICOM PS3.5 8 and D (native samples), A.4 (fragments). Offset tables are not followed where fragments show by
//! themselves where frames begin, for a table may say anything.

use super::super::Object;
use super::super::surgeon;
use super::super::syntax::Encoding;
use super::super::walk::{self, Shape as Form};
use super::super::window::Window;
use super::shape::Shape;
use crate::pixels::Unseen;
use std::ops::Range;

/// Compressed bytes of one frame, at most.
const MOST_BYTES: u64 = 512 << 20;
/// An offset table is read up to this length.
const LONGEST_TABLE: u64 = 16 << 20;

/// Where frames lie.
#[derive(Debug)]
pub(in crate::dicom) enum Lie {
    /// One behind the other, uncompressed.
    Native {
        /// All of them.
        value: Range<u64>,
        /// The byte order.
        encoding: Encoding,
        /// Whether bytes lie in words of the other order (8 bits as OW, big endian).
        swapped: bool,
    },
    /// In fragments.
    Fragments {
        /// Every fragment.
        fragments: Vec<Range<u64>>,
        /// The first fragment of each frame.
        starts: Vec<u32>,
    },
}

impl Lie {
    /// Where the frames of an object lie; none where it has no pixel data.
    pub(in crate::dicom) fn of(object: &Object<'_>, shape: &Shape) -> Result<Self, Unseen> {
        let Some(node) = object.node(walk::PIXEL_DATA) else {
            return Err(Unseen::damaged("the object has no picture"));
        };
        match node.shape {
            Form::Value => {
                let needed = shape.native_bits().checked_mul(u64::from(shape.frames)).map(|bits| bits.div_ceil(8));
                if needed.is_none_or(|n| n > node.len()) {
                    return Err(Unseen::damaged("the picture is shorter than the header says"));
                }
                if shape.is_halved() && (shape.columns % 2 == 1 || shape.allocated != 8) {
                    return Err(Unseen::damaged(
                        "chrominance of every second column, in a picture that cannot have it",
                    ));
                }
                let words = surgeon::representation(node) != super::super::vr::Vr::OB;
                let big = node.encoding == Encoding::BigEndian;
                Ok(Lie::Native {
                    value: node.value(),
                    encoding: node.encoding,
                    swapped: big && words && shape.allocated < 16,
                })
            }
            Form::Fragments => fragments(object, node.encoding, shape.frames),
            _ => Err(Unseen::damaged("the picture is not stored as a picture")),
        }
    }

    /// The range of native frame `index`, and how many of its first bits are of the frame before.
    pub(in crate::dicom) fn native_range(value: &Range<u64>, shape: &Shape, index: u32) -> (Range<u64>, u32) {
        let first = shape.native_bits().saturating_mul(u64::from(index));
        let last = first.saturating_add(shape.native_bits());
        (value.start + first / 8..value.start + last.div_ceil(8), (first % 8) as u32)
    }

    /// The fragments of frame `index`; none of native samples.
    pub(in crate::dicom) fn parts(&self, index: u32) -> &[Range<u64>] {
        let Lie::Fragments { fragments, starts } = self else { return &[] };
        let from = starts.get(index as usize).map_or(fragments.len(), |n| *n as usize);
        let to = starts.get(index as usize + 1).map_or(fragments.len(), |n| *n as usize);
        fragments.get(from..to).unwrap_or_default()
    }

    /// The bytes of frame `index` in fragments, put together.
    pub(in crate::dicom) fn joined(&self, object: &Object<'_>, index: u32) -> Result<Vec<u8>, Unseen> {
        let parts = self.parts(index);
        let length: u64 = parts.iter().map(|part| part.end - part.start).sum();
        if length > MOST_BYTES {
            return Err(Unseen::too_large("a compressed frame is longer than any real one"));
        }
        let mut bytes = Vec::with_capacity(length as usize);
        for part in parts {
            bytes.extend(read(object, part.clone())?);
        }
        Ok(bytes)
    }
}

/// A range of the data set.
pub(in crate::dicom) fn read(object: &Object<'_>, range: Range<u64>) -> Result<Vec<u8>, Unseen> {
    let read = object.body().read_range(range, MOST_BYTES);
    read.map_err(|_| Unseen::damaged("the picture could not be read to its end"))
}

/// Lists fragments, and finds where frames begin.
fn fragments(object: &Object<'_>, encoding: Encoding, frames: u32) -> Result<Lie, Unseen> {
    let unread = |_| Unseen::damaged("the fragments of the picture could not be read");
    let Some((table, range)) = object.list.fragments.clone() else {
        return Err(Unseen::damaged("the compressed picture is not stored as one"));
    };
    let mut window = object.window();
    let (mut at, mut fragments) = (range.start, Vec::new());
    while range.end.saturating_sub(at) >= 8 {
        let length = window.bytes(at + 4..at + 8).map_err(unread)?.try_into().map_or(0, |b| encoding.u32(b));
        let fragment = at + 8..(at + 8).saturating_add(u64::from(length)).min(range.end);
        at = fragment.end;
        fragments.push(fragment);
    }
    let count = frames as usize;
    if fragments.len() < count {
        return Err(Unseen::damaged("there are fewer compressed frames than the header says"));
    }
    let starts = match () {
        () if count == 1 => vec![0],
        () if fragments.len() == count => (0..frames).collect(),
        () => match begun(&mut window, &fragments)? {
            starts if starts.len() == count => starts,
            _ => from_table(&mut window, table, &fragments, range.start, encoding)
                .filter(|starts| starts.len() == count)
                .ok_or_else(|| Unseen::damaged("it cannot be told where the compressed frames begin"))?,
        },
    };
    Ok(Lie::Fragments { fragments, starts })
}

/// The fragments that begin a frame: a JPEG, a JPEG 2000 codestream.
fn begun(window: &mut Window<'_>, fragments: &[Range<u64>]) -> Result<Vec<u32>, Unseen> {
    let mut starts = Vec::new();
    for (index, fragment) in (0u32..).zip(fragments) {
        let end = fragment.end.min(fragment.start + 4);
        let head = window.bytes(fragment.start..end);
        let head = head.map_err(|_| Unseen::damaged("the fragments of the picture could not be read"))?;
        if matches!(head, [0xFF, 0xD8, 0xFF, _] | [0xFF, 0x4F, 0xFF, 0x51]) {
            starts.push(index);
        }
    }
    Ok(starts)
}

/// The fragments that the Basic Offset Table says begin a frame.
fn from_table(
    window: &mut Window<'_>,
    table: Range<u64>,
    fragments: &[Range<u64>],
    start: u64,
    encoding: Encoding,
) -> Option<Vec<u32>> {
    if table.end - table.start > LONGEST_TABLE {
        return None;
    }
    let bytes = window.bytes(table).ok()?;
    let place = |b: &[u8]| {
        let at = start + 8 + u64::from(encoding.u32(b.try_into().ok()?));
        fragments.binary_search_by_key(&at, |f| f.start).ok().map(|n| n as u32)
    };
    let starts: Vec<u32> = bytes.chunks_exact(4).map(place).collect::<Option<_>>()?;
    (starts.first() == Some(&0) && starts.windows(2).all(|w| w[0] < w[1])).then_some(starts)
}
