//! Reads `[pixels]` and `[[pixels.rule]]`.

use super::super::pixels::{PixelRule, PixelRules, Pixels, area, decoders, percent};
use super::{Fields, Reader};
use crate::place::Area;

/// The table for all recordings, and the key in it for some.
const TABLE: &str = "pixels";
const RULE: &str = "rule";
/// The same as a table of its own.
const RULES: &str = "pixels.rule";

impl Reader<'_> {
    pub(super) fn pixels<'t>(&mut self, top: &Fields<'t>) -> Pixels {
        let Some(value) = top.get(TABLE) else { return Pixels::default() };
        let Some(entries) = value.get_ref().as_table() else {
            self.fault(top, TABLE, "must be written as [pixels]");
            return Pixels::default();
        };
        let line = self.line(value.span());
        let fields = self.fields(entries, TABLE, line, &[RULE]);
        let all = self.pixel_rules(&fields);
        let mut rules = Vec::new();
        if let Some(listed) = fields.get(RULE) {
            let Some(tables) = listed.get_ref().as_array() else {
                self.fault(&fields, RULE, "must be written as [[pixels.rule]]");
                return Pixels::default();
            };
            for table in tables.iter() {
                let line = self.line(table.span());
                match table.get_ref().as_table() {
                    Some(entries) => {
                        let fields = self.fields(entries, RULES, line, &[]);
                        rules.extend(self.pixel_rule(&fields));
                    }
                    None => self.fault(&fields, RULE, "must be written as [[pixels.rule]]"),
                }
            }
        }
        Pixels { all, rules }
    }

    fn pixel_rule(&mut self, fields: &Fields<'_>) -> Option<PixelRule> {
        if !["recordings", "modality", "station", "model"].iter().any(|key| fields.has(key)) {
            self.fault(fields, "", "says neither recordings nor a device, so it is not clear what it is for");
        }
        let scope = self.scope(fields);
        let (station, model) = (self.text(fields, "station"), self.text(fields, "model"));
        let rules = self.pixel_rules(fields);
        if rules.is_empty() {
            self.fault(fields, "", "decides nothing");
        }
        Some(PixelRule { scope, station, model, rules })
    }

    fn pixel_rules(&mut self, fields: &Fields<'_>) -> PixelRules {
        PixelRules {
            check: self.yes(fields, "check"),
            margins: self.margins(fields),
            boxes: self.boxes(fields),
            keep_markers: self.yes(fields, "keep-markers"),
            cover_faces: self.yes(fields, "cover-faces"),
            cover_outside_scan: self.yes(fields, "cover-outside-scan"),
            installed_decoders: self.with(fields, "decoders", decoders),
            ocr: self.ocr(fields),
            ocr_words: self.ocr_words(fields),
        }
    }

    fn ocr(&mut self, fields: &Fields<'_>) -> Option<bool> {
        self.with(fields, "ocr", |text| match text {
            "tesseract" => Ok(true),
            "no" => Ok(false),
            _ => Err("not one of: tesseract, no"),
        })
    }

    fn ocr_words(&mut self, fields: &Fields<'_>) -> Option<Vec<String>> {
        const KEY: &str = "ocr-words";
        let listed = fields.get(KEY)?.get_ref().as_array();
        let word = |value: &super::Value<'_>| {
            let word = value.get_ref().as_str()?.trim();
            let plain = (2..=32).contains(&word.chars().count()) && word.chars().all(|c| c.is_alphabetic() || c == '-');
            plain.then(|| word.to_owned())
        };
        let words: Option<Vec<String>> = listed.and_then(|list| list.iter().map(word).collect());
        if words.is_none() {
            self.fault(fields, KEY, "must be a list of words of 2 to 32 letters, such as [\"BUCKY\"]");
        }
        words
    }

    fn margins(&mut self, fields: &Fields<'_>) -> Option<u8> {
        const KEY: &str = "margins";
        let number = fields.get(KEY)?.get_ref().as_integer().map(|n| n.as_str().to_owned());
        match number {
            None => self.with(fields, KEY, percent),
            Some(number) => match percent(&number) {
                Ok(percent) => Some(percent),
                Err(what) => {
                    self.fault(fields, KEY, what);
                    None
                }
            },
        }
    }

    fn boxes(&mut self, fields: &Fields<'_>) -> Option<Vec<Area>> {
        const KEY: &str = "boxes";
        let Some(list) = fields.get(KEY)?.get_ref().as_array() else {
            self.fault(fields, KEY, "must be a list of texts in square brackets, such as [\"0,0,300,40\"]");
            return None;
        };
        let read = |value: &super::Value<'_>| area(value.get_ref().as_str().unwrap_or_default());
        let boxes: Result<Vec<Area>, _> = list.iter().map(read).collect();
        match boxes {
            Ok(boxes) => Some(boxes),
            Err(what) => {
                self.fault(fields, KEY, what);
                None
            }
        }
    }
}
