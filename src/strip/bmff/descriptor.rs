//! ES descriptors: how a stream is decoded, and nothing else.
//!
//! ISO/IEC 14496-1, 7.2.6 and 8.3.3.

use super::rule::{self, Manner, Sort};
use super::{audio, mpeg, refused, undescribed};
use crate::plan::Refusal;
use crate::strip::heif::rule::{plain, tells};
use std::ops::Range;

/// An `esds` payload with nothing in it but how the stream is decoded, and how its samples are read.
pub(super) fn clean(old: &[u8], sort: Sort) -> Result<(Vec<u8>, Manner), Refusal> {
    let mut new = vec![0; old.len()];
    let es = expandable(old, 4, 3).ok_or_else(undescribed)?;
    let flags = *old.get(es.start + 2).ok_or_else(undescribed)?;
    if flags & 0x60 != 0 {
        return Err(refused("the film's description points to another stream"));
    }
    let first = es.start + if flags & 0x80 != 0 { 5 } else { 3 };
    let decoder = expandable(old, first, 4).ok_or_else(undescribed)?;
    let object = *old.get(decoder.start).ok_or_else(undescribed)?;
    let fixed = decoder.start + 13;
    if fixed > decoder.end {
        return Err(undescribed());
    }
    let manner = rule::object(sort, object);
    let manner = manner.ok_or_else(|| refused("the film is coded in a way that is not cleaned here"))?;
    new[4..fixed].copy_from_slice(&old[4..fixed]);
    // How large it gets and how many bits a second: players do not need it.
    if !plain(&old[decoder.start + 2..fixed]) {
        new[decoder.start + 2..fixed].fill(0);
    }
    if let Some(info) = expandable(old, fixed, 5).filter(|info| info.end <= decoder.end) {
        new[fixed..info.end].copy_from_slice(&old[fixed..info.end]);
        settings(&mut new[info], manner, object)?;
    }
    // How it is packed: one byte, that it is in an MP4.
    if let Some(layer) = expandable(old, decoder.end, 6).filter(|layer| layer.end - layer.start == 1) {
        new[decoder.end..layer.end].copy_from_slice(&old[decoder.end..layer.end]);
    }
    Ok((new, manner))
}

/// What the decoder is told, without what it does not need.
fn settings(info: &mut [u8], manner: Manner, object: u8) -> Result<(), Refusal> {
    // AAC of MPEG-4, and of MPEG-2 in its three profiles.
    let clean = if matches!(object, 0x40 | 0x66..=0x68) { audio::blank(info) } else { !tells(info) };
    match manner {
        Manner::StartCodes(family) => mpeg::blank(info, family),
        _ if !clean => Err(refused("words stand among the settings of the coded film")),
        _ => Ok(()),
    }
}

/// The payload of a descriptor of this tag at `at`: seven bits of length a byte.
fn expandable(bytes: &[u8], at: usize, tag: u8) -> Option<Range<usize>> {
    if *bytes.get(at)? != tag {
        return None;
    }
    let (mut size, mut from) = (0_usize, at + 1);
    for _ in 0..4 {
        let byte = *bytes.get(from)?;
        from += 1;
        size = size << 7 | usize::from(byte & 127);
        if byte & 128 == 0 {
            break;
        }
    }
    let end = from.checked_add(size).filter(|end| *end <= bytes.len())?;
    Some(from..end)
}
