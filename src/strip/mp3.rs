//! The surgeon for MP3: the frames of sound stay; tags before, between and behind them go, and so does what an encoder
//! left where no sound is.
//!
//! ISO/IEC 11172-3 and 13818-3, layer III; Xing and LAME headers after their makers' descriptions.

mod frame;
mod info;
mod spare;

use super::Options;
use super::operation::{Operation, broken};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use frame::Header;
use spare::Spare;
use std::ops::Range;

/// Why a part stays.
const WHY: &str = "frames of sound";
/// Frames that must follow one another where sound begins.
const CHAIN: usize = 4;
/// Pieces of an output, which take a fixed amount of memory each: beyond this a file is not cleaned.
const MOST: usize = 400_000;
/// How tags begin that are known: they may stand right behind the last frame.
const TAGS: &[&[u8]] = &[b"TAG", b"APETAGEX", b"ID3", b"3DI", b"LYRICSBEGIN", b"RIFF"];

/// Plans the cleaning of an MP3 file.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    let mut walk = Walk::default();
    walk.run(&mut operation)?;
    walk.lay(&mut operation)?;
    Ok(operation.close_unsized("keep-list", Format::Mp3))
}

/// What was found on the way.
#[derive(Debug, Default)]
struct Walk {
    /// What all frames share: version, layer and sampling rate.
    kind: Option<u32>,
    /// Frames that follow one another, as stretches of the file.
    runs: Vec<Range<u64>>,
    /// The first frame, where it describes the file, and what it becomes.
    info: Option<(Range<u64>, Vec<u8>)>,
    frames: u64,
    /// The last frame of sound.
    last: Range<u64>,
    spare: Spare,
}

impl Walk {
    fn run(&mut self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let file = operation.reader.length();
        let mut at = self.tag(operation, 0)?;
        while at < file {
            let Some(start) = self.search(operation, at)? else { break };
            if start > at {
                named(operation, at..start)?;
            }
            let end = self.chain(operation, start)?;
            at = if end > start { end } else { start + 1 };
            // Each part that is blanked divides a stretch that stays.
            if self.runs.len() + 2 * self.spare.blanks.len() > MOST {
                return Err(too_many());
            }
            let behind = self.tag(operation, at)?;
            at = behind;
        }
        if self.frames == 0 {
            return Err(broken("there is no sound of this kind in the file"));
        }
        if at < file {
            named(operation, at..file)?;
        }
        self.check_last(operation)?;
        self.spare.finish(operation)
    }

    /// Refuses where the last frame would be taken for one that reaches into a tag, once what stands behind it is gone.
    fn check_last(&self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let old = self.last.end.saturating_sub(128);
        let old = self.last.contains(&old) && operation.reader.holds(old, b"TAG")?;
        if old || self.inner_tag(operation, &self.last)?.is_some() {
            return Err(broken("the last of the sound holds what reads like a text"));
        }
        Ok(())
    }

    /// Passes over an ID3v2 tag with a sensible length, and over one right behind it.
    fn tag(&mut self, operation: &mut Operation<'_>, mut at: u64) -> Result<u64, Refusal> {
        while let Some(head) = operation.reader.peek::<10>(at)? {
            let sound = &head[..3] == b"ID3" && head[3] < 0xFF && head[6..].iter().all(|byte| byte & 0x80 == 0);
            let length = head[6..].iter().fold(0, |length, byte| length << 7 | u64::from(*byte));
            let footer = if head[5] & 0x10 != 0 { 10 } else { 0 };
            let end = at + 10 + length + footer;
            if !sound || end > operation.reader.length() {
                break;
            }
            operation.found_as(Code::TagText, "ID3 tag", "ID3v2", at..end, Action::Remove);
            at = end;
        }
        Ok(at)
    }

    /// The next place where frames follow one another.
    fn search(&self, operation: &mut Operation<'_>, mut at: u64) -> Result<Option<u64>, Refusal> {
        loop {
            let window = operation.reader.rest(at, 4)?;
            if window.len() < 4 {
                return Ok(None);
            }
            let whole = window.len().min(64 * 1024);
            let Some(found) = memchr::memchr(0xFF, &window[..whole - 3]) else {
                at += whole as u64 - 3;
                continue;
            };
            at += found as u64;
            if self.begins(operation, at)? {
                return Ok(Some(at));
            }
            at += 1;
        }
    }

    /// Whether frames of one kind follow one another from here, four of them or as many as there are.
    fn begins(&self, operation: &mut Operation<'_>, mut at: u64) -> Result<bool, Refusal> {
        let mut kind = self.kind;
        for count in 0..CHAIN {
            let header = operation.reader.peek::<4>(at)?.and_then(Header::read);
            match header {
                Some(header) if kind.is_none_or(|kind| kind == header.kind()) => {
                    kind = Some(header.kind());
                    at += header.length;
                    if at > operation.reader.length() {
                        return Ok(false);
                    }
                }
                _ => return Ok(count > 0 && is_end(operation, at)?),
            }
        }
        Ok(true)
    }

    /// Takes in frames up to where none follows; where that is.
    fn chain(&mut self, operation: &mut Operation<'_>, start: u64) -> Result<u64, Refusal> {
        let file = operation.reader.length();
        let (mut at, mut from) = (start, start);
        while let Some(header) = operation.reader.peek::<4>(at)?.and_then(Header::read) {
            let end = at + header.length;
            if self.kind.is_some_and(|kind| kind != header.kind()) {
                break;
            }
            if end > file || self.is_cut_off(operation, at..end)? {
                operation.found_as(
                    Code::Truncated,
                    "frame that is not all there",
                    "frame",
                    at..end.min(file),
                    Action::Remove,
                );
                self.add(from..at);
                return self.behind(operation, at..end.min(file));
            }
            self.kind = Some(header.kind());
            if self.frames == 0
                && self.info.is_none()
                && let Some(info) = info::read(operation, &header, at)?
            {
                self.info = Some((at..end, info));
                from = end;
            } else {
                self.frames += 1;
                self.last = at..end;
                self.spare.frame(operation, &header, at)?;
            }
            at = end;
        }
        self.add(from..at);
        Ok(at)
    }

    fn add(&mut self, run: Range<u64>) {
        if !run.is_empty() {
            self.runs.push(run);
        }
    }

    /// Whether the last of the frames reaches into a tag.
    fn is_cut_off(&self, operation: &mut Operation<'_>, frame: Range<u64>) -> Result<bool, Refusal> {
        if operation
            .reader
            .peek::<4>(frame.end)?
            .and_then(Header::read)
            .is_some_and(|h| self.kind.is_none_or(|k| k == h.kind()))
        {
            return Ok(false);
        }
        Ok(self.inner_tag(operation, &frame)?.is_some())
    }

    /// Where a tag begins inside a frame.
    fn inner_tag(&self, operation: &mut Operation<'_>, frame: &Range<u64>) -> Result<Option<u64>, Refusal> {
        let file = operation.reader.length();
        let bytes = operation.reader.read(frame.start..frame.end.min(file), 8192)?;
        let last = file.saturating_sub(128);
        let old = frame.contains(&last) && operation.reader.holds(last, b"TAG")?;
        let found = [&b"APETAGEX"[..], b"LYRICSBEGIN", b"ID3\x02", b"ID3\x03", b"ID3\x04", b"TAG+"]
            .iter()
            .filter_map(|tag| memchr::memmem::find(&bytes, tag))
            .min()
            .map(|found| frame.start + found as u64);
        Ok(found.into_iter().chain(old.then_some(last)).min())
    }

    /// What stands behind a frame that is cut off: a tag in it, or the end of it.
    fn behind(&self, operation: &mut Operation<'_>, frame: Range<u64>) -> Result<u64, Refusal> {
        Ok(self.inner_tag(operation, &frame)?.filter(|at| *at > frame.start).unwrap_or(frame.end))
    }

    fn lay(self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        if let Some((range, bytes)) = self.info {
            let sound: u64 = self.runs.iter().map(|run| run.end - run.start).sum();
            let bytes = info::finish(bytes, sound, self.frames);
            if !operation.reader.holds(range.start, &bytes)? {
                operation.found_as(
                    Code::TagDevice,
                    "encoder and its notes",
                    "first frame",
                    range.clone(),
                    Action::Replace,
                );
            }
            operation.put(range, bytes, WHY)?;
        }
        let mut blanks = self.spare.blanks.iter().peekable();
        for run in self.runs {
            let mut at = run.start;
            while let Some(blank) = blanks.next_if(|blank| blank.start < run.end) {
                operation.keep(at..blank.start, WHY);
                operation.blank(blank.end - blank.start, "bytes between the sound of frames");
                at = blank.end;
            }
            operation.keep(at..run.end, WHY);
        }
        if let (Some(first), Some(last)) = (self.spare.blanks.first(), self.spare.blanks.last()) {
            let label = "bytes between the sound of frames";
            operation.found_as(Code::HiddenBytes, label, "frames", first.start..last.end, Action::Replace);
        }
        Ok(())
    }
}

fn too_many() -> Refusal {
    Refusal {
        code: "too-large",
        what: "the file has more texts and notes between its sound than can be taken out at once".to_owned(),
        advice: "Open the file in a sound program and save it as an ordinary WAV or FLAC file, or in parts of an hour, then run scrubs again.",
    }
}

/// Whether the file or its sound ends here.
fn is_end(operation: &mut Operation<'_>, at: u64) -> Result<bool, Refusal> {
    if at >= operation.reader.length() {
        return Ok(true);
    }
    for tag in TAGS {
        if operation.reader.holds(at, tag)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Notes bytes that are no frames, as what they begin with.
fn named(operation: &mut Operation<'_>, range: Range<u64>) -> Result<(), Refusal> {
    let kinds: &[(&[u8], &str)] =
        &[(b"APETAGEX", "APE tag"), (b"LYRICSBEGIN", "lyrics"), (b"TAG", "ID3 tag of version 1"), (b"ID3", "ID3 tag")];
    for (start, label) in kinds {
        if operation.reader.holds(range.start, start)? {
            operation.found_as(Code::TagText, label, label, range, Action::Remove);
            return Ok(());
        }
    }
    operation.found(Code::Junk, "between frames", range, Action::Remove);
    Ok(())
}
