//! Where sound ends whose length is not stated, or is stated as more than there is: before the parts that go on from
//! there to the end of the file. They are looked for from that end backwards, since sound that reads like the name of a
//! part is common, and sound that reads like one whose length leads to the next part is not.
//!
//! EA IFF 85 and RIFF: a part has a name of four letters, its length, and a filling byte where that is odd.

use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::collections::BTreeSet;
use std::ops::Range;

/// Bytes looked at in one go.
const BLOCK: u64 = 128 * 1024;
/// Bytes of a part's beginning that are looked at.
const HEAD: usize = 16;
/// The longest part with a name that is on no list.
const ROOM: u64 = 4 << 20;
/// Bytes too few for a part, which may stand behind the last.
const LEFT: u64 = 7;
/// Parts behind the sound; recorders write a dozen.
const MOST: usize = 100_000;

/// How the parts of one kind of container look.
#[derive(Debug, Clone, Copy)]
pub(in crate::strip) struct Kind {
    /// How a length is written.
    pub(in crate::strip) length: fn([u8; 4]) -> u32,
    /// Whether a name is on the list of parts that go.
    pub(in crate::strip) is_known: fn(&[u8]) -> bool,
    /// Parts that are known by more than their names: the name, the longest they get, and what they begin with. Chance
    /// writes none of them.
    pub(in crate::strip) signs: &'static [(&'static [u8; 4], u32, &'static [u8])],
}

/// What begins at a place of the sound.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Sound,
    /// A part that goes on to the end of the file.
    Part,
    /// Words that are no part, or one that leads nowhere.
    Words,
}

/// Where the sound from `start` on ends.
///
/// # Errors
/// Words stand among what would be sound, and nothing says where they begin.
pub(in crate::strip) fn end(operation: &mut Operation<'_>, start: u64, kind: &Kind) -> Result<u64, Refusal> {
    let file = operation.reader.length();
    let mut parts = BTreeSet::new();
    let mut words = None;
    let mut upper = file;
    while upper > start {
        let lower = upper.saturating_sub(BLOCK).max(start);
        let bytes = operation.reader.rest(lower, (upper - lower) as usize + HEAD)?;
        for at in (lower..upper).rev() {
            let here = &bytes[(at - lower) as usize..];
            match seen(&here[..here.len().min(HEAD)], at..file, kind, &parts) {
                Seen::Sound => {}
                Seen::Part => {
                    parts.insert(at);
                }
                Seen::Words => words = Some(at),
            }
        }
        if parts.len() > MOST {
            return Err(Refusal::too_large("the file has more parts than any real one"));
        }
        upper = lower;
    }
    let end = parts.first().copied().unwrap_or(file);
    if words.is_some_and(|at| at < end) {
        return Err(unclear());
    }
    Ok(end)
}

/// What begins with `bytes`, at the start of `rest`, which ends with the file.
fn seen(bytes: &[u8], rest: Range<u64>, kind: &Kind, parts: &BTreeSet<u64>) -> Seen {
    if is_tag(bytes, rest.end - rest.start) {
        return Seen::Words;
    }
    let Some(&[a, b, c, d, e, f, g, h]) = bytes.first_chunk::<8>() else { return Seen::Sound };
    let name = [a, b, c, d];
    if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || b" _-.()".contains(byte)) {
        return Seen::Sound;
    }
    let length = (kind.length)([e, f, g, h]);
    let next = rest.start + 8 + u64::from(length);
    let leads_on = |next: u64| parts.contains(&next) || (rest.end - LEFT.min(rest.end)..=rest.end).contains(&next);
    let leads_on = leads_on(next) || length & 1 == 1 && leads_on(next + 1);
    let signed =
        kind.signs.iter().any(|(sign, most, body)| **sign == name && length <= *most && bytes[8..].starts_with(body));
    match (signed, leads_on) {
        (true, true) => Seen::Part,
        (true, false) if next > rest.end => Seen::Part,
        (true, false) => Seen::Words,
        (false, true) if (kind.is_known)(&name) || u64::from(length) <= ROOM => Seen::Part,
        _ => Seen::Sound,
    }
}

/// Whether a tag of another kind begins here, which programs put behind any file.
fn is_tag(bytes: &[u8], left: u64) -> bool {
    let id3 = |head: &[u8; 10]| {
        head.starts_with(b"ID3")
            && matches!(head[3], 2..=4)
            && head[4] == 0
            && head[5] & 0x0F == 0
            && head[6..].iter().all(|byte| byte & 0x80 == 0)
    };
    bytes.starts_with(b"APETAGEX")
        || bytes.starts_with(b"LYRICSBEGIN")
        || bytes.starts_with(b"TAG") && matches!(left, 128 | 355)
        || bytes.first_chunk::<10>().is_some_and(id3)
}

fn unclear() -> Refusal {
    Refusal {
        code: "not-understood",
        what: "texts stand in the sound, and the file does not say where the sound ends".to_owned(),
        advice: "Open the file in a sound program and save it as an ordinary WAV or FLAC file, then run scrubs again.",
    }
}
