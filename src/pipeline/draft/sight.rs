//! What a draft knows of its pixels.

use super::super::look::Decided;
use super::Draft;
use crate::finding::Code;
use crate::recording::Sight;

impl Draft<'_> {
    /// What is decided about its pixels.
    pub(crate) fn decided(&self) -> Decided {
        Decided::of(self.bench.order, &self.case())
    }

    /// Takes what was seen in its pixels, and what covering did.
    pub(crate) fn take_sight(&mut self, sight: Sight, method: Vec<String>) {
        if sight.writing > 0 {
            self.entry.findings.insert(Code::BurnedInText.word().to_owned(), sight.writing);
        }
        self.method.extend(method);
        self.method.dedup();
        self.sight = sight;
    }
}
