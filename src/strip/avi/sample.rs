//! The list of samples (`movi`): chunks of streams that stay are looked into, all others become filling.
//!
//! Microsoft, "AVI RIFF File Reference", "Stream Data"; OpenDML 1.02, section 4.

use super::stream::Coding;
use super::walk::{self, Chunk, Found};
use super::{Film, picture, refused, unit};
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::bmff;
use crate::strip::bmff::coding::Coding as Film2;

/// The longest sample that is looked into as a whole.
const LARGEST: u64 = 16 << 20;
/// Notes that are told one by one.
const TOLD: usize = 20;

impl Film<'_> {
    /// Lays the list of samples.
    pub(super) fn movie(&mut self, list: &Chunk) -> Result<(), Refusal> {
        self.length(list.start, list.size, list.end, "movi")?;
        let mut at = list.body;
        while let Some((found, next)) = walk::next(self.source, at, list.end)? {
            match found {
                Found::Group(_) => {}
                Found::Zeros(range) => {
                    if self.zero(range.clone())? {
                        let label = "bytes behind the last sample";
                        self.operation.found_as(Code::Junk, label, "movi", range, Action::Remove);
                    }
                }
                Found::Chunk(chunk) if self.media.has(chunk.start) => self.sample(&chunk)?,
                Found::Chunk(chunk) if chunk.cut => {
                    self.junk(&chunk, Code::Truncated, "last sample, which is not whole")?;
                }
                Found::Chunk(chunk) if walk::samples(&chunk.id).is_some() => {
                    self.junk(&chunk, Code::TextTrack, "samples of a track that goes")?;
                }
                Found::Chunk(chunk) => self.gone(&chunk)?,
            }
            at = next;
        }
        self.zero(list.end..list.next).map(drop)
    }

    /// A chunk that stays.
    fn sample(&mut self, chunk: &Chunk) -> Result<(), Refusal> {
        let Some((number, kind)) = walk::samples(&chunk.id) else { return self.lay_index(chunk) };
        let coding = self.streams.get(number).map_or(Coding::Plain, |stream| stream.coding);
        let length = chunk.end - chunk.body;
        let patches = match coding {
            _ if &kind == b"pc" => palette(&self.read(chunk)?),
            Coding::Plain => Vec::new(),
            // Some writers state no coding where they should state one.
            Coding::Rows(rows) if length > 0 && (rows == 0 || length < rows) => {
                return Err(refused("the film has pictures or sound coded in a way that is on no list"));
            }
            Coding::Rows(rows) => {
                let behind = chunk.body + rows.min(length)..chunk.end;
                if self.zero(behind.clone())? {
                    let label = "bytes behind the rows of a picture";
                    self.operation.found_as(Code::HiddenBytes, label, "sample", behind, Action::Replace);
                }
                Vec::new()
            }
            Coding::Jpeg(rows) => picture::notes(&self.read(chunk)?, rows)?,
            Coding::Between(family) => unit::notes(&self.read(chunk)?, family)?,
            Coding::Units(family, field) => unit::sized(&self.read(chunk)?, family, field)?,
            Coding::StartCodes(mpeg) => {
                let notes = bmff::sample::notes(self.source, Film2::StartCodes(mpeg), chunk.body..chunk.end)?;
                notes
                    .into_iter()
                    .map(|(at, new)| ((at.start - chunk.body) as usize..(at.end - chunk.body) as usize, new))
                    .collect()
            }
        };
        for (range, new) in patches {
            let at = chunk.body + range.start as u64;
            self.tell(at..at + new.len() as u64);
            self.write(at, new)?;
        }
        self.pad(chunk)
    }

    fn read(&self, chunk: &Chunk) -> Result<Vec<u8>, Refusal> {
        if chunk.end - chunk.body > LARGEST {
            return Err(Refusal::too_large("a picture of the film is larger than any real one"));
        }
        Ok(self.source.read_range(chunk.body..chunk.end, LARGEST)?)
    }

    fn tell(&mut self, range: std::ops::Range<u64>) {
        self.told += 1;
        let label = match self.told {
            TOLD => "further notes in the coded samples",
            ..TOLD => "note in the coded samples",
            _ => return,
        };
        self.operation.found_as(Code::EncoderNote, label, "coded samples", range, Action::Remove);
    }
}

/// What goes of a change of colours: flags of colours that players do not read.
fn palette(bytes: &[u8]) -> Vec<unit::Patch> {
    let mut new = bytes.to_vec();
    if let Some(flags) = new.get_mut(2..4) {
        flags.fill(0);
    }
    new.get_mut(4..).unwrap_or_default().chunks_exact_mut(4).for_each(|colour| colour[3] = 0);
    if new == bytes { Vec::new() } else { vec![(0..new.len(), new)] }
}
