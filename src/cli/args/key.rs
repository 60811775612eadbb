//! The arguments of `scrubs key`.

use super::{Format, TableFormat};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// The retained key, which the guardian alone can open
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    New(New),
    #[command(subcommand)]
    Guardian(Guardian),
    Reveal(Reveal),
    /// Write what was replaced in DICOM objects as two tables, uid_mapping.csv and patid_mapping.csv
    Mapping(super::mapping::Mapping),
    List(KeyList),
    Export(Export),
    Destroy(Destroy),
}

/// Make an identity: a new pair of keys for a guardian
///
/// The file opens what is sealed for the public key that is printed. It is for its owner alone, and never overwrites
/// another. The stock `age` command takes it too (`age --decrypt --identity FILE`).
#[derive(Debug, Args)]
#[command(after_help = "Example:
  scrubs key new guardian.txt --passphrase")]
pub(crate) struct New {
    /// File for the identity; an existing one is never overwritten
    #[arg(value_name = "FILE")]
    pub(crate) to: PathBuf,
    /// Lock the file with a passphrase, asked for twice
    #[arg(long)]
    pub(crate) passphrase: bool,
    /// Take the passphrase from the first line of this file (- for standard input, /dev/fd/N for a descriptor)
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// With what the key is opened.
#[derive(Debug, Args)]
pub(crate) struct Opening {
    /// Custody folder [default: scrubs/custody in your data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) custody: Option<PathBuf>,
    /// The guardian's identity file
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: PathBuf,
    /// Take the passphrase of the identity file from the first line of this file (- for standard input, /dev/fd/N for a
    /// descriptor)
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Why; goes to the audit
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,
}

/// Who can open the key
#[derive(Debug, Subcommand)]
pub(crate) enum Guardian {
    /// Let others open the key too, what was sealed before included
    ///
    /// Seals every key file anew; the identity of one who can open them is needed. When it is interrupted the key stays as
    /// it was, or the next command ends the change.
    Add(GuardianChange),
    /// Seal the key anew without these
    ///
    /// Whoever has kept a copy of the old key files and their identity can still open those copies. The last guardian
    /// cannot be removed.
    Remove(GuardianChange),
    List(GuardianList),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  scrubs key guardian add age1… --custody custody --identity guardian.txt")]
pub(crate) struct GuardianChange {
    /// Public keys (age1…), as `scrubs key new` prints them
    #[arg(required = true, value_name = "RECIPIENT")]
    pub(crate) recipients: Vec<String>,
    #[command(flatten)]
    pub(crate) opening: Opening,
}

/// List the public keys of those who can open the key
#[derive(Debug, Args)]
#[command(after_help = "Example:
  scrubs key guardian list --custody custody")]
pub(crate) struct GuardianList {
    /// Custody folder [default: scrubs/custody in your data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) custody: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Tell which patient and source a code stands for
///
/// Who asked, when and why stands in custody's audit.jsonl before anything is shown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  scrubs key reveal P-7K3M9Q2FXH4T --identity guardian.txt --why 'clinic needs the first picture'
  scrubs key reveal --release RELEASE --custody DIR --identity guardian.txt --format csv

In a CSV table, what a spreadsheet would take for a formula is written with JSON escapes; the column `escaped`
names the values so written, and `bytes` gives in hexadecimal digits those that are not UTF-8.")]
pub(crate) struct Reveal {
    /// Codes of recordings or patients
    #[arg(value_name = "CODE", required_unless_present_any = ["all", "release"])]
    pub(crate) codes: Vec<String>,
    /// Reveal every code
    #[arg(long, conflicts_with_all = ["codes", "release"])]
    pub(crate) all: bool,
    /// Reveal the codes of all recordings in this release
    #[arg(long, value_name = "RELEASE", conflicts_with = "codes")]
    pub(crate) release: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) opening: Opening,
    /// How to print
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    pub(crate) format: TableFormat,
}

/// List the codes, and count what the key holds, without opening it
#[derive(Debug, Args)]
#[command(after_help = "Example:
  scrubs key list --custody custody --counts")]
pub(crate) struct KeyList {
    /// Custody folder [default: scrubs/custody in your data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) custody: Option<PathBuf>,
    /// Only count
    #[arg(long)]
    pub(crate) counts: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Write the whole key to one file, sealed for others
///
/// The file has the form of the key files: age, with one JSON object a line inside. It is never written into a release or
/// into custody, and never overwrites another file.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  scrubs key export --custody custody --identity guardian.txt --to key.age --recipient age1…")]
#[command(group = clap::ArgGroup::new("form").required(true).args(["recipient", "plain"]))]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) opening: Opening,
    /// File to write
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
    /// Public key (age1…) of one who shall open it; may be given several times
    #[arg(long, value_name = "RECIPIENT")]
    pub(crate) recipient: Vec<String>,
    /// Write a plain CSV table instead, which everybody can read
    #[arg(long)]
    pub(crate) plain: bool,
}

/// Destroy the key, the coding secret and all keyed digests, for good
///
/// Afterwards no code can be turned back, and nothing can be coded with this custody. Held recordings and reports stay. A
/// source that is kept can still be matched to its unchanged picture; copies of custody and backups are not reached.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  scrubs key destroy --custody custody --why 'end of the study'")]
pub(crate) struct Destroy {
    /// Custody folder; it must be named
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) custody: PathBuf,
    /// Do not ask; for scripts
    #[arg(long)]
    pub(crate) yes_destroy: bool,
    /// Why; goes to the audit
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,
}
