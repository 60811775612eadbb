//! Files that are not recordings but tell of them: system files and other programs' sidecars, by name.

use std::ffi::OsStr;

/// What kind of stray file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stray {
    /// Written by the operating system: thumbnails of deleted pictures, folder views.
    System,
    /// Written by a camera or a picture program beside a recording: names, places, edits.
    Sidecar,
    /// A consent sidecar that scrubs wrote itself.
    Own,
}

impl Stray {
    /// The kebab-case word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Stray::System => "system-file",
            Stray::Sidecar => "sidecar-file",
            Stray::Own => "consent-sidecar",
        }
    }

    /// What the report says of it.
    pub fn says(self) -> &'static str {
        match self {
            Stray::System => {
                "A file that the operating system wrote: it may keep small copies of pictures, even deleted ones."
            }
            Stray::Sidecar => {
                "A file that another program wrote beside a recording: it may hold names, places and dates."
            }
            Stray::Own => "A consent sidecar of an earlier release.",
        }
    }
}

const SYSTEM: &[&str] = &["thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", ".ds_store", "desktop.ini", ".picasa.ini"];
const SIDECAR: &[&str] = &[".xmp", ".aae", ".thm", ".json", ".pp3"];

/// Whether a file name is a stray's. Case does not matter.
pub fn stray(name: &OsStr) -> Option<Stray> {
    let name = name.to_string_lossy().to_lowercase();
    if SYSTEM.contains(&name.as_str()) || name.starts_with("._") {
        return Some(Stray::System);
    }
    if name.ends_with(".consent.json") {
        return Some(Stray::Own);
    }
    SIDECAR.iter().any(|end| name.ends_with(end)).then_some(Stray::Sidecar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strays_are_known_by_name_in_any_case() {
        let cases = [
            ("Thumbs.db", Some(Stray::System)),
            ("._IMG_1.JPG", Some(Stray::System)),
            (".DS_Store", Some(Stray::System)),
            ("IMG_1.XMP", Some(Stray::Sidecar)),
            ("IMG_1.JPG.json", Some(Stray::Sidecar)),
            ("P-1.consent.json", Some(Stray::Own)),
            ("IMG_1.JPG", None),
            ("xmp", None),
        ];
        for (name, expected) in cases {
            assert_eq!(stray(OsStr::new(name)), expected, "{name}");
        }
        assert_eq!(cases.len(), 8);
    }
}
