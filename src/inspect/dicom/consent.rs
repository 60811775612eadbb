//! The witness's reading of stated consent: exactly what was ordered stands in (0012,0083), and nowhere anything else.
//!
//! PS3.3 Table C.7-4b: a Distribution Type with YES and WITHDRAWN, none with NO; no protocol and no issuer. C.7.1.3: the
//! months of a committee's approval, (0012,0086) and (0012,0087), may stand beside it where they were ordered.

use crate::recording::{Deidentification, Distribution, DistributionFlag, DistributionType, Treatment};

const SEQUENCE: u32 = 0x0012_0083;
const TYPE: u32 = 0x0012_0084;
const FLAG: u32 = 0x0012_0085;
const APPROVAL: [u32; 2] = [0x0012_0086, 0x0012_0087];

/// What must be stated, and how much of it was met so far.
#[derive(Debug)]
pub(super) struct Stated {
    expected: Vec<(String, u32, &'static [u8])>,
    met: usize,
    approval: Vec<(u32, String)>,
    open: bool,
    /// Whether the user had one of these attributes kept or replaced, and answers for it.
    deviates: bool,
}

impl Stated {
    /// What this choice orders to be stated.
    pub(super) fn of(how: &Deidentification) -> Self {
        let items = how.stated().iter().enumerate();
        let expected =
            items.flat_map(|(n, item)| terms(item).map(move |(tag, term)| (format!("(0012,0083)[{n}]"), tag, term)));
        let mut tags = [SEQUENCE, TYPE, FLAG].into_iter();
        let deviates = tags.any(|tag| how.treatment(tag).is_some_and(|one| *one != Treatment::Remove));
        let approval = if how.stated().is_empty() { Vec::new() } else { how.approval().attributes().collect() };
        Self { expected: expected.collect(), met: 0, approval, open: false, deviates }
    }

    /// Whether nothing is to be stated, and what is found is for other rules to judge: a user's deviation.
    fn is_left(&self) -> bool {
        self.expected.is_empty() && self.deviates
    }

    /// What speaks against a sequence on this path; none where it is not for this reading.
    pub(super) fn sequence(&mut self, tag: u32, path: &str) -> Option<Objection> {
        if self.is_left() || tag != SEQUENCE && !path.starts_with("(0012,0083)") {
            return None;
        }
        let fits = tag == SEQUENCE && path.is_empty() && !self.expected.is_empty() && !self.open;
        self.open |= fits;
        Some(if fits { Ok(()) } else { Err("consent that was not to be stated") })
    }

    /// What speaks against an element on this path; none where it is not for this reading.
    pub(super) fn element(&mut self, tag: u32, vr: [u8; 2], path: &str, value: &[u8]) -> Option<Objection> {
        if APPROVAL.contains(&tag) && path.is_empty() && !self.approval.is_empty() {
            let ordered =
                |(expected, date): &(u32, String)| *expected == tag && &vr == b"DA" && date.as_bytes() == value;
            return Some(if self.approval.iter().any(ordered) {
                Ok(())
            } else {
                Err("an approval that was not to be stated")
            });
        }
        let inside = path.starts_with("(0012,0083)");
        if self.is_left() || !inside && !matches!(tag, SEQUENCE | TYPE | FLAG) {
            return None;
        }
        let next = self.expected.get(self.met);
        let fits = next.is_some_and(|(place, expected, term)| {
            let padded = value.strip_suffix(b" ").filter(|_| value.len().is_multiple_of(2)).unwrap_or(value);
            place == path && *expected == tag && &vr == b"CS" && padded == *term
        });
        self.met += usize::from(fits);
        Some(if fits { Ok(()) } else { Err("consent that was not to be stated") })
    }

    /// Whether something that was to be stated is missing.
    pub(super) fn is_missing(&self) -> bool {
        self.met < self.expected.len()
    }
}

/// Whether an attribute under this outermost sequence could be of stated consent: all others need not be looked at.
pub(super) fn is_about(tag: u32, outermost: Option<u32>) -> bool {
    matches!(tag, SEQUENCE | TYPE | FLAG) || APPROVAL.contains(&tag) || outermost == Some(SEQUENCE)
}

/// None of it, or what is wrong.
pub(super) type Objection = Result<(), &'static str>;

/// The elements of one item, with the standard's terms as the witness knows them.
fn terms(item: &Distribution) -> impl Iterator<Item = (u32, &'static [u8])> {
    let flag: &[u8] = match item.flag {
        DistributionFlag::Yes => b"YES",
        DistributionFlag::Withdrawn => b"WITHDRAWN",
        DistributionFlag::No => b"NO",
    };
    let kind: Option<&[u8]> = item.kind.map(|kind| match kind {
        DistributionType::PublicRelease => &b"PUBLIC_RELEASE"[..],
        DistributionType::RestrictedReuse => b"RESTRICTED_REUSE",
        // A protocol would have to be named beside it: nothing in an output can be this.
        DistributionType::NamedProtocol => b"",
    });
    kind.map(|kind| (TYPE, kind)).into_iter().chain([(FLAG, flag)])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: &str = "(0012,0083)[0]";

    fn how(items: &[Distribution]) -> Deidentification {
        Deidentification::default().stating(items.to_vec())
    }

    fn public() -> Distribution {
        Distribution { flag: DistributionFlag::Yes, kind: Some(DistributionType::PublicRelease) }
    }

    #[test]
    fn exactly_what_was_ordered_passes() {
        let mut stated = Stated::of(&how(&[public()]));
        assert!(stated.is_missing());
        assert_eq!(stated.sequence(SEQUENCE, ""), Some(Ok(())));
        assert_eq!(stated.element(TYPE, *b"CS", ITEM, b"PUBLIC_RELEASE"), Some(Ok(())));
        assert_eq!(stated.element(FLAG, *b"CS", ITEM, b"YES "), Some(Ok(())));
        assert!(!stated.is_missing());
        assert_eq!(stated.element(0x0010_0020, *b"LO", "", b"1"), None);
    }

    #[test]
    fn nothing_else_does() {
        let mut tried = 0;
        let cases: [(u32, &[u8; 2], &str, &[u8]); 8] = [
            (TYPE, b"CS", ITEM, b"RESTRICTED_REUSE"),
            (TYPE, b"LO", ITEM, b"PUBLIC_RELEASE"),
            (TYPE, b"CS", "(0012,0083)[1]", b"PUBLIC_RELEASE"),
            (TYPE, b"CS", "", b"PUBLIC_RELEASE"),
            (TYPE, b"CS", "(0040,A730)[0](0012,0083)[0]", b"PUBLIC_RELEASE"),
            (FLAG, b"CS", ITEM, b"YES"),
            (0x0012_0020, b"LO", ITEM, b"CANARY-1"),
            (TYPE, b"CS", ITEM, b"PUBLIC_RELEASE  "),
        ];
        for (tag, vr, path, value) in cases {
            let mut stated = Stated::of(&how(&[public()]));
            assert!(matches!(stated.element(tag, *vr, path, value), Some(Err(_))), "{tag:08X} {path}");
            assert!(stated.is_missing());
            tried += 1;
        }
        let mut none = Stated::of(&Deidentification::default());
        assert!(matches!(none.sequence(SEQUENCE, ""), Some(Err(_))) && !none.is_missing());
        assert!(matches!(none.element(FLAG, *b"CS", ITEM, b"NO"), Some(Err(_))));
        let mut below = Stated::of(&how(&[public()]));
        assert!(matches!(below.sequence(SEQUENCE, "(0040,A730)[0]"), Some(Err(_))));
        assert_eq!(tried, 8);
    }
}
