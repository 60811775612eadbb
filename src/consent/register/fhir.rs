//! FHIR `Consent` as rows of the register: one resource, a bundle, or one resource to a line.
//!
//! FHIR R4 (4.0.1) and R5 (5.0.0), Consent; the mapping is in `docs/reference.md`. Elements and codes are known or a
//! fault: what is not understood must read neither as *given* nor as *no record*.

mod code;
mod json;
mod patient;
mod provision;

pub use code::{CONDITION_EXTENSION, SCOPE_SYSTEM};

use super::gather::Gathering;
use super::{Column, Problem, Problems, Reading, Register, Unit};
use crate::consent::Date;
use code::Sort;
use jiff::{ToSpan, civil};
use json::Node;
use patient::{Known, Patients};
use std::borrow::Cow;

/// The largest file that holds a single resource or bundle, in bytes: its tree is several times that.
const LARGEST_TREE: usize = 12 << 20;

/// The columns that a resource fills.
const COLUMNS: &[Column] = &[
    Column::PatientId,
    Column::Issuer,
    Column::Scopes,
    Column::Status,
    Column::Form,
    Column::GivenBy,
    Column::GivenOn,
    Column::ExpiresOn,
    Column::WithdrawnOn,
    Column::Subject,
    Column::Document,
    Column::Conditions,
    Column::BornOn,
];

/// What a Consent may hold; beside these only primitive extensions, whose names begin with an underline.
const ELEMENTS: &[&str] = &[
    "resourceType",
    "id",
    "meta",
    "language",
    "text",
    "contained",
    "extension",
    "identifier",
    "status",
    "scope",
    "category",
    "patient",
    "dateTime",
    "performer",
    "organization",
    "sourceAttachment",
    "sourceReference",
    "policy",
    "policyRule",
    "verification",
    "provision",
    "subject",
    "date",
    "period",
    "grantor",
    "grantee",
    "manager",
    "controller",
    "regulatoryBasis",
    "policyBasis",
    "policyText",
    "decision",
];
/// Elements that only one of the two versions has.
const ONLY_R4: &[&str] = &["scope", "patient", "dateTime", "performer", "organization", "policy", "policyRule"];
const ONLY_R5: &[&str] = &[
    "subject",
    "date",
    "period",
    "grantor",
    "grantee",
    "manager",
    "controller",
    "regulatoryBasis",
    "policyBasis",
    "policyText",
    "decision",
];

/// Whether a text is JSON rather than a table.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Faults of one resource: where, and what.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(String, &'static str)>);

impl Faults {
    fn add(&mut self, at: &str, what: &'static str) {
        self.0.push((at.to_owned(), what));
    }
}

/// Reads the resources.
pub(super) fn read(text: &str, reading: &Reading) -> Result<Register, Problems> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let first = lines.next().map(|(_, line)| line).unwrap_or_default();
    let several = lines.next().is_some() && serde_json::from_str::<Node>(first).is_ok();
    let unit = if several { Unit::Line } else { Unit::Entry };
    let mut reader = Reader { gathering: Gathering::new(reading, unit), today: reading.today, passed_over: 0 };
    reader.gathering.fixed(COLUMNS);
    if several {
        reader.lines(text)
    } else {
        reader.whole(text)?
    }
    if reader.passed_over > 0 {
        let n = reader.passed_over;
        let are = if n == 1 { " of the register is" } else { "s of the register are" };
        reader.gathering.notice(format!("{n} resource{are} neither Consent nor Patient and not read"));
    }
    reader.gathering.finish().map_err(named)
}

/// Names the element of each fault that was found in a column.
fn named(mut problems: Problems) -> Problems {
    for problem in &mut problems.problems {
        let element = match problem.column {
            Some(Column::PatientId | Column::Issuer) => "the patient's identifier",
            Some(Column::GivenOn) => "dateTime or date",
            Some(Column::ExpiresOn | Column::WithdrawnOn) => "period.end",
            _ => continue,
        };
        problem.column = None;
        problem.at.get_or_insert_with(|| element.to_owned());
    }
    problems
}

struct Reader<'r> {
    gathering: Gathering<'r>,
    today: Date,
    passed_over: usize,
}

impl Reader<'_> {
    /// One resource to a line; patients are read first, since they may stand anywhere.
    fn lines(&mut self, text: &str) {
        let lines = || (1u64..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let mut patients = Patients::default();
        for (n, line) in lines().filter(|(_, line)| line.contains("\"Patient\"")) {
            if let Ok(node) = serde_json::from_str::<Node>(line)
                && node.text_of("resourceType") == Some("Patient")
            {
                let mut faults = Faults::default();
                patients.add(&node, None, &mut faults);
                self.told(n, faults);
            }
        }
        for (n, line) in lines() {
            match serde_json::from_str::<Node>(line) {
                Ok(node) => self.resource(n, &node, &patients),
                Err(e) => self.gathering.problem(
                    n,
                    None,
                    format!("is not JSON that can be read, from column {} on", e.column()),
                ),
            }
        }
    }

    fn whole(&mut self, text: &str) -> Result<(), Problems> {
        if text.len() > LARGEST_TREE {
            let what = "the file is one large piece of JSON: write it with one resource to a line (NDJSON)";
            return Err(Problems::whole(what));
        }
        let node: Node = serde_json::from_str(text).map_err(|e| {
            let (line, column) = (e.line(), e.column());
            Problems::whole(format!("the file is not JSON that can be read, from line {line}, column {column} on"))
        })?;
        if node.text_of("resourceType") != Some("Bundle") {
            let mut faults = Faults::default();
            let mut patients = Patients::default();
            patients.contained(&node, &mut faults);
            self.told(1, faults);
            if node.text_of("resourceType") != Some("Consent") {
                return Err(Problems::whole("the file is JSON, but neither a FHIR Consent nor a bundle of them"));
            }
            self.resource(1, &node, &patients);
            return Ok(());
        }
        self.bundle(&node)
    }

    fn bundle(&mut self, bundle: &Node) -> Result<(), Problems> {
        if !matches!(bundle.text_of("type"), Some("collection" | "searchset" | "transaction" | "batch")) {
            return Err(Problems::whole(
                "the file is a FHIR bundle of a type that may hold old versions: only collection, searchset, batch and transaction are read",
            ));
        }
        if bundle.each_of("link").iter().any(|link| link.text_of("relation") == Some("next")) {
            return Err(Problems::whole("the file is one page of a longer FHIR search: fetch all its pages"));
        }
        let entries = || (1u64..).zip(bundle.each_of("entry"));
        let mut patients = Patients::default();
        for (n, entry) in entries() {
            let mut faults = Faults::default();
            if let Some(patient) = entry.get("resource").filter(|r| r.text_of("resourceType") == Some("Patient")) {
                patients.add(patient, entry.text_of("fullUrl"), &mut faults);
            }
            self.told(n, faults);
        }
        for (n, entry) in entries() {
            let deletes = entry.get("request").and_then(|r| r.text_of("method")) == Some("DELETE");
            match entry.get("resource").filter(|_| !deletes) {
                Some(resource) => self.resource(n, resource, &patients),
                None => self.gathering.problem(n, None, "has no resource, or deletes one"),
            }
        }
        Ok(())
    }

    fn told(&mut self, n: u64, faults: Faults) {
        for (at, what) in faults.0 {
            self.gathering.fault(Problem { at: Some(at), ..Problem::new(n, None, what) });
        }
    }

    fn resource(&mut self, n: u64, node: &Node, patients: &Patients) {
        match node.text_of("resourceType") {
            Some("Consent") => {}
            Some("Patient") => return,
            Some(_) => {
                self.passed_over += 1;
                return;
            }
            None => return self.gathering.problem(n, None, "is not a FHIR resource: it has no resourceType"),
        }
        let mut faults = Faults::default();
        let consent = Consent { node, today: self.today, faults: &mut faults }.read(patients);
        if !faults.0.is_empty() {
            return self.told(n, faults);
        }
        let word = self.gathering.word();
        match consent {
            Read::Nothing => {}
            Read::PassedOver(why) => self.gathering.notice(format!("{word} {n} {why}: it is not counted")),
            Read::Rows(rows, notice) => {
                if let Some(notice) = notice {
                    self.gathering.notice(format!("{word} {n} {notice}"));
                }
                for fields in rows {
                    self.gathering.record(n, &fields, None);
                }
            }
        }
    }
}

/// What a Consent comes to.
enum Read {
    /// Faults, told elsewhere.
    Nothing,
    /// Nothing that counts, and why.
    PassedOver(&'static str),
    /// A row for each number of the patient, and what should be known of them.
    Rows(Vec<Vec<Cow<'static, str>>>, Option<&'static str>),
}

struct Consent<'n, 'f> {
    node: &'n Node,
    today: Date,
    faults: &'f mut Faults,
}

impl Consent<'_, '_> {
    fn read(mut self, patients: &Patients) -> Read {
        let r5 = self.version();
        match self.node.text_of("status") {
            Some("active" | "inactive" | "rejected") => {}
            Some("draft" | "proposed") => return Read::PassedOver("is a draft, to which nobody has agreed"),
            Some("not-done") => return Read::PassedOver("was abandoned before anybody agreed"),
            Some("entered-in-error") => return Read::PassedOver("was entered in error"),
            _ => self.faults.add("status", "is not a status that says what became of the consent"),
        }
        let sort = self.sort();
        if sort == Sort::Directive && self.faults.0.is_empty() {
            return Read::PassedOver("is an advance directive, which says nothing of recordings");
        }
        let reader = provision::Reader::new(sort, self.today, self.faults);
        let outcome = if r5 { reader.r5(self.node) } else { reader.r4(self.node) };
        let (owner, given) = if r5 { ("subject", "date") } else { ("patient", "dateTime") };
        let known = patients.of(self.node, owner, self.faults);
        let stated = day(self.node, given, "", self.faults);
        let period = if r5 { self.node.get("period") } else { None };
        let ends = period.and_then(|period| end(period, "period", self.faults));
        let starts = period.and_then(|period| day(period, "start", "period", self.faults));
        if starts.is_some_and(|start| start.is_future(self.today)) {
            self.faults.add("period.start", "lies in the future: the consent is not in force yet");
        }
        let root = self.node.get("provision").and_then(|root| root.get("period")).filter(|_| !r5);
        let given_on =
            stated.or(starts).or_else(|| root.and_then(|p| day(p, "start", "provision.period", self.faults)));
        let (by, notice) = self.given_by(if r5 { "grantor" } else { "performer" }, owner);
        let Some(known) = known.filter(|_| self.faults.0.is_empty()) else { return Read::Nothing };
        known.lifetime(given_on, by, given, self.faults);
        if !self.faults.0.is_empty() {
            return Read::Nothing;
        }
        if self.is_unverified() && !outcome.open.is_empty() {
            return Read::PassedOver("is stated not to have been verified");
        }
        self.rows(&outcome, &known, Stated { given_on, ends, by, notice })
    }

    /// Whether it is of R5; tells elements that neither version has, and those of both in one.
    fn version(&mut self) -> bool {
        let mut unknown = false;
        for (name, _) in self.node.names() {
            match name {
                "implicitRules" | "modifierExtension" => {
                    self.faults.add(name, "changes the meaning in a way that scrubs does not know")
                }
                _ => unknown |= !ELEMENTS.contains(&name) && !name.starts_with('_'),
            }
        }
        if unknown {
            self.faults.add("Consent", "has an element that neither FHIR R4 nor R5 gives it");
        }
        let has = |of: &[&str]| of.iter().any(|name| self.node.get(name).is_some());
        let (r4, r5) = (has(ONLY_R4), has(ONLY_R5) || matches!(self.node.get("provision"), Some(Node::List(_))));
        if r4 && r5 {
            self.faults.add("Consent", "has elements of FHIR R4 and of R5");
        }
        r5
    }

    /// The narrowest kind that its scope and categories name.
    fn sort(&mut self) -> Sort {
        let mut sort = Sort::General;
        for name in ["scope", "category"] {
            for concept in self.node.each_of(name) {
                match code::sort(concept) {
                    Some(named) if named == sort || sort == Sort::General => sort = named,
                    Some(Sort::General) => {}
                    Some(_) => self.faults.add(name, "names kinds of consent that exclude each other"),
                    None => self.faults.add(name, "has no code that scrubs knows"),
                }
            }
        }
        sort
    }

    /// Whether it says that it was not verified, and nowhere that it was.
    fn is_unverified(&self) -> bool {
        let all = self.node.each_of("verification");
        let verified = |v: &Node| matches!(v.get("verified"), Some(Node::Truth(true)));
        !all.is_empty() && !all.iter().any(verified)
    }

    /// Who gave it, as far as references tell.
    fn given_by(&self, name: &str, owner: &str) -> (&'static str, Option<&'static str>) {
        let own = self.node.get(owner).and_then(|owner| owner.text_of("reference"));
        let mut by = "";
        for person in self.node.each_of(name) {
            let reference = person.text_of("reference");
            let kind = person.text_of("type").or_else(|| reference.and_then(patient::kind));
            match kind {
                _ if reference.is_some() && reference == own => return ("patient", None),
                Some("Patient") if reference.is_none() || own.is_none() => return ("patient", None),
                // R4 names among performers also those who must comply.
                Some("Practitioner" | "PractitionerRole" | "Organization") if name == "performer" => {}
                _ => by = "other",
            }
        }
        let why = "was given by somebody other than the patient, and FHIR does not say with what right: it counts as no consent";
        (by, Some(why).filter(|_| by == "other"))
    }

    fn rows(&self, outcome: &provision::Outcome, known: &Known, stated: Stated) -> Read {
        let active = self.node.text_of("status") == Some("active");
        let refused = outcome.open.is_empty() && outcome.denied;
        let status = match self.node.text_of("status") {
            Some("active") if !refused => "given",
            Some("inactive") if !refused => "withdrawn",
            _ => "refused",
        };
        let last = |day: &Date| day.last();
        let live: Vec<_> =
            outcome.open.iter().filter(|(_, ends)| ends.is_none_or(|d| !d.is_past(self.today))).collect();
        let counted = if live.is_empty() { outcome.open.iter().collect() } else { live };
        let ends = counted.iter().filter_map(|(_, ends)| **ends).chain(stated.ends).min_by_key(last);
        let scopes: Vec<&str> = counted.iter().map(|(scope, _)| scope.word()).collect();
        // When an inactive consent ended is not said: at its end, or as early as it began, so that a later one stands.
        let withdrawn =
            ends.filter(|ends| ends.is_past(self.today)).or(stated.given_on).filter(|_| status == "withdrawn");
        let exact = |day: Option<Date>| day.map(Date::exact).unwrap_or_default();
        let given = active && status == "given";
        let document = self.document();
        let form = if document.is_empty() { "" } else { "written" };
        let conditions: Vec<&str> = outcome.conditions.iter().map(String::as_str).collect();
        // A register's dates are of our own time.
        let born = exact(known.born.filter(|born| born.month().year() >= 1900));
        let rows = known.numbers.iter().map(|(issuer, id)| {
            vec![
                id.clone().into(),
                issuer.clone().into(),
                if given { scopes.join(";").into() } else { "".into() },
                status.into(),
                form.into(),
                stated.by.into(),
                exact(stated.given_on).into(),
                if given { exact(ends).into() } else { "".into() },
                exact(withdrawn).into(),
                if known.died.is_some() { "deceased".into() } else { "".into() },
                document.clone().into(),
                if given { conditions.join(";").into() } else { "".into() },
                born.clone().into(),
            ]
        });
        Read::Rows(rows.collect(), stated.notice)
    }

    /// Where the signed form lies.
    fn document(&self) -> String {
        let reference =
            self.node.each_of("sourceReference").first().map(|r| r.text_of("reference").unwrap_or("attached"));
        let attached = self.node.each_of("sourceAttachment").first().map(|a| a.text_of("url").unwrap_or("attached"));
        reference.or(attached).unwrap_or_default().to_owned()
    }
}

/// What else a consent states.
struct Stated {
    given_on: Option<Date>,
    ends: Option<Date>,
    by: &'static str,
    notice: Option<&'static str>,
}

/// The day of a date or dateTime, as its place says it; the time is left out.
fn day(node: &Node, name: &str, under: &str, faults: &mut Faults) -> Option<Date> {
    let node = node.get(name)?;
    let at = if under.is_empty() { name.to_owned() } else { format!("{under}.{name}") };
    let text = node.text().unwrap_or_default();
    let read = Date::iso(text.split('T').next().unwrap_or_default()).ok();
    if read.is_none() {
        faults.add(&at, "is not a date with at least its month");
    }
    read
}

/// The last whole day of a period: where it ends within a day, the day before.
fn end(period: &Node, at: &str, faults: &mut Faults) -> Option<Date> {
    let day = day(period, "end", at, faults)?;
    let time = period.text_of("end").and_then(|text| text.split_once('T')).map(|(_, time)| time);
    if time.is_none_or(|time| time.starts_with("23:59")) {
        return Some(day);
    }
    let last: civil::Date = day.exact().parse().ok()?;
    Date::iso(&last.checked_sub(1.day()).ok()?.to_string()).ok()
}

#[cfg(test)]
mod tests;
