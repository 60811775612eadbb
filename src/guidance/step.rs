//! Why a recording is held and what to do next, in kind words for whoever handed it in.
//!
//! GMC, *Making and using visual and audio recordings of patients*; each reason names its paragraph.

use super::facts::Facts;
use super::gathered::Seen;
use super::judge::judge;
use super::verdict::Verdict;
use crate::recording::Reason;
use crate::recording::terms::{ConsentStatus, Identifiable, MadeFor, PixelState, Purpose, Subject};

/// A rule's reason: its code, what is the matter, the next step.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// Reasons that depend on the rule alone.
const BY_RULE: &[Row] = &[
    (
        "P1",
        "prohibited",
        "The register notes an objection, distress or believed harm, so the recording must not be used (GMC paras 9, 34, 44).",
        "Leave it out. If the register is wrong, correct it there with whoever looks after the patient.",
    ),
    (
        "P2",
        "prohibited",
        "The register notes that the recording was made in secret or that callers were not told (GMC paras 54–56).",
        "Leave it out and ask your Caldicott Guardian. If it was authorised, put the authority into the register.",
    ),
    (
        "P3",
        "consent-refused",
        "The patient refused consent (GMC paras 8, 9).",
        "Leave it out, and do not ask again for this collection.",
    ),
    (
        "P4",
        "consent-withdrawn",
        "The consent was withdrawn (GMC paras 8, 25, 47).",
        "Leave it out, and tell whoever was given an earlier copy.",
    ),
    (
        "P5",
        "consent-clearly-not-given",
        "What is on record shows that the patient did not consent (GMC para 23).",
        "Leave it out, or ask the patient and add the consent to the register.",
    ),
    (
        "P6",
        "made-for-public-media",
        "The recording was made for public media, which needs the patient's consent, and none is on record (GMC para 37).",
        "Add the consent to the register; if it was not made for public media, correct that in the register or the profile.",
    ),
    (
        "N5",
        "consent-scope",
        "The patient may be recognised and the consent on record does not cover this purpose (GMC para 9).",
        "Ask for consent to this purpose and add it to the register, or run again for a purpose that the consent covers.",
    ),
    (
        "N7",
        "consent-to-make",
        "Making such a recording needed consent, and none on record covers it (GMC paras 24, 31).",
        "Add the consent to the register, or, if it was made as part of care, say so there or in the profile (made-for).",
    ),
    (
        "C1",
        "caution",
        "The patient has died (GMC para 48).",
        "Consider consulting the family and take advice before anyone uses it.",
    ),
    (
        "C2",
        "caution",
        "The recording is of a coroner's or Procurator Fiscal's post-mortem (GMC para 53).",
        "Ask the coroner or the Procurator Fiscal before anyone uses it.",
    ),
];

/// Why the recording is not in the release; empty when the verdict is usable. `seen` is what the run saw.
pub fn next_step(verdict: &Verdict, facts: &Facts, seen: &Seen) -> Vec<Reason> {
    if verdict.is_usable() {
        return Vec::new();
    }
    let mut reasons = Vec::new();
    let unproved = not_cleaned(facts, seen);
    // A para 10 kind is cleared by the check of its pixels, so that is the step to name, not consent.
    let clears_itself =
        facts.kind.is_para_10() && facts.identifiable == Identifiable::MayBe && !facts.cleaned && !unproved.is_empty();
    let unrecorded = facts.consent.status == ConsentStatus::NoRecord;
    if (verdict.rests_on("N1") || verdict.rests_on("N2")) && !(clears_itself && unrecorded) {
        reasons.push(no_consent(facts));
    }
    for (id, code, says, next) in BY_RULE {
        if verdict.rests_on(id) && !(clears_itself && *id == "N5") {
            reasons.push(Reason::new(*code, *says, *next));
        }
    }
    if !verdict.is_prohibited() && !facts.cleaned {
        reasons.extend(unproved);
    }
    if reasons.is_empty() {
        // N6 on stated facts: what is left is not known here.
        reasons.push(Reason::new(
            "not-anonymised",
            "The recording is not yet anonymised (GMC paras 12, 17).",
            "Clean it and have the picture itself checked, then ask again.",
        ));
    }
    reasons
}

/// The patient is or may be recognised, and no consent stands.
fn no_consent(facts: &Facts) -> Reason {
    let (code, consent) = match facts.consent.status {
        ConsentStatus::Given if facts.consent.is_expired(facts.as_of) => {
            ("consent-expired", "the consent on record has expired")
        }
        ConsentStatus::Given if !facts.consent.is_by_one_entitled(facts.subject, facts.adult_from) => (
            "consent-not-by-entitled",
            "the consent on record was not given by the person who can give it (GMC paras 18, 21, 32, 34)",
        ),
        ConsentStatus::Given => ("no-consent-record", "the consent on record is dated in the future"),
        _ => ("no-consent-record", "no consent is on record"),
    };
    let whose = match facts.subject {
        Subject::ChildWithoutCapacity => "the consent of a person with parental responsibility",
        Subject::AdultWithoutCapacity => "the agreement of the person with authority to decide (GMC para 20)",
        Subject::Deceased => {
            "the consent that the patient gave in life, or that of the family or a person with authority"
        }
        Subject::Adult | Subject::ChildWithCapacity | Subject::Unknown => "the patient's consent",
    };
    let para = if facts.existing_collection { "GMC paras 22, 23" } else { "GMC para 23" };
    if facts.identifiable == Identifiable::Yes {
        return Reason::new(
            code,
            format!("The patient can be recognised and {consent} ({para})."),
            format!("Add {whose} to the register, or leave the recording out."),
        );
    }
    let either = format!(
        "Either add {whose} to the register, or have a named person state in the register or the profile that the patient \
         cannot be recognised"
    );
    // Tried on the judge itself: whether that statement alone would be enough.
    let assessed = judge(&Facts { identifiable: Identifiable::No, cleaned: true, ..facts.clone() });
    let next = match (assessed.rests_on("N7"), facts.made_for) {
        (false, _) => format!("{either}."),
        (true, MadeFor::Unknown) => format!(
            "{either}. Then it must also have been made as part of care, and one of the two or `--made-for care` must say \
             so (made-for)."
        ),
        (true, _) => format!("Add {whose} to the register, or leave the recording out."),
    };
    Reason::new(code, format!("The patient may be recognised and {consent} ({para})."), next)
}

/// What keeps the recording from counting as cleaned.
fn not_cleaned(facts: &Facts, seen: &Seen) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if !seen.metadata_proved && seen.uncleaned {
        let public = matches!(facts.purpose, Purpose::Publication | Purpose::PublicMedia);
        reasons.push(Reason::new(
            "not-cleaned",
            "It is not cleaned yet, and what it holds beside the picture may identify the patient (GMC paras 12, 17).",
            format!("Run `scrubs clean` and {} what that releases.", if public { "publish" } else { "use" }),
        ));
    } else if !seen.metadata_proved {
        reasons.push(Reason::new(
            "residue",
            "The second reading could not prove that everything that identifies is gone (GMC paras 12, 17).",
            "Leave it out, and report the file's kind and maker so that scrubs learns to clean it.",
        ));
    }
    match seen.pixels {
        PixelState::Unchecked => reasons.push(Reason::new(
            "pixels-unchecked",
            "Nothing has yet looked for writing in the picture itself (GMC paras 12, 17).",
            "A person who has looked may state `pixels = \"no-marks\"` in an assessment in the profile, or in the register.",
        )),
        PixelState::NeedsEyes if seen.against_statement => reasons.push(Reason::new(
            "pixels-need-eyes",
            "A person states that the picture bears no writing, and writing was found in it and covered (GMC paras 12, 17).",
            "Look at it, and say in the register, by recording, whether the picture is free of marks now.",
        )),
        PixelState::NeedsEyes => reasons.push(Reason::new(
            "pixels-need-eyes",
            "Something in the picture itself may be writing or a mark that identifies (GMC paras 12, 17).",
            "Look at it, and say in the register, by recording, whether it may stay.",
        )),
        PixelState::Checked | PixelState::NoMarks => {}
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::{Consent, Date};
    use crate::guidance::judge;
    use crate::recording::terms::{Kind, MadeFor, MadeWhen, Scope};

    const UNCHECKED: Seen = Seen { metadata_proved: true, pixels: PixelState::Unchecked, ..Seen::NOTHING };
    const CHECKED: Seen = Seen { metadata_proved: true, pixels: PixelState::Checked, ..Seen::NOTHING };

    fn facts() -> Facts {
        Facts::cautious(Date::iso("2026-11-20").expect("a date"))
    }

    fn codes(facts: &Facts, seen: &Seen) -> Vec<String> {
        next_step(&judge(facts), facts, seen).into_iter().map(|reason| reason.code).collect()
    }

    #[test]
    fn a_photograph_without_consent_is_told_both_ways_forward() {
        let facts = Facts { cleaned: true, ..facts() };
        let reasons = next_step(&judge(&facts), &facts, &CHECKED);
        assert_eq!(
            reasons,
            [Reason::new(
                "no-consent-record",
                "The patient may be recognised and no consent is on record (GMC para 23).",
                "Either add the patient's consent to the register, or have a named person state in the register or the \
                 profile that the patient cannot be recognised. Then it must also have been made as part of care, and one \
                 of the two or `--made-for care` must say so (made-for).",
            )]
        );
    }

    #[test]
    fn what_is_asked_of_a_photograph_is_what_would_release_it() {
        let next = |facts: &Facts| next_step(&judge(facts), facts, &CHECKED).remove(0).next;
        let alone = "Either add the patient's consent to the register, or have a named person state in the register or \
                     the profile that the patient cannot be recognised.";
        let cases = [
            (MadeFor::Care, MadeWhen::Unknown, alone),
            (MadeFor::Unknown, MadeWhen::Before1997, alone),
            (
                MadeFor::Secondary,
                MadeWhen::Unknown,
                "Add the patient's consent to the register, or leave the recording out.",
            ),
        ];
        let tried = cases.len();
        for (made_for, made_when, says) in cases {
            let existing_collection = made_when == MadeWhen::Before1997;
            let held = Facts { made_for, made_when, existing_collection, cleaned: true, ..facts() };
            assert_eq!(next(&held), says, "{made_for:?}");
        }
        let stated = Facts { identifiable: Identifiable::No, cleaned: true, ..facts() };
        assert!(!judge(&stated).is_usable() && judge(&Facts { made_for: MadeFor::Care, ..stated }).is_usable());
        assert_eq!(tried, 3);
    }

    #[test]
    fn an_x_ray_of_which_nobody_has_looked_at_the_pixels_asks_for_that_alone() {
        let facts = Facts { kind: Kind::XRay, ..facts() };
        assert_eq!(codes(&facts, &UNCHECKED), ["pixels-unchecked"]);
        let photograph = Facts { kind: Kind::Photograph, ..facts.clone() };
        assert_eq!(codes(&photograph, &UNCHECKED), ["no-consent-record", "pixels-unchecked"]);
        let consent = Consent { status: ConsentStatus::Given, scopes: [Scope::Care].into(), ..Consent::default() };
        let for_care = Facts { consent, ..facts.clone() };
        assert_eq!(codes(&for_care, &UNCHECKED), ["pixels-unchecked"]);
        let photograph = Facts { kind: Kind::Photograph, ..for_care };
        assert_eq!(codes(&photograph, &UNCHECKED), ["consent-scope", "pixels-unchecked"]);
        let recognised = Facts { identifiable: Identifiable::Yes, ..facts };
        assert_eq!(codes(&recognised, &UNCHECKED), ["no-consent-record", "pixels-unchecked"]);
    }

    #[test]
    fn every_reason_has_its_code() {
        let given = |scopes: &[Scope], expires: Option<&str>| Consent {
            status: ConsentStatus::Given,
            scopes: scopes.iter().copied().collect(),
            expires_on: expires.map(|date| Date::iso(date).expect("a date")),
            ..Consent::default()
        };
        let status = |status| Facts { consent: Consent { status, ..Consent::default() }, ..facts() };
        let child = Subject::ChildWithoutCapacity;
        let cases = [
            (facts(), UNCHECKED, vec!["no-consent-record", "pixels-unchecked"]),
            (
                Facts { kind: Kind::XRay, identifiable: Identifiable::No, ..facts() },
                UNCHECKED,
                vec!["pixels-unchecked"],
            ),
            (
                Facts { kind: Kind::XRay, identifiable: Identifiable::No, ..facts() },
                Seen { metadata_proved: false, ..CHECKED },
                vec!["residue"],
            ),
            (
                Facts { kind: Kind::XRay, identifiable: Identifiable::No, ..facts() },
                Seen { metadata_proved: false, uncleaned: true, ..CHECKED },
                vec!["not-cleaned"],
            ),
            (Facts { identifiable: Identifiable::No, ..facts() }, CHECKED, vec!["not-anonymised"]),
            (Facts { identifiable: Identifiable::No, cleaned: true, ..facts() }, CHECKED, vec!["consent-to-make"]),
            (Facts { consent: given(&[Scope::Care], None), cleaned: true, ..facts() }, CHECKED, vec!["consent-scope"]),
            (
                Facts { consent: given(&[Scope::Teaching], Some("2026-10")), cleaned: true, ..facts() },
                CHECKED,
                vec!["consent-expired"],
            ),
            (
                Facts { consent: given(&[Scope::Teaching], None), cleaned: true, subject: child, ..facts() },
                CHECKED,
                vec!["consent-not-by-entitled"],
            ),
            (status(ConsentStatus::Refused), UNCHECKED, vec!["consent-refused"]),
            (status(ConsentStatus::Withdrawn), UNCHECKED, vec!["consent-withdrawn"]),
            (status(ConsentStatus::ClearlyNotGiven), UNCHECKED, vec!["consent-clearly-not-given"]),
            (
                Facts {
                    made_for: MadeFor::Care,
                    identifiable: Identifiable::No,
                    cleaned: true,
                    subject: Subject::Deceased,
                    circumstances: [crate::recording::terms::Circumstance::GeneticOrFamilyInformation].into(),
                    ..facts()
                },
                CHECKED,
                vec!["caution"],
            ),
            (Facts { kind: Kind::XRay, identifiable: Identifiable::No, cleaned: true, ..facts() }, CHECKED, vec![]),
        ];
        let tried = cases.len();
        for (n, (facts, seen, expected)) in cases.into_iter().enumerate() {
            assert_eq!(codes(&facts, &seen), expected, "case {n}");
        }
        assert_eq!(tried, 14);
    }
}
