//! A browser driven over the WebDriver protocol (W3C, *WebDriver*), with as much of HTTP as that takes.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::print_stderr, reason = "a support module of one test")]

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// One request, and status and body of the answer.
pub fn http(method: &str, port: u16, path: &str, body: Option<&Value>) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut part = [0; 65536];
    loop {
        if let Some(at) = memchr::memmem::find(&answer, b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&answer[..at]).to_lowercase();
            let length = head
                .lines()
                .find_map(|l| l.strip_prefix("content-length:"))
                .and_then(|n| n.trim().parse::<usize>().ok());
            if length.is_some_and(|length| answer.len() >= at + 4 + length) {
                break;
            }
        }
        match stream.read(&mut part) {
            Ok(count) if count > 0 => answer.extend_from_slice(&part[..count]),
            _ => break,
        }
    }
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    (status, text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

/// chromedriver, while it runs.
pub struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// None, with a word on standard error, where there is no chromedriver.
    pub fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let started = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = started else {
            assert!(std::env::var_os("SCRUBS_NEED_BROWSER").is_none(), "chromedriver is not installed");
            eprintln!("skipped: chromedriver is not installed (Debian: chromium-driver)");
            return None;
        };
        let driver = Self { child, port };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(30), "chromedriver does not answer");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(driver)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A window of the browser.
pub struct Browser<'d> {
    driver: &'d Driver,
    session: String,
}

impl<'d> Browser<'d> {
    pub fn open(driver: &'d Driver, url: &str, dark: bool) -> Self {
        let mut args = vec![
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--window-size=1440,900",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
        ];
        if dark {
            args.extend(["--force-dark-mode", "--blink-settings=preferredColorScheme=0"]);
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": args }, "goog:loggingPrefs": { "performance": "ALL" } } } });
        let (_, told) = http("POST", driver.port, "/session", Some(&wanted));
        let told: Value = serde_json::from_str(&told).unwrap();
        let session = told["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned();
        let browser = Self { driver, session };
        browser.go(url);
        browser
    }

    fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, told) = http(method, self.driver.port, &format!("/session/{}{path}", self.session), body.as_ref());
        let told: Value = serde_json::from_str(&told).unwrap_or_default();
        assert_eq!(status, 200, "{path}: {told}");
        told["value"].clone()
    }

    pub fn go(&self, url: &str) {
        self.ask("POST", "/url", Some(json!({ "url": url })));
    }

    pub fn script(&self, script: &str) -> Value {
        self.ask("POST", "/execute/sync", Some(json!({ "script": script, "args": [] })))
    }

    /// Waits until a script says true.
    pub fn wait(&self, script: &str) {
        let start = Instant::now();
        while self.script(script) != Value::Bool(true) {
            if start.elapsed() > Duration::from_secs(40) {
                self.shot("stuck");
                panic!("waited in vain for {script}\n{}", self.text("footer"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({selector:?}).textContent");
        self.script(&script).as_str().unwrap_or_default().to_owned()
    }

    /// Opens the first recording of the list of this format; its code.
    pub fn pick(&self, format: &str) -> String {
        let count = self.script("return document.querySelectorAll('#list button').length").as_u64().unwrap();
        for at in 0..count {
            let code = self.script(&format!("const b = document.querySelectorAll('#list button')[{at}]; b.click(); return b.querySelector('.code').textContent"));
            let code = code.as_str().unwrap().to_owned();
            self.wait(&format!("return document.querySelector('#facts .code').textContent === {code:?}"));
            if self.text("#facts .of").contains(format) {
                return code;
            }
        }
        panic!("no recording of {format}");
    }

    fn element(&self, selector: &str) -> Value {
        self.ask("POST", "/element", Some(json!({ "using": "css selector", "value": selector })))
    }

    /// Drags with the left button, from and to offsets from the middle of an element.
    pub fn drag(&self, selector: &str, from: (i32, i32), to: (i32, i32)) {
        let element = self.element(selector);
        let to_point = |(x, y): (i32, i32), ms: u32| json!({ "type": "pointerMove", "duration": ms, "origin": element, "x": x, "y": y });
        let actions = json!({ "actions": [{ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": [
            to_point(from, 0), { "type": "pointerDown", "button": 0 }, to_point(to, 200), { "type": "pointerUp", "button": 0 }] }] });
        self.ask("POST", "/actions", Some(actions));
    }

    /// Presses a key, with Ctrl or without.
    pub fn keys(&self, key: &str, ctrl: bool) {
        let mut steps = vec![json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })];
        if ctrl {
            steps.insert(0, json!({ "type": "keyDown", "value": "\u{e009}" }));
            steps.push(json!({ "type": "keyUp", "value": "\u{e009}" }));
        }
        self.ask("POST", "/actions", Some(json!({ "actions": [{ "type": "key", "id": "keys", "actions": steps }] })));
    }

    pub fn delete_cookies(&self) {
        self.ask("DELETE", "/cookie", None);
    }

    /// Every address in the browser's network log.
    pub fn requests(&self) -> Vec<String> {
        let log = self.ask("POST", "/se/log", Some(json!({ "type": "performance" })));
        let messages = log.as_array().cloned().unwrap_or_default().into_iter();
        let messages = messages.filter_map(|line| serde_json::from_str::<Value>(line["message"].as_str()?).ok());
        let sent = messages.filter(|m| m["message"]["method"] == "Network.requestWillBeSent");
        sent.filter_map(|m| m["message"]["params"]["request"]["url"].as_str().map(str::to_owned)).collect()
    }

    /// Keeps a picture of the page where `SCRUBS_SHOTS` names a folder.
    pub fn shot(&self, name: &str) {
        use base64::Engine;
        let Some(folder) = std::env::var_os("SCRUBS_SHOTS") else { return };
        let told = self.ask("GET", "/screenshot", None);
        let bytes = base64::engine::general_purpose::STANDARD.decode(told.as_str().unwrap()).unwrap();
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), bytes).unwrap();
    }
}

impl Drop for Browser<'_> {
    fn drop(&mut self) {
        let _ = http("DELETE", self.driver.port, &format!("/session/{}", self.session), None);
    }
}
