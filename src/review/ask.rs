//! A decision as the page sends it: read strictly, with a limit on everything, before it goes anywhere.

use super::held;
use crate::consent::condition;
use crate::consent::decision::{Act, Decision, Marked};
use crate::consent::{Consent, Date};
use crate::recording::Identifier;
use crate::recording::terms::{ConsentForm, ConsentStatus, GivenBy, Identifiable, Scope};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The most boxes and marks of a decision, each.
const MOST_MARKS: usize = 200;
/// A reviewer's name is no longer than this, in characters.
const LONGEST_NAME: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    recording: String,
    sha256: String,
    act: Act,
    #[serde(default)]
    identifiable: Option<Identifiable>,
    #[serde(default)]
    no_marks: bool,
    #[serde(default)]
    cover: Vec<Marked>,
    #[serde(default)]
    keep: Vec<Marked>,
    #[serde(default)]
    consent: Option<AskedConsent>,
    by: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedConsent {
    status: ConsentStatus,
    #[serde(default)]
    scopes: BTreeSet<Scope>,
    #[serde(default)]
    form: Option<ConsentForm>,
    #[serde(default)]
    given_by: Option<GivenBy>,
    #[serde(default)]
    given_on: Option<String>,
    #[serde(default)]
    expires_on: Option<String>,
    #[serde(default)]
    conditions: BTreeSet<String>,
}

/// What is wrong with a decision, and what to do; no value of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) what: &'static str,
    pub(super) advice: &'static str,
}

const fn wrong(what: &'static str, advice: &'static str) -> Wrong {
    Wrong { what, advice }
}

/// Reads a decision. `named` is who decides where the server was started for one person.
pub(super) fn decision(body: &[u8], named: Option<&Identifier>) -> Result<Decision, Wrong> {
    const RELOAD: &str = "Reload the page and decide again.";
    let asked: Asked = serde_json::from_slice(body)
        .map_err(|_| wrong("the decision has not the shape that it should have", RELOAD))?;
    let recording = held::code(&asked.recording).ok_or(wrong("the decision names no recording", RELOAD))?;
    let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if asked.sha256.len() != 64 || !asked.sha256.bytes().all(is_hex) {
        return Err(wrong("the decision does not say which picture was looked at", RELOAD));
    }
    if asked.cover.len() > MOST_MARKS || asked.keep.len() > MOST_MARKS {
        return Err(wrong("the decision has more boxes than one may have", "Draw fewer, larger boxes."));
    }
    let sound = |marked: &Marked| {
        let area = &marked.area;
        !area.is_empty() && area.x.checked_add(area.width).is_some() && area.y.checked_add(area.height).is_some()
    };
    if !asked.cover.iter().chain(&asked.keep).all(sound) {
        return Err(wrong("a box lies outside the picture", "Draw it again."));
    }
    let by = match named {
        Some(name) => name.clone(),
        None => name(&asked.by).ok_or(wrong("the decision does not say who decides", "Write your name."))?,
    };
    Ok(Decision {
        recording,
        sha256: asked.sha256,
        act: asked.act,
        identifiable: asked.identifiable,
        no_marks: asked.no_marks,
        cover: asked.cover,
        keep: asked.keep,
        consent: asked.consent.map(consent).transpose()?,
        by,
        on: Date::today(),
    })
}

/// A person's name: one line that is not empty.
pub(super) fn name(text: &str) -> Option<Identifier> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= LONGEST_NAME && !text.chars().any(char::is_control);
    fits.then(|| Identifier::from(text))
}

fn consent(asked: AskedConsent) -> Result<Consent, Wrong> {
    const DATES: &str = "Write dates as 2019-05-17, 2019-05 or 17/05/2019.";
    let date = |text: Option<String>| match text.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => text.parse::<Date>().map(Some).map_err(|_| wrong("a date of the consent is none", DATES)),
    };
    let (given_on, expires_on) = (date(asked.given_on)?, date(asked.expires_on)?);
    if given_on.is_some_and(|on| on.is_future(Date::today())) {
        return Err(wrong("the consent was given on a day that is still to come", DATES));
    }
    if expires_on.zip(given_on).is_some_and(|(end, given)| end.is_past(given)) {
        return Err(wrong("the consent ends before it was given", DATES));
    }
    if asked.status == ConsentStatus::NoRecord {
        return Err(wrong("that there is no record is no consent to attach", "Leave the consent out."));
    }
    if !asked.conditions.iter().all(|word| condition::is_patients(word)) {
        return Err(wrong("a condition of the consent is not one that scrubs knows", "Choose from the list."));
    }
    if asked.status == ConsentStatus::Given && asked.scopes.is_empty() {
        return Err(wrong("the consent does not say what it is for", "Tick at least one use that it covers."));
    }
    Ok(Consent {
        status: asked.status,
        scopes: asked.scopes,
        form: asked.form,
        given_by: asked.given_by,
        given_on,
        expires_on,
        conditions: asked.conditions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn plain() -> Value {
        json!({ "recording": "P-7K3M9Q2FXH4T-4DQ8ZN1K", "sha256": "0".repeat(64), "act": "release", "identifiable": "no",
            "no_marks": true, "by": "Dr A. Canary",
            "cover": [{ "frame": 0, "area": { "x": 1, "y": 2, "width": 3, "height": 4 } }], "keep": [],
            "consent": { "status": "given", "scopes": ["teaching"], "given_on": "2019-05", "conditions": ["no-online-use"] } })
    }

    fn read(value: &Value) -> Result<Decision, Wrong> {
        decision(value.to_string().as_bytes(), None)
    }

    #[test]
    fn a_decision_is_read_as_it_was_made() {
        let read = read(&plain()).expect("a decision");
        assert_eq!(
            (read.act, read.identifiable, read.no_marks, read.cover.len()),
            (Act::Release, Some(Identifiable::No), true, 1)
        );
        assert_eq!(
            read.consent.map(|c| (c.status, c.scopes.len(), c.conditions.len())),
            Some((ConsentStatus::Given, 1, 1))
        );
        let named = decision(plain().to_string().as_bytes(), Some(&"Dr B".into())).expect("a decision");
        assert_eq!(named.by.reveal(), b"Dr B", "who started the server decides");
    }

    #[test]
    fn whatever_is_not_a_decision_is_refused() {
        let with = |key: &str, value: Value| {
            let mut asked = plain();
            asked[key] = value;
            asked
        };
        let area =
            |x: u32, width: u32| json!([{ "frame": null, "area": { "x": x, "y": 0, "width": width, "height": 1 } }]);
        let cases = [
            with("recording", "../../coding-secret".into()),
            with("recording", "p-7k3m9q2fxh4t-4dq8zn1k".into()),
            with("sha256", "0".into()),
            with("sha256", "Z".repeat(64).into()),
            with("act", "delete".into()),
            with("path", "held/x".into()),
            with("by", "  ".into()),
            with("by", "a\nb".into()),
            with("by", "a".repeat(201).into()),
            with("cover", area(0, 0)),
            with("cover", area(u32::MAX, 2)),
            with("cover", vec![area(0, 1)[0].clone(); 201].into()),
            with("consent", json!({ "status": "given" })),
            with("consent", json!({ "status": "given", "scopes": ["teaching"], "given_on": "soon" })),
            with("consent", json!({ "status": "given", "scopes": ["teaching"], "given_on": "9998-01" })),
            with("consent", json!({ "status": "given", "scopes": ["teaching"], "conditions": ["ask Mrs Canary"] })),
            Value::Null,
        ];
        for case in &cases {
            assert!(read(case).is_err(), "{case}");
        }
        assert_eq!(cases.len(), 17);
        assert!(decision(&vec![b'['; 200_000], None).is_err(), "nested too deep");
    }
}
