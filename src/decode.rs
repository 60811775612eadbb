//! Pictures and frames that no decoder in scrubs itself can show, decoded by programs which are installed on this machine.
//!
//! HEIC and AVIF by `heif-dec` or `heif-convert` (libheif), films by `ffmpeg` with `ffprobe`. Nothing is ever fetched. A program
//! gets the cleaned bytes in a private folder, an empty environment but for `PATH`, no input, and limits of time, memory and
//! output; what it says is neither shown nor logged, and what it leaves is read by a decoder of our own with limits of its own.

mod film;
mod heif;
mod limit;
mod png;
mod room;
mod tool;

use crate::cut::Source;
use crate::pixels::{MOST_SAMPLED, Sampled, Unseen};
use crate::recording::{Family, Format};
use limit::Limits;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use tool::Tool;

/// The programs of this machine that decode what scrubs cannot, and where they work.
#[derive(Clone)]
pub struct Decoders {
    tools: Arc<Tools>,
    room: PathBuf,
}

#[derive(Default)]
struct Tools {
    search: OsString,
    heif: Option<Tool>,
    film: Option<Films>,
    limits: Limits,
}

/// The two programs that films need.
struct Films {
    ffmpeg: Tool,
    ffprobe: Tool,
}

impl fmt::Debug for Decoders {
    /// Without any path, and without starting any of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.tools().map(|tool| tool.name)).finish()
    }
}

impl Default for Decoders {
    fn default() -> Self {
        Self::none()
    }
}

impl Decoders {
    /// No program but scrubs itself.
    pub fn none() -> Self {
        Self { tools: Arc::default(), room: std::env::temp_dir() }
    }

    /// Those on this machine's `PATH`. They work in folders for temporary files.
    pub fn installed() -> Self {
        Self::on(&std::env::var_os("PATH").unwrap_or_default())
    }

    /// Those on a search path written as `PATH` is. Places that are not absolute are passed over.
    pub fn on(search: &OsStr) -> Self {
        Self::limited(search, Limits::default())
    }

    fn limited(search: &OsStr, limits: Limits) -> Self {
        let find = |names: &[&'static str]| tool::find(names, search, &limits);
        let heif = find(&["heif-dec", "heif-convert"]);
        let film = find(&["ffmpeg"]).zip(find(&["ffprobe"])).map(|(ffmpeg, ffprobe)| Films { ffmpeg, ffprobe });
        let tools = Tools { search: search.to_owned(), heif, film, limits };
        Self { tools: Arc::new(tools), room: std::env::temp_dir() }
    }

    /// The same, working inside this folder, which is made where it is missing.
    #[must_use]
    pub fn working_in(self, room: PathBuf) -> Self {
        Self { room, ..self }
    }

    /// What changes when one of the programs comes, goes or is replaced. None of them is started for it.
    pub(crate) fn stamps(&self) -> impl Iterator<Item = String> {
        self.tools().map(Tool::stamp)
    }

    fn tools(&self) -> impl Iterator<Item = &Tool> {
        let films = self.tools.film.iter().flat_map(|films| [&films.ffmpeg, &films.ffprobe]);
        self.tools.heif.iter().chain(films)
    }

    /// Whether a program that decodes this format is at hand. It is not started for that.
    pub fn can_decode(&self, format: Format) -> bool {
        match format {
            Format::Heif | Format::Avif => self.tools.heif.is_some(),
            _ => format.family() == Family::Video && self.tools.film.is_some(),
        }
    }

    /// Name and version (`heif-convert-1.15.1`) of the program that decodes this format; none where none is needed or at
    /// hand.
    pub fn name_for(&self, format: Format) -> Option<String> {
        match format {
            Format::Heif | Format::Avif => self.tools.heif.as_ref().map(Tool::word),
            _ if format.family() == Family::Video => self.tools.film.as_ref().map(|films| films.ffmpeg.word()),
            _ => None,
        }
    }

    /// Decodes every picture of a HEIF or AVIF file, or some frames of a film; none where no program for it is at hand.
    pub fn decode(&self, format: Format, source: &dyn Source) -> Option<Result<Sampled<'static>, Unseen>> {
        self.some(format, source, MOST_SAMPLED)
    }

    /// The same for somebody who wants to see the first picture alone.
    pub fn first(&self, format: Format, source: &dyn Source) -> Option<Result<Sampled<'static>, Unseen>> {
        self.some(format, source, 1)
    }

    fn some(&self, format: Format, source: &dyn Source, most: u32) -> Option<Result<Sampled<'static>, Unseen>> {
        let Tools { search, heif, film, limits } = &*self.tools;
        let work = |tool: &Tool| limit::Work { search: search.clone(), limits: *limits, by: tool.word() };
        match format {
            Format::Heif | Format::Avif => {
                let tool = heif.as_ref()?;
                Some(heif::decode(tool, &work(tool), &self.room, source))
            }
            _ if format.family() == Family::Video => {
                let films = film.as_ref()?;
                Some(film::decode(films, &work(&films.ffmpeg), &self.room, (format, most), source))
            }
            _ => None,
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
