//! The entries that stay: those that decoding, colour, size and order of pages need, each with the values it may have.
//!
//! TIFF 6.0 (sections in the table); TIFF Technical Note 2 (JPEG); TIFF/EP for nothing: its entries tell of cameras.

use super::entry::{Entry, Form, LONG, RATIONAL, SHORT, size};
use super::text;
use crate::plan::Refusal;
use crate::strip::reader::Reader;

/// How many values an entry may have.
#[derive(Debug, Clone, Copy)]
enum Count {
    /// So many; further ones go.
    Just(usize),
    /// Up to one for each sample of a pixel; further ones go.
    Samples,
    /// Two, or two for each sample.
    TwoEach,
}

/// What values an entry may have.
#[derive(Debug, Clone, Copy)]
enum Values {
    /// SHORT, in these bounds.
    Short(u64, u64),
    /// LONG, in these bounds.
    Long(u64, u64),
    /// LONG of which these bits are defined.
    Bits(u64),
    /// RATIONAL, up to this.
    Rational(u32),
    /// Numbers of any type.
    Any,
    /// SHORT, a curve that never turns back, over all values of a sample, once or for each of three.
    Curve,
    /// SHORT, three for each value of a sample.
    Palette,
}

/// An entry of the keep-list.
struct Rule {
    tag: u16,
    count: Count,
    values: Values,
}

const fn rule(tag: u16, count: Count, values: Values) -> Rule {
    Rule { tag, count, values }
}

/// The keep-list. Offsets, byte counts, tables of JPEG and colour profiles are written by hands of their own.
const RULES: &[Rule] = &[
    rule(254, Count::Just(1), Values::Bits(0xF)),   // NewSubfileType, section 8
    rule(255, Count::Just(1), Values::Short(1, 3)), // SubfileType, section 8
    rule(256, Count::Just(1), Values::Long(1, 1 << 31)), // ImageWidth, section 3
    rule(257, Count::Just(1), Values::Long(1, 1 << 31)), // ImageLength, section 3
    rule(258, Count::Samples, Values::Short(1, 64)), // BitsPerSample, sections 4, 6
    rule(259, Count::Just(1), Values::Short(1, 65_535)), // Compression, section 3
    rule(262, Count::Just(1), Values::Short(0, 65_535)), // PhotometricInterpretation, section 3
    rule(266, Count::Just(1), Values::Short(1, 2)), // FillOrder, section 8
    rule(274, Count::Just(1), Values::Short(1, 8)), // Orientation, section 8
    rule(277, Count::Just(1), Values::Short(1, 65_535)), // SamplesPerPixel, section 6
    rule(278, Count::Just(1), Values::Long(1, u32::MAX as u64)), // RowsPerStrip, section 3
    rule(280, Count::Samples, Values::Short(0, 65_535)), // MinSampleValue, section 8
    rule(281, Count::Samples, Values::Short(0, 65_535)), // MaxSampleValue, section 8
    rule(282, Count::Just(1), Values::Rational(10_000_000)), // XResolution, section 3
    rule(283, Count::Just(1), Values::Rational(10_000_000)), // YResolution, section 3
    rule(284, Count::Just(1), Values::Short(1, 2)), // PlanarConfiguration, section 8
    rule(290, Count::Just(1), Values::Short(1, 5)), // GrayResponseUnit, section 8
    rule(291, Count::Just(1), Values::Curve),       // GrayResponseCurve, section 8
    rule(292, Count::Just(1), Values::Bits(7)),     // T4Options, section 11
    rule(293, Count::Just(1), Values::Bits(2)),     // T6Options, section 11
    rule(296, Count::Just(1), Values::Short(1, 3)), // ResolutionUnit, section 3
    rule(297, Count::Just(2), Values::Short(0, 65_535)), // PageNumber, section 12
    rule(301, Count::Just(1), Values::Curve),       // TransferFunction, section 20
    rule(317, Count::Just(1), Values::Short(1, 3)), // Predictor, section 14
    rule(318, Count::Just(2), Values::Rational(2)), // WhitePoint, section 20
    rule(319, Count::Just(6), Values::Rational(2)), // PrimaryChromaticities, section 20
    rule(320, Count::Just(1), Values::Palette),     // ColorMap, section 5
    rule(321, Count::Just(2), Values::Short(0, 65_535)), // HalftoneHints, section 17
    rule(322, Count::Just(1), Values::Long(1, 1 << 31)), // TileWidth, section 15
    rule(323, Count::Just(1), Values::Long(1, 1 << 31)), // TileLength, section 15
    rule(332, Count::Just(1), Values::Short(1, 2)), // InkSet, section 16
    rule(334, Count::Just(1), Values::Short(1, 65_535)), // NumberOfInks, section 16
    rule(336, Count::TwoEach, Values::Short(0, 65_535)), // DotRange, section 16
    rule(338, Count::Samples, Values::Short(0, 999)), // ExtraSamples, section 18; 999 is Corel's word for 2
    rule(339, Count::Samples, Values::Short(1, 6)), // SampleFormat, section 19
    rule(340, Count::Samples, Values::Any),         // SMinSampleValue, section 19
    rule(341, Count::Samples, Values::Any),         // SMaxSampleValue, section 19
    rule(346, Count::Just(1), Values::Short(0, 1)), // Indexed, TIFF Technical Note 1
    rule(512, Count::Just(1), Values::Short(1, 14)), // JPEGProc, section 22
    rule(529, Count::Just(3), Values::Rational(2)), // YCbCrCoefficients, section 21
    rule(530, Count::Just(2), Values::Short(1, 4)), // YCbCrSubSampling, section 21
    rule(531, Count::Just(1), Values::Short(1, 2)), // YCbCrPositioning, section 21
    rule(532, Count::Just(6), Values::Rational(65_536)), // ReferenceBlackWhite, section 20
    rule(65420, Count::Just(1), Values::Long(0, 16)), // Hamamatsu: that it is an NDPI slide
    rule(65421, Count::Just(1), Values::Any),       // Hamamatsu: magnification of a level
];

/// Values as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// Their type.
    pub(super) kind: u16,
    /// Their bytes, in the file's order.
    pub(super) bytes: Vec<u8>,
}

impl Value {
    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.bytes.len() as u64 / size(self.kind).unwrap_or(1)
    }
}

/// What the keep-list says of an entry.
pub(super) enum Told {
    /// It is on no list.
    Unlisted,
    /// It is listed, and its values are none that it may have.
    Unfit,
    /// It stays, with these values.
    Stays(Value),
}

/// What the values of a sample are, for the entries whose count follows them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Samples {
    /// Samples of a pixel.
    pub(super) count: usize,
    /// Bits of a sample.
    pub(super) bits: u32,
}

/// Whether a tag is on the keep-list.
pub(super) fn is_listed(tag: u16) -> bool {
    RULES.iter().any(|rule| rule.tag == tag)
}

/// Looks an entry up in the keep-list.
pub(super) fn tell(reader: &mut Reader<'_>, form: Form, entry: &Entry, samples: Samples) -> Result<Told, Refusal> {
    let Some(rule) = RULES.iter().find(|rule| rule.tag == entry.tag) else { return Ok(Told::Unlisted) };
    let value = match rule.values {
        Values::Rational(most) => rationals(reader, form, entry, rule.count, most)?,
        Values::Any => any(reader, form, entry, rule.count, samples)?,
        _ => integers(reader, form, entry, rule, samples)?,
    };
    Ok(value.map_or(Told::Unfit, Told::Stays))
}

type Read = Result<Option<Value>, Refusal>;

fn integers(reader: &mut Reader<'_>, form: Form, entry: &Entry, rule: &Rule, samples: Samples) -> Read {
    let Some(mut numbers) = entry.numbers(reader, form, 1 << 20)? else { return Ok(None) };
    let levels = 1_usize.checked_shl(samples.bits).unwrap_or(0);
    let wanted = match (rule.values, rule.count) {
        (Values::Curve, _) if numbers.len() >= 3 * levels && rule.tag == 301 => 3 * levels,
        (Values::Curve, _) => levels,
        (Values::Palette, _) => 3 * levels,
        (_, Count::Just(count)) => count,
        (_, Count::Samples) => numbers.len().min(samples.count.max(1)),
        (_, Count::TwoEach) if numbers.len() >= 2 * samples.count => 2 * samples.count,
        (_, Count::TwoEach) => 2,
    };
    if numbers.len() < wanted || wanted == 0 {
        return Ok(None);
    }
    numbers.truncate(wanted);
    let (least, most, size) = match rule.values {
        Values::Short(least, most) => (least, most, 2),
        Values::Long(least, most) => (least, most, 4),
        Values::Bits(mask) => {
            numbers.iter_mut().for_each(|number| *number &= mask);
            (0, mask, 4)
        }
        _ => (0, 65_535, 2),
    };
    let curved = |numbers: &[u64]| numbers.is_sorted() || numbers.is_sorted_by(|a, b| a >= b);
    let fits = numbers.iter().all(|number| (least..=most).contains(number))
        && (!matches!(rule.values, Values::Curve) || numbers.chunks(levels.max(1)).all(curved));
    let mut bytes = Vec::with_capacity(wanted * size);
    numbers.iter().for_each(|number| form.put(&mut bytes, *number, size));
    let letters = matches!(rule.values, Values::Short(_, 65_535)) && wanted > 1 && text::is_all(&bytes);
    Ok((fits && !letters).then_some(Value { kind: if size == 2 { SHORT } else { LONG }, bytes }))
}

/// Fractions. One whose bytes could be letters is written over another denominator.
fn rationals(reader: &mut Reader<'_>, form: Form, entry: &Entry, count: Count, most: u32) -> Read {
    let Count::Just(count) = count else { return Ok(None) };
    let mut bytes = Vec::new();
    match entry.kind {
        RATIONAL => {
            let Some(old) = entry.read(reader, 1 << 10)? else { return Ok(None) };
            for pair in old.chunks_exact(8).take(count) {
                let (over, under) = (form.number(&pair[..4]), form.number(&pair[4..]));
                // 0/0 is what some programs write for "not known", and what viewers take for 0.
                if over > u64::from(most) * under.max(1) || (under == 0 && over != 0) {
                    return Ok(None);
                }
                let (over, under) = match text::is_all(pair) {
                    true => ((over * 1_000_000 + under / 2) / under.max(1), 1_000_000),
                    false => (over, under),
                };
                if over > u64::from(u32::MAX) {
                    return Ok(None);
                }
                form.put(&mut bytes, over, 4);
                form.put(&mut bytes, under, 4);
            }
        }
        _ => {
            let Some(numbers) = entry.numbers(reader, form, 1 << 10)? else { return Ok(None) };
            for number in numbers.iter().take(count) {
                if *number > u64::from(most) {
                    return Ok(None);
                }
                form.put(&mut bytes, *number, 4);
                form.put(&mut bytes, 1, 4);
            }
        }
    }
    Ok((bytes.len() == count * 8).then_some(Value { kind: RATIONAL, bytes }))
}

/// Numbers of any type, one for each sample, that are no letters.
fn any(reader: &mut Reader<'_>, form: Form, entry: &Entry, count: Count, samples: Samples) -> Read {
    let Some(size) = size(entry.kind).filter(|_| matches!(entry.kind, 3 | 4 | 8 | 9 | 11 | 12 | 16 | 17)) else {
        return Ok(None);
    };
    let Some(mut bytes) = entry.read(reader, 1 << 12)? else { return Ok(None) };
    let most = if let Count::Just(count) = count { count } else { samples.count.max(1) };
    bytes.truncate(size as usize * most);
    if bytes.is_empty() || text::is_all(&bytes) || (entry.kind >= 16 && !form.big) {
        return Ok(None);
    }
    Ok(Some(Value { kind: entry.kind, bytes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keep_list_is_sorted_and_each_entry_stands_once() {
        assert!(RULES.is_sorted_by(|a, b| a.tag < b.tag));
        assert_eq!(RULES.len(), 45);
    }
}
