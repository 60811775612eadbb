//! The guidance's vocabulary as closed sets of words, spelled as users write them (kebab-case).
//!
//! GMC, *Making and using visual and audio recordings of patients*: terms of paragraphs 5–12, 17–25, 31–38, 47–56.

use serde::{Deserialize, Serialize};

/// Declares a closed vocabulary: an enum with its kebab-case words, `ALL`, `word()`, `FromStr` and serde.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of the page.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word a user writes.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { allowed: &[$($word),+] }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

/// A word that is not in the vocabulary asked for. The word itself is not repeated: it may be a name in a wrong column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not one of: {}", allowed.join(", "))]
pub struct UnknownWord {
    /// The words that are.
    pub allowed: &'static [&'static str],
}

vocabulary! {
    /// What a recording is of (paras 5, 6, 10).
    Kind {
        /// X-ray.
        XRay = "x-ray",
        /// Ultrasound.
        Ultrasound = "ultrasound",
        /// Laparoscopic or endoscopic.
        Endoscopic = "endoscopic",
        /// Internal organ or structure.
        InternalStructure = "internal-structure",
        /// Recording of an organ's function.
        OrganFunction = "organ-function",
        /// Image of a pathology slide.
        PathologySlideImage = "pathology-slide-image",
        /// Photograph: the cautious reading when nothing says more.
        Photograph = "photograph",
        /// Video.
        Video = "video",
        /// Sound.
        Audio = "audio",
        /// Telephone call (paras 55, 56).
        TelephoneCall = "telephone-call",
        /// Document.
        Document = "document",
    }
}

impl Kind {
    /// Whether it is one of the six kinds of para 10, for which consent to make it is implicit in consent to the care.
    pub fn is_para_10(self) -> bool {
        self <= Kind::PathologySlideImage
    }
}

vocabulary! {
    /// Why the recording was made (paras 13–24, 36, 37).
    MadeFor {
        /// As part of care.
        Care = "care",
        /// For a secondary purpose.
        Secondary = "secondary",
        /// For public media.
        PublicMedia = "public-media",
        /// Not known: treated as secondary.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// The era of making (para 22).
    MadeWhen {
        /// Before 1997; only a register or a rule may say so.
        Before1997 = "before-1997",
        /// 1997 or later.
        From1997 = "1997-or-later",
        /// Not known: treated as 1997 or later.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// Whether the patient is, or may be, recognised (paras 17, 23).
    Identifiable {
        /// Not, as someone assessed or a check proved.
        No = "no",
        /// Not assessed, or only weak evidence.
        MayBe = "may-be",
        /// There is evidence that the patient can be recognised.
        Yes = "yes",
    }
}

vocabulary! {
    /// Whether a key is retained (para 7, endnote 3).
    Coding {
        /// A key is retained.
        Coded = "coded",
        /// No key was kept, or it has been destroyed.
        None = "none",
    }
}

vocabulary! {
    /// What the consent record says.
    ConsentStatus {
        /// Consent was given.
        Given = "given",
        /// Consent was refused.
        Refused = "refused",
        /// Consent was withdrawn.
        Withdrawn = "withdrawn",
        /// It is clear that there was none.
        ClearlyNotGiven = "clearly-not-given",
        /// Nothing is on record.
        NoRecord = "no-record",
    }
}

vocabulary! {
    /// What a consent may cover.
    Scope {
        /// The patient's own care.
        Care = "care",
        /// Teaching.
        Teaching = "teaching",
        /// Training.
        Training = "training",
        /// Assessment of professionals or students.
        Assessment = "assessment",
        /// Research.
        Research = "research",
        /// Publication.
        Publication = "publication",
        /// Public media.
        PublicMedia = "public-media",
    }
}

vocabulary! {
    /// What a run is for.
    Purpose {
        /// Teaching.
        Teaching = "teaching",
        /// Training.
        Training = "training",
        /// Assessment of professionals or students.
        Assessment = "assessment",
        /// Research.
        Research = "research",
        /// Publication.
        Publication = "publication",
        /// Public media (para 36).
        PublicMedia = "public-media",
    }
}

impl Purpose {
    /// The scope that covers this purpose.
    pub fn scope(self) -> Scope {
        match self {
            Purpose::Teaching => Scope::Teaching,
            Purpose::Training => Scope::Training,
            Purpose::Assessment => Scope::Assessment,
            Purpose::Research => Scope::Research,
            Purpose::Publication => Scope::Publication,
            Purpose::PublicMedia => Scope::PublicMedia,
        }
    }

    /// Publication or public media.
    pub fn is_public_domain(self) -> bool {
        matches!(self, Purpose::Publication | Purpose::PublicMedia)
    }
}

vocabulary! {
    /// The form of a consent (para 24).
    ConsentForm {
        /// Written.
        Written = "written",
        /// Oral, with a record of it.
        Oral = "oral",
    }
}

vocabulary! {
    /// Who gave consent (paras 18, 21, 32, 34, 48).
    GivenBy {
        /// The patient.
        Patient = "patient",
        /// A person with parental responsibility.
        ParentalResponsibility = "parental-responsibility",
        /// A person with authority to decide for an adult without capacity.
        PersonWithAuthority = "person-with-authority",
        /// Family.
        Family = "family",
        /// Anyone else.
        Other = "other",
    }
}

vocabulary! {
    /// Who the patient is, as far as consent goes.
    Subject {
        /// An adult.
        Adult = "adult",
        /// An adult without capacity.
        AdultWithoutCapacity = "adult-without-capacity",
        /// A child with capacity.
        ChildWithCapacity = "child-with-capacity",
        /// A child without capacity.
        ChildWithoutCapacity = "child-without-capacity",
        /// Deceased.
        Deceased = "deceased",
        /// Not known: treated as an adult.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// Circumstances that change the verdict.
    Circumstance {
        /// Made covertly (para 54).
        Covert = "covert",
        /// Callers were not told (paras 55, 56).
        CallersNotInformed = "callers-not-informed",
        /// Made at a post-mortem (paras 51, 52).
        PostMortem = "post-mortem",
        /// Made at a coroner's post-mortem (para 53).
        PostMortemCoroner = "post-mortem-coroner",
        /// The patient objected or was distressed (paras 9, 34, 44).
        ObjectionOrDistress = "objection-or-distress",
        /// Believed to be harmful to the patient.
        BelievedHarmful = "believed-harmful",
        /// Tells of genetic or family matters (para 48).
        GeneticOrFamilyInformation = "genetic-or-family-information",
        /// The context shows that there was no consent (para 23).
        ContextShowsNoConsent = "context-shows-no-consent",
    }
}

vocabulary! {
    /// On what authority a recording may be used without consent.
    AuthorityBasis {
        /// Required by law.
        RequiredByLaw = "required-by-law",
        /// A court's direction.
        CourtDirection = "court-direction",
        /// Justified in the public interest.
        PublicInterest = "public-interest",
        /// A research exemption.
        ResearchExemption = "research-exemption",
        /// Covert recording authorised.
        CovertAuthorised = "covert-authorised",
    }
}

vocabulary! {
    /// What a verdict says, from best to worst.
    Usability {
        /// May be used.
        Usable = "usable",
        /// May be used if the conditions named are met.
        UsableWithConditions = "usable-with-conditions",
        /// Held until a person has looked.
        HoldForReview = "hold-for-review",
        /// Must not be used.
        MustNotUse = "must-not-use",
    }
}

vocabulary! {
    /// How far the pixels were looked at.
    PixelState {
        /// Nobody and nothing has looked.
        Unchecked = "unchecked",
        /// Checked, and free of marks or cleaned of them.
        Checked = "checked",
        /// A named person states that the picture bears no marks.
        NoMarks = "no-marks",
        /// Something was found that a person must look at.
        NeedsEyes = "needs-eyes",
    }
}

vocabulary! {
    /// Who holds the copyright or owns the recording (paras 57, 58).
    Ownership {
        /// Nothing is stated.
        NotStated = "not-stated",
        /// The user or the user's institution.
        Ours = "ours",
        /// Somebody else.
        SomeoneElse = "someone-else",
    }
}

vocabulary! {
    /// Who assessed whether the patient can be recognised, as a word: the name stays in custody.
    Assessor {
        /// A named person.
        Reviewer = "reviewer",
        /// The checks of this software alone.
        Software = "software",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_as_itself() {
        let mut tried = 0;
        for kind in Kind::ALL {
            assert_eq!(kind.word().parse::<Kind>().as_ref(), Ok(kind));
            assert_eq!(serde_json::to_string(kind).expect("a word"), format!("\"{kind}\""));
            tried += 1;
        }
        assert_eq!(tried, 11);
        assert_eq!(Kind::ALL.iter().filter(|k| k.is_para_10()).count(), 6);
    }

    #[test]
    fn an_unknown_word_is_not_repeated() {
        let error = "Canary".parse::<Purpose>().expect_err("not a purpose").to_string();
        assert!(!error.contains("Canary") && error.contains("public-media"));
    }
}
