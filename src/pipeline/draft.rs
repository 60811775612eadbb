//! A recording as far as the work on it has come: whose it is, what was found, what the verdict says.

mod outline;
mod ruled;
mod sight;

use super::bench::{Again, Before, Bench, Done, Files, Job, measure};
use super::beside::{Paper, paper_digest};
use super::load::hex;
use super::prove::Written;
use super::ruled::Ruled;
use super::shelf::Side;
use super::weigh::{Case, Recollection, Weighed};
use super::whose::{Bearing, own_patient_of, said};
use crate::code::coder::Instance;
use crate::code::key::{KeyEntry, Mapping};
use crate::code::{PatientCode, RecordingCode};
use crate::consent::withdrawal::Whom;
use crate::consent::{Match, Patient, Sidecar, distribution};
use crate::dicom::Identity;
use crate::finding::Action;
use crate::ledger::{Basis, Entry, Made, Reason};
use crate::plan::Plan;
use crate::recording::letters::composed;
use crate::recording::terms::{Kind, PixelState, Subject};
use crate::recording::{Deidentification, Family, Format, Identifier, Known, Outcome, Sight};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

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
    /// What a reviewer decided about it.
    ruled: Option<Ruled>,
    /// What the sidecar of an earlier run says that lies beside it.
    recollection: Option<Recollection>,
    /// Whether anything like one lies there.
    has_paper: bool,
    /// What a DICOM object says of itself.
    identity: Identity,
    /// The year it says it was made in.
    year: Option<u16>,
    method: Vec<String>,
    /// What was seen in its pixels.
    sight: Sight,
    whose: Option<Patient>,
    /// On what that rests; none where nothing was read.
    bearing: Option<Bearing>,
    /// The content's digest; none where it was not read this time.
    digest: Option<[u8; 32]>,
    /// The same, keyed, as the ledger has it.
    content: [u8; 32],
    /// The keyed digest of the plan.
    plan: Option<[u8; 32]>,
    /// The run that wrote the output's bytes, where it was an earlier one.
    cleaned_in: Option<String>,
    weighed: Option<Weighed>,
    mapping: Option<Mapping>,
    entry: Entry,
}

impl<'a> Draft<'a> {
    /// A source of which nothing but its place is known. It is nobody's, whatever a rule says of its place, so that it is
    /// listed under one code (see [`Bench::unread_code`]) that a later run finds again when it can be read.
    pub(crate) fn unread(bench: &'a Bench<'a>, job: &'a Job) -> Self {
        Self::make(bench, job, (0, Format::Unknown), bench.unread_digest(&job.path), Identity::default(), None)
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
        Self::make(bench, job, (length, format), digest, identity, paper)
    }

    fn make(
        bench: &'a Bench<'a>,
        job: &'a Job,
        (length, format): (u64, Format),
        digest: [u8; 32],
        identity: Identity,
        paper: Option<Paper>,
    ) -> Self {
        let relative = relative(&job.found.relative);
        let has_paper = paper.is_some();
        let order = bench.order;
        let mut recollection = match &paper {
            Some(Paper::Believed(sidecar, known)) => Some(Recollection::of(sidecar, known, order.purpose, order.as_of)),
            _ => None,
        };
        let named = own_patient_of(&identity).or_else(|| order.profile.patient_of(&relative));
        // A recording without a name that comes back stays with the others of its patient.
        let named = named.or_else(|| Patient::new("", recollection.as_ref()?.patient.as_str()));
        let (mut said, whose) = said(order.register, &relative, named.clone());
        let read = (length, format) != (0, Format::Unknown);
        let whose = whose.filter(|_| read);
        let bearing = read.then(|| Bearing::of(&bench.coder, &said, named.as_ref(), whose.as_ref(), &identity));
        let patient = match &whose {
            Some(patient) => bench.coder.patient(patient.issuer().reveal(), patient.id().reveal()),
            None => bench.coder.own_patient(&digest),
        };
        let instance = instance(&identity, &digest);
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
        let ruled = ruled::find(bench, &code, whose.as_ref(), Some((instance, &digest)));
        let entry = entry(bench, code, patient, format, length, whose.is_none());
        let (year, content) = (identity.year, bench.content_digest(&digest));
        Self {
            bench,
            job,
            relative,
            said,
            withdrawn,
            ruled,
            recollection,
            has_paper,
            identity,
            year,
            method: Vec::new(),
            sight: Sight::default(),
            whose,
            bearing,
            digest: Some(digest),
            content,
            plan: None,
            cleaned_in: None,
            weighed: None,
            mapping: None,
            entry,
        }
    }

    /// A source whose content is the one that the ledger knows, with what the ledger kept of its cleaning.
    pub(crate) fn known_before(
        bench: &'a Bench<'a>,
        job: &'a Job,
        before: &Before,
        made: &Made,
        identity: Identity,
        digest: Option<[u8; 32]>,
    ) -> Self {
        let relative = relative(&job.found.relative);
        let named = own_patient_of(&identity).or_else(|| bench.order.profile.patient_of(&relative));
        let (mut said, whose) = said(bench.order.register, &relative, named.clone());
        let bearing = Some(Bearing::of(&bench.coder, &said, named.as_ref(), whose.as_ref(), &identity));
        let mut withdrawn = false;
        if let Some(digest) = &digest {
            let instance = instance(&identity, digest);
            withdrawn = bench.withdrawn.lay_upon(&mut said, whose.as_ref(), instance, digest, bench.order.purpose);
        }
        let (purpose, own_patient) = (bench.order.purpose, whose.is_none());
        let by = digest.as_ref().map(|digest| (instance(&identity, digest), digest));
        let ruled = ruled::find(bench, &before.entry.code, whose.as_ref(), by);
        Self {
            bench,
            job,
            relative,
            said,
            withdrawn,
            ruled,
            recollection: None,
            has_paper: false,
            year: identity.year.or(made.basis.from_1997.then_some(1997)),
            identity,
            method: made.basis.method.clone(),
            sight: made.basis.sight.clone(),
            whose,
            bearing,
            digest: None,
            content: before.row.content,
            plan: made.plan,
            cleaned_in: Some(made.basis.cleaned_in.clone()),
            weighed: None,
            mapping: None,
            entry: Entry { purpose, own_patient, ..before.entry.clone() },
        }
    }

    /// Whether register, profile and recording name the same patient as when it was cleaned, so that its code stands.
    pub(crate) fn is_whose_it_was(&self, entry: &Entry) -> bool {
        match &self.whose {
            Some(patient) => {
                let code = self.bench.coder.patient(patient.issuer().reveal(), patient.id().reveal());
                !entry.own_patient && code == entry.patient
            }
            None => entry.own_patient,
        }
    }

    /// The keyed digest of all that the output's bytes depend on besides the source: what is decided about every
    /// recording, and for a DICOM object the identifiers that its texts are cleaned of.
    pub(crate) fn making(&self) -> [u8; 32] {
        let mut identifiers = match self.entry.format {
            Format::Dicom | Format::DicomDir => self.identifiers(),
            _ => Vec::new(),
        };
        identifiers.sort_by(|a, b| a.reveal().cmp(b.reveal()));
        identifiers.dedup();
        let mut fields: Vec<&[u8]> = vec![self.bench.settings.bytes(), self.entry.patient.as_str().as_bytes()];
        fields.extend(identifiers.iter().map(Identifier::reveal));
        let pixels = self.decided().line();
        fields.push(pixels.as_bytes());
        let ruling = self.ruling_line();
        fields.extend(ruling.iter().map(String::as_bytes));
        // Consent that is written into the object is a part of its bytes.
        let how = self.deidentification();
        for stated in how.stated() {
            let what = stated.kind.map_or("", |kind| kind.term());
            fields.extend([what.as_bytes(), stated.flag.term().as_bytes()]);
        }
        let approval: Vec<String> = how.approval().attributes().map(|(_, date)| date).collect();
        fields.extend(approval.iter().map(String::as_bytes));
        self.bench.coder.ledger_digest("making", &fields)
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
                let own = self.identity.consent_on(order.as_of);
                let consent = own.map_or_else(|| consent.clone(), |own| distribution::together(consent, &own));
                distribution::state(&consent, said.subject.unwrap_or(Subject::Unknown), said.adult_from, order.as_of)
            }
            _ => Vec::new(),
        };
        if stated.is_empty() {
            return Cow::Borrowed(&order.deidentification);
        }
        Cow::Owned(order.deidentification.stating(stated).approved(self.identity.approval.months()))
    }

    /// The tables of what is replaced in this object, to be filled; none where nobody asked for them.
    pub(crate) fn new_mapping(&self) -> Option<Mapping> {
        let bench = self.bench;
        // A key that is to be forgotten has no tables either.
        if !bench.order.profile.maps_dicom() || bench.order.forget_key || bench.shelves.is_none() {
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
            ruled: self.ruled.as_ref(),
            identity: &self.identity,
            year: self.year,
            format: self.entry.format,
            sight: &self.sight,
        }
    }

    pub(crate) fn number(&self) -> u64 {
        self.job.number
    }

    /// Takes what the surgeon found.
    pub(crate) fn take_plan(&mut self, plan: &Plan) {
        self.method.clone_from(&plan.method);
        self.plan = Some(self.bench.coder.ledger_digest("plan", &[&outline::outline(plan)]));
        for finding in &plan.findings {
            if finding.action != Action::Keep {
                *self.entry.findings.entry(finding.code.word().to_owned()).or_default() += 1;
            }
        }
    }

    /// Whether the recording's own date could close the era. Asked also where the register closes it: a later one may
    /// not, and then nobody reads the recording again.
    pub(crate) fn needs_year(&self) -> bool {
        self.year.is_none() && self.entry.format.family() == Family::Picture
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
        self.entry.path = Some(self.place());
        self.entry.sha256 = Some(hex(&written.sha256));
        self.entry.bytes_out = written.length;
    }

    /// Takes the output of an earlier run.
    pub(crate) fn take_output(&mut self, before: &Entry) {
        self.entry.path = Some(self.place());
        self.entry.sha256.clone_from(&before.sha256);
        self.entry.bytes_out = before.bytes_out;
    }

    fn place(&self) -> String {
        let entry = &self.entry;
        let shelf = if entry.outcome == Outcome::Released { "recordings" } else { "held" };
        format!("{shelf}/{}/{}.{}", entry.patient, entry.code, entry.format.extension())
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
        let (making, judged_again) = (self.making(), self.cleaned_in.is_some());
        let depends_on_date = self.weighed.as_ref().is_some_and(Weighed::depends_on_date);
        let whose = self.whose;
        let own = self.identity;
        Done {
            number: self.job.number,
            path: self.job.path,
            root: self.job.root,
            length,
            changed,
            content: self.content,
            made: Made {
                making,
                plan: self.plan,
                sidecar: None,
                run: String::new(),
                batch: 0,
                basis: Basis {
                    from_1997: self.year.is_some_and(|year| year >= 1997),
                    method: self.method,
                    sight: self.sight,
                    sidecar_bytes: 0,
                    cleaned_in: self.cleaned_in.unwrap_or_default(),
                },
            },
            judged_again,
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
            bearing: self.bearing,
            again: own.sop_instance_uid.zip(self.digest).map(|(uid, content)| Again { uid, content }),
            shown: self.job.found.path.clone(),
        }
    }
}

/// What makes a recording the one it is.
fn instance<'i>(identity: &'i Identity, digest: &'i [u8; 32]) -> Instance<'i> {
    match &identity.sop_instance_uid {
        Some(uid) => Instance::SopInstanceUid(uid.reveal()),
        None => Instance::Content(digest),
    }
}

/// A path below SOURCE as registers and profiles write it, its letters in one form.
pub(super) fn relative(below: &Path) -> String {
    let parts: Vec<_> = below.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    composed(&parts.join("/")).into_owned()
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
