//! Value representations: how an element's header is written and what its value may hold.
//!
//! DICOM PS3.5 6.2 (value representations) and 7.1 (header forms).

/// A value representation: its two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Vr(pub(super) [u8; 2]);

/// Every value representation of PS3.5 6.2, in alphabetical order.
const KNOWN: [&[u8; 2]; 34] = [
    b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"OB", b"OD", b"OF", b"OL",
    b"OV", b"OW", b"PN", b"SH", b"SL", b"SQ", b"SS", b"ST", b"SV", b"TM", b"UC", b"UI", b"UL", b"UN", b"UR", b"US",
    b"UT", b"UV",
];

/// What kind of value a representation holds, as far as identity goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Text in which anything may stand, names of persons included.
    Text,
    /// A code string.
    Code,
    /// A date, a time or both.
    Date,
    /// An age.
    Age,
    /// A number written as text.
    Number,
    /// Numbers in binary, each of so many bytes.
    Binary(u8),
    /// A UID.
    Uid,
    /// Bytes or words whose meaning only the attribute knows.
    Bulk,
    /// A sequence.
    Sequence,
}

impl Vr {
    pub(super) const SQ: Vr = Vr(*b"SQ");
    pub(super) const UN: Vr = Vr(*b"UN");
    pub(super) const UI: Vr = Vr(*b"UI");
    pub(super) const OB: Vr = Vr(*b"OB");
    pub(super) const LO: Vr = Vr(*b"LO");
    pub(super) const CS: Vr = Vr(*b"CS");

    /// Whether the two letters are a representation of the standard.
    pub(super) fn is_known(self) -> bool {
        KNOWN.binary_search(&&self.0).is_ok()
    }

    /// Whether both bytes are capital letters, as those of a representation yet to come would be.
    pub(super) fn is_lettered(self) -> bool {
        self.0.iter().all(u8::is_ascii_uppercase)
    }

    /// Whether its explicit header has a 32-bit length behind two reserved bytes (PS3.5 7.1.2). Representations yet to
    /// come have one too.
    pub(super) fn is_long(self) -> bool {
        matches!(
            &self.0,
            b"OB" | b"OD" | b"OF" | b"OL" | b"OV" | b"OW" | b"SQ" | b"SV" | b"UC" | b"UN" | b"UR" | b"UT" | b"UV"
        ) || !self.is_known()
    }

    /// What its values hold.
    pub(super) fn class(self) -> Class {
        match &self.0 {
            b"CS" => Class::Code,
            b"DA" | b"DT" | b"TM" => Class::Date,
            b"AS" => Class::Age,
            b"DS" | b"IS" => Class::Number,
            b"US" | b"SS" => Class::Binary(2),
            b"AT" | b"UL" | b"SL" | b"FL" => Class::Binary(4),
            b"FD" | b"SV" | b"UV" => Class::Binary(8),
            b"UI" => Class::Uid,
            b"SQ" => Class::Sequence,
            b"AE" | b"LO" | b"LT" | b"PN" | b"SH" | b"ST" | b"UC" | b"UR" | b"UT" => Class::Text,
            _ => Class::Bulk,
        }
    }

    /// A legal value that says nothing, for where a value is required (PS3.15 Table E.1-1a, action D).
    pub(super) fn dummy(self) -> &'static [u8] {
        match &self.0 {
            b"AS" => b"000Y",
            b"DA" | b"DT" => b"19000101",
            b"TM" => b"000000",
            b"DS" | b"IS" => b"0",
            b"UR" => b"urn:oid:2.25.0",
            b"US" | b"SS" | b"OB" | b"OW" | b"UN" => &[0; 2],
            b"AT" | b"UL" | b"SL" | b"FL" | b"OF" | b"OL" => &[0; 4],
            b"FD" | b"SV" | b"UV" | b"OD" | b"OV" => &[0; 8],
            b"UI" => b"2.25.0",
            b"SQ" => b"",
            _ => b"REMOVED",
        }
    }

    /// The byte that makes a value's length even (PS3.5 6.2).
    pub(super) fn pad(self) -> u8 {
        match self.class() {
            Class::Text | Class::Code | Class::Date | Class::Age | Class::Number => b' ',
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_dummies_fit() {
        assert!(KNOWN.windows(2).all(|w| w[0] < w[1]));
        let mut tried = 0;
        for vr in KNOWN {
            let vr = Vr(*vr);
            assert!(vr.is_known() && vr.is_lettered());
            if let Class::Binary(size) = vr.class() {
                assert_eq!(vr.dummy().len() % usize::from(size), 0, "{vr:?}");
            }
            tried += 1;
        }
        assert_eq!(tried, 34);
        assert!(Vr(*b"ZZ").is_long() && !Vr(*b"ZZ").is_known());
    }
}
