//! What stands between the scans of a JPEG stream: the frame, the scans with the tables that hold for them, and ranges
//! that stay as they are.
//!
//! ITU-T T.81, annex B: B.2.2 (frame), B.2.3 (scan), B.2.4.2 (Huffman tables), B.2.4.4 (restart), B.2.5 (DNL).

use super::Broken;
use super::frame::{Component, Frame, Member, Scan};
use std::ops::Range;

/// Scans of one picture: real ones have up to some twenty, none a hundred.
const SCANS: usize = 400;

/// A part of the stream.
pub(super) enum Part {
    /// Stays as it is.
    Keep(Range<usize>),
    /// Coded anew, by its place in the list of scans.
    Scan(usize),
}

/// A stream taken apart.
pub(super) struct Layout {
    pub(super) frame: Frame,
    pub(super) scans: Vec<Scan>,
    pub(super) parts: Vec<Part>,
    /// Where it ends, its end marker included.
    pub(super) end: usize,
    /// Whether it has an end marker.
    pub(super) ended: bool,
}

impl Scan {
    /// Its header as a segment.
    pub(super) fn said(&self, frame: &Frame) -> Vec<u8> {
        let count = self.members.len() as u8;
        let mut segment = vec![0xFF, 0xDA, 0, 6 + 2 * count, count];
        for member in &self.members {
            segment.extend([frame.components[member.index].id, ((member.dc << 4) | member.ac) as u8]);
        }
        segment.extend([self.band.0 as u8, self.band.1 as u8, ((self.bits.0 << 4) | self.bits.1) as u8]);
        segment
    }
}

impl Layout {
    /// For each component, whether blocks outside the picture are coded: where a scan takes whole MCUs (A.2.4).
    pub(super) fn padded(&self) -> Vec<bool> {
        let together = |index| {
            let has = |scan: &Scan| scan.members.len() > 1 && scan.members.iter().any(|member| member.index == index);
            self.scans.iter().any(has)
        };
        (0..self.frame.components.len()).map(together).collect()
    }
}

struct Walk<'a> {
    stream: &'a [u8],
    at: usize,
    frame: Option<Frame>,
    tables: [Option<(usize, usize)>; 8],
    restart: usize,
    scans: Vec<Scan>,
    parts: Vec<Part>,
}

/// Takes a stream apart.
///
/// # Errors
/// Where it breaks the grammar of annex B, or is of a kind that is not coded anew here.
pub(super) fn layout(stream: &[u8]) -> Result<Layout, Broken> {
    if !stream.starts_with(&[0xFF, 0xD8]) {
        return Err(Broken::Damaged("it does not begin as a JPEG picture does"));
    }
    let mut walk = Walk {
        stream,
        at: 2,
        frame: None,
        tables: [None; 8],
        restart: 0,
        scans: Vec::new(),
        parts: vec![Part::Keep(0..2)],
    };
    let mut ended = false;
    while let Some((start, marker)) = walk.marker()? {
        if marker == 0xD9 {
            walk.parts.push(Part::Keep(start..walk.at));
            ended = true;
            break;
        }
        walk.segment(start, marker)?;
    }
    let Walk { at: end, frame, scans, parts, .. } = walk;
    let frame = frame.filter(|_| !scans.is_empty()).ok_or(Broken::Truncated)?;
    if frame.height == 0 {
        return Err(Broken::Damaged("it does not say how high the picture is"));
    }
    let begun = |index| scans.iter().any(|scan| scan.band.0 == 0 && scan.members.iter().any(|m| m.index == index));
    // Without its end marker nothing says that a progressive picture has all its scans.
    if !(0..frame.components.len()).all(begun) || (frame.progressive && !ended) {
        return Err(Broken::Truncated);
    }
    Ok(Layout { frame, scans, parts, end, ended })
}

impl<'a> Walk<'a> {
    /// Goes behind the next marker: where it starts, and which it is; none at the end of the stream.
    fn marker(&mut self) -> Result<Option<(usize, u8)>, Broken> {
        let start = self.at;
        if start >= self.stream.len() {
            return Ok(None);
        }
        while let Some(0xFF) = self.stream.get(self.at) {
            self.at += 1;
        }
        match self.stream.get(self.at) {
            // What a DICOM fragment is padded with.
            None | Some(0) if self.at + 1 >= self.stream.len() && !self.scans.is_empty() => Ok(None),
            Some(marker) if self.at > start => {
                self.at += 1;
                Ok(Some((start, *marker)))
            }
            None => Err(Broken::Truncated),
            _ => Err(Broken::Damaged("bytes stand where a marker should be")),
        }
    }

    fn segment(&mut self, start: usize, marker: u8) -> Result<(), Broken> {
        if !matches!(marker, 0xC0..=0xCF | 0xDA..=0xFE) {
            return Err(Broken::Damaged("a marker stands where none may"));
        }
        let length = self.stream.get(self.at..self.at + 2).ok_or(Broken::Truncated)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let content = self.at + 2..self.at + length;
        let data = match length {
            0 | 1 => return Err(Broken::Damaged("a part has no length")),
            _ => self.stream.get(content.clone()).ok_or(Broken::Truncated)?,
        };
        self.at = content.end;
        match marker {
            0xC4 => return self.codes(data, content.start),
            0xDA => return self.scan(data, start),
            0xC0..=0xC2 => self.frame(data, marker)?,
            0xC3 => return Err(Broken::Kind("lossless JPEG")),
            0xC9..=0xCF => return Err(Broken::Kind("arithmetic-coded JPEG")),
            0xC5..=0xC8 | 0xDE | 0xDF => return Err(Broken::Kind("hierarchical JPEG")),
            0xDC => self.lines(data)?,
            0xDD => self.restart = data.get(..2).map_or(0, |n| usize::from(u16::from_be_bytes([n[0], n[1]]))),
            _ => {}
        }
        self.parts.push(Part::Keep(start..self.at));
        Ok(())
    }

    fn frame(&mut self, data: &[u8], marker: u8) -> Result<(), Broken> {
        if self.frame.is_some() {
            return Err(Broken::Damaged("it holds two frames"));
        }
        let frame = Frame::read(data, marker == 0xC2).ok_or(Broken::Damaged("its frame header makes no sense"))?;
        if frame.precision != 8 && (frame.precision != 12 || marker == 0xC0) {
            return Err(Broken::Kind("JPEG of this precision"));
        }
        self.frame = Some(frame);
        Ok(())
    }

    /// The height, where the frame leaves it open.
    fn lines(&mut self, data: &[u8]) -> Result<(), Broken> {
        let height = data.get(..2).map_or(0, |n| usize::from(u16::from_be_bytes([n[0], n[1]])));
        match &mut self.frame {
            Some(frame) if self.scans.len() == 1 && (frame.height == 0 || frame.height == height) => {
                frame.height = height;
                frame.lay_out();
                Ok(())
            }
            _ => Err(Broken::Damaged("a number of lines is stated where none may be")),
        }
    }

    fn codes(&mut self, mut data: &[u8], mut at: usize) -> Result<(), Broken> {
        while let Some(head) = data.first() {
            let symbols = data.get(1..17).map(|counts| counts.iter().map(|n| usize::from(*n)).sum::<usize>());
            let length = 17 + symbols.ok_or(Broken::Damaged("a code table is cut short"))?;
            let slot = (usize::from(head >> 4), usize::from(head & 15));
            let (rest, true) = (data.get(length..), slot.0 < 2 && slot.1 < 4 && length <= 17 + 256) else {
                return Err(Broken::Damaged("a code table makes no sense"));
            };
            self.tables[slot.0 * 4 + slot.1] = Some((at + 1, at + length));
            data = rest.ok_or(Broken::Damaged("a code table is cut short"))?;
            at += length;
        }
        Ok(())
    }

    fn scan(&mut self, data: &[u8], start: usize) -> Result<(), Broken> {
        const ODD: Broken = Broken::Damaged("a scan header makes no sense");
        let frame = self.frame.as_ref().ok_or(ODD)?;
        let count = usize::from(*data.first().ok_or(ODD)?);
        let (Some(listed), Some(&[first, last, bits])) = (data.get(1..1 + 2 * count), data.get(1 + 2 * count..)) else {
            return Err(ODD);
        };
        let mut members: Vec<Member> = Vec::new();
        for pair in listed.chunks_exact(2) {
            let index = frame.components.iter().position(|component| component.id == pair[0]).ok_or(ODD)?;
            let (dc, ac) = (usize::from(pair[1] >> 4), usize::from(pair[1] & 15));
            if dc > 3 || ac > 3 || members.iter().any(|member| member.index == index) {
                return Err(ODD);
            }
            members.push(Member { index, dc, ac });
        }
        let (first, last, high, low) = (usize::from(first), usize::from(last), bits >> 4, bits & 15);
        let sound = match frame.progressive {
            // What a sequential scan says of bands means nothing; some writers leave zeros.
            false => true,
            true => first <= last && last <= 63 && (first > 0) == (last > 0) && (first == 0 || count == 1) && low <= 13,
        };
        let fits = count == 1 || members.iter().map(|m| frame.components[m.index].per_mcu()).sum::<usize>() <= 10;
        if !sound || !fits || members.is_empty() || (frame.progressive && high > 0 && high != low + 1) {
            return Err(ODD);
        }
        if self.scans.len() >= SCANS {
            return Err(Broken::TooLarge("the picture has more scans than any real one"));
        }
        let header = start..self.at;
        let end = self.at + end_of_data(&self.stream[self.at..]);
        let (band, bits) = match frame.progressive {
            true => ((first, last), (u32::from(high), u32::from(low))),
            false => ((0, 63), (0, 0)),
        };
        self.parts.push(Part::Scan(self.scans.len()));
        self.scans.push(Scan {
            members,
            band,
            bits,
            restart: self.restart,
            tables: self.tables,
            header,
            data: self.at..end,
        });
        self.at = end;
        Ok(())
    }
}

/// Where coded data end: at a marker that is no restart.
fn end_of_data(data: &[u8]) -> usize {
    let marker = |at: &usize| matches!(data.get(at + 1), Some(0x01..=0xCF | 0xD8..=0xFE));
    memchr::memchr_iter(0xFF, data).find(marker).unwrap_or(data.len())
}

impl Component {
    /// Its blocks in an MCU of several components.
    fn per_mcu(&self) -> usize {
        self.across * self.down
    }
}
