//! Decodes text by the character set that the object declares.
//!
//! DICOM PS3.3 C.12.1.1.2 and PS3.5 6.1 (ISO 2022 escapes). Used to know who a recording is of, and to read and write
//! descriptions that stay. Declarations lie: what identifies is sought in every reading that a value may have, and cleaned
//! text beyond ASCII is written only where Latin-1 or UTF-8 is declared; elsewhere without its accents.

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

/// Every reading that a value may have: as declared, as UTF-8 where it is that, as Latin-1. The likeliest comes first.
pub(super) fn readings(value: &[u8], declared: &[u8]) -> Vec<String> {
    if value.is_ascii() && !value.contains(&0x1b) {
        return vec![String::from_utf8_lossy(value).into_owned()];
    }
    let as_declared = decode(value, declared);
    let mut all = Vec::new();
    // Bytes beyond ASCII that are well-formed UTF-8 are that, whatever is declared.
    all.extend(std::str::from_utf8(value).ok().filter(|_| !value.contains(&0x1b)).map(str::to_owned));
    let latin = e::WINDOWS_1252.decode_without_bom_handling(value).0.into_owned();
    let broken = as_declared.contains('\u{fffd}');
    let order = if broken { [latin, as_declared] } else { [as_declared, latin] };
    for reading in order {
        if !all.contains(&reading) {
            all.push(reading);
        }
    }
    all
}

/// How umlauts become plain letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folding {
    /// ä is a.
    Base,
    /// ä is ae.
    Digraph,
}

/// A text in small plain letters: without accents, in ASCII as far as Latin letters go.
pub(super) fn fold(text: &str, folding: Folding) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
            continue;
        }
        for c in c.to_lowercase() {
            match (c, folding) {
                ('\u{300}'..='\u{36f}', _) => {}
                ('ä', Folding::Digraph) => out.push_str("ae"),
                ('ö', Folding::Digraph) => out.push_str("oe"),
                ('ü', Folding::Digraph) => out.push_str("ue"),
                _ => match plain(c) {
                    Some(letters) => out.push_str(letters),
                    None => out.push(c),
                },
            }
        }
    }
    out
}

/// The plain letters of a small Latin letter.
fn plain(c: char) -> Option<&'static str> {
    const LETTERS: [(&str, &str); 26] = [
        ("àáâãäåāăą", "a"),
        ("æ", "ae"),
        ("çćĉċč", "c"),
        ("ďđð", "d"),
        ("èéêëēĕėęě", "e"),
        ("ĝğġģ", "g"),
        ("ĥħ", "h"),
        ("ìíîïĩīĭįı", "i"),
        ("ĵ", "j"),
        ("ķ", "k"),
        ("ĺļľŀł", "l"),
        ("ñńņňŋ", "n"),
        ("òóôõöøōŏő", "o"),
        ("œ", "oe"),
        ("ŕŗř", "r"),
        ("śŝşšș", "s"),
        ("ß", "ss"),
        ("ţťŧț", "t"),
        ("ùúûüũūŭůűų", "u"),
        ("ŵ", "w"),
        ("ýÿŷ", "y"),
        ("źżž", "z"),
        ("þ", "th"),
        ("ª", "a"),
        ("º", "o"),
        ("\u{a0}", " "),
    ];
    LETTERS.iter().find(|(from, _)| from.contains(c)).map(|(_, to)| *to)
}

/// A text as bytes of the declared set. Beyond ASCII only where Latin-1 or UTF-8 is declared and can say it; else plain
/// letters stand for accented ones, and a space for what has none.
pub(super) fn encode(text: &str, declared: &[u8]) -> Vec<u8> {
    let declared = declared.trim_ascii().strip_suffix(b"\0").unwrap_or(declared).trim_ascii();
    if text.is_ascii() || declared == b"ISO_IR 192" {
        return text.as_bytes().to_vec();
    }
    if declared == b"ISO_IR 100" && text.chars().all(|c| c.is_ascii() || ('\u{a0}'..='\u{ff}').contains(&c)) {
        return text.chars().map(|c| c as u8).collect();
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c as u8);
            continue;
        }
        let folded = fold(c.encode_utf8(&mut [0; 4]), Folding::Digraph);
        let upper = c.is_uppercase();
        let plain = folded.chars().map(|f| if !f.is_ascii() { b' ' } else { f as u8 });
        out.extend(plain.map(|f| if upper { f.to_ascii_uppercase() } else { f }));
    }
    out
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

    #[test]
    fn wrong_declarations_are_seen_through() {
        let cases: [(&[u8], &[u8], &str); 6] = [
            ("Sch\u{e4}del".as_bytes(), b"ISO_IR 100", "Sch\u{e4}del"),
            (b"Sch\xe4del", b"", "Sch\u{e4}del"),
            (b"Sch\xe4del", b"ISO_IR 192", "Sch\u{e4}del"),
            (b"Sch\xe4del", b"ISO_IR 100", "Sch\u{e4}del"),
            (b"\xbb\xee\xda", b"ISO_IR 144", "\u{41b}\u{44e}\u{43a}"),
            (b"\x8eR\x93c", b"ISO_IR 13", "\u{5c71}\u{7530}"),
        ];
        let mut tried = 0;
        for (value, declared, expected) in cases {
            assert_eq!(readings(value, declared)[0], expected);
            tried += 1;
        }
        assert_eq!(tried, 6);
        assert!(readings(b"Gr\xfcn", b"ISO_IR 144").contains(&"Gr\u{fc}n".to_owned()));
    }

    #[test]
    fn text_is_written_so_that_its_declaration_is_true() {
        assert_eq!(encode("Sch\u{e4}del", b"ISO_IR 100 "), b"Sch\xe4del");
        assert_eq!(encode("Sch\u{e4}del", b"ISO_IR 192"), "Sch\u{e4}del".as_bytes());
        for declared in [&b""[..], b"ISO_IR 144", b"ISO 2022 IR 6\\ISO 2022 IR 87", b"GB18030"] {
            assert_eq!(encode("Sch\u{e4}del CR\u{c2}NE", declared), b"Schaedel CRANE");
        }
        assert_eq!(fold("Sch\u{c4}DEL", Folding::Base), "schadel");
        assert_eq!(fold("u\u{308}ber stra\u{df}e", Folding::Digraph), "uber strasse");
    }
}
