//! The command line as data: every command, option and default, and nothing else.

mod key;
pub(crate) mod mapping;
mod merge;
#[cfg(test)]
mod page;
mod pixels;
mod publish;
mod recheck;
mod scheduled;

pub(crate) use key::{Destroy, Export, Guardian, GuardianChange, Key, KeyList, New, Opening, Reveal};
pub(crate) use merge::Merge;
pub(crate) use publish::{AtLeast, CheckFiles, CheckFormat};
pub(crate) use recheck::Recheck;

use clap::{Args, Parser, Subcommand, ValueEnum};
use scrubs::consent::register::Column;
use std::path::PathBuf;

mod decide;
mod handed;
mod lint;
mod report;
mod review;
mod verify;
mod withdraw;

pub(crate) use decide::Decide;
pub(crate) use handed::HandedOn;
pub(crate) use lint::{Check, Template};
pub(crate) use report::Report;
pub(crate) use review::Review;
pub(crate) use verify::Verify;
pub(crate) use withdraw::Withdraw;

/// Makes teaching collections of patient photographs and X-rays safe to use.
///
/// scrubs cleans recordings of everything that could identify a patient, gives patients and files codes, records
/// consent, judges each recording against the GMC's guidance, and proves what it did. What may not be used is held
/// back, with the reason and the next step.
#[derive(Debug, Parser)]
#[command(name = "scrubs", version = VERSION, arg_required_else_help = false, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Version of scrubs and edition of the standard that it applies.
pub(crate) const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (DICOM PS3.15 2026c)");

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Clean(Box<Clean>),
    Check(CheckFiles),
    Merge(Merge),
    Inspect(Inspect),
    Judge(Judge),
    #[command(subcommand)]
    Key(Key),
    Where(Where),
    #[command(subcommand)]
    Consent(Consent),
    #[command(hide = true)]
    Decide(Decide),
    HandedOn(HandedOn),
    Review(Review),
    Verify(Verify),
    Report(Report),
    #[command(subcommand)]
    Profile(Profile),
    Completions(Completions),
    Man(Man),
}

/// Clean, code and judge recordings into a release
///
/// Sources are never changed. Released recordings go to RELEASE, which may be handed on; held ones, the key and the
/// ledger go to custody, which stays with the guardian. Running the same command again works only on what has changed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  scrubs clean photographs --to release
  scrubs clean \"CD of Ward 4\" --to release --register consent.csv --purpose teaching
  scrubs clean hands --to release --not-identifiable '**' --assessed-by 'Dr A. Consultant' --made-for care

Exit codes: 0 all released · 1 something was held, unsupported or failed · 2 nothing was done · 3 stopped before the end
(the same command continues) · 130 interrupted")]
pub(crate) struct Clean {
    /// Files and folders to read
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<PathBuf>,
    /// Folder for the release; new, or of an earlier run
    #[arg(long, value_name = "RELEASE")]
    pub(crate) to: PathBuf,
    /// Folder with the key and the ledger [default: scrubs/custody in your data folder; made on the first run]
    #[arg(long, value_name = "DIR")]
    pub(crate) custody: Option<PathBuf>,
    /// Consent register: CSV, .xlsx, .ods, or FHIR Consent as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) register: Option<PathBuf>,
    /// What the recordings are for [default: teaching, or what the profile says]
    #[arg(long, value_name = "P", value_parser = words(&["teaching", "training", "assessment", "research", "publication", "public-media"]))]
    pub(crate) purpose: Option<String>,
    /// Profile (TOML): what repeats from run to run
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// What all these recordings are of: x-ray, ultrasound, endoscopic, photograph …
    #[arg(long, value_name = "K", value_parser = words(&["x-ray", "ultrasound", "endoscopic", "internal-structure", "organ-function", "pathology-slide-image", "photograph", "video", "audio", "telephone-call", "document"]))]
    pub(crate) kind: Option<String>,
    /// What all these recordings were made for
    #[arg(long, value_name = "M", value_parser = words(&["care", "secondary", "public-media", "unknown"]))]
    pub(crate) made_for: Option<String>,
    /// Recordings (path or glob below SOURCE) of which a person states that the patient cannot be recognised
    #[arg(long, value_name = "GLOB", requires = "assessed_by")]
    pub(crate) not_identifiable: Vec<String>,
    /// Who states it, by name or role; kept in custody alone
    #[arg(long, value_name = "NAME", requires = "not_identifiable")]
    pub(crate) assessed_by: Option<String>,
    #[command(flatten)]
    pub(crate) pixels: pixels::Pixels,
    /// Option of DICOM PS3.15 E.3 by its standard name; may be given several times
    #[arg(long, value_name = "OPTION", value_parser = words(&["retain-safe-private", "retain-uids", "retain-device-identity", "retain-institution-identity", "retain-patient-characteristics", "retain-longitudinal-full-dates", "retain-longitudinal-modified-dates", "clean-descriptors", "clean-structured-content", "clean-graphics", "clean-pixel-data", "clean-recognizable-visual-features"]))]
    pub(crate) dicom_option: Vec<String>,
    /// Make the release a DICOM file-set too: DICOMDIR, and the objects under DICOM [default: what the profile says]
    #[arg(long)]
    pub(crate) file_set: bool,
    /// Also write the consents as FHIR R4 resources: report/consent.fhir.ndjson
    #[arg(long)]
    pub(crate) consent_fhir: bool,
    /// Recordings worked on at once [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// Keep no key: when the release is complete nobody can turn its codes back or add to it (GMC para 7)
    #[arg(long)]
    pub(crate) forget_key: bool,
    /// How closely to look at sources that an earlier run has seen
    #[arg(long, value_enum, default_value_t = Recheck::Changed)]
    pub(crate) recheck: Recheck,
    /// Look only; write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// What makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Held)]
    pub(crate) fail_on: FailOn,
    #[command(flatten)]
    pub(crate) scheduled: scheduled::Scheduled,
    /// Show source paths in messages even when they do not go to a terminal
    #[arg(long)]
    pub(crate) show_sources: bool,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

fn words(words: &'static [&'static str]) -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(words)
}

/// What makes the exit code of `clean` 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Anything held, unsupported or failed.
    Held,
    /// Only what failed.
    Failed,
    /// Nothing.
    Never,
}

/// Text for people, JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

/// Text for people, CSV for tables, JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    Text,
    Csv,
    Json,
}

/// List everything in a file that could identify, and what clean would do with it
#[derive(Debug, Args)]
#[command(after_help = "Example:
  scrubs inspect 'IMG 1234.jpg'")]
pub(crate) struct Inspect {
    /// Files to read; they are never changed
    #[arg(value_name = "FILE", required_unless_present = "codes")]
    pub(crate) files: Vec<PathBuf>,
    /// List the codes of findings, with a sentence each
    #[arg(long)]
    pub(crate) codes: bool,
    /// Show the values found; on a terminal only
    #[arg(long)]
    pub(crate) show_values: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// The keys of a facts object, with their values.
const FACTS: &str = "Example:
  echo '{\"kind\": \"x-ray\", \"cleaned\": \"yes\", \"identifiable\": \"no\"}' | scrubs judge -

Keys and values; the reading of a missing one stands first:
  kind                 photograph, x-ray, ultrasound, endoscopic,
                       internal-structure, organ-function, pathology-slide-image,
                       video, audio, telephone-call, document
  made-for             unknown, care, secondary, public-media
  made-when            unknown, before-1997, 1997-or-later
  existing-collection  no, yes (held solely for teaching in a medical setting)
  identifiable         may-be, yes, no
  cleaned              no, yes
  coding               coded (a key is kept), none
  consent              {status, scopes[], form, given-by, given-on, expires-on,
                       conditions[]}
    status             no-record, given, refused, withdrawn, clearly-not-given
    scopes             care, teaching, training, assessment, research,
                       publication, public-media
    form               oral, written
    given-by           patient, parental-responsibility, person-with-authority,
                       family, other
    given-on, expires-on: YYYY-MM;  conditions: words such as no-online-use
  subject              unknown, adult, adult-without-capacity,
                       child-with-capacity, child-without-capacity, deceased
  adult-from           YYYY-MM, from when a child decides for themselves
  circumstances        [covert, callers-not-informed, post-mortem,
                       post-mortem-coroner, objection-or-distress,
                       believed-harmful, genetic-or-family-information,
                       context-shows-no-consent]
  authority            none, or {basis, by, reason}
    basis              required-by-law, court-direction, public-interest,
                       research-exemption, covert-authorised
  purpose              teaching, training, assessment, research, publication,
                       public-media
  as-of                YYYY-MM, the month of the verdict; today
  retention-date       YYYY-MM, until when it may be kept
  ownership            not-stated, ours, someone-else";

/// Give the guidance's verdict for stated facts, with its paragraphs
#[derive(Debug, Args)]
#[command(after_help = FACTS)]
pub(crate) struct Judge {
    /// Facts as JSON: one object, an array, or one object a line; - for standard input
    #[arg(value_name = "FACTS.json", required_unless_present = "rules")]
    pub(crate) facts: Option<PathBuf>,
    /// Print the whole table of rules
    #[arg(long)]
    pub(crate) rules: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub(crate) format: Format,
}

/// Find the source file of a code again, from the sources at hand; no identity needed
#[derive(Debug, Args)]
#[command(after_help = "Example:
  scrubs where P-7K3M9Q2FXH4T --source photographs --custody custody")]
pub(crate) struct Where {
    /// Codes of recordings or patients
    #[arg(required = true, value_name = "CODE")]
    pub(crate) codes: Vec<String>,
    /// Files and folders to look in
    #[arg(long, required = true, value_name = "DIR")]
    pub(crate) source: Vec<PathBuf>,
    /// Custody folder [default: scrubs/custody in your data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) custody: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// The consent register
#[derive(Debug, Subcommand)]
pub(crate) enum Consent {
    Template(Template),
    Check(Box<Check>),
    Withdraw(Box<Withdraw>),
}

/// The columns of the register, a sentence each, broken under each other for a terminal of 80 columns.
fn columns() -> String {
    const WIDTH: usize = 79;
    let mut text =
        "Columns, in any order; a patient or a recording is needed, and level, scopes or\nstatus. Others are \
                    ignored with a notice. Dates are YYYY-MM-DD, YYYY-MM,\nDD/MM/YYYY, MM/YYYY or 17 May 2019.\n"
            .to_owned();
    for column in Column::ALL {
        let mut line = format!("  {:19}", column.name());
        for word in column.says().split_whitespace() {
            if line.len() + 1 + word.len() > WIDTH {
                text.push_str(&line);
                text.push('\n');
                line = " ".repeat(21);
            }
            line.push(' ');
            line.push_str(word);
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// The profile file
#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// Print a profile with every key, its meaning and an example
    New,
    /// Read a profile and list all that is wrong with it
    Check {
        /// The profile (TOML)
        #[arg(value_name = "FILE")]
        profile: PathBuf,
    },
}

/// Print the manual page of scrubs, or of one command
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  scrubs man | man -l -
  scrubs man consent check > scrubs-consent-check.1")]
pub(crate) struct Man {
    /// The command, such as `clean` or `key reveal`
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:
  scrubs completions bash > ~/.local/share/bash-completion/completions/scrubs")]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
