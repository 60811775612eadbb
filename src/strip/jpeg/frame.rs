//! Frame and scan headers, and how far the picture is complete.
//!
//! ITU-T T.81, B.2.2 (SOFn) and B.2.3 (SOS); G.1.1.1 for the order of progressive scans.

/// A frame.
#[derive(Debug)]
pub(super) struct Frame {
    /// Width in pixels.
    pub(super) width: u32,
    /// Height in pixels; 0 where a DNL segment says it.
    pub(super) height: u32,
    /// The marker: what kind of coding.
    pub(super) marker: u8,
    components: Vec<Component>,
}

#[derive(Debug)]
struct Component {
    id: u8,
    quantisation: usize,
    scanned: bool,
    /// For each coefficient, how many of its lowest bits are still to come; 255 where none was coded yet.
    left: [u8; 64],
}

/// A scan header.
#[derive(Debug)]
pub(super) struct ScanHeader {
    /// What is in the scan.
    pub(super) components: Vec<ScanComponent>,
    /// First coefficient.
    pub(super) first: u8,
    /// Last coefficient.
    pub(super) last: u8,
    /// Bits that earlier scans left open; 0 in a first scan.
    pub(super) high: u8,
    low: u8,
    /// Bytes of data that the header takes.
    pub(super) length: usize,
}

/// A component of a scan.
#[derive(Debug)]
pub(super) struct ScanComponent {
    /// The component's number in the frame.
    pub(super) id: u8,
    /// Number of its table for DC.
    pub(super) dc: usize,
    /// Number of its table for AC.
    pub(super) ac: usize,
}

/// What a scan adds to the picture.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Adds {
    /// Something that was missing.
    Samples,
    /// Nothing: all of it was coded before.
    Nothing,
    /// It does not fit what was coded before, or names a component the frame does not have.
    Broken,
}

impl Frame {
    /// Reads the data of a SOFn segment; and how many bytes of them it takes.
    pub(super) fn read(marker: u8, data: &[u8]) -> Option<(Self, usize)> {
        let [precision, h1, h0, w1, w0, count, rest @ ..] = data else { return None };
        let length = usize::from(*count) * 3;
        let components = rest.get(..length)?;
        // No decoder shows more than four, and the names of more are a hiding place.
        if !(1..=4).contains(count) || !(2..=16).contains(precision) {
            return None;
        }
        let mut read = Vec::new();
        for component in components.chunks_exact(3) {
            let (id, sampling, table) = (component[0], component[1], component[2]);
            if !(1..=4).contains(&(sampling >> 4)) || !(1..=4).contains(&(sampling & 15)) || table > 3 {
                return None;
            }
            read.push(Component { id, quantisation: usize::from(table), scanned: false, left: [255; 64] });
        }
        let width = u32::from(u16::from_be_bytes([*w1, *w0]));
        let height = u32::from(u16::from_be_bytes([*h1, *h0]));
        (width > 0).then_some((Self { width, height, marker, components: read }, 6 + length))
    }

    /// How many components there are.
    pub(super) fn components(&self) -> usize {
        self.components.len()
    }

    /// Whether scans refine one another.
    pub(super) fn is_progressive(&self) -> bool {
        matches!(self.marker, 0xC2 | 0xC6 | 0xCA | 0xCE)
    }

    /// Whether the use of each table can be told: all but differential frames.
    pub(super) fn tells_tables(&self) -> bool {
        matches!(self.marker, 0xC0..=0xC3 | 0xC9..=0xCB)
    }

    /// Whether it is coded with Huffman tables.
    pub(super) fn is_huffman(&self) -> bool {
        self.marker < 0xC9
    }

    /// The quantisation table of a component, if no scan has had that component yet.
    pub(super) fn first_scan_of(&self, id: u8) -> Option<usize> {
        self.components.iter().find(|c| c.id == id && !c.scanned).map(|c| c.quantisation)
    }

    /// Whether every component has been coded to its last bit.
    pub(super) fn is_complete(&self) -> bool {
        match self.is_progressive() {
            true => self.components.iter().all(|c| c.left == [0; 64]),
            false => self.components.iter().all(|c| c.scanned),
        }
    }

    /// What this scan would add.
    pub(super) fn adds(&self, scan: &ScanHeader) -> Adds {
        let mut adds = Adds::Nothing;
        for part in &scan.components {
            let Some(component) = self.components.iter().find(|c| c.id == part.id) else { return Adds::Broken };
            if !self.is_progressive() {
                adds = if component.scanned { adds } else { Adds::Samples };
                continue;
            }
            let band = component.left.get(usize::from(scan.first)..=usize::from(scan.last)).unwrap_or_default();
            if band.is_empty() {
                return Adds::Broken;
            }
            if band.iter().any(|left| *left > scan.low) {
                adds = Adds::Samples;
            }
        }
        adds
    }

    /// Notes that this scan is in.
    pub(super) fn take(&mut self, scan: &ScanHeader) {
        for part in &scan.components {
            for component in self.components.iter_mut().filter(|c| c.id == part.id) {
                component.scanned = true;
                let band = component.left.get_mut(usize::from(scan.first)..=usize::from(scan.last));
                band.unwrap_or_default().iter_mut().for_each(|left| *left = (*left).min(scan.low));
            }
        }
    }
}

impl ScanHeader {
    /// Reads the data of a SOS segment.
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let (count, rest) = data.split_first()?;
        let count = usize::from(*count);
        let (components, rest) = rest.split_at_checked(count * 2)?;
        let [first, last, approximation, ..] = rest else { return None };
        if !(1..=4).contains(&count) {
            return None;
        }
        let components = components.chunks_exact(2);
        let components =
            components.map(|c| ScanComponent { id: c[0], dc: usize::from(c[1] >> 4), ac: usize::from(c[1] & 15) });
        let (high, low) = (approximation >> 4, approximation & 15);
        let components: Vec<ScanComponent> = components.collect();
        let known = components.iter().all(|c| c.dc <= 3 && c.ac <= 3);
        known.then_some(Self { components, first: *first, last: *last, high, low, length: 4 + count * 2 })
    }
}
