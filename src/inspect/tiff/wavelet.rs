//! JPEG 2000 in strips and tiles, before and after: comments are blank in an output or left out, and all else is the same.
//!
//! ISO/IEC 15444-1 Annex A.9.2 (COM); Aperio's compressions 33003 and 33005, Leadtools' 34712.

use crate::inspect::Trouble;
use crate::inspect::boxes::Spans;
use crate::inspect::bytes::{Bytes, compare};
use crate::inspect::jp2::codestream::{account, fault};
use std::ops::Range;

/// Bytes of a comment's segment before its text: marker, length and what kind of text it is.
const BEFORE: u64 = 6;

/// What there is to say against an output's stream.
pub(super) fn account_of(bytes: &mut Bytes<'_>, range: &Range<u64>) -> Result<Option<&'static str>, Trouble> {
    fault(bytes, &Spans::new(Some(range.clone())))
}

/// Whether two streams are the same but for their comments.
pub(super) fn same(
    (original, old): (&mut Bytes<'_>, &Range<u64>),
    (output, new): (&mut Bytes<'_>, &Range<u64>),
) -> Result<bool, Trouble> {
    let (Some(theirs), Some(ours)) = (without_comments(original, old)?, without_comments(output, new)?) else {
        return Ok(false);
    };
    compare((output, &ours), (original, &theirs))
}

/// The stream up to its end, without the segments of comments; none where it is not understood.
fn without_comments(bytes: &mut Bytes<'_>, range: &Range<u64>) -> Result<Option<Vec<Range<u64>>>, Trouble> {
    let account = account(bytes, &Spans::new(Some(range.clone())))?;
    if account.fault.is_some() {
        return Ok(None);
    }
    let (mut parts, mut at) = (Vec::new(), range.start);
    for comment in &account.comments {
        parts.push(at..range.start + comment.start.saturating_sub(BEFORE));
        at = range.start + comment.end;
    }
    parts.push(at..range.start + account.end);
    Ok(Some(parts))
}
