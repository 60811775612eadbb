//! The surgeon for Ogg: the pages of sound and pictures stay, comments and packets that are no sound are blanked where
//! they stand, and tracks of text go.
//!
//! RFC 3533 (Ogg), RFC 7845 (Opus), the Vorbis I and Theora specifications, the Speex manual, RFC 9639 section 10.1.

mod clock;
mod page;
mod track;
mod unfinished;

use super::Options;
use super::operation::{Operation, broken};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use page::Page;
use std::collections::BTreeMap;
use std::ops::Range;
use track::{Kind, Track};
use unfinished::Unfinished;

/// Why a part stays.
const WHY: &str = "pages of sound and pictures";
/// Tracks of one file, chained ones counted.
const TRACKS: usize = 4_096;
/// Bytes that are kept or blanked as a piece of their own.
const SHORT: usize = 16;
/// Stretches of pages that stay, beyond which a file is not a recording.
const MOST: usize = 400_000;

/// Plans the cleaning of an Ogg file.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    let unfinished = Unfinished::find(&mut operation)?;
    let mut walk = Walk { unfinished, ..Walk::default() };
    walk.run(&mut operation)?;
    Ok(operation.close_unsized("keep-list", Format::Ogg))
}

/// What was found on the way.
#[derive(Debug, Default)]
struct Walk {
    unfinished: Unfinished,
    tracks: BTreeMap<u32, Track>,
    begun: usize,
    kept: bool,
    stretches: usize,
    last: u64,
}

impl Walk {
    fn run(&mut self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let file = operation.reader.length();
        let (mut at, mut failures) = (0, 0);
        while let Some(page) = page::next(operation, at, &mut failures)? {
            let range = page.range.clone();
            if range.start > at {
                operation.found(Code::Junk, "between pages", at..range.start, Action::Remove);
            }
            at = range.end;
            self.page(operation, page)?;
            if self.stretches > MOST {
                return Err(Refusal::too_large("the file has more parts than can be cleaned at once"));
            }
        }
        if !self.kept {
            return Err(broken("there is no sound or picture of a known kind in this file"));
        }
        if self.tracks.values().any(|track| !track.is_told()) {
            return Err(Refusal::truncated("the file ends before its sound does"));
        }
        if at < file {
            let cut_off = operation.reader.holds(at, b"OggS")?;
            let code = if cut_off { Code::Truncated } else { Code::Trailer };
            operation.found(code, "trailer", at..file, Action::Remove);
        }
        Ok(())
    }

    fn page(&mut self, operation: &mut Operation<'_>, page: Page) -> Result<(), Refusal> {
        if page.begins() {
            self.begun += 1;
            if self.begun > TRACKS {
                return Err(Refusal::too_large("the file has more tracks than any real one"));
            }
            let track = Track::read(page.body())?;
            if let Kind::Text(label) = track.kind {
                operation.found_as(Code::TextTrack, label, label, page.range.clone(), Action::Remove);
            }
            self.tracks.insert(page.serial(), track);
        }
        let Some(track) = self.tracks.get_mut(&page.serial()) else {
            operation.found(Code::Junk, "page of no track", page.range, Action::Remove);
            return Ok(());
        };
        if matches!(track.kind, Kind::Text(_)) {
            return Ok(());
        }
        let range = page.range.clone();
        if track.ended {
            if page.body().is_empty() {
                operation.found(Code::Junk, "page behind the last", range, Action::Remove);
                return Ok(());
            }
            return Err(goes_on());
        }
        if track.clock.is_date(page.time()) {
            return Err(dated());
        }
        self.kept = true;
        let is_sound = track.is_told();
        let body = track.page(&page, self.unfinished.from(page.serial(), range.start))?;
        if body == page.body() {
            self.keep(operation, range);
            return Ok(());
        }
        let (code, label, part) = match is_sound {
            true => (Code::HiddenBytes, "packets that are no sound or picture", "pages"),
            false => (Code::TagText, "title, artist and other texts", "comment header"),
        };
        operation.found_as(code, label, part, range, Action::Replace);
        self.lay(operation, &page, &body);
        Ok(())
    }

    /// Puts another body in the place of a page's: what is the same is kept, so that a page makes a few small pieces.
    fn lay(&mut self, operation: &mut Operation<'_>, page: &Page, body: &[u8]) {
        let start = page.range.start;
        let sums = page::SUM.start as u64..page::SUM.end as u64;
        self.keep(operation, start..start + sums.start);
        operation.write(page.sum_with(body), WHY);
        self.keep(operation, start + sums.end..start + page.head() as u64);
        let (old, start) = (page.body(), start + page.head() as u64);
        let mut at = 0;
        while at < body.len() {
            let same = body[at..].iter().zip(&old[at..]).take_while(|(new, old)| new == old).count();
            let zero = body[at..].iter().take_while(|byte| **byte == 0).count();
            let here = start + at as u64;
            if same >= SHORT || at + same == body.len() {
                self.keep(operation, here..here + same as u64);
                at += same;
            } else if zero >= SHORT {
                operation.blank(zero as u64, "texts, and bytes of no packet");
                at += zero;
            } else {
                operation.write(&body[at..at + 1], WHY);
                at += 1;
            }
            self.stretches += 1;
        }
    }

    fn keep(&mut self, operation: &mut Operation<'_>, range: Range<u64>) {
        if range.start != self.last {
            self.stretches += 1;
        }
        self.last = range.end;
        operation.keep(range, WHY);
    }
}

fn dated() -> Refusal {
    Refusal {
        code: "not-understood",
        what: "the times of the sound count from a date: they tell when it was recorded".to_owned(),
        advice: "Open the file in a sound program and save it as an ordinary Ogg, WAV or FLAC file, then run scrubs again.",
    }
}

fn goes_on() -> Refusal {
    Refusal {
        code: "not-understood",
        what: "a track of the file goes on behind the page that says it is the last".to_owned(),
        advice: "Open the file in a sound program and save it as an ordinary Ogg, WAV or FLAC file, then run scrubs again.",
    }
}
