//! Decodes text by the character set that the object declares.
//!
//! DICOM PS3.3 C.12.1.1.2 and PS3.5 6.1 (ISO 2022 escapes). Used to know who a recording is of; text that stays is plain
//! ASCII, so nothing is ever encoded.

use encoding_rs as e;

/// The encoding a defined term stands for, with and without code extensions.
fn by_term(term: &str) -> Option<&'static e::Encoding> {
    let number = term.trim().strip_prefix("ISO 2022 IR ").or_else(|| term.trim().strip_prefix("ISO_IR "));
    Some(match number.unwrap_or(term.trim()) {
        "100" => e::WINDOWS_1252,
        "101" => e::ISO_8859_2,
        "109" => e::ISO_8859_3,
        "110" => e::ISO_8859_4,
        "144" => e::ISO_8859_5,
        "127" => e::ISO_8859_6,
        "126" => e::ISO_8859_7,
        "138" => e::ISO_8859_8,
        "148" => e::WINDOWS_1254,
        "203" => e::ISO_8859_15,
        "166" => e::WINDOWS_874,
        "13" | "87" | "159" => e::SHIFT_JIS,
        "149" => e::EUC_KR,
        "58" | "GBK" => e::GBK,
        "GB18030" => e::GB18030,
        "192" => e::UTF_8,
        _ => return None,
    })
}

/// The encoding that an escape sequence switches to, and the bytes of the escape.
fn by_escape(bytes: &[u8]) -> Option<(&'static e::Encoding, usize)> {
    const ESCAPES: [(&[u8], &str); 14] = [
        (b"\x1b(B", "6"),
        (b"\x1b-A", "ISO_IR 100"),
        (b"\x1b-B", "ISO_IR 101"),
        (b"\x1b-C", "ISO_IR 109"),
        (b"\x1b-D", "ISO_IR 110"),
        (b"\x1b-L", "ISO_IR 144"),
        (b"\x1b-G", "ISO_IR 127"),
        (b"\x1b-F", "ISO_IR 126"),
        (b"\x1b-H", "ISO_IR 138"),
        (b"\x1b-M", "ISO_IR 148"),
        (b"\x1b-b", "ISO_IR 203"),
        (b"\x1b-T", "ISO_IR 166"),
        (b"\x1b$)C", "ISO 2022 IR 149"),
        (b"\x1b$)A", "ISO 2022 IR 58"),
    ];
    let (escape, term) = ESCAPES.iter().find(|(escape, _)| bytes.starts_with(escape))?;
    Some((by_term(term).unwrap_or(e::WINDOWS_1252), escape.len()))
}

/// Decodes a value. Wrong bytes become replacement characters; nothing fails.
pub(super) fn decode(value: &[u8], declared: &[u8]) -> String {
    if value.is_ascii() && !value.contains(&0x1b) {
        return String::from_utf8_lossy(value).into_owned();
    }
    let declared = String::from_utf8_lossy(declared);
    let first = declared.split('\\').next().and_then(by_term);
    if !value.contains(&0x1b) {
        // Where nothing is declared, bytes that are UTF-8 are far more likely that than anything else.
        let encoding = first.or_else(|| std::str::from_utf8(value).is_ok().then_some(e::UTF_8));
        return encoding.unwrap_or(e::WINDOWS_1252).decode_without_bom_handling(value).0.into_owned();
    }
    switched(value, first.unwrap_or(e::WINDOWS_1252))
}

/// Decodes a value with escapes: the Japanese ones (ESC $ B, ESC $ @, ESC ( J, ESC ( I) by ISO-2022-JP as a stretch, the
/// others each by the set it switches to.
fn switched(value: &[u8], first: &'static e::Encoding) -> String {
    let mut text = String::new();
    let mut current = first;
    let mut japanese = false;
    let mut at = 0;
    let mut from = 0;
    while at < value.len() {
        if value[at] == 0x1b {
            let stretch = &value[from..at];
            text.push_str(&if japanese { e::ISO_2022_JP } else { current }.decode_without_bom_handling(stretch).0);
            from = at;
            japanese = [&b"\x1b$B"[..], b"\x1b$@", b"\x1b(J", b"\x1b(I"].iter().any(|p| value[at..].starts_with(p));
            if let Some((encoding, length)) = by_escape(&value[at..]) {
                current = encoding;
                from = at + length;
                at = from;
                continue;
            }
        }
        at += 1;
    }
    text.push_str(&if japanese { e::ISO_2022_JP } else { current }.decode_without_bom_handling(&value[from..]).0);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of PS3.5 Annexes H, I and J, as bytes.
    #[test]
    fn values_are_read_in_the_declared_set() {
        let cases: [(&[u8], &[u8], &str); 9] = [
            (b"Buc^J\xe9r\xf4me", b"ISO_IR 100", "Buc^Jérôme"),
            (b"\xc4neas^R\xfcdiger", b"ISO_IR 100", "Äneas^Rüdiger"),
            (b"\xbb\xee\xda\x63\x65\xdc\xd1\x79\x70\xd3", b"ISO_IR 144", "Люкceмбypг"),
            ("Wang^XiaoDong=王^小东".as_bytes(), b"ISO_IR 192", "Wang^XiaoDong=王^小东"),
            (b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", b"\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎"),
            (b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7", b"\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞"),
            (b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", b"GB18030", "Wang^XiaoDong=王^小东"),
            (b"J\xc3\xa9r\xc3\xb4me", b"", "Jérôme"),
            (b"PLAIN^NAME", b"nonsense", "PLAIN^NAME"),
        ];
        let mut tried = 0;
        for (value, declared, expected) in cases {
            assert_eq!(decode(value, declared), expected);
            tried += 1;
        }
        assert_eq!(tried, 9);
    }
}
