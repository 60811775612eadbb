//! What cleaning, checking and the care of pixels share of one object.

use super::choice::Choice;
use super::counted::Counted;
use super::dictionary;
use super::emit::Emit;
use super::iod::Iod;
use super::known::Wording;
use super::safe::Block;
use super::value::{Words, trim};
use super::vr::Vr;
use super::walk::Node;
use super::window::Window;
use crate::code::Coder;
use crate::code::key::Mapping;
use crate::finding::Finding;
use crate::plan::Refusal;
use crate::recording::Deidentification;
use std::ops::Range;

/// How pixel data are laid out, from the header.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    /// Length of all frames in bytes, where the header tells and the frames are native.
    pub(super) native: Option<u64>,
    /// Length of one frame in bytes, uncompressed, where the header tells.
    pub(super) frame: Option<u64>,
    /// The offset table's value and the fragments behind it.
    pub(super) fragments: Option<(Range<u64>, Range<u64>)>,
    /// The transfer syntax.
    pub(super) syntax: String,
    /// Pixels of one frame, where the header tells.
    pub(super) pixels: Option<u64>,
    /// How many frames there are, by the header: one where it does not tell.
    pub(super) frames: u64,
}

/// What cleaning needs to know of an object.
pub(super) struct Surgeon<'o> {
    /// The list of elements.
    pub(super) nodes: &'o [Node],
    /// The bytes they lie in.
    pub(super) window: Window<'o>,
    /// Computes UIDs.
    pub(super) coder: &'o Coder,
    /// The patient's code.
    pub(super) patient: &'o str,
    /// Options and deviations asked for.
    pub(super) deidentification: &'o Deidentification,
    /// The options, as a set.
    pub(super) choice: Choice,
    /// Whether there are deviations.
    pub(super) deviates: bool,
    /// By how many weeks dates move, where they do.
    pub(super) weeks: u32,
    /// Whose Types hold.
    pub(super) iod: Iod,
    /// How pixel data are laid out.
    pub(super) pixels: Layout,
    /// The output.
    pub(super) emit: Emit,
    /// What was found.
    pub(super) findings: Vec<Finding>,
    /// Tags from the outermost sequence inwards, with the numbers of items.
    pub(super) path: Vec<(u32, Option<u32>)>,
    /// Words that identify; gathered when first needed.
    pub(super) words: Option<Words>,
    /// Numbers that identify; gathered when first needed.
    pub(super) counted: Option<Counted>,
    /// What cleaning texts needs to know.
    pub(super) wording: Wording<'o>,
    /// Of each data set from the outermost inwards, the private blocks that stay.
    pub(super) blocks: Vec<Vec<Block>>,
    /// Where replaced UIDs are noted, if that was asked for.
    pub(super) mapping: Option<&'o mut Mapping>,
}

/// A finding per attribute or stretch of pixel data, up to this many in one object.
const FINDINGS: usize = 20_000;

impl Surgeon<'_> {
    /// Notes a finding, up to a number.
    pub(super) fn note(&mut self, finding: Finding) {
        if self.findings.len() < FINDINGS {
            self.findings.push(finding);
        }
    }

    /// Notes that a UID was replaced, where that was asked for.
    pub(super) fn note_uid(&mut self, old: &[u8], new: &str) -> Result<(), Refusal> {
        let noted = self.mapping.as_deref_mut().is_none_or(|mapping| mapping.uid(old, new));
        if noted {
            Ok(())
        } else {
            Err(Refusal::too_large("the file refers to more objects than a mapping of it can list"))
        }
    }

    /// Notes a UID of the file header, where another stands in its place.
    pub(super) fn note_header(&mut self, old: Option<Vec<u8>>, new: &str) -> Result<(), Refusal> {
        let old = old.unwrap_or_default();
        let old = trim(&old);
        if old.is_empty() || old == new.as_bytes() { Ok(()) } else { self.note_uid(old, new) }
    }
}

/// The representation an element is judged and written by: the dictionary's where the file says UN or nothing known.
pub(super) fn representation(node: &Node) -> Vr {
    if node.vr == Vr::UN || !node.vr.is_known() {
        return dictionary::vr(node.tag).unwrap_or(Vr::UN);
    }
    node.vr
}
