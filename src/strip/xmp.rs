//! The one value that XMP holds and a viewer may need: `tiff:Orientation` (Adobe XMP, part 2, TIFF properties).

use memchr::memmem;

/// The orientation that an XMP packet states, 2 to 8, where it states one; 1 is what a picture without any has.
///
/// Read as viewers do that fall back to XMP: the first `tiff:Orientation` as attribute or as element.
pub(super) fn orientation(packet: &[u8]) -> Option<u8> {
    const NAME: &[u8] = b"tiff:Orientation";
    for at in memmem::find_iter(packet, NAME) {
        let rest = &packet[at + NAME.len()..];
        let digit = rest.strip_prefix(b"=\"").or_else(|| rest.strip_prefix(b"='")).or_else(|| rest.strip_prefix(b">"));
        if let Some([digit @ b'0'..=b'9', ..]) = digit {
            return Some(digit - b'0').filter(|value| (1..=8).contains(value));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orientation_is_read_from_attribute_and_element_and_else_not() {
        let cases: [(&[u8], Option<u8>); 6] = [
            (b"<rdf tiff:Orientation=\"6\"/>", Some(6)),
            (b"<tiff:Orientation>3</tiff:Orientation>", Some(3)),
            (b"tiff:Orientation tiff:Orientation='8'", Some(8)),
            (b"tiff:Orientation=\"9\"", None),
            (b"tiff:Orientation", None),
            (b"exif:Orientation=\"6\"", None),
        ];
        let mut tried = 0;
        for (packet, expected) in cases {
            assert_eq!(orientation(packet), expected);
            tried += 1;
        }
        assert_eq!(tried, 6);
    }
}
