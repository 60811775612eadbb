//! One reviewer's decision from the command line, without the page. Not shown in the help.

use clap::{ArgGroup, Args};
use std::path::PathBuf;

/// Decide about a held recording, without the page of the review
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("act").required(true))]
pub(crate) struct Decide {
    /// The release that the recording was cleaned for
    pub(crate) folder: PathBuf,
    /// Its custody
    #[arg(long, value_name = "DIR")]
    pub(crate) custody: Option<PathBuf>,
    /// Judge this recording again with what is stated, and release it if the verdict lets it
    #[arg(long, value_name = "CODE", group = "act")]
    pub(crate) release: Option<String>,
    /// Keep this recording held
    #[arg(long, value_name = "CODE", group = "act")]
    pub(crate) hold: Option<String>,
    /// Take the last decision about this recording back
    #[arg(long, value_name = "CODE", group = "act")]
    pub(crate) undo: Option<String>,
    /// Who decides, by name or role; kept in custody alone
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// The patient cannot be recognised
    #[arg(long)]
    pub(crate) not_identifiable: bool,
    /// The picture bears no marks, once what is named is covered
    #[arg(long)]
    pub(crate) no_marks: bool,
    /// Cover this area, in stored samples; with a frame and a colon before it, in that frame alone
    #[arg(long, value_name = "[F:]X,Y,W,H")]
    pub(crate) cover: Vec<String>,
    /// Leave this area as it is: it is no writing
    #[arg(long, value_name = "[F:]X,Y,W,H")]
    pub(crate) keep: Vec<String>,
}
