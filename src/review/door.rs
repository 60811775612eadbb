//! Who may come in: whoever started the server, once, by a token; then that browser by its cookie, and no other page of it.
//!
//! RFC 6265 (cookies), Fetch Metadata and the `Origin` field against requests that other pages make in one's name.

use super::ReviewError;
use super::http::Request;
use std::sync::Mutex;

/// Random bits as hexadecimal digits.
fn random(bytes: usize) -> Result<String, ReviewError> {
    let mut seed = vec![0u8; bytes];
    getrandom::fill(&mut seed).map_err(|_| ReviewError::Random)?;
    Ok(seed.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether two secrets are equal, in a time that does not tell where they differ.
fn same(one: &str, other: &str) -> bool {
    let differ = one.bytes().zip(other.bytes()).fold(0u8, |differ, (a, b)| differ | (a ^ b));
    one.len() == other.len() && differ == 0
}

/// The door.
pub(super) struct Door {
    port: u16,
    /// 128 bits; none once it was used.
    token: Mutex<Option<String>>,
    session: String,
    /// What the page sends with each decision, which no other page can read.
    pub(super) seal: String,
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shut {
    /// It is for another host: a name that was bent to lead here.
    Host,
    /// Another page makes it.
    Origin,
    /// No session.
    Stranger,
}

impl Door {
    pub(super) fn new(port: u16) -> Result<Self, ReviewError> {
        Ok(Self { port, token: Mutex::new(Some(random(16)?)), session: random(32)?, seal: random(32)? })
    }

    /// Where the page is, with the token while it is good.
    pub(super) fn url(&self) -> String {
        let token = self.token.lock().unwrap_or_else(|held| held.into_inner());
        let token = token.as_ref().map(|token| format!("?token={token}")).unwrap_or_default();
        format!("http://127.0.0.1:{}/{token}", self.port)
    }

    /// The cookie for whoever has the token, which is dead from then on; none for others.
    pub(super) fn enter(&self, token: &str) -> Option<String> {
        let mut kept = self.token.lock().unwrap_or_else(|held| held.into_inner());
        if !kept.as_ref().is_some_and(|kept| same(kept, token)) {
            return None;
        }
        *kept = None;
        Some(format!("{}={}; HttpOnly; SameSite=Strict; Path=/", self.cookie(), self.session))
    }

    /// Cookies are kept by host, not by port: the name tells the servers of one machine apart.
    fn cookie(&self) -> String {
        format!("scrubs-{}", self.port)
    }

    /// Whether a request is for this host, and from no other page.
    pub(super) fn admits(&self, request: &Request) -> Result<(), Shut> {
        let host = request.field("host").ok_or(Shut::Host)?;
        if ![format!("127.0.0.1:{}", self.port), format!("localhost:{}", self.port)].iter().any(|ours| ours == host) {
            return Err(Shut::Host);
        }
        let ours = |origin: &str| origin.strip_prefix("http://") == Some(host);
        let reads = request.method == "GET";
        match request.field("origin") {
            Some(origin) if !ours(origin) => return Err(Shut::Origin),
            None if !reads || request.has("origin") => return Err(Shut::Origin),
            _ => {}
        }
        // Opening the page is a matter for the token and the cookie; all else only the page itself may ask for.
        let opens = reads && request.path == "/";
        match request.field("sec-fetch-site") {
            Some("same-origin") => Ok(()),
            Some(_) if opens => Ok(()),
            Some("none") if reads => Ok(()),
            None if reads || !request.has("sec-fetch-site") => Ok(()),
            _ => Err(Shut::Origin),
        }
    }

    /// Whether a request comes from the browser that came in by the token.
    pub(super) fn knows(&self, request: &Request) -> Result<(), Shut> {
        let name = self.cookie();
        let cookies = request.field("cookie").unwrap_or_default();
        let ours = |pair: &str| pair.trim().split_once('=').is_some_and(|(n, v)| n == name && same(v, &self.session));
        if cookies.split(';').any(ours) { Ok(()) } else { Err(Shut::Stranger) }
    }

    /// Whether a request bears the page's seal.
    pub(super) fn is_sealed(&self, request: &Request) -> bool {
        request.field("x-scrubs-seal").is_some_and(|seal| same(seal, &self.seal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lets_in_once_and_no_other_does() {
        let door = Door::new(4711).expect("a door");
        let url = door.url();
        let token = url.split_once("?token=").expect("a token").1.to_owned();
        assert_eq!(token.len(), 32);
        for wrong in ["", "0", &token[..31], &"0".repeat(32)] {
            assert_eq!(door.enter(wrong), None);
        }
        let cookie = door.enter(&token).expect("let in");
        assert!(
            cookie.starts_with("scrubs-4711=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict")
        );
        assert_eq!(door.enter(&token), None, "a token is used once");
        assert!(!door.url().contains("token"));
    }
}
