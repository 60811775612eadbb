//! Options about the picture itself, of `clean`.

use clap::{Args, ValueEnum};
use scrubs::place::Area;
use scrubs::plan::profile::{self, PixelRules};

#[derive(Debug, Args)]
pub(crate) struct Pixels {
    /// Whether to look for writing and faces in the picture itself [default: check, or what the profile says]
    #[arg(long, value_enum, value_name = "HOW")]
    pixels: Option<How>,
    /// Cover the outer N percent along each edge of every picture
    #[arg(long, value_name = "N%", value_parser = profile::percent)]
    margins: Option<u8>,
    /// Cover an area of every picture, in pixels from its top left corner; may be given several times
    #[arg(long = "box", value_name = "X,Y,W,H", value_parser = profile::area)]
    boxes: Vec<Area>,
    /// Cover faces instead of reporting them: what is to be learnt from the picture may go with them
    #[arg(long)]
    cover_faces: bool,
    /// Who decodes HEIC, AVIF and films: programs found on this machine (heif-dec or heif-convert, ffmpeg), or scrubs alone
    /// [default: installed, or what the profile says]
    #[arg(long, value_enum, value_name = "WHICH")]
    decoders: Option<Which>,
    /// Let a program read what is marked: radiography's terms stay, known identifiers go [default: none, or what the profile says]
    #[arg(long, value_enum, value_name = "PROGRAM")]
    ocr: Option<Ocr>,
}

/// Who decodes what is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// What scrubs itself cannot decode, programs of this machine do where they are installed; nothing is ever fetched
    Installed,
    /// Nothing but scrubs itself
    BuiltIn,
}

/// What is done about the picture itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum How {
    /// Look for writing and faces, and cover writing
    Check,
    /// Look for nothing: the pixels count as unchecked
    Skip,
}

/// What reads letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Ocr {
    /// The tesseract command, which must be installed
    Tesseract,
    /// Nothing
    None,
}

impl Pixels {
    /// What the command line decides.
    pub(crate) fn rules(&self) -> PixelRules {
        PixelRules {
            check: self.pixels.map(|how| how == How::Check),
            margins: self.margins,
            boxes: (!self.boxes.is_empty()).then(|| self.boxes.clone()),
            cover_faces: self.cover_faces.then_some(true),
            installed_decoders: self.decoders.map(|which| which == Which::Installed),
            ocr: self.ocr.map(|ocr| ocr == Ocr::Tesseract),
            ..PixelRules::default()
        }
    }
}
