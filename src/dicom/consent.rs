//! Consent to distribute that an object states, read before it is cleaned, and the items that state the register's.
//!
//! DICOM PS3.3 C.7.2.3: Consent for Clinical Trial Use Sequence (0012,0083), in each item Distribution Type (0012,0084) and
//! Consent for Distribution Flag (0012,0085). The protocol that an item may name, and the committee's dates (0012,0086) and
//! (0012,0087), are never read.

use super::Object;
use super::clean::Addition;
use super::value::trim;
use super::vr::Vr;
use super::walk::{Node, Shape};
use super::window::Window;
use crate::consent::{Consent, distribution};
use crate::recording::{Deidentification, Distribution, DistributionFlag};

/// Clinical Trial Time Point ID.
const TIME_POINT: u32 = 0x0012_0050;
const SEQUENCE: u32 = 0x0012_0083;
const TYPE: u32 = 0x0012_0084;
const FLAG: u32 = 0x0012_0085;
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
    let without = object.node(TIME_POINT).is_none() && deidentification.treatment(TIME_POINT).is_none();
    let time_point = without.then(|| Addition::Value(TIME_POINT, Vr::LO, Vec::new()));
    time_point.into_iter().chain([Addition::Items(SEQUENCE, items)]).collect()
}
