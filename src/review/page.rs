//! The page itself: three files that are part of the program, and what they say to somebody without a session.

use super::http::Response;

const PAGE: &str = include_str!("page/index.html");
const SCRIPT: &str = include_str!("page/app.js");
const VIEW: &str = include_str!("page/view.js");
const STYLE: &str = include_str!("page/app.css");

/// The page, with its seal and the name of the reviewer where it is known.
pub(super) fn page(seal: &str, by: Option<&str>) -> Response {
    let page = PAGE.replace("{{seal}}", seal).replace("{{by}}", &escaped(by.unwrap_or_default()));
    Response::new(200, "text/html; charset=utf-8", page)
}

/// Script and style; none for other paths.
pub(super) fn part(path: &str) -> Option<Response> {
    let (media_type, text) = match path {
        "/app.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "/view.js" => ("text/javascript; charset=utf-8", VIEW),
        "/app.css" => ("text/css; charset=utf-8", STYLE),
        _ => return None,
    };
    Some(Response::new(200, media_type, text))
}

/// What somebody reads who has no session.
pub(super) fn closed() -> Response {
    let says = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>scrubs review</title>\
                <h1>This page is closed</h1><p>Its address works once, in one browser, while <code>scrubs review</code> runs. \
                Start <code>scrubs review</code> again and open the address that it prints.</p></html>";
    Response::new(403, "text/html; charset=utf-8", says)
}

/// Text as an attribute may hold it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_light_and_asks_nobody_else() {
        let all = [PAGE, SCRIPT, VIEW, STYLE];
        let weight: usize = all.iter().map(|text| text.len()).sum();
        assert!(weight < 300_000, "{weight} bytes");
        for text in all {
            assert!(!text.contains("http:") && !text.contains("https:") && !text.contains("//cdn"));
            assert!(!text.contains("innerHTML") && !text.contains("eval("), "text of recordings is never read as HTML");
        }
        let page = page("abc", Some("<b>\"A\"&B"));
        let text = String::from_utf8_lossy(&page.body).into_owned();
        assert!(text.contains("abc") && text.contains("&lt;b&gt;&quot;A&quot;&amp;B") && !text.contains("{{"));
    }
}
