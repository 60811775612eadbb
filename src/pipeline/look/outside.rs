//! Looks at recordings that can be seen and not covered: HEIC and AVIF by a program of this machine, some frames of a film.
//!
//! GMC, *Making and using visual and audio recordings of patients*, paras 12, 17 and 23. What would be covered elsewhere is put
//! before a person here. Of a film only a sample is seen, and nothing of its sound, so it never counts as checked: that
//! nothing was found is told, and a person is asked.

use super::super::reason;
use super::{Decided, Looked, told};
use crate::cut::Source;
use crate::finding::Action;
use crate::ledger::Reason;
use crate::pixels::{self, Examination, Rules, Sampled, Unseen};
use crate::recording::terms::PixelState;
use crate::recording::{Family, Format, Sight};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Looks at it; none where it is of another kind, or nobody here can show it.
pub(super) fn look(
    decided: &Decided,
    format: Format,
    cleaned: &dyn Source,
    rules: &Rules,
) -> Option<Result<Looked, Reason>> {
    if !concerns(format) || !(rules.look_for_writing || rules.look_for_faces) {
        return None;
    }
    let by_rule = rules.margins > 0 || !rules.boxes.is_empty();
    if by_rule {
        return Some(Err(reason::cannot_cover(&cannot(format))));
    }
    let seen = examine(decided, format, cleaned, rules)?;
    Some(seen.and_then(|(seen, method)| conclude(decided, format, rules, seen, method)).or_else(|fault| match fault {
        Fault::Unseen(why) => {
            Ok(Looked { sight: Sight::unchecked(Some(why.what.into())), redacted: None, method: Vec::new() })
        }
        Fault::Held(reason) => Err(reason),
    }))
}

/// Why nothing is said of the pixels.
enum Fault {
    Unseen(Unseen),
    Held(Reason),
}

/// The formats that nobody here can write.
fn concerns(format: Format) -> bool {
    matches!(format, Format::Heif | Format::Avif) || format.family() == Family::Video
}

fn cannot(format: Format) -> String {
    match format.family() {
        Family::Video => "films are not coded anew here".to_owned(),
        _ => format!("{} pictures are not coded anew here", format.name()),
    }
}

type Seen = (Examination, Vec<String>);

fn examine(decided: &Decided, format: Format, cleaned: &dyn Source, rules: &Rules) -> Option<Result<Seen, Fault>> {
    // Nothing is covered, so a face that would be is one that is left.
    let rules = Rules { cover_faces: false, regions: Vec::new(), ..rules.clone() };
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let sampled = match decided.shown(format, cleaned)? {
            Ok(sampled) => sampled,
            Err(why) => return Some(Err(why)),
        };
        Some(looked_at(sampled, format, &rules))
    }));
    let seen = caught.unwrap_or_else(|_| Some(Err(Unseen::damaged("the decoder gave up on the picture"))))?;
    Some(seen.map_err(Fault::Unseen))
}

fn looked_at(mut sampled: Sampled<'_>, format: Format, rules: &Rules) -> Result<Seen, Unseen> {
    let mut seen = pixels::examine(&mut *sampled.frames, rules)?;
    for mark in &mut seen.marks {
        mark.frame = sampled.number(mark.frame);
    }
    let mut method: Vec<String> = sampled.by.iter().map(|by| format!("decoded-by-{by}")).collect();
    if format.family() == Family::Video {
        method.push(format!("frames-sampled-{}", sampled.frames.count()));
    }
    Ok((seen, method))
}

fn conclude(
    decided: &Decided,
    format: Format,
    rules: &Rules,
    mut seen: Examination,
    method: Vec<String>,
) -> Result<Looked, Fault> {
    decided.leave(&mut seen);
    if rules.cover_faces && seen.found().is_some() {
        return Err(Fault::Held(reason::cannot_cover(&cannot(format))));
    }
    let marks = seen.everywhere.iter_mut().chain(&mut seen.marks);
    marks.filter(|mark| mark.action == Action::Cover).for_each(|mark| mark.action = Action::Look);
    let mut sight = told::sight(&seen, None);
    match (sight.pixels, format.family()) {
        (PixelState::NeedsEyes, _) => sight.why = Some(reason::no_encoder(format).into()),
        (_, Family::Video) => {
            sight.pixels = PixelState::Unchecked;
            sight.why = Some(reason::sampled(seen.frames).into());
        }
        _ => {}
    }
    Ok(Looked { sight, redacted: None, method })
}
