//! Huffman tables: read for decoding, and made anew so that each scan's are the shortest for it.
//!
//! ITU-T T.81, annex C (from lists to codes), F.2.2.3 (decoding), K.2 (the best code lengths for counted symbols).

use super::Broken;
use super::bits::BitReader;

/// Codes up to this length are looked up at once.
const QUICK: u32 = 9;

/// A table for decoding.
pub(super) struct Decoder {
    /// Symbol and length of the code that these first bits hold; length 0 where the code is longer.
    quick: Vec<(u8, u8)>,
    /// For each length: the first code that is longer, left-aligned in 16 bits, and what is added to a code to find its symbol.
    ends: [(u32, i32); 16],
    symbols: Vec<u8>,
}

impl Decoder {
    /// From the 16 counts and the symbols of a DHT segment.
    ///
    /// # Errors
    /// Where no prefix code has such lengths.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, Broken> {
        let mut table = Self { quick: vec![(0, 0); 1 << QUICK], ends: [(0, 0); 16], symbols: symbols.to_vec() };
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, count) in (1_u32..).zip(counts) {
            table.ends[length as usize - 1].1 = index as i32 - code as i32;
            for _ in 0..*count {
                let symbol = *symbols.get(index).ok_or(Broken::Damaged("a code table is cut short"))?;
                if code >= 1 << length {
                    return Err(Broken::Damaged("a code table has more codes than there can be"));
                }
                if length <= QUICK {
                    let from = (code << (QUICK - length)) as usize;
                    table.quick[from..from + (1 << (QUICK - length))].fill((symbol, length as u8));
                }
                (code, index) = (code + 1, index + 1);
            }
            table.ends[length as usize - 1].0 = code << (16 - length);
            code <<= 1;
        }
        Ok(table)
    }

    /// The next symbol.
    pub(super) fn symbol(&self, reader: &mut BitReader<'_>) -> Result<u8, Broken> {
        let bits = reader.peek();
        let (symbol, length) = self.quick[(bits >> (16 - QUICK)) as usize];
        if length > 0 {
            reader.skip(u32::from(length))?;
            return Ok(symbol);
        }
        let length = (QUICK + 1..=16).find(|length| bits < self.ends[*length as usize - 1].0);
        // Where the data end, zeros or what is left of them may look like no code at all.
        let Some(length) = length else {
            reader.skip(16)?;
            return Err(Broken::Damaged("the coded picture holds a code that is in no table"));
        };
        reader.skip(length)?;
        let index = (bits >> (16 - length)) as i32 + self.ends[length as usize - 1].1;
        let symbol = usize::try_from(index).ok().and_then(|index| self.symbols.get(index));
        symbol.copied().ok_or(Broken::Damaged("the coded picture holds a code that is in no table"))
    }
}

/// A table for encoding.
pub(super) struct Encoder {
    counts: [u8; 16],
    symbols: Vec<u8>,
    codes: [(u16, u8); 256],
}

impl Encoder {
    /// The shortest codes for symbols that occur so often; none where no symbol occurs.
    pub(super) fn best(often: &[u64; 256]) -> Option<Self> {
        let mut lengths = lengths(often)?;
        limit(&mut lengths);
        let mut order: Vec<usize> = (0..256).filter(|symbol| often[*symbol] > 0).collect();
        // The more often, the shorter; among equals by number, so that equal pictures give equal bytes.
        order.sort_by_key(|symbol| (std::cmp::Reverse(often[*symbol]), *symbol));
        let mut table = Self { counts: [0; 16], symbols: Vec::new(), codes: [(0, 0); 256] };
        let (mut code, mut next) = (0_u32, order.into_iter());
        for (length, count) in (1_u8..).zip(lengths.into_iter().take(16)) {
            for symbol in next.by_ref().take(count) {
                table.codes[symbol] = (code as u16, length);
                table.symbols.push(symbol as u8);
                table.counts[usize::from(length) - 1] += 1;
                code += 1;
            }
            code <<= 1;
        }
        Some(table)
    }

    /// Code and length of a symbol.
    pub(super) fn code(&self, symbol: u8) -> (u16, u8) {
        self.codes[usize::from(symbol)]
    }

    /// The table as a DHT segment lists it, behind its class and number.
    pub(super) fn listed(&self) -> impl Iterator<Item = u8> + '_ {
        self.counts.iter().chain(&self.symbols).copied()
    }
}

/// How many codes have each length, from 1, the reserved one of ones included: pairs of the rarest are joined until one is left.
fn lengths(often: &[u64; 256]) -> Option<Vec<usize>> {
    // One symbol more takes the code of nothing but ones, which no symbol may have.
    let mut depth = vec![0_usize; 257];
    let mut groups: Vec<(u64, Vec<usize>)> = Vec::with_capacity(257);
    groups.push((1, vec![256]));
    groups.extend(often.iter().enumerate().filter(|(_, n)| **n > 0).map(|(symbol, n)| (*n, vec![symbol])));
    if groups.len() < 2 {
        return None;
    }
    while groups.len() > 1 {
        groups.sort_by_key(|(n, members)| (std::cmp::Reverse(*n), std::cmp::Reverse(members.len())));
        let (Some((a, mut members)), Some((b, others))) = (groups.pop(), groups.pop()) else { break };
        members.extend(others);
        members.iter().for_each(|member| depth[*member] += 1);
        groups.push((a + b, members));
    }
    let mut lengths = vec![0; 257];
    depth.iter().filter(|depth| **depth > 0).for_each(|depth| lengths[*depth - 1] += 1);
    Some(lengths)
}

/// Shortens what is longer than 16 bits (K.2, figure K.3), then takes out the reserved code.
fn limit(lengths: &mut [usize]) {
    for long in (16..lengths.len()).rev() {
        while lengths[long] > 0 {
            let Some(short) = (0..long - 1).rev().find(|short| lengths[*short] > 0) else { break };
            // Two longest become one of a bit less; a shorter one becomes two of a bit more.
            lengths[long] -= 2;
            lengths[long - 1] += 1;
            lengths[short + 1] += 2;
            lengths[short] -= 1;
        }
    }
    if let Some(longest) = lengths.iter_mut().take(16).rev().find(|count| **count > 0) {
        *longest -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::bits::BitWriter;
    use super::*;

    fn round_trip(often: &[u64; 256]) -> u8 {
        let table = Encoder::best(often).expect("a table");
        let listed: Vec<u8> = table.listed().collect();
        let counts: [u8; 16] = listed[..16].try_into().expect("16 counts");
        let decoder = Decoder::new(&counts, &listed[16..]).expect("a prefix code");
        let mut writer = BitWriter::default();
        let symbols: Vec<u8> = (0..=255).filter(|symbol| often[usize::from(*symbol)] > 0).collect();
        for symbol in &symbols {
            let (code, length) = table.code(*symbol);
            assert!(length > 0 && u32::from(code) != (1 << length) - 1, "the code of ones is reserved");
            writer.put(u32::from(code), u32::from(length));
        }
        let bytes = writer.finish();
        let mut reader = BitReader::new(&bytes);
        for symbol in &symbols {
            assert_eq!(decoder.symbol(&mut reader), Ok(*symbol));
        }
        (0..=255).map(|symbol| table.code(symbol).1).max().unwrap_or(0)
    }

    #[test]
    fn best_tables_read_back_whatever_is_counted() {
        let (mut one, mut all, mut steep) = ([0; 256], [7; 256], [0; 256]);
        one[9] = 1;
        all[3] = 70_000;
        let mut pair = (1_u64, 1_u64);
        for often in steep.iter_mut().take(40) {
            *often = pair.0;
            pair = (pair.1, pair.0 + pair.1);
        }
        assert_eq!(round_trip(&one), 1);
        assert_eq!(round_trip(&all), 9);
        assert_eq!(round_trip(&steep), 16, "longer codes are cut to 16 bits");
        assert!(Encoder::best(&[0; 256]).is_none());
    }

    #[test]
    fn tables_that_no_code_can_have_are_refused() {
        let counts = |at: usize, count: u8| {
            let mut counts = [0; 16];
            counts[at] = count;
            counts
        };
        assert!(Decoder::new(&counts(0, 2), &[1, 2]).is_ok());
        assert!(Decoder::new(&counts(0, 3), &[1, 2, 3]).is_err());
        assert!(Decoder::new(&counts(15, 255), &[1, 2, 3]).is_err());
        assert!(Decoder::new(&counts(7, 255), &[0; 255]).is_ok());
    }
}
