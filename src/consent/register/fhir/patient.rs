//! Whose consent it is: the numbers of a FHIR Patient, and what its dates of birth and death tell.
//!
//! FHIR R4 and R5, Patient, Reference and Identifier. Each number of a patient makes a row, since a recording may bear
//! any of them.

use super::json::Node;
use super::{Faults, code, day};
use crate::consent::Date;
use std::collections::HashMap;

/// What is known of a patient.
#[derive(Clone, Default)]
pub(super) struct Known {
    /// Issuer and number of each.
    pub(super) numbers: Vec<(String, String)>,
    pub(super) born: Option<Date>,
    /// That the patient has died, and when.
    pub(super) died: Option<Option<Date>>,
}

/// Patients by the references that mean them.
#[derive(Default)]
pub(super) struct Patients {
    by: HashMap<String, Known>,
}

/// The type that a literal reference names: `Patient/1`, `https://server/fhir/Patient/1`.
pub(super) fn kind(reference: &str) -> Option<&str> {
    reference.rsplit('/').nth(1)
}

impl Patients {
    /// Adds a Patient, known by its id and the address of its entry.
    pub(super) fn add(&mut self, patient: &Node, url: Option<&str>, faults: &mut Faults) {
        let known = Known::of(patient, faults);
        if let Some(id) = patient.text_of("id") {
            self.by.insert(format!("Patient/{id}"), known.clone());
        }
        if let Some(url) = url {
            self.by.insert(url.to_owned(), known);
        }
    }

    /// Adds the patients that a resource contains.
    pub(super) fn contained(&mut self, resource: &Node, faults: &mut Faults) {
        for inner in resource.each_of("contained") {
            if let Some(id) = inner.text_of("id").filter(|_| inner.text_of("resourceType") == Some("Patient")) {
                self.by.insert(format!("#{id}"), Known::of(inner, faults));
            }
        }
    }

    /// The patient whom this element of a consent means.
    pub(super) fn of(&self, consent: &Node, name: &str, faults: &mut Faults) -> Option<Known> {
        let Some(owner) = consent.get(name) else {
            faults.add(name, "is missing: a consent is somebody's");
            return None;
        };
        let reference = owner.text_of("reference");
        let named = owner.text_of("type").or_else(|| reference.and_then(kind));
        if named.is_some_and(|kind| kind != "Patient") {
            faults.add(name, "is not a patient");
            return None;
        }
        let mut inner = Patients::default();
        inner.contained(consent, faults);
        let found = reference.and_then(|r| {
            let short = || r.rsplit_once("/Patient/").map(|(_, id)| format!("Patient/{id}"));
            inner.by.get(r).or_else(|| self.by.get(r)).or_else(|| self.by.get(&short()?))
        });
        let mut known = found.cloned().unwrap_or_default();
        for identifier in owner.each_of("identifier") {
            known.number(identifier, &format!("{name}.identifier"), faults);
        }
        if known.numbers.is_empty() {
            // A reference to a patient whom the file does not have: its last part is all that is said.
            let id =
                reference.filter(|r| found.is_none() && kind(r) == Some("Patient")).and_then(|r| r.rsplit('/').next());
            known.numbers.extend(id.filter(|id| !id.is_empty()).map(|id| (String::new(), id.to_owned())));
        }
        if known.numbers.is_empty() {
            faults.add(name, "has no number: neither an identifier nor a Patient that has one");
            return None;
        }
        Some(known)
    }
}

impl Known {
    fn of(patient: &Node, faults: &mut Faults) -> Self {
        let mut known = Self::default();
        for (n, identifier) in patient.each_of("identifier").iter().enumerate() {
            known.number(identifier, &format!("identifier[{n}]"), faults);
        }
        known.born = patient.get("birthDate").and_then(|_| day(patient, "birthDate", "", faults));
        if matches!(patient.get("deceasedBoolean"), Some(Node::Truth(true))) {
            known.died = Some(None);
        } else if patient.get("deceasedDateTime").is_some() {
            known.died = Some(day(patient, "deceasedDateTime", "", faults));
        }
        known
    }

    fn number(&mut self, identifier: &Node, at: &str, faults: &mut Faults) {
        let value = identifier.text_of("value").map(str::trim).filter(|value| !value.is_empty());
        let Some(value) = value else { return faults.add(at, "has no value") };
        let issuer = identifier.text_of("system").map(code::issuer).unwrap_or_default();
        let number = (issuer.to_owned(), value.to_owned());
        if !self.numbers.contains(&number) {
            self.numbers.push(number);
        }
    }

    /// Tells a consent from before birth, or one that the patient gave after death.
    pub(super) fn lifetime(&self, given: Option<Date>, by: &str, at: &str, faults: &mut Faults) {
        let Some(given) = given else { return };
        if self.born.is_some_and(|born| given.last() < born.first()) {
            faults.add(at, "lies before the patient's birth");
        }
        let died = self.died.flatten();
        if matches!(by, "" | "patient") && died.is_some_and(|died| given.first() > died.last()) {
            faults.add(at, "lies after the patient's death");
        }
    }
}
