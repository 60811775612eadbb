//! What was seen in a recording's pixels and done about it, in words and numbers: enough to judge it again without reading it.
//!
//! GMC, *Making and using visual and audio recordings of patients*, paras 12, 17 and 23. It holds kinds and places, never what
//! is written there.

use super::terms::{Identifiable, PixelState};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A word that is fixed in the program, or was read back from the ledger or a sidecar.
type Word = Cow<'static, str>;

/// The most regions that are listed; of more the first are.
pub const MOST_REGIONS: usize = 200;

/// A region of a frame: what stood there, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// The frame, from 0; none for every frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<u32>,
    /// Stored samples from the left edge.
    pub x: u32,
    /// Stored samples from the top edge.
    pub y: u32,
    /// Width in stored samples.
    pub width: u32,
    /// Height in stored samples.
    pub height: u32,
    /// What it is: `line`, `marker`, `face`, `band` …
    pub class: Word,
    /// `cover`, `look` or `flag`.
    pub action: Word,
}

/// What was seen in a recording's pixels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    /// How far they were looked at, no person's statement included.
    pub pixels: PixelState,
    /// What faces say of whether the patient can be recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Identifiable>,
    /// How many marks of writing a detector, not a rule, found and were covered.
    #[serde(default, skip_serializing_if = "is_none")]
    pub writing: u32,
    /// How many regions were covered.
    #[serde(default, skip_serializing_if = "is_none")]
    pub redacted: u32,
    /// What is left that speaks for the patient being recognised, by code, with how many times.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<Word, u32>,
    /// Where; at most [`MOST_REGIONS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
    /// Why nothing looked, in words for a doctor: `no decoder for HEIF pictures is built in`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Word>,
}

fn is_none(count: &u32) -> bool {
    *count == 0
}

impl Default for Sight {
    fn default() -> Self {
        Self::unchecked(None)
    }
}

impl Sight {
    /// Nothing looked, for a reason where there is one to tell.
    pub fn unchecked(why: Option<Word>) -> Self {
        Self {
            pixels: PixelState::Unchecked,
            found: None,
            writing: 0,
            redacted: 0,
            evidence: BTreeMap::new(),
            regions: Vec::new(),
            why,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_reads_back_and_an_old_ledger_says_that_nothing_was() {
        let region =
            Region { frame: None, x: 1, y: 2, width: 3, height: 4, class: "line".into(), action: "cover".into() };
        let sight = Sight {
            pixels: PixelState::Checked,
            found: Some(Identifiable::MayBe),
            writing: 1,
            redacted: 1,
            evidence: [("partial-face".into(), 1)].into(),
            regions: vec![region],
            why: None,
        };
        let text = serde_json::to_string(&sight).expect("JSON");
        assert_eq!(serde_json::from_str::<Sight>(&text).expect("read back"), sight);
        assert_eq!(serde_json::to_string(&Sight::default()).expect("JSON"), r#"{"pixels":"unchecked"}"#);
    }
}
