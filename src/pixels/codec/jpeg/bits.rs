//! Bits of entropy-coded data: read with its stuffed zeros taken out, and written with them put in.
//!
//! ITU-T T.81, F.1.2.3 (byte stuffing), F.2.2.5 (reading), B.1.1.5 (padding with ones).

use super::Broken;

/// Reads bits, most significant first, up to the next marker.
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, held: 0, count: 0 }
    }

    /// Takes in bytes until 57 bits or more are held, or a marker stands in the way.
    fn fill(&mut self) {
        while self.count <= 56 {
            let Some(byte) = self.data.get(self.at).copied() else { return };
            if byte == 0xFF {
                if self.data.get(self.at + 1) != Some(&0) {
                    return;
                }
                self.at += 1;
            }
            self.at += 1;
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next 16 bits without taking them; zeros where the data end.
    pub(super) fn peek(&mut self) -> u32 {
        if self.count < 16 {
            self.fill();
        }
        (self.held >> 48) as u32
    }

    /// Takes bits that were seen already.
    pub(super) fn skip(&mut self, bits: u32) -> Result<(), Broken> {
        if bits > self.count {
            return Err(Broken::Truncated);
        }
        self.held <<= bits;
        self.count -= bits;
        Ok(())
    }

    /// The next bits, 16 at most.
    pub(super) fn take(&mut self, bits: u32) -> Result<u32, Broken> {
        if bits == 0 {
            return Ok(0);
        }
        let value = self.peek() >> (16 - bits.min(16));
        self.skip(bits)?;
        Ok(value)
    }

    /// Goes on behind the next marker, which must be this restart marker; what stands before it is padding. Whether that
    /// was no more than the bits that fill a byte, and bytes that fill up before a marker.
    pub(super) fn restart(&mut self, number: u8) -> Result<bool, Broken> {
        let spent = self.count < 8;
        (self.held, self.count) = (0, 0);
        let rest = self.data.get(self.at..).unwrap_or_default();
        let marker = rest.windows(2).position(|pair| pair[0] == 0xFF && pair[1] != 0 && pair[1] != 0xFF);
        let marker = marker.ok_or(Broken::Truncated)?;
        if rest.get(marker + 1) != Some(&(0xD0 + number)) {
            return Err(Broken::Damaged("a restart marker is missing"));
        }
        self.at += marker + 2;
        Ok(spent && is_filling(&rest[..marker]))
    }

    /// Whether no byte is left but such as fill up before a marker.
    pub(super) fn is_spent(&self) -> bool {
        self.count < 8 && is_filling(self.data.get(self.at..).unwrap_or_default())
    }
}

fn is_filling(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0xFF)
}

/// Writes bits, most significant first.
#[derive(Default)]
pub(super) struct BitWriter {
    out: Vec<u8>,
    held: u64,
    count: u32,
}

impl BitWriter {
    /// Appends the low bits of a value, 16 at most.
    pub(super) fn put(&mut self, value: u32, bits: u32) {
        let value = u64::from(value) & ((1 << bits) - 1);
        self.held = (self.held << bits) | value;
        self.count += bits;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            self.out.push(byte);
            if byte == 0xFF {
                self.out.push(0);
            }
        }
    }

    /// Fills the last byte with ones.
    fn pad(&mut self) {
        if self.count > 0 {
            self.put(0x7F, 8 - self.count);
        }
    }

    /// Ends the interval with a restart marker.
    pub(super) fn restart(&mut self, number: u8) {
        self.pad();
        self.out.extend([0xFF, 0xD0 + number]);
    }

    /// What was written.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.pad();
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_with_stuffing_and_restarts() {
        let mut writer = BitWriter::default();
        for value in 0..1_000_u32 {
            writer.put(value % 13, 4);
            writer.put(0xFFFF, 16);
        }
        writer.restart(3);
        writer.put(5, 3);
        let bytes = writer.finish();
        let mut reader = BitReader::new(&bytes);
        for value in 0..1_000_u32 {
            assert_eq!(reader.take(4), Ok(value % 13));
            assert_eq!(reader.take(16), Ok(0xFFFF));
        }
        assert_eq!(reader.restart(3), Ok(true));
        assert_eq!(reader.take(3), Ok(5));
        assert!(reader.is_spent());
        assert_eq!(reader.take(5), Ok(31));
        assert_eq!(reader.take(1), Err(Broken::Truncated));
        assert_eq!(reader.restart(4), Err(Broken::Truncated));
    }

    #[test]
    fn bytes_behind_the_last_bit_are_told_from_filling() {
        let cases: [(&[u8], bool); 6] = [
            (b"\xAF", true),
            (b"\xAF\xFF\xFF", true),
            (b"\xAFn", false),
            (b"\xAF\xFF\x00", false),
            (b"\xAFHoeflich", false),
            (b"\xAFHoeflich, Canary", false),
        ];
        let mut tried = 0;
        for (bytes, spent) in cases {
            let mut last = BitReader::new(bytes);
            assert_eq!((last.take(4), last.is_spent()), (Ok(10), spent), "{bytes:?}");
            let bytes = [bytes, &[0xFF, 0xD1]].concat();
            let mut inner = BitReader::new(&bytes);
            assert_eq!((inner.take(4), inner.restart(1)), (Ok(10), Ok(spent)), "{bytes:?}");
            tried += 1;
        }
        assert_eq!(tried, 6);
    }
}
