//! One distribution of an ANS stream, and the symbols read with it.
//!
//! ISO/IEC 18181-1, C.2.5 (distributions) and C.2.6 (alias mapping).

use super::super::bits::{Bits, Stop};

/// All probabilities of a distribution add up to this.
const WHOLE: u16 = 1 << 12;

/// One slot of the alias table: its own symbol below the cutoff, another from there on.
#[derive(Debug, Clone, Copy)]
struct Slot {
    cutoff: u16,
    other: u16,
    offset: u16,
}

/// A distribution.
pub(super) struct Code {
    chances: Vec<u16>,
    slots: Vec<Slot>,
    log: u32,
}

impl Code {
    /// Reads a distribution over an alphabet of at most `1 << alphabet` symbols; `alphabet` is 5 to 8.
    pub(super) fn parse(bits: &mut Bits<'_>, alphabet: u32) -> Result<Self, Stop> {
        let mut chances = vec![0; 1 << alphabet];
        if bits.flag()? {
            few(bits, &mut chances)?;
        } else if bits.flag()? {
            flat(bits, &mut chances)?;
        } else {
            many(bits, &mut chances)?;
        }
        Ok(Self { slots: slots(&chances, 12 - alphabet), chances, log: 12 - alphabet })
    }

    /// The next symbol, and the state after it.
    pub(super) fn symbol(&self, bits: &mut Bits<'_>, state: u32) -> Result<(u32, u32), Stop> {
        let low = state & (u32::from(WHOLE) - 1);
        let (index, place) = ((low >> self.log) as u16, (low & ((1 << self.log) - 1)) as u16);
        let slot = self.slots.get(usize::from(index)).ok_or(Stop::Broken)?;
        let (symbol, offset) =
            if place >= slot.cutoff { (slot.other, slot.offset.wrapping_add(place)) } else { (index, place) };
        let chance = *self.chances.get(usize::from(symbol)).ok_or(Stop::Broken)?;
        let next = (state >> 12).wrapping_mul(u32::from(chance)).wrapping_add(u32::from(offset));
        let next = if next < 1 << 16 { next << 16 | bits.read(16)? } else { next };
        Ok((u32::from(symbol), next))
    }
}

/// One symbol or two.
fn few(bits: &mut Bits<'_>, chances: &mut [u16]) -> Result<(), Stop> {
    let two = bits.flag()?;
    let first = small(bits)?;
    if !two {
        *chances.get_mut(first).ok_or(Stop::Broken)? = WHOLE;
        return Ok(());
    }
    let second = small(bits)?;
    if first == second {
        return Err(Stop::Broken);
    }
    let chance = bits.read(12)? as u16;
    *chances.get_mut(first).ok_or(Stop::Broken)? = chance;
    *chances.get_mut(second).ok_or(Stop::Broken)? = WHOLE - chance;
    Ok(())
}

/// The same chance for each.
fn flat(bits: &mut Bits<'_>, chances: &mut [u16]) -> Result<(), Stop> {
    let count = small(bits)? + 1;
    let (each, more) = (usize::from(WHOLE) / count, usize::from(WHOLE) % count);
    for (index, chance) in chances.get_mut(..count).ok_or(Stop::Broken)?.iter_mut().enumerate() {
        *chance = (each + usize::from(index < more)) as u16;
    }
    Ok(())
}

/// What is known of a chance before its further bits.
#[derive(Clone, Copy, PartialEq)]
enum Size {
    Log(u16),
    Repeat,
}

/// A chance for each, by its logarithm; one is left out, which takes the rest.
fn many(bits: &mut Bits<'_>, chances: &mut [u16]) -> Result<(), Stop> {
    let mut length = 0;
    while length < 3 && bits.flag()? {
        length += 1;
    }
    let shift = (bits.read(length)? + (1 << length) - 1) as i32;
    let count = small(bits)? + 3;
    if shift > 13 || count > chances.len() {
        return Err(Stop::Broken);
    }
    let mut sizes = vec![Size::Log(0); count];
    let mut largest: Option<(u16, usize)> = None;
    let mut at = 0;
    while at < count {
        let log = logarithm(bits)?;
        if log == 13 {
            let end = at + small(bits)? + 4;
            sizes.get_mut(at..end).ok_or(Stop::Broken)?.fill(Size::Repeat);
            at = end;
            continue;
        }
        sizes[at] = Size::Log(log);
        if largest.is_none_or(|(most, _)| log > most) {
            largest = Some((log, at));
        }
        at += 1;
    }
    let (_, left_out) = largest.ok_or(Stop::Broken)?;
    if sizes.get(left_out + 1) == Some(&Size::Repeat) {
        return Err(Stop::Broken);
    }
    let (mut total, mut before) = (0_u16, 0_u16);
    for (index, size) in sizes.iter().enumerate() {
        before = match *size {
            Size::Repeat => before,
            Size::Log(_) if index == left_out => 0,
            Size::Log(log @ (0 | 1)) => log,
            Size::Log(log) => {
                let zeros = i32::from(log) - 1;
                let further = (shift - ((12 - zeros) >> 1)).clamp(0, zeros);
                (1 << zeros) + ((bits.read(further as u32)? as u16) << (zeros - further))
            }
        };
        chances[index] = before;
        total = total.checked_add(before).filter(|total| *total <= WHOLE).ok_or(Stop::Broken)?;
    }
    chances[left_out] = WHOLE - total;
    Ok(())
}

/// A number up to 255.
fn small(bits: &mut Bits<'_>) -> Result<usize, Stop> {
    if !bits.flag()? {
        return Ok(0);
    }
    let width = bits.read(3)?;
    Ok((1 << width) + bits.read(width)? as usize)
}

/// The logarithm of a chance plus one, in a fixed prefix code; 13 is a repetition (C.2.5).
fn logarithm(bits: &mut Bits<'_>) -> Result<u16, Stop> {
    Ok(match bits.read(3)? {
        0 => 10,
        1 => {
            for value in [4, 0, 11, 13] {
                if bits.flag()? {
                    return Ok(value);
                }
            }
            12
        }
        2 => 7,
        3 => [3, 1][bits.read(1)? as usize],
        4 => 6,
        5 => 8,
        6 => 9,
        _ => [5, 2][bits.read(1)? as usize],
    })
}

/// The alias table: each slot holds `1 << log` states (C.2.6).
fn slots(chances: &[u16], log: u32) -> Vec<Slot> {
    let size = 1_u16 << log;
    if let Some(only) = chances.iter().position(|chance| *chance == WHOLE) {
        return (0..chances.len())
            .map(|index| Slot { cutoff: 0, other: only as u16, offset: size * index as u16 })
            .collect();
    }
    let mut slots: Vec<Slot> = chances.iter().map(|chance| Slot { cutoff: *chance, other: 0, offset: 0 }).collect();
    let (mut over, mut under) = (Vec::new(), Vec::new());
    for (index, chance) in chances.iter().enumerate() {
        match chance.cmp(&size) {
            std::cmp::Ordering::Less => under.push(index),
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => over.push(index),
        }
    }
    while let (Some(rich), Some(poor)) = (over.pop(), under.pop()) {
        let left = slots[rich].cutoff - (size - slots[poor].cutoff);
        slots[rich].cutoff = left;
        slots[poor].other = rich as u16;
        slots[poor].offset = left;
        match left.cmp(&size) {
            std::cmp::Ordering::Less => under.push(rich),
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => over.push(rich),
        }
    }
    for (index, slot) in slots.iter_mut().enumerate() {
        if slot.cutoff == size {
            *slot = Slot { cutoff: 0, other: index as u16, offset: 0 };
        } else {
            slot.offset = slot.offset.wrapping_sub(slot.cutoff);
        }
    }
    slots
}
