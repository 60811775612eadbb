//! What reviewers have decided about a recording, as custody keeps it and later runs honour it.
//!
//! GMC, *Making and using visual and audio recordings of patients*, paras 12, 17, 23 and 24. A ruling answers for bytes: those that
//! were looked at, and those that covering made of them. It holds words, places, digests and dates, and never who the patient is.

use super::decision::{Act, Decision, Marked};
use super::{Consent, Date};
use crate::place::Covering;
use crate::recording::Region;
use crate::recording::terms::{ConsentForm, ConsentStatus, GivenBy, Identifiable, Scope};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A decision, together with those before it that it stands on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ruling {
    /// SHA-256 (64 hexadecimal digits) of the cleaned recording, before any reviewer covered anything.
    pub base: String,
    /// The same of what covering made of it.
    pub result: String,
    /// Whether it stays in custody.
    pub held: bool,
    /// Whether the patient can be recognised, as the reviewer states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifiable: Option<Identifiable>,
    /// Whether the reviewer states that the picture bears no marks.
    #[serde(default)]
    pub no_marks: bool,
    /// What is covered, one decision's areas after another's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Vec<Marked>>,
    /// For each of these whether nothing was left to look at in the picture then, as far as the decisions until then said:
    /// only then an object says that it is free of writing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clear: Vec<bool>,
    /// What is no writing, and left as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<Marked>,
    /// Whether something that was covered by then is to be left as it is: it must be looked at once more.
    #[serde(default)]
    pub uncovers: bool,
    /// The consent that the reviewer has in hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Attached>,
    /// The day of it, `2026-11-20`.
    pub on: String,
}

/// A consent that a reviewer attached, in words and dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attached {
    status: ConsentStatus,
    scopes: BTreeSet<Scope>,
    form: Option<ConsentForm>,
    given_by: Option<GivenBy>,
    given_on: Option<String>,
    expires_on: Option<String>,
    conditions: BTreeSet<String>,
}

impl From<&Consent> for Attached {
    fn from(consent: &Consent) -> Self {
        Self {
            status: consent.status,
            scopes: consent.scopes.clone(),
            form: consent.form,
            given_by: consent.given_by,
            given_on: consent.given_on.map(Date::exact),
            expires_on: consent.expires_on.map(Date::exact),
            conditions: consent.conditions.clone(),
        }
    }
}

impl Attached {
    /// The consent. A date that cannot be read back is none, and one that it ran out on is long past.
    pub fn consent(&self) -> Consent {
        let date = |text: &String| Date::iso(text).ok();
        Consent {
            status: self.status,
            scopes: self.scopes.clone(),
            form: self.form,
            given_by: self.given_by,
            given_on: self.given_on.as_ref().and_then(date),
            expires_on: self.expires_on.as_ref().and_then(|text| date(text).or_else(|| Date::iso("1900-01").ok())),
            conditions: self.conditions.clone(),
        }
    }
}

impl Ruling {
    /// What a decision comes to. One about the very bytes that an earlier decision made stands on that: what was covered stays
    /// covered, and what is not said anew holds.
    pub fn of(decision: &Decision, before: Option<&Ruling>) -> Self {
        let upon = before.filter(|before| before.result == decision.sha256);
        let mut steps = upon.map(|upon| upon.steps.clone()).unwrap_or_default();
        if !decision.cover.is_empty() {
            steps.push(decision.cover.clone());
        }
        let mut keep = before.map(|before| before.keep.clone()).unwrap_or_default();
        keep.extend(decision.keep.iter().copied());
        keep.sort_unstable();
        keep.dedup();
        Self {
            base: upon.map_or_else(|| decision.sha256.clone(), |upon| upon.base.clone()),
            result: decision.sha256.clone(),
            held: decision.act == Act::Hold,
            identifiable: decision.identifiable.or(upon.and_then(|upon| upon.identifiable)),
            // Covering more brings no marks.
            no_marks: decision.no_marks || upon.is_some_and(|upon| upon.no_marks),
            clear: upon.map(|upon| upon.clear.clone()).unwrap_or_default(),
            steps,
            keep,
            uncovers: false,
            consent: decision.consent.as_ref().map(Attached::from).or_else(|| upon?.consent.clone()),
            on: decision.on.exact(),
        }
    }

    /// Notes of the last step whether nothing is left to look at after it. A decision that covers nothing has none.
    pub fn note_clear(&mut self, clear: bool) {
        if self.clear.len() < self.steps.len() {
            self.clear.resize(self.steps.len() - 1, false);
            self.clear.push(clear);
        }
    }

    /// The day of it.
    pub fn date(&self) -> Option<Date> {
        Date::iso(&self.on).ok()
    }
}

/// What is to be covered, for a surgeon.
pub fn covering(cover: &[Marked]) -> Covering {
    let mut covering = Covering::default();
    for Marked { frame, area } in cover {
        match frame {
            Some(frame) => covering.in_frame(*frame, *area),
            None => covering.everywhere(*area),
        }
    }
    covering
}

impl Marked {
    /// Whether it answers for a region: at least half of that lies in it.
    pub fn answers(&self, region: &Region) -> bool {
        let area = crate::place::Area::new(region.x, region.y, region.width, region.height);
        self.takes(region.frame, &area)
    }

    /// The same of an area of a frame, or of every frame.
    pub fn takes(&self, frame: Option<u32>, area: &crate::place::Area) -> bool {
        let same = self.frame.is_none() || frame.is_none() || self.frame == frame;
        let common = self.area.common(area).map_or(0, |common| common.pixels());
        same && common > 0 && 2 * common >= area.pixels()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::RecordingCode;
    use crate::place::Area;
    use crate::recording::Identifier;

    fn decision(sha256: &str, cover: &[u32]) -> Decision {
        let marked = |x: &u32| Marked { frame: None, area: Area::new(*x, 0, 10, 5) };
        Decision {
            recording: RecordingCode::parse("P-7K3M9Q2FXH4T-4DQ8ZN1K").expect("a code"),
            sha256: sha256.repeat(64),
            act: Act::Release,
            identifiable: None,
            no_marks: true,
            cover: cover.iter().map(marked).collect(),
            keep: Vec::new(),
            consent: None,
            by: Identifier::new(b"A. Consultant"),
            on: Date::iso("2026-11-20").expect("a date"),
        }
    }

    #[test]
    fn a_decision_about_what_another_made_stands_on_it_and_one_about_other_bytes_does_not() {
        let consent = Consent { given_on: Date::iso("2026-05-14").ok(), ..Consent::default() };
        let first =
            Decision { identifiable: Some(Identifiable::No), consent: Some(consent.clone()), ..decision("a", &[0]) };
        let first = Ruling { result: "b".repeat(64), ..Ruling::of(&first, None) };
        let second = Ruling::of(&decision("b", &[40]), Some(&first));
        assert_eq!((&second.base, second.steps.len()), (&"a".repeat(64), 2));
        assert_eq!(second.identifiable, Some(Identifiable::No));
        assert_eq!(second.consent.as_ref().map(Attached::consent), Some(consent));
        let other = Ruling::of(&decision("c", &[40]), Some(&first));
        assert_eq!((&other.base, other.steps.len(), other.identifiable), (&"c".repeat(64), 1, None));
        let text = serde_json::to_string(&second).expect("JSON");
        assert_eq!(serde_json::from_str::<Ruling>(&text).expect("read back"), second);
        assert!(!text.contains("Consultant"));
    }

    #[test]
    fn half_of_a_mark_must_lie_in_what_answers_for_it() {
        let keep = Marked { frame: Some(2), area: Area::new(0, 0, 10, 10) };
        let area = |x| Area::new(x, 0, 10, 10);
        let cases = [(Some(2), 5, true), (Some(2), 6, false), (Some(1), 0, false), (None, 0, true), (None, 10, false)];
        for (frame, x, taken) in cases {
            assert_eq!(keep.takes(frame, &area(x)), taken, "{frame:?} {x}");
        }
    }
}
