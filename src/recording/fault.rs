//! Why a file cannot be read or written, in words.

use std::io::ErrorKind;

/// What a person is told: Rust's own words where they are plain.
pub fn why(kind: ErrorKind) -> String {
    let words = match kind {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::AlreadyExists => "there is something of that name already",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::NotADirectory => "a part of the path is a file and no folder",
        ErrorKind::InvalidInput => "it is no ordinary file",
        ErrorKind::InvalidData => "it is not what it should be",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::Other => "the system does not say why",
        kind => return kind.to_string(),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_one_that_only_programmers_know() {
        let kinds = [
            ErrorKind::NotFound,
            ErrorKind::AlreadyExists,
            ErrorKind::IsADirectory,
            ErrorKind::NotADirectory,
            ErrorKind::InvalidInput,
            ErrorKind::InvalidData,
            ErrorKind::StorageFull,
            ErrorKind::Other,
            ErrorKind::PermissionDenied,
        ];
        let told = kinds.map(why);
        for words in &told {
            let technical = ["entity", "parameter", "error", "errno"].iter().any(|word| words.contains(word));
            assert!(!technical && !words.ends_with('.'), "{words}");
        }
        assert_eq!((told.len(), told[8].as_str()), (9, "permission denied"));
    }
}
