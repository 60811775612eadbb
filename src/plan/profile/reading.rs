//! Reads a profile from TOML (1.1): unknown keys are refused, and every fault is told at once with its line.

mod near;
mod pixels;

use super::{Condition, KEYS, PatientFrom, PatientSource, Profile, Rule, Scope};
use crate::consent::{Assessment, Date, Pattern, condition};
use crate::recording::letters::composed;
use crate::recording::{Deidentification, DicomOption, Identifier, Treatment};
use regex::RegexBuilder;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The most memory that a compiled `pattern` may take, in bytes.
const LARGEST_REGEX: usize = 1 << 20;
/// The attributes in which consent is stated (PS3.3 C.7.2.3).
const CONSENT: [u32; 3] = [0x0012_0083, 0x0012_0084, 0x0012_0085];
/// The deepest folder level that may name a patient.
const DEEPEST_FOLDER: i64 = 64;

/// One fault of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// Table and key as the documentation spells them, `[[kind]] modality`; empty where none is known.
    pub key: String,
    /// What is wrong, never a value.
    pub what: String,
}

/// Everything that is wrong with a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct ProfileError {
    /// The faults, in the order of their lines.
    pub faults: Vec<Fault>,
}

impl ProfileError {
    fn text(&self) -> String {
        let line = |fault: &Fault| match fault.key.as_str() {
            "" => format!("line {}: {}", fault.line, fault.what),
            key => format!("line {}, {key}: {}", fault.line, fault.what),
        };
        self.faults.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        "Correct the lines named above; `scrubs profile new` prints every key with its meaning."
    }
}

pub(super) fn read(text: &str) -> Result<Profile, ProfileError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader { text, faults: Vec::new() };
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let line = reader.line(error.span().unwrap_or_default());
        let what = "cannot be read as TOML: a quotation mark, bracket or equals sign is missing, or a key stands twice";
        reader.faults.push(Fault { line, key: String::new(), what: what.to_owned() });
    }
    let profile = if reader.faults.is_empty() { reader.profile(root.get_ref()) } else { Profile::default() };
    if reader.faults.is_empty() {
        return Ok(profile);
    }
    reader.faults.sort_by_key(|fault| fault.line);
    Err(ProfileError { faults: reader.faults })
}

type Value<'t> = Spanned<DeValue<'t>>;

/// The known fields of one table.
struct Fields<'t> {
    table: &'static str,
    line: usize,
    entries: Vec<(&'static str, &'t Value<'t>)>,
}

impl<'t> Fields<'t> {
    fn get(&self, key: &str) -> Option<&'t Value<'t>> {
        self.entries.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn spell(&self, key: &str) -> String {
        match self.table {
            "" => key.to_owned(),
            "pixels" | "report" => format!("[{}] {key}", self.table).trim_end().to_owned(),
            table => format!("[[{table}]] {key}").trim_end().to_owned(),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn line(&self, span: Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..span.start.min(self.text.len())).unwrap_or_default();
        before.iter().filter(|&&b| b == b'\n').count() + 1
    }

    fn fault(&mut self, fields: &Fields<'_>, key: &str, what: impl Into<String>) {
        let line = fields.get(key).map_or(fields.line, |value| self.line(value.span()));
        self.faults.push(Fault { line, key: fields.spell(key), what: what.into() });
    }

    fn profile<'t>(&mut self, root: &'t DeTable<'t>) -> Profile {
        let top = self.fields(root, "", 1, &tables());
        let name: Option<String> = self.with(&top, "name", |text| {
            let fits = condition::has_shape(text).then(|| text.to_owned());
            fits.ok_or("must be a word of lower-case letters, digits and hyphens")
        });
        let purpose = self.word(&top, "purpose");
        let keep_gain_map = self.yes(&top, "keep-gain-map").unwrap_or(false);
        let dicom_mapping = self.yes(&top, "dicom-mapping").unwrap_or(false);
        let dicom_write_consent = self.yes(&top, "dicom-write-consent").unwrap_or(false);
        let dicom_file_set = self.yes(&top, "dicom-file-set").unwrap_or(false);
        Profile {
            name,
            purpose,
            keep_gain_map,
            dicom_mapping,
            dicom_write_consent,
            dicom_file_set,
            patient_from: self.each(&top, "patient-from", Self::patient_from),
            kind: self.each(&top, "kind", |reader, fields| reader.rule(fields, "kind", Self::word)),
            made_for: self.each(&top, "made-for", |reader, fields| reader.rule(fields, "made-for", Self::word)),
            made_when: self.each(&top, "made-when", |reader, fields| reader.rule(fields, "made-when", Self::word)),
            existing_collection: self.each(&top, "existing-collection", |reader, fields| {
                reader.rule(fields, "existing-collection", Self::yes)
            }),
            assessments: self.each(&top, "assessment", Self::assessment),
            conditions: self.each(&top, "condition", Self::condition),
            deidentification: self.deidentification(&top),
            pixels: self.pixels(&top),
            no_thumbnails: self.leaves_thumbnails_out(&top),
        }
    }

    /// `[report] thumbnails`.
    fn leaves_thumbnails_out<'t>(&mut self, top: &Fields<'t>) -> bool {
        const TABLE: &str = "report";
        let Some(value) = top.get(TABLE) else { return false };
        let Some(entries) = value.get_ref().as_table() else {
            self.fault(top, TABLE, "must be written as [report]");
            return false;
        };
        let line = self.line(value.span());
        let fields = self.fields(entries, TABLE, line, &[]);
        self.yes(&fields, "thumbnails") == Some(false)
    }

    /// The fields of a table that are keys of it; the others become faults. `tables` are keys beside those of the list.
    fn fields<'t>(
        &mut self,
        table: &'t DeTable<'t>,
        name: &'static str,
        line: usize,
        tables: &[&'static str],
    ) -> Fields<'t> {
        let own = KEYS.iter().filter(|key| key.table == name).map(|key| key.name);
        let known: Vec<&'static str> = own.chain(tables.iter().copied()).collect();
        let mut fields = Fields { table: name, line, entries: Vec::new() };
        for (key, value) in table.iter() {
            match known.iter().find(|&&k| k == key.get_ref().as_ref()) {
                Some(&known) => fields.entries.push((known, value)),
                None => {
                    let line = self.line(key.span());
                    let what = match near::meant(key.get_ref(), &known) {
                        Some(meant) => format!("`{}` is not a key; did you mean `{meant}`?", key.get_ref()),
                        None => format!("is not a key here; the keys are {}", known.join(", ")),
                    };
                    self.faults.push(Fault { line, key: fields.spell(""), what });
                }
            }
        }
        fields
    }

    /// Reads each table of a list of tables.
    fn each<'t, T>(
        &mut self,
        top: &Fields<'t>,
        name: &'static str,
        read: impl Fn(&mut Self, &Fields<'t>) -> Option<T>,
    ) -> Vec<T> {
        let Some(value) = top.get(name) else { return Vec::new() };
        let Some(tables) = value.get_ref().as_array() else {
            self.fault(top, name, format!("must be written as [[{name}]]"));
            return Vec::new();
        };
        let mut all = Vec::new();
        for table in tables.iter() {
            let line = self.line(table.span());
            let Some(entries) = table.get_ref().as_table() else {
                self.fault(top, name, format!("must be written as [[{name}]]"));
                continue;
            };
            let fields = self.fields(entries, name, line, &[]);
            all.extend(read(self, &fields));
        }
        all
    }

    fn with<T, E: Display>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let Some(text) = fields.get(key)?.get_ref().as_str() else {
            self.fault(fields, key, "must be a text in quotation marks");
            return None;
        };
        match read(text) {
            Ok(value) => Some(value),
            Err(e) => {
                self.fault(fields, key, e.to_string());
                None
            }
        }
    }

    fn word<T: FromStr<Err: Display>>(&mut self, fields: &Fields<'_>, key: &str) -> Option<T> {
        self.with(fields, key, str::parse)
    }

    fn yes(&mut self, fields: &Fields<'_>, key: &str) -> Option<bool> {
        if let Some(value) = fields.get(key).and_then(|value| value.get_ref().as_bool()) {
            return Some(value);
        }
        self.with(fields, key, |text| match text {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err("not one of: yes, no"),
        })
    }

    fn text(&mut self, fields: &Fields<'_>, key: &str) -> Option<String> {
        self.with(fields, key, |text| {
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned()).ok_or("is empty")
        })
    }

    fn need(&mut self, fields: &Fields<'_>, key: &str) {
        if !fields.has(key) {
            self.fault(fields, key, "is missing");
        }
    }

    fn rule<T>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        read: impl Fn(&mut Self, &Fields<'_>, &str) -> Option<T>,
    ) -> Option<Rule<T>> {
        if !fields.has("recordings") && !fields.has("modality") {
            self.fault(fields, "", "says neither recordings nor modality, so it is not clear what it is for");
        }
        self.need(fields, key);
        let scope = self.scope(fields);
        Some(Rule { scope, value: read(self, fields, key)? })
    }

    fn scope(&mut self, fields: &Fields<'_>) -> Scope {
        let recordings = self.with(fields, "recordings", Pattern::new);
        let modality = self.with(fields, "modality", |text| {
            let fits = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
            let code = (1..=16).contains(&text.len()) && text.bytes().all(fits);
            code.then(|| text.to_owned()).ok_or("must be a DICOM modality such as CR, DX or XC")
        });
        Scope { recordings, modality }
    }

    fn patient_from(&mut self, fields: &Fields<'_>) -> Option<PatientFrom> {
        let recordings = self.with(fields, "recordings", Pattern::new);
        let issuer = self.text(fields, "issuer").unwrap_or_default();
        if fields.has("folder") == fields.has("pattern") {
            self.fault(fields, "", "needs either folder or pattern, and not both");
            return None;
        }
        let source = match fields.has("folder") {
            true => PatientSource::Folder(self.folder(fields)?),
            false => PatientSource::Path(self.with(fields, "pattern", regex)?),
        };
        Some(PatientFrom { recordings, source, issuer })
    }

    fn folder(&mut self, fields: &Fields<'_>) -> Option<usize> {
        let number = fields.get("folder").and_then(|value| value.get_ref().as_integer());
        let level = number.and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
        match level.filter(|level| (1..=DEEPEST_FOLDER).contains(level)).and_then(|level| usize::try_from(level).ok()) {
            Some(level) => Some(level),
            None => {
                self.fault(fields, "folder", format!("must be a number from 1 to {DEEPEST_FOLDER}"));
                None
            }
        }
    }

    fn assessment(&mut self, fields: &Fields<'_>) -> Option<Assessment> {
        if !fields.has("identifiable") && !fields.has("pixels") {
            self.fault(fields, "", "states neither identifiable nor pixels");
        }
        for key in ["recordings", "by", "on"] {
            self.need(fields, key);
        }
        let identifiable = self.word(fields, "identifiable");
        let no_marks =
            self.with(fields, "pixels", |text| if text == "no-marks" { Ok(()) } else { Err("not one of: no-marks") });
        let by = self.text(fields, "by");
        let on = self.date(fields, "on");
        let recordings = self.with(fields, "recordings", Pattern::new)?;
        Some(Assessment { recordings, identifiable, no_marks: no_marks.is_some(), by: Identifier::from(by?), on })
    }

    /// A date in quotation marks, or one of TOML's own.
    fn date(&mut self, fields: &Fields<'_>, key: &str) -> Option<Date> {
        let own = fields.get(key).and_then(|value| value.get_ref().as_datetime()).map(ToString::to_string);
        let date = match own {
            Some(text) => match Date::iso(&text) {
                Ok(date) => Some(date),
                Err(e) => {
                    self.fault(fields, key, e.to_string());
                    None
                }
            },
            None => self.with(fields, key, Date::iso),
        };
        if date.is_some_and(|date| date.is_future(Date::today())) {
            self.fault(fields, key, "lies in the future");
        }
        date
    }

    fn deidentification<'t>(&mut self, top: &Fields<'t>) -> Deidentification {
        const KEY: &str = "dicom-options";
        let mut options: BTreeSet<DicomOption> = BTreeSet::new();
        if let Some(value) = top.get(KEY) {
            let words = value.get_ref().as_array().map(|list| list.iter().map(|word| word.get_ref().as_str()));
            match words.into_iter().flatten().map(|word| word.unwrap_or_default().parse()).collect() {
                Ok(all) if value.get_ref().as_array().is_some() => options = all,
                Ok(_) => self.fault(top, KEY, "must be a list of words in square brackets"),
                Err(what) => self.fault(top, KEY, what),
            }
        }
        let deviations: BTreeMap<u32, Treatment> =
            self.each(top, "dicom-attribute", Self::deviation).into_iter().collect();
        let chosen = Deidentification::new(options, deviations);
        if self.yes(top, "dicom-write-consent") == Some(true)
            && CONSENT.iter().any(|tag| chosen.treatment(*tag).is_some())
        {
            self.fault(
                top,
                "dicom-write-consent",
                "writes what a [[dicom-attribute]] of (0012,0083) to (0012,0085) decides",
            );
        }
        if let Some((one, other)) = chosen.contradiction() {
            self.fault(top, KEY, format!("has {} and {}, of which only one can be had", one.word(), other.word()));
        }
        chosen
    }

    fn deviation(&mut self, fields: &Fields<'_>) -> Option<(u32, Treatment)> {
        self.need(fields, "attribute");
        self.need(fields, "action");
        let tag = self.with(fields, "attribute", |text| tag(text).ok_or("must be a tag such as (0008,0080)"));
        let value = fields.has("value").then(|| self.text(fields, "value")).flatten();
        let action = self.with(fields, "action", |text| match (text, value.clone()) {
            ("keep", None) => Ok(Treatment::Keep),
            ("remove", None) => Ok(Treatment::Remove),
            ("replace", Some(value)) => Ok(Treatment::Replace(value)),
            ("replace", None) => Err("needs a value"),
            ("keep" | "remove", Some(_)) => Err("has a value, which only replace can have"),
            _ => Err("not one of: keep, remove, replace"),
        });
        Some((tag?, action?))
    }

    fn condition(&mut self, fields: &Fields<'_>) -> Option<Condition> {
        self.need(fields, "code");
        self.need(fields, "says");
        let code = self.with(fields, "code", |text| match condition::says(text) {
            Some(_) => Err("is a word of the vocabulary already"),
            None if condition::has_shape(text) => Ok(text.to_owned()),
            None => Err("must be a word of lower-case letters, digits and hyphens"),
        });
        let says = self.text(fields, "says");
        Some(Condition { code: code?, says: says? })
    }
}

/// The tables that may stand at the top.
fn tables() -> Vec<&'static str> {
    let mut names: Vec<&'static str> =
        KEYS.iter().map(|key| key.table).filter(|table| !table.is_empty() && !table.contains('.')).collect();
    names.dedup();
    names
}

/// `(gggg,eeee)` as a number; private and file meta attributes are not for a profile to decide.
fn tag(text: &str) -> Option<u32> {
    let (group, element) = text.trim().strip_prefix('(')?.strip_suffix(')')?.split_once(',')?;
    let number = |digits: &str| if digits.len() == 4 { u32::from_str_radix(digits, 16).ok() } else { None };
    let (group, element) = (number(group)?, number(element)?);
    (group >= 8 && group % 2 == 0).then_some(group << 16 | element)
}

fn regex(text: &str) -> Result<regex::Regex, &'static str> {
    let built = RegexBuilder::new(&composed(text)).size_limit(LARGEST_REGEX).build();
    let regex = built.map_err(|_| "is not a regular expression that can be read")?;
    let named = regex.capture_names().flatten().any(|name| name == "patient");
    named.then_some(regex).ok_or("needs a group named patient: (?<patient>…)")
}
