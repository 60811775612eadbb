//! One request from a connection and one response to it, with a limit on everything (RFC 9112).
//!
//! Each connection carries one request and is then closed. No length that a client states is believed beyond its limit,
//! and whoever sends too slowly is cut off.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 16 * 1024;
/// The most header fields of a request.
const MOST_FIELDS: usize = 64;
/// The longest body: a decision with every box it may have.
const LONGEST_BODY: usize = 256 * 1024;
/// How long a whole request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a response may take to leave.
const LEAVING: Duration = Duration::from_secs(60);
/// How much of what a refused client still sends is read, so that it sees the answer.
const LINGER: usize = 1 << 20;

/// What the page may load: its own script and style, pictures from here, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A request as it came. Fields have lower-case names.
pub(super) struct Request {
    /// `GET`, `POST` …
    pub(super) method: String,
    /// The path, without what follows `?`.
    pub(super) path: String,
    query: String,
    fields: Vec<(String, String)>,
    /// What came with it.
    pub(super) body: Vec<u8>,
}

impl Request {
    /// The one field of this name; none where there is none, or more than one.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let mut all = self.fields.iter().filter(|(known, _)| known == name);
        let first = all.next()?;
        all.next().is_none().then_some(first.1.as_str())
    }

    /// Whether there is any field of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known == name)
    }

    /// A value of the query. Values are codes, words and numbers: nothing in them is ever escaped.
    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value).filter(|value| !value.is_empty())
    }
}

/// A response.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) media_type: &'static str,
    /// Further fields.
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Response {
    /// A body of this type.
    pub(super) fn new(status: u16, media_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, media_type, fields: Vec::new(), body: body.into() }
    }

    /// A value as JSON.
    pub(super) fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::new(status, "application/json", value.to_string())
    }

    /// What is the matter and what to do, for the page to show.
    pub(super) fn fault(status: u16, what: &str, advice: &str) -> Self {
        Self::json(status, &serde_json::json!({ "what": what, "advice": advice }))
    }

    /// Adds a field.
    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.fields.push((name, value));
        self
    }
}

/// Why there is no request: what is answered, or none where nobody would read it.
pub(super) type Refused = Option<Response>;

/// Reads one request.
pub(super) fn read(stream: &mut TcpStream) -> Result<Request, Refused> {
    let until = Instant::now() + PATIENCE;
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = head_end(&bytes) {
            break end;
        }
        if bytes.len() > LONGEST_HEAD {
            return Err(Some(Response::fault(431, "the request is longer than any that the page sends", "")));
        }
        more(stream, &mut bytes, LONGEST_HEAD + 1, until)?;
    };
    let body = bytes.split_off(end);
    let mut request = parse(&bytes).ok_or_else(bad)?;
    let length = length(&request)?;
    if body.len() > length {
        return Err(bad());
    }
    request.body = body;
    while request.body.len() < length {
        more(stream, &mut request.body, length, until)?;
    }
    Ok(request)
}

fn bad() -> Refused {
    Some(Response::fault(400, "the request is none that the page sends", "Reload the page."))
}

/// Where the body begins; none where the head is not whole yet.
fn head_end(bytes: &[u8]) -> Option<usize> {
    let head = &bytes[..bytes.len().min(LONGEST_HEAD)];
    memchr::memmem::find(head, b"\r\n\r\n").map(|at| at + 4)
}

/// Reads what is there, at most up to `limit` bytes in all, and not beyond the time.
fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>, limit: usize, until: Instant) -> Result<(), Refused> {
    let slow = || Some(Response::fault(408, "the request came too slowly", "Reload the page."));
    let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()).ok_or_else(slow)?;
    stream.set_read_timeout(Some(left)).map_err(|_| None)?;
    let mut part = [0u8; 8192];
    let room = limit.saturating_sub(bytes.len()).min(part.len());
    match stream.read(&mut part[..room]) {
        Ok(0) => Err(None),
        Ok(count) => {
            bytes.extend_from_slice(&part[..count.min(room)]);
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Err(slow()),
        Err(_) => Err(None),
    }
}

fn parse(head: &[u8]) -> Option<Request> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut parsed = httparse::Request::new(&mut fields);
    if !parsed.parse(head).ok()?.is_complete() {
        return None;
    }
    let target = parsed.path?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
    let fields = parsed.headers.iter().map(|f| Some((f.name.to_ascii_lowercase(), text(f.value)?)));
    Some(Request {
        method: parsed.method?.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        fields: fields.collect::<Option<_>>()?,
        body: Vec::new(),
    })
}

/// How long the body is. Only a plain length is understood: a page of a browser sends nothing else.
fn length(request: &Request) -> Result<usize, Refused> {
    if request.has("transfer-encoding") || request.has("expect") || request.has("upgrade") {
        return Err(bad());
    }
    if !request.has("content-length") {
        return Ok(0);
    }
    let text = request.field("content-length").ok_or_else(bad)?;
    if text.is_empty() || text.len() > 20 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let too_long =
        || Some(Response::fault(413, "the decision has more boxes than one may have", "Draw fewer, larger boxes."));
    text.parse::<usize>().ok().filter(|length| *length <= LONGEST_BODY).ok_or_else(too_long)
}

/// Writes a response and closes the connection.
pub(super) fn write(stream: &mut TcpStream, response: &Response) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", response.status, phrase(response.status));
    let fixed = [
        ("Content-Type", response.media_type),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Connection", "close"),
    ];
    let further = response.fields.iter().map(|(name, value)| (*name, value.as_str()));
    for (name, value) in fixed.into_iter().chain(further) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", response.body.len()));
    stream.set_write_timeout(Some(LEAVING))?;
    stream.write_all(head.as_bytes())?;
    stream.write_all(&response.body)?;
    stream.flush()?;
    stream.shutdown(Shutdown::Write)
}

/// Reads away what a refused client still sends: a connection closed over unread bytes would take the answer with it.
pub(super) fn linger(stream: &mut TcpStream) {
    let until = Instant::now() + Duration::from_secs(1);
    let (mut part, mut read) = ([0u8; 8192], 0);
    while read < LINGER {
        let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) else { return };
        if stream.set_read_timeout(Some(left)).is_err() {
            return;
        }
        match stream.read(&mut part) {
            Ok(count) if count > 0 => read += count,
            _ => return,
        }
    }
}

fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        303 => "See Other",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_or_refused_and_its_lengths_are_limited() {
        let whole =
            parse(b"GET /api/list?after=P-1&limit=20 HTTP/1.1\r\nHost: x\r\nA: 1\r\nA: 2\r\n\r\n").expect("read");
        assert_eq!((whole.path.as_str(), whole.asked("limit"), whole.asked("kind")), ("/api/list", Some("20"), None));
        assert_eq!((whole.field("host"), whole.field("a"), whole.has("a")), (Some("x"), None, true));
        let refused: [&[u8]; 4] = [b"", b"GET / HTTP/1.1\r\n", b"GET\r\n\r\n", b"\xff\xff / HTTP/9\r\n\r\n"];
        assert!(refused.iter().all(|head| parse(head).is_none()));
        let of = |fields: &str| {
            let head = format!("POST / HTTP/1.1\r\n{fields}\r\n");
            length(&parse(head.as_bytes()).expect("read")).map_err(|refused| refused.map(|r| r.status))
        };
        let cases = [
            ("", Ok(0)),
            ("Content-Length: 12\r\n", Ok(12)),
            ("Content-Length: 18446744073709551616\r\n", Err(Some(413))),
            ("Content-Length: 999999999999\r\n", Err(Some(413))),
            ("Content-Length: -1\r\n", Err(Some(400))),
            ("Content-Length: +1\r\n", Err(Some(400))),
            ("Content-Length: 1\r\nContent-Length: 2\r\n", Err(Some(400))),
            ("Transfer-Encoding: chunked\r\n", Err(Some(400))),
            ("Expect: 100-continue\r\n", Err(Some(400))),
        ];
        for (fields, expected) in cases {
            assert_eq!(of(fields), expected, "{fields}");
        }
        assert_eq!(cases.len(), 9);
    }
}
