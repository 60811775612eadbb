//! How the layers of a JPX file are laid over each other and when: numbers, checked for their count.
//!
//! ISO/IEC 15444-2, M.11.10 (composition, options and instruction sets).

use super::super::operation::{Operation, broken};
use super::boxed::{Box, children, written};
use crate::plan::Refusal;

/// Bytes that a bit of an instruction set's type adds to each instruction (table M.49).
const FIELDS: [(u16, usize); 4] = [(1, 8), (2, 8), (4, 8), (32, 16)];
/// The largest instruction set that is read.
const LARGEST: u64 = 1 << 20;

/// Writes the contents of a composition box anew.
pub(super) fn rewrite(operation: &mut Operation<'_>, found: &Box) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    for child in children(operation, found)? {
        if !matches!(&child.kind, b"copt" | b"inst") {
            child.gone(operation)?;
            continue;
        }
        let data = child.read(operation, LARGEST)?;
        let sound = if child.kind == *b"copt" { data.len() == 9 } else { instructs(&data) };
        if !sound {
            return Err(broken("the arrangement of the pages is damaged"));
        }
        out.extend(written(&child.kind, &data));
    }
    Ok(out)
}

/// Whether these are instructions: type, repetitions, ticks, then as many fields each as the type says.
fn instructs(data: &[u8]) -> bool {
    let Some([a, b, ..]) = data.get(..8) else { return false };
    let kind = u16::from_be_bytes([*a, *b]);
    let known: u16 = FIELDS.iter().map(|(bit, _)| bit).sum();
    let each: usize = FIELDS.iter().filter(|(bit, _)| kind & bit != 0).map(|(_, size)| size).sum();
    kind & !known == 0 && if each == 0 { data.len() == 8 } else { (data.len() - 8).is_multiple_of(each) }
}
