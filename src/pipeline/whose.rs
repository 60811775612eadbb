//! Whose a recording is: what register, recording and profile say of its patient, and on what that rests.
//!
//! GMC paras 8, 9, 23: another person's consent must release nobody. Where one number may stand for two people, a recording is
//! held; what only other recordings can tell (see `ledger::store::Bearer`) is found where results are put together.

use crate::code::Coder;
use crate::consent::register::Specificity;
use crate::consent::{Date, Match, Patient, Register};
use crate::dicom::Identity;
use crate::ledger::store::{self, BIRTH, Bearer};
use crate::recording::Identifier;
use crate::recording::terms::ConsentStatus;

/// What the ledger's digests of patients' numbers are derived for.
pub(crate) const NUMBER: &str = "number";

/// Whose a source says it is, and on what its verdict rests that other sources may put in doubt.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bearing {
    /// None where it names nobody.
    pub(crate) bearer: Option<Bearer>,
    /// [`BIRTH`] and [`NUMBER`].
    pub(crate) rests: u8,
    /// What of that is in doubt, once that is known.
    pub(crate) doubt: u8,
}

impl Bearing {
    /// What a source comes to of which register and header were read. `named` is what the recording or the profile says.
    pub(crate) fn of(
        coder: &Coder,
        said: &Match,
        named: Option<&Patient>,
        whose: Option<&Patient>,
        identity: &Identity,
    ) -> Self {
        // What the register takes for another patient's says nothing of that other patient.
        let patient = if said.patient_differs { named } else { whose };
        let Some(patient) = patient else { return Self::default() };
        let (issuer, id) = (patient.issuer().reveal(), patient.id().reveal());
        // A row that gives this very recording to the patient answers what its header says.
        let date = identity.birth_date.as_ref().filter(|_| !said.gives_patient);
        let bearer = Bearer {
            number: coder.ledger_digest(NUMBER, &[id]),
            whose: coder.ledger_digest("whose", &[issuer, id]),
            issued: patient.has_issuer(),
            born: date.map(|date| coder.ledger_digest("born", &[issuer, id, date.reveal()])),
        };
        let settled = said.gives_patient || agrees(said, identity) == Some(true);
        let births = if settled { 0 } else { BIRTH };
        let number = if rests_on_number(said) { store::NUMBER } else { 0 };
        Self { bearer: Some(bearer), rests: births | number, doubt: 0 }
    }
}

/// Whether what is known of the consent comes from a row that names a number alone. What such a row forbids it forbids to all.
fn rests_on_number(said: &Match) -> bool {
    let status = said.statement.consent.as_ref().map(|consent| consent.status);
    let forbids =
        matches!(status, Some(ConsentStatus::Refused | ConsentStatus::Withdrawn | ConsentStatus::ClearlyNotGiven));
    said.specificity == Some(Specificity::Patient)
        && said.conflict.is_none()
        && (!forbids || said.statement.authority.is_some())
}

/// Whether the register's date of birth and the recording's own may be of one person; none where one is silent.
pub(crate) fn agrees(said: &Match, identity: &Identity) -> Option<bool> {
    let own = Date::iso(&identity.birth_date.as_ref()?.reveal_text()).ok()?;
    let register = said.statement.born?;
    Some(!own.is_future(register) && !register.is_future(own))
}

/// What the register says of a recording that something names a patient of, and whose it is.
pub(crate) fn said(register: &Register, relative: &str, named: Option<Patient>) -> (Match, Option<Patient>) {
    let said = register.find(named.as_ref(), relative);
    let whose = match (said.statement.patient.clone(), named) {
        (Some(row), Some(named)) if row.id() == named.id() => Some(named),
        (row, named) => row.or(named),
    };
    (said, whose)
}

/// The patient that a DICOM object names.
pub(crate) fn own_patient_of(identity: &Identity) -> Option<Patient> {
    let issuer = identity.issuer.as_ref().map(Identifier::reveal_text).unwrap_or_default();
    Patient::new(&issuer, &identity.patient_id.as_ref()?.reveal_text())
}
