//! The proof of a film: listed boxes of listed content in their old places, samples of tracks that stay, and zeros.
//!
//! ISO/IEC 14496-12, 4.3 and 8; QuickTime File Format, "Movie Atoms".

use super::clock::Clock;
use super::sample::{Samples, place};
use super::shown::Shown;
use super::track::{Track, run, tracks};
use super::{NEEDED, WORDS, entry, shown};
use crate::cut::Source;
use crate::inspect::boxes::{Box4, Walk, is_zero, name};
use crate::inspect::bytes::{Bytes, be32, same};
use crate::inspect::residue::Haystack;
use crate::inspect::{Evidence, Left, Trouble};
use crate::place::Place;
use std::ops::Range;

/// Brands that a file may name, beside those of 3GPP.
const BRANDS: &str = "isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 isoa isob isoc mp41 mp42 mp71 avc1 hvc1 hev1 av01 \
    vp09 qt__ M4A_ M4B_ M4P_ M4V_ M4VH M4VP MSNV NDSC XAVC dash msdh msix lmsg cmfc cmf2 cmff cmfs hlsf f4v_ mmp4 KDDI \
    dby1 iphi mif1 heic isml piff mqt_ CAEP caqv pana nvr1 opf2 unif tmap";

/// Which boxes stand in which.
const INNER: &[(&[u8; 4], &[&[u8; 4]])] = &[
    (b"file", &[b"ftyp", b"moov", b"mdat", b"moof", b"styp", b"sidx", b"mfra"]),
    (b"moov", &[b"mvhd", b"trak", b"mvex"]),
    (b"mvex", &[b"trex", b"mehd"]),
    (b"trak", &[b"tkhd", b"edts", b"tref", b"tapt", b"mdia"]),
    (b"edts", &[b"elst"]),
    (b"tapt", &[b"clef", b"prof", b"enof"]),
    (b"tref", &[b"fall", b"folw", b"forc", b"subt", b"vdep", b"auxl", b"sbas"]),
    (b"mdia", &[b"mdhd", b"hdlr", b"minf"]),
    (b"minf", &[b"vmhd", b"smhd", b"nmhd", b"sthd", b"gmhd", b"hdlr", b"dinf", b"stbl"]),
    (b"gmhd", &[b"gmin", b"text"]),
    (b"dinf", &[b"dref"]),
    (
        b"stbl",
        &[
            b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"stss", b"stps", b"sdtp",
            b"sbgp", b"sgpd",
        ],
    ),
    (b"moof", &[b"mfhd", b"traf"]),
    (b"traf", &[b"tfhd", b"tfdt", b"trun", b"sbgp", b"sgpd"]),
    (b"mfra", &[b"tfra", b"mfro"]),
];

/// Sample groups that stay.
const GROUPS: &[&[u8]] = &[b"roll", b"prol", b"rap ", b"sync", b"tele"];

/// What is said of times that count from a date.
const DATED: &str = "date in the times of the film";

/// What is known of an output while it is read.
struct Account<'s> {
    output: &'s dyn Source,
    bytes: Bytes<'s>,
    before: Bytes<'s>,
    left: Left,
    hay: Haystack,
    media: Vec<Range<u64>>,
    handler: [u8; 4],
    clock: Clock,
}

/// Proves an output; the number is how many bytes of samples were compared.
pub(in crate::inspect) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut bytes, mut before) = (Bytes::new(evidence.output), Bytes::new(evidence.original));
    let film = film(&mut bytes)?.ok_or(Trouble::Damaged("it describes no film"))?;
    let kept = tracks(&mut bytes, &film)?;
    let old_film = self::film(&mut before)?.ok_or(Trouble::Damaged("the original describes no film"))?;
    let old = tracks(&mut before, &old_film)?;
    let stays = |track: &Track| kept.iter().any(|kept| kept.id == track.id && kept.range == track.range);
    let clock = Clock::of(&mut before, &old_film, &old, stays)?;
    let (left, hay, media) = (Left::default(), Haystack::default(), Vec::new());
    let mut account = Account { output: evidence.output, bytes, before, left, hay, media, handler: [0; 4], clock };
    let all = account.bytes.len();
    account.inside(b"file", 0..all, 8)?;
    account.tracks(&kept, &old);
    account.dates(&kept)?;
    let mut samples = Samples::new(evidence.original, evidence.output);
    for track in &kept {
        track.each(evidence.output, &mut |range| samples.take(range, track.kind, &mut account.left))?;
    }
    let mut shown = shown::of(evidence.output, &mut account.bytes, &film, &kept)?;
    account.fragments(&kept, &mut samples, &mut shown)?;
    account.hidden(&kept, &shown);
    samples.compare()?;
    samples.join();
    account.zeros(&samples.taken)?;
    if account.hay.survivor(&mut account.before, evidence.dropped)?.is_some() {
        account.left.note("a string that was removed", Place::Whole {});
    }
    account.left.none()?;
    Ok(samples.compared)
}

/// The description of a film at the top of a file.
pub(super) fn film(bytes: &mut Bytes<'_>) -> Result<Option<Box4>, Trouble> {
    let mut walk = Walk::new(0..bytes.len());
    while let Some(found) = walk.next(bytes)? {
        if &found.kind == b"moov" && found.whole {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

impl Account<'_> {
    fn note(&mut self, what: impl Into<String>, part: &str, range: &Range<u64>) {
        self.left.note(what, place(part, range));
    }

    /// The boxes of one level, each on the list of what holds it.
    fn inside(&mut self, parent: &[u8; 4], range: Range<u64>, depth: u8) -> Result<(), Trouble> {
        let listed = INNER.iter().find(|(kind, _)| *kind == parent).map_or(&[][..], |(_, inner)| *inner);
        let mut walk = Walk::new(range);
        while let Some(found) = walk.next(&mut self.bytes)? {
            let top = parent == b"file";
            if !found.whole || !(found.stated || top) || depth == 0 {
                if is_zero(&mut self.bytes, found.range.clone())? && !top {
                    continue;
                }
                return Err(Trouble::Unaccounted("bytes that are no box", place("film", &found.range)));
            }
            match &found.kind {
                b"free" | b"skip" | b"wide" => {
                    if !is_zero(&mut self.bytes, found.data.clone())? {
                        self.note("bytes in free space", &found.name(), &found.range);
                    }
                }
                b"mdat" if top => self.media.push(found.data.clone()),
                kind if !listed.contains(&kind) => {
                    self.note(format!("{} box", found.name()), &found.name(), &found.range);
                }
                kind if INNER.iter().any(|(parent, _)| *parent == kind) && kind != b"tref" => {
                    if kind == b"moof" {
                        self.clock.fragment();
                    }
                    self.inside(kind, found.data.clone(), depth - 1)?;
                }
                b"tref" => self.inside(b"tref", found.data.clone(), depth - 1)?,
                _ => self.leaf(&found)?,
            }
        }
        Ok(())
    }

    /// One box that holds no other: of listed content, and otherwise as it was.
    fn leaf(&mut self, found: &Box4) -> Result<(), Trouble> {
        let head = self.bytes.copy(found.data.clone(), 128)?;
        let long = head.first() == Some(&1);
        let zero: &[Range<usize>] = match (&found.kind, long) {
            (b"mvhd", false) => &[4..12, 26..36, 72..96],
            (b"mvhd", true) => &[4..20, 38..48, 84..108],
            (b"tkhd", false) => &[4..12, 16..20, 24..32, 38..40],
            (b"tkhd", true) => &[4..20, 24..28, 36..44, 50..52],
            (b"mdhd", false) => &[4..12, 22..24],
            (b"mdhd", true) => &[4..20, 34..36],
            (b"vmhd", _) => std::slice::from_ref(&(6..12)),
            (b"smhd", _) => std::slice::from_ref(&(6..8)),
            (b"gmin", _) => std::slice::from_ref(&(14..16)),
            (b"clef" | b"prof" | b"enof", _) => std::slice::from_ref(&(0..4)),
            _ => &[],
        };
        let loud = |range: &Range<usize>| head.get(range.clone()).is_none_or(|bytes| bytes.iter().any(|b| *b != 0));
        if zero.iter().any(loud) {
            self.note(format!("time or hidden bytes in a header ({})", found.name()), &found.name(), &found.range);
        }
        match &found.kind {
            b"ftyp" | b"styp" => return self.brands(found),
            b"hdlr" => return self.handler(found, &head),
            b"dref" => return self.references(found),
            b"stsd" => return self.entries(found),
            b"sbgp" | b"sgpd" if !head.get(4..8).is_some_and(|kind| GROUPS.contains(&kind)) => {
                self.note("group of samples on no list", &found.name(), &found.range);
            }
            _ => {}
        }
        let end = self.length(found, &head);
        let Some(end) = end.filter(|end| *end <= found.length()) else {
            self.note(format!("part that is not as its kind is ({})", found.name()), &found.name(), &found.range);
            return Ok(());
        };
        if !is_zero(&mut self.bytes, found.data.start + end..found.data.end)? {
            self.note("bytes behind a table", &found.name(), &found.range);
        }
        let before = self.before.copy(found.data.clone(), 128)?;
        let (dated, mut moved) = self.clock.look(found, &head, &before);
        if &found.kind == b"sidx" && !Clock::leads_through(self.output, found, &head)? {
            self.note("list of segments that are not there", "sidx", &found.range);
        }
        if &found.kind == b"mfhd" {
            moved = Some(4..8);
            if !self.clock.is_numbered(&head) {
                self.note("number of a fragment", "mfhd", &found.range);
            }
        }
        if dated || &found.kind == b"tfra" && self.clock.jumps_to_date(self.output, found)? {
            self.note(DATED, &found.name(), &found.range);
        }
        // All but what was zeroed, and a time that counted from a date, is the original's.
        let mut changed: Vec<&Range<usize>> = zero.iter().chain(&moved).collect();
        changed.sort_unstable_by_key(|range| range.start);
        let mut at = found.data.start;
        for range in changed {
            self.kept(at..found.data.start + range.start as u64)?;
            at = found.data.start + range.end as u64;
        }
        self.kept(at..found.data.start + end)
    }

    /// Neither edit lists nor samples reach from a date to now, and lists of pictures name such as there are.
    fn dates(&mut self, tracks: &[Track]) -> Result<(), Trouble> {
        for track in tracks {
            if self.clock.reaches_date(self.output, track)? {
                self.note(DATED, "trak", &track.range);
            }
            if !Clock::begins_with(self.output, track)? {
                self.note("list of pictures that are not there", "trak", &track.range);
            }
        }
        Ok(())
    }

    fn kept(&mut self, range: Range<u64>) -> Result<(), Trouble> {
        if range.start < range.end && !same(&mut self.bytes, range.start, &mut self.before, range)? {
            return Err(Trouble::SamplesChanged);
        }
        Ok(())
    }

    /// How long the content of a box is by its own numbers.
    fn length(&self, found: &Box4, head: &[u8]) -> Option<u64> {
        let count = |at: usize| be32(head, at).map(u64::from);
        let rows = |at: usize, before: u64, each: u64| Some(before + count(at)?.saturating_mul(each));
        let long = head.first() == Some(&1);
        let by = |short: u64, wide: u64| Some(if long { wide } else { short });
        match &found.kind {
            b"mvhd" => by(100, 112),
            b"tkhd" => by(84, 96),
            b"mdhd" => by(24, 36),
            b"vmhd" | b"clef" | b"prof" | b"enof" => Some(12),
            b"smhd" | b"mfhd" | b"mfro" => Some(8),
            b"nmhd" | b"sthd" => Some(4),
            b"gmin" => Some(16),
            b"text" => Some(36),
            b"trex" | b"cslg" => Some(24),
            b"mehd" | b"tfdt" => by(8, 12),
            b"elst" => rows(4, 8, if long { 20 } else { 12 }),
            b"stts" | b"ctts" | b"co64" => rows(4, 8, 8),
            b"stsc" => rows(4, 8, 12),
            b"stco" | b"stss" | b"stps" => rows(4, 8, 4),
            b"stsz" => rows(8, 12, if count(4)? == 0 { 4 } else { 0 }),
            b"stz2" => Some(12 + (count(8)?.checked_mul(count(4)? & 255)?).div_ceil(8)),
            b"sbgp" => rows(8, 12, 8),
            b"sgpd" => rows(12, 16, count(8).filter(|each| *each <= 2)?),
            b"trun" => {
                let flags = be32(head, 0)?;
                let before = 8 + (flags & 1) * 4 + (flags >> 2 & 1) * 4;
                rows(4, u64::from(before), u64::from((flags & 0xF00).count_ones() * 4))
            }
            b"tfhd" => {
                let flags = be32(head, 0)?;
                let fields = [1_u32, 2, 8, 16, 32].iter().filter(|flag| flags & **flag != 0).count() as u64;
                Some(8 + fields * 4 + u64::from(flags & 1) * 4).filter(|end| *end == found.length())
            }
            _ => Some(found.length()),
        }
    }

    fn brands(&mut self, found: &Box4) -> Result<(), Trouble> {
        let content = self.bytes.copy(found.data.clone(), 65_536)?;
        let known = |brand: &[u8]| {
            let text = name([brand[0], brand[1], brand[2], brand[3]]).replace(' ', "_");
            text.starts_with("3g") || BRANDS.split_whitespace().any(|known| known == text)
        };
        let listed = content
            .chunks_exact(4)
            .enumerate()
            .all(|(i, brand)| if i == 1 { brand == [0; 4] } else { known(brand) || brand == [0; 4] });
        if !listed || !content.len().is_multiple_of(4) && content.last() != Some(&0) {
            self.note("brand on no list", &found.name(), &found.range);
        }
        Ok(())
    }

    fn handler(&mut self, found: &Box4, head: &[u8]) -> Result<(), Trouble> {
        let kind: [u8; 4] = head.get(8..12).and_then(|kind| kind.try_into().ok()).unwrap_or_default();
        let media = NEEDED.iter().chain(WORDS).any(|known| **known == kind);
        let data = matches!(&kind, b"alis" | b"url " | b"rsrc" | [0, 0, 0, 0]);
        let class = head.get(4..8).is_some_and(|class| matches!(class, [0, 0, 0, 0] | b"mhlr" | b"dhlr"));
        if !media && !data || !class || !head.starts_with(&[0; 4]) {
            self.note("track that is neither picture, sound nor subtitles", "hdlr", &found.range);
        }
        if media {
            self.handler = kind;
        }
        if !is_zero(&mut self.bytes, (found.data.start + 12).min(found.data.end)..found.data.end)? {
            self.note("name of a handler", "hdlr", &found.range);
        }
        Ok(())
    }

    /// Data references say that the data are in the same file, and no more.
    fn references(&mut self, found: &Box4) -> Result<(), Trouble> {
        let content = self.bytes.copy(found.data.clone(), 65_536)?;
        let (boxes, filled) = crate::inspect::boxes::list(&content, 8.min(content.len())..content.len())?;
        let own = |part: &Box4| {
            let content = content.get(part.data.start as usize..part.data.end as usize).unwrap_or_default();
            let quiet = content.iter().enumerate().all(|(i, b)| *b == u8::from(i == 3));
            &part.kind == b"free" && content.iter().all(|b| *b == 0)
                || quiet && matches!(&part.kind, b"url " | b"urn " | b"alis" | b"rsrc" | b"imdt")
        };
        if !filled || !boxes.iter().all(own) {
            self.note("reference to another file", "dref", &found.range);
        }
        Ok(())
    }

    fn entries(&mut self, found: &Box4) -> Result<(), Trouble> {
        let content = self.bytes.copy(found.data.clone(), 4 << 20)?;
        let (faults, open) = entry::faults(&self.handler, &content);
        for what in faults {
            self.note(what, "stsd", &found.range);
        }
        for span in &open {
            self.hay.add(span)?;
        }
        // What says the same in the original's own place was kept, not removed. A profile is built anew as a whole.
        let old = self.before.copy(found.data.clone(), 4 << 20)?;
        if open.is_empty() && old.len() == content.len() {
            let mut from = 0;
            for at in 0..=content.len() {
                if at == content.len() || content[at] == old[at] {
                    self.hay.add(&content[from..at])?;
                    from = at + 1;
                }
            }
        }
        Ok(())
    }

    /// Every track of pictures and sound is there yet, and none of another sort.
    fn tracks(&mut self, kept: &[Track], old: &[Track]) {
        let chapters: Vec<u32> = old.iter().flat_map(|track| track.chapters.iter().copied()).collect();
        for track in old.iter().filter(|track| NEEDED.contains(&&track.handler) && track.entry != [0; 4]) {
            let spare = &track.handler == b"vide" && chapters.contains(&track.id);
            let same = |new: &&Track| new.range == track.range && new.id == track.id && new.handler == track.handler;
            if !spare && kept.iter().find(same).is_none_or(|new| new.entry != track.entry) {
                self.note("a track of the original is missing", "trak", &track.range);
            }
        }
        for track in kept {
            let listed = NEEDED.contains(&&track.handler)
                || WORDS.contains(&&track.handler) && matches!(&track.entry, b"tx3g" | b"wvtt");
            if !listed || chapters.contains(&track.id) && &track.handler != b"soun" {
                self.note("track that is neither picture, sound nor subtitles", "trak", &track.range);
            }
        }
    }

    /// Nothing of a track stays that nobody who plays it is shown.
    fn hidden(&mut self, tracks: &[Track], shown: &[Option<Shown>]) {
        for (track, shown) in tracks.iter().zip(shown) {
            if shown.as_ref().is_some_and(|shown| shown.leaves_out(&track.handler == b"soun")) {
                self.note("pictures or sound that players leave out", "elst", &track.range);
            }
        }
    }

    fn fragments(
        &mut self,
        tracks: &[Track],
        samples: &mut Samples<'_>,
        shown: &mut [Option<Shown>],
    ) -> Result<(), Trouble> {
        let mut walk = Walk::new(0..self.bytes.len());
        while let Some(fragment) = walk.next(&mut self.bytes)? {
            if &fragment.kind != b"moof" {
                continue;
            }
            let mut last = fragment.range.start;
            for part in super::track::boxes(&mut self.bytes, fragment.data.clone())? {
                if &part.kind != b"traf" {
                    continue;
                }
                let run = run(&mut self.bytes, &fragment, &part, last, tracks)?;
                last = run.end;
                let Some((track, shown)) = tracks.iter().zip(&mut *shown).find(|(track, _)| track.id == run.id) else {
                    self.note("fragment of a track that is not there", "traf", &part.range);
                    continue;
                };
                if let Some(shown) = shown {
                    shown.fragment(&mut self.bytes, &part, track.default_length)?;
                }
                if self.clock.goes_on(&mut self.bytes, run.id, &part, track.default_length)? {
                    self.note(DATED, "traf", &part.range);
                }
                for sample in run.samples {
                    samples.take(sample, track.kind, &mut self.left)?;
                }
            }
        }
        Ok(())
    }

    /// Media data that no sample takes must be zero, and samples must be media data.
    fn zeros(&mut self, taken: &[Range<u64>]) -> Result<(), Trouble> {
        let mut media = std::mem::take(&mut self.media);
        media.sort_by_key(|range| range.start);
        for range in taken {
            let index = media.partition_point(|media| media.end < range.end);
            if media.get(index).is_none_or(|media| media.start > range.start) {
                return Err(Trouble::Unaccounted("samples that lie outside of the media data", place("film", range)));
            }
        }
        for whole in media {
            let (mut at, first) = (whole.start, taken.partition_point(|range| range.end <= whole.start));
            let ends = std::iter::once(whole.end..whole.end);
            for range in taken[first..].iter().take_while(|range| range.start < whole.end).cloned().chain(ends) {
                if at < range.start && !is_zero(&mut self.bytes, at..range.start)? {
                    self.note("media data that belong to nothing", "mdat", &(at..range.start));
                }
                at = at.max(range.end);
            }
        }
        Ok(())
    }
}
