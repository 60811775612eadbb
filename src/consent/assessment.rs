//! A person's statement about a set of recordings: whether patients can be recognised, whether pictures bear marks.
//!
//! GMC paras 17 and 23. It comes from a profile, a command line or a register; who made it stays in custody.

use super::date::Date;
use super::pattern::Pattern;
use crate::recording::Identifier;
use crate::recording::terms::Identifiable;

/// One statement. It answers the state *unassessed*; it does not silence what a detector then finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Which recordings it is about.
    pub recordings: Pattern,
    /// Whether their patients can be recognised, where the statement says so.
    pub identifiable: Option<Identifiable>,
    /// Whether it states that the pictures bear no marks (`pixels = "no-marks"`).
    pub no_marks: bool,
    /// Who made it, by name or role.
    pub by: Identifier,
    /// When, where that was stated.
    pub on: Option<Date>,
}

impl Assessment {
    /// What `--not-identifiable GLOB --assessed-by NAME` states.
    pub fn not_identifiable(recordings: Pattern, by: Identifier, on: Date) -> Self {
        Self { recordings, identifiable: Some(Identifiable::No), no_marks: false, by, on: Some(on) }
    }

    /// Whether it is about this recording.
    pub fn is_about(&self, path: &str) -> bool {
        self.recordings.matches(path)
    }
}

/// What several statements about one recording say together: the most cautious word on whether the patient can be
/// recognised, and no marks where any says so.
pub fn together<'a>(statements: impl IntoIterator<Item = &'a Assessment>) -> (Option<Identifiable>, bool) {
    statements.into_iter().fold((None, false), |(identifiable, no_marks), statement| {
        (identifiable.max(statement.identifiable), no_marks || statement.no_marks)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_cautious_statement_counts() {
        let say = |glob: &str, identifiable| Assessment {
            recordings: Pattern::new(glob).expect("a glob"),
            identifiable,
            no_marks: identifiable.is_none(),
            by: "A. Canary".into(),
            on: None,
        };
        let all =
            [say("**", Some(Identifiable::No)), say("wounds/**", Some(Identifiable::Yes)), say("wounds/**", None)];
        let about = |path| together(all.iter().filter(|a| a.is_about(path)));
        assert_eq!(about("wounds/a.jpg"), (Some(Identifiable::Yes), true));
        assert_eq!(about("hands/a.jpg"), (Some(Identifiable::No), false));
        assert!(!format!("{all:?}").contains("Canary"));
    }
}
