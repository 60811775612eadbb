//! The private attributes that the standard calls safe, by private creator.
//!
//! DICOM PS3.15 Table E.3.10-1, as data (`private_2026c.tsv`); PS3.5 7.8.1 (blocks of private attributes).

use super::table::lines;
use super::vr::Vr;
use std::sync::OnceLock;

/// Table E.3.10-1 as data: one row per attribute after two header lines.
const TABLE: &str = include_str!("private_2026c.tsv");

/// A row of the table.
struct Row {
    creator: &'static str,
    /// Group and last two digits of the element.
    place: u32,
    /// Its representation; `UN` where the table has none.
    vr: Vr,
}

/// A block of private attributes that stays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// Group and the first two digits of its elements.
    pub(super) number: u32,
    /// The table's spelling of their creator.
    pub(super) creator: &'static str,
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let mut rows: Vec<Row> = lines(TABLE).skip(1).filter_map(parse).collect();
        rows.sort_by_key(|r| (r.creator, r.place));
        rows
    })
}

fn parse(line: &'static str) -> Option<Row> {
    let mut cells = line.split('\t');
    let (group, element) = cells.next()?.strip_prefix('(')?.strip_suffix(')')?.split_once(",xx")?;
    let hex = |text| u32::from_str_radix(text, 16).ok();
    let place = hex(group)? << 8 | hex(element)?;
    let creator = cells.next()?;
    let vr = match cells.next()?.as_bytes() {
        [a, b] => Vr([*a, *b]),
        [] => Vr::UN,
        _ => Vr::OB,
    };
    Some(Row { creator, place, vr })
}

/// The table's representation of a private attribute under this creator.
pub(super) fn listed(creator: &str, tag: u32) -> Option<Vr> {
    let place = tag >> 16 << 8 | tag & 0xFF;
    let rows = rows();
    rows.binary_search_by_key(&(creator, place), |r| (r.creator, r.place)).ok().map(|i| rows[i].vr)
}

/// Whether a private attribute of this number is a sequence under one of the table's creators.
pub(super) fn may_be_sequence(tag: u32) -> bool {
    static PLACES: OnceLock<Vec<u32>> = OnceLock::new();
    let places = PLACES.get_or_init(|| {
        let mut places: Vec<u32> = rows().iter().filter(|r| r.vr == Vr::SQ).map(|r| r.place).collect();
        places.sort_unstable();
        places
    });
    is_private(tag) && places.binary_search(&(tag >> 16 << 8 | tag & 0xFF)).is_ok()
}

/// Whether a tag is of a private attribute (PS3.5 7.8).
pub(super) fn is_private(tag: u32) -> bool {
    tag >> 16 & 1 == 1
}

/// The table's own spelling of a creator; none where it has none of that name.
pub(super) fn creator(name: &[u8]) -> Option<&'static str> {
    let rows = rows();
    let at = rows.partition_point(|r| r.creator.as_bytes() < name);
    rows.get(at).map(|r| r.creator).filter(|c| c.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_479_attributes_of_20_creators() {
        assert_eq!(rows().len(), 479);
        assert_eq!(lines(TABLE).skip(1).count(), 479);
        let mut creators: Vec<_> = rows().iter().map(|r| r.creator).collect();
        creators.dedup();
        assert_eq!(creators.len(), 20);
        assert!(rows().windows(2).all(|w| (w[0].creator, w[0].place) < (w[1].creator, w[1].place)));
        assert!(rows().iter().all(|r| r.place >> 8 & 1 == 1 && r.creator == r.creator.trim()));
    }

    #[test]
    fn an_attribute_is_safe_under_its_creator_alone() {
        assert_eq!(listed("SIEMENS MR HEADER", 0x0019_100C), Some(Vr(*b"IS")));
        assert_eq!(listed("SIEMENS MR HEADER", 0x0019_E10C), Some(Vr(*b"IS")));
        assert_eq!(listed("SIEMENS MR HEADER", 0x0019_100B), None);
        assert_eq!(listed("GEMS_ACQU_01", 0x0019_100C), None);
        assert_eq!(listed("Philips Imaging DD 001", 0x2001_107D), Some(Vr::OB));
        assert!(may_be_sequence(0x2001_105F) && !may_be_sequence(0x0019_100C) && !may_be_sequence(0x2000_105F));
    }
}
