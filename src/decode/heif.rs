//! HEIC and AVIF: every picture of the file that is shown, with its transparency and helper pictures, by libheif's program.
//!
//! ISO/IEC 23008-12. `heif-dec` (before libheif 1.18: `heif-convert`) turns and cuts as the file says, and writes each top-level
//! picture and, asked to, each auxiliary one. The frames of a sequence it does not write, nor what a crop hides, so that such
//! files count as not looked at.

use super::limit::Work;
use super::png::Pictures;
use super::room::Room;
use super::tool::Tool;
use crate::cut::Source;
use crate::pixels::{Sampled, Unseen};
use std::fs;
use std::path::{Path, PathBuf};

/// The longest file that is decoded, in bytes.
const LONGEST: u64 = 512 << 20;
/// The most pictures of one file.
const MOST: usize = 64;
/// The file that it is given.
const GIVEN: &str = "picture";
/// Boxes of the file that are read at most, and the longest description of pictures.
const BOXES: u32 = 1 << 12;
const DESCRIPTION: u64 = 16 << 20;
/// How many pixels a crop may take from a side: what fills up a block of a coder.
const FILLING: u64 = 64;

/// Decodes a file.
///
/// # Errors
/// Where it cannot be decoded whole.
pub(super) fn decode(tool: &Tool, work: &Work, place: &Path, source: &dyn Source) -> Result<Sampled<'static>, Unseen> {
    whole(source)?;
    let room = Room::new(place)?;
    room.put(GIVEN, source, LONGEST)?;
    work.run(&tool.path, &["--with-aux", "--no-colons", "--quiet", GIVEN, "out.png"], room.path(), GIVEN)?;
    let files = written(room.path())?;
    let frames = Pictures::open(room, files)?;
    Ok(Sampled { frames: Box::new(frames), numbers: Vec::new(), by: Some(work.by.clone()) })
}

/// What it wrote, in the order of its numbers.
fn written(folder: &Path) -> Result<Vec<PathBuf>, Unseen> {
    let entries = fs::read_dir(folder).map_err(|_| super::limit::no_room())?.flatten();
    let own = entries.filter(|entry| entry.file_name() != GIVEN && entry.file_type().is_ok_and(|kind| kind.is_file()));
    let mut files: Vec<PathBuf> = own.map(|entry| entry.path()).take(MOST + 1).collect();
    if files.len() > MOST {
        return Err(Unseen::too_large("the file holds more pictures than can be looked at"));
    }
    files.sort_by_key(|file| (file.as_os_str().len(), file.clone()));
    Ok(files)
}

/// Whether the program shows all that the file holds.
fn whole(source: &dyn Source) -> Result<(), Unseen> {
    let (mut at, mut read) = (0_u64, 0);
    while source.len().saturating_sub(at) >= 8 && read < BOXES {
        let mut head = [0; 16];
        let length = (source.len() - at).min(16) as usize;
        let damaged = |_| Unseen::damaged("the file cannot be read");
        source.read_exact_at(at, &mut head[..length]).map_err(damaged)?;
        let [a, b, c, d, kind @ .., _, _, _, _, _, _, _, _] = head;
        let size = match u32::from_be_bytes([a, b, c, d]) {
            0 => source.len() - at,
            1 => head.last_chunk::<8>().map_or(0, |size| u64::from_be_bytes(*size)),
            size => u64::from(size),
        };
        let end = at.saturating_add(size).min(source.len());
        match &kind {
            b"moov" | b"moof" => {
                return Err(Unseen::no_decoder("no decoder for pictures that move is at hand for this format"));
            }
            b"meta" if end - at <= DESCRIPTION => {
                let bytes = source.read_range(at..end, DESCRIPTION).map_err(damaged)?;
                if hides(&bytes) {
                    return Err(Unseen::no_decoder(
                        "a part of the picture is hidden by a crop, and that cannot be shown",
                    ));
                }
            }
            _ => {}
        }
        if size < 8 {
            break;
        }
        (at, read) = (end, read + 1);
    }
    Ok(())
}

/// Whether a clean aperture (`clap`, ISO/IEC 14496-12, 12.1.4) cuts off more of every picture of the file than a coder adds.
fn hides(description: &[u8]) -> bool {
    let number =
        |at: usize| description.get(at..at + 4).map(|b| u64::from(u32::from_be_bytes([b[0], b[1], b[2], b[3]])));
    let sizes: Vec<(u64, u64)> = memchr::memmem::find_iter(description, b"ispe")
        .filter_map(|at| Some((number(at + 8)?, number(at + 12)?)))
        .take(MOST * MOST)
        .collect();
    let part = |at: usize| number(at).zip(number(at + 4)).and_then(|(n, d)| n.checked_div(d));
    memchr::memmem::find_iter(description, b"clap").take(MOST * MOST).any(|at| {
        let Some((width, height)) = part(at + 4).zip(part(at + 12)) else { return true };
        // Of a grid the tiles are smaller than what is shown; the picture itself must not be much larger.
        let near = |side: u64, whole: u64| whole >= side && whole - side < FILLING;
        !sizes.iter().any(|(w, h)| near(width, *w) && near(height, *h))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], numbers: &[u32]) -> Vec<u8> {
        let body: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
        [&(8 + body.len() as u32).to_be_bytes()[..], kind, &body].concat()
    }

    #[test]
    fn a_crop_that_hides_something_is_noticed_and_one_that_fills_up_blocks_is_not() {
        let size = boxed(b"ispe", &[0, 640, 480]);
        let crop = |w, h| boxed(b"clap", &[w, 1, h, 1, 0, 1, 0, 1]);
        let cases = [(size.clone(), false), ([size.clone(), crop(639, 471)].concat(), false)];
        let hidden = [([size.clone(), crop(320, 480)].concat(), true), (crop(320, 480), true)];
        let zero = ([size, boxed(b"clap", &[1, 0, 1, 0])].concat(), true);
        let mut tried = 0;
        for (bytes, expected) in cases.into_iter().chain(hidden).chain([zero]) {
            assert_eq!(hides(&bytes), expected);
            tried += 1;
        }
        assert_eq!(tried, 5);
    }

    #[test]
    fn a_file_that_moves_is_not_looked_at_as_if_it_were_still() {
        let head = boxed(b"ftyp", &[0x6865_6963, 0]);
        assert!(whole(&head).is_ok());
        assert!(whole(&[head.clone(), boxed(b"moov", &[])].concat()).is_err());
        for rough in [vec![], vec![0; 7], vec![0; 64], [head, vec![0xFF; 40]].concat()] {
            let _ = whole(&rough);
        }
    }
}
