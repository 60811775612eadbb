//! What is told of a look: for the verdict, the sidecar and the ledger.

use crate::finding::{Action, Code};
use crate::pixels::{Class, Examination, Mark};
use crate::place::Covering;
use crate::recording::sight::MOST_REGIONS;
use crate::recording::{Region, Sight};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What was seen, as words and numbers.
///
/// A covered region is told by what was `filled` for it, where the coding has whole blocks that is more than was asked for.
pub(super) fn sight(seen: &Examination, filled: Option<&Covering>) -> Sight {
    let count =
        |wanted: fn(&Mark) -> bool| u32::try_from(seen.all().filter(|mark| wanted(mark)).count()).unwrap_or(u32::MAX);
    let mut evidence: BTreeMap<Cow<'static, str>, u32> = BTreeMap::new();
    for mark in seen.all() {
        match mark.action {
            Action::Flag if mark.class.is_of_face() => *evidence.entry(mark.class.word().into()).or_default() += 1,
            Action::Look => *evidence.entry(code(mark.class).word().into()).or_default() += 1,
            _ => {}
        }
    }
    Sight {
        pixels: seen.state(),
        found: seen.found(),
        writing: count(|m| m.action == Action::Cover && m.class != Class::Band && !m.class.is_of_face()),
        redacted: count(|m| m.action == Action::Cover),
        evidence,
        regions: regions(seen, filled),
        why: None,
    }
}

/// Under which code a mark is told of.
fn code(class: Class) -> Code {
    if class.is_of_face() { Code::Face } else { Code::BurnedInText }
}

fn regions(seen: &Examination, filled: Option<&Covering>) -> Vec<Region> {
    let region = |mark: &Mark, frame: Option<u32>| {
        let around =
            filled.filter(|_| mark.action == Action::Cover).and_then(|filled| filled.around(frame, &mark.area));
        let (frame, area) = around.unwrap_or((frame, mark.area));
        let action = match mark.action {
            Action::Cover => "cover",
            Action::Look => "look",
            _ => "flag",
        };
        Region {
            frame: frame.filter(|_| seen.frames > 0),
            x: area.x,
            y: area.y,
            width: area.width,
            height: area.height,
            class: mark.class.word().into(),
            action: action.into(),
        }
    };
    let single = (seen.frames == 1).then_some(0);
    let everywhere = seen.everywhere.iter().map(|mark| (mark, single));
    let all = everywhere.chain(seen.marks.iter().map(|mark| (mark, Some(mark.frame))));
    let told = all.filter(|(mark, _)| mark.action != Action::Keep && !mark.area.is_empty());
    told.map(|(mark, frame)| region(mark, frame)).take(MOST_REGIONS).collect()
}
