//! A recording's path below a SOURCE, or a glob over such paths, as registers, profiles and command lines write it.
//!
//! `*` and `?` stay within one folder, `**` crosses folders; a folder's own path, with or without a slash behind it, means everything
//! below. Letters are compared in one form.

use crate::recording::letters::composed;
use globset::{GlobBuilder, GlobSet};
use std::fmt;

/// The longest pattern that is read, in bytes: no real path is longer.
const LONGEST: usize = 4096;
/// How deep braces may nest: a regular expression made of deeper ones is refused by its compiler.
const DEEPEST: usize = 8;

/// A path or glob, relative to a SOURCE. It may hold a name, so `Debug` does not show it.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    shape: Shape,
}

#[derive(Clone)]
enum Shape {
    /// One path: a recording's, or a folder's.
    Literal,
    /// Everything below one folder; the folder without its slash.
    Below(String),
    /// Everything directly in one folder.
    In(String),
    /// A glob, and how many bytes of it come before its first wildcard.
    Glob(Box<GlobSet>, usize),
}

/// Why a text is not a pattern. The text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAPattern {
    /// Nothing is there.
    #[error("is empty")]
    Empty,
    /// It starts at a root or a drive.
    #[error("must be relative to SOURCE, without a leading slash or drive letter")]
    Absolute,
    /// It steps out of the source.
    #[error("must not contain '..'")]
    Upwards,
    /// Too long.
    #[error("is longer than any path")]
    TooLong,
    /// The glob does not read.
    #[error("is not a glob that can be read: brackets and braces must be closed")]
    Glob,
}

impl Pattern {
    /// Reads a pattern; back slashes are read as slashes.
    ///
    /// # Errors
    /// When it is empty, absolute, steps upwards, or is not a glob.
    pub fn new(text: &str) -> Result<Self, NotAPattern> {
        let mut text = composed(text.trim()).replace('\\', "/");
        if text.len() > LONGEST {
            return Err(NotAPattern::TooLong);
        }
        while let Some(rest) = text.strip_prefix("./") {
            text = rest.to_owned();
        }
        // One slash too many is still the same path: what is said of it must not go by it.
        while text.contains("//") && !text.starts_with('/') {
            text = text.replace("//", "/");
        }
        if text.is_empty() || text == "." {
            return Err(NotAPattern::Empty);
        }
        let drive = matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
        if text.starts_with('/') || drive {
            return Err(NotAPattern::Absolute);
        }
        if text.split('/').any(|part| part == "..") {
            return Err(NotAPattern::Upwards);
        }
        if text.ends_with('/') {
            text.push_str("**");
        }
        let shape = Shape::of(&text)?;
        Ok(Self { text, shape })
    }

    /// Whether it means this path (`/` between names, relative to SOURCE).
    pub fn matches(&self, path: &str) -> bool {
        let path = &*composed(path);
        match &self.shape {
            Shape::Literal => {
                path.strip_prefix(&self.text).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Shape::Below(folder) => path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/')),
            Shape::In(folder) => path
                .strip_prefix(folder.as_str())
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(|name| !name.contains('/')),
            // A file's own name may hold brackets: `IMG[1].jpg` means the file of that name too.
            Shape::Glob(glob, fixed) => {
                let starts = self.text.as_bytes().get(..*fixed).is_some_and(|start| path.as_bytes().starts_with(start));
                starts && (glob.is_match(path) || path == self.text)
            }
        }
    }

    /// The one path it means, where it is not a glob.
    pub fn literal(&self) -> Option<&str> {
        matches!(self.shape, Shape::Literal).then_some(self.text.as_str())
    }

    /// The folder all of whose recordings it means, however deep.
    pub(crate) fn below(&self) -> Option<&str> {
        match &self.shape {
            Shape::Below(folder) => Some(folder),
            _ => None,
        }
    }

    /// The folder whose own recordings it means.
    pub(crate) fn within(&self) -> Option<&str> {
        match &self.shape {
            Shape::In(folder) => Some(folder),
            _ => None,
        }
    }

    /// Whether it is a glob of a free shape, which only trying can match.
    pub(crate) fn is_free(&self) -> bool {
        matches!(self.shape, Shape::Glob(..))
    }

    /// The pattern as written, slashes forward. It may hold a name: for comparing, never for printing.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl Shape {
    fn of(text: &str) -> Result<Self, NotAPattern> {
        let wildcard = |part: &str| part.find(['*', '?', '[', ']', '{', '}']);
        let Some(fixed) = wildcard(text) else { return Ok(Shape::Literal) };
        if let Some((folder, last)) = text.rsplit_once('/')
            && wildcard(folder).is_none()
            && !folder.is_empty()
        {
            match last {
                "**" => return Ok(Shape::Below(folder.to_owned())),
                "*" => return Ok(Shape::In(folder.to_owned())),
                _ => {}
            }
        }
        if depth(text) > DEEPEST {
            return Err(NotAPattern::Glob);
        }
        // A set of one: unlike a single glob's matcher, building it gives an error where compiling fails.
        let glob = GlobBuilder::new(text).literal_separator(true).backslash_escape(false).build();
        let set = glob.and_then(|glob| GlobSet::builder().add(glob).build()).map_err(|_| NotAPattern::Glob)?;
        Ok(Shape::Glob(Box::new(set), fixed))
    }
}

/// How many braces are open at once, at most.
fn depth(text: &str) -> usize {
    let step = |(open, most): (usize, usize), byte: u8| match byte {
        b'{' => (open + 1, most.max(open + 1)),
        b'}' => (open.saturating_sub(1), most),
        _ => (open, most),
    };
    text.bytes().fold((0, 0), step).1
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pattern(‹path›)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Pattern::new(pattern).expect("a pattern").matches(path)
    }

    #[test]
    fn a_star_stays_in_its_folder_and_two_cross_folders() {
        let cases = [
            ("wounds/**", "wounds/a.jpg", true),
            ("wounds/**", "wounds/deep/er/a.jpg", true),
            ("wounds/**", "wounds2/a.jpg", false),
            ("wounds/", "wounds/deep/a.jpg", true),
            ("wounds/*", "wounds/a.jpg", true),
            ("wounds/*", "wounds/deep/a.jpg", false),
            ("wounds\\a.jpg", "wounds/a.jpg", true),
            ("./a.jpg", "a.jpg", true),
            ("*.jpg", "a.jpg", true),
            ("*.jpg", "wounds/a.jpg", false),
            ("**/*.jpg", "a.jpg", true),
            ("**", "wounds/a.jpg", true),
            ("*", "wounds/a.jpg", false),
            ("p?/[ab].{jpg,png}", "p1/b.png", true),
            ("IMG[1].jpg", "IMG[1].jpg", true),
            ("a.jpg", "A.jpg", false),
            ("wounds", "wounds/deep/a.jpg", true),
            ("wounds/deep", "wounds/deep/a.jpg", true),
            ("wounds", "wounds2/a.jpg", false),
            ("wounds", "other/wounds/a.jpg", false),
            ("Jo\u{301}s/*", "J\u{f3}s/a.jpg", true),
            ("J\u{f3}s/a.jpg", "Jo\u{301}s/a.jpg", true),
            ("J\u{f3}s", "Jo\u{301}s/a.jpg", true),
            ("*/J\u{f3}[sn].jpg", "a/Jo\u{301}n.jpg", true),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
        assert_eq!(cases.len(), 24);
    }

    #[test]
    fn a_pattern_cannot_leave_the_source() {
        for text in ["../a", "a/../b", "a/..", "..\\a"] {
            assert_eq!(Pattern::new(text), Err(NotAPattern::Upwards), "{text}");
        }
        for text in ["/etc", "\\\\server\\share", "C:\\a", "c:/a"] {
            assert_eq!(Pattern::new(text), Err(NotAPattern::Absolute), "{text}");
        }
        assert_eq!(Pattern::new(" "), Err(NotAPattern::Empty));
        assert_eq!(Pattern::new(&format!("{}a{}", "{".repeat(900), "}".repeat(900))), Err(NotAPattern::Glob));
        assert_eq!(Pattern::new("a[b"), Err(NotAPattern::Glob));
        assert_eq!(Pattern::new(&"a".repeat(5000)), Err(NotAPattern::TooLong));
        assert_eq!(format!("{:?}", Pattern::new("canary/**")), "Ok(Pattern(‹path›))");
    }

    proptest! {
        #[test]
        fn no_text_makes_a_pattern_panic(text in ".{0,40}", path in ".{0,40}") {
            if let Ok(pattern) = Pattern::new(&text) {
                let _ = pattern.matches(&path);
            }
        }
    }
}
