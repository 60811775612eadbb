//! Settings of sound in sample entries: each as long as its own numbers say, and of its own coding alone.
//!
//! "Encapsulation of Opus in ISO Base Media File Format", 4.3.2; ETSI TS 102 366, annex F (AC-3, E-AC-3); ETSI TS 102 114,
//! annex E (DTS); Dolby TrueHD in ISO base media, 4; Apple Lossless "magic cookie"; ISO/IEC 23003-5 (PCM); ISO/IEC 14496-12,
//! 12.2.3 and 12.2.4; QuickTime File Format, "Sound Sample Description Extensions"; RFC 7845, 5.1 (Opus elsewhere).

use super::part::number;
use super::{refused, undescribed};
use crate::plan::Refusal;
use crate::strip::heif::rule::tells;
use crate::strip::wav::layout;

/// How long a setting is by its own numbers, in a track of so many channels; none where it is not understood.
type Measure = fn(&[u8], usize) -> Option<usize>;

/// A type of setting, the codings that have it (none: any), and its length.
type Setting = (&'static [u8; 4], &'static [&'static [u8; 4]], Measure);

const SETTINGS: &[Setting] = &[
    (b"dOps", &[b"Opus"], |d, _| opus(d)),
    (b"dac3", &[b"ac-3"], |_, _| Some(3)),
    (b"dec3", &[b"ec-3"], |d, _| enhanced(d)),
    (b"dmlp", &[b"mlpa"], |_, _| Some(6)),
    (b"ddts", &[b"dtsc", b"dtse"], |_, _| Some(20)),
    (b"alac", &[b"alac"], |d, _| Some(4 + lossless(d.get(4..)?))),
    (b"pcmC", &[b"ipcm", b"fpcm"], |_, _| Some(6)),
    (b"srat", &[], |_, _| Some(8)),
    (b"chnl", &[], channels),
];

/// Whether a box of this type is a setting of sound.
pub(super) fn is_sound(kind: &[u8; 4]) -> bool {
    SETTINGS.iter().any(|(known, ..)| *known == kind)
}

/// A setting without what stands behind it; none where it goes.
///
/// # Errors
/// Where it is not as its kind is, or reads as words.
pub(super) fn sound(entry: &[u8; 4], kind: &[u8; 4], old: &[u8], count: usize) -> Result<Option<Vec<u8>>, Refusal> {
    let listed =
        SETTINGS.iter().find(|(known, codings, _)| *known == kind && (codings.is_empty() || codings.contains(&entry)));
    let Some((_, codings, measure)) = listed else { return Ok(None) };
    let new = measure(old, count).and_then(|length| old.get(..length));
    match new {
        Some(new) if tells(new) && codings.is_empty() => Ok(None),
        Some(new) if tells(new) => Err(refused("words stand among the settings of the coded film")),
        Some(new) => Ok(Some(new.to_vec())),
        // Without its own settings a coding is not played; without a layout its channels are.
        None if codings.is_empty() => Ok(None),
        None => Err(undescribed()),
    }
}

/// Opus: numbers, then, beside the ordinary layouts, which coded channel each channel is.
fn opus(data: &[u8]) -> Option<usize> {
    let mapped = *data.get(10)? != 0;
    Some(if mapped { 13 + usize::from(*data.get(1)?) } else { 11 })
}

/// How much of an `OpusHead` is numbers, as Ogg and Matroska have it: behind its name as in `dOps`.
pub(in crate::strip) fn opus_head(data: &[u8]) -> Option<usize> {
    Some(8 + opus(data.get(8..)?)?)
}

/// How much of the settings of Apple Lossless is numbers: 24 bytes, and a layout of channels that is one.
pub(in crate::strip) fn lossless(data: &[u8]) -> usize {
    let layout = data.get(24..48).is_some_and(|layout| {
        layout[..12] == *b"\0\0\0\x18chan\0\0\0\0" && layout[12] == 0 && layout[16..].iter().all(|b| *b == 0)
    });
    if layout { 48 } else { 24 }
}

/// E-AC-3: three bytes for each stream, one more where others hang on it, and whether there are objects.
fn enhanced(data: &[u8]) -> Option<usize> {
    let mut at = 2;
    for _ in 0..=*data.get(1)? & 7 {
        let hang = *data.get(at + 2)? >> 1 & 15;
        at += 3 + usize::from(hang > 0);
    }
    let objects = data.get(at) == Some(&1) && data.len() > at + 1;
    Some(at + if objects { 2 } else { 0 })
}

/// A layout of channels: a known one, or a place for each channel; then how many objects there are.
fn channels(data: &[u8], count: usize) -> Option<usize> {
    if data.get(..4)? != [0; 4] {
        return None;
    }
    let (structure, mut at) = (*data.get(4)?, 5);
    if structure & 1 != 0 {
        at += 1;
        if *data.get(5)? == 0 {
            for _ in 0..count {
                // Places are numbers up to 42; 126 says where else.
                at += match *data.get(at)? {
                    126 => 4,
                    0..=42 => 1,
                    _ => return None,
                };
            }
        } else {
            at += 8;
        }
    }
    Some(at + usize::from(structure & 2 != 0)).filter(|_| structure < 4)
}

/// QuickTime's layout of channels: a number, or a place for each channel; none where it is more.
pub(super) fn places(old: &[u8]) -> Option<Vec<u8>> {
    let (layout, count) = (number(old, 4)?, number(old, 12)? as usize);
    let end = count.checked_mul(20)?.checked_add(16).filter(|_| count <= 64)?;
    let mut new = old.get(..end)?.to_vec();
    new[..4].fill(0);
    // 1 << 16: the channels are named by bits.
    if layout != 1 << 16 {
        new[8..12].fill(0);
    }
    let known = layout < 256 << 16 && number(old, 8)? < 1 << 27;
    for place in new[16..].chunks_exact_mut(20) {
        let label = number(place, 0)?;
        let fits = label == u32::MAX || label < 0x3_0000;
        if !fits || number(place, 4)? > 7 {
            return None;
        }
        // Degrees or parts of a room, where there are any.
        if place[4..8] == [0; 4] {
            place[8..].fill(0);
        }
        let near = |at: usize| {
            let value = f32::from_bits(number(place, at).unwrap_or(0)).abs();
            value == 0.0 || (0.001..=360.0).contains(&value)
        };
        if ![8, 12, 16].into_iter().all(near) {
            return None;
        }
    }
    known.then_some(new)
}

/// A description of sound as WAV has it, which stands in `wave`; none where it is not one of this coding.
pub(super) fn wave(kind: &[u8; 4], old: &[u8]) -> Option<Vec<u8>> {
    let tag = old.get(..2)?;
    match kind {
        b".mp3" if tag == [0x55, 0] => {
            let mut new = old.get(..30)?.to_vec();
            new[16..18].copy_from_slice(&[12, 0]);
            (!tells(&new)).then_some(new)
        }
        [b'm', b's', 0, coding] if tag == [*coding, 0] => layout::format(old).ok().filter(|new| new.len() <= old.len()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_ends_where_its_numbers_do() {
        let opus = [0, 2, 1, 0x38, 0, 0, 0xBB, 0x80, 0, 0, 0];
        let wide = [&[0, 6, 1, 0x38, 0, 0, 0xBB, 0x80, 0, 0, 1][..], &[4, 2, 0, 4, 1, 2, 3, 5]].concat();
        let alac = [&[0; 4][..], &[0, 0, 0x10, 0, 0, 16, 40, 10, 14, 2, 0, 255], &[0; 8], &[0, 0, 0xAC, 0x44]].concat();
        let named = [&alac[..], b"\0\0\0\x18chan\0\0\0\0\0\x65\0\x02", &[0; 8]].concat();
        let cases: [(&[u8; 4], &[u8; 4], &[u8]); 14] = [
            (b"Opus", b"dOps", &opus),
            (b"Opus", b"dOps", &wide),
            (b"ac-3", b"dac3", &[0x10, 0x3D, 0xE0]),
            (b"ec-3", b"dec3", &[6, 0, 0x20, 0x0F, 0]),
            (b"ec-3", b"dec3", &[6, 0, 0x20, 0x0F, 2, 1]),
            (b"ec-3", b"dec3", &[6, 0, 0x20, 0x0F, 0, 1, 16]),
            (b"mlpa", b"dmlp", &[0xF8, 0x72, 0x6F, 0xBB, 0x10, 0x20]),
            (b"dtsc", b"ddts", &[1; 20]),
            (b"alac", b"alac", &alac),
            (b"alac", b"alac", &named),
            (b"ipcm", b"pcmC", &[0, 0, 0, 0, 1, 24]),
            (b"mp4a", b"srat", &[0, 0, 0, 0, 0, 0, 0xBB, 0x80]),
            (b"ipcm", b"chnl", &[0, 0, 0, 0, 1, 0, 0, 1]),
            (b"ipcm", b"chnl", &[0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0]),
        ];
        let mut tried = 0;
        for (entry, kind, own) in cases {
            let more = [own, b"PATZ"].concat();
            // Behind E-AC-3 only a byte of nought and one is more of it.
            assert_eq!(sound(entry, kind, &more, 2).expect("a setting").as_deref(), Some(own), "{own:?}");
            assert_eq!(sound(entry, kind, own, 2).expect("a setting").as_deref(), Some(own), "{own:?}");
            assert_eq!(sound(b"samr", kind, own, 2).expect("none").is_some(), matches!(kind, b"srat" | b"chnl"));
            tried += 1;
        }
        assert_eq!(tried, 14);
        assert!(sound(b"dtsc", b"ddts", b"P\0A\0T\0Z\0Y\0X\0W\0X\0Y\0Z\0", 2).is_err());
        assert!(sound(b"ac-3", b"dac3", &[1, 2], 2).is_err());
    }

    #[test]
    fn a_layout_of_channels_is_numbers() {
        let head = |layout: [u8; 4], count: u8| [&[0; 4][..], &layout, &[0; 7], &[count]].concat();
        let place = |label: u8, flags: u8, at: [u8; 4]| [&[0, 0, 0, label, 0, 0, 0, flags][..], &at, &[0; 8]].concat();
        let one = [0x3F, 0x80, 0, 0];
        let cases: [(Vec<u8>, Option<Vec<u8>>); 7] = [
            (head([0, 0x65, 0, 2], 0), Some(head([0, 0x65, 0, 2], 0))),
            (
                [&head([0; 4], 1)[..], &place(1, 0, [0; 4])].concat(),
                Some([&head([0; 4], 1)[..], &place(1, 0, [0; 4])].concat()),
            ),
            (
                [&head([0; 4], 1)[..], &place(1, 0, *b"PATZ")].concat(),
                Some([&head([0; 4], 1)[..], &place(1, 0, [0; 4])].concat()),
            ),
            (
                [&head([0; 4], 1)[..], &place(1, 1, one)].concat(),
                Some([&head([0; 4], 1)[..], &place(1, 1, one)].concat()),
            ),
            ([&head([0; 4], 1)[..], &place(1, 1, *b"PATZ")].concat(), None),
            (head(*b"PATZ", 0), None),
            ([&head([0, 0x65, 0, 2], 0)[..], b"PATZYXW"].concat(), Some(head([0, 0x65, 0, 2], 0))),
        ];
        let mut tried = 0;
        for (old, new) in cases {
            assert_eq!(places(&old), new, "case {tried}");
            tried += 1;
        }
        assert_eq!(tried, 7);
    }
}
