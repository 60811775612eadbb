//! What the page asks and what it is answered: a table of methods and paths, and nothing beside it.

use super::door::{Door, Shut};
use super::held::{self, Held};
use super::http::{Request, Response};
use super::image;
use super::{Carry, ask, page};
use crate::decode::Decoders;
use crate::ledger::Entry;
use crate::ledger::store::{LedgerError, Wanted};
use crate::pixels::Unseen;
use crate::recording::{Identifier, Outcome};
use serde_json::{Value, json};
use std::sync::Mutex;

/// How many recordings a page of the list has where none is asked for.
const PAGE: u32 = 100;

/// All that answers.
pub(super) struct Desk<'c> {
    pub(super) door: Door,
    pub(super) held: Held,
    pub(super) by: Option<Identifier>,
    pub(super) carry: &'c Carry<'c>,
    /// One frame is decoded at a time: memory is bounded by one frame.
    pub(super) decoding: Mutex<()>,
    /// The programs of this machine that decode.
    pub(super) decoders: Decoders,
    /// One decision is carried out at a time.
    pub(super) deciding: Mutex<()>,
}

/// An answer, and whether it was given to the reviewer, for whom the server stays up.
pub(super) struct Answer {
    pub(super) response: Response,
    pub(super) known: bool,
}

impl Desk<'_> {
    /// Answers.
    pub(super) fn answer(&self, request: &Request) -> Answer {
        let stranger = |response| Answer { response, known: false };
        if let Err(shut) = self.door.admits(request) {
            return stranger(turned_away(shut));
        }
        if !matches!(request.method.as_str(), "GET" | "POST") {
            return stranger(
                Response::fault(405, "the page does not ask in this way", "").with("Allow", "GET, POST".into()),
            );
        }
        if let ("GET", "/", Some(token)) = (request.method.as_str(), request.path.as_str(), request.asked("token")) {
            return match self.door.enter(token) {
                Some(cookie) => {
                    let response = Response::new(303, "text/plain", "").with("Set-Cookie", cookie);
                    Answer { response: response.with("Location", "/".into()), known: true }
                }
                // Whoever is in already and opens the address again sees the page.
                None if self.door.knows(request).is_ok() => Answer { response: self.page(), known: true },
                None => stranger(page::closed()),
            };
        }
        if let Err(shut) = self.door.knows(request) {
            return stranger(if request.path == "/" { page::closed() } else { turned_away(shut) });
        }
        Answer { response: self.within(request), known: true }
    }

    fn page(&self) -> Response {
        page::page(&self.door.seal, self.by.as_ref().map(Identifier::reveal_text).as_deref())
    }

    /// Answers the reviewer.
    fn within(&self, request: &Request) -> Response {
        let reads = request.method == "GET";
        let parts: Vec<&str> = request.path.split('/').skip(1).collect();
        match parts.as_slice() {
            [""] if reads => self.page(),
            // Browsers ask for it unasked, and there is none.
            ["favicon.ico"] if reads => Response::new(204, "image/x-icon", ""),
            ["app.js" | "view.js" | "app.css"] if reads => page::part(&request.path).unwrap_or_else(nothing),
            ["api", "list"] if reads => self.list(request).unwrap_or_else(|e| ledger(&e)),
            ["api", "counts"] if reads => self.counts().unwrap_or_else(|e| ledger(&e)),
            ["api", "recording", code] if reads => self.with_entry(code, |entry| self.recording(entry)),
            ["api", "frame", code, frame] if reads => self.with_entry(code, |entry| self.frame(entry, frame, request)),
            ["api", "decide"] if !reads => self.decide(request),
            ["" | "app.js" | "view.js" | "app.css"] | ["api", "list" | "counts" | "decide"] => {
                Response::fault(405, "the page does not ask in this way", "")
            }
            ["api", "recording", _] | ["api", "frame", _, _] => {
                Response::fault(405, "the page does not ask in this way", "")
            }
            _ => nothing(),
        }
    }

    fn list(&self, request: &Request) -> Result<Response, LedgerError> {
        let odd =
            || Ok(Response::fault(400, "the list is asked for in a way that it cannot answer", "Reload the page."));
        let after = match request.asked("after") {
            None => None,
            Some(text) => match held::code(text) {
                Some(code) => Some(code),
                None => return odd(),
            },
        };
        let kind = match request.asked("kind").map(str::parse) {
            None => None,
            Some(Ok(kind)) => Some(kind),
            Some(Err(_)) => return odd(),
        };
        let reason = request.asked("reason");
        if reason.is_some_and(|reason| !crate::consent::condition::has_shape(reason)) {
            return odd();
        }
        let limit = match request.asked("limit").map(str::parse::<u32>) {
            None => PAGE,
            Some(Ok(limit)) if limit > 0 => limit,
            Some(_) => return odd(),
        };
        let undecided = request.asked("undecided") == Some("1");
        let wanted = Wanted { after: after.as_ref(), reason, kind, undecided };
        let entries = self.held.ledger().waiting(self.held.release(), &wanted, limit)?;
        let more = entries.len() as u64 == u64::from(limit.min(crate::ledger::store::MOST_WAITING));
        let rows: Vec<Value> = entries.iter().map(row).collect();
        Ok(Response::json(200, &json!({ "recordings": rows, "more": more })))
    }

    fn counts(&self) -> Result<Response, LedgerError> {
        let ledger = self.held.ledger();
        let [reasons, kinds] = ledger.waiting_by(self.held.release())?;
        let held = ledger.counts(self.held.release())?.get(&Outcome::Held).copied().unwrap_or_default();
        let (decided, kept) = ledger.decided_count(self.held.release())?;
        let all = held.saturating_add(decided.saturating_sub(kept));
        Ok(Response::json(
            200,
            &json!({ "held": held, "decided": decided, "all": all, "reasons": reasons, "kinds": kinds }),
        ))
    }

    fn with_entry(&self, code: &str, then: impl FnOnce(&Entry) -> Response) -> Response {
        let Some(code) = held::code(code) else { return nothing() };
        match self.held.entry(&code) {
            Ok(Some(entry)) if entry.outcome == Outcome::Held => then(&entry),
            Ok(_) => Response::fault(404, "this recording is not held any more", "Go on to the next one."),
            Err(error) => ledger(&error),
        }
    }

    /// All that is known of a recording, as far as a reviewer may see it.
    fn recording(&self, entry: &Entry) -> Response {
        let mut told = row(entry);
        let sidecar = self.held.sidecar(entry);
        told["sidecar"] = sidecar.as_ref().and_then(|s| serde_json::to_value(s).ok()).unwrap_or_default();
        told["picture"] = match self.look(entry) {
            Ok(frames) => json!({ "frames": frames }),
            Err(unseen) => json!({ "frames": 0, "code": unseen.code, "why": unseen.what }),
        };
        Response::json(200, &told)
    }

    fn look(&self, entry: &Entry) -> Result<u32, Unseen> {
        let source = self.held.output(entry).ok_or_else(no_output)?;
        let _one = self.decoding.lock();
        image::open(entry.format, &source, &self.decoders).map(|frames| frames.count())
    }

    fn frame(&self, entry: &Entry, frame: &str, request: &Request) -> Response {
        let digits = |text: &str| text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
        let Some(frame) = Some(frame).filter(|text| digits(text)).and_then(|text| text.parse().ok()) else {
            return nothing();
        };
        let max = match request.asked("max") {
            None => image::LONGEST_SIDE,
            Some(text) if digits(text) => text.parse().unwrap_or(image::LONGEST_SIDE),
            Some(_) => return nothing(),
        };
        match self.sent(entry, frame, max) {
            Ok(sent) => Response::new(200, sent.media_type, sent.bytes).with("X-Scrubs-Frame", sent.about),
            Err(unseen) => {
                Response::fault(404, &unseen.what, "Hold it, or look at it with another program and decide then.")
            }
        }
    }

    fn sent(&self, entry: &Entry, frame: u32, max: u32) -> Result<image::Sent, Unseen> {
        let source = self.held.output(entry).ok_or_else(no_output)?;
        let _one = self.decoding.lock();
        let mut frames = image::open(entry.format, &source, &self.decoders)?;
        if frame >= frames.count() {
            return Err(Unseen::damaged("the recording has no such frame"));
        }
        image::encode(&frames.frame(frame)?, max)
    }

    fn decide(&self, request: &Request) -> Response {
        if !self.door.is_sealed(request) || request.field("content-type") != Some("application/json") {
            return turned_away(Shut::Origin);
        }
        let decision = match ask::decision(&request.body, self.by.as_ref()) {
            Ok(decision) => decision,
            Err(wrong) => return Response::fault(400, wrong.what, wrong.advice),
        };
        let _one = self.deciding.lock();
        match (self.carry)(&decision) {
            Ok(entry) => Response::json(200, &row(&entry)),
            Err(not_done) => Response::fault(409, &not_done.what, &not_done.advice),
        }
    }
}

/// What the list says of a recording: codes and words, no path and no fact's source.
fn row(entry: &Entry) -> Value {
    json!({
        "recording": entry.code.as_str(), "patient": entry.patient.as_str(), "outcome": entry.outcome.word(),
        "format": entry.format.name(), "kind": entry.kind.word(), "purpose": entry.purpose.word(),
        "usability": entry.usability, "rules": entry.rules, "conditions": entry.conditions, "reasons": entry.reasons,
        "sha256": entry.sha256, "bytes": entry.bytes_out, "pixels": entry.pixels, "findings": entry.findings,
        "has_output": entry.path.is_some() && entry.sha256.is_some(),
    })
}

fn no_output() -> Unseen {
    Unseen {
        code: "no-output",
        what: "nothing of it lies in custody: it was not cleaned, so there is nothing to look at".into(),
    }
}

fn nothing() -> Response {
    Response::fault(404, "there is nothing under this address", "Reload the page.")
}

fn turned_away(shut: Shut) -> Response {
    match shut {
        Shut::Host => {
            Response::fault(421, "this is another host's page", "Open the address that `scrubs review` printed.")
        }
        Shut::Origin => {
            Response::fault(403, "another page asked for this", "Open the address that `scrubs review` printed.")
        }
        Shut::Stranger => Response::fault(
            403,
            "the page is closed, since `scrubs review` has ended or was started again",
            "Start `scrubs review` again and open the address that it prints. What was decided is kept.",
        ),
    }
}

fn ledger(error: &LedgerError) -> Response {
    Response::fault(503, &error.to_string(), error.advice())
}
