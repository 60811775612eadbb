//! One of so many parts of a collection, written `I/N`.

use std::fmt;
use std::str::FromStr;

/// More shards than this are a mistake in writing.
pub const MOST: u32 = 4096;

/// One of so many shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// Which one, from 1.
    pub fn index(self) -> u32 {
        self.index
    }

    /// Of how many.
    pub fn count(self) -> u32 {
        self.count
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// What was written is no shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a shard is written I/N, such as 2/4: I from 1 to N, N at most {MOST}")]
pub struct NotAShard;

impl FromStr for Shard {
    type Err = NotAShard;

    fn from_str(text: &str) -> Result<Self, NotAShard> {
        let number = |digits: &str| match digits.bytes().all(|b| b.is_ascii_digit()) {
            true => digits.parse::<u32>().map_err(|_| NotAShard),
            false => Err(NotAShard),
        };
        let (index, count) = text.split_once('/').ok_or(NotAShard)?;
        let (index, count) = (number(index)?, number(count)?);
        if (1..=MOST).contains(&count) && (1..=count).contains(&index) {
            Ok(Shard { index, count })
        } else {
            Err(NotAShard)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_read_as_it_is_written_and_nothing_else_is() {
        let mut tried = 0;
        for text in ["1/1", "1/2", "2/2", "4096/4096"] {
            assert_eq!(text.parse::<Shard>().expect("a shard").to_string(), text);
            tried += 1;
        }
        for text in ["", "1", "0/2", "3/2", "1/0", "-1/2", "+1/2", "1/2/3", "1 / 2", "a/b", "1/4097", "1/99999999999"] {
            assert_eq!(text.parse::<Shard>(), Err(NotAShard), "{text}");
            tried += 1;
        }
        assert_eq!(tried, 16);
    }
}
