//! What `scrubs inspect` tells of the picture itself: writing and faces, with their places.

use scrubs::cut::{CutSource, Source};
use scrubs::dicom::{self, Identity};
use scrubs::finding::{Action, Code, Finding};
use scrubs::pixels::{self, Class, Examination, Frames, Ground, Mark, Rules, Unseen};
use scrubs::place::Place;
use scrubs::plan::Plan;
use scrubs::recording::Format;
use scrubs::recording::terms::Kind;
use scrubs::strip;
use serde::Serialize;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A finding as it is printed: one in the picture has a class and a confidence besides.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Noted {
    #[serde(flatten)]
    finding: Finding,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<f64>,
}

impl From<Finding> for Noted {
    fn from(finding: Finding) -> Self {
        Self { finding, class: None, confidence: None }
    }
}

impl Deref for Noted {
    type Target = Finding;

    fn deref(&self) -> &Finding {
        &self.finding
    }
}

/// Looks at what the plan makes of the source.
///
/// # Errors
/// Why nothing could be looked at.
pub(super) fn look(source: &dyn Source, plan: &Plan) -> Result<Vec<Noted>, Unseen> {
    let cleaned = CutSource::new(&plan.cut, source);
    let identity = match plan.format {
        Format::Dicom => dicom::read(source).map(|object| object.identity()).unwrap_or_default(),
        _ => Identity::default(),
    };
    let ground = match identity.kind.is_some_and(Kind::is_para_10) {
        true => Ground::Radiograph,
        false if identity.capture => Ground::Capture,
        false => Ground::Photograph,
    };
    let regions = if plan.format == Format::Dicom { dicom::scan_regions(source) } else { Vec::new() };
    let rules = Rules {
        ground,
        regions,
        slice: identity.slice,
        lossy: identity.lossy,
        cine: identity.cine,
        ..Rules::default()
    };
    let seen = catch_unwind(AssertUnwindSafe(|| {
        let mut frames: Box<dyn Frames> = match plan.format {
            Format::Dicom => dicom::frames(&cleaned)?,
            format => strip::frames(format, &cleaned)?,
        };
        pixels::examine(&mut *frames, &rules)
    }));
    let seen = seen.unwrap_or_else(|_| Err(Unseen::damaged("the decoder gave up on the picture")))?;
    Ok(told(&seen))
}

fn told(seen: &Examination) -> Vec<Noted> {
    let everywhere = seen.everywhere.iter().map(|mark| (mark, seen.frames > 1));
    let all = everywhere.chain(seen.marks.iter().map(|mark| (mark, false)));
    all.map(|(mark, everywhere)| noted(mark, everywhere)).collect()
}

fn noted(mark: &Mark, everywhere: bool) -> Noted {
    let code = if mark.class.is_of_face() { Code::Face } else { Code::BurnedInText };
    let place = Place::Region {
        frame: mark.frame,
        x: mark.area.x,
        y: mark.area.y,
        width: mark.area.width,
        height: mark.area.height,
    };
    let label = match (mark.class, mark.action) {
        (Class::Band, _) => "what lies outside the scan",
        (Class::Marker, Action::Keep) => "side marker",
        (Class::PartialFace, _) => "part of a face",
        (Class::PerhapsFace, _) => "perhaps a face",
        _ => code.label(),
    };
    let label = if everywhere { format!("{label}, in every frame") } else { label.to_owned() };
    let finding = Finding::new(code, place, mark.action).labelled(label);
    Noted { finding, class: Some(mark.class.word()), confidence: Some(mark.confidence()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrubs::place::Area;

    #[test]
    fn a_mark_is_told_with_its_place_class_and_confidence() {
        let mark =
            Mark { frame: 0, area: Area::new(12, 8, 240, 31), class: Class::Line, score: 3.5, action: Action::Cover };
        let told = serde_json::to_value(noted(&mark, false)).expect("JSON");
        let expected = serde_json::json!({
            "code": "burned-in-text", "label": "writing in the picture", "class": "line", "confidence": 0.97, "action": "cover",
            "place": { "frame": 0, "x": 12, "y": 8, "width": 240, "height": 31 },
        });
        assert_eq!(told, expected);
        let face = Mark { class: Class::Face, action: Action::Flag, ..mark };
        assert_eq!(noted(&face, true).code, Code::Face);
    }
}
