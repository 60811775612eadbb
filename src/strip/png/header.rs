//! The image header, and how many bytes of samples a picture of that kind has.
//!
//! W3C PNG (third edition), 11.2.1 (IHDR), 7.2 (scanlines), 8.1 (Adam7).

/// What IHDR says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    /// Width in pixels.
    pub(super) width: u32,
    /// Height in pixels.
    pub(super) height: u32,
    /// Bits of one sample.
    pub(super) depth: u8,
    /// Colour type: 0 grey, 2 colour, 3 palette, 4 grey with alpha, 6 colour with alpha.
    pub(super) colour: u8,
    /// Whether in seven passes.
    pub(super) interlaced: bool,
}

/// Adam7: first column, first row, column step, row step of each pass.
pub(super) const PASSES: [(u32, u32, u32, u32); 7] =
    [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

impl Header {
    /// Reads the 13 bytes of an IHDR chunk; none where they say something that no PNG is.
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let [w3, w2, w1, w0, h3, h2, h1, h0, depth, colour, 0, 0, interlace @ (0 | 1)] = data else { return None };
        let width = u32::from_be_bytes([*w3, *w2, *w1, *w0]);
        let height = u32::from_be_bytes([*h3, *h2, *h1, *h0]);
        let sizes = (1..=0x7FFF_FFFF).contains(&width) && (1..=0x7FFF_FFFF).contains(&height);
        let kind = match colour {
            0 => matches!(depth, 1 | 2 | 4 | 8 | 16),
            3 => matches!(depth, 1 | 2 | 4 | 8),
            2 | 4 | 6 => matches!(depth, 8 | 16),
            _ => false,
        };
        (sizes && kind).then_some(Self { width, height, depth: *depth, colour: *colour, interlaced: *interlace == 1 })
    }

    /// Samples of one pixel.
    pub(super) fn channels(&self) -> u64 {
        match self.colour {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        }
    }

    /// Bytes that a picture (or a frame) of this size has before compression, filter bytes included.
    pub(super) fn bytes(&self, width: u32, height: u32) -> Option<u64> {
        if !self.interlaced {
            return self.rows(width, height);
        }
        PASSES.iter().try_fold(0_u64, |sum, (left, top, across, down)| {
            let columns = width.saturating_sub(*left).div_ceil(*across);
            let rows = height.saturating_sub(*top).div_ceil(*down);
            sum.checked_add(if columns == 0 { 0 } else { self.rows(columns, rows)? })
        })
    }

    fn rows(&self, width: u32, height: u32) -> Option<u64> {
        let bits = u64::from(width).checked_mul(self.channels())?.checked_mul(u64::from(self.depth))?;
        u64::from(height).checked_mul(bits.div_ceil(8) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(width: u32, height: u32, depth: u8, colour: u8, interlace: u8) -> Option<Header> {
        let data = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, colour, 0, 0, interlace]].concat();
        Header::read(&data)
    }

    #[test]
    fn bytes_follow_from_size_depth_and_interlacing() {
        let cases = [
            (header(3, 2, 1, 0, 0), 4),
            (header(10, 10, 8, 2, 0), 310),
            (header(1, 1, 16, 6, 1), 9),
            // Every pass of an 8 × 8 picture: 1+1, 1+1, 1+2, 2×(1+2), 2×(1+4), 4×(1+4), 4×(1+8).
            (header(8, 8, 8, 0, 1), 2 + 2 + 3 + 6 + 10 + 20 + 36),
        ];
        let mut tried = 0;
        for (header, expected) in cases {
            let header = header.expect("a header");
            assert_eq!(header.bytes(header.width, header.height), Some(expected));
            tried += 1;
        }
        assert_eq!(tried, 4);
    }

    #[test]
    fn what_no_png_is_is_none() {
        assert!(header(0, 1, 8, 0, 0).is_none());
        assert!(header(1, 1, 4, 2, 0).is_none());
        assert!(header(1, 1, 8, 5, 0).is_none());
        assert!(header(1, 1, 8, 0, 2).is_none());
        let vast = header(0x7FFF_FFFF, 0x7FFF_FFFF, 16, 6, 0).expect("legal");
        assert_eq!(vast.bytes(vast.width, vast.height), None);
    }
}
