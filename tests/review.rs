//! The review page in a real browser, and its server against requests that no browser sends.
//!
//! The browser is Debian's chromium, driven by chromedriver over the WebDriver protocol (W3C, *WebDriver*). Without it these
//! tests say so and pass, unless `SCRUBS_NEED_BROWSER=1` is set.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod browser;
mod support;

use browser::{Browser, Driver, http};
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use support::drawing::film;
use support::object::{Element, object};
use support::running::{Home, text, tree};

/// The server, while it runs.
struct Server {
    child: Child,
    url: String,
    port: u16,
}

impl Server {
    fn start(home: &Home, more: &[&str]) -> Self {
        let mut all = vec!["review", "release", "--custody", "custody", "--no-open"];
        all.extend(more);
        let mut child = home.command(&all).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        let port = url.strip_prefix("http://127.0.0.1:").unwrap().split('/').next().unwrap().parse().unwrap();
        Self { child, url, port }
    }

    fn token(&self) -> &str {
        self.url.split_once("?token=").unwrap().1
    }

    /// Status and whole text of the answer to these bytes.
    fn raw(&self, bytes: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = text(&answer);
        (answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0), answer)
    }

    fn get(&self, path: &str, fields: &str) -> (u16, String) {
        self.raw(format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{fields}\r\n", self.port).as_bytes())
    }

    /// Comes in by the token: the cookie and the page's seal.
    fn enter(&self) -> (String, String) {
        let (status, answer) = self.get(&format!("/?token={}", self.token()), "");
        assert_eq!(status, 303, "{answer}");
        let cookie = answer.lines().find_map(|l| l.strip_prefix("Set-Cookie: ")).unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/"));
        let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
        let (status, page) = self.get("/", &cookie);
        assert_eq!(status, 200);
        let seal = page.split_once("scrubs-seal\" content=\"").unwrap().1.split('"').next().unwrap().to_owned();
        (cookie, seal)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const PROFILE: &str = "name = \"ward\"\n[[kind]]\nrecordings = \"**\"\nkind = \"photograph\"\n\
                       [[made-for]]\nrecordings = \"**\"\nmade-for = \"care\"\n";

/// The side of the pictures.
const WIDE: u32 = 240;
const HIGH: u32 = 180;

/// Two photographs that nobody has assessed, and a CT slice; all are held.
fn held() -> Home {
    let home = Home::new();
    fs::create_dir_all(home.at("source")).unwrap();
    for seed in 1..3 {
        let mut png = Vec::new();
        PngEncoder::new(&mut png).write_image(&film(WIDE, HIGH, seed), WIDE, HIGH, ExtendedColorType::L8).unwrap();
        fs::write(home.at(&format!("source/CANARY {seed}.png")), png).unwrap();
    }
    let samples: Vec<u8> = (0..64 * 64u32).flat_map(|n| ((n % 64 * 20 + n / 64 * 30) as u16).to_le_bytes()).collect();
    let mut slice = object(&Element::ct(1), &samples, 64);
    // Bits allocated, bits stored, high bit (PS3.3 C.7.6.3.1): 16 bits instead of 8.
    for (element, value) in [(0x00, 16), (0x01, 16), (0x02, 15)] {
        let at = memchr::memmem::find(&slice, &[0x28, 0, element, 1, b'U', b'S', 2, 0]).unwrap();
        slice[at + 8] = value;
    }
    fs::write(home.at("source/CANARY.dcm"), slice).unwrap();
    fs::write(home.at("scrubs.toml"), PROFILE).unwrap();
    let told = home.clean(&["source", "--to", "release", "--custody", "custody", "--profile", "scrubs.toml"], 1);
    assert!(told["summary"]["recordings"]["held"].as_u64().unwrap() >= 2, "{told}");
    home
}

fn api(server: &Server, cookie: &str, path: &str) -> Value {
    let (status, answer) = server.get(path, cookie);
    assert_eq!(status, 200, "{answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn only_whoever_has_the_token_comes_in_and_only_once() {
    let home = held();
    let server = Server::start(&home, &[]);
    let mut refused = 0;
    for path in ["/", "/?token=", "/?token=0123456789abcdef0123456789abcdef", "/api/list", "/app.js", "/api/counts"] {
        let (status, answer) = server.get(path, "");
        assert_eq!(status, 403, "{path}: {answer}");
        assert!(!answer.contains("P-"), "{path}");
        refused += 1;
    }
    assert_eq!(refused, 6);
    let (cookie, seal) = server.enter();
    assert_eq!(server.get(&format!("/?token={}", server.token()), "").0, 403, "a token is used once");
    let (_, page) = server.get("/", &cookie);
    for field in [
        "Cache-Control: no-store",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'",
        "X-Content-Type-Options: nosniff",
        "Referrer-Policy: no-referrer",
        "X-Frame-Options: DENY",
        "Cross-Origin-Resource-Policy: same-origin",
    ] {
        assert!(page.contains(field), "{field}");
    }
    let (port, ours) = (server.port, format!("Host: 127.0.0.1:{}\r\n", server.port));
    let odd = [
        format!("Host: evil.example\r\n{cookie}"),
        format!("Host: 127.0.0.1\r\n{cookie}"),
        format!("Host: 127.0.0.1:{port}.evil.example\r\n{cookie}"),
        format!("Host: 127.0.0.1:{port}\r\nHost: evil.example\r\n{cookie}"),
        cookie.clone(),
        format!("{ours}{cookie}Origin: http://evil.example\r\n"),
        format!("{ours}{cookie}Origin: null\r\n"),
        format!("{ours}{cookie}Sec-Fetch-Site: cross-site\r\n"),
        format!("{ours}{cookie}Sec-Fetch-Site: same-site\r\n"),
    ];
    for fields in &odd {
        let (status, answer) = server.raw(format!("GET /api/list HTTP/1.1\r\n{fields}\r\n").as_bytes());
        assert!(matches!(status, 403 | 421), "{fields}: {answer}");
    }
    assert_eq!(odd.len(), 9);

    let list = api(&server, &cookie, "/api/list");
    let row = list["recordings"][0].clone();
    let body = json!({ "recording": row["recording"], "sha256": row["sha256"], "act": "hold", "by": "Dr A. Canary" })
        .to_string();
    let post = |fields: &str| {
        let whole = format!("POST /api/decide HTTP/1.1\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len());
        server.raw(whole.as_bytes()).0
    };
    let json = "Content-Type: application/json\r\n";
    let (origin, sealed) = (format!("Origin: http://127.0.0.1:{port}\r\n"), format!("X-Scrubs-Seal: {seal}\r\n"));
    let forged = [
        format!("{ours}{origin}{sealed}{json}"),
        format!("{ours}{cookie}{sealed}{json}"),
        format!("{ours}{cookie}{origin}{json}"),
        format!("{ours}{cookie}{origin}X-Scrubs-Seal: 00\r\n{json}"),
        format!("{ours}{cookie}{origin}{sealed}Content-Type: text/plain\r\n"),
        format!("{ours}{cookie}Origin: http://localhost:{port}\r\n{sealed}{json}"),
        format!("{ours}{cookie}{origin}{sealed}{json}Sec-Fetch-Site: same-site\r\n"),
    ];
    for fields in &forged {
        assert_eq!(post(fields), 403, "{fields}");
    }
    assert_eq!(forged.len(), 7);
    assert_eq!(post(&format!("{ours}{cookie}{origin}{sealed}{json}Sec-Fetch-Site: same-origin\r\n")), 200);
}

#[test]
fn the_list_is_paged_filtered_and_names_nobody() {
    let home = held();
    let server = Server::start(&home, &["--by", "Dr A. Canary"]);
    let (cookie, _) = server.enter();
    let all = api(&server, &cookie, "/api/list");
    let rows = all["recordings"].as_array().unwrap();
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = api(&server, &cookie, &format!("/api/list?limit=1&after={after}"));
        let Some(row) = page["recordings"].get(0) else { break };
        after = row["recording"].as_str().unwrap().to_owned();
        seen.push(row.clone());
    }
    assert_eq!(&seen, rows);
    let counts = api(&server, &cookie, "/api/counts");
    assert_eq!(counts["held"].as_u64(), Some(rows.len() as u64));
    let mut tried = 0;
    for (what, counted) in [("reason", &counts["reasons"]), ("kind", &counts["kinds"])] {
        for (word, count) in counted.as_object().unwrap() {
            let page = api(&server, &cookie, &format!("/api/list?{what}={word}"));
            assert_eq!(page["recordings"].as_array().map(|rows| rows.len() as u64), count.as_u64(), "{what} {word}");
            tried += 1;
        }
    }
    assert!(tried >= 2, "{counts}");
    for row in rows {
        let code = row["recording"].as_str().unwrap();
        let told = api(&server, &cookie, &format!("/api/recording/{code}"));
        assert_eq!(told["picture"]["frames"], 1, "{told}");
        let said = format!("{all}{told}{counts}");
        assert!(!said.contains("CANARY") && !said.contains("held/") && !said.contains("source"), "{said}");
        let (status, frame) = server.get(&format!("/api/frame/{code}/0?max=64"), &cookie);
        assert!(status == 200 && frame.contains("X-Scrubs-Frame: "), "{frame}");
    }
}

#[test]
fn whatever_comes_over_the_wire_the_server_answers_and_lives() {
    let home = held();
    let server = Server::start(&home, &[]);
    let (cookie, seal) = server.enter();
    let host = format!("Host: 127.0.0.1:{}\r\n", server.port);
    let code = api(&server, &cookie, "/api/list")["recordings"][0]["recording"].as_str().unwrap().to_owned();
    let long = "a".repeat(200_000);
    let many: String = (0..5000).map(|n| format!("X-{n}: 1\r\n")).collect();
    let post = format!(
        "POST /api/decide HTTP/1.1\r\n{host}{cookie}Origin: http://127.0.0.1:{}\r\nX-Scrubs-Seal: {seal}\r\nContent-Type: application/json\r\n",
        server.port
    );
    let mut tried = 0;
    for (bytes, allowed) in [
        (format!("GET /{long} HTTP/1.1\r\n{host}\r\n"), &[431, 0][..]),
        (format!("GET / HTTP/1.1\r\n{host}X: {long}\r\n\r\n"), &[431, 0]),
        (format!("GET / HTTP/1.1\r\n{host}{many}\r\n"), &[431, 400, 0]),
        ("\r\n\r\n".into(), &[400]),
        ("NONSENSE\r\n\r\n".into(), &[400]),
        ("GET / HTTP/9.9\r\n\r\n".into(), &[400]),
        ("GET / HTTP/1.1\r\nHo st: x\r\n\r\n".into(), &[400]),
        (format!("DELETE / HTTP/1.1\r\n{host}{cookie}Origin: http://127.0.0.1:{}\r\n\r\n", server.port), &[405]),
        (format!("TRACE / HTTP/1.1\r\n{host}{cookie}\r\n"), &[403, 405]),
        (format!("{post}Content-Length: 99999999999999999999\r\n\r\n"), &[413]),
        (format!("{post}Content-Length: 1000000000000\r\n\r\n{{"), &[413]),
        (format!("{post}Content-Length: -5\r\n\r\n"), &[400]),
        (format!("{post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}"), &[400]),
        (format!("{post}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), &[400]),
        (format!("{post}Content-Length: 2\r\n\r\n{{}}more"), &[400]),
        (format!("{post}Content-Length: 2\r\n\r\n{{}}"), &[400]),
        (format!("{post}Content-Length: 100000\r\n\r\n{}", "[".repeat(100_000)), &[400]),
        (format!("GET /../../custody/coding-secret HTTP/1.1\r\n{host}{cookie}\r\n"), &[404]),
        (format!("GET /api/recording/..%2f..%2fcoding-secret HTTP/1.1\r\n{host}{cookie}\r\n"), &[404]),
        (format!("GET /api/recording/../../coding-secret HTTP/1.1\r\n{host}{cookie}\r\n"), &[404]),
        (format!("GET /api/recording/{} HTTP/1.1\r\n{host}{cookie}\r\n", code.to_lowercase()), &[404]),
        (format!("GET /api/frame/{code}/99999999999999 HTTP/1.1\r\n{host}{cookie}\r\n"), &[404]),
        (format!("GET /api/frame/{code}/-1 HTTP/1.1\r\n{host}{cookie}\r\n"), &[404]),
        (format!("GET /api/frame/{code}/7 HTTP/1.1\r\n{host}{cookie}\r\n"), &[404]),
        (format!("GET /api/frame/{code}/0?max=0 HTTP/1.1\r\n{host}{cookie}\r\n"), &[200]),
        (format!("GET /api/list?limit=4294967295 HTTP/1.1\r\n{host}{cookie}\r\n"), &[200]),
        (format!("GET /api/list?limit=-1 HTTP/1.1\r\n{host}{cookie}\r\n"), &[400]),
        (format!("GET /api/list?after='%20OR%201=1 HTTP/1.1\r\n{host}{cookie}\r\n"), &[400]),
        (format!("GET /api/list?reason=a';DROP%20TABLE%20entry HTTP/1.1\r\n{host}{cookie}\r\n"), &[400]),
        (format!("GET /api/list?kind=%00 HTTP/1.1\r\n{host}{cookie}\r\n"), &[400]),
    ] {
        let (status, answer) = server.raw(bytes.as_bytes());
        let head: String = bytes.chars().take(90).collect();
        assert!(allowed.contains(&status), "{head} … gave {status}: {}", answer.chars().take(300).collect::<String>());
        assert!(!answer.contains("AGE-") && !answer.contains("panicked"), "{head}");
        tried += 1;
    }
    assert_eq!(tried, 30);
    // Slow heads and bodies are cut off, and others are answered meanwhile.
    let start = Instant::now();
    let mut slow: Vec<TcpStream> = Vec::new();
    for bytes in ["GET / HT".to_owned(), format!("{post}Content-Length: 500\r\n\r\n{{"), String::new()] {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        slow.push(stream);
    }
    assert_eq!(server.get("/api/counts", &cookie).0, 200);
    assert!(start.elapsed() < Duration::from_secs(8), "others wait");
    for mut stream in slow {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(text(&answer).contains(" 408 "), "{}", text(&answer));
    }
    assert!(start.elapsed() < Duration::from_secs(25));
    assert_eq!(server.get("/api/counts", &cookie).0, 200);
}

#[test]
fn a_clinician_looks_covers_releases_and_takes_back() {
    let Some(driver) = Driver::start() else { return };
    let home = held();
    let server = Server::start(&home, &["--by", "Dr A. Canary"]);
    let page = Browser::open(&driver, &server.url, false);
    page.wait("return document.querySelectorAll('#list button').length >= 2 && /png|dicom/i.test(document.querySelector('#facts').textContent)");
    assert_eq!(page.text("#progress-text").split(' ').next(), Some("0"));
    // A photograph is chosen by its kind of format, whichever code it has.
    let photograph = page.pick("PNG");
    page.wait("return document.querySelector('#stage-text').hidden");
    let colours = "const c = document.querySelector('#canvas'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        const seen = new Set(); for (let i = 0; i < d.length; i += 401 * 4) seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]); return seen.size";
    assert!(page.script(colours).as_u64().unwrap() > 10, "the canvas is blank");
    page.shot("picture");

    // A box by the pointer, taken back and drawn again.
    let draw = || page.drag("#stage", (-60, -40), (40, 30));
    draw();
    page.wait("return document.querySelectorAll('.box.own').length === 1");
    page.keys("z", true);
    page.wait("return document.querySelectorAll('.box.own').length === 0");
    draw();
    page.wait("return document.querySelectorAll('.box.own').length === 1");
    page.shot("box");
    let label = page.script("return document.querySelector('.box.own').getAttribute('aria-label')");
    let numbers: Vec<u32> =
        label.as_str().unwrap().split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
    let [x, y, width, height] = numbers[..] else { panic!("{label}") };
    assert!(width > 4 && height > 4 && x + width <= WIDE && y + height <= HIGH, "{label}");

    page.keys("1", false);
    page.keys("m", false);
    page.keys("r", false);
    page.wait("return /Released/.test(document.querySelector('#status').textContent + document.querySelector('#alert').textContent)");
    let files = tree(&home.at("release"));
    let (_, released) = files
        .iter()
        .find(|(path, _)| path.to_string_lossy().contains(&photograph) && path.extension().is_some_and(|e| e == "png"))
        .unwrap();
    let shown = image::load_from_memory(released).unwrap().to_luma8();
    let filled = shown.get_pixel(x + 1, y + 1);
    let all =
        (x..x + width).flat_map(|i| (y..y + height).map(move |j| (i, j))).all(|(i, j)| shown.get_pixel(i, j) == filled);
    assert!(all, "the box is not filled");
    let elsewhere: std::collections::BTreeSet<u8> = (0..x).map(|i| shown.get_pixel(i, HIGH / 2).0[0]).collect();
    assert!(elsewhere.len() > 3, "what lies outside the box is gone too");
    assert!(files.values().all(|bytes| !text(bytes).contains("Canary")), "the reviewer's name is in the release");
    assert!(page.text("#progress-text").starts_with("1 of"), "{}", page.text("#progress-text"));

    // Killed and started again: what was decided is kept, and the old page says what to do.
    drop(server);
    page.script("document.querySelector('#undecided').dispatchEvent(new Event('change')); return true");
    page.wait("return /start/i.test(document.querySelector('#alert').textContent)");
    let server = Server::start(&home, &["--by", "Dr A. Canary"]);
    page.go(&server.url);
    page.wait("return /^1 of/.test(document.querySelector('#progress-text').textContent)");
    // Reports and digests may have waited for a pause in the decisions: they are written by now.
    let verified = home.run(&["verify", "release"]);
    assert_eq!(verified.status.code(), Some(0), "{}{}", text(&verified.stdout), text(&verified.stderr));
    assert!(!page.text("#list").contains(&photograph), "it is not held any more");
    let _ = page.pick("PNG");
    page.wait("return document.querySelector('#stage-text').hidden");
    page.keys("h", false);
    page.wait("return /Held/.test(document.querySelector('#status').textContent)");
    page.keys("u", false);
    page.wait("return /Taken back/.test(document.querySelector('#status').textContent)");
    page.wait("return /^1 of/.test(document.querySelector('#progress-text').textContent)");

    // Whoever goes on to another recording while a decision is carried out stays there.
    let go = |at: usize| {
        let code = page.script(&format!("const b = document.querySelectorAll('#list button')[{at}]; b.click(); return b.querySelector('.code').textContent"));
        page.wait(&format!("return document.querySelector('#facts .code')?.textContent === {code}"));
        code
    };
    let rows = page.script("return document.querySelectorAll('#list button').length").as_u64().unwrap() as usize;
    assert!(rows >= 2, "{rows} rows");
    page.script(
        "const real = window.fetch; window.fetch = async (...all) => {
            if (String(all[0]).includes('decide')) await new Promise((done) => { window.goOn = () => { window.fetch = real; done(); }; });
            return real(...all); }; return true",
    );
    let decided = go(rows - 1);
    page.keys("h", false);
    page.wait("return !!window.goOn");
    let other = go(0);
    page.script("window.goOn(); return true");
    page.wait("return /Held/.test(document.querySelector('#status').textContent)");
    assert_ne!(decided, other);
    assert_eq!(page.script("return document.querySelector('#facts .code').textContent"), other);
    page.keys("u", false);
    page.wait("return /Taken back/.test(document.querySelector('#status').textContent)");
    page.wait("return /^1 of/.test(document.querySelector('#progress-text').textContent)");

    // More than 8 bits come with a window.
    let _ = page.pick("DICOM");
    page.wait("return !document.querySelector('#window').hidden && document.querySelector('#stage-text').hidden");
    page.wait(&format!("const n = (() => {{ {colours} }})(); return n > 10"));
    let before = page.script("return document.querySelector('#width').value");
    page.script(
        "const p = document.querySelector('#preset'); p.value = 'dark'; p.dispatchEvent(new Event('change')); return 1",
    );
    assert_ne!(page.script("return document.querySelector('#width').value"), before);
    page.shot("window");
    page.keys("?", false);
    page.wait("return document.querySelector('#help').open");
    page.shot("help");

    // Nothing was asked of anybody else, and the page is light.
    let asked = page.script("return performance.getEntriesByType('resource').map(e => e.name)");
    let asked: Vec<&str> = asked.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let ours = format!("http://127.0.0.1:{}/", server.port);
    assert!(asked.len() > 4 && asked.iter().all(|url| url.starts_with(&ours) || url.starts_with("blob:")), "{asked:?}");
    let mut sent = 0;
    for request in page.requests() {
        // What the browser asks of itself has no address on a network.
        let outside = request.starts_with("http") && !request.starts_with("http://127.0.0.1:");
        assert!(!outside, "{request}");
        sent += 1;
    }
    assert!(sent > 4, "{sent} requests");
    let weight = page.script("return Promise.all(['/', '/app.js', '/view.js', '/app.css'].map(p => fetch(p).then(r => r.text()))).then(all => all.join('').length)");
    assert!((10_000..300_000).contains(&weight.as_u64().unwrap()), "{weight}");
    drop(page);

    drop(server);
    let server = Server::start(&home, &[]);
    let dark = Browser::open(&driver, &server.url, true);
    dark.wait(
        "return document.querySelectorAll('#list button').length >= 1 && document.querySelector('#stage-text').hidden",
    );
    assert_eq!(dark.script("return matchMedia('(prefers-color-scheme: dark)').matches"), true);
    dark.shot("dark");
    // A wrong token in a browser that has no session says what to do.
    dark.delete_cookies();
    dark.go(&format!("http://127.0.0.1:{}/?token=00000000000000000000000000000000", server.port));
    assert!(dark.text("body").contains("closed"));
    assert_eq!(http("GET", server.port, "/api/list", None).0, 403);
}
