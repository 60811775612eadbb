//! The parts of a workbook's archive as XML, unpacked piece by piece within limits.
//!
//! APPNOTE.TXT 6.3 (ZIP) and XML 1.0. A document type definition is refused, so no entity can be defined and grow.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::cell::Cell;
use std::io::{self, BufReader, Cursor, Read};
use std::rc::Rc;
use zip::ZipArchive;
use zip::read::ZipFile;

/// What is said of a workbook that does not read.
pub(super) const BROKEN: &str = "is a workbook that cannot be read: it is damaged or protected by a password";
const TOO_LARGE: &str = "is a workbook that unpacks to more than any register is";
const ENTITIES: &str = "is a workbook with a document type definition, which no spreadsheet program writes";
/// The largest archive, in bytes: unpacked it is ten times that.
const LARGEST: usize = 48 << 20;
/// The most members of an archive.
const MOST_MEMBERS: usize = 4_096;
/// The most bytes of XML between two tags: a cell holds at most 32,767 characters.
const LONGEST_EVENT: usize = 1 << 20;
/// How deep elements may nest; a sheet's go to about eight.
const DEEPEST: usize = 64;

/// An archive in memory.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, &'static str> {
        // Counted before anything is made of them: each member costs more memory than its entry has bytes.
        let members = memchr::memmem::find_iter(bytes, b"PK\x01\x02").take(MOST_MEMBERS + 1).count();
        if bytes.len() > LARGEST || members > MOST_MEMBERS {
            return Err(TOO_LARGE);
        }
        Ok(Self { zip: ZipArchive::new(Cursor::new(bytes)).map_err(|_| BROKEN)? })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// A part as XML, of which at most `limit` bytes are unpacked.
    pub(super) fn xml(&mut self, name: &str, limit: u64) -> Result<Xml<'_, 'a>, &'static str> {
        let file = self.zip.by_name(name).map_err(|_| BROKEN)?;
        let since = Rc::new(Cell::new(0));
        let limited = Limited { inner: file, left: limit, since: Rc::clone(&since), over: Rc::default() };
        let over = Rc::clone(&limited.over);
        Ok(Xml {
            reader: Reader::from_reader(BufReader::with_capacity(1 << 15, limited)),
            buf: Vec::new(),
            since,
            over,
            depth: 0,
        })
    }
}

type Member<'z, 'a> = ZipFile<'z, Cursor<&'a [u8]>>;

/// A part as a row of XML events.
pub(super) struct Xml<'z, 'a> {
    reader: Reader<BufReader<Limited<Member<'z, 'a>>>>,
    buf: Vec<u8>,
    since: Rc<Cell<usize>>,
    over: Rc<Cell<bool>>,
    depth: usize,
}

/// What matters of an XML event.
pub(super) enum Mark<'b> {
    /// A tag opens; `true` where it closes at once.
    Open(BytesStart<'b>, bool),
    /// A tag closes.
    Close,
    /// Text, references resolved.
    Text(std::borrow::Cow<'b, str>),
    /// The part ends.
    End,
}

impl Xml<'_, '_> {
    /// The next tag or text.
    pub(super) fn next(&mut self) -> Result<Mark<'_>, &'static str> {
        self.since.set(0);
        self.buf.clear();
        let event = match self.reader.read_event_into(&mut self.buf) {
            Ok(event) => event,
            Err(_) if self.over.get() => return Err(TOO_LARGE),
            Err(_) => return Err(BROKEN),
        };
        match event {
            Event::Start(tag) => {
                self.depth += 1;
                if self.depth > DEEPEST { Err(TOO_LARGE) } else { Ok(Mark::Open(tag, false)) }
            }
            Event::Empty(tag) => Ok(Mark::Open(tag, true)),
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(Mark::Close)
            }
            Event::Text(text) => Ok(Mark::Text(text.into_inner())),
            Event::CData(text) => Ok(Mark::Text(text.into_inner())),
            Event::GeneralRef(reference) => {
                let character = match &*reference {
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "amp" => Some('&'),
                    "apos" => Some('\''),
                    "quot" => Some('"'),
                    _ => reference.resolve_char_ref().ok().flatten(),
                };
                Ok(Mark::Text(character.ok_or(BROKEN)?.to_string().into()))
            }
            Event::DocType(_) => Err(ENTITIES),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Ok(Mark::Text("".into())),
            Event::Eof if self.depth > 0 => Err(BROKEN),
            Event::Eof => Ok(Mark::End),
        }
    }

    /// Passes over the rest of an element that has just been opened.
    pub(super) fn skip(&mut self) -> Result<(), &'static str> {
        let mut open = 1usize;
        while open > 0 {
            match self.next()? {
                Mark::Open(_, false) => open += 1,
                Mark::Close => open -= 1,
                Mark::Open(_, true) | Mark::Text(_) => {}
                Mark::End => return Err(BROKEN),
            }
        }
        Ok(())
    }
}

/// The name of an element without its prefix.
pub(super) fn local<'b>(tag: &'b BytesStart<'_>) -> &'b str {
    tag.name().into_inner().rsplit(':').next().unwrap_or_default()
}

/// The value of an attribute. `name` is the whole name where it has a prefix, else what stands behind any prefix.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, &'static str> {
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| BROKEN)?;
        let key = attribute.key.into_inner();
        if key == name || !name.contains(':') && key.rsplit(':').next() == Some(name) {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| BROKEN)?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

/// A number in an attribute.
pub(super) fn number(tag: &BytesStart<'_>, name: &str) -> Result<Option<usize>, &'static str> {
    attribute(tag, name)?.map(|value| value.trim().parse().map_err(|_| BROKEN)).transpose()
}

/// A reader that ends in an error where it has given too much, in all or since the last event.
struct Limited<R> {
    inner: R,
    left: u64,
    since: Rc<Cell<usize>>,
    over: Rc<Cell<bool>>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.left = self.left.saturating_sub(read as u64);
        self.since.set(self.since.get().saturating_add(read));
        if self.left == 0 || self.since.get() > LONGEST_EVENT {
            self.over.set(true);
            return Err(io::Error::other("limit"));
        }
        Ok(read)
    }
}
