//! The description of a film, as the witness reads it: tracks on its list, and numbers that are the original's.
//!
//! Microsoft, "AVIMAINHEADER", "AVISTREAMHEADER"; OpenDML 1.02, sections 3 and 5.

use super::cleared::Account;
use super::format::{self, Reading, Track};
use super::{Chunk, chunk};
use crate::inspect::Trouble;
use crate::inspect::bmff::kind::Kind;
use crate::inspect::bmff::unit::wordy;
use crate::inspect::little::le32;
use crate::place::Place;

/// The longest part of a description.
const LONGEST: usize = 4 << 20;

fn zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| *b == 0)
}

impl Account<'_> {
    /// The content of a part, in the output and in the original.
    fn both(&mut self, part: &Chunk) -> Result<(Vec<u8>, Vec<u8>), Trouble> {
        if part.body.end - part.body.start > LONGEST as u64 {
            return Err(Trouble::TooLarge("a part of the description of a film"));
        }
        let new = self.output.copy(part.body.clone(), LONGEST)?;
        Ok((self.original.copy(part.body.clone(), LONGEST)?, new))
    }

    /// Parts of a list, whole and one behind the other; zeros may follow.
    pub(super) fn parts(&mut self, list: &Chunk) -> Result<Vec<Chunk>, Trouble> {
        let (mut at, mut out) = (list.body.start, Vec::new());
        while let Some(part) = chunk(self.evidence.output, at, list.body.end)? {
            if !part.whole || out.len() > 10_000 || part.id == [0; 4] {
                break;
            }
            self.zeros(part.body.end..part.next, "byte of filling")?;
            at = part.next;
            out.push(part);
        }
        self.zeros(at..list.body.end, "bytes behind the parts of a list")?;
        Ok(out)
    }

    /// The description of the film.
    pub(super) fn described(&mut self, list: &Chunk) -> Result<(), Trouble> {
        let parts = self.parts(list)?;
        let mut main = None;
        for part in &parts {
            match (&part.id, part.list) {
                (b"JUNK", false) => self.filling(part, list.body.end)?,
                (b"avih", false) if main.is_none() => main = Some(self.both(part)?),
                (b"strl", true) => self.track(part)?,
                (b"odml", true) => {
                    for part in self.parts(part)? {
                        let (old, new) = self.both(&part)?;
                        if part.is(b"JUNK", false) {
                            self.filling(&part, list.body.end)?;
                        } else if !part.is(b"dmlh", false) || old.get(..4) != new.get(..4) || !zero(&new[4..]) {
                            self.left.note("extension on no list", part.place());
                        }
                    }
                }
                _ => return Err(Trouble::Unaccounted("a part on no list", part.place())),
            }
        }
        let (old, new) = main.ok_or(Trouble::Damaged("the film is not described"))?;
        let place = || Place::bytes("avih", list.start, 64);
        if new.len() < 40 || old.len() != new.len() {
            return Err(Trouble::Damaged("the film is not described"));
        }
        if old[..12] != new[..12] || old[16..24] != new[16..24] || old[28..40] != new[28..40] {
            return Err(Trouble::SamplesChanged);
        }
        let (flags, was) = (le32(&new, 12).unwrap_or(0), le32(&old, 12).unwrap_or(0));
        let known = 0x10 | 0x20 | 0x100 | 0x800 | 0x10000 | 0x20000;
        if flags != was & known || !zero(&new[40..]) || le32(&new, 24) != Some(self.tracks.len() as u32) {
            self.left.note("bytes in the description of the film", place());
        }
        Ok(())
    }

    /// One track: what it is, how it is coded, and perhaps an index and a shape.
    fn track(&mut self, list: &Chunk) -> Result<(), Trouble> {
        let parts = self.parts(list)?;
        let number = self.tracks.len();
        let (mut head, mut track) = (None, None);
        for part in &parts {
            match &part.id {
                _ if part.list => return Err(Trouble::Unaccounted("a list on no list", part.place())),
                b"JUNK" => self.filling(part, list.body.end)?,
                b"strh" if head.is_none() => head = Some(self.both(part)?),
                b"strf" if track.is_none() => {
                    let kind = head.as_ref().and_then(|(_, new)| new.get(..4).map(<[u8]>::to_vec));
                    let kind = match kind {
                        Some(kind) => kind,
                        None => self.kind(&parts)?,
                    };
                    track = Some(self.format(part, kind == b"auds")?);
                }
                b"indx" => self.index(part, Some(number))?,
                b"vprp" => {
                    let (old, new) = self.both(part)?;
                    let fields = new.get(32).map_or(9, |fields| usize::from(*fields));
                    if fields > 2 || new.len() != 36 + 32 * fields || wordy(&new) {
                        self.left.note("shape of the picture with more in it", part.place());
                    }
                    self.alike(old == new)?;
                }
                _ => return Err(Trouble::Unaccounted("a part on no list", part.place())),
            }
        }
        let (Some((old, new)), Some((track, letters))) = (head, track) else {
            return Err(Trouble::Damaged("a track is not described"));
        };
        self.head(&old, &new, &track, &letters, list)?;
        self.tracks.push(track);
        Ok(())
    }

    fn kind(&mut self, parts: &[Chunk]) -> Result<Vec<u8>, Trouble> {
        let head = parts.iter().find(|part| part.is(b"strh", false));
        let head = head.ok_or(Trouble::Damaged("a track is not described"))?;
        self.output.copy(head.body.clone(), 4)
    }

    /// What codes a track, and the four letters of it.
    fn format(&mut self, part: &Chunk, sound: bool) -> Result<(Track, Vec<u8>), Trouble> {
        let (old, new) = self.both(part)?;
        let track = if sound { format::sound(&new) } else { format::pictures(&new) };
        let track = track.ok_or(Trouble::Unaccounted("a coding on no list", part.place()))?;
        let head = if sound { 16 } else { 40 };
        self.alike(old.len() == new.len() && old.get(..head) == new.get(..head))?;
        let units = matches!(track.reading, Reading::Between(_) | Reading::As(Kind::Avc(_) | Kind::Hevc(_)));
        let byte = |(old, new): (&u8, &u8)| old == new || matches!(new, 0 | 3 | 0x80 | 0xb2 | 0xff);
        let count = |(at, pair): (usize, (&u8, &u8))| byte(pair) || sound && at < 18;
        self.alike(units || old.iter().zip(&new).enumerate().all(count))?;
        let letters = new.get(16..20).filter(|_| !sound).unwrap_or_default().to_vec();
        self.hay.add(new.get(head.max(18)..).unwrap_or_default())?;
        Ok((track, letters))
    }

    fn head(&mut self, old: &[u8], new: &[u8], track: &Track, letters: &[u8], list: &Chunk) -> Result<(), Trouble> {
        if new.len() < 48 || old.len() != new.len() {
            return Err(Trouble::Damaged("a track is not described"));
        }
        let kind: &[u8] = if track.sound { b"auds" } else { b"vids" };
        let end = new.len().min(64);
        self.alike(new[..4] == *kind && old[..4] == new[..4] && old[14..end] == new[14..end])?;
        let name = &new[4..8];
        let plain = matches!(name, [0 | 1, 0, 0, 0]);
        let named = !track.sound && (format::is_codec(name) || name == letters || name.eq_ignore_ascii_case(b"DIB "));
        let raw = !track.sound && name.eq_ignore_ascii_case(b"RAW ");
        let flags = le32(new, 8).unwrap_or(0) & !(1 | 0x10000);
        if !(plain || named || raw) || flags != 0 || !zero(&new[12..14]) || !zero(&new[end..]) {
            self.left.note("bytes in the description of a track", list.place());
        }
        Ok(())
    }

    pub(super) fn alike(&self, same: bool) -> Result<(), Trouble> {
        if same { Ok(()) } else { Err(Trouble::SamplesChanged) }
    }
}
