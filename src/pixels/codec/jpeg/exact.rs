//! Whether coded data end where their picture does, so that nothing can stand behind the last sample of a scan.
//!
//! ITU-T T.81, E.1.4 and F.1.2.3: of the last byte of an interval the bits that are left are filled up, and a marker follows.

use super::Broken;
use super::decode::{Block, Hold, Pass, Scanner, are_borne_out};
use super::frame::Frame;
use super::header;
use std::ops::Range;

/// Blocks of which it is held which coefficients are zero, in eight bytes each: pictures of 180 million pixels with
/// colours of half the size.
const MOST_BLOCKS: u64 = 4 * 1024 * 1024;

/// Blocks that scans visit: twenty times those of a picture of a hundred million pixels.
const MOST_VISITS: u64 = 64 * 1024 * 1024;

/// Which coefficients of each block are not zero, which is all that a scan must know of those before it.
struct Marks(Vec<Vec<u64>>);

impl Marks {
    fn of(frame: &Frame) -> Result<Self, Broken> {
        if !frame.progressive {
            return Ok(Self(Vec::new()));
        }
        if frame.blocks() > MOST_BLOCKS {
            return Err(Broken::TooLarge("the picture is larger than may be held in memory"));
        }
        Ok(Self(frame.components.iter().map(|c| vec![0; c.wide * c.high]).collect()))
    }
}

impl Hold for Marks {
    fn work(
        &mut self,
        component: usize,
        block: usize,
        pass: Pass,
        work: impl FnOnce(&mut Block) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        let mut values = [0; 64];
        if matches!(pass, Pass::Sequential | Pass::DcFirst | Pass::DcMore) {
            return work(&mut values);
        }
        let marks = self.0.get_mut(component).and_then(|plane| plane.get_mut(block));
        let marks = marks.ok_or(Broken::Damaged("a block lies outside the picture"))?;
        for (k, value) in values.iter_mut().enumerate() {
            *value = (*marks >> k & 1) as i16;
        }
        work(&mut values)?;
        *marks = (0..).zip(&values).fold(0, |marks, (k, value)| marks | u64::from(*value != 0) << k);
        Ok(())
    }
}

/// Where the scans of a stream stand whose coded data end with the last bit of their last block, and so those of each
/// restart interval: data in which every byte is samples.
///
/// # Errors
/// A [`Broken`]: where data are missing or make no sense, and for lossless, hierarchical and arithmetic-coded streams.
pub(crate) fn exact(stream: &[u8]) -> Result<Vec<Range<usize>>, Broken> {
    let layout = header::layout(stream)?;
    are_borne_out(&layout)?;
    if layout.scans.iter().map(|scan| layout.frame.blocks_of(scan)).sum::<u64>() > MOST_VISITS {
        return Err(Broken::TooLarge("the picture has more scans than any real one"));
    }
    let mut marks = Marks::of(&layout.frame)?;
    let mut exact = Vec::new();
    for scan in &layout.scans {
        if Scanner::new(stream, &layout, scan)?.run(&layout, &mut marks)? {
            exact.push(scan.data.clone());
        }
    }
    Ok(exact)
}
