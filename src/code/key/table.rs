//! The two tables of what was replaced, and the names of their sealed files.
//!
//! Names and columns are those by which challenges of de-identification ask for them.

/// Which of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// UIDs.
    Uids,
    /// Patient numbers, and the patient codes that were written in their place.
    Patients,
}

impl Table {
    /// Both.
    pub const ALL: [Table; 2] = [Table::Uids, Table::Patients];

    /// Which table a file in the key folder is a sealed part of; none where it is no table's.
    pub fn of(name: &str) -> Option<Self> {
        table_of(name)
    }

    /// The name of the table's file.
    pub fn file(self) -> &'static str {
        match self {
            Table::Uids => "uid_mapping.csv",
            Table::Patients => "patid_mapping.csv",
        }
    }
}

/// Whether a name in the key folder is one of a sealed table.
pub(super) fn is_table(name: &str) -> bool {
    table_of(name).is_some()
}

/// Which table a sealed file is of.
pub(super) fn table_of(name: &str) -> Option<Table> {
    let bare = name.strip_suffix(".age")?;
    Table::ALL.into_iter().find(|table| bare.strip_suffix(table.file()).is_some_and(|run| run.ends_with('.')))
}
