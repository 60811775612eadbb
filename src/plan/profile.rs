//! The profile file: everything about a collection that repeats from run to run.

/// A profile as read from its TOML file; the default keeps nothing and assumes nothing.
#[derive(Debug, Clone, Default)]
pub struct Profile {}
