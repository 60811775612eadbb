//! How reports word numbers, kebab-case words and reasons, on the page and on a terminal.

use super::tally::Group;
use maud::{Markup, html};

/// `1 recording`, `24 recordings`.
pub(super) fn recordings(count: u64) -> String {
    format!("{count} recording{}", if count == 1 { "" } else { "s" })
}

/// A reason with its count and the next step.
pub(super) fn reason(group: &Group) -> Markup {
    let one = group.sentences.len() == 1;
    html! {
        div.reason {
            p.count { strong { (grouped(group.count)) } }
            div {
                @for (at, sentence) in group.sentences.iter().enumerate() {
                    @let next_differs = group.sentences.get(at + 1).is_none_or(|s| s.next != sentence.next);
                    p.says { (typed(&sentence.says)) @if !one { " " span.note { "(" (grouped(sentence.count)) ")" } } }
                    @if next_differs { p.next { b { "Next: " } (typed(&sentence.next)) } }
                }
                p.note { code { (group.code) } }
            }
        }
    }
}

/// A sentence in which what stands between backticks is to be typed as it is.
fn typed(sentence: &str) -> Markup {
    html! {
        @for (at, part) in sentence.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// A kebab-case word as people say it.
pub(super) fn spoken(word: &str) -> String {
    if word == "x-ray" { "X-ray".to_owned() } else { word.replace('-', " ") }
}

/// A count with a thin space between thousands (SI brochure, 5.4.4).
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len() > 4 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}
