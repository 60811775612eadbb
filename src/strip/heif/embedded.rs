//! Pictures of other standards kept as items: JPEG, whose metadata becomes fill bytes, and JPEG 2000, whose comments
//! become zeros, each at equal length.
//!
//! ISO/IEC 23008-12, annexes H (JPEG) and M (JPEG 2000); ITU-T T.81, B.1.1.2 (fill bytes), B.2.4.1 and B.2.4.2 (tables);
//! ITU-T T.800, A.9.2 (COM).

use super::extent::{Patches, Stream};
use super::nal::Count;
use super::part::{number, short};
use crate::cut::{Cut, Piece, Source};
use crate::plan::Refusal;
use crate::strip::{Options, jpeg};
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

/// Metadata of one embedded picture.
const METADATA: u64 = 16 << 20;

/// The samples of an item as a source of their own.
struct Window<'a> {
    source: &'a dyn Source,
    stream: &'a Stream,
}

impl Source for Window<'_> {
    fn len(&self) -> u64 {
        self.stream.length()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(self.source, offset, buffer)
    }
}

/// Lays fill bytes over everything in a JPEG picture that its own surgeon would not keep.
pub(in crate::strip) fn jpeg(
    source: &dyn Source,
    stream: &Stream,
    patches: &mut Patches,
) -> Result<Vec<Range<u64>>, Refusal> {
    let window = Window { source, stream };
    let cut = jpeg::plan(&window, &Options::default())?.cut;
    let adobe = |piece: &Piece| matches!(piece, Piece::Write { bytes, .. } if bytes.starts_with(&[0xFF, 0xEE]));
    if cut.pieces().iter().any(adobe) {
        return Err(Refusal::not_understood("a JPEG picture inside the file has a note among its colours"));
    }
    let dropped = cut.dropped(stream.length());
    if dropped.iter().map(|range| range.end - range.start).sum::<u64>() > METADATA {
        return Err(Refusal::too_large("a picture inside the file has more metadata than any real one"));
    }
    if is_followed(source, stream, &cut)? {
        return Err(Refusal::not_understood("a picture inside the file is two pictures in one"));
    }
    let mut heads = heads(&cut)?;
    let mut notes = Vec::new();
    for range in dropped {
        let mut fill = vec![0xFF; (range.end - range.start) as usize];
        if let Some(head) = heads.remove(&range.end) {
            let from = fill.len().checked_sub(head.len()).ok_or_else(cannot_stay)?;
            fill[from..].copy_from_slice(&head);
        }
        let mut old = vec![0; fill.len()];
        stream.read(source, range.start, &mut old)?;
        if old != fill {
            patches.lay(stream, range.start, &fill)?;
            notes.extend(stream.place(range).into_iter().take(1));
        }
    }
    if heads.is_empty() { Ok(notes) } else { Err(cannot_stay()) }
}

/// Whether another picture stands behind the end of this one with nothing but filling between them: the second field of
/// an interlaced film (QuickTime File Format, "Motion-JPEG").
fn is_followed(source: &dyn Source, stream: &Stream, cut: &Cut) -> io::Result<bool> {
    let Some(Piece::Keep { range, .. }) = cut.pieces().last() else { return Ok(false) };
    let mut behind = [0; 4_096];
    let read = stream.read(source, range.end, &mut behind)?;
    let behind = &behind[..read];
    let second = memchr::memmem::find(behind, &[0xFF, 0xD8, 0xFF]);
    Ok(second.is_some_and(|at| behind[..at].iter().all(|b| matches!(b, 0 | 0xFF))))
}

fn cannot_stay() -> Refusal {
    Refusal::not_understood("a JPEG picture inside the file holds what cannot be left out at equal length")
}

/// The headers of segments that stay in part, by where what stays begins: right before it there is the old header, or a
/// table that goes. Behind the header of a scan no fill bytes may stand.
fn heads(cut: &Cut) -> Result<BTreeMap<u64, [u8; 4]>, Refusal> {
    let (mut heads, mut open) = (BTreeMap::new(), None);
    for piece in cut.pieces() {
        match piece {
            Piece::Write { bytes, .. } => {
                open = match bytes[..] {
                    [0xFF, 0xDA, ..] => return Err(cannot_stay()),
                    [0xFF, marker, high, low] => Some((marker, u64::from(u16::from_be_bytes([high, low])).max(2) - 2)),
                    _ => None,
                };
            }
            Piece::Keep { range, .. } => {
                let Some((marker, left)) = open.take() else { continue };
                let length = left.min(range.end - range.start);
                let [high, low] = u16::try_from(length + 2).map_err(|_| cannot_stay())?.to_be_bytes();
                heads.insert(range.start, [0xFF, marker, high, low]);
                open = (left > length).then_some((marker, left - length));
            }
            Piece::Blank { .. } => return Err(cannot_stay()),
        }
    }
    Ok(heads)
}

/// Blanks the comments of a JPEG 2000 codestream.
///
/// # Errors
/// Where its markers do not follow one another.
pub(super) fn jpeg2000(
    source: &dyn Source,
    stream: &Stream,
    patches: &mut Patches,
    count: &mut Count,
) -> Result<Vec<Range<u64>>, Refusal> {
    let broken = || Refusal::truncated("the coded picture is damaged or incomplete");
    let (mut at, mut notes, mut tile) = (2, Vec::new(), None);
    loop {
        count.more()?;
        let mut head = [0; 12];
        let read = stream.read(source, at, &mut head)?;
        match short(&head[..read], 0) {
            // SOT: index, then the length of the whole part, 0 for "to the end".
            Some(0xFF90) => {
                let length = number(&head[..read], 6).ok_or_else(broken)?;
                tile = (length != 0).then(|| at + u64::from(length));
                at += 12;
            }
            // SOD: on to the next part.
            Some(0xFF93) => match tile {
                Some(next) if next > at => at = next,
                None => return Ok(notes),
                _ => return Err(broken()),
            },
            Some(0xFFD9) => return trail(source, stream, at + 2, patches, notes),
            Some(marker @ 0xFF00..) => {
                let length = u64::from(short(&head[..read], 2).filter(|length| *length >= 2).ok_or_else(broken)?);
                let end = at + 2 + length;
                if end > stream.length() {
                    return Err(broken());
                }
                if marker == 0xFF64 {
                    blank(source, stream, (at + 6).min(end)..end, patches, &mut notes)?;
                }
                at = end;
            }
            _ => return Err(broken()),
        }
    }
}

/// Blanks what stands behind the end of a codestream.
fn trail(
    source: &dyn Source,
    stream: &Stream,
    at: u64,
    patches: &mut Patches,
    mut notes: Vec<Range<u64>>,
) -> Result<Vec<Range<u64>>, Refusal> {
    blank(source, stream, at..stream.length(), patches, &mut notes)?;
    Ok(notes)
}

fn blank(
    source: &dyn Source,
    stream: &Stream,
    range: Range<u64>,
    patches: &mut Patches,
    notes: &mut Vec<Range<u64>>,
) -> Result<(), Refusal> {
    let length = range.end.saturating_sub(range.start);
    if length > METADATA {
        return Err(Refusal::too_large("a picture inside the file has more metadata than any real one"));
    }
    let mut old = vec![0; length as usize];
    stream.read(source, range.start, &mut old)?;
    if old.iter().any(|b| *b != 0) {
        patches.lay(stream, range.start, &vec![0; old.len()])?;
        notes.extend(stream.place(range).into_iter().take(1));
    }
    Ok(())
}
