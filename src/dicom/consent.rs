//! Consent to distribute that an object states, read before it is cleaned, and the items that state the register's.
//!
//! DICOM PS3.3 C.7.2.3: Consent for Clinical Trial Use Sequence (0012,0083), in each item Distribution Type (0012,0084) and
//! Consent for Distribution Flag (0012,0085); C.7.1.3: for how long an ethics committee's approval is in effect, (0012,0086)
//! and (0012,0087). The protocol that an item may name is never read.

use super::Object;
use super::clean::Addition;
use super::value::trim;
use super::vr::Vr;
use super::walk::{Node, Shape};
use super::window::Window;
use crate::consent::{Consent, Date, distribution};
use crate::recording::{Approval, Deidentification, Distribution, DistributionFlag};

/// Clinical Trial Time Point ID.
const TIME_POINT: u32 = 0x0012_0050;
const SEQUENCE: u32 = 0x0012_0083;
const TYPE: u32 = 0x0012_0084;
const FLAG: u32 = 0x0012_0085;
const START: u32 = 0x0012_0086;
const END: u32 = 0x0012_0087;
/// What the Clinical Trial Subject module cannot be without (Type 1): where they are not, nothing of it is stated.
const TRIAL: [u32; 2] = [0x0012_0010, 0x0012_0020];
/// Items beyond so many are no consent of one patient.
const ITEMS: usize = 1000;
/// A code string is at most so long (PS3.5 6.2).
const LONGEST: u64 = 32;

/// The consent that an object states of itself; none where it states none.
pub(super) fn read(object: &Object<'_>) -> Option<Consent> {
    let nodes = &object.list.nodes;
    let mut window = object.window();
    let mut items: Vec<Distribution> = Vec::new();
    let mut at = 0;
    while let Some(node) = nodes.get(at) {
        // One that cannot be read may be a refusal.
        let unreadable = node.tag == SEQUENCE && node.shape != Shape::Sequence && node.len() > 0;
        items.extend(unreadable.then_some(Distribution { flag: DistributionFlag::No, kind: None }));
        if node.tag == SEQUENCE && node.shape == Shape::Sequence {
            let mut item = at + 1;
            while item < node.next as usize && items.len() < ITEMS {
                items.extend(one(&mut window, nodes, item));
                item = nodes.get(item)?.next as usize;
            }
        }
        at = node.next as usize;
    }
    distribution::read(&items)
}

/// What one item says.
fn one(window: &mut Window<'_>, nodes: &[Node], item: usize) -> Option<Distribution> {
    let (mut at, end) = (item + 1, nodes.get(item)?.next as usize);
    let (mut kind, mut flag) = (String::new(), String::new());
    while at < end {
        let node = nodes.get(at)?;
        let value = node.value();
        let target = match node.tag {
            TYPE => &mut kind,
            FLAG => &mut flag,
            _ => {
                at = node.next as usize;
                continue;
            }
        };
        let range = value.start..value.end.min(value.start + LONGEST);
        let bytes = window.bytes(range).map(trim).unwrap_or_default();
        *target = String::from_utf8_lossy(bytes).into_owned();
        at = node.next as usize;
    }
    distribution::item(&flag, &kind)
}

/// For how long an ethics committee has approved of what the consent is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effective {
    /// Ethics Committee Approval Effectiveness Start Date (0012,0086).
    pub from: Option<Date>,
    /// Ethics Committee Approval Effectiveness End Date (0012,0087).
    pub to: Option<Date>,
}

impl Effective {
    /// Its months, which is all that leaves custody.
    pub fn months(self) -> Approval {
        let month = |date: Option<Date>| date.map(|date| (date.month().year(), date.month().number()));
        Approval { from: month(self.from), to: month(self.to) }
    }
}

/// Reads for how long an approval is in effect. A date that cannot be read is no date, and binds nothing.
pub(super) fn effective(object: &Object<'_>) -> Effective {
    let date = |tag| {
        let value = object.text(tag)?;
        let text = std::str::from_utf8(trim(&value)).ok()?;
        let part = |range| text.get(range).and_then(|part: &str| part.parse().ok());
        let whole = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
        whole.then(|| Date::day(part(0..4)?, part(4..6)? as u8, part(6..8)? as u8)).flatten()
    };
    Effective { from: date(START), to: date(END) }
}

/// What we put into the data set where consent is to be stated: the sequence, and what its module cannot be without
/// (Clinical Trial Time Point ID, Type 2), empty where the object has none.
pub(super) fn additions(object: &Object<'_>, deidentification: &Deidentification) -> Vec<Addition> {
    let item = |stated: &Distribution| {
        let kind = stated.kind.map(|kind| (TYPE, Vr::CS, kind.term().into()));
        kind.into_iter().chain([(FLAG, Vr::CS, stated.flag.term().into())]).collect()
    };
    let items: Vec<_> = deidentification.stated().iter().map(item).collect();
    if items.is_empty() {
        return Vec::new();
    }
    let in_trial = TRIAL.iter().all(|tag| object.text(*tag).is_some_and(|value| !trim(&value).is_empty()));
    let approval = deidentification
        .approval()
        .attributes()
        .filter(|(tag, _)| in_trial && deidentification.treatment(*tag).is_none());
    let approval = approval.map(|(tag, date)| Addition::Value(tag, Vr(*b"DA"), date.into_bytes()));
    let without = object.node(TIME_POINT).is_none() && deidentification.treatment(TIME_POINT).is_none();
    let time_point = without.then(|| Addition::Value(TIME_POINT, Vr::LO, Vec::new()));
    time_point.into_iter().chain([Addition::Items(SEQUENCE, items)]).chain(approval).collect()
}
