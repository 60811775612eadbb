//! What a reader must know to show a JPX file: features by number, written anew without those of any vendor.
//!
//! ISO/IEC 15444-2, M.11.1: lengths of the masks, two masks, then features with a mask each. A file that names JPX as its
//! brand has to have the box.

use super::super::operation::Operation;
use super::boxed::Box;
use crate::finding::{Action, Code};
use crate::plan::Refusal;

/// Standard features are numbered up to 78 (table M.14), later editions included; each is named once.
const FEATURES: u16 = 96;
/// The largest box with all of them.
const LARGEST: u64 = 1 << 12;

/// Writes the contents of the box anew; none where it cannot be read.
pub(super) fn rewrite(operation: &mut Operation<'_>, found: &Box) -> Result<Option<Vec<u8>>, Refusal> {
    if found.length() > LARGEST {
        return Ok(None);
    }
    let data = found.read(operation, LARGEST)?;
    let new = anew(&data);
    if new.as_ref().is_some_and(|new| *new != data) {
        operation.found(Code::ApplicationData, found.name(), found.range(), Action::Replace);
    }
    Ok(new)
}

fn anew(data: &[u8]) -> Option<Vec<u8>> {
    let (length, rest) = data.split_first().filter(|(length, _)| matches!(**length, 1 | 2 | 4 | 8))?;
    let width = usize::from(*length);
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let (masks, rest) = rest.split_at_checked(2 * width)?;
    let (count, rest) = rest.split_at_checked(2)?;
    let (features, _) = rest.split_at_checked((number(count) as usize).checked_mul(2 + width)?)?;
    let (mut seen, mut bits) = (Vec::new(), 0);
    for feature in features.chunks(2 + width) {
        let (name, mask) = (number(&feature[..2]) as u16, number(&feature[2..]));
        // A feature stands for one bit, or for none where nothing depends on it.
        if (1..FEATURES).contains(&name) && mask.count_ones() <= 1 && !seen.contains(&(name, mask)) {
            bits |= mask;
            seen.push((name, mask));
        }
    }
    let bytes = |mask: u64| mask.to_be_bytes()[8 - width..].to_vec();
    let mut new = vec![*length];
    for mask in masks.chunks(width) {
        // Bits of what went are asked for no more.
        new.extend(bytes(number(mask) & bits));
    }
    new.extend((seen.len() as u16).to_be_bytes());
    for (name, mask) in seen {
        new.extend(name.to_be_bytes());
        new.extend(bytes(mask));
    }
    new.extend([0, 0]);
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_of_vendors_go_with_their_bits() {
        let standard = [&[1, 0xC0, 0x80, 0, 2, 0, 5, 0x80, 0, 18, 0x40][..], &[0, 0]].concat();
        assert_eq!(anew(&standard), Some(standard.clone()));
        let vendor = [&[1, 0xE0, 0xA0, 0, 2, 0, 5, 0x80, 0, 18, 0x40, 0, 1][..], b"CANARY-OF-16-BYT", &[0x20]].concat();
        assert_eq!(anew(&vendor), Some(standard));
        let unknown = [1, 0xE0, 0x80, 0, 3, 0, 5, 0x80, b'C', b'A', 0x20, 0, 18, b'N', 0, 0];
        assert_eq!(anew(&unknown), Some(vec![1, 0x80, 0x80, 0, 1, 0, 5, 0x80, 0, 0]));
        let mut none = 0;
        for broken in [&b""[..], &[3, 0, 0], &[1, 0x80], &[1, 0x80, 0x80, 0, 9, 0, 5, 0x80]] {
            assert_eq!(anew(broken), None);
            none += 1;
        }
        assert_eq!(none, 4);
    }
}
