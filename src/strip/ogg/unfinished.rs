//! Packets that never end: bytes before a page that is missing or behind the last packet of a track, which no decoder
//! reads.
//!
//! RFC 3533 section 6: a packet whose last segment has 255 bytes goes on in the next page of its track, which says so.

use super::page;
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::collections::BTreeMap;

/// Such packets of one file.
const MOST: usize = 50_000;

/// A packet that has not ended yet: its first page and where in that page's body it begins, and its last page so far.
#[derive(Debug, Clone, Copy)]
struct Open {
    first: u64,
    offset: usize,
    last: u64,
}

/// The packets of a file that never end.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    open: BTreeMap<u32, Open>,
    /// By track and last page.
    ended: BTreeMap<(u32, u64), Open>,
}

impl Unfinished {
    /// Looks through all pages.
    pub(super) fn find(operation: &mut Operation<'_>) -> Result<Self, Refusal> {
        let mut all = Self::default();
        let (mut at, mut failures) = (0, 0);
        while let Some(page) = page::next(operation, at, &mut failures)? {
            at = page.range.end;
            all.page(&page);
            if all.open.len() + all.ended.len() > MOST {
                return Err(Refusal::too_large("the file has more damaged parts than any real one"));
            }
        }
        for serial in all.open.keys().copied().collect::<Vec<_>>() {
            all.give_up(serial);
        }
        Ok(all)
    }

    /// Where in the body of the page that begins at `start` bytes of such a packet begin, which reach to its end.
    pub(super) fn from(&self, serial: u32, start: u64) -> Option<usize> {
        let (key, open) = self.ended.range((serial, start)..).next()?;
        (key.0 == serial && open.first <= start).then_some(if open.first == start { open.offset } else { 0 })
    }

    fn page(&mut self, page: &page::Page) {
        let (serial, start) = (page.serial(), page.range.start);
        if page.begins() || !page.continues() {
            self.give_up(serial);
        }
        let (mut offset, mut at) = (0, 0);
        for segment in page.segments() {
            at += usize::from(*segment);
            if *segment < 255 {
                offset = at;
                self.open.remove(&serial);
            }
        }
        if at > offset {
            // Bytes that go on with no packet are the walk's to see.
            self.open.entry(serial).or_insert(Open { first: start, offset, last: start }).last = start;
        }
    }

    fn give_up(&mut self, serial: u32) {
        if let Some(open) = self.open.remove(&serial) {
            self.ended.insert((serial, open.last), open);
        }
    }
}
