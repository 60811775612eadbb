//! A recording as far as the work on it has come: whose it is, what was found, what the verdict says.

use super::bench::{Again, Bench, Done, Files, Job, measure};
use super::beside::{Paper, paper_digest};
use super::load::hex;
use super::prove::Written;
use super::shelf::Side;
use super::weigh::{Case, Recollection, Weighed};
use crate::code::coder::Instance;
use crate::code::key::{KeyEntry, Mapping};
use crate::code::{PatientCode, RecordingCode};
use crate::consent::withdrawal::Whom;
use crate::consent::{Match, Patient, Sidecar, distribution};
use crate::dicom::Identity;
use crate::finding::Action;
use crate::ledger::{Entry, Reason};
use crate::plan::Plan;
use crate::recording::terms::{Kind, PixelState, Subject};
use crate::recording::{Deidentification, Family, Format, Identifier, Known, Outcome};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A recording in the making.
pub(crate) struct Draft<'a> {
    bench: &'a Bench<'a>,
    job: &'a Job,
    /// Its path below SOURCE, `/` between names, as registers and profiles name it.
    relative: String,
    /// What the register says of it.
    said: Match,
    /// Whether a withdrawal on record has changed that.
    withdrawn: bool,
    /// What the sidecar of an earlier run says that lies beside it.
    recollection: Option<Recollection>,
    /// Whether anything like one lies there.
    has_paper: bool,
    /// What a DICOM object says of itself.
    identity: Identity,
    /// The year it says it was made in.
    year: Option<u16>,
    method: Vec<String>,
    whose: Option<Patient>,
    digest: [u8; 32],
    weighed: Option<Weighed>,
    mapping: Option<Mapping>,
    entry: Entry,
}

impl<'a> Draft<'a> {
    /// A source of which nothing but its place is known.
    pub(crate) fn unread(bench: &'a Bench<'a>, job: &'a Job) -> Self {
        let format = Format::Unknown;
        Self::make(bench, job, 0, format, bench.unread_digest(&job.path), Identity::default(), None)
    }

    /// A source of which content and, for a DICOM object, identity are known.
    pub(crate) fn known(
        bench: &'a Bench<'a>,
        job: &'a Job,
        length: u64,
        format: Format,
        digest: [u8; 32],
        identity: Identity,
        paper: Option<Paper>,
    ) -> Self {
        Self::make(bench, job, length, format, digest, identity, paper)
    }

    fn make(
        bench: &'a Bench<'a>,
        job: &'a Job,
        length: u64,
        format: Format,
        digest: [u8; 32],
        identity: Identity,
        paper: Option<Paper>,
    ) -> Self {
        let relative = relative(job);
        let has_paper = paper.is_some();
        let order = bench.order;
        let mut recollection = match &paper {
            Some(Paper::Believed(sidecar, known)) => Some(Recollection::of(sidecar, known, order.purpose, order.as_of)),
            _ => None,
        };
        let named = own_patient_of(&identity).or_else(|| order.profile.patient_of(&relative));
        // A recording without a name that comes back stays with the others of its patient.
        let named = named.or_else(|| Patient::new("", recollection.as_ref()?.patient.as_str()));
        let mut said = bench.order.register.find(named.as_ref(), &relative);
        let whose = match (said.statement.patient.clone(), named) {
            (Some(register), Some(named)) if register.id() == named.id() => Some(named),
            (register, named) => register.or(named),
        };
        let patient = match &whose {
            Some(patient) => bench.coder.patient(patient.issuer().reveal(), patient.id().reveal()),
            None => bench.coder.own_patient(&digest),
        };
        let instance = match &identity.sop_instance_uid {
            Some(uid) => Instance::SopInstanceUid(uid.reveal()),
            None => Instance::Content(&digest),
        };
        let code = bench.coder.recording(&patient, instance);
        let mut withdrawn = bench.withdrawn.lay_upon(&mut said, whose.as_ref(), instance, &digest, order.purpose);
        if let Some(Paper::Believed(sidecar, _) | Paper::Unknown(sidecar)) = &paper {
            // The codes that it came back under, whether it is believed or not.
            let whom = [Whom::Recording(sidecar.recording.clone()), Whom::Patient(sidecar.patient.clone())];
            match (&mut said.statement.consent, &mut recollection) {
                (None, Some(recollection)) => {
                    bench.withdrawn.lay_of(&whom, &mut recollection.recalled.facts.consent, order.purpose);
                }
                (said, _) => {
                    let mut consent = said.clone().unwrap_or_default();
                    if bench.withdrawn.lay_of(&whom, &mut consent, order.purpose) {
                        *said = Some(consent);
                        withdrawn = true;
                    }
                }
            }
        }
        let entry = entry(bench, code, patient, format, length, whose.is_none());
        let year = identity.year;
        Self {
            bench,
            job,
            relative,
            said,
            withdrawn,
            recollection,
            has_paper,
            identity,
            year,
            method: Vec::new(),
            whose,
            digest,
            weighed: None,
            mapping: None,
            entry,
        }
    }

    pub(crate) fn patient(&self) -> &PatientCode {
        &self.entry.patient
    }

    /// What register and recording call the patient: what free texts are cleaned of.
    pub(crate) fn identifiers(&self) -> Vec<Identifier> {
        let register = self.said.statement.patient.as_ref().map(Patient::id);
        let own = [self.identity.patient_id.as_ref(), self.identity.patient_name.as_ref()];
        let whose = self.whose.as_ref().map(Patient::id);
        own.into_iter().flatten().chain(register).chain(whose).cloned().collect()
    }

    /// How this object is de-identified: as the run is told, with the register's consent stated where the profile says so.
    pub(crate) fn deidentification(&self) -> Cow<'a, Deidentification> {
        let order = self.bench.order;
        let said = &self.said.statement;
        let stated = match &said.consent {
            Some(consent) if order.profile.writes_consent() => {
                let own = self.identity.consent.as_ref();
                let consent = own.map_or_else(|| consent.clone(), |own| distribution::together(consent, own));
                distribution::state(&consent, said.subject.unwrap_or(Subject::Unknown), order.as_of)
            }
            _ => Vec::new(),
        };
        if stated.is_empty() {
            return Cow::Borrowed(&order.deidentification);
        }
        Cow::Owned(order.deidentification.stating(stated))
    }

    /// The tables of what is replaced in this object, to be filled; none where nobody asked for them.
    pub(crate) fn new_mapping(&self) -> Option<Mapping> {
        let bench = self.bench;
        if !bench.order.profile.maps_dicom() || bench.shelves.is_none() {
            return None;
        }
        let mut mapping = Mapping::default();
        let id = self.identity.patient_id.as_ref().or(self.whose.as_ref().map(Patient::id));
        if let Some(id) = id {
            mapping.patient(id.clone(), self.entry.patient.as_str());
        }
        Some(mapping)
    }

    /// Takes the tables, filled.
    pub(crate) fn take_mapping(&mut self, mapping: Option<Mapping>) {
        self.mapping = mapping;
    }

    /// What the judge needs to know.
    pub(crate) fn case(&self) -> Case<'_> {
        Case {
            relative: &self.relative,
            said: &self.said,
            withdrawn: self.withdrawn,
            recollection: self.recollection.as_ref(),
            identity: &self.identity,
            year: self.year,
            format: self.entry.format,
        }
    }

    pub(crate) fn number(&self) -> u64 {
        self.job.number
    }

    /// Takes what the surgeon found.
    pub(crate) fn take_plan(&mut self, plan: &Plan) {
        self.method.clone_from(&plan.method);
        for finding in &plan.findings {
            if finding.action != Action::Keep {
                *self.entry.findings.entry(finding.code.word().to_owned()).or_default() += 1;
            }
        }
    }

    /// Whether the era is still open and the recording's own date could close it.
    pub(crate) fn needs_year(&self) -> bool {
        self.year.is_none() && self.said.statement.made_when.is_none() && self.entry.format.family() == Family::Picture
    }

    pub(crate) fn take_year(&mut self, year: Option<u16>) {
        self.year = self.year.or(year);
    }

    /// Takes the verdict, and with it where the recording goes.
    pub(crate) fn take_verdict(&mut self, weighed: Weighed) {
        let entry = &mut self.entry;
        entry.kind = weighed.facts().kind;
        entry.pixels = weighed.pixels();
        entry.usability = Some(weighed.verdict.outcome);
        entry.rules.clone_from(&weighed.verdict.rules);
        entry.conditions.clone_from(&weighed.verdict.conditions);
        entry.reasons.clone_from(&weighed.reasons);
        entry.known = weighed.known();
        entry.outcome = if weighed.reasons.is_empty() { Outcome::Released } else { Outcome::Held };
        self.weighed = Some(weighed);
    }

    /// Which shelf the verdict sends it to.
    pub(crate) fn side(&self) -> Side {
        if self.entry.outcome == Outcome::Released { Side::Release } else { Side::Custody }
    }

    pub(crate) fn take_written(&mut self, written: &Written) {
        let entry = &mut self.entry;
        let shelf = if entry.outcome == Outcome::Released { "recordings" } else { "held" };
        entry.path = Some(format!("{shelf}/{}/{}.{}", entry.patient, entry.code, entry.format.extension()));
        entry.sha256 = Some(hex(&written.sha256));
        entry.bytes_out = written.length;
    }

    /// The paper that lies beside the recording, and its bytes; none when it would say what no sidecar may.
    pub(crate) fn sidecar(&mut self) -> Option<(Sidecar, Vec<u8>)> {
        let weighed = self.weighed.as_ref()?;
        let paper = weighed.sidecar(&self.entry, &self.method, self.bench.order.profile.name());
        let bytes = paper.write().ok()?;
        self.entry.known.sidecar = Some(paper_digest(&bytes));
        Some((paper, bytes))
    }

    /// Ends the work on it without an output.
    pub(crate) fn end(mut self, outcome: Outcome, reason: Reason) -> Done {
        self.entry.outcome = outcome;
        self.entry.usability = None;
        self.entry.rules.clear();
        self.entry.conditions.clear();
        self.entry.reasons = vec![reason];
        self.entry.known = Known::default();
        self.finish(None)
    }

    /// Ends the work on it.
    pub(crate) fn finish(self, files: Option<Files>) -> Done {
        let (length, changed) = measure(&self.job.found.met);
        let consent = self.weighed.as_ref().and_then(|w| w.details(&self.said)).map(Identifier::from);
        let depends_on_date = self.weighed.as_ref().is_some_and(Weighed::depends_on_date);
        let whose = self.whose;
        let own = self.identity;
        Done {
            number: self.job.number,
            path: self.job.path,
            length,
            changed,
            content: self.bench.coder.ledger_digest("content", &[&self.digest]),
            settings: match self.has_paper {
                true => self.bench.settings.mark_beside(),
                false => self.bench.settings.mark(depends_on_date),
            },
            key: KeyEntry {
                code: self.entry.code.clone(),
                patient: self.entry.patient.clone(),
                patient_id: own.patient_id.or_else(|| whose.as_ref().map(|w| w.id().clone())),
                issuer: own.issuer.or_else(|| whose.filter(Patient::has_issuer).map(|w| w.issuer().clone())),
                patient_name: own.patient_name,
                source: Identifier::new(self.job.found.path.as_os_str().as_encoded_bytes()),
                consent,
            },
            entry: self.entry,
            files,
            mapping: self.mapping,
            unread: false,
            again: own.sop_instance_uid.map(|uid| Again { uid, content: self.digest }),
            shown: self.job.found.path.clone(),
        }
    }
}

/// The patient that a DICOM object names.
fn own_patient_of(identity: &Identity) -> Option<Patient> {
    let issuer = identity.issuer.as_ref().map(Identifier::reveal_text).unwrap_or_default();
    Patient::new(&issuer, &identity.patient_id.as_ref()?.reveal_text())
}

fn relative(job: &Job) -> String {
    let parts: Vec<_> = job.found.relative.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

fn entry(
    bench: &Bench<'_>,
    code: RecordingCode,
    patient: PatientCode,
    format: Format,
    bytes_in: u64,
    own_patient: bool,
) -> Entry {
    Entry {
        code,
        patient,
        outcome: Outcome::Failed,
        format,
        kind: Kind::Photograph,
        purpose: bench.order.purpose,
        usability: None,
        rules: Vec::new(),
        conditions: Vec::new(),
        reasons: Vec::new(),
        sha256: None,
        path: None,
        bytes_in,
        bytes_out: 0,
        findings: BTreeMap::new(),
        pixels: PixelState::Unchecked,
        duplicates: 0,
        own_patient,
        known: Known::default(),
    }
}
