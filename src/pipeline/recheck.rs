//! How closely a run looks at sources that it knows: what it takes as a sign that nothing has changed.

/// How closely a run looks at sources that it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Recheck {
    /// The length of the file alone, for file systems that do not keep times.
    Never,
    /// Length and time of change.
    #[default]
    Changed,
    /// Every source is read and its digest compared; so are the outputs, which a disk may have spoilt.
    Always,
}
