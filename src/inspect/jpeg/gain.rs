//! What may announce a gain map in an output: an index of two pictures and two packets of fixed words and free numbers.
//!
//! CIPA DC-007, 5.2 (MP index); Ultra HDR image format 1.1. The words are compared letter by letter; between them stand
//! decimal numbers of bounded length, from which nothing can be read.

use crate::cut::Source;
use crate::inspect::bytes::be32;
use std::io;
use std::ops::Range;

/// What stands before a packet.
const PACKET: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// `#` is a number.
const DIRECTORY: &str = concat!(
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns~\">",
    "<rdf:Description rdf:about=\"\" xmlns:Container=\"http://ns.google.com/photos/1.0/container/\" ",
    "xmlns:Item=\"http://ns.google.com/photos/1.0/container/item/\" ",
    "xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" hdrgm:Version=\"1.0\"><Container:Directory><rdf:Seq>",
    "<rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Semantic=\"Primary\" Item:Mime=\"image/jpeg\"/></rdf:li>",
    "<rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Semantic=\"GainMap\" Item:Mime=\"image/jpeg\" ",
    "Item:Length=\"#\"/></rdf:li></rdf:Seq></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>"
);
const NUMBERS: &str = concat!(
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns~\">",
    "<rdf:Description rdf:about=\"\" xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" hdrgm:Version=\"1.0\" ",
    "hdrgm:BaseRenditionIsHDR=\"False\" hdrgm:HDRCapacityMin=\"#\" hdrgm:HDRCapacityMax=\"#\">",
    "<hdrgm:GainMapMin>@</hdrgm:GainMapMin><hdrgm:GainMapMax>@</hdrgm:GainMapMax><hdrgm:Gamma>@</hdrgm:Gamma>",
    "<hdrgm:OffsetSDR>@</hdrgm:OffsetSDR><hdrgm:OffsetHDR>@</hdrgm:OffsetHDR>",
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
);
const THREE: &str = "<rdf:Seq><rdf:li>#</rdf:li><rdf:li>#</rdf:li><rdf:li>#</rdf:li></rdf:Seq>";

/// What an output says of a gain map.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// How long the directory says it is.
    pub(super) directory: Option<u64>,
    /// Length of the first picture, length of the second, and where the second begins, as the index says.
    pub(super) index: Option<[u64; 3]>,
    /// Whether numbers are stated.
    pub(super) numbers: bool,
}

impl Said {
    /// Takes in the packet of a first picture, or of a gain map; whether it is one.
    pub(super) fn packet(&mut self, content: &[u8], is_map: bool) -> bool {
        let Some(packet) = content.strip_prefix(PACKET) else { return false };
        if is_map {
            let again = std::mem::replace(&mut self.numbers, true);
            return !again && follows(packet, &NUMBERS.replace('@', THREE)).is_some();
        }
        let length = follows(packet, DIRECTORY).and_then(|numbers| numbers.first()?.parse().ok());
        let first = self.directory.is_none();
        self.directory = self.directory.or(length);
        first && length.is_some()
    }

    /// Takes in an index whose payload is at `at`; whether it is one of two pictures.
    pub(super) fn index(&mut self, content: &[u8], at: u64) -> bool {
        const HEAD: &[u8] = b"MPF\0MM\0*\0\0\0\x08\0\x03\xb0\0\0\x07\0\0\0\x040100\xb0\x01\0\x04\0\0\0\x01\0\0\0\x02\
            \xb0\x02\0\x07\0\0\0\x20\0\0\0\x32\0\0\0\0\0\x03\0\0";
        let number = |at: usize| be32(content, at).map(u64::from);
        let fixed = content.len() == HEAD.len() + 28
            && content.starts_with(HEAD)
            && [4, 8, 12, 24].iter().all(|zero| number(HEAD.len() + zero) == Some(0));
        let numbers = (number(HEAD.len()), number(HEAD.len() + 16), number(HEAD.len() + 20));
        let (Some(first), Some(second), Some(offset)) = numbers else { return false };
        let fresh = self.index.is_none();
        self.index = Some([first, second, at + 4 + offset]);
        fixed && fresh
    }

    /// Whether directory and index both name exactly the bytes of `range`.
    pub(super) fn names(&self, range: &Range<u64>) -> bool {
        let length = range.end - range.start;
        self.directory == Some(length) && self.index == Some([range.start, length, range.start])
    }

    /// Whether a second picture is announced.
    pub(super) fn announces(&self) -> bool {
        self.directory.is_some() || self.index.is_some()
    }
}

/// The numbers of a packet that has just the words of a pattern.
fn follows<'p>(packet: &'p [u8], pattern: &str) -> Option<Vec<&'p str>> {
    let mut rest = std::str::from_utf8(packet).ok()?;
    let mut numbers = Vec::new();
    let pattern = pattern.replace("syntax-ns~", "syntax-ns\u{1}");
    let mut words = pattern.split('#').peekable();
    while let Some(word) = words.next() {
        rest = rest.strip_prefix(word.replace('\u{1}', "#").as_str())?;
        if words.peek().is_some() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-'))?;
            let (number, behind) = rest.split_at(end);
            if !(1..=12).contains(&number.len()) || number.parse::<f64>().is_err() {
                return None;
            }
            numbers.push(number);
            rest = behind;
        }
    }
    rest.is_empty().then_some(numbers)
}

/// A part of a file, as a file of its own.
pub(super) struct Part<'a> {
    /// The file.
    pub(super) whole: &'a dyn Source,
    /// The part.
    pub(super) range: Range<u64>,
}

impl Source for Part<'_> {
    fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.len().saturating_sub(offset)).unwrap_or(usize::MAX).min(buf.len());
        self.whole.read_at(self.range.start.saturating_add(offset), &mut buf[..room])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_stand_between_the_words_and_nothing_else() {
        let pattern = "<a b=\"#\">#</a>";
        let cases = [
            ("<a b=\"1.5\">-2</a>", true),
            ("<a b=\"x\">-2</a>", false),
            ("<a b=\"\">-2</a>", false),
            ("<a b=\"1\">2</a> ", false),
            ("<a b=\"1234567890123\">2</a>", false),
            ("<a b=\"1-2-3\">2</a>", false),
            ("<a  b=\"1\">2</a>", false),
        ];
        let mut tried = 0;
        for (packet, expected) in cases {
            assert_eq!(follows(packet.as_bytes(), pattern).is_some(), expected, "{packet}");
            tried += 1;
        }
        assert_eq!(tried, 7);
        let whole = DIRECTORY.replace('#', "4711").replace('~', "#");
        assert_eq!(follows(whole.as_bytes(), DIRECTORY), Some(vec!["4711"]));
    }
}
