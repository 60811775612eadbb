//! The properties of the pictures that stay, each after its rule.
//!
//! ISO/IEC 23008-12, 6.5; ISO/IEC 14496-12, 12.1.5 (`colr`).

use super::choice::Choice;
use super::config::{self, Codec};
use super::meta::Meta;
use super::part::Part;
use super::rule;
use crate::finding::Code;
use crate::icc;
use crate::plan::Refusal;
use std::collections::BTreeMap;
use std::ops::Range;

/// What stays of the properties.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// By place in `Meta::properties`: type and payload.
    pub(super) properties: BTreeMap<usize, ([u8; 4], Vec<u8>)>,
    /// How items are coded.
    pub(super) codecs: BTreeMap<u32, Codec>,
    /// What goes or is changed: code, label, name, bytes of the `meta` box.
    pub(super) told: Vec<(Code, &'static str, String, Range<u64>)>,
}

/// What becomes of one property.
enum Fate {
    Stays(Vec<u8>, Option<Codec>),
    Goes(Code, &'static str),
    /// The picture cannot be shown rightly without it.
    Refused,
}

/// Reads the properties of the items that stay.
///
/// # Errors
/// Where one that is needed is damaged or on no list.
pub(super) fn keep(meta: &Meta, choice: &Choice, bytes: &[u8]) -> Result<Kept, Refusal> {
    let mut kept = Kept::default();
    let mut fates: BTreeMap<usize, Fate> = BTreeMap::new();
    for id in choice.kept.keys() {
        for (essential, index, part) in meta.properties_of(*id) {
            let fate = fates.entry(index).or_insert_with(|| fate(part, bytes));
            match fate {
                Fate::Stays(_, codec) => {
                    kept.codecs.extend(codec.map(|codec| (*id, codec)));
                }
                Fate::Goes(..) if !essential || rule::DESCRIPTIVE.contains(&part.kind) => {}
                Fate::Goes(..) => {
                    return Err(Refusal::not_understood("the picture needs a property that is on no list"));
                }
                Fate::Refused => {
                    return Err(Refusal::not_understood("a property of the picture is damaged"));
                }
            }
        }
    }
    for (index, part) in meta.properties.iter().enumerate() {
        let name = part.name();
        let old = &bytes[part.body as usize..part.end as usize];
        match fates.remove(&index) {
            Some(Fate::Stays(payload, _)) => {
                if payload != old {
                    let (code, label) = match &part.kind {
                        b"colr" => (Code::IccDescription, Code::IccDescription.label()),
                        _ => (Code::HiddenBytes, "bytes hidden in a property"),
                    };
                    kept.told.push((code, label, name, part.range()));
                }
                kept.properties.insert(index, (part.kind, payload));
            }
            Some(Fate::Goes(code, label)) => kept.told.push((code, label, name, part.range())),
            _ => {
                let known = rule::rule(&part.kind).is_some() || config::is_configuration(&part.kind);
                if !known && !matches!(&part.kind, b"colr" | b"auxC") && old.iter().any(|b| *b != 0) {
                    let (code, label) = rule::gone(&part.kind);
                    kept.told.push((code, label, name, part.range()));
                }
            }
        }
    }
    Ok(kept)
}

fn fate(part: &Part, bytes: &[u8]) -> Fate {
    let payload = &bytes[part.body as usize..part.end as usize];
    match &part.kind {
        b"colr" => colour(payload),
        b"auxC" => match rule::auxiliary(payload) {
            Some((_, payload)) => Fate::Stays(payload, None),
            None => Fate::Goes(Code::ApplicationData, "application data"),
        },
        kind if config::is_configuration(kind) => {
            let mut payload = payload.to_vec();
            match config::clean(kind, &mut payload) {
                Some(codec) => Fate::Stays(config::shortened(kind, payload), Some(codec)),
                None => Fate::Refused,
            }
        }
        kind => match rule::rule(kind) {
            None => {
                let (code, label) = rule::gone(kind);
                Fate::Goes(code, label)
            }
            Some(rule) => match rule.allow(payload) {
                Some(payload) => Fate::Stays(payload, None),
                None if rule.needed => Fate::Refused,
                None => Fate::Goes(Code::HiddenBytes, "property with bytes hidden in it"),
            },
        },
    }
}

/// `colr`: numbers of ITU-T H.273 as they are, profiles cleaned.
fn colour(payload: &[u8]) -> Fate {
    match cleaned_colour(payload) {
        Some(payload) => Fate::Stays(payload, None),
        None => Fate::Goes(Code::IccDropped, Code::IccDropped.label()),
    }
}

/// The payload of a `colr` box as it may stay.
pub(in crate::strip) fn cleaned_colour(payload: &[u8]) -> Option<Vec<u8>> {
    let (kind, rest) = payload.split_at_checked(4)?;
    match kind {
        b"nclx" => {
            let numbers = rest.get(..7)?;
            let small = numbers.chunks_exact(2).all(|n| n[0] == 0);
            small.then(|| [kind, &numbers[..6], &[numbers[6] & 0x80]].concat())
        }
        b"nclc" => rest.get(..6).filter(|n| n.chunks_exact(2).all(|n| n[0] == 0)).map(|n| [kind, n].concat()),
        // In the place it had: nothing behind it may move.
        b"prof" | b"rICC" => icc::clean_within(rest, rest.len()).map(|cleaned| [kind, &cleaned.profile].concat()),
        _ => None,
    }
}
