//! Whether a face can be rebuilt from slices of a head: GMC paras 17 and 23; DICOM PS3.15 E.3.2 names such volumes.

/// How much of a head there is in slices that a scanner made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// The object says that it shows a head.
    Shown,
    /// Nothing says which part of the body it shows, or it may reach up to the head.
    Perhaps,
}

impl Head {
    /// What a sidecar's evidence says of it.
    pub fn noted(evidence: &[String]) -> Option<Self> {
        [Head::Shown, Head::Perhaps].into_iter().find(|head| evidence.iter().any(|word| word == head.word()))
    }

    /// The word of sidecars, for `identifiable.evidence`, and of reasons.
    pub fn word(self) -> &'static str {
        match self {
            Head::Shown => "reconstructible-head",
            Head::Perhaps => "perhaps-head",
        }
    }
}
