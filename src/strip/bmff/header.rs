//! Headers of the film, of tracks and of media: times become zero, what is reserved too; how a track is shown stays.
//!
//! ISO/IEC 14496-12, 8.2.2 (`mvhd`), 8.3.2 (`tkhd`), 8.4.2 (`mdhd`), 8.4.3 (`hdlr`), 8.6.6 (`elst`), 8.7.2 (`dref`), 12;
//! QuickTime File Format, "Movie Header Atoms" (preview, poster and selection times), "Track Aperture Mode Dimensions".

use super::part::{Part, Walk, number};
use super::{Film, SMALL, refused};
use crate::finding::Code;
use crate::plan::Refusal;
use std::ops::Range;

/// What stays of a header of this type: its length and the ranges that become zero, times first.
fn layout(kind: &[u8; 4], long: bool) -> Option<(usize, &'static [Range<usize>])> {
    Some(match (kind, long) {
        (b"mvhd", false) => (100, &[4..12, 26..36, 72..96]),
        (b"mvhd", true) => (112, &[4..20, 38..48, 84..108]),
        (b"tkhd", false) => (84, &[4..12, 16..20, 24..32, 38..40]),
        (b"tkhd", true) => (96, &[4..20, 24..28, 36..44, 50..52]),
        (b"mdhd", false) => (24, &[4..12, 22..24]),
        (b"mdhd", true) => (36, &[4..20, 34..36]),
        _ => return None,
    })
}

fn damaged() -> Refusal {
    refused("a header of the film is damaged")
}

impl Film<'_> {
    /// `mvhd`, `tkhd` and `mdhd`; returns the payload as it was.
    pub(super) fn header(&mut self, part: &Part) -> Result<Vec<u8>, Refusal> {
        let old = self.read(part, SMALL)?;
        let long = match old.first() {
            Some(0) => false,
            Some(1) => true,
            _ => return Err(damaged()),
        };
        let (length, zeros) =
            layout(&part.kind, long).filter(|(length, _)| *length <= old.len()).ok_or_else(damaged)?;
        let mut new = old.clone();
        for range in zeros {
            new[range.clone()].fill(0);
        }
        new[length..].fill(0);
        let timed = old[zeros[0].clone()].iter().any(|b| *b != 0);
        let hidden = new.iter().zip(&old).enumerate().any(|(i, (a, b))| a != b && !zeros[0].contains(&i));
        let timed = self.duration(&part.kind, &mut new) || timed;
        if timed && hidden {
            self.operation.found_as(
                Code::HiddenBytes,
                "bytes hidden in a header",
                &part.name(),
                part.range(),
                crate::finding::Action::Remove,
            );
        }
        let (code, label) = if timed {
            (Code::Time, "time of making or change")
        } else {
            (Code::HiddenBytes, "bytes hidden in a header")
        };
        self.replace(part, &old, new, code, label)?;
        Ok(old)
    }

    /// `hdlr`: its types stay, its name and its maker go.
    pub(super) fn handler(&mut self, part: &Part) -> Result<(), Refusal> {
        let old = self.read(part, SMALL)?;
        if old.len() < 20 {
            return Err(damaged());
        }
        let mut new = vec![0; old.len()];
        if matches!(&old[4..8], b"mhlr" | b"dhlr") {
            new[4..8].copy_from_slice(&old[4..8]);
        }
        let known: &[&[u8; 4]] = &[b"vide", b"soun", b"sbtl", b"subt", b"text", b"alis", b"url ", b"rsrc"];
        if known.iter().any(|kind| old[8..12] == **kind) {
            new[8..12].copy_from_slice(&old[8..12]);
        }
        self.replace(part, &old, new, Code::ItemName, "name of a handler")
    }

    /// A small box of fixed length, as it is where it has that length, free otherwise. Ranges become zero.
    pub(super) fn fixed(&mut self, part: &Part, length: u64, zeros: &[Range<usize>]) -> Result<(), Refusal> {
        if part.length() < length || part.length() > SMALL {
            return self.free(part);
        }
        let old = self.read(part, SMALL)?;
        let mut new = old.clone();
        for range in zeros {
            new[range.clone()].fill(0);
        }
        new[length as usize..].fill(0);
        self.replace(part, &old, new, Code::HiddenBytes, "bytes hidden in a header")
    }

    /// `edts`: the edit list with nothing behind its entries. `ticks` are those of the track's clock.
    pub(super) fn edits(&mut self, part: &Part, ticks: u32) -> Result<(), Refusal> {
        self.keep_head(part)?;
        let mut walk = Walk::inside(part.body..part.end);
        let mut seen = false;
        while let Some(list) = walk.next(self.source)? {
            if list.kind != *b"elst" || seen {
                self.free(&list)?;
                continue;
            }
            seen = true;
            let mut head = [0; 8];
            self.source.read_exact_at(list.body, &mut head)?;
            let each = if head[0] == 1 { 20 } else { 12 };
            let end = u64::from(number(&head, 4).unwrap_or(0)) * each + 8;
            self.table(&list, end)?;
            self.first_edit(&list, ticks)?;
        }
        Ok(())
    }

    /// A table that ends after `length` bytes of its payload; what stands behind it becomes zero.
    pub(super) fn table(&mut self, part: &Part, length: u64) -> Result<(), Refusal> {
        if length > part.length() {
            return Err(refused("a table of the film is damaged"));
        }
        self.sheet.keep(part.start..part.body + length)
    }

    /// `tapt`: how large a picture is shown.
    pub(super) fn aperture(&mut self, part: &Part) -> Result<(), Refusal> {
        self.keep_head(part)?;
        let mut walk = Walk::inside(part.body..part.end);
        while let Some(child) = walk.next(self.source)? {
            match &child.kind {
                b"clef" | b"prof" | b"enof" => self.fixed(&child, 12, std::slice::from_ref(&(0..4)))?,
                _ => self.free(&child)?,
            }
        }
        Ok(())
    }

    /// `dinf`: references to this file itself, with nothing behind them. `used` are those that samples refer to, from 1.
    pub(super) fn references(&mut self, part: &Part, used: &[u16]) -> Result<(), Refusal> {
        self.keep_head(part)?;
        let mut walk = Walk::inside(part.body..part.end);
        while let Some(list) = walk.next(self.source)? {
            if list.kind != *b"dref" || list.length() < 8 {
                self.free(&list)?;
                continue;
            }
            self.table(&list, 8)?;
            let mut entries = Walk::inside(list.body + 8..list.end);
            let mut index = 0_u16;
            while let Some(entry) = entries.next(self.source)? {
                index = index.saturating_add(1);
                let old = self.read(&entry, SMALL)?;
                let known = matches!(&entry.kind, b"url " | b"urn " | b"alis" | b"rsrc" | b"imdt") && old.len() >= 4;
                let own = known && old[3] & 1 == 1;
                if !own && used.contains(&index) {
                    return Err(refused("the samples of the film lie in another file"));
                }
                let mut new = vec![0; old.len()];
                if let Some(flag) = new.get_mut(3) {
                    *flag = 1;
                }
                if known {
                    self.replace(&entry, &old, new, Code::FilePath, Code::FilePath.label())?;
                } else {
                    self.free(&entry)?;
                }
            }
        }
        Ok(())
    }
}
