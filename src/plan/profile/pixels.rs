//! What a profile decides about the picture itself: `[pixels]` for all recordings, `[[pixels.rule]]` for some of them.

use super::{Hash, Scope};
use crate::place::Area;

/// What is decided about the pixels of a recording; what is not, the program's own default decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PixelRules {
    /// Whether writing and faces are looked for. Default: yes.
    pub check: Option<bool>,
    /// Percent of width and height that are covered along each edge, 0 to 49. Default: 0.
    pub margins: Option<u8>,
    /// Areas that are covered. Default: none.
    pub boxes: Option<Vec<Area>>,
    /// Whether side markers stay. Default: yes.
    pub keep_markers: Option<bool>,
    /// Whether faces are covered rather than flagged. Default: no.
    pub cover_faces: Option<bool>,
    /// Whether what lies outside an ultrasound's scan regions is covered. Default: yes.
    pub cover_outside_scan: Option<bool>,
    /// Whether programs of this machine decode what scrubs itself cannot. Default: yes.
    pub installed_decoders: Option<bool>,
    /// Whether the `tesseract` command reads what is marked. Default: no.
    pub ocr: Option<bool>,
    /// Words that may stay where they are read, besides the program's own list. Default: none.
    pub ocr_words: Option<Vec<String>>,
}

impl PixelRules {
    /// These, and where they say nothing, the others.
    #[must_use]
    pub fn or(self, other: &PixelRules) -> PixelRules {
        PixelRules {
            check: self.check.or(other.check),
            margins: self.margins.or(other.margins),
            boxes: self.boxes.or_else(|| other.boxes.clone()),
            keep_markers: self.keep_markers.or(other.keep_markers),
            cover_faces: self.cover_faces.or(other.cover_faces),
            cover_outside_scan: self.cover_outside_scan.or(other.cover_outside_scan),
            installed_decoders: self.installed_decoders.or(other.installed_decoders),
            ocr: self.ocr.or(other.ocr),
            ocr_words: self.ocr_words.or_else(|| other.ocr_words.clone()),
        }
    }

    /// Whether nothing is decided.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// All of it in one line, for digests.
    pub fn line(&self) -> String {
        let yes = |value: Option<bool>| value.map_or("", |yes| if yes { "yes" } else { "no" });
        let margins = self.margins.map(|percent| percent.to_string()).unwrap_or_default();
        let boxes: Option<Vec<String>> = self.boxes.as_ref().map(|boxes| boxes.iter().map(spell).collect());
        let boxes = boxes.map(|boxes| format!("[{}]", boxes.join(";"))).unwrap_or_default();
        let (check, markers) = (yes(self.check), yes(self.keep_markers));
        let (faces, scan) = (yes(self.cover_faces), yes(self.cover_outside_scan));
        let decoders = match self.installed_decoders {
            None => "",
            Some(true) => " decoders=installed",
            Some(false) => " decoders=built-in",
        };
        // Who says nothing of it keeps the digest there was before.
        let ocr = match (&self.ocr, &self.ocr_words) {
            (None, None) => String::new(),
            (ocr, words) => format!(" ocr={} words={words:?}", yes(*ocr)),
        };
        format!(
            "check={check} margins={margins} boxes={boxes} markers={markers} faces={faces} scan={scan}{decoders}{ocr}"
        )
    }
}

/// `X,Y,W,H`.
fn spell(area: &Area) -> String {
    format!("{},{},{},{}", area.x, area.y, area.width, area.height)
}

/// Reads `X,Y,W,H` in stored samples of the picture.
///
/// # Errors
/// What is wrong with it.
pub fn area(text: &str) -> Result<Area, &'static str> {
    const SHAPE: &str = "must be four numbers, X,Y,W,H, in pixels from the top left corner";
    let numbers: Option<Vec<u32>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some([_, _, 0, _] | [_, _, _, 0]) => Err("has a width or height of 0"),
        Some([x, y, width, height]) => Ok(Area::new(*x, *y, *width, *height)),
        _ => Err(SHAPE),
    }
}

/// Reads `installed` or `built-in`: whether programs of this machine decode what scrubs itself cannot.
///
/// # Errors
/// What is wrong with it.
pub fn decoders(text: &str) -> Result<bool, &'static str> {
    match text {
        "installed" => Ok(true),
        "built-in" => Ok(false),
        _ => Err("not one of: installed, built-in"),
    }
}

/// Reads `5%` or `5`.
///
/// # Errors
/// What is wrong with it.
pub fn percent(text: &str) -> Result<u8, &'static str> {
    let number = text.trim().trim_end_matches('%').trim_end().parse().ok();
    number.filter(|percent| *percent <= 49).ok_or("must be a percentage from 0% to 49%")
}

/// The device that made a recording, as DICOM names it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Device<'a> {
    /// (0008,0060) Modality.
    pub modality: Option<&'a str>,
    /// (0008,1010) Station Name.
    pub station: Option<&'a str>,
    /// (0008,1090) Manufacturer's Model Name.
    pub model: Option<&'a str>,
}

/// A rule for some recordings.
#[derive(Debug, Clone)]
pub(super) struct PixelRule {
    pub(super) scope: Scope,
    pub(super) station: Option<String>,
    pub(super) model: Option<String>,
    pub(super) rules: PixelRules,
}

impl PixelRule {
    fn holds(&self, path: &str, device: Device<'_>) -> bool {
        let is = |wanted: &Option<String>, has: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| has.map(str::trim) == Some(wanted))
        };
        self.scope.holds(path, device.modality) && is(&self.station, device.station) && is(&self.model, device.model)
    }
}

/// All that a profile says of pixels.
#[derive(Debug, Clone, Default)]
pub(super) struct Pixels {
    pub(super) all: PixelRules,
    pub(super) rules: Vec<PixelRule>,
}

impl Pixels {
    /// What is decided about a recording: of each key the first rule that speaks of the recording and of the key.
    pub(super) fn of(&self, path: &str, device: Device<'_>) -> PixelRules {
        let rules = self.rules.iter().filter(|rule| rule.holds(path, device));
        rules.fold(PixelRules::default(), |decided, rule| decided.or(&rule.rules)).or(&self.all)
    }

    /// Whether it has what is marked read in any recording.
    pub(super) fn reads(&self) -> bool {
        self.rules.iter().map(|rule| &rule.rules).chain([&self.all]).any(|rules| rules.ocr == Some(true))
    }

    /// A profile that says nothing of it keeps the digest it had before there were these keys.
    pub(super) fn digest(&self, hash: &mut Hash) {
        if self.all.is_empty() && self.rules.is_empty() {
            return;
        }
        hash.field(b"pixels");
        hash.field(self.all.line().as_bytes());
        hash.list(&self.rules, |hash, rule| {
            hash.pattern(rule.scope.recordings.as_ref());
            for part in [&rule.scope.modality, &rule.station, &rule.model] {
                hash.field(part.as_deref().unwrap_or_default().as_bytes());
            }
            hash.field(rule.rules.line().as_bytes());
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Profile;

    const FULL: &str = r#"
[pixels]
margins = "3%"
keep-markers = false
[[pixels.rule]]
recordings = "ward/**"
station = "US-2"
boxes = ["0,0,300,40", "10, 20, 30, 40"]
[[pixels.rule]]
model = "Canary 9"
margins = 10
cover-faces = "yes"
check = false
[[pixels.rule]]
recordings = "ward/**"
margins = 0
cover-outside-scan = "no"
"#;

    #[test]
    fn of_each_key_the_first_rule_that_speaks_of_the_recording_counts() {
        let profile = Profile::read(FULL).expect("a profile");
        let device = |station, model| Device { modality: Some("US"), station, model };
        let cases = [
            ("a.png", device(None, None), (None, Some(3), 0, None)),
            ("ward/a.png", device(None, None), (None, Some(0), 0, None)),
            ("ward/a", device(Some("US-2 "), None), (None, Some(0), 2, None)),
            ("a", device(Some("US-2"), None), (None, Some(3), 0, None)),
            ("ward/a", device(Some("US-2"), Some("Canary 9")), (Some(false), Some(10), 2, Some(true))),
        ];
        let mut tried = 0;
        for (path, device, expected) in cases {
            let got = profile.pixels_of(path, device);
            let boxes = got.boxes.as_ref().map_or(0, Vec::len);
            assert_eq!((got.check, got.margins, boxes, got.cover_faces), expected, "{path}");
            assert_eq!(got.keep_markers, Some(false));
            tried += 1;
        }
        assert_eq!(tried, 5);
        assert!(Profile::default().pixels_of("a", Device::default()).is_empty());
        assert_ne!(profile.digest(), Profile::default().digest());
        for (from, to) in [("US-2", "US-3"), ("10, 20", "10, 21"), ("margins = 10", "margins = 11"), ("Canary 9", "C")]
        {
            let other = Profile::read(&FULL.replacen(from, to, 1)).expect("a profile");
            assert_ne!(profile.digest(), other.digest(), "{from}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_told_with_its_line() {
        let faults = [
            "[pixels]\nmargins = 50",
            "[pixels]\nmargins = \"-1%\"",
            "[pixels]\ncheck = 7",
            "[pixels]\nboxes = [\"0,0,300\"]",
            "[pixels]\nboxes = [\"0,0,300,0\"]",
            "[pixels]\nboxes = \"0,0,3,4\"",
            "[pixels]\nstation = \"US-2\"",
            "[pixels]\ndecoders = \"all\"",
            "[pixels]\nrule = 3",
            "pixels = 3\n",
            "[[pixels.rule]]\nmargins = 3",
            "[[pixels.rule]]\nstation = \"US-2\"",
        ];
        for text in faults {
            let told = Profile::read(text).expect_err(text);
            assert!(
                told.faults.iter().all(|fault| fault.line <= 2) && told.to_string().contains("pixels"),
                "{text}: {told}"
            );
        }
        assert_eq!(faults.len(), 12);
    }
}
