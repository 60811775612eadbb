//! Private attributes that the standard calls safe, as far as they may stand in an output.
//!
//! PS3.15 E.3.10 and Table E.3.10-1 (`private.txt`); PS3.5 7.8.1: an element `(gggg,00bb)` names the creator of the
//! elements `(gggg,bbxx)` of its own data set.

use super::original::Original;
use super::{spoken, value};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Representations by creator, group and the element's last two digits; `??` where the standard says none.
type Table = HashMap<(&'static str, u32, u32), [u8; 2]>;

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let (mut table, mut creator) = (Table::new(), "");
        for line in include_str!("private.txt").lines().filter(|l| !l.starts_with('#')) {
            if let Some(name) = line.strip_prefix("= ") {
                creator = name;
                continue;
            }
            let mut cells = line.split(' ');
            let Some(group) = cells.next().and_then(|g| u32::from_str_radix(g, 16).ok()) else { continue };
            for cell in cells {
                let (low, vr) = cell.split_at(2);
                if let (Ok(low), [a, b]) = (u32::from_str_radix(low, 16), vr.as_bytes()) {
                    table.insert((creator, group, low), [*a, *b]);
                }
            }
        }
        table
    })
}

/// The creators of an output's private blocks.
#[derive(Debug, Default)]
pub(super) struct Creators(HashMap<(String, u32), &'static str>);

impl Creators {
    /// Why a private element may not stand in the data set with this path; none where it may.
    pub(super) fn objection(
        &mut self,
        path: String,
        tag: u32,
        found: [u8; 2],
        content: &[u8],
        original: &Original,
        keeps_uid: impl Fn(&[u8]) -> bool,
    ) -> Option<&'static str> {
        let (group, element) = (tag >> 16, tag & 0xffff);
        if (0x10..=0xff).contains(&element) {
            let name = content.strip_suffix(b" ").unwrap_or(content);
            let known = table().keys().map(|(creator, ..)| *creator).find(|creator| creator.as_bytes() == name);
            let known = known.filter(|_| matches!(&found, b"LO" | b"UN"));
            let Some(known) = known else { return Some("private creator that is on no list") };
            self.0.insert((path, group << 8 | element), known);
            return None;
        }
        let creator = self.0.get(&(path, group << 8 | element >> 8)).filter(|_| element >= 0x1000);
        let listed = creator.and_then(|creator| table().get(&(*creator, group, element & 0xff)));
        let Some(listed) = listed.copied() else { return Some("private attribute that is on no list") };
        let vr = if &found == b"UN" { listed } else { found };
        match kind(vr) {
            Kind::Other => Some("private attribute of a kind that cannot be looked at"),
            other if other != kind(listed) && &listed != b"??" => Some("private attribute of a wrong representation"),
            Kind::Number | Kind::Sequence => value::objection(tag, vr, content, original).filter(|_| &vr != b"SQ"),
            Kind::Uid => {
                let free = |uid: &[u8]| std::str::from_utf8(uid).is_ok_and(|uid| value::is_free_uid(uid, original));
                let uids = content.split(|b| *b == b'\\').map(|uid| uid.trim_ascii_end());
                let mut uids = uids.map(|uid| uid.strip_suffix(b"\0").unwrap_or(uid));
                (!uids.all(|uid| free(uid) || keeps_uid(uid))).then_some("unique identifier of the source")
            }
            Kind::Text => {
                let plain = |b: &u8| (0x20..0x7f).contains(b) && !b"^@".contains(b);
                let text = content.strip_suffix(b"\0").unwrap_or(content);
                let digits = text.split(|b| !b.is_ascii_digit()).map(<[u8]>::len).max().unwrap_or(0);
                let known = std::str::from_utf8(text).is_ok_and(spoken::is_private_text);
                let fine = text.iter().all(plain) && digits < 6 && !original.named_in(text) && known;
                (!fine || text.split(|b| *b == b'\\').any(|v| v.len() > 66)).then_some("text")
            }
        }
    }
}

#[derive(PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Uid,
    Sequence,
    Other,
}

fn kind(vr: [u8; 2]) -> Kind {
    match &vr {
        b"US" | b"SS" | b"UL" | b"SL" | b"FL" | b"FD" | b"SV" | b"UV" | b"DS" | b"IS" | b"AT" => Kind::Number,
        b"CS" | b"LO" | b"LT" | b"SH" | b"ST" | b"UC" | b"UT" => Kind::Text,
        b"UI" => Kind::Uid,
        b"SQ" => Kind::Sequence,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_as_long_as_the_standards() {
        assert_eq!(table().len(), 479);
        assert!(table().keys().all(|(_, group, _)| group % 2 == 1));
        assert_eq!(table().values().filter(|vr| **vr == *b"??").count(), 5);
    }

    #[test]
    fn private_attributes_stand_under_their_creator_and_no_other() {
        let original = Original::naming(&[b"Canary^Jane"], &["2.25.77"]);
        let mut creators = Creators::default();
        let mut tried = 0;
        for (path, tag, vr, content, stands) in [
            ("", 0x0019_0010, b"LO", "SIEMENS MR HEADER ", true),
            ("", 0x0019_0011, b"LO", "Siemens MR Header", false),
            ("", 0x0019_0012, b"LO", "SIEMENS MR HEADER for Jane", false),
            ("", 0x0019_100c, b"IS", "1000", true),
            ("", 0x0019_100c, b"LO", "Canary", false),
            ("", 0x0019_100c, b"UN", "1000", true),
            ("", 0x0019_110c, b"IS", "1000", false),
            ("(0008,1115)[0]", 0x0019_100c, b"IS", "1000", false),
            ("", 0x0019_100d, b"CS", "DIRECTIONAL", true),
            ("", 0x0019_100d, b"CS", "CANARY", false),
            ("", 0x0019_1008, b"CS", "IMAGE NUM 4", false),
            ("", 0x0099_0010, b"UN", "NQHeader", true),
            ("", 0x0099_1002, b"UI", "2.25.78\0", true),
            ("", 0x0099_1002, b"UI", "2.25.77", false),
            ("", 0x0099_1002, b"UN", "1.2.3", false),
            ("", 0x0099_1005, b"LT", "Done 20240302", false),
            ("", 0x7e01_0010, b"LO", "HOLOGIC, Inc.", true),
            ("", 0x7e01_1010, b"SQ", "", true),
            ("", 0x7e01_1012, b"OB", "\0\0", false),
        ] {
            let found = creators.objection(path.to_owned(), tag, *vr, content.as_bytes(), &original, |_| false);
            assert_eq!(found.is_none(), stands, "{tag:08x} {content} {found:?}");
            tried += 1;
        }
        assert_eq!(tried, 19);
    }
}
