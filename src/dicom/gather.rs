//! Gathers the numbers by which an object's patient goes, and holds values against them.
//!
//! PS3.15 E.3.5. What an option keeps is no secret of the object, and so is not gathered.

use super::counted::Counted;
use super::surgeon::{Surgeon, representation};
use super::syntax::Encoding;
use super::table;
use super::vr::Vr;
use super::walk::{Node, Shape};
use crate::finding::Code;
use crate::plan::Refusal;

/// Values that identify are read up to this length.
const VALUE: u64 = 256;
/// Bytes looked at together.
const STRETCH: u64 = 32 << 10;

impl Surgeon<'_> {
    /// Whether a number in text is one by which the patient goes.
    pub(super) fn counts(&mut self, value: &[u8]) -> Result<bool, Refusal> {
        let long = value.iter().filter(|b| b.is_ascii_digit()).count() >= 6 || value.iter().any(|b| b"eE".contains(b));
        Ok(long && self.counted()?.in_text(value))
    }

    /// Whether one of the numbers of `size` bytes is.
    pub(super) fn counts_binary(&mut self, node: &Node, size: u8) -> Result<bool, Refusal> {
        if size < 4 || self.counted()?.is_empty() {
            return Ok(false);
        }
        let big = node.encoding == Encoding::BigEndian;
        let value = node.value();
        let mut at = value.start;
        while at < value.end {
            let end = (at + STRETCH).min(value.end);
            let bytes = self.window.bytes(at..end)?.to_vec();
            if self.counted()?.in_binary(&bytes, size, big) {
                return Ok(true);
            }
            at = end;
        }
        Ok(false)
    }

    /// Numbers and days that the object states and that go, and those handed in with it.
    fn counted(&mut self) -> Result<&Counted, Refusal> {
        if self.counted.is_none() {
            let mut counted = Counted::default();
            for node in self.nodes.iter().filter(|n| n.shape == Shape::Value && (1..=VALUE).contains(&n.len())) {
                // What an option keeps is no secret of this object.
                let row = table::row(node.tag).filter(|row| !row.keeps.meets(self.choice));
                let take: fn(&mut Counted, &str) = match row.map(|row| row.code) {
                    Some(_) if [Vr(*b"DA"), Vr(*b"DT")].contains(&representation(node)) => Counted::day,
                    Some(Code::DicomId) => Counted::number,
                    _ => continue,
                };
                take(&mut counted, &String::from_utf8_lossy(self.window.bytes(node.value())?));
            }
            self.wording.identifiers.iter().for_each(|identifier| counted.number(&identifier.reveal_text()));
            self.counted = Some(counted);
        }
        Ok(self.counted.get_or_insert_default())
    }
}
