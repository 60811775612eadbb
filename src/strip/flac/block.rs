//! Blocks that stay of FLAC, checked field by field.
//!
//! RFC 9639 sections 8.2 (streaminfo) and 8.5 (seek table).

/// Length of a streaminfo block.
const INFO: usize = 34;
/// A seek point.
const POINT: usize = 18;

/// Whether these bytes describe sound: a rate, and blocks of 16 samples or more.
pub(in crate::strip) fn is_info(bytes: &[u8]) -> bool {
    let number = |at: usize| bytes.get(at..at + 2).map_or(0, |b| u16::from_be_bytes([b[0], b[1]]));
    bytes.len() == INFO && number(0) >= 16 && number(2) >= number(0) && bytes[10..13] != [0, 0, 0]
}

/// A seek table with its placeholders blank; none where its points do not follow one another, as a text's would not.
pub(super) fn table(bytes: &[u8]) -> Option<Vec<u8>> {
    if !bytes.len().is_multiple_of(POINT) {
        return None;
    }
    let mut out = bytes.to_vec();
    let mut last = None;
    for point in out.chunks_exact_mut(POINT) {
        let place = (point[..8].to_vec(), point[8..16].to_vec());
        if point[..8] == [0xFF; 8] {
            point[8..].fill(0);
            last = Some(place);
            continue;
        }
        // Samples have 36 bits, and files are shorter than 2^48 bytes.
        let follows = last.is_none_or(|(sample, offset)| sample < place.0 && offset <= place.1);
        if !follows || point[0..3] != [0; 3] || point[8..10] != [0; 2] {
            return None;
        }
        last = Some(place);
    }
    Some(out)
}
