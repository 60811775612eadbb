//! The table of rules: prohibitions P, grounds G, rules N for what has no ground, cautions C.
//!
//! GMC, *Making and using visual and audio recordings of patients*; each row cites its paragraphs and says in our own
//! words what they come to. The predicates are the only code; how rows combine is in [`super::verdict`].

use super::facts::Facts;
use crate::consent::condition::{
    AS_AUTHORISED, ASK_OWNER, DISPOSE, GET_WRITTEN, OFFER_CHOICE, REVIEW_ON_RECORD, SMALL_DETAILS, WHY_NO_CONSENT,
};
use crate::recording::RuleCited;
use crate::recording::terms::{
    Circumstance, Coding, ConsentForm, ConsentStatus, Identifiable, Kind, MadeFor, Ownership, Purpose, Subject,
    Usability,
};
use serde::Serialize;

/// Where in the order of evaluation a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Forbids or holds, whatever else permits.
    Prohibition,
    /// Permits.
    Ground,
    /// Says what is the matter where no ground holds.
    NoGround,
    /// Raises a usable outcome.
    Caution,
}

/// A condition that a rule brings, and when it brings it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Bring {
    /// The word of the closed vocabulary.
    pub condition: &'static str,
    #[serde(skip)]
    when: fn(&Facts) -> bool,
}

impl Bring {
    /// Whether these facts bring it.
    pub fn applies(&self, facts: &Facts) -> bool {
        (self.when)(facts)
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Rule {
    /// `P1` … `C4`.
    pub id: &'static str,
    /// Its stage.
    pub stage: Stage,
    /// The paragraphs: `GMC para 23`.
    pub cites: &'static [&'static str],
    /// The rule in our own words.
    pub says: &'static str,
    /// What it gives. A ground that brings a condition gives usable-with-conditions.
    pub gives: Usability,
    /// The conditions it may bring.
    pub brings: &'static [Bring],
    /// Whether the consent's own conditions come with it.
    pub brings_consents_conditions: bool,
    #[serde(skip)]
    when: fn(&Facts) -> bool,
    /// When it gives hold-for-review in place of what it gives otherwise.
    #[serde(skip)]
    softer: Option<fn(&Facts) -> bool>,
}

impl Rule {
    /// Whether the facts meet it.
    pub fn holds(&self, facts: &Facts) -> bool {
        (self.when)(facts)
    }

    /// What it gives for facts that meet it.
    pub fn outcome(&self, facts: &Facts) -> Usability {
        if self.softer.is_some_and(|softer| softer(facts)) {
            return Usability::HoldForReview;
        }
        match self.gives {
            Usability::Usable if self.is_conditional(facts) => Usability::UsableWithConditions,
            gives => gives,
        }
    }

    fn is_conditional(&self, facts: &Facts) -> bool {
        self.brings.iter().any(|bring| bring.applies(facts))
            || (self.brings_consents_conditions && !facts.consent.conditions.is_empty())
    }

    /// The conditions it brings for facts that meet it.
    pub fn conditions(&self, facts: &Facts) -> Vec<String> {
        let own = self.brings.iter().filter(|bring| bring.applies(facts)).map(|bring| bring.condition.to_owned());
        let consents = facts.consent.conditions.iter().filter(|_| self.brings_consents_conditions).cloned();
        consents.chain(own).collect()
    }

    /// The rule as verdicts, sidecars and the ledger cite it.
    pub fn cited(&self) -> RuleCited {
        RuleCited {
            id: self.id.to_owned(),
            cites: self.cites.iter().map(|&c| c.to_owned()).collect(),
            says: self.says.to_owned(),
        }
    }
}

/// The whole table, in the order of the page.
pub fn rules() -> &'static [Rule] {
    RULES
}

/// A row with nothing special about it.
const fn row(
    id: &'static str,
    stage: Stage,
    cites: &'static [&'static str],
    gives: Usability,
    says: &'static str,
    when: fn(&Facts) -> bool,
) -> Rule {
    Rule { id, stage, cites, says, gives, brings: &[], brings_consents_conditions: false, when, softer: None }
}

const fn prohibition(
    id: &'static str,
    cites: &'static [&'static str],
    says: &'static str,
    when: fn(&Facts) -> bool,
) -> Rule {
    row(id, Stage::Prohibition, cites, Usability::MustNotUse, says, when)
}

const fn ground(
    id: &'static str,
    cites: &'static [&'static str],
    says: &'static str,
    when: fn(&Facts) -> bool,
) -> Rule {
    row(id, Stage::Ground, cites, Usability::Usable, says, when)
}

const fn bring(condition: &'static str, when: fn(&Facts) -> bool) -> Bring {
    Bring { condition, when }
}

const RULES: &[Rule] = &[
    prohibition(
        "P1",
        &["GMC para 9", "GMC para 34", "GMC para 44"],
        "The patient objected or was distressed, or using the recording is believed to do harm.",
        |f| f.has(Circumstance::ObjectionOrDistress) || f.has(Circumstance::BelievedHarmful),
    ),
    prohibition(
        "P2",
        &["GMC para 54", "GMC para 55", "GMC para 56"],
        "The recording was made in secret without authority to do so, or callers were not told that they were recorded.",
        |f| (f.has(Circumstance::Covert) && !f.is_covert_authorised()) || f.has(Circumstance::CallersNotInformed),
    ),
    prohibition(
        "P3",
        &["GMC para 8", "GMC para 9", "GMC para 15"],
        "Consent was refused, and no authority on record reaches this use.",
        |f| f.consent.status == ConsentStatus::Refused && !f.has_authority(),
    ),
    Rule {
        // Authority does not lift the hold: were it to, a recognisable patient's recording would fare better than one
        // in which nobody can be recognised.
        softer: Some(|f| !f.may_be_recognised() || f.has_authority()),
        ..prohibition(
            "P4",
            &["GMC para 8", "GMC para 25", "GMC para 47"],
            "Consent was withdrawn; where nobody can recognise the patient, or an authority is on record, a person must decide.",
            |f| f.consent.status == ConsentStatus::Withdrawn,
        )
    },
    prohibition(
        "P5",
        &["GMC para 23"],
        "The record or the context shows that the patient did not consent, and no authority on record reaches this use.",
        |f| {
            let unspoken =
                f.has(Circumstance::ContextShowsNoConsent) && f.consent.is_no_record(f.subject, f.adult_from);
            (f.consent.status == ConsentStatus::ClearlyNotGiven || unspoken) && !f.has_authority()
        },
    ),
    Rule {
        softer: Some(|f| f.purpose != Purpose::PublicMedia),
        ..prohibition(
            "P6",
            &["GMC para 37"],
            "The recording was made for public media, which needs the patient's consent, and none stands on record.",
            |f| {
                f.made_for == MadeFor::PublicMedia
                    && !f.kind.is_para_10()
                    && !f.has_valid_consent()
                    && !f.has_authority()
            },
        )
    },
    Rule {
        brings: &[
            bring(GET_WRITTEN, |f| f.purpose == Purpose::PublicMedia && f.consent.form != Some(ConsentForm::Written)),
            bring(OFFER_CHOICE, Facts::is_grown_up),
        ],
        brings_consents_conditions: true,
        ..ground(
            "G1",
            &["GMC para 8", "GMC para 9", "GMC para 24", "GMC para 35", "GMC para 37", "GMC para 47"],
            "A valid consent on record covers this purpose, and names and marks have been removed.",
            |f| f.is_covered() && f.cleaned,
        )
    },
    Rule {
        brings: &[bring(SMALL_DETAILS, |f| f.purpose.is_public_domain())],
        ..ground(
            "G2",
            &["GMC para 10", "GMC para 11", "GMC para 12", "GMC para 17"],
            "An X-ray, ultrasound or other internal image, anonymised: consent to the examination covers it.",
            |f| f.kind.is_para_10() && f.is_anonymised(),
        )
    },
    Rule {
        brings: &[
            bring(REVIEW_ON_RECORD, |f| f.purpose.is_public_domain()),
            bring(WHY_NO_CONSENT, |f| f.purpose == Purpose::PublicMedia),
        ],
        ..ground(
            "G3",
            &["GMC para 14", "GMC para 17", "GMC para 20", "GMC para 38"],
            "The recording was made for the patient's care and has been anonymised.",
            |f| f.made_for == MadeFor::Care && f.is_anonymised(),
        )
    },
    ground(
        "G4",
        &["GMC para 22"],
        "The recording is from before 1997, belongs to a collection held only for teaching, and has been anonymised.",
        |f| f.is_old_collection() && f.is_anonymised() && is_taught(f),
    ),
    ground(
        "G5",
        &["GMC para 22"],
        "The recording is from before 1997, belongs to a collection held only for teaching, and a consent is on record.",
        |f| f.is_old_collection() && f.has_valid_consent() && f.cleaned && is_taught(f),
    ),
    ground(
        "G6",
        &["GMC para 7"],
        "An image of a pathology slide in which nobody can be recognised; for the public domain no key may be kept.",
        |f| {
            f.kind == Kind::PathologySlideImage
                && f.is_anonymised()
                && (!f.purpose.is_public_domain() || f.coding == Coding::None)
        },
    ),
    ground("G7", &["GMC para 47", "GMC para 52"], "The patient has died and the recording has been anonymised.", |f| {
        f.subject == Subject::Deceased && f.is_anonymised()
    }),
    ground(
        "G8",
        &["GMC para 51", "GMC para 52"],
        "The recording was made at a post-mortem that was not a coroner's, and has been anonymised.",
        |f| f.has(Circumstance::PostMortem) && !f.has(Circumstance::PostMortemCoroner) && f.is_anonymised(),
    ),
    Rule {
        brings: &[bring(AS_AUTHORISED, |_| true)],
        ..ground(
            "G9",
            &[
                "GMC para 15",
                "GMC para 16",
                "GMC para 20",
                "GMC para 31",
                "GMC para 32",
                "GMC para 33",
                "GMC para 45",
                "GMC para 46",
            ],
            "The law, a court, the public interest or a research exemption allows this use, as far as it was authorised.",
            Facts::has_authority,
        )
    },
    row(
        "N1",
        Stage::NoGround,
        &["GMC para 23"],
        Usability::MustNotUse,
        "The patient can be recognised and no valid consent is on record.",
        |f| f.identifiable == Identifiable::Yes && !f.has_valid_consent(),
    ),
    row(
        "N2",
        Stage::NoGround,
        &["GMC para 23"],
        Usability::MustNotUse,
        "The patient may be recognised and no valid consent is on record: not to be used until a named person has assessed it.",
        |f| f.identifiable == Identifiable::MayBe && !f.has_valid_consent(),
    ),
    row(
        "N3",
        Stage::NoGround,
        &["GMC para 22"],
        Usability::MustNotUse,
        "In an existing teaching collection, too, a recording from which the patient may be recognised needs consent.",
        |f| f.existing_collection && f.may_be_recognised() && !f.has_valid_consent(),
    ),
    row(
        "N4",
        Stage::NoGround,
        &["GMC para 20"],
        Usability::MustNotUse,
        "For an adult without capacity, seek the agreement of the person with authority to decide.",
        |f| f.subject == Subject::AdultWithoutCapacity && f.may_be_recognised() && !f.has_valid_consent(),
    ),
    row(
        "N5",
        Stage::NoGround,
        &["GMC para 9"],
        Usability::MustNotUse,
        "The patient may be recognised and the consent on record does not cover this purpose: further consent is needed.",
        |f| f.may_be_recognised() && f.has_valid_consent() && !f.is_covered(),
    ),
    row(
        "N6",
        Stage::NoGround,
        &["GMC para 12", "GMC para 17"],
        Usability::HoldForReview,
        "The recording is not yet anonymised: something is left in it, or nothing has yet looked.",
        |f| !f.cleaned && (!f.may_be_recognised() || f.is_covered()),
    ),
    row(
        "N7",
        Stage::NoGround,
        &["GMC para 24", "GMC para 31"],
        Usability::HoldForReview,
        "Making such a recording needed consent, and none on record covers it.",
        |f| f.is_anonymised() && !f.is_covered(),
    ),
    row(
        "C1",
        Stage::Caution,
        &["GMC para 48"],
        Usability::HoldForReview,
        "The patient has died: consider consulting the family, and take advice.",
        |f| {
            f.subject == Subject::Deceased
                && (f.purpose.is_public_domain()
                    || f.may_be_recognised()
                    || f.has(Circumstance::GeneticOrFamilyInformation))
        },
    ),
    row(
        "C2",
        Stage::Caution,
        &["GMC para 53"],
        Usability::HoldForReview,
        "The post-mortem was a coroner's or Procurator Fiscal's: ask them first.",
        |f| f.has(Circumstance::PostMortemCoroner),
    ),
    Rule {
        brings: &[bring(DISPOSE, |_| true)],
        ..row(
            "C3",
            Stage::Caution,
            &["GMC para 59"],
            Usability::UsableWithConditions,
            "The retention date has passed: the records policy says what becomes of the recording.",
            |f| f.retention_date.is_some_and(|date| date.is_past(f.as_of)),
        )
    },
    Rule {
        brings: &[bring(ASK_OWNER, |_| true)],
        ..row(
            "C4",
            Stage::Caution,
            &["GMC para 57", "GMC para 58"],
            Usability::UsableWithConditions,
            "Somebody else owns the recording or holds its copyright.",
            |f| f.ownership == Ownership::SomeoneElse,
        )
    },
];

/// Teaching or training, as para 22 has it.
fn is_taught(facts: &Facts) -> bool {
    matches!(facts.purpose, Purpose::Teaching | Purpose::Training)
}
