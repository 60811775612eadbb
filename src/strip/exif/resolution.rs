//! The resolution that an Exif block states, in numbers that cannot spell anything.
//!
//! TIFF 6.0, section 8 (XResolution, YResolution, ResolutionUnit).

/// The finest resolution that is carried on, in pixels per unit: no microscope reaches it, and it has no third byte that
/// could be a letter.
const FINEST: f64 = 2_000_000.0;
/// The finest that is carried on with hundredths, for the same reason.
const FINE: f64 = 20_000.0;
/// The coarsest.
const COARSEST: f64 = 0.01;
/// Denominators, in the order in which they are tried.
const DENOMINATORS: [u32; 3] = [1, 100, 10_000];

/// A resolution as it is carried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::strip) struct Resolution {
    x: (u32, u32),
    y: (u32, u32),
    unit: u8,
}

/// What the entries of a directory say of it.
#[derive(Debug, Default)]
pub(super) struct Stated {
    /// XResolution.
    pub(super) x: Option<(u32, u32)>,
    /// YResolution.
    pub(super) y: Option<(u32, u32)>,
    /// ResolutionUnit.
    pub(super) unit: Option<u32>,
}

impl Stated {
    /// The resolution, where it is plausible. Where only one direction is stated viewers use it for both, and where the
    /// unit is not stated it is the inch (Exif 3.0, 4.6.5).
    pub(super) fn settle(&self) -> Option<Resolution> {
        let unit = self.unit.unwrap_or(2);
        let unit = u8::try_from(unit).ok().filter(|unit| (1..=3).contains(unit))?;
        let (x, y) = (self.x.and_then(round), self.y.and_then(round));
        let (x, y) = (x.or(y)?, y.or(x)?);
        Some(Resolution { x, y, unit })
    }
}

/// A ratio rounded to hundredths, or to ten-thousandths below one, over the first denominator that holds what this gives:
/// rounding it again changes nothing.
fn round((above, below): (u32, u32)) -> Option<(u32, u32)> {
    let value = f64::from(above) / f64::from(below);
    if !(COARSEST..=FINEST).contains(&value) {
        return None;
    }
    let finest: u32 = match value {
        ..1.0 => 10_000,
        1.0..=FINE => 100,
        _ => 1,
    };
    let rounded = (value * f64::from(finest)).round() as u32;
    let holds = |below: &u32| rounded.is_multiple_of(finest / below);
    let below = DENOMINATORS.into_iter().take_while(|below| *below <= finest).find(holds).unwrap_or(finest);
    Some((rounded / (finest / below), below))
}

impl Resolution {
    /// The unit: 1 none, 2 inch, 3 centimetre.
    pub(super) fn unit(self) -> u8 {
        self.unit
    }

    /// The two RATIONAL values, big-endian.
    pub(super) fn rationals(self) -> impl Iterator<Item = u8> {
        [self.x.0, self.x.1, self.y.0, self.y.1].into_iter().flat_map(u32::to_be_bytes)
    }

    /// Pixels per inch across and down, where the unit is a length.
    pub(in crate::strip) fn per_inch(self) -> Option<(f64, f64)> {
        let scale = match self.unit {
            2 => 1.0,
            3 => 2.54,
            _ => return None,
        };
        let value = |(above, below): (u32, u32)| f64::from(above) / f64::from(below) * scale;
        Some((value(self.x), value(self.y)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_and_text_is_no_number() {
        let letters = u32::from_be_bytes(*b"CANA");
        let cases = [
            ((300, 1), Some((300, 1))),
            ((3_000_000, 10_000), Some((300, 1))),
            ((72_009, 1_000), Some((7_201, 100))),
            ((1, 3), Some((3_333, 10_000))),
            ((2_032_003, 20), Some((101_600, 1))),
            ((3_000_000, 1), None),
            ((letters, letters), Some((1, 1))),
            ((2_000_005, 1_000_000), Some((2, 1))),
            ((99_999, 100_000), Some((1, 1))),
            ((1, 2), Some((50, 100))),
            ((letters, 1), None),
            ((0, 1), None),
            ((1, 0), None),
            ((0, 0), None),
        ];
        let mut tried = 0;
        for (stated, expected) in cases {
            assert_eq!(round(stated), expected, "{stated:?}");
            assert_eq!(expected.and_then(round), expected, "{stated:?} rounded again");
            tried += 1;
        }
        assert_eq!(tried, 14);
    }
}
