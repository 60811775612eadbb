//! The `meta` box built anew, no larger than it was: what stays of each table, and a `free` box for what went.
//!
//! ISO/IEC 14496-12, 8.11 and 8.18. Offsets of items are those of the file and of `idat`, neither of which moves
//! against its samples.

use super::choice::Choice;
use super::meta::{Group, Location, Meta, Reference};
use super::part::{Part, boxed};
use super::rule;
use crate::plan::Refusal;
use std::collections::BTreeMap;

/// What the box is built from.
pub(super) struct Plan<'a> {
    pub(super) meta: &'a Meta,
    pub(super) choice: &'a Choice,
    /// The properties that stay, by their place in `Meta::properties`: type and payload.
    pub(super) properties: BTreeMap<usize, ([u8; 4], Vec<u8>)>,
    /// The payload of `idat`, cleaned.
    pub(super) data: Vec<u8>,
}

/// Builds the box, of just the size that `part` has; none where it would need to be larger.
pub(super) fn build(plan: &Plan<'_>, part: &Part) -> Result<Option<Vec<u8>>, Refusal> {
    // Numbers of pictures and groups are whatever a writer chose; in a row they could be words.
    if [references(plan), groups(plan), information(plan)].iter().any(|numbers| rule::spells(numbers)) {
        return Err(Refusal::not_understood("the numbers of the pictures in the file read as words"));
    }
    let mut boxes = vec![0; 4];
    let (mut handler_at, mut name) = (0, 1);
    for child in &plan.meta.parts {
        let new = match &child.kind {
            b"hdlr" => {
                handler_at = boxes.len();
                // Some writers leave the empty name out.
                name = usize::from(child.end - child.body > 24);
                handler(name)
            }
            b"pitm" => primary(plan.meta),
            b"iinf" => information(plan),
            b"iloc" => locations(plan),
            b"iref" => references(plan),
            b"iprp" => properties(plan)?,
            b"grpl" => groups(plan),
            b"idat" => boxed(b"idat", &plan.data),
            _ => continue,
        };
        boxes.extend(new);
    }
    let room = (part.end - part.body) as usize;
    let Some(left) = room.checked_sub(boxes.len()) else { return Ok(None) };
    match left {
        0 => {}
        // Too little for a box: the handler's empty name gets longer by zeros.
        1..=7 => {
            let old = handler(name).len();
            boxes.splice(handler_at..handler_at + old, handler(name + left));
        }
        _ => boxes.extend(boxed(b"free", &vec![0; left - 8])),
    }
    Ok(Some([part.header(b"meta"), boxes].concat()))
}

/// A handler of pictures with an empty name, of so many zeros.
fn handler(name: usize) -> Vec<u8> {
    boxed(b"hdlr", &[&[0; 8][..], b"pict", &[0; 12], &vec![0; name]].concat())
}

/// A number in 16 or 32 bits.
fn id(id: u32, long: bool) -> Vec<u8> {
    if long { id.to_be_bytes().to_vec() } else { (id as u16).to_be_bytes().to_vec() }
}

/// The last `size` bytes of a number.
fn sized(value: u64, size: usize) -> Vec<u8> {
    value.to_be_bytes()[8 - size.min(8)..].to_vec()
}

fn primary(meta: &Meta) -> Vec<u8> {
    let primary = meta.primary.unwrap_or_default();
    let long = primary > 0xFFFF;
    boxed(b"pitm", &[&[u8::from(long), 0, 0, 0][..], &id(primary, long)].concat())
}

fn information(plan: &Plan<'_>) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut count = 0_u32;
    for item in plan.meta.items.iter().filter(|item| plan.choice.kept.contains_key(&item.id)) {
        let head = [if item.long { 3 } else { 2 }, 0, 0, u8::from(item.hidden)];
        let payload = [&head[..], &id(item.id, item.long), &[0, 0], &item.kind, &[0]].concat();
        entries.extend(boxed(b"infe", &payload));
        count += 1;
    }
    let long = count > 0xFFFF;
    boxed(b"iinf", &[&[u8::from(long), 0, 0, 0][..], &id(count, long), &entries].concat())
}

fn locations(plan: &Plan<'_>) -> Vec<u8> {
    let form = plan.meta.form;
    let kept: Vec<&Location> =
        plan.meta.locations.values().filter(|location| plan.choice.kept.contains_key(&location.id)).collect();
    let mut out = vec![form.version, 0, 0, 0, (form.offset << 4 | form.length) as u8, (form.base << 4) as u8];
    out.extend(id(kept.len() as u32, form.version == 2));
    for location in kept {
        out.extend(id(location.id, form.version == 2));
        if form.version > 0 {
            out.extend([0, location.method]);
        }
        out.extend([0, 0]);
        let extents: Vec<_> = location.extents.iter().filter(|(_, length)| *length > 0).collect();
        // A place without bytes is nowhere.
        out.extend(sized(if extents.is_empty() { 0 } else { location.base }, form.base));
        out.extend((extents.len() as u16).to_be_bytes());
        for (offset, length) in extents {
            out.extend(sized(*offset, form.offset));
            out.extend(sized(*length, form.length));
        }
    }
    boxed(b"iloc", &out)
}

/// What stays of the references.
fn kept_references(plan: &Plan<'_>) -> Vec<Reference> {
    let kept = |id: &u32| plan.choice.kept.contains_key(id);
    let mut out = Vec::new();
    for reference in &plan.meta.references {
        let to: Vec<u32> = reference.to.iter().copied().filter(kept).collect();
        if rule::REFERENCES.contains(&reference.kind) && kept(&reference.from) && !to.is_empty() {
            out.push(Reference { to, ..reference.clone() });
        }
    }
    out
}

fn references(plan: &Plan<'_>) -> Vec<u8> {
    let long = plan.meta.long_references;
    let mut out = vec![u8::from(long), 0, 0, 0];
    for reference in kept_references(plan) {
        let mut payload = id(reference.from, long);
        payload.extend((reference.to.len() as u16).to_be_bytes());
        payload.extend(reference.to.iter().flat_map(|to| id(*to, long)));
        out.extend(boxed(&reference.kind, &payload));
    }
    if out.len() == 4 { Vec::new() } else { boxed(b"iref", &out) }
}

fn properties(plan: &Plan<'_>) -> Result<Vec<u8>, Refusal> {
    let mut numbers = BTreeMap::new();
    let mut container = Vec::new();
    for (index, (kind, payload)) in &plan.properties {
        container.extend(boxed(kind, payload));
        numbers.insert(*index, numbers.len() as u16 + 1);
    }
    let wide = numbers.len() > 127;
    let kept: Vec<(&u32, &Vec<(bool, u16)>)> =
        plan.meta.associations.iter().filter(|(id, _)| plan.choice.kept.contains_key(id)).collect();
    let long = kept.iter().any(|(id, _)| **id > 0xFFFF);
    let mut out = vec![u8::from(long), 0, 0, u8::from(wide)];
    out.extend((kept.len() as u32).to_be_bytes());
    for (item, list) in kept {
        out.extend(id(*item, long));
        let new: Vec<(bool, u16)> = list
            .iter()
            .filter_map(|(essential, old)| Some((*essential, *numbers.get(&usize::from(old.checked_sub(1)?))?)))
            .collect();
        let count = u8::try_from(new.len()).map_err(|_| Refusal::too_large("a picture has too many properties"))?;
        out.push(count);
        for (essential, number) in new {
            match wide {
                true => out.extend((u16::from(essential) << 15 | number).to_be_bytes()),
                false => out.push(u8::from(essential) << 7 | number as u8),
            }
        }
    }
    Ok(boxed(b"iprp", &[boxed(b"ipco", &container), boxed(b"ipma", &out)].concat()))
}

/// What stays of a group: two members at least.
fn kept_group(plan: &Plan<'_>, group: &Group) -> Option<Vec<u32>> {
    let members: Vec<u32> =
        group.members.iter().copied().filter(|member| plan.choice.kept.contains_key(member)).collect();
    (rule::GROUPS.contains(&group.kind) && members.len() > 1).then_some(members)
}

fn groups(plan: &Plan<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    for group in &plan.meta.groups {
        let Some(members) = kept_group(plan, group) else { continue };
        let mut payload = [[0; 4], group.id.to_be_bytes(), (members.len() as u32).to_be_bytes()].concat();
        payload.extend(members.iter().flat_map(|member| member.to_be_bytes()));
        out.extend(boxed(&group.kind, &payload));
    }
    if out.is_empty() { out } else { boxed(b"grpl", &out) }
}
