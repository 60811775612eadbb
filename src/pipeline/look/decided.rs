//! What is decided about the pixels of one recording: by the command line, the profile and what the recording is of.

use super::super::order::Order;
use super::super::weigh::{self, Case};
use super::faceless;
use crate::consent::decision::Marked;
use crate::cut::Source;
use crate::decode::Decoders;
use crate::dicom;
use crate::finding::Action;
use crate::pixels::{Class, Examination, Ground, Mark, Rules, Sampled, Unseen};
use crate::plan::profile::{Device, PixelRules};
use crate::recording::terms::PixelState;
use crate::recording::{DicomOption, Format, Identifier, PixelClaims};
use crate::strip;

/// What is decided about the pixels of one recording.
pub(crate) struct Decided {
    rules: Rules,
    /// Whether what lies outside an ultrasound's scan regions is covered.
    cover_outside_scan: bool,
    /// What a reviewer says is no writing.
    keep: Vec<Marked>,
    /// Whether what is marked is read, and the words that a profile lets stay besides.
    ocr: Option<Vec<String>>,
    /// Whether an object may say that nobody can be recognised in it where no face is found, where faces are covered, or
    /// never.
    featureless: Featureless,
    /// Who decodes what scrubs itself cannot.
    decoders: Decoders,
    /// The program that decodes this recording, with its version, where one does.
    decoder: Option<String>,
}

/// When an object may say that nobody can be recognised in its pixels (PS3.15 E.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Featureless {
    /// Nobody asked, or a face may be rebuilt from it.
    Never,
    /// Where a face was covered and none is left: that none was found would say nothing.
    Covered,
    /// By kind there is no face in it.
    Kind,
}

impl Decided {
    pub(crate) fn of(order: &Order<'_>, case: &Case<'_>) -> Self {
        let identity = case.identity;
        let text = |value: &Option<Identifier>| value.as_ref().map(Identifier::reveal_text);
        let (station, model) = (text(&identity.station), text(&identity.model));
        let device =
            Device { modality: identity.modality.as_deref(), station: station.as_deref(), model: model.as_deref() };
        let profile = order.profile.pixels_of(case.relative, device);
        let ocr = order.pixels.ocr.or(profile.ocr).unwrap_or(false);
        let ocr = ocr.then(|| profile.ocr_words.clone().unwrap_or_default());
        let mut boxes = profile.boxes.clone().unwrap_or_default();
        boxes.extend(order.pixels.boxes.iter().flatten());
        let PixelRules { check, margins, keep_markers, cover_faces, cover_outside_scan, installed_decoders, .. } =
            order.pixels.clone().or(&profile);
        let check = check.unwrap_or(true);
        let cover_faces = cover_faces.unwrap_or(false);
        // Of an X-ray, a scan or a view through an endoscope the margins bear names; a wall with a poster is no margin.
        let kind = weigh::kind(order, case);
        let ground = match kind.is_para_10() {
            true => Ground::Radiograph,
            false if identity.capture => Ground::Capture,
            false => Ground::Photograph,
        };
        // Asked to cover faces or to say that there are none, it looks for them in whatever it is.
        let asked = order.deidentification.has(DicomOption::CleanRecognizableVisualFeatures);
        let look_for_grey_faces =
            asked || cover_faces || identity.any_picture || !faceless::is_faceless(identity.modality.as_deref());
        let rules = Rules {
            ground,
            keep_markers: keep_markers.unwrap_or(true),
            margins: margins.unwrap_or(0),
            boxes,
            regions: Vec::new(),
            filled: Vec::new(),
            portrait: false,
            slice: identity.slice,
            lossy: identity.lossy,
            cine: identity.cine,
            cover_faces,
            look_for_faces: check || cover_faces,
            look_for_grey_faces,
            look_for_writing: check,
        };
        let featureless = match asked && identity.head.is_none() {
            false => Featureless::Never,
            true if weigh::is_faceless(kind) => Featureless::Kind,
            true => Featureless::Covered,
        };
        let keep = case.ruled.map(|ruled| ruled.ruling.keep.clone()).unwrap_or_default();
        // Where nothing is looked for, no program need be asked even for its version.
        let looks = check || cover_faces || rules.margins > 0 || !rules.boxes.is_empty();
        let decoders = match looks && installed_decoders.unwrap_or(true) {
            true => order.decoders.clone(),
            false => Decoders::none(),
        };
        let decoder = decoders.name_for(case.format);
        let cover_outside_scan = cover_outside_scan.unwrap_or(check);
        Self { rules, cover_outside_scan, featureless, keep, ocr, decoders, decoder }
    }

    /// Whether what is marked is read.
    pub(super) fn reads(&self) -> bool {
        self.ocr.is_some()
    }

    /// The words that a profile lets stay.
    pub(super) fn words(&self) -> &[String] {
        self.ocr.as_deref().unwrap_or_default()
    }

    /// Leaves as it is what a detector would cover and a reviewer says is no writing. What a rule covers stays covered.
    pub(super) fn leave(&self, seen: &mut Examination) {
        if self.keep.is_empty() {
            return;
        }
        let kept = |frame: Option<u32>, mark: &Mark| {
            let by_detector = mark.action == Action::Cover && mark.class != Class::Band && !mark.class.is_of_face();
            by_detector && self.keep.iter().any(|keep| keep.takes(frame, &mark.area))
        };
        seen.everywhere.retain(|mark| !kept(None, mark));
        seen.marks.retain(|mark| !kept(Some(mark.frame), mark));
    }

    /// Opens a recording that no part of scrubs can cover and not every machine can show: a HEIC picture, a film; none where
    /// nobody here can show it.
    pub(super) fn shown<'s>(&self, format: Format, source: &'s dyn Source) -> Option<Result<Sampled<'s>, Unseen>> {
        match strip::film(format, source) {
            Some(Ok(film)) => Some(Ok(film)),
            // A film that scrubs could show and that is damaged for it may be sound for others.
            own => self.decoders.decode(format, source).or(own),
        }
    }

    /// Whether anything is looked for or covered.
    pub(crate) fn looks(&self) -> bool {
        let rules = &self.rules;
        let by_rule = rules.margins > 0 || !rules.boxes.is_empty() || self.cover_outside_scan;
        rules.look_for_writing || rules.look_for_faces || by_rule
    }

    /// The rules, with the scan regions that the original states.
    pub(crate) fn rules(&self, original: &dyn Source, format: Format) -> Rules {
        let regions = match format {
            Format::Dicom if self.cover_outside_scan => dicom::scan_regions(original),
            _ => Vec::new(),
        };
        Rules { regions, ..self.rules.clone() }
    }

    /// What an object may say of its pixels once what was seen is covered and proved so.
    pub(crate) fn claims(&self, seen: &Examination) -> PixelClaims {
        let clean = seen.state() == PixelState::Checked;
        let covered = seen.all().any(|mark| mark.class.is_of_face() && mark.action == Action::Cover);
        let gone = match self.featureless {
            Featureless::Never => false,
            Featureless::Covered => covered,
            Featureless::Kind => true,
        };
        PixelClaims { clean, featureless: clean && gone && self.rules.look_for_faces && seen.found().is_none() }
    }

    /// All of it in one line: what the output's bytes depend on.
    pub(crate) fn line(&self) -> String {
        let Rules { ground, keep_markers, margins, cover_faces, look_for_writing, .. } = &self.rules;
        let boxes: Vec<String> =
            self.rules.boxes.iter().map(|b| format!("{},{},{},{}", b.x, b.y, b.width, b.height)).collect();
        let (boxes, scan) = (boxes.join(";"), self.cover_outside_scan);
        let radiograph = *ground == Ground::Radiograph;
        let decoder = self.decoder.as_ref().map(|name| format!(" by={name}")).unwrap_or_default();
        let ocr = self.ocr.as_ref().map(|words| format!(" ocr={words:?}")).unwrap_or_default();
        format!(
            "radiograph={radiograph} markers={keep_markers} margins={margins} boxes={boxes} faces={cover_faces} \
             look={look_for_writing} scan={scan}{decoder}{ocr}"
        )
    }
}
