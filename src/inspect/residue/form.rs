//! The forms in which a string may stand in bytes: UTF-16, hexadecimal digits, zlib streams.
//!
//! RFC 1950 section 2.2 (how a zlib stream begins), RFC 4648 section 8 (hexadecimal digits).

use super::SHORTEST;

/// Whether two bytes begin a zlib stream: deflate, a window of at most 32 KiB, no preset dictionary, a right check.
pub(super) fn begins_stream(head: &[u8]) -> bool {
    let [method, flags] = head else { return false };
    let check = u16::from_be_bytes([*method, *flags]) % 31 == 0;
    check && method & 0x0f == 8 && method >> 4 <= 7 && flags & 0x20 == 0
}

/// The worth of a hexadecimal digit.
pub(super) fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// The texts that `span` spells in UTF-16 of either order at either parity.
pub(super) fn utf16(span: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for parity in 0..2 {
        for little in [true, false] {
            let mut text = Vec::new();
            for pair in span.get(parity..).unwrap_or_default().chunks_exact(2) {
                let (low, high) = if little { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
                text.push(if high == 0 { low } else { 0 });
            }
            if text.iter().any(|b| *b != 0) {
                out.push(text);
            }
        }
    }
    out
}

/// The bytes that rows of hexadecimal digits in `span` spell, at either parity; line ends may stand between them.
pub(super) fn hexadecimal(span: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for row in span.split(|b| digit(*b).is_none() && !matches!(b, b'\n' | b'\r')) {
        let digits: Vec<u8> = row.iter().filter_map(|b| digit(*b)).collect();
        if digits.len() < 2 * SHORTEST {
            continue;
        }
        for parity in 0..2 {
            out.push(digits[parity..].chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect());
        }
    }
    out
}

/// What a zlib stream at the start of `bytes` inflates to, at most `cap` bytes, and how many bytes it took when it ended.
pub(in crate::inspect) fn inflate(bytes: &[u8], cap: u64) -> (Vec<u8>, Option<usize>) {
    use flate2::{Decompress, FlushDecompress, Status};
    let mut stream = Decompress::new(true);
    let mut out = Vec::new();
    let mut buffer = [0u8; 16 * 1024];
    loop {
        let (read, written) = (stream.total_in() as usize, stream.total_out());
        let result = stream.decompress(bytes.get(read..).unwrap_or_default(), &mut buffer, FlushDecompress::None);
        let made = (stream.total_out() - written) as usize;
        out.extend_from_slice(&buffer[..made]);
        match result {
            Ok(Status::StreamEnd) => return (out, Some(stream.total_in() as usize)),
            Ok(_) if (out.len() as u64) < cap && (made > 0 || stream.total_in() as usize > read) => {}
            _ => return (out, None),
        }
    }
}
