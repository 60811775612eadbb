//! Decisions as a run over the sources finds them, and what they change in what was seen.
//!
//! GMC paras 12, 17 and 23: a decision answers for what was looked at. A cleaned recording that is another is held.

use super::reason;
use crate::code::RecordingCode;
use crate::consent::Consent;
use crate::consent::decision::Marked;
use crate::consent::ruling::{Attached, Ruling};
use crate::finding::Code;
use crate::guidance::Gathered;
use crate::ledger::Reason;
use crate::ledger::store::{Ledger, LedgerError};
use crate::pixels::Class;
use crate::place::Covering;
use crate::recording::sight::MOST_REGIONS;
use crate::recording::terms::PixelState;
use crate::recording::{PixelClaims, Region, Sight};
use std::sync::{Mutex, PoisonError};

/// What reviewers have decided about the recordings of a release, asked for one at a time.
pub(crate) struct Decisions {
    ledger: Mutex<Ledger>,
    release: [u8; 32],
    /// Whether there are any.
    any: bool,
}

impl Decisions {
    pub(crate) fn new(ledger: Ledger, release: [u8; 32]) -> Result<Self, LedgerError> {
        let any = ledger.has_decisions(&release)?;
        Ok(Self { ledger: Mutex::new(ledger), release, any })
    }

    /// What was decided about a recording, under its `own` code where it is known by that. Where the ledger cannot be read it
    /// is held.
    pub(crate) fn about(&self, code: &RecordingCode, own: Option<&RecordingCode>) -> Option<Ruled> {
        if !self.any {
            return None;
        }
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let own = own.filter(|own| ledger.entry(&self.release, own).is_ok_and(|entry| entry.is_some()));
        match ledger.decided(&self.release, own.unwrap_or(code)) {
            Ok(decided) => decided.map(|decided| Ruled::of(decided.ruling)),
            Err(_) => {
                let mut ruled = Ruled::of(Ruling::default());
                ruled.apart = Some(reason::decision_out_of_date());
                Some(ruled)
            }
        }
    }
}

/// A decision about a recording that is being worked on.
pub(crate) struct Ruled {
    pub(crate) ruling: Ruling,
    /// The consent that it attaches.
    pub(crate) consent: Option<Consent>,
    /// Why it does not speak of this recording any more.
    apart: Option<Reason>,
}

impl Ruled {
    pub(crate) fn of(ruling: Ruling) -> Self {
        let consent = ruling.consent.as_ref().map(Attached::consent);
        Self { ruling, consent, apart: None }
    }

    /// Whether it speaks of this recording.
    pub(crate) fn stands(&self) -> bool {
        self.apart.is_none()
    }

    /// Compares what it speaks of with the cleaned recording's digest.
    pub(crate) fn hold_against(&mut self, sha256: Option<&str>) {
        if sha256 != Some(&self.ruling.base) {
            let uncovers = self.ruling.uncovers;
            self.apart = Some(if uncovers { reason::look_again() } else { reason::decision_out_of_date() });
        }
    }

    /// Tells what the reviewer states.
    pub(crate) fn tell(&self, gathered: &mut Gathered) {
        if self.stands() {
            let Ruling { identifiable, no_marks, .. } = self.ruling;
            gathered.reviewer((identifiable, no_marks), self.ruling.date(), self.consent.as_ref());
        }
    }

    /// Why it is held by this, whatever the verdict is.
    pub(crate) fn holds(&self) -> Option<Reason> {
        let by_reviewer = self.ruling.held.then(reason::held_by_reviewer);
        self.apart.clone().or(by_reviewer)
    }
}

/// What an object may say of its pixels once a reviewer's areas are covered in it: that nothing is burned in only where nothing
/// is left to look at then, or where the reviewer says so (PS3.15 E.3.1). Of who can be recognised it says nothing by this.
pub(crate) fn claims_after(sight: &Sight, areas: &[Marked], ruling: &Ruling) -> PixelClaims {
    let mut then = sight.clone();
    cover(&mut then, areas, &Covering::default());
    keep(&mut then, &ruling.keep);
    PixelClaims { clean: ruling.no_marks || then.pixels == PixelState::Checked, featureless: false }
}

/// Adds what a reviewer had covered to what was seen, by what was filled for it; what a person was to look at and lies in it is
/// answered by that.
pub(crate) fn cover(sight: &mut Sight, cover: &[Marked], filled: &Covering) {
    for marked in cover.iter().filter(|marked| !marked.area.is_empty()) {
        let inside = |region: &Region| {
            let area = crate::place::Area::new(region.x, region.y, region.width, region.height);
            let frame = marked.frame.is_none() || marked.frame == region.frame;
            frame && marked.area.common(&area) == Some(area)
        };
        answer(sight, inside);
        sight.redacted = sight.redacted.saturating_add(1);
        if sight.regions.len() < MOST_REGIONS {
            let (frame, area) = filled.around(marked.frame, &marked.area).unwrap_or((marked.frame, marked.area));
            sight.regions.push(Region {
                frame,
                x: area.x,
                y: area.y,
                width: area.width,
                height: area.height,
                class: Class::Band.word().into(),
                action: "cover".into(),
            });
        }
    }
}

/// Takes out what a person was to look at and says is no writing.
pub(crate) fn keep(sight: &mut Sight, keep: &[Marked]) {
    answer(sight, |region| keep.iter().any(|marked| marked.answers(region)));
}

/// How many places that may bear writing were shown and are neither covered nor said to be none.
pub(crate) fn unanswered(sight: &Sight) -> usize {
    sight.regions.iter().filter(|region| may_be_writing(region)).count()
}

fn may_be_writing(region: &Region) -> bool {
    region.action == "look" && !Class::ALL.iter().any(|c| c.is_of_face() && c.word() == region.class)
}

/// Takes out the regions to look at that are answered. Where none is left, nobody needs to look.
fn answer(sight: &mut Sight, answered: impl Fn(&Region) -> bool) {
    let before = sight.regions.len();
    sight.regions.retain(|region| !(may_be_writing(region) && answered(region)));
    let gone = u32::try_from(before - sight.regions.len()).unwrap_or(u32::MAX);
    if gone == 0 {
        return;
    }
    let word = Code::BurnedInText.word();
    let left = sight.evidence.get(word).copied().unwrap_or(0).saturating_sub(gone);
    match left {
        0 => drop(sight.evidence.remove(word)),
        left => drop(sight.evidence.insert(word.into(), left)),
    }
    let unsure = left > 0 || sight.regions.iter().any(|region| region.action == "look");
    if sight.pixels == PixelState::NeedsEyes && !unsure {
        sight.pixels = PixelState::Checked;
    }
}

/// Adds words of what was done, each once.
pub(crate) fn add_methods(method: &mut Vec<String>, more: &[String]) {
    for word in more {
        if !method.contains(word) {
            method.push(word.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Area;

    fn sight() -> Sight {
        let region = |x, action: &'static str| Region {
            frame: Some(0),
            x,
            y: 0,
            width: 10,
            height: 5,
            class: "line".into(),
            action: action.into(),
        };
        Sight {
            pixels: PixelState::NeedsEyes,
            redacted: 1,
            writing: 1,
            evidence: [("burned-in-text".into(), 2), ("face".into(), 1)].into(),
            regions: vec![region(0, "look"), region(30, "cover"), region(60, "look")],
            ..Sight::default()
        }
    }

    fn marked(x: u32, width: u32) -> Marked {
        Marked { frame: None, area: Area::new(x, 0, width, 5) }
    }

    #[test]
    fn what_was_to_be_looked_at_is_answered_by_covering_all_of_it_or_by_keeping_it() {
        let mut seen = sight();
        let mut filled = Covering::default();
        filled.everywhere(Area::new(0, 0, 24, 8));
        cover(&mut seen, &[marked(1, 20)], &filled);
        assert_eq!((seen.regions[3].width, seen.regions[3].height), (24, 8), "what was filled is told");
        assert_eq!((seen.pixels, seen.redacted, seen.regions.len()), (PixelState::NeedsEyes, 2, 4));
        let clean = |seen: &Sight, ruling: &Ruling| claims_after(seen, &[marked(0, 12)], ruling).clean;
        let kept = Ruling { keep: vec![marked(62, 20)], ..Ruling::default() };
        let said = Ruling { no_marks: true, ..Ruling::default() };
        assert_eq!([&Ruling::default(), &kept, &said].map(|ruling| clean(&seen, ruling)), [false, true, true]);
        cover(&mut seen, &[marked(0, 12)], &Covering::default());
        assert_eq!((seen.pixels, seen.redacted, seen.evidence["burned-in-text"]), (PixelState::NeedsEyes, 3, 1));
        keep(&mut seen, &[marked(62, 20)]);
        assert_eq!((seen.pixels, seen.evidence.len()), (PixelState::Checked, 1));
        assert!(seen.regions.iter().all(|region| region.action == "cover"));
    }

    #[test]
    fn more_marks_than_are_listed_stay_for_a_person_to_look_at() {
        let mut seen = sight();
        seen.evidence.insert("burned-in-text".into(), 900);
        keep(&mut seen, &[marked(0, 100)]);
        assert_eq!((seen.pixels, seen.evidence["burned-in-text"]), (PixelState::NeedsEyes, 898));
    }
}
