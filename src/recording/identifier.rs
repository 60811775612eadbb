//! A value that may name a person or a place: carried only as long as it is needed, never printed.

use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A value that could identify someone. `Debug` and `Display` show `‹identifier›`; memory is wiped on drop.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Zeroize, ZeroizeOnDrop)]
pub struct Identifier(Vec<u8>);

impl Identifier {
    /// Wraps the bytes of a value.
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Self(value.into())
    }

    /// The value itself. Call it only to search for it, to code it, or to seal it in the key.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// The value as text, wrong bytes replaced.
    pub fn reveal_text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// Whether nothing but spaces and NULs is in it.
    pub fn is_blank(&self) -> bool {
        self.0.iter().all(|b| b.is_ascii_whitespace() || *b == 0)
    }
}

impl From<&str> for Identifier {
    fn from(value: &str) -> Self {
        Self::new(value.as_bytes())
    }
}

impl From<String> for Identifier {
    fn from(value: String) -> Self {
        Self::new(value.into_bytes())
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹identifier›")
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹identifier›")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_never_prints_its_value() {
        let name = Identifier::from("Canary^Nested");
        assert_eq!(
            format!("{name:?} {name} {:?}", vec![Some(&name)]),
            "‹identifier› ‹identifier› [Some(‹identifier›)]"
        );
    }
}
