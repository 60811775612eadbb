//! How long the sound of a frame of FLAC is, as the witness reads it: nothing stands between it and the check sum.
//!
//! RFC 9639 section 9: the header (9.1), subframes (9.2) and their residuals (9.2.7).

/// Bits of a frame, one after the other.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next bits, 57 of them or more; zeros behind the end.
    fn ahead(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let mut eight = [0; 8];
        let count = rest.len().min(8);
        eight[..count].copy_from_slice(&rest[..count]);
        u64::from_be_bytes(eight) << (self.at % 8)
    }

    fn pass(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count)?;
        (self.at <= self.bytes.len() * 8).then_some(())
    }

    fn number(&mut self, count: usize) -> Option<usize> {
        let value = if count == 0 { 0 } else { self.ahead() >> (64 - count) };
        self.pass(count)?;
        Some(value as usize)
    }

    /// Zeros up to a one.
    fn zeros(&mut self) -> Option<usize> {
        let mut all = 0;
        loop {
            let zeros = self.ahead().leading_zeros() as usize;
            if zeros < 57 {
                self.pass(zeros + 1)?;
                return Some(all + zeros);
            }
            self.pass(57)?;
            all += 57;
        }
    }

    /// The sound of one channel.
    fn channel(&mut self, samples: usize, depth: usize) -> Option<()> {
        let kind = self.number(7)?;
        let depth = if self.number(1)? == 1 { depth.checked_sub(self.zeros()? + 1)? } else { depth };
        if depth == 0 {
            return None;
        }
        match kind {
            0 => self.pass(depth),
            1 => self.pass(depth * samples),
            8..=12 => {
                self.pass(depth * (kind - 8))?;
                self.rest(samples, kind - 8)
            }
            32..=63 => {
                let order = kind - 31;
                self.pass(depth * order)?;
                let each = self.number(4)? + 1;
                self.pass(5 + each * order)?;
                self.rest(samples, order)
            }
            _ => None,
        }
    }

    /// What the prediction of `order` samples leaves of the others.
    fn rest(&mut self, samples: usize, order: usize) -> Option<()> {
        let width = [4, 5].get(self.number(2)?).copied()?;
        let parts = 1 << self.number(4)?;
        let most = (1 << width) - 1;
        let mut left = (samples / parts).checked_sub(order).filter(|_| samples.is_multiple_of(parts))?;
        for _ in 0..parts {
            let low = self.number(width)?;
            if low == most {
                let each = self.number(5)?;
                self.pass(each * left)?;
            } else {
                for _ in 0..left {
                    self.zeros()?;
                    self.pass(low)?;
                }
            }
            left = samples / parts;
        }
        Some(())
    }
}

/// Length of the frame that `bytes` begin with, its check sum counted in; `depth` is what the description says.
pub(super) fn length(bytes: &[u8], depth: usize) -> Option<usize> {
    let mut bits = Bits { bytes, at: 16 };
    let (size, rate) = (bits.number(4)?, bits.number(4)?);
    let (channels, coded) = (bits.number(4)?, bits.number(3)?);
    bits.pass(1)?;
    let number = match bytes.get(4)?.leading_ones() as usize {
        0 => 1,
        more => more,
    };
    bits.pass(8 * number)?;
    let samples = match size {
        1 => 192,
        2..=5 => 144 << size,
        6 => bits.number(8)? + 1,
        7 => bits.number(16)? + 1,
        8.. => 1 << size,
        0 => return None,
    };
    bits.pass([8, 16, 16].get(rate.wrapping_sub(12)).copied().unwrap_or(0) + 8)?;
    let depth = *[depth, 8, 12, 0, 16, 20, 24, 32].get(coded)?;
    // One of two channels may be the difference of both, which has a bit more.
    let depths = match channels {
        0..=7 => vec![depth; channels + 1],
        8 | 10 => vec![depth, depth + 1],
        9 => vec![depth + 1, depth],
        _ => return None,
    };
    for depth in depths {
        bits.channel(samples, depth)?;
    }
    Some(bits.at.div_ceil(8) + 2)
}
