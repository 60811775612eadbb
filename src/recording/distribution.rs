//! Consent to distribute, as DICOM states it: one item of the Consent for Clinical Trial Use Sequence (0012,0083).
//!
//! DICOM PS3.3 C.7.2.3.1.2 (2026c): Distribution Type (0012,0084) and Consent for Distribution Flag (0012,0085).

/// For what consent was asked: Distribution Type, with the standard's defined terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DistributionType {
    /// The protocol that is named beside it.
    NamedProtocol,
    /// Purposes that are restricted, the item does not say to what.
    RestrictedReuse,
    /// The general public, for use without restriction.
    PublicRelease,
}

impl DistributionType {
    /// Every term.
    pub const ALL: [DistributionType; 3] =
        [DistributionType::NamedProtocol, DistributionType::RestrictedReuse, DistributionType::PublicRelease];

    /// The term.
    pub fn term(self) -> &'static str {
        match self {
            DistributionType::NamedProtocol => "NAMED_PROTOCOL",
            DistributionType::RestrictedReuse => "RESTRICTED_REUSE",
            DistributionType::PublicRelease => "PUBLIC_RELEASE",
        }
    }
}

/// What became of the question: Consent for Distribution Flag, with the standard's enumerated values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DistributionFlag {
    /// It was given.
    Yes,
    /// It was given and taken back.
    Withdrawn,
    /// It was not given.
    No,
}

impl DistributionFlag {
    /// Every value.
    pub const ALL: [DistributionFlag; 3] = [DistributionFlag::Yes, DistributionFlag::Withdrawn, DistributionFlag::No];

    /// The value.
    pub fn term(self) -> &'static str {
        match self {
            DistributionFlag::Yes => "YES",
            DistributionFlag::Withdrawn => "WITHDRAWN",
            DistributionFlag::No => "NO",
        }
    }
}

/// For how long an ethics committee's approval is in effect, by the month (year, month from 1): its start (0012,0086) and
/// its end (0012,0087).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Approval {
    /// The month in which it starts.
    pub from: Option<(u16, u8)>,
    /// The month in which it ends.
    pub to: Option<(u16, u8)>,
}

impl Approval {
    /// The attributes that state it, each with its value: no day is told, so each names the first of its month.
    pub fn attributes(self) -> impl Iterator<Item = (u32, String)> {
        let dated = |month: Option<(u16, u8)>| month.map(|(year, month)| format!("{year:04}{month:02}01"));
        [(0x0012_0086, dated(self.from)), (0x0012_0087, dated(self.to))]
            .into_iter()
            .filter_map(|(tag, v)| Some((tag, v?)))
    }
}

/// One item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Distribution {
    /// What became of the question.
    pub flag: DistributionFlag,
    /// For what; there only with YES and WITHDRAWN (Type 1C).
    pub kind: Option<DistributionType>,
}
