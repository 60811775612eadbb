//! What one source of facts says of a recording's making: a register, a rule of a profile, the recording itself.
//!
//! GMC paras 10, 13–24: kind, reason for making, era and collection decide which grounds there are.

use crate::recording::terms::{Kind, MadeFor, MadeWhen};

/// What one source says; none where it is silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offered {
    /// What the recording is of.
    pub kind: Option<Kind>,
    /// Why it was made.
    pub made_for: Option<MadeFor>,
    /// In which era.
    pub made_when: Option<MadeWhen>,
    /// Whether it belongs to an existing collection held solely for teaching.
    pub existing_collection: Option<bool>,
}
