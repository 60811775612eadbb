//! A rule of the guidance as a verdict, a sidecar and the ledger cite it.
//!
//! GMC, *Making and using visual and audio recordings of patients*, cited by paragraph.

use serde::{Deserialize, Serialize};

/// A rule of the guidance that a verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleCited {
    /// `P1` … `C4`, or `N1` … for verdicts without a ground.
    pub id: String,
    /// `GMC para 23`.
    pub cites: Vec<String>,
    /// The rule in our own words.
    pub says: String,
}
