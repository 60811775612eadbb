//! The codes that a FHIR Consent may use, and what each means for a recording.
//!
//! Purposes: HL7 v3 PurposeOfUse (2.16.840.1.113883.1.11.20448, code system ActReason). Kinds of consent: FHIR R4
//! consentscope and consentcategorycodes, LOINC, HL7 v3 ActCode. A code that is not here is a fault, never a guess.

use super::json::Node;
use crate::recording::terms::Scope;
use std::str::FromStr;

/// The code system whose codes are scrubs' own scopes: for what HL7 has no code, such as publication.
pub const SCOPE_SYSTEM: &str = "https://scrubs.invalid/fhir/consent-scope";

/// The extension by which scrubs states a condition of the closed vocabulary, as `valueCode`.
pub const CONDITION_EXTENSION: &str = "https://scrubs.invalid/fhir/condition";

/// The names of HL7's ActReason.
const ACT_REASON: &[&str] = &[
    "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "http://hl7.org/fhir/v3/ActReason",
    "urn:oid:2.16.840.1.113883.5.8",
];
const ACT_CODE: &[&str] = &[
    "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "http://hl7.org/fhir/v3/ActCode",
    "urn:oid:2.16.840.1.113883.5.4",
];
const SCOPES: &[&str] = &["http://terminology.hl7.org/CodeSystem/consentscope"];
const CATEGORIES: &[&str] = &["http://terminology.hl7.org/CodeSystem/consentcategorycodes"];
const LOINC: &[&str] = &["http://loinc.org"];

/// What a purpose means: a permission of it opens the first scopes, a denial closes the second. A code narrower than a
/// scope opens nothing and closes all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) opens: &'static [Scope],
    pub(super) closes: &'static [Scope],
}

const EDUCATION: &[Scope] = &[Scope::Teaching, Scope::Training, Scope::Assessment];

/// Codes by what they open and close.
const PURPOSES: &[(&[&str], Reach)] = &[
    (&["TREAT"], Reach { opens: &[Scope::Care], closes: &[Scope::Care] }),
    (&["ETREAT", "ERTREAT", "BTG", "COC", "CAREMGT"], Reach { opens: &[], closes: &[Scope::Care] }),
    // "Used in training and education"; the assessment of students is not named, so it is closed and not opened.
    (&["TRAIN"], Reach { opens: &[Scope::Teaching, Scope::Training], closes: EDUCATION }),
    // The parent of TRAIN and the accreditation of professionals.
    (&["HOPERAT"], Reach { opens: &[], closes: EDUCATION }),
    (&["HACCRED"], Reach { opens: &[], closes: &[Scope::Assessment] }),
    (&["HRESCH"], Reach { opens: &[Scope::Research], closes: &[Scope::Research] }),
    (
        &["BIORCH", "CLINTRCH", "CLINTRCHNPC", "CLINTRCHPC", "PRECLINTRCH", "DSRCH", "POARCH", "TRANSRCH"],
        Reach { opens: &[], closes: &[Scope::Research] },
    ),
    (&["HMARKT"], Reach { opens: &[], closes: &[Scope::Publication, Scope::PublicMedia] }),
    (&["PurposeOfUse"], Reach { opens: &[], closes: Scope::ALL }),
    // Understood, and nothing that a recording is used for here. HPRGRP is the reporting of health programmes.
    (
        &[
            "DONAT",
            "FRAUD",
            "GOV",
            "HCOMPL",
            "HDECD",
            "HDIRECT",
            "HDM",
            "HLEGAL",
            "HOUTCOMS",
            "HPRGRP",
            "HQUALIMP",
            "HSYSADMIN",
            "LABELING",
            "METAMGT",
            "MEMADMIN",
            "MILCDM",
            "PATADMIN",
            "PATSFTY",
            "PERFMSR",
            "RECORDMGT",
            "SYSDEV",
            "HTEST",
            "HPAYMT",
            "CLMATTCH",
            "COVAUTH",
            "COVERAGE",
            "ELIGDTRM",
            "ELIGVER",
            "ENROLLM",
            "MILDCRG",
            "REMITADV",
            "PATRQT",
            "FAMRQT",
            "PWATRNY",
            "SUPNWK",
            "PUBHLTH",
            "DISASTER",
            "THREAT",
        ],
        Reach { opens: &[], closes: &[] },
    ),
];

/// What a purpose means; none where it is not known.
pub(super) fn purpose(coding: &Node) -> Option<Reach> {
    let (system, code) = (coding.text_of("system")?, coding.text_of("code")?);
    if system == SCOPE_SYSTEM {
        let scope = Scope::from_str(code).ok()?;
        let one = Scope::ALL.iter().position(|s| *s == scope).and_then(|at| Scope::ALL.get(at..=at))?;
        return Some(Reach { opens: one, closes: one });
    }
    let known = |codes: &[&str]| ACT_REASON.contains(&system) && codes.contains(&code);
    PURPOSES.iter().find(|(codes, _)| known(codes)).map(|(_, reach)| *reach)
}

/// Of what kind a consent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// About information: its purposes say for what.
    General,
    /// About research and nothing else.
    Research,
    /// About treatment and nothing else.
    Treatment,
    /// An advance directive, which says nothing of recordings.
    Directive,
}

const SORTS: &[(&[&str], &[&str], Sort)] = &[
    (SCOPES, &["patient-privacy"], Sort::General),
    (SCOPES, &["research"], Sort::Research),
    (SCOPES, &["treatment"], Sort::Treatment),
    (SCOPES, &["adr"], Sort::Directive),
    // Consent document, privacy policy acknowledgement, its organisation's, release of information.
    (LOINC, &["59284-0", "57016-8", "57017-6", "64292-6"], Sort::General),
    (ACT_CODE, &["IDSCL", "INFA"], Sort::General),
    (ACT_CODE, &["IRDSCL", "RESEARCH"], Sort::Research),
    (CATEGORIES, &["npp"], Sort::General),
    (CATEGORIES, &["research", "rsdid", "rsreid"], Sort::Research),
    (CATEGORIES, &["emrgonly"], Sort::Treatment),
    (CATEGORIES, &["acd", "dnr", "hcd", "polst"], Sort::Directive),
];

/// The kind that a CodeableConcept names by any of its codings; none where none is known.
pub(super) fn sort(concept: &Node) -> Option<Sort> {
    concept.each_of("coding").iter().find_map(|coding| {
        let (system, code) = (coding.text_of("system")?, coding.text_of("code")?);
        SORTS.iter().find(|(systems, codes, _)| systems.contains(&system) && codes.contains(&code)).map(|s| s.2)
    })
}

/// Whether a policy rule of R4 opts in (`true`) or out; none where it says neither.
pub(super) fn opts_in(concept: &Node) -> Option<bool> {
    concept.each_of("coding").iter().find_map(|coding| {
        let system = coding.text_of("system")?;
        match coding.text_of("code")? {
            "OPTIN" | "OPTINR" if ACT_CODE.contains(&system) => Some(true),
            "OPTOUT" | "OPTOUTE" if ACT_CODE.contains(&system) => Some(false),
            _ => None,
        }
    })
}

/// The issuer that an identifier's system means: the NHS by its name, any other as it stands.
pub(super) fn issuer(system: &str) -> &str {
    match system {
        "https://fhir.nhs.uk/Id/nhs-number" | "urn:oid:2.16.840.1.113883.2.1.4.1" => "NHS",
        other => other,
    }
}

/// Every purpose with what it opens and closes, for the table in the documentation.
#[cfg(test)]
pub(super) fn purposes() -> impl Iterator<Item = (&'static str, Reach)> {
    PURPOSES.iter().flat_map(|(codes, reach)| codes.iter().map(|code| (*code, *reach)))
}
