//! Where a fact came from, and when two sources disagree in a way that matters.
//!
//! GMC paras 10, 17, 22, 23, 37: which kind of recording it is, why and when it was made, whether consent stands and
//! whether the patient can be recognised each decide between use and none.

use crate::recording::known::{Disagreement, Word};
use crate::recording::terms::{Kind, MadeFor};

/// Where a fact came from; the later, the weightier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Nothing said anything: the cautious reading.
    Default,
    /// The kind of file that it is, where nothing says what it is of.
    Format,
    /// The date that the recording says it was made on.
    OwnDate,
    /// The recording's own attributes, before they were stripped.
    Attributes,
    /// The sidecar of an earlier run that custody knows.
    Sidecar,
    /// A rule or assessment of the profile.
    Profile,
    /// The command line.
    CommandLine,
    /// The register.
    Register,
    /// A reviewer's decision about this very recording.
    Reviewer,
    /// A withdrawal that custody has on record.
    Withdrawal,
    /// A detector that has looked at the picture.
    Detector,
    /// What this run did and saw.
    Run,
}

impl Origin {
    /// Every origin, the weightiest last.
    pub const ALL: &'static [Origin] = &[
        Origin::Default,
        Origin::Format,
        Origin::OwnDate,
        Origin::Attributes,
        Origin::Sidecar,
        Origin::Profile,
        Origin::CommandLine,
        Origin::Register,
        Origin::Reviewer,
        Origin::Withdrawal,
        Origin::Detector,
        Origin::Run,
    ];

    /// The words for reports.
    pub fn words(self) -> &'static str {
        match self {
            Origin::Default => "cautious reading",
            Origin::Format => "kind of file",
            Origin::OwnDate => "recording's own date",
            Origin::Attributes => "recording's own attributes",
            Origin::Sidecar => "sidecar of an earlier run",
            Origin::Profile => "profile",
            Origin::CommandLine => "command line",
            Origin::Register => "register",
            Origin::Reviewer => "reviewer",
            Origin::Withdrawal => "withdrawal on record",
            Origin::Detector => "detector",
            Origin::Run => "this run",
        }
    }

    /// Whether it is somebody's word, which can disagree with another's; the kind of file and the cautious reading are
    /// what stands where nobody has spoken.
    fn is_said(self) -> bool {
        self > Origin::Format
    }
}

/// What one source says of one fact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub(super) fact: &'static str,
    pub(super) origin: Origin,
    pub(super) word: &'static str,
}

/// What sources say, to be held against each other: a few words for each recording.
#[derive(Debug, Clone, Default)]
pub(super) struct Claims(Vec<Claim>);

impl Claims {
    /// Notes what a source says. Who says that something is not known says nothing.
    pub(super) fn note(&mut self, fact: &'static str, origin: Origin, word: &'static str) {
        if origin.is_said() && word != MadeFor::Unknown.word() {
            self.0.push(Claim { fact, origin, word });
        }
    }

    /// Who says otherwise than the one that counts, in an order that does not depend on who spoke first.
    pub(super) fn against(&self, fact: &'static str, taken: Origin) -> Vec<Disagreement> {
        let of = |origin: Origin| self.0.iter().find(move |claim| claim.fact == fact && claim.origin == origin);
        let Some(counts) = of(taken) else { return Vec::new() };
        let others = Origin::ALL.iter().rev().filter(|origin| **origin != taken).filter_map(|origin| of(*origin));
        let differing = others.filter(|other| differ(fact, counts.word, other.word));
        differing.map(|other| disagreement(fact, taken, other.origin)).collect()
    }
}

/// Two sources that disagree, in words.
pub(super) fn disagreement(fact: &'static str, taken: Origin, against: Origin) -> Disagreement {
    Disagreement { fact: Word::from(fact), taken: taken.words().into(), against: against.words().into() }
}

/// Whether two words for a fact lead to different rules. Two kinds that para 10 names do not, but for a pathology slide,
/// which has a ground of its own.
fn differ(fact: &str, one: &str, other: &str) -> bool {
    if fact != "kind" {
        return one != other;
    }
    let class = |word: &str| {
        let kind: Kind = word.parse().unwrap_or(Kind::Photograph);
        (kind.is_para_10(), kind == Kind::PathologySlideImage, kind == Kind::TelephoneCall)
    };
    class(one) != class(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_origin_has_words_of_its_own_and_stands_in_the_order_of_its_weight() {
        assert!(Origin::ALL.is_sorted() && Origin::ALL.len() == 11);
        let mut words: Vec<_> = Origin::ALL.iter().map(|origin| origin.words()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 11);
    }

    #[test]
    fn only_differences_that_lead_elsewhere_are_told() {
        let cases = [
            ("kind", "x-ray", "photograph", true),
            ("kind", "x-ray", "ultrasound", false),
            ("kind", "x-ray", "pathology-slide-image", true),
            ("kind", "video", "photograph", false),
            ("made-for", "care", "secondary", true),
            ("made-when", "before-1997", "1997-or-later", true),
            ("made-for", "care", "unknown", false),
            ("made-when", "before-1997", "unknown", false),
        ];
        for (fact, one, other, told) in cases {
            let mut claims = Claims::default();
            claims.note(fact, Origin::Attributes, other);
            claims.note(fact, Origin::Register, one);
            let against = claims.against(fact, Origin::Register);
            assert_eq!(!against.is_empty(), told, "{fact}: {one}, {other}");
            assert!(against.iter().all(|d| !d.says().contains(one) && !d.says().contains(other)), "no values");
        }
        assert_eq!(cases.len(), 8);
    }

    #[test]
    fn the_kind_of_file_disagrees_with_nobody() {
        let mut claims = Claims::default();
        claims.note("kind", Origin::Format, "photograph");
        claims.note("kind", Origin::Register, "x-ray");
        assert!(claims.against("kind", Origin::Register).is_empty());
    }
}
