//! What patients have withdrawn, as far as custody has it on record, asked for each recording before it is judged.
//!
//! GMC paras 8, 25, 47. A register that still says *given* does not undo a withdrawal; a consent given after it does.
//! Every recording is looked up under the codes of every release that a withdrawal came from, so that a patient who
//! withdrew from a publication, where codes are the release's own, has withdrawn here too.

use crate::code::coder::Instance;
use crate::code::custody::Custody;
use crate::code::{Coder, PatientCode};
use crate::consent::withdrawal::Whom;
use crate::consent::{Consent, Match, Patient, Withdrawal};
use crate::ledger::store::{Ledger, LedgerError};
use crate::recording::terms::Purpose;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What the ledger's digests of contents are derived for.
pub(crate) const CONTENT: &str = "content";

/// The withdrawals on record, with what computes the codes they may be known by.
pub(crate) struct Withdrawn {
    all: Vec<Withdrawal>,
    /// Which of them speak of a patient's or a recording's code.
    by_code: BTreeMap<Whom, Vec<usize>>,
    /// And of which content, by the ledger's digest of it: a number or a folder that is written otherwise later gives other codes.
    by_content: BTreeMap<[u8; 32], BTreeSet<usize>>,
    coders: Vec<Coder>,
    own: Coder,
}

impl Withdrawn {
    /// Reads them from the ledger.
    pub(crate) fn load(ledger: &Ledger, custody: &Custody) -> Result<Self, LedgerError> {
        let all: Vec<Withdrawal> = ledger.withdrawals()?.into_iter().map(|recorded| recorded.withdrawal).collect();
        let families: BTreeSet<_> = all.iter().flat_map(|w| w.codes.iter().map(|coded| coded.release)).collect();
        let mut by_code: BTreeMap<Whom, Vec<usize>> = BTreeMap::new();
        let mut by_content: BTreeMap<[u8; 32], BTreeSet<usize>> = BTreeMap::new();
        let releases = ledger.releases()?;
        for (at, withdrawal) in all.iter().enumerate() {
            for coded in &withdrawal.codes {
                by_code.entry(coded.whom.clone()).or_default().push(at);
                for release in &releases {
                    for (_, content) in ledger.entries_of(release, &coded.whom)? {
                        by_content.entry(content).or_default().insert(at);
                    }
                }
            }
        }
        let coder = |release: Option<[u8; 32]>| match release {
            None => custody.coder(),
            Some(release) => Coder::for_release(custody.secret(), &release),
        };
        let coders = families.into_iter().map(coder).collect();
        Ok(Self { all, by_code, by_content, coders, own: custody.coder() })
    }

    /// Whether nothing was ever withdrawn.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// A digest of all that was withdrawn; none where nothing ever was.
    pub(crate) fn digest(&self) -> Option<[u8; 32]> {
        let mut digest = Sha256::new();
        for withdrawal in &self.all {
            let codes = withdrawal.codes.iter().map(|coded| coded.whom.as_str());
            let scopes = withdrawal.scopes.iter().map(|scope| scope.word());
            for field in [withdrawal.on.exact().as_str()].into_iter().chain(codes).chain(scopes) {
                digest.update((field.len() as u64).to_be_bytes());
                digest.update(field);
            }
        }
        (!self.is_empty()).then(|| digest.finalize().into())
    }

    /// Lays what was withdrawn upon what the register says of a recording. One that shares its SOP Instance UID with
    /// another is looked up under both codes that it may bear, and by its content whatever code it bears. Whether anything was.
    pub(crate) fn lay_upon(
        &self,
        said: &mut Match,
        whose: Option<&Patient>,
        instance: Instance<'_>,
        digest: &[u8; 32],
        purpose: Purpose,
    ) -> bool {
        let content = self.own.ledger_digest(CONTENT, &[digest]);
        let mut changed = match self.by_content.get(&content) {
            Some(of) => self.lay(of, said.statement.consent.get_or_insert_default(), purpose),
            None => false,
        };
        for coder in &self.coders {
            let patient = patient(coder, whose, digest);
            let mut whom = vec![Whom::Recording(coder.recording(&patient, instance))];
            if let Instance::SopInstanceUid(uid) = instance {
                whom.push(Whom::Recording(coder.recording(&patient, Instance::Both(uid, digest))));
            }
            whom.push(Whom::Patient(patient));
            // A withdrawal that does not say who issued the number reaches whoever has it.
            whom.extend(whose.map(|whose| Whom::Patient(coder.number(whose.id().reveal()))));
            if whom.iter().any(|whom| self.by_code.contains_key(whom)) {
                changed |= self.lay_of(&whom, said.statement.consent.get_or_insert_default(), purpose);
            }
        }
        changed
    }

    /// Lays what was withdrawn under any of these codes upon a consent. Whether it changed anything.
    pub(crate) fn lay_of(&self, whom: &[Whom], consent: &mut Consent, purpose: Purpose) -> bool {
        self.lay(whom.iter().filter_map(|whom| self.by_code.get(whom)).flatten(), consent, purpose)
    }

    fn lay<'w>(&self, which: impl IntoIterator<Item = &'w usize>, consent: &mut Consent, purpose: Purpose) -> bool {
        let mut changed = false;
        for withdrawal in which.into_iter().filter_map(|at| self.all.get(*at)) {
            changed |= withdrawal.lay_upon(consent, purpose);
        }
        changed
    }
}

fn patient(coder: &Coder, whose: Option<&Patient>, digest: &[u8; 32]) -> PatientCode {
    match whose {
        Some(patient) => coder.patient(patient.issuer().reveal(), patient.id().reveal()),
        None => coder.own_patient(digest),
    }
}
