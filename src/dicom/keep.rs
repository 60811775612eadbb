//! What stays although Table E.1-1 does not list it: the keep-list, and the defined terms a code string may keep.
//!
//! Both are data (`keep.tsv`, `terms.txt`); PS3.3 names the attributes, PS3.5 6.2 the grammar of their values.

use super::table::{lines, parse_tag};
use std::sync::OnceLock;

const KEEP: &str = include_str!("keep.tsv");
const TERMS: &str = include_str!("terms.txt");

/// Coding schemes of PS3.16 chapter 8 (and the former private ones that became public), whose codes mean the same
/// everywhere.
const SCHEMES: [&str; 43] = [
    "99SDM",
    "ACR",
    "BI",
    "C4",
    "C5",
    "CHEBI",
    "CPT4",
    "DC",
    "DCM",
    "EMAPA",
    "FMA",
    "GEU",
    "I10",
    "I10P",
    "I9C",
    "IBSI",
    "IEEE",
    "ISO3166_1",
    "ISO639_1",
    "ISO639_2",
    "ITIS_TSN",
    "IVEU",
    "LN",
    "MA",
    "MDC",
    "MSH",
    "NCDR",
    "NCIt",
    "NEU",
    "NYUMCCG",
    "PUBCHEM_CID",
    "RADLEX",
    "RFC3066",
    "RFC5646",
    "RO",
    "SCPECG",
    "SCT",
    "SDM",
    "SNM3",
    "SRT",
    "UCUM",
    "UMLS",
    "UNS",
];

/// What an attribute on the keep-list may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// A defined term; all values must be.
    Term,
    /// Several terms, of which those not defined go.
    Terms,
    /// A short technical text that names nobody.
    Text,
    /// A short text that people type, of known words, which names nobody.
    Words,
    /// Nothing: a sequence of identifiers that cannot stay valid without them.
    Gone,
    /// Nothing of its own: the neutral value stands in.
    Neutral,
    /// The UID of a class of objects or another that the standard itself assigns.
    Class,
    /// Part of a code: value, scheme, meaning.
    Coded,
    /// A number of at most five digits.
    Number,
    /// Picture, waveform, lookup table.
    Samples,
    /// A colour profile.
    Icc,
}

/// What stands where the rule is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fallback {
    /// Nothing: the attribute goes.
    Remove,
    /// The attribute with no value.
    Empty,
    /// This value.
    Value(&'static str),
}

/// An entry of the keep-list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    tag: u32,
    /// What it may keep.
    pub(super) rule: Rule,
    /// What stands otherwise.
    pub(super) fallback: Fallback,
}

/// The keep-list's entry for a tag.
pub(super) fn entry(tag: u32) -> Option<&'static Entry> {
    static LIST: OnceLock<Vec<Entry>> = OnceLock::new();
    let list = LIST.get_or_init(|| {
        let mut list: Vec<Entry> = lines(KEEP).filter_map(parse).collect();
        list.sort_by_key(|e| e.tag);
        list
    });
    list.binary_search_by_key(&tag, |e| e.tag).ok().map(|i| &list[i])
}

fn parse(line: &'static str) -> Option<Entry> {
    let mut cells = line.split('\t');
    let tag = parse_tag(cells.next()?)?;
    let mut fallback = Fallback::Remove;
    let rule = match cells.next()? {
        "term" => Rule::Term,
        "terms" => Rule::Terms,
        "text" => Rule::Text,
        "words" => Rule::Words,
        "class" | "scheme" => Rule::Class,
        "code" => Rule::Coded,
        "number" => Rule::Number,
        "samples" => Rule::Samples,
        "icc" => Rule::Icc,
        "dummy" | "empty" => Rule::Neutral,
        "gone" => Rule::Gone,
        _ => return None,
    };
    let cell = cells.next()?;
    if cell == "empty" || line.contains("\tempty\t") {
        fallback = Fallback::Empty;
    } else if let Some(value) = cell.strip_prefix('=') {
        fallback = Fallback::Value(value);
    }
    Some(Entry { tag, rule, fallback })
}

/// Whether a code string's value is a defined term.
pub(super) fn is_term(value: &[u8]) -> bool {
    static LIST: OnceLock<Vec<&'static str>> = OnceLock::new();
    let list = LIST.get_or_init(|| {
        let mut list: Vec<_> = lines(TERMS).flat_map(|l| l.split('|')).collect();
        list.sort_unstable();
        list.dedup();
        list
    });
    std::str::from_utf8(value).is_ok_and(|v| list.binary_search(&v).is_ok())
}

/// Whether a coding scheme is one that the standard lists.
pub(super) fn is_scheme(value: &[u8]) -> bool {
    SCHEMES.iter().any(|s| s.as_bytes() == value)
}

/// Whether a UID is one that the standard itself assigns (PS3.6 Annex A), and so says nothing of anyone.
pub(super) fn is_well_known(uid: &[u8]) -> bool {
    let Some(rest) = uid.strip_prefix(b"1.2.840.10008.") else { return false };
    // The numbers of the standard are small, and one of a UID at most has three figures; those of context groups (6.1) have four.
    let most = if rest.starts_with(b"6.1.") { 4 } else { 3 };
    let numbers = || rest.split(|b| *b == b'.');
    numbers().count() <= 9
        && numbers().all(|n| (1..=most).contains(&n.len()) && n.iter().all(u8::is_ascii_digit))
        && numbers().filter(|n| n.len() > 2).count() <= 1
}

/// Whether a UID names an instance that the standard assigns: a frame of reference or a palette (PS3.6 ).
pub(super) fn is_well_known_instance(uid: &[u8]) -> bool {
    is_well_known(uid) && (uid.starts_with(b"1.2.840.10008.1.4.") || uid.starts_with(b"1.2.840.10008.1.5."))
}

/// Whether a text is short, plain and technical: letters, digits and a little punctuation; no name components, no
/// addresses, no run of digits long enough for a date or a number of a person.
pub(super) fn is_plain(text: &[u8]) -> bool {
    let mut run = 0;
    text.len() <= 64
        && text.iter().all(|b| {
            run = if b.is_ascii_digit() { run + 1 } else { 0 };
            (b.is_ascii_alphanumeric() || b" _.,:;*+-/()[]{}<>%#&'\"\\".contains(b)) && run < 6
        })
        && !text.windows(3).any(|w| w == b"://" || w.eq_ignore_ascii_case(b"www"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_keep_list_is_understood() {
        let mut tried = 0;
        for line in lines(KEEP) {
            let tag = parse_tag(line.split('\t').next().unwrap()).unwrap();
            assert!(entry(tag).is_some(), "{line}");
            assert!(super::super::table::row(tag).is_none(), "Table E.1-1 decides: {line}");
            tried += 1;
        }
        assert!(tried > 80, "{tried}");
    }

    #[test]
    fn terms_are_terms_and_names_are_not() {
        assert!(is_term(b"MONOCHROME2") && is_term(b"HFS") && is_term(b"ISO_IR 192"));
        for name in [&b"SMITH"[..], b"CANARY", b"smith", b"", b"ORIGINAL "] {
            assert!(!is_term(name), "{name:?}");
        }
        assert!(SCHEMES.windows(2).all(|w| w[0] < w[1]));
    }

    #[test]
    fn uids_of_the_standard_are_told_from_others() {
        assert!(is_well_known(b"1.2.840.10008.5.1.4.1.1.481.10"));
        assert!(!is_well_known(b"1.2.840.10008.19991231.1"));
        assert!(!is_well_known(b"1.2.840.10008.canary") && !is_well_known(b"1.2.840.113619.2"));
        assert!(is_well_known_instance(b"1.2.840.10008.1.4.1.1") && !is_well_known_instance(b"1.2.840.10008.5.1"));
    }

    #[test]
    fn plain_text_has_no_room_for_people() {
        assert!(is_plain(b"*epfid2d1_64") && is_plain(b"MR Software release:DV26.0_R01_1725.a"));
        for text in [&b"Canary^Jane"[..], b"19991231", b"http://x", b"a@b", "Gr\u{fc}n".as_bytes(), &[b'a'; 65]] {
            assert!(!is_plain(text));
        }
    }
}
