//! Proves a redacted JPEG picture of 12 bits by its coefficients: flat blocks inside, the very same ones outside.
//!
//! ITU-T T.81, A.1.1 and A.2 (blocks and MCUs), A.3.3 and A.3.4 (equal coefficients under equal tables are equal samples; a
//! block without AC coefficients is flat). The library that decodes 8 bits does not decode 12; so nothing is interpolated here
//! and nothing may differ.

mod read;

use crate::inspect::Trouble;
use crate::place::{Area, Place};
use read::Coded;

const CHANGED: Trouble = Trouble::SamplesChanged;

/// Proves two streams; how many coefficients outside the covered areas were compared. Areas are of whole MCUs, cut to the
/// picture.
pub(super) fn prove(before: &[u8], after: &[u8], covered: &[Area]) -> Result<u64, Trouble> {
    let (old, new) = (Coded::read(before)?, Coded::read(after)?);
    if old.said != new.said || old.parts.len() != new.parts.len() {
        return Err(CHANGED);
    }
    let mut compared = 0;
    let units = Units::of(&old, covered)?;
    for (index, (part, other)) in old.parts.iter().zip(&new.parts).enumerate() {
        if part.blocks.len() != other.blocks.len() {
            return Err(CHANGED);
        }
        let across = (part.across * old.units.0).max(1);
        let mut fills: Vec<Option<i16>> = vec![None; covered.len()];
        for (number, (block, now)) in part.blocks.iter().zip(&other.blocks).enumerate() {
            let (x, y) = (number % across, number / across);
            let unit = y / part.down * old.units.0 + x / part.across;
            let Some(area) = units.0.get(unit).copied().flatten() else {
                if block != now {
                    return Err(CHANGED);
                }
                compared += 64;
                continue;
            };
            let seen = old.is_seen(index, x, y);
            let flat = now[1..].iter().all(|value| *value == 0);
            let fill = match seen {
                true => *fills[area].get_or_insert(now[0]),
                // Where a component has a scan of its own, blocks beyond the picture are not coded at all.
                false => now[0],
            };
            if !flat || now[0] != fill || (!seen && now[0] != 0 && fills.iter().flatten().all(|f| *f != now[0])) {
                let Area { x, y, width, height } = covered[area];
                return Err(Trouble::ShowsThrough(Place::Region { frame: 0, x, y, width, height }));
            }
        }
    }
    Ok(compared)
}

/// For each MCU the covered area that it lies in: of areas that overlap, one.
struct Units(Vec<Option<usize>>);

impl Units {
    fn of(coded: &Coded<'_>, covered: &[Area]) -> Result<Self, Trouble> {
        let (across, down) = coded.units;
        let mut units = vec![None; across * down];
        let (wide, high) = (8 * coded.most.0 as u32, 8 * coded.most.1 as u32);
        for (index, area) in covered.iter().enumerate() {
            let ends = |at: u32, unit: u32, whole: u32| at.is_multiple_of(unit) || at == whole;
            let whole = area.x.is_multiple_of(wide)
                && area.y.is_multiple_of(high)
                && ends(area.right(), wide, coded.width)
                && ends(area.bottom(), high, coded.height);
            if !whole || area.right() > coded.width || area.bottom() > coded.height {
                return Err(CHANGED);
            }
            let columns = (area.x / wide) as usize..area.right().div_ceil(wide) as usize;
            for row in (area.y / high) as usize..area.bottom().div_ceil(high) as usize {
                // Areas that overlap are of one colour: those reached before take this one's place.
                units[row * across + columns.start..row * across + columns.end].fill(Some(index));
            }
        }
        Ok(Self(units))
    }
}
