//! The server: listens on this machine alone, a thread for each connection, and ends when nobody has asked for a while.

use super::answer::Desk;
use super::door::Door;
use super::held::Held;
use super::{Carry, ReviewError, http};
use crate::code::custody::Custody;
use crate::decode::Decoders;
use crate::recording::Identifier;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How many connections are answered at once; more are closed at once. A browser opens six.
const MOST_CONNECTIONS: usize = 32;
/// How often it is asked whether to end.
const TICK: Duration = Duration::from_millis(200);

/// How the page is served.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The port; 0 for any that is free.
    pub port: u16,
    /// After how long without a question from the reviewer it ends.
    pub idle: Duration,
    /// Who decides; asked for in the page where it is none.
    pub by: Option<Identifier>,
}

/// Why it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was told to.
    Stopped,
    /// Nobody asked for long enough.
    Idle,
}

/// A page that is about to be served.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    door: Door,
    held: Held,
    settings: Settings,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server")
    }
}

impl Server {
    /// Takes a port of this machine's loopback and opens what is held of a release.
    ///
    /// # Errors
    /// When the port is taken or the ledger cannot be opened.
    pub fn bind(custody: &Custody, release: [u8; 32], settings: Settings) -> Result<Self, ReviewError> {
        let held = Held::open(custody.dir(), release)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).map_err(ReviewError::Port)?;
        let address = listener.local_addr().map_err(ReviewError::Port)?;
        Ok(Self { listener, address, door: Door::new(address.port())?, held, settings })
    }

    /// The address of the page with its token, which opens it once.
    pub fn url(&self) -> String {
        self.door.url()
    }

    /// Serves until `stop`, or until nobody has asked for long enough. A decision that has begun is carried out before
    /// this returns.
    pub fn serve(self, carry: &Carry<'_>, stop: &AtomicBool) -> Ended {
        let Self { listener, address, door, held, settings } = self;
        let decoders = Decoders::installed().working_in(held.working_area());
        let (decoding, deciding) = (Mutex::new(()), Mutex::new(()));
        let desk = Desk { door, held, by: settings.by, carry, decoding, decoders, deciding };
        let (desk, ended, open) = (&desk, &AtomicBool::new(false), &AtomicUsize::new(0));
        let last = &Mutex::new(Instant::now());
        thread::scope(|scope| {
            let watch = scope.spawn(move || {
                let why = watch(stop, last, settings.idle);
                ended.store(true, Ordering::SeqCst);
                // Wakes whoever waits for connections.
                drop(TcpStream::connect(address));
                why
            });
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else {
                    // Out of files, most likely: connections that end give some back.
                    thread::sleep(TICK);
                    continue;
                };
                if open.fetch_add(1, Ordering::SeqCst) >= MOST_CONNECTIONS {
                    open.fetch_sub(1, Ordering::SeqCst);
                    continue;
                }
                let started = thread::Builder::new().spawn_scoped(scope, move || {
                    connection(stream, desk, last);
                    open.fetch_sub(1, Ordering::SeqCst);
                });
                if started.is_err() {
                    open.fetch_sub(1, Ordering::SeqCst);
                }
            }
            drop(listener);
            watch.join().unwrap_or(Ended::Stopped)
        })
    }
}

/// Waits for an end.
fn watch(stop: &AtomicBool, last: &Mutex<Instant>, idle: Duration) -> Ended {
    loop {
        if stop.load(Ordering::Relaxed) {
            return Ended::Stopped;
        }
        let quiet = last.lock().unwrap_or_else(|held| held.into_inner()).elapsed();
        if quiet >= idle {
            return Ended::Idle;
        }
        thread::sleep(TICK);
    }
}

/// One request and its answer. Whatever happens here ends with this connection.
fn connection(mut stream: TcpStream, desk: &Desk<'_>, last: &Mutex<Instant>) {
    let answered = match http::read(&mut stream) {
        Err(None) => return,
        Err(Some(response)) => {
            if http::write(&mut stream, &response).is_ok() {
                http::linger(&mut stream);
            }
            return;
        }
        Ok(request) => catch_unwind(AssertUnwindSafe(|| desk.answer(&request))),
    };
    let (response, known) = match answered {
        Ok(answer) => (answer.response, answer.known),
        Err(_) => {
            let advice = "This is a fault of scrubs; please report it. Nothing was decided.";
            (http::Response::fault(500, "the question could not be answered", advice), false)
        }
    };
    if known {
        *last.lock().unwrap_or_else(|held| held.into_inner()) = Instant::now();
    }
    let _ = http::write(&mut stream, &response);
}
