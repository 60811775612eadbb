//! What a recording's result depends on besides its source: when it changes, an unchanged source is worked on again.
//!
//! Two digests: what the output's bytes depend on, and what the verdict depends on, which is all of it. Where only the
//! second has changed, the recording is judged again and its output stays as it is.

use super::order::Order;
use crate::dicom;
use sha2::{Digest, Sha256};

/// Digests of all that was decided about a run.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    lasting: [u8; 32],
    daily: [u8; 32],
    beside: [u8; 32],
    bytes: [u8; 32],
}

/// What the bytes of every output depend on, besides the source and whose it is. Whatever a surgeon or the witness is
/// told must be in here (or in `Decided::line`, which joins it): a recording whose bytes depend on nothing that has changed is judged again, not cleaned again.
fn bytes(order: &Order<'_>) -> [u8; 32] {
    let mut digest = Sha256::new();
    let mut field = |bytes: &[u8]| {
        digest.update((bytes.len() as u64).to_be_bytes());
        digest.update(bytes);
    };
    field(b"bytes 11");
    field(env!("CARGO_PKG_VERSION").as_bytes());
    field(dicom::EDITION.as_bytes());
    field(order.deidentification.line().as_bytes());
    field(if order.profile.keeps_gain_map() { b"keep-gain-map" } else { b"" });
    // Tables of what was replaced are made with the plan; a key that is to be forgotten has none.
    field(if order.profile.maps_dicom() { b"dicom-mapping" } else { b"" });
    field(if order.forget_key { b"forget-key" } else { b"" });
    // Releases in the public domain have codes of their own.
    field(if order.purpose.is_public_domain() { b"public-domain" } else { b"" });
    digest.finalize().into()
}

impl Settings {
    pub(crate) fn of(order: &Order<'_>) -> Self {
        let mut digest = Sha256::new();
        let mut field = |bytes: &[u8]| {
            digest.update((bytes.len() as u64).to_be_bytes());
            digest.update(bytes);
        };
        field(env!("CARGO_PKG_VERSION").as_bytes());
        field(dicom::EDITION.as_bytes());
        field(order.purpose.word().as_bytes());
        field(order.kind.map_or("", |k| k.word()).as_bytes());
        field(order.made_for.map_or("", |m| m.word()).as_bytes());
        field(&order.profile.digest());
        field(order.deidentification.line().as_bytes());
        field(order.pixels.line().as_bytes());
        order.decoders.stamps().for_each(|stamp| field(stamp.as_bytes()));
        field(&order.register_digest);
        // What an earlier version made by other rules is made anew.
        field(&bytes(order));
        for assessment in &order.assessments {
            field(assessment.recordings.reveal().as_bytes());
            field(assessment.by.reveal());
        }
        let lasting: [u8; 32] = digest.finalize().into();
        let daily = Sha256::new().chain_update(lasting).chain_update(order.as_of.exact()).finalize().into();
        let beside = Sha256::new().chain_update(lasting).chain_update("beside").finalize().into();
        Self { lasting, daily, beside, bytes: bytes(order) }
    }

    /// The same, where a program reads letters: what stays and what goes depends on it and its version.
    pub(crate) fn reading(mut self, version: &str) -> Self {
        for mark in [&mut self.lasting, &mut self.daily, &mut self.beside, &mut self.bytes] {
            *mark = Sha256::new().chain_update(*mark).chain_update("reading").chain_update(version).finalize().into();
        }
        self
    }

    /// The same, where something was withdrawn that reaches sources which no code leads to.
    pub(crate) fn after(mut self, withdrawn: &[u8; 32]) -> Self {
        for mark in [&mut self.lasting, &mut self.daily] {
            *mark = Sha256::new().chain_update(*mark).chain_update(withdrawn).finalize().into();
        }
        self
    }

    /// What the bytes of every output depend on besides the source and whose it is.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// What a recording is marked with: where a date decides (an expiry, a child's coming of age), it is judged anew
    /// every day.
    pub(crate) fn mark(&self, depends_on_date: bool) -> [u8; 32] {
        if depends_on_date { self.daily } else { self.lasting }
    }

    /// What a recording is marked with beside which a sidecar lies: what custody says of that may have changed since, so
    /// the recording is judged anew in every run.
    pub(crate) fn mark_beside(&self) -> [u8; 32] {
        self.beside
    }

    /// The marks that recordings bear which were judged under the settings of today.
    pub(crate) fn marks(&self) -> [[u8; 32]; 3] {
        [self.lasting, self.daily, self.beside]
    }

    /// Whether a recording so marked would be judged the same today.
    pub(crate) fn still_hold(&self, mark: &[u8; 32]) -> bool {
        [self.lasting, self.daily].contains(mark)
    }
}
