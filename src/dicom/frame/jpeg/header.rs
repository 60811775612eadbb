//! The header of a JPEG picture and those of its scans, and what a scan adds to the picture.
//!
//! ISO/IEC 10918-1 B.2.2 (SOFn), B.2.3 (SOS), G.1.1.1 (the order of progressive scans); ISO/IEC 14495-1 C.2.

/// The class of quantisation tables; those of codes for DC and AC have theirs from the standard.
pub(super) const QUANTISATION: u8 = 2;

/// The header of a picture.
#[derive(Debug)]
pub(super) struct Picture {
    /// Its marker: how it is coded.
    pub(super) process: u8,
    /// Its lines; 0 where a later segment says it.
    pub(super) height: u16,
    parts: Vec<Component>,
}

#[derive(Debug)]
struct Component {
    name: u8,
    quantisation: u8,
    /// Of each coefficient, how many of its last bits are to come; 255 where all are.
    left: [u8; 64],
}

/// The header of a scan.
#[derive(Debug)]
pub(super) struct Scan {
    /// Of each component: its name, its table of codes for DC and that for AC.
    pub(super) parts: Vec<[u8; 3]>,
    first: u8,
    last: u8,
    high: u8,
    low: u8,
}

impl Picture {
    /// Reads the data of its segment; none where it is no such header, or longer than one.
    pub(super) fn read(process: u8, data: &[u8]) -> Option<Self> {
        let [precision, y1, y0, _, _, count, parts @ ..] = data else { return None };
        let sound = |c: &[u8]| (1..=4).contains(&(c[1] >> 4)) && (1..=4).contains(&(c[1] & 15)) && c[2] <= 3;
        let whole = parts.len() == 3 * usize::from(*count) && (1..=4).contains(count) && (2..=16).contains(precision);
        if !whole || !parts.chunks_exact(3).all(sound) {
            return None;
        }
        let parts = parts.chunks_exact(3).map(|c| Component { name: c[0], quantisation: c[2], left: [255; 64] });
        Some(Self { process, height: u16::from_be_bytes([*y1, *y0]), parts: parts.collect() })
    }

    fn is_progressive(&self) -> bool {
        matches!(self.process, 0xC2 | 0xCA)
    }

    /// The coefficients that a scan codes.
    fn band(&self, scan: &Scan) -> std::ops::RangeInclusive<usize> {
        if self.is_progressive() { usize::from(scan.first)..=usize::from(scan.last) } else { 0..=63 }
    }

    /// Whether all that a scan codes is still to come.
    pub(super) fn lacks(&self, scan: &Scan) -> bool {
        let low = if self.is_progressive() { scan.low } else { 0 };
        let lacks = |name: u8| {
            let mut parts = self.parts.iter().filter(|part| part.name == name);
            let (part, other) = (parts.next(), parts.next());
            let band = part.and_then(|part| part.left.get(self.band(scan))).filter(|_| other.is_none());
            band.is_some_and(|band| !band.is_empty() && band.iter().all(|left| *left > low))
        };
        let names = || scan.parts.iter().map(|part| part[0]);
        names().all(|name| lacks(name) && names().filter(|other| *other == name).count() == 1)
    }

    /// Notes that a scan is in.
    pub(super) fn take(&mut self, scan: &Scan) {
        let (band, low) = (self.band(scan), if self.is_progressive() { scan.low } else { 0 });
        for part in self.parts.iter_mut().filter(|part| scan.parts.iter().any(|of| of[0] == part.name)) {
            part.left.get_mut(band.clone()).unwrap_or_default().fill(low);
        }
    }

    /// The tables that a scan uses: of codes by class and number, of quantisation by number.
    pub(super) fn uses(&self, scan: &Scan) -> Vec<(u8, u8)> {
        let mut out = Vec::new();
        for [name, dc, ac] in &scan.parts {
            let codes = match self.process {
                0xC0 | 0xC1 => [true, true],
                // A scan that refines reads bare bits for DC (G.1.2.1).
                0xC2 => [scan.first == 0 && scan.high == 0, scan.last > 0],
                0xC3 => [true, false],
                _ => [false, false],
            };
            out.extend(codes[0].then_some((0, *dc)));
            out.extend(codes[1].then_some((1, *ac)));
            let part = self.parts.iter().find(|part| part.name == *name);
            // A decoder holds on to the table that stands when the first scan of a component begins.
            let begins =
                part.filter(|part| part.left == [255; 64] && matches!(self.process, 0xC0..=0xC2 | 0xC9 | 0xCA));
            out.extend(begins.map(|part| (QUANTISATION, part.quantisation)));
        }
        out
    }
}

impl Scan {
    /// Reads the data of its segment; none where it is no such header, or longer than one.
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let (count, rest) = data.split_first()?;
        let (parts, rest) = rest.split_at_checked(2 * usize::from(*count))?;
        let [first, last, bits] = rest else { return None };
        let parts: Vec<_> = parts.chunks_exact(2).map(|c| [c[0], c[1] >> 4, c[1] & 15]).collect();
        let sound = (1..=4).contains(&parts.len()) && parts.iter().all(|part| part[1] <= 3 && part[2] <= 3);
        sound.then_some(Self { parts, first: *first, last: *last, high: bits >> 4, low: bits & 15 })
    }
}
