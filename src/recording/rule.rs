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

impl RuleCited {
    /// Its paragraphs as people write them: `GMC paras 8, 9`.
    pub fn paragraphs(&self) -> String {
        let numbers: Option<Vec<&str>> = self.cites.iter().map(|cite| cite.strip_prefix("GMC para ")).collect();
        match numbers.as_deref() {
            Some([one]) => format!("GMC para {one}"),
            Some(many @ [_, ..]) => format!("GMC paras {}", many.join(", ")),
            _ => self.cites.join(", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_of_one_guidance_are_named_together() {
        let cases: [(&[&str], &str); 4] = [
            (&["GMC para 8"], "GMC para 8"),
            (&["GMC para 8", "GMC para 9"], "GMC paras 8, 9"),
            (&["GMC para 8", "MPS"], "GMC para 8, MPS"),
            (&[], ""),
        ];
        for (cites, expected) in cases {
            let cites = cites.iter().map(|cite| (*cite).to_owned()).collect();
            assert_eq!(RuleCited { id: "P1".into(), cites, says: String::new() }.paragraphs(), expected);
        }
    }
}
