//! What the guidance says of a file, by the register and the sidecar beside it.
//!
//! GMC paras 8, 9, 23, 36, 37. A sidecar counts here when its digest is the file's: nobody's custody is at hand to ask.

use super::content::{Asking, Pixels};
use super::{Item, Remark, Severity};
use crate::consent::sidecar::Sidecar;
use crate::consent::{Offered, Patient};
use crate::cut::Source;
use crate::dicom;
use crate::finding::Code;
use crate::guidance::{self, Gathered, Origin, Seen};
use crate::recording::terms::{Coding, Kind, PixelState};
use crate::recording::{Family, Format, Head, Known};
use sha2::{Digest, Sha256};

/// Judges the recording, where something is said of it; otherwise nothing is asked.
pub(super) fn take(
    item: &mut Item,
    source: &dyn Source,
    relative: &str,
    paper: Option<&[u8]>,
    pixels: &Pixels,
    asking: &Asking<'_>,
) {
    let paper = paper.and_then(|bytes| {
        let paper = Sidecar::read(bytes).ok().filter(|paper| digest(source).is_ok_and(|digest| digest == paper.sha256));
        if paper.is_none() {
            item.remarks.push(Remark::whole(Code::SidecarDiffers, Code::SidecarDiffers.label()));
        }
        paper
    });
    if paper.is_none() && asking.register.is_none() {
        return;
    }
    // Of a file that is as it was released these are our own; without its sidecar nobody can tell.
    if paper.is_some() {
        item.remarks.retain(|remark| !matches!(remark.finding.code, Code::DicomUid | Code::DicomHeader));
    }
    let identity = match item.format {
        Format::Dicom => dicom::read(source).map(|object| object.identity()).unwrap_or_default(),
        _ => dicom::Identity::default(),
    };
    let mut gathered = Gathered::new(asking.purpose, asking.as_of);
    let offered = |kind, made_for| Offered { kind, made_for, ..Offered::default() };
    gathered
        .offer(Origin::Format, offered(Some(kind_of(item.format)), None))
        .offer(Origin::Attributes, offered(identity.kind, identity.made_for))
        .own_consent(identity.consent_on(asking.as_of).as_ref());
    if let Some(register) = asking.register {
        let issuer = identity.issuer.as_ref().map(|issuer| issuer.reveal_text()).unwrap_or_default();
        let patient = identity.patient_id.as_ref().and_then(|id| Patient::new(&issuer, &id.reveal_text()));
        gathered.register(&register.find(patient.as_ref(), relative));
    }
    // What the cleaned object does not say any more, its sidecar does.
    let head = paper.as_ref().map_or(identity.head, |paper| Head::noted(&paper.identifiable.evidence));
    gathered.head(head.is_some());
    let mut state = pixels.state;
    let mut coding = Coding::None;
    if let Some(paper) = &paper {
        gathered.sidecar(&guidance::recall(paper, &Known::default(), asking.purpose, asking.as_of));
        coding = paper.anonymisation.coding;
        // What was checked when it was released is checked still: the digest is the same.
        if state == PixelState::Unchecked {
            state = paper.anonymisation.pixels;
        }
    }
    let metadata_proved = item.remarks.iter().all(|remark| remark.severity == Severity::Low);
    // What a release holds was cleaned; of anything else nobody has tried.
    let uncleaned = paper.is_none();
    let seen = Seen { metadata_proved, pixels: state, found: pixels.found, uncleaned, ..Seen::NOTHING };
    gathered.coding(coding).see(seen);
    let verdict = guidance::judge(gathered.facts());
    let reasons = guidance::next_step(&verdict, gathered.facts(), gathered.seen());
    item.verdict = Some((verdict, reasons));
}

/// What a recording is of when nothing but its format says so.
fn kind_of(format: Format) -> Kind {
    match format.family() {
        Family::Video => Kind::Video,
        Family::Sound => Kind::Audio,
        Family::Document => Kind::Document,
        Family::Picture | Family::Dicom | Family::Unknown => Kind::Photograph,
    }
}

/// The SHA-256 of a file, as a sidecar writes it.
fn digest(source: &dyn Source) -> std::io::Result<String> {
    let (mut digest, mut buffer, mut at) = (Sha256::new(), vec![0; 256 * 1024], 0);
    while at < source.len() {
        let n = source.read_at(at, &mut buffer)?;
        if n == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        digest.update(&buffer[..n]);
        at += n as u64;
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
