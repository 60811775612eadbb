//! Reads what was marked, where a run is told to: words of radiography stay, known identifiers go.

use super::super::bench::Bench;
use super::super::draft::Draft;
use super::{frames, reason};
use crate::cut::Source;
use crate::dicom;
use crate::finding::Action;
use crate::ledger::Reason;
use crate::pixels::reading::{self, Asked, Reader};
use crate::pixels::{Class, Examination, Unseen};
use crate::place::Area;
use crate::recording::Format;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The word in the sidecar's method where words of radiography were read and stay.
const METHOD: &str = "radiography-terms-kept";

/// Who reads, and what is asked.
pub(crate) struct Reading<'a> {
    reader: &'a dyn Reader,
    asked: Asked,
}

impl<'a> Reading<'a> {
    /// For one recording; none where nothing is to be read.
    pub(crate) fn of(bench: &'a Bench<'_>, draft: &Draft<'_>, original: &dyn Source, format: Format) -> Option<Self> {
        let decided = draft.decided();
        let reader = bench.reader.as_ref().filter(|_| decided.reads())?;
        let mut identifiers = draft.identifiers();
        if format == Format::Dicom {
            identifiers.extend(dicom::called(original));
        }
        Some(Self { reader, asked: Asked::new(&identifiers, decided.words()) })
    }

    /// Reads what was marked in a cleaned recording, and decides anew about it.
    ///
    /// # Errors
    /// The reason to hold it where the reader gave no answer: what another run would have covered must not be released.
    pub(super) fn read(&self, format: Format, cleaned: &dyn Source, seen: &mut Examination) -> Result<(), Reason> {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let mut frames = frames(format, cleaned)?;
            reading::read(seen, &mut *frames, self.reader, &self.asked)
        }));
        let read = caught.unwrap_or_else(|_| Err(Unseen::damaged("the decoder gave up on the picture")));
        read.map(|_| ()).map_err(|why| reason::cannot_read(&why.what))
    }
}

/// Where words of radiography stay.
pub(super) fn terms(seen: &Examination) -> Vec<Area> {
    seen.all().filter(|mark| mark.class == Class::Term && mark.action == Action::Keep).map(|mark| mark.area).collect()
}

/// What the sidecar's method says of them.
pub(super) fn method(seen: &Examination) -> Vec<String> {
    if terms(seen).is_empty() { Vec::new() } else { vec![METHOD.to_owned()] }
}
